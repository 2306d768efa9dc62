// SPDX-License-Identifier: GPL-2.0-only
/*
 * Initialisation of the key retention service.
 */
#include <linux/init.h>

#include "authkey.h"
#include "index.h"
#include "key.h"
#include "link.h"
#include "quota.h"
#include "reap.h"
#include "ringname.h"
#include "ringtype.h"
#include "serial.h"
#include "type.h"
#include "unref.h"

/**
 * key_init - initialise the key retention service
 *
 * Context: boot, before any initcall. Types outside of this directory are
 * registered from core_initcall() on.
 */
void __init key_init(void)
{
	key_index_seed();
	key_serial_init();
	quota_init(reap_expired_keys, reap_unreferenced, reap_account);
	unref_init();
	key_cache_init();
	keyring_cache_init();
	link_table_init();
	ringname_init();
	if (register_key_type(&key_type_keyring) ||
	    register_key_type(&key_type_request_key_auth))
		panic("Key types can't be registered\n");
}
