// SPDX-License-Identifier: GPL-2.0-only
/*
 * Take back the pair (user keyring and user-session keyring) of a UID: use its
 * keyrings again if they still exist after the kernel has released the pair.
 *
 * Such a keyring exists as long as other keyrings link it. For example,
 * pam_keyinit(8) links _uid into a new session keyring before the first process
 * of the session runs, and fscrypt links _uid into root's user keyring. The
 * next process of the UID must find the same keyring. But this process may
 * belong to another person, who got the UID later. Any process that can still
 * reach the old keyring could then read the new person's keys. So a keyring is
 * taken back only if all its keepers (the keyrings that link the keyring,
 * directly or through other keyrings) belong to the UID or to root. If the
 * user-session keyring links the user keyring, and one of them has a keeper of
 * another user, neither of the two is taken back.
 *
 * A keyring that only credentials refer to, such as a session keyring, is not
 * taken back: there is no list of credentials, so these cannot be checked.
 */
#include <linux/kernel.h>
#include <linux/ktime.h>
#include <linux/rculist.h>
#include <linux/slab.h>

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
 * @now: current wall clock second, to recognise expired keyrings
 * @user_name: name of the user keyring
 * @session_name: name of the user-session keyring
 * @user_index: index (type, domain, description) to find the user keyring in
 *	the user-session keyring
 * @walk: walk from a keyring to its keepers; all walks of this search together
 *	look at no more than KEEPERS_MAX_LINKS links
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
 * uid_ring_name - write the name of a UID's keyring: "_uid.N" or "_uid_ses.N"
 * @name: buffer of UID_RING_NAME bytes
 * @session: true for the user-session keyring, false for the user keyring
 * @number: the UID as a number in the user namespace of the keyring
 *
 * Context: any.
 */
void uid_ring_name(char *name, bool session, uid_t number)
{
	snprintf(name, UID_RING_NAME, "_uid%s.%u", session ? "_ses" : "",
		 number);
}

/*
 * Is the key a user keyring or a user-session keyring of r->uid? The name is no
 * proof, because any user can make a keyring that is called _uid.N. But only
 * the kernel sets KEY_FLAG_UID_KEYRING.
 */
static bool of_the_pair(const struct retake *r, const struct key *key)
{
	return test_bit(KEY_FLAG_UID_KEYRING, &key->flags) &&
	       uid_eq(READ_ONCE(key->uid), r->uid);
}

static bool as_it_was_made(const struct retake *r, const struct key *key)
{
	return READ_ONCE(key->perm) == UID_RING_PERM &&
	       !READ_ONCE(key->restrict_link) &&
	       !key_state_error(key, r->now);
}

/*
 * @key is the keyring that is to be taken back, or one of its keepers. Does
 * @key belong to the UID, to root, or to the root of the user namespace? If
 * @key is itself a user or user-session keyring of the UID, @key must also be
 * unchanged, and other keyrings must link @key: @nr_direct is their number. If
 * no keyring links @key, only credentials can refer to @key. These may be the
 * credentials of a process of another UID, and cannot be checked.
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
 * Is @key a user or user-session keyring of the UID, and are @key and all its
 * keepers trusted? The walk visits @key first, and then the keepers. The answer
 * is no if the walk gave up at a limit (KEEPERS_MAX_RINGS, KEEPERS_MAX_LINKS),
 * since then not all keepers were checked.
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
 * the user-session keyring links, if any? The answer is also no if the linked
 * keyring has the name of the user keyring, but is another one: a link to a new
 * user keyring would displace (take the place of) that link.
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
 * Can a user keyring be taken back without the user-session keyring of the same
 * pair? No, if that keyring still links the user keyring: then
 * session_ring_fits() has refused both.
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
 * UID had several pairs one after another. Meanwhile, guard(keyring_nesting)
 * prevents that keyrings are linked into keyrings: a walk up from a keyring
 * could miss such a new link, and so a keeper that is not trusted.
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
 * @pair: set to the keyrings that are found, with references; both must be NULL
 *	before
 * @ns: user namespace
 * @account: account of the UID, which has no pair in @ns
 * @number: number of the UID in @ns
 *
 * A keyring of the UID is found under three conditions. First, the keyring's
 * permission mask is unchanged, and the keyring is not restricted, revoked,
 * expired or invalid. Second, another keyring links the keyring. Third, all
 * keyrings that do so, directly or through other keyrings, belong to the UID,
 * to root, or to the namespace's root. If these keyrings or their links are
 * more than the walk can check, see struct keepers, the keyring is not found.
 * If a user-session keyring links a user keyring, both are found or neither.
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
	/*
	 * Usually no keyring is left. So look first without find_pair(), which
	 * makes all tasks wait that link keyrings into keyrings.
	 */
	if (name_is_left(r, r->user_name) || name_is_left(r, r->session_name))
		find_pair(r, pair);
	return 0;
}

#if IS_ENABLED(CONFIG_KEYS_KUNIT_TEST)
#include "../tests/uid_retake_kunit.c"
#endif
