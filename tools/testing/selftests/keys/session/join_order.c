// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tests which keyring KEYCTL_JOIN_SESSION_KEYRING joins if several have the
 * name: the caller's own before those of other users, and of these the oldest.
 * Otherwise another user could make a keyring to capture later callers.
 */

#define JOINABLE (KEY_POS_ALL | KEY_USR_ALL)
#define OPEN (JOINABLE | KEY_OTH(KEY_VIEW | KEY_READ | KEY_SEARCH))

/* Makes a keyring of @name, which a keyring in the caller's session links. */
static long named_ring(struct __test_metadata *_metadata, const char *name, key_perm_t perm)
{
	char holder[48];
	long ring;

	/*
	 * A keyring links only one keyring of a name, so make a holder for
	 * each.
	 */
	snprintf(holder, sizeof(holder), "holder.%u", fresh_uid());
	ring = add_ring(name, add_ring(holder, RING_S));
	EXPECT_LT(0, ring);
	EXPECT_EQ(0, kc_setperm(ring, perm));
	return ring;
}

/* Another user, who makes a keyring of the name and keeps it. */
struct other {
	pid_t pid;
	long ring;
	int ready, go;
};

static struct other *other_start(struct __test_metadata *_metadata, const char *name)
{
	struct other *o = shared_alloc(sizeof(*o));
	pid_t pid = START_CHILD_AS(fresh_uid());

	if (pid == 0) {
		o->ring = named_ring(_metadata, name, OPEN);
		shared_set(&o->ready, 1);
		EXPECT_TRUE(wait_until(shared_get(&o->go), LATER_MS));
		END_CHILD();
	}
	o->pid = pid;
	EXPECT_TRUE(wait_until(shared_get(&o->ready), LATER_MS));
	return o;
}

static void other_end(struct __test_metadata *_metadata, struct other *o)
{
	shared_set(&o->go, 1);
	JOIN_CHILD(o->pid);
}

TEST(oldest_of_ones_own)
{
	CHILD() {
		const char *name = fresh_name();
		long first, last = 0;

		ASSERT_LT(0, kc_join(NULL));
		first = named_ring(_metadata, name, JOINABLE);
		for (int i = 0; i < 5; i++)
			last = named_ring(_metadata, name, JOINABLE);
		EXPECT_NE(first, last);
		CHILD()
			EXPECT_EQ(first, kc_join(name));
	}
}

/* When the oldest keyring is revoked, the next one is joined. */
TEST(next_when_the_oldest_has_gone)
{
	CHILD() {
		const char *name = fresh_name();
		long ring[3];

		ASSERT_LT(0, kc_join(NULL));
		for (int i = 0; i < 3; i++)
			ring[i] = named_ring(_metadata, name, JOINABLE);
		for (int i = 0; i < 2; i++) {
			CHILD()
				EXPECT_EQ(ring[i], kc_join(name));
			EXPECT_EQ(0, kc_revoke(ring[i]));
		}
		CHILD()
			EXPECT_EQ(ring[2], kc_join(name));
	}
}

TEST(later_one_of_anothers_captures_nobody)
{
	REQUIRE_ROOT();
	CHILD() {
		const char *name = fresh_name();
		struct other *later;
		long own;

		ASSERT_LT(0, kc_join(NULL));
		own = named_ring(_metadata, name, JOINABLE);
		later = other_start(_metadata, name);
		EXPECT_NE(own, later->ring);
		CHILD()
			EXPECT_EQ(own, kc_join(name));
		other_end(_metadata, later);
	}
}

TEST(oldest_of_anothers)
{
	struct other *first, *second;
	const char *name = fresh_name();

	REQUIRE_ROOT();
	first = other_start(_metadata, name);
	second = other_start(_metadata, name);
	CHILD_AS(fresh_uid())
		EXPECT_EQ(first->ring, kc_join(name));
	other_end(_metadata, first);
	EXPECT_TRUE(wait_until(kc_describe(first->ring, NULL, 0) == -ENOKEY, LATER_MS));
	CHILD_AS(fresh_uid())
		EXPECT_EQ(second->ring, kc_join(name));
	other_end(_metadata, second);
}

/* The stock kernel joins the older keyring of any owner. */
TEST(own_before_an_older_one_of_anothers)
{
	uid_t uid = fresh_uid();
	const char *name = fresh_name();
	struct other *older;

	REQUIRE_ROOT();
	older = other_start(_metadata, name);
	CHILD_AS(uid) {
		long own = named_ring(_metadata, name, JOINABLE);

		EXPECT_NE(own, older->ring);
		CHILD()
			EXPECT_EQ(own, kc_join(name));
	}
	other_end(_metadata, older);
}

/*
 * The real UID decides which keyrings are the caller's own, because it also is
 * the owner of new session keyrings.
 */
TEST(own_by_the_real_uid)
{
	uid_t real = fresh_uid(), effective = fresh_uid();
	const char *name = fresh_name();
	struct other *older;

	REQUIRE_ROOT();
	older = other_start(_metadata, name);
	CHILD() {
		long own;

		ASSERT_LT(0, kc_join(NULL));
		own = named_ring(_metadata, name, OPEN);
		ASSERT_EQ(0, kc_chown(own, real, -1));
		ASSERT_EQ(0, set_uids(real, effective, 0));
		EXPECT_EQ(own, kc_join(name));
	}
	other_end(_metadata, older);
}
