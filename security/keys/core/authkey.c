// SPDX-License-Identifier: GPL-2.0-only
/*
 * Authorisation keys: keys of type ".request_key_auth". Each of them authorises
 * the construction of one key, usually by a helper that request_key() starts.
 *
 * The payload of an authorisation key is its record, a struct request_key_auth.
 * The record has a reference count of its own, because revoking the key removes
 * the record from the key while a task may still use the record.
 */
#include <linux/pid.h>
#include <linux/proc_fs.h>
#include <linux/sched.h>
#include <linux/seq_file.h>
#include <linux/slab.h>

#include "authkey.h"
#include "instantiate.h"
#include "key.h"

#define AUTHKEY_PERM	(KEY_USR_VIEW | KEY_POS_LINK | KEY_POS_SEARCH | \
			 KEY_POS_READ | KEY_POS_VIEW)

static void request_key_auth_free(struct request_key_auth *rka)
{
	key_put(rka->target_key);
	key_put(rka->dest_keyring);
	put_cred(rka->cred);
	put_pid(rka->pid);
	kfree_sensitive(rka->callout_info);
	kfree_rcu(rka, rcu);
}

/**
 * request_key_auth_put - drop a reference to an authorisation key's record
 * @rka: the record; NULL and ERR_PTRs are ignored
 *
 * Context: any.
 */
void request_key_auth_put(struct request_key_auth *rka)
{
	if (!IS_ERR_OR_NULL(rka) && refcount_dec_and_test(&rka->usage))
		request_key_auth_free(rka);
}

/**
 * authkey_get_auth - get the record of an authorisation key
 * @authkey: the key; the caller holds a reference
 *
 * Context: any.
 * Return: the record with a reference for the caller, or NULL if the key has
 * been revoked.
 */
struct request_key_auth *authkey_get_auth(struct key *authkey)
{
	struct request_key_auth *rka;

	guard(rcu)();
	rka = dereference_key_rcu(authkey);
	return rka && refcount_inc_not_zero(&rka->usage) ? rka : NULL;
}

/*
 * prep->data is no data of user space, but the record itself: authkey_new()
 * passes a pointer to it. User space cannot make keys of this type, because the
 * name begins with a dot.
 */
static int authkey_preparse(struct key_preparsed_payload *prep)
{
	prep->payload.data[0] = (void *)prep->data;
	return 0;
}

/*
 * Show an authorisation key in /proc/keys, with the requester's PID. The PID is
 * translated to the PID namespace of the reader's /proc.
 */
static void authkey_describe(const struct key *key, struct seq_file *m)
{
	struct pid_namespace *ns = m->file ?
		proc_pid_ns(file_inode(m->file)->i_sb) : &init_pid_ns;
	struct request_key_auth *rka __free(request_key_auth_put) = NULL;

	seq_printf(m, "key:%s", key->description);
	if (!key_is_positive(key))
		return;
	rka = authkey_get_auth((struct key *)key);
	if (rka)
		seq_printf(m, " pid:%d ci:%zu", pid_nr_ns(rka->pid, ns),
			   rka->callout_len);
}

static long authkey_read(const struct key *key, char *buffer, size_t buflen)
{
	struct request_key_auth *rka = dereference_key_locked(key);

	if (!rka)
		return -EKEYREVOKED;
	if (buffer)
		memcpy(buffer, rka->callout_info,
		       min(buflen, rka->callout_len));
	return rka->callout_len;
}

static void authkey_revoke(struct key *key)
{
	struct request_key_auth *rka = dereference_key_locked(key);

	rcu_assign_keypointer(key, NULL);
	request_key_auth_put(rka);
}

static void authkey_destroy(struct key *key)
{
	request_key_auth_put(rcu_access_pointer(key->payload.rcu_data0));
}

struct key_type key_type_request_key_auth = {
	.name		= ".request_key_auth",
	.permanent	= true,
	.preparse	= authkey_preparse,
	.instantiate	= generic_key_instantiate,
	.describe	= authkey_describe,
	.revoke		= authkey_revoke,
	.destroy	= authkey_destroy,
	.read		= authkey_read,
};

/*
 * Record the requester: the subject for whom the key is constructed. This is
 * the caller. But if the caller has assumed an authorisation key, the caller
 * itself constructs a key for another requester: then that requester is
 * recorded.
 */
