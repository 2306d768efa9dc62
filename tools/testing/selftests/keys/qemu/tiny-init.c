// SPDX-License-Identifier: GPL-2.0-only
/*
 * The first and only program on a kernel that can do little else: there may be
 * no /proc, no network and no user but root. It prints what it finds as KTAP,
 * through the kernel's log, and reboots. The kernel's command line says what
 * the kernel was built with, as CONFIG_KEYS=y; what is not there is off.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/keyctl.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define ARRAY_SIZE(a)	(sizeof(a) / sizeof((a)[0]))
#define OTHER_UID	1000
#define MAX_KEYS	200	/* that a user may have, unless root says more */

static int log_fd;
static char skipped[64];	/* the reason of the running test */

/* One write is one line of the log, which nothing else can part. */
static void say(const char *format, ...)
{
	char line[256] = "tiny: ";
	va_list args;

	va_start(args, format);
	vsnprintf(line + 6, sizeof(line) - 6, format, args);
	va_end(args);
	if (write(log_fd, line, strlen(line)) < 0)
		exit(1);
}

static bool have(const char *option)
{
	char name[64];

	snprintf(name, sizeof(name), "CONFIG_%s", option);
	return getenv(name);
}

static void skip(const char *reason)
{
	snprintf(skipped, sizeof(skipped), "%s", reason);
}

static long answer(long ret)
{
	return ret < 0 ? -errno : ret;
}

static long add_key(const char *type, const char *desc, const void *payload, size_t len, long ring)
{
	return answer(syscall(__NR_add_key, type, desc, payload, len, ring));
}

static long request_key(const char *type, const char *desc, const char *callout, long dest)
{
	return answer(syscall(__NR_request_key, type, desc, callout, dest));
}

static long keyctl(int op, long a, long b, long c, long d)
{
	return answer(syscall(__NR_keyctl, op, a, b, c, d));
}

static bool is(const char *what, long got, long wanted)
{
	if (got != wanted)
		say("# %s: %ld, wanted %ld", what, got, wanted);
	return got == wanted;
}

/* The description of a key ends like this. */
static bool described(long id, const char *end)
{
	char text[128] = "";
	long len = keyctl(KEYCTL_DESCRIBE, id, (long)text, sizeof(text), 0);
	bool same = len > (long)strlen(end) && len < (long)sizeof(text) &&
		    !strcmp(text + len - 1 - strlen(end), end);

	if (!same)
		say("# key %ld is described as \"%s\" (%ld), wanted \"%s\"", id, text, len, end);
	return same;
}

/* Run a test in a child, perhaps as another user. */
static bool in_child(bool (*test)(void))
{
	int status;
	pid_t pid = fork();

	if (pid == 0)
		_exit(test() ? 0 : 1);
	return pid > 0 && waitpid(pid, &status, 0) == pid && status == 0;
}

static bool no_calls(void)
{
	return is("add_key", add_key("user", "k", "v", 1, KEY_SPEC_SESSION_KEYRING), -ENOSYS) &&
	       is("request_key", request_key("user", "k", NULL, 0), -ENOSYS) &&
	       is("keyctl", keyctl(KEYCTL_GET_KEYRING_ID, KEY_SPEC_SESSION_KEYRING, 1, 0, 0),
		  -ENOSYS);
}

static bool add_and_read(void)
{
	char buf[16] = "";
	long id = add_key("user", "k", "value", 5, KEY_SPEC_PROCESS_KEYRING);

	return is("read", keyctl(KEYCTL_READ, id, (long)buf, sizeof(buf), 0), 5) &&
	       is("compare", memcmp(buf, "value", 5), 0) && described(id, ";k") &&
	       is("bad type", add_key("no-such-type", "k", "v", 1, KEY_SPEC_PROCESS_KEYRING),
		  -ENODEV);
}

static bool an_unlinked_key_ends(void)
{
	long ring = add_key("keyring", "r", NULL, 0, KEY_SPEC_PROCESS_KEYRING);
	long id = add_key("user", "gone", "v", 1, ring);

	return is("unlink", keyctl(KEYCTL_UNLINK, id, ring, 0, 0), 0) &&
	       is("read", keyctl(KEYCTL_READ, id, 0, 0, 0), -ENOKEY) &&
	       is("clear", keyctl(KEYCTL_CLEAR, ring, 0, 0, 0), 0);
}

