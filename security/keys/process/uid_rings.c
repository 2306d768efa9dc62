// SPDX-License-Identifier: GPL-2.0-only
/*
 * The pair of each UID: its user keyring and its user-session keyring.
 *
 * The kernel has one record (struct user_struct) for a UID in all user
 * namespaces. The record lists one pair for each user namespace in which the
 * UID is used. A pair is made when a task first needs one of its keyrings. When
 * the record is freed, the pair is released, too, unless the sysctl
 * kernel.keys.uid_keyring_linger says that the pair is kept. A pair that is
 * kept is idle until its time is over, or until a new record of the UID adopts
 * the pair. When the user namespace is freed, the pair is released in any case.
 */
#include <linux/jiffies.h>
#include <linux/ktime.h>
#include <linux/rbtree.h>
#include <linux/rculist.h>
#include <linux/sched/user.h>
#include <linux/slab.h>
#include <linux/user_namespace.h>
#include <linux/workqueue.h>

#include "../core/key.h"
#include "../core/quota.h"
#include "uid_retake.h"
#include "uid_rings.h"

/* What from_kuid() returns if a UID is not mapped in the user namespace */
#define UNMAPPED	((uid_t)-1)

/*
 * Longest delay of idle_work, one hour in jiffies. If no pair must be released
 * when the work runs, the work is queued again. Limited, because on a 32-bit
 * machine, the time that is left for a pair can be too long for a timer.
 */
#define IDLE_LOOK_MAX	(3600UL * HZ)

/**
 * struct uid_rings - the pair of one UID in one user namespace
 * @user_node: entry in the list @user->key_rings, which is read under RCU; in
 *	no list while the pair is idle. Locking: uid_rings_lock
 * @ns_node: entry in the tree @ns->uid_rings. Locking: uid_rings_lock
 * @idle_node: entry in idle_rings while the pair is idle. Locking:
 *	uid_rings_lock
 * @idle_since: jiffies when the pair became idle. Locking: uid_rings_lock
 * @user: record of the UID, NULL while the pair is idle. No reference is
 *	needed, since key_free_user() removes the pair from the record before
 *	the record is freed. Locking: uid_rings_lock
 * @ns: user namespace. No reference is needed, since uid_rings_free_ns()
 *	releases the pair before @ns is freed. Never changes
 * @uid: UID; never changes
 * @number: the UID as a number in @ns, or UNMAPPED, when the pair was made;
 *	never changes
 * @pair: the two keyrings; never changes once it is complete
 * @rcu: frees the object after a grace period
 */
struct uid_rings {
	struct hlist_node	user_node;
	struct rb_node		ns_node;
	struct list_head	idle_node;
	u64			idle_since;
	struct user_struct	*user;
	struct user_namespace	*ns;
	kuid_t			uid;
	uid_t			number;
	struct uid_pair		pair;
	struct rcu_head		rcu;
};

int key_uid_keyring_linger = CONFIG_KEYS_UID_KEYRING_LINGER;

/*
 * Protects the lists of pairs of all users, the trees of pairs of all user
 * namespaces, and the list of idle pairs. Taken in any context with interrupts
 * off, because key_free_user() is called in any context. The locks of key_put()
 * are taken inside, see __rings_end(). A task that makes a pair already holds
 * the create_mutex of the UID's account (struct key_user).
 */
static DEFINE_SPINLOCK(uid_rings_lock);

/*
 * Pairs that are idle, which means that the struct user_struct that listed the
 * pair was freed. drop_idle_rings() releases them later. The pair that became
 * idle first is at the head. Locking: uid_rings_lock
 */
static LIST_HEAD(idle_rings);

static void drop_idle_rings(struct work_struct *work);
static DECLARE_DELAYED_WORK(idle_work, drop_idle_rings);

static int compare_uids(kuid_t a, kuid_t b)
{
	if (uid_lt(a, b))
		return -1;
	return uid_gt(a, b);
}

static int uid_to_node(const void *uid, const struct rb_node *node)
{
	return compare_uids(*(const kuid_t *)uid,
			    rb_entry(node, struct uid_rings, ns_node)->uid);
}

