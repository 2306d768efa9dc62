// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tests which UID keyrings that other keyrings link are retaken: the UID's next
 * process gets them again if only keyrings of the UID and of root link them.
 * Both keyrings are retaken, or neither.
 */

/* Usually long enough to free a UID's record after its last process. */
#define END_MS 300

/*
 * The scene: a process of root has its own session keyring. The user's
 * processes run in it one after another. There is also a stranger.
 */
struct scene {
	struct left l;
	long mark;
	uid_t uid, stranger;
	pid_t pid;
	long want;
	int ready, step, done;
};

/* Adds a key that ends with the credentials of this thread, like the record. */
static long leave_mark(struct __test_metadata *_metadata)
{
	long mark = add_user("mark", "x", RING_T);

	EXPECT_LT(0, mark);
	return mark;
}

static void await_end(struct __test_metadata *_metadata, long mark)
{
	EXPECT_TRUE(wait_until(kc_describe(mark, NULL, 0) == -ENOKEY, LATER_MS));
	sleep_ms(20);
}

static struct scene *scene_make(struct __test_metadata *_metadata)
{
	struct scene *s = shared_alloc(sizeof(*s));

	ASSERT_NE(NULL, s);
	s->uid = fresh_uid();
	s->stranger = fresh_uid();
	return s;
}

/* As the user: uses both keyrings, and adds a mark to wait for. */
static void use_pair_of(struct __test_metadata *_metadata, struct scene *s)
{
	use_pair(_metadata, &s->l);
	s->mark = leave_mark(_metadata);
}

enum { LINKED = 1, SEARCHED, GONE };

static void do_step(struct __test_metadata *_metadata, struct scene *s, int step)
{
	shared_set(&s->step, step);
	EXPECT_TRUE(wait_until(shared_get(&s->done) == step, LATER_MS));
}

static void await_step(struct __test_metadata *_metadata, struct scene *s, int step)
{
	EXPECT_TRUE(wait_until(shared_get(&s->step) == step, LATER_MS));
}

/* The stranger links the wanted keyring, and searches it later. */
static void stranger_start(struct __test_metadata *_metadata, struct scene *s)
{
	pid_t pid = START_CHILD_AS(s->stranger);

	if (pid) {
		s->pid = pid;
		return;
	}
	await_step(_metadata, s, LINKED);
	EXPECT_EQ(0, kc_link(s->want, RING_S));
	shared_set(&s->done, LINKED);
	await_step(_metadata, s, SEARCHED);
	EXPECT_EQ(-ENOKEY, kc_search(RING_S, "user", "next process's", 0));
	shared_set(&s->done, SEARCHED);
	await_step(_metadata, s, GONE);
	EXPECT_EQ(0, kc_unlink(s->want, RING_S));
	shared_set(&s->done, GONE);
	END_CHILD();
}

/* Called by the process that started the stranger. */
static void stranger_end(struct __test_metadata *_metadata, struct scene *s)
{
	do_step(_metadata, s, GONE);
	JOIN_CHILD(s->pid);
}

/* As the user: allows the stranger to link a keyring, then forbids it again. */
static void let_link(struct __test_metadata *_metadata, struct scene *s, long ring)
{
	key_perm_t perm = perm_of(ring);

	ASSERT_EQ(0, kc_setperm(ring, perm | KEY_OTH(KEY_VIEW | KEY_LINK)));
	s->want = ring;
	do_step(_metadata, s, LINKED);
	ASSERT_EQ(0, kc_setperm(ring, perm));
}

/* Makes a keyring of the user that links @ring. Another link must keep it. */
static long keeper_of(struct __test_metadata *_metadata, const char *name, long ring)
{
	long keeper = add_ring(name, RING_P);

	EXPECT_LT(0, keeper);
	EXPECT_EQ(0, kc_link(ring, keeper));
	return keeper;
}

/*
 * The UID's next process gets new keyrings, which the stranger cannot search.
 */
static void expect_next_process_alone(struct __test_metadata *_metadata, struct scene *s)
{
	await_end(_metadata, s->mark);
	CHILD_BARE(s->uid) {
		s->mark = leave_mark(_metadata);
		EXPECT_LT(0, kc_get_keyring_id(RING_U, 0));
		EXPECT_NE(s->l.u, kc_get_keyring_id(RING_U, 0));
		EXPECT_NE(s->l.us, kc_get_keyring_id(RING_US, 0));
		EXPECT_TRUE(ring_has(RING_US, kc_get_keyring_id(RING_U, 0)));
		EXPECT_EQ(-ENOKEY, kc_search(RING_US, "user", "secret", 0));
		EXPECT_LT(0, add_user("next process's", "x", RING_U));
		EXPECT_LT(0, add_user("next process's", "x", RING_US));
		do_step(_metadata, s, SEARCHED);
	}
}

