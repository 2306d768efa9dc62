// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tests of keyring names: which callers find a keyring by name, and how long.
 */
#include "keys_kunit.h"

/* Returns the keyring found in the caller's namespace, without a reference. */
static struct key *ringname_test_lookup(const char *name)
{
	struct key *key = ringname_find(name, current_user_ns(),
					GLOBAL_ROOT_UID,
					current_cred()->session_keyring);

	if (!IS_ERR(key))
		key_put(key);
	return key;
}

static void ringname_test_find_by_name(struct kunit *test)
{
	struct key *a = keys_kunit_ring(test, "kunit-a");
	struct key *b = keys_kunit_ring(test, "kunit-b");
	unsigned int refs = keys_kunit_refs(a);

	KUNIT_EXPECT_PTR_EQ(test, ringname_test_lookup("kunit-a"), a);
	KUNIT_EXPECT_PTR_EQ(test, ringname_test_lookup("kunit-b"), b);
	KUNIT_EXPECT_PTR_EQ(test, ringname_test_lookup("kunit-"),
			    ERR_PTR(-ENOKEY));
	KUNIT_EXPECT_EQ(test, keys_kunit_refs(a), refs);
	key_put(a);
	reap_barrier();
	KUNIT_EXPECT_PTR_EQ(test, ringname_test_lookup("kunit-a"),
			    ERR_PTR(-ENOKEY));
	KUNIT_EXPECT_PTR_EQ(test, ringname_test_lookup("kunit-b"), b);
	key_put(b);
}

static void ringname_test_find_not_hidden_names(struct kunit *test)
{
	struct key *ring = keys_kunit_ring(test, ".kunit-hidden");

	KUNIT_EXPECT_PTR_EQ(test, ringname_test_lookup(".kunit-hidden"),
			    ERR_PTR(-ENOKEY));
	key_put(ring);
}

static void ringname_test_find_with_permission(struct kunit *test)
{
	struct key *ring = keys_kunit_ring(test, "kunit-perm");

	/* Search permission for possessors does not count here */
	ring->perm = KEY_POS_ALL;
	KUNIT_EXPECT_PTR_EQ(test, ringname_test_lookup("kunit-perm"),
			    ERR_PTR(-ENOKEY));
	ring->perm = KEY_USR_SEARCH;
	KUNIT_EXPECT_PTR_EQ(test, ringname_test_lookup("kunit-perm"), ring);
	key_put(ring);
}

/* The oldest usable keyring of a name is found. */
static void ringname_test_find_the_oldest(struct kunit *test)
{
	struct key *ring[4];
	int i;

	for (i = 0; i < ARRAY_SIZE(ring); i++)
		ring[i] = keys_kunit_ring(test, "kunit-same");
	for (i = 0; i < ARRAY_SIZE(ring); i++) {
		KUNIT_EXPECT_PTR_EQ(test, ringname_test_lookup("kunit-same"),
				    ring[i]);
		key_revoke(ring[i]);
	}
	KUNIT_EXPECT_PTR_EQ(test, ringname_test_lookup("kunit-same"),
			    ERR_PTR(-ENOKEY));
	keys_kunit_put_all(ring, ARRAY_SIZE(ring));
}

static struct key *ringname_test_lookup_as(const char *name, kuid_t uid)
{
	struct key *key = ringname_find(name, current_user_ns(), uid, NULL);

	if (!IS_ERR(key))
		key_put(key);
	return key;
}

/* A caller finds its own keyring first, even if another keyring is older. */
static void ringname_test_find_ones_own(struct kunit *test)
{
	const kuid_t a = KEYS_KUNIT_UID(1), b = KEYS_KUNIT_UID(2);
	struct key *older, *newer;

	keys_kunit_need_multiuser(test);
	older = keys_kunit_ring_of(test, "kunit-own", a);
	newer = keys_kunit_ring_of(test, "kunit-own", b);
	older->perm = KEY_OTH_SEARCH;
	newer->perm = KEY_OTH_SEARCH;
	KUNIT_EXPECT_PTR_EQ(test, ringname_test_lookup_as("kunit-own", a),
			    older);
	KUNIT_EXPECT_PTR_EQ(test, ringname_test_lookup_as("kunit-own", b),
			    newer);
	KUNIT_EXPECT_PTR_EQ(test, ringname_test_lookup("kunit-own"), older);
	newer->perm = 0;
	KUNIT_EXPECT_PTR_EQ(test, ringname_test_lookup_as("kunit-own", b),
			    older);
	key_put(older);
	key_put(newer);
}

