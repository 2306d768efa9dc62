// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tests of request_key(2) with the installed request-key(8) program.
 *
 * This file includes the parts of the program, because the harness lists the
 * tests of one translation unit.
 */
#include "keys_cred.h"

static bool make_file(const char *path, const char *text, mode_t mode)
{
	int fd = open(path, O_CREAT | O_TRUNC | O_WRONLY | O_CLOEXEC, mode);
	bool ok;

	if (fd < 0)
		return false;
	ok = write(fd, text, strlen(text)) == (ssize_t)strlen(text);
	close(fd);
	return ok && chmod(path, mode) == 0;
}

#include "request_program/rules.c"
#include "request_program/dns_resolver.c"

TEST_HARNESS_MAIN
