// SPDX-License-Identifier: GPL-2.0-only
/*
 * Sweeps of KEYCTL_DH_COMPUTE and KEYCTL_PKEY_*. The keys are short, since the
 * arithmetic takes most of the time.
 */

/* The shortest prime that the kernel works with. */
#define DH_BYTES	192
#define RSA_BYTES	128

static struct keyctl_dh_params dh_params;

static void scene_dh(struct scene *s)
{
	unsigned char prime[DH_BYTES];

	kc_clear(RING_S);
	/* Nobody checks that the number is prime */
	memset(prime, 0xff, sizeof(prime));
	dh_params.prime = sys_add_key("user", "prime", prime, sizeof(prime), RING_S);
	dh_params.base = sys_add_key("user", "base", "\x02", 1, RING_S);
	dh_params.priv = sys_add_key("user", "private", "\x0a", 1, RING_S);
}

static long call_dh(struct scene *s)
{
	return kc_dh_compute(&dh_params, s->out, DH_BYTES, NULL);
}

/* The crypto API turns some errors into EINVAL. */
TEST_OP(dh_compute, .prepare = scene_dh, .call = call_dh, .errors = { EINVAL },
	.out = DH_BYTES);

static long call_dh_kdf(struct scene *s)
{
	char hash[] = "sha256", info[] = "other info";
	struct keyctl_kdf_params kdf = {
		.hashname = hash,
		.otherinfo = info,
		.otherinfolen = sizeof(info),
	};

	return kc_dh_compute(&dh_params, s->out, 48, &kdf);
}

TEST_OP(dh_compute_kdf, .prepare = scene_dh, .call = call_dh_kdf, .errors = { EINVAL },
	.out = 48);

/* ---- public keys ---------------------------------------------------------- */

static const char pkcs1[] = "enc=pkcs1", pkcs1_sha256[] = "enc=pkcs1 hash=sha256";
static const unsigned char digest[32] = "thirty-two bytes of whatever";
static unsigned char box[RSA_BYTES], signature[RSA_BYTES];

static long pkey_call(int op, const struct scene *s, const char *info, const void *in,
		      unsigned int in_len, void *out, unsigned int out_len)
{
	struct keyctl_pkey_params p = {
		.key_id = s->key,
		.in_len = in_len,
		.out_len = out_len,
	};

	return sys_keyctl(op, &p, info, in, out);
}

static long call_sign(struct scene *s)
{
	return pkey_call(KEYCTL_PKEY_SIGN, s, pkcs1_sha256, digest, sizeof(digest), s->out,
			 RSA_BYTES);
}

static long call_encrypt(struct scene *s)
{
	return pkey_call(KEYCTL_PKEY_ENCRYPT, s, pkcs1, "secret", 6, s->out, RSA_BYTES);
}

/* One key for all calls. The first call makes what the others need. */
static void scene_pkey(struct scene *s)
{
	if (s->key > 0)
		return;
	kc_clear(RING_S);
	s->key = sys_add_key("asymmetric", "rsa", rsa_pkcs8, sizeof(rsa_pkcs8), RING_S);
	call_encrypt(s);
	memcpy(box, s->out, sizeof(box));
	call_sign(s);
	memcpy(signature, s->out, sizeof(signature));
}

static long call_query(struct scene *s)
{
	return sys_keyctl(KEYCTL_PKEY_QUERY, s->key, 0, pkcs1, s->out);
}

TEST_OP(pkey_query, .prepare = scene_pkey, .call = call_query,
	.out = sizeof(struct keyctl_pkey_query));
/* The padding is random. The crypto API turns some errors into EINVAL. */
TEST_OP(pkey_encrypt, .prepare = scene_pkey, .call = call_encrypt, .errors = { EINVAL });
TEST_OP(pkey_sign, .prepare = scene_pkey, .call = call_sign, .errors = { EINVAL },
	.out = RSA_BYTES);

static long call_decrypt(struct scene *s)
{
	return pkey_call(KEYCTL_PKEY_DECRYPT, s, pkcs1, box, RSA_BYTES, s->out, RSA_BYTES);
}

TEST_OP(pkey_decrypt, .prepare = scene_pkey, .call = call_decrypt, .errors = { EINVAL },
	.out = 6);

static long call_verify(struct scene *s)
{
	return pkey_call(KEYCTL_PKEY_VERIFY, s, pkcs1_sha256, digest, sizeof(digest),
			 signature, RSA_BYTES);
}

TEST_OP(pkey_verify, .prepare = scene_pkey, .call = call_verify, .errors = { EINVAL });
