// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tests of construction: a key is constructed only once, by one task, and a
 * failed construction leaves no link and no charge.
 */
#include <linux/completion.h>
#include <linux/delay.h>
#include <linux/kthread.h>
#include <linux/workqueue.h>

#include "../core/authkey.h"
#include "keys_kunit.h"

/*
 * Counts the calls of the type's operations, and holds the values they return
 */
static struct {
	unsigned int	parsed;
	unsigned int	freed;
	unsigned int	instantiated;
	unsigned int	updated;
	bool		queued;
	int		parse_answer;
	int		instantiate_answer;
	int		update_answer;
} instantiate_test_seen;

static int instantiate_test_preparse(struct key_preparsed_payload *prep)
{
	instantiate_test_seen.parsed++;
	prep->quotalen = prep->datalen;
	prep->payload.data[0] = (void *)prep->datalen;
	return instantiate_test_seen.parse_answer;
}

static void instantiate_test_free_preparse(struct key_preparsed_payload *prep)
{
	instantiate_test_seen.freed++;
}

static int instantiate_test_instantiate(struct key *key,
					struct key_preparsed_payload *prep)
{
	instantiate_test_seen.instantiated++;
	if (instantiate_test_seen.instantiate_answer)
		return instantiate_test_seen.instantiate_answer;
	return generic_key_instantiate(key, prep);
}

static int instantiate_test_update(struct key *key,
				   struct key_preparsed_payload *prep)
{
	instantiate_test_seen.updated++;
	instantiate_test_seen.queued =
		test_bit(KEY_FLAG_EXPIRY_QUEUED, &key->flags);
	if (instantiate_test_seen.update_answer)
		return instantiate_test_seen.update_answer;
	return generic_key_instantiate(key, prep);
}

static struct key_type instantiate_test_type = {
	.name		= "instantiate_test_type",
	.preparse	= instantiate_test_preparse,
	.free_preparse	= instantiate_test_free_preparse,
	.instantiate	= instantiate_test_instantiate,
	.update		= instantiate_test_update,
};

KEYS_KUNIT_REGISTER(instantiate_test_type)

static int instantiate_test_init(struct kunit *test)
{
	memset(&instantiate_test_seen, 0, sizeof(instantiate_test_seen));
	/*
	 * Keys of earlier tests must not be freed while this test counts calls
	 */
	reap_barrier();
	return 0;
}

static struct key *instantiate_test_key(struct kunit *test, const char *desc)
{
	return keys_kunit_key_of(test, &instantiate_test_type, desc,
				 GLOBAL_ROOT_UID);
}

static void instantiate_test_expect(struct kunit *test, unsigned int parsed,
				    unsigned int instantiated,
				    unsigned int updated)
{
	KUNIT_EXPECT_EQ(test, instantiate_test_seen.parsed, parsed);
	KUNIT_EXPECT_EQ(test, instantiate_test_seen.freed, parsed);
	KUNIT_EXPECT_EQ(test, instantiate_test_seen.instantiated, instantiated);
	KUNIT_EXPECT_EQ(test, instantiate_test_seen.updated, updated);
}

static void instantiate_test_once(struct kunit *test)
{
	struct key *key = instantiate_test_key(test, "once");
	unsigned int nikeys = key->user->nikeys;

	KUNIT_EXPECT_EQ(test, key_read_state(key), KEY_IS_UNINSTANTIATED);
	KUNIT_EXPECT_EQ(test, 0,
			key_instantiate_and_link(key, "data", 4, NULL, NULL));
	KUNIT_EXPECT_EQ(test, key_read_state(key), KEY_IS_POSITIVE);
	KUNIT_EXPECT_PTR_EQ(test, key->payload.data[0], (void *)4);
	KUNIT_EXPECT_EQ(test, key->datalen, 4);
	KUNIT_EXPECT_EQ(test, key->quotalen, 5 + 4);
	KUNIT_EXPECT_EQ(test, key->user->nikeys, nikeys + 1);
	instantiate_test_expect(test, 1, 1, 0);
	KUNIT_EXPECT_EQ(test, -EBUSY,
			key_instantiate_and_link(key, "data2", 5, NULL, NULL));
	KUNIT_EXPECT_EQ(test, -EBUSY, key_negate_and_link(key, 1, NULL, NULL));
	KUNIT_EXPECT_PTR_EQ(test, key->payload.data[0], (void *)4);
	KUNIT_EXPECT_EQ(test, key_read_state(key), KEY_IS_POSITIVE);
	instantiate_test_expect(test, 2, 1, 0);
	key_put(key);
}

