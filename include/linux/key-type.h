/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a key type supplies to the key retention service.
 *
 * A type teaches the service how a payload is parsed, stored, shown and wiped.
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
 * struct key_preparsed_payload - a payload on its way into a key
 * @orig_description: description that the caller gave, or NULL
 * @description: description that ->preparse() proposes, or NULL; freed by
 *	->free_preparse() once the key has copied it
 * @payload: what ->preparse() made, taken over by ->instantiate()/->update()
 * @data: raw bytes; the type may advance or replace it
 * @datalen: their number
 * @quotalen: bytes to charge, ->def_datalen to begin with
 * @expiry: wall clock second at which the key ends, TIME64_MAX for never
 *
 * All zero but for @quotalen and @expiry before ->preparse() runs.
 * ->free_preparse() always follows a ->preparse(), whatever became of it.
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
 * @cmp: true when the key matches; runs under RCU and may not sleep
 * @raw_data: what is looked for: a description
 * @preparsed: for ->match_preparse() to keep things in until ->match_free()
 * @lookup_type: KEYRING_SEARCH_LOOKUP_DIRECT: the description identifies the
 *	key; KEYRING_SEARCH_LOOKUP_ITERATE: @cmp must see each key of the type
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
 * @name: what add_key(2) calls it; a leading dot hides it from user space
 * @def_datalen: payload bytes charged unless key_payload_reserve() says else
 * @flags: KEY_TYPE_*
 * @vet_description: refuse a description; runs with the creator's credentials
 * @preparse: parse a payload before any lock is taken; may propose a
 *	description
 * @free_preparse: release what is left of @preparse's work
 * @instantiate: fill an unborn key (needed to create keys from data)
 * @update: replace the payload; key->sem is held for writing
 * @match_preparse: prepare a search; may choose another way of matching
 * @match_free: undo @match_preparse
 * @revoke: drop the payload of a revoked key; key->sem is held for writing
 * @destroy: free the payload of a key whose constructor ran; may sleep
 * @describe: append to the line of the key in /proc/keys
 * @read: copy the payload to a kernel buffer, at most @buflen bytes, and
 *	return its whole length; key->sem is held for reading
 * @request_key: construct in the kernel instead of by /sbin/request-key
 * @lookup_restriction: make the restriction that a string describes
 * @asym_query: see keyctl_pkey_query(3)
 * @asym_eds_op: encrypt, decrypt or sign
 * @asym_verify_signature: verify
 * @index_id: number that stands for this type in the index (private)
 * @permanent: is never unregistered, and so need not know its keys (private)
 * @removing: being unregistered, takes no more keys (private, @keys_lock)
 * @obj_cache: where its keys are allocated, NULL for the usual place (private)
 * @obj_init: initialise what @obj_cache has beyond struct key (private)
 * @footprint: bytes that the payload of a key without references takes, if
 *	that is not key->datalen (private)
 * @link: place in the list of types (private)
 * @keys: the type's own keys without a domain (private, @keys_lock)
 * @classes: the type's keys within domains (private)
 * @keys_lock: see @keys (private)
 * @lock_class: lockdep class of the key->sem of its keys (private)
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

	/* the service's own */
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
 * key_negate_and_link - settle a key under construction as "no such key"
 * @key: key to settle
 * @timeout: seconds until it may be asked for again
 * @keyring: keyring to link it into, or NULL
 * @authkey: the authorisation to use up, or NULL
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
