// SPDX-License-Identifier: GPL-2.0-only
/*
 * Sweeps of the options of keyctl(2) that change or search keyrings.
 */

static long call_link(struct scene *s)
{
	return kc_link(s->key, s->to);
}

TEST_OP(link, .prepare = scene_keys, .call = call_link);
TEST_OP(link_displaces, .prepare = scene_displaced, .call = call_link);
TEST_OP(link_again, .prepare = scene_linked, .call = call_link, .flags = SWEEP_NO_FAULT);

static long call_link_ring(struct scene *s)
{
	return kc_link(s->from, s->to);
}

TEST_OP(link_keyring, .prepare = scene_keys, .call = call_link_ring);

/* A cycle is found after the link was filed. */
static void scene_nested(struct scene *s)
{
	scene_keys(s);
	kc_link(s->to, s->from);
}

TEST_OP(link_cycle, .prepare = scene_nested, .call = call_link_ring, .fails = EDEADLK);

static long call_unlink(struct scene *s)
{
	return kc_unlink(s->key, s->from);
}

TEST_OP(unlink, .prepare = scene_keys, .call = call_unlink, .flags = SWEEP_NO_FAULT);

static long call_clear(struct scene *s)
{
	return kc_clear(s->from);
}

TEST_OP(clear, .prepare = scene_linked, .call = call_clear, .flags = SWEEP_NO_FAULT);

static long call_move(struct scene *s)
{
	return kc_move(s->key, s->from, s->to, 0);
}

TEST_OP(move, .prepare = scene_keys, .call = call_move);
TEST_OP(move_displaces, .prepare = scene_displaced, .call = call_move);
TEST_OP(move_to_where_it_is, .prepare = scene_linked, .call = call_move,
	.flags = SWEEP_NO_FAULT);

static long call_move_excl(struct scene *s)
{
	return kc_move(s->key, s->from, s->to, KEYCTL_MOVE_EXCL);
}

TEST_OP(move_excl, .prepare = scene_keys, .call = call_move_excl);
TEST_OP(move_excl_refused, .prepare = scene_displaced, .call = call_move_excl, .fails = EEXIST,
	.flags = SWEEP_NO_FAULT);

static long call_search(struct scene *s)
{
	return kc_search(RING_S, "user", "moved", 0);
}

TEST_OP(search, .prepare = scene_keys, .call = call_search);

static long call_search_dest(struct scene *s)
{
	return kc_search(s->from, "user", "moved", s->to);
}

TEST_OP(search_and_link, .prepare = scene_keys, .call = call_search_dest);
TEST_OP(search_and_displace, .prepare = scene_displaced, .call = call_search_dest);

static long call_search_in_vain(struct scene *s)
{
	return kc_search(RING_S, "user", "another", s->to);
}

TEST_OP(search_in_vain, .prepare = scene_keys, .call = call_search_in_vain, .fails = ENOKEY);

/* ---- restrictions -------------------------------------------------------- */

static long probe_restricted(struct scene *s)
{
	return kc_link(s->key, s->to);
}

static long call_restrict_all(struct scene *s)
{
	return kc_restrict(s->to, NULL, NULL);
}

TEST_OP(restrict_all, .prepare = scene_keys, .call = call_restrict_all,
	.probe = probe_restricted, .probe_done = -EPERM);

static long call_restrict_type(struct scene *s)
{
	return kc_restrict(s->to, "asymmetric", "builtin_trusted");
}

TEST_OP(restrict_builtin, .prepare = scene_keys, .call = call_restrict_type,
	.probe = probe_restricted, .probe_done = -EOPNOTSUPP);

/* The restriction holds a reference to a keyring. */
static long call_restrict_ring(struct scene *s)
{
	char text[64];

	snprintf(text, sizeof(text), "key_or_keyring:%ld:chain", s->from);
	return kc_restrict(s->to, "asymmetric", text);
}

TEST_OP(restrict_to_a_keyring, .prepare = scene_keys, .call = call_restrict_ring,
	.probe = probe_restricted, .probe_done = -EOPNOTSUPP);

static void scene_restricted(struct scene *s)
{
	scene_keys(s);
	kc_restrict(s->to, NULL, NULL);
}

TEST_OP(link_refused, .prepare = scene_restricted, .call = call_link, .fails = EPERM);
static void scene_displaced_restricted(struct scene *s)
{
	scene_displaced(s);
	kc_restrict(s->to, NULL, NULL);
}

/* The new link has taken over the charge of the old one when it is refused. */
TEST_OP(displace_refused, .prepare = scene_displaced_restricted, .call = call_link,
	.fails = EPERM);
TEST_OP(restrict_again, .prepare = scene_restricted, .call = call_restrict_type,
	.fails = EEXIST);