static void instantiate_test_fails_and_may_be_tried_again(struct kunit *test)
{
	struct key *ring = keys_kunit_ring(test, "ring");
	struct key *key = instantiate_test_key(test, "again");

	instantiate_test_seen.parse_answer = -EBADMSG;
	KUNIT_EXPECT_EQ(test, -EBADMSG,
			key_instantiate_and_link(key, "x", 1, ring, NULL));
	instantiate_test_seen.parse_answer = 0;
	instantiate_test_seen.instantiate_answer = -ENOTUNIQ;
	KUNIT_EXPECT_EQ(test, -ENOTUNIQ,
			key_instantiate_and_link(key, "x", 1, ring, NULL));
	instantiate_test_expect(test, 2, 1, 0);
	KUNIT_EXPECT_EQ(test, key_read_state(key), KEY_IS_UNINSTANTIATED);
	KUNIT_EXPECT_EQ(test, ring->keys.nr_leaves_on_tree, 0);
	KUNIT_EXPECT_EQ(test, ring->quotalen, 5);
	instantiate_test_seen.instantiate_answer = 0;
	KUNIT_EXPECT_EQ(test, 0,
			key_instantiate_and_link(key, "x", 1, ring, NULL));
	KUNIT_EXPECT_EQ(test, ring->keys.nr_leaves_on_tree, 1);
	key_put(key);
	key_put(ring);
}

static void instantiate_test_reject(struct kunit *test)
{
	struct key *ring = keys_kunit_ring(test, "ring");
	struct key *key = instantiate_test_key(test, "rejected");
	time64_t now = ktime_get_real_seconds();

	KUNIT_EXPECT_EQ(test, 0, key_reject_and_link(key, 1000, EKEYREJECTED,
						     ring, NULL));
	KUNIT_EXPECT_EQ(test, key_read_state(key), -EKEYREJECTED);
	KUNIT_EXPECT_TRUE(test, key_is_negative(key));
	KUNIT_EXPECT_GE(test, key->expiry, now + 1000);
	KUNIT_EXPECT_LE(test, key->expiry, now + 1010);
	KUNIT_EXPECT_EQ(test, ring->keys.nr_leaves_on_tree, 1);
	KUNIT_EXPECT_EQ(test, wait_for_key_construction(key, true),
			-EKEYREJECTED);
	KUNIT_EXPECT_PTR_EQ(test, ERR_PTR(-EKEYREJECTED),
			    keyring_search(make_key_ref(ring, true),
					   &instantiate_test_type, "rejected",
					   false));
	KUNIT_EXPECT_EQ(test, -EBUSY,
			key_instantiate_and_link(key, "x", 1, NULL, NULL));
	instantiate_test_expect(test, 1, 0, 0);
	key_put(key);
	key_put(ring);
}

/* The first key expires while it is constructed; the next one takes its place. */
static void instantiate_test_late_answer_displaces_nothing(struct kunit *test)
{
	struct key *ring = keys_kunit_ring(test, "ring");
	struct key *late[2], *next = instantiate_test_key(test, "k");
	int i;

	set_bit(KEY_FLAG_KEEP, &ring->flags);
	KUNIT_ASSERT_EQ(test, 0, key_instantiate_and_link(next, "x", 1, ring,
							  NULL));
	for (i = 0; i < 2; i++) {
		late[i] = instantiate_test_key(test, "k");
		key_set_expiry(late[i], ktime_get_real_seconds() - 1);
	}
	KUNIT_EXPECT_EQ(test, 0, key_instantiate_and_link(late[0], "x", 1,
							  ring, NULL));
	KUNIT_EXPECT_TRUE(test, key_is_positive(late[0]));
	KUNIT_EXPECT_FALSE(test, test_bit(KEY_FLAG_KEEP, &late[0]->flags));
	KUNIT_EXPECT_TRUE(test, link_exists(to_keyring(ring), next));
	KUNIT_EXPECT_EQ(test, 0, key_reject_and_link(late[1], 0, EKEYREJECTED,
						     ring, NULL));
	KUNIT_EXPECT_TRUE(test, key_is_negative(late[1]));
	KUNIT_EXPECT_TRUE(test, link_exists(to_keyring(ring), next));
	/* A new error does displace the key */
	key_put(late[0]);
	late[0] = instantiate_test_key(test, "k");
	KUNIT_EXPECT_EQ(test, 0, key_reject_and_link(late[0], 60, EKEYREJECTED,
						     ring, NULL));
	KUNIT_EXPECT_FALSE(test, link_exists(to_keyring(ring), next));
	keys_kunit_put_all(late, 2);
	key_put(next);
	key_put(ring);
}

