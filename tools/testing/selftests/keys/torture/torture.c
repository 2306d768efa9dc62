// SPDX-License-Identifier: GPL-2.0-only
/*
 * usage: torture [--seconds N] [--seed N] [--pair A[,B]] [--calm] [--list] [-j N]
 *
 * Runs every pair of operations that share state against each other; as root,
 * in a guest with two processors or more. With three processors for a pair, an
 * observer looks on, too.
 *
 * --seconds N	about as long as all of this shall take (120)
 * --seed N	of all random numbers; the first line shows it
 * --pair A,B	only this pair; without B, only the pairs of A
 * --calm	no pairs with processes that begin or end, or that wait for a second;
 *		what a pair reports only once of three times does not count
 * --list	list the operations, what each works on, and what it promises
 * -j N		N pairs at a time, each on processors of its own
 *
 * Prints KTAP, and a last line "N passed, N failed, N skipped".
 */
#include "parts.h"

struct options {
	struct settings s;
	int seconds, jobs;
	const char *only;
	bool list, calm;
};

/* Shared by the jobs. */
struct counts {
	int number, passed, failed;
};

static struct pair pairs[OPS * (OPS + 1) / 2];
static int pair_count;

static bool is_named(const char *only, const struct pair *p)
{
	char ab[64], ba[64];

	if (!only || !strcmp(only, p->a->name) || !strcmp(only, p->b->name))
		return true;
	snprintf(ab, sizeof(ab), "%s,%s", p->a->name, p->b->name);
	snprintf(ba, sizeof(ba), "%s,%s", p->b->name, p->a->name);
	return !strcmp(only, ab) || !strcmp(only, ba);
}

/*
 * The key has one helper. A child would wait for the key before the operations
 * begin, because the child links the key into a keyring of its own.
 */
static bool can_meet(const struct pair *p)
{
	if (p->a->flags & p->b->flags & (OP_READS | OP_HELPER))
		return false;
	return !((p->a->flags | p->b->flags) & OP_HELPER) ||
	       !(p->a->flags & p->b->flags & OP_CHILD);
}

static bool shares_state(const struct pair *p)
{
	return p->a->on & p->b->on && can_meet(p);
}

/*
 * On a busy machine, the end of a process or of a second comes late. The pairs
 * that wait for one would be reported, though nothing is wrong.
 */
static bool is_calm(const struct pair *p)
{
	return !((p->a->flags | p->b->flags) & (OP_CHILD | OP_SLOW));
}

static void choose_pairs(const struct options *o)
{
	for (const struct op *a = ops; a < ops + OPS; a++)
		for (const struct op *b = a; b < ops + OPS; b++) {
			/* The helper is actor 0, see run_in_thread(). */
			struct pair p = { b->flags & OP_HELPER ? b : a,
					  b->flags & OP_HELPER ? a : b };

			if (o->calm && !is_calm(&p))
				continue;
			if (shares_state(&p) && is_named(o->only, &p))
				pairs[pair_count++] = p;
		}
}

static void list_ops(void)
{
	static const char *const bits[] = {
		"key", "a", "b", "n", "k2", "session", "process", "name", "uid",
	};

	for (const struct op *op = ops; op < ops + OPS; op++) {
		printf("%-16s", op->name);
		for (int i = 0; i < ARRAY_SIZE(bits); i++)
			if (op->on >> i & 1)
				printf(" %s", bits[i]);
		printf(": %s\n", op->promise);
	}
	printf("%d operations, %d pairs\n", OPS, pair_count);
}

/* Reads the options; false if one is not known. */
static bool read_options(struct options *o, int argc, char **argv)
{
	for (int i = 1; i < argc; i++) {
		const char *value = i + 1 < argc ? argv[i + 1] : NULL;

		if (!strcmp(argv[i], "--list")) {
			o->list = true;
			continue;
		}
		if (!strcmp(argv[i], "--calm")) {
			o->calm = true;
			continue;
		}
		if (!value)
			return false;
		if (!strcmp(argv[i], "--seconds"))
			o->seconds = atoi(value);
		else if (!strcmp(argv[i], "--seed"))
			o->s.seed = strtoull(value, NULL, 0);
		else if (!strcmp(argv[i], "--pair"))
			o->only = value;
		else if (!strcmp(argv[i], "-j"))
			o->jobs = atoi(value);
		else
			return false;
		i++;
	}
	return true;
}

