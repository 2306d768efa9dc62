// SPDX-License-Identifier: GPL-2.0-only
/*
 * Sweeps of the calls of a helper, which constructs a key for a requester. After
 * each fault that makes the call fail, the helper can try again: the key is
 * still under construction, and the helper still has the authority.
 */

struct helper_op {
	const char *name;
	long (*call)(void);
	/* What the requester gets; 0 for the key */
	long answer;
};

static long call_instantiate(void)
{
	return kc_instantiate(helper_key, "payload", 7, up->arg[0]);
}

static long call_instantiate_iov(void)
{
	struct iovec iov[10];

	/* More buffers than the kernel's stack has room for */
	for (int i = 0; i < ARRAY_SIZE(iov); i++)
		iov[i] = (struct iovec){ "xy", 2 };
	return kc_instantiate_iov(helper_key, iov, ARRAY_SIZE(iov), up->arg[0]);
}

static long call_negate(void)
{
	return kc_negate(helper_key, 60, up->arg[0]);
}

static long call_reject(void)
{
	return kc_reject(helper_key, 60, EKEYREJECTED, up->arg[0]);
}

/* Succeeds again and again: until no fault is injected. */
static long call_assume(void)
{
	return kc_assume_authority(helper_key);
}

static const struct helper_op helper_ops[] = {
	{ "instantiate", call_instantiate },
	{ "instantiate_iov", call_instantiate_iov },
	{ "negate", call_negate, -ENOKEY },
	{ "reject", call_reject, -EKEYREJECTED },
	{ "assume_authority", call_assume },
};

/* up->arg: the keyring to link to, the operation, the number of the first fault. */
enum { HELPER_DEST, HELPER_OP, HELPER_N };
/* up->r: how often a fault was injected and an error returned, the last result. */
enum {
	HELPER_FAULTS, HELPER_ERRORS, HELPER_OVER, HELPER_RESULT, HELPER_CHANGED,
	HELPER_REJECTED, HELPER_SWEEPS,
};

/* All that the helper sees of the key and of its authority. */
static void helper_look(struct text *t)
{
	struct key_user u;
	key_serial_t links[8] = {};
	char desc[128] = "";
	long nr, auth, len;

	t->len = 0;
	auth = kc_get_keyring_id(KEY_SPEC_REQKEY_AUTH_KEY, 0);
	len = kc_describe(helper_key, desc, sizeof(desc));
	nr = kc_read(up->arg[HELPER_DEST], links, sizeof(links));
	text_add(t, "authority %lx, key %ld '%s'\n", auth, len, desc);
	text_add(t, "keyring %ld", nr);
	for (int i = 0; i < ARRAY_SIZE(links); i++)
		text_add(t, " %x", links[i]);
	proc_user(up->of_uid, &u);
	text_add(t, "\n");
	snap_add_user(t, &u);
}

/* Waits until the keys of the last request are freed. */
static void helper_look_quiet(struct text *t)
{
	static struct text last;

	helper_look(t);
	do {
		last = *t;
		grace_period();
		grace_period();
		helper_look(t);
	} while (strcmp(last.buf, t->buf));
}

/* Did the failed call change nothing? */
static bool helper_unchanged(const struct text *before)
{
	static struct text after;
	uint64_t end = now_ms() + SWEEP_LATER_MS;

	for (;;) {
		helper_look(&after);
		if (!strcmp(before->buf, after.buf))
			return true;
		if (now_ms() > end)
			break;
		grace_period();
	}
	snprintf(up->text, sizeof(up->text), "%.1500s\nbefore:\n%.1500s", after.buf,
		 before->buf);
	return false;
}

static int constructed_keys(void)
{
	struct key_user u;

	proc_user(up->of_uid, &u);
	return u.nikeys;
}

/*
 * A key is rejected even if there is no memory to link the key into the keyring
 * that the helper names: so the call has done all but this.
 */
static bool helper_has_rejected(const struct helper_op *op, int constructed)
{
	return op->answer && constructed_keys() == constructed + 1;
}

/* At the end of a sweep, begins the next one, see fault/sweep.h. */
static void helper_sweep_ended(void)
{
	up->arg[HELPER_N] = 1;
	up->r[HELPER_OVER] = ++up->r[HELPER_SWEEPS] == SWEEP_TRIES;
}

