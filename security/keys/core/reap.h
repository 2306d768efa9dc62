/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Removal of keys: unlink ended keys (revoked, expired or invalid), and destroy
 * unreferenced keys.
 */
#ifndef _KEYS_CORE_REAP_H
#define _KEYS_CORE_REAP_H

#include <linux/key.h>
#include <linux/workqueue.h>

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
void reap_throttle(void);

#endif /* _KEYS_CORE_REAP_H */
