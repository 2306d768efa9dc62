/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A model of keys, keyrings and accounts, as the manual pages describe them.
 *
 * The model is in memory that all processes of the test share. Only the process
 * whose turn it is changes the model. Values that can be computed are not
 * stored: the charge of a user is the sum over the user's keys.
 *
 * Two rules keep the model exact. Possession makes no difference, because a
 * mask grants possessors no more than all others (see mask_draw()). A key that
 * may or may not have expired is not used until it surely has.
 */
#ifndef MODEL_STATE_H
#define MODEL_STATE_H

#include "../keys_common.h"

enum { USERS = 3, KEYS = 320, STALE = 16, LOG = 24 };
enum { THREAD, PROCESS, SESSION, ROOTS };

#define SEARCH_LEVELS	6	/* levels of a search */
#define NOBODY		(-1)

/* A key, or a free slot. */
struct mkey {
	bool live, ring, revoked, invalidated;
	int neg;		/* the error of a negative key */
	int owner, group;	/* users */
	int plen;
	int links, parents;	/* links in it, and links to it */
	int holds;		/* by processes, and by the current operation */
	long id;
	time_t ends;		/* surely expired then; 0: never in the test */
	key_perm_t perm;
	char desc[64];
	short child[KEYS];	/* the keys it links, in no order */
};

struct user {
	uid_t uid;
	int root[ROOTS];	/* roots of the user's process, or NOBODY */
	int keys, bytes;	/* charged by the current operation, too */
	int freed_keys, freed_bytes;	/* unreferenced, but maybe still charged */
	bool cap;		/* CAP_SYS_ADMIN is in effect */
};

/* A logged operation, to find out how a difference came about. */
struct logged {
	long op, a, b, c, want;
	int who;
	const char *name;
};

struct model {
	uint64_t random;
	long op;
	long calm_until;	/* do not wait for the reaper before */
	long calls, reclaims, refusals, errors;
	time_t now;
	int maxkeys, maxbytes;
	bool freeing;		/* keys are being freed in the background */
	time_t freeing_until;	/* RCU may delay freeing processes' keyrings */
	long stale[STALE];
	struct logged log[LOG];
	struct user user[USERS];
	struct mkey key[KEYS];
};

static struct model *m;

/* ---- chance ----------------------------------------------------------- */

KEYS_FN unsigned int draw(unsigned int below)
{
	m->random ^= m->random << 13;
	m->random ^= m->random >> 7;
	m->random ^= m->random << 17;
	return (m->random >> 11) % below;
}

KEYS_FN bool chance(unsigned int percent)
{
	return draw(100) < percent;
}

/*
 * Possessors get what all others get. Everyone may view and read, so that the
 * contents can be compared. The owner can always change the mask.
 */
KEYS_FN key_perm_t mask_draw(void)
{
	unsigned int look = KEY_VIEW | KEY_READ, usr, grp, oth;

	if (chance(70))
		return KEY_EVERYONE;
	usr = look | KEY_SETATTR | draw(0x40) | draw(0x40);
	grp = look | draw(0x40) | draw(0x40);
	oth = look | draw(0x40) | draw(0x40);
	return KEY_POS(usr & grp & oth) | KEY_USR(usr) | KEY_GRP(grp) | KEY_OTH(oth);
}

/* ---- time ------------------------------------------------------------- */

KEYS_FN bool is_sure(int k)
{
	return !m->key[k].ends || m->key[k].ends <= m->now;
}

KEYS_FN bool is_expired(int k)
{
	return m->key[k].ends && m->key[k].ends <= m->now;
}

/* Revoked and expired keys are collected when their owner needs quota. */
KEYS_FN bool has_ended(int k)
{
	return m->key[k].revoked || is_expired(k);
}

/* ---- lifetime and links --------------------------------------------- */

KEYS_FN int key_of(long id)
{
	for (int k = 0; k < KEYS; k++)
		if (m->key[k].live && m->key[k].id == id)
			return k;
	return NOBODY;
}

