// SPDX-License-Identifier: GPL-2.0-only
/*
 * How a key gets its payload, or the error that it has instead.
 *
 * A key is unborn until one of key_instantiate_and_link() and
 * key_reject_and_link() settles it, once. Whoever calls a type's constructor
 * has claimed the key, so that there is never a second one at work on it.
 */
#include <linux/export.h>
#include <linux/sched.h>
#include <linux/timekeeping.h>
#include <linux/wait_bit.h>

#include "authkey.h"
#include "instantiate.h"
#include "key.h"
#include "notify.h"
#include "quota.h"
#include "restrict.h"
#include "type.h"

/**
 * key_preparse - let a type parse a payload
 * @type: type
 * @prep: filled in; ->orig_description set by the caller, all else zero.
 *	key_preparse_end() must follow, whatever is returned.
 * @data: the bytes, or NULL
 * @datalen: their number
 *
 * Context: may sleep; within guard(key_types)().
 * Return: 0, or what ->preparse() said.
 */
int key_preparse(struct key_type *type, struct key_preparsed_payload *prep,
		 const void *data, size_t datalen)
{
	prep->data = data;
	prep->datalen = datalen;
	prep->quotalen = type->def_datalen;
	prep->expiry = TIME64_MAX;
	return type->preparse ? type->preparse(prep) : 0;
}

/**
 * key_preparse_end - release what is left of a parsed payload
 * @type: type
 * @prep: what key_preparse() filled in
 *
 * Context: may sleep; within guard(key_types)().
 */
void key_preparse_end(struct key_type *type,
		      struct key_preparsed_payload *prep)
{
	if (type->preparse && type->free_preparse)
		type->free_preparse(prep);
}

/**
 * generic_key_instantiate - the constructor of types that parse in advance
 * @key: unborn key
 * @prep: parsed payload; the key takes it over
 *
 * Context: may sleep.
 * Return: 0, or -EDQUOT and @prep keeps the payload.
 */
int generic_key_instantiate(struct key *key,
			    struct key_preparsed_payload *prep)
{
	void **from = prep->payload.data;
	int i, ret;

	ret = key_payload_reserve(key, prep->quotalen);
	if (ret)
		return ret;
	for (i = 1; i < ARRAY_SIZE(prep->payload.data); i++)
		swap(key->payload.data[i], from[i]);
	rcu_assign_keypointer(key, from[0]);
	from[0] = NULL;
	return 0;
}
EXPORT_SYMBOL(generic_key_instantiate);

/**
 * key_default_perm - what a key grants if its maker does not say
 * @type: its type
 *
 * See keyrings(7).
 *
 * Return: a permission mask.
 */
key_perm_t key_default_perm(const struct key_type *type)
{
	key_perm_t perm = KEY_POS_VIEW | KEY_POS_SEARCH | KEY_POS_LINK |
			  KEY_POS_SETATTR | KEY_USR_VIEW;

	if (type->read)
		perm |= KEY_POS_READ;
	if (type == &key_type_keyring || type->update)
		perm |= KEY_POS_WRITE;
	return perm;
}

static void key_claim(struct key *key)
{
	wait_on_bit_lock(&key->flags, KEY_FLAG_CONSTRUCTING,
			 TASK_UNINTERRUPTIBLE);
}

static void key_unclaim(struct key *key)
{
	clear_and_wake_up_bit(KEY_FLAG_CONSTRUCTING, &key->flags);
}

DEFINE_GUARD(key_claim, struct key *, key_claim(_T), key_unclaim(_T))

/* Those who wait for the outcome may look now. */
static void key_construction_done(struct key *key)
{
	if (test_bit(KEY_FLAG_USER_CONSTRUCT, &key->flags))
		clear_and_wake_up_bit(KEY_FLAG_USER_CONSTRUCT, &key->flags);
}

/**
 * key_fill - let the type construct a key from a parsed payload
 * @key: key
 * @prep: parsed payload
 *
 * Context: may sleep; within guard(key_types)().
 * Return: 0, -EBUSY if the key is settled already, or what ->instantiate()
 * said; the key is as unborn as before then.
 */
