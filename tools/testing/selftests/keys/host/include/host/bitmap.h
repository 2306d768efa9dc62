/* SPDX-License-Identifier: GPL-2.0-only */
/* Stand-in for the bitmaps that lib/xarray.c uses, of at most one word. */
#ifndef _HOST_BITMAP_H
#define _HOST_BITMAP_H

#include <host/base.h>

#define DECLARE_BITMAP(name, bits) unsigned long name[((bits) + 63) / 64]

static inline bool bitmap_empty(const unsigned long *map, unsigned int bits)
{
	return !(map[0] & (bits < 64 ? (1UL << bits) - 1 : ~0UL));
}

static inline void bitmap_fill(unsigned long *map, unsigned int bits)
{
	map[0] = bits < 64 ? (1UL << bits) - 1 : ~0UL;
}

static inline void bitmap_clear(unsigned long *map, unsigned int start,
				unsigned int nr)
{
	while (nr--)
		__clear_bit(start++, map);
}

static inline unsigned long find_next_bit(const unsigned long *map,
					  unsigned long bits,
					  unsigned long from)
{
	for (; from < bits; from++)
		if (test_bit(from, map))
			break;
	return from;
}

#define for_each_set_bit(bit, map, bits) \
	for ((bit) = find_next_bit(map, bits, 0); (bit) < (bits); \
	     (bit) = find_next_bit(map, bits, (bit) + 1))

#endif /* _HOST_BITMAP_H */