static void instantiate_test_reject_a_constructed_key(struct kunit *test)
{
	struct key *ring = keys_kunit_ring(test, "ring");
	struct key *key = instantiate_test_key(test, "constructed");
	struct key *authkey = authkey_new(key, "create", "", 0, NULL);

	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, authkey);
	KUNIT_EXPECT_EQ(test, 0,
			key_instantiate_and_link(key, "x", 1, NULL, NULL));
	KUNIT_EXPECT_EQ(test, -EBUSY, key_reject_and_link(key, 1, EKEYREJECTED,
							  ring, authkey));
	/* This error comes before that of the keyring */
	key_revoke(ring);
	KUNIT_EXPECT_EQ(test, -EBUSY, key_reject_and_link(key, 1, EKEYREJECTED,
							  ring, authkey));
	KUNIT_EXPECT_TRUE(test, key_is_positive(key));
	KUNIT_EXPECT_EQ(test, key->expiry, TIME64_MAX);
	KUNIT_EXPECT_EQ(test, ring->keys.nr_leaves_on_tree, 0);
	KUNIT_EXPECT_EQ(test, key_validate(authkey), 0);
	key_put(authkey);
	key_put(key);
	key_put(ring);
}

/*
 * key_reject_and_link() fails if the keyring is restricted. The key stays
 * uninstantiated, so that its constructor can reject it without a keyring.
 */
static void
instantiate_test_reject_into_a_restricted_keyring(struct kunit *test)
{
	struct key *ring = keys_kunit_ring(test, "ring");
	struct key *key = instantiate_test_key(test, "rejected");
	struct key *authkey = authkey_new(key, "create", "", 0, NULL);

	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, authkey);
	set_bit(KEY_FLAG_USER_CONSTRUCT, &key->flags);
	KUNIT_ASSERT_EQ(test, 0, keyring_restrict(make_key_ref(ring, true),
						  NULL, NULL));
	KUNIT_EXPECT_EQ(test, -EPERM, key_reject_and_link(key, 1, EKEYREJECTED,
							  ring, authkey));
	KUNIT_EXPECT_EQ(test, key_read_state(key), KEY_IS_UNINSTANTIATED);
	KUNIT_EXPECT_TRUE(test, test_bit(KEY_FLAG_USER_CONSTRUCT, &key->flags));
	KUNIT_EXPECT_EQ(test, ring->keys.nr_leaves_on_tree, 0);
	KUNIT_EXPECT_EQ(test, key_validate(authkey), 0);
	KUNIT_EXPECT_EQ(test, 0, key_reject_and_link(key, 1, EKEYREJECTED,
						     NULL, authkey));
	KUNIT_EXPECT_EQ(test, key_read_state(key), -EKEYREJECTED);
	KUNIT_EXPECT_FALSE(test,
			   test_bit(KEY_FLAG_USER_CONSTRUCT, &key->flags));
	KUNIT_EXPECT_TRUE(test,
			  test_bit(KEY_FLAG_INVALIDATED, &authkey->flags));
	key_put(authkey);
	key_put(key);
	key_put(ring);
}

/**
 * struct instantiate_test_restricter - restricts a keyring during a link
 * @work: work item that restricts the keyring
 * @ring: keyring
 * @linked: number of links that the keyring had when it was restricted
 * @done: 1 after the keyring was restricted
 */
struct instantiate_test_restricter {
	struct work_struct	work;
	struct key		*ring;
	unsigned long		linked;
	int			done;
};

