// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tests of callouts of request_key(2) to user space: what the helper gets and
 * what it may do, and the result for the requester. See request_key(2),
 * request-key(8), keyctl_instantiate(3) and keyctl_assume_authority(3).
 */

/* ---- verbs of the helper -------------------------------------------- */

/* Records what the helper can access before and after assuming authority. */
static void do_look(void)
{
	struct key_desc d;
	key_serial_t list[2] = { };

	up->r[0] = kc_get_keyring_id(RING_T, 0);
	up->r[1] = kc_get_keyring_id(RING_P, 0);
	up->r[2] = describe(RING_S, &d);
	snprintf(up->text, 64, "%.63s", d.desc);
	up->r[3] = d.perm;
	up->r[4] = d.uid;
	up->r[5] = kc_read(RING_S, list, sizeof(list));
	up->r[6] = list[0];
	up->r[7] = kc_get_keyring_id(KEY_SPEC_REQKEY_AUTH_KEY, 0);
	up->r[8] = kc_get_keyring_id(KEY_SPEC_REQUESTOR_KEYRING, 0);
	up->r[9] = kc_instantiate(up->key, "early", 5, 0);
	up->auth = kc_assume_authority(up->key);
	up->r[10] = kc_get_keyring_id(KEY_SPEC_REQKEY_AUTH_KEY, 0);
	up->r[11] = kc_get_keyring_id(KEY_SPEC_REQUESTOR_KEYRING, 0);
	up->r[12] = kc_instantiate(up->key, "late", 4, 0);
}

static void do_auth_key(void)
{
	struct key_desc d;
	struct key_line k = {};

	up->auth = kc_assume_authority(up->key);
	up->r[0] = describe(KEY_SPEC_REQKEY_AUTH_KEY, &d);
	up->r[1] = d.perm;
	up->r[2] = d.uid;
	up->r[3] = d.gid;
	up->r[4] = strcmp(d.type, ".request_key_auth");
	up->r[5] = strtol(d.desc, NULL, 16);
	up->r[6] = kc_read(KEY_SPEC_REQKEY_AUTH_KEY, up->text, 4096);
	up->r[7] = proc_key(up->auth, &k);
	snprintf(up->text + 4096, 64, "%.63s", k.desc);
	up->r[8] = describe(up->key, &d);
	up->r[9] = d.perm;
	up->r[10] = d.uid;
	up->r[11] = kc_revoke(KEY_SPEC_REQKEY_AUTH_KEY);
	up->r[12] = kc_update(KEY_SPEC_REQKEY_AUTH_KEY, "x", 1);
	up->r[13] = kc_link(KEY_SPEC_REQKEY_AUTH_KEY, RING_T);
	up->r[14] = kc_setperm(KEY_SPEC_REQKEY_AUTH_KEY, KEY_EVERYONE);
	up->r[15] = kc_instantiate(up->key, "x", 1, 0);
}

static void do_twice(void)
{
	up->auth = kc_assume_authority(up->key);
	up->r[0] = kc_instantiate(up->key, "first", 5, 0);
	up->r[1] = kc_instantiate(up->key, "second", 6, 0);
	up->r[2] = kc_negate(up->key, 1, 0);
	up->r[3] = kc_assume_authority(up->key);
	up->r[4] = kc_get_keyring_id(KEY_SPEC_REQKEY_AUTH_KEY, 0);
	up->r[5] = kc_get_keyring_id(KEY_SPEC_REQUESTOR_KEYRING, 0);
	up->r[6] = kc_read(KEY_SPEC_REQKEY_AUTH_KEY, NULL, 0);
	up->r[7] = kc_set_timeout(up->key, 1);
	up->r[8] = kc_describe(up->auth, NULL, 0);
}

