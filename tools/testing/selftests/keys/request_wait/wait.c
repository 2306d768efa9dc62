// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tests of several processes with one key under construction: which of them
 * wait, which helpers are called, and what happens to the key and to the
 * authorisation key when the requester does not wait.
 */
#include "../keys_fault.h"

#define REQUESTERS 8
#define DEST_ROUNDS 60

/* ---- verbs of the helper -------------------------------------------- */

/* Answers after the requester was killed or the key was changed. */
static void do_hold_and_look(void)
{
	up->auth = kc_assume_authority(up->key);
	helper_hold();
	up->r[0] = kc_describe(up->auth, NULL, 0);
	up->r[1] = kc_describe(up->key, NULL, 0);
	up->r[2] = kc_instantiate(up->key, "payload", 7, 0);
}

static void *instantiate_slowly(void *page)
{
	struct iovec iov = { page, 4 };

	return (void *)kc_instantiate_iov(up->key, &iov, 1, 0);
}

/* One thread sleeps while reading its payload, and the other one answers. */
static void do_slow_payload(void)
{
	struct fault f;
	pthread_t thread;
	void *ret;

	up->auth = kc_assume_authority(up->key);
	if (!fault_make(&f) || pthread_create(&thread, NULL, instantiate_slowly, f.page)) {
		up->r[0] = 1;
		return;
	}
	up->r[1] = fault_seen(&f);
	up->r[2] = kc_negate(up->key, 60, 0);
	fault_fill(&f);
	pthread_join(thread, &ret);
	up->r[3] = (long)ret;
}

/* Uses the authorisation key in each way that reads its record. */
static void use_authority(void)
{
	char buf[64];

	sys_request_key("user", "in s", NULL, 0);
	kc_get_keyring_id(KEY_SPEC_REQUESTOR_KEYRING, 0);
	kc_read(KEY_SPEC_REQKEY_AUTH_KEY, buf, sizeof(buf));
	kc_describe(KEY_SPEC_REQKEY_AUTH_KEY, buf, sizeof(buf));
	proc_key_shown(up->auth);
}

/* A child keeps the authorisation key after the helper has exited. */
static void do_outlive(void)
{
	up->auth = kc_assume_authority(up->key);
	if (fork()) {
		wait_until(shared_get(&up->held) > 10, LATER_MS);
		kc_instantiate(up->key, "payload", 7, 0);
		return;
	}
	alarm(HELPER_MAX_S);
	while (shared_get(&up->hold)) {
		use_authority();
		__atomic_add_fetch(&up->held, 1, __ATOMIC_ACQ_REL);
	}
	up->r[0] = sys_request_key("user", "in s", NULL, 0);
	up->r[1] = kc_get_keyring_id(KEY_SPEC_REQUESTOR_KEYRING, 0);
	up->r[2] = kc_read(KEY_SPEC_REQKEY_AUTH_KEY, NULL, 0);
	up->r[3] = kc_instantiate(up->key, "late", 4, 0);
	up->r[4] = kc_negate(up->key, 1, 0);
	up->r[5] = kc_assume_authority(up->key);
	up->r[6] = sys_request_key("user", "another", "", 0);
	shared_set(&up->held, -1);
	_exit(0);
}

static const struct verb wait_verbs[] = {
	{ "hold and look", do_hold_and_look },
	{ "slow payload", do_slow_payload },
	{ "outlive", do_outlive },
	{ }
};

static bool helper_held(void)
{
	return wait_until(shared_get(&up->held), LATER_MS);
}

/* ---- one construction at a time ---------------------------------------- */

/* The requesters differ only in their uid, and only if @apart is set. */
static void many_requesters(struct __test_metadata *_metadata, bool apart)
{
	long *keys = shared_alloc(REQUESTERS * sizeof(long));
	uid_t uid = fresh_uid();
	pid_t pids[REQUESTERS];
	struct gate g;

	ASSERT_TRUE(gate_make(&g));
	verb("instantiate");
	for (int i = 0; i < REQUESTERS; i++) {
		pids[i] = START_CHILD_BARE(apart ? uid + 1000 * i : uid);
		if (pids[i] == 0) {
			gate_wait(&g);
			keys[i] = request("k", RING_U);
			EXPECT_TRUE(ring_has(RING_U, keys[i]));
			END_CHILD();
		}
	}
	gate_open(&g);
	for (int i = 0; i < REQUESTERS; i++)
		JOIN_CHILD(pids[i]);
	EXPECT_EQ(apart ? REQUESTERS : 1, up->calls);
	for (int i = 1; i < REQUESTERS; i++)
		EXPECT_EQ(apart, keys[i] != keys[0]);
}

