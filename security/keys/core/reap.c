// SPDX-License-Identifier: GPL-2.0-only
/*
 * What happens to a key after its end: unlinked when its time has come,
 * destroyed when nobody holds it any more.
 *
 * Nothing here walks keys that it has no business with. A key that ends leaves
 * its keyrings by its own list of links; an account's expired keys are at the
 * head of the account's queue; a type and a domain list their own keys.
 */
#include <linux/export.h>
#include <linux/poison.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>
#include <linux/timekeeping.h>
#include <linux/wait.h>

#include "key.h"
#include "keyring.h"
#include "notify.h"
#include "quota.h"
#include "reap.h"
#include "restrict.h"
#include "type.h"
#include "unref.h"

/* How many keys, or handfuls of links, one run of the work frees */
#define REAP_BATCH	256

/* The same for a caller that would otherwise be refused, and who holds locks */
#define RECLAIM_BATCH	1024

/*
 * Grace periods that may pass until the keyrings of a process that has exited
 * are unreferenced: the task waits for one, its credentials for another, and
 * callbacks run some time after that.
 */
#define REAP_GRACE_PERIODS	4

/* How long a caller waits before it is refused, at the most */
#define REAP_WAIT		HZ

static void destroy_payload(struct key *key, const struct key_type *type)
{
	/* The destructor only if the constructor has run */
	if (key_read_state(key) == KEY_IS_POSITIVE && type->destroy)
		type->destroy(key);
}

static void destroy_key(struct key *key)
{
	scoped_guard(key_types) {
		destroy_payload(key, READ_ONCE(key->type));
		key_type_remove_key(key);
	}
	notify_end(key);
	key_free(key);
}

/*
 * Let the account's unreferenced keyrings unlink what they link, up to a
 * budget. Keyrings that lose their last reference by that are queued too, so
 * that the depth of a tree does not matter.
 */
static void dismantle_rings(struct key_user *user, unsigned int *budget)
{
	struct key *ring;

	while (*budget && (ring = unref_take_ring(user))) {
		set_bit(KEY_FLAG_DISMANTLING, &ring->flags);
		while (keyring_dismantle(to_keyring(ring))) {
			cond_resched();
			if (!--*budget) {
				unref_return_ring(user, ring);
				return;
			}
		}
		--*budget;
		unref_done(user);
		/* Searches may still look at it, and climbs at its links */
		key_free_later(ring);
		cond_resched();
	}
}

/* Returns how much memory the keys took that were freed. */
static size_t destroy_keys(struct key_user *user, unsigned int budget)
{
	size_t size = 0;
	struct key *key;

	while (budget-- && (key = unref_take_key(user))) {
		size += key_memory(key);
		destroy_key(key);
		cond_resched();
	}
	return size;
}

/**
 * reap_unreferenced - free what an account has unreferenced
 * @work: of the account's struct unref_queue; owns a reference to the account
 *
 * A part at a time, so that the works of all accounts take turns.
 *
 * Context: workqueue.
 */
void reap_unreferenced(struct work_struct *work)
{
	struct key_user *user = container_of(work, struct key_user,
					     unref.work);
	unsigned int rings = REAP_BATCH, keys = REAP_BATCH;

	links_free(unref_take_links(user));
	dismantle_rings(user, &rings);
	if (unref_freed(user, destroy_keys(user, keys)))
		unref_kick(user);
	key_user_put(user);
}

/* Whoever goes on and on dropping keys is not waited for without end. */
static void flush_account(struct key_user *user)
{
	int runs = 10000;
	bool busy;

	do {
		/* A keyring in the hands of the work is in no queue */
		busy = flush_work(&user->unref.work);
		busy |= unref_freed(user, 0);
	} while (busy && --runs);
}

/**
 * reap_flush - wait until unreferenced keyrings have unlinked their keys
 *
 * For the end of a type, and for tests: the time depends on everybody's keys.
 *
 * Context: may sleep; not for RCU.
 */
void reap_flush(void)
{
	struct key_user *user;
	kuid_t uid = KUIDT_INIT(0);

	while ((user = key_user_next(uid))) {
		flush_account(user);
		uid = KUIDT_INIT(__kuid_val(user->uid) + 1);
		key_user_put(user);
		if (!__kuid_val(uid))
			break;
	}
}

/**
 * reap_barrier - wait until all that is unreferenced by now has been freed
 *
 * As reap_flush(). The keyrings of a process that has exited depend on its
 * task, whose end depends on RCU, and on its credentials, whose end does too.
 *
 * Context: may sleep, for some RCU grace periods.
 */
void reap_barrier(void)
{
	rcu_barrier();
	rcu_barrier();
	reap_flush();
}

