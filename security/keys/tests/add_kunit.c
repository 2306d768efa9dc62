// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tests of additions: those that update a key while another task displaces the
 * key, and those that are refused.
 */
#include "keys_kunit.h"

/**
 * struct add_test_world - a keyring that links an old key, and its next key
 * @ring: keyring
 * @old: key that the keyring links when an addition begins
 * @next: key of the same type and description
 * @interfere: what another task does while @old is updated; its error is kept
 * @ret: result of @interfere; or -ENODATA if an update got no payload
 * @update_ret: what an update returns
 * @updates: how often a key was updated
 */
struct add_test_world {
	struct key	*ring;
	struct key	*old;
	struct key	*next;
	int		(*interfere)(struct add_test_world *world);
	int		ret;
	int		update_ret;
	unsigned int	updates;
};

static struct add_test_world add_test_world;

static int add_test_preparse(struct key_preparsed_payload *prep)
{
	prep->payload.data[0] = &add_test_world;
	return 0;
}

/* Takes the payload over, as the update of most types does. */
static int add_test_update(struct key *key, struct key_preparsed_payload *prep)
{
	struct add_test_world *world = &add_test_world;

	world->updates++;
	if (!prep->payload.data[0])
		world->ret = -ENODATA;
	prep->payload.data[0] = NULL;
	if (key == world->old && world->interfere)
		world->ret = world->interfere(world);
	if (!world->update_ret)
		key_set_expiry(key, prep->expiry);
	return world->update_ret;
}

static struct key_type add_test_type = {
	.name		= "add_test_type",
	.preparse	= add_test_preparse,
	.instantiate	= keys_kunit_instantiate,
	.update		= add_test_update,
};

KEYS_KUNIT_REGISTER(add_test_type)

static int add_test_displace(struct add_test_world *world)
{
	return key_link(world->ring, world->next);
}

static int add_test_expire_and_displace(struct add_test_world *world)
{
	key_set_expiry(world->old, ktime_get_real_seconds() - 1);
	return add_test_displace(world);
}

static int add_test_unlink(struct add_test_world *world)
{
	return key_unlink(world->ring, world->old);
}

static int add_test_init(struct kunit *test)
{
	add_test_world = (struct add_test_world) {
		.ring	= keys_kunit_ring(test, "ring"),
		.old	= keys_kunit_key(test, &add_test_type, "k"),
		.next	= keys_kunit_key(test, &add_test_type, "k"),
	};
	return key_link(add_test_world.ring, add_test_world.old);
}

static void add_test_exit(struct kunit *test)
{
	key_put(add_test_world.ring);
	key_put(add_test_world.old);
	key_put(add_test_world.next);
	add_test_world = (struct add_test_world) { };
}

static key_ref_t add_test_try(const char *desc, unsigned long flags)
{
	return key_create_or_update(make_key_ref(add_test_world.ring, true),
				    "add_test_type", desc, "x", 1,
				    KEY_PERM_UNDEF, flags);
}

/* Adds the key to the keyring. Returns the key, which only the keyring holds. */
static struct key *add_test_add(struct kunit *test)
{
	struct add_test_world *world = &add_test_world;
	key_ref_t ref;

	ref = add_test_try("k", KEY_ALLOC_IN_QUOTA);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, ref);
	key_ref_put(ref);
	KUNIT_EXPECT_EQ(test, world->ret, 0);
	return key_ref_to_ptr(ref);
}

static bool add_test_links(const struct key *key)
{
	return link_exists(to_keyring(add_test_world.ring), key);
}

/* The result must be as if the request had been first. */
static void add_test_request_displaces_an_expired_key(struct kunit *test)
{
	struct add_test_world *world = &add_test_world;

	key_set_expiry(world->old, ktime_get_real_seconds() - 1);
	world->interfere = add_test_displace;
	KUNIT_EXPECT_PTR_EQ(test, world->next, add_test_add(test));
	KUNIT_EXPECT_TRUE(test, add_test_links(world->next));
	KUNIT_EXPECT_EQ(test, world->updates, 2);
}

