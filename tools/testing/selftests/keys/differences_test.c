// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tests of the deliberate differences to the stock kernel that are not in the
 * program of their area: for most differences those programs have tests, too,
 * and same.allowed lists them. Each test here fails on the stock kernel, at
 * least now and then, and must pass on this one.
 */
#include "keys_cred.h"

FIXTURE(differs) {
	uid_t uid;
	long gc_delay, maxbytes;
};

FIXTURE_SETUP(differs)
{
	REQUIRE_ROOT();
	ASSERT_EQ(0, drop_to(0, 0));
	self->gc_delay = sysctl_get("gc_delay");
	self->maxbytes = sysctl_get("maxbytes");
	self->uid = fresh_uid();
}

FIXTURE_TEARDOWN(differs)
{
	sysctl_set("gc_delay", self->gc_delay);
	sysctl_set("maxbytes", self->maxbytes);
}

/* ---- what only a restriction keeps is freed ---------------------------- */

static bool can_restrict(void)
{
	kc_join(NULL);
	return kc_restrict(add_ring("probe", RING_S), "asymmetric", "builtin_trusted") == 0;
}

/* Restricts @ring by the keyring @by. */
static long restrict_by(long ring, long by)
{
	char text[64];

	snprintf(text, sizeof(text), "key_or_keyring:%ld", by);
	return kc_restrict(ring, "asymmetric", text);
}

/* The restricted keyring is linked before it is restricted, or afterwards. */
TEST_F_TIMEOUT(differs, cycle_of_a_restriction_is_freed, 60)
{
	if (!can_restrict())
		SKIP(return, "no asymmetric key type in this kernel");
	CHILD_AS(self->uid) {
		long by = add_ring("by", RING_S), below = add_ring("below", by);
		long a = add_ring("a", below), b = add_ring("b", RING_S);

		add_many(_metadata, "", 50, a);
		ASSERT_EQ(0, restrict_by(a, by));
		ASSERT_EQ(0, restrict_by(b, by));
		ASSERT_EQ(0, kc_link(b, by));
		/* They are in use while the kernel looks for cycles. */
		sleep_ms(6000);
		EXPECT_EQ(-EOPNOTSUPP, add_user("new", "x", a));
		EXPECT_EQ(50, ring_count(a));
		ASSERT_EQ(0, kc_unlink(b, RING_S));
		ASSERT_EQ(0, kc_unlink(by, RING_S));
		EXPECT_TRUE(wait_until(charged(self->uid, 1, SES_COST), 20000));
	}
}

/* A program restricts a keyring by its own session keyring, and exits. */
TEST_F_TIMEOUT(differs, session_that_restricts_is_freed, 60)
{
	if (!can_restrict())
		SKIP(return, "no asymmetric key type in this kernel");
	CHILD_AS(self->uid) {
		long a = add_ring("a", RING_S);

		ASSERT_EQ(0, restrict_by(a, kc_get_keyring_id(RING_S, 0)));
		sleep_ms(6000);
		EXPECT_EQ(-EOPNOTSUPP, add_user("new", "x", a));
	}
	EXPECT_TRUE(wait_until(charged(self->uid, 0, 0), 20000));
}

/* ---- quota is exact at once ----------------------------------------- */

TEST_F(differs, charge_is_refunded_by_unlink)
{
	CHILD_AS(self->uid) {
		int bad = 0;

		for (int i = 0; i < 100; i++) {
			long id = add_user("k", "12345", RING_S);

			ASSERT_LT(0, id);
			ASSERT_EQ(0, kc_unlink(id, RING_S));
			bad += !charged(self->uid, 1, SES_COST);
		}
		EXPECT_EQ(0, bad);
	}
}

TEST_F(differs, charge_is_refunded_by_clear)
{
	CHILD_AS(self->uid) {
		add_many(_metadata, "", 150, RING_S);
		ASSERT_EQ(0, kc_clear(RING_S));
		EXPECT_CHARGED(self->uid, 1, SES_COST);
	}
}

