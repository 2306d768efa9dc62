// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tests of request_key(2) with the installed request-key(8) program: the
 * "debug" rules of keyutils, and rules that run a script of this test. See
 * request-key.conf(5).
 */

#define PROGRAM	"/sbin/request-key"
#define CONFIG	"/etc/request-key.conf"
#define RULES	"/etc/request-key.d/keys-selftest.conf"
#define SCRIPT	"/tmp/.keys-selftest-script"
#define REPORT	"/tmp/.keys-selftest-report"

static const char rules[] =
	"create user selftest:* * " SCRIPT " %o %k %t %d %c %u %g %T %P %S\n"
	"create user selftest-with:* * /bin/keyctl instantiate %k %{user:in-s} %S\n"
	"create user selftest-pipe:* * |" SCRIPT " pipe\n"
	"create user selftest-gone:* * /no/such/program %k\n";

/*
 * The script reports its arguments and the keys it can see, and answers as the
 * last part of the description says.
 */
static const char script[] =
	"#!/bin/sh\n"
	"[ \"$1\" = pipe ] && exec tr a-z A-Z\n"
	"case $4 in\n"
	"*:arguments)\n"
	"	printf '%s\\n' \"$@\" >" REPORT "\n"
	"	keyctl print @a >>" REPORT "\n"
	"	keyctl instantiate $2 \"$5\" ${10} ;;\n"
	"*:outer)\n"
	"	inner=$(keyctl request2 user selftest:inner x) &&\n"
	"	keyctl instantiate $2 \"$(keyctl print $inner)\" 0 ;;\n"
	"*:inner)\n"
	"	keyctl instantiate $2 'from within' 0 ;;\n"
	"*:requester)\n"
	"	keyctl instantiate $2 \"$(keyctl print %user:in-s)\" 0 ;;\n"
	"*:short)\n"
	"	keyctl timeout $2 2 && keyctl instantiate $2 short 0 ;;\n"
	"*:twice)\n"
	"	keyctl instantiate $2 first 0\n"
	"	keyctl instantiate $2 second 0 2>" REPORT " ;;\n"
	"*:killed)\n"
	"	kill -9 $$ ;;\n"
	"esac\n"
	"exit 0\n";

/*
 * Returns the contents of a file as a string, which is empty if there is none.
 */
static const char *file_text(const char *path)
{
	static char text[4096];
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? 0 : read(fd, text, sizeof(text) - 1);

	if (fd >= 0)
		close(fd);
	text[n > 0 ? n : 0] = 0;
	return text;
}

/* Is the program installed, with the rules of keyutils? */
static bool has_program(void)
{
	return !syscall(__NR_geteuid) && !access(PROGRAM, X_OK) && !access("/bin/keyctl", X_OK) &&
	       !access("/etc/request-key.d", W_OK) && strstr(file_text(CONFIG), "\tdebug:*");
}

#define REQUIRE_PROGRAM() do {						\
	if (!has_program())						\
		SKIP(return, "no " PROGRAM " with the rules of keyutils");	\
} while (0)

static long request(const char *desc, const char *callout, long dest)
{
	return sys_request_key("user", desc, callout, dest);
}

/* Is the payload of @key this text? */
static bool reads(long key, const char *text)
{
	char buf[256];
	long n = kc_read(key, buf, sizeof(buf));

	return n == (long)strlen(text) && !memcmp(buf, text, n);
}

/* ---- the rules of keyutils --------------------------------------------- */

static void expect_debug_rule(struct __test_metadata *_metadata, uid_t uid)
{
	CHILD_AS(uid) {
		long key = request("debug:yyyy", "spoon", RING_T);

		EXPECT_LT(0, key);
		EXPECT_TRUE(reads(key, "Debug spoon"));
		EXPECT_TRUE(ring_has(RING_T, key));
		/* The rule also links the key to the session keyring. */
		EXPECT_TRUE(ring_has(RING_S, key));
		EXPECT_EQ(key, request("debug:yyyy", NULL, 0));
	}
}

TEST(debug_rule)
{
	REQUIRE_PROGRAM();
	expect_debug_rule(_metadata, 0);
}

TEST(debug_rule_unprivileged)
{
	REQUIRE_PROGRAM();
	expect_debug_rule(_metadata, fresh_uid());
}

struct rejection {
	const char *callout;
	long error;
};

static const struct rejection rejections[] = {
	{ "negate", -ENOKEY },
	{ "rejected", -EKEYREJECTED },
	{ "expired", -EKEYEXPIRED },
	{ "revoked", -EKEYREVOKED },
};

static void expect_rejection(struct __test_metadata *_metadata, const struct rejection *r)
{
	struct key_line k;

	CHILD_AS(fresh_uid()) {
		EXPECT_EQ(r->error, request("debug:xxxx", r->callout, RING_S));
		ASSERT_TRUE(proc_key(only_link(RING_S), &k));
		EXPECT_NE(NULL, strchr(k.flags, 'N'));
		EXPECT_STRNE("perm", k.timeout);
		/* A later request returns the error without another callout. */
		EXPECT_EQ(r->error, request("debug:xxxx", NULL, 0));
	}
}

