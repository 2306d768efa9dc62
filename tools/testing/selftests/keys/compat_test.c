// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tests of the 32-bit system calls. This 64-bit program makes them by int
 * $0x80, so that it can compare the 32-bit and the 64-bit view of the same
 * keys.
 */
#include "keys_common.h"

#include <setjmp.h>

#ifndef __x86_64__
TEST(compat)
{
	SKIP(return, "no 64-bit program makes 32-bit calls on this machine");
}
#else

#define NR32_ADD_KEY		286
#define NR32_REQUEST_KEY	287
#define NR32_KEYCTL		288

/* Memory that the 32-bit calls access must lie in the lower 4 GiB. */
#define LOW_SIZE	65536

struct iovec32 {
	uint32_t base, len;
};

struct kdf32 {
	uint32_t hashname, otherinfo, otherinfolen, spare[8];
};

static long int80(long nr, long a1, long a2, long a3, long a4, long a5)
{
	long ret;

	asm volatile("int $0x80"
		     : "=a" (ret)
		     : "0" (nr), "b" (a1), "c" (a2), "d" (a3), "S" (a4), "D" (a5)
		     : "memory", "cc", "r8", "r9", "r10", "r11");
	return (int)ret;
}

static sigjmp_buf no_int80;

static void caught(int sig)
{
	siglongjmp(no_int80, 1);
}

/* A kernel without IA-32 emulation sends SIGSEGV. */
static bool have_int80(void)
{
	struct sigaction sa = { .sa_handler = caught, .sa_flags = SA_NODEFER }, old;
	bool have = false;

	sigaction(SIGSEGV, &sa, &old);
	if (!sigsetjmp(no_int80, 1))
		have = int80(NR32_KEYCTL, KEYCTL_CAPABILITIES, 0, 0, 0, 0) > 0;
	sigaction(SIGSEGV, &old, NULL);
	return have;
}

FIXTURE(compat) {
	char *low;	/* text and buffers for the calls */
	char *buf;	/* the second half of low */
	size_t used;
};

FIXTURE_VARIANT(compat) {
	unsigned long garbage;	/* in the upper halves of the registers */
};

FIXTURE_VARIANT_ADD(compat, clean) { .garbage = 0 };
FIXTURE_VARIANT_ADD(compat, garbage) { .garbage = 0xdeadbeef00000000 };

FIXTURE_SETUP(compat)
{
	REQUIRE_ROOT();
	if (!have_int80())
		SKIP(return, "no IA-32 emulation in this kernel");
	SETUP_AS(false);
	self->low = mmap(NULL, LOW_SIZE, PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0);
	ASSERT_NE(MAP_FAILED, self->low);
	self->buf = self->low + LOW_SIZE / 2;
}

FIXTURE_TEARDOWN(compat)
{
}

/* Copies a string to memory that the 32-bit calls can access. */
static long low(FIXTURE_DATA(compat) *self, const char *s)
{
	char *copy = self->low + self->used;

	self->used += strlen(s) + 1;
	return (long)strcpy(copy, s);
}

#define G(x)	((long)((unsigned long)(uint32_t)(long)(x) | variant->garbage))
#define L(s)	G(low(self, s))

#define add32(type, desc, pl, len, ring) \
	int80(NR32_ADD_KEY, L(type), L(desc), G(pl), G(len), G(ring))
#define request32(type, desc, callout, ring) \
	int80(NR32_REQUEST_KEY, L(type), L(desc), G(callout), G(ring), 0)
#define ctl32(...) __ctl32(__VA_ARGS__, 0, 0, 0, 0)
#define __ctl32(op, a2, a3, a4, a5, ...) \
	int80(NR32_KEYCTL, G(op), G(a2), G(a3), G(a4), G(a5))

TEST_F(compat, add_and_read)
{
	long id = add32("user", "k", low(self, "12345"), 5, RING_S);

	ASSERT_LT(0, id);
	EXPECT_EQ(id, kc_search(RING_S, "user", "k", 0));
	EXPECT_EQ(5, ctl32(KEYCTL_READ, id, self->buf, 100));
	EXPECT_EQ(0, memcmp(self->buf, "12345", 6));
	EXPECT_EQ(5, ctl32(KEYCTL_READ, id, 0, 0));
	EXPECT_EQ(id, add32("user", "k", low(self, "xy"), 2, RING_S));
	EXPECT_EQ(2, kc_read(id, NULL, 0));
	EXPECT_EQ(id, request32("user", "k", 0, 0));
}

