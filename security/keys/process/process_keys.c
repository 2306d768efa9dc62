// SPDX-License-Identifier: GPL-2.0-only
/*
 * The process keyring: which threads have which one; process-keyring(7).
 *
 * A process keyring belongs to the threads of a process that have one real
 * UID. Servers give their threads the real UIDs of the users that they serve,
 * and one user's thread must not possess what another one's thread has.
 *
 * The threads of each UID are counted: from clone(2) to exit(2), and from one
 * change of the real UID to the next. So the keyring ends with the last of
 * them, even if open files, sockets or mounts keep the credentials.
 */
#include <linux/sched.h>
#include <linux/slab.h>

#include "../core/key.h"
#include "../core/unref.h"
#include "process_keys.h"

static struct process_uid *process_uid_new(kuid_t uid, gfp_t gfp)
{
	struct process_uid *entry = kzalloc(sizeof(*entry), gfp);

	if (!entry)
		return NULL;
	entry->uid = uid;
	entry->threads = 1;
	return entry;
}

static struct process_uid *__process_uid_find(struct process_keys *pk,
					      kuid_t uid)
{
	struct process_uid *entry;

	lockdep_assert_held(&pk->lock);
	hlist_for_each_entry(entry, &pk->uids, node)
		if (uid_eq(entry->uid, uid))
			return entry;
	return NULL;
}

static struct key *__entry_keyring(struct process_keys *pk,
				   struct process_uid *entry)
{
	return rcu_dereference_protected(entry->keyring,
					 lockdep_is_held(&pk->lock));
}

static struct process_keys *process_keys_new(kuid_t uid)
{
	struct process_keys *pk = kzalloc(sizeof(*pk), GFP_KERNEL_ACCOUNT);
	struct process_uid *entry = process_uid_new(uid, GFP_KERNEL_ACCOUNT);

	if (!pk || !entry) {
		kfree(entry);
		kfree(pk);
		return NULL;
	}
	refcount_set(&pk->usage, 1);
	spin_lock_init(&pk->lock);
	hlist_add_head(&entry->node, &pk->uids);
	return pk;
}

/**
 * process_keys_get - take another reference
 * @pk: the record of a process, or NULL
 *
 * Context: any.
 * Return: @pk.
 */
struct process_keys *process_keys_get(struct process_keys *pk)
{
	if (pk)
		refcount_inc(&pk->usage);
	return pk;
}

/**
 * process_keys_put - drop a reference
 * @pk: the record of a process, or NULL
 *
 * With the last one the record is freed. Only a task that died without leaving
 * do_exit() the usual way can have left a UID in it.
 *
 * Context: any, interrupts on or off.
 */
void process_keys_put(struct process_keys *pk)
{
	struct process_uid *entry;
	struct hlist_node *next;

	if (!pk || !refcount_dec_and_test(&pk->usage))
		return;
	hlist_for_each_entry_safe(entry, next, &pk->uids, node) {
		key_put(rcu_dereference_protected(entry->keyring, true));
		kfree(entry);
	}
	kfree(pk);
}

/**
 * key_share_process_keys - let new threads share the process keyring to come
 * @cred: the caller's credentials
 *
 * Only a process of one thread can have no record yet, so nobody but the caller
 * changes credentials that are in use here. Others may be reading them. While
 * somebody has lent the caller credentials, they are not the caller's to
 * change.
 *
 * Context: may sleep.
 * Return: 0 or -ENOMEM.
 */
int key_share_process_keys(const struct cred *cred)
{
	struct process_keys *pk;

	if (READ_ONCE(cred->process_keys) ||
	    current_cred() != current_real_cred())
		return 0;
	pk = process_keys_new(cred->uid);
	if (!pk)
		return -ENOMEM;
	/* Publishes *pk: pairs with the dependency in process_keyring() */
	if (cmpxchg(&((struct cred *)cred)->process_keys, NULL, pk))
		process_keys_put(pk);
	return 0;
}

/**
 * process_keyring_get - find the process keyring of a subject
 * @cred: the subject
 *
 * Context: any.
 * Return: the keyring with a reference for the caller, or NULL if there is
 * none.
 */
struct key *process_keyring_get(const struct cred *cred)
{
	struct key *ring;

	guard(rcu)();
	ring = process_keyring(cred);
	return ring ? key_tryget(ring) : NULL;
}

/**
 * process_keyring_offer - give a subject its process keyring
 * @cred: the caller's own credentials, which have a record
 * @ring: the keyring
 *
 * All threads of the process that have the same real UID have the keyring from
 * now on.
 *
 * Context: process context.
 * Return: NULL if the record owns the caller's reference to @ring now; @ring if
 * the subject has a process keyring already.
 */
struct key *process_keyring_offer(const struct cred *cred, struct key *ring)
{
	struct process_keys *pk = cred->process_keys;
	struct process_uid *entry;

	guard(spinlock)(&pk->lock);
	entry = __process_uid_find(pk, cred->uid);
	if (!entry || __entry_keyring(pk, entry))
		return ring;
	rcu_assign_pointer(entry->keyring, ring);
	return NULL;
}

