// SPDX-License-Identifier: GPL-2.0-only
/*
 * The options of keyctl(2) that work on one key.
 */
#include <linux/capability.h>
#include <linux/cred.h>
#include <linux/security.h>
#include <linux/uaccess.h>
#include <linux/user_namespace.h>

#include "../core/key.h"
#include "../core/link.h"
#include "../core/notify.h"
#include "../core/perm.h"
#include "../core/quota.h"
#include "../core/type.h"
#include "../process/lookup.h"
#include "copyin.h"
#include "keyctl.h"

/* Payloads up to this are read through the stack */
#define READ_STACK_SIZE	128

/*
 * Look a key up to do something to it that whoever is constructing it may do
 * without permission.
 */
static key_ref_t lookup_or_constructing(key_serial_t id, unsigned long flags,
					enum key_need_perm need)
{
	key_ref_t ref = lookup_user_key(id, flags, need);

	if (ref != ERR_PTR(-EACCES))
		return ref;

	struct key *authkey __free(key_put) = get_instantiation_authkey(id);

	if (IS_ERR_OR_NULL(authkey))
		return ERR_PTR(-EACCES);
	return lookup_user_key(id, flags, KEY_AUTHTOKEN_OVERRIDE);
}

/* May user space take this key away? */
static bool key_is_kept(const key_ref_t ref)
{
	return test_bit(KEY_FLAG_KEEP, &key_ref_to_ptr(ref)->flags);
}

/**
 * keyctl_update - replace the payload of a key; see keyctl_update(3)
 * @args: key, payload, its length
 *
 * Context: may sleep.
 * Return: 0; -EINVAL for more than a page, -EFAULT, -EACCES without Write,
 * -EOPNOTSUPP if the type cannot, or see key_update().
 */
long keyctl_update(const struct keyctl_args *args)
{
	struct payload_copy payload __free(payload_copy) = {};
	size_t plen = args->arg4;
	int ret;

	if (plen > PAGE_SIZE)
		return -EINVAL;
	ret = copy_payload(&payload, keyctl_ptr(args->arg3), plen);
	if (ret)
		return ret;

	CLASS(user_key, ref)(args->arg2, 0, KEY_NEED_WRITE);

	if (IS_ERR(ref))
		return PTR_ERR(ref);
	return key_update(ref, payload.data, payload.len);
}

/**
 * keyctl_revoke - make a key useless; see keyctl_revoke(3)
 * @args: key
 *
 * Context: may sleep.
 * Return: 0; -EACCES with neither Write nor Setattr, -EPERM if the kernel
 * keeps the key, or see lookup_user_key().
 */
long keyctl_revoke(const struct keyctl_args *args)
{
	CLASS(user_key, ref)(args->arg2, 0, KEY_NEED_WRITE);

	if (ref == ERR_PTR(-EACCES))
		ref = lookup_user_key(args->arg2, 0, KEY_NEED_SETATTR);
	if (IS_ERR(ref))
		return PTR_ERR(ref);
	if (key_is_kept(ref))
		return -EPERM;
	key_revoke(key_ref_to_ptr(ref));
	return 0;
}

/**
 * keyctl_lookup_for_admin - look a key up that the administrator may treat
 * @id: its number
 * @flags: KEY_LOOKUP_*
 * @need: what others need to have
 * @mark: KEY_FLAG_ROOT_CAN_*, set on keys that are the administrator's, too
 *
 * The capability is only asked for when it makes the difference.
 *
 * Context: may sleep.
 * Return: the key; or an ERR_PTR as from lookup_user_key().
 */
key_ref_t keyctl_lookup_for_admin(key_serial_t id, unsigned long flags,
				  enum key_need_perm need, int mark)
{
	key_ref_t ref = lookup_user_key(id, flags, need);

	if (ref != ERR_PTR(-EACCES))
		return ref;

	CLASS(user_key, any)(id, 0, KEY_SYSADMIN_OVERRIDE);

	if (IS_ERR(any))
		return ERR_PTR(-EACCES);
	if (!test_bit(mark, &key_ref_to_ptr(any)->flags) ||
	    !capable(CAP_SYS_ADMIN))
		return ERR_PTR(-EACCES);
	return no_free_ptr(any);
}

