// SPDX-License-Identifier: GPL-2.0-only
/*
 * The types "user" and "logon": the payload is arbitrary data of user space.
 *
 * The payload of a "logon" key is for the kernel only; user space cannot read
 * it. A payload may be read under RCU, so it is never changed, only replaced.
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

/*
 * Maximum length of a payload in bytes, which is documented in add_key(2). A
 * longer payload is refused with EINVAL.
 */
#define USER_MAX_DATALEN	32767

/**
 * user_preparse - copy the payload
 * @prep: payload to parse
 *
 * Context: may sleep.
 * Return: 0, -EINVAL for a payload that is empty or too long, or -ENOMEM.
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
 * user_free_preparse - free the copied payload, unless a key has taken it over
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

/*
 * Replace the payload of a key; @new may be NULL. Readers may still use the old
 * payload, so it is freed after a grace period.
 */
static void user_replace(struct key *key, struct user_key_payload *new)
{
	struct user_key_payload *old = user_key_payload_locked(key);

	rcu_assign_keypointer(key, new);
	if (!old)
		return;
	unref_payload(key, user_key_memory(old->datalen));
	/* Not lazy: unref_payload() counts the memory for one grace period */
	call_rcu_hurry(&old->rcu, user_payload_free);
}

/**
 * user_update - replace the payload
 * @key: key that is constructed and neither revoked nor invalid; may be
 *	negative or expired
 * @prep: payload that went through user_preparse(); the key takes it over
 *
 * The timeout of the old payload does not apply to the new payload: the key
 * gets the expiry of @prep.
 *
 * Context: may sleep; key->sem held for writing.
 * Return: 0, or -EDQUOT with nothing changed if the account is over its quota.
 */
int user_update(struct key *key, struct key_preparsed_payload *prep)
{
	int ret;

	lockdep_assert_held_write(&key->sem);
	ret = key_payload_reserve(key, prep->datalen);
	if (ret)
		return ret;
	user_replace(key, prep->payload.data[0]);
	prep->payload.data[0] = NULL;
	key_set_expiry(key, prep->expiry);
	return 0;
}
EXPORT_SYMBOL_GPL(user_update);

/**
 * user_revoke - free the payload of a revoked key
 * @key: key with a struct user_key_payload, or without a payload
 *
 * Context: may sleep; key->sem held for writing.
 */
void user_revoke(struct key *key)
{
	lockdep_assert_held_write(&key->sem);
	/* key_payload_reserve() cannot fail, because the charge gets smaller */
	key_payload_reserve(key, 0);
	user_replace(key, NULL);
}
EXPORT_SYMBOL(user_revoke);

/**
 * user_destroy - free the payload of a key that is being freed
 * @key: key with a struct user_key_payload, or without a payload
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
 * user_describe - show the description and the length of the payload
 * @key: key of a type that keeps the length in key->datalen
 * @m: output
 *
 * The payload is not read, so types with other payloads can use this function,
 * too.
 *
 * Context: any.
 */
void user_describe(const struct key *key, struct seq_file *m)
{
	if (key_is_positive(key))
		seq_printf(m, "%s: %u", key->description,
			   READ_ONCE(key->datalen));
	else
		seq_puts(m, key->description);
}
EXPORT_SYMBOL_GPL(user_describe);

/**
 * user_read - copy the payload to a buffer
 * @key: key with a struct user_key_payload
 * @buffer: buffer, or NULL
 * @buflen: length of @buffer; of a longer payload, only @buflen bytes are
 *	copied
 *
 * Context: any; key->sem held.
 * Return: length of the whole payload, or -EKEYREVOKED if the key has no
 * payload any more.
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

/*
 * The description must be "service:name", so that one service does not find the
 * key of another service by accident.
 */
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

/*
 * The types are registered by a core_initcall, since the users of such keys
 * start at the level of device_initcall or later.
 */
static int __init user_types_init(void)
{
	int ret = register_key_type(&key_type_user);

	return ret ?: register_key_type(&key_type_logon);
}
core_initcall(user_types_init);
