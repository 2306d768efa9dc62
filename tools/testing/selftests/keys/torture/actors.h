/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Actors: run two operations, one after the other or at the same time.
 *
 * The main thread is actor 0, one more thread is actor 1, and another one is
 * the observer if there is a processor for it. An operation with OP_CHILD runs
 * in a child of the main thread.
 */

/* A serial step that takes longer waits for the other actor. */
#define STEP_MS		5000
#define STEP_LATE_MS	1000	/* if the other actor constructs the key */

static int first_cpu, cpus;
static bool has_observer;

static void storm_act(struct actor *a);
static void storm_observe(void);

static void sem_take(sem_t *sem)
{
	while (sem_wait(sem) && errno == EINTR)
		;
}

static bool sem_take_in(sem_t *sem, int ms)
{
	struct timespec ts;

	clock_gettime(CLOCK_REALTIME, &ts);
	ts.tv_sec += (ts.tv_nsec / 1000000 + ms) / 1000;
	ts.tv_nsec = (ts.tv_nsec / 1000000 + ms) % 1000 * 1000000;
	while (sem_timedwait(sem, &ts))
		if (errno != EINTR)
			return false;
	return true;
}

/*
 * Waits until all have come. They then run at the same time. A virtual processor
 * that waits long sleeps, so that the host lets another one run.
 */
static void meet(void)
{
	struct timespec nap = { .tv_nsec = 20000 };
	int spins = 0;

	__atomic_add_fetch(&sh->arrived, 1, __ATOMIC_ACQ_REL);
	while (__atomic_load_n(&sh->arrived, __ATOMIC_ACQUIRE) < sh->total)
		if (++spins % 4000 == 0)
			nanosleep(&nap, NULL);
}

static void spin(int n)
{
	for (volatile int i = 0; i < n; i++)
		;
}

static int usable_look(uint32_t random)
{
	static const int calm[] = { LOOK_SEARCH, LOOK_LIST_A, LOOK_LIST_B, LOOK_DESCRIBE };
	int kinds = sh->arena.id[R_N] ? LOOKS_KINDS : LOOK_LEAF;

	/* The other looks wait until the key is constructed. */
	if (key_is_constructed_late())
		return calm[random % ARRAY_SIZE(calm)];
	return random % kinds;
}

/* An operation against the end of a key begins shortly before or after it. */
static void wait_for_the_other(const struct actor *a)
{
	const struct actor *other = &sh->actor[!a->who];
	struct timespec ts;
	long ns;

	spin(a->skew);
	if (!(other->op->flags & OP_SLOW) || a->op->flags & OP_SLOW)
		return;
	/* The kernel's clock counts the second at a tick of up to 4 ms. */
	ns = a->skew % 7000 * 1000L - 2000000;
	do
		clock_gettime(CLOCK_REALTIME, &ts);
	while ((ts.tv_sec - other->until) * 1000000000 + ts.tv_nsec < ns);
}

static void act(struct actor *a)
{
	uint32_t random = a->skew * 2654435761u;

	if (!sh->serial)
		meet();
	for (int i = 0; i < a->n_before; i++, random = random * 1664525 + 1013904223)
		look_at(a->arena, usable_look(random >> 8), &a->before[i]);
	if (!sh->serial)
		wait_for_the_other(a);
	a->ret = a->has_looked && a->op->rest ? a->op->rest(a, 0) : a->op->run(a, 0);
	__atomic_add_fetch(&sh->over, 1, __ATOMIC_ACQ_REL);
	for (int i = 0; i < a->n_after; i++, random = random * 1664525 + 1013904223)
		look_at(a->arena, usable_look(random >> 8), &a->after[i]);
}

/* ---- in a child ------------------------------------------------------------- */

static void child_act(struct actor *a)
{
	use_cpu(sh->cpu + a->who);
	a->failed = a->op->prepare && !a->op->prepare(a);
	a->n_before = a->n_after = 0;
	sem_post(&a->ready);
	if (sh->serial)
		sem_take(&a->enter);
	if (!a->failed)
		act(a);
	sem_post(&a->done);
	sem_take(&a->leave);
	if (a->op->after)
		a->second = a->op->after(a);
}

static void child_main(struct actor *a)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (a->op->flags & OP_HELPER)
		helper_request(a);
	child_act(a);
	_exit(0);
}

static bool child_begin(struct actor *a)
{
	pid_t pid = syscall(__NR_fork);

	if (pid == 0)
		child_main(a);
	/* The memory is the child's, too, so only this process writes here. */
	a->child = pid;
	if (pid < 0)
		return false;
	sem_take(&a->ready);
	if (a->second == 1 && !a->failed) {
		/* See prepare_namespace(). */
		a->second = 0;
		a->failed = !userns_map(a->child, 0, a->arena->uid);
		sem_post(&a->leave);
		sem_take(&a->ready);
	}
	return !a->failed;
}

static void child_reap(struct actor *a)
{
	int status;

	while (a->child > 0 && waitpid(a->child, &status, 0) < 0 && errno == EINTR)
		;
	a->child = 0;
}

/* ---- threads ------------------------------------------------------------------ */