/**
 * keyctl_invalidate - make a key vanish; see keyctl_invalidate(3)
 * @args: key
 *
 * Context: may sleep.
 * Return: 0; -EACCES without Search, -EPERM if the kernel keeps the key, or
 * see lookup_user_key().
 */
long keyctl_invalidate(const struct keyctl_args *args)
{
	key_ref_t ref __free(key_ref_put) = NULL;

	ref = keyctl_lookup_for_admin(args->arg2, 0, KEY_NEED_SEARCH,
				      KEY_FLAG_ROOT_CAN_INVAL);
	if (IS_ERR(ref))
		return PTR_ERR(ref);
	if (key_is_kept(ref))
		return -EPERM;
	key_invalidate(key_ref_to_ptr(ref));
	return 0;
}

/* Without the capability: give it to a group of one's own, or leave it. */
static bool chown_is_privileged(const struct key *key, kuid_t uid, kgid_t gid)
{
	if (uid_valid(uid) && !uid_eq(uid, key->uid))
		return true;
	return gid_valid(gid) && !gid_eq(gid, key->gid) && !in_group_p(gid);
}

/*
 * Root of a user namespace may treat the keys of the namespace's users. Each of
 * them has a number there because whoever made the map had power over that id.
 * The new owner and group have a number, or the caller could not name them.
 */
static bool capable_of_chown(const struct key *key)
{
	struct user_namespace *ns = current_user_ns();

	lockdep_assert_held_write(&key->sem);
	/* The first namespace has power over a key without a group, too */
	if (ns != &init_user_ns &&
	    (!kuid_has_mapping(ns, key->uid) ||
	     !kgid_has_mapping(ns, key->gid)))
		return false;
	return ns_capable(ns, CAP_SYS_ADMIN);
}

/**
 * keyctl_chown - change the owner and the group of a key; see keyctl_chown(3)
 * @args: key, uid or -1, gid or -1
 *
 * Context: may sleep.
 * Return: 0; -EINVAL for an id that the caller's user namespace does not have,
 * -EACCES without Setattr, without the capability in that namespace, or for a
 * key of which the namespace does not have the owner or the group; -ENOMEM, or
 * see key_chown().
 */
long keyctl_chown(const struct keyctl_args *args)
{
	uid_t user = args->arg3;
	gid_t group = args->arg4;
	kuid_t uid = make_kuid(current_user_ns(), user);
	kgid_t gid = make_kgid(current_user_ns(), group);
	struct key_user *owner __free(key_user_put) = NULL;
	struct key *key;
	int ret;

	if (user != (uid_t)-1 && !uid_valid(uid))
		return -EINVAL;
	if (group != (gid_t)-1 && !gid_valid(gid))
		return -EINVAL;
	if (user == (uid_t)-1 && group == (gid_t)-1)
		return 0;

	CLASS(user_key, ref)(args->arg2, KEY_LOOKUP_ALL, KEY_NEED_SETATTR);

	if (IS_ERR(ref))
		return PTR_ERR(ref);
	key = key_ref_to_ptr(ref);
	if (uid_valid(uid)) {
		owner = key_user_get(uid);
		if (!owner)
			return -ENOMEM;
	}
	guard(rwsem_write)(&key->sem);
	if (chown_is_privileged(key, uid, gid) && !capable_of_chown(key))
		return -EACCES;
	ret = key_chown(key, owner, gid);
	if (!ret)
		notify_key(key, NOTIFY_KEY_SETATTR, 0);
	return ret;
}

/**
 * keyctl_setperm - change the permission mask of a key; see keyctl_setperm(3)
 * @args: key, mask
 *
 * Context: may sleep.
 * Return: 0; -EINVAL for bits that mean nothing, -EACCES without Setattr or
 * for a key of somebody else's without the capability, or see
 * lookup_user_key().
 */
