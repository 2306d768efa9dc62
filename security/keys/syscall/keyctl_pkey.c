// SPDX-License-Identifier: GPL-2.0-only
/*
 * Encrypt, decrypt, sign and verify with keys; see asymmetric-key(7).
 */
#include <linux/cleanup.h>
#include <linux/err.h>
#include <linux/keyctl.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/uaccess.h>

#include "../core/type.h"
#include "handlers.h"

static void pkey_secret_drop(void *secret)
{
	if (!IS_ERR(secret))
		kfree_sensitive(secret);
}

static void pkey_end(const struct kernel_pkey_params *params)
{
	key_put(params->key);
	kfree(params->info);
}

DEFINE_FREE(pkey_params, struct kernel_pkey_params, pkey_end(&_T))
DEFINE_FREE(pkey_secret, void *, pkey_secret_drop(_T))

/**
 * struct pkey_limits - maximum lengths in bytes for one operation with a key
 * @in: maximum length of the input
 * @out: maximum length of the output or, for KEYCTL_PKEY_VERIFY, of the
 *	signature
 */
struct pkey_limits {
	u16 in;
	u16 out;
};

/*
 * Parse "enc=<encoding>" or "hash=<algorithm>". Each option may be given only
 * once, and its value must not be empty (-EINVAL). @params then points into
 * @word.
 */
static int pkey_set_option(struct kernel_pkey_params *params, const char *word)
{
	const char **option = &params->encoding;
	size_t prefix = str_has_prefix(word, "enc=");

	if (!prefix) {
		option = &params->hash_algo;
		prefix = str_has_prefix(word, "hash=");
	}
	if (!prefix || !word[prefix] || *option)
		return -EINVAL;
	*option = word + prefix;
	return 0;
}

static int pkey_set_options(struct kernel_pkey_params *params, char *info)
{
	char *word;
	int ret;

	while ((word = strsep(&info, " \t"))) {
		ret = *word ? pkey_set_option(params, word) : 0;
		if (ret)
			return ret;
	}
	if (!params->encoding)
		params->encoding = "raw";
	return 0;
}

/*
 * Copy and parse @info, a string of options ("enc=...", "hash=..."), and look
 * up the key. The caller declares @params with __free(pkey_params): after an
 * error, too, @params may own the copy of the string.
 */
static int pkey_begin(struct kernel_pkey_params *params, key_serial_t id,
		      const char __user *info)
{
	key_ref_t ref;
	char *text;
	int ret;

	text = strndup_user(info, PAGE_SIZE);
	if (IS_ERR(text))
		return PTR_ERR(text);
	params->info = text;
	ret = pkey_set_options(params, text);
	if (ret)
		return ret;
	ref = lookup_user_key(id, 0, KEY_NEED_SEARCH);
	if (IS_ERR(ref))
		return PTR_ERR(ref);
	params->key = key_ref_to_ptr(ref);
	return 0;
}

static int pkey_query(const struct kernel_pkey_params *params,
		      struct kernel_pkey_query *query)
{
	struct key_type *type;

	guard(key_types)();
	type = key_type_of(params->key);
	return type->asym_query ? type->asym_query(params, query) : -EOPNOTSUPP;
}

/**
 * keyctl_pkey_query - KEYCTL_PKEY_QUERY: get the capabilities of a key
 * @id: the key, which must grant Search
 * @info: "enc=..." and "hash=...", separated by spaces or tabs
 * @res: buffer for the result
 *
 * See keyctl_pkey_query(3).
 *
 * Context: system call; may sleep.
 * Return: 0, -EFAULT, -ENOMEM, -EINVAL for a bad @info, -EOPNOTSUPP if the
 * key's type does not support this query, or an error of lookup_user_key() or
 * of the type.
 */
long keyctl_pkey_query(key_serial_t id, const char __user *info,
		       struct keyctl_pkey_query __user *res)
{
	struct kernel_pkey_params params __free(pkey_params) = {};
	struct kernel_pkey_query query = {};
	struct keyctl_pkey_query answer = {};
	int ret;

	ret = pkey_begin(&params, id, info);
	if (ret)
		return ret;
	ret = pkey_query(&params, &query);
	if (ret)
		return ret;
	answer.supported_ops = query.supported_ops;
	answer.key_size = query.key_size;
	answer.max_data_size = query.max_data_size;
	answer.max_sig_size = query.max_sig_size;
	answer.max_enc_size = query.max_enc_size;
	answer.max_dec_size = query.max_dec_size;
	return copy_to_user(res, &answer, sizeof(answer)) ? -EFAULT : 0;
}

static struct pkey_limits pkey_limits(enum kernel_pkey_operation op,
				      const struct kernel_pkey_query *query)
{
	switch (op) {
	case kernel_pkey_encrypt:
		return (struct pkey_limits) { query->max_enc_size,
					      query->max_dec_size };
	case kernel_pkey_decrypt:
		return (struct pkey_limits) { query->max_dec_size,
					      query->max_enc_size };
	default:
		return (struct pkey_limits) { query->max_data_size,
					      query->max_sig_size };
	}
}

/*
 * Call pkey_begin() for the key that user space named in @uparams, and get the
 * limits of the key. Fails with EINVAL if a length from user space exceeds
 * these limits.
 */
static int pkey_begin_sized(struct kernel_pkey_params *params,
			    const struct keyctl_pkey_params __user *uparams,
			    const char __user *info, struct pkey_limits *max)
{
	struct kernel_pkey_query query = {};
	struct keyctl_pkey_params asked;
	int ret;

	if (copy_from_user(&asked, uparams, sizeof(asked)))
		return -EFAULT;
	ret = pkey_begin(params, asked.key_id, info);
	if (ret)
		return ret;
	ret = pkey_query(params, &query);
	if (ret)
		return ret;
	*max = pkey_limits(params->op, &query);
	if (asked.in_len > max->in || asked.out_len > max->out)
		return -EINVAL;
	params->in_len = asked.in_len;
	params->out_len = asked.out_len;
	return 0;
}

