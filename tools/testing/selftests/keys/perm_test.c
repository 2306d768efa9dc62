// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tests of the whole permission mask: for each relation of the caller to the
 * key, with and without possession, and for many masks, each operation must
 * give the result of a small model of keyrings(7) and keyctl_setperm(3).
 */
#include "keys_common.h"

/* ---- the model ------------------------------------------------------ */

enum category { CAT_OTHER, CAT_GROUP, CAT_USER, CAT_POSSESSOR };

static unsigned int byte_of(key_perm_t mask, enum category cat)
{
	return mask >> (8 * cat) & KEY_ALL;
}

/* If the mask grants the group nothing, the group is treated as others. */
static unsigned int category_bits(key_perm_t mask, enum category cat)
{
	if (cat == CAT_GROUP && !byte_of(mask, CAT_GROUP))
		cat = CAT_OTHER;
	return byte_of(mask, cat);
}

/*
 * One of user, group and other applies. The possessor's bits are added if the
 * caller's keyrings link the key and search permission lets the caller find it.
 */
static unsigned int effective(key_perm_t mask, enum category cat, bool linked)
{
	unsigned int bits = category_bits(mask, cat);
	unsigned int with = bits | category_bits(mask, CAT_POSSESSOR);

	return linked && with & KEY_SEARCH ? with : bits;
}

/* Read permission is enough, and so is possession. */
static bool may_read(key_perm_t mask, enum category cat, bool linked)
{
	unsigned int with = category_bits(mask, cat) | category_bits(mask, CAT_POSSESSOR);

	return effective(mask, cat, linked) & KEY_READ || (linked && with & KEY_SEARCH);
}

/* ---- callers -------------------------------------------------------- */

struct caller {
	const char *name;
	bool owner, group, supplementary;
	enum category cat;
};

static const struct caller callers[] = {
	{ "owner", true, false, false, CAT_USER },
	{ "owner, group as well", true, true, false, CAT_USER },
	{ "group", false, true, false, CAT_GROUP },
	{ "supplementary group", false, false, true, CAT_GROUP },
	{ "other", false, false, false, CAT_OTHER },
};

FIXTURE(perm) {
	uid_t owner, stranger;
	gid_t group, alien;
	long vault;	/* links keys, not reachable from @s */
	long perch;	/* links keys, reachable from @s */
	long scratch;	/* everyone may write to it */
	long maxkeys, maxbytes;
};

FIXTURE_SETUP(perm)
{
	char name[32];

	REQUIRE_ROOT();
	SETUP_AS(true);
	self->owner = fresh_uid();
	self->stranger = self->owner + 1;
	self->group = self->owner + 2;
	self->alien = self->owner + 3;
	self->maxkeys = sysctl_get("maxkeys");
	self->maxbytes = sysctl_get("maxbytes");
	ASSERT_EQ(0, sysctl_set("maxkeys", 100000));
	ASSERT_EQ(0, sysctl_set("maxbytes", 10000000));
	snprintf(name, sizeof(name), "vault %d", getpid());
	self->perch = add_ring("perch", RING_S);
	self->scratch = add_ring("scratch", RING_S);
	self->vault = add_ring(name, RING_S);
	ASSERT_LT(0, self->vault);
	ASSERT_EQ(0, kc_setperm(self->vault, KEY_EVERYONE));
	ASSERT_EQ(0, kc_setperm(self->perch, KEY_EVERYONE));
	ASSERT_EQ(0, kc_setperm(self->scratch, KEY_EVERYONE));
	ASSERT_EQ(0, kc_link(self->vault, RING_U));
	ASSERT_EQ(0, kc_unlink(self->vault, RING_S));
}

FIXTURE_TEARDOWN(perm)
{
	kc_unlink(self->vault, RING_U);
	sysctl_set("maxkeys", self->maxkeys);
	sysctl_set("maxbytes", self->maxbytes);
}

static void become(struct __test_metadata *_metadata, FIXTURE_DATA(perm) *self,
		   const struct caller *who)
{
	uid_t uid = who->owner ? self->owner : self->stranger;
	gid_t gid = who->group ? self->group : self->alien;

	ASSERT_EQ(0, syscall(__NR_setgroups, who->supplementary, &self->group));
	ASSERT_EQ(0, syscall(__NR_setresgid, gid, gid, gid));
	/* The saved uid stays 0 to come back; the capabilities are lost. */
	ASSERT_EQ(0, syscall(__NR_setresuid, uid, uid, 0));
}

