/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Stand-in for the locks of the kernel. All are locks of pthreads, which TSan
 * understands. Each lock knows its owner, for lockdep_assert_held(). Each
 * thread counts what forbids it to sleep, for might_sleep().
 */
#ifndef _HOST_LOCK_H
#define _HOST_LOCK_H

#include <pthread.h>

#include <host/base.h>
#include <linux/cleanup.h>
#include <linux/err.h>

/**
 * struct host_owner - which thread holds a lock
 * @id: number of the thread that holds the lock for writing, 0 if none
 */
struct host_owner {
	unsigned long		id;
};

/**
 * struct host_lock - a spinlock or a mutex
 * @h: the owner
 * @m: the lock
 */
struct host_lock {
	struct host_owner	h;
	pthread_mutex_t		m;
};

typedef struct host_lock spinlock_t;

/**
 * struct mutex - a mutex
 * @h: the owner, as in @lock
 * @lock: the lock
 */
struct mutex {
	union {
		struct host_owner	h;
		struct host_lock	lock;
	};
};

/**
 * struct rw_semaphore - a lock for one writer or many readers
 * @h: the writer
 * @readers: number of readers
 * @l: the lock
 */
struct rw_semaphore {
	struct host_owner	h;
	int			readers;
	pthread_rwlock_t	l;
};

struct lock_class_key {
};

struct lockdep_map {
};

extern __thread int host_atomic_depth;
unsigned long host_thread_id(void);

#define might_sleep()		BUG_ON(host_atomic_depth)
#define preempt_disable()	((void)host_atomic_depth++)
#define preempt_enable()	((void)host_atomic_depth--)
#define local_irq_save(f)	((void)((f) = 0))
#define local_irq_restore(f)	((void)(f))
#define in_task()		true

static inline void host_owner_set(struct host_owner *h)
{
	__atomic_store_n(&h->id, host_thread_id(), __ATOMIC_RELAXED);
}

static inline void host_owner_clear(struct host_owner *h)
{
	BUG_ON(__atomic_load_n(&h->id, __ATOMIC_RELAXED) != host_thread_id());
	__atomic_store_n(&h->id, 0, __ATOMIC_RELAXED);
}

static inline bool host_owner_is_me(const struct host_owner *h)
{
	return __atomic_load_n(&h->id, __ATOMIC_RELAXED) == host_thread_id();
}

static inline void host_lock(struct host_lock *lock)
{
	BUG_ON(host_owner_is_me(&lock->h));
	pthread_mutex_lock(&lock->m);
	host_owner_set(&lock->h);
}

static inline void host_unlock(struct host_lock *lock)
{
	host_owner_clear(&lock->h);
	pthread_mutex_unlock(&lock->m);
}

static inline void spin_lock(spinlock_t *lock)
{
	preempt_disable();
	host_lock(lock);
}

static inline void spin_unlock(spinlock_t *lock)
{
	host_unlock(lock);
	preempt_enable();
}

static inline void mutex_lock(struct mutex *lock)
{
	might_sleep();
	host_lock(&lock->lock);
}

static inline void mutex_unlock(struct mutex *lock)
{
	host_unlock(&lock->lock);
}

#define spin_lock_init(lock)	host_lock_init(lock)
#define mutex_init(l)		host_lock_init(&(l)->lock)
#define mutex_destroy(lock)	((void)(lock))
#define __SPIN_LOCK_UNLOCKED(name) { .m = PTHREAD_MUTEX_INITIALIZER }
#define DEFINE_SPINLOCK(name)	spinlock_t name = __SPIN_LOCK_UNLOCKED(name)
#define DEFINE_MUTEX(name)	\
	struct mutex name = { .lock = __SPIN_LOCK_UNLOCKED(name) }

static inline void host_lock_init(struct host_lock *lock)
{
	lock->h.id = 0;
	pthread_mutex_init(&lock->m, NULL);
}

#define spin_lock_nested(lock, class)	spin_lock(lock)
#define spin_lock_bh(lock)		spin_lock(lock)
#define spin_unlock_bh(lock)		spin_unlock(lock)
#define spin_lock_irq(lock)		spin_lock(lock)
#define spin_unlock_irq(lock)		spin_unlock(lock)
#define spin_lock_irqsave(lock, flags)	\
	do { (flags) = 0; spin_lock(lock); } while (0)
