// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tests that all threads of a process with the same real UID share one process
 * keyring, also threads that are older than the keyring, as described in
 * process-keyring(7). The stock kernel, which keeps the keyring in the
 * credentials of one thread, fails here.
 */

#define SHARED_THREADS 16
#define SHARED_ROUNDS 20

/* Two threads that take turns; the second is older than the keyring. */
struct turns {
	pthread_barrier_t start, end;
	void *(*then)(void *arg);
	void *arg;
};

static void *older_thread(void *arg)
{
	struct turns *t = arg;

	pthread_barrier_wait(&t->start);
	t->arg = t->then(t->arg);
	pthread_barrier_wait(&t->end);
	return NULL;
}

static bool older_start(struct turns *t, pthread_t *thread)
{
	pthread_barrier_init(&t->start, NULL, 2);
	pthread_barrier_init(&t->end, NULL, 2);
	return pthread_create(thread, NULL, older_thread, t) == 0;
}

/* Runs then(arg) in the older thread. */
static long older_run(struct turns *t, pthread_t thread)
{
	pthread_barrier_wait(&t->start);
	pthread_barrier_wait(&t->end);
	pthread_join(thread, NULL);
	return (long)t->arg;
}

TEST(older_thread_sees_it)
{
	CHILD() {
		struct turns t = { .then = thread_look, .arg = (void *)RING_P };
		pthread_t thread;
		long p;

		ASSERT_TRUE(older_start(&t, &thread));
		p = kc_get_keyring_id(RING_P, 1);
		EXPECT_LT(0, p);
		EXPECT_EQ(p, older_run(&t, thread));
	}
}

TEST(older_thread_makes_no_second)
{
	CHILD() {
		struct turns t = { .then = thread_make, .arg = (void *)RING_P };
		pthread_t thread;
		long p;

		ASSERT_TRUE(older_start(&t, &thread));
		p = kc_get_keyring_id(RING_P, 1);
		EXPECT_EQ(p, older_run(&t, thread));
		EXPECT_EQ(p, kc_get_keyring_id(RING_P, 0));
	}
}

TEST(first_thread_sees_what_another_made)
{
	CHILD() {
		long p = in_thread(thread_make, (void *)RING_P);

		EXPECT_LT(0, p);
		EXPECT_EQ(p, kc_get_keyring_id(RING_P, 0));
		EXPECT_EQ(p, in_thread(thread_look, (void *)RING_P));
	}
}

static void *find_shared(void *arg)
{
	return (void *)sys_request_key("user", "shared", NULL, 0);
}

TEST(older_thread_finds_a_key_in_it)
{
	CHILD() {
		struct turns t = { .then = find_shared };
		pthread_t thread;
		long key;

		ASSERT_TRUE(older_start(&t, &thread));
		key = add_user("shared", "x", RING_P);
		EXPECT_LT(0, key);
		EXPECT_EQ(key, older_run(&t, thread));
	}
}

static void *read_shared(void *arg)
{
	char c;

	return (void *)kc_read((long)arg, &c, 1);
}

TEST(older_thread_possesses_a_key_in_it)
{
	CHILD() {
		struct turns t = { .then = read_shared };
		pthread_t thread;

		ASSERT_TRUE(older_start(&t, &thread));
		t.arg = (void *)add_user("shared", "x", RING_P);
		EXPECT_EQ(1, older_run(&t, thread));
	}
}

static void *look_after_setuid(void *arg)
{
	if (set_uids(-1, (uid_t)(long)arg, -1))
		return (void *)-1L;
	return (void *)kc_get_keyring_id(RING_P, 0);
}

TEST(older_thread_of_another_effective_uid_sees_it)
{
	REQUIRE_ROOT();
	CHILD() {
		struct turns t = { .then = look_after_setuid, .arg = (void *)(long)fresh_uid() };
		pthread_t thread;
		long p;

		ASSERT_TRUE(older_start(&t, &thread));
		p = kc_get_keyring_id(RING_P, 1);
		EXPECT_EQ(p, older_run(&t, thread));
	}
}

