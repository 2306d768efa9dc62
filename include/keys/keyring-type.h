/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The "keyring" type: a keyring is a key that links other keys. linux/key.h
 * declares the functions for keyrings.
 */
#ifndef _KEYS_KEYRING_TYPE_H
#define _KEYS_KEYRING_TYPE_H

#include <linux/key.h>

#endif /* _KEYS_KEYRING_TYPE_H */
