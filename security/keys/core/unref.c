// SPDX-License-Identifier: GPL-2.0-only
/*
 * Unreferenced keys and detached links of each account, until they are freed.
 *
 * An unreferenced keyring is first queued to be dismantled: all its links are
 * detached. A dismantled keyring, like any other unreferenced key, then waits
 * for an RCU grace period. After that no reader can see the key any more, and
 * the key is queued to be freed. Detached links (struct key_link) are gathered
 * in a list, so that one grace period serves all links that an account has
 * gathered.
 */
#include <linux/jiffies.h>
#include <linux/sched.h>

#include "keyring.h"
#include "unref.h"

/*
 * Maximum number of works that run at once, each for a different account. More
 * works wait until one of these has ended, so that users who drop many keys do
 * not occupy all CPUs of a large machine.
 */
#define UNREF_MAX_ACTIVE	16

/*
 * An account may have UNREF_MIN_BYTES of unreferenced memory (not freed yet),
 * or four times its quota of bytes if that is more, but not more than
 * UNREF_MAX_BYTES. Above this limit, the account's system calls wait a short
 * time in reap_throttle(). Without a limit, a user could use up all memory,
 * because the quota does not count unreferenced memory. The maximum is for
 * administrators who set a quota that no account reaches.
 */
#define UNREF_MIN_BYTES		(4ULL << 20)
#define UNREF_MAX_BYTES		(128ULL << 20)

/*
 * When a task has stopped using a keyring, callers that are refused a charge
 * may wait for the refund of the keyring's charge during this time, in jiffies.
 * The refund usually follows after a few RCU grace periods. If there is none
 * after this time, another task probably uses the keyring.
 */
#define UNREF_HOPE		(2 * HZ)

/*
 * Number of accounts with too much unreferenced memory, see unref_is_crowded().
 * Usually 0, and then reap_throttle() need not look at the caller's account.
 */
atomic_t unref_nr_crowded = ATOMIC_INIT(0);

static struct workqueue_struct *unref_wq;

/**
 * unref_init - create the workqueue that frees keys and links
 *
 * Context: boot.
 */
void __init unref_init(void)
{
	/* This workqueue frees memory, so memory reclaim may depend on it */
	unref_wq = alloc_workqueue("keys", WQ_UNBOUND | WQ_MEM_RECLAIM,
				   UNREF_MAX_ACTIVE);
	if (!unref_wq)
		panic("No workqueue for unreferenced keys\n");
}

/*
 * Queue reap_unreferenced(), the work that frees an account's unreferenced keys
 * and detached links. The work owns a reference to the account, and drops the
 * reference at its end.
 */
static void __unref_kick(struct key_user *user)
{
	lockdep_assert_held(&user->lock);
	if (queue_work(unref_wq, &user->unref.work))
		refcount_inc(&user->usage);
}

/**
 * unref_kick - queue the work that frees an account's unreferenced keys
 * @user: account; the caller holds a reference
 *
 * The work also frees the account's detached links.
 *
 * Context: any.
 */
void unref_kick(struct key_user *user)
{
	guard(spinlock_irqsave)(&user->lock);
	__unref_kick(user);
}

/**
 * unref_is_crowded - tell whether an account has too much unreferenced memory
 * @user: account
 *
 * Unreferenced memory is the memory of keys, links and payloads that nothing
 * refers to any more, and that are not freed yet.
 *
 * Context: any.
 * Return: true if the account's unreferenced memory is above the limit, see
 * UNREF_MIN_BYTES.
 */
bool unref_is_crowded(const struct key_user *user)
{
	const struct unref_queue *unref = &user->unref;
	u64 max = clamp(4ULL * quota_limits(user).bytes, UNREF_MIN_BYTES,
			UNREF_MAX_BYTES);

	return READ_ONCE(unref->key_bytes) + READ_ONCE(unref->link_bytes[0]) +
	       READ_ONCE(unref->link_bytes[1]) > max;
}

static void __unref_check_crowd(struct key_user *user)
{
	bool crowded = unref_is_crowded(user);

	lockdep_assert_held(&user->lock);
	if (likely(crowded == user->unref.crowded))
		return;
	WRITE_ONCE(user->unref.crowded, crowded);
	atomic_add(crowded ? 1 : -1, &unref_nr_crowded);
}

