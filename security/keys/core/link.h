/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The object that ties a key into a keyring, and the two ends it has.
 */
#ifndef _KEYS_CORE_LINK_H
#define _KEYS_CORE_LINK_H

#include <linux/atomic.h>
#include <linux/key-type.h>
#include <linux/llist.h>
#include <linux/rhashtable-types.h>

/* How many levels of keyrings below the first are looked at */
#define KEYRING_MAX_DEPTH	6

/* How often a search looks that others' moves of keys disturb */
#define KEYRING_MOVES_TRIES	16

/**
 * struct keyring - a key that links others
 * @key: the key that it is; key.sem held for writing serialises whoever adds
 * @lock: protects @rings, @leaves and the links in them. Process context only.
 *	Links are taken out under it alone, without key.sem. The locks of two
 *	keyrings are taken in the order of addresses.
 * @displaced: how many links others have displaced. Locking: @lock to change;
 *	link_find_rcu() reads it without
 * @rings: links to keyrings, oldest first; RCU to read
 * @leaves: links to other keys, oldest first; RCU to read
 * @handing_over: link that, when it goes, leaves its charge to the one that is
 *	being added in its place; or NULL. Locking: @lock
 * @restriction: what may be linked, or NULL. Locking: key.sem to set, once
 * @restrict_node: among the keyrings that a type restricts. Locking: restrict.c
 * @name_ns: user namespace that its name belongs to, no reference; NULL if it
 *	is not to be found by name. Locking: ringname.c
 * @name_hash: place in the table of names. Locking: ringname.c
 * @name_link: place in the namespace's list. Locking: ringname.c
 */
struct keyring {
	struct key		key;
	spinlock_t		lock;
	unsigned int		displaced;
	struct list_head	rings;
	struct list_head	leaves;
	struct key_link		*handing_over;
	struct key_restriction	*restriction;
	struct hlist_node	restrict_node;
	struct user_namespace	*name_ns;
	struct list_head	name_hash;
	struct list_head	name_link;
};

/**
 * struct key_link - ties a key into a keyring
 * @node: place in the table of links, which finds it by keyring and index
 * @key: the key, of which it owns a reference once it is published; before,
 *	whoever reserved it has one
 * @ring: the keyring, alive for as long as the link stands in it
 * @ring_node: place in @ring's lists, zero until it is published. Locking:
 *	ring->lock, or RCU to read
 * @ring_next: the part of @ring_node that RCU readers look at
 * @unref: among the detached links of @ring's account, see unref.c
 * @key_node: place in @key's list of parents, hashed exactly while the link is
 *	published and not detached. Locking: ring->lock and key->parents_lock,
 *	or RCU to read
 *
 * The four bytes that it costs are charged to @ring, and return with it, unless
 * another link takes them over. There are more of these than there are keys: it
 * is kept small.
 */
struct key_link {
	struct rhash_head	node;
	struct key		*key;
	struct keyring		*ring;
	union {
		struct list_head	ring_node;
		struct {
			struct list_head	*ring_next;
			struct llist_node	unref;
		};
	};
	struct hlist_node	key_node;
};

#define to_keyring(ring_key) \
	container_of_const(ring_key, struct keyring, key)

static inline bool key_is_keyring(const struct key *key)
{
	return key->type == &key_type_keyring;
}

/**
 * link_is_detached - has a link gone since it was found?
 * @link: link that link_find_rcu() found
 *
 * Who finds that the link's key is of no use asks this next: the key may have
 * been of use until another one displaced it.
 *
 * Context: RCU read side.
 * Return: true if so; link_find_rcu() does not find the link again then.
 */
static inline bool link_is_detached(const struct key_link *link)
{
	/* A key that ended after it was displaced: see both or neither */
	smp_rmb();
	return hlist_unhashed_lockless(&link->key_node);
}

/**
 * struct keyring_moves - has a key been moved while somebody looked for it?
 * @seen: how many moves there had been at the beginning
 * @tries: how often the search has looked
 *
 * A key that moves from one keyring to another is always in one of the two. But
 * a search that looks at one after the other may be too early for the first and
 * too late for the second, and so must look again:
 *
 *	struct keyring_moves moves = { };
 *
 *	do {
 *		keyring_moves_begin(&moves);
 *		found = ...;
 *	} while (!found && keyring_moves_retry(&moves));
 */
struct keyring_moves {
	int		seen;
	unsigned int	tries;
};

extern atomic_t keyring_moves_made;

/**
 * keyring_moves_begin - before the first of several keyrings is looked at
 * @moves: zeroed before the first try
 *
 * Context: any.
 */
static inline void keyring_moves_begin(struct keyring_moves *moves)
{
	/* Pairs with note_move(): what had been moved by now is seen there */
	moves->seen = atomic_read_acquire(&keyring_moves_made);
}

/**
 * keyring_moves_retry - after nothing was found in any of the keyrings
 * @moves: what keyring_moves_begin() filled in
 *
 * The tries are limited, so that whoever moves keys all the time does not hold
 * up other people's searches.
 *
 * Context: any.
 * Return: true if the search must begin again, because a key was moved.
 */
static inline bool keyring_moves_retry(struct keyring_moves *moves)
{
	/* Pairs with note_move(): whose departure was seen, that is counted */
	smp_rmb();
	return unlikely(atomic_read(&keyring_moves_made) != moves->seen) &&
	       ++moves->tries < KEYRING_MOVES_TRIES;
}

struct key_link *link_alloc(struct keyring *ring, struct key *key);
struct key_link *link_reserve(struct keyring *ring, struct key *key);
int link_file(struct key_link *link);
void link_unfile(struct key_link *link);
void link_cancel(struct key_link *link);
void link_cancel_uncharged(struct key_link *link);
void __link_publish(struct key_link *link);
void __link_detach(struct key_link *link);
void __link_displace(struct key_link *link, struct key_link *old);
void __link_move(struct key_link *link, struct key_link *old,
		 struct key_link *from);
void link_release(struct key_link *link);
void links_free(struct llist_node *links);
struct key_link *link_find_rcu(const struct keyring *ring,
			       const struct key_index *index);
struct key *keyring_find_live(struct keyring *ring,
			      const struct key_index *index);
void key_unlink_all(struct key *key);
bool link_detach_some(struct keyring *ring);
void keyring_empty(struct keyring *ring);
void __init link_table_init(void);

#endif /* _KEYS_CORE_LINK_H */
