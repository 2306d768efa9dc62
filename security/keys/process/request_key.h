/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Finding a key for a task, or having it made; see request_key(2).
 */
#ifndef _KEYS_PROCESS_REQUEST_KEY_H
#define _KEYS_PROCESS_REQUEST_KEY_H

#include <linux/key-type.h>

/**
 * struct key_request - what is asked for
 * @type: type of the key
 * @description: its description
 * @domain_tag: its domain, NULL for the caller's
 * @callout_info: bytes for the helper; NULL to search only
 * @callout_len: their number, may be 0
 * @aux: for the type's own ->request_key()
 * @dest_keyring: keyring to link the key into, or NULL for the default
 * @flags: KEY_ALLOC_* for a key that must be made
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