static void *second_main(void *arg)
{
	struct actor *a = arg;

	use_cpu(first_cpu + 1);
	for (;;) {
		sem_take(&a->go);
		if (sh->quit)
			return NULL;
		if (sh->storm)
			storm_act(a);
		else
			act(a);
		sem_post(&a->done);
	}
}

static void observe(struct observer *o)
{
	uint32_t random = sh->actor[0].skew * 40503u + sh->actor[1].skew;

	meet();
	for (o->n = 0; o->n < LOOKS_MAX; random = random * 1664525 + 1013904223) {
		look_at(&sh->arena, usable_look(random >> 8), &o->seen[o->n++]);
		if (__atomic_load_n(&sh->over, __ATOMIC_ACQUIRE) >= 2)
			break;
	}
}

static void *observer_main(void *arg)
{
	struct observer *o = arg;

	use_cpu(first_cpu + 2);
	for (;;) {
		sem_take(&o->go);
		if (sh->quit)
			return NULL;
		if (sh->storm)
			storm_observe();
		else
			observe(o);
		sem_post(&o->done);
	}
}

/* ---- one round ------------------------------------------------------------------ */

static void actor_reset(struct actor *a)
{
	a->ret = a->second = a->made = 0;
	a->n_before = a->n_after = 0;
	a->failed = a->running = a->has_looked = false;
	sem_init(&a->ready, 1, 0);
	sem_init(&a->enter, 1, 0);
	sem_init(&a->done, 1, 0);
	sem_init(&a->leave, 1, 0);
}

static bool is_child(const struct actor *a)
{
	return a->op->flags & OP_CHILD;
}

static bool dies(const struct actor *a)
{
	return a->op->flags & OP_DIES;
}

static unsigned int pair_on(void)
{
	return sh->actor[0].op->on | sh->actor[1].op->on;
}

static bool round_begin(void)
{
	if (!arena_make_patiently(&sh->arena, pair_on(), !key_is_constructed_late()))
		return false;
	sh->over = sh->arrived = 0;
	sh->total = 2 + (has_observer && !sh->serial);
	for (int who = 0; who < 2; who++)
		actor_reset(&sh->actor[who]);
	for (int who = 0; who < 2; who++) {
		struct actor *a = &sh->actor[who];

		if (is_child(a) ? !child_begin(a) : a->op->prepare && !a->op->prepare(a))
			return false;
	}
	return true;
}

/* The second step of an actor in a child: the child looks at its own, and exits. */
static void actor_leave(struct actor *a)
{
	if (!is_child(a) || a->child <= 0)
		return;
	/* A child whose turn has not come yet would wait for it. */
	sem_post(&a->enter);
	sem_post(&a->leave);
	child_reap(a);
}

/* If the operation made a key, the key gets the name "new". */
static void actor_name_made(struct actor *a)
{
	struct actor *both = sh->actor;

	if (a->ret > ROLES && a->ret < 0x1000000000 &&
	    role_of(a->arena, both, a->ret) == R_OTHER)
		a->made = a->ret;
}

/* Lets both operations run at the same time. */
static void fire(void)
{
	struct actor *a = sh->actor;
	struct observer *o = &sh->observer;

	o->n = 0;
	if (has_observer)
		sem_post(&o->go);
	if (!is_child(&a[1]))
		sem_post(&a[1].go);
	if (!is_child(&a[0]))
		act(&a[0]);
	for (int who = 0; who < 2; who++) {
		if (dies(&a[who])) {
			child_reap(&a[who]);
			__atomic_add_fetch(&sh->over, 1, __ATOMIC_ACQ_REL);
		} else if (who || is_child(&a[who])) {
			sem_take(&a[who].done);
		}
		/* The other actor may wait until the helper has ended. */
		if (a[who].op->flags & OP_HELPER)
			actor_leave(&a[who]);
	}
	if (has_observer)
		sem_take(&o->done);
	for (int who = 0; who < 2; who++)
		actor_name_made(&a[who]);
}

/*
 * Runs an operation that may wait for the key, which the other actor constructs.
 * If the operation waits, round_end() lets the other actor go on.
 */
static bool run_in_thread(struct actor *a)
{
	sem_post(&a->go);
	a->running = !sem_take_in(&a->done, STEP_LATE_MS);
	return !a->running;
}

/* Has the operation that waits for the key ended by now? */
static bool ended_meanwhile(struct actor *a)
{
	if (!a->running || !sem_take_in(&a->done, 50))
		return false;
	a->running = false;
	actor_name_made(a);
	return true;
}

/* Waits for the operation that waited for the other actor. */
static void round_end(void)
{
	for (int who = 0; who < 2; who++)
		actor_leave(&sh->actor[who]);
	for (int who = 0; who < 2; who++)
		if (sh->actor[who].running)
			sem_take(&sh->actor[who].done);
}

/*
 * Runs one operation alone, in the main thread or in a child; false if it waits
 * for the other one.
 */
static bool run_alone(struct actor *a)
{
	if (is_child(a)) {
		sem_post(&a->enter);
		if (dies(a))
			child_reap(a);
		else if (!sem_take_in(&a->done, STEP_MS))
			return false;
	} else if (key_is_constructed_late()) {
		if (!run_in_thread(a))
			return false;
	} else {
		act(a);
	}
	actor_name_made(a);
	return true;
}