static int set_requester(struct request_key_auth *rka)
{
	struct key *assumed = current_cred()->request_key_auth;
	struct request_key_auth *outer;

	if (!assumed) {
		rka->cred = get_current_cred();
		rka->pid = get_pid(task_pid(current));
		return 0;
	}
	outer = authkey_get_auth(assumed);
	/*
	 * Only a revoked authorisation key has no record. A key that is used up
	 * has a record, and is no error here: the helper may go on to request
	 * keys after its child has constructed the key.
	 */
	if (!outer)
		return -EKEYREVOKED;
	rka->cred = get_cred(outer->cred);
	rka->pid = get_pid(outer->pid);
	request_key_auth_put(outer);
	return 0;
}

static struct request_key_auth *rka_new(struct key *target, const char *op,
					const void *callout_info,
					size_t callout_len,
					struct key *dest_keyring)
{
	struct request_key_auth *rka = kzalloc(sizeof(*rka), GFP_KERNEL);
	int ret;

	if (!rka)
		return ERR_PTR(-ENOMEM);
	refcount_set(&rka->usage, 1);
	rka->target_key = key_get(target);
	rka->dest_keyring = key_get(dest_keyring);
	strscpy(rka->op, op, sizeof(rka->op));
	rka->callout_len = callout_len;
	rka->callout_info = kmemdup(callout_info, callout_len, GFP_KERNEL);
	ret = rka->callout_info ? set_requester(rka) : -ENOMEM;
	if (ret) {
		request_key_auth_put(rka);
		return ERR_PTR(ret);
	}
	return rka;
}

/**
 * authkey_describe_target - make the description of an authorisation key
 * @desc: filled in with the serial number of @target, in hexadecimal
 * @target: serial number of the key that is under construction
 *
 * A search for the authorisation key of @target uses the same description. User
 * space sees the description in /proc/keys.
 *
 * Context: any.
 */
void authkey_describe_target(char desc[AUTHKEY_DESC_SIZE], key_serial_t target)
{
	snprintf(desc, AUTHKEY_DESC_SIZE, "%x", target);
}

static struct key *authkey_alloc(const struct key *target)
{
	const struct cred *cred = current_cred();
	char desc[AUTHKEY_DESC_SIZE];

	authkey_describe_target(desc, key_serial(target));
	return key_alloc(&key_type_request_key_auth, desc, cred->fsuid,
			 cred->fsgid, cred,
			 AUTHKEY_PERM, KEY_ALLOC_NOT_IN_QUOTA, NULL);
}

/**
 * authkey_new - make an authorisation key
 * @target: key to be constructed
 * @op: name of the operation, "create"
 * @callout_info: data for the constructor of the key, copied; not NULL
 * @callout_len: length of @callout_info in bytes, may be 0
 * @dest_keyring: keyring into which the requester wants the key linked, or NULL
 *
 * Context: may sleep.
 * Return: the authorisation key with a reference for the caller, or an
 * ERR_PTR: -ENOMEM, -EKEYREVOKED if the caller has assumed an authorisation key
 * that has been revoked, or the error of a security module.
 */
struct key *authkey_new(struct key *target, const char *op,
			const void *callout_info, size_t callout_len,
			struct key *dest_keyring)
{
	struct request_key_auth *rka __free(request_key_auth_put) = NULL;
	struct key *authkey __free(key_put) = NULL;
	int ret;

	rka = rka_new(target, op, callout_info, callout_len, dest_keyring);
	if (IS_ERR(rka))
		return ERR_CAST(rka);
	authkey = authkey_alloc(target);
	if (IS_ERR(authkey))
		return no_free_ptr(authkey);
	ret = key_instantiate_and_link(authkey, rka, 0, NULL, NULL);
	if (ret)
		return ERR_PTR(ret);
	/* The authorisation key owns the record now */
	rka = NULL;
	return_ptr(authkey);
}

/**
 * complete_request_key - end the construction by a type's ->request_key()
 * @authkey: authorisation key that ->request_key() was called with
 * @error: 0, or a negative error if the key could not be constructed
 *
 * If @error is negative, the key under construction is negated: its state
 * becomes the error ENOKEY. The authorisation key is revoked in any case.
 *
 * Context: may sleep.
 */
void complete_request_key(struct key *authkey, int error)
{
	struct request_key_auth *rka __free(request_key_auth_put) =
		authkey_get_auth(authkey);

	if (error < 0 && rka)
		key_negate_and_link(rka->target_key, KEY_NEGATIVE_TIMEOUT,
				    NULL, NULL);
	key_revoke(authkey);
}
EXPORT_SYMBOL(complete_request_key);

#if IS_ENABLED(CONFIG_KEYS_KUNIT_TEST)
#include "../tests/authkey_kunit.c"
#endif
