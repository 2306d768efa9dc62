// SPDX-License-Identifier: GPL-2.0-only
/*
 * The system calls: add_key(2), request_key(2) and keyctl(2).
 *
 * Each call copies its arguments from user space, and looks up the keys that
 * the arguments name. The lookup checks permissions. Functions in ../process
 * and ../core do the rest. The table options[], at the end of this file, names
 * the function that handles each option (KEYCTL_*) of keyctl(2).
 */
#include <linux/cleanup.h>
#include <linux/compat.h>
#include <linux/cred.h>
#include <linux/err.h>
#include <linux/nospec.h>
#include <linux/slab.h>
#include <linux/syscalls.h>
#include <linux/uaccess.h>
#include <uapi/linux/keyctl.h>

#include "../core/key.h"
#include "../core/reap.h"
#include "../core/type.h"
#include "../process/request_key.h"
#include "copyin.h"
#include "handlers.h"

/*
 * Copy the description of a new key. Returns NULL for an empty or absent
 * description, so that the type's ->preparse() may propose one; or an ERR_PTR:
 * -EPERM for a keyring whose name has a leading dot, because such names are
 * reserved for the kernel, or an error of copy_optional_string().
 */
static char *copy_new_description(const char *type, const char __user *from)
{
	char *desc __free(kfree) =
		copy_optional_string(from, KEY_MAX_DESC_SIZE);

	if (IS_ERR_OR_NULL(desc))
		return no_free_ptr(desc);
	if (!*desc)
		return NULL;
	if (*desc == '.' && !strcmp(type, "keyring"))
		return ERR_PTR(-EPERM);
	return no_free_ptr(desc);
}

/*
 * A system call would fail with EDQUOT if the caller's account (the struct
 * key_user that is charged for the caller's keys) would exceed its quota. But
 * if keys that are charged to the account are just being freed, the call waits
 * until their charge is refunded (subtracted), and tries again. Only system
 * calls do this, because they hold no lock that the task which makes the refund
 * may need.
 */

static bool may_try_again(long ret, struct reap_wait *wait)
{
	return ret == -EDQUOT && reap_wait_again(wait, current_cred());
}

/*
 * If lookup_user_key() cannot make a session keyring, because of the quota or
 * another reason, the error is ENOKEY. So ENOKEY is treated as EDQUOT here.
 * reap_wait_again() returns false if the account has not refused a charge.
 */
static bool may_add_again(long ret, struct reap_wait *wait)
{
	return may_try_again(ret == -ENOKEY ? -EDQUOT : ret, wait);
}

static long add(const char *type, const char *desc,
		const struct payload_copy *payload, key_serial_t ringid)
{
	CLASS(user_key, ring)(ringid, KEY_LOOKUP_CREATE, KEY_NEED_WRITE);

	if (IS_ERR(ring))
		return PTR_ERR(ring);

	key_ref_t key __free(key_ref_put) = NULL;

	key = key_create_or_update(ring, type, desc, payload->data,
				   payload->len, KEY_PERM_UNDEF,
				   KEY_ALLOC_IN_QUOTA);
	if (IS_ERR(key))
		return PTR_ERR(key);
	return key_serial(key_ref_to_ptr(key));
}

static long add_patiently(const char *type, const char *desc,
			  const struct payload_copy *payload,
			  key_serial_t ringid)
{
	struct reap_wait wait = {};
	long ret;

	do {
		ret = add(type, desc, payload, ringid);
	} while (may_add_again(ret, &wait));
	reap_wait_end(&wait);
	return ret;
}

/**
 * sys_add_key - make or update a key; see add_key(2)
 * @utype: name of the key's type
 * @udesc: description of the key
 * @udata: payload of the key
 * @len: length of the payload in bytes
 * @ringid: keyring to link the key into
 *
 * Return: the serial number of the key; -EPERM for a type or a keyring whose
 * name has a leading dot, which is reserved for the kernel; -EINVAL for an
 * empty type name, or for a string or a payload that is too long; -EFAULT;
 * -ENOMEM; an error of lookup_user_key() for the keyring; -ENODEV for an
 * unknown type; or see key_create_or_update().
 */
