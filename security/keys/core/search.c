// SPDX-License-Identifier: GPL-2.0-only
/*
 * Finding keys in keyrings, without locks.
 *
 * A keyring's own keys are looked at before the keyrings that it links, and
 * those in the order in which they were linked, down to a fixed depth.
 */
#include <linux/export.h>
#include <linux/timekeeping.h>

#include "descent.h"
#include "index.h"
#include "key.h"
#include "perm.h"
#include "search.h"

/* How many keyrings above a key a climb passes before it gives up */
#define CLIMB_MAX	64
/* How many links it looks at before that: whoever may link a key makes them */
#define CLIMB_MAX_LINKS	512
/* A tree of so many keyrings below its roots is walked as cheaply as climbed */
#define SMALL_TREE	3
/* How many links to a key are looked at before the table of links is asked */
#define FEW_LINKS	4

static bool match_description(const struct key *key,
			      const struct key_match_data *match)
{
	return !strcmp(key->description, match->raw_data);
}

/**
 * key_search_begin_plain - say what to search for, by description alone
 * @search: to fill in; borrows @description
 * @type: type
 * @tag: domain, NULL for the caller's
 * @description: description
 * @flags: KEY_SEARCH_*
 *
 * The caller's credentials are the subject unless it sets others.
 *
 * Context: any.
 * Return: 0.
 */
int key_search_begin_plain(struct key_search *search, struct key_type *type,
			   struct key_tag *tag, const char *description,
			   unsigned int flags)
{
	key_index_init(&search->index, type, tag, description);
	search->match = (struct key_match_data) {
		.cmp		= match_description,
		.raw_data	= description,
		.lookup_type	= KEYRING_SEARCH_LOOKUP_DIRECT,
	};
	search->cred = current_cred();
	search->flags = flags;
	search->spent = 0;
	search->now = ktime_get_real_seconds();
	return 0;
}

/**
 * key_search_begin - say what to search for, as the type understands it
 * @search: to fill in; borrows @description; key_search_end() when done
 * @type: type
 * @tag: domain, NULL for the caller's
 * @description: description
 * @flags: KEY_SEARCH_*
 *
 * Context: may sleep if the type has a ->match_preparse().
 * Return: 0, or what ->match_preparse() said.
 */
int key_search_begin(struct key_search *search, struct key_type *type,
		     struct key_tag *tag, const char *description,
		     unsigned int flags)
{
	key_search_begin_plain(search, type, tag, description, flags);
	return type->match_preparse ? type->match_preparse(&search->match) : 0;
}

/**
 * key_search_end - release what key_search_begin() made
 * @search: search
 *
 * Context: as key_search_begin().
 */
void key_search_end(struct key_search *search)
{
	if (search->index.type->match_free)
		search->index.type->match_free(&search->match);
}

/* Can this key, which matches, be given out? 0 or the reason why not. */
static int judge(const struct key *key, const struct key_search *search,
		 bool possessed)
{
	int ret = 0;

	if (!(search->flags & KEY_SEARCH_ANY_STATE))
		ret = key_state_error(key, search->now);
	if (ret == -EKEYEXPIRED && (search->flags & KEY_SEARCH_SKIP_EXPIRED))
		return -EAGAIN;
	if (ret)
		return ret == -ENOKEY ? -EKEYREVOKED : ret;
	if (!(search->flags & KEY_SEARCH_ANY_PERM) &&
	    key_task_permission(make_key_ref(key, possessed), search->cred,
				KEY_NEED_SEARCH))
		return -EACCES;
	if (search->flags & KEY_SEARCH_ANY_STATE)
		return 0;
	return min_t(int, key_read_state(key), 0);
}

/*
 * Take @key if it will do. Otherwise keep the reason, unless the key is going
 * this moment and so is not there.
 */
static bool take(struct key *key, const struct key_search *search,
		 bool possessed, key_ref_t *result)
{
	int ret = judge(key, search, possessed);

	if (ret && ret != -EAGAIN)
		*result = ERR_PTR(ret);
	if (ret || !key_tryget(key))
		return false;
	*result = make_key_ref(key, possessed);
	return true;
}

/*
 * A link that takes another one's place is put at the end before that goes, so
 * that it comes later in this walk.
 */