static bool node_before(struct rb_node *a, const struct rb_node *b)
{
	return uid_lt(rb_entry(a, struct uid_rings, ns_node)->uid,
		      rb_entry(b, struct uid_rings, ns_node)->uid);
}

static struct uid_rings *__rings_of_ns(const struct user_namespace *ns,
				       kuid_t uid)
{
	struct rb_node *node;

	lockdep_assert_held(&uid_rings_lock);
	node = rb_find(&uid, &ns->uid_rings, uid_to_node);
	return rb_entry_safe(node, struct uid_rings, ns_node);
}

/* Remove a pair from the list of its record, or from the list of idle pairs. */
static void __rings_detach(struct uid_rings *rings)
{
	lockdep_assert_held(&uid_rings_lock);
	if (rings->user)
		hlist_del_rcu(&rings->user_node);
	else
		list_del(&rings->idle_node);
}

static void __rings_attach(struct uid_rings *rings, struct user_struct *user)
{
	lockdep_assert_held(&uid_rings_lock);
	rings->user = user;
	hlist_add_head_rcu(&rings->user_node, &user->key_rings);
}

static void rings_free(struct uid_rings *rings)
{
	key_put(rings->pair.session);
	key_put(rings->pair.user);
	kfree_rcu(rings, rcu);
}

/*
 * Release a pair. The references to the keyrings are dropped before the lock is
 * released: the next task that makes a pair for this UID takes back keyrings
 * that are still referenced, see uid_pair_retake(). That task must not mistake
 * a reference of this pair for one that keeps a keyring in use.
 */
static void __rings_end(struct uid_rings *rings)
{
	__rings_detach(rings);
	rb_erase(&rings->ns_node, &rings->ns->uid_rings);
	rings_free(rings);
}

/*
 * Returns the jiffies until an idle pair must be released, 0 if that time is
 * over, or U64_MAX if the pair is kept until its user namespace is freed.
 */
static u64 idle_time_left(const struct uid_rings *rings)
{
	int linger = READ_ONCE(key_uid_keyring_linger);
	u64 end, now = get_jiffies_64();

	if (linger < 0)
		return U64_MAX;
	end = rings->idle_since + (u64)linger * HZ;
	return end > now ? end - now : 0;
}

/*
 * Move the pair of the subject's UID and user namespace, if there is one, to
 * the list of @cred->user, the current record of the UID. The pair is idle, or
 * still in the list of an old record that is about to be freed. An idle pair
 * whose time is over is released instead.
 */
static void rings_adopt(const struct cred *cred)
{
	struct uid_rings *rings;

	guard(spinlock_irqsave)(&uid_rings_lock);
	rings = __rings_of_ns(cred->user_ns, cred->user->uid);
	if (!rings || rings->user == cred->user)
		return;
	if (!rings->user && !idle_time_left(rings)) {
		__rings_end(rings);
		return;
	}
	__rings_detach(rings);
	__rings_attach(rings, cred->user);
}

static struct uid_rings *rings_of_user_rcu(const struct cred *cred)
{
	struct uid_rings *rings;

	hlist_for_each_entry_rcu(rings, &cred->user->key_rings, user_node)
		if (rings->ns == cred->user_ns)
			return rings;
	return NULL;
}

static struct uid_rings *rings_find_rcu(const struct cred *cred)
{
	struct uid_rings *rings = rings_of_user_rcu(cred);

	/* The pair may be on its way from an old record to this one */
	if (likely(rings) || !READ_ONCE(key_uid_keyring_linger))
		return rings;
	rings_adopt(cred);
	return rings_of_user_rcu(cred);
}

/*
 * Was the UID not mapped in the namespace when the pair was made, and is it
 * mapped now? Then the names of the keyrings contain the wrong number, and the
 * pair must be replaced.
 */
static bool rings_misnamed(const struct uid_rings *rings)
{
	return rings->number == UNMAPPED &&
	       from_kuid(rings->ns, rings->uid) != UNMAPPED;
}

