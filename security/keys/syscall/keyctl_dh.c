// SPDX-License-Identifier: GPL-2.0-only
/*
 * Diffie-Hellman computations with keys; see keyctl_dh_compute(3).
 */
#include <linux/cleanup.h>
#include <linux/crypto.h>
#include <linux/err.h>
#include <linux/keyctl.h>
#include <linux/scatterlist.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/uaccess.h>
#include <crypto/dh.h>
#include <crypto/hash.h>
#include <crypto/kdf_sp800108.h>
#include <crypto/kpp.h>
#include <keys/user-type.h>

#include "handlers.h"

/*
 * Maximum lengths in bytes of the key material that is derived, and of the
 * caller's data (the OtherInfo of SP800-56A) that goes into the derivation.
 * More is refused with EMSGSIZE. The limits keep the memory and the time of a
 * call small: the data fits into a buffer on the stack. keyctl(2) documents
 * both numbers.
 */
#define DH_KDF_MAX_OUTPUT	1024
#define DH_KDF_MAX_OTHERINFO	64

static void dh_forget(const struct dh *dh)
{
	kfree_sensitive(dh->p);
	kfree_sensitive(dh->g);
	kfree_sensitive(dh->key);
}

/*
 * At the end of its scope, a variable may be NULL or an ERR_PTR. The functions
 * crypto_free_kpp() and crypto_free_shash() do nothing then.
 */
DEFINE_FREE(dh_kpp, struct crypto_kpp *, crypto_free_kpp(_T))
DEFINE_FREE(dh_hash, struct crypto_shash *, crypto_free_shash(_T))
DEFINE_FREE(dh_numbers, struct dh, dh_forget(&_T))
DEFINE_FREE(dh_secret, void *, kfree_sensitive(_T))

static int dh_copy_number(struct key *key, const void **number,
			  unsigned int *len)
{
	const struct user_key_payload *payload;
	int ret;

	if (key->type != &key_type_user)
		return -EOPNOTSUPP;
	guard(rwsem_read)(&key->sem);
	ret = key_validate(key);
	if (ret)
		return ret;
	payload = user_key_payload_locked(key);
	*number = kmemdup(payload->data, payload->datalen, GFP_KERNEL);
	if (!*number)
		return -ENOMEM;
	*len = payload->datalen;
	return 0;
}

static int dh_number(key_serial_t id, const void **number, unsigned int *len)
{
	CLASS(user_key, ref)(id, 0, KEY_NEED_READ);

	/* All errors of the lookup become ENOKEY, see keyctl_dh_compute(3) */
	if (IS_ERR(ref))
		return -ENOKEY;
	return dh_copy_number(key_ref_to_ptr(ref), number, len);
}

static int dh_numbers(const struct keyctl_dh_params *ids, struct dh *dh)
{
	int ret;

	ret = dh_number(ids->prime, &dh->p, &dh->p_size);
	if (ret)
		return ret;
	ret = dh_number(ids->base, &dh->g, &dh->g_size);
	if (ret)
		return ret;
	return dh_number(ids->priv, &dh->key, &dh->key_size);
}

static int dh_set_numbers(struct crypto_kpp *tfm, const struct dh *dh)
{
	unsigned int len = crypto_dh_key_len(dh);
	int ret;

	void *packed __free(dh_secret) = kmalloc(len, GFP_KERNEL);

	if (!packed)
		return -ENOMEM;
	ret = crypto_dh_encode_key(packed, len, dh);
	return ret ?: crypto_kpp_set_secret(tfm, packed, len);
}

/*
 * Allocate a crypto transform for Diffie-Hellman. Give the transform the prime,
 * the base and the private number, which the three keys contain.
 */
static struct crypto_kpp *dh_engine(const struct keyctl_dh_params *ids)
{
	struct crypto_kpp *tfm __free(dh_kpp) = NULL;
	struct dh dh __free(dh_numbers) = {};
	int ret;

	ret = dh_numbers(ids, &dh);
	if (ret)
		return ERR_PTR(ret);
	tfm = crypto_alloc_kpp("dh", 0, 0);
	if (IS_ERR(tfm))
		return no_free_ptr(tfm);
	ret = dh_set_numbers(tfm, &dh);
	return ret ? ERR_PTR(ret) : no_free_ptr(tfm);
}

static int dh_power(struct crypto_kpp *tfm, void *result, unsigned int len)
{
	struct kpp_request *req = kpp_request_alloc(tfm, GFP_KERNEL);
	DECLARE_CRYPTO_WAIT(wait);
	struct scatterlist sg;
	int ret;

	if (!req)
		return -ENOMEM;
	sg_init_one(&sg, result, len);
	kpp_request_set_input(req, NULL, 0);
	kpp_request_set_output(req, &sg, len);
	kpp_request_set_callback(req, CRYPTO_TFM_REQ_MAY_BACKLOG |
				 CRYPTO_TFM_REQ_MAY_SLEEP,
				 crypto_req_done, &wait);
	ret = crypto_wait_req(crypto_kpp_generate_public_key(req), &wait);
	kpp_request_free(req);
	return ret;
}