static bool look_through(const struct list_head *list,
			 struct key_search *search, bool possessed,
			 key_ref_t *result)
{
	struct key_link *link;

	list_for_each_entry_rcu(link, list, ring_node) {
		struct key *key = link->key;

		search->spent += key->type == search->index.type ?
			WALK_COMPARE_UNITS : WALK_LEAF_UNITS;
		if (key->type == search->index.type &&
		    search->match.cmp(key, &search->match) &&
		    take(key, search, possessed, result))
			return true;
	}
	return false;
}

/*
 * Look at the key that a keyring links in this very place. One that can't be
 * given out may be out of date: another one has taken its place, and its end
 * came after that. What became of it is no answer, then.
 */
static bool look_up(const struct keyring *ring, const struct key_search *search,
		    bool possessed, key_ref_t *result)
{
	const key_ref_t before = *result;
	struct key_link *link;

	while ((link = link_find_rcu(ring, &search->index))) {
		if (search->match.cmp != match_description &&
		    !search->match.cmp(link->key, &search->match))
			return false;
		if (take(link->key, search, possessed, result))
			return true;
		if (likely(!link_is_detached(link)))
			return false;
		*result = before;
	}
	return false;
}

/*
 * Look at the keys that a keyring links itself, at all of them: what has been
 * spent is looked at before the next keyring only.
 */
static bool look_into(const struct keyring *ring,
		      struct key_search *search, bool possessed,
		      key_ref_t *result)
{
	if (search->match.lookup_type == KEYRING_SEARCH_LOOKUP_ITERATE)
		return look_through(&ring->leaves, search, possessed, result);
	return look_up(ring, search, possessed, result);
}

/* Nobody goes through a keyring that has ended. */
static bool ring_has_ended(const struct key *ring)
{
	unsigned long gone = BIT(KEY_FLAG_REVOKED) | BIT(KEY_FLAG_INVALIDATED) |
			     BIT(KEY_FLAG_DEAD);

	return READ_ONCE(ring->flags) & gone;
}

/* May the search go down into this keyring? */
static bool may_enter(const struct key *key, const struct cred *cred,
		      bool any_perm, bool possessed)
{
	/* Security modules are asked whatever has become of the keyring */
	if (!any_perm && key_task_permission(make_key_ref(key, possessed),
					     cred, KEY_NEED_SEARCH))
		return false;
	return !ring_has_ended(key);
}

static bool search_below(struct keyring *root, struct key_search *search,
			 bool possessed, key_ref_t *result)
{
	bool any_perm = search->flags & KEY_SEARCH_ANY_PERM;
	struct descent walk __uninitialized;
	struct keyring *ring;

	descent_begin(&walk, &search->spent, WALK_UNITS);
	descend_into(&walk, root);
	while ((ring = descend_next(&walk))) {
		if (!may_enter(&ring->key, search->cred, any_perm, possessed))
			continue;
		if (look_into(ring, search, possessed, result))
			return true;
		descend_into(&walk, ring);
	}
	return false;
}

/**
 * keyring_search_once_rcu - search one of several keyrings
 * @keyring_ref: keyring, and whether the subject possesses it and so what it
 *	finds
 * @search: what for, see key_search_begin()
 *
 * A keyring that is looked into is looked into as a whole, @keyring_ref in any
 * case; when @search has spent what it may, no more keyrings below are.
 *
 * A key that is moved meanwhile may be missed. The caller, who searches other
 * keyrings as well, looks out for that: see struct keyring_moves.
 *
 * Context: RCU read side; takes no lock, whoever holds the keyring's.
 * Return: see keyring_search_rcu().
 */
key_ref_t keyring_search_once_rcu(key_ref_t keyring_ref,
				  struct key_search *search)
{
	bool possessed = is_key_possessed(keyring_ref);
	struct key *key = key_ref_to_ptr(keyring_ref);
	key_ref_t result = ERR_PTR(-EAGAIN);
	struct keyring *root;
	int ret;

	RCU_LOCKDEP_WARN(!rcu_read_lock_held(), "search needs RCU");
	if (!key_is_keyring(key))
		return ERR_PTR(-ENOTDIR);
	if (!(search->flags & KEY_SEARCH_ANY_PERM)) {
		ret = key_task_permission(keyring_ref, search->cred,
					  KEY_NEED_SEARCH);
		if (ret)
			return ERR_PTR(ret);
	}
	if (key_index_equal(&key->index, &search->index)) {
		take(key, search, possessed, &result);
		return result;
	}
	if (key_is_invalid(key))
		return result;
	root = to_keyring(key);
	if (!look_into(root, search, possessed, &result) &&
	    (search->flags & KEY_SEARCH_RECURSE))
		search_below(root, search, possessed, &result);
	return result;
}

