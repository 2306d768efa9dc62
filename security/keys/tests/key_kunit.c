// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tests of single keys: what key_alloc() refuses, which flags and which expiry
 * a new key gets, and what changes its owner and its charge.
 *
 * These are functions of key.c. They are global, so that instantiate.c, which
 * uses them, can include this file.
 */
#include "keys_kunit.h"

/* The expiry of the next payload, as a type reads it from the payload */
static time64_t key_test_expiry;

static int key_test_preparse(struct key_preparsed_payload *prep)
{
	prep->expiry = key_test_expiry;
	return 0;
}

static struct key_type key_test_type = {
	.name		= "key_test_type",
	.preparse	= key_test_preparse,
	.instantiate	= keys_kunit_instantiate,
};

KEYS_KUNIT_REGISTER(key_test_type)

static struct key *key_test_alloc(const char *desc, unsigned long flags)
{
	return key_alloc(&key_test_type, desc, GLOBAL_ROOT_UID, GLOBAL_ROOT_GID,
			 current_cred(), KEYS_KUNIT_PERM, flags, NULL);
}

static void key_test_expect_expiry(struct kunit *test, const struct key *key,
				   time64_t when)
{
	KUNIT_EXPECT_EQ(test, key->expiry, when);
	KUNIT_EXPECT_EQ(test, test_bit(KEY_FLAG_EXPIRY_QUEUED, &key->flags),
			when != TIME64_MAX);
}

static void key_test_payload_has_an_expiry(struct kunit *test)
{
	time64_t end = ktime_get_real_seconds() + 1000;
	struct key *key;

	key_test_expiry = end;
	key = keys_kunit_key(test, &key_test_type, "expiring");
	key_test_expect_expiry(test, key, end);
	KUNIT_EXPECT_EQ(test, key_validate(key), 0);
	key_put(key);
	/* Not longer ago, or the key is collected */
	key_test_expiry = ktime_get_real_seconds() - 1;
	key = keys_kunit_key(test, &key_test_type, "expired");
	KUNIT_EXPECT_EQ(test, key_validate(key), -EKEYEXPIRED);
	key_put(key);
}

static void key_test_payload_has_no_expiry(struct kunit *test)
{
	time64_t end = ktime_get_real_seconds() + 1000;
	struct key *key;

	key_test_expiry = TIME64_MAX;
	key = keys_kunit_key_of(test, &key_test_type, "key", GLOBAL_ROOT_UID);
	/* A helper sets the timeout before it instantiates the key */
	key_set_expiry(key, end);
	KUNIT_EXPECT_EQ(test, 0,
			key_instantiate_and_link(key, NULL, 0, NULL, NULL));
	key_test_expect_expiry(test, key, end);
	key_put(key);
	key = keys_kunit_key(test, &key_test_type, "key");
	key_test_expect_expiry(test, key, TIME64_MAX);
	key_put(key);
}

/* A caller in the kernel may pass any description, unlike a system call. */
static void key_test_alloc_checks_the_description(struct kunit *test)
{
	char *desc = keys_kunit_zalloc(test, KEY_MAX_DESC_SIZE + 1);
	struct key *key;

	memset(desc, 'x', KEY_MAX_DESC_SIZE);
	KUNIT_EXPECT_PTR_EQ(test, key_test_alloc(NULL, 0), ERR_PTR(-EINVAL));
	KUNIT_EXPECT_PTR_EQ(test, key_test_alloc("", 0), ERR_PTR(-EINVAL));
	KUNIT_EXPECT_PTR_EQ(test, key_test_alloc(desc, 0), ERR_PTR(-EINVAL));
	desc[KEY_MAX_DESC_SIZE - 1] = 0;
	key = key_test_alloc(desc, 0);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, key);
	KUNIT_EXPECT_EQ(test, key->desc_len, KEY_MAX_DESC_SIZE - 1);
	KUNIT_EXPECT_STREQ(test, key->description, desc);
	key_put(key);
}

static void key_test_alloc_sets_flags(struct kunit *test)
{
	static const struct {
		unsigned long	alloc;
		unsigned long	flags;
	} cases[] = {
		{ KEY_ALLOC_IN_QUOTA, BIT(KEY_FLAG_IN_QUOTA) },
		{ KEY_ALLOC_QUOTA_OVERRUN, BIT(KEY_FLAG_IN_QUOTA) },
		{ KEY_ALLOC_BYPASS_RESTRICTION, BIT(KEY_FLAG_IN_QUOTA) },
		{ KEY_ALLOC_NOT_IN_QUOTA, 0 },
		{ KEY_ALLOC_NOT_IN_QUOTA | KEY_ALLOC_BUILT_IN,
		  BIT(KEY_FLAG_BUILTIN) },
		{ KEY_ALLOC_NOT_IN_QUOTA | KEY_ALLOC_SET_KEEP,
		  BIT(KEY_FLAG_KEEP) },
		{ KEY_ALLOC_NOT_IN_QUOTA | KEY_ALLOC_UID_KEYRING,
		  BIT(KEY_FLAG_UID_KEYRING) },
	};
	struct key *key;
	int i;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		key = key_test_alloc("key", cases[i].alloc);
		KUNIT_ASSERT_NOT_ERR_OR_NULL(test, key);
		KUNIT_EXPECT_EQ_MSG(test, key->flags, cases[i].flags, "%d", i);
		key_put(key);
	}
}

