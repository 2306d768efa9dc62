// SPDX-License-Identifier: GPL-2.0-only
/*
 * The options of keyctl(2) for a helper: a process that constructs a key which
 * another process has requested; see request-key(8).
 */
#include <linux/cred.h>
#include <linux/uio.h>
#include <uapi/linux/keyctl.h>

#include "../core/authkey.h"
#include "../core/key.h"
#include "../process/lookup.h"
#include "copyin.h"
#include "handlers.h"

/*
 * Let the calling thread assume @authkey, an authorisation key, which gives the
 * right to construct one other key. The authorisation key that the thread had
 * assumed before is dropped. With NULL, the thread has assumed none afterwards.
 */
static int set_authority(struct key *authkey)
{
	struct cred *new = prepare_creds();

	if (!new)
		return -ENOMEM;
	key_put(new->request_key_auth);
	new->request_key_auth = key_get(authkey);
	return commit_creds(new);
}

/**
 * struct authority - the right to construct a key, which a thread has assumed
 * @authkey: the authorisation key, with a reference, or NULL
 * @rka: the record of the authorisation key, with a reference, or NULL
 *
 * The references keep both valid while the thread sleeps in a page fault, even
 * if the authorisation key is revoked meanwhile, and when lookup_user_key()
 * replaces the thread's credentials, which refer to the authorisation key, too.
 */
struct authority {
	struct key		*authkey;
	struct request_key_auth	*rka;
};

static void authority_put(const struct authority *auth)
{
	if (auth->rka)
		request_key_auth_put(auth->rka);
	key_put(auth->authkey);
}

DEFINE_FREE(authority, struct authority, authority_put(&_T))

/*
 * Get the authority (authorisation key and record) that the calling thread has
 * assumed. Returns 0; -EPERM if the thread has assumed none, or one for another
 * key than @id; -EKEYREVOKED if the authorisation key has been revoked.
 */
static int authority_get(struct authority *auth, key_serial_t id)
{
	auth->authkey = key_get(current_cred()->request_key_auth);
	if (!auth->authkey)
		return -EPERM;
	auth->rka = authkey_get_auth(auth->authkey);
	if (!auth->rka)
		return -EKEYREVOKED;
	return key_serial(auth->rka->target_key) == id ? 0 : -EPERM;
}

/*
 * Find the keyring that the helper names with @id, and that the constructed key
 * is linked into. Returns NULL for 0: the key is linked into no other keyring
 * than the destination of the request, which links the key already. A special
 * id (KEY_SPEC_*) does not mean a keyring of the helper: when the helper exits,
 * nobody uses that keyring any more. Each special id of a keyring means the
 * destination of the request.
 */
static struct key *lookup_destination(key_serial_t id,
				      const struct request_key_auth *rka)
{
	key_ref_t ref;

	if (id == 0)
		return NULL;
	if (id == KEY_SPEC_REQKEY_AUTH_KEY)
		return ERR_PTR(-EINVAL);
	if (id < KEY_SPEC_REQUESTOR_KEYRING)
		return ERR_PTR(-ENOKEY);
	if (id < 0)
		return key_get(rka->dest_keyring);
	ref = lookup_user_key(id, KEY_LOOKUP_CREATE, KEY_NEED_WRITE);
	return IS_ERR(ref) ? ERR_CAST(ref) : key_ref_to_ptr(ref);
}

static long instantiate(const struct authority *auth,
			const struct payload_copy *payload, key_serial_t destid)
{
	struct key *dest __free(key_put) = lookup_destination(destid, auth->rka);
	int ret;

	if (IS_ERR(dest))
		return PTR_ERR(dest);
	ret = key_instantiate_and_link(auth->rka->target_key, payload->data,
				       payload->len, dest, auth->authkey);
	/*
	 * Drop the authority, which is used up: the authorisation key is
	 * invalidated. If this fails for lack of memory, the thread keeps a key
	 * that permits nothing any more.
	 */
	if (!ret)
		set_authority(NULL);
	return ret;
}

/**
 * keyctl_instantiate - instantiate a requested key; see keyctl_instantiate(3)
 * @args: key, payload, its length, keyring to link the key into or 0
 *
 * Context: may sleep.
 * Return: 0; -EINVAL for a payload that is longer than KEY_MAX_PAYLOAD; -EPERM
 * if the caller has not assumed the authorisation key, which gives the right to
 * construct this key; -EKEYREVOKED if the authorisation key has been revoked;
 * -EFAULT; -ENOMEM; an error of lookup_destination() or lookup_user_key() for
 * the keyring; or see key_instantiate_and_link().
 */
long keyctl_instantiate(const struct keyctl_args *args)
{
	struct payload_copy payload __free(payload_copy) = {};
	struct authority auth __free(authority) = {};
	/* A NULL pointer means no payload, and the length is ignored */
	size_t len = args->arg3 ? args->arg4 : 0;
	int ret;

	if (len > KEY_MAX_PAYLOAD)
		return -EINVAL;
	ret = authority_get(&auth, args->arg2);
	if (ret)
		return ret;
	/*
	 * Hold no lock here: a page fault may sleep for as long as user space
	 * chooses.
	 */
	ret = copy_payload(&payload, keyctl_ptr(args->arg3), len);
	if (ret)
		return ret;
	return instantiate(&auth, &payload, args->arg5);
}

