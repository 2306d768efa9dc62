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
#include <linux/sched.h>
#include <linux/timekeeping.h>

#include "key.h"
#include "keyring.h"
#include "notify.h"
#include "quota.h"
#include "reap.h"
#include "restrict.h"
#include "type.h"

/* So many dead keys at once are more than those of one keyring, as a rule */
#define REAP_BEHIND	4096

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

static void dismantle(struct key *key)
{
	set_bit(KEY_FLAG_DISMANTLED, &key->flags);
	while (keyring_dismantle(to_keyring(key)))
		cond_resched();
	/* Searches may still be looking at it, and climbs at its links */
	key_bury_later(key);
}

static void reap_key(struct key *key)
{
	if (key_is_keyring(key) &&
	    !test_bit(KEY_FLAG_DISMANTLED, &key->flags))
		dismantle(key);
	else
		destroy_key(key);
}

/**
 * reap_dead_keys - empty the graveyard
 * @work: key_reap_work
 *
 * Keyrings that die as their parent is dismantled end up there too, so that
 * the depth of a tree does not matter.
 *
 * There is one reaper, and there may be many processors that make and drop
 * keys: when it falls behind, they are slowed down.
 *
 * Context: workqueue.
 */
void reap_dead_keys(struct work_struct *work)
{
	struct key *key, *next;
	unsigned int nr;
	LIST_HEAD(list);

	for (;;) {
		scoped_guard(spinlock_irqsave, &key_graveyard_lock)
			list_splice_init(&key_graveyard, &list);
		if (list_empty(&list))
			break;
		nr = 0;
		list_for_each_entry_safe(key, next, &list, dead) {
			list_del(&key->dead);
			reap_key(key);
			if (++nr == REAP_BEHIND)
				WRITE_ONCE(key_reaper_behind, true);
			cond_resched();
		}
		WRITE_ONCE(key_reaper_behind, false);
	}
}

/**
 * reap_flush - wait until dead keyrings have let go of what they linked
 *
 * Context: may sleep; not for RCU.
 */
void reap_flush(void)
{
	flush_work(&key_reap_work);
}

/**
 * reap_settle - wait until all that is dead by now has been reaped
 *
 * The keyrings of a process that has exited depend on its task, whose end
 * depends on RCU, and on its credentials, whose end does too.
 *
 * Context: may sleep, for some RCU grace periods.
 */
void reap_settle(void)
{
	rcu_barrier();
	rcu_barrier();
	reap_flush();
}

/* A key leaves all its keyrings for good. The caller holds a reference. */
static void doom(struct key *key)
{
	set_bit(KEY_FLAG_INVALIDATED, &key->flags);
	/* Whoever links it now sees this, or we see the link */
	smp_mb__after_atomic();
	key_unlink_all(key);
}

/* The next key of an account that has ended @grace seconds ago, or NULL. */
static struct key *next_ended(struct key_user *user, unsigned int grace)
{
	time64_t now = ktime_get_real_seconds();
	struct key *key;

	guard(spinlock_irqsave)(&user->lock);
	while ((key = __expiry_pop(&user->expiring, now, grace)))
		if (key_tryget(key))
			return key;
	return NULL;
}

static void reap_ended(struct key_user *user, unsigned int grace)
{
	struct key *key;

	while ((key = next_ended(user, grace))) {
		doom(key);
		key_put(key);
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

	reap_ended(user, READ_ONCE(key_gc_delay));
	scoped_guard(spinlock_irqsave, &user->lock)
		__quota_arm_expiry(user);
	key_user_put(user);
}

/**
 * reap_account - give back all that an account holds without need
 * @user: account; the caller holds a reference
 *
 * Before somebody is refused, what has expired goes, however short ago, and
 * what is dead is waited for.
 *
 * Context: may sleep.
 */
void reap_account(struct key_user *user)
{
	reap_ended(user, 0);
	reap_settle();
}

/**
 * key_invalidate - make a key unknown at once
 * @key: key; the caller holds a reference
 *
 * It leaves all its keyrings before this returns, in time proportional to the
 * number of its own links. No permission is checked. See keyctl_invalidate(3).
 *
 * Context: may sleep.
 */
void key_invalidate(struct key *key)
{
	if (test_bit(KEY_FLAG_INVALIDATED, &key->flags))
		return;
	/* An authorisation key is invalidated while its target is worked upon */
	down_write_nested(&key->sem, 1);
	if (!test_and_set_bit(KEY_FLAG_INVALIDATED, &key->flags))
		notify_key(key, NOTIFY_KEY_INVALIDATED, 0);
	up_write(&key->sem);
	doom(key);
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

static void strip_type(struct key *key, struct hlist_head *stripped)
{
	down_write(&key->sem);
	set_bit(KEY_FLAG_DEAD, &key->flags);
	key_type_make_dead(key, stripped);
	up_write(&key->sem);
	lockdep_set_class(&key->sem, &key_type_dead.lock_class);
	/* As in doom() */
	smp_mb__after_atomic();
	key_unlink_all(key);
}

/* Each key of @stripped has a reference of ours. */
static void destroy_stripped(struct hlist_head *stripped,
			     const struct key_type *type)
{
	struct listed_key *listed;
	struct hlist_node *next;

	hlist_for_each_entry_safe(listed, next, stripped, type_node) {
		struct key *key = &listed->key;

		scoped_guard(rwsem_write, &key->sem) {
			destroy_payload(key, type);
			memset(&key->payload, KEY_DESTROY,
			       sizeof(key->payload));
		}
		key_type_bury(key);
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
	HLIST_HEAD(stripped);
	struct key *key;

	if (key_type_begin_removal(ktype))
		return;
	restriction_forget_type(ktype);
	while ((key = key_type_first_key(ktype)))
		strip_type(key, &stripped);
	/* Those who saw the type, and searches that run its ->cmp() */
	synchronize_srcu(&key_types_srcu);
	synchronize_rcu();
	destroy_stripped(&stripped, ktype);
	/* Keys without a reference are the reaper's, who calls ->destroy() */
	while (key_type_has_keys(ktype))
		reap_settle();
	/* The last of them may be about to be freed, which looks at its type */
	reap_flush();
}
EXPORT_SYMBOL(unregister_key_type);

#if IS_ENABLED(CONFIG_KEYS_KUNIT_TEST)
#include "../tests/reap_kunit.c"
#endif
