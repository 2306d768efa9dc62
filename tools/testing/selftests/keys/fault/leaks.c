// SPDX-License-Identifier: GPL-2.0-only
/*
 * The last test: with kmemleak, nothing that the sweeps have allocated may be
 * lost.
 */

#define KMEMLEAK	"/sys/kernel/debug/kmemleak"
/* kmemleak does not report younger objects */
#define KMEMLEAK_AGE_MS	6000

/* Prints what kmemleak reports; returns the number of lines. */
static int print_leaks(struct __test_metadata *_metadata)
{
	FILE *f = fopen(KMEMLEAK, "re");
	char line[256];
	int n = 0;

	while (f && fgets(line, sizeof(line), f)) {
		line[strcspn(line, "\n")] = 0;
		TH_LOG("%s", line);
		n++;
	}
	if (f)
		fclose(f);
	return n;
}

/* The tests of a fixture run after those of the fixtures before. */
FIXTURE(leaks) {
	int unused;
};

FIXTURE_SETUP(leaks)
{
	if (nth_missing)
		SKIP(return, "%s", nth_missing);
	if (access(KMEMLEAK, R_OK | W_OK))
		SKIP(return, "no " KMEMLEAK " (CONFIG_DEBUG_KMEMLEAK)");
}

FIXTURE_TEARDOWN(leaks)
{
}

TEST_F_TIMEOUT(leaks, none, 120)
{
	/* What looks lost in one scan and not in the next one is not lost. */
	for (int i = 0; i < 2; i++) {
		sleep_ms(KMEMLEAK_AGE_MS);
		ASSERT_TRUE(write_file(KMEMLEAK, "scan"));
	}
	EXPECT_EQ(0, print_leaks(_metadata));
}
