// SPDX-License-Identifier: GPL-2.0-only
/*
 * Walk from a keyring up to its keepers: the keyrings that link the keyring,
 * directly or through other keyrings.
 */
#include <linux/rculist.h>

#include "keepers.h"
#include "nesting.h"

/**
 * keepers_begin - begin a walk
 * @walk: the walk; zeroed before its first use. If the object is used for
 *	another walk, the links of both walks count for KEEPERS_MAX_LINKS.
 * @ring: keyring where the walk begins, which is visited first
 *
 * Context: any.
 */
void keepers_begin(struct keepers *walk, const struct key *ring)
{
	walk->seen[0] = ring;
	walk->nr_seen = 1;
	walk->nr_visited = 0;
	walk->gave_up = false;
}

/* Add @ring to walk->seen, if not there yet. False if there is no room. */
static bool see_once(struct keepers *walk, const struct key *ring)
{
	unsigned int i;

	for (i = 0; i < walk->nr_seen; i++)
		if (walk->seen[i] == ring)
			return true;
	if (walk->nr_seen == KEEPERS_MAX_RINGS)
		return false;
	walk->seen[walk->nr_seen++] = ring;
	return true;
}

/**
 * keepers_add - add a keyring that refers to the visited one, but not by a link
 * @walk: the walk
 * @ring: keyring, which is not freed before the walk is over. The walk visits
 *	@ring later, with its keepers, unless the walk has found @ring already.
 *	If there is no room, the walk gives up.
 *
 * Context: see keepers_next_rcu().
 */
void keepers_add(struct keepers *walk, const struct key *ring)
{
	if (!see_once(walk, ring))
		walk->gave_up = true;
}

/*
 * Add the keyrings that link @ring to walk->seen, and return their number. Skip
 * unreferenced keyrings, because their links will be detached soon.
 */
static unsigned int see_keepers(struct keepers *walk, const struct key *ring)
{
	struct key_link *link;
	unsigned int nr = 0;

	hlist_for_each_entry_rcu(link, &ring->parents, key_node) {
		const struct key *keeper = &link->ring->key;

		if (walk->nr_links == KEEPERS_MAX_LINKS) {
			walk->gave_up = true;
			break;
		}
		walk->nr_links++;
		if (!refcount_read(&keeper->usage))
			continue;
		nr++;
		keepers_add(walk, keeper);
		if (walk->gave_up)
			break;
	}
	return nr;
}

/**
 * keepers_next_rcu - visit the next keyring
 * @walk: the walk
 * @nr_direct: set to the number of keyrings that link the returned one directly
 *
 * A keeper is a keyring that links the keyring where the walk began, directly
 * or through other keyrings. Each keeper is visited once, and so is each
 * keyring that keepers_add() adds; the nearest first. If walk->gave_up is set,
 * the walk does not visit all keepers, and @nr_direct may be too low.
 *
 * Context: RCU read side, between nesting_freeze() and nesting_thaw(), so that
 * the walk cannot miss a keeper because a keyring is linked or moved meanwhile.
 * Return: the keyring, valid under RCU, or NULL at the end.
 */
const struct key *keepers_next_rcu(struct keepers *walk,
				   unsigned int *nr_direct)
{
	const struct key *ring;

	RCU_LOCKDEP_WARN(!rcu_read_lock_held(), "links need RCU");
	nesting_assert_frozen();
	if (walk->gave_up || walk->nr_visited == walk->nr_seen)
		return NULL;
	ring = walk->seen[walk->nr_visited++];
	walk->nr_refs = refcount_read(&ring->usage);
	/*
	 * Pairs with the release in key_put(): if a link was detached before
	 * the references were counted, then the link is not found any more. So
	 * each link that is found has one of the references that were counted.
	 */
	smp_rmb();
	*nr_direct = see_keepers(walk, ring);
	return ring;
}

#if IS_ENABLED(CONFIG_KEYS_KUNIT_TEST)
#include "../tests/keepers_kunit.c"
#endif
