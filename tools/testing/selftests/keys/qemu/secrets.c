// SPDX-License-Identifier: GPL-2.0-only
/*
 * In a guest: make keys whose payloads are markers, end each key in one of the
 * ways in which a key can end, and exit. integration/scripts/secrets then
 * searches the guest's memory for the markers.
 *
 * A payload is one marker, repeated. Each marker begins with the same eight
 * bytes, which stand nowhere as such before they are made here; the next byte
 * is the number of the scene. This program wipes its own copies, and handles
 * them by single bytes, so that no vector register keeps one.
 *
 * Prints "scene NUMBER NAME" for each, "keeps NUMBER NAME" for the two whose
 * marker must be found, since otherwise the search would find nothing at all.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <linux/keyctl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#define MARKER	16
#define MAX_LEN	0x100000
/* Pages that this program leaves without wiping them. */
#define FREED_PAGES	4096

/* Each byte is kept as its complement. */
static const volatile uint8_t hidden[8] = {
	0x94, 0x9a, 0x86, 0x8c, 0x00, 0xd2, 0x5b, 0xa6,
};

static volatile uint8_t *buffer;
static int scenes;

static long keyctl(int cmd, long a, long b, long c, long d)
{
	return syscall(SYS_keyctl, cmd, a, b, c, d);
}

static int add(const char *type, const char *desc, size_t len, int ring)
{
	return syscall(SYS_add_key, type, desc, buffer, len, ring);
}

/* Fill the buffer with the marker of the scene. */
static void fill(int scene, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		int at = i % MARKER;

		if (at < 8)
			buffer[i] = ~hidden[at];
		else
			buffer[i] = at == 8 ? scene : 0x51 + at;
	}
}

static void wipe(size_t len)
{
	for (size_t i = 0; i < len; i++)
		buffer[i] = 0;
}

static void die(const char *what)
{
	printf("Bail out! %s: %s\n", what, strerror(errno));
	exit(1);
}

/* A payload: how the key's type holds it. */
struct payload {
	const char *name;
	const char *type;
	size_t len;
};

static const struct payload payloads[] = {
	{ "user", "user", 64 },
	{ "long user", "user", 32767 },
	{ "logon", "logon", 64 },
	{ "small big_key", "big_key", 64 },
	{ "big_key in a file", "big_key", MAX_LEN - 1 },
};

/* The marker's key, and a keyring of its own in the session keyring. */
struct subject {
	const struct payload *payload;
	int key;
	int ring;
	const char *desc;
};

static void end_unlink(struct subject *s)
{
	keyctl(KEYCTL_UNLINK, s->key, s->ring, 0, 0);
}

static void end_revoke(struct subject *s)
{
	keyctl(KEYCTL_REVOKE, s->key, 0, 0, 0);
}

static void end_invalidate(struct subject *s)
{
	keyctl(KEYCTL_INVALIDATE, s->key, 0, 0, 0);
}

static void end_expire(struct subject *s)
{
	keyctl(KEYCTL_SET_TIMEOUT, s->key, 1, 0, 0);
}

static void end_clear(struct subject *s)
{
	keyctl(KEYCTL_CLEAR, s->ring, 0, 0, 0);
}

static void end_ring(struct subject *s)
{
	keyctl(KEYCTL_UNLINK, s->ring, KEY_SPEC_SESSION_KEYRING, 0, 0);
}

/* The key lives on with another payload; not every type can be updated. */
static void end_update(struct subject *s)
{
	for (int i = 0; i < 64; i++)
		buffer[i] = 'u';
	if (keyctl(KEYCTL_UPDATE, s->key, (long)buffer, 64, 0))
		die("update");
}

/* add_key() finds the key and updates it, or displaces it. */
static void end_add_again(struct subject *s)
{
	for (int i = 0; i < 64; i++)
		buffer[i] = 'a';
	if (add(s->payload->type, s->desc, 64, s->ring) < 0)
		die("add again");
}

