// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tests of keyrings: linking, displacing, moving, refusals, and that quota
 * charges are refunded.
 */
#include <linux/completion.h>
#include <linux/kthread.h>

#include "../core/nesting.h"
#include "keys_kunit.h"

KEYS_KUNIT_TYPE(keyring_test_type);
KEYS_KUNIT_REGISTER(keyring_test_type)

static struct key *keyring_test_key(struct kunit *test, const char *desc)
{
	return keys_kunit_key(test, &keyring_test_type, desc);
}

static bool keyring_test_has(struct key *ring, const struct key *key)
{
	return link_exists(to_keyring(ring), key);
}

static void keyring_test_link_and_unlink(struct kunit *test)
{
	struct key *ring = keys_kunit_ring(test, "ring");
	struct key *key = keyring_test_key(test, "key");
	unsigned int refs = keys_kunit_refs(key);

	KUNIT_EXPECT_EQ(test, key_unlink(ring, key), -ENOENT);
	KUNIT_EXPECT_EQ(test, key_link(ring, key), 0);
	KUNIT_EXPECT_TRUE(test, keyring_test_has(ring, key));
	KUNIT_EXPECT_EQ(test, ring->quotalen, 5 + KEY_LINK_BYTES);
	/* A second link of the same key changes nothing */
	KUNIT_EXPECT_EQ(test, key_link(ring, key), 0);
	KUNIT_EXPECT_EQ(test, ring->keys.nr_leaves_on_tree, 1);
	KUNIT_EXPECT_EQ(test, ring->quotalen, 5 + KEY_LINK_BYTES);
	KUNIT_EXPECT_EQ(test, keys_kunit_refs(key), refs + 1);
	KUNIT_EXPECT_EQ(test, key_unlink(ring, key), 0);
	KUNIT_EXPECT_EQ(test, ring->quotalen, 5);
	KUNIT_EXPECT_EQ(test, keys_kunit_refs(key), refs);
	KUNIT_EXPECT_EQ(test, key_unlink(ring, key), -ENOENT);
	key_put(key);
	key_put(ring);
}

static void keyring_test_link_displaces(struct kunit *test)
{
	struct key *ring = keys_kunit_ring(test, "ring");
	struct key *old = keyring_test_key(test, "same");
	struct key *new = keyring_test_key(test, "same");
	unsigned int refs = keys_kunit_refs(old);

	KUNIT_EXPECT_EQ(test, key_link(ring, old), 0);
	KUNIT_EXPECT_EQ(test, key_link(ring, new), 0);
	KUNIT_EXPECT_FALSE(test, keyring_test_has(ring, old));
	KUNIT_EXPECT_TRUE(test, keyring_test_has(ring, new));
	KUNIT_EXPECT_EQ(test, ring->keys.nr_leaves_on_tree, 1);
	KUNIT_EXPECT_EQ(test, ring->quotalen, 5 + KEY_LINK_BYTES);
	KUNIT_EXPECT_EQ(test, keys_kunit_refs(old), refs);
	KUNIT_EXPECT_TRUE(test, hlist_empty(&old->parents));
	/* The displaced key cannot be unlinked in the place of the new one */
	KUNIT_EXPECT_EQ(test, key_unlink(ring, old), -ENOENT);
	KUNIT_EXPECT_TRUE(test, keyring_test_has(ring, new));
	key_put(old);
	key_put(new);
	key_put(ring);
}

static void keyring_test_link_refuses(struct kunit *test)
{
	struct key *ring = keys_kunit_ring(test, "ring");
	struct key *key = keyring_test_key(test, "key");
	struct key *invalid = keyring_test_key(test, "invalid");
	unsigned int refs = keys_kunit_refs(invalid);

	KUNIT_EXPECT_EQ(test, key_link(key, ring), -ENOTDIR);
	KUNIT_EXPECT_EQ(test, key_unlink(key, ring), -ENOTDIR);
	KUNIT_EXPECT_EQ(test, keyring_clear(key), -ENOTDIR);
	/*
	 * An invalidated key does not stay linked, even if key_link() succeeds
	 */
	key_invalidate(invalid);
	key_link(ring, invalid);
	KUNIT_EXPECT_EQ(test, ring->keys.nr_leaves_on_tree, 0);
	KUNIT_EXPECT_EQ(test, keys_kunit_refs(invalid), refs);
	key_revoke(ring);
	KUNIT_EXPECT_EQ(test, key_link(ring, key), -EKEYREVOKED);
	KUNIT_EXPECT_EQ(test, ring->quotalen, 5);
	key_put(invalid);
	key_put(key);
	key_put(ring);
}

