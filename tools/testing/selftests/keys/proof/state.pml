/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The state word: a helper instantiates a key while another task rejects the
 * key, one waits until it is constructed, one reads it, and either the key's
 * type is unregistered or the key is updated.
 *
 * Proved: a key is constructed once, by one task at a time; who sees the state
 * sees the payload or the error; who waits is woken, and the key is constructed
 * then; a type's code is not called after the type was unregistered, and the
 * payload is destroyed once.
 *
 * Left out, an error must be found:
 * check-error: -DNO_CLAIM          key_fill(), key_reject() without the claim
 * check-error: -DNO_STATE_CHECK    they do not look whether it is constructed
 * check-error: -DNO_RELEASE        key_publish_state() without the release
 * check-error: -DNO_ACQUIRE        key_read_state() without the acquire
 * check-error: -DDONE_FIRST        the waiters are woken before the state is set
 * check-error: -DNO_WAKE_MB        clear_and_wake_up_bit() without its barrier
 * check-error: -DNO_SRCU           unregister_key_type() waits for no section
 * check-error: -DUPDATE_ANY        update_locked() does not look at the state
 */
#define UNINSTANTIATED	0
#define POSITIVE	1
#define NEGATIVE	2

byte state;			/* key->state */
bool constructing;		/* KEY_FLAG_CONSTRUCTING */
bool user_construct = true;	/* KEY_FLAG_USER_CONSTRUCT */
bool sem;			/* key->sem */
bool payload, error;
bool in_type;			/* a task is in the type's ->instantiate() */
byte constructed;		/* how often the key was constructed */
bool queued, woken;		/* the waiter is in the wait queue */
byte sections;			/* guard(key_types)() */
bool type_removed, type_gone, destroyed;
byte ended;

/* instantiate.c: key_claim() */
inline claim()
{
#ifndef NO_CLAIM
	atomic { !constructing -> constructing = true }
#else
	skip
#endif
}

inline unclaim()
{
	constructing = false
}

/* key.c: key_publish_state() */
inline publish(what, new)
{
#ifdef NO_RELEASE
	if
	:: what = true; state = new
	:: state = new; what = true
	fi
#else
	what = true;
	state = new
#endif
}

/* instantiate.c: finish_construction(), clear_and_wake_up_bit() */
inline done()
{
	bool waits;
#ifdef NO_WAKE_MB
	waits = queued;		/* read before the bit is cleared */
	user_construct = false;
#else
	user_construct = false;
	waits = queued;
#endif
	if
	:: waits -> woken = true
	:: else
	fi
}

/* instantiate.c: key_instantiate_and_link(), key_fill() */
proctype helper()
{
	bool type;

	sections++;
	claim();
#ifndef NO_STATE_CHECK
	if
	:: state != UNINSTANTIATED -> goto busy
	:: else
	fi;
#endif
	type = type_removed;	/* READ_ONCE(key->type) */
	if
	:: type -> goto busy	/* ->instantiate is NULL: EKEYREVOKED */
	:: else
	fi;
	atomic { assert(!in_type && !type_gone); in_type = true }
	assert(!type_gone);
	in_type = false;
#ifdef DONE_FIRST
	done();
#endif
	constructed++;
	publish(payload, POSITIVE);
	unclaim();
	sections--;
	done();
	goto out;
busy:
	unclaim();
	sections--;
out:
	ended++
}

/* instantiate.c: key_reject_and_link(), key_reject() */
proctype rejecter()
{
	claim();
#ifndef NO_STATE_CHECK
	if
	:: state != UNINSTANTIATED -> unclaim(); goto out
	:: else
	fi;
#endif
	assert(!in_type);
	constructed++;
	publish(error, NEGATIVE);
	unclaim();
	done();
out:
	ended++
}

/* instantiate.c: wait_for_key_construction(); wait_on_bit() */
proctype waiter()
{
	do
	:: user_construct ->
		woken = false;
		queued = true;
		if
		:: user_construct -> woken
		:: !user_construct
		fi;
		queued = false
	:: !user_construct -> break
	od;
	assert(state != UNINSTANTIATED);
	ended++
}

/* A reader under RCU: key.h: key_read_state(), then the payload */
proctype reader()
{
	byte seen;
	bool has;

#ifdef NO_ACQUIRE
	has = payload || destroyed;
#endif
	seen = state;
#ifndef NO_ACQUIRE
	has = payload || destroyed;
#endif
	assert(seen != POSITIVE || has);
	assert(seen != NEGATIVE || error);
	ended++
}

/* add.c: update_locked() */
proctype updater()
{
	atomic { !sem -> sem = true }
#ifndef UPDATE_ANY
	if
	:: state == UNINSTANTIATED -> goto out
	:: else
	fi;
#endif
	assert(!in_type);
	publish(payload, POSITIVE);
	assert(constructed > 0);
out:
	sem = false;
	ended++
}

/* register.c: unregister_key_type(), detach_type(), destroy_detached() */
proctype unregister()
{
	atomic { !sem -> sem = true }
	type_removed = true;
	sem = false;
#ifndef NO_SRCU
	sections == 0;		/* synchronize_srcu() */
#endif
	atomic { !sem -> sem = true }
	if
	:: state == POSITIVE ->
		assert(!destroyed);
		destroyed = true;
		payload = false
	:: else
	fi;
	sem = false;
	type_gone = true;
	ended++
}

init
{
	atomic {
		run helper();
		run rejecter();
		run waiter();
		run reader();
		if
		:: run updater()
		:: run unregister()
		fi
	}
	ended == 5;
	assert(constructed == 1 && state != UNINSTANTIATED);
	assert(!destroyed || !payload);
	assert(!type_gone || !payload)
}