long keyctl_setperm(const struct keyctl_args *args)
{
	key_perm_t perm = args->arg3;
	struct key *key;

	if (perm & ~(KEY_POS_ALL | KEY_USR_ALL | KEY_GRP_ALL | KEY_OTH_ALL))
		return -EINVAL;

	CLASS(user_key, ref)(args->arg2, KEY_LOOKUP_ALL, KEY_NEED_SETATTR);

	if (IS_ERR(ref))
		return PTR_ERR(ref);
	key = key_ref_to_ptr(ref);
	guard(rwsem_write)(&key->sem);
	if (!uid_eq(key->uid, current_fsuid()) && !capable(CAP_SYS_ADMIN))
		return -EACCES;
	WRITE_ONCE(key->perm, perm);
	notify_key(key, NOTIFY_KEY_SETATTR, 0);
	return 0;
}

/* All of a description but the last field, which may be long. */
static size_t format_attributes(const struct key *key, char *buf, size_t size)
{
	struct user_namespace *ns = current_user_ns();

	guard(key_types)();
	return scnprintf(buf, size, "%s;%d;%d;%08x;", key->type->name,
			 from_kuid_munged(ns, READ_ONCE(key->uid)),
			 from_kgid_munged(ns, READ_ONCE(key->gid)),
			 READ_ONCE(key->perm));
}

/**
 * keyctl_describe - say what a key is; see keyctl_describe(3)
 * @args: key, buffer, its length
 *
 * Nothing is copied unless all of it fits.
 *
 * Context: may sleep.
 * Return: the length of the description with its NUL; -EFAULT, -EACCES without
 * View, or see lookup_user_key().
 */
long keyctl_describe(const struct keyctl_args *args)
{
	char __user *buffer = keyctl_ptr(args->arg3);
	/* Type, two ids of up to eleven characters, mask, four semicolons */
	char buf[KEY_TYPE_NAME_SIZE + 11 + 11 + 8 + 4];
	const struct key *key;
	size_t len, desc_size;

	key_ref_t ref __free(key_ref_put) = NULL;

	ref = lookup_or_constructing(args->arg2, KEY_LOOKUP_PARTIAL,
				     KEY_NEED_VIEW);
	if (IS_ERR(ref))
		return PTR_ERR(ref);
	key = key_ref_to_ptr(ref);
	len = format_attributes(key, buf, sizeof(buf));
	desc_size = key->desc_len + 1;
	if (!buffer || args->arg4 < len + desc_size)
		return len + desc_size;
	if (copy_to_user(buffer, buf, len) ||
	    copy_to_user(buffer + len, key->description, desc_size))
		return -EFAULT;
	return len + desc_size;
}

/* One reading of the payload, which may be another the next time. */
static long read_payload(struct key *key, char *buf, size_t size)
{
	long ret;

	guard(key_types)();
	guard(rwsem_read)(&key->sem);
	ret = key_validate(key);
	if (ret)
		return ret;
	if (!key->type->read)
		return -EOPNOTSUPP;
	return key->type->read(key, buf, size);
}

static long read_to_user(struct key *key, char *buf, size_t size,
			 char __user *buffer, size_t buflen)
{
	long len = read_payload(key, buf, size);

	if (len < 0)
		return len;
	/* A buffer of ours that is shorter than the caller's will not do */
	if (len > size && size < buflen)
		return len;
	return copy_to_user(buffer, buf, min_t(size_t, len, size)) ?
		-EFAULT : len;
}

/*
 * As long as the payload, not as long as the caller says: he may say anything.
 */
static long read_long(struct key *key, size_t len, char __user *buffer,
		      size_t buflen)
{
	size_t size;
	long ret;

	for (;;) {
		struct payload_copy copy __free(payload_copy) = {};

		size = min(len, buflen);
		copy.data = kvzalloc(size, GFP_KERNEL);
		if (!copy.data)
			return -ENOMEM;
		copy.len = size;
		ret = read_to_user(key, copy.data, size, buffer, buflen);
		if (ret <= (long)size || size == buflen)
			return ret;
		/* It has grown meanwhile */
		len = ret;
	}
}

/*
 * A keyring is read in whole numbers. Programs that bring a large buffer have
 * never been asked whether its length is a multiple of one.
 */
static bool cuts_a_serial(size_t buflen)
{
	return buflen <= PAGE_SIZE && buflen % sizeof(key_serial_t);
}

