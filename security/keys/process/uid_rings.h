/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The pair of each UID: its user keyring and its user-session keyring; see
 * user-keyring(7) and user-session-keyring(7).
 */
#ifndef _KEYS_PROCESS_UID_RINGS_H
#define _KEYS_PROCESS_UID_RINGS_H

#include <linux/cred.h>
#include <linux/key.h>

/*
 * kernel.keys.uid_keyring_linger: seconds for which a pair is kept after the
 * record of the UID (struct user_struct) was freed, that is, after the last
 * process of the UID has ended. 0: the pair is released at once. -1: the pair
 * is kept until its user namespace is freed. For programs that expect to find
 * keys of an earlier login.
 */
extern int key_uid_keyring_linger;

struct key *uid_ring_get(const struct cred *cred, bool session);
struct key *uid_session_ring_rcu(const struct cred *cred);
void uid_rings_linger_changed(void);
void uid_rings_free_ns(struct user_namespace *ns);

#endif /* _KEYS_PROCESS_UID_RINGS_H */
