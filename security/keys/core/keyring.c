// SPDX-License-Identifier: GPL-2.0-only
/*
 * The contents of keyrings.
 */
#include <linux/export.h>
#include <linux/keyctl.h>

#include "descent.h"
#include "key.h"
#include "keyring.h"
#include "notify.h"
#include "quota.h"
#include "restrict.h"
#include "ringname.h"

/*
 * Held from the check that linking a keyring makes no cycle until the link is
 * made. Taken inside a keyring's key.sem and its account's nest_mutex, so that
 * one user, with however many threads, stands in the queue for this one once.
 */
static DEFINE_MUTEX(keyring_nest_mutex);

/*
 * How many keyrings are looked at for a cycle, while everybody else who nests
 * keyrings waits
 */
#define NEST_MAX_RINGS	4096U

/**
 * keyring_nesting_freeze - let no keyring be linked into another for a while
 *
 * But for new ones, which lead nowhere yet. Links are taken out all the same.
 * guard(keyring_nesting)() ends by itself.
 *
 * Context: may sleep; takes keyring_nest_mutex, keyring_nesting_thaw() must
 * follow soon.
 */
void keyring_nesting_freeze(void)
{
	mutex_lock(&keyring_nest_mutex);
}

/**
 * keyring_nesting_thaw - keyrings may be linked into others again
 *
 * Context: may sleep; drops keyring_nest_mutex.
 */
void keyring_nesting_thaw(void)
{
	mutex_unlock(&keyring_nest_mutex);
}

/**
 * keyring_assert_nesting_frozen - the caller relies on it
 *
 * Context: any.
 */
void keyring_assert_nesting_frozen(void)
{
	lockdep_assert_held(&keyring_nest_mutex);
}

/**
 * keyring_dismantle - take a dead keyring out of everybody's sight
 * @ring: keyring with no reference left
 *
 * It may be freed when an RCU grace period has passed after the last call.
 *
 * Context: process context.
 * Return: true if there is more to do: call again.
 */
bool keyring_dismantle(struct keyring *ring)
{
	ringname_withdraw(ring);
	return link_detach_some(ring);
}

static bool links_key(const struct keyring *ring, const struct key *key)
{
	struct key_link *link;

	guard(rcu)();
	link = link_find_rcu(ring, &key->index);
	return link && link->key == key;
}

/*
 * What the keyring links in the key's place. With the keyring locked nothing is
 * added, but links may go at any time: see struct keyring.
 */
static void edit_look(struct keyring_edit *edit)
{
	struct key_link *link;

	guard(rcu)();
	link = link_find_rcu(edit->ring, &edit->key->index);
	edit->linked = link && link->key == edit->key;
	edit->displaces = link && !edit->linked;
}

/*
 * Before the keyring is locked, by what edit_look() saw: what is linked already
 * costs nothing, and what displaces another key costs nothing more.
 */
static int edit_reserve(struct keyring_edit *edit)
{
	struct key_link *link;

	edit->outdated = false;
	if (edit->linked)
		return 0;
	edit->uncharged = edit->displaces;
	link = edit->uncharged ? link_alloc(edit->ring, edit->key) :
		link_reserve(edit->ring, edit->key);
	if (IS_ERR(link))
		return PTR_ERR(link);
	edit->link = link;
	return 0;
}

/* From now on the link that is in the key's place leaves its charge to us. */
static bool edit_take_charge(struct keyring_edit *edit)
{
	struct keyring *ring = edit->ring;

	guard(spinlock)(&ring->lock);
	guard(rcu)();
	ring->handing_over = link_find_rcu(ring, &edit->key->index);
	edit->has_charge = ring->handing_over;
	return edit->has_charge;
}

/* That is over. True if we have the charge, since that link has gone. */
static bool edit_end_take_charge(struct keyring_edit *edit)
{
	struct keyring *ring = edit->ring;
	bool ours;

	if (!edit->has_charge)
		return false;
	edit->has_charge = false;
	guard(spinlock)(&ring->lock);
	ours = !ring->handing_over;
	ring->handing_over = NULL;
	return ours;
}

/* Does the link that was reserved do for what the keyring links now? */
static bool edit_is_ready(struct keyring_edit *edit)
{
	if (!edit->link)
		return false;
	return !edit->uncharged || edit_take_charge(edit);
}

/*
 * With the keyring locked: does it take links still, and is there room? -EAGAIN
 * if @edit is outdated: to be unlocked, reserved and tried again.
 */
