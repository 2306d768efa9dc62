/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The victim: another user, who makes a few calls each millisecond. How long
 * each of them takes is kept in memory that the monitor shares, so that a call
 * that does not return is seen, too.
 */
#ifndef VICTIM_H
#define VICTIM_H

#include "untrusted.h"

#define VICTIM_SESSION	"untrusted-victim"

/* TIMED(call): keeps how long the call took, and counts it if it has failed. */
#define TIMED(call) ({							\
	long __ret;							\
									\
	timed_begin();							\
	__ret = (call);							\
	timed_end(__ret);						\
	__ret;								\
})

static void timed_begin(void)
{
	__atomic_store_n(&sh->victim_since, now_ns(), __ATOMIC_RELAXED);
}

static void timed_end(long ret)
{
	uint64_t took = now_ns() - sh->victim_since;

	__atomic_store_n(&sh->victim_since, 0, __ATOMIC_RELAXED);
	if (ret < 0)
		sh->victim_refused++;
	if (sh->samples < SAMPLES_MAX) {
		sh->sample[sh->samples] = took < UINT32_MAX ? took : UINT32_MAX;
		__atomic_store_n(&sh->samples, sh->samples + 1, __ATOMIC_RELEASE);
	}
}

/* What the user of another session does: make, find, use and drop keys. */
static void victim_round(long rings[2])
{
	char buf[256];
	long key;

	TIMED(kc_join(VICTIM_SESSION));
	key = TIMED(add_user("victim", "secret", RING_S));
	TIMED(sys_request_key("user", "victim", NULL, 0));
	TIMED(kc_read(key, buf, sizeof(buf)));
	TIMED(kc_search(RING_S, "user", "victim", 0));
	TIMED(kc_describe(sh->victim_key, buf, sizeof(buf)));
	TIMED(kc_link(rings[0], rings[1]));
	TIMED(kc_unlink(rings[0], rings[1]));
	TIMED(kc_unlink(key, RING_S));
}

static void victim_run(uid_t uid)
{
	long rings[2];

	need("the victim's uid", drop_to(uid, uid));
	need("the victim's session", kc_join(VICTIM_SESSION));
	/* So that a join by name finds the keyring */
	need("its permissions", kc_setperm(RING_S, KEY_POS_ALL | KEY_USR_ALL));
	rings[0] = need("a keyring of the victim", add_ring("r0", RING_S));
	rings[1] = need("a keyring of the victim", add_ring("r1", RING_S));
	sh->victim_ring = rings[0];
	sh->victim_key = need("the key of the victim", add_user("shared", "x", RING_S));
	need("its permissions", kc_setperm(sh->victim_key, KEY_POS_ALL | KEY_USR_ALL |
					   KEY_OTH(KEY_VIEW | KEY_SEARCH | KEY_LINK)));
	for (unsigned int i = 0; !shared_get(&sh->victim_done); i++) {
		victim_round(rings);
		sleep_ms(1);
	}
	_exit(0);
}

static int compare_samples(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return x < y ? -1 : x > y;
}

/*
 * Sets the median and the longest time of the victim's calls, in us. The victim
 * makes no further call, but may still be in its last one.
 */
static void victim_times(uint64_t *median, uint64_t *worst)
{
	uint64_t since = __atomic_load_n(&sh->victim_since, __ATOMIC_RELAXED);
	unsigned int n = __atomic_load_n(&sh->samples, __ATOMIC_ACQUIRE);
	uint64_t waits = since ? (now_ns() - since) / 1000 : 0;

	qsort(sh->sample, n, sizeof(sh->sample[0]), compare_samples);
	*median = n ? sh->sample[n / 2] / 1000 : waits;
	*worst = n ? sh->sample[n - 1] / 1000 : 0;
	if (waits > *worst)
		*worst = waits;
}

#endif /* VICTIM_H */
