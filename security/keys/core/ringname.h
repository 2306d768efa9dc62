/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The table of keyring names, for KEYCTL_JOIN_SESSION_KEYRING.
 *
 * A name belongs to the user namespace in which the keyring was made. Names
 * that begin with a dot are not in the table.
 */
#ifndef _KEYS_CORE_RINGNAME_H
#define _KEYS_CORE_RINGNAME_H

#include "link.h"

/* Returns true if a keyring is acceptable; see ringname_find_if() */
typedef bool (*ringname_fits_t)(struct keyring *ring, void *arg);

void __init ringname_init(void);
void ringname_publish(struct keyring *ring);
void ringname_withdraw(struct keyring *ring);
struct key *ringname_find_if(const char *name, struct user_namespace *ns,
			     ringname_fits_t fits, void *arg);
struct key *ringname_find(const char *name, struct user_namespace *ns,
			  kuid_t uid, const struct key *session);
void ringname_free_ns(struct user_namespace *ns);

#endif /* _KEYS_CORE_RINGNAME_H */
