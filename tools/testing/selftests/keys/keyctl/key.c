// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tests of the options of keyctl(2) that work on one key: UPDATE, REVOKE,
 * CHOWN, SETPERM, DESCRIBE, READ, SET_TIMEOUT, GET_SECURITY and INVALIDATE.
 */

#define USER_MAX	32767
#define UPDATE_MAX	4096	/* fits into every quota */

FIXTURE(one_key) {
	uid_t uid;
	long id;	/* a user key "k" with the payload "first" */
};

FIXTURE_VARIANT(one_key) {
	bool root;
};

FIXTURE_VARIANT_ADD(one_key, root) { .root = true };
FIXTURE_VARIANT_ADD(one_key, user) { .root = false };

FIXTURE_SETUP(one_key)
{
	REQUIRE_ROOT();
	self->uid = SETUP_AS(variant->root);
	self->id = add_user("k", "first", RING_S);
	ASSERT_LT(0, self->id);
}

FIXTURE_TEARDOWN(one_key)
{
}

/* ---- the errors of every option for unusable ids -------------------- */

struct op {
	const char *name;
	int op;
	long a3, a4, a5;
};

static char op_buf[256];

static const struct op key_ops[] = {
	{ "UPDATE", KEYCTL_UPDATE, (long)"x", 1 },
	{ "REVOKE", KEYCTL_REVOKE },
	{ "CHOWN", KEYCTL_CHOWN, -1, 0 },
	{ "SETPERM", KEYCTL_SETPERM, 0x3f3f0000 },
	{ "DESCRIBE", KEYCTL_DESCRIBE, (long)op_buf, sizeof(op_buf) },
	{ "READ", KEYCTL_READ, (long)op_buf, sizeof(op_buf) },
	{ "SET_TIMEOUT", KEYCTL_SET_TIMEOUT, 1000 },
	{ "GET_SECURITY", KEYCTL_GET_SECURITY, (long)op_buf, sizeof(op_buf) },
	{ "INVALIDATE", KEYCTL_INVALIDATE },
	{ "CLEAR", KEYCTL_CLEAR },
	{ "LINK", KEYCTL_LINK, RING_S },
	{ "SEARCH", KEYCTL_SEARCH, (long)"user", (long)"k" },
	{ "RESTRICT", KEYCTL_RESTRICT_KEYRING },
};

static long do_op(const struct op *op, long id)
{
	return sys_keyctl5(op->op, id, op->a3, op->a4, op->a5);
}

TEST_F(one_key, ids_that_name_nothing)
{
	static const struct {
		long id, result;
	} ids[] = {
		{ 0, -EINVAL },
		{ NO_SUCH_KEY, -ENOKEY },
		{ INT_MAX, -ENOKEY },
		{ INT_MIN, -EINVAL },
		{ -9, -EINVAL },
		{ KEY_SPEC_GROUP_KEYRING, -EINVAL },
		{ KEY_SPEC_REQKEY_AUTH_KEY, -ENOKEY },
		{ KEY_SPEC_REQUESTOR_KEYRING, -ENOKEY },
	};

	for (unsigned int i = 0; i < ARRAY_SIZE(ids); i++) {
		for (unsigned int j = 0; j < ARRAY_SIZE(key_ops); j++) {
			bool reads = key_ops[j].op == KEYCTL_READ;

			/* READ returns ENOKEY for each of these ids. */
			EXPECT_EQ(reads ? -ENOKEY : ids[i].result,
				  do_op(&key_ops[j], ids[i].id)) {
				TH_LOG("%s of %ld", key_ops[j].name, ids[i].id);
			}
		}
	}
}

/* An id has 32 bits: higher bits of a register are ignored. */
TEST_F(one_key, ids_are_32_bits_wide)
{
	if (sizeof(long) == 4)
		SKIP(return, "no higher bits on a 32-bit machine");
	EXPECT_EQ(5, kc_read((long)(self->id | 0x7700000000000000), NULL, 0));
	EXPECT_EQ(self->id, kc_get_keyring_id((long)(self->id | (1LL << 32)), 0));
	EXPECT_EQ(4, kc_read((unsigned int)RING_S, NULL, 0));
}

