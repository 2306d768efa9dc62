/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The default destination: the keyring into which a key that is constructed on
 * request is linked, if the requester names no keyring. See
 * keyctl_set_reqkey_keyring(3).
 */
#ifndef _KEYS_PROCESS_DEFAULT_DEST_H
#define _KEYS_PROCESS_DEFAULT_DEST_H

#include <linux/key.h>

struct key *default_dest_get(void);
int default_dest_install(int setting);

#endif /* _KEYS_PROCESS_DEFAULT_DEST_H */
