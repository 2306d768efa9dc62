// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tests of the reaper: all charges and references of ended (revoked, expired or
 * invalid) and of unreferenced keys are given back, for any number of keys and
 * any depth of nesting.
 */
#include <linux/delay.h>

#include "keys_kunit.h"

/* With KASAN each keyring needs many times as much memory */
#define REAP_TEST_DEPTH	(IS_ENABLED(CONFIG_KASAN) ? 10000 : 100000)

static unsigned int reap_test_destroyed;

static void reap_test_destroy(struct key *key)
{
	reap_test_destroyed++;
}

static struct key_type reap_test_type = {
	.name		= "reap_test_type",
	.instantiate	= keys_kunit_instantiate,
	.destroy	= reap_test_destroy,
};

KEYS_KUNIT_REGISTER(reap_test_type)

static int reap_test_init(struct kunit *test)
{
	reap_test_destroyed = 0;
	return 0;
}

static struct key *reap_test_ring(struct kunit *test, unsigned int n)
{
	struct key *ring;

	ring = keyring_alloc("r", KEYS_KUNIT_UID(n), GLOBAL_ROOT_GID,
			     current_cred(), KEYS_KUNIT_PERM,
			     KEY_ALLOC_QUOTA_OVERRUN, NULL, NULL);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, ring);
	return ring;
}

static struct key *reap_test_key(struct kunit *test, unsigned int n,
				 const char *desc)
{
	struct key *key = keys_kunit_key_of(test, &reap_test_type, desc,
					    KEYS_KUNIT_UID(n));

	KUNIT_ASSERT_EQ(test, 0,
			key_instantiate_and_link(key, NULL, 0, NULL, NULL));
	return key;
}

/* Puts the account, and expects that no charge or other reference is left. */
static void reap_test_expect_nothing(struct kunit *test, struct key_user *user)
{
	KUNIT_EXPECT_EQ(test, user->nkeys, 0);
	KUNIT_EXPECT_EQ(test, user->nikeys, 0);
	KUNIT_EXPECT_EQ(test, user->qnkeys, 0);
	KUNIT_EXPECT_EQ(test, user->qnbytes, 0);
	KUNIT_EXPECT_EQ(test, user->unref.taken, 0);
	if (cancel_delayed_work_sync(&user->expiring.work))
		key_user_put(user);
	keys_kunit_account_put_last(test, user);
}

static void reap_test_put_refunds_at_once(struct kunit *test)
{
	struct key_user *user = keys_kunit_account(test, 400);
	struct key *key = reap_test_key(test, 400, "key");
	key_serial_t serial = key->serial;

	KUNIT_EXPECT_EQ(test, user->qnkeys, 1);
	KUNIT_EXPECT_EQ(test, user->qnbytes, 4);
	key_put(key);
	KUNIT_EXPECT_EQ(test, user->qnkeys, 0);
	KUNIT_EXPECT_EQ(test, user->qnbytes, 0);
	KUNIT_EXPECT_PTR_EQ(test, key_lookup(serial), ERR_PTR(-ENOKEY));
	reap_barrier();
	KUNIT_EXPECT_EQ(test, reap_test_destroyed, 1);
	reap_test_expect_nothing(test, user);
}

static void reap_test_uninstantiated_and_negative(struct kunit *test)
{
	struct key_user *user = keys_kunit_account(test, 401);
	struct key *uninstantiated = keys_kunit_key_of(test, &reap_test_type,
						       "u",
						       KEYS_KUNIT_UID(401));
	struct key *negative = keys_kunit_key_of(test, &reap_test_type, "n",
						 KEYS_KUNIT_UID(401));

	key_negate_and_link(negative, 1000, NULL, NULL);
	key_revoke(uninstantiated);
	key_put(uninstantiated);
	key_put(negative);
	reap_barrier();
	KUNIT_EXPECT_EQ(test, reap_test_destroyed, 0);
	reap_test_expect_nothing(test, user);
}

/*
 * Each keyring holds the next one: a recursive reaper would overflow its stack.
 */
static void reap_test_deep_nesting(struct kunit *test)
{
	struct key_user *user = keys_kunit_account(test, 402);
	struct key *top = reap_test_ring(test, 402), *ring, *below;
	unsigned int bytes = key_quota_maxbytes;
	int i;

	ring = key_get(top);
	key_quota_maxbytes = INT_MAX;
	for (i = 1; i < REAP_TEST_DEPTH; i++) {
		below = reap_test_ring(test, 402);
		KUNIT_ASSERT_EQ(test, keyring_link_new(ring, below), 0);
		key_put(ring);
		ring = below;
		cond_resched();
	}
	key_put(ring);
	key_quota_maxbytes = bytes;
	KUNIT_EXPECT_EQ(test, user->nkeys, REAP_TEST_DEPTH);
	KUNIT_EXPECT_EQ(test, user->qnbytes,
			REAP_TEST_DEPTH * 2 +
				(REAP_TEST_DEPTH - 1) * KEY_LINK_BYTES);
	key_put(top);
	reap_barrier();
	KUNIT_EXPECT_EQ(test, user->nkeys, 0);
	reap_barrier();
	reap_test_expect_nothing(test, user);
}

