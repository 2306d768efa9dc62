// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tests of accounts: limits are exact to the byte, and each charge is counted
 * and refunded exactly once.
 */
#include "../core/key.h"
#include "keys_kunit.h"

/**
 * struct quota_test_saved - settings that the tests change and restore
 * @limits: limits of ordinary users
 * @reclaim: the real reclaim function
 */
static struct quota_test_saved {
	struct quota_limits	limits;
	void			(*reclaim)(struct key_user *user);
} quota_test_saved;

/* The key that the replacement of reclaim closes, and a count of its calls */
static struct key *quota_test_victim;
static unsigned int quota_test_reclaims;

static void quota_test_reclaim(struct key_user *user)
{
	quota_test_reclaims++;
	if (quota_test_victim)
		quota_close(quota_test_victim);
	quota_test_victim = NULL;
}

static int quota_test_init(struct kunit *test)
{
	quota_test_saved.limits.keys = key_quota_maxkeys;
	quota_test_saved.limits.bytes = key_quota_maxbytes;
	quota_test_saved.reclaim = quota_reclaim;
	quota_reclaim = quota_test_reclaim;
	quota_test_victim = NULL;
	quota_test_reclaims = 0;
	return 0;
}

static void quota_test_exit(struct kunit *test)
{
	key_quota_maxkeys = quota_test_saved.limits.keys;
	key_quota_maxbytes = quota_test_saved.limits.bytes;
	quota_reclaim = quota_test_saved.reclaim;
}

static void quota_test_set_limits(unsigned int keys, unsigned int bytes)
{
	key_quota_maxkeys = keys;
	key_quota_maxbytes = bytes;
}

static struct key *quota_test_key(struct kunit *test, struct key_user *user)
{
	struct key *key = keys_kunit_fake(test, user);

	__set_bit(KEY_FLAG_IN_QUOTA, &key->flags);
	return key;
}

static void quota_test_expect(struct kunit *test, const struct key_user *user,
			      unsigned int keys, unsigned int bytes)
{
	KUNIT_EXPECT_EQ(test, user->qnkeys, keys);
	KUNIT_EXPECT_EQ(test, user->qnbytes, bytes);
}

static void quota_test_open_up_to_the_limits(struct kunit *test)
{
	struct key_user *user = keys_kunit_account(test, 0);
	struct key *a = quota_test_key(test, user),
		   *b = quota_test_key(test, user);
	struct key *c = quota_test_key(test, user);

	quota_test_set_limits(2, 100);
	KUNIT_EXPECT_EQ(test, quota_open(a, 101, false), -EDQUOT);
	quota_test_expect(test, user, 0, 0);
	KUNIT_EXPECT_EQ(test, quota_open(a, 60, false), 0);
	KUNIT_EXPECT_EQ(test, quota_open(b, 41, false), -EDQUOT);
	quota_test_expect(test, user, 1, 60);
	KUNIT_EXPECT_EQ(test, quota_open(b, 40, false), 0);
	quota_test_expect(test, user, 2, 100);
	/* The bytes would fit, but the number of keys would not */
	KUNIT_EXPECT_EQ(test, quota_open(c, 0, false), -EDQUOT);
	quota_test_expect(test, user, 2, 100);
	KUNIT_EXPECT_EQ(test, user->nkeys, 2);
	quota_close(a);
	quota_test_expect(test, user, 1, 40);
	quota_close(b);
	quota_test_expect(test, user, 0, 0);
	KUNIT_EXPECT_EQ(test, user->nkeys, 0);
	key_user_put(user);
}

static void quota_test_open_overrun(struct kunit *test)
{
	struct key_user *user = keys_kunit_account(test, 1);
	struct key *key = quota_test_key(test, user);

	quota_test_set_limits(0, 10);
	KUNIT_EXPECT_EQ(test, quota_open(key, 50, false), -EDQUOT);
	KUNIT_EXPECT_EQ(test, quota_open(key, 50, true), 0);
	quota_test_expect(test, user, 1, 50);
	/* The account is over its limit: the key may shrink but not grow */
	KUNIT_EXPECT_EQ(test, quota_resize(key, 1), -EDQUOT);
	KUNIT_EXPECT_EQ(test, quota_resize(key, -10), 0);
	quota_test_expect(test, user, 1, 40);
	quota_close(key);
	quota_test_expect(test, user, 0, 0);
	key_user_put(user);
}