static void add_test_key_expires_during_the_update(struct kunit *test)
{
	struct add_test_world *world = &add_test_world;

	key_set_expiry(world->old, ktime_get_real_seconds() + 1000);
	world->interfere = add_test_expire_and_displace;
	KUNIT_EXPECT_PTR_EQ(test, world->next, add_test_add(test));
	KUNIT_EXPECT_TRUE(test, add_test_links(world->next));
	KUNIT_EXPECT_EQ(test, world->updates, 2);
}

/* The result is as if the addition had been first. */
static void add_test_link_displaces_a_live_key(struct kunit *test)
{
	struct add_test_world *world = &add_test_world;

	world->interfere = add_test_displace;
	KUNIT_EXPECT_PTR_EQ(test, world->old, add_test_add(test));
	KUNIT_EXPECT_TRUE(test, add_test_links(world->next));
	KUNIT_EXPECT_EQ(test, world->updates, 1);
}

/* The result is as if the key had been unlinked first. */
static void add_test_unlink_of_an_expired_key(struct kunit *test)
{
	struct add_test_world *world = &add_test_world;
	struct key *key;

	key_set_expiry(world->old, ktime_get_real_seconds() - 1);
	world->interfere = add_test_unlink;
	key = add_test_add(test);
	KUNIT_EXPECT_PTR_NE(test, world->old, key);
	KUNIT_EXPECT_TRUE(test, add_test_links(key));
	KUNIT_EXPECT_EQ(test, world->updates, 1);
}

static void add_test_revives_an_expired_key(struct kunit *test)
{
	struct add_test_world *world = &add_test_world;

	key_set_expiry(world->old, ktime_get_real_seconds() - 1);
	KUNIT_EXPECT_PTR_EQ(test, world->old, add_test_add(test));
	KUNIT_EXPECT_TRUE(test, add_test_links(world->old));
	KUNIT_EXPECT_EQ(test, key_validate(world->old), 0);
	KUNIT_EXPECT_EQ(test, world->updates, 1);
}

/*
 * A work collects the key after the check whether the key has ended, and before
 * the key is taken out of the expiry queue.
 */
static void add_test_key_is_collected_before_the_update(struct kunit *test)
{
	struct add_test_world *world = &add_test_world;
	struct key_preparsed_payload prep = { };

	guard(key_types)();
	guard(rwsem_write)(&world->old->sem);
	set_bit(KEY_FLAG_INVALIDATED, &world->old->flags);
	KUNIT_EXPECT_EQ(test, update_held(world->old, &prep), -EKEYREVOKED);
	KUNIT_EXPECT_EQ(test, world->updates, 0);
}

/* The error is that of the type, and does not mean that the key has ended. */
static void add_test_type_answers_revoked(struct kunit *test)
{
	struct add_test_world *world = &add_test_world;

	world->update_ret = -EKEYREVOKED;
	KUNIT_EXPECT_PTR_EQ(test, ERR_PTR(-EKEYREVOKED),
			    add_test_try("k", KEY_ALLOC_IN_QUOTA));
	KUNIT_EXPECT_EQ(test, world->updates, 1);
	KUNIT_EXPECT_TRUE(test, add_test_links(world->old));
}

static void add_test_existing_key_is_uninstantiated(struct kunit *test)
{
	struct add_test_world *world = &add_test_world;
	struct key *key = keys_kunit_key_of(test, &add_test_type, "u",
					    GLOBAL_ROOT_UID);

	KUNIT_ASSERT_EQ(test, key_link(world->ring, key), 0);
	KUNIT_EXPECT_PTR_EQ(test, ERR_PTR(-ENOKEY),
			    add_test_try("u", KEY_ALLOC_IN_QUOTA));
	KUNIT_EXPECT_EQ(test, -ENOKEY,
			key_update(make_key_ref(key, true), "x", 1));
	KUNIT_EXPECT_EQ(test, key_read_state(key), KEY_IS_UNINSTANTIATED);
	KUNIT_EXPECT_EQ(test, world->updates, 0);
	key_put(key);
}

