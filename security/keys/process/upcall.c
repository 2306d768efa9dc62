// SPDX-License-Identifier: GPL-2.0-only
/*
 * Run a helper in user space to construct a key; see request-key(8).
 */
#include <linux/cred.h>
#include <linux/key-type.h>
#include <linux/kernel.h>
#include <linux/umh.h>

#include "../core/authkey.h"
#include "../core/key.h"
#include "../core/keyring.h"
#include "cred_rings.h"
#include "process_keys.h"
#include "uid_rings.h"
#include "upcall.h"

/* Environment of the helper */
static char *helper_envp[] = {
	"HOME=/",
	"PATH=/sbin:/bin:/usr/sbin:/usr/bin",
	NULL,
};

/* Size of a string with a 32-bit decimal number, its sign and a NUL */
#define NUMBER_SIZE		sizeof("-2147483648")

/* Size of the name of the helper's session keyring: prefix, number and NUL */
#define HELPER_SESSION_NAME	sizeof("_req.4294967295")

/**
 * struct upcall_args - the helper's command line
 * @key: serial number of the key to construct
 * @uid: filesystem UID of the requesting task, in the initial user namespace
 * @gid: filesystem GID of the requesting task, in the initial user namespace
 * @thread: serial number of the task's thread keyring, 0 if there is none
 * @process: serial number of the task's process keyring, 0 if there is none
 * @session: serial number of the task's session keyring, or of the user-session
 *	keyring if the task has no session keyring
 * @argv: argument vector: path of the helper, name of the operation, the
 *	strings above in this order, NULL
 */
struct upcall_args {
	char	key[NUMBER_SIZE];
	char	uid[NUMBER_SIZE];
	char	gid[NUMBER_SIZE];
	char	thread[NUMBER_SIZE];
	char	process[NUMBER_SIZE];
	char	session[NUMBER_SIZE];
	char	*argv[9];
};

static char *serial_string(char buf[NUMBER_SIZE], key_serial_t serial)
{
	snprintf(buf, NUMBER_SIZE, "%d", serial);
	return buf;
}

static char *id_string(char buf[NUMBER_SIZE], unsigned int id)
{
	snprintf(buf, NUMBER_SIZE, "%u", id);
	return buf;
}

/*
 * Set @serial to the serial number of the session keyring. If there is none,
 * the user-session keyring is used instead, and is made if it does not exist.
 * Returns 0, or the error if the user-session keyring could not be made.
 */
static int session_serial(const struct cred *cred, key_serial_t *serial)
{
	struct key *session __free(key_put) = NULL;

	*serial = key_serial(cred->session_keyring);
	if (*serial)
		return 0;
	session = uid_ring_get(cred, true);
	if (IS_ERR(session))
		return PTR_ERR(session);
	*serial = key_serial(session);
	return 0;
}

static key_serial_t process_serial(const struct cred *cred)
{
	guard(rcu)();
	return key_serial(process_keyring(cred));
}

static int upcall_args_init(struct upcall_args *args,
			    struct request_key_auth *rka)
{
	const struct cred *cred = current_cred();
	key_serial_t session;
	int ret;

	ret = session_serial(cred, &session);
	if (ret)
		return ret;

	char *const argv[] = {
		CONFIG_KEYS_REQUEST_KEY_PATH,
		rka->op,
		serial_string(args->key, key_serial(rka->target_key)),
		id_string(args->uid, from_kuid(&init_user_ns, cred->fsuid)),
		id_string(args->gid, from_kgid(&init_user_ns, cred->fsgid)),
		serial_string(args->thread, key_serial(cred->thread_keyring)),
		serial_string(args->process, process_serial(cred)),
		serial_string(args->session, session),
		NULL,
	};

	static_assert(sizeof(argv) == sizeof(args->argv));
	memcpy(args->argv, argv, sizeof(argv));
	return 0;
}

/*
 * Make the session keyring of the helper. This keyring links only the
 * authorisation key. So the helper possesses none of the requester's keys until
 * the helper assumes the authority, see keyctl_assume_authority(3).
 */
static struct key *helper_session(struct key *authkey, const struct key *target)
{
	const struct cred *cred = current_cred();
	struct key *session __free(key_put) = NULL;
	char name[HELPER_SESSION_NAME];
	int ret;

	snprintf(name, sizeof(name), "_req.%u", key_serial(target));
	session = keyring_alloc(name, cred->fsuid, cred->fsgid, cred,
				KEY_POS_ALL | KEY_USR_VIEW | KEY_USR_READ,
				KEY_ALLOC_QUOTA_OVERRUN, NULL, NULL);
	if (IS_ERR(session))
		return no_free_ptr(session);
	ret = keyring_link_new(session, authkey);
	return ret ? ERR_PTR(ret) : no_free_ptr(session);
}

/* Runs in the process that becomes the helper, before the helper's execve(). */
static int helper_init(struct subprocess_info *info, struct cred *cred)
{
	return install_session_keyring_to_cred(cred, info->data);
}

static void helper_cleanup(struct subprocess_info *info)
{
	key_put(info->data);
}

/*
 * Run the helper and wait until the helper ends. Returns the helper's wait
 * status, see wait(2), or a negative error if the helper could not be run.
 */
static int run_helper(struct upcall_args *args, struct key *session)
{
	struct subprocess_info *info;

	info = call_usermodehelper_setup(args->argv[0], args->argv,
					 helper_envp, GFP_KERNEL, helper_init,
					 helper_cleanup, session);
	if (!info)
		return -ENOMEM;
	key_get(session);
	return call_usermodehelper_exec(info, UMH_WAIT_PROC);
}

static int call_helper(struct key *authkey, struct request_key_auth *rka)
{
	struct key *session __free(key_put) = NULL;
	struct upcall_args args;
	int ret;

	ret = upcall_args_init(&args, rka);
	if (ret)
		return ret;
	session = helper_session(authkey, rka->target_key);
	if (IS_ERR(session))
		return PTR_ERR(session);
	return run_helper(&args, session);
}

/*
 * Has the helper instantiated or rejected the key, so that the requester has an
 * answer? A key that was revoked, has expired or became invalid since then is
 * no answer. The wait status of the helper does not matter, since the helper
 * may fail after it has instantiated or rejected the key.
 */
static bool is_answered(const struct key *target)
{
	return key_read_state(target) != KEY_IS_UNINSTANTIATED &&
	       !key_validate(target);
}

/**
 * key_upcall - run the helper to construct a key
 * @authkey: the authorisation key for the key to construct
 * @aux: not used
 *
 * Runs the helper, as a rule request-key(8), as root, with the authorisation
 * key in the helper's session keyring, and waits until the helper exits. If the
 * helper has neither instantiated nor rejected the key, the key is negated. The
 * authorisation key is revoked in any case.
 *
 * Context: may sleep for long.
 * Return: 0 if the helper has instantiated or rejected the key; -ENOKEY if not,
 * or if the key is revoked, expired or invalid by then; -EKEYREVOKED if the
 * authorisation key was revoked before; or the error if the helper could not be
 * run, for example because its session keyring could not be made.
 */
int key_upcall(struct key *authkey, void *aux)
{
	struct request_key_auth *rka __free(request_key_auth_put) =
		authkey_get_auth(authkey);
	int ret;

	if (!rka)
		return -EKEYREVOKED;
	ret = call_helper(authkey, rka);
	if (ret >= 0)
		ret = is_answered(rka->target_key) ? 0 : -ENOKEY;
	complete_request_key(authkey, ret);
	return ret;
}
