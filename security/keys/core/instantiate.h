/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Construction of keys: instantiate a key with a payload, or reject the key.
 */
#ifndef _KEYS_CORE_INSTANTIATE_H
#define _KEYS_CORE_INSTANTIATE_H

#include <linux/key-type.h>

/*
 * Number of seconds until a key expires that a helper failed to construct.
 * Until then, searches return the error ENOKEY, and no other helper is started
 * for the key.
 */
#define KEY_NEGATIVE_TIMEOUT	60

int key_preparse(struct key_type *type, struct key_preparsed_payload *prep,
		 const void *data, size_t datalen);
void key_preparse_end(struct key_type *type,
		      struct key_preparsed_payload *prep);
int key_fill(struct key *key, struct key_preparsed_payload *prep);
void key_keep_with(struct key *key, const struct key *keyring);

#endif /* _KEYS_CORE_INSTANTIATE_H */