/**
 * unref_key - count the memory of an unreferenced key
 * @key: unreferenced key, after quota_close()
 * @size: bytes of memory that the key takes until it is freed
 *
 * The memory counts until unref_freed(). unref_key_unseen() must follow after
 * an RCU grace period.
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
 * unref_ring - queue an unreferenced keyring to be dismantled
 * @ring: unreferenced keyring, after quota_close() and key_serial_remove()
 * @size: bytes of memory that the keyring takes until it is freed
 *
 * The account's work dismantles the keyring, see unref_take_ring(). Until then
 * the memory of its links counts, too: their charges have been refunded.
 *
 * Context: any.
 */
void unref_ring(struct key *ring, size_t size)
{
	unsigned int *links = &to_keyring(ring)->unref_links;
	struct key_user *user = ring->user;

	guard(spinlock_irqsave)(&user->lock);
	*links = READ_ONCE(ring->keys.nr_leaves_on_tree);
	user->unref.key_bytes += size + *links * UNREF_LINK_BYTES;
	__unref_check_crowd(user);
	list_add_tail(&ring->unref_node, &user->unref.rings);
	__unref_kick(user);
}

/**
 * unref_key_unseen - queue an unreferenced key to be freed
 * @key: unreferenced key without links or serial number. A grace period has
 *	passed, so that no RCU reader can see the key.
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
	/* This is not the last reference, because the work owns one */
	refcount_dec(&user->usage);
	spin_unlock_irqrestore(&user->lock, flags);
}

/*
 * Begin one grace period for all links that have been gathered, unless there
 * are none, or the links of the last grace period are not taken yet. In the
 * latter case, unref_take_links() begins the next grace period.
 */
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
	/* Not lazy: tasks wait for the memory, see reap_wait_for_room() */
	call_rcu_hurry(&unref->rcu, unref_grace_over);
}

/*
 * Gather a detached link of @size bytes for the next grace period. If @link is
 * NULL, only count the bytes until then.
 */
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

/*
 * A link of the keyring was detached. Each link that unref_ring() has counted
 * comes here after that. A link that was detached just before unref_ring() was
 * not counted, but comes here as well, so the number may be 0.
 */
static void __unref_uncount_link(struct keyring *ring, struct key_user *user)
{
	lockdep_assert_held(&user->lock);
	if (!ring->unref_links)
		return;
	ring->unref_links--;
	user->unref.key_bytes -= UNREF_LINK_BYTES;
}

/**
 * unref_link - free a link after a grace period
 * @ring: keyring of the link, not freed yet
 * @link: node of the link, which is detached and has no charge any more
 *
 * The link is not freed at once, because RCU readers may see the link.
 *
 * Context: any.
 */
void unref_link(struct key *ring, struct llist_node *link)
{
	struct key_user *user;
	unsigned long flags;

	user = quota_lock(ring, &flags);
	__unref_uncount_link(to_keyring(ring), user);
	__unref_collect(user, link, UNREF_LINK_BYTES);
	quota_unlock(user, flags);
}

/**
 * unref_payload - count a former payload that the caller frees by call_rcu()
 * @key: key that had the payload
 * @size: bytes of memory that the payload takes
 *
 * The bytes count as unreferenced memory of the key's account until a grace
 * period has passed. So a user who updates keys all the time has to wait in
 * reap_throttle().
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
 * unref_take_ring - take a keyring from the queue to dismantle it
 * @user: account
 *
 * Context: process context.
 * Return: the keyring, or NULL if the queue is empty. No other task works on
 * the keyring until the caller calls unref_return_ring() or unref_done().
 */
struct key *unref_take_ring(struct key_user *user)
{
	struct key *ring;

	/*
	 * Usually the queue is empty: find that out without the lock. If a
	 * keyring is being queued now, unref_ring() schedules the work.
	 */
	if (list_empty(&user->unref.rings))
		return NULL;
	guard(spinlock_irqsave)(&user->lock);
	ring = __take_first(&user->unref.rings);
	if (ring)
		user->unref.taken++;
	return ring;
}

