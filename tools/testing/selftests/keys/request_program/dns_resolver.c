// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tests of "dns_resolver" keys, which the kernel requests when it needs the
 * address of a host. The installed request-key(8) and key.dns_resolver(8) make
 * them from an /etc/hosts of this test.
 */
#include <sys/mount.h>

#define RESOLVER	"/sbin/key.dns_resolver"
#define HOSTS	"/tmp/.keys-selftest-hosts"
#define SWITCH	"/tmp/.keys-selftest-nsswitch"

#define HOST	"keys-selftest.example"
#define ADDRESS	"192.0.2.7"
#define ADDRESS6 "2001:db8::7"

/* A write to this file makes the kernel request a key. */
#define CEPH_ADD "/sys/bus/rbd/add_single_major"

static const char hosts[] =
	"127.0.0.1 localhost\n"
	ADDRESS " " HOST "\n"
	ADDRESS6 " " HOST "\n";

/* Bind-mounts a file of the test over a file of the system. */
static bool cover(const char *path, const char *with, const char *text)
{
	return make_file(with, text, 0644) && mount(with, path, NULL, MS_BIND, NULL) == 0;
}

static void uncover(const char *path, const char *with)
{
	umount2(path, MNT_DETACH);
	unlink(with);
}

static long resolve(const char *desc, const char *callout, long dest)
{
	return sys_request_key("dns_resolver", desc, callout, dest);
}

/* Does the payload of @key begin with this text? Options may follow. */
static bool begins(long key, const char *text)
{
	char buf[256];
	long n = kc_read(key, buf, sizeof(buf));

	return n >= (long)strlen(text) && !memcmp(buf, text, strlen(text));
}

FIXTURE(dns) {
};

FIXTURE_SETUP(dns)
{
	if (syscall(__NR_geteuid) || access(RESOLVER, X_OK) || access("/sbin/request-key", X_OK))
		SKIP(return, "no " RESOLVER " here");
	if (sys_add_key("dns_resolver", "x", "y", 2, RING_T) == -ENODEV)
		SKIP(return, "no such keys in this kernel");
	ASSERT_TRUE(cover("/etc/hosts", HOSTS, hosts));
	ASSERT_TRUE(cover("/etc/nsswitch.conf", SWITCH, "hosts: files\n"));
}

FIXTURE_TEARDOWN(dns)
{
	uncover("/etc/hosts", HOSTS);
	uncover("/etc/nsswitch.conf", SWITCH);
}

/* ---- asked for by a process ----------------------------------------------- */

TEST_F(dns, address_of_a_host)
{
	struct key_desc d;
	struct key_line k;

	CHILD_AS(fresh_uid()) {
		long key = resolve(HOST, "ipv4", RING_S);

		EXPECT_LT(0, key);
		EXPECT_TRUE(begins(key, ADDRESS));
		EXPECT_TRUE(ring_has(RING_S, key));
		EXPECT_EQ(0, describe(key, &d));
		EXPECT_STREQ("dns_resolver", d.type);
		EXPECT_STREQ(HOST, d.desc);
		/* Address keys expire. */
		ASSERT_TRUE(proc_key(key, &k));
		EXPECT_STRNE("perm", k.timeout);
		EXPECT_EQ(key, resolve(HOST, "ipv4", 0));
	}
}

/* The key of each request is linked. It expires after a few seconds. */
static void expect_host(struct __test_metadata *_metadata, const char *desc,
			const char *callout, const char *answer)
{
	long key = resolve(desc, callout, RING_S);

	EXPECT_TRUE(begins(key, answer));
	EXPECT_TRUE(ring_has(RING_S, key));
}

TEST_F(dns, helper_reads_the_callout)
{
	CHILD_AS(0) {
		expect_host(_metadata, "a:" HOST, "", ADDRESS);
		expect_host(_metadata, "aaaa:" HOST, "ipv6", ADDRESS6);
		expect_host(_metadata, HOST, "list", ADDRESS6 "," ADDRESS);
	}
}

/* The type compares descriptions without regard to case. */
TEST_F(dns, names_in_any_case)
{
	CHILD_AS(0) {
		long key = resolve(HOST, "ipv4", RING_S);

		EXPECT_LT(0, key);
		EXPECT_EQ(key, resolve("KEYS-selftest.Example", NULL, 0));
		EXPECT_EQ(key, resolve(HOST ".", NULL, 0));
		EXPECT_EQ(-ENOKEY, resolve("keys-selftest", NULL, 0));
		/* By any of its names, the key is linked only once. */
		EXPECT_EQ(key, resolve("KEYS-selftest.Example", "ipv4", RING_S));
		EXPECT_EQ(key, resolve(HOST ".", "ipv4", RING_S));
		EXPECT_EQ(1, ring_count(RING_S));
		EXPECT_EQ(key, only_link(RING_S));
	}
}

/* The helper rejects the key with an error, which later requests get too. */
TEST_F(dns, unknown_host)
{
	CHILD_AS(0) {
		long error = resolve("no-such.example", "ipv4", RING_S);

		EXPECT_GT(0, error);
		EXPECT_EQ(error, resolve("no-such.example", NULL, 0));
		EXPECT_EQ(1, ring_count(RING_S));
	}
}

