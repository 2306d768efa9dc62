// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tests of permission checks: every class and every permission bit is compared
 * with a model that follows the text of keyrings(7).
 */
#include "keys_kunit.h"

KEYS_KUNIT_TYPE(perm_test_type);
KEYS_KUNIT_REGISTER(perm_test_type)

/* Each need, and its bit for possessors; the other classes use lower bits */
static const struct {
	enum key_need_perm	need;
	key_perm_t		pos;
} perm_test_needs[] = {
	{ KEY_NEED_VIEW,	KEY_POS_VIEW },
	{ KEY_NEED_READ,	KEY_POS_READ },
	{ KEY_NEED_WRITE,	KEY_POS_WRITE },
	{ KEY_NEED_SEARCH,	KEY_POS_SEARCH },
	{ KEY_NEED_LINK,	KEY_POS_LINK },
	{ KEY_NEED_SETATTR,	KEY_POS_SETATTR },
};

/**
 * struct perm_test_subject - relation of a subject to a key
 * @possessed: the subject possesses the key
 * @owner: the subject has the key's uid
 * @group: the key's gid is the subject's fsgid
 * @supplementary: the key's gid is one of the subject's supplementary groups
 */
struct perm_test_subject {
	bool possessed;
	bool owner;
	bool group;
	bool supplementary;
};

/* Possessor bits are added to the bits of the owner, group or others class */
static bool perm_test_model(key_perm_t perm,
			    const struct perm_test_subject *who, key_perm_t pos)
{
	if (who->possessed && (perm & pos))
		return true;
	if (who->owner)
		return perm & (pos >> 8);
	/* keyrings(7): the group class applies only if it has a permission */
	if ((who->group || who->supplementary) && (perm & KEY_GRP_ALL))
		return perm & (pos >> 16);
	return perm & (pos >> 24);
}

#ifdef CONFIG_MULTIUSER
static void perm_test_set_group(struct kunit *test, struct cred *cred, kgid_t gid)
{
	struct group_info *groups = groups_alloc(1);

	KUNIT_ASSERT_NOT_NULL(test, groups);
	groups->gid[0] = gid;
	set_groups(cred, groups);
	put_group_info(groups);
}
#else
static void perm_test_set_group(struct kunit *test, struct cred *cred, kgid_t gid)
{
}
#endif

static struct cred *perm_test_cred(struct kunit *test, const struct key *key,
				   const struct perm_test_subject *who)
{
	struct cred *cred = prepare_creds();

	KUNIT_ASSERT_NOT_NULL(test, cred);
	perm_test_set_group(test, cred,
			    who->supplementary ? key->gid : KGIDT_INIT(4444));
	cred->fsuid = who->owner ? key->uid : KUIDT_INIT(5555);
	cred->fsgid = who->group ? key->gid : KGIDT_INIT(6666);
	return cred;
}

static void perm_test_check(struct kunit *test, struct key *key,
			    const struct cred *cred,
			    const struct perm_test_subject *who)
{
	key_ref_t ref = make_key_ref(key, who->possessed);
	unsigned int i;
	int ret;

	for (i = 0; i < ARRAY_SIZE(perm_test_needs); i++) {
		ret = key_task_permission(ref, cred, perm_test_needs[i].need);
		KUNIT_EXPECT_EQ_MSG(test, ret,
				    perm_test_model(key->perm, who,
						    perm_test_needs[i].pos) ?
					    0 :
					    -EACCES,
				    "perm %08x need %d p%d o%d g%d s%d",
				    key->perm, i, who->possessed, who->owner,
				    who->group, who->supplementary);
	}
}

static void perm_test_all_classes_and_bits(struct kunit *test)
{
	struct rnd_state rnd;
	int kind, bit, i;
	struct key *key;

	keys_kunit_need_multiuser(test);
	key = keys_kunit_key(test, &perm_test_type, "perm");
	keys_kunit_seed(&rnd);
	key->uid = KUIDT_INIT(1111);
	key->gid = KGIDT_INIT(2222);
	for (kind = 0; kind < 16; kind++) {
		struct perm_test_subject who = {
			kind & 1,
			kind & 2,
			kind & 4,
			kind & 8,
		};
		struct cred *cred = perm_test_cred(test, key, &who);

		for (bit = 0; bit < 32; bit++) {
			key->perm = BIT(bit);
			perm_test_check(test, key, cred, &who);
			key->perm = ~BIT(bit);
			perm_test_check(test, key, cred, &who);
		}
		for (i = 0; i < 200; i++) {
			key->perm = prandom_u32_state(&rnd);
			perm_test_check(test, key, cred, &who);
		}
		abort_creds(cred);
	}
	key_put(key);
}

static void perm_test_without_group(struct kunit *test)
{
	struct perm_test_subject who = {};
	struct cred *cred;
	struct key *key;

	keys_kunit_need_multiuser(test);
	key = keys_kunit_key(test, &perm_test_type, "nogroup");
	key->uid = KUIDT_INIT(1111);
	key->gid = INVALID_GID;
	key->perm = KEY_GRP_ALL;
	cred = perm_test_cred(test, key, &who);
	cred->fsgid = INVALID_GID;
	KUNIT_EXPECT_EQ(test, -EACCES,
			key_task_permission(make_key_ref(key, false), cred,
					    KEY_NEED_VIEW));
	abort_creds(cred);
	key_put(key);
}

/* Needs that only security modules check require no permission bit. */
static void perm_test_overrides(struct kunit *test)
{
	static const enum key_need_perm needs[] = {
		KEY_NEED_UNLINK, KEY_SYSADMIN_OVERRIDE,
		KEY_AUTHTOKEN_OVERRIDE, KEY_DEFER_PERM_CHECK,
	};
	struct key *key = keys_kunit_key(test, &perm_test_type, "override");
	unsigned int i;

	key->perm = 0;
	for (i = 0; i < ARRAY_SIZE(needs); i++)
		KUNIT_EXPECT_EQ(test, 0,
				key_permission(make_key_ref(key, false),
					       needs[i]));
	key_put(key);
}

static struct kunit_case perm_test_cases[] = {
	KUNIT_CASE(perm_test_all_classes_and_bits),
	KUNIT_CASE(perm_test_without_group),
	KUNIT_CASE(perm_test_overrides),
	{}
};

static struct kunit_suite perm_test_suite = {
	.name		= "keys_perm",
	.suite_init	= perm_test_type_register,
	.suite_exit	= perm_test_type_unregister,
	.test_cases	= perm_test_cases,
};

kunit_test_suite(perm_test_suite);
