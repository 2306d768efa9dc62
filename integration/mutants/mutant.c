// SPDX-License-Identifier: GPL-2.0-only
/*
 * Which fault is active: keys_mutant=NAME on the kernel command line.
 */
#include <linux/init.h>
#include <linux/string.h>
#include <keys/mutant.h>

static char keys_mutant_name[48];

static int __init keys_mutant_setup(char *name)
{
	strscpy(keys_mutant_name, name);
	return 0;
}
early_param("keys_mutant", keys_mutant_setup);

/**
 * keys_mutant_is - Compare the name of a fault with the boot argument
 * @name: The name
 *
 * Context: Any.
 * Return: true if the fault @name is active.
 */
bool keys_mutant_is(const char *name)
{
	return !strcmp(keys_mutant_name, name);
}
