// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tests that a user's keyrings are isolated: the errors that other users get,
 * keyrings with a similar name, and what users may do with their own keyrings.
 */

/* ---- another uid at the serial numbers ------------------------------- */

struct attack {
	const char *name;
	long (*run)(long ring, long key);
	long expected;
};

static long try_describe(long ring, long key)
{
	return kc_describe(ring, NULL, 0);
}

static long try_read(long ring, long key)
{
	return kc_read(ring, NULL, 0);
}

static long try_search(long ring, long key)
{
	return kc_search(ring, "user", "secret", 0);
}

static long try_get_id(long ring, long key)
{
	return kc_get_keyring_id(ring, 0);
}

static long try_link(long ring, long key)
{
	return kc_link(ring, RING_S);
}

static long try_link_key(long ring, long key)
{
	return kc_link(key, RING_S);
}

static long try_link_into(long ring, long key)
{
	return kc_link(add_user("mine", "x", RING_S), ring);
}

static long try_unlink(long ring, long key)
{
	return kc_unlink(key, ring);
}

static long try_move(long ring, long key)
{
	return kc_move(key, ring, RING_S, 0);
}

static long try_add(long ring, long key)
{
	return add_user("planted", "x", ring);
}

static long try_request(long ring, long key)
{
	add_user("found", "x", RING_S);
	return sys_request_key("user", "found", NULL, ring);
}

static long try_clear(long ring, long key)
{
	return kc_clear(ring);
}

static long try_update(long ring, long key)
{
	return kc_update(key, "y", 1);
}

static long try_read_key(long ring, long key)
{
	return kc_read(key, NULL, 0);
}

static long try_revoke(long ring, long key)
{
	return kc_revoke(ring);
}

static long try_invalidate(long ring, long key)
{
	return kc_invalidate(ring);
}

static long try_setperm(long ring, long key)
{
	return kc_setperm(ring, KEY_EVERYONE);
}

static long try_chown(long ring, long key)
{
	return kc_chown(ring, syscall(__NR_getuid), -1);
}

static long try_timeout(long ring, long key)
{
	return kc_set_timeout(ring, 1);
}

static long try_security(long ring, long key)
{
	return kc_get_security(ring, NULL, 0);
}

static long try_restrict(long ring, long key)
{
	return kc_restrict(ring, NULL, NULL);
}

static long try_persistent(long ring, long key)
{
	return kc_get_persistent(-1, ring);
}

static const struct attack attacks[] = {
	{ "describe", try_describe, -EACCES },
	{ "read", try_read, -EACCES },
	{ "search", try_search, -EACCES },
	{ "get id", try_get_id, -EACCES },
	{ "link", try_link, -EACCES },
	{ "link a key of it", try_link_key, -EACCES },
	{ "link into", try_link_into, -EACCES },
	{ "unlink", try_unlink, -EACCES },
	{ "move from", try_move, -EACCES },
	{ "add", try_add, -EACCES },
	{ "request into", try_request, -EACCES },
	{ "clear", try_clear, -EACCES },
	{ "update a key of it", try_update, -EACCES },
	{ "read a key of it", try_read_key, -EACCES },
	{ "revoke", try_revoke, -EACCES },
	{ "invalidate", try_invalidate, -EACCES },
	{ "setperm", try_setperm, -EACCES },
	{ "chown", try_chown, -EACCES },
	{ "timeout", try_timeout, -EACCES },
	{ "get security", try_security, -ENOKEY },
	{ "restrict", try_restrict, -EACCES },
	{ "persistent into", try_persistent, -EACCES },
};

struct victim {
	long u, us, key;
	int ready;
};

static void attack_all(struct __test_metadata *_metadata, const struct victim *v)
{
	for (unsigned int i = 0; i < ARRAY_SIZE(attacks); i++) {
		EXPECT_EQ(attacks[i].expected, attacks[i].run(v->u, v->key)) {
			TH_LOG("%s, user keyring", attacks[i].name);
		}
		EXPECT_EQ(attacks[i].expected, attacks[i].run(v->us, v->u)) {
			TH_LOG("%s, user session keyring", attacks[i].name);
		}
	}
	EXPECT_FALSE(proc_key_shown(v->u));
	EXPECT_FALSE(proc_key_shown(v->us));
	EXPECT_NE(v->u, kc_get_keyring_id(RING_U, 0));
	EXPECT_NE(v->us, kc_get_keyring_id(RING_US, 0));
}

static void be_victim(struct __test_metadata *_metadata, struct victim *v, struct gate *g)
{
	v->u = kc_get_keyring_id(RING_U, 0);
	v->us = kc_get_keyring_id(RING_US, 0);
	v->key = add_user("secret", "s3cret", RING_U);
	shared_set(&v->ready, 1);
	gate_wait(g);
	EXPECT_EQ(1, ring_count(RING_U));
	EXPECT_EQ(1, ring_count(RING_US));
	EXPECT_TRUE(ring_has(RING_U, v->key));
	EXPECT_EQ(6, kc_read(v->key, NULL, 0));
}

