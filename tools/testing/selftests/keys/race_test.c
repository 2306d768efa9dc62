// SPDX-License-Identifier: GPL-2.0-only
/*
 * Races of two to four callers, each for one second. During a race every result
 * is checked, and afterwards the state. Debugging kernels find other faults.
 */
#include "keys_watch.h"

#define RACE_MS		1000
#define CALLERS_MAX	4

struct race {
	bool stop;
	long key, ring, other, kept[8];
	struct shm_barrier start;
	uid_t uid[2];
	int fd[2];
	char *text;
	int rounds;			/* of the caller that counts */
	int done, refused;		/* number of successes and of refusals */
	int names;			/* number of descriptions that were used */
	int bad;			/* number of unexpected results */
	long worst;			/* one of them */
};

typedef void race_fn(struct race *r);

struct caller {
	race_fn *fn;
	struct race *r;
	pthread_t thread;
};

static void *caller_main(void *arg)
{
	struct caller *c = arg;

	while (!__atomic_load_n(&c->r->stop, __ATOMIC_ACQUIRE))
		c->fn(c->r);
	return NULL;
}

/* Runs the callers, stops them, and expects no unexpected results. */
static void run_race(struct __test_metadata *_metadata, struct race *r,
		     race_fn **fns, int n)
{
	struct caller c[CALLERS_MAX];

	ASSERT_GE(CALLERS_MAX, n);
	for (int i = 0; i < n; i++) {
		c[i] = (struct caller){ .fn = fns[i], .r = r };
		ASSERT_EQ(0, pthread_create(&c[i].thread, NULL, caller_main, &c[i]));
	}
	sleep_ms(RACE_MS);
	__atomic_store_n(&r->stop, true, __ATOMIC_RELEASE);
	for (int i = 0; i < n; i++)
		pthread_join(c[i].thread, NULL);
	EXPECT_EQ(0, r->bad) {
		TH_LOG("%ld among them", r->worst);
	}
}

#define RUN_RACE(r, ...) do {						\
	race_fn *__fns[] = { __VA_ARGS__ };				\
									\
	run_race(_metadata, r, __fns, ARRAY_SIZE(__fns));		\
} while (0)

static bool is_one_of(long ret, const long *set, int n)
{
	while (n--)
		if (ret == set[n])
			return true;
	return false;
}

static void note_bad(struct race *r, long ret)
{
	__atomic_store_n(&r->worst, ret, __ATOMIC_RELAXED);
	__atomic_add_fetch(&r->bad, 1, __ATOMIC_RELAXED);
}

/* The result must be positive or one of these. */
#define MAY(r, call, ...) ({						\
	static const long __set[] = { __VA_ARGS__ };			\
	long __ret = (call);						\
									\
	if (__ret <= 0 && !is_one_of(__ret, __set, ARRAY_SIZE(__set)))	\
		note_bad(r, __ret);					\
	__ret;								\
})

static long load(long *p)
{
	return __atomic_load_n(p, __ATOMIC_ACQUIRE);
}

static void store(long *p, long v)
{
	__atomic_store_n(p, v, __ATOMIC_RELEASE);
}

static int count(int *what)
{
	return __atomic_add_fetch(what, 1, __ATOMIC_RELAXED);
}

static void read_proc(const char *file)
{
	char buf[4096];
	int fd = open(file, O_RDONLY | O_CLOEXEC);

	while (fd >= 0 && read(fd, buf, sizeof(buf)) > 0)
		;
	close(fd);
}

FIXTURE(race) {
	struct race r;
	uid_t uid;
	long gc_delay;
};

FIXTURE_SETUP(race)
{
	REQUIRE_ROOT();
	self->uid = SETUP_AS(true);
	self->gc_delay = sysctl_get("gc_delay");
	self->r.ring = add_ring("r", RING_S);
	self->r.other = add_ring("other", RING_S);
	self->r.key = add_user("k", "x", self->r.ring);
	self->r.uid[0] = fresh_uid();
	self->r.uid[1] = self->r.uid[0] + 1;
	ASSERT_LT(0, self->r.key);
	ASSERT_EQ(0, kc_setperm(self->r.key, KEY_POS_ALL));
}

FIXTURE_TEARDOWN(race)
{
	sysctl_set("gc_delay", self->gc_delay);
}

/* ---- one key -------------------------------------------------------- */

static void renew_key(struct race *r)
{
	store(&r->key, MAY(r, add_user("k", "x", r->ring), 0));
}

static void revoke_key(struct race *r)
{
	MAY(r, kc_revoke(load(&r->key)), 0, -EKEYREVOKED, -ENOKEY, -EACCES);
}

static void invalidate_key(struct race *r)
{
	MAY(r, kc_invalidate(load(&r->key)), 0, -EKEYREVOKED, -ENOKEY, -EACCES);
}

