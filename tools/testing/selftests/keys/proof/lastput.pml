/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Last put, dismantle and free: a keyring loses its last reference. Its only
 * link is the last but one reference to a key. At the same time, one task
 * unlinks the invalidated key from all its keyrings, and another finds the key.
 *
 * Proved: keyring, key, link and account are used before they are freed, and
 * each of them is freed at last; the charges are refunded once, with the last
 * put; the account outlives what it pays for and its own work.
 *
 * Left out, an error must be found:
 * check-error: -DNO_GRACE_KEY      key_put() frees the key without call_rcu()
 * check-error: -DNO_GRACE_RING     a dismantled keyring is freed at once
 * check-error: -DEARLY_GRACE_RING  the grace period begins before dismantling
 * check-error: -DNO_GRACE_LINK     a detached link is freed at once
 * check-error: -DNO_TRYGET         key_tryget() takes a reference from zero
 * check-error: -DNO_RCU_DETACH     detach_latest() is not under RCU
 * check-error: -DNO_SECOND_LOOK    detach_once() does not look under the lock
 * check-error: -DREFUND_TWICE      a link is refunded after quota_close()
 * check-error: -DNO_WORK_REF       the work owns no reference to the account
 * check-error: -DNO_GRACE_REF      nor does the grace period of the links
 */
#define GRACES	3
#define KEY	0
#define RING	1
#define LINK	2
#include "rcu.pml"

byte ring_usage = 1, key_usage = 2;	/* the owner; the link, the unlinker */
bool ring_lock;
bool linked = true;		/* in key->parents and in ring->leaves */
bool findable = true;		/* the key's serial number is in the tree */
bool ring_freed, key_freed, link_freed, account_freed;
byte account = 2;		/* user->usage: the keyring and the key */
short charged = 3;		/* of the account: keyring, link, key */
byte ring_charge = 2;		/* ring->key.quotalen: keyring and link */
bool in_quota = true;		/* KEY_FLAG_IN_QUOTA of the keyring */
bool key_rcu, ring_rcu, link_rcu;	/* call_rcu() was called */
bool rings_queued, key_queued, ring_queued, grace_is_over;
bool work_queued;

/* unref.c: __unref_kick(), with the account's lock held */
inline kick()
{
	assert(!account_freed);
	if
	:: !work_queued ->
		work_queued = true;
#ifndef NO_WORK_REF
		account++
#endif
	:: else
	fi
}

/* quota.c: key_user_put() */
inline account_put()
{
	assert(account > 0);
	account--;
	account_freed = (account == 0)
}

/* key.c: key_put() of the key */
inline put_key()
{
	atomic {
		assert(!key_freed && key_usage > 0);
		key_usage--;
		if
		:: key_usage == 0 ->
			charged--;		/* quota_close() */
			findable = false;	/* key_serial_remove() */
			assert(!key_rcu);
			key_rcu = true;		/* key_free_later() */
#ifdef NO_GRACE_KEY
			rcu_waits[KEY] = 0
#else
			grace_begin(KEY)
#endif
		:: else
		fi
	}
}

/* link.c: __link_detach() with ring->lock held; quota_resize() */
inline detach()
{
	assert(!ring_freed && !link_freed);
	linked = false;
	atomic {
		if
#ifdef REFUND_TWICE
		:: true -> charged--
#else
		:: in_quota -> charged--; ring_charge--
		:: else
#endif
		fi
	}
	assert(charged >= 0)
}

/* link.c: link_free(); unref.c: unref_link(), __unref_begin_grace() */
inline free_link()
{
	atomic {
		assert(!ring_freed && !account_freed && !link_rcu);
		link_rcu = true;
#ifndef NO_GRACE_REF
		account++;
#endif
#ifdef NO_GRACE_LINK
		rcu_waits[LINK] = 0
#else
		grace_begin(LINK)
#endif
	}
}

/* The last put of the keyring: key.c: key_put(); unref.c: unref_ring() */
active proctype owner()
{
	ring_usage--;
	atomic {
		/* quota_close() refunds the links, too */
		charged = charged - ring_charge;
		ring_charge = 0;
		in_quota = false
	}
	atomic { rings_queued = true; kick() }
}

