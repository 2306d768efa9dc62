// SPDX-License-Identifier: GPL-2.0-only
/*
 * Register and unregister key types, and remove domains (network namespaces).
 */
#include <linux/export.h>
#include <linux/poison.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>

#include "key.h"
#include "link.h"
#include "reap.h"
#include "restrict.h"
#include "type.h"

/**
 * register_key_type - make a type available
 * @ktype: the type, which must stay in memory until it is unregistered
 *
 * Context: may sleep.
 * Return: 0, or -EEXIST with nothing changed if a type of this name is already
 * registered.
 */
int register_key_type(struct key_type *ktype)
{
	return key_type_add(ktype);
}
EXPORT_SYMBOL(register_key_type);

static void detach_type(struct key *key, struct hlist_head *detached)
{
	down_write(&key->sem);
	set_bit(KEY_FLAG_DEAD, &key->flags);
	key_type_detach_key(key, detached);
	up_write(&key->sem);
	lockdep_set_class(&key->sem, &key_type_removed.lock_class);
	/*
	 * Read the links after the flag was set. Pairs with smp_mb() in
	 * edit_recheck(), between adding a link and reading the flag.
	 */
	smp_mb__after_atomic();
	key_unlink_all(key);
}

/*
 * Destroy the payload of each detached key, and drop the reference to the key
 * that key_type_first_key() took.
 */
static void destroy_detached(struct hlist_head *detached,
			     const struct key_type *type)
{
	struct listed_key *listed;
	struct hlist_node *next;

	hlist_for_each_entry_safe(listed, next, detached, type_node) {
		struct key *key = &listed->key;

		scoped_guard(rwsem_write, &key->sem) {
			key_destroy_payload(key, type);
			memset(&key->payload, KEY_DESTROY,
			       sizeof(key->payload));
		}
		key_type_file_removed(key);
		key_put(key);
		cond_resched();
	}
}

/**
 * unregister_key_type - unregister a type and destroy the payloads of its keys
 * @ktype: the type
 *
 * When this returns, no key refers to the type's code or data any more. Keys
 * that are still referenced are linked by no keyring, have no payload, and have
 * the type ".dead". Nothing is done if the type is not registered.
 *
 * Context: may sleep for long.
 */
void unregister_key_type(struct key_type *ktype)
{
	HLIST_HEAD(detached);
	struct key *key;

	if (key_type_begin_removal(ktype))
		return;
	restriction_remove_type(ktype);
	while ((key = key_type_first_key(ktype)))
		detach_type(key, &detached);
	/*
	 * Wait for tasks that use the type within guard(key_types)(), and for
	 * searches under RCU that call the type's ->cmp().
	 */
	synchronize_srcu(&key_types_srcu);
	synchronize_rcu();
	destroy_detached(&detached, ktype);
	/* Wait until reap_unreferenced() has destroyed unreferenced keys */
	while (key_type_has_keys(ktype))
		reap_barrier();
	/*
	 * Wait until reap_unreferenced() has returned from key_free(), which
	 * reads key->type of a key that is in no list any more.
	 */
	reap_flush();
}
EXPORT_SYMBOL(unregister_key_type);

/**
 * key_remove_domain - invalidate all keys of a network namespace that ends
 * @domain_tag: the namespace's domain. No key can be added to the domain any
 *	more. The namespace's reference to the domain is dropped.
 *
 * Context: may sleep.
 */
void key_remove_domain(struct key_tag *domain_tag)
{
	struct key *key = NULL, *prev;

	key_tag_begin_removal(domain_tag);
	while (prev = key, (key = key_tag_next_key(domain_tag, prev))) {
		key_put(prev);
		key_invalidate(key);
		cond_resched();
	}
	key_put(prev);
	key_put_tag(domain_tag);
}
