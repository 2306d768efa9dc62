/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Helpers for the tests that free very many keys: bystander threads, which
 * measure how long they have to wait meanwhile, and a check that the account is
 * charged correctly afterwards.
 */
#ifndef KEYS_REAPER_H
#define KEYS_REAPER_H

#include "keys_common.h"

/* Number of keys that are freed at once. */
#define MANY 100000
/* The same for tests of one way to free the keys. */
#define SOME 30000
/* Time limit for freeing, for a debugging kernel on an emulated machine. */
#define END_MS 200000
/* Longest time that a bystander may wait there. */
#define WAIT_MS 6000

#define BYSTANDERS_MAX 8

/* A thread that uses its own keys on one processor, and its longest wait. */
struct bystander {
	pthread_t thread;
	long ring;
	int cpu, stop;
	uint64_t last, worst;
	long bad;
};

struct bystanders {
	struct bystander b[BYSTANDERS_MAX];
	int n;
};

static inline void bystander_beat(struct bystander *b)
{
	uint64_t now = now_ms();

	if (b->last && now - b->last > b->worst)
		b->worst = now - b->last;
	b->last = now;
}

static inline void *bystander_main(void *arg)
{
	struct bystander *b = arg;

	use_cpu(b->cpu);
	while (!__atomic_load_n(&b->stop, __ATOMIC_ACQUIRE)) {
		long id = add_user("beat", "x", b->ring);

		if (id < 0 || kc_unlink(id, b->ring))
			b->bad = id < 0 ? id : -EPROTO;
		bystander_beat(b);
		sleep_ms(10);
	}
	return NULL;
}

/* Starts a bystander on each processor; @ring is a keyring of the caller. */
static inline bool bystanders_start(struct bystanders *all, long ring)
{
	char desc[16];

	memset(all, 0, sizeof(*all));
	while (all->n < sysconf(_SC_NPROCESSORS_ONLN) && all->n < BYSTANDERS_MAX) {
		struct bystander *b = &all->b[all->n];

		snprintf(desc, sizeof(desc), "bystander %d", all->n);
		b->cpu = all->n;
		b->ring = add_ring(desc, ring);
		if (b->ring < 0 ||
		    pthread_create(&b->thread, NULL, bystander_main, b))
			return false;
		all->n++;
	}
	return true;
}

/* Returns the longest wait of a bystander in ms, or negative error. */
static inline long bystanders_stop(struct bystanders *all)
{
	long worst = 0;

	for (int i = 0; i < all->n; i++) {
		struct bystander *b = &all->b[i];

		__atomic_store_n(&b->stop, 1, __ATOMIC_RELEASE);
		pthread_join(b->thread, NULL);
		bystander_beat(b);
		if (b->bad)
			return b->bad;
		if ((long)b->worst > worst)
			worst = b->worst;
	}
	return worst;
}

/* Has the account no more keys than before? */
static inline bool nothing_left(const struct key_user *was)
{
	struct key_user u;

	proc_user(was->uid, &u);
	return u.nkeys <= was->nkeys && u.qnkeys <= was->qnkeys;
}

#endif /* KEYS_REAPER_H */
