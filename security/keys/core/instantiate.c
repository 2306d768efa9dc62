// SPDX-License-Identifier: GPL-2.0-only
/*
 * Construction of keys: instantiate a key with a payload, or reject the key.
 *
 * A new key is uninstantiated. Either key_fill() makes the key positive, that
 * is, gives the key a payload; or key_reject() makes the key negative, that is,
 * gives the key an error. This happens once. Both functions first set
 * KEY_FLAG_CONSTRUCTING, so that only one task constructs a key at a time.
 */
#include <linux/export.h>
#include <linux/ktime.h>
#include <linux/sched.h>
#include <linux/wait_bit.h>

#include "edit.h"
#include "instantiate.h"
#include "key.h"
#include "notify.h"
#include "restrict.h"
#include "type.h"

/**
 * key_preparse - let a type parse a payload
 * @type: type
 * @prep: filled in; the caller has zeroed all fields but ->orig_description.
 *	key_preparse_end() must follow, even if this function fails.
 * @data: the payload, or NULL
 * @datalen: length of @data in bytes
 *
 * Context: may sleep; within guard(key_types)().
 * Return: 0, or the error of ->preparse().
 */
int key_preparse(struct key_type *type, struct key_preparsed_payload *prep,
		 const void *data, size_t datalen)
{
	key_types_assert_held();
	prep->data = data;
	prep->datalen = datalen;
	prep->quotalen = type->def_datalen;
	prep->expiry = TIME64_MAX;
	return type->preparse ? type->preparse(prep) : 0;
}

/**
 * key_preparse_end - free what no key has taken over from a parsed payload
 * @type: type
 * @prep: payload that key_preparse() has parsed
 *
 * Context: may sleep; within guard(key_types)().
 */
void key_preparse_end(struct key_type *type,
		      struct key_preparsed_payload *prep)
{
	key_types_assert_held();
	if (type->preparse && type->free_preparse)
		type->free_preparse(prep);
}

/**
 * generic_key_instantiate - give a key the payload that ->preparse() made
 * @key: uninstantiated key
 * @prep: parsed payload; the key takes over @prep->payload
 *
 * Types with a ->preparse() may use this as ->instantiate().
 *
 * Context: may sleep.
 * Return: 0, or -EDQUOT if the account is over its quota; then @prep keeps the
 * payload.
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

/* Wake up the tasks that wait in wait_for_key_construction(). */
static void key_construction_done(struct key *key)
{
	if (test_bit(KEY_FLAG_USER_CONSTRUCT, &key->flags))
		clear_and_wake_up_bit(KEY_FLAG_USER_CONSTRUCT, &key->flags);
}

/**
 * key_fill - instantiate a key with a parsed payload
 * @key: key
 * @prep: parsed payload
 *
 * Context: may sleep; within guard(key_types)().
 * Return: 0, -EBUSY if the key is constructed already, -EKEYREVOKED if the type
 * was removed, or the error of ->instantiate(). In the last two cases the key
 * stays uninstantiated.
 */
int key_fill(struct key *key, struct key_preparsed_payload *prep)
{
	const struct key_type *type;
	int ret;

	key_types_assert_held();
	guard(key_claim)(key);
	if (key_read_state(key) != KEY_IS_UNINSTANTIATED)
		return -EBUSY;
	type = key_type_of(key);
	if (!type->instantiate)
		return -EKEYREVOKED;
	ret = type->instantiate(key, prep);
	if (ret)
		return ret;
	/* Keep the timeout that a helper set, if the payload has no expiry */
	if (prep->expiry != TIME64_MAX)
		key_set_expiry(key, prep->expiry);
	key_publish_state(key, KEY_IS_POSITIVE);
	notify_key(key, NOTIFY_KEY_INSTANTIATED, 0);
	return 0;
}

/**
 * key_keep_with - set KEY_FLAG_KEEP on a key if its keyring has the flag
 * @key: key
 * @keyring: keyring that is about to link the key
 *
 * User space cannot remove keys with this flag. So user space can add keys to
 * such a keyring, but not take them out again.
 *
 * Context: any.
 */
void key_keep_with(struct key *key, const struct key *keyring)
{
	if (test_bit(KEY_FLAG_KEEP, &keyring->flags))
		set_bit(KEY_FLAG_KEEP, &key->flags);
}

/*
 * May the key that was just constructed be linked? A key that has expired
 * during the construction must not displace the key that was requested in its
 * place.
 */
static bool may_link_constructed(const struct keyring_edit *edit)
{
	return !edit->displaces || !key_validate(edit->key);
}

