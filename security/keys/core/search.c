// SPDX-License-Identifier: GPL-2.0-only
/*
 * Search keyrings for keys, without locks.
 *
 * A search looks first at the keys that a keyring links itself. Then it enters
 * the keyrings that this keyring links, in the order in which they were linked.
 * Each of these is searched in the same way, down to KEYRING_MAX_DEPTH levels.
 *
 * A subject possesses a key if a search from the subject's roots (thread,
 * process and session keyring) finds the key. To find this out, the code either
 * walks from the roots down to the key, or climbs from the key up to a root:
 * from a key to the keyrings that link the key, and so on.
 */
#include <linux/export.h>
#include <linux/ktime.h>

#include "descent.h"
#include "index.h"
#include "key.h"
#include "perm.h"
#include "search.h"

/*
 * A climb gives up when it has found more keyrings than CLIMB_MAX, or has
 * looked at more links than CLIMB_MAX_LINKS. Then the code walks down instead.
 * Without limits, other users could slow the climb down: any user who may link
 * the key can make many keyrings that link the key.
 */
#define CLIMB_MAX	64
#define CLIMB_MAX_LINKS	512
/*
 * If there are at most this many keyrings below the roots, the code does not
 * climb, because to walk down through so few keyrings costs no more.
 */
#define SMALL_TREE	3
/*
 * To find out whether a keyring links a key, links_key() looks at the links
 * that the key lists. After this many links of other keyrings, links_key()
 * looks into the hash table of links instead: this costs more than one link
 * does, but does not depend on how many links the key has. Most keys have few.
 */
#define FEW_LINKS	4

static bool match_description(const struct key *key,
			      const struct key_match_data *match)
{
	return !strcmp(key->description, match->raw_data);
}

/**
 * key_search_begin_plain - prepare a search for an exact description
 * @search: filled in; keeps the pointer @description
 * @type: type
 * @tag: domain (struct key_tag), or NULL: key_index_init() chooses the domain
 * @description: description
 * @flags: KEY_SEARCH_*
 *
 * The search checks the permissions of current_cred(). After this function, the
 * caller may set @search->cred to other credentials.
 *
 * Context: any.
 * Return: 0.
 */
