// SPDX-License-Identifier: GPL-2.0-only
/*
 * Finding a key for a task, or having it made; see request_key(2).
 *
 * A key that is found nowhere is made by its type's ->request_key() or by user
 * space. It is linked to its destination before it has a payload, so that
 * everybody else who asks finds it there and waits. It is settled one way or
 * the other: a failure is remembered for a while as a negative key.
 */
#include <linux/export.h>
#include <linux/keyctl.h>
#include <linux/sched.h>
#include <linux/sched/mm.h>
#include <linux/thread_info.h>
#include <linux/timekeeping.h>

#include "../core/authkey.h"
#include "../core/instantiate.h"
#include "../core/index.h"
#include "../core/key.h"
#include "../core/perm.h"
#include "../core/quota.h"
#include "cred_rings.h"
#include "lookup.h"
#include "process_keys.h"
#include "request_key.h"
#include "uid_rings.h"
#include "upcall.h"

/*
 * The cache: the key that the kernel was given last in a task's name, until the
 * task returns to user space; see resume_user_mode_work(). Kernel threads never
 * do, and what was found with borrowed credentials is not for the task's own.
 * request_key(2) neither fills nor asks the cache: the call makes one request,
 * and a filled cache would send every such call back by the slow path.
 */

static bool may_cache(void)
{
	return IS_ENABLED(CONFIG_KEYS_REQUEST_CACHE) &&
	       !(current->flags & PF_KTHREAD) &&
	       current_cred() == current_real_cred();
}

static struct key *cache_find(struct key_type *type, struct key_tag *tag,
			      const char *description)
{
	struct key *key = current->cached_requested_key;
	struct key_index index;

	if (!may_cache() || !key)
		return NULL;
	key_index_init(&index, type, tag, description);
	if (!key_index_equal(&key->index, &index) || !key_is_positive(key) ||
	    key_validate(key))
		return NULL;
	return key_get(key);
}

static void cache_keep(struct key *key)
{
	if (!may_cache() || key == current->cached_requested_key)
		return;
	key_put(current->cached_requested_key);
	current->cached_requested_key = key_get(key);
	set_tsk_thread_flag(current, TIF_NOTIFY_RESUME);
}

/*
 * The default destinations, in the order in which they are tried. Each function
 * returns a reference for the caller, or NULL if there is no such keyring.
 */

static struct key *requester_dest(const struct cred *cred)
{
	struct request_key_auth *rka __free(request_key_auth_put) = NULL;
	struct key *authkey = cred->request_key_auth;

	if (!authkey || key_validate(authkey))
		return NULL;
	rka = authkey_get_auth(authkey);
	return rka ? key_get(rka->dest_keyring) : NULL;
}

static struct key *thread_dest(const struct cred *cred)
{
	return key_get(cred->thread_keyring);
}

static struct key *process_dest(const struct cred *cred)
{
	return process_keyring_get(cred);
}

static struct key *session_dest(const struct cred *cred)
{
	return key_get(cred->session_keyring);
}

static struct key *user_session_dest(const struct cred *cred)
{
	struct key *user, *session;
	int ret = uid_rings_get(cred, &user, &session);

	if (ret)
		return ERR_PTR(ret);
	key_put(user);
	return session;
}

static struct key *user_dest(const struct cred *cred)
{
	struct key *user, *session;
	int ret = uid_rings_get(cred, &user, &session);

	if (ret)
		return ERR_PTR(ret);
	key_put(session);
	return user;
}

enum default_dest {
	REQUESTER_DEST,
	THREAD_DEST,
	PROCESS_DEST,
	SESSION_DEST,
	USER_SESSION_DEST,
	USER_DEST,
	NR_DEFAULT_DESTS,
};

static struct key *(*const default_dests[])(const struct cred *cred) = {
	[REQUESTER_DEST]	= requester_dest,
	[THREAD_DEST]		= thread_dest,
	[PROCESS_DEST]		= process_dest,
	[SESSION_DEST]		= session_dest,
	[USER_SESSION_DEST]	= user_session_dest,
	[USER_DEST]		= user_dest,
};

