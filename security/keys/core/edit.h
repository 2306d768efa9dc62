/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Edits: link a key into a keyring, or move a key from one keyring to another.
 *
 * To begin an edit allocates and charges a link, and locks the keyring. Then
 * the caller makes its checks and commits the edit. The commit cannot fail. At
 * last the caller ends the edit, also after a failed check: this unlocks the
 * keyring, and undoes an edit that was not committed.
 *
 *	ret = keyring_edit_begin(&edit, ring, key);
 *	if (ret)
 *		return ret;
 *	... checks, fill the key ...
 *	keyring_edit_commit(&edit);
 *	keyring_edit_end(&edit);
 */
#ifndef _KEYS_CORE_EDIT_H
#define _KEYS_CORE_EDIT_H

#include "link.h"

/**
 * struct keyring_edit - one link being added to a keyring
 * @ring: the keyring, its key.sem held for writing
 * @key: the key
 * @from: keyring from which the key is moved, its key.sem held for writing; or
 *	NULL
 * @link: the reserved link; NULL once committed, or if no link was needed
 * @excl: fail if @ring links @key already, or if @key would displace another
 *	key
 * @uncharged: @link was reserved without a charge, to take over the charge of
 *	the link that @link displaces
 * @has_charge: @ring->handing_over was set for this edit: the displaced link
 *	does not refund its charge
 * @filed: @link is in the table of links
 * @linked: @ring links @key already, so that no link is needed
 * @displaces: @ring linked another key of the same index (type, domain,
 *	description) when edit_look() looked
 * @outdated: the links of @ring have changed since @link was reserved, so that
 *	the reservation must be repeated
 * @nesting: keyring_nest_mutex and nest_mutex of the account of @ring are held
 */
struct keyring_edit {
	struct keyring	*ring;
	struct key	*key;
	struct keyring	*from;
	struct key_link	*link;
	bool		excl;
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
int keyring_edit_begin_move(struct keyring_edit *edit, struct key *key,
			    struct key *from, struct key *to, bool excl);
int keyring_edit_check(struct keyring_edit *edit);
void keyring_edit_commit(struct keyring_edit *edit);
void keyring_edit_end(struct keyring_edit *edit);

#endif /* _KEYS_CORE_EDIT_H */
