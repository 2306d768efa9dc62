/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A sweep makes one system call again and again: first without a fault, then
 * with its first allocation or copy failing, then with its second, and so on,
 * until the call ends before the fault is injected. Each call must either do
 * what the call without a fault has done, or fail with one of the errors that
 * are listed, and change nothing. In the end, nothing may be charged any more.
 *
 * The number of an allocation is not the same in each call: if the slab
 * allocator has no free object left, it allocates pages first. This counts as an
 * allocation, too, and its failure does not matter, because the slab allocator
 * then asks for fewer pages. So a fault may hit an allocation before the one it
 * is meant for. Each fault is tried several times, so that none is missed.
 */
#ifndef FAULT_SWEEP_H
#define FAULT_SWEEP_H

#include "nth.h"
#include "snapshot.h"

#include <linux/membarrier.h>
#include <stdarg.h>

/* A sweep that needs more faults than this has no end. */
#define SWEEP_MAX	1000
#define SWEEP_TRIES	3
#define SWEEP_ERRORS	4
/* Refunds and dropped references may wait for this long. */
#define SWEEP_LATER_MS	10000

enum sweep_flags {
	/* Each call is made by a process of its own, which has a new uid */
	SWEEP_FRESH	= 1 << 0,
	/* ... and which has not used any keyring */
	SWEEP_BARE	= 1 << 1,
	/* The process has CAP_SYS_ADMIN */
	SWEEP_ADMIN	= 1 << 2,
	/* Nothing is allocated or copied, so no fault can be injected */
	SWEEP_NO_FAULT	= 1 << 3,
	/* After a success, a snapshot is not comparable */
	SWEEP_ONLY_FAILURE = 1 << 4,
	/* The saved uid is another one */
	SWEEP_SAVED	= 1 << 5,
	/* The call is made by a child, which arms the fault itself */
	SWEEP_BY_CHILD	= 1 << 6,
	/* The kernel must find this program as the helper, or no helper */
	SWEEP_HELPER	= 1 << 7,
	SWEEP_NO_HELPER	= 1 << 8,
};

/* The keys of a sweep; each operation uses what it needs. */
struct scene {
	uid_t uid, other;
	const struct sweep_op *op;
	struct sweep *sweep;
	long key, ring, from, to;
	int fd[2];
	unsigned char *out;
	size_t len;
};

struct sweep_op {
	/* Makes the keys. Called before each call. */
	void (*prepare)(struct scene *s);
	long (*call)(struct scene *s);
	/* Removes what is in no keyring of the process; may be missing */
	void (*undo)(struct scene *s);
	/*
	 * Shows what a snapshot does not. Returns different numbers after a
	 * success and after a failure. May change the keys.
	 */
	long (*probe)(struct scene *s);
	long probe_done, probe_failed;
	/* The error of the call without a fault; 0: the call must succeed */
	int fails;
	/* The errors besides ENOMEM and EFAULT */
	int errors[SWEEP_ERRORS];
	/* See struct snap_of */
	const char *leaves[4];
	/* How many bytes of s->out the call must have written */
	size_t out;
	unsigned int flags;
};

/* The state of a sweep, in memory that its processes share. */
struct sweep {
	/* Before the first call, and after the call without a fault */
	struct text start, done;
	char ret[32];
	unsigned char out[512];
	/* The number of the fault of the next call; 0: without a fault */
	unsigned int n;
	/* How often this fault has been tried, and was it ever injected? */
	unsigned int tries;
	bool hit;
	unsigned int faults, errors;
	bool over, injected;
	uid_t uids[SWEEP_TRIES * SWEEP_MAX + 1];
	int nr_uids;
};

static unsigned char sweep_out[8192];

static bool sweep_listed(const struct sweep_op *op, long ret)
{
	if (ret == -ENOMEM || ret == -EFAULT)
		return true;
	for (int i = 0; i < SWEEP_ERRORS && op->errors[i]; i++)
		if (ret == -op->errors[i])
			return true;
	return false;
}

/* Waits for an RCU grace period, after which references may be dropped. */
static void grace_period(void)
{
	syscall(__NR_membarrier, MEMBARRIER_CMD_GLOBAL, 0, 0);
}

static struct snap_of sweep_view(const struct scene *s)
{
	return (struct snap_of) {
		.uid = s->uid,
		.other = s->other,
		.session = !(s->op->flags & SWEEP_BARE),
	};
}

