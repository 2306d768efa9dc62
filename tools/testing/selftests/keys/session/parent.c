// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tests of KEYCTL_SESSION_TO_PARENT, as described in
 * keyctl_session_to_parent(3) and keyctl(2).
 */
#include <sys/ptrace.h>
#include <sys/resource.h>

/* In a child of the caller: joins a new session and gives it to the parent. */
static long give(long *given)
{
	long s = kc_join(NULL);

	if (given)
		*given = s;
	return s < 0 ? s : kc_session_to_parent();
}

TEST(parent_gets_it)
{
	long *given = shared_alloc(sizeof(*given));

	CHILD() {
		long s = kc_join(NULL), p = kc_get_keyring_id(RING_P, 1);
		long t = kc_get_keyring_id(RING_T, 1);

		CHILD()
			EXPECT_EQ(0, give(given));
		EXPECT_EQ(*given, kc_get_keyring_id(RING_S, 0));
		EXPECT_NE(s, *given);
		/* The parent keeps its other keyrings. */
		EXPECT_EQ(p, kc_get_keyring_id(RING_P, 0));
		EXPECT_EQ(t, kc_get_keyring_id(RING_T, 0));
		EXPECT_TRUE(wait_until(kc_describe(s, NULL, 0) == -ENOKEY, LATER_MS));
	}
}

TEST(parent_gets_it_unprivileged)
{
	long *given = shared_alloc(sizeof(*given));
	uid_t uid = fresh_uid();

	REQUIRE_ROOT();
	CHILD_AS(uid) {
		CHILD() {
			EXPECT_EQ(0, give(given));
			EXPECT_LT(0, add_user("given", "x", RING_S));
		}
		EXPECT_EQ(*given, kc_get_keyring_id(RING_S, 0));
		EXPECT_LT(0, sys_request_key("user", "given", NULL, 0));
		/* The uids of the parent are unchanged. */
		EXPECT_EQ(uid, syscall(__NR_getuid));
		EXPECT_EQ(uid, syscall(__NR_geteuid));
	}
}

TEST(cve_2010_2960_parent_without_a_session)
{
	long *given = shared_alloc(sizeof(*given));

	REQUIRE_ROOT();
	if (has_session(_metadata))
		SKIP(return, "run with a session keyring");
	CHILD_BARE(fresh_uid()) {
		CHILD()
			EXPECT_EQ(0, give(given));
		EXPECT_EQ(*given, kc_get_keyring_id(RING_S, 0));
	}
}

TEST(the_session_they_share_already)
{
	CHILD() {
		long s = kc_join(NULL);

		CHILD()
			EXPECT_EQ(0, kc_session_to_parent());
		EXPECT_EQ(s, kc_get_keyring_id(RING_S, 0));
	}
}

/* A caller without a session gives the user-session keyring to the parent. */
TEST(caller_without_a_session)
{
	uid_t uid = fresh_uid();

	REQUIRE_ROOT();
	if (has_session(_metadata))
		SKIP(return, "run with a session keyring");
	CHILD_BARE(uid) {
		CHILD()
			EXPECT_EQ(0, kc_session_to_parent());
		EXPECT_TRUE(ring_is(RING_S, uid_name("_uid_ses", uid)));
	}
}

TEST(the_last_one_counts)
{
	long *given = shared_alloc(sizeof(*given));

	CHILD() {
		ASSERT_LT(0, kc_join(NULL));
		CHILD() {
			EXPECT_EQ(0, give(NULL));
			EXPECT_EQ(0, give(NULL));
			EXPECT_EQ(0, give(given));
		}
		EXPECT_EQ(*given, kc_get_keyring_id(RING_S, 0));
	}
}

TEST(not_linkable)
{
	CHILD() {
		long s = kc_join(NULL);

		CHILD() {
			ASSERT_LT(0, kc_join(NULL));
			ASSERT_EQ(0, kc_setperm(RING_S, (KEY_POS_ALL & ~KEY_POS_LINK) |
						KEY_USR(KEY_ALL & ~KEY_LINK)));
			EXPECT_EQ(-EACCES, kc_session_to_parent());
		}
		EXPECT_EQ(s, kc_get_keyring_id(RING_S, 0));
	}
}

