/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The operations of the model test that work on keyrings and on processes.
 */
#ifndef MODEL_RINGS_H
#define MODEL_RINGS_H

#include "ops.h"

/* ---- links ------------------------------------------------------------- */

/* A link that exists already, or displaces another one, costs nothing more. */
KEYS_FN int link_cost(int ring, int k)
{
	return ring_find(ring, m->key[k].ring, m->key[k].desc) == NOBODY ? LINK_COST : 0;
}

KEYS_FN bool link_is_affordable(int ring, int k)
{
	return affordable(m->key[ring].owner, 0, link_cost(ring, k));
}

KEYS_FN long link_result(int ring, int k)
{
	long ret;

	if (!m->key[ring].ring)
		return -ENOTDIR;
	if (!pay(m->key[ring].owner, 0, link_cost(ring, k)))
		return -EDQUOT;
	ret = nesting_error(ring, k);
	if (!ret)
		ring_put(ring, k);
	return ret;
}

KEYS_FN bool op_link(int who)
{
	int k = pick_any(), ring = pick_ring();
	struct call c = { "link", who, m->key[k].id, m->key[ring].id };

	if (!is_sure(k) || !is_sure(ring) || !link_is_affordable(ring, k) ||
	    nesting_error(ring, k) == 1)
		return false;
	held(&c, k);
	held(&c, ring);
	c.want = lookup(ring, who, KEY_WRITE, false);
	if (!c.want)
		c.want = lookup(k, who, KEY_LINK, false);
	if (!c.want)
		c.want = link_result(ring, k);
	call_end(&c, kc_link(c.a, c.b));
	return true;
}

KEYS_FN bool op_unlink(int who)
{
	int ring = pick_ring(), k = pick_in(ring);
	bool was_ring = m->key[k].ring;
	struct call c = { "unlink", who, m->key[k].id, m->key[ring].id };

	if (!is_sure(ring))
		return false;
	held(&c, ring);
	c.want = lookup(ring, who, KEY_WRITE, false);
	if (!c.want && !m->key[ring].ring)
		c.want = -ENOTDIR;
	if (!c.want && !ring_links(ring, k))
		c.want = -ENOENT;
	if (!c.want)
		key_unlink(ring, k);
	call_end(&c, kc_unlink(c.a, c.b));
	remember_freed(k, was_ring, c.a);
	return true;
}

KEYS_FN long move_result(int k, int from, int to, bool excl)
{
	long ret;

	if (from == to)
		return 0;
	if (!m->key[from].ring || !m->key[to].ring)
		return -ENOTDIR;
	if (!ring_links(from, k))
		return -ENOENT;
	if (excl && ring_find(to, m->key[k].ring, m->key[k].desc) != NOBODY)
		return -EEXIST;
	if (!pay(m->key[to].owner, 0, link_cost(to, k)))
		return -EDQUOT;
	/* A reclaim may have collected the link */
	if (!ring_links(from, k))
		return -ENOENT;
	ret = nesting_error(to, k);
	if (ret)
		return ret;
	ring_put(to, k);
	key_unlink(from, k);
	return 0;
}

KEYS_FN bool op_move(int who)
{
	int from = pick_ring(), to = pick_ring(), k = pick_in(from);
	bool excl = chance(30);
	struct call c = { "move", who, m->key[k].id, m->key[from].id, m->key[to].id };

	if (!is_sure(k) || !is_sure(from) || !is_sure(to) || nesting_error(to, k) == 1 ||
	    !link_is_affordable(to, k))
		return false;
	held(&c, k);
	held(&c, from);
	held(&c, to);
	c.want = lookup(k, who, KEY_LINK, false);
	if (!c.want)
		c.want = lookup(from, who, KEY_WRITE, false);
	if (!c.want)
		c.want = lookup(to, who, KEY_WRITE, false);
	if (!c.want)
		c.want = move_result(k, from, to, excl);
	call_end(&c, kc_move(c.a, c.b, c.c, excl ? KEYCTL_MOVE_EXCL : 0));
	return true;
}

KEYS_FN bool op_clear(int who)
{
	int ring = pick_ring();
	struct call c = { "clear", who, m->key[ring].id };

	if (!is_sure(ring) || (m->key[ring].links > 12 && !chance(10)))
		return false;
	held(&c, ring);
	c.want = lookup(ring, who, KEY_WRITE, false);
	if (!c.want && !m->key[ring].ring)
		c.want = -ENOTDIR;
	if (!c.want)
		key_empty(ring);
	call_end(&c, kc_clear(c.a));
	return true;
}

/* ---- searches ----------------------------------------------------------- */

enum { MANY = -2 };

/*
 * Finds the key of that name at or below @root; @found: result of other roots.
 */
KEYS_FN int only_one(int root, const char *desc, int found)
{
	struct tree t = {};

	tree_walk(&t, root, NOBODY, KEYS);
	for (int i = 0; i < t.nr; i++) {
		int k = ring_find(t.ring[i], false, desc);

		if (k != NOBODY && found != NOBODY && found != k)
			return MANY;
		if (k != NOBODY)
			found = k;
	}
	return found;
}

