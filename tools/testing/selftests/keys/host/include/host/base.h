/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Stand-in for the basic headers of the kernel, in user space: types, compiler
 * attributes, memory barriers, bit operations and atomic variables.
 *
 * The orders of the accesses are those that the kernel promises, so that TSan
 * reports where the kernel code relies on more. TSan knows no address
 * dependency, so a pointer that is read with READ_ONCE() is acquired.
 */
#ifndef _HOST_BASE_H
#define _HOST_BASE_H

#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>

#include <asm/types.h>
#include <linux/kconfig.h>

typedef uint8_t u8;
typedef uint16_t u16;
typedef uint32_t u32;
typedef __u64 u64;
typedef int8_t s8;
typedef int16_t s16;
typedef int32_t s32;
typedef __s64 s64;
typedef u16 __le16;
typedef u32 __le32;
typedef u64 __le64;
typedef int64_t time64_t;
typedef unsigned int gfp_t;
typedef unsigned int slab_flags_t;

struct list_head {
	struct list_head *next, *prev;
};

struct hlist_node {
	struct hlist_node *next, **pprev;
};

struct hlist_head {
	struct hlist_node *first;
};

struct callback_head {
	struct callback_head *next;
	void (*func)(struct callback_head *head);
};

#define rcu_head callback_head
typedef void (*rcu_callback_t)(struct rcu_head *head);

#undef __always_inline
#define __always_inline		inline __attribute__((__always_inline__))
#define noinline		__attribute__((__noinline__))
#define __cleanup(fn)		\
	__attribute__((__unused__, __cleanup__(fn)))
#define __maybe_unused		__attribute__((__unused__))
#define __must_check		__attribute__((__warn_unused_result__))
#undef __aligned
#define __aligned(x)		__attribute__((__aligned__(x)))
#undef __pure
#define __pure			__attribute__((__pure__))
#define __printf(a, b)		__attribute__((__format__(printf, a, b)))
#define __uninitialized
#define __init
#define __rcu
#define __bitwise
#define __packed		__attribute__((__packed__))
#define _THIS_IP_		0
#define __user
#define __force
#define __ro_after_init
#define __randomize_layout
#define __counted_by(m)
#define __no_context_analysis
#define ____cacheline_aligned_in_smp
#define __acquire(x)		((void)0)
#define __release(x)		((void)0)
#define __acquires(x)
#define __releases(x)
#define __must_hold(x)
#define fallthrough		__attribute__((__fallthrough__))
#define likely(x)		__builtin_expect(!!(x), 1)
#define unlikely(x)		__builtin_expect(!!(x), 0)
#define barrier()		__asm__ __volatile__("" ::: "memory")
#define barrier_data(p)		__asm__ __volatile__("" :: "r"(p) : "memory")
#define ___PASTE(a, b)		a##b
#define __PASTE(a, b)		___PASTE(a, b)
#define __UNIQUE_ID(prefix)	\
	__PASTE(__PASTE(__UNIQUE_ID_, prefix), __COUNTER__)
#define __same_type(a, b)	\
	__builtin_types_compatible_p(typeof(a), typeof(b))
#define static_assert(expr, ...) _Static_assert(expr, #expr)
#define EXPORT_SYMBOL(sym)	extern int host_export_##sym
#define EXPORT_SYMBOL_GPL(sym)	extern int host_export_##sym
#define core_initcall(fn)	int host_initcall_##fn(void) { return fn(); }
#define ARRAY_SIZE(a)		(sizeof(a) / sizeof((a)[0]))
#define BIT(n)			(1UL << (n))
#define BITS_PER_LONG		64
#define DIV_ROUND_UP(n, d)	(((n) + (d) - 1) / (d))
#define BITS_TO_LONGS(n)	DIV_ROUND_UP(n, BITS_PER_LONG)
#define U8_MAX			UINT8_MAX
#define U16_MAX			UINT16_MAX
#define U32_MAX			UINT32_MAX
#define TIME64_MAX		INT64_MAX
#define PAGE_SIZE		4096UL
#define PAGE_SHIFT		12
#define SIZEOF_LONG		8

#define sizeof_field(type, member) sizeof(((type *)0)->member)
#define struct_size(p, member, n) \
	(sizeof(*(p)) + sizeof(*(p)->member) * (size_t)(n))
#define __min(a, b, x, y)	\
	({ typeof(a) x = (a); typeof(b) y = (b); x < y ? x : y; })
#define __max(a, b, x, y)	\
	({ typeof(a) x = (a); typeof(b) y = (b); x > y ? x : y; })
#define min(a, b)		\
	__min(a, b, __UNIQUE_ID(min_a), __UNIQUE_ID(min_b))
#define max(a, b)		\
	__max(a, b, __UNIQUE_ID(max_a), __UNIQUE_ID(max_b))
