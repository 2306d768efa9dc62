/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Unreferenced keys and detached links of each account, until they are freed.
 *
 * The charges of a key are refunded when its last reference is dropped. Its
 * memory is freed later. Each account has its own queues, so that no user waits
 * for the keys that other users have dropped.
 */
#ifndef _KEYS_CORE_UNREF_H
#define _KEYS_CORE_UNREF_H

#include "quota.h"

void unref_key(struct key *key, size_t size);
void unref_ring(struct key *ring, size_t size);
void unref_key_unseen(struct key *key);
void unref_link(struct key *ring, struct llist_node *link, size_t size);
void unref_payload(struct key *key, size_t size);
struct key *unref_take_ring(struct key_user *user);
void unref_return_ring(struct key_user *user, struct key *ring);
void unref_done(struct key_user *user);
struct key *unref_take_key(struct key_user *user);
struct llist_node *unref_take_links(struct key_user *user);
bool unref_freed(struct key_user *user, size_t size);
bool unref_is_crowded(const struct key_user *user);
bool unref_any_crowded(void);
void unref_kick(struct key_user *user);
void unref_hope(const struct key *key);
bool unref_may_wait(struct key_user *user);
bool unref_give_up(struct key_user *user, unsigned long hope);
void __init unref_init(void);

#endif /* _KEYS_CORE_UNREF_H */
