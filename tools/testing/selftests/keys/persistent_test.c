// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tests of the persistent keyring, as described in persistent-keyring(7) and
 * keyctl_get_persistent(3).
 */
#include "keys_cred.h"

#define EXPIRY "persistent_keyring_expiry"
/* A short expiry, so that the tests can wait for the end of their keyrings. */
#define SHORT_S 2

#define REQUIRE_PERSISTENT() do {					\
	REQUIRE_ROOT();							\
	if (sysctl_get(EXPIRY) < 0)					\
		SKIP(return, "no persistent keyrings");			\
} while (0)

/* Sets a short expiry, so that the keyrings of this test expire soon. */
static long expiry_before;

static void shorten(void)
{
	expiry_before = sysctl_get(EXPIRY);
	sysctl_set(EXPIRY, SHORT_S);
}

static void restore(void)
{
	sysctl_set(EXPIRY, expiry_before);
}

TEST(own_one)
{
	uid_t uid = fresh_uid();

	REQUIRE_PERSISTENT();
	shorten();
	CHILD_AS(uid) {
		long id = kc_get_persistent(-1, RING_S);
		struct key_desc d;
		struct key_line k;

		ASSERT_LT(0, id);
		EXPECT_TRUE(ring_has(RING_S, id));
		EXPECT_EQ(id, kc_get_persistent(uid, RING_P));
		EXPECT_TRUE(ring_has(RING_P, id));
		EXPECT_EQ(id, kc_get_persistent(-1, RING_S));
		EXPECT_EQ(1, ring_count(RING_S));
		ASSERT_EQ(0, describe(id, &d));
		EXPECT_STREQ("keyring", d.type);
		EXPECT_STREQ(uid_name("_persistent", uid), d.desc);
		EXPECT_EQ(uid, (uid_t)d.uid);
		EXPECT_EQ(65534, d.gid);
		EXPECT_EQ(KEY_POS(KEY_ALL & ~KEY_SETATTR) | KEY_USR(KEY_VIEW | KEY_READ), d.perm);
		/* The keyring is not charged to the quota and has a timeout. */
		ASSERT_TRUE(proc_key(id, &k));
		EXPECT_STREQ("I------", k.flags);
		EXPECT_STRNE("perm", k.timeout);
		EXPECT_EQ(0, ring_count(id));
	}
	restore();
}

TEST(not_in_the_quota)
{
	uid_t uid = fresh_uid();

	REQUIRE_PERSISTENT();
	shorten();
	CHILD_AS(uid) {
		EXPECT_LT(0, kc_get_persistent(-1, RING_S));
		EXPECT_TRUE(charged(uid, 1, SES_COST + LINK_COST));
	}
	restore();
}

/* The keyring outlives all sessions of the user, with its keys. */
TEST(keeps_keys_without_a_process)
{
	uid_t uid = fresh_uid();
	long *ids = shared_alloc(2 * sizeof(*ids));

	REQUIRE_PERSISTENT();
	CHILD_AS(uid) {
		ids[0] = kc_get_persistent(-1, RING_S);
		ids[1] = add_user("ticket", "x", ids[0]);
		EXPECT_LT(0, ids[1]);
	}
	sleep_ms(100);
	shorten();
	CHILD_AS(uid) {
		EXPECT_EQ(-ENOKEY, sys_request_key("user", "ticket", NULL, 0));
		EXPECT_EQ(-EACCES, kc_search(ids[0], "user", "ticket", 0));
		EXPECT_EQ(-EACCES, add_user("k", "v", ids[0]));
		EXPECT_EQ(ids[0], kc_get_persistent(-1, RING_S));
		EXPECT_EQ(ids[1], sys_request_key("user", "ticket", NULL, 0));
		EXPECT_EQ(1, kc_read(ids[1], NULL, 0));
	}
	restore();
}