TEST_F(compat, add_key_errors)
{
	EXPECT_EQ(-EFAULT, int80(NR32_ADD_KEY, 0, L("k"), L("x"), 1, G(RING_S)));
	EXPECT_EQ(-EFAULT, int80(NR32_ADD_KEY, L("user"), G(16), L("x"), 1, G(RING_S)));
	EXPECT_EQ(-EFAULT, add32("user", "k", 0, 5, RING_S));
	EXPECT_EQ(-EFAULT, add32("user", "k", 0xfffff000, 5, RING_S));
	EXPECT_EQ(-EINVAL, add32("user", "k", low(self, "x"), 0, RING_S));
	EXPECT_EQ(-EINVAL, add32("user", "k", low(self, "x"), -1, RING_S));
	EXPECT_EQ(-ENODEV, add32("nosuch", "k", low(self, "x"), 1, RING_S));
	EXPECT_EQ(-EPERM, add32(".dead", "k", low(self, "x"), 1, RING_S));
	EXPECT_EQ(-ENOKEY, add32("user", "k", low(self, "x"), 1, NO_SUCH_KEY));
	EXPECT_EQ(-EINVAL, add32("user", "k", low(self, "x"), 1, -9));
	EXPECT_EQ(-EFAULT, int80(NR32_REQUEST_KEY, 0, L("k"), 0, 0, 0));
	EXPECT_EQ(-ENOKEY, request32("user", "not there", 0, 0));
	EXPECT_EQ(0, ring_count(RING_S));
}

TEST_F(compat, special_ids)
{
	static const int spec[] = { RING_T, RING_P, RING_S, RING_U, RING_US };

	EXPECT_EQ(-ENOKEY, ctl32(KEYCTL_GET_KEYRING_ID, RING_T, 0));
	for (unsigned int i = 0; i < ARRAY_SIZE(spec); i++) {
		long id = ctl32(KEYCTL_GET_KEYRING_ID, spec[i], 1);

		EXPECT_LT(0, id);
		EXPECT_EQ(id, kc_get_keyring_id(spec[i], 0));
	}
	EXPECT_EQ(-EINVAL, ctl32(KEYCTL_GET_KEYRING_ID, KEY_SPEC_GROUP_KEYRING, 0));
	EXPECT_EQ(-ENOKEY, ctl32(KEYCTL_GET_KEYRING_ID, KEY_SPEC_REQKEY_AUTH_KEY, 0));
}

TEST_F(compat, one_key)
{
	long id = add32("user", "k", low(self, "12345"), 5, RING_S);
	uid_t uid = getuid();
	char want[64];
	long n;

	n = snprintf(want, sizeof(want), "user;%u;%u;3f010000;k", uid, uid) + 1;
	EXPECT_EQ(n, ctl32(KEYCTL_DESCRIBE, id, self->buf, 1000));
	EXPECT_STREQ(want, self->buf);
	EXPECT_EQ(n, ctl32(KEYCTL_DESCRIBE, id, 0, 0));
	EXPECT_EQ(0, ctl32(KEYCTL_UPDATE, id, low(self, "new"), 3));
	EXPECT_EQ(3, kc_read(id, NULL, 0));
	EXPECT_EQ(0, ctl32(KEYCTL_SETPERM, id, 0x3f3f0000));
	EXPECT_EQ(0x3f3f0000, perm_of(id));
	EXPECT_EQ(-EINVAL, ctl32(KEYCTL_SETPERM, id, 0xffffffff));
	EXPECT_EQ(0, ctl32(KEYCTL_CHOWN, id, -1, -1));
	EXPECT_EQ(0, ctl32(KEYCTL_CHOWN, id, uid, uid));
	EXPECT_EQ(-EACCES, ctl32(KEYCTL_CHOWN, id, 0, -1));
	EXPECT_EQ(0, ctl32(KEYCTL_SET_TIMEOUT, id, 1000));
	EXPECT_LE(1, ctl32(KEYCTL_GET_SECURITY, id, self->buf, 100));
	EXPECT_EQ(0, ctl32(KEYCTL_REVOKE, id));
	EXPECT_EQ(-EKEYREVOKED, ctl32(KEYCTL_READ, id, 0, 0));
	id = add32("user", "k", low(self, "x"), 1, RING_S);
	EXPECT_EQ(0, ctl32(KEYCTL_INVALIDATE, id));
	EXPECT_EQ(-ENOKEY, ctl32(KEYCTL_DESCRIBE, id, 0, 0));
}