static void back_to_root(struct __test_metadata *_metadata)
{
	ASSERT_EQ(0, syscall(__NR_setresuid, 0, 0, 0));
	ASSERT_EQ(0, syscall(__NR_setresgid, 0, 0, 0));
	ASSERT_EQ(0, syscall(__NR_setgroups, 0, NULL));
}

/*
 * Makes a key of owner and group with this mask, in the perch or in the vault.
 */
static long make(struct __test_metadata *_metadata, FIXTURE_DATA(perm) *self,
		 const char *type, key_perm_t mask, bool linked)
{
	bool ring = !strcmp(type, "keyring");
	static unsigned int n;
	char desc[24];
	long id;

	/*
	 * Each key needs its own name, or it would displace the previous one.
	 */
	snprintf(desc, sizeof(desc), "subject %u", n++);
	id = sys_add_key(type, desc, ring ? NULL : "x", !ring, self->perch);
	ASSERT_LT(0, id);
	if (!linked)
		ASSERT_EQ(0, kc_link(id, self->vault));
	if (ring)
		ASSERT_LT(0, add_user("inside", "x", id));
	ASSERT_EQ(0, kc_chown(id, self->owner, self->group));
	ASSERT_EQ(0, kc_setperm(id, mask));
	if (!linked)
		ASSERT_EQ(0, kc_unlink(id, self->perch));
	return id;
}

/* ---- the matrix ----------------------------------------------------- */

struct situation {
	const struct caller *who;
	key_perm_t mask;
	bool linked;
};

static unsigned int bits_of(const struct situation *s)
{
	return effective(s->mask, s->who->cat, s->linked);
}

#define CHECK(granted, refusal, call) do {				\
	long __want = (granted) ? 0 : (refusal), __got = (call);	\
									\
	if (__got > 0)							\
		__got = 0;						\
	EXPECT_EQ(__want, __got) {					\
		TH_LOG("%s, %slinked, mask %08x: %s", s->who->name,	\
		       s->linked ? "" : "not ", s->mask, #call);	\
	}								\
} while (0)

static void check_key(struct __test_metadata *_metadata, FIXTURE_DATA(perm) *self,
		      const struct situation *s, long id)
{
	unsigned int bits = bits_of(s);
	bool own = s->who->owner;

	CHECK(bits & KEY_VIEW, -EACCES, kc_describe(id, NULL, 0));
	CHECK(bits & KEY_VIEW, -ENOKEY, kc_get_security(id, NULL, 0));
	CHECK(may_read(s->mask, s->who->cat, s->linked), -EACCES, kc_read(id, NULL, 0));
	CHECK(bits & KEY_WRITE, -EACCES, kc_update(id, "y", 1));
	CHECK(bits & KEY_SEARCH, -EACCES, kc_get_keyring_id(id, 0));
	CHECK(bits & KEY_LINK, -EACCES, kc_link(id, self->scratch));
	CHECK(bits & KEY_LINK, -ENOENT, kc_unlink(id, self->scratch));
	CHECK(bits & KEY_SETATTR, -EACCES, kc_set_timeout(id, 0));
	CHECK(bits & KEY_SETATTR, -EACCES, kc_chown(id, self->owner, self->group));
	CHECK(bits & KEY_SETATTR && own, -EACCES, kc_setperm(id, s->mask));
	EXPECT_EQ(!!(bits & KEY_VIEW), proc_key_shown(id));
}

static void check_ring(struct __test_metadata *_metadata, FIXTURE_DATA(perm) *self,
		       const struct situation *s, long id)
{
	unsigned int bits = bits_of(s);

	CHECK(may_read(s->mask, s->who->cat, s->linked), -EACCES, kc_read(id, NULL, 0));
	EXPECT_EQ(bits & KEY_SEARCH ? -ENOKEY : -EACCES, kc_search(id, "user", "no such", 0));
	CHECK(bits & KEY_WRITE, -EACCES, kc_link(self->scratch, id));
	CHECK(bits & KEY_WRITE, -EACCES, kc_unlink(self->scratch, id));
	CHECK(bits & KEY_WRITE, -EACCES, add_user("new", "x", id));
	CHECK(bits & KEY_WRITE, -EACCES, kc_clear(id));
	CHECK(bits & KEY_SETATTR, -EACCES, kc_restrict(id, NULL, NULL));
	CHECK(bits & (KEY_WRITE | KEY_SETATTR), -EACCES, kc_revoke(id));
}

