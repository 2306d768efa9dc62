/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Walking down a tree of keyrings under RCU, parents before children.
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
 * What one request may look at, all its walks together, in units of about
 * eight instructions. Walks are under RCU, where nobody else gets the
 * processor.
 */
#define WALK_UNITS		262144U
/* A keyring is visited */
#define WALK_RING_UNITS		32U
/* A key of the right type is compared, and perhaps judged */
#define WALK_COMPARE_UNITS	16U
/* A key of another type is passed over */
#define WALK_LEAF_UNITS		2U

/* How many keyrings a walk visits before it remembers where it has been */
#define DESCENT_FEW		64U
#define DESCENT_SEEN_BITS	6

/**
 * struct descent - where the walk stands
 * @list: the keyrings of each level
 * @at: the link at which each level stands
 * @depth: how many levels down
 * @spent: what the request has spent so far; the walk adds to it
 * @limit: what the request may spend
 * @forgetful: the walk does not remember where it has been
 * @visits: how many keyrings have been visited
 * @seen: keyrings that have been entered, by a hash of their address. Not valid
 *	before @visits has reached DESCENT_FEW
 * @level: at which depth each of @seen was
 *
 * A keyring is visited once for each way that leads to it, and there may be
 * more ways than anybody can wait for. So a walk that takes long does not enter
 * a keyring again that it has entered from no deeper, as far as it remembers.
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
 * descent_begin - get ready to walk
 * @walk: filled in
 * @spent: what the request has spent so far; the walk adds to it
 * @limit: what the request may spend
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

/* Has all below this keyring been walked already, down to the same level? */
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
 * descend_into - visit the keyrings that a keyring links next
 * @walk: the walk
 * @ring: the root, or the keyring that was just visited
 *
 * Return: false at the lowest level; the walk goes on without them.
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
 * Return: the keyring, valid under RCU, or NULL at the end or when the walk
 * gives up because the request has spent all that it may.
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
 * descent_gave_up - did the walk end before it had been everywhere?
 * @walk: the walk, of which descend_next() has returned NULL
 *
 * Return: true if so.
 */
static inline bool descent_gave_up(const struct descent *walk)
{
	return walk->depth;
}

#endif /* _KEYS_CORE_DESCENT_H */