/* Finds a slot for a new key of @user; the caller sets unusual fields. */
KEYS_FN int key_new(int user, bool ring, const char *desc)
{
	int k = 0;

	while (k < KEYS && m->key[k].live)
		k++;
	if (k == KEYS) {
		printf("# the model is full\n");
		abort();
	}
	memset(&m->key[k], 0, offsetof(struct mkey, child));
	m->key[k].live = true;
	m->key[k].ring = ring;
	m->key[k].owner = user;
	m->key[k].group = user;
	snprintf(m->key[k].desc, sizeof(m->key[k].desc), "%s", desc);
	return k;
}

KEYS_FN int child_at(int ring, int k)
{
	for (int i = 0; i < m->key[ring].links; i++)
		if (m->key[ring].child[i] == k)
			return i;
	return NOBODY;
}

KEYS_FN bool ring_links(int ring, int k)
{
	return child_at(ring, k) != NOBODY;
}

/* Returns the bytes charged for the key and its links. */
KEYS_FN int bytes_of(int k)
{
	return DESC_COST(m->key[k].desc) + m->key[k].plen + LINK_COST * m->key[k].links;
}

/*
 * Frees an unreferenced key, and the keys that only this key linked. A keyring
 * that is dismantled in the background still has its links meanwhile.
 */
KEYS_FN void key_free_if_unused(int k)
{
	struct mkey *key = &m->key[k];

	if (!key->live || key->parents || key->holds)
		return;
	m->freeing |= key->links;
	if (m->freeing || m->now < m->freeing_until) {
		m->user[key->owner].freed_keys++;
		m->user[key->owner].freed_bytes += bytes_of(k);
	}
	while (key->links) {
		int child = key->child[--key->links];

		m->key[child].parents--;
		key_free_if_unused(child);
	}
	key->live = false;
}

KEYS_FN void key_unlink(int ring, int k)
{
	struct mkey *r = &m->key[ring];

	r->child[child_at(ring, k)] = r->child[r->links - 1];
	r->links--;
	m->key[k].parents--;
	key_free_if_unused(k);
}

KEYS_FN void key_empty(int ring)
{
	while (m->key[ring].links)
		key_unlink(ring, m->key[ring].child[0]);
}

KEYS_FN void key_hold(int k)
{
	m->key[k].holds++;
}

KEYS_FN void key_drop(int k)
{
	if (k == NOBODY)
		return;
	m->key[k].holds--;
	key_free_if_unused(k);
}

/* Unlinks the key from all keyrings. An invalidated keyring loses its links. */
KEYS_FN void key_invalidate_model(int k)
{
	m->key[k].invalidated = true;
	key_hold(k);
	for (int ring = 0; ring < KEYS && m->key[k].parents; ring++)
		if (m->key[ring].live && ring_links(ring, k))
			key_unlink(ring, k);
	key_empty(k);
	key_drop(k);
}

/* Returns the key of that type and description that @ring links, or NOBODY. */
KEYS_FN int ring_find(int ring, bool is_ring, const char *desc)
{
	for (int i = 0; i < m->key[ring].links; i++) {
		int k = m->key[ring].child[i];

		if (m->key[k].ring == is_ring && !strcmp(m->key[k].desc, desc))
			return k;
	}
	return NOBODY;
}

/* Returns this key, unless it is revoked or invalidated. */
KEYS_FN int ring_find_live(int ring, bool is_ring, const char *desc)
{
	int k = ring_find(ring, is_ring, desc);

	return k == NOBODY || m->key[k].revoked || m->key[k].invalidated ? NOBODY : k;
}

/* Links @k, which may displace another key of the same name. */
KEYS_FN void ring_put(int ring, int k)
{
	int old = ring_find(ring, m->key[k].ring, m->key[k].desc);

	if (old == k)
		return;
	m->key[ring].child[m->key[ring].links++] = k;
	m->key[k].parents++;
	if (old != NOBODY)
		key_unlink(ring, old);
}

