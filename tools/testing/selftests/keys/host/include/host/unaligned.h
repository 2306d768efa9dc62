/* SPDX-License-Identifier: GPL-2.0-only */
/* Stand-in for reading numbers that are not aligned. */
#ifndef _HOST_UNALIGNED_H
#define _HOST_UNALIGNED_H

#include <host/base.h>

static inline u64 get_unaligned_le64(const void *p)
{
	u64 v;

	memcpy(&v, p, sizeof(v));
	return v;
}

static inline u32 get_unaligned_le32(const void *p)
{
	u32 v;

	memcpy(&v, p, sizeof(v));
	return v;
}

static inline u16 get_unaligned_le16(const void *p)
{
	u16 v;

	memcpy(&v, p, sizeof(v));
	return v;
}

#endif /* _HOST_UNALIGNED_H */