static void instantiate_test_restrict(struct work_struct *work)
{
	struct instantiate_test_restricter *r =
		container_of(work, struct instantiate_test_restricter, work);

	keyring_restrict(make_key_ref(r->ring, true), NULL, NULL);
	r->linked = READ_ONCE(r->ring->keys.nr_leaves_on_tree);
	/* Pairs with instantiate_test_reject_against_restriction() */
	smp_store_release(&r->done, 1);
}

/*
 * keyring_restrict() runs against key_reject_and_link(). If the keyring was
 * restricted first, the link must be refused. Nor may the keyring get a link
 * after it was restricted, even if the call had begun before: then the
 * restriction was checked before the keyring was locked.
 */
static void instantiate_test_reject_against_restriction(struct kunit *test)
{
	struct instantiate_test_restricter r;
	struct key *key;
	int round, ret, before;

	for (round = 0; round < 500; round++) {
		r.done = 0;
		r.ring = keys_kunit_ring(test, "ring");
		key = instantiate_test_key(test, "rejected");
		INIT_WORK_ONSTACK(&r.work, instantiate_test_restrict);
		queue_work(key_default_wq(), &r.work);
		udelay(round % 50);
		/* Pairs with the release in instantiate_test_restrict() */
		before = smp_load_acquire(&r.done);
		ret = key_reject_and_link(key, 1, EKEYREJECTED, r.ring, NULL);
		flush_work(&r.work);
		destroy_work_on_stack(&r.work);
		KUNIT_EXPECT_TRUE(test, ret == -EPERM || (!ret && !before));
		KUNIT_EXPECT_EQ(test, r.ring->keys.nr_leaves_on_tree, !ret);
		KUNIT_EXPECT_EQ(test, r.ring->keys.nr_leaves_on_tree, r.linked);
		KUNIT_EXPECT_EQ(test, key_is_negative(key), !ret);
		key_put(key);
		key_put(r.ring);
	}
}

static void instantiate_test_payload_over_quota(struct kunit *test)
{
	unsigned int bytes = key_quota_maxbytes;
	struct key *key;

	/* The limits of root would apply */
	keys_kunit_need_multiuser(test);
	key = keys_kunit_key_of(test, &instantiate_test_type, "dear",
				KEYS_KUNIT_UID(300));
	key_quota_maxbytes = 5 + 9;
	KUNIT_EXPECT_EQ(test, -EDQUOT,
			key_instantiate_and_link(key, "x", 10, NULL, NULL));
	KUNIT_EXPECT_EQ(test, key_read_state(key), KEY_IS_UNINSTANTIATED);
	KUNIT_EXPECT_EQ(test, key->quotalen, 5);
	KUNIT_EXPECT_EQ(test, 0,
			key_instantiate_and_link(key, "x", 9, NULL, NULL));
	KUNIT_EXPECT_EQ(test, key->quotalen, 14);
	key_quota_maxbytes = bytes;
	instantiate_test_expect(test, 2, 2, 0);
	key_put(key);
}

static void instantiate_test_create_or_update(struct kunit *test)
{
	struct key *ring = keys_kunit_ring(test, "ring");
	key_ref_t a, b, ref = make_key_ref(ring, true);
	unsigned int refs;

	a = key_create_or_update(ref, "instantiate_test_type", "k", "x", 1,
				 KEYS_KUNIT_PERM, 0);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, a);
	KUNIT_EXPECT_TRUE(test, is_key_possessed(a));
	refs = keys_kunit_refs(key_ref_to_ptr(a));
	instantiate_test_expect(test, 1, 1, 0);
	b = key_create_or_update(ref, "instantiate_test_type", "k", "xyz", 3,
				 KEYS_KUNIT_PERM, 0);
	KUNIT_EXPECT_PTR_EQ(test, a, b);
	instantiate_test_expect(test, 2, 1, 1);
	KUNIT_EXPECT_EQ(test, key_ref_to_ptr(a)->quotalen, 2 + 3);
	KUNIT_EXPECT_PTR_EQ(test, ERR_PTR(-EEXIST),
			    key_create(ref, "instantiate_test_type", "k", "x",
				       1, KEYS_KUNIT_PERM, 0));
	instantiate_test_expect(test, 3, 1, 1);
	KUNIT_EXPECT_EQ(test, ring->keys.nr_leaves_on_tree, 1);
	/* Each call that succeeds returns a reference */
	KUNIT_EXPECT_EQ(test, keys_kunit_refs(key_ref_to_ptr(a)), refs + 1);
	key_ref_put(a);
	key_ref_put(a);
	key_put(ring);
}

