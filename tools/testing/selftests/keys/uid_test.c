// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tests of the user keyring and the user-session keyring: what they are, who
 * may use them, and how long they exist.
 *
 * This file includes the parts of the program, because the harness lists the
 * tests of one translation unit.
 */
#include "uid/left.h"

/* The serial numbers of a UID's two keyrings. */
struct pair {
	long u, us;
};

static struct pair pair_now(void)
{
	return (struct pair){ kc_get_keyring_id(RING_U, 0), kc_get_keyring_id(RING_US, 0) };
}

static bool pair_same(struct pair *p)
{
	struct pair now = pair_now();

	return now.u > 0 && now.us > 0 && now.u == p->u && now.us == p->us;
}

#include "uid/keyring.c"
#include "uid/set_user_id.c"
#include "uid/isolation.c"
#include "uid/lifetime.c"
#include "uid/end.c"
#include "uid/retake.c"

/* Main function of the second image, with the pair that the first one had. */
static int image(int argc, char **argv)
{
	struct pair p;

	if (argc < 3)
		return 9;
	p = (struct pair){ atol(argv[1]), atol(argv[2]) };
	if (!strcmp(argv[0], "pair"))
		return pair_same(&p) ? 0 : 1;
	return strcmp(argv[0], "helper") ? 9 : helped(p);
}

KEYS_IMAGE_MAIN(image)
