/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The ".request_key_auth" type: an authorisation key gives the right to
 * construct one other key, that is, to give that key a payload or an error.
 */
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
 * @dest_keyring: keyring into which the requester wants the key linked, or NULL
 * @cred: the requester's credentials at the time of the request
 * @callout_info: the requester's data for the helper, which constructs the key
 * @callout_len: length of @callout_info in bytes, may be 0
 * @pid: PID of the requester
 * @op: name of the operation, always "create"; the helper's first argument
 *
 * The payload of an authorisation key is a pointer to this record. The record
 * does not change once it is made.
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
 * Context: before complete_request_key() is called for the key. That function
 * revokes the key and drops the key's reference to the record. This function
 * takes no reference for the caller.
 * Return: the record, or NULL if the authorisation key has been revoked.
 */
static inline struct request_key_auth *
get_request_key_auth(const struct key *key)
{
	return key->payload.data[0];
}

#endif /* _KEYS_REQUEST_KEY_AUTH_TYPE_H */
