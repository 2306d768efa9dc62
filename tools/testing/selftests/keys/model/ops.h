/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The operations of the model test. Each operation draws its arguments,
 * computes the expected result, changes the model, makes the call and compares
 * the results. Errors are predicted in the order in which the calls are
 * documented to check their arguments.
 *
 * An operation returns false, and has done nothing, if the result cannot be
 * predicted. Another operation is drawn then.
 */
#ifndef MODEL_OPS_H
#define MODEL_OPS_H

#include "../keys_upcall.h"
#include "state.h"

#include <linux/capability.h>

/* The call must succeed and return the id of a new key. */
#define NEW_KEY	LONG_MAX

/* A call that is about to be made, with its arguments and expected result. */
struct call {
	const char *name;
	int who;
	long a, b, c, want;
	int held[4], nr_held;
};

KEYS_FN void log_print(void)
{
	for (int i = 0; i < LOG; i++) {
		const struct logged *l = &m->log[(m->calls + i) % LOG];

		if (l->name)
			printf("#   %ld: user %d %s(%ld, %ld, %ld) = %ld\n", l->op, l->who,
			       l->name, l->a, l->b, l->c, l->want);
	}
}

KEYS_FN void users_print(void)
{
	for (int i = 0; i < USERS; i++) {
		struct key_user is, should = usage_of(i);

		proc_user(m->user[i].uid, &is);
		printf("#   user %d: %d/%d keys, %d/%d charged, %d/%d bytes;", i, is.nkeys,
		       is.nikeys, is.qnkeys, is.maxkeys, is.qnbytes, is.maxbytes);
		printf(" the model has %d and %d\n", should.qnkeys, should.qnbytes);
	}
}

/* Prints the key of an operation, if @id is a key. */
KEYS_FN void key_print(long id)
{
	int k = key_of(id);
	const struct mkey *key = &m->key[k == NOBODY ? 0 : k];

	if (id && k != NOBODY)
		printf("#   %ld: %s of user %d, mask %08x, %d links, %d parents%s%s%s%s\n", id,
		       key->desc, key->owner, key->perm, key->links, key->parents,
		       key->revoked ? " revoked" : "", key->invalidated ? " invalidated" : "",
		       key->neg ? " negative" : "", key->ends ? " expired" : "");
}

/* Holds @k until call_end(), as the call holds a reference. */
KEYS_FN int held(struct call *c, int k)
{
	if (k != NOBODY) {
		key_hold(k);
		c->held[c->nr_held++] = k;
	}
	return k;
}

/* Compares the results, and drops the keys that the operation holds. */
KEYS_FN void call_end(struct call *c, long got)
{
	m->log[m->calls++ % LOG] = (struct logged) {
		m->op, c->a, c->b, c->c, c->want, c->who, c->name,
	};
	m->refusals += c->want == -EDQUOT;
	m->errors += c->want < 0;
	if (got != c->want && !(c->want == NEW_KEY && got > 0)) {
		printf("# operation %ld: user %d %s(%ld, %ld, %ld) gave %ld, should %ld\n",
		       m->op, c->who, c->name, c->a, c->b, c->c, got, c->want);
		key_print(c->a);
		key_print(c->b);
		key_print(c->c);
		log_print();
		users_print();
		fflush(stdout);
		_exit(1);
	}
	while (c->nr_held)
		key_drop(c->held[--c->nr_held]);
	for (int i = 0; i < USERS; i++) {
		m->user[i].keys = 0;
		m->user[i].bytes = 0;
	}
}

/* ---- choice of keys ------------------------------------------------- */

KEYS_FN int pick_next(int k, bool ring)
{
	for (int i = 0; i < KEYS; i++, k = (k + 1) % KEYS)
		if (m->key[k].live && m->key[k].ring == ring)
			return k;
	return NOBODY;
}

/* Picks a usable key if possible: at times most keys are revoked or expired. */
KEYS_FN int pick(bool ring)
{
	int k = pick_next(draw(KEYS), ring);

	for (int tries = 0; tries < 5 && k != NOBODY; tries++) {
		if (!m->key[k].neg && !state_error(k))
			break;
		k = pick_next(draw(KEYS), ring);
	}
	return k;
}

/* There is always a keyring, as each process has a session keyring. */
KEYS_FN int pick_ring(void)
{
	int k = chance(3) ? pick(false) : pick(true);

	return k == NOBODY ? pick(true) : k;
}

KEYS_FN int pick_any(void)
{
	int k = pick(chance(25));

	return k == NOBODY ? pick(true) : k;
}

/* Usually picks a key that @ring links. */
KEYS_FN int pick_in(int ring)
{
	if (!m->key[ring].links || chance(5))
		return pick_any();
	return m->key[ring].child[draw(m->key[ring].links)];
}

/* Some names are used often, so that keys displace each other. */
KEYS_FN const char *name_draw(bool ring)
{
	static char name[64];
	unsigned int n = ring ? draw(10) : chance(50) ? draw(8) : draw(60);

	/* "k7", or longer as the number requires */
	snprintf(name, sizeof(name), "%c%0*u", ring ? 'r' : 'k', n % 40 + 1, n);
	return name;
}

