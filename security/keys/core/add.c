// SPDX-License-Identifier: GPL-2.0-only
/*
 * Add a key with a payload to a keyring, in one step; see add_key(2).
 *
 * The payload is parsed, and a new key is allocated, before the keyring is
 * locked, because both may sleep for memory. If the keyring then turns out to
 * link a key of the same type, domain and description, that key is updated and
 * the new key is dropped.
 */
#include <linux/cred.h>
#include <linux/export.h>
#include <linux/security.h>

#include "edit.h"
#include "index.h"
#include "instantiate.h"
#include "key.h"
#include "link.h"
#include "notify.h"
#include "perm.h"
#include "restrict.h"
#include "type.h"

/**
 * struct key_creation - arguments and state of an addition or an update
 * @ring: keyring that is to link the key, and whether the caller possesses the
 *	keyring
 * @type: type of the key
 * @index: index of the key: its type, domain and description
 * @prep: parsed payload
 * @payload: the payload before it was parsed, for security modules
 * @plen: length of @payload in bytes
 * @perm: permission mask, or KEY_PERM_UNDEF
 * @flags: KEY_ALLOC_*
 * @may_update: if the keyring links a key of the same @index, update that key;
 *	if false, fail with EEXIST
 * @retry: the existing key was revoked, became invalid or was unlinked meanwhile,
 *	so the addition must be tried again
 */
struct key_creation {
	key_ref_t			ring;
	struct key_type			*type;
	struct key_index		index;
	struct key_preparsed_payload	prep;
	const void			*payload;
	size_t				plen;
	key_perm_t			perm;
	unsigned long			flags;
	bool				may_update;
	bool				retry;
};

/* Was the key revoked or made invalid while the caller waited for key->sem? */
static bool has_ended(const struct key *key)
{
	return key_is_invalid(key) || test_bit(KEY_FLAG_REVOKED, &key->flags);
}

/*
 * An update may give an expired key a new expiry. So the key is taken out of
 * the expiry queue during the update, and cannot be collected (unlinked)
 * meanwhile: a key that was updated with success must still be linked.
 */
static int update_held(struct key *key, struct key_preparsed_payload *prep)
{
	int held = key_hold_expiry(key);
	int ret;

	if (held < 0)
		return held;
	ret = key_type_of(key)->update(key, prep);
	if (held)
		key_set_expiry(key, key->expiry);
	return ret;
}

/*
 * Update a key whose key->sem is held. Returns 0; -EKEYREVOKED if the key was
 * revoked, made invalid, or is being collected; -ENOKEY if the key is
 * uninstantiated; or the error of ->update().
 */
static int update_locked(struct key *key, struct key_preparsed_payload *prep)
{
	int ret;

	lockdep_assert_held_write(&key->sem);
	if (has_ended(key))
		return -EKEYREVOKED;
	if (key_read_state(key) == KEY_IS_UNINSTANTIATED)
		return -ENOKEY;
	ret = update_held(key, prep);
	if (ret)
		return ret;
	key_publish_state(key, KEY_IS_POSITIVE);
	notify_key(key, NOTIFY_KEY_UPDATED, 0);
	return 0;
}

/*
 * Does the keyring still link the key? While the keyring is locked, a task that
 * is about to displace the key has not looked at the key yet, or is done.
 */
static bool is_linked(const struct key *key, const struct key_creation *c)
{
	struct keyring *ring = to_keyring(key_ref_to_ptr(c->ring));

	guard(rwsem_read)(&ring->key.sem);
	return link_exists(ring, key);
}

/*
 * A request for a key displaces a key that has expired. If a request did so
 * before the update made the key usable, no search would find the new payload:
 * then begin again, as if the request had been first. A key that has a timeout
 * may expire at any moment of the update.
 */
static int update_live(struct key *key, struct key_creation *c)
{
	bool has_timeout;
	int ret;

	scoped_guard(rwsem_write, &key->sem) {
		has_timeout = READ_ONCE(key->expiry) != TIME64_MAX;
		ret = update_locked(key, &c->prep);
	}
	c->retry = ret ? ret == -EKEYREVOKED && has_ended(key) :
			 has_timeout && !is_linked(key, c);
	return ret;
}

/*
 * Update a key that the keyring links. Takes over the caller's reference to the
 * key; on success, the returned key_ref_t has this reference.
 */
static key_ref_t update_existing(struct key *key, struct key_creation *c)
{
	key_ref_t ref __free(key_ref_put) =
		make_key_ref(key, is_key_possessed(c->ring));
	int ret;

	ret = key_permission(ref, KEY_NEED_WRITE);
	if (ret)
		return ERR_PTR(ret);
	if (test_bit(KEY_FLAG_USER_CONSTRUCT, &key->flags)) {
		ret = wait_for_key_construction(key, true);
		if (ret)
			return ERR_PTR(ret);
	}
	ret = update_live(key, c);
	if (ret)
		return ERR_PTR(ret);
	security_key_post_create_or_update(key_ref_to_ptr(c->ring), key,
					   c->payload, c->plen, c->flags,
					   false);
	if (c->retry)
		return ERR_PTR(-EAGAIN);
	return_ptr(ref);
}