/*
 * Returns 0 if both keyrings can be used; -ENOKEY if the pair must be replaced,
 * because a keyring is misnamed or invalidated; -EKEYREVOKED or -EKEYEXPIRED if
 * a keyring is revoked or expired.
 */
static int rings_state(const struct uid_rings *rings)
{
	time64_t now = ktime_get_real_seconds();
	int ret;

	if (rings_misnamed(rings))
		return -ENOKEY;
	ret = key_state_error(rings->pair.user, now);
	return ret ?: key_state_error(rings->pair.session, now);
}

static struct key *ring_of(const struct uid_rings *rings, bool session)
{
	return session ? rings->pair.session : rings->pair.user;
}

static struct key *ring_take_rcu(const struct uid_rings *rings, bool session)
{
	int ret = rings_state(rings);

	if (ret)
		return ERR_PTR(ret);
	/* key_tryget() may fail if the pair is released at the same time */
	return key_tryget(ring_of(rings, session)) ?: ERR_PTR(-ENOKEY);
}

static struct key *ring_take(const struct cred *cred, bool session)
{
	struct uid_rings *rings;

	guard(rcu)();
	rings = rings_find_rcu(cred);
	return rings ? ring_take_rcu(rings, session) : ERR_PTR(-ENOKEY);
}

static struct key *ring_make(const struct uid_rings *rings,
			     const struct cred *cred, bool session)
{
	char name[UID_RING_NAME];

	uid_ring_name(name, session, rings->number);
	return keyring_alloc(name, rings->uid, INVALID_GID, cred, UID_RING_PERM,
			     KEY_ALLOC_UID_KEYRING | KEY_ALLOC_IN_QUOTA,
			     NULL, NULL);
}

static struct key *ring_keep(struct key *ring)
{
	return key_is_invalid(ring) ? NULL : key_get(ring);
}

/*
 * Get the keyrings that a new pair can reuse: those of @old, the pair that is
 * replaced, that are not invalid. If @old is NULL, take back keyrings of a pair
 * that was released before, if there are any. Returns 0 or -ENOMEM.
 */
static int pair_keep(struct uid_rings *rings, const struct uid_rings *old,
		     const struct key_user *account)
{
	if (!old)
		return uid_pair_retake(&rings->pair, rings->ns, account,
				       rings->number);
	rings->pair.user = ring_keep(old->pair.user);
	rings->pair.session = ring_keep(old->pair.session);
	return 0;
}

/*
 * Make the missing keyrings. Also after an error, the caller must put those
 * that exist, see rings_free().
 */
static int pair_complete(struct uid_rings *rings, const struct cred *cred)
{
	struct key *ring;

	if (!rings->pair.user) {
		ring = ring_make(rings, cred, false);
		if (IS_ERR(ring))
			return PTR_ERR(ring);
		rings->pair.user = ring;
	}
	if (!rings->pair.session) {
		ring = ring_make(rings, cred, true);
		if (IS_ERR(ring))
			return PTR_ERR(ring);
		rings->pair.session = ring;
	}
	return 0;
}

static int rings_fill(struct uid_rings *rings, const struct cred *cred,
		      const struct uid_rings *old,
		      const struct key_user *account)
{
	struct uid_pair *pair = &rings->pair;
	bool as_it_was;
	int ret;

	ret = pair_keep(rings, old, account);
	if (ret)
		return ret;
	/*
	 * Do not link the user keyring into a user-session keyring that is
	 * reused: if the link is missing, user space has removed it on purpose.
	 * The link is made only if the user-session keyring is new, or was
	 * taken back from an earlier pair without a user keyring.
	 */
	as_it_was = pair->session && (old || pair->user);
	ret = pair_complete(rings, cred);
	if (ret || as_it_was)
		return ret;
	return key_link(pair->session, pair->user);
}

static struct uid_rings *rings_make(const struct cred *cred,
				    const struct uid_rings *old,
				    const struct key_user *account)
{
	struct uid_rings *rings = kzalloc(sizeof(*rings), GFP_KERNEL_ACCOUNT);
	int ret;

	if (!rings)
		return ERR_PTR(-ENOMEM);
	rings->ns = cred->user_ns;
	rings->uid = cred->user->uid;
	rings->number = from_kuid(rings->ns, rings->uid);
	if (old && rings_misnamed(old))
		old = NULL;
	ret = rings_fill(rings, cred, old, account);
	if (ret) {
		rings_free(rings);
		return ERR_PTR(ret);
	}
	return rings;
}

