// SPDX-License-Identifier: GPL-2.0-only
/*
 * Sweeps of the calls that make, replace, inherit or drop the keyrings of a
 * process. Each call is made by a new process, as a rule.
 */

/* ---- first use of a keyring ---------------------------------------------- */

static long call_make_thread(struct scene *s)
{
	return kc_get_keyring_id(RING_T, 1);
}

TEST_OP(first_thread, .prepare = scene_as_it_is, .call = call_make_thread,
	.flags = SWEEP_FRESH);

static long call_make_process(struct scene *s)
{
	return kc_get_keyring_id(RING_P, 1);
}

TEST_OP(first_process, .prepare = scene_as_it_is, .call = call_make_process,
	.flags = SWEEP_FRESH);

static long call_make_user(struct scene *s)
{
	return kc_get_keyring_id(RING_U, 1);
}

TEST_OP(first_user, .prepare = scene_as_it_is, .call = call_make_user,
	.errors = { ENOKEY }, .flags = SWEEP_FRESH);

static long call_make_user_session(struct scene *s)
{
	return kc_get_keyring_id(RING_US, 1);
}

TEST_OP(first_user_session, .prepare = scene_as_it_is, .call = call_make_user_session,
	.errors = { ENOKEY }, .flags = SWEEP_FRESH);

static long call_make_session(struct scene *s)
{
	return kc_get_keyring_id(RING_S, 1);
}

TEST_OP(first_session, .prepare = scene_as_it_is, .call = call_make_session,
	.leaves = { "_uid" },
	.errors = { ENOKEY }, .flags = SWEEP_FRESH | SWEEP_BARE);

static long call_use_session(struct scene *s)
{
	return kc_get_keyring_id(RING_S, 0);
}

TEST_OP(first_session_is_the_users, .prepare = scene_as_it_is, .call = call_use_session,
	.leaves = { "_uid" },
	.errors = { ENOKEY }, .flags = SWEEP_FRESH | SWEEP_BARE);

static long call_get_persistent(struct scene *s)
{
	return kc_get_persistent(-1, RING_S);
}

/* A linked persistent keyring can be invalidated, and is not left. */
static void undo_persistent(struct scene *s)
{
	long id = call_get_persistent(s);

	kc_invalidate(id);
}

TEST_OP(first_persistent, .prepare = scene_as_it_is, .call = call_get_persistent,
	.undo = undo_persistent, .leaves = { "_persistent." }, .flags = SWEEP_FRESH);

static void scene_persistent(struct scene *s)
{
	kc_unlink(call_get_persistent(s), RING_S);
}

TEST_OP(persistent_again, .prepare = scene_persistent, .call = call_get_persistent,
	.undo = undo_persistent, .flags = SWEEP_FRESH);

/* ---- sessions -------------------------------------------------------------- */

static long call_join(struct scene *s)
{
	return kc_join(NULL);
}

TEST_OP(join_anonymous, .prepare = scene_none, .call = call_join);

static long call_join_name(struct scene *s)
{
	return kc_join("a name");
}

/* The process has one key in each of its keyrings. */
static void scene_process(struct scene *s)
{
	add_user("in t", "x", RING_T);
	add_user("in p", "x", RING_P);
	add_user("in s", "x", RING_S);
}

/* A user of its own for each call: the name is of no keyring that this user may search. */
TEST_OP(join_new_name, .prepare = scene_process, .call = call_join_name, .flags = SWEEP_FRESH);

/* The user has no key yet, so the call makes the user's record of charges, too. */
TEST_OP(join_name_as_first_key, .prepare = scene_as_it_is, .call = call_join_name,
	.flags = SWEEP_FRESH | SWEEP_BARE);

/* The session keyring links the keyring that is joined. */
static void scene_named(struct scene *s)
{
	kc_join(NULL);
	s->ring = add_ring("a name", RING_S);
	kc_setperm(s->ring, KEY_POS_ALL | KEY_USR_ALL);
	kc_get_keyring_id(RING_U, 1);
	kc_link(s->ring, RING_U);
}

TEST_OP(join_name, .prepare = scene_named, .call = call_join_name);

/*
 * The child joins a new session and gives it to its parent, which sees the new
 * session when it returns to user mode.
 */
static long call_to_parent(struct scene *s)
{
	struct sweep *sw = s->sweep;
	long *ret = shared_alloc(2 * sizeof(*ret));
	pid_t pid = fork();

	if (pid == 0) {
		kc_join(NULL);
		nth_open();
		nth_arm(sw->n);
		ret[0] = kc_session_to_parent();
		ret[1] = nth_disarm();
		_exit(0);
	}
	exit_code(pid);
	sw->injected = ret[1];
	return ret[0];
}