SYSCALL_DEFINE5(add_key, const char __user *, utype, const char __user *, udesc,
		const void __user *, udata, size_t, len, key_serial_t, ringid)
{
	struct payload_copy payload __free(payload_copy) = {};
	char type[KEY_TYPE_NAME_SIZE];
	int ret;

	if (len > KEY_MAX_PAYLOAD)
		return -EINVAL;
	/* Before the payload is copied, since waiting tasks keep their copies */
	reap_throttle();
	ret = copy_type_name(type, utype);
	if (ret)
		return ret;

	char *desc __free(kfree) = copy_new_description(type, udesc);

	if (IS_ERR(desc))
		return PTR_ERR(desc);
	ret = copy_payload(&payload, udata, len);
	if (ret)
		return ret;
	return add_patiently(type, desc, &payload, ringid);
}

static long request_and_wait(struct key_request *request, const char *type)
{
	int ret;

	/*
	 * request->type must stay registered while the helper constructs the
	 * key. unregister_key_type() waits until this guard is released.
	 */
	guard(key_types)();
	request->type = key_type_find(type);
	if (!request->type)
		return -ENOKEY;

	struct key *key __free(key_put) = request_key_and_link(request);

	if (IS_ERR(key))
		return PTR_ERR(key);
	ret = wait_for_key_construction(key, true);
	return ret < 0 ? ret : key_serial(key);
}

static void callout_drop(void *callout)
{
	if (!IS_ERR(callout))
		kfree_sensitive(callout);
}

/* The string may hold a secret for the helper */
DEFINE_FREE(callout, void *, callout_drop(_T))

/**
 * sys_request_key - find a key, or construct the key; see request_key(2)
 * @utype: name of the key's type
 * @udesc: description of the key
 * @uinfo: string for the helper, which constructs the key if no key is found;
 *	NULL to search only
 * @ringid: keyring to link the key into. If 0, a key that is found is not
 *	linked, and a new key is linked into the default destination, see
 *	keyctl_set_reqkey_keyring(3).
 *
 * Return: the serial number of the key; -EPERM for a type whose name has a
 * leading dot, which is reserved for the kernel; -EINVAL for an empty type
 * name, or for a string that is too long; -EFAULT; -ENOMEM; an error of
 * lookup_user_key() for the keyring; -ENOKEY for an unknown type; -ERESTARTSYS
 * if a signal ended the wait for the helper; or see request_key_and_link() and
 * wait_for_key_construction().
 */
SYSCALL_DEFINE4(request_key, const char __user *, utype,
		const char __user *, udesc, const char __user *, uinfo,
		key_serial_t, ringid)
{
	struct key_request request = { .flags = KEY_ALLOC_IN_QUOTA };
	char type[KEY_TYPE_NAME_SIZE];
	int ret;

	/*
	 * Before the strings are copied, since waiting tasks keep their copies,
	 * and before the look-up, which may make a keyring
	 */
	reap_throttle();
	ret = copy_type_name(type, utype);
	if (ret)
		return ret;

	char *desc __free(kfree) = copy_description(udesc);

	if (IS_ERR(desc))
		return PTR_ERR(desc);

	char *callout __free(callout) = NULL;

	callout = copy_optional_string(uinfo, PAGE_SIZE);
	if (IS_ERR(callout))
		return PTR_ERR(callout);

	key_ref_t ring __free(key_ref_put) = NULL;

	if (ringid) {
		ring = lookup_user_key(ringid, KEY_LOOKUP_CREATE,
				       KEY_NEED_WRITE);
		if (IS_ERR(ring))
			return PTR_ERR(ring);
	}
	request.description = desc;
	request.callout_info = callout;
	request.callout_len = callout ? strlen(callout) : 0;
	request.dest_keyring = key_ref_to_ptr(ring);
	return request_and_wait(&request, type);
}

/* The bit KEYCTL_CAPS<cap> if CONFIG_<option> is enabled, otherwise 0 */
#define CAP_IF(option, cap)	(IS_ENABLED(CONFIG_##option) ? KEYCTL_CAPS##cap : 0)

#define CAPS_ALWAYS							\
	(KEYCTL_CAPS0_CAPABILITIES | KEYCTL_CAPS0_INVALIDATE |		\
	 KEYCTL_CAPS0_MOVE | KEYCTL_CAPS0_RESTRICT_KEYRING)

