/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The interface of the key retention service to the rest of the kernel.
 *
 * A key holds secret data. It has a type, a description, an owner and
 * permissions, and it can expire. A keyring is a key that links other keys. See
 * Documentation/security/keys/ and keyrings(7).
 */
#ifndef _LINUX_KEY_H
#define _LINUX_KEY_H

#include <linux/atomic.h>
#include <linux/list.h>
#include <linux/rbtree.h>
#include <linux/rcupdate.h>
#include <linux/refcount.h>
#include <linux/rwsem.h>
#include <linux/spinlock.h>
#include <linux/stddef.h>
#include <linux/sysctl.h>
#include <linux/time64.h>
#include <linux/types.h>

#ifdef __KERNEL__
#include <linux/uidgid.h>

/* Serial number, by which user space names a key */
typedef int32_t key_serial_t;

/* Permission mask: eight bits each for possessor, user, group and others */
typedef uint32_t key_perm_t;

struct key;
struct net;

#ifdef CONFIG_KEYS

#define KEY_POS_VIEW	0x01000000	/* Possessor: view the attributes */
#define KEY_POS_READ	0x02000000	/* Possessor: read the payload */
#define KEY_POS_WRITE	0x04000000	/* Possessor: change payload, links */
#define KEY_POS_SEARCH	0x08000000	/* Possessor: find, search the key */
#define KEY_POS_LINK	0x10000000	/* Possessor: link the key */
#define KEY_POS_SETATTR	0x20000000	/* Possessor: change attributes */
#define KEY_POS_ALL	0x3f000000

#define KEY_USR_VIEW	0x00010000	/* The same for the owner */
#define KEY_USR_READ	0x00020000
#define KEY_USR_WRITE	0x00040000
#define KEY_USR_SEARCH	0x00080000
#define KEY_USR_LINK	0x00100000
#define KEY_USR_SETATTR	0x00200000
#define KEY_USR_ALL	0x003f0000

#define KEY_GRP_VIEW	0x00000100	/* The same for the group */
#define KEY_GRP_READ	0x00000200
#define KEY_GRP_WRITE	0x00000400
#define KEY_GRP_SEARCH	0x00000800
#define KEY_GRP_LINK	0x00001000
#define KEY_GRP_SETATTR	0x00002000
#define KEY_GRP_ALL	0x00003f00

#define KEY_OTH_VIEW	0x00000001	/* The same for all other users */
#define KEY_OTH_READ	0x00000002
#define KEY_OTH_WRITE	0x00000004
#define KEY_OTH_SEARCH	0x00000008
#define KEY_OTH_LINK	0x00000010
#define KEY_OTH_SETATTR	0x00000020
#define KEY_OTH_ALL	0x0000003f

#define KEY_PERM_UNDEF	0xffffffff

/*
 * The permission that an operation needs. The last four values have no bit in
 * the permission mask: security modules receive these values and decide.
 */
enum key_need_perm {
	KEY_NEED_UNSPECIFIED,
	KEY_NEED_VIEW,
	KEY_NEED_READ,
	KEY_NEED_WRITE,
	KEY_NEED_SEARCH,
	KEY_NEED_LINK,
	KEY_NEED_SETATTR,
	KEY_NEED_UNLINK,
	KEY_SYSADMIN_OVERRIDE,
	KEY_AUTHTOKEN_OVERRIDE,
	KEY_DEFER_PERM_CHECK,
};

enum key_lookup_flag {
	KEY_LOOKUP_CREATE = 0x01,	/* Make a special keyring that is absent */
	KEY_LOOKUP_PARTIAL = 0x02,	/* Accept a key under construction */
	KEY_LOOKUP_ALL = (KEY_LOOKUP_CREATE | KEY_LOOKUP_PARTIAL),
};

struct cred;
struct key_type;
struct key_user;
struct process_keys;
struct seq_file;
struct signal_struct;
struct task_struct;
struct user_namespace;
struct user_struct;

