/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Torture: each pair of operations that share state, one against the other.
 *
 * A round makes a few keys and keyrings (arena.h) and lets two actors run one
 * operation each at the same time. The actors look at the keys before and after
 * their operation, and an observer looks all the time. Then history.h compares
 * what all of them saw with the serial orders of the two operations: the same
 * kernel has run these first, one step after the other. Each answer, each look
 * and the final state must be those of one serial order.
 */
#ifndef TORTURE_H
#define TORTURE_H

#include "../keys_watch.h"
#include "../keys_cred.h"

#include <linux/futex.h>
#include <semaphore.h>
#include <sys/mount.h>
#include <sys/resource.h>

#define LOOKS		4	/* of an actor, before and after its operation */
#define LOOKS_MAX	24	/* of the observer in a round */
#define LIST_MAX	12	/* links that a look at a keyring shows */
#define STEPS_MAX	4	/* each actor's operation, and its aftermath */
#define LATE_MAX	2

/* What a serial number means. A state is written with these names. */
enum role {
	R_NONE, R_SESSION, R_TOP, R_A, R_B, R_N, R_LEAF, R_K, R_K2, R_HOLD, R_PIN,
	R_E0, R_E1,		/* a keyring of an actor's child */
	R_NEW0, R_NEW1,		/* what an actor's operation made */
	R_OTHER,
	ROLES
};

/* The ways to look. Each is one system call. */
enum look {
	LOOK_SEARCH,		/* search top for the key */
	LOOK_POSSESS,		/* read the key by its number */
	LOOK_REQUEST,		/* request_key() */
	LOOK_LIST_A, LOOK_LIST_B,
	LOOK_DESCRIBE,
	LOOK_LEAF,		/* search top for the key in the keyring n */
	LOOK_N,			/* search a for the keyring n */
	LOOKS_KINDS
};

#define LOOK_BIT(look)	(1u << (look))
#define LOOK_LISTS	(LOOK_BIT(LOOK_LIST_A) | LOOK_BIT(LOOK_LIST_B))
#define LOOK_ALL	((1u << LOOKS_KINDS) - 1)

/* What an operation works on. Two operations share state if they share a bit. */
#define ON_KEY		0x001
#define ON_A		0x002
#define ON_B		0x004
#define ON_N		0x008
#define ON_K2		0x010
#define ON_SESSION	0x020
#define ON_PROCESS	0x040
#define ON_NAME		0x080
#define ON_UID		0x100

#define OP_READS	0x001	/* changes nothing */
#define OP_REPEATS	0x002	/* can run again and again, see run(actor, i) */
#define OP_CHILD	0x004	/* runs in a process of its own */
#define OP_DIES		0x008	/* this process has ended when the step is done */
#define OP_LATE		0x010	/* may say that the key ended after it was linked */
#define OP_SLOW		0x020	/* a round takes a second */
#define OP_HELPER	0x040	/* constructs the key, as request_key()'s helper */
#define OP_DEFERS	0x080	/* the kernel refunds what it ends a little later */
#define OP_DISPLACES	0x100	/* for an instant, both keys are possessed */

/* The answer of an operation that has broken its promise, in whatever order. */
#define BROKEN		(-EPROTO)

struct actor;

/**
 * struct op - an operation
 * @name: name, for --pair
 * @on: ON_*
 * @flags: OP_*
 * @loose: LOOK_BIT() of the looks that need not see it as one step
 * @promise: what holds after it was reported done, for --list
 * @prepare: in the process that runs it, before the actors meet; or NULL
 * @run: the operation; the number says how often it was run in this storm
 * @after: a second step, after the other operation; its answer counts, too
 * @late: answers that are as good as ENOKEY and EKEYREVOKED if the other
 *	operation ended the key after this one had looked it up
 * @lates: number of answers in @late
 * @rest: what is left to do after the look-up of a key, which keeps the key in
 *	memory; or NULL. Learnt with the keys pinned, see arena_pin()
 */
struct op {
	const char *name;
	unsigned int on, flags, loose;
	const char *promise;
	bool (*prepare)(struct actor *a);
	long (*run)(struct actor *a, int i);
	long (*after)(struct actor *a);
	long late[LATE_MAX];
	int lates;
	long (*rest)(struct actor *a, int i);
};

struct event {
	int look, n;
	long value;
	key_serial_t list[LIST_MAX];
};

/* The keys of a round. A number in the order of enum role. */
struct arena {
	long id[ROLES];
	char desc[8];			/* of the key */
	char name[32];			/* of a session keyring */
	unsigned long made;
	uid_t uid, other;
	int base_keys, base_bytes;
};

/**
 * struct actor - who runs an operation
 * @arena: keys of this round
 * @op: operation
 * @who: 0 or 1
 * @skew: spins before the operation
 * @made: key that the operation made, or 0
 * @until: when the key expires
 * @has_looked: has looked its keys up before: op->rest is left
 */
struct actor {
	struct arena *arena;
	const struct op *op;
	int who, skew;
	long ret, second, made;
	int n_before, n_after;
	struct event before[LOOKS], after[LOOKS];
	pid_t child, helper;
	int fd[2];
	time_t until;
	bool failed, running, has_looked;
	sem_t ready, enter, done, leave;	/* of a child; done of each actor */
	sem_t go;			/* of actor 1's thread */
};

struct observer {
	int n;
	struct event seen[LOOKS_MAX];
	sem_t go, done;
};

/* Shared by all processes of a run. */
struct shared {
	struct arena arena;
	struct actor actor[2];
	struct observer observer;
	int total, arrived;		/* rendezvous */
	int over;			/* the actors have ended their operation */
	int quit;
	unsigned long rounds, looks, storms;
	int paths;
	int job, cpu;			/* of the helper: which memory, which processor */
	bool serial;			/* the actors do not run at once */
	bool storm;
	int stop;			/* the storm is over */
	uint64_t storm_end;
	int style[2];			/* what an actor does in a storm */
	struct {
		int set, who;
		long value;
	} odd;				/* the first unexpected value of a storm */
	int odds;
	char verdict[8192];		/* empty: all is well */
};

static struct shared *sh;

/* See refunds_at_once(). */
static bool exact;

/* ---- random numbers that a seed repeats -------------------------------- */

static uint64_t rng_state = 1;

static uint32_t rng(void)
{
	rng_state = rng_state * 6364136223846793005ULL + 1442695040888963407ULL;
	return rng_state >> 33;
}

static void rng_seed(uint64_t seed)
{
	rng_state = seed * 2 + 1;
	rng();
	rng();
}

#endif /* TORTURE_H */
