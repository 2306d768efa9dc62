// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tests of links: random operations are compared with a simple array.
 */
#include "keys_kunit.h"

#define LINK_TEST_RINGS	4
#define LINK_TEST_DESCS	24
/* With more in one bucket, the table assumes that its hash function is bad */
#define LINK_TEST_COLLIDING	8
#define LINK_TEST_STEPS	6000

KEYS_KUNIT_TYPE(link_test_type);
KEYS_KUNIT_REGISTER(link_test_type)

/**
 * struct link_test_model - model of which keyring links which key
 * @ring: keyrings
 * @key: two keys of each description, which displace each other
 * @linked: the key of a description that a keyring links, or NULL
 * @since: the step at which the key was linked
 * @descs: number of descriptions
 * @refs: references to each key while no keyring links the key
 * @rnd: random numbers
 */
struct link_test_model {
	struct key		*ring[LINK_TEST_RINGS];
	struct key		*key[LINK_TEST_DESCS][2];
	struct key		*linked[LINK_TEST_RINGS][LINK_TEST_DESCS];
	unsigned int		since[LINK_TEST_RINGS][LINK_TEST_DESCS];
	unsigned int		descs;
	unsigned int		refs;
	struct rnd_state	rnd;
};

/* Makes the model. If @colliding is set, all keys have the same hash. */
static struct link_test_model *link_test_model(struct kunit *test,
					       bool colliding)
{
	struct link_test_model *m = keys_kunit_zalloc(test, sizeof(*m));
	char desc[16];
	int i, j;

	keys_kunit_seed(&m->rnd);
	m->descs = colliding ? LINK_TEST_COLLIDING : LINK_TEST_DESCS;
	for (i = 0; i < LINK_TEST_RINGS; i++)
		m->ring[i] = keys_kunit_ring_of(test, "link_ring",
						KEYS_KUNIT_UID(100));
	for (i = 0; i < m->descs * 2; i++) {
		struct key **key = &m->key[i / 2][i % 2];

		j = i / 2;
		snprintf(desc, sizeof(desc), "key:%d", j);
		/*
		 * Some are keyrings, because keyrings are in a list of their
		 * own
		 */
		*key = j % 4 ? keys_kunit_key(test, &link_test_type, desc) :
			       keys_kunit_ring(test, desc);
		m->refs = keys_kunit_refs(*key);
		if (colliding)
			(*key)->index.hash = 0x12345678;
	}
	return m;
}

static void link_test_model_free(struct link_test_model *m)
{
	int i;

	for (i = 0; i < LINK_TEST_RINGS; i++)
		key_put(m->ring[i]);
	for (i = 0; i < m->descs * 2; i++)
		key_put(m->key[i / 2][i % 2]);
}

static struct key *link_test_found(struct keyring *ring, const struct key *key)
{
	struct key_link *link;

	guard(rcu)();
	link = link_find_rcu(ring, &key->index);
	return link ? link->key : NULL;
}

static void link_test_link(struct kunit *test, struct keyring *ring,
			   struct key *key)
{
	struct key *before = link_test_found(ring, key);
	struct key_link *link = link_reserve(ring, key);
	struct key_link *old;
	unsigned int seen;

	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, link);
	guard(rwsem_write)(&ring->key.sem);
	KUNIT_EXPECT_EQ(test, link_file(link), 0);
	/* A filed link must not be found before it is published */
	KUNIT_EXPECT_PTR_EQ(test, link_test_found(ring, key), before);
	scoped_guard(spinlock, &ring->lock) {
		guard(rcu)();
		old = link_find_rcu(ring, &key->index);
		seen = ring->displaced;
		if (old)
			__link_displace(link, old);
		else
			__link_publish(link);
		/*
		 * A changed counter makes readers repeat if they miss both
		 * links
		 */
		KUNIT_EXPECT_EQ(test, ring->displaced != seen, !!old);
		KUNIT_EXPECT_FALSE(test, link_is_detached(link));
		KUNIT_EXPECT_TRUE(test, !old || link_is_detached(old));
	}
	if (old)
		link_release(old);
}

/* Reserves a link, files it if @filed is set, and cancels it. */
static void link_test_cancel(struct kunit *test, struct keyring *ring,
			     struct key *key, bool filed)
{
	struct key_link *link = link_reserve(ring, key);

	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, link);
	if (filed) {
		guard(rwsem_write)(&ring->key.sem);
		KUNIT_EXPECT_EQ(test, link_file(link), 0);
		link_unfile(link);
	}
	link_cancel(link);
}

