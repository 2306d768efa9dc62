// SPDX-License-Identifier: GPL-2.0-only
/*
 * Find keys by the number that user space passes (a serial number or
 * KEY_SPEC_*), search the keyrings of a task, and decide which keys the task
 * possesses.
 */
#include <linux/export.h>
#include <linux/keyctl.h>
#include <linux/nospec.h>

#include "../core/authkey.h"
#include "../core/key.h"
#include "../core/link.h"
#include "../core/perm.h"
#include "cred_rings.h"
#include "lookup.h"
#include "process_keys.h"
#include "uid_rings.h"

static void add_root(struct key_roots *roots, struct key *ring)
{
	if (ring)
		roots->ring[roots->nr++] = ring;
}

/*
 * Collect the roots of a subject (the keyrings where its searches begin), in
 * the order in which they are searched. No references are taken: @cred and RCU
 * keep the keyrings valid.
 */
static void roots_of(const struct cred *cred, struct key_roots *roots)
{
	/* add_root() is called three times, and does not check for room */
	static_assert(ARRAY_SIZE(roots->ring) >= 3);

	roots->nr = 0;
	add_root(roots, cred->thread_keyring);
	add_root(roots, process_keyring(cred));
	add_root(roots, cred->session_keyring ?: uid_session_ring_rcu(cred));
}

/*
 * If a subject has assumed the authority to construct a key, get the record
 * that refers to the credentials of the requester. Returns NULL if no authority
 * was assumed, or if the authorisation key has been used up or revoked. Also
 * returns NULL if an authorisation key is wanted: a subject must not use the
 * requester's authorisation keys. The caller need not ask for a requester of
 * the requester: authkey_new() records the first requester of such a chain.
 */
static struct request_key_auth *requester_of(const struct cred *cred,
					     const struct key_type *wanted)
{
	struct key *authkey = cred->request_key_auth;

	if (!authkey || wanted == &key_type_request_key_auth ||
	    key_validate(authkey))
		return NULL;
	return authkey_get_auth(authkey);
}

static int error_rank(key_ref_t error)
{
	switch (PTR_ERR(error)) {
	case -ENOKEY:
		return 2;
	case -EAGAIN:
		return 1;
	default:
		return 0;
	}
}

/*
 * Search the keyrings of a subject: the thread, the process and the session
 * keyring in this order. The user-session keyring is searched only if there is
 * no session keyring. If no keyring has the key, the error of the highest rank
 * is returned, and of several with this rank the last one.
 */
static key_ref_t search_cred_keyrings_rcu(struct key_search *search)
{
	key_ref_t found, error = NULL;
	struct key_roots roots;
	unsigned int i;

	roots_of(search->cred, &roots);
	for (i = 0; i < roots.nr; i++) {
		found = keyring_search_once_rcu(make_key_ref(roots.ring[i],
							     true), search);
		if (!IS_ERR(found))
			return found;
		if (!error || error_rank(found) >= error_rank(error))
			error = found;
	}
	return error ?: ERR_PTR(-EAGAIN);
}

/*
 * Choose the error to return after both searches have failed. @own is the error
 * of the subject's keyrings, @theirs the error of the requester's keyrings.
 * User space sees this choice, so the choice must stay as it is.
 */
static key_ref_t combine_errors(key_ref_t own, key_ref_t theirs)
{
	if (theirs == ERR_PTR(-ENOKEY) || own == ERR_PTR(-EACCES))
		return theirs;
	return own;
}

/*
 * Search the subject's keyrings. If they do not have the key, and @requester is
 * not NULL, search the keyrings of @requester.
 */
static key_ref_t search_once_rcu(struct key_search *search,
				 const struct cred *requester)
{
	const struct cred *subject = search->cred;
	key_ref_t found, error;

	found = search_cred_keyrings_rcu(search);
	if (!IS_ERR(found) || !requester)
		return found;
	error = found;
	search->cred = requester;
	found = search_cred_keyrings_rcu(search);
	search->cred = subject;
	return IS_ERR(found) ? combine_errors(error, found) : found;
}

