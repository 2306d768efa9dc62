// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tests of signals that arrive while a call waits: for the construction of a
 * key, for a refund, for a page of memory, or for another task's lock. A call
 * returns EINTR, or the signal does not matter to the call. In both cases, and
 * if the caller is killed, nothing is changed by halves. request_wait_test has
 * more tests of the requester and of its helper.
 */
#include "keys_upcall.h"
#include "keys_fault.h"

#include <sys/fsuid.h>
#include <sys/time.h>

#define STORM_ROUNDS 60
#define STORM_US 700
/* So long must a call not return to be regarded as waiting. */
#define WAITS_MS 60

static volatile int signals;

static void count_signal(int sig)
{
	signals++;
}

static void handle(int sig, int flags)
{
	struct sigaction action = { .sa_handler = count_signal, .sa_flags = flags };

	sigaction(sig, &action, NULL);
}

/* Sends SIGALRM to the caller every @us microseconds; 0 for no more. */
static void alarms(long us)
{
	struct itimerval t = { .it_interval.tv_usec = us, .it_value.tv_usec = us };

	handle(SIGALRM, 0);
	setitimer(ITIMER_REAL, &t, NULL);
}

/*
 * A process whose keys are owned by @uid and charged to @uid, and which may make
 * a missing page (struct fault) as only root may.
 */
static void be_owner(struct __test_metadata *_metadata, uid_t uid)
{
	ASSERT_EQ(0, set_uids(uid, 0, 0));
	setfsuid(uid);
	ASSERT_LT(0, kc_join(NULL));
}

/* ---- a key under construction ------------------------------------------- */

/* Made by the first process, for all. */
static long dest;

static long wait_by_request(void)
{
	return request("k", dest);
}

static long wait_by_update(void)
{
	return kc_update(up->key, "another payload", 15);
}

static long wait_by_add_key(void)
{
	return add_user("k", "another payload", RING_S);
}

static long wait_by_id(void)
{
	return kc_get_keyring_id(up->key, 0);
}

static long (*const waiters[])(void) = {
	wait_by_request, wait_by_update, wait_by_add_key, wait_by_id,
};

#define WAITERS ARRAY_SIZE(waiters)

struct waiting {
	pid_t pid[WAITERS];
	long answer[WAITERS];
};

static void start_waiters(struct __test_metadata *_metadata, struct waiting *w, int flags)
{
	for (int i = 0; i < WAITERS; i++) {
		pid_t pid = fork();

		if (pid == 0) {
			handle(SIGUSR1, flags);
			w->answer[i] = waiters[i]();
			_exit(0);
		}
		w->pid[i] = pid;
	}
	sleep_ms(2 * WAITS_MS);
	for (int i = 0; i < WAITERS; i++)
		EXPECT_EQ(0, w->answer[i]);
}

static void signal_waiters(struct waiting *w, int sig)
{
	for (int i = 0; i < WAITERS; i++)
		kill(w->pid[i], sig);
}

static void reap_waiters(struct __test_metadata *_metadata, struct waiting *w, int status)
{
	for (int i = 0; i < WAITERS; i++)
		EXPECT_EQ(status, exit_code(w->pid[i]));
}

/*
 * Nothing is updated or added. Only the link of the request is made, since it
 * is made before the wait.
 */
static void expect_untouched(struct __test_metadata *_metadata, uid_t uid,
			     const struct key_user *before)
{
	struct key_user u;

	EXPECT_EQ(up->key, only_link(dest));
	proc_user(uid, &u);
	EXPECT_EQ(before->nkeys, u.nkeys);
	EXPECT_EQ(before->nikeys, u.nikeys);
	EXPECT_EQ(before->qnkeys, u.qnkeys);
	EXPECT_EQ(before->qnbytes + LINK_COST, u.qnbytes);
}

static void while_constructed(struct __test_metadata *_metadata,
			      void (*fn)(struct __test_metadata *_metadata, uid_t uid))
{
	uid_t uid = fresh_uid();

	REQUIRE_UPCALL();
	CHILD_AS(uid) {
		pid_t pid;

		dest = add_ring("dest", RING_S);
		verb("hold");
		up->hold = 1;
		pid = START_CHILD();
		if (pid == 0) {
			long got = request("k", RING_S);

			EXPECT_EQ(up->key, got);
			END_CHILD();
		}
		EXPECT_TRUE(wait_until(shared_get(&up->held), LATER_MS));
		fn(_metadata, uid);
		shared_set(&up->hold, 0);
		JOIN_CHILD(pid);
	}
}

static void interrupt_constructed(struct __test_metadata *_metadata, uid_t uid)
{
	struct waiting *w = shared_alloc(sizeof(*w));
	struct key_user before;

	proc_user(uid, &before);
	start_waiters(_metadata, w, 0);
	signal_waiters(w, SIGUSR1);
	reap_waiters(_metadata, w, 0);
	for (int i = 0; i < WAITERS; i++)
		EXPECT_EQ(-EINTR, w->answer[i]);
	expect_untouched(_metadata, uid, &before);
}