static void keyring_test_link_refuses_cycles(struct kunit *test)
{
	struct key *ring[KEYRING_MAX_DEPTH + 1];
	int i;

	keys_kunit_chain(test, ring, ARRAY_SIZE(ring));
	for (i = 0; i < ARRAY_SIZE(ring); i++) {
		KUNIT_EXPECT_EQ_MSG(test, key_link(ring[i], ring[0]), -EDEADLK,
				    "%d levels down", i);
		KUNIT_EXPECT_EQ(test, ring[i]->keys.nr_leaves_on_tree,
				i < ARRAY_SIZE(ring) - 1);
	}
	/* A second, shorter path to a keyring is not a cycle */
	KUNIT_EXPECT_EQ(test, key_link(ring[0], ring[2]), 0);
	/* After these unlinks, the last link does not close a cycle */
	KUNIT_EXPECT_EQ(test, key_unlink(ring[0], ring[1]), 0);
	KUNIT_EXPECT_EQ(test, key_unlink(ring[0], ring[2]), 0);
	KUNIT_EXPECT_EQ(test, key_link(ring[2], ring[0]), 0);
	keys_kunit_put_all(ring, ARRAY_SIZE(ring));
}

static void keyring_test_link_refuses_depth(struct kunit *test)
{
	struct key *ring[KEYRING_MAX_DEPTH + 2];
	struct key *top = keys_kunit_ring(test, "top");

	keys_kunit_chain(test, ring, ARRAY_SIZE(ring));
	KUNIT_EXPECT_EQ(test, key_link(top, ring[0]), -ELOOP);
	KUNIT_EXPECT_EQ(test, top->keys.nr_leaves_on_tree, 0);
	KUNIT_EXPECT_EQ(test, top->quotalen, 4);
	KUNIT_EXPECT_EQ(test, key_link(top, ring[1]), 0);
	key_put(top);
	keys_kunit_put_all(ring, ARRAY_SIZE(ring));
}

/*
 * key_link() refuses a keyring with more than NEST_MAX_RINGS keyrings below it,
 * because the check for cycles visits no more of them.
 */
static void keyring_test_link_refuses_width(struct kunit *test)
{
	struct key *top = keys_kunit_ring(test, "top");
	struct key *wide = keys_kunit_ring(test, "wide"), *leaf;
	char desc[16];
	int i;

	for (i = 0; i <= NEST_MAX_RINGS; i++) {
		snprintf(desc, sizeof(desc), "leaf:%d", i);
		leaf = keys_kunit_ring(test, desc);
		KUNIT_ASSERT_EQ(test, keyring_link_new(wide, leaf), 0);
		if (i == NEST_MAX_RINGS - 1)
			KUNIT_EXPECT_EQ(test, key_link(top, wide), 0);
		key_put(leaf);
	}
	KUNIT_ASSERT_EQ(test, key_unlink(top, wide), 0);
	KUNIT_EXPECT_EQ(test, key_link(top, wide), -ELOOP);
	key_put(top);
	key_put(wide);
}

/*
 * An edit that nests keyrings takes the mutex of the account first and
 * keyring_nest_mutex second. So at most one thread of each account waits for
 * keyring_nest_mutex, and one account cannot delay all others.
 */
