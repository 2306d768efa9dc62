// SPDX-License-Identifier: GPL-2.0-only
/*
 * Sweeps of request_key(2). The helper's side is in helper.c.
 */

static long call_request_found(struct scene *s)
{
	return sys_request_key("user", "moved", NULL, 0);
}

TEST_OP(request_found, .prepare = scene_keys, .call = call_request_found);

static long call_request_linked(struct scene *s)
{
	return sys_request_key("user", "moved", "callout", s->to);
}

TEST_OP(request_found_and_linked, .prepare = scene_keys, .call = call_request_linked);
TEST_OP(request_found_and_displaced, .prepare = scene_displaced, .call = call_request_linked);

static long call_request_miss(struct scene *s)
{
	return sys_request_key("user", "another", NULL, s->to);
}

TEST_OP(request_in_vain, .prepare = scene_keys, .call = call_request_miss, .fails = ENOKEY);

/* ---- with a helper ----------------------------------------------------------- */

static void scene_helper(struct scene *s)
{
	verb("instantiate");
}

/* The thread keyring is made by the call. */
static long call_request_new(struct scene *s)
{
	return request("new", RING_T);
}

/* If the helper cannot be started, the key is negative for a minute. */
TEST_OP(request_from_helper, .prepare = scene_helper, .call = call_request_new,
	.leaves = { "_tid", "new" }, .flags = SWEEP_FRESH | SWEEP_HELPER);

/* The helper is told the user-session keyring, which is made for this. */
TEST_OP(request_from_helper_without_session, .prepare = scene_helper,
	.call = call_request_new, .errors = { ENOKEY }, .leaves = { "_tid", "_uid", "new" },
	.flags = SWEEP_FRESH | SWEEP_BARE | SWEEP_HELPER);

/*
 * The key is made for another user, who has no key yet: so the call makes the
 * record of what this user is charged for, too. The thread keyring is charged to
 * the first user.
 */
static void scene_first_key(struct scene *s)
{
	scene_helper(s);
	syscall(__NR_setfsuid, s->other);
}

TEST_OP(request_as_first_key, .prepare = scene_first_key, .call = call_request_new,
	.leaves = { "_tid", "new" }, .flags = SWEEP_FRESH | SWEEP_ADMIN | SWEEP_HELPER);

TEST_OP(request_without_helper, .prepare = scene_as_it_is, .call = call_request_new,
	.fails = ENOENT, .leaves = { "_tid", "new" }, .flags = SWEEP_FRESH | SWEEP_NO_HELPER);
