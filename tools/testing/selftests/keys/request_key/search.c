// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tests of the search of request_key(2): where it searches and in which order,
 * and which result ranks first. dest.c tests where a found key is linked. No
 * request here calls out to user space; request_upcall_test.c tests that.
 */

/* Number of levels of keyrings below a root that are searched. */
#define DEPTH 6

static long request(const char *desc)
{
	return sys_request_key("user", desc, NULL, 0);
}

/* ---- where a request searches --------------------------------------- */

TEST(order_is_thread_process_session)
{
	CHILD() {
		long s, p, t;

		ASSERT_LT(0, kc_join(NULL));
		s = add_user("k", "s", RING_S);
		EXPECT_EQ(s, request("k"));
		p = add_user("k", "p", RING_P);
		EXPECT_EQ(p, request("k"));
		t = add_user("k", "t", RING_T);
		EXPECT_EQ(t, request("k"));
		EXPECT_EQ(0, kc_unlink(t, RING_T));
		EXPECT_EQ(p, request("k"));
		EXPECT_EQ(0, kc_unlink(p, RING_P));
		EXPECT_EQ(s, request("k"));
		EXPECT_EQ(0, kc_unlink(s, RING_S));
		EXPECT_EQ(-ENOKEY, request("k"));
	}
}

TEST(user_session_only_without_session)
{
	REQUIRE_ROOT();
	if (has_session(_metadata))
		SKIP(return, "run with a session keyring");
	CHILD_BARE(fresh_uid()) {
		long us = add_user("k", "us", RING_US);

		EXPECT_EQ(us, request("k"));
		ASSERT_LT(0, kc_join(NULL));
		EXPECT_EQ(-ENOKEY, request("k"));
	}
}

TEST(user_session_is_not_made_by_a_request)
{
	uid_t uid = fresh_uid();
	struct key_user u;

	REQUIRE_ROOT();
	if (has_session(_metadata))
		SKIP(return, "run with a session keyring");
	CHILD_BARE(uid) {
		EXPECT_EQ(-ENOKEY, request("k"));
		EXPECT_FALSE(proc_user(uid, &u));
	}
}

TEST(user_keyring_only_when_linked)
{
	REQUIRE_ROOT();
	CHILD_AS(fresh_uid()) {
		long u = add_user("k", "u", RING_U);

		EXPECT_EQ(-ENOKEY, request("k"));
		EXPECT_EQ(0, kc_link(RING_U, RING_S));
		EXPECT_EQ(u, request("k"));
		EXPECT_EQ(0, kc_unlink(RING_U, RING_S));
		EXPECT_EQ(-ENOKEY, request("k"));
	}
}

TEST(none_of_the_keyrings_is_made)
{
	CHILD() {
		EXPECT_EQ(-ENOKEY, request("no such key"));
		EXPECT_EQ(-ENOKEY, kc_get_keyring_id(RING_T, 0));
		EXPECT_EQ(-ENOKEY, kc_get_keyring_id(RING_P, 0));
	}
}

/*
 * The own keys of a child keyring come before those of its children. The order
 * of two children is not defined, so there is only one child.
 */
TEST(own_keys_before_grandchildren)
{
	CHILD() {
		long child, grandchild, deep, own;

		ASSERT_LT(0, kc_join(NULL));
		child = add_ring("child", RING_S);
		grandchild = add_ring("grandchild", child);
		deep = add_user("k", "deep", grandchild);
		EXPECT_EQ(deep, request("k"));
		own = add_user("k", "own", child);
		EXPECT_EQ(own, request("k"));
	}
}

/* The whole tree of the thread keyring comes before the process keyring. */
TEST(whole_tree_before_next_keyring)
{
	CHILD() {
		long child = add_ring("child", RING_T), deep = add_user("k", "deep", child);

		EXPECT_LT(0, add_user("k", "p", RING_P));
		EXPECT_EQ(deep, request("k"));
	}
}

