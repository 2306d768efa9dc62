// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tests of how keys end (are revoked, expired or invalidated): by timeout, with
 * their keyring, in long chains and in large numbers, and how long an ended key
 * is found with kernel.keys.gc_delay.
 */
#include "keys_common.h"

FIXTURE(gc) {
	long ring, gc_delay;
};

FIXTURE_SETUP(gc)
{
	REQUIRE_ROOT();
	SETUP_AS(true);
	self->gc_delay = sysctl_get("gc_delay");
	self->ring = add_ring("r", RING_S);
	ASSERT_LT(0, self->ring);
}

FIXTURE_TEARDOWN(gc)
{
	sysctl_set("gc_delay", self->gc_delay);
}

/* ---- gc_delay ------------------------------------------------------- */

TEST_F(gc, expired_is_named_until_the_delay_is_over)
{
	long id = add_user("k", "x", self->ring);

	ASSERT_EQ(0, sysctl_set("gc_delay", 3));
	ASSERT_EQ(0, kc_set_timeout(id, 1));
	EXPECT_TRUE(wait_until(kc_read(id, NULL, 0) == -EKEYEXPIRED, LATER_MS));
	sleep_ms(1000);
	EXPECT_EQ(-EKEYEXPIRED, kc_read(id, NULL, 0));
	EXPECT_EQ(1, ring_count(self->ring));
	EXPECT_TRUE(wait_until(kc_read(id, NULL, 0) == -ENOKEY, LATER_MS));
	EXPECT_TRUE(wait_until(ring_count(self->ring) == 0, LATER_MS));
}

TEST_F(gc, revoked_is_named_until_the_delay_is_over)
{
	long id = add_user("k", "x", self->ring);

	ASSERT_EQ(0, sysctl_set("gc_delay", 3));
	ASSERT_EQ(0, kc_revoke(id));
	sleep_ms(1000);
	EXPECT_EQ(-EKEYREVOKED, kc_read(id, NULL, 0));
	EXPECT_EQ(1, ring_count(self->ring));
	EXPECT_TRUE(wait_until(kc_read(id, NULL, 0) == -ENOKEY, LATER_MS));
	EXPECT_TRUE(wait_until(ring_count(self->ring) == 0, LATER_MS));
}

/* An ended key without links is freed without waiting for the delay. */
TEST_F(gc, unlinked_is_gone)
{
	long revoked = add_user("r", "x", self->ring);
	long expired = add_user("e", "x", self->ring);

	ASSERT_EQ(0, kc_set_timeout(expired, 1));
	ASSERT_EQ(0, kc_revoke(revoked));
	EXPECT_TRUE(wait_until(kc_read(expired, NULL, 0) == -EKEYEXPIRED, LATER_MS));
	ASSERT_EQ(0, kc_unlink(revoked, self->ring));
	ASSERT_EQ(0, kc_unlink(expired, self->ring));
	EXPECT_TRUE(wait_until(kc_read(revoked, NULL, 0) == -ENOKEY, LATER_MS));
	EXPECT_TRUE(wait_until(kc_read(expired, NULL, 0) == -ENOKEY, LATER_MS));
}

/* A longer delay applies to keys that have ended already. */
TEST_F(gc, a_longer_delay_holds_for_the_ended)
{
	long revoked = add_user("r", "x", self->ring);
	long expired = add_user("e", "x", self->ring);

	ASSERT_EQ(0, sysctl_set("gc_delay", 3));
	ASSERT_EQ(0, kc_set_timeout(expired, 1));
	ASSERT_EQ(0, kc_revoke(revoked));
	EXPECT_TRUE(wait_until(kc_read(expired, NULL, 0) == -EKEYEXPIRED, LATER_MS));
	ASSERT_EQ(0, sysctl_set("gc_delay", 1000));
	sleep_ms(5000);
	EXPECT_EQ(-EKEYREVOKED, kc_read(revoked, NULL, 0));
	EXPECT_EQ(-EKEYEXPIRED, kc_read(expired, NULL, 0));
	EXPECT_EQ(2, ring_count(self->ring));
}

