// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tests of keyrings and user namespaces: a kernel uid in two namespaces is two
 * users with two pairs of keyrings. Their names contain the uid as the
 * namespace maps it.
 */

/* A user of a user namespace: uid @inside there is uid @outside here. */
struct member {
	uid_t inside, outside;
	int state, mapped, go;
	long u, us, key, ring, r[8];
};

enum { READY_FOR_MAP = 1, READY };

static struct member *member_make(struct __test_metadata *_metadata, uid_t inside, uid_t outside)
{
	struct member *m = shared_alloc(sizeof(*m));

	ASSERT_NE(NULL, m);
	m->inside = inside;
	m->outside = outside;
	return m;
}

/*
 * Starts a process for @m. The process becomes the uid, makes a namespace that
 * its parent maps, sets its id in the namespace, calls fn(m), and waits for the
 * end of the test.
 */
static pid_t member_start(struct __test_metadata *_metadata, struct member *m,
			  void (*fn)(struct __test_metadata *_metadata, struct member *m))
{
	pid_t pid = START_CHILD();

	if (pid == 0) {
		ASSERT_EQ(0, drop_to(m->outside, m->outside));
		ASSERT_EQ(0, unshare(CLONE_NEWUSER));
		/*
		 * drop_to() made the process undumpable, which closes its /proc
		 * files.
		 */
		prctl(PR_SET_DUMPABLE, 1);
		shared_set(&m->state, READY_FOR_MAP);
		ASSERT_TRUE(wait_until(shared_get(&m->mapped), LATER_MS));
		ASSERT_EQ(0, set_uids(m->inside, m->inside, m->inside));
		fn(_metadata, m);
		shared_set(&m->state, READY);
		wait_until(shared_get(&m->go), LATER_MS);
		END_CHILD();
	}
	EXPECT_TRUE(wait_until(shared_get(&m->state) == READY_FOR_MAP, LATER_MS));
	EXPECT_TRUE(userns_map(pid, m->inside, m->outside));
	shared_set(&m->mapped, 1);
	EXPECT_TRUE(wait_until(shared_get(&m->state) == READY, LATER_MS));
	return pid;
}

static void member_end(struct __test_metadata *_metadata, struct member *m, pid_t pid)
{
	shared_set(&m->go, 1);
	JOIN_CHILD(pid);
}

/* ---- two pairs ---------------------------------------------------------- */

static void touch_pair(struct __test_metadata *_metadata, struct member *m)
{
	m->u = kc_get_keyring_id(RING_U, 0);
	m->us = kc_get_keyring_id(RING_US, 0);
	EXPECT_LT(0, m->u);
	EXPECT_LT(0, m->us);
	m->key = add_user("secret", "x", RING_U);
	EXPECT_LT(0, m->key);
}

static void expect_own_names(struct __test_metadata *_metadata, struct member *m)
{
	struct key_desc d;
	struct key_line k;

	touch_pair(_metadata, m);
	ASSERT_EQ(0, describe(RING_U, &d));
	EXPECT_STREQ(uid_name("_uid", m->inside), d.desc);
	EXPECT_EQ(m->inside, (uid_t)d.uid);
	ASSERT_EQ(0, describe(RING_US, &d));
	EXPECT_STREQ(uid_name("_uid_ses", m->inside), d.desc);
	EXPECT_EQ(m->inside, (uid_t)d.uid);
	EXPECT_TRUE(ring_has(RING_US, m->u));
	/* /proc shows uids as the namespace of its opener maps them. */
	ASSERT_TRUE(proc_key(m->u, &k));
	EXPECT_EQ(m->inside, (uid_t)k.uid);
}

TEST(names_are_those_of_the_namespace)
{
	static const uid_t insides[] = { 0, 5, 65533 };

	REQUIRE_USERNS();
	for (unsigned int i = 0; i < ARRAY_SIZE(insides); i++) {
		struct member *m = member_make(_metadata, insides[i], fresh_uid());
		pid_t pid = member_start(_metadata, m, expect_own_names);

		member_end(_metadata, m, pid);
	}
}

TEST(same_uid_in_two_namespaces_is_two_pairs)
{
	uid_t uid = fresh_uid();
	struct member *a, *b;
	pid_t pid_a, pid_b;

	REQUIRE_USERNS();
	a = member_make(_metadata, 0, uid);
	b = member_make(_metadata, 0, uid);
	pid_a = member_start(_metadata, a, expect_own_names);
	pid_b = member_start(_metadata, b, expect_own_names);
	EXPECT_NE(a->u, b->u);
	EXPECT_NE(a->us, b->us);
	CHILD_BARE(uid) {
		/* The same uid outside these namespaces has a third pair. */
		EXPECT_TRUE(ring_is(RING_U, uid_name("_uid", uid)));
		EXPECT_NE(a->u, kc_get_keyring_id(RING_U, 0));
		EXPECT_NE(b->u, kc_get_keyring_id(RING_U, 0));
	}
	member_end(_metadata, a, pid_a);
	member_end(_metadata, b, pid_b);
}

