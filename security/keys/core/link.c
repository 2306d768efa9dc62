// SPDX-License-Identifier: GPL-2.0-only
/*
 * The object that ties a key into a keyring, and the two ends it has.
 *
 * All links of the machine stand in one resizable hash table, found by keyring
 * and index at the same cost whatever the size of the keyring. A keyring also
 * lists its links in the order in which they were made, and a key lists the
 * links to it, so that it can leave all its keyrings without a search.
 *
 * A link is reserved first, unseen, when failure is still possible; publishing
 * it needs no memory and cannot fail.
 */
#include <linux/jhash.h>
#include <linux/rculist.h>
#include <linux/rhashtable.h>
#include <linux/sched.h>
#include <linux/slab.h>

#include "index.h"
#include "key.h"
#include "link.h"
#include "quota.h"
#include "unref.h"

/* How many links are taken out in one go without offering to reschedule */
#define LINK_BATCH	64

static struct rhashtable links;
static struct kmem_cache *link_cache;

/* What keyring_moves_begin() and keyring_moves_retry() compare */
atomic_t keyring_moves_made;

/**
 * struct link_id - what a link is found by
 * @ring: keyring
 * @index: of the key
 */
struct link_id {
	const struct keyring	*ring;
	const struct key_index	*index;
};

static u32 link_hash(const struct keyring *ring, u32 hash, u32 seed)
{
	/* The serial number stands for the keyring: it is no address */
	return jhash_2words(ring->key.serial, hash, seed);
}

static u32 link_id_hash(const void *data, u32 len, u32 seed)
{
	const struct link_id *id = data;

	return link_hash(id->ring, id->index->hash, seed);
}

static u32 link_obj_hash(const void *data, u32 len, u32 seed)
{
	const struct key_link *link = data;

	return link_hash(link->ring, link->key->hash, seed);
}

/*
 * 0 when it matches. A link that is only reserved, or that is detached already,
 * never does.
 */
static int link_cmp(struct rhashtable_compare_arg *arg, const void *obj)
{
	const struct key_link *link = obj;
	const struct link_id *id = arg->key;

	/* Index and key came with the link; nothing else is promised here */
	return link->ring != id->ring ||
	       hlist_unhashed_lockless(&link->key_node) ||
	       !key_index_equal(&link->key->index, id->index);
}

static const struct rhashtable_params link_params = {
	.head_offset		= offsetof(struct key_link, node),
	.hashfn			= link_id_hash,
	.obj_hashfn		= link_obj_hash,
	.obj_cmpfn		= link_cmp,
	/* Which few keyrings fill and empty is no reason to resize */
	.min_size		= 512,
	.automatic_shrinking	= true,
};

/**
 * link_table_init - be ready to make links
 */
void __init link_table_init(void)
{
	link_cache = KMEM_CACHE(key_link, SLAB_PANIC | SLAB_ACCOUNT);
	if (rhashtable_init(&links, &link_params))
		panic("No memory for the table of key links\n");
}

/**
 * link_alloc - have the memory that it takes to link a key
 * @ring: keyring
 * @key: key; the caller keeps its reference until the link is published or
 *	cancelled
 *
 * Context: may sleep.
 * Return: a link that is not charged, for link_file(), by which time it must
 * have another link's charge to take over, or link_cancel_uncharged(); or
 * ERR_PTR(-ENOMEM).
 */
struct key_link *link_alloc(struct keyring *ring, struct key *key)
{
	struct key_link *link = kmem_cache_zalloc(link_cache, GFP_KERNEL);

	if (!link)
		return ERR_PTR(-ENOMEM);
	link->ring = ring;
	link->key = key;
	return link;
}

/**
 * link_reserve - have what it takes to link a key
 * @ring: keyring
 * @key: key; the caller keeps its reference until the link is published or
 *	cancelled
 *
 * Context: may sleep; takes no lock that outlasts it.
 * Return: a link, charged to @ring, for link_file() or link_cancel(); or
 * ERR_PTR(-EDQUOT) or ERR_PTR(-ENOMEM).
 */
struct key_link *link_reserve(struct keyring *ring, struct key *key)
{
	struct key_link *link = link_alloc(ring, key);
	int ret;

	if (IS_ERR(link))
		return link;
	ret = quota_resize(&ring->key, KEY_LINK_BYTES);
	if (ret) {
		kmem_cache_free(link_cache, link);
		return ERR_PTR(ret);
	}
	return link;
}

/**
 * link_file - put a link into the table, still unseen
 * @link: reserved link; __link_publish() or link_unfile() follows
 *
 * Context: process context; the keyring's key.sem held for writing, so that
 * there is never more than one waiting beside the one that it may displace.
 * Return: 0 or -ENOMEM.
 */
int link_file(struct key_link *link)
{
	lockdep_assert_held_write(&link->ring->key.sem);
	/* What the table says of its own growth is no error of the caller's */
	if (rhashtable_insert_fast(&links, &link->node, link_params))
		return -ENOMEM;
	return 0;
}

/**
 * link_unfile - undo link_file()
 * @link: link that was filed and not published; link_cancel() follows
 *
 * Context: process context; the keyring's key.sem held for writing.
 */
