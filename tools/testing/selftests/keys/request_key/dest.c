// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tests of request_key(2): its arguments, the keyring that a found key is
 * linked to, and KEYCTL_SET_REQKEY_KEYRING, see keyctl_set_reqkey_keyring(3).
 */

/* ---- arguments ------------------------------------------------------- */

static void expect_arguments(struct __test_metadata *_metadata)
{
	size_t page = page_size();
	char *text = calloc(1, page + 1);

	EXPECT_EQ(-EFAULT, sys_request_key(NULL, "d", NULL, 0));
	EXPECT_EQ(-EFAULT, sys_request_key(BAD_PTR, "d", NULL, 0));
	EXPECT_EQ(-EFAULT, sys_request_key("user", NULL, NULL, 0));
	EXPECT_EQ(-EFAULT, sys_request_key("user", BAD_PTR, NULL, 0));
	EXPECT_EQ(-EFAULT, sys_request_key("user", "d", BAD_PTR, 0));
	EXPECT_EQ(-EINVAL, sys_request_key("", "d", NULL, 0));
	EXPECT_EQ(-ENOKEY, sys_request_key("user", "", NULL, 0));
	EXPECT_EQ(-ENOKEY, sys_request_key("no such type", "d", NULL, 0));
	EXPECT_EQ(-ENOKEY, sys_request_key("no such type", "d", "callout", 0));
	/* A type name has at most 31 characters, a description at most 4095. */
	memset(text, 't', page);
	text[31] = 0;
	EXPECT_EQ(-ENOKEY, sys_request_key(text, "d", NULL, 0));
	text[31] = 't';
	text[32] = 0;
	EXPECT_EQ(-EINVAL, sys_request_key(text, "d", NULL, 0));
	text[32] = 't';
	text[4095] = 0;
	EXPECT_EQ(-ENOKEY, sys_request_key("user", text, NULL, 0));
	text[4095] = 't';
	text[4096] = 0;
	EXPECT_EQ(-EINVAL, sys_request_key("user", text, NULL, 0));
	/* The callout information and its NUL fit into a page. */
	memset(text, 't', page);
	EXPECT_EQ(-EINVAL, sys_request_key("user", "d", text, 0));
	free(text);
}

TEST(arguments)
{
	CHILD()
		expect_arguments(_metadata);
}

TEST(arguments_unprivileged)
{
	REQUIRE_ROOT();
	CHILD_AS(fresh_uid())
		expect_arguments(_metadata);
}

/* Types and descriptions must not be read past the end of mapped memory. */
TEST(strings_that_end_at_a_border)
{
	char *border = page_border();

	ASSERT_NE(NULL, border);
	CHILD() {
		EXPECT_EQ(-ENOKEY, sys_request_key(memcpy(border - 5, "user", 5), "d", NULL, 0));
		EXPECT_EQ(-EFAULT, sys_request_key(memcpy(border - 4, "user", 4), "d", NULL, 0));
		EXPECT_EQ(-ENOKEY, sys_request_key("user", memcpy(border - 2, "d", 2), NULL, 0));
		EXPECT_EQ(-EFAULT, sys_request_key("user", memcpy(border - 1, "d", 1), NULL, 0));
		EXPECT_EQ(-EFAULT, sys_request_key("user", "d", memcpy(border - 1, "c", 1), 0));
	}
}

/* The type of keys whose type was removed (".dead") could be requested. */
TEST(cve_2017_6951_types_of_the_kernel)
{
	static const char * const names[] = { "dead", ".dead", ".request_key_auth" };
	static const long want[] = { -ENOKEY, -EPERM, -EPERM };

	CHILD() {
		ASSERT_LT(0, kc_join(NULL));
		for (unsigned int i = 0; i < ARRAY_SIZE(names); i++) {
			EXPECT_EQ(want[i], sys_request_key(names[i], "d", NULL, 0));
			EXPECT_EQ(want[i], sys_request_key(names[i], "d", "callout", 0));
			EXPECT_EQ(want[i], kc_search(RING_S, names[i], "d", 0));
			EXPECT_EQ(want[i], kc_restrict(RING_S, names[i], "d"));
			EXPECT_EQ(want[i] == -EPERM ? -EPERM : -ENODEV,
				  sys_add_key(names[i], "d", "x", 1, RING_S));
		}
		EXPECT_EQ(-EPERM, sys_request_key(".no such type", "d", NULL, 0));
		EXPECT_EQ(-EPERM, sys_request_key(".", "d", NULL, 0));
		EXPECT_EQ(-EPERM, sys_request_key(".dead", BAD_PTR, NULL, 0));
		for (int i = 0; i < 256; i++)
			EXPECT_EQ(-ENOKEY, sys_request_key("dead", "abc", "abc", 0));
	}
}

