// SPDX-License-Identifier: GPL-2.0-only
/*
 * usage: model [-s SEED] [-n STEPS] [-f EVERY] [-m MASK] [-v]
 *
 * Random operations on keys and on a model of them. Every EVERY-th operation
 * that allocates is tried with its first allocation failing, its second, and
 * so on. MASK are the bits of the hashes that are used.
 */
#include <host/work.h>
#include <unistd.h>

#include "model.h"

extern u32 host_hash_mask;

static unsigned int draw(void *from, unsigned int below)
{
	u64 *state = from, x;

	x = *state += 0x9e3779b97f4a7c15ULL;
	x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9ULL;
	x = (x ^ (x >> 27)) * 0x94d049bb133111ebULL;
	return (x >> 32) % below;
}

static void print_counts(const struct run *run)
{
	unsigned int i;

	for (i = 0; i < OP_KINDS; i++)
		printf("  %-10s %8lu, of these without error %8lu\n",
		       op_name(i), run->kinds[i], run->good[i]);
	for (i = 0; i < M_ERRORS; i++)
		if (run->errors[i])
			printf("  %8lu times %s\n", run->errors[i],
			       strerror(i));
}

int main(int argc, char **argv)
{
	u64 seed = 1;
	unsigned long steps = 100000;
	struct run run = { .draw = draw, .from = &seed };
	bool verbose = false;
	int opt;

	while ((opt = getopt(argc, argv, "s:n:f:m:v")) != -1) {
		if (opt == 's')
			seed = strtoull(optarg, NULL, 0);
		else if (opt == 'n')
			steps = strtoul(optarg, NULL, 0);
		else if (opt == 'f')
			run.fault_every = strtoul(optarg, NULL, 0);
		else if (opt == 'm')
			host_hash_mask = strtoul(optarg, NULL, 0);
		else if (opt == 'v')
			verbose = true;
		else
			return 2;
	}
	run.weak = host_hash_mask != ~0U;
	host_random_seed(seed);
	run_begin(&run);
	while (run.done < steps)
		run_step(&run);
	run_end(&run);
	if (verbose)
		print_counts(&run);
	printf("%lu steps, %lu failures for lack of memory\n", run.done,
	       run.faults);
	return 0;
}
