// SPDX-License-Identifier: GPL-2.0-only
/*
 * Two processes at once on two processors, against one.
 */
#include "bench.h"

/* Short and many, so that some are not disturbed by what else the machine does. */
#define WINDOW		(15 * 1000 * 1000LL)
#define WINDOWS		120

struct worker {
	int to[2];
	int from[2];
};

static void work(const struct bench_case *c, const struct worker *worker, int cpu)
{
	cpu_set_t set;
	int64_t end;
	long calls;
	char go;
	int i;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	if (sched_setaffinity(0, sizeof(set), &set))
		die("sched_setaffinity", -errno);
	c->setup(c->arg);
	while (read(worker->to[0], &go, 1) == 1) {
		calls = 0;
		for (end = now() + WINDOW; now() < end; calls += 16)
			for (i = 0; i < 16; i++)
				must(c->name, c->op());
		if (write(worker->from[1], &calls, sizeof(calls)) < 0)
			die("answer", -errno);
	}
	exit(0);
}

static void start(const struct worker *worker)
{
	if (write(worker->to[1], "", 1) < 0)
		die("start", -errno);
}

static long finish(const struct worker *worker)
{
	long calls;

	if (read(worker->from[0], &calls, sizeof(calls)) != sizeof(calls))
		die("a worker", -EPIPE);
	return calls;
}

static void larger(long *most, long calls)
{
	if (calls > *most)
		*most = calls;
}

/**
 * measure_scaling - Let two processes make the same call, each on keys of its own
 * @c: the case
 *
 * Of many short windows, the best of each kind counts: the least disturbed.
 *
 * Return: the work that two do, where one does 1
 */
double measure_scaling(const struct bench_case *c)
{
	struct worker workers[2];
	long alone[2] = { 0 }, together = 0;
	pid_t pids[2];
	int i;

	for (i = 0; i < 2; i++) {
		if (pipe(workers[i].to) || pipe(workers[i].from))
			die("pipe", -errno);
		pids[i] = spawn();
		if (pids[i] == 0)
			work(c, &workers[i], i);
	}
	for (i = 0; i < WINDOWS; i++) {
		start(&workers[i % 2]);
		larger(&alone[i % 2], finish(&workers[i % 2]));
		start(&workers[0]);
		start(&workers[1]);
		larger(&together, finish(&workers[0]) + finish(&workers[1]));
	}
	for (i = 0; i < 2; i++) {
		kill(pids[i], SIGKILL);
		waitpid(pids[i], NULL, 0);
		close(workers[i].to[0]);
		close(workers[i].to[1]);
		close(workers[i].from[0]);
		close(workers[i].from[1]);
	}
	return together * 2.0 / (alone[0] + alone[1]);
}
