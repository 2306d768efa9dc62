// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tests of KEYCTL_WATCH_KEY: which changes of a key or keyring are notified,
 * and with which contents.
 */

#define WATCH_ID 7

FIXTURE(watch) {
	uid_t uid;
	int fd[2];
	long key, ring;
};

FIXTURE_SETUP(watch)
{
	REQUIRE_ROOT();
	self->uid = SETUP_AS(false);
	REQUIRE_WATCH();
	ASSERT_TRUE(watch_pipe(self->fd, 64));
	self->key = add_user("k", "x", RING_S);
	self->ring = add_ring("r", RING_S);
	ASSERT_LT(0, self->key);
	ASSERT_LT(0, self->ring);
}

FIXTURE_TEARDOWN(watch)
{
	close(self->fd[0]);
	close(self->fd[1]);
}

static int type_of(const struct watch_notification *n)
{
	return n->type;
}

static int subtype_of(const struct watch_notification *n)
{
	return n->subtype;
}

#define EXPECT_NOTE(want_subtype, want_key, want_aux) do {		\
	struct key_notification __n;					\
									\
	EXPECT_TRUE(next_note(self->fd[0], &__n));			\
	EXPECT_EQ(WATCH_TYPE_KEY_NOTIFY, type_of(&__n.watch));		\
	EXPECT_EQ(want_subtype, subtype_of(&__n.watch));		\
	EXPECT_EQ(sizeof(__n), __n.watch.info & WATCH_INFO_LENGTH);	\
	EXPECT_EQ(WATCH_ID, (__n.watch.info & WATCH_INFO_ID) >> WATCH_INFO_ID__SHIFT); \
	EXPECT_EQ((unsigned int)(want_key), __n.key_id);		\
	EXPECT_EQ((unsigned int)(want_aux), __n.aux);			\
} while (0)

#define EXPECT_NO_NOTE() do {						\
	struct key_notification __n;					\
									\
	EXPECT_FALSE(next_note(self->fd[0], &__n)) {			\
		TH_LOG("subtype %d", subtype_of(&__n.watch));		\
	}								\
} while (0)

TEST_F(watch, changes_of_a_key)
{
	ASSERT_EQ(0, kc_watch(self->key, self->fd[0], WATCH_ID));
	EXPECT_NO_NOTE();
	ASSERT_EQ(0, kc_update(self->key, "y", 1));
	EXPECT_NOTE(NOTIFY_KEY_UPDATED, self->key, 0);
	ASSERT_EQ(self->key, add_user("k", "z", RING_S));
	EXPECT_NOTE(NOTIFY_KEY_UPDATED, self->key, 0);
	ASSERT_EQ(0, kc_setperm(self->key, 0x3f3f0000));
	EXPECT_NOTE(NOTIFY_KEY_SETATTR, self->key, 0);
	ASSERT_EQ(0, kc_chown(self->key, self->uid, self->uid));
	EXPECT_NOTE(NOTIFY_KEY_SETATTR, self->key, 0);
	ASSERT_EQ(0, kc_set_timeout(self->key, 1000));
	EXPECT_NOTE(NOTIFY_KEY_SETATTR, self->key, 0);
	ASSERT_EQ(0, kc_revoke(self->key));
	EXPECT_NOTE(NOTIFY_KEY_REVOKED, self->key, 0);
	EXPECT_NO_NOTE();
}

TEST_F(watch, failed_calls_are_not_notified)
{
	ASSERT_EQ(0, kc_watch(self->key, self->fd[0], WATCH_ID));
	EXPECT_GT(0, kc_update(self->key, NULL, 0));
	EXPECT_GT(0, kc_setperm(self->key, -1));
	EXPECT_GT(0, kc_chown(self->key, 0, 0));
	EXPECT_LT(0, kc_read(self->key, NULL, 0));
	EXPECT_LT(0, kc_describe(self->key, NULL, 0));
	EXPECT_NO_NOTE();
}

TEST_F(watch, invalidation)
{
	ASSERT_EQ(0, kc_watch(self->key, self->fd[0], WATCH_ID));
	ASSERT_EQ(0, kc_invalidate(self->key));
	EXPECT_NOTE(NOTIFY_KEY_INVALIDATED, self->key, 0);
}

TEST_F(watch, changes_of_a_keyring)
{
	long id;

	ASSERT_EQ(0, kc_watch(self->ring, self->fd[0], WATCH_ID));
	ASSERT_EQ(0, kc_link(self->key, self->ring));
	EXPECT_NOTE(NOTIFY_KEY_LINKED, self->ring, self->key);
	ASSERT_EQ(0, kc_unlink(self->key, self->ring));
	EXPECT_NOTE(NOTIFY_KEY_UNLINKED, self->ring, self->key);
	id = add_user("new", "x", self->ring);
	EXPECT_NOTE(NOTIFY_KEY_LINKED, self->ring, id);
	ASSERT_EQ(0, kc_move(id, self->ring, RING_S, 0));
	EXPECT_NOTE(NOTIFY_KEY_UNLINKED, self->ring, id);
	ASSERT_EQ(0, kc_move(id, RING_S, self->ring, 0));
	EXPECT_NOTE(NOTIFY_KEY_LINKED, self->ring, id);
	ASSERT_EQ(0, kc_clear(self->ring));
	EXPECT_NOTE(NOTIFY_KEY_CLEARED, self->ring, 0);
	EXPECT_NO_NOTE();
}

