// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tests that two uids that a user namespace does not map are two users. The
 * stock kernel, which finds users by their number in the namespace, mixes them
 * up and fails here.
 */

/* Two processes in a namespace without mappings, and the keys of the first. */
struct meeting {
	int ready, go;
	pid_t pid;
	long u, us, key;
};

/*
 * Enters the namespace of process @m->pid, with @uid and the effective uid 0.
 */
static void enter(struct __test_metadata *_metadata, struct meeting *m, uid_t uid)
{
	char path[32];
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/ns/user", m->pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	ASSERT_LE(0, fd);
	ASSERT_EQ(0, set_uids(uid, 0, 0));
	ASSERT_EQ(0, setns(fd, CLONE_NEWUSER));
	close(fd);
}

TEST(unmapped_uids_are_two_users)
{
	uid_t first = fresh_uid(), second = fresh_uid();
	struct meeting *m = shared_alloc(sizeof(*m));
	pid_t pid;

	REQUIRE_ROOT();
	pid = START_CHILD_BARE(first);
	if (pid == 0) {
		ASSERT_EQ(0, unshare(CLONE_NEWUSER));
		m->pid = getpid();
		m->u = kc_get_keyring_id(RING_U, 0);
		m->us = kc_get_keyring_id(RING_US, 0);
		m->key = add_user("secret", "x", RING_U);
		EXPECT_LT(0, m->key);
		shared_set(&m->ready, 1);
		EXPECT_TRUE(wait_until(shared_get(&m->go), LATER_MS));
		EXPECT_EQ(1, ring_count(RING_U));
		END_CHILD();
	}
	EXPECT_TRUE(wait_until(shared_get(&m->ready), LATER_MS));
	CHILD() {
		enter(_metadata, m, second);
		EXPECT_LT(0, kc_get_keyring_id(RING_U, 0));
		EXPECT_NE(m->u, kc_get_keyring_id(RING_U, 0));
		EXPECT_NE(m->us, kc_get_keyring_id(RING_US, 0));
		EXPECT_EQ(-ENOKEY, kc_search(RING_US, "user", "secret", 0));
		EXPECT_EQ(-EACCES, kc_read(m->key, NULL, 0));
		EXPECT_LT(0, add_user("planted", "x", RING_U));
	}
	shared_set(&m->go, 1);
	JOIN_CHILD(pid);
}