static void do_assume(void)
{
	up->r[0] = kc_assume_authority(NO_SUCH_KEY);
	up->r[1] = kc_assume_authority(kc_get_keyring_id(RING_S, 0));
	up->r[2] = kc_assume_authority(RING_S);
	up->r[3] = kc_assume_authority(0);
	up->auth = kc_assume_authority(up->key);
	up->r[4] = kc_assume_authority(up->key);
	up->r[5] = kc_assume_authority(0);
	up->r[6] = kc_get_keyring_id(KEY_SPEC_REQKEY_AUTH_KEY, 0);
	up->r[7] = kc_instantiate(up->key, "x", 1, 0);
	up->r[8] = kc_assume_authority(up->key);
	up->r[9] = kc_instantiate(up->key, "x", 1, 0);
}

/* Only one thread has the authority, and its forked children. */
static void *thread_instantiates(void *key)
{
	return (void *)kc_instantiate((long)key, "x", 1, 0);
}

static void do_in_child(void)
{
	pid_t pid;

	up->auth = kc_assume_authority(up->key);
	pid = fork();
	if (pid == 0) {
		up->r[0] = kc_get_keyring_id(KEY_SPEC_REQKEY_AUTH_KEY, 0);
		up->r[1] = kc_instantiate(up->key, "x", 1, 0);
		_exit(0);
	}
	exit_code(pid);
}

static void do_in_older_thread(void)
{
	up->r[0] = in_thread(thread_instantiates, (void *)up->key);
	up->auth = kc_assume_authority(up->key);
	up->r[1] = in_thread(thread_instantiates, (void *)up->key);
}

static void do_search_requester(void)
{
	up->r[0] = sys_request_key("user", "in t", NULL, 0);
	up->auth = kc_assume_authority(up->key);
	up->r[1] = sys_request_key("user", "in t", NULL, 0);
	up->r[2] = sys_request_key("user", "in p", NULL, 0);
	up->r[3] = sys_request_key("user", "in s", NULL, 0);
	up->r[4] = sys_request_key("user", "in u", NULL, 0);
	up->r[5] = sys_request_key("user", "nowhere", NULL, 0);
	up->r[6] = kc_read(up->r[3], NULL, 0);
	add_user("in s", "mine", RING_T);
	up->r[7] = sys_request_key("user", "in s", NULL, 0);
	up->r[8] = kc_search(up->of_s, "user", "in s", 0);
	kc_assume_authority(0);
	up->r[9] = sys_request_key("user", "in t", NULL, 0);
	kc_assume_authority(up->key);
	up->r[10] = kc_instantiate(up->key, "x", 1, 0);
}

static void do_search_as_requester(void)
{
	up->auth = kc_assume_authority(up->key);
	up->r[0] = sys_request_key("user", "its owner's", NULL, 0);
	up->r[1] = sys_request_key("user", "nobody's", NULL, 0);
	up->r[2] = kc_search(up->of_s, "user", "its owner's", 0);
	up->r[3] = kc_instantiate(up->key, "x", 1, 0);
}

static void do_list_keys(void)
{
	up->auth = kc_assume_authority(up->key);
	up->r[0] = kc_read(up->arg[0], NULL, 0);
	up->r[1] = proc_key_shown(up->arg[0]);
	add_user("mine", "x", RING_T);
	up->r[2] = kc_search(RING_T, "user", "mine", 0);
	kc_setperm(up->r[2], KEY_POS_ALL);
	up->r[3] = proc_key_shown(up->r[2]);
	up->r[4] = kc_instantiate(up->key, "x", 1, 0);
}

/* The first helper requests another key, whose helper instantiates it. */
static void do_nested(void)
{
	long key = up->key;

	kc_assume_authority(key);
	if (up->calls > 1) {
		up->r[2] = sys_request_key("user", "in s", NULL, 0);
		up->r[3] = kc_get_keyring_id(KEY_SPEC_REQUESTOR_KEYRING, 0);
		kc_instantiate(key, "inner", 5, 0);
		return;
	}
	up->r[4] = kc_set_reqkey_keyring(up->arg[0]);
	up->r[5] = kc_get_keyring_id(RING_S, 0);
	up->r[0] = sys_request_key("user", "inner", "x", 0);
	up->r[6] = kc_read(up->r[0], NULL, 0);
	up->r[1] = kc_instantiate(key, "outer", 5, 0);
}

