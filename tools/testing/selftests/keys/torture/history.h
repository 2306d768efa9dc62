/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Histories: the serial orders of two operations, and whether what was seen in
 * a round is what one of them shows.
 */

#define PATHS_MAX	96

struct path {
	int steps;
	bool whole;			/* not one of those that learn_late() makes */
	int step[STEPS_MAX];		/* the actor, + 2 for its second step */
	long ret[2], second[2];
	long look[STEPS_MAX + 1][LOOKS_KINDS];
	int charge[4];			/* keys and bytes, and those of the other user */
};

static struct path paths[PATHS_MAX];
static int path_count;

/* Until the key is constructed, these looks wait. */
static bool look_waits(int kind)
{
	return kind == LOOK_POSSESS || kind == LOOK_REQUEST;
}

static void take_state_of(long look[LOOKS_KINDS], bool constructed)
{
	struct event e;

	for (int kind = 0; kind < LOOKS_KINDS; kind++) {
		look[kind] = 0;
		if (kind >= LOOK_LEAF && !sh->arena.id[R_N])
			continue;
		if (!constructed && look_waits(kind))
			continue;
		look_at(&sh->arena, kind, &e);
		look[kind] = look_value(&sh->arena, sh->actor, &e);
		if (!exact && kind == LOOK_DESCRIBE)
			look[kind] = 0;
	}
}

static void take_state(long look[LOOKS_KINDS])
{
	take_state_of(look, true);
}

static void take_charges(int charge[4])
{
	struct key_user u;

	if (!exact) {
		memset(charge, 0, 4 * sizeof(*charge));
		return;
	}
	proc_user(sh->arena.uid, &u);
	charge[0] = u.qnkeys - sh->arena.base_keys;
	charge[1] = u.qnbytes - sh->arena.base_bytes;
	proc_user(sh->arena.other, &u);
	charge[2] = u.qnkeys;
	charge[3] = u.qnbytes;
}

static bool pair_is_late(void)
{
	return (sh->actor[0].op->flags | sh->actor[1].op->flags) & OP_CHILD;
}

/* Takes the final state when nothing changes any more. */
static void take_final(struct path *p)
{
	struct path q;
	int same = 0, wanted = pair_is_late() ? 6 : 2;

	take_state(p->look[p->steps]);
	take_charges(p->charge);
	for (int i = 0; i < 100 && same < wanted; i++) {
		sleep_ms(pair_is_late() ? 10 : 2);
		take_state(q.look[0]);
		take_charges(q.charge);
		if (memcmp(q.look[0], p->look[p->steps], sizeof(q.look[0])) ||
		    memcmp(q.charge, p->charge, sizeof(q.charge)))
			same = 0;
		else
			same++;
		memcpy(p->look[p->steps], q.look[0], sizeof(q.look[0]));
		memcpy(p->charge, q.charge, sizeof(q.charge));
	}
}

static bool path_known(const struct path *p)
{
	for (int i = 0; i < path_count; i++)
		if (!memcmp(&paths[i], p, sizeof(*p)))
			return true;
	return false;
}

static void path_step(struct path *p, int step)
{
	p->step[p->steps++] = step;
	take_state_of(p->look[p->steps], !key_is_constructed_late());
}

/* Runs a step; false if it waits for the other actor. */
static bool learn_step(struct path *p, int step)
{
	struct actor *a = &sh->actor[step & 1], *other = &sh->actor[!(step & 1)];

	if (step & 2)
		actor_leave(a);
	else if (!run_alone(a))
		return false;
	path_step(p, step);
	/* An operation that waited for the key is serialised after this step. */
	if (ended_meanwhile(other))
		path_step(p, !(step & 1));
	return true;
}

/* Both operations may have got the key that one of them made: call it new0. */
static void path_name(struct path *p)
{
	const struct actor *a = sh->actor;
	long new0 = 1L << R_NEW0, new1 = 1L << R_NEW1;

	if (a[0].ret != a[1].ret)
		return;
	for (int i = 0; i <= p->steps; i++)
		for (int kind = 0; kind < LOOKS_KINDS; kind++) {
			long *look = &p->look[i][kind];

			if (*look == R_NEW1)
				*look = R_NEW0;
			else if (*look > 0x4000000000000000 && *look & new1)
				*look = (*look & ~new1) | new0;
		}
	for (int who = 0; who < 2; who++)
		if (p->ret[who] == R_NEW1)
			p->ret[who] = R_NEW0;
}

static bool is_gone(long ret)
{
	return ret == -ENOKEY || ret == -EKEYREVOKED;
}

static void path_keep(const struct path *p)
{
	if (!path_known(p) && path_count < PATHS_MAX)
		paths[path_count++] = *p;
}

/*
 * Did the second operation find that the first one had ended a key? When both
 * run at once, the second one may have looked the key up before that.
 */
