// SPDX-License-Identifier: GPL-2.0-only
/*
 * usage: bench [-l] [-2] [-v] [CASE...]
 *
 * Measure what the key retention service costs, and print "name value" lines:
 * nanoseconds, or bytes. CASE is the name of a case, * and ? allowed; none is all.
 * -l lists "name target" lines, and measures nothing; -2 measures how calls scale
 * to two processors; -v tells what each death is computed from, on standard error.
 * Root only: quotas are raised while it runs.
 */
#include "bench.h"

bool verbose;

static const long populations[] = { 0, 1000, 10000, 100000 };

/* Quotas that are no hindrance, and no housekeeping of pages every second. */
static struct {
	const char *path;
	const char *wanted;
	char old[32];
} settings[] = {
	{ "/proc/sys/kernel/keys/maxkeys", "1000000000" },
	{ "/proc/sys/kernel/keys/maxbytes", "1000000000" },
	{ "/proc/sys/kernel/keys/root_maxkeys", "1000000000" },
	{ "/proc/sys/kernel/keys/root_maxbytes", "1000000000" },
	{ "/proc/sys/vm/stat_interval", "3600" },
};

static pid_t changed_by;

static void change_settings(void)
{
	size_t i;
	int fd;

	changed_by = getpid();
	for (i = 0; i < ARRAY_SIZE(settings); i++) {
		fd = open(settings[i].path, O_RDONLY | O_CLOEXEC);
		if (fd < 0 || read(fd, settings[i].old, sizeof(settings[i].old) - 1) < 0)
			die(settings[i].path, -errno);
		close(fd);
		write_file(settings[i].path, settings[i].wanted);
	}
}

static void restore_settings(void)
{
	size_t i;

	if (getpid() != changed_by)
		return;
	for (i = 0; i < ARRAY_SIZE(settings); i++)
		write_file(settings[i].path, settings[i].old);
}

struct selection {
	char **words;
	int count;
	bool list;
	bool scaling;
};

static bool name_case(char *name, size_t size, const struct bench_case *c, long population)
{
	if (!population)
		return snprintf(name, size, "%s", c->name);
	snprintf(name, size, "%s@%ld", c->name, population);
	return c->flags & BENCH_POPULATED;
}

static bool selected(const struct selection *s, const char *name)
{
	int i;

	for (i = 0; i < s->count; i++)
		if (!fnmatch(s->words[i], name, 0))
			return true;
	return !s->count;
}

static bool same_group(const struct bench_case *a, const struct bench_case *b)
{
	return a->setup && a->setup == b->setup && a->arg == b->arg;
}

static void measure(const struct bench_case *c, const char *name)
{
	double value;

	quiet();
	value = c->measure ? c->measure(c->arg) : cost_of_calls(c);
	printf("%s %.*f\n", name, value < 1000 ? 1 : 0, value);
	fflush(stdout);
}

/* Returns how many of a group are wanted, and lists or measures them. */
static int each_wanted(const struct selection *s, const struct bench_case *first, long population,
		       void (*act)(const struct bench_case *c, const char *name))
{
	const struct bench_case *c;
	char name[64];
	int wanted = 0;

	for (c = first; c == first || same_group(c, first); c++) {
		if (!name_case(name, sizeof(name), c, population) || !selected(s, name))
			continue;
		wanted++;
		if (act)
			act(c, name);
	}
	return wanted;
}

/* A group is measured in a process of its own, and leaves nothing behind. */
static void run_group(const struct selection *s, const struct bench_case *first, long population)
{
	pid_t pid;

	if (!each_wanted(s, first, population, NULL))
		return;
	if (population)
		grow_population(population);
	pid = spawn();
	if (pid) {
		reap(pid);
		return;
	}
	if (first->setup)
		first->setup(first->arg);
	each_wanted(s, first, population, measure);
	exit(0);
}

static void list(const struct bench_case *c, const char *name)
{
	printf("%s %s\n", name, c->target);
}

static void run_all(const struct selection *s)
{
	const struct bench_case *c;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(populations); i++) {
		for (c = bench_cases; c->name; c++) {
			if (c > bench_cases && same_group(c, c - 1))
				continue;
			if (s->list)
				each_wanted(s, c, populations[i], list);
			else
				run_group(s, c, populations[i]);
		}
	}
}

static void run_scaling(const struct selection *s)
{
	const struct bench_case *c;

	for (c = bench_cases; c->name; c++) {
		if (!(c->flags & BENCH_SCALES) || !selected(s, c->name))
			continue;
		if (s->list)
			printf("scaling:%s %s\n", c->name,
			       c->op == op_getppid ? "-" : ">=getppid");
		else
			printf("scaling:%s %.2f\n", c->name, measure_scaling(c));
		fflush(stdout);
	}
}

int main(int argc, char **argv)
{
	struct selection s = { 0 };
	int option;

	if (argc == 2 && !strcmp(argv[1], BENCH_EXIT))
		return 0;
	while ((option = getopt(argc, argv, "l2v")) != -1) {
		if (option == '?')
			return 2;
		s.list |= option == 'l';
		s.scaling |= option == '2';
		verbose |= option == 'v';
	}
	s.words = argv + optind;
	s.count = argc - optind;
	if (!s.list) {
		change_settings();
		atexit(restore_settings);
		calibrate();
		cost_of_wakeup();
	}
	if (s.scaling)
		run_scaling(&s);
	else
		run_all(&s);
	return 0;
}