static void keyring_test_edit_queues_per_account(struct kunit *test)
{
	struct key *ring, *other, *child;
	struct keyring_edit edit;

	keys_kunit_need_multiuser(test);
	ring = keys_kunit_ring_of(test, "ring", KEYS_KUNIT_UID(201));
	other = keys_kunit_ring_of(test, "other", KEYS_KUNIT_UID(202));
	child = keys_kunit_ring(test, "child");
	KUNIT_ASSERT_EQ(test, keyring_edit_begin(&edit, ring, child), 0);
	KUNIT_EXPECT_FALSE(test, mutex_is_locked(&ring->user->nest_mutex));
	KUNIT_ASSERT_EQ(test, keyring_edit_check(&edit), 0);
	KUNIT_EXPECT_TRUE(test, mutex_is_locked(&ring->user->nest_mutex));
	KUNIT_EXPECT_FALSE(test, mutex_is_locked(&other->user->nest_mutex));
	nesting_assert_frozen();
	keyring_edit_commit(&edit);
	keyring_edit_end(&edit);
	KUNIT_EXPECT_FALSE(test, mutex_is_locked(&ring->user->nest_mutex));
	/*
	 * key_move() locks the nest_mutex of the account that is charged for
	 * the new link, and unlocks the mutex before it returns.
	 */
	KUNIT_EXPECT_EQ(test, key_move(child, ring, other, 0), 0);
	KUNIT_EXPECT_FALSE(test, mutex_is_locked(&other->user->nest_mutex));
	key_put(child);
	key_put(other);
	key_put(ring);
}

static void keyring_test_edit_ended_without_commit(struct kunit *test)
{
	struct key *ring = keys_kunit_ring(test, "ring");
	struct key *key = keyring_test_key(test, "key");
	struct keyring_edit edit;

	KUNIT_ASSERT_EQ(test, keyring_edit_begin(&edit, ring, key), 0);
	KUNIT_EXPECT_FALSE(test, down_read_trylock(&ring->sem));
	KUNIT_EXPECT_EQ(test, ring->quotalen, 5 + KEY_LINK_BYTES);
	KUNIT_EXPECT_EQ(test, keyring_edit_check(&edit), 0);
	keyring_edit_end(&edit);
	KUNIT_EXPECT_EQ(test, ring->quotalen, 5);
	KUNIT_EXPECT_FALSE(test, keyring_test_has(ring, key));
	KUNIT_EXPECT_TRUE(test, down_read_trylock(&ring->sem));
	up_read(&ring->sem);
	key_put(key);
	key_put(ring);
}

static void keyring_test_edit_over_quota(struct kunit *test)
{
	unsigned int bytes = key_quota_maxbytes, full;
	struct key *ring, *old, *new, *more;

	/* The limits of root would apply */
	keys_kunit_need_multiuser(test);
	ring = keys_kunit_ring_of(test, "ring", KEYS_KUNIT_UID(200));
	old = keyring_test_key(test, "same");
	new = keyring_test_key(test, "same");
	more = keyring_test_key(test, "more");
	KUNIT_EXPECT_EQ(test, key_link(ring, old), 0);
	full = ring->quotalen;
	key_quota_maxbytes = full;
	KUNIT_EXPECT_EQ(test, key_link(ring, more), -EDQUOT);
	KUNIT_EXPECT_TRUE(test, keyring_test_has(ring, old));
	/* A link that exists, or that displaces another, is not charged anew */
	KUNIT_EXPECT_EQ(test, key_link(ring, old), 0);
	KUNIT_EXPECT_TRUE(test, keyring_test_has(ring, old));
	KUNIT_EXPECT_EQ(test, key_link(ring, new), 0);
	KUNIT_EXPECT_TRUE(test, keyring_test_has(ring, new));
	KUNIT_EXPECT_EQ(test, ring->quotalen, full);
	key_quota_maxbytes = bytes;
	KUNIT_EXPECT_TRUE(test, down_write_trylock(&ring->sem));
	up_write(&ring->sem);
	key_put(old);
	key_put(new);
	key_put(more);
	key_put(ring);
}

/*
 * The key that the edit is to displace may be invalidated before the commit.
 * Its charge must be used for the new link or be refunded exactly once.
 */
