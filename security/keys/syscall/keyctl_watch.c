// SPDX-License-Identifier: GPL-2.0-only
/*
 * KEYCTL_WATCH_KEY: send notifications about a key to a pipe; see
 * watch_queue(7).
 */
#include <linux/security.h>
#include <linux/slab.h>
#include <linux/watch_queue.h>

#include "handlers.h"

static void watch_queue_drop(struct watch_queue *queue)
{
	if (!IS_ERR_OR_NULL(queue))
		put_watch_queue(queue);
}

DEFINE_FREE(watch_queue, struct watch_queue *, watch_queue_drop(_T))

static struct watch *new_watch(const struct key *key, struct watch_queue *queue,
			       u32 watch_id)
{
	struct watch *watch = kzalloc(sizeof(*watch), GFP_KERNEL);

	if (!watch)
		return NULL;
	init_watch(watch, queue);
	watch->id = key_serial(key);
	watch->info_id = watch_id << WATCH_INFO_ID__SHIFT;
	return watch;
}

/* Allocate a list of watches. A key gets its list with its first watch. */
static struct watch_list *new_watch_list(void)
{
	struct watch_list *list = kzalloc(sizeof(*list), GFP_KERNEL);

	if (list)
		init_watch_list(list, NULL);
	return list;
}

static int publish_watch(struct key *key, struct watch *watch,
			 struct watch_list **list)
{
	guard(rwsem_write)(&key->sem);
	if (!key->watchers) {
		/*
		 * notify_key() may read the pointer without key->sem. Pairs
		 * with the address dependency after READ_ONCE() there: a task
		 * that sees the pointer sees an initialised list.
		 */
		smp_store_release(&key->watchers, *list);
		*list = NULL;
	}
	return add_watch_to_object(watch, key->watchers);
}

static int watch_add(struct key *key, struct watch_queue *queue, u32 watch_id)
{
	/*
	 * Allocate the list before publish_watch() takes key->sem, so that no
	 * task waits for key->sem during the allocation. The list may not be
	 * needed: the end of this function frees the list, unless
	 * publish_watch() has made it the key's list.
	 */
	struct watch_list *list __free(kfree) = new_watch_list();
	struct watch *watch;
	int ret;

	ret = security_watch_key(key);
	if (ret)
		return ret;
	watch = new_watch(key, queue, watch_id);
	if (!watch || !list)
		ret = -ENOMEM;
	else
		ret = publish_watch(key, watch, &list);
	/* On success, the list and the queue own the watch */
	if (ret)
		kfree(watch);
	return ret;
}

static int watch_remove(struct key *key, struct watch_queue *queue)
{
	guard(rwsem_write)(&key->sem);
	if (!key->watchers)
		return -EBADSLT;
	return remove_watch_from_object(key->watchers, queue, key_serial(key),
					false);
}

/**
 * keyctl_watch_key - add or remove a watch on a key; see keyctl_watch_key(3)
 * @args: key, file descriptor of the pipe, number to send in notifications or
 *	-1 to remove the watch
 *
 * Context: may sleep.
 * Return: 0; -EINVAL for a number below -1 or above 255, or for a descriptor
 * that is not a notification pipe; -EACCES without View permission; -EBUSY if
 * the pipe already watches the key; -EAGAIN if the user has as many watches as
 * RLIMIT_NOFILE allows; -ENOENT if the pipe is being closed; -EBADSLT if there
 * is no watch to remove; -ENOMEM; the error of a security module; or see
 * lookup_user_key().
 */
long keyctl_watch_key(const struct keyctl_args *args)
{
	int watch_id = args->arg4;

	if (watch_id < -1 || watch_id > 0xff)
		return -EINVAL;

	CLASS(user_key, ref)(args->arg2, KEY_LOOKUP_CREATE, KEY_NEED_VIEW);

	if (IS_ERR(ref))
		return PTR_ERR(ref);

	struct watch_queue *queue __free(watch_queue) = NULL;

	queue = get_watch_queue(args->arg3);
	if (IS_ERR(queue))
		return PTR_ERR(queue);
	if (watch_id < 0)
		return watch_remove(key_ref_to_ptr(ref), queue);
	return watch_add(key_ref_to_ptr(ref), queue, watch_id);
}
