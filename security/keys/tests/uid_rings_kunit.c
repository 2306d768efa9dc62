// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tests of UID keyrings: each UID of a user namespace has one pair, which is
 * removed with the record of the UID or after the linger time.
 */
#include "keys_kunit.h"

/**
 * struct uid_rings_test_world - users and namespaces that only the test uses
 * @user: records of UIDs
 * @ns: user namespaces, each of which maps every UID
 * @linger: saved value of kernel.keys.uid_keyring_linger
 */
struct uid_rings_test_world {
	struct user_struct	user[3];
	struct user_namespace	ns[2];
	int			linger;
};

static void uid_rings_test_world_ns_init(struct user_namespace *ns)
{
	init_rwsem(&ns->keyring_sem);
	INIT_LIST_HEAD(&ns->keyring_name_list);
	ns->uid_map = init_user_ns.uid_map;
}

static int uid_rings_test_init(struct kunit *test)
{
	struct uid_rings_test_world *world;
	int i;

	world = kunit_kzalloc(test, sizeof(*world), GFP_KERNEL);
	if (!world)
		return -ENOMEM;
	for (i = 0; i < ARRAY_SIZE(world->user); i++)
		world->user[i].uid = KEYS_KUNIT_UID(i / 2);
	for (i = 0; i < ARRAY_SIZE(world->ns); i++)
		uid_rings_test_world_ns_init(&world->ns[i]);
	world->linger = key_uid_keyring_linger;
	key_uid_keyring_linger = 0;
	test->priv = world;
	return 0;
}

static void uid_rings_test_exit(struct kunit *test)
{
	struct uid_rings_test_world *world = test->priv;
	int i;

	for (i = 0; i < ARRAY_SIZE(world->ns); i++)
		key_free_user_ns(&world->ns[i]);
	key_uid_keyring_linger = world->linger;
	uid_rings_linger_changed();
}

/*
 * Returns credentials of @user in @ns. Users 0 and 1 are an older and a newer
 * record of the same UID. User 2 has another UID, but not without
 * CONFIG_MULTIUSER.
 */
static struct cred uid_rings_test_subject(struct kunit *test, int user, int ns)
{
	struct uid_rings_test_world *world = test->priv;
	struct cred cred = *current_cred();

	cred.user = &world->user[user];
	cred.user_ns = &world->ns[ns];
	cred.uid = cred.user->uid;
	return cred;
}

/*
 * Returns the subject's user keyring, and the user-session keyring in
 * *@session.
 */
static struct key *uid_rings_test_get(struct kunit *test, int user, int ns,
				      struct key **session)
{
	struct cred cred = uid_rings_test_subject(test, user, ns);
	struct key *user_ring = uid_ring_get(&cred, false);

	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, user_ring);
	if (!session)
		return user_ring;
	*session = uid_ring_get(&cred, true);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, *session);
	return user_ring;
}

static key_serial_t uid_rings_test_serial(struct kunit *test, int user, int ns)
{
	struct key *ring = uid_rings_test_get(test, user, ns, NULL);
	key_serial_t serial = key_serial(ring);

	key_put(ring);
	return serial;
}

static void uid_rings_test_are_a_pair(struct kunit *test)
{
	struct key *user, *session;

	user = uid_rings_test_get(test, 0, 0, &session);
	KUNIT_EXPECT_EQ(test, user->perm, 0x1f3f0000);
	KUNIT_EXPECT_EQ(test, session->perm, 0x1f3f0000);
	KUNIT_EXPECT_TRUE(test, test_bit(KEY_FLAG_UID_KEYRING, &user->flags));
	KUNIT_EXPECT_TRUE(test, test_bit(KEY_FLAG_UID_KEYRING,
					 &session->flags));
	KUNIT_EXPECT_EQ(test, session->keys.nr_leaves_on_tree, 1);
	KUNIT_EXPECT_EQ(test, 0, key_unlink(session, user));
	KUNIT_EXPECT_EQ(test, uid_rings_test_serial(test, 0, 0),
			key_serial(user));
	key_put(user);
	key_put(session);
}

static void uid_rings_test_differ_by_uid_and_ns(struct kunit *test)
{
	key_serial_t here, there, other;

	keys_kunit_need_multiuser(test);
	here = uid_rings_test_serial(test, 0, 0);
	there = uid_rings_test_serial(test, 0, 1);
	other = uid_rings_test_serial(test, 2, 0);
	KUNIT_EXPECT_NE(test, here, there);
	KUNIT_EXPECT_NE(test, here, other);
	KUNIT_EXPECT_EQ(test, here, uid_rings_test_serial(test, 0, 0));
	KUNIT_EXPECT_EQ(test, there, uid_rings_test_serial(test, 0, 1));
	KUNIT_EXPECT_EQ(test, other, uid_rings_test_serial(test, 2, 0));
}