TEST(one_user_calls_once)
{
	REQUIRE_UPCALL();
	many_requesters(_metadata, false);
}

TEST(each_user_calls)
{
	REQUIRE_UPCALL();
	many_requesters(_metadata, true);
}

/* Two requesters that start at once, with different destinations. */
struct race {
	struct shm_barrier start;
	long keys[2][DEST_ROUNDS];
};

static void request_at_once(struct __test_metadata *_metadata, struct race *race, int who)
{
	long dest = add_ring(who ? "second" : "first", RING_S);
	char name[16];

	for (int i = 0; i < DEST_ROUNDS; i++) {
		snprintf(name, sizeof(name), "k%d", i);
		EXPECT_TRUE(barrier_wait(&race->start));
		race->keys[who][i] = request(name, dest);
		EXPECT_TRUE(ring_has(dest, race->keys[who][i]));
	}
}

/* Each process finds the keys in both keyrings. */
TEST(one_user_calls_once_for_two_destinations)
{
	struct race *race = shared_alloc(sizeof(*race));
	pid_t pid;

	REQUIRE_UPCALL();
	race->start.total = 2;
	verb("instantiate");
	CHILD_AS(fresh_uid()) {
		pid = START_CHILD();
		request_at_once(_metadata, race, pid == 0);
		if (pid == 0)
			END_CHILD();
		JOIN_CHILD(pid);
	}
	EXPECT_EQ(DEST_ROUNDS, up->calls);
	for (int i = 0; i < DEST_ROUNDS; i++)
		EXPECT_EQ(race->keys[0][i], race->keys[1][i]);
}

/* The second request waits, and gets the same result as the first. */
TEST(second_request_waits)
{
	REQUIRE_UPCALL();
	CHILD_AS(0) {
		struct key_line k;
		pid_t pids[2];

		verb("hold");
		up->hold = 1;
		for (int i = 0; i < 2; i++) {
			pids[i] = START_CHILD();
			if (pids[i] == 0) {
				long got = request("k", i ? RING_T : RING_S);

				EXPECT_EQ(up->key, got);
				END_CHILD();
			}
			EXPECT_TRUE(helper_held());
		}
		sleep_ms(50);
		EXPECT_EQ(0, waitpid(pids[0], NULL, WNOHANG));
		EXPECT_EQ(0, waitpid(pids[1], NULL, WNOHANG));
		ASSERT_TRUE(proc_key(up->key, &k));
		EXPECT_NE(NULL, strchr(k.flags, 'U'));
		EXPECT_EQ(NULL, strchr(k.flags, 'I'));
		shared_set(&up->hold, 0);
		JOIN_CHILD(pids[0]);
		JOIN_CHILD(pids[1]);
		EXPECT_EQ(1, up->calls);
		EXPECT_EQ(up->key, sys_request_key("user", "k", NULL, 0));
	}
}

static void nothing(int sig)
{
}

static void interruptible(void)
{
	struct sigaction action = { .sa_handler = nothing };

	sigaction(SIGUSR1, &action, NULL);
}

static long wait_by_request(void)
{
	return request("k", RING_T);
}

static long wait_by_update(void)
{
	return kc_update(up->key, "+", 1);
}

static long wait_by_id(void)
{
	return kc_get_keyring_id(up->key, 0);
}

/* KEYCTL_READ returns the same error for every reason. */
static long wait_by_read(void)
{
	return kc_read(up->key, NULL, 0);
}

static long wait_by_add_key(void)
{
	return add_user("k", "+", RING_S);
}

struct waiter {
	long (*wait)(void);
	long interrupted;
};

static const struct waiter waiters[] = {
	{ wait_by_request, -EINTR },
	{ wait_by_update, -EINTR },
	{ wait_by_id, -EINTR },
	{ wait_by_read, -ENOKEY },
	{ wait_by_add_key, -EINTR },
};