/* One bit for each feature of this kernel; see keyctl_capabilities(3) */
static const unsigned char capabilities[] = {
	CAPS_ALWAYS |
	CAP_IF(ASYMMETRIC_KEY_TYPE, 0_PUBLIC_KEY) |
	CAP_IF(BIG_KEYS, 0_BIG_KEY) |
	CAP_IF(KEY_DH_OPERATIONS, 0_DIFFIE_HELLMAN) |
	CAP_IF(PERSISTENT_KEYRINGS, 0_PERSISTENT_KEYRINGS),

	KEYCTL_CAPS1_NS_KEYRING_NAME |
	CAP_IF(KEY_NOTIFICATIONS, 1_NOTIFICATIONS) |
	CAP_IF(NET, 1_NS_KEY_TAG),
};

/* keyctl_capabilities(3) documents two bytes. Their number is the result. */
static_assert(sizeof(capabilities) == 2);

/*
 * KEYCTL_CAPABILITIES. Arguments: buffer, its length. If the buffer is longer
 * than capabilities[], the rest is cleared: a program that knows more bytes
 * than this kernel sees that the kernel lacks the features of these bytes.
 */
static long keyctl_capabilities(const struct keyctl_args *args)
{
	unsigned char __user *buffer = keyctl_ptr(args->arg2);
	size_t buflen = args->arg3;
	size_t len = min(buflen, sizeof(capabilities));

	if (len && copy_to_user(buffer, capabilities, len))
		return -EFAULT;
	if (buflen > len && clear_user(buffer + len, buflen - len))
		return -EFAULT;
	return sizeof(capabilities);
}

#ifdef CONFIG_COMPAT
static int copy_kdf_params_compat(struct keyctl_kdf_params *kdf,
				  const void __user *from)
{
	struct compat_keyctl_kdf_params compat;

	if (copy_from_user(&compat, from, sizeof(compat)))
		return -EFAULT;
	kdf->hashname = compat_ptr(compat.hashname);
	kdf->otherinfo = compat_ptr(compat.otherinfo);
	kdf->otherinfolen = compat.otherinfolen;
	memcpy(kdf->__spare, compat.__spare, sizeof(kdf->__spare));
	return 0;
}
#else
static int copy_kdf_params_compat(struct keyctl_kdf_params *kdf,
				  const void __user *from)
{
	return -EFAULT;
}
#endif

static int copy_kdf_params(struct keyctl_kdf_params *kdf,
			   const void __user *from)
{
	if (in_compat_syscall())
		return copy_kdf_params_compat(kdf, from);
	return copy_from_user(kdf, from, sizeof(*kdf)) ? -EFAULT : 0;
}

/*
 * KEYCTL_DH_COMPUTE. Arguments: struct keyctl_dh_params with the keys, buffer
 * for the result, its length, struct keyctl_kdf_params or NULL.
 */
static long keyctl_dh(const struct keyctl_args *args)
{
	struct keyctl_kdf_params kdf = {};
	int ret;

	if (!IS_ENABLED(CONFIG_KEY_DH_OPERATIONS))
		return -EOPNOTSUPP;
	if (args->arg5) {
		ret = copy_kdf_params(&kdf, keyctl_ptr(args->arg5));
		if (ret)
			return ret;
	}
	return keyctl_dh_compute(keyctl_ptr(args->arg2), keyctl_ptr(args->arg3),
				 args->arg4, args->arg5 ? &kdf : NULL);
}

/*
 * KEYCTL_PKEY_QUERY. Arguments: key, 0, string "enc=..." and "hash=...", struct
 * keyctl_pkey_query for the result.
 */
static long keyctl_query(const struct keyctl_args *args)
{
	if (args->arg3)
		return -EINVAL;
	return keyctl_pkey_query(args->arg2, keyctl_ptr(args->arg4),
				 keyctl_ptr(args->arg5));
}

static long pkey_operation(int op, const struct keyctl_args *args)
{
	return keyctl_pkey_e_d_s(op, keyctl_ptr(args->arg2),
				 keyctl_ptr(args->arg3),
				 keyctl_ptr(args->arg4),
				 keyctl_ptr(args->arg5));
}

