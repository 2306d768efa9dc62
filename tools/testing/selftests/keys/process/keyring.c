// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tests of the process keyring and the thread keyring, as described in
 * process-keyring(7) and thread-keyring(7). shared.c tests threads
 * that are older than the process keyring.
 */

#define STACK_SIZE 65536

/* ---- made on request only -------------------------------------------- */

static void expect_absent(struct __test_metadata *_metadata, long id)
{
	EXPECT_EQ(-ENOKEY, kc_get_keyring_id(id, 0));
	EXPECT_EQ(-ENOKEY, kc_describe(id, NULL, 0));
	EXPECT_EQ(-ENOKEY, kc_read(id, NULL, 0));
	EXPECT_EQ(-ENOKEY, kc_search(id, "user", "x", 0));
	EXPECT_EQ(-ENOKEY, kc_unlink(RING_S, id));
	EXPECT_EQ(-ENOKEY, kc_revoke(id));
	EXPECT_EQ(-ENOKEY, kc_invalidate(id));
	EXPECT_EQ(-ENOKEY, kc_restrict(id, NULL, NULL));
	EXPECT_EQ(-ENOKEY, kc_get_keyring_id(id, 0));
}

TEST(process_keyring_absent_until_requested)
{
	CHILD()
		expect_absent(_metadata, RING_P);
}

TEST(thread_keyring_absent_until_requested)
{
	CHILD()
		expect_absent(_metadata, RING_T);
}

static void expect_made(struct __test_metadata *_metadata, long id, const char *name)
{
	long made = kc_get_keyring_id(id, 1);
	struct key_desc d;
	struct key_line k;

	EXPECT_LT(0, made);
	EXPECT_EQ(made, kc_get_keyring_id(id, 0));
	EXPECT_EQ(made, kc_get_keyring_id(id, 1));
	ASSERT_EQ(0, describe(id, &d));
	EXPECT_STREQ("keyring", d.type);
	EXPECT_STREQ(name, d.desc);
	EXPECT_EQ(syscall(__NR_geteuid), d.uid);
	EXPECT_EQ(syscall(__NR_getegid), d.gid);
	EXPECT_EQ(KEY_POS_ALL | KEY_USR_VIEW, d.perm);
	ASSERT_TRUE(proc_key(made, &k));
	EXPECT_STREQ("I--Q---", k.flags);
	EXPECT_STREQ("perm", k.timeout);
	EXPECT_EQ(1, k.usage);
}

TEST(process_keyring_looks)
{
	CHILD()
		expect_made(_metadata, RING_P, "_pid");
}

TEST(process_keyring_looks_unprivileged)
{
	REQUIRE_ROOT();
	CHILD_BARE(fresh_uid())
		expect_made(_metadata, RING_P, "_pid");
}

TEST(thread_keyring_looks)
{
	CHILD()
		expect_made(_metadata, RING_T, "_tid");
}

TEST(thread_keyring_looks_unprivileged)
{
	REQUIRE_ROOT();
	CHILD_BARE(fresh_uid())
		expect_made(_metadata, RING_T, "_tid");
}

/* Each call that modifies the keyring makes it. */
static void made_by(struct __test_metadata *_metadata, long id)
{
	CHILD() {
		EXPECT_LT(0, add_user("k", "v", id));
		EXPECT_EQ(1, ring_count(id));
	}
	CHILD() {
		EXPECT_EQ(0, kc_clear(id));
		EXPECT_EQ(0, ring_count(id));
	}
	CHILD() {
		long other = id == RING_P ? RING_T : RING_P;

		EXPECT_EQ(0, kc_link(add_user("k", "v", other), id));
		EXPECT_EQ(1, ring_count(id));
	}
	CHILD() {
		EXPECT_EQ(0, kc_setperm(id, KEY_POS_ALL));
		EXPECT_LT(0, kc_get_keyring_id(id, 0));
	}
	CHILD() {
		EXPECT_EQ(0, kc_set_timeout(id, 100));
		EXPECT_LT(0, kc_get_keyring_id(id, 0));
	}
}

TEST(process_keyring_made_by_modification)
{
	made_by(_metadata, RING_P);
}

TEST(thread_keyring_made_by_modification)
{
	made_by(_metadata, RING_T);
}

/* ---- threads --------------------------------------------------------- */

TEST(younger_threads_share_process_keyring)
{
	CHILD() {
		long p = kc_get_keyring_id(RING_P, 1);

		EXPECT_EQ(p, in_thread(thread_look, (void *)RING_P));
		EXPECT_EQ(p, in_thread(thread_make, (void *)RING_P));
	}
}