/**
 * search_process_keyrings_rcu - search all keyrings that a subject may use
 * @search: the search; @search->cred is the subject
 *
 * The thread, the process and the session keyring are searched in this order.
 * The user-session keyring is searched only if there is no session keyring. If
 * the subject has assumed the authority to construct a key, the requester's
 * keyrings are searched next, with the requester's permissions. The cost of all
 * these searches together is bounded, see WALK_UNITS.
 *
 * Context: RCU read side; takes no lock.
 * Return: the key with a reference for the caller, and possessed; or an
 * ERR_PTR: -ENOKEY if a negative key with this error was found; otherwise
 * -EAGAIN if one of the keyrings has no such key, or if there is no keyring;
 * otherwise the error of the last keyring, see keyring_search_rcu(). If the
 * requester's keyrings were searched, too, the result is the error of the
 * subject's keyrings, unless the requester's is -ENOKEY or the subject's is
 * -EACCES: then the result is the error of the requester's keyrings.
 */
key_ref_t search_process_keyrings_rcu(struct key_search *search)
{
	struct request_key_auth *rka __free(request_key_auth_put) =
		requester_of(search->cred, search->index.type);
	struct keyring_moves moves = { };
	key_ref_t found;

	RCU_LOCKDEP_WARN(!rcu_read_lock_held(), "search needs RCU");
	search->spent = 0;
	do {
		keyring_moves_begin(&moves);
		found = search_once_rcu(search, rka ? rka->cred : NULL);
	} while (IS_ERR(found) && keyring_moves_retry(&moves));
	return found;
}

static bool reached_from(struct key *key, const struct cred *cred,
			 struct key_roots *roots)
{
	roots_of(cred, roots);
	return key_reached_rcu(key, roots, cred);
}

static bool reached_from_requester(struct key *key, const struct cred *cred,
				   struct key_roots *roots)
{
	struct request_key_auth *rka __free(request_key_auth_put) =
		requester_of(cred, key->type);

	return rka && reached_from(key, rka->cred, roots);
}

static bool possessed_rcu(struct key *key, const struct cred *cred, bool alone)
{
	struct keyring_moves moves = { };
	struct key_roots roots __uninitialized;
	bool possessed;

	RCU_LOCKDEP_WARN(!rcu_read_lock_held(), "possession needs RCU");
	roots.spent = 0;
	do {
		keyring_moves_begin(&moves);
		possessed = reached_from(key, cred, &roots) ||
			    (!alone && reached_from_requester(key, cred, &roots));
	} while (!possessed && keyring_moves_retry(&moves));
	return possessed;
}

/**
 * key_possessed_alone_rcu - does a subject possess a key by its own keyrings?
 * @key: key
 * @cred: the subject
 *
 * If the subject has assumed the authority to construct a key for a requester,
 * the requester's keyrings do not count.
 *
 * Context: RCU read side; takes no lock.
 * Return: true if so.
 */
bool key_possessed_alone_rcu(struct key *key, const struct cred *cred)
{
	return possessed_rcu(key, cred, true);
}

/**
 * key_possessed_rcu - does a subject possess a key?
 * @key: key
 * @cred: the subject
 *
 * A subject possesses a key if search_process_keyrings_rcu() would find this
 * key, if that search ignored the state of the key. See keyrings(7).
 *
 * Context: RCU read side; takes no lock.
 * Return: true if so.
 */
bool key_possessed_rcu(struct key *key, const struct cred *cred)
{
	return possessed_rcu(key, cred, false);
}

/**
 * get_instantiation_authkey - find the authorisation key for a key
 * @target_id: serial number of the key that is under construction
 *
 * A task that possesses the authorisation key may construct the other key.
 *
 * Context: takes no lock.
 * Return: the authorisation key in one of the caller's keyrings, with a
 * reference for the caller; or an ERR_PTR: -ENOKEY if there is none,
 * -EKEYREVOKED if the authorisation key has been used up or revoked, or
 * -EACCES if the caller lacks Search permission on the authorisation key or on
 * the keyrings.
 */
struct key *get_instantiation_authkey(key_serial_t target_id)
{
	struct key_search search;
	char description[AUTHKEY_DESC_SIZE];
	key_ref_t found;

	authkey_describe_target(description, target_id);
	key_search_begin_plain(&search, &key_type_request_key_auth, NULL,
			       description, KEY_SEARCH_RECURSE);
	scoped_guard(rcu)
		found = search_process_keyrings_rcu(&search);
	if (found == ERR_PTR(-EAGAIN))
		return ERR_PTR(-ENOKEY);
	return IS_ERR(found) ? ERR_CAST(found) : key_ref_to_ptr(found);
}

