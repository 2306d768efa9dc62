/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Let the n-th allocation or copy of the calling thread fail, see
 * Documentation/fault-injection/fault-injection.rst.
 *
 *	nth_arm(n);
 *	ret = sys_...();
 *	injected = nth_disarm();
 */
#ifndef FAULT_NTH_H
#define FAULT_NTH_H

#define NTH_FILE	"/proc/thread-self/fail-nth"
#define NTH_DEBUGFS	"/sys/kernel/debug/"

/* What all allocations that can fail need. The old values are restored. */
static struct nth_setting {
	const char *path, *value;
	char old[32];
} nth_settings[] = {
	{ NTH_DEBUGFS "failslab/ignore-gfp-wait", "N" },
	{ NTH_DEBUGFS "fail_page_alloc/ignore-gfp-wait", "N" },
	/* The pages of files in tmpfs */
	{ NTH_DEBUGFS "fail_page_alloc/ignore-gfp-highmem", "N" },
	{ NTH_DEBUGFS "fail_page_alloc/min-order", "0" },
	/* A stack trace for each fault takes longer than the test */
	{ NTH_DEBUGFS "failslab/verbose", "0" },
	{ NTH_DEBUGFS "fail_page_alloc/verbose", "0" },
	{ NTH_DEBUGFS "fail_usercopy/verbose", "0" },
};

/* Why no fault can be injected, or NULL. */
static const char *nth_missing;

static bool nth_setting_read(struct nth_setting *set)
{
	int fd = open(set->path, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, set->old, sizeof(set->old) - 1);

	if (fd >= 0)
		close(fd);
	return n > 0;
}

/* With KEYS_FAULT_VERBOSE set, the console shows where each fault was injected. */
static void nth_setup(void)
{
	if (syscall(__NR_geteuid)) {
		nth_missing = "must be run as root";
		return;
	}
	if (access(NTH_FILE, R_OK | W_OK)) {
		nth_missing = "no " NTH_FILE " (CONFIG_FAULT_INJECTION)";
		return;
	}
	for (int i = 0; i < ARRAY_SIZE(nth_settings); i++)
		if (!nth_setting_read(&nth_settings[i]))
			nth_missing = "no failslab, fail_page_alloc or fail_usercopy in "
				NTH_DEBUGFS;
	for (int i = 0; i < ARRAY_SIZE(nth_settings) && !nth_missing; i++)
		if (!getenv("KEYS_FAULT_VERBOSE") || !strstr(nth_settings[i].path, "verbose"))
			write_file(nth_settings[i].path, nth_settings[i].value);
}

static void nth_restore(void)
{
	for (int i = 0; i < ARRAY_SIZE(nth_settings) && !nth_missing; i++)
		write_file(nth_settings[i].path, nth_settings[i].old);
}

/*
 * Starts the program again without rseq(2). If a thread was preempted in a system
 * call, the kernel writes to the thread's rseq area before the call returns. If
 * the fault is injected there, the kernel kills the thread by SIGSEGV.
 */
static void nth_without_rseq(char **argv)
{
	if (getenv("KEYS_FAULT_STARTED"))
		return;
	setenv("KEYS_FAULT_STARTED", "1", 1);
	setenv("GLIBC_TUNABLES", "glibc.pthread.rseq=0", 1);
	execv("/proc/self/exe", argv);
	nth_missing = "cannot start /proc/self/exe";
}

/* The file of this thread. After a fork, the child must open its own. */
static int nth_fd = -1;

static bool nth_open(void)
{
	if (nth_fd >= 0)
		close(nth_fd);
	/* Otherwise the files in /proc of a process that was root stay root's */
	prctl(PR_SET_DUMPABLE, 1);
	nth_fd = open(NTH_FILE, O_RDWR | O_CLOEXEC);
	return nth_fd >= 0;
}

/* 0 injects nothing. */
static void nth_arm(unsigned int n)
{
	char text[16];
	int len = snprintf(text, sizeof(text), "%u", n);

	if (n)
		while (pwrite(nth_fd, text, len, 0) != len)
			;
}

/* Was a fault injected since nth_arm()? */
static bool nth_disarm(void)
{
	char text[16] = "";
	/* Fails if the fault is injected into this very copy */
	ssize_t n = pread(nth_fd, text, sizeof(text) - 1, 0);

	while (pwrite(nth_fd, "0", 1, 0) != 1)
		;
	/*
	 * The file keeps the credentials that opened it. If the call has replaced
	 * them, the old ones would keep the old keyrings.
	 */
	nth_open();
	return n == 2 && text[0] == '0';
}

#endif /* FAULT_NTH_H */
