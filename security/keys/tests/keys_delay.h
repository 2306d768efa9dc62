/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Where the code of the key service begins and ends in memory. The linker keeps
 * the order of security/keys/Makefile, which puts these functions around it.
 */

#ifndef _KEYS_DELAY_H
#define _KEYS_DELAY_H

void keys_delay_begin(void);
void keys_delay_end(void);

#endif