static void interrupt_waiters(struct __test_metadata *_metadata)
{
	long *answers = shared_alloc(sizeof(long) * ARRAY_SIZE(waiters));
	pid_t pids[ARRAY_SIZE(waiters)];

	for (unsigned int i = 0; i < ARRAY_SIZE(waiters); i++) {
		pids[i] = START_CHILD();
		if (pids[i] == 0) {
			interruptible();
			answers[i] = waiters[i].wait();
			END_CHILD();
		}
	}
	sleep_ms(200);
	for (unsigned int i = 0; i < ARRAY_SIZE(waiters); i++) {
		EXPECT_EQ(0, answers[i]);
		kill(pids[i], SIGUSR1);
	}
	for (unsigned int i = 0; i < ARRAY_SIZE(waiters); i++) {
		JOIN_CHILD(pids[i]);
		EXPECT_EQ(waiters[i].interrupted, answers[i]) {
			TH_LOG("waiter %u", i);
		}
	}
}

/* ---- other calls find the uninstantiated key ------------------------ */

/* Calls @fn in a second process while the helper waits; then it answers. */
static void meet(struct __test_metadata *_metadata, const char *how,
		 void (*fn)(struct __test_metadata *_metadata), long answer)
{
	REQUIRE_UPCALL();
	CHILD_AS(0) {
		pid_t pid;

		verb(how);
		up->hold = 1;
		pid = START_CHILD();
		if (pid == 0) {
			long got = request("k", RING_S);

			EXPECT_EQ(answer ?: up->key, got);
			END_CHILD();
		}
		EXPECT_TRUE(helper_held());
		fn(_metadata);
		shared_set(&up->hold, 0);
		JOIN_CHILD(pid);
	}
}

TEST(waiting_for_construction_is_interruptible)
{
	meet(_metadata, "hold", interrupt_waiters, 0);
}

static void meet_attributes(struct __test_metadata *_metadata)
{
	struct key_desc d;

	EXPECT_TRUE(ring_has(RING_S, up->key));
	EXPECT_EQ(0, describe(up->key, &d));
	EXPECT_STREQ("k", d.desc);
	EXPECT_EQ(0, kc_setperm(up->key, KEY_POS_ALL | KEY_USR_ALL));
	EXPECT_EQ(0, kc_link(up->key, RING_P));
	EXPECT_EQ(0, kc_unlink(up->key, RING_P));
	EXPECT_EQ(0, kc_get_security(up->key, NULL, 0) < 0);
}

TEST(uninstantiated_key_has_attributes)
{
	meet(_metadata, "hold", meet_attributes, 0);
}

/* add_key(2) waits for the construction, and then updates the key. */
static void meet_add_key(struct __test_metadata *_metadata)
{
	long *added = shared_alloc(sizeof(*added));
	char c;
	pid_t pid = START_CHILD();

	if (pid == 0) {
		*added = add_user("k", "+", RING_S);
		END_CHILD();
	}
	sleep_ms(100);
	EXPECT_EQ(0, waitpid(pid, NULL, WNOHANG));
	shared_set(&up->hold, 0);
	JOIN_CHILD(pid);
	EXPECT_EQ(up->key, *added);
	EXPECT_EQ(1, kc_read(up->key, &c, 1));
	EXPECT_EQ('+', c);
}

TEST(cve_2017_15299_add_key_waits)
{
	meet(_metadata, "hold", meet_add_key, 0);
}

static void meet_unlink(struct __test_metadata *_metadata)
{
	EXPECT_EQ(0, kc_setperm(up->key, KEY_POS_ALL | KEY_USR_ALL));
	EXPECT_EQ(0, kc_unlink(up->key, RING_S));
	EXPECT_EQ(0, ring_count(RING_S));
}

TEST(uninstantiated_key_is_unlinked)
{
	meet(_metadata, "hold", meet_unlink, 0);
}

/*
 * The description of the authorisation key has the requester's pid in the pid
 * namespace of /proc, or 0 if it has none there.
 */
static void meet_other_proc(struct __test_metadata *_metadata)
{
	struct key_line k;
	long auth = 0;

	EXPECT_TRUE(wait_until((auth = up->auth), LATER_MS));
	ASSERT_TRUE(proc_key(auth, &k));
	EXPECT_EQ(NULL, strstr(k.desc, "pid:0 "));
	ASSERT_EQ(0, unshare(CLONE_NEWPID | CLONE_NEWNS));
	CHILD() {
		ASSERT_EQ(0, mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL));
		ASSERT_EQ(0, mount("proc", "/proc", "proc", 0, NULL));
		ASSERT_TRUE(proc_key(auth, &k));
		EXPECT_NE(NULL, strstr(k.desc, "pid:0 ")) {
			TH_LOG("%s", k.desc);
		}
	}
}

