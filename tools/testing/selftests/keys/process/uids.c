// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tests that a process keyring belongs to the threads of a process with one
 * real UID: a table contains actions of threads, and the keyring that each
 * thread must have afterwards. The keyring ends with the last of these threads,
 * even if something else keeps the credentials.
 */
#include <sys/resource.h>

#define WORKERS 3	/* 0 is the first thread */
#define STEPS 12

/* UIDs in the table: 0 is root, 1 and 2 are two other users. */
enum op { END, MAKE, LOOK, SETUID, SETEUID, SETFSUID, GONE };

/*
 * Thread @who does @op. MAKE and LOOK check which keyring the thread has then.
 * A letter names a keyring, beginning with its first MAKE; '-' is no keyring.
 * GONE checks that the keyring does not exist any more.
 */
struct step {
	enum op op;
	int who;
	int arg;
};

struct scene {
	const char *name;
	struct step steps[STEPS];
};

static const struct scene scenes[] = {
	{ "an older thread of the same UID shares the keyring", {
		{ MAKE, 1, 'a' }, { LOOK, 0, 'a' }, { LOOK, 2, 'a' } } },
	{ "a thread that becomes another user leaves it", {
		{ MAKE, 0, 'a' }, { SETUID, 1, 1 }, { LOOK, 1, '-' },
		{ LOOK, 0, 'a' }, { LOOK, 2, 'a' } } },
	{ "two users' threads have one each, and root has none", {
		{ SETUID, 1, 1 }, { SETUID, 2, 2 }, { MAKE, 1, 'a' },
		{ LOOK, 2, '-' }, { LOOK, 0, '-' }, { MAKE, 2, 'b' },
		{ LOOK, 1, 'a' }, { LOOK, 0, '-' } } },
	{ "two threads of one user share", {
		{ SETUID, 1, 1 }, { SETUID, 2, 1 }, { MAKE, 2, 'a' },
		{ LOOK, 1, 'a' }, { LOOK, 0, '-' } } },
	{ "who becomes a user shares what that user's threads have", {
		{ MAKE, 0, 'a' }, { SETUID, 1, 1 }, { MAKE, 1, 'b' },
		{ SETUID, 2, 1 }, { LOOK, 2, 'b' }, { LOOK, 0, 'a' } } },
	{ "the last thread of a UID takes the keyring along", {
		{ MAKE, 0, 'a' }, { SETUID, 1, 1 }, { SETUID, 2, 1 },
		{ LOOK, 1, '-' }, { SETUID, 0, 1 }, { LOOK, 0, 'a' },
		{ LOOK, 1, 'a' }, { LOOK, 2, 'a' } } },
	{ "to threads that have one the last thread takes nothing along", {
		{ MAKE, 0, 'a' }, { SETUID, 1, 1 }, { SETUID, 2, 1 },
		{ MAKE, 2, 'b' }, { SETUID, 0, 1 }, { LOOK, 0, 'b' },
		{ LOOK, 1, 'b' }, { GONE, 0, 'a' } } },
	{ "a user's only thread takes it to another UID, root keeps its own", {
		{ MAKE, 0, 'a' }, { SETUID, 1, 1 }, { MAKE, 1, 'b' },
		{ SETUID, 1, 2 }, { LOOK, 1, 'b' }, { LOOK, 0, 'a' },
		{ SETUID, 1, 0 }, { LOOK, 1, 'a' }, { GONE, 0, 'b' } } },
	{ "there and back again", {
		{ MAKE, 0, 'a' }, { SETUID, 1, 1 }, { LOOK, 1, '-' },
		{ SETUID, 1, 0 }, { LOOK, 1, 'a' } } },
	{ "to become what one is changes nothing", {
		{ MAKE, 0, 'a' }, { SETUID, 1, 0 }, { LOOK, 1, 'a' },
		{ SETUID, 0, 0 }, { LOOK, 0, 'a' } } },
	{ "effective and filesystem UIDs do not count", {
		{ MAKE, 0, 'a' }, { SETEUID, 1, 1 }, { LOOK, 1, 'a' },
		{ SETFSUID, 2, 2 }, { LOOK, 2, 'a' }, { MAKE, 2, 'a' } } },
};

static uid_t users[3];
static long rings[128];

/* ---- threads that do one step at a time ----------------------------- */

struct worker {
	pthread_t thread;
	pthread_barrier_t go, done;
	struct step step;
	long said;
};

