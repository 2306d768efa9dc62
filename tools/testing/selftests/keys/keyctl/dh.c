// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tests of KEYCTL_DH_COMPUTE.
 */

#define DH_LEN 192

/* The 1536 bit MODP group of RFC 3526. */
static const char dh_prime_hex[] =
	"ffffffffffffffffc90fdaa22168c234c4c6628b80dc1cd129024e088a67cc74"
	"020bbea63b139b22514a08798e3404ddef9519b3cd3a431b302b0a6df25f1437"
	"4fe1356d6d51c245e485b576625e7ec6f44c42e9a637ed6b0bff5cb6f406b7ed"
	"ee386bfb5a899fa5ae9f24117c4b1fe649286651ece45b3dc2007cb8a163bf05"
	"98da48361c55d39a69163fa8fd24cf5f83655d23dca3ad961c62f356208552bb"
	"9ed529077096966d670c354e4abc9804f1746c08ca237327ffffffffffffffff";

FIXTURE(dh) {
	struct keyctl_dh_params p;
	unsigned char prime[DH_LEN];
};

FIXTURE_SETUP(dh)
{
	REQUIRE_ROOT();
	SETUP_AS(false);
	if (!has_capability(0, KEYCTL_CAPS0_DIFFIE_HELLMAN))
		SKIP(return, "no DH_COMPUTE in this kernel");
	for (int i = 0; i < DH_LEN; i++)
		sscanf(dh_prime_hex + 2 * i, "%2hhx", &self->prime[i]);
	self->p.prime = sys_add_key("user", "prime", self->prime, DH_LEN, RING_S);
	self->p.base = sys_add_key("user", "base", "\x02", 1, RING_S);
	self->p.priv = sys_add_key("user", "private", "\x0a", 1, RING_S);
	ASSERT_LT(0, self->p.prime);
	ASSERT_LT(0, self->p.base);
	ASSERT_LT(0, self->p.priv);
}

FIXTURE_TEARDOWN(dh)
{
}

/* The result is 2^10, padded to the length of the prime. */
TEST_F(dh, computes)
{
	unsigned char out[DH_LEN + 1], want[DH_LEN] = {};

	memset(out, 0xa5, sizeof(out));
	want[DH_LEN - 2] = 4;
	EXPECT_EQ(DH_LEN, kc_dh_compute(&self->p, NULL, 0, NULL));
	EXPECT_EQ(DH_LEN, kc_dh_compute(&self->p, out, DH_LEN, NULL));
	EXPECT_EQ(0, memcmp(out, want, DH_LEN));
	EXPECT_EQ(0xa5, out[DH_LEN]);
	EXPECT_EQ(DH_LEN, kc_dh_compute(&self->p, out, DH_LEN + 1, NULL));
}

TEST_F(dh, both_ends_agree)
{
	unsigned char out[DH_LEN], mine[DH_LEN], other[DH_LEN];
	struct keyctl_dh_params p = self->p, q = self->p;

	q.priv = sys_add_key("user", "q", "\x07\xff\x31", 3, RING_S);
	ASSERT_EQ(DH_LEN, kc_dh_compute(&p, out, DH_LEN, NULL));
	q.base = sys_add_key("user", "pub p", out, DH_LEN, RING_S);
	p.base = q.base;
	q.base = self->p.base;
	ASSERT_EQ(DH_LEN, kc_dh_compute(&q, out, DH_LEN, NULL));
	q.base = p.base;
	p.base = sys_add_key("user", "pub q", out, DH_LEN, RING_S);
	ASSERT_EQ(DH_LEN, kc_dh_compute(&p, mine, DH_LEN, NULL));
	ASSERT_EQ(DH_LEN, kc_dh_compute(&q, other, DH_LEN, NULL));
	EXPECT_EQ(0, memcmp(mine, other, DH_LEN));
}