TEST(authorisation_in_another_pid_namespace)
{
	meet(_metadata, "hold", meet_other_proc, 0);
}

/* ---- the requester does not wait -------------------------------------- */

TEST(requester_is_killed)
{
	REQUIRE_UPCALL();
	CHILD_AS(0) {
		pid_t pid;

		verb("hold and look");
		up->hold = 1;
		pid = fork();
		if (pid == 0) {
			request("k", RING_S);
			_exit(0);
		}
		EXPECT_TRUE(helper_held());
		kill(pid, SIGKILL);
		sleep_ms(100);
		/*
		 * The killed requester exits only after the helper has
		 * answered.
		 */
		EXPECT_EQ(0, waitpid(pid, NULL, WNOHANG));
		shared_set(&up->hold, 0);
		EXPECT_EQ(SIGKILL, exit_code(pid));
		EXPECT_LE(0, up->r[0]);
		EXPECT_EQ(0, up->r[2]);
		EXPECT_EQ(up->key, sys_request_key("user", "k", NULL, 0));
	}
}

TEST(signal_does_not_end_the_call)
{
	REQUIRE_UPCALL();
	CHILD_AS(0) {
		pid_t pid;

		verb("hold");
		up->hold = 1;
		pid = START_CHILD();
		if (pid == 0) {
			interruptible();
			EXPECT_LT(0, request("k", RING_S));
			END_CHILD();
		}
		EXPECT_TRUE(helper_held());
		kill(pid, SIGUSR1);
		sleep_ms(100);
		EXPECT_EQ(0, waitpid(pid, NULL, WNOHANG));
		shared_set(&up->hold, 0);
		JOIN_CHILD(pid);
	}
}

/* The authority ends while a payload is read from a missing page. */
TEST(authority_ends_while_a_payload_is_read)
{
	REQUIRE_UPCALL();
	REQUIRE_FAULT();
	CHILD_AS(0) {
		verb("slow payload");
		EXPECT_EQ(-ENOKEY, request("k", RING_S));
		EXPECT_EQ(0, up->r[0]);
		EXPECT_EQ(1, up->r[1]);
		EXPECT_EQ(0, up->r[2]);
		EXPECT_EQ(-EBUSY, up->r[3]);
	}
}

/*
 * The authorisation key has ended, but a process has still assumed it. The owner of
 * the key sees it in /proc/keys, without what its record has said.
 */
static void expect_no_record(struct __test_metadata *_metadata)
{
	struct key_line k;

	ASSERT_TRUE(proc_key(up->auth, &k));
	EXPECT_NE(NULL, strchr(k.flags, 'R'));
	EXPECT_EQ(NULL, strstr(k.desc, "pid:")) {
		TH_LOG("%s", k.desc);
	}
}

/* The authority ends while a process searches, describes and reads with it. */
TEST(authority_ends_while_it_is_used)
{
	REQUIRE_UPCALL();
	CHILD_AS(fresh_uid()) {
		long key;

		EXPECT_LT(0, add_user("in s", "x", RING_S));
		verb("outlive");
		up->hold = 1;
		key = request("k", RING_S);
		EXPECT_EQ(up->key, key);
		expect_no_record(_metadata);
		sleep_ms(20);
		shared_set(&up->hold, 0);
		EXPECT_TRUE(wait_until(shared_get(&up->held) == -1, LATER_MS));
		EXPECT_EQ(-ENOKEY, up->r[0]);
		EXPECT_EQ(-EKEYREVOKED, up->r[1]);
		EXPECT_EQ(-ENOKEY, up->r[2]);
		EXPECT_EQ(-EKEYREVOKED, up->r[3]);
		EXPECT_EQ(-EKEYREVOKED, up->r[4]);
		/*
		 * The authorisation key is revoked first and collected later.
		 */
		EXPECT_TRUE(up->r[5] == -EKEYREVOKED || up->r[5] == -ENOKEY);
		EXPECT_EQ(-EKEYREVOKED, up->r[6]);
		EXPECT_EQ(1, up->calls);
		EXPECT_EQ(7, kc_read(up->key, NULL, 0));
	}
}