/**
 * struct key_tag - a domain that keys can belong to: a network namespace
 * @rcu: frees the object after a grace period
 * @usage: number of references, one of them held by the namespace
 * @removed: true once the namespace ends; then no key of the domain is found
 * @index_id: number of the domain in the index, 0 until it is needed
 * @classes: the domain's keys, by type (private to core/type.c)
 *
 * The namespace sets @usage to 1 and all other fields to 0.
 */
struct key_tag {
	struct rcu_head		rcu;
	refcount_t		usage;
	bool			removed;
	atomic_t		index_id;
	struct hlist_head	classes;
};

/**
 * union key_payload - payload of a key: four words for the key's type
 * @rcu_data0: the first word, for types that replace it under RCU
 * @data: all four words
 */
union key_payload {
	void __rcu	*rcu_data0;
	void		*data[4];
};

/*
 * A pointer to a key. The lowest bit says whether the caller possesses the key.
 */
typedef struct __key_ref *key_ref_t;

#define KEY_REF_POSSESSED	1UL

/**
 * is_key_possessed - does the caller possess the key?
 * @ref: key pointer with the possession bit
 *
 * Return: true if the caller possesses the key.
 */
static inline bool is_key_possessed(const key_ref_t ref)
{
	return (unsigned long)ref & KEY_REF_POSSESSED;
}

/**
 * key_ref_to_ptr - return the key without the possession bit
 * @ref: key pointer with the possession bit
 *
 * Return: the key.
 */
static inline struct key *key_ref_to_ptr(const key_ref_t ref)
{
	return (struct key *)((unsigned long)ref & ~KEY_REF_POSSESSED);
}

/**
 * make_key_ref - combine a key pointer with the possession bit
 * @key: the key, or an ERR_PTR
 * @possessed: true if the caller possesses the key
 *
 * Return: the combined pointer. No reference to @key is taken.
 */
static inline key_ref_t make_key_ref(const struct key *key, bool possessed)
{
	unsigned long bit = possessed ? KEY_REF_POSSESSED : 0;

	return (key_ref_t)((unsigned long)key | bit);
}

typedef int (*key_restrict_link_func_t)(struct key *dest_keyring,
					const struct key_type *type,
					const union key_payload *payload,
					struct key *restriction_key);

/**
 * struct key_restriction - decides which keys may be linked into a keyring
 * @check: returns 0 to allow a link. It is called with the keyring's semaphore
 *	held for writing, so it may search this keyring but not change it
 * @key: key or keyring that is passed to @check, with a reference, or NULL
 * @keytype: type that supplied @check, or NULL
 */
struct key_restriction {
	key_restrict_link_func_t	check;
	struct key			*key;
	struct key_type			*keytype;
};

/* Values of key->state; a negative one is the error of a negative key */
enum key_state {
	KEY_IS_UNINSTANTIATED,
	KEY_IS_POSITIVE,
};

/**
 * struct key - one key
 * @usage: number of references; the last put queues the key to be freed
 * @serial: serial number; not used for another key while this key is reachable
 * @sem: protects payload and attributes; held for writing to change them
 * @user: the account that is charged. Locking: both accounts' locks to change
 * @security: data of the security modules
 * @expiry: wall clock second at which the key expires, TIME64_MAX for never. A
 *	revocation sets it to the current second, unless it is earlier.
 *	Locking: the account's lock to write; only key_set_expiry() and
 *	key_use_up() write it
 * @uid: owner. Locking: @sem to write; READ_ONCE() to read without @sem
 * @gid: group. Locking: as @uid
 * @perm: permission mask. Locking: as @uid; kernel users may add bits without
 * @quotalen: bytes charged to @user. Locking: the account's lock
 * @datalen: payload length; not always that of a payload read under RCU.
 *	Locking: @sem
 * @state: enum key_state or a negative error, see key_read_state()
 * @flags: KEY_FLAG_* bits, changed with bitops
 *	(the group "index" after them identifies the key and never changes)
 * @payload: payload, in the format of the key's type
 * @keys: for keyrings, which have no payload: the number of links
 * @restrict_link: for keyrings: decides which keys may be linked; NULL to allow
 *	all keys. Set at most once. Locking: @sem to set; its fields as in
 *	security/keys/core/restrict.c
 * @parents: the links to this key. Locking: @parents_lock, or RCU to read
 * @parents_lock: protects @parents; taken inside a keyring's own lock
 * @serial_node: entry in the table of serial numbers
 * @expiry_node: entry in the account's expiry queue. Locking: account's lock
 * @rcu: waits for a grace period after the last put, while @expiry_node and
 *	@unref_node are not in use
 * @unref_node: entry in one of the account's queues of unreferenced keys,
 *	before and after @rcu is used. Locking: account's lock
 * @watchers: watches on this key. Locking: @sem to write, RCU to read
 */
