/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Keyrings: keys that link other keys.
 */
#ifndef _KEYS_CORE_KEYRING_H
#define _KEYS_CORE_KEYRING_H

#include <linux/key-type.h>
#include <linux/list.h>
#include <linux/spinlock.h>

/**
 * struct keyring - a key that links other keys
 * @key: the key part of the keyring. A task that adds links holds key.sem for
 *	writing, so that one task at a time adds links.
 * @lock: protects @rings, @leaves and the links in them. Process context only.
 *	To detach a link, @lock is enough; key.sem is not needed. The locks of
 *	two keyrings are taken in the order of their addresses.
 * @displaced: number of links that other links have displaced so far; wraps. A
 *	lookup is repeated if this number changes, see link_find_rcu(). Locking:
 *	@lock to change; read without @lock
 * @unref_links: number of links of the unreferenced keyring that its account
 *	counts as unreferenced memory, see unref_ring(); 0 before. Locking:
 *	account's lock
 * @rings: links to keyrings, oldest first; RCU to read
 * @leaves: links to other keys, oldest first; RCU to read
 * @handing_over: link whose charge is not refunded when the link is detached,
 *	because the link that is being added takes the charge over; or NULL.
 *	Locking: @lock
 * @restrict_node: entry in the list of keyrings that a type restricts. Locking:
 *	restrict.c
 * @restricts: the keyrings whose restrictions name this keyring. Locking:
 *	restrict.c
 * @restricts_node: entry in ->restricts of the keyring that the restriction in
 *	key.restrict_link names. Locking: restrict.c
 * @name_ns: user namespace of the keyring's name, without a reference; NULL if
 *	the keyring cannot be found by name. Locking: ringname.c
 * @name_hash: entry in the hash table of names. Locking: ringname.c
 * @name_link: entry in ->keyring_name_list of @name_ns. Locking: ringname.c
 */
struct keyring {
	struct key		key;
	spinlock_t		lock;
	unsigned int		displaced;
	unsigned int		unref_links;
	struct list_head	rings;
	struct list_head	leaves;
	struct key_link		*handing_over;
	struct list_head	restrict_node;
	struct hlist_head	restricts;
	struct hlist_node	restricts_node;
	struct user_namespace	*name_ns;
	struct list_head	name_hash;
	struct list_head	name_link;
};

#define to_keyring(ring_key) \
	container_of_const(ring_key, struct keyring, key)

static inline bool key_is_keyring(const struct key *key)
{
	return key->type == &key_type_keyring;
}

int keyring_link_new(struct key *keyring, struct key *key);
struct key *keyring_find_live(struct keyring *ring,
			      const struct key_index *index);
bool keyring_dismantle(struct keyring *ring);

#endif /* _KEYS_CORE_KEYRING_H */