static const struct verb authority_verbs[] = {
	{ "look", do_look },
	{ "auth key", do_auth_key },
	{ "twice", do_twice },
	{ "assume", do_assume },
	{ "in child", do_in_child },
	{ "in older thread", do_in_older_thread },
	{ "search requester", do_search_requester },
	{ "search as requester", do_search_as_requester },
	{ "list keys", do_list_keys },
	{ "nested", do_nested },
	{ }
};

/* ---- what the helper gets ------------------------------------------- */

TEST(argument_vector)
{
	REQUIRE_UPCALL();
	CHILD() {
		long t = kc_get_keyring_id(RING_T, 1), p = kc_get_keyring_id(RING_P, 1);
		long s = kc_join(NULL), key;
		char number[16];

		verb("instantiate");
		key = request("k", RING_S);
		EXPECT_LT(0, key);
		EXPECT_EQ(1, up->calls);
		EXPECT_EQ(UPCALL_ARGC, up->argc);
		EXPECT_STREQ("/sbin/request-key", up->argv[0]);
		EXPECT_STREQ("create", up->argv[1]);
		snprintf(number, sizeof(number), "%ld", key);
		EXPECT_STREQ(number, up->argv[2]);
		EXPECT_STREQ("0", up->argv[3]);
		EXPECT_STREQ("0", up->argv[4]);
		EXPECT_EQ(t, up->of_t);
		EXPECT_EQ(p, up->of_p);
		EXPECT_EQ(s, up->of_s);
		EXPECT_STREQ("HOME=/", up->env[0]);
		EXPECT_STREQ("PATH=/sbin:/bin:/usr/sbin:/usr/bin", up->env[1]);
		EXPECT_STREQ("", up->env[2]);
	}
}

TEST(argument_vector_unprivileged)
{
	uid_t uid = fresh_uid();

	REQUIRE_UPCALL();
	CHILD_AS(uid) {
		verb("instantiate");
		EXPECT_LT(0, request("k", RING_S));
		EXPECT_EQ(uid, up->of_uid);
		EXPECT_EQ(uid, up->of_gid);
		EXPECT_EQ(0, up->of_t);
		EXPECT_EQ(0, up->of_p);
		EXPECT_EQ(kc_get_keyring_id(RING_S, 0), up->of_s);
		/* The helper runs as root. */
		EXPECT_EQ(0, up->uid);
		EXPECT_EQ(0, up->euid);
		EXPECT_EQ(0, up->gid);
		EXPECT_EQ(0, up->egid);
	}
}

TEST(arguments_are_the_file_system_ids)
{
	uid_t uid = fresh_uid(), fs = fresh_uid();

	REQUIRE_UPCALL();
	CHILD() {
		ASSERT_LT(0, kc_join(NULL));
		ASSERT_EQ(0, set_uids(uid, 0, 0));
		syscall(__NR_setfsgid, fs + 1);
		syscall(__NR_setfsuid, fs);
		verb("instantiate");
		EXPECT_LT(0, request("k", RING_S));
		EXPECT_EQ(fs, up->of_uid);
		EXPECT_EQ(fs + 1, up->of_gid);
	}
}

TEST(argument_without_session_is_the_user_session)
{
	REQUIRE_UPCALL();
	if (has_session(_metadata))
		SKIP(return, "run with a session keyring");
	CHILD_BARE(fresh_uid()) {
		verb("instantiate");
		EXPECT_LT(0, request("k", RING_T));
		EXPECT_EQ(kc_get_keyring_id(RING_US, 0), up->of_s);
	}
}

/* The helper runs in the initial user namespace, with ids of this namespace. */
TEST(requester_in_a_user_namespace)
{
	uid_t uid = fresh_uid();

	REQUIRE_UPCALL();
	CHILD_AS(uid) {
		ASSERT_EQ(0, unshare(CLONE_NEWUSER));
		verb("instantiate");
		EXPECT_LT(0, request("k", RING_S));
		EXPECT_EQ(uid, up->of_uid);
		EXPECT_EQ(uid, up->of_gid);
		EXPECT_EQ(0, up->uid);
		EXPECT_EQ(0, up->euid);
	}
}