/* Makes one call; false if the sweep cannot or need not go on with this key. */
static bool helper_step(const struct helper_op *op, unsigned int n)
{
	static struct text before;
	int constructed;
	bool injected;
	long ret;

	helper_look_quiet(&before);
	constructed = constructed_keys();
	nth_arm(n);
	ret = op->call();
	injected = nth_disarm();
	up->r[HELPER_FAULTS] += injected;
	up->r[HELPER_RESULT] = ret;
	if (!injected)
		helper_sweep_ended();
	if (!injected || ret >= 0)
		return injected && op->call == call_assume;
	up->r[HELPER_ERRORS]++;
	up->r[HELPER_REJECTED] = helper_has_rejected(op, constructed);
	if (up->r[HELPER_REJECTED])
		return false;
	up->r[HELPER_CHANGED] = !helper_unchanged(&before);
	return (ret == -ENOMEM || ret == -EFAULT) && !up->r[HELPER_CHANGED];
}

static void do_sweep(void)
{
	const struct helper_op *op = &helper_ops[up->arg[HELPER_OP]];

	if (op->call != call_assume)
		kc_assume_authority(helper_key);
	nth_open();
	while (helper_step(op, up->arg[HELPER_N]++))
		if (op->call == call_assume)
			kc_assume_authority(0);
	if (op->call == call_assume)
		kc_instantiate(helper_key, "payload", 7, up->arg[HELPER_DEST]);
}

static const struct verb fault_verbs[] = {
	{ "sweep", do_sweep },
	{ }
};

FIXTURE(fault_helper) {
	int unused;
};

FIXTURE_VARIANT(fault_helper) {
	int op;
};

#define HELPER_SWEEP(name, number) \
	FIXTURE_VARIANT_ADD(fault_helper, name) { .op = number }

HELPER_SWEEP(instantiate, 0);
HELPER_SWEEP(instantiate_iov, 1);
HELPER_SWEEP(negate, 2);
HELPER_SWEEP(reject, 3);
HELPER_SWEEP(assume_authority, 4);

FIXTURE_SETUP(fault_helper)
{
	if (nth_missing)
		SKIP(return, "%s", nth_missing);
	REQUIRE_UPCALL();
}

FIXTURE_TEARDOWN(fault_helper)
{
}

/* One request, which ends when the helper's call has succeeded. */
static void helper_request(struct __test_metadata *_metadata, const struct helper_op *op)
{
	long ring, key;

	kc_clear(RING_S);
	ring = add_ring("dest", RING_S);
	up->arg[HELPER_DEST] = add_ring("other", RING_S);
	up->r[HELPER_REJECTED] = 0;
	key = request("new", ring);
	EXPECT_EQ(op->answer ?: up->key, key);
	EXPECT_TRUE(ring_has(ring, up->key));
	EXPECT_EQ(!up->r[HELPER_REJECTED], ring_has(up->arg[HELPER_DEST], up->key));
	EXPECT_TRUE(up->r[HELPER_RESULT] >= 0 || up->r[HELPER_REJECTED]) {
		TH_LOG("%s returns %ld", op->name, up->r[HELPER_RESULT]);
	}
	EXPECT_EQ(0, up->r[HELPER_CHANGED]) {
		TH_LOG("fault %ld and error %ld have changed this:\n%s",
		       up->arg[HELPER_N] - 1, up->r[HELPER_RESULT], up->text);
	}
}

TEST_F_TIMEOUT(fault_helper, sweep, 400)
{
	const struct helper_op *op = &helper_ops[variant->op];
	struct sweep sw = { .uids = { fresh_uid() }, .nr_uids = 1 };

	verb("sweep");
	up->arg[HELPER_OP] = variant->op;
	up->arg[HELPER_N] = 1;
	CHILD_AS(sw.uids[0])
		do {
			helper_request(_metadata, op);
		} while (!up->r[HELPER_OVER] && !_metadata->exit_code);
	sweep_expect_gone(_metadata, &sw);
	TH_LOG("%ld faults, %ld of them returned an error", up->r[HELPER_FAULTS],
	       up->r[HELPER_ERRORS]);
	EXPECT_LT(0, up->r[HELPER_ERRORS]);
}
