// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tests of trees of keyrings: KEYCTL_SEARCH, the order of a search, and the
 * limits of nesting.
 */

/* A walk visits keyrings down to this number of levels below its first one. */
#define DEPTH_MAX	6

FIXTURE(tree) {
	uid_t uid;
};

FIXTURE_VARIANT(tree) {
	bool root;
};

FIXTURE_VARIANT_ADD(tree, root) { .root = true };
FIXTURE_VARIANT_ADD(tree, user) { .root = false };

FIXTURE_SETUP(tree)
{
	REQUIRE_ROOT();
	self->uid = SETUP_AS(variant->root);
}

FIXTURE_TEARDOWN(tree)
{
}

/* ---- SEARCH --------------------------------------------------------- */

TEST_F(tree, search)
{
	long a = add_ring("a", RING_S), b = add_ring("b", a);
	long key = add_user("k", "x", b);

	ASSERT_LT(0, key);
	EXPECT_EQ(key, kc_search(RING_S, "user", "k", 0));
	EXPECT_EQ(key, kc_search(a, "user", "k", 0));
	EXPECT_EQ(key, kc_search(b, "user", "k", 0));
	EXPECT_EQ(b, kc_search(RING_S, "keyring", "b", 0));
	EXPECT_EQ(key, sys_request_key("user", "k", NULL, 0));
	EXPECT_EQ(-ENOKEY, kc_search(RING_S, "user", "K", 0));
	EXPECT_EQ(-ENOKEY, kc_search(RING_S, "user", "k ", 0));
	EXPECT_EQ(-ENOKEY, kc_search(RING_S, "logon", "k", 0));
	EXPECT_EQ(-ENOKEY, kc_search(RING_S, "keyring", "k", 0));
}

/* A search finds keyrings by name, including the keyring where it starts. */
TEST_F(tree, search_for_the_root_itself)
{
	long a = add_ring("a", RING_S);

	EXPECT_EQ(a, kc_search(RING_S, "keyring", "a", 0));
	EXPECT_EQ(a, kc_search(a, "keyring", "a", 0));
	EXPECT_EQ(a, sys_request_key("keyring", "a", NULL, 0));
}

TEST_F(tree, search_errors)
{
	char *too_long = calloc(1, 4097);
	static const char long_type[] = "12345678901234567890123456789012";	/* 32 */
	long key = add_user("k", "x", RING_S);

	memset(too_long, 'x', 4096);
	EXPECT_EQ(-ENOTDIR, kc_search(key, "user", "k", 0));
	EXPECT_EQ(-EFAULT, kc_search(RING_S, NULL, "k", 0));
	EXPECT_EQ(-EFAULT, kc_search(RING_S, BAD_PTR, "k", 0));
	EXPECT_EQ(-EFAULT, kc_search(RING_S, "user", NULL, 0));
	EXPECT_EQ(-EFAULT, kc_search(RING_S, "user", BAD_PTR, 0));
	EXPECT_EQ(-EINVAL, kc_search(RING_S, "", "k", 0));
	EXPECT_EQ(-EINVAL, kc_search(RING_S, long_type, "k", 0));
	EXPECT_EQ(-EINVAL, kc_search(RING_S, "user", too_long, 0));
	EXPECT_EQ(-EPERM, kc_search(RING_S, ".dead", "k", 0));
	EXPECT_EQ(-EPERM, kc_search(RING_S, ".request_key_auth", "k", 0));
	EXPECT_EQ(-ENOKEY, kc_search(RING_S, "nosuchtype", "k", 0));
	EXPECT_EQ(-ENOKEY, kc_search(RING_S, "dead", "k", 0));
	EXPECT_EQ(-ENOKEY, kc_search(RING_S, "user", "", 0));
	EXPECT_EQ(-ENOKEY, kc_search(NO_SUCH_KEY, "user", "k", 0));
	EXPECT_EQ(-EINVAL, kc_search(0, "user", "k", 0));
	EXPECT_EQ(-ENOKEY, kc_search(RING_T, "user", "k", 0));
	EXPECT_EQ(-ENOKEY, kc_search(RING_S, "user", "k", NO_SUCH_KEY));
	EXPECT_EQ(-ENOTDIR, kc_search(RING_S, "user", "k", key));
	/* The destination is looked up before the search. */
	EXPECT_EQ(-EINVAL, kc_search(RING_S, "user", "no", KEY_SPEC_GROUP_KEYRING));
	free(too_long);
}

