/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Helpers for the selftests of credentials' keyrings: processes with a chosen
 * uid, threads, a second program image, sending of file descriptors, and user
 * namespaces.
 *
 * Use these in TEST(), not in TEST_F(): a failed ASSERT in a child ends the
 * child, and JOIN_CHILD() in the parent detects this.
 */
#ifndef KEYS_CRED_H
#define KEYS_CRED_H

#include "keys_common.h"

#include <linux/capability.h>
#include <sys/socket.h>
#include <sys/stat.h>

#ifndef CLONE_NEWUSER
#define CLONE_NEWUSER 0x10000000
#endif

#define KEYS_NOINLINE __attribute__((__noinline__))
#define KEYS_STACK_ALIGN __attribute__((__aligned__(16)))

/* ---- processes ------------------------------------------------------ */

/*
 * CHILD_BARE(uid) { ... } is CHILD_AS(uid) without a session keyring: the child
 * has not used any keyring yet.
 */
#define START_CHILD_BARE(uid) keys_fork_bare(_metadata, uid)
#define CHILD_BARE(uid) __CHILD(START_CHILD_BARE(uid))

KEYS_FN pid_t keys_fork_bare(struct __test_metadata *_metadata, uid_t uid)
{
	pid_t pid = keys_fork(_metadata);

	if (pid == 0)
		ASSERT_EQ(0, drop_to(uid, uid));
	return pid;
}

/* Sets the three user ids of this thread only; -1 leaves an id unchanged. */
KEYS_FN long set_uids(uid_t real, uid_t effective, uid_t saved)
{
	return keys_ret(syscall(__NR_setresuid, real, effective, saved));
}

KEYS_FN long set_gids(gid_t real, gid_t effective, gid_t saved)
{
	return keys_ret(syscall(__NR_setresgid, real, effective, saved));
}

/* Waits for @pid, a clone of any kind; 0 if the exit code was 0. */
KEYS_FN int exit_code(pid_t pid)
{
	int status = -1;

	waitpid(pid, &status, __WALL);
	return status;
}

/*
 * Was this program started with a session keyring? A process cannot get rid of
 * its session keyring, so tests that need a process without one are skipped
 * then.
 */
KEYS_FN bool has_session(struct __test_metadata *_metadata)
{
	bool *has = shared_alloc(sizeof(*has));
	struct key_desc d;

	/*
	 * Use another uid, as root's session keyring may be the user-session
	 * keyring.
	 */
	CHILD_BARE(fresh_uid())
		*has = describe(KEY_SPEC_SESSION_KEYRING, &d) ||
		       strncmp(d.desc, "_uid_ses.", 9);
	return *has;
}

/* Drops a capability from the effective set, whatever the ids are. */
KEYS_FN bool drop_cap(int cap)
{
	struct __user_cap_header_struct head = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[2];

	if (syscall(__NR_capget, &head, data))
		return false;
	data[CAP_TO_INDEX(cap)].effective &= ~CAP_TO_MASK(cap);
	return syscall(__NR_capset, &head, data) == 0;
}

/* ---- gates: let many children start at once, without polling -------- */

struct gate {
	int fd[2];
};

KEYS_FN bool gate_make(struct gate *g)
{
	return pipe2(g->fd, O_CLOEXEC) == 0;
}

/* In the child: waits until the parent opens the gate or exits. */
KEYS_FN void gate_wait(struct gate *g)
{
	char c;

	close(g->fd[1]);
	while (read(g->fd[0], &c, 1) < 0 && errno == EINTR)
		;
	close(g->fd[0]);
}

KEYS_FN void gate_open(struct gate *g)
{
	close(g->fd[1]);
	close(g->fd[0]);
}

/* An int in shared memory that one process sets and another waits for. */
KEYS_FN void shared_set(int *word, int value)
{
	__atomic_store_n(word, value, __ATOMIC_RELEASE);
}

KEYS_FN int shared_get(const int *word)
{
	return __atomic_load_n(word, __ATOMIC_ACQUIRE);
}

/* ---- threads -------------------------------------------------------- */

/* Runs @fn(arg) in a new thread and returns its result. */
KEYS_FN long in_thread(void *(*fn)(void *arg), void *arg)
{
	pthread_t thread;
	void *ret;

	if (pthread_create(&thread, NULL, fn, arg) || pthread_join(thread, &ret))
		return -ECHILD;
	return (long)ret;
}

