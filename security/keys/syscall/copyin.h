/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Copy arguments from user space, before any lock is taken: a page fault may
 * sleep for as long as user space chooses.
 */
#ifndef _KEYS_SYSCALL_COPYIN_H
#define _KEYS_SYSCALL_COPYIN_H

#include <linux/cleanup.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/types.h>

struct iov_iter;

/*
 * Maximum size in bytes of the name of a key type, including its NUL, so that
 * the name fits into a buffer on the stack. A longer name is refused with
 * EINVAL. The number is documented in add_key(2).
 */
#define KEY_TYPE_NAME_SIZE	32

/*
 * Maximum length in bytes of a payload of any type. A longer payload is refused
 * with EINVAL and not copied, so that user space cannot make the kernel
 * allocate more. The number is the limit of "big_key", the type for long
 * payloads.
 */
#define KEY_MAX_PAYLOAD		(1024 * 1024 - 1)

/**
 * struct payload_copy - a copy of a payload in kernel memory
 * @data: the payload, owned by this object; NULL if the payload is empty
 * @len: length of the payload in bytes
 *
 * Declare a variable of this type with __free(payload_copy) and initialise it
 * to {}. Then the end of the scope overwrites and frees the payload, which may
 * be secret.
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