/* Until an expired keyring is collected, GET_PERSISTENT revives it. */
TEST(expired_one_is_revived)
{
	uid_t uid = fresh_uid();

	REQUIRE_PERSISTENT();
	shorten();
	CHILD_AS(uid) {
		long id = kc_get_persistent(-1, RING_S);
		long key = add_user("ticket", "x", id);

		sleep_ms(SHORT_S * 1000 + 200);
		EXPECT_EQ(-EKEYEXPIRED, kc_read(id, NULL, 0));
		EXPECT_EQ(-EKEYEXPIRED, add_user("k", "v", id));
		EXPECT_EQ(id, kc_get_persistent(-1, RING_S));
		EXPECT_EQ(key, sys_request_key("user", "ticket", NULL, 0));
		EXPECT_TRUE(ring_has(id, key));
	}
	restore();
}

TEST(expired_one_is_collected_and_made_anew)
{
	uid_t uid = fresh_uid();
	int delay = sysctl_get("gc_delay");

	REQUIRE_PERSISTENT();
	shorten();
	EXPECT_EQ(0, sysctl_set("gc_delay", 0));
	CHILD_AS(uid) {
		long id = kc_get_persistent(-1, RING_S);
		long key = add_user("ticket", "x", id);

		sleep_ms(SHORT_S * 1000);
		EXPECT_TRUE(wait_until(kc_describe(id, NULL, 0) == -ENOKEY, LATER_MS));
		EXPECT_TRUE(wait_until(kc_describe(key, NULL, 0) == -ENOKEY, LATER_MS));
		EXPECT_EQ(0, ring_count(RING_S));
		EXPECT_NE(id, kc_get_persistent(-1, RING_S));
		EXPECT_EQ(-ENOKEY, sys_request_key("user", "ticket", NULL, 0));
	}
	EXPECT_EQ(0, sysctl_set("gc_delay", delay));
	restore();
}

/* Each call restarts the timeout. */
TEST(each_call_resets_the_time)
{
	uid_t uid = fresh_uid();

	REQUIRE_PERSISTENT();
	shorten();
	CHILD_AS(uid) {
		long id = kc_get_persistent(-1, RING_S);

		for (int i = 0; i < 3; i++) {
			sleep_ms(SHORT_S * 1000 * 2 / 3);
			EXPECT_EQ(id, kc_get_persistent(-1, RING_S));
		}
		EXPECT_EQ(0, ring_count(id));
	}
	restore();
}

TEST(time_is_what_the_sysctl_says)
{
	uid_t uid = fresh_uid();

	REQUIRE_PERSISTENT();
	expiry_before = sysctl_get(EXPIRY);
	EXPECT_EQ(0, sysctl_set(EXPIRY, 7200));
	CHILD_AS(uid) {
		struct key_line k;
		long id = kc_get_persistent(-1, RING_S);

		ASSERT_TRUE(proc_key(id, &k));
		EXPECT_TRUE(!strcmp(k.timeout, "2h") || !strcmp(k.timeout, "1h"));
	}
	EXPECT_EQ(0, sysctl_set(EXPIRY, SHORT_S));
	/* This call gives a keyring that still exists the short timeout. */
	CHILD_AS(uid)
		EXPECT_LT(0, kc_get_persistent(-1, RING_S));
	restore();
}

/* ---- owners --------------------------------------------------------- */

TEST(of_another_user_by_capability)
{
	uid_t uid = fresh_uid();

	REQUIRE_PERSISTENT();
	shorten();
	CHILD_AS(0) {
		long id = kc_get_persistent(uid, RING_S);

		EXPECT_TRUE(ring_is(id, uid_name("_persistent", uid)));
		/* The caller possesses the keyring and may write to it. */
		EXPECT_LT(0, add_user("k", "v", id));
		CHILD_AS(uid)
			EXPECT_EQ(id, kc_get_persistent(-1, RING_S));
	}
	restore();
}