TEST(construction_interrupted)
{
	while_constructed(_metadata, interrupt_constructed);
}

static void kill_constructed(struct __test_metadata *_metadata, uid_t uid)
{
	struct waiting *w = shared_alloc(sizeof(*w));
	struct key_user before;

	proc_user(uid, &before);
	start_waiters(_metadata, w, 0);
	signal_waiters(w, SIGKILL);
	reap_waiters(_metadata, w, SIGKILL);
	expect_untouched(_metadata, uid, &before);
}

TEST(construction_killed)
{
	while_constructed(_metadata, kill_constructed);
}

/* With SA_RESTART, the handler runs and the call goes on waiting. */
static void restart_constructed(struct __test_metadata *_metadata, uid_t uid)
{
	struct waiting *w = shared_alloc(sizeof(*w));

	start_waiters(_metadata, w, SA_RESTART);
	signal_waiters(w, SIGUSR1);
	sleep_ms(WAITS_MS);
	for (int i = 0; i < WAITERS; i++)
		EXPECT_EQ(0, w->answer[i]);
	shared_set(&up->hold, 0);
	reap_waiters(_metadata, w, 0);
	for (int i = 0; i < WAITERS; i++)
		EXPECT_EQ(waiters[i] == wait_by_update ? 0 : up->key, w->answer[i]);
	EXPECT_EQ(15, kc_read(up->key, NULL, 0));
	EXPECT_TRUE(ring_has(dest, up->key));
}

TEST(construction_restarted)
{
	while_constructed(_metadata, restart_constructed);
}

/* ---- a refund -------------------------------------------------------------- */

#define MAXBYTES 20000

/*
 * A process has exited whose session keyring another process still uses: the
 * next call that is refused waits for a refund, in vain.
 */
static pid_t raise_hope(struct __test_metadata *_metadata)
{
	int *child = shared_alloc(sizeof(*child));

	CHILD() {
		pid_t pid;

		ASSERT_LT(0, kc_join(NULL));
		pid = fork();
		if (pid == 0) {
			sleep(20);
			_exit(0);
		}
		*child = pid;
	}
	return *child;
}

static long add_too_big(void)
{
	static const char payload[MAXBYTES];

	return sys_add_key("user", "big", payload, sizeof(payload), RING_S);
}

/* The signal is handled, and the call is refused as without it. */
TEST(refund_interrupted)
{
	uid_t uid = fresh_uid();

	REQUIRE_ROOT();
	CHILD_AS(uid) {
		pid_t pid = raise_hope(_metadata);
		struct key_user before, after;
		uint64_t start;

		proc_user(uid, &before);
		alarms(STORM_US);
		start = now_ms();
		EXPECT_EQ(-EDQUOT, add_too_big());
		alarms(0);
		TH_LOG("%d signals in %d ms", signals, (int)(now_ms() - start));
		/* A kernel that does not wait gives the signals no time */
		EXPECT_TRUE(signals > 0 || now_ms() - start < 10);
		proc_user(uid, &after);
		EXPECT_EQ(before.qnkeys, after.qnkeys);
		EXPECT_EQ(before.qnbytes, after.qnbytes);
		EXPECT_EQ(0, ring_count(RING_S));
		kill(pid, SIGKILL);
	}
}

TEST(refund_killed)
{
	uid_t uid = fresh_uid();

	REQUIRE_ROOT();
	CHILD_AS(uid) {
		pid_t hope = raise_hope(_metadata), pid = fork();

		if (pid == 0) {
			for (;;)
				add_too_big();
		}
		sleep_ms(5);
		kill(pid, SIGKILL);
		EXPECT_EQ(SIGKILL, exit_code(pid));
		EXPECT_EQ(0, ring_count(RING_S));
		kill(hope, SIGKILL);
	}
	EXPECT_TRUE(wait_until(charged(uid, 0, 0), LATER_MS));
}

/* ---- a page of memory -------------------------------------------------------- */

/* The keys that the calls work on. */
static long page_key, page_ring;

static long page_add(char *page)
{
	return sys_add_key("user", "new", page, 4, RING_S);
}

static long page_add_description(char *page)
{
	return sys_add_key("user", page, "x", 1, RING_S);
}

static long page_update(char *page)
{
	return kc_update(page_key, page, 4);
}

static long page_read(char *page)
{
	return kc_read(page_key, page, 7);
}

static long page_describe(char *page)
{
	return kc_describe(page_key, page, 100);
}

static long page_search(char *page)
{
	return kc_search(RING_S, "user", page, page_ring);
}

static long page_restrict(char *page)
{
	return kc_restrict(page_ring, "asymmetric", page);
}

static long page_join(char *page)
{
	return kc_join(page);
}

static long page_request(char *page)
{
	return sys_request_key("user", "nothing", page, page_ring);
}