/* Starts a process of @uid that is a victim until the gate is opened. */
static pid_t victim_start(struct __test_metadata *_metadata, uid_t uid, struct victim *v,
			  struct gate *g)
{
	pid_t pid = START_CHILD_BARE(uid);

	if (pid == 0) {
		be_victim(_metadata, v, g);
		END_CHILD();
	}
	EXPECT_TRUE(wait_until(shared_get(&v->ready), LATER_MS));
	return pid;
}

/* Runs all attacks as @attacker against a new user. */
static void isolate(struct __test_metadata *_metadata, uid_t attacker)
{
	uid_t uid = fresh_uid();
	struct victim *v = shared_alloc(sizeof(*v));
	struct gate g;
	pid_t pid;

	ASSERT_NE(NULL, v);
	ASSERT_TRUE(gate_make(&g));
	pid = victim_start(_metadata, uid, v, &g);
	CHILD_AS(attacker)
		attack_all(_metadata, v);
	gate_open(&g);
	JOIN_CHILD(pid);
}

TEST(other_user_cannot_reach)
{
	REQUIRE_ROOT();
	isolate(_metadata, fresh_uid());
}

TEST(root_cannot_reach)
{
	REQUIRE_ROOT();
	isolate(_metadata, 0);
}

/* ---- names give no permission --------------------------------------- */

/* The attacker makes keyrings with the victim's names, open to everyone. */
static void plant_names(struct __test_metadata *_metadata, uid_t victim, long *planted)
{
	const char *names[] = { uid_name("_uid", victim), uid_name("_uid_ses", victim) };

	for (int i = 0; i < 2; i++) {
		planted[i] = add_ring(names[i], RING_S);
		ASSERT_LT(0, planted[i]);
		ASSERT_EQ(0, kc_setperm(planted[i], KEY_EVERYONE));
		planted[i + 2] = kc_join(names[i]);
		ASSERT_EQ(0, kc_setperm(RING_S, KEY_EVERYONE));
	}
}

static void expect_not_planted(struct __test_metadata *_metadata, const long *planted)
{
	long u = kc_get_keyring_id(RING_U, 1), us = kc_get_keyring_id(RING_US, 1);

	EXPECT_LT(0, u);
	EXPECT_LT(0, us);
	for (int i = 0; i < 4; i++) {
		EXPECT_NE(planted[i], u);
		EXPECT_NE(planted[i], us);
	}
	EXPECT_TRUE(ring_has(us, u));
	EXPECT_LT(0, add_user("secret", "x", RING_U));
	EXPECT_LT(0, add_user("secret", "x", RING_US));
}

static void plant_and_look(struct __test_metadata *_metadata, uid_t attacker)
{
	uid_t victim = fresh_uid();
	long *planted = shared_alloc(4 * sizeof(long));
	int *ready = shared_alloc(sizeof(*ready));
	struct gate g;
	pid_t pid;

	ASSERT_TRUE(gate_make(&g));
	pid = START_CHILD_AS(attacker);
	if (pid == 0) {
		plant_names(_metadata, victim, planted);
		shared_set(ready, 1);
		gate_wait(&g);
		/*
		 * The victim has added nothing to the keyring that still
		 * exists.
		 */
		EXPECT_EQ(planted[3], kc_get_keyring_id(RING_S, 0));
		EXPECT_EQ(0, ring_count(planted[3]));
		END_CHILD();
	}
	EXPECT_TRUE(wait_until(shared_get(ready), LATER_MS));
	CHILD_BARE(victim)
		expect_not_planted(_metadata, planted);
	gate_open(&g);
	JOIN_CHILD(pid);
}

TEST(cve_2017_18270_planted_name_is_not_taken)
{
	REQUIRE_ROOT();
	plant_and_look(_metadata, fresh_uid());
	plant_and_look(_metadata, 0);
}

TEST(own_planted_name_is_not_taken)
{
	uid_t uid = fresh_uid();

	REQUIRE_ROOT();
	CHILD_AS(uid) {
		long planted[4];

		plant_names(_metadata, uid, planted);
		expect_not_planted(_metadata, planted);
	}
}

/* UID keyrings can be found by name, and the owner may search them. */
TEST(owner_joins_by_name)
{
	uid_t uid = fresh_uid();

	REQUIRE_ROOT();
	CHILD_BARE(uid) {
		long u = kc_get_keyring_id(RING_U, 0), us = kc_get_keyring_id(RING_US, 0);

		EXPECT_EQ(u, kc_join(uid_name("_uid", uid)));
		EXPECT_EQ(u, kc_get_keyring_id(RING_S, 0));
		EXPECT_EQ(us, kc_join(uid_name("_uid_ses", uid)));
		EXPECT_EQ(us, kc_get_keyring_id(RING_S, 0));
	}
}

