// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tests how long the user keyring and the user-session keyring exist: as long
 * as the kernel's record of the uid, see user-keyring(7), and then for
 * kernel.keys.uid_keyring_linger seconds. The stock kernel, which keeps them
 * until the user namespace ends, fails here.
 */

#define KEYS 10
#define VISITORS 8
#define VISITS 25

/* ---- the last process -------------------------------------------------- */

TEST(gone_after_the_last_process)
{
	uid_t uid = fresh_uid();
	struct left *l = left_make();

	REQUIRE_ROOT();
	CHILD_BARE(uid)
		use_pair(_metadata, l);
	ASSERT_TRUE(wait_until(all_gone(uid, l), GONE_MS));
}

TEST(later_process_gets_a_new_pair)
{
	uid_t uid = fresh_uid();
	struct left *l = left_make();

	REQUIRE_ROOT();
	CHILD_BARE(uid)
		use_pair(_metadata, l);
	ASSERT_TRUE(wait_until(all_gone(uid, l), GONE_MS));
	expect_new(_metadata, uid, l);
}

TEST(contents_and_charges_go)
{
	uid_t uid = fresh_uid();
	struct left *l = left_make();
	long *keys = shared_alloc(KEYS * sizeof(*keys));
	struct key_user u;
	char name[16];

	REQUIRE_ROOT();
	CHILD_BARE(uid) {
		use_pair(_metadata, l);
		l->ring = add_ring("ring", RING_US);
		for (int i = 0; i < KEYS; i++) {
			snprintf(name, sizeof(name), "k%d", i);
			keys[i] = add_user(name, "payload", i % 2 ? l->ring : l->us);
			EXPECT_LT(0, keys[i]);
		}
		EXPECT_TRUE(proc_user(uid, &u));
		EXPECT_EQ(KEYS + 4, u.nkeys);
	}
	ASSERT_TRUE(wait_until(all_gone(uid, l), GONE_MS));
	EXPECT_EQ(-ENOKEY, kc_describe(l->ring, NULL, 0));
	for (int i = 0; i < KEYS; i++)
		EXPECT_EQ(-ENOKEY, kc_describe(keys[i], NULL, 0));
}

/* Another process of the uid keeps the pair without using any key. */
TEST(kept_by_any_process_of_the_uid)
{
	uid_t uid = fresh_uid();
	struct left *l = left_make();
	pid_t pid;

	REQUIRE_ROOT();
	pid = START_CHILD_BARE(uid);
	if (pid == 0) {
		shared_set(&l->ready, 1);
		EXPECT_TRUE(wait_until(shared_get(&l->go), LATER_MS));
		END_CHILD();
	}
	EXPECT_TRUE(wait_until(shared_get(&l->ready), LATER_MS));
	CHILD_BARE(uid)
		use_pair(_metadata, l);
	sleep_ms(300);
	EXPECT_TRUE(all_there(l));
	expect_old(_metadata, uid, l);
	shared_set(&l->go, 1);
	JOIN_CHILD(pid);
	ASSERT_TRUE(wait_until(all_gone(uid, l), GONE_MS));
}

static void *stay_as(void *uid)
{
	set_uids((long)uid, 0, 0);
	sleep_ms(300);
	return (void *)(long)(kc_get_keyring_id(RING_U, 0) > 0);
}

/* One thread with the uid keeps the pair, in a process of another uid. */
TEST(kept_by_a_thread)
{
	uid_t uid = fresh_uid();
	struct left *l = left_make();

	REQUIRE_ROOT();
	CHILD() {
		pthread_t thread;

		ASSERT_EQ(0, pthread_create(&thread, NULL, stay_as, (void *)(long)uid));
		sleep_ms(50);
		CHILD_BARE(uid)
			use_pair(_metadata, l);
		sleep_ms(100);
		EXPECT_TRUE(all_there(l));
		pthread_join(thread, NULL);
		ASSERT_TRUE(wait_until(all_gone(uid, l), GONE_MS));
	}
}

