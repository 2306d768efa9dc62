// SPDX-License-Identifier: GPL-2.0-only
/*
 * Restrictions on the keys that may be linked into a keyring; see
 * keyctl_restrict_keyring(3).
 */
#include <linux/export.h>
#include <linux/minmax.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/workqueue.h>

#include "keepers.h"
#include "key.h"
#include "nesting.h"
#include "notify.h"
#include "perm.h"
#include "quota.h"
#include "restrict.h"
#include "type.h"

/*
 * While there are keyrings whose restriction names a keyring, break_cycles()
 * runs at this interval (in jiffies). Each run looks at CYCLE_BATCH keyrings of
 * those that types restrict. If there are more, the interval is shorter, but
 * not below CYCLE_MIN_INTERVAL.
 */
#define CYCLE_INTERVAL		(5 * HZ)
#define CYCLE_MIN_INTERVAL	HZ
#define CYCLE_BATCH		256U

/*
 * Serialises restriction_set(), so that two calls at the same time cannot make
 * a cycle of keyrings that restrict each other, see makes_cycle(). Protects
 * the list of restricted keyrings, too: a listed keyring is not freed. Also
 * protects ->check of a restriction that a keyring has: __break_cycle() and
 * restriction_remove_type() change it. To change ->key, hold the keyring's
 * key.sem for writing, too. Taken inside a keyring's key.sem, and inside
 * guard(key_types)().
 */
static DEFINE_MUTEX(restrict_mutex);

/*
 * Keyrings with a restriction that a type made, their number, and the number of
 * those whose restriction names a keyring. Locking: restrict_mutex
 */
static LIST_HEAD(restricted_rings);
static unsigned int nr_restricted;
static unsigned int nr_named;

/**
 * restrict_link_reject - the restriction that allows no link
 * @keyring: unused
 * @type: unused
 * @payload: unused
 * @restriction_key: unused
 *
 * Return: -EPERM.
 */
int restrict_link_reject(struct key *keyring, const struct key_type *type,
			 const union key_payload *payload,
			 struct key *restriction_key)
{
	return -EPERM;
}

static bool names_keyring(const struct key_restriction *restriction)
{
	return restriction && restriction->key &&
	       key_is_keyring(restriction->key);
}

static void unlist_named(struct keyring *ring)
{
	lockdep_assert_held(&restrict_mutex);
	if (hlist_unhashed(&ring->restricts_node))
		return;
	hlist_del_init(&ring->restricts_node);
	nr_named--;
}

/*
 * Visit the keyrings that @ring restricts, too: their restrictions have
 * references to @ring. Returns how many they are.
 */
static unsigned int visit_restricted(struct keepers *walk,
				     const struct keyring *ring)
{
	struct keyring *restricted;
	unsigned int nr = 0;

	lockdep_assert_held(&restrict_mutex);
	hlist_for_each_entry(restricted, &ring->restricts, restricts_node) {
		nr++;
		keepers_add(walk, &restricted->key);
		if (walk->gave_up)
			break;
	}
	return nr;
}

/*
 * Walk up from @named, to all keyrings that link a visited keyring or are
 * restricted by one. Each link and each such restriction has one reference to
 * the visited keyring. False if a visited keyring has another reference, or if
 * there are too many keyrings to visit.
 *
 * nesting_freeze() prevents new links to these keyrings. Only a keyring that is
 * being made can be linked meanwhile; its maker has a reference to it.
 */
static bool nobody_else_refers_rcu(struct keepers *walk,
				   const struct key *named)
{
	const struct key *key;
	unsigned int nr;

	walk->nr_links = 0;
	keepers_begin(walk, named);
	while ((key = keepers_next_rcu(walk, &nr))) {
		nr += visit_restricted(walk, to_keyring(key));
		if (nr != walk->nr_refs)
			return false;
	}
	return !walk->gave_up;
}

/*
 * Is @named unused, and are all keyrings unused that keep @named? Then no task
 * finds them by a search. A task may still find them by a serial number or by a
 * name.
 *
 * One walk is not enough. A task may begin to use a keyring after the walk has
 * visited it, for example as its session keyring. Then it may unlink the
 * keyring above, through which it found the first one, before the walk comes
 * there. The second walk sees the new reference: credentials drop their
 * references only after an RCU grace period, and so not before this RCU section
 * ends.
 */
static bool is_unused_rcu(const struct key *named)
{
	static struct keepers walk;

	lockdep_assert_held(&restrict_mutex);
	return nobody_else_refers_rcu(&walk, named) &&
	       nobody_else_refers_rcu(&walk, named);
}

/*
 * If the keyring that restricts @ring is unused, take it out of the restriction
 * and return it, with the reference; otherwise return NULL. From then on @ring
 * permits no link, so a task that finds @ring by its serial number cannot link
 * a key that nobody has checked.
 */
