/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Helpers for the tests of several modules: keys, keyrings, accounts and random
 * numbers that are the same in every run.
 */
#ifndef _KEYS_TESTS_KEYS_KUNIT_H
#define _KEYS_TESTS_KEYS_KUNIT_H

#include <kunit/test.h>
#include <linux/cred.h>
#include <linux/key-type.h>
#include <linux/prandom.h>
#include <linux/slab.h>

#include "../core/keyring.h"
#include "../core/quota.h"
#include "../core/reap.h"
#include "../core/type.h"

/*
 * UIDs of accounts that no other part of the system uses. Without
 * CONFIG_MULTIUSER, the only account is that of root, whatever the UID.
 */
#define KEYS_KUNIT_UID(n)	KUIDT_INIT(0x7eed0000 + (n))

#define KEYS_KUNIT_PERM		(KEY_POS_ALL | KEY_USR_ALL)

static inline int keys_kunit_instantiate(struct key *key,
					 struct key_preparsed_payload *prep)
{
	return 0;
}

/*
 * Defines a key type for the including file, which registers it in
 * ->suite_init()
 */
#define KEYS_KUNIT_TYPE(_type)						\
	static struct key_type _type = {				\
		.name		= #_type,				\
		.instantiate	= keys_kunit_instantiate,		\
	}

/*
 * Defines _type##_register() and _type##_unregister(), the ->suite_init() and
 * ->suite_exit() of a suite that needs this type
 */
#define KEYS_KUNIT_REGISTER(_type)					\
	static int _type##_register(struct kunit_suite *suite)		\
	{								\
		return register_key_type(&(_type));			\
	}								\
									\
	static void _type##_unregister(struct kunit_suite *suite)	\
	{								\
		unregister_key_type(&(_type));				\
	}

/**
 * keys_kunit_need_multiuser - skip a test in a kernel that only has root
 * @test: the test, which has made nothing yet that it must clean up
 *
 * Without CONFIG_MULTIUSER, all UIDs are equal, and every group is one's own.
 */
static inline void keys_kunit_need_multiuser(struct kunit *test)
{
	if (!IS_ENABLED(CONFIG_MULTIUSER))
		kunit_skip(test, "all IDs are equal without CONFIG_MULTIUSER");
}

/**
 * keys_kunit_zalloc - allocate zeroed memory
 * @test: the test; the memory is freed when it ends
 * @size: number of bytes
 *
 * Return: the memory, never NULL.
 */
static inline void *keys_kunit_zalloc(struct kunit *test, size_t size)
{
	void *memory = kunit_kzalloc(test, size, GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, memory);
	return memory;
}

/**
 * keys_kunit_account - get an account that only the test uses
 * @test: the test, which has made nothing yet that it must clean up
 * @n: number of the UID, see KEYS_KUNIT_UID()
 *
 * Without CONFIG_MULTIUSER, this would be the account of root, which other keys
 * are charged to. So the test is skipped.
 *
 * Return: the account with a reference for the caller.
 */
static inline struct key_user *keys_kunit_account(struct kunit *test,
						  unsigned int n)
{
	struct key_user *user;

	keys_kunit_need_multiuser(test);
	user = key_user_get(KEYS_KUNIT_UID(n));
	KUNIT_ASSERT_NOT_NULL(test, user);
	return user;
}

/**
 * keys_kunit_account_put_last - put the last reference to an account
 * @test: the test; fails if anything else still refers to the account
 * @user: the account
 *
 * Links that are gathered while a grace period runs begin another grace period,
 * which refers to the account. So this waits some times for what may be under
 * way.
 */
static inline void keys_kunit_account_put_last(struct kunit *test,
					       struct key_user *user)
{
	kuid_t uid = user->uid;
	int i;

	for (i = 0; i < 20 && refcount_read(&user->usage) > 1; i++)
		reap_barrier();
	key_user_put(user);
	KUNIT_EXPECT_NULL(test, key_user_find(uid));
}

/**
 * keys_kunit_fake - make a key that only the module under test uses
 * @test: the test; the key is freed when it ends
 * @user: account of the key, or NULL
 *
 * Only the reference count, the locks, @user and the expiry are set up.
 *
 * Return: the key, with one reference.
 */
static inline struct key *keys_kunit_fake(struct kunit *test,
					  struct key_user *user)
{
	struct listed_key *listed = keys_kunit_zalloc(test, sizeof(*listed));
	struct key *key = &listed->key;

