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

#include <linux/rculist.h>

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
#define WALK_LEAF_UNITS		1U

/**
 * struct descent - where the walk stands
 * @list: the keyrings of each level
 * @at: the link at which each level stands
 * @depth: how many levels down
 * @spent: what the request has spent so far; the walk adds to it
 * @limit: what the request may spend
 *
 * A keyring is visited once for each way that leads to it, and there may be
 * more ways than anybody can wait for.
 */
struct descent {
	const struct list_head	*list[KEYRING_MAX_DEPTH];
	const struct list_head	*at[KEYRING_MAX_DEPTH];
	int			depth;
	unsigned int		*spent;
	unsigned int		limit;
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