static bool ringname_test_is(struct keyring *ring, void *key)
{
	return &ring->key == key;
}

static bool ringname_test_is_not(struct keyring *ring, void *key)
{
	return &ring->key != key;
}

/* ringname_find_if() leaves the permission check to its caller. */
static void ringname_test_find_what_fits(struct kunit *test)
{
	struct user_namespace *ns = current_user_ns();
	struct key *a = keys_kunit_ring(test, "kunit-fits");
	struct key *b = keys_kunit_ring(test, "kunit-fits"), *found;

	a->perm = 0;
	b->perm = 0;
	found = ringname_find_if("kunit-fits", ns, ringname_test_is, b);
	KUNIT_EXPECT_PTR_EQ(test, found, b);
	key_put(found);
	found = ringname_find_if("kunit-fits", ns, ringname_test_is_not, b);
	KUNIT_EXPECT_PTR_EQ(test, found, a);
	key_put(found);
	KUNIT_EXPECT_NULL(test, ringname_find_if("kunit-fits", ns,
						 ringname_test_is, ns));
	key_put(a);
	key_put(b);
}

/* Only a task whose session keyring was invalidated joins this keyring again. */
static void ringname_test_find_invalidated(struct kunit *test)
{
	struct key *ring = keys_kunit_ring(test, "kunit-ended"), *found;

	ring->perm = KEY_USR_SEARCH;
	set_bit(KEY_FLAG_INVALIDATED, &ring->flags);
	found = ringname_find("kunit-ended", current_user_ns(),
			      GLOBAL_ROOT_UID, NULL);
	KUNIT_EXPECT_PTR_EQ(test, found, ERR_PTR(-ENOKEY));
	found = ringname_find("kunit-ended", current_user_ns(),
			      GLOBAL_ROOT_UID, ring);
	KUNIT_EXPECT_PTR_EQ(test, found, ring);
	key_put(found);
	key_put(ring);
}

static void ringname_test_find_in_its_namespace(struct kunit *test)
{
	struct user_namespace *ns = keys_kunit_zalloc(test, sizeof(*ns));
	struct key *ring = keys_kunit_ring(test, "kunit-ns");

	KUNIT_EXPECT_PTR_EQ(test, ringname_find("kunit-ns", ns,
						GLOBAL_ROOT_UID, NULL),
			    ERR_PTR(-ENOKEY));
	key_put(ring);
}

/*
 * When a namespace is freed, its keyrings lose their names but stay. Freeing
 * such a keyring later must not touch the list of the namespace.
 */
static void ringname_test_free_ns_withdraws(struct kunit *test)
{
	struct user_namespace *ns = keys_kunit_zalloc(test, sizeof(*ns));
	struct key *key[3];
	int i;

	INIT_LIST_HEAD(&ns->keyring_name_list);
	for (i = 0; i < 3; i++) {
		struct keyring *ring;

		key[i] = keys_kunit_ring(test, "kunit-free");
		ring = to_keyring(key[i]);
		ringname_withdraw(ring);
		synchronize_rcu();
		guard(spinlock)(&ringname_lock);
		ring->name_ns = ns;
		list_add_tail_rcu(&ring->name_hash,
				  bucket_of("kunit-free", ns));
		list_add(&ring->name_link, &ns->keyring_name_list);
	}
	KUNIT_EXPECT_PTR_EQ(test, ringname_test_lookup("kunit-free"),
			    ERR_PTR(-ENOKEY));
	ringname_free_ns(ns);
	KUNIT_EXPECT_TRUE(test, list_empty(&ns->keyring_name_list));
	for (i = 0; i < 3; i++) {
		KUNIT_EXPECT_NULL(test, to_keyring(key[i])->name_ns);
		key_put(key[i]);
	}
	reap_barrier();
}

static struct kunit_case ringname_test_cases[] = {
	KUNIT_CASE(ringname_test_find_by_name),
	KUNIT_CASE(ringname_test_find_not_hidden_names),
	KUNIT_CASE(ringname_test_find_with_permission),
	KUNIT_CASE(ringname_test_find_the_oldest),
	KUNIT_CASE(ringname_test_find_ones_own),
	KUNIT_CASE(ringname_test_find_what_fits),
	KUNIT_CASE(ringname_test_find_invalidated),
	KUNIT_CASE(ringname_test_find_in_its_namespace),
	KUNIT_CASE(ringname_test_free_ns_withdraws),
	{}
};

static struct kunit_suite ringname_test_suite = {
	.name		= "keys_ringname",
	.test_cases	= ringname_test_cases,
};

kunit_test_suite(ringname_test_suite);