#define clamp(a, lo, hi)	min(max(a, lo), hi)
#define min_t(type, a, b)	min((type)(a), (type)(b))
#define max_t(type, a, b)	max((type)(a), (type)(b))
#define swap(a, b)		\
	do { typeof(a) __swap = (a); (a) = (b); (b) = __swap; } while (0)

void host_bug(const char *file, int line, const char *what);

#define BUG_ON(cond)		\
	do { if (cond) host_bug(__FILE__, __LINE__, #cond); } while (0)
#define BUG()			host_bug(__FILE__, __LINE__, "BUG")
#define panic(text)		host_bug(__FILE__, __LINE__, text)
#define WARN_ON_ONCE(cond)	({ bool __on = (cond); BUG_ON(__on); __on; })
#define WARN_ON(cond)		WARN_ON_ONCE(cond)
#define WARN_ONCE(cond, ...)	WARN_ON_ONCE(cond)
#define BUILD_BUG_ON(cond)	_Static_assert(!(cond), #cond)
#define BUILD_BUG_ON_ZERO(e)	((int)(sizeof(struct { int:(-!!(e)); })))
#define BUILD_BUG_ON_MSG(c, m)	_Static_assert(!(c), m)
#define RCU_LOCKDEP_WARN(cond, text) \
	do { if (cond) host_bug(__FILE__, __LINE__, text); } while (0)
#define pr_err(...)		fprintf(stderr, __VA_ARGS__)

/* 5 is the class of pointers, which READ_ONCE() acquires, see above */
#define __read_order(x)		\
	(__builtin_classify_type(x) == 5 ? __ATOMIC_ACQUIRE : __ATOMIC_RELAXED)
#define __value_of(x)		typeof(({ (x); }))
#define READ_ONCE(x)		\
	({ \
		__value_of(x) __once; \
		__atomic_load((__value_of(x) *)&(x), &__once, \
			      __read_order(x)); \
		__once; \
	})
#define WRITE_ONCE(x, v)	\
	do { \
		typeof(x) __once = (v); \
		__atomic_store(&(x), &__once, __ATOMIC_RELAXED); \
	} while (0)
#define data_race(expr)		(expr)
#define ASSERT_EXCLUSIVE_ACCESS(x) ((void)0)
#define ASSERT_EXCLUSIVE_WRITER(x) ((void)0)
#define smp_load_acquire(p)	__atomic_load_n(p, __ATOMIC_ACQUIRE)
#define smp_store_release(p, v)	__atomic_store_n(p, v, __ATOMIC_RELEASE)
#define smp_mb()		__atomic_thread_fence(__ATOMIC_SEQ_CST)
#define smp_rmb()		__atomic_thread_fence(__ATOMIC_ACQUIRE)
#define smp_wmb()		__atomic_thread_fence(__ATOMIC_RELEASE)
#define smp_mb__before_atomic()	smp_mb()
#define smp_mb__after_atomic()	smp_mb()

#define __bit_word(nr, p)	(&((unsigned long *)(p))[(nr) / BITS_PER_LONG])
#define __bit_mask(nr)		(1UL << ((nr) % BITS_PER_LONG))

static inline bool test_bit(long nr, const volatile unsigned long *p)
{
	return __atomic_load_n(__bit_word(nr, p), __ATOMIC_RELAXED) &
	       __bit_mask(nr);
}

static inline void set_bit(long nr, volatile unsigned long *p)
{
	__atomic_fetch_or(__bit_word(nr, p), __bit_mask(nr), __ATOMIC_RELAXED);
}

static inline void clear_bit(long nr, volatile unsigned long *p)
{
	__atomic_fetch_and(__bit_word(nr, p), ~__bit_mask(nr),
			   __ATOMIC_RELAXED);
}

static inline void clear_bit_unlock(long nr, volatile unsigned long *p)
{
	__atomic_fetch_and(__bit_word(nr, p), ~__bit_mask(nr),
			   __ATOMIC_RELEASE);
}

static inline void __set_bit(long nr, volatile unsigned long *p)
{
	*__bit_word(nr, p) |= __bit_mask(nr);
}

static inline void __clear_bit(long nr, volatile unsigned long *p)
{
	*__bit_word(nr, p) &= ~__bit_mask(nr);
}

static inline bool test_and_set_bit(long nr, volatile unsigned long *p)
{
	return __atomic_fetch_or(__bit_word(nr, p), __bit_mask(nr),
				 __ATOMIC_SEQ_CST) & __bit_mask(nr);
}

static inline bool test_and_clear_bit(long nr, volatile unsigned long *p)
{
	return __atomic_fetch_and(__bit_word(nr, p), ~__bit_mask(nr),
				  __ATOMIC_SEQ_CST) & __bit_mask(nr);
}

static inline bool test_and_set_bit_lock(long nr, volatile unsigned long *p)
{
	return __atomic_fetch_or(__bit_word(nr, p), __bit_mask(nr),
				 __ATOMIC_ACQUIRE) & __bit_mask(nr);
}

#define __clear_bit_unlock	clear_bit_unlock
#define __test_and_set_bit(nr, p) \
	({ bool __was = test_bit(nr, p); __set_bit(nr, p); __was; })
#define __test_and_clear_bit(nr, p) \
	({ bool __was = test_bit(nr, p); __clear_bit(nr, p); __was; })

typedef struct {
	int counter;
} atomic_t;

typedef struct {
	atomic_t refs;
} refcount_t;

#define ATOMIC_INIT(i)		{ (i) }
#define atomic_read(v)		__atomic_load_n(&(v)->counter, __ATOMIC_RELAXED)
#define atomic_read_acquire(v)	__atomic_load_n(&(v)->counter, __ATOMIC_ACQUIRE)
#define atomic_set(v, i)	\
	__atomic_store_n(&(v)->counter, i, __ATOMIC_RELAXED)
#define atomic_add(i, v)	\
	((void)__atomic_fetch_add(&(v)->counter, i, __ATOMIC_RELAXED))
#define atomic_inc(v)		atomic_add(1, v)
#define atomic_dec(v)		atomic_add(-1, v)
#define atomic_inc_return(v)	\
	__atomic_add_fetch(&(v)->counter, 1, __ATOMIC_SEQ_CST)
#define atomic_try_cmpxchg(v, old, new) \
	__atomic_compare_exchange_n(&(v)->counter, old, new, false, \
				    __ATOMIC_SEQ_CST, __ATOMIC_RELAXED)
#define cmpxchg(p, o, n)	\
	({ \
		typeof(*(p)) __old = (o); \
		__atomic_compare_exchange_n(p, &__old, n, false, \
					    __ATOMIC_SEQ_CST, \
					    __ATOMIC_SEQ_CST); \
		__old; \
	})
#define xchg(p, n)		__atomic_exchange_n(p, n, __ATOMIC_SEQ_CST)

#define refcount_set(r, n)	atomic_set(&(r)->refs, n)
#define refcount_read(r)	((unsigned int)atomic_read(&(r)->refs))

static inline void refcount_inc(refcount_t *r)
{
	BUG_ON(__atomic_fetch_add(&r->refs.counter, 1, __ATOMIC_RELAXED) <= 0);
}

static inline bool refcount_inc_not_zero(refcount_t *r)
{
	int old = atomic_read(&r->refs);

	do {
		if (!old)
			return false;
	} while (!__atomic_compare_exchange_n(&r->refs.counter, &old, old + 1,
					      false, __ATOMIC_RELAXED,
					      __ATOMIC_RELAXED));
	return true;
}

static inline bool refcount_dec_and_test(refcount_t *r)
{
	int old = __atomic_fetch_sub(&r->refs.counter, 1, __ATOMIC_ACQ_REL);

	BUG_ON(old <= 0);
	return old == 1;
}

static inline void refcount_dec(refcount_t *r)
{
	BUG_ON(__atomic_fetch_sub(&r->refs.counter, 1, __ATOMIC_RELEASE) <= 1);
}

static inline u32 rol32(u32 word, unsigned int shift)
{
	return (word << (shift & 31)) | (word >> (-shift & 31));
}

static inline u32 ror32(u32 word, unsigned int shift)
{
	return rol32(word, -shift & 31);
}

static inline u64 rol64(u64 word, unsigned int shift)
{
	return (word << (shift & 63)) | (word >> (-shift & 63));
}

static inline unsigned long roundup_pow_of_two(unsigned long n)
{
	return n <= 1 ? 1 : 1UL << (64 - __builtin_clzl(n - 1));
}

static inline unsigned long rounddown_pow_of_two(unsigned long n)
{
	return 1UL << (63 - __builtin_clzl(n));
}

#define ilog2(n)		(63 - __builtin_clzl(n))
#define __ffs(n)		((unsigned long)__builtin_ctzl(n))
#define fls64(n)		((n) ? 64 - __builtin_clzl(n) : 0)
#define IS_ALIGNED(x, a)	(!((x) & ((a) - 1)))
#define is_power_of_2(n)	((n) && !((n) & ((n) - 1)))
#define le16_to_cpup(p)		(*(const u16 *)(p))
#define le32_to_cpup(p)		(*(const u32 *)(p))
#define le64_to_cpup(p)		(*(const u64 *)(p))
#define le64_to_cpu(x)		(x)
#define le32_to_cpu(x)		(x)
#define memzero_explicit(p, n)	memset(p, 0, n)

static inline ssize_t strscpy(char *to, const char *from, size_t size)
{
	return snprintf(to, size, "%s", from);
}

/* For linux/uidgid.h */
extern int overflowuid, overflowgid;

#define cpu_relax()		host_yield()
void host_yield(void);

#endif /* _HOST_BASE_H */
