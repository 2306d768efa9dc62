// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tests that linking a key that is linked already changes nothing, costs
 * nothing and keeps the order, for each call and with any quota left. Links
 * that must be refused are still refused.
 */

#define LINKS	8

/* A keyring that links a key, without quota for another link. */
struct scene {
	uid_t uid;
	long ring, key, fill;
	int list[LINKS];
	struct key_user before;
};

/* Resizes one key, so that @room bytes of the quota are left. */
static long leave_room(struct scene *s, int room)
{
	static char payload[32767];
	struct key_user u;
	long n;

	proc_user(s->uid, &u);
	n = kc_read(s->fill, NULL, 0) + u.maxbytes - u.qnbytes - room;
	n = sys_add_key("user", "fill", payload, n, RING_S);
	proc_user(s->uid, &s->before);
	return n != s->fill ? n : u.maxbytes - s->before.qnbytes - room;
}

static long scene_make(struct scene *s, uid_t uid)
{
	memset(s, 0, sizeof(*s));
	s->uid = uid;
	s->ring = add_ring("ring", RING_S);
	s->fill = add_user("fill", "x", RING_S);
	s->key = add_user("k", "x", RING_S);
	add_user("first", "1", s->ring);
	if (kc_link(s->key, s->ring))
		return -1;
	add_user("last", "3", s->ring);
	return kc_read(s->ring, s->list, sizeof(s->list)) == 3 * sizeof(int) ? 0 : -1;
}

static bool unchanged(const struct scene *s)
{
	int list[LINKS] = {};

	kc_read(s->ring, list, sizeof(list));
	return !memcmp(list, s->list, sizeof(list)) &&
	       charged(s->uid, s->before.qnkeys, s->before.qnbytes);
}

FIXTURE(relink) {
	struct scene s;
};

FIXTURE_SETUP(relink)
{
	REQUIRE_ROOT();
	ASSERT_EQ(0, sysctl_set("maxkeys", 200));
	ASSERT_EQ(0, sysctl_set("maxbytes", 20000));
	ASSERT_EQ(0, scene_make(&self->s, SETUP_AS(false)));
}

FIXTURE_TEARDOWN(relink)
{
}

/* @call must return @want with 0 to 3 bytes left, and change nothing. */
#define SAYS_AND_CHANGES_NOTHING(want, call) do {			\
	for (int __room = 0; __room < LINK_COST; __room++) {		\
		ASSERT_EQ(0, leave_room(&self->s, __room));		\
		EXPECT_EQ(want, call) {					\
			TH_LOG("with %d bytes left", __room);		\
		}							\
		EXPECT_TRUE(unchanged(&self->s));			\
	}								\
} while (0)

TEST_F(relink, link)
{
	SAYS_AND_CHANGES_NOTHING(0, kc_link(self->s.key, self->s.ring));
}

TEST_F(relink, link_of_a_keyring)
{
	SAYS_AND_CHANGES_NOTHING(0, kc_link(self->s.ring, RING_S));
}

TEST_F(relink, search)
{
	SAYS_AND_CHANGES_NOTHING(self->s.key,
				 kc_search(RING_S, "user", "k", self->s.ring));
}

TEST_F(relink, request)
{
	SAYS_AND_CHANGES_NOTHING(self->s.key,
				 sys_request_key("user", "k", NULL, self->s.ring));
}

TEST_F(relink, add_key_updates)
{
	SAYS_AND_CHANGES_NOTHING(self->s.key, add_user("k", "y", self->s.ring));
}

TEST_F(relink, move)
{
	for (int room = 0; room < LINK_COST; room++) {
		ASSERT_EQ(0, leave_room(&self->s, room));
		EXPECT_EQ(-EEXIST, kc_move(self->s.key, RING_S, self->s.ring, KEYCTL_MOVE_EXCL));
		EXPECT_TRUE(unchanged(&self->s));
		EXPECT_TRUE(ring_has(RING_S, self->s.key));
		EXPECT_EQ(0, kc_move(self->s.key, RING_S, self->s.ring, 0));
		EXPECT_FALSE(ring_has(RING_S, self->s.key));
		self->s.before.qnbytes -= LINK_COST;
		EXPECT_TRUE(unchanged(&self->s));
		ASSERT_EQ(0, kc_link(self->s.key, RING_S));
	}
}

