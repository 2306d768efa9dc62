// SPDX-License-Identifier: GPL-2.0-only
/*
 * Sweeps of the options of keyctl(2) that work on one key, and of /proc.
 */

static long call_read(struct scene *s)
{
	return kc_read(s->key, s->out, 512);
}

TEST_OP(read_short, .prepare = scene_key, .call = call_read, .out = sizeof(SHORT_TEXT));

static long call_read_long(struct scene *s)
{
	return kc_read(s->key, s->out, LONG_SIZE);
}

TEST_OP(read_long, .prepare = scene_long_key, .call = call_read_long, .out = 512);

static long call_read_part(struct scene *s)
{
	return kc_read(s->key, s->out, LONG_SIZE / 2);
}

TEST_OP(read_part, .prepare = scene_long_key, .call = call_read_part, .out = 512);

static long call_read_length(struct scene *s)
{
	return kc_read(s->key, NULL, 0);
}

TEST_OP(read_length, .prepare = scene_key, .call = call_read_length, .flags = SWEEP_NO_FAULT);

static long call_read_ring(struct scene *s)
{
	return kc_read(s->from, s->out, 512);
}

TEST_OP(read_keyring, .prepare = scene_keys, .call = call_read_ring);

static void scene_long_ring(struct scene *s)
{
	char desc[16];

	scene_keys(s);
	/* More serials than the buffer on the kernel's stack has room for */
	for (int i = 0; i < 40; i++) {
		snprintf(desc, sizeof(desc), "moved%d", i);
		kc_link(s->key, s->from);
		add_user(desc, "x", s->from);
	}
}

TEST_OP(read_long_keyring, .prepare = scene_long_ring, .call = call_read_ring);

static long call_describe(struct scene *s)
{
	return kc_describe(s->key, (char *)s->out, 512);
}

TEST_OP(describe, .prepare = scene_key, .call = call_describe);

static long call_get_security(struct scene *s)
{
	return kc_get_security(s->key, (char *)s->out, 512);
}

TEST_OP(get_security, .prepare = scene_key, .call = call_get_security);

static long call_revoke(struct scene *s)
{
	return kc_revoke(s->key);
}

TEST_OP(revoke, .prepare = scene_key, .call = call_revoke, .flags = SWEEP_NO_FAULT);

static long call_revoke_ring(struct scene *s)
{
	return kc_revoke(s->from);
}

TEST_OP(revoke_keyring, .prepare = scene_keys, .call = call_revoke_ring,
	.flags = SWEEP_NO_FAULT);

static long call_invalidate(struct scene *s)
{
	return kc_invalidate(s->key);
}

TEST_OP(invalidate, .prepare = scene_linked, .call = call_invalidate, .flags = SWEEP_NO_FAULT);

static long call_set_timeout(struct scene *s)
{
	return kc_set_timeout(s->key, 1000);
}

TEST_OP(set_timeout, .prepare = scene_key, .call = call_set_timeout, .flags = SWEEP_NO_FAULT);

static long call_setperm(struct scene *s)
{
	return kc_setperm(s->key, KEY_POS_ALL | KEY_USR_VIEW);
}

TEST_OP(setperm, .prepare = scene_key, .call = call_setperm, .flags = SWEEP_NO_FAULT);

static long call_chown(struct scene *s)
{
	return kc_chown(s->key, s->other, -1);
}

/* The key's new owner has no account yet: the account is allocated. */
static void scene_key_for_a_new_user(struct scene *s)
{
	scene_key(s);
	s->other = fresh_uid();
}

TEST_OP(chown, .prepare = scene_key_for_a_new_user, .call = call_chown,
	.flags = SWEEP_ADMIN | SWEEP_ONLY_FAILURE);

static long call_chgrp(struct scene *s)
{
	return kc_chown(s->key, -1, s->other);
}

TEST_OP(chgrp, .prepare = scene_key, .call = call_chgrp, .flags = SWEEP_ADMIN | SWEEP_NO_FAULT);

static long call_capabilities(struct scene *s)
{
	return kc_capabilities(s->out, 16);
}

TEST_OP(capabilities, .prepare = scene_none, .call = call_capabilities, .out = 16);

/* ---- watches ------------------------------------------------------------ */

static void scene_watch(struct scene *s)
{
	scene_key(s);
	s->fd[0] = -1;
	s->fd[1] = -1;
	watch_pipe(s->fd, 8);
}

static void undo_watch(struct scene *s)
{
	close(s->fd[0]);
	close(s->fd[1]);
}

static long call_watch(struct scene *s)
{
	return kc_watch(s->key, s->fd[0], 1);
}

TEST_OP(watch, .prepare = scene_watch, .call = call_watch, .undo = undo_watch,
	.probe = call_watch, .probe_done = -EBUSY, .probe_failed = 0);

static void scene_watched(struct scene *s)
{
	scene_watch(s);
	kc_watch(s->key, s->fd[0], 1);
}

static long call_unwatch(struct scene *s)
{
	return kc_watch(s->key, s->fd[0], -1);
}

TEST_OP(unwatch, .prepare = scene_watched, .call = call_unwatch, .undo = undo_watch,
	.flags = SWEEP_NO_FAULT);

/* A notification that cannot be delivered is lost, and the update is made. */
TEST_OP(update_watched, .prepare = scene_watched, .call = call_update, .undo = undo_watch);

/* ---- /proc -------------------------------------------------------------- */

/* Returns how many lines the file has, or the error. */
static long read_lines(const char *path, struct scene *s)
{
	int fd = keys_ret(syscall(__NR_openat, AT_FDCWD, path, O_RDONLY | O_CLOEXEC));
	long n, lines = 0;

	if (fd < 0)
		return fd;
	while ((n = keys_ret(syscall(__NR_read, fd, s->out, 4096))) > 0)
		for (long i = 0; i < n; i++)
			lines += s->out[i] == '\n';
	close(fd);
	return n ?: lines;
}

static long call_proc_keys(struct scene *s)
{
	return read_lines("/proc/keys", s);
}

TEST_OP(proc_keys, .prepare = scene_keys, .call = call_proc_keys);

static long call_proc_key_users(struct scene *s)
{
	return read_lines("/proc/key-users", s);
}

TEST_OP(proc_key_users, .prepare = scene_keys, .call = call_proc_key_users);
