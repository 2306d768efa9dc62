// SPDX-License-Identifier: GPL-2.0-only
/*
 * /proc/keys and /proc/key-users; see keyrings(7).
 *
 * The file position is the lowest serial number of a key, or the lowest UID of
 * an account (struct key_user), that the next line may show. No lock is held
 * between two lines, so that a reader does not delay tasks that make or free
 * keys.
 */
#include <linux/cred.h>
#include <linux/fs.h>
#include <linux/init.h>
#include <linux/ktime.h>
#include <linux/math64.h>
#include <linux/proc_fs.h>
#include <linux/sched.h>
#include <linux/seq_file.h>

#include "../core/perm.h"
#include "../core/quota.h"
#include "../core/serial.h"
#include "../core/type.h"
#include "../process/lookup.h"

/* Size of a timeout as text: digits of a 64-bit number, a letter, a NUL */
#define TIMEOUT_TEXT_SIZE	(20 + 1 + 1)

/* Size of the flags and states as text: seven letters and a NUL */
#define FLAGS_TEXT_SIZE		(7 + 1)

/*
 * Write the time until a key expires, in the largest unit of which at least one
 * is left: "3d" if it is more than three, but less than four days.
 */
static void format_timeout(char text[TIMEOUT_TEXT_SIZE], time64_t expiry,
			   time64_t now)
{
	static const struct {
		unsigned int seconds;
		char letter;
	} units[] = {
		{ 7 * 24 * 60 * 60, 'w' },
		{ 24 * 60 * 60, 'd' },
		{ 60 * 60, 'h' },
		{ 60, 'm' },
		{ 1, 's' },
	};
	int i = 0;
	u64 left;

	if (expiry == TIME64_MAX) {
		strscpy(text, "perm", TIMEOUT_TEXT_SIZE);
		return;
	}
	if (expiry <= now) {
		strscpy(text, "expd", TIMEOUT_TEXT_SIZE);
		return;
	}
	left = expiry - now;
	while (left < units[i].seconds)
		i++;
	snprintf(text, TIMEOUT_TEXT_SIZE, "%llu%c",
		 div_u64(left, units[i].seconds), units[i].letter);
}

/* Write a letter for each flag and state that a key has, and '-' for others. */
static void format_flags(char text[FLAGS_TEXT_SIZE], const struct key *key)
{
	static const struct {
		unsigned int bit;
		char letter;
	} marks[] = {
		{ KEY_FLAG_REVOKED, 'R' },
		{ KEY_FLAG_DEAD, 'D' },
		{ KEY_FLAG_IN_QUOTA, 'Q' },
		{ KEY_FLAG_USER_CONSTRUCT, 'U' },
	};
	unsigned long flags = READ_ONCE(key->flags);
	short state = key_read_state(key);
	char *p = text;
	int i;

	/* The four marks, the letters 'I', 'N' and 'i', and a NUL */
	static_assert(ARRAY_SIZE(marks) + 3 + 1 == FLAGS_TEXT_SIZE);

	*p++ = state != KEY_IS_UNINSTANTIATED ? 'I' : '-';
	for (i = 0; i < ARRAY_SIZE(marks); i++)
		*p++ = flags & BIT(marks[i].bit) ? marks[i].letter : '-';
	*p++ = state < 0 ? 'N' : '-';
	*p++ = flags & BIT(KEY_FLAG_INVALIDATED) ? 'i' : '-';
	*p = 0;
}

/*
 * May the reader see this key? The reader is the task that opened the file,
 * even if another task uses the file descriptor now. If the reader constructs a
 * key for another process (a requester), the reader may use the keyrings of the
 * requester, too. But the requester's keyrings do not count here: only keys in
 * the reader's own keyrings are possessed.
 */
static bool reader_may_see(const struct seq_file *m, struct key *key)
{
	const struct cred *cred = m->file->f_cred;
	bool possessed = false;

	guard(rcu)();
	/*
	 * Without this bit, possession does not grant View. So do not look for
	 * the key in the reader's keyrings, which is expensive.
	 */
	if (READ_ONCE(key->perm) & KEY_POS_VIEW)
		possessed = key_possessed_alone_rcu(key, cred);
	return !key_task_permission(make_key_ref(key, possessed), cred,
				    KEY_NEED_VIEW);
}

/*
 * Find the first key, from a position on, whose owner is mapped in the reader's
 * user namespace. Other owners have no UID there that could be shown.
 */
static struct key *keys_find(struct seq_file *m, loff_t *pos)
{
	struct user_namespace *ns = seq_user_ns(m);
	struct key *key;

