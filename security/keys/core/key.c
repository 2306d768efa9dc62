// SPDX-License-Identifier: GPL-2.0-only
/*
 * Keys: make, validate, expire, revoke and free keys.
 */
#include <linux/export.h>
#include <linux/ktime.h>
#include <linux/security.h>
#include <linux/slab.h>
#include <linux/watch_queue.h>

#include "index.h"
#include "key.h"
#include "notify.h"
#include "quota.h"
#include "serial.h"
#include "type.h"
#include "unref.h"

static struct kmem_cache *key_cache;
static struct kmem_cache *listed_key_cache;

/**
 * key_cache_init - create the slab caches of keys
 */
void __init key_cache_init(void)
{
	key_cache = KMEM_CACHE(key, SLAB_PANIC | SLAB_ACCOUNT);
	listed_key_cache = KMEM_CACHE(listed_key, SLAB_PANIC | SLAB_ACCOUNT);
}

/**
 * key_tryget - take a reference to a key, unless no reference is left
 * @key: key that cannot be freed now: the caller found the key under RCU, or
 *	holds a lock that is taken before the key is freed
 *
 * Context: any.
 * Return: @key with a reference for the caller, or NULL if no reference to @key
 * was left.
 */
struct key *key_tryget(struct key *key)
{
	return refcount_inc_not_zero(&key->usage) ? key : NULL;
}

static struct kmem_cache *cache_of(const struct key_type *type)
{
	if (type->obj_cache)
		return type->obj_cache;
	return type->permanent ? key_cache : listed_key_cache;
}

/*
 * Allocate a key and set the fields that need no charge and no security module.
 * If kmemdup() fails, ->description is NULL: the caller checks this field, and
 * key_free() frees what was allocated.
 */
static struct key *key_new(struct key_type *type, struct key_tag *tag,
			   const char *desc)
{
	struct key *key = kmem_cache_zalloc(cache_of(type), GFP_KERNEL);

	if (!key)
		return NULL;
	refcount_set(&key->usage, 1);
	key->expiry = TIME64_MAX;
	spin_lock_init(&key->parents_lock);
	init_rwsem(&key->sem);
	lockdep_set_class(&key->sem, &type->lock_class);
	key_index_init(&key->index, type, tag, desc);
	if (key->domain_tag)
		refcount_inc(&key->domain_tag->usage);
	key->description = kmemdup(desc, key->desc_len + 1,
				   GFP_KERNEL_ACCOUNT);
	return key;
}

static void key_set_flags(struct key *key, unsigned long flags)
{
	if (key->type->flags & KEY_TYPE_INSTANT_REAP)
		__set_bit(KEY_FLAG_INSTANT_REAP, &key->flags);
	if (!(flags & KEY_ALLOC_NOT_IN_QUOTA))
		__set_bit(KEY_FLAG_IN_QUOTA, &key->flags);
	if (flags & KEY_ALLOC_BUILT_IN)
		__set_bit(KEY_FLAG_BUILTIN, &key->flags);
	if (flags & KEY_ALLOC_UID_KEYRING)
		__set_bit(KEY_FLAG_UID_KEYRING, &key->flags);
	if (flags & KEY_ALLOC_SET_KEEP)
		__set_bit(KEY_FLAG_KEEP, &key->flags);
}

/**
 * key_destroy_payload - destroy the payload of a key, if the key has one
 * @key: key that no task uses any more
 * @type: the type that has made the payload
 *
 * Context: may sleep; within guard(key_types)(), so that @type is not
 * unregistered now, unless the caller itself unregisters @type.
 */
void key_destroy_payload(struct key *key, const struct key_type *type)
{
	if (key_read_state(key) == KEY_IS_POSITIVE && type->destroy)
		type->destroy(key);
}

/**
 * key_free - free the memory of a key
 * @key: key that no task can find. quota_close(), key_type_remove_key() and, for a
 *	keyring, restriction_free() were called, and the payload was destroyed.
 *	Or: key that key_make() could not complete.
 *
 * Context: process context.
 */
