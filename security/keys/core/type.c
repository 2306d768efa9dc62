// SPDX-License-Identifier: GPL-2.0-only
/*
 * The registered key types, and the lists of each type's keys.
 *
 * The keys of a type with KEY_TYPE_NET_DOMAIN belong to a domain: a network
 * namespace. These keys are listed in one class for each pair of type and
 * domain. So the removal of a type, or of a domain, visits only the keys of
 * this type, or of this domain.
 */
#include <linux/rculist.h>
#include <linux/slab.h>

#include "type.h"

DEFINE_SRCU(key_types_srcu);

/* Registered types. Locking: key_types_lock, or key_types_srcu to read */
static LIST_HEAD(key_types);
static DEFINE_MUTEX(key_types_lock);

/* Protects every struct key_class and the lists that contain the class */
static DEFINE_SPINLOCK(key_classes_lock);

/*
 * The last numbers that were given to a type and to a domain, for the hash of a
 * key's index. 0 is the number of keys without a domain, and of a type or
 * domain that has no number yet.
 */
static atomic_t next_type_id = ATOMIC_INIT(0);
static atomic_t next_domain_id = ATOMIC_INIT(0);

/**
 * struct key_class - the keys of one type within one domain
 * @type: the type
 * @tag: the domain: a network namespace
 * @keys: the keys, by type_node of struct listed_key
 * @type_link: node in @type's list of classes
 * @tag_link: node in @tag's list of classes
 *
 * A class exists only while it has keys. Locking: key_classes_lock.
 */
struct key_class {
	struct key_type		*type;
	struct key_tag		*tag;
	struct hlist_head	keys;
	struct hlist_node	type_link;
	struct hlist_node	tag_link;
};

/*
 * The type that a key gets when the key's type is unregistered. It has no
 * operations, so no code of the module that contained the former type is called.
 */
struct key_type key_type_removed = {
	.name		= ".dead",
	.keys_lock	= __SPIN_LOCK_UNLOCKED(key_type_removed.keys_lock),
};

static struct key_type *__key_type_find(const char *name)
{
	struct key_type *type;

	list_for_each_entry_srcu(type, &key_types, link,
				 srcu_read_lock_held(&key_types_srcu) ||
				 lockdep_is_held(&key_types_lock))
		if (!strcmp(type->name, name))
			return type;
	return NULL;
}

/**
 * key_type_find - find a registered type by its name
 * @name: name
 *
 * Context: within guard(key_types)(), which is held while the type is used.
 * Return: the type, or NULL.
 */
struct key_type *key_type_find(const char *name)
{
	key_types_assert_held();
	return __key_type_find(name);
}

/**
 * key_type_add - add a type to the list of registered types
 * @type: the type
 *
 * Context: may sleep.
 * Return: 0, or -EEXIST with nothing changed if a type of this name is already
 * registered.
 */
int key_type_add(struct key_type *type)
{
	guard(mutex)(&key_types_lock);
	if (__key_type_find(type->name))
		return -EEXIST;
	if (!type->index_id)
		type->index_id = atomic_inc_return(&next_type_id);
	INIT_HLIST_HEAD(&type->keys);
	INIT_HLIST_HEAD(&type->classes);
	spin_lock_init(&type->keys_lock);
	type->removing = false;
	list_add_tail_rcu(&type->link, &key_types);
	return 0;
}

/**
 * key_type_begin_removal - remove a type from the list of registered types
 * @type: the type
 *
 * When this returns, no new key of the type can be made, and all operations of
 * the type that were running have ended. For an existing key, operations can
 * still begin until key_type_detach_key() gives the key another type.
 *
 * Context: may sleep.
 * Return: 0, or -ENOENT if the type is not registered or is permanent.
 */
int key_type_begin_removal(struct key_type *type)
{
	if (WARN_ON_ONCE(type->permanent))
		return -ENOENT;
	scoped_guard(mutex, &key_types_lock) {
		if (__key_type_find(type->name) != type)
			return -ENOENT;
		list_del_rcu(&type->link);
		scoped_guard(spinlock, &type->keys_lock)
			WRITE_ONCE(type->removing, true);
	}
	synchronize_srcu(&key_types_srcu);
	return 0;
}

static struct key_class *__class_find(struct key_type *type, struct key_tag *tag)
{
	struct key_class *class;

	lockdep_assert_held(&key_classes_lock);
	hlist_for_each_entry(class, &tag->classes, tag_link)
		if (class->type == type)
			return class;
	return NULL;
}

