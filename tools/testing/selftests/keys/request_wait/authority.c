// SPDX-License-Identifier: GPL-2.0-only
/*
 * A process of the helper instantiates from a page that is missing. Before the page
 * is there, another process has answered, the helper has exited and the request has
 * returned. Then the process alone keeps the record of the authorisation key.
 */

static void slow_child(void)
{
	struct fault f;
	pthread_t thread;
	void *ret;

	/* Not before fork(): the page of a child would not be missing */
	if (!fault_make(&f) || pthread_create(&thread, NULL, instantiate_slowly, f.page)) {
		up->r[0] = 1;
		shared_set(&up->held, -1);
		return;
	}
	up->r[1] = fault_seen(&f);
	shared_set(&up->held, 1);
	wait_until(!shared_get(&up->hold), LATER_MS);
	fault_fill(&f);
	pthread_join(thread, &ret);
	up->r[3] = (long)ret;
	shared_set(&up->held, -1);
}

static void do_slow_child(void)
{
	up->auth = kc_assume_authority(up->key);
	if (fork()) {
		wait_until(shared_get(&up->held), LATER_MS);
		up->r[2] = kc_negate(up->key, 60, 0);
		return;
	}
	alarm(HELPER_MAX_S);
	slow_child();
	_exit(0);
}

static const struct verb slow_verbs[] = {
	{ "slow child", do_slow_child },
	{ }
};

TEST(authority_ends_before_a_payload_is_read)
{
	REQUIRE_UPCALL();
	REQUIRE_FAULT();
	CHILD_AS(0) {
		verb("slow child");
		up->hold = 1;
		EXPECT_EQ(-ENOKEY, request("k", RING_S));
		EXPECT_EQ(0, up->r[0]);
		EXPECT_EQ(1, up->r[1]);
		EXPECT_EQ(0, up->r[2]);
		/*
		 * kfree_rcu() frees a record seconds later, but at the next grace
		 * period if caches are to be dropped.
		 */
		write_file("/proc/sys/vm/drop_caches", "2");
		sleep_ms(200);
		EXPECT_EQ(0, up->r[3]);
		shared_set(&up->hold, 0);
		EXPECT_TRUE(wait_until(shared_get(&up->held) == -1, LATER_MS));
		EXPECT_EQ(-EBUSY, up->r[3]);
	}
}