TEST(keyrings_of_the_helper)
{
	REQUIRE_UPCALL();
	CHILD() {
		long key, dest;
		char name[32];

		ASSERT_LT(0, kc_join(NULL));
		dest = add_ring("dest", RING_S);
		verb("look");
		key = request("k", dest);
		EXPECT_LT(0, key);
		EXPECT_EQ(-ENOKEY, up->r[0]);
		EXPECT_EQ(-ENOKEY, up->r[1]);
		/* The helper's session keyring links only the authorisation key. */
		EXPECT_EQ(0, up->r[2]);
		snprintf(name, sizeof(name), "_req.%ld", key);
		EXPECT_STREQ(name, up->text);
		EXPECT_EQ(KEY_POS_ALL | KEY_USR(KEY_VIEW | KEY_READ), up->r[3]);
		EXPECT_EQ(0, up->r[4]);
		EXPECT_EQ(4, up->r[5]);
		EXPECT_EQ(up->auth, up->r[6]);
		/* Without the authority these calls fail. */
		EXPECT_EQ(-ENOKEY, up->r[7]);
		EXPECT_EQ(-ENOKEY, up->r[8]);
		EXPECT_EQ(-EPERM, up->r[9]);
		EXPECT_LT(0, up->auth);
		EXPECT_EQ(up->auth, up->r[10]);
		EXPECT_EQ(dest, up->r[11]);
		EXPECT_EQ(0, up->r[12]);
		EXPECT_TRUE(ring_has(dest, key));
	}
}

TEST(authorisation_key)
{
	uid_t uid = fresh_uid();
	char line[64];

	REQUIRE_UPCALL();
	CHILD_AS(uid) {
		long key;

		verb("auth key");
		key = sys_request_key("user", "k", "what I call out", RING_S);
		EXPECT_LT(0, key);
		EXPECT_EQ(0, up->r[0]);
		EXPECT_EQ(KEY_POS(KEY_VIEW | KEY_READ | KEY_SEARCH | KEY_LINK) | KEY_USR_VIEW,
			  up->r[1]);
		EXPECT_EQ(uid, up->r[2]);
		EXPECT_EQ(uid, up->r[3]);
		EXPECT_EQ(0, up->r[4]);
		EXPECT_EQ(key, up->r[5]);
		EXPECT_EQ(15, up->r[6]);
		EXPECT_STREQ("what I call out", up->text);
		snprintf(line, sizeof(line), "key:%lx pid:%d ci:15", key, getpid());
		EXPECT_EQ(1, up->r[7]);
		EXPECT_STREQ(line, up->text + 4096);
		/* Permissions of the key under construction. */
		EXPECT_EQ(0, up->r[8]);
		EXPECT_EQ(KEY_POS_ALL | KEY_USR_VIEW, up->r[9]);
		EXPECT_EQ(uid, up->r[10]);
		EXPECT_EQ(-EACCES, up->r[11]);
		EXPECT_EQ(-EACCES, up->r[12]);
		EXPECT_EQ(0, up->r[13]);
		EXPECT_EQ(-EACCES, up->r[14]);
		EXPECT_EQ(0, up->r[15]);
	}
}

TEST(empty_callout_calls_out)
{
	REQUIRE_UPCALL();
	CHILD() {
		ASSERT_LT(0, kc_join(NULL));
		verb("auth key");
		EXPECT_LT(0, sys_request_key("user", "k", "", RING_S));
		EXPECT_EQ(1, up->calls);
		EXPECT_EQ(0, up->r[6]);
		verb("auth key");
		EXPECT_EQ(-ENOKEY, sys_request_key("user", "other", NULL, RING_S));
		EXPECT_EQ(0, up->calls);
	}
}

