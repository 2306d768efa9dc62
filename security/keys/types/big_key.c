// SPDX-License-Identifier: GPL-2.0-only
/*
 * The type "big_key": payloads of less than a megabyte.
 *
 * A short payload stays in kernel memory. A longer payload is encrypted and
 * stored in a file in tmpfs, which may be swapped out. The file has no name in
 * any directory. The encryption key never leaves kernel memory. Each file has a
 * new random encryption key, which is used only once, so the nonce can be
 * constant.
 */
#include <linux/dcache.h>
#include <linux/err.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/init.h>
#include <linux/mm.h>
#include <linux/path.h>
#include <linux/random.h>
#include <linux/seq_file.h>
#include <linux/shmem_fs.h>
#include <linux/slab.h>
#include <crypto/chacha20poly1305.h>
#include <keys/big_key-type.h>

#include "../core/key.h"

/*
 * Maximum length of a payload in bytes, which is documented in add_key(2). A
 * longer payload is refused with EINVAL.
 */
#define BIG_KEY_MAX_DATALEN	(1024 * 1024 - 1)

/*
 * Bytes that are charged for a payload of any length. A long payload is not
 * charged in full, because its file may be swapped out of memory.
 */
#define BIG_KEY_QUOTA		16

/*
 * Maximum length in bytes of a short payload, which stays in kernel memory.
 * Such a payload takes less memory than the inode and dentry of a file.
 */
#define BIG_KEY_MAX_INLINE	800

/*
 * Words of key->payload: the struct big_key_payload, and the payload's length.
 * The latter is for big_key_describe(), which must not read the former.
 */
#define BIG_KEY_PAYLOAD		0
#define BIG_KEY_LEN		1

/**
 * struct big_key_payload - payload of a big key
 * @len: length of the payload in bytes
 * @path: file with the ciphertext and its authentication tag, with a reference;
 *	path.mnt is NULL for a short payload
 * @secret: encryption key of the file, for a long payload
 * @data: a short payload: at most BIG_KEY_MAX_INLINE bytes
 *
 * The object does not change once it is made.
 */
struct big_key_payload {
	size_t			len;
	struct path		path;
	union {
		u8	secret[CHACHA20POLY1305_KEY_SIZE];
		DECLARE_FLEX_ARRAY(u8, data);
	};
};

static bool big_key_in_file(const struct big_key_payload *payload)
{
	return payload->path.mnt;
}

static void big_key_payload_free(struct big_key_payload *payload)
{
	if (!payload)
		return;
	if (big_key_in_file(payload))
		path_put(&payload->path);
	kfree_sensitive(payload);
}

DEFINE_FREE(big_key, struct big_key_payload *, big_key_payload_free(_T))

static struct big_key_payload *big_key_keep(const void *data, size_t len)
{
	struct big_key_payload *payload;

	payload = kzalloc(struct_size(payload, data, len), GFP_KERNEL);
	if (!payload)
		return ERR_PTR(-ENOMEM);
	payload->len = len;
	memcpy(payload->data, data, len);
	return payload;
}

/* Make a tmpfs file that contains @bytes. The caller must put @path later. */
static int big_key_write_file(struct path *path, const u8 *bytes, size_t len)
{
	struct file *file __free(fput) =
		shmem_kernel_file_setup("big_key", len, 0);
	loff_t pos = 0;
	ssize_t ret;

	if (IS_ERR(file))
		return PTR_ERR(file);
	ret = kernel_write(file, bytes, len, &pos);
	if (ret != len)
		return ret < 0 ? ret : -EIO;
	*path = file->f_path;
	path_get(path);
	return 0;
}

static struct big_key_payload *big_key_store(const void *data, size_t len)
{
	size_t sealed = len + CHACHA20POLY1305_AUTHTAG_SIZE;
	struct big_key_payload *payload __free(big_key) =
		kzalloc(sizeof(*payload), GFP_KERNEL);
	u8 *buf __free(kvfree) = kvmalloc(sealed, GFP_KERNEL);
	int ret;

