// SPDX-License-Identifier: GPL-2.0-only
/*
 * Accounts: a struct key_user counts what is charged to one user for the user's
 * keys, and refuses charges above the user's limits.
 */
#include <linux/jiffies.h>
#include <linux/ktime.h>
#include <linux/slab.h>
#include <linux/xarray.h>

#include "quota.h"

unsigned int key_quota_root_maxkeys = 1000000;
unsigned int key_quota_root_maxbytes = 25000000;
unsigned int key_quota_maxkeys = 200;
unsigned int key_quota_maxbytes = 20000;

/*
 * Accounts by kuid. Readers use RCU, and refcount_inc_not_zero() because an
 * account without references is in the array until key_user_put() removes it.
 */
static DEFINE_XARRAY(key_users);

static work_func_t quota_expiry_fn;
static work_func_t quota_unref_fn;
static void (*quota_reclaim)(struct key_user *user);

/**
 * quota_init - set the functions of other files that this file calls
 * @expiry_fn: work function of struct expiry_queue, see expiry_queue_init()
 * @unref_fn: work function of struct unref_queue, frees the queued memory
 * @reclaim: called before a charge is refused, to refund charges that the
 *	account does not need. The caller that is charged may hold locks. So
 *	@reclaim may sleep, but must not wait for another task, which may need
 *	these locks.
 *
 * The functions are passed as pointers, because they belong to a higher layer,
 * which this file must not call.
 *
 * Context: boot.
 */
void quota_init(work_func_t expiry_fn, work_func_t unref_fn,
		void (*reclaim)(struct key_user *user))
{
	quota_expiry_fn = expiry_fn;
	quota_unref_fn = unref_fn;
	quota_reclaim = reclaim;
}

/**
 * key_user_find - find the account of a user
 * @uid: the user
 *
 * Context: any.
 * Return: the account with a reference for the caller, NULL if there is none.
 */
struct key_user *key_user_find(kuid_t uid)
{
	struct key_user *user;

	guard(rcu)();
	user = xa_load(&key_users, __kuid_val(uid));
	if (user && !refcount_inc_not_zero(&user->usage))
		return NULL;
	return user;
}

static struct key_user *key_user_alloc(kuid_t uid)
{
	struct key_user *user = kzalloc(sizeof(*user), GFP_KERNEL_ACCOUNT);

	if (!user)
		return NULL;
	refcount_set(&user->usage, 1);
	user->uid = uid;
	spin_lock_init(&user->lock);
	mutex_init(&user->create_mutex);
	mutex_init(&user->nest_mutex);
	expiry_queue_init(&user->expiring, quota_expiry_fn);
	INIT_LIST_HEAD(&user->unref.rings);
	INIT_LIST_HEAD(&user->unref.keys);
	INIT_WORK(&user->unref.work, quota_unref_fn);
	return user;
}

/*
 * Insert @new into key_users, unless another referenced account of the same UID
 * is there. An unreferenced account is replaced. The key_user_put() of the
 * replaced account compares the entry, and so does not remove @new. Returns the
 * account that is in key_users now, with a reference for the caller, or NULL if
 * there is no memory.
 */
static struct key_user *key_user_file(struct key_user *new)
{
	unsigned long index = __kuid_val(new->uid);
	struct key_user *old = NULL, *cur;

	xa_lock(&key_users);
	for (;;) {
		/*
		 * __xa_cmpxchg() may drop the lock to allocate memory, but then
		 * takes the lock again and compares again.
		 */
		cur = __xa_cmpxchg(&key_users, index, old, new, GFP_KERNEL);
		if (cur == old || xa_is_err(cur))
			break;
		if (refcount_inc_not_zero(&cur->usage)) {
			new = cur;
			break;
		}
		old = cur;
	}
	xa_unlock(&key_users);
	return xa_is_err(cur) ? NULL : new;
}

/**
 * key_user_get - find or create the account of a user
 * @uid: the user
 *
 * Context: may sleep.
 * Return: the account with a reference for the caller, NULL if there is no
 * memory.
 */
struct key_user *key_user_get(kuid_t uid)
{
	struct key_user *user = key_user_find(uid), *new;

	if (user)
		return user;
	new = key_user_alloc(uid);
	if (!new)
		return NULL;
	user = key_user_file(new);
	if (user != new)
		kfree(new);
	return user;
}

