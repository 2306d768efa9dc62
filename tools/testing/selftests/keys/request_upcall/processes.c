// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tests of a helper with several processes: what the authorisation key allows
 * the others after one of them has answered, and that a new session keyring
 * ends the authority. See request-key(8) and keyctl_assume_authority(3).
 */

/* ---- verbs of the helper -------------------------------------------- */

/* A helper that the first helper caused is called for another key. */
static bool is_nested(void)
{
	return shared_get(&up->calls) > 1;
}

/* Lets a child answer, and waits for the child. */
static void answer_by_a_child(long key)
{
	pid_t pid = fork();

	if (pid == 0) {
		up->r[0] = kc_instantiate(key, "payload", 7, 0);
		_exit(0);
	}
	waitpid(pid, NULL, 0);
}

static void do_request_after_answer(void)
{
	long first = helper_key;

	if (is_nested()) {
		kc_assume_authority(helper_key);
		up->r[7] = kc_instantiate(helper_key, "other", 5, 0);
		return;
	}
	up->auth = kc_assume_authority(first);
	answer_by_a_child(first);
	/*
	 * The requester's keys are no longer found, but keys can be requested.
	 */
	up->r[1] = sys_request_key("user", "in s", NULL, 0);
	up->r[2] = sys_request_key("user", "other", "x", 0);
	up->r[3] = ring_has(RING_S, up->r[2]);
	up->r[4] = sys_request_key("user", "third", "x", RING_S);
	up->r[5] = kc_get_keyring_id(KEY_SPEC_REQUESTOR_KEYRING, 0);
	up->r[6] = ring_has(KEY_SPEC_REQUESTOR_KEYRING, up->r[2]);
}

static void do_answer_twice(void)
{
	long key = helper_key;

	up->auth = kc_assume_authority(key);
	answer_by_a_child(key);
	up->r[1] = kc_instantiate(key, "again", 5, 0);
	up->r[2] = kc_negate(key, 1, 0);
	up->r[3] = kc_reject(key, 1, EKEYREJECTED, 0);
	up->r[4] = kc_instantiate(key, "again", 5, KEY_SPEC_REQUESTOR_KEYRING);
	up->r[5] = kc_instantiate(key, "again", 5, NO_SUCH_KEY);
	up->r[6] = kc_read(KEY_SPEC_REQKEY_AUTH_KEY, NULL, 0);
}

/*
 * The child answers again while its parent, which has answered, still exists.
 */
static void do_leave_a_child(void)
{
	long key = helper_key;

	up->auth = kc_assume_authority(key);
	if (fork()) {
		up->r[0] = kc_instantiate(key, "payload", 7, 0);
		shared_set(&up->held, 1);
		wait_until(shared_get(&up->held) == 2, LATER_MS);
		return;
	}
	alarm(HELPER_MAX_S);
	wait_until(shared_get(&up->held) == 1, LATER_MS);
	up->r[1] = kc_instantiate(key, "again", 5, 0);
	up->r[2] = kc_negate(key, 1, 0);
	shared_set(&up->held, 2);
	wait_until(shared_get(&up->held) == 3, LATER_MS);
	/* The request has returned, so the authorisation key is revoked now. */
	up->r[3] = kc_instantiate(key, "again", 5, 0);
	up->r[4] = kc_get_keyring_id(KEY_SPEC_REQUESTOR_KEYRING, 0);
	up->r[5] = sys_request_key("user", "other", "x", 0);
	shared_set(&up->held, 4);
	_exit(0);
}

static void do_take_a_session(void)
{
	pid_t pid;

	up->auth = kc_assume_authority(helper_key);
	pid = fork();
	if (pid == 0) {
		up->r[0] = kc_join(NULL);
		up->r[1] = kc_session_to_parent();
		_exit(0);
	}
	waitpid(pid, NULL, 0);
	up->r[2] = kc_get_keyring_id(RING_S, 0);
	up->r[3] = kc_read(KEY_SPEC_REQKEY_AUTH_KEY, NULL, 0);
	up->r[4] = kc_get_keyring_id(KEY_SPEC_REQUESTOR_KEYRING, 0);
	up->r[5] = sys_request_key("user", "in s", NULL, 0);
	up->r[6] = kc_instantiate(helper_key, "payload", 7, 0);
	up->r[7] = kc_assume_authority(helper_key);
}

/* A helper may invalidate its authorisation key, since it possesses the key. */
static void do_invalidate_authority(void)
{
	up->auth = kc_assume_authority(helper_key);
	up->r[0] = kc_invalidate(KEY_SPEC_REQKEY_AUTH_KEY);
	up->r[1] = kc_assume_authority(helper_key);
	up->r[2] = kc_instantiate(helper_key, "payload", 7, 0);
	up->r[3] = kc_instantiate(helper_key, "again", 5, 0);
}

