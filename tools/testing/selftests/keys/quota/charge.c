// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tests of what a key costs, who is charged, and the limits. A key costs one
 * key and the bytes of its description (with NUL) and payload. A link costs
 * four bytes. /proc/key-users shows all charges.
 *
 * The charge of an unreferenced key may be refunded a little later.
 */

/* Expects this charge once all unreferenced keys are freed. */
#define EXPECT_CHARGE(keys, bytes) do {					\
	if (!wait_until(charged(self->uid, keys, bytes), LATER_MS))	\
		EXPECT_CHARGED(self->uid, keys, bytes);			\
} while (0)

/* Expects this charge at once. */
#define EXPECT_CHARGE_NOW(keys, bytes) EXPECT_CHARGED(self->uid, keys, bytes)

FIXTURE(quota) {
	uid_t uid;
};

FIXTURE_SETUP(quota)
{
	REQUIRE_ROOT();
	/* The tests need these limits, whatever was set before. */
	ASSERT_EQ(0, sysctl_set("maxkeys", 200));
	ASSERT_EQ(0, sysctl_set("maxbytes", 20000));
	self->uid = SETUP_AS(false);
}

FIXTURE_TEARDOWN(quota)
{
}

TEST_F(quota, session_keyring)
{
	EXPECT_CHARGE_NOW(1, SES_COST);
	ASSERT_LT(0, kc_join("named"));
	EXPECT_CHARGE(1, DESC_COST("named"));
	ASSERT_LT(0, kc_join(NULL));
	EXPECT_CHARGE(1, SES_COST);
}

TEST_F(quota, special_keyrings)
{
	char uid[32], uid_ses[32];
	int bytes = SES_COST;

	ASSERT_LT(0, kc_get_keyring_id(RING_T, 1));
	bytes += DESC_COST("_tid");
	EXPECT_CHARGE_NOW(2, bytes);
	ASSERT_LT(0, kc_get_keyring_id(RING_P, 1));
	bytes += DESC_COST("_pid");
	EXPECT_CHARGE_NOW(3, bytes);
	ASSERT_LT(0, kc_get_keyring_id(RING_U, 0));
	snprintf(uid, sizeof(uid), "_uid.%u", self->uid);
	snprintf(uid_ses, sizeof(uid_ses), "_uid_ses.%u", self->uid);
	bytes += DESC_COST(uid) + DESC_COST(uid_ses) + LINK_COST;
	EXPECT_CHARGE_NOW(5, bytes);
}

TEST_F(quota, add_and_unlink)
{
	int one = DESC_COST("abc") + 5 + LINK_COST;
	long id = add_user("abc", "12345", RING_S);

	ASSERT_LT(0, id);
	EXPECT_CHARGE_NOW(2, SES_COST + one);
	ASSERT_LT(0, add_ring("ring", RING_S));
	EXPECT_CHARGE_NOW(3, SES_COST + one + DESC_COST("ring") + LINK_COST);
	ASSERT_EQ(0, kc_unlink(id, RING_S));
	EXPECT_CHARGE(2, SES_COST + DESC_COST("ring") + LINK_COST);
	ASSERT_EQ(0, kc_clear(RING_S));
	EXPECT_CHARGE(1, SES_COST);
}

/* The bytes of a link are refunded before the unlink returns. */
TEST_F(quota, link_and_unlink)
{
	long r = add_ring("r", RING_S), id = add_user("k", "12345", RING_S);
	int keys = SES_COST + 2 + 2 + 5 + 2 * LINK_COST;

	EXPECT_CHARGE_NOW(3, keys);
	ASSERT_EQ(0, kc_link(id, r));
	EXPECT_CHARGE_NOW(3, keys + LINK_COST);
	ASSERT_EQ(0, kc_link(id, r));
	EXPECT_CHARGE_NOW(3, keys + LINK_COST);
	ASSERT_EQ(0, kc_unlink(id, r));
	EXPECT_CHARGE_NOW(3, keys);
	ASSERT_EQ(0, kc_link(id, r));
	ASSERT_EQ(0, kc_clear(r));
	EXPECT_CHARGE_NOW(3, keys);
	ASSERT_EQ(0, kc_move(id, RING_S, r, 0));
	EXPECT_CHARGE_NOW(3, keys);
}

