/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Find keys by the number that user space passes (a serial number or
 * KEY_SPEC_*), search the keyrings of a task, and decide which keys the task
 * possesses.
 */
#ifndef _KEYS_PROCESS_LOOKUP_H
#define _KEYS_PROCESS_LOOKUP_H

#include <linux/key.h>

#include "../core/search.h"

key_ref_t search_process_keyrings_rcu(struct key_search *search);
bool key_possessed_rcu(struct key *key, const struct cred *cred);
bool key_possessed_alone_rcu(struct key *key, const struct cred *cred);
struct key *get_instantiation_authkey(key_serial_t target_id);

#endif /* _KEYS_PROCESS_LOOKUP_H */
