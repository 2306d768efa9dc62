/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The calls of the programs: how often each is drawn, what its arguments are,
 * and how it is made.
 */
#ifndef FUZZ_OPS_H
#define FUZZ_OPS_H

/**
 * struct op - one call
 * @name: of the call, in the text of a program
 * @weight: how often it is drawn, compared with the others
 * @alone: it changes the process for good, so the program needs one of its own
 * @option: of keyctl(2), if @make is NULL: the arguments are passed as they are
 * @make: makes the call
 * @kinds: of the arguments
 */
struct op {
	const char *name;
	int weight;
	bool alone;
	int option;
	long (*make)(const long *a);
	unsigned char kinds[MAX_ARGS];
};

/* Of the process that executes programs. */
static int watch_pipes[2][2], null_file;

static long make_add_key(const long *a)
{
	return keys_ret(syscall(__NR_add_key, a[0], a[1], a[2], a[3], a[4]));
}

static long make_request_key(const long *a)
{
	return keys_ret(syscall(__NR_request_key, a[0], a[1], a[2], a[3]));
}

/* The time that a number of 20000 bytes takes is hours. */
static long make_dh_compute(const long *a)
{
	struct keyctl_dh_params p = { .priv = a[0], .prime = a[1], .base = a[2] };

	for (int i = 0; i < 3; i++)
		if (kc_read(a[i], NULL, 0) > 300)
			return -E2BIG;
	return sys_keyctl(KEYCTL_DH_COMPUTE, &p, a[3], a[4], a[5]);
}

static long make_pkey_query(const long *a)
{
	return sys_keyctl(KEYCTL_PKEY_QUERY, a[0], a[1], a[2], a[3]);
}

static long pkey(int option, const long *a)
{
	struct keyctl_pkey_params p = { .key_id = a[0], .in_len = a[1], .out_len = a[2] };

	return sys_keyctl(option, &p, a[3], a[4], a[5]);
}

static long make_pkey_encrypt(const long *a)
{
	return pkey(KEYCTL_PKEY_ENCRYPT, a);
}

static long make_pkey_decrypt(const long *a)
{
	return pkey(KEYCTL_PKEY_DECRYPT, a);
}

static long make_pkey_sign(const long *a)
{
	return pkey(KEYCTL_PKEY_SIGN, a);
}

static long make_pkey_verify(const long *a)
{
	return pkey(KEYCTL_PKEY_VERIFY, a);
}

/* The restriction names the key that is the fourth argument. */
static long make_restrict(const long *a)
{
	const char *text = (const char *)a[2];
	char named[64];

	if (text == words[K_RESTRICTION].word[word_find(K_RESTRICTION, "key_or_keyring")].text)
		text = named;
	snprintf(named, sizeof(named), "key_or_keyring:%ld%s", a[3], a[4] & 1 ? ":chain" : "");
	return kc_restrict(a[0], (const char *)a[1], text);
}

static long make_any_option(const long *a)
{
	return sys_keyctl(a[0], a[1], a[2], a[3], 0);
}

static long read_all(const char *path)
{
	static __thread char buf[8192];
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	while (fd >= 0 && read(fd, buf, sizeof(buf)) > 0)
		;
	close(fd);
	return 0;
}

static long make_proc_keys(const long *a)
{
	return read_all("/proc/keys");
}

static long make_proc_users(const long *a)
{
	return read_all("/proc/key-users");
}

static long make_read_notes(const long *a)
{
	char buf[256];

	read(watch_pipes[a[0] & 1][0], buf, sizeof(buf));
	return 0;
}

/* The user keyring of real root lives on, and would keep what is put there. */
static long make_setresuid(const long *a)
{
	if (a[0] == 0)
		return -EPERM;
	return set_uids(a[0], a[1], a[2]);
}

static long make_setresgid(const long *a)
{
	return set_gids(a[0], a[1], a[2]);
}

static long make_unshare(const long *a)
{
	return keys_ret(syscall(__NR_unshare, CLONE_NEWUSER));
}

/* In a child, so that the parent of SESSION_TO_PARENT executes the program. */
static long make_to_parent(const long *a)
{
	pid_t pid = fork();

	if (pid == 0) {
		kc_join(NULL);
		kc_session_to_parent();
		_exit(0);
	}
	return pid < 0 ? -errno : exit_code(pid);
}

static void *thread_nothing(void *arg)
{
	return kc_get_keyring_id(RING_T, 1) > 0 ? arg : NULL;
}

static long make_thread(const long *a)
{
	in_thread(thread_nothing, NULL);
	return 0;
}

/* The thread's next call has its n-th allocation, or user copy, failing. */
static __thread int fail_next;

static long make_fail(const long *a)
{
	fail_next = a[0];
	return 0;
}

static long make_yield(const long *a)
{
	sched_yield();
	return 0;
}

