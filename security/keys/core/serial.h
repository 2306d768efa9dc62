/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Serial numbers: the numbers by which user space refers to keys.
 */
#ifndef _KEYS_CORE_SERIAL_H
#define _KEYS_CORE_SERIAL_H

#include <linux/key.h>

void key_serial_assign(struct key *key);
void key_serial_remove(struct key *key);
struct key *key_serial_next(key_serial_t from);
void __init key_serial_init(void);

#endif /* _KEYS_CORE_SERIAL_H */
