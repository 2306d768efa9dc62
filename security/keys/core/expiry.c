// SPDX-License-Identifier: GPL-2.0-only
/*
 * The expiry queue: keys ordered by their expiry time.
 */
#include <linux/key-type.h>
#include <linux/math64.h>

#include "expiry.h"

/*
 * Maximum number of seconds between two runs of the expiry work while keys are
 * queued. key->expiry is a wall clock time, but the work is scheduled in
 * jiffies. If the wall clock is set meanwhile, the work may run too late, but
 * not by more than this number of seconds. An hour is long enough not to
 * disturb an idle machine.
 */
#define EXPIRY_MAX_SLEEP	3600	/* seconds */

unsigned int key_gc_delay = 5 * 60;

/**
 * expiry_queue_init - initialise an empty queue
 * @queue: queue
 * @fn: work function that collects (unlinks) keys, run when a key is due
 *
 * Context: any.
 */
void expiry_queue_init(struct expiry_queue *queue, work_func_t fn)
{
	queue->tree[0] = RB_ROOT_CACHED;
	queue->tree[1] = RB_ROOT_CACHED;
	INIT_DELAYED_WORK(&queue->work, fn);
}

static struct rb_root_cached *tree_of(struct expiry_queue *queue,
				      const struct key *key)
{
	return &queue->tree[test_bit(KEY_FLAG_INSTANT_REAP, &key->flags)];
}

static bool expires_before(struct rb_node *a, const struct rb_node *b)
{
	return rb_entry(a, struct key, expiry_node)->expiry <
	       rb_entry(b, struct key, expiry_node)->expiry;
}

/**
 * __expiry_insert - queue a key by its expiry time
 * @queue: queue of the key's account
 * @key: key that is not queued; key->expiry is set
 *
 * Context: the account's lock is held.
 */
void __expiry_insert(struct expiry_queue *queue, struct key *key)
{
	rb_add_cached(&key->expiry_node, tree_of(queue, key), expires_before);
	set_bit(KEY_FLAG_EXPIRY_QUEUED, &key->flags);
}

/**
 * __expiry_erase - remove a key from the queue, if the key is queued
 * @queue: queue of the key's account
 * @key: key
 *
 * Context: the account's lock is held.
 */
void __expiry_erase(struct expiry_queue *queue, struct key *key)
{
	if (test_and_clear_bit(KEY_FLAG_EXPIRY_QUEUED, &key->flags))
		rb_erase_cached(&key->expiry_node, tree_of(queue, key));
}

static struct key *first_of(struct rb_root_cached *tree)
{
	struct rb_node *node = rb_first_cached(tree);

	return node ? rb_entry(node, struct key, expiry_node) : NULL;
}

/**
 * __expiry_pop - take a key that is due to be unlinked out of the queue
 * @queue: queue
 * @now: current wall clock second
 * @grace: seconds that must have passed since the key's expiry. Keys of
 *	KEY_TYPE_INSTANT_REAP types are due at their expiry.
 *
 * Context: the account's lock is held.
 * Return: the key, or NULL if no key is due. The caller gets no reference, and
 * the key may be unreferenced already.
 */
struct key *__expiry_pop(struct expiry_queue *queue, time64_t now,
			 unsigned int grace)
{
	struct key *key = first_of(&queue->tree[1]);

	if (!key || key->expiry > now)
		key = first_of(&queue->tree[0]);
	if (!key)
		return NULL;
	if (!test_bit(KEY_FLAG_INSTANT_REAP, &key->flags))
		now -= grace;
	if (key->expiry > now)
		return NULL;
	__expiry_erase(queue, key);
	return key;
}

/**
 * __expiry_next_reap - get the time at which the next key is to be collected
 * @queue: queue
 *
 * A key is collected kernel.keys.gc_delay seconds after its expiry or
 * revocation. Until then a search finds the key and returns EKEYEXPIRED or
 * EKEYREVOKED.
 *
 * Context: the account's lock is held.
 * Return: the time as a wall clock second, TIME64_MAX if the queue is empty.
 */
time64_t __expiry_next_reap(struct expiry_queue *queue)
{
	struct key *late = first_of(&queue->tree[0]);
	struct key *now = first_of(&queue->tree[1]);

	return min(late ? late->expiry + READ_ONCE(key_gc_delay) : TIME64_MAX,
		   now ? now->expiry : TIME64_MAX);
}

/**
 * expiry_delay - compute the delay for scheduling the expiry work
 * @when: wall clock second at which the work is to run
 * @now: current wall clock second
 *
 * Context: any.
 * Return: jiffies, at most EXPIRY_MAX_SLEEP seconds; 0 if @when has passed.
 */
unsigned long expiry_delay(time64_t when, time64_t now)
{
	if (when <= now)
		return 0;
	return min_t(time64_t, when - now, EXPIRY_MAX_SLEEP) * HZ;
}

#if IS_ENABLED(CONFIG_KEYS_KUNIT_TEST)
#include "../tests/expiry_kunit.c"
#endif