/*
 * A type without ->update() cannot update its key, so key_create_or_update()
 * makes a new key, whose link displaces the old one.
 */
static void instantiate_test_create_displaces(struct kunit *test)
{
	struct key *ring = keys_kunit_ring(test, "ring");
	key_ref_t a, b, ref = make_key_ref(ring, true);

	instantiate_test_type.update = NULL;
	a = key_create_or_update(ref, "instantiate_test_type", "k", "x", 1,
				 KEYS_KUNIT_PERM, 0);
	b = key_create_or_update(ref, "instantiate_test_type", "k", "y", 1,
				 KEYS_KUNIT_PERM, 0);
	instantiate_test_type.update = instantiate_test_update;
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, a);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, b);
	KUNIT_EXPECT_PTR_NE(test, a, b);
	instantiate_test_expect(test, 2, 2, 0);
	KUNIT_EXPECT_EQ(test, ring->keys.nr_leaves_on_tree, 1);
	KUNIT_EXPECT_TRUE(test, hlist_empty(&key_ref_to_ptr(a)->parents));
	KUNIT_EXPECT_EQ(test, ring->quotalen, 5 + KEY_LINK_BYTES);
	key_ref_put(a);
	key_ref_put(b);
	key_put(ring);
}

static void instantiate_test_create_errors(struct kunit *test)
{
	struct key *ring = keys_kunit_ring(test, "ring");
	struct key *key = instantiate_test_key(test, "key");
	key_ref_t ref = make_key_ref(ring, true);

	KUNIT_EXPECT_PTR_EQ(test, ERR_PTR(-ENODEV),
			    key_create_or_update(ref, "nosuch", "k", "x", 1,
						 KEYS_KUNIT_PERM, 0));
	KUNIT_EXPECT_PTR_EQ(test, ERR_PTR(-ENOTDIR),
			    key_create_or_update(make_key_ref(key, true),
						 "instantiate_test_type", "k",
						 "x", 1, KEYS_KUNIT_PERM, 0));
	/* The description is NULL, and the type does not supply one */
	KUNIT_EXPECT_PTR_EQ(test, ERR_PTR(-EINVAL),
			    key_create_or_update(ref, "instantiate_test_type",
						 NULL, "x", 1, KEYS_KUNIT_PERM,
						 0));
	ring->perm = KEY_POS_ALL & ~KEY_POS_WRITE;
	KUNIT_EXPECT_PTR_EQ(test, ERR_PTR(-EACCES),
			    key_create_or_update(ref, "instantiate_test_type",
						 "k", "x", 1, KEYS_KUNIT_PERM,
						 0));
	KUNIT_EXPECT_EQ(test, instantiate_test_seen.parsed,
			instantiate_test_seen.freed);
	KUNIT_EXPECT_EQ(test, instantiate_test_seen.instantiated, 0);
	KUNIT_EXPECT_EQ(test, ring->quotalen, 5);
	key_put(key);
	key_put(ring);
}

static void instantiate_test_update_makes_positive(struct kunit *test)
{
	struct key *key = instantiate_test_key(test, "negative");
	unsigned int nikeys = key->user->nikeys;

	KUNIT_EXPECT_EQ(test, key_negate_and_link(key, 1000, NULL, NULL), 0);
	KUNIT_EXPECT_EQ(test, 0, key_update(make_key_ref(key, true), "abc", 3));
	KUNIT_EXPECT_EQ(test, key_read_state(key), KEY_IS_POSITIVE);
	KUNIT_EXPECT_EQ(test, key->user->nikeys, nikeys + 1);
	key_revoke(key);
	KUNIT_EXPECT_EQ(test, -EKEYREVOKED,
			key_update(make_key_ref(key, true), "abc", 3));
	instantiate_test_expect(test, 2, 0, 1);
	key_put(key);
}

/**
 * struct instantiate_test_racer - one of several tasks that construct a key
 * @key: the key
 * @go: completed when the tasks may begin
 * @done: completed when this task has finished
 * @ret: result of the instantiation
 */
struct instantiate_test_racer {
	struct key		*key;
	struct completion	*go;
	struct completion	done;
	int			ret;
};