TEST_F(one_key, revoked)
{
	ASSERT_EQ(0, kc_revoke(self->id));
	for (unsigned int j = 0; j < ARRAY_SIZE(key_ops); j++) {
		EXPECT_EQ(-EKEYREVOKED, do_op(&key_ops[j], self->id)) {
			TH_LOG("%s", key_ops[j].name);
		}
	}
	EXPECT_EQ(-EKEYREVOKED, kc_get_keyring_id(self->id, 0));
	EXPECT_EQ(-EKEYREVOKED, kc_search(RING_S, "user", "k", 0));
	EXPECT_EQ(-EKEYREVOKED, sys_request_key("user", "k", NULL, 0));
}

TEST_F(one_key, expired)
{
	ASSERT_EQ(0, kc_set_timeout(self->id, 1));
	sleep_ms(1200);
	for (unsigned int j = 0; j < ARRAY_SIZE(key_ops); j++) {
		if (key_ops[j].op == KEYCTL_INVALIDATE)
			continue;
		EXPECT_EQ(-EKEYEXPIRED, do_op(&key_ops[j], self->id)) {
			TH_LOG("%s", key_ops[j].name);
		}
	}
	EXPECT_EQ(-EKEYEXPIRED, kc_get_keyring_id(self->id, 0));
	EXPECT_EQ(-EKEYEXPIRED, kc_search(RING_S, "user", "k", 0));
	EXPECT_EQ(-ENOKEY, sys_request_key("user", "k", NULL, 0));
}

TEST_F(one_key, invalidated)
{
	ASSERT_EQ(0, kc_invalidate(self->id));
	for (unsigned int j = 0; j < ARRAY_SIZE(key_ops); j++) {
		/* Before an unlinked key is freed, READ may return EACCES. */
		EXPECT_TRUE(wait_until(do_op(&key_ops[j], self->id) == -ENOKEY,
				       key_ops[j].op == KEYCTL_READ ? LATER_MS : 0)) {
			TH_LOG("%s", key_ops[j].name);
		}
	}
	/*
	 * Before the key is freed, a search may find it and return EKEYREVOKED.
	 */
	EXPECT_TRUE(wait_until(kc_search(RING_S, "user", "k", 0) == -ENOKEY, LATER_MS));
	EXPECT_EQ(-ENOKEY, sys_request_key("user", "k", NULL, 0));
	EXPECT_TRUE(wait_until(ring_count(RING_S) == 0, LATER_MS));
	EXPECT_TRUE(wait_until(!proc_key_shown(self->id), LATER_MS));
}

TEST_F(one_key, unknown_option)
{
	EXPECT_EQ(-EOPNOTSUPP, sys_keyctl(33));
	EXPECT_EQ(-EOPNOTSUPP, sys_keyctl(1000));
	EXPECT_EQ(-EOPNOTSUPP, sys_keyctl(-1));
	EXPECT_EQ(-EOPNOTSUPP, sys_keyctl(INT_MAX));
}

/* ---- GET_KEYRING_ID ------------------------------------------------- */

TEST_F(one_key, get_keyring_id_of_a_serial)
{
	EXPECT_EQ(self->id, kc_get_keyring_id(self->id, 0));
	EXPECT_EQ(self->id, kc_get_keyring_id(self->id, 1));
	ASSERT_EQ(0, kc_setperm(self->id, 0x37370000));
	EXPECT_EQ(-EACCES, kc_get_keyring_id(self->id, 0));
}

/* ---- UPDATE --------------------------------------------------------- */

TEST_F(one_key, update)
{
	char *big = calloc(1, 1024 * 1024);
	char buf[16] = "", *edge = page_border();
	long ring = add_ring("r", RING_S);
	long logon = sys_add_key("logon", "l:l", "x", 1, RING_S);

	EXPECT_EQ(0, kc_update(self->id, "second", 6));
	EXPECT_EQ(6, kc_read(self->id, buf, sizeof(buf)));
	EXPECT_STREQ("second", buf);
	EXPECT_EQ(0, kc_update(logon, "other", 5));
	EXPECT_EQ(0, kc_update(self->id, big, UPDATE_MAX));
	EXPECT_EQ(UPDATE_MAX, kc_read(self->id, NULL, 0));
	EXPECT_EQ(0, kc_update(self->id, "third", 5));

	EXPECT_EQ(-EINVAL, kc_update(self->id, NULL, 0));
	EXPECT_EQ(-EFAULT, kc_update(self->id, NULL, 64));
	EXPECT_EQ(-EFAULT, kc_update(self->id, BAD_PTR, 1));
	EXPECT_EQ(-EFAULT, kc_update(self->id, edge - 1, 2));
	EXPECT_EQ(-EINVAL, kc_update(self->id, big, USER_MAX + 1));
	EXPECT_EQ(-EOPNOTSUPP, kc_update(ring, NULL, 0));
	EXPECT_EQ(-EOPNOTSUPP, kc_update(ring, "x", 1));
	EXPECT_EQ(5, kc_read(self->id, NULL, 0));
	free(big);
}