static struct key *__break_cycle(struct keyring *ring)
{
	struct key *named = ring->key.restrict_link->key;

	lockdep_assert_held_write(&ring->key.sem);
	lockdep_assert_held(&restrict_mutex);
	guard(rcu)();
	if (!is_unused_rcu(named))
		return NULL;
	unlist_named(ring);
	WRITE_ONCE(ring->key.restrict_link->check, restrict_link_reject);
	ring->key.restrict_link->key = NULL;
	return named;
}

/* The next restricted keyring, in turn; NULL if no keyring restricts it. */
static struct keyring *__next_candidate(void)
{
	struct keyring *ring;

	lockdep_assert_held(&restrict_mutex);
	ring = list_first_entry_or_null(&restricted_rings, struct keyring,
					restrict_node);
	if (!ring)
		return NULL;
	list_move_tail(&ring->restrict_node, &restricted_rings);
	return names_keyring(ring->key.restrict_link) ? ring : NULL;
}

/*
 * Look at the next restricted keyring. Returns the keyring that restricted it,
 * with the reference, if that is unused.
 *
 * No reference is taken to the restricted keyring: that would delay the refund
 * of its charge. restrict_mutex is taken before the keyrings are frozen: many
 * tasks of one user may wait for this mutex, and tasks of other users must not
 * wait for them.
 */
static struct key *break_next(void)
{
	struct keyring *ring;
	struct key *named;

	guard(mutex)(&restrict_mutex);
	ring = __next_candidate();
	if (!ring)
		return NULL;
	guard(keyring_nesting)();
	/* A keyring that another task has locked is in use */
	if (!down_write_trylock(&ring->key.sem))
		return NULL;
	named = __break_cycle(ring);
	up_write(&ring->key.sem);
	return named;
}

static unsigned int batch_size(void)
{
	guard(mutex)(&restrict_mutex);
	return min(nr_restricted, CYCLE_BATCH);
}

static unsigned long cycle_interval(unsigned int nr)
{
	unsigned int batches = DIV_ROUND_UP(nr, CYCLE_BATCH);

	return max_t(unsigned long, CYCLE_INTERVAL / max(batches, 1U),
		     CYCLE_MIN_INTERVAL);
}

/*
 * A keyring that restricts another one, and links it, directly or through other
 * keyrings, is not freed when nobody uses the two any more: each has a
 * reference to the other. So look for such cycles from time to time, and break
 * them.
 */
static void break_cycles(struct work_struct *work)
{
	unsigned int nr = batch_size();

	while (nr--) {
		key_drop(break_next());
		cond_resched();
	}
	guard(mutex)(&restrict_mutex);
	if (nr_named)
		queue_delayed_work(key_default_wq(), to_delayed_work(work),
				   cycle_interval(nr_restricted));
}

static DECLARE_DELAYED_WORK(cycles_work, break_cycles);

static void list_restriction(struct keyring *ring)
{
	const struct key_restriction *restriction = ring->key.restrict_link;

	lockdep_assert_held(&restrict_mutex);
	if (!restriction->keytype)
		return;
	list_add_tail(&ring->restrict_node, &restricted_rings);
	nr_restricted++;
	if (!names_keyring(restriction))
		return;
	hlist_add_head(&ring->restricts_node,
		       &to_keyring(restriction->key)->restricts);
	nr_named++;
	queue_delayed_work(key_default_wq(), &cycles_work, CYCLE_INTERVAL);
}

/**
 * restriction_check - check whether a keyring's restriction allows a link
 * @ring: keyring
 * @type: type of the key to be linked
 * @payload: payload of the key, or the payload that the key is about to get
 *
 * Context: may sleep; ring->key.sem held for writing until the link is made;
 * within guard(key_types)(), which has begun before the caller got @type.
 * Return: 0 if the link is allowed, or the error of the restriction.
 */
int restriction_check(struct keyring *ring, const struct key_type *type,
		      const union key_payload *payload)
{
	const struct key_restriction *restriction = ring->key.restrict_link;
	key_restrict_link_func_t check;

	lockdep_assert_held_write(&ring->key.sem);
	key_types_assert_held();
	if (!restriction)
		return 0;
	check = READ_ONCE(restriction->check);
	return check ? check(&ring->key, type, payload, restriction->key) : 0;
}

static void unlist_restriction(struct keyring *ring)
{
	guard(mutex)(&restrict_mutex);
	unlist_named(ring);
	if (list_empty(&ring->restrict_node))
		return;
	list_del_init(&ring->restrict_node);
	nr_restricted--;
}

