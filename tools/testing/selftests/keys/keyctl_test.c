// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tests of the options of keyctl(2) that work on one key, and of the ids that
 * all options take.
 *
 * This file includes the parts of the program, because the harness lists the
 * tests of one translation unit.
 */
#include "keys_watch.h"
#include "keys_cred.h"
#include "keys_fault.h"

#include "keyctl/key.c"
#include "keyctl/authority.c"
#include "keyctl/capabilities.c"
#include "keyctl/dh.c"
#include "keyctl/pkey.c"
#include "keyctl/slow_read.c"
#include "keyctl/special_id.c"
#include "keyctl/watch.c"

int main(int argc, char **argv)
{
	if (argc > 1 && !strcmp(argv[1], "--print"))
		return print_table();
	return test_harness_run(argc, argv);
}
