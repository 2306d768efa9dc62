// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tests of each field of /proc/keys and /proc/key-users, of the keys that a
 * caller sees there, and of the ranges of kernel.keys.*.
 */
#include "keys_common.h"

FIXTURE(proc) {
	uid_t uid;
};

FIXTURE_VARIANT(proc) {
	bool root;
};

FIXTURE_VARIANT_ADD(proc, root) { .root = true };
FIXTURE_VARIANT_ADD(proc, user) { .root = false };

FIXTURE_SETUP(proc)
{
	REQUIRE_ROOT();
	self->uid = SETUP_AS(variant->root);
}

FIXTURE_TEARDOWN(proc)
{
}

/* Finds the raw line of a key, without its newline. */
static bool raw_line(long id, char *line, size_t size)
{
	FILE *f = fopen("/proc/keys", "re");
	unsigned int serial;
	bool found = false;

	while (f && !found && fgets(line, size, f))
		found = sscanf(line, "%x", &serial) == 1 && serial == id;
	if (f)
		fclose(f);
	line[strcspn(line, "\n")] = 0;
	return found;
}

#define EXPECT_LINE(id, fmt, ...) do {					\
	char __want[512], __line[512] = "";				\
									\
	snprintf(__want, sizeof(__want), "%08lx " fmt, id, __VA_ARGS__); \
	EXPECT_TRUE(raw_line(id, __line, sizeof(__line)));		\
	EXPECT_STREQ(__want, __line);					\
} while (0)

/* ---- /proc/keys, the layout ----------------------------------------- */

TEST_F(proc, line_of_a_user_key)
{
	long id = add_user("a:b c", "12345", RING_S);

	EXPECT_LINE(id, "I--Q---     1 perm 3f010000 %5d %5d user      a:b c: 5",
		    self->uid, self->uid);
}

TEST_F(proc, line_of_a_logon_key)
{
	long id = sys_add_key("logon", "a:b", "12345", 5, RING_S);

	EXPECT_LINE(id, "I--Q---     1 perm 3d010000 %5d %5d logon     a:b: 5",
		    self->uid, self->uid);
}

TEST_F(proc, line_of_a_keyring)
{
	long id = add_ring("ring", RING_S);

	EXPECT_LINE(id, "I--Q---     1 perm 3f010000 %5d %5d keyring   ring: empty",
		    self->uid, self->uid);
	ASSERT_LT(0, add_user("one", "x", id));
	EXPECT_LINE(id, "I--Q---     1 perm 3f010000 %5d %5d keyring   ring: 1",
		    self->uid, self->uid);
	ASSERT_LT(0, add_user("two", "x", id));
	EXPECT_LINE(id, "I--Q---     1 perm 3f010000 %5d %5d keyring   ring: 2",
		    self->uid, self->uid);
}

TEST_F(proc, line_of_a_big_key)
{
	char *payload = calloc(1, 100000);
	struct key_line k;
	long id = sys_add_key("big_key", "b", payload, 10, RING_S);

	if (id == -ENODEV)
		SKIP(return, "no big_key in this kernel");
	ASSERT_TRUE(proc_key(id, &k));
	EXPECT_STREQ("big_key", k.type);
	EXPECT_STREQ("b: 10 [buff]", k.desc);
	id = sys_add_key("big_key", "c", payload, 100000, RING_S);
	ASSERT_TRUE(proc_key(id, &k));
	EXPECT_STREQ("c: 100000 [file]", k.desc);
	free(payload);
}

/* Session, thread and process keyrings differ by their names and masks. */
TEST_F(proc, lines_of_special_keyrings)
{
	static const struct {
		int spec;
		const char *name;
		key_perm_t perm;
	} c[] = {
		{ RING_T, "_tid: empty", 0x3f010000 },
		{ RING_P, "_pid: empty", 0x3f010000 },
		{ RING_S, "_ses: empty", 0x3f030000 },
	};
	struct key_line k;

	for (unsigned int i = 0; i < ARRAY_SIZE(c); i++) {
		ASSERT_TRUE(proc_key(kc_get_keyring_id(c[i].spec, 1), &k));
		EXPECT_STREQ(c[i].name, k.desc);
		EXPECT_EQ(c[i].perm, k.perm);
		EXPECT_STREQ("I--Q---", k.flags);
		EXPECT_STREQ("perm", k.timeout);
		EXPECT_EQ((int)self->uid, k.uid);
		EXPECT_EQ((int)self->uid, k.gid);
	}
}

