// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the kernel gives to security/keys, in user space: memory, works, time,
 * random numbers, credentials.
 */
#include <sched.h>
#include <stdarg.h>
#include <time.h>

#include <host/mm.h>
#include <host/task.h>
#include <host/work.h>
#include <linux/list.h>

__thread int host_atomic_depth;
__thread struct host_fault host_fault;
__thread struct task_struct host_task;
int overflowuid, overflowgid;
struct user_namespace init_user_ns;
struct pid_namespace init_pid_ns;
struct host_calls static_calls_table;
bool host_threaded;
long host_nr_allocated;
u32 host_hash_mask = ~0U;

static struct kmem_cache caches[8];
static unsigned int nr_caches;

struct kmem_cache *radix_tree_node_cachep;

/**
 * host_bug - report that the kernel code has found an error, and end
 * @file: where
 * @line: where
 * @what: the condition that holds and must not
 */
void host_bug(const char *file, int line, const char *what)
{
	fprintf(stderr, "BUG: %s:%d: %s\n", file, line, what);
	abort();
}

/**
 * host_yield - let other threads run
 */
void host_yield(void)
{
	sched_yield();
}

/**
 * host_alloc - allocate memory
 * @size: number of bytes
 * @gfp: __GFP_*
 *
 * Return: the memory, or NULL if the test makes this allocation fail.
 */
void *host_alloc(size_t size, gfp_t gfp)
{
	void *p;

	if (gfp & __GFP_DIRECT_RECLAIM)
		might_sleep();
	host_fault.nr++;
	if (host_fault.in && !(gfp & __GFP_NOFAIL) && !--host_fault.in) {
		host_fault.fired = true;
		return NULL;
	}
	p = malloc(size);
	BUG_ON(!p);
	memset(p, gfp & __GFP_ZERO ? 0 : 0xa5, size);
	__atomic_fetch_add(&host_nr_allocated, 1, __ATOMIC_RELAXED);
	return p;
}

/**
 * host_free - free memory
 * @p: memory from host_alloc(), or NULL
 */
void host_free(const void *p)
{
	if (!p)
		return;
	__atomic_fetch_sub(&host_nr_allocated, 1, __ATOMIC_RELAXED);
	free((void *)p);
}

/**
 * kmemdup - copy memory
 * @from: the original
 * @size: number of bytes
 * @gfp: __GFP_*
 *
 * Return: the copy, or NULL.
 */
void *kmemdup(const void *from, size_t size, gfp_t gfp)
{
	void *p = host_alloc(size, gfp);

	if (p)
		memcpy(p, from, size);
	return p;
}

/**
 * host_cache - make a cache
 * @name: name
 * @size: size of its objects
 *
 * Return: the cache.
 */
struct kmem_cache *host_cache(const char *name, size_t size)
{
	struct kmem_cache *cache = &caches[nr_caches++];

	BUG_ON(nr_caches > ARRAY_SIZE(caches));
	cache->name = name;
	cache->size = size;
	return cache;
}

/**
 * host_cache_find - find a cache by its name
 * @name: name
 *
 * Return: the cache.
 */
struct kmem_cache *host_cache_find(const char *name)
{
	unsigned int i;

	for (i = 0; i < nr_caches; i++)
		if (!strcmp(caches[i].name, name))
			return &caches[i];
	host_bug(__FILE__, __LINE__, name);
	return NULL;
}

/**
 * kmem_cache_alloc - allocate an object
 * @cache: the cache
 * @gfp: __GFP_*
 *
 * Return: the object, or NULL.
 */
void *kmem_cache_alloc(struct kmem_cache *cache, gfp_t gfp)
{
	void *p = host_alloc(cache->size, gfp);

	if (p)
		__atomic_fetch_add(&cache->nr, 1, __ATOMIC_RELAXED);
	return p;
}

/**
 * kmem_cache_free - free an object
 * @cache: the cache
 * @p: the object
 */