static long read_key(struct key *key, char __user *buffer, size_t buflen)
{
	char buf[READ_STACK_SIZE] __aligned(sizeof(key_serial_t)) = {};
	size_t size = min(buflen, sizeof(buf));
	long ret;

	if (!buffer || !buflen)
		return read_payload(key, NULL, 0);
	if (key_is_keyring(key) && cuts_a_serial(buflen)) {
		ret = read_payload(key, NULL, 0);
		return ret < 0 ? ret : -EINVAL;
	}
	ret = read_to_user(key, buf, size, buffer, buflen);
	memzero_explicit(buf, size);
	if (ret <= (long)size || size == buflen)
		return ret;
	return read_long(key, ret, buffer, buflen);
}

/* Read permission, or to have found it by searching. */
static int may_read(const key_ref_t ref)
{
	short state = key_read_state(key_ref_to_ptr(ref));
	int ret;

	if (state != KEY_IS_POSITIVE)
		return state ?: -ENOKEY;
	ret = key_permission(ref, KEY_NEED_READ);
	if (ret == -EACCES && is_key_possessed(ref))
		return 0;
	return ret;
}

/**
 * keyctl_read - copy the payload of a key; see keyctl_read(3)
 * @args: key, buffer or NULL, its length
 *
 * As much is copied as fits. No lock is held while copying to user space.
 *
 * Context: may sleep.
 * Return: the whole length of the payload; -ENOKEY for any reason that the key
 * is not found, -EACCES with neither Read nor possession, the error of a
 * negative key, -EKEYREVOKED, -EKEYEXPIRED, -EOPNOTSUPP if the type cannot,
 * -EINVAL for a keyring and up to a page that does not end with a number,
 * -EFAULT, -ENOMEM, or an error of the type's.
 */
long keyctl_read(const struct keyctl_args *args)
{
	int ret;

	CLASS(user_key, ref)(args->arg2, 0, KEY_DEFER_PERM_CHECK);

	if (IS_ERR(ref))
		return -ENOKEY;
	ret = may_read(ref);
	if (ret)
		return ret;
	return read_key(key_ref_to_ptr(ref), keyctl_ptr(args->arg3), args->arg4);
}

/**
 * keyctl_set_timeout - limit the life of a key; see keyctl_set_timeout(3)
 * @args: key, seconds from now or 0
 *
 * Context: may sleep.
 * Return: 0; -EACCES with neither Setattr nor the authority to construct the
 * key, -EPERM if the kernel keeps it, or see lookup_user_key().
 */
long keyctl_set_timeout(const struct keyctl_args *args)
{
	key_ref_t ref __free(key_ref_put) = NULL;

	ref = lookup_or_constructing(args->arg2, KEY_LOOKUP_ALL,
				     KEY_NEED_SETATTR);
	if (IS_ERR(ref))
		return PTR_ERR(ref);
	if (key_is_kept(ref))
		return -EPERM;
	key_set_timeout(key_ref_to_ptr(ref), args->arg3);
	return 0;
}

/**
 * keyctl_get_security - copy the security label of a key; see
 * keyctl_get_security(3)
 * @args: key, buffer, its length
 *
 * Nothing is copied unless all of it fits. Without a label it is empty.
 *
 * Context: may sleep.
 * Return: the length of the label with its NUL; -EFAULT, -ENOKEY without View,
 * what a security module said, or see lookup_user_key().
 */
long keyctl_get_security(const struct keyctl_args *args)
{
	char __user *buffer = keyctl_ptr(args->arg3);
	int len;

	key_ref_t ref __free(key_ref_put) = NULL;
	char *label __free(kfree) = NULL;

	ref = lookup_or_constructing(args->arg2, KEY_LOOKUP_PARTIAL,
				     KEY_NEED_VIEW);
	/* Told so ever since whoever constructs the key has been let in */
	if (ref == ERR_PTR(-EACCES))
		return -ENOKEY;
	if (IS_ERR(ref))
		return PTR_ERR(ref);
	len = security_key_getsecurity(key_ref_to_ptr(ref), &label);
	if (len < 0)
		return len;
	if (!len)
		len = 1;
	if (!buffer || args->arg4 < len)
		return len;
	return copy_to_user(buffer, label ?: "", len) ? -EFAULT : len;
}
