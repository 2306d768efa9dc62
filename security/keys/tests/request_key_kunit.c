// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tests of requests by kernel code: with credentials that are kept for
 * requests, for key types with an own ->request_key(), and without sleeping.
 */
#include <linux/workqueue.h>

#include "keys_kunit.h"

/**
 * struct request_maker - how the type constructs keys, and its arguments
 * @make: constructs the key
 * @calls: number of calls
 * @aux: auxiliary data from the requester
 * @callout_len: length of the callout information
 * @cred: credentials of the requester
 * @dest: destination keyring of the key
 */
static struct request_maker {
	int			(*make)(struct key *authkey);
	unsigned int		calls;
	void			*aux;
	size_t			callout_len;
	const struct cred	*cred;
	const struct key	*dest;
} request_maker;

static int request_actor(struct key *authkey, void *aux)
{
	struct request_key_auth *rka = get_request_key_auth(authkey);

	request_maker.calls++;
	request_maker.aux = aux;
	request_maker.callout_len = rka->callout_len;
	request_maker.cred = rka->cred;
	request_maker.dest = rka->dest_keyring;
	return request_maker.make(authkey);
}

static struct key_type request_type = {
	.name		= "keys_kunit_request",
	.instantiate	= keys_kunit_instantiate,
	.request_key	= request_actor,
};

static int make_now(struct key *authkey)
{
	struct request_key_auth *rka = get_request_key_auth(authkey);
	int ret;

	ret = key_instantiate_and_link(rka->target_key, NULL, 0, NULL, authkey);
	complete_request_key(authkey, ret);
	return ret;
}

static int make_nothing(struct key *authkey)
{
	complete_request_key(authkey, -EIO);
	return -EIO;
}

/* An actor should not fail like this, but no task must wait for ever. */
static int make_no_effort(struct key *authkey)
{
	return -EIO;
}

/* The key is constructed already, so it cannot fail any more */
static int make_and_complain(struct key *authkey)
{
	make_now(authkey);
	complete_request_key(authkey, -EIO);
	return -EIO;
}

static struct key *late_authkey;
static int late_error;

static void make_late_fn(struct work_struct *work)
{
	if (late_error)
		complete_request_key(late_authkey, late_error);
	else
		make_now(late_authkey);
	key_put(late_authkey);
}

static DECLARE_DELAYED_WORK(late_work, make_late_fn);

static int make_late(struct key *authkey)
{
	late_authkey = key_get(authkey);
	schedule_delayed_work(&late_work, HZ / 20);
	return 0;
}

/**
 * struct requester - credentials that kernel code keeps for requests
 * @cred: credentials
 * @ring: their thread keyring
 */
static struct requester {
	struct cred	*cred;
	struct key	*ring;
} requester;

#define as_requester(_expression) ({					\
	const struct cred *_own = override_creds(requester.cred);	\
	typeof(_expression) _answer = (_expression);			\
									\
	revert_creds(_own);						\
	_answer;							\
})

static struct cred *cred_with_ring(struct kunit *test, struct key *ring)
{
	struct cred *cred = prepare_kernel_cred(&init_task);

	KUNIT_ASSERT_NOT_NULL(test, cred);
	cred->thread_keyring = key_get(ring);
	cred->jit_keyring = KEY_REQKEY_DEFL_THREAD_KEYRING;
	return cred;
}

static int request_test_init(struct kunit *test)
{
	request_maker = (struct request_maker) { .make = make_now };
	requester.ring = keys_kunit_ring(test, "requester", GLOBAL_ROOT_UID);
	requester.cred = cred_with_ring(test, requester.ring);
	return 0;
}

static void request_test_exit(struct kunit *test)
{
	put_cred(requester.cred);
	key_put(requester.ring);
}

static int request_suite_init(struct kunit_suite *suite)
{
	return register_key_type(&request_type);
}

static void request_suite_exit(struct kunit_suite *suite)
{
	unregister_key_type(&request_type);
}

