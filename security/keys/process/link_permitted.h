/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Check Link permission on a key, and link the key into a keyring.
 */
#ifndef _KEYS_PROCESS_LINK_PERMITTED_H
#define _KEYS_PROCESS_LINK_PERMITTED_H

#include <linux/key.h>

#include "../core/perm.h"

/**
 * key_link_permitted - link a key, if the caller has Link permission on the key
 * @keyring: keyring to link the key into; no permission on @keyring is checked
 * @key: the key, and whether the caller possesses the key
 *
 * Context: may sleep.
 * Return: 0, or the error of key_permission() or key_link().
 */
static inline int key_link_permitted(struct key *keyring, const key_ref_t key)
{
	int ret = key_permission(key, KEY_NEED_LINK);

	return ret ?: key_link(keyring, key_ref_to_ptr(key));
}

#endif /* _KEYS_PROCESS_LINK_PERMITTED_H */