KEYS_FN int plen_draw(void)
{
	return chance(2) ? 0 : chance(10) ? draw(600) : draw(60);
}

static const char payload[4096];

/* ---- keys -------------------------------------------------------------- */

/* Sets a mask that the model supports on a new key. */
KEYS_FN void mask_new(int who, int k)
{
	struct call c = { "setperm", who, m->key[k].id };

	m->key[k].perm = mask_draw();
	c.b = m->key[k].perm;
	call_end(&c, kc_setperm(m->key[k].id, m->key[k].perm));
}

/* Updates the key that add_key() found; 1 if the result is not predictable. */
KEYS_FN long add_to_old(int who, int old, int plen)
{
	int owner = m->key[old].owner, more = plen - m->key[old].plen;

	if (!grants(old, who, KEY_WRITE))
		return -EACCES;
	if (!affordable(owner, 0, more) || (has_ended(old) && !fits(owner, 0, more)))
		return 1;
	if (more > 0 && !pay(owner, 0, more))
		return -EDQUOT;
	m->key[old].plen = plen;
	m->key[old].neg = 0;
	m->key[old].ends = 0;
	return m->key[old].id;
}

/* A link that displaces another one is not charged anew. */
KEYS_FN long add_new(int who, int ring, bool is_ring, const char *desc, int plen)
{
	int owner = m->key[ring].owner, bytes = DESC_COST(desc);
	int old = ring_find(ring, is_ring, desc);

	/* Each step may reclaim, and so collect the key to be displaced */
	if (old != NOBODY && has_ended(old) && !fits(who, 1, bytes + plen + LINK_COST))
		return 1;
	if (!possesses(who, ring) ||
	    !affordable(who, 1, bytes + plen + (owner == who ? LINK_COST : 0)) ||
	    !affordable(owner, 0, LINK_COST))
		return 1;
	if (!pay(who, 1, bytes) || !pay(owner, 0, old == NOBODY ? LINK_COST : 0) ||
	    !pay(who, 0, plen))
		return -EDQUOT;
	return NEW_KEY;
}

KEYS_FN bool add(int who, bool is_ring, int plen)
{
	const char *desc = name_draw(is_ring);
	int ring = pick_ring(), old, k;
	struct call c = { is_ring ? "add_key keyring" : "add_key user", who, m->key[ring].id,
			  desc[1] ? atol(desc + 1) : 0, plen };
	long got;

	if (!is_sure(ring))
		return false;
	c.want = lookup(ring, who, KEY_WRITE, false);
	if (!c.want && !m->key[ring].ring)
		c.want = -ENOTDIR;
	if (!c.want && !is_ring != !!plen)
		c.want = -EINVAL;
	if (!c.want) {
		held(&c, ring);
		old = is_ring ? NOBODY : held(&c, ring_find_live(ring, false, desc));
		c.want = old == NOBODY ? add_new(who, ring, is_ring, desc, plen) :
					 add_to_old(who, old, plen);
		if (c.want == 1) {
			while (c.nr_held)
				key_drop(c.held[--c.nr_held]);
			return false;
		}
	}
	got = sys_add_key(is_ring ? "keyring" : "user", desc, payload, plen, c.a);
	if (c.want != NEW_KEY || got < 0) {
		call_end(&c, got);
		return true;
	}
	k = key_new(who, is_ring, desc);
	m->key[k].id = got;
	m->key[k].plen = plen;
	ring_put(ring, k);
	call_end(&c, got);
	mask_new(who, k);
	return true;
}

KEYS_FN bool op_add_user(int who)
{
	return add(who, false, plen_draw());
}

KEYS_FN bool op_add_ring(int who)
{
	return add(who, true, chance(97) ? 0 : 1);
}

/*
 * Return a payload length for an update of @k. Sometimes the length fills the
 * owner's byte quota exactly, or is one byte less or more.
 */
KEYS_FN int plen_for(int k)
{
	int owner = m->key[k].owner, plen;

	plen = m->key[k].plen + m->maxbytes - usage_of(owner).qnbytes + draw(3) - 1;
	return plen > 0 && plen < 1000 && chance(15) ? plen : plen_draw();
}

KEYS_FN bool op_update(int who)
{
	int k = pick_any(), plen = plen_for(k), more = plen - m->key[k].plen;
	struct call c = { "update", who, m->key[k].id, plen };

	if (!is_sure(k) || !affordable(m->key[k].owner, 0, more))
		return false;
	held(&c, k);
	c.want = lookup(k, who, KEY_WRITE, false);
	if (!c.want && m->key[k].ring)
		c.want = -EOPNOTSUPP;
	if (!c.want && !plen)
		c.want = -EINVAL;
	if (!c.want && more > 0 && !pay(m->key[k].owner, 0, more))
		c.want = -EDQUOT;
	if (!c.want) {
		m->key[k].plen = plen;
		m->key[k].ends = 0;
	}
	call_end(&c, kc_update(c.a, payload, plen));
	return true;
}

