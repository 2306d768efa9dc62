// SPDX-License-Identifier: GPL-2.0-only
/*
 * Notifications to the watchers of a key; see watch_queue(7).
 *
 * This file is built with CONFIG_KEY_NOTIFICATIONS only.
 */
#include <linux/cred.h>

#include "notify.h"

/**
 * notify_key - post a notification to the watchers of a key
 * @key: key
 * @subtype: the event
 * @aux: additional value of the event: the serial number of another key, the
 *	error number of a rejected key, or 0
 *
 * The list of watchers is made for the first watch, and stays until
 * notify_end() even if it becomes empty. So this function reads the list
 * without a lock.
 *
 * Context: interrupts enabled; the caller holds a reference to @key.
 */
void notify_key(struct key *key, enum key_notification_subtype subtype, u32 aux)
{
	struct watch_list *watchers = READ_ONCE(key->watchers);
	struct key_notification note = { };

	if (!watchers)
		return;
	note.key_id = key->serial;
	note.aux = aux;
	note.watch.info = watch_sizeof(note);
	note.watch.type = WATCH_TYPE_KEY_NOTIFY;
	note.watch.subtype = subtype;
	post_watch_notification(watchers, &note.watch, current_cred(),
				note.key_id);
}

/**
 * notify_end - remove all watchers of a key
 * @key: unreferenced key
 *
 * Context: process context.
 */
void notify_end(struct key *key)
{
	remove_watch_list(key->watchers, key->serial);
	key->watchers = NULL;
}