TEST(lines_of_the_uid_keyrings)
{
	char want[64];
	struct key_line k;
	uid_t uid;

	REQUIRE_ROOT();
	uid = SETUP_AS(false);
	snprintf(want, sizeof(want), "_uid.%u: empty", uid);
	ASSERT_TRUE(proc_key(kc_get_keyring_id(RING_U, 0), &k));
	EXPECT_STREQ(want, k.desc);
	EXPECT_EQ(0x1f3f0000, k.perm);
	/* The keyring has no gid, which is shown as the overflow gid. */
	EXPECT_EQ(65534, k.gid);
	EXPECT_EQ((int)uid, k.uid);
	snprintf(want, sizeof(want), "_uid_ses.%u: 1", uid);
	ASSERT_TRUE(proc_key(kc_get_keyring_id(RING_US, 0), &k));
	EXPECT_STREQ(want, k.desc);
	EXPECT_EQ(0x1f3f0000, k.perm);
	EXPECT_EQ(65534, k.gid);
}

TEST_F(proc, flags)
{
	long plain = add_user("plain", "x", RING_S);
	long revoked = add_user("revoked", "x", RING_S);
	long invalid = add_user("invalid", "x", RING_S);
	struct key_line k;

	ASSERT_TRUE(proc_key(plain, &k));
	EXPECT_STREQ("I--Q---", k.flags);
	ASSERT_EQ(0, kc_revoke(revoked));
	ASSERT_TRUE(proc_key(revoked, &k));
	EXPECT_STREQ("IR-Q---", k.flags);
	/* The key may be freed already; if it is not, its line has the flag. */
	ASSERT_EQ(0, kc_invalidate(invalid));
	if (proc_key(invalid, &k))
		EXPECT_STREQ("I--Q--i", k.flags);
	EXPECT_TRUE(wait_until(!proc_key_shown(invalid), LATER_MS));
}

/* The timeout is shown in the largest unit that fits, rounded down. */
TEST_F(proc, timeouts)
{
	static const struct {
		unsigned int seconds;
		const char *shown;
	} c[] = {
		{ 58, "s" },
		{ 65, "1m" },
		{ 60 * 60 - 10, "59m" },
		{ 60 * 60 + 30, "1h" },
		{ 24 * 3600 - 10, "23h" },
		{ 24 * 3600 + 30, "1d" },
		{ 7 * 24 * 3600 - 10, "6d" },
		{ 7 * 24 * 3600 + 30, "1w" },
		{ 10 * 7 * 24 * 3600 + 30, "10w" },
		{ 1000000000, "1653w" },
	};
	long id = add_user("k", "x", RING_S);
	struct key_line k;

	for (unsigned int i = 0; i < ARRAY_SIZE(c); i++) {
		ASSERT_EQ(0, kc_set_timeout(id, c[i].seconds));
		ASSERT_TRUE(proc_key(id, &k));
		if (c[i].shown[0] == 's') {
			EXPECT_EQ('s', k.timeout[strlen(k.timeout) - 1]);
			EXPECT_GE(58, atoi(k.timeout));
			EXPECT_LE(40, atoi(k.timeout));
			continue;
		}
		EXPECT_STREQ(c[i].shown, k.timeout);
	}
	ASSERT_EQ(0, kc_set_timeout(id, 0));
	ASSERT_TRUE(proc_key(id, &k));
	EXPECT_STREQ("perm", k.timeout);
	ASSERT_EQ(0, kc_set_timeout(id, 1));
	EXPECT_TRUE(wait_until(proc_key(id, &k) && !strcmp("expd", k.timeout), LATER_MS));
}

/* The text of a large number of weeks overflowed its buffer. */
TEST_F(proc, cve_2016_7042_longest_timeouts)
{
	static const unsigned int seconds[] = { INT_MAX, 0x80000000U, UINT_MAX - 1, UINT_MAX };
	long id = add_user("k", "x", RING_S);
	struct key_line k;

	for (unsigned int i = 0; i < ARRAY_SIZE(seconds); i++) {
		ASSERT_EQ(0, kc_set_timeout(id, seconds[i]));
		ASSERT_TRUE(proc_key(id, &k));
		EXPECT_EQ('w', k.timeout[strlen(k.timeout) - 1]) {
			TH_LOG("%s", k.timeout);
		}
		EXPECT_EQ(1, kc_read(id, NULL, 0));
	}
}