/* For in_thread(): the serial of the special keyring @id, which is not made. */
KEYS_FN void *thread_look(void *id)
{
	return (void *)kc_get_keyring_id((long)id, 0);
}

/* The same, but the keyring is made if it is missing. */
KEYS_FN void *thread_make(void *id)
{
	return (void *)kc_get_keyring_id((long)id, 1);
}

/* ---- a second image of the same program ------------------------------ */

/*
 * A test that needs execve(2) executes its own program. KEYS_IMAGE_MAIN(fn)
 * defines main(): with "--image" as the first argument, main() calls fn(argc,
 * argv) with the arguments that follow.
 */
#define KEYS_IMAGE_MAIN(fn)						\
int main(int argc, char **argv)						\
{									\
	if (argc > 1 && !strcmp(argv[1], "--image"))			\
		return fn(argc - 2, argv + 2);				\
	return test_harness_run(argc, argv);				\
}

/* Executes this program with a verb and two numbers; returns on error only. */
KEYS_FN long exec_image(const char *verb, long a, long b)
{
	char first[24], second[24];
	char *argv[] = { "image", "--image", (char *)verb, first, second, NULL };
	char *envp[] = { NULL };

	snprintf(first, sizeof(first), "%ld", a);
	snprintf(second, sizeof(second), "%ld", b);
	return keys_ret(syscall(__NR_execve, "/proc/self/exe", argv, envp));
}

/* ---- descriptors ----------------------------------------------------- */

union fd_message {
	struct cmsghdr head;
	char space[CMSG_SPACE(sizeof(int))];
};

KEYS_FN bool fd_send(int sock, int fd)
{
	union fd_message m = { .head = { .cmsg_len = CMSG_LEN(sizeof(int)),
					 .cmsg_level = SOL_SOCKET,
					 .cmsg_type = SCM_RIGHTS } };
	struct iovec iov = { "x", 1 };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1,
			      .msg_control = &m, .msg_controllen = sizeof(m) };

	memcpy(CMSG_DATA(&m.head), &fd, sizeof(fd));
	return sendmsg(sock, &msg, 0) == 1;
}

/* Returns the descriptor or -1. */
KEYS_FN int fd_receive(int sock)
{
	union fd_message m;
	char byte;
	struct iovec iov = { &byte, 1 };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1,
			      .msg_control = &m, .msg_controllen = sizeof(m) };
	int fd = -1;

	if (recvmsg(sock, &msg, MSG_CMSG_CLOEXEC) == 1 && CMSG_FIRSTHDR(&msg))
		memcpy(&fd, CMSG_DATA(CMSG_FIRSTHDR(&msg)), sizeof(fd));
	return fd;
}

/* ---- user namespaces -------------------------------------------------- */

KEYS_FN bool write_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	bool ok;

	if (fd < 0)
		return false;
	ok = write(fd, text, strlen(text)) == (ssize_t)strlen(text);
	close(fd);
	return ok;
}

/* Maps @inside to @outside, one uid and one gid, in the namespace of @pid. */
KEYS_FN bool userns_map(pid_t pid, uid_t inside, uid_t outside)
{
	char path[64], map[64];

	snprintf(map, sizeof(map), "%u %u 1\n", inside, outside);
	snprintf(path, sizeof(path), "/proc/%d/uid_map", pid);
	if (!write_file(path, map))
		return false;
	snprintf(path, sizeof(path), "/proc/%d/gid_map", pid);
	return write_file(path, map);
}

/* ---- keyrings -------------------------------------------------------- */

/* Is @id a keyring with the description @name? */
KEYS_FN bool ring_is(long id, const char *name)
{
	struct key_desc d;

	return describe(id, &d) == 0 && !strcmp(d.type, "keyring") &&
	       !strcmp(d.desc, name);
}

KEYS_FN const char *uid_name(const char *prefix, uid_t uid)
{
	static char names[4][40];
	static unsigned int n;
	char *name = names[n++ % 4];

	snprintf(name, sizeof(names[0]), "%s.%u", prefix, uid);
	return name;
}

#endif /* KEYS_CRED_H */