static void keyring_test_edit_uses_the_old_charge(struct kunit *test)
{
	struct key *ring = keys_kunit_ring(test, "ring"), *old, *new;
	struct keyring_edit edit;
	int i;

	/* Bit 0: invalidate the old key. Bit 1: commit the edit. */
	for (i = 0; i < 4; i++) {
		old = keyring_test_key(test, "same");
		new = keyring_test_key(test, "same");
		KUNIT_ASSERT_EQ(test, key_link(ring, old), 0);
		KUNIT_ASSERT_EQ(test, keyring_edit_begin(&edit, ring, new), 0);
		KUNIT_EXPECT_EQ(test, ring->quotalen, 5 + KEY_LINK_BYTES);
		if (i & 1)
			key_invalidate(old);
		KUNIT_EXPECT_EQ(test, ring->quotalen, 5 + KEY_LINK_BYTES);
		if (i & 2)
			keyring_edit_commit(&edit);
		keyring_edit_end(&edit);
		KUNIT_EXPECT_EQ(test, keyring_test_has(ring, old), !i);
		KUNIT_EXPECT_EQ(test, keyring_test_has(ring, new), i > 1);
		KUNIT_EXPECT_EQ(test, ring->quotalen,
				i == 1 ? 5 : 5 + KEY_LINK_BYTES);
		KUNIT_EXPECT_PTR_EQ(test, to_keyring(ring)->handing_over, NULL);
		KUNIT_EXPECT_EQ(test, keyring_clear(ring), 0);
		KUNIT_EXPECT_EQ(test, ring->quotalen, 5);
		key_put(old);
		key_put(new);
	}
	key_put(ring);
}

/*
 * The keyring is invalidated between the checks and the commit. The committed
 * link must not stay in the invalidated keyring.
 */
static void keyring_test_edit_into_invalidated(struct kunit *test)
{
	struct key *ring = keys_kunit_ring(test, "ring");
	struct key *old = keyring_test_key(test, "old");
	struct key *key = keyring_test_key(test, "key");
	unsigned int refs = keys_kunit_refs(key);
	struct keyring_edit edit;

	KUNIT_EXPECT_EQ(test, key_link(ring, old), 0);
	KUNIT_ASSERT_EQ(test, keyring_edit_begin(&edit, ring, key), 0);
	set_bit(KEY_FLAG_INVALIDATED, &ring->flags);
	/* Pairs with the barrier in edit_recheck() */
	smp_mb__after_atomic();
	keyring_empty(to_keyring(ring));
	KUNIT_EXPECT_FALSE(test, keyring_test_has(ring, old));
	keyring_edit_commit(&edit);
	keyring_edit_end(&edit);
	KUNIT_EXPECT_FALSE(test, keyring_test_has(ring, key));
	KUNIT_EXPECT_EQ(test, ring->keys.nr_leaves_on_tree, 0);
	KUNIT_EXPECT_EQ(test, ring->quotalen, 5);
	KUNIT_EXPECT_EQ(test, keys_kunit_refs(key), refs);
	KUNIT_EXPECT_EQ(test, key_link(ring, key), -ENOKEY);
	key_put(old);
	key_put(key);
	key_put(ring);
}

/* A key that is linked a second time keeps its place in the keyring. */
static void keyring_test_link_again_keeps_the_order(struct kunit *test)
{
	struct key *ring = keys_kunit_ring(test, "ring");
	struct key *first = keyring_test_key(test, "first");
	struct key *last = keyring_test_key(test, "last");
	struct key_link *link;

	KUNIT_EXPECT_EQ(test, key_link(ring, first), 0);
	KUNIT_EXPECT_EQ(test, key_link(ring, last), 0);
	link = list_first_entry(&to_keyring(ring)->leaves, struct key_link,
				ring_node);
	KUNIT_EXPECT_EQ(test, key_link(ring, first), 0);
	/* The link object is the same */
	KUNIT_EXPECT_PTR_EQ(test, &link->ring_node,
			    to_keyring(ring)->leaves.next);
	KUNIT_EXPECT_PTR_EQ(test, link->key, first);
	key_put(first);
	key_put(last);
	key_put(ring);
}

