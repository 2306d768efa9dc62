// SPDX-License-Identifier: GPL-2.0-only
/*
 * Prints the frequency of this machine's time stamp counter in kHz. The
 * counter of a guest under TCG is the host's, and a guest that has to find
 * out by itself gets it wrong, or gives up, when the host is busy.
 */
#include <stdint.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>
#include <x86intrin.h>

struct instant {
	uint64_t ticks;
	uint64_t ns;
};

/* Both clocks at once: the try with the fewest ticks around it was not disturbed. */
static struct instant now(void)
{
	struct instant best = { 0 };
	uint64_t shortest = UINT64_MAX;

	for (int i = 0; i < 200; i++) {
		struct timespec ts;
		uint64_t before = __rdtsc();

		clock_gettime(CLOCK_MONOTONIC_RAW, &ts);
		if (__rdtsc() - before < shortest) {
			shortest = __rdtsc() - before;
			best.ticks = before;
			best.ns = ts.tv_sec * 1000000000ull + ts.tv_nsec;
		}
	}
	return best;
}

int main(void)
{
	struct instant from = now(), to;

	usleep(50000);
	to = now();
	printf("%llu\n", (unsigned long long)((to.ticks - from.ticks) * 1000000 /
					      (to.ns - from.ns)));
	return 0;
}
