// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tests the end of a keyring with a hundred thousand keys: it may take long,
 * but other tasks must not wait for it.
 */
#include "keys_reaper.h"

FIXTURE(wide) {
	struct bystanders others;
	struct key_user before;
	long ring, first, last;
};

/* Makes the keyring, and records its first and last key. */
static bool fill(FIXTURE_DATA(wide) *self, int n)
{
	char desc[16];

	self->ring = add_ring("wide", RING_S);
	for (int i = 0; i < n; i++) {
		snprintf(desc, sizeof(desc), "%x", i);
		self->last = add_user(desc, "x", self->ring);
		if (self->last < 0)
			return false;
		if (i == 0)
			self->first = self->last;
	}
	return ring_count(self->ring) == n;
}

FIXTURE_SETUP(wide)
{
	REQUIRE_ROOT();
	SETUP_AS(true);
	ASSERT_LE(2 * MANY, sysctl_get("root_maxkeys"));
	/* Keys of earlier tests may not be freed yet. */
	sleep_ms(200);
	ASSERT_TRUE(proc_user(0, &self->before));
}

FIXTURE_TEARDOWN(wide)
{
}

static bool all_gone(const FIXTURE_DATA(wide) *self)
{
	return kc_describe(self->first, NULL, 0) == -ENOKEY &&
	       kc_describe(self->last, NULL, 0) == -ENOKEY &&
	       nothing_left(&self->before);
}

/* After the keyring or its keys have ended, none of them is left. */
static void expect_end(struct __test_metadata *_metadata, FIXTURE_DATA(wide) *self)
{
	uint64_t start = now_ms();

	EXPECT_TRUE(wait_until(all_gone(self), END_MS));
	TH_LOG("all of it was gone after %ld ms", (long)(now_ms() - start));
}

TEST_F_TIMEOUT(wide, unlinked, 580)
{
	long worst;

	ASSERT_TRUE(bystanders_start(&self->others, RING_P));
	ASSERT_TRUE(fill(self, MANY));
	ASSERT_EQ(0, kc_unlink(self->ring, RING_S));
	EXPECT_TRUE(wait_until(kc_describe(self->first, NULL, 0) == -ENOKEY, END_MS));
	EXPECT_TRUE(wait_until(kc_describe(self->last, NULL, 0) == -ENOKEY, END_MS));
	worst = bystanders_stop(&self->others);
	EXPECT_LE(0, worst);
	EXPECT_GE(WAIT_MS, worst);
	TH_LOG("nobody waited for longer than %ld ms", worst);
}

TEST_F_TIMEOUT(wide, cleared, 580)
{
	uint64_t start;

	ASSERT_TRUE(fill(self, SOME));
	start = now_ms();
	ASSERT_EQ(0, kc_clear(self->ring));
	EXPECT_GE(END_MS, now_ms() - start);
	EXPECT_EQ(0, ring_count(self->ring));
	/* The keyring is usable again at once. */
	EXPECT_LT(0, add_user("again", "x", self->ring));
	ASSERT_EQ(0, kc_unlink(self->ring, RING_S));
	expect_end(_metadata, self);
}

/* Only the session keyring links the keyring, and ends with the process. */
TEST_F_TIMEOUT(wide, process_exits, 580)
{
	FIXTURE_DATA(wide) *shared = shared_alloc(sizeof(*shared));

	*shared = *self;
	CHILD_AS(0) {
		EXPECT_TRUE(fill(shared, MANY));
	}
	EXPECT_LT(0, shared->last);
	expect_end(_metadata, shared);
}

TEST_HARNESS_MAIN
