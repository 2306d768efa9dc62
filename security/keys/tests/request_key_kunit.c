// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tests of requests by kernel code: with credentials that are kept for
 * requests, for key types with an own ->request_key(), and without sleeping.
 */
#include <linux/init_task.h>
#include <linux/workqueue.h>

#include "keys_kunit.h"

/**
 * struct request_test_maker - how the type constructs keys, and its arguments
 * @make: constructs the key
 * @calls: number of calls
 * @aux: auxiliary data from the requester
 * @callout_len: length of the callout information
 * @cred: credentials of the requester
 * @dest: destination keyring of the key
 */
static struct request_test_maker {
	int			(*make)(struct key *authkey);
	unsigned int		calls;
	void			*aux;
	size_t			callout_len;
	const struct cred	*cred;
	const struct key	*dest;
} request_test_maker;

static int request_test_actor(struct key *authkey, void *aux)
{
	struct request_key_auth *rka = get_request_key_auth(authkey);

	request_test_maker.calls++;
	request_test_maker.aux = aux;
	request_test_maker.callout_len = rka->callout_len;
	request_test_maker.cred = rka->cred;
	request_test_maker.dest = rka->dest_keyring;
	return request_test_maker.make(authkey);
}

static struct key_type request_test_type = {
	.name		= "keys_kunit_request",
	.instantiate	= keys_kunit_instantiate,
	.request_key	= request_test_actor,
};

KEYS_KUNIT_REGISTER(request_test_type)

static int request_test_make_now(struct key *authkey)
{
	struct request_key_auth *rka = get_request_key_auth(authkey);
	int ret;

	ret = key_instantiate_and_link(rka->target_key, NULL, 0, NULL, authkey);
	complete_request_key(authkey, ret);
	return ret;
}

static int request_test_make_nothing(struct key *authkey)
{
	complete_request_key(authkey, -EIO);
	return -EIO;
}

/* An actor should not fail like this, but no task must wait for ever. */
static int request_test_make_no_effort(struct key *authkey)
{
	return -EIO;
}

/* The key is constructed already, so it cannot fail any more */
static int request_test_make_and_complain(struct key *authkey)
{
	request_test_make_now(authkey);
	complete_request_key(authkey, -EIO);
	return -EIO;
}

static struct key *request_test_late_authkey;
static int request_test_late_error;

static void request_test_make_late_fn(struct work_struct *work)
{
	if (request_test_late_error)
		complete_request_key(request_test_late_authkey,
				     request_test_late_error);
	else
		request_test_make_now(request_test_late_authkey);
	key_put(request_test_late_authkey);
}

static DECLARE_DELAYED_WORK(request_test_late_work, request_test_make_late_fn);

static int request_test_make_late(struct key *authkey)
{
	request_test_late_authkey = key_get(authkey);
	schedule_delayed_work(&request_test_late_work, HZ / 20);
	return 0;
}

/**
 * struct request_test - credentials that kernel code keeps for requests
 * @cred: credentials
 * @ring: their thread keyring
 */
static struct request_test {
	struct cred	*cred;
	struct key	*ring;
} request_test;

#define request_test_as(_expression) ({					\
	const struct cred *_own = override_creds(request_test.cred);	\
	typeof(_expression) _answer = (_expression);			\
									\
	revert_creds(_own);						\
	_answer;							\
})

static struct cred *request_test_cred(struct kunit *test, struct key *ring)
{
	struct cred *cred = prepare_kernel_cred(&init_task);

	KUNIT_ASSERT_NOT_NULL(test, cred);
	cred->thread_keyring = key_get(ring);
	cred->jit_keyring = KEY_REQKEY_DEFL_THREAD_KEYRING;
	return cred;
}

static int request_test_init(struct kunit *test)
{
	request_test_maker = (struct request_test_maker) {
		.make = request_test_make_now,
	};
	request_test.ring = keys_kunit_ring(test, "requester");
	request_test.cred = request_test_cred(test, request_test.ring);
	return 0;
}

static void request_test_exit(struct kunit *test)
{
	put_cred(request_test.cred);
	key_put(request_test.ring);
}

static struct key *request_test_ask(const char *desc, const char *callout)
{
	return request_test_as(request_key(&request_test_type, desc, callout));
}

static void request_test_expect_links(struct kunit *test, unsigned long nr)
{
	KUNIT_EXPECT_EQ(test, request_test.ring->keys.nr_leaves_on_tree, nr);
}

