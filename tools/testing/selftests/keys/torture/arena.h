/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The arena: the keys and keyrings that two operations share, and ways to look
 * at them.
 *
 *	@s - top - a - k "x"
 *		     - n - leaf "leaf"	(if an operation works on n)
 *		 - b
 *	@u - hold - k2 "x"		(if an operation works on k2)
 *	   - pin - a, k, n		(while they are pinned)
 *
 * A caller possesses k only through a or b: k's mask gives possessors all.
 */

#define TORTURE_MASK	(KEY_POS_ALL | KEY_USR_VIEW | KEY_USR(KEY_LINK))

static const char *const role_names[ROLES] = {
	"-", "session", "top", "a", "b", "n", "leaf", "k", "k2", "hold", "pin",
	"ring0", "ring1", "new0", "new1", "other",
};

static const char *const look_names[LOOKS_KINDS] = {
	"search", "read", "request", "list a", "list b", "describe", "leaf", "find n",
};

/* ---- make and clear ----------------------------------------------------- */

/* Becomes @uid, but keeps all capabilities: KEYCTL_CHOWN needs one. */
static bool arena_become(uid_t uid)
{
	struct __user_cap_header_struct head = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[2];

	if (prctl(PR_SET_KEEPCAPS, 1) || syscall(__NR_capget, &head, data))
		return false;
	if (drop_to(uid, uid))
		return false;
	data[0].effective = data[0].permitted;
	data[1].effective = data[1].permitted;
	return syscall(__NR_capset, &head, data) == 0;
}

/* Makes a keyring in @u. This process does not possess what @u links. */
static long arena_ring_in_u(const char *name)
{
	long id = add_ring(name, RING_S);

	if (id < 0 || kc_setperm(id, KEY_POS_ALL | KEY_USR_ALL) ||
	    kc_move(id, RING_S, RING_U, 0))
		return -1;
	return id;
}

static bool arena_begin(struct arena *w, uid_t uid)
{
	struct key_user u;

	memset(w, 0, sizeof(*w));
	w->uid = uid;
	w->other = uid + 1;
	if (!arena_become(uid))
		return false;
	w->id[R_SESSION] = kc_join(NULL);
	w->id[R_HOLD] = arena_ring_in_u("hold");
	w->id[R_PIN] = arena_ring_in_u("pin");
	if (w->id[R_SESSION] < 0 || w->id[R_HOLD] < 0 || w->id[R_PIN] < 0)
		return false;
	sleep_ms(5);
	proc_user(uid, &u);
	w->base_keys = u.qnkeys;
	w->base_bytes = u.qnbytes;
	return true;
}

static bool arena_clear(struct arena *w)
{
	for (int role = R_TOP; role < ROLES; role++)
		if (role != R_HOLD && role != R_PIN)
			w->id[role] = 0;
	return kc_clear(RING_S) == 0 && kc_clear(w->id[R_HOLD]) == 0;
}

/*
 * Keeps the keys in memory though they may be unlinked, as a call does that has
 * looked them up.
 */
static bool arena_pin(struct arena *w)
{
	static const int roles[] = { R_A, R_N, R_K };

	for (int i = 0; i < ARRAY_SIZE(roles); i++)
		if (w->id[roles[i]] && kc_link(w->id[roles[i]], w->id[R_PIN]))
			return false;
	return true;
}

static bool arena_unpin(struct arena *w)
{
	return kc_clear(w->id[R_PIN]) == 0;
}

/* Is everything gone, and every charge refunded? Stock needs some time. */
static bool arena_is_clean(struct arena *w)
{
	return wait_until(charged(w->uid, w->base_keys, w->base_bytes) &&
			  charged(w->other, 0, 0), LATER_MS);
}

/* Makes the second key of the name, which only hold links. */
static bool arena_make_k2(struct arena *w)
{
	long id = add_user("x", "second", RING_S);

	w->id[R_K2] = id;
	return id > 0 && kc_setperm(id, TORTURE_MASK) == 0 &&
	       kc_move(id, RING_S, w->id[R_HOLD], 0) == 0;
}

static bool arena_make(struct arena *w, unsigned int on, bool with_k)
{
	long *id = w->id;

	strcpy(w->desc, "x");
	snprintf(w->name, sizeof(w->name), "torture %d %lu", getpid(), w->made++);
	if (!arena_clear(w))
		return false;
	if (on & ON_K2 && !arena_make_k2(w))
		return false;
	id[R_TOP] = add_ring("top", RING_S);
	id[R_A] = add_ring("a", id[R_TOP]);
	id[R_B] = add_ring("b", id[R_TOP]);
	if (id[R_A] < 0 || id[R_B] < 0)
		return false;
	if (on & ON_N) {
		id[R_N] = add_ring("n", id[R_A]);
		id[R_LEAF] = add_user("leaf", "leaf", id[R_N]);
		if (id[R_LEAF] < 0)
			return false;
	}
	if (!with_k)
		return true;
	id[R_K] = add_user("x", "first", id[R_A]);
	return id[R_K] > 0 && kc_setperm(id[R_K], TORTURE_MASK) == 0;
}

