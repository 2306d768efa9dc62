// SPDX-License-Identifier: GPL-2.0-only
/*
 * What an account has unreferenced and not yet freed.
 *
 * A keyring without references is queued at once: its links go first. Then it
 * is like any other key without references: after an RCU grace period no reader
 * can see the key any more, and it is queued to be freed. Detached links are
 * collected, and one grace period serves all that an account has collected
 * meanwhile.
 */
#include <linux/jiffies.h>
#include <linux/sched.h>
#include <linux/wait.h>

#include "unref.h"

/* Works that run at once, each for another account */
#define UNREF_MAX_ACTIVE	16

/* An account may have this much unreferenced, or four times its quota */
#define UNREF_MIN_BYTES		(4UL << 20)

/* For how long a keyring is waited for that a task has given up */
#define UNREF_HOPE		(2 * HZ)

atomic_t unref_nr_crowded = ATOMIC_INIT(0);

static struct workqueue_struct *unref_wq;

/**
 * unref_init - be ready to free keys
 */
void __init unref_init(void)
{
	/* Memory may be freed by way of it, so others may wait for it */
	unref_wq = alloc_workqueue("keys", WQ_UNBOUND | WQ_MEM_RECLAIM,
				   UNREF_MAX_ACTIVE);
	if (!unref_wq)
		panic("No workqueue for unreferenced keys\n");
}

/* Like each key that is to be freed, the work has a reference to the account. */
static void __unref_kick(struct key_user *user)
{
	lockdep_assert_held(&user->lock);
	if (queue_work(unref_wq, &user->unref.work))
		refcount_inc(&user->usage);
}

/**
 * unref_kick - let the work of an account run
 * @user: account; the caller holds a reference
 *
 * Context: any.
 */
void unref_kick(struct key_user *user)
{
	guard(spinlock_irqsave)(&user->lock);
	__unref_kick(user);
}

/**
 * unref_is_crowded - has an account more unreferenced than it may?
 * @user: account
 *
 * Context: any.
 * Return: true if so.
 */
bool unref_is_crowded(const struct key_user *user)
{
	const struct unref_queue *unref = &user->unref;
	u64 max = max_t(u64, UNREF_MIN_BYTES, 4ULL * quota_limits(user).bytes);

	return READ_ONCE(unref->key_bytes) + READ_ONCE(unref->link_bytes[0]) +
	       READ_ONCE(unref->link_bytes[1]) > max;
}

static void __unref_check_crowd(struct key_user *user)
{
	bool crowded = unref_is_crowded(user);

	lockdep_assert_held(&user->lock);
	if (likely(crowded == user->unref.crowded))
		return;
	user->unref.crowded = crowded;
	atomic_add(crowded ? 1 : -1, &unref_nr_crowded);
	if (!crowded)
		wake_up_all(&user->room);
}

/**
 * unref_key - a key has lost its last reference
 * @key: key whose accounting is closed
 * @size: bytes of memory that it takes until it is freed
 *
 * unref_key_unseen() follows after a grace period.
 *
 * Context: any.
 */
void unref_key(struct key *key, size_t size)
{
	struct key_user *user = key->user;

	guard(spinlock_irqsave)(&user->lock);
	user->unref.key_bytes += size;
	__unref_check_crowd(user);
}

/**
 * unref_ring - a keyring has lost its last reference
 * @ring: keyring whose accounting is closed, known by no serial number
 * @size: bytes of memory that it takes until it is freed
 *
 * Context: any.
 */
void unref_ring(struct key *ring, size_t size)
{
	struct key_user *user = ring->user;

	guard(spinlock_irqsave)(&user->lock);
	user->unref.key_bytes += size;
	__unref_check_crowd(user);
	list_add_tail(&ring->unref_node, &user->unref.rings);
	__unref_kick(user);
}

/**
 * unref_key_unseen - no reader can see a key any more
 * @key: key without references, links or serial number, after a grace period
 *
 * Context: any.
 */
void unref_key_unseen(struct key *key)
{
	struct key_user *user = key->user;

	guard(spinlock_irqsave)(&user->lock);
	list_add_tail(&key->unref_node, &user->unref.keys);
	__unref_kick(user);
}

static void unref_grace_over(struct rcu_head *rcu)
{
	struct key_user *user = container_of(rcu, struct key_user, unref.rcu);
	unsigned long flags;

	spin_lock_irqsave(&user->lock, flags);
	user->unref.grace_over = true;
	__unref_kick(user);
	/* Not the last one: the work has a reference */
	refcount_dec(&user->usage);
	spin_unlock_irqrestore(&user->lock, flags);
}

/* One grace period for all links that have been collected. */
static void __unref_begin_grace(struct key_user *user)
{
	struct unref_queue *unref = &user->unref;

	lockdep_assert_held(&user->lock);
	if (unref->grace || !unref->link_bytes[0])
		return;
	unref->links[1] = unref->links[0];
	unref->link_bytes[1] = unref->link_bytes[0];
	unref->links[0] = NULL;
	unref->link_bytes[0] = 0;
	unref->grace = true;
	refcount_inc(&user->usage);
	call_rcu(&unref->rcu, unref_grace_over);
}

static void __unref_collect(struct key_user *user, struct llist_node *link,
			    size_t size)
{
	struct unref_queue *unref = &user->unref;

	if (link) {
		link->next = unref->links[0];
		unref->links[0] = link;
	}
	unref->link_bytes[0] += size;
	__unref_check_crowd(user);
	__unref_begin_grace(user);
}

