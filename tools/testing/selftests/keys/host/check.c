// SPDX-License-Identifier: GPL-2.0-only
/*
 * Compare the real keys, keyrings and accounts with the model.
 */
#include <host/mm.h>
#include <host/rcu.h>
#include <host/task.h>
#include <host/work.h>
#include <linux/rculist.h>

#include "expiry.h"
#include "index.h"
#include "key.h"
#include "link.h"
#include "model.h"
#include "quota.h"
#include "serial.h"

static void same(const char *what, unsigned int k, long got, long want)
{
	char text[64];

	if (likely(got == want))
		return;
	snprintf(text, sizeof(text), "%s of %u", what, k);
	check_fail(text, got, want);
}

static void check_key(const struct model *m, unsigned int k)
{
	const struct mkey *want = &m->k[k];
	const struct key *key = want->key;
	bool queued = test_bit(KEY_FLAG_EXPIRY_QUEUED, &key->flags);

	same("references", k, refcount_read(&key->usage), m_refs(m, k));
	same("serial number", k, key->serial, want->serial);
	same("owner", k, key->uid.val, m_uids[want->uid]);
	same("account", k, key->user->uid.val, m_uids[want->uid]);
	same("mask", k, key->perm, want->perm);
	same("charge", k, key->quotalen, m_quotalen(m, k));
	same("length", k, key->datalen, want->datalen);
	same("state", k, key->state, want->state);
	same("revoked", k, test_bit(KEY_FLAG_REVOKED, &key->flags),
	     want->revoked);
	same("invalidated", k, test_bit(KEY_FLAG_INVALIDATED, &key->flags),
	     want->invalid);
	same("charged", k, test_bit(KEY_FLAG_IN_QUOTA, &key->flags),
	     want->charged);
	same("expiry", k, key->expiry, want->expiry);
	same("queued", k, queued, want->queued);
	same("constructing", k,
	     test_bit(KEY_FLAG_CONSTRUCTING, &key->flags), false);
}

static void check_list(const struct model *m, unsigned int k, int list,
		       const struct list_head *head)
{
	const struct mkey *want = &m->k[k];
	const struct key_link *link;
	int i = 0;

	list_for_each_entry(link, head, ring_node) {
		same("number of links", k, i < want->nr[list], true);
		same("link", k, (long)link->key,
		     (long)m->k[want->child[list][i]].key);
		same("keyring of link", k, (long)link->ring, (long)want->key);
		i++;
	}
	same("number of links", k, i, want->nr[list]);
}

static void check_ring(const struct model *m, unsigned int k)
{
	const struct mkey *want = &m->k[k];
	const struct keyring *ring = to_keyring(want->key);

	check_list(m, k, 0, &ring->rings);
	check_list(m, k, 1, &ring->leaves);
	same("count of links", k, ring->key.keys.nr_leaves_on_tree,
	     want->nr[0] + want->nr[1]);
	same("link that hands over", k, (long)ring->handing_over, 0);
	same("restriction", k, !!ring->key.restrict_link, want->reject);
}

static void check_parents(const struct model *m, unsigned int k)
{
	const struct key_link *link;
	int nr = 0;

	hlist_for_each_entry_rcu(link, &m->k[k].key->parents, key_node, true)
		nr++;
	same("number of parents", k, nr, m_refs(m, k) - m->k[k].handle);
}

static time64_t next_due(const struct model *m, unsigned int uid)
{
	time64_t due = TIME64_MAX;
	unsigned int k;

	for (k = 0; k < M_KEYS; k++) {
		const struct mkey *key = &m->k[k];

		if (m_is_live(key) && key->queued && key->uid == uid)
			due = min(due, key->expiry +
				  (key->type == M_INSTANT ? 0 : m->gc_delay));
	}
	return due;
}

/* Will the work that collects the next key run in time? */
static void check_armed(const struct model *m, unsigned int uid,
			struct key_user *user)
{
	time64_t due = next_due(m, uid);
	unsigned long when, last;
	bool pending;