struct key {
	refcount_t		usage;
	key_serial_t		serial;
	struct rw_semaphore	sem;
	struct key_user		*user;
	void			*security;
	time64_t		expiry;
	kuid_t			uid;
	kgid_t			gid;
	key_perm_t		perm;
	unsigned int		quotalen;
	unsigned int		datalen;
	short			state;

	unsigned long		flags;
#define KEY_FLAG_DEAD		0	/* The key's type was unregistered */
#define KEY_FLAG_REVOKED	1	/* Revoked */
#define KEY_FLAG_IN_QUOTA	2	/* Charged to the key's account */
#define KEY_FLAG_USER_CONSTRUCT	3	/* Under construction by request_key() */
#define KEY_FLAG_ROOT_CAN_CLEAR	4	/* CAP_SYS_ADMIN may clear keyring */
#define KEY_FLAG_INVALIDATED	5	/* Invalidated, collected or used up */
#define KEY_FLAG_BUILTIN	6	/* Built into the kernel */
#define KEY_FLAG_ROOT_CAN_INVAL	7	/* CAP_SYS_ADMIN may invalidate key */
#define KEY_FLAG_KEEP		8	/* User space may not remove the key */
#define KEY_FLAG_UID_KEYRING	9	/* User or user-session keyring */
	/* The following flags are used in security/keys only */
#define KEY_FLAG_CONSTRUCTING	10	/* A task is instantiating the key */
#define KEY_FLAG_EXPIRY_QUEUED	11	/* @expiry_node is in use */
#define KEY_FLAG_INSTANT_REAP	12	/* Of a KEY_TYPE_INSTANT_REAP type */

	struct_group_tagged(/* private: see @index */
		key_index, index, struct key_type *type;
		struct key_tag	*domain_tag;
		char		*description;
		u32		hash;
		u16		desc_len;
	); /* public: */

	union {
		union key_payload	payload;
		struct {
			struct {
				unsigned long	nr_leaves_on_tree;
			} keys;
			struct key_restriction	*restrict_link;
		};
	};

	struct hlist_head	parents;
	spinlock_t		parents_lock;
	struct rb_node		serial_node;
	union {
		struct rb_node		expiry_node;
		struct rcu_head		rcu;
		struct list_head	unref_node;
	};
#ifdef CONFIG_KEY_NOTIFICATIONS
	struct watch_list	*watchers;
#endif
};

/* key_alloc() and key_create*() flags */
#define KEY_ALLOC_IN_QUOTA		0x0000	/* Charge, refuse over the limit */
#define KEY_ALLOC_QUOTA_OVERRUN		0x0001	/* Charge, even over the limit */
#define KEY_ALLOC_NOT_IN_QUOTA		0x0002	/* Do not charge */
#define KEY_ALLOC_BUILT_IN		0x0004	/* Set KEY_FLAG_BUILTIN */
#define KEY_ALLOC_BYPASS_RESTRICTION	0x0008	/* Ignore a link restriction */
#define KEY_ALLOC_UID_KEYRING		0x0010	/* Set KEY_FLAG_UID_KEYRING */
#define KEY_ALLOC_SET_KEEP		0x0020	/* Set KEY_FLAG_KEEP */

