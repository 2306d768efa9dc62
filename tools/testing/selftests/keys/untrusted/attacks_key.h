/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Attacks on keys: made, changed, ended and looked at all the time.
 */
#ifndef ATTACKS_KEY_H
#define ATTACKS_KEY_H

#include "untrusted.h"

#define BIG_SIZE	((1 << 20) - 1)
#define HOARD_SIZE	(32 * 1024)
#define PAYLOAD_SIZE	9000

static char big_payload[BIG_SIZE];

static const char *name_of(const char *prefix, int worker, unsigned int i)
{
	static char name[64];

	snprintf(name, sizeof(name), "%s%d.%u", prefix, worker, i);
	return name;
}

/* Adds @n keys to the keyring @ring, and puts their numbers into sh->ids. */
static void prepare_keys(int n, long ring)
{
	for (int i = 0; i < n; i++)
		sh->ids[i] = need("a key", add_user(name_of("k", 0, i), "x", ring));
}

static void prepare_rings(void)
{
	for (int i = 0; i < WORKERS_MAX; i++)
		sh->ring[i] = need("a keyring", add_ring(name_of("ring", i, 0), RING_S));
}

/* Each worker has a keyring, and there are many keys. */
static void prepare_many(void)
{
	prepare_rings();
	prepare_keys(MANY_KEYS, RING_S);
}

/* The workers only burn time: what all others are compared with. */
static bool spin(int worker, unsigned int i)
{
	uint64_t end = now_ns() + 1000000;

	while (now_ns() < end)
		;
	return true;
}

static bool add_and_drop(const char *type, const char *desc, size_t size)
{
	long id = sys_add_key(type, desc, big_payload, size, RING_S);

	return id > 0 && kc_unlink(id, RING_S) == 0;
}

static bool churn(int worker, unsigned int i)
{
	return add_and_drop("user", name_of("k", worker, 0), 1);
}

static bool payloads(int worker, unsigned int i)
{
	return add_and_drop("user", name_of("k", worker, 0), PAYLOAD_SIZE);
}

static bool big_keys(int worker, unsigned int i)
{
	return add_and_drop("big_key", name_of("k", worker, 0), BIG_SIZE);
}

static const char *needs_big_keys(void)
{
	return has_capability(0, KEYCTL_CAPS0_BIG_KEY) ? NULL : "no big_key in this kernel";
}

/* add_key(2) updates a key that the keyring links already. */
static bool update(int worker, unsigned int i)
{
	return sys_add_key("user", name_of("k", worker, 0), big_payload, PAYLOAD_SIZE - i % 2,
			   RING_S) > 0;
}

/*
 * As many big keys as the quota allows, which are kept. A big key is charged 16
 * bytes, whatever its payload is: at most a MiB, and here HOARD_SIZE so that
 * slow machines make all keys in time.
 */
static bool hoard_big(int worker, unsigned int i)
{
	if (i >= MANY_KEYS) {
		sleep_ms(10);
		return true;
	}
	return sys_add_key("big_key", name_of("k", worker, i), big_payload, HOARD_SIZE,
			   RING_S) > 0;
}

static bool revoke_keys(int worker, unsigned int i)
{
	long id = add_user(name_of("k", worker, i), "x", RING_S);

	/* Revoked keys are charged until they are collected */
	if (id < 0)
		return kc_clear(RING_S) == 0;
	return kc_revoke(id) == 0;
}

static bool invalidate_keys(int worker, unsigned int i)
{
	long id = add_user(name_of("k", worker, i), "x", RING_S);

	return id > 0 && kc_invalidate(id) == 0;
}

/* All keys of the quota expire at the same time. */
static bool expire(int worker, unsigned int i)
{
	for (int n = 0; n < MANY_KEYS / 2; n++) {
		long id = add_user(name_of("k", worker, n), "x", sh->ring[worker]);

		if (id > 0)
			kc_set_timeout(id, 1);
	}
	sleep_ms(1200);
	return kc_clear(sh->ring[worker]) == 0;
}

static bool timeouts(int worker, unsigned int i)
{
	return kc_set_timeout(sh->ids[i * 7 % MANY_KEYS], 1 + i % 1000) == 0 ||
	       kc_set_timeout(sh->ids[i * 7 % MANY_KEYS], 0) == 0;
}