TEST_F(quota, update)
{
	long id = add_user("k", "12345", RING_S);
	int base = SES_COST + 2 + LINK_COST;

	EXPECT_CHARGE_NOW(2, base + 5);
	ASSERT_EQ(0, kc_update(id, "1234567890", 10));
	EXPECT_CHARGE_NOW(2, base + 10);
	ASSERT_EQ(0, kc_update(id, "1", 1));
	EXPECT_CHARGE_NOW(2, base + 1);
	ASSERT_EQ(id, add_user("k", "123", RING_S));
	EXPECT_CHARGE_NOW(2, base + 3);
	EXPECT_EQ(-EINVAL, kc_update(id, NULL, 0));
	EXPECT_EQ(-EFAULT, kc_update(id, BAD_PTR, 30));
	EXPECT_CHARGE_NOW(2, base + 3);
}

/* A link that displaces another one is not charged anew. */
TEST_F(quota, displacement)
{
	long r = add_ring("r", RING_S);
	int base = SES_COST + 2 + LINK_COST;

	EXPECT_CHARGE_NOW(2, base);
	ASSERT_NE(r, add_ring("r", RING_S));
	EXPECT_CHARGE(2, base);
}

TEST_F(quota, payload_is_refunded_by_revocation)
{
	long id = add_user("k", "12345", RING_S);

	ASSERT_EQ(0, kc_revoke(id));
	EXPECT_CHARGE_NOW(2, SES_COST + 2 + LINK_COST);
	ASSERT_EQ(0, kc_unlink(id, RING_S));
	EXPECT_CHARGE(1, SES_COST);
}

/* A keyring ends with all keys that only this keyring links. */
TEST_F(quota, tree_is_unlinked)
{
	long a = add_ring("a", RING_S), b = add_ring("b", a);

	add_many(_metadata, "", 20, b);
	ASSERT_EQ(0, kc_unlink(a, RING_S));
	EXPECT_CHARGE(1, SES_COST);
}

TEST_F(quota, failures_cost_nothing)
{
	long r = add_ring("r", RING_S), id = add_user("k", "x", RING_S);
	char *big = calloc(1, 40000);
	struct key_user u;

	proc_user(self->uid, &u);
	EXPECT_EQ(-EINVAL, sys_add_key("user", "n", NULL, 0, RING_S));
	EXPECT_EQ(-EINVAL, sys_add_key("logon", "n", "x", 1, RING_S));
	EXPECT_EQ(-EINVAL, sys_add_key("keyring", "n", "x", 1, RING_S));
	EXPECT_EQ(-ENODEV, sys_add_key("nosuch", "n", "x", 1, RING_S));
	EXPECT_EQ(-ENOTDIR, add_user("n", "x", id));
	EXPECT_EQ(-EDQUOT, sys_add_key("user", "n", big, 30000, RING_S));
	EXPECT_EQ(-EINVAL, sys_add_key("user", "n", big, 40000, RING_S));
	ASSERT_EQ(0, kc_restrict(r, NULL, NULL));
	EXPECT_EQ(-EPERM, add_user("n", "x", r));
	EXPECT_EQ(-EPERM, kc_link(id, r));
	EXPECT_EQ(-EDEADLK, kc_link(RING_S, RING_S));
	EXPECT_CHARGE(u.qnkeys, u.qnbytes);
	EXPECT_EQ(2, ring_count(RING_S));
	free(big);
}

/* ---- limits --------------------------------------------------------- */

TEST_F(quota, limits_are_shown)
{
	struct key_user u;

	ASSERT_TRUE(proc_user(self->uid, &u));
	EXPECT_EQ(sysctl_get("maxkeys"), u.maxkeys);
	EXPECT_EQ(sysctl_get("maxbytes"), u.maxbytes);
	ASSERT_TRUE(proc_user(0, &u));
	EXPECT_EQ(sysctl_get("root_maxkeys"), u.maxkeys);
	EXPECT_EQ(sysctl_get("root_maxbytes"), u.maxbytes);
}

