// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tests of searches: random trees are compared with a recursive model.
 */
#include <keys/user-type.h>

#include "keys_kunit.h"

#define SEARCH_TEST_RINGS	14
#define SEARCH_TEST_DESCS	6
#define SEARCH_TEST_TREES	60

KEYS_KUNIT_TYPE(search_test_type);
KEYS_KUNIT_REGISTER(search_test_type)

/**
 * struct search_test_tree - keyrings and keys, and how they should be linked
 * @ring: keyrings; each links only keyrings of a higher number
 * @child: numbers of the keyrings that each keyring links, in order
 * @nr_child: number of entries in @child
 * @key: the key that each keyring links under a description, or NULL
 * @rnd: random numbers
 */
struct search_test_tree {
	struct key		*ring[SEARCH_TEST_RINGS];
	int			child[SEARCH_TEST_RINGS][SEARCH_TEST_RINGS];
	int			nr_child[SEARCH_TEST_RINGS];
	struct key		*key[SEARCH_TEST_RINGS][SEARCH_TEST_DESCS];
	struct rnd_state	rnd;
};

/* Makes a key. One in four is negative, revoked, expired or not searchable. */
static struct key *search_test_random_key(struct kunit *test,
					  struct rnd_state *rnd,
					  const char *desc)
{
	struct key *key = keys_kunit_key_of(test, &search_test_type, desc,
					    GLOBAL_ROOT_UID);
	u32 fate = keys_kunit_below(rnd, 16);

	if (fate == 0)
		key_negate_and_link(key, 1000, NULL, NULL);
	else
		key_instantiate_and_link(key, NULL, 0, NULL, NULL);
	if (fate == 1)
		key_revoke(key);
	else if (fate == 2)
		key_set_expiry(key, ktime_get_real_seconds() - 1);
	else if (fate == 3)
		key->perm = 0;
	return key;
}

static void search_test_make_tree(struct kunit *test,
				  struct search_test_tree *t)
{
	int r, c, d;
	char desc[8];

	for (r = 0; r < SEARCH_TEST_RINGS; r++) {
		t->nr_child[r] = 0;
		snprintf(desc, sizeof(desc), "t%d", r);
		t->ring[r] = keys_kunit_ring(test, desc);
		for (d = 0; d < SEARCH_TEST_DESCS; d++) {
			t->key[r][d] = NULL;
			if (keys_kunit_below(&t->rnd, SEARCH_TEST_RINGS / 2))
				continue;
			snprintf(desc, sizeof(desc), "d%d", d);
			t->key[r][d] =
				search_test_random_key(test, &t->rnd, desc);
			KUNIT_ASSERT_EQ(test, 0,
					key_link(t->ring[r], t->key[r][d]));
		}
	}
	for (r = SEARCH_TEST_RINGS - 1; r >= 0; r--)
		for (c = r + 1; c < SEARCH_TEST_RINGS; c++)
			if (!keys_kunit_below(&t->rnd, 4) &&
			    !key_link(t->ring[r], t->ring[c]))
				t->child[r][t->nr_child[r]++] = c;
	for (r = 1; r < SEARCH_TEST_RINGS; r++)
		if (!keys_kunit_below(&t->rnd, 8))
			t->ring[r]->perm = 0;
}

static void search_test_put_tree(struct search_test_tree *t)
{
	int r, d;

	for (r = 0; r < SEARCH_TEST_RINGS; r++) {
		for (d = 0; d < SEARCH_TEST_DESCS; d++)
			key_put(t->key[r][d]);
		key_put(t->ring[r]);
	}
}

/* Returns 0 if the key can be found, or else the error of a search. */
static int search_test_model_error(const struct key *key)
{
	int ret = key_validate(key);

	if (ret)
		return ret;
	if (!key->perm)
		return -EACCES;
	return key_is_negative(key) ? key_read_state(key) : 0;
}

/*
 * Returns the key @d in or below ring @r. If there is none, @why is the last
 * error.
 */
static struct key *search_test_model(struct search_test_tree *t, int r, int d,
				     int level, int *why)
{
	struct key *key = t->key[r][d];
	int i, ret;

	if (key) {
		ret = search_test_model_error(key);
		if (!ret)
			return key;
		*why = ret;
	}
	for (i = 0; level < KEYRING_MAX_DEPTH && i < t->nr_child[r]; i++) {
		if (!t->ring[t->child[r][i]]->perm)
			continue;
		key = search_test_model(t, t->child[r][i], d, level + 1, why);
		if (key)
			return key;
	}
	return NULL;
}

