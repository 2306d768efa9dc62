/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Keyrings in keyrings: no keyring links itself, directly or through others.
 */
#ifndef _KEYS_CORE_NESTING_H
#define _KEYS_CORE_NESTING_H

#include <linux/cleanup.h>

#include "link.h"

/*
 * How many keyrings the check for a cycle visits at most; a keyring counts once
 * for each path that leads to it. If the limit is reached, the link is refused
 * with ELOOP. Limited, because all other tasks that link keyrings into keyrings
 * wait until the check is over.
 */
#define NEST_MAX_RINGS	4096U

int nesting_begin(struct keyring *ring, const struct keyring *child);
void nesting_end(struct keyring *ring);
void nesting_freeze(void);
void nesting_thaw(void);
void nesting_assert_frozen(void);

DEFINE_LOCK_GUARD_0(keyring_nesting, nesting_freeze(), nesting_thaw())

#endif /* _KEYS_CORE_NESTING_H */