TEST(keyrings_are_not_called_out_for)
{
	CHILD() {
		ASSERT_LT(0, kc_join(NULL));
		EXPECT_EQ(-EPERM, sys_request_key("keyring", "no such ring", "callout", 0));
		EXPECT_EQ(-EPERM, sys_request_key("keyring", "no such ring", "", 0));
		EXPECT_EQ(-EPERM, sys_request_key("keyring", "no such ring", "", RING_T));
		EXPECT_EQ(-ENOKEY, sys_request_key("keyring", "no such ring", NULL, 0));
		EXPECT_EQ(0, ring_count(RING_S));
	}
}

TEST(null_callout_makes_nothing)
{
	CHILD() {
		ASSERT_LT(0, kc_join(NULL));
		EXPECT_EQ(-ENOKEY, sys_request_key("user", "k", NULL, 0));
		EXPECT_EQ(-ENOKEY, sys_request_key("user", "k", NULL, RING_S));
		EXPECT_EQ(0, ring_count(RING_S));
	}
}

/* ---- where a found key is linked ------------------------------------- */

TEST(found_key_is_linked_to_the_destination)
{
	CHILD() {
		long key, ring;

		ASSERT_LT(0, kc_join(NULL));
		key = add_user("k", "x", RING_S);
		ring = add_ring("ring", RING_S);
		EXPECT_EQ(key, sys_request_key("user", "k", NULL, ring));
		EXPECT_TRUE(ring_has(ring, key));
		EXPECT_EQ(1, ring_count(ring));
		EXPECT_EQ(key, sys_request_key("user", "k", NULL, ring));
		EXPECT_EQ(1, ring_count(ring));
	}
}

TEST(no_destination_no_link)
{
	CHILD() {
		long key;

		ASSERT_LT(0, kc_join(NULL));
		key = add_user("k", "x", RING_S);
		ASSERT_LT(0, kc_get_keyring_id(RING_T, 1));
		EXPECT_EQ(KEY_REQKEY_DEFL_DEFAULT,
			  kc_set_reqkey_keyring(KEY_REQKEY_DEFL_THREAD_KEYRING));
		EXPECT_EQ(key, sys_request_key("user", "k", NULL, 0));
		EXPECT_EQ(0, ring_count(RING_T));
	}
}

TEST(special_destination_is_made)
{
	CHILD() {
		long key;

		ASSERT_LT(0, kc_join(NULL));
		key = add_user("k", "x", RING_S);
		EXPECT_EQ(key, sys_request_key("user", "k", NULL, RING_T));
		EXPECT_TRUE(ring_has(RING_T, key));
		EXPECT_EQ(key, sys_request_key("user", "k", NULL, RING_P));
		EXPECT_TRUE(ring_has(RING_P, key));
	}
}

/* The destination is made before the search and stays if nothing is found. */
TEST(special_destination_is_made_for_nothing)
{
	CHILD() {
		EXPECT_EQ(-ENOKEY, sys_request_key("user", "k", NULL, RING_T));
		EXPECT_LT(0, kc_get_keyring_id(RING_T, 0));
		EXPECT_EQ(0, ring_count(RING_T));
	}
}

TEST(user_keyrings_as_destination)
{
	REQUIRE_ROOT();
	CHILD_AS(fresh_uid()) {
		long key = add_user("k", "x", RING_S);

		EXPECT_EQ(key, sys_request_key("user", "k", NULL, RING_U));
		EXPECT_TRUE(ring_has(RING_U, key));
		EXPECT_EQ(key, sys_request_key("user", "k", NULL, RING_US));
		EXPECT_TRUE(ring_has(RING_US, key));
	}
}

TEST(found_key_displaces_its_like)
{
	CHILD() {
		long first, second;

		ASSERT_LT(0, kc_join(NULL));
		first = add_user("k", "1", RING_T);
		second = add_user("k", "2", RING_S);
		EXPECT_EQ(first, sys_request_key("user", "k", NULL, RING_S));
		EXPECT_TRUE(ring_has(RING_S, first));
		EXPECT_FALSE(ring_has(RING_S, second));
		EXPECT_EQ(1, ring_count(RING_S));
	}
}