TEST_F(quota, exactly_all_keys)
{
	long max = sysctl_get("maxkeys");
	struct key_user u;

	add_many(_metadata, "", max - 1, RING_S);
	ASSERT_TRUE(proc_user(self->uid, &u));
	EXPECT_EQ(max, u.qnkeys);
	EXPECT_EQ(-EDQUOT, add_user("more", "x", RING_S));
	EXPECT_EQ(-EDQUOT, add_ring("more", RING_S));
	EXPECT_EQ(-EDQUOT, kc_join(NULL));
	EXPECT_CHARGE(max, u.qnbytes);
	EXPECT_EQ(max - 1, ring_count(RING_S));
	/* One key less makes room for one new key. */
	ASSERT_EQ(0, kc_unlink(kc_search(RING_S, "user", "7", 0), RING_S));
	EXPECT_TRUE(wait_until(add_user("more", "x", RING_S) > 0, LATER_MS));
	EXPECT_EQ(-EDQUOT, add_user("and more", "x", RING_S));
}

/* Thread and process keyrings are never refused: they may exceed the limit. */
TEST_F(quota, overdraft)
{
	long max = sysctl_get("maxkeys");
	struct key_user u;

	add_many(_metadata, "", max - 1, RING_S);
	ASSERT_TRUE(proc_user(self->uid, &u));
	EXPECT_LT(0, kc_get_keyring_id(RING_T, 1));
	EXPECT_LT(0, kc_get_keyring_id(RING_P, 1));
	EXPECT_CHARGE(max + 2, u.qnbytes + DESC_COST("_tid") + DESC_COST("_pid"));
	EXPECT_EQ(-EDQUOT, add_user("more", "x", RING_T));
	EXPECT_EQ(0, ring_count(RING_T));
}

/* Adds one key, so that @room bytes of the quota are left. */
static long fill_bytes(struct __test_metadata *_metadata, uid_t uid, int room)
{
	static char payload[32767];
	struct key_user u;
	long id;

	proc_user(uid, &u);
	id = u.maxbytes - u.qnbytes - room - DESC_COST("fill") - LINK_COST;
	id = sys_add_key("user", "fill", payload, id, RING_S);
	ASSERT_LT(0, id);
	ASSERT_TRUE(proc_user(uid, &u));
	ASSERT_EQ(room, u.maxbytes - u.qnbytes);
	return id;
}

TEST_F(quota, exactly_all_bytes)
{
	struct key_user u;
	long id, r;

	id = add_user("k", "12345", RING_S);
	r = add_ring("r", RING_S);
	fill_bytes(_metadata, self->uid, 0);
	EXPECT_EQ(-EDQUOT, add_user("n", "x", RING_S));
	EXPECT_EQ(-EDQUOT, kc_link(id, r));
	EXPECT_EQ(-EDQUOT, kc_update(id, "123456", 6));
	EXPECT_EQ(5, kc_read(id, NULL, 0));
	EXPECT_EQ(0, kc_update(id, "54321", 5));
	EXPECT_EQ(0, kc_update(id, "1234", 4));
	EXPECT_EQ(0, kc_update(id, "12345", 5));
	ASSERT_TRUE(proc_user(self->uid, &u));
	EXPECT_EQ(u.maxbytes, u.qnbytes);
	EXPECT_EQ(3, u.qnkeys - 1);
}

/* A new key needs quota for its description, payload and link. */
TEST_F(quota, last_bytes)
{
	int one = DESC_COST("n") + 1 + LINK_COST;
	long filler;

	filler = fill_bytes(_metadata, self->uid, one - 1);
	EXPECT_EQ(-EDQUOT, add_user("n", "x", RING_S));
	EXPECT_CHARGE(2, sysctl_get("maxbytes") - one + 1);
	EXPECT_EQ(1, ring_count(RING_S));
	ASSERT_EQ(0, kc_unlink(filler, RING_S));
	EXPECT_CHARGE(1, SES_COST);
	fill_bytes(_metadata, self->uid, one);
	EXPECT_LT(0, add_user("n", "x", RING_S));
	EXPECT_CHARGE_NOW(3, sysctl_get("maxbytes"));
}

TEST_F(quota, last_bytes_for_a_link)
{
	long id = add_user("k", "x", RING_S), r = add_ring("r", RING_S);

	fill_bytes(_metadata, self->uid, LINK_COST);
	EXPECT_EQ(0, kc_link(id, r));
	EXPECT_CHARGE_NOW(4, sysctl_get("maxbytes"));
	EXPECT_EQ(0, kc_unlink(id, r));
	EXPECT_EQ(0, kc_link(id, r));
}

/* ---- more than one user --------------------------------------------- */

FIXTURE(two_users) {
	uid_t uid, other;
	long id;	/* root's */
	long keys, bytes;
};