/*
 * A key that has ended leaves all its keyrings for good, and a keyring unlinks
 * what it links. The caller holds a reference, and has set
 * KEY_FLAG_INVALIDATED. Who links the key, or into the keyring, at the same
 * time sees the flag after that, or the link is seen here.
 */
static void unlink_ended(struct key *key)
{
	/* Pairs with the barrier in edit_recheck() */
	smp_mb();
	key_unlink_all(key);
	if (key_is_keyring(key))
		keyring_empty(to_keyring(key));
}

/*
 * The next key of an account whose time was over @grace seconds ago, or NULL.
 * That the key has ended is decided here, under the lock under which the key
 * gets another time.
 */
static struct key *next_ended(struct key_user *user, unsigned int grace)
{
	time64_t now = ktime_get_real_seconds();
	struct key *key;

	guard(spinlock_irqsave)(&user->lock);
	while ((key = __expiry_pop(&user->expiring, now, grace)))
		if (key_tryget(key)) {
			set_bit(KEY_FLAG_INVALIDATED, &key->flags);
			user->unref.taken++;
			return key;
		}
	return NULL;
}

static void reap_ended(struct key_user *user, unsigned int grace,
		       unsigned int budget)
{
	struct key *key;

	while (budget-- && (key = next_ended(user, grace))) {
		unlink_ended(key);
		key_put(key);
		unref_done(user);
		cond_resched();
	}
}

/**
 * reap_expired_keys - unlink the keys of an account whose time has come
 * @work: the expiry queue's; owns a reference to the account
 *
 * Context: workqueue.
 */
void reap_expired_keys(struct work_struct *work)
{
	struct expiry_queue *queue = container_of(to_delayed_work(work),
						  struct expiry_queue, work);
	struct key_user *user = container_of(queue, struct key_user, expiring);

	/* What is left then is due, and so the work runs again at once */
	reap_ended(user, READ_ONCE(key_gc_delay), REAP_BATCH);
	scoped_guard(spinlock_irqsave, &user->lock)
		__quota_arm_expiry(user);
	key_user_put(user);
}

/**
 * reap_account - give back what an account holds without need
 * @user: account; the caller holds a reference
 *
 * Before somebody is refused, what has expired goes, however short ago, and
 * unreferenced keyrings unlink their keys. Only this account's keys are looked
 * at, not too many, and nobody is waited for.
 *
 * Context: may sleep.
 */
void reap_account(struct key_user *user)
{
	unsigned int budget = RECLAIM_BATCH;

	reap_ended(user, 0, RECLAIM_BATCH);
	dismantle_rings(user, &budget);
}

/* What a caller waits for */
static bool has_refund(struct key_user *user, unsigned int seen)
{
	return READ_ONCE(user->refunds) != seen;
}

static bool has_room(struct key_user *user)
{
	guard(spinlock_irqsave)(&user->lock);
	return !unref_is_crowded(user);
}

static void wait_for_graces(struct reap_wait *wait)
{
	wait->hope = READ_ONCE(wait->user->hope);
	wait->graces = REAP_GRACE_PERIODS;
	wait->grace = start_poll_synchronize_rcu();
}

/* The first refusal: another try if there is something to try for. */
static bool wait_begin(struct reap_wait *wait, kuid_t uid)
{
	struct key_user *user = key_user_find(uid);

	if (!user)
		return false;
	wait->user = user;
	wait->end = jiffies;
	if (!quota_has_refused(user) || !unref_may_wait(user))
		return false;
	wait->end = jiffies + REAP_WAIT;
	wait_for_graces(wait);
	return true;
}

/* False when enough grace periods have passed. */
static bool grace_is_left(struct reap_wait *wait)
{
	if (!poll_state_synchronize_rcu(wait->grace))
		return true;
	if (!wait->graces)
		return false;
	wait->graces--;
	wait->grace = start_poll_synchronize_rcu();
	return wait->graces;
}

/**
 * reap_wait_again - the caller was refused: is it worth while to try again?
 * @wait: zero before the first try; reap_wait_end() follows the last
 * @uid: the caller
 *
 * If the caller's account has refused and charges of the account are about to
 * return, there is another try at once, one whenever a charge has returned, and
 * a last one when some grace periods have passed, which is when keyrings of
 * processes that have just ended have been released. See unref_may_wait().
 *
 * Context: may sleep, and so the caller holds no lock. A fatal signal ends the
 * wait, and so does the clock, whatever happens meanwhile.
 * Return: true to try again.
 */
bool reap_wait_again(struct reap_wait *wait, kuid_t uid)
{
	struct key_user *user = wait->user;
	unsigned int seen;

	if (!user)
		return wait_begin(wait, uid);
	if (fatal_signal_pending(current))
		return false;
	if (!wait->graces || time_after_eq(jiffies, wait->end)) {
		if (unref_give_up(user, wait->hope) ||
		    time_after_eq(jiffies, wait->end))
			return false;
		wait_for_graces(wait);
	}
	/* After the try, which itself may have given something back */
	seen = READ_ONCE(user->refunds);
	while (!has_refund(user, seen) && grace_is_left(wait) &&
	       time_before(jiffies, wait->end))
		if (schedule_timeout_killable(1) && fatal_signal_pending(current))
			return false;
	return true;
}

