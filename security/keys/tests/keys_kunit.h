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

#include "../core/quota.h"
#include "../core/reap.h"
#include "../core/type.h"

/* UIDs of accounts that no other part of the system uses */
#define KEYS_KUNIT_UID(n)	KUIDT_INIT(0x7eed0000 + (n))

#define KEYS_KUNIT_PERM		(KEY_POS_ALL | KEY_USR_ALL)

/* Older kernels do not have KUNIT_CASE_SLOW */
#ifndef KUNIT_CASE_SLOW
#define KUNIT_CASE_SLOW KUNIT_CASE
#endif

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
	struct listed_key *listed = kunit_kzalloc(test, sizeof(*listed),
						  GFP_KERNEL);
	struct key *key = &listed->key;

	KUNIT_ASSERT_NOT_NULL(test, listed);
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
 * keys_kunit_ring - allocate a keyring
 * @test: the test
 * @desc: description
 * @uid: UID of the account that is charged
 *
 * Return: the empty keyring with a reference for the caller.
 */
static inline struct key *keys_kunit_ring(struct kunit *test, const char *desc,
					  kuid_t uid)
{
	struct key *ring;

	ring = keyring_alloc(desc, uid, GLOBAL_ROOT_GID, current_cred(),
			     KEYS_KUNIT_PERM, KEY_ALLOC_IN_QUOTA, NULL, NULL);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, ring);
	return ring;
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