/* ---- accounts --------------------------------------------------------- */

KEYS_FN struct key_user usage_of(int user)
{
	struct key_user u = { .uid = m->user[user].uid };

	for (int k = 0; k < KEYS; k++) {
		if (!m->key[k].live || m->key[k].owner != user)
			continue;
		u.qnkeys++;
		u.qnbytes += bytes_of(k);
	}
	u.nkeys = u.qnkeys;
	u.nikeys = u.qnkeys;
	return u;
}

KEYS_FN bool fits(int user, int keys, int bytes)
{
	struct key_user u = usage_of(user);

	if (keys > 0 && u.qnkeys + m->user[user].keys + keys > m->maxkeys)
		return false;
	return bytes <= 0 || u.qnbytes + m->user[user].bytes + bytes <= m->maxbytes;
}

KEYS_FN bool any_unsure(int user)
{
	for (int k = 0; k < KEYS; k++)
		if (m->key[k].live && m->key[k].owner == user && !is_sure(k))
			return true;
	return false;
}

KEYS_FN bool charges_are_right(int user)
{
	struct key_user is, should = usage_of(user);

	proc_user(m->user[user].uid, &is);
	return is.nkeys == should.nkeys && is.nikeys == should.nikeys &&
	       is.qnkeys == should.qnkeys && is.qnbytes == should.qnbytes;
}

/*
 * The kernel reclaims if the quota is used up, also by keys that are about to
 * be freed. Wait until they are freed, so that reclaims are predictable.
 */
KEYS_FN bool wait_for_freeing(void)
{
	bool ok = true;

	for (int user = 0; user < USERS; user++) {
		m->user[user].freed_keys = 0;
		m->user[user].freed_bytes = 0;
		ok &= wait_until(charges_are_right(user), LATER_MS);
	}
	m->freeing = false;
	/*
	 * Once charges were read again, keys that the last keyring linked are
	 * freed
	 */
	return ok && charges_are_right(0);
}

/*
 * May this be tried? Not if the kernel would reclaim while it is unsure which
 * keys have expired, and not too often, because a reclaim waits for RCU.
 */
KEYS_FN bool affordable(int user, int keys, int bytes)
{
	struct user *u = &m->user[user];

	if (!fits(user, keys, bytes) && (m->op < m->calm_until || any_unsure(user)))
		return false;
	/*
	 * Keys that are about to be freed may still be charged after a reclaim
	 */
	if ((u->freed_keys || u->freed_bytes) &&
	    !fits(user, keys ? keys + u->freed_keys : 0, bytes + u->freed_bytes))
		return wait_for_freeing();
	return true;
}

KEYS_FN void reclaim(int user)
{
	for (int k = 0; k < KEYS; k++)
		if (m->key[k].live && m->key[k].owner == user && has_ended(k))
			key_invalidate_model(k);
}

/*
 * Charges @user until the operation ends, after which its keys are charged or
 * it has failed. False means EDQUOT, even after a reclaim.
 */
KEYS_FN bool pay(int user, int keys, int bytes)
{
	if (!fits(user, keys, bytes)) {
		m->reclaims++;
		m->calm_until = m->op + 60;
		reclaim(user);
		if (!fits(user, keys, bytes))
			return false;
	}
	m->user[user].keys += keys;
	m->user[user].bytes += bytes;
	return true;
}

/* ---- permission ------------------------------------------------------- */

KEYS_FN bool grants(int k, int who, unsigned int need)
{
	const struct mkey *key = &m->key[k];
	key_perm_t perm = key->perm;

	if (key->owner == who)
		perm >>= 16;
	else if (key->group == who && (perm & KEY_GRP_ALL))
		perm >>= 8;
	return (perm & need) == need;
}