/* ---- asked for by the kernel ----------------------------------------------- */

static bool is_host(const struct key_line *k, void *unused)
{
	return !strcmp(k->type, "dns_resol") && !strncmp(k->desc, HOST, strlen(HOST));
}

/* Finds the key of the test's host in /proc/keys; false if there is none. */
static bool find_host(struct key_line *k)
{
	return proc_find(k, is_host, NULL);
}

/*
 * A network block device resolves the names of its monitors, with credentials
 * that the kernel keeps for this. It then refuses the options. Returns the
 * error of this refusal.
 */
static int kernel_asks(void)
{
	return write_file(CEPH_ADD, HOST ":6789 no_such_option=1 pool image") ? 0 : errno;
}

TEST_F(dns, asked_for_by_the_kernel)
{
	struct key_line first, second;

	if (access(CEPH_ADD, W_OK))
		SKIP(return, "nobody asks in this kernel");
	/* A key of an earlier run must expire first */
	EXPECT_TRUE(wait_until(!find_host(&first), LATER_MS));
	EXPECT_EQ(EINVAL, kernel_asks());
	ASSERT_TRUE(find_host(&first));
	EXPECT_EQ(0, first.uid);
	EXPECT_STRNE("perm", first.timeout);
	EXPECT_EQ(NULL, strchr(first.flags, 'N'));
	EXPECT_EQ(NULL, strchr(first.flags, 'U'));
	/* No keyring of the caller links the key. A second request finds it. */
	EXPECT_EQ(-ENOKEY, resolve(HOST, NULL, 0));
	EXPECT_EQ(EINVAL, kernel_asks());
	ASSERT_TRUE(find_host(&second));
	EXPECT_EQ(first.id, second.id);
}

/* ---- what an administrator may do ------------------------------------------- */

/* The keyring of the keys that the kernel has asked for. */
static bool is_kernels_ring(const struct key_line *k, void *unused)
{
	return !strcmp(k->type, "keyring") && !strncmp(k->desc, ".dns_resolver", 13);
}

static long kernels_ring(void)
{
	struct key_line ring;

	return proc_find(&ring, is_kernels_ring, NULL) ? ring.id : -ENOKEY;
}

/*
 * A mark replaces a permission only for CAP_SYS_ADMIN in the first user
 * namespace: not for a user, not for root without it, not in another namespace.
 */
static void expect_refused(struct __test_metadata *_metadata, int op, long id)
{
	CHILD_AS(fresh_uid())
		EXPECT_EQ(-EACCES, sys_keyctl(op, id));
	CHILD() {
		ASSERT_TRUE(drop_cap(CAP_SYS_ADMIN));
		EXPECT_EQ(-EACCES, sys_keyctl(op, id));
	}
	CHILD()
		if (syscall(__NR_unshare, CLONE_NEWUSER) == 0)
			EXPECT_EQ(-EACCES, sys_keyctl(op, id));
}

/* The kernel marks its keyring so that an administrator needs no permission to clear it. */
TEST_F(dns, administrator_clears_the_keyring)
{
	struct key_line k;
	long ring = kernels_ring();

	ASSERT_LT(0, ring);
	if (access(CEPH_ADD, W_OK))
		SKIP(return, "nobody asks in this kernel");
	EXPECT_EQ(EINVAL, kernel_asks());
	expect_refused(_metadata, KEYCTL_CLEAR, ring);
	ASSERT_TRUE(find_host(&k));
	EXPECT_EQ(0, kc_clear(ring));
	EXPECT_TRUE(wait_until(!find_host(&k), LATER_MS));
	ASSERT_TRUE(proc_key(ring, &k));
	EXPECT_STREQ(".dns_resolver: empty", k.desc);
	/* The mark is for this call only. */
	EXPECT_EQ(-EACCES, kc_invalidate(ring));
	EXPECT_EQ(-EACCES, kc_revoke(ring));
	EXPECT_EQ(-EACCES, add_user("k", "x", ring));
}

/* Each of the keys is marked so that an administrator can invalidate it. */
TEST_F(dns, administrator_invalidates_a_key)
{
	struct key_line first, second;

	if (access(CEPH_ADD, W_OK))
		SKIP(return, "nobody asks in this kernel");
	EXPECT_EQ(EINVAL, kernel_asks());
	ASSERT_TRUE(find_host(&first));
	expect_refused(_metadata, KEYCTL_INVALIDATE, first.id);
	/* The mark is for this call only. */
	EXPECT_EQ(-EACCES, kc_clear(first.id));
	EXPECT_EQ(-EACCES, kc_revoke(first.id));
	EXPECT_EQ(-EACCES, kc_update(first.id, "x", 1));
	ASSERT_TRUE(find_host(&second));
	EXPECT_EQ(first.id, second.id);
	EXPECT_EQ(0, kc_invalidate(first.id));
	EXPECT_TRUE(wait_until(!find_host(&second), LATER_MS));
	/* The kernel does not use this key any more, and asks again. */
	EXPECT_EQ(EINVAL, kernel_asks());
	ASSERT_TRUE(find_host(&second));
	EXPECT_NE(first.id, second.id);
	EXPECT_EQ(0, kc_invalidate(second.id));
}
