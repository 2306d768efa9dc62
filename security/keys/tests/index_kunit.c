// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tests of key indices: two indices are equal if and only if their type, domain
 * and description are equal.
 */
#include "keys_kunit.h"

KEYS_KUNIT_TYPE(index_test_type);
KEYS_KUNIT_TYPE(index_test_other_type);

static int index_test_suite_init(struct kunit_suite *suite)
{
	int ret = register_key_type(&index_test_type);

	return ret ?: register_key_type(&index_test_other_type);
}

static void index_test_suite_exit(struct kunit_suite *suite)
{
	unregister_key_type(&index_test_other_type);
	unregister_key_type(&index_test_type);
}

static void index_test_equal_by_all_parts(struct kunit *test)
{
	struct key_tag tag_a = { }, tag_b = { };
	struct key_index index[5];
	int i, j;

	key_index_init(&index[0], &index_test_type, &tag_a, "description");
	key_index_init(&index[1], &index_test_other_type, &tag_a,
		       "description");
	key_index_init(&index[2], &index_test_type, &tag_b, "description");
	key_index_init(&index[3], &index_test_type, &tag_a, "description2");
	key_index_init(&index[4], &index_test_type, NULL, "description");
	for (i = 0; i < 5; i++)
		for (j = 0; j < 5; j++)
			KUNIT_EXPECT_EQ_MSG(test, i == j,
					    key_index_equal(&index[i], &index[j]),
					    "%d and %d", i, j);
}

static void index_test_equal_despite_equal_hashes(struct kunit *test)
{
	struct key_tag tag = { };
	struct key_index a, b;

	key_index_init(&a, &index_test_type, NULL, "one");
	key_index_init(&b, &index_test_type, NULL, "two");
	b.hash = a.hash;
	KUNIT_EXPECT_FALSE(test, key_index_equal(&a, &b));
	key_index_init(&b, &index_test_other_type, NULL, "one");
	b.hash = a.hash;
	KUNIT_EXPECT_FALSE(test, key_index_equal(&a, &b));
	key_index_init(&b, &index_test_type, &tag, "one");
	b.hash = a.hash;
	KUNIT_EXPECT_FALSE(test, key_index_equal(&a, &b));
}

#define INDEX_TEST_LONG	300

/* Makes a long name, and @behind the NUL of the name some other characters. */
static char *index_test_long_name(struct kunit *test, const char *behind)
{
	size_t size = INDEX_TEST_LONG + 1, more = strlen(behind);
	char *name = keys_kunit_zalloc(test, size + more);

	memset(name, 'n', INDEX_TEST_LONG);
	memcpy(name + size, behind, more);
	return name;
}

static void index_test_expect_equal(struct kunit *test, const char *one,
				    const char *two)
{
	struct key_index a, b;

	key_index_init(&a, &index_test_type, NULL, one);
	key_index_init(&b, &index_test_type, NULL, two);
	KUNIT_EXPECT_EQ(test, a.desc_len, strlen(one));
	KUNIT_EXPECT_EQ(test, a.hash, b.hash);
	KUNIT_EXPECT_TRUE(test, key_index_equal(&a, &b));
}

/*
 * CVE-2026-74567: long names were read beyond their end. On a kernel without
 * KASAN, such a reader finds what differs behind two names.
 */
static void index_test_long_names(struct kunit *test)
{
	char *one = index_test_long_name(test, "");
	char *two = index_test_long_name(test, "");
	struct key_index a, b;

	index_test_expect_equal(test, one, two);
	index_test_expect_equal(test,
				index_test_long_name(test, "behind the one"),
				index_test_long_name(test, "and the second"));
	key_index_init(&a, &index_test_type, NULL, one);
	two[INDEX_TEST_LONG - 1] = 'N';
	key_index_init(&b, &index_test_type, NULL, two);
	b.hash = a.hash;
	KUNIT_EXPECT_FALSE(test, key_index_equal(&a, &b));
	two[INDEX_TEST_LONG - 1] = 0;
	key_index_init(&b, &index_test_type, NULL, two);
	b.hash = a.hash;
	KUNIT_EXPECT_FALSE(test, key_index_equal(&a, &b));
}

