// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tests of the process keyring of threads with different credentials: changed
 * by system calls of one thread, by the C library for all threads, or by a
 * session of its own. The stock kernel, which keeps the keyring in the
 * credentials of one thread, fails here. Only the real UID counts, see the
 * table in uids.c.
 */

#define TEAM 8
#define CLONE_ROUNDS 50

/* Threads that all do one action each time the test starts it. */
struct team {
	pthread_barrier_t start, end;
	pthread_t thread[TEAM];
	long (*what)(int i);
	long said[TEAM];
	int stop;
};

struct player {
	struct team *team;
	int i;
};

static struct player players[TEAM];

static void *play(void *arg)
{
	struct player *p = arg;
	struct team *t = p->team;

	for (;;) {
		pthread_barrier_wait(&t->start);
		if (t->stop)
			return NULL;
		t->said[p->i] = t->what(p->i);
		pthread_barrier_wait(&t->end);
	}
}

static bool team_start(struct team *t)
{
	memset(t, 0, sizeof(*t));
	pthread_barrier_init(&t->start, NULL, TEAM + 1);
	pthread_barrier_init(&t->end, NULL, TEAM + 1);
	for (int i = 0; i < TEAM; i++) {
		players[i] = (struct player){ t, i };
		if (pthread_create(&t->thread[i], NULL, play, &players[i]))
			return false;
	}
	return true;
}

static void team_do(struct team *t, long (*what)(int i))
{
	t->what = what;
	pthread_barrier_wait(&t->start);
	pthread_barrier_wait(&t->end);
}

static void team_stop(struct team *t)
{
	t->stop = 1;
	pthread_barrier_wait(&t->start);
	for (int i = 0; i < TEAM; i++)
		pthread_join(t->thread[i], NULL);
}

/* Did all threads return @what? */
static bool all_said(const struct team *t, long what)
{
	for (int i = 0; i < TEAM; i++)
		if (t->said[i] != what)
			return false;
	return true;
}

static long look(int i)
{
	return kc_get_keyring_id(RING_P, 0);
}

static long find(int i)
{
	return sys_request_key("user", "shared", NULL, 0);
}

static long read_it(int i)
{
	long id = find(i);

	return id < 0 ? id : kc_read(id, NULL, 0);
}

/* Did threads with the old real UID return @what, and all others @none? */
static bool same_uid_said(const struct team *t, long what, long none)
{
	for (int i = 0; i < TEAM; i++)
		if (t->said[i] != (i % 4 == 1 || i % 4 == 2 ? none : what))
			return false;
	return true;
}

/*
 * All threads reach @p and its key; if @parted, only those of the same real
 * UID.
 */
static void expect_shared(struct __test_metadata *_metadata, struct team *t, long p, bool parted)
{
	long key = find(0);

	EXPECT_LT(0, key);
	EXPECT_EQ(p, kc_get_keyring_id(RING_P, 0));
	team_do(t, look);
	EXPECT_TRUE(parted ? same_uid_said(t, p, -ENOKEY) : all_said(t, p));
	team_do(t, find);
	EXPECT_TRUE(parted ? same_uid_said(t, key, -ENOKEY) : all_said(t, key));
	team_do(t, read_it);
	EXPECT_TRUE(parted ? same_uid_said(t, 1, -ENOKEY) : all_said(t, 1));
}

/* ---- uids ---------------------------------------------------------------- */

static uid_t first_uid;

/* Each thread sets other uids, in one of three ways, or sets none. */
static long part_uids(int i)
{
	uid_t uid = first_uid + i;

	switch (i % 4) {
	case 0:
		return set_uids(-1, uid, -1);
	case 1:
		return set_uids(uid, 0, 0);
	case 2:
		return set_uids(uid, uid, uid);
	default:
		return 0;
	}
}

/*
 * The uids are set by system call in each thread, before the keyring is made.
 */
TEST(raw_setuid_before_the_keyring)
{
	struct team t;

	REQUIRE_ROOT();
	first_uid = fresh_uid();
	CHILD() {
		ASSERT_TRUE(team_start(&t));
		team_do(&t, part_uids);
		EXPECT_TRUE(all_said(&t, 0));
		team_do(&t, look);
		EXPECT_TRUE(all_said(&t, -ENOKEY));
		EXPECT_LT(0, add_user("shared", "x", RING_P));
		expect_shared(_metadata, &t, kc_get_keyring_id(RING_P, 0), true);
		team_stop(&t);
	}
}

