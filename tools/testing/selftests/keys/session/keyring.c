// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tests of the session keyring, as described in session-keyring(7),
 * keyctl_join_session_keyring(3) and user-session-keyring(7). parent.c tests
 * KEYCTL_SESSION_TO_PARENT.
 */

#define REPEATS 2000

/* The default mask of a new session keyring. */
#define SESSION_PERM (KEY_POS_ALL | KEY_USR(KEY_VIEW | KEY_READ))
/* The owner may also link a named session keyring. */
#define NAMED_PERM (SESSION_PERM | KEY_USR_LINK)

/* ---- joining --------------------------------------------------------- */

static void expect_anonymous(struct __test_metadata *_metadata)
{
	long s = kc_join(NULL), again;
	struct key_desc d;
	struct key_line k;

	ASSERT_LT(0, s);
	EXPECT_EQ(s, kc_get_keyring_id(RING_S, 0));
	EXPECT_EQ(s, kc_get_keyring_id(RING_S, 1));
	ASSERT_EQ(0, describe(s, &d));
	EXPECT_STREQ("keyring", d.type);
	EXPECT_STREQ("_ses", d.desc);
	EXPECT_EQ(syscall(__NR_geteuid), d.uid);
	EXPECT_EQ(syscall(__NR_getegid), d.gid);
	EXPECT_EQ(SESSION_PERM, d.perm);
	ASSERT_TRUE(proc_key(s, &k));
	EXPECT_STREQ("I--Q---", k.flags);
	EXPECT_EQ(1, k.usage);
	EXPECT_EQ(0, ring_count(s));

	again = kc_join(NULL);
	EXPECT_LT(0, again);
	EXPECT_NE(s, again);
	EXPECT_EQ(again, kc_get_keyring_id(RING_S, 0));
	EXPECT_TRUE(wait_until(kc_describe(s, NULL, 0) == -ENOKEY, LATER_MS));
}

/* The process keeps the invalidated keyring, but it gives no possession. */
TEST(invalidated_session_is_not_searched)
{
	CHILD() {
		long s = kc_join(NULL), key = add_user("inside", "x", RING_S);

		ASSERT_LT(0, key);
		ASSERT_EQ(0, kc_setperm(key, KEY_POS_ALL));
		/* The second link keeps the key */
		ASSERT_EQ(0, kc_link(key, RING_U));
		EXPECT_EQ(1, kc_read(key, NULL, 0));
		ASSERT_EQ(0, kc_invalidate(s));
		EXPECT_EQ(-ENOKEY, sys_request_key("user", "inside", NULL, 0));
		EXPECT_EQ(-EACCES, kc_read(key, NULL, 0));
		EXPECT_EQ(0, kc_unlink(key, RING_U));
	}
}

TEST(join_anonymous)
{
	CHILD()
		expect_anonymous(_metadata);
}

TEST(join_anonymous_unprivileged)
{
	REQUIRE_ROOT();
	CHILD_BARE(fresh_uid())
		expect_anonymous(_metadata);
}

static void expect_new_name(struct __test_metadata *_metadata)
{
	const char *name = fresh_name();
	long s = kc_join(name);
	struct key_desc d;

	EXPECT_LT(0, s);
	EXPECT_EQ(s, kc_get_keyring_id(RING_S, 0));
	ASSERT_EQ(0, describe(s, &d));
	EXPECT_STREQ(name, d.desc);
	EXPECT_EQ(syscall(__NR_geteuid), d.uid);
	EXPECT_EQ(syscall(__NR_getegid), d.gid);
	EXPECT_EQ(NAMED_PERM, d.perm);
}

TEST(join_new_name)
{
	CHILD()
		expect_new_name(_metadata);
}

TEST(join_new_name_unprivileged)
{
	REQUIRE_ROOT();
	CHILD_BARE(fresh_uid())
		expect_new_name(_metadata);
}

