/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Copy arguments from user space, before any lock is taken.
 */
#ifndef _KEYS_SYSCALL_COPYIN_H
#define _KEYS_SYSCALL_COPYIN_H

#include <linux/cleanup.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/types.h>

struct iov_iter;

/* Size of the longest type name, with its NUL; 32 according to add_key(2) */
#define KEY_TYPE_NAME_SIZE	32

/* Longest payload that is copied for any type */
#define KEY_MAX_PAYLOAD		(1024 * 1024 - 1)

/**
 * struct payload_copy - a copy of a payload in kernel memory
 * @data: the payload, owned by this object; NULL if the payload is empty
 * @len: length of the payload
 *
 * Initialise to {} and declare with __free(payload_copy). Then the payload,
 * which may be secret, is wiped and freed at the end of the scope.
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
