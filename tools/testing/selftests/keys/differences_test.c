// SPDX-License-Identifier: GPL-2.0-only
/*
 * The deliberate differences, one test or more for each.  All of these fail on
 * the stock kernel, and must not fail here.
 */
#include "keys_common.h"

#define SES_COST DESC_COST("_ses")

FIXTURE(differs) {
	uid_t uid;
	long gc_delay, linger;
};

FIXTURE_SETUP(differs)
{
	REQUIRE_ROOT();
	ASSERT_EQ(0, drop_to(0, 0));
	self->gc_delay = sysctl_get("gc_delay");
	self->linger = sysctl_get("uid_keyring_linger");
	self->uid = fresh_uid();
}

FIXTURE_TEARDOWN(differs)
{
	sysctl_set("gc_delay", self->gc_delay);
	sysctl_set("uid_keyring_linger", self->linger);
}

#define EXPECT_CHARGE_NOW(user, keys, bytes) do {			\
	struct key_user __u;						\
									\
	proc_user(user, &__u);						\
	EXPECT_EQ((int)(keys), __u.qnkeys);				\
	EXPECT_EQ((int)(bytes), __u.qnbytes);				\
} while (0)

/* ---- 1. uid keyrings die with the uid's record ---------------------- */

TEST_F(differs, uid_keyrings_end_with_the_last_process)
{
	long *id = shared_alloc(2 * sizeof(long));

	CHILD_AS(self->uid) {
		id[0] = kc_get_keyring_id(RING_U, 0);
		id[1] = add_user("secret", "x", RING_U);
		ASSERT_LT(0, id[1]);
	}
	EXPECT_TRUE(wait_until(charged(self->uid, 0, 0), LATER_MS));
	CHILD_AS(self->uid) {
		EXPECT_NE(id[0], kc_get_keyring_id(RING_U, 0));
		EXPECT_EQ(0, ring_count(RING_U));
		EXPECT_EQ(-ENOKEY, kc_search(RING_U, "user", "secret", 0));
		EXPECT_EQ(-ENOKEY, kc_read(id[1], NULL, 0));
	}
}

/* The id of the uid's keyring, asked for by a process that ends. */
static long short_visit(struct __test_metadata *_metadata, uid_t uid)
{
	long *id = shared_alloc(sizeof(long));

	CHILD_AS(uid) {
		*id = kc_get_keyring_id(RING_U, 0);
	}
	EXPECT_LT(0, *id);
	return *id;
}

TEST_F(differs, linger_for_ever)
{
	long id;

	EXPECT_EQ(0, self->linger);
	ASSERT_EQ(0, sysctl_set("uid_keyring_linger", -1));
	id = short_visit(_metadata, self->uid);
	sleep_ms(1000);
	EXPECT_EQ(id, short_visit(_metadata, self->uid));
	EXPECT_EQ(-EINVAL, sysctl_set("uid_keyring_linger", -2));
}

TEST_F(differs, linger_for_seconds)
{
	struct key_user u;
	long id;

	ASSERT_EQ(0, sysctl_set("uid_keyring_linger", 3));
	id = short_visit(_metadata, self->uid);
	sleep_ms(500);
	EXPECT_EQ(id, short_visit(_metadata, self->uid));
	EXPECT_TRUE(wait_until(!proc_user(self->uid, &u), LATER_MS));
	EXPECT_NE(id, short_visit(_metadata, self->uid));
}

/* ---- 2. the process keyring is the whole process's ------------------ */

struct older {
	struct shm_barrier b;
	long seen, key;
};

static void *older_thread(void *arg)
{
	struct older *o = arg;

	barrier_wait(&o->b);	/* alive before the keyring is */
	barrier_wait(&o->b);
	o->seen = kc_get_keyring_id(RING_P, 0);
	o->key = kc_search(RING_P, "user", "k", 0);
	return NULL;
}

TEST_F(differs, older_thread_sees_the_process_keyring)
{
	struct older o = { .b = { .total = 2 } };
	pthread_t thread;
	long p, key;

	ASSERT_EQ(0, pthread_create(&thread, NULL, older_thread, &o));
	ASSERT_TRUE(barrier_wait(&o.b));
	p = kc_get_keyring_id(RING_P, 1);
	key = add_user("k", "x", RING_P);
	ASSERT_TRUE(barrier_wait(&o.b));
	pthread_join(thread, NULL);
	EXPECT_LT(0, p);
	EXPECT_EQ(p, o.seen);
	EXPECT_EQ(key, o.key);
}

/* ---- 3. quota is exact, and at once --------------------------------- */

TEST_F(differs, charge_is_returned_by_unlink)
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

TEST_F(differs, charge_is_returned_by_clear)
{
	CHILD_AS(self->uid) {
		char desc[16];

		for (int i = 0; i < 150; i++) {
			snprintf(desc, sizeof(desc), "%d", i);
			ASSERT_LT(0, add_user(desc, "x", RING_S));
		}
		ASSERT_EQ(0, kc_clear(RING_S));
		EXPECT_CHARGE_NOW(self->uid, 1, SES_COST);
	}
}