/*
 * KEYCTL_PKEY_ENCRYPT. Arguments: struct keyctl_pkey_params with the key and
 * the lengths of both buffers, string "enc=..." and "hash=...", buffer with the
 * input, buffer for the output.
 */
static long keyctl_encrypt(const struct keyctl_args *args)
{
	return pkey_operation(KEYCTL_PKEY_ENCRYPT, args);
}

/* KEYCTL_PKEY_DECRYPT. Arguments: as for KEYCTL_PKEY_ENCRYPT. */
static long keyctl_decrypt(const struct keyctl_args *args)
{
	return pkey_operation(KEYCTL_PKEY_DECRYPT, args);
}

/* KEYCTL_PKEY_SIGN. Arguments: as for KEYCTL_PKEY_ENCRYPT. */
static long keyctl_sign(const struct keyctl_args *args)
{
	return pkey_operation(KEYCTL_PKEY_SIGN, args);
}

/*
 * KEYCTL_PKEY_VERIFY. Arguments: as for KEYCTL_PKEY_ENCRYPT, but the buffers
 * contain the digest that was signed and the signature.
 */
static long keyctl_verify(const struct keyctl_args *args)
{
	return keyctl_pkey_verify(keyctl_ptr(args->arg2),
				  keyctl_ptr(args->arg3),
				  keyctl_ptr(args->arg4),
				  keyctl_ptr(args->arg5));
}

/* Bits of ->pointers in struct keyctl_option: this argument is a pointer */
#define ARG2	0x1
#define ARG3	0x2
#define ARG4	0x4
#define ARG5	0x8

/**
 * struct keyctl_option - one option of keyctl(2)
 * @handler: function that implements the option
 * @pointers: arguments that are pointers (ARG2 to ARG5), which must be
 *	converted if a 32-bit process passes them to a 64-bit kernel
 * @again: if @handler returns -EDQUOT, wait for a refund and call @handler
 *	again. Only for handlers that charge the caller's account, and that have
 *	changed nothing when they return -EDQUOT
 */
struct keyctl_option {
	long (*handler)(const struct keyctl_args *args);
	u8 pointers;
	bool again;
};

static const struct keyctl_option options[] = {
	[KEYCTL_GET_KEYRING_ID]		= { keyctl_get_keyring_id },
	[KEYCTL_JOIN_SESSION_KEYRING]	= { keyctl_join_session, ARG2, true },
	[KEYCTL_UPDATE]			= { keyctl_update, ARG3, true },
	[KEYCTL_REVOKE]			= { keyctl_revoke },
	[KEYCTL_CHOWN]			= { keyctl_chown },
	[KEYCTL_SETPERM]		= { keyctl_setperm },
	[KEYCTL_DESCRIBE]		= { keyctl_describe, ARG3 },
	[KEYCTL_CLEAR]			= { keyctl_clear },
	[KEYCTL_LINK]			= { keyctl_link, 0, true },
	[KEYCTL_UNLINK]			= { keyctl_unlink },
	[KEYCTL_SEARCH]			= { keyctl_search, ARG3 | ARG4, true },
	[KEYCTL_READ]			= { keyctl_read, ARG3 },
	[KEYCTL_INSTANTIATE]		= { keyctl_instantiate, ARG3 },
	[KEYCTL_NEGATE]			= { keyctl_negate },
	[KEYCTL_SET_REQKEY_KEYRING]	= { keyctl_set_reqkey_keyring },
	[KEYCTL_SET_TIMEOUT]		= { keyctl_set_timeout },
	[KEYCTL_ASSUME_AUTHORITY]	= { keyctl_assume_authority },
	[KEYCTL_GET_SECURITY]		= { keyctl_get_security, ARG3 },
	[KEYCTL_SESSION_TO_PARENT]	= { keyctl_session_to_parent },
	[KEYCTL_REJECT]			= { keyctl_reject },
	[KEYCTL_INSTANTIATE_IOV]	= { keyctl_instantiate_iov, ARG3 },
	[KEYCTL_INVALIDATE]		= { keyctl_invalidate },
	[KEYCTL_GET_PERSISTENT]		= { keyctl_persistent, 0, true },
	[KEYCTL_DH_COMPUTE]		= { keyctl_dh, ARG2 | ARG3 | ARG5 },
	[KEYCTL_PKEY_QUERY]		= { keyctl_query, ARG4 | ARG5 },
	[KEYCTL_PKEY_ENCRYPT] = { keyctl_encrypt, ARG2 | ARG3 | ARG4 | ARG5 },
	[KEYCTL_PKEY_DECRYPT] = { keyctl_decrypt, ARG2 | ARG3 | ARG4 | ARG5 },
	[KEYCTL_PKEY_SIGN]    = { keyctl_sign, ARG2 | ARG3 | ARG4 | ARG5 },
	[KEYCTL_PKEY_VERIFY]  = { keyctl_verify, ARG2 | ARG3 | ARG4 | ARG5 },
	[KEYCTL_RESTRICT_KEYRING]	= { keyctl_restrict, ARG3 | ARG4 },
	[KEYCTL_MOVE]			= { keyctl_move, 0, true },
	[KEYCTL_CAPABILITIES]		= { keyctl_capabilities, ARG2 },
	[KEYCTL_WATCH_KEY]		= { keyctl_watch_key },
};

