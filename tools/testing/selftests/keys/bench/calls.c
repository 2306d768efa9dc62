// SPDX-License-Identifier: GPL-2.0-only
/*
 * Single calls, in a session of ordinary size.
 */
#include "bench.h"

#define OTHER_UID	4712

static long key, ring;
static char buffer[256];
static int program;

/**
 * setup_nothing - Nothing is needed
 * @arg: not used
 */
void setup_nothing(long arg)
{
}

/* In memory: a file system that answers when it likes would be measured, too. */
static int copy_of_program(void)
{
	int from = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
	int to = memfd_create("bench", MFD_CLOEXEC);

	while (from >= 0 && to >= 0) {
		ssize_t length = sendfile(to, from, NULL, 1 << 20);

		if (length < 0)
			die("sendfile", -errno);
		if (!length)
			break;
	}
	close(from);
	return must("copy of the program", to < 0 ? -errno : to);
}

/**
 * setup_process_ring - A process keyring
 * @arg: not used
 */
void setup_process_ring(long arg)
{
	must("make a process keyring",
	     keyctl(KEYCTL_GET_KEYRING_ID, KEY_SPEC_PROCESS_KEYRING, 1, 0, 0));
}

/**
 * setup_session - A session of six keys and a keyring
 * @arg: not used
 */
void setup_session(long arg)
{
	long session = new_session();

	ring = new_ring("bench:ring", session);
	fill(session, 5);
	key = new_key("bench:key", session);
	must("make a user keyring",
	     keyctl(KEYCTL_GET_KEYRING_ID, KEY_SPEC_USER_KEYRING, 1, 0, 0));
	program = copy_of_program();
}

/**
 * op_getppid - What any call costs
 *
 * Return: less than zero when it failed
 */
long op_getppid(void)
{
	return syscall(SYS_getppid);
}

/**
 * op_id_session - Ask for the session keyring
 *
 * Return: less than zero when it failed
 */
long op_id_session(void)
{
	return keyctl(KEYCTL_GET_KEYRING_ID, KEY_SPEC_SESSION_KEYRING, 0, 0, 0);
}

/**
 * op_id_user - Ask for the user keyring
 *
 * Return: less than zero when it failed
 */
long op_id_user(void)
{
	return keyctl(KEYCTL_GET_KEYRING_ID, KEY_SPEC_USER_KEYRING, 0, 0, 0);
}

/**
 * op_id_user_session - Ask for the user-session keyring
 *
 * Return: less than zero when it failed
 */
long op_id_user_session(void)
{
	return keyctl(KEYCTL_GET_KEYRING_ID, KEY_SPEC_USER_SESSION_KEYRING, 0, 0, 0);
}

/**
 * op_id_process - Ask for the process keyring, which is there
 *
 * Return: less than zero when it failed
 */
long op_id_process(void)
{
	return keyctl(KEYCTL_GET_KEYRING_ID, KEY_SPEC_PROCESS_KEYRING, 0, 0, 0);
}

/**
 * op_read - Read a key of 32 bytes
 *
 * Return: less than zero when it failed
 */
long op_read(void)
{
	return keyctl(KEYCTL_READ, key, (long)buffer, sizeof(buffer), 0);
}

/**
 * op_describe - Describe a key
 *
 * Return: less than zero when it failed
 */
long op_describe(void)
{
	return keyctl(KEYCTL_DESCRIBE, key, (long)buffer, sizeof(buffer), 0);
}

/**
 * op_search_hit - Search the session for a key that is in it
 *
 * Return: less than zero when it failed
 */
long op_search_hit(void)
{
	return keyctl(KEYCTL_SEARCH, KEY_SPEC_SESSION_KEYRING, (long)"user", (long)"bench:key", 0);
}

static long absent(long result)
{
	return result == -ENOKEY ? 0 : -EKEYREJECTED;
}

/**
 * op_search_miss - Search the session for what is not there
 *
 * Return: less than zero when it failed
 */
long op_search_miss(void)
{
	return absent(keyctl(KEYCTL_SEARCH, KEY_SPEC_SESSION_KEYRING,
			     (long)"user", (long)"bench:none", 0));
}

/**
 * op_request_hit - Request a key that is in the session
 *
 * Return: less than zero when it failed
 */
long op_request_hit(void)
{
	long result = syscall(SYS_request_key, "user", "bench:key", NULL, 0);

	return result < 0 ? -errno : result;
}

/**
 * op_update - Give a key a new payload
 *
 * Return: less than zero when it failed
 */
long op_update(void)
{
	return keyctl(KEYCTL_UPDATE, key, (long)buffer, PAYLOAD_SIZE, 0);
}

/**
 * op_add_existing - Add a key that is there: an update
 *
 * Return: less than zero when it failed
 */
long op_add_existing(void)
{
	return add_key("user", "bench:key", buffer, PAYLOAD_SIZE, KEY_SPEC_SESSION_KEYRING);
}

/**
 * op_link_unlink - Link a key into a keyring, and take the link away
 *
 * Return: less than zero when it failed
 */
long op_link_unlink(void)
{
	long result = keyctl(KEYCTL_LINK, key, ring, 0, 0);

	return result < 0 ? result : keyctl(KEYCTL_UNLINK, key, ring, 0, 0);
}

/**
 * op_add_unlink - Make a key, and take its only link away
 *
 * Return: less than zero when it failed
 */
long op_add_unlink(void)
{
	long result = add_key("user", "bench:new", buffer, PAYLOAD_SIZE, KEY_SPEC_SESSION_KEYRING);

	if (result < 0)
		return result;
	return keyctl(KEYCTL_UNLINK, result, KEY_SPEC_SESSION_KEYRING, 0, 0);
}

/**
 * op_new_session - Leave the session for a new one
 *
 * Return: less than zero when it failed
 */
long op_new_session(void)
{
	return keyctl(KEYCTL_JOIN_SESSION_KEYRING, 0, 0, 0, 0);
}

static long wait_for(pid_t pid)
{
	int status;

	if (pid < 0 || waitpid(pid, &status, 0) < 0)
		return -errno;
	return status ? -ECHILD : 0;
}

/**
 * op_fork - A process comes and goes
 *
 * Return: zero or less than zero
 */
long op_fork(void)
{
	pid_t pid = fork();

	if (pid == 0)
		_exit(0);
	return wait_for(pid);
}

/**
 * op_exec - A process comes, runs another program, and goes
 *
 * Return: zero or less than zero
 */
long op_exec(void)
{
	char *const argv[] = { "bench", BENCH_EXIT, NULL };
	char *const envp[] = { NULL };
	pid_t pid = fork();

	if (pid == 0) {
		fexecve(program, argv, envp);
		_exit(1);
	}
	return wait_for(pid);
}

/**
 * setup_other_user - Another user is there, with a process or without
 * @arg: whether it has a process
 */
void setup_other_user(long arg)
{
	new_session();
	if (!arg || spawn())
		return;
	must("setresuid", setresuid(OTHER_UID, OTHER_UID, OTHER_UID) ? -errno : 0);
	for (;;)
		pause();
}

/**
 * op_other_user - Become another user, look for its keyring, come back
 *
 * Return: the keyring or less than zero
 */
long op_other_user(void)
{
	long result;

	if (setresuid(OTHER_UID, OTHER_UID, 0))
		return -errno;
	result = keyctl(KEYCTL_GET_KEYRING_ID, KEY_SPEC_USER_KEYRING, 0, 0, 0);
	if (setresuid(0, 0, 0))
		return -errno;
	return result;
}
