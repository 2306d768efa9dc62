/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The UID pair, its record and its namespace: process 0 of a UID has made the
 * pair and exits. Processes 1 and 2 of the UID begin at any time, use the
 * record or get a new one, and exit. Process 1 may invalidate the user keyring
 * at any time; then the pair is replaced. At last the user namespace ends.
 *
 * One of the two keyrings is modelled, chosen at the start: either the
 * user-session keyring, which the pair that replaces another one keeps, or the
 * invalidated user keyring, which the new pair does not keep.
 *
 * Proved: a UID has one pair in a namespace; a pair is in the list of one
 * record, or idle; a pair's references are dropped once, and no pair is left
 * when the namespace has ended; no list of a freed record is used; who names
 * the keyring gets one with a reference, and the same one each time; a pair
 * that lingers keeps its keyring; a process that searches does not miss a
 * user-session keyring that the UID has all the time.
 *
 * Left out, an error must be found:
 * check-error: -DNO_LOCK           rings_adopt() without uid_rings_lock
 * check-error: -DNO_MUTEX          ring_take_or_make() without create_mutex
 * check-error: -DNO_ADOPT          nor does it adopt a pair under the mutex
 * check-error: -DNO_TRYGET         ring_take_rcu() without key_tryget()
 * check-error: -DNO_FREE_USER      free_user() without key_free_user()
 * check-error: -DNO_FREE_NS        key_free_user_ns() releases no pairs
 * check-error: -DEND_FIRST         rings_publish() ends the old pair first
 */
#define NONE	3
#define IDLE	2		/* rings->user: records 0 and 1, idle, none */

bool uid_rings_lock, create_mutex;
byte hash = 0;			/* the record that uid_hash_find() finds */
byte refs[2];			/* user_struct->__count */
bool used;			/* record 1 was made */
bool freed[2];			/* the record is freed */
byte user[3] = NONE;		/* of pairs 0 to 2: rings->user */
bool in_tree[3];		/* rings->ns_node */
bool pair_used[3], pair_ended[3];
byte ring_of[3];		/* of pairs: the keyring, 0 to 2 */
byte ring[3];			/* references of the keyring */
bool keeps;			/* the keyring is the user-session keyring */
bool invalid;			/* the pair with the first user keyring */
bool linger;			/* kernel.keys.uid_keyring_linger */
byte ended;

#define rings_lock()	atomic { !uid_rings_lock -> uid_rings_lock = true }
#define rings_unlock()	uid_rings_lock = false

/* key.c: key_put() of the keyring */
inline put(r)
{
	atomic {
		assert(ring[r] > 0);
		ring[r]--
	}
}

/* __rings_detach(): a record must not be freed while its list is changed */
inline detach(p)
{
	assert(user[p] != NONE);
	assert(user[p] == IDLE || !freed[user[p]]);
	user[p] = NONE
}

/* __rings_end() */
inline end_pair(p)
{
	atomic {
		assert(!pair_ended[p] && in_tree[p]);
		detach(p);
		in_tree[p] = false;
		pair_ended[p] = true;
		put(ring_of[p])
	}
}

/* rings_of_user_rcu(): the pair in the list of the record */
#define pair_of(u)	(user[2] == u -> 2 : (user[1] == u -> 1 : \
			 (user[0] == u -> 0 : NONE)))
#define pair_in_ns()	(in_tree[0] -> 0 : (in_tree[1] -> 1 : \
			 (in_tree[2] -> 2 : NONE)))

/* rings_adopt() */
inline adopt(u)
{
#ifdef NO_LOCK
	p = pair_in_ns();
	if
	:: p != NONE && user[p] != u ->
		user[p] = NONE;
		assert(!pair_ended[p]);
		user[p] = u
	:: else
	fi;
#else
	rings_lock();
	p = pair_in_ns();
	if
	:: p != NONE && user[p] != u ->
		detach(p);
		user[p] = u
	:: else
	fi;
	rings_unlock();
#endif
	p = 0
}

/*
 * ring_take_rcu(): the pair can be freed only after the section. The state of
 * the pair is read before the reference is taken.
 */
inline take(u, got)
{
	got = false;
	p = pair_of(u);
	if
	:: p != NONE && !(p == 0 && invalid) ->
		atomic {
#ifdef NO_TRYGET
			assert(ring[ring_of[p]] > 0);
			r = ring_of[p]; ring[r]++; got = true
#else
			if
			:: ring[ring_of[p]] > 0 ->
				r = ring_of[p]; ring[r]++; got = true
			:: else
			fi
#endif
		}
	:: else
	fi;
	p = 0
}