/* Makes keyrings with a key each, then links them to a chain from the top. */
TEST(depth_is_limited)
{
	CHILD() {
		long rings[9], keys[9];
		char name[16];

		rings[0] = kc_join(NULL);
		for (int i = 1; i < 9; i++) {
			snprintf(name, sizeof(name), "level%d", i);
			rings[i] = add_ring(name, RING_P);
			keys[i] = add_user(name, "x", rings[i]);
		}
		for (int i = 0; i < 8; i++)
			EXPECT_EQ(0, kc_link(rings[i + 1], rings[i]));
		EXPECT_EQ(0, kc_clear(RING_P));
		for (int i = 1; i < 9; i++) {
			snprintf(name, sizeof(name), "level%d", i);
			EXPECT_EQ(i <= DEPTH ? keys[i] : -ENOKEY, request(name)) {
				TH_LOG("%s", name);
			}
		}
	}
}

TEST(keyring_itself_can_be_requested)
{
	CHILD() {
		long ring;

		ASSERT_LT(0, kc_join(NULL));
		ring = add_ring("ring", RING_S);
		EXPECT_EQ(ring, sys_request_key("keyring", "ring", NULL, 0));
		EXPECT_EQ(-ENOKEY, sys_request_key("keyring", "no ring", NULL, 0));
		/* A request finds the root of its search, too. */
		EXPECT_EQ(kc_get_keyring_id(RING_S, 0),
			  sys_request_key("keyring", "_ses", NULL, 0));
	}
}

TEST(types_are_distinguished)
{
	CHILD() {
		ASSERT_LT(0, kc_join(NULL));
		EXPECT_LT(0, add_user("a:k", "x", RING_S));
		EXPECT_EQ(-ENOKEY, sys_request_key("logon", "a:k", NULL, 0));
		EXPECT_EQ(-ENOKEY, sys_request_key("keyring", "a:k", NULL, 0));
		EXPECT_EQ(-ENOKEY, sys_request_key("user", "a:K", NULL, 0));
		EXPECT_EQ(-ENOKEY, sys_request_key("user", "a:", NULL, 0));
	}
}

/* ---- what may be found ----------------------------------------------- */

TEST(key_without_search_is_not_found)
{
	CHILD() {
		long key;

		ASSERT_LT(0, kc_join(NULL));
		key = add_user("k", "x", RING_S);
		ASSERT_EQ(0, kc_setperm(key, (KEY_POS_ALL & ~KEY_POS_SEARCH) | KEY_USR_SETATTR));
		EXPECT_EQ(-EACCES, request("k"));
		ASSERT_EQ(0, kc_setperm(key, KEY_POS_SEARCH));
		EXPECT_EQ(key, request("k"));
	}
}

TEST(root_keyring_without_search)
{
	CHILD() {
		ASSERT_LT(0, kc_join(NULL));
		ASSERT_LT(0, add_user("k", "x", RING_S));
		ASSERT_EQ(0, kc_setperm(RING_S, KEY_POS_ALL & ~KEY_POS_SEARCH));
		EXPECT_EQ(-EACCES, request("k"));
	}
}

/* ---- ranking of results --------------------------------------------- */

/* States of a key in one of three keyrings; each gives another result. */
enum state { NONE, GOOD, REVOKED, EXPIRED, CLOSED, STATES };

static const char *const state_names[STATES] = {
	"none", "good", "revoked", "expired", "closed"
};

static const int state_errors[STATES] = {
	[REVOKED] = -EKEYREVOKED, [EXPIRED] = -EKEYEXPIRED, [CLOSED] = -EACCES
};

#define CASES (STATES * STATES * STATES)

/* Three keyrings, each with a key for each combination of states. */
struct ranking {
	long rings[3], keys[CASES][3];
};

/* Returns the state of the key in @ring in combination @i. */
static enum state state_of(int i, int ring)
{
	static const int divisors[] = { STATES * STATES, STATES, 1 };

	return i / divisors[ring] % STATES;
}

static long put_key(long ring, enum state state, const char *desc)
{
	long key = state == NONE ? 0 : add_user(desc, state_names[state], ring);

	if (state == REVOKED)
		kc_revoke(key);
	else if (state == EXPIRED)
		kc_set_timeout(key, 1);
	else if (state == CLOSED)
		kc_setperm(key, KEY_POS_ALL & ~KEY_POS_SEARCH);
	return key;
}

static void ranking_fill(struct ranking *r)
{
	char desc[16];

	for (int i = 0; i < CASES; i++) {
		snprintf(desc, sizeof(desc), "k%d", i);
		for (int j = 0; j < 3; j++)
			r->keys[i][j] = put_key(r->rings[j], state_of(i, j), desc);
	}
	sleep_ms(1200);
}

