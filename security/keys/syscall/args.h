/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The arguments of keyctl(2), and the keys that the arguments name.
 */
#ifndef _KEYS_SYSCALL_ARGS_H
#define _KEYS_SYSCALL_ARGS_H

#include <linux/compiler.h>

#include "../core/key.h"

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
DEFINE_CLASS(user_key, key_ref_t, key_ref_drop(_T),
	     lookup_user_key(id, flags, need),
	     key_serial_t id, unsigned long flags, enum key_need_perm need)

key_ref_t keyctl_lookup_for_admin(key_serial_t id, unsigned long flags,
				  enum key_need_perm need, int mark);

#endif /* _KEYS_SYSCALL_ARGS_H */
