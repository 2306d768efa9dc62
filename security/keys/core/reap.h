/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What happens to a key after its end: unlinked when its time has come,
 * destroyed when nobody holds it any more.
 */
#ifndef _KEYS_CORE_REAP_H
#define _KEYS_CORE_REAP_H

#include <linux/key.h>
#include <linux/workqueue.h>

/**
 * struct reap_wait - a caller that has been refused, zero before
 * @user: the caller's account, with a reference; NULL before the first refusal
 * @end: jiffies when the caller gives up
 * @hope: the account's, before @grace began
 * @grace: the grace period that is waited for
 * @graces: how many there are to wait for, with this one
 */
struct reap_wait {
	struct key_user	*user;
	unsigned long	end;
	unsigned long	hope;
	unsigned long	grace;
	unsigned int	graces;
};

void reap_unreferenced(struct work_struct *work);
void reap_expired_keys(struct work_struct *work);
void reap_flush(void);
void reap_barrier(void);
void reap_account(struct key_user *user);
bool reap_wait_again(struct reap_wait *wait, kuid_t uid);
void reap_wait_end(struct reap_wait *wait);
void reap_throttle(kuid_t uid);

#endif /* _KEYS_CORE_REAP_H */