TEST_F(tree, search_links_what_it_finds)
{
	long a = add_ring("a", RING_S), b = add_ring("b", RING_S);
	long key = add_user("k", "x", a), other = add_user("k", "y", b);

	EXPECT_EQ(key, kc_search(a, "user", "k", b));
	EXPECT_TRUE(ring_has(b, key));
	EXPECT_EQ(1, ring_count(b));
	EXPECT_TRUE(wait_until(kc_read(other, NULL, 0) == -ENOKEY, LATER_MS));
	/* The thread keyring is made as the destination. */
	EXPECT_EQ(key, kc_search(a, "user", "k", RING_T));
	EXPECT_TRUE(ring_has(RING_T, key));
	ASSERT_EQ(0, kc_setperm(key, 0x2f2f0000));
	EXPECT_EQ(-EACCES, kc_search(a, "user", "k", RING_P));
}

/* Search permission is needed on the key and on every keyring on the path. */
TEST_F(tree, search_permissions)
{
	long a = add_ring("a", RING_S), b = add_ring("b", a);
	long key = add_user("k", "x", b);

	ASSERT_EQ(0, kc_setperm(key, 0x37370000));
	EXPECT_EQ(-EACCES, kc_search(RING_S, "user", "k", 0));
	EXPECT_EQ(-EACCES, sys_request_key("user", "k", NULL, 0));
	ASSERT_EQ(0, kc_setperm(key, 0x3f3f0000));
	EXPECT_EQ(key, kc_search(RING_S, "user", "k", 0));
	ASSERT_EQ(0, kc_setperm(b, 0x37370000));
	EXPECT_EQ(-ENOKEY, kc_search(RING_S, "user", "k", 0));
	EXPECT_EQ(-EACCES, kc_search(b, "user", "k", 0));
	EXPECT_EQ(-ENOKEY, sys_request_key("user", "k", NULL, 0));
}

/* A key that causes an error does not hide a usable key further on. */
TEST_F(tree, search_goes_on_behind_an_error)
{
	long a = add_ring("a", RING_S), b = add_ring("b", a);
	long shut = add_user("k", "shut", RING_S);
	long revoked = add_user("k", "revoked", a);
	long good = add_user("k", "good", b);

	ASSERT_EQ(0, kc_setperm(shut, 0x37370000));
	ASSERT_EQ(0, kc_revoke(revoked));
	EXPECT_EQ(good, kc_search(RING_S, "user", "k", 0));
	EXPECT_EQ(good, sys_request_key("user", "k", NULL, 0));
	ASSERT_EQ(0, kc_unlink(good, b));
	EXPECT_GT(0, kc_search(RING_S, "user", "k", 0));
	EXPECT_EQ(-EKEYREVOKED, kc_search(a, "user", "k", 0));
	ASSERT_EQ(0, kc_unlink(revoked, a));
	EXPECT_EQ(-EACCES, kc_search(RING_S, "user", "k", 0));
}

/* A keyring's own keys are found before those of the keyrings in it. */
TEST_F(tree, own_keys_first)
{
	char desc[16];
	long r, own;

	for (int i = 0; i < 20; i++) {
		snprintf(desc, sizeof(desc), "before %d", i);
		r = add_ring(desc, RING_S);
		ASSERT_LT(0, add_user("k", "deep", r));
	}
	own = add_user("k", "own", RING_S);
	for (int i = 0; i < 20; i++) {
		snprintf(desc, sizeof(desc), "after %d", i);
		r = add_ring(desc, RING_S);
		ASSERT_LT(0, add_user("k", "deep", r));
	}
	EXPECT_EQ(own, kc_search(RING_S, "user", "k", 0));
	EXPECT_EQ(own, sys_request_key("user", "k", NULL, 0));
}

/* Revoked and expired keyrings are not searched. */
TEST_F(tree, ended_keyrings_are_not_searched)
{
	long revoked = add_ring("r", RING_S), expired = add_ring("e", RING_S);

	ASSERT_LT(0, add_user("in r", "x", revoked));
	ASSERT_LT(0, add_user("in e", "x", expired));
	ASSERT_EQ(0, kc_revoke(revoked));
	ASSERT_EQ(0, kc_set_timeout(expired, 1));
	sleep_ms(1200);
	EXPECT_EQ(-ENOKEY, kc_search(RING_S, "user", "in r", 0));
	EXPECT_EQ(-EKEYREVOKED, kc_search(revoked, "user", "in r", 0));
	EXPECT_EQ(-EKEYEXPIRED, kc_search(expired, "user", "in e", 0));
}

/* ---- nesting -------------------------------------------------------- */