struct key *key_alloc(struct key_type *type, const char *desc,
		      kuid_t uid, kgid_t gid, const struct cred *cred,
		      key_perm_t perm, unsigned long flags,
		      struct key_restriction *restrict_link);
void key_revoke(struct key *key);
void key_invalidate(struct key *key);
void key_put(struct key *key);
bool key_put_tag(struct key_tag *tag);
void key_remove_domain(struct key_tag *domain_tag);

/**
 * __key_get - take another reference to a key
 * @key: key that the caller holds a reference to
 *
 * Return: @key.
 */
static inline struct key *__key_get(struct key *key)
{
	refcount_inc(&key->usage);
	return key;
}

/**
 * key_ref_put - drop a reference to a key
 * @ref: key pointer with the possession bit
 */
static inline void key_ref_put(key_ref_t ref)
{
	key_put(key_ref_to_ptr(ref));
}

/**
 * key_get - take another reference to a key, unless it is NULL
 * @key: key that the caller holds a reference to, or NULL
 *
 * Return: @key.
 */
static inline struct key *key_get(struct key *key)
{
	if (!key)
		return NULL;
	return __key_get(key);
}

struct key *request_key_tag(struct key_type *type, const char *description,
			    struct key_tag *domain_tag,
			    const char *callout_info);
struct key *request_key_rcu(struct key_type *type, const char *description,
			    struct key_tag *domain_tag);
struct key *request_key_with_auxdata(struct key_type *type,
				     const char *description,
				     struct key_tag *domain_tag,
				     const void *callout_info,
				     size_t callout_len, void *aux);

/**
 * key_serial - return the serial number of a key
 * @key: key, or NULL
 *
 * Return: the serial number, 0 for NULL.
 */
static inline key_serial_t key_serial(const struct key *key)
{
	if (!key)
		return 0;
	return key->serial;
}

/**
 * request_key - find a key, or construct the key
 * @type: type of the key
 * @desc: description of the key
 * @callout: string for the helper; NULL to search only
 *
 * Return: see request_key_tag().
 */
static inline struct key *request_key(struct key_type *type, const char *desc,
				      const char *callout)
{
	return request_key_tag(type, desc, NULL, callout);
}

#ifdef CONFIG_NET
/**
 * request_key_net - find a key of a network namespace, or construct the key
 * @type: type of the key
 * @description: description of the key
 * @net: the namespace
 * @callout_info: string for the helper; NULL to search only
 *
 * Return: see request_key_tag().
 */
#define request_key_net(type, description, net, callout_info) \
	request_key_tag(type, description, (net)->key_domain, callout_info)

/**
 * request_key_net_rcu - find a key of a network namespace, without sleeping
 * @type: type of the key
 * @description: description of the key
 * @net: the namespace
 *
 * Return: see request_key_rcu().
 */
#define request_key_net_rcu(type, description, net) \
	request_key_rcu(type, description, (net)->key_domain)
#endif /* CONFIG_NET */

int wait_for_key_construction(struct key *key, bool intr);
int key_validate(const struct key *key);
key_ref_t key_create(key_ref_t keyring, const char *type,
		     const char *description, const void *payload, size_t plen,
		     key_perm_t perm, unsigned long flags);
key_ref_t key_create_or_update(key_ref_t keyring, const char *type,
			       const char *description, const void *payload,
			       size_t plen, key_perm_t perm,
			       unsigned long flags);
int key_update(key_ref_t key, const void *payload, size_t plen);
int key_link(struct key *keyring, struct key *key);
int key_move(struct key *key, struct key *from_keyring,
	     struct key *to_keyring, unsigned int flags);
int key_unlink(struct key *keyring, struct key *key);
struct key *keyring_alloc(const char *description, kuid_t uid, kgid_t gid,
			  const struct cred *cred, key_perm_t perm,
			  unsigned long flags,
			  struct key_restriction *restrict_link,
			  struct key *dest);