/* Takes snapshots until one has this text; false if none has in time. */
static bool sweep_alike(struct snap *snap, const struct snap_of *of, const struct text *want,
			bool exact)
{
	uint64_t end = now_ms() + SWEEP_LATER_MS;

	for (;;) {
		snap_take(snap, of);
		if (!strcmp(want->buf, exact ? snap->exact.buf : snap->alike.buf))
			return true;
		if (now_ms() > end)
			return false;
		grace_period();
	}
}

/* Takes snapshots until two in a row are equal. */
static void sweep_quiet(struct snap *snap, const struct snap_of *of)
{
	static struct snap last;

	snap_take(snap, of);
	do {
		last = *snap;
		grace_period();
		grace_period();
		snap_take(snap, of);
	} while (strcmp(last.exact.buf, snap->exact.buf));
}

static void sweep_before(struct __test_metadata *_metadata, struct sweep *sw,
			 struct scene *s, struct snap *before)
{
	struct snap_of of = sweep_view(s);

	if (!sw->n) {
		sweep_quiet(before, &of);
		sw->start = before->alike;
		return;
	}
	EXPECT_TRUE(sweep_alike(before, &of, &sw->start, false)) {
		TH_LOG("before call %u it should be\n%sbut is\n%s", sw->n, sw->start.buf,
		       before->alike.buf);
	}
}

/* The call without a fault defines what the other calls must do. */
static void sweep_define(struct __test_metadata *_metadata, struct sweep *sw,
			 struct scene *s, long ret)
{
	static struct snap after;
	struct snap_of of = sweep_view(s);

	EXPECT_EQ(-s->op->fails, ret < 0 ? ret : 0);
	sweep_quiet(&after, &of);
	sw->done = after.alike;
	snap_result(sw->ret, sizeof(sw->ret), &after, ret);
	memcpy(sw->out, s->out, s->op->out);
}

static bool sweep_is_done(const struct sweep *sw, const struct scene *s,
			  const struct snap *after, long ret)
{
	char text[32];

	snap_result(text, sizeof(text), after, ret);
	return !strcmp(text, sw->ret) && (ret < 0 || !memcmp(sw->out, s->out, s->op->out));
}

static void sweep_expect_done(struct __test_metadata *_metadata, struct sweep *sw,
			      struct scene *s, long ret)
{
	static struct snap after;
	struct snap_of of = sweep_view(s);
	bool alike = true;

	if (s->op->flags & SWEEP_ONLY_FAILURE)
		snap_take(&after, &of);
	else
		alike = sweep_alike(&after, &of, &sw->done, false);
	EXPECT_TRUE(alike) {
		TH_LOG("after call %u with result %ld it should be\n%sbut is\n%s", sw->n, ret,
		       sw->done.buf, after.alike.buf);
	}
	EXPECT_TRUE(sweep_is_done(sw, s, &after, ret)) {
		TH_LOG("call %u should return %s, and returns %ld", sw->n, sw->ret, ret);
	}
	if (s->op->probe)
		EXPECT_EQ(s->op->probe_done, s->op->probe(s));
}

static void sweep_expect_unchanged(struct __test_metadata *_metadata, struct sweep *sw,
				   struct scene *s, const struct snap *before, long ret)
{
	static struct snap after;
	struct snap_of of = sweep_view(s);

	of.base = before;
	of.leaves = s->op->leaves;
	EXPECT_TRUE(sweep_listed(s->op, ret)) {
		TH_LOG("with fault %u the call returns %ld", sw->n, ret);
	}
	EXPECT_TRUE(sweep_alike(&after, &of, &before->exact, true)) {
		TH_LOG("after fault %u and error %ld it should be\n%sbut is\n%s", sw->n, ret,
		       before->exact.buf, after.exact.buf);
	}
	if (s->op->probe)
		EXPECT_EQ(s->op->probe_failed, s->op->probe(s));
}

/* Returns the result of the call; sets ->injected. */
static long sweep_call(struct sweep *sw, struct scene *s)
{
	long ret;

	if (s->op->flags & SWEEP_BY_CHILD)
		return s->op->call(s);
	nth_arm(sw->n);
	ret = s->op->call(s);
	sw->injected = nth_disarm() && sw->n;
	return ret;
}

