// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tests of the user keyring and the user-session keyring, as described in
 * user-keyring(7) and user-session-keyring(7). lifetime.c tests when they end.
 */

#define RACERS 64
#define RACES 3

/* The cost of the pair of @uid: two keyrings, and a link between them. */
static bool pair_charged(uid_t uid)
{
	return charged(uid, 2, DESC_COST(uid_name("_uid", uid)) +
			       DESC_COST(uid_name("_uid_ses", uid)) + LINK_COST);
}

/* In a process of its own uid: a lookup of @id makes both keyrings. */
static void first_access(struct __test_metadata *_metadata, long id, int create)
{
	uid_t uid = fresh_uid();
	struct key_user u;

	CHILD_BARE(uid) {
		EXPECT_FALSE(proc_user(uid, &u));
		EXPECT_LT(0, kc_get_keyring_id(id, create));
		EXPECT_TRUE(pair_charged(uid));
		EXPECT_TRUE(ring_has(RING_US, kc_get_keyring_id(RING_U, 0)));
		EXPECT_EQ(1, ring_count(RING_US));
		EXPECT_EQ(0, ring_count(RING_U));
		EXPECT_TRUE(pair_charged(uid));
	}
}

TEST(first_look_at_user_keyring_makes_both)
{
	REQUIRE_ROOT();
	first_access(_metadata, RING_U, 0);
}

TEST(first_use_of_user_keyring_makes_both)
{
	REQUIRE_ROOT();
	first_access(_metadata, RING_U, 1);
}

TEST(first_look_at_user_session_makes_both)
{
	REQUIRE_ROOT();
	first_access(_metadata, RING_US, 0);
}

TEST(first_use_of_user_session_makes_both)
{
	REQUIRE_ROOT();
	first_access(_metadata, RING_US, 1);
}

/*
 * Tests a missing session keyring. A process cannot lose an inherited session
 * keyring, so this test is skipped if its caller has one.
 */
TEST(look_at_missing_session_makes_both)
{
	uid_t uid = fresh_uid();
	struct key_user u;
	long s;

	REQUIRE_ROOT();
	if (has_session(_metadata))
		SKIP(return, "run with a session keyring");
	CHILD_BARE(uid) {
		s = kc_get_keyring_id(RING_S, 0);
		EXPECT_TRUE(ring_is(s, uid_name("_uid_ses", uid)));
		EXPECT_TRUE(proc_user(uid, &u));
		EXPECT_TRUE(pair_charged(uid));
		EXPECT_EQ(s, kc_get_keyring_id(RING_US, 0));
		EXPECT_TRUE(ring_has(s, kc_get_keyring_id(RING_U, 0)));
	}
}

TEST(user_session_links_user)
{
	REQUIRE_ROOT();
	CHILD_BARE(fresh_uid()) {
		key_serial_t list[2];

		EXPECT_EQ(4, kc_read(RING_US, list, sizeof(list)));
		EXPECT_EQ(list[0], kc_get_keyring_id(RING_U, 0));
	}
}

/* The pair as a process of @uid sees it; root's pair looks the same. */
static void expect_looks(struct __test_metadata *_metadata, uid_t uid)
{
	struct key_desc d;
	struct key_line k;

	ASSERT_EQ(0, describe(RING_U, &d));
	EXPECT_STREQ("keyring", d.type);
	EXPECT_STREQ(uid_name("_uid", uid), d.desc);
	EXPECT_EQ(uid, (uid_t)d.uid);
	EXPECT_EQ(65534, d.gid);
	EXPECT_EQ(KEY_POS(KEY_ALL & ~KEY_SETATTR) | KEY_USR_ALL, d.perm);

	ASSERT_EQ(0, describe(RING_US, &d));
	EXPECT_STREQ("keyring", d.type);
	EXPECT_STREQ(uid_name("_uid_ses", uid), d.desc);
	EXPECT_EQ(uid, (uid_t)d.uid);
	EXPECT_EQ(65534, d.gid);
	EXPECT_EQ(KEY_POS(KEY_ALL & ~KEY_SETATTR) | KEY_USR_ALL, d.perm);

	ASSERT_TRUE(proc_key(kc_get_keyring_id(RING_U, 0), &k));
	EXPECT_STREQ("I--Q---", k.flags);
	EXPECT_STREQ("perm", k.timeout);
	EXPECT_EQ(uid, (uid_t)k.uid);
}

TEST(names_owner_and_mask)
{
	uid_t uid = fresh_uid();

	REQUIRE_ROOT();
	CHILD_BARE(uid)
		expect_looks(_metadata, uid);
}

TEST(names_owner_and_mask_of_root)
{
	REQUIRE_ROOT();
	CHILD()
		expect_looks(_metadata, 0);
}

