// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tests of add_key(2): which keys it makes, which arguments it refuses, and in
 * which order it checks them.
 */
#include "keys_common.h"

#define DESC_MAX	4095
#define USER_MAX	32767
#define ADD_MAX		(1024 * 1024 - 1)

FIXTURE(add_key) {
	uid_t uid;
	char long_desc[DESC_MAX + 2];	/* one character too long */
	char *big;			/* one byte more than add_key() takes */
};

FIXTURE_VARIANT(add_key) {
	bool root;
};

FIXTURE_VARIANT_ADD(add_key, root) { .root = true };
FIXTURE_VARIANT_ADD(add_key, user) { .root = false };

FIXTURE_SETUP(add_key)
{
	REQUIRE_ROOT();
	self->uid = SETUP_AS(variant->root);
	memset(self->long_desc, 'x', DESC_MAX + 1);
	self->big = calloc(1, ADD_MAX + 1);
	ASSERT_NE(NULL, self->big);
}

FIXTURE_TEARDOWN(add_key)
{
	free(self->big);
}

TEST_F(add_key, makes_a_readable_key)
{
	char buf[16] = "";
	struct key_desc d;
	long id;

	id = add_user("a:b", "payload", RING_S);
	ASSERT_LT(2, id);
	EXPECT_TRUE(ring_has(RING_S, id));
	EXPECT_EQ(7, kc_read(id, buf, sizeof(buf)));
	EXPECT_STREQ("payload", buf);
	ASSERT_EQ(0, describe(id, &d));
	EXPECT_STREQ("user", d.type);
	EXPECT_STREQ("a:b", d.desc);
	EXPECT_EQ((int)self->uid, d.uid);
	EXPECT_EQ((int)self->uid, d.gid);
}

/* The permission mask of a new key depends on the operations of its type. */
TEST_F(add_key, default_permissions)
{
	long user = add_user("p", "x", RING_S);
	long logon = sys_add_key("logon", "p:p", "x", 1, RING_S);
	long ring = add_ring("p", RING_S);

	EXPECT_EQ(0x3f010000, perm_of(user));
	EXPECT_EQ(0x3d010000, perm_of(logon));
	EXPECT_EQ(0x3f010000, perm_of(ring));
}

TEST_F(add_key, every_special_keyring)
{
	static const int spec[] = { RING_T, RING_P, RING_S, RING_U, RING_US };
	long id, ring;

	for (unsigned int i = 0; i < ARRAY_SIZE(spec); i++) {
		id = add_user("special", "x", spec[i]);
		EXPECT_LT(0, id) {
			TH_LOG("keyring %d", spec[i]);
		}
		ring = kc_get_keyring_id(spec[i], 0);
		EXPECT_LT(0, ring);
		EXPECT_TRUE(ring_has(spec[i], id));
		EXPECT_EQ(0, kc_unlink(id, ring));
	}
}

TEST_F(add_key, thread_and_process_keyrings_are_made)
{
	EXPECT_EQ(-ENOKEY, kc_get_keyring_id(RING_T, 0));
	EXPECT_EQ(-ENOKEY, kc_get_keyring_id(RING_P, 0));
	EXPECT_LT(0, add_user("t", "x", RING_T));
	EXPECT_LT(0, add_user("p", "x", RING_P));
	EXPECT_LT(0, kc_get_keyring_id(RING_T, 0));
	EXPECT_LT(0, kc_get_keyring_id(RING_P, 0));
}

struct add_case {
	const char *name, *type, *desc;
	const void *payload;
	size_t plen;
	long ring, result;
};

static void expect_cases(struct __test_metadata *_metadata,
			 const struct add_case *c, unsigned int n)
{
	for (; n; n--, c++) {
		long ret = sys_add_key(c->type, c->desc, c->payload, c->plen, c->ring);

		EXPECT_EQ(c->result, ret) {
			TH_LOG("case: %s", c->name);
		}
	}
}

