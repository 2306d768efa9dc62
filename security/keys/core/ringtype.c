// SPDX-License-Identifier: GPL-2.0-only
/*
 * The type of keyrings: the operations of keys that link other keys.
 */
#include <linux/export.h>
#include <linux/rculist.h>
#include <linux/seq_file.h>
#include <linux/slab.h>

#include "key.h"
#include "keyring.h"
#include "ringname.h"
#include "ringtype.h"

static void keyring_init(struct key *key, struct key_restriction *restrict_link)
{
	struct keyring *ring = to_keyring(key);

	spin_lock_init(&ring->lock);
	INIT_LIST_HEAD(&ring->rings);
	INIT_LIST_HEAD(&ring->leaves);
	INIT_LIST_HEAD(&ring->restrict_node);
	ring->key.restrict_link = restrict_link;
}

static int keyring_preparse(struct key_preparsed_payload *prep)
{
	return prep->datalen ? -EINVAL : 0;
}

static int keyring_instantiate(struct key *key,
			       struct key_preparsed_payload *prep)
{
	ringname_publish(to_keyring(key));
	return 0;
}

static void keyring_revoke(struct key *key)
{
	keyring_empty(to_keyring(key));
}

static void keyring_describe(const struct key *key, struct seq_file *m)
{
	unsigned long nr = READ_ONCE(key->keys.nr_leaves_on_tree);

	seq_puts(m, key->description);
	if (!key_is_positive(key))
		return;
	if (nr)
		seq_printf(m, ": %lu", nr);
	else
		seq_puts(m, ": empty");
}

/**
 * struct serial_writer - writes serial numbers into a buffer
 * @to: address of the next serial number
 * @room: number of serial numbers for which the buffer has room left
 * @nr: number of serial numbers so far, including those that did not fit
 */
struct serial_writer {
	key_serial_t	*to;
	size_t		room;
	size_t		nr;
};

static void write_serials(const struct list_head *list, struct serial_writer *w)
{
	struct key_link *link;

	list_for_each_entry_rcu(link, list, ring_node) {
		w->nr++;
		if (!w->room)
			continue;
		*w->to++ = link->key->serial;
		w->room--;
	}
}

/*
 * Write the serial numbers of the keys that the keyring links, as many as fit
 * into the buffer; no number is written in part. Return the size in bytes that
 * all serial numbers need.
 */
static long keyring_read(const struct key *key, char *buffer, size_t buflen)
{
	const struct keyring *ring = to_keyring(key);
	struct serial_writer w = {
		.to = (key_serial_t *)buffer,
		.room = buffer ? buflen / sizeof(key_serial_t) : 0,
	};

	guard(rcu)();
	write_serials(&ring->rings, &w);
	write_serials(&ring->leaves, &w);
	return w.nr * sizeof(key_serial_t);
}

struct key_type key_type_keyring = {
	.name		= "keyring",
	.permanent	= true,
	.preparse	= keyring_preparse,
	.instantiate	= keyring_instantiate,
	.revoke		= keyring_revoke,
	.describe	= keyring_describe,
	.read		= keyring_read,
	.obj_init	= keyring_init,
};
EXPORT_SYMBOL(key_type_keyring);

/**
 * keyring_cache_init - create the slab cache of keyrings
 */
void __init keyring_cache_init(void)
{
	const slab_flags_t flags = SLAB_PANIC | SLAB_ACCOUNT;

	key_type_keyring.obj_cache = KMEM_CACHE(keyring, flags);
}