/*
 * Three trees are searched in turn. The result is the first good key. If there
 * is none, it is ENOKEY if a tree has no key or an expired one, or else the
 * error of the last tree.
 */
static long wanted_of_trees(const struct ranking *r, int i)
{
	long error = 0;

	for (int j = 0; j < 3; j++) {
		enum state s = state_of(i, j);

		if (s == GOOD)
			return r->keys[i][j];
		if (s == NONE || s == EXPIRED)
			error = -ENOKEY;
		else if (error != -ENOKEY)
			error = state_errors[s];
	}
	return error;
}

/*
 * Three keyrings are in one tree. The result is the first good key, or else the
 * last error. request_key(2) ignores expired keys, KEYCTL_SEARCH does not.
 */
static long wanted_of_tree(const struct ranking *r, int i, bool expired_counts)
{
	long error = -ENOKEY;

	for (int j = 0; j < 3; j++) {
		enum state s = state_of(i, j);

		if (s == GOOD)
			return r->keys[i][j];
		if (s != NONE && (s != EXPIRED || expired_counts))
			error = state_errors[s];
	}
	return error;
}

static void expect_answer(struct __test_metadata *_metadata, int i, long wanted, long got)
{
	EXPECT_EQ(wanted, got) {
		TH_LOG("%s, %s, %s", state_names[state_of(i, 0)],
		       state_names[state_of(i, 1)], state_names[state_of(i, 2)]);
	}
}

TEST(ranking_of_trees)
{
	CHILD() {
		static struct ranking r;
		char desc[16];

		ASSERT_LT(0, kc_join(NULL));
		r.rings[0] = kc_get_keyring_id(RING_T, 1);
		r.rings[1] = kc_get_keyring_id(RING_P, 1);
		r.rings[2] = kc_get_keyring_id(RING_S, 1);
		ranking_fill(&r);
		for (int i = 0; i < CASES; i++) {
			snprintf(desc, sizeof(desc), "k%d", i);
			expect_answer(_metadata, i, wanted_of_trees(&r, i), request(desc));
		}
	}
}

TEST(ranking_in_a_tree)
{
	CHILD() {
		static struct ranking r;
		char desc[16];

		r.rings[0] = kc_join(NULL);
		r.rings[1] = add_ring("child", r.rings[0]);
		r.rings[2] = add_ring("grandchild", r.rings[1]);
		ranking_fill(&r);
		for (int i = 0; i < CASES; i++) {
			snprintf(desc, sizeof(desc), "k%d", i);
			expect_answer(_metadata, i, wanted_of_tree(&r, i, false), request(desc));
			expect_answer(_metadata, i, wanted_of_tree(&r, i, true),
				      kc_search(RING_S, "user", desc, 0));
		}
	}
}

/* A revoked keyring in the tree is skipped. */
TEST(revoked_keyring_in_the_tree_is_passed_over)
{
	CHILD() {
		long revoked, good, key;

		ASSERT_LT(0, kc_join(NULL));
		revoked = add_ring("revoked", RING_S);
		good = add_ring("good", RING_S);
		ASSERT_LT(0, add_user("in revoked", "x", revoked));
		key = add_user("in good", "x", good);
		EXPECT_EQ(0, kc_revoke(revoked));
		EXPECT_EQ(-ENOKEY, request("in revoked"));
		EXPECT_EQ(key, request("in good"));
	}
}

TEST(revoked_session_hides_nothing_else)
{
	CHILD() {
		long key = add_user("k", "x", RING_P);

		ASSERT_LT(0, kc_join(NULL));
		ASSERT_LT(0, add_user("in session", "x", RING_S));
		EXPECT_EQ(0, kc_revoke(RING_S));
		EXPECT_EQ(key, request("k"));
		EXPECT_EQ(-ENOKEY, request("in session"));
	}
}

/* A keyring that cannot be searched is treated like one without the key. */
TEST(revoked_session_alone)
{
	CHILD() {
		ASSERT_LT(0, kc_join(NULL));
		EXPECT_EQ(0, kc_revoke(RING_S));
		EXPECT_EQ(-ENOKEY, request("k"));
	}
}
