// SPDX-License-Identifier: GPL-2.0-only
/*
 * A race with a negative key: other calls make the key positive and unlink it,
 * while a thread requests it.
 */

#define RACE_ROUNDS 20
#define RINGS_OF_ROUND 10

/* What a thread is told that requests a key again and again. */
struct answers {
	int stop, found, none;
	long other;
};

static void *race_request(void *arg)
{
	struct answers *a = arg;

	while (!shared_get(&a->stop)) {
		long answer = sys_request_key("user", "k", NULL, 0);

		if (answer > 0)
			__atomic_add_fetch(&a->found, 1, __ATOMIC_ACQ_REL);
		else if (answer == -ENOKEY)
			__atomic_add_fetch(&a->none, 1, __ATOMIC_ACQ_REL);
		else
			a->other = answer;
	}
	return NULL;
}

/* Waits until a request that begins now gets this kind of answer. */
static bool is_told_again(const int *answers)
{
	int before = shared_get(answers);

	/* The first answer may be to a request that began before */
	return wait_until(shared_get(answers) - before > 1, LATER_MS);
}

/* Another keyring links a key that is never negative. */
static void add_and_clear(struct __test_metadata *_metadata, long ring)
{
	for (int i = 0; i < RINGS_OF_ROUND; i++) {
		long answer;

		EXPECT_LT(0, add_user("k", "+", ring));
		answer = sys_request_key("user", "k", NULL, 0);
		EXPECT_TRUE(answer > 0 || answer == -ENOKEY);
		EXPECT_EQ(0, kc_clear(ring));
	}
}

/* A negative key becomes positive and is unlinked, while a thread searches. */
TEST(cve_2017_15951_search_against_add_and_clear)
{
	REQUIRE_UPCALL();
	CHILD_AS(0) {
		static struct answers a;
		pthread_t thread;
		long ring, negative;

		verb("negate");
		up->arg[1] = 60;
		ASSERT_LT(0, kc_get_keyring_id(RING_P, 1));
		ring = add_ring("ring", RING_S);
		ASSERT_EQ(0, pthread_create(&thread, NULL, race_request, &a));
		for (int i = 0; i < RACE_ROUNDS; i++) {
			EXPECT_EQ(-ENOKEY, request("k", RING_P));
			negative = only_link(RING_P);
			EXPECT_EQ(up->key, negative);
			add_and_clear(_metadata, ring);
			EXPECT_TRUE(is_told_again(&a.none));
			EXPECT_EQ(negative, add_user("k", "+", RING_P));
			EXPECT_EQ(negative, sys_request_key("user", "k", NULL, 0));
			EXPECT_TRUE(is_told_again(&a.found));
			EXPECT_EQ(0, kc_clear(RING_P));
		}
		shared_set(&a.stop, 1);
		pthread_join(thread, NULL);
		EXPECT_EQ(0, a.other);
		EXPECT_EQ(RACE_ROUNDS, up->calls);
	}
}
