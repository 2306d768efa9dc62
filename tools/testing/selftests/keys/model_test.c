// SPDX-License-Identifier: GPL-2.0-only
/*
 * Compares 100 000 random operations with a model. The processes of three users
 * make operations of every kind. The result of each call, the charges in
 * /proc/key-users and the links of each keyring must agree with the model.
 *
 * KEYS_MODEL_SEED and KEYS_MODEL_OPS select another sequence and its length. A
 * seed repeats the same sequence, except for expiry, which depends on the
 * clock.
 */
#include "model/rings.h"

enum { EVERY = 1000, PHASE = 5000, DEFAULT_OPS = 100000 };

/* After a burst in which keys got a timeout of one second, see op_expire(). */
enum { BURST_OVER = 3000 };

/* No revoked or expired key is collected until the test sets another delay. */
#define GC_NEVER 100000

static const struct {
	bool (*run)(int who);
	int weight;
} ops[] = {
	{ op_add_user, 300 }, { op_add_ring, 60 }, { op_update, 100 }, { op_link, 140 },
	{ op_unlink, 40 }, { op_move, 60 }, { op_clear, 2 }, { op_timeout, 20 },
	{ op_expire, 60 }, { op_invalidate, 10 }, { op_revoke, 10 }, { op_stale, 10 },
	{ op_cap, 10 }, { op_chown, 60 }, { op_setperm, 30 }, { op_search, 40 },
	{ op_request, 40 }, { op_join, 1 }, { op_special, 5 }, { op_construct, 10 },
};

static void operate(int who)
{
	int total = 0, i, n;

	for (i = 0; i < (int)ARRAY_SIZE(ops); i++)
		total += ops[i].weight;
	m->op++;
	m->now = time(NULL);
	/* Few operations are possible without a usable session keyring */
	if (state_error(m->user[who].root[SESSION]) && chance(20) && op_join(who))
		return;
	do {
		n = draw(total);
		for (i = 0; n >= ops[i].weight; i++)
			n -= ops[i].weight;
		m->now = time(NULL);
	} while (!ops[i].run(who));
}

/* ---- processes of the users ----------------------------------------- */

static struct {
	pid_t pid;
	int to, from;
} process[USERS];

/*
 * Makes as many operations as the parent requests; ends when this number is 0.
 */
static void process_main(struct __test_metadata *_metadata, int who, int to, int from)
{
	struct user *u = &m->user[who];
	unsigned char n = 0;

	prctl(PR_SET_KEEPCAPS, 1);
	ASSERT_EQ(0, drop_to(u->uid, u->uid));
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	ASSERT_TRUE(cap_set(u, false));
	m->now = time(NULL);
	ASSERT_TRUE(join_new(who, NULL));
	do {
		for (int i = 0; i < n; i++)
			operate(who);
	} while (write(from, &n, 1) == 1 && read(to, &n, 1) == 1 && n);
	fflush(NULL);
	_exit(n);
}

/* The process answers after its operations, unless one was wrong. */
static bool process_done(int who)
{
	unsigned char n;

	return read(process[who].from, &n, 1) == 1;
}

static bool process_tell(int who, unsigned char n)
{
	return write(process[who].to, &n, 1) == 1;
}

static void process_start(struct __test_metadata *_metadata, int who)
{
	int to[2], from[2];

	ASSERT_EQ(0, pipe2(to, O_CLOEXEC));
	ASSERT_EQ(0, pipe2(from, O_CLOEXEC));
	process[who].pid = keys_fork(_metadata);
	if (process[who].pid == 0) {
		close(to[1]);
		close(from[0]);
		process_main(_metadata, who, to[0], from[1]);
	}
	close(to[0]);
	close(from[1]);
	process[who].to = to[1];
	process[who].from = from[0];
	ASSERT_TRUE(process_done(who));
}

/* Keys that only the process had end with it. */
static void process_end(struct __test_metadata *_metadata, int who)
{
	ASSERT_TRUE(process_tell(who, 0));
	JOIN_CHILD(process[who].pid);
	close(process[who].to);
	close(process[who].from);
	for (int i = 0; i < ROOTS; i++)
		root_set(&m->user[who], i, NOBODY);
}

/* ---- comparing ---------------------------------------------------------- */

/* Keys that end with a process or a keyring are charged a little longer. */
static void compare_charges(struct __test_metadata *_metadata)
{
	for (int who = 0; who < USERS; who++) {
		ASSERT_TRUE(wait_until(charges_are_right(who), LATER_MS)) {
			TH_LOG("after operation %ld, user %d", m->op, who);
			log_print();
			users_print();
		}
	}
}

static void compare_links(struct __test_metadata *_metadata, int ring, long got)
{
	key_serial_t list[KEYS];

	ASSERT_EQ((long)(m->key[ring].links * sizeof(*list)), got);
	ASSERT_EQ(got, kc_read(m->key[ring].id, list, sizeof(list)));
	for (int i = 0; i < m->key[ring].links; i++) {
		int k = key_of(list[i]);

		ASSERT_NE(NOBODY, k);
		ASSERT_TRUE(ring_links(ring, k)) {
			TH_LOG("%ld is linked to %ld", m->key[k].id, m->key[ring].id);
		}
	}
}

static void compare_contents(struct __test_metadata *_metadata, int k)
{
	const struct mkey *key = &m->key[k];
	long want = key->neg ? -key->neg : state_error(k), got;

	got = kc_read(key->id, NULL, 0);
	if (!want && key->ring) {
		compare_links(_metadata, k, got);
		return;
	}
	ASSERT_EQ(want ? want : key->plen, got) {
		TH_LOG("after operation %ld: key %ld", m->op, key->id);
	}
}