/*
 * The functions for the special ids (KEY_SPEC_*). Each returns a key with a
 * reference for the caller, or an ERR_PTR. If @create is true, a thread,
 * process or session keyring that is absent is made. Installing a keyring can
 * replace the task's credentials, so a function must read current_cred() again
 * afterwards.
 */

static struct key *thread_ring(bool create)
{
	int ret;

	if (!current_cred()->thread_keyring) {
		ret = create ? install_thread_keyring() : -ENOKEY;
		if (ret)
			return ERR_PTR(ret);
	}
	return key_get(current_cred()->thread_keyring);
}

static struct key *process_ring(bool create)
{
	struct key *ring = process_keyring_get(current_cred());
	int ret;

	if (ring)
		return ring;
	ret = create ? install_process_keyring() : -ENOKEY;
	if (ret)
		return ERR_PTR(ret);
	return process_keyring_get(current_cred()) ?: ERR_PTR(-ENOKEY);
}

/*
 * Not inline, so that session_ring() is short and saves few registers if there
 * is a session keyring, which is the usual case.
 */
static noinline int install_fallback_session(bool create)
{
	struct key *session __free(key_put) = uid_ring_get(current_cred(), true);
	long ret;

	if (IS_ERR(session))
		return PTR_ERR(session);
	ret = create ? join_session_keyring(NULL) :
		install_session_keyring(session);
	return min(ret, 0L);
}

/*
 * If there is no session keyring, one is installed: a new keyring if @create is
 * true, otherwise the user-session keyring. A user-session keyring that was
 * installed in this way is replaced by a new keyring if @create is true: the
 * user-session keyring is shared with other sessions of the user. All errors
 * become ENOKEY, as user space has always received this error here.
 */
static struct key *session_ring(bool create)
{
	struct key *session = current_cred()->session_keyring;

	if (!session) {
		if (install_fallback_session(create))
			return ERR_PTR(-ENOKEY);
	} else if (create && test_bit(KEY_FLAG_UID_KEYRING, &session->flags)) {
		if (join_session_keyring(NULL) < 0)
			return ERR_PTR(-ENOKEY);
	}
	return key_get(current_cred()->session_keyring);
}

static struct key *user_ring(bool create)
{
	struct key *ring = uid_ring_get(current_cred(), false);

	return IS_ERR(ring) ? ERR_PTR(-ENOKEY) : ring;
}

static struct key *user_session_ring(bool create)
{
	struct key *ring = uid_ring_get(current_cred(), true);

	return IS_ERR(ring) ? ERR_PTR(-ENOKEY) : ring;
}

static struct key *assumed_authkey(bool create)
{
	return key_get(current_cred()->request_key_auth) ?: ERR_PTR(-ENOKEY);
}

/*
 * Get the keyring into which the requester wants the new key linked. A helper
 * can use this keyring until the authorisation key is revoked, even if the
 * authorisation key has been used up because the new key is constructed.
 */
static struct key *requester_ring(bool create)
{
	struct request_key_auth *rka __free(request_key_auth_put) = NULL;
	struct key *authkey = current_cred()->request_key_auth;

	if (!authkey)
		return ERR_PTR(-ENOKEY);
	rka = authkey_get_auth(authkey);
	if (!rka)
		return ERR_PTR(-EKEYREVOKED);
	return key_get(rka->dest_keyring) ?: ERR_PTR(-ENOKEY);
}

static struct key *(*const special_keys[])(bool create) = {
	[-KEY_SPEC_THREAD_KEYRING]	 = thread_ring,
	[-KEY_SPEC_PROCESS_KEYRING]	 = process_ring,
	[-KEY_SPEC_SESSION_KEYRING]	 = session_ring,
	[-KEY_SPEC_USER_KEYRING]	 = user_ring,
	[-KEY_SPEC_USER_SESSION_KEYRING] = user_session_ring,
	/* KEY_SPEC_GROUP_KEYRING has never been implemented */
	[-KEY_SPEC_REQKEY_AUTH_KEY]	 = assumed_authkey,
	[-KEY_SPEC_REQUESTOR_KEYRING]	 = requester_ring,
};

