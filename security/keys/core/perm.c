// SPDX-License-Identifier: GPL-2.0-only
/*
 * Permission checks on keys; see keyrings(7).
 */
#include <linux/export.h>
#include <linux/key-type.h>
#include <linux/lsm_hooks.h>
#include <linux/security.h>

#include "perm.h"

/* Positions of the bits of possessor, owner, group and others in a mask */
#define PERM_POS_SHIFT	24
#define PERM_USR_SHIFT	16
#define PERM_GRP_SHIFT	8
#define PERM_OTH_SHIFT	0

/**
 * key_perm_granted - compute the permissions that a mask grants
 * @perm: permission mask
 * @owner: the subject owns the key
 * @group: the subject is in the key's group
 * @possessed: the subject possesses the key
 *
 * Only the first of owner, group and others that applies is used. If the
 * subject possesses the key, the possessor's bits are added.
 *
 * Context: any.
 * Return: the granted bits, KEY_VIEW to KEY_SETATTR.
 */
unsigned int key_perm_granted(key_perm_t perm, bool owner, bool group,
			      bool possessed)
{
	unsigned int granted;

	granted = perm >> (owner ? PERM_USR_SHIFT :
			   group ? PERM_GRP_SHIFT : PERM_OTH_SHIFT);
	if (possessed)
		granted |= perm >> PERM_POS_SHIFT;
	return granted & 0xff;
}

/**
 * key_default_perm - get the default permission mask of new keys of a type
 * @type: type
 *
 * The possessor gets the permissions that are useful for the type, and the
 * owner may view the attributes of the key. See keyrings(7).
 *
 * Context: any.
 * Return: the permission mask.
 */
key_perm_t key_default_perm(const struct key_type *type)
{
	key_perm_t perm = KEY_POS_VIEW | KEY_POS_SEARCH | KEY_POS_LINK |
			  KEY_POS_SETATTR | KEY_USR_VIEW;

	if (type->read)
		perm |= KEY_POS_READ;
	if (type == &key_type_keyring || type->update)
		perm |= KEY_POS_WRITE;
	return perm;
}

/*
 * Get the bit of the mask for a permission; 0 if the permission has no bit, so
 * that only security modules check it; -EACCES for an unknown value.
 */
static int needed_bit(enum key_need_perm need_perm)
{
	switch (need_perm) {
	case KEY_NEED_VIEW:
		return KEY_VIEW;
	case KEY_NEED_READ:
		return KEY_READ;
	case KEY_NEED_WRITE:
		return KEY_WRITE;
	case KEY_NEED_SEARCH:
		return KEY_SEARCH;
	case KEY_NEED_LINK:
		return KEY_LINK;
	case KEY_NEED_SETATTR:
		return KEY_SETATTR;
	case KEY_NEED_UNLINK:
	case KEY_SYSADMIN_OVERRIDE:
	case KEY_AUTHTOKEN_OVERRIDE:
	case KEY_DEFER_PERM_CHECK:
		return 0;
	default:
		return -EACCES;
	}
}

static bool in_key_group(const struct key *key, key_perm_t perm,
			 const struct cred *cred)
{
	kgid_t gid = READ_ONCE(key->gid);

	if (!gid_valid(gid) || !(perm & KEY_GRP_ALL))
		return false;
	return gid_eq(gid, cred->fsgid) ||
	       groups_search(cred->group_info, gid);
}

/*
 * Check a permission by the mask of the key. Inlined into both callers for
 * speed, because each system call on a key checks permissions several times.
 */
static inline int mask_permission(const key_ref_t key_ref,
				  const struct cred *cred,
				  enum key_need_perm need_perm)
{
	struct key *key = key_ref_to_ptr(key_ref);
	bool possessed = is_key_possessed(key_ref);
	key_perm_t perm = READ_ONCE(key->perm);
	int need = needed_bit(need_perm);
	unsigned int granted;
	bool owner;

	if (WARN_ON_ONCE(need < 0))
		return need;
	/* If possession grants the permission, the other bits do not matter */
	if (!need || (possessed && (perm >> PERM_POS_SHIFT) & need))
		return 0;
	owner = uid_eq(READ_ONCE(key->uid), cred->fsuid);
	granted = key_perm_granted(perm, owner,
				   !owner && in_key_group(key, perm, cred),
				   possessed);
	return granted & need ? 0 : -EACCES;
}

/**
 * key_mask_permission - check a subject's permission by the key's mask only
 * @key_ref: the key, and whether the subject possesses the key
 * @cred: the credentials of the subject
 * @need_perm: the permission that the subject needs
 *
 * This does not call security modules.
 *
 * Context: any; RCU or a reference keeps the key in memory.
 * Return: 0, or -EACCES if the mask does not grant the permission.
 */
int key_mask_permission(const key_ref_t key_ref, const struct cred *cred,
			enum key_need_perm need_perm)
{
	return mask_permission(key_ref, cred, need_perm);
}

/**
 * key_task_permission - check a subject's permission on a key
 * @key_ref: the key, and whether the subject possesses the key
 * @cred: the credentials of the subject
 * @need_perm: the permission that the subject needs
 *
 * Security modules are called only if the mask grants the permission.
 *
 * Context: any; RCU or a reference keeps the key in memory.
 * Return: 0, -EACCES if the mask does not grant the permission, or the error of
 * a security module.
 */
int key_task_permission(const key_ref_t key_ref, const struct cred *cred,
			enum key_need_perm need_perm)
{
	int ret = mask_permission(key_ref, cred, need_perm);

	return ret ?: security_key_permission(key_ref, cred, need_perm);
}
EXPORT_SYMBOL(key_task_permission);

/**
 * key_permission_hooked - tell whether a security module checks key permissions
 *
 * If so, a search must not check permission on more keys than it needs to: for
 * each of them the module may refuse, and may write an audit record. Modules
 * register while the kernel boots, and fill the slots of a hook from the first
 * one on, so this function looks at the first slot. Kernels before 6.12 have a
 * list for each hook instead of slots.
 *
 * Context: any.
 * Return: true if a module has registered the key_permission hook.
 */
bool key_permission_hooked(void)
{
#ifdef CONFIG_SECURITY
	return static_calls_table.key_permission[0].hl;
#else
	return false;
#endif
}

#if IS_ENABLED(CONFIG_KEYS_KUNIT_TEST)
#include "../tests/perm_kunit.c"
#endif