static void quota_test_open_uncharged(struct kunit *test)
{
	struct key_user *user = keys_kunit_account(test, 2);
	struct key *key = keys_kunit_fake(test, user);

	quota_test_set_limits(0, 0);
	KUNIT_EXPECT_EQ(test, quota_open(key, 50, false), 0);
	KUNIT_EXPECT_EQ(test, quota_resize(key, 50), 0);
	quota_test_expect(test, user, 0, 0);
	KUNIT_EXPECT_EQ(test, user->nkeys, 1);
	KUNIT_EXPECT_EQ(test, key->quotalen, 0);
	quota_close(key);
	KUNIT_EXPECT_EQ(test, user->nkeys, 0);
	KUNIT_EXPECT_EQ(test, quota_test_reclaims, 0);
	key_user_put(user);
}

static void quota_test_resize_to_the_limit(struct kunit *test)
{
	struct key_user *user = keys_kunit_account(test, 3);
	struct key *key = quota_test_key(test, user);

	/* Quota lengths need more than 16 bits */
	quota_test_set_limits(1, 200000);
	KUNIT_EXPECT_EQ(test, quota_open(key, 10, false), 0);
	KUNIT_EXPECT_EQ(test, quota_resize(key, 199991), -EDQUOT);
	KUNIT_EXPECT_EQ(test, key->quotalen, 10);
	KUNIT_EXPECT_EQ(test, quota_resize(key, 199990), 0);
	KUNIT_EXPECT_EQ(test, key->quotalen, 200000);
	quota_test_expect(test, user, 1, 200000);
	KUNIT_EXPECT_EQ(test, quota_resize(key, -199999), 0);
	quota_test_expect(test, user, 1, 1);
	quota_close(key);
	quota_test_expect(test, user, 0, 0);
	key_user_put(user);
}

/*
 * A keyring can lose links after its account has refunded all its charges, when
 * the keyring and a key in it end at the same time. The charge of such a link
 * must not be refunded a second time.
 */
static void quota_test_resize_after_close(struct kunit *test)
{
	struct key_user *user = keys_kunit_account(test, 14);
	struct key *key = quota_test_key(test, user);

	KUNIT_EXPECT_EQ(test, quota_open(key, 10, false), 0);
	KUNIT_EXPECT_EQ(test, quota_resize(key, KEY_LINK_BYTES), 0);
	quota_test_expect(test, user, 1, 10 + KEY_LINK_BYTES);
	quota_close(key);
	quota_test_expect(test, user, 0, 0);
	KUNIT_EXPECT_EQ(test, quota_resize(key, -KEY_LINK_BYTES), 0);
	quota_test_expect(test, user, 0, 0);
	/* A caller may pass the first check before the key is closed */
	KUNIT_EXPECT_EQ(test, quota_try_resize(key, -KEY_LINK_BYTES), 0);
	quota_test_expect(test, user, 0, 0);
	KUNIT_EXPECT_EQ(test, key->quotalen, 0);
	key_user_put(user);
}

static void quota_test_reclaims_once_before_it_refuses(struct kunit *test)
{
	struct key_user *user = keys_kunit_account(test, 4);
	struct key *old = quota_test_key(test, user),
		   *new = quota_test_key(test, user);

	quota_test_set_limits(1, 100);
	KUNIT_EXPECT_EQ(test, quota_open(old, 80, false), 0);
	KUNIT_EXPECT_EQ(test, quota_test_reclaims, 0);
	KUNIT_EXPECT_EQ(test, quota_open(new, 80, false), -EDQUOT);
	KUNIT_EXPECT_EQ(test, quota_test_reclaims, 1);
	quota_test_victim = old;
	KUNIT_EXPECT_EQ(test, quota_open(new, 80, false), 0);
	KUNIT_EXPECT_EQ(test, quota_test_reclaims, 2);
	quota_test_expect(test, user, 1, 80);
	KUNIT_EXPECT_EQ(test, quota_resize(new, 21), -EDQUOT);
	KUNIT_EXPECT_EQ(test, quota_test_reclaims, 3);
	quota_close(new);
	quota_test_expect(test, user, 0, 0);
	key_user_put(user);
}

static int quota_test_transfer(struct key *key, struct key_user *to)
{
	guard(rwsem_write)(&key->sem);
	return quota_transfer(key, to);
}

