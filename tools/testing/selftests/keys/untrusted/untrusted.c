// SPDX-License-Identifier: GPL-2.0-only
/*
 * usage: untrusted [--seconds N] [--list] [ATTACK...]
 *
 * Runs attacks of an ordinary user, one after the other, and measures what they
 * do to the machine and to another user; as root, in a guest. --seconds says
 * how long each attack runs (2), a slow one three times as long. Prints a line for each:
 *
 * attack NAME: memory peak N KiB, left N KiB, victim median N us, worst N us,
 *	gap N us, ipis N, lines N, steps N, refused N
 *
 * memory peak	how far MemAvailable has fallen at the most
 * left		how far MemAvailable is below its value before the attack, up to
 *		five seconds after the attacker was killed
 * victim	how long the calls of another user take
 * gap		the longest time that a processor has not rescheduled
 * ipis		interrupts that the processors have sent to one another
 * lines	lines of the kernel's log
 * steps	how often the attacker has done what the attack is for
 * refused	calls of the other user that have failed
 *
 * Before it, the lines of the log are printed behind "log:".
 * Instead of it, "skip NAME: REASON" or "broken NAME: REASON". The last line is
 * "N attacks".
 */
#include "measure.h"
#include "victim.h"
#include "attacks_process.h"

#define LEFT_MS		5000
#define LEFT_NONE	256	/* KiB: do not wait for less */

static const struct attack attacks[] = {
	{ "spin", 4, NULL, spin },
	{ "churn", 4, NULL, churn },
	{ "crowd", 100, NULL, churn },
	{ "payloads", 2, NULL, payloads },
	{ "update", 2, NULL, update },
	{ "big_keys", 2, NULL, big_keys, needs_big_keys },
	{ "hoard_big", 1, NULL, hoard_big, needs_big_keys },
	{ "revoke", 2, NULL, revoke_keys },
	{ "invalidate", 4, NULL, invalidate_keys },
	{ "expire", 2, prepare_rings, expire },
	{ "timeouts", 2, prepare_many, timeouts },
	{ "refused", 4, prepare_refused, refused },
	{ "look", 2, prepare_many, look },
	{ "proc", 2, prepare_many, proc },
	{ "setattr", 2, prepare_many, setattr },
	{ "give", 2, prepare_many, give },
	{ "invalid", 4, prepare_many, invalid },
	{ "dh", 2, prepare_dh, dh, needs_dh },
	{ "rings", 2, prepare_rings_and_keys, rings },
	{ "wide", 1, prepare_rings, wide },
	{ "links", 2, prepare_links, links },
	{ "hoard_links", 1, prepare_hoard, hoard_links },
	{ "move", 2, prepare_move, move },
	{ "search", 2, prepare_small_tree, search },
	{ "iterate", 2, prepare_large_tree, iterate },
	{ "nest", 8, prepare_small_tree, nest },
	{ "climb", 2, prepare_climb, climb },
	{ "watch", 2, prepare_watch, watch, needs_watches },
	{ "sessions", 2, NULL, sessions },
	{ "exits", 2, NULL, exits },
	{ "names", 4, NULL, names },
	{ "callout", 4, prepare_rings, callout },
	{ "userns", 2, NULL, userns },
	{ "persistent", 2, prepare_persistent, persistent, needs_persistent, true },
};

struct figures {
	long peak, left, ipis, lines;
	uint64_t median, worst, gap;
};

static int seconds = 2, own_pidns, kmsg;

/* ---- the attacker ------------------------------------------------------ */

static void work(const struct attack *a, int worker)
{
	await_stage(STAGE_ATTACK);
	for (unsigned int i = 0; ; i++)
		if (a->step(worker, i))
			sh->steps[worker]++;
}

/* The first process of the attacker's PID namespace. */
static void lead(const struct attack *a, uid_t uid)
{
	struct rlimit processes = { 256, 256 };

	setrlimit(RLIMIT_NPROC, &processes);
	need("the attacker's uid", drop_to(uid, uid));
	need("the attacker's session", kc_join(NULL));
	/* Else the files of /proc/self would belong to root */
	prctl(PR_SET_DUMPABLE, 1);
	for (int i = 0; i < a->workers; i++) {
		pid_t pid = fork();

		if (pid < 0)
			broken("fork", -errno);
		if (pid == 0)
			work(a, i);
	}
	await_stage(STAGE_PREPARE);
	if (a->prepare)
		a->prepare();
	shared_set(&sh->stage, STAGE_ATTACK);
	wait(NULL);
	broken("a worker has ended", -ECHILD);
}

/* When the process that this returns dies, all processes of the attacker do. */
static pid_t attacker_start(const struct attack *a)
{
	uid_t uid = fresh_uid();
	pid_t pid;

	if (unshare(CLONE_NEWPID))
		return -1;
	pid = fork();
	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		lead(a, uid);
	}
	setns(own_pidns, CLONE_NEWPID);
	return pid;
}

static void end_child(pid_t pid)
{
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

/* ---- the victim --------------------------------------------------------- */

static pid_t victim_start(void)
{
	uid_t uid = fresh_uid();
	pid_t pid = fork();

	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		victim_run(uid);
	}
	wait_until(__atomic_load_n(&sh->samples, __ATOMIC_ACQUIRE) > 100, LATER_MS);
	return pid;
}

