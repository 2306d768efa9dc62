// SPDX-License-Identifier: GPL-2.0-only
/*
 * questions - make calls whose questions to security modules are recorded
 *
 * integration/scripts/questions runs this in a guest and records from outside
 * each call of a hook for security modules. This program prints which number is
 * which key ("name NUMBER NAME") and what comes next ("scene NAME"). Before each
 * scene, it sets the session's mask or reads the session, by turns: these
 * questions tell the scenes apart, even if the debugger counts one twice.
 *
 * A stranger has keys that everybody may see, and links the keys of the user
 * into keyrings that the user may not search.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <grp.h>
#include <linux/keyctl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define USER		30001
#define STRANGER	30002
#define SESSION		KEY_SPEC_SESSION_KEYRING
#define MANY		12

#define POS_USR_ALL	0x3f3f0000
#define EVERYBODY	0x3f3f003f
#define VIEW_BY_ALL	0x3f010001

static struct {
	volatile int user_ready, stranger_ready;
	volatile long own, lent;
	volatile long theirs[3];
} *shared;

static long keyctl(long op, long a, long b, long c, long d)
{
	return syscall(SYS_keyctl, op, a, b, c, d);
}

static long must(const char *what, long ret)
{
	if (ret < 0) {
		perror(what);
		exit(1);
	}
	return ret;
}

/* Make a key or a keyring, and tell its name. */
static long make(const char *type, const char *name, long ring, unsigned int perm)
{
	int payload = strcmp(type, "keyring") ? 1 : 0;
	long key = must(name, syscall(SYS_add_key, type, name, payload ? "x" : NULL,
				      payload, ring));

	must("setperm", keyctl(KEYCTL_SETPERM, key, perm, 0, 0));
	printf("name %ld %s\n", key, name);
	return key;
}

static void become(uid_t uid, const char *session)
{
	setgroups(0, NULL);
	if (setresgid(uid, uid, uid) || setresuid(uid, uid, uid))
		must("setresuid", -1);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	printf("name %ld %s\n", must("join", keyctl(KEYCTL_JOIN_SESSION_KEYRING, 0, 0, 0, 0)),
	       session);
}

static void be_a_stranger(void)
{
	char name[32];
	long ring;

	while (!shared->user_ready)
		usleep(1000);
	become(STRANGER, "stranger's-session");
	for (int i = 0; i < 3; i++) {
		snprintf(name, sizeof(name), "stranger's-ring-%d", i);
		ring = make("keyring", name, SESSION, POS_USR_ALL | 1);
		snprintf(name, sizeof(name), "stranger's-key-%d", i);
		shared->theirs[i] = make("user", name, ring, VIEW_BY_ALL);
		must("link", keyctl(KEYCTL_LINK, shared->own, ring, 0, 0));
		must("link", keyctl(KEYCTL_LINK, shared->lent, ring, 0, 0));
	}
	fflush(stdout);
	shared->stranger_ready = 1;
	pause();
}

static void begin_scene(const char *name)
{
	static int scenes;

	printf("scene %s\n", name);
	fflush(stdout);
	if (scenes++ % 2)
		must("mark", keyctl(KEYCTL_READ, SESSION, 0, 0, 0));
	else
		must("mark", keyctl(KEYCTL_SETPERM, SESSION, POS_USR_ALL, 0, 0));
}

static void describe(const char *name, long key)
{
	char buffer[256];

	begin_scene(name);
	keyctl(KEYCTL_DESCRIBE, key, (long)buffer, sizeof(buffer), 0);
}

static void read_key(const char *name, long key)
{
	begin_scene(name);
	keyctl(KEYCTL_READ, key, 0, 0, 0);
}

static void search(const char *name, const char *type, const char *desc)
{
	begin_scene(name);
	keyctl(KEYCTL_SEARCH, SESSION, (long)type, (long)desc, 0);
}

static void request(const char *name, const char *desc)
{
	begin_scene(name);
	syscall(SYS_request_key, "user", desc, NULL, 0);
}

static void read_proc_keys(const char *name)
{
	int fd = must("open", open("/proc/keys", O_RDONLY));
	char buffer[65536];

	begin_scene(name);
	while (read(fd, buffer, sizeof(buffer)) > 0)
		;
	close(fd);
}