TEST_F(add_key, errors_of_the_strings)
{
	static const char long_type[] = "12345678901234567890123456789012";	/* 32 */
	static const char max_type[] = "1234567890123456789012345678901";	/* 31 */
	const char *too_long = self->long_desc;
	const char *at_limit = self->long_desc + 1;
	char *edge = page_border();
	const struct add_case cases[] = {
		{ "type NULL", NULL, "d", "x", 1, RING_S, -EFAULT },
		{ "type bad", BAD_PTR, "d", "x", 1, RING_S, -EFAULT },
		{ "type runs off", edge - 2, "d", "x", 1, RING_S, -EFAULT },
		{ "type empty", "", "d", "x", 1, RING_S, -EINVAL },
		{ "type 32 long", long_type, "d", "x", 1, RING_S, -EINVAL },
		{ "type 31 long, unknown", max_type, "d", "x", 1, RING_S, -ENODEV },
		{ "type unknown", "nosuchtype", "d", "x", 1, RING_S, -ENODEV },
		{ "type dot", ".", "d", "x", 1, RING_S, -EPERM },
		{ "type .dead", ".dead", "d", "x", 1, RING_S, -EPERM },
		{ "type .request_key_auth", ".request_key_auth", "d", "x", 1, RING_S, -EPERM },
		{ "type dead", "dead", "d", "x", 1, RING_S, -ENODEV },
		{ "desc NULL", "user", NULL, "x", 1, RING_S, -EINVAL },
		{ "desc empty", "user", "", "x", 1, RING_S, -EINVAL },
		{ "desc bad", "user", BAD_PTR, "x", 1, RING_S, -EFAULT },
		{ "desc runs off", "user", edge - 2, "x", 1, RING_S, -EFAULT },
		{ "desc 4096 long", "user", too_long, "x", 1, RING_S, -EINVAL },
		{ "ring NULL", "keyring", NULL, NULL, 0, RING_S, -EINVAL },
		{ "ring empty", "keyring", "", NULL, 0, RING_S, -EINVAL },
		{ "ring dot", "keyring", ".", NULL, 0, RING_S, -EPERM },
		{ "ring .x", "keyring", ".builtin_trusted_keys", NULL, 0, RING_S, -EPERM },
		{ "logon no colon", "logon", "plain", "x", 1, RING_S, -EINVAL },
		{ "logon empty service", "logon", ":plain", "x", 1, RING_S, -EINVAL },
		{ "logon NULL", "logon", NULL, "x", 1, RING_S, -EINVAL },
	};

	memset(edge - 2, 'a', 2);
	expect_cases(_metadata, cases, ARRAY_SIZE(cases));
	EXPECT_EQ(0, ring_count(RING_S));
	EXPECT_LT(0, sys_add_key("user", at_limit, "x", 1, RING_S));
	EXPECT_LT(0, sys_add_key("user", ".dot is fine here", "x", 1, RING_S));
	EXPECT_LT(0, sys_add_key("logon", "service:", "x", 1, RING_S));
	EXPECT_EQ(3, ring_count(RING_S));
}

TEST_F(add_key, errors_of_the_payload)
{
	char *edge = page_border();
	const struct add_case cases[] = {
		{ "user empty", "user", "d", NULL, 0, RING_S, -EINVAL },
		{ "user empty, pointer", "user", "d", "x", 0, RING_S, -EINVAL },
		{ "user NULL with length", "user", "d", NULL, 64, RING_S, -EFAULT },
		{ "user bad", "user", "d", BAD_PTR, 64, RING_S, -EFAULT },
		{ "user runs off", "user", "d", edge - 4, 5, RING_S, -EFAULT },
		{ "user 32768", "user", "d", self->big, USER_MAX + 1, RING_S, -EINVAL },
		{ "user 1 MiB", "user", "d", self->big, ADD_MAX + 1, RING_S, -EINVAL },
		{ "user huge", "user", "d", self->big, SIZE_MAX, RING_S, -EINVAL },
		{ "user 4 GiB", "user", "d", "x", (size_t)(1ULL << 32), RING_S, -EINVAL },
		{ "logon empty", "logon", "d:", NULL, 0, RING_S, -EINVAL },
		{ "logon NULL with length", "logon", "d:", NULL, 64, RING_S, -EFAULT },
		{ "logon 32768", "logon", "d:", self->big, USER_MAX + 1, RING_S, -EINVAL },
		{ "ring with payload", "keyring", "d", "x", 1, RING_S, -EINVAL },
		{ "ring NULL with length", "keyring", "d", NULL, 1, RING_S, -EFAULT },
	};

	expect_cases(_metadata, cases, ARRAY_SIZE(cases));
	EXPECT_EQ(0, ring_count(RING_S));
	EXPECT_LT(0, sys_add_key("keyring", "ok", "x", 0, RING_S));
	EXPECT_LT(0, sys_add_key("user", "whole page end", edge - 4, 4, RING_S));
}

