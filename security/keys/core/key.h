/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The life of a key: made, validated, revoked, put.
 */
#ifndef _KEYS_CORE_KEY_H
#define _KEYS_CORE_KEY_H

#include <linux/key-type.h>

/* Longest description, with its NUL; keyctl(2) says 4096 */
#define KEY_MAX_DESC_SIZE	4096

/**
 * struct key_spec - a key to be made
 * @type: its type
 * @tag: its domain, NULL for the caller's
 * @desc: its description, copied
 * @uid: owner, whose account pays
 * @gid: group
 * @cred: credentials that security modules label it by
 * @perm: permission mask
 * @flags: KEY_ALLOC_*
 * @restrict_link: see key_alloc()
 */
struct key_spec {
	struct key_type		*type;
	struct key_tag		*tag;
	const char		*desc;
	kuid_t			uid;
	kgid_t			gid;
	const struct cred	*cred;
	key_perm_t		perm;
	unsigned long		flags;
	struct key_restriction	*restrict_link;
};

struct key *key_make(const struct key_spec *spec);
struct key *key_tryget(struct key *key);
void key_free(struct key *key);
void key_free_later(struct key *key);
size_t key_memory(const struct key *key);
bool key_is_invalid(const struct key *key);
int key_state_error(const struct key *key, time64_t now);
bool key_set_expiry(struct key *key, time64_t when);
void key_use_up(struct key *key);
int key_hold_expiry(struct key *key);
int key_chown(struct key *key, struct key_user *owner, kgid_t gid);
void __init key_cache_init(void);

#endif /* _KEYS_CORE_KEY_H */