/* The charges of keys that end with their keyring are refunded with it. */
TEST_F(differs, charge_of_a_tree_is_refunded)
{
	CHILD_AS(self->uid) {
		long a = add_ring("a", RING_S), b = add_ring("b", a);

		add_many(_metadata, "", 20, b);
		ASSERT_EQ(0, kc_unlink(a, RING_S));
		/* Reading /proc/key-users does not wait for the reaper, so poll here. */
		EXPECT_TRUE(wait_until(charged(self->uid, 1, SES_COST), 2000));
	}
}

/* The whole quota of a process that has exited is usable by the next process. */
TEST_F(differs, charge_is_refunded_by_exit)
{
	for (int round = 0; round < 3; round++) {
		CHILD_AS(self->uid)
			add_many(_metadata, "", 190, RING_S);
	}
	CHILD_AS(self->uid) {
		add_many(_metadata, "", sysctl_get("maxkeys") - 1, RING_S);
		EXPECT_EQ(-EDQUOT, add_user("one more", "x", RING_S));
	}
}

TEST_F(differs, link_bytes_are_refunded_by_invalidation)
{
	CHILD_AS(self->uid) {
		char desc[16];

		for (int i = 0; i < 50; i++) {
			long id;

			snprintf(desc, sizeof(desc), "%d", i);
			id = add_user(desc, "x", RING_S);
			ASSERT_LT(0, id);
			ASSERT_EQ(0, kc_invalidate(id));
		}
		EXPECT_TRUE(wait_until(ring_count(RING_S) == 0, LATER_MS));
		EXPECT_TRUE(wait_until(charged(self->uid, 1, SES_COST), 2000));
	}
}

TEST_F(differs, link_bytes_are_refunded_by_expiry)
{
	ASSERT_EQ(0, sysctl_set("gc_delay", 0));
	CHILD_AS(self->uid) {
		char desc[16];

		for (int i = 0; i < 50; i++) {
			long id;

			snprintf(desc, sizeof(desc), "%d", i);
			id = add_user(desc, "x", RING_S);
			ASSERT_LT(0, id);
			ASSERT_EQ(0, kc_set_timeout(id, 1));
		}
		EXPECT_TRUE(wait_until(ring_count(RING_S) == 0, LATER_MS));
		EXPECT_TRUE(wait_until(charged(self->uid, 1, SES_COST), 2000));
	}
}

/*
 * A change of gc_delay applies at once to keys that are revoked or expired
 * already. (The stock kernel reads gc_delay only when a key ends.)
 */
TEST_F(differs, a_shorter_delay_holds_for_the_ended)
{
	long ring, revoked, expired;

	ASSERT_EQ(0, sysctl_set("gc_delay", 1000));
	ASSERT_LT(0, kc_join(NULL));
	ring = add_ring("r", RING_S);
	revoked = add_user("revoked", "x", ring);
	expired = add_user("expired", "x", ring);
	ASSERT_EQ(0, kc_set_timeout(expired, 1));
	ASSERT_EQ(0, kc_revoke(revoked));
	EXPECT_TRUE(wait_until(kc_read(expired, NULL, 0) == -EKEYEXPIRED, LATER_MS));
	ASSERT_EQ(0, sysctl_set("gc_delay", 1));
	EXPECT_TRUE(wait_until(ring_count(ring) == 0, 5000));
	EXPECT_EQ(-ENOKEY, kc_read(revoked, NULL, 0));
	EXPECT_EQ(-ENOKEY, kc_read(expired, NULL, 0));
}