/* Each link counts as a use, and so do credentials that have a keyring. */
TEST_F(proc, usage)
{
	long r = add_ring("r", RING_S), id = add_user("k", "x", RING_S);
	struct key_line k;

	ASSERT_TRUE(proc_key(id, &k));
	EXPECT_EQ(1, k.usage);
	ASSERT_EQ(0, kc_link(id, r));
	EXPECT_TRUE(wait_until(proc_key(id, &k) && k.usage == 2, LATER_MS));
	ASSERT_EQ(0, kc_unlink(id, r));
	EXPECT_TRUE(wait_until(proc_key(id, &k) && k.usage == 1, LATER_MS));
	ASSERT_TRUE(proc_key(kc_get_keyring_id(RING_S, 0), &k));
	EXPECT_LT(0, k.usage);
}

/* Lines are in ascending order of serial numbers, whoever owns the keys. */
TEST_F(proc, order)
{
	char line[4096 + 256];
	unsigned int serial, last = 0;
	FILE *f;

	for (int i = 0; i < 50; i++) {
		snprintf(line, sizeof(line), "%d", i);
		ASSERT_LT(0, add_user(line, "x", RING_S));
	}
	f = fopen("/proc/keys", "re");
	ASSERT_NE(NULL, f);
	while (fgets(line, sizeof(line), f)) {
		ASSERT_EQ(1, sscanf(line, "%8x ", &serial));
		EXPECT_LT(last, serial);
		last = serial;
	}
	fclose(f);
}

/* Reading in small pieces gives the same lines as reading in large ones. */
TEST_F(proc, small_reads)
{
	int fd, seen = 0;
	char line[4096], c, desc[16];
	size_t n = 0;
	struct key_line k;

	for (int i = 0; i < 20; i++) {
		snprintf(desc, sizeof(desc), "piece %d", i);
		ASSERT_LT(0, add_user(desc, "x", RING_S));
	}
	fd = open("/proc/keys", O_RDONLY | O_CLOEXEC);
	ASSERT_LE(0, fd);
	while (read(fd, &c, 1) == 1) {
		line[n++] = c;
		if (c != '\n')
			continue;
		line[n] = 0;
		n = 0;
		ASSERT_TRUE(key_line_parse(line, &k));
		seen += !strncmp(k.desc, "piece ", 6) && k.uid == (int)self->uid;
	}
	close(fd);
	EXPECT_EQ(20, seen);
	EXPECT_EQ(0, n);
}

TEST_F(proc, longest_description)
{
	char desc[4096], line[8192];
	long id;

	memset(desc, 'z', sizeof(desc) - 1);
	desc[sizeof(desc) - 1] = 0;
	id = add_user(desc, "x", RING_S);
	ASSERT_LT(0, id);
	ASSERT_TRUE(raw_line(id, line, sizeof(line)));
	ASSERT_NE(NULL, strstr(line, desc));
	EXPECT_STREQ(": 1", strstr(line, desc) + sizeof(desc) - 1);
}

/* ---- /proc/keys, visible keys --------------------------------------- */

TEST_F(proc, only_what_may_be_viewed)
{
	long id = add_user("k", "x", RING_S);

	EXPECT_TRUE(proc_key_shown(id));
	ASSERT_EQ(0, kc_setperm(id, 0x3e3f0000));
	EXPECT_TRUE(proc_key_shown(id));
	ASSERT_EQ(0, kc_setperm(id, 0x3f3e0000));
	EXPECT_TRUE(proc_key_shown(id));
	ASSERT_EQ(0, kc_setperm(id, 0x3e3e3f3f));
	EXPECT_FALSE(proc_key_shown(id));
}

TEST(others_do_not_see_it)
{
	uid_t other = fresh_uid();
	long id;

	REQUIRE_ROOT();
	SETUP_AS(true);
	id = add_user("k", "x", RING_S);
	CHILD_AS(other) {
		EXPECT_FALSE(proc_key_shown(id));
	}
	ASSERT_EQ(0, kc_setperm(id, 0x3f3f0001));
	CHILD_AS(other) {
		EXPECT_TRUE(proc_key_shown(id));
	}
	/* Possession is enough to see a key, and ends with the session. */
	ASSERT_EQ(0, kc_setperm(id, 0x3f000000));
	CHILD() {
		ASSERT_EQ(0, drop_to(other, other));
		EXPECT_TRUE(proc_key_shown(id));
		ASSERT_LT(0, kc_join(NULL));
		EXPECT_FALSE(proc_key_shown(id));
	}
}

