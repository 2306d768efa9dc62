// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tests of authorisation keys: what they record about the requester, what a
 * helper that has assumed one hands to the type, and that all references are
 * dropped when they end (are revoked or invalidated).
 */
#include "../syscall/handlers.h"
#include "keys_kunit.h"

KEYS_KUNIT_TYPE(authkey_test_type);
KEYS_KUNIT_REGISTER(authkey_test_type)

static struct key *authkey_test_target(struct kunit *test)
{
	return keys_kunit_key_of(test, &authkey_test_type, "target",
				 GLOBAL_ROOT_UID);
}

static struct key *authkey_test_new(struct kunit *test, struct key *target,
				    struct key *dest)
{
	struct key *authkey = authkey_new(target, "create", "callout", 7, dest);

	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, authkey);
	return authkey;
}

static void authkey_test_new_records_the_requester(struct kunit *test)
{
	struct key *target = authkey_test_target(test);
	struct key *ring = keys_kunit_ring(test, "dest");
	struct key *authkey = authkey_test_new(test, target, ring);
	struct request_key_auth *rka = authkey_get_auth(authkey);
	char desc[16];

	snprintf(desc, sizeof(desc), "%x", target->serial);
	KUNIT_EXPECT_STREQ(test, authkey->description, desc);
	KUNIT_EXPECT_PTR_EQ(test, authkey->type, &key_type_request_key_auth);
	KUNIT_EXPECT_EQ(test, key_validate(authkey), 0);
	KUNIT_EXPECT_EQ(test, authkey->quotalen, 0);
	KUNIT_ASSERT_NOT_NULL(test, rka);
	KUNIT_EXPECT_PTR_EQ(test, rka->target_key, target);
	KUNIT_EXPECT_PTR_EQ(test, rka->dest_keyring, ring);
	KUNIT_EXPECT_PTR_EQ(test, rka->cred, current_cred());
	KUNIT_EXPECT_PTR_EQ(test, rka->pid, task_pid(current));
	KUNIT_EXPECT_EQ(test, rka->callout_len, 7);
	KUNIT_EXPECT_EQ(test, memcmp(rka->callout_info, "callout", 7), 0);
	KUNIT_EXPECT_STREQ(test, rka->op, "create");
	KUNIT_EXPECT_PTR_EQ(test, get_request_key_auth(authkey), rka);
	request_key_auth_put(rka);
	key_put(authkey);
	key_put(ring);
	key_put(target);
}

/* Empty callout information is allowed. Its recorded length is 0. */
static void authkey_test_new_with_empty_callout(struct kunit *test)
{
	struct key *target = authkey_test_target(test);
	struct key *authkey = authkey_new(target, "create", "", 0, NULL);

	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, authkey);
	KUNIT_EXPECT_EQ(test, get_request_key_auth(authkey)->callout_len, 0);
	key_put(authkey);
	key_put(target);
}

static void authkey_test_read_callout(struct kunit *test)
{
	struct key *target = authkey_test_target(test);
	struct key *authkey = authkey_test_new(test, target, NULL);
	char out[9] = "########";

	down_read(&authkey->sem);
	KUNIT_EXPECT_EQ(test, authkey_read(authkey, NULL, 0), 7);
	KUNIT_EXPECT_EQ(test, authkey_read(authkey, out, 4), 7);
	KUNIT_EXPECT_STREQ(test, out, "call####");
	up_read(&authkey->sem);
	key_put(authkey);
	key_put(target);
}

/*
 * A revoked authorisation key gives no access to its record. A caller that took
 * a reference to the record earlier can still use it.
 */
static void authkey_test_revoked(struct kunit *test)
{
	struct key *target = authkey_test_target(test);
	unsigned int refs = keys_kunit_refs(target);
	struct key *authkey = authkey_test_new(test, target, NULL);
	struct request_key_auth *rka = authkey_get_auth(authkey);
	char out[8];

	key_revoke(authkey);
	KUNIT_EXPECT_NULL(test, authkey_get_auth(authkey));
	down_read(&authkey->sem);
	KUNIT_EXPECT_EQ(test, authkey_read(authkey, out, 8), -EKEYREVOKED);
	up_read(&authkey->sem);
	KUNIT_ASSERT_NOT_NULL(test, rka);
	KUNIT_EXPECT_PTR_EQ(test, rka->target_key, target);
	KUNIT_EXPECT_EQ(test, keys_kunit_refs(target), refs + 1);
	request_key_auth_put(rka);
	KUNIT_EXPECT_EQ(test, keys_kunit_refs(target), refs);
	key_put(authkey);
	key_put(target);
}

