// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tests of restrictions: they are checked on every path into a keyring, with
 * the key that is to be linked, and with the keyring locked until the link is
 * made.
 */
#include <linux/delay.h>
#include <linux/workqueue.h>

#include "keys_kunit.h"
#include "../core/instantiate.h"

KEYS_KUNIT_TYPE(restrict_test_type);

/*
 * Arguments of the last check of a restriction, the answer it returns, whether
 * the keyring was locked for writing during the check, and what the keyring was
 * charged for then
 */
static struct {
	struct key			*ring;
	const struct key_type		*type;
	const union key_payload		*payload;
	struct key			*key;
	unsigned int			asked;
	int				answer;
	bool				locked;
	unsigned int			quotalen;
} restrict_test_seen;

/* The key that lookup_restriction() puts into the restriction */
static struct key *restrict_test_by;

/* Is the keyring locked for writing? No other task of these tests locks it. */
static bool restrict_test_is_locked(struct key *ring)
{
	if (!down_read_trylock(&ring->sem))
		return true;
	up_read(&ring->sem);
	return false;
}

static int restrict_test_check(struct key *ring, const struct key_type *type,
			       const union key_payload *payload,
			       struct key *restriction_key)
{
	restrict_test_seen.ring = ring;
	restrict_test_seen.type = type;
	restrict_test_seen.payload = payload;
	restrict_test_seen.key = restriction_key;
	restrict_test_seen.asked++;
	restrict_test_seen.locked = restrict_test_is_locked(ring);
	restrict_test_seen.quotalen = ring->quotalen;
	return restrict_test_seen.answer;
}

static struct key_restriction *restrict_test_lookup(const char *param)
{
	struct key_restriction *restriction;

	restriction = restriction_new(restrict_test_check);
	if (IS_ERR(restriction))
		return restriction;
	restriction->key = key_get(restrict_test_by);
	restriction->keytype = &restrict_test_type;
	return restriction;
}

static int restrict_test_init(struct kunit *test)
{
	restrict_test_type.lookup_restriction = restrict_test_lookup;
	memset(&restrict_test_seen, 0, sizeof(restrict_test_seen));
	restrict_test_by = NULL;
	return register_key_type(&restrict_test_type);
}

static void restrict_test_exit(struct kunit *test)
{
	unregister_key_type(&restrict_test_type);
}

static int restrict_test_restrict(struct key *ring)
{
	return keyring_restrict(make_key_ref(ring, true), "restrict_test_type",
				"param");
}

static struct key *restrict_test_ring(struct kunit *test)
{
	return keys_kunit_ring(test, "restricted");
}

static void restrict_test_rejects_all(struct kunit *test)
{
	struct key *ring = restrict_test_ring(test);
	struct key *a = keys_kunit_key(test, &restrict_test_type, "a");
	struct key *b = keys_kunit_key(test, &restrict_test_type, "b");
	key_ref_t ref = make_key_ref(ring, true);

	KUNIT_EXPECT_EQ(test, key_link(ring, a), 0);
	KUNIT_EXPECT_EQ(test, keyring_restrict(ref, NULL, NULL), 0);
	KUNIT_EXPECT_EQ(test, key_link(ring, b), -EPERM);
	/* A key that was linked earlier stays linked, and can be unlinked */
	KUNIT_EXPECT_EQ(test, ring->keys.nr_leaves_on_tree, 1);
	KUNIT_EXPECT_EQ(test, key_unlink(ring, a), 0);
	KUNIT_EXPECT_EQ(test, key_link(ring, a), -EPERM);
	KUNIT_EXPECT_EQ(test, keyring_restrict(ref, NULL, NULL), -EEXIST);
	key_put(a);
	key_put(b);
	key_put(ring);
}

static void restrict_test_errors(struct kunit *test)
{
	struct key *ring = restrict_test_ring(test);
	struct key *key = keys_kunit_key(test, &restrict_test_type, "a");
	key_ref_t ref = make_key_ref(ring, true);

	KUNIT_EXPECT_EQ(test, -ENOTDIR,
			keyring_restrict(make_key_ref(key, true), NULL, NULL));
	KUNIT_EXPECT_EQ(test, -EINVAL, keyring_restrict(ref, NULL, "x"));
	KUNIT_EXPECT_EQ(test, -ENOKEY, keyring_restrict(ref, "nosuch", "x"));
	KUNIT_EXPECT_EQ(test, -ENOENT, keyring_restrict(ref, "keyring", "x"));
	KUNIT_EXPECT_NULL(test, ring->restrict_link);
	KUNIT_EXPECT_EQ(test, restrict_test_restrict(ring), 0);
	KUNIT_EXPECT_EQ(test, restrict_test_restrict(ring), -EEXIST);
	key_put(key);
	key_put(ring);
}