void kmem_cache_free(struct kmem_cache *cache, void *p)
{
	__atomic_fetch_sub(&cache->nr, 1, __ATOMIC_RELAXED);
	host_free(p);
}

/* Works: those that are pending, oldest first. Locking: work_lock */
static LIST_HEAD(works);
static pthread_mutex_t work_lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t work_done = PTHREAD_COND_INITIALIZER;
static struct work_struct *running[4];
static unsigned long now_jiffies = 1000;
static time64_t now_seconds = 1000000;

static struct workqueue_struct the_workqueue;
struct workqueue_struct *system_unbound_wq = &the_workqueue;

static void __work_add(struct work_struct *work, bool timed, unsigned long when)
{
	work->pending = true;
	work->timed = timed;
	work->when = when;
	list_add_tail(&work->entry, &works);
}

/**
 * queue_work - have a work run as soon as possible
 * @wq: unused
 * @work: the work
 *
 * Return: false if the work is pending already.
 */
bool queue_work(struct workqueue_struct *wq, struct work_struct *work)
{
	bool queued;

	pthread_mutex_lock(&work_lock);
	queued = !work->pending;
	if (queued)
		__work_add(work, false, 0);
	pthread_mutex_unlock(&work_lock);
	return queued;
}

/**
 * queue_delayed_work - have a work run after a delay
 * @wq: unused
 * @dwork: the work
 * @delay: jiffies
 *
 * Return: false if the work is pending already.
 */
bool queue_delayed_work(struct workqueue_struct *wq, struct delayed_work *dwork,
			unsigned long delay)
{
	bool queued;

	pthread_mutex_lock(&work_lock);
	queued = !dwork->work.pending;
	if (queued)
		__work_add(&dwork->work, delay, now_jiffies + delay);
	pthread_mutex_unlock(&work_lock);
	return queued;
}

/**
 * mod_delayed_work - have a work run after a delay, whether pending or not
 * @wq: unused
 * @dwork: the work
 * @delay: jiffies
 *
 * Return: true if the work was pending.
 */
bool mod_delayed_work(struct workqueue_struct *wq, struct delayed_work *dwork,
		      unsigned long delay)
{
	bool was;

	pthread_mutex_lock(&work_lock);
	was = dwork->work.pending;
	if (was)
		list_del(&dwork->work.entry);
	__work_add(&dwork->work, delay, now_jiffies + delay);
	pthread_mutex_unlock(&work_lock);
	return was;
}

static struct work_struct *__work_next(void)
{
	struct work_struct *work;

	list_for_each_entry(work, &works, entry)
		if (!work->timed || time_after_eq(now_jiffies, work->when))
			return work;
	return NULL;
}

static struct work_struct **__work_slot(const struct work_struct *work)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(running); i++)
		if (running[i] == work)
			return &running[i];
	return NULL;
}

/* Run @work, which is the caller's now. Takes and releases work_lock inside. */
static void __work_call(struct work_struct *work)
{
	struct work_struct **slot = __work_slot(NULL);

	BUG_ON(!slot);
	list_del(&work->entry);
	work->pending = false;
	*slot = work;
	pthread_mutex_unlock(&work_lock);
	work->func(work);
	pthread_mutex_lock(&work_lock);
	/* The work may be freed already: only its address is compared */
	*slot = NULL;
	pthread_cond_broadcast(&work_done);
}

/**
 * host_work_run - run the first work whose time has come
 *
 * Return: false if there is none.
 */
bool host_work_run(void)
{
	struct work_struct *work;

	pthread_mutex_lock(&work_lock);
	work = __work_next();
	/* A work does not run twice at once: leave it to the other thread */
	if (work && __work_slot(work))
		work = NULL;
	if (work)
		__work_call(work);
	pthread_mutex_unlock(&work_lock);
	return work;
}

/**
 * flush_work - wait until a work is neither pending nor running
 * @work: the work
 *
 * Return: true if the work was pending or running.
 */
