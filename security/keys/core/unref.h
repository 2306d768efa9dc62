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

#include <linux/slab.h>
#include <keys/user-type.h>

#include "quota.h"

/* Memory of a link (struct key_link) in bytes, rounded up */
#define UNREF_LINK_BYTES	(8 * sizeof(void *))

/* For unref_any_crowded() only, which is inline because each call needs it */
extern atomic_t unref_nr_crowded;

/**
 * unref_any_crowded - tell whether any account has too much unreferenced memory
 *
 * Context: any.
 * Return: true if unref_is_crowded() is true for at least one account.
 */
static inline bool unref_any_crowded(void)
{
	return unlikely(atomic_read(&unref_nr_crowded));
}

/**
 * user_key_memory - return the memory that a payload takes
 * @datalen: length of the data in a struct user_key_payload, in bytes
 *
 * Context: any.
 * Return: number of bytes.
 */
static inline size_t user_key_memory(size_t datalen)
{
	return kmalloc_size_roundup(sizeof(struct user_key_payload) + datalen);
}

void unref_key(struct key *key, size_t size);
void unref_ring(struct key *ring, size_t size);
void unref_key_unseen(struct key *key);
void unref_link(struct key *ring, struct llist_node *link);
void unref_payload(struct key *key, size_t size);
struct key *unref_take_ring(struct key_user *user);
void unref_return_ring(struct key_user *user, struct key *ring);
void unref_done(struct key_user *user);
struct key *unref_take_key(struct key_user *user);
struct llist_node *unref_take_links(struct key_user *user, size_t *size);
bool unref_freed(struct key_user *user, size_t size);
bool unref_is_crowded(const struct key_user *user);
void unref_kick(struct key_user *user);
void unref_hope(const struct key *key);
bool unref_may_wait(struct key_user *user);
bool unref_give_up(struct key_user *user, unsigned long hope);
void __init unref_init(void);

#endif /* _KEYS_CORE_UNREF_H */