#define OP(n, w, ...) { .name = #n, .weight = w, .option = KEYCTL_##n, .kinds = { __VA_ARGS__ } }
#define MADE(n, w, f, ...) { .name = #n, .weight = w, .make = f, .kinds = { __VA_ARGS__ } }
#define ALONE(n, w, f, ...) \
	{ .name = #n, .weight = w, .make = f, .alone = true, .kinds = { __VA_ARGS__ } }

static const struct op ops[] = {
	MADE(add_key, 60, make_add_key, K_TYPE, K_DESC, K_IN, K_SIZE, K_KEY),
	MADE(request_key, 12, make_request_key, K_TYPE, K_DESC, K_CALLOUT, K_KEY),
	OP(GET_KEYRING_ID, 8, K_KEY, K_FLAG),
	OP(JOIN_SESSION_KEYRING, 6, K_DESC),
	OP(UPDATE, 12, K_KEY, K_IN, K_SIZE),
	OP(REVOKE, 10, K_KEY),
	OP(CHOWN, 10, K_KEY, K_ID, K_ID),
	OP(SETPERM, 14, K_KEY, K_PERM),
	OP(DESCRIBE, 6, K_KEY, K_OUT, K_SIZE),
	OP(CLEAR, 8, K_KEY),
	OP(LINK, 24, K_KEY, K_KEY),
	OP(UNLINK, 14, K_KEY, K_KEY),
	OP(SEARCH, 14, K_KEY, K_TYPE, K_DESC, K_KEY),
	OP(READ, 12, K_KEY, K_OUT, K_SIZE),
	OP(INSTANTIATE, 3, K_KEY, K_IN, K_SIZE, K_KEY),
	OP(NEGATE, 3, K_KEY, K_TIME, K_KEY),
	OP(SET_REQKEY_KEYRING, 5, K_DEFAULT),
	OP(SET_TIMEOUT, 10, K_KEY, K_TIME),
	OP(ASSUME_AUTHORITY, 3, K_KEY),
	OP(GET_SECURITY, 3, K_KEY, K_OUT, K_SIZE),
	OP(REJECT, 3, K_KEY, K_TIME, K_ERROR, K_KEY),
	OP(INSTANTIATE_IOV, 3, K_KEY, K_IOV, K_FLAG, K_KEY),
	OP(INVALIDATE, 12, K_KEY),
	OP(GET_PERSISTENT, 6, K_ID, K_KEY),
	MADE(DH_COMPUTE, 1, make_dh_compute, K_KEY, K_KEY, K_KEY, K_OUT, K_SIZE, K_KDF),
	MADE(PKEY_QUERY, 3, make_pkey_query, K_KEY, K_FLAG, K_INFO, K_OUT),
	MADE(PKEY_ENCRYPT, 3, make_pkey_encrypt, K_KEY, K_SIZE, K_SIZE, K_INFO, K_IN, K_OUT),
	MADE(PKEY_DECRYPT, 2, make_pkey_decrypt, K_KEY, K_SIZE, K_SIZE, K_INFO, K_IN, K_OUT),
	MADE(PKEY_SIGN, 2, make_pkey_sign, K_KEY, K_SIZE, K_SIZE, K_INFO, K_IN, K_OUT),
	MADE(PKEY_VERIFY, 3, make_pkey_verify, K_KEY, K_SIZE, K_SIZE, K_INFO, K_IN, K_IN),
	MADE(RESTRICT_KEYRING, 10, make_restrict, K_KEY, K_TYPE, K_RESTRICTION, K_KEY, K_FLAG),
	OP(MOVE, 12, K_KEY, K_KEY, K_KEY, K_FLAG),
	OP(CAPABILITIES, 2, K_OUT, K_SIZE),
	OP(WATCH_KEY, 8, K_KEY, K_PIPE, K_NOTE),
	MADE(any_option, 1, make_any_option, K_OPTION, K_KEY, K_KEY, K_KEY),
	MADE(proc_keys, 2, make_proc_keys),
	MADE(proc_users, 1, make_proc_users),
	MADE(read_notes, 2, make_read_notes, K_FLAG),
	MADE(thread, 2, make_thread),
	MADE(yield, 3, make_yield),
	MADE(fail, 20, make_fail, K_NTH),
	ALONE(setresuid, 2, make_setresuid, K_ID, K_ID, K_ID),
	ALONE(setresgid, 1, make_setresgid, K_ID, K_ID, K_ID),
	ALONE(unshare, 1, make_unshare),
	ALONE(to_parent, 1, make_to_parent),
};

static long op_make(const struct op *op, const long *a)
{
	return op->make ? op->make(a) : sys_keyctl5(op->option, a[0], a[1], a[2], a[3]);
}

static int op_find(const char *name)
{
	for (unsigned int i = 0; i < ARRAY_SIZE(ops); i++)
		if (!strcmp(ops[i].name, name))
			return i;
	return -1;
}

#endif /* FUZZ_OPS_H */
