/* SPDX-License-Identifier: GPL-2.0-only */
/* The table of operations. */

#define OP(nm, ...)	{ .name = #nm, .run = do_##nm, __VA_ARGS__ }

/*
 * Looks at keyrings need not see these as one step: they change several links,
 * or first the key and then the links.
 */
#define IN_STEPS	.loose = LOOK_ALL

/* See struct op, @late. */
#define OR_LATE(...)	\
	.late = { __VA_ARGS__ }, .lates = sizeof((long[]){ __VA_ARGS__ }) / sizeof(long)

static const struct op ops[] = {
	OP(add, .on = ON_KEY | ON_A, .flags = OP_REPEATS,
	   .promise = "the key has the new payload"),
	OP(add_new, .on = ON_A, .flags = OP_REPEATS, .promise = "a links a key y"),
	OP(update, .on = ON_KEY, .flags = OP_REPEATS, .promise = "the key has the new payload"),
	OP(displace, .on = ON_A | ON_N, .flags = OP_REPEATS | OP_DEFERS | OP_DISPLACES,
	   .promise = "a links the new n; a search finds one at any time"),
	OP(link_over, .on = ON_KEY | ON_A | ON_K2, .flags = OP_REPEATS | OP_DISPLACES,
	   .promise = "a links the other x; a search finds one at any time"),
	OP(link, .on = ON_KEY | ON_B, .flags = OP_REPEATS, .promise = "b links the key, too",
	   .rest = do_link),
	OP(link_again, .on = ON_KEY | ON_A, .flags = OP_REPEATS, .promise = "nothing changes",
	   .rest = do_link_again),
	OP(unlink, .on = ON_KEY | ON_A, .flags = OP_REPEATS, .promise = "a does not link the key",
	   OR_LATE(-ENOENT)),
	OP(move, .on = ON_KEY | ON_A | ON_B, .flags = OP_REPEATS,
	   .promise = "b links the key; a search finds it at any time",
	   OR_LATE(-ENOENT, -EKEYREVOKED)),
	OP(move_excl, .on = ON_KEY | ON_A | ON_B, .promise = "b links the key, or EEXIST",
	   OR_LATE(-ENOENT, -EKEYREVOKED)),
	OP(move_ring, .on = ON_N | ON_A | ON_B, .flags = OP_REPEATS,
	   .promise = "b links n; a search finds its leaf at any time",
	   OR_LATE(-ENOENT, -EKEYREVOKED)),
	OP(link_a_to_b, .on = ON_A | ON_B, .flags = OP_REPEATS, .promise = "no cycle"),
	OP(link_b_to_a, .on = ON_A | ON_B, .flags = OP_REPEATS, .promise = "no cycle"),
	OP(clear, .on = ON_A, IN_STEPS, .promise = "a links nothing"),
	OP(search, .on = ON_KEY | ON_A | ON_B, .flags = OP_READS | OP_REPEATS,
	   .promise = "finds what is linked"),
	OP(search_link, .on = ON_KEY | ON_A | ON_B, .promise = "b links what was found",
	   .rest = do_link_found),
	OP(read, .on = ON_KEY, .flags = OP_READS | OP_REPEATS, .promise = "one payload as a whole"),
	OP(read_ring, .on = ON_A, .flags = OP_READS | OP_REPEATS, .promise = "all links"),
	OP(describe, .on = ON_KEY, .flags = OP_READS | OP_REPEATS,
	   .promise = "owner and mask of one time"),
	OP(revoke, .on = ON_KEY, .promise = "the key stays revoked",
	   OR_LATE(0)),
	OP(revoke_ring, .on = ON_A, .loose = LOOK_ALL, .promise = "a stays revoked and empty",
	   OR_LATE(0)),
	OP(invalidate, .on = ON_KEY | ON_A, IN_STEPS, .promise = "the key is never found again",
	   OR_LATE(0)),
	OP(invalidate_ring, .on = ON_A, IN_STEPS, .promise = "a is never found again",
	   OR_LATE(0)),
	OP(expire, .on = ON_KEY, .flags = OP_SLOW, .prepare = prepare_expire,
	   .promise = "the key has expired, or its timeout was changed before"),
	OP(set_timeout, .on = ON_KEY, .flags = OP_REPEATS, .promise = "the last timeout counts"),
	OP(chown, .on = ON_KEY | ON_UID, .flags = OP_REPEATS,
	   .promise = "the new owner is charged, the old one is not"),
	OP(chown_ring, .on = ON_A | ON_UID, .flags = OP_REPEATS,
	   .promise = "the new owner is charged for a's links, the old one is not"),
	OP(setperm, .on = ON_KEY, .flags = OP_REPEATS, .promise = "the mask holds for later calls"),
	OP(restrict, .on = ON_A, .promise = "a links no new key"),
	OP(request, .on = ON_KEY | ON_A, .flags = OP_READS | OP_REPEATS,
	   .promise = "finds what is linked"),
	OP(request_link, .on = ON_KEY | ON_A | ON_B, .flags = OP_LATE,
	   .promise = "b links what was found",
	   .rest = do_link_found),
	OP(watch, .on = ON_KEY, .prepare = prepare_watch, .promise = "the key is watched"),
	OP(proc, .on = ON_KEY | ON_A, .flags = OP_READS | OP_REPEATS,
	   .promise = "shows the keys that exist"),
	OP(join, .on = ON_KEY | ON_SESSION, .flags = OP_CHILD, .prepare = prepare_session,
	   .after = after_join, .promise = "the keys of the old session are not found"),
	OP(join_name, .on = ON_NAME | ON_SESSION, .flags = OP_CHILD, .after = after_join,
	   .promise = "a session that somebody has, or a new one"),
	{ .name = "leave_name", .on = ON_KEY | ON_NAME | ON_SESSION, .prepare = prepare_named,
	  .run = do_leave, .flags = OP_CHILD, .promise = "the session ends with its last process" },
	OP(to_parent, .on = ON_KEY | ON_SESSION, .flags = OP_CHILD, .prepare = prepare_session,
	   .after = after_to_parent, .promise = "the parent has the child's session"),
	{ .name = "exit", .on = ON_KEY | ON_PROCESS, .prepare = prepare_process, .run = do_end,
	  .flags = OP_CHILD | OP_DIES, .promise = "the process keyring is gone" },
	{ .name = "exit_session", .on = ON_KEY | ON_NAME | ON_SESSION, .prepare = prepare_named,
	  .run = do_end, .flags = OP_CHILD | OP_DIES, .promise = "the session is gone" },
	OP(exec, .on = ON_KEY | ON_PROCESS, .flags = OP_CHILD | OP_DIES,
	   .prepare = prepare_process, .promise = "the process keyring is gone"),
	OP(setuid, .on = ON_KEY | ON_PROCESS | ON_UID, .flags = OP_CHILD,
	   .prepare = prepare_process, .promise = "the thread shares no process keyring"),
	{ .name = "setuid_first", .on = ON_PROCESS | ON_UID, .run = do_setuid, .flags = OP_CHILD,
	  .promise = "the thread shares no process keyring" },
	OP(instantiate, .on = ON_KEY | ON_A, .flags = OP_CHILD | OP_HELPER,
	   .prepare = prepare_helper, .promise = "the key has this payload"),
	OP(instantiate_link, .on = ON_KEY | ON_A | ON_B, .flags = OP_CHILD | OP_HELPER,
	   .prepare = prepare_helper, .promise = "the key has this payload, and b links the key"),
	OP(reject, .on = ON_KEY | ON_A, .flags = OP_CHILD | OP_HELPER,
	   .prepare = prepare_helper, .promise = "the key has this error"),
	OP(give_up, .on = ON_KEY | ON_A, .flags = OP_CHILD | OP_HELPER,
	   .prepare = prepare_helper, .promise = "the kernel rejects the key"),
	{ .name = "end_userns", .on = ON_KEY | ON_UID, .prepare = prepare_namespace,
	  .run = do_end, .flags = OP_CHILD | OP_DIES, .promise = "its user keyring is gone" },
};

#define OPS	((int)ARRAY_SIZE(ops))

static const struct op *op_named(const char *name)
{
	for (const struct op *op = ops; op < ops + OPS; op++)
		if (!strcmp(op->name, name))
			return op;
	return NULL;
}
