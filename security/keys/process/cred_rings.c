// SPDX-License-Identifier: GPL-2.0-only
/*
 * The keyrings that hang on credentials.
 *
 * Credentials do not change once they are in use, so a thread or a session
 * keyring is installed by replacing the task's. The process keyring reaches all
 * threads of the same real UID at once, see process_keys.c.
 */
#include <linux/init_task.h>
#include <linux/keyctl.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>
#include <linux/sched/user.h>
#include <linux/security.h>
#include <linux/slab.h>
#include <linux/task_work.h>
#include <linux/user_namespace.h>

#include "../core/quota.h"
#include "../core/ringname.h"
#include "cred_rings.h"
#include "process_keys.h"

#define OWN_RING_PERM		(KEY_POS_ALL | KEY_USR_VIEW)
#define SESSION_RING_PERM	(OWN_RING_PERM | KEY_USR_READ)
#define NAMED_RING_PERM		(SESSION_RING_PERM | KEY_USR_LINK)

/*
 * Has somebody lent the task its credentials for a while? They are not ours to
 * replace then, and may be another process's.
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
 * install_thread_keyring_to_cred - make a thread keyring, unless there is one
 * @cred: credentials that are not in use yet
 *
 * See thread-keyring(7).
 *
 * Context: may sleep.
 * Return: 0, -ENOMEM, or what a security module said.
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
 * install_thread_keyring - give the caller a thread keyring, unless it has one
 *
 * Context: may sleep; replaces the caller's credentials.
 * Return: 0, -EPERM if the caller's credentials are overridden, -ENOMEM, or
 * what a security module said.
 */
int install_thread_keyring(void)
{
	struct cred *new;
	int ret;

	if (current_cred()->thread_keyring)
		return 0;
	new = prepare_own_creds();
	if (IS_ERR(new))
		return PTR_ERR(new);
	ret = install_thread_keyring_to_cred(new);
	if (ret) {
		abort_creds(new);
		return ret;
	}
	return commit_creds(new);
}

/**
 * install_process_keyring - make the process keyring, unless there is one
 *
 * All threads of the process that have the caller's real UID have the keyring
 * from now on. See process-keyring(7).
 *
 * Context: may sleep.
 * Return: 0, -EPERM if the caller's credentials are overridden, -ENOMEM, or
 * what a security module said.
 */
int install_process_keyring(void)
{
	const struct cred *cred = current_cred();
	struct key *ring = process_keyring_get(cred);
	int ret;

	if (ring) {
		key_put(ring);
		return 0;
	}
	if (creds_are_borrowed() || cred == &init_cred)
		return -EPERM;
	ret = key_share_process_keys(cred);
	if (ret)
		return ret;
	ring = own_ring_make("_pid", cred, OWN_RING_PERM,
			     KEY_ALLOC_QUOTA_OVERRUN);
	if (IS_ERR(ring))
		return PTR_ERR(ring);
	key_put(process_keyring_offer(cred, ring));
	return 0;
}

/**
 * install_session_keyring_to_cred - replace the session keyring
 * @cred: credentials that are not in use yet
 * @keyring: keyring, of which they take a reference; NULL to make a new one
 *
 * One's first session keyring is made even if its owner cannot afford it.
 *
 * Context: may sleep.
 * Return: 0, -EDQUOT, -ENOMEM, or what a security module said.
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
 * -ENOMEM, or what a security module said.
 */
int install_session_keyring(struct key *keyring)
{
	struct cred *new = prepare_own_creds();
	int ret;

	if (IS_ERR(new))
		return PTR_ERR(new);
	ret = install_session_keyring_to_cred(new, keyring);
	if (ret) {
		abort_creds(new);
		return ret;
	}
	return commit_creds(new);
}

/*
 * Find the keyring of that name, or make it: whoever asks at the same time gets
 * the same one if its permissions let him.
 */
static struct key *__named_ring_get(const char *name, const struct cred *cred)
{
	struct key *ring;

	ring = ringname_find(name, cred->user_ns, cred->uid);
	if (ring != ERR_PTR(-ENOKEY))
		return ring;
	return own_ring_make(name, cred, NAMED_RING_PERM, KEY_ALLOC_IN_QUOTA);
}

/* Others cannot join what one makes, so only one user's processes take turns. */
static struct key *named_ring_get(const char *name, const struct cred *cred)
{
	struct key_user *user = key_user_get(cred->uid);
	struct key *ring;

	if (!user)
		return ERR_PTR(-ENOMEM);
	scoped_guard(mutex, &user->create_mutex)
		ring = __named_ring_get(name, cred);
	key_user_put(user);
	return ring;
}

