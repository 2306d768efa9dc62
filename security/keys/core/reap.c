// SPDX-License-Identifier: GPL-2.0-only
/*
 * Removal of keys: unlink ended keys (revoked, expired or invalid), and destroy
 * unreferenced keys.
 *
 * No function in this file has to visit keys that it does not change. Each key
 * lists the links to it, so it is unlinked without a search. Each account
 * orders its keys by expiry. Each type and each domain lists its own keys.
 */
#include <linux/cred.h>
#include <linux/export.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>
#include <linux/timekeeping.h>
#include <linux/wait.h>

#include "key.h"
#include "keyring.h"
#include "link.h"
#include "notify.h"
#include "quota.h"
#include "reap.h"
#include "type.h"
#include "unref.h"

/* How many keys, or batches of links, one run of a work handles at most */
#define REAP_BATCH	256

/* The same for one call of reap_account(), whose callers hold locks */
#define RECLAIM_BATCH	1024

/*
 * Number of RCU grace periods after which the keyrings of an exited process are
 * unreferenced. The task is freed after one, its credentials after another one,
 * and the RCU callbacks run some time after that.
 */
#define REAP_GRACE_PERIODS	4

/* Maximum time that a caller waits before it is refused, in jiffies */
#define REAP_WAIT		HZ

static void destroy_key(struct key *key)
{
	scoped_guard(key_types) {
		key_destroy_payload(key, READ_ONCE(key->type));
		key_type_remove_key(key);
	}
	notify_end(key);
	key_free(key);
}

/*
 * Dismantle the account's unreferenced keyrings, within a budget. If this drops
 * the last reference to another keyring, that keyring is queued too. So there
 * is no recursion, however deep the keyrings are nested.
 */
static void dismantle_rings(struct key_user *user, unsigned int *budget)
{
	struct key *ring;

	while (*budget && (ring = unref_take_ring(user))) {
		while (keyring_dismantle(to_keyring(ring))) {
			cond_resched();
			if (!--*budget) {
				unref_return_ring(user, ring);
				return;
			}
		}
		--*budget;
		unref_done(user);
		/* RCU readers may still see the keyring and its links */
		key_free_later(ring);
		cond_resched();
	}
}

/* Returns the bytes of memory that the freed keys took. */
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
 * reap_unreferenced - free the unreferenced keys and links of an account
 * @work: work of the account's struct unref_queue; owns a reference to the
 *	account
 *
 * Each run handles a limited number of keys, and queues the work again if there
 * are more. So the works of all accounts take turns.
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

/* The number of runs is limited, because tasks may drop keys all the time. */
static void flush_account(struct key_user *user)
{
	int runs = 10000;
	bool busy;

	do {
		/*
		 * A keyring that the work is dismantling is in no queue, so
		 * wait for the work before looking at the queues.
		 */
		busy = flush_work(&user->unref.work);
		busy |= unref_freed(user, 0);
	} while (busy && --runs);
}

/**
 * reap_flush - wait until the works have emptied the queues of all accounts
 *
 * Unreferenced keyrings are dismantled then. Used only to unregister a type and
 * by tests, because the time depends on the keys of all users.
 *
 * Context: may sleep; does not wait for an RCU grace period.
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
 * reap_barrier - wait until all keys that are unreferenced now are freed
 *
 * The keyrings of an exited process are included. They are unreferenced when
 * the credentials of its task are freed. RCU delays first the freeing of the
 * task and then that of the credentials, so there are two barriers.
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
 * Unlink a key from all its keyrings and, if the key is a keyring, unlink all
 * keys from it. The caller holds a reference, and has set KEY_FLAG_INVALIDATED.
 * If another task adds a link at the same time, either that task sees the flag
 * afterwards and removes the link, or the link is seen here.
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
 * Take the next key of an account that expired at least @grace seconds ago, and
 * invalidate the key. NULL if there is none. The flag is set under the
 * account's lock, so that key_set_expiry() cannot change the expiry meanwhile.
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
 * reap_expired_keys - collect the keys of an account
 * @work: work of the account's struct expiry_queue; owns a reference to the
 *	account
 *
 * Unlinks the keys that expired, or were revoked, at least kernel.keys.gc_delay
 * seconds ago. Keys of KEY_TYPE_INSTANT_REAP types are unlinked without delay.
 *
 * Context: workqueue.
 */
void reap_expired_keys(struct work_struct *work)
{
	struct expiry_queue *queue = container_of(to_delayed_work(work),
						  struct expiry_queue, work);
	struct key_user *user = container_of(queue, struct key_user, expiring);

	/* If more keys are due than REAP_BATCH, the work runs again at once */
	reap_ended(user, READ_ONCE(key_gc_delay), REAP_BATCH);
	scoped_guard(spinlock_irqsave, &user->lock)
		__quota_arm_expiry(user);
	key_user_put(user);
}

/**
 * reap_account - refund charges that an account does not need
 * @user: account; the caller holds a reference
 *
 * Called before the account refuses a charge. Collects expired and revoked keys
 * without a delay, and dismantles unreferenced keyrings. This visits a limited
 * number of keys, of this account only, and waits for no other task.
 *
 * Context: may sleep.
 */
void reap_account(struct key_user *user)
{
	unsigned int budget = RECLAIM_BATCH;

	reap_ended(user, 0, RECLAIM_BATCH);
	dismantle_rings(user, &budget);
}

/* Has there been a refund since @refunds was @seen? */
static bool has_refund(struct key_user *user, unsigned int seen)
{
	return READ_ONCE(user->refunds) != seen;
}