static void reap_test_wide_ring(struct kunit *test)
{
	struct key_user *user = keys_kunit_account(test, 403);
	struct key *ring = reap_test_ring(test, 403), *key;
	char desc[16];
	int i;

	for (i = 0; i < 1000; i++) {
		snprintf(desc, sizeof(desc), "%d", i);
		key = key_alloc(&reap_test_type, desc, KEYS_KUNIT_UID(403),
				GLOBAL_ROOT_GID, current_cred(),
				KEYS_KUNIT_PERM, KEY_ALLOC_QUOTA_OVERRUN, NULL);
		KUNIT_ASSERT_NOT_ERR_OR_NULL(test, key);
		key_instantiate_and_link(key, NULL, 0, NULL, NULL);
		KUNIT_ASSERT_EQ(test, keyring_link_new(ring, key), 0);
		key_put(key);
	}
	key_put(ring);
	keys_kunit_reap();
	KUNIT_EXPECT_EQ(test, reap_test_destroyed, 1000);
	reap_test_expect_nothing(test, user);
}

static void reap_test_invalidate_unlinks_from_all(struct kunit *test)
{
	struct key_user *user = keys_kunit_account(test, 404);
	struct key *ring[5], *key = reap_test_key(test, 404, "key");
	unsigned int refs = keys_kunit_refs(key);
	int i;

	for (i = 0; i < 5; i++) {
		ring[i] = reap_test_ring(test, 404);
		KUNIT_ASSERT_EQ(test, key_link(ring[i], key), 0);
	}
	key_invalidate(key);
	for (i = 0; i < 5; i++) {
		KUNIT_EXPECT_EQ(test, ring[i]->keys.nr_leaves_on_tree, 0);
		KUNIT_EXPECT_EQ(test, ring[i]->quotalen, 2);
		key_put(ring[i]);
	}
	KUNIT_EXPECT_EQ(test, key_validate(key), -ENOKEY);
	KUNIT_EXPECT_EQ(test, keys_kunit_refs(key), refs);
	/*
	 * A second call does nothing; the payload stays while there are
	 * references
	 */
	key_invalidate(key);
	reap_barrier();
	KUNIT_EXPECT_EQ(test, reap_test_destroyed, 0);
	key_put(key);
	keys_kunit_reap();
	KUNIT_EXPECT_EQ(test, reap_test_destroyed, 1);
	reap_test_expect_nothing(test, user);
}

/*
 * A recently expired key stays linked to return EKEYEXPIRED, unless its quota
 * is needed.
 */
static void reap_test_account_collects_expired(struct kunit *test)
{
	struct key_user *user = keys_kunit_account(test, 405);
	struct key *ring = reap_test_ring(test, 405);
	struct key *old = reap_test_key(test, 405, "old");
	struct key *new = reap_test_key(test, 405, "new");

	KUNIT_ASSERT_EQ(test, key_link(ring, old), 0);
	KUNIT_ASSERT_EQ(test, key_link(ring, new), 0);
	key_set_expiry(old, ktime_get_real_seconds() - 1);
	key_set_timeout(new, 1000);
	key_put(old);
	key_put(new);
	KUNIT_EXPECT_EQ(test, ring->keys.nr_leaves_on_tree, 2);
	KUNIT_EXPECT_EQ(test, user->nkeys, 3);
	reap_account(user);
	KUNIT_EXPECT_EQ(test, ring->keys.nr_leaves_on_tree, 1);
	KUNIT_EXPECT_EQ(test, user->nkeys, 2);
	key_put(ring);
	keys_kunit_reap();
	KUNIT_EXPECT_EQ(test, reap_test_destroyed, 2);
	reap_test_expect_nothing(test, user);
}

