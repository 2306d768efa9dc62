/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Process keyrings, and the threads that share them; see process-keyring(7).
 */
#ifndef _KEYS_PROCESS_PROCESS_KEYS_H
#define _KEYS_PROCESS_PROCESS_KEYS_H

#include <linux/cred.h>
#include <linux/key.h>
#include <linux/rculist.h>

/**
 * struct process_uid - the threads of a process that have one real UID
 * @node: entry in process_keys.uids. Locking: process_keys.lock to write, RCU
 *	to read
 * @uid: the real UID. Locking: as @node
 * @threads: number of threads, never 0 while @node is in the list. Locking:
 *	process_keys.lock
 * @keyring: process keyring of these threads, with a reference; NULL until one
 *	of the threads asks for a process keyring. Locking: as @node
 * @rcu: frees the object after a grace period
 */
struct process_uid {
	struct hlist_node	node;
	kuid_t			uid;
	unsigned int		threads;
	struct key __rcu	*keyring;
	struct rcu_head		rcu;
};

/**
 * struct process_keys - the record of a process: its process keyrings
 * @usage: number of references, one for each set of credentials
 * @lock: protects @uids and the objects in @uids. Taken in process context
 *	only; no other lock is taken inside
 * @uids: one struct process_uid for each real UID that threads of the process
 *	have. Locking: @lock to write, RCU to read
 *
 * The record is made when a process gets its second thread or its first process
 * keyring, whichever is first. So all threads of a process share one record.
 * Credentials that are in use get the record once and keep the record, even
 * after the process has exited. The keyrings do not last that long: the record
 * counts the threads, and each keyring is put with its last thread.
 */
struct process_keys {
	refcount_t		usage;
	spinlock_t		lock;
	struct hlist_head	uids;
};

/**
 * process_keyring - return the process keyring of a subject
 * @cred: the subject. Its process and its real UID have at most one such
 *	keyring
 *
 * Context: RCU read side. The address dependency on cred->process_keys pairs
 * with the cmpxchg() in key_share_process_keys().
 * Return: the keyring, without a reference, but valid under RCU; NULL if no
 * thread has asked for the keyring, or the last thread of this real UID has
 * exited.
 */
static inline struct key *process_keyring(const struct cred *cred)
{
	struct process_keys *pk = READ_ONCE(cred->process_keys);
	struct process_uid *entry;

	RCU_LOCKDEP_WARN(!rcu_read_lock_held(), "keyring needs RCU");
	if (!pk)
		return NULL;
	hlist_for_each_entry_rcu(entry, &pk->uids, node) {
		struct key *ring = rcu_dereference(entry->keyring);

		/*
		 * Pairs with rcu_assign_pointer() in process_keyring_offer() and
		 * __process_move_last(). The UID of the entry may change before a
		 * keyring is set: the UID must not be older than the keyring.
		 */
		smp_rmb();
		if (uid_eq(READ_ONCE(entry->uid), cred->uid))
			return ring;
	}
	return NULL;
}

struct key *process_keyring_get(const struct cred *cred);
struct key *process_keyring_offer(const struct cred *cred, struct key *ring);

#endif /* _KEYS_PROCESS_PROCESS_KEYS_H */
