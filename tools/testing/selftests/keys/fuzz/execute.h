/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Executes a batch of programs in one child: as root, as a user, or in a new
 * user namespace. The process is named after its batch and program, so that the
 * kernel's reports say which program it was.
 */
#ifndef FUZZ_EXECUTE_H
#define FUZZ_EXECUTE_H

#define BATCH	32

/* The programs of a batch, and how many of their calls are worth keeping. */
struct batch {
	unsigned int number;
	enum who who;
	uid_t uid;
	int count;
	struct program program[BATCH];
	/* Written by the child: 0, or one more than the last call with new edges. */
	int new[BATCH];
};

static struct batch *batch;
/* Keys of root that every program may use. */
static long global_keys[GLOBALS];

/* Of the child. The last trace is of the process of a program that is alone. */
static struct trace traces[MAX_THREADS + 1];
static long results[MAX_CALLS];
static const struct program *running;

static long resolve(enum kind kind, int index)
{
	const struct word *w = &words[kind].word[index];

	switch (w->source) {
	case RESULT:
		return __atomic_load_n(&results[w->value], __ATOMIC_RELAXED);
	case GLOBAL:
		return global_keys[w->value];
	case TEXT:
		return (long)w->text;
	default:
		return w->value;
	}
}

/* Each thread has a file of its own. */
static __thread int fail_fd;

static void set_fail_nth(int n)
{
	char text[16];

	if (!fail_fd)
		fail_fd = open("/proc/thread-self/fail-nth", O_WRONLY | O_CLOEXEC);
	snprintf(text, sizeof(text), "%d", n);
	pwrite(fail_fd, text, strlen(text), 0);
}

/* Calls that take longer are printed, unless this is 0. */
static unsigned long report_us;

static unsigned long now_us(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000000UL + ts.tv_nsec / 1000;
}

static unsigned long count_time(unsigned long *us, unsigned long start)
{
	unsigned long time = now_us() - start;

	__atomic_add_fetch(us, time, __ATOMIC_RELAXED);
	return time;
}

static void report_slow(int call, unsigned long us)
{
	printf("# call %d of this program took %lu us:\n", call, us);
	print_program(stdout, running);
	fflush(stdout);
}

static void make_call(int i, struct trace *t)
{
	const struct call *c = &running->call[i];
	const struct op *op = &ops[c->op];
	int fail = fail_next;
	unsigned long start = now_us(), us;
	long a[MAX_ARGS], ret;

	for (int j = 0; j < MAX_ARGS; j++)
		a[j] = op->kinds[j] ? resolve(op->kinds[j], c->arg[j]) : 0;
	fail_next = 0;
	if (fail)
		set_fail_nth(fail);
	ret = op_make(op, a);
	if (fail)
		set_fail_nth(0);
	us = count_time(&shared->op_us[c->op], start);
	if (report_us && us > report_us)
		report_slow(i, us);
	__atomic_add_fetch(&shared->op_calls[c->op], 1, __ATOMIC_RELAXED);
	__atomic_store_n(&results[i], ret > 0 && ret <= INT_MAX ? ret : 0, __ATOMIC_RELAXED);
	__atomic_add_fetch(&shared->calls, 1, __ATOMIC_RELAXED);
	if (trace_take(t) && batch->new[shared->program] <= i)
		batch->new[shared->program] = i + 1;
}

static void make_calls_of(int thread, struct trace *t)
{
	fail_next = 0;
	for (int i = 0; i < running->count; i++)
		if (running->call[i].thread == thread)
			make_call(i, t);
}

static void *other_thread(void *arg)
{
	int thread = (long)arg;

	trace_start(&traces[thread]);
	make_calls_of(thread, &traces[thread]);
	trace_stop(&traces[thread]);
	if (fail_fd)
		close(fail_fd);
	return NULL;
}

static int threads_of(const struct program *p)
{
	int most = 0;

	for (int i = 0; i < p->count; i++)
		if (p->call[i].thread > most)
			most = p->call[i].thread;
	return most + 1;
}

/* The other threads inherit the session keyring of the first one. */
static void make_calls(struct trace *t)
{
	pthread_t thread[MAX_THREADS];
	int threads = threads_of(running), started = 1;

	memset(results, 0, sizeof(results));
	while (started < threads &&
	       !pthread_create(&thread[started], NULL, other_thread, (void *)(long)started))
		started++;
	make_calls_of(0, t);
	while (--started > 0)
		pthread_join(thread[started], NULL);
}

static bool wants_a_process(const struct program *p)
{
	for (int i = 0; i < p->count; i++)
		if (ops[p->call[i].op].alone)
			return true;
	return false;
}

static void make_calls_in_child(void)
{
	pid_t pid = fork();

	if (pid == 0) {
		struct trace *t = &traces[MAX_THREADS];

		fail_fd = 0;
		trace_start(t);
		make_calls(t);
		trace_stop(t);
		_exit(0);
	}
	exit_code(pid);
}

/* Programs start with empty keyrings. */
static void forget_keys(void)
{
	kc_join(NULL);
	kc_clear(RING_U);
	kc_clear(RING_US);
	kc_clear(RING_T);
	kc_clear(RING_P);
	kc_set_reqkey_keyring(KEY_REQKEY_DEFL_DEFAULT);
	kc_assume_authority(0);
}

static void execute(int i)
{
	unsigned long start = now_us();
	char name[16];

	shared->program = i;
	running = &batch->program[i];
	snprintf(name, sizeof(name), "f%u.%d", batch->number, i);
	prctl(PR_SET_NAME, name);
	trace_stop(&traces[0]);
	forget_keys();
	count_time(&shared->forget_us, start);
	if (wants_a_process(running)) {
		make_calls_in_child();
	} else {
		trace_start(&traces[0]);
		make_calls(&traces[0]);
	}
	count_time(&shared->program_us, start);
}

/* Returns whether the child is who the batch wants. */
static bool become(enum who who, uid_t uid)
{
	char map[32];

	/* Root's own user keyring would live on: so root is only effective. */
	if (who == ROOT)
		return set_uids(uid, 0, 0) == 0;
	if (drop_to(uid, uid))
		return false;
	/* Its own files in /proc are root's otherwise. */
	prctl(PR_SET_DUMPABLE, 1);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (who == USER)
		return true;
	snprintf(map, sizeof(map), "0 %u 1\n", uid);
	return syscall(__NR_unshare, CLONE_NEWUSER) == 0 && write_file("/proc/self/uid_map", map);
}

static void batch_child(void)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	for (int i = 0; i <= MAX_THREADS; i++)
		trace_open(&traces[i]);
	for (int i = 0; i < 2; i++)
		watch_pipe(watch_pipes[i], 8);
	null_file = open("/dev/null", O_RDONLY | O_CLOEXEC);
	word_value(K_PIPE, "pipe", watch_pipes[0][0]);
	word_value(K_PIPE, "pipe2", watch_pipes[1][0]);
	word_value(K_PIPE, "file", null_file);
	word_value(K_ID, "own", batch->who == NAMESPACE ? 0 : batch->uid);
	if (!become(batch->who, batch->uid))
		_exit(2);
	for (int i = 0; i < batch->count; i++)
		execute(i);
	_exit(0);
}

#endif /* FUZZ_EXECUTE_H */
