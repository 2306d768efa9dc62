// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tests of KEYCTL_CAPABILITIES: the bits, the handling of buffers, and that the
 * bits agree with the options of the kernel.
 */

#define CAPS_MAX 64

FIXTURE(caps) {
	unsigned char caps[CAPS_MAX];
	long n;
};

FIXTURE_SETUP(caps)
{
	REQUIRE_ROOT();
	SETUP_AS(false);
	self->n = kc_capabilities(self->caps, sizeof(self->caps));
	ASSERT_LE(2, self->n);
	ASSERT_GE(CAPS_MAX, self->n);
}

FIXTURE_TEARDOWN(caps)
{
}

/*
 * The length does not depend on the buffer. The rest of the buffer is zeroed.
 */
TEST_F(caps, buffer)
{
	unsigned char buf[CAPS_MAX];
	char *edge = page_border();

	EXPECT_EQ(self->n, kc_capabilities(NULL, 0));
	for (long len = 1; len < CAPS_MAX; len++) {
		long took = len < self->n ? len : self->n;

		memset(buf, 0xa5, sizeof(buf));
		EXPECT_EQ(self->n, kc_capabilities(buf, len));
		EXPECT_EQ(0, memcmp(buf, self->caps, took));
		for (long i = took; i < len; i++)
			EXPECT_EQ(0, buf[i]);
		EXPECT_EQ(0xa5, buf[len]);
	}
	EXPECT_EQ(self->n, kc_capabilities((void *)(edge - 1), 1));
	EXPECT_EQ(-EFAULT, kc_capabilities((void *)(edge - 1), 2));
	EXPECT_EQ(-EFAULT, kc_capabilities((void *)(edge - self->n), self->n + 1));
	EXPECT_EQ(-EFAULT, kc_capabilities(BAD_PTR, 1));
	EXPECT_EQ(-EFAULT, kc_capabilities(NULL, 1));
}

TEST_F(caps, always_there)
{
	unsigned char must = KEYCTL_CAPS0_CAPABILITIES | KEYCTL_CAPS0_INVALIDATE |
			     KEYCTL_CAPS0_RESTRICT_KEYRING | KEYCTL_CAPS0_MOVE;

	EXPECT_EQ(must, self->caps[0] & must);
	EXPECT_TRUE(self->caps[1] & KEYCTL_CAPS1_NS_KEYRING_NAME);
	EXPECT_TRUE(self->caps[1] & KEYCTL_CAPS1_NS_KEY_TAG);
	EXPECT_EQ(0, self->caps[1] & ~7);
	for (long i = 2; i < CAPS_MAX; i++)
		EXPECT_EQ(0, self->caps[i]);
}

/* Each of these bits is set if and only if the kernel has the option. */
TEST_F(caps, options)
{
	const struct {
		const char *name;
		int byte;
		unsigned char bit;
		long refused;
	} c[] = {
		{ "persistent", 0, KEYCTL_CAPS0_PERSISTENT_KEYRINGS,
		  kc_get_persistent(-1, NO_SUCH_KEY) },
		{ "DH", 0, KEYCTL_CAPS0_DIFFIE_HELLMAN,
		  kc_dh_compute(NULL, NULL, 0, NULL) },
		{ "pkey", 0, KEYCTL_CAPS0_PUBLIC_KEY,
		  sys_keyctl(KEYCTL_PKEY_QUERY, NO_SUCH_KEY, 0, "", NULL) },
		{ "watch", 1, KEYCTL_CAPS1_NOTIFICATIONS, kc_watch(NO_SUCH_KEY, -1, 0) },
	};
	long big = sys_add_key("big_key", "b", "x", 1, RING_S);

	for (unsigned int i = 0; i < ARRAY_SIZE(c); i++) {
		EXPECT_EQ(!!(self->caps[c[i].byte] & c[i].bit), c[i].refused != -EOPNOTSUPP) {
			TH_LOG("%s: %ld", c[i].name, c[i].refused);
		}
	}
	EXPECT_EQ(!!(self->caps[0] & KEYCTL_CAPS0_BIG_KEY), big != -ENODEV);
}
