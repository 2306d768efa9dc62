// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tests that displacing a key, linking it once more and moving it are atomic
 * for other threads: a search finds the description, and the key is possessed,
 * at any time. One thread changes the keyrings while another one looks. Each
 * runs on its own processor.
 */

#define DUEL_MS		3000
/* With fewer looks a run proves nothing; a slow machine gets more time. */
#define LOOKS_MIN	100
#define DUEL_MS_MAX	60000

struct duel {
	bool stop;
	long top, a, b, k, k2;
	long looks, changes;
	long missed;		/* looks that found nothing */
	long answer;		/* the last of these results */
	long unchanged;		/* changes that failed */
};

typedef void duel_fn(struct duel *d);

struct duellist {
	duel_fn *fn;
	struct duel *d;
	int cpu;
	pthread_t thread;
};

static void *duellist_main(void *arg)
{
	struct duellist *me = arg;

	use_cpu(me->cpu);
	while (!__atomic_load_n(&me->d->stop, __ATOMIC_ACQUIRE))
		me->fn(me->d);
	return NULL;
}

static bool looked_enough(const struct duel *d)
{
	return __atomic_load_n(&d->looks, __ATOMIC_RELAXED) >= LOOKS_MIN &&
	       __atomic_load_n(&d->changes, __ATOMIC_RELAXED) >= LOOKS_MIN;
}

static void duel(struct __test_metadata *_metadata, struct duel *d,
		 duel_fn *change, duel_fn *look)
{
	struct duellist two[] = { { change, d, 0 }, { look, d, 1 } };

	for (int i = 0; i < 2; i++)
		ASSERT_EQ(0, pthread_create(&two[i].thread, NULL, duellist_main, &two[i]));
	for (int ms = 0; ms < DUEL_MS || (ms < DUEL_MS_MAX && !looked_enough(d)); ms += 100)
		sleep_ms(100);
	__atomic_store_n(&d->stop, true, __ATOMIC_RELEASE);
	for (int i = 0; i < 2; i++)
		pthread_join(two[i].thread, NULL);
	EXPECT_EQ(0, d->unchanged);
	EXPECT_EQ(0, d->missed) {
		TH_LOG("of %ld looks, during %ld changes; the last said %ld", d->looks,
		       d->changes, d->answer);
	}
	EXPECT_LE(LOOKS_MIN, d->looks);
	EXPECT_LE(LOOKS_MIN, d->changes);
}

static void looked(struct duel *d, long ret)
{
	d->looks++;
	if (ret > 0)
		return;
	d->missed++;
	d->answer = ret;
}

static void changed(struct duel *d, long ret)
{
	d->changes++;
	d->unchanged += ret < 0;
}

FIXTURE(displace) {
	struct duel d;
};

/* @s: top; top: a, b; two keys named "x", which other keyrings link too. */
FIXTURE_SETUP(displace)
{
	struct duel *d = &self->d;
	long kept;

	REQUIRE_ROOT();
	SETUP_AS(true);
	d->top = add_ring("top", RING_S);
	d->a = add_ring("a", d->top);
	d->b = add_ring("b", d->top);
	ASSERT_EQ(0, kc_setperm(d->a, KEY_POS_ALL | KEY_USR_ALL));
	ASSERT_EQ(0, kc_setperm(d->b, KEY_POS_ALL | KEY_USR_ALL));
	/*
	 * "kept" must not be below @s, because searches of @s would find its
	 * key.
	 */
	kept = add_ring("kept", RING_S);
	d->k = add_user("x", "1", kept);
	ASSERT_LT(0, kc_get_keyring_id(RING_T, 1));
	d->k2 = add_user("x", "2", RING_T);
	ASSERT_LT(0, d->k);
	ASSERT_LT(0, d->k2);
	ASSERT_EQ(0, kc_setperm(d->k, KEY_POS_ALL | KEY_USR_ALL));
	ASSERT_EQ(0, kc_setperm(d->k2, KEY_POS_ALL | KEY_USR_ALL));
	ASSERT_EQ(0, kc_move(kept, RING_S, RING_U, 0));
}