/* ---- strangers -------------------------------------------------------------- */

TEST(stranger_links_a_keeper)
{
	struct scene *s = scene_make(_metadata);

	REQUIRE_ROOT();
	stranger_start(_metadata, s);
	CHILD_BARE(s->uid) {
		use_pair_of(_metadata, s);
		let_link(_metadata, s, keeper_of(_metadata, "k", RING_U));
	}
	expect_next_process_alone(_metadata, s);
	stranger_end(_metadata, s);
}

TEST(stranger_links_a_keepers_keeper)
{
	struct scene *s = scene_make(_metadata);

	REQUIRE_ROOT();
	stranger_start(_metadata, s);
	CHILD() {
		ASSERT_LT(0, kc_join(NULL));
		CHILD_BARE(s->uid) {
			long k;

			use_pair_of(_metadata, s);
			EXPECT_EQ(0, kc_link(RING_U, RING_S));
			k = keeper_of(_metadata, "k", RING_U);
			k = keeper_of(_metadata, "kk", k);
			k = keeper_of(_metadata, "kkk", k);
			let_link(_metadata, s, k);
		}
		expect_next_process_alone(_metadata, s);
	}
	stranger_end(_metadata, s);
}

/* The user's session links both keyrings, and a stranger links one of them. */
static void half_of_a_strangers(struct __test_metadata *_metadata, long half)
{
	struct scene *s = scene_make(_metadata);

	stranger_start(_metadata, s);
	CHILD() {
		ASSERT_LT(0, kc_join(NULL));
		CHILD_BARE(s->uid) {
			use_pair_of(_metadata, s);
			EXPECT_EQ(0, kc_link(RING_U, RING_S));
			EXPECT_EQ(0, kc_link(RING_US, RING_S));
			let_link(_metadata, s, half == RING_U ? s->l.u : s->l.us);
		}
		expect_next_process_alone(_metadata, s);
		do_step(_metadata, s, GONE);
		/* Without the stranger's link the old keyrings are retaken. */
		await_end(_metadata, s->mark);
		CHILD_BARE(s->uid) {
			EXPECT_EQ(s->l.u, kc_get_keyring_id(RING_U, 0));
			EXPECT_EQ(s->l.us, kc_get_keyring_id(RING_US, 0));
			EXPECT_EQ(s->l.key, kc_search(RING_US, "user", "secret", 0));
		}
	}
	JOIN_CHILD(s->pid);
}

TEST(stranger_links_the_user_ring)
{
	REQUIRE_ROOT();
	half_of_a_strangers(_metadata, RING_U);
}

TEST(stranger_links_the_session_ring)
{
	REQUIRE_ROOT();
	half_of_a_strangers(_metadata, RING_US);
}

/* The UID has left two pairs, and a stranger links the older one. */
TEST(strangers_pair_and_a_later_one)
{
	struct scene *s = scene_make(_metadata);
	struct left *later = left_make();

	REQUIRE_ROOT();
	stranger_start(_metadata, s);
	CHILD() {
		ASSERT_LT(0, kc_join(NULL));
		CHILD_BARE(s->uid) {
			use_pair_of(_metadata, s);
			let_link(_metadata, s, s->l.u);
		}
		await_end(_metadata, s->mark);
		CHILD_BARE(s->uid) {
			use_pair(_metadata, later);
			EXPECT_NE(s->l.u, later->u);
			EXPECT_EQ(0, kc_link(RING_US, RING_S));
		}
		sleep_ms(END_MS);
		expect_old(_metadata, s->uid, later);
	}
	do_step(_metadata, s, SEARCHED);
	stranger_end(_metadata, s);
}

/* Links @u directly or by way of @k, so that it is always linked. */
static void be_elsewhere(struct __test_metadata *_metadata, struct scene *s)
{
	long k = s->want, u = s->l.u;

	while (shared_get(&s->step) != GONE) {
		EXPECT_EQ(0, kc_link(u, RING_S));
		EXPECT_EQ(0, kc_unlink(k, RING_S));
		EXPECT_EQ(0, kc_link(k, RING_S));
		EXPECT_EQ(0, kc_unlink(u, RING_S));
	}
}

