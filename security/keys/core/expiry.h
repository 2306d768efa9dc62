/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The expiry queue: keys ordered by their expiry time.
 *
 * Each account has its own queue, so that many keys of one user do not delay
 * the expiry of the keys of other users. The queue owns no reference to a key:
 * quota_close() removes a key from the queue when the last reference is
 * dropped.
 */
#ifndef _KEYS_CORE_EXPIRY_H
#define _KEYS_CORE_EXPIRY_H

#include <linux/key.h>
#include <linux/workqueue.h>

/*
 * The sysctl kernel.keys.gc_delay: number of seconds for which a revoked or
 * expired key stays linked, so that a search returns EKEYREVOKED or
 * EKEYEXPIRED. After these seconds the key is collected, that is, unlinked.
 */
extern unsigned int key_gc_delay;

/**
 * struct expiry_queue - the keys of an account that have an expiry time
 * @tree: the keys, ordered by key->expiry. Keys of KEY_TYPE_INSTANT_REAP types
 *	are in the second tree, because they are collected (unlinked) at their
 *	expiry. The keys in the first tree are collected key_gc_delay seconds
 *	later. Locking: the account's lock
 * @work: collects keys; scheduled for the time at which the next key is due
 */
struct expiry_queue {
	struct rb_root_cached	tree[2];
	struct delayed_work	work;
};

void expiry_queue_init(struct expiry_queue *queue, work_func_t fn);
void __expiry_insert(struct expiry_queue *queue, struct key *key);
void __expiry_erase(struct expiry_queue *queue, struct key *key);
struct key *__expiry_pop(struct expiry_queue *queue, time64_t now,
			 unsigned int grace);
time64_t __expiry_next_reap(struct expiry_queue *queue);
unsigned long expiry_delay(time64_t when, time64_t now);

#endif /* _KEYS_CORE_EXPIRY_H */
