// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tests of the options of keyctl(2) that construct a key, for a process without
 * an authorisation key: their errors and the order of their checks.
 */

FIXTURE(no_authority) {
	uid_t uid;
	long id;
};

FIXTURE_SETUP(no_authority)
{
	REQUIRE_ROOT();
	self->uid = SETUP_AS(false);
	self->id = add_user("k", "x", RING_S);
	ASSERT_LT(0, self->id);
}

FIXTURE_TEARDOWN(no_authority)
{
}

TEST_F(no_authority, nothing_can_be_constructed)
{
	char text[] = "text";
	struct iovec iov = { text, 4 };

	EXPECT_EQ(-EPERM, kc_instantiate(self->id, text, 4, RING_S));
	EXPECT_EQ(-EPERM, kc_instantiate(self->id, NULL, 0, RING_S));
	EXPECT_EQ(-EPERM, kc_instantiate_iov(self->id, &iov, 1, RING_S));
	EXPECT_EQ(-EPERM, kc_instantiate_iov(self->id, NULL, 0, RING_S));
	EXPECT_EQ(-EPERM, kc_negate(self->id, 10, RING_S));
	EXPECT_EQ(-EPERM, kc_reject(self->id, 10, EKEYREJECTED, RING_S));
	EXPECT_EQ(-EPERM, kc_instantiate(NO_SUCH_KEY, text, 4, 0));
	EXPECT_EQ(1, kc_read(self->id, NULL, 0));
}

TEST_F(no_authority, arguments_first)
{
	struct iovec iov = { NULL, 4 }, two[2] = {};
	const size_t max = 1024 * 1024 - 1;

	two[0] = (struct iovec){ calloc(1, max), max };
	two[1] = (struct iovec){ two[0].iov_base, 1 };
	EXPECT_EQ(-EINVAL, kc_instantiate(self->id, "x", 1024 * 1024, 0));
	EXPECT_EQ(-EFAULT, kc_instantiate_iov(self->id, BAD_PTR, 1, 0));
	EXPECT_EQ(-EINVAL, kc_instantiate_iov(self->id, &iov, 100000, 0));
	EXPECT_EQ(-EPERM, kc_instantiate_iov(self->id, two, 1, 0));
	EXPECT_EQ(-EINVAL, kc_instantiate_iov(self->id, two, 2, 0));
	EXPECT_EQ(-EINVAL, kc_reject(self->id, 10, 0, 0));
	EXPECT_EQ(-EINVAL, kc_reject(self->id, 10, 5000, 0));
	EXPECT_EQ(-EINVAL, kc_reject(self->id, 10, 512, 0));	/* ERESTARTSYS */
	EXPECT_EQ(-EINVAL, kc_reject(self->id, 10, -1, 0));
	free(two[0].iov_base);
}

TEST_F(no_authority, assume)
{
	EXPECT_EQ(0, kc_assume_authority(0));
	EXPECT_EQ(-EINVAL, kc_assume_authority(-1));
	EXPECT_EQ(-EINVAL, kc_assume_authority(INT_MIN));
	EXPECT_EQ(-ENOKEY, kc_assume_authority(self->id));
	EXPECT_EQ(-ENOKEY, kc_assume_authority(NO_SUCH_KEY));
	EXPECT_EQ(-ENOKEY, kc_get_keyring_id(KEY_SPEC_REQKEY_AUTH_KEY, 0));
	EXPECT_EQ(-ENOKEY, kc_get_keyring_id(KEY_SPEC_REQKEY_AUTH_KEY, 1));
	EXPECT_EQ(-ENOKEY, kc_get_keyring_id(KEY_SPEC_REQUESTOR_KEYRING, 1));
}