/* Of a new key, and of an existing one that is updated. */
static void add_test_bypasses_the_restriction(struct kunit *test)
{
	struct add_test_world *world = &add_test_world;
	key_ref_t ref = make_key_ref(world->ring, true);
	static const char * const descs[] = { "new", "k" };
	int i;

	KUNIT_ASSERT_EQ(test, keyring_restrict(ref, NULL, NULL), 0);
	for (i = 0; i < ARRAY_SIZE(descs); i++) {
		KUNIT_EXPECT_PTR_EQ(test, ERR_PTR(-EPERM),
				    add_test_try(descs[i], KEY_ALLOC_IN_QUOTA));
		KUNIT_EXPECT_EQ(test, world->updates, 0);
		ref = add_test_try(descs[i], KEY_ALLOC_BYPASS_RESTRICTION);
		KUNIT_ASSERT_NOT_ERR_OR_NULL(test, ref);
		KUNIT_EXPECT_EQ(test, world->updates, i);
		key_ref_put(ref);
	}
	KUNIT_EXPECT_PTR_EQ(test, key_ref_to_ptr(ref), world->old);
	KUNIT_EXPECT_EQ(test, world->ring->keys.nr_leaves_on_tree, 2);
}

static int add_test_describe_payload(struct key_preparsed_payload *prep)
{
	prep->description = "proposed";
	return add_test_preparse(prep);
}

static void add_test_type_proposes_the_description(struct kunit *test)
{
	key_ref_t proposed, named;

	add_test_type.preparse = add_test_describe_payload;
	proposed = add_test_try(NULL, KEY_ALLOC_IN_QUOTA);
	named = add_test_try("named", KEY_ALLOC_IN_QUOTA);
	add_test_type.preparse = add_test_preparse;
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, proposed);
	KUNIT_EXPECT_STREQ(test, key_ref_to_ptr(proposed)->description,
			   "proposed");
	key_ref_put(proposed);
	/* The description of the caller takes precedence */
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, named);
	KUNIT_EXPECT_STREQ(test, key_ref_to_ptr(named)->description, "named");
	key_ref_put(named);
}

/* A type may have no keys that add_key(2) can make. */
static void add_test_type_lacks_an_operation(struct kunit *test)
{
	key_ref_t no_preparse, no_instantiate;

	add_test_type.preparse = NULL;
	no_preparse = add_test_try(NULL, KEY_ALLOC_IN_QUOTA);
	add_test_type.preparse = add_test_preparse;
	KUNIT_EXPECT_PTR_EQ(test, no_preparse, ERR_PTR(-EINVAL));
	add_test_type.instantiate = NULL;
	no_instantiate = add_test_try("new", KEY_ALLOC_IN_QUOTA);
	add_test_type.instantiate = keys_kunit_instantiate;
	KUNIT_EXPECT_PTR_EQ(test, no_instantiate, ERR_PTR(-EINVAL));
	KUNIT_EXPECT_EQ(test, add_test_world.ring->keys.nr_leaves_on_tree, 1);
}

static struct kunit_case add_test_cases[] = {
	KUNIT_CASE(add_test_request_displaces_an_expired_key),
	KUNIT_CASE(add_test_key_expires_during_the_update),
	KUNIT_CASE(add_test_link_displaces_a_live_key),
	KUNIT_CASE(add_test_unlink_of_an_expired_key),
	KUNIT_CASE(add_test_revives_an_expired_key),
	KUNIT_CASE(add_test_key_is_collected_before_the_update),
	KUNIT_CASE(add_test_type_answers_revoked),
	KUNIT_CASE(add_test_existing_key_is_uninstantiated),
	KUNIT_CASE(add_test_bypasses_the_restriction),
	KUNIT_CASE(add_test_type_proposes_the_description),
	KUNIT_CASE(add_test_type_lacks_an_operation),
	{}
};

static struct kunit_suite add_test_suite = {
	.name		= "keys_add",
	.suite_init	= add_test_type_register,
	.suite_exit	= add_test_type_unregister,
	.init		= add_test_init,
	.exit		= add_test_exit,
	.test_cases	= add_test_cases,
};

kunit_test_suite(add_test_suite);