void key_free(struct key *key)
{
	struct kmem_cache *cache = cache_of(key->type);

	security_key_free(key);
	if (key->domain_tag)
		key_put_tag(key->domain_tag);
	key_user_put(key->user);
	kfree_sensitive(key->description);
	memzero_explicit(&key->payload, sizeof(key->payload));
	kmem_cache_free(cache, key);
}

static int key_vet(struct key_type *type, const char *desc)
{
	if (!desc || !*desc)
		return -EINVAL;
	if (strlen(desc) >= KEY_MAX_DESC_SIZE)
		return -EINVAL;
	return type->vet_description ? type->vet_description(desc) : 0;
}

/*
 * Charge the key to its account, let security modules label the key, and add
 * the key to the list of its type's keys. On failure the key is not charged;
 * key_free() removes the label.
 */
static int key_admit(struct key *key, const struct cred *cred,
		     unsigned long flags)
{
	unsigned int bytes = key->desc_len + 1 + key->type->def_datalen;
	int ret;

	ret = quota_open(key, bytes, flags & KEY_ALLOC_QUOTA_OVERRUN);
	if (ret)
		return ret;
	ret = security_key_alloc(key, cred, flags);
	if (!ret)
		ret = key_type_add_key(key);
	if (ret)
		quota_close(key);
	return ret;
}

/**
 * key_make - make an uninstantiated key, which has no payload yet
 * @spec: type, description and attributes of the key
 *
 * The type's ->vet_description() checks the description, and may decide by
 * current_cred() whether the description is allowed.
 *
 * Context: may sleep.
 * Return: see key_alloc().
 */
struct key *key_make(const struct key_spec *spec)
{
	struct key *key;
	int ret;

	ret = key_vet(spec->type, spec->desc);
	if (ret)
		return ERR_PTR(ret);
	key = key_new(spec->type, spec->tag, spec->desc);
	if (!key)
		return ERR_PTR(-ENOMEM);
	key->user = key_user_get(spec->uid);
	key->uid = spec->uid;
	key->gid = spec->gid;
	key->perm = spec->perm;
	key->datalen = spec->type->def_datalen;
	key_set_flags(key, spec->flags);
	if (key->user && key->description)
		ret = key_admit(key, spec->cred, spec->flags);
	else
		ret = -ENOMEM;
	if (ret) {
		key_free(key);
		return ERR_PTR(ret);
	}
	if (spec->type->obj_init)
		spec->type->obj_init(key, spec->restrict_link);
	key_serial_assign(key);
	return key;
}

/**
 * key_alloc - make an uninstantiated key, which has no payload yet
 * @type: type of the key
 * @description: description; the string is copied
 * @owner: owner; the key is charged to the owner's account
 * @group: group
 * @cred: credentials from which security modules label the key
 * @perm: permission mask
 * @flags: KEY_ALLOC_*
 * @restriction: for a keyring: decides which keys may be linked into it, or
 *	NULL. On success the keyring owns @restriction. On failure the caller
 *	still owns @restriction.
 *
 * The type's ->vet_description() checks the description, and may decide by
 * current_cred() whether the description is allowed. If the type has the flag
 * KEY_TYPE_NET_DOMAIN, the key belongs to the domain (struct key_tag) of the
 * caller's network namespace.
 *
 * Context: may sleep.
 * Return: the key, which no keyring links, with a reference for the caller; or
 * an ERR_PTR: -EINVAL if the description is empty or too long, -EDQUOT if the
 * account would exceed its quota, -ENODEV if the type or the domain is being
 * removed, -ENOMEM, or the error of ->vet_description() or a security module.
 */
struct key *key_alloc(struct key_type *type, const char *description,
		      kuid_t owner, kgid_t group, const struct cred *cred,
		      key_perm_t perm, unsigned long flags,
		      struct key_restriction *restriction)
{
	return key_make(&(struct key_spec) {
		.type		= type,
		.desc		= description,
		.uid		= owner,
		.gid		= group,
		.cred		= cred,
		.perm		= perm,
		.flags		= flags,
		.restrict_link	= restriction,
	});
}
EXPORT_SYMBOL(key_alloc);

