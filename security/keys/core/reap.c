// SPDX-License-Identifier: GPL-2.0-only
/*
 * Removal of keys: unlink ended keys (revoked, expired or invalid), and destroy
 * unreferenced keys.
 *
 * No function in this file has to visit keys that it does not change. Each key
 * lists the links to it, so the key is unlinked without a search. Each account
 * orders its keys by expiry. Each type, and each domain (network namespace),
 * lists its own keys.
 */
#include <linux/cred.h>
#include <linux/export.h>
#include <linux/ktime.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>

#include "key.h"
#include "keyring.h"
#include "link.h"
#include "notify.h"
#include "quota.h"
#include "reap.h"
#include "restrict.h"
#include "type.h"
#include "unref.h"

/*
 * Maximum number of keys, or of batches of links, that one run of a work
 * handles. If more are left, the work is queued again, so that the works of all
 * accounts take turns.
 */
#define REAP_BATCH	256

/*
 * Maximum number of keys, or of batches of links, that one call of
 * reap_account() handles. The rest is left to the works, because the callers of
 * reap_account() may hold locks that other tasks wait for.
 */
#define RECLAIM_BATCH	1024

/*
 * Number of RCU grace periods that a refused caller waits for. After these, the
 * keyrings of a process that had exited before are unreferenced: the task is
 * freed after one grace period, its credentials after another one, and the RCU
 * callbacks that do this may run later than the end of the grace period.
 */
#define REAP_GRACE_PERIODS	4

/*
 * Maximum time in jiffies that a caller waits for a refund. Then the charge is
 * refused (EDQUOT), so that no system call waits long if grace periods are
 * long.
 */
#define REAP_WAIT		HZ

static void destroy_key(struct key *key)
{
	scoped_guard(key_types) {
		key_destroy_payload(key, key_type_of(key));
		key_type_remove_key(key);
	}
	/* Not by ->destroy(): a keyring without a payload may be restricted. */
	if (key_is_keyring(key))
		restriction_free(to_keyring(key));
	notify_end(key);
	key_free(key);
}

/*
 * Dismantle the account's unreferenced keyrings: detach all their links. Handle
 * at most *@budget keyrings and batches of links. If this drops the last
 * reference to another keyring, key_put() only queues that keyring. So there is
 * no recursion, however deep the keyrings are nested.
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
		/* Later, since RCU readers may see the keyring and its links */
		key_free_later(ring);
		cond_resched();
	}
}

/*
 * Free at most @budget of the account's unreferenced keys. Returns the bytes of
 * memory that these keys took.
 */
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
 * Each run handles at most REAP_BATCH keys, and queues the work again if there
 * are more. So the works of all accounts take turns.
 *
 * Context: workqueue.
 */
void reap_unreferenced(struct work_struct *work)
{
	struct key_user *user = container_of(work, struct key_user,
					     unref.work);
	unsigned int rings = REAP_BATCH, keys = REAP_BATCH;
	size_t size;

	links_free(unref_take_links(user, &size));
	dismantle_rings(user, &rings);
	if (unref_freed(user, size + destroy_keys(user, keys)))
		unref_kick(user);
	key_user_put(user);
}

/*
 * Wait until the account's work has emptied its queues. The number of runs that
 * this waits for is limited, because tasks may drop keys all the time. If the
 * limit is reached, some keys are left.
 */
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
 * task and then that of the credentials, so rcu_barrier() is called twice.
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
	/*
	 * Read the links after the flag was set. Pairs with smp_mb() in
	 * edit_recheck(), between adding a link and reading the flag.
	 */
	smp_mb();
	key_unlink_all(key);
	if (key_is_keyring(key))
		keyring_empty(to_keyring(key));
}

/*
 * Take the next key of an account that expired at least @grace seconds ago, and
 * invalidate the key. Returns the key with a reference, or NULL if there is
 * none. The flag is set under the account's lock, so that key_set_expiry()
 * cannot make the key usable again between the check of the expiry and the
 * flag.
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

	/*
	 * If more than REAP_BATCH keys are due, __quota_arm_expiry() queues the
	 * work again without a delay.
	 */
	reap_ended(user, READ_ONCE(key_gc_delay), REAP_BATCH);
	scoped_guard(spinlock_irqsave, &user->lock)
		__quota_arm_expiry(user);
	key_user_put(user);
}

