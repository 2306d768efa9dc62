// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tests of waiting for the reaper: callers over their quota wait only while a
 * refund is near, and only the account with many unreferenced keys is delayed.
 * The keys and the checks are those of reap_kunit.c.
 */
#include <linux/completion.h>

/*
 * Called by the work of an account. The first call blocks until
 * reap_wait_test_unblock().
 */
static DECLARE_COMPLETION(reap_wait_test_blocked);
static DECLARE_COMPLETION(reap_wait_test_go_on);
static unsigned int reap_wait_test_calls;

static void reap_wait_test_destroy(struct key *key)
{
	if (!reap_wait_test_calls++) {
		complete(&reap_wait_test_blocked);
		wait_for_completion(&reap_wait_test_go_on);
	}
}

static struct key_type reap_wait_test_type = {
	.name		= "reap_wait_test_type",
	.instantiate	= keys_kunit_instantiate,
	.destroy	= reap_wait_test_destroy,
};

/* Blocks the work of the account until reap_wait_test_unblock(). */
static void reap_wait_test_block(struct kunit *test, unsigned int n)
{
	struct key *key;

	KUNIT_ASSERT_EQ(test, register_key_type(&reap_wait_test_type), 0);
	reap_wait_test_calls = 0;
	key = keys_kunit_key_of(test, &reap_wait_test_type, "blocking",
				KEYS_KUNIT_UID(n));
	key_instantiate_and_link(key, NULL, 0, NULL, NULL);
	key_put(key);
	wait_for_completion(&reap_wait_test_blocked);
}

static void reap_wait_test_unblock(void)
{
	complete(&reap_wait_test_go_on);
	keys_kunit_reap();
}

/* A caller waits while a charge of the account is about to be refunded. */
static void reap_wait_test_waits_for_a_refund(struct kunit *test)
{
	struct key_user *user = keys_kunit_account(test, 414);
	struct key *ring = reap_test_ring(test, 414), *taken;

	reap_wait_test_block(test, 414);
	KUNIT_EXPECT_FALSE(test, unref_may_wait(user));
	key_put(ring);
	KUNIT_EXPECT_TRUE(test, unref_may_wait(user));
	/* Another task is unlinking the keys of the keyring at this moment */
	taken = unref_take_ring(user);
	KUNIT_EXPECT_PTR_EQ(test, taken, ring);
	KUNIT_EXPECT_TRUE(test, unref_may_wait(user));
	if (taken)
		unref_return_ring(user, taken);
	KUNIT_EXPECT_TRUE(test, unref_may_wait(user));
	reap_account(user);
	KUNIT_EXPECT_FALSE(test, unref_may_wait(user));
	reap_wait_test_unblock();
	reap_test_expect_nothing(test, user);
	unregister_key_type(&reap_wait_test_type);
}

/*
 * A caller also waits for some time after a task has given up a keyring, but
 * not after another caller has waited for this without success.
 */
static void reap_wait_test_hopes_for_a_while(struct kunit *test)
{
	struct key_user *user = keys_kunit_account(test, 415);
	struct key *ring = reap_test_ring(test, 415);
	unsigned long hope;

	KUNIT_EXPECT_FALSE(test, unref_may_wait(user));
	unref_hope(ring);
	hope = user->hope;
	KUNIT_EXPECT_NE(test, hope, 0);
	KUNIT_EXPECT_TRUE(test, unref_may_wait(user));
	KUNIT_EXPECT_TRUE(test, unref_give_up(user, hope));
	KUNIT_EXPECT_FALSE(test, unref_may_wait(user));
	/* Another task has given up a keyring while the caller waited */
	user->hope = hope + 1;
	KUNIT_EXPECT_FALSE(test, unref_give_up(user, hope));
	KUNIT_EXPECT_TRUE(test, unref_may_wait(user));
	user->hope = jiffies - 60 * HZ;
	KUNIT_EXPECT_FALSE(test, unref_may_wait(user));
	key_put(ring);
	keys_kunit_reap();
	reap_test_expect_nothing(test, user);
}

