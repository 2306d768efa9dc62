/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * RCU, spinlocks and references for the models. A model defines GRACES, the
 * number of its grace periods. A process that reads under RCU has a number.
 *
 * A grace period waits for the readers that were in a read side section when
 * the grace period began. It is over when all of them have left.
 */
byte rcu_readers;		/* bit i: reader i is in a section */
byte rcu_waits[GRACES];		/* readers that a grace period waits for */

inline rcu_read_lock(i)
{
	rcu_readers = rcu_readers | (1 << i);
}

inline rcu_read_unlock(i)
{
	d_step {
		rcu_readers = rcu_readers & ~(1 << i);
		g = 0;
		do
		:: g < GRACES ->
			rcu_waits[g] = rcu_waits[g] & ~(1 << i);
			g++
		:: else -> break
		od;
		g = 0
	}
}

#define grace_begin(nr)	rcu_waits[nr] = rcu_readers
#define grace_over(nr)	(rcu_waits[nr] == 0)

byte g;				/* counter of rcu_read_unlock() */

#define lock(l)		atomic { !l -> l = true }
#define unlock(l)	l = false
