/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Helpers for all selftests of the key retention service.
 *
 * The system calls are made directly, so that a test sees exactly what the
 * kernel returns.  Every wrapper returns this result, or the negative error
 * number.  errno is not used.
 *
 *	EXPECT_EQ(-ENOKEY, kc_read(id, NULL, 0));
 *
 * Names: sys_* are the three system calls, kc_* the options of keyctl(2),
 * proc_* read /proc.  wait_until() polls for what the kernel does later.
 */
#ifndef KEYS_COMMON_H
#define KEYS_COMMON_H

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <limits.h>
#include <linux/keyctl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "keys_ids.h"
#include "kselftest_harness.h"

typedef int32_t key_serial_t;
typedef uint32_t key_perm_t;

#ifndef __maybe_unused
#define __maybe_unused __attribute__((__unused__))
#endif
#define KEYS_FN static inline __maybe_unused

#ifndef EKEYREJECTED
#error "the C library does not know the errors of keys"
#endif

/* Each category is one byte of the mask, see keyctl_setperm(3). */
#define KEY_VIEW	0x01
#define KEY_READ	0x02
#define KEY_WRITE	0x04
#define KEY_SEARCH	0x08
#define KEY_LINK	0x10
#define KEY_SETATTR	0x20
#define KEY_ALL		0x3f

#define KEY_POS(bits)	((key_perm_t)(bits) << 24)
#define KEY_USR(bits)	((key_perm_t)(bits) << 16)
#define KEY_GRP(bits)	((key_perm_t)(bits) << 8)
#define KEY_OTH(bits)	((key_perm_t)(bits))
#define KEY_EVERYONE	0x3f3f3f3fU

#define KEY_POS_VIEW	KEY_POS(KEY_VIEW)
#define KEY_POS_READ	KEY_POS(KEY_READ)
#define KEY_POS_WRITE	KEY_POS(KEY_WRITE)
#define KEY_POS_SEARCH	KEY_POS(KEY_SEARCH)
#define KEY_POS_LINK	KEY_POS(KEY_LINK)
#define KEY_POS_SETATTR	KEY_POS(KEY_SETATTR)
#define KEY_POS_ALL	KEY_POS(KEY_ALL)
#define KEY_USR_VIEW	KEY_USR(KEY_VIEW)
#define KEY_USR_READ	KEY_USR(KEY_READ)
#define KEY_USR_WRITE	KEY_USR(KEY_WRITE)
#define KEY_USR_SEARCH	KEY_USR(KEY_SEARCH)
#define KEY_USR_LINK	KEY_USR(KEY_LINK)
#define KEY_USR_SETATTR	KEY_USR(KEY_SETATTR)
#define KEY_USR_ALL	KEY_USR(KEY_ALL)
#define KEY_GRP_ALL	KEY_GRP(KEY_ALL)
#define KEY_OTH_ALL	KEY_OTH(KEY_ALL)

#define RING_T	KEY_SPEC_THREAD_KEYRING
#define RING_P	KEY_SPEC_PROCESS_KEYRING
#define RING_S	KEY_SPEC_SESSION_KEYRING
#define RING_U	KEY_SPEC_USER_KEYRING
#define RING_US	KEY_SPEC_USER_SESSION_KEYRING

/* A description is charged with its characters and the terminating NUL. */
#define DESC_COST(desc)	(strlen(desc) + 1)
#define LINK_COST	4
/* The charge of an empty anonymous session keyring. */
#define SES_COST	DESC_COST("_ses")

/* A serial number that no key has: serial numbers are never this small. */
#define NO_SUCH_KEY	1
/* An address that is not mapped in any process. */
#define BAD_PTR		((void *)16)

/* ---- system calls --------------------------------------------------- */

KEYS_FN long keys_ret(long ret)
{
	return ret == -1 ? -errno : ret;
}

KEYS_FN long sys_add_key(const char *type, const char *desc,
			 const void *payload, size_t plen, long ring)
{
	return keys_ret(syscall(__NR_add_key, type, desc, payload, plen, ring));
}

KEYS_FN long sys_request_key(const char *type, const char *desc,
			     const char *callout, long dest)
{
	return keys_ret(syscall(__NR_request_key, type, desc, callout, dest));
}

KEYS_FN long sys_keyctl5(long op, long a2, long a3, long a4, long a5)
{
	return keys_ret(syscall(__NR_keyctl, op, a2, a3, a4, a5));
}

/* sys_keyctl(op, up to four arguments): missing arguments are 0. */
#define sys_keyctl(...) __sys_keyctl(__VA_ARGS__, 0, 0, 0, 0)
#define __sys_keyctl(op, a2, a3, a4, a5, ...) \
	sys_keyctl5(op, (long)(a2), (long)(a3), (long)(a4), (long)(a5))