/* The account refuses a caller, who asks whether to try again. */
static bool reap_wait_test_refuse(struct key_user *user, struct reap_wait *wait)
{
	const struct cred cred = { .uid = user->uid, .fsuid = GLOBAL_ROOT_UID };

	user->refused = get_jiffies_64();
	return reap_wait_again(wait, &cred);
}

static unsigned int reap_wait_test_tries(struct key_user *user,
					 struct reap_wait *wait)
{
	unsigned int tries = 0;

	while (reap_wait_test_refuse(user, wait))
		tries++;
	reap_wait_end(wait);
	return tries;
}

/*
 * Two callers wait for the same exited task, and nothing is refunded. Then no
 * other caller waits, and an exit that comes during a wait still counts.
 */
static void reap_wait_test_gives_up(struct kunit *test)
{
	struct key_user *user = keys_kunit_account(test, 416);
	struct reap_wait first = {}, second = {}, third = {};
	struct reap_wait fourth = {}, fifth = {};
	struct key *ring = reap_test_ring(test, 416);
	unsigned long hope;

	user->refused_at = user->refunds;
	unref_hope(ring);
	KUNIT_EXPECT_TRUE(test, reap_wait_test_refuse(user, &first));
	KUNIT_EXPECT_GE(test, reap_wait_test_tries(user, &second), 2);
	KUNIT_EXPECT_EQ(test, user->hope, 0);
	/* The exit was withdrawn: this is no reason to wait anew */
	reap_wait_test_tries(user, &first);
	KUNIT_EXPECT_FALSE(test, first.anew);
	KUNIT_EXPECT_EQ(test, reap_wait_test_tries(user, &third), 0);
	/* Another task exits while this caller waits */
	unref_hope(ring);
	KUNIT_EXPECT_TRUE(test, reap_wait_test_refuse(user, &fourth));
	hope = fourth.hope + 1;
	user->hope = hope;
	reap_wait_test_tries(user, &fourth);
	KUNIT_EXPECT_TRUE(test, fourth.anew || user->hope == hope);
	/* A refund after the refusal is worth one try, and no wait */
	user->hope = 0;
	user->refused_at = user->refunds - 1;
	KUNIT_EXPECT_EQ(test, reap_wait_test_tries(user, &fifth), 1);
	key_put(ring);
	keys_kunit_reap();
	reap_test_expect_nothing(test, user);
}

/* Expects that the caller waits for this account; puts the found account. */
static void reap_wait_test_expect_refusing(struct kunit *test,
					   struct key_user *fs_user,
					   struct key_user *user,
					   struct key_user *expected)
{
	const struct cred cred = { .uid = user->uid, .fsuid = fs_user->uid };
	struct key_user *found = find_refusing(&cred);

	KUNIT_EXPECT_PTR_EQ(test, found, expected);
	key_user_put(found);
}

/* Which of the caller's two accounts has refused the charge? */
static void reap_wait_test_finds_who_refused(struct kunit *test)
{
	struct key_user *user = keys_kunit_account(test, 422);
	struct key_user *other = keys_kunit_account(test, 423);

	reap_wait_test_expect_refusing(test, user, user, user);
	reap_wait_test_expect_refusing(test, user, other, other);
	user->refused = get_jiffies_64();
	reap_wait_test_expect_refusing(test, user, other, user);
	reap_wait_test_expect_refusing(test, other, user, user);
	/* Both have refused: most charges are for the filesystem UID */
	other->refused = user->refused;
	reap_wait_test_expect_refusing(test, user, other, user);
	key_user_put(user);
	key_user_put(other);
}

/*
 * A caller that has waited for REAP_WAIT is refused, even if the grace periods
 * take longer. But then other callers may still wait for the same exit. A
 * caller waits anew only once.
 */
