// SPDX-License-Identifier: GPL-2.0-only
/*
 * Keyrings: make a keyring, link, unlink and move keys, clear a keyring.
 */
#include <linux/export.h>
#include <linux/keyctl.h>

#include "edit.h"
#include "key.h"
#include "notify.h"
#include "restrict.h"
#include "ringname.h"
#include "type.h"

/**
 * keyring_alloc - make a keyring
 * @name: name of the keyring
 * @owner: owner; the keyring is charged to the owner's account
 * @group: group
 * @cred: credentials from which security modules label the keyring
 * @perm: permission mask
 * @flags: KEY_ALLOC_*
 * @restriction: decides which keys may be linked into the new keyring, or NULL.
 *	On success, the new keyring owns @restriction. On failure, the caller
 *	still owns @restriction.
 * @dest: keyring to link the new keyring into, or NULL. No permission is
 *	checked.
 *
 * Context: may sleep.
 * Return: the keyring, empty, with a reference for the caller; or an ERR_PTR
 * as from key_alloc() and key_instantiate_and_link().
 */
struct key *keyring_alloc(const char *name, kuid_t owner, kgid_t group,
			  const struct cred *cred, key_perm_t perm,
			  unsigned long flags,
			  struct key_restriction *restriction,
			  struct key *dest)
{
	struct key *ring;
	int ret;

	ring = key_alloc(&key_type_keyring, name, owner, group, cred, perm,
			 flags, restriction);
	if (IS_ERR(ring))
		return ring;
	ret = key_instantiate_and_link(ring, NULL, 0, dest, NULL);
	if (!ret)
		return ring;
	ring->restrict_link = NULL;
	key_put(ring);
	return ERR_PTR(ret);
}
EXPORT_SYMBOL(keyring_alloc);

/**
 * keyring_link_new - link a key without a check for restriction or cycle
 * @keyring: keyring, which the caller has made and has not restricted
 * @key: key. If @key is a keyring, @key must not link @keyring, directly or
 *	through other keyrings.
 *
 * Context: may sleep.
 * Return: 0, or the error of keyring_edit_begin().
 */
int keyring_link_new(struct key *keyring, struct key *key)
{
	struct keyring_edit edit;
	int ret;

	ret = keyring_edit_begin(&edit, keyring, key);
	if (ret)
		return ret;
	keyring_edit_commit(&edit);
	keyring_edit_end(&edit);
	return 0;
}

/*
 * Ask the restriction, if there is one, unless the key's type was removed: then
 * there is no payload that the restriction could check. The guard begins before
 * the type is read. So the payload of a key whose type is removed meanwhile is
 * not destroyed before the restriction has answered.
 */
static int check_restriction(const struct keyring_edit *edit)
{
	const struct key *key = edit->key;
	const struct key_type *type;

	lockdep_assert_held_write(&edit->ring->key.sem);
	if (!edit->ring->key.restrict_link)
		return 0;
	guard(key_types)();
	type = key_type_of(key);
	if (type == &key_type_removed)
		return -EKEYREVOKED;
	return restriction_check(edit->ring, type, &key->payload);
}

/*
 * Check the restriction, and that the link closes no cycle of keyrings. Commit
 * the edit if both checks pass, and end the edit in any case.
 */
static int edit_finish(struct keyring_edit *edit)
{
	int ret;

	ret = check_restriction(edit);
	if (!ret)
		ret = keyring_edit_check(edit);
	if (!ret)
		keyring_edit_commit(edit);
	keyring_edit_end(edit);
	return ret;
}

/**
 * key_link - link a key into a keyring
 * @keyring: keyring
 * @key: key; the link takes a reference
 *
 * A link to another key of the same type, domain and description is replaced.
 * If the keyring links @key already, nothing changes. The keyring's restriction
 * is checked; no permission is checked. See keyctl_link(3).
 *
 * Context: may sleep.
 * Return: 0, -EKEYREVOKED if the keyring is restricted and the type of @key was
 * removed, or the error of keyring_edit_begin(), keyring_edit_check() or the
 * restriction; nothing is changed then.
 */
int key_link(struct key *keyring, struct key *key)
{
	struct keyring_edit edit;
	int ret;

	ret = keyring_edit_begin(&edit, keyring, key);
	return ret ?: edit_finish(&edit);
}
EXPORT_SYMBOL(key_link);

