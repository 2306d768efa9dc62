// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tests of the end of UID keyrings when several things end: processes and open
 * files in either order, a change of kernel.keys.uid_keyring_linger, and the
 * user namespace. The stock kernel, which keeps the keyrings until the
 * namespace ends, fails here.
 */

#define ROUNDS 60

/* ---- files and processes ----------------------------------------------- */

/* The file is closed first: the process keeps the pair until it exits. */
TEST(file_first_then_the_process)
{
	uid_t uid = fresh_uid();
	struct left *l = left_make();
	int sock[2], fd;
	pid_t pid;

	REQUIRE_ROOT();
	ASSERT_EQ(0, socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sock));
	pid = START_CHILD_BARE(uid);
	if (pid == 0) {
		fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
		use_pair(_metadata, l);
		EXPECT_TRUE(fd_send(sock[1], fd));
		close(fd);
		EXPECT_TRUE(wait_until(shared_get(&l->go), LATER_MS));
		END_CHILD();
	}
	fd = fd_receive(sock[0]);
	ASSERT_LE(0, fd);
	close(fd);
	sleep_ms(300);
	EXPECT_TRUE(all_there(l));
	shared_set(&l->go, 1);
	JOIN_CHILD(pid);
	ASSERT_TRUE(wait_until(all_gone(uid, l), GONE_MS));
}

/* Each of the two files keeps the pair. */
TEST(two_files)
{
	uid_t uid = fresh_uid();
	struct left *l = left_make();
	int sock[2], fd[2];

	REQUIRE_ROOT();
	ASSERT_EQ(0, socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sock));
	CHILD_BARE(uid) {
		use_pair(_metadata, l);
		EXPECT_TRUE(fd_send(sock[1], open("/dev/null", O_RDONLY | O_CLOEXEC)));
		/* This file is in /proc. */
		EXPECT_TRUE(fd_send(sock[1], open("/proc/self/status", O_RDONLY | O_CLOEXEC)));
	}
	fd[0] = fd_receive(sock[0]);
	fd[1] = fd_receive(sock[0]);
	ASSERT_LE(0, fd[1]);
	close(fd[0]);
	sleep_ms(300);
	EXPECT_TRUE(all_there(l));
	close(fd[1]);
	ASSERT_TRUE(wait_until(all_gone(uid, l), GONE_MS));
}

/* Another user opened the file, so it does not keep the pair. */
TEST(inherited_file_does_not_keep_it)
{
	uid_t uid = fresh_uid();
	struct left *l = left_make();
	int fd;

	REQUIRE_ROOT();
	fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
	ASSERT_LE(0, fd);
	CHILD_BARE(uid)
		use_pair(_metadata, l);
	ASSERT_TRUE(wait_until(all_gone(uid, l), GONE_MS));
	close(fd);
}

/* ---- kernel.keys.uid_keyring_linger ------------------------------------- */

TEST(linger_lengthened)
{
	uid_t uid = fresh_uid();
	struct left *l = left_make();

	REQUIRE_LINGER();
	ASSERT_EQ(0, sysctl_set(LINGER, 2));
	CHILD_BARE(uid)
		use_pair(_metadata, l);
	sleep_ms(200);
	ASSERT_EQ(0, sysctl_set(LINGER, 1000));
	sleep_ms(3500);
	EXPECT_TRUE(all_there(l));
	expect_old(_metadata, uid, l);
	EXPECT_EQ(0, sysctl_set(LINGER, 0));
	ASSERT_TRUE(wait_until(all_gone(uid, l), GONE_MS));
}

TEST(linger_for_ever_after_all)
{
	uid_t uid = fresh_uid();
	struct left *l = left_make();

	REQUIRE_LINGER();
	ASSERT_EQ(0, sysctl_set(LINGER, 2));
	CHILD_BARE(uid)
		use_pair(_metadata, l);
	ASSERT_EQ(0, sysctl_set(LINGER, -1));
	sleep_ms(3500);
	expect_old(_metadata, uid, l);
	EXPECT_EQ(0, sysctl_set(LINGER, 0));
	ASSERT_TRUE(wait_until(all_gone(uid, l), GONE_MS));
}

