/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The registered key types, and the lists of each type's keys.
 *
 * Code that calls an operation of a type, or reads its name, runs inside
 * guard(key_types)(), because unregister_key_type() waits until all such guards
 * are released. The guard may be held while sleeping, and may be nested. The
 * code gets the type of a key from key_type_of(), which asserts the guard.
 */
#ifndef _KEYS_CORE_TYPE_H
#define _KEYS_CORE_TYPE_H

#include <linux/cleanup.h>
#include <linux/key-type.h>
#include <linux/rcupdate.h>
#include <linux/srcu.h>

extern struct srcu_struct key_types_srcu;

DEFINE_LOCK_GUARD_0(key_types,
		    _T->idx = srcu_read_lock(&key_types_srcu),
		    srcu_read_unlock(&key_types_srcu, _T->idx),
		    int idx)

/**
 * key_types_assert_held - assert that the caller is within guard(key_types)()
 *
 * Until the end of the guard, unregister_key_type() does not return, so a type
 * that is in use stays in memory.
 *
 * Context: within guard(key_types)().
 */
static inline void key_types_assert_held(void)
{
	RCU_LOCKDEP_WARN(!srcu_read_lock_held(&key_types_srcu),
			 "key type used without key_types_srcu");
}

/**
 * key_type_of - get the type of a key, to use the type's name or operations
 * @key: key
 *
 * Call this once for each use, because unregister_key_type() may change the
 * type of the key to key_type_removed meanwhile. Code that only compares the
 * type with the address of another type reads key->type instead.
 *
 * Context: within guard(key_types)(), until the type is not used any more.
 * Return: the type.
 */
static inline struct key_type *key_type_of(const struct key *key)
{
	key_types_assert_held();
	return READ_ONCE(key->type);
}

extern struct key_type key_type_removed;

/**
 * struct listed_key - a key of a type that can be unregistered
 * @key: the key
 * @type_node: node in the list of keys of its type. Locking: ->keys_lock of the
 *	type, or key_classes_lock if the list is that of a struct key_class
 */
struct listed_key {
	struct key		key;
	struct hlist_node	type_node;
};

/*
 * Only for a key whose type can be unregistered (is not ->permanent). A key of
 * a permanent type is allocated without @type_node, because no list is needed.
 */
#define to_listed_key(key_ptr) \
	container_of_const(key_ptr, struct listed_key, key)

struct key_type *key_type_find(const char *name);
int key_type_add(struct key_type *type);
int key_type_add_key(struct key *key);
void key_type_remove_key(struct key *key);
struct key *key_type_first_key(struct key_type *type);
void key_tag_begin_removal(struct key_tag *tag);
struct key *key_tag_next_key(struct key_tag *tag, struct key *prev);
bool key_type_has_keys(struct key_type *type);
int key_type_begin_removal(struct key_type *type);
void key_type_detach_key(struct key *key, struct hlist_head *list);
void key_type_file_removed(struct key *key);

u32 key_tag_index_id(struct key_tag *tag);

#endif /* _KEYS_CORE_TYPE_H */
