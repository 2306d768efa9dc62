/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Run a helper in user space to construct a key; see request-key(8).
 */
#ifndef _KEYS_PROCESS_UPCALL_H
#define _KEYS_PROCESS_UPCALL_H

#include <linux/key.h>

int key_upcall(struct key *authkey, void *aux);

#endif /* _KEYS_PROCESS_UPCALL_H */
