// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tests of the options of keyctl(2) that work on keyrings: LINK, UNLINK, CLEAR,
 * READ, MOVE and RESTRICT_KEYRING. tree.c tests searching and nesting.
 */

FIXTURE(ring) {
	uid_t uid;
	long key;	/* a user key "k" in a */
	long a, b;	/* two keyrings in the session keyring */
};

FIXTURE_VARIANT(ring) {
	bool root;
};

FIXTURE_VARIANT_ADD(ring, root) { .root = true };
FIXTURE_VARIANT_ADD(ring, user) { .root = false };

FIXTURE_SETUP(ring)
{
	REQUIRE_ROOT();
	self->uid = SETUP_AS(variant->root);
	self->a = add_ring("a", RING_S);
	self->b = add_ring("b", RING_S);
	self->key = add_user("k", "first", self->a);
	ASSERT_LT(0, self->a);
	ASSERT_LT(0, self->b);
	ASSERT_LT(0, self->key);
}

FIXTURE_TEARDOWN(ring)
{
}

/* ---- LINK ----------------------------------------------------------- */

TEST_F(ring, link)
{
	EXPECT_EQ(0, kc_link(self->key, self->b));
	EXPECT_TRUE(ring_has(self->a, self->key));
	EXPECT_TRUE(ring_has(self->b, self->key));
	/* A second link of the same key to the same keyring changes nothing. */
	EXPECT_EQ(0, kc_link(self->key, self->b));
	EXPECT_EQ(1, ring_count(self->b));
	/* The key exists as long as a keyring links it. */
	EXPECT_EQ(0, kc_unlink(self->key, self->a));
	EXPECT_EQ(5, kc_read(self->key, NULL, 0));
	EXPECT_EQ(0, kc_unlink(self->key, self->b));
	EXPECT_TRUE(wait_until(kc_read(self->key, NULL, 0) == -ENOKEY, LATER_MS));
}

TEST_F(ring, link_errors)
{
	EXPECT_EQ(-ENOTDIR, kc_link(self->a, self->key));
	EXPECT_EQ(-ENOTDIR, kc_link(self->key, self->key));
	EXPECT_EQ(-ENOKEY, kc_link(NO_SUCH_KEY, self->a));
	EXPECT_EQ(-ENOKEY, kc_link(self->key, NO_SUCH_KEY));
	EXPECT_EQ(-EINVAL, kc_link(0, self->a));
	EXPECT_EQ(-EINVAL, kc_link(self->key, 0));
	EXPECT_EQ(-EINVAL, kc_link(self->key, KEY_SPEC_GROUP_KEYRING));
	/* The keyring is looked up before the key. */
	EXPECT_EQ(-ENOKEY, kc_link(0, NO_SUCH_KEY));
	EXPECT_EQ(1, ring_count(self->a));
}

TEST_F(ring, link_permissions)
{
	long shut = add_ring("shut", RING_S);
	long nolink = add_user("nolink", "x", RING_S);

	ASSERT_EQ(0, kc_setperm(shut, 0x3b3b0000));
	ASSERT_EQ(0, kc_setperm(nolink, 0x2f2f0000));
	EXPECT_EQ(-EACCES, kc_link(self->key, shut));
	EXPECT_EQ(-EACCES, kc_link(nolink, self->a));
	EXPECT_EQ(0, ring_count(shut));
	EXPECT_EQ(1, ring_count(self->a));
}

/* Linking a key displaces another one of its type and description. */
TEST_F(ring, link_displaces_its_namesake)
{
	long other = add_user("k", "other", self->b);

	ASSERT_LT(0, other);
	ASSERT_NE(self->key, other);
	EXPECT_EQ(0, kc_link(self->key, self->b));
	EXPECT_EQ(1, ring_count(self->b));
	EXPECT_TRUE(ring_has(self->b, self->key));
	EXPECT_TRUE(wait_until(kc_read(other, NULL, 0) == -ENOKEY, LATER_MS));
}

/* Linking to a special keyring makes it. */
TEST_F(ring, link_to_special_keyrings)
{
	EXPECT_EQ(0, kc_link(self->key, RING_T));
	EXPECT_EQ(0, kc_link(self->key, RING_P));
	EXPECT_EQ(0, kc_link(self->key, RING_S));
	EXPECT_EQ(0, kc_link(RING_P, RING_T));
	EXPECT_TRUE(ring_has(RING_T, self->key));
	EXPECT_TRUE(ring_has(RING_P, self->key));
	EXPECT_TRUE(ring_has(RING_T, kc_get_keyring_id(RING_P, 0)));
}

