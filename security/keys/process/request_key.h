/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Find a key for a task, or construct the key; see request_key(2).
 */
#ifndef _KEYS_PROCESS_REQUEST_KEY_H
#define _KEYS_PROCESS_REQUEST_KEY_H

#include <linux/key-type.h>

/**
 * struct key_request - arguments of a request for a key
 * @type: type of the key
 * @description: description of the key
 * @domain_tag: domain of the key, NULL for the caller's domain
 * @callout_info: data for the construction of the key; NULL to search only
 * @callout_len: length of @callout_info, may be 0
 * @aux: argument for the type's ->request_key()
 * @dest_keyring: keyring to link the key into. If NULL, a key that is found is
 *	not linked, and a key that has to be constructed is linked into the
 *	default destination, see default_dest_get()
 * @flags: KEY_ALLOC_* flags for a key that has to be constructed
 */
struct key_request {
	struct key_type	*type;
	const char	*description;
	struct key_tag	*domain_tag;
	const void	*callout_info;
	size_t		callout_len;
	void		*aux;
	struct key	*dest_keyring;
	unsigned long	flags;
};

struct key *request_key_and_link(const struct key_request *request);

#endif /* _KEYS_PROCESS_REQUEST_KEY_H */
