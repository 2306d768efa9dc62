/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Walking down a tree of keyrings under RCU, parents before children.
 *
 *	struct descent walk = { };
 *
 *	descend_into(&walk, root);
 *	while ((ring = descend_next(&walk)))
 *		if (wanted)
 *			descend_into(&walk, ring);
 */
#ifndef _KEYS_CORE_DESCENT_H
#define _KEYS_CORE_DESCENT_H

#include <linux/rculist.h>

#include "link.h"

/* How many keyrings a walk visits before it gives up */
#define DESCENT_MAX_VISITS	65536U

/**
 * struct descent - where the walk stands
 * @list: the keyrings of each level
 * @at: the link at which each level stands
 * @depth: how many levels down
 * @visits: how many keyrings have been visited, some more than once
 *
 * A keyring is visited once for each way that leads to it, and there may be
 * more ways than anybody can wait for.
 */
struct descent {
	const struct list_head	*list[KEYRING_MAX_DEPTH];
	const struct list_head	*at[KEYRING_MAX_DEPTH];
	int			depth;
	unsigned int		visits;
};

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
 * Return: the keyring, valid under RCU, or NULL at the end or when the walk has
 * given up.
 */
static inline struct keyring *descend_next(struct descent *walk)
{
	while (walk->depth) {
		int top = walk->depth - 1;
		struct key_link *link;

		walk->at[top] = rcu_dereference(list_next_rcu(walk->at[top]));
		if (walk->at[top] != walk->list[top]) {
			if (walk->visits++ == DESCENT_MAX_VISITS)
				break;
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
 * @walk: the walk
 *
 * Return: true if so.
 */
static inline bool descent_gave_up(const struct descent *walk)
{
	return walk->visits > DESCENT_MAX_VISITS;
}

#endif /* _KEYS_CORE_DESCENT_H */