/*
 * The kernel's own keyrings are made with a restriction. They must have the
 * restriction from their first link on, and free it in the end.
 */
static void restrict_test_ring_is_made_with_it(struct kunit *test)
{
	struct key *by = keys_kunit_key(test, &restrict_test_type, "by");
	unsigned int i, refs = keys_kunit_refs(by);
	struct key_restriction *restriction;
	struct key *ring;

	restrict_test_by = by;
	restriction = restrict_test_lookup("");
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, restriction);
	restriction->keytype = NULL;
	ring = keyring_alloc("made", GLOBAL_ROOT_UID, GLOBAL_ROOT_GID,
			     current_cred(), KEYS_KUNIT_PERM,
			     KEY_ALLOC_NOT_IN_QUOTA, restriction, NULL);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, ring);
	KUNIT_EXPECT_PTR_EQ(test, ring->restrict_link, restriction);
	restrict_test_seen.answer = -EKEYREJECTED;
	KUNIT_EXPECT_EQ(test, key_link(ring, by), -EKEYREJECTED);
	KUNIT_EXPECT_PTR_EQ(test, restrict_test_seen.key, by);
	restrict_test_seen.answer = 0;
	KUNIT_EXPECT_EQ(test, key_link(ring, by), 0);
	/* The count of links is beside the restriction */
	KUNIT_EXPECT_EQ(test, ring->keys.nr_leaves_on_tree, 1);
	KUNIT_EXPECT_PTR_EQ(test, ring->restrict_link, restriction);
	key_put(ring);
	for (i = 0; i < 250 && keys_kunit_refs(by) != refs; i++)
		msleep(20);
	KUNIT_EXPECT_EQ(test, keys_kunit_refs(by), refs);
	key_put(by);
}

static void restrict_test_check_sees_the_key(struct kunit *test)
{
	struct key *ring = restrict_test_ring(test);
	struct key *by = keys_kunit_key(test, &restrict_test_type, "by");
	struct key *key = keys_kunit_key(test, &restrict_test_type, "key");
	unsigned int by_refs = keys_kunit_refs(by);
	unsigned int key_refs = keys_kunit_refs(key);

	restrict_test_by = by;
	KUNIT_EXPECT_EQ(test, restrict_test_restrict(ring), 0);
	KUNIT_EXPECT_EQ(test, keys_kunit_refs(by), by_refs + 1);
	restrict_test_seen.answer = -EKEYREJECTED;
	KUNIT_EXPECT_EQ(test, key_link(ring, key), -EKEYREJECTED);
	KUNIT_EXPECT_PTR_EQ(test, restrict_test_seen.ring, ring);
	KUNIT_EXPECT_PTR_EQ(test, restrict_test_seen.type, &restrict_test_type);
	/*
	 * The address itself: some restrictions identify keyrings by this
	 * address
	 */
	KUNIT_EXPECT_PTR_EQ(test, restrict_test_seen.payload, &key->payload);
	KUNIT_EXPECT_PTR_EQ(test, restrict_test_seen.key, by);
	KUNIT_EXPECT_EQ(test, ring->quotalen, 11);
	restrict_test_seen.answer = 0;
	KUNIT_EXPECT_EQ(test, key_link(ring, key), 0);
	KUNIT_EXPECT_EQ(test, restrict_test_seen.asked, 2);
	key_put(ring);
	keys_kunit_reap();
	KUNIT_EXPECT_EQ(test, keys_kunit_refs(by), by_refs);
	KUNIT_EXPECT_EQ(test, keys_kunit_refs(key), key_refs);
	key_put(by);
	key_put(key);
}

/*
 * The last check has refused a link to @ring, and was made under the lock under
 * which the link would have been made: the keyring was locked, and the link had
 * been charged already, which is done before the keyring is locked. So between
 * this check and the link, no other task could have restricted the keyring.
 */
static void restrict_test_expect_refused(struct kunit *test, struct key *ring,
					 unsigned int asked)
{
	KUNIT_EXPECT_EQ(test, restrict_test_seen.asked, asked);
	KUNIT_EXPECT_PTR_EQ(test, restrict_test_seen.ring, ring);
	KUNIT_EXPECT_TRUE(test, restrict_test_seen.locked);
	KUNIT_EXPECT_EQ(test, restrict_test_seen.quotalen,
			ring->quotalen + KEY_LINK_BYTES);
	KUNIT_EXPECT_EQ(test, ring->keys.nr_leaves_on_tree, 0);
}