static void key_unseen(struct rcu_head *rcu)
{
	unref_key_unseen(container_of(rcu, struct key, rcu));
}

/**
 * key_free_later - free a key after an RCU grace period
 * @key: unreferenced key without a serial number. If the key is a keyring, all
 *	its links are detached. RCU readers may see the key until the grace
 *	period is over.
 *
 * The callback is not lazy, because tasks wait until there is room again, see
 * reap_wait_for_room().
 *
 * Context: any.
 */
void key_free_later(struct key *key)
{
	call_rcu_hurry(&key->rcu, key_unseen);
}

/**
 * key_memory - estimate how much memory a key takes
 * @key: unreferenced key, whose type is not freed meanwhile
 *
 * The key's account counts the memory of its unreferenced keys: the result is
 * added when the last reference is dropped, and subtracted when the key is
 * freed. So this function must return the same number both times.
 *
 * Context: any.
 * Return: approximate number of bytes.
 */
size_t key_memory(const struct key *key)
{
	const struct key_type *type = key->type;
	size_t size = kmem_cache_size(cache_of(type)) +
		      kmalloc_size_roundup(key->desc_len + 1);

	if (type->footprint)
		return size + type->footprint(key);
	return size + (key->datalen ? user_key_memory(key->datalen) : 0);
}

/**
 * key_put - drop a reference
 * @key: key, or NULL
 *
 * The last put refunds the key's charges and removes its serial number at once.
 * After an RCU grace period, a work of the key's account destroys the payload
 * and frees the key, because RCU readers may still see both until then. If the
 * key is a keyring, the work first dismantles the keyring (unlinks all keys),
 * and the grace period follows.
 *
 * Context: any, interrupts on or off.
 */
void key_put(struct key *key)
{
	if (!key || !refcount_dec_and_test(&key->usage))
		return;
	quota_close(key);
	key_serial_remove(key);
	if (key->type == &key_type_keyring) {
		unref_ring(key, key_memory(key));
	} else {
		unref_key(key, key_memory(key));
		key_free_later(key);
	}
}
EXPORT_SYMBOL(key_put);

/**
 * key_is_invalid - is a key invalidated, or was its type removed?
 * @key: key
 *
 * An invalid key is never usable or linkable again. A key that is only revoked
 * or expired is not invalid: the key stays linked for kernel.keys.gc_delay
 * seconds, and a search that finds the key fails with EKEYREVOKED or
 * EKEYEXPIRED.
 *
 * Context: any.
 * Return: true if so.
 */
bool key_is_invalid(const struct key *key)
{
	unsigned long invalid = BIT(KEY_FLAG_INVALIDATED) | BIT(KEY_FLAG_DEAD);

	return READ_ONCE(key->flags) & invalid;
}

/**
 * key_state_error - return the error of a revoked, expired or invalid key
 * @key: key
 * @now: current wall clock second
 *
 * Context: any.
 * Return: 0 if the key is none of these, -ENOKEY if the key was invalidated,
 * -EKEYREVOKED if the key was revoked or its type was removed, -EKEYEXPIRED if
 * the key has expired. If several apply, the first of these errors.
 */
int key_state_error(const struct key *key, time64_t now)
{
	const bool expired = now >= READ_ONCE(key->expiry);
	unsigned long flags;

	/* key_revoke() and key_use_up() set the flag first, then the expiry */
	smp_rmb();
	flags = READ_ONCE(key->flags);
	if (flags & BIT(KEY_FLAG_INVALIDATED))
		return -ENOKEY;
	if (flags & (BIT(KEY_FLAG_REVOKED) | BIT(KEY_FLAG_DEAD)))
		return -EKEYREVOKED;
	return expired ? -EKEYEXPIRED : 0;
}

/**
 * key_validate - check that a key is not revoked, expired or invalid
 * @key: key
 *
 * Context: any; takes no lock.
 * Return: see key_state_error().
 */
int key_validate(const struct key *key)
{
	return key_state_error(key, ktime_get_real_seconds());
}
EXPORT_SYMBOL(key_validate);

