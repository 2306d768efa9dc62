// SPDX-License-Identifier: GPL-2.0-only
/*
 * Edits: link a key into a keyring, or move a key from one keyring to another.
 */
#include "edit.h"
#include "key.h"
#include "nesting.h"
#include "notify.h"

/*
 * Find out whether the keyring links the key, or another key of the same index
 * (type, domain, description). While the keyring's key.sem is held, no link is
 * added, but links may be detached at any time: see struct keyring.
 */
static void edit_look(struct keyring_edit *edit)
{
	struct key_link *link;

	guard(rcu)();
	link = link_find_rcu(edit->ring, &edit->key->index);
	edit->linked = link && link->key == edit->key;
	edit->displaces = link && !edit->linked;
}

static void edit_lock_links(struct keyring_edit *edit)
{
	struct keyring *a = edit->ring, *b = edit->from;

	if (!b) {
		spin_lock(&a->lock);
		return;
	}
	if (a > b)
		swap(a, b);
	spin_lock(&a->lock);
	spin_lock_nested(&b->lock, SINGLE_DEPTH_NESTING);
}

static void edit_unlock_links(struct keyring_edit *edit)
{
	spin_unlock(&edit->ring->lock);
	if (edit->from)
		spin_unlock(&edit->from->lock);
}

/* The error if the edit is a move that cannot be made, otherwise 0. */
static int edit_move_error(const struct keyring_edit *edit)
{
	if (!edit->from)
		return 0;
	if (!link_exists(edit->from, edit->key))
		return -ENOENT;
	return edit->excl && (edit->linked || edit->displaces) ? -EEXIST : 0;
}

/*
 * Look at the links while key.sem is not held. If another task moves the same
 * key, both keyrings link the key for an instant, but not while a task holds
 * the locks of the links. Without the locks, this task could return EEXIST when
 * the move was over and the right error is ENOENT.
 */
static int edit_look_early(struct keyring_edit *edit)
{
	int ret;

	if (!edit->from) {
		edit_look(edit);
		return 0;
	}
	edit_lock_links(edit);
	edit_look(edit);
	ret = edit_move_error(edit);
	edit_unlock_links(edit);
	return ret;
}

/*
 * Allocate and charge a link before the keyring is locked, because this may
 * take long. If edit_look() found that the key is linked already, no link is
 * needed. If the new link displaces another link, the new link is not charged
 * now, but takes over the other link's charge: see edit_claim_charge().
 */
