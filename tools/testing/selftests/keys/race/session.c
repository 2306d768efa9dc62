// SPDX-License-Identifier: GPL-2.0-only
/*
 * Races of callers with session keyrings and persistent keyrings.
 */

#define LEAVERS		8
/* With more processes for each name, its keyring would hardly ever end. */
#define LEAVERS_OF_NAME	2
/*
 * A keyring that was left ends when an RCU grace period has freed the old
 * credentials. If the next process joins sooner each time, the keyring never ends.
 */
#define AWAY_MS		40

static void join_and_leave(struct __test_metadata *_metadata, const char *name)
{
	for (uint64_t end = now_ms() + RACE_MS; now_ms() < end;) {
		ASSERT_LE(0, kc_join(name));
		kc_setperm(RING_S, KEY_POS_ALL | KEY_USR_ALL);
		ASSERT_LT(0, kc_join(NULL));
		sleep_ms(rand() % (AWAY_MS + 1));
	}
}

/* CVE-2010-1437: a keyring was found by name while its last user left it. */
TEST_F(race, join_against_leave)
{
	pid_t pid[LEAVERS];
	char name[32];

	for (int i = 0; i < LEAVERS; i++) {
		pid[i] = START_CHILD();
		if (pid[i] == 0) {
			srand(i);
			snprintf(name, sizeof(name), "race %d %d", getppid(), i / LEAVERS_OF_NAME);
			join_and_leave(_metadata, name);
			END_CHILD();
		}
	}
	for (int i = 0; i < LEAVERS; i++)
		JOIN_CHILD(pid[i]);
}

static void join_ring(struct race *r)
{
	long ret = MAY(r, kc_join(r->text), 0);

	/* 0: this keyring is the caller's session keyring already. */
	if (ret && ret != r->ring)
		note_bad(r, ret);
	MAY(r, kc_join(NULL), 0);
}

static void give_ring_away(struct race *r)
{
	MAY(r, kc_chown(r->ring, r->uid[0], -1), 0);
	MAY(r, kc_chown(r->ring, r->uid[1], -1), 0);
}

/*
 * A keyring is found by name while its account, which charges no other key, is
 * freed. (Before 6.12.115 the look-up read the account.)
 */
TEST_F(race, join_against_chown)
{
	struct race *r = &self->r;
	char name[32];

	snprintf(name, sizeof(name), "joined %d", getpid());
	r->text = name;
	r->ring = add_ring(name, RING_S);
	ASSERT_EQ(0, kc_setperm(r->ring, KEY_EVERYONE));
	/* The threads leave this session keyring, and must find the keyring. */
	RUN_RACE(r, give_ring_away, join_ring, join_ring, read_all_of_proc);
	ASSERT_EQ(0, kc_chown(r->ring, r->uid[0], -1));
	EXPECT_TRUE(charged(r->uid[0], 1, DESC_COST(name)));
	EXPECT_TRUE(charged(r->uid[1], 0, 0));
}

static void get_persistent(struct race *r)
{
	MAY(r, kc_get_persistent(r->uid[0], RING_S), -EKEYEXPIRED, -ENOKEY);
	MAY(r, kc_get_persistent(r->uid[1], RING_S), -EKEYEXPIRED, -ENOKEY);
}

/* Takes one of the keyrings out of the register, so the next caller makes a new one. */
static void end_persistent(struct race *r)
{
	long id = MAY(r, kc_get_persistent(r->uid[0], RING_S), -EKEYEXPIRED, -ENOKEY);

	if (id > 0 && MAY(r, kc_invalidate(id), 0, -EKEYEXPIRED, -ENOKEY, -EACCES) == 0)
		r->rounds++;
}

static void toggle_expiry(struct race *r)
{
	sysctl_set("persistent_keyring_expiry", 0);
	sysctl_set("persistent_keyring_expiry", 1);
}

/* CVE-2026-64015: the register was looked up while it was changed. */
TEST_F(race, persistent_against_expiry)
{
	long expiry = sysctl_get("persistent_keyring_expiry");

	if (expiry < 0)
		SKIP(return, "no persistent keyrings in this kernel");
	ASSERT_EQ(0, sysctl_set("gc_delay", 0));
	RUN_RACE(&self->r, get_persistent, get_persistent, end_persistent, toggle_expiry);
	sysctl_set("persistent_keyring_expiry", expiry);
	/* The register has changed. */
	EXPECT_LT(0, self->r.rounds);
	for (int i = 0; i < 2; i++)
		kc_invalidate(kc_get_persistent(self->r.uid[i], RING_S));
}
