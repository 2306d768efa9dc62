/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which code of the kernel runs: KCOV writes the addresses that a thread passes
 * to memory. Two addresses in a row are an edge. All processes share one table
 * of the edges that have been seen.
 */
#ifndef FUZZ_TRACE_H
#define FUZZ_TRACE_H

#include <linux/types.h>
#include <sys/ioctl.h>
#include <linux/kcov.h>

#define TRACE_SIZE	32768
#define EDGES		262144

/* Memory that the fuzzer, its children and the helper share. */
struct shared {
	/* How many edges have been seen, and which. */
	unsigned int edge_count;
	unsigned char edge[EDGES];
	/* Of the batch that runs: how many calls it made, which program is next. */
	unsigned int calls, program;
	/* Of each call of ops.h: how often it was made, and how long it took. */
	unsigned long op_calls[64], op_us[64];
	/* How long programs waited for others, and for the end of children. */
	unsigned long program_us, forget_us;
};

static struct shared *shared;

#define SHARED_FILE	"/dev/shm/keys-fuzz"

static bool shared_map(int flags)
{
	int fd = open(SHARED_FILE, O_RDWR | O_CLOEXEC | flags, 0600);
	void *p = MAP_FAILED;

	if (fd >= 0 && (!(flags & O_CREAT) || ftruncate(fd, sizeof(*shared)) == 0))
		p = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	close(fd);
	shared = p == MAP_FAILED ? NULL : p;
	return shared;
}

struct trace {
	int fd;
	unsigned long *cover;
};

static bool trace_open(struct trace *t)
{
	t->fd = open("/sys/kernel/debug/kcov", O_RDWR | O_CLOEXEC);
	if (t->fd < 0)
		return false;
	t->cover = MAP_FAILED;
	if (ioctl(t->fd, KCOV_INIT_TRACE, TRACE_SIZE) == 0)
		t->cover = mmap(NULL, TRACE_SIZE * sizeof(*t->cover), PROT_READ | PROT_WRITE,
				MAP_SHARED, t->fd, 0);
	if (t->cover != MAP_FAILED)
		return true;
	close(t->fd);
	t->fd = -1;
	return false;
}

static void trace_start(struct trace *t)
{
	if (t->fd >= 0 && ioctl(t->fd, KCOV_ENABLE, KCOV_TRACE_PC) == 0)
		__atomic_store_n(&t->cover[0], 0, __ATOMIC_RELAXED);
}

static void trace_stop(struct trace *t)
{
	if (t->fd >= 0)
		ioctl(t->fd, KCOV_DISABLE, 0);
}

/* Notes what has run since the last time; returns how many edges are new. */
static int trace_take(struct trace *t)
{
	unsigned long n, last = 0;
	int new = 0;

	if (t->fd < 0)
		return 0;
	n = __atomic_load_n(&t->cover[0], __ATOMIC_RELAXED);
	for (unsigned long i = 1; i <= n && i < TRACE_SIZE; i++) {
		unsigned long pc = t->cover[i];
		unsigned int edge = ((last * 31 ^ pc) * 2654435761UL >> 13) % EDGES;

		last = pc;
		if (shared->edge[edge])
			continue;
		shared->edge[edge] = 1;
		new++;
	}
	__atomic_store_n(&t->cover[0], 0, __ATOMIC_RELAXED);
	if (new)
		__atomic_add_fetch(&shared->edge_count, new, __ATOMIC_RELAXED);
	return new;
}

#endif /* FUZZ_TRACE_H */
