// SPDX-License-Identifier: GPL-2.0-only
/*
 * One test for each known bug that needs no upcall, named after the bug. Bugs
 * that need two callers at once are in race_test.c.
 */
#include "keys_common.h"
#include "keyctl/pkey_key.h"

FIXTURE(regress) {
	char name[32];	/* name of a keyring, unique */
};

FIXTURE_SETUP(regress)
{
	REQUIRE_ROOT();
	SETUP_AS(true);
	snprintf(self->name, sizeof(self->name), "regress %d", getpid());
}

FIXTURE_TEARDOWN(regress)
{
}

/* ---- references ----------------------------------------------------- */

/* Joining the current session keyring took a reference and never dropped it. */
TEST_F(regress, cve_2016_0728)
{
	long id = kc_join(self->name);
	struct key_line before, after;

	ASSERT_LT(0, id);
	ASSERT_EQ(0, kc_setperm(id, 0x3f3f0000));
	EXPECT_EQ(0, kc_join(self->name));
	ASSERT_TRUE(proc_key(id, &before));
	for (int i = 0; i < 1000; i++)
		ASSERT_EQ(0, kc_join(self->name));
	EXPECT_TRUE(wait_until(proc_key(id, &after) && after.usage <= before.usage, LATER_MS));
	ASSERT_LT(0, kc_join(NULL));
	EXPECT_TRUE(wait_until(!proc_key_shown(id), LATER_MS));
}

/* The copy of the name was not freed; only the leak detector shows this. */
TEST_F(regress, cve_2009_0031)
{
	char name[2048];

	memset(name, 'x', sizeof(name) - 1);
	name[sizeof(name) - 1] = 0;
	for (int i = 0; i < 50; i++)
		ASSERT_LT(0, kc_join(name));
}

/* Setting the thread keyring as default replaced the existing keyring. */
TEST_F(regress, cve_2017_7472)
{
	long t = kc_get_keyring_id(RING_T, 1), p = kc_get_keyring_id(RING_P, 1);

	for (int i = 0; i < 100; i++) {
		ASSERT_LE(0, kc_set_reqkey_keyring(KEY_REQKEY_DEFL_THREAD_KEYRING));
		ASSERT_LE(0, kc_set_reqkey_keyring(KEY_REQKEY_DEFL_PROCESS_KEYRING));
	}
	EXPECT_EQ(t, kc_get_keyring_id(RING_T, 0));
	EXPECT_EQ(p, kc_get_keyring_id(RING_P, 0));
}

/* An add_key() that became an update leaked the change it had prepared. */
TEST_F(regress, cve_2015_1333)
{
	long id = add_user("k", "x", RING_S);
	struct key_line k;

	for (int i = 0; i < 1000; i++)
		ASSERT_EQ(id, add_user("k", i & 1 ? "x" : "yy", RING_S));
	EXPECT_EQ(1, ring_count(RING_S));
	EXPECT_TRUE(wait_until(proc_key(id, &k) && k.usage == 1, LATER_MS));
}

/* The first processes of a uid use its keyrings at once. */
TEST_F(regress, cve_2013_1792)
{
	enum { N = 16 };
	struct {
		struct shm_barrier b;
		long id[N];
	} *shm = shared_alloc(sizeof(*shm));
	uid_t uid = fresh_uid();
	pid_t pid[N];

	shm->b.total = N;
	for (int i = 0; i < N; i++) {
		pid[i] = START_CHILD();
		if (pid[i] == 0) {
			ASSERT_EQ(0, drop_to(uid, uid));
			EXPECT_TRUE(barrier_wait(&shm->b));
			shm->id[i] = kc_get_keyring_id(i & 1 ? RING_U : RING_US, 0);
			EXPECT_TRUE(barrier_wait(&shm->b));
			END_CHILD();
		}
	}
	for (int i = 0; i < N; i++)
		JOIN_CHILD(pid[i]);
	for (int i = 0; i < N; i++) {
		EXPECT_LT(0, shm->id[i]);
		EXPECT_EQ(shm->id[i & 1], shm->id[i]);
	}
	EXPECT_NE(shm->id[0], shm->id[1]);
}

