// SPDX-License-Identifier: GPL-2.0-only
/*
 * The end of a user namespace: its keyrings are released.
 */
#include <linux/key.h>

#include "../core/ringname.h"
#include "persistent.h"
#include "uid_rings.h"

/**
 * key_free_user_ns - release the keyrings of a user namespace
 * @ns: namespace that is being freed: no references to it are left, but the
 *	records of its UIDs (struct user_struct) may still exist
 *
 * Context: process context; may sleep.
 */
void key_free_user_ns(struct user_namespace *ns)
{
	uid_rings_free_ns(ns);
	persistent_free_ns(ns);
	ringname_free_ns(ns);
}
