/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Permission checks on keys; see keyrings(7).
 */
#ifndef _KEYS_CORE_PERM_H
#define _KEYS_CORE_PERM_H

#include <linux/cred.h>
#include <linux/key.h>

/*
 * The permission bits. A permission mask has eight bits each for the possessor,
 * the owner, the group and others; these are the values for others, before they
 * are shifted.
 */
#define KEY_VIEW	0x01
#define KEY_READ	0x02
#define KEY_WRITE	0x04
#define KEY_SEARCH	0x08
#define KEY_LINK	0x10
#define KEY_SETATTR	0x20

key_perm_t key_default_perm(const struct key_type *type);
unsigned int key_perm_granted(key_perm_t perm, bool owner, bool group,
			      bool possessed);
int key_mask_permission(const key_ref_t key_ref, const struct cred *cred,
			enum key_need_perm need_perm);
int key_task_permission(const key_ref_t key_ref, const struct cred *cred,
			enum key_need_perm need_perm);
bool key_permission_hooked(void);

/**
 * key_permission - check the caller's permission on a key
 * @key_ref: the key, and whether the caller possesses the key
 * @need_perm: the permission that the caller needs
 *
 * Context: any; RCU or a reference keeps the key in memory.
 * Return: see key_task_permission().
 */
static inline int key_permission(const key_ref_t key_ref,
				 enum key_need_perm need_perm)
{
	return key_task_permission(key_ref, current_cred(), need_perm);
}

#endif /* _KEYS_CORE_PERM_H */