static struct key *ask(const char *desc, const char *callout)
{
	return as_requester(request_key(&request_type, desc, callout));
}

static void expect_links(struct kunit *test, unsigned long nr)
{
	KUNIT_EXPECT_EQ(test, requester.ring->keys.nr_leaves_on_tree, nr);
}

static void request_is_made_once(struct kunit *test)
{
	struct key *first = ask("k", "callout"), *second = ask("k", "callout");

	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, first);
	KUNIT_EXPECT_TRUE(test, key_is_positive(first));
	KUNIT_EXPECT_PTR_EQ(test, first, second);
	KUNIT_EXPECT_EQ(test, request_maker.calls, 1);
	expect_links(test, 1);
	key_put(second);
	key_put(first);
}

static void request_tells_the_actor_all(struct kunit *test)
{
	struct key *key;
	int aux;

	key = as_requester(request_key_with_auxdata(&request_type, "k", NULL,
						    "", 0, &aux));
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, key);
	KUNIT_EXPECT_PTR_EQ(test, request_maker.aux, (void *)&aux);
	KUNIT_EXPECT_EQ(test, request_maker.callout_len, 0);
	KUNIT_EXPECT_PTR_EQ(test, request_maker.cred,
			    (const struct cred *)requester.cred);
	KUNIT_EXPECT_PTR_EQ(test, request_maker.dest,
			    (const struct key *)requester.ring);
	key_put(key);
}

static void request_without_callout_makes_nothing(struct kunit *test)
{
	KUNIT_EXPECT_PTR_EQ(test, ask("k", NULL), ERR_PTR(-ENOKEY));
	KUNIT_EXPECT_EQ(test, request_maker.calls, 0);
	expect_links(test, 0);
}

static void request_remembers_a_failure(struct kunit *test)
{
	request_maker.make = make_nothing;
	KUNIT_EXPECT_PTR_EQ(test, ask("k", ""), ERR_PTR(-EIO));
	KUNIT_EXPECT_PTR_EQ(test, ask("k", ""), ERR_PTR(-ENOKEY));
	KUNIT_EXPECT_EQ(test, request_maker.calls, 1);
	expect_links(test, 1);
}

static void request_rejects_what_the_actor_left(struct kunit *test)
{
	request_maker.make = make_no_effort;
	KUNIT_EXPECT_PTR_EQ(test, ask("k", ""), ERR_PTR(-EIO));
	KUNIT_EXPECT_PTR_EQ(test, ask("k", ""), ERR_PTR(-ENOKEY));
}

static void request_waits_for_another_task(struct kunit *test)
{
	struct key *key;

	request_maker.make = make_late;
	key = ask("k", "");
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, key);
	KUNIT_EXPECT_TRUE(test, key_is_positive(key));
	flush_delayed_work(&late_work);
	key_put(key);
}

static void request_makes_no_keyring(struct kunit *test)
{
	struct key *key;

	key = as_requester(request_key(&key_type_keyring, "no ring", ""));
	KUNIT_EXPECT_PTR_EQ(test, key, ERR_PTR(-EPERM));
	expect_links(test, 0);
}

static void request_respects_a_restriction(struct kunit *test)
{
	KUNIT_ASSERT_EQ(test, 0, keyring_restrict(make_key_ref(requester.ring, true),
						  NULL, NULL));
	KUNIT_EXPECT_PTR_EQ(test, ask("k", ""), ERR_PTR(-EPERM));
	KUNIT_EXPECT_EQ(test, request_maker.calls, 0);
	expect_links(test, 0);
}

static struct key *request_new_key;

static void request_meet_new_key(struct key *key, struct key_restriction *none)
{
	request_new_key = key_get(key);
}

/*
 * If the new key is not used, request_key() must reject it, because a task that
 * found its serial number may wait for its construction.
 */
