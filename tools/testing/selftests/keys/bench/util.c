// SPDX-License-Identifier: GPL-2.0-only
/*
 * Small things that all measurements need.
 */
#include "bench.h"

/**
 * die - Stop: without this, there is nothing to measure
 * @what: what was tried
 * @result: what it answered: the negative error
 */
void die(const char *what, long result)
{
	fprintf(stderr, "bench: %s: %s\n", what, strerror(-result));
	exit(1);
}

/**
 * must - Let a result through, unless it is an error
 * @what: what was tried
 * @result: what it answered
 *
 * Return: @result
 */
long must(const char *what, long result)
{
	if (result < 0)
		die(what, result);
	return result;
}

/**
 * write_file - Write to a file of /proc
 * @path: which
 * @text: what
 */
void write_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);

	if (fd < 0 || write(fd, text, strlen(text)) < 0)
		die(path, -errno);
	close(fd);
}

/**
 * spawn - Fork a process that dies with this one
 *
 * Return: zero in the new process, its number here
 */
pid_t spawn(void)
{
	pid_t pid;

	fflush(NULL);
	pid = fork();
	if (pid < 0)
		die("fork", -errno);
	if (pid == 0)
		prctl(PR_SET_PDEATHSIG, SIGKILL);
	return pid;
}

/**
 * reap - Wait for a process, which must have succeeded
 * @pid: its number
 */
void reap(pid_t pid)
{
	int status;

	if (waitpid(pid, &status, 0) < 0)
		die("waitpid", -errno);
	if (!WIFEXITED(status) || WEXITSTATUS(status))
		exit(1);
}

/**
 * new_session - Get an empty session keyring
 *
 * Return: its serial number
 */
long new_session(void)
{
	return must("join a session", keyctl(KEYCTL_JOIN_SESSION_KEYRING, 0, 0, 0, 0));
}

/**
 * new_key - Make a key
 * @description: its description
 * @ring: where
 *
 * Return: its serial number
 */
long new_key(const char *description, long ring)
{
	static const char payload[PAYLOAD_SIZE] = "as much as a common key has, yes";

	return must(description, add_key("user", description, payload, sizeof(payload), ring));
}

/**
 * new_ring - Make a keyring
 * @description: its description
 * @ring: where
 *
 * Return: its serial number
 */
long new_ring(const char *description, long ring)
{
	return must(description, add_key("keyring", description, NULL, 0, ring));
}

/**
 * fill - Make many keys
 * @ring: where
 * @count: how many
 */
void fill(long ring, long count)
{
	char description[32];
	long i;

	for (i = 0; i < count; i++) {
		snprintf(description, sizeof(description), "bench:%06ld", i);
		new_key(description, ring);
	}
}