static int pkey_operation(int op)
{
	switch (op) {
	case KEYCTL_PKEY_ENCRYPT:
		return kernel_pkey_encrypt;
	case KEYCTL_PKEY_DECRYPT:
		return kernel_pkey_decrypt;
	case KEYCTL_PKEY_SIGN:
		return kernel_pkey_sign;
	default:
		return -EOPNOTSUPP;
	}
}

static int pkey_eds_op(struct kernel_pkey_params *params, const void *in,
		       void *out)
{
	struct key_type *type;

	guard(key_types)();
	type = key_type_of(params->key);
	return type->asym_eds_op ? type->asym_eds_op(params, in, out) :
	       -EOPNOTSUPP;
}

static int pkey_verify(struct kernel_pkey_params *params, const void *data,
		       const void *sig)
{
	struct key_type *type;

	guard(key_types)();
	type = key_type_of(params->key);
	if (!type->asym_verify_signature)
		return -EOPNOTSUPP;
	return type->asym_verify_signature(params, data, sig);
}

/*
 * Encrypt, decrypt or sign. The result goes first into a kernel buffer of
 * @max_out bytes, the maximum length for this key. So the buffer of user space
 * may be shorter than that, if the actual result fits.
 */
static long pkey_run(struct kernel_pkey_params *params, u16 max_out,
		     const void __user *uin, void __user *uout)
{
	void *out __free(pkey_secret) = kzalloc(max_out, GFP_KERNEL);
	void *in __free(pkey_secret) = NULL;
	u32 room = params->out_len;
	int ret;

	if (!out)
		return -ENOMEM;
	in = memdup_user(uin, params->in_len);
	if (IS_ERR(in))
		return PTR_ERR(in);
	params->out_len = max_out;
	ret = pkey_eds_op(params, in, out);
	if (ret < 0)
		return ret;
	if (ret > room)
		return -EOVERFLOW;
	return copy_to_user(uout, out, ret) ? -EFAULT : ret;
}

/**
 * keyctl_pkey_e_d_s - KEYCTL_PKEY_ENCRYPT, KEYCTL_PKEY_DECRYPT, KEYCTL_PKEY_SIGN
 * @op: one of these three options
 * @params: the key, which must grant Search, and the lengths of @in and @out
 * @info: "enc=..." and "hash=...", separated by spaces or tabs
 * @in: data to encrypt, decrypt or sign
 * @out: buffer for the result
 *
 * See keyctl_pkey_encrypt(3) and keyctl_pkey_sign(3).
 *
 * Context: system call; may sleep.
 * Return: length of the result. Errors: -EFAULT; -EINVAL for a bad @info, or
 * for a length above the limit that keyctl_pkey_query() returns; -EOVERFLOW if
 * the result is longer than @out, and nothing is written; -EOPNOTSUPP for
 * another @op, or if the key's type does not support the operation or
 * KEYCTL_PKEY_QUERY; -ENOMEM; or an error of lookup_user_key() or of the type.
 */
long keyctl_pkey_e_d_s(int op, const struct keyctl_pkey_params __user *params,
		       const char __user *info, const void __user *in,
		       void __user *out)
{
	struct kernel_pkey_params kparams __free(pkey_params) = {};
	struct pkey_limits max;
	int ret = pkey_operation(op);

	if (ret < 0)
		return ret;
	kparams.op = ret;
	ret = pkey_begin_sized(&kparams, params, info, &max);
	if (ret)
		return ret;
	return pkey_run(&kparams, max.out, in, out);
}

static int pkey_check(struct kernel_pkey_params *params,
		      const void __user *udata, const void __user *usig)
{
	void *data __free(pkey_secret) = NULL;
	void *sig __free(pkey_secret) = NULL;

	data = memdup_user(udata, params->in_len);
	if (IS_ERR(data))
		return PTR_ERR(data);
	sig = memdup_user(usig, params->in2_len);
	if (IS_ERR(sig))
		return PTR_ERR(sig);
	return pkey_verify(params, data, sig);
}

/**
 * keyctl_pkey_verify - KEYCTL_PKEY_VERIFY: verify a signature
 * @params: the key, which must grant Search, and the lengths of @in and @in2
 * @info: "enc=..." and "hash=...", separated by spaces or tabs
 * @in: the digest that was signed
 * @in2: the signature
 *
 * See keyctl_pkey_verify(3).
 *
 * Context: system call; may sleep.
 * Return: 0 if the signature is valid; -EKEYREJECTED, -EBADMSG or -EINVAL if
 * not. Other errors: -EFAULT; -EINVAL for a bad @info, or for a length that is
 * above the limit that keyctl_pkey_query() returns, or for an empty signature;
 * -EOPNOTSUPP if the key's type does not support the operation or
 * KEYCTL_PKEY_QUERY; -ENOMEM; or an error of lookup_user_key() or of the type.
 */
long keyctl_pkey_verify(const struct keyctl_pkey_params __user *params,
			const char __user *info, const void __user *in,
			const void __user *in2)
{
	struct kernel_pkey_params kparams __free(pkey_params) = {
		.op = kernel_pkey_verify,
	};
	struct pkey_limits max;
	int ret;

	ret = pkey_begin_sized(&kparams, params, info, &max);
	if (ret)
		return ret;
	return kparams.in2_len ? pkey_check(&kparams, in, in2) : -EINVAL;
}