/* A watcher of both keyrings gets the unlinking before the linking. */
TEST_F(watch, move_between_watched_keyrings)
{
	long other = add_ring("other", RING_S);

	ASSERT_EQ(0, kc_watch(self->ring, self->fd[0], WATCH_ID));
	ASSERT_EQ(0, kc_watch(other, self->fd[0], WATCH_ID));
	ASSERT_EQ(0, kc_link(self->key, self->ring));
	EXPECT_NOTE(NOTIFY_KEY_LINKED, self->ring, self->key);
	ASSERT_EQ(0, kc_move(self->key, self->ring, other, 0));
	EXPECT_NOTE(NOTIFY_KEY_UNLINKED, self->ring, self->key);
	EXPECT_NOTE(NOTIFY_KEY_LINKED, other, self->key);
	/* The same if the other keyring links the key already */
	ASSERT_EQ(0, kc_link(self->key, self->ring));
	EXPECT_NOTE(NOTIFY_KEY_LINKED, self->ring, self->key);
	ASSERT_EQ(0, kc_move(self->key, self->ring, other, 0));
	EXPECT_NOTE(NOTIFY_KEY_UNLINKED, self->ring, self->key);
	EXPECT_NOTE(NOTIFY_KEY_LINKED, other, self->key);
	EXPECT_NO_NOTE();
}

TEST_F(watch, restriction_of_a_keyring)
{
	ASSERT_EQ(0, kc_watch(self->ring, self->fd[0], WATCH_ID));
	ASSERT_EQ(-EINVAL, kc_restrict(self->ring, NULL, "x"));
	ASSERT_EQ(-ENOENT, kc_restrict(self->ring, "user", "x"));
	EXPECT_NO_NOTE();
	ASSERT_EQ(0, kc_restrict(self->ring, NULL, NULL));
	EXPECT_NOTE(NOTIFY_KEY_SETATTR, self->ring, 0);
	ASSERT_EQ(-EEXIST, kc_restrict(self->ring, NULL, NULL));
	ASSERT_EQ(-EPERM, kc_link(self->key, self->ring));
	EXPECT_NO_NOTE();
}

/* When a watched key is freed, a removal record is sent. */
TEST_F(watch, removal)
{
	struct watch_notification_removal n;
	ssize_t len = -1;

	ASSERT_EQ(0, kc_watch(self->key, self->fd[0], WATCH_ID));
	ASSERT_EQ(0, kc_unlink(self->key, RING_S));
	EXPECT_TRUE(wait_until((len = read(self->fd[0], &n, sizeof(n))) > 0, LATER_MS));
	EXPECT_EQ((ssize_t)sizeof(n), len);
	EXPECT_EQ(WATCH_TYPE_META, type_of(&n.watch));
	EXPECT_EQ(WATCH_META_REMOVAL_NOTIFICATION, subtype_of(&n.watch));
	EXPECT_EQ(self->key, (long)n.id);
}

TEST_F(watch, taken_away)
{
	struct key_notification n;

	EXPECT_EQ(-EBADSLT, kc_watch(self->key, self->fd[0], -1));
	ASSERT_EQ(0, kc_watch(self->key, self->fd[0], WATCH_ID));
	EXPECT_EQ(-EBUSY, kc_watch(self->key, self->fd[0], WATCH_ID));
	EXPECT_EQ(0, kc_watch(self->key, self->fd[0], -1));
	ASSERT_TRUE(next_note(self->fd[0], &n));
	EXPECT_EQ(WATCH_TYPE_META, type_of(&n.watch));
	EXPECT_EQ(WATCH_META_REMOVAL_NOTIFICATION, subtype_of(&n.watch));
	EXPECT_EQ(-EBADSLT, kc_watch(self->key, self->fd[0], -1));
	ASSERT_EQ(0, kc_update(self->key, "y", 1));
	EXPECT_NO_NOTE();
}

TEST_F(watch, errors)
{
	int plain[2];

	ASSERT_EQ(0, pipe(plain));
	EXPECT_EQ(-EINVAL, kc_watch(self->key, self->fd[0], -2));
	EXPECT_EQ(-EINVAL, kc_watch(self->key, self->fd[0], 256));
	EXPECT_EQ(0, kc_watch(self->key, self->fd[0], 255));
	EXPECT_EQ(-ENOKEY, kc_watch(NO_SUCH_KEY, self->fd[0], 1));
	EXPECT_EQ(-EINVAL, kc_watch(0, self->fd[0], 1));
	EXPECT_EQ(-EINVAL, kc_watch(self->ring, -1, 1));
	EXPECT_EQ(-EINVAL, kc_watch(self->ring, plain[0], 1));
	ASSERT_EQ(0, kc_setperm(self->key, 0x3e3e3f3f));
	EXPECT_EQ(-EACCES, kc_watch(self->key, self->fd[0], 1));
	close(plain[0]);
	close(plain[1]);
}

/* Closing the pipe ends all its watches, but not the watched keys. */
TEST_F(watch, closed_pipe)
{
	ASSERT_EQ(0, kc_watch(self->key, self->fd[0], 1));
	ASSERT_EQ(0, kc_watch(self->ring, self->fd[0], 2));
	close(self->fd[0]);
	close(self->fd[1]);
	EXPECT_EQ(0, kc_update(self->key, "y", 1));
	EXPECT_EQ(0, kc_link(self->key, self->ring));
	EXPECT_EQ(0, kc_clear(self->ring));
}
