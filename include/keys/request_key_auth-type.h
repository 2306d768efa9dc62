/* SPDX-License-Identifier: GPL-2.0-only */
/* The authority to construct one key, as a key. */
#ifndef _KEYS_REQUEST_KEY_AUTH_TYPE_H
#define _KEYS_REQUEST_KEY_AUTH_TYPE_H

#include <linux/key.h>
#include <linux/refcount.h>

/**
 * struct request_key_auth - who asked for which key
 * @rcu: for freeing
 * @usage: references: the authorisation key's and those of sleeping users
 * @target_key: key to be constructed
 * @dest_keyring: where the requester wants it, or NULL
 * @cred: the requester's credentials at the time
 * @callout_info: bytes for the helper
 * @callout_len: their number, may be 0
 * @pid: the requester
 * @op: "create"
 *
 * Immutable once made.
 */
struct request_key_auth {
	struct rcu_head		rcu;
	refcount_t		usage;
	struct key		*target_key;
	struct key		*dest_keyring;
	const struct cred	*cred;
	void			*callout_info;
	size_t			callout_len;
	struct pid		*pid;
	char			op[8];
} __randomize_layout;

/**
 * get_request_key_auth - the authority that an authorisation key stands for
 * @key: authorisation key that the caller holds a reference to
 *
 * Return: the record, NULL once the key has been revoked.
 */
static inline struct request_key_auth *
get_request_key_auth(const struct key *key)
{
	return key->payload.data[0];
}

#endif /* _KEYS_REQUEST_KEY_AUTH_TYPE_H */