static void *thread_adds(void *arg)
{
	return (void *)add_user("by thread", "x", (long)arg);
}

TEST(process_keyring_contents_shared)
{
	CHILD() {
		long p = kc_get_keyring_id(RING_P, 1);
		long key = in_thread(thread_adds, (void *)RING_P);

		EXPECT_LT(0, key);
		EXPECT_TRUE(ring_has(p, key));
		EXPECT_EQ(key, sys_request_key("user", "by thread", NULL, 0));
	}
}

static void *thread_setuid(void *arg)
{
	if (set_uids(-1, (uid_t)(long)arg, -1))
		return (void *)-1L;
	return (void *)kc_get_keyring_id(RING_P, 1);
}

TEST(raw_seteuid_in_one_thread_keeps_sharing)
{
	REQUIRE_ROOT();
	CHILD() {
		long p = kc_get_keyring_id(RING_P, 1);

		EXPECT_EQ(p, in_thread(thread_setuid, (void *)(long)fresh_uid()));
		EXPECT_EQ(p, kc_get_keyring_id(RING_P, 0));
	}
}

TEST(setuid_of_all_threads_keeps_it)
{
	REQUIRE_ROOT();
	CHILD() {
		long p = kc_get_keyring_id(RING_P, 1);
		struct key_desc d;

		ASSERT_EQ(0, setresuid(-1, fresh_uid(), -1));
		EXPECT_EQ(p, kc_get_keyring_id(RING_P, 0));
		/* The owner is still root. */
		ASSERT_EQ(0, describe(RING_P, &d));
		EXPECT_EQ(0, d.uid);
	}
}

TEST(new_thread_has_no_thread_keyring)
{
	CHILD()
		EXPECT_EQ(-ENOKEY, in_thread(thread_look, (void *)RING_T));
}

/* @arg is the thread keyring of the thread that started this one. */
static void *thread_keyring_of_its_own(void *arg)
{
	long t = kc_get_keyring_id(RING_T, 1);

	if (t <= 0 || t == (long)arg || add_user("in thread", "x", RING_T) <= 0)
		return (void *)-2L;
	return (void *)t;
}

TEST(each_thread_has_its_thread_keyring)
{
	CHILD() {
		long mine = kc_get_keyring_id(RING_T, 1);
		long other = in_thread(thread_keyring_of_its_own, (void *)mine);

		EXPECT_LT(0, other);
		EXPECT_EQ(mine, kc_get_keyring_id(RING_T, 0));
		EXPECT_EQ(-ENOKEY, sys_request_key("user", "in thread", NULL, 0));
		/* The keyring ended with its thread. */
		EXPECT_TRUE(wait_until(kc_describe(other, NULL, 0) == -ENOKEY, LATER_MS));
		EXPECT_EQ(mine, kc_get_keyring_id(RING_T, 0));
	}
}

TEST(thread_keyring_follows_fs_uid)
{
	uid_t uid = fresh_uid();

	REQUIRE_ROOT();
	CHILD() {
		long t = kc_get_keyring_id(RING_T, 1), p = kc_get_keyring_id(RING_P, 1);
		struct key_desc d;

		ASSERT_EQ(0, set_gids(-1, uid, -1));
		ASSERT_EQ(0, set_uids(-1, uid, -1));
		EXPECT_EQ(t, kc_get_keyring_id(RING_T, 0));
		ASSERT_EQ(0, describe(RING_T, &d));
		EXPECT_EQ(uid, (uid_t)d.uid);
		EXPECT_EQ(uid, (uid_t)d.gid);
		ASSERT_EQ(0, describe(p, &d));
		EXPECT_EQ(0, d.uid);
		EXPECT_EQ(0, d.gid);
		ASSERT_EQ(0, set_uids(-1, 0, -1));
		ASSERT_EQ(0, describe(RING_T, &d));
		EXPECT_EQ(0, d.uid);
	}
}

/* ---- new processes --------------------------------------------------- */

/* Both keyrings are absent here, and new ones differ from the parent's. */
static bool none_inherited(long p, long t)
{
	return kc_get_keyring_id(RING_P, 0) == -ENOKEY &&
	       kc_get_keyring_id(RING_T, 0) == -ENOKEY &&
	       kc_get_keyring_id(RING_P, 1) > 0 && kc_get_keyring_id(RING_P, 0) != p &&
	       kc_get_keyring_id(RING_T, 1) > 0 && kc_get_keyring_id(RING_T, 0) != t;
}

TEST(fork_inherits_neither)
{
	CHILD() {
		long p = kc_get_keyring_id(RING_P, 1), t = kc_get_keyring_id(RING_T, 1);

		CHILD()
			EXPECT_TRUE(none_inherited(p, t));
		EXPECT_EQ(p, kc_get_keyring_id(RING_P, 0));
		EXPECT_EQ(t, kc_get_keyring_id(RING_T, 0));
	}
}