TEST(of_another_user_refused)
{
	uid_t uid = fresh_uid();

	REQUIRE_PERSISTENT();
	shorten();
	CHILD_AS(uid) {
		EXPECT_EQ(-EPERM, kc_get_persistent(0, RING_S));
		EXPECT_EQ(-EPERM, kc_get_persistent(uid + 1, RING_S));
		/* The permission for the UID is checked before the destination. */
		EXPECT_EQ(-EPERM, kc_get_persistent(0, NO_SUCH_KEY));
		EXPECT_EQ(0, ring_count(RING_S));
	}
	CHILD_AS(0) {
		ASSERT_TRUE(drop_cap(CAP_SETUID));
		EXPECT_EQ(-EPERM, kc_get_persistent(uid, RING_S));
		EXPECT_EQ(0, ring_count(RING_S));
	}
	restore();
}

/* -1 means the real uid; the effective uid may be passed, too. */
TEST(real_and_effective_uid)
{
	uid_t real = fresh_uid(), eff = fresh_uid(), saved = fresh_uid();

	REQUIRE_PERSISTENT();
	shorten();
	CHILD_AS(0) {
		ASSERT_EQ(0, set_uids(real, eff, saved));
		EXPECT_TRUE(ring_is(kc_get_persistent(-1, RING_S),
				    uid_name("_persistent", real)));
		EXPECT_TRUE(ring_is(kc_get_persistent(real, RING_S),
				    uid_name("_persistent", real)));
		EXPECT_TRUE(ring_is(kc_get_persistent(eff, RING_S),
				    uid_name("_persistent", eff)));
		EXPECT_EQ(-EPERM, kc_get_persistent(saved, RING_S));
	}
	restore();
}

/* ---- the destination --------------------------------------------------- */

static void expect_destinations(struct __test_metadata *_metadata)
{
	long key = add_user("k", "x", RING_S), ring = add_ring("ring", RING_S);

	EXPECT_EQ(-ENOKEY, kc_get_persistent(-1, NO_SUCH_KEY));
	EXPECT_EQ(-EINVAL, kc_get_persistent(-1, 0));
	EXPECT_EQ(-EINVAL, kc_get_persistent(-1, -9));
	EXPECT_EQ(-ENOTDIR, kc_get_persistent(-1, key));
	EXPECT_EQ(0, kc_setperm(ring, KEY_POS_ALL & ~KEY_POS_WRITE));
	EXPECT_EQ(-EACCES, kc_get_persistent(-1, ring));
	EXPECT_EQ(0, ring_count(ring));
	ring = add_ring("revoked", RING_S);
	EXPECT_EQ(0, kc_revoke(ring));
	EXPECT_EQ(-EKEYREVOKED, kc_get_persistent(-1, ring));
	ring = add_ring("restricted", RING_S);
	EXPECT_EQ(0, kc_restrict(ring, NULL, NULL));
	EXPECT_EQ(-EPERM, kc_get_persistent(-1, ring));
	EXPECT_EQ(0, ring_count(ring));
	/* The special keyring is made. */
	EXPECT_LT(0, kc_get_persistent(-1, RING_T));
	EXPECT_EQ(1, ring_count(RING_T));
}

TEST(destinations)
{
	REQUIRE_PERSISTENT();
	shorten();
	CHILD_AS(0) {
		ASSERT_EQ(0, set_uids(fresh_uid(), 0, 0));
		expect_destinations(_metadata);
	}
	restore();
}

TEST(destinations_unprivileged)
{
	REQUIRE_PERSISTENT();
	shorten();
	CHILD_AS(fresh_uid())
		expect_destinations(_metadata);
	restore();
}

/*
 * The keyring is made but not linked to any keyring, and expires all the same.
 */
TEST(expires_although_never_linked)
{
	uid_t uid = fresh_uid();
	struct key_user u;
	int delay = sysctl_get("gc_delay");

	REQUIRE_PERSISTENT();
	shorten();
	CHILD_AS(uid) {
		long ring = add_ring("closed", RING_S);

		EXPECT_EQ(0, kc_restrict(ring, NULL, NULL));
		EXPECT_EQ(-EPERM, kc_get_persistent(-1, ring));
	}
	EXPECT_EQ(0, sysctl_set("gc_delay", 0));
	sleep_ms(SHORT_S * 1000);
	EXPECT_TRUE(wait_until(!proc_user(uid, &u), LATER_MS));
	EXPECT_EQ(0, sysctl_set("gc_delay", delay));
	restore();
}