static void read_key(struct race *r)
{
	char buf[4];

	MAY(r, kc_read(load(&r->key), buf, sizeof(buf)), 0, -EKEYREVOKED, -ENOKEY, -EACCES);
}

static void describe_key(struct race *r)
{
	char buf[64];

	MAY(r, kc_describe(load(&r->key), buf, sizeof(buf)), -EKEYREVOKED, -ENOKEY, -EACCES);
}

/* CVE-2015-7550: a key was read after its payload had been removed. */
TEST_F(race, cve_2015_7550_read_against_revoke)
{
	RUN_RACE(&self->r, renew_key, revoke_key, read_key, read_key);
}

TEST_F(race, read_against_invalidate)
{
	RUN_RACE(&self->r, renew_key, invalidate_key, read_key, describe_key);
}

static void take_write(struct race *r)
{
	MAY(r, kc_setperm(r->key, KEY_POS(KEY_ALL & ~KEY_WRITE)), 0);
	MAY(r, kc_setperm(r->key, KEY_POS_ALL), 0);
}

static void update_key(struct race *r)
{
	long ret = MAY(r, kc_update(r->key, "y", 1), 0, -EACCES);

	count(ret ? &r->refused : &r->done);
}

/* Write permission is removed during an update. */
TEST_F(race, update_against_setperm)
{
	RUN_RACE(&self->r, take_write, update_key, update_key);
	EXPECT_LT(0, self->r.done);
	EXPECT_LT(0, self->r.refused);
}

static void update_a(struct race *r)
{
	MAY(r, kc_update(r->key, "aaaa", 4), 0);
}

static void update_b(struct race *r)
{
	MAY(r, kc_update(r->key, "bbbbbbbb", 8), 0);
}

static void read_a_or_b(struct race *r)
{
	char buf[16] = "";
	long n = kc_read(r->key, buf, sizeof(buf));

	if (strcmp(buf, "aaaa") && strcmp(buf, "bbbbbbbb") && strcmp(buf, "x"))
		note_bad(r, n);
	if (n != (long)strlen(buf))
		note_bad(r, n);
}

/* A reader must see one of the two payloads completely. */
TEST_F(race, read_against_update)
{
	RUN_RACE(&self->r, update_a, update_b, read_a_or_b, read_a_or_b);
}

static void make_and_drop(struct race *r)
{
	long id = MAY(r, add_user("short", "x", r->ring), 0);

	store(&r->key, id);
	MAY(r, kc_unlink(id, r->ring), 0);
}

static void read_all_of_proc(struct race *r)
{
	read_proc("/proc/keys");
	read_proc("/proc/key-users");
}

/* CVE-2014-9529: a key was used while it was being freed. */
TEST_F(race, describe_against_unlink)
{
	RUN_RACE(&self->r, make_and_drop, describe_key, read_key, read_all_of_proc);
}

static void give_away(struct race *r)
{
	MAY(r, kc_chown(r->key, r->uid[0], -1), 0);
	MAY(r, kc_chown(r->key, r->uid[1], -1), 0);
}

static void update_size(struct race *r)
{
	char text[64] = "some text that is here for its length alone";

	MAY(r, kc_update(r->key, text, 1 + r->rounds++ % 60), 0);
}

/* An account without other keys is read while it is removed. */
TEST_F(race, chown_against_proc)
{
	RUN_RACE(&self->r, give_away, read_all_of_proc, read_all_of_proc);
	ASSERT_EQ(0, kc_chown(self->r.key, self->r.uid[0], -1));
	EXPECT_TRUE(charged(self->r.uid[0], 1, 3));
	EXPECT_TRUE(charged(self->r.uid[1], 0, 0));
}

static void set_timeout(struct race *r)
{
	MAY(r, kc_set_timeout(r->key, 1000 + r->rounds++), 0);
	MAY(r, kc_set_timeout(r->key, 0), 0);
}

TEST_F(race, set_timeout_against_update)
{
	RUN_RACE(&self->r, set_timeout, update_size, read_all_of_proc);
	EXPECT_LT(0, kc_read(self->r.key, NULL, 0));
}

/* Shows the long string, or the short one if @c is 0, for some time. */
static void show(struct race *r, char c, int time)
{
	__atomic_store_n(&r->text[8], c, __ATOMIC_RELAXED);
	while (time-- && __atomic_load_n(&r->text[8], __ATOMIC_RELAXED) == c)
		;
}

/*
 * Shows both strings equally long, but not for as long as a call takes. So a
 * call that reads the string twice often reads both.
 */
static void flip(struct race *r)
{
	int time = r->rounds++ % 64;

	show(r, 'x', time);
	show(r, 0, time);
}