#define spin_unlock_irqrestore(lock, flags) \
	do { (void)(flags); spin_unlock(lock); } while (0)
#define SINGLE_DEPTH_NESTING		1

static inline void init_rwsem(struct rw_semaphore *sem)
{
	sem->h.id = 0;
	sem->readers = 0;
	pthread_rwlock_init(&sem->l, NULL);
}

static inline void down_write(struct rw_semaphore *sem)
{
	might_sleep();
	BUG_ON(host_owner_is_me(&sem->h));
	pthread_rwlock_wrlock(&sem->l);
	host_owner_set(&sem->h);
}

static inline int down_write_trylock(struct rw_semaphore *sem)
{
	BUG_ON(host_owner_is_me(&sem->h));
	if (pthread_rwlock_trywrlock(&sem->l))
		return 0;
	host_owner_set(&sem->h);
	return 1;
}

static inline void up_write(struct rw_semaphore *sem)
{
	host_owner_clear(&sem->h);
	pthread_rwlock_unlock(&sem->l);
}

static inline void down_read(struct rw_semaphore *sem)
{
	might_sleep();
	pthread_rwlock_rdlock(&sem->l);
	__atomic_fetch_add(&sem->readers, 1, __ATOMIC_RELAXED);
}

static inline void up_read(struct rw_semaphore *sem)
{
	__atomic_fetch_sub(&sem->readers, 1, __ATOMIC_RELAXED);
	pthread_rwlock_unlock(&sem->l);
}

#define down_write_nested(sem, class)	down_write(sem)

static inline bool rwsem_is_locked(struct rw_semaphore *sem)
{
	return __atomic_load_n(&sem->h.id, __ATOMIC_RELAXED) ||
	       __atomic_load_n(&sem->readers, __ATOMIC_RELAXED);
}

#define debug_locks			1
#define lockdep_is_held(lock)		host_owner_is_me(&(lock)->h)
#define lockdep_assert_held(lock)	BUG_ON(!lockdep_is_held(lock))
#define lockdep_assert_held_write(lock)	lockdep_assert_held(lock)
#define lockdep_set_class(lock, class)	((void)(class))
#define lockdep_init_map(map, name, key, sub) ((void)(key))
#define lock_map_acquire(map)		((void)(map))
#define lock_map_release(map)		((void)(map))
#define lock_acquire_exclusive(map, ...) ((void)(map))

DEFINE_LOCK_GUARD_1(spinlock, spinlock_t, spin_lock(_T->lock),
		    spin_unlock(_T->lock))
DEFINE_LOCK_GUARD_1(spinlock_irqsave, spinlock_t, spin_lock(_T->lock),
		    spin_unlock(_T->lock))
DEFINE_GUARD(mutex, struct mutex *, mutex_lock(_T), mutex_unlock(_T))
DEFINE_GUARD(rwsem_write, struct rw_semaphore *, down_write(_T), up_write(_T))
DEFINE_GUARD(rwsem_read, struct rw_semaphore *, down_read(_T), up_read(_T))

/**
 * struct seqcount - counts the changes of an object; odd during a change
 * @sequence: the number
 */
typedef struct seqcount {
	unsigned int sequence;
} seqcount_spinlock_t;

#define seqcount_spinlock_init(s, lock)	((s)->sequence = 0)

static inline void write_seqcount_begin(seqcount_spinlock_t *s)
{
	__atomic_fetch_add(&s->sequence, 1, __ATOMIC_ACQ_REL);
}

static inline void write_seqcount_end(seqcount_spinlock_t *s)
{
	__atomic_fetch_add(&s->sequence, 1, __ATOMIC_RELEASE);
}

static inline unsigned int read_seqcount_begin(const seqcount_spinlock_t *s)
{
	unsigned int seq;

	while ((seq = __atomic_load_n(&s->sequence, __ATOMIC_ACQUIRE)) & 1)
		host_yield();
	return seq;
}

static inline bool read_seqcount_retry(const seqcount_spinlock_t *s,
				       unsigned int seq)
{
	smp_rmb();
	return __atomic_load_n(&s->sequence, __ATOMIC_RELAXED) != seq;
}

#endif /* _HOST_LOCK_H */