KEYS_FN long kc_get_keyring_id(long id, int create)
{
	return sys_keyctl(KEYCTL_GET_KEYRING_ID, id, create);
}

KEYS_FN long kc_join(const char *name)
{
	return sys_keyctl(KEYCTL_JOIN_SESSION_KEYRING, name);
}

KEYS_FN long kc_update(long id, const void *payload, size_t plen)
{
	return sys_keyctl(KEYCTL_UPDATE, id, payload, plen);
}

KEYS_FN long kc_revoke(long id)
{
	return sys_keyctl(KEYCTL_REVOKE, id);
}

KEYS_FN long kc_chown(long id, uid_t uid, gid_t gid)
{
	return sys_keyctl(KEYCTL_CHOWN, id, uid, gid);
}

KEYS_FN long kc_setperm(long id, key_perm_t perm)
{
	return sys_keyctl(KEYCTL_SETPERM, id, perm);
}

KEYS_FN long kc_describe(long id, char *buf, size_t len)
{
	return sys_keyctl(KEYCTL_DESCRIBE, id, buf, len);
}

KEYS_FN long kc_clear(long ring)
{
	return sys_keyctl(KEYCTL_CLEAR, ring);
}

KEYS_FN long kc_link(long id, long ring)
{
	return sys_keyctl(KEYCTL_LINK, id, ring);
}

KEYS_FN long kc_unlink(long id, long ring)
{
	return sys_keyctl(KEYCTL_UNLINK, id, ring);
}

KEYS_FN long kc_search(long ring, const char *type, const char *desc, long dest)
{
	return sys_keyctl(KEYCTL_SEARCH, ring, type, desc, dest);
}

KEYS_FN long kc_read(long id, void *buf, size_t len)
{
	return sys_keyctl(KEYCTL_READ, id, buf, len);
}

KEYS_FN long kc_instantiate(long id, const void *payload, size_t plen, long ring)
{
	return sys_keyctl(KEYCTL_INSTANTIATE, id, payload, plen, ring);
}

KEYS_FN long kc_instantiate_iov(long id, const struct iovec *iov, unsigned int n,
				long ring)
{
	return sys_keyctl(KEYCTL_INSTANTIATE_IOV, id, iov, n, ring);
}

KEYS_FN long kc_negate(long id, unsigned int timeout, long ring)
{
	return sys_keyctl(KEYCTL_NEGATE, id, timeout, ring);
}

KEYS_FN long kc_reject(long id, unsigned int timeout, unsigned int error, long ring)
{
	return sys_keyctl(KEYCTL_REJECT, id, timeout, error, ring);
}

KEYS_FN long kc_set_reqkey_keyring(int which)
{
	return sys_keyctl(KEYCTL_SET_REQKEY_KEYRING, which);
}

KEYS_FN long kc_set_timeout(long id, unsigned int timeout)
{
	return sys_keyctl(KEYCTL_SET_TIMEOUT, id, timeout);
}

KEYS_FN long kc_assume_authority(long id)
{
	return sys_keyctl(KEYCTL_ASSUME_AUTHORITY, id);
}

KEYS_FN long kc_get_security(long id, char *buf, size_t len)
{
	return sys_keyctl(KEYCTL_GET_SECURITY, id, buf, len);
}

KEYS_FN long kc_session_to_parent(void)
{
	return sys_keyctl5(KEYCTL_SESSION_TO_PARENT, 0, 0, 0, 0);
}

KEYS_FN long kc_invalidate(long id)
{
	return sys_keyctl(KEYCTL_INVALIDATE, id);
}

KEYS_FN long kc_get_persistent(uid_t uid, long dest)
{
	return sys_keyctl(KEYCTL_GET_PERSISTENT, uid, dest);
}

KEYS_FN long kc_dh_compute(const struct keyctl_dh_params *params, void *buf,
			   size_t len, const struct keyctl_kdf_params *kdf)
{
	return sys_keyctl(KEYCTL_DH_COMPUTE, params, buf, len, kdf);
}

KEYS_FN long kc_restrict(long ring, const char *type, const char *restriction)
{
	return sys_keyctl(KEYCTL_RESTRICT_KEYRING, ring, type, restriction);
}

KEYS_FN long kc_move(long id, long from, long to, unsigned int flags)
{
	return sys_keyctl(KEYCTL_MOVE, id, from, to, flags);
}

KEYS_FN long kc_capabilities(unsigned char *buf, size_t len)
{
	return sys_keyctl(KEYCTL_CAPABILITIES, buf, len);
}

KEYS_FN long kc_watch(long id, int fd, int watch_id)
{
	return sys_keyctl(KEYCTL_WATCH_KEY, id, fd, watch_id);
}

/* ---- shorthand ------------------------------------------------------ */

