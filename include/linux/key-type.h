/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The interface between key types and the key retention service.
 *
 * A key type supplies operations that parse, store, show and free a payload.
 * Every operation is optional unless its comment says otherwise.
 */
#ifndef _LINUX_KEY_TYPE_H
#define _LINUX_KEY_TYPE_H

#include <linux/errno.h>
#include <linux/key.h>

#ifdef CONFIG_KEYS

struct kernel_pkey_query;
struct kernel_pkey_params;

/**
 * struct key_preparsed_payload - a payload before it is stored in a key
 * @orig_description: description that the caller passed, or NULL
 * @description: description that ->preparse() proposes, or NULL;
 *	->free_preparse() frees it after the key has copied it
 * @payload: result of ->preparse(), taken over by ->instantiate()/->update()
 * @data: raw data; the type may advance or replace the pointer
 * @datalen: length of @data
 * @quotalen: bytes to charge, initially ->def_datalen
 * @expiry: wall clock second at which the key expires, TIME64_MAX for never
 *
 * Before ->preparse() is called, @payload and @description are zero.
 * ->free_preparse() is always called after ->preparse(), even after an error.
 */
struct key_preparsed_payload {
	const char		*orig_description;
	char			*description;
	union key_payload	payload;
	const void		*data;
	size_t			datalen;
	size_t			quotalen;
	time64_t		expiry;
} __randomize_layout;

typedef int (*request_key_actor_t)(struct key *auth_key, void *aux);

/**
 * struct key_match_data - how a search recognises a key
 * @cmp: returns true if the key matches; called under RCU, must not sleep
 * @raw_data: the description to search for
 * @preparsed: private data of ->match_preparse(), until ->match_free()
 * @lookup_type: KEYRING_SEARCH_LOOKUP_DIRECT: the description identifies the
 *	key; KEYRING_SEARCH_LOOKUP_ITERATE: call @cmp for each key of the type
 */
struct key_match_data {
	bool (*cmp)(const struct key *key,
		    const struct key_match_data *match_data);
	const void	*raw_data;
	void		*preparsed;
	unsigned int	lookup_type;
#define KEYRING_SEARCH_LOOKUP_DIRECT	0x0000
#define KEYRING_SEARCH_LOOKUP_ITERATE	0x0001
};

/**
 * struct key_type - the operations of one type of key
 * @name: name for add_key(2); user space cannot use a name with a leading dot
 * @def_datalen: payload bytes charged, unless key_payload_reserve() sets others
 * @flags: KEY_TYPE_*
 * @vet_description: check a description; called with the creator's credentials
 * @preparse: parse a payload before any lock is taken; may propose a
 *	description
 * @free_preparse: free what @preparse has allocated and no key has taken over
 * @instantiate: fill an uninstantiated key (needed to create keys from data)
 * @update: replace the payload; key->sem is held for writing
 * @match_preparse: prepare a search; may choose another way of matching
 * @match_free: undo @match_preparse
 * @revoke: free the payload of a revoked key; key->sem is held for writing
 * @destroy: free the payload of a key that was instantiated; may sleep
 * @describe: append to the line of the key in /proc/keys
 * @read: copy the payload to a kernel buffer, at most @buflen bytes, and
 *	return the whole length; key->sem is held for reading
 * @request_key: construct a key in the kernel, instead of /sbin/request-key
 * @lookup_restriction: make the restriction that a string describes
 * @asym_query: see keyctl_pkey_query(3)
 * @asym_eds_op: encrypt, decrypt or sign
 * @asym_verify_signature: verify a signature
 * @index_id: number of this type in the index (private)
 * @permanent: the type is never unregistered, so its keys need not be listed
 *	(private)
 * @removing: the type is being unregistered, so no key can be added (private,
 *	@keys_lock)
 * @obj_cache: cache for the keys of this type, NULL for the default (private)
 * @obj_init: initialise the part of an object in @obj_cache that follows struct
 *	key (private)
 * @footprint: return the memory of an unreferenced key's payload; needed if the
 *	payload is not like struct user_key_payload (private)
 * @link: entry in the list of types (private)
 * @keys: keys of the type that have no domain (private, @keys_lock)
 * @classes: keys of the type that have a domain (private)
 * @keys_lock: protects @keys (private)
 * @lock_class: lockdep class of key->sem for keys of this type (private)
 */
struct key_type {
	const char	*name;
	size_t		def_datalen;
	unsigned int	flags;
#define KEY_TYPE_NET_DOMAIN	0x00000001 /* Keys belong to a network namespace */
#define KEY_TYPE_INSTANT_REAP	0x00000002 /* No delay after a key's expiry */

	int (*vet_description)(const char *description);
	int (*preparse)(struct key_preparsed_payload *prep);
	void (*free_preparse)(struct key_preparsed_payload *prep);
	int (*instantiate)(struct key *key, struct key_preparsed_payload *prep);
	int (*update)(struct key *key, struct key_preparsed_payload *prep);
	int (*match_preparse)(struct key_match_data *match_data);
	void (*match_free)(struct key_match_data *match_data);
	void (*revoke)(struct key *key);
	void (*destroy)(struct key *key);
	void (*describe)(const struct key *key, struct seq_file *p);
	long (*read)(const struct key *key, char *buffer, size_t buflen);
	request_key_actor_t request_key;
	struct key_restriction *(*lookup_restriction)(const char *params);

	int (*asym_query)(const struct kernel_pkey_params *params,
			  struct kernel_pkey_query *info);
	int (*asym_eds_op)(struct kernel_pkey_params *params,
			   const void *in, void *out);
	int (*asym_verify_signature)(struct kernel_pkey_params *params,
				     const void *in, const void *in2);

	/* private to the key retention service */
	u32			index_id;
	bool			permanent;
	bool			removing;
	struct kmem_cache	*obj_cache;
	void (*obj_init)(struct key *key, struct key_restriction *restrict_link);
	size_t (*footprint)(const struct key *key);
	struct list_head	link;
	struct hlist_head	keys;
	struct hlist_head	classes;
	spinlock_t		keys_lock;
	struct lock_class_key	lock_class;
} __randomize_layout;

extern struct key_type key_type_keyring;

int register_key_type(struct key_type *ktype);
void unregister_key_type(struct key_type *ktype);

int key_payload_reserve(struct key *key, size_t datalen);
int key_instantiate_and_link(struct key *key, const void *data, size_t datalen,
			     struct key *keyring, struct key *authkey);
int key_reject_and_link(struct key *key, unsigned int timeout,
			unsigned int error, struct key *keyring,
			struct key *authkey);
void complete_request_key(struct key *authkey, int error);

/**
 * key_negate_and_link - reject a key under construction with the error ENOKEY
 * @key: key to negate
 * @timeout: seconds until the negative key expires
 * @keyring: keyring to link the key into, or NULL
 * @authkey: the authorisation key to use up, or NULL
 *
 * Return: see key_reject_and_link().
 */
static inline int key_negate_and_link(struct key *key, unsigned int timeout,
				      struct key *keyring, struct key *authkey)
{
	return key_reject_and_link(key, timeout, ENOKEY, keyring, authkey);
}

int generic_key_instantiate(struct key *key,
			    struct key_preparsed_payload *prep);

#endif /* CONFIG_KEYS */
#endif /* _LINUX_KEY_TYPE_H */