/* The whole charge of an expired key is refunded when it is collected. */
TEST_F(differs, expired_key_is_refunded_as_a_whole)
{
	ASSERT_EQ(0, sysctl_set("gc_delay", 2));
	CHILD_AS(self->uid) {
		long id = add_user("k", "12345", RING_S);

		ASSERT_EQ(0, kc_set_timeout(id, 1));
		EXPECT_TRUE(wait_until(kc_read(id, NULL, 0) == -EKEYEXPIRED, LATER_MS));
		EXPECT_CHARGED(self->uid, 2, SES_COST + 2 + 5 + LINK_COST);
		EXPECT_TRUE(wait_until(kc_read(id, NULL, 0) == -ENOKEY, LATER_MS));
		EXPECT_CHARGED(self->uid, 1, SES_COST);
	}
}

/* Makes a keyring whose links are charged to @uid. */
static long ring_of(struct __test_metadata *_metadata, const char *desc, uid_t uid)
{
	long ring = add_ring(desc, RING_S);

	ASSERT_LT(0, ring);
	ASSERT_EQ(0, kc_setperm(ring, KEY_POS_ALL));
	ASSERT_EQ(0, kc_chown(ring, uid, -1));
	return ring;
}

/* Links the @n keys of @from into another keyring of @uid, which is dropped full. */
static void link_and_drop(struct __test_metadata *_metadata, uid_t uid, long from, int n)
{
	long size = n * sizeof(key_serial_t), ring;
	key_serial_t *list = malloc(size);
	struct key_user before;

	ASSERT_NE(NULL, list);
	ASSERT_EQ(size, kc_read(from, list, size));
	ASSERT_TRUE(proc_user(uid, &before));
	ring = ring_of(_metadata, "full", uid);
	for (int i = 0; i < n; i++)
		ASSERT_EQ(0, kc_link(list[i], ring));
	free(list);
	EXPECT_CHARGED(uid, before.qnkeys + 1,
		       before.qnbytes + DESC_COST("full") + n * LINK_COST);
	ASSERT_EQ(0, kc_unlink(ring, RING_S));
	if (!wait_until(charged(uid, before.qnkeys, before.qnbytes), LATER_MS))
		EXPECT_CHARGED(uid, before.qnkeys, before.qnbytes);
}

/*
 * Fills a keyring owned by @uid with @n links and clears it again. With @drop, another
 * keyring with these links is dropped as it is.
 */
static void fill_and_clear(struct __test_metadata *_metadata, uid_t uid, int n, bool drop)
{
	struct key_user before, full, after;
	long ring;

	ASSERT_LT(0, kc_join(NULL));
	ring = ring_of(_metadata, "r", uid);
	ASSERT_TRUE(proc_user(uid, &before));
	EXPECT_EQ(DESC_COST("r"), before.qnbytes);
	/* root owns the keys, so that only the links are charged to @uid. */
	ASSERT_EQ(0, sysctl_set("maxbytes", 10000000));
	add_many(_metadata, "", n, ring);
	proc_user(uid, &full);
	EXPECT_EQ(n, ring_count(ring));
	EXPECT_EQ(before.qnbytes + n * LINK_COST, full.qnbytes);
	if (drop)
		link_and_drop(_metadata, uid, ring, n);
	sysctl_set("maxbytes", before.maxbytes);
	ASSERT_EQ(0, kc_clear(ring));
	ASSERT_TRUE(proc_user(uid, &after));
	EXPECT_EQ(before.qnbytes, after.qnbytes);
	EXPECT_EQ(before.qnkeys, after.qnkeys);
	ASSERT_EQ(0, kc_unlink(ring, RING_S));
	EXPECT_TRUE(wait_until(charged(uid, 0, 0), LATER_MS));
}

/* The bytes of so many links do not fit into 16 bits. */
TEST_F_TIMEOUT(differs, no_wrap_with_20000_links, 240)
{
	fill_and_clear(_metadata, self->uid, 20000, true);
}

TEST_F_TIMEOUT(differs, no_wrap_with_40000_links, 240)
{
	fill_and_clear(_metadata, self->uid, 40000, false);
}

