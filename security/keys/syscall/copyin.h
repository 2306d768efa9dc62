/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What user space hands in, copied before any lock is taken.
 */
#ifndef _KEYS_SYSCALL_COPYIN_H
#define _KEYS_SYSCALL_COPYIN_H

#include <linux/cleanup.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/types.h>

struct iov_iter;

/* Longest name of a type, with its NUL; add_key(2) says 32 */
#define KEY_TYPE_NAME_SIZE	32

/* Most bytes that any type may be given at once */
#define KEY_MAX_PAYLOAD		(1024 * 1024 - 1)

/**
 * struct payload_copy - a payload, in kernel memory
 * @data: the bytes, owned; NULL if there are none
 * @len: their number
 *
 * Initialise to {} and declare with __free(payload_copy): the bytes may be
 * secret and are wiped at the end of the scope.
 */
struct payload_copy {
	void	*data;
	size_t	len;
};

int copy_type_name(char name[KEY_TYPE_NAME_SIZE], const char __user *from);
char *copy_description(const char __user *from);
char *copy_optional_string(const char __user *from, size_t size);
int copy_payload(struct payload_copy *payload, const void __user *from,
		 size_t len);
int copy_payload_iter(struct payload_copy *payload, struct iov_iter *from);

DEFINE_FREE(payload_copy, struct payload_copy,
	    kvfree_sensitive(_T.data, _T.len))

#endif /* _KEYS_SYSCALL_COPYIN_H */
