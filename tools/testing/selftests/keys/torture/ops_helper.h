/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Operations that construct a key, as request_key()'s helper does.
 *
 * The child of the actor requests the key, and the kernel starts this program
 * as the helper. The helper finds the memory of the run by a file that the
 * callout information names, and becomes the actor. The memory is mapped at the
 * same address in all processes, and the program is static, so that pointers
 * are the same, too.
 */

#define HELPER_PROGRAM	"/sbin/request-key"
#define HELPER_ADDRESS	((void *)0x700000000000)

static void child_act(struct actor *a);

static void helper_file(char name[32], int job)
{
	snprintf(name, 32, "/tmp/.keys-torture-%d", job);
}

static struct shared *helper_map(int job, int flags)
{
	char name[32];
	void *p = MAP_FAILED;
	int fd;

	helper_file(name, job);
	fd = open(name, O_RDWR | O_CLOEXEC | flags, 0600);
	if (fd < 0)
		return NULL;
	if (!(flags & O_CREAT) || ftruncate(fd, sizeof(*sh)) == 0)
		p = mmap(HELPER_ADDRESS, sizeof(*sh), PROT_READ | PROT_WRITE,
			 MAP_SHARED | MAP_FIXED_NOREPLACE, fd, 0);
	close(fd);
	return p == MAP_FAILED ? NULL : p;
}

/* Has the kernel start this program as the helper. */
static bool helper_install(void)
{
	char self[PATH_MAX] = "";
	int fd;

	if (readlink("/proc/self/exe", self, sizeof(self) - 1) < 0)
		return false;
	fd = open(HELPER_PROGRAM, O_CREAT | O_CLOEXEC | O_RDONLY, 0755);
	close(fd);
	return mount(self, HELPER_PROGRAM, NULL, MS_BIND, NULL) == 0;
}

static void helper_uninstall(void)
{
	umount2(HELPER_PROGRAM, MNT_DETACH);
}

/* A helper that stays behind would use the memory of the next pair. */
static void helper_kill(void)
{
	if (sh->actor[0].helper > 0)
		kill(sh->actor[0].helper, SIGKILL);
}

/* Is this key under construction? Then calls that need the key wait. */
static bool key_is_constructed_late(void)
{
	return (sh->actor[0].op->flags | sh->actor[1].op->flags) & OP_HELPER;
}

/* In the child: requests the key, which a links. The answer is the second one. */
static void helper_request(struct actor *a)
{
	char callout[16];

	snprintf(callout, sizeof(callout), "%d %d", sh->job, a->who);
	a->second = sys_request_key("user", "x", callout, a->arena->id[R_A]);
	_exit(0);
}

/* In the helper: the key that is to be constructed is k. */
static bool prepare_helper(struct actor *a)
{
	return a->arena->id[R_K] > 0;
}

static long do_instantiate(struct actor *a, int i)
{
	return kc_instantiate(a->arena->id[R_K], "made", 4, 0);
}

static long do_instantiate_link(struct actor *a, int i)
{
	return kc_instantiate(a->arena->id[R_K], "made", 4, a->arena->id[R_B]);
}

static long do_reject(struct actor *a, int i)
{
	return kc_reject(a->arena->id[R_K], 1000, EKEYREJECTED, 0);
}

/* The kernel rejects the key, because the helper ends without an answer. */
static long do_give_up(struct actor *a, int i)
{
	return 0;
}

/* main() of the helper. The arguments are those of request-key(8). */
static int helper_main(int argc, char **argv)
{
	long key, auth;
	char text[16] = "";
	int job, who;

	if (argc < 8)
		return 1;
	key = atol(argv[2]);
	auth = kc_assume_authority(key);
	if (auth < 0 || kc_read(auth, text, sizeof(text) - 1) < 0 ||
	    sscanf(text, "%d %d", &job, &who) != 2)
		return 1;
	sh = helper_map(job, 0);
	if (!sh)
		return 1;
	/* The requester cannot be killed while this process lives. */
	alarm(60);
	sh->actor[who].helper = getpid();
	sh->arena.id[R_K] = key;
	child_act(&sh->actor[who]);
	return 0;
}