/* A keyring that is refused for its payload leaves nothing behind. */
TEST(cve_2005_2099_keyring_with_a_payload)
{
	uid_t uid = fresh_uid();
	struct key_user before, after;

	REQUIRE_ROOT();
	CHILD_AS(uid) {
		ASSERT_TRUE(proc_user(uid, &before));
		for (int i = 0; i < 100; i++)
			EXPECT_EQ(-EINVAL, sys_add_key("keyring", "d", "x", 1, RING_S));
		EXPECT_EQ(0, ring_count(RING_S));
		EXPECT_TRUE(wait_until(proc_user(uid, &after) &&
				       !memcmp(&before, &after, sizeof(after)), LATER_MS));
	}
}

/* The payload pointer is NULL, but the length is not 0. */
TEST_F(add_key, cve_2017_15274_null_payload_of_each_type)
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

TEST_F(add_key, errors_of_the_keyring)
{
	long user = add_user("not a ring", "x", RING_S);
	long revoked = add_ring("revoked", RING_S);
	long expired = add_ring("expired", RING_S);
	long shut = add_ring("shut", RING_S);
	const struct add_case cases[] = {
		{ "0", "user", "d", "x", 1, 0, -EINVAL },
		{ "no such", "user", "d", "x", 1, NO_SUCH_KEY, -ENOKEY },
		{ "no such big", "user", "d", "x", 1, INT_MAX, -ENOKEY },
		{ "group", "user", "d", "x", 1, KEY_SPEC_GROUP_KEYRING, -EINVAL },
		{ "auth key", "user", "d", "x", 1, KEY_SPEC_REQKEY_AUTH_KEY, -ENOKEY },
		{ "requestor", "user", "d", "x", 1, KEY_SPEC_REQUESTOR_KEYRING, -ENOKEY },
		{ "-9", "user", "d", "x", 1, -9, -EINVAL },
		{ "INT_MIN", "user", "d", "x", 1, INT_MIN, -EINVAL },
		{ "not a ring", "user", "d", "x", 1, user, -ENOTDIR },
		{ "revoked", "user", "d", "x", 1, revoked, -EKEYREVOKED },
		{ "expired", "user", "d", "x", 1, expired, -EKEYEXPIRED },
		{ "shut", "user", "d", "x", 1, shut, -EACCES },
	};

	ASSERT_EQ(0, kc_setperm(shut, KEY_POS(KEY_ALL & ~KEY_WRITE) | KEY_USR_VIEW));
	ASSERT_EQ(0, kc_revoke(revoked));
	ASSERT_EQ(0, kc_set_timeout(expired, 1));
	sleep_ms(1200);
	expect_cases(_metadata, cases, ARRAY_SIZE(cases));
	EXPECT_EQ(0, ring_count(shut));
}

