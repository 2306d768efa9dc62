/* SPDX-License-Identifier: GPL-2.0-only */
/* What the BPF program of the scene bpf is to do, and what it says. */
#ifndef CALLERS_BPF_H
#define CALLERS_BPF_H

#define DATA_SIZE	16
#define SIGNATURE_SIZE	1024
#define NOT_RUN		1
#define NOT_FOUND	2
#define NO_SYSTEM_KEY	0xffffffff

/* @system is the number of a keyring of the kernel, or NO_SYSTEM_KEY */
struct task {
	__u32 uid;
	__u32 serial;
	__u32 flags;
	__u32 system;
	__u32 signature_size;
	__s32 result;
	char data[DATA_SIZE];
	char signature[SIGNATURE_SIZE];
};

#endif
