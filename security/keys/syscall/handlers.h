/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The functions that implement the options (KEYCTL_*) of keyctl(2).
 */
#ifndef _KEYS_SYSCALL_HANDLERS_H
#define _KEYS_SYSCALL_HANDLERS_H

#include "args.h"

struct keyctl_dh_params;
struct keyctl_kdf_params;
struct keyctl_pkey_params;
struct keyctl_pkey_query;

/* keyctl_key.c: options that work on one key */
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

/* keyctl_instantiate.c: options for helpers, which construct requested keys */
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

#endif /* _KEYS_SYSCALL_HANDLERS_H */
