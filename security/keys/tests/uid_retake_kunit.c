// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tests which of the keyrings that a UID has left behind the UID can retake.
 */
#include "keys_kunit.h"

#define RETAKE_TEST_UID	KEYS_KUNIT_UID(40)
#define RETAKE_TEST_STRANGER	KEYS_KUNIT_UID(41)

/* Without CONFIG_MULTIUSER, the UID is root, and so is the stranger. */
static int retake_test_init(struct kunit *test)
{
	keys_kunit_need_multiuser(test);
	return 0;
}

static struct key *retake_test_left(struct kunit *test, bool session)
{
	char name[UID_RING_NAME];
	struct key *ring;

	uid_ring_name(name, session, __kuid_val(RETAKE_TEST_UID));
	ring = keyring_alloc(name, RETAKE_TEST_UID, INVALID_GID, current_cred(),
			     UID_RING_PERM,
			     KEY_ALLOC_UID_KEYRING | KEY_ALLOC_IN_QUOTA, NULL,
			     NULL);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, ring);
	return ring;
}

static struct key *retake_test_keeper(struct kunit *test, kuid_t uid,
				      struct key *ring)
{
	return keys_kunit_keeper(test, "kunit-keeper", uid, ring);
}

/* Expects that the UID retakes this pair. */
static void retake_test_expect(struct kunit *test, const struct key *user,
			       const struct key *session)
{
	struct key_user *account = key_user_get(RETAKE_TEST_UID);
	struct uid_pair pair = { };

	KUNIT_ASSERT_NOT_NULL(test, account);
	scoped_guard(mutex, &account->create_mutex)
		KUNIT_EXPECT_EQ(test, 0,
				uid_pair_retake(&pair, current_user_ns(),
						account,
						__kuid_val(RETAKE_TEST_UID)));
	key_user_put(account);
	KUNIT_EXPECT_PTR_EQ(test, pair.user, user);
	KUNIT_EXPECT_PTR_EQ(test, pair.session, session);
	key_put(pair.user);
	key_put(pair.session);
}

static void retake_test_by_keeper(struct kunit *test)
{
	struct key *user = retake_test_left(test, false);
	struct key *keeper, *above;

	retake_test_expect(test, NULL, NULL);
	keeper = retake_test_keeper(test, RETAKE_TEST_UID, user);
	retake_test_expect(test, user, NULL);
	above = retake_test_keeper(test, RETAKE_TEST_STRANGER, keeper);
	retake_test_expect(test, NULL, NULL);
	above->uid = GLOBAL_ROOT_UID;
	retake_test_expect(test, user, NULL);
	keeper->uid = RETAKE_TEST_STRANGER;
	retake_test_expect(test, NULL, NULL);
	key_put(above);
	key_put(keeper);
	key_put(user);
}

static void retake_test_pair(struct kunit *test)
{
	struct key *user = retake_test_left(test, false);
	struct key *session = retake_test_left(test, true);
	struct key *own, *strangers;

	KUNIT_ASSERT_EQ(test, 0, key_link(session, user));
	/* No keyring links "session", so it may be the session of a process */
	own = retake_test_keeper(test, RETAKE_TEST_UID, user);
	retake_test_expect(test, NULL, NULL);
	KUNIT_ASSERT_EQ(test, 0, key_link(own, session));
	retake_test_expect(test, user, session);
	KUNIT_ASSERT_EQ(test, 0, key_unlink(own, user));
	retake_test_expect(test, user, session);

	strangers = retake_test_keeper(test, RETAKE_TEST_STRANGER, user);
	retake_test_expect(test, NULL, NULL);
	KUNIT_ASSERT_EQ(test, 0, key_unlink(strangers, user));
	KUNIT_ASSERT_EQ(test, 0, key_link(strangers, session));
	retake_test_expect(test, NULL, NULL);
	key_put(strangers);
	reap_barrier();
	retake_test_expect(test, user, session);
	key_put(own);
	key_put(session);
	key_put(user);
}