/**
 * keyring_search_rcu - search a keyring
 * @keyring_ref: keyring, and whether the subject possesses it and so what it
 *	finds
 * @search: what for, see key_search_begin()
 *
 * Context: RCU read side; takes no lock, whoever holds the keyring's.
 * Return: the key with a reference for the caller; or an ERR_PTR: -EAGAIN if
 * there is none or the keyring has been invalidated, -ENOTDIR if @keyring_ref
 * is no keyring, -EACCES if it may not be searched, and where the only matches
 * cannot be given out, why not the last of them: -EACCES, -EKEYREVOKED,
 * -EKEYEXPIRED or the error of a negative key.
 */
key_ref_t keyring_search_rcu(key_ref_t keyring_ref, struct key_search *search)
{
	struct keyring_moves moves = { };
	key_ref_t found;

	do {
		keyring_moves_begin(&moves);
		found = keyring_search_once_rcu(keyring_ref, search);
	} while (IS_ERR(found) && keyring_moves_retry(&moves));
	return found;
}

/**
 * keyring_search - search a keyring
 * @keyring: keyring, and whether the caller possesses it
 * @type: type of the key
 * @description: description, as the type understands it
 * @recurse: search the keyrings that it links, too
 *
 * Context: takes no lock; may sleep only if the type has a ->match_preparse().
 * Return: see keyring_search_rcu(), or what ->match_preparse() said.
 */
key_ref_t keyring_search(key_ref_t keyring, struct key_type *type,
			 const char *description, bool recurse)
{
	struct key_search search;
	key_ref_t result;
	int ret;

	ret = key_search_begin(&search, type, NULL, description,
			       recurse ? KEY_SEARCH_RECURSE : 0);
	if (ret)
		return ERR_PTR(ret);
	scoped_guard(rcu)
		result = keyring_search_rcu(keyring, &search);
	key_search_end(&search);
	return result;
}
EXPORT_SYMBOL(keyring_search);

static bool is_root(const struct key_roots *roots, const struct key *key)
{
	unsigned int i;

	for (i = 0; i < roots->nr; i++)
		if (roots->ring[i] == key)
			return true;
	return false;
}

/**
 * struct climb - keyrings above a key, one level of which is climbed at a time
 * @ring: keyrings, each once
 * @nr: their number
 * @links: how many links have been looked at
 * @roots: where the climb is to end
 * @cred: the subject
 */
struct climb {
	struct key		*ring[CLIMB_MAX];
	unsigned int		nr;
	unsigned int		links;
	const struct key_roots	*roots;
	const struct cred	*cred;
};

static bool climbed(const struct climb *climb, const struct key *ring)
{
	unsigned int i;

	for (i = 0; i < climb->nr; i++)
		if (climb->ring[i] == ring)
			return true;
	return false;
}

/*
 * Could a walk from the roots have come through here? Unless it is invalidated,
 * a root is entered whatever has become of it. Security modules are not asked:
 * the keyring may be a stranger's.
 */
static bool mask_lets_enter(const struct climb *climb, const struct key *ring,
			    bool root)
{
	if (root ? key_is_invalid(ring) : ring_has_ended(ring))
		return false;
	return !key_mask_permission(make_key_ref(ring, true), climb->cred,
				    KEY_NEED_SEARCH);
}

/*
 * Add the keyrings that link @key. 1 when one of them is a root, 0 to go on,
 * -E2BIG when there are too many, or too many links.
 */
static int climb_from(struct climb *climb, const struct key *key)
{
	struct key_link *link;

	hlist_for_each_entry_rcu(link, &key->parents, key_node) {
		struct key *ring = &link->ring->key;
		bool root = is_root(climb->roots, ring);

		if (climb->links++ == CLIMB_MAX_LINKS)
			return -E2BIG;
		if (climbed(climb, ring) || !mask_lets_enter(climb, ring, root))
			continue;
		if (root)
			return 1;
		if (climb->nr == CLIMB_MAX)
			return -E2BIG;
		climb->ring[climb->nr++] = ring;
	}
	return 0;
}

/*
 * Is there a way up from the key to a root? 1 or 0, or -E2BIG when that cannot
 * be told without looking at more than a few links.
 */