/* Searches @root, which has at most the key @k: 0, or the error. */
KEYS_FN long search_result(int who, int root, int k, bool skip_expired)
{
	struct tree t = {};

	if (!grants(root, who, KEY_SEARCH))
		return -EACCES;
	tree_walk(&t, root, who, SEARCH_LEVELS);
	if (k == NOBODY || !tree_links(&t, k))
		return -EAGAIN;
	if (m->key[k].revoked)
		return -EKEYREVOKED;
	if (is_expired(k))
		return skip_expired ? -EAGAIN : -EKEYEXPIRED;
	return grants(k, who, KEY_SEARCH) ? -m->key[k].neg : -EACCES;
}

KEYS_FN int telling(long error)
{
	return error == -ENOKEY ? 2 : error == -EAGAIN;
}

/* The same for all roots of @who; the error of highest rank is returned. */
KEYS_FN long request_result(int who, int k)
{
	long error = 0, ret;

	for (int i = 0; i < ROOTS; i++) {
		int root = m->user[who].root[i];

		if (root == NOBODY)
			continue;
		ret = search_result(who, root, k, true);
		if (!ret)
			return 0;
		if (!error || telling(ret) >= telling(error))
			error = ret;
	}
	return error;
}

KEYS_FN long found_result(int who, int k, int dest)
{
	long ret;

	if (dest == NOBODY)
		return m->key[k].id;
	ret = grants(k, who, KEY_LINK) ? link_result(dest, k) : -EACCES;
	return ret ? ret : m->key[k].id;
}

/* Sometimes draws a destination for the found key. */
KEYS_FN int dest_draw(struct call *c)
{
	int dest = chance(40) ? pick_ring() : NOBODY;

	c->c = dest == NOBODY ? 0 : m->key[dest].id;
	return dest;
}

KEYS_FN bool dest_will_do(int dest)
{
	return dest == NOBODY ||
	       (is_sure(dest) && affordable(m->key[dest].owner, 0, LINK_COST));
}

KEYS_FN bool op_search(int who)
{
	const char *desc = name_draw(false);
	int ring = pick_ring(), k = only_one(ring, desc, NOBODY), dest;
	struct call c = { "search", who, m->key[ring].id, atol(desc + 1) };

	dest = dest_draw(&c);
	if (k == MANY || !is_sure(ring) || (k != NOBODY && !is_sure(k)) || !dest_will_do(dest))
		return false;
	held(&c, ring);
	held(&c, k);
	held(&c, dest);
	c.want = lookup(ring, who, KEY_SEARCH, false);
	if (!c.want && dest != NOBODY)
		c.want = lookup(dest, who, KEY_WRITE, false);
	if (!c.want && !m->key[ring].ring)
		c.want = -ENOTDIR;
	if (!c.want)
		c.want = search_result(who, ring, k, false);
	if (!c.want)
		c.want = found_result(who, k, dest);
	else if (c.want == -EAGAIN)
		c.want = -ENOKEY;
	call_end(&c, kc_search(c.a, "user", desc, c.c));
	return true;
}

KEYS_FN bool op_request(int who)
{
	const char *desc = name_draw(false);
	int k = NOBODY, dest;
	struct call c = { "request_key", who, atol(desc + 1) };

	for (int i = 0; i < ROOTS && k != MANY; i++) {
		int root = m->user[who].root[i];

		/*
		 * A search from an invalidated keyring is not predictable
		 * either
		 */
		if (root != NOBODY)
			k = m->key[root].invalidated ? MANY : only_one(root, desc, k);
	}
	dest = dest_draw(&c);
	if (k == MANY || (k != NOBODY && !is_sure(k)) || !dest_will_do(dest))
		return false;
	held(&c, k);
	held(&c, dest);
	c.want = dest == NOBODY ? 0 : lookup(dest, who, KEY_WRITE, false);
	if (!c.want)
		c.want = request_result(who, k);
	if (!c.want)
		c.want = found_result(who, k, dest);
	else if (c.want == -EAGAIN)
		c.want = -ENOKEY;
	call_end(&c, sys_request_key("user", desc, NULL, c.c));
	return true;
}

/* ---- keys made by a helper ---------------------------------------------- */

KEYS_FN void do_model_instantiate(void)
{
	up->auth = kc_assume_authority(helper_key);
	up->r[0] = kc_instantiate(helper_key, "payload", 7, 0);
}

KEYS_FN void do_model_negate(void)
{
	up->auth = kc_assume_authority(helper_key);
	up->r[0] = kc_negate(helper_key, 100000, 0);
}

KEYS_FN void do_model_reject(void)
{
	up->auth = kc_assume_authority(helper_key);
	up->r[0] = kc_reject(helper_key, 100000, EKEYREJECTED, 0);
}

