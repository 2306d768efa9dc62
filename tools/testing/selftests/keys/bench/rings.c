// SPDX-License-Identifier: GPL-2.0-only
/*
 * Large keyrings, and trees of keyrings.
 */
#include "bench.h"

/* To be cleared at once: enough to be seen. */
#define CLEARED_LINKS	512
#define CLEARED_KEYS	1000
#define TARGETS		512

static long session, ring, stranger;
static char payload[PAYLOAD_SIZE];

/* What hits look for, one after the other: where a key stands depends on its name. */
static char targets[TARGETS][32];
static long number_of_targets;

static void add_target(const char *name)
{
	if (number_of_targets < TARGETS)
		strcpy(targets[number_of_targets++], name);
}

/* A key of ours that our session cannot reach: only a sleeper's session has it. */
static long unreachable_key(void)
{
	long id;

	id = new_key("bench:stranger", new_session());
	must("setperm", keyctl(KEYCTL_SETPERM, id, 0x3f3f0000, 0, 0));
	if (spawn() == 0)
		for (;;)
			pause();
	return id;
}

/**
 * setup_ring - A session with a keyring of many keys
 * @links: how many
 */
void setup_ring(long links)
{
	char name[32];
	long i;

	stranger = unreachable_key();
	session = new_session();
	ring = new_ring("bench:large", session);
	fill(ring, links);
	for (i = 0; i < links; i++) {
		snprintf(name, sizeof(name), "bench:%06ld", i);
		add_target(name);
	}
}

/**
 * setup_wide - A session with many keyrings of four keys
 * @rings: how many keyrings
 */
void setup_wide(long rings)
{
	char name[32];
	long i, j, leaf;

	stranger = unreachable_key();
	session = new_session();
	ring = session;
	for (i = 0; i < rings; i++) {
		snprintf(name, sizeof(name), "bench:ring:%ld", i);
		leaf = new_ring(name, session);
		for (j = 0; j < 4; j++) {
			snprintf(name, sizeof(name), "bench:%ld:%ld", i, j);
			new_key(name, leaf);
		}
		add_target(name);
	}
}

/**
 * setup_deep - A session with a keyring in a keyring in a keyring
 * @depth: how many
 */
void setup_deep(long depth)
{
	char name[32];
	long i, in;

	stranger = unreachable_key();
	session = new_session();
	ring = session;
	for (i = 0, in = session; i < depth; i++) {
		snprintf(name, sizeof(name), "bench:level:%ld", i);
		in = new_ring(name, in);
		fill(in, 4);
	}
	new_key("bench:deep", in);
	add_target("bench:deep");
}

static long search(const char *what)
{
	return keyctl(KEYCTL_SEARCH, ring, (long)"user", (long)what, 0);
}

/**
 * op_tree_hit - Search for a key of the ring, or of the keyrings in it
 *
 * Return: the key or less than zero
 */
long op_tree_hit(void)
{
	static long next;

	next = next + 1 < number_of_targets ? next + 1 : 0;
	return search(targets[next]);
}

/**
 * op_tree_miss - Search for what is not there
 *
 * Return: zero or less than zero
 */
long op_tree_miss(void)
{
	long result = search("bench:none");

	return result == -ENOKEY ? 0 : -EKEYREJECTED;
}

/**
 * op_ring_add_unlink - Make a key and take its link away
 *
 * Return: zero or less than zero
 */
long op_ring_add_unlink(void)
{
	long result = add_key("user", "bench:new", payload, sizeof(payload), ring);

	return result < 0 ? result : keyctl(KEYCTL_UNLINK, result, ring, 0, 0);
}

/**
 * op_unpossessed_read - Read what the caller owns, but cannot reach
 *
 * Return: the length or less than zero
 */
long op_unpossessed_read(void)
{
	return keyctl(KEYCTL_READ, stranger, (long)payload, sizeof(payload), 0);
}

static int32_t *serials;
static size_t serials_size;

static long read_ring(void)
{
	return keyctl(KEYCTL_READ, ring, (long)serials, serials_size, 0);
}

static void learn_serials(long links)
{
	serials_size = links * sizeof(*serials);
	if (!serials)
		serials = calloc(links, sizeof(*serials));
	must("read a keyring", read_ring());
}

/**
 * measure_ring_read - Read a keyring
 * @links: how many it has
 *
 * Return: the cost of each link
 */
double measure_ring_read(long links)
{
	struct bench_case c = { .name = "read a keyring", .op = read_ring, .divide = links };

	learn_serials(links);
	return cost_of_calls(&c);
}

static long copies[CLEARED_LINKS];
static long number_of_copies;

static void fill_copies(void)
{
	size_t link;
	long i;

	for (i = 0; i < number_of_copies; i++)
		for (link = 0; link < serials_size / sizeof(*serials); link++)
			must("link", keyctl(KEYCTL_LINK, serials[link], copies[i], 0, 0));
}

static void clear_copies(void)
{
	long i;

	for (i = 0; i < number_of_copies; i++)
		must("clear", keyctl(KEYCTL_CLEAR, copies[i], 0, 0, 0));
}

/**
 * measure_ring_clear - Clear a keyring whose keys another keyring has, too
 * @links: how many it has
 *
 * Small keyrings are cleared many in a row, since one would be lost in the noise.
 *
 * Return: the cost of each link, with all that the kernel does later
 */
double measure_ring_clear(long links)
{
	char name[32];
	long i;

	learn_serials(links);
	number_of_copies = links < CLEARED_LINKS ? CLEARED_LINKS / links : 1;
	for (i = 0; i < number_of_copies; i++) {
		snprintf(name, sizeof(name), "bench:copy:%ld", i);
		copies[i] = new_ring(name, KEY_SPEC_PROCESS_KEYRING);
	}
	return cost_of_disturbance(fill_copies, clear_copies) / number_of_copies / links;
}

static void fill_ring(void)
{
	fill(ring, CLEARED_KEYS);
}

static void clear_ring(void)
{
	must("clear", keyctl(KEYCTL_CLEAR, ring, 0, 0, 0));
}

/**
 * measure_ring_end - Clear a keyring, with all of whose keys it is the end
 * @arg: not used
 *
 * Return: the cost of each key, with all that the kernel does later
 */
double measure_ring_end(long arg)
{
	ring = new_ring("bench:end", new_session());
	return cost_of_disturbance(fill_ring, clear_ring) / CLEARED_KEYS;
}