static const struct verb process_verbs[] = {
	{ "invalidate authority", do_invalidate_authority },
	{ "request after answer", do_request_after_answer },
	{ "answer twice", do_answer_twice },
	{ "leave a child", do_leave_a_child },
	{ "take a session", do_take_a_session },
	{ }
};

/* ---- a child of the helper answers ---------------------------------- */

static void expect_requests_work(struct __test_metadata *_metadata)
{
	long key;

	ASSERT_LT(0, add_user("in s", "x", RING_S));
	verb("request after answer");
	key = request("k", RING_S);
	EXPECT_LT(0, key);
	EXPECT_EQ(7, kc_read(key, NULL, 0));
	EXPECT_EQ(0, up->r[0]);
	EXPECT_EQ(-ENOKEY, up->r[1]);
	EXPECT_LT(0, up->r[2]);
	EXPECT_EQ(1, up->r[3]);
	EXPECT_LT(0, up->r[4]);
	EXPECT_EQ(kc_get_keyring_id(RING_S, 0), up->r[5]);
	EXPECT_EQ(0, up->r[6]);
	EXPECT_EQ(0, up->r[7]);
	EXPECT_EQ(3, up->calls);
}

TEST(requests_work_after_the_answer)
{
	REQUIRE_UPCALL();
	CHILD_AS(0)
		expect_requests_work(_metadata);
}

TEST(requests_work_after_the_answer_for_a_user)
{
	REQUIRE_UPCALL();
	CHILD_AS(fresh_uid())
		expect_requests_work(_metadata);
}

TEST(second_answer_is_busy)
{
	REQUIRE_UPCALL();
	CHILD_AS(fresh_uid()) {
		long key;

		verb("answer twice");
		key = request("k", RING_S);
		EXPECT_EQ(7, kc_read(key, NULL, 0));
		EXPECT_EQ(0, up->r[0]);
		for (int i = 1; i < 5; i++) {
			EXPECT_EQ(-EBUSY, up->r[i]) {
				TH_LOG("answer %d", i);
			}
		}
		EXPECT_EQ(-ENOKEY, up->r[5]);
		EXPECT_EQ(-ENOKEY, up->r[6]);
	}
}

/* Nobody can assume the authority any more, but who has assumed it can answer. */
TEST(answer_after_the_authority_is_invalidated)
{
	REQUIRE_UPCALL();
	CHILD_AS(fresh_uid()) {
		long key;

		verb("invalidate authority");
		key = request("k", RING_S);
		EXPECT_EQ(7, kc_read(key, NULL, 0));
		EXPECT_EQ(0, up->r[0]);
		/* ENOKEY when the key has been unlinked, EKEYREVOKED before */
		EXPECT_TRUE(up->r[1] == -ENOKEY || up->r[1] == -EKEYREVOKED);
		EXPECT_EQ(0, up->r[2]);
		EXPECT_EQ(-EPERM, up->r[3]);
	}
}

TEST(answer_of_a_child_that_is_left)
{
	REQUIRE_UPCALL();
	CHILD_AS(fresh_uid()) {
		long key;

		verb("leave a child");
		key = request("k", RING_S);
		EXPECT_EQ(7, kc_read(key, NULL, 0));
		EXPECT_EQ(0, up->r[0]);
		EXPECT_EQ(-EBUSY, up->r[1]);
		EXPECT_EQ(-EBUSY, up->r[2]);
		shared_set(&up->held, 3);
		EXPECT_TRUE(wait_until(shared_get(&up->held) == 4, LATER_MS));
		EXPECT_EQ(-EKEYREVOKED, up->r[3]);
		EXPECT_EQ(-EKEYREVOKED, up->r[4]);
		EXPECT_EQ(-EKEYREVOKED, up->r[5]);
		EXPECT_EQ(1, up->calls);
	}
}

/* ---- another session keyring ------------------------------------------- */

/* A process that gets another session keyring loses its authorisation key. */
TEST(session_from_a_child_ends_the_authority)
{
	REQUIRE_UPCALL();
	CHILD_AS(0) {
		ASSERT_LT(0, add_user("in s", "x", RING_S));
		verb("take a session");
		EXPECT_EQ(-ENOKEY, request("k", RING_S));
		EXPECT_LT(0, up->auth);
		EXPECT_LT(0, up->r[0]);
		EXPECT_EQ(0, up->r[1]);
		EXPECT_EQ(up->r[0], up->r[2]);
		EXPECT_EQ(-ENOKEY, up->r[3]);
		EXPECT_EQ(-ENOKEY, up->r[4]);
		EXPECT_EQ(-ENOKEY, up->r[5]);
		EXPECT_EQ(-EPERM, up->r[6]);
		EXPECT_EQ(-ENOKEY, up->r[7]);
	}
}
