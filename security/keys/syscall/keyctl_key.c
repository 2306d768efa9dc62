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

/*
 * Maximum length in bytes of a payload that is read into a buffer on the stack,
 * because this is faster. For a longer payload, read_long() allocates a buffer,
 * because the stack is small.
 */
#define READ_STACK_SIZE	128

/*
 * Look up a key. A caller that lacks the permission @need may use the key, too,
 * if the caller's keyrings link the authorisation key of the key, that is, if
 * the caller has the right to construct the key.
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

/* The error of a caller who may neither use a key nor construct the key. */
static int not_constructing(key_serial_t id)
{
	struct key *authkey __free(key_put) = get_instantiation_authkey(id);

	return IS_ERR(authkey) ? PTR_ERR(authkey) : -EACCES;
}

/* Is user space forbidden to revoke, invalidate or expire this key? */
static bool key_is_kept(const key_ref_t ref)
{
	return test_bit(KEY_FLAG_KEEP, &key_ref_to_ptr(ref)->flags);
}

/**
 * keyctl_update - replace the payload of a key; see keyctl_update(3)
 * @args: key, payload, its length
 *
 * Context: may sleep.
 * Return: 0; -EINVAL for a payload that is longer than a page, -EFAULT,
 * -ENOMEM, -EACCES without Write permission, -EOPNOTSUPP if the type does not
 * support updates, or see lookup_user_key() and key_update().
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
 * Return: 0; -EACCES with neither Write nor Setattr permission, -EPERM if the
 * key has KEY_FLAG_KEEP, or see lookup_user_key().
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
 * Return: 0; -EACCES without Search permission, unless the key has
 * KEY_FLAG_ROOT_CAN_INVAL and the caller has CAP_SYS_ADMIN; -EPERM if the key
 * has KEY_FLAG_KEEP; or see lookup_user_key().
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
 * Does this change need CAP_SYS_ADMIN? A caller without the capability cannot
 * change the owner, and can change the group only to one of the caller's
 * groups. An invalid @uid or @gid means no change.
 */
static bool chown_is_privileged(const struct key *key, kuid_t uid, kgid_t gid)
{
	if (uid_valid(uid) && !uid_eq(uid, key->uid))
		return true;
	return gid_valid(gid) && !gid_eq(gid, key->gid) && !in_group_p(gid);
}

/*
 * Does the caller have CAP_SYS_ADMIN for this key? The capability in the
 * caller's user namespace is enough if the key's present owner and group are
 * mapped in this namespace. A UID or GID can be mapped only by a task that has
 * this UID or GID itself, or that is privileged in the parent namespace. So an
 * unprivileged task gets no power over other users' keys when it makes a
 * namespace. The new owner and group are always mapped, since keyctl_chown()
 * has converted them from numbers in this namespace.
 */
static bool capable_of_chown(const struct key *key)
{
	struct user_namespace *ns = current_user_ns();

	lockdep_assert_held_write(&key->sem);
	/*
	 * The initial namespace maps all valid ids. The mapping is not checked
	 * there, because a key without a valid group would fail the check.
	 */
	if (ns != &init_user_ns &&
	    (!kuid_has_mapping(ns, key->uid) ||
	     !kgid_has_mapping(ns, key->gid)))
		return false;
	return ns_capable(ns, CAP_SYS_ADMIN);
}

/**
 * keyctl_chown - change the owner and the group of a key; see keyctl_chown(3)
 * @args: key, UID or -1 to keep the owner, GID or -1 to keep the group
 *
 * Context: may sleep.
 * Return: 0; -EINVAL for a UID or GID that is not mapped in the caller's user
 * namespace; -EACCES without Setattr permission; -EACCES, too, for a change
 * that needs CAP_SYS_ADMIN if the caller lacks this capability in its user
 * namespace, or if the key's present owner or group is not mapped there;
 * -ENOMEM; or see lookup_user_key() and key_chown().
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
	guard(rwsem_write)(&key->sem);
	if (chown_is_privileged(key, uid, gid) && !capable_of_chown(key))
		return -EACCES;
	/* Not before: else any user could make accounts of any other user */
	if (uid_valid(uid) && !uid_eq(uid, key->uid)) {
		owner = key_user_get(uid);
		if (!owner)
			return -ENOMEM;
	}
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
 * Return: 0; -EINVAL for unknown bits; -EACCES without Setattr permission, or
 * without CAP_SYS_ADMIN for a key whose owner is not the caller's filesystem
 * UID; or see lookup_user_key().
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
 * Write the type, UID, GID and permission mask of a key, as KEYCTL_DESCRIBE
 * returns them. The last field, the description of the key, may be long, so
 * keyctl_describe() copies that field directly to user space.
 */
static size_t format_attributes(const struct key *key, char *buf, size_t size)
{
	struct user_namespace *ns = current_user_ns();

	guard(key_types)();
	return scnprintf(buf, size, "%s;%d;%d;%08x;", key_type_of(key)->name,
			 from_kuid_munged(ns, READ_ONCE(key->uid)),
			 from_kgid_munged(ns, READ_ONCE(key->gid)),
			 READ_ONCE(key->perm));
}