/* Where to begin, by what KEYCTL_SET_REQKEY_KEYRING chose. */
static enum default_dest first_dest(const struct cred *cred)
{
	switch (cred->jit_keyring) {
	case KEY_REQKEY_DEFL_THREAD_KEYRING:
		return THREAD_DEST;
	case KEY_REQKEY_DEFL_PROCESS_KEYRING:
		return PROCESS_DEST;
	case KEY_REQKEY_DEFL_SESSION_KEYRING:
		return SESSION_DEST;
	case KEY_REQKEY_DEFL_USER_SESSION_KEYRING:
		return USER_SESSION_DEST;
	case KEY_REQKEY_DEFL_USER_KEYRING:
		return USER_DEST;
	default:
		return REQUESTER_DEST;
	}
}

/*
 * The caller must be allowed to write to the keyring, except that a requester
 * has been asked already whether it may write to its own.
 */
static struct key *default_destination(void)
{
	const struct cred *cred = current_cred();
	enum default_dest i = first_dest(cred);
	struct key *dest = default_dests[i](cred);
	int ret;

	while (!dest && ++i < NR_DEFAULT_DESTS)
		dest = default_dests[i](cred);
	if (IS_ERR(dest) || i == REQUESTER_DEST)
		return dest;
	ret = key_permission(make_key_ref(dest, true), KEY_NEED_WRITE);
	if (ret) {
		key_put(dest);
		return ERR_PTR(ret);
	}
	return dest;
}

/* ERR_PTR(-EAGAIN): there is none, nor the memory of a failure. */
static struct key *find_key(struct key_search *search)
{
	key_ref_t found;

	search->now = ktime_get_real_seconds();
	scoped_guard(rcu)
		found = search_process_keyrings_rcu(search);
	return IS_ERR(found) ? ERR_CAST(found) : key_ref_to_ptr(found);
}

/*
 * A key that was there is linked only where the caller says, and if it may be.
 * What a search of the caller's keyrings finds is possessed.
 */
static struct key *link_found(const struct key_request *request,
			      struct key *key)
{
	int ret;

	if (!request->dest_keyring)
		return key;
	ret = key_permission(make_key_ref(key, true), KEY_NEED_LINK);
	if (!ret)
		ret = key_link(request->dest_keyring, key);
	if (ret) {
		key_put(key);
		return ERR_PTR(ret);
	}
	return key;
}

static struct key *alloc_target(const struct key_request *request)
{
	const struct cred *cred = current_cred();
	struct key *key;

	key = key_make(&(struct key_spec) {
		.type	= request->type,
		.tag	= request->domain_tag,
		.desc	= request->description,
		.uid	= cred->fsuid,
		.gid	= cred->fsgid,
		.cred	= cred,
		.perm	= key_default_perm(request->type),
		.flags	= request->flags,
	});
	if (!IS_ERR(key))
		set_bit(KEY_FLAG_USER_CONSTRUCT, &key->flags);
	return key;
}

/*
 * Link a key that has no payload yet, unless somebody has put another one into
 * the keyring this moment. What a restriction would say of the payload cannot
 * be known, so a restricted keyring takes none.
 */
static struct key *link_target(struct key *target, struct key_search *search,
			       struct key *dest)
{
	struct keyring_edit edit;
	struct key *key;
	int ret;

	ret = keyring_edit_begin(&edit, dest, target);
	if (ret)
		return ERR_PTR(ret);
	key = edit.ring->restriction ? ERR_PTR(-EPERM) : find_key(search);
	if (key == ERR_PTR(-EAGAIN)) {
		keyring_edit_commit(&edit);
		key = key_get(target);
	}
	keyring_edit_end(&edit);
	return key;
}

/* A key to be constructed, or one that is there after all. */
static struct key *__make_target(const struct key_request *request,
				 struct key_search *search, struct key *dest,
				 bool *made)
{
	struct key *key = find_key(search), *target;

	if (key != ERR_PTR(-EAGAIN))
		return key;
	target = alloc_target(request);
	if (IS_ERR(target))
		return target;
	key = link_target(target, search, dest);
	*made = key == target;
	/* Its number was known: somebody may be waiting for it */
	if (!*made)
		key_negate_and_link(target, 0, NULL, NULL);
	key_put(target);
	return key;
}