TEST(debug_rules_that_reject)
{
	REQUIRE_PROGRAM();
	for (unsigned int i = 0; i < ARRAY_SIZE(rejections); i++)
		expect_rejection(_metadata, &rejections[i]);
}

TEST(debug_rule_with_a_pipe)
{
	REQUIRE_PROGRAM();
	CHILD_AS(fresh_uid())
		EXPECT_TRUE(reads(request("debug:loop:zzzz", "abcdefghijkl", RING_S),
				  "abcdefghijkl"));
}

TEST(no_rule_no_key)
{
	REQUIRE_PROGRAM();
	CHILD_AS(fresh_uid()) {
		EXPECT_EQ(-ENOKEY, request("nobody knows", "callout", RING_S));
		EXPECT_EQ(-ENOKEY, request("nobody knows", NULL, 0));
		EXPECT_EQ(1, ring_count(RING_S));
	}
}

/* ---- rules that run the script ------------------------------------------- */

FIXTURE(rules) {
};

FIXTURE_SETUP(rules)
{
	if (!has_program())
		SKIP(return, "no " PROGRAM " with the rules of keyutils");
	unlink(REPORT);
	ASSERT_TRUE(make_file(SCRIPT, script, 0700));
	ASSERT_TRUE(make_file(RULES, rules, 0600));
}

FIXTURE_TEARDOWN(rules)
{
	unlink(RULES);
	unlink(SCRIPT);
	unlink(REPORT);
}

/*
 * Checks the script's arguments, and the callout that the script read from @a.
 */
static void expect_report(struct __test_metadata *_metadata, long key, long t, long p, long s)
{
	uid_t uid = syscall(__NR_getuid);
	char wanted[512];

	snprintf(wanted, sizeof(wanted),
		 "create\n%ld\nuser\nselftest:arguments\na callout\n%u\n%u\n%ld\n%ld\n%ld\na callout\n",
		 key, uid, uid, t, p, s);
	EXPECT_STREQ(wanted, file_text(REPORT));
}

TEST_F(rules, script_gets_what_the_rule_names)
{
	CHILD_AS(fresh_uid()) {
		long t = kc_get_keyring_id(RING_T, 1), p = kc_get_keyring_id(RING_P, 1);
		long s = kc_get_keyring_id(RING_S, 0);
		long key = request("selftest:arguments", "a callout", RING_T);

		EXPECT_LT(0, key);
		EXPECT_TRUE(reads(key, "a callout"));
		EXPECT_TRUE(ring_has(RING_T, key));
		EXPECT_TRUE(ring_has(RING_S, key));
		expect_report(_metadata, key, t, p, s);
	}
}

TEST_F(rules, script_requests_a_key_itself)
{
	CHILD_AS(fresh_uid()) {
		EXPECT_TRUE(reads(request("selftest:outer", "", RING_S), "from within"));
		EXPECT_EQ(-ENOKEY, request("selftest:inner", NULL, 0));
	}
}

TEST_F(rules, script_reads_what_the_requester_has)
{
	CHILD_AS(fresh_uid()) {
		EXPECT_LT(0, add_user("in-s", "the requester's", RING_S));
		EXPECT_TRUE(reads(request("selftest:requester", "", RING_T), "the requester's"));
	}
}

TEST_F(rules, rule_reads_what_the_requester_has)
{
	CHILD_AS(fresh_uid()) {
		EXPECT_LT(0, add_user("in-s", "the requester's", RING_S));
		EXPECT_TRUE(reads(request("selftest-with:k", "", RING_T), "the requester's"));
	}
}

TEST_F(rules, script_behind_a_pipe)
{
	CHILD_AS(fresh_uid())
		EXPECT_TRUE(reads(request("selftest-pipe:k", "quiet", RING_S), "QUIET"));
}

TEST_F(rules, script_sets_a_timeout_first)
{
	struct key_line k;

	CHILD_AS(fresh_uid()) {
		long key = request("selftest:short", "", RING_S);

		EXPECT_LT(0, key);
		ASSERT_TRUE(proc_key(key, &k));
		EXPECT_STRNE("perm", k.timeout);
		EXPECT_TRUE(wait_until(request("selftest:short", NULL, 0) == -ENOKEY, LATER_MS));
	}
}

/* Another process that has the authority gives the second answer. */
TEST_F(rules, script_answers_twice)
{
	CHILD_AS(fresh_uid()) {
		EXPECT_TRUE(reads(request("selftest:twice", "", RING_S), "first"));
		EXPECT_NE(NULL, strstr(file_text(REPORT), "keyctl_instantiate")) {
			TH_LOG("%s", file_text(REPORT));
		}
	}
}

static void expect_no_answer(struct __test_metadata *_metadata, const char *desc)
{
	CHILD_AS(fresh_uid()) {
		EXPECT_EQ(-ENOKEY, request(desc, "", RING_S));
		EXPECT_EQ(-ENOKEY, request(desc, NULL, 0));
		EXPECT_EQ(1, ring_count(RING_S));
	}
}

TEST_F(rules, script_does_not_answer)
{
	expect_no_answer(_metadata, "selftest:silent");
}

TEST_F(rules, script_is_killed)
{
	expect_no_answer(_metadata, "selftest:killed");
}

TEST_F(rules, script_is_missing)
{
	expect_no_answer(_metadata, "selftest-gone:k");
}