/* A payload above one page is refused before payload and key are checked. */
TEST_F(one_key, update_longer_than_a_page)
{
	long page = page_size(), fits = page < UPDATE_MAX ? page : UPDATE_MAX;
	char *big = calloc(1, page + 1);

	EXPECT_EQ(0, kc_update(self->id, big, fits));
	EXPECT_EQ(-EINVAL, kc_update(self->id, big, page + 1));
	EXPECT_EQ(-EINVAL, kc_update(self->id, BAD_PTR, page + 1));
	EXPECT_EQ(-EINVAL, kc_update(0, big, SIZE_MAX));
	EXPECT_EQ(fits, kc_read(self->id, NULL, 0));
	free(big);
}

TEST_F(one_key, update_needs_write)
{
	ASSERT_EQ(0, kc_setperm(self->id, 0x3b3b0000));
	EXPECT_EQ(-EACCES, kc_update(self->id, "x", 1));
	EXPECT_EQ(-EFAULT, kc_update(self->id, BAD_PTR, 1));
}

/* ---- REVOKE --------------------------------------------------------- */

/* Write permission or setattr permission is enough. */
TEST_F(one_key, revoke_permissions)
{
	static const struct {
		key_perm_t bits;
		long result;
	} c[] = {
		{ KEY_WRITE, 0 },
		{ KEY_SETATTR, 0 },
		{ KEY_WRITE | KEY_SETATTR, 0 },
		{ KEY_ALL & ~(KEY_WRITE | KEY_SETATTR), -EACCES },
	};

	for (unsigned int i = 0; i < ARRAY_SIZE(c); i++) {
		long id = add_user("revoke me", "x", RING_S);

		ASSERT_EQ(0, kc_setperm(id, KEY_POS(c[i].bits | KEY_SEARCH)));
		EXPECT_EQ(c[i].result, kc_revoke(id));
	}
}

TEST_F(one_key, revoked_in_proc)
{
	struct key_line k;

	ASSERT_EQ(0, kc_revoke(self->id));
	ASSERT_TRUE(proc_key(self->id, &k));
	EXPECT_STREQ("IR-Q---", k.flags);
	/* The payload was destroyed. */
	EXPECT_STREQ("k: 0", k.desc);
}

/* A revoked keyring loses its links. */
TEST_F(one_key, revoked_keyring)
{
	long ring = add_ring("r", RING_S);
	long inner = add_user("inner", "x", ring);

	ASSERT_EQ(0, kc_revoke(ring));
	EXPECT_EQ(-EKEYREVOKED, add_user("more", "x", ring));
	EXPECT_EQ(-EKEYREVOKED, kc_read(ring, NULL, 0));
	EXPECT_TRUE(wait_until(kc_read(inner, NULL, 0) == -ENOKEY, LATER_MS));
}

/* ---- CHOWN ---------------------------------------------------------- */

TEST_F(one_key, chown_by_its_owner)
{
	struct key_desc d;

	EXPECT_EQ(0, kc_chown(self->id, -1, -1));
	EXPECT_EQ(0, kc_chown(self->id, self->uid, -1));
	EXPECT_EQ(0, kc_chown(self->id, -1, self->uid));
	EXPECT_EQ(0, kc_chown(self->id, self->uid, self->uid));
	ASSERT_EQ(0, describe(self->id, &d));
	EXPECT_EQ((int)self->uid, d.uid);
	EXPECT_EQ((int)self->uid, d.gid);
	if (variant->root)
		return;
	EXPECT_EQ(-EACCES, kc_chown(self->id, self->uid + 1, -1));
	EXPECT_EQ(-EACCES, kc_chown(self->id, -1, self->uid + 1));
	EXPECT_EQ(-EACCES, kc_chown(self->id, 0, 0));
	EXPECT_EQ(-EACCES, kc_chown(self->id, self->uid, 0));
}

