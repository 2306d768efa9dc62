// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tests of the thread keyring and the process keyring: what they are, which
 * threads share them, and when they end.
 *
 * This file includes the parts of the program, because the harness lists the
 * tests of one translation unit.
 */
#include "keys_cred.h"

#include "process/keyring.c"
#include "process/shared.c"
#include "process/threads.c"
#include "process/uids.c"

KEYS_IMAGE_MAIN(process_image)