/* Is the rest of the timeout in /proc/keys one of these two? */
static bool left_is(long id, const char *either, const char *or)
{
	struct key_line k;

	return proc_key(id, &k) && (!strcmp(k.timeout, either) || !strcmp(k.timeout, or));
}

/* A refused call is no access, so it does not restart the timeout. */
TEST(failed_call_renews_nothing)
{
	uid_t uid = fresh_uid();

	REQUIRE_PERSISTENT();
	expiry_before = sysctl_get(EXPIRY);
	EXPECT_EQ(0, sysctl_set(EXPIRY, 150));
	CHILD() {
		long id, ring;

		ASSERT_EQ(0, set_uids(uid, 0, 0));
		ASSERT_LT(0, kc_join(NULL));
		/* Only the owner sees the keyring */
		ASSERT_EQ(0, set_uids(uid, uid, 0));
		id = kc_get_persistent(-1, RING_S);
		EXPECT_TRUE(left_is(id, "2m", "150s"));
		ring = add_ring("closed", RING_S);
		EXPECT_EQ(0, kc_restrict(ring, NULL, NULL));
		ASSERT_EQ(0, set_uids(-1, 0, -1));
		EXPECT_EQ(0, sysctl_set(EXPIRY, 7200));
		ASSERT_EQ(0, set_uids(-1, uid, -1));
		EXPECT_EQ(-EPERM, kc_get_persistent(-1, ring));
		EXPECT_TRUE(left_is(id, "2m", "150s"));
		EXPECT_EQ(id, kc_get_persistent(-1, RING_S));
		EXPECT_TRUE(left_is(id, "2h", "1h"));
		ASSERT_EQ(0, set_uids(-1, 0, -1));
		EXPECT_EQ(0, sysctl_set(EXPIRY, SHORT_S));
		ASSERT_EQ(0, set_uids(-1, uid, -1));
		EXPECT_EQ(id, kc_get_persistent(-1, RING_S));
	}
	restore();
}

/* A refused call does not revive an expired keyring. */
TEST(failed_call_revives_nothing)
{
	uid_t uid = fresh_uid();

	REQUIRE_PERSISTENT();
	shorten();
	CHILD_AS(uid) {
		long id = kc_get_persistent(-1, RING_S), ring;

		ring = add_ring("closed", RING_S);
		EXPECT_EQ(0, kc_restrict(ring, NULL, NULL));
		sleep_ms(SHORT_S * 1000 + 200);
		EXPECT_EQ(-EKEYEXPIRED, kc_read(id, NULL, 0));
		EXPECT_EQ(-EPERM, kc_get_persistent(-1, ring));
		EXPECT_EQ(-EKEYEXPIRED, kc_read(id, NULL, 0));
	}
	restore();
}

/* ---- user namespaces --------------------------------------------------- */

struct registers {
	uid_t uid;
	int nr;
	bool all;
};

static bool count_register(const struct key_line *k, void *arg)
{
	struct registers *r = arg;

	if (strncmp(k->desc, ".persistent_register", 20))
		return false;
	r->nr++;
	r->all &= k->uid == (int)r->uid && k->gid == (int)r->uid;
	return false;
}

/* Counts the registers in /proc/keys. Do all of them belong to @uid? */
static int registers(uid_t uid, bool *all)
{
	struct registers r = { .uid = uid, .all = true };
	struct key_line k;

	proc_find(&k, count_register, &r);
	*all = r.all;
	return r.nr;
}

struct space {
	long persistent, key;
	int state, registers;
	bool all;
};

enum { MADE = 1, MAPPED, USED, END };