static void uid_rings_test_are_only_looked_for(struct kunit *test)
{
	struct cred cred = uid_rings_test_subject(test, 0, 0);
	struct key *user, *session;

	scoped_guard(rcu)
		KUNIT_EXPECT_NULL(test, uid_session_ring_rcu(&cred));
	user = uid_rings_test_get(test, 0, 0, &session);
	scoped_guard(rcu)
		KUNIT_EXPECT_PTR_EQ(test, uid_session_ring_rcu(&cred), session);
	key_put(user);
	key_put(session);
}

static void uid_rings_test_go_with_the_user(struct kunit *test)
{
	struct uid_rings_test_world *world = test->priv;
	struct key *user, *session;
	unsigned int refs;

	user = uid_rings_test_get(test, 0, 0, &session);
	key_put(uid_rings_test_get(test, 0, 1, NULL));
	refs = keys_kunit_refs(session);
	key_free_user(&world->user[0]);
	KUNIT_EXPECT_TRUE(test, hlist_empty(&world->user[0].key_rings));
	KUNIT_EXPECT_TRUE(test, RB_EMPTY_ROOT(&world->ns[0].uid_rings));
	KUNIT_EXPECT_TRUE(test, RB_EMPTY_ROOT(&world->ns[1].uid_rings));
	KUNIT_EXPECT_EQ(test, keys_kunit_refs(session), refs - 1);
	KUNIT_EXPECT_NE(test, uid_rings_test_serial(test, 1, 0),
			key_serial(user));
	key_put(user);
	key_put(session);
}

static void uid_rings_test_go_with_the_ns(struct kunit *test)
{
	struct uid_rings_test_world *world = test->priv;
	struct key *user, *session;
	key_serial_t there;
	unsigned int refs;

	user = uid_rings_test_get(test, 0, 0, &session);
	refs = keys_kunit_refs(session);
	there = uid_rings_test_serial(test, 0, 1);
	key_free_user_ns(&world->ns[0]);
	KUNIT_EXPECT_TRUE(test, RB_EMPTY_ROOT(&world->ns[0].uid_rings));
	KUNIT_EXPECT_EQ(test, keys_kunit_refs(session), refs - 1);
	KUNIT_EXPECT_EQ(test, there, uid_rings_test_serial(test, 0, 1));
	key_put(user);
	key_put(session);
}

static void uid_rings_test_linger(struct kunit *test)
{
	struct uid_rings_test_world *world = test->priv;
	key_serial_t mine;

	keys_kunit_need_multiuser(test);
	mine = uid_rings_test_serial(test, 0, 0);
	key_uid_keyring_linger = -1;
	key_free_user(&world->user[0]);
	KUNIT_EXPECT_FALSE(test, RB_EMPTY_ROOT(&world->ns[0].uid_rings));
	KUNIT_EXPECT_NE(test, mine, uid_rings_test_serial(test, 1, 1));
	KUNIT_EXPECT_NE(test, mine, uid_rings_test_serial(test, 2, 0));
	KUNIT_EXPECT_EQ(test, mine, uid_rings_test_serial(test, 1, 0));
	key_uid_keyring_linger = 0;
	key_free_user(&world->user[1]);
	KUNIT_EXPECT_NE(test, mine, uid_rings_test_serial(test, 0, 0));
}

static void uid_rings_test_lookup_adopts(struct kunit *test)
{
	struct cred cred = uid_rings_test_subject(test, 1, 0);
	struct uid_rings_test_world *world = test->priv;
	struct key *user, *session;

	user = uid_rings_test_get(test, 0, 0, &session);
	key_uid_keyring_linger = 1000;
	key_free_user(&world->user[0]);
	scoped_guard(rcu)
		KUNIT_EXPECT_PTR_EQ(test, uid_session_ring_rcu(&cred), session);
	key_put(user);
	key_put(session);
}

/* The pair is still listed by the old record when the new record is used. */
static void uid_rings_test_lookup_adopts_from_a_record(struct kunit *test)
{
	struct cred cred = uid_rings_test_subject(test, 1, 0);
	struct key *user, *session;

	key_uid_keyring_linger = 1000;
	user = uid_rings_test_get(test, 0, 0, &session);
	scoped_guard(rcu)
		KUNIT_EXPECT_PTR_EQ(test, uid_session_ring_rcu(&cred), session);
	key_put(user);
	key_put(session);
}

