/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Authorisation keys: keys of type ".request_key_auth". Each of them authorises
 * the construction of one key, usually by a helper that request_key() starts.
 */
#ifndef _KEYS_CORE_AUTHKEY_H
#define _KEYS_CORE_AUTHKEY_H

#include <linux/cred.h>
#include <keys/request_key_auth-type.h>

/*
 * Bytes for the description of an authorisation key: a serial number, which is
 * a 32-bit integer, in hexadecimal, with its NUL.
 */
#define AUTHKEY_DESC_SIZE	12

extern struct key_type key_type_request_key_auth;

struct key *authkey_new(struct key *target, const char *op,
			const void *callout_info, size_t callout_len,
			struct key *dest_keyring);
void authkey_describe_target(char desc[AUTHKEY_DESC_SIZE], key_serial_t target);
struct request_key_auth *authkey_get_auth(struct key *authkey);
void request_key_auth_put(struct request_key_auth *rka);

DEFINE_FREE(request_key_auth_put, struct request_key_auth *,
	    request_key_auth_put(_T))

#endif /* _KEYS_CORE_AUTHKEY_H */
