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

#include "link.h"

/**
 * struct keyring_edit - one link being added to a keyring
 * @ring: the keyring, its key.sem held for writing
 * @link: the reserved link; NULL once committed
 * @filed: @link stands in the table
 * @nesting: the lock against cycles is held
 */
struct keyring_edit {
	struct keyring	*ring;
	struct key_link	*link;
	bool		filed;
	bool		nesting;
};

int keyring_edit_begin(struct keyring_edit *edit, struct key *keyring,
		       struct key *key);
int keyring_edit_check(struct keyring_edit *edit);
void keyring_edit_commit(struct keyring_edit *edit);
void keyring_edit_end(struct keyring_edit *edit);
int keyring_link_new(struct key *keyring, struct key *key);
bool keyring_dismantle(struct keyring *ring);

#endif /* _KEYS_CORE_KEYRING_H */