/*
 * Makes a chain: the session keyring links chain[0], and chain[i] links chain[i
 * + 1]. Each keyring is made in the session keyring first, because a keyring
 * too far down is not possessed.
 */
static bool make_chain(long *chain, int n)
{
	char desc[24];

	for (int i = 0; i < n; i++) {
		snprintf(desc, sizeof(desc), "level %d", i);
		chain[i] = add_ring(desc, RING_S);
		if (chain[i] < 0 || (i && kc_link(chain[i], chain[i - 1])))
			return false;
	}
	for (int i = 1; i < n; i++)
		if (kc_unlink(chain[i], RING_S))
			return false;
	return true;
}

TEST_F(tree, cycles)
{
	long c[4];

	ASSERT_TRUE(make_chain(c, 4));
	EXPECT_EQ(-EDEADLK, kc_link(c[0], c[0]));
	for (int i = 1; i < 4; i++)
		EXPECT_EQ(-EDEADLK, kc_link(c[0], c[i]));
	EXPECT_EQ(-EDEADLK, kc_link(c[1], c[3]));
	EXPECT_EQ(-EDEADLK, kc_link(RING_S, c[3]));
	EXPECT_EQ(-EDEADLK, kc_link(RING_S, RING_S));
	EXPECT_EQ(-EDEADLK, kc_search(RING_S, "keyring", "level 0", c[2]));
	EXPECT_EQ(0, ring_count(c[3]));
	/* A link to another branch or to a lower level is no cycle. */
	EXPECT_EQ(0, kc_link(c[3], c[0]));
	EXPECT_EQ(0, kc_link(c[2], RING_S));
}

/* A key too far below the session keyring is not possessed. */
TEST_F(tree, possession_ends)
{
	long c[DEPTH_MAX + 3], k, id;
	int depth = 0;

	for (k = RING_S; depth < DEPTH_MAX + 3; depth++) {
		id = add_ring("deeper", k);
		if (id < 0)
			break;
		c[depth] = id;
		k = id;
	}
	EXPECT_EQ(-EACCES, id);
	/*
	 * The last possessed keyring is linked by the lowest one that is
	 * searched.
	 */
	ASSERT_EQ(DEPTH_MAX + 2, depth);
	EXPECT_EQ(-EACCES, add_user("k", "x", c[depth - 1]));
	EXPECT_LT(0, add_user("k", "x", c[depth - 2]));
}

TEST_F(tree, search_ends)
{
	long c[DEPTH_MAX + 2], key[DEPTH_MAX + 2];
	char desc[16];

	for (int i = 0; i < DEPTH_MAX + 2; i++) {
		snprintf(desc, sizeof(desc), "level %d", i);
		c[i] = add_ring(desc, RING_S);
		snprintf(desc, sizeof(desc), "key %d", i);
		key[i] = add_user(desc, "x", c[i]);
		ASSERT_LT(0, key[i]);
		if (i)
			ASSERT_EQ(0, kc_link(c[i], c[i - 1]));
	}
	for (int i = 1; i < DEPTH_MAX + 2; i++)
		ASSERT_EQ(0, kc_unlink(c[i], RING_S));
	for (int i = 0; i < DEPTH_MAX + 2; i++) {
		snprintf(desc, sizeof(desc), "key %d", i);
		EXPECT_EQ(i < DEPTH_MAX ? key[i] : -ENOKEY,
			  kc_search(RING_S, "user", desc, 0)) {
			TH_LOG("depth %d", i);
		}
		EXPECT_EQ(i < DEPTH_MAX ? 1 : -EACCES, kc_read(key[i], NULL, 0)) {
			TH_LOG("depth %d", i);
		}
	}
}

/*
 * A keyring is not linked if the tree below it is too deep for the cycle check.
 */
TEST_F(tree, too_deep_to_link)
{
	long c[DEPTH_MAX + 3], top = add_ring("top", RING_S);
	char desc[16];
	long ret;

	for (int i = 0; i < DEPTH_MAX + 3; i++) {
		snprintf(desc, sizeof(desc), "level %d", i);
		c[i] = add_ring(desc, RING_S);
		ASSERT_LT(0, c[i]);
	}
	for (int i = DEPTH_MAX + 1; i >= 0; i--) {
		int below = DEPTH_MAX + 2 - i;	/* levels below c[i] */

		ret = kc_link(c[i + 1], c[i]);
		EXPECT_EQ(below <= DEPTH_MAX + 1 ? 0 : -ELOOP, ret) {
			TH_LOG("%d levels below", below);
		}
	}
	EXPECT_EQ(0, kc_link(c[DEPTH_MAX], top));
	EXPECT_EQ(-ELOOP, kc_link(c[1], top));
}