TEST(unusable_destinations)
{
	CHILD() {
		long key, ring;

		ASSERT_LT(0, kc_join(NULL));
		key = add_user("k", "x", RING_S);
		EXPECT_EQ(-ENOTDIR, sys_request_key("user", "k", NULL, key));
		EXPECT_EQ(-ENOKEY, sys_request_key("user", "k", NULL, NO_SUCH_KEY));
		EXPECT_EQ(-EINVAL, sys_request_key("user", "k", NULL, -9));
		EXPECT_EQ(-EINVAL, sys_request_key("user", "k", NULL, INT_MIN));
		EXPECT_EQ(-EINVAL, sys_request_key("user", "k", NULL, KEY_SPEC_GROUP_KEYRING));
		EXPECT_EQ(-ENOKEY, sys_request_key("user", "k", NULL, KEY_SPEC_REQKEY_AUTH_KEY));
		EXPECT_EQ(-ENOKEY, sys_request_key("user", "k", NULL, KEY_SPEC_REQUESTOR_KEYRING));
		ring = add_ring("ring", RING_S);
		EXPECT_EQ(0, kc_revoke(ring));
		EXPECT_EQ(-EKEYREVOKED, sys_request_key("user", "k", NULL, ring));
		/* The error is the same when there is nothing to link. */
		EXPECT_EQ(-EKEYREVOKED, sys_request_key("user", "no such key", NULL, ring));
	}
}

static void destination_without_write(struct __test_metadata *_metadata)
{
	long key, ring;

	ASSERT_LT(0, kc_join(NULL));
	key = add_user("k", "x", RING_S);
	ring = add_ring("ring", RING_S);
	EXPECT_EQ(key, sys_request_key("user", "k", NULL, 0));
	EXPECT_EQ(0, kc_setperm(ring, KEY_POS_ALL & ~KEY_POS_WRITE));
	EXPECT_EQ(-EACCES, sys_request_key("user", "k", NULL, ring));
	EXPECT_EQ(-EACCES, sys_request_key("user", "no such key", NULL, ring));
	EXPECT_EQ(0, ring_count(ring));
}

TEST(destination_needs_write)
{
	CHILD()
		destination_without_write(_metadata);
}

TEST(destination_needs_write_unprivileged)
{
	REQUIRE_ROOT();
	CHILD_BARE(fresh_uid())
		destination_without_write(_metadata);
}

TEST(found_key_needs_link_permission)
{
	CHILD() {
		long key;

		ASSERT_LT(0, kc_join(NULL));
		key = add_user("k", "x", RING_S);
		EXPECT_EQ(0, kc_setperm(key, KEY_POS_SEARCH | KEY_USR_SETATTR));
		EXPECT_EQ(key, sys_request_key("user", "k", NULL, 0));
		EXPECT_EQ(-EACCES, sys_request_key("user", "k", NULL, RING_T));
		EXPECT_EQ(0, kc_setperm(key, KEY_POS_SEARCH | KEY_POS_LINK));
		EXPECT_EQ(key, sys_request_key("user", "k", NULL, RING_T));
	}
}

TEST(link_to_destination_is_charged)
{
	uid_t uid = fresh_uid();
	long had = sysctl_get("maxbytes");
	struct key_user u;
	int *ready = shared_alloc(sizeof(*ready));
	pid_t pid;
	struct gate g;

	REQUIRE_ROOT();
	ASSERT_TRUE(gate_make(&g));
	pid = START_CHILD_AS(uid);
	if (pid == 0) {
		long key = add_user("k", "x", RING_S), ring = add_ring("ring", RING_S);

		shared_set(ready, 1);
		gate_wait(&g);
		EXPECT_EQ(-EDQUOT, sys_request_key("user", "k", NULL, ring));
		EXPECT_EQ(0, ring_count(ring));
		EXPECT_EQ(key, sys_request_key("user", "k", NULL, 0));
		END_CHILD();
	}
	EXPECT_TRUE(wait_until(shared_get(ready), LATER_MS));
	EXPECT_TRUE(proc_user(uid, &u));
	EXPECT_EQ(0, sysctl_set("maxbytes", u.qnbytes + LINK_COST - 1));
	gate_open(&g);
	JOIN_CHILD(pid);
	EXPECT_EQ(0, sysctl_set("maxbytes", had));
}

TEST(cycle_by_destination)
{
	CHILD() {
		long ring, child;

		ASSERT_LT(0, kc_join(NULL));
		ring = add_ring("ring", RING_S);
		child = add_ring("child", ring);
		EXPECT_EQ(-EDEADLK, sys_request_key("keyring", "ring", NULL, child));
	}
}

/* ---- KEYCTL_SET_REQKEY_KEYRING ---------------------------------------- */

struct setting {
	int value;
	long answer;
	/* The keyring that the call makes, 0 if none. */
	long makes;
};

static const struct setting settings[] = {
	{ KEY_REQKEY_DEFL_NO_CHANGE, 0, 0 },
	{ KEY_REQKEY_DEFL_DEFAULT, 0, 0 },
	{ KEY_REQKEY_DEFL_THREAD_KEYRING, 0, RING_T },
	{ KEY_REQKEY_DEFL_PROCESS_KEYRING, 0, RING_P },
	{ KEY_REQKEY_DEFL_SESSION_KEYRING, 0, 0 },
	{ KEY_REQKEY_DEFL_USER_KEYRING, 0, 0 },
	{ KEY_REQKEY_DEFL_USER_SESSION_KEYRING, 0, 0 },
	{ KEY_REQKEY_DEFL_GROUP_KEYRING, -EINVAL, 0 },
	{ KEY_REQKEY_DEFL_REQUESTOR_KEYRING, 0, 0 },
	{ 8, -EINVAL, 0 },
	{ -2, -EINVAL, 0 },
	{ INT_MAX, -EINVAL, 0 },
	{ INT_MIN, -EINVAL, 0 },
};