/* A stranger's links change during the walk over the keepers. */
TEST(stranger_who_is_always_elsewhere)
{
	struct scene *s = scene_make(_metadata);
	pid_t pid;

	REQUIRE_ROOT();
	pid = START_CHILD_AS(s->stranger);
	if (pid == 0) {
		await_step(_metadata, s, LINKED);
		EXPECT_EQ(0, kc_link(s->want, RING_S));
		shared_set(&s->done, LINKED);
		be_elsewhere(_metadata, s);
		END_CHILD();
	}
	CHILD() {
		ASSERT_LT(0, kc_join(NULL));
		CHILD_BARE(s->uid) {
			use_pair_of(_metadata, s);
			s->want = keeper_of(_metadata, "k", RING_U);
			EXPECT_EQ(0, kc_setperm(s->want, KEY_EVERYONE));
			EXPECT_EQ(0, kc_link(s->want, RING_S));
			do_step(_metadata, s, LINKED);
		}
		for (uint64_t end = now_ms() + 5000; now_ms() < end;) {
			await_end(_metadata, s->mark);
			CHILD_BARE(s->uid) {
				s->mark = leave_mark(_metadata);
				EXPECT_NE(s->l.u, kc_get_keyring_id(RING_U, 0));
			}
		}
	}
	shared_set(&s->step, GONE);
	JOIN_CHILD(pid);
}

/* ---- links of the user and of root ---------------------------------- */

/* The user's processes run in a session of root that links @id. */
static void expect_pair_back(struct __test_metadata *_metadata, long id)
{
	struct left *l = left_make();
	uid_t uid = fresh_uid();

	CHILD() {
		ASSERT_LT(0, kc_join(NULL));
		CHILD_BARE(uid) {
			use_pair(_metadata, l);
			EXPECT_LT(0, add_user("in @us", "x", RING_US));
			EXPECT_EQ(0, kc_link(id, RING_S));
		}
		for (int i = 0; i < 3; i++) {
			sleep_ms(END_MS);
			CHILD_BARE(uid) {
				EXPECT_EQ(l->u, kc_get_keyring_id(RING_U, 0));
				EXPECT_TRUE(ring_has(RING_US, l->u));
				EXPECT_EQ(l->key, kc_search(RING_US, "user", "secret", 0));
				if (id == RING_US) {
					EXPECT_EQ(l->us, kc_get_keyring_id(RING_US, 0));
					EXPECT_EQ(2, ring_count(RING_US));
				}
			}
		}
	}
}

TEST(user_ring_in_roots_session)
{
	REQUIRE_ROOT();
	expect_pair_back(_metadata, RING_U);
}

/* The user keyring and its keys are retaken, too. */
TEST(session_ring_in_roots_session)
{
	REQUIRE_ROOT();
	expect_pair_back(_metadata, RING_US);
}

/* The user has unlinked @u from @us, and this does not change. */
TEST(both_apart)
{
	struct left *l = left_make();
	uid_t uid = fresh_uid();

	REQUIRE_ROOT();
	CHILD() {
		ASSERT_LT(0, kc_join(NULL));
		CHILD_BARE(uid) {
			use_pair(_metadata, l);
			EXPECT_EQ(0, kc_link(RING_U, RING_S));
			EXPECT_EQ(0, kc_link(RING_US, RING_S));
			EXPECT_EQ(0, kc_unlink(l->u, RING_US));
		}
		sleep_ms(END_MS);
		CHILD_BARE(uid) {
			EXPECT_EQ(l->u, kc_get_keyring_id(RING_U, 0));
			EXPECT_EQ(l->us, kc_get_keyring_id(RING_US, 0));
			EXPECT_EQ(0, ring_count(RING_US));
		}
	}
}

/* A keyring that the user has changed like this is not retaken. */
static void expect_changed_is_left(struct __test_metadata *_metadata,
				   long (*change)(long ring), long id)
{
	struct scene *s = scene_make(_metadata);

	CHILD() {
		ASSERT_LT(0, kc_join(NULL));
		CHILD_BARE(s->uid) {
			use_pair_of(_metadata, s);
			EXPECT_EQ(0, kc_link(RING_US, RING_S));
			EXPECT_EQ(0, change(id));
		}
		await_end(_metadata, s->mark);
		CHILD_BARE(s->uid) {
			EXPECT_LT(0, kc_get_keyring_id(RING_U, 0));
			EXPECT_NE(s->l.u, kc_get_keyring_id(RING_U, 0));
			EXPECT_NE(s->l.us, kc_get_keyring_id(RING_US, 0));
			EXPECT_EQ(0, ring_count(RING_U));
			EXPECT_EQ(1, ring_count(RING_US));
		}
		EXPECT_EQ(0, kc_unlink(s->l.us, RING_S));
	}
	ASSERT_TRUE(wait_until(all_gone(s->uid, &s->l), GONE_MS));
}

static long open_up(long ring)
{
	return kc_setperm(ring, KEY_POS_ALL | KEY_USR_ALL | KEY_OTH_ALL);
}