static void use_text(struct race *r)
{
	MAY(r, sys_add_key("user", r->text, "x", 1, r->ring), 0);
	MAY(r, kc_search(r->ring, "user", r->text, 0), -ENOKEY);
	MAY(r, sys_add_key(r->text, "d", "x", 1, r->ring), -ENODEV, -EINVAL);
	MAY(r, sys_request_key("user", r->text, NULL, 0), -ENOKEY);
}

/* CVE-2006-0457: a string grows after its length was read. */
TEST_F(race, strings_that_change)
{
	char *text = calloc(1, 64);

	memset(text, 'x', 40);
	self->r.text = text;
	RUN_RACE(&self->r, flip, use_text);
	/* Besides "k", the race has added both strings and nothing else. */
	EXPECT_EQ(3, ring_count(self->r.ring));
	text[8] = 'x';
	EXPECT_LT(0, kc_search(self->r.ring, "user", text, 0));
	text[8] = 0;
	EXPECT_LT(0, kc_search(self->r.ring, "user", text, 0));
}

/* ---- keyrings ------------------------------------------------------- */

static void link_forth(struct race *r)
{
	MAY(r, kc_link(r->ring, r->other), 0, -EDEADLK);
	if (ring_has(r->other, r->ring) && ring_has(r->ring, r->other))
		note_bad(r, -EDEADLK);
	MAY(r, kc_unlink(r->ring, r->other), 0, -ENOENT);
}

static void link_back(struct race *r)
{
	MAY(r, kc_link(r->other, r->ring), 0, -EDEADLK);
	MAY(r, kc_unlink(r->other, r->ring), 0, -ENOENT);
}

/* Two keyrings link each other: one link must be refused. */
TEST_F(race, cycle)
{
	RUN_RACE(&self->r, link_forth, link_back);
}

static void move_forth(struct race *r)
{
	MAY(r, kc_move(r->key, r->ring, r->other, 0), 0, -ENOENT);
}

static void move_back(struct race *r)
{
	MAY(r, kc_move(r->key, r->other, r->ring, 0), 0, -ENOENT);
}

/* After any moves the key is in exactly one keyring. */
TEST_F(race, move_against_move)
{
	/*
	 * A lookup during a move may find that the caller does not possess the
	 * key.
	 */
	ASSERT_EQ(0, kc_setperm(self->r.key, KEY_POS_ALL | KEY_USR_ALL));
	RUN_RACE(&self->r, move_forth, move_back, move_forth);
	EXPECT_EQ(1, ring_has(self->r.ring, self->r.key) + ring_has(self->r.other, self->r.key));
	EXPECT_EQ(1, kc_read(self->r.key, NULL, 0));
}

static void link_both(struct race *r)
{
	MAY(r, kc_link(r->key, r->ring), 0);
	MAY(r, kc_link(r->key, r->other), 0);
}

static void unlink_both(struct race *r)
{
	MAY(r, kc_unlink(r->key, r->ring), 0, -ENOENT);
	MAY(r, kc_unlink(r->key, r->other), 0, -ENOENT);
}

/* A move whose key is unlinked meanwhile fails, and does not try for ever. */
TEST_F(race, move_against_unlink)
{
	ASSERT_EQ(0, kc_setperm(self->r.key, KEY_POS_ALL | KEY_USR_ALL));
	ASSERT_EQ(0, kc_link(self->r.key, RING_S));
	RUN_RACE(&self->r, move_forth, move_back, link_both, unlink_both);
	EXPECT_EQ(1, kc_read(self->r.key, NULL, 0));
}

static void fill(struct race *r)
{
	char desc[16];

	snprintf(desc, sizeof(desc), "%d", r->rounds++ % 40);
	MAY(r, add_user(desc, "x", r->ring), 0);
}

static void clear(struct race *r)
{
	MAY(r, kc_clear(r->ring), 0);
}

static void look(struct race *r)
{
	key_serial_t list[64];

	MAY(r, kc_search(r->ring, "user", "7", 0), -ENOKEY, -EACCES);
	MAY(r, kc_read(r->ring, list, sizeof(list)), 0);
}

TEST_F(race, clear_against_add)
{
	RUN_RACE(&self->r, fill, clear, look, look);
	ASSERT_EQ(0, kc_clear(self->r.ring));
	EXPECT_EQ(0, ring_count(self->r.ring));
}

/* How long an addition may take that has begun before the restriction. */
#define ADDING_MS 10

/*
 * Restricts a keyring that two callers add to. What they have checked before must
 * not be enough for an addition after the restriction.
 */
static void restrict_new(struct race *r)
{
	long ring = MAY(r, add_ring("new", RING_S), 0), had, has;

	store(&r->key, 0);
	store(&r->ring, ring);
	sleep_ms(2);
	if (MAY(r, kc_restrict(ring, NULL, NULL), 0))
		return;
	had = ring_count(ring);
	store(&r->key, ring);
	sleep_ms(ADDING_MS);
	has = ring_count(ring);
	if (had < 0 || has != had)
		note_bad(r, has);
	r->rounds += had > 0;
}