static void link_test_unlink(struct keyring *ring, const struct key *key)
{
	struct key_link *link;

	scoped_guard(spinlock, &ring->lock) {
		scoped_guard(rcu)
			link = link_find_rcu(ring, &key->index);
		if (link)
			__link_detach(link);
	}
	if (link)
		link_release(link);
}

static void link_test_step(struct kunit *test, struct link_test_model *m,
			   int step)
{
	u32 r = keys_kunit_below(&m->rnd, LINK_TEST_RINGS);
	u32 d = keys_kunit_below(&m->rnd, m->descs);
	struct keyring *ring = to_keyring(m->ring[r]);
	struct key *key = m->key[d][keys_kunit_below(&m->rnd, 2)];

	switch (keys_kunit_below(&m->rnd, 5)) {
	case 0:
	case 1:
		link_test_link(test, ring, key);
		m->linked[r][d] = key;
		m->since[r][d] = step;
		break;
	case 2:
		link_test_unlink(ring, key);
		m->linked[r][d] = NULL;
		break;
	default:
		link_test_cancel(test, ring, key, step & 1);
		break;
	}
	KUNIT_ASSERT_PTR_EQ(test, link_test_found(ring, key), m->linked[r][d]);
}

/* The links in each list of a keyring must be in the order of linking. */
static void link_test_check_order(struct kunit *test, struct link_test_model *m,
				  int r, const struct list_head *list)
{
	unsigned int last = 0;
	struct key_link *link;
	int d;

	list_for_each_entry(link, list, ring_node) {
		KUNIT_ASSERT_EQ(test, 0, kstrtoint(link->key->description + 4,
						   10, &d));
		KUNIT_EXPECT_PTR_EQ(test, link->key, m->linked[r][d]);
		KUNIT_EXPECT_GE(test, m->since[r][d], last);
		last = m->since[r][d];
	}
}

static unsigned int link_test_count(const struct list_head *list)
{
	struct list_head *node;
	unsigned int nr = 0;

	list_for_each(node, list)
		nr++;
	return nr;
}

static void link_test_check_ring(struct kunit *test, struct link_test_model *m,
				 int r)
{
	struct keyring *ring = to_keyring(m->ring[r]);
	unsigned int nr = 0;
	int d;

	for (d = 0; d < m->descs; d++) {
		KUNIT_EXPECT_PTR_EQ(test, link_test_found(ring, m->key[d][0]),
				    m->linked[r][d]);
		nr += !!m->linked[r][d];
	}
	KUNIT_EXPECT_EQ(test, ring->key.keys.nr_leaves_on_tree, nr);
	KUNIT_EXPECT_EQ(test, nr,
			link_test_count(&ring->rings) +
				link_test_count(&ring->leaves));
	KUNIT_EXPECT_EQ(test, ring->key.quotalen,
			ring->key.desc_len + 1 + nr * KEY_LINK_BYTES);
	link_test_check_order(test, m, r, &ring->rings);
	link_test_check_order(test, m, r, &ring->leaves);
}

static void link_test_check_key(struct kunit *test, struct link_test_model *m,
				struct key *key)
{
	unsigned int nr = 0, parents = 0;
	struct key_link *link;
	int r, d;

	for (r = 0; r < LINK_TEST_RINGS; r++)
		for (d = 0; d < m->descs; d++)
			nr += m->linked[r][d] == key;
	hlist_for_each_entry(link, &key->parents, key_node)
		parents++;
	KUNIT_EXPECT_EQ(test, parents, nr);
	KUNIT_EXPECT_EQ(test, keys_kunit_refs(key), m->refs + nr);
}

static void link_test_check(struct kunit *test, struct link_test_model *m)
{
	int i;

	for (i = 0; i < LINK_TEST_RINGS; i++)
		link_test_check_ring(test, m, i);
	for (i = 0; i < m->descs * 2; i++)
		link_test_check_key(test, m, m->key[i / 2][i % 2]);
}

static void link_test_compare(struct kunit *test, bool colliding)
{
	struct link_test_model *m = link_test_model(test, colliding);
	int step;

	for (step = 1; step <= LINK_TEST_STEPS; step++) {
		link_test_step(test, m, step);
		if (!(step % 500))
			link_test_check(test, m);
	}
	link_test_model_free(m);
}

