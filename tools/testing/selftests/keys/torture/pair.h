/* SPDX-License-Identifier: GPL-2.0-only */
/* One pair: its rounds and storms, in a process of its own that is watched. */

#define STUCK_MS	30000
#define ROUNDS_MS	150	/* between two storms */

struct pair {
	const struct op *a, *b;
};

/**
 * struct settings - what the caller wants
 * @seed: of all random numbers
 * @ms: for each pair
 */
struct settings {
	uint64_t seed;
	int ms;
};

static bool pair_repeats(void)
{
	return sh->actor[0].op->flags & sh->actor[1].op->flags & OP_REPEATS;
}

/* One round; false if it has shown what no serial order shows. */
static bool duel(void)
{
	struct path end = {};
	bool ok;

	if (!round_begin()) {
		tell("# round %lu: cannot make its keys\n", sh->rounds);
		return false;
	}
	for (int who = 0; who < 2; who++) {
		struct actor *a = &sh->actor[who];

		a->skew = rng() & ((1u << rng() % 13) - 1);
		if (!is_child(a)) {
			/* A key expires at its time, whatever the actor does. */
			a->n_before = a->op->flags & OP_SLOW ? 0 : rng() % LOOKS;
			a->n_after = rng() % LOOKS;
		}
	}
	fire();
	actor_leave(&sh->actor[0]);
	actor_leave(&sh->actor[1]);
	sh->rounds++;
	if (sh->actor[0].ret == BROKEN || sh->actor[1].ret == BROKEN) {
		tell("# round %lu: an operation has broken its promise\n", sh->rounds);
		return false;
	}
	ok = wait_until(history_fits(&end), 2000);
	if (ok)
		return true;
	return false;
}

/* What no order has shown may be what none has shown yet: it is learnt anew. */
static bool duel_again_fits(void)
{
	struct actor actor[2];
	struct observer observer;
	struct arena arena = sh->arena;
	struct path end = {};
	bool ok = false;

	take_state(end.look[0]);
	take_charges(end.charge);
	memcpy(actor, sh->actor, sizeof(actor));
	observer = sh->observer;
	if (!learn(4))
		return false;
	memcpy(sh->actor, actor, sizeof(actor));
	sh->observer = observer;
	sh->arena = arena;
	for (int i = 0; i < path_count && !ok; i++)
		ok = path_fits(&paths[i], &end);
	if (!ok)
		tell_history(&end);
	return ok;
}

static bool duels_and_storms(uint64_t end)
{
	bool storms = pair_repeats();

	if (storms && !(storm_learn(STORM_STEPS) && storm_learn(STORM_STEPS))) {
		tell("# cannot make the keys of a storm\n");
		return false;
	}
	do {
		uint64_t start = now_ms();
		int ms = 20;

		for (int i = 0; i < 30 && (!i || now_ms() < start + ROUNDS_MS); i++)
			if (!duel() && (*sh->verdict || !duel_again_fits()))
				return false;
		/* On a busy host, rounds take long: the storm gets as much time. */
		if (now_ms() - start > 20)
			ms = now_ms() - start;
		if (storms && !storm(ms > 1000 ? 1000 : ms))
			return false;
	} while (now_ms() < end);
	return true;
}

static void threads_begin(pthread_t thread[2])
{
	sem_init(&sh->actor[1].go, 1, 0);
	sem_init(&sh->observer.go, 1, 0);
	sem_init(&sh->observer.done, 1, 0);
	pthread_create(&thread[0], NULL, second_main, &sh->actor[1]);
	if (has_observer)
		pthread_create(&thread[1], NULL, observer_main, &sh->observer);
	use_cpu(first_cpu);
}

static void threads_end(pthread_t thread[2])
{
	sh->quit = 1;
	sem_post(&sh->actor[1].go);
	sem_post(&sh->observer.go);
	pthread_join(thread[0], NULL);
	if (has_observer)
		pthread_join(thread[1], NULL);
}

