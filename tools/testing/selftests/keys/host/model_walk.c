// SPDX-License-Identifier: GPL-2.0-only
/*
 * The model: permissions, searches, possession, cycles, names. The walks are
 * recursive, and remember nothing.
 */
#include "model.h"

/**
 * m_may - does the mask of a key grant the caller a permission?
 * @m: the model
 * @k: the key
 * @bit: M_BIT_*
 * @possessed: the caller possesses the key
 *
 * Return: true if so.
 */
bool m_may(const struct model *m, unsigned int k, unsigned int bit,
	   bool possessed)
{
	key_perm_t perm = m->k[k].perm;
	unsigned int granted = 0;

	if (possessed)
		granted |= perm >> 24;
	if (m->k[k].uid == m->me)
		granted |= perm >> 16;
	else
		granted |= perm;
	return granted & bit;
}

/**
 * struct find - a search, or a walk for one key
 * @m: the model
 * @op: the operation
 * @key: the key that possession is asked of, for OP_REACHED
 * @error: error so far
 * @found: key, or M_NONE
 * @visits: number of keyrings that the walk has come to
 */
struct find {
	const struct model	*m;
	const struct op		*op;
	unsigned int		key;
	int			error;
	unsigned int		found;
	unsigned int		visits;
};

/**
 * m_state_error - what a search says of a key's state
 * @m: the model
 * @k: the key
 *
 * Return: 0, -EKEYREVOKED or -EKEYEXPIRED.
 */
int m_state_error(const struct model *m, const struct mkey *k)
{
	if (k->invalid || k->revoked)
		return -EKEYREVOKED;
	return m->now >= k->expiry ? -EKEYEXPIRED : 0;
}

static void take(struct find *f, unsigned int k, bool possessed)
{
	int ret = m_state_error(f->m, &f->m->k[k]);

	if (!ret && !m_may(f->m, k, M_BIT_SEARCH, possessed))
		ret = -EACCES;
	if (!ret)
		ret = min(f->m->k[k].state, 0);
	if (ret)
		f->error = ret;
	else
		f->found = k;
}

static void look_into(struct find *f, unsigned int ring, bool possessed)
{
	unsigned int k;

	if (f->op->kind == OP_REACHED) {
		if (m_links(f->m, ring, f->key) &&
		    m_may(f->m, f->key, M_BIT_SEARCH, true))
			f->found = f->key;
		return;
	}
	k = m_find(f->m, ring, f->op->b, f->op->c, f->m->net);
	if (k != M_NONE)
		take(f, k, possessed);
}

static void walk(struct find *f, unsigned int ring, int depth, bool possessed)
{
	const struct mkey *k = &f->m->k[ring], *child;
	int i;

	if (depth == M_DEPTH)
		return;
	for (i = 0; i < k->nr[0] && f->found == M_NONE; i++) {
		child = &f->m->k[k->child[0][i]];
		f->visits++;
		if (!m_may(f->m, k->child[0][i], M_BIT_SEARCH, possessed) ||
		    child->revoked || child->invalid)
			continue;
		look_into(f, k->child[0][i], possessed);
		if (f->found == M_NONE)
			walk(f, k->child[0][i], depth + 1, possessed);
	}
}

static bool is_searched(const struct model *m, const struct op *op)
{
	const struct mkey *k = &m->k[op->a];

	return op->b == M_RING && k->name == op->c;
}

static long search(struct model *m, const struct op *op, unsigned int *slot)
{
	bool possessed = op->flags & M_POSSESSED;
	struct find f = {
		.m = m, .op = op, .error = -EAGAIN, .found = M_NONE,
	};

	if (m->k[op->a].type != M_RING)
		return -ENOTDIR;
	if (!m_may(m, op->a, M_BIT_SEARCH, possessed))
		return -EACCES;
	if (is_searched(m, op)) {
		take(&f, op->a, possessed);
	} else if (!m->k[op->a].invalid) {
		look_into(&f, op->a, possessed);
		if (f.found == M_NONE && (op->flags & M_RECURSE))
			walk(&f, op->a, 0, possessed);
	}
	*slot = f.found;
	if (f.found != M_NONE)
		return 0;
	/* In a large tree, which of several errors is the last may differ */
	return f.visits < 64 || f.error == -EAGAIN ? f.error : 1;
}

static void walk_root(struct find *f, unsigned int root)
{
	if (!m_may(f->m, root, M_BIT_SEARCH, true))
		return;
	if (root == f->key) {
		if (m_may(f->m, root, M_BIT_SEARCH, true))
			f->found = root;
		return;
	}
	if (f->m->k[root].invalid)
		return;
	look_into(f, root, true);
	if (f->found == M_NONE)
		walk(f, root, 0, true);
}

static long reached(const struct model *m, const struct op *op)
{
	const unsigned int roots[3] = { op->b, op->c, op->d };
	struct find f = {
		.m = m, .op = op, .key = op->a, .found = M_NONE,
	};
	int i;

	for (i = 0; i < 3 && f.found == M_NONE; i++)
		if (roots[i] != M_NONE)
			walk_root(&f, roots[i]);
	return f.found != M_NONE;
}

static bool may_join(const struct model *m, unsigned int k, unsigned int name,
		     bool own)
{
	const struct mkey *key = &m->k[k];

	return m_is_live(key) && key->named && key->name == name &&
	       !key->revoked && !key->invalid && (key->uid == m->me) == own &&
	       m_may(m, k, M_BIT_SEARCH, false);
}

static long by_name(const struct model *m, const struct op *op,
		    unsigned int *slot)
{
	unsigned int k, own;

	for (own = 2; own-- && *slot == M_NONE; )
		for (k = 0; k < M_KEYS; k++)
			if (may_join(m, k, op->a, own) &&
			    (*slot == M_NONE ||
			     m->k[k].named < m->k[*slot].named))
				*slot = k;
	return *slot == M_NONE ? -ENOKEY : 0;
}

/**
 * m_walk_op - predict an operation that looks for a key
 * @m: the model
 * @op: the operation
 * @slot: set to the key that is found
 *
 * Return: 0 or the error; for a search also 1: any error. For OP_REACHED, 1 if
 * the key is reached.
 */
long m_walk_op(struct model *m, const struct op *op, unsigned int *slot)
{
	switch (op->kind) {
	case OP_SEARCH:
		return search(m, op, slot);
	case OP_REACHED:
		return reached(m, op);
	default:
		return by_name(m, op, slot);
	}
}

static int cycle_below(const struct model *m, unsigned int ring,
		       unsigned int at, int depth, unsigned int *visits)
{
	const struct mkey *k = &m->k[at];
	int i, ret;

	for (i = 0; i < k->nr[0]; i++) {
		unsigned int below = k->child[0][i];

		if (*visits == M_CYCLE_MAX)
			return -ELOOP;
		++*visits;
		if (below == ring)
			return -EDEADLK;
		if (depth == M_DEPTH && m->k[below].nr[0])
			return m_links(m, below, ring) ? -EDEADLK : -ELOOP;
		if (depth == M_DEPTH)
			continue;
		ret = cycle_below(m, ring, below, depth + 1, visits);
		if (ret)
			return ret;
	}
	return 0;
}

/**
 * m_find_cycle - would a link between two keyrings close a cycle?
 * @m: the model
 * @ring: keyring that is to link @child
 * @child: keyring
 *
 * Return: 0, -EDEADLK or -ELOOP.
 */
int m_find_cycle(const struct model *m, unsigned int ring, unsigned int child)
{
	unsigned int visits = 0;

	if (child == ring)
		return -EDEADLK;
	return cycle_below(m, ring, child, 1, &visits);
}