FIXTURE_SETUP(two_users)
{
	REQUIRE_ROOT();
	SETUP_AS(true);
	self->uid = fresh_uid();
	self->other = self->uid + 1;
	self->keys = sysctl_get("maxkeys");
	self->bytes = sysctl_get("maxbytes");
	self->id = add_user("k", "12345", RING_S);
	ASSERT_LT(0, self->id);
	ASSERT_EQ(0, kc_setperm(self->id, KEY_POS_ALL));
}

FIXTURE_TEARDOWN(two_users)
{
	sysctl_set("maxkeys", self->keys);
	sysctl_set("maxbytes", self->bytes);
}

/* An expired key is not reclaimed to make room for its own payload. */
TEST_F(two_users, expired_key_is_updated_at_the_limit)
{
	ASSERT_EQ(0, kc_chown(self->id, self->uid, -1));
	ASSERT_EQ(0, sysctl_set("maxbytes", 2 + 5));
	ASSERT_EQ(0, kc_set_timeout(self->id, 1));
	ASSERT_TRUE(wait_until(kc_read(self->id, NULL, 0) == -EKEYEXPIRED, LATER_MS));
	EXPECT_EQ(-EDQUOT, add_user("k", "longer", RING_S));
	EXPECT_EQ(-EKEYEXPIRED, kc_read(self->id, NULL, 0));
	EXPECT_CHARGE_NOW(1, 2 + 5);
	EXPECT_EQ(self->id, add_user("k", "56789", RING_S));
	EXPECT_EQ(5, kc_read(self->id, NULL, 0));
	EXPECT_CHARGE_NOW(1, 2 + 5);
}

TEST_F(two_users, chown_moves_the_charge)
{
	ASSERT_EQ(0, kc_chown(self->id, self->uid, -1));
	EXPECT_CHARGE_NOW(1, 2 + 5);
	ASSERT_EQ(0, kc_update(self->id, "12345678", 8));
	EXPECT_CHARGE_NOW(1, 2 + 8);
	ASSERT_EQ(0, kc_chown(self->id, self->other, -1));
	EXPECT_CHARGE_NOW(0, 0);
	EXPECT_TRUE(charged(self->other, 1, 2 + 8));
	ASSERT_EQ(0, kc_chown(self->id, self->other, self->other));
	ASSERT_EQ(0, kc_chown(self->id, -1, self->uid));
	EXPECT_TRUE(charged(self->other, 1, 2 + 8));
	ASSERT_EQ(0, kc_unlink(self->id, RING_S));
	EXPECT_TRUE(wait_until(charged(self->other, 0, 0), LATER_MS));
}

/* After any number of chowns, each account is charged for its own keys only. */
TEST_F(two_users, chown_leaves_nothing_behind)
{
	long mine = add_user("mine", "x", RING_S), other = add_user("other", "x", RING_S);

	ASSERT_EQ(0, kc_setperm(mine, KEY_POS_ALL));
	ASSERT_EQ(0, kc_setperm(other, KEY_POS_ALL));
	ASSERT_EQ(0, kc_chown(mine, self->uid, -1));
	ASSERT_EQ(0, kc_chown(other, self->other, -1));
	for (int i = 0; i < 20; i++) {
		ASSERT_EQ(0, kc_chown(self->id, self->uid, -1));
		EXPECT_CHARGE_NOW(2, 5 + 1 + 2 + 5);
		EXPECT_TRUE(charged(self->other, 1, 6 + 1));
		ASSERT_EQ(0, kc_chown(self->id, self->other, -1));
		EXPECT_CHARGE_NOW(1, 5 + 1);
		EXPECT_TRUE(charged(self->other, 2, 6 + 1 + 2 + 5));
	}
}

/*
 * If the new account lacks one byte or one key, chown changes neither account.
 * If the quota is just enough, the whole charge moves.
 */