/* Processes of a new uid need its account at once. */
TEST_F(regress, cve_2005_1368)
{
	enum { N = 8 };
	struct shm_barrier *b = shared_alloc(sizeof(*b));
	pid_t pid[N];

	b->total = N;
	for (int round = 0; round < 4; round++) {
		uid_t uid = fresh_uid();

		for (int i = 0; i < N; i++) {
			pid[i] = START_CHILD();
			if (pid[i] == 0) {
				ASSERT_EQ(0, drop_to(uid, uid));
				EXPECT_TRUE(barrier_wait(b));
				EXPECT_LT(0, add_user("k", "x", RING_T));
				EXPECT_TRUE(barrier_wait(b));
				END_CHILD();
			}
		}
		for (int i = 0; i < N; i++)
			JOIN_CHILD(pid[i]);
		EXPECT_TRUE(wait_until(charged(uid, 0, 0), LATER_MS));
	}
}

/* ---- states --------------------------------------------------------- */

/*
 * A keyring that was requested but never constructed was destroyed as if it
 * was.
 */
TEST_F(regress, cve_2015_7872)
{
	long id = add_user("k", "x", RING_S);

	EXPECT_EQ(-EPERM, sys_request_key("keyring", "foo", "bar", RING_T));
	EXPECT_EQ(0, kc_unlink(id, RING_S));
	EXPECT_TRUE(wait_until(kc_describe(id, NULL, 0) == -ENOKEY, LATER_MS));
	EXPECT_EQ(-ENOKEY, kc_search(RING_S, "keyring", "foo", 0));
}

/*
 * A keyring refused for its payload was destroyed as if it had been
 * constructed.
 */
TEST_F(regress, cve_2005_2099)
{
	for (int i = 0; i < 50; i++)
		EXPECT_EQ(-EINVAL, sys_add_key("keyring", "k", "x", 1, RING_S));
	EXPECT_EQ(0, ring_count(RING_S));
}

/* An update freed an unprepared payload if the type cannot update. */
TEST_F(regress, update_without_update_method)
{
	long id = sys_add_key("asymmetric", "k", rsa_pkcs8, sizeof(rsa_pkcs8), RING_S);

	EXPECT_EQ(-EOPNOTSUPP, kc_update(add_ring("r", RING_S), "x", 1));
	if (id < 0)
		SKIP(return, "no asymmetric keys in this kernel");
	ASSERT_EQ(0, kc_setperm(id, KEY_POS_ALL));
	EXPECT_EQ(-EOPNOTSUPP, kc_update(id, "x", 1));
	EXPECT_EQ(-EOPNOTSUPP, kc_update(id, rsa_pkcs8, sizeof(rsa_pkcs8)));
}

/* The type of removed keys (".dead") could be requested by its name. */
TEST_F(regress, cve_2017_6951)
{
	static const char * const names[] = { "dead", ".dead", ".request_key_auth" };
	static const long want[] = { -ENOKEY, -EPERM, -EPERM };

	for (unsigned int i = 0; i < ARRAY_SIZE(names); i++) {
		for (int j = 0; j < 50; j++)
			EXPECT_EQ(want[i], sys_request_key(names[i], "abc", "abc", 0));
		EXPECT_EQ(want[i], sys_request_key(names[i], "abc", NULL, 0));
		EXPECT_EQ(want[i], kc_search(RING_S, names[i], "abc", 0));
		EXPECT_EQ(want[i], kc_restrict(RING_S, names[i], "abc"));
		EXPECT_EQ(i ? -EPERM : -ENODEV, sys_add_key(names[i], "abc", "x", 1, RING_S));
	}
}

/* ---- names and permissions ------------------------------------------ */

/* root could join a keyring of the kernel by its name. */
TEST_F(regress, cve_2016_9604)
{
	long ses = kc_get_keyring_id(RING_S, 0);

	EXPECT_EQ(-EPERM, kc_join(".builtin_trusted_keys"));
	EXPECT_EQ(-EPERM, kc_join(".platform"));
	EXPECT_EQ(-EPERM, kc_join(".no such"));
	EXPECT_EQ(-EPERM, kc_join("."));
	EXPECT_EQ(ses, kc_get_keyring_id(RING_S, 0));
}

/*
 * A keyring made by another user was taken for the uid's keyring of this name.
 */
