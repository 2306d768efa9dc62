/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Tests whose program is also their /sbin/request-key.
 *
 * While such a test runs, its program is bind-mounted over the helper that the
 * kernel executes.  If "create" is the first argument, the program is the
 * helper: it reads a verb from memory that it shares with the test, executes
 * the verb, and stores the results in the shared memory.
 *
 *	verb("negate");
 *	EXPECT_EQ(-ENOKEY, sys_request_key("user", "k", "callout", RING_S));
 *	EXPECT_EQ(1, up->calls);
 *
 * Only one process at a time sets the verb, and tests do not run in parallel.
 */
#ifndef KEYS_UPCALL_H
#define KEYS_UPCALL_H

#include "keys_cred.h"

#include <sys/mount.h>

#define UPCALL_PROGRAM	"/sbin/request-key"
#define UPCALL_HIDDEN	"/sbin/.request-key-hidden"
#define UPCALL_MEMORY	"/tmp/.keys-selftest-upcall"
#define UPCALL_ARGC	8
#define HELPER_MAX_S	20
#define UPCALL_RESULTS	24

/* Memory that the test and its helper share. */
struct upcall {
	/* Set by the test. */
	char verb[32];
	long arg[4];
	int hold;

	/* Set by the helper. */
	int calls, ended, argc, held;
	char argv[UPCALL_ARGC][64];
	char env[4][64];
	int uid, euid, gid, egid;
	/* The arguments as numbers, and the id of the authorisation key. */
	long key, of_uid, of_gid, of_t, of_p, of_s, auth;
	long r[UPCALL_RESULTS];
	char text[4096 + 64];
};

static struct upcall *up;

struct verb {
	const char *name;
	void (*run)(void);
};

/* ---- the helper's side ----------------------------------------------- */

/* The key that this helper process must construct. */
static long helper_key;

/* Lets the test continue, and waits until the test clears @hold. */
KEYS_FN void helper_hold(void)
{
	shared_set(&up->held, 1);
	wait_until(!shared_get(&up->hold), LATER_MS);
}

KEYS_FN void do_exit(void)
{
}

/* arg[0] is the keyring to link to, arg[1] the timeout or the error. */
KEYS_FN void do_instantiate(void)
{
	/* @up->key may be of another helper, so use helper_key. */
	up->auth = kc_assume_authority(helper_key);
	up->r[0] = kc_instantiate(helper_key, "payload", 7, up->arg[0]);
}

KEYS_FN void do_negate(void)
{
	up->auth = kc_assume_authority(up->key);
	up->r[0] = kc_negate(up->key, up->arg[1], up->arg[0]);
}

KEYS_FN void do_reject(void)
{
	up->auth = kc_assume_authority(up->key);
	up->r[0] = kc_reject(up->key, 60, up->arg[1], up->arg[0]);
}

KEYS_FN void do_hold(void)
{
	up->auth = kc_assume_authority(up->key);
	helper_hold();
	up->r[0] = kc_instantiate(up->key, "payload", 7, up->arg[0]);
}

static const struct verb common_verbs[] = {
	{ "exit", do_exit },
	{ "instantiate", do_instantiate },
	{ "negate", do_negate },
	{ "reject", do_reject },
	{ "hold", do_hold },
	{ }
};

KEYS_FN void helper_read_arguments(int argc, char **argv, char **envp)
{
	up->argc = argc;
	for (int i = 0; i < argc && i < UPCALL_ARGC; i++)
		snprintf(up->argv[i], sizeof(up->argv[i]), "%s", argv[i]);
	for (int i = 0; envp[i] && i < 4; i++)
		snprintf(up->env[i], sizeof(up->env[i]), "%s", envp[i]);
	up->uid = syscall(__NR_getuid);
	up->euid = syscall(__NR_geteuid);
	up->gid = syscall(__NR_getgid);
	up->egid = syscall(__NR_getegid);
	if (argc != UPCALL_ARGC)
		return;
	helper_key = atol(argv[2]);
	up->key = helper_key;
	up->of_uid = atol(argv[3]);
	up->of_gid = atol(argv[4]);
	up->of_t = atol(argv[5]);
	up->of_p = atol(argv[6]);
	up->of_s = atol(argv[7]);
}

