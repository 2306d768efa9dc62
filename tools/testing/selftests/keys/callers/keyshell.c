// SPDX-License-Identifier: GPL-2.0-only
/*
 * keyshell - make the key calls of a process that stays
 *
 * Reads one command a line: words divided by single blanks. Each command gets
 * one line of answer: its number or text, or the name of its error. A keyring
 * may be written @t, @p, @s, @u, @us or @g. The scenes of security modules have
 * one keyshell for each label, which keeps its keyrings between the commands.
 * "child COMMAND ; COMMAND" does so in a child; the last answer counts.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/keyctl.h>
#include <linux/landlock.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define WORDS 16
#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))

/* Of <linux/watch_queue.h>, which does not go with <fcntl.h>. */
#define IOC_WATCH_QUEUE_SET_SIZE _IO('W', 0x60)
#define O_NOTIFICATION_PIPE O_EXCL

/* What a command has to say besides its number; empty for nothing. */
static char text[65536];

/* Where the answers go */
static FILE *answers;

static long keyctl(long op, long a, long b, long c, long d)
{
	return syscall(SYS_keyctl, op, a, b, c, d);
}

/* A number, or the name of a special keyring. */
static long key(const char *word)
{
	static const char *const names[] = { "", "@t", "@p", "@s", "@u", "@us", "@g" };

	for (int i = 1; i < 7; i++)
		if (!strcmp(word, names[i]))
			return -i;
	return strtol(word, NULL, 0);
}

/* What keyctl wrote into the text */
static long written(long ret)
{
	if (ret >= 0)
		text[ret < (long)sizeof(text) ? ret : 0] = '\0';
	return ret;
}

static long do_describe(char **w)
{
	return written(keyctl(KEYCTL_DESCRIBE, key(w[1]), (long)text, sizeof(text), 0));
}

static long do_security(char **w)
{
	return written(keyctl(KEYCTL_GET_SECURITY, key(w[1]), (long)text, sizeof(text), 0));
}

static long do_read(char **w)
{
	return written(keyctl(KEYCTL_READ, key(w[1]), (long)text, sizeof(text) - 1, 0));
}

/* read-ring RING: how many keys it has */
static long do_read_ring(char **w)
{
	long ret = keyctl(KEYCTL_READ, key(w[1]), (long)text, sizeof(text), 0);

	text[0] = '\0';
	return ret < 0 ? ret : ret / 4;
}

static long do_update(char **w)
{
	return keyctl(KEYCTL_UPDATE, key(w[1]), (long)w[2], strlen(w[2]), 0);
}

/* search RING TYPE DESCRIPTION */
static long do_search(char **w)
{
	return keyctl(KEYCTL_SEARCH, key(w[1]), (long)w[2], (long)w[3], 0);
}

static long do_link(char **w)
{
	return keyctl(KEYCTL_LINK, key(w[1]), key(w[2]), 0, 0);
}

/* move KEY FROM TO */
static long do_move(char **w)
{
	return keyctl(KEYCTL_MOVE, key(w[1]), key(w[2]), key(w[3]), 0);
}

static long do_unlink(char **w)
{
	return keyctl(KEYCTL_UNLINK, key(w[1]), key(w[2]), 0, 0);
}

/* add TYPE DESCRIPTION PAYLOAD RING */
static long do_add(char **w)
{
	return syscall(SYS_add_key, w[1], w[2], w[3], strlen(w[3]), key(w[4]));
}

static long do_newring(char **w)
{
	return syscall(SYS_add_key, "keyring", w[1], NULL, 0, key(w[2]));
}

static long do_clear(char **w)
{
	return keyctl(KEYCTL_CLEAR, key(w[1]), 0, 0, 0);
}

static long do_setperm(char **w)
{
	return keyctl(KEYCTL_SETPERM, key(w[1]), key(w[2]), 0, 0);
}

static long do_timeout(char **w)
{
	return keyctl(KEYCTL_SET_TIMEOUT, key(w[1]), key(w[2]), 0, 0);
}

/* chown KEY UID GID */
static long do_chown(char **w)
{
	return keyctl(KEYCTL_CHOWN, key(w[1]), key(w[2]), key(w[3]), 0);
}

static long do_revoke(char **w)
{
	return keyctl(KEYCTL_REVOKE, key(w[1]), 0, 0, 0);
}

static long do_invalidate(char **w)
{
	return keyctl(KEYCTL_INVALIDATE, key(w[1]), 0, 0, 0);
}

static long do_restrict(char **w)
{
	return keyctl(KEYCTL_RESTRICT_KEYRING, key(w[1]), 0, 0, 0);
}

static long do_watch(char **w)
{
	int pipe[2];
	long ret;

	ret = pipe2(pipe, O_NOTIFICATION_PIPE);
	if (ret < 0)
		return ret;
	ret = ioctl(pipe[0], IOC_WATCH_QUEUE_SET_SIZE, 16);
	if (!ret)
		ret = keyctl(KEYCTL_WATCH_KEY, key(w[1]), pipe[0], 1, 0);
	close(pipe[0]);
	close(pipe[1]);
	return ret;
}

/* request TYPE DESCRIPTION RING: no upcall */
static long do_request(char **w)
{
	return syscall(SYS_request_key, w[1], w[2], NULL, key(w[3]));
}

/* upcall TYPE DESCRIPTION RING: with one */
static long do_upcall(char **w)
{
	return syscall(SYS_request_key, w[1], w[2], "info", key(w[3]));
}

/* persistent UID RING */
static long do_persistent(char **w)
{
	return keyctl(KEYCTL_GET_PERSISTENT, key(w[1]), key(w[2]), 0, 0);
}

