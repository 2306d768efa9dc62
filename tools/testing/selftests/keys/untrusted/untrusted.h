/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What an ordinary user can do to the machine: attacks, and what is measured
 * while they run.
 *
 * The attacker is a PID namespace of its own with an unused uid: its first
 * process prepares the attack, and its other processes, the workers, repeat one
 * step as fast as they can. The victim is a process of another uid that makes a
 * few calls each millisecond. The monitor, which is root, measures.
 */
#ifndef UNTRUSTED_H
#define UNTRUSTED_H

#include "../keys_watch.h"
#include "../keys_cred.h"

#include <stddef.h>
#include <sys/resource.h>

#define WORKERS_MAX	8
#define IDS_MAX		200
#define CPUS_MAX	64
#define SAMPLES_MAX	262144

/* An ordinary user's quota is 200 keys: leave some for sessions and the like. */
#define MANY_KEYS	180

enum stage {
	STAGE_WAIT,		/* the processes exist, and do nothing */
	STAGE_PREPARE,		/* the first process runs attack->prepare() */
	STAGE_ATTACK,		/* the workers run attack->step() */
	STAGE_BROKEN,		/* the attacker has failed, see @broken */
};

/**
 * struct shared - what the processes of one attack share
 * @stage: enum stage
 * @broken: what has failed
 * @steps: how often each worker's step has done what it is for
 * @ids: keys that prepare() made for the workers
 * @ring: keyrings that prepare() made for the workers
 * @top: a keyring that prepare() made
 * @below: a keyring that @top links
 * @victim_key: a key of the victim that everyone may view, search and link
 * @victim_ring: a keyring of the victim with the usual permissions
 * @victim_done: the monitor asks the victim to end
 * @victim_refused: calls of the victim that have failed
 * @victim_since: when the victim's current call began, in ns, or 0
 * @samples: number of @sample
 * @sample: how long the victim's calls took, in ns
 */
struct shared {
	int stage;
	char broken[128];
	unsigned long steps[WORKERS_MAX];
	long ids[IDS_MAX];
	long ring[WORKERS_MAX];
	long top, below;
	long victim_key, victim_ring;
	int victim_done;
	unsigned int victim_refused;
	uint64_t victim_since;
	unsigned int samples;
	uint32_t sample[SAMPLES_MAX];
};

/**
 * struct attack - one thing that an ordinary user does all the time
 * @name: as it is printed
 * @workers: number of processes that run @step
 * @prepare: run once, before the workers begin, in their session; or NULL
 * @step: one step of a worker, which is numbered from 0; @i counts the worker's
 *	steps. Returns true if the step has done what it is for.
 * @possible: NULL, or returns why this kernel cannot be attacked so, or NULL
 * @slow: the attack needs more time to show what it does
 */
struct attack {
	const char *name;
	int workers;
	void (*prepare)(void);
	bool (*step)(int worker, unsigned int i);
	const char *(*possible)(void);
	bool slow;
};

static struct shared *sh;

KEYS_FN uint64_t now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000000000ULL + ts.tv_nsec;
}

/* Ends the calling process. The monitor reports what has failed. */
KEYS_FN void broken(const char *what, long error)
{
	snprintf(sh->broken, sizeof(sh->broken), "%s: %s", what, strerror(-error));
	shared_set(&sh->stage, STAGE_BROKEN);
	_exit(1);
}

/* For what must succeed: returns @ret, which is a serial number or 0. */
KEYS_FN long need(const char *what, long ret)
{
	if (ret < 0)
		broken(what, ret);
	return ret;
}

KEYS_FN void await_stage(enum stage stage)
{
	while (shared_get(&sh->stage) < (int)stage)
		sleep_ms(1);
}

#endif /* UNTRUSTED_H */
