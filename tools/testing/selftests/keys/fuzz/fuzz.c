// SPDX-License-Identifier: GPL-2.0-only
/*
 * A fuzzer of add_key(2), request_key(2) and keyctl(2), guided by coverage.
 *
 * Programs are sequences of calls by up to three threads. They are drawn from a
 * grammar (grammar.h, ops.h), or are changed copies of programs of the corpus,
 * and executed in batches, each in a child that is root, a user, or a user in
 * a new namespace. A program that has reached new edges of the kernel's code
 * becomes a part of the corpus.
 *
 * A finding is what the kernel reports (the caller looks at its console), a
 * child that does not end, and an account that stays charged. Run it in a
 * virtual machine only: it takes the place of /sbin/request-key, and root's
 * keyrings are cleared.
 *
 * Options: --corpus FILE, --out DIRECTORY, --replay FILE, --who WHO, --seconds N,
 * --programs N, --seed N, --steady, --times.
 */
#include "../keys_common.h"
#include "../keys_cred.h"
#include "../keys_watch.h"
#include "../keyctl/pkey_key.h"

#include <sys/mount.h>

#include "grammar.h"
#include "ops.h"
#include "program.h"
#include "trace.h"
#include "helper.h"
#include "execute.h"
#include "world.h"

#define CORPUS_MAX	20000
/* How many batches use the same global keys. */
#define GLOBALS_LIVE	8
/* How many batches there are between two comparisons of the accounts. */
#define EPOCH		64
#define FIRST_UID	20000
#define STUCK_MS	120000
/* With --times, calls that take longer are printed. */
#define SLOW_US		500000

static struct {
	const char *corpus, *out, *replay, *who;
	unsigned long seconds, programs, seed;
	/* Only programs of the given corpus are changed: a seed repeats a run. */
	bool steady;
	/* Say which calls take long. */
	bool times;
} option = { .seconds = 60, .programs = ULONG_MAX, .who = "root,user,user,namespace" };

static struct program *corpus;
static int corpus_count, corpus_given;
static unsigned long programs_done, calls_done;
static struct batch *epoch;
static int epoch_count;
static uint64_t start_ms;

/* ---- the journal: what to look at when the kernel has died ------------------ */

static FILE *open_out(const char *name, const char *mode)
{
	char path[PATH_MAX];

	if (!option.out)
		return NULL;
	snprintf(path, sizeof(path), "%s/%s", option.out, name);
	return fopen(path, mode);
}

static void print_batch(FILE *f, const struct batch *b)
{
	for (int i = 0; i < b->count; i++) {
		fprintf(f, "# f%u.%d\n", b->number, i);
		print_program(f, &b->program[i]);
	}
}

static void write_journal(void)
{
	FILE *f = open_out("journal", epoch_count ? "ae" : "we");

	if (!f)
		return;
	print_batch(f, batch);
	fclose(f);
}

static void write_corpus(void)
{
	FILE *f = open_out("corpus", "we");

	if (!f)
		return;
	for (int i = 0; i < corpus_count; i++)
		print_program(f, &corpus[i]);
	fclose(f);
}

/* ---- one batch ----------------------------------------------------------------- */

/* The kernel says in its log where the tasks are that wait. */
static void report_stuck(pid_t pid)
{
	printf("fuzz: batch %u is stuck in this program:\n", batch->number);
	print_program(stdout, &batch->program[shared->program]);
	write_file("/proc/sysrq-trigger", "w");
	kill(pid, SIGKILL);
}

/* Returns whether the child has ended as it should. */
static bool run_batch(void)
{
	uint64_t end = now_ms() + STUCK_MS;
	int status = 0;
	pid_t pid;

	memset(batch->new, 0, sizeof(batch->new));
	shared->calls = 0;
	fflush(NULL);
	pid = fork();
	if (pid == 0)
		batch_child();
	while (waitpid(pid, &status, WNOHANG) == 0) {
		if (now_ms() > end) {
			report_stuck(pid);
			return false;
		}
		sleep_ms(1);
	}
	calls_done += shared->calls;
	programs_done += batch->count;
	if (status) {
		printf("fuzz: the child of batch %u ended with status %#x in this program:\n",
		       batch->number, status);
		print_program(stdout, &batch->program[shared->program]);
	}
	return status == 0;
}