static void small_scenes(const char *tree, long session, long ring, long inner, long lost)
{
	char name[64];

#define IN(what) (snprintf(name, sizeof(name), "%s: %s", tree, what), name)
	describe(IN("describe a key of the session"), shared->own);
	describe(IN("describe a key of a keyring"), inner);
	describe(IN("describe the session"), session);
	describe(IN("describe the keyring"), ring);
	describe(IN("describe one's own that is not possessed"), shared->lent);
	describe(IN("describe one that cannot be searched for"), lost);
	describe(IN("describe a stranger's"), shared->theirs[0]);
	read_key(IN("read a key of the session"), shared->own);
	read_key(IN("read a key of a keyring"), inner);
	read_key(IN("read one's own that is not possessed"), shared->lent);
	read_key(IN("read a stranger's"), shared->theirs[1]);
	read_key(IN("read the keyring"), ring);
	search(IN("search for a key of the session"), "user", "own");
	search(IN("search for a key of a keyring"), "user", "inner");
	search(IN("search in vain"), "user", "none");
	search(IN("search for one that cannot be searched for"), "user", "unsearchable");
	search(IN("search for an asymmetric key"), "asymmetric", "id:1234");
	request(IN("request a key of the session"), "own");
	request(IN("request a key of a keyring"), "inner");
	request(IN("request in vain"), "none");
	read_proc_keys(IN("read /proc/keys"));
#undef IN
}

/* A pipe for notifications, as <linux/watch_queue.h> has it. */
static void watch(const char *name, long key)
{
	int ends[2];

	must("pipe", pipe2(ends, O_EXCL));
	must("pipe size", ioctl(ends[0], _IO('W', 0x60), 8));
	begin_scene(name);
	keyctl(KEYCTL_WATCH_KEY, key, ends[0], 1, 0);
	begin_scene("other: nobody looks any more");
	close(ends[0]);
	close(ends[1]);
}

static void label(const char *name, long key)
{
	char buffer[256];

	begin_scene(name);
	keyctl(KEYCTL_GET_SECURITY, key, (long)buffer, sizeof(buffer), 0);
}

/* Calls that make a key, change one or take one away. */
static void change_scenes(long ring)
{
	long key, other;

	begin_scene("change: make a key");
	key = make("user", "changed", ring, EVERYBODY);
	begin_scene("change: make a keyring");
	other = make("keyring", "changed-ring", ring, POS_USR_ALL);
	begin_scene("change: add what is there");
	syscall(SYS_add_key, "user", "changed", "yy", 2, ring);
	begin_scene("change: update");
	keyctl(KEYCTL_UPDATE, key, (long)"zzz", 3, 0);
	begin_scene("change: update a stranger's");
	keyctl(KEYCTL_UPDATE, shared->theirs[0], (long)"zzz", 3, 0);
	begin_scene("change: link");
	keyctl(KEYCTL_LINK, key, other, 0, 0);
	begin_scene("change: link a stranger's");
	keyctl(KEYCTL_LINK, shared->theirs[0], other, 0, 0);
	begin_scene("change: unlink");
	keyctl(KEYCTL_UNLINK, key, other, 0, 0);
	begin_scene("change: move");
	keyctl(KEYCTL_MOVE, key, ring, other, 0);
	begin_scene("change: request into a keyring");
	syscall(SYS_request_key, "user", "own", NULL, other);
	begin_scene("change: set a time limit");
	keyctl(KEYCTL_SET_TIMEOUT, key, 1000, 0, 0);
	begin_scene("change: chown");
	keyctl(KEYCTL_CHOWN, key, -1, USER, 0);
	begin_scene("change: chown to a stranger");
	keyctl(KEYCTL_CHOWN, key, STRANGER, -1, 0);
	begin_scene("change: invalidate");
	keyctl(KEYCTL_INVALIDATE, key, 0, 0, 0);
	begin_scene("change: restrict");
	keyctl(KEYCTL_RESTRICT_KEYRING, other, 0, 0, 0);
	begin_scene("change: clear");
	keyctl(KEYCTL_CLEAR, other, 0, 0, 0);
	begin_scene("change: revoke");
	keyctl(KEYCTL_REVOKE, other, 0, 0, 0);
}