/* All keyrings are charged to the same kernel uid. */
TEST(charges_are_those_of_the_kernel_uid)
{
	uid_t uid = fresh_uid();
	struct member *a;
	struct key_user u;
	pid_t pid;

	REQUIRE_USERNS();
	a = member_make(_metadata, 0, uid);
	pid = member_start(_metadata, a, touch_pair);
	EXPECT_TRUE(proc_user(uid, &u));
	EXPECT_LE(3, u.nkeys);
	EXPECT_GE(4, u.nkeys);
	member_end(_metadata, a, pid);
	/* When the namespace ends, its keyrings end. */
	EXPECT_TRUE(wait_until(!proc_user(uid, &u), LATER_MS));
	EXPECT_EQ(-ENOKEY, kc_describe(a->u, NULL, 0));
	EXPECT_EQ(-ENOKEY, kc_describe(a->key, NULL, 0));
}

static void look_at_key_users(struct __test_metadata *_metadata, struct member *m)
{
	char line[128];
	FILE *f;
	int lines = 0, uid = -1;

	touch_pair(_metadata, m);
	f = fopen("/proc/key-users", "re");
	ASSERT_NE(NULL, f);
	while (fgets(line, sizeof(line), f)) {
		lines++;
		sscanf(line, "%d:", &uid);
	}
	fclose(f);
	EXPECT_EQ(1, lines);
	EXPECT_EQ(m->inside, (uid_t)uid);
}

TEST(key_users_shows_mapped_users_only)
{
	struct member *m;
	pid_t pid;

	REQUIRE_USERNS();
	m = member_make(_metadata, 7, fresh_uid());
	pid = member_start(_metadata, m, look_at_key_users);
	member_end(_metadata, m, pid);
}

static void look_at_keys(struct __test_metadata *_metadata, struct member *m)
{
	struct key_desc d;

	/* Root's key was made outside, and its serial number is passed in. */
	EXPECT_FALSE(proc_key_shown(m->key));
	EXPECT_EQ(0, describe(m->ring, &d));
	EXPECT_EQ(65534, d.uid);
	EXPECT_EQ(65534, d.gid);
}

TEST(keys_of_unmapped_users)
{
	struct member *m;
	pid_t pid;

	REQUIRE_USERNS();
	CHILD_AS(0) {
		m = member_make(_metadata, 0, fresh_uid());
		m->key = add_user("roots", "x", RING_P);
		m->ring = add_ring("in session", RING_S);
		pid = member_start(_metadata, m, look_at_keys);
		member_end(_metadata, m, pid);
	}
}

/* ---- namespaces are isolated ---------------------------------------- */

/* m->u to m->key are serial numbers of the other namespace. */
static void reach(struct __test_metadata *_metadata, struct member *m)
{
	const char *u = uid_name("_uid", m->inside);

	m->r[0] = kc_get_keyring_id(RING_U, 0);
	m->r[1] = sys_request_key("keyring", u, NULL, 0);
	m->r[2] = kc_search(RING_US, "user", "secret", 0);
	m->r[3] = kc_join(u);
	m->r[4] = kc_read(m->key, NULL, 0);
	m->r[5] = kc_update(m->key, "y", 1);
}

static void reach_other(struct __test_metadata *_metadata, uid_t inside, uid_t other)
{
	uid_t uid = fresh_uid();
	struct member *a = member_make(_metadata, inside, uid);
	struct member *b = member_make(_metadata, other, uid);
	pid_t pid_a = member_start(_metadata, a, touch_pair), pid_b;

	b->u = a->u;
	b->us = a->us;
	b->key = a->key;
	pid_b = member_start(_metadata, b, reach);
	EXPECT_LT(0, b->r[0]);
	EXPECT_NE(a->u, b->r[0]);
	EXPECT_NE(a->u, b->r[1]);
	EXPECT_EQ(-ENOKEY, b->r[2]);
	EXPECT_NE(a->u, b->r[3]);
	EXPECT_EQ(-EACCES, b->r[4]);
	EXPECT_EQ(-EACCES, b->r[5]);
	member_end(_metadata, b, pid_b);
	member_end(_metadata, a, pid_a);
}

TEST(same_number_does_not_reach)
{
	REQUIRE_USERNS();
	reach_other(_metadata, 0, 0);
}

TEST(other_number_does_not_reach)
{
	REQUIRE_USERNS();
	reach_other(_metadata, 3, 4);
}

static void join_shared(struct __test_metadata *_metadata, struct member *m)
{
	m->ring = kc_join("selftest-namespace");
	EXPECT_LT(0, m->ring);
	EXPECT_EQ(0, kc_setperm(m->ring, KEY_EVERYONE));
	/* The keyring of this namespace is found. */
	CHILD() {
		EXPECT_LT(0, kc_join(NULL));
		EXPECT_EQ(m->ring, kc_join("selftest-namespace"));
	}
}