static int edit_reserve(struct keyring_edit *edit)
{
	struct key_link *link;

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
 * Lock the keyring, or both keyrings of a move. Two keyrings are locked in the
 * order of their addresses, so that opposite moves do not deadlock.
 */
static void edit_lock(struct keyring_edit *edit)
{
	struct rw_semaphore *a = &edit->ring->key.sem, *b;

	if (!edit->from) {
		down_write(a);
		return;
	}
	b = &edit->from->key.sem;
	if (a > b)
		swap(a, b);
	down_write(a);
	down_write_nested(b, SINGLE_DEPTH_NESTING);
}

static void edit_unlock(struct keyring_edit *edit)
{
	up_write(&edit->ring->key.sem);
	if (edit->from)
		up_write(&edit->from->key.sem);
}

/*
 * Arrange that the charge of the link that @edit displaces is not refunded when
 * that link is detached, by whatever task: the link of @edit takes the charge
 * over. False if the keyring links no key of this index (type, domain,
 * description), so that there is no charge to take over.
 */
static bool edit_claim_charge(struct keyring_edit *edit)
{
	struct keyring *ring = edit->ring;

	guard(spinlock)(&ring->lock);
	guard(rcu)();
	ring->handing_over = link_find_rcu(ring, &edit->key->index);
	edit->has_charge = ring->handing_over;
	return edit->has_charge;
}

/*
 * Undo edit_claim_charge(). True if the link that @edit was to displace has
 * been detached in between: that link's charge was not refunded, so the link of
 * @edit has this charge now.
 */
static bool edit_unclaim_charge(struct keyring_edit *edit)
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

/*
 * Can the link that was reserved before the keyring was locked be used? Not if
 * no link was reserved, because the keyring linked the key at that time. And
 * not if the link has no charge, and the link whose charge it was to take over
 * has been detached meanwhile.
 */
static bool edit_is_ready(struct keyring_edit *edit)
{
	if (!edit->link)
		return false;
	return !edit->uncharged || edit_claim_charge(edit);
}

/*
 * With key.sem held, insert the reserved link into the table of links, if the
 * keyring is neither revoked nor invalid. If the reserved link cannot be used,
 * set ->outdated and return -EAGAIN: edit_begin() then reserves a link again,
 * with key.sem released, and retries.
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

static int edit_try_begin(struct keyring_edit *edit)
{
	int ret;

	edit->outdated = false;
	ret = edit_look_early(edit) ?: edit_reserve(edit);
	if (ret)
		return ret;
	edit_lock(edit);
	ret = edit_file(edit) ?: edit_move_error(edit);
	if (ret)
		keyring_edit_end(edit);
	return ret;
}

static int edit_begin(struct keyring_edit *edit)
{
	int ret;

	do {
		ret = edit_try_begin(edit);
	} while (edit->outdated);
	return ret;
}

/**
 * keyring_edit_begin - prepare to link a key into a keyring
 * @edit: filled in; keyring_edit_end() must follow upon success
 * @keyring: keyring; the caller holds a reference
 * @key: key; the caller holds a reference until the edit has ended
 *
 * If the keyring links the key already, nothing is changed. If the key
 * displaces another key of the same index (type, domain, description), the new
 * link takes over the charge of the old link. So in both cases the account is
 * charged nothing, and -EDQUOT is not returned.
 *
 * Context: may sleep; upon success, holds the keyring's key.sem for writing.
 * Return: 0, -ENOTDIR if @keyring is no keyring, -EKEYREVOKED if @keyring is
 * revoked, -ENOKEY if @keyring is invalid, -EDQUOT if its account would exceed
 * its quota, or -ENOMEM.
 */
int keyring_edit_begin(struct keyring_edit *edit, struct key *keyring,
		       struct key *key)
{
	if (!key_is_keyring(keyring))
		return -ENOTDIR;
	*edit = (struct keyring_edit) {
		.ring = to_keyring(keyring),
		.key = key,
	};
	return edit_begin(edit);
}

/**
 * keyring_edit_begin_move - prepare to move a key to another keyring
 * @edit: filled in; keyring_edit_end() must follow upon success
 * @key: key; the caller holds a reference until the edit has ended
 * @from: keyring that links the key; the caller holds a reference
 * @to: another keyring; the caller holds a reference
 * @excl: fail if @to links @key already, or another key of the same index
 *	(type, domain, description)
 *
 * Context: may sleep; upon success, holds key.sem of both keyrings for writing.
 * Return: 0, -ENOTDIR if @from or @to is no keyring, -ENOENT if @from does not
 * link the key, -EEXIST because of @excl, or see keyring_edit_begin().
 */
int keyring_edit_begin_move(struct keyring_edit *edit, struct key *key,
			    struct key *from, struct key *to, bool excl)
{
	if (!key_is_keyring(from) || !key_is_keyring(to))
		return -ENOTDIR;
	*edit = (struct keyring_edit) {
		.ring = to_keyring(to),
		.key = key,
		.from = to_keyring(from),
		.excl = excl,
	};
	return edit_begin(edit);
}

/**
 * keyring_edit_check - check that a link makes no cycle of keyrings
 * @edit: edit that has begun. A new key, which no other task can find yet,
 *	needs no check.
 *
 * Context: may sleep; if the key is a keyring, no other task can link keyrings
 * into keyrings until the edit was committed or has ended.
 * Return: 0, -EDEADLK if the key is or links the keyring, directly or through
 * other keyrings, or -ELOOP if the keyrings below the key are nested too deep
 * or have too many paths to check.
 */
int keyring_edit_check(struct keyring_edit *edit)
{
	lockdep_assert_held_write(&edit->ring->key.sem);
	if (!key_is_keyring(edit->key))
		return 0;
	edit->nesting = true;
	return nesting_begin(edit->ring, to_keyring(edit->key));
}

static void edit_end_nesting(struct keyring_edit *edit)
{
	if (!edit->nesting)
		return;
	edit->nesting = false;
	nesting_end(edit->ring);
}

/* The link that the new link displaces; NULL if there is none (any more). */
static struct key_link *__edit_displaced(const struct keyring_edit *edit)
{
	lockdep_assert_held(&edit->ring->lock);
	if (!edit->displaces)
		return NULL;
	guard(rcu)();
	return link_find_rcu(edit->ring, &edit->key->index);
}

/*
 * The link to the key in the keyring from which the key is moved. NULL if the
 * edit is no move, or if that link was detached meanwhile, because the key or
 * the keyring became invalid.
 */
static struct key_link *__edit_source(const struct keyring_edit *edit)
{
	return edit->from ? __link_find(edit->from, edit->key) : NULL;
}

/*
 * A task that makes a key invalid sets a flag first. Then the task unlinks the
 * key from its keyrings and, if the key is a keyring, unlinks all keys from
 * this keyring. The task does not see the link of this edit if the link is
 * published too late. So read the flags after the link was published, and
 * unlink again.
 */
static void edit_recheck(const struct keyring_edit *edit)
{
	/*
	 * Pairs with smp_mb() in unlink_ended() and smp_mb__after_atomic() in
	 * detach_type(), between setting the flag and unlinking: either that
	 * task sees the link, or this task sees the flag.
	 */
	smp_mb();
	if (key_is_invalid(edit->key))
		key_unlink_all(edit->key);
	if (key_is_invalid(&edit->ring->key))
		keyring_empty(edit->ring);
}

/*
 * Publish the link. While the locks are held, also detach the displaced link,
 * and the link from which the key is moved. So tasks that lock the keyrings see
 * all of this or nothing. Readers without a lock see one of the links at any
 * time.
 */
static void edit_publish(struct keyring_edit *edit)
{
	struct key_link *old, *source;

	edit_lock_links(edit);
	old = __edit_displaced(edit);
	source = __edit_source(edit);
	if (source)
		__link_move(edit->link, old, source);
	else if (old)
		__link_displace(edit->link, old);
	else
		__link_publish(edit->link);
	edit_unlock_links(edit);
	edit->link = NULL;
	edit->has_charge = false;
	if (old)
		link_release(old);
	if (source)
		link_release(source);
	/*
	 * Before edit_recheck(), which may take long for a keyring with many
	 * links, and before watchers are notified, of whom a user may have
	 * many: all users wait for this lock
	 */
	edit_end_nesting(edit);
	edit_recheck(edit);
}

/* Finish a move to a keyring that links the key already: only unlink. */
static void edit_leave_source(struct keyring_edit *edit)
{
	struct key_link *link;

	/*
	 * A search may have looked into edit->ring before the key was linked
	 * there, and may now miss the key in edit->from. To count a move makes
	 * the search look again.
	 */
	link_note_move();
	link = link_take_out(edit->from, edit->key);
	if (link)
		link_release(link);
}

/**
 * keyring_edit_commit - link the key, and finish the move if the edit is one
 * @edit: edit that has begun and passed its checks
 *
 * The link takes a reference to the key. Another key of the same index (type,
 * domain, description) is displaced; a search finds one of the two keys at any
 * time. If the key is moved, at least one of the two keyrings links the key at
 * any time. Watchers are notified even if the key was linked already. The
 * commit cannot fail.
 *
 * Context: may sleep.
 */
void keyring_edit_commit(struct keyring_edit *edit)
{
	const key_serial_t serial = key_serial(edit->key);

	lockdep_assert_held_write(&edit->ring->key.sem);
	if (!edit->linked)
		edit_publish(edit);
	else if (edit->from)
		edit_leave_source(edit);
	edit_end_nesting(edit);
	/* Unlinking first: a task that watches both keyrings sees the order */
	if (edit->from)
		notify_key(&edit->from->key, NOTIFY_KEY_UNLINKED, serial);
	notify_key(&edit->ring->key, NOTIFY_KEY_LINKED, serial);
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
	bool charged = !edit->uncharged;

	edit_end_nesting(edit);
	if (edit->filed && edit->link)
		link_unfile(edit->link);
	charged |= edit_unclaim_charge(edit);
	edit_unlock(edit);
	if (edit->link)
		edit_cancel(edit, charged);
}

#if IS_ENABLED(CONFIG_KEYS_KUNIT_TEST)
#include "../tests/edit_kunit.c"
#endif
