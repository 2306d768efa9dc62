/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Helpers for the selftests of KEYCTL_WATCH_KEY: a pipe of notifications.
 */
#ifndef KEYS_WATCH_H
#define KEYS_WATCH_H

#include <linux/types.h>

#include "keys_common.h"

#include <sys/ioctl.h>

/* The headers of the C library and the kernel define the same names. */
#define _LINUX_FCNTL_H
#include <linux/watch_queue.h>

#define REQUIRE_WATCH() do {						\
	if (!has_capability(1, KEYCTL_CAPS1_NOTIFICATIONS))		\
		SKIP(return, "no KEYCTL_WATCH_KEY in this kernel");	\
} while (0)

/* Makes a pipe for @notes notifications, whose end to read never blocks. */
KEYS_FN bool watch_pipe(int fd[2], int notes)
{
	return syscall(__NR_pipe2, fd, O_NOTIFICATION_PIPE | O_NONBLOCK) == 0 &&
	       ioctl(fd[0], IOC_WATCH_QUEUE_SET_SIZE, notes) == 0;
}

/* Reads the next record; false if there is none. */
KEYS_FN bool next_note(int fd, struct key_notification *n)
{
	memset(n, 0, sizeof(*n));
	return read(fd, n, sizeof(*n)) > 0;
}

#endif /* KEYS_WATCH_H */