/* Stock refuses new keys until the old ones are freed. */
static bool arena_make_patiently(struct arena *w, unsigned int on, bool with_k)
{
	if (exact)
		return arena_make(w, on, with_k);
	return wait_until(arena_make(w, on, with_k), LATER_MS);
}

/* ---- look ---------------------------------------------------------------- */

/* A payload, a description or the like as one positive number. */
static long digest(const void *data, size_t n)
{
	const unsigned char *p = data;
	uint64_t h = 14695981039346656037ULL;

	while (n--)
		h = (h ^ *p++) * 1099511628211ULL;
	return 0x1000000000 | (h & 0xfffffffff);
}

static long look_text(long n, const char *buf, size_t size)
{
	if (n < 0)
		return n;
	return digest(buf, (size_t)n < size ? (size_t)n : size);
}

static void look_list(long ring, struct event *e)
{
	long n = kc_read(ring, e->list, sizeof(e->list));

	e->n = n < 0 ? 0 : n / (long)sizeof(*e->list);
	if (e->n > LIST_MAX)
		e->n = LIST_MAX;
	e->value = n < 0 ? n : 0;
}

static void look_at(const struct arena *w, int look, struct event *e)
{
	const long *id = w->id;
	char buf[128];

	e->look = look;
	e->n = -1;
	switch (look) {
	case LOOK_SEARCH:
		e->value = kc_search(id[R_TOP], "user", w->desc, 0);
		break;
	case LOOK_POSSESS:
		e->value = look_text(kc_read(id[R_K], buf, sizeof(buf)), buf, sizeof(buf));
		break;
	case LOOK_REQUEST:
		e->value = sys_request_key("user", w->desc, NULL, 0);
		break;
	case LOOK_LIST_A:
	case LOOK_LIST_B:
		look_list(id[look == LOOK_LIST_A ? R_A : R_B], e);
		break;
	case LOOK_DESCRIBE:
		e->value = look_text(kc_describe(id[R_K], buf, sizeof(buf)), buf, sizeof(buf));
		break;
	case LOOK_LEAF:
		e->value = kc_search(id[R_TOP], "user", "leaf", 0);
		break;
	case LOOK_N:
		e->value = kc_search(id[R_A], "keyring", "n", 0);
		break;
	}
}

/* ---- what was seen, in the words of enum role ------------------------------ */

static int role_of(const struct arena *w, const struct actor *a, long id)
{
	for (int role = R_SESSION; role < R_NEW0; role++)
		if (w->id[role] == id)
			return role;
	for (int who = 0; who < 2; who++)
		if (a[who].made == id)
			return R_NEW0 + who;
	return R_OTHER;
}

/* Serial numbers are above the roles, and below digests. */
static long in_roles(const struct arena *w, const struct actor *a, long value)
{
	/*
	 * An unlinked key is still there while another task uses it, and on
	 * stock for some time.
	 */
	if (value == -EACCES)
		return -ENOKEY;
	if (value <= 0 || value >= 0x1000000000)
		return value;
	return role_of(w, a, value);
}

/* The value of a look. A list is a bit for each role, above all others. */
static long look_value(const struct arena *w, const struct actor *a, const struct event *e)
{
	long bits = 0;

	if (e->n < 0)
		return in_roles(w, a, e->value);
	if (e->value < 0)
		return e->value;
	for (int i = 0; i < e->n; i++)
		bits |= 1L << role_of(w, a, e->list[i]);
	return 0x4000000000000000 | (long)e->n << 32 | bits;
}

/* Writes a value for people. */
static const char *say(long value)
{
	static char text[8][96];
	static unsigned int n;
	char *p = text[n++ % 8], *at = p;

	if (value < 0)
		snprintf(p, 96, "%s", strerrorname_np(-value) ?: "?");
	else if (value < ROLES)
		snprintf(p, 96, "%s", value ? role_names[value] : "0");
	else if (!(value & 0x4000000000000000))
		snprintf(p, 96, "#%lx", value & 0xfffffffff);
	else {
		at += snprintf(at, 96, "%ld:", value >> 32 & 0xff);
		for (int role = 0; role < ROLES; role++)
			if (value >> role & 1)
				at += snprintf(at, p + 96 - at, " %s", role_names[role]);
	}
	return p;
}