/**
 * reap_wait_end - there will be no other try
 * @wait: as for reap_wait_again()
 *
 * Context: process context.
 */
void reap_wait_end(struct reap_wait *wait)
{
	key_user_put(wait->user);
}

/**
 * reap_throttle - slow the caller down if its account drops too much too fast
 * @uid: the caller
 *
 * Charges return before memory does. Whoever has much more unreferenced than a
 * quota allows waits a little until it is freed; nobody else does.
 *
 * Context: may sleep, and so the caller holds no lock. A fatal signal ends the
 * wait.
 */
void reap_throttle(kuid_t uid)
{
	struct key_user *user __free(key_user_put) = NULL;

	user = key_user_find(uid);
	if (user && unref_is_crowded(user))
		wait_event_killable_timeout(user->room, has_room(user), HZ / 10);
}

/**
 * key_invalidate - make a key unknown at once
 * @key: key; the caller holds a reference
 *
 * It leaves all its keyrings before this returns, in time proportional to the
 * number of its own links; a keyring unlinks what it links, even if it is still
 * somebody's session keyring. No permission is checked. See
 * keyctl_invalidate(3).
 *
 * Context: may sleep.
 */
void key_invalidate(struct key *key)
{
	/* An authorisation key is invalidated while its target is worked upon */
	down_write_nested(&key->sem, SINGLE_DEPTH_NESTING);
	if (!test_and_set_bit(KEY_FLAG_INVALIDATED, &key->flags))
		notify_key(key, NOTIFY_KEY_INVALIDATED, 0);
	up_write(&key->sem);
	/* Whoever was first may not have done with it yet */
	unlink_ended(key);
}
EXPORT_SYMBOL(key_invalidate);

/**
 * key_remove_domain - a domain has ended
 * @domain_tag: the domain; the caller's reference is dropped
 *
 * Its keys are invalidated.
 *
 * Context: may sleep.
 */
void key_remove_domain(struct key_tag *domain_tag)
{
	struct key *key = NULL, *prev;

	key_tag_begin_removal(domain_tag);
	while (prev = key, (key = key_tag_next_key(domain_tag, prev))) {
		key_put(prev);
		key_invalidate(key);
		cond_resched();
	}
	key_put(prev);
	key_put_tag(domain_tag);
}

static void detach_type(struct key *key, struct hlist_head *detached)
{
	down_write(&key->sem);
	set_bit(KEY_FLAG_DEAD, &key->flags);
	key_type_detach_key(key, detached);
	up_write(&key->sem);
	lockdep_set_class(&key->sem, &key_type_removed.lock_class);
	/* As in unlink_ended() */
	smp_mb__after_atomic();
	key_unlink_all(key);
}

/* Each key of @detached has a reference of ours. */
static void destroy_detached(struct hlist_head *detached,
			     const struct key_type *type)
{
	struct listed_key *listed;
	struct hlist_node *next;

	hlist_for_each_entry_safe(listed, next, detached, type_node) {
		struct key *key = &listed->key;

		scoped_guard(rwsem_write, &key->sem) {
			destroy_payload(key, type);
			memset(&key->payload, KEY_DESTROY,
			       sizeof(key->payload));
		}
		key_type_file_removed(key);
		key_put(key);
		cond_resched();
	}
}

/**
 * unregister_key_type - make a type unavailable
 * @ktype: the type
 *
 * When this returns, no key leads to the type's code or data any more, even if
 * somebody still holds it: its payload is gone, and it has the type ".dead".
 *
 * Context: may sleep for long.
 */
void unregister_key_type(struct key_type *ktype)
{
	HLIST_HEAD(detached);
	struct key *key;

	if (key_type_begin_removal(ktype))
		return;
	restriction_remove_type(ktype);
	while ((key = key_type_first_key(ktype)))
		detach_type(key, &detached);
	/* Those who saw the type, and searches that run its ->cmp() */
	synchronize_srcu(&key_types_srcu);
	synchronize_rcu();
	destroy_detached(&detached, ktype);
	/* Keys without a reference are the reaper's, who calls ->destroy() */
	while (key_type_has_keys(ktype))
		reap_barrier();
	/* The last of them may be about to be freed, which looks at its type */
	reap_flush();
}
EXPORT_SYMBOL(unregister_key_type);

#if IS_ENABLED(CONFIG_KEYS_KUNIT_TEST)
#include "../tests/reap_kunit.c"
#endif