/**
 * key_user_next - walk the accounts in the order of their UIDs
 * @from: the lowest UID to consider
 *
 * Context: may sleep.
 * Return: the account with the lowest UID that is not below @from, with a
 * reference for the caller, or NULL.
 */
struct key_user *key_user_next(kuid_t from)
{
	/*
	 * Not __kuid_val(): without CONFIG_MULTIUSER that function always
	 * returns 0, and a walk would never end.
	 */
	unsigned long index = from.val;
	struct key_user *user;

	guard(rcu)();
	xa_for_each_range(&key_users, index, user, index, U32_MAX)
		if (refcount_inc_not_zero(&user->usage))
			return user;
	return NULL;
}

/**
 * key_user_put - drop a reference to an account
 * @user: account, or NULL
 *
 * Context: process context.
 */
void key_user_put(struct key_user *user)
{
	if (!user || !refcount_dec_and_test(&user->usage))
		return;
	WARN_ON_ONCE(user->qnkeys || user->qnbytes || user->nkeys);
	WARN_ON_ONCE(user->unref.key_bytes || user->unref.link_bytes[0] ||
		     user->unref.link_bytes[1]);
	/* Leave the entry alone if key_user_file() has replaced @user */
	xa_cmpxchg(&key_users, __kuid_val(user->uid), user, NULL, 0);
	mutex_destroy(&user->create_mutex);
	mutex_destroy(&user->nest_mutex);
	kfree_rcu(user, rcu);
}

/**
 * quota_has_refused - tell whether an account refused a charge just now
 * @user: account
 *
 * Context: any.
 * Return: true if the account refused a charge, of any caller, within the last
 * second.
 */
bool quota_has_refused(const struct key_user *user)
{
	u64 refused = READ_ONCE(user->refused);

	return refused && get_jiffies_64() - refused < HZ;
}

/**
 * quota_limits - get the limits of an account
 * @user: account
 *
 * Context: any.
 * Return: the limits that the kernel.keys.* sysctls set for the account's user.
 */
struct quota_limits quota_limits(const struct key_user *user)
{
	bool root = uid_eq(user->uid, GLOBAL_ROOT_UID);

	return (struct quota_limits) {
		.keys = READ_ONCE(*(root ? &key_quota_root_maxkeys :
					   &key_quota_maxkeys)),
		.bytes = READ_ONCE(*(root ? &key_quota_root_maxbytes :
					    &key_quota_maxbytes)),
	};
}

/**
 * quota_lock - lock the account that pays for a key
 * @key: key
 * @flags: set to the interrupt state
 *
 * Until the lock is held, quota_transfer() may change which account pays. So
 * this function looks again after it has taken the lock.
 *
 * Context: any; disables interrupts.
 * Return: the account.
 */
struct key_user *quota_lock(const struct key *key, unsigned long *flags)
{
	struct key_user *user;

	guard(rcu)();
	for (;;) {
		user = READ_ONCE(key->user);
		spin_lock_irqsave(&user->lock, *flags);
		if (likely(user == READ_ONCE(key->user)))
			return user;
		spin_unlock_irqrestore(&user->lock, *flags);
	}
}

/**
 * quota_unlock - unlock the account that quota_lock() has locked
 * @user: account that quota_lock() returned
 * @flags: interrupt state that quota_lock() stored
 *
 * Context: the account's lock held; restores the interrupt state.
 */
void quota_unlock(struct key_user *user, unsigned long flags)
{
	spin_unlock_irqrestore(&user->lock, flags);
}

/*
 * Charge @keys and @bytes to an account, or refund them if they are negative. A
 * refund is never refused. The account may reach its limits exactly, but not
 * exceed them. With @overrun, the account may also exceed its limits, unless
 * the counter of bytes overflows. -EDQUOT with nothing charged if refused.
 */
static int __quota_add(struct key_user *user, int keys, long bytes, bool overrun)
{
	struct quota_limits max = quota_limits(user);

	lockdep_assert_held(&user->lock);
	if ((!overrun && keys > 0 && user->qnkeys + keys > max.keys) ||
	    (bytes > 0 &&
	     (u64)user->qnbytes + bytes > (overrun ? UINT_MAX : max.bytes))) {
		WRITE_ONCE(user->refused, get_jiffies_64());
		WRITE_ONCE(user->refused_at, user->refunds);
		return -EDQUOT;
	}
	user->qnkeys += keys;
	user->qnbytes += bytes;
	if (keys < 0 || bytes < 0)
		WRITE_ONCE(user->refunds, user->refunds + 1);
	return 0;
}