static void check_situation(struct __test_metadata *_metadata, FIXTURE_DATA(perm) *self,
			    const struct situation *s)
{
	long key = make(_metadata, self, "user", s->mask, s->linked);
	long ring = make(_metadata, self, "keyring", s->mask, s->linked);
	unsigned int bits = bits_of(s);

	become(_metadata, self, s->who);
	check_key(_metadata, self, s, key);
	check_ring(_metadata, self, s, ring);
	CHECK(bits & KEY_SEARCH, -EACCES, kc_invalidate(key));
	back_to_root(_metadata);
	kc_clear(self->perch);
	kc_clear(self->vault);
}

static void check_masks(struct __test_metadata *_metadata, FIXTURE_DATA(perm) *self,
			const key_perm_t *masks, unsigned int n)
{
	struct situation s;

	for (unsigned int i = 0; i < n; i++) {
		for (unsigned int j = 0; j < ARRAY_SIZE(callers); j++) {
			for (int linked = 0; linked < 2; linked++) {
				s = (struct situation){ &callers[j], masks[i], linked };
				check_situation(_metadata, self, &s);
			}
		}
	}
}

TEST_F(perm, nothing_and_everything)
{
	static const key_perm_t masks[] = { 0, KEY_EVERYONE, KEY_POS_ALL, KEY_USR_ALL,
					    KEY_GRP_ALL, KEY_OTH_ALL };

	check_masks(_metadata, self, masks, ARRAY_SIZE(masks));
}

/* Tests one bit of one category, with and without the possessor's search. */
#define SINGLE_BIT_TEST(name, shift)					\
TEST_F(perm, name)							\
{									\
	for (int bit = 0; bit < 6; bit++) {				\
		key_perm_t one = 1U << bit << (shift);			\
		key_perm_t masks[] = { one, one | KEY_POS_SEARCH };	\
									\
		check_masks(_metadata, self, masks, 2);			\
	}								\
}

SINGLE_BIT_TEST(one_bit_for_the_possessor, 24)
SINGLE_BIT_TEST(one_bit_for_the_user, 16)
SINGLE_BIT_TEST(one_bit_for_the_group, 8)
SINGLE_BIT_TEST(one_bit_for_others, 0)

/* Tests all bits but one, for everyone. */
TEST_F(perm, all_but_one_bit)
{
	for (int bit = 0; bit < 6; bit++) {
		key_perm_t mask = KEY_EVERYONE & ~(0x01010101U << bit);

		check_masks(_metadata, self, &mask, 1);
	}
}

/* The possessor's bits are added to the category's; search may be in either. */
TEST_F(perm, possessor_adds_to_the_category)
{
	for (int bit = 0; bit < 6; bit++) {
		key_perm_t masks[] = {
			KEY_USR_VIEW | KEY_POS_SEARCH | KEY_POS(1U << bit),
			KEY_USR_SEARCH | KEY_POS(1U << bit),
			KEY_GRP(KEY_SEARCH) | KEY_POS(1U << bit),
		};

		check_masks(_metadata, self, masks, ARRAY_SIZE(masks));
	}
}

/* ---- the categories exclude each other ------------------------------ */

/* The owner has the user's permissions, even if others have more. */
TEST_F(perm, user_before_group_before_other)
{
	long id = make(_metadata, self, "user", KEY_GRP_ALL | KEY_OTH_ALL, false);

	become(_metadata, self, &callers[1]);
	EXPECT_EQ(-EACCES, kc_describe(id, NULL, 0));
	back_to_root(_metadata);
	become(_metadata, self, &callers[2]);
	EXPECT_LT(0, kc_describe(id, NULL, 0));
	back_to_root(_metadata);

	id = make(_metadata, self, "user", KEY_GRP(KEY_READ) | KEY_OTH_ALL, false);
	become(_metadata, self, &callers[3]);
	EXPECT_EQ(-EACCES, kc_describe(id, NULL, 0));
	back_to_root(_metadata);
	become(_metadata, self, &callers[4]);
	EXPECT_LT(0, kc_describe(id, NULL, 0));
	back_to_root(_metadata);
}

/* The file system ids count, not the real or the effective ids. */
TEST_F(perm, fsuid_and_fsgid_count)
{
	long mine = make(_metadata, self, "user", KEY_USR_ALL, false);
	long ours = make(_metadata, self, "user", KEY_GRP_ALL, false);

	EXPECT_EQ(-EACCES, kc_describe(mine, NULL, 0));
	syscall(__NR_setfsuid, self->owner);
	EXPECT_LT(0, kc_describe(mine, NULL, 0));
	syscall(__NR_setfsuid, 0);
	EXPECT_EQ(-EACCES, kc_describe(ours, NULL, 0));
	syscall(__NR_setfsgid, self->group);
	EXPECT_LT(0, kc_describe(ours, NULL, 0));
	syscall(__NR_setfsgid, 0);
	EXPECT_EQ(-EACCES, kc_describe(ours, NULL, 0));
}

