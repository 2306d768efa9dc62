// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tests of requests and searches by a task that constructs a key for another
 * task: the keyrings of the requester are searched too, and the errors of both
 * searches are ranked.
 */
#include "keys_kunit.h"

/**
 * struct nested_test - a task that requests a key while it constructs another
 * @target: key under construction
 * @dest: destination keyring of the requester
 * @authkey: authorisation key, made by the requester
 * @ring: thread keyring of the constructing task
 * @cred: credentials of the constructing task
 */
struct nested_test {
	struct key	*target;
	struct key	*dest;
	struct key	*authkey;
	struct key	*ring;
	struct cred	*cred;
};

static void nested_test_begin(struct kunit *test, struct nested_test *n,
			      int jit)
{
	n->target = keys_kunit_key_of(test, &request_test_type, "target",
				      GLOBAL_ROOT_UID);
	n->dest = keys_kunit_ring(test, "dest");
	n->ring = keys_kunit_ring(test, "own");
	n->authkey = request_test_as(authkey_new(n->target, "create", "", 0,
						 n->dest));
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, n->authkey);
	n->cred = request_test_cred(test, n->ring);
	n->cred->jit_keyring = jit;
	n->cred->request_key_auth = key_get(n->authkey);
}

static struct key *nested_test_ask(const struct nested_test *n,
				   const char *desc)
{
	const struct cred *own = override_creds(n->cred);
	struct key *key = request_key(&request_test_type, desc, "");

	revert_creds(own);
	if (!IS_ERR(key))
		key_put(key);
	return key;
}

static void nested_test_end(struct nested_test *n)
{
	put_cred(n->cred);
	key_put(n->authkey);
	key_put(n->ring);
	key_put(n->dest);
	key_put(n->target);
}

/*
 * Keys of the first requester are found, and nested constructions act for the
 * first requester too.
 */
static void nested_test_by_authority(struct kunit *test)
{
	struct key *theirs = keys_kunit_key(test, &request_test_type, "theirs");
	struct nested_test n;

	nested_test_begin(test, &n, KEY_REQKEY_DEFL_THREAD_KEYRING);
	KUNIT_ASSERT_EQ(test, 0, key_link(request_test.ring, theirs));
	KUNIT_EXPECT_PTR_EQ(test, nested_test_ask(&n, "theirs"), theirs);
	KUNIT_EXPECT_EQ(test, request_test_maker.calls, 0);
	KUNIT_EXPECT_FALSE(test, IS_ERR(nested_test_ask(&n, "k")));
	KUNIT_EXPECT_PTR_EQ(test, request_test_maker.cred,
			    (const struct cred *)request_test.cred);
	KUNIT_EXPECT_PTR_EQ(test, request_test_maker.dest,
			    (const struct key *)n.ring);
	n.cred->jit_keyring = KEY_REQKEY_DEFL_REQUESTOR_KEYRING;
	KUNIT_EXPECT_FALSE(test, IS_ERR(nested_test_ask(&n, "l")));
	KUNIT_EXPECT_PTR_EQ(test, request_test_maker.dest,
			    (const struct key *)n.dest);
	request_test_expect_links(test, 1);
	nested_test_end(&n);
	key_put(theirs);
}

/* Requests with a revoked authorisation key fail and start no construction. */
static void nested_test_by_revoked_authority(struct kunit *test)
{
	struct key *theirs = keys_kunit_key(test, &request_test_type, "theirs");
	struct nested_test n;

	nested_test_begin(test, &n, KEY_REQKEY_DEFL_REQUESTOR_KEYRING);
	KUNIT_ASSERT_EQ(test, 0, key_link(request_test.ring, theirs));
	key_revoke(n.authkey);
	KUNIT_EXPECT_PTR_EQ(test, nested_test_ask(&n, "theirs"),
			    ERR_PTR(-EKEYREVOKED));
	KUNIT_EXPECT_EQ(test, request_test_maker.calls, 0);
	/* The new key must be rejected, so that no task waits for it */
	KUNIT_EXPECT_PTR_EQ(test, nested_test_ask(&n, "theirs"),
			    ERR_PTR(-ENOKEY));
	KUNIT_EXPECT_EQ(test, n.dest->keys.nr_leaves_on_tree, 0);
	KUNIT_EXPECT_EQ(test, n.ring->keys.nr_leaves_on_tree, 1);
	nested_test_end(&n);
	key_put(theirs);
}

static key_ref_t nested_test_search(const struct nested_test *n)
{
	struct key_search search;

	key_search_begin_plain(&search, &request_test_type, NULL, "k",
			       KEY_SEARCH_RECURSE);
	search.cred = n->cred;
	guard(rcu)();
	return search_process_keyrings_rcu(&search);
}

/*
 * After construction the authorisation key gives no access to the requester's
 * keyrings, but new keys are still requested on behalf of the requester.
 */
