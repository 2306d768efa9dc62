// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tests of KEYCTL_CHOWN in a user namespace: its root may give keys to users of
 * the namespace, as a service manager does with session keyrings. It may not
 * give keys to other users or take their keys.
 */

/* The ids 0 to MAPPED - 1 of the namespace are mapped from BASE on. */
#define BASE		1400000000U
#define MAPPED		65536
#define SERVICE		1000U

/* Memory that the process in the namespace and the test share. */
struct space {
	int made, mapped;
	long key;
};

static bool map_range(pid_t pid, const char *file)
{
	char path[64], map[64];

	snprintf(path, sizeof(path), "/proc/%d/%s", pid, file);
	snprintf(map, sizeof(map), "0 %u %u\n", BASE, MAPPED);
	return write_file(path, map);
}

/*
 * Runs fn() as root of a new namespace. The process keeps the caller's session
 * keyring.
 */
static void in_namespace(struct __test_metadata *_metadata, long key,
			 void (*fn)(struct __test_metadata *_metadata, long key))
{
	struct space *s = shared_alloc(sizeof(*s));
	pid_t pid;

	ASSERT_NE(NULL, s);
	pid = START_CHILD();
	if (pid == 0) {
		ASSERT_EQ(0, unshare(CLONE_NEWUSER));
		shared_set(&s->made, 1);
		ASSERT_TRUE(wait_until(shared_get(&s->mapped), LATER_MS));
		ASSERT_EQ(0, drop_to(0, 0));
		fn(_metadata, key);
		END_CHILD();
	}
	EXPECT_TRUE(wait_until(shared_get(&s->made), LATER_MS));
	EXPECT_TRUE(map_range(pid, "gid_map") && map_range(pid, "uid_map"));
	shared_set(&s->mapped, 1);
	JOIN_CHILD(pid);
}

/* The same with a key of @uid and @gid, with all permissions for everyone. */
static void in_namespace_with_key(struct __test_metadata *_metadata, uid_t uid, gid_t gid,
				  void (*fn)(struct __test_metadata *_metadata, long key))
{
	CHILD_AS(0) {
		long key = add_user("from outside", "x", RING_S);

		ASSERT_LT(0, key);
		ASSERT_EQ(0, kc_setperm(key, KEY_EVERYONE));
		ASSERT_EQ(0, kc_chown(key, uid, gid));
		in_namespace(_metadata, key, fn);
	}
}

static unsigned int keys_charged(uid_t uid)
{
	struct key_user u;

	return proc_user(uid, &u) ? u.qnkeys : 0;
}

/* ---- allowed changes ------------------------------------------------ */

static void give_session(struct __test_metadata *_metadata, long unused)
{
	long ring = kc_join(NULL);
	unsigned int before;
	struct key_desc d;

	ASSERT_LT(0, ring);
	ASSERT_LT(0, add_user("invocation_id", "x", RING_S));
	before = keys_charged(0);
	EXPECT_EQ(0, kc_chown(ring, SERVICE, SERVICE));
	ASSERT_EQ(0, describe(ring, &d));
	EXPECT_EQ(SERVICE, d.uid);
	EXPECT_EQ(SERVICE, d.gid);
	/* The charge moves with the key. */
	EXPECT_EQ(1, keys_charged(SERVICE));
	EXPECT_EQ(before - 1, keys_charged(0));
	CHILD() {
		ASSERT_EQ(0, drop_to(SERVICE, SERVICE));
		EXPECT_LT(0, add_user("mine", "y", RING_S));
		EXPECT_EQ(0, kc_setperm(ring, KEY_POS_ALL | KEY_USR_ALL));
		/*
		 * A user who is not root of the namespace cannot give the
		 * keyring away.
		 */
		EXPECT_EQ(-EACCES, kc_chown(ring, SERVICE + 1, -1));
		EXPECT_EQ(-EACCES, kc_chown(ring, -1, SERVICE + 1));
		EXPECT_EQ(-EACCES, kc_chown(ring, 0, 0));
	}
	/* Root of the namespace takes the keyring back. */
	EXPECT_EQ(0, kc_chown(ring, 0, 0));
	EXPECT_EQ(before, keys_charged(0));
}

TEST(root_gives_its_session_keyring)
{
	REQUIRE_USERNS();
	CHILD_AS(0)
		in_namespace(_metadata, 0, give_session);
}

static void give_to_group(struct __test_metadata *_metadata, long unused)
{
	struct key_desc d;
	long key;

	ASSERT_LT(0, kc_join(NULL));
	key = add_user("k", "x", RING_S);
	EXPECT_EQ(0, kc_chown(key, -1, SERVICE));
	ASSERT_EQ(0, describe(key, &d));
	EXPECT_EQ(0, d.uid);
	EXPECT_EQ(SERVICE, d.gid);
}

