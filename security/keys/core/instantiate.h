/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Construction of keys: instantiate a key with a payload, or reject the key.
 */
#ifndef _KEYS_CORE_INSTANTIATE_H
#define _KEYS_CORE_INSTANTIATE_H

#include <linux/key-type.h>

/*
 * If a helper fails to construct a key, the key becomes negative, and expires
 * after this number of seconds. Until then, searches return the error ENOKEY,
 * so that not every request starts a helper that fails again.
 */
#define KEY_NEGATIVE_TIMEOUT	60

int key_preparse(struct key_type *type, struct key_preparsed_payload *prep,
		 const void *data, size_t datalen);
void key_preparse_end(struct key_type *type,
		      struct key_preparsed_payload *prep);
int key_fill(struct key *key, struct key_preparsed_payload *prep);
void key_keep_with(struct key *key, const struct key *keyring);

#endif /* _KEYS_CORE_INSTANTIATE_H */