/* The old and the new session keyring look alike in a snapshot. */
TEST_OP(session_to_parent, .prepare = scene_none, .call = call_to_parent,
	.flags = SWEEP_FRESH | SWEEP_BY_CHILD | SWEEP_ONLY_FAILURE);

static long call_reqkey_thread(struct scene *s)
{
	return kc_set_reqkey_keyring(KEY_REQKEY_DEFL_THREAD_KEYRING);
}

TEST_OP(reqkey_thread, .prepare = scene_as_it_is, .call = call_reqkey_thread,
	.leaves = { "_tid" }, .flags = SWEEP_FRESH);

static long call_reqkey_process(struct scene *s)
{
	return kc_set_reqkey_keyring(KEY_REQKEY_DEFL_PROCESS_KEYRING);
}

TEST_OP(reqkey_process, .prepare = scene_as_it_is, .call = call_reqkey_process,
	.leaves = { "_pid" }, .flags = SWEEP_FRESH);

static long call_reqkey_session(struct scene *s)
{
	return kc_set_reqkey_keyring(KEY_REQKEY_DEFL_SESSION_KEYRING);
}

TEST_OP(reqkey_session, .prepare = scene_as_it_is, .call = call_reqkey_session,
	.flags = SWEEP_FRESH);

static long call_no_authority(struct scene *s)
{
	return kc_assume_authority(0);
}

TEST_OP(drop_authority, .prepare = scene_none, .call = call_no_authority);

/* ---- processes and threads --------------------------------------------------- */

static long reap(long pid)
{
	if (pid > 0)
		exit_code(pid);
	return pid > 0 ? 0 : pid;
}

static long call_fork(struct scene *s)
{
#ifdef __NR_fork
	long pid = keys_ret(syscall(__NR_fork));
#else
	long pid = keys_ret(syscall(__NR_clone, SIGCHLD, 0, 0, 0, 0));
#endif

	if (pid == 0)
		_exit(0);
	return reap(pid);
}

TEST_OP(fork, .prepare = scene_process, .call = call_fork, .errors = { EAGAIN },
	.flags = SWEEP_FRESH);

/* Only the memory of the new process is shared, so that few allocations are left. */
static char clone_stack[65536] KEYS_STACK_ALIGN;

static int clone_ends(void *arg)
{
	return 0;
}

static int clone_uses_its_keyrings(void *arg)
{
	return kc_get_keyring_id(RING_T, 0) < 0 && ring_count(RING_S) < 0;
}

static long clone_with(int (*fn)(void *), int flags)
{
	return keys_ret(clone(fn, clone_stack + sizeof(clone_stack), flags, NULL));
}

static long call_clone(struct scene *s)
{
	return reap(clone_with(clone_uses_its_keyrings, CLONE_VM | CLONE_FILES | SIGCHLD));
}

TEST_OP(clone_process, .prepare = scene_process, .call = call_clone, .errors = { EAGAIN },
	.flags = SWEEP_FRESH);

static long call_thread(struct scene *s)
{
	static int alive;
	long tid;

	alive = 1;
	tid = keys_ret(clone(clone_ends, clone_stack + sizeof(clone_stack),
			     CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND |
			     CLONE_THREAD | CLONE_SYSVSEM | CLONE_CHILD_CLEARTID,
			     NULL, NULL, NULL, &alive));
	if (tid < 0)
		return tid;
	wait_until(!shared_get(&alive), LATER_MS);
	return 0;
}

TEST_OP(clone_thread, .prepare = scene_process, .call = call_thread, .errors = { EAGAIN },
	.flags = SWEEP_FRESH);
TEST_OP(clone_first_thread, .prepare = scene_none, .call = call_thread, .errors = { EAGAIN },
	.flags = SWEEP_FRESH);

/* The saved uid is another one, which an unprivileged process may change to. */
static long call_setuid(struct scene *s)
{
	return set_uids(s->other, s->uid, s->uid);
}

TEST_OP(setuid, .prepare = scene_process, .call = call_setuid, .errors = { EAGAIN },
	.flags = SWEEP_FRESH | SWEEP_SAVED);

static long call_setfsuid(struct scene *s)
{
	return set_uids(s->uid, s->other, s->other);
}

