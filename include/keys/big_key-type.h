/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The "big_key" type: payloads of up to 1 MiB - 1 byte. A long payload is
 * stored in a tmpfs file, so that it may be swapped out, and is encrypted.
 */
#ifndef _KEYS_BIG_KEY_TYPE_H
#define _KEYS_BIG_KEY_TYPE_H

#include <linux/key-type.h>

extern struct key_type key_type_big_key;

int big_key_preparse(struct key_preparsed_payload *prep);
void big_key_free_preparse(struct key_preparsed_payload *prep);
void big_key_revoke(struct key *key);
void big_key_destroy(struct key *key);
void big_key_describe(const struct key *key, struct seq_file *m);
long big_key_read(const struct key *key, char *buffer, size_t buflen);
int big_key_update(struct key *key, struct key_preparsed_payload *prep);

#endif /* _KEYS_BIG_KEY_TYPE_H */
