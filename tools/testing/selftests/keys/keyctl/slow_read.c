// SPDX-License-Identifier: GPL-2.0-only
/*
 * Test of KEYCTL_READ into a buffer that is not there yet.
 */

struct slow_read {
	long id, ret;
	char *buf;
};

static void *read_slowly(void *arg)
{
	struct slow_read *r = arg;

	r->ret = kc_read(r->id, r->buf, 16);
	return NULL;
}

/*
 * KEYCTL_READ waits for a missing page of its buffer. Meanwhile others can
 * update the key, because no lock is held. (The key was locked in early
 * kernels.)
 */
TEST(read_into_a_missing_page)
{
	REQUIRE_ROOT();
	REQUIRE_FAULT();
	CHILD_AS(0) {
		struct slow_read r = { .id = add_user("k", "payload", RING_S) };
		int *done = shared_alloc(sizeof(*done));
		struct fault f;
		pthread_t thread;
		pid_t pid;

		ASSERT_TRUE(fault_make(&f));
		r.buf = f.page;
		ASSERT_EQ(0, pthread_create(&thread, NULL, read_slowly, &r));
		EXPECT_TRUE(fault_seen(&f));
		pid = START_CHILD();
		if (pid == 0) {
			EXPECT_EQ(0, kc_update(r.id, "other", 5));
			EXPECT_EQ(0, kc_revoke(r.id));
			shared_set(done, 1);
			END_CHILD();
		}
		EXPECT_TRUE(wait_until(shared_get(done), LATER_MS));
		fault_fill(&f);
		pthread_join(thread, NULL);
		EXPECT_EQ(7, r.ret);
		EXPECT_EQ(0, memcmp(f.page, "payload", 7));
		JOIN_CHILD(pid);
	}
}