/**
 * keyctl_describe - describe a key; see keyctl_describe(3)
 * @args: key, buffer or NULL, its length
 *
 * The result is a string "type;uid;gid;mask;description". Nothing is copied if
 * the string does not fit into the buffer.
 *
 * Context: may sleep.
 * Return: the length of the string with its NUL; -EFAULT, -EACCES with neither
 * View permission nor the authority (the right, given by an authorisation key)
 * to construct the key, or see lookup_user_key().
 */
long keyctl_describe(const struct keyctl_args *args)
{
	char __user *buffer = keyctl_ptr(args->arg3);
	/*
	 * Room for the type and a NUL, UID and GID of up to eleven characters
	 * each ("%d"), mask, four semicolons
	 */
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
 * Read the payload into @buf, unless @buf is NULL. Returns the length of the
 * whole payload, which may be more than @size, or an error. If the caller calls
 * this function again, the payload may be another one, since key->sem is
 * released between the calls.
 */
static long read_payload(struct key *key, char *buf, size_t size)
{
	const struct key_type *type;
	long ret;

	guard(key_types)();
	guard(rwsem_read)(&key->sem);
	ret = key_validate(key);
	if (ret)
		return ret;
	type = key_type_of(key);
	return type->read ? type->read(key, buf, size) : -EOPNOTSUPP;
}

static long read_to_user(struct key *key, char *buf, size_t size,
			 char __user *buffer, size_t buflen)
{
	long len = read_payload(key, buf, size);

	if (len < 0)
		return len;
	/*
	 * Copy nothing: the user's buffer has room for more than @buf. The
	 * caller must try again with a longer @buf.
	 */
	if (len > size && size < buflen)
		return len;
	return copy_to_user(buffer, buf, min_t(size_t, len, size)) ?
		-EFAULT : len;
}

/*
 * Read a payload that does not fit into the buffer on the stack of read_key().
 * A buffer is allocated for @len, the length of the payload at the last
 * attempt. @buflen, the length of the user's buffer, is only an upper limit,
 * since user space may pass a number that is far too large.
 */
static long read_long(struct key *key, size_t len, char __user *buffer,
		      size_t buflen)
{
	size_t size;
	long ret;

	for (;;) {
		struct payload_copy copy __free(payload_copy) = {};

		size = min(len, buflen);
		copy.data = kvzalloc(size, GFP_KERNEL_ACCOUNT);
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
 * To read a keyring is to copy an array of serial numbers. Would the user's
 * buffer end in the middle of a serial number? If the buffer is longer than a
 * page, its length has never been checked, and programs may depend on that.
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

/*
 * May the caller read the payload? Either Read permission or possession of the
 * key is enough. Returns 0, -EACCES, the error of a negative key, -ENOKEY for
 * an uninstantiated key, or the error of a security module.
 */
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
 * If the payload does not fit into the buffer, the buffer is filled with the
 * beginning of the payload, or with zeroes if the type does not read a payload
 * in part. No lock is held while copying to user space, because a page fault
 * may sleep for as long as user space chooses.
 *
 * Context: may sleep.
 * Return: the length of the whole payload; -ENOKEY if the lookup fails for any
 * reason; -EACCES if the caller neither has Read permission nor possesses the
 * key; the error of a negative key; -EKEYREVOKED, -EKEYEXPIRED; -EOPNOTSUPP if
 * the type does not support reading; -EINVAL for a keyring if the buffer is not
 * longer than a page and would end in the middle of a serial number; -EFAULT,
 * -ENOMEM, or an error of the type or of a security module.
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
 * Return: 0; -EACCES with neither Setattr permission nor the authority (the
 * right, given by an authorisation key) to construct the key, -EPERM if the key
 * has KEY_FLAG_KEEP, or see lookup_user_key().
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
 * @args: key, buffer or NULL, its length
 *
 * Nothing is copied if the label does not fit into the buffer. The label of a
 * key that has none is an empty string.
 *
 * Context: may sleep.
 * Return: the length of the label with its NUL; -EFAULT; the error of
 * get_instantiation_authkey(), with neither View permission nor the authority
 * (the right, given by an authorisation key) to construct the key; the error of
 * a security module; or see lookup_user_key().
 */
long keyctl_get_security(const struct keyctl_args *args)
{
	char __user *buffer = keyctl_ptr(args->arg3);
	int len;

	key_ref_t ref __free(key_ref_put) = NULL;
	char *label __free(kfree) = NULL;

	ref = lookup_or_constructing(args->arg2, KEY_LOOKUP_PARTIAL,
				     KEY_NEED_VIEW);
	/* User space has always received this error here, mostly ENOKEY */
	if (ref == ERR_PTR(-EACCES))
		return not_constructing(args->arg2);
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

#if IS_ENABLED(CONFIG_KEYS_KUNIT_TEST)
#include "../tests/keyctl_kunit.c"
#endif
