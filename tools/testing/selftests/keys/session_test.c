// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tests of the session keyring: joining, inheritance, which of several keyrings
 * of a name is joined, and KEYCTL_SESSION_TO_PARENT.
 *
 * This file includes the parts of the program, because the harness lists the
 * tests of one translation unit.
 */
#include "keys_cred.h"

/* Returns a name that no other test uses. */
static const char *fresh_name(void)
{
	static char name[40];
	static int n;

	snprintf(name, sizeof(name), "selftest-%d-%d", getpid(), n++);
	return name;
}

#include "session/keyring.c"
#include "session/join_order.c"
#include "session/parent.c"

KEYS_IMAGE_MAIN(session_image)
