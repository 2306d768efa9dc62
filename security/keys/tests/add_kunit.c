// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tests of additions that update a key while another task displaces the key.
 */
#include "keys_kunit.h"

/**
 * struct add_test_world - a keyring that links an old key, and its next key
 * @ring: keyring
 * @old: key that the keyring links when an addition begins
 * @next: key of the same type and description
 * @interfere: what another task does while @old is updated; its error is kept
 * @ret: result of @interfere; or -ENODATA if an update got no payload
 * @updates: how often a key was updated
 */
struct add_test_world {
	struct key	*ring;
	struct key	*old;
	struct key	*next;
	int		(*interfere)(struct add_test_world *world);
	int		ret;
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
	key_set_expiry(key, prep->expiry);
	return 0;
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

/* Adds the key to the keyring. Returns the key, which only the keyring holds. */
static struct key *add_test_add(struct kunit *test)
{
	struct add_test_world *world = &add_test_world;
	key_ref_t ref;

	ref = key_create_or_update(make_key_ref(world->ring, true),
				   "add_test_type", "k", "x", 1,
				   KEY_PERM_UNDEF, KEY_ALLOC_IN_QUOTA);
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

static struct kunit_case add_test_cases[] = {
	KUNIT_CASE(add_test_request_displaces_an_expired_key),
	KUNIT_CASE(add_test_key_expires_during_the_update),
	KUNIT_CASE(add_test_link_displaces_a_live_key),
	KUNIT_CASE(add_test_unlink_of_an_expired_key),
	KUNIT_CASE(add_test_revives_an_expired_key),
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
