/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Accounts: a struct key_user counts what is charged to one user for the user's
 * keys, and refuses charges above the user's limits.
 *
 * Each charged byte belongs to one key: to its description, to its payload or,
 * for a keyring, to its links. The byte is refunded when the payload is freed
 * or the link is detached, at the latest when the key is unreferenced. All
 * arithmetic on charges is in quota.c.
 */
#ifndef _KEYS_CORE_QUOTA_H
#define _KEYS_CORE_QUOTA_H

#include <linux/cleanup.h>
#include <linux/key.h>
#include <linux/llist.h>
#include <linux/mutex.h>
#include <linux/workqueue.h>

#include "expiry.h"

/*
 * Bytes that are charged for each link, to the account that pays for the
 * keyring. A link takes more memory, but user space sees this number in the
 * charges in /proc/key-users, and administrators choose limits accordingly.
 */
#define KEY_LINK_BYTES	4

/**
 * struct unref_queue - unreferenced memory of an account, not yet freed
 * @rings: unreferenced keyrings that still link keys, chained by
 *	key->unref_node
 * @taken: number of keyrings taken from @rings that are being dismantled, plus
 *	the number of keys taken from the expiry queue that are being unlinked.
 *	While this is not 0, a refund is expected, see unref_may_wait().
 * @keys: unreferenced keys that no RCU reader can see, so that they may be
 *	freed; chained by key->unref_node
 * @key_bytes: memory of the account's keys that are unreferenced and not freed,
 *	of the links in unreferenced keyrings, and of links that are being freed
 * @links: detached links (struct key_link) that RCU readers may see. [0] are
 *	links that wait for the next grace period, [1] are links that wait for
 *	the current grace period
 * @link_bytes: memory of @links[0] and @links[1], and of old payloads that RCU
 *	callbacks free after the same grace period
 * @grace: the links in @links[1] wait for a grace period, or to be freed
 * @grace_over: the grace period is over, the links in @links[1] may be freed
 * @crowded: @key_bytes and @link_bytes together are above the limit, see
 *	unref_is_crowded(). Read without the lock by tasks that wait.
 * @rcu: callback at the end of the grace period, see unref_grace_over()
 * @work: frees the keys and links in this queue, see reap_unreferenced()
 *
 * Locking: the account's lock protects all fields but @rcu and @work.
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
 * struct key_user - the account to which the keys of one user are charged
 * @usage: references: one for each key until the key is freed, one for each
 *	work that is pending or running, one for @unref's grace period, and
 *	those of callers that use the account
 * @uid: the user
 * @lock: protects the counts, @expiring and @unref, and ->user, ->quotalen and
 *	->expiry of each key of this account. Taken in any context with
 *	interrupts off. Only the locks of workqueues, timers and call_rcu() are
 *	taken inside. Two accounts are locked in the order of their addresses.
 * @nkeys: number of keys, charged or not
 * @nikeys: number of keys that are constructed (positive or negative)
 * @qnkeys: number of keys that are charged
 * @qnbytes: number of bytes that are charged
 * @refunds: number of refunds so far, by which a caller that waits notices a
 *	refund; wraps
 * @expiring: keys that have an expiry time
 * @unref: unreferenced keys and detached links that are not yet freed
 * @refused: time in jiffies at which the account last refused a charge, 0 if
 *	never. A hint: readers take no lock.
 * @refused_at: value of @refunds when the account last refused a charge. A
 *	hint, as @refused
 * @hope: time in jiffies, but never 0, at which a task last stopped using
 *	a thread or session keyring that is charged to this account. The
 *	charge may be refunded after some RCU grace periods. 0 if no refund is
 *	expected, for example because a caller has waited for these grace
 *	periods without success. A hint: written and read without a lock. See
 *	unref_hope().
 * @create_mutex: serialises the callers that first search and then create, so
 *	that not two of them create the same: request_key(), joining a session
 *	keyring by name, making the user keyring and user-session keyring of a
 *	UID. Taken before all other locks of security/keys.
 * @nest_mutex: serialises the linking of keyrings into keyrings that this
 *	account pays for. So at most one thread of each user waits for the
 *	global keyring_nest_mutex. Taken inside a keyring's key.sem; see
 *	nesting_begin().
 * @rcu: frees the account after a grace period, because key_user_find() reads
 *	accounts under RCU
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
	u64			refused;
	unsigned int		refused_at;
	unsigned long		hope;
	struct mutex		create_mutex;
	struct mutex		nest_mutex;
	struct rcu_head		rcu;
};

/*
 * The limits of each account, which the kernel.keys.* sysctls set. Those with
 * "root" are for UID 0 of the initial user namespace, the others are for each
 * other user.
 */
extern unsigned int key_quota_root_maxkeys;
extern unsigned int key_quota_root_maxbytes;
extern unsigned int key_quota_maxkeys;
extern unsigned int key_quota_maxbytes;

/**
 * struct quota_limits - the limits of an account (struct key_user)
 * @keys: maximum number of charged keys
 * @bytes: maximum number of charged bytes
 */
struct quota_limits {
	unsigned int keys;
	unsigned int bytes;
};

/*
 * The workqueue for works that do not free memory: those have a queue of their
 * own, in unref.c. Kernels after 6.12 call this queue system_dfl_wq.
 */
static inline struct workqueue_struct *key_default_wq(void)
{
	return system_unbound_wq;
}

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
void __quota_count_constructed(struct key_user *user);
void quota_rearm_all(void);
void __quota_arm_expiry(struct key_user *user);
int quota_transfer(struct key *key, struct key_user *to);

void quota_init(work_func_t expiry_fn, work_func_t unref_fn,
		void (*reclaim)(struct key_user *user));

#endif /* _KEYS_CORE_QUOTA_H */
