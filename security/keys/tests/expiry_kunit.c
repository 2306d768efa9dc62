// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tests of the expiry queue: keys leave the queue in the order of their expiry,
 * and not before expiry and gc_delay are over.
 */
#include "keys_kunit.h"

#define EXPIRY_TEST_KEYS	300

static struct key *expiry_test_key(struct kunit *test, time64_t end,
				   bool instant)
{
	struct key *key = keys_kunit_fake(test, NULL);

	key->expiry = end;
	if (instant)
		__set_bit(KEY_FLAG_INSTANT_REAP, &key->flags);
	return key;
}

/*
 * The queue is not on the stack, because debug objects expects the work item of
 * the queue to be elsewhere.
 */
static struct expiry_queue *expiry_test_queue(struct kunit *test)
{
	struct expiry_queue *queue = keys_kunit_zalloc(test, sizeof(*queue));

	expiry_queue_init(queue, NULL);
	return queue;
}

static void expiry_test_pop_in_order(struct kunit *test)
{
	struct expiry_queue *queue = expiry_test_queue(test);
	time64_t last = 0;
	struct rnd_state rnd;
	struct key *key;
	int i;

	keys_kunit_seed(&rnd);
	/* Many keys have the same expiry, because there are only 100 values */
	for (i = 0; i < EXPIRY_TEST_KEYS; i++)
		__expiry_insert(queue, expiry_test_key(test, 1000 +
					keys_kunit_below(&rnd, 100), false));
	for (i = 0; i < EXPIRY_TEST_KEYS; i++) {
		key = __expiry_pop(queue, 2000, 0);
		KUNIT_ASSERT_NOT_NULL(test, key);
		KUNIT_EXPECT_GE(test, key->expiry, last);
		KUNIT_EXPECT_FALSE(test, test_bit(KEY_FLAG_EXPIRY_QUEUED,
						  &key->flags));
		last = key->expiry;
	}
	KUNIT_EXPECT_NULL(test, __expiry_pop(queue, 2000, 0));
}

static void expiry_test_pop_not_before_expiry(struct kunit *test)
{
	struct key *key = expiry_test_key(test, 1000, false);
	struct expiry_queue *queue = expiry_test_queue(test);

	KUNIT_EXPECT_NULL(test, __expiry_pop(queue, 1000, 0));
	__expiry_insert(queue, key);
	KUNIT_EXPECT_NULL(test, __expiry_pop(queue, 999, 0));
	KUNIT_EXPECT_NULL(test, __expiry_pop(queue, 1000, 1));
	KUNIT_EXPECT_NULL(test, __expiry_pop(queue, 1299, 300));
	KUNIT_EXPECT_PTR_EQ(test, __expiry_pop(queue, 1300, 300), key);
	__expiry_insert(queue, key);
	KUNIT_EXPECT_PTR_EQ(test, __expiry_pop(queue, 1000, 0), key);
}

static void expiry_test_pop_of_instant_types(struct kunit *test)
{
	struct key *now = expiry_test_key(test, 1200, true);
	struct key *late = expiry_test_key(test, 1000, false);
	struct expiry_queue *queue = expiry_test_queue(test);

	__expiry_insert(queue, late);
	__expiry_insert(queue, now);
	KUNIT_EXPECT_NULL(test, __expiry_pop(queue, 1199, 300));
	/*
	 * "now" expires later but is collected first, as gc_delay does not
	 * apply to it
	 */
	KUNIT_EXPECT_PTR_EQ(test, __expiry_pop(queue, 1200, 300), now);
	KUNIT_EXPECT_NULL(test, __expiry_pop(queue, 1200, 300));
	KUNIT_EXPECT_PTR_EQ(test, __expiry_pop(queue, 1300, 300), late);
}

static void expiry_test_next_reap(struct kunit *test)
{
	struct key *now = expiry_test_key(test, 5000, true);
	struct key *late = expiry_test_key(test, 4900, false);
	unsigned int delay = key_gc_delay;
	struct expiry_queue *queue = expiry_test_queue(test);

	key_gc_delay = 300;
	KUNIT_EXPECT_EQ(test, __expiry_next_reap(queue), TIME64_MAX);
	__expiry_insert(queue, late);
	KUNIT_EXPECT_EQ(test, __expiry_next_reap(queue), 5200);
	__expiry_insert(queue, now);
	KUNIT_EXPECT_EQ(test, __expiry_next_reap(queue), 5000);
	key_gc_delay = 50;
	KUNIT_EXPECT_EQ(test, __expiry_next_reap(queue), 4950);
	__expiry_erase(queue, late);
	KUNIT_EXPECT_EQ(test, __expiry_next_reap(queue), 5000);
	key_gc_delay = delay;
}

static void expiry_test_erase_at_random(struct kunit *test)
{
	struct key **keys =
		keys_kunit_zalloc(test, EXPIRY_TEST_KEYS * sizeof(*keys));
	struct expiry_queue *queue = expiry_test_queue(test);
	struct rnd_state rnd;
	int i, left = 0;

	keys_kunit_seed(&rnd);
	for (i = 0; i < EXPIRY_TEST_KEYS; i++) {
		keys[i] = expiry_test_key(test, keys_kunit_below(&rnd, 50),
					  keys_kunit_below(&rnd, 2));
		__expiry_insert(queue, keys[i]);
	}
	for (i = 0; i < EXPIRY_TEST_KEYS; i++) {
		if (keys_kunit_below(&rnd, 2))
			left++;
		else
			__expiry_erase(queue, keys[i]);
	}
	/*
	 * Erase these keys once more: a key may be put after its expiry was
	 * removed
	 */
	for (i = 0; i < EXPIRY_TEST_KEYS; i++)
		if (!test_bit(KEY_FLAG_EXPIRY_QUEUED, &keys[i]->flags))
			__expiry_erase(queue, keys[i]);
	while (__expiry_pop(queue, 50, 0))
		left--;
	KUNIT_EXPECT_EQ(test, left, 0);
}

static void expiry_test_delay_is_bounded(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, expiry_delay(100, 100), 0);
	KUNIT_EXPECT_EQ(test, expiry_delay(99, 100), 0);
	KUNIT_EXPECT_EQ(test, expiry_delay(S64_MIN, 100), 0);
	KUNIT_EXPECT_EQ(test, expiry_delay(101, 100), HZ);
	KUNIT_EXPECT_EQ(test, expiry_delay(TIME64_MAX, 100),
			EXPIRY_MAX_SLEEP * HZ);
}

static struct kunit_case expiry_test_cases[] = {
	KUNIT_CASE(expiry_test_pop_in_order),
	KUNIT_CASE(expiry_test_pop_not_before_expiry),
	KUNIT_CASE(expiry_test_pop_of_instant_types),
	KUNIT_CASE(expiry_test_next_reap),
	KUNIT_CASE(expiry_test_erase_at_random),
	KUNIT_CASE(expiry_test_delay_is_bounded),
	{}
};

static struct kunit_suite expiry_test_suite = {
	.name		= "keys_expiry",
	.test_cases	= expiry_test_cases,
};

kunit_test_suite(expiry_test_suite);