/**
 * key_publish_state - make a key positive or negative
 * @key: key whose payload is complete (positive), or that is rejected
 *	(negative)
 * @state: KEY_IS_POSITIVE, or the error of a negative key as a negative number
 *
 * If the key was uninstantiated, its account counts the key as constructed. A
 * reader that sees the state with key_read_state() also sees all that was
 * written to the key before, such as the payload.
 *
 * Context: process context. KEY_FLAG_CONSTRUCTING is set if the caller
 * instantiates or rejects the key; key->sem is held for writing if the caller
 * updates the key. Takes the account's lock if the key was uninstantiated.
 */
void key_publish_state(struct key *key, short state)
{
	struct key_user *user;
	unsigned long flags;

	if (key->state != KEY_IS_UNINSTANTIATED) {
		lockdep_assert_held_write(&key->sem);
		/* Pairs with the acquire in key_read_state(), as below */
		smp_store_release(&key->state, state);
		return;
	}
	/* quota_transfer() must not read the state before the key is counted */
	user = quota_lock(key, &flags);
	__quota_count_constructed(user);
	/*
	 * Pairs with the acquire in key_read_state(): a reader that sees the
	 * state sees the payload.
	 */
	smp_store_release(&key->state, state);
	quota_unlock(user, flags);
}

static void __set_expiry(struct key_user *user, struct key *key, time64_t when)
{
	lockdep_assert_held(&user->lock);
	__expiry_erase(&user->expiring, key);
	WRITE_ONCE(key->expiry, when);
	if (when == TIME64_MAX)
		return;
	__expiry_insert(&user->expiring, key);
	__quota_arm_expiry(user);
}

/**
 * key_set_expiry - set when a key expires
 * @key: key
 * @when: wall clock second, or TIME64_MAX for never
 *
 * The expiry of a revoked key can only become earlier. The expiry of an invalid
 * key is not changed. Under the account's lock, next_ended() in reap.c sets
 * KEY_FLAG_INVALIDATED on each key that will be collected, and this function
 * checks the flag under the same lock. So a key that is being collected cannot
 * become usable again.
 *
 * Context: process context; the caller notifies watchers. Takes the account's
 * lock.
 * Return: true, or false if the key is invalid; nothing is changed then.
 */
bool key_set_expiry(struct key *key, time64_t when)
{
	struct key_user *user;
	unsigned long flags;
	bool ended;

	user = quota_lock(key, &flags);
	ended = key_is_invalid(key);
	if (test_bit(KEY_FLAG_REVOKED, &key->flags))
		when = min(when, key->expiry);
	if (!ended)
		__set_expiry(user, key, when);
	quota_unlock(user, flags);
	return !ended;
}

/**
 * key_use_up - invalidate a key, but do not unlink it yet
 * @key: authorisation key, which has permitted a helper to construct another
 *	key, and is not needed any more
 *
 * The key expires now, and is unlinked after kernel.keys.gc_delay seconds.
 * Until then a search that finds the key fails with EKEYREVOKED.
 *
 * Context: process context. Takes the account's lock.
 */
void key_use_up(struct key *key)
{
	struct key_user *user;
	unsigned long flags;

	user = quota_lock(key, &flags);
	if (!test_and_set_bit(KEY_FLAG_INVALIDATED, &key->flags))
		__set_expiry(user, key, ktime_get_real_seconds());
	quota_unlock(user, flags);
}

/**
 * key_hold_expiry - prevent that a key is collected during an update
 * @key: key. If the key has expired, its use still fails with EKEYEXPIRED.
 *
 * An update may give an expired key a new expiry time. If the key could be
 * collected meanwhile, an update could succeed on a key that is unlinked.
 *
 * Context: process context; key->sem held for writing. Takes the account's
 * lock.
 * Return: 1 if the key was taken out of the expiry queue; the caller must then
 * call key_set_expiry() before it releases key->sem. 0 if the key was not in
 * the expiry queue. -EKEYREVOKED if the key is invalid.
 */