TEST(real_uid_keeps_it)
{
	uid_t uid = fresh_uid();
	struct left *l = left_make();

	REQUIRE_ROOT();
	CHILD() {
		ASSERT_EQ(0, set_uids(uid, 0, 0));
		CHILD_BARE(uid)
			use_pair(_metadata, l);
		sleep_ms(300);
		EXPECT_EQ(l->u, kc_get_keyring_id(RING_U, 0));
		EXPECT_EQ(l->key, kc_search(RING_U, "user", "secret", 0));
		ASSERT_EQ(0, set_uids(0, 0, 0));
		ASSERT_TRUE(wait_until(all_gone(uid, l), GONE_MS));
	}
}

TEST(effective_and_saved_uid_do_not)
{
	uid_t uid = fresh_uid();
	struct left *l = left_make();

	REQUIRE_ROOT();
	CHILD() {
		ASSERT_EQ(0, set_uids(0, uid, uid));
		CHILD() {
			ASSERT_EQ(0, set_uids(-1, 0, -1));
		}
		l->ready = 1;
		sleep_ms(50);
		CHILD() {
			/*
			 * The real uid allows a change back to root; then all
			 * uids are the user's.
			 */
			ASSERT_EQ(0, set_uids(-1, 0, -1));
			ASSERT_EQ(0, drop_to(uid, uid));
			use_pair(_metadata, l);
		}
		ASSERT_TRUE(wait_until(kc_describe(l->key, NULL, 0) == -ENOKEY, GONE_MS));
		EXPECT_EQ(-ENOKEY, kc_describe(l->u, NULL, 0));
		EXPECT_EQ(-ENOKEY, kc_describe(l->us, NULL, 0));
	}
}

/* A process changes to another uid, as a set-user-ID helper does. */
TEST(gone_after_setuid)
{
	uid_t uid = fresh_uid(), other = fresh_uid();
	struct left *l = left_make();

	REQUIRE_ROOT();
	CHILD() {
		ASSERT_EQ(0, set_uids(uid, 0, 0));
		l->u = kc_get_keyring_id(RING_U, 0);
		l->us = kc_get_keyring_id(RING_US, 0);
		ASSERT_EQ(0, set_uids(other, 0, 0));
		ASSERT_TRUE(wait_until(kc_describe(l->u, NULL, 0) == -ENOKEY, GONE_MS));
		ASSERT_TRUE(wait_until(kc_describe(l->us, NULL, 0) == -ENOKEY, GONE_MS));
		ASSERT_EQ(0, set_uids(uid, 0, 0));
		EXPECT_NE(l->u, kc_get_keyring_id(RING_U, 0));
	}
}

/* ---- open files -------------------------------------------------------- */

/* As the user: opens a file, sends it, and exits. */
static void open_and_send(struct __test_metadata *_metadata, int sock, struct left *l)
{
	int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);

	use_pair(_metadata, l);
	EXPECT_LE(0, fd);
	EXPECT_TRUE(fd_send(sock, fd));
}

TEST(kept_by_an_open_file)
{
	uid_t uid = fresh_uid();
	struct left *l = left_make();
	int sock[2], fd;

	REQUIRE_ROOT();
	ASSERT_EQ(0, socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sock));
	CHILD_BARE(uid)
		open_and_send(_metadata, sock[1], l);
	fd = fd_receive(sock[0]);
	ASSERT_LE(0, fd);
	sleep_ms(300);
	EXPECT_TRUE(all_there(l));
	expect_old(_metadata, uid, l);
	close(fd);
	ASSERT_TRUE(wait_until(all_gone(uid, l), GONE_MS));
}