/**
 * unref_link - free a link some time later
 * @ring: the keyring of the link, which is in memory
 * @link: the link's node; the link is detached, its charge has returned
 * @size: bytes that the link takes
 *
 * Context: any.
 */
void unref_link(struct key *ring, struct llist_node *link, size_t size)
{
	struct key_user *user;
	unsigned long flags;

	user = quota_lock(ring, &flags);
	__unref_collect(user, link, size);
	quota_unlock(user, flags);
}

/**
 * unref_payload - count a payload that the caller lets RCU free
 * @key: key whose payload it was
 * @size: bytes
 *
 * Context: any.
 */
void unref_payload(struct key *key, size_t size)
{
	struct key_user *user;
	unsigned long flags;

	user = quota_lock(key, &flags);
	__unref_collect(user, NULL, size);
	quota_unlock(user, flags);
}

static struct key *__take_first(struct list_head *list)
{
	struct key *key = list_first_entry_or_null(list, struct key, unref_node);

	if (key)
		list_del(&key->unref_node);
	return key;
}

/**
 * unref_take_ring - take a keyring that is to unlink its keys
 * @user: account
 *
 * Context: process context.
 * Return: the keyring, which is the caller's until unref_return_ring() or
 * unref_done(); or NULL.
 */
struct key *unref_take_ring(struct key_user *user)
{
	struct key *ring;

	/* As a rule there is none */
	if (list_empty_careful(&user->unref.rings))
		return NULL;
	guard(spinlock_irqsave)(&user->lock);
	ring = __take_first(&user->unref.rings);
	if (ring)
		user->unref.taken++;
	return ring;
}

/**
 * unref_return_ring - leave the rest of a keyring for later
 * @user: account
 * @ring: what unref_take_ring() returned
 *
 * Context: process context.
 */
void unref_return_ring(struct key_user *user, struct key *ring)
{
	guard(spinlock_irqsave)(&user->lock);
	user->unref.taken--;
	list_add(&ring->unref_node, &user->unref.rings);
	__unref_kick(user);
}

/**
 * unref_done - what was taken from a queue has given back what it can
 * @user: account
 *
 * A keyring that was taken links nothing any more, or a key that has ended is in
 * no keyring any more.
 *
 * Context: process context.
 */
void unref_done(struct key_user *user)
{
	guard(spinlock_irqsave)(&user->lock);
	user->unref.taken--;
}

/**
 * unref_take_key - take a key that is to be freed
 * @user: account
 *
 * Context: process context.
 * Return: the key, which is the caller's, or NULL.
 */
struct key *unref_take_key(struct key_user *user)
{
	guard(spinlock_irqsave)(&user->lock);
	return __take_first(&user->unref.keys);
}

/**
 * unref_take_links - take the links that may be freed
 * @user: account
 *
 * Context: process context.
 * Return: the links, which are the caller's, or NULL.
 */
struct llist_node *unref_take_links(struct key_user *user)
{
	struct unref_queue *unref = &user->unref;
	struct llist_node *links;

	guard(spinlock_irqsave)(&user->lock);
	if (!unref->grace_over)
		return NULL;
	links = unref->links[1];
	unref->links[1] = NULL;
	unref->link_bytes[1] = 0;
	unref->grace_over = false;
	unref->grace = false;
	__unref_begin_grace(user);
	return links;
}

/**
 * unref_freed - say how much has been freed
 * @user: account
 * @size: bytes of keys
 *
 * Context: process context.
 * Return: true if there is more to be freed by now.
 */
bool unref_freed(struct key_user *user, size_t size)
{
	struct unref_queue *unref = &user->unref;

	guard(spinlock_irqsave)(&user->lock);
	unref->key_bytes -= size;
	__unref_check_crowd(user);
	return !list_empty(&unref->rings) || !list_empty(&unref->keys) ||
	       unref->grace_over;
}

/**
 * unref_hope - a task gives up a keyring in the normal course of events
 * @key: keyring, or NULL
 *
 * If that was the last user, the reference goes when RCU readers have done.
 * Until then it is worth while to wait before the account is refused.
 *
 * Context: any.
 */
void unref_hope(const struct key *key)
{
	struct key_user *user;

	if (!key)
		return;
	guard(rcu)();
	user = READ_ONCE(key->user);
	/* 0 says that there is none */
	WRITE_ONCE(user->hope, jiffies ?: 1);
}

/**
 * unref_may_wait - is it worth while to wait before the account refuses?
 * @user: account
 *
 * It is while keys of the account are being unlinked, and for a while after a
 * task has given up a keyring. An account that is full, and of which nothing is
 * about to return, does not keep anybody busy.
 *
 * Context: any.
 * Return: true if so.
 */
bool unref_may_wait(struct key_user *user)
{
	unsigned long hope = READ_ONCE(user->hope);

	scoped_guard(spinlock_irqsave, &user->lock)
		if (!list_empty(&user->unref.rings) || user->unref.taken)
			return true;
	return hope && time_before(jiffies, hope + UNREF_HOPE);
}

/**
 * unref_give_up - a caller has waited, and what it needs has not returned
 * @user: account
 * @hope: @user->hope before the caller waited
 *
 * Nobody else waits for the same keyrings.
 *
 * Context: any.
 * Return: true if so; false if another task has given up a keyring meanwhile.
 */
bool unref_give_up(struct key_user *user, unsigned long hope)
{
	return cmpxchg(&user->hope, hope, 0) == hope;
}