static bool path_finds_the_end(const struct path *p)
{
	return p->steps == 2 && is_gone(p->ret[p->step[1]]);
}

/* The same order, but the operation of actor @who answers @ret. */
static void path_keep_with(const struct path *p, int who, long ret)
{
	struct path late = *p;

	late.whole = false;
	late.ret[who] = ret;
	path_keep(&late);
}

/* The same order, if the second operation had looked up the keys before. */
static void path_keep_late(const struct path *p)
{
	int who = p->step[1];
	const struct op *op = sh->actor[who].op;

	path_keep_with(p, who, -ENOKEY);
	path_keep_with(p, who, -EKEYREVOKED);
	for (int i = 0; i < op->lates; i++)
		path_keep_with(p, who, op->late[i]);
}

/*
 * Both operations have looked up their keys before either acts. @p is the order
 * in which the first one does not notice the other one: what is seen is that
 * the other one acts first, and in the end what @p shows. @q is the reverse.
 */
static void path_keep_overlap(const struct path *p, const struct path *q)
{
	int first = p->step[0];
	struct path late = *p;

	late.whole = false;
	memcpy(late.step, q->step, sizeof(late.step));
	memcpy(late.look[1], q->look[1], sizeof(late.look[1]));
	path_keep(&late);
	if (sh->actor[first].op->flags & OP_LATE) {
		path_keep_with(&late, first, q->ret[first]);
		path_keep_with(p, first, q->ret[first]);
	}
}

/* Orders of operations that have looked up their keys before: see struct op. */
static void learn_late(void)
{
	int count = path_count;

	for (int i = 0; i < count; i++)
		for (int j = 0; j < count; j++) {
			const struct path *p = &paths[i], *q = &paths[j];
			int first = p->step[0];

			if (p->whole && q->whole && p->steps == 2 && first == q->step[1] &&
			    p->step[1] == q->step[0] && p->ret[first] != q->ret[first])
				path_keep_overlap(p, q);
		}
}

/*
 * Runs one serial order, and keeps what it shows; false if nothing can be made.
 * If @pinned, the keys stay in memory until the second operation is over.
 */
static bool learn_order(const int *order, int steps, bool pinned)
{
	struct path p = {};
	bool whole = true;

	if (!round_begin() || (pinned && !arena_pin(&sh->arena)))
		return false;
	sh->actor[order[1] & 1].has_looked = pinned;
	take_state_of(p.look[0], !key_is_constructed_late());
	for (int i = 0; i < steps && whole; i++)
		whole = learn_step(&p, order[i]) || key_is_constructed_late();
	round_end();
	if (pinned && !arena_unpin(&sh->arena))
		return false;
	whole = whole && p.steps == steps;
	if (whole)
		take_final(&p);
	for (int who = 0; who < 2; who++) {
		p.ret[who] = in_roles(&sh->arena, sh->actor, sh->actor[who].ret);
		p.second[who] = in_roles(&sh->arena, sh->actor, sh->actor[who].second);
	}
	path_name(&p);
	if (!whole)
		return true;
	p.whole = !pinned;
	path_keep(&p);
	if (pinned || !path_finds_the_end(&p))
		return true;
	path_keep_late(&p);
	return !sh->actor[p.step[1]].op->rest || learn_order(order, steps, true);
}

/* Tries all orders of the steps that are left. */
static bool learn_from(int *order, int n, int left)
{
	bool any = false;

	for (int step = 0; step < 4; step++) {
		/* An actor's second step comes after its first one. */
		if (!(left & 1 << step) || (step & 2 && left & 1 << (step & 1)))
			continue;
		any = true;
		order[n] = step;
		if (!learn_from(order, n + 1, left & ~(1 << step)))
			return false;
	}
	return any || learn_order(order, n, false);
}

static bool learn(int times)
{
	int order[STEPS_MAX], left = 3;
	bool ok = true;

	for (int who = 0; who < 2; who++)
		if (is_child(&sh->actor[who]) && !dies(&sh->actor[who]))
			left |= 4 << who;
	sh->serial = true;
	while (ok && times--)
		ok = learn_from(order, 0, left);
	sh->serial = false;
	if (left == 3)
		learn_late();
	return ok;
}

/* ---- is it one of them? -------------------------------------------------------- */

static unsigned int loose_looks(void)
{
	unsigned int late = exact ? 0 : LOOK_BIT(LOOK_DESCRIBE);

	return sh->actor[0].op->loose | sh->actor[1].op->loose | late;
}

/*
 * A key that is unlinked can be described as long as a task uses the key, and a
 * key that is being displaced can still be read. Then the look shows what an
 * earlier state shows.
 */
static bool is_still_there(const struct path *p, int at, int look, long value)
{
	bool displaces = (sh->actor[0].op->flags | sh->actor[1].op->flags) & OP_DISPLACES;

	if (look != LOOK_DESCRIBE && !(look == LOOK_POSSESS && displaces))
		return false;
	if (p->look[at][look] != -ENOKEY)
		return false;
	while (at-- > 0)
		if (p->look[at][look] == value)
			return true;
	return false;
}

