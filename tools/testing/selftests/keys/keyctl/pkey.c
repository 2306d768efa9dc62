// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tests of KEYCTL_PKEY_*: public key operations with an "asymmetric" key.
 */
#include "pkey_key.h"

#define RSA_LEN 128

static const char enc_pkcs1[] = "enc=pkcs1";
static const char sign_info[] = "enc=pkcs1 hash=sha256";

FIXTURE(pkey) {
	long id, user;
};

FIXTURE_SETUP(pkey)
{
	REQUIRE_ROOT();
	SETUP_AS(false);
	if (!has_capability(0, KEYCTL_CAPS0_PUBLIC_KEY))
		SKIP(return, "no public key operations in this kernel");
	self->user = add_user("k", "x", RING_S);
	self->id = sys_add_key("asymmetric", "rsa", rsa_pkcs8, sizeof(rsa_pkcs8), RING_S);
	if (self->id == -ENODEV || self->id == -EBADMSG)
		SKIP(return, "no PKCS#8 parser in this kernel");
	ASSERT_LT(0, self->id);
}

FIXTURE_TEARDOWN(pkey)
{
}

static long query(long id, long reserved, const char *info, struct keyctl_pkey_query *q)
{
	return sys_keyctl(KEYCTL_PKEY_QUERY, id, reserved, info, q);
}

/* Makes one of the four operations with its input, and output or signature. */
static long pkey_op(int op, long id, const char *info, const void *in, unsigned int in_len,
		    void *out, unsigned int out_len)
{
	struct keyctl_pkey_params p = { .key_id = id, .in_len = in_len, .out_len = out_len };

	return sys_keyctl(op, &p, info, in, out);
}

TEST_F(pkey, query)
{
	struct keyctl_pkey_query q;

	memset(&q, 0xa5, sizeof(q));
	EXPECT_EQ(0, query(self->id, 0, enc_pkcs1, &q));
	EXPECT_EQ(KEYCTL_SUPPORTS_ENCRYPT | KEYCTL_SUPPORTS_DECRYPT | KEYCTL_SUPPORTS_SIGN |
		  KEYCTL_SUPPORTS_VERIFY, q.supported_ops);
	EXPECT_EQ(1024, q.key_size);
	EXPECT_EQ(RSA_LEN, q.max_sig_size);
	EXPECT_EQ(RSA_LEN, q.max_enc_size);
	EXPECT_EQ(RSA_LEN, q.max_dec_size);
	for (unsigned int i = 0; i < ARRAY_SIZE(q.__spare); i++)
		EXPECT_EQ(0, q.__spare[i]);
}

TEST_F(pkey, query_errors)
{
	struct keyctl_pkey_query q;

	EXPECT_EQ(-EINVAL, query(self->id, 1, enc_pkcs1, &q));
	EXPECT_EQ(-EFAULT, query(self->id, 0, BAD_PTR, &q));
	EXPECT_EQ(-EFAULT, query(self->id, 0, enc_pkcs1, BAD_PTR));
	EXPECT_EQ(-EINVAL, query(self->id, 0, "bogus=1", &q));
	EXPECT_EQ(-EINVAL, query(self->id, 0, "enc=", &q));
	EXPECT_EQ(-EINVAL, query(self->id, 0, "enc=pkcs1 hash=", &q));
	EXPECT_EQ(-EINVAL, query(self->id, 0, "enc=raw enc=raw", &q));
	EXPECT_EQ(-ENOKEY, query(NO_SUCH_KEY, 0, enc_pkcs1, &q));
	EXPECT_EQ(-EOPNOTSUPP, query(self->user, 0, enc_pkcs1, &q));
	ASSERT_EQ(0, kc_setperm(self->id, 0x37370000));
	EXPECT_EQ(-EACCES, query(self->id, 0, enc_pkcs1, &q));
}

TEST_F(pkey, there_and_back)
{
	unsigned char box[RSA_LEN], back[RSA_LEN] = {};

	ASSERT_EQ(RSA_LEN, pkey_op(KEYCTL_PKEY_ENCRYPT, self->id, enc_pkcs1, "secret", 6,
				   box, sizeof(box)));
	ASSERT_EQ(6, pkey_op(KEYCTL_PKEY_DECRYPT, self->id, enc_pkcs1, box, sizeof(box),
			     back, sizeof(back)));
	EXPECT_STREQ("secret", (char *)back);
}

TEST_F(pkey, sign_and_verify)
{
	unsigned char hash[32] = "thirty-two bytes of whatever", sig[RSA_LEN];

	ASSERT_EQ(RSA_LEN, pkey_op(KEYCTL_PKEY_SIGN, self->id, sign_info, hash, sizeof(hash),
				   sig, sizeof(sig)));
	EXPECT_EQ(0, pkey_op(KEYCTL_PKEY_VERIFY, self->id, sign_info, hash, sizeof(hash),
			     sig, sizeof(sig)));
	hash[0] ^= 1;
	EXPECT_GT(0, pkey_op(KEYCTL_PKEY_VERIFY, self->id, sign_info, hash, sizeof(hash),
			     sig, sizeof(sig)));
}

