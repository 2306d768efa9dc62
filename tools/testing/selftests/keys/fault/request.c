// SPDX-License-Identifier: GPL-2.0-only
/*
 * Sweeps of request_key(2) without a helper. The helper's side is in helper.c.
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
