/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Links: each struct key_link links one key into one keyring.
 */
#ifndef _KEYS_CORE_LINK_H
#define _KEYS_CORE_LINK_H

#include <linux/atomic.h>
#include <linux/llist.h>
#include <linux/rhashtable-types.h>

#include "keyring.h"

/*
 * Maximum number of levels of keyrings below the keyring where a search begins.
 * A search does not enter keyrings further down, because a struct descent has
 * one place for each level. The number is documented in keyctl(2).
 */
#define KEYRING_MAX_DEPTH	6

/*
 * How often a search that finds nothing is made, at most, if other tasks move
 * keys meanwhile. The result of the last try counts. Without the limit, a user
 * who moves keys all the time could delay the searches of others without end.
 */
#define KEYRING_MOVES_TRIES	16

/**
 * struct key_link - links a key into a keyring
 * @node: entry in the hash table of all links, where a link is found by its
 *	keyring and its key's index (type, domain, description)
 * @key: the key. A published link owns a reference to the key. Before that, the
 *	caller of link_alloc() holds one.
 * @ring: the keyring; not freed before the link is detached
 * @ring_node: entry in ring->rings or ring->leaves; zero until the link is
 *	published. Locking: ring->lock, or RCU to read
 * @ring_next: the part of @ring_node that RCU readers use; @unref must not
 *	overwrite this part
 * @unref: entry in a list of detached links that will be freed. The account
 *	(struct key_user) that is charged for @ring has the list, see unref.c.
 * @key_node: entry in @key's list of parents, from the moment when the link is
 *	published until the link is detached. Locking: ring->lock and
 *	key->parents_lock, or RCU to read
 *
 * KEY_LINK_BYTES are charged for the link to the account of @ring. The charge
 * is refunded when the link is detached, unless another link takes the charge
 * over. There may be more links than keys, so the struct is kept small.
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

/**
 * link_is_detached - has a link been detached since it was found?
 * @link: link that link_find_rcu() found
 *
 * The caller has found that the link's key has ended (revoked, expired or
 * invalid). If the link is detached, a link to another key may have displaced
 * this link before the key ended. The caller must then call link_find_rcu()
 * again, to find the link to the other key.
 *
 * Context: RCU read side.
 * Return: true if so; link_find_rcu() does not find this link again then.
 */
static inline bool link_is_detached(const struct key_link *link)
{
	RCU_LOCKDEP_WARN(!rcu_read_lock_held(), "link used without RCU");
	/*
	 * Pairs with test_and_set_bit() in key_revoke() and key_invalidate():
	 * if the link was detached before the flag was set, and the caller has
	 * seen the flag, then this function sees that the link is detached.
	 */
	smp_rmb();
	return hlist_unhashed_lockless(&link->key_node);
}

/**
 * struct keyring_moves - detects that keys were moved during a search
 * @seen: value of keyring_moves_made, which counts moves, before the search
 *	began
 * @tries: how often the search was made
 *
 * A move links a key into a new keyring and then unlinks the key from its old
 * keyring. So at least one of the two keyrings links the key at any time. But a
 * search may look into the new keyring before the key is linked there, and into
 * the old keyring after the key was unlinked there. Such a search does not find
 * the key and must be made again:
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
 * keyring_moves_begin - begin a search of several keyrings
 * @moves: zeroed before the first try
 *
 * Context: any.
 */
static inline void keyring_moves_begin(struct keyring_moves *moves)
{
	/*
	 * Pairs with smp_mb__before_atomic() in link_note_move(): the search
	 * sees the new link of each move that ->seen counts.
	 */
	moves->seen = atomic_read_acquire(&keyring_moves_made);
}

/**
 * keyring_moves_retry - must a search that found nothing be made again?
 * @moves: filled in by keyring_moves_begin()
 *
 * The number of tries is limited. Otherwise a user who moves keys all the time
 * could delay the searches of other users without end.
 *
 * Context: any.
 * Return: true if the search must begin again, because a key was moved.
 */
static inline bool keyring_moves_retry(struct keyring_moves *moves)
{
	/*
	 * Pairs with smp_mb__after_atomic() in link_note_move(): if a move has
	 * detached a link before the search looked for the link, then the
	 * number that is read here counts this move.
	 */
	smp_rmb();
	return unlikely(atomic_read(&keyring_moves_made) != moves->seen) &&
	       ++moves->tries < KEYRING_MOVES_TRIES;
}

struct key_link *link_alloc(struct keyring *ring, struct key *key);
bool link_exists(const struct keyring *ring, const struct key *key);
struct key_link *__link_find(const struct keyring *ring, const struct key *key);
struct key_link *link_take_out(struct keyring *ring, const struct key *key);
struct key_link *link_reserve(struct keyring *ring, struct key *key);
int link_file(struct key_link *link);
void link_unfile(struct key_link *link);
void link_cancel(struct key_link *link);
void link_cancel_uncharged(struct key_link *link);
void __link_publish(struct key_link *link);
void __link_detach(struct key_link *link);
void __link_displace(struct key_link *link, struct key_link *old);
void link_note_move(void);
void __link_move(struct key_link *link, struct key_link *old,
		 struct key_link *from);
void link_release(struct key_link *link);
void links_free(struct llist_node *links);
struct key_link *link_find_rcu(const struct keyring *ring,
			       const struct key_index *index);
void key_unlink_all(struct key *key);
bool link_detach_some(struct keyring *ring);
void keyring_empty(struct keyring *ring);
void __init link_table_init(void);

#endif /* _KEYS_CORE_LINK_H */
