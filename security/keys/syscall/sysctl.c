// SPDX-License-Identifier: GPL-2.0-only
/*
 * The sysctls kernel.keys.*; see keyrings(7) and persistent-keyring(7).
 */
#include <linux/init.h>
#include <linux/sysctl.h>

#include "../core/expiry.h"
#include "../core/quota.h"
#include "../process/persistent.h"
#include "../process/uid_rings.h"

/*
 * A new gc_delay changes when expired and revoked keys are collected (unlinked
 * from all keyrings). So queue again the works that collect keys.
 */
static int gc_delay_handler(const struct ctl_table *table, int write,
			    void *buffer, size_t *lenp, loff_t *ppos)
{
	int ret = proc_dointvec_minmax(table, write, buffer, lenp, ppos);

	if (!ret && write)
		quota_rearm_all();
	return ret;
}

static int linger_handler(const struct ctl_table *table, int write,
			  void *buffer, size_t *lenp, loff_t *ppos)
{
	int ret = proc_dointvec_minmax(table, write, buffer, lenp, ppos);

	if (!ret && write)
		uid_rings_linger_changed();
	return ret;
}

static struct ctl_table key_sysctls[] = {
	{
		.procname	= "maxkeys",
		.data		= &key_quota_maxkeys,
		.maxlen		= sizeof(unsigned int),
		.mode		= 0644,
		.proc_handler	= proc_dointvec_minmax,
		.extra1		= SYSCTL_ONE,
		.extra2		= SYSCTL_INT_MAX,
	},
	{
		.procname	= "maxbytes",
		.data		= &key_quota_maxbytes,
		.maxlen		= sizeof(unsigned int),
		.mode		= 0644,
		.proc_handler	= proc_dointvec_minmax,
		.extra1		= SYSCTL_ONE,
		.extra2		= SYSCTL_INT_MAX,
	},
	{
		.procname	= "root_maxkeys",
		.data		= &key_quota_root_maxkeys,
		.maxlen		= sizeof(unsigned int),
		.mode		= 0644,
		.proc_handler	= proc_dointvec_minmax,
		.extra1		= SYSCTL_ONE,
		.extra2		= SYSCTL_INT_MAX,
	},
	{
		.procname	= "root_maxbytes",
		.data		= &key_quota_root_maxbytes,
		.maxlen		= sizeof(unsigned int),
		.mode		= 0644,
		.proc_handler	= proc_dointvec_minmax,
		.extra1		= SYSCTL_ONE,
		.extra2		= SYSCTL_INT_MAX,
	},
	{
		.procname	= "gc_delay",
		.data		= &key_gc_delay,
		.maxlen		= sizeof(unsigned int),
		.mode		= 0644,
		.proc_handler	= gc_delay_handler,
		.extra1		= SYSCTL_ZERO,
		.extra2		= SYSCTL_INT_MAX,
	},
	{
		.procname	= "uid_keyring_linger",
		.data		= &key_uid_keyring_linger,
		.maxlen		= sizeof(int),
		.mode		= 0644,
		.proc_handler	= linger_handler,
		.extra1		= SYSCTL_NEG_ONE,
		.extra2		= SYSCTL_INT_MAX,
	},
#ifdef CONFIG_PERSISTENT_KEYRINGS
	{
		.procname	= "persistent_keyring_expiry",
		.data		= &persistent_keyring_expiry,
		.maxlen		= sizeof(unsigned int),
		.mode		= 0644,
		.proc_handler	= proc_dointvec_minmax,
		.extra1		= SYSCTL_ZERO,
		.extra2		= SYSCTL_INT_MAX,
	},
#endif
};

static int __init key_sysctl_init(void)
{
	register_sysctl_init("kernel/keys", key_sysctls);
	return 0;
}
early_initcall(key_sysctl_init);
