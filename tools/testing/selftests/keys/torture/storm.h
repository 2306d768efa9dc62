/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Storms: both actors repeat their operation as fast as they can, and look.
 *
 * Before this, the same kernel runs the operations in random serial orders, and
 * each answer and each look of these is noted. In a storm there must be no
 * other one. So a key that is linked in all of these states is always found.
 */

#define STORM_STEPS	100
#define VALUES_MAX	160

/* The sets: a look each, an operation's answers by odd and even runs, the end. */
#define SET_ANSWER(who, i)	(LOOKS_KINDS + 2 * (who) + ((i) & 1))
#define SET_END			(LOOKS_KINDS + 4)
#define SETS			(SET_END + 1)

#define STYLE_ACT	1
#define STYLE_LOOK	2

static struct {
	int n;
	long value[VALUES_MAX];
} sets[SETS];

static bool set_has(int set, long value)
{
	for (int i = 0; i < sets[set].n; i++)
		if (sets[set].value[i] == value)
			return true;
	return false;
}

static void set_add(int set, long value)
{
	if (!set_has(set, value) && sets[set].n < VALUES_MAX)
		sets[set].value[sets[set].n++] = value;
}

static long plain(long value)
{
	return in_roles(&sh->arena, sh->actor, value);
}

/* See struct op, @late. */
static bool answer_is_late(int set, const struct op *op, long value)
{
	if (set < LOOKS_KINDS || !(set_has(set, -ENOKEY) || set_has(set, -EKEYREVOKED)))
		return false;
	for (int i = 0; i < op->lates; i++)
		if (value == op->late[i])
			return true;
	return false;
}

static void storm_note(int set, int who, long value)
{
	/* Keys that stock has not freed yet count against the quota. */
	if (!exact && value == -EDQUOT)
		return;
	if (who < 2 && answer_is_late(set, sh->actor[who].op, value))
		return;
	if (set_has(set, value) || __atomic_fetch_add(&sh->odds, 1, __ATOMIC_ACQ_REL))
		return;
	sh->odd.set = set;
	sh->odd.who = who;
	sh->odd.value = value;
}

static void storm_look(int who, uint32_t *random)
{
	struct event e;

	*random = *random * 1664525 + 1013904223;
	look_at(&sh->arena, usable_look(*random >> 8), &e);
	if (!(loose_looks() & LOOK_BIT(e.look)))
		storm_note(e.look, who, look_value(&sh->arena, sh->actor, &e));
	__atomic_add_fetch(&sh->looks, 1, __ATOMIC_RELAXED);
}

static void storm_act(struct actor *a)
{
	int style = sh->style[a->who];
	uint32_t random = a->skew;

	meet();
	for (int i = 0; !__atomic_load_n(&sh->stop, __ATOMIC_ACQUIRE);) {
		if (style & STYLE_ACT) {
			storm_note(SET_ANSWER(a->who, i), a->who, plain(a->op->run(a, i)));
			i++;
		}
		if (style & STYLE_LOOK)
			storm_look(a->who, &random);
		if (a->who == 0 && now_ms() >= sh->storm_end)
			__atomic_store_n(&sh->stop, 1, __ATOMIC_RELEASE);
	}
}

static void storm_observe(void)
{
	uint32_t random = sh->actor[0].skew ^ sh->actor[1].skew;

	meet();
	while (!__atomic_load_n(&sh->stop, __ATOMIC_ACQUIRE))
		storm_look(2, &random);
}

/* What the states in SET_END are charged, for reports. */
static int end_charge[VALUES_MAX][4];

/* All of the state as one number. */
static long storm_state(bool note)
{
	struct path p = {};

	take_state(p.look[0]);
	take_charges(p.charge);
	for (int kind = 0; note && kind < LOOKS_KINDS; kind++)
		set_add(kind, p.look[0][kind]);
	if (note && sets[SET_END].n < VALUES_MAX)
		memcpy(end_charge[sets[SET_END].n], p.charge, sizeof(p.charge));
	return digest(&p, sizeof(p));
}

/* Links the key from a keyring that nobody changes, so that the key stays. */
static bool storm_keep_key(struct arena *w)
{
	long keep = add_ring("keep", RING_S);

	return keep > 0 && kc_link(w->id[R_K], keep) == 0 &&
	       kc_move(keep, RING_S, w->id[R_HOLD], 0) == 0;
}