/*
 * User space neither starts nor ends the threads by which the kernel works for
 * a process, nor can change their UID: these threads keep no keyring alive.
 */
static bool is_counted(const struct task_struct *task)
{
	return !(task->flags & (PF_KTHREAD | PF_USER_WORKER));
}

/*
 * Count a thread more. @spare is used if the process has no thread of that UID
 * yet; NULL says that @spare has been used.
 */
static struct process_uid *__process_enter(struct process_keys *pk, kuid_t uid,
					   struct process_uid *spare)
{
	struct process_uid *entry = __process_uid_find(pk, uid);

	if (entry) {
		entry->threads++;
		return spare;
	}
	hlist_add_head_rcu(&spare->node, &pk->uids);
	return NULL;
}

/* Count a thread less; returns the keyring if that was the last of its UID. */
static struct key *__process_leave(struct process_keys *pk, kuid_t uid)
{
	struct process_uid *entry = __process_uid_find(pk, uid);

	struct key *ring;

	if (WARN_ON_ONCE(!entry) || --entry->threads)
		return NULL;
	ring = __entry_keyring(pk, entry);
	hlist_del_rcu(&entry->node);
	kfree_rcu(entry, rcu);
	return ring;
}

/*
 * The only thread of one real UID gets another one. The keyring goes along
 * unless the threads of the other UID have one; returns the keyring then.
 */
static struct key *__process_move_last(struct process_keys *pk,
				       struct process_uid *from, kuid_t uid)
{
	struct process_uid *to = __process_uid_find(pk, uid);
	struct key *ring;

	if (!to) {
		WRITE_ONCE(from->uid, uid);
		return NULL;
	}
	to->threads++;
	ring = __process_leave(pk, from->uid);
	if (!ring || __entry_keyring(pk, to))
		return ring;
	rcu_assign_pointer(to->keyring, ring);
	return NULL;
}

static void process_move(struct process_keys *pk, kuid_t from, kuid_t to)
{
	/*
	 * Who changes credentials cannot be refused any more. There are no more
	 * of these small objects than threads.
	 */
	struct process_uid *spare =
		process_uid_new(to, GFP_KERNEL_ACCOUNT | __GFP_NOFAIL);
	struct process_uid *entry;
	struct key *ring = NULL;

	scoped_guard(spinlock, &pk->lock) {
		entry = __process_uid_find(pk, from);
		if (entry && entry->threads == 1) {
			ring = __process_move_last(pk, entry, to);
		} else {
			spare = __process_enter(pk, to, spare);
			__process_leave(pk, from);
		}
	}
	kfree(spare);
	key_put(ring);
}

static void process_leave(struct process_keys *pk, kuid_t uid)
{
	struct key *ring;

	scoped_guard(spinlock, &pk->lock)
		ring = __process_leave(pk, uid);
	key_put(ring);
}

/**
 * key_ruid_changed - the caller's real UID, process or keyrings change
 * @new: the caller's new credentials, not in use yet
 * @old: the caller's own credentials so far
 *
 * A thread whose real UID changes leaves the process keyring to the other
 * threads that have the old UID, and shares what the threads of the new UID
 * have. The last thread that had the old UID takes the keyring along if the
 * threads of the new UID have none. After execve(2) there is none.
 *
 * Context: may sleep. Cannot fail.
 */
void key_ruid_changed(const struct cred *new, const struct cred *old)
{
	struct process_keys *pk = old->process_keys;

	if (new->thread_keyring != old->thread_keyring)
		unref_hope(old->thread_keyring);
	if (new->session_keyring != old->session_keyring)
		unref_hope(old->session_keyring);
	if (!pk || !is_counted(current))
		return;
	if (new->process_keys != pk)
		process_leave(pk, old->uid);
	else if (!uid_eq(new->uid, old->uid))
		process_move(pk, old->uid, new->uid);
}

/**
 * key_thread_start - a new task has its credentials
 * @task: task that does not run yet; a thread of the caller's process if its
 *	credentials have a record
 *
 * Context: process context. key_thread_exit() must follow.
 */
void key_thread_start(const struct task_struct *task)
{
	const struct cred *cred = task->real_cred;
	struct process_keys *pk = cred->process_keys;
	struct process_uid *entry;

	if (!pk || !is_counted(task))
		return;
	guard(spinlock)(&pk->lock);
	/* The caller has the same UID, and is counted */
	entry = __process_uid_find(pk, cred->uid);
	if (!WARN_ON_ONCE(!entry))
		entry->threads++;
}

/**
 * key_thread_exit - a task will use no keys any more
 * @task: the current task, which exits; a task that could not be started; or
 *	one that has exited and gives up its credentials
 *
 * The last thread of a real UID takes the process keyring along, whoever still
 * has the credentials. The keyrings that the credentials keep go a little later.
 *
 * Context: process context; any for a task that has exited.
 */
void key_thread_exit(const struct task_struct *task)
{
	const struct cred *cred = task->real_cred;
	bool has_left = task != current && (task->flags & PF_EXITING);

	if (cred->process_keys && is_counted(task) && !has_left)
		process_leave(cred->process_keys, cred->uid);
	unref_hope(cred->thread_keyring);
	unref_hope(cred->session_keyring);
}
