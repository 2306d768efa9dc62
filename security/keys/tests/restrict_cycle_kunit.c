// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tests of cycles of keyrings in which a restriction has one of the references:
 * a cycle that nobody uses is broken, and no other cycle is changed.
 */
#include "keys_kunit.h"

/**
 * struct cycle_test - a keyring that is restricted by a keyring that links it
 * @restricted: the restricted keyring; links @leaf
 * @by: the keyring that restricts @restricted, and links it
 * @leaf: key of the test; has a second reference as long as @restricted exists
 */
struct cycle_test {
	struct key	*restricted;
	struct key	*by;
	struct key	*leaf;
};

static int cycle_test_restrict(struct key *ring, struct key *by)
{
	restrict_test_by = by;
	return restrict_test_restrict(ring);
}

/* The caller has references to all three keys. */
static void cycle_test_make(struct kunit *test, struct cycle_test *c)
{
	c->restricted = keys_kunit_ring(test, "restricted");
	c->by = keys_kunit_ring(test, "by");
	c->leaf = keys_kunit_key(test, &restrict_test_type, "leaf");
	KUNIT_ASSERT_EQ(test, key_link(c->restricted, c->leaf), 0);
	KUNIT_ASSERT_EQ(test, cycle_test_restrict(c->restricted, c->by), 0);
	KUNIT_ASSERT_EQ(test, key_link(c->by, c->restricted), 0);
}

static void cycle_test_break(void)
{
	/* The work would hold the locks of a candidate now and then */
	cancel_delayed_work_sync(&cycles_work);
	break_cycles(&cycles_work.work);
	keys_kunit_reap();
}

static void cycle_test_expect_stays(struct kunit *test, struct cycle_test *c)
{
	const struct key_restriction *restriction;

	cycle_test_break();
	KUNIT_EXPECT_EQ(test, keys_kunit_refs(c->leaf), 2);
	if (keys_kunit_refs(c->leaf) != 2)
		return;
	restriction = c->restricted->restrict_link;
	KUNIT_EXPECT_PTR_EQ(test, restriction->key, c->by);
}

static void cycle_test_expect_gone(struct kunit *test, struct cycle_test *c)
{
	cycle_test_break();
	KUNIT_EXPECT_EQ(test, keys_kunit_refs(c->leaf), 1);
	key_put(c->leaf);
}

/* Its restriction still asks the type, about the contents of the keyring. */
static void cycle_test_expect_restricted(struct kunit *test,
					 struct cycle_test *c)
{
	unsigned int asked = restrict_test_seen.asked;

	restrict_test_seen.answer = -EKEYREJECTED;
	KUNIT_EXPECT_EQ(test, key_link(c->restricted, c->leaf), -EKEYREJECTED);
	KUNIT_EXPECT_EQ(test, restrict_test_seen.asked, asked + 1);
	KUNIT_EXPECT_PTR_EQ(test, restrict_test_seen.key, c->by);
	restrict_test_seen.answer = 0;
}

static void cycle_test_is_broken(struct kunit *test)
{
	unsigned int before = nr_named;
	struct cycle_test c;

	cycle_test_make(test, &c);
	KUNIT_EXPECT_EQ(test, nr_named, before + 1);
	key_put(c.restricted);
	key_put(c.by);
	cycle_test_expect_gone(test, &c);
	KUNIT_EXPECT_EQ(test, nr_named, before);
}

/* Each keyring of the cycle in turn is the one that is used. */
static void cycle_test_in_use_stays(struct kunit *test)
{
	struct cycle_test c;

	cycle_test_make(test, &c);
	key_put(c.by);
	cycle_test_expect_stays(test, &c);
	key_get(c.by);
	cycle_test_expect_restricted(test, &c);
	key_put(c.restricted);
	cycle_test_expect_stays(test, &c);
	key_put(c.by);
	cycle_test_expect_gone(test, &c);
}