FIXTURE_TEARDOWN(displace)
{
	kc_unlink(self->d.k2, RING_T);
	kc_clear(RING_U);
}

/* ---- one displaces the other ------------------------------------------ */

static void add_again(struct duel *d)
{
	changed(d, add_ring("x", d->a));
}

static void search_ring_in_a(struct duel *d)
{
	looked(d, kc_search(d->a, "keyring", "x", 0));
}

TEST_F(displace, add_key_against_search)
{
	ASSERT_LT(0, add_ring("x", self->d.a));
	duel(_metadata, &self->d, add_again, search_ring_in_a);
}

static void search_ring_in_top(struct duel *d)
{
	looked(d, kc_search(d->top, "keyring", "x", 0));
}

TEST_F(displace, add_key_against_search_from_above)
{
	ASSERT_LT(0, add_ring("x", self->d.a));
	duel(_metadata, &self->d, add_again, search_ring_in_top);
}

static void link_either(struct duel *d)
{
	changed(d, kc_link(d->k, d->a));
	changed(d, kc_link(d->k2, d->a));
}

static void search_user_in_a(struct duel *d)
{
	looked(d, kc_search(d->a, "user", "x", 0));
}

TEST_F(displace, link_against_search)
{
	ASSERT_EQ(0, kc_link(self->d.k, self->d.a));
	duel(_metadata, &self->d, link_either, search_user_in_a);
}

static void request_user(struct duel *d)
{
	looked(d, sys_request_key("user", "x", NULL, 0));
}

TEST_F(displace, link_against_request)
{
	struct duel *d = &self->d;

	/* Now the key is found below @s only. */
	ASSERT_EQ(0, kc_link(d->k2, d->b));
	ASSERT_EQ(0, kc_unlink(d->k2, RING_T));
	ASSERT_EQ(0, kc_move(d->b, d->top, RING_U, 0));
	ASSERT_EQ(0, kc_link(d->k, d->a));
	duel(_metadata, d, link_either, request_user);
}

/*
 * Displace the key, then revoke the displaced key. A search at the same time
 * must return the new key, and not -EKEYREVOKED because of the old one.
 */
static void displace_and_revoke(struct duel *d)
{
	long old = d->k;

	/* The keyrings b and top take turns in keeping the latest key. */
	d->k = add_user("x", "3", d->k2);
	changed(d, kc_link(d->k, d->a));
	changed(d, kc_revoke(old));
	d->k2 = d->k2 == d->b ? d->top : d->b;
}

TEST_F(displace, displaced_key_is_revoked)
{
	struct duel *d = &self->d;

	ASSERT_EQ(0, kc_link(d->k, d->a));
	d->k2 = d->b;
	duel(_metadata, d, displace_and_revoke, search_user_in_a);
}

static void displace_and_drop(struct duel *d)
{
	d->k = add_user("x", "3", d->b);
	changed(d, kc_link(d->k, d->a));
	changed(d, kc_unlink(d->k, d->b));
}

TEST_F(displace, displaced_key_is_gone)
{
	struct duel *d = &self->d;

	ASSERT_EQ(0, kc_link(d->k, d->a));
	duel(_metadata, d, displace_and_drop, search_user_in_a);
}

/* ---- the key is linked already ---------------------------------------- */

static void link_again(struct duel *d)
{
	changed(d, kc_link(d->k, d->a));
}

TEST_F(displace, link_again_against_search)
{
	ASSERT_EQ(0, kc_link(self->d.k, self->d.a));
	duel(_metadata, &self->d, link_again, search_user_in_a);
}

static void read_key(struct duel *d)
{
	char c;

	looked(d, kc_read(d->k, &c, 1));
}

