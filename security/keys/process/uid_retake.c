// SPDX-License-Identifier: GPL-2.0-only
/*
 * Take back keyrings of a UID that still exist after its pair was released.
 *
 * Such a keyring exists as long as other keyrings link it. For example,
 * pam_keyinit(8) links _uid into a new session keyring before the first process
 * of the session runs, and fscrypt links _uid into root's user keyring. The
 * next process of the UID must find the same keyring. But this process may
 * belong to another person, who got the UID later. Any process that can still
 * reach the old keyring could then read the new person's keys. So a keyring is
 * taken back only if all keyrings that keep it belong to the UID or to root. If
 * another user's keyring keeps one keyring of the pair, neither is taken back.
 *
 * A keyring that only credentials refer to, such as a session keyring, is not
 * taken back: there is no list of credentials, so these cannot be checked.
 */
#include <linux/kernel.h>
#include <linux/rculist.h>
#include <linux/slab.h>
#include <linux/timekeeping.h>

#include "../core/index.h"
#include "../core/keepers.h"
#include "../core/key.h"
#include "../core/nesting.h"
#include "../core/quota.h"
#include "../core/ringname.h"
#include "uid_retake.h"

/**
 * struct retake - a search for keyrings that can be taken back
 * @ns: user namespace
 * @uid: the UID
 * @root: UID of root in @ns
 * @now: wall clock second
 * @user_name: name of the user keyring
 * @session_name: name of the user-session keyring
 * @user_index: index to find the user keyring in the user-session keyring
 * @walk: walk from a keyring to the keyrings that link it; the budget of the
 *	walk is shared by the whole search
 */
struct retake {
	struct user_namespace	*ns;
	kuid_t			uid;
	kuid_t			root;
	time64_t		now;
	char			user_name[UID_RING_NAME];
	char			session_name[UID_RING_NAME];
	struct key_index	user_index;
	struct keepers		walk;
};

/**
 * uid_ring_name - write the name of a UID's keyring
 * @name: buffer of UID_RING_NAME bytes
 * @session: true for the user-session keyring, false for the user keyring
 * @number: number of the UID in its namespace
 *
 * Context: any.
 */
void uid_ring_name(char *name, bool session, uid_t number)
{
	snprintf(name, UID_RING_NAME, "_uid%s.%u", session ? "_ses" : "",
		 number);
}

/* Any user can make a keyring with this name, but not one with this flag. */
static bool of_the_pair(const struct retake *r, const struct key *key)
{
	return test_bit(KEY_FLAG_UID_KEYRING, &key->flags) &&
	       uid_eq(READ_ONCE(key->uid), r->uid);
}

static bool as_it_was_made(const struct retake *r, const struct key *key)
{
	return READ_ONCE(key->perm) == UID_RING_PERM &&
	       !READ_ONCE(to_keyring(key)->restriction) &&
	       !key_state_error(key, r->now);
}

/*
 * May this keyring keep a keyring that is taken back? A keyring of a pair must
 * itself be linked by a keyring. If no keyring links it, the keyring is either
 * the session keyring of a process of another UID, or about to be freed.
 */
static bool keeper_is_trusted(const struct retake *r, const struct key *key,
			      unsigned int nr_direct)
{
	kuid_t owner = READ_ONCE(key->uid);

	if (of_the_pair(r, key))
		return nr_direct && as_it_was_made(r, key);
	return uid_eq(owner, r->uid) || uid_eq(owner, GLOBAL_ROOT_UID) ||
	       uid_eq(owner, r->root);
}

/*
 * Are all keyrings that keep this keyring trusted? The answer is no if the walk
 * gave up, since then not all keyrings were checked.
 */
static bool can_be_taken(struct retake *r, const struct key *key)
{
	const struct key *keeper;
	unsigned int nr_direct;

	if (!of_the_pair(r, key))
		return false;
	keepers_begin(&r->walk, key);
	while ((keeper = keepers_next_rcu(&r->walk, &nr_direct)))
		if (!keeper_is_trusted(r, keeper, nr_direct))
			return false;
	return !r->walk.gave_up;
}

