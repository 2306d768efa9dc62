// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tests of keyrings: the links in them, trees of them, and how a search finds
 * keys while other threads change the links.
 *
 * This file includes the parts of the program, because the harness lists the
 * tests of one translation unit.
 */
#include "keys_watch.h"

#include "keyring/link.c"
#include "keyring/relink.c"
#include "keyring/index.c"
#include "keyring/tree.c"
#include "keyring/nest_limit.c"
#include "keyring/displace.c"

TEST_HARNESS_MAIN
