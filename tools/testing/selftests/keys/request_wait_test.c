// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tests of request_key(2) by several processes at once: which of them wait, and
 * that none waits for ever.
 *
 * This file includes the parts of the program, because the harness lists the
 * tests of one translation unit.
 */
#include "keys_upcall.h"

#include "request_wait/wait.c"
#include "request_wait/authority.c"
#include "request_wait/negative.c"
#include "request_wait/master.c"
#include "request_wait/storm.c"

UPCALL_MAIN(wait_verbs, slow_verbs, storm_verbs)
