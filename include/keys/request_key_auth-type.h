/* SPDX-License-Identifier: GPL-2.0-only */
/* The ".request_key_auth" type: a key that authorises to construct a key. */
#ifndef _KEYS_REQUEST_KEY_AUTH_TYPE_H
#define _KEYS_REQUEST_KEY_AUTH_TYPE_H

#include <linux/key.h>
#include <linux/refcount.h>

/**
 * struct request_key_auth - record of a request to construct a key
 * @rcu: frees the object after a grace period
 * @usage: number of references: that of the authorisation key, and those of
 *	tasks that use the record
 * @target_key: key to be constructed
 * @dest_keyring: destination keyring of the request, or NULL
 * @cred: the requester's credentials at the time of the request
 * @callout_info: data for the helper
 * @callout_len: length of @callout_info, may be 0
 * @pid: PID of the requester
 * @op: "create"
 *
 * The record does not change once it is made.
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
 * get_request_key_auth - return the record of an authorisation key
 * @key: authorisation key that the caller holds a reference to
 *
 * Return: the record, NULL once the authorisation key has been revoked.
 */
static inline struct request_key_auth *
get_request_key_auth(const struct key *key)
{
	return key->payload.data[0];
}

#endif /* _KEYS_REQUEST_KEY_AUTH_TYPE_H */
