// SPDX-License-Identifier: GPL-2.0-only
/*
 * Keyrings of a UID that have outlived the UID's record, and are taken back.
 *
 * Other keyrings link them: pam_keyinit(8) links _uid to a new session before
 * the session's first process runs, fscrypt links it to root's user keyring.
 * The UID's next process must find the same keyring. But the next process may
 * be another person's, and whoever can reach the old keyring would read what
 * that person puts there. So only what nobody but the UID and root keeps is
 * taken back, and the pair is one thing: if somebody else keeps one half, the
 * other is not taken back either.
 *
 * What only credentials refer to, such as a session keyring, has no list of
 * those who do, and cannot be judged.
 */
#include <linux/kernel.h>
#include <linux/rculist.h>
#include <linux/slab.h>
#include <linux/timekeeping.h>

#include "../core/index.h"
#include "../core/keepers.h"
#include "../core/key.h"
#include "../core/keyring.h"
#include "../core/ringname.h"
#include "uid_retake.h"

/**
 * struct retake - the search for what can be taken back
 * @ns: user namespace
 * @uid: the UID
 * @root: root of @ns
 * @now: wall clock second
 * @user_name: name of the user keyring
 * @session_name: name of the user-session keyring
 * @user_index: what finds the user keyring in the other one
 * @walk: the walk up from a keyring; its budget is for the whole search
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
 * uid_ring_name - what a UID's keyring is called
 * @name: buffer of UID_RING_NAME bytes
 * @session: the user-session keyring, not the user keyring
 * @number: number of the UID in its namespace
 *
 * Context: any.
 */
void uid_ring_name(char *name, bool session, uid_t number)
{
	snprintf(name, UID_RING_NAME, "_uid%s.%u", session ? "_ses" : "",
		 number);
}

/* Anybody can make a keyring of the name, but not with the flag. */
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
 * A keyring of a pair that nothing links, but that is there, is the session
 * keyring of a process of another UID, or about to go.
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

/* When in doubt, no. */
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
 * The user-session keyring with the user keyring that it links, if any. One
 * that links something else of that name would lose it to a new user keyring.
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

/* A user keyring whose other half has gone, or has let go of it. */
static bool user_ring_fits(struct keyring *ring, void *arg)
{
	return can_be_taken(arg, &ring->key) && !in_a_pair_rcu(arg, &ring->key);
}

static bool ring_is_left(struct keyring *ring, void *arg)
{
	return of_the_pair(arg, &ring->key);
}

static bool name_is_left(struct retake *r, const char *name)
{
	struct key *ring = ringname_find_if(name, r->ns, ring_is_left, r);

	key_put(ring);
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

/* The oldest one that can be taken, from whatever life of the UID it is. */
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
 * uid_pair_retake - find what a UID has left behind and can have again
 * @pair: set to the keyrings that are found; both are NULL before
 * @ns: user namespace
 * @uid: the UID, which has no pair in @ns
 * @number: number of the UID in @ns
 *
 * A keyring of the UID is found if it is as it was made, another keyring links
 * it, and all that keep it at whatever distance belong to the UID, to root, or
 * to the namespace's root. If both are found, they are not of different pairs.
 *
 * Context: may sleep; the UID's create_mutex held, so that others do not make or
 * find its keyrings at the same time.
 * Return: 0, whatever is found, or -ENOMEM.
 */
int uid_pair_retake(struct uid_pair *pair, struct user_namespace *ns,
		    kuid_t uid, uid_t number)
{
	struct retake *r = kzalloc(sizeof(*r), GFP_KERNEL);

	if (!r)
		return -ENOMEM;
	r->ns = ns;
	r->uid = uid;
	r->root = make_kuid(ns, 0);
	r->now = ktime_get_real_seconds();
	uid_ring_name(r->user_name, false, number);
	uid_ring_name(r->session_name, true, number);
	key_index_init(&r->user_index, &key_type_keyring, NULL, r->user_name);
	/* As a rule there is nothing, and no reason to keep others waiting */
	if (name_is_left(r, r->user_name) || name_is_left(r, r->session_name))
		find_pair(r, pair);
	kfree(r);
	return 0;
}

#if IS_ENABLED(CONFIG_KEYS_KUNIT_TEST)
#include "../tests/uid_retake_kunit.c"
#endif