static void search_test_compare(struct kunit *test, struct search_test_tree *t,
				int r, int d)
{
	key_ref_t ref = make_key_ref(t->ring[r], d & 1);
	struct key *expected;
	int why = -EAGAIN;
	key_ref_t found;
	char desc[8];

	if (!t->ring[r]->perm)
		return;
	snprintf(desc, sizeof(desc), "d%d", d);
	expected = search_test_model(t, r, d, 0, &why);
	found = keyring_search(ref, &search_test_type, desc, true);
	if (!expected) {
		KUNIT_EXPECT_PTR_EQ(test, found, ERR_PTR(why));
		return;
	}
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, found);
	KUNIT_EXPECT_PTR_EQ(test, key_ref_to_ptr(found), expected);
	KUNIT_EXPECT_EQ(test, is_key_possessed(found), d & 1);
	key_ref_put(found);
}

/* Calls @compare for each keyring and description of many random trees. */
static void search_test_trees(struct kunit *test,
			      void (*compare)(struct kunit *test,
					      struct search_test_tree *t, int r,
					      int d))
{
	struct search_test_tree *t = keys_kunit_zalloc(test, sizeof(*t));
	int i, r, d;

	keys_kunit_seed(&t->rnd);
	for (i = 0; i < SEARCH_TEST_TREES; i++) {
		search_test_make_tree(test, t);
		for (r = 0; r < SEARCH_TEST_RINGS; r++)
			for (d = 0; d < SEARCH_TEST_DESCS; d++)
				compare(test, t, r, d);
		search_test_put_tree(t);
	}
}

static void search_test_like_the_model(struct kunit *test)
{
	search_test_trees(test, search_test_compare);
}

/* Searches the lowest keyring within the limit of depth, and the next one */
static void search_test_down_to_the_limit(struct kunit *test)
{
	struct key *ring[KEYRING_MAX_DEPTH + 2], *key[2];
	struct key_roots roots = { .nr = 1 };
	key_ref_t ref;
	int i;

	keys_kunit_chain(test, ring, ARRAY_SIZE(ring));
	key[0] = keys_kunit_key(test, &search_test_type, "deep");
	key[1] = keys_kunit_key(test, &search_test_type, "deeper");
	for (i = 0; i < 2; i++)
		KUNIT_ASSERT_EQ(test, 0, key_link(ring[KEYRING_MAX_DEPTH + i],
						  key[i]));
	ref = make_key_ref(ring[0], true);
	roots.ring[0] = ring[0];
	KUNIT_EXPECT_PTR_EQ(test, make_key_ref(key[0], true),
			    keyring_search(ref, &search_test_type, "deep",
					   true));
	KUNIT_EXPECT_PTR_EQ(test, ERR_PTR(-EAGAIN),
			    keyring_search(ref, &search_test_type, "deeper",
					   true));
	scoped_guard(rcu) {
		KUNIT_EXPECT_TRUE(test, key_reached_rcu(key[0], &roots,
							current_cred()));
		KUNIT_EXPECT_FALSE(test, key_reached_rcu(key[1], &roots,
							 current_cred()));
	}
	key_put(key[0]);
	key_put(key[0]);
	key_put(key[1]);
	keys_kunit_put_all(ring, ARRAY_SIZE(ring));
}

static void search_test_own_keys_first(struct kunit *test)
{
	struct key *root = keys_kunit_ring(test, "root");
	struct key *below = keys_kunit_ring(test, "below");
	struct key *deep = keys_kunit_key(test, &search_test_type, "x");
	struct key *flat = keys_kunit_key(test, &search_test_type, "x");
	key_ref_t ref = make_key_ref(root, true);

	KUNIT_ASSERT_EQ(test, key_link(root, below), 0);
	KUNIT_ASSERT_EQ(test, key_link(below, deep), 0);
	KUNIT_EXPECT_PTR_EQ(test, ERR_PTR(-EAGAIN),
			    keyring_search(ref, &search_test_type, "x", false));
	KUNIT_EXPECT_PTR_EQ(test, make_key_ref(deep, true),
			    keyring_search(ref, &search_test_type, "x", true));
	KUNIT_ASSERT_EQ(test, key_link(root, flat), 0);
	KUNIT_EXPECT_PTR_EQ(test, make_key_ref(flat, true),
			    keyring_search(ref, &search_test_type, "x", true));
	KUNIT_EXPECT_PTR_EQ(test, ERR_PTR(-ENOTDIR),
			    keyring_search(make_key_ref(flat, true),
					   &search_test_type, "x", true));
	key_put(deep);
	key_put(deep);
	key_put(flat);
	key_put(flat);
	key_put(below);
	key_put(root);
}

