// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tests when a call at the limit is refused: not while a charge is about to be
 * refunded, and at once otherwise. The keyrings of a process that has exited
 * stay charged until an RCU grace period has freed its credentials.
 */

/* Number of processes of the user, one after another */
#define ROUNDS 12
/* Number of them that may be refused too early, on a busy machine */
#define ROUNDS_LATE 3
/* Number of refused calls in a row */
#define REFUSALS 100
#define MAXKEYS 200
#define MAXBYTES 20000

FIXTURE(wait) {
	long maxkeys, maxbytes;
	uid_t uid;
};

FIXTURE_SETUP(wait)
{
	REQUIRE_ROOT();
	self->maxkeys = sysctl_get("maxkeys");
	self->maxbytes = sysctl_get("maxbytes");
	ASSERT_EQ(0, sysctl_set("maxkeys", MAXKEYS));
	ASSERT_EQ(0, sysctl_set("maxbytes", MAXBYTES));
	self->uid = fresh_uid();
}

FIXTURE_TEARDOWN(wait)
{
	sysctl_set("maxkeys", self->maxkeys);
	sysctl_set("maxbytes", self->maxbytes);
}

/* Returns the number of keys that fitted into the quota. */
static int fill_keys(void)
{
	char desc[16];
	long id;
	int n = 0;

	do {
		snprintf(desc, sizeof(desc), "%d", n);
		id = add_user(desc, "x", RING_S);
	} while (id > 0 && ++n < 2 * MAXKEYS);
	return id == -EDQUOT ? n : -1;
}

static long add_too_big(void)
{
	static const char payload[MAXBYTES];

	return sys_add_key("user", "big", payload, sizeof(payload), RING_S);
}

/* Returns the time of @n refusals in ms, or -1 if a call is not refused. */
static long refusals_ms(int n)
{
	uint64_t start = now_ms();

	while (n--)
		if (add_too_big() != -EDQUOT)
			return -1;
	return now_ms() - start;
}

/* Returns how many keys fit into the quota besides a session keyring. */
static int join_and_fill(void)
{
	return kc_join(NULL) > 0 ? fill_keys() : -1;
}

/* Processes run one after another, and each uses the user's whole quota. */
TEST_F_TIMEOUT(wait, exited_process_makes_room, 200)
{
	int *room = shared_alloc(sizeof(*room)), late = 0;

	for (int i = 0; i < ROUNDS; i++) {
		*room = -1;
		CHILD() {
			ASSERT_EQ(0, drop_to(self->uid, self->uid));
			*room = join_and_fill();
		}
		/* All keys but the session keyring */
		late += *room != MAXKEYS - 1;
	}
	EXPECT_GE(ROUNDS_LATE, late);
}

/* The same, but the next process exists already and has waited for the exit. */
TEST_F_TIMEOUT(wait, exited_child_makes_room, 200)
{
	int *room = shared_alloc(sizeof(*room)), late = 0;

	CHILD_AS(self->uid) {
		for (int i = 0; i < ROUNDS; i++) {
			*room = -1;
			CHILD() {
				*room = join_and_fill();
			}
			late += *room != MAXKEYS - 2;
		}
		EXPECT_GE(ROUNDS_LATE, late);
	}
}

/* add_key(2) makes a session keyring if the process has none of its own. */
TEST_F_TIMEOUT(wait, exited_process_makes_room_for_a_session, 200)
{
	int *ok = shared_alloc(sizeof(*ok)), late = 0;

	for (int i = 0; i < ROUNDS; i++) {
		*ok = 0;
		CHILD() {
			/* This installs the user-session keyring as the session keyring */
			ASSERT_EQ(0, drop_to(self->uid, self->uid));
			ASSERT_LT(0, kc_get_keyring_id(RING_S, 0));
			*ok = add_user("first", "x", RING_S) > 0 && fill_keys() > 0;
		}
		late += !*ok;
	}
	EXPECT_GE(ROUNDS_LATE, late);
}

/* A login program joins a session with the user's real UID, as root otherwise. */
TEST_F_TIMEOUT(wait, exited_process_makes_room_for_the_real_uid, 200)
{
	int *joined = shared_alloc(sizeof(*joined)), late = 0;

	for (int i = 0; i < ROUNDS; i++) {
		CHILD() {
			ASSERT_EQ(0, drop_to(self->uid, self->uid));
			ASSERT_LT(0, kc_join(NULL));
			fill_keys();
		}
		*joined = 0;
		CHILD() {
			/* The first session keyring of a process is never refused */
			ASSERT_LT(0, kc_join(NULL));
			ASSERT_EQ(0, set_uids(self->uid, 0, 0));
			*joined = kc_join(NULL) > 0;
		}
		late += !*joined;
		/* The next round begins with an account that has room */
		ASSERT_TRUE(wait_until(charged(self->uid, 0, 0), LATER_MS));
	}
	EXPECT_GE(ROUNDS_LATE, late);
}

/* No charge of the user is about to be refunded. */
TEST_F(wait, full_account_refuses_at_once)
{
	CHILD_AS(self->uid) {
		long all;

		EXPECT_EQ(MAXKEYS - 1, fill_keys());
		all = refusals_ms(REFUSALS);
		EXPECT_LE(0, all);
		EXPECT_GE(1000, all);
	}
}

/* The charge of an exited process is not enough: only one call waits for it. */
TEST_F(wait, in_vain_is_not_again_and_again)
{
	CHILD_AS(self->uid) {
		long first, others;

		CHILD() {
			ASSERT_LT(0, kc_join(NULL));
			ASSERT_LT(0, add_user("k", "x", RING_S));
		}
		first = refusals_ms(1);
		others = refusals_ms(REFUSALS);
		TH_LOG("refused after %ld ms, %d times more within %ld ms", first,
		       REFUSALS, others);
		EXPECT_LE(0, first);
		EXPECT_GE(1500, first);
		EXPECT_LE(0, others);
		EXPECT_GE(3 * first + 500, others);
	}
}

/* Add keys to a keyring below another keyring: most of the user's quota. */
static long add_tree(int keys, size_t size)
{
	static const char payload[MAXBYTES];
	long outer = add_ring("outer", RING_S), ring = add_ring("inner", outer), id;
	char desc[16];

	for (int i = 0; i < keys; i++) {
		snprintf(desc, sizeof(desc), "%d", i);
		id = sys_add_key("user", desc, payload, size, ring);
		if (id < 0)
			return id;
	}
	return outer;
}

/* A caller is refused, unlinks a tree of keys and tries again at once. */
TEST_F_TIMEOUT(wait, room_made_after_a_refusal, 100)
{
	static const char payload[MAXBYTES];

	CHILD_AS(self->uid) {
		for (int i = 0; i < 4 * ROUNDS; i++) {
			long outer = add_tree(100, 180);

			ASSERT_LT(0, outer);
			ASSERT_EQ(-EDQUOT, sys_add_key("user", "big", payload, 18000, RING_S));
			ASSERT_EQ(0, kc_unlink(outer, RING_S));
			EXPECT_LT(0, sys_add_key("user", "big", payload, 18000, RING_S));
			ASSERT_EQ(0, kc_clear(RING_S));
		}
	}
}
