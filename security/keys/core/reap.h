/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Removal of keys: unlink ended keys (revoked, expired or invalid), and destroy
 * unreferenced keys.
 */
#ifndef _KEYS_CORE_REAP_H
#define _KEYS_CORE_REAP_H

#include <linux/cred.h>
#include <linux/key.h>
#include <linux/workqueue.h>

#include "unref.h"

/**
 * struct reap_wait - state of a caller that is refused a charge and waits
 * @user: the account that refused the charge, with a reference; NULL before the
 *	first refusal
 * @end: time in jiffies at which the caller stops waiting
 * @hope: @user->hope when the caller began to wait for @graces grace periods
 * @anew: the caller waits for the second time, because during the first time
 *	another task has stopped using a keyring, see unref_hope()
 * @grace: the RCU grace period that the caller waits for, see
 *	start_poll_synchronize_rcu()
 * @graces: number of grace periods to wait for, including @grace
 *
 * All fields are zero before the first call of reap_wait_again().
 */
struct reap_wait {
	struct key_user	*user;
	unsigned long	end;
	unsigned long	hope;
	unsigned long	grace;
	unsigned int	graces;
	bool		anew;
};

void reap_unreferenced(struct work_struct *work);
void reap_expired_keys(struct work_struct *work);
void reap_flush(void);
void reap_barrier(void);
void reap_account(struct key_user *user);
bool reap_wait_again(struct reap_wait *wait, const struct cred *cred);
void reap_wait_end(struct reap_wait *wait);
void reap_wait_for_room(const struct cred *cred);

/**
 * reap_throttle - slow the caller down while its account has much to be freed
 *
 * The charge of a key is refunded before its memory is freed. So a caller could
 * make and drop keys faster than the memory is freed. Callers of other accounts
 * do not wait, see reap_wait_for_room().
 *
 * Context: may sleep; the caller holds no lock. A fatal signal ends the wait.
 */
static inline void reap_throttle(void)
{
	if (unref_any_crowded())
		reap_wait_for_room(current_cred());
}

#endif /* _KEYS_CORE_REAP_H */