TEST(longest_callout)
{
	static char callout[4096];

	REQUIRE_UPCALL();
	CHILD() {
		ASSERT_LT(0, kc_join(NULL));
		memset(callout, 'c', sizeof(callout) - 1);
		verb("auth key");
		EXPECT_LT(0, sys_request_key("user", "k", callout, RING_S));
		EXPECT_EQ(4095, up->r[6]);
		EXPECT_EQ(0, memcmp(callout, up->text, 4095));
	}
}

/* ---- the authority --------------------------------------------------- */

TEST(assuming_authority)
{
	REQUIRE_UPCALL();
	CHILD() {
		ASSERT_LT(0, kc_join(NULL));
		verb("assume");
		EXPECT_LT(0, request("k", RING_S));
		EXPECT_EQ(-ENOKEY, up->r[0]);
		EXPECT_EQ(-ENOKEY, up->r[1]);
		EXPECT_EQ(-EINVAL, up->r[2]);
		EXPECT_EQ(0, up->r[3]);
		EXPECT_LT(0, up->auth);
		EXPECT_EQ(up->auth, up->r[4]);
		EXPECT_EQ(0, up->r[5]);
		EXPECT_EQ(-ENOKEY, up->r[6]);
		EXPECT_EQ(-EPERM, up->r[7]);
		EXPECT_EQ(up->auth, up->r[8]);
		EXPECT_EQ(0, up->r[9]);
	}
}

TEST(authority_passes_to_a_child)
{
	REQUIRE_UPCALL();
	CHILD() {
		ASSERT_LT(0, kc_join(NULL));
		verb("in child");
		EXPECT_LT(0, request("k", RING_S));
		EXPECT_EQ(up->auth, up->r[0]);
		EXPECT_EQ(0, up->r[1]);
	}
}

TEST(authority_is_not_the_threads_before)
{
	REQUIRE_UPCALL();
	CHILD() {
		ASSERT_LT(0, kc_join(NULL));
		verb("in older thread");
		EXPECT_LT(0, request("k", RING_S));
		EXPECT_EQ(-EPERM, up->r[0]);
		EXPECT_EQ(0, up->r[1]);
	}
}

TEST(authority_ends_with_the_answer)
{
	char text[8];

	REQUIRE_UPCALL();
	CHILD() {
		long key;

		ASSERT_LT(0, kc_join(NULL));
		verb("twice");
		key = request("k", RING_S);
		EXPECT_EQ(5, kc_read(key, text, sizeof(text)));
		EXPECT_EQ(0, memcmp(text, "first", 5));
		EXPECT_EQ(0, up->r[0]);
		EXPECT_EQ(-EPERM, up->r[1]);
		EXPECT_EQ(-EPERM, up->r[2]);
		/* The authorisation key is revoked first and collected later. */
		EXPECT_TRUE(up->r[3] == -EKEYREVOKED || up->r[3] == -ENOKEY);
		EXPECT_EQ(-ENOKEY, up->r[4]);
		EXPECT_EQ(-ENOKEY, up->r[5]);
		EXPECT_EQ(-ENOKEY, up->r[6]);
		EXPECT_EQ(-EACCES, up->r[7]);
		EXPECT_EQ(-ENOKEY, up->r[8]);
		EXPECT_EQ(1, up->calls);
	}
}

/* ---- searching for the requester -------------------------------------- */

TEST(helper_searches_the_requesters_keyrings)
{
	REQUIRE_UPCALL();
	CHILD_AS(fresh_uid()) {
		long t = add_user("in t", "x", RING_T), p = add_user("in p", "x", RING_P);
		long s = add_user("in s", "xyz", RING_S);

		ASSERT_LT(0, add_user("in u", "x", RING_U));
		verb("search requester");
		EXPECT_LT(0, request("k", RING_S));
		EXPECT_EQ(-ENOKEY, up->r[0]);
		EXPECT_EQ(t, up->r[1]);
		EXPECT_EQ(p, up->r[2]);
		EXPECT_EQ(s, up->r[3]);
		EXPECT_EQ(-ENOKEY, up->r[4]);
		EXPECT_EQ(-ENOKEY, up->r[5]);
		/* The key is possessed by means of the authorisation key. */
		EXPECT_EQ(3, up->r[6]);
		/* The helper's own keyrings are searched first. */
		EXPECT_NE(s, up->r[7]);
		EXPECT_LT(0, up->r[7]);
		EXPECT_EQ(s, up->r[8]);
		EXPECT_EQ(-ENOKEY, up->r[9]);
		EXPECT_EQ(0, up->r[10]);
	}
}

