// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tests the end of a chain of a hundred thousand keyrings: the end of each
 * keyring frees the next one, and the kernel must not recurse so deep.
 *
 * The stock kernel looks at all keys for each level, which takes a quarter of
 * an hour. So the test is skipped there.
 */
#include "keys_reaper.h"

#define REQUIRE_REAPER() do {						\
	REQUIRE_ROOT();							\
	if (sysctl_get("uid_keyring_linger") == -ENOENT)		\
		SKIP(return, "the kernel looks at all keys for each level"); \
} while (0)

FIXTURE(deep) {
	struct bystanders others;
	struct key_user before;
	long top, bottom;
};

FIXTURE_SETUP(deep)
{
	REQUIRE_REAPER();
	SETUP_AS(true);
	ASSERT_LE(2 * MANY, sysctl_get("root_maxkeys"));
	/* Keys of earlier tests may not be freed yet. */
	sleep_ms(200);
	ASSERT_TRUE(proc_user(0, &self->before));
}

FIXTURE_TEARDOWN(deep)
{
}

/*
 * Makes the chain from the top down: an empty keyring may be linked at any
 * depth, and the session keyring links it meanwhile.
 */
static bool dig(FIXTURE_DATA(deep) *self, int n)
{
	long prev, next;

	self->top = add_ring("top", RING_S);
	prev = self->top;
	for (int i = 1; i < n; i++) {
		/*
		 * This displaces the keyring before the last, which the chain
		 * links.
		 */
		next = add_ring(i & 1 ? "odd" : "even", RING_S);
		if (next < 0 || kc_link(next, prev))
			return false;
		prev = next;
	}
	self->bottom = add_user("bottom", "x", prev);
	return self->bottom > 0 &&
	       kc_unlink(kc_search(RING_S, "keyring", "odd", 0), RING_S) == 0 &&
	       kc_unlink(kc_search(RING_S, "keyring", "even", 0), RING_S) == 0;
}

static bool all_gone(const FIXTURE_DATA(deep) *self)
{
	return kc_describe(self->bottom, NULL, 0) == -ENOKEY &&
	       nothing_left(&self->before);
}

static void expect_end(struct __test_metadata *_metadata, FIXTURE_DATA(deep) *self)
{
	uint64_t start = now_ms();

	EXPECT_TRUE(wait_until(all_gone(self), END_MS));
	TH_LOG("the bottom was gone after %ld ms", (long)(now_ms() - start));
}

TEST_F_TIMEOUT(deep, top_unlinked, 580)
{
	long worst;

	ASSERT_TRUE(bystanders_start(&self->others, RING_P));
	ASSERT_TRUE(dig(self, SOME));
	ASSERT_EQ(0, kc_unlink(self->top, RING_S));
	EXPECT_TRUE(wait_until(kc_describe(self->bottom, NULL, 0) == -ENOKEY, END_MS));
	worst = bystanders_stop(&self->others);
	EXPECT_LE(0, worst);
	EXPECT_GE(WAIT_MS, worst);
	TH_LOG("nobody waited for longer than %ld ms", worst);
}

TEST_F_TIMEOUT(deep, top_cleared, 580)
{
	uint64_t start;

	ASSERT_TRUE(dig(self, SOME));
	start = now_ms();
	ASSERT_EQ(0, kc_clear(self->top));
	/* The call unlinks one level only, so it must be fast. */
	EXPECT_GE(WAIT_MS, now_ms() - start);
	EXPECT_EQ(0, ring_count(self->top));
	ASSERT_EQ(0, kc_unlink(self->top, RING_S));
	expect_end(_metadata, self);
}

/* The session keyring links the chain, and ends with the process. */
TEST_F_TIMEOUT(deep, process_exits, 580)
{
	FIXTURE_DATA(deep) *shared = shared_alloc(sizeof(*shared));

	*shared = *self;
	CHILD_AS(0) {
		EXPECT_TRUE(dig(shared, MANY));
	}
	EXPECT_LT(0, shared->bottom);
	expect_end(_metadata, shared);
}

TEST_HARNESS_MAIN
