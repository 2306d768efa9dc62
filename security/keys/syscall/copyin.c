// SPDX-License-Identifier: GPL-2.0-only
/*
 * Copy arguments from user space, before any lock is taken: a page fault may
 * sleep for as long as user space chooses.
 */
#include <linux/err.h>
#include <linux/string.h>
#include <linux/uaccess.h>
#include <linux/uio.h>

#include "../core/key.h"
#include "copyin.h"

/**
 * copy_type_name - copy the name of a key type
 * @name: buffer for the name
 * @from: a string in user space
 *
 * Context: may fault.
 * Return: 0; -EFAULT; -EINVAL if the name is empty or too long; -EPERM for a
 * name with a leading dot, which is reserved for the kernel.
 */
int copy_type_name(char name[KEY_TYPE_NAME_SIZE], const char __user *from)
{
	long len = strncpy_from_user(name, from, KEY_TYPE_NAME_SIZE);

	if (len < 0)
		return len;
	if (len == 0 || len >= KEY_TYPE_NAME_SIZE)
		return -EINVAL;
	return name[0] == '.' ? -EPERM : 0;
}

/**
 * copy_description - copy the description of a key
 * @from: a string in user space
 *
 * Context: may fault.
 * Return: the string, which the caller must kfree(); or an ERR_PTR: -EFAULT,
 * -EINVAL if the string with its NUL is longer than KEY_MAX_DESC_SIZE, -ENOMEM.
 */
char *copy_description(const char __user *from)
{
	return strndup_user(from, KEY_MAX_DESC_SIZE);
}

/**
 * copy_optional_string - copy a string that may be absent
 * @from: a string in user space, or NULL
 * @size: maximum size of the string, with its NUL
 *
 * Context: may fault.
 * Return: the string, which the caller must kfree(); NULL if @from is NULL; or
 * an ERR_PTR: -EFAULT, -EINVAL if the string is too long, -ENOMEM.
 */
char *copy_optional_string(const char __user *from, size_t size)
{
	return from ? strndup_user(from, size) : NULL;
}

/**
 * copy_payload_iter - copy a payload from several buffers
 * @payload: set to the copy; must be empty before. After -EFAULT, @payload owns
 *	an incomplete copy.
 * @from: the buffers in user space
 *
 * Context: may fault.
 * Return: 0; -EINVAL if the payload is longer than KEY_MAX_PAYLOAD, -EFAULT,
 * -ENOMEM.
 */
int copy_payload_iter(struct payload_copy *payload, struct iov_iter *from)
{
	size_t len = iov_iter_count(from);

	if (len > KEY_MAX_PAYLOAD)
		return -EINVAL;
	if (!len)
		return 0;
	payload->data = kvmalloc(len, GFP_KERNEL_ACCOUNT);
	if (!payload->data)
		return -ENOMEM;
	payload->len = len;
	return copy_from_iter_full(payload->data, len, from) ? 0 : -EFAULT;
}

/**
 * copy_payload - copy a payload
 * @payload: set to the copy; must be empty before. After -EFAULT, @payload owns
 *	an incomplete copy.
 * @from: the payload in user space; not used if @len is 0
 * @len: length of the payload in bytes
 *
 * Context: may fault.
 * Return: 0; -EINVAL if the payload is longer than KEY_MAX_PAYLOAD, -EFAULT,
 * -ENOMEM.
 */
int copy_payload(struct payload_copy *payload, const void __user *from,
		 size_t len)
{
	if (len > KEY_MAX_PAYLOAD)
		return -EINVAL;
	if (!len)
		return 0;
	payload->data = kvmalloc(len, GFP_KERNEL_ACCOUNT);
	if (!payload->data)
		return -ENOMEM;
	payload->len = len;
	return copy_from_user(payload->data, from, len) ? -EFAULT : 0;
}
