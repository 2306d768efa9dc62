// SPDX-License-Identifier: GPL-2.0-only
/*
 * The keyrings that credentials (struct cred) refer to.
 *
 * Credentials do not change once they are in use. So a thread keyring or a
 * session keyring is installed by replacing the task's credentials. A process
 * keyring belongs to all threads of a process that have the same real UID. So
 * a process keyring is installed in an object that these threads share, see
 * process_keys.c.
 */
#include <linux/init_task.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>
#include <linux/sched/user.h>
#include <linux/security.h>
#include <linux/slab.h>
#include <linux/task_work.h>
#include <linux/user_namespace.h>

#include "../core/key.h"
#include "../core/quota.h"
#include "../core/ringname.h"
#include "cred_rings.h"
#include "process_keys.h"

#define OWN_RING_PERM		(KEY_POS_ALL | KEY_USR_VIEW)
#define SESSION_RING_PERM	(OWN_RING_PERM | KEY_USR_READ)
#define NAMED_RING_PERM		(SESSION_RING_PERM | KEY_USR_LINK)

static void new_cred_drop(struct cred *new)
{
	if (!IS_ERR_OR_NULL(new))
		abort_creds(new);
}

DEFINE_FREE(new_cred, struct cred *, new_cred_drop(_T))

/*
 * Are the caller's credentials overridden, see override_creds()? Then no
 * keyring must be installed: the overriding credentials may belong to another
 * process, and commit_creds() must not be called while they are in force.
 */
static bool creds_are_borrowed(void)
{
	return current_cred() != current_real_cred();
}

static struct cred *prepare_own_creds(void)
{
	if (creds_are_borrowed())
		return ERR_PTR(-EPERM);
	return prepare_creds() ?: ERR_PTR(-ENOMEM);
}

static struct key *own_ring_make(const char *name, const struct cred *cred,
				 key_perm_t perm, unsigned long flags)
{
	return keyring_alloc(name, cred->uid, cred->gid, cred, perm, flags,
			     NULL, NULL);
}

/**
 * install_thread_keyring_to_cred - add a thread keyring to new credentials
 * @cred: credentials that are not in use yet
 *
 * Does nothing if the credentials have a thread keyring. The charge for a new
 * keyring may exceed the quota of @cred->uid. See thread-keyring(7).
 *
 * Context: may sleep.
 * Return: 0, -ENOMEM, or the error of a security module.
 */
int install_thread_keyring_to_cred(struct cred *cred)
{
	struct key *ring;

	if (cred->thread_keyring)
		return 0;
	ring = own_ring_make("_tid", cred, OWN_RING_PERM,
			     KEY_ALLOC_QUOTA_OVERRUN);
	if (IS_ERR(ring))
		return PTR_ERR(ring);
	cred->thread_keyring = ring;
	return 0;
}

/**
 * install_thread_keyring - make the caller's thread keyring, if it is absent
 *
 * Context: may sleep; replaces the caller's credentials.
 * Return: 0, -EPERM if the caller's credentials are overridden, -ENOMEM, or
 * the error of a security module.
 */
int install_thread_keyring(void)
{
	struct cred *new __free(new_cred) = NULL;
	int ret;

	if (current_cred()->thread_keyring)
		return 0;
	new = prepare_own_creds();
	if (IS_ERR(new))
		return PTR_ERR(new);
	ret = install_thread_keyring_to_cred(new);
	return ret ?: commit_creds(no_free_ptr(new));
}

/**
 * install_process_keyring - make the process keyring, unless there is one
 *
 * All threads of the process with the caller's real UID share the keyring
 * afterwards. The charge for the keyring may exceed this UID's quota. See
 * process-keyring(7).
 *
 * Context: may sleep.
 * Return: 0; -EPERM if the caller's credentials are overridden, or are
 * init_cred, the kernel's initial credentials; -ENOMEM; or the error of a
 * security module.
 */
int install_process_keyring(void)
{
	const struct cred *cred = current_cred();
	struct key *ring __free(key_put) = process_keyring_get(cred);
	int ret;

	if (ring)
		return 0;
	if (creds_are_borrowed() || cred == &init_cred)
		return -EPERM;
	ret = key_share_process_keys(cred);
	if (ret)
		return ret;
	ring = own_ring_make("_pid", cred, OWN_RING_PERM,
			     KEY_ALLOC_QUOTA_OVERRUN);
	if (IS_ERR(ring))
		return PTR_ERR(ring);
	/*
	 * Returns NULL if @ring was installed. Returns @ring if another thread
	 * has installed a process keyring meanwhile: then __free() puts @ring.
	 */
	ring = process_keyring_offer(cred, ring);
	return 0;
}

/**
 * install_session_keyring_to_cred - set the session keyring of new credentials
 * @cred: credentials that are not in use yet
 * @keyring: keyring to use, a reference is taken; NULL to make a new keyring
 *
 * A new keyring is charged to its owner's account. If @cred has no session
 * keyring yet, the charge may exceed the quota, so that the task gets its first
 * session keyring in any case.
 *
 * Context: may sleep.
 * Return: 0, -EDQUOT, -ENOMEM, or the error of a security module.
 */
