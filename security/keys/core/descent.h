/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Walk down from a keyring, the root, through the keyrings that the root links,
 * the keyrings that these link, and so on; under RCU, parents before children.
 *
 *	unsigned int spent = 0;
 *	struct descent walk;
 *
 *	descent_begin(&walk, &spent, WALK_UNITS);
 *	descend_into(&walk, root);
 *	while ((ring = descend_next(&walk)))
 *		if (wanted)
 *			descend_into(&walk, ring);
 */
#ifndef _KEYS_CORE_DESCENT_H
#define _KEYS_CORE_DESCENT_H

#include <linux/hash.h>
#include <linux/rculist.h>
#include <linux/string.h>

#include "link.h"

/*
 * Maximum cost of all walks of one request, in units of about eight processor
 * instructions: enough to visit 8192 keyrings. When the limit is reached, no
 * more keyrings are visited, so keys in these are not found. Limited, because a
 * walk is one RCU read side section, which delays other tasks and the end of
 * grace periods.
 */
#define WALK_UNITS		262144U
/* Cost to visit a keyring */
#define WALK_RING_UNITS		32U
/* Cost to compare a key of the right type, and to check a key that matches */
#define WALK_COMPARE_UNITS	16U
/* Cost to skip a key of another type */
#define WALK_LEAF_UNITS		2U

/*
 * Number of visits to keyrings after which a walk begins to record which
 * keyrings it has entered, in order not to enter a keyring twice. Shorter
 * walks, which are usual, need not do so, and need not clear the table @seen.
 */
#define DESCENT_FEW		64U
/* @seen has 2^DESCENT_SEEN_BITS entries, few because it is on the stack */
#define DESCENT_SEEN_BITS	6

/**
 * struct descent - position of a walk
 * @list: for each level, the list of links that is being walked
 * @at: for each level, the position in @list
 * @depth: number of levels that the walk is in: the entries of @list in use
 * @spent: cost of all walks of the request so far; this walk adds its own cost
 * @limit: the walk ends when @spent reaches this
 * @forgetful: never skip a keyring because of @seen
 * @visits: number of visits to keyrings so far
 * @seen: keyrings that the walk has entered, by a hash of their address. Not
 *	valid before @visits has reached DESCENT_FEW
 * @level: for each entry of @seen, the depth at which the keyring was entered
 *
 * A keyring is visited once for each path that leads from the root to it. The
 * number of paths can grow exponentially with the depth. So after DESCENT_FEW
 * visits, a walk does not enter a keyring again that it has entered at the same
 * or a smaller depth. @seen has one entry for each hash value. So if two
 * keyrings have the same hash value, one of them may be entered again.
 */
struct descent {
	const struct list_head	*list[KEYRING_MAX_DEPTH];
	const struct list_head	*at[KEYRING_MAX_DEPTH];
	int			depth;
	unsigned int		*spent;
	unsigned int		limit;
	bool			forgetful;
	unsigned int		visits;
	const struct keyring	*seen[1 << DESCENT_SEEN_BITS];
	unsigned char		level[1 << DESCENT_SEEN_BITS];
};

/**
 * descent_begin - begin a walk
 * @walk: filled in; the caller may then set ->forgetful
 * @spent: cost of all walks of the request so far; this walk adds its own cost
 * @limit: the walk ends when @spent reaches this
 *
 * Context: any.
 */
static inline void descent_begin(struct descent *walk, unsigned int *spent,
				 unsigned int limit)
{
	walk->depth = 0;
	walk->spent = spent;
	walk->limit = limit;
	walk->forgetful = false;
	walk->visits = 0;
}

/*
 * Does the walk remember that it has entered @ring at the same or a smaller
 * depth? Then the walk has visited, or will visit, all keyrings that can be
 * found from @ring within the maximum depth. If not, record that @ring is
 * entered now. The record replaces that of another keyring with the same hash:
 * the walk enters a forgotten keyring again, which only costs time.
 */
static inline bool descent_has_seen(struct descent *walk,
				    const struct keyring *ring)
{
	unsigned int i = hash_ptr(ring, DESCENT_SEEN_BITS);

	if (walk->seen[i] == ring && walk->level[i] <= walk->depth)
		return true;
	walk->seen[i] = ring;
	walk->level[i] = walk->depth;
	return false;
}

/**
 * descend_into - enter a keyring
 * @walk: the walk
 * @ring: the root, or the keyring that descend_next() has returned
 *
 * The next calls of descend_next() visit the keyrings that @ring links. These
 * are skipped if the walk has entered @ring before, see struct descent.
 *
 * Context: RCU read side.
 * Return: false if @ring is not entered because the walk is at its maximum
 * depth, true otherwise.
 */
static inline bool descend_into(struct descent *walk, const struct keyring *ring)
{
	if (walk->depth == KEYRING_MAX_DEPTH)
		return false;
	if (unlikely(walk->visits >= DESCENT_FEW) && !walk->forgetful &&
	    descent_has_seen(walk, ring))
		return true;
	walk->list[walk->depth] = &ring->rings;
	walk->at[walk->depth] = &ring->rings;
	walk->depth++;
	return true;
}

/**
 * descend_next - visit the next keyring
 * @walk: the walk
 *
 * Context: RCU read side.
 * Return: the keyring, valid under RCU, or NULL if all keyrings were visited or
 * if the cost of the request has reached its limit.
 */
static inline struct keyring *descend_next(struct descent *walk)
{
	while (walk->depth) {
		int top = walk->depth - 1;
		struct key_link *link;

		walk->at[top] = rcu_dereference(list_next_rcu(walk->at[top]));
		if (walk->at[top] != walk->list[top]) {
			if (*walk->spent >= walk->limit)
				break;
			*walk->spent += WALK_RING_UNITS;
			if (unlikely(++walk->visits == DESCENT_FEW))
				memset(walk->seen, 0, sizeof(walk->seen));
			link = list_entry_rcu(walk->at[top], struct key_link,
					      ring_node);
			return to_keyring(link->key);
		}
		walk->depth--;
	}
	return NULL;
}

/**
 * descent_gave_up - did the walk end because of its limit?
 * @walk: the walk, for which descend_next() has returned NULL
 *
 * Context: any.
 * Return: true if so, false if the walk has visited all keyrings.
 */
static inline bool descent_gave_up(const struct descent *walk)
{
	return walk->depth;
}

#endif /* _KEYS_CORE_DESCENT_H */
