// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tests whether a key is reached from keyrings: by walks down, by walks up, and
 * within which cost. The trees are those of search_kunit.c.
 */

/* Returns whether a walk down from ring @r finds this key. */
static bool reach_test_model(struct search_test_tree *t, int r,
			     const struct key *key, int level)
{
	int i;

	if (!t->ring[r]->perm)
		return false;
	for (i = 0; i < SEARCH_TEST_DESCS; i++)
		if (t->key[r][i] == key)
			return true;
	for (i = 0; level < KEYRING_MAX_DEPTH && i < t->nr_child[r]; i++)
		if (reach_test_model(t, t->child[r][i], key, level + 1))
			return true;
	return false;
}

/* A walk down, a walk up and key_reached_rcu() must give the same result. */
static void reach_test_expect(struct kunit *test, struct key *key,
			      struct key_roots *roots, bool reached)
{
	const struct cred *cred = current_cred();
	int climbed;

	guard(rcu)();
	roots->spent = 0;
	KUNIT_EXPECT_EQ(test, reached, key_reached_rcu(key, roots, cred));
	roots->spent = 0;
	KUNIT_EXPECT_EQ(test, reached, key_below_any(key, roots, cred));
	climbed = climb_to_root(key, roots, cred);
	if (climbed >= 0)
		KUNIT_EXPECT_EQ(test, reached, climbed);
}

static void reach_test_compare(struct kunit *test, struct search_test_tree *t,
			       int r, int d)
{
	struct key_roots roots = { };
	struct key *key = t->key[r][d];
	bool reached = false;
	int root;

	if (!key)
		return;
	for (root = 0; root < 2; root++) {
		roots.ring[roots.nr++] = t->ring[root * 3];
		if (key->perm)
			reached |= reach_test_model(t, root * 3, key, 0);
		reach_test_expect(test, key, &roots, reached);
	}
}

static void reach_test_like_the_model(struct kunit *test)
{
	search_test_trees(test, reach_test_compare);
}

/* With so many keyrings above the key, key_reached_rcu() walks down instead. */
static void reach_test_many_parents(struct kunit *test)
{
	struct key *key = keys_kunit_key(test, &search_test_type, "popular");
	static struct key *ring[2 * CLIMB_MAX];
	struct key_roots roots = { .nr = 1 };
	int i;

	for (i = 0; i < ARRAY_SIZE(ring); i++) {
		ring[i] = keys_kunit_ring(test, "many");
		KUNIT_ASSERT_EQ(test, key_link(ring[i], key), 0);
	}
	roots.ring[0] = keys_kunit_ring(test, "root");
	reach_test_expect(test, key, &roots, false);
	scoped_guard(rcu)
		KUNIT_EXPECT_EQ(test, -E2BIG, climb_to_root(key, &roots,
							    current_cred()));
	KUNIT_ASSERT_EQ(test, key_link(roots.ring[0], ring[CLIMB_MAX + 3]), 0);
	reach_test_expect(test, key, &roots, true);
	key_put(roots.ring[0]);
	keys_kunit_put_all(ring, ARRAY_SIZE(ring));
	key_put(key);
}

/*
 * Links that lead to no root are counted too, because other users can make many
 * of them.
 */
static void reach_test_climb_counts_rejected_links(struct kunit *test)
{
	struct key *key = keys_kunit_key(test, &search_test_type, "popular");
	static struct key *ring[CLIMB_MAX_LINKS + 1];
	struct key_roots roots = { .nr = 1 };
	int i, ret;

	roots.ring[0] = keys_kunit_ring(test, "root");
	KUNIT_ASSERT_EQ(test, key_link(roots.ring[0], key), 0);
	for (i = 0; i < ARRAY_SIZE(ring); i++) {
		scoped_guard(rcu)
			ret = climb_to_root(key, &roots, current_cred());
		KUNIT_EXPECT_EQ_MSG(test, ret, i < CLIMB_MAX_LINKS ? 1 : -E2BIG,
				    "%d links", i + 1);
		reach_test_expect(test, key, &roots, true);
		ring[i] = keys_kunit_ring(test, "stranger's");
		ring[i]->perm = KEY_USR_ALL & ~KEY_USR_SEARCH;
		KUNIT_ASSERT_EQ(test, key_link(ring[i], key), 0);
	}
	key_put(roots.ring[0]);
	keys_kunit_put_all(ring, ARRAY_SIZE(ring));
	key_put(key);
}