/*
 * Each number from 0 to KEYCTL_WATCH_KEY is an option. So no entry lacks a
 * handler, and call() need not check for NULL.
 */
static_assert(ARRAY_SIZE(options) == KEYCTL_WATCH_KEY + 1);

static const struct keyctl_option *find_option(u32 option)
{
	if (option >= ARRAY_SIZE(options))
		return NULL;
	return &options[array_index_nospec(option, ARRAY_SIZE(options))];
}

/*
 * Repeat a call that failed with EDQUOT, as long as a refund is expected: a
 * charge of the account is about to be subtracted again. The failed call has
 * changed nothing, see @again of struct keyctl_option. Not inline, so that a
 * call that does not fail needs no stack for @wait.
 */
static noinline long call_again(const struct keyctl_option *opt,
				const struct keyctl_args *args)
{
	struct reap_wait wait = {};
	long ret = -EDQUOT;

	while (may_try_again(ret, &wait))
		ret = opt->handler(args);
	reap_wait_end(&wait);
	return ret;
}

static long call(const struct keyctl_option *opt,
		 const struct keyctl_args *args)
{
	long ret;

	reap_throttle();
	ret = opt->handler(args);
	return ret == -EDQUOT && opt->again ? call_again(opt, args) : ret;
}

/**
 * sys_keyctl - all operations on keys but add_key(2) and request_key(2)
 * @option: the operation, KEYCTL_*
 * @arg2: depends on @option
 * @arg3: depends on @option
 * @arg4: depends on @option
 * @arg5: depends on @option
 *
 * See keyctl(2).
 *
 * Return: depends on @option; -EOPNOTSUPP for an unknown option, or for an
 * option that the kernel was built without.
 */
SYSCALL_DEFINE5(keyctl, int, option, unsigned long, arg2, unsigned long, arg3,
		unsigned long, arg4, unsigned long, arg5)
{
	const struct keyctl_option *opt = find_option(option);
	const struct keyctl_args args = { arg2, arg3, arg4, arg5 };

	return opt ? call(opt, &args) : -EOPNOTSUPP;
}

#ifdef CONFIG_COMPAT
static unsigned long translate(u32 arg, bool pointer)
{
	return pointer ? (unsigned long)compat_ptr(arg) : arg;
}

/*
 * keyctl(2) of a 32-bit process on a 64-bit kernel. Converts the pointers among
 * the arguments, and then does the same as sys_keyctl().
 */
COMPAT_SYSCALL_DEFINE5(keyctl, u32, option, u32, arg2, u32, arg3, u32, arg4,
		       u32, arg5)
{
	const struct keyctl_option *opt = find_option(option);
	struct keyctl_args args;

	if (!opt)
		return -EOPNOTSUPP;
	args.arg2 = translate(arg2, opt->pointers & ARG2);
	args.arg3 = translate(arg3, opt->pointers & ARG3);
	args.arg4 = translate(arg4, opt->pointers & ARG4);
	args.arg5 = translate(arg5, opt->pointers & ARG5);
	return call(opt, &args);
}
#endif
