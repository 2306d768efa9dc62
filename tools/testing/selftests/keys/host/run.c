// SPDX-License-Identifier: GPL-2.0-only
/*
 * Run operations on the model and on the real keys, one after the other.
 */
#include <host/mm.h>
#include <host/rcu.h>
#include <host/work.h>
#include <unistd.h>

#include "model.h"
#include "quota.h"
#include "expiry.h"

static struct model now;
static struct run *the_run;
static struct op last;

void __sanitizer_set_death_callback(void (*fn)(void));

static void report(void)
{
	if (!the_run)
		return;
	fprintf(stderr, "in step %lu, allocation %u, of: ", the_run->done,
		host_fault.nr);
	op_print(&last);
	the_run = NULL;
}

/**
 * check_fail - report a difference and end the program
 * @what: what differs
 * @got: what the real keys have
 * @want: what the model has
 */
void check_fail(const char *what, long got, long want)
{
	fprintf(stderr, "DIFFERS: %s: %ld, the model has %ld\n", what, got,
		want);
	report();
	abort();
}

/**
 * run_begin - begin with no keys
 * @run: the run
 */
void run_begin(struct run *run)
{
	static bool done;

	if (!done) {
		op_init();
		__sanitizer_set_death_callback(report);
	}
	done = true;
	op_caller(0, 0);
	now = (struct model) {
		.now = ktime_get_real_seconds(),
		.max_keys = 12, .max_bytes = 800, .gc_delay = 10,
	};
	key_quota_maxkeys = now.max_keys;
	key_quota_maxbytes = now.max_bytes;
	key_gc_delay = now.gc_delay;
	the_run = run;
}

/* The operations that allocate, and can fail for lack of memory */
static bool allocates(enum op_kind kind)
{
	return kind == OP_ALLOC || kind == OP_RING || kind == OP_LINK ||
	       kind == OP_MOVE || kind == OP_ADD || kind == OP_CREATE ||
	       kind == OP_UPDATE || kind == OP_FILL || kind == OP_REJECT ||
	       kind == OP_CHOWN || kind == OP_RESTRICT;
}

/*
 * The real operation failed for lack of memory: all must be as before, except
 * that a reclaim may have come first, and that a rejected key is rejected
 * even if it cannot be linked. Returns true if the operation is over.
 */
static bool check_failed(const struct op *op, struct model *next)
{
	unsigned int slot;

	if (op->kind == OP_REJECT && op->c != M_NONE) {
		*next = now;
		next->no_memory = true;
		if (model_op(next, op, &slot) == -ENOMEM) {
			next->no_memory = false;
			return true;
		}
	}
	if (next->reclaims == now.reclaims)
		check_all(&now);
	return false;
}

static long try_op(const struct op *op, struct model *next, long *want,
		   struct key **out, bool fail)
{
	unsigned int n = fail ? 1 : 0;
	long got;

	for (;; n++) {
		host_fault = (struct host_fault) { .in = n };
		got = real_op(&now, op, out);
		host_fault.in = 0;
		if (got != -ENOMEM)
			return got;
		if (!host_fault.fired && !the_run->weak)
			return got;
		the_run->faults++;
		if (check_failed(op, next)) {
			*want = got;
			return got;
		}
		if (!host_fault.fired) {
			/* The table of links is full of equal hashes */
			*next = now;
			*want = got;
			return got;
		}
	}
}

static bool gives_reference(enum op_kind kind)
{
	return kind == OP_ALLOC || kind == OP_RING || kind == OP_ADD ||
	       kind == OP_CREATE || kind == OP_GET;
}

/* The operation has returned the key @out, with a reference for most kinds */
static void take_result(const struct op *op, struct model *next,
			unsigned int slot, struct key *out)
{
	struct mkey *k = &next->k[slot];
	bool known = now.k[slot].used && now.k[slot].key == out;

	if (!gives_reference(op->kind) || known) {
		if (k->key != out)
			check_fail("key", (long)out, (long)k->key);
	}
	if (!gives_reference(op->kind))
		return;
	if (known && now.k[slot].handle)
		key_put(out);
	k->handle = true;
	k->key = out;
	k->serial = out->serial;
}

static bool can_be_failed(const struct op *op, const struct model *next)
{
	if (!the_run->fault_every || !allocates(op->kind) ||
	    next->reclaims != now.reclaims)
		return false;
	return !the_run->draw(the_run->from, the_run->fault_every);
}

/* Differences of results that are none: see model_walk.c and link_file() */
static bool is_same(const struct op *op, long got, long want)
{
	if (got == want)
		return true;
	return op->kind == OP_SEARCH && want == 1 && got < 0 && got != -EAGAIN;
}

/**
 * run_step - draw an operation, do it, and compare
 * @run: the run
 */
void run_step(struct run *run)
{
	static struct model next;
	struct key *out = NULL;
	unsigned int slot;
	long got, want;

	op_draw(&last, &now, run->draw, run->from);
	next = now;
	want = model_op(&next, &last, &slot);
	got = try_op(&last, &next, &want, &out, can_be_failed(&last, &next));
	run->done++;
	run->kinds[last.kind]++;
	if (got == -ENOMEM)
		slot = M_NONE;
	if (!is_same(&last, got, want))
		check_fail("result", got, want);
	run->good[last.kind] += got >= 0;
	if (got < 0 && got > -M_ERRORS)
		run->errors[-got]++;
	if (slot != M_NONE && out)
		take_result(&last, &next, slot, out);
	now = next;
	check_all(&now);
	check_walks(&now, run->done);
	if (last.kind == OP_SETTLE && !op_holding())
		check_memory(&now);
}

/**
 * run_end - drop all keys, and see that nothing is left
 * @run: the run
 */
void run_end(struct run *run)
{
	struct op op = { .kind = OP_PUT };
	unsigned int slot;
	struct key *out;

	if (op_holding())
		real_op(&now, &(struct op) { .kind = OP_LET_GO }, &out);
	for (op.a = 0; op.a < M_KEYS; op.a++) {
		if (!m_is_live(&now.k[op.a]) || !now.k[op.a].handle)
			continue;
		last = op;
		real_op(&now, &op, &out);
		model_op(&now, &op, &slot);
	}
	m_settle(&now);
	real_settle();
	check_all(&now);
	check_memory(&now);
	the_run = NULL;
}
