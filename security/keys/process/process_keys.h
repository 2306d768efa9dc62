/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The process keyring: which threads have which one; process-keyring(7).
 */
#ifndef _KEYS_PROCESS_PROCESS_KEYS_H
#define _KEYS_PROCESS_PROCESS_KEYS_H

#include <linux/cred.h>
#include <linux/key.h>
#include <linux/rculist.h>

/**
 * struct process_uid - the threads of a process that have one real UID
 * @node: place among the UIDs of the process, read under RCU. Locking: the
 *	process' lock
 * @uid: the real UID. Locking: the process' lock to write, RCU to read
 * @threads: how many threads there are, never 0 while @node is in use. Locking:
 *	the process' lock
 * @keyring: their process keyring, with a reference; NULL until asked for.
 *	Locking: the process' lock to write, RCU to read
 * @rcu: for freeing
 */
struct process_uid {
	struct hlist_node	node;
	kuid_t			uid;
	unsigned int		threads;
	struct key __rcu	*keyring;
	struct rcu_head		rcu;
};

/**
 * struct process_keys - the process keyrings of one process
 * @usage: references, one from each set of credentials
 * @lock: protects @uids and what it lists. Process context only, innermost
 * @uids: the real UIDs that threads of the process have, read under RCU
 *
 * Made when a process gets its second thread or its process keyring, whichever
 * comes first, so that no two threads can ever have different ones. Credentials
 * that are in use get the record once and keep it, also when they outlive the
 * process: its threads are counted, and the keyrings go with the threads.
 */
struct process_keys {
	refcount_t		usage;
	spinlock_t		lock;
	struct hlist_head	uids;
};

/**
 * process_keyring - the process keyring of a subject
 * @cred: the subject: its process and its real UID count
 *
 * Context: RCU read side. key_share_process_keys() publishes the record; what
 * is reached through the record depends on its address and needs no barrier.
 * Return: the keyring without a reference, RCU keeps it; NULL if nobody has
 * asked for it or the last thread of that real UID is gone.
 */
static inline struct key *process_keyring(const struct cred *cred)
{
	struct process_keys *pk = READ_ONCE(cred->process_keys);
	struct process_uid *entry;

	if (!pk)
		return NULL;
	hlist_for_each_entry_rcu(entry, &pk->uids, node)
		if (uid_eq(READ_ONCE(entry->uid), cred->uid))
			return rcu_dereference(entry->keyring);
	return NULL;
}

struct key *process_keyring_get(const struct cred *cred);
struct key *process_keyring_offer(const struct cred *cred, struct key *ring);

#endif /* _KEYS_PROCESS_PROCESS_KEYS_H */
