/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The helper of request_key(2) is this program, too. The callout information
 * says what the helper does: one verb a letter.
 */
#ifndef FUZZ_HELPER_H
#define FUZZ_HELPER_H

#include <sys/sendfile.h>
#include <sys/time.h>

#define HELPER		"/sbin/request-key"
#define HELPER_COPY	"/dev/shm/keys-fuzz-helper"
/* The longest time of a helper. */
#define HELPER_MS	30

static void helper_verb(char verb, long key)
{
	static struct iovec iov[2] = { { (char *)"pay", 3 }, { (char *)"load", 4 } };
	char buf[256];

	switch (verb) {
	case 'a':
		kc_assume_authority(key);
		break;
	case 'A':
		kc_assume_authority(0);
		break;
	case 'i':
		kc_instantiate(key, "payload", 7, KEY_SPEC_REQUESTOR_KEYRING);
		break;
	case 'I':
		kc_instantiate_iov(key, iov, 2, RING_S);
		break;
	case 'j':
		kc_instantiate(key, "payload", 7, 0);
		break;
	case 'n':
		kc_negate(key, 1, 0);
		break;
	case 'r':
		kc_reject(key, 1, EKEYREJECTED, KEY_SPEC_REQUESTOR_KEYRING);
		break;
	case 'R':
		kc_read(KEY_SPEC_REQKEY_AUTH_KEY, buf, sizeof(buf));
		break;
	case 'q':
		sys_request_key("user", "nested", "an", RING_S);
		break;
	case 'k':
		kc_revoke(KEY_SPEC_REQKEY_AUTH_KEY);
		break;
	case 't':
		kc_set_timeout(key, 1);
		break;
	case 'v':
		kc_invalidate(key);
		break;
	case 'l':
		kc_link(key, RING_S);
		break;
	case 'u':
		kc_update(key, "updated", 7);
		break;
	case 'S':
		kc_search(RING_S, "user", "a", RING_S);
		break;
	case 'c':
		kc_chown(key, 0, 0);
		break;
	case 's':
		sleep_ms(2);
		break;
	}
}

static int helper_main(int argc, char **argv)
{
	const struct itimerval soon = { .it_value.tv_usec = HELPER_MS * 1000 };
	long key = argc > 2 ? atol(argv[2]) : 0;
	char verbs[16] = "";
	struct trace t;

	if (!shared_map(0))
		return 1;
	/* Some verbs wait for the key that this process is to instantiate. */
	setitimer(ITIMER_REAL, &soon, NULL);
	trace_open(&t);
	/* The callout information is the payload of the authorisation key. */
	kc_assume_authority(key);
	kc_read(KEY_SPEC_REQKEY_AUTH_KEY, verbs, sizeof(verbs) - 1);
	kc_assume_authority(0);
	trace_start(&t);
	for (char *verb = verbs; *verb; verb++)
		helper_verb(*verb, key);
	trace_take(&t);
	return 0;
}

/* Copies the program to memory, since it is executed often. */
static bool copy_program(const char *path)
{
	int from = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
	int to = open(path, O_CREAT | O_WRONLY | O_TRUNC | O_CLOEXEC, 0755);
	ssize_t n = -1;

	while (from >= 0 && to >= 0 && (n = sendfile(to, from, NULL, 1000000)) > 0)
		;
	close(from);
	close(to);
	return n == 0;
}

/* Installs this program as the helper; so no other one can run. */
static bool helper_install(void)
{
	close(open(HELPER, O_CREAT | O_CLOEXEC, 0755));
	return copy_program(HELPER_COPY) && mount(HELPER_COPY, HELPER, NULL, MS_BIND, NULL) == 0;
}

#endif /* FUZZ_HELPER_H */
