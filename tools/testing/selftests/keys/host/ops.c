// SPDX-License-Identifier: GPL-2.0-only
/*
 * Draw an operation at random, and print it.
 */
#include "model.h"

/**
 * struct drawer - what an operation is drawn from
 * @m: the model: which keys there are
 * @draw: draws a number below a limit
 * @from: for @draw
 */
struct drawer {
	const struct model *m;
	unsigned int (*draw)(void *from, unsigned int below);
	void *from;
};

static unsigned int draw(const struct drawer *d, unsigned int below)
{
	return d->draw(d->from, below);
}

/* A key that the test has a reference to, mostly a keyring if @ring */
static unsigned int draw_key(const struct drawer *d, bool ring)
{
	unsigned int first = draw(d, M_KEYS), i, k;

	for (i = 0; i < M_KEYS; i++) {
		k = (first + i) % M_KEYS;
		if (m_is_live(&d->m->k[k]) && d->m->k[k].handle &&
		    (!ring || d->m->k[k].type == M_RING))
			return k;
	}
	return M_NONE;
}

static unsigned int draw_ring(const struct drawer *d)
{
	return draw_key(d, draw(d, 32));
}

/* How often each operation is drawn */
static const unsigned char weights[OP_KINDS] = {
	[OP_ALLOC] = 6, [OP_RING] = 6, [OP_PUT] = 10, [OP_GET] = 4,
	[OP_LINK] = 16, [OP_UNLINK] = 5, [OP_MOVE] = 6, [OP_CLEAR] = 1,
	[OP_ADD] = 10, [OP_CREATE] = 4, [OP_UPDATE] = 4, [OP_FILL] = 6,
	[OP_REJECT] = 2, [OP_REVOKE] = 1, [OP_INVALIDATE] = 1,
	[OP_TIMEOUT] = 4, [OP_CHOWN] = 3, [OP_SETPERM] = 2, [OP_RESTRICT] = 1,
	[OP_SEARCH] = 8, [OP_REACHED] = 8, [OP_BY_NAME] = 2, [OP_CLOCK] = 3,
	[OP_LIMITS] = 1, [OP_DELAY] = 1, [OP_CALLER] = 2, [OP_SETTLE] = 4,
	[OP_HOLD] = 1, [OP_LET_GO] = 1,
};

static enum op_kind draw_kind(const struct drawer *d)
{
	static unsigned int total;
	unsigned int at, kind;

	if (!total)
		for (kind = 0; kind < OP_KINDS; kind++)
			total += weights[kind];
	at = draw(d, total);
	for (kind = 0; at >= weights[kind]; kind++)
		at -= weights[kind];
	return kind;
}

static bool has_room(const struct model *m)
{
	unsigned int k;

	for (k = 0; k < M_KEYS; k++)
		if (!m->k[k].used)
			return true;
	return false;
}

static unsigned int draw_alloc_flags(const struct drawer *d)
{
	unsigned int n = draw(d, 16);

	return n == 0 ? M_OVERRUN : n == 1 ? M_UNCHARGED : 0;
}

static void draw_new(struct op *op, const struct drawer *d)
{
	op->flags = draw_alloc_flags(d);
	if (op->kind == OP_ALLOC) {
		op->a = draw(d, M_TYPES);
		op->b = draw(d, M_NAMES);
		op->c = draw(d, M_UIDS);
		return;
	}
	op->a = draw(d, M_NAMES);
	op->b = draw(d, M_UIDS);
	op->c = draw(d, 4) ? draw_ring(d) : M_NONE;
}

static void draw_two(struct op *op, const struct drawer *d)
{
	const struct mkey *from;

	op->a = draw_ring(d);
	op->b = draw_key(d, false);
	if (op->kind != OP_MOVE)
		return;
	op->a = op->b;
	op->b = draw_ring(d);
	op->c = draw_ring(d);
	op->d = draw(d, 2);
	from = &d->m->k[op->b];
	/* Mostly move a key that is there */
	if (op->b != M_NONE && from->nr[1] && draw(d, 4)) {
		op->a = from->child[1][draw(d, from->nr[1])];
		if (!d->m->k[op->a].handle)
			op->a = M_NONE;
	}
}

static void draw_add(struct op *op, const struct drawer *d)
{
	op->a = draw_ring(d);
	op->b = draw(d, 2) ? M_USER : draw(d, M_TYPES);
	op->c = draw(d, M_NAMES);
	op->d = op->b == M_USER || !draw(d, 8) ? draw(d, 300) : 0;
	op->flags = draw(d, 8) ? M_POSSESSED : 0;
}

static void draw_look(struct op *op, const struct drawer *d)
{
	op->flags = (draw(d, 4) ? M_POSSESSED : 0) |
		    (draw(d, 4) ? M_RECURSE : 0);
	op->a = draw_ring(d);
	op->b = draw(d, M_TYPES);
	op->c = draw(d, M_NAMES);
	if (op->kind == OP_BY_NAME)
		op->a = op->c;
	if (op->kind != OP_REACHED)
		return;
	op->flags = draw(d, 2) ? M_HOOKED : 0;
	op->a = draw_key(d, false);
	op->b = draw_key(d, true);
	op->c = draw_key(d, true);
	op->d = draw(d, 2) ? draw_key(d, true) : M_NONE;
}