static void pair_main(const struct pair *p, const struct settings *s, uid_t uid)
{
	pthread_t thread[2];

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	sh->actor[0] = (struct actor){ .arena = &sh->arena, .op = p->a, .who = 0 };
	sh->actor[1] = (struct actor){ .arena = &sh->arena, .op = p->b, .who = 1 };
	if (!arena_begin(&sh->arena, uid)) {
		tell("# cannot make an arena\n");
		_exit(1);
	}
	threads_begin(thread);
	if (!learn(2) || !path_count)
		tell("# no serial order can be run\n");
	else
		duels_and_storms(now_ms() + s->ms);
	sh->paths = path_count;
	threads_end(thread);
	if (sh->actor[0].fd[0])
		close(sh->actor[0].fd[0]);
	if (sh->actor[1].fd[0])
		close(sh->actor[1].fd[0]);
	if (!arena_clear(&sh->arena) || !arena_is_clean(&sh->arena)) {
		struct key_user u, v;

		proc_user(sh->arena.uid, &u);
		proc_user(sh->arena.other, &v);
		tell("# charges are left: %d keys, %d bytes; of the other user %d, %d\n",
		     u.qnkeys - sh->arena.base_keys, u.qnbytes - sh->arena.base_bytes,
		     v.qnkeys, v.qnbytes);
	}
	_exit(*sh->verdict != 0);
}

/* Where the tasks of a process sleep, for a report. */
static void tell_stacks(pid_t pid)
{
	char path[64], text[1024];
	ssize_t n;
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/stack", pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	n = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);
	close(fd);
	text[n > 0 ? n : 0] = 0;
	tell("# stuck after round %lu\n%s", sh->rounds, text);
}

/* Waits for the process of a pair; a pair without progress is stuck. */
static void pair_watch(pid_t pid)
{
	unsigned long seen = 0, now;
	uint64_t last = now_ms();
	int status = 0;

	while (waitpid(pid, &status, WNOHANG) == 0) {
		now = sh->rounds + sh->storms + sh->arena.made;
		if (now != seen)
			last = now_ms();
		seen = now;
		if (now_ms() - last > STUCK_MS) {
			tell_stacks(pid);
			kill(pid, SIGKILL);
			helper_kill();
			waitpid(pid, &status, 0);
			return;
		}
		sleep_ms(10);
	}
	if (WIFSIGNALED(status) && !*sh->verdict)
		tell("# its process was killed by signal %d\n", WTERMSIG(status));
}

static int job_number;

/* Runs a pair; true if all is well. What is not is in sh->verdict. */
static bool pair_run(const struct pair *p, const struct settings *s)
{
	uid_t uid = fresh_uid();
	pid_t pid;

	/* The other user is the next uid. */
	fresh_uid();
	memset(sh, 0, sizeof(*sh));
	sh->job = job_number;
	sh->cpu = first_cpu;
	fflush(NULL);
	pid = fork();
	if (pid == 0) {
		rng_seed(s->seed + (p->a - ops) * 1000 + (p->b - ops));
		pair_main(p, s, uid);
	}
	if (pid < 0)
		tell("# cannot fork\n");
	else
		pair_watch(pid);
	return !*sh->verdict;
}

/*
 * Does this kernel refund at once? Stock, which lacks this setting, refunds some
 * time after the end of a key: there, charges are compared only when a pair has
 * ended, and whether an unlinked key is still there is not looked at.
 */
static bool refunds_at_once(void)
{
	return access("/proc/sys/kernel/keys/uid_keyring_linger", F_OK) == 0;
}

static bool pairs_begin(int job)
{
	char name[32];

	job_number = job;
	exact = refunds_at_once();
	cpus = sysconf(_SC_NPROCESSORS_ONLN);
	has_observer = cpus >= 3;
	helper_file(name, job);
	unlink(name);
	sh = helper_map(job, O_CREAT | O_EXCL);
	return sh && cpus >= 2;
}