/* The delay only keeps ended keys linked: nothing else waits for it. */
TEST_F(gc, what_does_not_wait_for_the_delay)
{
	uid_t uid = fresh_uid();

	ASSERT_EQ(0, sysctl_set("gc_delay", 1000));
	CHILD_AS(uid) {
		long cut = add_user("unlinked", "x", RING_S);
		long gone = add_user("invalidated", "x", RING_S);
		long revoked = add_user("revoked", "12345", RING_S);
		long ring = add_ring("ring", RING_S), in = add_user("in it", "x", ring);

		/*
		 * A revoked key loses its payload, and a revoked keyring its
		 * links.
		 */
		ASSERT_EQ(0, kc_revoke(revoked));
		ASSERT_EQ(0, kc_revoke(ring));
		EXPECT_TRUE(wait_until(kc_describe(in, NULL, 0) == -ENOKEY, LATER_MS));
		ASSERT_EQ(0, kc_unlink(cut, RING_S));
		ASSERT_EQ(0, kc_invalidate(gone));
		EXPECT_TRUE(wait_until(kc_describe(cut, NULL, 0) == -ENOKEY, LATER_MS));
		EXPECT_TRUE(wait_until(ring_count(RING_S) == 2, LATER_MS));
		EXPECT_EQ(-EKEYREVOKED, kc_read(revoked, NULL, 0));
		EXPECT_EQ(-EKEYREVOKED, kc_read(ring, NULL, 0));
		/* An ended key that is then unlinked is freed without delay. */
		ASSERT_EQ(0, kc_unlink(revoked, RING_S));
		ASSERT_EQ(0, kc_unlink(ring, RING_S));
		EXPECT_TRUE(wait_until(kc_describe(revoked, NULL, 0) == -ENOKEY, LATER_MS));
		EXPECT_TRUE(wait_until(kc_describe(ring, NULL, 0) == -ENOKEY, LATER_MS));
	}
}

/* A key of a type without delay is collected as soon as it expires. */
TEST_F(gc, instant_types_have_none)
{
	long id = sys_add_key("dns_resolver", "host", "127.0.0.1", 10, self->ring);

	if (id == -ENODEV)
		SKIP(return, "no dns_resolver keys in this kernel");
	ASSERT_LT(0, id);
	ASSERT_EQ(0, sysctl_set("gc_delay", 1000));
	ASSERT_EQ(0, kc_set_timeout(id, 1));
	EXPECT_TRUE(wait_until(ring_count(self->ring) == 0, LATER_MS));
	EXPECT_TRUE(wait_until(kc_read(id, NULL, 0) == -ENOKEY, LATER_MS));
}

/* An expired key is charged until it is collected. */
TEST_F(gc, expired_counts_until_the_delay_is_over)
{
	uid_t uid = fresh_uid();
	struct key_user u;

	ASSERT_EQ(0, sysctl_set("gc_delay", 4));
	CHILD_AS(uid) {
		long id = add_user("k", "12345", RING_S);

		ASSERT_EQ(0, kc_set_timeout(id, 1));
		EXPECT_TRUE(wait_until(kc_read(id, NULL, 0) == -EKEYEXPIRED, LATER_MS));
		EXPECT_TRUE(charged(uid, 2, SES_COST + 2 + 5 + LINK_COST));
		sleep_ms(1500);
		EXPECT_EQ(-EKEYEXPIRED, kc_read(id, NULL, 0));
		EXPECT_TRUE(charged(uid, 2, SES_COST + 2 + 5 + LINK_COST));
		EXPECT_TRUE(wait_until(proc_user(uid, &u) && u.qnkeys == 1, LATER_MS));
		EXPECT_EQ(-ENOKEY, kc_read(id, NULL, 0));
	}
}

/* ---- timeouts ------------------------------------------------------- */

TEST_F(gc, a_new_timeout_replaces_the_old)
{
	long later = add_user("later", "x", self->ring);
	long never = add_user("never", "x", self->ring);
	long sooner = add_user("sooner", "x", self->ring);

	ASSERT_EQ(0, sysctl_set("gc_delay", 0));
	ASSERT_EQ(0, kc_set_timeout(later, 1));
	ASSERT_EQ(0, kc_set_timeout(never, 1));
	ASSERT_EQ(0, kc_set_timeout(sooner, 1000));
	ASSERT_EQ(0, kc_set_timeout(later, 1000));
	ASSERT_EQ(0, kc_set_timeout(never, 0));
	ASSERT_EQ(0, kc_set_timeout(sooner, 1));
	EXPECT_TRUE(wait_until(ring_count(self->ring) == 2, LATER_MS));
	sleep_ms(1000);
	EXPECT_TRUE(ring_has(self->ring, later));
	EXPECT_TRUE(ring_has(self->ring, never));
	EXPECT_EQ(-ENOKEY, kc_search(self->ring, "user", "sooner", 0));
}