/* A child in another session finds the searchable keyring by its name. */
TEST(join_existing_name)
{
	CHILD() {
		const char *name = fresh_name();
		long s = kc_join(name);

		ASSERT_EQ(0, kc_setperm(RING_S, NAMED_PERM | KEY_USR_SEARCH));
		CHILD() {
			ASSERT_LT(0, kc_join(NULL));
			EXPECT_EQ(s, kc_join(name));
			EXPECT_EQ(s, kc_get_keyring_id(RING_S, 0));
		}
	}
}

/* Joining the current session keyring returns 0, not the serial number. */
TEST(join_the_name_that_one_has)
{
	CHILD() {
		const char *name = fresh_name();
		long s = kc_join(name);

		ASSERT_EQ(0, kc_setperm(RING_S, NAMED_PERM | KEY_USR_SEARCH));
		EXPECT_EQ(0, kc_join(name));
		EXPECT_EQ(s, kc_get_keyring_id(RING_S, 0));
	}
}

/* The default mask does not allow even the owner to search the keyring. */
TEST(join_a_name_not_searchable_makes_another)
{
	CHILD() {
		const char *name = fresh_name();
		long s = kc_join(name), second;

		CHILD() {
			second = kc_join(name);
			EXPECT_LT(0, second);
			EXPECT_NE(s, second);
			EXPECT_TRUE(ring_is(RING_S, name));
		}
		/*
		 * The same for a process of the session: possession does not
		 * count.
		 */
		second = kc_join(name);
		EXPECT_LT(0, second);
		EXPECT_NE(s, second);
	}
}

TEST(join_a_name_of_another_user)
{
	uid_t owner = fresh_uid(), other = fresh_uid();

	REQUIRE_ROOT();
	CHILD() {
		const char *name = fresh_name();
		long s;

		ASSERT_EQ(0, set_uids(owner, owner, 0));
		s = kc_join(name);
		ASSERT_EQ(0, kc_setperm(s, KEY_POS_ALL | KEY_OTH(KEY_SEARCH)));
		ASSERT_LT(0, add_user("shared", "x", RING_S));
		CHILD() {
			ASSERT_EQ(0, set_uids(-1, 0, -1));
			ASSERT_LT(0, kc_join(NULL));
			ASSERT_EQ(0, set_uids(other, other, other));
			EXPECT_EQ(s, kc_join(name));
			/* Each process of the session possesses the keyring. */
			EXPECT_LT(0, sys_request_key("user", "shared", NULL, 0));
		}
	}
}

TEST(join_a_name_of_another_user_not_searchable)
{
	uid_t other = fresh_uid();

	REQUIRE_ROOT();
	CHILD() {
		const char *name = fresh_name();
		long s = kc_join(name);

		ASSERT_EQ(0, kc_setperm(s, KEY_POS_ALL | KEY_USR_ALL |
					KEY_OTH(KEY_ALL & ~KEY_SEARCH)));
		CHILD_AS(other) {
			EXPECT_LT(0, kc_join(name));
			EXPECT_NE(s, kc_get_keyring_id(RING_S, 0));
		}
	}
}

/* A keyring that add_key(2) made can be joined by name, too. */
TEST(join_a_name_that_was_added)
{
	CHILD() {
		const char *name = fresh_name();
		long ring;

		ASSERT_LT(0, kc_join(NULL));
		ring = add_ring(name, RING_S);
		ASSERT_EQ(0, kc_setperm(ring, KEY_POS_ALL | KEY_USR_SEARCH));
		EXPECT_EQ(ring, kc_join(name));
	}
}

TEST(join_a_name_of_a_user_key_makes_a_keyring)
{
	CHILD() {
		const char *name = fresh_name();
		long key = add_user(name, "x", RING_P);

		ASSERT_EQ(0, kc_setperm(key, KEY_POS_ALL | KEY_USR_ALL));
		EXPECT_NE(key, kc_join(name));
		EXPECT_TRUE(ring_is(RING_S, name));
	}
}