static bool has_room(struct key_user *user)
{
	guard(spinlock_irqsave)(&user->lock);
	return !unref_is_crowded(user);
}

/* A keyring that was given up before is unreferenced after these. */
static void wait_for_graces(struct reap_wait *wait)
{
	wait->hope = READ_ONCE(wait->user->hope);
	wait->graces = REAP_GRACE_PERIODS;
	wait->grace = start_poll_synchronize_rcu();
}

/*
 * The account that has refused: most calls charge the filesystem UID, but a new
 * session keyring is charged to the real UID.
 */
static struct key_user *find_refusing(const struct cred *cred)
{
	struct key_user *user = key_user_find(cred->fsuid);

	if (uid_eq(cred->fsuid, cred->uid) || (user && quota_has_refused(user)))
		return user;
	key_user_put(user);
	return key_user_find(cred->uid);
}

/*
 * After the first refusal: try again if a refund may be expected, or if there
 * has been one since the refusal.
 */
static bool wait_begin(struct reap_wait *wait, const struct cred *cred)
{
	struct key_user *user = find_refusing(cred);

	if (!user)
		return false;
	wait->user = user;
	wait->end = jiffies;
	if (!quota_has_refused(user))
		return false;
	if (!unref_may_wait(user))
		return has_refund(user, READ_ONCE(user->refused_at));
	wait->end = jiffies + REAP_WAIT;
	wait_for_graces(wait);
	return true;
}

/* False if REAP_GRACE_PERIODS grace periods have passed. */
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

/*
 * Has the caller waited long enough? If another task has given up a keyring
 * during the wait, the caller waits once more, but not longer than REAP_WAIT in
 * all. Only a keyring for which all grace periods have passed is given up.
 */
static bool is_in_vain(struct reap_wait *wait)
{
	bool late = time_after_eq(jiffies, wait->end);

	if (wait->graces && !late)
		return false;
	if (!wait->graces && unref_give_up(wait->user, wait->hope))
		return true;
	if (late || wait->anew)
		return true;
	wait->anew = true;
	wait_for_graces(wait);
	return false;
}

/**
 * reap_wait_again - wait for a refund after the caller was refused
 * @wait: zeroed before the first call; reap_wait_end() follows the last call
 * @cred: the caller's credentials
 *
 * The caller calls this whenever a charge was refused. If a refund is expected,
 * see unref_may_wait(), the first call returns true at once. Each further call
 * waits until there is a refund. The last try is made after REAP_GRACE_PERIODS
 * grace periods, because the keyrings of processes that have just exited are
 * unreferenced then. The whole wait takes at most REAP_WAIT.
 *
 * Context: may sleep; the caller holds no lock. A fatal signal ends the wait.
 * Return: true if the caller should try again.
 */
bool reap_wait_again(struct reap_wait *wait, const struct cred *cred)
{
	struct key_user *user = wait->user;
	unsigned int seen;

	if (!user)
		return wait_begin(wait, cred);
	if (fatal_signal_pending(current) || is_in_vain(wait))
		return false;
	/* Read after the caller's try, which itself may have made refunds */
	seen = READ_ONCE(user->refunds);
	while (!has_refund(user, seen) && grace_is_left(wait) &&
	       time_before(jiffies, wait->end))
		if (schedule_timeout_killable(1) && fatal_signal_pending(current))
			return false;
	return true;
}

/**
 * reap_wait_end - drop the reference that reap_wait_again() has taken
 * @wait: state that was passed to reap_wait_again()
 *
 * Context: process context.
 */
void reap_wait_end(struct reap_wait *wait)
{
	key_user_put(wait->user);
}

static void throttle(kuid_t uid)
{
	struct key_user *user __free(key_user_put) = key_user_find(uid);

	if (user && unref_is_crowded(user))
		wait_event_killable_timeout(user->room, has_room(user), HZ / 10);
}

/**
 * reap_throttle - slow the caller down while its account has much to be freed
 *
 * The charge of a key is refunded before its memory is freed. So a caller could
 * make and drop keys faster than the memory is freed. If the unreferenced
 * memory of the account of the caller's filesystem UID is above its limit, see
 * unref_is_crowded(), the caller waits a short time. Callers of other accounts
 * do not wait.
 *
 * Context: may sleep; the caller holds no lock. A fatal signal ends the wait.
 */
void reap_throttle(void)
{
	if (unlikely(unref_any_crowded()))
		throttle(current_fsuid());
}

/**
 * key_invalidate - invalidate a key and unlink it from all its keyrings
 * @key: key; the caller holds a reference
 *
 * The key is unlinked before this returns. The time is proportional to the
 * number of links to the key. If the key is a keyring, all keys in it are
 * unlinked too, even if a task still uses it as session keyring. No permission
 * is checked. See keyctl_invalidate(3).
 *
 * Context: may sleep.
 */
void key_invalidate(struct key *key)
{
	/*
	 * Nested: for an authorisation key, the caller may hold the semaphore
	 * of the key that is being constructed.
	 */
	down_write_nested(&key->sem, SINGLE_DEPTH_NESTING);
	if (!test_and_set_bit(KEY_FLAG_INVALIDATED, &key->flags))
		notify_key(key, NOTIFY_KEY_INVALIDATED, 0);
	up_write(&key->sem);
	/* If another task has set the flag, it may not have unlinked the key */
	unlink_ended(key);
}
EXPORT_SYMBOL(key_invalidate);

#if IS_ENABLED(CONFIG_KEYS_KUNIT_TEST)
#include "../tests/reap_kunit.c"
#include "../tests/reap_wait_kunit.c"
#endif