/* Another user receives the file and closes it later. */
TEST(kept_by_a_file_of_another_process)
{
	uid_t uid = fresh_uid(), other = fresh_uid();
	struct left *l = left_make();
	int sock[2];
	pid_t pid;

	REQUIRE_ROOT();
	ASSERT_EQ(0, socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sock));
	pid = START_CHILD_BARE(other);
	if (pid == 0) {
		EXPECT_LE(0, fd_receive(sock[0]));
		shared_set(&l->ready, 1);
		EXPECT_TRUE(wait_until(shared_get(&l->go), LATER_MS));
		END_CHILD();
	}
	CHILD_BARE(uid)
		open_and_send(_metadata, sock[1], l);
	EXPECT_TRUE(wait_until(shared_get(&l->ready), LATER_MS));
	sleep_ms(300);
	EXPECT_TRUE(all_there(l));
	shared_set(&l->go, 1);
	JOIN_CHILD(pid);
	ASSERT_TRUE(wait_until(all_gone(uid, l), GONE_MS));
}

/* The file is in the socket and was not received yet. */
TEST(kept_by_a_file_on_its_way)
{
	uid_t uid = fresh_uid();
	struct left *l = left_make();
	int sock[2];

	REQUIRE_ROOT();
	ASSERT_EQ(0, socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sock));
	CHILD_BARE(uid)
		open_and_send(_metadata, sock[1], l);
	sleep_ms(300);
	EXPECT_TRUE(all_there(l));
	close(sock[0]);
	close(sock[1]);
	ASSERT_TRUE(wait_until(all_gone(uid, l), GONE_MS));
}

/* ---- links -------------------------------------------------------------- */

/* The link keeps the keyring, but it is not the user keyring any more. */
TEST(link_keeps_keyring_and_contents)
{
	uid_t uid = fresh_uid();
	struct left *l = left_make();

	REQUIRE_ROOT();
	CHILD() {
		ASSERT_LT(0, kc_join(NULL));
		CHILD_BARE(uid) {
			use_pair(_metadata, l);
			EXPECT_EQ(0, kc_link(RING_U, RING_S));
		}
		ASSERT_TRUE(wait_until(kc_describe(l->us, NULL, 0) == -ENOKEY, GONE_MS));
		EXPECT_TRUE(ring_is(l->u, uid_name("_uid", uid)));
		EXPECT_EQ(6, kc_read(l->key, NULL, 0));
		EXPECT_EQ(0, kc_unlink(l->u, RING_S));
		ASSERT_TRUE(wait_until(all_gone(uid, l), GONE_MS));
	}
}

/*
 * pam_keyinit links @u to the session while it has the user's uid for a moment.
 * The user's first process starts later and must find the same @u.
 */
TEST(linked_keyring_is_taken_back)
{
	uid_t uid = fresh_uid();
	struct left *l = left_make();

	REQUIRE_ROOT();
	CHILD() {
		/* The user owns this session keyring; the process is root's */
		ASSERT_EQ(0, set_uids(uid, 0, 0));
		ASSERT_LT(0, kc_join(NULL));
		ASSERT_EQ(0, set_uids(0, 0, 0));
		ASSERT_EQ(0, kc_setperm(RING_S, KEY_POS_ALL | KEY_USR_ALL));
		CHILD_BARE(uid) {
			use_pair(_metadata, l);
			EXPECT_EQ(0, kc_link(RING_U, RING_S));
		}
		ASSERT_TRUE(wait_until(kc_describe(l->us, NULL, 0) == -ENOKEY, GONE_MS));
		CHILD_BARE(uid) {
			EXPECT_EQ(l->u, kc_get_keyring_id(RING_U, 0));
			EXPECT_NE(l->us, kc_get_keyring_id(RING_US, 0));
			EXPECT_EQ(l->key, kc_search(RING_US, "user", "secret", 0));
		}
		EXPECT_EQ(0, kc_unlink(l->u, RING_S));
		ASSERT_TRUE(wait_until(kc_describe(l->u, NULL, 0) == -ENOKEY, GONE_MS));
		ASSERT_TRUE(wait_until(kc_describe(l->key, NULL, 0) == -ENOKEY, GONE_MS));
	}
}

