// SPDX-License-Identifier: GPL-2.0-only
/*
 * The options of keyctl(2) that work on keyrings.
 */
#include <linux/capability.h>
#include <linux/cred.h>
#include <linux/slab.h>
#include <linux/uidgid.h>
#include <linux/user_namespace.h>
#include <uapi/linux/keyctl.h>

#include "../core/key.h"
#include "../core/type.h"
#include "../process/cred_rings.h"
#include "../process/default_dest.h"
#include "../process/link_permitted.h"
#include "../process/persistent.h"
#include "copyin.h"
#include "handlers.h"

/* Is user space forbidden to unlink this key from this keyring? */
static bool link_is_kept(const struct key *ring, const struct key *key)
{
	return test_bit(KEY_FLAG_KEEP, &ring->flags) &&
	       test_bit(KEY_FLAG_KEEP, &key->flags);
}

/**
 * keyctl_get_keyring_id - get the serial number of a special keyring; see
 * keyctl_get_keyring_ID(3)
 * @args: keyring (KEY_SPEC_* or a serial number), whether to make the keyring
 *	if there is none
 *
 * Context: may sleep.
 * Return: the serial number; -ENOKEY if the keyring is absent, -EACCES without
 * Search permission, or see lookup_user_key().
 */
long keyctl_get_keyring_id(const struct keyctl_args *args)
{
	unsigned long flags = (int)args->arg3 ? KEY_LOOKUP_CREATE : 0;

	CLASS(user_key, ref)(args->arg2, flags, KEY_NEED_SEARCH);

	if (IS_ERR(ref))
		return PTR_ERR(ref);
	return key_serial(key_ref_to_ptr(ref));
}

/**
 * keyctl_join_session - change the session keyring; see
 * keyctl_join_session_keyring(3)
 * @args: name of a keyring to join or make, or NULL for a new anonymous keyring
 *
 * Context: may sleep.
 * Return: the serial number of the keyring, or 0 if this keyring is already the
 * caller's session keyring; -EFAULT, -ENOMEM, -EINVAL for a name that is empty
 * or too long, -EPERM for a name with a leading dot, which is reserved for the
 * kernel, or see join_session_keyring().
 */
long keyctl_join_session(const struct keyctl_args *args)
{
	char *name __free(kfree) =
		copy_optional_string(keyctl_ptr(args->arg2), KEY_MAX_DESC_SIZE);

	if (IS_ERR(name))
		return PTR_ERR(name);
	if (name && name[0] == '.')
		return -EPERM;
	return join_session_keyring(name);
}

/**
 * keyctl_clear - unlink all keys from a keyring; see keyctl_clear(3)
 * @args: keyring
 *
 * Context: may sleep.
 * Return: 0; -EACCES without Write permission, unless the keyring has
 * KEY_FLAG_ROOT_CAN_CLEAR and the caller has CAP_SYS_ADMIN; -EPERM if the
 * keyring has KEY_FLAG_KEEP; or see lookup_user_key() and keyring_clear().
 */
long keyctl_clear(const struct keyctl_args *args)
{
	key_ref_t ref __free(key_ref_put) = NULL;
	struct key *ring;

	ref = keyctl_lookup_for_admin(args->arg2, KEY_LOOKUP_CREATE,
				      KEY_NEED_WRITE, KEY_FLAG_ROOT_CAN_CLEAR);
	if (IS_ERR(ref))
		return PTR_ERR(ref);
	ring = key_ref_to_ptr(ref);
	if (test_bit(KEY_FLAG_KEEP, &ring->flags))
		return -EPERM;
	return keyring_clear(ring);
}

/**
 * keyctl_link - link a key into a keyring; see keyctl_link(3)
 * @args: key, keyring
 *
 * Context: may sleep.
 * Return: 0; -EACCES without Link permission on the key or without Write
 * permission on the keyring, or see lookup_user_key() and key_link().
 */
long keyctl_link(const struct keyctl_args *args)
{
	CLASS(user_key, ring)(args->arg3, KEY_LOOKUP_CREATE, KEY_NEED_WRITE);

	if (IS_ERR(ring))
		return PTR_ERR(ring);

	CLASS(user_key, key)(args->arg2, KEY_LOOKUP_CREATE, KEY_NEED_LINK);

	if (IS_ERR(key))
		return PTR_ERR(key);
	return key_link(key_ref_to_ptr(ring), key_ref_to_ptr(key));
}

/**
 * keyctl_unlink - unlink a key from a keyring; see keyctl_unlink(3)
 * @args: key, keyring
 *
 * The key may be in any state, and no permission on the key is needed.
 *
 * Context: may sleep.
 * Return: 0; -EACCES without Write permission on the keyring, -EPERM if both
 * the keyring and the key have KEY_FLAG_KEEP, or see lookup_user_key() and
 * key_unlink().
 */
