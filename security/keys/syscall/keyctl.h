/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The functions that implement the options of keyctl(2).
 */
#ifndef _KEYS_SYSCALL_KEYCTL_H
#define _KEYS_SYSCALL_KEYCTL_H

#include <linux/compiler.h>
#include <linux/err.h>

#include "../core/key.h"

struct keyctl_dh_params;
struct keyctl_kdf_params;
struct keyctl_pkey_params;
struct keyctl_pkey_query;

/**
 * struct keyctl_args - the arguments of one call of keyctl(2)
 * @arg2: second argument
 * @arg3: third argument
 * @arg4: fourth argument
 * @arg5: fifth argument
 *
 * Pointers have been converted from the caller's ABI. Ids, uids, gids and flags
 * are 32 bits wide: their upper bits are ignored.
 */
struct keyctl_args {
	unsigned long	arg2;
	unsigned long	arg3;
	unsigned long	arg4;
	unsigned long	arg5;
};

/**
 * keyctl_ptr - convert an argument to a user space pointer
 * @arg: the argument
 *
 * Return: the pointer.
 */
static inline void __user *keyctl_ptr(unsigned long arg)
{
	return (void __user *)arg;
}

/* CLASS(user_key, ref)(id, flags, need): lookup_user_key() for one scope */
DEFINE_CLASS(user_key, key_ref_t, if (!IS_ERR(_T)) key_ref_put(_T),
	     lookup_user_key(id, flags, need),
	     key_serial_t id, unsigned long flags, enum key_need_perm need)

/* keyctl_key.c: options that work on one key */
key_ref_t keyctl_lookup_for_admin(key_serial_t id, unsigned long flags,
				  enum key_need_perm need, int mark);
long keyctl_update(const struct keyctl_args *args);
long keyctl_revoke(const struct keyctl_args *args);
long keyctl_invalidate(const struct keyctl_args *args);
long keyctl_chown(const struct keyctl_args *args);
long keyctl_setperm(const struct keyctl_args *args);
long keyctl_describe(const struct keyctl_args *args);
long keyctl_read(const struct keyctl_args *args);
long keyctl_set_timeout(const struct keyctl_args *args);
long keyctl_get_security(const struct keyctl_args *args);

/* keyctl_ring.c: options that work on keyrings */
long keyctl_get_keyring_id(const struct keyctl_args *args);
long keyctl_join_session(const struct keyctl_args *args);
long keyctl_clear(const struct keyctl_args *args);
long keyctl_link(const struct keyctl_args *args);
long keyctl_unlink(const struct keyctl_args *args);
long keyctl_search(const struct keyctl_args *args);
long keyctl_move(const struct keyctl_args *args);
long keyctl_restrict(const struct keyctl_args *args);
long keyctl_session_to_parent(const struct keyctl_args *args);
long keyctl_persistent(const struct keyctl_args *args);
long keyctl_set_reqkey_keyring(const struct keyctl_args *args);

/* keyctl_instantiate.c: options that work on a key under construction */
long keyctl_instantiate(const struct keyctl_args *args);
long keyctl_instantiate_iov(const struct keyctl_args *args);
long keyctl_negate(const struct keyctl_args *args);
long keyctl_reject(const struct keyctl_args *args);
long keyctl_assume_authority(const struct keyctl_args *args);

#ifdef CONFIG_KEY_NOTIFICATIONS
long keyctl_watch_key(const struct keyctl_args *args);
#else
static inline long keyctl_watch_key(const struct keyctl_args *args)
{
	return -EOPNOTSUPP;
}
#endif

#ifdef CONFIG_KEY_DH_OPERATIONS
long keyctl_dh_compute(struct keyctl_dh_params __user *params,
		       char __user *buffer, size_t buflen,
		       struct keyctl_kdf_params *kdf);
#else
static inline long keyctl_dh_compute(struct keyctl_dh_params __user *params,
				     char __user *buffer, size_t buflen,
				     struct keyctl_kdf_params *kdf)
{
	return -EOPNOTSUPP;
}
#endif

#ifdef CONFIG_ASYMMETRIC_KEY_TYPE
long keyctl_pkey_query(key_serial_t id, const char __user *info,
		       struct keyctl_pkey_query __user *res);
long keyctl_pkey_e_d_s(int op, const struct keyctl_pkey_params __user *params,
		       const char __user *info, const void __user *in,
		       void __user *out);
long keyctl_pkey_verify(const struct keyctl_pkey_params __user *params,
			const char __user *info, const void __user *in,
			const void __user *in2);
#else
static inline long keyctl_pkey_query(key_serial_t id, const char __user *info,
				     struct keyctl_pkey_query __user *res)
{
	return -EOPNOTSUPP;
}

static inline long
keyctl_pkey_e_d_s(int op, const struct keyctl_pkey_params __user *params,
		  const char __user *info, const void __user *in,
		  void __user *out)
{
	return -EOPNOTSUPP;
}

static inline long
keyctl_pkey_verify(const struct keyctl_pkey_params __user *params,
		   const char __user *info, const void __user *in,
		   const void __user *in2)
{
	return -EOPNOTSUPP;
}
#endif

#endif /* _KEYS_SYSCALL_KEYCTL_H */