static void request_drops_an_unused_target(struct kunit *test)
{
	request_new_key = NULL;
	request_type.obj_init = request_meet_new_key;
	KUNIT_EXPECT_EQ(test, 0, keyring_restrict(make_key_ref(requester.ring, true),
						  NULL, NULL));
	KUNIT_EXPECT_PTR_EQ(test, ask("k", ""), ERR_PTR(-EPERM));
	request_type.obj_init = NULL;
	KUNIT_ASSERT_NOT_NULL(test, request_new_key);
	KUNIT_EXPECT_FALSE(test, test_bit(KEY_FLAG_USER_CONSTRUCT,
					  &request_new_key->flags));
	KUNIT_EXPECT_EQ(test, key_read_state(request_new_key), -ENOKEY);
	KUNIT_EXPECT_EQ(test, refcount_read(&request_new_key->usage), 1);
	key_put(request_new_key);
}

static struct key *request_rival;

/* Another key is linked after the target was allocated, but before its link. */
static void request_add_rival(struct key *key, struct key_restriction *none)
{
	request_type.obj_init = NULL;
	key_link(requester.ring, request_rival);
}

static void request_gives_way_to_what_is_there(struct kunit *test)
{
	struct key *found;

	request_rival = keys_kunit_key(test, &request_type, "k");
	request_type.obj_init = request_add_rival;
	found = ask("k", "");
	request_type.obj_init = NULL;
	KUNIT_EXPECT_PTR_EQ(test, found, request_rival);
	KUNIT_EXPECT_EQ(test, request_maker.calls, 0);
	expect_links(test, 1);
	if (!IS_ERR(found))
		key_put(found);
	key_put(request_rival);
}

static void request_needs_write_on_the_default(struct kunit *test)
{
	requester.ring->perm = KEYS_KUNIT_PERM & ~(KEY_POS_WRITE | KEY_USR_WRITE);
	KUNIT_EXPECT_PTR_EQ(test, ask("k", ""), ERR_PTR(-EACCES));
	KUNIT_EXPECT_EQ(test, request_maker.calls, 0);
	expect_links(test, 0);
}

static struct key *ask_rcu(const char *desc)
{
	guard(rcu)();
	return as_requester(request_key_rcu(&request_type, desc, NULL));
}

static void request_rcu_looks_at_own_keys_only(struct kunit *test)
{
	struct key *ring = keys_kunit_ring(test, "below", GLOBAL_ROOT_UID);
	struct key *key = keys_kunit_key(test, &request_type, "k"), *found;

	KUNIT_ASSERT_EQ(test, 0, key_link(requester.ring, ring));
	KUNIT_ASSERT_EQ(test, 0, key_link(ring, key));
	KUNIT_EXPECT_PTR_EQ(test, ask_rcu("k"), ERR_PTR(-ENOKEY));
	KUNIT_ASSERT_EQ(test, 0, key_link(requester.ring, key));
	found = ask_rcu("k");
	KUNIT_EXPECT_PTR_EQ(test, found, key);
	key_put(found);
	key_put(key);
	key_put(ring);
}

static void request_rcu_does_not_wait(struct kunit *test)
{
	struct key *key = keys_kunit_key_of(test, &request_type, "k",
					    GLOBAL_ROOT_UID);

	KUNIT_ASSERT_EQ(test, 0, key_link(requester.ring, key));
	KUNIT_EXPECT_PTR_EQ(test, ask_rcu("k"), ERR_PTR(-EAGAIN));
	key_reject_and_link(key, 60, EKEYREJECTED, NULL, NULL);
	KUNIT_EXPECT_PTR_EQ(test, ask_rcu("k"), ERR_PTR(-EKEYREJECTED));
	key_put(key);
}

/*
 * A task that constructs a key possesses the keys of the requester until the
 * authorisation key is revoked.
 */