static int edit_file(struct keyring_edit *edit)
{
	const struct key *ring = &edit->ring->key;
	int ret;

	lockdep_assert_held_write(&ring->sem);
	if (key_is_invalid(ring))
		return -ENOKEY;
	if (test_bit(KEY_FLAG_REVOKED, &ring->flags))
		return -EKEYREVOKED;
	edit_look(edit);
	if (edit->linked)
		return 0;
	edit->outdated = !edit_is_ready(edit);
	if (edit->outdated)
		return -EAGAIN;
	ret = link_file(edit->link);
	edit->filed = !ret;
	return ret;
}

static int edit_begin(struct keyring_edit *edit)
{
	int ret;

	edit_look(edit);
	ret = edit_reserve(edit);
	if (ret)
		return ret;
	down_write(&edit->ring->key.sem);
	ret = edit_file(edit);
	if (ret)
		keyring_edit_end(edit);
	return ret;
}

/**
 * keyring_edit_begin - prepare to link a key into a keyring
 * @edit: filled in; keyring_edit_end() must follow upon success
 * @keyring: keyring; the caller holds a reference
 * @key: key; the caller holds a reference until the edit has ended
 *
 * To link what is linked already changes nothing, and to displace another key
 * of the same index costs no more than that one did: both are possible without
 * any room.
 *
 * Context: may sleep; upon success, holds the keyring's key.sem for writing.
 * Return: 0, -ENOTDIR, -EKEYREVOKED or -ENOKEY if the keyring has come to its
 * end, -EDQUOT if its account cannot afford the link, or -ENOMEM.
 */
int keyring_edit_begin(struct keyring_edit *edit, struct key *keyring,
		       struct key *key)
{
	int ret;

	if (!key_is_keyring(keyring))
		return -ENOTDIR;
	*edit = (struct keyring_edit) {
		.ring = to_keyring(keyring),
		.key = key,
	};
	do {
		ret = edit_begin(edit);
	} while (edit->outdated);
	return ret;
}

static int find_cycle(const struct keyring *ring, const struct keyring *child)
{
	const struct keyring *below;
	unsigned int spent = 0;
	struct descent walk;

	if (child == ring)
		return -EDEADLK;
	guard(rcu)();
	descent_begin(&walk, &spent, NEST_MAX_RINGS * WALK_RING_UNITS);
	/* What nests in too many ways shall not come to be */
	walk.forgetful = true;
	descend_into(&walk, child);
	while ((below = descend_next(&walk))) {
		if (below == ring)
			return -EDEADLK;
		if (descend_into(&walk, below) ||
		    list_empty_careful(&below->rings))
			continue;
		/* The level below the lowest one is seen, not entered */
		return links_key(below, &ring->key) ? -EDEADLK : -ELOOP;
	}
	return descent_gave_up(&walk) ? -ELOOP : 0;
}

/**
 * keyring_edit_check - may the key be linked without a cycle?
 * @edit: edit that has begun, for a key that others know; a new one needs no
 *	check
 *
 * Context: may sleep; for a keyring, keeps others from nesting keyrings until
 * the edit has ended.
 * Return: 0, -EDEADLK if the key links the keyring, directly or not, or -ELOOP
 * if it nests too deep, or in too many ways, to tell.
 */
int keyring_edit_check(struct keyring_edit *edit)
{
	if (!key_is_keyring(edit->key))
		return 0;
	lockdep_assert_held_write(&edit->ring->key.sem);
	/* The keyring's semaphore keeps its account, see key_chown() */
	mutex_lock(&edit->ring->key.user->nest_mutex);
	mutex_lock(&keyring_nest_mutex);
	edit->nesting = true;
	return find_cycle(edit->ring, to_keyring(edit->key));
}

/* The link that the new one displaces, unless that has gone in the meantime. */
static struct key_link *__edit_displaced(const struct keyring_edit *edit)
{
	lockdep_assert_held(&edit->ring->lock);
	if (!edit->displaces)
		return NULL;
	guard(rcu)();
	return link_find_rcu(edit->ring, &edit->key->index);
}

/*
 * Whoever invalidated the key, or the keyring, sets the flag and then takes out
 * the links that there are: see key_invalidate(). This link may have been made
 * in between, so the flags are read after that.
 */
static void edit_recheck(const struct keyring_edit *edit)
{
	/* The link first: pairs with the barrier after the flag was set */
	smp_mb();
	if (key_is_invalid(edit->key))
		key_unlink_all(edit->key);
	if (key_is_invalid(&edit->ring->key))
		keyring_empty(edit->ring);
}

static void edit_commit_quietly(struct keyring_edit *edit)
{
	struct keyring *ring = edit->ring;
	struct key_link *old;

	lockdep_assert_held_write(&ring->key.sem);
	if (edit->linked)
		return;
	scoped_guard(spinlock, &ring->lock) {
		old = __edit_displaced(edit);
		if (old)
			__link_displace(edit->link, old);
		else
			__link_publish(edit->link);
	}
	edit->link = NULL;
	edit->has_charge = false;
	if (old)
		link_release(old);
	edit_recheck(edit);
}