static long do_step(const struct step *s)
{
	uid_t uid = s->op == SETUID || s->op == SETEUID || s->op == SETFSUID ? users[s->arg] : 0;

	switch (s->op) {
	case MAKE:
	case LOOK:
		return kc_get_keyring_id(RING_P, s->op == MAKE);
	case SETUID:
		return set_uids(uid, 0, 0);
	case SETEUID:
		return set_uids(-1, uid, -1);
	case SETFSUID:
		return syscall(__NR_setfsuid, uid) < 0;
	default:
		if (wait_until(kc_describe(rings[s->arg], NULL, 0) == -ENOKEY, LATER_MS))
			return 0;
		return -EEXIST;
	}
}

static void *work(void *arg)
{
	struct worker *w = arg;

	for (;;) {
		pthread_barrier_wait(&w->go);
		if (w->step.op == END)
			return NULL;
		w->said = do_step(&w->step);
		pthread_barrier_wait(&w->done);
	}
}

static bool worker_start(struct worker *w)
{
	pthread_barrier_init(&w->go, NULL, 2);
	pthread_barrier_init(&w->done, NULL, 2);
	return pthread_create(&w->thread, NULL, work, w) == 0;
}

static long tell(struct worker *workers, const struct step *s)
{
	struct worker *w = &workers[s->who];

	if (!s->who)
		return do_step(s);
	w->step = *s;
	pthread_barrier_wait(&w->go);
	pthread_barrier_wait(&w->done);
	return w->said;
}

static long wanted(const struct step *s, long said)
{
	if (s->op != MAKE && s->op != LOOK)
		return 0;
	if (s->arg == '-')
		return -ENOKEY;
	if (!rings[s->arg] && said > 0)
		rings[s->arg] = said;
	return rings[s->arg];
}

/* ---- the table -------------------------------------------------------------- */

static void play_scene(struct __test_metadata *_metadata, const struct scene *scene)
{
	static struct worker workers[WORKERS];

	memset(rings, 0, sizeof(rings));
	for (int i = 1; i < WORKERS; i++)
		ASSERT_TRUE(worker_start(&workers[i]));
	for (const struct step *s = scene->steps; s->op != END; s++) {
		long said = tell(workers, s);

		ASSERT_EQ(wanted(s, said), said) {
			TH_LOG("%s: step %d", scene->name, (int)(s - scene->steps) + 1);
		}
	}
	for (char a = 'a'; a < 'z'; a++)
		for (char b = a + 1; b <= 'z' && rings[(int)a]; b++)
			EXPECT_NE(rings[(int)a], rings[(int)b]);
}

/*
 * Each scene runs in a new process, which ends while its threads still exist.
 */
TEST(table_of_threads_and_uids)
{
	REQUIRE_ROOT();
	users[1] = fresh_uid();
	users[2] = fresh_uid();
	for (unsigned int i = 0; i < ARRAY_SIZE(scenes); i++) {
		CHILD()
			play_scene(_metadata, &scenes[i]);
	}
}

/* ---- threads that end --------------------------------------------------------- */

static void *serve_and_end(void *arg)
{
	if (set_uids((uid_t)(long)arg, 0, 0))
		return (void *)-1L;
	return (void *)kc_get_keyring_id(RING_P, 1);
}

TEST(goes_with_the_last_thread_of_its_uid)
{
	uid_t uid = fresh_uid();

	REQUIRE_ROOT();
	CHILD() {
		long served = in_thread(serve_and_end, (void *)(long)uid);

		EXPECT_LT(0, served);
		EXPECT_TRUE(wait_until(kc_describe(served, NULL, 0) == -ENOKEY, LATER_MS));
		EXPECT_EQ(-ENOKEY, kc_get_keyring_id(RING_P, 0));
	}
	EXPECT_TRUE(wait_until(charged(uid, 0, 0), LATER_MS));
}

static void *look_across_threads(void *arg)
{
	long own;

	if (set_uids((uid_t)(long)arg, 0, 0))
		return (void *)-1L;
	own = kc_get_keyring_id(RING_P, 1);
	/* Meanwhile threads of root and of the same user start and end. */
	for (int i = 0; i < 100; i++) {
		if (in_thread(thread_look, (void *)RING_P) != own)
			return (void *)-2L;
	}
	return (void *)(long)(kc_get_keyring_id(RING_P, 0) == own);
}

TEST(threads_that_are_started_have_the_uid_of_who_starts_them)
{
	REQUIRE_ROOT();
	CHILD() {
		long p = kc_get_keyring_id(RING_P, 1);

		EXPECT_EQ(1, in_thread(look_across_threads, (void *)(long)fresh_uid()));
		EXPECT_EQ(p, in_thread(thread_look, (void *)RING_P));
	}
}

#define RACERS 8
#define CHANGES 200