/* Starts a process that is @uid outside and @inside in its user namespace. */
static pid_t space_start(struct __test_metadata *_metadata, struct space *s, uid_t uid,
			 uid_t inside, long dest)
{
	pid_t pid = START_CHILD_AS(uid);

	if (pid) {
		EXPECT_TRUE(wait_until(shared_get(&s->state) == MADE, LATER_MS));
		EXPECT_TRUE(userns_map(pid, inside, uid));
		shared_set(&s->state, MAPPED);
		EXPECT_TRUE(wait_until(shared_get(&s->state) == USED, LATER_MS));
		return pid;
	}
	ASSERT_EQ(0, unshare(CLONE_NEWUSER));
	prctl(PR_SET_DUMPABLE, 1);
	shared_set(&s->state, MADE);
	ASSERT_TRUE(wait_until(shared_get(&s->state) == MAPPED, LATER_MS));
	s->persistent = kc_get_persistent(-1, RING_S);
	EXPECT_LT(0, s->persistent);
	s->key = add_user("ticket", "x", s->persistent);
	EXPECT_LT(0, s->key);
	if (dest)
		EXPECT_EQ(0, kc_link(s->persistent, dest));
	s->registers = registers(inside, &s->all);
	shared_set(&s->state, USED);
	EXPECT_TRUE(wait_until(shared_get(&s->state) == END, LATER_MS));
	END_CHILD();
	return 0;
}

static void space_end(struct __test_metadata *_metadata, struct space *s, pid_t pid)
{
	shared_set(&s->state, END);
	JOIN_CHILD(pid);
}

/* Each register belongs to the global root, whatever namespace it is for. */
TEST(register_belongs_to_root)
{
	struct space *s = shared_alloc(sizeof(*s));
	uid_t uid = fresh_uid();
	int before;
	pid_t pid;
	bool all;

	REQUIRE_PERSISTENT();
	shorten();
	CHILD_AS(0)
		EXPECT_LT(0, kc_get_persistent(-1, RING_S));
	before = registers(0, &all);
	EXPECT_LE(1, before);
	EXPECT_TRUE(all);
	pid = space_start(_metadata, s, uid, 0, 0);
	EXPECT_EQ(before + 1, registers(0, &all));
	EXPECT_TRUE(all);
	/* The root of the namespace does not see the register. */
	EXPECT_EQ(0, s->registers);
	CHILD_AS(uid)
		EXPECT_EQ(0, registers(uid, &all));
	space_end(_metadata, s, pid);
	EXPECT_TRUE(wait_until(registers(0, &all) == before, LATER_MS));
	restore();
}

/*
 * A persistent keyring ends with its namespace, because it cannot be requested
 * any more. A link must not keep the keyring, which is charged to no account.
 */
TEST(ends_with_its_namespace)
{
	struct space *s = shared_alloc(sizeof(*s));
	uid_t uid = fresh_uid();
	struct key_user u;
	long dest;
	pid_t pid;

	REQUIRE_PERSISTENT();
	expiry_before = sysctl_get(EXPIRY);
	EXPECT_EQ(0, sysctl_set(EXPIRY, 100));
	ASSERT_LT(0, kc_join(NULL));
	dest = add_ring("outside", RING_S);
	ASSERT_EQ(0, kc_setperm(dest, KEY_EVERYONE));
	pid = space_start(_metadata, s, uid, 1000, dest);
	EXPECT_TRUE(ring_has(dest, s->persistent));
	restore();
	space_end(_metadata, s, pid);
	ASSERT_TRUE(wait_until(ring_count(dest) == 0, LATER_MS));
	EXPECT_TRUE(wait_until(kc_describe(s->persistent, NULL, 0) == -ENOKEY, LATER_MS));
	EXPECT_TRUE(wait_until(kc_describe(s->key, NULL, 0) == -ENOKEY, LATER_MS));
	EXPECT_TRUE(wait_until(!proc_user(uid, &u), LATER_MS));
}

TEST(invalid_uids)
{
	REQUIRE_PERSISTENT();
	shorten();
	CHILD_AS(fresh_uid()) {
		EXPECT_EQ(-EPERM, kc_get_persistent(-2, RING_S));
		EXPECT_EQ(0, ring_count(RING_S));
	}
	restore();
}

TEST_HARNESS_MAIN