static long restrict_all(long ring)
{
	return kc_restrict(ring, NULL, NULL);
}

TEST(changed_mask)
{
	REQUIRE_ROOT();
	expect_changed_is_left(_metadata, open_up, RING_U);
	expect_changed_is_left(_metadata, open_up, RING_US);
}

TEST(restricted)
{
	REQUIRE_ROOT();
	expect_changed_is_left(_metadata, restrict_all, RING_U);
	expect_changed_is_left(_metadata, restrict_all, RING_US);
}

TEST(revoked)
{
	REQUIRE_ROOT();
	expect_changed_is_left(_metadata, kc_revoke, RING_U);
}

/* ---- root uses the keyring of a user without processes -------------- */

/* Links the target's @u to the caller's thread keyring, as fscrypt does. */
static long user_ring_of(struct __test_metadata *_metadata, uid_t target)
{
	long id;

	EXPECT_EQ(0, syscall(__NR_setreuid, target, 0));
	id = kc_get_keyring_id(RING_U, 1);
	EXPECT_EQ(0, syscall(__NR_setreuid, 0, target));
	EXPECT_EQ(0, kc_link(id, RING_T));
	EXPECT_EQ(0, syscall(__NR_setreuid, 0, 0));
	EXPECT_LT(0, id);
	return id;
}

TEST(root_fills_it_and_pins_it)
{
	static const char key[] = "fscrypt:0123456789abcdef";
	struct left *l = left_make();
	uid_t uid = fresh_uid();

	REQUIRE_ROOT();
	ASSERT_LT(0, kc_join(NULL));
	CHILD() {
		l->u = user_ring_of(_metadata, uid);
		l->ring = user_ring_of(_metadata, 0);
		EXPECT_NE(l->ring, l->u);
		EXPECT_EQ(0, kc_link(l->u, l->ring));
		l->key = sys_add_key("logon", key, "key material", 12, l->u);
		EXPECT_LT(0, l->key);
	}
	sleep_ms(END_MS);
	CHILD_AS(uid) {
		EXPECT_EQ(l->u, kc_get_keyring_id(RING_U, 0));
		EXPECT_EQ(0, kc_link(RING_U, RING_S));
		EXPECT_EQ(l->key, kc_search(RING_S, "logon", key, 0));
		EXPECT_EQ(l->key, sys_request_key("logon", key, NULL, 0));
	}
	sleep_ms(END_MS);
	CHILD() {
		EXPECT_EQ(l->u, user_ring_of(_metadata, uid));
		EXPECT_EQ(0, kc_unlink(l->key, l->u));
		EXPECT_EQ(0, kc_unlink(l->u, user_ring_of(_metadata, 0)));
	}
}

/*
 * This repeats fscrypt's own test of v1 policies: root's session links the
 * user's keyring, and each step runs in its own "su".
 */
TEST(each_step_a_su_of_its_own)
{
	static const char key[] = "fscrypt:fedcba9876543210";
	struct left *l = left_make();
	uid_t uid = fresh_uid();

	REQUIRE_ROOT();
	CHILD() {
		ASSERT_LT(0, kc_join(NULL));
		ASSERT_EQ(0, kc_setperm(RING_S, KEY_POS_ALL | KEY_USR_ALL));
		CHILD_BARE(uid)
			EXPECT_EQ(0, kc_link(RING_U, RING_S));
		sleep_ms(END_MS);
		CHILD_BARE(uid)
			EXPECT_EQ(0, kc_clear(RING_U));
		sleep_ms(END_MS);
		CHILD_BARE(uid) {
			l->u = kc_get_keyring_id(RING_U, 1);
			EXPECT_EQ(l->u, kc_search(RING_S, "keyring", uid_name("_uid", uid), 0));
			l->key = sys_add_key("logon", key, "key material", 12, l->u);
			EXPECT_LT(0, l->key);
		}
		sleep_ms(END_MS);
		CHILD_BARE(uid) {
			EXPECT_EQ(l->u, kc_get_keyring_id(RING_U, 0));
			EXPECT_EQ(l->key, sys_request_key("logon", key, NULL, 0));
		}
		sleep_ms(END_MS);
		CHILD() {
			EXPECT_EQ(l->u, user_ring_of(_metadata, uid));
			EXPECT_EQ(l->key, kc_search(l->u, "logon", key, 0));
			EXPECT_EQ(0, kc_unlink(l->key, l->u));
		}
		CHILD_BARE(uid) {
			EXPECT_EQ(l->u, kc_get_keyring_id(RING_U, 0));
			EXPECT_EQ(-ENOKEY, sys_request_key("logon", key, NULL, 0));
		}
	}
}
