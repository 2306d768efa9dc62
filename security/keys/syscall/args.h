/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The arguments of keyctl(2), and the lookup of the keys that they name.
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
 * What an argument means depends on the option of keyctl(2). Pointers that a
 * 32-bit process passed have already been converted. Key ids, UIDs, GIDs and
 * flags are 32 bits wide: the upper bits of such an argument are ignored.
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

/*
 * CLASS(user_key, ref)(id, flags, need) declares the variable ref and sets it
 * to the result of lookup_user_key(). The end of the scope drops the reference
 * to the key.
 */
DEFINE_CLASS(user_key, key_ref_t, key_ref_drop(_T),
	     lookup_user_key(id, flags, need),
	     key_serial_t id, unsigned long flags, enum key_need_perm need)

key_ref_t keyctl_lookup_for_admin(key_serial_t id, unsigned long flags,
				  enum key_need_perm need, int mark);

#endif /* _KEYS_SYSCALL_ARGS_H */