void link_unfile(struct key_link *link)
{
	lockdep_assert_held_write(&link->ring->key.sem);
	rhashtable_remove_fast(&links, &link->node, link_params);
}

/* Freed when nobody can see it any more; its keyring is in memory still. */
static void link_free(struct key_link *link)
{
	unref_link(&link->ring->key, &link->unref, sizeof(*link));
}

/**
 * links_free - free detached links
 * @links: what unref_take_links() returned
 *
 * Context: process context.
 */
void links_free(struct llist_node *links)
{
	struct key_link *link, *next;

	llist_for_each_entry_safe(link, next, links, unref) {
		kmem_cache_free(link_cache, link);
		cond_resched();
	}
}

/**
 * link_cancel - give a reserved link back
 * @link: link that is not filed
 *
 * Context: may sleep.
 */
void link_cancel(struct key_link *link)
{
	quota_resize(&link->ring->key, -KEY_LINK_BYTES);
	link_cancel_uncharged(link);
}

/**
 * link_cancel_uncharged - give a link back that was never charged
 * @link: link that is not filed
 *
 * Context: may sleep.
 */
void link_cancel_uncharged(struct key_link *link)
{
	/* It may have been filed, and seen by those who passed it over */
	link_free(link);
}

/* The first half of publishing: all but the key's list of parents. */
static void __link_enlist(struct key_link *link)
{
	struct keyring *ring = link->ring;
	struct key *key = link->key;

	lockdep_assert_held(&ring->lock);
	__key_get(key);
	list_add_tail_rcu(&link->ring_node, key_is_keyring(key) ?
			  &ring->rings : &ring->leaves);
	WRITE_ONCE(ring->key.keys.nr_leaves_on_tree,
		   ring->key.keys.nr_leaves_on_tree + 1);
}

/* The second half of detaching: the link has left the key's list of parents. */
static void __link_delist(struct key_link *link)
{
	struct keyring *ring = link->ring;

	lockdep_assert_held(&ring->lock);
	list_del_rcu(&link->ring_node);
	WRITE_ONCE(ring->key.keys.nr_leaves_on_tree,
		   ring->key.keys.nr_leaves_on_tree - 1);
	rhashtable_remove_fast(&links, &link->node, link_params);
	if (ring->handing_over == link)
		ring->handing_over = NULL;
	else
		quota_resize(&ring->key, -KEY_LINK_BYTES);
}

/**
 * __link_publish - tie a key into a keyring
 * @link: filed link; takes a reference of its own to its key
 *
 * Context: ring->lock held.
 */
void __link_publish(struct key_link *link)
{
	struct key *key = link->key;

	__link_enlist(link);
	guard(spinlock)(&key->parents_lock);
	hlist_add_head_rcu(&link->key_node, &key->parents);
}

/**
 * __link_detach - untie a key from a keyring
 * @link: link that stands in its keyring; its charge returns, or goes to the
 *	link that is being added in its place, see struct keyring
 *
 * The link still owns its reference to the key: link_release() follows, once
 * the lock is dropped.
 *
 * Context: ring->lock held.
 */
void __link_detach(struct key_link *link)
{
	lockdep_assert_held(&link->ring->lock);
	scoped_guard(spinlock, &link->key->parents_lock)
		hlist_del_init_rcu(&link->key_node);
	__link_delist(link);
}

/*
 * Between the arrival and the departure of a key, so that who sees neither sees
 * that. Pairs with keyring_moves_begin() and keyring_moves_retry().
 */
static void note_move(void)
{
	/* The arrival is seen by who sees the number */
	smp_mb__before_atomic();
	atomic_inc(&keyring_moves_made);
	/* The number is seen by who sees the departure */
	smp_mb__after_atomic();
}

/* The same for those who look into a single keyring: see link_find_rcu(). */
static void __note_displaced(struct keyring *ring)
{
	lockdep_assert_held(&ring->lock);
	/* What arrives is seen by who sees the number */
	smp_store_release(&ring->displaced, ring->displaced + 1);
	/* The number is seen by who sees what departs */
	smp_wmb();
}

/**
 * __link_displace - tie a key into a keyring in place of another one
 * @link: filed link; takes a reference of its own to its key
 * @old: link that stands in the same keyring, for a key of the same index;
 *	detached, see __link_detach()
 *
 * One of them is found at any time.
 *
 * Context: ring->lock held.
 */
void __link_displace(struct key_link *link, struct key_link *old)
{
	__link_publish(link);
	__note_displaced(link->ring);
	/* A key below both is still below one: for those who climb from it */
	if (key_is_keyring(old->key))
		note_move();
	__link_detach(old);
}

/**
 * __link_move - tie a key into another keyring than before
 * @link: filed link in the one keyring; takes a reference of its own to its key
 * @old: link that it displaces there, or NULL; detached, see __link_detach()
 * @from: link to the same key in the other keyring; detached
 *
 * Who searches both keyrings, or climbs from the key, finds one of the two
 * links at any time; see struct keyring_moves for how.
 *
 * Context: ring->lock of both keyrings held.
 */
