/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Walk from a keyring up to its keepers: the keyrings that link the keyring,
 * directly or through other keyrings.
 *
 *	struct keepers walk = { };
 *
 *	keepers_begin(&walk, ring);
 *	while ((key = keepers_next_rcu(&walk, &nr_direct)))
 *		if (unwanted)
 *			return false;
 *	return !walk.gave_up;
 */
#ifndef _KEYS_CORE_KEEPERS_H
#define _KEYS_CORE_KEEPERS_H

#include "link.h"

/*
 * Limits of a walk: how many keyrings it finds, and how many links to keyrings
 * it looks at. Beyond a limit, the walk gives up: see @gave_up. Limited,
 * because other users can make many links, and because tasks that link keyrings
 * into keyrings wait until the walk is over.
 */
#define KEEPERS_MAX_RINGS	128
#define KEEPERS_MAX_LINKS	1024

/**
 * struct keepers - state of a walk
 * @seen: the keyrings that the walk has found, in the order in which they are
 *	visited; the first is the keyring where the walk began
 * @nr_seen: number of entries in @seen
 * @nr_visited: number of entries in @seen that have been visited
 * @nr_refs: number of references to the keyring that is being visited, read
 *	before its links were counted
 * @nr_links: number of links that have been looked at, by all walks that were
 *	begun with this object
 * @gave_up: the walk has reached one of its limits and has stopped
 */
struct keepers {
	const struct key	*seen[KEEPERS_MAX_RINGS];
	unsigned int		nr_seen;
	unsigned int		nr_visited;
	unsigned int		nr_refs;
	unsigned int		nr_links;
	bool			gave_up;
};

void keepers_begin(struct keepers *walk, const struct key *ring);
void keepers_add(struct keepers *walk, const struct key *ring);
const struct key *keepers_next_rcu(struct keepers *walk,
				   unsigned int *nr_direct);

#endif /* _KEYS_CORE_KEEPERS_H */