static struct crypto_shash *dh_kdf_hash(const struct keyctl_kdf_params *kdf,
					size_t buflen)
{
	struct crypto_shash *hash __free(dh_hash) = NULL;
	char *name __free(kfree) = NULL;

	if (memchr_inv(kdf->__spare, 0, sizeof(kdf->__spare)))
		return ERR_PTR(-EINVAL);
	if (buflen > DH_KDF_MAX_OUTPUT ||
	    kdf->otherinfolen > DH_KDF_MAX_OTHERINFO)
		return ERR_PTR(-EMSGSIZE);
	name = strndup_user(kdf->hashname, CRYPTO_MAX_ALG_NAME);
	if (IS_ERR(name))
		return ERR_CAST(name);
	hash = crypto_alloc_shash(name, 0, 0);
	if (!IS_ERR(hash) && !crypto_shash_digestsize(hash))
		return ERR_PTR(-EINVAL);
	return no_free_ptr(hash);
}

/*
 * Derive key material as in SP800-56A: concatenate hash(counter || secret ||
 * OtherInfo) for counter = 1, 2, ... until the output is long enough. The
 * called function is meant for SP800-108, but computes the same.
 */
static int dh_derive(struct crypto_shash *hash, struct kvec *secret,
		     const struct keyctl_kdf_params *kdf, void *out,
		     size_t outlen)
{
	u8 info[DH_KDF_MAX_OTHERINFO];
	struct kvec input[] = {
		*secret,
		{ .iov_base = info, .iov_len = kdf->otherinfolen },
	};

	if (copy_from_user(info, kdf->otherinfo, kdf->otherinfolen))
		return -EFAULT;
	return crypto_kdf108_ctr_generate(hash, input, ARRAY_SIZE(input),
					  out, outlen);
}

static long dh_give_key(struct crypto_shash *hash, struct kvec *secret,
			const struct keyctl_kdf_params *kdf,
			char __user *buffer, size_t buflen)
{
	void *out __free(dh_secret) = kmalloc(buflen, GFP_KERNEL);
	int ret;

	if (!out)
		return -ENOMEM;
	ret = dh_derive(hash, secret, kdf, out, buflen);
	if (ret)
		return ret;
	return copy_to_user(buffer, out, buflen) ? -EFAULT : buflen;
}

/**
 * keyctl_dh_compute - KEYCTL_DH_COMPUTE: base ^ private mod prime
 * @params: in user space: the serial numbers of the three "user" keys that
 *	contain base, private and prime
 * @buffer: buffer in user space for the result
 * @buflen: length of @buffer in bytes; if it is 0 and @kdf is NULL, nothing is
 *	computed, and the length that the result needs is returned
 * @kdf: how to derive key material from the result, or NULL for the result
 *	itself; in kernel memory, but its pointers point to user space
 *
 * See keyctl_dh_compute(3).
 *
 * Context: system call; may sleep.
 * Return: length of the result, with @kdf always @buflen. Errors: -EINVAL
 * without @params, or without @buffer if @buflen is not 0, or for numbers that
 * Diffie-Hellman does not work with, or if @kdf has spare fields that are not 0
 * or a hash name that is too long or unusable; -EFAULT; -ENOKEY for a key that
 * is unknown, unusable or not readable; -EOPNOTSUPP for a key of another type;
 * -EKEYREVOKED or -EKEYEXPIRED for a key that was revoked or expired after the
 * lookup; -EOVERFLOW if @buflen is too short; -EMSGSIZE if @kdf or @buflen
 * exceeds a limit; -ENOENT for a hash that the kernel does not have; -ENOMEM;
 * or another error of the crypto functions.
 */
long keyctl_dh_compute(struct keyctl_dh_params __user *params,
		       char __user *buffer, size_t buflen,
		       struct keyctl_kdf_params *kdf)
{
	struct crypto_shash *hash __free(dh_hash) = NULL;
	struct crypto_kpp *tfm __free(dh_kpp) = NULL;
	void *result __free(dh_secret) = NULL;
	struct keyctl_dh_params ids;
	struct kvec secret;
	int ret;

	if (!params || (!buffer && buflen))
		return -EINVAL;
	if (copy_from_user(&ids, params, sizeof(ids)))
		return -EFAULT;
	hash = kdf ? dh_kdf_hash(kdf, buflen) : NULL;
	if (IS_ERR(hash))
		return PTR_ERR(hash);
	tfm = dh_engine(&ids);
	if (IS_ERR(tfm))
		return PTR_ERR(tfm);

	secret.iov_len = crypto_kpp_maxsize(tfm);
	if (!kdf && !buflen)
		return secret.iov_len;
	if (!kdf && buflen < secret.iov_len)
		return -EOVERFLOW;
	result = kzalloc(secret.iov_len, GFP_KERNEL);
	if (!result)
		return -ENOMEM;
	secret.iov_base = result;
	ret = dh_power(tfm, result, secret.iov_len);
	if (ret)
		return ret;
	if (kdf)
		return dh_give_key(hash, &secret, kdf, buffer, buflen);
	return copy_to_user(buffer, result, secret.iov_len) ? -EFAULT :
	       secret.iov_len;
}
