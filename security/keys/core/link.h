/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The object that ties a key into a keyring, and the two ends it has.
 */
#ifndef _KEYS_CORE_LINK_H
#define _KEYS_CORE_LINK_H

#include <linux/key-type.h>
#include <linux/rhashtable-types.h>

/* How many levels of keyrings below the first are looked at */
#define KEYRING_MAX_DEPTH	6

/**
 * struct keyring - a key that links others
 * @key: the key that it is; key.sem held for writing serialises whoever adds
 * @lock: protects @rings, @leaves and the links in them. Process context only.
 *	Links are taken out under it alone, without key.sem.
 * @rings: links to keyrings, oldest first; RCU to read
 * @leaves: links to other keys, oldest first; RCU to read
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
	struct list_head	rings;
	struct list_head	leaves;
	struct key_restriction	*restriction;
	struct hlist_node	restrict_node;
	struct user_namespace	*name_ns;
	struct hlist_node	name_hash;
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
 * @key_node: place in @key's list of parents. Locking: ring->lock and
 *	key->parents_lock; unhashed once the link is detached
 *
 * The four bytes that it costs are charged to @ring, and return with it. There
 * are more of these than there are keys: it is kept small.
 */
struct key_link {
	struct rhash_head	node;
	struct key		*key;
	struct keyring		*ring;
	struct list_head	ring_node;
	struct hlist_node	key_node;
};

#define to_keyring(ring_key) \
	container_of_const(ring_key, struct keyring, key)

static inline bool key_is_keyring(const struct key *key)
{
	return key->type == &key_type_keyring;
}

struct key_link *link_reserve(struct keyring *ring, struct key *key);
int link_file(struct key_link *link);
void link_unfile(struct key_link *link);
void link_cancel(struct key_link *link);
void __link_publish(struct key_link *link);
void __link_detach(struct key_link *link);
void link_release(struct key_link *link);
struct key_link *link_find_rcu(const struct keyring *ring,
			       const struct key_index *index);
void key_unlink_all(struct key *key);
bool link_detach_some(struct keyring *ring);
void __init link_table_init(void);

#endif /* _KEYS_CORE_LINK_H */