/**
 * keyring_edit_commit - link the key
 * @edit: edit that has begun and passed its checks
 *
 * The link takes a reference of its own. A key of the same index is displaced,
 * in one step for whoever looks. If the key is linked already, watchers are
 * told so all the same. Cannot fail.
 *
 * Context: may sleep.
 */
void keyring_edit_commit(struct keyring_edit *edit)
{
	edit_commit_quietly(edit);
	notify_key(&edit->ring->key, NOTIFY_KEY_LINKED, key_serial(edit->key));
}

static void edit_cancel(struct keyring_edit *edit, bool charged)
{
	if (charged)
		link_cancel(edit->link);
	else
		link_cancel_uncharged(edit->link);
	edit->link = NULL;
}

/**
 * keyring_edit_end - the end of an edit, committed or not
 * @edit: edit that has begun
 *
 * Context: may sleep.
 */
void keyring_edit_end(struct keyring_edit *edit)
{
	bool inherited;

	if (edit->nesting) {
		mutex_unlock(&keyring_nest_mutex);
		mutex_unlock(&edit->ring->key.user->nest_mutex);
	}
	if (edit->filed && edit->link)
		link_unfile(edit->link);
	inherited = edit_end_take_charge(edit);
	up_write(&edit->ring->key.sem);
	if (edit->link)
		edit_cancel(edit, inherited || !edit->uncharged);
}

/**
 * keyring_link_new - link a key that needs no permission to be linked
 * @keyring: keyring
 * @key: key that links nothing, or nothing that leads to @keyring
 *
 * Context: may sleep.
 * Return: 0, or what keyring_edit_begin() said.
 */
int keyring_link_new(struct key *keyring, struct key *key)
{
	struct keyring_edit edit;
	int ret;

	ret = keyring_edit_begin(&edit, keyring, key);
	if (ret)
		return ret;
	keyring_edit_commit(&edit);
	keyring_edit_end(&edit);
	return 0;
}

static int link_checks(struct keyring_edit *edit)
{
	const struct key *key = edit->key;
	int ret;

	ret = restriction_check(edit->ring, key->type, &key->payload);
	return ret ?: keyring_edit_check(edit);
}

/**
 * key_link - link a key into a keyring
 * @keyring: keyring
 * @key: key; the link takes a reference of its own
 *
 * A key of the same type, domain and description is displaced; if it is this
 * very key, nothing changes. The keyring's restriction holds; no permission is
 * checked. See keyctl_link(3).
 *
 * Context: may sleep.
 * Return: 0, what keyring_edit_begin(), keyring_edit_check() or the restriction
 * said; nothing is changed then.
 */
int key_link(struct key *keyring, struct key *key)
{
	struct keyring_edit edit;
	int ret;

	ret = keyring_edit_begin(&edit, keyring, key);
	if (ret)
		return ret;
	ret = link_checks(&edit);
	if (!ret)
		keyring_edit_commit(&edit);
	keyring_edit_end(&edit);
	return ret;
}
EXPORT_SYMBOL(key_link);

static struct key_link *__find_link(struct keyring *ring, const struct key *key)
{
	struct key_link *link;

	lockdep_assert_held(&ring->lock);
	guard(rcu)();
	link = link_find_rcu(ring, &key->index);
	return link && link->key == key ? link : NULL;
}

/* Must be found and taken out under one hold of the lock. */
static struct key_link *take_out(struct keyring *ring, const struct key *key)
{
	struct key_link *link;

	guard(spinlock)(&ring->lock);
	link = __find_link(ring, key);
	if (link)
		__link_detach(link);
	return link;
}

/**
 * key_unlink - take a key out of a keyring
 * @keyring: keyring
 * @key: key; the caller holds a reference
 *
 * No permission is checked, nor KEY_FLAG_KEEP. See keyctl_unlink(3).
 *
 * Context: may sleep.
 * Return: 0, -ENOTDIR, or -ENOENT if the keyring does not link the key.
 */
int key_unlink(struct key *keyring, struct key *key)
{
	struct key_link *link;

	if (!key_is_keyring(keyring))
		return -ENOTDIR;
	scoped_guard(rwsem_write, &keyring->sem) {
		link = take_out(to_keyring(keyring), key);
		if (!link)
			return -ENOENT;
		notify_key(keyring, NOTIFY_KEY_UNLINKED, key_serial(key));
	}
	link_release(link);
	return 0;
}
EXPORT_SYMBOL(key_unlink);

