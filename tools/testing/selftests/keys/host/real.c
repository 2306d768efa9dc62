// SPDX-License-Identifier: GPL-2.0-only
/*
 * The operations on the real keys.
 */
#include <host/mm.h>
#include <host/rcu.h>
#include <host/task.h>
#include <host/work.h>
#include <keys/user-type.h>
#include <linux/keyctl.h>

#include "expiry.h"
#include "key.h"
#include "link.h"
#include "model.h"
#include "perm.h"
#include "quota.h"
#include "ringname.h"
#include "search.h"

static char payload[4096];

/**
 * struct held - what a reader has found, and may look at until it ends
 * @link: link
 * @ring: its keyring
 * @key: its key
 * @serial: number of @key
 * @payload: payload of @key, for M_USER
 */
struct held {
	struct key_link				*link;
	struct keyring				*ring;
	struct key				*key;
	key_serial_t				serial;
	const struct user_key_payload		*payload;
};

static struct held held[256];
static unsigned int nr_held;
static bool holding;

/**
 * op_holding - does a reader delay the end of the grace period?
 *
 * Return: true between OP_HOLD and OP_LET_GO.
 */
bool op_holding(void)
{
	return holding;
}

static long result_of(struct key *key, struct key **out)
{
	if (IS_ERR(key))
		return PTR_ERR(key);
	*out = key;
	return 0;
}

static long ref_result(key_ref_t ref, struct key **out)
{
	return IS_ERR(ref) ? PTR_ERR(ref) :
	       result_of(key_ref_to_ptr(ref), out);
}

static unsigned long alloc_flags(const struct op *op)
{
	return (op->flags & M_OVERRUN ? KEY_ALLOC_QUOTA_OVERRUN : 0) |
	       (op->flags & M_UNCHARGED ? KEY_ALLOC_NOT_IN_QUOTA : 0);
}

static long real_alloc(const struct op *op, struct key **out)
{
	return result_of(key_alloc(op_type(op->a), m_names[op->b],
				   KUIDT_INIT(m_uids[op->c]), GLOBAL_ROOT_GID,
				   current_cred(), m_perms[0], alloc_flags(op),
				   NULL), out);
}

static long real_ring(const struct op *op, struct key *dest, struct key **out)
{
	return result_of(keyring_alloc(m_names[op->a],
				       KUIDT_INIT(m_uids[op->b]),
				       GLOBAL_ROOT_GID, current_cred(),
				       m_perms[0], alloc_flags(op), NULL,
				       dest), out);
}

static long real_add(const struct op *op, struct key *ring, struct key **out)
{
	key_ref_t ref = make_key_ref(ring, op->flags & M_POSSESSED);
	const char *type = op_type(op->b)->name, *name = m_names[op->c];

	if (op->kind == OP_CREATE)
		return ref_result(key_create(ref, type, name, payload, op->d,
					     KEY_PERM_UNDEF, alloc_flags(op)),
				  out);
	return ref_result(key_create_or_update(ref, type, name, payload, op->d,
					       KEY_PERM_UNDEF, alloc_flags(op)),
			  out);
}

static long real_chown(struct key *key, unsigned int uid)
{
	struct key_user *user __free(key_user_put) =
		key_user_get(KUIDT_INIT(m_uids[uid]));

	if (!user)
		return -ENOMEM;
	guard(rwsem_write)(&key->sem);
	return key_chown(key, user, INVALID_GID);
}

static long real_search(const struct op *op, struct key *ring,
			struct key **out)
{
	key_ref_t ref = make_key_ref(ring, op->flags & M_POSSESSED);
	long ret;

	ret = ref_result(keyring_search(ref, op_type(op->b), m_names[op->c],
					op->flags & M_RECURSE), out);
	if (!ret)
		key_put(*out);
	return ret;
}

static long real_reached(const struct model *m, const struct op *op)
{
	const unsigned int slots[3] = { op->b, op->c, op->d };
	struct key_roots roots = { };
	bool ret;
	int i;

	for (i = 0; i < 3; i++)
		if (slots[i] != M_NONE)
			roots.ring[roots.nr++] = m->k[slots[i]].key;
	static_calls_table.key_permission[0].hl =
		op->flags & M_HOOKED ? &static_calls_table : NULL;
	scoped_guard(rcu)
		ret = key_reached_rcu(m->k[op->a].key, &roots, current_cred());
	static_calls_table.key_permission[0].hl = NULL;
	return ret;
}

static long real_by_name(const struct op *op, struct key **out)
{
	long ret;

	ret = result_of(ringname_find(m_names[op->a], &init_user_ns,
				      current_cred()->uid, NULL), out);
	if (!ret)
		key_put(*out);
	return ret;
}