/*
 * Links from the top down can make any depth, as each links an empty keyring.
 */
TEST_F(tree, any_depth_from_above)
{
	long c[20];

	ASSERT_TRUE(make_chain(c, 20));
	EXPECT_EQ(1, ring_count(c[0]));
	EXPECT_EQ(-ELOOP, kc_link(c[0], add_ring("top", RING_S)));
}

enum { MAZE_LEVELS = 7, MAZE_WIDTH = 24 };

static long maze_ring(long *ring, int level, int i)
{
	return ring[level * MAZE_WIDTH + i % MAZE_WIDTH];
}

/* Each keyring of a level links all keyrings of the next level. */
static bool make_wide_maze(long *ring)
{
	char desc[16];

	for (int i = 0; i < MAZE_LEVELS * MAZE_WIDTH; i++) {
		snprintf(desc, sizeof(desc), "%d.%d", i / MAZE_WIDTH, i % MAZE_WIDTH);
		ring[i] = add_ring(desc, RING_S);
		if (ring[i] < 0)
			return false;
	}
	/*
	 * Link from the top down, so that each linked keyring is still empty.
	 */
	for (int l = 1; l < MAZE_LEVELS; l++)
		for (int i = 0; i < MAZE_WIDTH * MAZE_WIDTH; i++)
			if (kc_link(maze_ring(ring, l, i),
				    maze_ring(ring, l - 1, i / MAZE_WIDTH)))
				return false;
	return true;
}

/*
 * There are 24^6 paths to the bottom, within an ordinary user's quota. No walk
 * may follow all of them. The stock kernel does, for minutes, so this test is
 * skipped there.
 */
TEST_F(tree, many_ways)
{
	long ring[MAZE_LEVELS * MAZE_WIDTH], top, key;
	uint64_t start;

	if (sysctl_get("uid_keyring_linger") == -ENOENT)
		SKIP(return, "the kernel walks all of them");
	ASSERT_TRUE(make_wide_maze(ring));
	top = add_ring("top", RING_S);
	key = add_user("k", "x", RING_S);
	start = now_ms();
	for (int i = 0; i < 5; i++) {
		EXPECT_EQ(-ELOOP, kc_link(ring[0], top));
		/*
		 * The check finds the cycle close to the link, but not the
		 * others.
		 */
		EXPECT_EQ(i ? -ELOOP : -EDEADLK, kc_link(ring[0], maze_ring(ring, 1, i)));
		EXPECT_EQ(-ENOKEY, kc_search(RING_S, "user", "none", 0));
		EXPECT_EQ(-ENOKEY, sys_request_key("user", "none", NULL, 0));
		EXPECT_EQ(key, sys_request_key("user", "k", NULL, 0));
	}
	/* Possession is checked by walks from the key and from the roots. */
	for (int i = 0; i < MAZE_WIDTH; i++)
		ASSERT_EQ(0, kc_link(key, maze_ring(ring, MAZE_LEVELS - 1, i)));
	EXPECT_EQ(1, kc_read(key, NULL, 0));
	ASSERT_EQ(0, kc_unlink(key, RING_S));
	kc_read(key, NULL, 0);
	EXPECT_GT(LATER_MS, now_ms() - start);
}

/* Only the same keyring makes a cycle, not another one with the same name. */
TEST_F(tree, cve_2014_0102_equal_names)
{
	long a = add_ring("same", RING_S), other = add_ring("other", RING_S);
	long b = add_ring("same", a), c, d;

	ASSERT_LT(0, b);
	c = add_ring("same", b);
	d = add_ring("same", add_ring("third", RING_S));
	ASSERT_LT(0, c);
	ASSERT_LT(0, d);
	EXPECT_EQ(0, kc_link(a, other));
	/* The name of @b, and of all keyrings below @other, is that of @d, too. */
	EXPECT_EQ(0, kc_link(b, d));
	EXPECT_EQ(0, kc_link(other, d));
	EXPECT_TRUE(ring_has(d, b));
	EXPECT_TRUE(ring_has(d, other));
	EXPECT_EQ(-EDEADLK, kc_link(d, c));
	EXPECT_EQ(-EDEADLK, kc_link(other, c));
	EXPECT_EQ(-EDEADLK, kc_link(a, c));
	EXPECT_EQ(0, kc_link(c, other));
	EXPECT_EQ(-EDEADLK, kc_link(other, c));
	EXPECT_EQ(1, ring_count(other));
	EXPECT_TRUE(ring_has(other, c));
}