static void keyring_test_find_live_only(struct kunit *test)
{
	struct key *ring = keys_kunit_ring(test, "ring");
	struct key *key = keyring_test_key(test, "key"), *found;

	KUNIT_EXPECT_NULL(test, keyring_find_live(to_keyring(ring),
						  &key->index));
	KUNIT_EXPECT_EQ(test, key_link(ring, key), 0);
	found = keyring_find_live(to_keyring(ring), &key->index);
	KUNIT_EXPECT_PTR_EQ(test, found, key);
	key_put(found);
	key_revoke(key);
	KUNIT_EXPECT_NULL(test, keyring_find_live(to_keyring(ring),
						  &key->index));
	/*
	 * The revoked key stays linked, so that searches fail with EKEYREVOKED
	 */
	KUNIT_EXPECT_TRUE(test, keyring_test_has(ring, key));
	key_put(key);
	key_put(ring);
}

static void keyring_test_move(struct kunit *test)
{
	struct key *from = keys_kunit_ring(test, "from");
	struct key *to = keys_kunit_ring(test, "to");
	struct key *key = keyring_test_key(test, "same");
	struct key *other = keyring_test_key(test, "same");
	unsigned int refs = keys_kunit_refs(key);

	KUNIT_EXPECT_EQ(test, key_move(key, from, to, 0), -ENOENT);
	KUNIT_EXPECT_EQ(test, key_move(key, key, to, 0), -ENOTDIR);
	KUNIT_EXPECT_EQ(test, key_link(from, key), 0);
	KUNIT_EXPECT_EQ(test, key_link(to, other), 0);
	KUNIT_EXPECT_EQ(test, -EEXIST,
			key_move(key, from, to, KEYCTL_MOVE_EXCL));
	KUNIT_EXPECT_TRUE(test, keyring_test_has(from, key));
	KUNIT_EXPECT_TRUE(test, keyring_test_has(to, other));
	KUNIT_EXPECT_EQ(test, key_move(key, from, to, 0), 0);
	KUNIT_EXPECT_FALSE(test, keyring_test_has(from, key));
	KUNIT_EXPECT_TRUE(test, keyring_test_has(to, key));
	KUNIT_EXPECT_FALSE(test, keyring_test_has(to, other));
	KUNIT_EXPECT_EQ(test, from->quotalen, 5);
	KUNIT_EXPECT_EQ(test, to->quotalen, 3 + KEY_LINK_BYTES);
	/* Move the key back: the order of the keyring locks is the same */
	KUNIT_EXPECT_EQ(test, 0, key_move(key, to, from, KEYCTL_MOVE_EXCL));
	KUNIT_EXPECT_TRUE(test, keyring_test_has(from, key));
	KUNIT_EXPECT_EQ(test, keys_kunit_refs(key), refs + 1);
	/* A keyring cannot be moved into itself */
	KUNIT_EXPECT_EQ(test, key_link(from, to), 0);
	KUNIT_EXPECT_EQ(test, key_move(to, from, to, 0), -EDEADLK);
	KUNIT_EXPECT_TRUE(test, keyring_test_has(from, to));
	key_put(other);
	key_put(key);
	key_put(from);
	key_put(to);
}

/*
 * key_move() replaces the old link in the list of the key's parents. So a walk
 * of this list always finds the key linked, and finds it once.
 */
static void keyring_test_move_replaces_the_link(struct kunit *test)
{
	struct key *from = keys_kunit_ring(test, "from");
	struct key *to = keys_kunit_ring(test, "to");
	struct key *key = keyring_test_key(test, "key");
	unsigned int refs = keys_kunit_refs(key);
	struct key_link *link;

	KUNIT_EXPECT_EQ(test, key_link(from, key), 0);
	KUNIT_EXPECT_EQ(test, key_move(key, from, to, 0), 0);
	link = hlist_entry_safe(key->parents.first, struct key_link, key_node);
	KUNIT_ASSERT_NOT_NULL(test, link);
	KUNIT_EXPECT_PTR_EQ(test, link->ring, to_keyring(to));
	KUNIT_EXPECT_NULL(test, link->key_node.next);
	scoped_guard(rcu)
		KUNIT_EXPECT_FALSE(test, link_is_detached(link));
	/* If "to" links the key already, this older link stays */
	KUNIT_EXPECT_EQ(test, key_link(from, key), 0);
	KUNIT_EXPECT_EQ(test, key_move(key, from, to, 0), 0);
	KUNIT_EXPECT_PTR_EQ(test, key->parents.first, &link->key_node);
	KUNIT_EXPECT_FALSE(test, keyring_test_has(from, key));
	KUNIT_EXPECT_EQ(test, keys_kunit_refs(key), refs + 1);
	KUNIT_EXPECT_EQ(test, to->quotalen, 3 + KEY_LINK_BYTES);
	key_put(key);
	key_put(from);
	key_put(to);
}