/* Is there nothing to be moved, or no way to where it is to be? */
static int move_error(const struct keyring_edit *edit,
		      const struct keyring *from, unsigned int flags)
{
	if (!links_key(from, edit->key))
		return -ENOENT;
	if ((flags & KEYCTL_MOVE_EXCL) && (edit->linked || edit->displaces))
		return -EEXIST;
	return 0;
}

static int move_checks(struct keyring_edit *edit, struct keyring *from,
		       unsigned int flags)
{
	int ret = edit_file(edit);

	if (!ret)
		ret = move_error(edit, from, flags);
	return ret ?: link_checks(edit);
}

static void lock_rings(struct keyring *a, struct keyring *b)
{
	if (a > b)
		swap(a, b);
	spin_lock(&a->lock);
	spin_lock_nested(&b->lock, SINGLE_DEPTH_NESTING);
}

static void unlock_rings(struct keyring *a, struct keyring *b)
{
	spin_unlock(&a->lock);
	spin_unlock(&b->lock);
}

/* The key leaves one keyring and enters the other one in a single step. */
static void move_link(struct keyring_edit *edit, struct keyring *from)
{
	struct key_link *link, *old;

	lock_rings(edit->ring, from);
	old = __edit_displaced(edit);
	link = __find_link(from, edit->key);
	if (link)
		__link_move(edit->link, old, link);
	/* Gone already if the key was invalidated meanwhile */
	else if (old)
		__link_displace(edit->link, old);
	else
		__link_publish(edit->link);
	unlock_rings(edit->ring, from);
	edit->link = NULL;
	edit->has_charge = false;
	if (old)
		link_release(old);
	if (link)
		link_release(link);
	edit_recheck(edit);
}

static void move_commit(struct keyring_edit *edit, struct keyring *from)
{
	struct key_link *link;

	if (!edit->linked) {
		move_link(edit, from);
	} else {
		link = take_out(from, edit->key);
		if (link)
			link_release(link);
	}
	/* Told in the order in which one thinks of it */
	notify_key(&from->key, NOTIFY_KEY_UNLINKED, key_serial(edit->key));
	notify_key(&edit->ring->key, NOTIFY_KEY_LINKED, key_serial(edit->key));
}

/* Two keyrings are locked in the order of their addresses. */
static int move_locked(struct keyring_edit *edit, struct keyring *from,
		       unsigned int flags)
{
	struct rw_semaphore *a = &from->key.sem, *b = &edit->ring->key.sem;
	int ret;

	if (a > b)
		swap(a, b);
	down_write(a);
	down_write_nested(b, SINGLE_DEPTH_NESTING);
	ret = move_checks(edit, from, flags);
	if (!ret)
		move_commit(edit, from);
	up_write(&from->key.sem);
	/* Unlocks the other */
	keyring_edit_end(edit);
	return ret;
}

/**
 * key_move - let another keyring link a key
 * @key: key; the caller holds a reference
 * @from: keyring that links it
 * @to: keyring that is to link it
 * @flags: KEYCTL_MOVE_EXCL: displace no other key
 *
 * It is never absent from both, nor for those who search both, nor who climb
 * from the key. Where @to links the key already, it keeps its place. No
 * permission is checked. See keyctl_move(3).
 *
 * Context: may sleep.
 * Return: 0, -ENOTDIR, -ENOENT if @from does not link the key, -EEXIST,
 * or what key_link() would have said; nothing is changed then.
 */
int key_move(struct key *key, struct key *from, struct key *to,
	     unsigned int flags)
{
	struct keyring_edit edit = { .key = key };
	int ret;

	if (from == to)
		return 0;
	if (!key_is_keyring(from) || !key_is_keyring(to))
		return -ENOTDIR;
	edit.ring = to_keyring(to);
	do {
		edit_look(&edit);
		ret = move_error(&edit, to_keyring(from), flags);
		if (!ret)
			ret = edit_reserve(&edit);
		if (ret)
			return ret;
		ret = move_locked(&edit, to_keyring(from), flags);
	} while (edit.outdated);
	return ret;
}
EXPORT_SYMBOL(key_move);

/**
 * keyring_clear - take everything out of a keyring
 * @keyring: keyring
 *
 * No permission is checked, nor KEY_FLAG_KEEP. See keyctl_clear(3).
 *
 * Context: may sleep.
 * Return: 0 or -ENOTDIR.
 */
int keyring_clear(struct key *keyring)
{
	if (!key_is_keyring(keyring))
		return -ENOTDIR;
	guard(rwsem_write)(&keyring->sem);
	keyring_empty(to_keyring(keyring));
	notify_key(keyring, NOTIFY_KEY_CLEARED, 0);
	return 0;
}
EXPORT_SYMBOL(keyring_clear);

#if IS_ENABLED(CONFIG_KEYS_KUNIT_TEST)
#include "../tests/keyring_kunit.c"
#endif