TEST_F(regress, cve_2017_18270)
{
	uid_t uid = fresh_uid();
	char user[32], session[32];
	long a, b;

	snprintf(user, sizeof(user), "_uid.%u", uid);
	snprintf(session, sizeof(session), "_uid_ses.%u", uid);
	a = add_ring(user, RING_S);
	b = add_ring(session, RING_S);
	ASSERT_LT(0, a);
	ASSERT_LT(0, b);
	ASSERT_EQ(0, kc_setperm(a, KEY_EVERYONE));
	ASSERT_EQ(0, kc_setperm(b, KEY_EVERYONE));
	CHILD_AS(uid) {
		EXPECT_LT(0, kc_get_keyring_id(RING_U, 0));
		EXPECT_NE(a, kc_get_keyring_id(RING_U, 0));
		EXPECT_NE(b, kc_get_keyring_id(RING_US, 0));
		EXPECT_LT(0, add_user("secret", "x", RING_U));
	}
	EXPECT_EQ(0, ring_count(a));
	EXPECT_EQ(0, ring_count(b));
}

/* A user may join the UID keyrings by name, like any searchable keyring. */
TEST_F(regress, uid_keyrings_joined_by_name)
{
	uid_t uid = fresh_uid();
	char name[32];
	long us = 0;

	snprintf(name, sizeof(name), "_uid_ses.%u", uid);
	CHILD_AS(uid) {
		us = kc_get_keyring_id(RING_US, 0);
		ASSERT_EQ(us, kc_join(name));
		EXPECT_EQ(us, kc_get_keyring_id(RING_S, 0));
	}
	/* Another user gets a new keyring of this name. */
	CHILD_AS(fresh_uid()) {
		struct key_desc d;

		ASSERT_LT(0, kc_join(name));
		ASSERT_EQ(0, describe(RING_S, &d));
		EXPECT_NE((int)uid, d.uid);
	}
}

/* The default destination was written to without write permission. */
TEST_F(regress, cve_2017_17807)
{
	ASSERT_EQ(0, kc_setperm(RING_S, KEY_POS(KEY_SEARCH | KEY_READ | KEY_VIEW)));
	ASSERT_LE(0, kc_set_reqkey_keyring(KEY_REQKEY_DEFL_SESSION_KEYRING));
	EXPECT_EQ(-EACCES, sys_request_key("user", "desc", "callout", 0));
	EXPECT_EQ(0, ring_count(RING_S));
}

/* ---- input ---------------------------------------------------------- */

/* The payload pointer is NULL, but the length is not 0. */
TEST_F(regress, cve_2017_15274)
{
	static const char * const types[] = {
		"user", "logon", "keyring", "big_key", "encrypted", "trusted", "asymmetric",
		"rxrpc", "rxrpc_s", "dns_resolver", "cifs.idmap", "cifs.spnego", "ceph",
		"blacklist", "pkcs7_test", "fscrypt-provisioning", "psk", "id_resolver",
	};
	long id = add_user("k", "x", RING_S);

	for (unsigned int i = 0; i < ARRAY_SIZE(types); i++) {
		EXPECT_EQ(-EFAULT, sys_add_key(types[i], "abc:def", NULL, 64, RING_S)) {
			TH_LOG("%s", types[i]);
		}
	}
	EXPECT_EQ(-EFAULT, kc_update(id, NULL, 64));
	EXPECT_EQ(1, ring_count(RING_S));
}

/* A key was added to a key that is not a keyring. */
TEST_F(regress, cve_2006_1522)
{
	long id = add_user("k", "x", RING_S);

	EXPECT_EQ(-ENOTDIR, add_user("d", "x", id));
	EXPECT_EQ(-ENOTDIR, add_ring("d", id));
	EXPECT_EQ(-ENOTDIR, kc_link(id, id));
	EXPECT_EQ(-ENOTDIR, sys_request_key("user", "k", NULL, id));
}

/* A read wrote past a short buffer; later the returned length was too small. */
TEST_F(regress, keyring_read_overrun)
{
	key_serial_t buf[8];

	ASSERT_LT(0, add_user("a", "x", RING_P));
	ASSERT_LT(0, add_user("b", "x", RING_P));
	memset(buf, 0xa5, sizeof(buf));
	EXPECT_EQ(8, kc_read(RING_P, buf, 4));
	for (int i = 1; i < 8; i++)
		EXPECT_EQ(0xa5a5a5a5, (unsigned int)buf[i]);
}