/* Make a new pair visible, and release the old pair, which @user lists, if any */
static void rings_publish(struct uid_rings *rings, struct user_struct *user)
{
	struct uid_rings *old;

	guard(spinlock_irqsave)(&uid_rings_lock);
	old = __rings_of_ns(rings->ns, rings->uid);
	if (!old) {
		rb_add(&rings->ns_node, &rings->ns->uid_rings, node_before);
		__rings_attach(rings, user);
		return;
	}
	WARN_ON_ONCE(old->user != user);
	rings->user = user;
	/* In one step: a reader that walks the list finds one of the two pairs. */
	hlist_replace_rcu(&old->user_node, &rings->user_node);
	rb_replace_node(&old->ns_node, &rings->ns_node, &rings->ns->uid_rings);
	rings_free(old);
}

/*
 * Make the pair, unless another task has made it before this task got the
 * create_mutex. The old pair, if any, is not freed while rings_make() reads it.
 * No other task replaces the old pair, because this task holds the mutex. And
 * the old pair is not released, because @cred refers to the record of the UID
 * and to the user namespace, so neither of them is freed.
 */
static struct key *__ring_take_or_make(const struct cred *cred, bool session,
				       const struct key_user *account)
{
	struct uid_rings *rings, *old;
	struct key *ring;

	lockdep_assert_held(&account->create_mutex);
	rings_adopt(cred);
	ring = ring_take(cred, session);
	if (ring != ERR_PTR(-ENOKEY))
		return ring;
	scoped_guard(rcu)
		old = rings_of_user_rcu(cred);
	rings = rings_make(cred, old, account);
	if (IS_ERR(rings))
		return ERR_CAST(rings);
	ring = key_get(ring_of(rings, session));
	rings_publish(rings, cred->user);
	return ring;
}

/*
 * Take the create_mutex of the UID's account (struct key_user), so that only
 * one task at a time makes pairs of this UID, in all user namespaces together.
 */
static struct key *ring_take_or_make(const struct cred *cred, bool session)
{
	struct key_user *account __free(key_user_put) =
		key_user_get(cred->user->uid);

	if (!account)
		return ERR_PTR(-ENOMEM);
	guard(mutex)(&account->create_mutex);
	return __ring_take_or_make(cred, session, account);
}

/**
 * uid_ring_get - find or make a keyring of a subject's UID
 * @cred: the subject. The pair of its real UID and its user namespace is used
 * @session: true for the user-session keyring, false for the user keyring
 *
 * Makes both keyrings of the UID if there is no pair. See user-keyring(7).
 *
 * Context: may sleep; takes the account's create_mutex if there is no pair.
 * Return: the keyring, never NULL, with a reference for the caller; or an
 * ERR_PTR: -EKEYREVOKED or -EKEYEXPIRED if either of the two keyrings is
 * revoked or expired and has not been collected (unlinked and invalidated) yet;
 * -EDQUOT if the UID's account would exceed its quota; -ENOMEM, the error of a
 * security module, or an error of key_link().
 */
struct key *uid_ring_get(const struct cred *cred, bool session)
{
	struct key *ring = ring_take(cred, session);

	if (likely(ring != ERR_PTR(-ENOKEY)))
		return ring;
	return ring_take_or_make(cred, session);
}

/**
 * uid_session_ring_rcu - find the user-session keyring of a subject's UID
 * @cred: the subject
 *
 * Context: RCU read side.
 * Return: the keyring, without a reference, but valid under RCU; NULL if there
 * is none, or if the keyring is revoked, expired or invalid, or must be
 * replaced because its name contains the wrong number.
 */
struct key *uid_session_ring_rcu(const struct cred *cred)
{
	struct uid_rings *rings;

