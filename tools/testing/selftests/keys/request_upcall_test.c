// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tests of request_key(2) with a helper: what the helper gets and may do, and
 * the result for the requester. The program itself is the helper.
 *
 * This file includes the parts of the program, because the harness lists the
 * tests of one translation unit.
 */
#include "keys_upcall.h"

#include "request_upcall/authority.c"
#include "request_upcall/construct.c"
#include "request_upcall/link.c"
#include "request_upcall/processes.c"
#include "request_upcall/restrict.c"

UPCALL_MAIN(authority_verbs, construct_verbs, link_verbs, process_verbs, restrict_verbs)