TEST(names_are_looked_up_in_the_namespace)
{
	uid_t uid = fresh_uid();
	struct member *a, *b;
	pid_t pid_a, pid_b;

	REQUIRE_USERNS();
	a = member_make(_metadata, 0, uid);
	b = member_make(_metadata, 0, uid);
	pid_a = member_start(_metadata, a, join_shared);
	pid_b = member_start(_metadata, b, join_shared);
	EXPECT_NE(a->ring, b->ring);
	CHILD_AS(uid) {
		long s = kc_join("selftest-namespace");

		EXPECT_LT(0, s);
		EXPECT_NE(a->ring, s);
		EXPECT_NE(b->ring, s);
	}
	member_end(_metadata, a, pid_a);
	member_end(_metadata, b, pid_b);
}

/* ---- unmapped uids -------------------------------------------------- */

TEST(unmapped_uid)
{
	uid_t uid = fresh_uid();

	REQUIRE_USERNS();
	CHILD_BARE(uid) {
		struct key_desc d;

		ASSERT_EQ(0, unshare(CLONE_NEWUSER));
		EXPECT_EQ(65534, syscall(__NR_getuid));
		ASSERT_EQ(0, describe(RING_U, &d));
		/* The number of an unmapped uid is -1. */
		EXPECT_STREQ("_uid.4294967295", d.desc);
		EXPECT_EQ(65534, d.uid);
		EXPECT_TRUE(ring_is(RING_US, "_uid_ses.4294967295"));
		EXPECT_LT(0, add_user("k", "v", RING_U));
	}
}

/* ---- the end of a namespace ---------------------------------------------- */

static void link_out(struct __test_metadata *_metadata, struct member *m)
{
	long s = kc_get_keyring_id(RING_S, 0);

	touch_pair(_metadata, m);
	m->ring = add_ring("named in the namespace", s);
	EXPECT_LT(0, m->ring);
	EXPECT_LT(0, add_user("outlives", "xyz", m->ring));
	EXPECT_EQ(0, kc_link(RING_U, s));
}

/* Keys that are linked outside stay after the namespace has ended. */
TEST(keyrings_outlive_their_namespace)
{
	REQUIRE_USERNS();
	CHILD_AS(0) {
		uid_t uid = fresh_uid();
		struct member *m = member_make(_metadata, 0, uid);
		pid_t pid = member_start(_metadata, m, link_out);
		struct key_desc d;

		member_end(_metadata, m, pid);
		sleep_ms(200);
		ASSERT_EQ(0, describe(m->ring, &d));
		EXPECT_EQ(uid, (uid_t)d.uid);
		EXPECT_LT(0, sys_request_key("user", "outlives", NULL, 0));
		EXPECT_EQ(3, kc_read(sys_request_key("user", "outlives", NULL, 0), NULL, 0));
		ASSERT_EQ(0, describe(m->u, &d));
		EXPECT_STREQ("_uid.0", d.desc);
		EXPECT_EQ(m->key, sys_request_key("user", "secret", NULL, 0));
		EXPECT_EQ(0, kc_clear(RING_S));
		EXPECT_TRUE(wait_until(kc_describe(m->ring, NULL, 0) == -ENOKEY, LATER_MS));
		EXPECT_TRUE(wait_until(kc_describe(m->u, NULL, 0) == -ENOKEY, LATER_MS));
	}
}

/* A process that enters a namespace keeps its session keyring. */
TEST(session_is_kept)
{
	REQUIRE_USERNS();
	CHILD_AS(fresh_uid()) {
		long s = kc_get_keyring_id(RING_S, 0);

		EXPECT_LT(0, add_user("before", "x", RING_S));
		ASSERT_EQ(0, unshare(CLONE_NEWUSER));
		EXPECT_EQ(s, kc_get_keyring_id(RING_S, 0));
		EXPECT_LT(0, sys_request_key("user", "before", NULL, 0));
	}
}

#define NAMESPACES 20

/* Namespaces begin and end, each with a pair and a name. */
TEST(many_namespaces_leave_nothing)
{
	uid_t uid = fresh_uid();
	struct key_user u;

	REQUIRE_USERNS();
	for (int i = 0; i < NAMESPACES; i++) {
		CHILD_BARE(uid) {
			ASSERT_EQ(0, unshare(CLONE_NEWUSER));
			EXPECT_LT(0, kc_get_keyring_id(RING_U, 0));
			EXPECT_LT(0, kc_join("selftest-namespace"));
			EXPECT_LT(0, add_user("k", "v", RING_U));
		}
	}
	EXPECT_TRUE(wait_until(!proc_user(uid, &u), LATER_MS));
}