static struct key *alloc_for(const struct key_creation *c)
{
	const struct cred *cred = current_cred();
	key_perm_t perm = c->perm;

	if (perm == KEY_PERM_UNDEF)
		perm = key_default_perm(c->type);
	return key_alloc(c->type, c->index.description, cred->fsuid,
			 cred->fsgid, cred, perm, c->flags, NULL);
}

/* Check whether the restriction of the locked keyring allows the new key. */
static int may_add(const struct keyring_edit *edit, const struct key_creation *c)
{
	if (c->flags & KEY_ALLOC_BYPASS_RESTRICTION)
		return 0;
	return restriction_check(edit->ring, c->type, &c->prep.payload);
}

/*
 * Get the key of the same index (type, domain, description) that the keyring
 * links, with a reference: use_existing() updates this key, or fails because of
 * it. NULL if there is none, or if the type cannot update keys, so that the new
 * key displaces the existing key.
 */
static struct key *get_existing(struct keyring *ring, struct key_creation *c)
{
	if (c->may_update && !c->type->update)
		return NULL;
	return keyring_find_live(ring, &c->index);
}

/*
 * For key_create_or_update(), update the existing key. For key_create(), fail
 * with EEXIST. Takes over the caller's reference to the key.
 */
static key_ref_t use_existing(struct key *existing, struct key_creation *c)
{
	if (c->may_update)
		return update_existing(existing, c);
	key_put(existing);
	return ERR_PTR(-EEXIST);
}

/*
 * With the keyring locked, instantiate the new key and link it. Returns 0; or
 * an error; or 1 if the keyring links a key that is to be updated instead, see
 * get_existing(): then @existing is set to that key, with a reference.
 */
static int add_locked(struct keyring_edit *edit, struct key_creation *c,
		      struct key *key, struct key **existing)
{
	int ret;

	ret = may_add(edit, c);
	if (ret)
		return ret;
	*existing = get_existing(edit->ring, c);
	if (*existing)
		return 1;
	ret = key_fill(key, &c->prep);
	if (ret)
		return ret;
	key_keep_with(key, &edit->ring->key);
	keyring_edit_commit(edit);
	security_key_post_create_or_update(&edit->ring->key, key, c->payload,
					   c->plen, c->flags, true);
	return 0;
}

static int link_new(struct key_creation *c, struct key *key,
		    struct key **existing)
{
	struct keyring_edit edit;
	int ret;

	ret = keyring_edit_begin(&edit, key_ref_to_ptr(c->ring), key);
	if (ret)
		return ret;
	ret = add_locked(&edit, c, key, existing);
	keyring_edit_end(&edit);
	return ret;
}

static key_ref_t add_new(struct key_creation *c)
{
	struct key *key = alloc_for(c), *existing;
	int ret;

	if (IS_ERR(key))
		return ERR_CAST(key);
	ret = link_new(c, key, &existing);
	if (!ret)
		return make_key_ref(key, is_key_possessed(c->ring));
	/*
	 * Drop the new key first: its charge is refunded, and cannot make the
	 * update of the existing key fail with EDQUOT.
	 */
	key_put(key);
	return ret > 0 ? use_existing(existing, c) : ERR_PTR(ret);
}

static int may_add_unlocked(struct keyring *ring, const struct key_creation *c)
{
	if (c->flags & KEY_ALLOC_BYPASS_RESTRICTION)
		return 0;
	guard(rwsem_write)(&ring->key.sem);
	return restriction_check(ring, c->type, &c->prep.payload);
}

static key_ref_t create_prepared(struct key_creation *c)
{
	struct keyring *ring = to_keyring(key_ref_to_ptr(c->ring));
	struct key *existing __free(key_put) = get_existing(ring, c);
	int ret;

	if (!existing)
		return add_new(c);
	ret = may_add_unlocked(ring, c);
	return ret ? ERR_PTR(ret) : use_existing(no_free_ptr(existing), c);
}

static key_ref_t parse_and_create(struct key_creation *c,
				  const char *description)
{
	const char *name;
	int ret;

	c->prep = (struct key_preparsed_payload) {
		.orig_description = description,
	};
	c->retry = false;
	ret = key_preparse(c->type, &c->prep, c->payload, c->plen);
	if (ret)
		return ERR_PTR(ret);
	name = description ?: c->prep.description;
	if (!name)
		return ERR_PTR(-EINVAL);
	ret = key_permission(c->ring, KEY_NEED_WRITE);
	if (ret)
		return ERR_PTR(ret);
	key_index_init(&c->index, c->type, NULL, name);
	return create_prepared(c);
}