/* Calls that make keyrings of the process or the user, or look at a label. */
static void other_scenes(void)
{
	label("other: label of a key", shared->own);
	label("other: label of one's own that is not possessed", shared->lent);
	label("other: label of a stranger's", shared->theirs[0]);
	watch("other: watch a key", shared->own);
	watch("other: watch a stranger's", shared->theirs[0]);
	begin_scene("other: the user keyring");
	keyctl(KEYCTL_GET_KEYRING_ID, KEY_SPEC_USER_KEYRING, 1, 0, 0);
	begin_scene("other: the persistent keyring");
	keyctl(KEYCTL_GET_PERSISTENT, -1, SESSION, 0, 0);
	begin_scene("other: the persistent keyring again");
	keyctl(KEYCTL_GET_PERSISTENT, -1, SESSION, 0, 0);
	begin_scene("other: request by the helper program");
	syscall(SYS_request_key, "user", "helped", "info", SESSION);
	begin_scene("other: a child's session");
	if (!fork()) {
		keyctl(KEYCTL_JOIN_SESSION_KEYRING, (long)"child's", 0, 0, 0);
		_exit(0);
	}
	wait(NULL);
}

static void user(void)
{
	long session, ring, inner, lost, deeper;
	char name[32];

	become(USER, "session");
	session = must("session", keyctl(KEYCTL_GET_KEYRING_ID, SESSION, 0, 0, 0));
	shared->own = make("user", "own", SESSION, EVERYBODY);
	shared->lent = make("user", "lent", SESSION, EVERYBODY);
	ring = make("keyring", "ring", SESSION, POS_USR_ALL);
	inner = make("user", "inner", ring, POS_USR_ALL);
	lost = make("user", "unsearchable", SESSION, POS_USR_ALL & ~0x08080000);
	fflush(stdout);
	shared->user_ready = 1;
	while (!shared->stranger_ready)
		usleep(1000);
	must("unlink", keyctl(KEYCTL_UNLINK, shared->lent, SESSION, 0, 0));

	small_scenes("small", session, ring, inner, lost);
	begin_scene("revoke a keyring");
	deeper = make("keyring", "revoked", ring, POS_USR_ALL);
	must("revoke", keyctl(KEYCTL_REVOKE, deeper, 0, 0, 0));
	read_key("revoked keyring: read one's own that is not possessed", shared->lent);
	search("revoked keyring: search in vain", "user", "none");
	/* The order in which the keyrings of a keyring are searched is not promised. */
	begin_scene("unlink the revoked keyring");
	must("unlink", keyctl(KEYCTL_UNLINK, deeper, ring, 0, 0));

	begin_scene("make process and thread keyring");
	printf("name %ld thread\n", must("thread", keyctl(KEYCTL_GET_KEYRING_ID,
							  KEY_SPEC_THREAD_KEYRING, 1, 0, 0)));
	printf("name %ld process\n", must("process", keyctl(KEYCTL_GET_KEYRING_ID,
							    KEY_SPEC_PROCESS_KEYRING, 1, 0, 0)));
	small_scenes("three roots", session, ring, inner, lost);

	change_scenes(ring);
	other_scenes();

	begin_scene("make many keyrings");
	for (int i = 0; i < MANY; i++) {
		snprintf(name, sizeof(name), "many-%d", i);
		deeper = make("keyring", name, i % 3 ? ring : SESSION, POS_USR_ALL);
		snprintf(name, sizeof(name), "key-of-many-%d", i);
		make("user", name, deeper, POS_USR_ALL);
	}
	small_scenes("many", session, ring, inner, lost);
	begin_scene("end");
}

int main(void)
{
	pid_t other;

	shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE,
		      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	other = fork();
	if (!other) {
		be_a_stranger();
		_exit(0);
	}
	if (!fork()) {
		user();
		_exit(0);
	}
	while (wait(NULL) == other)
		return 1;
	kill(other, SIGKILL);
	wait(NULL);
	/* The keys end some time after those who had them. */
	sleep(3);
	return 0;
}