/* Does KEYCTL_CAPABILITIES set this bit of byte 0 or 1? */
KEYS_FN bool has_capability(int byte, unsigned char bit)
{
	unsigned char caps[2] = {};

	kc_capabilities(caps, sizeof(caps));
	return caps[byte] & bit;
}

KEYS_FN long add_user(const char *desc, const char *text, long ring)
{
	return sys_add_key("user", desc, text, strlen(text), ring);
}

KEYS_FN long add_ring(const char *desc, long ring)
{
	return sys_add_key("keyring", desc, NULL, 0, ring);
}

/* Returns the number of links in a keyring, or negative error. */
KEYS_FN long ring_count(long ring)
{
	long n = kc_read(ring, NULL, 0);

	return n < 0 ? n : n / (long)sizeof(key_serial_t);
}

/* Returns the only link of @ring, or 0. */
KEYS_FN long only_link(long ring)
{
	key_serial_t id;

	return kc_read(ring, &id, sizeof(id)) == sizeof(id) ? id : 0;
}

/* Is @id linked directly from @ring? */
KEYS_FN bool ring_has(long ring, long id)
{
	long n = kc_read(ring, NULL, 0);
	key_serial_t *list;
	bool found = false;

	if (n <= 0)
		return false;
	list = malloc(n);
	if (!list)
		return false;
	if (kc_read(ring, list, n) == n)
		for (long i = 0; i < n / (long)sizeof(*list); i++)
			found |= list[i] == id;
	free(list);
	return found;
}

struct key_desc {
	char type[32];
	int uid, gid;
	key_perm_t perm;
	char desc[4096];
};

/*
 * Describes @id and splits the answer. The description follows the last
 * semicolon, as keyctl(2) says.
 */
KEYS_FN long describe(long id, struct key_desc *d)
{
	char buf[4096 + 128];
	long n = kc_describe(id, buf, sizeof(buf));
	char *last;

	memset(d, 0, sizeof(*d));
	if (n < 0)
		return n;
	if ((size_t)n > sizeof(buf) || buf[n - 1] || (long)strlen(buf) != n - 1)
		return -EPROTO;
	if (sscanf(buf, "%31[^;];%d;%d;%x;", d->type, &d->uid, &d->gid, &d->perm) != 4)
		return -EPROTO;
	last = strrchr(buf, ';');
	snprintf(d->desc, sizeof(d->desc), "%s", last + 1);
	return 0;
}

/* Returns the permission mask of @id, 0 if the caller may not view the key. */
KEYS_FN key_perm_t perm_of(long id)
{
	struct key_desc d;

	return describe(id, &d) ? 0 : d.perm;
}

/* ---- time ----------------------------------------------------------- */

KEYS_FN uint64_t now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000ULL + ts.tv_nsec / 1000000;
}

KEYS_FN void sleep_ms(unsigned int ms)
{
	struct timespec ts = { ms / 1000, (ms % 1000) * 1000000L };

	while (nanosleep(&ts, &ts) && errno == EINTR)
		;
}

/* Polls until @cond is true; false if @ms milliseconds have passed. */
#define wait_until(cond, ms) ({						\
	uint64_t __end = now_ms() + (ms);				\
	bool __late = false, __ok;					\
	while (!(__ok = !!(cond)) && !__late) {				\
		__late = now_ms() >= __end;				\
		sleep_ms(3);						\
	}								\
	__ok;								\
})

/* Time limit for work that the kernel does in the background. */
#define LATER_MS	10000

#include "keys_proc.h"

/* Expects that /proc/key-users charges @uid this much now. */
#define EXPECT_CHARGED(uid, keys, bytes) do {				\
	struct key_user __u;						\
									\
	proc_user(uid, &__u);						\
	EXPECT_EQ((int)(keys), __u.qnkeys);				\
	EXPECT_EQ((int)(bytes), __u.qnbytes);				\
} while (0)

/* ---- processors ------------------------------------------------------ */

/* Threads on one processor rarely run against each other. */
KEYS_FN void use_cpu(int cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	sched_setaffinity(0, sizeof(set), &set);
}

/* ---- credentials of the caller -------------------------------------- */

#define REQUIRE_ROOT() do {						\
	if (syscall(__NR_geteuid))					\
		SKIP(return, "must be run as root");			\
} while (0)

/* Returns a uid (usable as a gid, too) that no process has used since boot. */
KEYS_FN uid_t fresh_uid(void)
{
	static unsigned int n;
	struct key_user u;
	uid_t uid;

	do {
		uid = 100000 + (getpid() % 32768) * 64 + n++ % 64;
	} while (proc_user(uid, &u));
	return uid;
}

/* Sets all three uids to @uid and all gids to @gid, in this thread only. */
KEYS_FN long drop_to(uid_t uid, gid_t gid)
{
	if (syscall(__NR_setgroups, 0, NULL) ||
	    syscall(__NR_setresgid, gid, gid, gid) ||
	    syscall(__NR_setresuid, uid, uid, uid))
		return -errno;
	return 0;
}