/* Keys are collected when their timeout is over, others stay. */
TEST_F(gc, each_in_its_time)
{
	char desc[16];

	ASSERT_EQ(0, sysctl_set("gc_delay", 0));
	for (int i = 0; i < 90; i++) {
		static const int seconds[] = { 1, 1000, 4 };
		long id;

		snprintf(desc, sizeof(desc), "%d", i);
		id = add_user(desc, "x", self->ring);
		ASSERT_LT(0, id);
		ASSERT_EQ(0, kc_set_timeout(id, seconds[i % 3]));
	}
	EXPECT_TRUE(wait_until(ring_count(self->ring) == 60, 3500));
	EXPECT_TRUE(wait_until(ring_count(self->ring) == 30, LATER_MS));
	for (int i = 0; i < 90; i++) {
		snprintf(desc, sizeof(desc), "%d", i);
		EXPECT_EQ(i % 3 == 1, kc_search(self->ring, "user", desc, 0) > 0);
	}
}

/* An expired keyring is collected, with the keys that only it links. */
TEST_F(gc, expired_keyring_takes_its_keys)
{
	long inner = add_ring("inner", self->ring);
	long only = add_user("only", "x", inner), both = add_user("both", "x", inner);

	ASSERT_EQ(0, kc_link(both, self->ring));
	ASSERT_EQ(0, sysctl_set("gc_delay", 0));
	ASSERT_EQ(0, kc_set_timeout(inner, 1));
	EXPECT_TRUE(wait_until(kc_describe(only, NULL, 0) == -ENOKEY, LATER_MS));
	EXPECT_EQ(1, kc_read(both, NULL, 0));
	EXPECT_EQ(1, ring_count(self->ring));
}

/* ---- many ----------------------------------------------------------- */

TEST_F(gc, a_heap)
{
	enum { N = 2000 };
	long first = 0, last = 0;
	char desc[16];

	for (int i = 0; i < N; i++) {
		snprintf(desc, sizeof(desc), "%d", i);
		last = add_user(desc, "x", self->ring);
		ASSERT_LT(0, last);
		first = first ?: last;
	}
	ASSERT_EQ(0, kc_unlink(self->ring, RING_S));
	EXPECT_TRUE(wait_until(kc_describe(first, NULL, 0) == -ENOKEY, LATER_MS));
	EXPECT_TRUE(wait_until(kc_describe(last, NULL, 0) == -ENOKEY, LATER_MS));
}

/* Each keyring of the chain is linked only by the one before it. */
TEST_F(gc, a_chain)
{
	enum { N = 200 };
	long prev = self->ring, next, last;

	for (int i = 0; i < N; i++) {
		/*
		 * This displaces the keyring before the last, which the chain
		 * links.
		 */
		next = add_ring(i & 1 ? "odd" : "even", RING_S);
		ASSERT_LT(0, next);
		ASSERT_EQ(0, kc_link(next, prev));
		prev = next;
	}
	last = add_user("end", "x", prev);
	ASSERT_LT(0, last);
	ASSERT_EQ(0, kc_clear(RING_S));
	EXPECT_TRUE(wait_until(kc_describe(last, NULL, 0) == -ENOKEY, 2 * LATER_MS));
	EXPECT_TRUE(wait_until(kc_describe(prev, NULL, 0) == -ENOKEY, LATER_MS));
}

/* An invalidated key is unlinked from all keyrings. */
TEST_F(gc, invalidated_in_many_keyrings)
{
	enum { N = 200 };
	long ring[N], id = add_user("k", "x", self->ring);
	char desc[16];

	for (int i = 0; i < N; i++) {
		snprintf(desc, sizeof(desc), "%d", i);
		ring[i] = add_ring(desc, self->ring);
		ASSERT_LT(0, ring[i]);
		ASSERT_EQ(0, kc_link(id, ring[i]));
	}
	ASSERT_EQ(0, kc_invalidate(id));
	for (int i = 0; i < N; i++)
		EXPECT_TRUE(wait_until(ring_count(ring[i]) == 0, LATER_MS));
	EXPECT_EQ(N, ring_count(self->ring));
}

TEST_HARNESS_MAIN
