/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Accounts: what each user's keys cost, and what they may cost.
 *
 * Every byte charged is owned by one key (its description, its payload, and
 * for a keyring its links) and is given back when that ends. All arithmetic
 * on charges is in quota.c.
 */
#ifndef _KEYS_CORE_QUOTA_H
#define _KEYS_CORE_QUOTA_H

#include <linux/cleanup.h>
#include <linux/key.h>
#include <linux/mutex.h>
#include <linux/workqueue.h>

#include "expiry.h"

/* What a link costs its keyring's account, in bytes */
#define KEY_LINK_BYTES	4

/**
 * struct key_user - the account of one user
 * @usage: references: one for each key, one for a pending @expiring.work
 * @uid: whose account it is
 * @lock: protects the counts and @expiring, and key->user, ->quotalen and
 *	->expiry of each key charged here. Taken in any context, interrupts off;
 *	innermost but for the workqueue's and timer's locks. Two accounts are
 *	locked in the order of their addresses.
 * @nkeys: keys
 * @nikeys: keys that have been instantiated
 * @qnkeys: keys that are charged
 * @qnbytes: bytes that are charged
 * @expiring: keys that will come to an end
 * @cons_lock: one request_key() at a time decides to construct. Outermost.
 * @nest_mutex: one link between keyrings at a time is made in keyrings that are
 *	charged here. Taken inside a keyring's key.sem; see keyring_edit_check().
 * @rcu: for freeing
 */
struct key_user {
	refcount_t		usage;
	kuid_t			uid;
	spinlock_t		lock;
	unsigned int		nkeys;
	unsigned int		nikeys;
	unsigned int		qnkeys;
	unsigned int		qnbytes;
	struct expiry_queue	expiring;
	struct mutex		cons_lock;
	struct mutex		nest_mutex;
	struct rcu_head		rcu;
};

/* kernel.keys.* limits: for uid 0 of the initial namespace, and for others */
extern unsigned int key_quota_root_maxkeys;
extern unsigned int key_quota_root_maxbytes;
extern unsigned int key_quota_maxkeys;
extern unsigned int key_quota_maxbytes;

/**
 * struct quota_limits - what an account may cost
 * @keys: keys
 * @bytes: bytes
 */
struct quota_limits {
	unsigned int keys;
	unsigned int bytes;
};

struct key_user *key_user_get(kuid_t uid);
struct key_user *key_user_next(kuid_t from);
void key_user_put(struct key_user *user);
DEFINE_FREE(key_user_put, struct key_user *, key_user_put(_T))
struct quota_limits quota_limits(const struct key_user *user);

struct key_user *quota_lock(const struct key *key, unsigned long *flags);
void quota_unlock(struct key_user *user, unsigned long flags);

int quota_open(struct key *key, unsigned int bytes, bool overrun);
void quota_close(struct key *key);
int quota_resize(struct key *key, long delta);
void quota_publish_state(struct key *key, short state);
void quota_rearm_all(void);
void __quota_arm_expiry(struct key_user *user);
int quota_transfer(struct key *key, struct key_user *to);

void quota_init(work_func_t expiry_fn, void (*reclaim)(struct key_user *user));

#endif /* _KEYS_CORE_QUOTA_H */
