// SPDX-License-Identifier: GPL-2.0-only
/*
 * Serial numbers: the numbers by which user space refers to keys.
 *
 * The positive numbers are divided into equal ranges. Each range has its own
 * tree and lock. Serial numbers are random, so the keys, and the tasks that
 * make keys, spread evenly over the ranges. A walk over the ranges in order
 * visits all keys in the order of their numbers. Readers search a tree under
 * RCU, and search again if the tree was changed meanwhile.
 */
#include <linux/export.h>
#include <linux/random.h>
#include <linux/sched.h>
#include <linux/seqlock.h>

#include "serial.h"

/*
 * Serial numbers are positive 32-bit integers, which have SERIAL_BITS bits. The
 * highest SHARD_BITS of these select the range of a number, its "shard".
 */
#define SERIAL_BITS	31
#define SHARD_BITS	6
#define SHARD_SHIFT	(SERIAL_BITS - SHARD_BITS)

/*
 * Serial numbers 1 and 2 are not used: a caller that passes such a small number
 * may mean something else than a key.
 */
#define SERIAL_FIRST	3

/**
 * struct serial_shard - the keys of one range of numbers
 * @lock: taken by writers of @tree in any context, with interrupts off
 * @seq: changes when @tree is changed, so that readers under RCU search again
 * @tree: the keys, ordered by serial number
 */
struct serial_shard {
	spinlock_t		lock;
	seqcount_spinlock_t	seq;
	struct rb_root		tree;
} ____cacheline_aligned_in_smp;

static struct serial_shard shards[1 << SHARD_BITS];

/**
 * key_serial_init - initialise the trees of serial numbers
 *
 * Context: boot.
 */
void __init key_serial_init(void)
{
	struct serial_shard *shard;

	for (shard = shards; shard < shards + ARRAY_SIZE(shards); shard++) {
		spin_lock_init(&shard->lock);
		seqcount_spinlock_init(&shard->seq, &shard->lock);
		shard->tree = RB_ROOT;
	}
}

static struct serial_shard *shard_of(key_serial_t serial)
{
	return &shards[serial >> SHARD_SHIFT];
}

static bool __serial_insert(struct serial_shard *shard, struct key *key,
			    key_serial_t serial)
{
	struct rb_node **p = &shard->tree.rb_node, *parent = NULL;

	lockdep_assert_held(&shard->lock);
	while (*p) {
		struct key *other = rb_entry(*p, struct key, serial_node);

		if (serial == other->serial)
			return false;
		parent = *p;
		p = serial < other->serial ? &parent->rb_left : &parent->rb_right;
	}
	key->serial = serial;
	rb_link_node_rcu(&key->serial_node, parent, p);
	rb_insert_color(&key->serial_node, &shard->tree);
	return true;
}

/*
 * Give @key the number @serial. Fails if the number is reserved or in use; then
 * the caller tries another random number. Trying the next higher number would
 * need a rule for the end of the range. There are far fewer keys than 2^31, so
 * the caller soon succeeds.
 */
static bool serial_try(struct key *key, key_serial_t serial)
{
	struct serial_shard *shard = shard_of(serial);
	unsigned long flags;
	bool done;

	if (serial < SERIAL_FIRST)
		return false;
	spin_lock_irqsave(&shard->lock, flags);
	write_seqcount_begin(&shard->seq);
	done = __serial_insert(shard, key, serial);
	write_seqcount_end(&shard->seq);
	spin_unlock_irqrestore(&shard->lock, flags);
	return done;
}

/**
 * key_serial_assign - give a key a serial number and add the key to the trees
 * @key: key that is complete but for its number, because from now on other
 *	tasks can find the key
 *
 * Context: process context.
 */
void key_serial_assign(struct key *key)
{
	while (!serial_try(key, get_random_u32() >> 1))
		cond_resched();
}

/**
 * key_serial_remove - remove a key from the trees
 * @key: unreferenced key; nothing is done if the key has no number
 *
 * The caller must not free the key before an RCU grace period has passed,
 * because readers may still see the key.
 *
 * Context: any.
 */
void key_serial_remove(struct key *key)
{
	struct serial_shard *shard = shard_of(key->serial);
	unsigned long flags;

	if (!key->serial)
		return;
	spin_lock_irqsave(&shard->lock, flags);
	write_seqcount_begin(&shard->seq);
	rb_erase(&key->serial_node, &shard->tree);
	write_seqcount_end(&shard->seq);
	spin_unlock_irqrestore(&shard->lock, flags);
}

static struct key *serial_descend(const struct serial_shard *shard,
				  key_serial_t serial)
{
	struct rb_node *node = rcu_dereference_raw(shard->tree.rb_node);

	while (node) {
		struct key *key = rb_entry(node, struct key, serial_node);

		if (serial == key->serial)
			return key;
		node = serial < key->serial ? rcu_dereference_raw(node->rb_left) :
			rcu_dereference_raw(node->rb_right);
	}
	return NULL;
}

static struct key *serial_find(struct serial_shard *shard, key_serial_t serial)
{
	unsigned int seq;
	struct key *key;

	do {
		seq = read_seqcount_begin(&shard->seq);
		key = serial_descend(shard, serial);
	} while (!key && read_seqcount_retry(&shard->seq, seq));
	return key;
}

/**
 * key_lookup - find a key by its serial number
 * @id: number
 *
 * This checks neither permission nor the state of the key.
 *
 * Context: any; takes no lock.
 * Return: the key with a reference for the caller, or ERR_PTR(-ENOKEY).
 */
struct key *key_lookup(key_serial_t id)
{
	struct key *key;

	if (id < SERIAL_FIRST)
		return ERR_PTR(-ENOKEY);
	guard(rcu)();
	key = serial_find(shard_of(id), id);
	if (!key || !refcount_inc_not_zero(&key->usage))
		return ERR_PTR(-ENOKEY);
	return key;
}
EXPORT_SYMBOL(key_lookup);

/*
 * Find the key with the lowest number that is not below @from, and take a
 * reference. Unreferenced keys are passed over. NULL if there is none in
 * @shard.
 */
static struct key *__serial_next(struct serial_shard *shard, key_serial_t from)
{
	struct rb_node *node = shard->tree.rb_node, *best = NULL;
	struct key *key;

	lockdep_assert_held(&shard->lock);
	while (node) {
		key = rb_entry(node, struct key, serial_node);
		if (key->serial >= from)
			best = node;
		node = key->serial >= from ? node->rb_left : node->rb_right;
	}
	for (; best; best = rb_next(best)) {
		key = rb_entry(best, struct key, serial_node);
		if (refcount_inc_not_zero(&key->usage))
			return key;
	}
	return NULL;
}

/**
 * key_serial_next - walk the keys in the order of their numbers
 * @from: the lowest number to consider
 *
 * Context: process context.
 * Return: the key with the lowest number that is not below @from, with a
 * reference for the caller, or NULL.
 */
struct key *key_serial_next(key_serial_t from)
{
	struct serial_shard *shard;
	unsigned long flags;
	struct key *key;

	for (shard = shard_of(max(from, 0));
	     shard < shards + ARRAY_SIZE(shards); shard++) {
		spin_lock_irqsave(&shard->lock, flags);
		key = __serial_next(shard, from);
		spin_unlock_irqrestore(&shard->lock, flags);
		if (key)
			return key;
	}
	return NULL;
}

#if IS_ENABLED(CONFIG_KEYS_KUNIT_TEST)
#include "../tests/serial_kunit.c"
#endif
