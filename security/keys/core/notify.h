/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Notifications to the watchers of a key; see watch_queue(7).
 */
#ifndef _KEYS_CORE_NOTIFY_H
#define _KEYS_CORE_NOTIFY_H

#include <linux/key.h>
#include <linux/watch_queue.h>

#ifdef CONFIG_KEY_NOTIFICATIONS
void notify_key(struct key *key, enum key_notification_subtype subtype,
		u32 aux);
void notify_end(struct key *key);
#else
static inline void notify_key(struct key *key,
			      enum key_notification_subtype subtype, u32 aux)
{
}

static inline void notify_end(struct key *key)
{
}
#endif

#endif /* _KEYS_CORE_NOTIFY_H */
