// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tests of walks from a keyring to the keyrings that link it: each is visited
 * once, the nearest first, and a walk stops at its limits.
 */
#include "keys_kunit.h"

/* Makes a keyring of root that links @ring. Returns it with a reference. */
static struct key *keepers_test_keeper(struct kunit *test, const char *desc,
				       struct key *ring)
{
	return keys_kunit_keeper(test, desc, GLOBAL_ROOT_UID, ring);
}

static struct keepers *keepers_test_walk(struct kunit *test)
{
	return keys_kunit_zalloc(test, sizeof(struct keepers));
}

/* Returns how many keyrings a walk visits. */
static unsigned int keepers_test_visit(struct keepers *walk, struct key *ring)
{
	unsigned int nr = 0, nr_direct;

	guard(keyring_nesting)();
	guard(rcu)();
	keepers_begin(walk, ring);
	while (keepers_next_rcu(walk, &nr_direct))
		nr++;
	return nr;
}

static void keepers_test_nearest_first(struct kunit *test)
{
	struct keepers *walk = keepers_test_walk(test);
	struct key *ring = keys_kunit_ring(test, "kunit-ring");
	struct key *near = keepers_test_keeper(test, "kunit-near", ring);
	struct key *far = keepers_test_keeper(test, "kunit-far", near);
	unsigned int nr_direct;

	scoped_guard(keyring_nesting) {
		guard(rcu)();
		keepers_begin(walk, ring);
		KUNIT_EXPECT_PTR_EQ(test, keepers_next_rcu(walk, &nr_direct),
				    ring);
		KUNIT_EXPECT_EQ(test, nr_direct, 1);
		KUNIT_EXPECT_PTR_EQ(test, keepers_next_rcu(walk, &nr_direct),
				    near);
		KUNIT_EXPECT_EQ(test, nr_direct, 1);
		KUNIT_EXPECT_PTR_EQ(test, keepers_next_rcu(walk, &nr_direct),
				    far);
		KUNIT_EXPECT_EQ(test, nr_direct, 0);
		KUNIT_EXPECT_NULL(test, keepers_next_rcu(walk, &nr_direct));
		KUNIT_EXPECT_FALSE(test, walk->gave_up);
	}
	key_put(far);
	key_put(near);
	key_put(ring);
}

/* A walk visits a keyring only once, although many paths lead to it. */
static void keepers_test_each_once(struct kunit *test)
{
	struct keepers *walk = keepers_test_walk(test);
	struct key *ring = keys_kunit_ring(test, "kunit-ring");
	struct key *left[5], *right[5];
	struct key *a = ring, *b = ring;
	int i;

	for (i = 0; i < ARRAY_SIZE(left); i++) {
		left[i] = keepers_test_keeper(test, "kunit-left", a);
		right[i] = keepers_test_keeper(test, "kunit-right", a);
		if (a != b) {
			KUNIT_ASSERT_EQ(test, 0, key_link(left[i], b));
			KUNIT_ASSERT_EQ(test, 0, key_link(right[i], b));
		}
		a = left[i];
		b = right[i];
	}
	KUNIT_EXPECT_EQ(test, keepers_test_visit(walk, ring), 11);
	KUNIT_EXPECT_FALSE(test, walk->gave_up);
	KUNIT_EXPECT_EQ(test, walk->nr_links, 18);
	for (i = 0; i < ARRAY_SIZE(left); i++) {
		key_put(left[i]);
		key_put(right[i]);
	}
	key_put(ring);
}

/* An unreferenced keyring is not visited, though its links still exist. */
static void keepers_test_unreferenced_is_not_visited(struct kunit *test)
{
	struct keepers *walk = keepers_test_walk(test);
	struct key *ring = keys_kunit_ring(test, "kunit-ring");
	struct key *keeper =
		keepers_test_keeper(test, "kunit-unreferenced", ring);

	KUNIT_EXPECT_EQ(test, keepers_test_visit(walk, ring), 2);
	refcount_set(&keeper->usage, 0);
	KUNIT_EXPECT_EQ(test, keepers_test_visit(walk, ring), 1);
	refcount_set(&keeper->usage, 1);
	key_put(keeper);
	key_put(ring);
}

static void keepers_test_gives_up_on_rings(struct kunit *test)
{
	struct keepers *walk = keepers_test_walk(test);
	struct key *ring = keys_kunit_ring(test, "kunit-ring"), *above = ring;
	struct key **keeper;
	int i;

	keeper = keys_kunit_zalloc(test, KEEPERS_MAX_RINGS * sizeof(*keeper));
	for (i = 0; i < KEEPERS_MAX_RINGS; i++) {
		if (i == KEEPERS_MAX_RINGS - 1) {
			KUNIT_EXPECT_EQ(test, keepers_test_visit(walk, ring),
					KEEPERS_MAX_RINGS);
			KUNIT_EXPECT_FALSE(test, walk->gave_up);
		}
		/* At most two in a chain, as key_link() refuses a deep chain */
		keeper[i] = keepers_test_keeper(test, "kunit-keeper", above);
		above = i % 2 ? ring : keeper[i];
	}
	KUNIT_EXPECT_LE(test, keepers_test_visit(walk, ring),
			KEEPERS_MAX_RINGS);
	KUNIT_EXPECT_TRUE(test, walk->gave_up);
	keys_kunit_put_all(keeper, KEEPERS_MAX_RINGS);
	key_put(ring);
}

/* The limit of links applies to all walks with the same struct keepers. */
static void keepers_test_gives_up_on_links(struct kunit *test)
{
	struct keepers *walk = keepers_test_walk(test);
	struct key *ring = keys_kunit_ring(test, "kunit-ring");
	struct key *keeper = keepers_test_keeper(test, "kunit-keeper", ring);
	int i;

	for (i = 0; i < KEEPERS_MAX_LINKS; i++)
		keepers_test_visit(walk, ring);
	KUNIT_EXPECT_FALSE(test, walk->gave_up);
	KUNIT_EXPECT_EQ(test, keepers_test_visit(walk, ring), 1);
	KUNIT_EXPECT_TRUE(test, walk->gave_up);
	key_put(keeper);
	key_put(ring);
}

static struct kunit_case keepers_test_cases[] = {
	KUNIT_CASE(keepers_test_nearest_first),
	KUNIT_CASE(keepers_test_each_once),
	KUNIT_CASE(keepers_test_unreferenced_is_not_visited),
	KUNIT_CASE(keepers_test_gives_up_on_rings),
	KUNIT_CASE(keepers_test_gives_up_on_links),
	{}
};

static struct kunit_suite keepers_test_suite = {
	.name		= "keys_keepers",
	.test_cases	= keepers_test_cases,
};

kunit_test_suite(keepers_test_suite);