static int instantiate_test_race(void *data)
{
	struct instantiate_test_racer *racer = data;

	wait_for_completion(racer->go);
	racer->ret = key_instantiate_and_link(racer->key, "x", 1, NULL, NULL);
	complete(&racer->done);
	return 0;
}

static int instantiate_test_slow_instantiate(struct key *key,
					     struct key_preparsed_payload *prep)
{
	instantiate_test_seen.instantiated++;
	msleep(20);
	return generic_key_instantiate(key, prep);
}

static void instantiate_test_by_one_of_many(struct kunit *test)
{
	struct key *key = instantiate_test_key(test, "raced");
	DECLARE_COMPLETION_ONSTACK(go);
	struct instantiate_test_racer racer[4];
	int i, won = 0;

	instantiate_test_type.instantiate = instantiate_test_slow_instantiate;
	for (i = 0; i < ARRAY_SIZE(racer); i++) {
		racer[i].key = key;
		racer[i].go = &go;
		init_completion(&racer[i].done);
		KUNIT_ASSERT_NOT_ERR_OR_NULL(test,
					     kthread_run(instantiate_test_race,
							 &racer[i],
							 "keys_kunit_racer"));
	}
	complete_all(&go);
	for (i = 0; i < ARRAY_SIZE(racer); i++) {
		wait_for_completion(&racer[i].done);
		KUNIT_EXPECT_TRUE(test, !racer[i].ret ||
				  racer[i].ret == -EBUSY);
		won += !racer[i].ret;
	}
	instantiate_test_type.instantiate = instantiate_test_instantiate;
	KUNIT_EXPECT_EQ(test, won, 1);
	KUNIT_EXPECT_EQ(test, instantiate_test_seen.instantiated, 1);
	key_put(key);
}

/*
 * During an update the key is not in the expiry queue, so that the reaper does
 * not invalidate the key. The key is in the queue again afterwards, with the
 * same expiry.
 */
static void instantiate_test_update_keeps_the_expiry(struct kunit *test)
{
	struct key *key = instantiate_test_key(test, "expiring");
	int answers[] = { 0, -EDQUOT }, i;
	time64_t end;

	KUNIT_EXPECT_EQ(test, 0,
			key_instantiate_and_link(key, "x", 1, NULL, NULL));
	key_set_timeout(key, 1000);
	end = key->expiry;
	for (i = 0; i < ARRAY_SIZE(answers); i++) {
		instantiate_test_seen.queued = true;
		instantiate_test_seen.update_answer = answers[i];
		KUNIT_EXPECT_EQ(test, answers[i],
				key_update(make_key_ref(key, true), "y", 1));
		KUNIT_EXPECT_FALSE(test, instantiate_test_seen.queued);
		KUNIT_EXPECT_EQ(test, key->expiry, end);
		KUNIT_EXPECT_TRUE(test, test_bit(KEY_FLAG_EXPIRY_QUEUED,
						 &key->flags));
	}
	key_put(key);
}

static struct kunit_case instantiate_test_cases[] = {
	KUNIT_CASE(instantiate_test_once),
	KUNIT_CASE(instantiate_test_fails_and_may_be_tried_again),
	KUNIT_CASE(instantiate_test_reject),
	KUNIT_CASE(instantiate_test_reject_a_constructed_key),
	KUNIT_CASE(instantiate_test_late_answer_displaces_nothing),
	KUNIT_CASE(instantiate_test_reject_into_a_restricted_keyring),
	KUNIT_CASE(instantiate_test_reject_against_restriction),
	KUNIT_CASE(instantiate_test_payload_over_quota),
	KUNIT_CASE(instantiate_test_create_or_update),
	KUNIT_CASE(instantiate_test_create_displaces),
	KUNIT_CASE(instantiate_test_create_errors),
	KUNIT_CASE(instantiate_test_update_makes_positive),
	KUNIT_CASE(instantiate_test_update_keeps_the_expiry),
	KUNIT_CASE(instantiate_test_by_one_of_many),
	{}
};

static struct kunit_suite instantiate_test_suite = {
	.name		= "keys_instantiate",
	.suite_init	= instantiate_test_type_register,
	.suite_exit	= instantiate_test_type_unregister,
	.init		= instantiate_test_init,
	.test_cases	= instantiate_test_cases,
};

kunit_test_suite(instantiate_test_suite);