/* If several arguments are wrong, the first check decides the error. */
TEST_F(add_key, order_of_the_checks)
{
	const char *bad = BAD_PTR;
	const char *too_long = self->long_desc;
	const struct add_case cases[] = {
		{ "size before type", bad, bad, bad, ADD_MAX + 1, 0, -EINVAL },
		{ "type before desc", ".x", bad, "x", 1, RING_S, -EPERM },
		{ "type length before desc", "", bad, "x", 1, RING_S, -EINVAL },
		{ "desc before payload", "user", too_long, bad, 1, RING_S, -EINVAL },
		{ "dot name before payload", "keyring", ".x", bad, 1, RING_S, -EPERM },
		{ "payload before keyring", "user", "d", bad, 1, NO_SUCH_KEY, -EFAULT },
		{ "payload before unknown type", "nosuch", "d", bad, 1, RING_S, -EFAULT },
		{ "keyring before unknown type", "nosuch", "d", "x", 1, NO_SUCH_KEY, -ENOKEY },
		{ "keyring before empty payload", "user", "d", NULL, 0, NO_SUCH_KEY, -ENOKEY },
		{ "unknown type before payload", "nosuch", "d", NULL, 0, RING_S, -ENODEV },
	};

	expect_cases(_metadata, cases, ARRAY_SIZE(cases));
}

/* The type is looked up before the keyring is checked to be a keyring. */
TEST_F(add_key, unknown_type_into_no_keyring)
{
	long user = add_user("not a ring", "x", RING_S);

	EXPECT_EQ(-ENODEV, sys_add_key("nosuch", "d", "x", 1, user));
	EXPECT_EQ(-EINVAL, sys_add_key("logon", "plain", "x", 1, RING_S));
	EXPECT_EQ(-ENOTDIR, sys_add_key("user", "d", "x", 1, user));
}

TEST_F(add_key, largest_payloads)
{
	long id;

	id = sys_add_key("user", "one", self->big, 1, RING_S);
	EXPECT_LT(0, id);
	if (!variant->root) {
		/* 20000 bytes less "_ses", "one"+1 and the link to "one". */
		EXPECT_EQ(-EDQUOT, sys_add_key("user", "two", self->big, USER_MAX, RING_S));
		EXPECT_EQ(1, ring_count(RING_S));
		return;
	}
	id = sys_add_key("user", "two", self->big, USER_MAX, RING_S);
	ASSERT_LT(0, id);
	EXPECT_EQ(USER_MAX, kc_read(id, NULL, 0));
	id = sys_add_key("logon", "two:", self->big, USER_MAX, RING_S);
	EXPECT_LT(0, id);
	EXPECT_EQ(-EOPNOTSUPP, kc_read(id, NULL, 0));
}

/* The same type and description in the same keyring is an update. */
TEST_F(add_key, updates_in_place)
{
	char buf[16] = "";
	long id, again;

	id = add_user("k", "first", RING_S);
	ASSERT_LT(0, id);
	again = add_user("k", "second", RING_S);
	EXPECT_EQ(id, again);
	EXPECT_EQ(1, ring_count(RING_S));
	EXPECT_EQ(6, kc_read(id, buf, sizeof(buf)));
	EXPECT_STREQ("second", buf);

	EXPECT_NE(id, add_user("K", "x", RING_S));
	EXPECT_NE(id, sys_add_key("logon", "k:k", "x", 1, RING_S));
	EXPECT_EQ(3, ring_count(RING_S));
}

/*
 * Updates a key with large payloads. Neither the payloads nor the copies of them
 * may stay in memory. With pages of 64 KiB, a cache keeps some MiB of what was
 * freed, which must be little in comparison.
 */
static void update_with_much(struct __test_metadata *_metadata, long id, const char *big,
			     long size)
{
	const int updates = 2000;
	long before = slab_kb(), all = updates * size / 1024;

	ASSERT_LT(0, before);
	for (int i = 0; i < updates; i++)
		ASSERT_EQ(id, sys_add_key("user", "k", big, size, RING_S));
	EXPECT_TRUE(wait_until(slab_kb() < before + all / 2, LATER_MS)) {
		TH_LOG("%ld KiB before, %ld after %ld KiB in all", before, slab_kb(), all);
	}
}

