// SPDX-License-Identifier: GPL-2.0-only
/*
 * Names of keyrings: found by whom they should be, for as long as they should.
 */
#include "keys_kunit.h"

static struct key *ringname_ring(struct kunit *test, const char *name)
{
	return keys_kunit_ring(test, name, GLOBAL_ROOT_UID);
}

/* Who is found by this name in the caller's namespace, without a reference? */
static struct key *ringname_lookup(const char *name)
{
	struct key *key = ringname_find(name, current_user_ns());

	if (!IS_ERR(key))
		key_put(key);
	return key;
}

static void ringname_find_by_name(struct kunit *test)
{
	struct key *a = ringname_ring(test, "kunit-a");
	struct key *b = ringname_ring(test, "kunit-b");

	KUNIT_EXPECT_PTR_EQ(test, ringname_lookup("kunit-a"), a);
	KUNIT_EXPECT_PTR_EQ(test, ringname_lookup("kunit-b"), b);
	KUNIT_EXPECT_PTR_EQ(test, ringname_lookup("kunit-"), ERR_PTR(-ENOKEY));
	KUNIT_EXPECT_EQ(test, refcount_read(&a->usage), 1);
	key_put(a);
	reap_settle();
	KUNIT_EXPECT_PTR_EQ(test, ringname_lookup("kunit-a"), ERR_PTR(-ENOKEY));
	KUNIT_EXPECT_PTR_EQ(test, ringname_lookup("kunit-b"), b);
	key_put(b);
}

static void ringname_find_not_hidden_names(struct kunit *test)
{
	struct key *ring = ringname_ring(test, ".kunit-hidden");

	KUNIT_EXPECT_PTR_EQ(test, ringname_lookup(".kunit-hidden"),
			    ERR_PTR(-ENOKEY));
	key_put(ring);
}

static void ringname_find_with_permission(struct kunit *test)
{
	struct key *ring = ringname_ring(test, "kunit-perm");

	/* Search for possessors does not count: nobody does yet */
	ring->perm = KEY_POS_ALL;
	KUNIT_EXPECT_PTR_EQ(test, ringname_lookup("kunit-perm"),
			    ERR_PTR(-ENOKEY));
	ring->perm = KEY_USR_SEARCH;
	KUNIT_EXPECT_PTR_EQ(test, ringname_lookup("kunit-perm"), ring);
	key_put(ring);
}

/* The next one of the same name takes over. */
static void ringname_find_the_usable_one(struct kunit *test)
{
	struct key *a = ringname_ring(test, "kunit-same");
	struct key *b = ringname_ring(test, "kunit-same"), *found;

	found = ringname_lookup("kunit-same");
	KUNIT_EXPECT_TRUE(test, found == a || found == b);
	key_revoke(found);
	KUNIT_EXPECT_PTR_EQ(test, ringname_lookup("kunit-same"),
			    found == a ? b : a);
	key_revoke(found == a ? b : a);
	KUNIT_EXPECT_PTR_EQ(test, ringname_lookup("kunit-same"),
			    ERR_PTR(-ENOKEY));
	key_put(a);
	key_put(b);
}

static void ringname_find_in_its_namespace(struct kunit *test)
{
	struct user_namespace *ns = kunit_kzalloc(test, sizeof(*ns),
						  GFP_KERNEL);
	struct key *ring = ringname_ring(test, "kunit-ns");

	KUNIT_ASSERT_NOT_NULL(test, ns);
	KUNIT_EXPECT_PTR_EQ(test, ringname_find("kunit-ns", ns),
			    ERR_PTR(-ENOKEY));
	key_put(ring);
}

/* The namespace goes, the keyrings stay, and their end finds nothing to do. */
static void ringname_free_ns_withdraws(struct kunit *test)
{
	struct user_namespace *ns = kunit_kzalloc(test, sizeof(*ns),
						  GFP_KERNEL);
	struct key *key[3];
	int i;

	KUNIT_ASSERT_NOT_NULL(test, ns);
	INIT_LIST_HEAD(&ns->keyring_name_list);
	for (i = 0; i < 3; i++) {
		struct keyring *ring;

		key[i] = ringname_ring(test, "kunit-free");
		ring = to_keyring(key[i]);
		ringname_withdraw(ring);
		synchronize_rcu();
		guard(spinlock)(&ringname_lock);
		ring->name_ns = ns;
		hlist_add_head_rcu(&ring->name_hash,
				   bucket_of("kunit-free", ns));
		list_add(&ring->name_link, &ns->keyring_name_list);
	}
	KUNIT_EXPECT_PTR_EQ(test, ringname_lookup("kunit-free"),
			    ERR_PTR(-ENOKEY));
	ringname_free_ns(ns);
	KUNIT_EXPECT_TRUE(test, list_empty(&ns->keyring_name_list));
	for (i = 0; i < 3; i++) {
		KUNIT_EXPECT_NULL(test, to_keyring(key[i])->name_ns);
		key_put(key[i]);
	}
	reap_settle();
}

static struct kunit_case ringname_cases[] = {
	KUNIT_CASE(ringname_find_by_name),
	KUNIT_CASE(ringname_find_not_hidden_names),
	KUNIT_CASE(ringname_find_with_permission),
	KUNIT_CASE(ringname_find_the_usable_one),
	KUNIT_CASE(ringname_find_in_its_namespace),
	KUNIT_CASE(ringname_free_ns_withdraws),
	{}
};

static struct kunit_suite ringname_suite = {
	.name		= "keys_ringname",
	.test_cases	= ringname_cases,
};

kunit_test_suite(ringname_suite);