/* Restrictions search a keyring while it is locked for a change. */
static void search_test_with_the_ring_locked(struct kunit *test)
{
	struct key *root = keys_kunit_ring(test, "root");
	struct key *key = keys_kunit_key(test, &search_test_type, "x");

	KUNIT_ASSERT_EQ(test, key_link(root, key), 0);
	down_write(&root->sem);
	KUNIT_EXPECT_PTR_EQ(test, make_key_ref(key, false),
			    keyring_search(make_key_ref(root, false),
					   &search_test_type, "x", true));
	up_write(&root->sem);
	key_put(key);
	key_put(key);
	key_put(root);
}

static void search_test_flags(struct kunit *test)
{
	struct key *root = keys_kunit_ring(test, "root");
	struct key *key = keys_kunit_key(test, &search_test_type, "x");
	key_ref_t ref = make_key_ref(root, true);
	struct key_search search;

	KUNIT_ASSERT_EQ(test, key_link(root, key), 0);
	key_set_expiry(key, ktime_get_real_seconds() - 1);
	key_search_begin_plain(&search, &search_test_type, NULL, "x", 0);
	guard(rcu)();
	KUNIT_EXPECT_PTR_EQ(test, keyring_search_rcu(ref, &search),
			    ERR_PTR(-EKEYEXPIRED));
	search.flags = KEY_SEARCH_SKIP_EXPIRED;
	KUNIT_EXPECT_PTR_EQ(test, keyring_search_rcu(ref, &search),
			    ERR_PTR(-EAGAIN));
	/* No state of the key is told without permission on the keyring */
	root->perm = 0;
	KUNIT_EXPECT_PTR_EQ(test, keyring_search_rcu(ref, &search),
			    ERR_PTR(-EACCES));
	key_put(key);
	key_put(root);
}

static bool search_test_ends_with(const struct key *key,
				  const struct key_match_data *match)
{
	const char *end = match->raw_data;
	size_t len = strlen(key->description), endlen = strlen(end);

	return len >= endlen && !strcmp(key->description + len - endlen, end);
}

static int search_test_match_preparse(struct key_match_data *match)
{
	match->cmp = search_test_ends_with;
	match->lookup_type = KEYRING_SEARCH_LOOKUP_ITERATE;
	return 0;
}

static void search_test_as_the_type_matches(struct kunit *test)
{
	struct key *root = keys_kunit_ring(test, "root");
	struct key *a = keys_kunit_key(test, &search_test_type, "first:x");
	struct key *b = keys_kunit_key(test, &search_test_type, "second:x");
	key_ref_t ref = make_key_ref(root, true);

	search_test_type.match_preparse = search_test_match_preparse;
	KUNIT_ASSERT_EQ(test, key_link(root, a), 0);
	KUNIT_ASSERT_EQ(test, key_link(root, b), 0);
	KUNIT_EXPECT_PTR_EQ(test, make_key_ref(a, true),
			    keyring_search(ref, &search_test_type, "x", true));
	KUNIT_EXPECT_PTR_EQ(test, make_key_ref(b, true),
			    keyring_search(ref, &search_test_type, "d:x",
					   true));
	/* A key that does not match causes no error, even if it is revoked */
	key_revoke(a);
	KUNIT_EXPECT_PTR_EQ(test, ERR_PTR(-EAGAIN),
			    keyring_search(ref, &search_test_type, "y", true));
	search_test_type.match_preparse = NULL;
	key_put(a);
	key_put(a);
	key_put(b);
	key_put(b);
	key_put(root);
}

static unsigned int search_test_frees;

static void search_test_match_free(struct key_match_data *match)
{
	search_test_frees++;
}