	RCU_LOCKDEP_WARN(!rcu_read_lock_held(), "keyring needs RCU");
	rings = rings_find_rcu(cred);
	if (!rings || rings_misnamed(rings) ||
	    key_validate(rings->pair.session))
		return NULL;
	return rings->pair.session;
}

static bool idle_end_overdue(void)
{
	struct uid_rings *rings;

	guard(spinlock_irqsave)(&uid_rings_lock);
	rings = list_first_entry_or_null(&idle_rings, struct uid_rings,
					 idle_node);
	if (!rings || idle_time_left(rings))
		return false;
	__rings_end(rings);
	return true;
}

/*
 * Queue idle_work for the time when the first idle pair must be released. If
 * that is later than IDLE_LOOK_MAX, the longest delay of a timer, the work runs
 * earlier and queues itself again. Do not queue the work if no pair is idle, or
 * if idle pairs are never released (idle_time_left() is U64_MAX).
 */
static void idle_arm(void)
{
	struct uid_rings *rings;
	u64 left = U64_MAX;

	scoped_guard(spinlock_irqsave, &uid_rings_lock) {
		rings = list_first_entry_or_null(&idle_rings, struct uid_rings,
						 idle_node);
		if (rings)
			left = idle_time_left(rings);
	}
	if (left != U64_MAX)
		queue_delayed_work(key_default_wq(), &idle_work,
				   min_t(u64, left, IDLE_LOOK_MAX));
}

static void drop_idle_rings(struct work_struct *work)
{
	while (idle_end_overdue())
		cond_resched();
	idle_arm();
}

/**
 * uid_rings_linger_changed - apply a new kernel.keys.uid_keyring_linger
 *
 * The new value applies to pairs that are already idle, too. So idle_work runs
 * at once, and releases the pairs whose time is over now.
 *
 * Context: any.
 */
void uid_rings_linger_changed(void)
{
	mod_delayed_work(key_default_wq(), &idle_work, 0);
}

/*
 * Remove one pair from the list of a record, and make the pair idle; or release
 * the pair if kernel.keys.uid_keyring_linger is 0.
 */
static void user_leave_one(struct user_struct *user)
{
	struct uid_rings *rings;

	guard(spinlock_irqsave)(&uid_rings_lock);
	rings = hlist_entry_safe(user->key_rings.first, struct uid_rings,
				 user_node);
	if (!rings)
		return;
	if (!READ_ONCE(key_uid_keyring_linger)) {
		__rings_end(rings);
		return;
	}
	__rings_detach(rings);
	rings->user = NULL;
	rings->idle_since = get_jiffies_64();
	list_add_tail(&rings->idle_node, &idle_rings);
}

/**
 * key_free_user - remove all pairs from the record of a UID
 * @user: record without references, which no task can find any more
 *
 * The pairs become idle or are released, see kernel.keys.uid_keyring_linger. At
 * the same time, a new record of the same UID may already adopt pairs. So the
 * pairs are removed one by one, until the list of @user is empty.
 *
 * Context: any, interrupts on or off.
 */
void key_free_user(struct user_struct *user)
{
	if (hlist_empty(&user->key_rings))
		return;
	while (!hlist_empty(&user->key_rings))
		user_leave_one(user);
	idle_arm();
}

static bool ns_end_one(struct user_namespace *ns)
{
	struct uid_rings *rings;
	struct rb_node *node;

	guard(spinlock_irqsave)(&uid_rings_lock);
	node = rb_first(&ns->uid_rings);
	rings = rb_entry_safe(node, struct uid_rings, ns_node);
	if (rings)
		__rings_end(rings);
	return rings;
}

/**
 * uid_rings_free_ns - release all pairs of a user namespace
 * @ns: namespace that is being freed: no references to it are left, but the
 *	records of its UIDs (struct user_struct) may still exist
 *
 * Context: process context; may sleep.
 */
void uid_rings_free_ns(struct user_namespace *ns)
{
	while (ns_end_one(ns))
		cond_resched();
}

#if IS_ENABLED(CONFIG_KEYS_KUNIT_TEST)
#include "../tests/uid_rings_kunit.c"
#endif