/* A link that displaces another key is not charged anew. */
TEST_F(relink, link_in_place_of_another)
{
	long other = add_user("k", "z", add_ring("other", RING_S));

	for (int room = 0; room < LINK_COST; room++) {
		long k = room & 1 ? self->s.key : other;

		ASSERT_EQ(0, leave_room(&self->s, room));
		EXPECT_EQ(0, kc_link(k, self->s.ring));
		EXPECT_TRUE(ring_has(self->s.ring, k));
		EXPECT_EQ(3, ring_count(self->s.ring));
		EXPECT_TRUE(charged(self->s.uid, self->s.before.qnkeys,
				    self->s.before.qnbytes));
	}
}

TEST_F(relink, add_in_place_of_another)
{
	ASSERT_LT(0, add_ring("x", self->s.ring));
	for (int room = 0; room < LINK_COST; room++) {
		/* The displaced key may be charged a little longer. */
		ASSERT_TRUE(wait_until(leave_room(&self->s, DESC_COST("x") + room) == 0, LATER_MS));
		EXPECT_LT(0, add_ring("x", self->s.ring));
	}
}

/* The error of a move that is impossible comes before EDQUOT. */
TEST_F(relink, move_that_cannot_be)
{
	long other = add_ring("other", RING_S), k = add_user("k", "z", other);
	long empty = add_ring("empty", RING_S);

	SAYS_AND_CHANGES_NOTHING(-ENOENT, kc_move(k, empty, self->s.ring, 0));
	SAYS_AND_CHANGES_NOTHING(-EEXIST, kc_move(k, other, self->s.ring, KEYCTL_MOVE_EXCL));
}

/* A new link needs quota. */
TEST_F(relink, another_link_does_not_fit)
{
	long more = add_user("more", "x", RING_S);

	SAYS_AND_CHANGES_NOTHING(-EDQUOT, kc_link(more, self->s.ring));
}

/* ---- what would be refused ------------------------------------------- */

TEST_F(relink, restricted)
{
	ASSERT_EQ(0, kc_restrict(self->s.ring, NULL, NULL));
	SAYS_AND_CHANGES_NOTHING(-EPERM, kc_link(self->s.key, self->s.ring));
	EXPECT_EQ(-EPERM, kc_move(self->s.key, RING_S, self->s.ring, 0));
	EXPECT_EQ(-EPERM, kc_search(RING_S, "user", "k", self->s.ring));
	EXPECT_TRUE(ring_has(RING_S, self->s.key));
}

TEST_F(relink, revoked)
{
	ASSERT_EQ(0, kc_revoke(self->s.ring));
	EXPECT_EQ(-EKEYREVOKED, kc_link(self->s.key, self->s.ring));
}

TEST_F(relink, without_permission)
{
	ASSERT_EQ(0, kc_setperm(self->s.key, KEY_POS(KEY_ALL & ~KEY_LINK)));
	EXPECT_EQ(-EACCES, kc_link(self->s.key, self->s.ring));
	ASSERT_EQ(0, kc_setperm(self->s.key, KEY_POS_ALL));
	ASSERT_EQ(0, kc_setperm(self->s.ring, KEY_POS(KEY_ALL & ~KEY_WRITE)));
	EXPECT_EQ(-EACCES, kc_link(self->s.key, self->s.ring));
}

/* ---- watchers are notified ------------------------------------------ */

/* Returns what the next notification is about, or -1. */
static int next_subtype(int fd)
{
	struct key_notification n;

	return next_note(fd, &n) ? (int)n.watch.subtype : -1;
}

TEST_F(relink, is_notified)
{
	int fd[2];

	REQUIRE_WATCH();
	ASSERT_TRUE(watch_pipe(fd, 64));
	ASSERT_EQ(0, kc_watch(self->s.ring, fd[0], 1));
	ASSERT_EQ(0, kc_link(self->s.key, self->s.ring));
	EXPECT_EQ(NOTIFY_KEY_LINKED, next_subtype(fd[0]));
	EXPECT_EQ(-1, next_subtype(fd[0]));
	ASSERT_EQ(0, kc_move(self->s.key, RING_S, self->s.ring, 0));
	EXPECT_EQ(NOTIFY_KEY_LINKED, next_subtype(fd[0]));
	EXPECT_EQ(-1, next_subtype(fd[0]));
	close(fd[0]);
	close(fd[1]);
}