/**
 * reap_account - refund the charges of an account's ended keys
 * @user: account; the caller holds a reference
 *
 * Called before the account refuses a charge. Unlinks expired and revoked keys
 * without waiting for kernel.keys.gc_delay, and removes all links of
 * unreferenced keyrings. Only keys of this account are handled. The call ends
 * after RECLAIM_BATCH ended keys and RECLAIM_BATCH unreferenced keyrings, and
 * waits for no other task, because the caller may hold locks.
 *
 * Context: may sleep.
 */
void reap_account(struct key_user *user)
{
	unsigned int budget = RECLAIM_BATCH;

	reap_ended(user, 0, RECLAIM_BATCH);
	dismantle_rings(user, &budget);
}

/* Has the account refunded a charge since its count of refunds was @seen? */
static bool has_refund(struct key_user *user, unsigned int seen)
{
	return READ_ONCE(user->refunds) != seen;
}

/*
 * Begin to wait for REAP_GRACE_PERIODS grace periods. A keyring that a task
 * stopped using before this call is unreferenced after these grace periods,
 * unless another task uses the keyring.
 */
static void wait_for_graces(struct reap_wait *wait)
{
	wait->hope = READ_ONCE(wait->user->hope);
	wait->graces = REAP_GRACE_PERIODS;
	wait->grace = start_poll_synchronize_rcu();
}

/*
 * Get the account that has refused the caller's charge, with a reference. Most
 * calls charge the account of the filesystem UID, but a new session keyring is
 * charged to the account of the real UID. NULL if there is no account.
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
 * Called after the first refusal. True if the caller should try again: a refund
 * is expected, or a charge was refunded since the refusal.
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

/*
 * If the current grace period is over, count it and begin the next one. False
 * if REAP_GRACE_PERIODS grace periods have passed.
 */
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
 * True if the caller has waited long enough and is to be refused. If another
 * task has stopped using a keyring during the wait, the caller waits
 * once more, but not longer than REAP_WAIT in all. unref_give_up() makes other
 * callers not wait for the same keyrings, so it is called only if all grace
 * periods have passed.
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
 * The caller calls this whenever a charge was refused. The first call returns
 * true at once if a refund is expected, see unref_may_wait(), or was made since
 * the refusal. Each further call waits until there is a refund. The last try is
 * made after REAP_GRACE_PERIODS grace periods, because the keyrings of
 * processes that have just exited are unreferenced then. The whole wait takes
 * at most REAP_WAIT.
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
 * reap_wait_end - drop the reference that reap_wait_again() may have taken
 * @wait: state that may have been passed to reap_wait_again()
 *
 * Context: process context.
 */
void reap_wait_end(struct reap_wait *wait)
{
	key_user_put(wait->user);
}

/*
 * Each waiting task looks again at each tick. No task wakes the others: a user
 * can make thousands of tasks wait, and to wake them all at once, under the
 * account's lock, would keep a CPU busy with interrupts off.
 */
static void wait_for_room(kuid_t uid)
{
	struct key_user *user __free(key_user_put) = key_user_find(uid);
	unsigned long end = jiffies + HZ / 10;

	while (user && READ_ONCE(user->unref.crowded) &&
	       time_before(jiffies, end))
		if (schedule_timeout_killable(1) && fatal_signal_pending(current))
			return;
}

/**
 * reap_wait_for_room - wait while a subject's accounts have much to be freed
 * @cred: credentials of the caller
 *
 * Waits until the unreferenced memory of the account of the filesystem UID, and
 * of that of the real UID, is below the limit, see unref_is_crowded(), but at
 * most a tenth of a second for each account.
 *
 * Context: may sleep; the caller holds no lock. A fatal signal ends the wait.
 */
void reap_wait_for_room(const struct cred *cred)
{
	wait_for_room(cred->fsuid);
	if (!uid_eq(cred->uid, cred->fsuid))
		wait_for_room(cred->uid);
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
	 * Nested for lockdep: a caller that invalidates an authorisation key
	 * may hold the semaphore of the key that is being constructed.
	 */
	down_write_nested(&key->sem, SINGLE_DEPTH_NESTING);
	if (!test_and_set_bit(KEY_FLAG_INVALIDATED, &key->flags))
		notify_key(key, NOTIFY_KEY_INVALIDATED, 0);
	up_write(&key->sem);
	/* If another task set the flag, that task may not be done unlinking */
	unlink_ended(key);
}
EXPORT_SYMBOL(key_invalidate);

#if IS_ENABLED(CONFIG_KEYS_KUNIT_TEST)
#include "../tests/reap_kunit.c"
#include "../tests/reap_wait_kunit.c"
#endif