int key_search_begin_plain(struct key_search *search, struct key_type *type,
			   struct key_tag *tag, const char *description,
			   unsigned int flags)
{
	key_index_init(&search->index, type, tag, description);
	search->domain = tag;
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
 * key_search_begin - prepare a search; the type may choose what matches
 * @search: filled in; keeps the pointer @description. On success,
 *	key_search_end() must follow.
 * @type: type
 * @tag: domain (struct key_tag), or NULL: key_index_init() chooses the domain
 * @description: description
 * @flags: KEY_SEARCH_*
 *
 * Context: may sleep if the type has a ->match_preparse().
 * Return: 0, or the error of ->match_preparse().
 */
int key_search_begin(struct key_search *search, struct key_type *type,
		     struct key_tag *tag, const char *description,
		     unsigned int flags)
{
	key_search_begin_plain(search, type, tag, description, flags);
	return type->match_preparse ? type->match_preparse(&search->match) : 0;
}

/**
 * key_search_end - free what ->match_preparse() has allocated
 * @search: search that key_search_begin() has prepared
 *
 * Context: as key_search_begin().
 */
void key_search_end(struct key_search *search)
{
	if (search->index.type->match_free)
		search->index.type->match_free(&search->match);
}

/*
 * Check whether the search may return @key, which matches. Return 0 if the
 * search may return @key, -EAGAIN if the search must skip @key without an
 * error, or the error to report. For a search, an invalidated key is revoked.
 */
static int judge(const struct key *key, const struct key_search *search,
		 bool possessed)
{
	int ret = key_state_error(key, search->now);

	if (ret == -EKEYEXPIRED && (search->flags & KEY_SEARCH_SKIP_EXPIRED))
		return -EAGAIN;
	if (ret)
		return ret == -ENOKEY ? -EKEYREVOKED : ret;
	if (key_task_permission(make_key_ref(key, possessed), search->cred,
				KEY_NEED_SEARCH))
		return -EACCES;
	return min_t(int, key_read_state(key), 0);
}

/*
 * If the search may return @key, take a reference, store the key in @result and
 * return true. Otherwise return false, and store the error in @result, unless
 * the key is to be skipped. A key without references is skipped, too: the link
 * owned a reference, so the link was detached meanwhile.
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

/* The successor of a displaced key is found later: forget the key's error. */
static bool look_through(const struct list_head *list,
			 struct key_search *search, bool possessed,
			 key_ref_t *result)
{
	struct key_link *link;

	list_for_each_entry_rcu(link, list, ring_node) {
		const key_ref_t before = *result;
		struct key *key = link->key;

		search->spent += key->type == search->index.type ?
			WALK_COMPARE_UNITS : WALK_LEAF_UNITS;
		if (key->type != search->index.type ||
		    (search->domain && key->domain_tag != search->domain) ||
		    !search->match.cmp(key, &search->match))
			continue;
		if (take(key, search, possessed, result))
			return true;
		if (link_is_detached(link))
			*result = before;
	}
	return false;
}

/*
 * Look up the key of @search->index (type, domain, description). If the key has
 * ended and its link is detached, another key may have displaced it before that.
 * Then the error is discarded, and the lookup is made again.
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
 * Look at the keys that a keyring links itself. The limit of @search->spent is
 * not checked here, but in descend_next(), before the next keyring is visited.
 * So a keyring is searched as a whole or not at all.
 */
static bool look_into(const struct keyring *ring,
		      struct key_search *search, bool possessed,
		      key_ref_t *result)
{
	if (search->match.lookup_type == KEYRING_SEARCH_LOOKUP_ITERATE)
		return look_through(&ring->leaves, search, possessed, result);
	return look_up(ring, search, possessed, result);
}

/*
 * Has the keyring been revoked or invalidated, or was its type removed? Then
 * searches do not enter it. Expired keyrings are entered.
 */
static bool ring_has_ended(const struct key *ring)
{
	unsigned long gone = BIT(KEY_FLAG_REVOKED) | BIT(KEY_FLAG_INVALIDATED) |
			     BIT(KEY_FLAG_DEAD);

	return READ_ONCE(ring->flags) & gone;
}

/* May a search by the subject @cred enter this keyring? */
static bool may_enter(const struct key *key, const struct cred *cred,
		      bool possessed)
{
	/*
	 * Check the permission first: a security module is asked about ended
	 * keyrings, too, because it may want to write an audit record.
	 */
	if (key_task_permission(make_key_ref(key, possessed), cred,
				KEY_NEED_SEARCH))
		return false;
	return !ring_has_ended(key);
}

static bool search_below(struct keyring *root, struct key_search *search,
			 bool possessed, key_ref_t *result)
{
	struct descent walk __uninitialized;
	struct keyring *ring;

	descent_begin(&walk, &search->spent, WALK_UNITS);
	descend_into(&walk, root);
	while ((ring = descend_next(&walk))) {
		if (!may_enter(&ring->key, search->cred, possessed))
			continue;
		if (look_into(ring, search, possessed, result))
			return true;
		descend_into(&walk, ring);
	}
	return false;
}

/**
 * keyring_search_once_rcu - search a keyring, without retry after a move
 * @keyring_ref: keyring, and whether the subject (@search->cred) possesses the
 *	keyring and thus the key that is found
 * @search: prepared search, see key_search_begin()
 *
 * The search looks at all keys that the keyring itself links. When
 * @search->spent has reached WALK_UNITS, the search enters no other keyring.
 *
 * The search may miss a key that is moved meanwhile. So the caller must repeat
 * the search, with all other keyrings that the caller searches: see struct
 * keyring_moves.
 *
 * Context: RCU read side; takes no lock, and does not wait for tasks that hold
 * the keyring's locks.
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
	ret = key_task_permission(keyring_ref, search->cred, KEY_NEED_SEARCH);
	if (ret)
		return ERR_PTR(ret);
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
 * @keyring_ref: keyring, and whether the subject (@search->cred) possesses the
 *	keyring and thus the key that is found
 * @search: prepared search, see key_search_begin()
 *
 * Context: RCU read side; takes no lock, and does not wait for tasks that hold
 * the keyring's locks.
 * Return: the key with a reference for the caller; or an ERR_PTR: -EAGAIN if no
 * key matches or the keyring is invalid, -ENOTDIR if @keyring_ref is no
 * keyring, -EACCES if the subject may not search the keyring. If keys match but
 * the search may return none of them, the error of the last one: -EACCES,
 * -EKEYREVOKED, -EKEYEXPIRED or the error of a negative (rejected) key.
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
 * @description: description, in a format that the type may define
 * @recurse: search the keyrings below @keyring, too
 *
 * Context: takes no lock; may sleep only if the type has a ->match_preparse().
 * Return: see keyring_search_rcu(), or the error of ->match_preparse().
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
 * struct climb - state of a climb from a key to the keyrings that link the key
 * @ring: keyrings that the climb has found so far, each once, level by level
 * @nr: number of keyrings in @ring
 * @links: number of links that the climb has looked at
 * @roots: the roots that the climb tries to reach
 * @cred: credentials of the subject
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
 * Would a walk from the roots enter this keyring? A walk enters a root unless
 * the root is invalid: a revoked root is entered. Only the permission mask is
 * checked. Security modules are not called, because a search of the subject may
 * never come to this keyring: any user may have linked the key.
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
 * Add the keyrings that link @key to @climb->ring. Returns 1 if one of the
 * keyrings is a root, 0 if not, or -E2BIG if there are too many keyrings or
 * links.
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
 * Does a path of links lead up from the key to a root, through keyrings that a
 * walk would enter? Returns 1 or 0, or -E2BIG if the climb has to give up, see
 * CLIMB_MAX.
 */
static int climb_to_root(struct key *key, const struct key_roots *roots,
			 const struct cred *cred)
{
	/* climb.ring is large and mostly unused, so do not initialise it */
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

/* Does the keyring link the key? See FEW_LINKS. */
static inline bool links_key(const struct keyring *ring, const struct key *key)
{
	int left = FEW_LINKS;
	struct key_link *link;

	hlist_for_each_entry_rcu(link, &key->parents, key_node) {
		if (link->ring == ring)
			return true;
		if (!--left)
			return link_exists(ring, key);
	}
	return false;
}

static bool may_find(struct key *key, const struct cred *cred)
{
	return !key_task_permission(make_key_ref(key, true), cred,
				    KEY_NEED_SEARCH);
}

/*
 * Does a walk down from one root find the key? Permissions are checked as in a
 * search: on the root, on each keyring that the walk visits, and on the key
 * each time that the walk finds the key.
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
		if (!may_enter(&ring->key, cred, true))
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
 * Are at most SMALL_TREE keyrings below the roots, at any depth? No permission
 * is checked.
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
 * key_reached_rcu - would a search from these roots find this key?
 * @key: key. Another key of the same type and description does not count.
 * @roots: keyrings where the search begins
 * @cred: credentials of the subject
 *
 * If few keyrings are below the roots, this function walks from the roots down
 * to the key. Otherwise this function climbs from the key to the roots: most
 * keys have only one or two links, and the cost does not depend on the number
 * of keyrings below the roots. If the climb gives up, because other users may
 * have made many links to the key, this function walks down after all.
 *
 * If a security module checks permissions on keys, this function always walks
 * down. So the module checks Search permission on what the walk finds, and on
 * no other key. A climb calls no security module.
 *
 * A key that is moved meanwhile may be missed: see struct keyring_moves.
 *
 * Context: RCU read side; takes no lock.
 * Return: true if so; false also if the walks reach their limit WALK_UNITS.
 */
bool key_reached_rcu(struct key *key, struct key_roots *roots,
		     const struct cred *cred)
{
	int ret;

	RCU_LOCKDEP_WARN(!rcu_read_lock_held(), "walk needs RCU");
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
