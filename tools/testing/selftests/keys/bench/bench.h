/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What calls, deaths and memory cost: measured by the clock alone.
 *
 * Meant for a machine on which the clock is exact: QEMU with -icount shift=0 and
 * one processor, where one nanosecond of CLOCK_MONOTONIC is one instruction. On
 * any other machine the numbers are nanoseconds, with all their noise.
 */
#ifndef KEYS_BENCH_H
#define KEYS_BENCH_H

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <linux/keyctl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/sendfile.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define ARRAY_SIZE(a)	(sizeof(a) / sizeof((a)[0]))
#define PAYLOAD_SIZE	32

/* The argument that makes the program end at once. */
#define BENCH_EXIT	"--exit"

/**
 * struct bench_case - One thing that costs something
 * @name: as it is printed; at a population of other people's keys, name@number
 * @target: "<=stock"; "<NUMBER"; "-" when there is none
 * @setup: makes what @op needs, in a process and a session keyring of its own.
 *	Neighbours in the table with the same @setup and @arg share one.
 * @arg: for @setup and @measure
 * @op: one call; what it returns is less than zero when it failed
 * @divide: one @op does this many of what is measured; zero is one
 * @measure: measures by itself, instead of @op
 * @flags: BENCH_*
 */
struct bench_case {
	const char *name;
	const char *target;
	void (*setup)(long arg);
	long arg;
	long (*op)(void);
	unsigned int divide;
	double (*measure)(long arg);
	unsigned int flags;
};

/* Measured among 1 000, 10 000 and 100 000 keys of other people, too. */
#define BENCH_POPULATED	0x1
/* Measured on two processors at once, too. */
#define BENCH_SCALES	0x2

/* bench.c */
extern bool verbose;

/* cases.c */
extern const struct bench_case bench_cases[];

/* util.c */
void die(const char *what, long result) __attribute__((noreturn));
long must(const char *what, long result);
void write_file(const char *path, const char *text);
pid_t spawn(void);
void reap(pid_t pid);
long new_session(void);
long new_key(const char *description, long ring);
long new_ring(const char *description, long ring);
void fill(long ring, long count);

/* clock.c */
int64_t now(void);
void calibrate(void);
void quiet(void);
double cost_of_calls(const struct bench_case *c);
double cost_of_disturbance(void (*prepare)(void), void (*act)(void));
double cost_of_wakeup(void);
double median(double *values, int count);

/* calls.c */
void setup_nothing(long arg);
void setup_session(long arg);
void setup_process_ring(long arg);
long op_getppid(void);
long op_id_session(void);
long op_id_user(void);
long op_id_user_session(void);
long op_id_process(void);
long op_read(void);
long op_describe(void);
long op_search_hit(void);
long op_search_miss(void);
long op_request_hit(void);
long op_update(void);
long op_add_existing(void);
long op_link_unlink(void);
long op_add_unlink(void);
long op_new_session(void);
long op_fork(void);
long op_exec(void);
void setup_other_user(long arg);
long op_other_user(void);

/* rings.c */
void setup_ring(long links);
long op_tree_hit(void);
double measure_ring_read(long links);
long op_ring_add_unlink(void);
double measure_ring_clear(long links);
double measure_ring_end(long arg);
void setup_wide(long rings);
void setup_deep(long depth);
long op_tree_hit(void);
long op_tree_miss(void);
long op_unpossessed_read(void);

/* deaths.c */
void grow_population(long keys);
double measure_death(long arg);
double measure_invalidation(long arg);
double measure_wakeup(long arg);
double measure_proc_keys(long keys);

/* memory.c */
void setup_many_keys(long count);
void setup_many_links(long count);
double measure_slab(long arg);
double measure_used(long arg);

/* scale.c */
double measure_scaling(const struct bench_case *c);

static inline long keyctl(int option, long a, long b, long c, long d)
{
	long result = syscall(SYS_keyctl, option, a, b, c, d);

	return result < 0 ? -errno : result;
}

static inline long add_key(const char *type, const char *description, const void *payload,
			   size_t size, long ring)
{
	long result = syscall(SYS_add_key, type, description, payload, size, ring);

	return result < 0 ? -errno : result;
}

#endif
