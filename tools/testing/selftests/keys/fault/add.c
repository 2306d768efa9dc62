// SPDX-License-Identifier: GPL-2.0-only
/*
 * Sweeps of add_key(2) and KEYCTL_UPDATE, for each type.
 */
#include "../keyctl/pkey_key.h"
#include "x509_cert.h"

#define BIG_SMALL	500	/* kept in memory as it is */
#define BIG_LARGE	3000	/* encrypted into a file in memory */

static long call_add_user(struct scene *s)
{
	return add_user("new", SHORT_TEXT, RING_S);
}

TEST_OP(add_user, .prepare = scene_none, .call = call_add_user);
TEST_OP(add_over_a_user_key_elsewhere, .prepare = scene_keys, .call = call_add_user);

static long call_add_long(struct scene *s)
{
	return sys_add_key("user", "new", long_payload, sizeof(long_payload), RING_S);
}

TEST_OP(add_long, .prepare = scene_none, .call = call_add_long);

static long call_add_empty_ring(struct scene *s)
{
	return add_ring("new", RING_S);
}

TEST_OP(add_keyring, .prepare = scene_none, .call = call_add_empty_ring);

/* A new keyring displaces one with a key. */
static long call_displace_ring(struct scene *s)
{
	return add_ring("from", RING_S);
}

TEST_OP(add_keyring_displaces, .prepare = scene_keys, .call = call_displace_ring);

static long call_add_logon(struct scene *s)
{
	return sys_add_key("logon", "a:b", "secret", 6, RING_S);
}

TEST_OP(add_logon, .prepare = scene_none, .call = call_add_logon);

static long call_update_by_add(struct scene *s)
{
	return add_user("k", "a payload with another length than before", RING_S);
}

TEST_OP(update_by_add, .prepare = scene_key, .call = call_update_by_add);

static long call_update(struct scene *s)
{
	return kc_update(s->key, "a payload with another length than before", 41);
}

TEST_OP(update, .prepare = scene_key, .call = call_update);

static long call_update_long(struct scene *s)
{
	return kc_update(s->key, long_payload, 4096);
}

TEST_OP(update_long, .prepare = scene_long_key, .call = call_update_long);

/* The update of a keyring is refused. */
static long call_update_ring(struct scene *s)
{
	return kc_update(s->from, "x", 1);
}

TEST_OP(update_refused, .prepare = scene_keys, .call = call_update_ring, .fails = EOPNOTSUPP);

/* ---- big_key ----------------------------------------------------------- */

static long add_big(size_t size)
{
	return sys_add_key("big_key", "big", long_payload, size, RING_S);
}

static long call_add_big_small(struct scene *s)
{
	return add_big(BIG_SMALL);
}

TEST_OP(add_big_key_small, .prepare = scene_none, .call = call_add_big_small);

static long call_add_big_large(struct scene *s)
{
	return add_big(BIG_LARGE);
}

/* tmpfs says ENOSPC if it has no memory for an inode */
TEST_OP(add_big_key_large, .prepare = scene_none, .call = call_add_big_large,
	.errors = { ENOSPC });

static void scene_big(struct scene *s)
{
	kc_clear(RING_S);
	memset(long_payload, 'b', sizeof(long_payload));
	s->key = add_big(BIG_LARGE);
	memset(long_payload, 'c', sizeof(long_payload));
}

static long call_update_big(struct scene *s)
{
	return kc_update(s->key, long_payload, 4000);
}

TEST_OP(update_big_key, .prepare = scene_big, .call = call_update_big,
	.errors = { ENOSPC });

static long call_update_big_small(struct scene *s)
{
	return add_big(BIG_SMALL);
}

TEST_OP(update_big_key_small, .prepare = scene_big, .call = call_update_big_small);

static long call_read_big(struct scene *s)
{
	return kc_read(s->key, s->out, BIG_LARGE);
}

TEST_OP(read_big_key, .prepare = scene_big, .call = call_read_big, .out = 512);

static long call_revoke_big(struct scene *s)
{
	return kc_revoke(s->key);
}

TEST_OP(revoke_big_key, .prepare = scene_big, .call = call_revoke_big, .flags = SWEEP_NO_FAULT);

/* ---- encrypted, asymmetric and trusted ---------------------------------- */

static void scene_master(struct scene *s)
{
	char master[32];

	memset(master, 'm', sizeof(master));
	kc_clear(RING_S);
	s->from = sys_add_key("user", "master", master, sizeof(master), RING_S);
}

static long add_encrypted(const char *text)
{
	return sys_add_key("encrypted", "enc", text, strlen(text), RING_S);
}

