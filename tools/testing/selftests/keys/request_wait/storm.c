// SPDX-License-Identifier: GPL-2.0-only
/*
 * Two processes that share a session make ten thousand requests for a hundred
 * descriptions, while another one revokes, invalidates, unlinks and clears the
 * keys. No process may hang, and no charge may be left.
 */
#include <ctype.h>

#define DESCRIPTIONS 100
#define STORM_REQUESTERS 2
#define REQUESTS 5000	/* of each requester */
#define STEP 80		/* requests for each disturbance */
#define SLACK 4		/* disturbances by which one side may be ahead */
#define NEGATIVE_S 20
#define STORM_S 280

/* Every third key is negated, and one in ten is not answered. */
static void do_answer(void)
{
	char buf[128], *number;
	long n;

	kc_assume_authority(helper_key);
	if (kc_describe(helper_key, buf, sizeof(buf)) < 0)
		return;
	number = strrchr(buf, ';') + 2;
	n = isdigit((unsigned char)*number) ? atol(number) : 0;
	if (n % 10 == 9)
		return;
	if (n % 3 == 0)
		kc_negate(helper_key, NEGATIVE_S, 0);
	else
		kc_instantiate(helper_key, "payload", 7, 0);
}

static const struct verb storm_verbs[] = {
	{ "answer", do_answer },
	{ }
};

/* Shared by the processes of the storm: their progress and their results. */
struct storm {
	int done, disturbed, stop;
	int found, none, revoked, others;
};

static void count(int *what)
{
	__atomic_add_fetch(what, 1, __ATOMIC_ACQ_REL);
}

static void count_answer(struct storm *s, long answer)
{
	count(&s->done);
	if (answer > 0)
		count(&s->found);
	else if (answer == -ENOKEY)
		count(&s->none);
	else if (answer == -EKEYREVOKED || answer == -EKEYEXPIRED)
		count(&s->revoked);
	else
		count(&s->others);
}

/* Both sides run in parallel, but wait if they are too far ahead. */
static void request_many(struct __test_metadata *_metadata, struct storm *s, unsigned int seed)
{
	char desc[16];
	long answer;

	srand(seed);
	for (int i = 0; i < REQUESTS; i++) {
		while (shared_get(&s->done) > (shared_get(&s->disturbed) + SLACK) * STEP)
			sched_yield();
		snprintf(desc, sizeof(desc), "k%d", rand() % DESCRIPTIONS);
		answer = sys_request_key("user", desc, "callout", RING_S);
		count_answer(s, answer);
		if (answer < 0 && answer != -ENOKEY && answer != -EKEYREVOKED)
			TH_LOG("%s: %ld", desc, answer);
	}
}

/* Returns one of the links of the session keyring, or 0. */
static long some_key(void)
{
	static key_serial_t list[DESCRIPTIONS * 2];
	long n = kc_read(RING_S, list, sizeof(list)) / (long)sizeof(*list);

	return n > 0 && n <= (long)ARRAY_SIZE(list) ? list[rand() % n] : 0;
}

static void disturb_once(int i)
{
	if (i % 50 == 24) {
		kc_clear(RING_S);
		return;
	}
	switch (i % 8) {
	case 0 ... 2:
		kc_invalidate(some_key());
		break;
	case 3 ... 4:
		kc_unlink(some_key(), RING_S);
		break;
	default:
		kc_revoke(some_key());
		break;
	}
}

static void disturb(struct storm *s)
{
	srand(99);
	for (int i = 0; !shared_get(&s->stop); i++) {
		disturb_once(i);
		count(&s->disturbed);
		/* Do not spin, because the helpers need the processor. */
		while (shared_get(&s->done) < i * STEP && !shared_get(&s->stop))
			sleep_ms(1);
	}
}

static void storm_run(struct __test_metadata *_metadata, struct storm *s)
{
	pid_t pids[STORM_REQUESTERS + 1];

	pids[STORM_REQUESTERS] = START_CHILD();
	if (pids[STORM_REQUESTERS] == 0) {
		disturb(s);
		END_CHILD();
	}
	for (int i = 0; i < STORM_REQUESTERS; i++) {
		pids[i] = START_CHILD();
		if (pids[i] == 0) {
			request_many(_metadata, s, i);
			END_CHILD();
		}
	}
	for (int i = 0; i < STORM_REQUESTERS; i++)
		JOIN_CHILD(pids[i]);
	shared_set(&s->stop, 1);
	JOIN_CHILD(pids[STORM_REQUESTERS]);
}

static void expect_storm(struct __test_metadata *_metadata, const struct storm *s)
{
	TH_LOG("%d requests: %d found, %d negative, %d revoked; %d upcalls, %d disturbances",
	       s->done, s->found, s->none, s->revoked, up->calls, s->disturbed);
	EXPECT_EQ(STORM_REQUESTERS * REQUESTS, s->done);
	EXPECT_EQ(0, s->others);
	EXPECT_EQ(up->calls, up->ended);
	/* Each kind of result must have occurred. */
	EXPECT_LT(DESCRIPTIONS, up->calls);
	EXPECT_LT(DESCRIPTIONS, s->found);
	EXPECT_LT(0, s->none);
}

static bool is_uninstantiated(const struct key_line *k, void *uid)
{
	return k->uid == *(uid_t *)uid && strchr(k->flags, 'U');
}

/* Is any key of @uid still under construction? */
static bool any_uninstantiated(uid_t uid)
{
	struct key_line k;

	return proc_find(&k, is_uninstantiated, &uid);
}

static bool same_account(const struct key_user *a, uid_t uid)
{
	struct key_user b;

	proc_user(uid, &b);
	return a->nkeys == b.nkeys && a->nikeys == b.nikeys && a->qnkeys == b.qnkeys &&
	       a->qnbytes == b.qnbytes;
}

FIXTURE(storm) {
};

FIXTURE_SETUP(storm)
{
}

FIXTURE_TEARDOWN(storm)
{
}

TEST_F_TIMEOUT(storm, requests_against_revoke_invalidate_clear, STORM_S)
{
	struct storm *s = shared_alloc(sizeof(*s));
	uid_t uid = fresh_uid();
	struct key_user before, after;

	REQUIRE_UPCALL();
	verb("answer");
	CHILD_AS(uid) {
		/*
		 * With a second root, revoked keys are requested anew. Make the
		 * pair, too.
		 */
		EXPECT_LT(0, kc_get_keyring_id(RING_T, 1));
		EXPECT_LT(0, kc_get_keyring_id(RING_U, 0));
		EXPECT_TRUE(proc_user(uid, &before));
		storm_run(_metadata, s);
		expect_storm(_metadata, s);
		EXPECT_FALSE(any_uninstantiated(uid));
		EXPECT_EQ(0, kc_clear(RING_S));
		EXPECT_TRUE(wait_until(same_account(&before, uid), LATER_MS)) {
			proc_user(uid, &after);
			TH_LOG("%d/%d keys, %d/%d charged; %d/%d, %d/%d before",
			       after.nkeys, after.nikeys, after.qnkeys, after.qnbytes,
			       before.nkeys, before.nikeys, before.qnkeys, before.qnbytes);
		}
	}
	/* Only the pair may be left, as it stays on the stock kernel. */
	EXPECT_TRUE(wait_until((proc_user(uid, &after), after.nkeys <= 2), LATER_MS));
}
