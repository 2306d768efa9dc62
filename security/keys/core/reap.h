/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What happens to a key after its end: unlinked when its time has come,
 * destroyed when nobody holds it any more.
 */
#ifndef _KEYS_CORE_REAP_H
#define _KEYS_CORE_REAP_H

#include <linux/key.h>
#include <linux/workqueue.h>

void reap_dead_keys(struct work_struct *work);
void reap_expired_keys(struct work_struct *work);
void reap_flush(void);
void reap_settle(void);
void reap_account(struct key_user *user);

#endif /* _KEYS_CORE_REAP_H */