static void uid_rings_test_linger_no_longer(struct kunit *test)
{
	struct uid_rings_test_world *world = test->priv;
	key_serial_t mine = uid_rings_test_serial(test, 0, 0);

	key_uid_keyring_linger = 1000;
	key_free_user(&world->user[0]);
	KUNIT_EXPECT_FALSE(test, RB_EMPTY_ROOT(&world->ns[0].uid_rings));
	key_uid_keyring_linger = 0;
	uid_rings_linger_changed();
	flush_delayed_work(&idle_work);
	KUNIT_EXPECT_TRUE(test, RB_EMPTY_ROOT(&world->ns[0].uid_rings));
	KUNIT_EXPECT_NE(test, mine, uid_rings_test_serial(test, 1, 0));
}

static void uid_rings_test_overdue_are_not_adopted(struct kunit *test)
{
	struct uid_rings_test_world *world = test->priv;
	key_serial_t mine = uid_rings_test_serial(test, 0, 0);

	key_uid_keyring_linger = -1;
	key_free_user(&world->user[0]);
	/*
	 * The worker is not scheduled, as uid_rings_linger_changed() is not
	 * called
	 */
	key_uid_keyring_linger = 0;
	KUNIT_EXPECT_NE(test, mine, uid_rings_test_serial(test, 1, 0));
}

static void uid_rings_test_linger_in_time(struct kunit *test)
{
	struct uid_rings rings = { .idle_since = get_jiffies_64() };

	KUNIT_EXPECT_EQ(test, idle_time_left(&rings), 0);
	key_uid_keyring_linger = -1;
	KUNIT_EXPECT_EQ(test, idle_time_left(&rings), U64_MAX);
	key_uid_keyring_linger = INT_MAX;
	KUNIT_EXPECT_GT(test, idle_time_left(&rings), (u64)INT_MAX * HZ / 2);
	key_uid_keyring_linger = 100;
	KUNIT_EXPECT_LE(test, idle_time_left(&rings), 100 * HZ);
	KUNIT_EXPECT_GT(test, idle_time_left(&rings), 50 * HZ);
	rings.idle_since -= 100 * HZ;
	KUNIT_EXPECT_EQ(test, idle_time_left(&rings), 0);
}

/*
 * A new record of the UID takes over the pair before the old record is freed.
 */
static void uid_rings_test_of_the_last_process_are_adopted(struct kunit *test)
{
	struct uid_rings_test_world *world = test->priv;
	key_serial_t mine = uid_rings_test_serial(test, 0, 0);

	KUNIT_EXPECT_EQ(test, mine, uid_rings_test_serial(test, 1, 0));
	KUNIT_EXPECT_TRUE(test, hlist_empty(&world->user[0].key_rings));
	key_free_user(&world->user[0]);
	KUNIT_EXPECT_EQ(test, mine, uid_rings_test_serial(test, 1, 0));
}

static void uid_rings_test_that_were_freed_are_replaced(struct kunit *test)
{
	struct key *user, *session, *new_user, *new_session;

	user = uid_rings_test_get(test, 0, 0, &session);
	key_invalidate(user);
	new_user = uid_rings_test_get(test, 0, 0, &new_session);
	KUNIT_EXPECT_PTR_NE(test, new_user, user);
	KUNIT_EXPECT_PTR_EQ(test, new_session, session);
	key_put(session);
	key_put(user);

	key_invalidate(new_session);
	user = uid_rings_test_get(test, 0, 0, &session);
	KUNIT_EXPECT_PTR_EQ(test, user, new_user);
	KUNIT_EXPECT_PTR_NE(test, session, new_session);
	KUNIT_EXPECT_EQ(test, session->keys.nr_leaves_on_tree, 1);
	key_put(session);
	key_put(user);
	key_put(new_session);
	key_put(new_user);
}

static void uid_rings_test_answer_their_error(struct kunit *test)
{
	struct cred cred = uid_rings_test_subject(test, 0, 0);
	struct key *user, *session;

	user = uid_rings_test_get(test, 0, 0, &session);
	key_revoke(session);
	key_put(user);
	key_put(session);
	KUNIT_EXPECT_PTR_EQ(test, ERR_PTR(-EKEYREVOKED),
			    uid_ring_get(&cred, true));
	KUNIT_EXPECT_PTR_EQ(test, ERR_PTR(-EKEYREVOKED),
			    uid_ring_get(&cred, false));
	scoped_guard(rcu)
		KUNIT_EXPECT_NULL(test, uid_session_ring_rcu(&cred));
}