static int search_test_match_each(struct key_match_data *match)
{
	match->lookup_type = KEYRING_SEARCH_LOOKUP_ITERATE;
	return 0;
}

/* The type compares the key that is found by its description once more. */
static bool search_test_is_readable(const struct key *key,
				    const struct key_match_data *match)
{
	return key->perm & KEY_USR_READ;
}

static int search_test_match_readable(struct key_match_data *match)
{
	match->cmp = search_test_is_readable;
	return 0;
}

static int search_test_match_fails(struct key_match_data *match)
{
	return -EBADMSG;
}

static key_ref_t search_test_by(int (*preparse)(struct key_match_data *match),
				key_ref_t ring, const char *desc)
{
	key_ref_t found;

	search_test_type.match_preparse = preparse;
	found = keyring_search(ring, &search_test_type, desc, true);
	search_test_type.match_preparse = NULL;
	if (!IS_ERR(found))
		key_ref_put(found);
	return found;
}

/* A type may change only the lookup, or only the comparison, or refuse. */
static void search_test_as_the_type_prepares(struct kunit *test)
{
	struct key *root = keys_kunit_ring(test, "root");
	struct key *key = keys_kunit_key(test, &search_test_type, "a");
	key_ref_t ref = make_key_ref(root, true);
	key_ref_t found = make_key_ref(key, true);

	search_test_type.match_free = search_test_match_free;
	search_test_frees = 0;
	KUNIT_ASSERT_EQ(test, key_link(root, key), 0);
	KUNIT_EXPECT_PTR_EQ(test, found,
			    search_test_by(search_test_match_each, ref, "a"));
	KUNIT_EXPECT_PTR_EQ(test, ERR_PTR(-EAGAIN),
			    search_test_by(search_test_match_each, ref, "b"));
	KUNIT_EXPECT_PTR_EQ(test, found,
			    search_test_by(search_test_match_readable, ref,
					   "a"));
	key->perm &= ~KEY_USR_READ;
	KUNIT_EXPECT_PTR_EQ(test, ERR_PTR(-EAGAIN),
			    search_test_by(search_test_match_readable, ref,
					   "a"));
	KUNIT_EXPECT_EQ(test, search_test_frees, 4);
	KUNIT_EXPECT_PTR_EQ(test, ERR_PTR(-EBADMSG),
			    search_test_by(search_test_match_fails, ref, "a"));
	KUNIT_EXPECT_EQ(test, search_test_frees, 4);
	search_test_type.match_free = NULL;
	key_put(key);
	key_put(root);
}

/* Revokes @old when the search looks at @old; unlinks @old before, if @unlink. */
static struct {
	struct keyring	*ring;
	struct key	*old;
	bool		unlink;
	struct key_link	*link;
} search_test_ended;

static bool search_test_ends_now(const struct key *key,
				 const struct key_match_data *match)
{
	if (search_test_ended.unlink)
		search_test_ended.link =
			link_take_out(search_test_ended.ring, key);
	set_bit(KEY_FLAG_REVOKED, &search_test_ended.old->flags);
	return true;
}

/*
 * The error of a key counts only while the keyring links the key. A search that
 * compares each key keeps to this rule, too.
 */
static void search_test_iteration_forgets_displaced_keys(struct kunit *test)
{
	struct key *root = keys_kunit_ring(test, "root");
	struct key *old = keys_kunit_key(test, &search_test_type, "old");
	key_ref_t ref = make_key_ref(root, true);
	struct key_search search;
	int i;

	search_test_ended.ring = to_keyring(root);
	search_test_ended.old = old;
	for (i = 0; i < 2; i++) {
		search_test_ended.unlink = i;
		KUNIT_ASSERT_EQ(test, key_link(root, old), 0);
		key_search_begin_plain(&search, &search_test_type, NULL, "old",
				       0);
		search.match.cmp = search_test_ends_now;
		search.match.lookup_type = KEYRING_SEARCH_LOOKUP_ITERATE;
		scoped_guard(rcu)
			KUNIT_EXPECT_PTR_EQ(test,
					    ERR_PTR(i ? -EAGAIN : -EKEYREVOKED),
					    keyring_search_rcu(ref, &search));
		clear_bit(KEY_FLAG_REVOKED, &old->flags);
		if (!i)
			KUNIT_EXPECT_EQ(test, key_unlink(root, old), 0);
	}
	link_release(search_test_ended.link);
	key_put(old);
	key_put(root);
}