/* A result must not exceed the length of the caller's buffer. */
TEST_F(pkey, short_and_long_buffers)
{
	unsigned char out[2 * RSA_LEN];
	long ret;

	EXPECT_EQ(-EINVAL, pkey_op(KEYCTL_PKEY_ENCRYPT, self->id, enc_pkcs1, "x", 1,
				   out, RSA_LEN + 1));
	EXPECT_EQ(-EINVAL, pkey_op(KEYCTL_PKEY_ENCRYPT, self->id, enc_pkcs1, out, RSA_LEN + 1,
				   out, RSA_LEN));
	for (unsigned int len = 0; len < RSA_LEN; len += 31) {
		memset(out, 0xa5, sizeof(out));
		ret = pkey_op(KEYCTL_PKEY_ENCRYPT, self->id, enc_pkcs1, "x", 1, out, len);
		EXPECT_TRUE(ret < 0 || ret == RSA_LEN) {
			TH_LOG("%u bytes: %ld", len, ret);
		}
		EXPECT_EQ(0xa5, out[RSA_LEN]);
	}
}

/* A result that is longer than the caller's buffer is refused. */
TEST_F(pkey, result_longer_than_out_len)
{
	unsigned char box[RSA_LEN], out[RSA_LEN], hash[32] = {};
	int touched = 0;

	ASSERT_EQ(RSA_LEN, pkey_op(KEYCTL_PKEY_ENCRYPT, self->id, enc_pkcs1, "secret", 6,
				   box, sizeof(box)));
	memset(out, 0xa5, sizeof(out));
	EXPECT_EQ(-EOVERFLOW, pkey_op(KEYCTL_PKEY_ENCRYPT, self->id, enc_pkcs1, "x", 1,
				      out, RSA_LEN - 1));
	EXPECT_EQ(-EOVERFLOW, pkey_op(KEYCTL_PKEY_SIGN, self->id, sign_info, hash,
				      sizeof(hash), out, 0));
	EXPECT_EQ(-EOVERFLOW, pkey_op(KEYCTL_PKEY_DECRYPT, self->id, enc_pkcs1, box,
				      sizeof(box), out, 5));
	for (unsigned int i = 0; i < sizeof(out); i++)
		touched += out[i] != 0xa5;
	EXPECT_EQ(0, touched);
	EXPECT_EQ(6, pkey_op(KEYCTL_PKEY_DECRYPT, self->id, enc_pkcs1, box, sizeof(box),
			     out, 6));
	EXPECT_EQ(0xa5, out[6]);
}

/* The kernel must not read beyond the end of a signature. */
TEST_F(pkey, signature_shorter_than_the_key)
{
	unsigned char hash[32] = "thirty-two bytes of whatever", sig[RSA_LEN];
	char *border = page_border();

	ASSERT_NE(NULL, border);
	ASSERT_EQ(RSA_LEN, pkey_op(KEYCTL_PKEY_SIGN, self->id, sign_info, hash, sizeof(hash),
				   sig, sizeof(sig)));
	memcpy(border - RSA_LEN, sig, RSA_LEN);
	EXPECT_EQ(0, pkey_op(KEYCTL_PKEY_VERIFY, self->id, sign_info, hash, sizeof(hash),
			     border - RSA_LEN, RSA_LEN));
	EXPECT_EQ(-EINVAL, pkey_op(KEYCTL_PKEY_VERIFY, self->id, sign_info, hash,
				   sizeof(hash), border, 0));
	memcpy(border - 60, sig, 60);
	EXPECT_EQ(-EINVAL, pkey_op(KEYCTL_PKEY_VERIFY, self->id, sign_info, hash,
				   sizeof(hash), border - 60, 60));
	memset(border - RSA_LEN, 0, RSA_LEN);
	EXPECT_EQ(-EFAULT, pkey_op(KEYCTL_PKEY_VERIFY, self->id, sign_info, hash,
				   sizeof(hash), border - 60, 61));
}

/* An update freed an unprepared payload if the type cannot update. */
TEST_F(pkey, update_is_not_supported)
{
	ASSERT_EQ(0, kc_setperm(self->id, KEY_POS_ALL));
	EXPECT_EQ(-EOPNOTSUPP, kc_update(self->id, "x", 1));
	EXPECT_EQ(-EOPNOTSUPP, kc_update(self->id, rsa_pkcs8, sizeof(rsa_pkcs8)));
}

TEST_F(pkey, errors)
{
	static const int ops[] = { KEYCTL_PKEY_ENCRYPT, KEYCTL_PKEY_DECRYPT,
				   KEYCTL_PKEY_SIGN, KEYCTL_PKEY_VERIFY };
	unsigned char in[RSA_LEN] = {}, out[RSA_LEN];

	for (unsigned int i = 0; i < ARRAY_SIZE(ops); i++) {
		EXPECT_EQ(-EFAULT, sys_keyctl(ops[i], BAD_PTR, enc_pkcs1, in, out));
		EXPECT_EQ(-EFAULT, pkey_op(ops[i], self->id, BAD_PTR, in, 1, out, RSA_LEN));
		EXPECT_EQ(-EFAULT, pkey_op(ops[i], self->id, enc_pkcs1, BAD_PTR, 1, out,
					   RSA_LEN));
		EXPECT_EQ(-ENOKEY, pkey_op(ops[i], NO_SUCH_KEY, enc_pkcs1, in, 1, out,
					   RSA_LEN));
		EXPECT_EQ(-EOPNOTSUPP, pkey_op(ops[i], self->user, enc_pkcs1, in, 1, out,
					       RSA_LEN));
		EXPECT_EQ(-EINVAL, pkey_op(ops[i], self->id, "nonsense", in, 1, out, RSA_LEN));
	}
}