static void *change_often(void *arg)
{
	long me = (long)arg;

	for (int i = 0; i < CHANGES; i++) {
		uid_t uid = users[(me + i) % 3];

		if (set_uids(uid, 0, 0) || kc_get_keyring_id(RING_P, 1) < 0 ||
		    add_user("mine", "x", RING_P) < 0)
			return (void *)-1L;
	}
	return NULL;
}

/* Many threads change their UIDs at once: no keyring may be left at the end. */
TEST(threads_that_change_at_once_leave_nothing)
{
	REQUIRE_ROOT();
	for (int i = 0; i < 3; i++)
		users[i] = fresh_uid();
	CHILD() {
		pthread_t threads[RACERS];
		void *said;

		for (long i = 0; i < RACERS; i++)
			ASSERT_EQ(0, pthread_create(&threads[i], NULL, change_often, (void *)i));
		for (int i = 0; i < RACERS; i++) {
			pthread_join(threads[i], &said);
			EXPECT_EQ(NULL, said);
		}
	}
	for (int i = 0; i < 3; i++) {
		EXPECT_TRUE(wait_until(charged(users[i], 0, 0), LATER_MS));
	}
}

/* ---- users of the credentials that outlast the process -------------- */

struct kept {
	long p, key;
};

/* Opens a file, makes the keyring, and ends; another process keeps the file. */
static void open_and_end(int sock, struct kept *kept, bool threads)
{
	int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);

	if (threads && in_thread(thread_look, (void *)RING_P) != -ENOKEY)
		_exit(1);
	kept->p = kc_get_keyring_id(RING_P, 1);
	kept->key = add_user("kept", "x", RING_P);
	if (fd < 0 || kept->p < 0 || kept->key < 0 || !fd_send(sock, fd))
		_exit(1);
	/* Opens another file with credentials that have the keyring */
	fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
	_exit(fd < 0 || !fd_send(sock, fd));
}

static void ends_with_the_process(struct __test_metadata *_metadata, bool threads)
{
	struct kept *kept = shared_alloc(sizeof(*kept));
	int sock[2], before, after;
	pid_t pid;

	ASSERT_EQ(0, socketpair(AF_UNIX, SOCK_STREAM, 0, sock));
	fflush(NULL);
	pid = fork();
	if (pid == 0)
		open_and_end(sock[1], kept, threads);
	before = fd_receive(sock[0]);
	after = fd_receive(sock[0]);
	ASSERT_EQ(0, exit_code(pid));
	EXPECT_LE(0, before);
	EXPECT_LE(0, after);
	EXPECT_TRUE(wait_until(kc_describe(kept->p, NULL, 0) == -ENOKEY, LATER_MS));
	EXPECT_TRUE(wait_until(kc_describe(kept->key, NULL, 0) == -ENOKEY, LATER_MS));
	close(before);
	close(after);
}

TEST(open_files_do_not_keep_it)
{
	ends_with_the_process(_metadata, false);
}

TEST(open_files_of_threads_do_not_keep_it)
{
	ends_with_the_process(_metadata, true);
}

/* A zombie process does not keep the keyring either. */
TEST(zombies_do_not_keep_it)
{
	struct kept *kept = shared_alloc(sizeof(*kept));
	pid_t pid;

	fflush(NULL);
	pid = fork();
	if (pid == 0) {
		kept->p = kc_get_keyring_id(RING_P, 1);
		_exit(kept->p < 0);
	}
	EXPECT_TRUE(wait_until(kept->p && kc_describe(kept->p, NULL, 0) == -ENOKEY, LATER_MS));
	EXPECT_EQ(0, exit_code(pid));
}

/* The clone(2) calls fail after they have counted the new thread. */
static int clone_in_vain(void)
{
	struct rlimit one = { 1, 1 };
	int started = 0;

	if (setrlimit(RLIMIT_NPROC, &one))
		return -1;
	for (int i = 0; i < 10; i++)
		started += in_thread(thread_look, (void *)RING_P) != -ECHILD;
	return started;
}

TEST(failed_clones_do_not_keep_it)
{
	struct kept *kept = shared_alloc(sizeof(*kept));
	pid_t pid;

	REQUIRE_ROOT();
	fflush(NULL);
	pid = fork();
	if (pid == 0) {
		uid_t uid = fresh_uid();

		if (drop_to(uid, uid))
			_exit(1);
		kept->p = kc_get_keyring_id(RING_P, 1);
		_exit(kept->p < 0 || clone_in_vain());
	}
	EXPECT_TRUE(wait_until(kept->p && kc_describe(kept->p, NULL, 0) == -ENOKEY, LATER_MS));
	EXPECT_EQ(0, exit_code(pid));
}