TEST(other_user_does_not_join_by_name)
{
	uid_t uid = fresh_uid();
	struct victim *v = shared_alloc(sizeof(*v));
	struct gate g;
	pid_t pid;

	REQUIRE_ROOT();
	ASSERT_TRUE(gate_make(&g));
	pid = victim_start(_metadata, uid, v, &g);
	CHILD_AS(fresh_uid()) {
		EXPECT_LT(0, kc_join(uid_name("_uid", uid)));
		EXPECT_NE(v->u, kc_get_keyring_id(RING_S, 0));
		EXPECT_LT(0, kc_join(uid_name("_uid_ses", uid)));
		EXPECT_NE(v->us, kc_get_keyring_id(RING_S, 0));
	}
	gate_open(&g);
	JOIN_CHILD(pid);
}

/* ---- changes by the users themselves -------------------------------- */

TEST(link_in_another_keyring_keeps_it)
{
	uid_t uid = fresh_uid();
	long *id = shared_alloc(2 * sizeof(*id));
	char text[8];

	REQUIRE_ROOT();
	CHILD() {
		/* The child inherits this session and may write to it. */
		ASSERT_LT(0, kc_join(NULL));
		CHILD_BARE(uid) {
			id[0] = kc_get_keyring_id(RING_U, 0);
			id[1] = add_user("kept", "payload", RING_U);
			EXPECT_LT(0, id[1]);
			EXPECT_EQ(0, kc_link(RING_U, RING_S));
		}
		sleep_ms(50);
		EXPECT_TRUE(ring_is(id[0], uid_name("_uid", uid)));
		EXPECT_TRUE(ring_has(id[0], id[1]));
		EXPECT_EQ(7, kc_read(id[1], text, sizeof(text)));
		EXPECT_EQ(0, memcmp(text, "payload", 7));
		EXPECT_EQ(id[1], sys_request_key("user", "kept", NULL, 0));
		EXPECT_EQ(0, kc_unlink(id[0], RING_S));
		EXPECT_EQ(-ENOKEY, sys_request_key("user", "kept", NULL, 0));
	}
}

TEST(cleared_user_session_is_not_filled_again)
{
	REQUIRE_ROOT();
	CHILD_BARE(fresh_uid()) {
		long us = kc_get_keyring_id(RING_US, 0), u = kc_get_keyring_id(RING_U, 0);

		EXPECT_EQ(0, kc_clear(RING_US));
		EXPECT_EQ(u, kc_get_keyring_id(RING_U, 1));
		EXPECT_EQ(us, kc_get_keyring_id(RING_US, 1));
		EXPECT_EQ(0, ring_count(us));
		EXPECT_EQ(0, kc_link(RING_U, RING_US));
		EXPECT_EQ(1, ring_count(us));
	}
}

TEST(user_ring_cannot_hold_its_session)
{
	REQUIRE_ROOT();
	CHILD_BARE(fresh_uid())
		EXPECT_EQ(-EDEADLK, kc_link(RING_US, RING_U));
}

/* If one keyring of a pair is unusable, lookups of both fail. */
static void unusable_pair(struct __test_metadata *_metadata, long revoked)
{
	CHILD_BARE(fresh_uid()) {
		EXPECT_EQ(0, kc_revoke(revoked));
		EXPECT_EQ(-ENOKEY, kc_get_keyring_id(RING_U, 0));
		EXPECT_EQ(-ENOKEY, kc_get_keyring_id(RING_U, 1));
		EXPECT_EQ(-ENOKEY, add_user("a", "b", RING_U));
		EXPECT_EQ(-ENOKEY, kc_get_keyring_id(RING_US, 0));
		EXPECT_EQ(-ENOKEY, kc_get_keyring_id(RING_US, 1));
		EXPECT_EQ(-ENOKEY, add_user("a", "b", RING_US));
	}
}

TEST(revoked_user_keyring_is_not_replaced)
{
	REQUIRE_ROOT();
	unusable_pair(_metadata, RING_U);
}

TEST(revoked_user_session_is_not_replaced)
{
	REQUIRE_ROOT();
	unusable_pair(_metadata, RING_US);
}

/* The owner has all permissions, and may grant some to others. */
TEST(owner_opens_it_to_others)
{
	uid_t uid = fresh_uid();
	struct victim *v = shared_alloc(sizeof(*v));
	struct gate g;
	pid_t pid;

	REQUIRE_ROOT();
	ASSERT_TRUE(gate_make(&g));
	pid = START_CHILD_BARE(uid);
	if (pid == 0) {
		EXPECT_EQ(0, kc_setperm(RING_U, KEY_POS_ALL | KEY_USR_ALL |
					KEY_OTH(KEY_VIEW | KEY_SEARCH)));
		be_victim(_metadata, v, &g);
		END_CHILD();
	}
	EXPECT_TRUE(wait_until(shared_get(&v->ready), LATER_MS));
	CHILD_AS(fresh_uid()) {
		EXPECT_TRUE(ring_is(v->u, uid_name("_uid", uid)));
		EXPECT_EQ(-EACCES, kc_read(v->u, NULL, 0));
		EXPECT_EQ(v->u, kc_get_keyring_id(v->u, 0));
		/*
		 * Others still have no permission for the key in the keyring.
		 */
		EXPECT_EQ(-EACCES, kc_search(v->u, "user", "secret", 0));
	}
	gate_open(&g);
	JOIN_CHILD(pid);
}