/* Somebody uses a keyring that links a keyring of the cycle. */
static void cycle_test_below_a_used_ring_stays(struct kunit *test)
{
	struct key *near, *far;
	struct cycle_test c;

	cycle_test_make(test, &c);
	near = keys_kunit_keeper(test, "near", GLOBAL_ROOT_UID, c.restricted);
	far = keys_kunit_keeper(test, "far", GLOBAL_ROOT_UID, near);
	key_put(near);
	key_put(c.by);
	cycle_test_expect_stays(test, &c);
	key_get(c.by);
	cycle_test_expect_restricted(test, &c);
	key_put(c.by);
	key_put(c.restricted);
	cycle_test_expect_stays(test, &c);
	key_put(far);
	keys_kunit_reap();
	cycle_test_expect_gone(test, &c);
}

/* The keyring that restricts is kept by another one that it restricts. */
static void cycle_test_of_a_used_restriction_stays(struct kunit *test)
{
	struct key *other = keys_kunit_ring(test, "other");
	struct cycle_test c;

	cycle_test_make(test, &c);
	KUNIT_ASSERT_EQ(test, cycle_test_restrict(other, c.by), 0);
	key_put(c.restricted);
	key_put(c.by);
	cycle_test_expect_stays(test, &c);
	key_put(other);
	keys_kunit_reap();
	cycle_test_expect_gone(test, &c);
}

/* Three keyrings are restricted by one that links them through another one. */
static void cycle_test_of_many(struct kunit *test)
{
	struct key *middle, *more[2];
	struct cycle_test c;
	int i;

	cycle_test_make(test, &c);
	middle = keys_kunit_keeper(test, "middle", GLOBAL_ROOT_UID,
				   c.restricted);
	KUNIT_ASSERT_EQ(test, key_unlink(c.by, c.restricted), 0);
	KUNIT_ASSERT_EQ(test, key_link(c.by, middle), 0);
	for (i = 0; i < ARRAY_SIZE(more); i++) {
		more[i] = keys_kunit_ring(test, i ? "more" : "most");
		KUNIT_ASSERT_EQ(test, cycle_test_restrict(more[i], c.by), 0);
		KUNIT_ASSERT_EQ(test, key_link(middle, more[i]), 0);
	}
	keys_kunit_put_all(more, ARRAY_SIZE(more));
	key_put(c.restricted);
	key_put(c.by);
	cycle_test_expect_stays(test, &c);
	key_put(middle);
	cycle_test_expect_gone(test, &c);
}

/* A restriction by a restricted keyring: two references of restrictions. */
static void cycle_test_of_restrictions(struct kunit *test)
{
	struct key *top = keys_kunit_ring(test, "top");
	struct cycle_test c;

	cycle_test_make(test, &c);
	KUNIT_ASSERT_EQ(test, cycle_test_restrict(c.by, top), 0);
	KUNIT_ASSERT_EQ(test, key_unlink(c.by, c.restricted), 0);
	KUNIT_ASSERT_EQ(test, key_link(top, c.restricted), 0);
	key_put(c.restricted);
	key_put(c.by);
	cycle_test_expect_stays(test, &c);
	key_put(top);
	cycle_test_expect_gone(test, &c);
}

static void cycle_test_locked_ring_is_skipped(struct kunit *test)
{
	struct cycle_test c;

	cycle_test_make(test, &c);
	key_put(c.restricted);
	key_put(c.by);
	scoped_guard(rwsem_read, &c.restricted->sem)
		cycle_test_expect_stays(test, &c);
	cycle_test_expect_gone(test, &c);
}

/*
 * A cycle of more keyrings than the walk up can visit stays, and is not
 * changed. All references to the keyring that is visited first are counted
 * before the walk gives up, and the keyring in use is the one that is not seen.
 */
static void cycle_test_too_large_stays(struct kunit *test)
{
	struct cycle_test c;
	struct key *more;
	char name[16];
	int i;

	cycle_test_make(test, &c);
	for (i = 0; i < KEEPERS_MAX_RINGS - 1; i++) {
		snprintf(name, sizeof(name), "more%d", i);
		more = keys_kunit_ring(test, name);
		KUNIT_ASSERT_EQ(test, cycle_test_restrict(more, c.by), 0);
		KUNIT_ASSERT_EQ(test, key_link(c.by, more), 0);
		key_put(more);
	}
	key_put(c.by);
	KUNIT_EXPECT_EQ(test, keys_kunit_refs(c.by), KEEPERS_MAX_RINGS);
	cycle_test_expect_stays(test, &c);
	KUNIT_EXPECT_EQ(test, keys_kunit_refs(c.by), KEEPERS_MAX_RINGS);
	cycle_test_expect_restricted(test, &c);
	KUNIT_EXPECT_EQ(test, keyring_clear(c.by), 0);
	key_put(c.restricted);
	cycle_test_expect_gone(test, &c);
}

