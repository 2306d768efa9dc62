// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tests of the cached requested key of a task: it is returned only to this
 * task, only for the same request, and only until the key is revoked, expired
 * or invalid. Without CONFIG_KEYS_REQUEST_CACHE no key is cached.
 */
#include "keys_kunit.h"

/* Evaluates @_expression as if a user process had made the call. */
#define cache_test_as_user(_expression) ({				\
	typeof(_expression) _result;					\
									\
	current->flags &= ~PF_KTHREAD;					\
	_result = (_expression);					\
	current->flags |= PF_KTHREAD;					\
	_result;							\
})

/* Evaluates @_expression as if a worker of io_uring had made the call. */
#define cache_test_as_worker(_expression) ({				\
	typeof(_expression) _result;					\
									\
	current->flags |= PF_USER_WORKER;				\
	_result = cache_test_as_user(_expression);			\
	current->flags &= ~PF_USER_WORKER;				\
	_result;							\
})

/* Expected result of a request that only the cache can satisfy */
#define cache_test_kept_or(_key, _error)				\
	(IS_ENABLED(CONFIG_KEYS_REQUEST_CACHE) ? (_key) : ERR_PTR(_error))

/* Drops the cached key like the return to user space */
static void cache_test_drop(void)
{
	key_put(current->cached_requested_key);
	current->cached_requested_key = NULL;
	clear_thread_flag(TIF_NOTIFY_RESUME);
}

/* Sets or removes the thread keyring of the task. */
static int cache_test_set_ring(struct key *ring)
{
	struct cred *new = prepare_creds();

	if (!new)
		return -ENOMEM;
	key_put(new->thread_keyring);
	new->thread_keyring = key_get(ring);
	return commit_creds(new);
}

static int cache_test_init(struct kunit *test)
{
	int ret = request_test_init(test);

	return ret ?: cache_test_set_ring(request_test.ring);
}

static void cache_test_exit(struct kunit *test)
{
	cache_test_drop();
	cache_test_set_ring(NULL);
	request_test_exit(test);
}

static struct key *cache_test_find(const char *desc)
{
	struct key *key = request_key(&request_test_type, desc, NULL);

	if (!IS_ERR(key))
		key_put(key);
	return key;
}

static struct key *cache_test_find_rcu(const char *desc)
{
	struct key *key;

	scoped_guard(rcu)
		key = request_key_rcu(&request_test_type, desc, NULL);
	if (!IS_ERR(key))
		key_put(key);
	return key;
}

/* Returns a key that is cached, if there is a cache, and in no keyring. */
static struct key *cache_test_key(struct kunit *test)
{
	struct key *key = keys_kunit_key(test, &request_test_type, "k");
	unsigned int refs = keys_kunit_refs(key);

	cache_test_drop();
	KUNIT_ASSERT_EQ(test, 0, key_link(request_test.ring, key));
	KUNIT_EXPECT_PTR_EQ(test, cache_test_as_user(cache_test_find("k")),
			    key);
	KUNIT_EXPECT_PTR_EQ(test, current->cached_requested_key,
			    cache_test_kept_or(key, 0));
	KUNIT_ASSERT_EQ(test, 0, key_unlink(request_test.ring, key));
	KUNIT_EXPECT_EQ(test, keys_kunit_refs(key),
			refs + IS_ENABLED(CONFIG_KEYS_REQUEST_CACHE));
	return key;
}

static void cache_test_saves_the_search(struct kunit *test)
{
	struct key *key = cache_test_key(test);
	unsigned int refs = keys_kunit_refs(key);

	KUNIT_EXPECT_PTR_EQ(test, cache_test_as_user(cache_test_find("k")),
			    cache_test_kept_or(key, -ENOKEY));
	KUNIT_EXPECT_PTR_EQ(test, cache_test_as_user(cache_test_find_rcu("k")),
			    cache_test_kept_or(key, -ENOKEY));
	cache_test_drop();
	KUNIT_EXPECT_PTR_EQ(test, cache_test_as_user(cache_test_find("k")),
			    ERR_PTR(-ENOKEY));
	KUNIT_EXPECT_EQ(test, keys_kunit_refs(key),
			refs - IS_ENABLED(CONFIG_KEYS_REQUEST_CACHE));
	key_put(key);
}

