/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The contents of keyrings: link, unlink and move keys.
 *
 * To add a link, the caller begins an edit (memory, charge, locks), makes its
 * checks and commits the edit. The commit cannot fail. The caller always ends
 * the edit, which undoes an edit that was not committed:
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
 * @key: the key
 * @link: the reserved link; NULL once committed, or if none was needed
 * @uncharged: @link was reserved without a charge, to take over the charge of
 *	the link that @link displaces
 * @has_charge: ->handing_over of @ring was set for this edit
 * @filed: @link is in the table
 * @linked: @ring links @key already, so that there is nothing to do
 * @displaces: @ring links another key of the same index, or did so when the
 *	edit looked
 * @outdated: the links of @ring have changed since @link was reserved, so that
 *	the reservation must be repeated
 * @nesting: keyring_nest_mutex and the account's nest_mutex are held
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

#endif /* _KEYS_CORE_KEYRING_H */
