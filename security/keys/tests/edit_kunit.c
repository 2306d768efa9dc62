// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tests of edits: no memory is allocated while a keyring is locked.
 *
 * A file system may clear a keyring when it evicts an inode, in order to free
 * memory. If a task that has locked this keyring allocates memory, and has to
 * evict the inode for it, the task waits for itself. Lockdep finds this out
 * before it happens, if it has once seen the lock taken while memory is
 * reclaimed.
 *
 * This cannot be demanded of each keyring: the functions of some types and
 * restrictions allocate memory, and are called with the keyring locked, see P17
 * in known-bugs.rst. So the keyrings of these tests have a lock class of their
 * own, and the keys in them have a type that allocates nothing.
 */
#include <linux/debug_locks.h>
#include <linux/keyctl.h>
#include <linux/lockdep.h>
#include <linux/sched/mm.h>

#include "keys_kunit.h"

static struct key_type edit_test_type = {
	.name		= "edit_test_type",
	.instantiate	= keys_kunit_instantiate,
	.update		= keys_kunit_instantiate,
};

KEYS_KUNIT_REGISTER(edit_test_type)

static struct lock_class_key edit_test_class;

static struct key *edit_test_ring(struct kunit *test, const char *desc)
{
	struct key *ring = keys_kunit_ring(test, desc);

	lockdep_set_class(&ring->sem, &edit_test_class);
	return ring;
}

static struct key *edit_test_key(struct kunit *test)
{
	return keys_kunit_key(test, &edit_test_type, "key");
}

static struct key *edit_test_uninstantiated(struct kunit *test)
{
	return keys_kunit_key_of(test, &edit_test_type, "key",
				 GLOBAL_ROOT_UID);
}

/*
 * Clear a keyring as a file system may do while memory is reclaimed. From now
 * on lockdep reports each allocation with GFP_KERNEL that is made with the lock
 * of a keyring of these tests held, and one in keyring_clear(), too. Some
 * callers take the lock nested: for lockdep, this is a lock of its own.
 */
static void edit_test_reclaim(struct key *ring)
{
	fs_reclaim_acquire(GFP_KERNEL);
	keyring_clear(ring);
	down_write_nested(&ring->sem, SINGLE_DEPTH_NESTING);
	up_write(&ring->sem);
	fs_reclaim_release(GFP_KERNEL);
}

static int edit_test_init(struct kunit *test)
{
	struct key *ring, *key;

	if (!IS_ENABLED(CONFIG_PROVE_LOCKING))
		kunit_skip(test, "PROVE_LOCKING is off: no lock is checked");
	if (!debug_locks)
		kunit_skip(test, "lockdep is off, since it has reported something");
	ring = edit_test_ring(test, "evicted");
	key = edit_test_key(test);
	KUNIT_EXPECT_EQ(test, key_link(ring, key), 0);
	/* So the last reference to the key is dropped while memory is reclaimed */
	key_put(key);
	edit_test_reclaim(ring);
	KUNIT_EXPECT_EQ(test, ring->keys.nr_leaves_on_tree, 0);
	key_put(ring);
	return 0;
}

/* The first report switches lockdep off. The report is on the console. */
static void edit_test_expect_no_report(struct kunit *test)
{
	KUNIT_EXPECT_TRUE(test, debug_locks);
}

static void edit_test_link_allocates_first(struct kunit *test)
{
	struct key *ring = edit_test_ring(test, "ring");
	struct key *other = edit_test_ring(test, "other");
	struct key *a = edit_test_key(test), *b = edit_test_key(test);

	KUNIT_EXPECT_EQ(test, key_link(ring, a), 0);
	KUNIT_EXPECT_EQ(test, key_link(ring, a), 0);
	/* Displaces the link to @a */
	KUNIT_EXPECT_EQ(test, key_link(ring, b), 0);
	KUNIT_EXPECT_EQ(test, key_link(ring, other), 0);
	KUNIT_EXPECT_EQ(test, key_link(other, ring), -EDEADLK);
	KUNIT_EXPECT_EQ(test, key_move(b, ring, other, 0), 0);
	KUNIT_EXPECT_EQ(test, key_link(ring, a), 0);
	KUNIT_EXPECT_EQ(test, key_move(a, ring, other, KEYCTL_MOVE_EXCL),
			-EEXIST);
	KUNIT_EXPECT_EQ(test, key_move(a, ring, other, 0), 0);
	KUNIT_EXPECT_EQ(test, key_unlink(other, a), 0);
	KUNIT_EXPECT_EQ(test, keyring_clear(ring), 0);
	edit_test_expect_no_report(test);
	key_put(b);
	key_put(a);
	key_put(other);
	key_put(ring);
}

static void edit_test_construction_allocates_first(struct kunit *test)
{
	struct key *ring = edit_test_ring(test, "ring");
	struct key *key[2];
	key_ref_t ref = make_key_ref(ring, true), made;
	int i;

	for (i = 0; i < 2; i++)
		key[i] = edit_test_uninstantiated(test);
	KUNIT_EXPECT_EQ(test, 0,
			key_instantiate_and_link(key[0], "x", 1, ring, NULL));
	KUNIT_EXPECT_EQ(test, 0,
			key_reject_and_link(key[1], 60, EKEYREJECTED, ring,
					    NULL));
	/* The first round adds a key, and the second one updates this key */
	for (i = 0; i < 2; i++) {
		made = key_create_or_update(ref, "edit_test_type", "new", "x",
					    1, KEYS_KUNIT_PERM, 0);
		KUNIT_ASSERT_NOT_ERR_OR_NULL(test, made);
		key_ref_put(made);
	}
	made = key_create(ref, "edit_test_type", "new", "x", 1,
			  KEYS_KUNIT_PERM, 0);
	KUNIT_EXPECT_PTR_EQ(test, made, ERR_PTR(-EEXIST));
	KUNIT_EXPECT_EQ(test, ring->keys.nr_leaves_on_tree, 2);
	edit_test_expect_no_report(test);
	keys_kunit_put_all(key, 2);
	key_put(ring);
}

static void edit_test_other_locks_allocate_nothing(struct kunit *test)
{
	struct key *ring = edit_test_ring(test, "ring");
	struct key *key = edit_test_key(test);

	KUNIT_EXPECT_EQ(test, key_link(ring, key), 0);
	KUNIT_EXPECT_EQ(test, 0, keyring_restrict(make_key_ref(ring, true),
						  NULL, NULL));
	KUNIT_EXPECT_EQ(test, key_link(ring, key), -EPERM);
	key_set_timeout(ring, 1000);
	key_revoke(ring);
	key_invalidate(ring);
	edit_test_expect_no_report(test);
	key_put(key);
	key_put(ring);
}

static struct kunit_case edit_test_cases[] = {
	KUNIT_CASE(edit_test_link_allocates_first),
	KUNIT_CASE(edit_test_construction_allocates_first),
	KUNIT_CASE(edit_test_other_locks_allocate_nothing),
	{}
};

static struct kunit_suite edit_test_suite = {
	.name		= "keys_edit",
	.suite_init	= edit_test_type_register,
	.suite_exit	= edit_test_type_unregister,
	.init		= edit_test_init,
	.test_cases	= edit_test_cases,
};

kunit_test_suite(edit_test_suite);