/**
 * struct keyring_test_mover - a move that another thread makes
 * @key: key to be moved
 * @from: keyring that links the key
 * @to: keyring that links the key, too
 * @ret: result of key_move(), valid when @done is complete
 * @done: completed when key_move() has returned
 */
struct keyring_test_mover {
	struct key		*key;
	struct key		*from;
	struct key		*to;
	int			ret;
	struct completion	done;
};

static int keyring_test_make_move(void *arg)
{
	struct keyring_test_mover *mover = arg;

	mover->ret = key_move(mover->key, mover->from, mover->to, 0);
	complete(&mover->done);
	return 0;
}

static void keyring_test_take_out(struct key *ring, struct key *key)
{
	struct key_link *link = link_take_out(to_keyring(ring), key);

	if (link)
		link_release(link);
}

/*
 * Start the move while the semaphore of the target is held, and unlink the key
 * from both keyrings when the move waits for this semaphore.
 */
static void keyring_test_unlink_under_move(struct kunit *test,
					   struct keyring_test_mover *mover)
{
	struct rw_semaphore *sem = &mover->to->sem;
	struct task_struct *thread;
	int ticks = 10 * HZ;

	guard(rwsem_write)(sem);
	thread = kthread_run(keyring_test_make_move, mover, "keys_kunit_move");
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, thread);
	while (!rwsem_is_contended(sem) && --ticks)
		schedule_timeout_uninterruptible(1);
	KUNIT_EXPECT_NE(test, ticks, 0);
	keyring_test_take_out(mover->from, mover->key);
	keyring_test_take_out(mover->to, mover->key);
}

/* A move begins again if the links have changed, and then may be refused. */
static void keyring_test_move_refused_late(struct kunit *test)
{
	struct keyring_test_mover *mover =
		kunit_kzalloc(test, sizeof(*mover), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, mover);
	mover->key = keyring_test_key(test, "key");
	mover->from = keys_kunit_ring(test, "from");
	mover->to = keys_kunit_ring(test, "to");
	init_completion(&mover->done);
	KUNIT_EXPECT_EQ(test, key_link(mover->from, mover->key), 0);
	KUNIT_EXPECT_EQ(test, key_link(mover->to, mover->key), 0);
	keyring_test_unlink_under_move(test, mover);
	wait_for_completion(&mover->done);
	KUNIT_EXPECT_EQ(test, mover->ret, -ENOENT);
	key_put(mover->key);
	key_put(mover->from);
	key_put(mover->to);
}

static void keyring_test_moves_are_noticed(struct kunit *test)
{
	struct key *from = keys_kunit_ring(test, "from");
	struct key *to = keys_kunit_ring(test, "to");
	struct key *key = keyring_test_key(test, "key");
	struct keyring_moves moves = { };
	unsigned int tries;

	KUNIT_EXPECT_EQ(test, key_link(from, key), 0);
	for (tries = 1; tries <= KEYRING_MOVES_TRIES; tries++) {
		keyring_moves_begin(&moves);
		KUNIT_EXPECT_EQ(test, key_move(key, from, to, 0), 0);
		KUNIT_EXPECT_EQ(test, keyring_moves_retry(&moves),
				tries < KEYRING_MOVES_TRIES);
		swap(from, to);
	}
	key_put(key);
	key_put(from);
	key_put(to);
}

