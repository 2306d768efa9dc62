/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The index (type, domain and description) identifies a key in a keyring. The
 * domain is a network namespace for keys of some types, and none for others.
 */
#ifndef _KEYS_CORE_INDEX_H
#define _KEYS_CORE_INDEX_H

#include <linux/key-type.h>

void key_index_init(struct key_index *index, struct key_type *type,
		    struct key_tag *tag, const char *description);
bool key_index_equal(const struct key_index *a, const struct key_index *b);
void __init key_index_seed(void);

#endif /* _KEYS_CORE_INDEX_H */