/* If the caller names no domain, a type that compares each key finds all. */
static void search_test_iteration_keeps_to_a_domain(struct kunit *test)
{
	struct key *root = keys_kunit_ring(test, "root");
	struct key *key = keys_kunit_key(test, &search_test_type, "a");
	key_ref_t ref = make_key_ref(root, true);
	struct key_tag other = { .usage = REFCOUNT_INIT(1) };
	struct key_search search;
	int i;

	KUNIT_ASSERT_EQ(test, key_link(root, key), 0);
	for (i = 0; i < 2; i++) {
		key_search_begin_plain(&search, &search_test_type,
				       i ? &other : NULL, "a", 0);
		search.match.cmp = search_test_ends_with;
		search.match.lookup_type = KEYRING_SEARCH_LOOKUP_ITERATE;
		scoped_guard(rcu)
			KUNIT_EXPECT_PTR_EQ(test,
					    i ? ERR_PTR(-EAGAIN) :
						make_key_ref(key, true),
					    keyring_search_rcu(ref, &search));
	}
	key_put(key);
	key_put(key);
	key_put(root);
}

/*
 * Leaves are charged to the search's budget one by one, but a keyring is always
 * searched completely.
 */
static void search_test_iteration_spends_on_leaves(struct kunit *test)
{
	struct key *root = keys_kunit_ring(test, "root");
	struct key *below = keys_kunit_ring(test, "below");
	struct key *last = keys_kunit_key(test, &search_test_type, "last");
	key_ref_t ref = make_key_ref(root, true);
	struct key_search search;
	struct key *key;
	char desc[16];
	int i;

	KUNIT_ASSERT_EQ(test, key_link(root, below), 0);
	for (i = 0; i < 20; i++) {
		snprintf(desc, sizeof(desc), "leaf:%d", i);
		key = keys_kunit_key(test, &search_test_type, desc);
		KUNIT_ASSERT_EQ(test, key_link(root, key), 0);
		key_put(key);
	}
	KUNIT_ASSERT_EQ(test, key_link(root, last), 0);
	key_search_begin_plain(&search, &search_test_type, NULL, "last",
			       KEY_SEARCH_RECURSE);
	search.match.cmp = search_test_ends_with;
	search.match.lookup_type = KEYRING_SEARCH_LOOKUP_ITERATE;
	search.spent = WALK_UNITS;
	guard(rcu)();
	KUNIT_EXPECT_PTR_EQ(test, make_key_ref(last, true),
			    keyring_search_rcu(ref, &search));
	KUNIT_EXPECT_EQ(test, search.spent,
			WALK_UNITS + 21 * WALK_COMPARE_UNITS);
	/* Keys of other types are skipped, but charged */
	search.spent = 0;
	search.index.type = &key_type_user;
	KUNIT_EXPECT_PTR_EQ(test, ERR_PTR(-EAGAIN),
			    keyring_search_rcu(ref, &search));
	KUNIT_EXPECT_EQ(test, search.spent,
			WALK_RING_UNITS + 21 * WALK_LEAF_UNITS);
	key_put(last);
	key_put(last);
	key_put(root);
	key_put(below);
}

static struct kunit_case search_test_cases[] = {
	KUNIT_CASE(search_test_like_the_model),
	KUNIT_CASE(search_test_down_to_the_limit),
	KUNIT_CASE(search_test_own_keys_first),
	KUNIT_CASE(search_test_with_the_ring_locked),
	KUNIT_CASE(search_test_flags),
	KUNIT_CASE(search_test_as_the_type_matches),
	KUNIT_CASE(search_test_as_the_type_prepares),
	KUNIT_CASE(search_test_iteration_spends_on_leaves),
	KUNIT_CASE(search_test_iteration_forgets_displaced_keys),
	KUNIT_CASE(search_test_iteration_keeps_to_a_domain),
	{}
};

static struct kunit_suite search_test_suite = {
	.name		= "keys_search",
	.suite_init	= search_test_type_register,
	.suite_exit	= search_test_type_unregister,
	.test_cases	= search_test_cases,
};

kunit_test_suite(search_test_suite);