/* A search has the requester's permissions, so it finds the owner's key. */
TEST(helper_searches_with_the_requesters_credentials)
{
	REQUIRE_UPCALL();
	CHILD_AS(fresh_uid()) {
		long own = add_user("its owner's", "x", RING_S);
		long closed = add_user("nobody's", "x", RING_S);

		EXPECT_EQ(0, kc_setperm(own, KEY_USR(KEY_SEARCH | KEY_VIEW)));
		EXPECT_EQ(0, kc_setperm(closed, KEY_USR(KEY_VIEW)));
		verb("search as requester");
		EXPECT_LT(0, request("k", RING_S));
		EXPECT_EQ(own, up->r[0]);
		EXPECT_EQ(-ENOKEY, up->r[1]);
		/* A lookup by id has the permissions of root, which are not enough. */
		EXPECT_EQ(-EACCES, up->r[2]);
		EXPECT_EQ(0, up->r[3]);
	}
}

/* /proc/keys uses the opener's own keyrings, not the requester's. */
TEST(helper_lists_its_own_keys_only)
{
	REQUIRE_UPCALL();
	CHILD_AS(fresh_uid()) {
		long key = add_user("possessor's", "xyz", RING_S);

		ASSERT_EQ(0, kc_setperm(key, KEY_POS_ALL));
		verb("list keys");
		up->arg[0] = key;
		EXPECT_LT(0, request("k", RING_S));
		EXPECT_EQ(3, up->r[0]);
		EXPECT_EQ(0, up->r[1]);
		EXPECT_LT(0, up->r[2]);
		EXPECT_EQ(1, up->r[3]);
		EXPECT_EQ(0, up->r[4]);
	}
}

TEST(nested_request)
{
	REQUIRE_UPCALL();
	CHILD() {
		long key, in_s;

		ASSERT_LT(0, kc_join(NULL));
		in_s = add_user("in s", "x", RING_S);
		verb("nested");
		up->arg[0] = KEY_REQKEY_DEFL_NO_CHANGE;
		key = request("outer", RING_S);
		EXPECT_LT(0, key);
		EXPECT_EQ(2, up->calls);
		EXPECT_EQ(2, up->ended);
		EXPECT_LT(0, up->r[0]);
		EXPECT_NE(key, up->r[0]);
		EXPECT_EQ(5, up->r[6]);
		EXPECT_EQ(0, up->r[1]);
		/* The inner helper also searches the keyrings of the outermost requester. */
		EXPECT_EQ(in_s, up->r[2]);
		/* Keys requested by a helper go to its own session keyring by default. */
		EXPECT_EQ(KEY_REQKEY_DEFL_THREAD_KEYRING, up->r[4]);
		EXPECT_EQ(up->r[5], up->r[3]);
		EXPECT_FALSE(ring_has(RING_S, up->r[0]));
	}
}

TEST(nested_request_to_the_requestor_keyring)
{
	REQUIRE_UPCALL();
	for (int i = 0; i < 2; i++) {
		long dest = i ? KEY_REQKEY_DEFL_REQUESTOR_KEYRING :
				KEY_REQKEY_DEFL_DEFAULT;

		CHILD() {
			ASSERT_LT(0, kc_join(NULL));
			verb("nested");
			up->arg[0] = dest;
			EXPECT_LT(0, request("outer", RING_S));
			EXPECT_EQ(2, up->calls);
			EXPECT_EQ(kc_get_keyring_id(RING_S, 0), up->r[3]);
			EXPECT_TRUE(ring_has(RING_S, up->r[0]));
		}
	}
}
