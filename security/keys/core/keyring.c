// SPDX-License-Identifier: GPL-2.0-only
/*
 * The contents of keyrings: link, unlink and move keys.
 */
#include <linux/export.h>
#include <linux/keyctl.h>

#include "key.h"
#include "keyring.h"
#include "nesting.h"
#include "notify.h"
#include "quota.h"
#include "restrict.h"
#include "ringname.h"

/**
 * keyring_dismantle - remove the name and some links of a keyring
 * @ring: unreferenced keyring
 *
 * The caller may free the keyring after the last call and a grace period.
 *
 * Context: process context.
 * Return: true if links may be left; the caller must call again.
 */
bool keyring_dismantle(struct keyring *ring)
{
	ringname_withdraw(ring);
	return link_detach_some(ring);
}

/*
 * Find out whether the keyring links the key, or another key of the same index.
 * While key.sem is held, no link is added, but links may be detached at any
 * time: see struct keyring.
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
 * Reserve a link before the keyring is locked, according to what edit_look()
 * found. If the key is linked already, no link is needed. If the link displaces
 * another link, the new link is not charged.
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

/*
 * Arrange that the link which @edit displaces does not refund its charge when
 * that link is detached. False if the keyring links no key of this index.
 */
static bool edit_take_charge(struct keyring_edit *edit)
{
	struct keyring *ring = edit->ring;

	guard(spinlock)(&ring->lock);
	guard(rcu)();
	ring->handing_over = link_find_rcu(ring, &edit->key->index);
	edit->has_charge = ring->handing_over;
	return edit->has_charge;
}

/*
 * Undo edit_take_charge(). True if the other link was detached in between, so
 * that the link of @edit now has that charge.
 */
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

/* Is the reservation right for the links that the keyring has now? */
static bool edit_is_ready(struct keyring_edit *edit)
{
	if (!edit->link)
		return false;
	return !edit->uncharged || edit_take_charge(edit);
}

/*
 * With key.sem held, insert the reserved link into the table, if the keyring is
 * neither revoked nor invalid. -EAGAIN if @edit is outdated: the caller then
 * releases key.sem, reserves a link again, and retries.
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
 * If the keyring links the key already, nothing is changed. If the key
 * displaces another key of the same index, the new link takes over the charge
 * of the old link. So neither is refused when the account is at its quota.
 *
 * Context: may sleep; upon success, holds the keyring's key.sem for writing.
 * Return: 0, -ENOTDIR if @keyring is no keyring, -EKEYREVOKED if it is revoked,
 * -ENOKEY if it is invalid, -EDQUOT if its account is over its quota, or
 * -ENOMEM.
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

/**
 * keyring_edit_check - check that a link makes no cycle of keyrings
 * @edit: edit that has begun. A new key, which no other task can find yet,
 *	needs no check.
 *
 * Context: may sleep; if the key is a keyring, no other task can link keyrings
 * into keyrings until the edit has ended.
 * Return: 0, -EDEADLK if the key is or links the keyring, directly or through
 * other keyrings, or -ELOOP if the keyrings below the key are nested too deep
 * or have too many paths to check.
 */
int keyring_edit_check(struct keyring_edit *edit)
{
	if (!key_is_keyring(edit->key))
		return 0;
	lockdep_assert_held_write(&edit->ring->key.sem);
	edit->nesting = true;
	return nesting_begin(edit->ring, to_keyring(edit->key));
}

/* The link that the new link displaces. NULL if it was detached meanwhile. */
static struct key_link *__edit_displaced(const struct keyring_edit *edit)
{
	lockdep_assert_held(&edit->ring->lock);
	if (!edit->displaces)
		return NULL;
	guard(rcu)();
	return link_find_rcu(edit->ring, &edit->key->index);
}

/*
 * A task that makes a key invalid sets a flag first, and then unlinks the key
 * from its keyrings and, if the key is a keyring, all keys from it. That task
 * may have missed the link of this edit. So read the flags after the link was
 * published, and unlink again.
 */
