/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the kernel of the scenario coverage includes before each file of
 * security/keys.
 *
 * gcov counts the jumps that a macro makes as jumps of the line that uses the
 * macro. Most of those in the macros below are never taken as long as the
 * kernel is right, or are chosen by the compiler. Here the macros call inline
 * functions instead, which do the same, and whose jumps belong to this file.
 */
#ifndef _KEYS_COVERAGE_H
#define _KEYS_COVERAGE_H

#ifndef __ASSEMBLY__

#include <linux/bitops.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>
#include <linux/version.h>

/* The assertions in rcu_dereference() and list_for_each_entry_rcu(), too. */
#undef RCU_LOCKDEP_WARN
#define RCU_LOCKDEP_WARN(c, s) coverage_rcu_warn(c, __FILE__, __LINE__, s)

static inline void coverage_rcu_warn(bool wrong, const char *file, int line,
				     const char *what)
{
	if (wrong && debug_lockdep_rcu_enabled())
		lockdep_rcu_suspicious(file, line, what);
}

#undef test_bit
#define test_bit(nr, addr) coverage_test_bit(nr, addr)

static __always_inline bool coverage_test_bit(unsigned long nr,
					      const volatile unsigned long *addr)
{
	return _test_bit(nr, addr);
}

#undef __set_bit
#define __set_bit(nr, addr) ___set_bit(nr, addr)
#undef __clear_bit
#define __clear_bit(nr, addr) ___clear_bit(nr, addr)

/* The five users in security/keys never pass NULL. */
#undef kfree_rcu
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 2, 0)
#define kfree_rcu(ptr, head) kvfree_call_rcu(&(ptr)->head, (void *)(ptr))
#else
#define kfree_rcu(ptr, head) \
	kvfree_call_rcu(&(ptr)->head, \
			(rcu_callback_t)offsetof(typeof(*(ptr)), head))
#endif

#endif /* !__ASSEMBLY__ */
#endif /* _KEYS_COVERAGE_H */
