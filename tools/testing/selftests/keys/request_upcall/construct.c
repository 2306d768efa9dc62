// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tests of requests that call out to user space: the positive or negative key,
 * the keyrings that link it, the errors, and which tasks wait. See
 * request_key(2) and keyctl_instantiate(3).
 */

static void do_iov(void)
{
	struct iovec iov[3] = { { "ab", 2 }, { NULL, 0 }, { "cde", 3 } };
	struct iovec bad[1] = { { BAD_PTR, 4 } };

	kc_assume_authority(up->key);
	up->r[0] = kc_instantiate_iov(up->key, BAD_PTR, 1, 0);
	up->r[1] = kc_instantiate_iov(up->key, bad, 1, 0);
	up->r[2] = kc_instantiate_iov(up->key, iov, 2000, 0);
	up->r[3] = kc_instantiate_iov(up->key, iov, 3, 0);
}

static void do_bad_payloads(void)
{
	static char big[1024 * 1024];

	kc_assume_authority(up->key);
	up->r[0] = kc_instantiate(up->key, NULL, 64, 0);
	up->r[1] = kc_instantiate(up->key, BAD_PTR, 4, 0);
	up->r[2] = kc_instantiate(up->key, big, sizeof(big), 0);
	up->r[3] = kc_instantiate(up->key, big, 32768, 0);
	up->r[4] = kc_instantiate(up->key, NULL, 0, 0);
	up->r[5] = kc_instantiate(up->key, "good", 4, 0);
}

static void do_null_payloads(void)
{
	struct iovec null = { NULL, 64 };

	kc_assume_authority(up->key);
	up->r[0] = kc_instantiate(up->key, NULL, 64, 0);
	up->r[1] = kc_instantiate_iov(up->key, NULL, 64, 0);
	up->r[2] = kc_instantiate_iov(up->key, &null, 1, 0);
	up->r[3] = kc_reject(up->key, 60, EKEYREJECTED, 0);
}

static void do_bad_rejects(void)
{
	kc_assume_authority(up->key);
	up->r[0] = kc_reject(up->key, 10, 0, 0);
	up->r[1] = kc_reject(up->key, 10, 4096, 0);
	up->r[2] = kc_reject(up->key, 10, 512, 0);
	up->r[3] = kc_reject(up->key, 10, 516, 0);
	up->r[4] = kc_reject(up->key, 10, -EPERM, 0);
	up->r[5] = kc_reject(up->key + 1, 10, EKEYREJECTED, 0);
	up->r[6] = kc_reject(up->key, 10, EKEYREJECTED, NO_SUCH_KEY);
	up->r[7] = kc_reject(up->key, 10, EKEYREJECTED, 0);
}

static void do_timeout_first(void)
{
	kc_assume_authority(up->key);
	up->r[0] = kc_set_timeout(up->key, 600);
	up->r[1] = kc_instantiate(up->key, "x", 1, 0);
}

static void do_expire_first(void)
{
	kc_assume_authority(up->key);
	up->r[0] = kc_set_timeout(up->key, 1);
	sleep_ms(1200);
	up->r[1] = kc_instantiate(up->key, "x", 1, 0);
}

static void do_crash(void)
{
	up->auth = kc_assume_authority(up->key);
	raise(SIGSEGV);
}

static void do_kill(void)
{
	raise(SIGKILL);
}

static const struct verb construct_verbs[] = {
	{ "iov", do_iov },
	{ "bad payloads", do_bad_payloads },
	{ "null payloads", do_null_payloads },
	{ "bad rejects", do_bad_rejects },
	{ "timeout first", do_timeout_first },
	{ "expire first", do_expire_first },
	{ "crash", do_crash },
	{ "kill", do_kill },
	{ }
};

/* ---- the positive key ------------------------------------------------- */

static void expect_positive(struct __test_metadata *_metadata)
{
	struct key_desc d;
	char text[16];
	long key;

	verb("instantiate");
	key = request("k", RING_S);
	ASSERT_LT(0, key);
	EXPECT_EQ(0, up->r[0]);
	EXPECT_EQ(key, only_link(RING_S));
	EXPECT_EQ(7, kc_read(key, text, sizeof(text)));
	EXPECT_EQ(0, memcmp(text, "payload", 7));
	ASSERT_EQ(0, describe(key, &d));
	EXPECT_STREQ("user", d.type);
	EXPECT_STREQ("k", d.desc);
	EXPECT_EQ(syscall(__NR_geteuid), d.uid);
	EXPECT_EQ(syscall(__NR_getegid), d.gid);
	EXPECT_EQ(KEY_POS_ALL | KEY_USR_VIEW, d.perm);
	/* The next request finds the key. */
	EXPECT_EQ(key, request("k", 0));
	EXPECT_EQ(1, up->calls);
}