TEST_F(dh, errors)
{
	unsigned char out[DH_LEN], *edge = (void *)page_border();
	long ring = add_ring("r", RING_S);
	long unread = sys_add_key("user", "unread", "\x02", 1, RING_S);
	long logon = sys_add_key("logon", "l:l", "\x02", 1, RING_S);
	struct keyctl_dh_params p;

	EXPECT_EQ(-EINVAL, kc_dh_compute(NULL, out, DH_LEN, NULL));
	EXPECT_EQ(-EINVAL, kc_dh_compute(&self->p, NULL, DH_LEN, NULL));
	EXPECT_EQ(-EFAULT, kc_dh_compute(BAD_PTR, out, DH_LEN, NULL));
	EXPECT_EQ(-EFAULT, kc_dh_compute(&self->p, edge - 1, DH_LEN, NULL));
	EXPECT_EQ(-EOVERFLOW, kc_dh_compute(&self->p, out, DH_LEN - 1, NULL));
	ASSERT_EQ(0, kc_setperm(unread, KEY_POS(KEY_SETATTR | KEY_VIEW)));
	for (int i = 0; i < 3; i++) {
		/*
		 * ENOKEY is returned for all keys that cannot be found or read.
		 */
		const struct {
			long id, result;
		} c[] = {
			{ 0, -ENOKEY }, { NO_SUCH_KEY, -ENOKEY }, { ring, -EOPNOTSUPP },
			{ logon, -ENOKEY }, { unread, -ENOKEY },
		};

		for (unsigned int j = 0; j < ARRAY_SIZE(c); j++) {
			p = self->p;
			if (i == 0)
				p.prime = c[j].id;
			else if (i == 1)
				p.base = c[j].id;
			else
				p.priv = c[j].id;
			EXPECT_EQ(c[j].result, kc_dh_compute(&p, out, DH_LEN, NULL)) {
				TH_LOG("part %d, key %u", i, j);
			}
		}
	}
}

TEST_F(dh, derivation)
{
	char hash[] = "sha256", info[65] = "info";
	struct keyctl_kdf_params kdf = {
		.hashname = hash, .otherinfo = info, .otherinfolen = 4,
	};
	unsigned char a[64], b[64];

	ASSERT_EQ(64, kc_dh_compute(&self->p, a, 64, &kdf));
	ASSERT_EQ(64, kc_dh_compute(&self->p, b, 64, &kdf));
	EXPECT_EQ(0, memcmp(a, b, 64));
	info[0] = 'x';
	ASSERT_EQ(64, kc_dh_compute(&self->p, b, 64, &kdf));
	EXPECT_NE(0, memcmp(a, b, 64));
}

/* There is nothing to derive from: no output would ever be complete. */
TEST_F(dh, derivation_by_empty_digest)
{
	char hash[] = "digest_null", info[5] = "info";
	struct keyctl_kdf_params kdf = {
		.hashname = hash, .otherinfo = info, .otherinfolen = 4,
	};
	unsigned char out[64] = "";
	long ret = kc_dh_compute(&self->p, out, 64, &kdf);

	if (ret == -ENOENT)
		SKIP(return, "no digest_null in this kernel (CONFIG_CRYPTO_NULL)");
	EXPECT_EQ(-EINVAL, ret);
	EXPECT_EQ(0, out[0]);
}

TEST_F(dh, derivation_errors)
{
	char hash[] = "sha256", info[65] = "info", none[] = "nosuchhash", *long_name;
	struct keyctl_kdf_params good = {
		.hashname = hash, .otherinfo = info, .otherinfolen = 4,
	}, kdf;
	unsigned char out[2048];

	long_name = calloc(1, 4096);
	memset(long_name, 'x', 4095);
	EXPECT_EQ(-EFAULT, kc_dh_compute(&self->p, out, 64, BAD_PTR));
	kdf = good;
	kdf.hashname = none;
	EXPECT_EQ(-ENOENT, kc_dh_compute(&self->p, out, 64, &kdf));
	kdf.hashname = long_name;
	EXPECT_EQ(-EINVAL, kc_dh_compute(&self->p, out, 64, &kdf));
	kdf.hashname = BAD_PTR;
	EXPECT_EQ(-EFAULT, kc_dh_compute(&self->p, out, 64, &kdf));
	kdf = good;
	kdf.otherinfo = BAD_PTR;
	EXPECT_EQ(-EFAULT, kc_dh_compute(&self->p, out, 64, &kdf));
	kdf = good;
	kdf.otherinfolen = 65;
	EXPECT_EQ(-EMSGSIZE, kc_dh_compute(&self->p, out, 64, &kdf));
	kdf = good;
	kdf.__spare[7] = 1;
	EXPECT_EQ(-EINVAL, kc_dh_compute(&self->p, out, 64, &kdf));
	EXPECT_EQ(-EMSGSIZE, kc_dh_compute(&self->p, out, 1025, &good));
	EXPECT_EQ(1024, kc_dh_compute(&self->p, out, 1024, &good));
	free(long_name);
}