static bool search_and_request(void)
{
	long outer = add_key("keyring", "outer", NULL, 0, KEY_SPEC_PROCESS_KEYRING);
	long inner = add_key("keyring", "inner", NULL, 0, outer);
	long id = add_key("user", "deep", "v", 1, inner);

	return is("search", keyctl(KEYCTL_SEARCH, outer, (long)"user", (long)"deep", 0), id) &&
	       is("request", request_key("user", "deep", NULL, 0), id) &&
	       is("missing", request_key("user", "missing", NULL, 0), -ENOKEY) &&
	       is("no program", request_key("user", "missing", "text", 0), -ENOENT) &&
	       is("negative", request_key("user", "missing", "text", 0), -ENOKEY);
}

static bool a_key_expires(void)
{
	struct timespec wait = { .tv_sec = 2 };
	long id = add_key("user", "short", "v", 1, KEY_SPEC_PROCESS_KEYRING);

	if (!is("timeout", keyctl(KEYCTL_SET_TIMEOUT, id, 1, 0, 0), 0))
		return false;
	nanosleep(&wait, NULL);
	return is("read", keyctl(KEYCTL_READ, id, 0, 0, 0), -EKEYEXPIRED);
}

static long session;

static bool has_the_session(void)
{
	return is("session", keyctl(KEYCTL_GET_KEYRING_ID, KEY_SPEC_SESSION_KEYRING, 0, 0, 0),
		  session) &&
	       is("process", keyctl(KEYCTL_GET_KEYRING_ID, KEY_SPEC_PROCESS_KEYRING, 0, 0, 0),
		  -ENOKEY);
}

static bool a_child_inherits_the_session(void)
{
	keyctl(KEYCTL_GET_KEYRING_ID, KEY_SPEC_PROCESS_KEYRING, 1, 0, 0);
	session = keyctl(KEYCTL_JOIN_SESSION_KEYRING, (long)"ses", 0, 0, 0);
	return described(session, ";ses") && in_child(has_the_session);
}

static bool the_user_keyring_is_roots(void)
{
	return described(KEY_SPEC_USER_KEYRING, ";_uid.0") &&
	       described(KEY_SPEC_USER_SESSION_KEYRING, ";_uid_ses.0");
}

static bool as_another_user(void)
{
	long id = 0;

	if (!is("setuid", answer(setuid(OTHER_UID)), 0) ||
	    !described(KEY_SPEC_USER_KEYRING, ";_uid.1000"))
		return false;
	for (int i = 0; i <= MAX_KEYS && id >= 0; i++) {
		char desc[16];

		snprintf(desc, sizeof(desc), "k%d", i);
		id = add_key("user", desc, "v", 1, KEY_SPEC_USER_KEYRING);
	}
	return is("one key too many", id, -EDQUOT);
}

static bool another_user_has_a_quota(void)
{
	if (have("MULTIUSER"))
		return in_child(as_another_user);
	return is("setuid", answer(setuid(OTHER_UID)), -ENOSYS);
}

/* The options of the service, and what a call answers without them. */
static bool options_answer(void)
{
	struct keyctl_dh_params dh = { 0 };
	char persistent[16] = "", big[2048] = "";
	long id = keyctl(KEYCTL_GET_PERSISTENT, -1, KEY_SPEC_PROCESS_KEYRING, 0, 0);
	long computed = answer(syscall(__NR_keyctl, KEYCTL_DH_COMPUTE, &dh, big, sizeof(big), 0));
	long watched = keyctl(KEYCTL_WATCH_KEY, KEY_SPEC_PROCESS_KEYRING, -1, 1, 0);
	long kept = add_key("big_key", "b", big, sizeof(big), KEY_SPEC_PROCESS_KEYRING);

	snprintf(persistent, sizeof(persistent), "_persistent.0");
	return (have("PERSISTENT_KEYRINGS") ? described(id, persistent) :
					      is("persistent", id, -EOPNOTSUPP)) &&
	       is("dh", computed, have("KEY_DH_OPERATIONS") ? -ENOKEY : -EOPNOTSUPP) &&
	       is("watch", watched, have("KEY_NOTIFICATIONS") ? -EINVAL : -EOPNOTSUPP) &&
	       (have("BIG_KEYS") ? described(kept, ";b") : is("big_key", kept, -ENODEV));
}