static void draw_change(struct op *op, const struct drawer *d)
{
	op->a = draw_key(d, op->kind == OP_CLEAR || op->kind == OP_RESTRICT);
	switch (op->kind) {
	case OP_UPDATE:
		op->b = draw(d, 300);
		op->flags = draw(d, 8) ? M_POSSESSED : 0;
		break;
	case OP_FILL:
		op->b = draw(d, 8) ? draw(d, 64) : 0;
		op->c = draw(d, 2) ? draw_ring(d) : M_NONE;
		if (op->a != M_NONE && d->m->k[op->a].type == M_RING)
			op->b = !draw(d, 16);
		break;
	case OP_REJECT:
		op->b = draw(d, 100);
		op->c = draw(d, 2) ? draw_ring(d) : M_NONE;
		break;
	case OP_TIMEOUT:
		op->b = draw(d, 4) ? draw(d, 100) : 0;
		break;
	case OP_CHOWN:
		op->b = draw(d, M_UIDS);
		break;
	case OP_SETPERM:
		op->b = draw(d, 2) ? 0 : draw(d, ARRAY_SIZE(m_perms));
		break;
	case OP_GET:
		op->a = draw(d, M_KEYS);
		break;
	default:
		break;
	}
}

static void draw_world(struct op *op, const struct drawer *d)
{
	switch (op->kind) {
	case OP_CLOCK:
		op->a = draw(d, 8) ? draw(d, 30) : draw(d, 10000);
		break;
	case OP_LIMITS:
		op->a = 1 + draw(d, 20);
		op->b = 20 + draw(d, 1500);
		break;
	case OP_DELAY:
		op->a = draw(d, 2) ? 10 : draw(d, 300);
		break;
	case OP_CALLER:
		op->a = draw(d, M_UIDS);
		op->b = draw(d, M_DOMAINS);
		break;
	default:
		break;
	}
}

static bool op_is_possible(const struct op *op, const struct model *m)
{
	switch (op->kind) {
	case OP_ALLOC:
	case OP_RING:
		return has_room(m);
	case OP_LINK:
	case OP_UNLINK:
		return op->a != M_NONE && op->b != M_NONE;
	case OP_MOVE:
		return op->a != M_NONE && op->b != M_NONE && op->c != M_NONE;
	case OP_ADD:
	case OP_CREATE:
		return op->a != M_NONE && has_room(m);
	case OP_REJECT:
		/* A rejected keyring is not checked for cycles: it links no key */
		return op->a != M_NONE &&
		       (op->c == M_NONE || m->k[op->a].type != M_RING);
	case OP_GET:
		return m->k[op->a].used && !m->k[op->a].handle;
	case OP_BY_NAME:
		return true;
	case OP_HOLD:
		return !op_holding();
	case OP_LET_GO:
		return op_holding();
	default:
		return op->kind >= OP_CLOCK || op->a != M_NONE;
	}
}

static void draw_args(struct op *op, const struct drawer *d)
{
	if (op->kind <= OP_RING)
		draw_new(op, d);
	else if (op->kind >= OP_LINK && op->kind <= OP_MOVE)
		draw_two(op, d);
	else if (op->kind == OP_ADD || op->kind == OP_CREATE)
		draw_add(op, d);
	else if (op->kind >= OP_SEARCH && op->kind <= OP_BY_NAME)
		draw_look(op, d);
	else if (op->kind >= OP_CLOCK)
		draw_world(op, d);
	else
		draw_change(op, d);
}

/**
 * op_draw - draw an operation that is possible
 * @op: filled in
 * @m: the model
 * @fn: draws a number below a limit
 * @from: for @fn
 */
void op_draw(struct op *op, const struct model *m,
	     unsigned int (*fn)(void *from, unsigned int below), void *from)
{
	const struct drawer d = { .m = m, .draw = fn, .from = from };
	int tries = 20;

	do {
		*op = (struct op) { };
		op->kind = draw_kind(&d);
		draw_args(op, &d);
	} while (!op_is_possible(op, m) && --tries);
	if (!tries)
		*op = (struct op) { .kind = OP_SETTLE };
}

static const char *const kind_names[OP_KINDS] = {
	"alloc", "ring", "put", "get", "link", "unlink", "move", "clear",
	"add", "create", "update", "fill", "reject", "revoke", "invalidate",
	"timeout", "chown", "setperm", "restrict", "search", "reached",
	"by_name", "clock", "limits", "delay", "caller", "settle", "hold",
	"let_go",
};

/**
 * op_name - get the name of a kind of operations
 * @kind: enum op_kind
 *
 * Return: the name.
 */
const char *op_name(unsigned int kind)
{
	return kind_names[kind];
}

/**
 * op_print - print an operation
 * @op: the operation
 */
void op_print(const struct op *op)
{
	fprintf(stderr, "%s(%u, %u, %u, %u) flags %x\n", kind_names[op->kind],
		op->a, op->b, op->c, op->d, op->flags);
}