/* id RING: made if absent */
static long do_id(char **w)
{
	return keyctl(KEYCTL_GET_KEYRING_ID, key(w[1]), 1, 0, 0);
}

static long do_join(char **w)
{
	return keyctl(KEYCTL_JOIN_SESSION_KEYRING, (long)w[1], 0, 0, 0);
}

/* to-parent: a new session for this process and its parent */
static long do_to_parent(char **w)
{
	long session = do_join(w);
	long ret = keyctl(KEYCTL_SESSION_TO_PARENT, 0, 0, 0, 0);

	return session < 0 || ret < 0 ? -1 : session;
}

/* seen DESCRIPTION: in how many lines of /proc/keys it stands */
static long do_seen(char **w)
{
	FILE *keys = fopen("/proc/keys", "r");
	char line[1024];
	long n = 0;

	if (!keys)
		return -1;
	while (fgets(line, sizeof(line), keys))
		n += !!strstr(line, w[1]);
	fclose(keys);
	return n;
}

/* attr NAME [VALUE [MORE]]: /proc/self/attr/NAME is written, or read */
static long do_attr(char **w)
{
	char path[64], value[256];
	int fd;
	long ret;

	snprintf(path, sizeof(path), "/proc/self/attr/%s", w[1]);
	fd = open(path, w[2] ? O_WRONLY : O_RDONLY);
	if (fd < 0)
		return -1;
	if (w[2]) {
		snprintf(value, sizeof(value), w[3] ? "%s %s" : "%s", w[2], w[3]);
		ret = write(fd, value, strlen(value));
		ret = ret < 0 ? ret : 0;
	} else {
		ret = written(read(fd, text, sizeof(text) - 1));
		text[strcspn(text, "\n")] = '\0';
	}
	close(fd);
	return ret;
}

/* sandbox: no file may be made or written any more */
static long do_sandbox(char **w)
{
	struct landlock_ruleset_attr attr = {
		.handled_access_fs = LANDLOCK_ACCESS_FS_WRITE_FILE |
				     LANDLOCK_ACCESS_FS_MAKE_REG,
	};
	int fd = syscall(SYS_landlock_create_ruleset, &attr, sizeof(attr), 0);
	long ret;

	(void)w;
	if (fd < 0)
		return -1;
	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	ret = syscall(SYS_landlock_restrict_self, fd, 0);
	close(fd);
	return ret;
}

/* create PATH: an empty file */
static long do_create(char **w)
{
	int fd = open(w[1], O_WRONLY | O_CREAT, 0600);

	if (fd < 0)
		return -1;
	close(fd);
	return 0;
}

static long do_child(char **w);

static const struct {
	const char *name;
	int words;
	long (*act)(char **words);
} commands[] = {
	{ "describe",	1, do_describe },
	{ "security",	1, do_security },
	{ "read",	1, do_read },
	{ "read-ring",	1, do_read_ring },
	{ "update",	2, do_update },
	{ "search",	3, do_search },
	{ "link",	2, do_link },
	{ "move",	3, do_move },
	{ "unlink",	2, do_unlink },
	{ "add",	4, do_add },
	{ "newring",	2, do_newring },
	{ "clear",	1, do_clear },
	{ "setperm",	2, do_setperm },
	{ "timeout",	2, do_timeout },
	{ "chown",	3, do_chown },
	{ "revoke",	1, do_revoke },
	{ "invalidate",	1, do_invalidate },
	{ "restrict",	1, do_restrict },
	{ "watch",	1, do_watch },
	{ "request",	3, do_request },
	{ "upcall",	3, do_upcall },
	{ "persistent",	2, do_persistent },
	{ "id",		1, do_id },
	{ "join",	0, do_join },
	{ "to-parent",	0, do_to_parent },
	{ "seen",	1, do_seen },
	{ "attr",	1, do_attr },
	{ "sandbox",	0, do_sandbox },
	{ "create",	1, do_create },
	{ "child",	1, do_child },
};

/* Do one command, and say the answer. The words end with NULL. */
static void obey(char **w)
{
	const size_t n = ARRAY_SIZE(commands);
	int words = 0;
	long ret;
	size_t i;

	for (i = 0; i < n && strcmp(commands[i].name, w[0]); i++)
		;
	while (w[words])
		words++;
	if (i == n || words <= commands[i].words) {
		fprintf(answers, "what is %s?\n", w[0]);
		return;
	}
	text[0] = '\0';
	errno = 0;
	ret = commands[i].act(w);
	if (commands[i].act == do_child)
		return;
	if (ret < 0)
		fprintf(answers, "%s\n", strerrorname_np(errno));
	else if (text[0])
		fprintf(answers, "%s\n", text);
	else
		fprintf(answers, "%ld\n", ret);
}

/* Do the parts of a line. Only the last one's answer is for the scene. */
static void obey_parts(char **w)
{
	char **end = w;

	while (*end && strcmp(*end, ";"))
		end++;
	if (!*end) {
		obey(w);
		return;
	}
	*end = NULL;
	answers = stderr;
	obey(w);
	answers = stdout;
	obey_parts(end + 1);
}

static long do_child(char **w)
{
	pid_t child;

	fflush(stdout);
	child = fork();
	if (!child) {
		obey_parts(w + 1);
		fflush(stdout);
		_exit(0);
	}
	waitpid(child, NULL, 0);
	return 0;
}

int main(void)
{
	char line[4096], *words[WORDS + 1];

	answers = stdout;
	while (fgets(line, sizeof(line), stdin)) {
		char *next = line;
		int n = 0;

		line[strcspn(line, "\n")] = '\0';
		while (n < WORDS && (words[n] = strsep(&next, " ")))
			n++;
		words[n] = NULL;
		if (line[0])
			obey(words);
		fflush(stdout);
	}
	return 0;
}