TEST(instantiated)
{
	REQUIRE_UPCALL();
	CHILD_AS(0)
		expect_positive(_metadata);
}

TEST(instantiated_unprivileged)
{
	REQUIRE_UPCALL();
	CHILD_AS(fresh_uid())
		expect_positive(_metadata);
}

TEST(instantiated_by_iovec)
{
	char text[8];

	REQUIRE_UPCALL();
	CHILD_AS(0) {
		verb("iov");
		EXPECT_EQ(5, kc_read(request("k", RING_S), text, sizeof(text)));
		EXPECT_EQ(0, memcmp(text, "abcde", 5));
		EXPECT_EQ(-EFAULT, up->r[0]);
		EXPECT_EQ(-EFAULT, up->r[1]);
		EXPECT_EQ(-EINVAL, up->r[2]);
		EXPECT_EQ(0, up->r[3]);
	}
}

/* After a refused payload the key is still uninstantiated. */
TEST(cve_2017_15274_refused_payloads)
{
	REQUIRE_UPCALL();
	CHILD_AS(0) {
		verb("bad payloads");
		EXPECT_EQ(4, kc_read(request("k", RING_S), NULL, 0));
		/*
		 * NULL means no payload, whatever the length, and "user" needs
		 * a payload.
		 */
		EXPECT_EQ(-EINVAL, up->r[0]);
		EXPECT_EQ(-EFAULT, up->r[1]);
		EXPECT_EQ(-EINVAL, up->r[2]);
		EXPECT_EQ(-EINVAL, up->r[3]);
		EXPECT_EQ(-EINVAL, up->r[4]);
		EXPECT_EQ(0, up->r[5]);
	}
}

/* Unlike "user", this type looks at the length only, and then reads the data. */
TEST(cve_2017_15274_null_has_no_length)
{
	REQUIRE_UPCALL();
	if (sys_add_key("asymmetric", "k", "x", 1, RING_T) == -ENODEV)
		SKIP(return, "no asymmetric keys in this kernel");
	CHILD_AS(0) {
		verb("null payloads");
		/* A helper that died in the kernel would not reject the key. */
		EXPECT_EQ(-EKEYREJECTED, sys_request_key("asymmetric", "k", "callout", RING_S));
		EXPECT_EQ(-EINVAL, up->r[0]);
		EXPECT_EQ(-EINVAL, up->r[1]);
		EXPECT_EQ(-EFAULT, up->r[2]);
		EXPECT_EQ(0, up->r[3]);
	}
}

TEST(cve_2024_36031_timeout_before_instantiation)
{
	struct key_line k;

	REQUIRE_UPCALL();
	CHILD_AS(0) {
		long key;

		verb("timeout first");
		key = request("k", RING_S);
		EXPECT_LT(0, key);
		EXPECT_EQ(0, up->r[0]);
		EXPECT_EQ(0, up->r[1]);
		ASSERT_TRUE(proc_key(key, &k));
		EXPECT_STRNE("perm", k.timeout);
		/* The timeout is that of the key, so it can be made shorter. */
		EXPECT_EQ(0, kc_set_timeout(key, 1));
		sleep_ms(1200);
		EXPECT_EQ(-EKEYEXPIRED, kc_read(key, NULL, 0));
		EXPECT_EQ(-ENOKEY, sys_request_key("user", "k", NULL, 0));
	}
}

/* The helper may instantiate the key after its end: no caller gets the key. */
TEST(expired_before_instantiation)
{
	REQUIRE_UPCALL();
	CHILD_AS(0) {
		verb("expire first");
		EXPECT_EQ(-ENOKEY, request("k", RING_S));
		EXPECT_EQ(0, up->r[0]);
		EXPECT_EQ(0, up->r[1]);
	}
}

/* ---- the negative key ------------------------------------------------- */