TEST_OP(set_effective_uid, .prepare = scene_process, .call = call_setfsuid,
	.errors = { EAGAIN }, .flags = SWEEP_FRESH | SWEEP_SAVED);

/* ---- user namespaces ------------------------------------------------------------ */

static long call_unshare(struct scene *s)
{
	return keys_ret(syscall(__NR_unshare, CLONE_NEWUSER));
}

/* A name space that the process has a uid in, and that has no register yet. */
static void scene_namespace(struct scene *s)
{
	call_unshare(s);
	write_file("/proc/self/setgroups", "deny");
	userns_map(getpid(), s->uid, s->uid);
}

TEST_OP(first_user_in_namespace, .prepare = scene_namespace, .call = call_make_user,
	.errors = { ENOKEY }, .flags = SWEEP_FRESH);
TEST_OP(first_persistent_in_namespace, .prepare = scene_namespace,
	.call = call_get_persistent, .undo = undo_persistent, .leaves = { "_persistent." },
	.flags = SWEEP_FRESH);

/* ---- execve ---------------------------------------------------------------------- */

enum exec_exit {
	EXEC_DONE,
	EXEC_FAILED_TEST,
	EXEC_ERROR,		/* returned by execve(2) */
	EXEC_NO_FAULT,		/* the fault was not injected until the image began */
	EXEC_KEYRING,		/* the image has a thread or a process keyring */
};

/* The new image. The fault may be injected only here: then any end is right. */
static int exec_image_main(void)
{
	if (kc_get_keyring_id(RING_T, 0) > 0 || kc_get_keyring_id(RING_P, 0) > 0)
		return EXEC_KEYRING;
	return nth_open() && !nth_disarm() ? EXEC_NO_FAULT : EXEC_DONE;
}

static void exec_once(struct __test_metadata *_metadata, struct sweep *sw, struct scene *s)
{
	static struct snap before, after;
	struct snap_of of = sweep_view(s);
	long ret;

	scene_process(s);
	nth_open();
	sweep_quiet(&before, &of);
	nth_arm(sw->n);
	ret = exec_image("exec", 0, 0);
	nth_disarm();
	EXPECT_TRUE(sweep_alike(&after, &of, &before.exact, true)) {
		TH_LOG("after fault %u and error %ld it should be\n%sbut is\n%s", sw->n, ret,
		       before.exact.buf, after.exact.buf);
	}
	/* The look-up of the image in /proc returns ENOENT, the loader of ELF files ENOEXEC. */
	EXPECT_TRUE(ret == -ENOMEM || ret == -EFAULT || ret == -EAGAIN || ret == -E2BIG ||
		    ret == -ENOENT || ret == -ENOEXEC) {
		TH_LOG("with fault %u, execve(2) returns %ld", sw->n, ret);
	}
	fflush(NULL);
	_exit(_metadata->exit_code ? EXEC_FAILED_TEST : EXEC_ERROR);
}

static void exec_step(struct __test_metadata *_metadata, struct sweep *sw)
{
	static const struct sweep_op op;
	struct scene s = { .uid = fresh_uid(), .op = &op };
	int status;
	pid_t pid;

	sw->uids[sw->nr_uids++] = s.uid;
	pid = keys_fork(_metadata);
	if (pid == 0) {
		sweep_enter(_metadata, &s);
		exec_once(_metadata, sw, &s);
	}
	status = exit_code(pid);
	sw->errors += WIFEXITED(status) && WEXITSTATUS(status) == EXEC_ERROR;
	EXPECT_FALSE(WIFEXITED(status) && (WEXITSTATUS(status) == EXEC_FAILED_TEST ||
					   WEXITSTATUS(status) == EXEC_KEYRING)) {
		TH_LOG("with fault %u, the status is %x", sw->n, status);
	}
	sweep_next(sw, !WIFEXITED(status) || WEXITSTATUS(status) != EXEC_NO_FAULT);
}

/* If a fault comes too late to return an error, the kernel kills the process. */
TEST_F_TIMEOUT(fault_exec, sweep, 400)
{
	struct sweep *sw = shared_alloc(sizeof(*sw));

	sw->n = 1;
	while (!sw->over && !_metadata->exit_code && sw->n < SWEEP_MAX)
		exec_step(_metadata, sw);
	EXPECT_TRUE(sw->over);
	EXPECT_LT(0, sw->errors);
	sweep_expect_gone(_metadata, sw);
	TH_LOG("%u faults, %u of them returned an error", sw->faults, sw->errors);
}
