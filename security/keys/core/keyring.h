/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The contents of keyrings.
 *
 * A change is prepared (memory, charge, locks, checks) and then committed,
 * which cannot fail, or ended, which undoes the preparation:
 *
 *	ret = keyring_edit_begin(&edit, ring, key);
 *	if (ret)
 *		return ret;
 *	... checks, fill the key ...
 *	keyring_edit_commit(&edit);
 *	keyring_edit_end(&edit);
 */
#ifndef _KEYS_CORE_KEYRING_H
#define _KEYS_CORE_KEYRING_H

#include <linux/cleanup.h>

#include "link.h"

/**
 * struct keyring_edit - one link being added to a keyring
 * @ring: the keyring, its key.sem held for writing
 * @key: the key
 * @link: the reserved link; NULL once committed, or if none was needed
 * @uncharged: @link was reserved without a charge, to take over that of the
 *	link that it displaces
 * @has_charge: that other link has been told so, see struct keyring
 * @filed: @link stands in the table
 * @linked: @ring links @key already, so that there is nothing to do
 * @displaces: @ring links another key of the same index, or did so
 * @outdated: what @link was, or was not, reserved for has gone meanwhile
 * @nesting: the lock against cycles is held
 */
struct keyring_edit {
	struct keyring	*ring;
	struct key	*key;
	struct key_link	*link;
	bool		uncharged;
	bool		has_charge;
	bool		filed;
	bool		linked;
	bool		displaces;
	bool		outdated;
	bool		nesting;
};

int keyring_edit_begin(struct keyring_edit *edit, struct key *keyring,
		       struct key *key);
int keyring_edit_check(struct keyring_edit *edit);
void keyring_edit_commit(struct keyring_edit *edit);
void keyring_edit_end(struct keyring_edit *edit);
int keyring_link_new(struct key *keyring, struct key *key);
bool keyring_dismantle(struct keyring *ring);
void keyring_nesting_freeze(void);
void keyring_nesting_thaw(void);
void keyring_assert_nesting_frozen(void);

DEFINE_LOCK_GUARD_0(keyring_nesting, keyring_nesting_freeze(),
		    keyring_nesting_thaw())

#endif /* _KEYS_CORE_KEYRING_H */