/* Only possessors may read the key, which is now found below @s only. */
static void only_below_top(struct __test_metadata *_metadata, struct duel *d, long key)
{
	ASSERT_EQ(0, kc_link(key, d->a));
	ASSERT_EQ(0, kc_clear(RING_U));
	ASSERT_EQ(0, kc_setperm(d->k, KEY_POS_ALL));
}

TEST_F(displace, link_again_against_possession)
{
	only_below_top(_metadata, &self->d, self->d.k);
	duel(_metadata, &self->d, link_again, read_key);
}

/* ---- moved ------------------------------------------------------------- */

static void move_to_b_and_back(struct duel *d)
{
	changed(d, kc_move(d->k, d->a, d->b, 0));
	changed(d, kc_move(d->k, d->b, d->a, 0));
}

static void search_user_in_top(struct duel *d)
{
	looked(d, kc_search(d->top, "user", "x", 0));
}

TEST_F(displace, move_against_search)
{
	ASSERT_EQ(0, kc_link(self->d.k, self->d.a));
	duel(_metadata, &self->d, move_to_b_and_back, search_user_in_top);
}

/* Move the key where it is linked already: only one link is left. */
static void link_and_move(struct duel *d)
{
	kc_link(d->k, d->b);
	changed(d, kc_move(d->k, d->a, d->b, 0));
	kc_link(d->k, d->a);
	changed(d, kc_move(d->k, d->b, d->a, 0));
}

TEST_F(displace, move_onto_a_link_against_search)
{
	ASSERT_EQ(0, kc_link(self->d.k, self->d.a));
	duel(_metadata, &self->d, link_and_move, search_user_in_top);
}

TEST_F(displace, move_against_request)
{
	ASSERT_EQ(0, kc_unlink(self->d.k2, RING_T));
	ASSERT_EQ(0, kc_link(self->d.k, self->d.a));
	duel(_metadata, &self->d, move_to_b_and_back, request_user);
}

TEST_F(displace, move_against_possession)
{
	only_below_top(_metadata, &self->d, self->d.k);
	duel(_metadata, &self->d, move_to_b_and_back, read_key);
}

/* Move between two roots of a request: both are searched, one links the key. */
TEST_F(displace, move_between_roots_against_request)
{
	struct duel *d = &self->d;

	ASSERT_LT(0, kc_get_keyring_id(RING_P, 1));
	ASSERT_EQ(0, kc_unlink(d->k2, RING_T));
	d->a = kc_get_keyring_id(RING_P, 1);
	d->b = kc_get_keyring_id(RING_S, 0);
	ASSERT_EQ(0, kc_link(d->k, d->a));
	duel(_metadata, d, move_to_b_and_back, request_user);
	kc_unlink(d->k, d->a);
}

/* Move a keyring that links the key. */
static void move_ring_and_back(struct duel *d)
{
	changed(d, kc_move(d->k2, d->a, d->b, 0));
	changed(d, kc_move(d->k2, d->b, d->a, 0));
}

static void put_below(struct __test_metadata *_metadata, struct duel *d)
{
	long ring = add_ring("moved", d->a);

	ASSERT_LT(0, ring);
	ASSERT_EQ(0, kc_link(d->k, ring));
	ASSERT_EQ(0, kc_unlink(d->k2, RING_T));
	ASSERT_EQ(0, kc_clear(RING_U));
	ASSERT_EQ(0, kc_setperm(d->k, KEY_POS_ALL));
	d->k2 = ring;
}

TEST_F(displace, move_of_a_keyring_against_search)
{
	put_below(_metadata, &self->d);
	duel(_metadata, &self->d, move_ring_and_back, search_user_in_top);
}

TEST_F(displace, move_of_a_keyring_against_possession)
{
	put_below(_metadata, &self->d);
	duel(_metadata, &self->d, move_ring_and_back, read_key);
}