static void keyring_test_clear_and_revoke(struct kunit *test)
{
	struct key *ring = keys_kunit_ring(test, "ring");
	struct key *below = keys_kunit_ring(test, "below");
	struct key *key = keyring_test_key(test, "key");
	unsigned int key_refs = keys_kunit_refs(key);
	unsigned int below_refs = keys_kunit_refs(below);

	KUNIT_EXPECT_EQ(test, key_link(ring, key), 0);
	KUNIT_EXPECT_EQ(test, key_link(ring, below), 0);
	KUNIT_EXPECT_EQ(test, ring->keys.nr_leaves_on_tree, 2);
	KUNIT_EXPECT_EQ(test, keyring_clear(ring), 0);
	KUNIT_EXPECT_EQ(test, ring->keys.nr_leaves_on_tree, 0);
	KUNIT_EXPECT_EQ(test, ring->quotalen, 5);
	KUNIT_EXPECT_EQ(test, key_link(ring, key), 0);
	key_revoke(ring);
	KUNIT_EXPECT_EQ(test, ring->keys.nr_leaves_on_tree, 0);
	KUNIT_EXPECT_EQ(test, keys_kunit_refs(key), key_refs);
	KUNIT_EXPECT_EQ(test, keys_kunit_refs(below), below_refs);
	key_put(key);
	key_put(below);
	key_put(ring);
}

/*
 * A read copies as many complete serial numbers as fit into the buffer, and
 * returns the length of the whole list.
 */
static void keyring_test_read_short_buffer(struct kunit *test)
{
	struct key *ring = keys_kunit_ring(test, "ring");
	struct key *a = keyring_test_key(test, "a");
	struct key *b = keyring_test_key(test, "b");
	key_serial_t out[3] = { -1, -1, -1 };

	KUNIT_EXPECT_EQ(test, key_link(ring, a), 0);
	KUNIT_EXPECT_EQ(test, key_link(ring, b), 0);
	KUNIT_EXPECT_EQ(test, key_type_keyring.read(ring, NULL, 0), 8);
	/* Part of a serial number is never copied */
	KUNIT_EXPECT_EQ(test, key_type_keyring.read(ring, (char *)out, 7), 8);
	KUNIT_EXPECT_EQ(test, out[0], a->serial);
	KUNIT_EXPECT_EQ(test, out[1], -1);
	out[0] = -1;
	KUNIT_EXPECT_EQ(test, key_type_keyring.read(ring, (char *)out, 4), 8);
	KUNIT_EXPECT_EQ(test, out[0], a->serial);
	KUNIT_EXPECT_EQ(test, out[1], -1);
	KUNIT_EXPECT_EQ(test, key_type_keyring.read(ring, (char *)out, 12), 8);
	KUNIT_EXPECT_EQ(test, out[1], b->serial);
	KUNIT_EXPECT_EQ(test, out[2], -1);
	key_put(a);
	key_put(b);
	key_put(ring);
}

static struct kunit_case keyring_test_cases[] = {
	KUNIT_CASE(keyring_test_link_and_unlink),
	KUNIT_CASE(keyring_test_link_displaces),
	KUNIT_CASE(keyring_test_link_refuses),
	KUNIT_CASE(keyring_test_link_refuses_cycles),
	KUNIT_CASE(keyring_test_link_refuses_depth),
	KUNIT_CASE(keyring_test_link_refuses_width),
	KUNIT_CASE(keyring_test_edit_queues_per_account),
	KUNIT_CASE(keyring_test_edit_ended_without_commit),
	KUNIT_CASE(keyring_test_edit_over_quota),
	KUNIT_CASE(keyring_test_edit_uses_the_old_charge),
	KUNIT_CASE(keyring_test_edit_into_invalidated),
	KUNIT_CASE(keyring_test_link_again_keeps_the_order),
	KUNIT_CASE(keyring_test_find_live_only),
	KUNIT_CASE(keyring_test_move),
	KUNIT_CASE(keyring_test_move_replaces_the_link),
	KUNIT_CASE(keyring_test_move_refused_late),
	KUNIT_CASE(keyring_test_moves_are_noticed),
	KUNIT_CASE(keyring_test_clear_and_revoke),
	KUNIT_CASE(keyring_test_read_short_buffer),
	{}
};

static struct kunit_suite keyring_test_suite = {
	.name		= "keys_keyring",
	.suite_init	= keyring_test_type_register,
	.suite_exit	= keyring_test_type_unregister,
	.test_cases	= keyring_test_cases,
};

kunit_test_suite(keyring_test_suite);