	same("next key to collect", uid, __expiry_next_reap(&user->expiring),
	     due);
	if (due == TIME64_MAX)
		return;
	pending = host_work_timed(&user->expiring.work.work, &when);
	same("expiry work", uid, pending, true);
	last = jiffies + (due > m->now ? min_t(long, due - m->now, 3600) : 0) *
	       HZ;
	if (when > last)
		check_fail("time of the expiry work", when, last);
}

static void check_account(const struct model *m, unsigned int uid)
{
	struct key_user *user __free(key_user_put) =
		key_user_find(KUIDT_INIT(m_uids[uid]));
	struct charges want = m_charges(m, uid);

	if (!user) {
		same("keys without account", uid, 0, want.nkeys);
		return;
	}
	same("charged keys", uid, user->qnkeys, want.qnkeys);
	same("charged bytes", uid, user->qnbytes, want.qnbytes);
	same("keys", uid, user->nkeys, want.nkeys);
	same("constructed keys", uid, user->nikeys, want.nikeys);
	check_armed(m, uid, user);
}

static void check_find(const struct model *m, unsigned int ring,
		       unsigned int type, unsigned int name,
		       unsigned int domain)
{
	unsigned int want = m_find(m, ring, type, name, domain);
	struct key_index index;
	struct key_link *link;

	key_index_init(&index, op_type(type), type == M_NET ?
		       host_task.nsproxy->net_ns->key_domain : NULL,
		       m_names[name]);
	guard(rcu)();
	link = link_find_rcu(to_keyring(m->k[ring].key), &index);
	same("lookup", ring, (long)(link ? link->key : NULL),
	     (long)(want == M_NONE ? NULL : m->k[want].key));
}

/**
 * check_walks - look each key up by its number, and by its index
 * @m: the model
 * @chance: number that chooses which part is looked at
 */
void check_walks(const struct model *m, unsigned int chance)
{
	unsigned int k = chance % M_KEYS, type, name;
	struct key *key;

	if (!m_is_live(&m->k[k]))
		return;
	key = key_lookup(m->k[k].serial);
	same("key of number", k, (long)key, (long)m->k[k].key);
	key_put(key);
	key = key_serial_next(m->k[k].serial);
	same("next key of number", k, (long)key, (long)m->k[k].key);
	key_put(key);
	if (m->k[k].type != M_RING)
		return;
	for (type = 0; type < M_TYPES; type++)
		for (name = 0; name < M_NAMES; name++)
			check_find(m, k, type, name, m->net);
}

/**
 * check_all - compare all that can be seen with the model
 * @m: the model
 */
void check_all(const struct model *m)
{
	unsigned int k;

	for (k = 0; k < M_KEYS; k++) {
		if (!m_is_live(&m->k[k]))
			continue;
		check_key(m, k);
		check_parents(m, k);
		if (m->k[k].type == M_RING)
			check_ring(m, k);
	}
	for (k = 0; k < M_UIDS; k++)
		check_account(m, k);
	same("locks held by", 0, host_atomic_depth, 0);
}

static long nr_of(const char *cache)
{
	return host_cache_find(cache)->nr;
}

/**
 * check_memory - after all was freed that can be: is nothing left over?
 * @m: the model
 */
void check_memory(const struct model *m)
{
	long rings = 0, keys = 0, listed = 0, links = 0;
	const struct mkey *k;

	for (k = m->k; k < m->k + M_KEYS; k++) {
		if (!k->used)
			continue;
		rings += k->type == M_RING;
		keys += k->type == M_USER;
		listed += k->type > M_USER;
		links += k->nr[0] + k->nr[1];
	}
	same("keyrings in memory", 0, nr_of("keyring"), rings);
	same("keys in memory", 0, nr_of("key"), keys);
	same("listed keys in memory", 0, nr_of("listed_key"), listed);
	same("links in memory", 0, nr_of("key_link"), links);
}
