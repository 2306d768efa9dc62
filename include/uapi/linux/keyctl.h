/* SPDX-License-Identifier: GPL-2.0-only WITH Linux-syscall-note */
/*
 * What programs hand to keyctl(2). Numbers and layouts never change.
 */
#ifndef _LINUX_KEYCTL_H
#define _LINUX_KEYCTL_H

#include <linux/types.h>

/* Instead of a serial number: a key by what it is to the caller; keyrings(7) */
#define KEY_SPEC_THREAD_KEYRING		-1	/* The thread's own keyring */
#define KEY_SPEC_PROCESS_KEYRING	-2	/* The keyring of all threads */
#define KEY_SPEC_SESSION_KEYRING	-3	/* The session keyring */
#define KEY_SPEC_USER_KEYRING		-4	/* _uid.<UID> */
#define KEY_SPEC_USER_SESSION_KEYRING	-5	/* _uid_ses.<UID> */
#define KEY_SPEC_GROUP_KEYRING		-6	/* Reserved; there is none */
#define KEY_SPEC_REQKEY_AUTH_KEY	-7	/* The authority assumed */
#define KEY_SPEC_REQUESTOR_KEYRING	-8	/* Where the requester wants it */

/* KEYCTL_SET_REQKEY_KEYRING: where keys go that had to be constructed */
#define KEY_REQKEY_DEFL_NO_CHANGE		-1	/* Just tell which */
#define KEY_REQKEY_DEFL_DEFAULT			0	/* First that exists */
#define KEY_REQKEY_DEFL_THREAD_KEYRING		1
#define KEY_REQKEY_DEFL_PROCESS_KEYRING		2
#define KEY_REQKEY_DEFL_SESSION_KEYRING		3
#define KEY_REQKEY_DEFL_USER_KEYRING		4
#define KEY_REQKEY_DEFL_USER_SESSION_KEYRING	5
#define KEY_REQKEY_DEFL_GROUP_KEYRING		6	/* Not implemented */
#define KEY_REQKEY_DEFL_REQUESTOR_KEYRING	7

/* Operations */
#define KEYCTL_GET_KEYRING_ID		0	/* Serial number of a special id */
#define KEYCTL_JOIN_SESSION_KEYRING	1	/* Change to another session */
#define KEYCTL_UPDATE			2	/* Replace a payload */
#define KEYCTL_REVOKE			3	/* Make useless, with EKEYREVOKED */
#define KEYCTL_CHOWN			4	/* Change owner and group */
#define KEYCTL_SETPERM			5	/* Change the permission mask */
#define KEYCTL_DESCRIBE			6	/* Read the attributes */
#define KEYCTL_CLEAR			7	/* Unlink all from a keyring */
#define KEYCTL_LINK			8	/* Link into a keyring */
#define KEYCTL_UNLINK			9	/* Unlink from a keyring */
#define KEYCTL_SEARCH			10	/* Search a keyring's tree */
#define KEYCTL_READ			11	/* Read a payload */
#define KEYCTL_INSTANTIATE		12	/* Construct: with this payload */
#define KEYCTL_NEGATE			13	/* Construct: there is no such key */
#define KEYCTL_SET_REQKEY_KEYRING	14	/* Choose KEY_REQKEY_DEFL_* */
#define KEYCTL_SET_TIMEOUT		15	/* Let it expire */
#define KEYCTL_ASSUME_AUTHORITY		16	/* Act for a requester */
#define KEYCTL_GET_SECURITY		17	/* Read the security label */
#define KEYCTL_SESSION_TO_PARENT	18	/* Give the session to the parent */
#define KEYCTL_REJECT			19	/* Construct: it has this error */
#define KEYCTL_INSTANTIATE_IOV		20	/* Construct: payload in pieces */
#define KEYCTL_INVALIDATE		21	/* Make it go at once */
#define KEYCTL_GET_PERSISTENT		22	/* Link a persistent keyring */
#define KEYCTL_DH_COMPUTE		23	/* Diffie-Hellman */
#define KEYCTL_PKEY_QUERY		24	/* What can an asymmetric key do? */
#define KEYCTL_PKEY_ENCRYPT		25	/* Encrypt with it */
#define KEYCTL_PKEY_DECRYPT		26	/* Decrypt with it */
#define KEYCTL_PKEY_SIGN		27	/* Sign with it */
#define KEYCTL_PKEY_VERIFY		28	/* Verify a signature with it */
#define KEYCTL_RESTRICT_KEYRING		29	/* Limit what may be linked */
#define KEYCTL_MOVE			30	/* Unlink here and link there */
#define KEYCTL_CAPABILITIES		31	/* Read KEYCTL_CAPS* */
#define KEYCTL_WATCH_KEY		32	/* Send changes to a pipe */