/* The session keyring's only key must be negative with the error @error. */
static void expect_negative(struct __test_metadata *_metadata, long error)
{
	long key = only_link(RING_S);
	int calls = up->calls;
	struct key_line k;
	char text[16];

	ASSERT_LT(0, key);
	ASSERT_TRUE(proc_key(key, &k));
	EXPECT_NE(NULL, strchr(k.flags, 'N'));
	EXPECT_STRNE("perm", k.timeout);
	EXPECT_STRNE("expd", k.timeout);
	/* Requests return this error and call no helper. */
	EXPECT_EQ(error, request("k", 0));
	EXPECT_EQ(error, sys_request_key("user", "k", NULL, 0));
	EXPECT_EQ(error, kc_search(RING_S, "user", "k", 0));
	EXPECT_EQ(calls, up->calls);
	EXPECT_EQ(0, kc_describe(key, NULL, 0) < 0);
	EXPECT_EQ(error, kc_read(key, NULL, 0));
	/* CVE-2017-12192: the error was read as a payload. */
	EXPECT_EQ(error, kc_read(key, text, sizeof(text)));
}

TEST(negated)
{
	REQUIRE_UPCALL();
	CHILD_AS(fresh_uid()) {
		verb("negate");
		up->arg[1] = 60;
		EXPECT_EQ(-ENOKEY, request("k", RING_S));
		EXPECT_EQ(0, up->r[0]);
		expect_negative(_metadata, -ENOKEY);
	}
}

TEST(rejected)
{
	static const int errors[] = { EKEYREJECTED, EKEYREVOKED, EKEYEXPIRED, ENOENT, 1 };

	REQUIRE_UPCALL();
	for (unsigned int i = 0; i < ARRAY_SIZE(errors); i++) {
		CHILD_AS(0) {
			verb("reject");
			up->arg[1] = errors[i];
			EXPECT_EQ(-errors[i], request("k", RING_S));
			EXPECT_EQ(0, up->r[0]);
			expect_negative(_metadata, -errors[i]);
		}
	}
}

TEST(refused_rejections)
{
	REQUIRE_UPCALL();
	CHILD_AS(0) {
		verb("bad rejects");
		EXPECT_EQ(-EKEYREJECTED, request("k", RING_S));
		EXPECT_EQ(-EINVAL, up->r[0]);
		EXPECT_EQ(-EINVAL, up->r[1]);
		EXPECT_EQ(-EINVAL, up->r[2]);
		EXPECT_EQ(-EINVAL, up->r[3]);
		EXPECT_EQ(-EINVAL, up->r[4]);
		EXPECT_EQ(-EPERM, up->r[5]);
		EXPECT_EQ(-ENOKEY, up->r[6]);
		EXPECT_EQ(0, up->r[7]);
	}
}

static void no_answer(struct __test_metadata *_metadata, const char *how)
{
	CHILD_AS(0) {
		verb(how);
		EXPECT_EQ(-ENOKEY, request("k", RING_S));
		EXPECT_EQ(1, up->calls);
		expect_negative(_metadata, -ENOKEY);
	}
}

TEST(helper_exits_without_answer)
{
	REQUIRE_UPCALL();
	no_answer(_metadata, "exit");
}

TEST(helper_crashes)
{
	REQUIRE_UPCALL();
	no_answer(_metadata, "crash");
}

TEST(helper_is_killed)
{
	REQUIRE_UPCALL();
	no_answer(_metadata, "kill");
}

/* The first request returns why nothing was executed, later requests do not. */
static void not_executed(struct __test_metadata *_metadata, long error)
{
	CHILD_AS(0) {
		verb("exit");
		EXPECT_EQ(error, request("k", RING_S));
		EXPECT_EQ(0, up->calls);
		expect_negative(_metadata, -ENOKEY);
	}
}

TEST(helper_not_executable)
{
	REQUIRE_UPCALL();
	ASSERT_EQ(0, mount("/dev/null", UPCALL_PROGRAM, NULL, MS_BIND, NULL));
	not_executed(_metadata, -EACCES);
	EXPECT_EQ(0, umount2(UPCALL_PROGRAM, MNT_DETACH));
}

TEST(helper_is_no_program)
{
	static const char file[] = "/tmp/.keys-selftest-no-program";
	int fd = open(file, O_CREAT | O_WRONLY | O_CLOEXEC, 0700);

	REQUIRE_UPCALL();
	ASSERT_EQ(7, write(fd, "nothing", 7));
	close(fd);
	ASSERT_EQ(0, mount(file, UPCALL_PROGRAM, NULL, MS_BIND, NULL));
	not_executed(_metadata, -ENOEXEC);
	EXPECT_EQ(0, umount2(UPCALL_PROGRAM, MNT_DETACH));
	unlink(file);
}

