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
 * Seconds for which a pair is kept after its UID record was freed. -1 keeps the
 * pair until its user namespace is freed.
 */
extern int key_uid_keyring_linger;

struct key *uid_ring_get(const struct cred *cred, bool session);
struct key *uid_session_ring_rcu(const struct cred *cred);
void uid_rings_linger_changed(void);
void uid_rings_free_ns(struct user_namespace *ns);

#endif /* _KEYS_PROCESS_UID_RINGS_H */
