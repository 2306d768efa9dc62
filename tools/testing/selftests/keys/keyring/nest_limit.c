// SPDX-License-Identifier: GPL-2.0-only
/*
 * Limits of the time that a link between keyrings takes. The check for cycles
 * visits a keyring once for each path to the keyring, and there may be many.
 * See "differences" in Documentation/security/keys.
 */

enum { TREE_LEVELS = 7, TREE_WIDTH = 8 };

/* Each keyring of a level links all of the next: 8^6 paths to the bottom. */
static bool make_maze(long ring[TREE_LEVELS][TREE_WIDTH])
{
	char desc[16];

	for (int l = 0; l < TREE_LEVELS; l++)
		for (int i = 0; i < TREE_WIDTH; i++) {
			snprintf(desc, sizeof(desc), "%d.%d", l, i);
			ring[l][i] = add_ring(desc, RING_S);
		}
	/* Link from the top down, so that each linked keyring is still empty. */
	for (int l = 1; l < TREE_LEVELS; l++)
		for (int i = 0; i < TREE_WIDTH * TREE_WIDTH; i++)
			if (kc_link(ring[l][i % TREE_WIDTH],
				    ring[l - 1][i / TREE_WIDTH]))
				return false;
	return true;
}

/* Makes levels of four linked keyrings each, with 4^levels paths down. */
static bool make_narrow_maze(long *ring, int levels)
{
	char desc[16];

	for (int i = 0; i < levels * 4; i++) {
		snprintf(desc, sizeof(desc), "%d.%d", i / 4, i % 4);
		ring[i] = add_ring(desc, RING_S);
	}
	for (int i = 4; i < levels * 4; i++)
		for (int j = 0; j < 4; j++)
			if (kc_link(ring[i], ring[(i / 4 - 1) * 4 + j]))
				return false;
	return true;
}

/* 5460 visits are too many for the cycle check of a link, but not for a search. */
TEST(fewer_ways_to_link_than_to_search)
{
	long ring[7 * 4], top, key;

	REQUIRE_ROOT();
	CHILD_AS(fresh_uid()) {
		ASSERT_TRUE(make_narrow_maze(ring, 7));
		top = add_ring("top", RING_S);
		EXPECT_EQ(-ELOOP, kc_link(ring[0], top));
		EXPECT_EQ(0, kc_link(ring[4], top));
		key = add_user("at the bottom", "x", ring[6 * 4 + 3]);
		ASSERT_LT(0, key);
		EXPECT_EQ(key, kc_search(ring[0], "user", "at the bottom", 0));
		EXPECT_EQ(key, kc_search(ring[3], "user", "at the bottom", 0));
	}
}

/* A link fails if there are too many paths to check each of them for a cycle. */
TEST(too_many_ways_to_tell)
{
	long ring[TREE_LEVELS][TREE_WIDTH], top;

	REQUIRE_ROOT();
	CHILD_AS(fresh_uid()) {
		ASSERT_TRUE(make_maze(ring));
		top = add_ring("top", RING_S);
		EXPECT_EQ(-ELOOP, kc_link(ring[0][0], top));
		EXPECT_EQ(0, ring_count(top));
		EXPECT_EQ(0, kc_link(ring[3][0], top));
		/* A cycle close to the link is still found. */
		EXPECT_EQ(-EDEADLK, kc_link(ring[0][0], ring[1][0]));
	}
}
