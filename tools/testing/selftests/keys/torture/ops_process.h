/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Operations on the keyrings of a process. They run in a child, since they
 * change or end a process. The child has a keyring of its own, ring0 or ring1,
 * that links the key.
 */

/* Links the key into this process' process keyring. */
static bool prepare_process(struct actor *a)
{
	long *id = a->arena->id;

	id[R_E0 + a->who] = kc_get_keyring_id(RING_P, 1);
	return id[R_E0 + a->who] > 0 && kc_link(id[R_K], RING_P) == 0;
}

/* The same for a new session keyring, anonymous or of this name. */
static bool join_with_key(struct actor *a, const char *name)
{
	long *id = a->arena->id, ring;

	/* The thread keyring lets this process possess the key meanwhile. */
	if (kc_get_keyring_id(RING_T, 1) < 0 || kc_link(id[R_TOP], RING_T))
		return false;
	ring = kc_join(name);
	if (ring < 0 || kc_link(id[R_K], ring) || kc_unlink(id[R_TOP], RING_T))
		return false;
	id[R_E0 + a->who] = ring;
	return true;
}

static bool prepare_session(struct actor *a)
{
	return join_with_key(a, NULL);
}

static bool prepare_named(struct actor *a)
{
	return join_with_key(a, a->arena->name) &&
	       kc_setperm(RING_S, KEY_POS_ALL | KEY_USR_ALL) == 0;
}

static long do_end(struct actor *a, int i)
{
	_exit(0);
}

static long do_join(struct actor *a, int i)
{
	return kc_join(NULL);
}

static long do_join_name(struct actor *a, int i)
{
	return kc_join(a->arena->name);
}

/* Does the session keyring that was joined link the key? */
static long after_join(struct actor *a)
{
	return kc_search(RING_S, "user", "x", 0);
}

static long do_leave(struct actor *a, int i)
{
	return kc_join(NULL);
}

/* The image ends at once. */
static long do_exec(struct actor *a, int i)
{
	char *argv[] = { "torture", "--nothing", NULL };
	char *envp[] = { NULL };

	return keys_ret(syscall(__NR_execve, "/proc/self/exe", argv, envp));
}

/* ---- session to parent ---------------------------------------------------- */

/*
 * The child of the actor is the parent here. Its own child has joined ring1
 * (or ring0), gives that to its parent, and ends.
 */
static long do_to_parent(struct actor *a, int i)
{
	int status = 0;
	pid_t pid = syscall(__NR_fork);

	if (pid == 0) {
		bool ok = kc_join(NULL) > 0 && kc_session_to_parent() == 0;

		_exit(ok ? 0 : 1);
	}
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	return status ? BROKEN : 0;
}

/* The session keyring must be another one, in which the key is not found. */
static long after_to_parent(struct actor *a)
{
	long id = kc_get_keyring_id(RING_S, 0);

	if (id < 0)
		return id;
	return id == a->arena->id[R_E0 + a->who] ? BROKEN :
	       kc_search(RING_S, "user", "x", 0);
}

/* ---- raw setuid of a thread ------------------------------------------------ */

struct setuid_thread {
	struct actor *a;
	int at;
	long ret, ring;
};

static void *setuid_thread(void *arg)
{
	struct setuid_thread *t = arg;
	uid_t uid = t->a->arena->other;

	__atomic_store_n(&t->at, 1, __ATOMIC_RELEASE);
	while (__atomic_load_n(&t->at, __ATOMIC_ACQUIRE) != 2)
		sched_yield();
	t->ret = set_uids(uid, uid, uid);
	t->ring = kc_get_keyring_id(RING_P, 0);
	return NULL;
}

/*
 * One thread changes its UID, while the other thread makes or uses the process
 * keyring. Afterwards the process keyring is the other thread's alone.
 */
static long do_setuid(struct actor *a, int i)
{
	struct setuid_thread t = { .a = a };
	pthread_t thread;
	long ring;

	if (pthread_create(&thread, NULL, setuid_thread, &t))
		return BROKEN;
	while (__atomic_load_n(&t.at, __ATOMIC_ACQUIRE) != 1)
		sched_yield();
	__atomic_store_n(&t.at, 2, __ATOMIC_RELEASE);
	ring = kc_get_keyring_id(RING_P, 1);
	pthread_join(thread, NULL);
	if (ring < 0)
		return ring;
	if (t.ret)
		return t.ret;
	/* Neither is taken from its owner nor shared with another UID. */
	if (t.ring == ring || kc_get_keyring_id(RING_P, 0) != ring)
		return BROKEN;
	return t.ring;
}

/* ---- the end of a user namespace -------------------------------------------- */

/* Links the key into the user keyring of a new namespace. */
static bool prepare_namespace(struct actor *a)
{
	struct arena *w = a->arena;
	long ring;

	if (syscall(__NR_unshare, CLONE_NEWUSER))
		return false;
	a->second = 1;
	sem_post(&a->ready);
	/* The parent maps the ids, and lets this process go on. */
	while (sem_wait(&a->leave) && errno == EINTR)
		;
	ring = kc_get_keyring_id(RING_U, 1);
	w->id[R_E0 + a->who] = ring;
	return ring > 0 && kc_link(w->id[R_K], RING_U) == 0;
}