/**
 * restriction_free - free a keyring's restriction, if any
 * @ring: unreferenced keyring
 *
 * Context: process context.
 */
void restriction_free(struct keyring *ring)
{
	if (!ring->key.restrict_link)
		return;
	unlist_restriction(ring);
	key_put(ring->key.restrict_link->key);
	kfree(ring->key.restrict_link);
}

/**
 * restriction_remove_type - replace the restrictions that a type has made
 * @type: type that is being removed
 *
 * Without the type, there is no function to check what may be linked. So the
 * keyrings that the type restricted allow no link from now on.
 *
 * Context: may sleep; called after key_type_begin_removal(), so that no task
 * finds the type and makes new restrictions with it.
 */
void restriction_remove_type(const struct key_type *type)
{
	struct keyring *ring;

	scoped_guard(mutex, &restrict_mutex)
		list_for_each_entry(ring, &restricted_rings, restrict_node)
			if (ring->key.restrict_link->keytype == type)
				WRITE_ONCE(ring->key.restrict_link->check,
					   restrict_link_reject);
	/*
	 * Wait until no task runs a function of the type. Not with
	 * restrict_mutex held: restriction_set() takes this mutex inside
	 * guard(key_types)(), an SRCU read side section for which this call
	 * waits. So the two tasks would wait for each other.
	 */
	synchronize_srcu(&key_types_srcu);
}

static struct key_restriction *restriction_new(key_restrict_link_func_t check)
{
	struct key_restriction *restriction;

	restriction = kzalloc(sizeof(*restriction), GFP_KERNEL);
	if (!restriction)
		return ERR_PTR(-ENOMEM);
	restriction->check = check;
	return restriction;
}

static struct key_restriction *restriction_make(const char *type_name,
						const char *param)
{
	struct key_restriction *restriction;
	struct key_type *type;

	if (!type_name)
		return param ? ERR_PTR(-EINVAL) :
			       restriction_new(restrict_link_reject);
	type = key_type_find(type_name);
	if (!type)
		return ERR_PTR(-ENOKEY);
	if (!type->lookup_restriction)
		return ERR_PTR(-ENOENT);
	restriction = type->lookup_restriction(param);
	/* NULL from the type is a valid restriction, which allows every link */
	return restriction ?: restriction_new(NULL);
}

/*
 * A restriction may decide by the contents of another keyring (->key), which
 * may be restricted by a third keyring, and so on. True if this chain leads to
 * @ring.
 */
static bool makes_cycle(const struct keyring *ring,
			const struct key_restriction *restriction)
{
	while (names_keyring(restriction)) {
		if (restriction->key == &ring->key)
			return true;
		restriction = restriction->key->restrict_link;
	}
	return false;
}

static int restriction_set(struct keyring *ring,
			   struct key_restriction *restriction)
{
	guard(rwsem_write)(&ring->key.sem);
	guard(mutex)(&restrict_mutex);
	if (ring->key.restrict_link)
		return -EEXIST;
	if (makes_cycle(ring, restriction))
		return -EDEADLK;
	WRITE_ONCE(ring->key.restrict_link, restriction);
	list_restriction(ring);
	notify_key(&ring->key, NOTIFY_KEY_SETATTR, 0);
	return 0;
}

/**
 * keyring_restrict - restrict what may be linked into a keyring
 * @keyring_ref: keyring, and whether the caller possesses it
 * @type: name of the type that makes the restriction; NULL to allow no link
 * @restriction: string from which the type makes the restriction
 *
 * Existing links stay. No permission is checked. See
 * keyctl_restrict_keyring(3).
 *
 * Context: may sleep.
 * Return: 0, -ENOTDIR if the key is no keyring, -EEXIST if the keyring is
 * restricted already, -EDEADLK if the restriction would depend on the keyring's
 * own contents through other keyrings, -ENOKEY for an unknown type, -ENOENT if
 * the type has no restrictions, -EINVAL for @restriction without @type,
 * -ENOMEM, or the error of the type.
 */
int keyring_restrict(key_ref_t keyring_ref, const char *type,
		     const char *restriction)
{
	struct key *key = key_ref_to_ptr(keyring_ref);
	struct key_restriction *made;
	int ret;

	if (!key_is_keyring(key))
		return -ENOTDIR;
	guard(key_types)();
	made = restriction_make(type, restriction);
	if (IS_ERR(made))
		return PTR_ERR(made);
	ret = restriction_set(to_keyring(key), made);
	if (ret) {
		key_put(made->key);
		kfree(made);
	}
	return ret;
}
EXPORT_SYMBOL(keyring_restrict);

#if IS_ENABLED(CONFIG_KEYS_KUNIT_TEST)
#include "../tests/restrict_kunit.c"
#include "../tests/restrict_cycle_kunit.c"
#endif
