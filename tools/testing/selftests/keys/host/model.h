/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A model of security/keys/core that is too simple to be wrong: arrays, and
 * sums over them. It predicts the result of each operation, and all that can
 * be seen of keys, keyrings and accounts afterwards.
 */
#ifndef _HOST_MODEL_H
#define _HOST_MODEL_H

#include <linux/key-type.h>

#define M_KEYS		40	/* keys at a time */
#define M_NAMES		6	/* descriptions */
#define M_UIDS		3	/* accounts */
#define M_DOMAINS	2	/* network namespaces */
#define M_DEPTH		6	/* levels of keyrings of a search */
#define M_CYCLE_MAX	4096	/* keyrings that the check for cycles visits */
#define M_LINK_BYTES	4

/* Types of keys: only "user" can be updated */
enum m_type {
	M_RING,
	M_USER,
	M_PLAIN,
	M_INSTANT,	/* collected at its expiry */
	M_NET,		/* of a network namespace */
	M_TYPES,
};

/**
 * struct mkey - a key
 * @used: the key exists; also an unreferenced keyring until it is dismantled
 * @dying: the key is an unreferenced keyring
 * @handle: the test has a reference
 * @key: the real key
 * @serial: its serial number
 * @type: enum m_type
 * @name: number of its description
 * @domain: number of its domain, for M_NET
 * @uid: number of its owner
 * @perm: permission mask
 * @charged: it is charged to its owner's account
 * @datalen: length of the payload, charged
 * @state: KEY_IS_*, or an error
 * @revoked: it was revoked
 * @invalid: it was invalidated
 * @reject: it is a keyring that allows no links
 * @named: number that orders the keyrings of a name by age, 0 without a name
 * @expiry: when it expires
 * @queued: it is in the expiry queue
 * @nr: number of keyrings and of other keys that it links
 * @child: these
 */
struct mkey {
	bool		used;
	bool		dying;
	bool		handle;
	struct key	*key;
	key_serial_t	serial;
	u8		type;
	u8		name;
	u8		domain;
	u8		uid;
	key_perm_t	perm;
	bool		charged;
	unsigned int	datalen;
	short		state;
	bool		revoked;
	bool		invalid;
	bool		reject;
	unsigned int	named;
	time64_t	expiry;
	bool		queued;
	u8		nr[2];
	u8		child[2][M_KEYS];
};

/**
 * struct model - all that there is
 * @k: keys
 * @now: wall clock second
 * @max_keys: limit of the accounts but root's
 * @max_bytes: limit of the accounts but root's
 * @gc_delay: seconds until an expired key is unlinked
 * @me: UID of the caller
 * @net: network namespace of the caller
 * @names_made: number of keyrings that got a name
 * @reclaims: number of times that a charge was refused at first
 * @no_memory: the next link fails for lack of memory
 * @editing: keyring whose next link is reserved, plus 1; 0 if there is none
 * @edited: key that is to be linked there
 * @displaces: that link is to take the place of another key's
 */
struct model {
	struct mkey	k[M_KEYS];
	time64_t	now;
	unsigned int	max_keys;
	unsigned int	max_bytes;
	unsigned int	gc_delay;
	u8		me;
	u8		net;
	unsigned int	names_made;
	unsigned int	reclaims;
	bool		no_memory;
	u8		editing;
	u8		edited;
	bool		displaces;
};

/**
 * struct charges - what an account owes
 * @qnkeys: keys
 * @qnbytes: bytes
 * @nkeys: keys, also those without a charge
 * @nikeys: keys that are constructed
 */
struct charges {
	unsigned int	qnkeys;
	unsigned int	qnbytes;
	unsigned int	nkeys;
	unsigned int	nikeys;
};

/* Operations; what a, b, c and d of struct op mean */
enum op_kind {
	OP_ALLOC,	/* type, name, uid, flags */
	OP_RING,	/* name, uid, into this keyring or none */
	OP_PUT,		/* key */
	OP_GET,		/* key, by its number */
	OP_LINK,	/* keyring, key */
	OP_UNLINK,	/* keyring, key */
	OP_MOVE,	/* key, from, to, exclusive */
	OP_CLEAR,	/* keyring */
	OP_ADD,		/* keyring, type, name, length; flags */
	OP_CREATE,	/* keyring, type, name, length; flags */
	OP_UPDATE,	/* key, length */
	OP_FILL,	/* key, length, into this keyring or none */
	OP_REJECT,	/* key, timeout, into this keyring or none */
	OP_REVOKE,	/* key */
	OP_INVALIDATE,	/* key */
	OP_TIMEOUT,	/* key, seconds */
	OP_CHOWN,	/* key, uid */
	OP_SETPERM,	/* key, number of the mask */
	OP_RESTRICT,	/* keyring */
	OP_SEARCH,	/* keyring, type, name, flags */
	OP_REACHED,	/* key, up to three roots */
	OP_BY_NAME,	/* name */
	OP_CLOCK,	/* seconds */
	OP_LIMITS,	/* keys, bytes */
	OP_DELAY,	/* seconds */
	OP_CALLER,	/* uid, network namespace */
	OP_SETTLE,	/* free all that can be freed */
	OP_HOLD,	/* a reader begins */
	OP_LET_GO,	/* a reader ends */
	OP_KINDS,
};