static void reach_test_small_trees(struct kunit *test)
{
	struct key *ring[SMALL_TREE + 2];
	struct key_roots roots = { .nr = 1 };
	int i;

	for (i = 0; i < ARRAY_SIZE(ring); i++) {
		ring[i] = keys_kunit_ring(test, "small");
		if (i)
			KUNIT_ASSERT_EQ(test, 0,
					keyring_link_new(ring[i - 1], ring[i]));
		roots.ring[0] = ring[0];
		guard(rcu)();
		KUNIT_EXPECT_EQ(test, tree_is_small(&roots), i <= SMALL_TREE);
	}
	/* The limit counts the keyrings below all roots, but not the roots */
	roots.ring[0] = ring[2];
	roots.ring[1] = ring[SMALL_TREE + 1];
	roots.nr = 2;
	scoped_guard(rcu)
		KUNIT_EXPECT_TRUE(test, tree_is_small(&roots));
	roots.ring[1] = ring[1];
	scoped_guard(rcu)
		KUNIT_EXPECT_FALSE(test, tree_is_small(&roots));
	keys_kunit_put_all(ring, ARRAY_SIZE(ring));
}

/* Makes a root with @width keyrings below it, the last of which links @key */
static struct key *reach_test_fan(struct kunit *test, int width,
				  struct key *key)
{
	struct key *root = keys_kunit_ring(test, "root");
	struct key *ring;
	char desc[16];
	int i;

	for (i = 0; i < width; i++) {
		snprintf(desc, sizeof(desc), "fan:%d", i);
		ring = keys_kunit_ring(test, desc);
		KUNIT_ASSERT_EQ(test, keyring_link_new(root, ring), 0);
		if (i == width - 1)
			KUNIT_ASSERT_EQ(test, key_link(ring, key), 0);
		key_put(ring);
	}
	return root;
}

/* The roots share one budget: the cost of the first reduces what is left. */
static void reach_test_one_budget_for_all_roots(struct kunit *test)
{
	struct key *key = keys_kunit_key(test, &search_test_type, "x");
	struct key *other = keys_kunit_key(test, &search_test_type, "other");
	struct key_roots roots = { .nr = 2 };
	struct key_search search;
	key_ref_t ref;
	int i;

	roots.ring[0] = reach_test_fan(test, 10, other);
	roots.ring[1] = reach_test_fan(test, 10, key);
	guard(rcu)();
	KUNIT_EXPECT_TRUE(test, key_below_any(key, &roots, current_cred()));
	KUNIT_EXPECT_EQ(test, roots.spent, 20 * WALK_RING_UNITS);
	roots.spent = WALK_UNITS - 20 * WALK_RING_UNITS;
	KUNIT_EXPECT_TRUE(test, key_below_any(key, &roots, current_cred()));
	roots.spent = WALK_UNITS - 19 * WALK_RING_UNITS;
	KUNIT_EXPECT_FALSE(test, key_below_any(key, &roots, current_cred()));
	KUNIT_EXPECT_EQ(test, roots.spent, WALK_UNITS);

	key_search_begin_plain(&search, &search_test_type, NULL, "x",
			       KEY_SEARCH_RECURSE);
	search.spent = WALK_UNITS - 19 * WALK_RING_UNITS;
	for (i = 0; i < 2; i++) {
		ref = make_key_ref(roots.ring[i], true);
		KUNIT_EXPECT_PTR_EQ(test, ERR_PTR(-EAGAIN),
				    keyring_search_rcu(ref, &search));
	}
	search.spent = WALK_UNITS - 10 * WALK_RING_UNITS;
	ref = make_key_ref(roots.ring[1], true);
	KUNIT_EXPECT_PTR_EQ(test, make_key_ref(key, true),
			    keyring_search_rcu(ref, &search));
	key_put(key);
	for (i = 0; i < 2; i++)
		key_put(roots.ring[i]);
	key_put(other);
	key_put(key);
}

/* Each keyring of a layer links all keyrings of the layer below. */
#define REACH_TEST_WIDTH	6
#define REACH_TEST_LAYERS	5

static void reach_test_link_all(struct kunit *test, struct key *from,
				struct key **to)
{
	int i;