/*
 * Has this process used a privilege since it was forked? The flag PF_SUPERPRIV
 * in the ninth field of /proc/<pid>/stat says so.
 */
static bool used_privilege(void)
{
	char line[1024] = "";
	unsigned long flags = 0;
	FILE *f = fopen("/proc/self/stat", "re");
	char *end;

	if (f && fgets(line, sizeof(line), f)) {
		end = strrchr(line, ')');
		if (end)
			sscanf(end, ") %*c %*d %*d %*d %*d %*d %lu", &flags);
	}
	if (f)
		fclose(f);
	return flags & 0x100;
}

/*
 * If the caller's capability was asked for although nobody needs it, security
 * modules would log a use of the privilege.
 */
TEST(chown_without_a_change_uses_no_privilege)
{
	REQUIRE_ROOT();
	CHILD_AS(0) {
		long id = add_user("k", "x", RING_S);

		CHILD() {
			EXPECT_EQ(0, kc_chown(id, 0, 0));
			EXPECT_EQ(0, kc_setperm(id, KEY_POS_ALL));
			EXPECT_EQ(0, kc_invalidate(add_user("other", "x", RING_S)));
			EXPECT_FALSE(used_privilege());
			EXPECT_EQ(0, kc_chown(id, fresh_uid(), -1));
			EXPECT_TRUE(used_privilege());
		}
	}
}

TEST_F(one_key, chown_needs_setattr)
{
	ASSERT_EQ(0, kc_setperm(self->id, 0x1f1f1f1f));
	EXPECT_EQ(-EACCES, kc_chown(self->id, self->uid, self->uid));
	/* Without a change, chown succeeds before it looks up the key. */
	EXPECT_EQ(0, kc_chown(self->id, -1, -1));
	EXPECT_EQ(0, kc_chown(NO_SUCH_KEY, -1, -1));
}

/* ---- SETPERM -------------------------------------------------------- */

TEST_F(one_key, setperm_bits)
{
	for (int bit = 0; bit < 32; bit++) {
		bool valid = 1U << bit & KEY_EVERYONE;
		key_perm_t perm = 1U << bit | KEY_POS(KEY_SETATTR | KEY_SEARCH | KEY_VIEW);

		EXPECT_EQ(valid ? 0 : -EINVAL, kc_setperm(self->id, perm)) {
			TH_LOG("bit %d", bit);
		}
		if (valid)
			EXPECT_EQ(perm, perm_of(self->id));
	}
	EXPECT_EQ(-EINVAL, kc_setperm(NO_SUCH_KEY, 0x40));
	EXPECT_EQ(-EINVAL, kc_setperm(self->id, ~0));
}

/* Without setattr permission the mask cannot be changed any more. */
TEST_F(one_key, setperm_needs_setattr)
{
	EXPECT_EQ(0, kc_setperm(self->id, 0x1f1f0000));
	EXPECT_EQ(-EACCES, kc_setperm(self->id, 0x3f3f0000));
	EXPECT_EQ(0x1f1f0000, perm_of(self->id));
}

/* ---- DESCRIBE ------------------------------------------------------- */

TEST_F(one_key, describe_buffer)
{
	char want[64], buf[64];
	long n = snprintf(want, sizeof(want), "user;%d;%d;3f010000;k", self->uid, self->uid) + 1;
	char *edge = page_border();

	EXPECT_EQ(n, kc_describe(self->id, NULL, 0));
	EXPECT_EQ(n, kc_describe(self->id, NULL, 1000));
	for (long len = 0; len < n + 2; len++) {
		memset(buf, '#', sizeof(buf));
		EXPECT_EQ(n, kc_describe(self->id, buf, len));
		if (len < n) {
			EXPECT_EQ('#', buf[0]);
		} else {
			EXPECT_STREQ(want, buf);
		}
		EXPECT_EQ('#', buf[n]);
	}
	EXPECT_EQ(n, kc_describe(self->id, edge - n, 1000));
	EXPECT_STREQ(want, edge - n);
	EXPECT_EQ(-EFAULT, kc_describe(self->id, edge - n + 1, n));
	EXPECT_EQ(-EFAULT, kc_describe(self->id, BAD_PTR, n));
	/* A buffer that is too small is not written to. */
	EXPECT_EQ(n, kc_describe(self->id, BAD_PTR, n - 1));
}