TEST(quota_refuses_the_pair)
{
	uid_t uid = fresh_uid();
	long had = sysctl_get("maxkeys");

	REQUIRE_ROOT();
	ASSERT_EQ(0, sysctl_set("maxkeys", 1));
	CHILD_BARE(uid) {
		/*
		 * The error is not EDQUOT, as the pair does not exist for the
		 * caller.
		 */
		EXPECT_EQ(-ENOKEY, kc_get_keyring_id(RING_U, 0));
		EXPECT_EQ(-ENOKEY, kc_get_keyring_id(RING_US, 1));
	}
	ASSERT_EQ(0, sysctl_set("maxkeys", had));
	CHILD_BARE(uid) {
		EXPECT_LT(0, kc_get_keyring_id(RING_U, 0));
		EXPECT_TRUE(wait_until(pair_charged(uid), LATER_MS));
	}
}

/* ---- one pair for all processes of the uid --------------------------- */

static int clone_child(void *p)
{
	_exit(pair_same(p) ? 0 : 1);
}

TEST(fork_shares)
{
	REQUIRE_ROOT();
	CHILD_BARE(fresh_uid()) {
		struct pair p = pair_now();

		CHILD()
			EXPECT_TRUE(pair_same(&p));
		EXPECT_TRUE(pair_same(&p));
	}
}

static KEYS_NOINLINE int vfork_code(struct pair *p)
{
	pid_t pid = vfork();

	if (pid == 0)
		_exit(pair_same(p) ? 0 : 1);
	return exit_code(pid);
}

TEST(vfork_shares)
{
	REQUIRE_ROOT();
	CHILD_BARE(fresh_uid()) {
		struct pair p = pair_now();

		EXPECT_EQ(0, vfork_code(&p));
	}
}

TEST(clone_with_shared_memory_shares)
{
	REQUIRE_ROOT();
	CHILD_BARE(fresh_uid()) {
		static char stack[65536] KEYS_STACK_ALIGN;
		struct pair p = pair_now();
		pid_t pid = clone(clone_child, stack + sizeof(stack), CLONE_VM | SIGCHLD, &p);

		EXPECT_EQ(0, exit_code(pid));
	}
}

TEST(thread_shares)
{
	REQUIRE_ROOT();
	CHILD_BARE(fresh_uid()) {
		struct pair p = pair_now();

		EXPECT_EQ(p.u, in_thread(thread_look, (void *)RING_U));
		EXPECT_EQ(p.us, in_thread(thread_look, (void *)RING_US));
	}
}

TEST(exec_shares)
{
	REQUIRE_ROOT();
	CHILD_BARE(fresh_uid()) {
		struct pair p = pair_now();
		pid_t pid = fork();

		if (pid == 0)
			_exit(exec_image("pair", p.u, p.us) ? 3 : 0);
		EXPECT_EQ(0, exit_code(pid));
	}
}

TEST(processes_apart_share)
{
	uid_t uid = fresh_uid();
	struct pair *p = shared_alloc(sizeof(*p));
	struct gate g;
	pid_t pid;

	REQUIRE_ROOT();
	ASSERT_NE(NULL, p);
	ASSERT_TRUE(gate_make(&g));
	pid = START_CHILD_BARE(uid);
	if (pid == 0) {
		*p = pair_now();
		gate_wait(&g);
		END_CHILD();
	}
	ASSERT_TRUE(wait_until(__atomic_load_n(&p->us, __ATOMIC_ACQUIRE), LATER_MS));
	CHILD_BARE(uid)
		EXPECT_TRUE(pair_same(p));
	gate_open(&g);
	JOIN_CHILD(pid);
}

TEST(setuid_and_back)
{
	uid_t uid = fresh_uid(), other = fresh_uid();

	REQUIRE_ROOT();
	CHILD() {
		struct pair first, p;

		ASSERT_EQ(0, set_uids(uid, 0, 0));
		first = pair_now();
		EXPECT_TRUE(ring_is(first.u, uid_name("_uid", uid)));
		CHILD() {
			/* This process stays, so that the pair stays. */
			ASSERT_EQ(0, set_uids(uid, 0, 0));
			CHILD() {
				ASSERT_EQ(0, set_uids(other, 0, 0));
				p = pair_now();
				EXPECT_TRUE(ring_is(p.u, uid_name("_uid", other)));
				EXPECT_NE(first.u, p.u);
				EXPECT_NE(first.us, p.us);
				ASSERT_EQ(0, set_uids(uid, 0, 0));
				EXPECT_TRUE(pair_same(&first));
			}
		}
	}
}