/* A keyring that another user's keyring links is not retaken by the UID. */
TEST(keyring_that_others_link_is_not_taken_back)
{
	uid_t uid = fresh_uid();
	struct left *l = left_make();

	REQUIRE_ROOT();
	CHILD() {
		/*
		 * Another user owns this session keyring; the process is root's
		 */
		ASSERT_EQ(0, set_uids(fresh_uid(), 0, 0));
		ASSERT_LT(0, kc_join(NULL));
		ASSERT_EQ(0, set_uids(0, 0, 0));
		CHILD_BARE(uid) {
			use_pair(_metadata, l);
			EXPECT_EQ(0, kc_link(RING_U, RING_S));
		}
		ASSERT_TRUE(wait_until(kc_describe(l->us, NULL, 0) == -ENOKEY, GONE_MS));
		CHILD_BARE(uid)
			EXPECT_NE(l->u, kc_get_keyring_id(RING_U, 0));
		EXPECT_EQ(0, kc_unlink(l->u, RING_S));
	}
}

/* A keyring that is the session keyring of another UID is not retaken. */
TEST(keyring_that_is_anothers_session_is_not_taken_back)
{
	uid_t uid = fresh_uid(), other = fresh_uid();
	struct left *l = left_make();

	REQUIRE_ROOT();
	CHILD() {
		ASSERT_EQ(0, set_uids(uid, 0, 0));
		/* Without a session keyring, @us becomes the session keyring */
		l->us = kc_get_keyring_id(RING_S, 0);
		l->u = kc_get_keyring_id(RING_U, 0);
		ASSERT_LT(0, l->u);
		ASSERT_EQ(0, set_uids(other, 0, 0));
		sleep_ms(300);
		CHILD_BARE(uid)
			EXPECT_NE(l->u, kc_get_keyring_id(RING_U, 0));
	}
}

/* A keyring that has only the name of the UID's keyring is never retaken. */
TEST(forged_keyring_is_not_taken)
{
	uid_t uid = fresh_uid();

	REQUIRE_ROOT();
	CHILD() {
		long forged;

		ASSERT_LT(0, kc_join(NULL));
		forged = sys_add_key("keyring", uid_name("_uid", uid), NULL, 0, RING_S);
		ASSERT_LT(0, forged);
		ASSERT_EQ(0, kc_setperm(forged, KEY_POS_ALL | KEY_USR_ALL | KEY_OTH_ALL));
		ASSERT_EQ(0, kc_chown(forged, uid, uid));
		CHILD_BARE(uid)
			EXPECT_NE(forged, kc_get_keyring_id(RING_U, 0));
	}
}

/* ---- kernel.keys.uid_keyring_linger ------------------------------------- */

TEST(linger_values)
{
	long had = sysctl_get(LINGER);

	REQUIRE_LINGER();
	EXPECT_EQ(0, had);
	EXPECT_EQ(0, sysctl_set(LINGER, -1));
	EXPECT_EQ(-1, sysctl_get(LINGER));
	EXPECT_EQ(0, sysctl_set(LINGER, INT_MAX));
	EXPECT_EQ(-EINVAL, sysctl_set(LINGER, -2));
	EXPECT_EQ(INT_MAX, sysctl_get(LINGER));
	EXPECT_EQ(0, sysctl_set(LINGER, had));
	CHILD_BARE(fresh_uid())
		EXPECT_EQ(-EACCES, sysctl_set(LINGER, -1));
}

TEST(linger_some_seconds)
{
	uid_t uid = fresh_uid();
	struct left *l = left_make();
	uint64_t start;

	REQUIRE_LINGER();
	ASSERT_EQ(0, sysctl_set(LINGER, 2));
	CHILD_BARE(uid)
		use_pair(_metadata, l);
	start = now_ms();
	sleep_ms(500);
	EXPECT_TRUE(all_there(l));
	/*
	 * A process in time gets the old pair, and its exit restarts the time.
	 */
	expect_old(_metadata, uid, l);
	sleep_ms(500);
	expect_old(_metadata, uid, l);
	EXPECT_TRUE(wait_until(all_gone(uid, l), LATER_MS));
	EXPECT_LE(2500, now_ms() - start);
	EXPECT_EQ(0, sysctl_set(LINGER, 0));
	expect_new(_metadata, uid, l);
}

