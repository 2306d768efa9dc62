/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Faults that are put into the kernel on purpose, in order to see the tests fail.
 *
 * The patches beside this file contain them. None is active but the one that the
 * kernel command line names: keys_mutant=NAME.
 */
#ifndef _SECURITY_KEYS_MUTANT_H
#define _SECURITY_KEYS_MUTANT_H

#include <linux/types.h>

bool keys_mutant_is(const char *name);

/**
 * keys_mutant - Tell whether a fault is active
 * @name: The name of the fault
 *
 * Context: Any. The command line is parsed before the first key exists.
 * Return: true if this kernel was booted with keys_mutant=@name.
 */
#define keys_mutant(name)				\
({							\
	static signed char __active = -1;		\
	if (__active < 0)				\
		__active = keys_mutant_is(#name);	\
	__active;					\
})

#endif