static void quota_test_transfer_all_or_nothing(struct kunit *test)
{
	struct key_user *from = keys_kunit_account(test, 5);
	struct key_user *to = keys_kunit_account(test, 6);
	struct key *key = quota_test_key(test, keys_kunit_account(test, 5));
	struct key *other = quota_test_key(test, to);
	unsigned int refs = refcount_read(&from->usage);

	quota_test_set_limits(2, 100);
	KUNIT_EXPECT_EQ(test, quota_open(key, 60, false), 0);
	KUNIT_EXPECT_EQ(test, quota_open(other, 41, false), 0);
	key_publish_state(key, KEY_IS_POSITIVE);
	KUNIT_EXPECT_EQ(test, quota_test_transfer(key, to), -EDQUOT);
	KUNIT_EXPECT_PTR_EQ(test, key->user, from);
	quota_test_expect(test, from, 1, 60);
	quota_test_expect(test, to, 1, 41);

	KUNIT_EXPECT_EQ(test, quota_resize(key, -1), 0);
	KUNIT_EXPECT_EQ(test, quota_test_transfer(key, to), 0);
	KUNIT_EXPECT_PTR_EQ(test, key->user, to);
	quota_test_expect(test, from, 0, 0);
	quota_test_expect(test, to, 2, 100);
	KUNIT_EXPECT_EQ(test, from->nkeys, 0);
	KUNIT_EXPECT_EQ(test, from->nikeys, 0);
	KUNIT_EXPECT_EQ(test, to->nkeys, 2);
	KUNIT_EXPECT_EQ(test, to->nikeys, 1);
	/* The transfer dropped the key's reference to its former account */
	KUNIT_EXPECT_EQ(test, refcount_read(&from->usage), refs - 1);

	quota_close(key);
	key_user_put(key->user);
	quota_close(other);
	key_user_put(from);
	key_user_put(to);
}

static void quota_test_transfer_moves_the_expiry(struct kunit *test)
{
	struct key_user *from = keys_kunit_account(test, 7);
	struct key_user *to = keys_kunit_account(test, 8);
	struct key *key = quota_test_key(test, keys_kunit_account(test, 7));
	time64_t end = ktime_get_real_seconds() + 100000;
	unsigned int refs = refcount_read(&to->usage);
	unsigned long flags;

	KUNIT_EXPECT_EQ(test, quota_open(key, 1, false), 0);
	spin_lock_irqsave(&from->lock, flags);
	key->expiry = end;
	__expiry_insert(&from->expiring, key);
	spin_unlock_irqrestore(&from->lock, flags);
	KUNIT_EXPECT_EQ(test, quota_test_transfer(key, to), 0);

	spin_lock_irqsave(&to->lock, flags);
	KUNIT_EXPECT_NULL(test, __expiry_pop(&from->expiring, end, 0));
	KUNIT_EXPECT_PTR_EQ(test, __expiry_pop(&to->expiring, end, 0), key);
	spin_unlock_irqrestore(&to->lock, flags);
	/*
	 * The new account's work is armed. The work and the key hold a
	 * reference to the account each.
	 */
	KUNIT_EXPECT_FALSE(test, delayed_work_pending(&from->expiring.work));
	KUNIT_EXPECT_TRUE(test, cancel_delayed_work_sync(&to->expiring.work));
	KUNIT_EXPECT_EQ(test, refcount_read(&to->usage), refs + 2);
	key_user_put(to);

	quota_close(key);
	key_user_put(key->user);
	key_user_put(from);
	key_user_put(to);
}

static void quota_test_counts_instantiated_keys(struct kunit *test)
{
	struct key_user *user = keys_kunit_account(test, 9);
	struct key *key = quota_test_key(test, user);

	KUNIT_EXPECT_EQ(test, quota_open(key, 1, false), 0);
	KUNIT_EXPECT_EQ(test, user->nikeys, 0);
	key_publish_state(key, -ENOKEY);
	KUNIT_EXPECT_EQ(test, user->nikeys, 1);
	/* A negative key that becomes positive was counted already */
	scoped_guard(rwsem_write, &key->sem)
		key_publish_state(key, KEY_IS_POSITIVE);
	KUNIT_EXPECT_EQ(test, user->nikeys, 1);
	KUNIT_EXPECT_EQ(test, key_read_state(key), KEY_IS_POSITIVE);
	quota_close(key);
	KUNIT_EXPECT_EQ(test, user->nikeys, 0);
	key_user_put(user);
}

static void quota_test_get_shares_an_account(struct kunit *test)
{
	struct key_user *a = keys_kunit_account(test, 10);
	unsigned int refs = refcount_read(&a->usage);
	struct key_user *b = keys_kunit_account(test, 10);
	struct key_user *c = keys_kunit_account(test, 11);

	KUNIT_EXPECT_PTR_EQ(test, a, b);
	KUNIT_EXPECT_PTR_NE(test, a, c);
	KUNIT_EXPECT_EQ(test, refcount_read(&a->usage), refs + 1);
	key_user_put(a);
	keys_kunit_account_put_last(test, b);
	keys_kunit_account_put_last(test, c);
}