/*
 * A busy machine may delay a task at any place for a long time. Does the pair
 * report something again? What was reported first is printed, too.
 */
static bool run_again(const struct pair *p, const struct options *o)
{
	printf("%s# play %s,%s again\n", sh->verdict, p->a->name, p->b->name);
	return pair_run(p, &o->s) && pair_run(p, &o->s);
}

static void run_one(const struct pair *p, const struct options *o, struct counts *c)
{
	uint64_t start = now_ms();
	bool ok;

	ok = pair_run(p, &o->s);
	if (!ok && o->calm)
		ok = run_again(p, o);
	__atomic_add_fetch(ok ? &c->passed : &c->failed, 1, __ATOMIC_RELAXED);
	printf("%s%sok %d %s,%s # %lu rounds, %lu storms, %lu looks, %d orders, %llu ms\n",
	       sh->verdict, ok ? "" : "not ", __atomic_add_fetch(&c->number, 1, __ATOMIC_RELAXED),
	       p->a->name, p->b->name, sh->rounds, sh->storms, sh->looks, sh->paths,
	       (unsigned long long)(now_ms() - start));
	if (!ok)
		printf("# repeat it: torture --seed %llu --pair %s,%s\n",
		       (unsigned long long)o->s.seed, p->a->name, p->b->name);
	fflush(stdout);
}

/* Runs each pair of this job's share on the job's processors. */
static void run_share(int job, const struct options *o, struct counts *c)
{
	if (!pairs_begin(job))
		return;
	if (!exact && job == 0)
		printf("# this kernel refunds late: charges count when a pair has ended\n");
	cpus /= o->jobs;
	first_cpu = job * cpus;
	has_observer = cpus >= 3;
	for (int i = job; i < pair_count; i += o->jobs)
		run_one(&pairs[i], o, c);
}

static void run_all(const struct options *o, struct counts *c)
{
	printf("KTAP version 1\n# seed %llu, %d ms for each pair\n1..%d\n",
	       (unsigned long long)o->s.seed, o->s.ms, pair_count);
	fflush(stdout);
	for (int job = 0; job < o->jobs; job++)
		if (fork() == 0) {
			prctl(PR_SET_PDEATHSIG, SIGKILL);
			run_share(job, o, c);
			_exit(0);
		}
	while (wait(NULL) > 0 || errno == EINTR)
		;
}

int main(int argc, char **argv)
{
	struct options o = { .seconds = 120, .jobs = 1 };
	struct counts *c = shared_alloc(sizeof(*c));

	/* The image that the operation exec starts. */
	if (argc > 1 && !strcmp(argv[1], "--nothing"))
		return 0;
	if (argc > 1 && !strcmp(argv[1], "create"))
		return helper_main(argc, argv);
	o.s.seed = time(NULL);
	if (!c || !read_options(&o, argc, argv) || o.jobs < 1) {
		fputs("usage: torture [--seconds N] [--seed N] [--pair A[,B]]\n"
		      "               [--calm] [--list] [-j N]\n", stderr);
		return 2;
	}
	choose_pairs(&o);
	if (o.list) {
		list_ops();
		return 0;
	}
	if (geteuid() || sysconf(_SC_NPROCESSORS_ONLN) < 2 * o.jobs || !pair_count) {
		printf("# needs root, two processors for each job, and a pair\n");
		printf("0 passed, 0 failed, 1 skipped\n");
		return 4;
	}
	if (!helper_install())
		return 1;
	o.s.ms = o.seconds * 1000 * o.jobs / pair_count;
	run_all(&o, c);
	helper_uninstall();
	printf("%d passed, %d failed, %d skipped\n", c->passed, c->failed,
	       pair_count - c->passed - c->failed);
	return c->failed || c->passed != pair_count;
}