static int join_named_ring(struct cred *new, const char *name)
{
	struct key *ring;
	int ret;

	/* The kernel's own names */
	if (*name == '.')
		return -EPERM;
	ring = named_ring_get(name, new);
	if (IS_ERR(ring))
		return PTR_ERR(ring);
	ret = install_session_keyring_to_cred(new, ring);
	key_put(ring);
	return ret;
}

/**
 * join_session_keyring - change the caller's session keyring
 * @name: name of the keyring, which is made if there is none that the caller
 *	may search; NULL for a new one without a name of its own
 *
 * See keyctl_join_session_keyring(3).
 *
 * Context: may sleep; replaces the caller's credentials.
 * Return: the serial number of the keyring, or 0 if the caller had it already;
 * -EINVAL for a name that is empty or too long, -EPERM for one that begins with
 * a dot or if the caller's credentials are overridden, -EDQUOT, -ENOMEM, or
 * what a security module said.
 */
long join_session_keyring(const char *name)
{
	struct cred *new = prepare_own_creds();
	long ret;

	if (IS_ERR(new))
		return PTR_ERR(new);
	ret = name ? join_named_ring(new, name) :
		     install_session_keyring_to_cred(new, NULL);
	if (ret || new->session_keyring == current_cred()->session_keyring) {
		abort_creds(new);
		return ret;
	}
	ret = key_serial(new->session_keyring);
	commit_creds(new);
	return ret;
}

/*
 * What a child sends to its parent is a set of credentials that has nothing but
 * a session keyring. The rest is filled in by the parent, from those that it
 * has by then.
 */

static struct cred *cred_of_work(struct callback_head *work)
{
	return container_of(work, struct cred, rcu);
}

/* Fill in @new from @old, all but the session keyring. */
static int session_cred_fill(struct cred *new, const struct cred *old)
{
	struct cred copy = *old;

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
	/* Acting upon a request is over for whoever gets another session */
	new->request_key_auth = NULL;
	process_keys_get(new->process_keys);
	new->ucounts = get_ucounts(new->ucounts);
	if (!new->ucounts)
		return -ENOMEM;
	security_transfer_creds(new, old);
	return 0;
}

/* Runs when the parent is about to return to user space. */
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

static bool own_session(const struct cred *cred, kuid_t uid)
{
	return !cred->session_keyring ||
	       uid_eq(READ_ONCE(cred->session_keyring->uid), uid);
}

/* 0 to go on, 1 if the parent has the keyring already, or the error. */
static int may_give(struct task_struct *parent, const struct cred *child)
{
	const struct cred *cred = __task_cred(parent);

	if (is_global_init(parent) || (parent->flags & PF_KTHREAD) ||
	    !thread_group_empty(parent))
		return -EPERM;
	if (cred->session_keyring == child->session_keyring)
		return 1;
	if (!same_ids(cred, child) || !own_session(cred, child->euid) ||
	    !own_session(child, child->euid))
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
	ret = may_give(parent, current_cred());
	if (ret)
		return ret;
	/* Only the latest request counts */
	earlier = task_work_cancel_func(parent, session_cred_install);
	ret = task_work_add(parent, (struct callback_head *)&new->rcu,
			    TWA_RESUME);
	if (earlier)
		put_cred(cred_of_work(earlier));
	return ret;
}

/**
 * session_to_parent - make the parent's session keyring the caller's
 *
 * It happens when the parent next returns to user space. The parent must have a
 * single thread and the caller's UIDs and GIDs, and either one's session
 * keyring must be its own. See keyctl_session_to_parent(3).
 *
 * Context: may sleep.
 * Return: 0; -EPERM if the parent is not such, or is init or a kernel thread;
 * -EACCES if the caller may not link its session keyring, -ENOKEY,
 * -EKEYREVOKED or -EKEYEXPIRED if that is of no use, -ESRCH if the parent is
 * exiting, or -ENOMEM.
 */
long session_to_parent(void)
{
	struct cred *new;
	key_ref_t session;
	int ret;

	session = lookup_user_key(KEY_SPEC_SESSION_KEYRING, 0, KEY_NEED_LINK);
	if (IS_ERR(session))
		return PTR_ERR(session);
	new = cred_alloc_blank();
	if (!new) {
		key_ref_put(session);
		return -ENOMEM;
	}
	new->session_keyring = key_ref_to_ptr(session);
	init_task_work((struct callback_head *)&new->rcu, session_cred_install);
	ret = queue_for_parent(new);
	if (ret)
		put_cred(new);
	return min(ret, 0);
}

/**
 * key_fsuid_changed - a subject's filesystem UID changes
 * @new_cred: its new credentials, not in use yet
 *
 * The thread keyring is chowned; whoever paid for it goes on to do so.
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
 * key_fsgid_changed - a subject's filesystem GID changes
 * @new_cred: its new credentials, not in use yet
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
