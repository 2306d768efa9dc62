// SPDX-License-Identifier: GPL-2.0-only
/*
 * The model: what each operation does to keys, keyrings and accounts.
 */
#include "model.h"

/* Payload bytes that a type charges for each key */
static const unsigned int def_datalen[M_TYPES] = { [M_PLAIN] = 7 };

static int new_key(struct model *m, const struct op *op, unsigned int uid,
		   key_perm_t perm, unsigned int *slot)
{
	unsigned int k = 0, type = op->kind == OP_ALLOC ? op->a : op->b;
	unsigned int name = op->kind == OP_ALLOC ? op->b : op->c;
	bool charged = !(op->flags & M_UNCHARGED);

	if (charged &&
	    m_charge(m, uid, 1, strlen(m_names[name]) + 1 + def_datalen[type],
		   op->flags & M_OVERRUN))
		return -EDQUOT;
	while (m->k[k].used)
		k++;
	m->k[k] = (struct mkey) {
		.used = true, .handle = true, .type = type, .name = name,
		.domain = m->net, .uid = uid, .perm = perm,
		.charged = charged, .datalen = def_datalen[type],
		.expiry = TIME64_MAX,
	};
	*slot = k;
	return 0;
}

static int set_datalen(struct model *m, unsigned int k, unsigned int len)
{
	long delta = (long)len - m->k[k].datalen;

	if (m->k[k].charged && delta &&
	    m_charge(m, m->k[k].uid, 0, delta, false))
		return -EDQUOT;
	m->k[k].datalen = len;
	return 0;
}

static void set_expiry(struct model *m, unsigned int k, time64_t when)
{
	struct mkey *key = &m->k[k];

	if (key->invalid)
		return;
	key->expiry = key->revoked ? min(when, key->expiry) : when;
	key->queued = key->expiry != TIME64_MAX;
}

/* What ->preparse() says about a payload of this length */
static int preparse(unsigned int type, unsigned int len)
{
	if (type == M_USER)
		return len ? 0 : -EINVAL;
	return type == M_RING && len ? -EINVAL : 0;
}

static int fill(struct model *m, unsigned int k, unsigned int len)
{
	struct mkey *key = &m->k[k];

	if (key->state != KEY_IS_UNINSTANTIATED)
		return -EBUSY;
	if (key->type == M_USER && set_datalen(m, k, len))
		return -EDQUOT;
	if (key->type == M_RING)
		key->named = ++m->names_made;
	key->state = KEY_IS_POSITIVE;
	return 0;
}

/* The first half of a change of @ring that is to link @key */
static int begin(struct model *m, unsigned int ring, unsigned int k)
{
	const struct mkey *key = &m->k[k];

	if (m->k[ring].type != M_RING)
		return -ENOTDIR;
	if (m->no_memory)
		return -ENOMEM;
	if (m->k[ring].charged &&
	    m_find(m, ring, key->type, key->name, key->domain) == M_NONE &&
	    m_charge(m, m->k[ring].uid, 0, M_LINK_BYTES, false))
		return -EDQUOT;
	if (m->k[ring].invalid)
		return -ENOKEY;
	if (m->k[ring].revoked)
		return -EKEYREVOKED;
	if (!m_links(m, ring, k)) {
		m->editing = ring + 1;
		m->edited = k;
		m->displaces = m_find(m, ring, key->type, key->name,
				      key->domain) != M_NONE;
	}
	return 0;
}

/* The second half, unless @ret, the result of the checks in between, fails */
static void finish(struct model *m, unsigned int ring, unsigned int k, int ret)
{
	const struct mkey *key = &m->k[k];
	unsigned int old = m_find(m, ring, key->type, key->name, key->domain);
	unsigned int list = key->type != M_RING;
	struct mkey *r = &m->k[ring];
	bool needed = m->editing;

	m->editing = 0;
	if (ret || !needed)
		return;
	r->child[list][r->nr[list]++] = k;
	if (old != M_NONE)
		m_remove_link(m, ring, old);
	m_drop(m);
	if (key->invalid)
		m_unlink_all(m, k);
	/* A reclaim for the key's payload may have ended an expired keyring */
	if (r->invalid)
		m_empty(m, ring);
}

/* The second half after a construction: a late answer displaces nothing */
static void finish_fill(struct model *m, unsigned int ring, unsigned int k,
			int ret)
{
	if (!ret && m->editing && m->displaces && m_state_error(m, &m->k[k]))
		ret = -EKEYEXPIRED;
	finish(m, ring, k, ret);
}

static int vet(const struct model *m, unsigned int ring, unsigned int k)
{
	if (m->k[ring].reject)
		return -EPERM;
	return m->k[k].type == M_RING ? m_find_cycle(m, ring, k) : 0;
}

static int link_key(struct model *m, unsigned int ring, unsigned int k)
{
	int ret = begin(m, ring, k) ?: vet(m, ring, k);

	finish(m, ring, k, ret);
	return ret;
}