TEST(revoked)
{
	CHILD() {
		long s = kc_join(NULL);

		CHILD() {
			ASSERT_LT(0, kc_join(NULL));
			ASSERT_EQ(0, kc_revoke(RING_S));
			EXPECT_EQ(-EKEYREVOKED, kc_session_to_parent());
		}
		EXPECT_EQ(s, kc_get_keyring_id(RING_S, 0));
	}
}

/* ---- conditions for the parent -------------------------------------- */

/* The ids of the parent. */
struct ids {
	const char *name;
	int real, effective, saved;
};

/* 1 is the id of the child, 2 is another id. */
static const struct ids mismatches[] = {
	{ "saved", 1, 1, 2 },
	{ "effective", 1, 2, 1 },
	{ "real", 2, 1, 1 },
	{ "all", 2, 2, 2 },
};

static void mismatch_uid(struct __test_metadata *_metadata, const struct ids *ids)
{
	uid_t uid[3] = { 0, fresh_uid(), fresh_uid() };

	CHILD() {
		long s;
		pid_t pid;
		struct gate g;

		ASSERT_TRUE(gate_make(&g));
		pid = START_CHILD_BARE(uid[1]);
		if (pid == 0) {
			gate_wait(&g);
			EXPECT_EQ(-EPERM, give(NULL)) {
				TH_LOG("%s", ids->name);
			}
			END_CHILD();
		}
		ASSERT_EQ(0, set_gids(uid[1], uid[1], uid[1]));
		ASSERT_EQ(0, set_uids(uid[ids->real], uid[ids->effective], uid[ids->saved]));
		s = kc_join(NULL);
		gate_open(&g);
		JOIN_CHILD(pid);
		EXPECT_EQ(s, kc_get_keyring_id(RING_S, 0));
	}
}

TEST(parent_of_other_uids)
{
	REQUIRE_ROOT();
	for (unsigned int i = 0; i < ARRAY_SIZE(mismatches); i++)
		mismatch_uid(_metadata, &mismatches[i]);
}

static void mismatch_gid(struct __test_metadata *_metadata, const struct ids *ids)
{
	uid_t id[3] = { 0, fresh_uid(), fresh_uid() };

	CHILD() {
		long s;
		pid_t pid;
		struct gate g;

		ASSERT_TRUE(gate_make(&g));
		pid = START_CHILD_BARE(id[1]);
		if (pid == 0) {
			gate_wait(&g);
			EXPECT_EQ(-EPERM, give(NULL)) {
				TH_LOG("%s", ids->name);
			}
			END_CHILD();
		}
		ASSERT_EQ(0, set_gids(id[ids->real], id[ids->effective], id[ids->saved]));
		ASSERT_EQ(0, set_uids(id[1], id[1], id[1]));
		s = kc_join(NULL);
		gate_open(&g);
		JOIN_CHILD(pid);
		EXPECT_EQ(s, kc_get_keyring_id(RING_S, 0));
	}
}

TEST(parent_of_other_gids)
{
	REQUIRE_ROOT();
	for (unsigned int i = 0; i < ARRAY_SIZE(mismatches); i++)
		mismatch_gid(_metadata, &mismatches[i]);
}

/* Both have the same uids, but root owns the session keyring of the parent. */
TEST(parent_session_of_another_owner)
{
	uid_t uid = fresh_uid();

	REQUIRE_ROOT();
	CHILD() {
		long s = kc_join(NULL);

		ASSERT_EQ(0, drop_to(uid, uid));
		CHILD()
			EXPECT_EQ(-EPERM, give(NULL));
		EXPECT_EQ(s, kc_get_keyring_id(RING_S, 0));
	}
}

