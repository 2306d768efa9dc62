// SPDX-License-Identifier: GPL-2.0-only
/*
 * What grows, or should not, with the number of other people's keys.
 */
#include "bench.h"

#define POPULATION_UID	4711
#define RING_SIZE	1000

static int to_people[2], from_people[2];

/* Others: another user with a session of its own. Does what it is told. */
static void be_others(void)
{
	long wanted, have = 0, session, ring = 0;
	char name[32];

	must("setresuid", setresuid(POPULATION_UID, POPULATION_UID, POPULATION_UID) ? -errno : 0);
	session = new_session();
	while (read(to_people[0], &wanted, sizeof(wanted)) == sizeof(wanted)) {
		for (; have < wanted; have++) {
			snprintf(name, sizeof(name), "others:%06ld", have);
			if (have % RING_SIZE == 0)
				ring = new_ring(name, session);
			new_key(name, ring);
		}
		if (write(from_people[1], &have, sizeof(have)) < 0)
			die("answer", -errno);
	}
	_exit(0);
}

/**
 * grow_population - Let others have many keys
 * @keys: how many in all
 */
void grow_population(long keys)
{
	long have;

	if (!to_people[1]) {
		if (pipe2(to_people, O_CLOEXEC) || pipe2(from_people, O_CLOEXEC))
			die("pipe", -errno);
		if (spawn() == 0)
			be_others();
		close(from_people[1]);
	}
	if (write(to_people[1], &keys, sizeof(keys)) < 0)
		die("ask", -errno);
	if (read(from_people[0], &have, sizeof(have)) != sizeof(have))
		die("others' keys", -EPIPE);
	quiet();
}

static long session, key;

static void unlink_key(void)
{
	must("unlink", keyctl(KEYCTL_UNLINK, key, session, 0, 0));
}

static void invalidate_key(void)
{
	must("invalidate", keyctl(KEYCTL_INVALIDATE, key, 0, 0, 0));
}

static void make_key(void)
{
	key = new_key("bench:mortal", session);
}

/**
 * measure_death - Take a key's last link away, and wait for its end
 * @arg: not used
 *
 * Return: the cost of the call and all that follows
 */
double measure_death(long arg)
{
	session = new_session();
	return cost_of_disturbance(make_key, unlink_key);
}

/**
 * measure_invalidation - Invalidate a key, and wait for its end
 * @arg: not used
 *
 * Return: the cost of the call and all that follows
 */
double measure_invalidation(long arg)
{
	session = new_session();
	return cost_of_disturbance(make_key, invalidate_key);
}

/**
 * measure_wakeup - What is taken off for each thread of the kernel that ran
 * @arg: not used
 *
 * Return: the cost
 */
double measure_wakeup(long arg)
{
	return cost_of_wakeup();
}

static long read_proc_keys(void)
{
	static char buffer[65536];
	int fd = open("/proc/keys", O_RDONLY | O_CLOEXEC);
	long length, total = 0;

	if (fd < 0)
		return -errno;
	while ((length = read(fd, buffer, sizeof(buffer))) > 0)
		total += length;
	close(fd);
	return length < 0 ? -errno : total;
}

/**
 * measure_proc_keys - Read /proc/keys
 * @keys: how many of our own are in it
 *
 * Return: the cost of each
 */
double measure_proc_keys(long keys)
{
	struct bench_case c = { .name = "/proc/keys", .op = read_proc_keys, .divide = keys };

	fill(new_ring("bench:listed", new_session()), keys);
	quiet();
	return cost_of_calls(&c);
}
