// SPDX-License-Identifier: GPL-2.0-only
/*
 * How the clock is read: calls in a loop, and what happens behind a caller's back.
 *
 * What a key's death costs is not in the call that takes the last link away: other
 * threads of the kernel do it later. On the only processor they take their time from
 * whoever runs there. So: spin in user space, in steps of known length, and add up
 * what the steps took longer. Timer ticks are in that, too: the same spin is done
 * with nothing behind it, and its loss taken off.
 *
 * Every thread of the kernel that ran came with a wake-up and two switches, which are
 * the scheduler's and not the keys'. The spinner's involuntary switches tell how many
 * there were; cost_of_wakeup() measures one on its own, with nothing done in it, and
 * that many are taken off.
 */
#include "bench.h"

#define STEP_LOOPS	2000
/* Stock is through after 25 ms and ours after 12, and then there is only noise. */
#define SPIN		(100 * 1000 * 1000LL)
#define SPINS		3
#define QUIET_SPIN	(12 * 1000 * 1000LL)
#define QUIET_TRIES	500
#define ROUNDS		5
#define ROUND_LENGTH	(4 * 1000 * 1000LL)

struct loss {
	int64_t time;
	long switches;
};

static int64_t step_length;

/**
 * now - Read the clock
 *
 * Return: nanoseconds
 */
int64_t now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000000LL + t.tv_nsec;
}

static int64_t step(int64_t *last)
{
	int64_t before = *last;
	int i;

	for (i = 0; i < STEP_LOOPS; i++)
		asm volatile("");
	*last = now();
	return *last - before;
}

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/**
 * median - The value in the middle
 * @values: sorted afterwards
 * @count: how many
 *
 * Return: the median
 */
double median(double *values, int count)
{
	qsort(values, count, sizeof(*values), compare);
	return values[count / 2];
}

/**
 * calibrate - Find out how long an undisturbed step is
 */
void calibrate(void)
{
	double lengths[2001];
	int64_t last = now();
	int i;

	for (i = 0; i < 2001; i++)
		lengths[i] = step(&last);
	step_length = median(lengths, 2001);
}

static long switches(void)
{
	struct rusage usage;

	getrusage(RUSAGE_SELF, &usage);
	return usage.ru_nivcsw;
}

/* Begin right behind a timer tick, so that every spin holds as many of them. */
static void align(void)
{
	int64_t last = now();

	while (step(&last) < step_length + 500)
		;
}

/* The time taken from a spin of that length after the act, and by the act itself. */
static struct loss lose(void (*act)(void), int64_t length)
{
	struct loss loss = { 0 };
	int64_t start, last;

	align();
	loss.switches = switches();
	start = now();
	if (act)
		act();
	last = now();
	loss.time = last - start;
	for (start = last; last - start < length;)
		loss.time += step(&last) - step_length;
	loss.switches = switches() - loss.switches;
	return loss;
}

/**
 * quiet - Spin until nothing is going on behind our back
 */
void quiet(void)
{
	int64_t least = INT64_MAX, lost;
	int i, calm = 0;

	for (i = 0; i < QUIET_TRIES && calm < 3; i++) {
		lost = lose(NULL, QUIET_SPIN).time;
		calm = lost < least + least / 4 ? calm + 1 : 0;
		if (lost < least)
			least = lost;
	}
}

/**
 * cost_of_disturbance - What an act costs, with all that the kernel does later
 * @prepare: what comes before it and is not measured
 * @act: the act
 *
 * Return: the time it took from a spin, without ticks, wake-ups and switches
 */
double cost_of_disturbance(void (*prepare)(void), void (*act)(void))
{
	struct loss idle = { .time = INT64_MAX }, lost;
	double rounds[SPINS];
	int i;

	for (i = 0; i < SPINS; i++) {
		prepare();
		quiet();
		lost = lose(NULL, SPIN);
		/* a spin that is longer than others was disturbed by something else */
		if (lost.time < idle.time)
			idle = lost;
		lost = lose(act, SPIN);
		if (verbose)
			fprintf(stderr, "bench: lost %jd with %ld switches, idle %jd with %ld\n",
				(intmax_t)lost.time, lost.switches,
				(intmax_t)idle.time, idle.switches);
		rounds[i] = lost.time - lost.switches * cost_of_wakeup();
	}
	return median(rounds, SPINS) - (idle.time - idle.switches * cost_of_wakeup());
}

static int wake_fd;

static void *sleeper(void *arg)
{
	uint64_t value;

	while (read(wake_fd, &value, sizeof(value)) == sizeof(value) && value == 1)
		;
	return arg;
}

static double cost_of_write(bool read_back)
{
	uint64_t value = 1;
	int64_t start = now();
	int i;

	for (i = 0; i < 200; i++) {
		if (write(wake_fd, &value, sizeof(value)) < 0)
			die("write to an eventfd", -errno);
		if (read_back && read(wake_fd, &value, sizeof(value)) < 0)
			die("read from an eventfd", -errno);
	}
	return (now() - start) / 200.0;
}

/**
 * cost_of_wakeup - What it costs to wake a thread, to switch to it and back
 *
 * The thread has this process' address space, as a thread of the kernel has, and
 * a higher priority, as if it were one that is in a hurry. It sleeps in a read, so a
 * write and a read that find nobody asleep are taken off.
 *
 * Return: the time
 */
double cost_of_wakeup(void)
{
	static double cost;
	struct sched_param priority = { .sched_priority = 1 };
	uint64_t end = 2;
	pthread_t thread;
	double awake;

	if (cost)
		return cost;
	wake_fd = eventfd(0, EFD_CLOEXEC);
	cost_of_write(true);
	awake = cost_of_write(true);
	if (pthread_create(&thread, NULL, sleeper, NULL))
		die("pthread_create", -EAGAIN);
	if (pthread_setschedparam(thread, SCHED_FIFO, &priority))
		die("pthread_setschedparam", -EPERM);
	cost_of_write(false);
	cost = cost_of_write(false) - awake;
	if (write(wake_fd, &end, sizeof(end)) < 0)
		die("write to an eventfd", -errno);
	pthread_join(thread, NULL);
	close(wake_fd);
	return cost;
}

/**
 * cost_of_calls - What one call costs
 * @c: the case
 *
 * A round is about as long as a tick. What calls leave for later is paid in the
 * next ones.
 *
 * Return: the median of the rounds
 */
double cost_of_calls(const struct bench_case *c)
{
	double rounds[ROUNDS];
	long i, round, count = 4, result;
	int64_t start;

	for (round = -1; round < ROUNDS; round++) {
		start = now();
		for (i = 0, result = 0; i < count && result >= 0; i++)
			result = c->op();
		must(c->name, result);
		if (round >= 0)
			rounds[round] = (double)(now() - start) / count;
		else
			count = 4 + ROUND_LENGTH / ((now() - start) / count + 1);
	}
	return median(rounds, ROUNDS) / (c->divide ? c->divide : 1);
}