/* KEYCTL_DH_COMPUTE: "user" keys, each a number, most significant byte first */
struct keyctl_dh_params {
	union {
#ifndef __cplusplus
		__s32 private;	/* The exponent; not for C++, hence @priv */
#endif
		__s32 priv;	/* The same */
	};
	__s32 prime;		/* The modulus */
	__s32 base;		/* The generator, or the other's public key */
};

/* KEYCTL_DH_COMPUTE: how key material is derived of the shared secret */
struct keyctl_kdf_params {
	char __user *hashname;	/* Name of a hash */
	char __user *otherinfo;	/* SP800-56A OtherInfo, may be NULL */
	__u32 otherinfolen;	/* Its bytes */
	__u32 __spare[8];	/* Must be 0 */
};

/* Bits of keyctl_pkey_query.supported_ops */
#define KEYCTL_SUPPORTS_ENCRYPT		0x01
#define KEYCTL_SUPPORTS_DECRYPT		0x02
#define KEYCTL_SUPPORTS_SIGN		0x04
#define KEYCTL_SUPPORTS_VERIFY		0x08

/* KEYCTL_PKEY_QUERY: the answer */
struct keyctl_pkey_query {
	__u32		supported_ops;	/* KEYCTL_SUPPORTS_* */
	__u32		key_size;	/* Bits of the key */
	__u16		max_data_size;	/* Bytes, at most: to be signed */
	__u16		max_sig_size;	/* As a signature */
	__u16		max_enc_size;	/* To be encrypted */
	__u16		max_dec_size;	/* To be decrypted */
	__u32		__spare[10];	/* 0 */
};

/* KEYCTL_PKEY_{ENCRYPT,DECRYPT,SIGN,VERIFY} */
struct keyctl_pkey_params {
	__s32		key_id;		/* Serial number of the key */
	__u32		in_len;		/* Bytes of input */
	union {
		__u32		out_len;	/* Bytes that the output may have */
		__u32		in2_len;	/* Verify: bytes of the signature */
	};
	__u32		__spare[7];	/* 0 */
};

/* KEYCTL_MOVE flags */
#define KEYCTL_MOVE_EXCL	0x00000001 /* EEXIST rather than displace a key */

/* KEYCTL_CAPABILITIES: bits of the first byte ... */
#define KEYCTL_CAPS0_CAPABILITIES	0x01 /* KEYCTL_CAPABILITIES itself */
#define KEYCTL_CAPS0_PERSISTENT_KEYRINGS 0x02 /* KEYCTL_GET_PERSISTENT */
#define KEYCTL_CAPS0_DIFFIE_HELLMAN	0x04 /* KEYCTL_DH_COMPUTE */
#define KEYCTL_CAPS0_PUBLIC_KEY		0x08 /* KEYCTL_PKEY_* */
#define KEYCTL_CAPS0_BIG_KEY		0x10 /* Keys of type "big_key" */
#define KEYCTL_CAPS0_INVALIDATE		0x20 /* KEYCTL_INVALIDATE */
#define KEYCTL_CAPS0_RESTRICT_KEYRING	0x40 /* KEYCTL_RESTRICT_KEYRING */
#define KEYCTL_CAPS0_MOVE		0x80 /* KEYCTL_MOVE */
/* ... and of the second */
#define KEYCTL_CAPS1_NS_KEYRING_NAME	0x01 /* Names are a user namespace's */
#define KEYCTL_CAPS1_NS_KEY_TAG		0x02 /* Keys of a network namespace */
#define KEYCTL_CAPS1_NOTIFICATIONS	0x04 /* KEYCTL_WATCH_KEY */

#endif /* _LINUX_KEYCTL_H */