TEST(fork_does_not_possess_the_parents)
{
	CHILD() {
		long key = add_user("parents", "x", RING_P);

		CHILD() {
			EXPECT_EQ(-ENOKEY, sys_request_key("user", "parents", NULL, 0));
			EXPECT_EQ(-EACCES, kc_read(key, NULL, 0));
		}
	}
}

static KEYS_NOINLINE int vfork_code(long p, long t)
{
	pid_t pid = vfork();

	if (pid == 0)
		_exit(none_inherited(p, t) ? 0 : 1);
	return exit_code(pid);
}

TEST(vfork_is_a_new_process)
{
	CHILD() {
		long p = kc_get_keyring_id(RING_P, 1), t = kc_get_keyring_id(RING_T, 1);

		EXPECT_EQ(0, vfork_code(p, t));
		EXPECT_EQ(p, kc_get_keyring_id(RING_P, 0));
		EXPECT_EQ(t, kc_get_keyring_id(RING_T, 0));
	}
}

struct serials {
	long p, t;
};

static int clone_child(void *arg)
{
	struct serials *s = arg;

	_exit(none_inherited(s->p, s->t) ? 0 : 1);
}

static void clone_with(struct __test_metadata *_metadata, int flags)
{
	static char stack[STACK_SIZE] KEYS_STACK_ALIGN;

	CHILD() {
		struct serials s = { kc_get_keyring_id(RING_P, 1), kc_get_keyring_id(RING_T, 1) };

		pid_t pid = clone(clone_child, stack + STACK_SIZE, flags | SIGCHLD, &s);

		EXPECT_EQ(0, exit_code(pid));
		EXPECT_EQ(s.p, kc_get_keyring_id(RING_P, 0));
		EXPECT_EQ(s.t, kc_get_keyring_id(RING_T, 0));
	}
}

TEST(clone_vm_is_a_new_process)
{
	clone_with(_metadata, CLONE_VM);
}

TEST(clone_vm_sighand_files_is_a_new_process)
{
	clone_with(_metadata, CLONE_VM | CLONE_SIGHAND | CLONE_FILES | CLONE_FS);
}

/* ---- exec ------------------------------------------------------------ */

/* Main function of the second image of this program. */
static int process_image(int argc, char **argv)
{
	if (argc < 3 || strcmp(argv[0], "none"))
		return 2;
	return none_inherited(atol(argv[1]), atol(argv[2])) ? 0 : 1;
}

TEST(exec_clears_both)
{
	CHILD() {
		pid_t pid = fork();

		if (pid == 0) {
			long p = kc_get_keyring_id(RING_P, 1), t = kc_get_keyring_id(RING_T, 1);

			_exit(exec_image("none", p, t) ? 3 : 0);
		}
		EXPECT_EQ(0, exit_code(pid));
	}
}

static void *thread_execs(void *arg)
{
	struct serials *s = arg;

	return (void *)exec_image("none", s->p, s->t);
}

/* The new image replaces all threads and inherits none of their keyrings. */
TEST(exec_in_a_thread_clears_both)
{
	CHILD() {
		pid_t pid = fork();

		if (pid == 0) {
			struct serials s = { kc_get_keyring_id(RING_P, 1),
					     kc_get_keyring_id(RING_T, 1) };

			in_thread(thread_execs, &s);
			_exit(3);
		}
		EXPECT_EQ(0, exit_code(pid));
	}
}

TEST(exec_destroys_both)
{
	uid_t uid = fresh_uid();
	struct serials *s = shared_alloc(sizeof(*s));

	REQUIRE_ROOT();
	CHILD() {
		pid_t pid = START_CHILD_BARE(uid);

		if (pid == 0) {
			s->p = kc_get_keyring_id(RING_P, 1);
			s->t = kc_get_keyring_id(RING_T, 1);
			_exit(exec_image("none", s->p, s->t) ? 3 : 0);
		}
		EXPECT_EQ(0, exit_code(pid));
	}
	EXPECT_TRUE(wait_until(kc_describe(s->p, NULL, 0) == -ENOKEY, LATER_MS));
	EXPECT_TRUE(wait_until(kc_describe(s->t, NULL, 0) == -ENOKEY, LATER_MS));
	EXPECT_TRUE(wait_until(charged(uid, 0, 0), LATER_MS));
}

static long sys_exec(const char *path, char **argv)
{
	char *envp[] = { NULL };

	return keys_ret(syscall(__NR_execve, path, argv, envp));
}