static key_ref_t lookup_special(key_serial_t id, bool create)
{
	unsigned int nr = -(unsigned int)id;
	struct key *key;

	if (nr >= ARRAY_SIZE(special_keys) || !special_keys[nr])
		return ERR_PTR(-EINVAL);
	nr = array_index_nospec(nr, ARRAY_SIZE(special_keys));
	key = special_keys[nr](create);
	return IS_ERR(key) ? ERR_CAST(key) : make_key_ref(key, true);
}

static key_ref_t lookup_serial(key_serial_t id)
{
	struct key *key = key_lookup(id);

	if (IS_ERR(key))
		return ERR_CAST(key);
	guard(rcu)();
	return make_key_ref(key, key_possessed_rcu(key, current_cred()));
}

/*
 * Check whether the state of the key allows the use that @need_perm stands for.
 * Waits until the key is constructed, unless @flags or @need_perm say that this
 * is not needed. Returns 0 or an error, see lookup_user_key().
 */
static int check_state(struct key *key, unsigned long flags,
		       enum key_need_perm need_perm)
{
	int ret;

	/* A key can be unlinked in any state */
	if (need_perm == KEY_NEED_UNLINK)
		return 0;
	if (flags & KEY_LOOKUP_PARTIAL)
		return need_perm == KEY_DEFER_PERM_CHECK ? 0 : key_validate(key);
	ret = wait_for_key_construction(key, true);
	if (ret && (ret == -ERESTARTSYS ||
		    (need_perm != KEY_AUTHTOKEN_OVERRIDE &&
		     need_perm != KEY_DEFER_PERM_CHECK)))
		return ret;
	return key_read_state(key) == KEY_IS_UNINSTANTIATED ? -EIO : 0;
}

/**
 * lookup_user_key - find the key that user space means by a number
 * @id: serial number, or KEY_SPEC_*
 * @flags: KEY_LOOKUP_CREATE: make the thread, process or session keyring if it
 *	is absent; KEY_LOOKUP_PARTIAL: do not wait until the key is constructed
 * @need_perm: permission that the caller needs
 *
 * If @id is KEY_SPEC_SESSION_KEYRING, the session keyring is absent and
 * KEY_LOOKUP_CREATE is not given, the user-session keyring becomes the caller's
 * session keyring. The caller possesses a key that the caller names by a
 * special id, or that a search from the caller's keyrings can find. With
 * KEY_NEED_UNLINK, the key may be in any state. With KEY_AUTHTOKEN_OVERRIDE or
 * KEY_DEFER_PERM_CHECK, the key may be negative, revoked, expired or invalid,
 * too. For these three and for KEY_SYSADMIN_OVERRIDE, the permission mask is
 * not checked and only security modules decide. See keyctl_get_keyring_ID(3).
 *
 * Context: may sleep; may replace the caller's credentials, which must not be
 * overridden.
 * Return: the key with a reference for the caller, and whether the caller
 * possesses the key; or an ERR_PTR: -EINVAL for an unknown special id; -ENOKEY
 * if there is no such key, or if the key was invalidated; -EACCES without the
 * permission; -EKEYREVOKED, -EKEYEXPIRED; the error of a negative key;
 * -ERESTARTSYS if a signal ended the wait; -EIO for a key that is
 * uninstantiated and is not being constructed; or an error from making a
 * keyring.
 */
key_ref_t lookup_user_key(key_serial_t id, unsigned long flags,
			  enum key_need_perm need_perm)
{
	key_ref_t key_ref;
	int ret;

	key_ref = id > 0 ? lookup_serial(id) :
		lookup_special(id, flags & KEY_LOOKUP_CREATE);
	if (IS_ERR(key_ref))
		return key_ref;
	ret = check_state(key_ref_to_ptr(key_ref), flags, need_perm);
	if (!ret)
		ret = key_permission(key_ref, need_perm);
	if (ret) {
		key_ref_put(key_ref);
		return ERR_PTR(ret);
	}
	return key_ref;
}
EXPORT_SYMBOL(lookup_user_key);

#if IS_ENABLED(CONFIG_KEYS_KUNIT_TEST)
#include "../tests/lookup_kunit.c"
#endif