/* The keyring is made before the uids are set. */
TEST(raw_setuid_after_the_keyring)
{
	struct team t;

	REQUIRE_ROOT();
	first_uid = fresh_uid();
	CHILD() {
		ASSERT_TRUE(team_start(&t));
		EXPECT_LT(0, add_user("shared", "x", RING_P));
		team_do(&t, part_uids);
		EXPECT_TRUE(all_said(&t, 0));
		expect_shared(_metadata, &t, kc_get_keyring_id(RING_P, 0), true);
		team_stop(&t);
	}
}

static long make_or_look(int i)
{
	return kc_get_keyring_id(RING_P, i == 2);
}

/* A thread with another real UID makes a keyring for itself, and is charged. */
TEST(made_by_a_thread_of_another_uid)
{
	uid_t uid = fresh_uid();
	struct team t;

	REQUIRE_ROOT();
	first_uid = uid;
	CHILD() {
		ASSERT_TRUE(team_start(&t));
		team_do(&t, part_uids);
		team_do(&t, make_or_look);
		EXPECT_LT(0, t.said[2]);
		EXPECT_EQ(-ENOKEY, kc_get_keyring_id(RING_P, 0));
		EXPECT_EQ(-ENOKEY, t.said[0]);
		EXPECT_EQ(-ENOKEY, t.said[6]);
		EXPECT_TRUE(charged(uid + 2, 1, DESC_COST("_pid")));
		EXPECT_LT(0, add_user("shared", "x", RING_P));
		team_do(&t, find);
		EXPECT_LT(0, t.said[0]);
		EXPECT_TRUE(same_uid_said(&t, t.said[0], -ENOKEY));
		team_stop(&t);
	}
	EXPECT_TRUE(wait_until(charged(uid + 2, 0, 0), LATER_MS));
}

/* setresuid() of the C library changes the uids of all threads. */
static void c_library_setuid(struct __test_metadata *_metadata, bool before)
{
	uid_t uid = fresh_uid();
	struct team t;

	CHILD() {
		ASSERT_TRUE(team_start(&t));
		if (before)
			EXPECT_LT(0, add_user("shared", "x", RING_P));
		ASSERT_EQ(0, setresuid(uid, uid, 0));
		if (!before)
			EXPECT_LT(0, add_user("shared", "x", RING_P));
		expect_shared(_metadata, &t, kc_get_keyring_id(RING_P, 0), false);
		ASSERT_EQ(0, setresuid(-1, 0, -1));
		expect_shared(_metadata, &t, kc_get_keyring_id(RING_P, 0), false);
		team_stop(&t);
	}
}

TEST(c_library_setuid_before_the_keyring)
{
	REQUIRE_ROOT();
	c_library_setuid(_metadata, false);
}

TEST(c_library_setuid_after_the_keyring)
{
	REQUIRE_ROOT();
	c_library_setuid(_metadata, true);
}

/* ---- other changes of credentials ----------------------------------------- */

/* Sets a thread keyring, a session, groups or another default destination. */
static long part_otherwise(int i)
{
	gid_t gid = 4711;

	switch (i % 4) {
	case 0:
		return kc_get_keyring_id(RING_T, 1) > 0 ? 0 : -ENOKEY;
	case 1:
		return kc_join(NULL) > 0 ? 0 : -ENOKEY;
	case 2:
		return keys_ret(syscall(__NR_setgroups, 1, &gid));
	default:
		return kc_set_reqkey_keyring(KEY_REQKEY_DEFL_THREAD_KEYRING) < 0;
	}
}

TEST(other_credentials_that_part)
{
	struct team t;

	REQUIRE_ROOT();
	CHILD() {
		ASSERT_TRUE(team_start(&t));
		team_do(&t, part_otherwise);
		EXPECT_TRUE(all_said(&t, 0));
		EXPECT_LT(0, add_user("shared", "x", RING_P));
		expect_shared(_metadata, &t, kc_get_keyring_id(RING_P, 0), false);
		team_do(&t, part_otherwise);
		expect_shared(_metadata, &t, kc_get_keyring_id(RING_P, 0), false);
		team_stop(&t);
	}
}

/* ---- the last thread -------------------------------------------------------- */