static key_ref_t create(struct key_creation *c, const char *type,
			const char *description)
{
	key_ref_t ref;

	guard(key_types)();
	c->type = key_type_find(type);
	if (!c->type)
		return ERR_PTR(-ENODEV);
	if (!c->type->instantiate || (!description && !c->type->preparse))
		return ERR_PTR(-EINVAL);
	if (key_ref_to_ptr(c->ring)->type != &key_type_keyring)
		return ERR_PTR(-ENOTDIR);
	do {
		ref = parse_and_create(c, description);
		key_preparse_end(c->type, &c->prep);
	} while (c->retry);
	return ref;
}

/**
 * key_create_or_update - add a key to a keyring, or update an existing key
 * @keyring: keyring, and whether the caller possesses the keyring
 * @type: name of the type
 * @description: description, or NULL for the one that ->preparse() proposes
 * @payload: payload, or NULL
 * @plen: length of @payload in bytes
 * @perm: permission mask of a new key; KEY_PERM_UNDEF for the default
 * @flags: KEY_ALLOC_*
 *
 * If the keyring links a key of the same type and description, that key is
 * updated. If the type cannot update keys, a new key displaces that key. The
 * caller needs Write permission on the keyring, and on a key that is updated.
 * See add_key(2).
 *
 * Context: may sleep.
 * Return: the key with a reference for the caller, possessed if the keyring is
 * possessed; or an ERR_PTR: -ENODEV for a type that is unknown, or for a type
 * or domain that is being removed, -ENOTDIR if @keyring is no keyring, -EINVAL
 * if the description is missing or bad, or if the type cannot instantiate keys,
 * -EACCES, -EDQUOT, -ENOMEM, -EKEYREVOKED if the keyring is revoked, -ENOKEY if
 * the keyring is invalid or the existing key is uninstantiated, the error of
 * the type, of the restriction or of a security module; or, if a helper
 * constructs the existing key, the error of wait_for_key_construction().
 */
key_ref_t key_create_or_update(key_ref_t keyring, const char *type,
			       const char *description, const void *payload,
			       size_t plen, key_perm_t perm,
			       unsigned long flags)
{
	struct key_creation c = {
		.ring = keyring,
		.payload = payload,
		.plen = plen,
		.perm = perm,
		.flags = flags,
		.may_update = true,
	};

	return create(&c, type, description);
}
EXPORT_SYMBOL(key_create_or_update);

/**
 * key_create - add a new key to a keyring
 * @keyring: keyring, and whether the caller possesses the keyring
 * @type: name of the type
 * @description: description, or NULL for the one that ->preparse() proposes
 * @payload: payload, or NULL
 * @plen: length of @payload in bytes
 * @perm: permission mask; KEY_PERM_UNDEF for the default
 * @flags: KEY_ALLOC_*
 *
 * The caller needs Write permission on the keyring.
 *
 * Context: may sleep.
 * Return: as key_create_or_update(), but -EEXIST if the keyring links a key of
 * the same type and description that is neither revoked nor invalid.
 */
key_ref_t key_create(key_ref_t keyring, const char *type,
		     const char *description, const void *payload, size_t plen,
		     key_perm_t perm, unsigned long flags)
{
	struct key_creation c = {
		.ring = keyring,
		.payload = payload,
		.plen = plen,
		.perm = perm,
		.flags = flags,
	};

	return create(&c, type, description);
}
EXPORT_SYMBOL(key_create);

static int update_parsed(struct key *key, struct key_type *type,
			 const void *payload, size_t plen)
{
	struct key_preparsed_payload prep = { };
	int ret;

	ret = key_preparse(type, &prep, payload, plen);
	if (!ret) {
		guard(rwsem_write)(&key->sem);
		ret = update_locked(key, &prep);
	}
	key_preparse_end(type, &prep);
	return ret;
}

/**
 * key_update - replace the payload of a key
 * @key_ref: key, and whether the caller possesses the key
 * @payload: payload, or NULL
 * @plen: length of @payload in bytes
 *
 * The caller needs Write permission on the key. See keyctl_update(3).
 *
 * Context: may sleep.
 * Return: 0, -EACCES, -EOPNOTSUPP if the type cannot update keys or was
 * removed, -EKEYREVOKED if the key is revoked or invalid, -ENOKEY if the key is
 * uninstantiated, -EDQUOT, or the error of the type or of a security module.
 */
int key_update(key_ref_t key_ref, const void *payload, size_t plen)
{
	struct key *key = key_ref_to_ptr(key_ref);
	struct key_type *type;
	int ret;

	ret = key_permission(key_ref, KEY_NEED_WRITE);
	if (ret)
		return ret;
	guard(key_types)();
	type = key_type_of(key);
	if (!type->update)
		return -EOPNOTSUPP;
	return update_parsed(key, type, payload, plen);
}
EXPORT_SYMBOL(key_update);

#if IS_ENABLED(CONFIG_KEYS_KUNIT_TEST)
#include "../tests/add_kunit.c"
#endif