static int move_error(const struct model *m, const struct op *op)
{
	const struct mkey *key = &m->k[op->a];

	if (!m_links(m, op->b, op->a))
		return -ENOENT;
	return op->d && m_find(m, op->c, key->type, key->name,
			       key->domain) != M_NONE ? -EEXIST : 0;
}

static int move(struct model *m, const struct op *op)
{
	int ret;

	if (op->b == op->c)
		return 0;
	if (m->k[op->b].type != M_RING || m->k[op->c].type != M_RING)
		return -ENOTDIR;
	ret = move_error(m, op) ?: begin(m, op->c, op->a) ?:
	      move_error(m, op) ?: vet(m, op->c, op->a);
	finish(m, op->c, op->a, ret);
	if (ret)
		return ret;
	m_remove_link(m, op->b, op->a);
	m_drop(m);
	return 0;
}

static int update_locked(struct model *m, unsigned int k, unsigned int len)
{
	struct mkey *key = &m->k[k];
	bool held = key->queued;

	if (key->revoked || key->invalid)
		return -EKEYREVOKED;
	if (key->state == KEY_IS_UNINSTANTIATED)
		return -ENOKEY;
	/* An update cannot be overtaken by the collection of the key */
	key->queued = false;
	if (set_datalen(m, k, len)) {
		key->queued = held;
		return -EDQUOT;
	}
	key->expiry = TIME64_MAX;
	key->state = KEY_IS_POSITIVE;
	return 0;
}

static int update(struct model *m, const struct op *op)
{
	if (!m_may(m, op->a, M_BIT_WRITE, op->flags & M_POSSESSED))
		return -EACCES;
	if (m->k[op->a].type != M_USER)
		return -EOPNOTSUPP;
	return preparse(M_USER, op->b) ?: update_locked(m, op->a, op->b);
}

static key_perm_t default_perm(unsigned int type)
{
	key_perm_t perm = KEY_POS_VIEW | KEY_POS_SEARCH | KEY_POS_LINK |
			  KEY_POS_SETATTR | KEY_USR_VIEW;

	if (type == M_RING || type == M_USER)
		perm |= KEY_POS_READ | KEY_POS_WRITE;
	return perm;
}

static int add_new(struct model *m, const struct op *op, unsigned int *slot)
{
	unsigned int k;
	int ret;

	ret = new_key(m, op, m->me, default_perm(op->b), &k);
	if (ret)
		return ret;
	ret = begin(m, op->a, k);
	if (!ret && m->k[op->a].reject)
		ret = -EPERM;
	if (!ret)
		ret = fill(m, k, op->d);
	finish(m, op->a, k, ret);
	if (!ret) {
		*slot = k;
		return 0;
	}
	m->k[k].handle = false;
	m_drop(m);
	return ret;
}

static unsigned int find_live(const struct model *m, const struct op *op)
{
	unsigned int k = m_find(m, op->a, op->b, op->c, m->net);

	if (op->kind == OP_ADD && op->b != M_USER)
		return M_NONE;
	return k == M_NONE || m->k[k].revoked || m->k[k].invalid ? M_NONE : k;
}

static int add(struct model *m, const struct op *op, unsigned int *slot)
{
	bool possessed = op->flags & M_POSSESSED;
	unsigned int old;
	int ret;

	if (m->k[op->a].type != M_RING)
		return -ENOTDIR;
	ret = preparse(op->b, op->d);
	if (ret)
		return ret;
	if (!m_may(m, op->a, M_BIT_WRITE, possessed))
		return -EACCES;
	old = find_live(m, op);
	if (old == M_NONE)
		return add_new(m, op, slot);
	if (m->k[op->a].reject)
		return -EPERM;
	if (op->kind == OP_CREATE)
		return -EEXIST;
	if (!m_may(m, old, M_BIT_WRITE, possessed))
		return -EACCES;
	ret = update_locked(m, old, op->d);
	if (!ret)
		*slot = old;
	return ret;
}

static int fill_and_link(struct model *m, const struct op *op)
{
	int ret = preparse(m->k[op->a].type, op->b);

	if (ret || op->c == M_NONE)
		return ret ?: fill(m, op->a, op->b);
	ret = begin(m, op->c, op->a) ?: vet(m, op->c, op->a) ?:
	      fill(m, op->a, op->b);
	finish_fill(m, op->c, op->a, ret);
	return ret;
}

static int reject(struct model *m, unsigned int k, unsigned int timeout)
{
	if (m->k[k].state != KEY_IS_UNINSTANTIATED)
		return -EBUSY;
	set_expiry(m, k, m->now + timeout);
	m->k[k].state = -EKEYREJECTED;
	return 0;
}

static int reject_and_link(struct model *m, const struct op *op)
{
	int ret, link_ret;

	if (op->c == M_NONE)
		return reject(m, op->a, op->b);
	if (m->k[op->c].type == M_RING && m->k[op->c].reject)
		return -EPERM;
	link_ret = begin(m, op->c, op->a);
	ret = reject(m, op->a, op->b);
	finish_fill(m, op->c, op->a, ret ?: link_ret);
	return ret ?: link_ret;
}

