/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Stand-in for RCU and SRCU. A grace period waits for the readers of all
 * threads. Callbacks run when host_rcu_run() is called, so a test decides when
 * memory is freed, and ASan finds a reader that looks at it too late.
 */
#ifndef _HOST_RCU_H
#define _HOST_RCU_H

#include <host/base.h>
#include <host/lock.h>

/* The two kinds of readers */
enum host_domain {
	HOST_RCU,
	HOST_SRCU,
	HOST_DOMAINS,
};

/* There is one SRCU domain, whatever the object */
struct srcu_struct {
};

void host_read_lock(enum host_domain domain);
void host_read_unlock(enum host_domain domain);
bool host_read_held(enum host_domain domain);
void host_synchronize(enum host_domain domain);
bool host_rcu_run(void);
void host_thread_exit(void);

void call_rcu(struct rcu_head *head, rcu_callback_t func);
void call_rcu_hurry(struct rcu_head *head, rcu_callback_t func);
void rcu_barrier(void);
unsigned long start_poll_synchronize_rcu(void);
bool poll_state_synchronize_rcu(unsigned long state);

#define rcu_read_lock()		\
	do { preempt_disable(); host_read_lock(HOST_RCU); } while (0)
#define rcu_read_unlock()	\
	do { host_read_unlock(HOST_RCU); preempt_enable(); } while (0)
#define rcu_read_lock_held()	host_read_held(HOST_RCU)
#define synchronize_rcu()	host_synchronize(HOST_RCU)

#define DEFINE_SRCU(name)	struct srcu_struct name
#define srcu_read_lock(s)	((void)(s), host_read_lock(HOST_SRCU), 0)
#define srcu_read_unlock(s, i)	((void)(i), host_read_unlock(HOST_SRCU))
#define srcu_read_lock_held(s)	host_read_held(HOST_SRCU)
#define synchronize_srcu(s)	host_synchronize(HOST_SRCU)

#define rcu_dereference_raw(p)	__atomic_load_n(&(p), __ATOMIC_ACQUIRE)
#define rcu_dereference_check(p, cond) \
	({ BUG_ON(!(cond) && !rcu_read_lock_held()); rcu_dereference_raw(p); })
#define rcu_dereference(p)	rcu_dereference_check(p, false)
#define rcu_dereference_protected(p, cond) ({ BUG_ON(!(cond)); (p); })
#define rcu_access_pointer(p)	READ_ONCE(p)
#define rcu_assign_pointer(p, v) \
	do { \
		typeof(p) __assign = (typeof(p))(v); \
		__atomic_store(&(p), &__assign, __ATOMIC_RELEASE); \
	} while (0)
#define RCU_INIT_POINTER(p, v)	WRITE_ONCE(p, v)
#define RCU_INITIALIZER(v)	(v)
#define rcu_head_after_call_rcu(head, f) ((head)->func == (f))
#define rcu_head_init(head)	((head)->func = NULL)
#define rcu_dereference_bh_check	rcu_dereference_check
#define rcu_check_sparse(p, space)
#define __rcu_access_pointer(p, local, space)	READ_ONCE(p)
#define unrcu_pointer(p)	(p)

/* A "function" below this is the offset of the rcu_head in its object */
#define HOST_KFREE_RCU_MAX	4096UL
#define kfree_rcu(ptr, member)	\
	call_rcu(&(ptr)->member, \
		 (rcu_callback_t)offsetof(typeof(*(ptr)), member))

DEFINE_LOCK_GUARD_0(rcu, rcu_read_lock(), rcu_read_unlock())

#endif /* _HOST_RCU_H */