TEST_F(compat, keyrings)
{
	long a = add32("keyring", "a", 0, 0, RING_S);
	long b = add32("keyring", "b", 0, 0, RING_S);
	long id = add32("user", "k", low(self, "x"), 1, a);

	ASSERT_LT(0, id);
	EXPECT_EQ(0, ctl32(KEYCTL_LINK, id, b));
	EXPECT_TRUE(ring_has(b, id));
	EXPECT_EQ(-EDEADLK, ctl32(KEYCTL_LINK, a, a));
	EXPECT_EQ(0, ctl32(KEYCTL_UNLINK, id, b));
	EXPECT_EQ(-ENOENT, ctl32(KEYCTL_UNLINK, id, b));
	EXPECT_EQ(0, ctl32(KEYCTL_MOVE, id, a, b, KEYCTL_MOVE_EXCL));
	EXPECT_EQ(-EINVAL, ctl32(KEYCTL_MOVE, id, b, a, 2));
	EXPECT_EQ(id, ctl32(KEYCTL_SEARCH, RING_S, low(self, "user"), low(self, "k"), a));
	EXPECT_TRUE(ring_has(a, id));
	EXPECT_EQ(8, ctl32(KEYCTL_READ, RING_S, self->buf, 8));
	EXPECT_EQ(0, ctl32(KEYCTL_CLEAR, a));
	EXPECT_EQ(0, ring_count(a));
	EXPECT_EQ(0, ctl32(KEYCTL_RESTRICT_KEYRING, a, 0, 0));
	EXPECT_EQ(-EPERM, ctl32(KEYCTL_LINK, id, a));
	EXPECT_EQ(-ENOENT, ctl32(KEYCTL_RESTRICT_KEYRING, b, low(self, "user"), low(self, "x")));
}

TEST_F(compat, sessions)
{
	long id = ctl32(KEYCTL_JOIN_SESSION_KEYRING, low(self, "mine"));

	ASSERT_LT(0, id);
	EXPECT_EQ(id, kc_get_keyring_id(RING_S, 0));
	EXPECT_EQ(-EPERM, ctl32(KEYCTL_JOIN_SESSION_KEYRING, low(self, ".mine")));
	EXPECT_LT(0, ctl32(KEYCTL_JOIN_SESSION_KEYRING, 0));
	EXPECT_NE(id, kc_get_keyring_id(RING_S, 0));
	EXPECT_EQ(0, ctl32(KEYCTL_SET_REQKEY_KEYRING, -1));
	EXPECT_EQ(0, ctl32(KEYCTL_SET_REQKEY_KEYRING, KEY_REQKEY_DEFL_SESSION_KEYRING));
	EXPECT_EQ(KEY_REQKEY_DEFL_SESSION_KEYRING, kc_set_reqkey_keyring(-1));
}

TEST_F(compat, authority)
{
	struct iovec32 *iov = (void *)self->buf;
	long id = add32("user", "k", low(self, "x"), 1, RING_S);

	iov->base = low(self, "abcdef");
	iov->len = 6;
	EXPECT_EQ(0, ctl32(KEYCTL_ASSUME_AUTHORITY, 0));
	EXPECT_EQ(-EINVAL, ctl32(KEYCTL_ASSUME_AUTHORITY, -1));
	EXPECT_EQ(-EPERM, ctl32(KEYCTL_INSTANTIATE, id, low(self, "x"), 1, RING_S));
	EXPECT_EQ(-EPERM, ctl32(KEYCTL_NEGATE, id, 1, RING_S));
	EXPECT_EQ(-EPERM, ctl32(KEYCTL_REJECT, id, 1, EKEYREJECTED, RING_S));
	EXPECT_EQ(-EINVAL, ctl32(KEYCTL_REJECT, id, 1, -1, RING_S));
	EXPECT_EQ(-EPERM, ctl32(KEYCTL_INSTANTIATE_IOV, id, iov, 1, RING_S));
	EXPECT_EQ(-EFAULT, ctl32(KEYCTL_INSTANTIATE_IOV, id, 16, 1, RING_S));
}