static void reap_wait_test_waits_not_too_long(struct kunit *test)
{
	struct key_user *user = keys_kunit_account(test, 424);
	struct reap_wait wait = { .user = user, .hope = 1 };

	user->hope = 1;
	wait.end = jiffies + HZ * 60;
	wait.graces = 1;
	KUNIT_EXPECT_FALSE(test, is_in_vain(&wait));
	wait.end = jiffies - 1;
	KUNIT_EXPECT_TRUE(test, is_in_vain(&wait));
	KUNIT_EXPECT_EQ(test, user->hope, 1);
	/* Another task exits in the last moment */
	wait.graces = 0;
	user->hope = 2;
	KUNIT_EXPECT_TRUE(test, is_in_vain(&wait));
	KUNIT_EXPECT_FALSE(test, wait.anew);
	/* Another task exits early enough */
	wait.end = jiffies + HZ * 60;
	KUNIT_EXPECT_FALSE(test, is_in_vain(&wait));
	KUNIT_EXPECT_TRUE(test, wait.anew);
	KUNIT_EXPECT_EQ(test, wait.graces, REAP_GRACE_PERIODS);
	KUNIT_EXPECT_EQ(test, wait.hope, 2);
	wait.graces = 0;
	user->hope = 3;
	KUNIT_EXPECT_TRUE(test, is_in_vain(&wait));
	KUNIT_EXPECT_EQ(test, user->hope, 3);
	key_user_put(user);
}

/* Return the shortest of some times: other tasks may delay this one. */
static unsigned long
reap_wait_test_throttled_for(const struct key_user *user,
			     const struct key_user *fs_user)
{
	const struct cred cred = { .uid = user->uid, .fsuid = fs_user->uid };
	unsigned long start, shortest = ULONG_MAX;
	int i;

	for (i = 0; i < 3; i++) {
		start = jiffies;
		reap_wait_for_room(&cred);
		shortest = min(shortest, jiffies - start);
	}
	return shortest;
}

/* Only the account whose work is blocked becomes crowded, no other account. */
static void reap_wait_test_counts_each_account(struct kunit *test)
{
	struct key_user *user = keys_kunit_account(test, 410);
	struct key_user *other = keys_kunit_account(test, 411);
	struct key *key;
	int i;

	reap_wait_test_block(test, 410);
	for (i = 0; i < 40000 && !unref_is_crowded(user); i++) {
		key = keys_kunit_key_of(test, &reap_test_type, "next",
					KEYS_KUNIT_UID(410));
		key_put(key);
		cond_resched();
	}
	KUNIT_EXPECT_TRUE(test, unref_is_crowded(user));
	KUNIT_EXPECT_TRUE(test, unref_any_crowded());
	KUNIT_EXPECT_FALSE(test, unref_is_crowded(other));
	/*
	 * The account with many unreferenced keys is delayed for a limited
	 * time; other accounts are not delayed
	 */
	KUNIT_EXPECT_GE(test, reap_wait_test_throttled_for(user, user), HZ / 10);
	KUNIT_EXPECT_LT(test, reap_wait_test_throttled_for(other, other),
			HZ / 10);
	/* Both the real and the filesystem UID count */
	KUNIT_EXPECT_GE(test, reap_wait_test_throttled_for(user, other),
			HZ / 10);
	KUNIT_EXPECT_GE(test, reap_wait_test_throttled_for(other, user),
			HZ / 10);
	/* The keys of another account are freed meanwhile */
	key_put(reap_test_key(test, 411, "other"));
	rcu_barrier();
	flush_work(&other->unref.work);
	/* The count may include a key of the previous test */
	KUNIT_EXPECT_GE(test, reap_test_destroyed, 1);
	reap_account(other);
	reap_wait_test_unblock();
	KUNIT_EXPECT_EQ(test, user->unref.key_bytes, 0);
	KUNIT_EXPECT_FALSE(test, unref_is_crowded(user));
	reap_test_expect_nothing(test, user);
	reap_test_expect_nothing(test, other);
	unregister_key_type(&reap_wait_test_type);
}

