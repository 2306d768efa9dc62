/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Persistent keyrings, which exist after the last logout of their user; see
 * persistent-keyring(7).
 */
#ifndef _KEYS_PROCESS_PERSISTENT_H
#define _KEYS_PROCESS_PERSISTENT_H

#include <linux/key.h>

/*
 * kernel.keys.persistent_keyring_expiry: seconds until a persistent keyring
 * expires, counted from the last KEYCTL_GET_PERSISTENT for this keyring. So the
 * keyring of a user who stays away is freed at some time. 0: never expires.
 */
extern unsigned int persistent_keyring_expiry;

#ifdef CONFIG_PERSISTENT_KEYRINGS
long persistent_link(kuid_t uid, struct key *dest);
void persistent_free_ns(struct user_namespace *ns);
#else
static inline long persistent_link(kuid_t uid, struct key *dest)
{
	return -EOPNOTSUPP;
}

static inline void persistent_free_ns(struct user_namespace *ns)
{
}
#endif

#endif /* _KEYS_PROCESS_PERSISTENT_H */