/*
 * Adding, instantiating, moving and rejecting a key check the restriction too.
 */
static void restrict_test_check_on_every_path(struct kunit *test)
{
	struct key *ring = restrict_test_ring(test);
	struct key *other = restrict_test_ring(test);
	struct key *key = keys_kunit_key(test, &restrict_test_type, "key");
	struct key *uninstantiated =
		keys_kunit_key_of(test, &restrict_test_type, "uninstantiated",
				  GLOBAL_ROOT_UID);
	key_ref_t ref = make_key_ref(ring, true), made;

	KUNIT_EXPECT_EQ(test, restrict_test_restrict(ring), 0);
	KUNIT_EXPECT_EQ(test, key_link(other, key), 0);
	restrict_test_seen.answer = -EKEYREJECTED;
	KUNIT_EXPECT_EQ(test, key_link(ring, key), -EKEYREJECTED);
	restrict_test_expect_refused(test, ring, 1);
	KUNIT_EXPECT_EQ(test, key_move(key, other, ring, 0), -EKEYREJECTED);
	restrict_test_expect_refused(test, ring, 2);
	KUNIT_EXPECT_EQ(test, other->keys.nr_leaves_on_tree, 1);
	made = key_create_or_update(ref, "restrict_test_type", "new", "x", 1,
				    KEYS_KUNIT_PERM, 0);
	KUNIT_EXPECT_PTR_EQ(test, made, ERR_PTR(-EKEYREJECTED));
	restrict_test_expect_refused(test, ring, 3);
	made = key_create(ref, "restrict_test_type", "new", "x", 1,
			  KEYS_KUNIT_PERM, 0);
	KUNIT_EXPECT_PTR_EQ(test, made, ERR_PTR(-EKEYREJECTED));
	restrict_test_expect_refused(test, ring, 4);
	KUNIT_EXPECT_EQ(test, -EKEYREJECTED,
			key_instantiate_and_link(uninstantiated, "x", 1, ring,
						 NULL));
	restrict_test_expect_refused(test, ring, 5);
	KUNIT_EXPECT_EQ(test, key_read_state(uninstantiated),
			KEY_IS_UNINSTANTIATED);
	KUNIT_EXPECT_NE(test,
			key_negate_and_link(uninstantiated, 60, ring, NULL), 0);
	KUNIT_EXPECT_EQ(test, ring->keys.nr_leaves_on_tree, 0);
	/*
	 * The kernel can bypass a restriction by KEY_ALLOC_BYPASS_RESTRICTION
	 */
	made = key_create_or_update(ref, "restrict_test_type", "new", "x", 1,
				    KEYS_KUNIT_PERM,
				    KEY_ALLOC_BYPASS_RESTRICTION);
	KUNIT_EXPECT_NOT_ERR_OR_NULL(test, made);
	KUNIT_EXPECT_EQ(test, ring->keys.nr_leaves_on_tree, 1);
	if (!IS_ERR(made))
		key_ref_put(made);
	key_put(uninstantiated);
	key_put(key);
	key_put(other);
	key_put(ring);
}

/**
 * struct restrict_test_linker - a task that links a key while the test holds
 * the lock of the keyring
 * @work: the task
 * @link: the function that links the key
 * @ring: keyring to link the key into
 * @other: keyring that links @key
 * @key: constructed key
 * @uninstantiated: key that is not constructed yet
 * @ret: result of @link
 */
struct restrict_test_linker {
	struct work_struct	work;
	int			(*link)(struct restrict_test_linker *linker);
	struct key		*ring;
	struct key		*other;
	struct key		*key;
	struct key		*uninstantiated;
	int			ret;
};

static int restrict_test_link(struct restrict_test_linker *l)
{
	return key_link(l->ring, l->key);
}

static int restrict_test_move(struct restrict_test_linker *l)
{
	return key_move(l->key, l->other, l->ring, 0);
}

static int restrict_test_made(key_ref_t made)
{
	if (IS_ERR(made))
		return PTR_ERR(made);
	key_ref_put(made);
	return 0;
}

static int restrict_test_create_or_update(struct restrict_test_linker *l)
{
	key_ref_t ref = make_key_ref(l->ring, true);

	return restrict_test_made(key_create_or_update(ref,
						       "restrict_test_type",
						       "new", "x", 1,
						       KEYS_KUNIT_PERM, 0));
}