KEYS_FN bool op_revoke(int who)
{
	int k = pick(chance(4));
	struct call c = { "revoke", who };

	if (k == NOBODY || !is_sure(k))
		return false;
	c.a = m->key[k].id;
	c.want = lookup(k, who, KEY_WRITE, false);
	if (c.want == -EACCES)
		c.want = lookup(k, who, KEY_SETATTR, false);
	if (!c.want) {
		m->key[k].revoked = true;
		m->key[k].plen = 0;
		key_empty(k);
	}
	call_end(&c, kc_revoke(c.a));
	return true;
}

/* Remembers an id that no longer exists, for calls that must return ENOKEY. */
KEYS_FN void remember_freed(int k, bool was_ring, long id)
{
	if (!m->key[k].live && !was_ring)
		m->stale[draw(STALE)] = id;
}

KEYS_FN bool op_invalidate(int who)
{
	bool ring = chance(4);
	int k = pick(ring);
	struct call c = { "invalidate", who };

	if (k == NOBODY || !is_sure(k))
		return false;
	c.a = m->key[k].id;
	c.want = lookup(k, who, KEY_SEARCH, false);
	if (!c.want)
		key_invalidate_model(k);
	call_end(&c, kc_invalidate(c.a));
	remember_freed(k, ring, c.a);
	return true;
}

KEYS_FN bool op_stale(int who)
{
	struct call c = { "describe", who, m->stale[draw(STALE)], .want = -ENOKEY };

	if (!c.a)
		return false;
	/* A keyring that is being dismantled may still link the key */
	call_end(&c, wait_until(kc_describe(c.a, NULL, 0) == -ENOKEY, LATER_MS) ? -ENOKEY : 0);
	return true;
}

/* Sets a timeout of one second, none, or one that outlasts the test. */
KEYS_FN bool timeout(int who, int k, unsigned int seconds)
{
	struct call c = { "set_timeout", who, m->key[k].id, seconds };

	if (!is_sure(k))
		return false;
	c.want = lookup(k, who, KEY_SETATTR, true);
	call_end(&c, kc_set_timeout(c.a, seconds));
	if (!c.want)
		/* The clock of time() may be ahead of the kernel's clock */
		m->key[k].ends = seconds == 1 ? time(NULL) + 2 : 0;
	return true;
}

KEYS_FN bool op_timeout(int who)
{
	return timeout(who, pick_any(), chance(50) ? 0 : 100000);
}

/*
 * Expiry comes in bursts: the quota cannot be used up while expiry is unsure.
 */
KEYS_FN bool op_expire(int who)
{
	int k = pick(chance(3));

	return m->op % 5000 / 500 == 4 && k != NOBODY && timeout(who, k, 1);
}

/* ---- owners and permissions ----------------------------------------- */

KEYS_FN bool cap_set(struct user *u, bool on)
{
	struct __user_cap_header_struct head = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[2] = {};

	data[CAP_TO_INDEX(CAP_SYS_ADMIN)].permitted = CAP_TO_MASK(CAP_SYS_ADMIN);
	if (on)
		data[CAP_TO_INDEX(CAP_SYS_ADMIN)].effective = CAP_TO_MASK(CAP_SYS_ADMIN);
	u->cap = on;
	return syscall(__NR_capset, &head, data) == 0;
}

KEYS_FN bool op_cap(int who)
{
	struct call c = { "capset", who, !m->user[who].cap, .want = 1 };

	call_end(&c, cap_set(&m->user[who], c.a));
	return true;
}

KEYS_FN long chown_result(int who, int k, int to)
{
	long ret = lookup(k, who, KEY_SETATTR, true);

	if (ret || to == m->key[k].owner)
		return ret;
	if (!m->user[who].cap)
		return -EACCES;
	if (pay(to, 1, bytes_of(k)))
		return 0;
	/*
	 * A reclaim may have collected keys of the keyring, which then costs
	 * less
	 */
	return pay(to, 1, bytes_of(k)) ? 0 : -EDQUOT;
}

KEYS_FN bool op_chown(int who)
{
	int k = pick_any(), to = draw(USERS);
	bool group = chance(20);
	struct call c = { "chown", who, m->key[k].id, m->user[to].uid, group };

	if (!is_sure(k) || !affordable(to, 1, bytes_of(k)))
		return false;
	held(&c, k);
	c.want = chown_result(who, k, to);
	if (!c.want)
		m->key[k].owner = to;
	if (!c.want && group)
		m->key[k].group = who;
	call_end(&c, kc_chown(c.a, m->user[to].uid, group ? m->user[who].uid : -1));
	return true;
}

KEYS_FN bool op_setperm(int who)
{
	int k = pick_any();
	key_perm_t perm = chance(5) ? 0x40 : mask_draw();
	struct call c = { "setperm", who, m->key[k].id, perm };

	if (!is_sure(k))
		return false;
	c.want = perm == 0x40 ? -EINVAL : lookup(k, who, KEY_SETATTR, true);
	if (!c.want && m->key[k].owner != who && !m->user[who].cap)
		c.want = -EACCES;
	if (!c.want)
		m->key[k].perm = perm;
	call_end(&c, kc_setperm(c.a, perm));
	return true;
}

#endif /* MODEL_OPS_H */
