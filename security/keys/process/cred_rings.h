/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The keyrings that hang on credentials: thread-keyring(7),
 * process-keyring(7), session-keyring(7).
 */
#ifndef _KEYS_PROCESS_CRED_RINGS_H
#define _KEYS_PROCESS_CRED_RINGS_H

#include <linux/cred.h>
#include <linux/key.h>

/**
 * struct process_keys - what the threads of a process share
 * @usage: references, one from each set of credentials
 * @keyring: the process keyring, NULL until asked for, then never changed.
 *	Needs no lock to read.
 *
 * Made when a process gets its second thread or its process keyring, whichever
 * comes first, so that no two threads can ever have different ones. Credentials
 * that are in use get it once and keep it.
 */
struct process_keys {
	refcount_t	usage;
	struct key	*keyring;
};

/**
 * process_keyring - the process keyring of a subject
 * @cred: the subject
 *
 * Both pointers are read as they are published, see cred_rings.c; whatever is
 * reached through them depends on their values and needs no barrier.
 *
 * Context: any.
 * Return: the keyring, which @cred keeps; NULL if nobody has asked for it.
 */
static inline struct key *process_keyring(const struct cred *cred)
{
	struct process_keys *pk = READ_ONCE(cred->process_keys);

	return pk ? READ_ONCE(pk->keyring) : NULL;
}

int install_thread_keyring(void);
int install_process_keyring(void);
int install_session_keyring_to_cred(struct cred *cred, struct key *keyring);
int install_session_keyring(struct key *keyring);
long join_session_keyring(const char *name);
long session_to_parent(void);

#endif /* _KEYS_PROCESS_CRED_RINGS_H */
