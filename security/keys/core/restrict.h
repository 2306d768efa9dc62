/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Restrictions on the keys that may be linked into a keyring; see
 * keyctl_restrict_keyring(3).
 */
#ifndef _KEYS_CORE_RESTRICT_H
#define _KEYS_CORE_RESTRICT_H

#include "link.h"

int restriction_check(struct keyring *ring, const struct key_type *type,
		      const union key_payload *payload);
void restriction_free(struct keyring *ring);
void restriction_remove_type(const struct key_type *type);

#endif /* _KEYS_CORE_RESTRICT_H */
