// SPDX-License-Identifier: GPL-2.0-only
/*
 * Persistent keyrings, which exist after the last logout of their user.
 *
 * Each user namespace has a register: a keyring that links the persistent
 * keyrings of the namespace's users. The register is made together with the
 * first persistent keyring. The namespace's pointer to the register is set once
 * and never changes, so readers of the pointer take no lock.
 */
#include <linux/cred.h>
#include <linux/init_task.h>
#include <linux/rculist.h>
#include <linux/sched/signal.h>
#include <linux/user_namespace.h>

#include "../core/index.h"
#include "../core/key.h"
#include "../core/link.h"
#include "link_permitted.h"
#include "persistent.h"

/* Size of a persistent keyring's name: the prefix, the largest UID and a NUL */
#define PERSISTENT_NAME	sizeof("_persistent.4294967295")

#define PERSISTENT_PERM	((KEY_POS_ALL & ~KEY_POS_SETATTR) | \
			 KEY_USR_VIEW | KEY_USR_READ)

unsigned int persistent_keyring_expiry = 3 * 24 * 3600;

static struct key *register_make(void)
{
	return keyring_alloc(".persistent_register", GLOBAL_ROOT_UID,
			     GLOBAL_ROOT_GID, &init_cred, PERSISTENT_PERM,
			     KEY_ALLOC_NOT_IN_QUOTA, NULL, NULL);
}

static struct key *__register_get(struct user_namespace *ns)
{
	struct key *reg = ns->persistent_keyring_register;

	lockdep_assert_held_write(&ns->keyring_sem);
	if (reg)
		return reg;
	reg = register_make();
	if (IS_ERR(reg))
		return reg;
	/*
	 * A task that sees the pointer sees the complete keyring, too: pairs
	 * with smp_load_acquire() in persistent_find().
	 */
	smp_store_release(&ns->persistent_keyring_register, reg);
	return reg;
}

/*
 * Find a persistent keyring in the register. An expired keyring is found, too,
 * until the keyring is collected (unlinked from the register): the caller uses
 * the keyring again and gives it a new timeout, see persistent_renew().
 */
static struct key *persistent_find(struct user_namespace *ns, const char *name)
{
	/*
	 * If the pointer is not NULL, the keyring is complete: pairs with
	 * smp_store_release() in __register_get().
	 */
	struct key *reg = smp_load_acquire(&ns->persistent_keyring_register);
	struct key_index index;

	if (!reg)
		return NULL;
	key_index_init(&index, &key_type_keyring, NULL, name);
	return keyring_find_live(to_keyring(reg), &index);
}

/* Restart the timeout of a persistent keyring. */
static void persistent_renew(struct key *ring)
{
	key_set_timeout(ring, READ_ONCE(persistent_keyring_expiry));
}

/*
 * Make a persistent keyring and link it into the register, unless another task
 * has done so meanwhile. If the register links a revoked keyring of this name,
 * the new link displaces that link. The timeout is set here already, although
 * persistent_link() sets it again when it has linked the keyring into the
 * keyring of its caller. If that fails, the register still links the new
 * keyring, which would exist for ever without a timeout.
 */
static struct key *persistent_make(struct user_namespace *ns, kuid_t uid,
				   const char *name)
{
	struct key *reg, *ring;

	guard(rwsem_write)(&ns->keyring_sem);
	ring = persistent_find(ns, name);
	if (ring)
		return ring;
	reg = __register_get(ns);
	if (IS_ERR(reg))
		return reg;
	ring = keyring_alloc(name, uid, INVALID_GID, current_cred(),
			     PERSISTENT_PERM, KEY_ALLOC_NOT_IN_QUOTA,
			     NULL, reg);
	if (!IS_ERR(ring))
		persistent_renew(ring);
	return ring;
}

static struct key *persistent_get(struct user_namespace *ns, kuid_t uid)
{
	struct key *ring;
	char name[PERSISTENT_NAME];

	snprintf(name, sizeof(name), "_persistent.%u", from_kuid(ns, uid));
	ring = persistent_find(ns, name);
	return ring ?: persistent_make(ns, uid, name);
}

/*
 * Link the persistent keyring @ring into @dest, and restart the timeout of
 * @ring. Returns the serial number of @ring or an error. The check of Link
 * permission treats the caller as a possessor of @ring: KEYCTL_GET_PERSISTENT
 * has already checked that the caller may use the persistent keyring of this
 * user.
 */
static long persistent_let_in(struct key *ring, struct key *dest)
{
	int ret = key_link_permitted(dest, make_key_ref(ring, true));

	if (ret)
		return ret;
	persistent_renew(ring);
	return key_serial(ring);
}

/**
 * persistent_link - link a user's persistent keyring
 * @uid: UID of the user, which is mapped in the caller's user namespace; the
 *	caller may use this user's persistent keyring
 * @dest: keyring to link the persistent keyring into
 *
 * The persistent keyring is made if there is none. When the persistent keyring
 * has been linked, its timeout is restarted. See persistent-keyring(7).
 *
 * Context: may sleep.
 * Return: the serial number of the persistent keyring; -ENOTDIR if @dest is not
 * a keyring; -EACCES, or the error of a security module, if the caller may not
 * link the persistent keyring; -EDQUOT, -ENOMEM, or an error of key_link().
 */
long persistent_link(kuid_t uid, struct key *dest)
{
	bool over;
	long ret;

	if (!key_is_keyring(dest))
		return -ENOTDIR;
	do {
		struct key *ring __free(key_put) =
			persistent_get(current_user_ns(), uid);

		if (IS_ERR(ring))
			return PTR_ERR(ring);
		ret = persistent_let_in(ring, dest);
		/*
		 * The keyring may have been invalidated meanwhile, or collected
		 * because its timeout was over. Then no keyring links @ring any
		 * more, not even @dest: try again with a new keyring.
		 */
		over = key_is_invalid(ring);
	} while (over && !fatal_signal_pending(current));
	return ret;
}

static struct key *first_registered(const struct keyring *reg)
{
	struct key_link *link;
	struct key *ring = NULL;

	guard(rcu)();
	/*
	 * key_tryget() fails if another task removes the link, and the link had
	 * the last reference to the keyring. Then try the next link.
	 */
	list_for_each_entry_rcu(link, &reg->rings, ring_node) {
		ring = key_tryget(link->key);
		if (ring)
			break;
	}
	return ring;
}

/**
 * persistent_free_ns - invalidate the persistent keyrings of a user namespace
 * @ns: user namespace that is being freed; no references to it are left
 *
 * No task can get these keyrings with KEYCTL_GET_PERSISTENT any more, because
 * no task is in the namespace. These keyrings are unlinked from all keyrings,
 * even from keyrings that tasks in other namespaces use.
 *
 * Context: may sleep.
 */
void persistent_free_ns(struct user_namespace *ns)
{
	struct key *reg = ns->persistent_keyring_register, *ring;

	if (!reg)
		return;
	while ((ring = first_registered(to_keyring(reg)))) {
		key_invalidate(ring);
		/*
		 * If another task invalidates @ring at the same time, the
		 * register may still link @ring. Unlink @ring, or else
		 * first_registered() would find @ring again and again.
		 */
		key_unlink(reg, ring);
		key_put(ring);
		cond_resched();
	}
	key_put(reg);
}