/* The quota would not refuse such a payload of a key that is not charged. */
static void key_test_reserve_limits_the_payload(struct kunit *test)
{
	struct key *key = key_test_alloc("key", KEY_ALLOC_NOT_IN_QUOTA);

	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, key);
	KUNIT_EXPECT_EQ(test, -EDQUOT,
			key_payload_reserve(key, (size_t)INT_MAX + 1));
	KUNIT_EXPECT_EQ(test, key->datalen, 0);
	KUNIT_EXPECT_EQ(test, key_payload_reserve(key, 7), 0);
	KUNIT_EXPECT_EQ(test, key->datalen, 7);
	KUNIT_EXPECT_EQ(test, key_payload_reserve(key, SIZE_MAX), -EDQUOT);
	KUNIT_EXPECT_EQ(test, key->datalen, 7);
	key_put(key);
}

static void key_test_use_up_only_once(struct kunit *test)
{
	time64_t now = ktime_get_real_seconds();
	struct key *key;

	key_test_expiry = TIME64_MAX;
	key = keys_kunit_key(test, &key_test_type, "used up");
	key_use_up(key);
	KUNIT_EXPECT_EQ(test, key_validate(key), -ENOKEY);
	KUNIT_EXPECT_GE(test, key->expiry, now);
	KUNIT_EXPECT_LE(test, key->expiry, now + 10);
	key_put(key);
	/* An invalid key is in no keyring: it need not be collected */
	key = keys_kunit_key(test, &key_test_type, "invalidated");
	key_invalidate(key);
	key_use_up(key);
	key_test_expect_expiry(test, key, TIME64_MAX);
	key_put(key);
}

static int key_test_chown(struct key *key, struct key_user *owner,
			  unsigned int gid)
{
	guard(rwsem_write)(&key->sem);
	return key_chown(key, owner, KGIDT_INIT(gid));
}

/* A thread keyring is charged to another account than that of its owner. */
static void key_test_chown_to_the_present_owner(struct kunit *test)
{
	struct key_user *payer = keys_kunit_account(test, 430);
	struct key_user *owner = keys_kunit_account(test, 431);
	struct key *key = keys_kunit_key_of(test, &key_test_type, "key",
					    payer->uid);

	key->uid = owner->uid;
	KUNIT_EXPECT_EQ(test, key_test_chown(key, owner, 12), 0);
	KUNIT_EXPECT_PTR_EQ(test, key->user, payer);
	KUNIT_EXPECT_EQ(test, __kgid_val(key->gid), 12);
	KUNIT_EXPECT_EQ(test, key_test_chown(key, NULL, 13), 0);
	KUNIT_EXPECT_PTR_EQ(test, key->user, payer);
	KUNIT_EXPECT_EQ(test, __kgid_val(key->gid), 13);
	KUNIT_EXPECT_EQ(test, payer->qnkeys, 1);
	KUNIT_EXPECT_EQ(test, owner->nkeys, 0);
	key_put(key);
	key_user_put(owner);
	key_user_put(payer);
}

/* A key that is not charged moves to an account that is full. */
static void key_test_chown_without_a_charge(struct kunit *test)
{
	struct key_user *owner = keys_kunit_account(test, 432);
	struct key *key = key_test_alloc("key", KEY_ALLOC_NOT_IN_QUOTA);
	unsigned int keys = key_quota_maxkeys;
	struct key_user *root;

	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, key);
	root = key_user_find(GLOBAL_ROOT_UID);
	KUNIT_ASSERT_PTR_EQ(test, root, key->user);
	key_quota_maxkeys = 0;
	KUNIT_EXPECT_EQ(test, key_test_chown(key, owner, 0), 0);
	key_quota_maxkeys = keys;
	KUNIT_EXPECT_PTR_EQ(test, key->user, owner);
	KUNIT_EXPECT_TRUE(test, uid_eq(key->uid, owner->uid));
	KUNIT_EXPECT_EQ(test, owner->nkeys, 1);
	KUNIT_EXPECT_EQ(test, owner->qnkeys, 0);
	KUNIT_EXPECT_EQ(test, owner->qnbytes, 0);
	/* And back, so that the account of root is tested, too */
	KUNIT_EXPECT_EQ(test, key_test_chown(key, root, 0), 0);
	KUNIT_EXPECT_EQ(test, owner->nkeys, 0);
	KUNIT_EXPECT_EQ(test, owner->qnkeys, 0);
	KUNIT_EXPECT_EQ(test, owner->qnbytes, 0);
	key_put(key);
	key_user_put(root);
	key_user_put(owner);
}

static struct kunit_case key_test_cases[] = {
	KUNIT_CASE(key_test_payload_has_an_expiry),
	KUNIT_CASE(key_test_payload_has_no_expiry),
	KUNIT_CASE(key_test_alloc_checks_the_description),
	KUNIT_CASE(key_test_alloc_sets_flags),
	KUNIT_CASE(key_test_reserve_limits_the_payload),
	KUNIT_CASE(key_test_use_up_only_once),
	KUNIT_CASE(key_test_chown_to_the_present_owner),
	KUNIT_CASE(key_test_chown_without_a_charge),
	{}
};

static struct kunit_suite key_test_suite = {
	.name		= "keys_key",
	.suite_init	= key_test_type_register,
	.suite_exit	= key_test_type_unregister,
	.test_cases	= key_test_cases,
};

kunit_test_suite(key_test_suite);
