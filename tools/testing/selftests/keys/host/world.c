// SPDX-License-Identifier: GPL-2.0-only
/*
 * The world of the test: key types, users, network namespaces.
 */
#include <host/mm.h>
#include <host/task.h>
#include <keys/user-type.h>
#include <linux/list.h>
#include <linux/xarray.h>

#include "model.h"

const char *const m_names[M_NAMES] = {
	"a", "bb", "ccc", "name", "a longer description", "x:y",
};

const unsigned int m_uids[M_UIDS] = { 0, 1000, 1001 };

const key_perm_t m_perms[4] = {
	KEY_POS_ALL | KEY_USR_ALL,
	KEY_POS_ALL,
	KEY_USR_ALL | KEY_OTH_SEARCH | KEY_POS_VIEW,
	(KEY_POS_ALL & ~KEY_POS_SEARCH) | KEY_OTH_ALL,
};

int host_initcall_user_types_init(void);
extern struct kmem_cache *radix_tree_node_cachep;

static int no_payload(struct key *key, struct key_preparsed_payload *prep)
{
	return 0;
}

static struct key_type type_plain = {
	.name = "plain", .def_datalen = 7, .instantiate = no_payload,
};

static struct key_type type_instant = {
	.name = "instant", .flags = KEY_TYPE_INSTANT_REAP,
	.instantiate = no_payload,
};

static struct key_type type_net = {
	.name = "net", .flags = KEY_TYPE_NET_DOMAIN,
	.instantiate = no_payload,
};

static struct key_type *const op_types[M_TYPES] = {
	[M_RING] = &key_type_keyring, [M_USER] = &key_type_user,
	[M_PLAIN] = &type_plain, [M_INSTANT] = &type_instant,
	[M_NET] = &type_net,
};

static struct cred creds[M_UIDS];
static struct key_tag domains[M_DOMAINS];
static struct net nets[M_DOMAINS];
static struct nsproxy proxies[M_DOMAINS];
/**
 * op_type - get a type
 * @type: enum m_type
 *
 * Return: the real type.
 */
struct key_type *op_type(unsigned int type)
{
	return op_types[type];
}

/**
 * op_caller - change the credentials of this thread
 * @uid: number of the UID
 * @net: number of the network namespace
 */
void op_caller(unsigned int uid, unsigned int net)
{
	host_task.cred = &creds[uid];
	host_task.nsproxy = &proxies[net];
}

/**
 * op_init - initialise security/keys and the types of the test, once
 */
void op_init(void)
{
	unsigned int i;

	radix_tree_node_cachep = host_cache("xa_node", sizeof(struct xa_node));
	INIT_LIST_HEAD(&init_user_ns.keyring_name_list);
	for (i = 0; i < M_UIDS; i++) {
		creds[i].uid = KUIDT_INIT(m_uids[i]);
		creds[i].fsuid = KUIDT_INIT(m_uids[i]);
		creds[i].fsgid = KGIDT_INIT(m_uids[i]);
	}
	for (i = 0; i < M_DOMAINS; i++) {
		refcount_set(&domains[i].usage, 1);
		nets[i].key_domain = &domains[i];
		proxies[i].net_ns = &nets[i];
	}
	op_caller(0, 0);
	key_init();
	BUG_ON(host_initcall_user_types_init());
	for (i = M_PLAIN; i < M_TYPES; i++)
		BUG_ON(register_key_type(op_types[i]));
}