/* ---- UNLINK --------------------------------------------------------- */

TEST_F(ring, unlink_errors)
{
	EXPECT_EQ(-ENOENT, kc_unlink(self->key, self->b));
	EXPECT_EQ(-ENOTDIR, kc_unlink(self->a, self->key));
	EXPECT_EQ(-ENOKEY, kc_unlink(NO_SUCH_KEY, self->a));
	EXPECT_EQ(-ENOKEY, kc_unlink(self->key, NO_SUCH_KEY));
	EXPECT_EQ(-EINVAL, kc_unlink(0, self->a));
	EXPECT_EQ(-EINVAL, kc_unlink(self->key, 0));
	/* An unlink does not make the thread keyring. */
	EXPECT_EQ(-ENOKEY, kc_unlink(self->key, RING_T));
	EXPECT_EQ(-ENOKEY, kc_get_keyring_id(RING_T, 0));
}

/* Only the permission of the keyring is needed. */
TEST_F(ring, unlink_permissions)
{
	ASSERT_EQ(0, kc_setperm(self->key, 0));
	ASSERT_EQ(0, kc_setperm(self->a, 0x3b3b0000));
	EXPECT_EQ(-EACCES, kc_unlink(self->key, self->a));
	ASSERT_EQ(0, kc_setperm(self->a, 0x3f3f0000));
	EXPECT_EQ(0, kc_unlink(self->key, self->a));
}

/* Revoked and expired keys can be unlinked. */
TEST_F(ring, unlink_of_ended_keys)
{
	long expired = add_user("e", "x", self->a);

	ASSERT_EQ(0, kc_revoke(self->key));
	ASSERT_EQ(0, kc_set_timeout(expired, 1));
	sleep_ms(1200);
	EXPECT_EQ(-EKEYREVOKED, kc_read(self->key, NULL, 0));
	EXPECT_EQ(-EKEYEXPIRED, kc_read(expired, NULL, 0));
	EXPECT_EQ(0, kc_unlink(self->key, self->a));
	EXPECT_EQ(0, kc_unlink(expired, self->a));
	EXPECT_EQ(0, ring_count(self->a));
}

/* ---- CLEAR ---------------------------------------------------------- */

TEST_F(ring, clear)
{
	EXPECT_EQ(0, kc_clear(self->a));
	EXPECT_EQ(0, ring_count(self->a));
	EXPECT_TRUE(wait_until(kc_read(self->key, NULL, 0) == -ENOKEY, LATER_MS));
	EXPECT_EQ(0, kc_clear(self->a));

	self->key = add_user("k", "x", self->a);
	EXPECT_EQ(-ENOTDIR, kc_clear(self->key));
	EXPECT_EQ(-ENOKEY, kc_clear(NO_SUCH_KEY));
	EXPECT_EQ(-EINVAL, kc_clear(0));
	ASSERT_EQ(0, kc_setperm(self->a, 0x3b3b0000));
	EXPECT_EQ(-EACCES, kc_clear(self->a));
	EXPECT_EQ(1, ring_count(self->a));
}

/* CLEAR makes the special keyring that it clears. */
TEST_F(ring, clear_special)
{
	EXPECT_EQ(0, kc_clear(RING_T));
	EXPECT_LT(0, kc_get_keyring_id(RING_T, 0));
	EXPECT_EQ(0, kc_clear(RING_S));
	EXPECT_EQ(0, ring_count(RING_S));
}

/* ---- READ ----------------------------------------------------------- */

#define MANY 60