/*
 * For the start of a fixture's setup: becomes root or a new user, with a new
 * anonymous session keyring. Evaluates to the uid.
 */
#define SETUP_AS(root) ({						\
	uid_t __uid = (root) ? 0 : fresh_uid();				\
									\
	ASSERT_EQ(0, drop_to(0, 0));					\
	if (!(root))							\
		ASSERT_EQ(0, drop_to(__uid, __uid));			\
	ASSERT_LT(0, kc_join(NULL));					\
	__uid;								\
})

/*
 * CHILD() { ... } runs the block in a forked child. CHILD_AS(uid) { ... } also
 * sets uid and gid, and joins a new anonymous session keyring owned by the uid.
 * The block may use EXPECT and ASSERT: a failure in it fails the test. The
 * block must not return or break. The parent continues when the child has
 * exited.
 */
#define CHILD() __CHILD(keys_fork(_metadata))
#define CHILD_AS(uid) __CHILD(keys_fork_as(_metadata, uid))
#define __CHILD(start)							\
	for (pid_t __pid = (start); __pid >= 0;				\
	     __pid = keys_join(_metadata, __pid))			\
		if (__pid == 0)

/*
 * The same in two steps: pid = START_CHILD() or START_CHILD_AS(uid). The child
 * gets 0 and must end with END_CHILD(). The parent must call JOIN_CHILD(pid).
 */
#define START_CHILD() keys_fork(_metadata)
#define START_CHILD_AS(uid) keys_fork_as(_metadata, uid)
#define END_CHILD() keys_join(_metadata, 0)
#define JOIN_CHILD(pid) keys_join(_metadata, pid)

KEYS_FN pid_t keys_fork(struct __test_metadata *_metadata)
{
	pid_t pid;

	fflush(NULL);
	pid = fork();
	EXPECT_LE(0, pid);
	if (pid == 0)
		prctl(PR_SET_PDEATHSIG, SIGKILL);
	return pid;
}

KEYS_FN pid_t keys_fork_as(struct __test_metadata *_metadata, uid_t uid)
{
	pid_t pid = keys_fork(_metadata);

	if (pid == 0) {
		ASSERT_EQ(0, drop_to(uid, uid));
		ASSERT_LT(0, kc_join(NULL));
	}
	return pid;
}

KEYS_FN pid_t keys_join(struct __test_metadata *_metadata, pid_t pid)
{
	int status = -1;

	if (pid == 0) {
		fflush(NULL);
		_exit(_metadata->exit_code);
	}
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	EXPECT_EQ(0, status) {
		TH_LOG("child %d failed", pid);
	}
	return -1;
}

/* ---- many keys ------------------------------------------------------- */

/* Adds @n keys to @ring, whose descriptions are @prefix and a number from 0. */
KEYS_FN void add_many(struct __test_metadata *_metadata, const char *prefix, int n, long ring)
{
	char desc[32];

	for (int i = 0; i < n; i++) {
		snprintf(desc, sizeof(desc), "%s%d", prefix, i);
		ASSERT_LT(0, add_user(desc, "x", ring));
	}
}

/* ---- shared memory between processes -------------------------------- */

/* Returns zeroed memory that stays shared across fork(). */
KEYS_FN void *shared_alloc(size_t size)
{
	void *p = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	return p == MAP_FAILED ? NULL : p;
}

struct shm_barrier {
	int total, arrived, round;
};

/* Waits until @total parties have called this; false after ten seconds. */
KEYS_FN bool barrier_wait(struct shm_barrier *b)
{
	int round = __atomic_load_n(&b->round, __ATOMIC_ACQUIRE);

	if (__atomic_add_fetch(&b->arrived, 1, __ATOMIC_ACQ_REL) == b->total) {
		__atomic_store_n(&b->arrived, 0, __ATOMIC_RELAXED);
		__atomic_add_fetch(&b->round, 1, __ATOMIC_RELEASE);
		return true;
	}
	for (uint64_t end = now_ms() + LATER_MS; now_ms() < end; sched_yield())
		if (__atomic_load_n(&b->round, __ATOMIC_ACQUIRE) != round)
			return true;
	return false;
}

/* What the kernel copies in or out at once: 4 KiB on most machines. */
KEYS_FN size_t page_size(void)
{
	return sysconf(_SC_PAGESIZE);
}

/* Returns the border between an accessible page and an unmapped page. */
KEYS_FN char *page_border(void)
{
	size_t size = page_size();
	char *p = mmap(NULL, 2 * size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (p == MAP_FAILED)
		return NULL;
	munmap(p + size, size);
	return p + size;
}

#endif /* KEYS_COMMON_H */
