// SPDX-License-Identifier: GPL-2.0-only
/*
 * Register and unregister key types, and remove domains.
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
	/* Pairs with the barrier in edit_recheck(), as in unlink_ended() */
	smp_mb__after_atomic();
	key_unlink_all(key);
}

/* Drops the reference that key_type_first_key() took to each key. */
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
 * that are still referenced have no payload, and have the type ".dead".
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
	/* Wait for tasks that use the type, and for searches in its ->cmp() */
	synchronize_srcu(&key_types_srcu);
	synchronize_rcu();
	destroy_detached(&detached, ktype);
	/* For unreferenced keys, reap_unreferenced() calls ->destroy() */
	while (key_type_has_keys(ktype))
		reap_barrier();
	/* The work may still be in key_free(), which reads the key's type */
	reap_flush();
}
EXPORT_SYMBOL(unregister_key_type);

/**
 * key_remove_domain - invalidate all keys of a domain that is removed
 * @domain_tag: the domain; the caller's reference is dropped
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
