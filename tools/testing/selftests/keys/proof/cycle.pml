/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Cycles: keyring x restricts keyring a and links a, so the two keep each other.
 * Keyring k links x, and a task holds k. It may find x or a there and hold it,
 * before it drops k. Another task holds x, unlinks x from k or links x into
 * another keyring n that it drops, and may keep x. A third task finds a by its
 * serial number and has a link to a checked.
 *
 * Proved: the restriction is broken only if no task finds x or a by a search. A
 * check of the restriction never uses x after x was freed. When all tasks have
 * dropped their references, the next look at the cycle frees both keyrings.
 *
 * A task that holds a keyring does not drop its reference while the work looks,
 * unless it uses the keyring no more: credentials drop theirs after a grace
 * period. No task finds x or k by its serial number or its name. Such a task
 * may find x when the restriction is already broken; a then permits no link.
 * Not modelled: restriction_free() takes a out of the list of x first, and
 * drops the reference to x later. In between, x has one reference too many, and
 * counts as used.
 *
 * The barrier is modelled by what the processor may do without it: the number of
 * references is read after the links were counted.
 *
 * Left out, an error must be found:
 * check-error: -DNO_RMB      keepers_next_rcu() without smp_rmb()
 * check-error: -DNO_FREEZE   break_next() without guard(keyring_nesting)
 * check-error: -DNO_SEM      break_next() without key.sem
 * check-error: -DNO_KEEPER   nobody_else_refers_rcu() does not visit keepers
 * check-error: -DONE_WALK    is_unused_rcu() walks only once
 */

/*
 * Two walks hide what the barrier and the lock are for, since both walks would
 * have to fail. So without these there is one walk, and no task takes x from k.
 */
#if defined(NO_RMB) || defined(NO_FREEZE)
#define ONE_WALK
#define NO_TAKE
#endif

byte usage_x = 3;		/* restriction of a, link of k, the user */
byte usage_a = 1;		/* link of x */
byte usage_k = 1;		/* the holder */
byte usage_n;
bool link_kx = true, link_nx, link_xa = true;
bool restriction = true;	/* a's restriction refers to x */
bool sem;			/* a's key.sem */
bool nest;			/* keyring_nest_mutex */
bool held_x = true, held_k = true, held_n, held_too, held_a;
bool freed_x;
byte done;			/* how many tasks have ended */

#define lock(l)		atomic { !l -> l = true }
#define unlock(l)	l = false

#define found_x		(held_x || held_too || (link_kx && held_k) || \
			 (link_nx && held_n))
#define reachable	(found_x || held_a)

/* key_put(); restriction_free() when a is freed */
inline put_a()
{
	d_step {
		usage_a--;
		if
		:: usage_a == 0 && restriction ->
			restriction = false;
			usage_x--
		:: else
		fi;
		if
		:: usage_a == 0 && usage_x == 0 -> freed_x = true
		:: else
		fi
	}
}

/* key_put(); keyring_dismantle() when x is freed */
inline put_x()
{
	atomic {
		usage_x--;
		if
		:: usage_x == 0 -> freed_x = true; link_xa = false; put_a()
		:: else
		fi
	}
}

proctype holder_of_k()
{
	bool unlinked;

	if
	:: /* x or a becomes a session keyring: a search below k finds it */
		atomic {
			if
#ifndef NO_TAKE
			:: link_kx -> usage_x++; held_too = true
			:: link_kx && link_xa -> usage_a++; held_a = true
#endif
			:: else
			fi
		}
	:: skip
	fi;
	held_k = false;
	usage_k--;
	/* keyring_dismantle(), later */
	atomic {
		if
		:: link_kx -> link_kx = false; unlinked = true
		:: else
		fi
	}
	if
	:: unlinked -> put_x()
	:: else
	fi;
	done++
}

proctype user_of_x()
{
	bool taken;

	if
	:: /* key_unlink(): the link first, then its reference */
		atomic {
			if
			:: link_kx -> link_kx = false; taken = true
			:: else
			fi
		}
		if
		:: taken -> put_x()
		:: else
		fi
	:: /* key_link(), then the keyring that links x is dropped */
		usage_n = 1;
		held_n = true;
		lock(nest);
		usage_x++;
		link_nx = true;
		unlock(nest);
		held_n = false;
		usage_n = 0;
		link_nx = false;
		put_x()
	:: skip
	fi;
	if
	:: held_x = false; put_x()
	:: skip			/* keeps x: a session keyring */
	fi;
	done++
}

/* key_lookup(), key_link(): restriction_check() */
proctype linker()
{
	bool got;

	atomic {
		if
		:: usage_a > 0 -> usage_a++; got = true
		:: else
		fi
	}
	if
	:: got ->
		lock(sem);
		if
		:: restriction ->
			assert(!freed_x);
			assert(!freed_x)
		:: else
		fi;
		unlock(sem);
		put_a()
	:: else
	fi;
	done++
}

byte refs, nr;
bool other, see_k, see_n;
bool locked, broken;

/* restrict.c: nobody_else_refers_rcu(), of x */
inline visit_x()
{
	nr = 0;
#ifndef NO_RMB
	refs = usage_x;
#endif
	if
	:: link_kx && usage_k > 0 -> nr++; see_k = true
	:: else
	fi;
	if
	:: link_nx && usage_n > 0 -> nr++; see_n = true
	:: else
	fi;
#ifdef NO_RMB
	refs = usage_x;
#endif
	/* visit_restricted() */
	if
	:: restriction -> nr++
	:: else
	fi;
	other = other || nr != refs
}

inline visit_keepers()
{
#ifdef NO_KEEPER
	skip
#else
	if
	:: see_k -> other = other || usage_k != 0
	:: else
	fi;
	if
	:: see_n -> other = other || usage_n != 0
	:: else
	fi
#endif
}

inline visit_a()
{
	nr = 0;
	refs = usage_a;
	if
	:: link_xa && usage_x > 0 -> nr++
	:: else
	fi;
	other = other || nr != refs
}

inline walk()
{
	see_k = false; see_n = false;
	visit_x();
	if
	:: visit_a(); visit_keepers()
	:: visit_keepers(); visit_a()
	fi
}

inline break_cycle()
{
	other = false;
#ifndef NO_FREEZE
	lock(nest);
#endif
	walk();
#ifndef ONE_WALK
	walk();
#endif
	if
	:: !other ->
		assert(!reachable);
		restriction = false;
		broken = true
	:: else
	fi;
#ifndef NO_FREEZE
	unlock(nest);
#endif
	nr = 0
}

/* restrict.c: break_next(); restrict_mutex keeps a from being freed */
inline break_next()
{
	broken = false;
#ifdef NO_SEM
	locked = true;
#else
	atomic { locked = !sem; sem = true }
#endif
	if
	:: locked && restriction -> break_cycle()
	:: else
	fi;
#ifndef NO_SEM
	if
	:: locked -> unlock(sem)
	:: else
	fi;
#endif
	if
	:: broken -> put_x()
	:: else
	fi
}

active proctype collector()
{
	run holder_of_k();
	run user_of_x();
	run linker();
	break_next();
	done == 3;
	break_next();
	/* What nobody holds is free, and nothing else is */
	assert(freed_x == !(reachable && restriction || found_x));
	assert((usage_a == 0) == !reachable)
}
