// SPDX-License-Identifier: GPL-2.0-only
/*
 * A restriction holds on the path of request_key(2) as well: nothing that is
 * made on request gets into a keyring that takes no keys.  Kernels that test
 * the restriction only when an existing key is linked fail here.
 */
#include "keys_upcall.h"

static const struct verb verbs[] = {
	COMMON_VERBS,
	{ }
};

static long closed_ring(void)
{
	long ring = add_ring("closed", RING_S);

	return kc_restrict(ring, NULL, NULL) ? -1 : ring;
}

static void refused(struct __test_metadata *_metadata, const char *how)
{
	CHILD_AS(fresh_uid()) {
		long ring = closed_ring();

		ASSERT_LT(0, ring);
		verb(how);
		up->arg[1] = 60;
		EXPECT_EQ(-EPERM, sys_request_key("user", "k", "callout", ring));
		EXPECT_EQ(0, ring_count(ring));
	}
}

TEST(positive_key_is_refused)
{
	REQUIRE_UPCALL();
	refused(_metadata, "instantiate");
}

TEST(negative_key_is_refused)
{
	REQUIRE_UPCALL();
	refused(_metadata, "negate");
}

TEST(key_without_answer_is_refused)
{
	REQUIRE_UPCALL();
	refused(_metadata, "exit");
}

TEST(default_destination_refuses)
{
	REQUIRE_UPCALL();
	CHILD_AS(fresh_uid()) {
		EXPECT_EQ(0, kc_restrict(RING_S, NULL, NULL));
		EXPECT_EQ(0, kc_set_reqkey_keyring(KEY_REQKEY_DEFL_SESSION_KEYRING));
		verb("instantiate");
		EXPECT_EQ(-EPERM, sys_request_key("user", "k", "callout", 0));
		EXPECT_EQ(0, ring_count(RING_S));
	}
}

/* The keyring that the helper names refuses; the destination takes the key. */
static void helper_refused(struct __test_metadata *_metadata, const char *how)
{
	CHILD_AS(fresh_uid()) {
		long ring = closed_ring();

		verb(how);
		up->arg[0] = ring;
		up->arg[1] = 60;
		sys_request_key("user", "k", "callout", RING_T);
		EXPECT_EQ(1, up->calls);
		EXPECT_EQ(-EPERM, up->r[0]);
		EXPECT_EQ(0, ring_count(ring));
	}
}

TEST(keyring_named_at_instantiation_refuses)
{
	REQUIRE_UPCALL();
	helper_refused(_metadata, "instantiate");
}

TEST(keyring_named_at_negation_refuses)
{
	REQUIRE_UPCALL();
	helper_refused(_metadata, "negate");
}

UPCALL_MAIN(verbs)
