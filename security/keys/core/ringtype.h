/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The type of keyrings. <linux/key-type.h> declares key_type_keyring itself.
 */
#ifndef _KEYS_CORE_RINGTYPE_H
#define _KEYS_CORE_RINGTYPE_H

#include <linux/init.h>

void __init keyring_cache_init(void);

#endif /* _KEYS_CORE_RINGTYPE_H */