static bool storm_begin(void)
{
	struct arena *w = &sh->arena;

	/* Else the states that are noted would have the old keys' charges. */
	if (exact && !(arena_clear(w) && arena_is_clean(w)))
		return false;
	if (!arena_make_patiently(w, pair_on(), true) || !storm_keep_key(w))
		return false;
	for (int who = 0; who < 2; who++) {
		struct actor *a = &sh->actor[who];

		actor_reset(a);
		if (a->op->prepare && !a->op->prepare(a))
			return false;
	}
	return true;
}

/* Notes the state, and that when all is refunded. */
static void storm_note_state(void)
{
	long seen, state = storm_state(true);

	set_add(SET_END, state);
	if (!((sh->actor[0].op->flags | sh->actor[1].op->flags) & OP_DEFERS))
		return;
	do {
		seen = state;
		sleep_ms(2);
		state = storm_state(true);
		set_add(SET_END, state);
	} while (state != seen);
}

/*
 * Notes what @steps operations in a random order show. In a storm, one of the
 * actors may be late, or only look: so the first few operations are one actor's,
 * each actor's in turn.
 */
static bool storm_learn(int steps)
{
	static int first;
	int i[2] = {}, alone = rng() % 8;

	if (!storm_begin())
		return false;
	storm_note_state();
	while (steps--) {
		int who = alone-- > 0 ? first : rng() & 1;

		set_add(SET_ANSWER(who, i[who]),
			plain(sh->actor[who].op->run(&sh->actor[who], i[who])));
		i[who]++;
		storm_note_state();
	}
	first = !first;
	return true;
}

static void storm_fire(int ms)
{
	sh->storm = true;
	sh->storm_end = now_ms() + ms;
	sh->stop = sh->arrived = sh->odds = 0;
	sh->total = 2 + has_observer;
	for (int who = 0; who < 2; who++) {
		sh->actor[who].skew = rng();
		sh->style[who] = 1 + rng() % 3;
	}
	if (sh->style[0] == STYLE_LOOK && sh->style[1] == STYLE_LOOK)
		sh->style[rng() & 1] = STYLE_ACT;
	sem_post(&sh->actor[1].go);
	if (has_observer)
		sem_post(&sh->observer.go);
	storm_act(&sh->actor[0]);
	sem_take(&sh->actor[1].done);
	if (has_observer)
		sem_take(&sh->observer.done);
	sh->storm = false;
}

/* An unexpected value may be one that the serial orders have not shown yet. */
static bool storm_odd(void)
{
	int set = sh->odd.set;
	long value = sh->odd.value;

	for (int i = 0; i < 30 && !set_has(set, value); i++)
		if (!storm_learn(STORM_STEPS))
			return true;
	return !set_has(set, value);
}

static void storm_tell(void)
{
	int set = sh->odd.set;

	tell("# storm %lu: %s", sh->storms,
	     sh->odd.who < 2 ? sh->actor[sh->odd.who].op->name : "observer");
	tell(" %s", set < LOOKS_KINDS ? look_names[set] : set < SET_END ? "answer" : "end");
	tell(" says %s, in serial orders only", say(sh->odd.value));
	for (int i = 0; i < sets[set].n && i < 40; i++)
		tell(" [%s]", say(sets[set].value[i]));
	tell("\n");
	if (set == SET_END) {
		struct path p = {};

		take_state(p.look[0]);
		take_charges(p.charge);
		tell_state("end", p.look[0]);
		tell("#     charges %d %d %d %d, in serial orders only", p.charge[0],
		     p.charge[1], p.charge[2], p.charge[3]);
		for (int i = 0; i < sets[set].n && i < 40; i++)
			tell(" [%d %d %d %d]", end_charge[i][0], end_charge[i][1],
			     end_charge[i][2], end_charge[i][3]);
		tell("\n");
	}
}

/* One storm; false if it has shown what it must not. */
static bool storm(int ms)
{
	if (!storm_begin()) {
		tell("# storm %lu: cannot make its keys\n", sh->storms);
		return false;
	}
	storm_fire(ms);
	sh->storms++;
	if (!sh->odds && !wait_until(set_has(SET_END, storm_state(false)), 2000))
		storm_note(SET_END, 2, storm_state(false));
	if (!sh->odds || !storm_odd())
		return true;
	storm_tell();
	return false;
}