/* Once the keyring is known to be restricted, no key may be added. */
static void add_to_restricted(struct race *r)
{
	long ring = load(&r->ring), shut = load(&r->key), id;
	char desc[24];

	/* A new description each time: an update would not make the keyring longer. */
	snprintf(desc, sizeof(desc), "%d", count(&r->names));
	id = MAY(r, add_user(desc, "x", ring), -EPERM, -ENOKEY, -EACCES);
	if (shut == ring && id > 0)
		note_bad(r, id);
}

/* CVE-2026-99040: the restriction was checked before the lock was taken. */
TEST_F(race, restrict_against_add)
{
	store(&self->r.key, 0);
	RUN_RACE(&self->r, restrict_new, add_to_restricted, add_to_restricted);
	/* The other callers have been adding keys when the keyring was restricted. */
	EXPECT_LT(0, self->r.rounds);
}

static void churn(struct race *r)
{
	char desc[32];
	long id;

	snprintf(desc, sizeof(desc), "mine %ld", (long)pthread_self());
	id = MAY(r, add_user(desc, "x", r->ring), -EDQUOT);
	if (id > 0)
		MAY(r, kc_unlink(id, r->ring), 0);
}

static void churn_trees(struct race *r)
{
	long top = MAY(r, add_ring("top", r->ring), -EDQUOT);

	if (top < 0)
		return;
	add_user("in it", "x", top);
	kc_set_timeout(top, 100);
	MAY(r, kc_unlink(top, r->ring), 0);
}

/* CVE-2025-21893: the charge was refunded after the key had been freed. */
TEST_F(race, churn_of_keys)
{
	ASSERT_EQ(0, sysctl_set("gc_delay", 0));
	CHILD_AS(self->r.uid[0]) {
		struct race r = { .ring = add_ring("r", RING_S) };

		RUN_RACE(&r, churn, churn, churn_trees, read_all_of_proc);
		EXPECT_TRUE(wait_until(charged(self->r.uid[0], 2, 5 + 2 + 4), LATER_MS));
	}
}

/* Makes a keyring with keys that another keyring links, too. */
static void make_ending(struct race *r)
{
	char desc[8];

	r->key = add_ring("ending", RING_S);
	for (int i = 0; i < 8; i++) {
		snprintf(desc, sizeof(desc), "%d", i);
		r->kept[i] = add_user(desc, "x", r->key);
		if (r->kept[i] < 0 || kc_link(r->kept[i], r->other))
			note_bad(r, r->kept[i]);
	}
}

static void *invalidate_kept(void *arg)
{
	struct race *r = arg;

	barrier_wait(&r->start);
	for (int i = 0; i < 8; i++)
		kc_invalidate(r->kept[i]);
	return NULL;
}

/* A keyring ends while its keys are invalidated: each link is refunded once. */
TEST_F_TIMEOUT(race, invalidate_against_dismantled_keyring, 120)
{
	CHILD_AS(self->r.uid[0]) {
		struct race r = { .start = { .total = 2 } };
		pthread_t thread;
		int uneven = 0;

		r.other = add_ring("other", RING_S);
		for (int i = 0; i < 1000; i++) {
			make_ending(&r);
			ASSERT_EQ(0, pthread_create(&thread, NULL, invalidate_kept, &r));
			barrier_wait(&r.start);
			ASSERT_EQ(0, kc_unlink(r.key, RING_S));
			pthread_join(thread, NULL);
			uneven += !wait_until(charged(self->r.uid[0], 2, 5 + 6 + 4), 500);
			if (uneven)
				break;
		}
		EXPECT_EQ(0, uneven);
		EXPECT_EQ(0, r.bad);
	}
}

#include "race/invalidate.c"
#include "race/session.c"

/* ---- watching ------------------------------------------------------- */

static void watch_and_close(struct race *r)
{
	int fd[2];
	long ret;

	if (!watch_pipe(fd, 16))
		return;
	/*
	 * The number of watches per user is limited, and they are freed with a
	 * delay.
	 */
	ret = MAY(r, kc_watch(r->ring, fd[0], 1), 0, -EAGAIN);
	MAY(r, kc_watch(load(&r->key), fd[0], 2), 0, -EAGAIN, -ENOKEY, -EKEYREVOKED, -EACCES);
	if (ret == 0 && r->rounds++ & 1)
		MAY(r, kc_watch(r->ring, fd[0], -1), 0);
	close(fd[0]);
	close(fd[1]);
}

TEST_F(race, watch_against_everything)
{
	REQUIRE_WATCH();
	RUN_RACE(&self->r, watch_and_close, renew_key, revoke_key, clear);
	EXPECT_LT(0, self->r.rounds);
}

TEST_HARNESS_MAIN
