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
#include <linux/llist.h>
#include <linux/mutex.h>
#include <linux/wait.h>
#include <linux/workqueue.h>

#include "expiry.h"

/* What a link costs its keyring's account, in bytes */
#define KEY_LINK_BYTES	4

/**
 * struct unref_queue - what an account has unreferenced and not yet freed
 * @rings: keyrings without references, which link keys still; key->unref_node
 * @taken: how many keyrings that were in @rings are being dismantled, and keys
 *	that were in the expiry queue are being unlinked
 * @keys: keys without references that no RCU reader can see; key->unref_node
 * @key_bytes: memory of the account's keys from their last reference until they
 *	are freed
 * @links: links that are detached: [0] those that wait for the next grace
 *	period, [1] those that the present grace period is for
 * @link_bytes: memory of @links, and other memory that RCU is about to free
 * @grace: @links[1] are waiting for a grace period or to be freed
 * @grace_over: @links[1] may be freed
 * @crowded: there is more than there may be, see unref_is_crowded()
 * @rcu: says that the grace period is over
 * @work: frees all of it, see unref.c
 *
 * Locking: the account's lock for all but @rcu and @work.
 */
struct unref_queue {
	struct list_head	rings;
	unsigned int		taken;
	struct list_head	keys;
	size_t			key_bytes;
	struct llist_node	*links[2];
	size_t			link_bytes[2];
	bool			grace;
	bool			grace_over;
	bool			crowded;
	struct rcu_head		rcu;
	struct work_struct	work;
};

/**
 * struct key_user - the account of one user
 * @usage: references: one for each key until the key is freed, one for each
 *	work that is pending or running, one for @unref's grace period
 * @uid: whose account it is
 * @lock: protects the counts, @expiring and @unref, and key->user, ->quotalen
 *	and ->expiry of each key charged here. Taken in any context, interrupts off;
 *	innermost but for the locks of workqueues,
 *	timers and @room. Two accounts are
 *	locked in the order of their addresses.
 * @nkeys: keys
 * @nikeys: keys that have been instantiated
 * @qnkeys: keys that are charged
 * @qnbytes: bytes that are charged
 * @refunds: how often a charge has returned; wraps
 * @expiring: keys that will come to an end
 * @unref: what is unreferenced and not yet freed
 * @room: those who wait for @unref to shrink
 * @refused: jiffies when the account last refused a charge. A hint, read
 *	without the lock
 * @hope: jiffies, never 0, when a task gave up a keyring whose last reference
 *	may go with the next grace periods; 0 if a caller has waited since, and
 *	nothing returned. A hint, written without a lock
 * @create_mutex: one request_key() at a time decides to construct. Outermost.
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
	unsigned int		refunds;
	struct expiry_queue	expiring;
	struct unref_queue	unref;
	wait_queue_head_t	room;
	u64			refused;
	unsigned long		hope;
	struct mutex		create_mutex;
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

struct key_user *key_user_find(kuid_t uid);
struct key_user *key_user_get(kuid_t uid);
struct key_user *key_user_next(kuid_t from);
void key_user_put(struct key_user *user);
DEFINE_FREE(key_user_put, struct key_user *, key_user_put(_T))
bool quota_has_refused(const struct key_user *user);
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

void quota_init(work_func_t expiry_fn, work_func_t unref_fn,
		void (*reclaim)(struct key_user *user));

#endif /* _KEYS_CORE_QUOTA_H */
