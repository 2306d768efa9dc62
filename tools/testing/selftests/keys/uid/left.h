/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Helpers for the tests of the UID keyrings' lifetime: a process of the UID
 * uses both keyrings, and other processes check later whether they still exist.
 */
#ifndef UID_LEFT_H
#define UID_LEFT_H

#include "../keys_cred.h"

#define LINGER "uid_keyring_linger"
/* Time limit for freeing the keyrings. */
#define GONE_MS 4000

/* Keys that a process of the uid had, for other processes to check. */
struct left {
	long u, us, key, ring;
	int ready, go;
};

KEYS_FN struct left *left_make(void)
{
	return shared_alloc(sizeof(struct left));
}

/* As the user: uses both keyrings, and adds a key to the user keyring. */
KEYS_FN void use_pair(struct __test_metadata *_metadata, struct left *l)
{
	l->u = kc_get_keyring_id(RING_U, 0);
	l->us = kc_get_keyring_id(RING_US, 0);
	l->key = add_user("secret", "s3cret", RING_U);
	EXPECT_LT(0, l->u);
	EXPECT_LT(0, l->us);
	EXPECT_LT(0, l->key);
}

/* The keys no longer exist, and nothing is charged to the uid. */
KEYS_FN bool all_gone(uid_t uid, const struct left *l)
{
	struct key_user u;

	return kc_describe(l->u, NULL, 0) == -ENOKEY &&
	       kc_describe(l->us, NULL, 0) == -ENOKEY &&
	       kc_describe(l->key, NULL, 0) == -ENOKEY && !proc_user(uid, &u);
}

KEYS_FN bool all_there(const struct left *l)
{
	return kc_describe(l->u, NULL, 0) == -EACCES &&
	       kc_describe(l->us, NULL, 0) == -EACCES &&
	       kc_describe(l->key, NULL, 0) == -EACCES;
}

/* A later process of the uid must get the old pair with the key in it. */
KEYS_FN void expect_old(struct __test_metadata *_metadata, uid_t uid, const struct left *l)
{
	CHILD_BARE(uid) {
		EXPECT_EQ(l->u, kc_get_keyring_id(RING_U, 0));
		EXPECT_EQ(l->us, kc_get_keyring_id(RING_US, 0));
		EXPECT_EQ(l->key, kc_search(RING_U, "user", "secret", 0));
	}
}

KEYS_FN void expect_new(struct __test_metadata *_metadata, uid_t uid, const struct left *l)
{
	CHILD_BARE(uid) {
		EXPECT_LT(0, kc_get_keyring_id(RING_U, 0));
		EXPECT_NE(l->u, kc_get_keyring_id(RING_U, 0));
		EXPECT_NE(l->us, kc_get_keyring_id(RING_US, 0));
		EXPECT_EQ(0, ring_count(RING_U));
		EXPECT_EQ(1, ring_count(RING_US));
		EXPECT_EQ(-ENOKEY, kc_search(RING_US, "user", "secret", 0));
		EXPECT_EQ(-ENOKEY, kc_read(l->key, NULL, 0));
	}
}

#define REQUIRE_LINGER() do {						\
	REQUIRE_ROOT();							\
	ASSERT_LE(-1, sysctl_get(LINGER));				\
} while (0)

#endif /* UID_LEFT_H */
