// SPDX-License-Identifier: GPL-2.0-only
/*
 * The arguments of keyctl(2), and the lookup of the keys that they name.
 */
#include <linux/capability.h>

#include "../core/key.h"
#include "args.h"

/**
 * keyctl_lookup_for_admin - look up a key that an administrator may change
 * @id: serial number, or KEY_SPEC_*
 * @flags: KEY_LOOKUP_*
 * @need: permission that the caller needs
 * @mark: KEY_FLAG_ROOT_CAN_*; if the key has this flag, CAP_SYS_ADMIN replaces
 *	the permission
 *
 * CAP_SYS_ADMIN is checked only if the caller lacks the permission, so that no
 * needless use of the capability is audited.
 *
 * Context: may sleep.
 * Return: the key with a reference for the caller; or an ERR_PTR: -EACCES if
 * the caller has neither the permission nor, for a key with @mark,
 * CAP_SYS_ADMIN; or another error of lookup_user_key().
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