/**
 * struct op - an operation
 * @kind: enum op_kind
 * @a: argument
 * @b: argument
 * @c: argument
 * @d: argument
 * @flags: M_*
 */
struct op {
	enum op_kind	kind;
	unsigned int	a, b, c, d;
	unsigned int	flags;
#define M_POSSESSED	0x1
#define M_RECURSE	0x2
#define M_OVERRUN	0x4
#define M_UNCHARGED	0x8
#define M_HOOKED	0x10
};

/* No keyring, or an operation that makes no key */
#define M_NONE		M_KEYS

extern const char *const m_names[M_NAMES];
extern const unsigned int m_uids[M_UIDS];
extern const key_perm_t m_perms[4];

void m_remove_link(struct model *m, unsigned int ring, unsigned int key);
void m_drop(struct model *m);
void m_empty(struct model *m, unsigned int ring);
void m_unlink_all(struct model *m, unsigned int key);
void m_invalidate(struct model *m, unsigned int k);
bool m_has_room(const struct model *m, unsigned int uid, unsigned int keys,
		long bytes, bool overrun);
void m_reclaim(struct model *m, unsigned int uid);
int m_charge(struct model *m, unsigned int uid, unsigned int keys, long bytes,
	     bool overrun);
long model_op(struct model *m, const struct op *op, unsigned int *slot);
unsigned int m_refs(const struct model *m, unsigned int k);
unsigned int m_quotalen(const struct model *m, unsigned int k);
struct charges m_charges(const struct model *m, unsigned int uid);
unsigned int m_find(const struct model *m, unsigned int ring, unsigned int type,
		    unsigned int name, unsigned int domain);
bool m_is_live(const struct mkey *k);
int m_state_error(const struct model *m, const struct mkey *k);
bool m_links(const struct model *m, unsigned int ring, unsigned int key);
void m_settle(struct model *m);
long m_walk_op(struct model *m, const struct op *op, unsigned int *slot);
bool m_may(const struct model *m, unsigned int k, unsigned int bit,
	   bool possessed);
int m_find_cycle(const struct model *m, unsigned int ring, unsigned int child);

#define M_BIT_VIEW	0x01
#define M_BIT_WRITE	0x04
#define M_BIT_SEARCH	0x08

/* world.c */
void op_init(void);
void op_caller(unsigned int uid, unsigned int net);
struct key_type *op_type(unsigned int type);

/* ops.c, real.c: the operations on the real keys */
void op_draw(struct op *op, const struct model *m,
	     unsigned int (*draw)(void *from, unsigned int below), void *from);
long real_op(const struct model *m, const struct op *op, struct key **out);
void real_settle(void);
bool op_holding(void);
void op_print(const struct op *op);
const char *op_name(unsigned int kind);

/* check.c: compare */
void check_all(const struct model *m);
void check_walks(const struct model *m, unsigned int chance);
void check_memory(const struct model *m);
void check_fail(const char *what, long got, long want);

/* run.c */

#define M_ERRORS	256

/**
 * struct run - a run of operations
 * @draw: the source of random numbers
 * @from: for @draw
 * @done: steps so far
 * @faults: operations that were made to fail for lack of memory
 * @kinds: operations of each kind so far
 * @good: of these, those that did not fail
 * @errors: how often each error was returned
 * @fault_every: one of this many operations is tried with failures, 0: none
 * @weak: the hash is weak, so that a link may fail without lack of memory
 */
struct run {
	unsigned int	(*draw)(void *from, unsigned int below);
	void		*from;
	unsigned long	done;
	unsigned long	faults;
	unsigned long	kinds[OP_KINDS];
	unsigned long	good[OP_KINDS];
	unsigned long	errors[M_ERRORS];
	unsigned int	fault_every;
	bool		weak;
};

void run_begin(struct run *run);
void run_step(struct run *run);
void run_end(struct run *run);

#endif /* _HOST_MODEL_H */
