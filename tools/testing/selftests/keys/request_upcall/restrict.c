// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tests that request_key(2) respects restrictions: no requested key is linked
 * to a restricted keyring. The stock kernel, which checks a restriction only
 * when an existing key is linked, fails here.
 */

/*
 * Tries to reject the key into the restricted keyring arg[0], then instantiates
 * the key without a keyring.
 */
static void do_negate_twice(void)
{
	up->auth = kc_assume_authority(helper_key);
	up->r[0] = kc_negate(helper_key, 60, up->arg[0]);
	up->r[1] = kc_reject(helper_key, 60, EKEYREJECTED, up->arg[0]);
	up->r[2] = kc_assume_authority(helper_key);
	up->r[3] = kc_instantiate(helper_key, "payload", 7, 0);
	up->r[4] = kc_negate(helper_key, 60, up->arg[0]);
}

/* Tries to negate the key into arg[0], which is not a keyring. */
static void do_negate_into_a_key(void)
{
	up->auth = kc_assume_authority(helper_key);
	up->r[0] = kc_negate(helper_key, 60, up->arg[0]);
	up->r[1] = kc_negate(helper_key, 60, 0);
	/* Of the two errors, the first is that the key has its answer. */
	up->r[2] = kc_negate(helper_key, 60, up->arg[0]);
	up->r[3] = kc_instantiate(helper_key, "payload", 7, 0);
}

static const struct verb restrict_verbs[] = {
	{ "negate twice", do_negate_twice },
	{ "negate into a key", do_negate_into_a_key },
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

/* The helper's keyring refuses the key, but the destination links it. */
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

/* A refused negation changes neither the key nor the authorisation key. */
TEST(refused_negation_changes_nothing)
{
	REQUIRE_UPCALL();
	CHILD_AS(fresh_uid()) {
		long ring = closed_ring(), key;
		char buf[8];

		verb("negate twice");
		up->arg[0] = ring;
		key = sys_request_key("user", "k", "callout", RING_T);
		EXPECT_EQ(1, up->calls);
		EXPECT_EQ(-EPERM, up->r[0]);
		EXPECT_EQ(-EPERM, up->r[1]);
		EXPECT_EQ(up->auth, up->r[2]);
		EXPECT_EQ(0, up->r[3]);
		EXPECT_GT(0, up->r[4]);
		EXPECT_LT(0, key);
		EXPECT_EQ(7, kc_read(key, buf, sizeof(buf)));
		EXPECT_EQ(0, ring_count(ring));
	}
}

/*
 * Other errors of the link do not prevent the negation, because the requester
 * waits for it.
 */
TEST(negation_into_what_is_no_keyring)
{
	REQUIRE_UPCALL();
	CHILD_AS(fresh_uid()) {
		long key = add_user("no keyring", "x", RING_S);

		ASSERT_EQ(0, kc_setperm(key, KEY_POS_ALL | KEY_USR_ALL | KEY_OTH_ALL));
		verb("negate into a key");
		up->arg[0] = key;
		EXPECT_EQ(-ENOKEY, sys_request_key("user", "k", "callout", RING_T));
		EXPECT_EQ(1, up->calls);
		EXPECT_EQ(-ENOTDIR, up->r[0]);
		for (int i = 1; i < 4; i++) {
			EXPECT_EQ(-EBUSY, up->r[i]) {
				TH_LOG("answer %d", i);
			}
		}
	}
}