static void request_test_is_made_once(struct kunit *test)
{
	struct key *first = request_test_ask("k", "callout");
	struct key *second = request_test_ask("k", "callout");

	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, first);
	KUNIT_EXPECT_TRUE(test, key_is_positive(first));
	KUNIT_EXPECT_PTR_EQ(test, first, second);
	KUNIT_EXPECT_EQ(test, request_test_maker.calls, 1);
	request_test_expect_links(test, 1);
	key_put(second);
	key_put(first);
}

static void request_test_passes_all_to_the_actor(struct kunit *test)
{
	struct key *key;
	int aux;

	key = request_test_as(request_key_with_auxdata(&request_test_type, "k",
						       NULL, "", 0, &aux));
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, key);
	KUNIT_EXPECT_PTR_EQ(test, request_test_maker.aux, (void *)&aux);
	KUNIT_EXPECT_EQ(test, request_test_maker.callout_len, 0);
	KUNIT_EXPECT_PTR_EQ(test, request_test_maker.cred,
			    (const struct cred *)request_test.cred);
	KUNIT_EXPECT_PTR_EQ(test, request_test_maker.dest,
			    (const struct key *)request_test.ring);
	key_put(key);
}

static void request_test_without_callout_makes_nothing(struct kunit *test)
{
	KUNIT_EXPECT_PTR_EQ(test, request_test_ask("k", NULL),
			    ERR_PTR(-ENOKEY));
	KUNIT_EXPECT_EQ(test, request_test_maker.calls, 0);
	request_test_expect_links(test, 0);
}

static void request_test_remembers_a_failure(struct kunit *test)
{
	request_test_maker.make = request_test_make_nothing;
	KUNIT_EXPECT_PTR_EQ(test, request_test_ask("k", ""), ERR_PTR(-EIO));
	KUNIT_EXPECT_PTR_EQ(test, request_test_ask("k", ""), ERR_PTR(-ENOKEY));
	KUNIT_EXPECT_EQ(test, request_test_maker.calls, 1);
	request_test_expect_links(test, 1);
}

static void request_test_rejects_for_the_actor(struct kunit *test)
{
	request_test_maker.make = request_test_make_no_effort;
	KUNIT_EXPECT_PTR_EQ(test, request_test_ask("k", ""), ERR_PTR(-EIO));
	KUNIT_EXPECT_PTR_EQ(test, request_test_ask("k", ""), ERR_PTR(-ENOKEY));
}

static void request_test_waits_for_another_task(struct kunit *test)
{
	struct key *key;

	request_test_maker.make = request_test_make_late;
	key = request_test_ask("k", "");
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, key);
	KUNIT_EXPECT_TRUE(test, key_is_positive(key));
	flush_delayed_work(&request_test_late_work);
	key_put(key);
}

static void request_test_makes_no_keyring(struct kunit *test)
{
	struct key *key;

	key = request_test_as(request_key(&key_type_keyring, "no ring", ""));
	KUNIT_EXPECT_PTR_EQ(test, key, ERR_PTR(-EPERM));
	request_test_expect_links(test, 0);
}

static void request_test_respects_a_restriction(struct kunit *test)
{
	KUNIT_ASSERT_EQ(test, 0,
			keyring_restrict(make_key_ref(request_test.ring, true),
					 NULL, NULL));
	KUNIT_EXPECT_PTR_EQ(test, request_test_ask("k", ""), ERR_PTR(-EPERM));
	KUNIT_EXPECT_EQ(test, request_test_maker.calls, 0);
	request_test_expect_links(test, 0);
}

static struct key *request_test_new_key;

static void request_test_keep_new_key(struct key *key,
				      struct key_restriction *none)
{
	request_test_new_key = key_get(key);
}

/*
 * If the new key is not used, request_key() must reject it, because a task that
 * found its serial number may wait for its construction.
 */
static void request_test_rejects_an_unused_target(struct kunit *test)
{
	key_serial_t serial;

	request_test_new_key = NULL;
	request_test_type.obj_init = request_test_keep_new_key;
	KUNIT_EXPECT_EQ(test, 0,
			keyring_restrict(make_key_ref(request_test.ring, true),
					 NULL, NULL));
	KUNIT_EXPECT_PTR_EQ(test, request_test_ask("k", ""), ERR_PTR(-EPERM));
	request_test_type.obj_init = NULL;
	KUNIT_ASSERT_NOT_NULL(test, request_test_new_key);
	KUNIT_EXPECT_FALSE(test, test_bit(KEY_FLAG_USER_CONSTRUCT,
					  &request_test_new_key->flags));
	KUNIT_EXPECT_EQ(test, key_read_state(request_test_new_key), -ENOKEY);
	/* No other reference to the key is left */
	serial = request_test_new_key->serial;
	key_put(request_test_new_key);
	KUNIT_EXPECT_PTR_EQ(test, key_lookup(serial), ERR_PTR(-ENOKEY));
}