long keyctl_unlink(const struct keyctl_args *args)
{
	CLASS(user_key, ring)(args->arg3, 0, KEY_NEED_WRITE);

	if (IS_ERR(ring))
		return PTR_ERR(ring);

	CLASS(user_key, key)(args->arg2, KEY_LOOKUP_PARTIAL, KEY_NEED_UNLINK);

	if (IS_ERR(key))
		return PTR_ERR(key);
	if (link_is_kept(key_ref_to_ptr(ring), key_ref_to_ptr(key)))
		return -EPERM;
	return key_unlink(key_ref_to_ptr(ring), key_ref_to_ptr(key));
}

/*
 * Search a keyring, the keyrings that it links, the keyrings that these link,
 * and so on, with the caller's permissions. -ENOKEY if no key is found or the
 * type is unknown.
 */
static key_ref_t search_tree(key_ref_t ring, const char *name, const char *desc)
{
	struct key_type *type;
	key_ref_t key;

	guard(key_types)();
	type = key_type_find(name);
	if (!type)
		return ERR_PTR(-ENOKEY);
	key = keyring_search(ring, type, desc, true);
	return key == ERR_PTR(-EAGAIN) ? ERR_PTR(-ENOKEY) : key;
}

/**
 * keyctl_search - find a key in a tree of keyrings; see keyctl_search(3)
 * @args: keyring, name of a type, description, keyring to link the key into or
 *	0
 *
 * Context: may sleep.
 * Return: the serial number of the key; -EPERM for a type whose name has a
 * leading dot, which is reserved for the kernel; -EINVAL for an empty type
 * name, or for a string that is too long; -EFAULT; -ENOMEM; -ENOKEY if no key
 * is found or the type is unknown; an error of lookup_user_key() for a keyring;
 * or see keyring_search() and key_link_permitted().
 */
long keyctl_search(const struct keyctl_args *args)
{
	char type[KEY_TYPE_NAME_SIZE];
	key_serial_t destid = args->arg5;
	int ret;

	ret = copy_type_name(type, keyctl_ptr(args->arg3));
	if (ret)
		return ret;

	char *desc __free(kfree) = copy_description(keyctl_ptr(args->arg4));

	if (IS_ERR(desc))
		return PTR_ERR(desc);

	CLASS(user_key, ring)(args->arg2, 0, KEY_NEED_SEARCH);

	if (IS_ERR(ring))
		return PTR_ERR(ring);

	key_ref_t dest __free(key_ref_put) = NULL;

	if (destid) {
		dest = lookup_user_key(destid, KEY_LOOKUP_CREATE, KEY_NEED_WRITE);
		if (IS_ERR(dest))
			return PTR_ERR(dest);
	}

	key_ref_t key __free(key_ref_put) = search_tree(ring, type, desc);

	if (IS_ERR(key))
		return PTR_ERR(key);
	ret = dest ? key_link_permitted(key_ref_to_ptr(dest), key) : 0;
	return ret ?: key_serial(key_ref_to_ptr(key));
}

/**
 * keyctl_move - move a key from one keyring to another; see keyctl_move(3)
 * @args: key, keyring to unlink the key from, keyring to link the key into,
 *	flags (KEYCTL_MOVE_*)
 *
 * Context: may sleep.
 * Return: 0; -EINVAL for an unknown flag; -EACCES without Link permission on
 * the key or without Write permission on both keyrings; -EPERM if both the key
 * and the first keyring have KEY_FLAG_KEEP; or see lookup_user_key() and
 * key_move().
 */
long keyctl_move(const struct keyctl_args *args)
{
	unsigned int flags = args->arg5;

	if (flags & ~KEYCTL_MOVE_EXCL)
		return -EINVAL;

	CLASS(user_key, key)(args->arg2, KEY_LOOKUP_CREATE, KEY_NEED_LINK);

	if (IS_ERR(key))
		return PTR_ERR(key);

	CLASS(user_key, from)(args->arg3, 0, KEY_NEED_WRITE);

	if (IS_ERR(from))
		return PTR_ERR(from);

	CLASS(user_key, to)(args->arg4, KEY_LOOKUP_CREATE, KEY_NEED_WRITE);

	if (IS_ERR(to))
		return PTR_ERR(to);
	if (link_is_kept(key_ref_to_ptr(from), key_ref_to_ptr(key)))
		return -EPERM;
	return key_move(key_ref_to_ptr(key), key_ref_to_ptr(from),
			key_ref_to_ptr(to), flags);
}

/**
 * keyctl_restrict - restrict which keys may be linked into a keyring; see
 * keyctl_restrict_keyring(3)
 * @args: keyring, name of a type, string from which the type makes the
 *	restriction; or keyring, NULL, NULL to reject every link
 *
 * Context: may sleep.
 * Return: 0; -EACCES without Setattr permission, -EINVAL if only one of the
 * strings is given, or if a string is too long or the type name is empty,
 * -EPERM for a type whose name has a leading dot, which is reserved for the
 * kernel, -EFAULT, -ENOMEM, or see lookup_user_key() and keyring_restrict().
 */