bool flush_work(struct work_struct *work)
{
	bool was = false;

	might_sleep();
	pthread_mutex_lock(&work_lock);
	while (work->pending || __work_slot(work)) {
		was = true;
		if (__work_slot(work))
			pthread_cond_wait(&work_done, &work_lock);
		else
			__work_call(work);
	}
	pthread_mutex_unlock(&work_lock);
	return was;
}

/**
 * cancel_work_sync - make a work not pending, and wait until it does not run
 * @work: the work
 *
 * Return: true if the work was pending.
 */
bool cancel_work_sync(struct work_struct *work)
{
	bool was;

	pthread_mutex_lock(&work_lock);
	was = work->pending;
	if (was)
		list_del(&work->entry);
	work->pending = false;
	while (__work_slot(work))
		pthread_cond_wait(&work_done, &work_lock);
	pthread_mutex_unlock(&work_lock);
	return was;
}

/**
 * host_work_timed - when will a work run?
 * @work: the work
 * @when: set to the time in jiffies, 0 for at once
 *
 * Return: false if the work is not pending.
 */
bool host_work_timed(const struct work_struct *work, unsigned long *when)
{
	*when = work->timed ? work->when : 0;
	return work->pending;
}

/**
 * host_jiffies - read the fake clock
 *
 * Return: ticks.
 */
unsigned long host_jiffies(void)
{
	return __atomic_load_n(&now_jiffies, __ATOMIC_RELAXED);
}

/**
 * ktime_get_real_seconds - read the fake clock
 *
 * Return: wall clock second.
 */
time64_t ktime_get_real_seconds(void)
{
	return __atomic_load_n(&now_seconds, __ATOMIC_RELAXED);
}

/**
 * host_clock_advance - let time pass
 * @seconds: how much
 */
void host_clock_advance(unsigned int seconds)
{
	pthread_mutex_lock(&work_lock);
	__atomic_fetch_add(&now_jiffies, seconds * HZ, __ATOMIC_RELAXED);
	__atomic_fetch_add(&now_seconds, seconds, __ATOMIC_RELAXED);
	pthread_mutex_unlock(&work_lock);
}

/**
 * host_wait_tick - wait a moment for another thread
 *
 * Without other threads this would be for ever, so that is an error.
 */
void host_wait_tick(void)
{
	const struct timespec tick = { .tv_nsec = 100000 };

	BUG_ON(!host_threaded);
	nanosleep(&tick, NULL);
}

static u64 random_state = 1;

/**
 * host_random_seed - choose the kernel's random numbers
 * @seed: any number
 */
void host_random_seed(u64 seed)
{
	__atomic_store_n(&random_state, seed, __ATOMIC_RELAXED);
}

/**
 * get_random_u32 - get a random number, the same in each run
 *
 * Return: the number.
 */
u32 get_random_u32(void)
{
	u64 x = __atomic_add_fetch(&random_state, 0x9e3779b97f4a7c15ULL,
				   __ATOMIC_RELAXED);

	x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9ULL;
	x = (x ^ (x >> 27)) * 0x94d049bb133111ebULL;
	return x >> 32;
}

/**
 * get_random_bytes - get random bytes, the same in each run
 * @to: filled in
 * @size: number of bytes
 */
void get_random_bytes(void *to, size_t size)
{
	u8 *byte = to;

	while (size--)
		*byte++ = get_random_u32();
}

/**
 * seq_printf - append to the output
 * @m: the output
 * @fmt: format of printf()
 */
void seq_printf(struct seq_file *m, const char *fmt, ...)
{
	va_list args;
	int len;

	va_start(args, fmt);
	len = vsnprintf(m->buf + m->len, sizeof(m->buf) - m->len, fmt, args);
	va_end(args);
	m->len = min(m->len + len, sizeof(m->buf) - 1);
}

/**
 * seq_puts - append to the output
 * @m: the output
 * @text: what to append
 */
void seq_puts(struct seq_file *m, const char *text)
{
	seq_printf(m, "%s", text);
}
