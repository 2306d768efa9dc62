// SPDX-License-Identifier: GPL-2.0-only
/*
 * Find a key for a task, or construct the key; see request_key(2).
 *
 * If no key is found, a new key is constructed by the type's ->request_key() or
 * by a helper in user space. The new key is linked into the destination keyring
 * while the key is uninstantiated (has no payload). So other tasks that request
 * the same key find this key, and wait until it is constructed. If the
 * construction fails, the key becomes negative: until the key expires, requests
 * that find the key fail with its error.
 */
#include <linux/export.h>
#include <linux/keyctl.h>
#include <linux/ktime.h>
#include <linux/sched.h>
#include <linux/sched/mm.h>
#include <linux/thread_info.h>
#include <linux/wait_bit.h>

#include "../core/authkey.h"
#include "../core/edit.h"
#include "../core/instantiate.h"
#include "../core/index.h"
#include "../core/key.h"
#include "../core/perm.h"
#include "../core/quota.h"
#include "default_dest.h"
#include "link_permitted.h"
#include "lookup.h"
#include "request_key.h"
#include "upcall.h"

/*
 * The cache (task_struct.cached_requested_key) holds the key that the kernel
 * last requested for a task, until the task returns to user space; see
 * resume_user_mode_work(). Kernel threads and user workers (such as those of
 * io_uring) never return to user space, so they do not use the cache. The cache
 * is also not used while credentials are overridden: a key that was found with
 * other credentials must not be returned for the task's own credentials.
 * request_key(2) does not use the cache either: the system call makes only one
 * request, and with a filled cache, each such call would return to user space
 * by the slow path.
 */

