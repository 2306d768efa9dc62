// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tests that a keyring links exactly the keys that were added: with many links,
 * with names that differ in late characters or are similar, and with the
 * numbers of links that once caused CVEs.
 */

FIXTURE(index) {
	long ring, gc_delay;
};

FIXTURE_SETUP(index)
{
	REQUIRE_ROOT();
	SETUP_AS(true);
	self->gc_delay = sysctl_get("gc_delay");
	self->ring = add_ring("sandbox", RING_S);
	ASSERT_LT(0, self->ring);
}

FIXTURE_TEARDOWN(index)
{
	sysctl_set("gc_delay", self->gc_delay);
}

/* One keyring links 17 keyrings, the last of which links keys. */
TEST_F(index, seventeen_keyrings)
{
	long id[17];
	char desc[16];

	for (int i = 0; i < 17; i++) {
		snprintf(desc, sizeof(desc), "ring%d", i);
		id[i] = add_ring(desc, self->ring);
		ASSERT_LT(0, id[i]);
	}
	for (int i = 0; i < 17; i++) {
		snprintf(desc, sizeof(desc), "key%d", i);
		ASSERT_LT(0, add_user(desc, "x", id[16]));
	}
	for (int i = 0; i < 17; i++) {
		snprintf(desc, sizeof(desc), "ring%d", i);
		EXPECT_EQ(id[i], kc_search(self->ring, "keyring", desc, 0));
		snprintf(desc, sizeof(desc), "key%d", i);
		EXPECT_LT(0, kc_search(self->ring, "user", desc, 0));
	}
	EXPECT_EQ(17, ring_count(self->ring));
}

/* Of 18 keyrings the last expires and is collected. */
TEST_F(index, cve_2014_3631)
{
	long id = 0;
	char desc[16];

	ASSERT_EQ(0, sysctl_set("gc_delay", 1));
	for (int i = 0; i < 18; i++) {
		snprintf(desc, sizeof(desc), "ring%d", i);
		id = add_ring(desc, self->ring);
		ASSERT_LT(0, id);
	}
	ASSERT_EQ(0, kc_set_timeout(id, 1));
	EXPECT_TRUE(wait_until(ring_count(self->ring) == 17, LATER_MS));
	EXPECT_EQ(-ENOKEY, kc_search(self->ring, "keyring", "ring17", 0));
	EXPECT_LT(0, kc_search(self->ring, "keyring", "ring16", 0));
}

/*
 * 16 keyrings fill a node of the stock kernel's tree; the user key splits it.
 */
TEST_F(index, cve_2017_12193)
{
	char desc[16];

	ASSERT_LT(0, kc_join(NULL));
	for (int i = 0; i < 16; i++) {
		snprintf(desc, sizeof(desc), "ring%d", i);
		ASSERT_LT(0, add_ring(desc, RING_S));
	}
	ASSERT_LT(0, add_user("user", "x", RING_S));
	EXPECT_EQ(17, ring_count(RING_S));
	EXPECT_LT(0, kc_search(RING_S, "user", "user", 0));
}

/* ---- a model: an array of what must be there ------------------------ */

#define NAME_MAX_LEN	300

struct model {
	int n;
	char (*name)[NAME_MAX_LEN];
	long *id;	/* 0: not in the keyring */
	const char *(*type)(int i);
};

static const char *always_user(int i)
{
	return "user";
}

static const char *mixed_types(int i)
{
	static const char * const types[] = { "user", "keyring", "logon" };

	return types[i % 3];
}

static bool model_add(struct model *m, long ring, int i)
{
	const char *type = m->type(i);
	bool is_ring = !strcmp(type, "keyring");

	m->id[i] = sys_add_key(type, m->name[i], is_ring ? NULL : "x", !is_ring, ring);
	return m->id[i] > 0;
}

/* Each key of the model is found with its id, and no other key is linked. */
static void model_compare(struct __test_metadata *_metadata, struct model *m, long ring)
{
	int present = 0, wrong = 0;

	for (int i = 0; i < m->n; i++) {
		long want = m->id[i] ? m->id[i] : -ENOKEY;

		present += !!m->id[i];
		wrong += kc_search(ring, m->type(i), m->name[i], 0) != want;
	}
	EXPECT_EQ(0, wrong);
	EXPECT_EQ(present, ring_count(ring));
}

static void model_run(struct __test_metadata *_metadata, struct model *m, long ring)
{
	for (int i = 0; i < m->n; i++)
		ASSERT_TRUE(model_add(m, ring, i));
	model_compare(_metadata, m, ring);
	for (int i = 0; i < m->n; i += 2) {
		EXPECT_EQ(0, kc_unlink(m->id[i], ring));
		m->id[i] = 0;
	}
	model_compare(_metadata, m, ring);
	for (int i = 0; i < m->n; i += 4)
		ASSERT_TRUE(model_add(m, ring, i));
	model_compare(_metadata, m, ring);
	for (int i = 0; i < m->n; i++)
		if (m->id[i])
			EXPECT_EQ(0, kc_unlink(m->id[i], ring));
	EXPECT_EQ(0, ring_count(ring));
}

static void model_init(struct __test_metadata *_metadata, struct model *m, int n)
{
	m->n = n;
	m->name = calloc(n, sizeof(*m->name));
	m->id = calloc(n, sizeof(*m->id));
	m->type = always_user;
	ASSERT_NE(NULL, m->name);
	ASSERT_NE(NULL, m->id);
}

TEST_F(index, many)
{
	struct model m;

	model_init(_metadata, &m, 1500);
	for (int i = 0; i < m.n; i++)
		snprintf(m.name[i], NAME_MAX_LEN, "%d", i);
	model_run(_metadata, &m, self->ring);
}

/* Keyrings and two other types, with three types for each name. */
TEST_F(index, mixed_types_of_one_name)
{
	struct model m;

	model_init(_metadata, &m, 300);
	m.type = mixed_types;
	for (int i = 0; i < m.n; i++)
		snprintf(m.name[i], NAME_MAX_LEN, "same:%d", i / 3);
	model_run(_metadata, &m, self->ring);
}

/* Long names differ in one character, which is at each position once. */
TEST_F(index, cve_2026_74567)
{
	struct model m;

	model_init(_metadata, &m, NAME_MAX_LEN - 1);
	for (int i = 0; i < m.n; i++) {
		memset(m.name[i], 'a', NAME_MAX_LEN - 1);
		m.name[i][i] = 'b';
	}
	model_run(_metadata, &m, self->ring);
}

/* Each name is a prefix of the next one. */
TEST_F(index, prefixes)
{
	struct model m;

	model_init(_metadata, &m, NAME_MAX_LEN - 1);
	for (int i = 0; i < m.n; i++)
		memset(m.name[i], 'a', i + 1);
	model_run(_metadata, &m, self->ring);
}

/* Names of one length have the same bits in different bytes. */
TEST_F(index, bits_of_bytes)
{
	struct model m;

	model_init(_metadata, &m, 24 * 8);
	for (int i = 0; i < m.n; i++) {
		memset(m.name[i], 0x40, 24);
		m.name[i][i / 8] ^= 1 << i % 8;
		if (i % 8 == 6)
			m.name[i][i / 8] = 0x7f;
	}
	model_run(_metadata, &m, self->ring);
}