/*
 * However many processes of a user ask at once, one key is made. Reclaim must
 * not come back here for a key of a file system.
 */
static struct key *make_target(const struct key_request *request,
			       struct key_search *search, struct key *dest,
			       bool *made)
{
	struct key_user *user = key_user_get(current_fsuid());
	unsigned int nofs;
	struct key *key;

	if (!user)
		return ERR_PTR(-ENOMEM);
	mutex_lock(&user->create_mutex);
	nofs = memalloc_nofs_save();
	key = __make_target(request, search, dest, made);
	memalloc_nofs_restore(nofs);
	mutex_unlock(&user->create_mutex);
	key_user_put(user);
	return key;
}

/* Whoever has failed to construct the key shall not do so later. */
static int call_actor(const struct key_request *request, struct key *key,
		      struct key *dest)
{
	request_key_actor_t actor = request->type->request_key ?: key_upcall;
	struct key *authkey;
	int ret;

	authkey = authkey_new(key, "create", request->callout_info,
			      request->callout_len, dest);
	if (IS_ERR(authkey))
		return PTR_ERR(authkey);
	ret = actor(authkey, request->aux);
	if (ret < 0)
		key_revoke(authkey);
	key_put(authkey);
	return ret;
}

static struct key *construct_in(const struct key_request *request,
				struct key_search *search, struct key *dest)
{
	bool made = false;
	struct key *key;
	int ret;

	key = make_target(request, search, dest, &made);
	if (IS_ERR(key))
		return key;
	if (!made)
		return link_found(request, key);
	ret = call_actor(request, key, dest);
	if (ret < 0) {
		/* Refused if there is an answer already */
		key_negate_and_link(key, KEY_NEGATIVE_TIMEOUT, NULL, NULL);
		key_put(key);
		return ERR_PTR(ret);
	}
	return key;
}

static struct key *construct_key(const struct key_request *request,
				 struct key_search *search)
{
	struct key *dest, *key;

	/* A keyring is nothing that a helper could know */
	if (request->type == &key_type_keyring)
		return ERR_PTR(-EPERM);
	dest = key_get(request->dest_keyring) ?: default_destination();
	if (IS_ERR(dest))
		return dest;
	key = construct_in(request, search, dest);
	key_put(dest);
	return key;
}

static struct key *find_or_construct(const struct key_request *request,
				     struct key_search *search)
{
	struct key *key = find_key(search);

	if (key == ERR_PTR(-EAGAIN))
		return request->callout_info ? construct_key(request, search) :
			ERR_PTR(-ENOKEY);
	return IS_ERR(key) ? key : link_found(request, key);
}

/**
 * request_key_and_link - find a key, or have it made
 * @request: what is asked for; the type stays registered meanwhile
 *
 * A key that is found is linked into the destination if there is one, provided
 * that the caller has Link permission on it and that the destination's
 * restriction allows it; no permission on the destination is checked. A key
 * that must be made goes to the destination or, without one, to the default
 * that KEYCTL_SET_REQKEY_KEYRING chose, which the caller must be permitted to
 * write to. A restricted keyring takes no key that is to be made.
 *
 * Context: may sleep, for long if the key must be made.
 * Return: the key with a reference for the caller; it may be under construction
 * still, so wait_for_key_construction() must follow. Or an ERR_PTR: -ENOKEY if
 * there is none and it is not to be made, or nobody could make it; the error of
 * a negative key; -EKEYREVOKED, -EACCES; -EPERM for a keyring that would have
 * to be made, and for a restricted destination; -EDQUOT, -ENOMEM; or what
 * key_link(), key_alloc() or the type's ->request_key() said.
 */
struct key *request_key_and_link(const struct key_request *request)
{
	struct key_search search;
	struct key *key;
	int ret;