/*
 * Instantiation of the target invalidates the authorisation key, but its record
 * stays readable, because nfs reads it afterwards.
 */
static void authkey_test_used_up(struct kunit *test)
{
	struct key *target = authkey_test_target(test);
	unsigned int refs = keys_kunit_refs(target);
	struct key *authkey = authkey_test_new(test, target, NULL);

	KUNIT_EXPECT_EQ(test, 0, key_instantiate_and_link(target, NULL, 0,
							  NULL, authkey));
	KUNIT_EXPECT_TRUE(test, test_bit(KEY_FLAG_INVALIDATED,
					 &authkey->flags));
	KUNIT_ASSERT_NOT_NULL(test, get_request_key_auth(authkey));
	KUNIT_EXPECT_PTR_EQ(test, get_request_key_auth(authkey)->target_key,
			    target);
	key_put(authkey);
	keys_kunit_reap();
	KUNIT_EXPECT_EQ(test, keys_kunit_refs(target), refs);
	key_put(target);
}

/* The payload that the type was called with */
static struct {
	unsigned int	calls;
	const void	*data;
	size_t		datalen;
} authkey_test_seen;

/* The type refuses the payload, so that the key can be instantiated again */
static int authkey_test_preparse(struct key_preparsed_payload *prep)
{
	authkey_test_seen.calls++;
	authkey_test_seen.data = prep->data;
	authkey_test_seen.datalen = prep->datalen;
	return -EBADMSG;
}

static void authkey_test_expect_no_payload(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, authkey_test_seen.calls, 1);
	KUNIT_EXPECT_NULL(test, authkey_test_seen.data);
	KUNIT_EXPECT_EQ(test, authkey_test_seen.datalen, 0);
	authkey_test_seen.calls = 0;
}

/*
 * CVE-2017-15274: types read as many bytes of the payload as the length says.
 * If the payload is NULL, the type must not be told the helper's length.
 */
static void authkey_test_null_payload_has_no_length(struct kunit *test)
{
	struct key *target = authkey_test_target(test);
	struct key *authkey = authkey_test_new(test, target, NULL);
	const struct keyctl_args args = {
		.arg2 = key_serial(target),
		.arg3 = 0,
		.arg4 = 64,
	};
	struct cred *helper = prepare_creds();
	const struct cred *own;

	KUNIT_ASSERT_NOT_NULL(test, helper);
	authkey_test_seen.calls = 0;
	key_put(helper->request_key_auth);
	helper->request_key_auth = key_get(authkey);
	authkey_test_type.preparse = authkey_test_preparse;
	own = override_creds(helper);
	KUNIT_EXPECT_EQ(test, keyctl_instantiate(&args), -EBADMSG);
	authkey_test_expect_no_payload(test);
	KUNIT_EXPECT_EQ(test, keyctl_instantiate_iov(&args), -EBADMSG);
	authkey_test_expect_no_payload(test);
	revert_creds(own);
	authkey_test_type.preparse = NULL;
	KUNIT_EXPECT_EQ(test, key_read_state(target), KEY_IS_UNINSTANTIATED);
	put_cred(helper);
	key_put(authkey);
	key_put(target);
}

static struct kunit_case authkey_test_cases[] = {
	KUNIT_CASE(authkey_test_new_records_the_requester),
	KUNIT_CASE(authkey_test_new_with_empty_callout),
	KUNIT_CASE(authkey_test_read_callout),
	KUNIT_CASE(authkey_test_revoked),
	KUNIT_CASE(authkey_test_used_up),
	KUNIT_CASE(authkey_test_null_payload_has_no_length),
	{}
};

static struct kunit_suite authkey_test_suite = {
	.name		= "keys_authkey",
	.suite_init	= authkey_test_type_register,
	.suite_exit	= authkey_test_type_unregister,
	.test_cases	= authkey_test_cases,
};

kunit_test_suite(authkey_test_suite);