	if (!payload || !buf)
		return ERR_PTR(-ENOMEM);
	payload->len = len;
	ret = get_random_bytes_wait(payload->secret, sizeof(payload->secret));
	if (ret)
		return ERR_PTR(ret);
	chacha20poly1305_encrypt(buf, data, len, NULL, 0, 0, payload->secret);
	ret = big_key_write_file(&payload->path, buf, sealed);
	return ret ? ERR_PTR(ret) : no_free_ptr(payload);
}

/**
 * big_key_preparse - store the payload in memory or in a file
 * @prep: payload to parse
 *
 * Context: may sleep.
 * Return: 0; -EINVAL for a payload that is empty or too long; -ENOMEM;
 * -ERESTARTSYS if a signal interrupts the wait for random numbers; or an error
 * of tmpfs, -EIO if it does not store the whole payload.
 */
int big_key_preparse(struct key_preparsed_payload *prep)
{
	struct big_key_payload *payload;

	if (!prep->data || !prep->datalen || prep->datalen > BIG_KEY_MAX_DATALEN)
		return -EINVAL;
	prep->quotalen = BIG_KEY_QUOTA;
	payload = prep->datalen <= BIG_KEY_MAX_INLINE ?
		  big_key_keep(prep->data, prep->datalen) :
		  big_key_store(prep->data, prep->datalen);
	if (IS_ERR(payload))
		return PTR_ERR(payload);
	prep->payload.data[BIG_KEY_PAYLOAD] = payload;
	prep->payload.data[BIG_KEY_LEN] = (void *)payload->len;
	return 0;
}

/**
 * big_key_free_preparse - free the payload, unless a key has taken it over
 * @prep: payload that went through big_key_preparse()
 *
 * Context: may sleep.
 */
void big_key_free_preparse(struct key_preparsed_payload *prep)
{
	big_key_payload_free(prep->payload.data[BIG_KEY_PAYLOAD]);
}

/**
 * big_key_update - replace the payload
 * @key: key that is constructed and neither revoked nor invalid; may be
 *	negative or expired
 * @prep: payload that went through big_key_preparse(). It is swapped with the
 *	old payload, so that big_key_free_preparse() frees the old payload
 *
 * The timeout of the key does not change, unless the key has expired or is
 * negative: then the key gets the expiry of @prep.
 *
 * Context: may sleep; key->sem held for writing.
 * Return: 0, or -EDQUOT with nothing changed if the account is over its quota.
 */
int big_key_update(struct key *key, struct key_preparsed_payload *prep)
{
	bool dead = key_read_state(key) < 0 || key_validate(key);
	int ret;

	lockdep_assert_held_write(&key->sem);
	ret = key_payload_reserve(key, prep->quotalen);
	if (ret)
		return ret;
	if (dead)
		key_set_expiry(key, prep->expiry);
	swap(key->payload.data[BIG_KEY_PAYLOAD],
	     prep->payload.data[BIG_KEY_PAYLOAD]);
	WRITE_ONCE(key->payload.data[BIG_KEY_LEN],
		   prep->payload.data[BIG_KEY_LEN]);
	return 0;
}

/**
 * big_key_revoke - free the payload of a revoked key
 * @key: key
 *
 * Context: may sleep; key->sem held for writing.
 */
void big_key_revoke(struct key *key)
{
	lockdep_assert_held_write(&key->sem);
	/* key_payload_reserve() cannot fail, because the charge gets smaller */
	key_payload_reserve(key, 0);
	big_key_destroy(key);
	key->payload.data[BIG_KEY_PAYLOAD] = NULL;
}

/**
 * big_key_destroy - free the payload of a key
 * @key: key whose payload no task can use any more
 *
 * Context: may sleep.
 */