static void nested_test_by_used_up_authority(struct kunit *test)
{
	struct key *key = keys_kunit_key(test, &request_test_type, "k");
	struct nested_test n;

	nested_test_begin(test, &n, KEY_REQKEY_DEFL_REQUESTOR_KEYRING);
	KUNIT_ASSERT_EQ(test, 0, key_link(request_test.ring, key));
	KUNIT_EXPECT_EQ(test, 0, key_instantiate_and_link(n.target, NULL, 0,
							  NULL, n.authkey));
	KUNIT_EXPECT_EQ(test, PTR_ERR(nested_test_search(&n)), -EAGAIN);
	scoped_guard(rcu)
		KUNIT_EXPECT_FALSE(test, key_possessed_rcu(key, n.cred));
	KUNIT_EXPECT_FALSE(test, IS_ERR(nested_test_ask(&n, "k")));
	KUNIT_EXPECT_EQ(test, request_test_maker.calls, 1);
	KUNIT_EXPECT_PTR_EQ(test, request_test_maker.cred,
			    (const struct cred *)request_test.cred);
	KUNIT_EXPECT_PTR_EQ(test, request_test_maker.dest,
			    (const struct key *)n.ring);
	KUNIT_EXPECT_EQ(test, n.dest->keys.nr_leaves_on_tree, 0);
	nested_test_end(&n);
	key_put(key);
}

/* Errors of a search that finds one such key alone */
static const int nested_test_errors[] = {
	-EAGAIN, -ENOKEY, -EKEYREVOKED, -EACCES
};

static struct key *nested_test_key(struct kunit *test, struct key *ring,
				   int error)
{
	struct key *key;

	if (error == -EAGAIN)
		return NULL;
	key = keys_kunit_key_of(test, &request_test_type, "k", GLOBAL_ROOT_UID);
	if (error == -ENOKEY)
		key_negate_and_link(key, 60, NULL, NULL);
	else
		key_instantiate_and_link(key, NULL, 0, NULL, NULL);
	if (error == -EKEYREVOKED)
		key_revoke(key);
	if (error == -EACCES)
		key->perm = 0;
	KUNIT_ASSERT_EQ(test, 0, key_link(ring, key));
	return key;
}

/*
 * ENOKEY of a negative key ranks first. Otherwise the error of the task's own
 * keyrings is returned, except for EACCES.
 */
static int nested_test_answer(int own, int theirs)
{
	if (own == -ENOKEY || theirs == -ENOKEY)
		return -ENOKEY;
	return own == -EACCES ? theirs : own;
}

static void nested_test_errors_are_ranked(struct kunit *test)
{
	const int nr = ARRAY_SIZE(nested_test_errors);
	struct nested_test n;
	int i;

	nested_test_begin(test, &n, KEY_REQKEY_DEFL_THREAD_KEYRING);
	/*
	 * Without session keyrings the user-session keyrings would be searched
	 */
	n.cred->session_keyring = key_get(n.ring);
	request_test.cred->session_keyring = key_get(request_test.ring);
	for (i = 0; i < nr * nr; i++) {
		int own = nested_test_errors[i / nr];
		int theirs = nested_test_errors[i % nr];
		struct key *a = nested_test_key(test, n.ring, own);
		struct key *b = nested_test_key(test, request_test.ring,
						theirs);

		KUNIT_EXPECT_EQ_MSG(test, PTR_ERR(nested_test_search(&n)),
				    nested_test_answer(own, theirs),
				    "own %d, theirs %d", own, theirs);
		keyring_clear(n.ring);
		keyring_clear(request_test.ring);
		key_put(a);
		key_put(b);
	}
	nested_test_end(&n);
}

/*
 * A search with the requester's credentials may find a key that the
 * constructing task itself may not find.
 */
static void nested_test_searches_as_requester(struct kunit *test)
{
	struct nested_test n;
	key_ref_t found;
	struct key *key;

	keys_kunit_need_multiuser(test);
	key = keys_kunit_key_of(test, &request_test_type, "k",
				KEYS_KUNIT_UID(400));
	key_instantiate_and_link(key, NULL, 0, NULL, NULL);
	key->perm = KEY_USR_SEARCH;
	nested_test_begin(test, &n, KEY_REQKEY_DEFL_THREAD_KEYRING);
	n.cred->session_keyring = key_get(n.ring);
	KUNIT_ASSERT_EQ(test, 0, key_link(n.ring, key));
	/*
	 * EACCES from the task's own keyrings is replaced by the second result
	 */
	KUNIT_EXPECT_EQ(test, PTR_ERR(nested_test_search(&n)), -EAGAIN);
	KUNIT_ASSERT_EQ(test, 0, key_link(request_test.ring, key));
	request_test.cred->fsuid = KEYS_KUNIT_UID(400);
	found = nested_test_search(&n);
	request_test.cred->fsuid = GLOBAL_ROOT_UID;
	KUNIT_EXPECT_PTR_EQ(test, found, make_key_ref(key, true));
	if (!IS_ERR(found))
		key_ref_put(found);
	nested_test_end(&n);
	key_put(key);
}

static struct kunit_case nested_test_cases[] = {
	KUNIT_CASE(nested_test_by_authority),
	KUNIT_CASE(nested_test_by_revoked_authority),
	KUNIT_CASE(nested_test_by_used_up_authority),
	KUNIT_CASE(nested_test_errors_are_ranked),
	KUNIT_CASE(nested_test_searches_as_requester),
	{}
};

static struct kunit_suite nested_test_suite = {
	.name		= "keys_request_nested",
	.init		= request_test_init,
	.exit		= request_test_exit,
	.suite_init	= request_test_type_register,
	.suite_exit	= request_test_type_unregister,
	.test_cases	= nested_test_cases,
};

kunit_test_suite(nested_test_suite);