static void keep(const struct program *p, int calls)
{
	struct program *kept;

	if (corpus_count == CORPUS_MAX)
		return;
	kept = &corpus[corpus_count++];
	*kept = *p;
	/* What follows the last new edge is of no use, if nothing else runs. */
	if (threads_of(p) == 1)
		kept->count = calls;
}

static void learn(void)
{
	for (int i = 0; i < batch->count; i++)
		if (batch->new[i])
			keep(&batch->program[i], batch->new[i]);
}

/* ---- whose account stays charged? ------------------------------------------------ */

static bool refunded_after(const struct batch *b)
{
	bool ok;

	*batch = *b;
	globals_make();
	run_batch();
	ok = all_refunded();
	charges_at_start = charges_now();
	return ok;
}

/* Runs the batches of the epoch one by one, and the programs of the guilty one. */
static void report_leak(void)
{
	struct batch one;

	printf("fuzz: charged after batches %u to %u: %ld keys, %ld bytes; at first %ld, %ld\n",
	       epoch[0].number, epoch[epoch_count - 1].number, charges_now().keys,
	       charges_now().bytes, charges_at_start.keys, charges_at_start.bytes);
	show_lines("/proc/key-users");
	show_lines("/proc/keys");
	charges_at_start = charges_now();
	for (int i = 0; i < epoch_count; i++) {
		if (refunded_after(&epoch[i]))
			continue;
		printf("fuzz: batch %u leaks\n", epoch[i].number);
		one = epoch[i];
		one.count = 1;
		for (int j = 0; j < epoch[i].count; j++) {
			one.program[0] = epoch[i].program[j];
			if (refunded_after(&one))
				continue;
			printf("fuzz: this program leaks:\n");
			print_program(stdout, &one.program[0]);
			return;
		}
	}
	printf("fuzz: no single program leaks\n");
}

/* ---- the loop --------------------------------------------------------------------- */

static void say_progress(void)
{
	static uint64_t next;
	uint64_t now = now_ms();

	if (now < next)
		return;
	next = now + 10000;
	printf("fuzz: %lu s, %lu programs, %lu calls, %u edges, %d corpus entries\n",
	       (unsigned long)(now - start_ms) / 1000, programs_done, calls_done,
	       shared->edge_count, corpus_count);
	fflush(stdout);
}

/* Runs the batch; every EPOCH batches, or at the @last, compares the accounts. */
static bool run_and_check(bool last)
{
	bool ok;

	if (epoch_count && epoch_count % GLOBALS_LIVE == 0)
		globals_end();
	if (epoch_count % GLOBALS_LIVE == 0)
		globals_make();
	write_journal();
	epoch[epoch_count++] = *batch;
	ok = run_batch();
	if (!option.steady)
		learn();
	say_progress();
	if (!ok || (epoch_count < EPOCH && !last))
		return ok;
	ok = all_refunded();
	if (!ok)
		report_leak();
	epoch_count = 0;
	write_corpus();
	return ok;
}

static void start_batch(enum who who)
{
	batch->number++;
	batch->who = who;
	batch->uid = FIRST_UID + batch->number % 64;
	batch->count = 0;
}

/* The given programs first, in their order: each batch has one kind of user. */
static bool replay(const struct program *list, int count)
{
	for (int i = 0; i < count; i++) {
		if (!batch->count)
			start_batch(list[i].who);
		batch->program[batch->count++] = list[i];
		if (batch->count < BATCH && i + 1 < count && list[i + 1].who == batch->who)
			continue;
		if (!run_and_check(i + 1 == count))
			return false;
		batch->count = 0;
	}
	return true;
}

static enum who who_of_batch(void)
{
	static const char *at;
	enum who who;

	if (!at || !*at)
		at = option.who;
	for (who = 0; who < WHOS; who++)
		if (!strncmp(at, who_names[who], strlen(who_names[who])))
			break;
	if (who == WHOS) {
		printf("fuzz: nobody is called %s\n", at);
		exit(2);
	}
	at = strchr(at, ',');
	at = at ? at + 1 : NULL;
	return who;
}

/* Half of the programs that are changed are of the newest quarter. */
static const struct program *pick(int count)
{
	int quarter = count / 4;

	if (quarter && one_in(2) && !option.steady)
		return &corpus[count - 1 - draw(quarter)];
	return &corpus[draw(count)];
}