long keyctl_restrict(const struct keyctl_args *args)
{
	const char __user *_type = keyctl_ptr(args->arg3);
	const char __user *_restriction = keyctl_ptr(args->arg4);
	char type[KEY_TYPE_NAME_SIZE];
	int ret;

	CLASS(user_key, ref)(args->arg2, 0, KEY_NEED_SETATTR);

	if (IS_ERR(ref))
		return PTR_ERR(ref);
	if (!_type != !_restriction)
		return -EINVAL;
	if (!_type)
		return keyring_restrict(ref, NULL, NULL);
	ret = copy_type_name(type, _type);
	if (ret)
		return ret;

	char *restriction __free(kfree) =
		copy_optional_string(_restriction, PAGE_SIZE);

	if (IS_ERR(restriction))
		return PTR_ERR(restriction);
	return keyring_restrict(ref, type, restriction);
}

/**
 * keyctl_session_to_parent - give the parent the caller's session keyring; see
 * keyctl_session_to_parent(3)
 * @args: not used
 *
 * Context: may sleep.
 * Return: 0; -EACCES without Link permission on the session keyring, or see
 * lookup_user_key() and session_to_parent().
 */
long keyctl_session_to_parent(const struct keyctl_args *args)
{
	CLASS(user_key, session)(KEY_SPEC_SESSION_KEYRING, 0, KEY_NEED_LINK);

	if (IS_ERR(session))
		return PTR_ERR(session);
	return session_to_parent(key_ref_to_ptr(session));
}

/*
 * Set @uid to the user whose persistent keyring is meant: @number is a UID in
 * the caller's user namespace, or -1 for the caller's real UID. Check that the
 * caller may use this keyring.
 */
static int persistent_uid(uid_t number, kuid_t *uid)
{
	struct user_namespace *ns = current_user_ns();

	if (number == (uid_t)-1) {
		*uid = current_uid();
		/*
		 * A persistent keyring is found by a name that contains the UID
		 * as a number in the namespace. Without this check, all UIDs
		 * that are not mapped would share the name and the keyring.
		 */
		return kuid_has_mapping(ns, *uid) ? 0 : -EINVAL;
	}
	*uid = make_kuid(ns, number);
	if (!uid_valid(*uid))
		return -EINVAL;
	if (uid_eq(*uid, current_uid()) || uid_eq(*uid, current_euid()))
		return 0;
	return ns_capable(ns, CAP_SETUID) ? 0 : -EPERM;
}

/**
 * keyctl_persistent - link a user's persistent keyring; see
 * keyctl_get_persistent(3)
 * @args: UID in the caller's user namespace, or -1 for the caller's real UID;
 *	keyring to link the persistent keyring into
 *
 * Context: may sleep.
 * Return: the serial number of the persistent keyring; -EOPNOTSUPP without
 * CONFIG_PERSISTENT_KEYRINGS; -EINVAL if the UID is not mapped in the user
 * namespace; -EPERM if the UID is neither the caller's real nor effective UID
 * and the caller lacks CAP_SETUID in the user namespace; -EACCES without Write
 * permission on the keyring; or see lookup_user_key() and persistent_link().
 */
long keyctl_persistent(const struct keyctl_args *args)
{
	kuid_t uid;
	int ret;

	if (!IS_ENABLED(CONFIG_PERSISTENT_KEYRINGS))
		return -EOPNOTSUPP;
	ret = persistent_uid(args->arg2, &uid);
	if (ret)
		return ret;

	CLASS(user_key, dest)(args->arg3, KEY_LOOKUP_CREATE, KEY_NEED_WRITE);

	if (IS_ERR(dest))
		return PTR_ERR(dest);
	return persistent_link(uid, key_ref_to_ptr(dest));
}

/**
 * keyctl_set_reqkey_keyring - set the default destination of requested keys;
 * see keyctl_set_reqkey_keyring(3)
 * @args: KEY_REQKEY_DEFL_*; KEY_REQKEY_DEFL_NO_CHANGE to get the setting only
 *
 * The default destination is the keyring into which a key that is constructed
 * for the caller is linked if the request names no keyring.
 *
 * Context: may sleep.
 * Return: the previous setting; -ENOMEM, or see default_dest_install().
 */
long keyctl_set_reqkey_keyring(const struct keyctl_args *args)
{
	int old = current_cred()->jit_keyring;
	int which = args->arg2;
	struct cred *new;
	int ret;

	if (which == KEY_REQKEY_DEFL_NO_CHANGE)
		return old;
	ret = default_dest_install(which);
	if (ret < 0)
		return ret;
	new = prepare_creds();
	if (!new)
		return -ENOMEM;
	new->jit_keyring = which;
	commit_creds(new);
	return old;
}