static int by_serial(const void *a, const void *b)
{
	const key_serial_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

/* Each link is listed once, in an order that the test does not check. */
TEST_F(ring, read_all)
{
	key_serial_t made[MANY], got[MANY];
	char desc[16];

	for (int i = 0; i < MANY; i++) {
		snprintf(desc, sizeof(desc), "key %d", i);
		made[i] = add_user(desc, "x", self->b);
		ASSERT_LT(0, made[i]);
	}
	ASSERT_EQ((long)sizeof(got), kc_read(self->b, NULL, 0));
	ASSERT_EQ((long)sizeof(got), kc_read(self->b, got, sizeof(got)));
	qsort(made, MANY, sizeof(made[0]), by_serial);
	qsort(got, MANY, sizeof(got[0]), by_serial);
	EXPECT_EQ(0, memcmp(made, got, sizeof(got)));
}

/*
 * The kernel never writes past the buffer and returns the full length. A short
 * buffer may contain the ids that fit, or nothing.
 */
TEST_F(ring, read_buffer)
{
	static const size_t lens[] = { 0, 4, 8, 12, 16, 4096 };
	key_serial_t all[3], got[4];
	char *edge = page_border();

	ASSERT_LT(0, add_user("two", "x", self->a));
	ASSERT_LT(0, add_user("three", "x", self->a));
	EXPECT_EQ(12, kc_read(self->a, NULL, 0));
	EXPECT_EQ(12, kc_read(self->a, all, sizeof(all)));
	for (unsigned int i = 0; i < ARRAY_SIZE(lens); i++) {
		int fit = lens[i] < 12 ? lens[i] / 4 : 3;

		memset(got, 0, sizeof(got));
		EXPECT_EQ(12, kc_read(self->a, got, lens[i]));
		for (int w = 0; w < 4; w++) {
			bool none = got[w] == 0 && fit < 3;

			EXPECT_TRUE(none || got[w] == (w < fit ? all[w] : 0)) {
				TH_LOG("buffer of %zu, word %d", lens[i], w);
			}
		}
	}
	EXPECT_EQ(12, kc_read(self->a, edge - 12, 4096));
	EXPECT_EQ(-EFAULT, kc_read(self->a, edge - 8, 12));
	EXPECT_EQ(0, kc_read(self->b, BAD_PTR, 0));
	/* The buffer length must be a multiple of the size of an id. */
	EXPECT_EQ(-EINVAL, kc_read(self->a, got, 13));
}

/*
 * Above a page, any buffer length is accepted. The state of the keyring is
 * checked before the length.
 */
TEST_F(ring, read_buffer_of_odd_length)
{
	const size_t page = page_size();
	const size_t odd[] = { 1, 3, 5, 11, 13, 127, 129, page - 1 };
	const size_t more[] = { page + 1, page + 2, page + 3, page + 5, 2 * page + 1,
				15 * page + 1 };
	char *buf = malloc(15 * page + 1);
	key_serial_t id = self->key;

	for (unsigned int i = 0; i < ARRAY_SIZE(odd); i++)
		EXPECT_EQ(-EINVAL, kc_read(self->a, buf, odd[i]));
	EXPECT_EQ(4, kc_read(self->a, NULL, 5));
	EXPECT_EQ(-EINVAL, kc_read(self->a, BAD_PTR, 5));
	for (unsigned int i = 0; i < ARRAY_SIZE(more); i++) {
		memset(buf, 0, sizeof(id));
		EXPECT_EQ(4, kc_read(self->a, buf, more[i])) {
			TH_LOG("buffer of %zu", more[i]);
		}
		EXPECT_EQ(0, memcmp(buf, &id, sizeof(id)));
	}
	ASSERT_EQ(0, kc_revoke(self->a));
	for (unsigned int i = 0; i < ARRAY_SIZE(odd); i++)
		EXPECT_EQ(-EKEYREVOKED, kc_read(self->a, buf, odd[i]));
	ASSERT_EQ(0, kc_set_timeout(self->b, 1));
	sleep_ms(1200);
	EXPECT_EQ(-EKEYEXPIRED, kc_read(self->b, buf, 5));
	free(buf);
}

/* More than a page of ids; a buffer of odd length cuts one id. */
TEST_F(ring, read_many_into_odd_length)
{
	const int many = page_size() / sizeof(key_serial_t) + 476;
	const long size = many * sizeof(key_serial_t);
	key_serial_t *ids = calloc(many + 1, sizeof(*ids));
	char desc[16];

	if (!variant->root)
		SKIP(return, "the quota does not reach");
	for (int i = 0; i < many; i++) {
		snprintf(desc, sizeof(desc), "%d", i);
		ASSERT_LT(0, add_user(desc, "x", self->b));
	}
	EXPECT_EQ(size, kc_read(self->b, ids, size - 1));
	memset(ids, 0, size);
	EXPECT_EQ(size, kc_read(self->b, ids, size + 1));
	EXPECT_LT(0, ids[0]);
	EXPECT_LT(0, ids[many - 1]);
	EXPECT_EQ(0, ids[many]);
	free(ids);
}

/* ---- MOVE ----------------------------------------------------------- */

TEST_F(ring, move)
{
	EXPECT_EQ(0, kc_move(self->key, self->a, self->b, 0));
	EXPECT_EQ(0, ring_count(self->a));
	EXPECT_TRUE(ring_has(self->b, self->key));
	EXPECT_EQ(5, kc_read(self->key, NULL, 0));
	/* A move from a keyring to itself changes nothing. */
	EXPECT_EQ(0, kc_move(self->key, self->b, self->b, 0));
	EXPECT_EQ(0, kc_move(self->key, self->b, self->b, KEYCTL_MOVE_EXCL));
	EXPECT_EQ(1, ring_count(self->b));
}

TEST_F(ring, move_displaces_or_not)
{
	long other = add_user("k", "other", self->b);

	EXPECT_EQ(-EEXIST, kc_move(self->key, self->a, self->b, KEYCTL_MOVE_EXCL));
	EXPECT_TRUE(ring_has(self->a, self->key));
	EXPECT_TRUE(ring_has(self->b, other));
	EXPECT_EQ(0, kc_move(self->key, self->a, self->b, 0));
	EXPECT_EQ(0, ring_count(self->a));
	EXPECT_EQ(1, ring_count(self->b));
	EXPECT_TRUE(ring_has(self->b, self->key));
	EXPECT_TRUE(wait_until(kc_read(other, NULL, 0) == -ENOKEY, LATER_MS));
}

/* A revoked key stays linked until it is collected, so MOVE_EXCL fails. */
TEST_F(ring, move_onto_a_revoked_one)
{
	long other = add_user("k", "other", self->b);

	ASSERT_EQ(0, kc_revoke(other));
	EXPECT_EQ(-EEXIST, kc_move(self->key, self->a, self->b, KEYCTL_MOVE_EXCL));
	EXPECT_TRUE(ring_has(self->a, self->key));
	EXPECT_EQ(0, kc_move(self->key, self->a, self->b, 0));
	EXPECT_EQ(1, ring_count(self->b));
	EXPECT_TRUE(ring_has(self->b, self->key));
}

/* The destination may link this key already. */
TEST_F(ring, move_onto_itself)
{
	ASSERT_EQ(0, kc_link(self->key, self->b));
	EXPECT_EQ(-EEXIST, kc_move(self->key, self->a, self->b, KEYCTL_MOVE_EXCL));
	EXPECT_EQ(0, kc_move(self->key, self->a, self->b, 0));
	EXPECT_EQ(0, ring_count(self->a));
	EXPECT_EQ(1, ring_count(self->b));
}

TEST_F(ring, move_errors)
{
	long k = self->key, a = self->a, b = self->b;

	EXPECT_EQ(-EINVAL, kc_move(k, a, b, 2));
	EXPECT_EQ(-EINVAL, kc_move(NO_SUCH_KEY, a, b, ~0));
	EXPECT_EQ(-ENOENT, kc_move(k, b, a, 0));
	EXPECT_EQ(-ENOKEY, kc_move(NO_SUCH_KEY, a, b, 0));
	EXPECT_EQ(-ENOKEY, kc_move(k, NO_SUCH_KEY, b, 0));
	EXPECT_EQ(-ENOKEY, kc_move(k, a, NO_SUCH_KEY, 0));
	EXPECT_EQ(-EINVAL, kc_move(0, a, b, 0));
	EXPECT_EQ(-ENOTDIR, kc_move(k, k, b, 0));
	EXPECT_EQ(-ENOTDIR, kc_move(k, a, k, 0));
	EXPECT_EQ(-ENOENT, kc_move(self->b, a, b, 0));
	EXPECT_TRUE(ring_has(a, k));
}

/* A move into a revoked or invalidated keyring fails and changes nothing. */
TEST_F(ring, move_into_ended_keyrings)
{
	long id = add_user("k", "x", self->a), shut = add_ring("shut", RING_S);
	struct key_user before, after;

	ASSERT_EQ(0, kc_revoke(self->b));
	ASSERT_TRUE(proc_user(self->uid, &before));
	EXPECT_EQ(-EKEYREVOKED, kc_move(id, self->a, self->b, 0));
	EXPECT_EQ(-EKEYREVOKED, kc_move(id, self->a, self->b, KEYCTL_MOVE_EXCL));
	EXPECT_TRUE(ring_has(self->a, id));
	/* The charges of root also change for other reasons. */
	if (!variant->root) {
		ASSERT_TRUE(proc_user(self->uid, &after));
		EXPECT_EQ(before.qnkeys, after.qnkeys);
		EXPECT_EQ(before.qnbytes, after.qnbytes);
	}
	EXPECT_EQ(-EKEYREVOKED, kc_move(id, self->b, self->a, 0));
	ASSERT_EQ(0, kc_invalidate(shut));
	EXPECT_EQ(-ENOKEY, kc_move(id, self->a, shut, 0));
	EXPECT_EQ(1, kc_read(id, NULL, 0));
}

/* The keyring is revoked while the key is moved. */
static void *revoke_ring(void *ring)
{
	return (void *)kc_revoke((long)ring);
}

TEST_F(ring, move_against_revoke)
{
	for (int i = 0; i < 200; i++) {
		long id = add_user("k", "x", self->a), to = add_ring("to", RING_S), ret;
		pthread_t thread;

		ASSERT_LT(0, to);
		ASSERT_EQ(0, pthread_create(&thread, NULL, revoke_ring, (void *)to));
		ret = kc_move(id, self->a, to, 0);
		pthread_join(thread, NULL);
		/*
		 * The move came before the revocation, or failed and changed
		 * nothing.
		 */
		if (ret)
			ASSERT_EQ(-EKEYREVOKED, ret);
		ASSERT_EQ(ret != 0, ring_has(self->a, id));
		ASSERT_EQ(ret ? 1 : -ENOKEY, kc_read(id, NULL, 0));
	}
}

TEST_F(ring, move_permissions)
{
	long shut = add_ring("shut", RING_S);
	long inner = add_user("inner", "x", shut);
	long nolink = add_user("nolink", "x", self->a);

	ASSERT_EQ(0, kc_setperm(nolink, 0x2f2f0000));
	ASSERT_EQ(0, kc_setperm(shut, 0x3b3b0000));
	EXPECT_EQ(-EACCES, kc_move(self->key, self->a, shut, 0));
	EXPECT_EQ(-EACCES, kc_move(inner, shut, self->a, 0));
	EXPECT_EQ(-EACCES, kc_move(nolink, self->a, self->b, 0));
	EXPECT_EQ(1, ring_count(shut));
	EXPECT_EQ(2, ring_count(self->a));
}

/* A move that would make a cycle fails and changes nothing. */
TEST_F(ring, move_cycle)
{
	long sub = add_ring("sub", self->a);

	EXPECT_EQ(-EDEADLK, kc_move(self->a, RING_S, sub, 0));
	EXPECT_EQ(-EDEADLK, kc_move(self->a, RING_S, self->a, 0));
	EXPECT_TRUE(ring_has(RING_S, self->a));
}

/* ---- RESTRICT_KEYRING ----------------------------------------------- */

TEST_F(ring, restrict_all)
{
	long in_b = add_user("mine", "x", self->b);

	EXPECT_EQ(0, kc_restrict(self->a, NULL, NULL));
	EXPECT_EQ(-EPERM, add_user("new", "x", self->a));
	EXPECT_EQ(-EPERM, add_user("k", "second", self->a));
	EXPECT_EQ(-EPERM, add_ring("r", self->a));
	EXPECT_EQ(-EPERM, kc_link(in_b, self->a));
	EXPECT_EQ(-EPERM, kc_move(in_b, self->b, self->a, 0));
	EXPECT_EQ(-EPERM, kc_search(RING_S, "user", "mine", self->a));
	EXPECT_EQ(-EPERM, sys_request_key("user", "mine", NULL, self->a));
	EXPECT_EQ(1, ring_count(self->a));
	EXPECT_TRUE(ring_has(self->b, in_b));
	EXPECT_EQ(-EEXIST, kc_restrict(self->a, NULL, NULL));
	/* Keys that are linked already can be updated and unlinked. */
	EXPECT_EQ(0, kc_update(self->key, "other", 5));
	EXPECT_EQ(0, kc_unlink(self->key, self->a));
}

TEST_F(ring, restrict_clear)
{
	ASSERT_EQ(0, kc_restrict(self->a, NULL, NULL));
	EXPECT_EQ(0, kc_clear(self->a));
	EXPECT_EQ(-EPERM, add_user("new", "x", self->a));
}

TEST_F(ring, restrict_errors)
{
	size_t page = page_size();
	char *too_long = calloc(1, page + 1);
	static const char long_type[] = "12345678901234567890123456789012";	/* 32 */

	memset(too_long, 'x', page);
	EXPECT_EQ(-ENOTDIR, kc_restrict(self->key, NULL, NULL));
	EXPECT_EQ(-EINVAL, kc_restrict(self->a, NULL, "something"));
	EXPECT_EQ(-EFAULT, kc_restrict(self->a, BAD_PTR, "x"));
	EXPECT_EQ(-EINVAL, kc_restrict(self->a, long_type, "x"));
	EXPECT_EQ(-EINVAL, kc_restrict(self->a, "", "x"));
	EXPECT_EQ(-EPERM, kc_restrict(self->a, ".dead", "x"));
	EXPECT_EQ(-ENOKEY, kc_restrict(self->a, "nosuchtype", "x"));
	EXPECT_EQ(-ENOENT, kc_restrict(self->a, "user", "x"));
	EXPECT_EQ(-ENOENT, kc_restrict(self->a, "keyring", "x"));
	EXPECT_EQ(-EINVAL, kc_restrict(self->a, "user", too_long));
	EXPECT_EQ(-EFAULT, kc_restrict(self->a, "user", BAD_PTR));
	EXPECT_EQ(-EINVAL, kc_restrict(self->a, "user", NULL));
	ASSERT_EQ(0, kc_setperm(self->b, 0x1f1f0000));
	EXPECT_EQ(-EACCES, kc_restrict(self->b, NULL, NULL));
	EXPECT_LT(0, add_user("still open", "x", self->a));
	free(too_long);
}

TEST_F(ring, restrict_asymmetric)
{
	char text[64];

	if (kc_restrict(self->b, "asymmetric", "builtin_trusted") == -ENOKEY)
		SKIP(return, "no asymmetric key type in this kernel");
	EXPECT_EQ(-EINVAL, kc_restrict(self->a, "asymmetric", "bogus"));
	EXPECT_EQ(-EINVAL, kc_restrict(self->a, "asymmetric", ""));
	EXPECT_EQ(-ENOKEY, kc_restrict(self->a, "asymmetric", "key_or_keyring:0"));
	EXPECT_EQ(-ENOKEY, kc_restrict(self->a, "asymmetric", "key_or_keyring:1"));

	snprintf(text, sizeof(text), "key_or_keyring:%ld", self->b);
	EXPECT_EQ(0, kc_restrict(self->a, "asymmetric", text));
	EXPECT_EQ(-EEXIST, kc_restrict(self->a, "asymmetric", text));
	EXPECT_EQ(-EEXIST, kc_restrict(self->a, NULL, NULL));
	EXPECT_EQ(-EOPNOTSUPP, add_user("new", "x", self->a));
	EXPECT_EQ(1, ring_count(self->a));
}

/* Two keyrings that restrict each other would keep each other for ever. */
TEST_F(ring, restrict_cycle)
{
	long c = add_ring("c", RING_S);
	char text[64];

	snprintf(text, sizeof(text), "key_or_keyring:%ld", self->b);
	if (kc_restrict(self->a, "asymmetric", text) == -ENOKEY)
		SKIP(return, "no asymmetric key type in this kernel");
	snprintf(text, sizeof(text), "key_or_keyring:%ld", self->a);
	EXPECT_EQ(-EDEADLK, kc_restrict(self->b, "asymmetric", text));
	EXPECT_EQ(0, kc_restrict(c, "asymmetric", text));
	snprintf(text, sizeof(text), "key_or_keyring:%ld", c);
	EXPECT_EQ(-EDEADLK, kc_restrict(self->b, "asymmetric", text));
	snprintf(text, sizeof(text), "key_or_keyring:%ld", self->b);
	EXPECT_EQ(-EDEADLK, kc_restrict(self->b, "asymmetric", text));
}
