// SPDX-License-Identifier: GPL-2.0-only
/*
 * Telling watchers what happens to a key; see watch_queue(7).
 *
 * Built with CONFIG_KEY_NOTIFICATIONS only.
 */
#include <linux/cred.h>

#include "notify.h"

/**
 * notify_key - tell those who watch a key
 * @key: key
 * @subtype: what happened
 * @aux: the serial number of another key or keyring that it concerns, or 0
 *
 * Context: any but hard interrupts; key->sem held, or RCU will do.
 */
void notify_key(struct key *key, enum key_notification_subtype subtype, u32 aux)
{
	struct key_notification note = { };

	if (!READ_ONCE(key->watchers))
		return;
	note.key_id = key->serial;
	note.aux = aux;
	note.watch.info = watch_sizeof(note);
	note.watch.type = WATCH_TYPE_KEY_NOTIFY;
	note.watch.subtype = subtype;
	post_watch_notification(key->watchers, &note.watch, current_cred(),
				note.key_id);
}

/**
 * notify_end - let go of those who watch a key
 * @key: key with no reference left
 *
 * Context: process context.
 */
void notify_end(struct key *key)
{
	remove_watch_list(key->watchers, key->serial);
	key->watchers = NULL;
}
