/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Keys ordered by the time at which they end.
 *
 * Each account has a queue of its own, so that nobody's expiries cost anybody
 * else. The queue holds no reference: a key leaves it at its last put.
 */
#ifndef _KEYS_CORE_EXPIRY_H
#define _KEYS_CORE_EXPIRY_H

#include <linux/key.h>
#include <linux/workqueue.h>

/* Seconds for which a revoked or expired key still answers with its error */
extern unsigned int key_gc_delay;

/**
 * struct expiry_queue - the keys of an account that will end
 * @tree: the keys, the first to end leftmost; those that may be forgotten at
 *	once (KEY_TYPE_INSTANT_REAP) in the second. Locking: the account's lock
 * @work: runs when the first one's time has come
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