static long (*const page_calls[])(char *page) = {
	page_add, page_add_description, page_update, page_read, page_describe,
	page_search, page_restrict, page_join, page_request,
};

struct page_wait {
	int waits;
	long answer;
};

static void wait_for_page(struct page_wait *w, int i)
{
	struct fault f;
	pid_t parent = getpid();

	handle(SIGUSR1, 0);
	if (!fault_make(&f))
		_exit(1);
	/* This child sees whether its parent waits for the page */
	if (fork() == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		shared_set(&w->waits, fault_seen(&f));
		while (getppid() == parent)
			sleep_ms(10);
		_exit(0);
	}
	w->answer = page_calls[i](f.page);
	_exit(2);
}

/* A handled signal does not matter, and a killed caller has changed nothing. */
static void kill_for_page(struct __test_metadata *_metadata, uid_t uid, int i)
{
	struct page_wait *w = shared_alloc(sizeof(*w));
	struct key_user before;
	pid_t pid;

	proc_user(uid, &before);
	pid = fork();
	if (pid == 0)
		wait_for_page(w, i);
	EXPECT_TRUE(wait_until(shared_get(&w->waits), LATER_MS));
	kill(pid, SIGUSR1);
	sleep_ms(10);
	EXPECT_EQ(0, w->answer);
	kill(pid, SIGKILL);
	EXPECT_EQ(SIGKILL, exit_code(pid));
	EXPECT_TRUE(wait_until(charged(uid, before.qnkeys, before.qnbytes), LATER_MS));
	EXPECT_EQ(2, ring_count(RING_S));
	EXPECT_EQ(0, ring_count(page_ring));
	EXPECT_EQ(7, kc_read(page_key, NULL, 0));
}

TEST(page_killed)
{
	uid_t uid = fresh_uid();

	REQUIRE_ROOT();
	REQUIRE_FAULT();
	CHILD() {
		be_owner(_metadata, uid);
		page_key = add_user("k", "payload", RING_S);
		page_ring = add_ring("r", RING_S);
		for (int i = 0; i < ARRAY_SIZE(page_calls); i++)
			kill_for_page(_metadata, uid, i);
	}
	EXPECT_TRUE(wait_until(charged(uid, 0, 0), LATER_MS));
}

/* ---- locks -------------------------------------------------------------------- */

struct storm {
	long ring[2], tree, inner;
	int bad;
};

/* The other process may have unlinked the key: it is not there, or not possessed. */
static void storm_check(struct storm *s, const char *what, long ret)
{
	if (ret >= 0 || ret == -ENOENT || ret == -ENOKEY || ret == -EACCES)
		return;
	printf("# %s: %ld\n", what, ret);
	__atomic_add_fetch(&s->bad, 1, __ATOMIC_RELAXED);
}

/* Two processes do this with the same keyrings, in opposite directions. */
static void storm_round(struct storm *s, int who)
{
	long from = s->ring[who], to = s->ring[!who];
	long key = add_user(who ? "a" : "b", "x", from);

	storm_check(s, "add", key);
	storm_check(s, "move", kc_move(key, from, to, 0));
	storm_check(s, "link", kc_link(key, from));
	storm_check(s, "update", kc_update(key, "y", 1));
	/* Under a lock of the whole machine */
	storm_check(s, "link a keyring", kc_link(s->inner, s->tree));
	storm_check(s, "unlink a keyring", kc_unlink(s->inner, s->tree));
	storm_check(s, "clear", kc_clear(who ? from : to));
	storm_check(s, "request", sys_request_key("user", "none", NULL, to));
}

/* Stock refunds the old session keyring late, so not in each round. */
static void storm_join(struct storm *s)
{
	storm_check(s, "join", kc_join("storm"));
	storm_check(s, "link the user keyring", kc_link(RING_U, RING_S));
}

/* Locks are waited for without regard to signals: no call returns EINTR. */
TEST(locks_and_signals)
{
	struct storm *s = shared_alloc(sizeof(*s));

	REQUIRE_ROOT();
	CHILD_AS(fresh_uid()) {
		pid_t pid;

		kc_get_keyring_id(RING_U, 1);
		for (int i = 0; i < 2; i++)
			s->ring[i] = add_ring(i ? "second" : "first", RING_U);
		s->tree = add_ring("tree", RING_U);
		s->inner = add_ring("inner", RING_U);
		kc_link(RING_U, RING_S);
		pid = START_CHILD();
		alarms(STORM_US);
		for (int i = 0; i < STORM_ROUNDS || signals < STORM_ROUNDS; i++) {
			storm_round(s, pid == 0);
			if (i < STORM_ROUNDS && i % 16 == 0)
				storm_join(s);
		}
		alarms(0);
		if (pid == 0)
			END_CHILD();
		JOIN_CHILD(pid);
	}
	EXPECT_EQ(0, s->bad);
}

static const struct verb no_verbs[] = { { } };

UPCALL_MAIN(no_verbs)