	for (i = 0; i < REACH_TEST_WIDTH; i++)
		KUNIT_ASSERT_EQ(test, key_link(from, to[i]), 0);
}

/* Makes the lattice and returns its root. */
static struct key *reach_test_lattice(struct kunit *test)
{
	struct key *root = keys_kunit_ring(test, "root");
	static struct key *ring[REACH_TEST_LAYERS][REACH_TEST_WIDTH];
	char desc[] = "a";
	int layer, i;

	for (layer = REACH_TEST_LAYERS - 1; layer >= 0; layer--)
		for (i = 0; i < REACH_TEST_WIDTH; i++) {
			desc[0] = 'a' + i;
			ring[layer][i] = keys_kunit_ring(test, desc);
			if (layer < REACH_TEST_LAYERS - 1)
				reach_test_link_all(test, ring[layer][i],
						    ring[layer + 1]);
		}
	reach_test_link_all(test, root, ring[0]);
	for (layer = 0; layer < REACH_TEST_LAYERS; layer++)
		for (i = 0; i < REACH_TEST_WIDTH; i++)
			key_put(ring[layer][i]);
	return root;
}

/*
 * There are 9330 paths, more than a walk may follow, but only 30 keyrings. The
 * walk must visit each keyring once to reach the last one.
 */
static void reach_test_walk_visits_each_once(struct kunit *test)
{
	struct key *key = keys_kunit_key(test, &search_test_type, "x");
	struct key *last = keys_kunit_ring(test, "last");
	struct key_roots roots = { .nr = 1 };
	struct key_search search;
	key_ref_t found;

	roots.ring[0] = reach_test_lattice(test);
	KUNIT_ASSERT_EQ(test, key_link(roots.ring[0], last), 0);
	KUNIT_ASSERT_EQ(test, key_link(last, key), 0);
	scoped_guard(rcu)
		KUNIT_EXPECT_TRUE(test, key_below_any(key, &roots,
						      current_cred()));
	key_search_begin_plain(&search, &search_test_type, NULL, "x",
			       KEY_SEARCH_RECURSE);
	scoped_guard(rcu)
		found = keyring_search_rcu(make_key_ref(roots.ring[0], true),
					   &search);
	KUNIT_EXPECT_PTR_EQ(test, found, make_key_ref(key, true));
	if (!IS_ERR(found))
		key_ref_put(found);
	key_put(roots.ring[0]);
	key_put(last);
	key_put(key);
}

/*
 * A walk enters no keyring that has ended. But it enters a root that is only
 * revoked. The flags are set before the keyrings are emptied.
 */
static void reach_test_past_ended_keyrings(struct kunit *test)
{
	struct key *key = keys_kunit_key(test, &search_test_type, "key");
	struct key_roots roots = { .nr = 1 };
	struct key *ring[2];

	keys_kunit_chain(test, ring, ARRAY_SIZE(ring));
	KUNIT_ASSERT_EQ(test, key_link(ring[1], key), 0);
	roots.ring[0] = ring[0];
	reach_test_expect(test, key, &roots, true);
	set_bit(KEY_FLAG_REVOKED, &ring[1]->flags);
	reach_test_expect(test, key, &roots, false);
	clear_bit(KEY_FLAG_REVOKED, &ring[1]->flags);
	set_bit(KEY_FLAG_REVOKED, &ring[0]->flags);
	reach_test_expect(test, key, &roots, true);
	set_bit(KEY_FLAG_INVALIDATED, &ring[0]->flags);
	reach_test_expect(test, key, &roots, false);
	keys_kunit_put_all(ring, ARRAY_SIZE(ring));
	key_put(key);
}

static struct kunit_case reach_test_cases[] = {
	KUNIT_CASE(reach_test_like_the_model),
	KUNIT_CASE(reach_test_many_parents),
	KUNIT_CASE(reach_test_climb_counts_rejected_links),
	KUNIT_CASE(reach_test_small_trees),
	KUNIT_CASE(reach_test_one_budget_for_all_roots),
	KUNIT_CASE(reach_test_walk_visits_each_once),
	KUNIT_CASE(reach_test_past_ended_keyrings),
	{}
};

static struct kunit_suite reach_test_suite = {
	.name		= "keys_reach",
	.suite_init	= search_test_type_register,
	.suite_exit	= search_test_type_unregister,
	.test_cases	= reach_test_cases,
};

kunit_test_suite(reach_test_suite);