/* An add_key() that became an update leaked the change it had prepared. */
TEST_F(add_key, cve_2015_1333_many_updates)
{
	long id = add_user("k", "x", RING_S);
	struct key_line k;

	for (int i = 0; i < 1000; i++)
		ASSERT_EQ(id, add_user("k", i & 1 ? "x" : "yy", RING_S));
	EXPECT_EQ(1, ring_count(RING_S));
	EXPECT_TRUE(wait_until(proc_key(id, &k) && k.usage == 1, LATER_MS));
	/* The user's quota is 20000 bytes. */
	update_with_much(_metadata, id, self->big, variant->root ? USER_MAX : 16000);
}

/* A key of the same description in another keyring is not updated. */
TEST_F(add_key, update_is_per_keyring)
{
	long ring = add_ring("r", RING_S);
	long one = add_user("k", "1", RING_S);
	long two = add_user("k", "2", ring);

	ASSERT_LT(0, two);
	EXPECT_NE(one, two);
	EXPECT_TRUE(ring_has(ring, two));
	EXPECT_FALSE(ring_has(RING_S, two));
}

/* A keyring cannot be updated, so the new keyring displaces the old one. */
TEST_F(add_key, displaces_what_cannot_be_updated)
{
	long old = add_ring("r", RING_S), new;
	long child;

	ASSERT_LT(0, old);
	child = add_user("inside", "x", old);
	ASSERT_LT(0, child);
	new = add_ring("r", RING_S);
	ASSERT_LT(0, new);
	EXPECT_NE(old, new);
	EXPECT_EQ(1, ring_count(RING_S));
	EXPECT_TRUE(ring_has(RING_S, new));
	EXPECT_EQ(0, ring_count(new));
	EXPECT_TRUE(wait_until(kc_read(old, NULL, 0) == -ENOKEY, LATER_MS));
	EXPECT_TRUE(wait_until(kc_read(child, NULL, 0) == -ENOKEY, LATER_MS));
}

TEST_F(add_key, update_needs_write)
{
	long id = add_user("k", "first", RING_S);
	char buf[8] = "";

	ASSERT_EQ(0, kc_setperm(id, KEY_POS(KEY_ALL & ~KEY_WRITE)));
	EXPECT_EQ(-EACCES, add_user("k", "second", RING_S));
	EXPECT_EQ(5, kc_read(id, buf, sizeof(buf)));
	EXPECT_STREQ("first", buf);
}

/* A failed update leaves the payload of the existing key unchanged. */
TEST_F(add_key, failed_update_changes_nothing)
{
	long id = add_user("k", "first", RING_S);
	char buf[8] = "";

	EXPECT_EQ(-EINVAL, sys_add_key("user", "k", self->big, USER_MAX + 1, RING_S));
	EXPECT_EQ(-EINVAL, sys_add_key("user", "k", NULL, 0, RING_S));
	EXPECT_EQ(-EFAULT, sys_add_key("user", "k", BAD_PTR, 1, RING_S));
	EXPECT_EQ(5, kc_read(id, buf, sizeof(buf)));
	EXPECT_STREQ("first", buf);
}

/* A revoked key is not updated but displaced by a new key. */
TEST_F(add_key, replaces_a_revoked_key)
{
	long id = add_user("k", "first", RING_S);
	long new;

	ASSERT_EQ(0, kc_revoke(id));
	new = add_user("k", "second", RING_S);
	ASSERT_LT(0, new);
	EXPECT_NE(id, new);
	EXPECT_EQ(1, ring_count(RING_S));
	EXPECT_TRUE(ring_has(RING_S, new));
}