/* Unlinking a revoked key refunds its whole charge at once. */
TEST_F(differs, revoked_then_unlinked)
{
	CHILD_AS(self->uid) {
		long id = add_user("k", "12345", RING_S);

		ASSERT_EQ(0, kc_revoke(id));
		ASSERT_EQ(0, kc_unlink(id, RING_S));
		EXPECT_CHARGED(self->uid, 1, SES_COST);
	}
}

/* ---- no false EDQUOT ------------------------------------------------ */

TEST_F_TIMEOUT(differs, no_false_edquot, 120)
{
	CHILD_AS(self->uid) {
		int refused = 0;
		char desc[16];

		for (int i = 0; i < 10000; i++) {
			long id;

			snprintf(desc, sizeof(desc), "%d", i);
			id = add_user(desc, "x", RING_S);
			if (id == -EDQUOT)
				refused++;
			else
				ASSERT_EQ(0, kc_unlink(id, RING_S));
		}
		EXPECT_EQ(0, refused);
	}
}

/* Invalidated keys do not count against the quota of new keys. */
TEST_F(differs, invalidated_keys_are_not_in_the_way)
{
	CHILD_AS(self->uid) {
		int refused = 0;
		char desc[16];

		for (int i = 0; i < 1000; i++) {
			long id;

			snprintf(desc, sizeof(desc), "%d", i);
			id = add_user(desc, "x", RING_S);
			if (id == -EDQUOT)
				refused++;
			else
				ASSERT_EQ(0, kc_invalidate(id));
		}
		EXPECT_EQ(0, refused);
	}
}

/* Makes @n keys and lets all of them expire. */
static void fill_with_expired(struct __test_metadata *_metadata, int n)
{
	char desc[16];

	for (int i = 0; i < n; i++) {
		snprintf(desc, sizeof(desc), "old %d", i);
		ASSERT_LT(0, add_user(desc, "x", RING_S));
		ASSERT_EQ(0, kc_set_timeout(kc_search(RING_S, "user", desc, 0), 1));
	}
	sleep_ms(1500);
}

/* Expired keys do not either: they are collected if quota is needed. */
TEST_F(differs, expired_keys_are_not_in_the_way)
{
	CHILD_AS(self->uid) {
		fill_with_expired(_metadata, 199);
		add_many(_metadata, "new ", 199, RING_S);
	}
}

/* A new session keyring gets the quota of expired keys. */
TEST_F(differs, expired_keys_are_not_in_the_way_of_a_session)
{
	CHILD_AS(self->uid) {
		fill_with_expired(_metadata, sysctl_get("maxkeys") - 1);
		EXPECT_LT(0, kc_join(NULL));
	}
}

/* Uses all bytes of the quota, nearly all of them for an expired key. */
static void fill_with_expired_bytes(struct __test_metadata *_metadata, uid_t uid)
{
	static char payload[32767];
	struct key_user u;

	proc_user(uid, &u);
	ASSERT_LT(0, sys_add_key("user", "old", payload, u.maxbytes - u.qnbytes -
				 DESC_COST("old") - LINK_COST, RING_S));
	ASSERT_EQ(0, kc_set_timeout(kc_search(RING_S, "user", "old", 0), 1));
	sleep_ms(1500);
	EXPECT_TRUE(charged(uid, u.qnkeys + 1, u.maxbytes));
}

TEST_F(differs, expired_bytes_are_not_in_the_way_of_a_link)
{
	CHILD_AS(self->uid) {
		long id = add_user("k", "x", RING_S), ring = add_ring("r", RING_S);

		fill_with_expired_bytes(_metadata, self->uid);
		EXPECT_EQ(0, kc_link(id, ring));
		EXPECT_EQ(2, ring_count(RING_S));
	}
}

TEST_F(differs, expired_bytes_are_not_in_the_way_of_an_update)
{
	CHILD_AS(self->uid) {
		long id = add_user("k", "x", RING_S);

		fill_with_expired_bytes(_metadata, self->uid);
		EXPECT_EQ(0, kc_update(id, "longer", 6));
		EXPECT_EQ(1, ring_count(RING_S));
	}
}

