/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Attacks by processes: sessions, exits, requests, user namespaces.
 */
#ifndef ATTACKS_PROCESS_H
#define ATTACKS_PROCESS_H

#include "attacks_ring.h"

/*
 * Forks a child that calls @fn and exits. Up to @most children live at the same
 * time. Returns false if one of them has failed.
 */
static bool in_child(int (*fn)(int worker, unsigned int i), int most, int worker, unsigned int i)
{
	static int children;
	int status = 0;
	pid_t pid = fork();

	if (pid == 0)
		_exit(fn(worker, i));
	if (pid > 0)
		children++;
	while (children && waitpid(-1, &status, children < most ? WNOHANG : 0) > 0) {
		children--;
		if (status)
			return false;
	}
	return pid > 0;
}

/* Joins a session of its own, and makes a few keys in it. */
static int session_child(int worker, unsigned int i)
{
	if (kc_join(NULL) < 0)
		return 1;
	for (int n = 0; n < 3; n++)
		add_user(name_of("k", worker, n), "x", n ? RING_T : RING_S);
	return 0;
}

static bool sessions(int worker, unsigned int i)
{
	return in_child(session_child, 16, worker, i);
}

/* Exits with as many keys as its half of the quota allows. */
static int exit_child(int worker, unsigned int i)
{
	if (kc_join(NULL) < 0)
		return 1;
	for (int n = 0; n < MANY_KEYS / 2; n++)
		add_user(name_of("k", worker, n), "x", n % 2 ? RING_P : RING_S);
	return 0;
}

static bool exits(int worker, unsigned int i)
{
	return in_child(exit_child, 1, worker, i);
}

static bool names(int worker, unsigned int i)
{
	return kc_join(name_of("untrusted", worker, i % 50)) > 0;
}

/* There is no helper, so that each request leaves a negative key. */
static bool callout(int worker, unsigned int i)
{
	long ret;

	if (i % 40 == 0)
		kc_clear(sh->ring[worker]);
	ret = sys_request_key("user", name_of("none", worker, i), "info", sh->ring[worker]);
	return ret == -ENOENT || ret == -ENOKEY;
}

/* ---- user namespaces ---------------------------------------------------- */

/* Makes a user namespace in which the caller has the uid and gid @inside. */
static bool enter_userns(uid_t inside)
{
	char uids[64], gids[64];

	snprintf(uids, sizeof(uids), "%u %u 1\n", inside, geteuid());
	snprintf(gids, sizeof(gids), "%u %u 1\n", inside, getegid());
	return unshare(CLONE_NEWUSER) == 0 && write_file("/proc/self/uid_map", uids) &&
	       write_file("/proc/self/setgroups", "deny") &&
	       write_file("/proc/self/gid_map", gids);
}

static int userns_child(int worker, unsigned int i)
{
	if (!enter_userns(1000 + i) || kc_get_keyring_id(RING_U, 1) < 0)
		return 1;
	add_user("k", "x", RING_U);
	return 0;
}

static bool userns(int worker, unsigned int i)
{
	return in_child(userns_child, 4, worker, i);
}

/*
 * Each of many namespaces, one in another, has a persistent keyring of its own,
 * with many links. The user's first persistent keyring links it, so that it can
 * outlive the namespace.
 */
static void prepare_persistent(void)
{
	prepare_keys(MANY_KEYS, RING_S);
	sh->top = need("a persistent keyring", kc_get_persistent(-1, RING_S));
}

/* The depth of user namespaces is limited by the kernel. */
static int persistent_child(int worker, unsigned int i)
{
	long ring;

	for (int level = 0; level < 20; level++) {
		if (!enter_userns(1000 + 20 * (worker * 1000000 + i) + level))
			return 1;
		ring = kc_get_persistent(-1, sh->top);
		if (ring < 0)
			return 1;
		for (int n = 0; n < MANY_KEYS; n++)
			if (kc_link(sh->ids[n], ring))
				return 1;
	}
	return 0;
}

static bool persistent(int worker, unsigned int i)
{
	return in_child(persistent_child, 1, worker, i);
}

static const char *needs_persistent(void)
{
	return has_capability(0, KEYCTL_CAPS0_PERSISTENT_KEYRINGS) ? NULL :
	       "no persistent keyrings";
}

#endif /* ATTACKS_PROCESS_H */
