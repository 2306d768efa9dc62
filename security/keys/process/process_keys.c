// SPDX-License-Identifier: GPL-2.0-only
/*
 * Process keyrings, and the threads that share them; see process-keyring(7).
 *
 * All threads of a process with the same real UID share a process keyring. A
 * server can give each thread the real UID of the user that the thread serves.
 * A thread that serves one user must not possess the keys of another user.
 *
 * So a process has a record (struct process_keys), which counts the threads of
 * each real UID: a thread from its clone(2) to its exit(2), and from one change
 * of its real UID to the next. The last thread of a UID puts the UID's process
 * keyring, even if open files, sockets or mounts still refer to the thread's
 * credentials.
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
 * process_keys_get - take another reference to the record of a process
 * @pk: the record, or NULL
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
 * process_keys_put - drop a reference to the record of a process
 * @pk: the record, or NULL
 *
 * The record is freed with its last reference. At that time, @pk->uids is empty
 * unless a task has ended without a call of key_thread_exit(), for example
 * after an oops.
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
 * key_share_process_keys - make the record that the caller's threads share
 * @cred: the caller's credentials, which refer to the record afterwards
 *
 * Does nothing if the caller's process has a record (struct process_keys). This
 * function changes credentials that are in use. Other tasks may read these
 * credentials, but only the caller changes them: a process without a record has
 * a single thread. Nothing is done while the caller's credentials are
 * overridden, because @cred may belong to another process then.
 *
 * Context: may sleep.
 * Return: 0, also if nothing was done, or -ENOMEM.
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
	/*
	 * A task that sees the pointer sees the complete *pk, too: pairs with
	 * the address dependency in process_keyring().
	 */
	if (cmpxchg(&((struct cred *)cred)->process_keys, NULL, pk))
		process_keys_put(pk);
	return 0;
}

/**
 * process_keyring_get - get the process keyring of a subject
 * @cred: the subject
 *
 * Context: any.
 * Return: the keyring with a reference for the caller, or NULL if there is
 * none, or if its last reference is being dropped.
 */
struct key *process_keyring_get(const struct cred *cred)
{
	struct key *ring;

	guard(rcu)();
	ring = process_keyring(cred);
	return ring ? key_tryget(ring) : NULL;
}

/**
 * process_keyring_offer - install a process keyring unless there is one
 * @cred: the caller's own credentials, which refer to a struct process_keys
 * @ring: the keyring
 *
 * All threads of the process with the same real UID share the keyring
 * afterwards.
 *
 * Context: process context.
 * Return: NULL if @ring was installed: the caller's reference to @ring belongs
 * to @cred->process_keys then. @ring if the caller already has a process
 * keyring, or is a thread that is not counted, see is_counted().
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
 * Kernel threads and user workers (such as those of io_uring) are not counted.
 * User space does not start or end these threads and cannot change their UID,
 * so they must not keep a process keyring referenced.
 */
static bool is_counted(const struct task_struct *task)
{
	return !(task->flags & (PF_KTHREAD | PF_USER_WORKER));
}

/*
 * Count one more thread with the real UID @uid. If the process has no other
 * thread with this UID, @spare, an entry for this UID, is added to @pk->uids.
 * Returns NULL if @spare was added, else @spare, which the caller must free.
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

/*
 * Count one thread less with the real UID @uid. If the thread was the last one
 * with this UID, free the UID's entry and return its process keyring, if there
 * is one. The caller must put this keyring after @pk->lock is released, because
 * no other lock is taken inside @pk->lock.
 */
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
 * Change to @uid the real UID of the only thread that the entry @from counts.
 * The process keyring of @from moves to the entry of @uid, unless the threads
 * with this UID have a process keyring. In that case, returns the keyring of
 * @from, which the caller must put after @pk->lock is released.
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
	 * Allocated before the lock is taken, because this may sleep. A change
	 * of credentials cannot fail at this point, hence __GFP_NOFAIL. User
	 * space cannot allocate many of these small objects: there are at most
	 * as many as threads.
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
 * key_ruid_changed - update process keyrings when the caller's cred changes
 * @new: the caller's new credentials, not in use yet
 * @old: the caller's own credentials until now
 *
 * A thread whose real UID changes leaves the process keyring of the old UID and
 * shares the process keyring of the new UID. The last thread with the old UID
 * moves its keyring to the new UID if the threads with the new UID have no
 * keyring. After execve(2), the thread has no process keyring. If the thread
 * keyring or the session keyring changes, unref_hope() notes that the old
 * keyring may be unreferenced soon: a task that would exceed its quota then
 * waits for the refund.
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

/*
 * Get a task's own credentials, not those that override them. The credentials
 * cannot be replaced meanwhile: only the task itself can do so, and the caller
 * is the task, or the task does not run.
 */
static const struct cred *own_creds(const struct task_struct *task)
{
	return rcu_dereference_protected(task->real_cred, true);
}

/**
 * key_thread_start - count a new task as a thread of its process
 * @task: new task that has credentials and does not run yet. If the credentials
 *	refer to a struct process_keys, the task is a thread of the caller's
 *	process.
 *
 * Context: process context. key_thread_exit() must follow.
 */
void key_thread_start(const struct task_struct *task)
{
	const struct cred *cred = own_creds(task);
	struct process_keys *pk = cred->process_keys;
	struct process_uid *entry;

	if (!pk || !is_counted(task))
		return;
	guard(spinlock)(&pk->lock);
	/* The caller has the same real UID and is counted: so @entry exists */
	entry = __process_uid_find(pk, cred->uid);
	if (!WARN_ON_ONCE(!entry))
		entry->threads++;
}

/**
 * key_thread_exit - count a task as ended, and put its process keyring
 * @task: the current task, which exits; a task that could not be started; or
 *	a task that has exited and drops its credentials
 *
 * The last thread with a real UID puts the process keyring, even if other
 * objects still refer to the credentials. The thread keyring and the session
 * keyring are put later, together with the credentials; unref_hope() notes that
 * they may be unreferenced soon. For a task that exits, this function is called
 * twice, by do_exit() and by exit_creds(). The second call does not change the
 * count.
 *
 * Context: process context; any context for a task that has exited.
 */
void key_thread_exit(const struct task_struct *task)
{
	const struct cred *cred = own_creds(task);
	bool has_left = task != current && (task->flags & PF_EXITING);

	if (cred->process_keys && is_counted(task) && !has_left)
		process_leave(cred->process_keys, cred->uid);
	unref_hope(cred->thread_keyring);
	unref_hope(cred->session_keyring);
}