TEST_F(compat, the_rest)
{
	unsigned char caps[8];
	long n = kc_capabilities(caps, sizeof(caps));

	EXPECT_EQ(n, ctl32(KEYCTL_CAPABILITIES, self->buf, sizeof(caps)));
	EXPECT_EQ(0, memcmp(caps, self->buf, sizeof(caps)));
	EXPECT_EQ(-EOPNOTSUPP, ctl32(33));
	EXPECT_EQ(-EOPNOTSUPP, ctl32(-1));
}

TEST_F(compat, persistent)
{
	if (!has_capability(0, KEYCTL_CAPS0_PERSISTENT_KEYRINGS))
		SKIP(return, "no persistent keyrings in this kernel");
	EXPECT_LT(0, ctl32(KEYCTL_GET_PERSISTENT, -1, RING_S));
	EXPECT_EQ(-EPERM, ctl32(KEYCTL_GET_PERSISTENT, 0, RING_S));
}

TEST_F(compat, pkey_query)
{
	if (!has_capability(0, KEYCTL_CAPS0_PUBLIC_KEY))
		SKIP(return, "no public key operations in this kernel");
	EXPECT_EQ(-ENOKEY, ctl32(KEYCTL_PKEY_QUERY, NO_SUCH_KEY, 0, low(self, ""), self->buf));
	EXPECT_EQ(-EINVAL, ctl32(KEYCTL_PKEY_QUERY, NO_SUCH_KEY, 1, low(self, ""), self->buf));
}

TEST_F(compat, watch)
{
	if (!has_capability(1, KEYCTL_CAPS1_NOTIFICATIONS))
		SKIP(return, "no KEYCTL_WATCH_KEY in this kernel");
	EXPECT_EQ(-EINVAL, ctl32(KEYCTL_WATCH_KEY, RING_S, -1, 1));
}

/* KEYCTL_DH_COMPUTE is the only option with a different structure. */
TEST_F(compat, dh_compute)
{
	struct keyctl_dh_params *p = (void *)self->buf;
	struct kdf32 *kdf = (void *)(self->buf + 1024);
	char *out = self->buf + 2048;
	unsigned char caps[2] = {}, prime[192];
	struct keyctl_kdf_params native = {};

	kc_capabilities(caps, sizeof(caps));
	if (!(caps[0] & KEYCTL_CAPS0_DIFFIE_HELLMAN))
		SKIP(return, "no DH_COMPUTE in this kernel");
	/* The number need not be a prime for this test. */
	memset(prime, 0xff, sizeof(prime));
	p->prime = sys_add_key("user", "prime", prime, sizeof(prime), RING_S);
	p->base = sys_add_key("user", "base", "\x02", 1, RING_S);
	p->priv = sys_add_key("user", "private", "\x0a", 1, RING_S);
	EXPECT_EQ(192, ctl32(KEYCTL_DH_COMPUTE, p, 0, 0, 0));
	EXPECT_EQ(192, ctl32(KEYCTL_DH_COMPUTE, p, out, 192, 0));
	EXPECT_EQ(4, out[190]);
	EXPECT_EQ(-EFAULT, ctl32(KEYCTL_DH_COMPUTE, p, out, 64, 16));
	kdf->hashname = low(self, "sha256");
	kdf->otherinfo = low(self, "info");
	kdf->otherinfolen = 4;
	native.hashname = (char *)(unsigned long)kdf->hashname;
	native.otherinfo = (char *)(unsigned long)kdf->otherinfo;
	native.otherinfolen = 4;
	EXPECT_EQ(64, ctl32(KEYCTL_DH_COMPUTE, p, out, 64, kdf));
	EXPECT_EQ(64, kc_dh_compute(p, out + 64, 64, &native));
	EXPECT_EQ(0, memcmp(out, out + 64, 64));
	kdf->spare[0] = 1;
	EXPECT_EQ(-EINVAL, ctl32(KEYCTL_DH_COMPUTE, p, out, 64, kdf));
}

#endif

TEST_HARNESS_MAIN