/**
 * key_unlink - unlink a key from a keyring
 * @keyring: keyring
 * @key: key; the caller holds a reference
 *
 * Neither permissions nor KEY_FLAG_KEEP are checked. See keyctl_unlink(3).
 *
 * Context: may sleep.
 * Return: 0, -ENOTDIR if @keyring is no keyring, or -ENOENT if the keyring does
 * not link the key.
 */
int key_unlink(struct key *keyring, struct key *key)
{
	struct key_link *link;

	if (!key_is_keyring(keyring))
		return -ENOTDIR;
	scoped_guard(rwsem_write, &keyring->sem) {
		link = link_take_out(to_keyring(keyring), key);
		if (!link)
			return -ENOENT;
		notify_key(keyring, NOTIFY_KEY_UNLINKED, key_serial(key));
	}
	link_release(link);
	return 0;
}
EXPORT_SYMBOL(key_unlink);

/**
 * key_move - unlink a key from a keyring, and link it into another one
 * @key: key; the caller holds a reference
 * @from: keyring that links the key
 * @to: keyring into which the key is linked
 * @flags: KEYCTL_MOVE_EXCL: fail if @to links @key already, or another key of
 *	the same index (type, domain, description)
 *
 * At any time, at least one of the keyrings links the key. How a search of both
 * keyrings finds the key is described at struct keyring_moves. If @to links the
 * key already, the key keeps its position in @to. Nothing is done if @from and
 * @to are the same keyring. No permission is checked. See keyctl_move(3).
 *
 * Context: may sleep.
 * Return: 0, -ENOTDIR if @from or @to is no keyring, -ENOENT if @from does not
 * link the key, -EEXIST because of KEYCTL_MOVE_EXCL, or an error of key_link();
 * nothing is changed then.
 */
int key_move(struct key *key, struct key *from, struct key *to,
	     unsigned int flags)
{
	struct keyring_edit edit;
	int ret;

	if (from == to)
		return 0;
	ret = keyring_edit_begin_move(&edit, key, from, to,
				      flags & KEYCTL_MOVE_EXCL);
	return ret ?: edit_finish(&edit);
}
EXPORT_SYMBOL(key_move);

/**
 * keyring_find_live - find the key that a new key would displace
 * @ring: keyring
 * @index: type, domain and description of the new key
 *
 * Context: process context; takes no lock.
 * Return: a key that is neither revoked nor invalid, with a reference for the
 * caller, or NULL.
 */
struct key *keyring_find_live(struct keyring *ring,
			      const struct key_index *index)
{
	struct key_link *link;

	guard(rcu)();
	while ((link = link_find_rcu(ring, index))) {
		if (!key_is_invalid(link->key) &&
		    !test_bit(KEY_FLAG_REVOKED, &link->key->flags) &&
		    key_tryget(link->key))
			return link->key;
		/* Look again: another key may have displaced this key */
		if (!link_is_detached(link))
			return NULL;
	}
	return NULL;
}

/**
 * keyring_clear - unlink all keys from a keyring
 * @keyring: keyring
 *
 * Neither permissions nor KEY_FLAG_KEEP are checked. See keyctl_clear(3).
 *
 * Context: may sleep.
 * Return: 0, or -ENOTDIR if @keyring is no keyring.
 */
int keyring_clear(struct key *keyring)
{
	if (!key_is_keyring(keyring))
		return -ENOTDIR;
	guard(rwsem_write)(&keyring->sem);
	keyring_empty(to_keyring(keyring));
	notify_key(keyring, NOTIFY_KEY_CLEARED, 0);
	return 0;
}
EXPORT_SYMBOL(keyring_clear);

/**
 * keyring_dismantle - remove the name and some links of a keyring
 * @ring: unreferenced keyring
 *
 * Each call detaches a limited number of links, so that the caller can give way
 * to other tasks. When this function has returned false, and an RCU grace
 * period has passed since then, the caller may free the keyring.
 *
 * Context: process context.
 * Return: true if links may be left; the caller must call again.
 */
bool keyring_dismantle(struct keyring *ring)
{
	ringname_withdraw(ring);
	return link_detach_some(ring);
}

#if IS_ENABLED(CONFIG_KEYS_KUNIT_TEST)
#include "../tests/keyring_kunit.c"
#include "../tests/keyring_edge_kunit.c"
#endif