/*
 * The names of keyrings belong to the namespace of the test's task, so the pair
 * must be in this namespace to be taken back.
 */
static void uid_rings_test_session_lost_its_user_keyring(struct kunit *test)
{
	struct uid_rings_test_world *world = test->priv;
	struct cred cred = uid_rings_test_subject(test, 0, 0);
	struct key *user, *session, *keeper;

	keys_kunit_need_multiuser(test);
	cred.user_ns = current_user_ns();
	user = uid_ring_get(&cred, false);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, user);
	session = uid_ring_get(&cred, true);
	keeper = keys_kunit_keeper(test, "keeper", cred.uid, session);
	KUNIT_EXPECT_EQ(test, key_unlink(session, user), 0);
	key_put(user);
	key_put(session);
	key_free_user(&world->user[0]);
	/* Only @keeper refers to a keyring of the pair now */
	KUNIT_EXPECT_EQ(test, session->keys.nr_leaves_on_tree, 0);
	user = uid_ring_get(&cred, false);
	KUNIT_EXPECT_NOT_ERR_OR_NULL(test, user);
	KUNIT_EXPECT_PTR_EQ(test, uid_ring_get(&cred, true), session);
	/* The user-session keyring links the new user keyring */
	KUNIT_EXPECT_EQ(test, key_unlink(session, user), 0);
	key_put(session);
	key_put(user);
	key_put(keeper);
	key_free_user(&world->user[0]);
}

static void uid_rings_test_get_a_number(struct kunit *test)
{
	struct uid_rings_test_world *world = test->priv;
	struct cred cred = uid_rings_test_subject(test, 0, 0);
	struct key *unmapped, *mapped;
	char name[UID_RING_NAME];

	if (!IS_ENABLED(CONFIG_USER_NS))
		kunit_skip(test, "namespaces have no maps without CONFIG_USER_NS");
	world->ns[0].uid_map = (struct uid_gid_map) { };
	unmapped = uid_rings_test_get(test, 0, 0, NULL);
	snprintf(name, sizeof(name), "_uid.%u", UINT_MAX);
	KUNIT_EXPECT_STREQ(test, unmapped->description, name);
	KUNIT_EXPECT_EQ(test, key_serial(unmapped),
			uid_rings_test_serial(test, 0, 0));
	KUNIT_EXPECT_NE(test, key_serial(unmapped),
			uid_rings_test_serial(test, 2, 0));
	scoped_guard(rcu)
		KUNIT_EXPECT_NOT_NULL(test, uid_session_ring_rcu(&cred));
	world->ns[0].uid_map = init_user_ns.uid_map;
	/* No task has made a pair of the right name yet */
	scoped_guard(rcu)
		KUNIT_EXPECT_NULL(test, uid_session_ring_rcu(&cred));
	mapped = uid_rings_test_get(test, 0, 0, NULL);
	snprintf(name, sizeof(name), "_uid.%u", __kuid_val(KEYS_KUNIT_UID(0)));
	KUNIT_EXPECT_STREQ(test, mapped->description, name);
	key_put(unmapped);
	key_put(mapped);
}

static struct kunit_case uid_rings_test_cases[] = {
	KUNIT_CASE(uid_rings_test_are_a_pair),
	KUNIT_CASE(uid_rings_test_differ_by_uid_and_ns),
	KUNIT_CASE(uid_rings_test_are_only_looked_for),
	KUNIT_CASE(uid_rings_test_go_with_the_user),
	KUNIT_CASE(uid_rings_test_go_with_the_ns),
	KUNIT_CASE(uid_rings_test_linger),
	KUNIT_CASE(uid_rings_test_lookup_adopts),
	KUNIT_CASE(uid_rings_test_lookup_adopts_from_a_record),
	KUNIT_CASE(uid_rings_test_linger_no_longer),
	KUNIT_CASE(uid_rings_test_overdue_are_not_adopted),
	KUNIT_CASE(uid_rings_test_linger_in_time),
	KUNIT_CASE(uid_rings_test_of_the_last_process_are_adopted),
	KUNIT_CASE(uid_rings_test_that_were_freed_are_replaced),
	KUNIT_CASE(uid_rings_test_answer_their_error),
	KUNIT_CASE(uid_rings_test_get_a_number),
	KUNIT_CASE(uid_rings_test_session_lost_its_user_keyring),
	{}
};

static struct kunit_suite uid_rings_test_suite = {
	.name = "keys_uid_rings",
	.init = uid_rings_test_init,
	.exit = uid_rings_test_exit,
	.test_cases = uid_rings_test_cases,
};

kunit_test_suite(uid_rings_test_suite);