/* What dies with its keyring is returned with it. */
TEST_F(differs, charge_of_a_tree_is_returned)
{
	CHILD_AS(self->uid) {
		long a = add_ring("a", RING_S), b = add_ring("b", a);

		for (int i = 0; i < 20; i++) {
			char desc[16];

			snprintf(desc, sizeof(desc), "%d", i);
			ASSERT_LT(0, add_user(desc, "x", b));
		}
		ASSERT_EQ(0, kc_unlink(a, RING_S));
		EXPECT_CHARGE_NOW(self->uid, 1, SES_COST);
	}
}

/* A process that is gone has left its quota to the next one. */
TEST_F(differs, charge_is_returned_by_exit)
{
	for (int round = 0; round < 3; round++) {
		CHILD_AS(self->uid) {
			char desc[16];

			for (int i = 0; i < 190; i++) {
				snprintf(desc, sizeof(desc), "%d", i);
				ASSERT_LT(0, add_user(desc, "x", RING_S));
			}
		}
	}
}

TEST_F(differs, link_bytes_are_returned_by_invalidation)
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

TEST_F(differs, link_bytes_are_returned_by_expiry)
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

/* More links than 16 bits can count the bytes of. */
TEST_F_TIMEOUT(differs, no_wrap_with_20000_links, 120)
{
	enum { N = 20000 };
	struct key_user before, full, after;
	char desc[16];
	long ring;

	ASSERT_LT(0, kc_join(NULL));
	ring = add_ring("r", RING_S);
	ASSERT_LT(0, ring);
	ASSERT_EQ(0, kc_setperm(ring, KEY_POS_ALL));
	ASSERT_EQ(0, kc_chown(ring, self->uid, -1));
	ASSERT_TRUE(proc_user(self->uid, &before));
	EXPECT_EQ(DESC_COST("r"), before.qnbytes);
	/* Root's keys, so that only the links are the other one's. */
	ASSERT_EQ(0, sysctl_set("maxbytes", 10000000));
	for (int i = 0; i < N; i++) {
		snprintf(desc, sizeof(desc), "%d", i);
		if (add_user(desc, "x", ring) < 0)
			break;
	}
	sysctl_set("maxbytes", before.maxbytes);
	proc_user(self->uid, &full);
	EXPECT_EQ(N, ring_count(ring));
	EXPECT_EQ(before.qnbytes + N * LINK_COST, full.qnbytes);
	ASSERT_EQ(0, kc_clear(ring));
	ASSERT_TRUE(proc_user(self->uid, &after));
	EXPECT_EQ(before.qnbytes, after.qnbytes);
	EXPECT_EQ(before.qnkeys, after.qnkeys);
	ASSERT_EQ(0, kc_unlink(ring, RING_S));
	EXPECT_TRUE(wait_until(charged(self->uid, 0, 0), LATER_MS));
}

/* A revoked key is dead: what it still is, is its name. */
TEST_F(differs, revoked_then_unlinked)
{
	CHILD_AS(self->uid) {
		long id = add_user("k", "12345", RING_S);

		ASSERT_EQ(0, kc_revoke(id));
		ASSERT_EQ(0, kc_unlink(id, RING_S));
		EXPECT_CHARGE_NOW(self->uid, 1, SES_COST);
	}
}

/* ---- 4. no false EDQUOT --------------------------------------------- */

TEST_F(differs, no_false_edquot)
{
	CHILD_AS(self->uid) {
		int refused = 0;
		char desc[16];

		for (int i = 0; i < 3000; i++) {
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

/* What has been invalidated is not in the way. */
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

/* Nor is what has expired, however long it may still be named. */
TEST_F(differs, expired_keys_are_not_in_the_way)
{
	CHILD_AS(self->uid) {
		char desc[16];

		for (int i = 0; i < 199; i++) {
			snprintf(desc, sizeof(desc), "%d", i);
			ASSERT_LT(0, add_user(desc, "x", RING_S));
			ASSERT_EQ(0, kc_set_timeout(kc_search(RING_S, "user", desc, 0), 1));
		}
		sleep_ms(1500);
		for (int i = 0; i < 199; i++) {
			snprintf(desc, sizeof(desc), "new %d", i);
			ASSERT_LT(0, add_user(desc, "x", RING_S));
		}
	}
}

/* ---- 5. a restriction holds on every path --------------------------- */

/* request_key() put the key that was to be constructed into its destination. */
TEST_F(differs, restriction_holds_for_request_key)
{
	char desc[32];
	long ring;

	ASSERT_LT(0, kc_join(NULL));
	ring = add_ring("shut", RING_S);
	ASSERT_EQ(0, kc_restrict(ring, NULL, NULL));
	snprintf(desc, sizeof(desc), "differs:%d", getpid());
	EXPECT_GT(0, sys_request_key("user", desc, "callout", ring));
	EXPECT_EQ(0, ring_count(ring));
}

TEST_HARNESS_MAIN