TEST(join_a_revoked_name_makes_another)
{
	CHILD() {
		const char *name = fresh_name();
		long s = kc_join(name), second;

		ASSERT_EQ(0, kc_setperm(s, NAMED_PERM | KEY_USR_ALL));
		EXPECT_EQ(0, kc_revoke(s));
		second = kc_join(name);
		EXPECT_LT(0, second);
		EXPECT_NE(s, second);
		EXPECT_EQ(second, kc_get_keyring_id(RING_S, 0));
	}
}

/* The keyring has its name as long as the session exists. */
TEST(join_an_invalidated_name_that_one_has)
{
	CHILD() {
		const char *name = fresh_name();
		long s = kc_join(name);

		ASSERT_EQ(0, kc_setperm(s, NAMED_PERM | KEY_USR_ALL));
		EXPECT_EQ(0, kc_invalidate(s));
		EXPECT_EQ(0, kc_join(name));
		EXPECT_EQ(-ENOKEY, kc_get_keyring_id(RING_S, 0));
	}
}

/* ---- names that are refused ------------------------------------------ */

static void join_refused(struct __test_metadata *_metadata)
{
	static char name[4097];
	long s = kc_join(NULL);

	EXPECT_EQ(-EPERM, kc_join("."));
	EXPECT_EQ(-EPERM, kc_join(".builtin_trusted_keys"));
	EXPECT_EQ(-EPERM, kc_join(".user_reg"));
	EXPECT_EQ(-EPERM, kc_join(".no such name"));
	EXPECT_EQ(-EINVAL, kc_join(""));
	EXPECT_EQ(-EFAULT, kc_join(BAD_PTR));
	memset(name, 'n', sizeof(name));
	name[4096] = 0;
	EXPECT_EQ(-EINVAL, kc_join(name));
	EXPECT_EQ(s, kc_get_keyring_id(RING_S, 0));
	/*
	 * This name has the longest allowed length, and the lock is free again.
	 */
	name[4095] = 0;
	EXPECT_LT(0, kc_join(name));
	EXPECT_TRUE(ring_is(RING_S, name));
	EXPECT_LT(0, kc_join(NULL));
}

TEST(cve_2016_9604_refused_names)
{
	CHILD()
		join_refused(_metadata);
}

TEST(refused_names_unprivileged)
{
	REQUIRE_ROOT();
	CHILD_BARE(fresh_uid())
		join_refused(_metadata);
}

/* The copy of the name was not freed. */
TEST(cve_2009_0031_long_names)
{
	static char name[4096];
	long before;

	REQUIRE_ROOT();
	before = slab_objects_4k();
	if (before < 0)
		SKIP(return, "no /sys/kernel/slab: lost memory would not be seen");
	memset(name, 'x', sizeof(name) - 1);
	CHILD() {
		for (int i = 0; i < REPEATS; i++)
			ASSERT_LT(0, kc_join(name));
		ASSERT_LT(0, kc_join(NULL));
		/* The copies would be REPEATS; other tasks need less in this time. */
		EXPECT_TRUE(wait_until(slab_objects_4k_below(before + REPEATS / 2), LATER_MS)) {
			TH_LOG("%ld objects before, %ld after", before, slab_objects_4k());
		}
	}
}

TEST(name_that_ends_at_a_border)
{
	char *border = page_border();

	ASSERT_NE(NULL, border);
	CHILD() {
		memcpy(border - 5, "edge", 5);
		EXPECT_LT(0, kc_join(border - 5));
		EXPECT_EQ(-EFAULT, kc_join(memcpy(border - 4, "edge", 4)));
	}
}

TEST(cve_2005_2098_join_after_edquot)
{
	long had = sysctl_get("maxkeys");
	uid_t uid = fresh_uid();

	REQUIRE_ROOT();
	ASSERT_EQ(0, sysctl_set("maxkeys", 1));
	CHILD_BARE(uid) {
		const char *name = fresh_name();

		EXPECT_LT(0, kc_get_keyring_id(RING_T, 1));
		EXPECT_EQ(-EDQUOT, kc_join(name));
		EXPECT_EQ(-EDQUOT, kc_join(name));
		/* An anonymous session keyring may exceed the quota. */
		EXPECT_LT(0, kc_join(NULL));
	}
	ASSERT_EQ(0, sysctl_set("maxkeys", had));
	EXPECT_TRUE(wait_until(charged(uid, 0, 0), LATER_MS));
}