/**
 * quota_open - charge and count a new key
 * @key: key with ->user set; charged if KEY_FLAG_IN_QUOTA is set, and counted
 *	in any case
 * @bytes: charge for the key's description and payload
 * @overrun: charge the key even if the account exceeds its limits
 *
 * Before the charge is refused, quota_reclaim() runs once to refund what the
 * account does not need, and the charge is tried again.
 *
 * Context: may sleep.
 * Return: 0, or -EDQUOT if the charge would exceed the limits or, with
 * @overrun, overflow the counter of bytes. The key is not counted then.
 */
int quota_open(struct key *key, unsigned int bytes, bool overrun)
{
	bool charged = test_bit(KEY_FLAG_IN_QUOTA, &key->flags);
	struct key_user *user = key->user;
	int tries = charged ? 2 : 1, ret = 0;

	while (tries--) {
		scoped_guard(spinlock_irqsave, &user->lock) {
			if (charged)
				ret = __quota_add(user, 1, bytes, overrun);
			if (!ret) {
				user->nkeys++;
				key->quotalen = charged ? bytes : 0;
				return 0;
			}
		}
		if (tries)
			quota_reclaim(user);
	}
	return ret;
}

/**
 * quota_close - refund all charges of a key and stop counting it
 * @key: unreferenced key, or a key that could not be made
 *
 * The key is also removed from the expiry queue, which owns no reference to the
 * key.
 *
 * Context: any.
 */
void quota_close(struct key *key)
{
	struct key_user *user = key->user;
	unsigned long flags;

	spin_lock_irqsave(&user->lock, flags);
	__expiry_erase(&user->expiring, key);
	/*
	 * This refunds the links of a keyring too, which are detached later.
	 * Because the flag is clear then, quota_resize() does not refund them
	 * again.
	 */
	if (test_and_clear_bit(KEY_FLAG_IN_QUOTA, &key->flags))
		__quota_add(user, -1, -(long)key->quotalen, true);
	key->quotalen = 0;
	user->nkeys--;
	if (key->state != KEY_IS_UNINSTANTIATED)
		user->nikeys--;
	spin_unlock_irqrestore(&user->lock, flags);
}

static int quota_try_resize(struct key *key, long delta)
{
	struct key_user *user;
	unsigned long flags;
	int ret = 0;

	user = quota_lock(key, &flags);
	/*
	 * If the flag was cleared, quota_close() has refunded all charges of
	 * this keyring, and the links that are detached now are among them.
	 */
	if (test_bit(KEY_FLAG_IN_QUOTA, &key->flags))
		ret = __quota_add(user, 0, delta, false);
	else
		delta = 0;
	if (!ret)
		key->quotalen += delta;
	quota_unlock(user, flags);
	return ret;
}

static struct key_user *quota_user_of(const struct key *key)
{
	struct key_user *user;
	unsigned long flags;

	user = quota_lock(key, &flags);
	refcount_inc(&user->usage);
	quota_unlock(user, flags);
	return user;
}

/**
 * quota_resize - change the charge of a key
 * @key: key; nothing is done if the key is not charged
 * @delta: bytes to charge, or to refund if negative
 *
 * Context: may sleep if @delta is positive; any otherwise.
 * Return: 0, or -EDQUOT with nothing changed if the charge would exceed the
 * limits even after quota_reclaim() has refunded what the account does not
 * need.
 */
int quota_resize(struct key *key, long delta)
{
	struct key_user *user;
	int ret;

	if (!delta || !test_bit(KEY_FLAG_IN_QUOTA, &key->flags))
		return 0;
	ret = quota_try_resize(key, delta);
	if (!ret)
		return 0;
	user = quota_user_of(key);
	quota_reclaim(user);
	key_user_put(user);
	return quota_try_resize(key, delta);
}

/**
 * __quota_count_constructed - count a key as constructed (positive or negative)
 * @user: the account of a key that was uninstantiated until now
 *
 * Context: the account's lock held.
 */
void __quota_count_constructed(struct key_user *user)
{
	lockdep_assert_held(&user->lock);
	user->nikeys++;
}