static void cache_test_is_filled_without_sleeping(struct kunit *test)
{
	struct key *key = keys_kunit_key(test, &request_test_type, "k");

	KUNIT_ASSERT_EQ(test, 0, key_link(request_test.ring, key));
	KUNIT_EXPECT_PTR_EQ(test, cache_test_as_user(cache_test_find_rcu("k")),
			    key);
	KUNIT_EXPECT_PTR_EQ(test, current->cached_requested_key,
			    cache_test_kept_or(key, 0));
	key_put(key);
}

/*
 * A kernel thread or a worker of io_uring does not return to user space and so
 * would never drop the key.
 */
static void cache_test_is_not_for_kernel_threads(struct kunit *test)
{
	struct key *key = keys_kunit_key(test, &request_test_type, "k");

	KUNIT_ASSERT_EQ(test, 0, key_link(request_test.ring, key));
	KUNIT_EXPECT_PTR_EQ(test, cache_test_find("k"), key);
	KUNIT_EXPECT_PTR_EQ(test, cache_test_find_rcu("k"), key);
	KUNIT_EXPECT_PTR_EQ(test, cache_test_as_worker(cache_test_find("k")),
			    key);
	KUNIT_EXPECT_NULL(test, current->cached_requested_key);
	key_put(key);
	key = cache_test_key(test);
	KUNIT_EXPECT_PTR_EQ(test, cache_test_find("k"), ERR_PTR(-ENOKEY));
	KUNIT_EXPECT_PTR_EQ(test, cache_test_find_rcu("k"), ERR_PTR(-ENOKEY));
	key_put(key);
}

static void cache_test_is_not_for_overridden_credentials(struct kunit *test)
{
	struct key *key = keys_kunit_key(test, &request_test_type, "k"), *found;

	KUNIT_ASSERT_EQ(test, 0, key_link(request_test.ring, key));
	found = cache_test_as_user(request_test_as(cache_test_find("k")));
	KUNIT_EXPECT_PTR_EQ(test, found, key);
	KUNIT_EXPECT_NULL(test, current->cached_requested_key);
	key_put(key);
	key = cache_test_key(test);
	found = cache_test_as_user(request_test_as(cache_test_find("k")));
	KUNIT_EXPECT_PTR_EQ(test, found, ERR_PTR(-ENOKEY));
	key_put(key);
}

static struct key_tag cache_test_domain = { .usage = REFCOUNT_INIT(1) };

/* Type, domain and description must be equal. */
static void cache_test_tells_keys_apart(struct kunit *test)
{
	struct key *key = cache_test_key(test), *other;

	KUNIT_EXPECT_PTR_EQ(test, cache_test_as_user(cache_test_find("l")),
			    ERR_PTR(-ENOKEY));
	other = cache_test_as_user(request_key(&key_type_keyring, "k", NULL));
	KUNIT_EXPECT_PTR_EQ(test, other, ERR_PTR(-ENOKEY));
	other = cache_test_as_user(request_key_tag(&request_test_type, "k",
						   &cache_test_domain, NULL));
	KUNIT_EXPECT_PTR_EQ(test, other, ERR_PTR(-ENOKEY));
	KUNIT_EXPECT_PTR_EQ(test, cache_test_as_user(cache_test_find("k")),
			    cache_test_kept_or(key, -ENOKEY));
	key_put(key);
}

static void cache_test_expect_stale(struct kunit *test, struct key *key)
{
	KUNIT_EXPECT_PTR_EQ(test, cache_test_as_user(cache_test_find("k")),
			    ERR_PTR(-ENOKEY));
	KUNIT_EXPECT_PTR_EQ(test, cache_test_as_user(cache_test_find_rcu("k")),
			    ERR_PTR(-ENOKEY));
	key_put(key);
}

static void cache_test_is_never_stale(struct kunit *test)
{
	struct key *key = cache_test_key(test);

	key_revoke(key);
	cache_test_expect_stale(test, key);
	key = cache_test_key(test);
	key_invalidate(key);
	cache_test_expect_stale(test, key);
	key = cache_test_key(test);
	WRITE_ONCE(key->expiry, ktime_get_real_seconds() - 1);
	cache_test_expect_stale(test, key);
}

static void cache_test_keeps_no_failure(struct kunit *test)
{
	struct key *key = keys_kunit_key_of(test, &request_test_type, "k",
					    GLOBAL_ROOT_UID);

	KUNIT_ASSERT_EQ(test, 0, key_link(request_test.ring, key));
	KUNIT_ASSERT_EQ(test, 0, key_reject_and_link(key, 60, EKEYREJECTED,
						     NULL, NULL));
	KUNIT_EXPECT_PTR_EQ(test, cache_test_as_user(cache_test_find("k")),
			    ERR_PTR(-EKEYREJECTED));
	KUNIT_EXPECT_NULL(test, current->cached_requested_key);
	key_put(key);
}

