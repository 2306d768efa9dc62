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
#include "handlers.h"

/* Payloads up to this length are read into a buffer on the stack */
#define READ_STACK_SIZE	128

/*
 * Look up a key for an operation that a task with the authority to construct
 * the key may perform without permission.
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

/* Is user space forbidden to remove this key? */
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
 * -EOPNOTSUPP if the type does not support updates, or see key_update().
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
 * keyctl_revoke - revoke a key; see keyctl_revoke(3)
 * @args: key
 *
 * Context: may sleep.
 * Return: 0; -EACCES with neither Write nor Setattr, -EPERM if the key has
 * KEY_FLAG_KEEP, or see lookup_user_key().
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
 * keyctl_invalidate - invalidate a key; see keyctl_invalidate(3)
 * @args: key
 *
 * Context: may sleep.
 * Return: 0; -EACCES without Search, -EPERM if the key has KEY_FLAG_KEEP, or
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

/*
 * Does this change need CAP_SYS_ADMIN? A caller without the capability can only
 * set the present owner, and the present group or one of the caller's groups.
 */
static bool chown_is_privileged(const struct key *key, kuid_t uid, kgid_t gid)
{
	if (uid_valid(uid) && !uid_eq(uid, key->uid))
		return true;
	return gid_valid(gid) && !gid_eq(gid, key->gid) && !in_group_p(gid);
}

/*
 * CAP_SYS_ADMIN in a user namespace is enough for keys whose owner and group
 * are mapped in this namespace. Only a task that has an id itself, or that is
 * privileged in the parent namespace, can map this id. The new owner and group
 * are always mapped, since keyctl_chown() has converted them from numbers in
 * this namespace.
 */
static bool capable_of_chown(const struct key *key)
{
	struct user_namespace *ns = current_user_ns();

	lockdep_assert_held_write(&key->sem);
	/* In the initial namespace, the key may have no valid group */
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
 * Return: 0; -EINVAL for an id that is not mapped in the caller's user
 * namespace; -EACCES without Setattr, or if CAP_SYS_ADMIN in the user namespace
 * is needed and missing, or if it is needed and the key's present owner or
 * group is not mapped there; -ENOMEM, or see key_chown().
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
 * Return: 0; -EINVAL for unknown bits; -EACCES without Setattr, or without
 * CAP_SYS_ADMIN for a key of another user; or see lookup_user_key().
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

/*
 * Format all fields of a description except the last field, which may be long.
 */
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
 * keyctl_describe - describe a key; see keyctl_describe(3)
 * @args: key, buffer, its length
 *
 * Nothing is copied if the description does not fit into the buffer.
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

/*
 * Read the payload once. Returns the length of the whole payload. The payload
 * may have changed when it is read again, as key->sem is dropped in between.
 */
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
	/* The caller must try again with a longer @buf */
	if (len > size && size < buflen)
		return len;
	return copy_to_user(buffer, buf, min_t(size_t, len, size)) ?
		-EFAULT : len;
}

/*
 * Read a payload that does not fit into the buffer on the stack. The buffer is
 * allocated for the length of the payload. The length that user space passes is
 * only an upper limit, since it may be far too large.
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
		/* The payload has grown: try again with a longer buffer */
		len = ret;
	}
}

/*
 * Would the buffer end in the middle of a serial number of a keyring? The
 * length of a buffer that is longer than a page has never been checked, and
 * programs may depend on that.
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

/* The payload can be read with Read permission, or if the key is possessed. */
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
 * A payload that does not fit into the buffer is cut. No lock is held while
 * copying to user space.
 *
 * Context: may sleep.
 * Return: the length of the whole payload; -ENOKEY if the lookup fails for any
 * reason; -EACCES with neither Read nor possession; the error of a negative
 * key; -EKEYREVOKED, -EKEYEXPIRED; -EOPNOTSUPP if the type does not support
 * reading; -EINVAL for a keyring if the buffer is not longer than a page and
 * would cut a serial number; -EFAULT, -ENOMEM, or an error of the type.
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
 * keyctl_set_timeout - set when a key expires; see keyctl_set_timeout(3)
 * @args: key, seconds from now or 0 for never
 *
 * Context: may sleep.
 * Return: 0; -EACCES with neither Setattr nor the authority to construct the
 * key, -EPERM if the key has KEY_FLAG_KEEP, or see lookup_user_key().
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
 * Nothing is copied if the label does not fit into the buffer. A key without a
 * label has an empty string.
 *
 * Context: may sleep.
 * Return: the length of the label with its NUL; -EFAULT, -ENOKEY without View,
 * the error of a security module, or see lookup_user_key().
 */
long keyctl_get_security(const struct keyctl_args *args)
{
	char __user *buffer = keyctl_ptr(args->arg3);
	int len;

	key_ref_t ref __free(key_ref_put) = NULL;
	char *label __free(kfree) = NULL;

	ref = lookup_or_constructing(args->arg2, KEY_LOOKUP_PARTIAL,
				     KEY_NEED_VIEW);
	/* User space has always received ENOKEY here, not EACCES */
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