int restrict_link_reject(struct key *keyring, const struct key_type *type,
			 const union key_payload *payload,
			 struct key *restriction_key);
int keyring_clear(struct key *keyring);
key_ref_t keyring_search(key_ref_t keyring, struct key_type *type,
			 const char *description, bool recurse);
int keyring_restrict(key_ref_t keyring, const char *type,
		     const char *restriction);
struct key *key_lookup(key_serial_t id);
void key_set_timeout(struct key *key, unsigned int timeout);
key_ref_t lookup_user_key(key_serial_t id, unsigned long flags,
			  enum key_need_perm need_perm);

/**
 * key_read_state - read the state of a key
 * @key: key
 *
 * The acquire pairs with smp_store_release() in key_publish_state(). So the
 * caller can read what the constructor wrote before it published the state.
 *
 * Return: KEY_IS_UNINSTANTIATED, KEY_IS_POSITIVE, or a negative key's error.
 */
static inline short key_read_state(const struct key *key)
{
	/* Pairs with smp_store_release() in key_publish_state() */
	return smp_load_acquire(&key->state);
}

/**
 * key_is_negative - has the construction of the key been rejected?
 * @key: key
 *
 * Return: true if the key was negated or rejected.
 */
static inline bool key_is_negative(const struct key *key)
{
	return key_read_state(key) < 0;
}

/**
 * key_is_positive - does the key have a payload?
 * @key: key
 *
 * Return: true if the key was instantiated.
 */
static inline bool key_is_positive(const struct key *key)
{
	short state = key_read_state(key);

	return state == KEY_IS_POSITIVE;
}

#define dereference_key_rcu(KEY) \
	(rcu_dereference((KEY)->payload.rcu_data0))

#define dereference_key_locked(KEY) \
	(rcu_dereference_protected((KEY)->payload.rcu_data0, \
				   rwsem_is_locked(&((struct key *)(KEY))->sem)))

#define rcu_assign_keypointer(KEY, PAYLOAD) \
	rcu_assign_pointer((KEY)->payload.rcu_data0, (PAYLOAD))

/* For kernel/cred.c, kernel/user.c, kernel/user_namespace.c and init/main.c */
int install_thread_keyring_to_cred(struct cred *cred);
void key_fsuid_changed(struct cred *new_cred);
void key_fsgid_changed(struct cred *new_cred);
void key_ruid_changed(const struct cred *new_cred, const struct cred *old);
int key_share_process_keys(const struct cred *cred);
void key_thread_start(const struct task_struct *task);
void key_thread_exit(const struct task_struct *task);
struct process_keys *process_keys_get(struct process_keys *pk);
void process_keys_put(struct process_keys *pk);
void key_free_user(struct user_struct *user);
void key_free_user_ns(struct user_namespace *ns);
void key_init(void);

#else /* CONFIG_KEYS */

#define key_validate(k)			0
#define key_serial(k)			0
#define key_get(k)			({ NULL; })
#define key_revoke(k)			do { } while (0)
#define key_invalidate(k)		do { } while (0)
#define key_put(k)			do { } while (0)
#define key_ref_put(k)			do { } while (0)
#define make_key_ref(k, p)		NULL
#define key_ref_to_ptr(k)		NULL
#define is_key_possessed(k)		0
#define key_fsuid_changed(c)		do { } while (0)
#define key_fsgid_changed(c)		do { } while (0)
#define key_ruid_changed(n, o)		do { } while (0)
#define key_share_process_keys(c)	0
#define key_thread_start(t)		do { } while (0)
#define key_thread_exit(t)		do { } while (0)
#define process_keys_get(p)		do { } while (0)
#define process_keys_put(p)		do { } while (0)
#define key_free_user(u)		do { } while (0)
#define key_init()			do { } while (0)
#define key_free_user_ns(ns)		do { } while (0)
#define key_remove_domain(d)		do { } while (0)
#define key_lookup(k)			NULL

#endif /* CONFIG_KEYS */
#endif /* __KERNEL__ */
#endif /* _LINUX_KEY_H */