int key_fill(struct key *key, struct key_preparsed_payload *prep)
{
	const struct key_type *type;
	int ret;

	guard(key_claim)(key);
	if (key_read_state(key) != KEY_IS_UNINSTANTIATED)
		return -EBUSY;
	/* Once, since unregistering the type puts another in its place */
	type = READ_ONCE(key->type);
	if (!type->instantiate)
		return -EKEYREVOKED;
	ret = type->instantiate(key, prep);
	if (ret)
		return ret;
	/* What a helper has set stays, unless the payload says otherwise */
	if (prep->expiry != TIME64_MAX)
		key_set_expiry(key, prep->expiry);
	quota_publish_state(key, KEY_IS_POSITIVE);
	notify_key(key, NOTIFY_KEY_INSTANTIATED, 0);
	return 0;
}

/**
 * key_keep_with - a key is to be kept as its keyring is
 * @key: key
 * @keyring: keyring that is going to link it
 */
void key_keep_with(struct key *key, const struct key *keyring)
{
	if (test_bit(KEY_FLAG_KEEP, &keyring->flags))
		set_bit(KEY_FLAG_KEEP, &key->flags);
}

static int fill_and_link(struct key *key, struct key_preparsed_payload *prep,
			 struct key *keyring)
{
	struct keyring_edit edit;
	int ret;

	ret = keyring_edit_begin(&edit, keyring, key);
	if (ret)
		return ret;
	ret = restriction_check(edit.ring, key->type, &prep->payload);
	if (!ret)
		ret = keyring_edit_check(&edit);
	if (!ret)
		ret = key_fill(key, prep);
	if (!ret) {
		key_keep_with(key, keyring);
		keyring_edit_commit(&edit);
	}
	keyring_edit_end(&edit);
	return ret;
}

/*
 * An authorisation that is used up stays in the session keyring that was made
 * for it, so that who looks for it is told, and goes with that; its record
 * stays readable.
 */
static void finish_construction(struct key *key, struct key *authkey)
{
	if (authkey)
		key_use_up(authkey);
	key_construction_done(key);
}

/**
 * key_instantiate_and_link - give an unborn key its payload
 * @key: key
 * @data: payload, or NULL
 * @len: its length
 * @keyring: keyring to link it into, or NULL; its restriction holds
 * @authkey: authorisation that is used up, or NULL. Its record stays readable.
 *
 * No permission is checked. See keyctl_instantiate(3).
 *
 * Context: may sleep.
 * Return: 0, -EBUSY if the key is settled already, what the type, the
 * restriction or keyring_edit_begin() said; the key is as unborn as before
 * then.
 */
int key_instantiate_and_link(struct key *key, const void *data, size_t len,
			     struct key *keyring, struct key *authkey)
{
	struct key_preparsed_payload prep = { };
	struct key_type *type;
	int ret;

	guard(key_types)();
	type = READ_ONCE(key->type);
	prep.orig_description = key->description;
	ret = key_preparse(type, &prep, data, len);
	if (!ret)
		ret = keyring ? fill_and_link(key, &prep, keyring) :
				key_fill(key, &prep);
	key_preparse_end(type, &prep);
	if (!ret)
		finish_construction(key, authkey);
	return ret;
}
EXPORT_SYMBOL(key_instantiate_and_link);

static int key_reject(struct key *key, unsigned int timeout, unsigned int error)
{
	guard(key_claim)(key);
	if (key_read_state(key) != KEY_IS_UNINSTANTIATED)
		return -EBUSY;
	key_set_expiry(key, ktime_get_real_seconds() + timeout);
	quota_publish_state(key, -(short)error);
	notify_key(key, NOTIFY_KEY_INSTANTIATED, -(int)error);
	return 0;
}

/*
 * The key is rejected even if it can't be linked: somebody waits for it. But
 * not if the keyring is restricted, since there is no payload that the
 * restriction could judge.
 */