KEYS_FN struct upcall *upcall_map(int flags)
{
	int fd = open(UPCALL_MEMORY, O_RDWR | O_CLOEXEC | flags, 0600);
	void *p = MAP_FAILED;

	if (fd < 0)
		return NULL;
	if (!(flags & O_CREAT) || ftruncate(fd, sizeof(*up)) == 0)
		p = mmap(NULL, sizeof(*up), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	close(fd);
	return p == MAP_FAILED ? NULL : p;
}

/* Executes the verb of the test, which is in one of the arrays @tables. */
KEYS_FN int helper_main(const struct verb *const *tables, int argc, char **argv, char **envp)
{
	up = upcall_map(0);
	if (!up)
		return 1;
	/* A requester that waits for its helper cannot be killed. */
	alarm(HELPER_MAX_S);
	helper_read_arguments(argc, argv, envp);
	__atomic_add_fetch(&up->calls, 1, __ATOMIC_ACQ_REL);
	for (; *tables; tables++)
		for (const struct verb *v = *tables; v->name; v++)
			if (!strcmp(v->name, up->verb))
				v->run();
	__atomic_add_fetch(&up->ended, 1, __ATOMIC_ACQ_REL);
	return 0;
}

/* ---- the test's side -------------------------------------------------- */

/* Requests a "user" key from the helper. */
KEYS_FN long request(const char *desc, long dest)
{
	return sys_request_key("user", desc, "callout", dest);
}

/* Clears the shared memory and sets the next verb of the helper. */
KEYS_FN void verb(const char *name)
{
	memset(up, 0, sizeof(*up));
	snprintf(up->verb, sizeof(up->verb), "%s", name);
}

/* Resources that upcall_uninstall() releases when the program ends. */
static struct {
	pid_t owner;
	bool memory, file, mount;
} upcall_made;

KEYS_FN void upcall_uninstall(void)
{
	if (upcall_made.owner != getpid())
		return;
	if (upcall_made.mount)
		umount2(UPCALL_PROGRAM, MNT_DETACH);
	if (upcall_made.file)
		unlink(UPCALL_PROGRAM);
	if (upcall_made.memory)
		unlink(UPCALL_MEMORY);
}

/* Installs this program as the helper; @up stays NULL if this fails. */
KEYS_FN void upcall_install(void)
{
	char self[PATH_MAX] = "";
	int fd;

	upcall_made.owner = getpid();
	if (syscall(__NR_geteuid) || readlink("/proc/self/exe", self, sizeof(self) - 1) < 0)
		return;
	atexit(upcall_uninstall);
	unlink(UPCALL_MEMORY);
	up = upcall_map(O_CREAT | O_EXCL);
	if (!up)
		return;
	upcall_made.memory = true;
	fd = open(UPCALL_PROGRAM, O_CREAT | O_EXCL | O_CLOEXEC, 0755);
	if (fd >= 0) {
		upcall_made.file = true;
		close(fd);
	}
	upcall_made.mount = mount(self, UPCALL_PROGRAM, NULL, MS_BIND, NULL) == 0;
	if (!upcall_made.mount)
		up = NULL;
}

/* Hides the helper program for a moment, also the real one below the mount. */
KEYS_FN bool upcall_hide(void)
{
	if (umount2(UPCALL_PROGRAM, MNT_DETACH))
		return false;
	return wait_until(rename(UPCALL_PROGRAM, UPCALL_HIDDEN) == 0, LATER_MS);
}

KEYS_FN bool upcall_unhide(void)
{
	char self[PATH_MAX] = "";

	if (rename(UPCALL_HIDDEN, UPCALL_PROGRAM) ||
	    readlink("/proc/self/exe", self, sizeof(self) - 1) < 0)
		return false;
	return mount(self, UPCALL_PROGRAM, NULL, MS_BIND, NULL) == 0;
}

/*
 * Does the kernel execute this program? In a container it does not, as the
 * kernel executes the program of the first mount namespace.
 */
KEYS_FN bool upcall_works(struct __test_metadata *_metadata)
{
	static int works = -1;

	if (!up)
		return false;
	if (works < 0) {
		verb("exit");
		CHILD()
			sys_request_key("user", "does it work", "?", RING_T);
		works = shared_get(&up->calls) == 1;
	}
	return works;
}

/* If KEYS_UPCALL_MUST_WORK is set, a failure must not skip the test. */
#define REQUIRE_UPCALL() do {						\
	bool __works = upcall_works(_metadata);				\
									\
	if (!__works && !getenv("KEYS_UPCALL_MUST_WORK"))		\
		SKIP(return, "cannot be " UPCALL_PROGRAM " here");	\
	ASSERT_TRUE(__works);						\
} while (0)

/*
 * Defines main() of such a test. The arguments are arrays of more verbs; an
 * empty element ends each array.
 */
#define UPCALL_MAIN(...)						\
int main(int argc, char **argv, char **envp)				\
{									\
	static const struct verb *const tables[] = { common_verbs, __VA_ARGS__, NULL }; \
									\
	if (argc > 1 && !strcmp(argv[1], "create"))			\
		return helper_main(tables, argc, argv, envp);		\
	upcall_install();						\
	return test_harness_run(argc, argv);				\
}

#endif /* KEYS_UPCALL_H */