	refcount_set(&key->usage, 1);
	init_rwsem(&key->sem);
	spin_lock_init(&key->parents_lock);
	key->expiry = TIME64_MAX;
	key->user = user;
	return key;
}

/**
 * keys_kunit_key_of - allocate a real, uninstantiated key
 * @test: the test
 * @type: registered type
 * @desc: description
 * @uid: UID of the account that is charged
 *
 * Return: the key with a reference for the caller.
 */
static inline struct key *keys_kunit_key_of(struct kunit *test,
					    struct key_type *type,
					    const char *desc, kuid_t uid)
{
	struct key *key;

	key = key_alloc(type, desc, uid, GLOBAL_ROOT_GID, current_cred(),
			KEYS_KUNIT_PERM, KEY_ALLOC_IN_QUOTA, NULL);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, key);
	return key;
}

/**
 * keys_kunit_key - allocate and instantiate a real key
 * @test: the test
 * @type: registered type
 * @desc: description
 *
 * Return: the key with a reference for the caller.
 */
static inline struct key *keys_kunit_key(struct kunit *test,
					 struct key_type *type,
					 const char *desc)
{
	struct key *key = keys_kunit_key_of(test, type, desc, GLOBAL_ROOT_UID);

	KUNIT_ASSERT_EQ(test, 0,
			key_instantiate_and_link(key, NULL, 0, NULL, NULL));
	return key;
}

/**
 * keys_kunit_ring_of - allocate a keyring of a user
 * @test: the test
 * @desc: description
 * @uid: owner; the owner's account is charged
 *
 * Return: the empty keyring with a reference for the caller.
 */
static inline struct key *keys_kunit_ring_of(struct kunit *test,
					     const char *desc, kuid_t uid)
{
	struct key *ring;

	ring = keyring_alloc(desc, uid, GLOBAL_ROOT_GID, current_cred(),
			     KEYS_KUNIT_PERM, KEY_ALLOC_IN_QUOTA, NULL, NULL);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, ring);
	return ring;
}

/**
 * keys_kunit_ring - allocate a keyring of root
 * @test: the test
 * @desc: description
 *
 * Return: the empty keyring with a reference for the caller.
 */
static inline struct key *keys_kunit_ring(struct kunit *test, const char *desc)
{
	return keys_kunit_ring_of(test, desc, GLOBAL_ROOT_UID);
}

/**
 * keys_kunit_keeper - allocate a keyring that links another one
 * @test: the test
 * @desc: description of the new keyring
 * @uid: owner of the new keyring
 * @ring: keyring that the new one links
 *
 * Return: the new keyring with a reference for the caller.
 */
static inline struct key *keys_kunit_keeper(struct kunit *test,
					    const char *desc, kuid_t uid,
					    struct key *ring)
{
	struct key *keeper = keys_kunit_ring_of(test, desc, uid);

	KUNIT_ASSERT_EQ(test, 0, key_link(keeper, ring));
	return keeper;
}

/**
 * keys_kunit_chain - allocate keyrings, each of which links the next one
 * @test: the test
 * @ring: filled with the keyrings, each with a reference for the caller
 * @nr: number of keyrings; may be more than key_link() would nest
 */
static inline void keys_kunit_chain(struct kunit *test, struct key **ring,
				    unsigned int nr)
{
	char desc[16];
	unsigned int i;

	for (i = 0; i < nr; i++) {
		snprintf(desc, sizeof(desc), "chain:%u", i);
		ring[i] = keys_kunit_ring(test, desc);
		if (i)
			KUNIT_ASSERT_EQ(test, 0,
					keyring_link_new(ring[i - 1], ring[i]));
	}
}

/*
 * Returns how many references to the key there are. Tests compare this number
 * with an earlier one: which references a new key has is not their subject.
 */
static inline unsigned int keys_kunit_refs(const struct key *key)
{
	return refcount_read(&key->usage);
}

static inline void keys_kunit_put_all(struct key **keys, unsigned int nr)
{
	while (nr--)
		key_put(keys[nr]);
}

/*
 * Waits until unreferenced keys are freed, and then the keys that only they
 * referred to
 */
static inline void keys_kunit_reap(void)
{
	reap_barrier();
	reap_barrier();
}

static inline void keys_kunit_seed(struct rnd_state *rnd)
{
	prandom_seed_state(rnd, 20040915);
}

static inline u32 keys_kunit_below(struct rnd_state *rnd, u32 limit)
{
	return prandom_u32_state(rnd) % limit;
}

#endif /* _KEYS_TESTS_KEYS_KUNIT_H */
