// SPDX-License-Identifier: GPL-2.0-only
/*
 * Links: each struct key_link links one key into one keyring.
 *
 * All links of the system are in one resizable hash table. A link is found by
 * its keyring and its key's index (type, domain, description), so the time does
 * not depend on the size of the keyring. A keyring also lists its links in the
 * order in which they were made. A key lists the links to itself, so that the
 * key can be unlinked from all its keyrings without a search.
 *
 * A link is first reserved (allocated and charged), and filed (inserted into
 * the table). Both can fail, and no search finds the link yet. Then the link is
 * published. This makes the link visible, needs no memory and cannot fail.
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

/*
 * How many links link_detach_some() detaches, at most. Then the caller calls
 * cond_resched(), so that to empty a large keyring does not delay other tasks.
 */
#define LINK_BATCH	64

static struct rhashtable links;
static struct kmem_cache *link_cache;

/* Number of calls of link_note_move(); see struct keyring_moves */
atomic_t keyring_moves_made;

/**
 * struct link_id - identifies a link in the table of links
 * @ring: keyring
 * @index: type, domain and description of the key
 */
struct link_id {
	const struct keyring	*ring;
	const struct key_index	*index;
};

static u32 link_hash(const struct keyring *ring, u32 hash, u32 seed)
{
	/* jhash takes 32-bit words: hash the serial number, not the address */
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
 * Returns 0 if the link is the one that @arg describes. A link that its key
 * does not list (not published yet, or detached) never matches.
 */
static int link_cmp(struct rhashtable_compare_arg *arg, const void *obj)
{
	const struct key_link *link = obj;
	const struct link_id *id = arg->key;

	/*
	 * ->ring and ->key do not change while the link is in the table. The
	 * key's index (type, domain, description) changes only if the key's
	 * type is unregistered.
	 */
	return link->ring != id->ring ||
	       hlist_unhashed_lockless(&link->key_node) ||
	       !key_index_equal(&link->key->index, id->index);
}

static const struct rhashtable_params link_params = {
	.head_offset		= offsetof(struct key_link, node),
	.hashfn			= link_id_hash,
	.obj_hashfn		= link_obj_hash,
	.obj_cmpfn		= link_cmp,
	/* Large enough not to resize whenever a few keyrings are filled */
	.min_size		= 512,
	.automatic_shrinking	= true,
};

/**
 * link_table_init - create the table of links and the slab cache
 */
void __init link_table_init(void)
{
	BUILD_BUG_ON(sizeof(struct key_link) > UNREF_LINK_BYTES);
	link_cache = KMEM_CACHE(key_link, SLAB_PANIC | SLAB_ACCOUNT);
	if (rhashtable_init(&links, &link_params))
		panic("No memory for the table of key links\n");
}

/**
 * link_alloc - allocate a link without charging it
 * @ring: keyring
 * @key: key; the caller keeps its reference until the link is published or
 *	cancelled
 *
 * Context: may sleep.
 * Return: a link that is not charged, or ERR_PTR(-ENOMEM). The caller passes
 * the link to link_cancel_uncharged(), or arranges that the link takes over the
 * charge of another link and passes it to link_file().
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
 * link_reserve - allocate a link and charge it
 * @ring: keyring
 * @key: key; the caller keeps its reference until the link is published or
 *	cancelled
 *
 * Context: may sleep.
 * Return: a link that is charged to the account of @ring, for link_file() or
 * link_cancel(); or ERR_PTR(-EDQUOT) or ERR_PTR(-ENOMEM).
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
 * link_file - insert a link into the table of links, but do not publish it yet
 * @link: reserved link; __link_publish(), __link_displace(), __link_move() or
 *	link_unfile() must follow
 *
 * Context: process context; the keyring's key.sem held for writing, so that the
 * table contains at most one unpublished link of each keyring.
 * Return: 0 or -ENOMEM.
 */
int link_file(struct key_link *link)
{
	lockdep_assert_held_write(&link->ring->key.sem);
	/* Always -ENOMEM: keyctl(2) does not list the table's other errors */
	if (rhashtable_insert_fast(&links, &link->node, link_params))
		return -ENOMEM;
	return 0;
}

/**
 * link_unfile - undo link_file()
 * @link: link that was filed and not published. The caller must then free the
 *	link with link_cancel() or link_cancel_uncharged().
 *
 * Context: process context; the keyring's key.sem held for writing.
 */
void link_unfile(struct key_link *link)
{
	lockdep_assert_held_write(&link->ring->key.sem);
	rhashtable_remove_fast(&links, &link->node, link_params);
}

/*
 * Queue a link to be freed after a grace period, because RCU readers may see
 * the link. The keyring must not be freed before this call: the link is queued
 * at the account that the keyring refers to.
 */
static void link_free(struct key_link *link)
{
	unref_link(&link->ring->key, &link->unref);
}

/**
 * links_free - free detached links
 * @links: links that no RCU reader can see, from unref_take_links(); or NULL
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
 * link_cancel - refund and free a reserved link
 * @link: charged link that is not in the table
 *
 * Context: may sleep.
 */
void link_cancel(struct key_link *link)
{
	quota_resize(&link->ring->key, -KEY_LINK_BYTES);
	link_cancel_uncharged(link);
}

/**
 * link_cancel_uncharged - free a link without a charge
 * @link: link that is not charged and not in the table
 *
 * Context: may sleep.
 */
void link_cancel_uncharged(struct key_link *link)
{
	/* RCU readers may see the link, if the link was in the table before */
	link_free(link);
}

/**
 * __link_publish - link a key into a keyring
 * @link: link that link_file() inserted; the link takes a reference to its key
 *
 * link_find_rcu() finds the link as soon as the key's list has the link.
 *
 * Context: ring->lock held.
 */
void __link_publish(struct key_link *link)
{
	struct keyring *ring = link->ring;
	struct key *key = link->key;

	lockdep_assert_held(&ring->lock);
	__key_get(key);
	list_add_tail_rcu(&link->ring_node, key_is_keyring(key) ?
			  &ring->rings : &ring->leaves);
	WRITE_ONCE(ring->key.keys.nr_leaves_on_tree,
		   ring->key.keys.nr_leaves_on_tree + 1);
	guard(spinlock)(&key->parents_lock);
	hlist_add_head_rcu(&link->key_node, &key->parents);
}

/**
 * __link_detach - take a link out of its keyring
 * @link: published link. Its charge is refunded, unless ring->handing_over is
 *	this link: then a link that is being added takes the charge over.
 *
 * The link still owns its reference to the key. The caller drops the lock and
 * then calls link_release().
 *
 * Context: ring->lock held.
 */
void __link_detach(struct key_link *link)
{
	struct keyring *ring = link->ring;

	lockdep_assert_held(&ring->lock);
	scoped_guard(spinlock, &link->key->parents_lock)
		hlist_del_init_rcu(&link->key_node);
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
 * link_note_move - count a move
 *
 * Called when both keyrings link the key, before the old link is detached. So a
 * search that sees neither of the two links sees that keyring_moves_made has
 * changed, and is made again: see struct keyring_moves.
 *
 * Context: any.
 */
void link_note_move(void)
{
	/*
	 * Pairs with the acquire in keyring_moves_begin(): a search that sees
	 * the new number sees the new link.
	 */
	smp_mb__before_atomic();
	atomic_inc(&keyring_moves_made);
	/*
	 * Pairs with smp_rmb() in keyring_moves_retry(): a search that does not
	 * see the old link any more sees the new number.
	 */
	smp_mb__after_atomic();
}

/*
 * Count a displaced link, so that a link_find_rcu() that sees neither the new
 * link nor the old link looks again. Called after the new link was published,
 * before the old link is detached.
 */
static void __note_displaced(struct keyring *ring)
{
	lockdep_assert_held(&ring->lock);
	/*
	 * Pairs with smp_load_acquire() in link_find_rcu(): a lookup that sees
	 * the new number sees the new link.
	 */
	smp_store_release(&ring->displaced, ring->displaced + 1);
	/*
	 * Pairs with smp_rmb() in link_find_rcu(): a lookup that does not see
	 * the old link any more sees the new number.
	 */
	smp_wmb();
}

/**
 * __link_displace - link a key into a keyring in place of another key
 * @link: link in the table; the link takes a reference to its key
 * @old: published link in the same keyring, to another key of the same index
 *	(type, domain, description). This function detaches @old, see
 *	__link_detach().
 *
 * At any time, link_find_rcu() finds one of the two links.
 *
 * Context: ring->lock held.
 */
void __link_displace(struct key_link *link, struct key_link *old)
{
	__link_publish(link);
	__note_displaced(link->ring);
	/*
	 * The old and the new key are keyrings, and may link the same key. A
	 * climb from that key up to a root (see key_reached_rcu()) could miss
	 * both @link and @old. So count a move: then the climb is repeated.
	 */
	if (key_is_keyring(old->key))
		link_note_move();
	__link_detach(old);
}

/**
 * __link_move - move a key from one keyring to another
 * @link: link in the table, in the new keyring; takes a reference to its key
 * @old: link to another key that @link displaces in the new keyring, or NULL.
 *	This function detaches @old, see __link_detach().
 * @from: link to the same key in the old keyring. This function detaches @from.
 *
 * A search of both keyrings, or a climb from the key up to its keyrings, does
 * not miss the key if it is repeated as struct keyring_moves describes.
 *
 * Context: ring->lock of both keyrings held.
 */
void __link_move(struct key_link *link, struct key_link *old,
		 struct key_link *from)
{
	lockdep_assert_held(&from->ring->lock);
	/*
	 * The move is counted while both keyrings link the key. If @from were
	 * detached first, a search could miss both links before the number of
	 * moves changes, and would not be repeated.
	 */
	__link_publish(link);
	link_note_move();
	if (old) {
		__note_displaced(link->ring);
		__link_detach(old);
	}
	__link_detach(from);
}

/**
 * link_release - free a detached link and drop its reference to the key
 * @link: detached link, whose keyring is not freed yet
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
 * link_find_rcu - find the link to the key of a given index
 * @ring: keyring
 * @index: type, domain and description of the key
 *
 * While a key is displaced, a lookup may look for the new link before that link
 * is published, and for the old link after that link was detached. Such a
 * lookup is made again, so that it finds one of the two links.
 *
 * Context: RCU read side, takes no lock.
 * Return: the link, which is published, or NULL.
 */
struct key_link *link_find_rcu(const struct keyring *ring,
			       const struct key_index *index)
{
	struct link_id id = { .ring = ring, .index = index };
	struct key_link *link;
	unsigned int seen;

	RCU_LOCKDEP_WARN(!rcu_read_lock_held(), "lookup needs RCU");
	if (!READ_ONCE(ring->key.keys.nr_leaves_on_tree))
		return NULL;
	do {
		/* Pairs with smp_store_release() in __note_displaced() */
		seen = smp_load_acquire(&ring->displaced);
		link = rhashtable_lookup(&links, &id, link_params);
		if (link)
			return link;
		/*
		 * Pairs with smp_wmb() in __note_displaced(): if the lookup did
		 * not see the old link any more, the new number is read here.
		 */
		smp_rmb();
	} while (unlikely(READ_ONCE(ring->displaced) != seen));
	return NULL;
}

static struct key_link *find_key_rcu(const struct keyring *ring,
				     const struct key *key)
{
	struct key_link *link = link_find_rcu(ring, &key->index);

	return link && link->key == key ? link : NULL;
}

/**
 * link_exists - does a keyring link this key?
 * @ring: keyring
 * @key: key. Another key of the same type and description does not count.
 *
 * Context: any; takes no lock. The link may be made or detached meanwhile.
 * Return: true if so.
 */
bool link_exists(const struct keyring *ring, const struct key *key)
{
	guard(rcu)();
	return find_key_rcu(ring, key);
}

/**
 * __link_find - find the link to this key
 * @ring: keyring
 * @key: key. A link to another key of the same description is not returned.
 *
 * Context: ring->lock held.
 * Return: the link, which no other task detaches while the lock is held; or
 * NULL.
 */
struct key_link *__link_find(const struct keyring *ring, const struct key *key)
{
	lockdep_assert_held(&ring->lock);
	guard(rcu)();
	return find_key_rcu(ring, key);
}

/**
 * link_take_out - find and detach the link to this key
 * @ring: keyring
 * @key: key. A link to another key of the same description is not detached.
 *
 * Context: process context.
 * Return: the detached link, for link_release(); or NULL.
 */
struct key_link *link_take_out(struct keyring *ring, const struct key *key)
{
	struct key_link *link;

	guard(spinlock)(&ring->lock);
	link = __link_find(ring, key);
	if (link)
		__link_detach(link);
	return link;
}

static bool detach_once(struct key_link *link)
{
	guard(spinlock)(&link->ring->lock);
	/*
	 * This reads key_node.pprev without parents_lock. A task that adds or
	 * removes the preceding node may change pprev meanwhile, but does not
	 * set pprev to NULL. Only __link_detach() does, with ring->lock held.
	 */
	if (hlist_unhashed_lockless(&link->key_node))
		return false;
	__link_detach(link);
	return true;
}

/*
 * Detach the link to @key that was made last. False if no keyring links @key.
 * The link's keyring may be unreferenced, but the keyring is not freed while
 * RCU readers can see its links, see dismantle_rings() in reap.c.
 */
static bool detach_latest(struct key *key)
{
	struct hlist_node *node;
	struct key_link *link;

	guard(rcu)();
	while ((node = rcu_dereference(hlist_first_rcu(&key->parents)))) {
		link = hlist_entry(node, struct key_link, key_node);
		/* Another task may have detached the link meanwhile */
		if (!detach_once(link))
			continue;
		link_release(link);
		return true;
	}
	return false;
}

/**
 * key_unlink_all - unlink a key from all its keyrings
 * @key: key for which key_is_invalid() is true, so that no task links the key
 *	again and the loop ends. The caller holds a reference.
 *
 * The time is proportional to the number of links to the key.
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
 * link_detach_some - detach up to LINK_BATCH links of a keyring
 * @ring: keyring
 *
 * Context: process context.
 * Return: true if the keyring may have more links.
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
 * keyring_empty - unlink all keys from a keyring
 * @ring: keyring
 *
 * The keyring stays empty only if the caller holds key.sem for writing, or has
 * made the keyring invalid and then called smp_mb(): see edit_recheck().
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