/* Expired keys do not prevent a user from getting a key by chown. */
TEST_F(differs, expired_keys_are_not_in_the_way_of_chown)
{
	long max = sysctl_get("maxkeys");

	ASSERT_LT(0, kc_join(NULL));
	for (int i = 0; i <= max; i++) {
		char desc[16];
		long id;

		snprintf(desc, sizeof(desc), "%d", i);
		id = add_user(desc, "x", RING_S);
		ASSERT_LT(0, id);
		if (i == max)
			sleep_ms(1500);
		ASSERT_EQ(0, kc_chown(id, self->uid, -1));
		ASSERT_EQ(0, kc_set_timeout(id, 1));
	}
	EXPECT_CHARGED(self->uid, 1, 3 + 1 + 1);
	EXPECT_EQ(1, ring_count(RING_S));
}

/* ---- unlink and move find the key itself, not its description ------- */

TEST_F(differs, unlink_and_move_mean_the_very_key)
{
	CHILD_AS(self->uid) {
		long a = add_ring("a", RING_S), b = add_ring("b", RING_S);
		long in_a = add_user("k", "x", a), in_b = add_user("k", "x", b);

		EXPECT_EQ(-ENOENT, kc_unlink(in_b, a));
		EXPECT_TRUE(ring_has(a, in_a));
		EXPECT_EQ(-ENOENT, kc_move(in_b, a, RING_S, 0));
		EXPECT_TRUE(ring_has(a, in_a));
		EXPECT_FALSE(ring_has(RING_S, in_b));
		EXPECT_EQ(1, ring_count(b));
	}
}

/* ---- users without a number in a user namespace --------------------- */

TEST_F(differs, no_persistent_keyring_without_a_number)
{
	if (sysctl_get("persistent_keyring_expiry") < 0)
		SKIP(return, "no persistent keyrings");
	CHILD_AS(self->uid) {
		long none = NO_SUCH_KEY;

		ASSERT_EQ(0, unshare(CLONE_NEWUSER));
		/* All unmapped users would share one persistent keyring. */
		EXPECT_EQ(-EINVAL, kc_get_persistent(-1, RING_S));
		EXPECT_EQ(-EINVAL, kc_get_persistent(-1, none));
		EXPECT_EQ(-EINVAL, kc_get_persistent(0, RING_S));
		EXPECT_EQ(-EINVAL, kc_get_persistent(65534, RING_S));
		EXPECT_EQ(0, ring_count(RING_S));
	}
}

/* ---- short buffers ---------------------------------------------------- */

TEST_F(differs, short_buffer_is_filled)
{
	CHILD_AS(self->uid) {
		key_serial_t ids[3] = {};
		char text[8] = "#######";
		long key = add_user("k", "payload", RING_S);

		ASSERT_LT(0, add_ring("r", RING_S));
		EXPECT_EQ(7, kc_read(key, text, 3));
		EXPECT_STREQ("pay####", text);
		EXPECT_EQ(8, kc_read(RING_S, ids, 4));
		EXPECT_NE(0, ids[0]);
		EXPECT_EQ(0, ids[1]);
	}
}

/* This test needs a module that labels keys: boot with lsm=smack. */
TEST_F(differs, label_is_copied_as_a_whole)
{
	ASSERT_LT(0, kc_get_keyring_id(RING_T, 1));
	if (kc_get_security(RING_T, NULL, 0) == 1)
		SKIP(return, "nothing has a label here");
	CHILD_AS(0) {
		char label[16] = "";
		long key, n;

		write_file("/proc/self/attr/current", "Label");
		key = add_user("k", "x", RING_S);
		n = kc_get_security(key, NULL, 0);
		EXPECT_EQ(6, n);
		EXPECT_EQ(n, kc_get_security(key, label, n - 1));
		EXPECT_STREQ("", label);
		EXPECT_EQ(n, kc_get_security(key, label, n));
		EXPECT_STREQ("Label", label);
	}
}

TEST_HARNESS_MAIN