TEST(caller_session_of_another_owner)
{
	uid_t uid = fresh_uid();

	REQUIRE_ROOT();
	CHILD() {
		long s;
		pid_t pid;
		struct gate g;

		ASSERT_TRUE(gate_make(&g));
		pid = START_CHILD();
		if (pid == 0) {
			gate_wait(&g);
			/*
			 * Root makes the session keyring, then the process
			 * becomes the user.
			 */
			ASSERT_LT(0, kc_join(NULL));
			ASSERT_EQ(0, drop_to(uid, uid));
			EXPECT_EQ(-EPERM, kc_session_to_parent());
			END_CHILD();
		}
		ASSERT_EQ(0, drop_to(uid, uid));
		s = kc_join(NULL);
		gate_open(&g);
		JOIN_CHILD(pid);
		EXPECT_EQ(s, kc_get_keyring_id(RING_S, 0));
	}
}

static void *idle(void *arg)
{
	gate_wait(arg);
	return NULL;
}

/* pthread_join() returns a little before the kernel has removed the thread. */
static bool is_alone(void)
{
	struct stat task;

	return stat("/proc/self/task", &task) == 0 && task.st_nlink == 3;
}

TEST(parent_with_two_threads)
{
	CHILD() {
		long s = kc_join(NULL);
		pthread_t thread;
		struct gate g;
		int held;

		ASSERT_TRUE(gate_make(&g));
		/*
		 * The thread must not close the file descriptor that opens the
		 * gate.
		 */
		held = dup(g.fd[1]);
		ASSERT_EQ(0, pthread_create(&thread, NULL, idle, &g));
		CHILD()
			EXPECT_EQ(-EPERM, give(NULL));
		EXPECT_EQ(s, kc_get_keyring_id(RING_S, 0));
		close(held);
		pthread_join(thread, NULL);
		ASSERT_TRUE(wait_until(is_alone(), LATER_MS));
		CHILD()
			EXPECT_EQ(0, give(NULL));
		EXPECT_NE(s, kc_get_keyring_id(RING_S, 0));
	}
}

/* The caller's session keyring is checked before the parent is. */
TEST(revoked_and_parent_with_two_threads)
{
	CHILD() {
		pthread_t thread;
		struct gate g;
		int held;

		ASSERT_LT(0, kc_join(NULL));
		ASSERT_TRUE(gate_make(&g));
		held = dup(g.fd[1]);
		ASSERT_EQ(0, pthread_create(&thread, NULL, idle, &g));
		CHILD() {
			ASSERT_LT(0, kc_join(NULL));
			ASSERT_EQ(0, kc_revoke(RING_S));
			EXPECT_EQ(-EKEYREVOKED, kc_session_to_parent());
		}
		close(held);
		pthread_join(thread, NULL);
	}
}

/* The child waits until process 1 is its parent, then makes the call. */
TEST(parent_is_init)
{
	int *done = shared_alloc(sizeof(*done));

	REQUIRE_ROOT();
	CHILD() {
		if (fork() == 0) {
			if (!wait_until(getppid() == 1, 2000))
				shared_set(done, KSFT_SKIP);
			else
				shared_set(done, give(NULL));
			_exit(0);
		}
	}
	EXPECT_TRUE(wait_until(shared_get(done), LATER_MS));
	if (*done == KSFT_SKIP)
		SKIP(return, "orphans do not go to process 1 here");
	EXPECT_EQ(-EPERM, *done);
}

/* The call returns while the parent is still in a system call. */
TEST(parent_that_waits_in_the_kernel)
{
	long *given = shared_alloc(sizeof(*given));

	CHILD() {
		pid_t pid;

		ASSERT_LT(0, kc_join(NULL));
		pid = START_CHILD();
		if (pid == 0) {
			sleep_ms(20);
			EXPECT_EQ(0, give(given));
			sleep_ms(20);
			END_CHILD();
		}
		sleep_ms(100);
		JOIN_CHILD(pid);
		EXPECT_EQ(*given, kc_get_keyring_id(RING_S, 0));
	}
}