struct last {
	pthread_t leader;
	long p, key;
	int go, left;
};

static void *outlive_the_others(void *arg)
{
	struct last *l = arg;

	pthread_join(l->leader, NULL);
	shared_set(&l->left, 1);
	wait_until(shared_get(&l->go), LATER_MS);
	_exit(kc_get_keyring_id(RING_P, 0) == l->p && kc_read(l->key, NULL, 0) == 1 ? 0 : 1);
}

/* The keyring exists while one thread is left, and ends with this thread. */
TEST(goes_with_the_last_thread)
{
	struct last *l = shared_alloc(sizeof(*l));
	pid_t pid;

	fflush(NULL);
	pid = fork();
	if (pid == 0) {
		pthread_t thread;

		l->leader = pthread_self();
		l->p = kc_get_keyring_id(RING_P, 1);
		l->key = add_user("k", "x", RING_P);
		if (pthread_create(&thread, NULL, outlive_the_others, l))
			_exit(2);
		/*
		 * All threads but one exit, also the one that made the keyring.
		 */
		pthread_exit(NULL);
	}
	EXPECT_TRUE(wait_until(shared_get(&l->left), LATER_MS));
	sleep_ms(200);
	EXPECT_NE(-ENOKEY, kc_describe(l->p, NULL, 0));
	EXPECT_NE(-ENOKEY, kc_describe(l->key, NULL, 0));
	shared_set(&l->go, 1);
	EXPECT_EQ(0, exit_code(pid));
	EXPECT_TRUE(wait_until(kc_describe(l->p, NULL, 0) == -ENOKEY, LATER_MS));
	EXPECT_TRUE(wait_until(kc_describe(l->key, NULL, 0) == -ENOKEY, LATER_MS));
}

/* ---- threads that start while the keyring is made ------------------- */

struct making {
	pthread_barrier_t go;
	long made;
};

static void *make_now(void *arg)
{
	struct making *b = arg;

	pthread_barrier_wait(&b->go);
	__atomic_store_n(&b->made, kc_get_keyring_id(RING_P, 1), __ATOMIC_RELEASE);
	return NULL;
}

/* The younger thread of each pair starts while others make the keyring. */
static void *see_what_was_made(void *arg)
{
	struct making *b = arg;
	long made = __atomic_load_n(&b->made, __ATOMIC_ACQUIRE);
	long seen = kc_get_keyring_id(RING_P, 0);

	if (made > 0 && seen != made)
		return (void *)-1L;
	if (seen <= 0 && seen != -ENOKEY)
		return (void *)-2L;
	return (void *)seen;
}

static void clone_against_make(struct __test_metadata *_metadata)
{
	pthread_t maker, young[TEAM];
	struct making b = {};
	void *seen;

	pthread_barrier_init(&b.go, NULL, 2);
	ASSERT_EQ(0, pthread_create(&maker, NULL, make_now, &b));
	pthread_barrier_wait(&b.go);
	for (int i = 0; i < TEAM; i++)
		ASSERT_EQ(0, pthread_create(&young[i], NULL, see_what_was_made, &b));
	pthread_join(maker, NULL);
	EXPECT_LT(0, b.made);
	for (int i = 0; i < TEAM; i++) {
		pthread_join(young[i], &seen);
		EXPECT_TRUE((long)seen == b.made || (long)seen == -ENOKEY);
	}
	EXPECT_EQ(b.made, in_thread(thread_look, (void *)RING_P));
	EXPECT_EQ(b.made, kc_get_keyring_id(RING_P, 0));
}

TEST(threads_started_while_it_is_made)
{
	for (int i = 0; i < CLONE_ROUNDS && !_metadata->exit_code; i++)
		CHILD()
			clone_against_make(_metadata);
}

/* Later threads share a process keyring that was made by a single thread. */
TEST(made_before_there_were_threads)
{
	struct team t;

	CHILD() {
		EXPECT_LT(0, add_user("shared", "x", RING_P));
		ASSERT_TRUE(team_start(&t));
		expect_shared(_metadata, &t, kc_get_keyring_id(RING_P, 0), false);
		team_stop(&t);
		ASSERT_TRUE(team_start(&t));
		expect_shared(_metadata, &t, kc_get_keyring_id(RING_P, 0), false);
		team_stop(&t);
	}
}