static void hold_ring(const struct model *m, unsigned int ring)
{
	const struct mkey *r = &m->k[ring];
	struct key_link *link;
	int list, i;

	for (list = 0; list < 2; list++) {
		for (i = 0; i < r->nr[list]; i++) {
			struct key *key = m->k[r->child[list][i]].key;

			if (nr_held == ARRAY_SIZE(held))
				return;
			link = link_find_rcu(to_keyring(r->key), &key->index);
			BUG_ON(!link);
			held[nr_held++] = (struct held) {
				.link = link, .ring = link->ring, .key = key,
				.serial = key->serial,
				.payload = key->type == &key_type_user ?
					user_key_payload_rcu(key) : NULL,
			};
		}
	}
}

static void begin_hold(const struct model *m)
{
	unsigned int k;

	holding = true;
	nr_held = 0;
	guard(rcu)();
	for (k = 0; k < M_KEYS; k++)
		if (m_is_live(&m->k[k]) && m->k[k].type == M_RING)
			hold_ring(m, k);
}

/* All that the reader has found must still be in memory */
static void end_hold(void)
{
	const struct held *h;

	holding = false;
	for (h = held; h < held + nr_held; h++) {
		BUG_ON(h->link->ring != h->ring || h->link->key != h->key);
		BUG_ON(h->key->serial != h->serial);
		BUG_ON(!h->ring->key.serial);
		BUG_ON(h->payload && !h->payload->datalen);
		BUG_ON(!strlen(h->key->description));
		BUG_ON(!uid_valid(h->key->user->uid));
	}
}

/**
 * real_settle - free all that can be freed, run all works that are due
 */
void real_settle(void)
{
	while (host_work_run() || (!holding && host_rcu_run()))
		;
}

static void real_limits(const struct op *op)
{
	key_quota_maxkeys = op->a;
	key_quota_maxbytes = op->b;
}

static void real_set(const struct op *op, struct key *key)
{
	switch (op->kind) {
	case OP_CLOCK:
		host_clock_advance(op->a);
		break;
	case OP_LIMITS:
		real_limits(op);
		break;
	case OP_DELAY:
		key_gc_delay = op->a;
		quota_rearm_all();
		break;
	case OP_CALLER:
		op_caller(op->a, op->b);
		break;
	case OP_SETPERM:
		WRITE_ONCE(key->perm, m_perms[op->b]);
		break;
	case OP_TIMEOUT:
		key_set_timeout(key, op->b);
		break;
	case OP_SETTLE:
		real_settle();
		break;
	default:
		end_hold();
	}
}

static void real_end(const struct op *op, struct key *key)
{
	switch (op->kind) {
	case OP_PUT:
		key_put(key);
		break;
	case OP_REVOKE:
		key_revoke(key);
		break;
	default:
		key_invalidate(key);
	}
}

static struct key *key_at(const struct model *m, unsigned int slot)
{
	return slot < M_KEYS ? m->k[slot].key : NULL;
}

static long real_change(const struct model *m, const struct op *op,
			struct key *a)
{
	struct key *b = key_at(m, op->b), *c = key_at(m, op->c);

	switch (op->kind) {
	case OP_LINK:
		return key_link(a, b);
	case OP_UNLINK:
		return key_unlink(a, b);
	case OP_MOVE:
		return key_move(a, b, c, op->d ? KEYCTL_MOVE_EXCL : 0);
	case OP_CLEAR:
		return keyring_clear(a);
	case OP_UPDATE:
		return key_update(make_key_ref(a, op->flags & M_POSSESSED),
				  payload, op->b);
	case OP_FILL:
		return key_instantiate_and_link(a, payload, op->b, c, NULL);
	case OP_REJECT:
		return key_reject_and_link(a, op->b, EKEYREJECTED, c, NULL);
	case OP_CHOWN:
		return real_chown(a, op->b);
	default:
		return keyring_restrict(make_key_ref(a, true), NULL, NULL);
	}
}

/**
 * real_op - do an operation
 * @m: the model before the operation: it knows the real keys
 * @op: the operation
 * @out: set to the key that the operation returns
 *
 * Return: 0 or the error; for OP_REACHED, 1 if the key is reached.
 */
long real_op(const struct model *m, const struct op *op, struct key **out)
{
	struct key *a = key_at(m, op->a);

	*out = NULL;
	switch (op->kind) {
	case OP_ALLOC:
		return real_alloc(op, out);
	case OP_RING:
		return real_ring(op, key_at(m, op->c), out);
	case OP_ADD:
	case OP_CREATE:
		return real_add(op, a, out);
	case OP_GET:
		return result_of(key_lookup(m->k[op->a].serial), out);
	case OP_SEARCH:
		return real_search(op, a, out);
	case OP_REACHED:
		return real_reached(m, op);
	case OP_BY_NAME:
		return real_by_name(op, out);
	case OP_HOLD:
		begin_hold(m);
		return 0;
	case OP_PUT:
	case OP_REVOKE:
	case OP_INVALIDATE:
		real_end(op, a);
		return 0;
	case OP_SETPERM:
	case OP_TIMEOUT:
	case OP_CLOCK:
	case OP_LIMITS:
	case OP_DELAY:
	case OP_CALLER:
	case OP_SETTLE:
	case OP_LET_GO:
		real_set(op, a);
		return 0;
	default:
		return real_change(m, op, a);
	}
}
