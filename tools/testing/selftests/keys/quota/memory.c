// SPDX-License-Identifier: GPL-2.0-only
/*
 * Test of what memory cgroups are charged. The quota of keys limits what stays;
 * the memory that a call uses only until it returns is limited by the cgroup alone.
 */
#include "../keys_fault.h"

#include <sys/mount.h>

#define CGROUPS		"/tmp/keys-cgroups"
#define CGROUP		CGROUPS "/keys"
#define COPY_SIZE	((1 << 20) - 1)		/* the longest payload of all */

/* A processor charges so many pages at a time, and keeps what is left. */
#define CHARGE_BATCH	64

/* An add_key(2) that copies a payload whose last page is missing. */
struct slow_add {
	struct fault fault;	/* its page is the last page of the payload */
	char *payload;
	long ret;
	pthread_t thread;
};

static void *add_slowly(void *arg)
{
	struct slow_add *a = arg;

	a->ret = sys_add_key("big_key", "k", a->payload, COPY_SIZE, RING_S);
	return NULL;
}

static bool payload_make(struct slow_add *a)
{
	const size_t before = COPY_SIZE / page_size() * page_size();

	a->payload = mmap(NULL, before + page_size(), PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	return a->payload != MAP_FAILED &&
	       fault_make_at(&a->fault, a->payload + before);
}

/*
 * A memory cgroup that this process is in from now on. Only this process sees where
 * the cgroups are mounted.
 */
static bool cgroup_enter(void)
{
	mkdir(CGROUPS, 0700);
	return !unshare(CLONE_NEWNS) &&
	       !mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) &&
	       !mount("none", CGROUPS, "cgroup2", 0, NULL) &&
	       write_file(CGROUPS "/cgroup.subtree_control", "+memory") &&
	       (!mkdir(CGROUP, 0700) || errno == EEXIST) &&
	       write_file(CGROUP "/cgroup.procs", "0");
}

static void cgroup_leave(void)
{
	write_file(CGROUPS "/cgroup.procs", "0");
	/* Threads that have ended leave the cgroup a moment later. */
	wait_until(!rmdir(CGROUP) || errno == ENOENT, LATER_MS);
	umount(CGROUPS);
	rmdir(CGROUPS);
}

static long cgroup_bytes(void)
{
	FILE *f = fopen(CGROUP "/memory.current", "re");
	long bytes = -1;

	if (!f)
		return -1;
	if (fscanf(f, "%ld", &bytes) != 1)
		bytes = -1;
	fclose(f);
	return bytes;
}

/* So many calls that what the processors keep is less than half of their copies. */
static int calls_for_all_processors(void)
{
	long kept = sysconf(_SC_NPROCESSORS_ONLN) * CHARGE_BATCH * page_size();

	return 4 * kept / COPY_SIZE + 4;
}

/*
 * A user starts many calls that wait for a page of their payloads. The copies are
 * charged to the user's memory cgroup, so that they do not use up the memory of the
 * machine. When a call waits for its last page, its copy has been allocated.
 */
TEST(copies_are_charged_to_the_memory_cgroup)
{
	int n = calls_for_all_processors();
	struct slow_add *add = calloc(n, sizeof(*add));
	long before;

	REQUIRE_ROOT();
	REQUIRE_FAULT();
	ASSERT_LT(0, kc_join(NULL));
	if (sys_add_key("big_key", "some", "v", 1, RING_S) < 0)
		SKIP(return, "no type big_key in this kernel");
	for (int i = 0; i < n; i++)
		ASSERT_TRUE(payload_make(&add[i]));
	if (!cgroup_enter()) {
		cgroup_leave();
		SKIP(return, "no memory cgroups in this kernel");
	}
	before = cgroup_bytes();
	for (int i = 0; i < n; i++)
		EXPECT_EQ(0, pthread_create(&add[i].thread, NULL, add_slowly, &add[i]));
	for (int i = 0; i < n; i++)
		EXPECT_TRUE(fault_seen(&add[i].fault));
	EXPECT_LT(n * (COPY_SIZE / 2), cgroup_bytes() - before);
	for (int i = 0; i < n; i++) {
		fault_fill(&add[i].fault);
		pthread_join(add[i].thread, NULL);
		EXPECT_LT(0, add[i].ret);
	}
	cgroup_leave();
}
