// SPDX-License-Identifier: GPL-2.0-only
/*
 * Restrictions on the keys that may be linked into a keyring; see
 * keyctl_restrict_keyring(3).
 */
#include <linux/export.h>
#include <linux/slab.h>

#include "key.h"
#include "notify.h"
#include "perm.h"
#include "restrict.h"
#include "type.h"

/*
 * Serialises restriction_set(), so that two calls at the same time cannot make
 * a cycle of keyrings that restrict each other, see makes_cycle(). Protects
 * restricted_rings, too. Taken inside a keyring's key.sem, and inside
 * guard(key_types)().
 */
static DEFINE_MUTEX(restrict_mutex);

/* Keyrings with a restriction that a type made. Locking: restrict_mutex */
static HLIST_HEAD(restricted_rings);

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
	const struct key_restriction *restriction = ring->restriction;
	key_restrict_link_func_t check;

	lockdep_assert_held_write(&ring->key.sem);
	key_types_assert_held();
	if (!restriction)
		return 0;
	check = READ_ONCE(restriction->check);
	return check ? check(&ring->key, type, payload, restriction->key) : 0;
}

/**
 * restriction_free - free a keyring's restriction, if any
 * @ring: unreferenced keyring
 *
 * Context: process context.
 */
void restriction_free(struct keyring *ring)
{
	if (!ring->restriction)
		return;
	scoped_guard(mutex, &restrict_mutex)
		if (!hlist_unhashed(&ring->restrict_node))
			hlist_del(&ring->restrict_node);
	key_put(ring->restriction->key);
	kfree(ring->restriction);
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
		hlist_for_each_entry(ring, &restricted_rings, restrict_node)
			if (ring->restriction->keytype == type)
				WRITE_ONCE(ring->restriction->check,
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
	while (restriction && restriction->key &&
	       key_is_keyring(restriction->key)) {
		if (restriction->key == &ring->key)
			return true;
		restriction = to_keyring(restriction->key)->restriction;
	}
	return false;
}

static int restriction_set(struct keyring *ring,
			   struct key_restriction *restriction)
{
	guard(rwsem_write)(&ring->key.sem);
	guard(mutex)(&restrict_mutex);
	if (ring->restriction)
		return -EEXIST;
	if (makes_cycle(ring, restriction))
		return -EDEADLK;
	WRITE_ONCE(ring->restriction, restriction);
	if (restriction->keytype)
		hlist_add_head(&ring->restrict_node, &restricted_rings);
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
#endif