/* rings_publish() */
inline publish(u)
{
	rings_lock();
	atomic {
		old = pair_in_ns();
		new = (!pair_used[1] -> 1 : 2);
		assert(!pair_used[new]);
		pair_used[new] = true;
		ring_of[new] = r;
		assert(!(linger && keeps && old != NONE) || ring_of[old] == r)
	}
#ifdef END_FIRST
	if
	:: old != NONE -> end_pair(old)
	:: else
	fi;
	user[new] = u;
#else
	atomic {			/* hlist_replace_rcu(), or attach */
		user[new] = u;
		if
		:: old != NONE -> end_pair(old)
		:: else
		fi
	}
#endif
	atomic { assert(pair_in_ns() == NONE); in_tree[new] = true }
	rings_unlock();
	old = 0; new = 0
}

/* uid_ring_get(), ring_take_or_make() */
inline ring_get(u)
{
	take(u, got);
	if
	:: got
	:: !got ->
#ifndef NO_MUTEX
		atomic { !create_mutex -> create_mutex = true }
#endif
#ifndef NO_ADOPT
		adopt(u);
#endif
		take(u, got);
		if
		:: got
		:: !got ->
			/*
			 * rings_make(): keep the old pair's keyring, or take it
			 * back or make it: references of the pair and the caller
			 */
			atomic {
				p = pair_of(u);
				if
				:: p != NONE && (keeps || !(p == 0 && invalid)) ->
					r = ring_of[p]
				:: else ->
					r = (!pair_used[1] && ring[1] == 0 -> 1 : 2)
				fi;
				ring[r] = ring[r] + 2;
				got = true;
				p = 0
			}
			publish(u)
		fi;
		create_mutex = false
	fi
}

/* kernel/user.c: alloc_uid(), uid_hash_find() */
inline alloc_uid(u)
{
	atomic {
		if
		:: hash != NONE -> u = hash; refs[u]++
		:: else -> u = 1; used = true; hash = 1; refs[1] = 1
		fi
	}
}

/* uid_rings.c: key_free_user(), user_leave_one() */
inline leave(u)
{
	do
	:: pair_of(u) == NONE -> break
	:: else ->
		rings_lock();
		p = pair_of(u);
		if
		:: p == NONE
		:: p != NONE && !linger -> end_pair(p)
		:: p != NONE && linger -> atomic { detach(p); user[p] = IDLE }
		fi;
		rings_unlock()
	od;
	p = 0
}

/* kernel/user.c: free_uid(), free_user() */
inline free_uid(u)
{
	atomic {
		refs[u]--;
		last = (refs[u] == 0);
		if
		:: last -> hash = NONE
		:: else
		fi
	}
	if
	:: last ->
#ifndef NO_FREE_USER
		leave(u);
#endif
		freed[u] = true
	:: else
	fi
}

proctype process(byte me)
{
	byte u = 0, p, old, new, r, first;
	bool got, last, had;

	if
	:: me == 0
	:: me != 0 ->
		/* with the record of process 0, or the next one: one more */
		atomic {
			if
			:: hash != NONE || !used -> alloc_uid(u)
			:: else -> goto out
			fi
		}
		/*
		 * uid_session_ring_rcu(), of searches without session keyring:
		 * if the first one finds a pair, the later one does, too
		 */
		had = (pair_of(u) != NONE);
		if
		:: me == 1 -> invalid = true
		:: true
		fi;
		assert(!had || pair_of(u) != NONE);
		ring_get(u);
		assert(got && ring[r] > 0);
		first = r;
		put(r);
		atomic {
			p = pair_of(u);
			assert(p != NONE);
			assert(ring_of[p] == first || (invalid && !keeps));
			p = 0
		}
	fi;
	free_uid(u);
out:
	ended++
}

/* userns.c: key_free_user_ns(), after the last credentials of the namespace */
inline ns_free()
{
#ifndef NO_FREE_NS
	do
	:: rings_lock();
		p = pair_in_ns();
		if
		:: p != NONE -> end_pair(p)
		:: p == NONE -> rings_unlock(); break
		fi;
		rings_unlock()
	od
#else
	skip
#endif
}

init
{
	byte p;

	atomic {
		if
		:: linger = true
		:: linger = false
		fi;
		if
		:: keeps = true
		:: keeps = false
		fi;
		refs[0] = 1;
		user[0] = 0;
		pair_used[0] = true;
		in_tree[0] = true;
		ring[0] = 1;
		run process(0);
		run process(1);
		run process(2)
	}
	ended == 3;
	ns_free();
	assert(user[0] == NONE && user[1] == NONE && user[2] == NONE);
	assert(pair_in_ns() == NONE);
	assert(ring[0] == 0 && ring[1] == 0 && ring[2] == 0)
}
