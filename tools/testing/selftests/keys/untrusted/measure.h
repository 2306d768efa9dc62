/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the monitor measures: memory, interrupts between processors, lines of
 * the kernel's log, and how long a processor does not reschedule.
 */
#ifndef MEASURE_H
#define MEASURE_H

#include "untrusted.h"

/* Returns what /proc/meminfo says, in KiB. */
KEYS_FN long meminfo(const char *field)
{
	FILE *f = fopen("/proc/meminfo", "re");
	size_t len = strlen(field);
	char line[128];
	long kib = 0;

	if (!f)
		return 0;
	while (fgets(line, sizeof(line), f))
		if (!strncmp(line, field, len) && line[len] == ':')
			kib = strtol(line + len + 1, NULL, 10);
	fclose(f);
	return kib;
}

/*
 * Returns free memory in KiB. Pages in the lists of each processor count as
 * used. calm_memory() keeps these lists short.
 */
KEYS_FN long free_kib(void)
{
	return meminfo("MemAvailable");
}

KEYS_FN void calm_memory(void)
{
	write_file("/proc/sys/vm/percpu_pagelist_high_fraction", "1000000");
	write_file("/proc/sys/vm/stat_refresh", "1");
}

/* Returns the sum of the interrupts that processors have sent to one another. */
KEYS_FN long ipis(void)
{
	FILE *f = fopen("/proc/interrupts", "re");
	char line[4096], name[16], *at;
	long sum = 0;
	int skip;

	if (!f)
		return 0;
	while (fgets(line, sizeof(line), f)) {
		if (sscanf(line, " %15[A-Z]:%n", name, &skip) != 1 ||
		    (strcmp(name, "RES") && strcmp(name, "CAL") && strcmp(name, "TLB")))
			continue;
		at = line + skip;
		for (;;) {
			char *end;
			long n = strtol(at, &end, 10);

			if (end == at)
				break;
			sum += n;
			at = end;
		}
	}
	fclose(f);
	return sum;
}

/* ---- the log ---------------------------------------------------------- */

KEYS_FN int log_open(void)
{
	int fd = open("/dev/kmsg", O_RDONLY | O_NONBLOCK | O_CLOEXEC);

	if (fd >= 0)
		lseek(fd, 0, SEEK_END);
	return fd;
}

/* A line that tells only that the host gave the guest no time. */
static bool is_noise(const char *text)
{
	return strstr(text, "hrtimer: interrupt took");
}

/*
 * Returns how many lines the kernel has logged since the last call, and prints
 * them behind @mark. Without a mark, they are not printed.
 */
KEYS_FN long log_lines(int fd, const char *mark)
{
	char line[8192], *text;
	ssize_t len;
	long n = 0;

	for (;;) {
		len = read(fd, line, sizeof(line) - 1);
		/* EPIPE means that lines were overwritten before they were read */
		if (len <= 0 && errno != EPIPE)
			return n;
		line[len > 0 ? len : 0] = 0;
		text = strchr(line, ';');
		if (is_noise(line))
			continue;
		n++;
		if (mark)
			printf("%s %s\n", mark, strtok(text ? text + 1 : line, "\n") ?: "");
	}
}

/* ---- gaps ------------------------------------------------------------- */

/* The longest time, in ns, that each processor did not run its watcher. */
static uint64_t gaps[CPUS_MAX];

/*
 * A thread that precedes all ordinary processes of its processor wants to run
 * each millisecond. It is late by the time that the kernel does not reschedule.
 */
static void *watch_cpu(void *cpu)
{
	struct sched_param prio = { .sched_priority = 50 };
	uint64_t *gap = &gaps[(long)cpu], next = now_ns(), now;

	use_cpu((long)cpu);
	if (sched_setscheduler(0, SCHED_FIFO, &prio))
		return NULL;
	for (;;) {
		struct timespec ts = { next / 1000000000, next % 1000000000 };

		clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &ts, NULL);
		now = now_ns();
		if (now - next > __atomic_load_n(gap, __ATOMIC_RELAXED))
			__atomic_store_n(gap, now - next, __ATOMIC_RELAXED);
		next = now + 1000000;
	}
}

KEYS_FN bool gaps_start(void)
{
	long cpus = sysconf(_SC_NPROCESSORS_ONLN);
	pthread_t thread;

	for (long i = 0; i < cpus && i < CPUS_MAX; i++)
		if (pthread_create(&thread, NULL, watch_cpu, (void *)i))
			return false;
	return true;
}

/* Returns the longest gap since the last call, in us. */
KEYS_FN uint64_t gap_us(void)
{
	uint64_t longest = 0, gap;

	for (int i = 0; i < CPUS_MAX; i++) {
		gap = __atomic_exchange_n(&gaps[i], 0, __ATOMIC_RELAXED);
		if (gap > longest)
			longest = gap;
	}
	return longest / 1000;
}

#endif /* MEASURE_H */