TEST(helper_missing)
{
	REQUIRE_UPCALL();
	ASSERT_TRUE(upcall_hide());
	not_executed(_metadata, -ENOENT);
	EXPECT_TRUE(upcall_unhide());
}

TEST(negative_key_expires)
{
	REQUIRE_UPCALL();
	CHILD_AS(0) {
		long negative, key;

		verb("negate");
		up->arg[1] = 1;
		EXPECT_EQ(-ENOKEY, request("k", RING_S));
		negative = only_link(RING_S);
		sleep_ms(1200);
		verb("instantiate");
		key = request("k", RING_S);
		EXPECT_LT(0, key);
		EXPECT_EQ(1, up->calls);
		EXPECT_NE(negative, key);
		EXPECT_EQ(key, only_link(RING_S));
	}
}

/* The timeout of the error is not that of the payload which replaces the error. */
TEST(updated_negative_big_key_stays)
{
	struct key_line k;

	REQUIRE_UPCALL();
	if (!has_capability(0, KEYCTL_CAPS0_BIG_KEY))
		SKIP(return, "no big_key in this kernel");
	CHILD_AS(0) {
		verb("negate");
		up->arg[1] = 60;
		EXPECT_EQ(-ENOKEY, sys_request_key("big_key", "b", "callout", RING_S));
		EXPECT_EQ(only_link(RING_S), sys_add_key("big_key", "b", "new", 3, RING_S));
		ASSERT_TRUE(proc_key(only_link(RING_S), &k));
		EXPECT_STREQ("perm", k.timeout);
	}
}

/* A negative key is charged without a payload, so the update may be refused. */
TEST(negative_big_key_over_quota)
{
	const int bytes = SES_COST + LINK_COST + DESC_COST("b");
	uid_t uid = fresh_uid();

	REQUIRE_UPCALL();
	if (!has_capability(0, KEYCTL_CAPS0_BIG_KEY))
		SKIP(return, "no big_key in this kernel");
	CHILD_AS(uid) {
		static char payload[32000];
		struct key_user u;
		long negative, rest;

		verb("negate");
		up->arg[1] = 60;
		EXPECT_EQ(-ENOKEY, sys_request_key("big_key", "b", "callout", RING_S));
		negative = only_link(RING_S);
		/* The session keyring of the helper is charged until it is freed. */
		wait_until(charged(uid, 2, bytes), LATER_MS);
		proc_user(uid, &u);
		rest = u.maxbytes - u.qnbytes - LINK_COST - DESC_COST("rest");
		/* A big_key is charged 16 bytes: leave one byte less. */
		ASSERT_LT(0, sys_add_key("user", "rest", payload, rest - 15, RING_S));
		EXPECT_EQ(-EDQUOT, sys_add_key("big_key", "b", "new", 3, RING_S));
		EXPECT_TRUE(ring_has(RING_S, negative));
		EXPECT_EQ(-ENOKEY, sys_request_key("big_key", "b", NULL, 0));
		ASSERT_LT(0, sys_add_key("user", "rest", payload, rest - 16, RING_S));
		EXPECT_EQ(negative, sys_add_key("big_key", "b", "new", 3, RING_S));
		EXPECT_EQ(negative, sys_request_key("big_key", "b", NULL, 0));
	}
}

TEST(negative_timeout_0_is_expired_at_once)
{
	REQUIRE_UPCALL();
	CHILD_AS(0) {
		verb("negate");
		EXPECT_EQ(-ENOKEY, request("k", RING_S));
		EXPECT_EQ(0, up->r[0]);
		verb("instantiate");
		EXPECT_LT(0, request("k", RING_S));
		EXPECT_EQ(1, up->calls);
	}
}

static void make_negative(const char *desc)
{
	verb("negate");
	up->arg[1] = 60;
	sys_request_key("user", desc, "", RING_S);
}

