/* SPDX-License-Identifier: GPL-2.0-only */
/* Operations on one key, and on the keyrings that link this key. */

/* Gives odd and even runs another value. */
#define EITHER(i, even, odd)	((i) & 1 ? (odd) : (even))

static long do_add(struct actor *a, int i)
{
	return add_user("x", EITHER(i, "added", "added again"), a->arena->id[R_A]);
}

static long do_add_new(struct actor *a, int i)
{
	return add_user("y", "new", a->arena->id[R_A]);
}

static long do_update(struct actor *a, int i)
{
	const char *text = EITHER(i, "updated", "updated again, and longer");

	return kc_update(a->arena->id[R_K], text, strlen(text));
}

static long do_displace(struct actor *a, int i)
{
	return add_ring("n", a->arena->id[R_A]);
}

static long do_link_over(struct actor *a, int i)
{
	return kc_link(a->arena->id[EITHER(i, R_K2, R_K)], a->arena->id[R_A]);
}

static long do_link(struct actor *a, int i)
{
	if (i & 1)
		return kc_unlink(a->arena->id[R_K], a->arena->id[R_B]);
	return kc_link(a->arena->id[R_K], a->arena->id[R_B]);
}

static long do_link_again(struct actor *a, int i)
{
	return kc_link(a->arena->id[R_K], a->arena->id[R_A]);
}

static long do_unlink(struct actor *a, int i)
{
	if (i & 1)
		return kc_link(a->arena->id[R_K], a->arena->id[R_A]);
	return kc_unlink(a->arena->id[R_K], a->arena->id[R_A]);
}

static long do_move(struct actor *a, int i)
{
	const long *id = a->arena->id;

	return kc_move(id[R_K], id[EITHER(i, R_A, R_B)], id[EITHER(i, R_B, R_A)], 0);
}

static long do_move_excl(struct actor *a, int i)
{
	const long *id = a->arena->id;

	return kc_move(id[R_K], id[R_A], id[R_B], KEYCTL_MOVE_EXCL);
}

static long do_move_ring(struct actor *a, int i)
{
	const long *id = a->arena->id;

	return kc_move(id[R_N], id[EITHER(i, R_A, R_B)], id[EITHER(i, R_B, R_A)], 0);
}

static long do_link_a_to_b(struct actor *a, int i)
{
	if (i & 1)
		return kc_unlink(a->arena->id[R_A], a->arena->id[R_B]);
	return kc_link(a->arena->id[R_A], a->arena->id[R_B]);
}

static long do_link_b_to_a(struct actor *a, int i)
{
	if (i & 1)
		return kc_unlink(a->arena->id[R_B], a->arena->id[R_A]);
	return kc_link(a->arena->id[R_B], a->arena->id[R_A]);
}

static long do_clear(struct actor *a, int i)
{
	return kc_clear(a->arena->id[R_A]);
}

static long do_search(struct actor *a, int i)
{
	return kc_search(a->arena->id[R_TOP], "user", "x", 0);
}

static long do_search_link(struct actor *a, int i)
{
	return kc_search(a->arena->id[R_TOP], "user", "x", a->arena->id[R_B]);
}

/* The rest of both searches that link: the key was found. */
static long do_link_found(struct actor *a, int i)
{
	long ret = kc_link(a->arena->id[R_K], a->arena->id[R_B]);

	return ret ?: a->arena->id[R_K];
}

static long do_read(struct actor *a, int i)
{
	char buf[64];

	return look_text(kc_read(a->arena->id[R_K], buf, sizeof(buf)), buf, sizeof(buf));
}

/* How many keys it links: which, the looks say. */
static long do_read_ring(struct actor *a, int i)
{
	return ring_count(a->arena->id[R_A]);
}

static long do_describe(struct actor *a, int i)
{
	char buf[128];

	return look_text(kc_describe(a->arena->id[R_K], buf, sizeof(buf)), buf, sizeof(buf));
}

static long do_revoke(struct actor *a, int i)
{
	return kc_revoke(a->arena->id[R_K]);
}

static long do_revoke_ring(struct actor *a, int i)
{
	return kc_revoke(a->arena->id[R_A]);
}

static long do_invalidate(struct actor *a, int i)
{
	return kc_invalidate(a->arena->id[R_K]);
}

static long do_invalidate_ring(struct actor *a, int i)
{
	return kc_invalidate(a->arena->id[R_A]);
}

static long do_set_timeout(struct actor *a, int i)
{
	return kc_set_timeout(a->arena->id[R_K], EITHER(i, 10000, 0));
}

/* Waits for the end of the second, which the kernel's clock counts. */
static void wait_for_second(long margin_ns)
{
	struct timespec ts;

	clock_gettime(CLOCK_REALTIME, &ts);
	if (ts.tv_nsec > 1000000000 - margin_ns)
		sleep_ms(10 + margin_ns / 1000000);
	clock_gettime(CLOCK_REALTIME, &ts);
	ts.tv_nsec = 1000000000 - margin_ns;
	clock_nanosleep(CLOCK_REALTIME, TIMER_ABSTIME, &ts, NULL);
}

/* The key expires when this second is over. */
static bool prepare_expire(struct actor *a)
{
	const struct actor *other = &sh->actor[!a->who];
	/* After this, the other actor may have to begin a process. */
	long margin_ns = other->op->flags & OP_CHILD ? 200000000 : 20000000;
	struct timespec ts;
	bool ok;

	clock_gettime(CLOCK_REALTIME_COARSE, &ts);
	if (other->op == a->op && other->until > ts.tv_sec) {
		a->until = other->until;
		return true;
	}
	wait_for_second(margin_ns);
	ok = kc_set_timeout(a->arena->id[R_K], 1) == 0;
	clock_gettime(CLOCK_REALTIME_COARSE, &ts);
	a->until = ts.tv_sec + 1;
	return ok;
}

static long do_expire(struct actor *a, int i)
{
	struct timespec ts;

	do
		clock_gettime(CLOCK_REALTIME_COARSE, &ts);
	while (ts.tv_sec < a->until);
	return 0;
}

static long do_chown(struct actor *a, int i)
{
	return kc_chown(a->arena->id[R_K], EITHER(i, a->arena->other, a->arena->uid), -1);
}

static long do_chown_ring(struct actor *a, int i)
{
	return kc_chown(a->arena->id[R_A], EITHER(i, a->arena->other, a->arena->uid), -1);
}

static long do_setperm(struct actor *a, int i)
{
	key_perm_t less = TORTURE_MASK & ~KEY_POS(KEY_READ | KEY_WRITE);

	return kc_setperm(a->arena->id[R_K], EITHER(i, less, TORTURE_MASK));
}

static long do_restrict(struct actor *a, int i)
{
	return kc_restrict(a->arena->id[R_A], NULL, NULL);
}

static long do_request(struct actor *a, int i)
{
	return sys_request_key("user", "x", NULL, 0);
}

static long do_request_link(struct actor *a, int i)
{
	return sys_request_key("user", "x", NULL, a->arena->id[R_B]);
}

static bool prepare_watch(struct actor *a)
{
	if (a->fd[0] > 0) {
		close(a->fd[0]);
		close(a->fd[1]);
		a->fd[0] = 0;
	}
	return watch_pipe(a->fd, 8);
}

static long do_watch(struct actor *a, int i)
{
	return kc_watch(a->arena->id[R_K], a->fd[0], EITHER(i, 1, -1));
}

/* Is the key in /proc/keys? */
static long do_proc(struct actor *a, int i)
{
	return proc_key_shown(a->arena->id[R_K]);
}