/**
 * quota_rearm_all - arm the expiry work of all accounts again
 *
 * Called when kernel.keys.gc_delay has changed, because the time at which the
 * next key is collected (unlinked) depends on this sysctl.
 *
 * Context: process context.
 */
void quota_rearm_all(void)
{
	struct key_user *user;
	kuid_t uid = KUIDT_INIT(0);

	while ((user = key_user_next(uid))) {
		scoped_guard(spinlock_irqsave, &user->lock)
			__quota_arm_expiry(user);
		uid = KUIDT_INIT(__kuid_val(user->uid) + 1);
		key_user_put(user);
		if (!__kuid_val(uid))
			break;
	}
}

/**
 * __quota_arm_expiry - schedule the expiry work for the account's next key
 * @user: account; the caller or a key holds a reference
 *
 * The work, reap_expired_keys(), collects (unlinks) keys some time after their
 * expiry. While the work is pending or running, it owns a reference to the
 * account.
 *
 * Context: user->lock is held.
 */
void __quota_arm_expiry(struct key_user *user)
{
	time64_t when = __expiry_next_reap(&user->expiring);
	unsigned long delay;

	lockdep_assert_held(&user->lock);
	if (when == TIME64_MAX)
		return;
	delay = expiry_delay(when, ktime_get_real_seconds());
	if (!mod_delayed_work(key_default_wq(), &user->expiring.work, delay))
		refcount_inc(&user->usage);
}

static void quota_lock_two(struct key_user *a, struct key_user *b,
			   unsigned long *flags)
{
	if (a > b)
		swap(a, b);
	spin_lock_irqsave(&a->lock, *flags);
	spin_lock_nested(&b->lock, SINGLE_DEPTH_NESTING);
}

static void quota_unlock_two(struct key_user *a, struct key_user *b,
			     unsigned long flags)
{
	spin_unlock(&a->lock);
	spin_unlock_irqrestore(&b->lock, flags);
}

static void __quota_move(struct key *key, struct key_user *from,
			 struct key_user *to)
{
	bool queued = test_bit(KEY_FLAG_EXPIRY_QUEUED, &key->flags);

	__expiry_erase(&from->expiring, key);
	if (test_bit(KEY_FLAG_IN_QUOTA, &key->flags))
		__quota_add(from, -1, -(long)key->quotalen, true);
	from->nkeys--;
	to->nkeys++;
	if (key->state != KEY_IS_UNINSTANTIATED) {
		from->nikeys--;
		to->nikeys++;
	}
	refcount_inc(&to->usage);
	WRITE_ONCE(key->user, to);
	if (queued) {
		__expiry_insert(&to->expiring, key);
		__quota_arm_expiry(to);
	}
}

static int quota_try_transfer(struct key *key, struct key_user *from,
			      struct key_user *to)
{
	unsigned long flags;
	int ret = 0;

	quota_lock_two(from, to, &flags);
	if (test_bit(KEY_FLAG_IN_QUOTA, &key->flags))
		ret = __quota_add(to, 1, key->quotalen, false);
	if (!ret)
		__quota_move(key, from, to);
	quota_unlock_two(from, to, flags);
	return ret;
}

/**
 * quota_transfer - transfer a key and its charge to another account
 * @key: key
 * @to: account that pays from now on. The key takes a reference to @to and
 *	drops its reference to the former account.
 *
 * Context: may sleep; key->sem held for writing, so that two transfers of a key
 * do not overlap.
 * Return: 0, or -EDQUOT with nothing changed if the charge would exceed the
 * limits of @to even after quota_reclaim().
 */
int quota_transfer(struct key *key, struct key_user *to)
{
	struct key_user *from = key->user;
	int ret;

	lockdep_assert_held_write(&key->sem);
	/*
	 * @to may pay already, because key_fsuid_changed() changes the owner of
	 * a keyring, but not the account.
	 */
	if (from == to)
		return 0;
	ret = quota_try_transfer(key, from, to);
	if (ret) {
		quota_reclaim(to);
		ret = quota_try_transfer(key, from, to);
	}
	if (!ret)
		key_user_put(from);
	return ret;
}

#if IS_ENABLED(CONFIG_KEYS_KUNIT_TEST)
#include "../tests/quota_kunit.c"
#endif
