/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The process record: threads 0 and 1 of a process share struct process_keys.
 * Both begin with UID A, make a process keyring, may change to UID B, and exit.
 * A worker that is not counted looks with the credentials of UID A.
 *
 * Proved: an entry counts the threads that have its UID; a process keyring is
 * put once, with the last thread of its UID, also if credentials are left; no
 * lookup uses a keyring or an entry that was freed, and no subject gets a
 * keyring that was never of its UID.
 *
 * Left out, an error must be found:
 * check-error: -DNO_LOCK          process_move() and offer without pk->lock
 * check-error: -DNO_OFFER_CHECK   process_keyring_offer() does not look again
 * check-error: -DNO_GRACE_ENTRY   __process_leave() frees without kfree_rcu()
 * check-error: -DNO_GRACE_KEY     the last put frees the keyring at once
 * check-error: -DNO_TRYGET        process_keyring_get() without key_tryget()
 * check-error: -DUID_FIRST        process_keyring() reads the UID, then the key
 * check-error: -DNO_HAS_LEFT      exit_creds() counts a thread out once more
 */
#define A	1
#define B	2
#define NONE	2		/* no entry, no keyring */
#define GRACES	4		/* of the two entries, of the two keyrings */
#include "rcu.pml"

bool pk_lock;
byte uid[2];			/* struct process_uid: 0 means not in the list */
byte threads[2];
byte keyring[2] = NONE;
bool left[2];			/* kfree_rcu() was called for the entry */
byte usage[2];			/* of the keyring that thread i makes */
bool dropped[2];		/* key_put() has dropped the last reference */
bool was_of_a[2];

#define entry_freed(e)	(left[e] && grace_over(e))
#define key_freed(k)	(dropped[k] && grace_over(2 + k))

byte has[2] = A;		/* real UID of thread i, 0: it has exited */
byte ended;

#ifdef NO_LOCK
#define pk_lock_it()	skip
#else
#define pk_lock_it()	atomic { !pk_lock -> pk_lock = true }
#endif

/* __process_uid_find() */
inline find(u, e)
{
	e = (uid[0] == u -> 0 : (uid[1] == u -> 1 : NONE))
}

/* core/key.c: key_put(); the memory is freed after a grace period */
inline put(k)
{
	atomic {
		if
		:: k != NONE ->
			assert(usage[k] > 0 && !key_freed(k));
			usage[k]--;
			if
			:: usage[k] == 0 ->
				dropped[k] = true;
				grace_begin(2 + k);
#ifdef NO_GRACE_KEY
				rcu_waits[2 + k] = 0
#endif
			:: else
			fi
		:: else
		fi
	}
}

/* __process_leave(): hlist_del_rcu() and kfree_rcu() */
inline leave(e, k)
{
	assert(e != NONE && threads[e] > 0);
	threads[e]--;
	k = NONE;
	if
	:: threads[e] == 0 ->
		k = keyring[e];
		uid[e] = 0;
		atomic {
			left[e] = true;
			grace_begin(e);
#ifdef NO_GRACE_ENTRY
			rcu_waits[e] = 0
#endif
		}
	:: else
	fi
}

/* process_keyring_offer(); cred_rings.c: install_process_keyring() */
inline install(me)
{
#ifdef NO_LOCK
	find(has[me], e);
	if
	:: keyring[e] != NONE -> goto installed
	:: else
	fi;
#endif
	usage[me] = 1;
	pk_lock_it();
	find(has[me], e);
	if
#ifdef NO_OFFER_CHECK
	:: e != NONE ->
#else
#ifdef NO_LOCK
	:: e != NONE ->
#else
	:: e != NONE && keyring[e] == NONE ->
#endif
#endif
		atomic {
			was_of_a[me] = (has[me] == A);
			keyring[e] = me
		};
		pk_lock = false
	:: else ->
		pk_lock = false;
		put(me)
	fi;
installed:
	e = 0
}

inline check()
{
#ifndef NO_LOCK
	d_step {
		assert(uid[0] == 0 || threads[0] ==
		       (has[0] == uid[0]) + (has[1] == uid[0]));
		assert(uid[1] == 0 || threads[1] ==
		       (has[0] == uid[1]) + (has[1] == uid[1]))
	}
#else
	skip
#endif
}

/* process_move(): key_ruid_changed() in commit_creds() */
inline move(me)
{
	k = NONE;
	pk_lock_it();
	find(A, e);
	assert(e != NONE);
	find(B, to);
	if
	:: threads[e] == 1 && to == NONE ->
		uid[e] = B		/* __process_move_last() */
	:: threads[e] == 1 && to != NONE ->
		threads[to]++;
		leave(e, k);
		if
		:: k != NONE && keyring[to] == NONE ->
			keyring[to] = k;
			k = NONE
		:: else
		fi
	:: threads[e] != 1 && to == NONE ->
		to = (e == 0 -> 1 : 0);	/* __process_enter() */
		left[to] = false;
		uid[to] = B;
		threads[to] = 1;
		threads[e]--
	:: threads[e] != 1 && to != NONE ->
		threads[to]++;
		threads[e]--
	fi;
	has[me] = B;
	check();
	pk_lock = false;
	put(k)
}

/* key_thread_exit(), by do_exit(); then by exit_creds() */
inline exit_thread(me)
{
	pk_lock_it();
	find(has[me], e);
	leave(e, k);
#ifndef NO_HAS_LEFT
	has[me] = 0;
#endif
	check();
	pk_lock = false;
	put(k);
#ifdef NO_HAS_LEFT
	find(has[me], e);
	assert(e != NONE);
	leave(e, k);
	put(k)
#endif
}

proctype thread(byte me)
{
	byte e, k, to;

	if
	:: install(me);
		if
		:: move(me)
		:: true
		fi
	:: move(me);
		if
		:: install(me)
		:: true
		fi
	:: true
	fi;
	exit_thread(me);
	ended++
}

/* process_keyring() with credentials of UID A, process_keyring_get() */
proctype worker()
{
	byte e, k;

	rcu_read_lock(0);
	e = (uid[0] != 0 -> 0 : (uid[1] != 0 -> 1 : NONE));
	if
	:: e == NONE -> goto end
	:: else
	fi;
	assert(!entry_freed(e));
#ifdef UID_FIRST
	if
	:: uid[e] != A -> goto end
	:: else
	fi;
	assert(!entry_freed(e));
	k = keyring[e];
#else
	k = keyring[e];
	assert(!entry_freed(e));
	if
	:: uid[e] != A -> goto end
	:: else
	fi;
#endif
	if
	:: k == NONE -> goto end
	:: else
	fi;
	assert(was_of_a[k]);
	atomic {
		assert(!key_freed(k));
#ifdef NO_TRYGET
		assert(usage[k] > 0);
		usage[k]++
#else
		if
		:: usage[k] > 0 -> usage[k]++
		:: else -> goto end
		fi
#endif
	}
	rcu_read_unlock(0);
	put(k);
	goto out;
end:
	rcu_read_unlock(0);
out:
	ended++
}

init
{
	atomic {
		uid[0] = A;
		threads[0] = 2;
		run thread(0);
		run thread(1);
		run worker()
	}
	ended == 3;
	assert(usage[0] == 0 && usage[1] == 0);
	assert(uid[0] == 0 && uid[1] == 0)
}