/* The time starts with the end of the UID, not with the change. */
TEST(linger_for_seconds_that_are_over)
{
	uid_t uid = fresh_uid();
	struct left *l = left_make();

	REQUIRE_LINGER();
	ASSERT_EQ(0, sysctl_set(LINGER, -1));
	CHILD_BARE(uid)
		use_pair(_metadata, l);
	sleep_ms(4000);
	EXPECT_TRUE(all_there(l));
	ASSERT_EQ(0, sysctl_set(LINGER, 3));
	EXPECT_TRUE(wait_until(all_gone(uid, l), 2000));
	EXPECT_EQ(0, sysctl_set(LINGER, 0));
}

/* The setting does not affect a pair that is in use. */
TEST(linger_changed_while_in_use)
{
	static const long values[] = { -1, 5, 0, 1000, 0 };
	uid_t uid = fresh_uid();
	struct left *l = left_make();
	pid_t pid;

	REQUIRE_LINGER();
	pid = START_CHILD_BARE(uid);
	if (pid == 0) {
		use_pair(_metadata, l);
		shared_set(&l->ready, 1);
		EXPECT_TRUE(wait_until(shared_get(&l->go), LATER_MS));
		EXPECT_EQ(l->u, kc_get_keyring_id(RING_U, 0));
		EXPECT_EQ(6, kc_read(l->key, NULL, 0));
		END_CHILD();
	}
	EXPECT_TRUE(wait_until(shared_get(&l->ready), LATER_MS));
	for (unsigned int i = 0; i < ARRAY_SIZE(values); i++) {
		EXPECT_EQ(0, sysctl_set(LINGER, values[i]));
		sleep_ms(20);
		EXPECT_TRUE(all_there(l));
	}
	shared_set(&l->go, 1);
	JOIN_CHILD(pid);
	ASSERT_TRUE(wait_until(all_gone(uid, l), GONE_MS));
}

/* ---- user namespaces ------------------------------------------------------ */

/* Enters the namespace of @fd with the real uid @uid. */
static void enter_as(struct __test_metadata *_metadata, int fd, uid_t uid)
{
	ASSERT_EQ(0, set_uids(uid, 0, 0));
	ASSERT_EQ(0, setns(fd, CLONE_NEWUSER));
}

/*
 * Returns a descriptor of the uid's namespace, which has no process any more.
 */