TEST(failed_exec_leaves_both)
{
	CHILD() {
		char *argv[] = { "x", NULL };
		long p = kc_get_keyring_id(RING_P, 1), t = kc_get_keyring_id(RING_T, 1);

		EXPECT_EQ(-ENOENT, sys_exec("/no/such/file", argv));
		EXPECT_EQ(-EACCES, sys_exec("/proc/self/status", argv));
		EXPECT_EQ(-EFAULT, sys_exec("/proc/self/exe", BAD_PTR));
		EXPECT_EQ(p, kc_get_keyring_id(RING_P, 0));
		EXPECT_EQ(t, kc_get_keyring_id(RING_T, 0));
	}
}

/* ---- the end --------------------------------------------------------- */

TEST(exit_frees_keyrings_and_contents)
{
	uid_t uid = fresh_uid();
	struct serials *s = shared_alloc(sizeof(*s));
	struct key_user u;

	REQUIRE_ROOT();
	CHILD_BARE(uid) {
		s->p = kc_get_keyring_id(RING_P, 1);
		s->t = add_user("in thread keyring", "x", RING_T);
		for (int i = 0; i < 10; i++)
			EXPECT_LT(0, add_user(uid_name("k", i), "x", RING_P));
		EXPECT_TRUE(proc_user(uid, &u));
		EXPECT_EQ(13, u.nkeys);
	}
	EXPECT_TRUE(wait_until(kc_describe(s->p, NULL, 0) == -ENOKEY, LATER_MS));
	EXPECT_TRUE(wait_until(kc_describe(s->t, NULL, 0) == -ENOKEY, LATER_MS));
	EXPECT_TRUE(wait_until(!proc_user(uid, &u), LATER_MS));
}

struct survivor {
	pthread_t leader;
	long p;
};

static void *survive(void *arg)
{
	struct survivor *s = arg;

	pthread_join(s->leader, NULL);
	sleep_ms(20);
	_exit(kc_get_keyring_id(RING_P, 0) == s->p && kc_read(s->p, NULL, 0) == 4 ? 0 : 1);
}

TEST(outlives_the_first_thread)
{
	CHILD() {
		pid_t pid = fork();

		if (pid == 0) {
			static struct survivor s;
			pthread_t thread;

			s.leader = pthread_self();
			s.p = kc_get_keyring_id(RING_P, 1);
			add_user("k", "v", RING_P);
			if (pthread_create(&thread, NULL, survive, &s))
				_exit(2);
			pthread_exit(NULL);
		}
		EXPECT_EQ(0, exit_code(pid));
	}
}

/* A revoked keyring is not replaced while the process has it. */
static void revoked(struct __test_metadata *_metadata, long id)
{
	CHILD() {
		EXPECT_LT(0, kc_get_keyring_id(id, 1));
		EXPECT_EQ(0, kc_revoke(id));
		EXPECT_EQ(-EKEYREVOKED, kc_get_keyring_id(id, 0));
		EXPECT_EQ(-EKEYREVOKED, kc_get_keyring_id(id, 1));
		EXPECT_EQ(-EKEYREVOKED, add_user("k", "v", id));
	}
}

TEST(revoked_process_keyring_stays)
{
	revoked(_metadata, RING_P);
}

TEST(revoked_thread_keyring_stays)
{
	revoked(_metadata, RING_T);
}

/* Setting the default destination makes the keyring, but never replaces it. */
TEST(cve_2017_7472_set_reqkey_replaces_nothing)
{
	uid_t uid = fresh_uid();

	CHILD() {
		EXPECT_EQ(KEY_REQKEY_DEFL_DEFAULT,
			  kc_set_reqkey_keyring(KEY_REQKEY_DEFL_THREAD_KEYRING));
		EXPECT_LT(0, kc_get_keyring_id(RING_T, 0));
		EXPECT_EQ(-ENOKEY, kc_get_keyring_id(RING_P, 0));
	}
	REQUIRE_ROOT();
	CHILD_BARE(uid) {
		long p = kc_get_keyring_id(RING_P, 1), t = kc_get_keyring_id(RING_T, 1);

		for (int i = 0; i < 100; i++) {
			kc_set_reqkey_keyring(KEY_REQKEY_DEFL_THREAD_KEYRING);
			kc_set_reqkey_keyring(KEY_REQKEY_DEFL_PROCESS_KEYRING);
		}
		EXPECT_EQ(t, kc_get_keyring_id(RING_T, 0));
		EXPECT_EQ(p, kc_get_keyring_id(RING_P, 0));
		EXPECT_TRUE(charged(uid, 2, DESC_COST("_pid") + DESC_COST("_tid")));
	}
}