static void victim_end(pid_t pid, struct figures *f)
{
	bool ended;

	shared_set(&sh->victim_done, 1);
	ended = wait_until(waitpid(pid, NULL, WNOHANG) == pid, 1000);
	victim_times(&f->median, &f->worst);
	if (!ended)
		end_child(pid);
}

/* ---- one attack --------------------------------------------------------- */

static void await_attack(const struct attack *a, struct figures *f)
{
	uint64_t end = now_ms() + LATER_MS;
	long before = free_kib(), low = before, now;
	bool prepared = false;

	shared_set(&sh->stage, STAGE_PREPARE);
	while (shared_get(&sh->stage) != STAGE_BROKEN && now_ms() < end) {
		if (!prepared && shared_get(&sh->stage) == STAGE_ATTACK) {
			prepared = true;
			end = now_ms() + seconds * 1000 * (a->slow ? 3 : 1);
		}
		now = free_kib();
		if (now < low)
			low = now;
		sleep_ms(5);
	}
	f->peak = before - low;
}

static void await_memory(struct figures *f, long before)
{
	f->left = LONG_MAX;
	for (uint64_t end = now_ms() + LEFT_MS; now_ms() < end; sleep_ms(250)) {
		calm_memory();
		f->left = before - free_kib();
		if (f->left < LEFT_NONE)
			break;
	}
	if (f->left < 0)
		f->left = 0;
}

static void measure(const struct attack *a, struct figures *f)
{
	pid_t victim = victim_start(), attacker;
	long before;

	calm_memory();
	before = free_kib();
	attacker = attacker_start(a);
	if (attacker < 0) {
		snprintf(sh->broken, sizeof(sh->broken), "no attacker: %s", strerror(errno));
		end_child(victim);
		return;
	}
	sleep_ms(100);
	sh->samples = 0;
	log_lines(kmsg, NULL);
	gap_us();
	f->ipis = -ipis();
	await_attack(a, f);
	f->ipis += ipis();
	end_child(attacker);
	await_memory(f, before);
	victim_end(victim, f);
	f->gap = gap_us();
	f->lines = log_lines(kmsg, "log:");
}

static void run(const struct attack *a)
{
	const char *reason = a->possible ? a->possible() : NULL;
	unsigned long steps = 0;
	struct figures f = {};

	if (reason) {
		printf("skip %s: %s\n", a->name, reason);
		return;
	}
	memset(sh, 0, offsetof(struct shared, sample));
	measure(a, &f);
	for (int i = 0; i < WORKERS_MAX; i++)
		steps += sh->steps[i];
	if (sh->broken[0] || !steps) {
		printf("broken %s: %s\n", a->name, sh->broken[0] ? sh->broken : "no step succeeds");
		return;
	}
	printf("attack %s: memory peak %ld KiB, left %ld KiB, ", a->name, f.peak, f.left);
	printf("victim median %lu us, worst %lu us, gap %lu us, ", (unsigned long)f.median,
	       (unsigned long)f.worst, (unsigned long)f.gap);
	printf("ipis %ld, lines %ld, steps %lu, refused %u\n", f.ipis, f.lines, steps,
	       sh->victim_refused);
	fflush(stdout);
}

static bool is_wanted(const char *name, char **wanted)
{
	if (!*wanted)
		return true;
	for (; *wanted; wanted++)
		if (!strcmp(name, *wanted))
			return true;
	return false;
}

static bool are_known(char **wanted)
{
	for (; *wanted; wanted++) {
		const struct attack *a = attacks;

		while (a < attacks + ARRAY_SIZE(attacks) && strcmp(a->name, *wanted))
			a++;
		if (a == attacks + ARRAY_SIZE(attacks)) {
			fprintf(stderr, "untrusted: no such attack: %s\n", *wanted);
			return false;
		}
	}
	return true;
}

/* Shared memory, files and threads that measure() needs. */
static bool open_all(void)
{
	sh = shared_alloc(sizeof(*sh));
	own_pidns = open("/proc/self/ns/pid", O_RDONLY | O_CLOEXEC);
	kmsg = log_open();
	if (sh && own_pidns >= 0 && kmsg >= 0 && geteuid() == 0 && gaps_start())
		return true;
	fprintf(stderr, "untrusted: must be run as root\n");
	return false;
}

int main(int argc, char **argv)
{
	bool list = false;
	int ran = 0;

	for (argv++; *argv && !strncmp(*argv, "--", 2); argv++)
		if (!strcmp(*argv, "--list"))
			list = true;
		else if (!strcmp(*argv, "--seconds") && argv[1])
			seconds = atoi(*++argv);
	if (!are_known(argv) || (!list && !open_all()))
		return 2;
	/* So that the monitor runs while processors are busy */
	setpriority(PRIO_PROCESS, 0, -15);
	for (const struct attack *a = attacks; a < attacks + ARRAY_SIZE(attacks); a++) {
		if (!is_wanted(a->name, argv))
			continue;
		ran++;
		if (list)
			puts(a->name);
		else
			run(a);
	}
	if (!list)
		printf("%d attacks\n", ran);
	return 0;
}
