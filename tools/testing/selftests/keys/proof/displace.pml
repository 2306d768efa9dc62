/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Displacement: one task displaces key 0 by key 1, and key 1 by key 2, all of
 * one index, and revokes each key that was displaced. Another task looks the
 * index up.
 *
 * Proved: a lookup finds one of the keys at any time, and never an error of a
 * key that was displaced before it ended. A walk through the keyring's list does
 * not miss all of them either. With ring->lock held, one link is there.
 *
 * The barriers are modelled by what the processor may do without them: two
 * writes in either order, or a value that is read too early.
 *
 * Left out, an error must be found:
 * check-error: -DNO_RECOUNT        link_find_rcu() does not read ->displaced
 * check-error: -DNO_RELEASE        __note_displaced() without the release
 * check-error: -DNO_WMB            __note_displaced() without smp_wmb()
 * check-error: -DNO_ACQUIRE        link_find_rcu() without the acquire
 * check-error: -DNO_RMB            link_find_rcu() without smp_rmb()
 * check-error: -DNO_DETACHED_CHECK look_up() without link_is_detached()
 * check-error: -DNO_DETACHED_RMB   link_is_detached() without smp_rmb()
 * check-error: -DDETACH_FIRST      __link_displace() detaches, then publishes
 * check-error: -DNO_LOCK           edit_publish() without ring->lock
 * check-error: -DNO_LIST_RMB       look_through() without smp_rmb()
 */
bool ring_lock;
bool hashed[3];			/* link->key_node is in the key's list */
byte next[4];			/* ring->leaves: next of link i; 3: the head */
bool revoked[3];
byte displaced;			/* ring->displaced */

#define END	3

/* link.c: __link_publish(): at the end of the list, then findable */
inline publish(new, last)
{
	next[last] = new;
	hashed[new] = true
}

/* link.c: __link_detach() */
inline detach(old)
{
	hashed[old] = false;
	next[END] = next[old]
}

/* link.c: __note_displaced() */
inline count()
{
	displaced++
}

/* edit.c: edit_publish(); link.c: __link_displace() */
inline displace(old, new)
{
#ifndef NO_LOCK
	atomic { !ring_lock -> ring_lock = true }
#endif
#ifdef NO_RELEASE
	if
	:: publish(new, old); count()
	:: count(); publish(new, old)
	fi;
	detach(old);
#else
#ifdef NO_WMB
	publish(new, old);
	if
	:: count(); detach(old)
	:: detach(old); count()
	fi;
#else
#ifdef DETACH_FIRST
	count();
	detach(old);
	publish(new, (next[END] == END -> END : old));
#else
	publish(new, old);
	count();
	detach(old);
#endif
#endif
#endif
	ring_lock = false
}

proctype writer()
{
	displace(0, 1);
	revoked[0] = true;	/* key.c: key_revoke() */
	displace(1, 2);
	revoked[1] = true
}

/* rhashtable_lookup(): the chain has the links in either order */
inline lookup(found)
{
	found = END;
	if
	:: i = 0;
		do
		:: i < 3 && hashed[i] -> found = i; break
		:: i < 3 && !hashed[i] -> i++
		:: i == 3 -> break
		od
	:: i = 3;
		do
		:: i > 0 && hashed[i - 1] -> found = i - 1; break
		:: i > 0 && !hashed[i - 1] -> i--
		:: i == 0 -> break
		od
	fi;
	i = 0
}

/* link.c: link_find_rcu() */
inline link_find(found)
{
	do
	:: seen = displaced;
#ifdef NO_RMB
		again = displaced;
#endif
		lookup(found);
#ifdef NO_ACQUIRE
		seen = displaced;
#endif
#ifndef NO_RMB
		again = displaced;
#endif
#ifdef NO_RECOUNT
		again = seen;
#endif
		if
		:: found != END || again == seen -> break
		:: else
		fi
	od;
	seen = 0; again = 0
}

/* search.c: look_up(), judge(); link.h: link_is_detached() */
proctype look_up()
{
	byte seen, again, found, i;
	bool ended, detached;

	do
	:: link_find(found);
		assert(found != END);
#ifdef NO_DETACHED_RMB
		detached = !hashed[found];
#endif
		ended = revoked[found];
		if
		:: !ended -> break
		:: ended
		fi;
#ifndef NO_DETACHED_RMB
		detached = !hashed[found];
#endif
#ifdef NO_DETACHED_CHECK
		detached = false;
#endif
		assert(detached)
	od
}

/* search.c: look_through() */
proctype look_through()
{
	byte at = END, after;

	at = next[END];
	do
	:: assert(at != END);
#ifdef NO_LIST_RMB
		after = next[at];
#endif
		if
		:: !revoked[at] -> break
		:: revoked[at]
		fi;
#ifndef NO_LIST_RMB
		after = next[at];
#endif
		at = after
	od
}

/* link.c: __link_find(), link_take_out() with ring->lock held */
proctype locked()
{
	atomic { !ring_lock -> ring_lock = true }
	assert(hashed[0] + hashed[1] + hashed[2] == 1);
	ring_lock = false
}

init
{
	atomic {
		hashed[0] = true;
		next[END] = 0;
		next[0] = END;
		next[1] = END;
		next[2] = END;
		run writer();
		if
		:: run look_up()
		:: run look_through()
		:: run locked()
		fi
	}
}
