// SPDX-License-Identifier: GPL-2.0-only
/*
 * Keyrings in keyrings: no keyring links itself, directly or through others.
 */
#include <linux/mutex.h>

#include "descent.h"
#include "nesting.h"
#include "quota.h"

/*
 * Held from the check that a link to a keyring closes no cycle until the link
 * is made, so that no other link can close a cycle in between. Taken inside a
 * keyring's key.sem and inside nest_mutex of the keyring's account (struct
 * key_user). Because of nest_mutex, at most one task of each account waits for
 * this mutex. So a user cannot delay others by many tasks. The work that breaks
 * cycles of restrictions takes this mutex inside restrict_mutex.
 */
static DEFINE_MUTEX(keyring_nest_mutex);

/**
 * nesting_freeze - prevent that keyrings are linked into keyrings
 *
 * New keyrings, which link no keyring yet, can still be linked by callers that
 * do not call nesting_begin(). Keyrings can still be unlinked.
 * guard(keyring_nesting)() calls this function, and nesting_thaw() at the end
 * of the scope.
 *
 * Context: may sleep; takes keyring_nest_mutex. nesting_thaw() must follow
 * soon, because all tasks that link keyrings into keyrings wait.
 */
void nesting_freeze(void)
{
	mutex_lock(&keyring_nest_mutex);
}

/**
 * nesting_thaw - allow again that keyrings are linked into keyrings
 *
 * Context: may sleep; drops keyring_nest_mutex.
 */
void nesting_thaw(void)
{
	mutex_unlock(&keyring_nest_mutex);
}

/**
 * nesting_assert_frozen - assert that keyring_nest_mutex is held
 *
 * Context: any.
 */
void nesting_assert_frozen(void)
{
	lockdep_assert_held(&keyring_nest_mutex);
}

static int find_cycle(const struct keyring *ring, const struct keyring *child)
{
	const struct keyring *below;
	unsigned int spent = 0;
	struct descent walk;

	if (child == ring)
		return -EDEADLK;
	guard(rcu)();
	descent_begin(&walk, &spent, NEST_MAX_RINGS * WALK_RING_UNITS);
	/*
	 * Visit a keyring once for each path that leads to it. So a tree with
	 * too many paths reaches the limit, and the link is refused.
	 */
	walk.forgetful = true;
	descend_into(&walk, child);
	while ((below = descend_next(&walk))) {
		if (below == ring)
			return -EDEADLK;
		if (descend_into(&walk, below) ||
		    list_empty(&below->rings))
			continue;
		/*
		 * @below links keyrings, but is too deep to enter. Look only
		 * whether @below itself links @ring, which is a cycle.
		 */
		return link_exists(below, &ring->key) ? -EDEADLK : -ELOOP;
	}
	return descent_gave_up(&walk) ? -ELOOP : 0;
}

/**
 * nesting_begin - check that a link between two keyrings closes no cycle
 * @ring: keyring that is to link @child; its key.sem is held for writing
 * @child: keyring to be linked
 *
 * Context: may sleep; no other task can link keyrings into keyrings until
 * nesting_end(), which must follow whatever is returned.
 * Return: 0, -EDEADLK if @child is or links @ring, directly or through other
 * keyrings, or -ELOOP if the keyrings below @child are nested too deep or have
 * too many paths to check.
 */
int nesting_begin(struct keyring *ring, const struct keyring *child)
{
	lockdep_assert_held_write(&ring->key.sem);
	/* ->user does not change while key.sem is held, see key_chown() */
	mutex_lock(&ring->key.user->nest_mutex);
	mutex_lock(&keyring_nest_mutex);
	return find_cycle(ring, child);
}

/**
 * nesting_end - release the locks that nesting_begin() took
 * @ring: keyring that was passed to nesting_begin()
 *
 * Context: may sleep; the keyring's key.sem is held for writing.
 */
void nesting_end(struct keyring *ring)
{
	lockdep_assert_held_write(&ring->key.sem);
	mutex_unlock(&keyring_nest_mutex);
	mutex_unlock(&ring->key.user->nest_mutex);
}