static long instantiate_iter(key_serial_t id, struct iov_iter *from,
			     key_serial_t destid)
{
	struct payload_copy payload __free(payload_copy) = {};
	struct authority auth __free(authority) = {};
	int ret;

	if (iov_iter_count(from) > KEY_MAX_PAYLOAD)
		return -EINVAL;
	ret = authority_get(&auth, id);
	if (ret)
		return ret;
	ret = copy_payload_iter(&payload, from);
	if (ret)
		return ret;
	return instantiate(&auth, &payload, destid);
}

/**
 * keyctl_instantiate_iov - instantiate a requested key from several buffers;
 * see keyctl_instantiate_iov(3)
 * @args: key, vector of buffers (struct iovec) or NULL, number of buffers,
 *	keyring to link the key into or 0
 *
 * Context: may sleep.
 * Return: 0; -EINVAL for a vector that is too long, or for a buffer of negative
 * length; or see keyctl_instantiate().
 */
long keyctl_instantiate_iov(const struct keyctl_args *args)
{
	struct iovec stack[UIO_FASTIOV], *iov = stack;
	unsigned int nr = args->arg3 ? args->arg4 : 0;
	struct iov_iter from;
	ssize_t len;
	long ret;

	len = import_iovec(ITER_SOURCE, keyctl_ptr(args->arg3), nr,
			   ARRAY_SIZE(stack), &iov, &from);
	if (len < 0)
		return len;
	ret = instantiate_iter(args->arg2, &from, args->arg5);
	kfree(iov);
	return ret;
}

/*
 * Is this number refused as the error of a negative key? 0 would mean success.
 * ERESTART* would make the kernel restart the system call that finds the key.
 * Numbers above MAX_ERRNO are no errors for the kernel and the C library;
 * MAX_ERRNO itself has always been refused, too.
 */
static bool error_is_reserved(unsigned int error)
{
	switch (error) {
	case 0:
	case ERESTARTSYS:
	case ERESTARTNOINTR:
	case ERESTARTNOHAND:
	case ERESTART_RESTARTBLOCK:
		return true;
	default:
		return error >= MAX_ERRNO;
	}
}

static long reject(key_serial_t id, unsigned int timeout, unsigned int error,
		   key_serial_t destid)
{
	struct authority auth __free(authority) = {};
	int ret;

	if (error_is_reserved(error))
		return -EINVAL;
	ret = authority_get(&auth, id);
	if (ret)
		return ret;

	struct key *dest __free(key_put) = lookup_destination(destid, auth.rka);

	if (IS_ERR(dest))
		return PTR_ERR(dest);
	ret = key_reject_and_link(auth.rka->target_key, timeout, error, dest,
				  auth.authkey);
	/* Drop the authority, which is used up: see instantiate() */
	if (!ret)
		set_authority(NULL);
	return ret;
}

/**
 * keyctl_reject - reject a requested key with an error; see keyctl_reject(3)
 * @args: key, seconds until the negative key expires, error that a search
 *	returns, keyring to link the key into or 0
 *
 * Context: may sleep.
 * Return: 0; -EINVAL for an error number that cannot be the error of a key, see
 * error_is_reserved(); -EPERM if the caller has not assumed the authorisation
 * key, which gives the right to construct this key; -EKEYREVOKED if the
 * authorisation key has been revoked; an error of lookup_destination() or
 * lookup_user_key() for the keyring; or see key_reject_and_link().
 */
long keyctl_reject(const struct keyctl_args *args)
{
	return reject(args->arg2, args->arg3, args->arg4, args->arg5);
}

/**
 * keyctl_negate - reject a requested key with ENOKEY; see keyctl_negate(3)
 * @args: key, seconds until the negative key expires, keyring to link the key
 *	into or 0
 *
 * Context: may sleep.
 * Return: see keyctl_reject().
 */
long keyctl_negate(const struct keyctl_args *args)
{
	return reject(args->arg2, args->arg3, ENOKEY, args->arg4);
}

/**
 * keyctl_assume_authority - assume the authority to construct a key; see
 * keyctl_assume_authority(3)
 * @args: key, or 0 to drop an assumed authority
 *
 * The authority is the right to construct the key, which an authorisation key
 * in the caller's keyrings gives.
 *
 * Context: may sleep.
 * Return: the serial number of the authorisation key, or 0 if the authority was
 * dropped; -EINVAL for a special id (KEY_SPEC_*); -ENOKEY if the caller's
 * keyrings link no authorisation key for this key; -ENOMEM; or another error of
 * get_instantiation_authkey().
 */
long keyctl_assume_authority(const struct keyctl_args *args)
{
	key_serial_t id = args->arg2;
	int ret;

	if (id < 0)
		return -EINVAL;
	if (id == 0)
		return set_authority(NULL);

	struct key *authkey __free(key_put) = get_instantiation_authkey(id);

	if (IS_ERR(authkey))
		return PTR_ERR(authkey);
	ret = set_authority(authkey);
	return ret ?: key_serial(authkey);
}