static void expect_setting(struct __test_metadata *_metadata, const struct setting *s)
{
	int then = s->answer || s->value == KEY_REQKEY_DEFL_NO_CHANGE ? 0 : s->value;

	EXPECT_EQ(s->answer, kc_set_reqkey_keyring(s->value)) {
		TH_LOG("setting %d", s->value);
	}
	EXPECT_EQ(then, kc_set_reqkey_keyring(KEY_REQKEY_DEFL_NO_CHANGE)) {
		TH_LOG("after setting %d", s->value);
	}
	EXPECT_EQ(s->makes == RING_T, kc_get_keyring_id(RING_T, 0) > 0) {
		TH_LOG("thread keyring after setting %d", s->value);
	}
	EXPECT_EQ(s->makes == RING_P, kc_get_keyring_id(RING_P, 0) > 0) {
		TH_LOG("process keyring after setting %d", s->value);
	}
}

TEST(each_setting)
{
	for (unsigned int i = 0; i < ARRAY_SIZE(settings); i++)
		CHILD()
			expect_setting(_metadata, &settings[i]);
}

TEST(each_setting_unprivileged)
{
	uid_t uid = fresh_uid();
	struct key_user u;

	REQUIRE_ROOT();
	for (unsigned int i = 0; i < ARRAY_SIZE(settings); i++)
		CHILD_BARE(uid)
			expect_setting(_metadata, &settings[i]);
	/* Setting a UID keyring as default does not make it. */
	EXPECT_TRUE(wait_until(!proc_user(uid, &u), LATER_MS));
}

TEST(setting_returns_the_former)
{
	CHILD() {
		EXPECT_EQ(KEY_REQKEY_DEFL_DEFAULT,
			  kc_set_reqkey_keyring(KEY_REQKEY_DEFL_SESSION_KEYRING));
		EXPECT_EQ(KEY_REQKEY_DEFL_SESSION_KEYRING,
			  kc_set_reqkey_keyring(KEY_REQKEY_DEFL_USER_KEYRING));
		EXPECT_EQ(-EINVAL, kc_set_reqkey_keyring(99));
		EXPECT_EQ(KEY_REQKEY_DEFL_USER_KEYRING,
			  kc_set_reqkey_keyring(KEY_REQKEY_DEFL_DEFAULT));
	}
}

static int setting_image(int argc, char **argv)
{
	return kc_set_reqkey_keyring(KEY_REQKEY_DEFL_NO_CHANGE) == atol(argv[1]) ? 0 : 1;
}

static void *thread_setting(void *arg)
{
	return (void *)kc_set_reqkey_keyring((long)arg);
}

TEST(setting_is_inherited)
{
	CHILD() {
		int set = KEY_REQKEY_DEFL_USER_SESSION_KEYRING;
		pid_t pid;

		EXPECT_EQ(0, kc_set_reqkey_keyring(set));
		CHILD()
			EXPECT_EQ(set, kc_set_reqkey_keyring(KEY_REQKEY_DEFL_NO_CHANGE));
		EXPECT_EQ(set, in_thread(thread_setting, (void *)(long)KEY_REQKEY_DEFL_DEFAULT));
		/* Only the setting of the other thread has changed. */
		EXPECT_EQ(set, kc_set_reqkey_keyring(KEY_REQKEY_DEFL_NO_CHANGE));
		pid = fork();
		if (pid == 0)
			_exit(exec_image("setting", set, 0) ? 3 : 0);
		EXPECT_EQ(0, exit_code(pid));
	}
}

/* The default destination does not change where a request searches. */
TEST(setting_does_not_change_the_search)
{
	REQUIRE_ROOT();
	for (int i = KEY_REQKEY_DEFL_DEFAULT; i <= KEY_REQKEY_DEFL_USER_SESSION_KEYRING; i++) {
		CHILD_AS(fresh_uid()) {
			long p = add_user("k", "p", RING_P);

			EXPECT_LT(0, add_user("k", "s", RING_S));
			EXPECT_LT(0, add_user("only u", "x", RING_U));
			EXPECT_EQ(0, kc_set_reqkey_keyring(i));
			EXPECT_EQ(p, sys_request_key("user", "k", NULL, 0));
			EXPECT_EQ(-ENOKEY, sys_request_key("user", "only u", NULL, 0));
		}
	}
}