static int climb_to_root(struct key *key, const struct key_roots *roots,
			 const struct cred *cred)
{
	/* The array is long, and mostly not needed */
	struct climb climb __uninitialized;
	unsigned int level, next = 0, end;
	int ret;

	if (key_mask_permission(make_key_ref(key, true), cred, KEY_NEED_SEARCH))
		return 0;
	if (is_root(roots, key))
		return 1;
	climb.nr = 0;
	climb.links = 0;
	climb.roots = roots;
	climb.cred = cred;
	ret = climb_from(&climb, key);
	for (level = 0; !ret && level < KEYRING_MAX_DEPTH; level++)
		for (end = climb.nr; !ret && next < end; next++)
			ret = climb_from(&climb, climb.ring[next]);
	return ret;
}

static noinline bool table_has(const struct keyring *ring,
			       const struct key *key)
{
	struct key_link *link = link_find_rcu(ring, &key->index);

	return link && link->key == key;
}

/* A key has few links as a rule, and those are nearer than the table. */
static inline bool links_key(const struct keyring *ring, const struct key *key)
{
	int left = FEW_LINKS;
	struct key_link *link;

	hlist_for_each_entry_rcu(link, &key->parents, key_node) {
		if (link->ring == ring)
			return true;
		if (!--left)
			return table_has(ring, key);
	}
	return false;
}

static bool may_find(struct key *key, const struct cred *cred)
{
	return !key_task_permission(make_key_ref(key, true), cred,
				    KEY_NEED_SEARCH);
}

/*
 * Walk down from one root to the key, and ask for permission as a search would:
 * for the root, for each keyring that the walk comes to, and for the key each
 * time that the walk meets the key.
 */
static bool key_below(struct key *root, struct key *key,
		      const struct cred *cred, unsigned int *spent)
{
	struct descent walk __uninitialized;
	struct keyring *ring;

	if (!may_find(root, cred))
		return false;
	if (root == key)
		return may_find(key, cred);
	if (key_is_invalid(root))
		return false;
	if (links_key(to_keyring(root), key) && may_find(key, cred))
		return true;
	if (list_empty(&to_keyring(root)->rings))
		return false;
	descent_begin(&walk, spent, WALK_UNITS);
	descend_into(&walk, to_keyring(root));
	while ((ring = descend_next(&walk))) {
		if (!may_enter(&ring->key, cred, false, true))
			continue;
		if (links_key(ring, key) && may_find(key, cred))
			return true;
		descend_into(&walk, ring);
	}
	return false;
}

static bool key_below_any(struct key *key, struct key_roots *roots,
			  const struct cred *cred)
{
	unsigned int i;

	for (i = 0; i < roots->nr; i++)
		if (key_below(roots->ring[i], key, cred, &roots->spent))
			return true;
	return false;
}

/*
 * Are there but a few keyrings below the roots, at whatever depth? Nobody is
 * asked.
 */
static bool tree_is_small(const struct key_roots *roots)
{
	const struct keyring *below[SMALL_TREE] __uninitialized, *ring;
	unsigned int i, nr = 0;
	struct key_link *link;

	for (i = 0; i < roots->nr + nr; i++) {
		ring = i < roots->nr ? to_keyring(roots->ring[i]) :
			below[i - roots->nr];
		list_for_each_entry_rcu(link, &ring->rings, ring_node) {
			if (nr == SMALL_TREE)
				return false;
			below[nr++] = to_keyring(link->key);
		}
	}
	return true;
}

/**
 * key_reached_rcu - would a search of these keyrings find this very key?
 * @key: key
 * @roots: keyrings
 * @cred: the subject
 *
 * A small tree is walked down: that costs little, whoever else links the key. A
 * large one is climbed, from the key, which as a rule is linked once or twice,
 * to the roots; so the cost does not depend on the subject's whole tree.
 * When there are many links above the key, which strangers may have made, the
 * walk goes down after all.
 *
 * Where security modules judge permissions on keys, the walk always goes down,
 * and they are asked for Search on what it comes to, and about nothing else. A
 * climb asks none.
 *
 * A key that is moved meanwhile may be missed: see struct keyring_moves.
 *
 * Context: RCU read side; takes no lock.
 * Return: true if so; false also when @roots has spent what it may.
 */
bool key_reached_rcu(struct key *key, struct key_roots *roots,
		     const struct cred *cred)
{
	int ret;

	if (!key_permission_hooked() && !tree_is_small(roots)) {
		ret = climb_to_root(key, roots, cred);
		if (ret >= 0)
			return ret;
	}
	return key_below_any(key, roots, cred);
}

#if IS_ENABLED(CONFIG_KEYS_KUNIT_TEST)
#include "../tests/search_kunit.c"
#include "../tests/search_reach_kunit.c"
#endif