/* key_alloc() collects expired keys before it returns EDQUOT. */
static void reap_test_alloc_reclaims(struct kunit *test)
{
	struct key_user *user = keys_kunit_account(test, 406);
	unsigned int keys = key_quota_maxkeys;
	struct key *ring = reap_test_ring(test, 406);
	struct key *old = reap_test_key(test, 406, "old"), *new;

	KUNIT_ASSERT_EQ(test, key_link(ring, old), 0);
	key_put(old);
	key_quota_maxkeys = 2;
	new = key_alloc(&reap_test_type, "new", KEYS_KUNIT_UID(406),
			GLOBAL_ROOT_GID, current_cred(), 0, 0, NULL);
	KUNIT_EXPECT_PTR_EQ(test, new, ERR_PTR(-EDQUOT));
	KUNIT_EXPECT_EQ(test, ring->keys.nr_leaves_on_tree, 1);
	key_set_expiry(old, ktime_get_real_seconds() - 1);
	new = key_alloc(&reap_test_type, "new", KEYS_KUNIT_UID(406),
			GLOBAL_ROOT_GID, current_cred(), 0, 0, NULL);
	key_quota_maxkeys = keys;
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, new);
	KUNIT_EXPECT_EQ(test, ring->keys.nr_leaves_on_tree, 0);
	key_put(new);
	key_put(ring);
	keys_kunit_reap();
	reap_test_expect_nothing(test, user);
}

static bool reap_test_collected_in_time(struct key *ring)
{
	int i;

	for (i = 0; i < 100 && ring->keys.nr_leaves_on_tree; i++)
		msleep(50);
	return !ring->keys.nr_leaves_on_tree;
}

/* The work of the account collects an expired key without any other call. */
static void reap_test_collects_by_itself(struct kunit *test)
{
	struct key_user *user = keys_kunit_account(test, 407);
	unsigned int delay = key_gc_delay;
	struct key *ring = reap_test_ring(test, 407);
	struct key *key = reap_test_key(test, 407, "key");

	KUNIT_ASSERT_EQ(test, key_link(ring, key), 0);
	key_gc_delay = 0;
	key_set_timeout(key, 1);
	KUNIT_EXPECT_TRUE(test, reap_test_collected_in_time(ring));
	KUNIT_EXPECT_TRUE(test, key_is_invalid(key));
	key_gc_delay = delay;
	key_put(key);
	key_put(ring);
	keys_kunit_reap();
	flush_delayed_work(&user->expiring.work);
	reap_test_expect_nothing(test, user);
}

static void reap_test_revoked_stays_for_gc_delay(struct kunit *test)
{
	struct key_user *user = keys_kunit_account(test, 408);
	unsigned int delay = key_gc_delay;
	struct key *ring = reap_test_ring(test, 408);
	struct key *key = reap_test_key(test, 408, "key");

	KUNIT_ASSERT_EQ(test, key_link(ring, key), 0);
	key_revoke(key);
	KUNIT_EXPECT_EQ(test, key_validate(key), -EKEYREVOKED);
	KUNIT_EXPECT_EQ(test, ring->keys.nr_leaves_on_tree, 1);
	/* The delay is changed while the work is pending */
	key_gc_delay = 0;
	quota_rearm_all();
	KUNIT_EXPECT_TRUE(test, reap_test_collected_in_time(ring));
	key_gc_delay = delay;
	key_put(key);
	key_put(ring);
	keys_kunit_reap();
	flush_delayed_work(&user->expiring.work);
	reap_test_expect_nothing(test, user);
}

static void reap_test_remove_domain_spares_others(struct kunit *test)
{
	struct key_tag *tag = kzalloc(sizeof(*tag), GFP_KERNEL);
	struct key *ring = reap_test_ring(test, 409);
	struct key *key = reap_test_key(test, 409, "key");

	KUNIT_ASSERT_NOT_NULL(test, tag);
	refcount_set(&tag->usage, 1);
	KUNIT_ASSERT_EQ(test, key_link(ring, key), 0);
	key_remove_domain(tag);
	KUNIT_EXPECT_EQ(test, key_validate(key), 0);
	KUNIT_EXPECT_EQ(test, ring->keys.nr_leaves_on_tree, 1);
	key_put(key);
	key_put(ring);
}

/*
 * A new timeout and the work that collects an expired key exclude each other:
 * the key is either given the new timeout or invalidated.
 */
