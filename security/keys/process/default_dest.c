// SPDX-License-Identifier: GPL-2.0-only
/*
 * The default destination: the keyring into which a key that is constructed on
 * request is linked, if the requester names no keyring. See
 * keyctl_set_reqkey_keyring(3).
 */
#include <linux/cred.h>
#include <linux/keyctl.h>

#include "../core/authkey.h"
#include "../core/key.h"
#include "../core/perm.h"
#include "cred_rings.h"
#include "default_dest.h"
#include "process_keys.h"
#include "uid_rings.h"

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
	return uid_ring_get(cred, true);
}

static struct key *user_dest(const struct cred *cred)
{
	return uid_ring_get(cred, false);
}

/**
 * struct default_dest - a default destination
 * @setting: KEY_REQKEY_DEFL_* that makes this destination the first to try
 * @get: returns the keyring with a reference for the caller, NULL if there is
 *	no such keyring, or an ERR_PTR if the keyring cannot be made
 * @install: makes the keyring if it is absent; called when a task chooses this
 *	destination with KEYCTL_SET_REQKEY_KEYRING; NULL if nothing is made then
 */
struct default_dest {
	int		setting;
	struct key	*(*get)(const struct cred *cred);
	int		(*install)(void);
};

/*
 * The default destinations, in the order in which they are tried. The ->get()
 * of the last two makes the keyring if it is absent, and so never returns NULL.
 * So the loop in default_dest_get() ends.
 */
static const struct default_dest default_dests[] = {
	{ KEY_REQKEY_DEFL_REQUESTOR_KEYRING, requester_dest },
	{ KEY_REQKEY_DEFL_THREAD_KEYRING, thread_dest, install_thread_keyring },
	{ KEY_REQKEY_DEFL_PROCESS_KEYRING, process_dest,
	  install_process_keyring },
	{ KEY_REQKEY_DEFL_SESSION_KEYRING, session_dest },
	{ KEY_REQKEY_DEFL_USER_SESSION_KEYRING, user_session_dest },
	/* KEY_REQKEY_DEFL_GROUP_KEYRING has never been implemented */
	{ KEY_REQKEY_DEFL_USER_KEYRING, user_dest },
};

/* Returns the first destination to try, or NULL for an unknown setting. */
static const struct default_dest *first_dest(int setting)
{
	unsigned int i;

	if (setting == KEY_REQKEY_DEFL_DEFAULT)
		return default_dests;
	for (i = 0; i < ARRAY_SIZE(default_dests); i++)
		if (default_dests[i].setting == setting)
			return &default_dests[i];
	return NULL;
}

/**
 * default_dest_get - get the default destination of the caller's requests
 *
 * The first keyring in default_dests[] that exists is taken, beginning with the
 * destination that KEYCTL_SET_REQKEY_KEYRING has set. The caller needs Write
 * permission on the keyring. There is one exception: if the caller constructs a
 * key for a requester, the keyring may be the destination of the requester. For
 * that keyring, the requester's permission was checked before.
 *
 * Context: may sleep.
 * Return: the keyring with a reference for the caller; or an ERR_PTR: the error
 * of key_permission(), or, if the keyring is the user or user-session keyring,
 * the error of uid_ring_get().
 */
struct key *default_dest_get(void)
{
	const struct cred *cred = current_cred();
	const struct default_dest *dest = first_dest(cred->jit_keyring);
	struct key *ring __free(key_put) = NULL;
	int ret;

	if (!dest)
		dest = default_dests;
	/* user_dest(), the last function of the table, never returns NULL */
	while (!(ring = dest->get(cred)))
		dest++;
	if (IS_ERR(ring) || dest->get == requester_dest)
		return no_free_ptr(ring);
	ret = key_permission(make_key_ref(ring, true), KEY_NEED_WRITE);
	return ret ? ERR_PTR(ret) : no_free_ptr(ring);
}

/**
 * default_dest_install - make the keyring that becomes the default destination
 * @setting: KEY_REQKEY_DEFL_*
 *
 * Only a thread or a process keyring is made. Does nothing if the keyring
 * exists.
 *
 * Context: may sleep; may replace the caller's credentials.
 * Return: 0, -EINVAL for an unknown setting, or an error of
 * install_thread_keyring() or install_process_keyring().
 */
int default_dest_install(int setting)
{
	const struct default_dest *dest = first_dest(setting);

	if (!dest)
		return -EINVAL;
	return dest->install ? dest->install() : 0;
}