static void request_lends_the_keyrings(struct kunit *test)
{
	struct key *key = keys_kunit_key(test, &request_type, "theirs");
	struct key *target = keys_kunit_key_of(test, &request_type, "target",
					       GLOBAL_ROOT_UID);
	struct cred *cred = cred_with_ring(test, NULL);
	struct key *authkey;

	authkey = as_requester(authkey_new(target, "create", "", 0, NULL));
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, authkey);
	KUNIT_ASSERT_EQ(test, 0, key_link(requester.ring, key));
	cred->request_key_auth = key_get(authkey);
	scoped_guard(rcu)
		KUNIT_EXPECT_TRUE(test, key_possessed_rcu(key, cred));
	key_revoke(authkey);
	scoped_guard(rcu)
		KUNIT_EXPECT_FALSE(test, key_possessed_rcu(key, cred));
	put_cred(cred);
	key_put(authkey);
	key_put(target);
	key_put(key);
}

static void request_rcu_passes_over_what_has_ended(struct kunit *test)
{
	struct key *key = keys_kunit_key(test, &request_type, "k");

	KUNIT_ASSERT_EQ(test, 0, key_link(requester.ring, key));
	key->perm = KEYS_KUNIT_PERM & ~(KEY_POS_SEARCH | KEY_USR_SEARCH);
	KUNIT_EXPECT_PTR_EQ(test, ask_rcu("k"), ERR_PTR(-EACCES));
	key->perm = KEYS_KUNIT_PERM;
	WRITE_ONCE(key->expiry, ktime_get_real_seconds() - 1);
	KUNIT_EXPECT_PTR_EQ(test, ask_rcu("k"), ERR_PTR(-ENOKEY));
	WRITE_ONCE(key->expiry, TIME64_MAX);
	key_revoke(key);
	KUNIT_EXPECT_PTR_EQ(test, ask_rcu("k"), ERR_PTR(-EKEYREVOKED));
	KUNIT_EXPECT_PTR_EQ(test, ask_rcu("l"), ERR_PTR(-ENOKEY));
	KUNIT_EXPECT_EQ(test, request_maker.calls, 0);
	expect_links(test, 1);
	key_put(key);
}

static unsigned int request_preparsed;

/* ->match_preparse() may sleep, so request_key_rcu() must not call it. */
static int request_preparse_match(struct key_match_data *match)
{
	request_preparsed++;
	return -EIO;
}

static void request_rcu_compares_descriptions(struct kunit *test)
{
	struct key *key = keys_kunit_key(test, &request_type, "k"), *found;

	KUNIT_ASSERT_EQ(test, 0, key_link(requester.ring, key));
	request_preparsed = 0;
	request_type.match_preparse = request_preparse_match;
	found = ask_rcu("k");
	KUNIT_EXPECT_EQ(test, request_preparsed, 0);
	KUNIT_EXPECT_PTR_EQ(test, ask("k", NULL), ERR_PTR(-EIO));
	request_type.match_preparse = NULL;
	KUNIT_EXPECT_PTR_EQ(test, found, key);
	key_put(found);
	key_put(key);
}

static struct key_tag request_domains[2] = {
	{ .usage = REFCOUNT_INIT(1) }, { .usage = REFCOUNT_INIT(1) }
};

/* Each domain gets a key of its own, and so does a request without domain. */
static void request_is_made_for_a_domain(struct kunit *test)
{
	struct key *keys[3], *again;
	int i;

	for (i = 0; i < 3; i++) {
		struct key_tag *tag = i < 2 ? &request_domains[i] : NULL;

		keys[i] = as_requester(request_key_tag(&request_type, "k", tag, ""));
		KUNIT_ASSERT_NOT_ERR_OR_NULL(test, keys[i]);
		KUNIT_EXPECT_EQ(test, request_maker.calls, i + 1);
		again = as_requester(request_key_tag(&request_type, "k", tag, ""));
		KUNIT_EXPECT_PTR_EQ(test, keys[i], again);
		KUNIT_EXPECT_EQ(test, request_maker.calls, i + 1);
		key_put(again);
	}
	expect_links(test, 3);
	for (i = 0; i < 3; i++)
		key_put(keys[i]);
}

