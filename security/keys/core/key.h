/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Keys: make, validate, expire, revoke and free keys.
 *
 * Terms in the comments of this directory. A key is in one of three states:
 *
 * uninstantiated: The key has no payload and no error yet.
 * positive: The key has a payload.
 * negative: The construction was rejected. The key's state is an error.
 *
 * A positive or negative key is "constructed". A key of any state may be
 *
 * revoked: By KEYCTL_REVOKE. A search fails with EKEYREVOKED.
 * expired: The key's timeout is over. A search fails with EKEYEXPIRED.
 * invalidated: By KEYCTL_INVALIDATE; or because the key was collected; or, for
 *	an authorisation key, because the key was used.
 * type removed: The key's type was unregistered. The key's type is ".dead" now.
 * invalid: Invalidated or type removed. Never usable or linkable again.
 * ended: Revoked, expired or invalid.
 * unused: A keyring is unused if nobody refers to it but other unused keyrings,
 *	which link it or are restricted by it.
 * unreferenced: No reference to the key is left. The key will be freed.
 *
 * Steps:
 *
 * instantiate: Give an uninstantiated key a payload.
 * reject, negate: Give an uninstantiated key an error.
 * link, unlink: Add a key to a keyring, remove a key from a keyring.
 * displace: A new link takes the place of a link to another key of the same
 *	index (type, domain, description).
 * detach: Take a link out of its keyring. The link's memory is freed later.
 * move: Unlink a key from one keyring and link it into another in one step.
 * reserve: Get memory and charge for a link before the keyring is locked.
 * commit: Make the reserved link visible. This cannot fail.
 * restrict: Limit which keys may be linked into a keyring.
 * name: A restriction names the key to which it has a reference (->key).
 * keep: Have a reference to a keyring, so that the keyring is not freed.
 * possess: A subject possesses a key that a search from its roots finds.
 * collect: Unlink an expired or revoked key from all its keyrings,
 *	kernel.keys.gc_delay seconds after the key has expired or was revoked.
 * dismantle: Remove all links of an unreferenced keyring.
 * charge: Count bytes or a key against the quota of an account.
 * refund: Subtract what was charged.
 * refuse: Fail with EDQUOT, because the account would exceed its quota.
 *
 * Objects:
 *
 * account: struct key_user. The keys of one UID are charged to it.
 * domain: struct key_tag, for example one for each network namespace.
 * index: Type, domain and description. They identify a key in a keyring.
 * subject: The credentials whose permissions and keyrings are used.
 * root: A thread, process or session keyring, where a search begins.
 * authorisation key: Permits the helper to instantiate a requester's key.
 */
#ifndef _KEYS_CORE_KEY_H
#define _KEYS_CORE_KEY_H

#include <linux/cleanup.h>
#include <linux/err.h>
#include <linux/key-type.h>

/*
 * Maximum size of a description, including its NUL. A longer one is refused
 * with EINVAL. The number is documented in keyctl(2).
 */
#define KEY_MAX_DESC_SIZE	4096

/**
 * struct key_spec - arguments of key_make()
 * @type: type of the key
 * @tag: domain (struct key_tag), or NULL: key_index_init() chooses the domain
 * @desc: description; key_make() copies the string
 * @uid: owner; the key is charged to the owner's account
 * @gid: group
 * @cred: credentials from which security modules label the key
 * @perm: permission mask
 * @flags: KEY_ALLOC_*
 * @restrict_link: for a keyring: decides which keys may be linked into it, or
 *	NULL; see key_alloc() for who owns it
 */
struct key_spec {
	struct key_type		*type;
	struct key_tag		*tag;
	const char		*desc;
	kuid_t			uid;
	kgid_t			gid;
	const struct cred	*cred;
	key_perm_t		perm;
	unsigned long		flags;
	struct key_restriction	*restrict_link;
};

struct key *key_make(const struct key_spec *spec);
struct key *key_tryget(struct key *key);
void key_destroy_payload(struct key *key, const struct key_type *type);
void key_free(struct key *key);
void key_free_later(struct key *key);
size_t key_memory(const struct key *key);
bool key_is_invalid(const struct key *key);
int key_state_error(const struct key *key, time64_t now);
void key_publish_state(struct key *key, short state);
bool key_set_expiry(struct key *key, time64_t when);
void key_use_up(struct key *key);
int key_hold_expiry(struct key *key);
int key_chown(struct key *key, struct key_user *owner, kgid_t gid);
void __init key_cache_init(void);

/**
 * key_drop - drop a reference to a key, unless there is no key
 * @key: key, NULL or an ERR_PTR
 *
 * Context: see key_put().
 */
static inline void key_drop(struct key *key)
{
	if (!IS_ERR_OR_NULL(key))
		key_put(key);
}

/**
 * key_ref_drop - drop a reference to a key, unless there is no key
 * @ref: key pointer with the possession bit, NULL or an ERR_PTR
 *
 * Context: see key_put().
 */
static inline void key_ref_drop(key_ref_t ref)
{
	if (!IS_ERR_OR_NULL(ref))
		key_ref_put(ref);
}

DEFINE_FREE(key_put, struct key *, key_drop(_T))
DEFINE_FREE(key_ref_put, key_ref_t, key_ref_drop(_T))

#endif /* _KEYS_CORE_KEY_H */