static int restrict_test_create(struct restrict_test_linker *l)
{
	key_ref_t ref = make_key_ref(l->ring, true);

	return restrict_test_made(key_create(ref, "restrict_test_type", "new",
					     "x", 1, KEYS_KUNIT_PERM, 0));
}

static int restrict_test_instantiate(struct restrict_test_linker *l)
{
	return key_instantiate_and_link(l->uninstantiated, "x", 1, l->ring,
					NULL);
}

static int restrict_test_reject(struct restrict_test_linker *l)
{
	return key_reject_and_link(l->uninstantiated, 60, EKEYREJECTED,
				   l->ring, NULL);
}

static void restrict_test_work(struct work_struct *work)
{
	struct restrict_test_linker *l =
		container_of(work, struct restrict_test_linker, work);

	l->ret = l->link(l);
}

/*
 * Lock the keyring, and wait until the other task has charged its link and
 * waits for the lock. Then restrict the keyring. So what the task has checked
 * before it has the lock is not right any more.
 */
static void restrict_test_restrict_under(struct kunit *test,
					 struct restrict_test_linker *l)
{
	struct key_restriction *reject = restriction_new(restrict_link_reject);
	unsigned int bytes = l->ring->quotalen;
	unsigned long end = jiffies + 5 * HZ;

	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, reject);
	INIT_WORK_ONSTACK(&l->work, restrict_test_work);
	scoped_guard(rwsem_write, &l->ring->sem) {
		queue_work(key_default_wq(), &l->work);
		while (READ_ONCE(l->ring->quotalen) == bytes &&
		       time_before(jiffies, end))
			usleep_range(500, 1000);
		KUNIT_EXPECT_EQ(test, READ_ONCE(l->ring->quotalen),
				bytes + KEY_LINK_BYTES);
		/* If it checks anything between charge and lock, let it do so */
		usleep_range(2000, 3000);
		WRITE_ONCE(l->ring->restrict_link, reject);
	}
	flush_work(&l->work);
	destroy_work_on_stack(&l->work);
}

/* The keyring is restricted when the task that links a key has begun already. */
static void restrict_test_restricted_during_the_call(struct kunit *test)
{
	static int (*const links[])(struct restrict_test_linker *linker) = {
		restrict_test_link, restrict_test_move,
		restrict_test_create_or_update, restrict_test_create,
		restrict_test_instantiate, restrict_test_reject,
	};
	struct restrict_test_linker l;
	int i;

	l.other = restrict_test_ring(test);
	l.key = keys_kunit_key(test, &restrict_test_type, "key");
	KUNIT_ASSERT_EQ(test, key_link(l.other, l.key), 0);
	for (i = 0; i < ARRAY_SIZE(links); i++) {
		l.link = links[i];
		l.ring = restrict_test_ring(test);
		l.uninstantiated = keys_kunit_key_of(test, &restrict_test_type,
						     "new", GLOBAL_ROOT_UID);
		restrict_test_restrict_under(test, &l);
		KUNIT_EXPECT_EQ_MSG(test, l.ret, -EPERM, "link %d", i);
		KUNIT_EXPECT_EQ_MSG(test, l.ring->keys.nr_leaves_on_tree, 0,
				    "link %d", i);
		KUNIT_EXPECT_EQ_MSG(test, key_read_state(l.uninstantiated),
				    KEY_IS_UNINSTANTIATED, "link %d", i);
		key_put(l.uninstantiated);
		key_put(l.ring);
	}
	KUNIT_EXPECT_TRUE(test, link_exists(to_keyring(l.other), l.key));
	key_put(l.key);
	key_put(l.other);
}

static struct key_restriction *restrict_test_lookup_none(const char *param)
{
	return NULL;
}

/* The type allows every link. This cannot be changed later, either. */
static void restrict_test_type_restricts_nothing(struct kunit *test)
{
	struct key *ring = restrict_test_ring(test);
	struct key *below = restrict_test_ring(test);

	restrict_test_type.lookup_restriction = restrict_test_lookup_none;
	KUNIT_EXPECT_EQ(test, restrict_test_restrict(ring), 0);
	KUNIT_EXPECT_NOT_NULL(test, ring->restrict_link);
	KUNIT_EXPECT_EQ(test, key_link(ring, below), 0);
	KUNIT_EXPECT_EQ(test, ring->keys.nr_leaves_on_tree, 1);
	restrict_test_type.lookup_restriction = restrict_test_lookup;
	KUNIT_EXPECT_EQ(test, restrict_test_restrict(ring), -EEXIST);
	KUNIT_EXPECT_EQ(test, restrict_test_seen.asked, 0);
	key_put(below);
	key_put(ring);
}