int key_hold_expiry(struct key *key)
{
	struct key_user *user;
	unsigned long flags;
	int ret = -EKEYREVOKED;

	lockdep_assert_held_write(&key->sem);
	user = quota_lock(key, &flags);
	if (!key_is_invalid(key)) {
		ret = test_bit(KEY_FLAG_EXPIRY_QUEUED, &key->flags);
		__expiry_erase(&user->expiring, key);
	}
	quota_unlock(user, flags);
	return ret;
}

/**
 * key_set_timeout - set the timeout of a key
 * @key: key; the caller holds a reference
 * @timeout: seconds from now; 0 if the key shall not expire
 *
 * No permission is checked. Nothing is changed if the key is revoked or
 * invalid.
 *
 * Context: may sleep.
 */
void key_set_timeout(struct key *key, unsigned int timeout)
{
	time64_t when = timeout ? ktime_get_real_seconds() + timeout :
		TIME64_MAX;

	guard(rwsem_write)(&key->sem);
	if (!test_bit(KEY_FLAG_REVOKED, &key->flags) &&
	    key_set_expiry(key, when))
		notify_key(key, NOTIFY_KEY_SETATTR, 0);
}
EXPORT_SYMBOL_GPL(key_set_timeout);

static void revoke_locked(struct key *key)
{
	const struct key_type *type = key_type_of(key);

	lockdep_assert_held_write(&key->sem);
	if (key_read_state(key) != KEY_IS_UNINSTANTIATED && type->revoke)
		type->revoke(key);
	key_set_expiry(key, ktime_get_real_seconds());
	notify_key(key, NOTIFY_KEY_REVOKED, 0);
}

/**
 * key_revoke - revoke a key
 * @key: key; the caller holds a reference
 *
 * If the key is constructed, ->revoke() of its type discards the payload now.
 * The key is collected after kernel.keys.gc_delay seconds. Until then a search
 * that finds the key fails with EKEYREVOKED. No permission is checked. See
 * keyctl_revoke(3).
 *
 * Context: may sleep.
 */
void key_revoke(struct key *key)
{
	guard(key_types)();
	/* Nested for lockdep, see key_invalidate() */
	down_write_nested(&key->sem, SINGLE_DEPTH_NESTING);
	if (!test_and_set_bit(KEY_FLAG_REVOKED, &key->flags))
		revoke_locked(key);
	up_write(&key->sem);
}
EXPORT_SYMBOL(key_revoke);

/**
 * key_payload_reserve - charge a key for the length of its new payload
 * @key: key that is being instantiated or updated
 * @datalen: length of the new payload in bytes
 *
 * Context: called by ->instantiate() and ->update(); may sleep.
 * Return: 0, or -EDQUOT if the key's account would exceed its quota; nothing is
 * changed then.
 */
int key_payload_reserve(struct key *key, size_t datalen)
{
	int ret;

	if (datalen > INT_MAX)
		return -EDQUOT;
	ret = quota_resize(key, (long)datalen - (long)key->datalen);
	if (!ret)
		WRITE_ONCE(key->datalen, datalen);
	return ret;
}
EXPORT_SYMBOL(key_payload_reserve);

/**
 * key_chown - change the owner and the group of a key
 * @key: key
 * @owner: account of the new owner, or NULL to keep the owner
 * @gid: new group, or INVALID_GID to keep the group
 *
 * The charges of the key move to the account of the new owner. No permission is
 * checked. See keyctl_chown(3).
 *
 * Context: may sleep; key->sem held for writing.
 * Return: 0, or -EDQUOT if the account of the new owner would exceed its quota;
 * nothing is changed then.
 */
int key_chown(struct key *key, struct key_user *owner, kgid_t gid)
{
	int ret;

	lockdep_assert_held_write(&key->sem);
	if (owner && !uid_eq(owner->uid, key->uid)) {
		ret = quota_transfer(key, owner);
		if (ret)
			return ret;
		WRITE_ONCE(key->uid, owner->uid);
	}
	if (gid_valid(gid))
		WRITE_ONCE(key->gid, gid);
	return 0;
}
