/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * All that a user can see of the user's keys, as text: keys, payloads, links,
 * references, charges, and the keyrings of the process.
 *
 * A snapshot is written twice. The exact text has serial numbers: two snapshots
 * in which they are equal show the same keys in the same state. The other text
 * has positions in the list of keys instead: so it is equal for two sets of
 * keys that were made in the same way, one after the other.
 */
#ifndef FAULT_SNAPSHOT_H
#define FAULT_SNAPSHOT_H

#define SNAP_KEYS	48
#define SNAP_TEXT	10000

struct text {
	int len;
	char buf[SNAP_TEXT];
};

struct snap {
	struct text exact, alike;
	key_serial_t ids[SNAP_KEYS];
	int nr;
};

/* Whose keys are shown, and how. */
struct snap_of {
	uid_t uid, other;	/* the accounts; 0 for none */
	bool session;		/* the process has a session keyring of its own */
	/*
	 * Keys that a failed call may leave, which are left out: those that are
	 * not in @base, if their description begins with one of @leaves, and if
	 * they are negative keys, or keyrings that link only such keys.
	 */
	const char *const *leaves;
	const struct snap *base;
};

struct snap_key {
	struct key_line line;
	char desc[100];
	long plen;
	uint32_t hash;
	key_serial_t links[SNAP_KEYS];
	bool left_out;
};

struct snap_state {
	const struct snap_of *of;
	struct snap_key key[SNAP_KEYS];
	int nr;
	struct key_user user[2];
};

__attribute__((format(printf, 2, 3)))
static void text_add(struct text *t, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	t->len += vsnprintf(t->buf + t->len, sizeof(t->buf) - t->len, fmt, args);
	va_end(args);
	if (t->len >= sizeof(t->buf))
		t->len = sizeof(t->buf) - 1;
}

static bool snap_key_is_ring(const struct snap_key *k)
{
	return !strcmp(k->line.type, "keyring");
}

static void snap_read_payload(struct snap_key *k)
{
	static unsigned char buf[8192];
	long n;

	memset(buf, 0, sizeof(buf));
	k->plen = kc_read(k->line.id, buf, sizeof(buf));
	n = k->plen < 0 ? 0 : k->plen < sizeof(buf) ? k->plen : sizeof(buf);
	k->hash = 2166136261U;
	for (long i = 0; i < n; i++)
		k->hash = (k->hash ^ buf[i]) * 16777619U;
	if (snap_key_is_ring(k))
		memcpy(k->links, buf, n < sizeof(k->links) ? n : sizeof(k->links));
}

/* Numbers in the description, such as a uid or a serial, are not alike. */
static void snap_copy_desc(struct snap_key *k)
{
	const char *p = k->line.desc;
	int run, to = 0;

	if (k->line.type[0] == '.')
		return;
	while (*p && *p != ':' && to < sizeof(k->desc) - 1) {
		run = strspn(p, "0123456789");
		k->desc[to++] = run >= 4 ? '#' : *p;
		p += run >= 4 ? run : 1;
	}
}

static bool snap_in(const struct snap *s, key_serial_t id)
{
	for (int i = 0; i < s->nr; i++)
		if (s->ids[i] == id)
			return true;
	return false;
}

static bool snap_is_left_out(const struct snap_state *st, key_serial_t id)
{
	for (int i = 0; i < st->nr; i++)
		if (st->key[i].line.id == id)
			return st->key[i].left_out;
	return false;
}

static bool snap_links_others(const struct snap_state *st, const struct snap_key *k)
{
	for (int i = 0; i < SNAP_KEYS && k->links[i]; i++)
		if (!snap_is_left_out(st, k->links[i]))
			return true;
	return false;
}

static bool snap_may_be_left(const struct snap_state *st, const struct snap_key *k)
{
	if (snap_in(st->of->base, k->line.id))
		return false;
	if (snap_key_is_ring(k) ? snap_links_others(st, k) : !strchr(k->line.flags, 'N'))
		return false;
	for (const char *const *name = st->of->leaves; *name; name++)
		if (!strncmp(k->line.desc, *name, strlen(*name)))
			return true;
	return false;
}

/* A keyring is left out after the keys that it links. */
static void snap_leave_out(struct snap_state *st)
{
	if (!st->of->base || !st->of->leaves)
		return;
	for (int depth = 0; depth < 3; depth++)
		for (int i = 0; i < st->nr; i++)
			st->key[i].left_out = snap_may_be_left(st, &st->key[i]);
}

static bool snap_collect(const struct key_line *line, void *arg)
{
	struct snap_state *st = arg;
	struct snap_key *k = &st->key[st->nr];

	if (line->uid != st->of->uid && (!st->of->other || line->uid != st->of->other))
		return false;
	memset(k, 0, sizeof(*k));
	k->line = *line;
	snap_copy_desc(k);
	snap_read_payload(k);
	return ++st->nr == SNAP_KEYS;
}

static int snap_order(const void *a, const void *b)
{
	const struct snap_key *x = a, *y = b;

	return strcmp(x->line.type, y->line.type) ?: strcmp(x->desc, y->desc) ?:
		strcmp(x->line.flags, y->line.flags) ?:
		(x->plen > y->plen) - (x->plen < y->plen) ?:
		x->line.usage - y->line.usage;
}

/* The number of a key in the text: keys that are left out have none. */
static int snap_rank(const struct snap_state *st, int i)
{
	int rank = 0;

	while (i-- > 0)
		rank += !st->key[i].left_out;
	return rank;
}