/**
 * unref_return_ring - put a keyring back that is not dismantled completely
 * @user: account
 * @ring: keyring that unref_take_ring() returned
 *
 * The account's work is queued again, and goes on with this keyring.
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
 * unref_done - count a taken keyring as dismantled, or a taken key as unlinked
 * @user: account
 *
 * Called once for each keyring from unref_take_ring() that links no key any
 * more, and for each expired key that next_ended() in reap.c has taken and that
 * is in no keyring any more. By then their charges have been refunded, unless
 * other references are left, so unref_may_wait() no longer counts on them.
 *
 * Context: process context.
 */
void unref_done(struct key_user *user)
{
	guard(spinlock_irqsave)(&user->lock);
	user->unref.taken--;
}

/**
 * unref_take_key - take a key from the queue to free it
 * @user: account
 *
 * The caller frees the key, and passes its size to unref_freed(). unref_done()
 * must not follow: it is for keyrings that unref_take_ring() returned, and for
 * expired keys.
 *
 * Context: process context.
 * Return: the key, or NULL if the queue is empty.
 */
struct key *unref_take_key(struct key_user *user)
{
	guard(spinlock_irqsave)(&user->lock);
	return __take_first(&user->unref.keys);
}

/**
 * unref_take_links - take the detached links that may be freed
 * @user: account
 * @size: set to the memory of the links, and of the old payloads that were freed
 *	after the same grace period. The caller passes it to unref_freed().
 *
 * The next grace period begins for the links that were gathered meanwhile.
 *
 * Context: process context.
 * Return: the links, which the caller must free, or NULL if there are none for
 * which a grace period has passed.
 */
struct llist_node *unref_take_links(struct key_user *user, size_t *size)
{
	struct unref_queue *unref = &user->unref;
	struct llist_node *links;

	*size = 0;
	guard(spinlock_irqsave)(&user->lock);
	if (!unref->grace_over)
		return NULL;
	links = unref->links[1];
	unref->links[1] = NULL;
	*size = unref->link_bytes[1];
	unref->key_bytes += *size;
	unref->link_bytes[1] = 0;
	unref->grace_over = false;
	unref->grace = false;
	__unref_begin_grace(user);
	return links;
}

/**
 * unref_freed - subtract what was freed from the account's unreferenced memory
 * @user: account
 * @size: bytes of memory that the freed keys and links took
 *
 * Context: process context.
 * Return: true if keyrings, keys or links are left that can be handled now.
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
 * unref_hope - note that a task stops using a keyring: a refund may follow
 * @key: thread or session keyring that the task stops using, or NULL
 *
 * If no other task uses the keyring, the last reference is dropped after some
 * RCU grace periods, because the task's credentials are freed then. Until then,
 * a caller that is refused a charge may wait for the refund, see
 * unref_may_wait().
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
	/* 0 means that no refund is expected */
	WRITE_ONCE(user->hope, jiffies ?: 1);
}

/**
 * unref_may_wait - tell whether a refused caller should wait for a refund
 * @user: account
 *
 * A caller should wait if a refund is expected: because unreferenced keyrings
 * are not dismantled yet, because expired keys are being unlinked, or because a
 * task has stopped using a keyring, see unref_hope(). Otherwise the caller is
 * refused at once, so a full account does not cause many waits.
 *
 * Context: any.
 * Return: true if the caller should wait.
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
 * unref_give_up - note that a caller has waited for a refund without success
 * @user: account
 * @hope: @user->hope before the caller waited: the jiffies when a task last
 *	stopped using a keyring
 *
 * If no task has stopped using a keyring since then, no further caller waits:
 * there was time enough for the refund, so other tasks probably still use these
 * keyrings.
 *
 * Context: any.
 * Return: true if the caller is to be refused; false if a task has stopped using
 * another keyring in the meantime, so that the caller may wait again.
 */
bool unref_give_up(struct key_user *user, unsigned long hope)
{
	unsigned long old = cmpxchg(&user->hope, hope, 0);

	/* @old is 0 if another caller has noted the same before */
	return old == hope || !old;
}
