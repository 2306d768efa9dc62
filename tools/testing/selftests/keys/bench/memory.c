// SPDX-License-Identifier: GPL-2.0-only
/*
 * Memory that keys and links take.
 */
#include "bench.h"

#define RING_SIZE	1000

/* In bytes; used is more than slab by tables too large for the slab allocator. */
struct memory {
	double slab;
	double used;
};

static struct memory taken;

/* The sum of all numbers behind a word. */
static double sum_of(const char *path, const char *word)
{
	FILE *f = fopen(path, "r");
	char line[256], *found;
	double sum = 0;

	if (!f)
		die(path, -errno);
	while (fgets(line, sizeof(line), f)) {
		found = strstr(line, word);
		if (found)
			sum += strtod(found + strlen(word), NULL);
	}
	fclose(f);
	return sum;
}

/*
 * MemFree leaves out the free pages that each processor keeps for itself, which can
 * be more than all our keys: those are in zoneinfo.
 */
static struct memory settled_memory(void)
{
	struct memory memory;
	double pages;

	quiet();
	/* Counters of each processor are not in the sums until they are asked for. */
	write_file("/proc/sys/vm/stat_refresh", "1");
	memory.slab = sum_of("/proc/meminfo", "Slab:") * 1024;
	pages = sum_of("/proc/zoneinfo", "pages free ") + sum_of("/proc/zoneinfo", " count: ");
	memory.used = -pages * sysconf(_SC_PAGESIZE);
	return memory;
}

static void make_rings(long *rings, long count)
{
	long session = new_session(), i;
	char name[32];

	for (i = 0; i < count; i++) {
		snprintf(name, sizeof(name), "bench:ring:%ld", i);
		rings[i] = new_ring(name, session);
	}
}

static void take(struct memory before, long count)
{
	struct memory after = settled_memory();

	taken.slab = (after.slab - before.slab) / count;
	taken.used = (after.used - before.used) / count;
}

/**
 * setup_many_keys - Make keys of 32 bytes in keyrings of a thousand
 * @count: how many
 *
 * The keyrings are made before: what is counted is a key and its one link.
 */
void setup_many_keys(long count)
{
	long rings[count / RING_SIZE], i;
	struct memory before;
	char name[32];

	make_rings(rings, count / RING_SIZE);
	before = settled_memory();
	for (i = 0; i < count; i++) {
		snprintf(name, sizeof(name), "bench:%06ld", i);
		new_key(name, rings[i / RING_SIZE]);
	}
	take(before, count);
}

/**
 * setup_many_links - Link the same thousand keys into many keyrings
 * @count: how many links to make
 */
void setup_many_links(long count)
{
	long rings[count / RING_SIZE], keys[RING_SIZE], i;
	struct memory before;
	char name[32];

	make_rings(rings, count / RING_SIZE);
	for (i = 0; i < RING_SIZE; i++) {
		snprintf(name, sizeof(name), "bench:%06ld", i);
		keys[i] = new_key(name, KEY_SPEC_SESSION_KEYRING);
	}
	before = settled_memory();
	for (i = 0; i < count; i++)
		must("link", keyctl(KEYCTL_LINK, keys[i % RING_SIZE], rings[i / RING_SIZE], 0, 0));
	take(before, count);
}

/**
 * measure_slab - What the setup took from the slab allocator
 * @arg: not used
 *
 * Return: the bytes for each of what was made
 */
double measure_slab(long arg)
{
	return taken.slab;
}

/**
 * measure_used - What the setup took from all free memory
 * @arg: not used
 *
 * Return: the bytes for each of what was made
 */
double measure_used(long arg)
{
	return taken.used;
}