/* The account is full, and each call is refused. */
static void prepare_refused(void)
{
	for (int i = 0; i < 1000; i++)
		if (add_user(name_of("full", 0, i), "x", RING_S) == -EDQUOT)
			return;
	broken("a full account", -ERANGE);
}

static bool refused(int worker, unsigned int i)
{
	return add_user("one too many", "x", RING_S) == -EDQUOT;
}

/* ---- looks ------------------------------------------------------------ */

static bool look(int worker, unsigned int i)
{
	long id = sh->ids[i % MANY_KEYS];
	char buf[256];

	return kc_describe(id, buf, sizeof(buf)) > 0 && kc_read(id, buf, sizeof(buf)) > 0 &&
	       kc_get_security(id, buf, sizeof(buf)) >= 0 && kc_read(RING_S, NULL, 0) > 0;
}

static bool read_file(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	char buf[4096];
	ssize_t n;

	if (fd < 0)
		return false;
	do {
		n = read(fd, buf, sizeof(buf));
	} while (n > 0);
	close(fd);
	return n == 0;
}

static bool proc(int worker, unsigned int i)
{
	return read_file("/proc/keys") && read_file("/proc/key-users");
}

/* ---- what is not permitted -------------------------------------------- */

static bool setattr(int worker, unsigned int i)
{
	long own = sh->ids[i % MANY_KEYS];

	return kc_chown(own, 0, -1) < 0 && kc_chown(sh->victim_key, geteuid(), -1) < 0 &&
	       kc_setperm(sh->victim_key, KEY_EVERYONE) < 0 &&
	       kc_setperm(own, KEY_POS_ALL | KEY_USR(i % 64)) == 0;
}

/* Gives keys to users who have no key yet, which is refused. */
static bool give(int worker, unsigned int i)
{
	return kc_chown(sh->ids[i % MANY_KEYS], 100000 + i % 1000000, -1) == -EACCES;
}

/* Calls without sense, drawn at random. The attacker's session may change. */
static bool invalid(int worker, unsigned int i)
{
	static unsigned int seed;
	static char *text;
	const long words[] = {
		0, 1, -1, -2, -3, -4, -5, -6, -7, -8, -9, INT_MAX, INT_MIN, LONG_MAX,
		(long)BAD_PTR, (long)text, (long)text, 64, sh->ids[i % MANY_KEYS],
		sh->victim_ring,
	};
	long arg[4];

	if (!text) {
		/* The kernel cannot write more than these bytes */
		text = page_border() - 64;
		seed = worker + 1;
	}
	strcpy(text, "user");
	for (int n = 0; n < ARRAY_SIZE(arg); n++)
		arg[n] = words[rand_r(&seed) % ARRAY_SIZE(words)];
	if (i % 16 == 0)
		sys_add_key((char *)arg[0], (char *)arg[1], (void *)arg[2], arg[3], RING_S);
	else if (i % 16 == 1)
		sys_request_key((char *)arg[0], (char *)arg[1], (char *)arg[2], arg[3]);
	else
		sys_keyctl5(rand_r(&seed) % 40, arg[0], arg[1], arg[2], arg[3]);
	return true;
}

/* ---- Diffie-Hellman ----------------------------------------------------- */

#define DH_PRIME_SIZE	2048

/* A large modulus. It is odd, and whether it is a prime does not matter. */
static void prepare_dh(void)
{
	static unsigned char modulus[DH_PRIME_SIZE], exponent[16];

	memset(modulus, 0xff, sizeof(modulus));
	memset(exponent, 0xff, sizeof(exponent));
	sh->ids[0] = need("a modulus", sys_add_key("user", "p", modulus, sizeof(modulus), RING_S));
	sh->ids[1] = need("a base", sys_add_key("user", "g", "\x02", 1, RING_S));
	sh->ids[2] = need("an exponent", sys_add_key("user", "x", exponent, sizeof(exponent),
						     RING_S));
}

static bool dh(int worker, unsigned int i)
{
	struct keyctl_dh_params params = {
		.prime = sh->ids[0], .base = sh->ids[1], .priv = sh->ids[2],
	};
	static char result[DH_PRIME_SIZE];

	return kc_dh_compute(&params, result, sizeof(result), NULL) > 0;
}

static const char *needs_dh(void)
{
	return has_capability(0, KEYCTL_CAPS0_DIFFIE_HELLMAN) ? NULL : "no DH_COMPUTE";
}

#endif /* ATTACKS_KEY_H */