	while (*pos <= S32_MAX) {
		key = key_serial_next(*pos);
		if (!key)
			break;
		*pos = key->serial;
		if (kuid_has_mapping(ns, READ_ONCE(key->uid)))
			return key;
		key_put(key);
		++*pos;
		cond_resched();
	}
	*pos = (loff_t)S32_MAX + 1;
	return NULL;
}

static void *keys_start(struct seq_file *m, loff_t *pos)
{
	return keys_find(m, pos);
}

static void *keys_next(struct seq_file *m, void *v, loff_t *pos)
{
	key_put(v);
	++*pos;
	cond_resched();
	return keys_find(m, pos);
}

static void keys_stop(struct seq_file *m, void *v)
{
	key_put(v);
}

/* Write the name of the type, and what the type's ->describe() writes. */
static void show_type(struct seq_file *m, const struct key *key)
{
	const struct key_type *type;

	guard(key_types)();
	type = key_type_of(key);
	seq_printf(m, "%-9.9s ", type->name);
	if (type->describe)
		type->describe(key, m);
}

static int keys_show(struct seq_file *m, void *v)
{
	struct user_namespace *ns = seq_user_ns(m);
	char flags[FLAGS_TEXT_SIZE], timeout[TIMEOUT_TEXT_SIZE];
	struct key *key = v;
	time64_t expiry = READ_ONCE(key->expiry);

	if (!reader_may_see(m, key))
		return 0;
	/* See key_state_error(): a revoked key shows its flag */
	smp_rmb();
	format_flags(flags, key);
	format_timeout(timeout, expiry, ktime_get_real_seconds());
	/* Do not count the reference that keys_find() has taken */
	seq_printf(m, "%08x %s %5d %4s %08x %5d %5d ", key_serial(key), flags,
		   refcount_read(&key->usage) - 1, timeout,
		   READ_ONCE(key->perm),
		   from_kuid_munged(ns, READ_ONCE(key->uid)),
		   from_kgid_munged(ns, READ_ONCE(key->gid)));
	show_type(m, key);
	seq_putc(m, '\n');
	return 0;
}

static const struct seq_operations keys_ops = {
	.start	= keys_start,
	.next	= keys_next,
	.stop	= keys_stop,
	.show	= keys_show,
};

/*
 * Find the first account, from a position on, whose UID is mapped in the
 * reader's user namespace. Other UIDs have no number there that could be shown.
 */
static struct key_user *users_find(struct seq_file *m, loff_t *pos)
{
	struct user_namespace *ns = seq_user_ns(m);
	struct key_user *user;

	while (*pos <= U32_MAX) {
		user = key_user_next(KUIDT_INIT(*pos));
		if (!user)
			break;
		*pos = __kuid_val(user->uid);
		if (kuid_has_mapping(ns, user->uid))
			return user;
		key_user_put(user);
		++*pos;
		cond_resched();
	}
	*pos = (loff_t)U32_MAX + 1;
	return NULL;
}

static void *users_start(struct seq_file *m, loff_t *pos)
{
	return users_find(m, pos);
}

static void *users_next(struct seq_file *m, void *v, loff_t *pos)
{
	key_user_put(v);
	++*pos;
	return users_find(m, pos);
}

static void users_stop(struct seq_file *m, void *v)
{
	key_user_put(v);
}

static int users_show(struct seq_file *m, void *v)
{
	unsigned int nkeys, nikeys, qnkeys, qnbytes;
	struct key_user *user = v;
	struct quota_limits max = quota_limits(user);

	/* Take the lock, so that the four counts are of the same moment */
	scoped_guard(spinlock_irqsave, &user->lock) {
		nkeys = user->nkeys;
		nikeys = user->nikeys;
		qnkeys = user->qnkeys;
		qnbytes = user->qnbytes;
	}
	/*
	 * Do not show an account that has no keys. Such an account exists only
	 * because a work or another task still has a reference.
	 */
	if (!nkeys)
		return 0;
	seq_printf(m, "%5u: %5d %u/%u %u/%u %u/%u\n",
		   from_kuid_munged(seq_user_ns(m), user->uid),
		   refcount_read(&user->usage) - 1, nkeys, nikeys,
		   qnkeys, max.keys, qnbytes, max.bytes);
	return 0;
}

static const struct seq_operations users_ops = {
	.start	= users_start,
	.next	= users_next,
	.stop	= users_stop,
	.show	= users_show,
};

static int __init key_proc_init(void)
{
	if (!proc_create_seq("keys", 0444, NULL, &keys_ops) ||
	    !proc_create_seq("key-users", 0444, NULL, &users_ops))
		pr_err("keys: no files in /proc\n");
	return 0;
}
device_initcall(key_proc_init);
