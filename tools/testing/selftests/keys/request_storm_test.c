// SPDX-License-Identifier: GPL-2.0-only
/*
 * Requests for a few descriptions, by two processes that share a session,
 * against processes that revoke, invalidate and clear what they get.  Nothing
 * may hang, and nothing may be left over.
 */
#include "keys_upcall.h"

#include <ctype.h>

#define STORM_MS 8000
#define DESCRIPTIONS 100
#define REQUESTERS 2
/* Fewer keys than this are left when what can be collected is. */
#define MANY 400

/* Every third description is negative, one in ten is not answered. */
static void do_answer(void)
{
	char buf[128], *number;
	long n;

	kc_assume_authority(up->key);
	if (kc_describe(up->key, buf, sizeof(buf)) < 0)
		return;
	number = strrchr(buf, ';') + 2;
	n = isdigit((unsigned char)*number) ? atol(number) : 0;
	if (n % 10 == 9)
		return;
	if (n % 3 == 0)
		kc_negate(up->key, 1, 0);
	else
		kc_instantiate(up->key, "payload", 7, 0);
}

static const struct verb verbs[] = {
	COMMON_VERBS,
	{ "answer", do_answer },
	{ }
};

static bool allowed(long answer)
{
	return answer > 0 || answer == -ENOKEY || answer == -EKEYREVOKED ||
	       answer == -EKEYEXPIRED;
}

static void request_many(struct __test_metadata *_metadata, unsigned int seed)
{
	uint64_t end = now_ms() + STORM_MS;
	char desc[16];
	long answer;

	srand(seed);
	while (now_ms() < end && !_metadata->exit_code) {
		snprintf(desc, sizeof(desc), "k%d", rand() % DESCRIPTIONS);
		answer = sys_request_key("user", desc, "callout", RING_S);
		EXPECT_TRUE(allowed(answer)) {
			TH_LOG("%s: %ld", desc, answer);
		}
	}
}

/* One of the links of the session, or 0. */
static long some_key(void)
{
	static key_serial_t list[DESCRIPTIONS * 2];
	long n = kc_read(RING_S, list, sizeof(list)) / (long)sizeof(*list);

	return n > 0 && n <= (long)ARRAY_SIZE(list) ? list[rand() % n] : 0;
}

static void disturb(int *stop)
{
	srand(99);
	for (int i = 0; !shared_get(stop); i++) {
		sleep_ms(20);
		switch (i % 16) {
		case 0:
			kc_clear(RING_S);
			break;
		case 1 ... 6:
			kc_invalidate(some_key());
			break;
		case 7 ... 10:
			kc_unlink(some_key(), RING_S);
			break;
		default:
			kc_revoke(some_key());
			break;
		}
	}
}

static void storm(struct __test_metadata *_metadata, uid_t uid)
{
	int *stop = shared_alloc(sizeof(*stop));
	pid_t pids[REQUESTERS + 1];

	CHILD_AS(uid) {
		EXPECT_LT(0, kc_get_keyring_id(RING_T, 1));
		pids[REQUESTERS] = START_CHILD();
		if (pids[REQUESTERS] == 0) {
			disturb(stop);
			END_CHILD();
		}
		for (int i = 0; i < REQUESTERS; i++) {
			pids[i] = START_CHILD();
			if (pids[i] == 0) {
				request_many(_metadata, i);
				END_CHILD();
			}
		}
		for (int i = 0; i < REQUESTERS; i++)
			JOIN_CHILD(pids[i]);
		shared_set(stop, 1);
		JOIN_CHILD(pids[REQUESTERS]);
		EXPECT_LT(0, up->calls);
		EXPECT_EQ(0, kc_clear(RING_S));
	}
}

TEST(requests_against_revoke_invalidate_clear)
{
	uid_t uid = fresh_uid();
	struct key_user u;

	REQUIRE_UPCALL();
	verb("answer");
	storm(_metadata, uid);
	/* The pair stays on stock kernels, and what is revoked until it is collected. */
	EXPECT_TRUE(wait_until((proc_user(uid, &u), u.nkeys <= MANY), LATER_MS));
}

UPCALL_MAIN(verbs)