static void edit_recheck(const struct keyring_edit *edit)
{
	/*
	 * Pairs with smp_mb() in unlink_ended() and smp_mb__after_atomic() in
	 * detach_type(), between setting the flag and unlinking.
	 */
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
 * The link takes a reference to the key. Another key of the same index is
 * displaced; a search finds one of the two keys at any time. Watchers are
 * notified even if the key was linked already. The commit cannot fail.
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
 * keyring_edit_end - end an edit, and undo it if it was not committed
 * @edit: edit that has begun
 *
 * Context: may sleep.
 */
void keyring_edit_end(struct keyring_edit *edit)
{
	bool inherited;

	if (edit->nesting)
		nesting_end(edit->ring);
	if (edit->filed && edit->link)
		link_unfile(edit->link);
	inherited = edit_end_take_charge(edit);
	up_write(&edit->ring->key.sem);
	if (edit->link)
		edit_cancel(edit, inherited || !edit->uncharged);
}

/**
 * keyring_link_new - link a key without a check for restriction or cycle
 * @keyring: keyring
 * @key: key; if it is a keyring, it must not link @keyring, directly or through
 *	other keyrings
 *
 * Context: may sleep.
 * Return: 0, or the error of keyring_edit_begin().
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
 * @key: key; the link takes a reference
 *
 * Another key of the same type, domain and description is displaced. If the
 * keyring links @key already, nothing changes. The keyring's restriction is
 * checked; no permission is checked. See keyctl_link(3).
 *
 * Context: may sleep.
 * Return: 0, or the error of keyring_edit_begin(), keyring_edit_check() or the
 * restriction; nothing is changed then.
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

/*
 * Find and detach the link to a key. The lock is held throughout, so that no
 * other task detaches the same link.
 */
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
 * key_unlink - unlink a key from a keyring
 * @keyring: keyring
 * @key: key; the caller holds a reference
 *
 * Neither permissions nor KEY_FLAG_KEEP are checked. See keyctl_unlink(3).
 *
 * Context: may sleep.
 * Return: 0, -ENOTDIR if @keyring is no keyring, or -ENOENT if the keyring does
 * not link the key.
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

/* Why the key cannot be moved: @from does not link it, or KEYCTL_MOVE_EXCL. */
static int move_error(const struct keyring_edit *edit,
		      const struct keyring *from, unsigned int flags)
{
	if (!link_exists(from, edit->key))
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

/* Unlink the key from @from and link it into the other keyring in one step. */
static void move_link(struct keyring_edit *edit, struct keyring *from)
{
	struct key_link *link, *old;

	lock_rings(edit->ring, from);
	old = __edit_displaced(edit);
	link = __find_link(from, edit->key);
	if (link)
		__link_move(edit->link, old, link);
	/* The link is detached already if the key was invalidated meanwhile */
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
		/* A search may have come too early for the other link */
		link_note_move();
		link = take_out(from, edit->key);
		if (link)
			link_release(link);
	}
	/* A watcher of both keyrings gets the unlinking first */
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
	/* This releases the semaphore of the other keyring */
	keyring_edit_end(edit);
	return ret;
}

/**
 * key_move - unlink a key from a keyring, and link it into another one
 * @key: key; the caller holds a reference
 * @from: keyring that links the key
 * @to: keyring into which the key is linked
 * @flags: KEYCTL_MOVE_EXCL: fail if @to links a key of the same index
 *
 * At any time, at least one of the keyrings links the key. How a search of both
 * keyrings finds the key is described at struct keyring_moves. If @to links the
 * key already, the key keeps its position there. Nothing is done if @from is
 * @to. No permission is checked. See keyctl_move(3).
 *
 * Context: may sleep.
 * Return: 0, -ENOTDIR if @from or @to is no keyring, -ENOENT if @from does not
 * link the key, -EEXIST because of KEYCTL_MOVE_EXCL, or an error of key_link();
 * nothing is changed then.
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
 * keyring_clear - unlink all keys from a keyring
 * @keyring: keyring
 *
 * Neither permissions nor KEY_FLAG_KEEP are checked. See keyctl_clear(3).
 *
 * Context: may sleep.
 * Return: 0, or -ENOTDIR if @keyring is no keyring.
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