static struct key *request_test_rival;

/* Another key is linked after the target was allocated, but before its link. */
static void request_test_add_rival(struct key *key,
				   struct key_restriction *none)
{
	request_test_type.obj_init = NULL;
	key_link(request_test.ring, request_test_rival);
}

/*
 * The request has found the rival, which is linked once, and asked nobody to
 * make a key. Drops both references.
 */
static void request_test_expect_rival(struct kunit *test, struct key *found)
{
	KUNIT_EXPECT_PTR_EQ(test, found, request_test_rival);
	KUNIT_EXPECT_EQ(test, request_test_maker.calls, 0);
	request_test_expect_links(test, 1);
	if (!IS_ERR(found))
		key_put(found);
	key_put(request_test_rival);
}

static void request_test_returns_a_key_linked_meanwhile(struct kunit *test)
{
	struct key *found;

	request_test_rival = keys_kunit_key(test, &request_test_type, "k");
	request_test_type.obj_init = request_test_add_rival;
	found = request_test_ask("k", "");
	request_test_type.obj_init = NULL;
	request_test_expect_rival(test, found);
}

static bool request_test_in_any_case(const struct key *key,
				     const struct key_match_data *match)
{
	return !strcasecmp(key->description, match->raw_data);
}

static int request_test_match_in_any_case(struct key_match_data *match)
{
	match->cmp = request_test_in_any_case;
	match->lookup_type = KEYRING_SEARCH_LOOKUP_ITERATE;
	return 0;
}

/*
 * The type finds the key that was linked meanwhile by another name. That key is
 * not linked for a second time by this name.
 */
static void request_test_finds_another_name_meanwhile(struct kunit *test)
{
	const struct key_request request = {
		.type		= &request_test_type,
		.description	= "K",
		.callout_info	= "",
		.dest_keyring	= request_test.ring,
		.flags		= KEY_ALLOC_IN_QUOTA,
	};
	struct key *found;

	request_test_rival = keys_kunit_key(test, &request_test_type, "k");
	request_test_type.match_preparse = request_test_match_in_any_case;
	request_test_type.obj_init = request_test_add_rival;
	found = request_test_as(request_key_and_link(&request));
	request_test_type.obj_init = NULL;
	request_test_type.match_preparse = NULL;
	request_test_expect_rival(test, found);
}

static void request_test_needs_write_on_the_default(struct kunit *test)
{
	request_test.ring->perm = KEYS_KUNIT_PERM &
				  ~(KEY_POS_WRITE | KEY_USR_WRITE);
	KUNIT_EXPECT_PTR_EQ(test, request_test_ask("k", ""), ERR_PTR(-EACCES));
	KUNIT_EXPECT_EQ(test, request_test_maker.calls, 0);
	request_test_expect_links(test, 0);
}

static struct key *request_test_ask_rcu(const char *desc)
{
	guard(rcu)();
	return request_test_as(request_key_rcu(&request_test_type, desc, NULL));
}

static void request_test_rcu_looks_at_own_keys_only(struct kunit *test)
{
	struct key *ring = keys_kunit_ring(test, "below");
	struct key *key = keys_kunit_key(test, &request_test_type, "k"), *found;

	KUNIT_ASSERT_EQ(test, 0, key_link(request_test.ring, ring));
	KUNIT_ASSERT_EQ(test, 0, key_link(ring, key));
	KUNIT_EXPECT_PTR_EQ(test, request_test_ask_rcu("k"), ERR_PTR(-ENOKEY));
	KUNIT_ASSERT_EQ(test, 0, key_link(request_test.ring, key));
	found = request_test_ask_rcu("k");
	KUNIT_EXPECT_PTR_EQ(test, found, key);
	key_put(found);
	key_put(key);
	key_put(ring);
}

