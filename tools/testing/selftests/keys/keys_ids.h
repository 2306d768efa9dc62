/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The numbers of the system calls for user and group IDs. On 32-bit machines, the
 * names of old stand for calls that only know 16-bit IDs.
 */
#ifndef KEYS_IDS_H
#define KEYS_IDS_H

#include <sys/syscall.h>

#ifdef __NR_getuid32
#undef __NR_getuid
#define __NR_getuid		__NR_getuid32
#undef __NR_getgid
#define __NR_getgid		__NR_getgid32
#undef __NR_geteuid
#define __NR_geteuid		__NR_geteuid32
#undef __NR_getegid
#define __NR_getegid		__NR_getegid32
#undef __NR_setreuid
#define __NR_setreuid		__NR_setreuid32
#undef __NR_setresuid
#define __NR_setresuid		__NR_setresuid32
#undef __NR_setresgid
#define __NR_setresgid		__NR_setresgid32
#undef __NR_setfsuid
#define __NR_setfsuid		__NR_setfsuid32
#undef __NR_setfsgid
#define __NR_setfsgid		__NR_setfsgid32
#undef __NR_setgroups
#define __NR_setgroups		__NR_setgroups32
#endif

#endif /* KEYS_IDS_H */