TEST(cve_2011_4110_add_key_makes_it_positive)
{
	struct key_line k;
	char c;

	REQUIRE_UPCALL();
	CHILD_AS(0) {
		long negative;

		make_negative("k");
		negative = only_link(RING_S);
		EXPECT_EQ(negative, add_user("k", "+", RING_S));
		EXPECT_EQ(1, kc_read(negative, &c, 1));
		EXPECT_EQ(negative, sys_request_key("user", "k", NULL, 0));
		ASSERT_TRUE(proc_key(negative, &k));
		EXPECT_EQ(NULL, strchr(k.flags, 'N'));
		EXPECT_STREQ("perm", k.timeout);
	}
}

/* A negative key cannot be updated by its id, only by its description. */
TEST(update_of_a_negative_key)
{
	REQUIRE_UPCALL();
	CHILD_AS(0) {
		make_negative("k");
		EXPECT_EQ(-ENOKEY, kc_update(only_link(RING_S), "+", 1));
		EXPECT_EQ(-ENOKEY, sys_request_key("user", "k", NULL, 0));
	}
}

/* A negative "encrypted" key has an error in the place of its payload. */
TEST(cve_2015_8539_update_of_a_negative_encrypted_key)
{
	REQUIRE_UPCALL();
	if (sys_add_key("encrypted", "e", "x", 1, RING_S) == -ENODEV)
		SKIP(return, "no encrypted keys in this kernel");
	CHILD_AS(0) {
		verb("negate");
		up->arg[1] = 60;
		EXPECT_EQ(-ENOKEY, sys_request_key("encrypted", "e", "", RING_S));
		EXPECT_EQ(1, up->calls);
		EXPECT_GT(0, sys_add_key("encrypted", "e", "update user:kmk", 15, RING_S));
		EXPECT_GT(0, kc_update(only_link(RING_S), "update user:kmk", 15));
		EXPECT_EQ(-ENOKEY, sys_request_key("encrypted", "e", NULL, 0));
	}
}

/* ---- ranking of results --------------------------------------------- */

/* One keyring has a negative key and another one a key of another state. */
TEST(ranking_of_negative_keys)
{
	REQUIRE_UPCALL();
	CHILD_AS(0) {
		long good, revoked;

		make_negative("good");
		make_negative("revoked");
		make_negative("none");
		verb("reject");
		up->arg[1] = EKEYREJECTED;
		EXPECT_EQ(-EKEYREJECTED, request("rejected", RING_S));
		EXPECT_LT(0, kc_get_keyring_id(RING_T, 1));
		good = add_user("good", "x", RING_P);
		revoked = add_user("revoked", "x", RING_P);
		EXPECT_EQ(0, kc_revoke(revoked));
		revoked = add_user("rejected", "x", RING_P);
		EXPECT_EQ(0, kc_revoke(revoked));
		verb("exit");
		EXPECT_EQ(good, request("good", 0));
		EXPECT_EQ(-ENOKEY, request("revoked", 0));
		EXPECT_EQ(-ENOKEY, request("none", 0));
		EXPECT_EQ(0, up->calls);
	}
}

/* A revoked key prevents a callout only if no other root can be searched. */
TEST(revoked_key_and_callout)
{
	REQUIRE_UPCALL();
	CHILD_AS(0) {
		long key = add_user("k", "x", RING_S);

		EXPECT_EQ(0, kc_revoke(key));
		verb("instantiate");
		EXPECT_EQ(-EKEYREVOKED, request("k", RING_S));
		EXPECT_EQ(0, up->calls);
		EXPECT_LT(0, kc_get_keyring_id(RING_T, 1));
		EXPECT_LT(0, request("k", RING_S));
		EXPECT_EQ(1, up->calls);
		EXPECT_NE(key, only_link(RING_S));
	}
}

TEST(expired_key_is_displaced)
{
	REQUIRE_UPCALL();
	CHILD_AS(0) {
		long old = add_user("k", "x", RING_S), key;

		EXPECT_EQ(0, kc_set_timeout(old, 1));
		sleep_ms(1200);
		verb("instantiate");
		key = request("k", RING_S);
		EXPECT_LT(0, key);
		EXPECT_NE(old, key);
		EXPECT_EQ(key, only_link(RING_S));
	}
}

TEST(key_without_search_and_callout)
{
	REQUIRE_UPCALL();
	CHILD_AS(0) {
		long key = add_user("k", "x", RING_S);

		EXPECT_EQ(0, kc_setperm(key, KEY_POS_ALL & ~KEY_POS_SEARCH));
		verb("instantiate");
		EXPECT_EQ(-EACCES, request("k", RING_S));
		EXPECT_EQ(0, up->calls);
	}
}