static void reap_test_decides_once(struct kunit *test)
{
	struct key_user *user = keys_kunit_account(test, 412);
	struct key *ring = reap_test_ring(test, 412);
	struct key *revived = reap_test_key(test, 412, "revived");
	struct key *ended = reap_test_key(test, 412, "ended");
	time64_t past = ktime_get_real_seconds() - 1;

	KUNIT_ASSERT_EQ(test, key_link(ring, revived), 0);
	KUNIT_ASSERT_EQ(test, key_link(ring, ended), 0);
	key_set_expiry(revived, past);
	KUNIT_EXPECT_TRUE(test, key_set_expiry(revived, past + 1000));
	key_set_expiry(ended, past);
	reap_account(user);
	KUNIT_EXPECT_EQ(test, key_validate(revived), 0);
	KUNIT_EXPECT_EQ(test, key_validate(ended), -ENOKEY);
	KUNIT_EXPECT_FALSE(test, key_set_expiry(ended, past + 1000));
	scoped_guard(rwsem_write, &ended->sem)
		KUNIT_EXPECT_EQ(test, key_hold_expiry(ended), -EKEYREVOKED);
	/* A key held by key_hold_expiry() is not invalidated when it expires */
	key_set_expiry(revived, past);
	scoped_guard(rwsem_write, &revived->sem) {
		KUNIT_EXPECT_EQ(test, key_hold_expiry(revived), 1);
		reap_account(user);
		KUNIT_EXPECT_EQ(test, key_validate(revived), -EKEYEXPIRED);
		KUNIT_EXPECT_TRUE(test, key_set_expiry(revived, past + 1000));
	}
	KUNIT_EXPECT_EQ(test, ring->keys.nr_leaves_on_tree, 1);
	/* A new timeout does not change the end of a revoked key */
	key_revoke(revived);
	key_set_timeout(revived, 0);
	KUNIT_EXPECT_TRUE(test,
			  test_bit(KEY_FLAG_EXPIRY_QUEUED, &revived->flags));
	key_set_expiry(revived, TIME64_MAX);
	KUNIT_EXPECT_TRUE(test,
			  test_bit(KEY_FLAG_EXPIRY_QUEUED, &revived->flags));
	key_put(revived);
	key_put(ended);
	key_put(ring);
	keys_kunit_reap();
	reap_test_expect_nothing(test, user);
}

/*
 * The links of an invalidated keyring are not charged, even if the keyring
 * itself still has references.
 */
static void reap_test_invalidate_empties_a_ring(struct kunit *test)
{
	struct key_user *user = keys_kunit_account(test, 413);
	struct key *ring = reap_test_ring(test, 413);
	struct key *key = reap_test_key(test, 413, "key");

	KUNIT_ASSERT_EQ(test, key_link(ring, key), 0);
	key_put(key);
	KUNIT_EXPECT_EQ(test, user->qnkeys, 2);
	key_invalidate(ring);
	KUNIT_EXPECT_EQ(test, ring->keys.nr_leaves_on_tree, 0);
	KUNIT_EXPECT_EQ(test, user->qnkeys, 1);
	key_put(ring);
	keys_kunit_reap();
	reap_test_expect_nothing(test, user);
}

/* A task that collects keys leaves the rest after so many keys. */
static void reap_test_collects_no_more_than_told(struct kunit *test)
{
	struct key_user *user = keys_kunit_account(test, 421);
	time64_t now = ktime_get_real_seconds();
	struct key *key[5];
	int i, ended = 0;

	for (i = 0; i < ARRAY_SIZE(key); i++) {
		key[i] = reap_test_key(test, 421, "key");
		key_set_expiry(key[i], now - 10 + i);
	}
	reap_ended(user, 0, 3);
	for (i = 0; i < ARRAY_SIZE(key); i++)
		ended += key_is_invalid(key[i]);
	KUNIT_EXPECT_EQ(test, ended, 3);
	/* Those that expired first */
	KUNIT_EXPECT_TRUE(test, key_is_invalid(key[2]));
	reap_ended(user, 0, 3);
	KUNIT_EXPECT_TRUE(test, key_is_invalid(key[4]));
	keys_kunit_put_all(key, ARRAY_SIZE(key));
	keys_kunit_reap();
	reap_test_expect_nothing(test, user);
}

static struct kunit_case reap_test_cases[] = {
	KUNIT_CASE(reap_test_put_refunds_at_once),
	KUNIT_CASE(reap_test_uninstantiated_and_negative),
	KUNIT_CASE_SLOW(reap_test_deep_nesting),
	KUNIT_CASE(reap_test_wide_ring),
	KUNIT_CASE(reap_test_invalidate_unlinks_from_all),
	KUNIT_CASE(reap_test_account_collects_expired),
	KUNIT_CASE(reap_test_alloc_reclaims),
	KUNIT_CASE_SLOW(reap_test_collects_by_itself),
	KUNIT_CASE_SLOW(reap_test_revoked_stays_for_gc_delay),
	KUNIT_CASE(reap_test_remove_domain_spares_others),
	KUNIT_CASE(reap_test_decides_once),
	KUNIT_CASE(reap_test_invalidate_empties_a_ring),
	KUNIT_CASE(reap_test_collects_no_more_than_told),
	{}
};

static struct kunit_suite reap_test_suite = {
	.name		= "keys_reap",
	.suite_init	= reap_test_type_register,
	.suite_exit	= reap_test_type_unregister,
	.init		= reap_test_init,
	.test_cases	= reap_test_cases,
};

kunit_test_suite(reap_test_suite);
