/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Stand-in for the memory allocator. Each object is one of malloc(), so that
 * ASan sees its bounds. Any allocation can be made to fail.
 */
#ifndef _HOST_MM_H
#define _HOST_MM_H

#include <host/base.h>
#include <host/lock.h>

#define __GFP_ACCOUNT		0x01u
#define __GFP_ZERO		0x02u
#define __GFP_NOWARN		0x04u
#define __GFP_NOFAIL		0x08u
#define __GFP_DIRECT_RECLAIM	0x10u
#define __GFP_RECLAIM		__GFP_DIRECT_RECLAIM
#define ___GFP_LAST_BIT		5
#define __GFP_BITS_SHIFT	___GFP_LAST_BIT
#define GFP_ATOMIC		0u
#define GFP_NOWAIT		0u
#define GFP_KERNEL		__GFP_DIRECT_RECLAIM
#define GFP_KERNEL_ACCOUNT	(GFP_KERNEL | __GFP_ACCOUNT)
#define gfpflags_allow_blocking(gfp) ((gfp) & __GFP_DIRECT_RECLAIM)
#define SLAB_PANIC		0
#define SLAB_ACCOUNT		0
#define NUMA_NO_NODE		(-1)
#define might_alloc(gfp)	((void)(gfp))

/**
 * struct kmem_cache - objects of one size
 * @name: name
 * @size: size of an object
 * @nr: number of objects that are allocated
 */
struct kmem_cache {
	const char	*name;
	size_t		size;
	long		nr;
};

/**
 * struct host_fault - which allocation of this thread fails
 * @in: the in-th allocation from now on fails, none if 0
 * @nr: number of allocations since the test began to count
 * @fired: an allocation has failed
 */
struct host_fault {
	unsigned int	in;
	unsigned int	nr;
	bool		fired;
};

extern __thread struct host_fault host_fault;
extern long host_nr_allocated;

void *host_alloc(size_t size, gfp_t gfp);
void host_free(const void *p);
struct kmem_cache *host_cache(const char *name, size_t size);
struct kmem_cache *host_cache_find(const char *name);
void *kmem_cache_alloc(struct kmem_cache *cache, gfp_t gfp);
void kmem_cache_free(struct kmem_cache *cache, void *p);
void *kmemdup(const void *from, size_t size, gfp_t gfp);

#define KMEM_CACHE(type, flags)		\
	((void)(flags), host_cache(#type, sizeof(struct type)))
#define kmalloc_size_roundup(size)	(((size_t)(size) + 31) / 32 * 32)
#define kmem_cache_size(cache)		((cache)->size)
#define kmalloc(size, gfp)		host_alloc(size, gfp)
#define kzalloc(size, gfp)		host_alloc(size, (gfp) | __GFP_ZERO)
#define kmem_cache_zalloc(cache, gfp)	\
	kmem_cache_alloc(cache, (gfp) | __GFP_ZERO)
#define kmem_cache_alloc_lru(cache, lru, gfp) \
	kmem_cache_alloc(cache, (gfp) | __GFP_ZERO)
#define kmalloc_noprof			kmalloc
#define kvmalloc_node_noprof(size, gfp, node) kmalloc(size, gfp)
#define kfree(p)			host_free(p)
#define kvfree(p)			host_free(p)
#define kfree_sensitive(p)		host_free(p)
#define alloc_hooks(expr)		(expr)
#define alloc_hooks_tag(tag, expr)	(expr)
#define alloc_tag_record(tag)		((void)0)

struct alloc_tag;

DEFINE_FREE(kfree, void *, if (_T) kfree(_T))

#endif /* _HOST_MM_H */