void __link_move(struct key_link *link, struct key_link *old,
		 struct key_link *from)
{
	lockdep_assert_held(&from->ring->lock);
	__link_enlist(link);
	scoped_guard(spinlock, &link->key->parents_lock)
		hlist_replace_rcu(&from->key_node, &link->key_node);
	note_move();
	if (old) {
		__note_displaced(link->ring);
		__link_detach(old);
	}
	/* Unhashed, as hlist_del_init_rcu() would have left it */
	WRITE_ONCE(from->key_node.pprev, NULL);
	__link_delist(from);
}

/**
 * link_release - the end of a detached link
 * @link: link, whose keyring is in memory still; its reference to the key is
 *	dropped
 *
 * Context: any.
 */
void link_release(struct key_link *link)
{
	struct key *key = link->key;

	link_free(link);
	key_put(key);
}

/**
 * link_find_rcu - find a link by what it links
 * @ring: keyring
 * @index: of the key
 *
 * A link that displaces another one is found from the moment on that the other
 * is not: a lookup that has missed both, because it passed one too early and
 * the other too late, is made again.
 *
 * Context: RCU read side, takes no lock.
 * Return: the link, which is published and has its key, or NULL.
 */
struct key_link *link_find_rcu(const struct keyring *ring,
			       const struct key_index *index)
{
	struct link_id id = { .ring = ring, .index = index };
	struct key_link *link;
	unsigned int seen;

	if (!READ_ONCE(ring->key.keys.nr_leaves_on_tree))
		return NULL;
	do {
		/* Pairs with __note_displaced(), as does the other barrier */
		seen = smp_load_acquire(&ring->displaced);
		link = rhashtable_lookup(&links, &id, link_params);
		if (link)
			return link;
		/* Whose departure was seen, the number says so */
		smp_rmb();
	} while (unlikely(READ_ONCE(ring->displaced) != seen));
	return NULL;
}

/**
 * keyring_find_live - the key that an addition would displace
 * @ring: keyring
 * @index: of the key that is to be added
 *
 * Context: process context; takes no lock.
 * Return: a key that is neither revoked nor invalidated, with a reference for
 * the caller, or NULL.
 */
struct key *keyring_find_live(struct keyring *ring,
			      const struct key_index *index)
{
	struct key_link *link;

	guard(rcu)();
	while ((link = link_find_rcu(ring, index))) {
		if (!key_is_invalid(link->key) &&
		    !test_bit(KEY_FLAG_REVOKED, &link->key->flags) &&
		    key_tryget(link->key))
			return link->key;
		/* Or has it ended because another one has taken its place? */
		if (!link_is_detached(link))
			return NULL;
	}
	return NULL;
}

static bool detach_once(struct key_link *link)
{
	guard(spinlock)(&link->ring->lock);
	/* Neighbours change the pointer, but not whether there is one */
	if (hlist_unhashed_lockless(&link->key_node))
		return false;
	__link_detach(link);
	return true;
}

/*
 * Take out the latest of a key's links; false if there is none. The keyring
 * stays in memory for as long as RCU readers may see links into it, see reap.c.
 */
static bool detach_latest(struct key *key)
{
	struct hlist_node *node;
	struct key_link *link;

	guard(rcu)();
	while ((node = rcu_dereference(hlist_first_rcu(&key->parents)))) {
		link = hlist_entry(node, struct key_link, key_node);
		/* Or somebody else was faster, and has taken it out */
		if (!detach_once(link))
			continue;
		link_release(link);
		return true;
	}
	return false;
}

/**
 * key_unlink_all - take a key out of all its keyrings
 * @key: key that may not be linked again: key_is_invalid(). The caller holds a
 *	reference.
 *
 * Costs as much as the key has links.
 *
 * Context: may sleep.
 */
void key_unlink_all(struct key *key)
{
	while (detach_latest(key))
		cond_resched();
}

static struct key_link *__first_link(struct keyring *ring)
{
	struct key_link *link;

	link = list_first_entry_or_null(&ring->leaves, struct key_link,
					ring_node);
	return link ?: list_first_entry_or_null(&ring->rings, struct key_link,
						ring_node);
}

/**
 * link_detach_some - take some links out of a keyring
 * @ring: keyring
 *
 * Context: process context.
 * Return: true if there may be more.
 */
bool link_detach_some(struct keyring *ring)
{
	int budget = LINK_BATCH;
	struct key_link *link;

	while (budget--) {
		scoped_guard(spinlock, &ring->lock) {
			link = __first_link(ring);
			if (link)
				__link_detach(link);
		}
		if (!link)
			return false;
		link_release(link);
	}
	return true;
}

/**
 * keyring_empty - take everything out of a keyring
 * @ring: keyring
 *
 * For it to stay empty, the caller holds key.sem for writing, or has made the
 * key doomed, followed by smp_mb(): see edit_recheck().
 *
 * Context: may sleep.
 */
void keyring_empty(struct keyring *ring)
{
	while (link_detach_some(ring))
		cond_resched();
}

#if IS_ENABLED(CONFIG_KEYS_KUNIT_TEST)
#include "../tests/link_kunit.c"
#endif
