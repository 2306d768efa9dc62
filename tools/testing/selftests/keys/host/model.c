// SPDX-License-Identifier: GPL-2.0-only
/*
 * The model: keys, keyrings and accounts, and the steps that operations share.
 */
#include "model.h"

/**
 * m_is_live - is a key there and referenced?
 * @k: the key
 *
 * Return: true if so.
 */
bool m_is_live(const struct mkey *k)
{
	return k->used && !k->dying;
}

static int child_at(const struct mkey *ring, unsigned int key)
{
	int list, i;

	for (list = 0; list < 2; list++)
		for (i = 0; i < ring->nr[list]; i++)
			if (ring->child[list][i] == key)
				return list * M_KEYS + i;
	return -1;
}

/**
 * m_links - does a keyring link a key?
 * @m: the model
 * @ring: keyring
 * @key: key
 *
 * Return: true if so.
 */
bool m_links(const struct model *m, unsigned int ring, unsigned int key)
{
	return child_at(&m->k[ring], key) >= 0;
}

/**
 * m_refs - count the references to a key
 * @m: the model
 * @k: the key
 *
 * Return: the number.
 */
unsigned int m_refs(const struct model *m, unsigned int k)
{
	unsigned int ring, refs = m->k[k].handle;

	for (ring = 0; ring < M_KEYS; ring++)
		if (m->k[ring].used && m_links(m, ring, k))
			refs++;
	return refs;
}

/*
 * The links that are charged to a keyring: also one that is about to be made,
 * unless it takes over the charge of one that is there.
 */
static unsigned int charged_links(const struct model *m, unsigned int ring)
{
	const struct mkey *key = &m->k[m->edited];
	unsigned int nr = m->k[ring].nr[0] + m->k[ring].nr[1];

	if (m->editing == ring + 1 &&
	    m_find(m, ring, key->type, key->name, key->domain) == M_NONE)
		nr++;
	return nr;
}

/**
 * m_quotalen - what is charged for a key
 * @m: the model
 * @k: the key
 *
 * Return: bytes.
 */
unsigned int m_quotalen(const struct model *m, unsigned int k)
{
	const struct mkey *key = &m->k[k];

	if (!key->charged || !m_is_live(key))
		return 0;
	return strlen(m_names[key->name]) + 1 + key->datalen +
	       M_LINK_BYTES * charged_links(m, k);
}

/**
 * m_charges - what an account owes
 * @m: the model
 * @uid: number of the account
 *
 * Return: the sums.
 */
struct charges m_charges(const struct model *m, unsigned int uid)
{
	struct charges sum = { };
	unsigned int k;

	for (k = 0; k < M_KEYS; k++) {
		if (!m_is_live(&m->k[k]) || m->k[k].uid != uid)
			continue;
		sum.qnkeys += m->k[k].charged;
		sum.qnbytes += m_quotalen(m, k);
		sum.nkeys++;
		sum.nikeys += m->k[k].state != KEY_IS_UNINSTANTIATED;
	}
	return sum;
}

/**
 * m_find - find the key of an index in a keyring
 * @m: the model
 * @ring: keyring
 * @type: type
 * @name: description
 * @domain: domain, for M_NET
 *
 * Return: the key, or M_NONE.
 */
unsigned int m_find(const struct model *m, unsigned int ring, unsigned int type,
		    unsigned int name, unsigned int domain)
{
	const struct mkey *k = &m->k[ring], *child;
	int list, i;

	for (list = 0; list < 2; list++) {
		for (i = 0; i < k->nr[list]; i++) {
			child = &m->k[k->child[list][i]];
			if (child->type == type && child->name == name &&
			    (type != M_NET || child->domain == domain))
				return k->child[list][i];
		}
	}
	return M_NONE;
}

/**
 * m_remove_link - unlink a key from a keyring
 * @m: the model
 * @ring: keyring
 * @key: key; nothing is done if it is not linked
 */
void m_remove_link(struct model *m, unsigned int ring, unsigned int key)
{
	struct mkey *r = &m->k[ring];
	int at = child_at(r, key), list = at / M_KEYS, i = at % M_KEYS;

	if (at < 0)
		return;
	memmove(&r->child[list][i], &r->child[list][i + 1],
		r->nr[list] - i - 1);
	r->nr[list]--;
}