TEST(linger_for_ever_until_changed)
{
	uid_t uid = fresh_uid();
	struct left *l = left_make();

	REQUIRE_LINGER();
	ASSERT_EQ(0, sysctl_set(LINGER, -1));
	CHILD_BARE(uid)
		use_pair(_metadata, l);
	sleep_ms(1500);
	expect_old(_metadata, uid, l);
	/* The new value also applies to pairs that linger already. */
	EXPECT_EQ(0, sysctl_set(LINGER, 0));
	ASSERT_TRUE(wait_until(all_gone(uid, l), GONE_MS));
}

TEST(linger_shortened)
{
	uid_t uid = fresh_uid();
	struct left *l = left_make();

	REQUIRE_LINGER();
	ASSERT_EQ(0, sysctl_set(LINGER, 1000));
	CHILD_BARE(uid)
		use_pair(_metadata, l);
	sleep_ms(200);
	EXPECT_TRUE(all_there(l));
	EXPECT_EQ(0, sysctl_set(LINGER, 1));
	EXPECT_TRUE(wait_until(all_gone(uid, l), LATER_MS));
	EXPECT_EQ(0, sysctl_set(LINGER, 0));
}

/* Lingering pairs end with their user namespace, even if they linger for ever. */
TEST(namespace_ends_the_lingering)
{
	uid_t uid = fresh_uid();
	struct left *l = left_make();

	REQUIRE_LINGER();
	ASSERT_EQ(0, sysctl_set(LINGER, -1));
	CHILD_BARE(uid) {
		ASSERT_EQ(0, unshare(CLONE_NEWUSER));
		use_pair(_metadata, l);
	}
	EXPECT_TRUE(wait_until(all_gone(uid, l), GONE_MS));
	EXPECT_EQ(0, sysctl_set(LINGER, 0));
}

/* ---- races --------------------------------------------------------------- */

/* A process of the uid uses both keyrings, which may end at any time. */
static void visit(struct __test_metadata *_metadata)
{
	long u = kc_get_keyring_id(RING_U, 0);

	EXPECT_LT(0, u);
	EXPECT_LT(0, kc_get_keyring_id(RING_US, 0));
	EXPECT_TRUE(ring_has(RING_US, u));
	EXPECT_EQ(u, kc_get_keyring_id(RING_U, 0));
}

static void visitor(struct __test_metadata *_metadata, uid_t uid)
{
	for (int i = 0; i < VISITS; i++) {
		ASSERT_EQ(0, set_uids(uid, 0, 0));
		visit(_metadata);
		ASSERT_EQ(0, set_uids(0, 0, 0));
	}
}

/*
 * Processes start and exit: each gets a complete pair, and none is left over.
 */
TEST(last_process_against_the_next)
{
	uid_t uid = fresh_uid();
	pid_t pids[VISITORS];
	struct key_user u;

	REQUIRE_ROOT();
	for (int i = 0; i < VISITORS; i++) {
		pids[i] = START_CHILD();
		if (pids[i] == 0) {
			visitor(_metadata, uid);
			END_CHILD();
		}
	}
	for (int i = 0; i < VISITORS; i++)
		JOIN_CHILD(pids[i]);
	EXPECT_TRUE(wait_until(!proc_user(uid, &u), GONE_MS));
}

/* The exit of the process ends the uid and the namespace at once. */
TEST(last_process_against_its_namespace)
{
	uid_t uid = fresh_uid();
	struct key_user u;

	REQUIRE_ROOT();
	for (int i = 0; i < VISITS; i++) {
		CHILD_BARE(uid) {
			visit(_metadata);
			ASSERT_EQ(0, unshare(CLONE_NEWUSER));
			visit(_metadata);
		}
	}
	EXPECT_TRUE(wait_until(!proc_user(uid, &u), GONE_MS));
}