/* The text for a serial number: itself, or the position of the key. */
static void snap_add_id(struct text *t, const struct snap_state *st, long id, bool exact)
{
	if (exact || id <= 0) {
		text_add(t, " %lx", id);
		return;
	}
	for (int i = 0; i < st->nr; i++)
		if (st->key[i].line.id == id) {
			text_add(t, " #%d", snap_rank(st, i));
			return;
		}
	text_add(t, " ?");
}

static void snap_add_links(struct text *t, const struct snap_state *st,
			   const struct snap_key *k, bool exact)
{
	text_add(t, " links");
	for (int i = 0; i < SNAP_KEYS && k->links[i]; i++)
		if (!snap_is_left_out(st, k->links[i]))
			snap_add_id(t, st, k->links[i], exact);
}

/* The random payload of an encrypted key is not alike. */
static void snap_add_key(struct text *t, const struct snap_state *st, int i, bool exact)
{
	const struct snap_key *k = &st->key[i];
	const struct key_line *l = &k->line;
	bool timeout = strcmp(l->timeout, "perm") && strcmp(l->timeout, "expd");

	if (k->left_out)
		return;
	text_add(t, "#%d", snap_rank(st, i));
	if (exact)
		text_add(t, " %x uid %d gid %d '%.100s'", l->id, l->uid, l->gid, l->desc);
	else
		text_add(t, "%s '%s'", l->uid == st->of->uid ? "" : " other's", k->desc);
	text_add(t, " %s %s usage %d %s %08x", l->type, l->flags, l->usage,
		 timeout ? "some" : l->timeout, l->perm);
	if (snap_key_is_ring(k))
		snap_add_links(t, st, k, exact);
	else if (exact || strcmp(l->type, "encrypted"))
		text_add(t, " payload %ld %08x", k->plen, k->hash);
	text_add(t, "\n");
}

/*
 * Not the references to the account: keys have them until they are freed, which
 * takes grace periods. A leaked reference is found at the end of the sweep.
 */
static void snap_add_user(struct text *t, const struct key_user *u)
{
	text_add(t, "account keys %d/%d charged %d/%d\n", u->nkeys, u->nikeys, u->qnkeys,
		 u->qnbytes);
}

static void snap_add_roots(struct text *t, const struct snap_state *st, bool exact)
{
	static const int roots[] = { RING_T, RING_P, RING_S, KEY_SPEC_REQKEY_AUTH_KEY };

	text_add(t, "roots");
	for (int i = 0; i < ARRAY_SIZE(roots); i++) {
		long id = -ENOKEY;

		/* A process without a session keyring must not get one here */
		if (roots[i] != RING_S || st->of->session)
			id = kc_get_keyring_id(roots[i], 0);
		snap_add_id(t, st, snap_is_left_out(st, id) ? -ENOKEY : id, exact);
	}
	text_add(t, " reqkey %ld\n", kc_set_reqkey_keyring(KEY_REQKEY_DEFL_NO_CHANGE));
}

/* /proc/keys shows the number of links or the length of the payload, too. */
static int snap_desc_cost(const struct snap_key *k)
{
	const char *colon = strrchr(k->line.desc, ':');

	return colon ? colon - k->line.desc + 1 : DESC_COST(k->line.desc);
}

/* The accounts without the keys that are left out. */
static void snap_uncharge(struct snap_state *st)
{
	for (int i = 0; i < st->nr; i++) {
		const struct snap_key *k = &st->key[i];
		struct key_user *u = &st->user[k->line.uid != st->of->uid];

		for (int j = 0; j < SNAP_KEYS && k->links[j]; j++)
			if (strchr(k->line.flags, 'Q') && snap_is_left_out(st, k->links[j]))
				u->qnbytes -= LINK_COST;
		if (!k->left_out)
			continue;
		u->nkeys--;
		u->nikeys--;
		if (strchr(k->line.flags, 'Q')) {
			u->qnkeys--;
			u->qnbytes -= snap_desc_cost(k);
		}
	}
}

static void snap_write(struct text *t, const struct snap_state *st, bool exact)
{
	t->len = 0;
	t->buf[0] = 0;
	for (int i = 0; i < st->nr; i++)
		snap_add_key(t, st, i, exact);
	snap_add_roots(t, st, exact);
	snap_add_user(t, &st->user[0]);
	if (st->of->other)
		snap_add_user(t, &st->user[1]);
}

static void snap_take(struct snap *s, const struct snap_of *of)
{
	static struct snap_state st;
	struct key_line line;

	st.of = of;
	st.nr = 0;
	proc_find(&line, snap_collect, &st);
	proc_user(of->uid, &st.user[0]);
	proc_user(of->other, &st.user[1]);
	qsort(st.key, st.nr, sizeof(st.key[0]), snap_order);
	snap_leave_out(&st);
	snap_uncharge(&st);
	snap_write(&s->exact, &st, true);
	snap_write(&s->alike, &st, false);
	for (s->nr = 0; s->nr < st.nr; s->nr++)
		s->ids[s->nr] = st.key[s->nr].line.id;
}

/* The result of a call as text; a serial number is the position of the key. */
static void snap_result(char *buf, size_t size, const struct snap *s, long ret)
{
	for (int i = 0; i < s->nr; i++)
		if (ret > 0 && s->ids[i] == ret) {
			snprintf(buf, size, "key #%d", i);
			return;
		}
	snprintf(buf, size, "%ld", ret);
}

#endif /* FAULT_SNAPSHOT_H */
