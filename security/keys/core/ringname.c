// SPDX-License-Identifier: GPL-2.0-only
/*
 * The table of keyring names, for KEYCTL_JOIN_SESSION_KEYRING.
 */
#include <linux/cred.h>
#include <linux/hash.h>
#include <linux/rculist.h>
#include <linux/sched.h>
#include <linux/stringhash.h>
#include <linux/user_namespace.h>

#include "key.h"
#include "perm.h"
#include "ringname.h"

#define RINGNAME_BITS	9

/*
 * Hash table of named keyrings, by user namespace and name. Each list is in the
 * order in which the keyrings were made, oldest first, because ringname_find()
 * prefers the oldest. Locking: ringname_lock to change, RCU to read.
 */
static struct list_head ringnames[1 << RINGNAME_BITS];

/*
 * Protects the table, and the lists of names of all user namespaces. Taken in
 * process context only. No other lock is taken inside.
 */
static DEFINE_SPINLOCK(ringname_lock);

/**
 * ringname_init - initialise the table
 *
 * Context: boot, before the first keyring is made.
 */
void __init ringname_init(void)
{
	struct list_head *bucket;

	for (bucket = ringnames; bucket < ringnames + ARRAY_SIZE(ringnames);
	     bucket++)
		INIT_LIST_HEAD(bucket);
}

static struct list_head *bucket_of(const char *name,
				   const struct user_namespace *ns)
{
	u32 hash = full_name_hash(ns, name, strlen(name));

	return &ringnames[hash_32(hash, RINGNAME_BITS)];
}

/**
 * ringname_publish - add a keyring to the table of names
 * @ring: complete keyring; its name belongs to the caller's user namespace. A
 *	keyring is not added if its name begins with a dot.
 *
 * Context: process context.
 */
void ringname_publish(struct keyring *ring)
{
	struct user_namespace *ns = current_user_ns();
	const char *name = ring->key.description;

	if (*name == '.')
		return;
	guard(spinlock)(&ringname_lock);
	ring->name_ns = ns;
	list_add_tail_rcu(&ring->name_hash, bucket_of(name, ns));
	list_add(&ring->name_link, &ns->keyring_name_list);
}

static void __ringname_withdraw(struct keyring *ring)
{
	lockdep_assert_held(&ringname_lock);
	if (!ring->name_ns)
		return;
	WRITE_ONCE(ring->name_ns, NULL);
	list_del_rcu(&ring->name_hash);
	list_del(&ring->name_link);
}

/**
 * ringname_withdraw - remove a keyring from the table of names
 * @ring: keyring, which need not be in the table. The caller must not free the
 *	keyring before an RCU grace period has passed.
 *
 * Context: process context.
 */
void ringname_withdraw(struct keyring *ring)
{
	guard(spinlock)(&ringname_lock);
	__ringname_withdraw(ring);
}

static bool name_fits(struct keyring *ring, const char *name,
		      struct user_namespace *ns)
{
	struct key *key = &ring->key;

	return READ_ONCE(ring->name_ns) == ns &&
	       !strcmp(key->description, name) &&
	       !test_bit(KEY_FLAG_REVOKED, &key->flags) &&
	       kuid_has_mapping(ns, READ_ONCE(key->uid));
}

/**
 * ringname_find_if - find the oldest acceptable keyring of a name
 * @name: name
 * @ns: user namespace that the name belongs to
 * @fits: returns true if a keyring is acceptable; called under RCU
 * @arg: argument for @fits
 *
 * Revoked keyrings are not acceptable, and neither are keyrings whose owner has
 * no UID in @ns. @fits must decide whether an invalidated keyring is
 * acceptable, because this function does not check that.
 *
 * Context: process context.
 * Return: the keyring with a reference for the caller, or NULL.
 */
struct key *ringname_find_if(const char *name, struct user_namespace *ns,
			     ringname_fits_t fits, void *arg)
{
	struct keyring *ring;

	guard(rcu)();
	list_for_each_entry_rcu(ring, bucket_of(name, ns), name_hash)
		if (name_fits(ring, name, ns) && fits(ring, arg) &&
		    key_tryget(&ring->key))
			return &ring->key;
	return NULL;
}

/**
 * struct joiner - a task that joins a keyring by name as its session keyring
 * @uid: user whose own keyrings are preferred
 * @session: session keyring of the task, or NULL
 */
struct joiner {
	kuid_t			uid;
	const struct key	*session;
};

static bool may_join(struct keyring *ring, const struct joiner *joiner)
{
	struct key *key = &ring->key;

	if (key_is_invalid(key) && key != joiner->session)
		return false;
	/* The task has not joined yet, so it does not possess the keyring */
	return !key_permission(make_key_ref(key, false), KEY_NEED_SEARCH);
}

static bool is_own(const struct keyring *ring, const struct joiner *joiner)
{
	return uid_eq(READ_ONCE(ring->key.uid), joiner->uid);
}

static bool own_to_join(struct keyring *ring, void *joiner)
{
	return is_own(ring, joiner) && may_join(ring, joiner);
}

static bool others_to_join(struct keyring *ring, void *joiner)
{
	return !is_own(ring, joiner) && may_join(ring, joiner);
}

/**
 * ringname_find - find the keyring of a name that the caller is to join
 * @name: name
 * @ns: user namespace that the name belongs to
 * @uid: user whose own keyrings are preferred
 * @session: the caller's session keyring, or NULL. The caller may join this
 *	keyring again even if it was invalidated.
 *
 * Keyrings of @uid are preferred to keyrings of other users. Of each of these
 * two kinds, the oldest keyring is found first. So a user cannot take the place
 * of an existing keyring by making another keyring of the same name.
 *
 * The caller must have Search permission without possessing the keyring. The
 * default permission masks do not grant this, so joining a keyring must first
 * be allowed with keyctl_setperm(3).
 *
 * Context: process context.
 * Return: the keyring with a reference for the caller, or ERR_PTR(-ENOKEY).
 */
struct key *ringname_find(const char *name, struct user_namespace *ns,
			  kuid_t uid, const struct key *session)
{
	struct joiner joiner = { .uid = uid, .session = session };
	struct key *ring;

	ring = ringname_find_if(name, ns, own_to_join, &joiner);
	if (!ring)
		ring = ringname_find_if(name, ns, others_to_join, &joiner);
	return ring ?: ERR_PTR(-ENOKEY);
}

static bool withdraw_first(struct user_namespace *ns)
{
	struct keyring *ring;

	guard(spinlock)(&ringname_lock);
	ring = list_first_entry_or_null(&ns->keyring_name_list, struct keyring,
					name_link);
	if (ring)
		__ringname_withdraw(ring);
	return ring;
}

/**
 * ringname_free_ns - remove the keyring names of a user namespace
 * @ns: the namespace, which is about to be freed; its keyrings may still be
 *	referenced
 *
 * Context: may sleep.
 */
void ringname_free_ns(struct user_namespace *ns)
{
	while (withdraw_first(ns))
		cond_resched();
}

#if IS_ENABLED(CONFIG_KEYS_KUNIT_TEST)
#include "../tests/ringname_kunit.c"
#endif