static void retake_test_the_oldest_possible(struct kunit *test)
{
	struct key *user[3], *session[3], *own[3], *strangers;
	int i;

	for (i = 0; i < ARRAY_SIZE(user); i++) {
		user[i] = retake_test_left(test, false);
		session[i] = retake_test_left(test, true);
		KUNIT_ASSERT_EQ(test, 0, key_link(session[i], user[i]));
		own[i] = retake_test_keeper(test, RETAKE_TEST_UID, session[i]);
	}
	retake_test_expect(test, user[0], session[0]);
	strangers = retake_test_keeper(test, RETAKE_TEST_STRANGER, user[0]);
	retake_test_expect(test, user[1], session[1]);
	/* The keyrings of two pairs must not be mixed */
	KUNIT_ASSERT_EQ(test, 0, key_unlink(session[1], user[1]));
	retake_test_expect(test, NULL, session[1]);
	key_put(strangers);
	for (i = 0; i < ARRAY_SIZE(user); i++) {
		key_put(own[i]);
		key_put(session[i]);
		key_put(user[i]);
	}
}

/*
 * The user-session keyring links another keyring with the name of the user
 * keyring. It is not retaken, as a new user keyring would displace this link.
 */
static void retake_test_no_ring_that_links_another(struct kunit *test)
{
	struct key *session = retake_test_left(test, true);
	struct key *own = retake_test_keeper(test, RETAKE_TEST_UID, session);
	char name[UID_RING_NAME];
	struct key *other;

	retake_test_expect(test, NULL, session);
	uid_ring_name(name, false, __kuid_val(RETAKE_TEST_UID));
	other = keys_kunit_ring_of(test, name, RETAKE_TEST_UID);
	KUNIT_ASSERT_EQ(test, 0, key_link(session, other));
	retake_test_expect(test, NULL, NULL);
	key_put(other);
	key_put(own);
	key_put(session);
}

static void retake_test_only_as_made(struct kunit *test)
{
	struct key *user = retake_test_left(test, false);
	struct key *own = retake_test_keeper(test, RETAKE_TEST_UID, user);

	retake_test_expect(test, user, NULL);
	user->perm |= KEY_OTH_SEARCH;
	retake_test_expect(test, NULL, NULL);
	user->perm = UID_RING_PERM;
	user->uid = RETAKE_TEST_STRANGER;
	retake_test_expect(test, NULL, NULL);
	user->uid = RETAKE_TEST_UID;
	user->expiry = 1;
	retake_test_expect(test, NULL, NULL);
	user->expiry = TIME64_MAX;
	clear_bit(KEY_FLAG_UID_KEYRING, &user->flags);
	retake_test_expect(test, NULL, NULL);
	set_bit(KEY_FLAG_UID_KEYRING, &user->flags);
	retake_test_expect(test, user, NULL);
	key_invalidate(user);
	retake_test_expect(test, NULL, NULL);
	key_put(own);
	key_put(user);
}

static void retake_test_trusts(struct kunit *test)
{
	struct retake *r = keys_kunit_zalloc(test, sizeof(*r));
	struct key *ring =
		keys_kunit_ring_of(test, "kunit-keeper", RETAKE_TEST_UID);

	r->uid = RETAKE_TEST_UID;
	r->root = KEYS_KUNIT_UID(42);
	KUNIT_EXPECT_TRUE(test, keeper_is_trusted(r, ring, 0));
	ring->uid = GLOBAL_ROOT_UID;
	KUNIT_EXPECT_TRUE(test, keeper_is_trusted(r, ring, 0));
	ring->uid = r->root;
	KUNIT_EXPECT_TRUE(test, keeper_is_trusted(r, ring, 0));
	ring->uid = RETAKE_TEST_STRANGER;
	KUNIT_EXPECT_FALSE(test, keeper_is_trusted(r, ring, 0));
	/* The namespace has no root UID */
	r->root = INVALID_UID;
	KUNIT_EXPECT_FALSE(test, keeper_is_trusted(r, ring, 0));
	ring->uid = RETAKE_TEST_UID;
	key_put(ring);
}