/* ---- what the parent keeps ------------------------------------------- */

#define FORKS_MAX 8

/* Returns how many children the caller can have at a time, at most FORKS_MAX. */
static int forks_left(void)
{
	pid_t pid[FORKS_MAX];
	int n = 0;

	while (n < FORKS_MAX) {
		pid[n] = fork();
		if (pid[n] == 0) {
			pause();
			_exit(0);
		}
		if (pid[n] < 0)
			break;
		n++;
	}
	for (int i = 0; i < n; i++) {
		kill(pid[i], SIGKILL);
		waitpid(pid[i], NULL, 0);
	}
	return n;
}

/*
 * The child makes the new credentials, but they count as the parent's: what the
 * user may have must not change. (Before 5.14.16 the counts went wrong.)
 */
TEST(processes_of_the_user_are_counted)
{
	const struct rlimit four = { 4, 4 };
	uid_t uid = fresh_uid();

	REQUIRE_ROOT();
	CHILD() {
		ASSERT_EQ(0, setrlimit(RLIMIT_NPROC, &four));
		ASSERT_EQ(0, drop_to(uid, uid));
		ASSERT_LT(0, kc_join(NULL));
		ASSERT_EQ(3, forks_left());
		for (int i = 0; i < 20; i++)
			CHILD()
				EXPECT_EQ(0, give(NULL));
		EXPECT_EQ(3, forks_left());
	}
}

/* Stops the parent, which must be about to exit, in the middle of its exit. */
static bool stop_exiting_parent(struct gate *g)
{
	pid_t parent = getppid();
	int status = 0;

	if (ptrace(PTRACE_SEIZE, parent, 0, PTRACE_O_TRACEEXIT))
		return false;
	gate_open(g);
	return waitpid(parent, &status, __WALL) == parent && WIFSTOPPED(status) &&
	       status >> 8 == (SIGTRAP | PTRACE_EVENT_EXIT << 8);
}

/*
 * The parent finds the new session keyring when it has passed the point from
 * which it does not return to user space. It must drop the keyring.
 */
TEST(parent_that_is_exiting)
{
	struct {
		long given, ret;
		int done;
	} *child = shared_alloc(sizeof(*child));

	REQUIRE_ROOT();
	CHILD() {
		struct gate g;

		ASSERT_TRUE(gate_make(&g));
		if (START_CHILD() == 0) {
			child->ret = stop_exiting_parent(&g) ? give(&child->given) : -ESRCH;
			shared_set(&child->done, 1);
			ptrace(PTRACE_DETACH, getppid(), 0, 0);
			_exit(0);
		}
		gate_wait(&g);
	}
	ASSERT_TRUE(wait_until(shared_get(&child->done), LATER_MS));
	EXPECT_EQ(0, child->ret);
	EXPECT_LT(0, child->given);
	EXPECT_TRUE(wait_until(!proc_key_shown(child->given), LATER_MS));
}

/* Forbids opening a directory, by Landlock, to the caller and its children. */
static bool landlock_self(void)
{
	uint64_t read_dir = 1 << 3;
	int fd = syscall(__NR_landlock_create_ruleset, &read_dir, sizeof(read_dir), 0);
	bool done;

	if (fd < 0 || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
		return false;
	done = !syscall(__NR_landlock_restrict_self, fd, 0);
	close(fd);
	return done;
}

/* The new credentials of the parent have what security modules gave the old. */
TEST(cve_2024_42318_landlock_holds_on)
{
	if (syscall(__NR_landlock_create_ruleset, NULL, 0, 1) < 0)
		SKIP(return, "no Landlock in this kernel");
	CHILD() {
		ASSERT_LE(0, open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
		ASSERT_TRUE(landlock_self());
		ASSERT_LT(0, kc_join(NULL));
		EXPECT_EQ(-1, open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
		CHILD()
			EXPECT_EQ(0, give(NULL));
		EXPECT_EQ(-1, open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
		EXPECT_EQ(EACCES, errno);
	}
}
