/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The keyrings that credentials refer to: thread-keyring(7),
 * process-keyring(7), session-keyring(7).
 */
#ifndef _KEYS_PROCESS_CRED_RINGS_H
#define _KEYS_PROCESS_CRED_RINGS_H

#include <linux/cred.h>
#include <linux/key.h>

int install_thread_keyring(void);
int install_process_keyring(void);
int install_session_keyring_to_cred(struct cred *cred, struct key *keyring);
int install_session_keyring(struct key *keyring);
long join_session_keyring(const char *name);
long session_to_parent(struct key *session);

#endif /* _KEYS_PROCESS_CRED_RINGS_H */
