// SPDX-License-Identifier: GPL-2.0-only
/*
 * RCU and SRCU in user space. Each thread has a slot where it shows in which
 * grace period its reader began. A grace period is over when no slot shows an
 * earlier one.
 */
#include <host/mm.h>
#include <host/rcu.h>
#include <host/work.h>
#include <linux/xarray.h>

#define MAX_THREADS	32

/* Number of the current grace period; readers show it, so never 0 */
static unsigned long period[HOST_DOMAINS] = { 1, 1 };
/* For each thread, the grace period in which its reader began, or 0 */
static unsigned long reading[MAX_THREADS][HOST_DOMAINS];
static bool taken[MAX_THREADS];

static __thread unsigned long my_id;
static __thread int my_depth[HOST_DOMAINS];

/* Callbacks, latest first */
static struct rcu_head *callbacks;
/* Callbacks run one batch at a time */
static pthread_mutex_t run_lock = PTHREAD_MUTEX_INITIALIZER;
/* Number of batches that have begun and ended, for polling */
static unsigned long batches;

/**
 * host_thread_id - get the number of this thread
 *
 * Return: the number, not 0.
 */
unsigned long host_thread_id(void)
{
	unsigned long i;

	if (my_id)
		return my_id;
	for (i = 0; i < MAX_THREADS; i++)
		if (!__atomic_exchange_n(&taken[i], true, __ATOMIC_ACQ_REL))
			break;
	BUG_ON(i == MAX_THREADS);
	my_id = i + 1;
	return my_id;
}

/**
 * host_thread_exit - give the number of this thread back
 */
void host_thread_exit(void)
{
	if (my_id)
		__atomic_store_n(&taken[my_id - 1], false, __ATOMIC_RELEASE);
	my_id = 0;
}

/**
 * host_read_lock - begin to read
 * @domain: RCU or SRCU
 */
void host_read_lock(enum host_domain domain)
{
	unsigned long *slot = &reading[host_thread_id() - 1][domain];

	if (my_depth[domain]++)
		return;
	/* A full barrier: the slot is visible before anything is read */
	__atomic_exchange_n(slot, __atomic_load_n(&period[domain],
						  __ATOMIC_SEQ_CST),
			    __ATOMIC_SEQ_CST);
}

/**
 * host_read_unlock - end to read
 * @domain: RCU or SRCU
 */
void host_read_unlock(enum host_domain domain)
{
	BUG_ON(!my_depth[domain]);
	if (!--my_depth[domain])
		__atomic_store_n(&reading[my_id - 1][domain], 0,
				 __ATOMIC_RELEASE);
}

/**
 * host_read_held - is this thread reading?
 * @domain: RCU or SRCU
 *
 * Return: true if so.
 */
bool host_read_held(enum host_domain domain)
{
	return my_depth[domain];
}

/**
 * host_synchronize - wait for a grace period
 * @domain: RCU or SRCU
 */
void host_synchronize(enum host_domain domain)
{
	unsigned long new, seen;
	int i;

	might_sleep();
	BUG_ON(my_depth[domain]);
	new = __atomic_add_fetch(&period[domain], 1, __ATOMIC_SEQ_CST);
	for (i = 0; i < MAX_THREADS; i++)
		while ((seen = __atomic_load_n(&reading[i][domain],
					       __ATOMIC_SEQ_CST)) &&
		       seen < new)
			host_yield();
}

/**
 * call_rcu - have a function called after a grace period
 * @head: in the object
 * @func: the function, or the offset of @head in an object to be freed
 */
void call_rcu(struct rcu_head *head, rcu_callback_t func)
{
	head->func = func;
	head->next = __atomic_load_n(&callbacks, __ATOMIC_RELAXED);
	while (!__atomic_compare_exchange_n(&callbacks, &head->next, head,
					    false, __ATOMIC_RELEASE,
					    __ATOMIC_RELAXED))
		;
}

/**
 * call_rcu_hurry - have a function called after a grace period, without delay
 * @head: in the object
 * @func: the function
 *
 * Here no callback is delayed, so this is call_rcu().
 */
void call_rcu_hurry(struct rcu_head *head, rcu_callback_t func)
{
	call_rcu(head, func);
}

static struct rcu_head *reversed(struct rcu_head *head)
{
	struct rcu_head *out = NULL, *next;

	for (; head; head = next) {
		next = head->next;
		head->next = out;
		out = head;
	}
	return out;
}

static void call_back(struct rcu_head *head)
{
	unsigned long offset = (unsigned long)head->func;

	if (offset < HOST_KFREE_RCU_MAX) {
		host_free((char *)head - offset);
		return;
	}
	/* Callbacks of the kernel must not sleep */
	preempt_disable();
	head->func(head);
	preempt_enable();
}

/**
 * host_rcu_run - wait for a grace period, then run what call_rcu() has queued
 *
 * Return: false if nothing was queued.
 */
bool host_rcu_run(void)
{
	struct rcu_head *head, *next;
	bool any;

	might_sleep();
	pthread_mutex_lock(&run_lock);
	head = __atomic_exchange_n(&callbacks, NULL, __ATOMIC_ACQUIRE);
	any = head;
	host_synchronize(HOST_RCU);
	for (head = reversed(head); head; head = next) {
		next = head->next;
		call_back(head);
	}
	__atomic_fetch_add(&batches, 1, __ATOMIC_RELEASE);
	pthread_mutex_unlock(&run_lock);
	return any;
}

/**
 * rcu_barrier - wait until what call_rcu() has queued so far has run
 */
void rcu_barrier(void)
{
	host_rcu_run();
}

/**
 * start_poll_synchronize_rcu - begin a grace period
 *
 * Return: for poll_state_synchronize_rcu().
 */
unsigned long start_poll_synchronize_rcu(void)
{
	return __atomic_load_n(&batches, __ATOMIC_ACQUIRE) + 2;
}

/**
 * poll_state_synchronize_rcu - is a grace period over?
 * @state: from start_poll_synchronize_rcu()
 *
 * Return: true if so.
 */
bool poll_state_synchronize_rcu(unsigned long state)
{
	return __atomic_load_n(&batches, __ATOMIC_ACQUIRE) >= state;
}

extern struct kmem_cache *radix_tree_node_cachep;

/**
 * radix_tree_node_rcu_free - free a node of an xarray after a grace period
 * @head: in the node
 */
void radix_tree_node_rcu_free(struct rcu_head *head)
{
	kmem_cache_free(radix_tree_node_cachep,
			container_of(head, struct xa_node, rcu_head));
}