TEST(cve_2016_0728_join_again_counts_nothing)
{
	CHILD() {
		const char *name = fresh_name();
		long s = kc_join(name);
		struct key_line k;
		int before;

		ASSERT_EQ(0, kc_setperm(s, NAMED_PERM | KEY_USR_SEARCH));
		ASSERT_EQ(0, kc_join(name));
		sleep_ms(50);
		ASSERT_TRUE(proc_key(s, &k));
		before = k.usage;
		for (int i = 0; i < REPEATS; i++) {
			ASSERT_EQ(0, kc_join(name));
		}
		/*
		 * References of discarded credentials are dropped a little
		 * later.
		 */
		EXPECT_TRUE(wait_until(proc_key(s, &k) && k.usage <= before, LATER_MS));
		ASSERT_LT(0, kc_join(NULL));
		EXPECT_TRUE(wait_until(kc_describe(s, NULL, 0) == -ENOKEY, LATER_MS));
	}
}

/* ---- inheritance ----------------------------------------------------- */

static int session_image(int argc, char **argv)
{
	if (argc < 3)
		return 2;
	if (!strcmp(argv[0], "session"))
		return kc_get_keyring_id(RING_S, 0) == atol(argv[1]) &&
		       sys_request_key("user", "in session", NULL, 0) == atol(argv[2]) ? 0 : 1;
	return 2;
}

TEST(fork_shares)
{
	CHILD() {
		long s = kc_join(NULL), key;

		CHILD() {
			EXPECT_EQ(s, kc_get_keyring_id(RING_S, 0));
			EXPECT_LT(0, add_user("from child", "x", RING_S));
		}
		key = sys_request_key("user", "from child", NULL, 0);
		EXPECT_TRUE(ring_has(s, key));
	}
}

TEST(exec_keeps)
{
	CHILD() {
		pid_t pid = fork();

		if (pid == 0) {
			long s = kc_join(NULL), key = add_user("in session", "x", RING_S);

			_exit(exec_image("session", s, key) ? 3 : 0);
		}
		EXPECT_EQ(0, exit_code(pid));
	}
}

TEST(setuid_keeps)
{
	REQUIRE_ROOT();
	CHILD() {
		long s = kc_join(NULL);

		ASSERT_EQ(0, drop_to(fresh_uid(), fresh_uid()));
		EXPECT_EQ(s, kc_get_keyring_id(RING_S, 0));
		EXPECT_LT(0, add_user("k", "v", RING_S));
	}
}

static void *thread_joins(void *arg)
{
	long s = kc_join(NULL);

	return (void *)(kc_get_keyring_id(RING_S, 0) == s ? s : -1L);
}

TEST(join_is_for_one_thread)
{
	CHILD() {
		long s = kc_join(NULL), other;

		EXPECT_EQ(s, in_thread(thread_look, (void *)RING_S));
		other = in_thread(thread_joins, NULL);
		EXPECT_LT(0, other);
		EXPECT_NE(s, other);
		EXPECT_EQ(s, kc_get_keyring_id(RING_S, 0));
	}
}

TEST(join_in_child_leaves_parent)
{
	CHILD() {
		long s = kc_join(NULL);

		CHILD() {
			EXPECT_NE(s, kc_join(NULL));
			EXPECT_NE(s, kc_get_keyring_id(RING_S, 0));
		}
		EXPECT_EQ(s, kc_get_keyring_id(RING_S, 0));
	}
}

TEST(destroyed_with_its_last_process)
{
	uid_t uid = fresh_uid();
	long *s = shared_alloc(sizeof(*s));
	struct key_user u;

	REQUIRE_ROOT();
	CHILD_BARE(uid) {
		*s = kc_join(NULL);
		EXPECT_LT(0, add_user("in it", "x", RING_S));
		CHILD()
			EXPECT_EQ(*s, kc_get_keyring_id(RING_S, 0));
		sleep_ms(20);
		EXPECT_EQ(1, ring_count(*s));
	}
	EXPECT_TRUE(wait_until(kc_describe(*s, NULL, 0) == -ENOKEY, LATER_MS));
	EXPECT_TRUE(wait_until(!proc_user(uid, &u), LATER_MS));
}