TEST_F(one_key, describe_longest)
{
	char *desc = malloc(4096), *buf = malloc(8192);
	long id, n;

	memset(desc, 'y', 4095);
	desc[4095] = 0;
	id = add_user(desc, "x", RING_S);
	ASSERT_LT(0, id);
	n = kc_describe(id, NULL, 0);
	EXPECT_EQ(n, kc_describe(id, buf, 8192));
	EXPECT_EQ(n, (long)strlen(buf) + 1);
	EXPECT_STREQ(desc, strrchr(buf, ';') + 1);
	free(desc);
	free(buf);
}

TEST_F(one_key, describe_needs_view)
{
	ASSERT_EQ(0, kc_setperm(self->id, 0x3e3e3e3e));
	EXPECT_EQ(-EACCES, kc_describe(self->id, NULL, 0));
	EXPECT_FALSE(proc_key_shown(self->id));
}

/* ---- READ ----------------------------------------------------------- */

/* As much as fits is copied, and the full length is returned. */
TEST_F(one_key, read_buffer)
{
	char buf[16], *edge = page_border();

	EXPECT_EQ(5, kc_read(self->id, NULL, 0));
	EXPECT_EQ(5, kc_read(self->id, NULL, 1000));
	for (long len = 0; len < 10; len++) {
		long took = len < 5 ? len : 5;

		memset(buf, '#', sizeof(buf));
		EXPECT_EQ(5, kc_read(self->id, buf, len));
		if (took == 5)
			EXPECT_EQ(0, memcmp(buf, "first", 5));
		EXPECT_EQ('#', buf[took]);
	}
	EXPECT_EQ(5, kc_read(self->id, edge - 5, 1UL << 30));
	EXPECT_EQ(-EFAULT, kc_read(self->id, edge - 4, 5));
	EXPECT_EQ(-EFAULT, kc_read(self->id, BAD_PTR, 5));
	EXPECT_EQ(5, kc_read(self->id, BAD_PTR, 0));
}