static const struct verb verbs[] = {
	{ "model instantiate", do_model_instantiate },
	{ "model negate", do_model_negate },
	{ "model reject", do_model_reject },
	{}
};

/* The id of a negative key is found only by reading @ring. */
KEYS_FN long unknown_in(long ring)
{
	key_serial_t list[KEYS];
	long n = kc_read(ring, list, sizeof(list));

	for (long i = 0; i < n / (long)sizeof(*list); i++)
		if (key_of(list[i]) == NOBODY)
			return list[i];
	return 0;
}

KEYS_FN bool op_construct(int who)
{
	static const struct {
		const char *verb;
		int neg, plen;
	} ends[] = {
		{ "model instantiate", 0, 7 }, { "model negate", ENOKEY, 0 },
		{ "model reject", EKEYREJECTED, 0 },
	}, *end;
	int ring = pick(true), k;
	struct call c = { "request_key", who, m->key[ring].id };
	char desc[32];
	long got;

	end = &ends[draw(ARRAY_SIZE(ends))];
	/* The helper's own keyrings need quota, too */
	if (!up || !chance(3) || !is_sure(ring) || lookup(ring, who, KEY_WRITE, false) ||
	    !possesses(who, ring) || request_result(who, NOBODY) != -EAGAIN ||
	    !fits(who, 8, 400) || !fits(m->key[ring].owner, 0, 100))
		return false;
	snprintf(desc, sizeof(desc), "q%ld", m->op);
	verb(end->verb);
	c.name = end->verb;
	c.want = end->neg ? -end->neg : NEW_KEY;
	got = sys_request_key("user", desc, "callout", c.a);
	call_end(&c, got);
	k = key_new(who, false, desc);
	m->key[k].neg = end->neg;
	m->key[k].plen = end->plen;
	m->freeing_until = m->now + 3;
	m->user[who].freed_keys += 2;
	m->user[who].freed_bytes += 100;
	m->key[k].id = end->neg ? unknown_in(c.a) : got;
	ring_put(ring, k);
	mask_new(who, k);
	return true;
}

/* ---- processes ---------------------------------------------------------- */

/* Sets a keyring of the process, which replaces another one. */
KEYS_FN void root_set(struct user *u, int which, int k)
{
	int old = u->root[which];

	u->root[which] = k;
	if (k != NOBODY)
		key_hold(k);
	/* The old keyring is freed after an RCU grace period */
	if (old != NOBODY)
		m->freeing_until = m->now + 3;
	key_drop(old);
}

KEYS_FN void root_new(int who, int which, const char *desc, long id)
{
	int k = key_new(who, true, desc);

	m->key[k].id = id;
	root_set(&m->user[who], which, k);
	mask_new(who, k);
}

/* Joins a new session keyring, an anonymous one if @name is NULL. */
KEYS_FN bool join_new(int who, const char *name)
{
	struct call c = { "join new", who, !!name };
	const char *desc = name ? name : "_ses";
	long got;

	if (!affordable(who, 1, DESC_COST(desc)))
		return false;
	c.want = pay(who, 1, DESC_COST(desc)) ? NEW_KEY : -EDQUOT;
	got = kc_join(name);
	call_end(&c, got);
	if (c.want == NEW_KEY)
		root_new(who, SESSION, desc, got);
	return true;
}

KEYS_FN bool join_old(int who, int k)
{
	struct call c = { "join", who, m->key[k].id };
	struct user *u = &m->user[who];

	if (m->key[k].desc[0] != 's' || !is_sure(k) || state_error(k) ||
	    !grants(k, who, KEY_SEARCH))
		return false;
	c.want = k == u->root[SESSION] ? 0 : c.a;
	/*
	 * Join by name; @k is held, so that its slot stays in use during the
	 * call
	 */
	held(&c, k);
	root_set(u, SESSION, k);
	call_end(&c, kc_join(m->key[k].desc));
	return true;
}

KEYS_FN bool op_join(int who)
{
	char name[32];

	if (chance(40))
		return join_old(who, pick(true));
	snprintf(name, sizeof(name), "s%ld", m->op);
	return join_new(who, chance(50) ? name : NULL);
}

/* Thread and process keyrings are made even if the quota is used up. */
KEYS_FN bool op_special(int who)
{
	static const char *const names[] = { [THREAD] = "_tid", [PROCESS] = "_pid" };
	static const int rings[] = { [THREAD] = RING_T, [PROCESS] = RING_P };
	int which = draw(2), k = m->user[who].root[which];
	struct call c = { "get_keyring_id", who, rings[which], .want = NEW_KEY };
	long got;

	if (k != NOBODY && !is_sure(k))
		return false;
	if (k != NOBODY)
		c.want = lookup(k, who, KEY_SEARCH, false);
	if (k != NOBODY && !c.want)
		c.want = m->key[k].id;
	got = kc_get_keyring_id(rings[which], 1);
	call_end(&c, got);
	if (k == NOBODY)
		root_new(who, which, names[which], got);
	return true;
}

#endif /* MODEL_RINGS_H */
