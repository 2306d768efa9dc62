// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tests of keys and keyrings in user namespaces and in network namespaces.
 *
 * This file includes the parts of the program, because the harness lists the
 * tests of one translation unit.
 */
#include "keys_cred.h"

#define REQUIRE_USERNS() do {						\
	REQUIRE_ROOT();							\
	if (access("/proc/self/ns/user", F_OK))				\
		SKIP(return, "no user namespaces");			\
} while (0)

#include "namespace/user.c"
#include "namespace/chown.c"
#include "namespace/unmapped.c"
#include "namespace/network.c"

TEST_HARNESS_MAIN