static struct key *linked_user_ring_rcu(const struct retake *r,
					const struct key *session)
{
	struct key_link *link;

	link = link_find_rcu(to_keyring(session), &r->user_index);
	return link ? link->key : NULL;
}

/*
 * Can a user-session keyring be taken back, together with the user keyring that
 * it links, if any? The answer is no if it links another keyring with the name
 * of the user keyring: a link to a new user keyring would displace that link.
 */
static bool session_ring_fits(struct keyring *ring, void *arg)
{
	struct retake *r = arg;
	struct key *user;

	if (!can_be_taken(r, &ring->key))
		return false;
	user = linked_user_ring_rcu(r, &ring->key);
	return !user || can_be_taken(r, user);
}

static bool in_a_pair_rcu(const struct retake *r, const struct key *user)
{
	struct key_link *link;

	hlist_for_each_entry_rcu(link, &user->parents, key_node)
		if (of_the_pair(r, &link->ring->key) &&
		    refcount_read(&link->ring->key.usage))
			return true;
	return false;
}

/*
 * Can a user keyring be taken back on its own? Only if no user-session keyring
 * of the UID links it.
 */
static bool user_ring_fits(struct keyring *ring, void *arg)
{
	return can_be_taken(arg, &ring->key) && !in_a_pair_rcu(arg, &ring->key);
}

static bool ring_is_left(struct keyring *ring, void *arg)
{
	return of_the_pair(arg, &ring->key) && !key_is_invalid(&ring->key);
}

static bool name_is_left(struct retake *r, const char *name)
{
	struct key *ring __free(key_put) =
		ringname_find_if(name, r->ns, ring_is_left, r);

	return ring;
}

static struct key *get_linked_user_ring(const struct retake *r,
					const struct key *session)
{
	struct key *user;

	guard(rcu)();
	user = linked_user_ring_rcu(r, session);
	return user && of_the_pair(r, user) ? key_tryget(user) : NULL;
}

/*
 * Find the oldest keyrings that can be taken back. Several may exist, if the
 * UID had several pairs one after another.
 */
static void find_pair(struct retake *r, struct uid_pair *pair)
{
	guard(keyring_nesting)();
	pair->session = ringname_find_if(r->session_name, r->ns,
					 session_ring_fits, r);
	if (pair->session)
		pair->user = get_linked_user_ring(r, pair->session);
	if (!pair->user)
		pair->user = ringname_find_if(r->user_name, r->ns,
					      user_ring_fits, r);
}

/**
 * uid_pair_retake - find keyrings of an earlier pair of a UID
 * @pair: set to the keyrings that are found; both must be NULL before
 * @ns: user namespace
 * @account: account of the UID, which has no pair in @ns
 * @number: number of the UID in @ns
 *
 * A keyring of the UID is found under three conditions. Its permissions are
 * unchanged, and it is not restricted, revoked, expired or invalid. Another
 * keyring links it. All keyrings that keep it, directly or through other
 * keyrings, belong to the UID, to root, or to the namespace's root. If both
 * keyrings are found, they are not of different pairs.
 *
 * Context: may sleep; @account->create_mutex is held, so that no other task
 * makes or finds keyrings of the UID at the same time.
 * Return: 0, even if no keyring is found, or -ENOMEM.
 */
int uid_pair_retake(struct uid_pair *pair, struct user_namespace *ns,
		    const struct key_user *account, uid_t number)
{
	struct retake *r __free(kfree) = kzalloc(sizeof(*r), GFP_KERNEL);

	lockdep_assert_held(&account->create_mutex);
	if (!r)
		return -ENOMEM;
	r->ns = ns;
	r->uid = account->uid;
	r->root = make_kuid(ns, 0);
	r->now = ktime_get_real_seconds();
	uid_ring_name(r->user_name, false, number);
	uid_ring_name(r->session_name, true, number);
	key_index_init(&r->user_index, &key_type_keyring, NULL, r->user_name);
	/* Usually no keyring is left, and find_pair() blocks other tasks */
	if (name_is_left(r, r->user_name) || name_is_left(r, r->session_name))
		find_pair(r, pair);
	return 0;
}

#if IS_ENABLED(CONFIG_KEYS_KUNIT_TEST)
#include "../tests/uid_retake_kunit.c"
#endif