int install_session_keyring_to_cred(struct cred *cred, struct key *keyring)
{
	struct key *old = cred->session_keyring;

	if (keyring)
		key_get(keyring);
	else
		keyring = own_ring_make("_ses", cred, SESSION_RING_PERM,
					old ? KEY_ALLOC_IN_QUOTA :
					KEY_ALLOC_QUOTA_OVERRUN);
	if (IS_ERR(keyring))
		return PTR_ERR(keyring);
	cred->session_keyring = keyring;
	key_put(old);
	return 0;
}

/**
 * install_session_keyring - replace the caller's session keyring
 * @keyring: keyring, or NULL to make a new one
 *
 * Context: may sleep; replaces the caller's credentials.
 * Return: 0, -EPERM if the caller's credentials are overridden, -EDQUOT,
 * -ENOMEM, or the error of a security module.
 */
int install_session_keyring(struct key *keyring)
{
	struct cred *new __free(new_cred) = prepare_own_creds();
	int ret;

	if (IS_ERR(new))
		return PTR_ERR(new);
	ret = install_session_keyring_to_cred(new, keyring);
	return ret ?: commit_creds(no_free_ptr(new));
}

/*
 * Find a keyring with this name that the caller may search, or make a new
 * keyring. The create_mutex of the user's account (struct key_user) makes the
 * search and the making one step for all processes of the user. Other users
 * need not be excluded: a new keyring grants them no permission, so they cannot
 * find the new keyring anyway.
 */
static struct key *named_ring_get(const char *name, const struct cred *cred)
{
	struct key_user *account __free(key_user_put) =
		key_user_get(cred->uid);
	struct key *ring;

	if (!account)
		return ERR_PTR(-ENOMEM);
	guard(mutex)(&account->create_mutex);
	ring = ringname_find(name, cred->user_ns, cred->uid,
			     current_cred()->session_keyring);
	if (ring != ERR_PTR(-ENOKEY))
		return ring;
	return own_ring_make(name, cred, NAMED_RING_PERM, KEY_ALLOC_IN_QUOTA);
}

static int join_named_ring(struct cred *new, const char *name)
{
	/* Names with a leading dot are reserved for the kernel */
	if (*name == '.')
		return -EPERM;

	struct key *ring __free(key_put) = named_ring_get(name, new);

	if (IS_ERR(ring))
		return PTR_ERR(ring);
	return install_session_keyring_to_cred(new, ring);
}

/**
 * join_session_keyring - change the caller's session keyring
 * @name: name of the keyring, which is made if the caller may not search any
 *	keyring with this name; NULL for a new anonymous keyring
 *
 * See keyctl_join_session_keyring(3).
 *
 * Context: may sleep; replaces the caller's credentials.
 * Return: the serial number of the keyring, or 0 if it is already the caller's
 * session keyring; -EINVAL for a name that is empty or too long; -EPERM for a
 * name with a leading dot, or if the caller's credentials are overridden;
 * -EDQUOT, -ENOMEM, or the error of a security module.
 */
long join_session_keyring(const char *name)
{
	struct cred *new __free(new_cred) = prepare_own_creds();
	long ret;

	if (IS_ERR(new))
		return PTR_ERR(new);
	ret = name ? join_named_ring(new, name) :
		     install_session_keyring_to_cred(new, NULL);
	if (ret || new->session_keyring == current_cred()->session_keyring)
		return ret;
	ret = key_serial(new->session_keyring);
	commit_creds(no_free_ptr(new));
	return ret;
}

/*
 * KEYCTL_SESSION_TO_PARENT: the child queues task work with new credentials for
 * its parent, because only the parent itself can replace the parent's
 * credentials. The new credentials contain only a session keyring. The parent
 * copies the other fields from its old credentials when the work runs.
 */

static struct cred *cred_of_work(struct callback_head *work)
{
	return container_of(work, struct cred, rcu);
}

/*
 * Copy the credentials @old to @new, except the session keyring, and except the
 * fields that belong to the object @new itself: the reference count, and the
 * memory of the security modules. Returns 0 or -ENOMEM. Also after -ENOMEM,
 * @new owns a reference to each object that @new refers to, so that put_cred()
 * can free @new.
 */
static int session_cred_fill(struct cred *new, const struct cred *old)
{
	/* Other tasks may change old->usage now, which is not used here */
	struct cred copy = data_race(*old);

	copy.usage = new->usage;
	copy.session_keyring = new->session_keyring;
#ifdef CONFIG_SECURITY
	copy.security = new->security;
#endif
	copy.non_rcu = 0;
	*new = copy;

	get_uid(new->user);
	get_user_ns(new->user_ns);
	get_group_info(new->group_info);
	key_get(new->thread_keyring);
	/*
	 * Drop an authority that the task has assumed to construct a key: as a
	 * rule, the authorisation key is in the session keyring that the task
	 * loses now.
	 */
	new->request_key_auth = NULL;
	process_keys_get(new->process_keys);
	new->ucounts = get_ucounts(new->ucounts);
	if (!new->ucounts)
		return -ENOMEM;
	security_transfer_creds(new, old);
	return 0;
}

