/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The "user" and "logon" types: the payload is arbitrary data from user space.
 * User space cannot read the payload of a "logon" key.
 */
#ifndef _KEYS_USER_TYPE_H
#define _KEYS_USER_TYPE_H

#include <linux/key.h>
#include <linux/rcupdate.h>

#ifdef CONFIG_KEYS

struct key_preparsed_payload;

/**
 * struct user_key_payload - payload of a "user" or "logon" key
 * @rcu: frees the payload after a grace period, because readers may use RCU
 * @datalen: length of @data in bytes
 * @data: the data, aligned so that kernel code can use it as a structure
 */
struct user_key_payload {
	struct rcu_head	rcu;
	unsigned short	datalen;
	char		data[] __aligned(__alignof__(u64));
};

extern struct key_type key_type_user;
extern struct key_type key_type_logon;

int user_preparse(struct key_preparsed_payload *prep);
void user_free_preparse(struct key_preparsed_payload *prep);
int user_update(struct key *key, struct key_preparsed_payload *prep);
void user_revoke(struct key *key);
void user_destroy(struct key *key);
void user_describe(const struct key *key, struct seq_file *m);
long user_read(const struct key *key, char *buffer, size_t buflen);

/**
 * user_key_payload_rcu - return the payload of a user or logon key, under RCU
 * @key: key
 *
 * Context: RCU read side critical section; the payload is valid until the
 * section ends.
 * Return: the payload, or NULL if the key has none, because the key is
 * uninstantiated, negative or revoked.
 */
static inline const struct user_key_payload *
user_key_payload_rcu(const struct key *key)
{
	return dereference_key_rcu(key);
}

/**
 * user_key_payload_locked - return the payload of a locked user or logon key
 * @key: key
 *
 * Context: key->sem held; the payload is valid until key->sem is released.
 * Return: the payload, or NULL if the key has none, because the key is
 * uninstantiated, negative or revoked.
 */
static inline struct user_key_payload *
user_key_payload_locked(const struct key *key)
{
	return dereference_key_locked(key);
}

#endif /* CONFIG_KEYS */
#endif /* _KEYS_USER_TYPE_H */