/* An update of an expired key removes its expiry, so it is usable again. */
TEST_F(add_key, expired_key)
{
	long id = add_user("k", "first", RING_S);
	struct key_line k;
	long again;

	ASSERT_EQ(0, kc_set_timeout(id, 1));
	sleep_ms(1200);
	EXPECT_EQ(-EKEYEXPIRED, kc_read(id, NULL, 0));
	again = add_user("k", "second", RING_S);
	EXPECT_EQ(id, again);
	EXPECT_EQ(6, kc_read(again, NULL, 0));
	ASSERT_TRUE(proc_key(again, &k));
	EXPECT_STREQ("perm", k.timeout);
	EXPECT_EQ(1, ring_count(RING_S));
}

/* An update removes the timeout of a key that has not expired, too. */
TEST_F(add_key, update_clears_the_timeout)
{
	long id = add_user("k", "first", RING_S);
	struct key_line k;

	ASSERT_EQ(0, kc_set_timeout(id, 1000));
	EXPECT_EQ(id, add_user("k", "second", RING_S));
	ASSERT_TRUE(proc_key(id, &k));
	EXPECT_STREQ("perm", k.timeout);
}

TEST_F(add_key, big_key)
{
	size_t sizes[] = { 1, 100, 4096, 8192, 1000000, ADD_MAX };
	char *back = calloc(1, ADD_MAX);
	unsigned int i;

	if (!has_capability(0, KEYCTL_CAPS0_BIG_KEY))
		SKIP(return, "no big_key in this kernel");
	EXPECT_EQ(-EINVAL, sys_add_key("big_key", "b", NULL, 0, RING_S));
	EXPECT_EQ(-EINVAL, sys_add_key("big_key", "b", self->big, ADD_MAX + 1, RING_S));
	for (i = 0; i < ADD_MAX; i++)
		self->big[i] = i * 7 + (i >> 8);
	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		/*
		 * A million bytes fit into a small quota, because only little
		 * is charged.
		 */
		long id = sys_add_key("big_key", "b", self->big, sizes[i], RING_S);

		ASSERT_LT(0, id) {
			TH_LOG("%zu bytes", sizes[i]);
		}
		memset(back, 0, sizes[i]);
		EXPECT_EQ((long)sizes[i], kc_read(id, back, sizes[i]));
		EXPECT_EQ(0, memcmp(back, self->big, sizes[i]));
		EXPECT_EQ((long)sizes[i], kc_read(id, NULL, 0));
		EXPECT_EQ(0, kc_update(id, "shorter", 7));
		EXPECT_EQ(7, kc_read(id, back, ADD_MAX));
		EXPECT_EQ(0, memcmp(back, "shorter", 7));
		EXPECT_EQ(0, kc_unlink(id, RING_S));
	}
}

/* The timeout of the old payload is not that of the new one. */
TEST_F(add_key, expired_big_key)
{
	char back[8] = "";
	long id;

	if (!has_capability(0, KEYCTL_CAPS0_BIG_KEY))
		SKIP(return, "no big_key in this kernel");
	id = sys_add_key("big_key", "b", "old", 3, RING_S);
	ASSERT_LT(0, id);
	ASSERT_EQ(0, kc_set_timeout(id, 1));
	ASSERT_TRUE(wait_until(kc_read(id, NULL, 0) == -EKEYEXPIRED, LATER_MS));
	id = sys_add_key("big_key", "b", "new", 3, RING_S);
	ASSERT_LT(0, id);
	EXPECT_EQ(3, kc_read(id, back, sizeof(back)));
	EXPECT_STREQ("new", back);
}

/* The owner of a key is the file system UID of the caller, as for files. */
TEST(owner_is_fsuid)
{
	uid_t other = fresh_uid();
	struct key_desc d;
	long id;

	REQUIRE_ROOT();
	SETUP_AS(true);
	syscall(__NR_setfsgid, other + 1);
	syscall(__NR_setfsuid, other);
	id = add_user("fs", "x", RING_S);
	syscall(__NR_setfsuid, 0);
	ASSERT_LT(0, id);
	ASSERT_EQ(0, describe(id, &d));
	EXPECT_EQ((int)other, d.uid);
	EXPECT_EQ((int)other + 1, d.gid);
}

TEST_HARNESS_MAIN