/* root has no permission beyond the mask. */
TEST_F(perm, root_is_nobody_special)
{
	long id = make(_metadata, self, "user", KEY_USR_ALL, false);

	EXPECT_EQ(-EACCES, kc_describe(id, NULL, 0));
	EXPECT_EQ(-EACCES, kc_read(id, NULL, 0));
	EXPECT_EQ(-EACCES, kc_update(id, "y", 1));
	EXPECT_EQ(-EACCES, kc_link(id, RING_S));
	EXPECT_EQ(-EACCES, kc_chown(id, 0, 0));
	EXPECT_EQ(-EACCES, kc_setperm(id, KEY_EVERYONE));
	EXPECT_EQ(-EACCES, kc_revoke(id));
	EXPECT_FALSE(proc_key_shown(id));
}

/* ---- operations that need CAP_SYS_ADMIN ----------------------------- */

TEST_F(perm, chown_with_the_capability)
{
	long id = make(_metadata, self, "user", KEY_EVERYONE, true);
	struct key_desc d;

	EXPECT_EQ(0, kc_chown(id, self->stranger, self->alien));
	ASSERT_EQ(0, describe(id, &d));
	EXPECT_EQ((int)self->stranger, d.uid);
	EXPECT_EQ((int)self->alien, d.gid);
	EXPECT_EQ(0, kc_chown(id, -1, self->group));
	EXPECT_EQ(0, kc_chown(id, self->owner, -1));
	ASSERT_EQ(0, describe(id, &d));
	EXPECT_EQ((int)self->owner, d.uid);
	EXPECT_EQ((int)self->group, d.gid);
	EXPECT_EQ(0, kc_setperm(id, KEY_POS(KEY_ALL & ~KEY_SETATTR)));
	EXPECT_EQ(-EACCES, kc_chown(id, 0, 0));
	EXPECT_EQ(-EACCES, kc_setperm(id, KEY_EVERYONE));
}

TEST_F(perm, chown_without_the_capability)
{
	static const struct {
		int caller;
		long to_owner, to_self, to_group, to_own_gid;
	} c[] = {
		{ 0, 0, 0, 0, 0 },			/* the owner */
		{ 2, 0, -EACCES, 0, 0 },		/* a group member */
		{ 3, 0, -EACCES, 0, 0 },		/* supplementary */
		{ 4, 0, -EACCES, 0, 0 },		/* another user */
	};

	for (unsigned int i = 0; i < ARRAY_SIZE(c); i++) {
		const struct caller *who = &callers[c[i].caller];
		long id = make(_metadata, self, "user", KEY_EVERYONE, true);
		uid_t uid = who->owner ? self->owner : self->stranger;
		gid_t gid = who->group ? self->group : self->alien;

		become(_metadata, self, who);
		EXPECT_EQ(c[i].to_owner, kc_chown(id, self->owner, -1));
		EXPECT_EQ(c[i].to_self, kc_chown(id, uid, -1));
		EXPECT_EQ(c[i].to_group, kc_chown(id, -1, self->group));
		EXPECT_EQ(-EACCES, kc_chown(id, 0, -1));
		EXPECT_EQ(-EACCES, kc_chown(id, -1, 0));
		EXPECT_EQ(-EACCES, kc_chown(id, -1, self->alien + 1));
		EXPECT_EQ(c[i].to_own_gid, kc_chown(id, -1, gid));
		back_to_root(_metadata);
		kc_clear(self->perch);
	}
}

/* A caller may give a key to a supplementary group. */
TEST_F(perm, chown_to_a_supplementary_group)
{
	long id = add_user("own", "x", self->perch);
	struct key_desc d;

	ASSERT_EQ(0, kc_setperm(id, KEY_EVERYONE));
	ASSERT_EQ(0, kc_chown(id, self->stranger, self->alien));
	become(_metadata, self, &callers[3]);
	EXPECT_EQ(0, kc_chown(id, -1, self->group));
	ASSERT_EQ(0, describe(id, &d));
	EXPECT_EQ((int)self->group, d.gid);
	back_to_root(_metadata);
}

TEST_HARNESS_MAIN