	ret = key_search_begin(&search, request->type, request->domain_tag,
			       request->description,
			       KEY_SEARCH_RECURSE | KEY_SEARCH_SKIP_EXPIRED);
	if (ret)
		return ERR_PTR(ret);
	key = find_or_construct(request, &search);
	key_search_end(&search);
	return key;
}

/**
 * request_key_with_auxdata - find a key, or have its type make it
 * @type: its type
 * @desc: its description
 * @tag: its domain, NULL for the caller's
 * @callout_info: bytes for whoever makes it; NULL to search only
 * @callout_len: their number, may be 0
 * @aux: for the type's ->request_key(), which may return before the key is
 *	constructed
 *
 * See request_key(2).
 *
 * Context: may sleep, uninterruptibly, and for long if the key must be made.
 * Return: the key, constructed, with a reference for the caller; or an ERR_PTR:
 * -ENOKEY if there is none, the error of a negative key, -EKEYREVOKED,
 * -EKEYEXPIRED, -EACCES, or see request_key_and_link().
 */
struct key *request_key_with_auxdata(struct key_type *type, const char *desc,
				     struct key_tag *tag,
				     const void *callout_info,
				     size_t callout_len, void *aux)
{
	struct key_request request = {
		.type		= type,
		.description	= desc,
		.domain_tag	= tag,
		.callout_info	= callout_info,
		.callout_len	= callout_len,
		.aux		= aux,
		.flags		= KEY_ALLOC_IN_QUOTA,
	};
	struct key *key = cache_find(type, tag, desc);
	int ret;

	if (key)
		return key;
	key = request_key_and_link(&request);
	if (IS_ERR(key))
		return key;
	ret = wait_for_key_construction(key, false);
	if (ret) {
		key_put(key);
		return ERR_PTR(ret);
	}
	cache_keep(key);
	return key;
}
EXPORT_SYMBOL(request_key_with_auxdata);

/**
 * request_key_tag - find a key of a domain, or have it made
 * @type: its type
 * @desc: its description
 * @tag: its domain, NULL for the caller's
 * @callout_info: for whoever makes it, may be empty; NULL to search only
 *
 * Context: may sleep, uninterruptibly, and for long if the key must be made.
 * Return: see request_key_with_auxdata().
 */
struct key *request_key_tag(struct key_type *type, const char *desc,
			    struct key_tag *tag, const char *callout_info)
{
	size_t len = callout_info ? strlen(callout_info) : 0;

	return request_key_with_auxdata(type, desc, tag, callout_info, len,
					NULL);
}
EXPORT_SYMBOL(request_key_tag);

/**
 * request_key_rcu - find a key, without sleeping
 * @type: its type
 * @description: its description
 * @domain_tag: its domain, NULL for the caller's
 *
 * Looks only into the caller's thread, process and session keyrings themselves,
 * and matches by description alone.
 *
 * Context: RCU read side; takes no lock.
 * Return: the key, constructed, with a reference for the caller; or an ERR_PTR:
 * -ENOKEY if there is none, -EAGAIN if it is under construction, the error of a
 * negative key, -EKEYREVOKED or -EACCES.
 */
struct key *request_key_rcu(struct key_type *type, const char *description,
			    struct key_tag *domain_tag)
{
	struct key_search search;
	struct key *key;

	key = cache_find(type, domain_tag, description);
	if (key)
		return key;
	key_search_begin_plain(&search, type, domain_tag, description,
			       KEY_SEARCH_SKIP_EXPIRED);
	key = find_key(&search);
	if (key == ERR_PTR(-EAGAIN))
		return ERR_PTR(-ENOKEY);
	if (IS_ERR(key))
		return key;
	if (!key_is_positive(key)) {
		key_put(key);
		return ERR_PTR(-EAGAIN);
	}
	cache_keep(key);
	return key;
}
EXPORT_SYMBOL(request_key_rcu);

#if IS_ENABLED(CONFIG_KEYS_KUNIT_TEST)
#include "../tests/request_key_kunit.c"
#include "../tests/request_nested_kunit.c"
#include "../tests/request_cache_kunit.c"
#endif
