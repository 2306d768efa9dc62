// SPDX-License-Identifier: GPL-2.0-only
/*
 * The life of a key: made, validated, revoked, put.
 */
#include <linux/export.h>
#include <linux/security.h>
#include <linux/slab.h>
#include <linux/timekeeping.h>
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
 * key_cache_init - be ready to make keys
 */
void __init key_cache_init(void)
{
	key_cache = KMEM_CACHE(key, SLAB_PANIC | SLAB_ACCOUNT);
	listed_key_cache = KMEM_CACHE(listed_key, SLAB_PANIC | SLAB_ACCOUNT);
}

/**
 * key_tryget - take a reference to a key that may be going
 * @key: key found under RCU or under a lock that its end takes
 *
 * Context: any.
 * Return: @key with a reference for the caller, or NULL.
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
 * The parts that need nobody's permission. On failure key_free() takes back
 * what was done, told by the fields.
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
 * key_free - free a key that nobody can find any more
 * @key: key with its accounting closed, its payload destroyed and its place
 *	among the keys of its type given up; or one that failed to be made
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

/* Account for the key, label it, file it with its type; undone on failure. */
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
 * key_make - make a key that has no payload yet
 * @spec: what it is to be
 *
 * The description is vetted with the caller's current credentials.
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
 * key_alloc - make a key that has no payload yet
 * @type: its type
 * @description: its description, copied
 * @owner: owner, whose account pays
 * @group: group
 * @cred: credentials that security modules label it by
 * @perm: permission mask
 * @flags: KEY_ALLOC_*
 * @restriction: for a keyring, what may be linked into it, or NULL. The key
 *	owns it upon success; it stays the caller's upon failure.
 *
 * The description is vetted with the caller's current credentials. A type of
 * network namespaces files the key under the caller's.
 *
 * Context: may sleep.
 * Return: the key, linked nowhere, with a reference for the caller; or an
 * ERR_PTR: -EINVAL for a description that is empty or too long, -EDQUOT over
 * the account's limits, -ENODEV if the type or the namespace is going away,
 * -ENOMEM, or what ->vet_description() or a security module said.
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
 * key_free_later - free a key when no reader sees it any more
 * @key: key without references that is known by no serial number and no link
 *
 * Context: any.
 */
void key_free_later(struct key *key)
{
	call_rcu(&key->rcu, key_unseen);
}

/**
 * key_memory - how much memory does a key take?
 * @key: key without references, whose type stays
 *
 * The answer must be the same until the key is freed.
 *
 * Context: any.
 * Return: bytes, about.
 */
size_t key_memory(const struct key *key)
{
	const struct key_type *type = key->type;
	size_t size = type->footprint ? type->footprint(key) : key->datalen;

	return size + sizeof(struct key) + key->desc_len;
}

/**
 * key_put - drop a reference
 * @key: key, or NULL
 *
 * With the last one its charges return at once and it is known by no name; the
 * payload is destroyed later by the account's work, once nobody can be looking
 * at it. A keyring is queued directly, to unlink its keys.
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
 * key_is_invalid - is a key beyond use for ever?
 * @key: key
 *
 * Such a key may stand in no keyring. Being revoked or expired is not enough:
 * it answers with its error until its time has come.
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
 * key_state_error - why can a key not be used?
 * @key: key
 * @now: wall clock second
 *
 * Context: any.
 * Return: 0 if it can, -ENOKEY if it was invalidated, -EKEYREVOKED if it or
 * its type has gone, -EKEYEXPIRED.
 */
int key_state_error(const struct key *key, time64_t now)
{
	unsigned long flags = READ_ONCE(key->flags);

	if (flags & BIT(KEY_FLAG_INVALIDATED))
		return -ENOKEY;
	if (flags & (BIT(KEY_FLAG_REVOKED) | BIT(KEY_FLAG_DEAD)))
		return -EKEYREVOKED;
	if (now >= READ_ONCE(key->expiry))
		return -EKEYEXPIRED;
	return 0;
}

/**
 * key_validate - can a key be used?
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
 * key_set_expiry - say when a key ends
 * @key: key
 * @when: wall clock second, or TIME64_MAX for never
 *
 * A revoked key can only end sooner. A key that has ended, because its time was
 * over or because it was invalidated, is not brought back: whether it has ended
 * is decided under the lock that is taken here, see reap.c.
 *
 * Context: process context; the caller notifies watchers. Takes the account's
 * lock.
 * Return: true if so; false if the key has ended, and nothing is changed.
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
 * key_use_up - end a key that goes on to stand in its keyring for a while
 * @key: key
 *
 * Whoever looks for it is told that it has ended, until kernel.keys.gc_delay is
 * over.
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
 * key_hold_expiry - keep a key from being unlinked because its time is over
 * @key: key; it answers EKEYEXPIRED all the same when its time is over
 *
 * Context: process context; key->sem held for writing. Takes the account's
 * lock.
 * Return: 1 if key_set_expiry() must follow before key->sem is released, 0 if
 * the key has no end, -EKEYREVOKED if it has ended and is being unlinked.
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
 * key_set_timeout - give a key so long to live
 * @key: key; the caller holds a reference
 * @timeout: seconds from now, 0 for ever
 *
 * No permission is checked. Nothing happens if the key has been revoked or has
 * ended.
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
	time64_t end = min(key->expiry, ktime_get_real_seconds());

	lockdep_assert_held_write(&key->sem);
	if (key_read_state(key) != KEY_IS_UNINSTANTIATED && key->type->revoke)
		key->type->revoke(key);
	key_set_expiry(key, end);
	notify_key(key, NOTIFY_KEY_REVOKED, 0);
}

/**
 * key_revoke - make a key useless from now on
 * @key: key; the caller holds a reference
 *
 * Its payload goes at once, its links when kernel.keys.gc_delay is over; until
 * then it answers EKEYREVOKED. No permission is checked. See
 * keyctl_revoke(3).
 *
 * Context: may sleep.
 */
void key_revoke(struct key *key)
{
	guard(key_types)();
	/* An authorisation key is revoked while its target is worked upon */
	down_write_nested(&key->sem, SINGLE_DEPTH_NESTING);
	if (!test_and_set_bit(KEY_FLAG_REVOKED, &key->flags))
		revoke_locked(key);
	up_write(&key->sem);
}
EXPORT_SYMBOL(key_revoke);

/**
 * key_payload_reserve - say how long a key's payload is to be
 * @key: key that is being instantiated or updated
 * @datalen: bytes
 *
 * Context: called by ->instantiate() and ->update(); may sleep.
 * Return: 0, or -EDQUOT with nothing changed.
 */
int key_payload_reserve(struct key *key, size_t datalen)
{
	int ret;

	if (datalen > INT_MAX)
		return -EDQUOT;
	ret = quota_resize(key, (long)datalen - (long)key->datalen);
	if (!ret)
		key->datalen = datalen;
	return ret;
}
EXPORT_SYMBOL(key_payload_reserve);

/**
 * key_chown - change the owner and the group of a key
 * @key: key
 * @owner: account of the owner, or NULL to keep it
 * @gid: group, or INVALID_GID to keep it
 *
 * The new owner's account pays from now on. No permission is checked. See
 * keyctl_chown(3).
 *
 * Context: may sleep; key->sem held for writing.
 * Return: 0, or -EDQUOT if the new owner cannot afford it; nothing is changed
 * then.
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
