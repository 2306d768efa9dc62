/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What an account has unreferenced and not yet freed.
 *
 * Charges return with the last reference, memory somewhat later. Each account
 * has queues of its own, so that nobody waits for what others have dropped.
 */
#ifndef _KEYS_CORE_UNREF_H
#define _KEYS_CORE_UNREF_H

#include "quota.h"

/* How many accounts have more unreferenced than they may: unref_is_crowded() */
extern atomic_t unref_nr_crowded;

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
void unref_kick(struct key_user *user);
void unref_hope(const struct key *key);
bool unref_may_wait(struct key_user *user);
bool unref_give_up(struct key_user *user, unsigned long hope);
void __init unref_init(void);

#endif /* _KEYS_CORE_UNREF_H */