static bool may_cache(void)
{
	return IS_ENABLED(CONFIG_KEYS_REQUEST_CACHE) &&
	       !(current->flags & (PF_KTHREAD | PF_USER_WORKER)) &&
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
 * Search the caller's keyrings. Returns the key with a reference,
 * ERR_PTR(-EAGAIN) if there is no such key, not even a negative key, or another
 * error, see search_process_keyrings_rcu().
 */
static struct key *find_key(struct key_search *search)
{
	key_ref_t found;

	search->now = ktime_get_real_seconds();
	scoped_guard(rcu)
		found = search_process_keyrings_rcu(search);
	return IS_ERR(found) ? ERR_CAST(found) : key_ref_to_ptr(found);
}

/*
 * Link a key that already existed into the destination that the caller named.
 * Without a named destination, the key is not linked. The permission check
 * treats the caller as a possessor of the key, since the key was found in the
 * caller's keyrings. Takes over the reference to @found: returns @found, or
 * puts @found and returns an error.
 */
static struct key *link_found(const struct key_request *request,
			      struct key *found)
{
	struct key *key __free(key_put) = found;
	int ret;

	if (!request->dest_keyring)
		return no_free_ptr(key);
	ret = key_link_permitted(request->dest_keyring,
				 make_key_ref(key, true));
	return ret ? ERR_PTR(ret) : no_free_ptr(key);
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
 * Link the uninstantiated key @target into @dest. But if another task has
 * linked a matching key since the last search, do not link @target and return
 * that key. This search is made with @dest locked, so that no task can link a
 * key into @dest between the search and the link. If @dest is restricted,
 * return EPERM: a restriction checks the payload, and there is no payload yet.
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
	key = edit.ring->key.restrict_link ? ERR_PTR(-EPERM) : find_key(search);
	if (key == ERR_PTR(-EAGAIN)) {
		keyring_edit_commit(&edit);
		key = key_get(target);
	}
	keyring_edit_end(&edit);
	return key;
}

/*
 * Make an uninstantiated key and link it into @dest, or find a key that another
 * task has linked meanwhile. @made must point to false, and is set to true if
 * the returned key was made here, so that the caller must construct it.
 */
static struct key *__make_target(const struct key_request *request,
				 struct key_search *search, struct key *dest,
				 bool *made)
{
	struct key *key = find_key(search);

	if (key != ERR_PTR(-EAGAIN))
		return key;

	struct key *target __free(key_put) = alloc_target(request);

	if (IS_ERR(target))
		return target;
	key = link_target(target, search, dest);
	*made = key == target;
	/*
	 * @target is not needed. A task may have found @target by its serial
	 * number, and wait until @target is constructed: so negate @target.
	 */
	if (!*made)
		key_negate_and_link(target, 0, NULL, NULL);
	return key;
}

/*
 * Take the create_mutex of the user's account (struct key_user), so that only
 * one key is made even if many processes of the user request the key at once.
 * Memory allocation must not enter a file system: a file system could request a
 * key, take the mutex again and deadlock.
 */
static struct key *make_target(const struct key_request *request,
			       struct key_search *search, struct key *dest,
			       bool *made)
{
	struct key_user *user __free(key_user_put) =
		key_user_get(current_fsuid());
	unsigned int nofs;
	struct key *key;

	if (!user)
		return ERR_PTR(-ENOMEM);
	guard(mutex)(&user->create_mutex);
	nofs = memalloc_nofs_save();
	key = __make_target(request, search, dest, made);
	memalloc_nofs_restore(nofs);
	return key;
}

/*
 * Call the function that constructs the key: the type's ->request_key(), or
 * key_upcall(), which starts a helper. If the function fails, the authorisation
 * key is revoked, so that nobody can construct the key later.
 */
static int call_actor(const struct key_request *request, struct key *key,
		      struct key *dest)
{
	request_key_actor_t actor = request->type->request_key ?: key_upcall;
	struct key *authkey __free(key_put) =
		authkey_new(key, "create", request->callout_info,
			    request->callout_len, dest);
	int ret;

	if (IS_ERR(authkey))
		return PTR_ERR(authkey);
	ret = actor(authkey, request->aux);
	if (ret < 0)
		key_revoke(authkey);
	return ret;
}

static struct key *construct_in(const struct key_request *request,
				struct key_search *search, struct key *dest)
{
	bool made = false;
	struct key *key __free(key_put) =
		make_target(request, search, dest, &made);
	int ret;

	if (IS_ERR(key))
		return no_free_ptr(key);
	if (!made)
		return link_found(request, no_free_ptr(key));
	ret = call_actor(request, key, dest);
	if (ret >= 0)
		return no_free_ptr(key);
	/*
	 * Wake up the tasks that wait until the key is constructed. Does
	 * nothing if the key is constructed although an error was returned.
	 */
	key_negate_and_link(key, KEY_NEGATIVE_TIMEOUT, NULL, NULL);
	return ERR_PTR(ret);
}

static struct key *construct_key(const struct key_request *request,
				 struct key_search *search)
{
	/* Keyrings are made by add_key(2) or by the kernel, never on request */
	if (request->type == &key_type_keyring)
		return ERR_PTR(-EPERM);

	struct key *dest __free(key_put) =
		key_get(request->dest_keyring) ?: default_dest_get();

	if (IS_ERR(dest))
		return dest;
	return construct_in(request, search, dest);
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
 * request_key_and_link - find a key, or construct the key
 * @request: the request; its type must stay registered during the call
 *
 * If a key is found and the request names a destination, the key is linked into
 * the destination. The caller needs Link permission on the key, and the
 * destination's restriction must allow the link. No permission on the
 * destination is checked. If a key must be constructed, this key is linked into
 * the destination; or, if the request names no destination, into the default
 * destination set by KEYCTL_SET_REQKEY_KEYRING, see default_dest_get(). A key
 * to be constructed cannot be linked into a restricted keyring.
 *
 * Context: may sleep, for a long time if the key must be constructed.
 * Return: the key with a reference for the caller. The key may still be under
 * construction, so wait_for_key_construction() must follow. Or an ERR_PTR:
 * -ENOKEY if there is no such key, and @request->callout_info is NULL or the
 * construction failed; the error of a negative key; -EKEYREVOKED if the key is
 * revoked; -EACCES without permission; -EPERM if a keyring would have to be
 * constructed, or for a restricted destination; -EDQUOT, -ENOMEM; or an error
 * of key_link(), key_alloc(), default_dest_get(), authkey_new(), or of the
 * type's ->match_preparse() or ->request_key().
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

/*
 * A request without callout_info may find a key that another task constructs. A
 * type makes such a request while it instantiates a new key, and the keyring of
 * the new key is locked: "encrypted" does. If the other task needs this keyring,
 * both tasks wait for ever. So a fatal signal ends the wait. A request with
 * callout_info may have begun the construction. Its caller waits for the end,
 * because aux must stay valid until then.
 */
static int wait_for_requested(const struct key_request *request, struct key *key)
{
	if (!request->callout_info &&
	    wait_on_bit(&key->flags, KEY_FLAG_USER_CONSTRUCT, TASK_KILLABLE))
		return -ERESTARTSYS;
	return wait_for_key_construction(key, false);
}

/**
 * request_key_with_auxdata - find a key, or construct the key
 * @type: type of the key
 * @desc: description of the key
 * @tag: domain of the key, NULL for the caller's domain
 * @callout_info: data for the construction; NULL to search only
 * @callout_len: length of @callout_info, may be 0
 * @aux: argument for the type's ->request_key(). Need not stay valid after this
 *	function has returned, because this function waits until the key is
 *	constructed, even if ->request_key() returns earlier.
 *
 * See request_key(2).
 *
 * Context: may sleep, uninterruptibly, and for a long time if the key must be
 * constructed. Without @callout_info, a fatal signal ends the wait.
 * Return: the key, constructed, with a reference for the caller; or an ERR_PTR:
 * -ERESTARTSYS after a fatal signal, -EKEYEXPIRED or -EKEYREVOKED if the key has
 * expired or was revoked while this function waited, or an error of
 * request_key_and_link().
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
	struct key *key __free(key_put) = cache_find(type, tag, desc);
	int ret;

	if (key)
		return no_free_ptr(key);
	key = request_key_and_link(&request);
	if (IS_ERR(key))
		return no_free_ptr(key);
	ret = wait_for_requested(&request, key);
	if (ret)
		return ERR_PTR(ret);
	cache_keep(key);
	return no_free_ptr(key);
}
EXPORT_SYMBOL(request_key_with_auxdata);

/**
 * request_key_tag - find a key of a domain, or construct the key
 * @type: type of the key
 * @desc: description of the key
 * @tag: domain of the key, NULL for the caller's domain
 * @callout_info: string for the construction, may be empty; NULL to search only
 *
 * Context: may sleep, uninterruptibly, and for a long time if the key must be
 * constructed.
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
 * @type: type of the key
 * @description: description of the key
 * @domain_tag: domain of the key, NULL for the caller's domain
 *
 * Searches the same keyrings as search_process_keyrings_rcu(), but not the
 * keyrings that these link. The description must be equal to that of the key:
 * the type's ->match_preparse(), which could allow others, is not called.
 *
 * Context: RCU read side; takes no lock.
 * Return: the key, constructed, with a reference for the caller; or an ERR_PTR:
 * -ENOKEY if there is no such key, -EAGAIN if the key is under construction,
 * the error of a negative key, -EKEYREVOKED if the key is revoked, or -EACCES
 * if the caller lacks Search permission on the key or on the keyrings.
 */
struct key *request_key_rcu(struct key_type *type, const char *description,
			    struct key_tag *domain_tag)
{
	struct key_search search;
	struct key *key;

	RCU_LOCKDEP_WARN(!rcu_read_lock_held(), "request needs RCU");
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