/* The payload leaves the kernel once more, for a buffer that is wiped. */
static void end_read_then_unlink(struct subject *s)
{
	keyctl(KEYCTL_READ, s->key, (long)buffer, s->payload->len, 0);
	wipe(s->payload->len);
	end_unlink(s);
}

/* A read that fails half way: the buffer's last page is missing. */
static void end_read_fault_then_unlink(struct subject *s)
{
	uint8_t *pages = mmap(NULL, 8192, PROT_READ | PROT_WRITE,
			      MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	munmap(pages + 4096, 4096);
	keyctl(KEYCTL_READ, s->key, (long)(pages + 4096 - 32),
	       s->payload->len, 0);
	for (int i = 0; i < 4096; i++)
		((volatile uint8_t *)pages)[i] = 0;
	munmap(pages, 4096);
	end_unlink(s);
}

/* The only link is in the process keyring, or thread keyring, of one that ends. */
static void end_process(struct subject *s)
{
	pid_t pid = fork();

	if (!pid) {
		keyctl(KEYCTL_LINK, s->key, KEY_SPEC_PROCESS_KEYRING, 0, 0);
		keyctl(KEYCTL_LINK, s->key, KEY_SPEC_THREAD_KEYRING, 0, 0);
		end_unlink(s);
		_exit(0);
	}
	waitpid(pid, NULL, 0);
}

static const struct {
	const char *name;
	void (*end)(struct subject *s);
} ends[] = {
	{ "unlinked", end_unlink },
	{ "revoked", end_revoke },
	{ "invalidated", end_invalidate },
	{ "expired", end_expire },
	{ "keyring cleared", end_clear },
	{ "keyring gone", end_ring },
	{ "updated", end_update },
	{ "added again", end_add_again },
	{ "read, unlinked", end_read_then_unlink },
	{ "read by a short buffer, unlinked", end_read_fault_then_unlink },
	{ "process gone", end_process },
};

static int new_ring(int scene)
{
	char name[32];
	int ring;

	snprintf(name, sizeof(name), "ring-%d", scene);
	ring = syscall(SYS_add_key, "keyring", name, NULL, 0,
		       KEY_SPEC_SESSION_KEYRING);
	if (ring < 0)
		die("keyring");
	return ring;
}

static int begin(const char *word, const char *what, const char *how)
{
	printf("%s %d %s: %s\n", word, ++scenes, what, how);
	fflush(stdout);
	return scenes;
}

static void key_scene(const struct payload *p, int end)
{
	int scene = begin("scene", p->name, ends[end].name);
	char desc[32];
	struct subject s = { .payload = p, .desc = desc };

	snprintf(desc, sizeof(desc), "secret:%d", scene);
	s.ring = new_ring(scene);
	fill(scene, p->len);
	s.key = add(p->type, desc, p->len, s.ring);
	wipe(p->len);
	if (s.key < 0)
		die("add_key");
	ends[end].end(&s);
	wipe(p->len);
}

/* The kernel has copied the payload when it refuses the key. */
static void refused_scene(const char *type, const char *desc, size_t len,
			  const char *why)
{
	int scene = begin("scene", type, why);

	fill(scene, len);
	if (add(type, desc, len, KEY_SPEC_SESSION_KEYRING) >= 0)
		die("add_key that should be refused");
	wipe(len);
}

/* An ordinary user whose quota has no room for the payload. */
static void quota_scene(void)
{
	int scene = begin("scene", "user", "refused for the quota");
	pid_t pid = fork();

	if (!pid) {
		if (setresuid(4711, 4711, 4711))
			_exit(1);
		keyctl(KEYCTL_JOIN_SESSION_KEYRING, 0, 0, 0, 0);
		fill(scene, 30000);
		if (add("user", "q", 30000, KEY_SPEC_SESSION_KEYRING) >= 0)
			_exit(1);
		wipe(30000);
		_exit(errno != EDQUOT);
	}
	waitpid(pid, NULL, 0);
}

/*
 * request_key()'s callout information, which the authorisation key holds. The
 * guest has no /sbin/request-key, which would keep a copy of its own.
 */
static void callout_scene(void)
{
	int scene = begin("scene", "callout", "requested in vain");

	/* So long that no other task soon overwrites the memory of a copy */
	fill(scene, 3008);
	buffer[3008] = 0;
	syscall(SYS_request_key, "user", "nothing:here", buffer,
		KEY_SPEC_SESSION_KEYRING);
	wipe(3009);
}

/* What instantiates no key: the caller has no authorisation. */
static void instantiate_scene(bool iov)
{
	int scene = begin("scene", iov ? "iov" : "payload",
			  "instantiation refused");
	struct iovec vec[2] = {
		{ (void *)buffer, 64 }, { (void *)(buffer + 64), 4096 },
	};

	fill(scene, 64 + 4096);
	if (iov)
		keyctl(KEYCTL_INSTANTIATE_IOV, 1234567, (long)vec, 2, 0);
	else
		keyctl(KEYCTL_INSTANTIATE, 1234567, (long)buffer, 64, 0);
	wipe(64 + 4096);
}

/* A Diffie-Hellman exchange, whose numbers are held from the last byte to the first. */
static void dh_scene(void)
{
	int scene = begin("scene", "private number", "used by KEYCTL_DH_COMPUTE");
	int ring = new_ring(scene);
	struct keyctl_dh_params params;

	for (int i = 0; i < 256; i++)
		buffer[i] = 0xff;
	params.prime = add("user", "prime", 256, ring);
	buffer[0] = 2;
	params.base = add("user", "base", 1, ring);
	fill(scene, 64);
	params.private = add("user", "private", 64, ring);
	wipe(256);
	if (keyctl(KEYCTL_DH_COMPUTE, (long)&params, (long)buffer, 256, 0) < 0)
		die("dh_compute");
	wipe(256);
	keyctl(KEYCTL_UNLINK, ring, KEY_SPEC_SESSION_KEYRING, 0, 0);
}

/* The two that must be found: a key that lives, and memory that is not wiped. */
static void kept_scenes(void)
{
	int scene = begin("keeps", "user", "a key that lives");
	volatile uint8_t *pages;

	fill(scene, 64);
	if (add("user", "living", 64, KEY_SPEC_USER_KEYRING) < 0)
		die("living key");
	keyctl(KEYCTL_LINK, KEY_SPEC_USER_KEYRING, KEY_SPEC_SESSION_KEYRING,
	       0, 0);
	wipe(64);

	/* Somebody else may take some of the pages, and overwrite them */
	scene = begin("keeps", "freed pages", "nobody has wiped the pages");
	pages = mmap(NULL, FREED_PAGES * 4096, PROT_READ | PROT_WRITE,
		     MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	fill(scene, 64);
	for (int i = 0; i < FREED_PAGES * 64; i++)
		pages[i / 64 * 4096 + 2048 + i % 64] = buffer[i % 64];
	wipe(64);
}

int main(void)
{
	buffer = mmap(NULL, MAX_LEN + 4096, PROT_READ | PROT_WRITE,
		      MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (buffer == MAP_FAILED)
		die("mmap");

	for (size_t p = 0; p < sizeof(payloads) / sizeof(*payloads); p++)
		for (size_t e = 0; e < sizeof(ends) / sizeof(*ends); e++)
			key_scene(&payloads[p], e);

	refused_scene("user", "", 64, "refused for the description");
	refused_scene("logon", "no-colon", 64, "refused by the type");
	refused_scene("no-such-type", "x", 4096, "refused, no such type");
	quota_scene();
	callout_scene();
	instantiate_scene(false);
	instantiate_scene(true);
	dh_scene();
	kept_scenes();
	return 0;
}
