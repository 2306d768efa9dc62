/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Publish and invalidate: a task links a key while other tasks invalidate the
 * key, collect the keyring, and find the key.
 *
 * Proved: an invalid key does not stay linked, and an invalid keyring links
 * nothing (locking.rst, Barriers); a link is detached once; a lookup finds no
 * link that is filed but not published; a reference is taken only while the key
 * has one; key_invalidate() returns after the key is unlinked, even if another
 * task has set the flag.
 *
 * A write without a barrier behind it stays in a store buffer: store_* says
 * that it is there, and memory() makes it visible at any time. A lock is
 * released when the writes before the release are visible.
 *
 * Left out, an error must be found:
 * check-error: -DNO_MB_RECHECK     edit_recheck() without smp_mb()
 * check-error: -DNO_MB_UNLINK      unlink_ended() without smp_mb()
 * check-error: -DNO_RECHECK_KEY    edit_recheck() does not look at the key
 * check-error: -DNO_RECHECK_RING   edit_recheck() does not look at the keyring
 * check-error: -DNO_SECOND_LOOK    detach_once() does not look under the lock
 * check-error: -DFIRST_UNLINKS     only the task that set the flag unlinks
 * check-error: -DNO_UNHASHED_CHECK link_cmp() accepts unpublished links
 * check-error: -DNO_TRYGET         key_tryget() takes a reference from zero
 */
#define lock(l)		atomic { !l -> l = true }
#define unlock(l)	l = false

bool ring_sem, ring_lock;	/* ring->key.sem, ring->lock */
bool key_invalid, ring_invalid;	/* KEY_FLAG_INVALIDATED */
bool store_key_invalid, store_ring_invalid;
bool filed;			/* the new link is in the table */
bool link, store_link;		/* the new link is in key->parents */
bool committed;			/* the checks have passed */
bool first = true;		/* another keyring's link, there from the start */
bool first_lock;		/* that keyring's lock */
byte usage = 4;			/* first, linker, two invalidators */
byte ended;			/* processes that have ended */

/* key.c: key_put() */
inline put()
{
	atomic {
		assert(usage > 0);
		usage--
	}
}

/* link.c: detach_latest(), detach_once(), __link_detach(), link_release() */
inline detach(node, its_lock)
{
	lock(its_lock);
#ifdef NO_SECOND_LOOK
	node = false;
	unlock(its_lock);
	put()
#else
	if
	:: node ->
		node = false;
		unlock(its_lock);
		put()
	:: else -> unlock(its_lock)
	fi
#endif
}

/* link.c: key_unlink_all(): the newest link is first in key->parents */
inline unlink_all()
{
	do
	:: link -> detach(link, ring_lock)
	:: !link ->
		if
		:: first -> detach(first, first_lock)
		:: !first -> break
		fi
	od
}

/* link.c: keyring_empty(), link_detach_some(): looks under the lock only */
inline detach_if_linked()
{
	lock(ring_lock);
	if
	:: link ->
		link = false;
		unlock(ring_lock);
		put()
	:: else -> unlock(ring_lock)
	fi
}

/* keyring.c: key_link() */
proctype linker()
{
	/* edit.c: edit_lock(), edit_file() */
	lock(ring_sem);
	if
	:: ring_invalid -> goto end
	:: !ring_invalid
	fi;
	filed = true;		/* link.c: link_file() */
	if
	:: skip			/* restriction_check() allows the link */
	:: filed = false; goto end
	fi;
	committed = true;
	/* edit.c: edit_publish(); link.c: __link_publish() */
	lock(ring_lock);
	usage++;
	store_link = true;
	/* edit.c: edit_recheck() */
#ifndef NO_MB_RECHECK
	!store_link;
#endif
#ifndef NO_RECHECK_KEY
	if
	:: key_invalid -> !store_link; unlink_all()
	:: !key_invalid
	fi;
#endif
#ifndef NO_RECHECK_RING
	if
	:: ring_invalid -> !store_link; detach_if_linked()
	:: !ring_invalid
	fi;
#endif
end:
	atomic { unlock(ring_sem); put(); ended++ }
}

/* reap.c: key_invalidate(), or next_ended() of an expired key; unlink_ended() */
proctype invalidator()
{
	bool set;

	atomic {
		set = !key_invalid && !store_key_invalid;
		if
		:: set -> store_key_invalid = true
		:: else
		fi
	}
#ifndef NO_MB_UNLINK
	!store_key_invalid;
#endif
#ifdef FIRST_UNLINKS
	if
	:: set -> unlink_all()
	:: else
	fi;
#else
	unlink_all();
#endif
	/* What was linked before the call is unlinked now */
	atomic { assert(!first); put(); ended++ }
}

/*
 * reap.c: key_invalidate() of the keyring, which takes key.sem; or next_ended(),
 * which does not; unlink_ended() -> keyring_empty().
 */
proctype ring_invalidator()
{
	if
	:: lock(ring_sem);
		store_ring_invalid = true;
		!store_ring_invalid;
		unlock(ring_sem);
		detach_if_linked()
	:: store_ring_invalid = true;
		!store_ring_invalid;
		detach_if_linked()
	fi;
	ended++
}

/* search.c: look_up() -> link_find_rcu(), take() -> key.c: key_tryget() */
#ifdef NO_UNHASHED_CHECK
#define FOUND	filed
#else
#define FOUND	(filed && link)
#endif

proctype finder()
{
	if
	:: FOUND -> assert(committed)
	:: !FOUND && first
	:: !FOUND && !first -> goto end
	fi;
	atomic {
#ifdef NO_TRYGET
		assert(usage > 0);
		usage++
#else
		if
		:: usage > 0 -> usage++
		:: else -> goto end
		fi
#endif
	}
	put();
end:
	ended++
}

/* The store buffers become visible */
proctype memory()
{
end:
	do
	:: store_link ->
		/* edit_unlock_links() is behind the write */
		atomic { link = true; store_link = false; ring_lock = false }
	:: store_key_invalid ->
		atomic { key_invalid = true; store_key_invalid = false }
	:: store_ring_invalid ->
		atomic { ring_invalid = true; store_ring_invalid = false }
	od
}

/* Two tasks end the key, or one ends the keyring */
init
{
	bool key_ends;

	atomic {
		run memory();
		run linker();
		if
		:: key_ends = true; run invalidator(); run invalidator()
		:: usage = 2; run ring_invalidator()
		fi;
		run finder()
	}
	ended == (key_ends -> 4 : 3);
	assert(!link);
	assert(key_ends || first);
	assert(usage == (key_ends -> 0 : 1))
}