/* The limit follows the quota, but stays within bounds. */
static void reap_wait_test_limit_of_memory(struct kunit *test)
{
	static const struct {
		unsigned int quota;
		size_t limit;
	} cases[] = {
		{ 0, 4 << 20 },
		{ 20000, 4 << 20 },
		{ 2 << 20, 8 << 20 },
		{ INT_MAX, 128 << 20 },
		{ UINT_MAX, 128 << 20 },
	};
	const unsigned int quota = key_quota_maxbytes;
	struct key_user user = { .uid = KEYS_KUNIT_UID(412) };
	int i;

	/* The limits of root would apply */
	keys_kunit_need_multiuser(test);
	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		key_quota_maxbytes = cases[i].quota;
		user.unref.key_bytes = cases[i].limit;
		KUNIT_EXPECT_FALSE_MSG(test, unref_is_crowded(&user), "%d", i);
		user.unref.link_bytes[1] = 1;
		KUNIT_EXPECT_TRUE_MSG(test, unref_is_crowded(&user), "%d", i);
		user.unref.link_bytes[1] = 0;
	}
	key_quota_maxbytes = quota;
}

static size_t reap_wait_test_bytes(struct key_user *user)
{
	guard(spinlock_irqsave)(&user->lock);
	return user->unref.key_bytes + user->unref.link_bytes[0] +
	       user->unref.link_bytes[1];
}

/*
 * The charges of the links are refunded with that of their keyring. So the
 * links must count until they are freed, and no link may count twice.
 */
static void reap_wait_test_counts_links(struct kunit *test)
{
	struct key_user *user = keys_kunit_account(test, 420);
	struct key *ring = reap_test_ring(test, 420), *key;
	char desc[16];
	size_t bytes;
	int i;

	for (i = 0; i < 100; i++) {
		snprintf(desc, sizeof(desc), "%d", i);
		key = keys_kunit_key(test, &reap_test_type, desc);
		KUNIT_ASSERT_EQ(test, key_link(ring, key), 0);
		if (i < 99)
			key_put(key);
	}
	reap_wait_test_block(test, 420);
	bytes = reap_wait_test_bytes(user);
	key_put(ring);
	bytes = reap_wait_test_bytes(user) - bytes;
	KUNIT_EXPECT_GE(test, bytes, 100 * UNREF_LINK_BYTES);
	KUNIT_EXPECT_LT(test, bytes, 100 * UNREF_LINK_BYTES + 4096);
	/* One of the links is detached while the keyring waits */
	bytes = reap_wait_test_bytes(user);
	key_invalidate(key);
	KUNIT_EXPECT_EQ(test, reap_wait_test_bytes(user), bytes);
	key_put(key);
	reap_wait_test_unblock();
	for (i = 0; i < 20 && reap_wait_test_bytes(user); i++)
		reap_barrier();
	KUNIT_EXPECT_EQ(test, reap_wait_test_bytes(user), 0);
	reap_test_expect_nothing(test, user);
	unregister_key_type(&reap_wait_test_type);
}

static struct kunit_case reap_wait_test_cases[] = {
	KUNIT_CASE_SLOW(reap_wait_test_counts_each_account),
	KUNIT_CASE(reap_wait_test_limit_of_memory),
	KUNIT_CASE(reap_wait_test_counts_links),
	KUNIT_CASE(reap_wait_test_waits_for_a_refund),
	KUNIT_CASE(reap_wait_test_hopes_for_a_while),
	KUNIT_CASE_SLOW(reap_wait_test_gives_up),
	KUNIT_CASE(reap_wait_test_finds_who_refused),
	KUNIT_CASE(reap_wait_test_waits_not_too_long),
	{}
};

static struct kunit_suite reap_wait_test_suite = {
	.name		= "keys_reap_wait",
	.suite_init	= reap_test_type_register,
	.suite_exit	= reap_test_type_unregister,
	.init		= reap_test_init,
	.test_cases	= reap_wait_test_cases,
};

kunit_test_suite(reap_wait_test_suite);
