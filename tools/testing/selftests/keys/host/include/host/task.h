/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Stand-in for tasks, credentials, namespaces, security modules and /proc.
 */
#ifndef _HOST_TASK_H
#define _HOST_TASK_H

#include <host/base.h>
#include <linux/key.h>
#include <linux/uidgid.h>
#include <uapi/linux/watch_queue.h>

/**
 * struct user_namespace - a user namespace
 * @keyring_name_list: names of keyrings, see ringname.c
 */
struct user_namespace {
	struct list_head	keyring_name_list;
};

/**
 * struct cred - credentials
 * @usage: number of references
 * @uid: real UID
 * @fsuid: UID for permissions and charges
 * @fsgid: GID for permissions
 * @group_info: other groups, none
 * @request_key_auth: assumed authorisation key, or NULL
 */
struct cred {
	int		usage;
	kuid_t		uid;
	kuid_t		fsuid;
	kgid_t		fsgid;
	void		*group_info;
	struct key	*request_key_auth;
};

struct pid {
	int		nr;
};

struct pid_namespace {
	int		unused;
};

struct net {
	struct key_tag	*key_domain;
};

struct nsproxy {
	struct net	*net_ns;
};

/**
 * struct task_struct - a thread of the test
 * @cred: its credentials
 * @nsproxy: its network namespace
 */
struct task_struct {
	const struct cred	*cred;
	struct nsproxy		*nsproxy;
};

struct super_block {
	int			unused;
};

struct inode {
	struct super_block	*i_sb;
};

struct file {
	struct inode		*inode;
};

/**
 * struct seq_file - output of a key's ->describe()
 * @file: NULL
 * @len: bytes in @buf
 * @buf: the output
 */
struct seq_file {
	struct file		*file;
	size_t			len;
	char			buf[256];
};

extern __thread struct task_struct host_task;
extern struct user_namespace init_user_ns;
extern struct pid_namespace init_pid_ns;

#define current			(&host_task)
#define current_cred()		(current->cred)
#define current_user_ns()	(&init_user_ns)
#define get_cred(c)		\
	({ \
		const struct cred *__c = (c); \
		__atomic_fetch_add((int *)&__c->usage, 1, __ATOMIC_RELAXED); \
		__c; \
	})
#define put_cred(c)		host_put_cred(c)
#define get_current_cred()	get_cred(current_cred())
#define get_pid(p)		(p)
#define put_pid(p)		((void)(p))
#define task_pid(task)		((void)(task), (struct pid *)NULL)
#define pid_nr_ns(p, ns)	((void)(ns), 0)
#define proc_pid_ns(sb)		((void)(sb), &init_pid_ns)
#define file_inode(f)		((f)->inode)
#define groups_search(g, gid)	((void)(g), (void)(gid), false)
#define full_name_hash(salt, name, len) \
	((u32)((len) * 31 + (name)[0]))

static inline void host_put_cred(const struct cred *cred)
{
	if (cred)
		__atomic_fetch_sub((int *)&cred->usage, 1, __ATOMIC_RELAXED);
}

void seq_puts(struct seq_file *m, const char *text);
void seq_printf(struct seq_file *m, const char *fmt, ...) __printf(2, 3);

/* The security modules: one that can be switched on, and allows all */
struct host_hook {
	void			*hl;
};

struct host_calls {
	struct host_hook	key_permission[1];
};

extern struct host_calls static_calls_table;

#define security_key_free(key)	((void)(key))
#define security_key_alloc(key, cred, flags) ((void)(cred), 0)
#define security_key_permission(ref, cred, need) ((void)(ref), 0)
#define security_key_post_create_or_update(ring, key, data, len, flags, new) \
	((void)(ring))

#endif /* _HOST_TASK_H */