static void link_test_like_the_model(struct kunit *test)
{
	link_test_compare(test, false);
}

static void link_test_like_the_model_with_colliding_hashes(struct kunit *test)
{
	link_test_compare(test, true);
}

/* The key is in more keyrings than one batch of LINK_BATCH links covers. */
static void link_test_unlink_all_from_many_rings(struct kunit *test)
{
	struct key *key = keys_kunit_key(test, &link_test_type, "popular");
	unsigned int nr = 3 * LINK_BATCH + 1, i;
	unsigned int refs = keys_kunit_refs(key);
	struct key **ring;

	ring = keys_kunit_zalloc(test, nr * sizeof(*ring));
	for (i = 0; i < nr; i++) {
		ring[i] = keys_kunit_ring(test, "r");
		link_test_link(test, to_keyring(ring[i]), key);
	}
	KUNIT_EXPECT_EQ(test, keys_kunit_refs(key), refs + nr);
	key_unlink_all(key);
	KUNIT_EXPECT_TRUE(test, hlist_empty(&key->parents));
	KUNIT_EXPECT_EQ(test, keys_kunit_refs(key), refs);
	for (i = 0; i < nr; i++) {
		KUNIT_EXPECT_NULL(test,
				  link_test_found(to_keyring(ring[i]), key));
		KUNIT_EXPECT_EQ(test, ring[i]->quotalen, 2);
		key_put(ring[i]);
	}
	key_put(key);
}

static void link_test_detach_some_empties_a_ring(struct kunit *test)
{
	struct key *ring = keys_kunit_ring(test, "big");
	unsigned int nr = 2 * LINK_BATCH + 1, calls = 0, i;
	struct key *key;
	char desc[16];

	for (i = 0; i < nr; i++) {
		snprintf(desc, sizeof(desc), "%u", i);
		key = keys_kunit_key(test, &link_test_type, desc);
		link_test_link(test, to_keyring(ring), key);
		key_put(key);
	}
	KUNIT_EXPECT_EQ(test, ring->keys.nr_leaves_on_tree, nr);
	while (link_detach_some(to_keyring(ring)))
		calls++;
	/*
	 * Each call detaches at most LINK_BATCH links, to limit how long locks
	 * are held
	 */
	KUNIT_EXPECT_GE(test, calls, nr / LINK_BATCH);
	KUNIT_EXPECT_EQ(test, ring->keys.nr_leaves_on_tree, 0);
	KUNIT_EXPECT_EQ(test, ring->quotalen, 4);
	key_put(ring);
}

static void link_test_reserve_over_quota(struct kunit *test)
{
	unsigned int bytes = key_quota_maxbytes;
	struct key *ring, *key;
	struct key_link *link;

	/* The limits of root would apply */
	keys_kunit_need_multiuser(test);
	ring = keys_kunit_ring_of(test, "poor", KEYS_KUNIT_UID(101));
	key = keys_kunit_key(test, &link_test_type, "dear");
	key_quota_maxbytes = ring->quotalen + KEY_LINK_BYTES - 1;
	link = link_reserve(to_keyring(ring), key);
	KUNIT_EXPECT_PTR_EQ(test, link, ERR_PTR(-EDQUOT));
	key_quota_maxbytes++;
	link = link_reserve(to_keyring(ring), key);
	key_quota_maxbytes = bytes;
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, link);
	KUNIT_EXPECT_EQ(test, ring->quotalen, 5 + KEY_LINK_BYTES);
	link_cancel(link);
	KUNIT_EXPECT_EQ(test, ring->quotalen, 5);
	key_put(key);
	key_put(ring);
}

static struct kunit_case link_test_cases[] = {
	KUNIT_CASE(link_test_like_the_model),
	KUNIT_CASE(link_test_like_the_model_with_colliding_hashes),
	KUNIT_CASE(link_test_unlink_all_from_many_rings),
	KUNIT_CASE(link_test_detach_some_empties_a_ring),
	KUNIT_CASE(link_test_reserve_over_quota),
	{}
};

static struct kunit_suite link_test_suite = {
	.name		= "keys_link",
	.suite_init	= link_test_type_register,
	.suite_exit	= link_test_type_unregister,
	.test_cases	= link_test_cases,
};

kunit_test_suite(link_test_suite);