void big_key_destroy(struct key *key)
{
	big_key_payload_free(key->payload.data[BIG_KEY_PAYLOAD]);
}

/*
 * Return the memory that the payload takes, for key_memory(). key->datalen does
 * not say this: it contains the charge, which does not depend on the length.
 */
static size_t big_key_footprint(const struct key *key)
{
	const struct big_key_payload *payload = key->payload.data[BIG_KEY_PAYLOAD];

	if (!key_is_positive(key) || !payload)
		return 0;
	if (big_key_in_file(payload))
		return sizeof(*payload) + PAGE_ALIGN(payload->len);
	return kmalloc_size_roundup(struct_size(payload, data, payload->len));
}

/**
 * big_key_describe - show the description, the length and where the payload is
 * @key: key
 * @m: output
 *
 * Context: any. No lock is held, so another task may free the struct
 * big_key_payload at the same time. This function does not read it.
 */
void big_key_describe(const struct key *key, struct seq_file *m)
{
	size_t len = (size_t)READ_ONCE(key->payload.data[BIG_KEY_LEN]);

	seq_puts(m, key->description);
	if (key_is_positive(key))
		seq_printf(m, ": %zu [%s]", len,
			   len > BIG_KEY_MAX_INLINE ? "file" : "buff");
}

static ssize_t big_key_read_file(const struct path *path, u8 *buf, size_t len)
{
	struct file *file __free(fput) =
		dentry_open(path, O_RDONLY, current_cred());
	loff_t pos = 0;
	ssize_t ret;

	if (IS_ERR(file))
		return PTR_ERR(file);
	ret = kernel_read(file, buf, len, &pos);
	if (ret == len)
		return 0;
	return ret < 0 ? ret : -EIO;
}

static long big_key_fetch(const struct big_key_payload *payload, u8 *buffer)
{
	size_t sealed = payload->len + CHACHA20POLY1305_AUTHTAG_SIZE;
	ssize_t ret;

	u8 *buf __free(kvfree) = kvmalloc(sealed, GFP_KERNEL);

	if (!buf)
		return -ENOMEM;
	ret = big_key_read_file(&payload->path, buf, sealed);
	if (ret)
		return ret;
	if (!chacha20poly1305_decrypt(buffer, buf, sealed, NULL, 0, 0,
				      payload->secret))
		return -EBADMSG;
	return payload->len;
}

/**
 * big_key_read - copy the payload to a buffer
 * @key: key
 * @buffer: buffer, or NULL
 * @buflen: length of @buffer; if it is too short, nothing is copied
 *
 * Context: may sleep; key->sem held.
 * Return: length of the payload; -EKEYREVOKED if the key has no payload any
 * more; -EBADMSG if the file has been changed; -EIO if the file is too short;
 * -ENOMEM; or an error of tmpfs or of a security module when the file is
 * opened.
 */
long big_key_read(const struct key *key, char *buffer, size_t buflen)
{
	const struct big_key_payload *payload = key->payload.data[BIG_KEY_PAYLOAD];

	lockdep_assert_held(&key->sem);
	if (!payload)
		return -EKEYREVOKED;
	if (!buffer || buflen < payload->len)
		return payload->len;
	if (big_key_in_file(payload))
		return big_key_fetch(payload, buffer);
	memcpy(buffer, payload->data, payload->len);
	return payload->len;
}

struct key_type key_type_big_key = {
	.name		= "big_key",
	.permanent	= true,
	.preparse	= big_key_preparse,
	.free_preparse	= big_key_free_preparse,
	.instantiate	= generic_key_instantiate,
	.update		= big_key_update,
	.revoke		= big_key_revoke,
	.destroy	= big_key_destroy,
	.describe	= big_key_describe,
	.read		= big_key_read,
	.footprint	= big_key_footprint,
};

static int __init big_key_init(void)
{
	return register_key_type(&key_type_big_key);
}
device_initcall(big_key_init);