static int class_add_key(struct key *key)
{
	struct key_class *new __free(kfree) = kzalloc(sizeof(*new), GFP_KERNEL);
	struct key_tag *tag = key->domain_tag;
	struct key_type *type = key->type;
	struct key_class *class;

	if (!new)
		return -ENOMEM;
	guard(spinlock)(&key_classes_lock);
	if (READ_ONCE(type->removing) || READ_ONCE(tag->removed))
		return -ENODEV;
	class = __class_find(type, tag);
	if (!class) {
		class = no_free_ptr(new);
		class->type = type;
		class->tag = tag;
		hlist_add_head(&class->type_link, &type->classes);
		hlist_add_head(&class->tag_link, &tag->classes);
	}
	hlist_add_head(&to_listed_key(key)->type_node, &class->keys);
	return 0;
}

static void __class_remove_key(struct key *key)
{
	struct key_class *class = __class_find(key->type, key->domain_tag);

	hlist_del_init(&to_listed_key(key)->type_node);
	if (!hlist_empty(&class->keys))
		return;
	hlist_del(&class->type_link);
	hlist_del(&class->tag_link);
	kfree(class);
}

static bool in_class(const struct key *key)
{
	return key->domain_tag && (key->type->flags & KEY_TYPE_NET_DOMAIN);
}

/**
 * key_type_add_key - add a key to the list of its type
 * @key: key whose type and domain are set
 *
 * Context: may sleep; within guard(key_types)(), unless the caller prevents in
 * another way that the type is unregistered.
 * Return: 0, -ENODEV if the type or the domain is being removed, or -ENOMEM.
 */
int key_type_add_key(struct key *key)
{
	struct key_type *type = key->type;

	if (type->permanent)
		return 0;
	if (in_class(key))
		return class_add_key(key);
	guard(spinlock)(&type->keys_lock);
	if (type->removing)
		return -ENODEV;
	hlist_add_head(&to_listed_key(key)->type_node, &type->keys);
	return 0;
}

/*
 * When a neighbour in the list is removed, the pprev pointer of the key's node
 * changes, but never becomes NULL. So this check needs no lock.
 */
static bool in_list(struct key *key)
{
	return !key->type->permanent &&
	       !hlist_unhashed_lockless(&to_listed_key(key)->type_node);
}

/**
 * key_type_remove_key - remove a key from the list of its type
 * @key: key, which need not be in the list
 *
 * Context: process context.
 */
void key_type_remove_key(struct key *key)
{
	if (!in_list(key))
		return;
	if (in_class(key)) {
		guard(spinlock)(&key_classes_lock);
		__class_remove_key(key);
	} else {
		guard(spinlock)(&key->type->keys_lock);
		hlist_del_init(&to_listed_key(key)->type_node);
	}
}

static void change_to_removed(struct key *key, struct hlist_head *list)
{
	guard(spinlock)(&key_type_removed.keys_lock);
	WRITE_ONCE(key->type, &key_type_removed);
	hlist_add_head(&to_listed_key(key)->type_node, list);
}

/**
 * key_type_detach_key - change a key's type to key_type_removed
 * @key: key of a type that is being removed
 * @list: list to add the key to, until the caller has destroyed the key's
 *	payload; key_type_file_removed() follows
 *
 * Code that reads key->type after this does not find the operations of the
 * former type, nor the module that contains the operations.
 *
 * Context: key->sem held for writing; called by unregister_key_type() only.
 */
void key_type_detach_key(struct key *key, struct hlist_head *list)
{
	lockdep_assert_held_write(&key->sem);
	if (in_class(key)) {
		/*
		 * In one step for key_tag_next_key(), which reads the type and
		 * the node of the list
		 */
		guard(spinlock)(&key_classes_lock);
		if (in_list(key))
			__class_remove_key(key);
		change_to_removed(key, list);
	} else {
		key_type_remove_key(key);
		change_to_removed(key, list);
	}
}

/**
 * key_type_file_removed - move a key to the list of key_type_removed
 * @key: key that key_type_detach_key() has added to another list
 *
 * Context: process context.
 */
void key_type_file_removed(struct key *key)
{
	guard(spinlock)(&key_type_removed.keys_lock);
	hlist_del(&to_listed_key(key)->type_node);
	hlist_add_head(&to_listed_key(key)->type_node, &key_type_removed.keys);
}