/*
 * Runs in the parent when the parent is about to return to user space. The
 * parent keeps its session keyring if the parent exits, has overridden
 * credentials, or cannot get memory: the child cannot be informed any more.
 */
static void session_cred_install(struct callback_head *work)
{
	struct cred *new = cred_of_work(work);

	if ((current->flags & PF_EXITING) || creds_are_borrowed() ||
	    session_cred_fill(new, current_cred())) {
		put_cred(new);
		return;
	}
	commit_creds(new);
}

static bool same_ids(const struct cred *parent, const struct cred *child)
{
	return uid_eq(parent->uid, child->euid) &&
	       uid_eq(parent->euid, child->euid) &&
	       uid_eq(parent->suid, child->euid) &&
	       gid_eq(parent->gid, child->egid) &&
	       gid_eq(parent->egid, child->egid) &&
	       gid_eq(parent->sgid, child->egid);
}

static bool is_owned_by(const struct key *session, kuid_t uid)
{
	return !session || uid_eq(READ_ONCE(session->uid), uid);
}

/*
 * May the caller, whose credentials are @child, make @session the session
 * keyring of the parent? Returns 0 if so, 1 if @session already is the parent's
 * session keyring, or -EPERM. See session_to_parent() for the conditions.
 */
static int may_give(struct task_struct *parent, const struct cred *child,
		    const struct key *session)
{
	const struct cred *cred = __task_cred(parent);

	if (is_global_init(parent) || (parent->flags & PF_KTHREAD) ||
	    !thread_group_empty(parent))
		return -EPERM;
	if (cred->session_keyring == session)
		return 1;
	if (!same_ids(cred, child) ||
	    !is_owned_by(cred->session_keyring, child->euid) ||
	    !is_owned_by(session, child->euid))
		return -EPERM;
	return 0;
}

static int queue_for_parent(struct cred *new)
{
	struct callback_head *earlier;
	struct task_struct *parent;
	int ret;

	guard(rcu)();
	parent = rcu_dereference(current->real_parent);
	ret = may_give(parent, current_cred(), new->session_keyring);
	if (ret)
		return ret;
	/*
	 * A new request replaces an earlier request, of this child or of
	 * another one, that has not run yet in the parent.
	 */
	earlier = task_work_cancel_func(parent, session_cred_install);
	ret = task_work_add(parent, (struct callback_head *)&new->rcu,
			    TWA_RESUME);
	if (earlier)
		put_cred(cred_of_work(earlier));
	return ret;
}

/**
 * session_to_parent - give the parent the caller's session keyring
 * @session: the caller's session keyring, on which the caller has Link
 *	permission; a reference is taken
 *
 * The parent's session keyring is replaced when the parent next returns to user
 * space. The parent must have a single thread. The parent's real, effective and
 * saved UID must be the caller's effective UID, and the same holds for the
 * GIDs. The session keyrings of the caller and of the parent, if there is one,
 * must belong to the caller's effective UID. See keyctl_session_to_parent(3).
 *
 * Context: may sleep.
 * Return: 0, also if the parent already has this session keyring; -EPERM if the
 * parent does not meet these conditions, or is a kernel thread or the first
 * process (init) of the system; -ESRCH if the parent is exiting; or -ENOMEM.
 */
long session_to_parent(struct key *session)
{
	struct cred *new = cred_alloc_blank();
	int ret;

	if (!new)
		return -ENOMEM;
	new->session_keyring = key_get(session);
	init_task_work((struct callback_head *)&new->rcu, session_cred_install);
	ret = queue_for_parent(new);
	if (ret)
		put_cred(new);
	return min(ret, 0);
}

/**
 * key_fsuid_changed - change the owner of the thread keyring
 * @new_cred: new credentials with another filesystem UID, not in use yet
 *
 * The filesystem UID becomes the owner of the thread keyring. The account
 * (struct key_user) that is charged for the keyring does not change. So no
 * quota can be exceeded, and this function cannot fail.
 *
 * Context: may sleep.
 */
void key_fsuid_changed(struct cred *new_cred)
{
	struct key *ring = new_cred->thread_keyring;

	if (!ring)
		return;
	guard(rwsem_write)(&ring->sem);
	WRITE_ONCE(ring->uid, new_cred->fsuid);
}

/**
 * key_fsgid_changed - change the group of the thread keyring
 * @new_cred: new credentials with another filesystem GID, not in use yet
 *
 * Context: may sleep.
 */
void key_fsgid_changed(struct cred *new_cred)
{
	struct key *ring = new_cred->thread_keyring;

	if (!ring)
		return;
	guard(rwsem_write)(&ring->sem);
	WRITE_ONCE(ring->gid, new_cred->fsgid);
}

#if IS_ENABLED(CONFIG_KEYS_KUNIT_TEST)
#include "../tests/cred_rings_kunit.c"
#endif