static int reject_and_link(struct key *key, unsigned int timeout,
			  unsigned int error, struct key *keyring)
{
	struct keyring_edit edit;
	int ret, link_ret;

	/* Whether or not there would be room for a link */
	if (key_is_keyring(keyring) &&
	    READ_ONCE(to_keyring(keyring)->restriction))
		return -EPERM;
	link_ret = keyring_edit_begin(&edit, keyring, key);
	if (link_ret)
		return key_reject(key, timeout, error) ?: link_ret;
	/* Set for good, with the keyring locked */
	ret = edit.ring->restriction ? -EPERM :
		key_reject(key, timeout, error);
	if (!ret)
		keyring_edit_commit(&edit);
	keyring_edit_end(&edit);
	return ret;
}

/**
 * key_reject_and_link - settle an unborn key as a failure
 * @key: key
 * @timeout: seconds for which the failure is remembered
 * @error: positive error number that whoever finds the key gets
 * @keyring: keyring to link it into, or NULL; not if it is restricted
 * @authkey: authorisation that is used up, or NULL
 *
 * No permission is checked. See keyctl_reject(3).
 *
 * Context: may sleep.
 * Return: 0; -EBUSY if the key is settled already or -EPERM if @keyring is
 * restricted, and key and authorisation are as they were; or, with the key
 * rejected all the same, what keyring_edit_begin() said.
 */
int key_reject_and_link(struct key *key, unsigned int timeout,
			unsigned int error, struct key *keyring,
			struct key *authkey)
{
	int ret;

	ret = keyring ? reject_and_link(key, timeout, error, keyring) :
			key_reject(key, timeout, error);
	if (ret != -EBUSY && ret != -EPERM)
		finish_construction(key, authkey);
	return ret;
}
EXPORT_SYMBOL(key_reject_and_link);

/**
 * complete_request_key - a type's own ->request_key() has run its course
 * @authkey: the authorisation that it was given
 * @error: 0, or a negative error if the key could not be constructed
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

/**
 * wait_for_key_construction - wait until a requested key is settled
 * @key: key; the caller holds a reference
 * @intr: give up upon a signal
 *
 * Context: may sleep.
 * Return: 0 if it can be used, -ERESTARTSYS, the error of a negative key, or
 * what key_validate() says.
 */
int wait_for_key_construction(struct key *key, bool intr)
{
	int state;

	if (wait_on_bit(&key->flags, KEY_FLAG_USER_CONSTRUCT,
			intr ? TASK_INTERRUPTIBLE : TASK_UNINTERRUPTIBLE))
		return -ERESTARTSYS;
	state = key_read_state(key);
	return state < 0 ? state : key_validate(key);
}
EXPORT_SYMBOL(wait_for_key_construction);

/**
 * keyring_alloc - make a keyring
 * @name: its name
 * @owner: owner, whose account pays
 * @group: group
 * @cred: credentials that security modules label it by
 * @perm: permission mask
 * @flags: KEY_ALLOC_*
 * @restriction: what may be linked into it, or NULL; the keyring's upon
 *	success, the caller's upon failure
 * @dest: keyring to link it into, or NULL; no permission is checked
 *
 * Context: may sleep.
 * Return: the keyring, empty, with a reference for the caller; or an ERR_PTR
 * as from key_alloc() and key_instantiate_and_link().
 */
struct key *keyring_alloc(const char *name, kuid_t owner, kgid_t group,
			  const struct cred *cred, key_perm_t perm,
			  unsigned long flags,
			  struct key_restriction *restriction,
			  struct key *dest)
{
	struct key *ring;
	int ret;

	ring = key_alloc(&key_type_keyring, name, owner, group, cred, perm,
			 flags, restriction);
	if (IS_ERR(ring))
		return ring;
	ret = key_instantiate_and_link(ring, NULL, 0, dest, NULL);
	if (!ret)
		return ring;
	to_keyring(ring)->restriction = NULL;
	key_put(ring);
	return ERR_PTR(ret);
}
EXPORT_SYMBOL(keyring_alloc);

#if IS_ENABLED(CONFIG_KEYS_KUNIT_TEST)
#include "../tests/instantiate_kunit.c"
#endif