static void request_test_rcu_does_not_wait(struct kunit *test)
{
	struct key *key = keys_kunit_key_of(test, &request_test_type, "k",
					    GLOBAL_ROOT_UID);

	KUNIT_ASSERT_EQ(test, 0, key_link(request_test.ring, key));
	KUNIT_EXPECT_PTR_EQ(test, request_test_ask_rcu("k"), ERR_PTR(-EAGAIN));
	key_reject_and_link(key, 60, EKEYREJECTED, NULL, NULL);
	KUNIT_EXPECT_PTR_EQ(test, request_test_ask_rcu("k"),
			    ERR_PTR(-EKEYREJECTED));
	key_put(key);
}

/*
 * A task that constructs a key possesses the keys of the requester until the
 * authorisation key is revoked.
 */
static void request_test_authkey_gives_possession(struct kunit *test)
{
	struct key *key = keys_kunit_key(test, &request_test_type, "theirs");
	struct key *target = keys_kunit_key_of(test, &request_test_type,
					       "target", GLOBAL_ROOT_UID);
	struct cred *cred = request_test_cred(test, NULL);
	struct key *authkey;

	authkey = request_test_as(authkey_new(target, "create", "", 0, NULL));
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, authkey);
	KUNIT_ASSERT_EQ(test, 0, key_link(request_test.ring, key));
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

static void request_test_rcu_errors(struct kunit *test)
{
	struct key *key = keys_kunit_key(test, &request_test_type, "k");

	KUNIT_ASSERT_EQ(test, 0, key_link(request_test.ring, key));
	key->perm = KEYS_KUNIT_PERM & ~(KEY_POS_SEARCH | KEY_USR_SEARCH);
	KUNIT_EXPECT_PTR_EQ(test, request_test_ask_rcu("k"), ERR_PTR(-EACCES));
	key->perm = KEYS_KUNIT_PERM;
	WRITE_ONCE(key->expiry, ktime_get_real_seconds() - 1);
	KUNIT_EXPECT_PTR_EQ(test, request_test_ask_rcu("k"), ERR_PTR(-ENOKEY));
	WRITE_ONCE(key->expiry, TIME64_MAX);
	key_revoke(key);
	KUNIT_EXPECT_PTR_EQ(test, request_test_ask_rcu("k"),
			    ERR_PTR(-EKEYREVOKED));
	KUNIT_EXPECT_PTR_EQ(test, request_test_ask_rcu("l"), ERR_PTR(-ENOKEY));
	KUNIT_EXPECT_EQ(test, request_test_maker.calls, 0);
	request_test_expect_links(test, 1);
	key_put(key);
}

static unsigned int request_test_preparsed;

/* ->match_preparse() may sleep, so request_key_rcu() must not call it. */
static int request_test_match_preparse(struct key_match_data *match)
{
	request_test_preparsed++;
	return -EIO;
}

static void request_test_rcu_compares_descriptions(struct kunit *test)
{
	struct key *key = keys_kunit_key(test, &request_test_type, "k"), *found;

	KUNIT_ASSERT_EQ(test, 0, key_link(request_test.ring, key));
	request_test_preparsed = 0;
	request_test_type.match_preparse = request_test_match_preparse;
	found = request_test_ask_rcu("k");
	KUNIT_EXPECT_EQ(test, request_test_preparsed, 0);
	KUNIT_EXPECT_PTR_EQ(test, request_test_ask("k", NULL), ERR_PTR(-EIO));
	request_test_type.match_preparse = NULL;
	KUNIT_EXPECT_PTR_EQ(test, found, key);
	key_put(found);
	key_put(key);
}

static struct key_tag request_test_domains[2] = {
	{ .usage = REFCOUNT_INIT(1) }, { .usage = REFCOUNT_INIT(1) }
};

/* Each domain gets a key of its own, and so does a request without domain. */
static void request_test_is_made_for_a_domain(struct kunit *test)
{
	struct key *keys[3], *again;
	int i;

	for (i = 0; i < 3; i++) {
		struct key_tag *tag = i < 2 ? &request_test_domains[i] : NULL;

		keys[i] = request_test_as(request_key_tag(&request_test_type,
							  "k", tag, ""));
		KUNIT_ASSERT_NOT_ERR_OR_NULL(test, keys[i]);
		KUNIT_EXPECT_EQ(test, request_test_maker.calls, i + 1);
		again = request_test_as(request_key_tag(&request_test_type,
							"k", tag, ""));
		KUNIT_EXPECT_PTR_EQ(test, keys[i], again);
		KUNIT_EXPECT_EQ(test, request_test_maker.calls, i + 1);
		key_put(again);
	}
	request_test_expect_links(test, 3);
	keys_kunit_put_all(keys, 3);
}