/*
 * The keyring outlives the thread that made it, and ends with the last thread.
 */
static void *make_and_fill(void *arg)
{
	return (void *)add_user("left", "x", RING_P);
}

TEST(outlives_the_thread_that_made_it)
{
	long *p = shared_alloc(sizeof(*p));

	CHILD() {
		long key = in_thread(make_and_fill, NULL);

		EXPECT_LT(0, key);
		sleep_ms(50);
		*p = kc_get_keyring_id(RING_P, 0);
		EXPECT_TRUE(ring_has(*p, key));
		EXPECT_EQ(1, kc_read(key, NULL, 0));
	}
	EXPECT_TRUE(wait_until(kc_describe(*p, NULL, 0) == -ENOKEY, LATER_MS));
}

struct race {
	pthread_barrier_t go;
	long seen[SHARED_THREADS];
};

struct racer {
	struct race *race;
	int i;
};

static void *race_thread(void *arg)
{
	struct racer *r = arg;

	pthread_barrier_wait(&r->race->go);
	r->race->seen[r->i] = kc_get_keyring_id(RING_P, 1);
	return NULL;
}

static void race_once(struct __test_metadata *_metadata)
{
	static struct race race;
	struct racer racers[SHARED_THREADS];
	pthread_t threads[SHARED_THREADS];

	pthread_barrier_init(&race.go, NULL, SHARED_THREADS);
	for (int i = 0; i < SHARED_THREADS; i++) {
		racers[i] = (struct racer){ &race, i };
		ASSERT_EQ(0, pthread_create(&threads[i], NULL, race_thread, &racers[i]));
	}
	for (int i = 0; i < SHARED_THREADS; i++)
		pthread_join(threads[i], NULL);
	EXPECT_LT(0, race.seen[0]);
	for (int i = 0; i < SHARED_THREADS; i++) {
		ASSERT_EQ(race.seen[0], race.seen[i]);
	}
	EXPECT_EQ(race.seen[0], kc_get_keyring_id(RING_P, 0));
}

/*
 * All threads are older than the keyring and make it at once: only one is made.
 */
TEST(threads_racing_make_one)
{
	uid_t uid = fresh_uid();

	REQUIRE_ROOT();
	for (int i = 0; i < SHARED_ROUNDS && !_metadata->exit_code; i++) {
		CHILD_BARE(uid) {
			race_once(_metadata);
			EXPECT_TRUE(wait_until(charged(uid, 1, DESC_COST("_pid")), LATER_MS));
		}
	}
	EXPECT_TRUE(wait_until(charged(uid, 0, 0), LATER_MS));
}

static void *fork_sees_none(void *arg)
{
	pid_t pid = fork();

	if (pid == 0)
		_exit(kc_get_keyring_id(RING_P, 0) == -ENOKEY ? 0 : 1);
	return (void *)(long)exit_code(pid);
}

TEST(fork_from_older_thread_has_none)
{
	CHILD() {
		struct turns t = { .then = fork_sees_none };
		pthread_t thread;

		ASSERT_TRUE(older_start(&t, &thread));
		EXPECT_LT(0, kc_get_keyring_id(RING_P, 1));
		EXPECT_EQ(0, older_run(&t, thread));
	}
}

/* A default destination that one thread sets is made for all threads. */
static void *choose_process(void *arg)
{
	return (void *)kc_set_reqkey_keyring(KEY_REQKEY_DEFL_PROCESS_KEYRING);
}

TEST(set_reqkey_keyring_makes_the_shared_one)
{
	CHILD() {
		EXPECT_EQ(0, in_thread(choose_process, NULL));
		EXPECT_LT(0, kc_get_keyring_id(RING_P, 0));
	}
}