/* A pair is released: its user-session keyring is not dismantled yet. */
static void retake_test_from_an_unreferenced_ring(struct kunit *test)
{
	struct key *user = retake_test_left(test, false);
	struct key *session = retake_test_left(test, true);
	struct key *own = retake_test_keeper(test, RETAKE_TEST_UID, user);
	unsigned int refs = keys_kunit_refs(session);

	KUNIT_ASSERT_EQ(test, 0, key_link(session, user));
	retake_test_expect(test, NULL, NULL);
	refcount_set(&session->usage, 0);
	retake_test_expect(test, user, NULL);
	refcount_set(&session->usage, refs);
	key_put(own);
	key_put(session);
	key_put(user);
}

/*
 * The user-session keyring links @user after it was found to fit. Only the user
 * keyring is taken back from it.
 */
static void retake_test_linked_user_ring_only(struct kunit *test)
{
	struct retake *r = keys_kunit_zalloc(test, sizeof(*r));
	struct key *session = retake_test_left(test, true);
	struct key *user = retake_test_left(test, false);

	r->uid = RETAKE_TEST_UID;
	uid_ring_name(r->user_name, false, __kuid_val(r->uid));
	key_index_init(&r->user_index, &key_type_keyring, NULL, r->user_name);
	KUNIT_EXPECT_NULL(test, get_linked_user_ring(r, session));
	KUNIT_ASSERT_EQ(test, 0, key_link(session, user));
	KUNIT_EXPECT_PTR_EQ(test, get_linked_user_ring(r, session), user);
	key_put(user);
	clear_bit(KEY_FLAG_UID_KEYRING, &user->flags);
	KUNIT_EXPECT_NULL(test, get_linked_user_ring(r, session));
	set_bit(KEY_FLAG_UID_KEYRING, &user->flags);
	user->uid = RETAKE_TEST_STRANGER;
	KUNIT_EXPECT_NULL(test, get_linked_user_ring(r, session));
	key_put(user);
	key_put(session);
}

static void retake_test_gives_up(struct kunit *test)
{
	struct key *user = retake_test_left(test, false), **keeper;
	int i;

	keeper = keys_kunit_zalloc(test, KEEPERS_MAX_RINGS * sizeof(*keeper));
	for (i = 0; i < KEEPERS_MAX_RINGS - 1; i++)
		keeper[i] = retake_test_keeper(test, GLOBAL_ROOT_UID, user);
	retake_test_expect(test, user, NULL);
	keeper[i] = retake_test_keeper(test, GLOBAL_ROOT_UID, user);
	retake_test_expect(test, NULL, NULL);
	keys_kunit_put_all(keeper, KEEPERS_MAX_RINGS);
	key_put(user);
}

static struct kunit_case retake_test_cases[] = {
	KUNIT_CASE(retake_test_by_keeper),
	KUNIT_CASE(retake_test_pair),
	KUNIT_CASE(retake_test_the_oldest_possible),
	KUNIT_CASE(retake_test_no_ring_that_links_another),
	KUNIT_CASE(retake_test_only_as_made),
	KUNIT_CASE(retake_test_trusts),
	KUNIT_CASE(retake_test_from_an_unreferenced_ring),
	KUNIT_CASE(retake_test_linked_user_ring_only),
	KUNIT_CASE(retake_test_gives_up),
	{}
};

static struct kunit_suite retake_test_suite = {
	.name		= "keys_uid_retake",
	.init		= retake_test_init,
	.test_cases	= retake_test_cases,
};

kunit_test_suite(retake_test_suite);
