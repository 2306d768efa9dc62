// SPDX-License-Identifier: GPL-2.0-only
/*
 * A race of two callers that invalidate the same key.
 */

/* Longer than other races: few rounds meet in the kernel. */
#define INVALIDATE_MS	(4 * RACE_MS)

/* Invalidates the key of each round, until there is none. */
static void *invalidate_in_rounds(void *arg)
{
	struct race *r = arg;

	for (;;) {
		barrier_wait(&r->start);
		if (!r->key)
			return NULL;
		MAY(r, kc_invalidate(r->key), 0, -ENOKEY);
		barrier_wait(&r->start);
	}
}

/*
 * How often watchers were told; -1 if notes were lost. Each key that is freed
 * makes a note, too, and the keys of many rounds are freed at once.
 */
static int invalidations_told(int fd)
{
	struct key_notification note;
	bool lost = false;
	int n = 0;

	while (next_note(fd, &note)) {
		n += note.watch.type == WATCH_TYPE_KEY_NOTIFY &&
			note.watch.subtype == NOTIFY_KEY_INVALIDATED;
		lost = lost || (note.watch.type == WATCH_TYPE_META &&
				note.watch.subtype == WATCH_META_LOSS_NOTIFICATION);
	}
	return lost ? -1 : n;
}

/* Both callers may succeed, but whoever watches the key is told only once. */
TEST_F_TIMEOUT(race, invalidate_against_invalidate, 120)
{
	struct race *r = &self->r;
	int wrong = 0, watched = 0, told;
	pthread_t thread;

	REQUIRE_WATCH();
	ASSERT_TRUE(watch_pipe(r->fd, 512));
	r->start.total = 2;
	ASSERT_EQ(0, pthread_create(&thread, NULL, invalidate_in_rounds, r));
	for (uint64_t end = now_ms() + INVALIDATE_MS; now_ms() < end;) {
		bool watch;

		r->key = add_user("k", "x", r->ring);
		ASSERT_LT(0, r->key);
		/* There may be too many watches that are not freed yet. */
		watch = MAY(r, kc_watch(r->key, r->fd[0], 1), 0, -EAGAIN) == 0;
		barrier_wait(&r->start);
		MAY(r, kc_invalidate(r->key), 0, -ENOKEY);
		barrier_wait(&r->start);
		told = invalidations_told(r->fd[0]);
		watched += watch && told >= 0;
		wrong += told >= 0 && told != watch;
	}
	r->key = 0;
	barrier_wait(&r->start);
	pthread_join(thread, NULL);
	EXPECT_LT(0, watched);
	EXPECT_EQ(0, wrong);
	EXPECT_EQ(0, r->bad);
	EXPECT_TRUE(wait_until(ring_count(r->ring) == 0, LATER_MS));
}