/* Goes on from state @at to the first that shows @value, up to @last; or -1. */
static int advance(const struct path *p, int at, int last, int look, long value)
{
	if (loose_looks() & LOOK_BIT(look))
		return at;
	for (; at <= last; at++)
		if (p->look[at][look] == value || is_still_there(p, at, look, value))
			return at;
	return -1;
}

static bool events_fit(const struct path *p, const struct event *e, int n, int at, int last)
{
	for (int i = 0; i < n && at >= 0; i++)
		at = advance(p, at, last, e[i].look, look_value(&sh->arena, sh->actor, &e[i]));
	return at >= 0;
}

/* The number of the state after the operation of an actor. */
static int state_after(const struct path *p, int who)
{
	for (int i = 0; i < p->steps; i++)
		if (p->step[i] == who)
			return i + 1;
	return 0;
}

/* A request that waited for the key may see that the key was revoked since. */
static bool second_fits(const struct path *p, int who)
{
	const struct actor *a = &sh->actor[who];

	return in_roles(&sh->arena, sh->actor, a->second) == p->second[who] ||
	       (a->op->flags & OP_HELPER && a->second == -EKEYREVOKED &&
		p->second[who] == -ENOKEY);
}

static bool actor_fits(const struct path *p, int who)
{
	const struct actor *a = &sh->actor[who];
	int done = state_after(p, who);

	return in_roles(&sh->arena, sh->actor, a->ret) == p->ret[who] &&
	       second_fits(p, who) &&
	       events_fit(p, a->before, a->n_before, 0, done - 1) &&
	       events_fit(p, a->after, a->n_after, done, p->steps);
}

static bool path_fits(const struct path *p, const struct path *end)
{
	return actor_fits(p, 0) && actor_fits(p, 1) &&
	       events_fit(p, sh->observer.seen, sh->observer.n, 0, p->steps) &&
	       !memcmp(p->look[p->steps], end->look[0], sizeof(end->look[0])) &&
	       !memcmp(p->charge, end->charge, sizeof(end->charge));
}

static bool history_fits(struct path *end)
{
	take_state(end->look[0]);
	take_charges(end->charge);
	for (int i = 0; i < path_count; i++)
		if (path_fits(&paths[i], end))
			return true;
	return false;
}

/* ---- report ---------------------------------------------------------------------- */

static void tell(const char *format, ...)
{
	size_t used = strlen(sh->verdict);
	va_list args;

	va_start(args, format);
	vsnprintf(sh->verdict + used, sizeof(sh->verdict) - used, format, args);
	va_end(args);
}

static void tell_events(const char *who, const struct event *e, int n)
{
	if (n)
		tell("#   %s:", who);
	for (int i = 0; i < n; i++)
		tell(" %s=%s;", look_names[e[i].look],
		     say(look_value(&sh->arena, sh->actor, &e[i])));
	if (n)
		tell("\n");
}

static void tell_state(const char *what, const long look[LOOKS_KINDS])
{
	tell("#     %s:", what);
	for (int kind = 0; kind < LOOKS_KINDS; kind++)
		if (kind < LOOK_LEAF || pair_on() & ON_N)
			tell(" %s=%s;", look_names[kind], say(look[kind]));
	tell("\n");
}

static void tell_actor(const struct actor *a)
{
	tell("#   %s: %s, then %s\n", a->op->name,
	     say(in_roles(&sh->arena, sh->actor, a->ret)),
	     say(in_roles(&sh->arena, sh->actor, a->second)));
	tell_events("before it", a->before, a->n_before);
	tell_events("after it", a->after, a->n_after);
}

static void tell_path(const struct path *p)
{
	tell("#   serial");
	for (int i = 0; i < p->steps; i++)
		tell(" %s%s", sh->actor[p->step[i] & 1].op->name, p->step[i] & 2 ? " (end)" : "");
	for (int who = 0; who < 2; who++)
		tell("%s %s/%s", who ? "," : ":", say(p->ret[who]), say(p->second[who]));
	tell("; charges %d %d %d %d\n", p->charge[0], p->charge[1], p->charge[2], p->charge[3]);
	for (int i = 0; i <= p->steps; i++)
		tell_state("state", p->look[i]);
}

static void tell_history(const struct path *end)
{
	tell("# no serial order shows what was seen in round %lu:\n", sh->rounds);
	tell_actor(&sh->actor[0]);
	tell_actor(&sh->actor[1]);
	tell_events("observer", sh->observer.seen, sh->observer.n);
	tell_state("end", end->look[0]);
	tell("#     charges %d %d %d %d\n", end->charge[0], end->charge[1],
	     end->charge[2], end->charge[3]);
	for (int i = 0; i < path_count && i < 4; i++)
		tell_path(&paths[i]);
}
