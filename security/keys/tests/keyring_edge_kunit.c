// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tests of links at the edges: cycles at the greatest depth, keyrings that
 * cannot be linked into, and links that vanish at the last moment. The keys are
 * those of keyring_kunit.c.
 */

/*
 * The keyring that links @top is as many levels below @top as a check for a
 * cycle visits. Then only the links of that keyring itself are looked at.
 */
static void keyring_edge_test_cycle_at_the_limit(struct kunit *test)
{
	struct key *ring[KEYRING_MAX_DEPTH + 3], *top;
	int nr, expected;

	for (nr = 1; nr < ARRAY_SIZE(ring); nr++) {
		top = keys_kunit_ring(test, "top");
		keys_kunit_chain(test, ring, nr);
		KUNIT_ASSERT_EQ(test, 0, keyring_link_new(ring[nr - 1], top));
		expected = nr > KEYRING_MAX_DEPTH + 1 ? -ELOOP : -EDEADLK;
		KUNIT_EXPECT_EQ_MSG(test, expected, key_link(top, ring[0]),
				    "%d levels", nr);
		KUNIT_EXPECT_EQ(test, top->keys.nr_leaves_on_tree, 0);
		keys_kunit_put_all(ring, nr);
		key_put(top);
	}
}

static void keyring_edge_test_link_new_fails(struct kunit *test)
{
	struct key *ring = keys_kunit_ring(test, "ring");
	struct key *key = keyring_test_key(test, "key");
	unsigned int refs = keys_kunit_refs(key);

	KUNIT_EXPECT_EQ(test, keyring_link_new(key, ring), -ENOTDIR);
	key_revoke(ring);
	KUNIT_EXPECT_EQ(test, keyring_link_new(ring, key), -EKEYREVOKED);
	KUNIT_EXPECT_EQ(test, ring->keys.nr_leaves_on_tree, 0);
	KUNIT_EXPECT_EQ(test, keys_kunit_refs(key), refs);
	key_put(key);
	key_put(ring);
}

/*
 * The key is moved to a keyring that links it already. Before the move unlinks
 * the key from the other keyring, another task has done so.
 */
static void keyring_edge_test_move_of_a_vanished_link(struct kunit *test)
{
	struct key *from = keys_kunit_ring(test, "from");
	struct key *to = keys_kunit_ring(test, "to");
	struct key *key = keyring_test_key(test, "key");
	unsigned int bytes = from->quotalen;
	struct keyring_edit edit;

	KUNIT_ASSERT_EQ(test, key_link(from, key), 0);
	KUNIT_ASSERT_EQ(test, key_link(to, key), 0);
	KUNIT_ASSERT_EQ(test, 0,
			keyring_edit_begin_move(&edit, key, from, to, false));
	KUNIT_EXPECT_TRUE(test, edit.linked);
	keyring_test_take_out(from, key);
	keyring_edit_commit(&edit);
	keyring_edit_end(&edit);
	KUNIT_EXPECT_EQ(test, from->keys.nr_leaves_on_tree, 0);
	KUNIT_EXPECT_EQ(test, from->quotalen, bytes);
	KUNIT_EXPECT_TRUE(test, link_exists(to_keyring(to), key));
	KUNIT_EXPECT_EQ(test, key_move(key, from, to, 0), -ENOENT);
	key_put(key);
	key_put(to);
	key_put(from);
}

static struct kunit_case keyring_edge_test_cases[] = {
	KUNIT_CASE(keyring_edge_test_cycle_at_the_limit),
	KUNIT_CASE(keyring_edge_test_link_new_fails),
	KUNIT_CASE(keyring_edge_test_move_of_a_vanished_link),
	{}
};

static struct kunit_suite keyring_edge_test_suite = {
	.name		= "keys_keyring_edge",
	.suite_init	= keyring_test_type_register,
	.suite_exit	= keyring_test_type_unregister,
	.test_cases	= keyring_edge_test_cases,
};

kunit_test_suite(keyring_edge_test_suite);