/*
 * User space may see effects of the hash, such as the order in which keys are
 * found, and must not learn addresses. So the hash is made from numbers, which
 * are counted.
 */
static void index_test_hash_tells_no_addresses(struct kunit *test)
{
	static struct key_type here = { .index_id = 7 };
	static struct key_tag tag_here = { .index_id = ATOMIC_INIT(9) };
	struct key_type *there = keys_kunit_zalloc(test, sizeof(*there));
	struct key_tag *tag_there = keys_kunit_zalloc(test, sizeof(*tag_there));
	struct key_index a, b;

	there->index_id = here.index_id;
	atomic_set(&tag_there->index_id, atomic_read(&tag_here.index_id));
	key_index_init(&a, &here, &tag_here, "x");
	key_index_init(&b, there, tag_there, "x");
	KUNIT_EXPECT_EQ(test, a.hash, b.hash);
	KUNIT_EXPECT_FALSE(test, key_index_equal(&a, &b));
	/* No kernel has so many types */
	KUNIT_EXPECT_LT(test, index_test_type.index_id, 4096);
	KUNIT_EXPECT_LT(test, index_test_other_type.index_id, 4096);
	KUNIT_EXPECT_NE(test, index_test_type.index_id,
			index_test_other_type.index_id);
	KUNIT_EXPECT_NE(test, index_test_type.index_id, 0);
}

static void index_test_init_looks_at_contents(struct kunit *test)
{
	char copy[] = "copied";
	struct key_index a, b;

	key_index_init(&a, &index_test_type, NULL, "copied");
	key_index_init(&b, &index_test_type, NULL, copy);
	KUNIT_EXPECT_EQ(test, a.hash, b.hash);
	KUNIT_EXPECT_TRUE(test, key_index_equal(&a, &b));
	copy[5] = 'D';
	KUNIT_EXPECT_FALSE(test, key_index_equal(&a, &b));
}

/*
 * A type with KEY_TYPE_NET_DOMAIN gets the domain of the caller's network
 * namespace. Other types get no domain.
 */
static void index_test_init_domain(struct kunit *test)
{
	static struct key_type index_test_net_type = {
		.name	= "index_test_net_type",
		.flags	= KEY_TYPE_NET_DOMAIN,
	};
	struct key_index a;

	key_index_init(&a, &index_test_type, NULL, "x");
	KUNIT_EXPECT_NULL(test, a.domain_tag);
	key_index_init(&a, &index_test_net_type, NULL, "x");
	KUNIT_EXPECT_PTR_EQ(test, a.domain_tag, current_domain());
}

static void index_test_hashes_spread(struct kunit *test)
{
	u8 *hits = keys_kunit_zalloc(test, 256);
	struct key_index index;
	int i, empty = 0;
	char desc[16];

	for (i = 0; i < 4096; i++) {
		snprintf(desc, sizeof(desc), "desc:%d", i);
		key_index_init(&index, &index_test_type, NULL, desc);
		hits[index.hash & 0xff] = 1;
	}
	for (i = 0; i < 256; i++)
		empty += !hits[i];
	/*
	 * 16 hits are expected per slot: a slot stays empty with a chance of
	 * 10^-7
	 */
	KUNIT_EXPECT_LE(test, empty, 1);
}

static struct kunit_case index_test_cases[] = {
	KUNIT_CASE(index_test_equal_by_all_parts),
	KUNIT_CASE(index_test_equal_despite_equal_hashes),
	KUNIT_CASE(index_test_long_names),
	KUNIT_CASE(index_test_hash_tells_no_addresses),
	KUNIT_CASE(index_test_init_looks_at_contents),
	KUNIT_CASE(index_test_init_domain),
	KUNIT_CASE(index_test_hashes_spread),
	{}
};

static struct kunit_suite index_test_suite = {
	.name		= "keys_index",
	.suite_init	= index_test_suite_init,
	.suite_exit	= index_test_suite_exit,
	.test_cases	= index_test_cases,
};

kunit_test_suite(index_test_suite);
