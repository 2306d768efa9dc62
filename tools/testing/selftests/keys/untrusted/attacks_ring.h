/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Attacks with links: wide and deep keyrings, searches, notifications.
 */
#ifndef ATTACKS_RING_H
#define ATTACKS_RING_H

#include "attacks_key.h"

/* A keyring with many links is dropped with all of them. */
static void prepare_rings_and_keys(void)
{
	prepare_keys(100, RING_S);
}

static bool rings(int worker, unsigned int i)
{
	long ring = add_ring(name_of("ring", worker, 0), RING_S);

	if (ring < 0)
		return false;
	for (int n = 0; n < 100; n++)
		if (kc_link(sh->ids[n], ring))
			return false;
	return kc_unlink(ring, RING_S) == 0;
}

/* All keys of the quota are in one keyring, and end with one call. */
static bool wide(int worker, unsigned int i)
{
	for (int n = 0; n < MANY_KEYS; n++)
		if (add_user(name_of("k", worker, n), "x", sh->ring[worker]) < 0)
			return false;
	return kc_clear(sh->ring[worker]) == 0;
}

/* One key has as many links as the quota allows, and ends with one call. */
static void prepare_links(void)
{
	for (int i = 0; i < MANY_KEYS; i++)
		sh->ids[i] = need("a keyring", add_ring(name_of("ring", 0, i), RING_S));
}

static bool links(int worker, unsigned int i)
{
	long key = add_user(name_of("k", worker, 0), "x", RING_S);

	if (key < 0)
		return false;
	for (int n = 0; n < MANY_KEYS; n++)
		if (kc_link(key, sh->ids[n]))
			return false;
	return kc_invalidate(key) == 0;
}

/* As many links as the quota allows, which are kept. */
static void prepare_hoard(void)
{
	for (int i = 0; i < 60; i++)
		sh->ids[i] = need("a key", add_user(name_of("", 0, i), "x", RING_S));
	for (int i = 60; i < MANY_KEYS; i++)
		sh->ids[i] = need("a keyring", add_ring(name_of("", 1, i), RING_S));
}

static bool hoard_links(int worker, unsigned int i)
{
	long ret = kc_link(sh->ids[i % 60], sh->ids[60 + i / 60 % (MANY_KEYS - 60)]);

	if (ret == -EDQUOT)
		sleep_ms(10);
	return ret == 0 || ret == -EDQUOT;
}

static bool move(int worker, unsigned int i)
{
	int from = worker % 2;

	/* Another worker moves the same keys back */
	kc_move(sh->ids[i % MANY_KEYS], sh->ring[from], sh->ring[!from], 0);
	return true;
}

static void prepare_move(void)
{
	prepare_rings();
	prepare_keys(MANY_KEYS, sh->ring[0]);
}

/* ---- trees ------------------------------------------------------------ */

#define TREE_LEVELS	6
#define TREE_WIDTH	5
#define TREE_LEAVES	100

/*
 * Each keyring of a level links all keyrings of the next level. So there are
 * TREE_WIDTH to the power of TREE_LEVELS ways through the tree. Those of the
 * last level link @leaves keys each.
 */
static void prepare_tree(int leaves)
{
	long level[TREE_LEVELS + 1][TREE_WIDTH];

	prepare_rings();
	sh->top = need("a keyring", add_ring("top", RING_S));
	prepare_keys(leaves, RING_S);
	for (int l = TREE_LEVELS; l > 0; l--)
		for (int w = 0; w < TREE_WIDTH; w++) {
			level[l][w] = need("a keyring", add_ring(name_of("tree", l, w),
								 l == 1 ? sh->top : RING_S));
			for (int n = 0; l < TREE_LEVELS && n < TREE_WIDTH; n++)
				need("a link", kc_link(level[l + 1][n], level[l][w]));
			for (int n = 0; l == TREE_LEVELS && n < leaves; n++)
				need("a link", kc_link(sh->ids[n], level[l][w]));
		}
	sh->below = level[1][0];
	/* The lower levels are to be in the tree only */
	for (int l = 2; l <= TREE_LEVELS; l++)
		for (int w = 0; w < TREE_WIDTH; w++)
			need("an unlink", kc_unlink(level[l][w], RING_S));
}

static void prepare_small_tree(void)
{
	prepare_tree(0);
}

static void prepare_large_tree(void)
{
	prepare_tree(TREE_LEAVES);
}

static bool search(int worker, unsigned int i)
{
	return kc_search(sh->top, "user", "nothing", 0) == -ENOKEY &&
	       sys_request_key("user", "nothing", NULL, 0) == -ENOKEY;
}

/* A key of this type is looked for by its id, and so each key is compared. */
static bool iterate(int worker, unsigned int i)
{
	return kc_search(sh->top, "asymmetric", "id:0123456789abcdef", 0) == -ENOKEY;
}

/* Whether a link closes a cycle is found out by a walk through the tree. */
static bool nest(int worker, unsigned int i)
{
	long ret = kc_link(sh->below, sh->ring[worker]);

	if (ret == 0)
		ret = kc_unlink(sh->below, sh->ring[worker]);
	return ret == 0 || ret == -ELOOP;
}

/*
 * The key of the victim is linked into keyrings that are linked many times
 * each, and that the victim may not search.
 */
static void prepare_climb(void)
{
	for (int i = 0; i < 28; i++) {
		sh->ids[i] = need("a keyring", add_ring(name_of("a", 0, i), RING_S));
		need("a link to the victim's key", kc_link(sh->victim_key, sh->ids[i]));
	}
	for (int i = 28; i < MANY_KEYS; i++) {
		sh->ids[i] = need("a keyring", add_ring(name_of("b", 0, i), RING_S));
		for (int n = 0; n < 28; n++)
			need("a link", kc_link(sh->ids[n], sh->ids[i]));
	}
}

/* The attacker looks at the key, too. */
static bool climb(int worker, unsigned int i)
{
	char buf[256];

	return kc_describe(sh->victim_key, buf, sizeof(buf)) > 0;
}

/* ---- notifications ------------------------------------------------------ */

#define WATCHES		32

/* Many pipes are told of each change of a keyring, and nobody reads them. */
static void prepare_watch(void)
{
	int fd[2];

	prepare_many();
	for (int i = 0; i < WATCHES; i++) {
		if (!watch_pipe(fd, 256))
			broken("a pipe for notifications", -errno);
		need("a watch", kc_watch(sh->ring[0], fd[0], i));
	}
}

static bool watch(int worker, unsigned int i)
{
	long id = sh->ids[i % MANY_KEYS];

	return kc_link(id, sh->ring[0]) == 0 && kc_unlink(id, sh->ring[0]) == 0;
}

static const char *needs_watches(void)
{
	return has_capability(1, KEYCTL_CAPS1_NOTIFICATIONS) ? NULL : "no KEYCTL_WATCH_KEY";
}

#endif /* ATTACKS_RING_H */