TEST_F(two_users, chown_moves_all_or_nothing)
{
	long r = add_ring("r", RING_S), more = add_user("more", "x", RING_S);
	int bytes = 2 + 2 * LINK_COST;

	ASSERT_EQ(0, kc_link(self->id, r));
	ASSERT_EQ(0, kc_link(more, r));
	ASSERT_EQ(0, kc_setperm(r, KEY_POS_ALL));
	ASSERT_EQ(0, kc_chown(r, self->uid, -1));
	ASSERT_EQ(0, sysctl_set("maxbytes", bytes - 1));
	EXPECT_EQ(-EDQUOT, kc_chown(r, self->other, self->other));
	EXPECT_CHARGE_NOW(1, bytes);
	EXPECT_TRUE(charged(self->other, 0, 0));

	ASSERT_EQ(0, sysctl_set("maxbytes", 7 + bytes));
	ASSERT_EQ(0, sysctl_set("maxkeys", 1));
	ASSERT_EQ(0, kc_chown(self->id, self->other, -1));
	EXPECT_EQ(-EDQUOT, kc_chown(r, self->other, self->other));
	EXPECT_CHARGE_NOW(1, bytes);
	EXPECT_TRUE(charged(self->other, 1, 7));

	ASSERT_EQ(0, sysctl_set("maxkeys", 2));
	EXPECT_EQ(0, kc_chown(r, self->other, self->other));
	EXPECT_CHARGE_NOW(0, 0);
	EXPECT_TRUE(charged(self->other, 2, 7 + bytes));

	/* The new owner is charged and refunded for later links. */
	EXPECT_EQ(-EDQUOT, add_user("another", "x", r));
	ASSERT_EQ(0, kc_unlink(more, r));
	EXPECT_TRUE(charged(self->other, 2, 7 + bytes - LINK_COST));
	EXPECT_EQ(0, kc_chown(r, self->uid, -1));
	EXPECT_CHARGE_NOW(1, bytes - LINK_COST);
	EXPECT_TRUE(charged(self->other, 1, 7));
}

/* The limit is exact to the byte, whatever it is. */
TEST_F(two_users, no_rounding)
{
	static const char payload[64];

	for (int len = 1; len < 40; len++) {
		ASSERT_EQ(0, kc_update(self->id, payload, len));
		ASSERT_EQ(0, sysctl_set("maxbytes", 2 + len - 1));
		ASSERT_EQ(-EDQUOT, kc_chown(self->id, self->uid, -1));
		ASSERT_EQ(0, sysctl_set("maxbytes", 2 + len));
		ASSERT_EQ(0, kc_chown(self->id, self->uid, -1));
		ASSERT_EQ(-EDQUOT, kc_update(self->id, payload, len + 1));
		ASSERT_EQ(0, sysctl_set("maxbytes", 2 + len + 1));
		ASSERT_EQ(0, kc_update(self->id, payload, len + 1));
		EXPECT_CHARGE_NOW(1, 2 + len + 1);
		ASSERT_EQ(0, kc_chown(self->id, 0, -1));
		EXPECT_CHARGE_NOW(0, 0);
	}
}

/* A keyring's owner is charged for its links, but not for the linked keys. */
TEST_F(two_users, chown_of_a_keyring)
{
	long r = add_ring("r", RING_S);

	ASSERT_EQ(0, kc_link(self->id, r));
	ASSERT_LT(0, add_user("more", "x", r));
	ASSERT_EQ(0, kc_setperm(r, KEY_POS_ALL));
	ASSERT_EQ(0, kc_chown(r, self->uid, -1));
	EXPECT_CHARGE_NOW(1, 2 + 2 * LINK_COST);
	ASSERT_LT(0, add_user("third", "x", r));
	EXPECT_CHARGE_NOW(1, 2 + 3 * LINK_COST);
	ASSERT_EQ(0, kc_clear(r));
	EXPECT_CHARGE_NOW(1, 2);
}

TEST_F(two_users, chown_beyond_the_quota)
{
	struct key_user root, after;

	ASSERT_EQ(0, sysctl_set("maxbytes", 2 + 4));
	EXPECT_EQ(-EDQUOT, kc_chown(self->id, self->uid, self->uid));
	EXPECT_CHARGE_NOW(0, 0);
	ASSERT_EQ(0, sysctl_set("maxbytes", 2 + 5));
	ASSERT_EQ(0, sysctl_set("maxkeys", 1));
	ASSERT_TRUE(proc_user(0, &root));
	EXPECT_EQ(0, kc_chown(self->id, self->uid, self->uid));
	EXPECT_CHARGE_NOW(1, 7);
	ASSERT_TRUE(proc_user(0, &after));
	EXPECT_GE(root.qnkeys - 1, after.qnkeys);
	EXPECT_GE(root.qnbytes - 7, after.qnbytes);
	EXPECT_EQ(-EDQUOT, kc_update(self->id, "123456", 6));
	EXPECT_EQ(5, kc_read(self->id, NULL, 0));
	EXPECT_CHARGE_NOW(1, 7);

	/* The user's limit is one key. */
	ASSERT_EQ(0, sysctl_set("maxbytes", 20000));
	self->id = add_user("second", "x", RING_S);
	ASSERT_EQ(0, kc_setperm(self->id, KEY_POS_ALL));
	EXPECT_EQ(-EDQUOT, kc_chown(self->id, self->uid, self->uid));
	EXPECT_CHARGE_NOW(1, 7);
}