/* A restricted keyring that is in no cycle leaves the lists when freed. */
static void cycle_test_freed_ring_is_unlisted(struct kunit *test)
{
	unsigned int named = nr_named, restricted = nr_restricted;
	struct key *by = keys_kunit_ring(test, "by");
	struct key *ring = keys_kunit_ring(test, "restricted");

	KUNIT_ASSERT_EQ(test, cycle_test_restrict(ring, by), 0);
	KUNIT_EXPECT_EQ(test, nr_named, named + 1);
	KUNIT_EXPECT_EQ(test, nr_restricted, restricted + 1);
	KUNIT_EXPECT_FALSE(test, hlist_empty(&to_keyring(by)->restricts));
	key_put(ring);
	keys_kunit_reap();
	KUNIT_EXPECT_EQ(test, nr_named, named);
	KUNIT_EXPECT_EQ(test, nr_restricted, restricted);
	KUNIT_EXPECT_TRUE(test, hlist_empty(&to_keyring(by)->restricts));
	KUNIT_EXPECT_EQ(test, keys_kunit_refs(by), 1);
	key_put(by);
}

/* Returns the keyring that was taken out of the restriction, if any. */
static struct key *cycle_test_break_one(struct key *ring)
{
	struct key *named;

	guard(mutex)(&restrict_mutex);
	guard(keyring_nesting)();
	if (!down_write_trylock(&ring->sem))
		return NULL;
	named = __break_cycle(to_keyring(ring));
	up_write(&ring->sem);
	return named;
}

/* A task that finds the restricted keyring afterwards can link nothing. */
static void cycle_test_broken_ring_rejects(struct kunit *test)
{
	struct key *named;
	struct cycle_test c;
	unsigned int asked;

	cycle_test_make(test, &c);
	key_put(c.by);
	key_put(c.restricted);
	named = cycle_test_break_one(c.restricted);
	KUNIT_EXPECT_PTR_EQ(test, named, c.by);
	/* The keyring that was named still links the restricted keyring */
	asked = restrict_test_seen.asked;
	KUNIT_EXPECT_EQ(test, key_link(c.restricted, c.leaf), -EPERM);
	KUNIT_EXPECT_EQ(test, restrict_test_seen.asked, asked);
	key_drop(named);
	cycle_test_expect_gone(test, &c);
}

/* Only restrictions of types, and that name a keyring, are looked at. */
static void cycle_test_only_named_rings_are_listed(struct kunit *test)
{
	unsigned int named = nr_named, restricted = nr_restricted;
	struct key *rejects = keys_kunit_ring(test, "rejects");
	struct key *ring = keys_kunit_ring(test, "restricted");
	struct key *leaf = keys_kunit_key(test, &restrict_test_type, "leaf");

	KUNIT_EXPECT_EQ(test, 0, keyring_restrict(make_key_ref(rejects, true),
						  NULL, NULL));
	KUNIT_EXPECT_EQ(test, nr_restricted, restricted);
	KUNIT_EXPECT_EQ(test, cycle_test_restrict(ring, leaf), 0);
	KUNIT_EXPECT_EQ(test, nr_restricted, restricted + 1);
	KUNIT_EXPECT_EQ(test, nr_named, named);
	cycle_test_break();
	key_put(rejects);
	key_put(ring);
	keys_kunit_reap();
	KUNIT_EXPECT_EQ(test, keys_kunit_refs(leaf), 1);
	key_put(leaf);
}