KEYS_FN long state_error(int k)
{
	if (m->key[k].invalidated)
		return -ENOKEY;
	if (m->key[k].revoked)
		return -EKEYREVOKED;
	return is_expired(k) ? -EKEYEXPIRED : 0;
}

/* Result of a call that looks up @k; @any: a negative key is accepted, too. */
KEYS_FN long lookup(int k, int who, unsigned int need, bool any)
{
	long ret = m->key[k].neg && !any ? -m->key[k].neg : state_error(k);

	if (ret)
		return ret;
	return grants(k, who, need) ? 0 : -EACCES;
}

/* ---- trees ------------------------------------------------------------ */

/* The keyrings at and below a root; level[] is -1 for all other keys. */
struct tree {
	bool lasting;		/* use only paths that a reclaim keeps */
	int nr;
	signed char level[KEYS];
	short ring[KEYS];
};

KEYS_FN bool may_enter(const struct tree *t, int ring, int who)
{
	if (who == NOBODY)
		return true;
	if (t->lasting && m->key[ring].ends)
		return false;
	return !m->key[ring].revoked && !m->key[ring].invalidated && grants(ring, who, KEY_SEARCH);
}

KEYS_FN void tree_enter(struct tree *t, int ring, int level)
{
	t->level[ring] = level;
	t->ring[t->nr++] = ring;
}

/* Walks the tree as @who may search it, or all of it if @who is NOBODY. */
KEYS_FN void tree_walk(struct tree *t, int root, int who, int levels)
{
	memset(t->level, -1, sizeof(t->level));
	t->nr = 0;
	if (who != NOBODY && !grants(root, who, KEY_SEARCH))
		return;
	tree_enter(t, root, 0);
	for (int i = 0; i < t->nr; i++) {
		const struct mkey *ring = &m->key[t->ring[i]];
		int level = t->level[t->ring[i]] + 1;

		for (int j = 0; j < ring->links && level <= levels; j++) {
			int k = ring->child[j];

			if (m->key[k].ring && t->level[k] < 0 && may_enter(t, k, who))
				tree_enter(t, k, level);
		}
	}
}

KEYS_FN bool tree_links(const struct tree *t, int k)
{
	for (int i = 0; i < t->nr; i++)
		if (ring_links(t->ring[i], k))
			return true;
	return false;
}

/* Does @who possess @ring and new keys in it, even after a reclaim? */
KEYS_FN bool possesses(int who, int ring)
{
	struct tree t = { .lasting = true };

	for (int i = 0; i < ROOTS; i++) {
		int root = m->user[who].root[i];

		/* A reclaim would also collect a root that has expired */
		if (root == NOBODY || m->key[root].invalidated || m->key[root].ends)
			continue;
		tree_walk(&t, root, who, SEARCH_LEVELS - 2);
		if (t.level[ring] >= 0)
			return true;
	}
	return false;
}

/* Returns the number of levels of keyrings below @ring. */
KEYS_FN int height(int ring, signed char *known)
{
	int h = 0;

	if (known[ring] >= 0)
		return known[ring];
	for (int i = 0; i < m->key[ring].links; i++) {
		int k = m->key[ring].child[i];
		int below = m->key[k].ring ? height(k, known) + 1 : 0;

		h = below > h ? below : h;
	}
	known[ring] = h;
	return h;
}

/* 0 if linking @k to @ring makes no cycle; 1 if the result is unpredictable. */
KEYS_FN long nesting_error(int ring, int k)
{
	signed char known[KEYS];
	struct tree t = {};
	bool cycle, deep;

	if (!m->key[k].ring)
		return 0;
	if (k == ring)
		return -EDEADLK;
	memset(known, -1, sizeof(known));
	tree_walk(&t, k, NOBODY, KEYS);
	cycle = t.level[ring] >= 0;
	deep = height(k, known) > SEARCH_LEVELS;
	if (cycle && deep)
		return 1;
	if (cycle)
		return -EDEADLK;
	return deep ? -ELOOP : 0;
}

#endif /* MODEL_STATE_H */