/* root has limits, too. */
TEST_F(two_users, limits_of_root)
{
	long keys = sysctl_get("root_maxkeys"), bytes = sysctl_get("root_maxbytes");
	struct key_user u;
	char desc[16];
	int i;

	ASSERT_TRUE(proc_user(0, &u));
	ASSERT_EQ(0, sysctl_set("root_maxkeys", u.qnkeys + 5));
	for (i = 0; i < 100; i++) {
		snprintf(desc, sizeof(desc), "%d", i);
		if (add_user(desc, "x", RING_S) < 0)
			break;
	}
	proc_user(0, &u);
	EXPECT_EQ(0, sysctl_set("root_maxkeys", keys));
	EXPECT_EQ(u.maxkeys, u.qnkeys);
	EXPECT_LE(5, i);
	EXPECT_GT(100, i);
	EXPECT_EQ(0, sysctl_set("root_maxbytes", u.qnbytes));
	EXPECT_EQ(-EDQUOT, add_user("another", "xxxxxxxxxxxxxxxxxxxx", RING_S));
	EXPECT_EQ(0, sysctl_set("root_maxbytes", bytes));
	EXPECT_LT(0, add_user("another", "x", RING_S));
}

/* A limit below the usage refuses more, but removes nothing. */
TEST_F(two_users, lowered_limits)
{
	ASSERT_EQ(0, kc_chown(self->id, self->uid, -1));
	ASSERT_EQ(0, sysctl_set("maxbytes", 3));
	EXPECT_EQ(5, kc_read(self->id, NULL, 0));
	EXPECT_EQ(-EDQUOT, kc_update(self->id, "123456", 6));
	EXPECT_EQ(0, kc_update(self->id, "1", 1));
	EXPECT_CHARGE_NOW(1, 3);
	EXPECT_EQ(-EDQUOT, kc_update(self->id, "12", 2));
}

/*
 * Adds a key to a new thread keyring when all processes do. Then one account must
 * charge the keys of all of them.
 */
static void add_first_key(struct __test_metadata *_metadata, struct shm_barrier *b, uid_t uid)
{
	int bytes = DESC_COST("_tid") + DESC_COST("k") + 1 + LINK_COST;

	ASSERT_EQ(0, drop_to(uid, uid));
	EXPECT_TRUE(barrier_wait(b));
	EXPECT_LT(0, add_user("k", "x", RING_T));
	EXPECT_TRUE(barrier_wait(b));
	EXPECT_CHARGED(uid, 2 * b->total, bytes * b->total);
	EXPECT_TRUE(barrier_wait(b));
}

/* Processes of a new uid need its account at once. */
TEST(cve_2005_1368_first_keys_at_once)
{
	enum { N = 8 };
	struct shm_barrier *b = shared_alloc(sizeof(*b));
	pid_t pid[N];

	REQUIRE_ROOT();
	b->total = N;
	for (int round = 0; round < 4; round++) {
		uid_t uid = fresh_uid();

		for (int i = 0; i < N; i++) {
			pid[i] = START_CHILD();
			if (pid[i] == 0) {
				add_first_key(_metadata, b, uid);
				END_CHILD();
			}
		}
		for (int i = 0; i < N; i++)
			JOIN_CHILD(pid[i]);
		EXPECT_TRUE(wait_until(charged(uid, 0, 0), LATER_MS));
	}
}

/* setfsuid() changes the owner of the thread keyring, but not its account. */
TEST(chown_to_who_pays_already)
{
	REQUIRE_ROOT();
	CHILD() {
		ASSERT_LT(0, kc_get_keyring_id(RING_T, 1));
		syscall(__NR_setfsuid, 4321);
		EXPECT_EQ(0, kc_chown(RING_T, 0, -1));
		syscall(__NR_setfsuid, 0);
		EXPECT_LT(0, kc_get_keyring_id(RING_T, 0));
	}
}