TEST(root_gives_to_a_group)
{
	REQUIRE_USERNS();
	CHILD_AS(0)
		in_namespace(_metadata, 0, give_to_group);
}

static void expect_given(struct __test_metadata *_metadata, long key)
{
	EXPECT_EQ(0, kc_chown(key, SERVICE, SERVICE));
}

/* Only the ids of the key count: the namespace maps them. */
TEST(key_of_its_users_made_outside)
{
	REQUIRE_USERNS();
	in_namespace_with_key(_metadata, BASE + 5, BASE + 5, expect_given);
}

/* ---- refused changes ------------------------------------------------ */

static void without_setattr(struct __test_metadata *_metadata, long key)
{
	ASSERT_EQ(0, kc_chown(key, 0, 0));
	ASSERT_EQ(0, kc_setperm(key, KEY_EVERYONE & ~KEY_POS_SETATTR & ~KEY_USR_SETATTR &
				~KEY_OTH(KEY_SETATTR) & ~KEY_GRP(KEY_SETATTR)));
	EXPECT_EQ(-EACCES, kc_chown(key, SERVICE, -1));
}

TEST(not_without_setattr)
{
	REQUIRE_USERNS();
	in_namespace_with_key(_metadata, BASE, BASE, without_setattr);
}

static void unmapped_ids(struct __test_metadata *_metadata, long key)
{
	EXPECT_EQ(-EINVAL, kc_chown(key, MAPPED, -1));
	EXPECT_EQ(-EINVAL, kc_chown(key, -1, MAPPED));
	EXPECT_EQ(-EINVAL, kc_chown(key, SERVICE, MAPPED));
}

TEST(not_to_ids_without_a_number)
{
	REQUIRE_USERNS();
	in_namespace_with_key(_metadata, BASE, BASE, unmapped_ids);
}

static void expect_refused(struct __test_metadata *_metadata, long key)
{
	struct key_desc before, after;

	ASSERT_EQ(0, describe(key, &before));
	EXPECT_EQ(-EACCES, kc_chown(key, 0, -1));
	EXPECT_EQ(-EACCES, kc_chown(key, SERVICE, -1));
	EXPECT_EQ(-EACCES, kc_chown(key, -1, SERVICE));
	EXPECT_EQ(-EACCES, kc_chown(key, SERVICE, SERVICE));
	ASSERT_EQ(0, describe(key, &after));
	EXPECT_EQ(before.uid, after.uid);
	EXPECT_EQ(before.gid, after.gid);
}

TEST(not_the_keys_of_others)
{
	REQUIRE_USERNS();
	in_namespace_with_key(_metadata, -1, -1, expect_refused);
}

TEST(not_with_an_owner_without_a_number)
{
	REQUIRE_USERNS();
	in_namespace_with_key(_metadata, -1, BASE, expect_refused);
}

TEST(not_with_a_group_without_a_number)
{
	REQUIRE_USERNS();
	in_namespace_with_key(_metadata, BASE + 5, -1, expect_refused);
}

static void without_capability(struct __test_metadata *_metadata, long key)
{
	long own;

	ASSERT_LT(0, kc_join(NULL));
	own = add_user("own", "x", RING_S);
	/* This capability permits to change keys of the namespace's other users. */
	ASSERT_TRUE(drop_cap(CAP_SYS_ADMIN));
	expect_refused(_metadata, key);
	EXPECT_EQ(-EACCES, kc_chown(own, SERVICE, -1));
	EXPECT_EQ(-EACCES, kc_chown(own, -1, SERVICE));
	/* Changes that need no capability are allowed. */
	EXPECT_EQ(0, kc_chown(own, 0, 0));
}

TEST(not_without_the_capability)
{
	REQUIRE_USERNS();
	in_namespace_with_key(_metadata, BASE + 5, BASE + 5, without_capability);
}

/* An inner namespace does not map the users of the outer one. */
static void in_inner_namespace(struct __test_metadata *_metadata, long key)
{
	CHILD() {
		ASSERT_EQ(0, unshare(CLONE_NEWUSER));
		/*
		 * A change of uids makes the process undumpable, which closes
		 * /proc/self.
		 */
		prctl(PR_SET_DUMPABLE, 1);
		EXPECT_EQ(-EINVAL, kc_chown(key, 0, -1));
		ASSERT_TRUE(write_file("/proc/self/setgroups", "deny"));
		ASSERT_TRUE(write_file("/proc/self/uid_map", "0 0 1\n"));
		ASSERT_TRUE(write_file("/proc/self/gid_map", "0 0 1\n"));
		EXPECT_EQ(-EACCES, kc_chown(key, 0, -1));
		EXPECT_EQ(-EACCES, kc_chown(key, 0, 0));
	}
}

TEST(not_the_keys_of_an_outer_namespace)
{
	REQUIRE_USERNS();
	in_namespace_with_key(_metadata, BASE + 5, BASE + 5, in_inner_namespace);
}