static long call_add_encrypted(struct scene *s)
{
	return add_encrypted("new user:master 32");
}

TEST_OP(add_encrypted, .prepare = scene_master, .call = call_add_encrypted);

static void scene_encrypted(struct scene *s)
{
	scene_master(s);
	/*
	 * The name of the new master key is as long as that of the old one: the
	 * type changes the charge before an update that fails.
	 */
	sys_add_key("user", "second", long_payload, 32, RING_S);
	s->key = call_add_encrypted(s);
}

static long call_update_encrypted(struct scene *s)
{
	return kc_update(s->key, "update user:second", 18);
}

TEST_OP(update_encrypted, .prepare = scene_encrypted, .call = call_update_encrypted);

static long call_read_encrypted(struct scene *s)
{
	return kc_read(s->key, s->out, 512);
}

TEST_OP(read_encrypted, .prepare = scene_encrypted, .call = call_read_encrypted);

/* The blob that KEYCTL_READ has returned makes the same key again. */
static char encrypted_blob[512];

static void scene_blob(struct scene *s)
{
	static const char load[] = "load ";

	scene_encrypted(s);
	memset(encrypted_blob, 0, sizeof(encrypted_blob));
	memcpy(encrypted_blob, load, 5);
	kc_read(s->key, encrypted_blob + 5, sizeof(encrypted_blob) - 6);
	kc_unlink(s->key, RING_S);
}

static long call_load_encrypted(struct scene *s)
{
	return add_encrypted(encrypted_blob);
}

TEST_OP(load_encrypted, .prepare = scene_blob, .call = call_load_encrypted);

static long call_add_asymmetric(struct scene *s)
{
	return sys_add_key("asymmetric", "rsa", rsa_pkcs8, sizeof(rsa_pkcs8), RING_S);
}

TEST_OP(add_asymmetric, .prepare = scene_none, .call = call_add_asymmetric);

/*
 * The type proposes the description: the subject of the certificate. The crypto
 * API turns some errors into EINVAL.
 */
static long call_add_described(struct scene *s)
{
	return sys_add_key("asymmetric", "", x509_cert, sizeof(x509_cert), RING_S);
}

TEST_OP(add_asymmetric_described, .prepare = scene_none, .call = call_add_described,
	.errors = { EINVAL });

/* Nobody proposes a description for a private key. */
static long call_add_undescribed(struct scene *s)
{
	return sys_add_key("asymmetric", "", rsa_pkcs8, sizeof(rsa_pkcs8), RING_S);
}

TEST_OP(add_asymmetric_undescribed, .prepare = scene_none, .call = call_add_undescribed,
	.fails = EINVAL);

static long call_add_trusted(struct scene *s)
{
	return sys_add_key("trusted", "tpm", "new 32", 6, RING_S);
}

/* Without a TPM, the type does not exist, and ENODEV is the result. */
TEST_OP(add_trusted, .prepare = scene_none, .call = call_add_trusted, .fails = ENODEV);

/* ---- keyrings that are made by the call --------------------------------- */

static long call_add_to_thread(struct scene *s)
{
	return add_user("new", "x", RING_T);
}

TEST_OP(add_to_thread, .prepare = scene_as_it_is, .call = call_add_to_thread,
	.leaves = { "_tid" }, .flags = SWEEP_FRESH);

static long call_add_to_process(struct scene *s)
{
	return add_user("new", "x", RING_P);
}

TEST_OP(add_to_process, .prepare = scene_as_it_is, .call = call_add_to_process,
	.leaves = { "_pid" }, .flags = SWEEP_FRESH);

static long call_add_to_user(struct scene *s)
{
	return add_user("new", "x", RING_U);
}

TEST_OP(add_to_user, .prepare = scene_as_it_is, .call = call_add_to_user,
	.leaves = { "_uid" },
	.errors = { ENOKEY }, .flags = SWEEP_FRESH);

static long call_add_to_user_session(struct scene *s)
{
	return add_user("new", "x", RING_US);
}

TEST_OP(add_to_user_session, .prepare = scene_as_it_is, .call = call_add_to_user_session,
	.leaves = { "_uid" },
	.errors = { ENOKEY }, .flags = SWEEP_FRESH);

/* A process without a session keyring gets one. */
static long call_add_to_session(struct scene *s)
{
	return add_user("new", "x", RING_S);
}

TEST_OP(add_to_new_session, .prepare = scene_as_it_is, .call = call_add_to_session,
	.leaves = { "_ses", "_uid" },
	.errors = { ENOKEY }, .flags = SWEEP_FRESH | SWEEP_BARE);
