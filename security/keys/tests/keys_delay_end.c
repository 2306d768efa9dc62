// SPDX-License-Identifier: GPL-2.0-only
/* The end of what keys_delay.c delays: the last object of ours in the Makefile. */

#include "keys_delay.h"

/**
 * keys_delay_end - mark the end of the code of the key service
 *
 * Only the address of this function is used.
 */
void keys_delay_end(void)
{
}
