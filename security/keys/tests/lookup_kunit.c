// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tests of lookups by kernel code: in which states a key is found, depending on
 * what the caller needs.
 */
#include <linux/keyctl.h>

#include "../core/authkey.h"
#include "keys_kunit.h"

KEYS_KUNIT_TYPE(lookup_test_type);
KEYS_KUNIT_REGISTER(lookup_test_type)

/* Returns 0 or the error of the lookup. */
static int lookup_test_find(struct kunit *test, const struct key *key,
			    unsigned long flags, enum key_need_perm need)
{
	key_ref_t ref = lookup_user_key(key_serial(key), flags, need);

	if (IS_ERR(ref))
		return PTR_ERR(ref);
	KUNIT_EXPECT_PTR_EQ(test, key_ref_to_ptr(ref), key);
	key_ref_put(ref);
	return 0;
}

static void lookup_test_expect(struct kunit *test, const struct key *key,
			       enum key_need_perm need, int partial, int whole)
{
	KUNIT_EXPECT_EQ(test, partial,
			lookup_test_find(test, key, KEY_LOOKUP_PARTIAL, need));
	KUNIT_EXPECT_EQ(test, whole, lookup_test_find(test, key, 0, need));
}

/* No task constructs the key, so that nobody can wait for it. */
static void lookup_test_uninstantiated(struct kunit *test)
{
	struct key *key = keys_kunit_key_of(test, &lookup_test_type, "key",
					    GLOBAL_ROOT_UID);

	lookup_test_expect(test, key, KEY_NEED_VIEW, 0, -EIO);
	lookup_test_expect(test, key, KEY_DEFER_PERM_CHECK, 0, -EIO);
	lookup_test_expect(test, key, KEY_AUTHTOKEN_OVERRIDE, 0, -EIO);
	lookup_test_expect(test, key, KEY_NEED_UNLINK, 0, 0);
	key_put(key);
}

static void lookup_test_negative(struct kunit *test)
{
	struct key *key = keys_kunit_key_of(test, &lookup_test_type, "key",
					    GLOBAL_ROOT_UID);

	KUNIT_ASSERT_EQ(test, 0, key_reject_and_link(key, 60, EKEYREJECTED,
						     NULL, NULL));
	lookup_test_expect(test, key, KEY_NEED_VIEW, 0, -EKEYREJECTED);
	lookup_test_expect(test, key, KEY_DEFER_PERM_CHECK, 0, 0);
	lookup_test_expect(test, key, KEY_AUTHTOKEN_OVERRIDE, 0, 0);
	lookup_test_expect(test, key, KEY_NEED_UNLINK, 0, 0);
	key_put(key);
}

static void lookup_test_ended(struct kunit *test)
{
	struct key *key = keys_kunit_key(test, &lookup_test_type, "key");
	static const int errors[] = { -EKEYEXPIRED, -EKEYREVOKED, -ENOKEY };
	int i, error;

	lookup_test_expect(test, key, KEY_NEED_VIEW, 0, 0);
	for (i = 0; i < ARRAY_SIZE(errors); i++) {
		error = errors[i];
		/* If a key has expired longer ago, it is collected */
		if (error == -EKEYEXPIRED)
			key_set_expiry(key, ktime_get_real_seconds() - 1);
		else if (error == -EKEYREVOKED)
			key_revoke(key);
		else
			key_invalidate(key);
		lookup_test_expect(test, key, KEY_NEED_VIEW, error, error);
		lookup_test_expect(test, key, KEY_DEFER_PERM_CHECK, 0, 0);
		lookup_test_expect(test, key, KEY_AUTHTOKEN_OVERRIDE, error, 0);
		lookup_test_expect(test, key, KEY_NEED_UNLINK, 0, 0);
	}
	key_put(key);
}

/* A requester in the kernel may name no keyring to link the new key into. */
static void lookup_test_requester_without_a_ring(struct kunit *test)
{
	struct key *key = keys_kunit_key_of(test, &lookup_test_type, "key",
					    GLOBAL_ROOT_UID);
	struct key *authkey = authkey_new(key, "create", "", 0, NULL);
	struct cred *new = prepare_creds();

	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, authkey);
	KUNIT_ASSERT_NOT_NULL(test, new);
	new->request_key_auth = key_get(authkey);
	commit_creds(new);
	KUNIT_EXPECT_PTR_EQ(test, ERR_PTR(-ENOKEY),
			    lookup_user_key(KEY_SPEC_REQUESTOR_KEYRING, 0,
					    KEY_NEED_VIEW));
	key_revoke(authkey);
	KUNIT_EXPECT_PTR_EQ(test, ERR_PTR(-EKEYREVOKED),
			    lookup_user_key(KEY_SPEC_REQUESTOR_KEYRING, 0,
					    KEY_NEED_VIEW));
	key_put(authkey);
	key_put(key);
}

static struct kunit_case lookup_test_cases[] = {
	KUNIT_CASE(lookup_test_uninstantiated),
	KUNIT_CASE(lookup_test_negative),
	KUNIT_CASE(lookup_test_ended),
	KUNIT_CASE(lookup_test_requester_without_a_ring),
	{}
};

static struct kunit_suite lookup_test_suite = {
	.name		= "keys_lookup",
	.suite_init	= lookup_test_type_register,
	.suite_exit	= lookup_test_type_unregister,
	.test_cases	= lookup_test_cases,
};

kunit_test_suite(lookup_test_suite);