/* The text of a large number of weeks overflowed its buffer. */
TEST_F(regress, cve_2016_7042)
{
	static const unsigned int seconds[] = { INT_MAX, 0x80000000U, UINT_MAX - 1, UINT_MAX };
	long id = add_user("k", "x", RING_S);
	struct key_line k;

	for (unsigned int i = 0; i < ARRAY_SIZE(seconds); i++) {
		ASSERT_EQ(0, kc_set_timeout(id, seconds[i]));
		ASSERT_TRUE(proc_key(id, &k));
		EXPECT_EQ('w', k.timeout[strlen(k.timeout) - 1]) {
			TH_LOG("%s", k.timeout);
		}
		EXPECT_EQ(1, kc_read(id, NULL, 0));
	}
}

/* A buffer too large for a kernel allocation caused ENOMEM. */
TEST_F(regress, huge_read_buffer)
{
	size_t size = 1UL << 30;
	char *big = mmap(NULL, size, PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	long id = add_user("k", "x", RING_S);

	ASSERT_NE(MAP_FAILED, big);
	EXPECT_EQ(1, kc_read(id, big, size));
	EXPECT_EQ('x', big[0]);
	EXPECT_EQ(1, kc_read(id, big, SIZE_MAX));
	EXPECT_EQ(4, kc_read(RING_S, big, size));
	munmap(big, size);
}

/* An error path of joining did not release a lock. */
TEST_F(regress, cve_2005_2098)
{
	char *too_long = calloc(1, 8192);

	memset(too_long, 'x', 8191);
	EXPECT_EQ(-EINVAL, kc_join(""));
	EXPECT_EQ(-EINVAL, kc_join(too_long));
	too_long[4096] = 0;
	EXPECT_EQ(-EINVAL, kc_join(too_long));
	EXPECT_EQ(-EFAULT, kc_join(BAD_PTR));
	EXPECT_EQ(-EPERM, kc_join(".x"));
	EXPECT_LT(0, kc_join("k"));
	free(too_long);
}

/*
 * Further invalid arguments: NULL or bad pointers, reserved and unknown types.
 */
TEST_F(regress, request_key_arguments)
{
	EXPECT_EQ(-EFAULT, sys_request_key(NULL, "d", NULL, 0));
	EXPECT_EQ(-EFAULT, sys_request_key(BAD_PTR, "d", NULL, 0));
	EXPECT_EQ(-EFAULT, sys_request_key("user", NULL, NULL, 0));
	EXPECT_EQ(-EFAULT, sys_request_key("user", BAD_PTR, NULL, 0));
	EXPECT_EQ(-EFAULT, sys_request_key("user", "d", BAD_PTR, 0));
	EXPECT_EQ(-EPERM, sys_request_key(".x", "d", NULL, 0));
	EXPECT_EQ(-EINVAL, sys_request_key("", "d", NULL, 0));
	EXPECT_EQ(-ENOKEY, sys_request_key("nosuchtype", "d", "callout", 0));
}

/* ---- persistent keyrings -------------------------------------------- */

/* Is a keyring of this name in /proc/keys, and does each have a timeout? */
static bool ends(const char *name, bool *found)
{
	char line[4096 + 256];
	FILE *f = fopen("/proc/keys", "re");
	struct key_line k;
	bool all = true;

	*found = false;
	while (f && fgets(line, sizeof(line), f)) {
		if (!key_line_parse(line, &k) || strncmp(k.desc, name, strlen(name)))
			continue;
		*found = true;
		all &= !!strcmp(k.timeout, "perm");
	}
	if (f)
		fclose(f);
	return all;
}

/* A persistent keyring that could not be linked got no expiry. */
TEST_F(regress, persistent_without_expiry)
{
	uid_t uid = fresh_uid();
	char name[32];

	if (kc_get_persistent(-1, RING_S) == -EOPNOTSUPP)
		SKIP(return, "no persistent keyrings in this kernel");
	snprintf(name, sizeof(name), "_persistent.%u", uid);
	CHILD_AS(uid) {
		long r = add_ring("shut", RING_S);
		bool found;

		ASSERT_EQ(0, kc_restrict(r, NULL, NULL));
		EXPECT_EQ(-EPERM, kc_get_persistent(-1, r));
		EXPECT_TRUE(ends(name, &found));
		ASSERT_LT(0, kc_get_persistent(-1, RING_S));
		EXPECT_TRUE(ends(name, &found));
		EXPECT_TRUE(found);
	}
}

TEST_HARNESS_MAIN
