/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Stand-in for workqueues, clocks, waits and random numbers. Time stands still
 * unless host_clock_advance() is called. Works run when host_work_run() is
 * called, by the test or by threads of the test.
 */
#ifndef _HOST_WORK_H
#define _HOST_WORK_H

#include <host/base.h>
#include <host/lock.h>

struct work_struct;
typedef void (*work_func_t)(struct work_struct *work);

/**
 * struct work_struct - a function to be called later
 * @entry: entry in the list of works that are pending
 * @func: the function
 * @pending: the work is in the list
 * @timed: the work is not to run before @when
 * @when: time in jiffies
 */
struct work_struct {
	struct list_head	entry;
	work_func_t		func;
	bool			pending;
	bool			timed;
	unsigned long		when;
};

/**
 * struct delayed_work - a work that runs after a delay
 * @work: the work
 */
struct delayed_work {
	struct work_struct	work;
};

/* All works are in one list, whatever the workqueue */
struct workqueue_struct {
	int unused;
};

extern struct workqueue_struct *system_unbound_wq;

#define WQ_UNBOUND		0
#define WQ_MEM_RECLAIM		0
#define alloc_workqueue(name, flags, max) system_unbound_wq
#define INIT_WORK(w, fn)	\
	(*(w) = (struct work_struct) { .func = (fn) })
#define INIT_DELAYED_WORK(dw, fn) INIT_WORK(&(dw)->work, fn)
#define DECLARE_DELAYED_WORK(n, fn) \
	struct delayed_work n = { .work = { .func = (fn) } }
#define to_delayed_work(w)	\
	((struct delayed_work *)((char *)(w) - \
				 offsetof(struct delayed_work, work)))
#define schedule_work(work)	queue_work(system_unbound_wq, work)

bool queue_work(struct workqueue_struct *wq, struct work_struct *work);
bool queue_delayed_work(struct workqueue_struct *wq, struct delayed_work *dwork,
			unsigned long delay);
bool mod_delayed_work(struct workqueue_struct *wq, struct delayed_work *dwork,
		      unsigned long delay);
bool flush_work(struct work_struct *work);
bool cancel_work_sync(struct work_struct *work);
bool host_work_run(void);
bool host_work_timed(const struct work_struct *work, unsigned long *when);

#define HZ			100UL
#define jiffies			host_jiffies()
#define get_jiffies_64()	((u64)jiffies)
#define time_after_eq(a, b)	((long)((a) - (b)) >= 0)
#define time_before(a, b)	((long)((a) - (b)) < 0)

unsigned long host_jiffies(void);
time64_t ktime_get_real_seconds(void);
void host_clock_advance(unsigned int seconds);

u32 get_random_u32(void);
void get_random_bytes(void *to, size_t size);
void host_random_seed(u64 seed);

typedef struct {
	int unused;
} wait_queue_head_t;

/* Set if threads run the works, so that to wait makes sense */
extern bool host_threaded;
void host_wait_tick(void);

#define init_waitqueue_head(wq)	((void)(wq))
#define wake_up_all(wq)		((void)(wq))
#define wait_event_killable_timeout(wq, cond, timeout) \
	({ \
		int __left = (int)(timeout); \
		while (!(cond) && __left--) \
			host_wait_tick(); \
		__left; \
	})
#define schedule_timeout_killable(t) ((void)(t), host_wait_tick(), 0)
#define fatal_signal_pending(task) ((void)(task), false)
#define TASK_INTERRUPTIBLE	0
#define TASK_UNINTERRUPTIBLE	0
#define cond_resched()		\
	do { might_sleep(); if (host_threaded) host_yield(); } while (0)

static inline int wait_on_bit(unsigned long *word, int bit, int mode)
{
	might_sleep();
	while (__atomic_load_n(word, __ATOMIC_ACQUIRE) & BIT(bit))
		host_wait_tick();
	return mode;
}

static inline void wait_on_bit_lock(unsigned long *word, int bit, int mode)
{
	might_sleep();
	while (test_and_set_bit_lock(bit, word))
		host_wait_tick();
}

static inline void clear_and_wake_up_bit(int bit, unsigned long *word)
{
	clear_bit_unlock(bit, word);
}

#endif /* _HOST_WORK_H */