/* The real uid decides, whatever the other uids are. */
TEST(real_uid_decides)
{
	uid_t real = fresh_uid(), eff = fresh_uid(), saved = fresh_uid();
	struct key_user u;

	REQUIRE_ROOT();
	CHILD() {
		ASSERT_EQ(0, set_uids(real, eff, saved));
		EXPECT_LT(0, kc_get_keyring_id(RING_U, 0));
		EXPECT_TRUE(ring_is(RING_U, uid_name("_uid", real)));
		EXPECT_TRUE(ring_is(RING_US, uid_name("_uid_ses", real)));
		EXPECT_TRUE(pair_charged(real));
		EXPECT_FALSE(proc_user(eff, &u));
		EXPECT_FALSE(proc_user(saved, &u));
	}
}

TEST(fs_uid_does_not_decide)
{
	uid_t real = fresh_uid(), fs = fresh_uid();

	REQUIRE_ROOT();
	CHILD() {
		ASSERT_EQ(0, set_uids(real, 0, 0));
		syscall(__NR_setfsuid, fs);
		EXPECT_TRUE(ring_is(RING_U, uid_name("_uid", real)));
		EXPECT_EQ(0, describe(RING_US, &(struct key_desc){}));
	}
}

struct race {
	struct pair seen[RACERS];
	int done[RACERS];
};

static void race_child(struct race *r, int i, struct gate *g)
{
	gate_wait(g);
	/* A lookup of a missing session keyring also makes the pair. */
	if (i % 3 == 1)
		r->seen[i].us = kc_get_keyring_id(RING_US, 0);
	else if (i % 3 == 2)
		kc_get_keyring_id(RING_S, 0);
	r->seen[i].u = kc_get_keyring_id(RING_U, 0);
	r->seen[i].us = kc_get_keyring_id(RING_US, 0);
	shared_set(&r->done[i], 1);
}

static void race_once(struct __test_metadata *_metadata, struct race *r)
{
	uid_t uid = fresh_uid();
	pid_t pids[RACERS];
	struct gate g, end;

	memset(r, 0, sizeof(*r));
	ASSERT_TRUE(gate_make(&g));
	ASSERT_TRUE(gate_make(&end));
	for (int i = 0; i < RACERS; i++) {
		pids[i] = START_CHILD_BARE(uid);
		if (pids[i] == 0) {
			race_child(r, i, &g);
			/* All processes stay until the last one has looked. */
			gate_wait(&end);
			END_CHILD();
		}
	}
	gate_open(&g);
	for (int i = 0; i < RACERS; i++)
		EXPECT_TRUE(wait_until(__atomic_load_n(&r->done[i], __ATOMIC_ACQUIRE),
				       LATER_MS));
	EXPECT_TRUE(wait_until(pair_charged(uid), LATER_MS));
	gate_open(&end);
	for (int i = 0; i < RACERS; i++) {
		JOIN_CHILD(pids[i]);
		EXPECT_LT(0, r->seen[i].u);
		EXPECT_EQ(r->seen[0].u, r->seen[i].u);
		EXPECT_EQ(r->seen[0].us, r->seen[i].us);
	}
}

TEST(cve_2013_1792_many_first_accesses_at_once)
{
	struct race *r = shared_alloc(sizeof(*r));

	REQUIRE_ROOT();
	ASSERT_NE(NULL, r);
	for (int i = 0; i < RACES; i++)
		race_once(_metadata, r);
}

/* Invalidate the user keyring, and have another one made, for @ms. */
static void replace_user_ring(uint64_t ms)
{
	for (uint64_t end = now_ms() + ms; now_ms() < end;) {
		kc_invalidate(RING_U);
		kc_get_keyring_id(RING_U, 1);
	}
}

/*
 * The UID has its user-session keyring all the time, so a process without a
 * session keyring must always find the key in that keyring.
 */
TEST(key_is_found_while_user_ring_is_replaced)
{
	uid_t uid = fresh_uid();
	int *done = shared_alloc(sizeof(*done));
	long searches = 0, missed = 0, error = 0, ret;
	pid_t pid;

	REQUIRE_ROOT();
	ASSERT_NE(NULL, done);
	if (has_session(_metadata))
		SKIP(return, "run with a session keyring");
	CHILD_BARE(uid) {
		ASSERT_LT(0, sys_add_key("user", "found:always", "x", 1, RING_US));
		pid = START_CHILD();
		if (pid == 0) {
			replace_user_ring(2000);
			shared_set(done, 1);
			END_CHILD();
		}
		for (; !__atomic_load_n(done, __ATOMIC_ACQUIRE); searches++) {
			ret = sys_request_key("user", "found:always", NULL, 0);
			if (ret < 0) {
				missed++;
				error = -ret;
			}
		}
		JOIN_CHILD(pid);
		EXPECT_LT(0, searches);
		EXPECT_EQ(0, missed) {
			TH_LOG("%ld of %ld: %s", missed, searches, strerror(error));
		}
	}
}
