// SPDX-License-Identifier: GPL-2.0-only
/*
 * The index (type, domain and description) identifies a key in a keyring. The
 * domain is a network namespace for keys of some types, and none for others.
 */
#include <linux/jhash.h>
#include <linux/nsproxy.h>
#include <linux/random.h>
#include <linux/sched.h>
#include <linux/siphash.h>
#include <linux/string.h>
#include <net/net_namespace.h>

#include "index.h"
#include "type.h"

/*
 * The secret of the hash, random for each boot. Without the secret, no user can
 * choose descriptions with equal hashes to make the searches of others slow.
 */
static hsiphash_key_t index_secret __ro_after_init;

/**
 * key_index_seed - choose the secret of the hash at random
 *
 * Context: boot, before the first key is made.
 */
void __init key_index_seed(void)
{
	get_random_bytes(&index_secret, sizeof(index_secret));
}

static struct key_tag *current_domain(void)
{
#ifdef CONFIG_NET
	/* Late in do_exit(), a task has no namespaces and so no domain */
	if (current->nsproxy)
		return current->nsproxy->net_ns->key_domain;
#endif
	return NULL;
}

/**
 * key_index_init - fill in the index of a key: type, domain and description
 * @index: filled in with pointers to @type, the domain and @description, to
 *	which it takes no references
 * @type: type
 * @tag: domain. If NULL, the default domain is used: the domain of the caller's
 *	network namespace for a KEY_TYPE_NET_DOMAIN type, else no domain.
 * @description: description
 *
 * Context: any.
 */
void key_index_init(struct key_index *index, struct key_type *type,
		    struct key_tag *tag, const char *description)
{
	if (!tag && (type->flags & KEY_TYPE_NET_DOMAIN))
		tag = current_domain();
	index->type = type;
	index->domain_tag = tag;
	index->description = (char *)description;
	index->desc_len = strlen(description);
	index->hash = jhash_2words(type->index_id, key_tag_index_id(tag),
				   hsiphash(description, index->desc_len,
					    &index_secret));
}

/**
 * key_index_equal - compare the indexes of two keys
 * @a: index of the first key
 * @b: index of the second key
 *
 * Context: any.
 * Return: true if type, domain and description are the same.
 */
bool key_index_equal(const struct key_index *a, const struct key_index *b)
{
	return a->hash == b->hash && a->type == b->type &&
	       a->domain_tag == b->domain_tag && a->desc_len == b->desc_len &&
	       !memcmp(a->description, b->description, a->desc_len);
}

#if IS_ENABLED(CONFIG_KEYS_KUNIT_TEST)
#include "../tests/index_kunit.c"
#endif
