// SPDX-License-Identifier: GPL-2.0-only
/*
 * The keys of most sweeps. The session keyring links the key "k" and the
 * keyrings "from", which links the key "moved", and "to", which is empty.
 */

#define SHORT_TEXT	"the payload of a short key"
#define LONG_SIZE	2000

static char long_payload[8192];

static void scene_none(struct scene *s)
{
	kc_clear(RING_S);
}

static void scene_keys(struct scene *s)
{
	kc_clear(RING_S);
	s->ring = add_ring("from", RING_S);
	s->from = s->ring;
	s->to = add_ring("to", RING_S);
	s->key = add_user("moved", SHORT_TEXT, s->from);
}

static void scene_key(struct scene *s)
{
	kc_clear(RING_S);
	s->key = add_user("k", SHORT_TEXT, RING_S);
}

/* The keyring "to" links another key of the same description. */
static void scene_displaced(struct scene *s)
{
	scene_keys(s);
	add_user("moved", "another", s->to);
}

/* Both keyrings link the key. */
static void scene_linked(struct scene *s)
{
	scene_keys(s);
	kc_link(s->key, s->to);
}

static void scene_long_key(struct scene *s)
{
	kc_clear(RING_S);
	memset(long_payload, 'x', sizeof(long_payload));
	s->key = sys_add_key("user", "k", long_payload, LONG_SIZE, RING_S);
}

/* The process has not made a keyring of its own besides its session keyring. */
static void scene_as_it_is(struct scene *s)
{
}