/* An account without references is replaced before it is removed. */
static void quota_test_get_replaces_an_unreferenced_account(struct kunit *test)
{
	struct key_user *unreferenced = keys_kunit_account(test, 12), *new;

	KUNIT_ASSERT_TRUE(test, refcount_dec_and_test(&unreferenced->usage));
	new = keys_kunit_account(test, 12);
	KUNIT_EXPECT_PTR_NE(test, new, unreferenced);
	/*
	 * The rest of the last key_user_put() must not remove the new account
	 */
	refcount_set(&unreferenced->usage, 1);
	key_user_put(unreferenced);
	KUNIT_EXPECT_PTR_EQ(test, key_user_find(KEYS_KUNIT_UID(12)), new);
	key_user_put(new);
	key_user_put(new);
}

static void quota_test_next_walks_in_order(struct kunit *test)
{
	static const unsigned int uids[] = { 40, 20, 30 };
	static const unsigned int order[] = { 20, 30, 40 };
	struct key_user *user[3], *found;
	int i;

	for (i = 0; i < 3; i++)
		user[i] = keys_kunit_account(test, uids[i]);
	found = key_user_next(KEYS_KUNIT_UID(15));
	for (i = 0; i < 3; i++) {
		KUNIT_ASSERT_NOT_NULL(test, found);
		KUNIT_EXPECT_EQ(test, __kuid_val(found->uid),
				__kuid_val(KEYS_KUNIT_UID(order[i])));
		key_user_put(found);
		found = key_user_next(KEYS_KUNIT_UID(order[i] + 1));
	}
	KUNIT_EXPECT_NULL(test, found);
	for (i = 0; i < 3; i++)
		key_user_put(user[i]);
}

/* Walks the accounts like /proc/key-users, also without CONFIG_MULTIUSER. */
static void quota_test_next_comes_to_an_end(struct kunit *test)
{
	struct key_user *user = key_user_get(KEYS_KUNIT_UID(14)), *found;
	int steps = 0;
	u64 pos = 0;

	KUNIT_ASSERT_NOT_NULL(test, user);
	while (pos <= U32_MAX && steps < 10000) {
		found = key_user_next(KUIDT_INIT(pos));
		if (!found)
			break;
		pos = (u64)__kuid_val(found->uid) + 1;
		key_user_put(found);
		steps++;
	}
	KUNIT_EXPECT_GE(test, steps, 1);
	KUNIT_EXPECT_LT(test, steps, 10000);
	key_user_put(user);
}

/* A walk must not begin again with UID 0 after the highest number. */
static void quota_test_walks_end_at_the_highest_uid(struct kunit *test)
{
	struct key_user *user;

	keys_kunit_need_multiuser(test);
	user = key_user_get(INVALID_UID);
	KUNIT_ASSERT_NOT_NULL(test, user);
	quota_rearm_all();
	reap_flush();
	KUNIT_EXPECT_EQ(test, refcount_read(&user->usage), 1);
	key_user_put(user);
}

static void quota_test_limits_of_root(struct kunit *test)
{
	struct key_user *user = keys_kunit_account(test, 13);
	struct key_user *root = key_user_get(GLOBAL_ROOT_UID);

	quota_test_set_limits(7, 8);
	KUNIT_ASSERT_NOT_NULL(test, root);
	KUNIT_EXPECT_EQ(test, quota_limits(user).keys, 7);
	KUNIT_EXPECT_EQ(test, quota_limits(user).bytes, 8);
	KUNIT_EXPECT_EQ(test, quota_limits(root).keys, key_quota_root_maxkeys);
	KUNIT_EXPECT_EQ(test, quota_limits(root).bytes,
			key_quota_root_maxbytes);
	key_user_put(root);
	key_user_put(user);
}

static struct kunit_case quota_test_cases[] = {
	KUNIT_CASE(quota_test_open_up_to_the_limits),
	KUNIT_CASE(quota_test_open_overrun),
	KUNIT_CASE(quota_test_open_uncharged),
	KUNIT_CASE(quota_test_resize_to_the_limit),
	KUNIT_CASE(quota_test_resize_after_close),
	KUNIT_CASE(quota_test_reclaims_once_before_it_refuses),
	KUNIT_CASE(quota_test_transfer_all_or_nothing),
	KUNIT_CASE(quota_test_transfer_moves_the_expiry),
	KUNIT_CASE(quota_test_counts_instantiated_keys),
	KUNIT_CASE(quota_test_get_shares_an_account),
	KUNIT_CASE(quota_test_get_replaces_an_unreferenced_account),
	KUNIT_CASE(quota_test_next_walks_in_order),
	KUNIT_CASE(quota_test_next_comes_to_an_end),
	KUNIT_CASE(quota_test_walks_end_at_the_highest_uid),
	KUNIT_CASE(quota_test_limits_of_root),
	{}
};

static struct kunit_suite quota_test_suite = {
	.name		= "keys_quota",
	.init		= quota_test_init,
	.exit		= quota_test_exit,
	.test_cases	= quota_test_cases,
};

kunit_test_suite(quota_test_suite);