static void restrict_test_refuses_cycles(struct kunit *test)
{
	struct key *ring[3];
	unsigned int refs;
	int i;

	for (i = 0; i < 3; i++)
		ring[i] = restrict_test_ring(test);
	for (i = 0; i < 2; i++) {
		restrict_test_by = ring[i + 1];
		KUNIT_EXPECT_EQ(test, restrict_test_restrict(ring[i]), 0);
	}
	refs = keys_kunit_refs(ring[0]);
	restrict_test_by = ring[0];
	KUNIT_EXPECT_EQ(test, restrict_test_restrict(ring[2]), -EDEADLK);
	restrict_test_by = ring[2];
	KUNIT_EXPECT_EQ(test, restrict_test_restrict(ring[2]), -EDEADLK);
	KUNIT_EXPECT_NULL(test, ring[2]->restrict_link);
	KUNIT_EXPECT_EQ(test, keys_kunit_refs(ring[0]), refs);
	keys_kunit_put_all(ring, 3);
}

/* After the type of a restriction was unregistered, every link is refused. */
static void restrict_test_unregistered_type(struct kunit *test)
{
	struct key *ring = restrict_test_ring(test);
	struct key *below = restrict_test_ring(test);

	KUNIT_EXPECT_EQ(test, restrict_test_restrict(ring), 0);
	KUNIT_EXPECT_EQ(test, key_link(ring, below), 0);
	unregister_key_type(&restrict_test_type);
	KUNIT_EXPECT_EQ(test, restrict_test_seen.asked, 1);
	KUNIT_EXPECT_EQ(test, key_unlink(ring, below), 0);
	KUNIT_EXPECT_EQ(test, key_link(ring, below), -EPERM);
	KUNIT_EXPECT_EQ(test, restrict_test_seen.asked, 1);
	key_put(below);
	key_put(ring);
	KUNIT_EXPECT_EQ(test, register_key_type(&restrict_test_type), 0);
}

KEYS_KUNIT_TYPE(restrict_test_removed_type);

/* The payload is destroyed, so the restriction must not be shown it. */
static void restrict_test_key_without_its_type(struct kunit *test)
{
	struct key *ring = restrict_test_ring(test);
	struct key *other = restrict_test_ring(test);
	struct key *key;

	KUNIT_EXPECT_EQ(test, restrict_test_restrict(ring), 0);
	KUNIT_ASSERT_EQ(test, register_key_type(&restrict_test_removed_type), 0);
	key = keys_kunit_key(test, &restrict_test_removed_type, "key");
	KUNIT_EXPECT_EQ(test, key_link(other, key), 0);
	unregister_key_type(&restrict_test_removed_type);
	KUNIT_EXPECT_EQ(test, key_link(ring, key), -EKEYREVOKED);
	KUNIT_EXPECT_EQ(test, restrict_test_seen.asked, 0);
	KUNIT_EXPECT_EQ(test, ring->quotalen, 11);
	/* The key is unlinked from all keyrings, so it cannot be moved */
	KUNIT_EXPECT_EQ(test, key_move(key, other, ring, 0), -ENOENT);
	key_put(key);
	key_put(other);
	key_put(ring);
}

static struct kunit_case restrict_test_cases[] = {
	KUNIT_CASE(restrict_test_rejects_all),
	KUNIT_CASE(restrict_test_errors),
	KUNIT_CASE(restrict_test_ring_is_made_with_it),
	KUNIT_CASE(restrict_test_check_sees_the_key),
	KUNIT_CASE(restrict_test_check_on_every_path),
	KUNIT_CASE(restrict_test_restricted_during_the_call),
	KUNIT_CASE(restrict_test_type_restricts_nothing),
	KUNIT_CASE(restrict_test_refuses_cycles),
	KUNIT_CASE(restrict_test_unregistered_type),
	KUNIT_CASE(restrict_test_key_without_its_type),
	{}
};

static struct kunit_suite restrict_test_suite = {
	.name		= "keys_restrict",
	.init		= restrict_test_init,
	.exit		= restrict_test_exit,
	.test_cases	= restrict_test_cases,
};

kunit_test_suite(restrict_test_suite);