/* If another task fails to construct the key, the requester gets ENOKEY. */
static void request_fails_in_another_task(struct kunit *test)
{
	request_maker.make = make_late;
	late_error = -EIO;
	KUNIT_EXPECT_PTR_EQ(test, ask("k", ""), ERR_PTR(-ENOKEY));
	flush_delayed_work(&late_work);
	late_error = 0;
	KUNIT_EXPECT_PTR_EQ(test, ask("k", ""), ERR_PTR(-ENOKEY));
	KUNIT_EXPECT_EQ(test, request_maker.calls, 1);
	expect_links(test, 1);
}

/* complete_request_key() does not change the state of a constructed key. */
static void request_completed_twice(struct kunit *test)
{
	struct key *key;

	request_maker.make = make_and_complain;
	key = ask("k", "");
	KUNIT_EXPECT_PTR_EQ(test, key, ERR_PTR(-EIO));
	request_maker.make = make_now;
	key = ask("k", NULL);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, key);
	KUNIT_EXPECT_TRUE(test, key_is_positive(key));
	key_put(key);
}

static struct key *request_awaited;

static void request_wait_instantiate(struct work_struct *work)
{
	key_instantiate_and_link(request_awaited, NULL, 0, NULL, NULL);
}

static DECLARE_DELAYED_WORK(request_wait_work, request_wait_instantiate);

static void request_wait_is_interruptible(struct kunit *test)
{
	struct key *key = keys_kunit_key_of(test, &request_type, "k",
					    GLOBAL_ROOT_UID);

	set_bit(KEY_FLAG_USER_CONSTRUCT, &key->flags);
	set_thread_flag(TIF_SIGPENDING);
	KUNIT_EXPECT_EQ(test, wait_for_key_construction(key, true),
			-ERESTARTSYS);
	KUNIT_EXPECT_EQ(test, key_read_state(key), KEY_IS_UNINSTANTIATED);
	request_awaited = key;
	schedule_delayed_work(&request_wait_work, HZ / 20);
	KUNIT_EXPECT_EQ(test, wait_for_key_construction(key, false), 0);
	KUNIT_EXPECT_EQ(test, wait_for_key_construction(key, true), 0);
	clear_thread_flag(TIF_SIGPENDING);
	flush_delayed_work(&request_wait_work);
	key_put(key);
}

static struct kunit_case request_cases[] = {
	KUNIT_CASE(request_is_made_once),
	KUNIT_CASE(request_tells_the_actor_all),
	KUNIT_CASE(request_without_callout_makes_nothing),
	KUNIT_CASE(request_remembers_a_failure),
	KUNIT_CASE(request_rejects_what_the_actor_left),
	KUNIT_CASE(request_waits_for_another_task),
	KUNIT_CASE(request_makes_no_keyring),
	KUNIT_CASE(request_respects_a_restriction),
	KUNIT_CASE(request_drops_an_unused_target),
	KUNIT_CASE(request_gives_way_to_what_is_there),
	KUNIT_CASE(request_needs_write_on_the_default),
	KUNIT_CASE(request_rcu_looks_at_own_keys_only),
	KUNIT_CASE(request_rcu_does_not_wait),
	KUNIT_CASE(request_lends_the_keyrings),
	KUNIT_CASE(request_rcu_passes_over_what_has_ended),
	KUNIT_CASE(request_rcu_compares_descriptions),
	KUNIT_CASE(request_is_made_for_a_domain),
	KUNIT_CASE(request_fails_in_another_task),
	KUNIT_CASE(request_completed_twice),
	KUNIT_CASE(request_wait_is_interruptible),
	{}
};

static struct kunit_suite request_suite = {
	.name		= "keys_request",
	.init		= request_test_init,
	.exit		= request_test_exit,
	.suite_init	= request_suite_init,
	.suite_exit	= request_suite_exit,
	.test_cases	= request_cases,
};

kunit_test_suite(request_suite);
