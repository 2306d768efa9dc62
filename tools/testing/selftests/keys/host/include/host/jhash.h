/* SPDX-License-Identifier: GPL-2.0-only */
/* The kernel's jhash, of which a test can leave only a few bits. */
#ifndef _HOST_JHASH_H
#define _HOST_JHASH_H

#include <base/linux/jhash.h>

/* Bits of the hashes of indexes and links that are used; all if ~0 */
extern u32 host_hash_mask;

static inline u32 host_jhash_2words(u32 a, u32 b, u32 seed)
{
	return jhash_2words(a, b, seed) & host_hash_mask;
}

#define jhash_2words host_jhash_2words

#endif /* _HOST_JHASH_H */