static struct key *first_live(struct hlist_head *head)
{
	struct listed_key *listed;

	hlist_for_each_entry(listed, head, type_node)
		if (refcount_inc_not_zero(&listed->key.usage))
			return &listed->key;
	return NULL;
}

/**
 * key_type_first_key - get a referenced key of a type
 * @type: type that is being removed
 *
 * Context: process context.
 * Return: a key with a reference for the caller, or NULL if all keys that are
 * left are unreferenced.
 */
struct key *key_type_first_key(struct key_type *type)
{
	struct key_class *class;
	struct key *key;

	scoped_guard(spinlock, &type->keys_lock) {
		key = first_live(&type->keys);
		if (key)
			return key;
	}
	guard(spinlock)(&key_classes_lock);
	hlist_for_each_entry(class, &type->classes, type_link) {
		key = first_live(&class->keys);
		if (key)
			return key;
	}
	return NULL;
}

/**
 * key_type_has_keys - tell whether a type has any keys left
 * @type: type that is being removed
 *
 * Context: process context.
 * Return: true if there is a key, even if the key is unreferenced.
 */
bool key_type_has_keys(struct key_type *type)
{
	scoped_guard(spinlock, &type->keys_lock)
		if (!hlist_empty(&type->keys))
			return true;
	guard(spinlock)(&key_classes_lock);
	return !hlist_empty(&type->classes);
}

/**
 * key_tag_begin_removal - prevent that keys are added to a domain
 * @tag: domain: a network namespace that ends
 *
 * Context: process context.
 */
void key_tag_begin_removal(struct key_tag *tag)
{
	guard(spinlock)(&key_classes_lock);
	WRITE_ONCE(tag->removed, true);
}

/**
 * key_tag_next_key - walk the keys of a domain that is being removed
 * @tag: the domain, after key_tag_begin_removal()
 * @prev: the key that the last call returned, or NULL to begin. The caller puts
 *	this key after the call.
 *
 * The caller's reference keeps @prev in the list, so the walk continues behind
 * @prev. If the type of @prev is unregistered meanwhile, @prev leaves the list,
 * and the walk begins again and may return keys for the second time.
 *
 * Context: process context.
 * Return: a key with a reference for the caller, or NULL at the end.
 */
struct key *key_tag_next_key(struct key_tag *tag, struct key *prev)
{
	struct key_class *class;
	struct listed_key *listed;
	struct hlist_node *node;

	guard(spinlock)(&key_classes_lock);
	class = prev ? __class_find(prev->type, tag) : NULL;
	node = class ? to_listed_key(prev)->type_node.next : NULL;
	if (!class) {
		/* The walk begins, or @prev has left its list: begin again */
		class = hlist_entry_safe(tag->classes.first, struct key_class,
					 tag_link);
		node = class ? class->keys.first : NULL;
	}
	while (class) {
		for (; node; node = node->next) {
			listed = hlist_entry(node, struct listed_key, type_node);
			if (refcount_inc_not_zero(&listed->key.usage))
				return &listed->key;
		}
		class = hlist_entry_safe(class->tag_link.next,
					 struct key_class, tag_link);
		node = class ? class->keys.first : NULL;
	}
	return NULL;
}

/**
 * key_tag_index_id - get a domain's number for the hash of a key's index
 * @tag: domain, or NULL for none
 *
 * The hash is made from this number and not from the address of @tag, because
 * user space may see effects of the hash, and must not learn addresses. A
 * domain gets its number when the number is needed first.
 *
 * Context: any.
 * Return: the number, 0 for NULL.
 */
u32 key_tag_index_id(struct key_tag *tag)
{
	int id, new;

	if (!tag)
		return 0;
	id = atomic_read(&tag->index_id);
	if (likely(id))
		return id;
	new = atomic_inc_return(&next_domain_id);
	return atomic_try_cmpxchg(&tag->index_id, &id, new) ? new : id;
}

/**
 * key_put_tag - drop a reference to a domain
 * @tag: domain; freed after a grace period if this was the last reference
 *
 * Context: any.
 * Return: true if this was the last reference.
 */
bool key_put_tag(struct key_tag *tag)
{
	if (!refcount_dec_and_test(&tag->usage))
		return false;
	kfree_rcu(tag, rcu);
	return true;
}

#if IS_ENABLED(CONFIG_KEYS_KUNIT_TEST)
#include "../tests/type_kunit.c"
#endif
