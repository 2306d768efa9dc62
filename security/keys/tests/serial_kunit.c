// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tests of serial numbers: they are unique, are found while assigned, and are
 * walked in order.
 */
#include <linux/kthread.h>

#include "keys_kunit.h"

#define SERIAL_TEST_KEYS	2000

static struct key **serial_test_keys(struct kunit *test, unsigned int nr)
{
	struct key **keys = keys_kunit_zalloc(test, nr * sizeof(*keys));
	unsigned int i;

	for (i = 0; i < nr; i++)
		keys[i] = keys_kunit_fake(test, NULL);
	return keys;
}

/* The test frees its keys at its end, so RCU readers must finish before */
static void serial_test_remove_all(struct key **keys, unsigned int nr)
{
	unsigned int i;

	for (i = 0; i < nr; i++)
		key_serial_remove(keys[i]);
	synchronize_rcu();
}

static void serial_test_assign_gives_numbers(struct kunit *test)
{
	struct key **keys = serial_test_keys(test, SERIAL_TEST_KEYS), *found;
	unsigned int refs = keys_kunit_refs(keys[0]);
	int i;

	for (i = 0; i < SERIAL_TEST_KEYS; i++) {
		key_serial_assign(keys[i]);
		KUNIT_EXPECT_GE(test, keys[i]->serial, SERIAL_FIRST);
	}
	for (i = 0; i < SERIAL_TEST_KEYS; i++) {
		found = key_lookup(keys[i]->serial);
		KUNIT_EXPECT_PTR_EQ(test, found, keys[i]);
		KUNIT_EXPECT_EQ(test, keys_kunit_refs(keys[i]), refs + 1);
		refcount_dec(&keys[i]->usage);
	}
	serial_test_remove_all(keys, SERIAL_TEST_KEYS);
	for (i = 0; i < SERIAL_TEST_KEYS; i++)
		KUNIT_EXPECT_PTR_EQ(test, key_lookup(keys[i]->serial),
				    ERR_PTR(-ENOKEY));
}

/* Returns an unused number: the number of a key that was removed again. */
static key_serial_t serial_test_unused(struct kunit *test)
{
	struct key *key = keys_kunit_fake(test, NULL);

	key_serial_assign(key);
	key_serial_remove(key);
	synchronize_rcu();
	return key->serial;
}

static void serial_test_try_collision(struct kunit *test)
{
	key_serial_t serial = serial_test_unused(test);
	struct key **keys = serial_test_keys(test, 2);

	KUNIT_EXPECT_TRUE(test, serial_try(keys[0], serial));
	KUNIT_EXPECT_FALSE(test, serial_try(keys[1], serial));
	KUNIT_EXPECT_EQ(test, keys[0]->serial, serial);
	KUNIT_EXPECT_EQ(test, keys[1]->serial, 0);
	KUNIT_EXPECT_PTR_EQ(test, key_lookup(serial), keys[0]);
	key_serial_remove(keys[0]);
	KUNIT_EXPECT_TRUE(test, serial_try(keys[1], serial));
	KUNIT_EXPECT_PTR_EQ(test, key_lookup(serial), keys[1]);
	serial_test_remove_all(keys + 1, 1);
}

static void serial_test_try_reserved(struct kunit *test)
{
	struct key **keys = serial_test_keys(test, 1);

	KUNIT_EXPECT_FALSE(test, serial_try(keys[0], 0));
	KUNIT_EXPECT_FALSE(test, serial_try(keys[0], 1));
	KUNIT_EXPECT_FALSE(test, serial_try(keys[0], SERIAL_FIRST - 1));
	/* Removing a key that has no number must do nothing */
	key_serial_remove(keys[0]);
	KUNIT_EXPECT_PTR_EQ(test, key_lookup(0), ERR_PTR(-ENOKEY));
	KUNIT_EXPECT_PTR_EQ(test, key_lookup(-1), ERR_PTR(-ENOKEY));
	KUNIT_EXPECT_PTR_EQ(test, key_lookup(INT_MIN), ERR_PTR(-ENOKEY));
}

static void serial_test_lookup_without_references(struct kunit *test)
{
	struct key **keys = serial_test_keys(test, 1);

	key_serial_assign(keys[0]);
	refcount_set(&keys[0]->usage, 0);
	KUNIT_EXPECT_PTR_EQ(test, key_lookup(keys[0]->serial),
			    ERR_PTR(-ENOKEY));
	KUNIT_EXPECT_PTR_NE(test, key_serial_next(keys[0]->serial), keys[0]);
	serial_test_remove_all(keys, 1);
}

static bool serial_test_is_ours(const struct key *key, struct key **keys,
				unsigned int nr)
{
	while (nr--)
		if (keys[nr] == key)
			return true;
	return false;
}