/* reap.c: unlink_ended(); link.c: key_unlink_all(), detach_latest() */
active proctype unlinker()
{
#ifndef NO_RCU_DETACH
	rcu_read_lock(0);
#endif
	if
	:: linked ->
		/* detach_once(): guard(spinlock)(&link->ring->lock) */
		assert(!link_freed);
		atomic { !ring_lock; assert(!ring_freed); ring_lock = true }
		if
#ifdef NO_SECOND_LOOK
		:: true ->
#else
		:: linked ->
#endif
			detach();
			unlock(ring_lock);
			free_link();	/* link_release() */
			put_key()
#ifndef NO_SECOND_LOOK
		:: else -> unlock(ring_lock)
#endif
		fi
	:: else
	fi;
	rcu_read_unlock(0);
	put_key()
}

/* serial.c: key_lookup(); or search.c: take() of a link that was found */
active proctype finder()
{
	rcu_read_lock(1);
	if
	:: findable
	:: linked -> assert(!link_freed)
	:: !findable && !linked -> goto end
	fi;
	/* In the read side section: flags and state of the key are read */
	assert(!key_freed);
	atomic {
#ifdef NO_TRYGET
		assert(!key_freed);
		key_usage++
#else
		if
		:: key_usage > 0 -> assert(!key_freed); key_usage++
		:: else -> assert(!key_freed); goto end
		fi
#endif
	}
	rcu_read_unlock(1);
	assert(!key_freed);
	put_key();
	goto out;
end:
	rcu_read_unlock(1);
out:
	skip
}

/* The callbacks: key.c: key_unseen(); unref.c: unref_grace_over() */
active proctype callbacks()
{
	bool key_done, ring_done, link_done;

end:
	do
	:: key_rcu && !key_done && grace_over(KEY) ->
		atomic { key_done = true; key_queued = true; kick() }
	:: ring_rcu && !ring_done && grace_over(RING) ->
		atomic { ring_done = true; ring_queued = true; kick() }
	:: link_rcu && !link_done && grace_over(LINK) ->
		atomic {
			link_done = true;
			grace_is_over = true;
			kick();
#ifndef NO_GRACE_REF
			account--
#endif
		}
	od
}

/* reap.c: destroy_key(); key.c: key_free() */
inline destroy(obj_freed)
{
	atomic {
		assert(!obj_freed);
		obj_freed = true;
		account_put()
	}
}

/* reap.c: reap_unreferenced(); a work item runs on one processor at a time */
active proctype work()
{
end:
	do
	:: work_queued ->
		work_queued = false;
		assert(!account_freed);
		/* links_free(unref_take_links()) */
		atomic {
			if
			:: grace_is_over ->
				assert(!link_freed);
				grace_is_over = false;
				link_freed = true
			:: else
			fi
		}
		/* dismantle_rings(), keyring_dismantle(), link_detach_some() */
		if
		:: rings_queued ->
			rings_queued = false;
#ifdef EARLY_GRACE_RING
			atomic { ring_rcu = true; grace_begin(RING) }
#endif
			lock(ring_lock);
			if
			:: linked ->
				detach();
				unlock(ring_lock);
				free_link();
				put_key()
			:: else -> unlock(ring_lock)
			fi;
#ifdef NO_GRACE_RING
			ring_rcu = true;
#endif
#ifndef EARLY_GRACE_RING
#ifndef NO_GRACE_RING
			/* key_free_later() */
			atomic { ring_rcu = true; grace_begin(RING) }
#endif
#endif
		:: else
		fi;
		/* destroy_keys() */
		assert(!account_freed);
		if
		:: key_queued -> key_queued = false; destroy(key_freed)
		:: else
		fi;
		assert(!account_freed || !ring_queued);
		if
		:: ring_queued -> ring_queued = false; destroy(ring_freed)
		:: else
		fi;
#ifndef NO_WORK_REF
		atomic { assert(!account_freed); account_put() }
#else
		/* unref_freed() looks at the account */
		assert(!account_freed)
#endif
	od
}

active proctype judge()
{
	timeout;
	assert(key_freed && ring_freed && link_freed && account_freed);
	assert(charged == 0)
}