TEST_F(proc, files_are_read_only)
{
	static const char * const files[] = { "/proc/keys", "/proc/key-users" };

	for (unsigned int i = 0; i < ARRAY_SIZE(files); i++) {
		int fd = open(files[i], O_RDONLY | O_CLOEXEC);

		EXPECT_LE(0, fd);
		close(fd);
		fd = open(files[i], O_WRONLY | O_CLOEXEC);
		if (fd >= 0) {
			EXPECT_GT(0, write(fd, "x", 1));
			close(fd);
		}
	}
}

/* ---- /proc/key-users ------------------------------------------------ */

TEST(key_users_line)
{
	char line[256], want[256];
	unsigned int uid, self;
	FILE *f;

	REQUIRE_ROOT();
	self = SETUP_AS(false);
	ASSERT_LT(0, add_user("k", "12345", RING_S));
	f = fopen("/proc/key-users", "re");
	ASSERT_NE(NULL, f);
	while (fgets(line, sizeof(line), f))
		if (sscanf(line, "%u:", &uid) == 1 && uid == self)
			break;
	fclose(f);
	snprintf(want, sizeof(want), "%5u:     2 2/2 2/%ld 16/%ld\n", self,
		 sysctl_get("maxkeys"), sysctl_get("maxbytes"));
	EXPECT_STREQ(want, line);
}

TEST_F(proc, key_users_are_sorted)
{
	char line[256];
	unsigned int uid;
	long last = -1;
	FILE *f = fopen("/proc/key-users", "re");

	ASSERT_NE(NULL, f);
	while (fgets(line, sizeof(line), f)) {
		ASSERT_EQ(1, sscanf(line, "%u:", &uid));
		EXPECT_LT(last, (long)uid);
		last = uid;
	}
	fclose(f);
	EXPECT_LE((long)self->uid, last);
}

/* ---- kernel.keys.* -------------------------------------------------- */

/* A kernel without persistent keyrings does not have their sysctl. */
static bool is_optional(const char *name)
{
	return !strcmp(name, "persistent_keyring_expiry");
}

TEST_F(proc, sysctl_access)
{
	static const char * const names[] = { "maxkeys", "maxbytes", "root_maxkeys",
					      "root_maxbytes", "gc_delay",
					      "persistent_keyring_expiry" };

	for (unsigned int i = 0; i < ARRAY_SIZE(names); i++) {
		long value = sysctl_get(names[i]);

		if (value == -ENOENT && is_optional(names[i]))
			continue;
		EXPECT_LE(0, value) {
			TH_LOG("%s", names[i]);
		}
		EXPECT_EQ(variant->root ? 0 : -EACCES, sysctl_set(names[i], value)) {
			TH_LOG("%s", names[i]);
		}
		EXPECT_EQ(value, sysctl_get(names[i]));
	}
}

TEST(sysctl_ranges)
{
	static const struct {
		const char *name;
		int min;
	} c[] = {
		{ "maxkeys", 1 },
		{ "maxbytes", 0 },
		{ "root_maxkeys", 1 },
		{ "root_maxbytes", 0 },
		{ "gc_delay", 0 },
		{ "persistent_keyring_expiry", 0 },
	};

	REQUIRE_ROOT();
	for (unsigned int i = 0; i < ARRAY_SIZE(c); i++) {
		long value = sysctl_get(c[i].name);

		if (value == -ENOENT && is_optional(c[i].name))
			continue;
		EXPECT_EQ(0, sysctl_set(c[i].name, INT_MAX));
		EXPECT_EQ(INT_MAX, sysctl_get(c[i].name));
		EXPECT_EQ(-EINVAL, sysctl_set(c[i].name, INT_MAX + 1LL));
		EXPECT_EQ(-EINVAL, sysctl_set(c[i].name, c[i].min - 1)) {
			TH_LOG("%s", c[i].name);
		}
		EXPECT_EQ(INT_MAX, sysctl_get(c[i].name));
		EXPECT_EQ(0, sysctl_set(c[i].name, value));
		EXPECT_EQ(value, sysctl_get(c[i].name));
	}
}

/* The defaults can only be tested in a freshly booted guest. */
TEST_F(proc, sysctl_defaults)
{
	EXPECT_EQ(200, sysctl_get("maxkeys"));
	EXPECT_EQ(20000, sysctl_get("maxbytes"));
	EXPECT_EQ(1000000, sysctl_get("root_maxkeys"));
	EXPECT_EQ(25000000, sysctl_get("root_maxbytes"));
	EXPECT_EQ(300, sysctl_get("gc_delay"));
	if (sysctl_get("persistent_keyring_expiry") != -ENOENT)
		EXPECT_EQ(3 * 24 * 3600, sysctl_get("persistent_keyring_expiry"));
}

TEST_HARNESS_MAIN
