/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Search keyrings for keys, without locks.
 */
#ifndef _KEYS_CORE_SEARCH_H
#define _KEYS_CORE_SEARCH_H

#include <linux/cred.h>
#include <linux/key-type.h>

/* Search also the keyrings that the first keyring links, and so on */
#define KEY_SEARCH_RECURSE	0x01
/* Ignore expired keys, instead of failing with EKEYEXPIRED */
#define KEY_SEARCH_SKIP_EXPIRED	0x02

/**
 * struct key_search - arguments and progress of a search
 * @index: type, domain and description of the key
 * @domain: domain that the caller has named; keys of others do not match. NULL:
 *	if the type compares each key, keys of all domains match
 * @match: how the search recognises a key that matches; see key_search_begin()
 * @cred: credentials of the subject, whose permissions are checked
 * @flags: KEY_SEARCH_*
 * @spent: cost of the search so far in all keyrings, see WALK_UNITS
 * @now: wall clock second; keys whose expiry is not later are expired
 */
struct key_search {
	struct key_index	index;
	const struct key_tag	*domain;
	struct key_match_data	match;
	const struct cred	*cred;
	unsigned int		flags;
	unsigned int		spent;
	time64_t		now;
};

int key_search_begin(struct key_search *search, struct key_type *type,
		     struct key_tag *tag, const char *description,
		     unsigned int flags);
int key_search_begin_plain(struct key_search *search, struct key_type *type,
			   struct key_tag *tag, const char *description,
			   unsigned int flags);
void key_search_end(struct key_search *search);
key_ref_t keyring_search_once_rcu(key_ref_t keyring_ref,
				  struct key_search *search);
key_ref_t keyring_search_rcu(key_ref_t keyring_ref, struct key_search *search);

/**
 * struct key_roots - the roots of a subject: where the subject's searches begin
 * @ring: the subject's thread, process and session keyring, if they exist. The
 *	struct holds no references to them.
 * @nr: number of entries in @ring
 * @spent: cost so far of all walks of this request, also of walks from the
 *	roots of another subject; see WALK_UNITS
 */
struct key_roots {
	struct key	*ring[8];
	unsigned int	nr;
	unsigned int	spent;
};

bool key_reached_rcu(struct key *key, struct key_roots *roots,
		     const struct cred *cred);

#endif /* _KEYS_CORE_SEARCH_H */