static bool capabilities_say_so(void)
{
	static const struct {
		const char *option;
		unsigned char bit;
	} bits[] = {
		{ "PERSISTENT_KEYRINGS", KEYCTL_CAPS0_PERSISTENT_KEYRINGS },
		{ "KEY_DH_OPERATIONS", KEYCTL_CAPS0_DIFFIE_HELLMAN },
		{ "ASYMMETRIC_KEY_TYPE", KEYCTL_CAPS0_PUBLIC_KEY },
		{ "BIG_KEYS", KEYCTL_CAPS0_BIG_KEY },
	};
	unsigned char caps[2] = { 0 };

	if (!is("capabilities", keyctl(KEYCTL_CAPABILITIES, (long)caps, sizeof(caps), 0, 0), 2))
		return false;
	for (size_t i = 0; i < ARRAY_SIZE(bits); i++)
		if (!is(bits[i].option, caps[0] & bits[i].bit,
			have(bits[i].option) ? bits[i].bit : 0))
			return false;
	return is("notifications", caps[1] & KEYCTL_CAPS1_NOTIFICATIONS,
		  have("KEY_NOTIFICATIONS") ? KEYCTL_CAPS1_NOTIFICATIONS : 0);
}

static bool proc_shows_keys(void)
{
	char text[64];
	int fd;

	mkdir("/proc", 0755);
	if (!have("PROC_FS")) {
		skip("no /proc in this kernel");
		return is("mount", answer(mount("proc", "/proc", "proc", 0, NULL)), -ENODEV);
	}
	if (!is("mount", answer(mount("proc", "/proc", "proc", 0, NULL)), 0))
		return false;
	fd = open("/proc/keys", O_RDONLY);
	if (have("KEYS") ? read(fd, text, sizeof(text)) < 10 : fd >= 0) {
		say("# /proc/keys: %d", fd);
		return false;
	}
	if (!have("KEYS") || !have("SYSCTL"))
		return true;
	fd = open("/proc/sys/kernel/keys/maxkeys", O_RDONLY);
	return is("maxkeys", read(fd, text, sizeof(text)), 4);
}

struct test {
	const char *name;
	bool (*run)(void);
};

static const struct test with_keys[] = {
	{ "add_and_read", add_and_read },
	{ "an_unlinked_key_ends", an_unlinked_key_ends },
	{ "search_and_request", search_and_request },
	{ "a_key_expires", a_key_expires },
	{ "a_child_inherits_the_session", a_child_inherits_the_session },
	{ "the_user_keyring_is_roots", the_user_keyring_is_roots },
	{ "another_user_has_a_quota", another_user_has_a_quota },
	{ "options_answer", options_answer },
	{ "capabilities_say_so", capabilities_say_so },
	{ "proc_shows_keys", proc_shows_keys },
};

static const struct test without_keys[] = {
	{ "no_calls", no_calls },
	{ "proc_shows_no_keys", proc_shows_keys },
};

int main(void)
{
	const struct test *tests = have("KEYS") ? with_keys : without_keys;
	size_t count = have("KEYS") ? ARRAY_SIZE(with_keys) : ARRAY_SIZE(without_keys);

	mkdir("/dev", 0755);
	mknod("/dev/kmsg", S_IFCHR | 0600, makedev(1, 11));
	log_fd = open("/dev/kmsg", O_WRONLY);
	say("KTAP version 1");
	say("1..%zu", count);
	for (size_t i = 0; i < count; i++) {
		skipped[0] = 0;
		say("%s %zu %s%s%s", tests[i].run() ? "ok" : "not ok", i + 1, tests[i].name,
		    skipped[0] ? " # SKIP " : "", skipped);
	}
	say("the end");
	reboot(RB_AUTOBOOT);
	return 0;
}