static int fill_and_link(struct key *key, struct key_preparsed_payload *prep,
			 struct key *keyring)
{
	struct keyring_edit edit;
	int ret;

	ret = keyring_edit_begin(&edit, keyring, key);
	if (ret)
		return ret;
	ret = restriction_check(edit.ring, key_type_of(key), &prep->payload);
	if (ret)
		goto end_edit;
	ret = keyring_edit_check(&edit);
	if (ret)
		goto end_edit;
	ret = key_fill(key, prep);
	if (ret)
		goto end_edit;
	if (may_link_constructed(&edit)) {
		key_keep_with(key, keyring);
		keyring_edit_commit(&edit);
	}
end_edit:
	keyring_edit_end(&edit);
	return ret;
}

/*
 * Called when @key has become positive or negative. key_use_up() invalidates
 * the authorisation key, but leaves it linked in the helper's session keyring,
 * so that the helper's search for the authorisation key returns EKEYREVOKED.
 * The authorisation key is unlinked after kernel.keys.gc_delay, or when the
 * session keyring is dismantled. Until the authorisation key is destroyed,
 * authkey_get_auth() returns its record.
 */
static void finish_construction(struct key *key, struct key *authkey)
{
	if (authkey)
		key_use_up(authkey);
	key_construction_done(key);
}

/**
 * key_instantiate_and_link - instantiate a key and link it into a keyring
 * @key: uninstantiated key
 * @data: payload, or NULL
 * @len: length of @data in bytes
 * @keyring: keyring to link the key into, or NULL. The keyring's restriction is
 *	checked.
 * @authkey: authorisation key, which is used up (invalidated) on success, or
 *	NULL
 *
 * No permission is checked. See keyctl_instantiate(3).
 *
 * Context: may sleep.
 * Return: 0, -EBUSY if the key is constructed already, -EKEYREVOKED if the type
 * was removed, or the error of the type, of the restriction, of
 * keyring_edit_begin() or of keyring_edit_check(). On an error, the key is not
 * changed.
 */
int key_instantiate_and_link(struct key *key, const void *data, size_t len,
			     struct key *keyring, struct key *authkey)
{
	struct key_preparsed_payload prep = { };
	struct key_type *type;
	int ret;

	guard(key_types)();
	type = key_type_of(key);
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
	key_publish_state(key, -(short)error);
	notify_key(key, NOTIFY_KEY_INSTANTIATED, -(int)error);
	return 0;
}

/*
 * The key is rejected even if it cannot be linked, because the requester waits
 * for the key. But the key is not rejected if the keyring is restricted,
 * because there is no payload that the restriction could check.
 */
static int reject_and_link(struct key *key, unsigned int timeout,
			   unsigned int error, struct key *keyring)
{
	struct keyring_edit edit;
	int ret, link_ret;

	/* Check first: if keyring_edit_begin() fails, the key is rejected */
	if (key_is_keyring(keyring) && READ_ONCE(keyring->restrict_link))
		return -EPERM;
	link_ret = keyring_edit_begin(&edit, keyring, key);
	if (link_ret)
		return key_reject(key, timeout, error) ?: link_ret;
	/* Check again: the locked keyring cannot get a restriction any more */
	ret = edit.ring->key.restrict_link ? -EPERM :
		key_reject(key, timeout, error);
	if (!ret && may_link_constructed(&edit))
		keyring_edit_commit(&edit);
	keyring_edit_end(&edit);
	return ret;
}

/**
 * key_reject_and_link - reject a key and link it into a keyring
 * @key: uninstantiated key
 * @timeout: seconds until the negative key expires
 * @error: error number, positive; a search that finds the key returns -@error
 * @keyring: keyring to link the key into, or NULL; must not be restricted
 * @authkey: authorisation key, which is used up (invalidated) if the key is
 *	rejected, or NULL
 *
 * No permission is checked. See keyctl_reject(3).
 *
 * Context: may sleep.
 * Return: 0; -EBUSY if the key is constructed already, or -EPERM if @keyring is
 * restricted, and in both cases @key and @authkey are not changed; or the error
 * of keyring_edit_begin() if the key was rejected but could not be linked.
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
 * wait_for_key_construction - wait until a requested key is constructed
 * @key: key that request_key() or a similar function returned, with a reference
 * @intr: stop waiting when a signal arrives
 *
 * Context: may sleep.
 * Return: 0 if the key can be used, -ERESTARTSYS after a signal, the error of a
 * negative key, or the error of key_validate().
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

#if IS_ENABLED(CONFIG_KEYS_KUNIT_TEST)
#include "../tests/instantiate_kunit.c"
#include "../tests/key_kunit.c"
#endif