static void fill_batch(void)
{
	int count = option.steady ? corpus_given : corpus_count;

	start_batch(who_of_batch());
	while (batch->count < BATCH) {
		struct program *p = &batch->program[batch->count++];

		if (!count || one_in(10)) {
			draw_program(p, batch->who);
			continue;
		}
		*p = *pick(count);
		p->who = batch->who;
		mutate(p, pick(count));
	}
}

static bool time_is_up(void)
{
	return now_ms() - start_ms >= option.seconds * 1000 || programs_done >= option.programs;
}

static bool fuzz(void)
{
	static struct program given[CORPUS_MAX];
	const char *path = option.replay ? option.replay : option.corpus;
	int count = path ? read_programs(path, given, CORPUS_MAX) : 0;
	bool ok = count >= 0;

	if (option.steady && count > 0) {
		memcpy(corpus, given, count * sizeof(*given));
		corpus_given = corpus_count = count;
	}
	ok = ok && replay(given, count);
	if (ok && count)
		printf("fuzz: %d programs given, %d of them reach new edges, %u edges\n",
		       count, corpus_count, shared->edge_count);
	if (option.replay)
		return ok;
	while (ok) {
		fill_batch();
		ok = run_and_check(time_is_up());
		if (ok && !epoch_count && time_is_up())
			break;
	}
	return ok;
}

static void say_times(void)
{
	for (unsigned int i = 0; i < ARRAY_SIZE(ops); i++)
		printf("# %-22s %8lu calls %8lu us each\n", ops[i].name, shared->op_calls[i],
		       shared->op_us[i] / (shared->op_calls[i] ?: 1));
	printf("# programs %lu ms, of which emptying keyrings %lu ms; all %lu ms\n",
	       shared->program_us / 1000, shared->forget_us / 1000,
	       (unsigned long)(now_ms() - start_ms));
}

static bool read_options(int argc, char **argv)
{
	for (int i = 1; i < argc; i++) {
		const char *value = i + 1 < argc ? argv[i + 1] : "";
		bool flag = !strcmp(argv[i], "--steady") || !strcmp(argv[i], "--times");

		if (!strcmp(argv[i], "--corpus"))
			option.corpus = value;
		else if (!strcmp(argv[i], "--out"))
			option.out = value;
		else if (!strcmp(argv[i], "--replay"))
			option.replay = value;
		else if (!strcmp(argv[i], "--who"))
			option.who = value;
		else if (!strcmp(argv[i], "--seconds"))
			option.seconds = strtoul(value, NULL, 10);
		else if (!strcmp(argv[i], "--programs"))
			option.programs = strtoul(value, NULL, 10);
		else if (!strcmp(argv[i], "--seed"))
			option.seed = strtoul(value, NULL, 10);
		else if (!strcmp(argv[i], "--steady"))
			option.steady = true;
		else if (!strcmp(argv[i], "--times"))
			option.times = true;
		else
			return false;
		i += !flag;
	}
	return true;
}

int main(int argc, char **argv)
{
	bool ok;

	if (argc > 1 && !strcmp(argv[1], "create"))
		return helper_main(argc, argv);
	if (!read_options(argc, argv)) {
		printf("fuzz: no such option; see the beginning of fuzz.c\n");
		return 2;
	}
	report_us = option.times ? SLOW_US : 0;
	if (!option.seed)
		option.seed = now_ms() ^ getpid();
	printf("fuzz: seed %lu%s\n", option.seed, option.steady ? ", steady" : "");
	/* Not 0, and other states for seeds that are near. */
	random_state = option.seed * 0x9e3779b97f4a7c15ULL + 1;
	words_init();
	batch = shared_alloc(sizeof(*batch));
	epoch = calloc(EPOCH, sizeof(*epoch));
	corpus = calloc(CORPUS_MAX, sizeof(*corpus));
	if (!world_make()) {
		printf("fuzz: needs root, a virtual machine, and a first run\n");
		return 2;
	}
	start_ms = now_ms();
	ok = fuzz();
	write_corpus();
	if (option.times)
		say_times();
	printf("fuzz: %lu programs, %lu calls, %u edges, %d corpus entries, seed %lu: %s\n",
	       programs_done, calls_done, shared->edge_count, corpus_count, option.seed,
	       ok ? "ok" : "failed");
	unlink(SHARED_FILE);
	unlink(HELPER_COPY);
	umount2(HELPER, MNT_DETACH);
	return ok ? 0 : 1;
}