static int empty_namespace(struct __test_metadata *_metadata, uid_t uid, struct left *l)
{
	char path[32];
	pid_t pid;
	int fd;

	pid = START_CHILD_BARE(uid);
	if (pid == 0) {
		ASSERT_EQ(0, unshare(CLONE_NEWUSER));
		use_pair(_metadata, l);
		shared_set(&l->ready, 1);
		EXPECT_TRUE(wait_until(shared_get(&l->go), LATER_MS));
		END_CHILD();
	}
	EXPECT_TRUE(wait_until(shared_get(&l->ready), LATER_MS));
	snprintf(path, sizeof(path), "/proc/%d/ns/user", pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	EXPECT_LE(0, fd);
	shared_set(&l->go, 1);
	JOIN_CHILD(pid);
	return fd;
}

/* The last process of the UID has exited, but its namespace still exists. */
TEST(uid_ends_before_its_namespace)
{
	uid_t uid = fresh_uid();
	struct left *l = left_make();
	int fd;

	REQUIRE_ROOT();
	fd = empty_namespace(_metadata, uid, l);
	ASSERT_TRUE(wait_until(all_gone(uid, l), GONE_MS));
	CHILD() {
		enter_as(_metadata, fd, uid);
		EXPECT_LT(0, kc_get_keyring_id(RING_U, 0));
		EXPECT_NE(l->u, kc_get_keyring_id(RING_U, 0));
		EXPECT_EQ(0, ring_count(RING_U));
		EXPECT_EQ(-ENOKEY, kc_read(l->key, NULL, 0));
	}
	close(fd);
	ASSERT_TRUE(wait_until(all_gone(uid, l), GONE_MS));
}

/* The pair is kept until the namespace ends, and freed then. */
TEST(linger_for_ever_ends_with_the_namespace)
{
	uid_t uid = fresh_uid();
	struct left *l = left_make();
	int fd;

	REQUIRE_LINGER();
	ASSERT_EQ(0, sysctl_set(LINGER, -1));
	fd = empty_namespace(_metadata, uid, l);
	sleep_ms(500);
	CHILD() {
		enter_as(_metadata, fd, uid);
		EXPECT_EQ(l->u, kc_get_keyring_id(RING_U, 0));
		EXPECT_EQ(l->key, kc_search(RING_U, "user", "secret", 0));
	}
	close(fd);
	ASSERT_TRUE(wait_until(all_gone(uid, l), GONE_MS));
	EXPECT_EQ(0, sysctl_set(LINGER, 0));
}

/* The namespace ends first: the UID's pair outside it stays. */
TEST(namespace_ends_before_its_uid)
{
	uid_t uid = fresh_uid();
	struct left *l = left_make();
	long *in = shared_alloc(2 * sizeof(*in));

	REQUIRE_ROOT();
	CHILD_BARE(uid) {
		use_pair(_metadata, l);
		CHILD() {
			ASSERT_EQ(0, unshare(CLONE_NEWUSER));
			in[0] = kc_get_keyring_id(RING_U, 0);
			in[1] = add_user("inside", "x", RING_U);
			EXPECT_LT(0, in[1]);
			EXPECT_NE(l->u, in[0]);
		}
		EXPECT_TRUE(wait_until(kc_describe(in[0], NULL, 0) == -ENOKEY, GONE_MS));
		EXPECT_TRUE(wait_until(kc_describe(in[1], NULL, 0) == -ENOKEY, GONE_MS));
		EXPECT_EQ(l->u, kc_get_keyring_id(RING_U, 0));
		EXPECT_EQ(l->key, kc_search(RING_U, "user", "secret", 0));
	}
	ASSERT_TRUE(wait_until(all_gone(uid, l), GONE_MS));
}

/* ---- all at once ----------------------------------------------------------- */

/*
 * A process of the UID inside the namespace and one outside end at once, and so
 * do the record of the UID and the namespace, which both have pairs.
 */
static void end_together(struct __test_metadata *_metadata, uid_t uid,
			 struct shm_barrier *b, bool inside)
{
	if (inside)
		ASSERT_EQ(0, unshare(CLONE_NEWUSER));
	EXPECT_LT(0, kc_get_keyring_id(RING_U, 0));
	EXPECT_LT(0, add_user("secret", "x", RING_US));
	EXPECT_TRUE(barrier_wait(b));
}

static void race_of_ends(struct __test_metadata *_metadata)
{
	struct shm_barrier *b = shared_alloc(sizeof(*b));
	uid_t uid = fresh_uid();
	struct key_user u;
	pid_t pids[3];

	b->total = 3;
	for (int round = 0; round < ROUNDS && !_metadata->exit_code; round++) {
		for (int i = 0; i < 3; i++) {
			pids[i] = START_CHILD_BARE(uid);
			if (pids[i] == 0) {
				end_together(_metadata, uid, b, i > 0);
				END_CHILD();
			}
		}
		for (int i = 0; i < 3; i++)
			JOIN_CHILD(pids[i]);
	}
	EXPECT_TRUE(wait_until(!proc_user(uid, &u), GONE_MS));
}

TEST(uid_against_its_namespaces)
{
	REQUIRE_ROOT();
	race_of_ends(_metadata);
}

static void *toggle_linger(void *stop)
{
	while (!shared_get(stop)) {
		sysctl_set(LINGER, 1);
		sysctl_set(LINGER, 0);
		sysctl_set(LINGER, -1);
	}
	return NULL;
}

/* The same race, while the setting changes. */
TEST(uid_against_its_namespaces_and_the_setting)
{
	pthread_t thread;
	int stop = 0;

	REQUIRE_LINGER();
	ASSERT_EQ(0, pthread_create(&thread, NULL, toggle_linger, &stop));
	race_of_ends(_metadata);
	shared_set(&stop, 1);
	pthread_join(thread, NULL);
	EXPECT_EQ(0, sysctl_set(LINGER, 0));
}