static void revoke(struct model *m, unsigned int k)
{
	struct mkey *key = &m->k[k];

	if (key->revoked)
		return;
	key->revoked = true;
	if (key->state != KEY_IS_UNINSTANTIATED && key->type == M_USER)
		key->datalen = 0;
	if (key->state != KEY_IS_UNINSTANTIATED && key->type == M_RING)
		m_empty(m, k);
	set_expiry(m, k, m->now);
}

static int chown_key(struct model *m, unsigned int k, unsigned int uid)
{
	struct mkey *key = &m->k[k];

	if (key->uid == uid)
		return 0;
	if (key->charged && !m_has_room(m, uid, 1, m_quotalen(m, k), false)) {
		m_reclaim(m, uid);
		if (!m_has_room(m, uid, 1, m_quotalen(m, k), false))
			return -EDQUOT;
	}
	key->uid = uid;
	return 0;
}

static int make_ring(struct model *m, const struct op *op, unsigned int *slot)
{
	const struct op alloc = {
		.kind = OP_ALLOC, .a = M_RING, .b = op->a, .flags = op->flags,
	};
	struct op fill = { .kind = OP_FILL, .c = op->c };
	int ret = new_key(m, &alloc, op->b, m_perms[0], &fill.a);

	if (ret)
		return ret;
	ret = fill_and_link(m, &fill);
	if (ret) {
		m->k[fill.a].handle = false;
		m_drop(m);
		return ret;
	}
	*slot = fill.a;
	return 0;
}

static int restrict_ring(struct model *m, unsigned int ring)
{
	if (m->k[ring].type != M_RING)
		return -ENOTDIR;
	if (m->k[ring].reject)
		return -EEXIST;
	m->k[ring].reject = true;
	return 0;
}

static int unlink_key(struct model *m, unsigned int ring, unsigned int key)
{
	if (m->k[ring].type != M_RING)
		return -ENOTDIR;
	if (!m_links(m, ring, key))
		return -ENOENT;
	m_remove_link(m, ring, key);
	m_drop(m);
	return 0;
}

static int clear_ring(struct model *m, unsigned int ring)
{
	if (m->k[ring].type != M_RING)
		return -ENOTDIR;
	m_empty(m, ring);
	return 0;
}

/* Operations that set something, and cannot fail */
static void set_op(struct model *m, const struct op *op)
{
	switch (op->kind) {
	case OP_CLOCK:
		m->now += op->a;
		break;
	case OP_LIMITS:
		m->max_keys = op->a;
		m->max_bytes = op->b;
		break;
	case OP_DELAY:
		m->gc_delay = op->a;
		break;
	case OP_CALLER:
		m->me = op->a;
		m->net = op->b;
		break;
	case OP_SETPERM:
		m->k[op->a].perm = m_perms[op->b];
		break;
	case OP_TIMEOUT:
		if (!m->k[op->a].revoked)
			set_expiry(m, op->a, op->b ? m->now + op->b :
						     TIME64_MAX);
		break;
	case OP_SETTLE:
		m_settle(m);
		break;
	default:
		break;
	}
}

/* Operations that end keys, and cannot fail */
static void end_op(struct model *m, const struct op *op)
{
	switch (op->kind) {
	case OP_PUT:
		m->k[op->a].handle = false;
		m_drop(m);
		break;
	case OP_REVOKE:
		revoke(m, op->a);
		break;
	default:
		m_invalidate(m, op->a);
	}
}

/**
 * model_op - predict an operation
 * @m: the model, changed as the real keys will be
 * @op: the operation
 * @slot: set to the key that the operation returns with a reference, or M_NONE
 *
 * Return: 0 or the error.
 */
long model_op(struct model *m, const struct op *op, unsigned int *slot)
{
	*slot = M_NONE;
	switch (op->kind) {
	case OP_ALLOC:
		return new_key(m, op, op->c, m_perms[0], slot);
	case OP_RING:
		return make_ring(m, op, slot);
	case OP_LINK:
		return link_key(m, op->a, op->b);
	case OP_UNLINK:
		return unlink_key(m, op->a, op->b);
	case OP_MOVE:
		return move(m, op);
	case OP_CLEAR:
		return clear_ring(m, op->a);
	case OP_ADD:
	case OP_CREATE:
		return add(m, op, slot);
	case OP_UPDATE:
		return update(m, op);
	case OP_FILL:
		return fill_and_link(m, op);
	case OP_REJECT:
		return reject_and_link(m, op);
	case OP_CHOWN:
		return chown_key(m, op->a, op->b);
	case OP_RESTRICT:
		return restrict_ring(m, op->a);
	case OP_GET:
		*slot = m->k[op->a].used && !m->k[op->a].dying ? op->a : M_NONE;
		return *slot == M_NONE ? -ENOKEY : 0;
	case OP_SEARCH:
	case OP_REACHED:
	case OP_BY_NAME:
		return m_walk_op(m, op, slot);
	case OP_PUT:
	case OP_REVOKE:
	case OP_INVALIDATE:
		end_op(m, op);
		return 0;
	default:
		set_op(m, op);
		return 0;
	}
}
