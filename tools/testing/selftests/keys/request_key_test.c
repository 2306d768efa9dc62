// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tests of request_key(2) without a helper in user space: its arguments, the
 * search, and where a found key is linked.
 *
 * This file includes the parts of the program, because the harness lists the
 * tests of one translation unit.
 */
#include "keys_cred.h"

#include "request_key/search.c"
#include "request_key/dest.c"

KEYS_IMAGE_MAIN(setting_image)
