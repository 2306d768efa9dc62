/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Take back the pair (user keyring and user-session keyring) of a UID: use its
 * keyrings again if they still exist after the kernel has released the pair.
 */
#ifndef _KEYS_PROCESS_UID_RETAKE_H
#define _KEYS_PROCESS_UID_RETAKE_H

#include <linux/key.h>
#include <linux/user_namespace.h>

#define UID_RING_PERM	((KEY_POS_ALL & ~KEY_POS_SETATTR) | KEY_USR_ALL)

/* Size of the longer of the two names: the prefix, the largest UID and a NUL */
#define UID_RING_NAME	sizeof("_uid_ses.4294967295")

struct key_user;

/**
 * struct uid_pair - the two keyrings of a UID
 * @user: the user keyring, with a reference, or NULL
 * @session: the user-session keyring, with a reference, or NULL
 */
struct uid_pair {
	struct key	*user;
	struct key	*session;
};

void uid_ring_name(char *name, bool session, uid_t number);
int uid_pair_retake(struct uid_pair *pair, struct user_namespace *ns,
		    const struct key_user *account, uid_t number);

#endif /* _KEYS_PROCESS_UID_RETAKE_H */