/* The limit of links is for each candidate, not for all of them together. */
static void cycle_test_limit_is_of_one_walk(struct kunit *test)
{
	struct cycle_test c;
	struct key *named;
	int i;

	cycle_test_make(test, &c);
	key_put(c.by);
	for (i = 0; i <= KEEPERS_MAX_LINKS; i++) {
		named = cycle_test_break_one(c.restricted);
		KUNIT_EXPECT_NULL(test, named);
		key_drop(named);
	}
	key_put(c.restricted);
	cycle_test_expect_gone(test, &c);
}

/* The candidates take turns, so a batch of used ones does not hide a cycle. */
static void cycle_test_candidates_take_turns(struct kunit *test)
{
	struct key *by = keys_kunit_ring(test, "by");
	struct key **used;
	struct cycle_test c;
	int i;

	used = keys_kunit_zalloc(test, CYCLE_BATCH * sizeof(*used));
	for (i = 0; i < CYCLE_BATCH; i++) {
		used[i] = keys_kunit_ring(test, "used");
		KUNIT_ASSERT_EQ(test, cycle_test_restrict(used[i], by), 0);
	}
	cycle_test_make(test, &c);
	key_put(c.restricted);
	key_put(c.by);
	cycle_test_break();
	cycle_test_expect_gone(test, &c);
	keys_kunit_put_all(used, CYCLE_BATCH);
	key_put(by);
	keys_kunit_reap();
}

/* The work runs by itself, as long as a keyring restricts another one. */
static void cycle_test_work_runs(struct kunit *test)
{
	unsigned int before = nr_named;
	struct cycle_test c;

	/* An earlier test may have queued the work */
	cancel_delayed_work_sync(&cycles_work);
	cycle_test_make(test, &c);
	KUNIT_EXPECT_TRUE(test, delayed_work_pending(&cycles_work));
	mod_delayed_work(key_default_wq(), &cycles_work, 0);
	flush_delayed_work(&cycles_work);
	KUNIT_EXPECT_EQ(test, keys_kunit_refs(c.leaf), 2);
	KUNIT_EXPECT_TRUE(test, delayed_work_pending(&cycles_work));
	KUNIT_EXPECT_TRUE(test, time_after(cycles_work.timer.expires,
					   jiffies + HZ / 2));
	key_put(c.restricted);
	key_put(c.by);
	flush_delayed_work(&cycles_work);
	keys_kunit_reap();
	KUNIT_EXPECT_EQ(test, keys_kunit_refs(c.leaf), 1);
	if (!before)
		KUNIT_EXPECT_FALSE(test, delayed_work_pending(&cycles_work));
	key_put(c.leaf);
}

static void cycle_test_interval(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, cycle_interval(0), 5 * HZ);
	KUNIT_EXPECT_EQ(test, cycle_interval(256), 5 * HZ);
	KUNIT_EXPECT_EQ(test, cycle_interval(257), 5 * HZ / 2);
	KUNIT_EXPECT_EQ(test, cycle_interval(1000000), HZ);
}

static struct kunit_case cycle_test_cases[] = {
	KUNIT_CASE(cycle_test_is_broken),
	KUNIT_CASE(cycle_test_in_use_stays),
	KUNIT_CASE(cycle_test_below_a_used_ring_stays),
	KUNIT_CASE(cycle_test_of_a_used_restriction_stays),
	KUNIT_CASE(cycle_test_of_many),
	KUNIT_CASE(cycle_test_of_restrictions),
	KUNIT_CASE(cycle_test_locked_ring_is_skipped),
	KUNIT_CASE(cycle_test_too_large_stays),
	KUNIT_CASE(cycle_test_freed_ring_is_unlisted),
	KUNIT_CASE(cycle_test_broken_ring_rejects),
	KUNIT_CASE(cycle_test_only_named_rings_are_listed),
	KUNIT_CASE(cycle_test_limit_is_of_one_walk),
	KUNIT_CASE(cycle_test_candidates_take_turns),
	KUNIT_CASE(cycle_test_work_runs),
	KUNIT_CASE(cycle_test_interval),
	{}
};

static struct kunit_suite cycle_test_suite = {
	.name		= "keys_restrict_cycle",
	.init		= restrict_test_init,
	.exit		= restrict_test_exit,
	.test_cases	= cycle_test_cases,
};

kunit_test_suite(cycle_test_suite);
