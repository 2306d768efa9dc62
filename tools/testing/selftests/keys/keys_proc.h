/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Helpers to read /proc/keys and /proc/key-users, to read and write
 * kernel.keys.*, and to count the kernel's memory. keys_common.h includes this
 * file.
 */
#ifndef KEYS_PROC_H
#define KEYS_PROC_H

#include <glob.h>

/* One line of /proc/keys, see keyrings(7). */
struct key_line {
	key_serial_t id;
	char flags[16];
	int usage;
	char timeout[16];
	key_perm_t perm;
	int uid, gid;
	char type[32];
	char desc[4096];
};

KEYS_FN bool key_line_parse(const char *line, struct key_line *k)
{
	int at = 0;
	size_t len;

	memset(k, 0, sizeof(*k));
	if (sscanf(line, "%x %15s %d %15s %x %d %d %31s %n", (unsigned int *)&k->id,
		   k->flags, &k->usage, k->timeout, &k->perm, &k->uid, &k->gid,
		   k->type, &at) != 8 || !at)
		return false;
	snprintf(k->desc, sizeof(k->desc), "%s", line + at);
	len = strlen(k->desc);
	if (len && k->desc[len - 1] == '\n')
		k->desc[len - 1] = 0;
	return true;
}

/*
 * Calls @fn for the keys in /proc/keys until @fn returns true. Leaves the key
 * in @k then; false if @fn has returned true for no key.
 */
KEYS_FN bool proc_find(struct key_line *k, bool (*fn)(const struct key_line *k, void *arg),
		       void *arg)
{
	char line[4096 + 256];
	FILE *f = fopen("/proc/keys", "re");
	bool found = false;

	if (!f)
		return false;
	while (!found && fgets(line, sizeof(line), f))
		found = key_line_parse(line, k) && fn(k, arg);
	fclose(f);
	return found;
}

KEYS_FN bool key_line_has_id(const struct key_line *k, void *id)
{
	return k->id == *(long *)id;
}

/* Finds the line of @id in /proc/keys; false if the caller does not see it. */
KEYS_FN bool proc_key(long id, struct key_line *k)
{
	return proc_find(k, key_line_has_id, &id);
}

KEYS_FN bool proc_key_shown(long id)
{
	struct key_line k;

	return proc_key(id, &k);
}

/* One line of /proc/key-users, see keyrings(7). */
struct key_user {
	int uid, usage, nkeys, nikeys, qnkeys, maxkeys, qnbytes, maxbytes;
};

KEYS_FN bool proc_user(uid_t uid, struct key_user *u)
{
	char line[256];
	FILE *f = fopen("/proc/key-users", "re");
	bool found = false;

	memset(u, 0, sizeof(*u));
	u->uid = uid;
	if (!f)
		return false;
	while (!found && fgets(line, sizeof(line), f))
		found = sscanf(line, "%d: %d %d/%d %d/%d %d/%d", &u->uid, &u->usage,
			       &u->nkeys, &u->nikeys, &u->qnkeys, &u->maxkeys,
			       &u->qnbytes, &u->maxbytes) == 8 && u->uid == (int)uid;
	fclose(f);
	if (!found) {
		memset(u, 0, sizeof(*u));
		u->uid = uid;
	}
	return found;
}

/* Does /proc/key-users charge @uid exactly @keys keys and @bytes bytes? */
KEYS_FN bool charged(uid_t uid, int keys, int bytes)
{
	struct key_user u;

	proc_user(uid, &u);
	return u.qnkeys == keys && u.qnbytes == bytes;
}

KEYS_FN void keys_sysctl_path(const char *name, char *path, size_t size)
{
	snprintf(path, size, "/proc/sys/kernel/keys/%s", name);
}

KEYS_FN long sysctl_get(const char *name)
{
	char path[128], buf[32];
	ssize_t n;
	int fd;

	keys_sysctl_path(name, path, sizeof(path));
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	n = read(fd, buf, sizeof(buf) - 1);
	close(fd);
	if (n <= 0)
		return -EIO;
	buf[n] = 0;
	return strtol(buf, NULL, 10);
}

/* Returns 0 or negative error. */
KEYS_FN long sysctl_set(const char *name, long long value)
{
	char path[128], buf[32];
	int fd, len, err = 0;

	keys_sysctl_path(name, path, sizeof(path));
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	len = snprintf(buf, sizeof(buf), "%lld\n", value);
	if (write(fd, buf, len) != len)
		err = -errno;
	close(fd);
	return err;
}

/* ---- the kernel's memory -------------------------------------------- */

/* Returns the slab memory that is in use, in KiB, or -1 if it is not known. */
KEYS_FN long slab_kb(void)
{
	FILE *f = fopen("/proc/meminfo", "re");
	char line[128];
	long kb = -1;

	if (!f)
		return -1;
	while (kb < 0 && fgets(line, sizeof(line), f))
		sscanf(line, "SUnreclaim: %ld", &kb);
	fclose(f);
	return kb;
}

/*
 * Shrinks one cache, since KASAN keeps freed objects until then. Returns how
 * many objects are allocated, or -1 if the kernel does not count them.
 */
KEYS_FN long slab_shrink(const char *cache)
{
	char path[PATH_MAX];
	bool shrunk;
	long n = -1;
	FILE *f;
	int fd;

	snprintf(path, sizeof(path), "%s/shrink", cache);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return -1;
	shrunk = write(fd, "1", 1) == 1;
	close(fd);
	if (!shrunk)
		return -1;
	snprintf(path, sizeof(path), "%s/objects", cache);
	f = fopen(path, "re");
	if (!f || fscanf(f, "%ld", &n) != 1)
		n = -1;
	if (f)
		fclose(f);
	return n;
}

/*
 * Returns the number of allocated objects in the caches with objects of 4 KiB, or
 * -1 if the kernel does not count them.
 */
KEYS_FN long slab_counted_4k(void)
{
	long n = 0;
	glob_t caches;

	/* Several caches have objects of this size, on some kernels */
	if (glob("/sys/kernel/slab/*-4k", 0, NULL, &caches))
		return -1;
	for (size_t i = 0; i < caches.gl_pathc; i++) {
		long objects = slab_shrink(caches.gl_pathv[i]);

		n = n < 0 || objects < 0 ? -1 : n + objects;
	}
	globfree(&caches);
	return n;
}

/*
 * Returns the number of objects of 4 KiB that are allocated. A kernel without
 * CONFIG_SLUB_DEBUG does not count them, so there it is the slab memory in use,
 * in units of 4 KiB. -1 if it is not known. The first call decides what is
 * returned, for the process and its children: the two cannot be compared.
 */
KEYS_FN long slab_objects_4k(void)
{
	static bool decided, by_memory;
	long n = by_memory ? -1 : slab_counted_4k();

	if (!decided)
		by_memory = n < 0;
	decided = true;
	if (!by_memory)
		return n;
	n = slab_kb();
	return n < 0 ? n : n / 4;
}

/* Are fewer than @limit objects of 4 KiB allocated? No, if it is not known. */
KEYS_FN bool slab_objects_4k_below(long limit)
{
	long n = slab_objects_4k();

	return n >= 0 && n < limit;
}

#endif /* KEYS_PROC_H */
