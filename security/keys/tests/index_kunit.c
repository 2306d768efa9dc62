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