/* Chooses the fault of the next call. The sweep is over if there was none to inject. */
static void sweep_next(struct sweep *sw, bool injected)
{
	sw->faults += injected;
	sw->hit |= injected;
	if (sw->n && ++sw->tries < SWEEP_TRIES)
		return;
	sw->over = sw->n && !sw->hit;
	sw->n++;
	sw->tries = 0;
	sw->hit = false;
}

/* Makes the call, and judges what the call has returned and changed. */
static void sweep_step(struct __test_metadata *_metadata, struct sweep *sw, struct scene *s)
{
	static struct snap before;
	long ret;

	s->out = sweep_out;
	memset(sweep_out, 0xa5, sizeof(sweep_out));
	s->op->prepare(s);
	nth_open();
	sweep_before(_metadata, sw, s, &before);
	ret = sweep_call(sw, s);
	if (!sw->n)
		sweep_define(_metadata, sw, s, ret);
	if (sw->injected && ret < 0 && sweep_listed(s->op, ret)) {
		sw->errors++;
		sweep_expect_unchanged(_metadata, sw, s, &before, ret);
	} else {
		sweep_expect_done(_metadata, sw, s, ret);
	}
	if (s->op->undo)
		s->op->undo(s);
	sweep_next(sw, sw->injected);
}

/* After PR_SET_KEEPCAPS: a new uid has kept the capabilities, but not in use. */
static bool raise_caps(void)
{
	struct __user_cap_header_struct head = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[2];

	if (syscall(__NR_capget, &head, data))
		return false;
	data[0].effective = data[0].permitted;
	data[1].effective = data[1].permitted;
	return syscall(__NR_capset, &head, data) == 0;
}

/* Becomes the user of the sweep. */
static void sweep_enter(struct __test_metadata *_metadata, struct scene *s)
{
	if (s->op->flags & SWEEP_ADMIN)
		ASSERT_EQ(0, prctl(PR_SET_KEEPCAPS, 1));
	ASSERT_EQ(0, s->op->flags & SWEEP_SAVED ? set_uids(s->uid, s->uid, s->other) :
		  drop_to(s->uid, s->uid));
	if (s->op->flags & SWEEP_ADMIN)
		ASSERT_TRUE(raise_caps());
	if (!(s->op->flags & SWEEP_BARE))
		ASSERT_LT(0, kc_join(NULL));
	ASSERT_TRUE(nth_open());
}

/* Makes one call, or all, in a new process with a new uid. */
static void sweep_process(struct __test_metadata *_metadata, struct sweep *sw,
			  const struct sweep_op *op)
{
	struct scene s = { .uid = fresh_uid(), .op = op, .sweep = sw };

	sw->uids[sw->nr_uids++] = s.uid;
	if (op->flags & (SWEEP_ADMIN | SWEEP_SAVED))
		s.other = fresh_uid();
	CHILD() {
		sweep_enter(_metadata, &s);
		do {
			sweep_step(_metadata, sw, &s);
		} while (!(op->flags & SWEEP_FRESH) && !sw->over &&
			 !_metadata->exit_code && sw->n < SWEEP_MAX);
	}
}

/* No key and no charge of the uids may be left. */
static void sweep_expect_gone(struct __test_metadata *_metadata, const struct sweep *sw)
{
	struct key_user u;

	for (int i = 0; i < sw->nr_uids; i++)
		EXPECT_TRUE(wait_until(!proc_user(sw->uids[i], &u), SWEEP_LATER_MS)) {
			TH_LOG("left: %d keys, charged %d and %d bytes", u.nkeys, u.qnkeys,
			       u.qnbytes);
		}
}

static void sweep_run(struct __test_metadata *_metadata, const struct sweep_op *op)
{
	struct sweep *sw = shared_alloc(sizeof(*sw));
	uint64_t start = now_ms();

	ASSERT_NE(NULL, sw);
	do {
		sweep_process(_metadata, sw, op);
	} while (!sw->over && !_metadata->exit_code && sw->n < SWEEP_MAX);
	EXPECT_TRUE(sw->over);
	sweep_expect_gone(_metadata, sw);
	TH_LOG("result %s, %u faults, %u of them returned an error, %u ms", sw->ret,
	       sw->faults, sw->errors, (unsigned int)(now_ms() - start));
	EXPECT_EQ(!!(op->flags & SWEEP_NO_FAULT), !sw->errors);
}

#endif /* FAULT_SWEEP_H */
