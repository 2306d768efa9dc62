/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Walking up from a keyring to all keyrings that keep it, at whatever distance.
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

/* How much a walk looks at before it gives up */
#define KEEPERS_MAX_RINGS	128
#define KEEPERS_MAX_LINKS	1024

/**
 * struct keepers - where the walk stands
 * @seen: the keyrings that the walk has come upon, in the order of their
 *	distance; the first is where the walk began
 * @nr_seen: how many these are
 * @nr_visited: how many of these have been visited
 * @nr_links: how many links have been looked at, in all walks that were begun
 *	with this object
 * @gave_up: there is more than a walk may look at
 */
struct keepers {
	const struct key	*seen[KEEPERS_MAX_RINGS];
	unsigned int		nr_seen;
	unsigned int		nr_visited;
	unsigned int		nr_links;
	bool			gave_up;
};

void keepers_begin(struct keepers *walk, const struct key *ring);
const struct key *keepers_next_rcu(struct keepers *walk,
				   unsigned int *nr_direct);

#endif /* _KEYS_CORE_KEEPERS_H */
