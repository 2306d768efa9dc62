/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What is there before the programs: the global keys, and what accounts are
 * charged. When all programs have ended and the global keys are gone, the
 * accounts must be charged as they were.
 */
#ifndef FUZZ_WORLD_H
#define FUZZ_WORLD_H

#define SETTLED_MS	30000

struct charges {
	long keys, bytes;
};

static struct charges charges_at_start;

/* What all accounts are charged. */
static struct charges charges_now(void)
{
	struct charges sum = {};
	struct key_user u;
	char line[256];
	FILE *f = fopen("/proc/key-users", "re");

	while (f && fgets(line, sizeof(line), f))
		if (sscanf(line, "%d: %d %d/%d %d/%d %d/%d", &u.uid, &u.usage, &u.nkeys,
			   &u.nikeys, &u.qnkeys, &u.maxkeys, &u.qnbytes, &u.maxbytes) == 8) {
			sum.keys += u.qnkeys;
			sum.bytes += u.qnbytes;
		}
	if (f)
		fclose(f);
	return sum;
}

static bool charges_equal(struct charges a, struct charges b)
{
	return a.keys == b.keys && a.bytes == b.bytes;
}

static void show_lines(const char *path)
{
	char line[256];
	FILE *f = fopen(path, "re");

	while (f && fgets(line, sizeof(line), f))
		printf("# %s", line);
	if (f)
		fclose(f);
}

static void globals_make(void)
{
	long ring;

	kc_join(NULL);
	ring = add_ring("global", RING_S);
	global_keys[0] = ring;
	global_keys[1] = add_user("global key", "payload", ring);
	global_keys[2] = add_ring("nested", ring);
	global_keys[3] = add_user("revoked", "payload", ring);
	global_keys[4] = sys_add_key("asymmetric", "rsa", rsa_pkcs8, sizeof(rsa_pkcs8), ring);
	global_keys[5] = add_user("private", "payload", ring);
	global_keys[6] = add_user("of another", "payload", ring);
	global_keys[7] = add_ring("restricted", ring);
	kc_restrict(global_keys[7], NULL, NULL);
	kc_chown(global_keys[6], 1, 1);
	for (int i = 0; i < GLOBALS; i++)
		/* An error is the name of a keyring of root's, such as -EIO. */
		if (global_keys[i] < 0)
			global_keys[i] = 0;
	for (int i = 0; i < GLOBALS; i++)
		kc_setperm(global_keys[i], i == 5 ? KEY_POS_ALL : KEY_EVERYONE);
	kc_revoke(global_keys[3]);
}

static void globals_end(void)
{
	for (int i = 0; i < GLOBALS; i++) {
		kc_setperm(global_keys[i], KEY_EVERYONE);
		kc_clear(global_keys[i]);
		kc_invalidate(global_keys[i]);
	}
	/* A program that runs as root may join _uid.0, and add keys there. */
	kc_clear(RING_U);
	kc_clear(RING_US);
	kc_join(NULL);
}

/* Returns whether everything that programs were charged has been refunded. */
static bool all_refunded(void)
{
	globals_end();
	return wait_until(charges_equal(charges_now(), charges_at_start), SETTLED_MS);
}

/* Failing allocations are not reported; those that may wait fail, too. */
static void prepare_failures(void)
{
	static const char *const quiet[] = { "failslab", "fail_page_alloc", "fail_usercopy" };
	char path[80];

	for (unsigned int i = 0; i < ARRAY_SIZE(quiet); i++) {
		snprintf(path, sizeof(path), "/sys/kernel/debug/%s/verbose", quiet[i]);
		write_file(path, "0");
	}
	write_file("/sys/kernel/debug/failslab/ignore-gfp-wait", "N");
}

static bool world_make(void)
{
	if (syscall(__NR_geteuid) || !helper_install() || !shared_map(O_CREAT | O_EXCL))
		return false;
	prepare_failures();
	/* Persistent keyrings end during the run, ended keys at once. */
	sysctl_set("persistent_keyring_expiry", 1);
	sysctl_set("gc_delay", 0);
	kc_join(NULL);
	/* Programs of root's clear these keyrings, too, when they end. */
	kc_get_keyring_id(RING_US, 1);
	kc_clear(RING_US);
	/* The keyrings of the processes before this one end a little later. */
	do {
		charges_at_start = charges_now();
		sleep_ms(200);
	} while (!charges_equal(charges_now(), charges_at_start));
	return true;
}

#endif /* FUZZ_WORLD_H */