/**
 * m_drop - let keys without references go
 * @m: the model
 *
 * Keyrings stay until they are dismantled.
 */
void m_drop(struct model *m)
{
	unsigned int k;

	for (k = 0; k < M_KEYS; k++) {
		if (!m_is_live(&m->k[k]) || m_refs(m, k))
			continue;
		m->k[k].queued = false;
		if (m->k[k].type == M_RING)
			m->k[k].dying = true;
		else
			m->k[k].used = false;
	}
}

/**
 * m_empty - unlink all keys from a keyring
 * @m: the model
 * @ring: keyring
 */
void m_empty(struct model *m, unsigned int ring)
{
	m->k[ring].nr[0] = 0;
	m->k[ring].nr[1] = 0;
	m_drop(m);
}

/**
 * m_unlink_all - unlink a key from all keyrings
 * @m: the model
 * @key: key
 */
void m_unlink_all(struct model *m, unsigned int key)
{
	unsigned int ring;

	for (ring = 0; ring < M_KEYS; ring++)
		if (m->k[ring].used)
			m_remove_link(m, ring, key);
	m_drop(m);
}

/**
 * m_invalidate - invalidate a key
 * @m: the model
 * @k: key
 */
void m_invalidate(struct model *m, unsigned int k)
{
	m->k[k].invalid = true;
	if (m->k[k].type == M_RING)
		m_empty(m, k);
	m_unlink_all(m, k);
}

static void dismantle(struct model *m, unsigned int uid)
{
	unsigned int k;

	for (k = 0; k < M_KEYS; k++) {
		if (!m->k[k].used || !m->k[k].dying || m->k[k].uid != uid)
			continue;
		m_empty(m, k);
		m->k[k].used = false;
		/* It may have been the last reference to an earlier one */
		k = -1;
	}
}

static void collect(struct model *m, unsigned int uid, unsigned int delay)
{
	unsigned int k;

	for (k = 0; k < M_KEYS; k++) {
		struct mkey *key = &m->k[k];
		unsigned int wait = key->type == M_INSTANT ? 0 : delay;

		if (!m_is_live(key) || key->uid != uid || !key->queued ||
		    key->expiry + wait > m->now)
			continue;
		key->queued = false;
		m_invalidate(m, k);
	}
}

/**
 * m_settle - collect and dismantle all that is due
 * @m: the model
 */
void m_settle(struct model *m)
{
	unsigned int uid;

	for (uid = 0; uid < M_UIDS; uid++)
		collect(m, uid, m->gc_delay);
	/* Twice: a keyring may keep one of an account with a lower number */
	for (uid = 0; uid < M_UIDS * M_KEYS; uid++)
		dismantle(m, uid % M_UIDS);
}

/**
 * m_has_room - does a charge keep an account within its limits?
 * @m: the model
 * @uid: number of the account
 * @keys: keys to charge
 * @bytes: bytes to charge
 * @overrun: the limits do not matter
 *
 * Return: true if so.
 */
bool m_has_room(const struct model *m, unsigned int uid,
		     unsigned int keys, long bytes, bool overrun)
{
	struct charges sum = m_charges(m, uid);

	if (overrun || !m_uids[uid])
		return true;
	return (!keys || sum.qnkeys + keys <= m->max_keys) &&
	       (bytes <= 0 || sum.qnbytes + bytes <= m->max_bytes);
}

/**
 * m_reclaim - refund what an account does not need
 * @m: the model
 * @uid: number of the account
 */
void m_reclaim(struct model *m, unsigned int uid)
{
	m->reclaims++;
	collect(m, uid, 0);
	dismantle(m, uid);
}

/**
 * m_charge - see whether an account can be charged
 * @m: the model
 * @uid: number of the account
 * @keys: keys to charge
 * @bytes: bytes to charge
 * @overrun: the limits do not matter
 *
 * If not, reclaim what the account does not need, and look again.
 *
 * Return: 0 or -EDQUOT.
 */
int m_charge(struct model *m, unsigned int uid, unsigned int keys,
		  long bytes, bool overrun)
{
	if (m_has_room(m, uid, keys, bytes, overrun))
		return 0;
	m_reclaim(m, uid);
	return m_has_room(m, uid, keys, bytes, overrun) ? 0 : -EDQUOT;
}