/* A buffer too large for a kernel allocation caused ENOMEM. */
TEST_F(one_key, read_huge_buffer)
{
	size_t size = 1UL << 30;
	char *big = mmap(NULL, size, PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	ASSERT_NE(MAP_FAILED, big);
	EXPECT_EQ(5, kc_read(self->id, big, size));
	EXPECT_EQ(0, memcmp(big, "first", 5));
	EXPECT_EQ(5, kc_read(self->id, big, SIZE_MAX));
	EXPECT_EQ(4, kc_read(RING_S, big, size));
	munmap(big, size);
}

TEST_F(one_key, read_what_cannot_be_read)
{
	long logon = sys_add_key("logon", "l:l", "x", 1, RING_S);

	EXPECT_EQ(-EOPNOTSUPP, kc_read(logon, NULL, 0));
	ASSERT_EQ(0, kc_setperm(logon, 0x35350000));
	EXPECT_EQ(-EACCES, kc_read(logon, NULL, 0));
}

/* Read permission is enough, and so is possession with search permission. */
TEST_F(one_key, read_permission)
{
	ASSERT_EQ(0, kc_setperm(self->id, KEY_POS(KEY_SEARCH | KEY_SETATTR)));
	EXPECT_EQ(5, kc_read(self->id, NULL, 0));
	ASSERT_EQ(0, kc_setperm(self->id, KEY_POS(KEY_SETATTR | KEY_VIEW)));
	EXPECT_EQ(-EACCES, kc_read(self->id, NULL, 0));
}

/* ---- SET_TIMEOUT ---------------------------------------------------- */

TEST_F(one_key, set_timeout)
{
	struct key_line k;

	EXPECT_EQ(0, kc_set_timeout(self->id, 3590));
	ASSERT_TRUE(proc_key(self->id, &k));
	EXPECT_STREQ("59m", k.timeout);
	EXPECT_EQ(0, kc_set_timeout(self->id, 0));
	ASSERT_TRUE(proc_key(self->id, &k));
	EXPECT_STREQ("perm", k.timeout);
	ASSERT_EQ(0, kc_setperm(self->id, 0x1f1f0000));
	EXPECT_EQ(-EACCES, kc_set_timeout(self->id, 3600));
}

TEST_F(one_key, expired_in_proc)
{
	struct key_line k;

	ASSERT_EQ(0, kc_set_timeout(self->id, 1));
	EXPECT_TRUE(wait_until(proc_key(self->id, &k) && !strcmp(k.timeout, "expd"),
			       LATER_MS));
	EXPECT_STREQ("I--Q---", k.flags);
	EXPECT_STREQ("k: 5", k.desc);
}

/* An expired keyring cannot be used, like any expired key. */
TEST_F(one_key, expired_keyring)
{
	long ring = add_ring("r", RING_S);
	long inner = add_user("inner", "x", ring);

	ASSERT_LT(0, inner);
	ASSERT_EQ(0, kc_set_timeout(ring, 1));
	sleep_ms(1200);
	EXPECT_EQ(-EKEYEXPIRED, add_user("more", "x", ring));
	EXPECT_EQ(-EKEYEXPIRED, kc_read(ring, NULL, 0));
	EXPECT_EQ(-EKEYEXPIRED, kc_search(ring, "user", "inner", 0));
}

/* ---- GET_SECURITY --------------------------------------------------- */

TEST_F(one_key, get_security)
{
	char buf[256] = "####";
	long n = kc_get_security(self->id, NULL, 0);

	ASSERT_LE(1, n);
	ASSERT_GE((long)sizeof(buf), n);
	EXPECT_EQ(n, kc_get_security(self->id, buf, n));
	EXPECT_EQ(n, (long)strlen(buf) + 1);
	EXPECT_EQ(-EFAULT, kc_get_security(self->id, BAD_PTR, n));
	buf[0] = '#';
	EXPECT_EQ(n, kc_get_security(self->id, buf, 0));
	EXPECT_EQ('#', buf[0]);
	ASSERT_EQ(0, kc_setperm(self->id, 0x3e3e3e3e));
	/* Without view permission the caller needs the authorisation key. */
	EXPECT_EQ(-ENOKEY, kc_get_security(self->id, NULL, 0));
}

/* The error is that of the search for the authority to construct the key. */
TEST_F(one_key, get_security_without_search)
{
	ASSERT_EQ(0, kc_setperm(RING_S, KEY_POS(KEY_SETATTR)));
	EXPECT_EQ(-EACCES, kc_get_security(RING_S, NULL, 0));
	EXPECT_EQ(-EACCES, kc_describe(RING_S, NULL, 0));
	EXPECT_EQ(0, kc_setperm(RING_S, KEY_POS_ALL));
}

/* ---- INVALIDATE ----------------------------------------------------- */

TEST_F(one_key, invalidate_needs_search)
{
	ASSERT_EQ(0, kc_setperm(self->id, 0x37373737));
	EXPECT_EQ(-EACCES, kc_invalidate(self->id));
	EXPECT_EQ(1, ring_count(RING_S));
}

/* An invalidated key is unlinked from every keyring. */
TEST_F(one_key, invalidate_leaves_all_keyrings)
{
	long r1 = add_ring("r1", RING_S), r2 = add_ring("r2", RING_S);

	ASSERT_EQ(0, kc_link(self->id, r1));
	ASSERT_EQ(0, kc_link(self->id, r2));
	EXPECT_EQ(0, kc_invalidate(self->id));
	EXPECT_TRUE(wait_until(ring_count(r1) == 0, LATER_MS));
	EXPECT_TRUE(wait_until(ring_count(r2) == 0, LATER_MS));
	EXPECT_TRUE(wait_until(ring_count(RING_S) == 2, LATER_MS));
}

/* A new key of the same name replaces an invalidated key at once. */
TEST_F(one_key, invalidate_then_add)
{
	long new;

	ASSERT_EQ(0, kc_invalidate(self->id));
	new = add_user("k", "second", RING_S);
	ASSERT_LT(0, new);
	EXPECT_NE(self->id, new);
	EXPECT_EQ(new, kc_search(RING_S, "user", "k", 0));
	sleep_ms(200);
	EXPECT_EQ(new, kc_search(RING_S, "user", "k", 0));
	EXPECT_EQ(1, ring_count(RING_S));
}
