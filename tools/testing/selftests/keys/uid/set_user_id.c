// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tests of set-user-ID programs: a process with root's privileges uses the
 * user's keyrings as long as it has the user's real uid.
 */
#include <sys/statvfs.h>

static char helper[64];

/* In the helper: returns 0, or the number of the failed check. */
static int helped(struct pair users)
{
	uid_t user = syscall(__NR_getuid);

	if (user == 0 || syscall(__NR_geteuid) != 0)
		return 1;
	if (!pair_same(&users))
		return 2;
	if (add_user("by helper", "x", RING_U) <= 0)
		return 3;
	/* All ids but the saved one are root's, as in login and su. */
	if (set_uids(0, 0, user) || pair_same(&users) || !ring_is(RING_U, "_uid.0"))
		return 4;
	if (kc_search(RING_U, "user", "by helper", 0) != -ENOKEY)
		return 5;
	if (set_uids(user, 0, 0) || !pair_same(&users))
		return 6;
	/* All ids are the user's. */
	if (set_uids(user, user, user) || !pair_same(&users))
		return 7;
	return kc_search(RING_U, "user", "by helper", 0) > 0 ? 0 : 8;
}

static bool copy_self(int to)
{
	int from = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
	char buf[65536];
	ssize_t n;

	while ((n = read(from, buf, sizeof(buf))) > 0)
		if (write(to, buf, n) != n)
			return false;
	close(from);
	return n == 0;
}

/* Makes a copy of this program that is set-user-ID root. */
static bool install_helper(void)
{
	struct statvfs fs;
	bool ok;
	int fd;

	strcpy(helper, "/tmp/keys-helper-XXXXXX");
	fd = mkostemp(helper, O_CLOEXEC);
	if (fd < 0)
		return false;
	ok = fstatvfs(fd, &fs) == 0 && !(fs.f_flag & (ST_NOSUID | ST_NOEXEC)) &&
	     copy_self(fd) && fchmod(fd, 04755) == 0;
	close(fd);
	return ok;
}

static void run_helper(struct pair p)
{
	char u[24], us[24];
	char *argv[] = { "helper", "--image", "helper", u, us, NULL };
	char *envp[] = { NULL };

	snprintf(u, sizeof(u), "%ld", p.u);
	snprintf(us, sizeof(us), "%ld", p.us);
	syscall(__NR_execve, helper, argv, envp);
}

TEST(helper_has_the_users)
{
	uid_t uid = fresh_uid();

	REQUIRE_ROOT();
	if (!install_helper())
		SKIP(return, "no place for a set-user-ID program");
	CHILD_BARE(uid) {
		struct pair p = pair_now();

		for (int i = 0; i < 3; i++) {
			pid_t pid = fork();

			if (pid == 0) {
				run_helper(p);
				_exit(10);
			}
			EXPECT_EQ(0, exit_code(pid));
			EXPECT_TRUE(pair_same(&p));
			EXPECT_EQ(1, ring_count(RING_U));
		}
	}
	unlink(helper);
}