/* If another task fails to construct the key, the requester gets ENOKEY. */
static void request_test_fails_in_another_task(struct kunit *test)
{
	request_test_maker.make = request_test_make_late;
	request_test_late_error = -EIO;
	KUNIT_EXPECT_PTR_EQ(test, request_test_ask("k", ""), ERR_PTR(-ENOKEY));
	flush_delayed_work(&request_test_late_work);
	request_test_late_error = 0;
	KUNIT_EXPECT_PTR_EQ(test, request_test_ask("k", ""), ERR_PTR(-ENOKEY));
	KUNIT_EXPECT_EQ(test, request_test_maker.calls, 1);
	request_test_expect_links(test, 1);
}

/* complete_request_key() does not change the state of a constructed key. */
static void request_test_completed_twice(struct kunit *test)
{
	struct key *key;

	request_test_maker.make = request_test_make_and_complain;
	key = request_test_ask("k", "");
	KUNIT_EXPECT_PTR_EQ(test, key, ERR_PTR(-EIO));
	request_test_maker.make = request_test_make_now;
	key = request_test_ask("k", NULL);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, key);
	KUNIT_EXPECT_TRUE(test, key_is_positive(key));
	key_put(key);
}

static struct key *request_test_awaited;

static void request_test_wait_instantiate(struct work_struct *work)
{
	key_instantiate_and_link(request_test_awaited, NULL, 0, NULL, NULL);
}

static DECLARE_DELAYED_WORK(request_test_wait_work,
			    request_test_wait_instantiate);

static void request_test_wait_is_interruptible(struct kunit *test)
{
	struct key *key = keys_kunit_key_of(test, &request_test_type, "k",
					    GLOBAL_ROOT_UID);

	set_bit(KEY_FLAG_USER_CONSTRUCT, &key->flags);
	set_thread_flag(TIF_SIGPENDING);
	KUNIT_EXPECT_EQ(test, wait_for_key_construction(key, true),
			-ERESTARTSYS);
	KUNIT_EXPECT_EQ(test, key_read_state(key), KEY_IS_UNINSTANTIATED);
	request_test_awaited = key;
	schedule_delayed_work(&request_test_wait_work, HZ / 20);
	KUNIT_EXPECT_EQ(test, wait_for_key_construction(key, false), 0);
	KUNIT_EXPECT_EQ(test, wait_for_key_construction(key, true), 0);
	clear_thread_flag(TIF_SIGPENDING);
	flush_delayed_work(&request_test_wait_work);
	key_put(key);
}

static struct kunit_case request_test_cases[] = {
	KUNIT_CASE(request_test_is_made_once),
	KUNIT_CASE(request_test_passes_all_to_the_actor),
	KUNIT_CASE(request_test_without_callout_makes_nothing),
	KUNIT_CASE(request_test_remembers_a_failure),
	KUNIT_CASE(request_test_rejects_for_the_actor),
	KUNIT_CASE(request_test_waits_for_another_task),
	KUNIT_CASE(request_test_makes_no_keyring),
	KUNIT_CASE(request_test_respects_a_restriction),
	KUNIT_CASE(request_test_rejects_an_unused_target),
	KUNIT_CASE(request_test_returns_a_key_linked_meanwhile),
	KUNIT_CASE(request_test_finds_another_name_meanwhile),
	KUNIT_CASE(request_test_needs_write_on_the_default),
	KUNIT_CASE(request_test_rcu_looks_at_own_keys_only),
	KUNIT_CASE(request_test_rcu_does_not_wait),
	KUNIT_CASE(request_test_authkey_gives_possession),
	KUNIT_CASE(request_test_rcu_errors),
	KUNIT_CASE(request_test_rcu_compares_descriptions),
	KUNIT_CASE(request_test_is_made_for_a_domain),
	KUNIT_CASE(request_test_fails_in_another_task),
	KUNIT_CASE(request_test_completed_twice),
	KUNIT_CASE(request_test_wait_is_interruptible),
	{}
};

static struct kunit_suite request_test_suite = {
	.name		= "keys_request",
	.init		= request_test_init,
	.exit		= request_test_exit,
	.suite_init	= request_test_type_register,
	.suite_exit	= request_test_type_unregister,
	.test_cases	= request_test_cases,
};

kunit_test_suite(request_test_suite);