TEST(revoked_session_is_not_replaced)
{
	CHILD() {
		ASSERT_LT(0, kc_join(NULL));
		EXPECT_EQ(0, kc_revoke(RING_S));
		EXPECT_EQ(-EKEYREVOKED, kc_get_keyring_id(RING_S, 0));
		EXPECT_EQ(-EKEYREVOKED, kc_get_keyring_id(RING_S, 1));
		EXPECT_EQ(-EKEYREVOKED, add_user("k", "v", RING_S));
		EXPECT_LT(0, kc_join(NULL));
		EXPECT_LT(0, add_user("k", "v", RING_S));
	}
}

/* ---- no session keyring ---------------------------------------------- */

TEST(missing_session_is_the_user_session)
{
	uid_t uid = fresh_uid();

	REQUIRE_ROOT();
	if (has_session(_metadata))
		SKIP(return, "run with a session keyring");
	CHILD_BARE(uid) {
		EXPECT_TRUE(ring_is(RING_S, uid_name("_uid_ses", uid)));
		EXPECT_EQ(kc_get_keyring_id(RING_US, 0), kc_get_keyring_id(RING_S, 0));
	}
}

/* A lookup installs the user-session keyring for good, whatever uid follows. */
TEST(user_session_stays_the_session)
{
	uid_t uid = fresh_uid(), other = fresh_uid();

	REQUIRE_ROOT();
	if (has_session(_metadata))
		SKIP(return, "run with a session keyring");
	CHILD() {
		long s;

		ASSERT_EQ(0, set_uids(uid, 0, 0));
		s = kc_get_keyring_id(RING_S, 0);
		ASSERT_EQ(0, set_uids(other, 0, 0));
		EXPECT_EQ(s, kc_get_keyring_id(RING_S, 0));
		EXPECT_NE(s, kc_get_keyring_id(RING_US, 0));
	}
}

TEST(missing_session_is_made_to_be_modified)
{
	uid_t uid = fresh_uid();

	REQUIRE_ROOT();
	if (has_session(_metadata))
		SKIP(return, "run with a session keyring");
	CHILD_BARE(uid) {
		long s = kc_get_keyring_id(RING_S, 1);

		EXPECT_TRUE(ring_is(s, "_ses"));
		EXPECT_EQ(0, ring_count(s));
		EXPECT_EQ(s, kc_get_keyring_id(RING_S, 1));
		EXPECT_NE(s, kc_get_keyring_id(RING_US, 0));
	}
	CHILD_BARE(uid) {
		EXPECT_LT(0, add_user("k", "v", RING_S));
		EXPECT_TRUE(ring_is(RING_S, "_ses"));
	}
	CHILD_BARE(uid) {
		/*
		 * The user-session keyring that serves as session is replaced.
		 */
		EXPECT_TRUE(ring_is(RING_S, uid_name("_uid_ses", uid)));
		EXPECT_LT(0, add_user("k", "v", RING_S));
		EXPECT_TRUE(ring_is(RING_S, "_ses"));
		EXPECT_EQ(1, ring_count(RING_S));
	}
}

/* A request searches the user-session keyring, but does not install it. */
TEST(request_does_not_install_a_session)
{
	uid_t uid = fresh_uid();

	REQUIRE_ROOT();
	if (has_session(_metadata))
		SKIP(return, "run with a session keyring");
	CHILD_BARE(uid) {
		long key = add_user("in user", "x", RING_U);

		EXPECT_EQ(key, sys_request_key("user", "in user", NULL, 0));
		ASSERT_EQ(0, kc_unlink(RING_U, RING_US));
		EXPECT_EQ(-ENOKEY, sys_request_key("user", "in user", NULL, 0));
	}
}
