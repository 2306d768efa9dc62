// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tests of the quota: what is charged to which account, and when a call is
 * refused.
 *
 * This file includes the parts of the program, because the harness lists the
 * tests of one translation unit.
 */
#include "keys_cred.h"

#include "quota/charge.c"
#include "quota/memory.c"
#include "quota/wait.c"

TEST_HARNESS_MAIN