/* Walks all keys. Returns how many of them are in @keys. */
static unsigned int serial_test_walk(struct kunit *test, struct key **keys,
				     unsigned int nr)
{
	key_serial_t from = 0, last = 0;
	unsigned int found = 0;
	struct key *key;

	while ((key = key_serial_next(from))) {
		KUNIT_EXPECT_GE(test, key->serial, from);
		KUNIT_EXPECT_GT(test, key->serial, last);
		last = key->serial;
		if (serial_test_is_ours(key, keys, nr)) {
			found++;
			refcount_dec(&key->usage);
		} else {
			key_put(key);
		}
		if (last == INT_MAX)
			break;
		from = last + 1;
	}
	return found;
}

static void serial_test_next_walks_in_order(struct kunit *test)
{
	struct key **keys = serial_test_keys(test, 500);
	int i;

	for (i = 0; i < 500; i++)
		key_serial_assign(keys[i]);
	KUNIT_EXPECT_EQ(test, serial_test_walk(test, keys, 500), 500);
	serial_test_remove_all(keys, 250);
	KUNIT_EXPECT_EQ(test, serial_test_walk(test, keys, 500), 250);
	serial_test_remove_all(keys + 250, 250);
	KUNIT_EXPECT_EQ(test, serial_test_walk(test, keys, 500), 0);
}

/* Uses the first and the last number of each range */
static void serial_test_next_across_ranges(struct kunit *test)
{
	unsigned int nr = 2 * ARRAY_SIZE(shards), placed = 0, i;
	struct key **keys = serial_test_keys(test, nr);

	for (i = 0; i < nr; i++) {
		key_serial_t first = (i / 2) << SHARD_SHIFT;

		placed += serial_try(keys[i], i % 2 ?
				     first + (1 << SHARD_SHIFT) - 1 : first);
	}
	/* 0 is no serial number, and a real key may hold one of the others */
	KUNIT_EXPECT_GE(test, placed, nr - 2);
	KUNIT_EXPECT_EQ(test, serial_test_walk(test, keys, nr), placed);
	serial_test_remove_all(keys, nr);
}

/**
 * struct serial_test_race - a reader that runs against a writer
 * @keys: keys that have numbers all the time
 * @nr: number of @keys
 * @missed: number of failed lookups
 * @looked: number of lookups
 */
struct serial_test_race {
	struct key	**keys;
	unsigned int	nr;
	unsigned int	missed;
	unsigned long	looked;
};

static int serial_test_reader(void *data)
{
	struct serial_test_race *race = data;

	while (!kthread_should_stop()) {
		struct key *key = race->keys[race->looked++ % race->nr];

		if (key_lookup(key->serial) == key)
			refcount_dec(&key->usage);
		else
			race->missed++;
		if (!(race->looked % 64))
			cond_resched();
	}
	return 0;
}

/* Keys are found while other keys are added and removed around them. */
static void serial_test_lookup_during_changes(struct kunit *test)
{
	struct serial_test_race race = { .nr = 64 };
	struct task_struct *reader;
	struct key **others;
	unsigned int i, j;

	race.keys = serial_test_keys(test, race.nr);
	others = serial_test_keys(test, 200);
	for (i = 0; i < race.nr; i++)
		serial_try(race.keys[i], SERIAL_FIRST + 7 * i);
	reader = kthread_run(serial_test_reader, &race, "keys_kunit_reader");
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, reader);
	for (i = 0; i < 50; i++) {
		/*
		 * All keys are in one range, so that its tree is rotated often
		 */
		for (j = 0; j < 200; j++)
			serial_try(others[j], SERIAL_FIRST + 7 * 64 + j);
		for (j = 0; j < 200; j++)
			key_serial_remove(others[j]);
		/*
		 * A node may be used again only after all RCU readers have
		 * finished
		 */
		synchronize_rcu();
		/*
		 * The reader needs processor time if there is only one
		 * processor
		 */
		schedule_timeout_uninterruptible(1);
	}
	kthread_stop(reader);
	KUNIT_EXPECT_EQ(test, race.missed, 0);
	KUNIT_EXPECT_GT(test, race.looked, 0);
	serial_test_remove_all(race.keys, race.nr);
}

static struct kunit_case serial_test_cases[] = {
	KUNIT_CASE(serial_test_assign_gives_numbers),
	KUNIT_CASE(serial_test_try_collision),
	KUNIT_CASE(serial_test_try_reserved),
	KUNIT_CASE(serial_test_lookup_without_references),
	KUNIT_CASE(serial_test_next_walks_in_order),
	KUNIT_CASE(serial_test_next_across_ranges),
	KUNIT_CASE(serial_test_lookup_during_changes),
	{}
};

static struct kunit_suite serial_test_suite = {
	.name		= "keys_serial",
	.test_cases	= serial_test_cases,
};

kunit_test_suite(serial_test_suite);
