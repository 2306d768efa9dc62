// SPDX-License-Identifier: GPL-2.0-only
/*
 * The types "user" and "logon": bytes that user space supplies as they are.
 *
 * A "logon" key serves the kernel; user space cannot read it back. Readers may
 * look at a payload under RCU, so a payload is never changed, only replaced.
 */
#include <linux/export.h>
#include <linux/init.h>
#include <linux/rcupdate.h>
#include <linux/seq_file.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <keys/user-type.h>

#include "../core/key.h"
#include "../core/unref.h"

/* Longest payload; add_key(2) */
#define USER_MAX_DATALEN	32767

/**
 * user_preparse - take a copy of the payload
 * @prep: payload on its way into a key
 *
 * Context: may sleep.
 * Return: 0, -EINVAL for an empty or too long payload, or -ENOMEM.
 */
int user_preparse(struct key_preparsed_payload *prep)
{
	struct user_key_payload *payload;

	if (!prep->data || !prep->datalen || prep->datalen > USER_MAX_DATALEN)
		return -EINVAL;
	payload = kmalloc(struct_size(payload, data, prep->datalen),
			  GFP_KERNEL);
	if (!payload)
		return -ENOMEM;
	payload->datalen = prep->datalen;
	memcpy(payload->data, prep->data, prep->datalen);
	prep->payload.data[0] = payload;
	prep->quotalen = prep->datalen;
	return 0;
}
EXPORT_SYMBOL_GPL(user_preparse);

/**
 * user_free_preparse - wipe the copy, unless a key has taken it over
 * @prep: payload that went through user_preparse()
 *
 * Context: any.
 */
void user_free_preparse(struct key_preparsed_payload *prep)
{
	kfree_sensitive(prep->payload.data[0]);
}
EXPORT_SYMBOL_GPL(user_free_preparse);

static void user_payload_free(struct rcu_head *rcu)
{
	kfree_sensitive(container_of(rcu, struct user_key_payload, rcu));
}

/* Give the key another payload, or none; readers may still see the old one. */
static void user_replace(struct key *key, struct user_key_payload *new)
{
	struct user_key_payload *old = user_key_payload_locked(key);

	lockdep_assert_held_write(&key->sem);
	rcu_assign_keypointer(key, new);
	if (!old)
		return;
	unref_payload(key, sizeof(*old) + old->datalen);
	call_rcu(&old->rcu, user_payload_free);
}

/**
 * user_update - replace the payload
 * @key: key that lives, even if so far it is negative
 * @prep: payload that went through user_preparse(); taken over
 *
 * A timeout does not outlive the payload that it was set for.
 *
 * Context: may sleep; key->sem held for writing.
 * Return: 0, or -EDQUOT with nothing changed.
 */
int user_update(struct key *key, struct key_preparsed_payload *prep)
{
	int ret = key_payload_reserve(key, prep->datalen);

	if (ret)
		return ret;
	user_replace(key, prep->payload.data[0]);
	prep->payload.data[0] = NULL;
	key_set_expiry(key, prep->expiry);
	return 0;
}
EXPORT_SYMBOL_GPL(user_update);

/**
 * user_revoke - drop the payload of a revoked key
 * @key: key with a struct user_key_payload, or with none
 *
 * Context: may sleep; key->sem held for writing.
 */
void user_revoke(struct key *key)
{
	/* Shrinking never fails */
	key_payload_reserve(key, 0);
	user_replace(key, NULL);
}
EXPORT_SYMBOL(user_revoke);

/**
 * user_destroy - free the payload of a key that is going
 * @key: key with a struct user_key_payload, or with none
 *
 * Context: process context; an RCU grace period has passed since the last
 * reader could find the key.
 */
void user_destroy(struct key *key)
{
	kfree_sensitive(key->payload.data[0]);
}
EXPORT_SYMBOL_GPL(user_destroy);

/**
 * user_describe - show the description, and how long the payload is
 * @key: key, of whichever type keeps the length in ->datalen
 * @m: where to
 *
 * Looks at no payload: types that have other ones use it, too.
 *
 * Context: any.
 */
void user_describe(const struct key *key, struct seq_file *m)
{
	if (key_is_positive(key))
		seq_printf(m, "%s: %u", key->description, key->datalen);
	else
		seq_puts(m, key->description);
}
EXPORT_SYMBOL_GPL(user_describe);

/**
 * user_read - copy the payload out
 * @key: key with a struct user_key_payload
 * @buffer: where to, or NULL
 * @buflen: bytes that @buffer has room for; a longer payload is cut
 *
 * Context: any; key->sem held.
 * Return: bytes that the payload has, or -EKEYREVOKED when it has gone.
 */
long user_read(const struct key *key, char *buffer, size_t buflen)
{
	const struct user_key_payload *payload = user_key_payload_locked(key);

	if (!payload)
		return -EKEYREVOKED;
	if (buffer)
		memcpy(buffer, payload->data,
		       min_t(size_t, buflen, payload->datalen));
	return payload->datalen;
}
EXPORT_SYMBOL_GPL(user_read);

/* "service:name", so that services do not get at each other's keys by chance */
static int logon_vet_description(const char *desc)
{
	const char *colon = strchr(desc, ':');

	return colon && colon != desc ? 0 : -EINVAL;
}

struct key_type key_type_user = {
	.name		= "user",
	.permanent	= true,
	.read		= user_read,
	.describe	= user_describe,
	.preparse	= user_preparse,
	.instantiate	= generic_key_instantiate,
	.update		= user_update,
	.free_preparse	= user_free_preparse,
	.revoke		= user_revoke,
	.destroy	= user_destroy,
};
EXPORT_SYMBOL_GPL(key_type_user);

struct key_type key_type_logon = {
	.name			= "logon",
	.permanent		= true,
	.vet_description	= logon_vet_description,
	.describe		= user_describe,
	.preparse		= user_preparse,
	.instantiate		= generic_key_instantiate,
	.update			= user_update,
	.free_preparse		= user_free_preparse,
	.revoke			= user_revoke,
	.destroy		= user_destroy,
};
EXPORT_SYMBOL_GPL(key_type_logon);

/* Before whoever wants such a key: they start as devices or later. */
static int __init user_types_init(void)
{
	int ret = register_key_type(&key_type_user);

	return ret ?: register_key_type(&key_type_logon);
}
core_initcall(user_types_init);