/* The type finds a key by two names. The cache looks for the key's own name. */
static void cache_test_finds_another_name(struct kunit *test)
{
	struct key *key = cache_test_key(test), *found;
	unsigned int refs = keys_kunit_refs(key);

	KUNIT_ASSERT_EQ(test, 0, key_link(request_test.ring, key));
	request_test_type.match_preparse = request_test_match_in_any_case;
	found = cache_test_as_user(cache_test_find("K"));
	request_test_type.match_preparse = NULL;
	KUNIT_EXPECT_PTR_EQ(test, found, key);
	KUNIT_EXPECT_PTR_EQ(test, current->cached_requested_key,
			    cache_test_kept_or(key, 0));
	KUNIT_ASSERT_EQ(test, 0, key_unlink(request_test.ring, key));
	KUNIT_EXPECT_EQ(test, keys_kunit_refs(key), refs);
	key_put(key);
}

/* A key that kernel code has not instantiated yet, and then rejects */
static void cache_test_keeps_no_unfinished_key(struct kunit *test)
{
	struct key *key = keys_kunit_key_of(test, &request_test_type, "k",
					    GLOBAL_ROOT_UID);

	cache_test_drop();
	KUNIT_ASSERT_EQ(test, 0, key_link(request_test.ring, key));
	KUNIT_EXPECT_PTR_EQ(test, cache_test_as_user(cache_test_find_rcu("k")),
			    ERR_PTR(-EAGAIN));
	KUNIT_EXPECT_PTR_EQ(test, cache_test_as_user(cache_test_find("k")),
			    key);
	KUNIT_ASSERT_EQ(test, 0, key_unlink(request_test.ring, key));
	KUNIT_EXPECT_PTR_EQ(test, cache_test_as_user(cache_test_find("k")),
			    ERR_PTR(-ENOKEY));
	KUNIT_ASSERT_EQ(test, 0, key_reject_and_link(key, 60, EKEYREJECTED,
						     NULL, NULL));
	KUNIT_EXPECT_PTR_EQ(test, cache_test_as_user(cache_test_find("k")),
			    ERR_PTR(-ENOKEY));
	key_put(key);
}

/*
 * request_key(2) does not fill the cache, so that its return to user space is
 * fast.
 */
static void cache_test_is_not_for_system_calls(struct kunit *test)
{
	struct key *key = keys_kunit_key(test, &request_test_type, "k"), *found;
	struct key_request request = {
		.type		= &request_test_type,
		.description	= "k",
	};

	cache_test_drop();
	KUNIT_ASSERT_EQ(test, 0, key_link(request_test.ring, key));
	found = cache_test_as_user(request_key_and_link(&request));
	KUNIT_ASSERT_PTR_EQ(test, found, key);
	key_put(found);
	KUNIT_EXPECT_NULL(test, current->cached_requested_key);
	KUNIT_EXPECT_FALSE(test, test_thread_flag(TIF_NOTIFY_RESUME));
	key_put(key);
	key = cache_test_key(test);
	found = cache_test_as_user(request_key_and_link(&request));
	KUNIT_EXPECT_PTR_EQ(test, found, ERR_PTR(-ENOKEY));
	key_put(key);
}

static struct kunit_case cache_test_cases[] = {
	KUNIT_CASE(cache_test_saves_the_search),
	KUNIT_CASE(cache_test_is_filled_without_sleeping),
	KUNIT_CASE(cache_test_is_not_for_kernel_threads),
	KUNIT_CASE(cache_test_is_not_for_overridden_credentials),
	KUNIT_CASE(cache_test_tells_keys_apart),
	KUNIT_CASE(cache_test_is_never_stale),
	KUNIT_CASE(cache_test_keeps_no_failure),
	KUNIT_CASE(cache_test_finds_another_name),
	KUNIT_CASE(cache_test_keeps_no_unfinished_key),
	KUNIT_CASE(cache_test_is_not_for_system_calls),
	{}
};

static struct kunit_suite cache_test_suite = {
	.name		= "keys_request_cache",
	.init		= cache_test_init,
	.exit		= cache_test_exit,
	.suite_init	= request_test_type_register,
	.suite_exit	= request_test_type_unregister,
	.test_cases	= cache_test_cases,
};

kunit_test_suite(cache_test_suite);