static void compare_attributes(struct __test_metadata *_metadata, int k)
{
	const struct mkey *key = &m->key[k];
	struct key_desc d;
	long want = state_error(k);

	ASSERT_EQ(want, describe(key->id, &d)) {
		TH_LOG("after operation %ld: key %ld", m->op, key->id);
	}
	if (want)
		return;
	ASSERT_EQ(m->user[key->owner].uid, (uid_t)d.uid);
	ASSERT_EQ(m->user[key->group].uid, (uid_t)d.gid);
	ASSERT_EQ(key->perm, d.perm);
	ASSERT_STREQ(key->desc, d.desc);
}

static void compare(struct __test_metadata *_metadata)
{
	m->now = time(NULL);
	compare_charges(_metadata);
	for (int k = 0; k < KEYS; k++) {
		if (!m->key[k].live || !is_sure(k))
			continue;
		compare_contents(_metadata, k);
		compare_attributes(_metadata, k);
	}
}

/* ---- the test ----------------------------------------------------------- */

static bool all_sure(void)
{
	m->now = time(NULL);
	return !any_unsure(0) && !any_unsure(1) && !any_unsure(2);
}

/* Draws new limits: often just above one user's usage, below that of others. */
static void draw_limits(struct __test_metadata *_metadata)
{
	struct key_user u = usage_of(draw(USERS));

	m->maxkeys = 30 + draw(50);
	m->maxbytes = 1000 + draw(4000);
	if (chance(50) && u.qnkeys > 20 && u.qnkeys < 70)
		m->maxkeys = u.qnkeys + draw(10);
	if (chance(70) && u.qnbytes > 800)
		m->maxbytes = u.qnbytes + draw(200);
	ASSERT_EQ(0, sysctl_set("maxkeys", m->maxkeys));
	ASSERT_EQ(0, sysctl_set("maxbytes", m->maxbytes));
}

/*
 * On a fast machine all operations of a phase are done before any key expires.
 * So every other phase waits until keys have expired.
 */
static bool time_to_expire(void)
{
	return m->op % (2 * PHASE) == BURST_OVER;
}

/* Lets all revoked and expired keys be collected. */
static void forget_ended(struct __test_metadata *_metadata)
{
	ASSERT_TRUE(wait_until(all_sure(), LATER_MS));
	ASSERT_EQ(0, sysctl_set("gc_delay", 0));
	for (int who = 0; who < USERS; who++)
		reclaim(who);
	compare(_metadata);
	ASSERT_EQ(0, sysctl_set("gc_delay", GC_NEVER));
}

FIXTURE(model) {
	long maxkeys, maxbytes, gc_delay;
};

FIXTURE_SETUP(model)
{
	REQUIRE_ROOT();
	self->maxkeys = sysctl_get("maxkeys");
	self->maxbytes = sysctl_get("maxbytes");
	self->gc_delay = sysctl_get("gc_delay");
	SETUP_AS(true);
	if (!upcall_works(_metadata)) {
		ASSERT_EQ(NULL, getenv("KEYS_UPCALL_MUST_WORK"));
		TH_LOG("cannot be " UPCALL_PROGRAM " here: no key is requested from a helper");
		up = NULL;
	}
	m = shared_alloc(sizeof(*m));
	ASSERT_NE(NULL, m);
	ASSERT_EQ(0, sysctl_set("gc_delay", GC_NEVER));
	for (int who = 0; who < USERS; who++) {
		m->user[who].uid = fresh_uid();
		for (int i = 0; i < ROOTS; i++)
			m->user[who].root[i] = NOBODY;
	}
}

FIXTURE_TEARDOWN(model)
{
	sysctl_set("maxkeys", self->maxkeys);
	sysctl_set("maxbytes", self->maxbytes);
	sysctl_set("gc_delay", self->gc_delay);
}

static long from_environment(const char *name, long otherwise)
{
	const char *value = getenv(name);

	return value ? atol(value) : otherwise;
}

/* One process makes operations, at most until the next comparison. */
static void turn(struct __test_metadata *_metadata)
{
	int who = draw(USERS), n = 1 + draw(250), left = EVERY - m->op % EVERY;

	ASSERT_TRUE(process_tell(who, n < left ? n : left));
	ASSERT_TRUE(process_done(who)) {
		TH_LOG("operation %ld", m->op);
	}
	m->now = time(NULL);
	if (chance(8) && fits(who, 1, SES_COST)) {
		process_end(_metadata, who);
		process_start(_metadata, who);
	}
}

TEST_F_TIMEOUT(model, three_users, 280)
{
	long seed = from_environment("KEYS_MODEL_SEED", time(NULL) * 1000003 + getpid());
	long total = from_environment("KEYS_MODEL_OPS", DEFAULT_OPS);

	/* Similar seeds must give different sequences, and no state may be 0 */
	m->random = (seed + 1) * 0x9e3779b97f4a7c15UL | 1;
	printf("# KEYS_MODEL_SEED=%ld\n", seed);
	draw_limits(_metadata);
	for (int who = 0; who < USERS; who++)
		process_start(_metadata, who);
	while (m->op < total) {
		turn(_metadata);
		if (m->op % EVERY == 0)
			compare(_metadata);
		if (time_to_expire())
			ASSERT_TRUE(wait_until(all_sure(), LATER_MS));
		if (m->op % PHASE == 0)
			forget_ended(_metadata);
		if (m->op % EVERY == 0)
			draw_limits(_metadata);
	}
	printf("# %ld operations, %ld calls, %ld errors, %ld EDQUOT, %ld reclaims\n", m->op,
	       m->calls, m->errors, m->refusals, m->reclaims);
	for (int who = 0; who < USERS; who++)
		process_end(_metadata, who);
	compare_charges(_metadata);
}

UPCALL_MAIN(verbs)
