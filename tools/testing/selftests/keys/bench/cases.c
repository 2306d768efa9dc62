// SPDX-License-Identifier: GPL-2.0-only
/*
 * The table of what is measured.
 */
#include "bench.h"

#define CALL(_name, _target, _op, _flags)						\
	{ .name = (_name), .target = (_target), .setup = setup_session, .op = (_op),	\
	  .flags = BENCH_POPULATED | (_flags) }

#define RING(_links)									\
	{ .name = "search-hit:ring-" #_links, .target = "<=stock",			\
	  .setup = setup_ring, .arg = (_links), .op = op_tree_hit },			\
	{ .name = "search-miss:ring-" #_links, .target = "<=stock",			\
	  .setup = setup_ring, .arg = (_links), .op = op_tree_miss },			\
	{ .name = "read-per-link:ring-" #_links, .target = "<=stock",			\
	  .setup = setup_ring, .arg = (_links), .measure = measure_ring_read },		\
	{ .name = "add+unlink:ring-" #_links, .target = "<=stock",			\
	  .setup = setup_ring, .arg = (_links), .op = op_ring_add_unlink },		\
	{ .name = "unpossessed-read:ring-" #_links, .target = "<2500",			\
	  .setup = setup_ring, .arg = (_links), .op = op_unpossessed_read },		\
	{ .name = "clear-per-link:ring-" #_links, .target = "<=stock",			\
	  .setup = setup_ring, .arg = (_links), .measure = measure_ring_clear }

#define TREE(_name, _setup, _arg)							\
	{ .name = "search-hit:" _name, .target = "<=stock",				\
	  .setup = (_setup), .arg = (_arg), .op = op_tree_hit },			\
	{ .name = "search-miss:" _name, .target = "<=stock",				\
	  .setup = (_setup), .arg = (_arg), .op = op_tree_miss },			\
	{ .name = "unpossessed-read:" _name, .target = "<2500",				\
	  .setup = (_setup), .arg = (_arg), .op = op_unpossessed_read }

#define MEMORY(_what, _setup, _arg)							\
	{ .name = "slab-per-" _what, .target = "<=stock",				\
	  .setup = (_setup), .arg = (_arg), .measure = measure_slab },			\
	{ .name = "memory-per-" _what, .target = "<=stock",				\
	  .setup = (_setup), .arg = (_arg), .measure = measure_used }

const struct bench_case bench_cases[] = {
	CALL("getppid", "-", op_getppid, BENCH_SCALES),
	CALL("id-session", "<=stock", op_id_session, 0),
	CALL("id-user", "<600", op_id_user, 0),
	CALL("id-user-session", "<=stock", op_id_user_session, 0),
	CALL("read-32", "<=stock", op_read, BENCH_SCALES),
	CALL("describe", "<=stock", op_describe, 0),
	CALL("search-hit", "<=stock", op_search_hit, BENCH_SCALES),
	CALL("search-miss", "<=stock", op_search_miss, 0),
	CALL("request-key-hit", "<=stock", op_request_hit, BENCH_SCALES),
	CALL("update", "<=stock", op_update, 0),
	CALL("add-existing", "<=stock", op_add_existing, 0),
	CALL("link+unlink", "<=stock", op_link_unlink, BENCH_SCALES),
	CALL("add+unlink", "<=stock", op_add_unlink, BENCH_SCALES),
	CALL("fork+exit", "<=stock", op_fork, 0),
	CALL("fork+exec+exit", "<=stock", op_exec, 0),
	/* these leave the session that the ones above need */
	CALL("new-session", "<=stock", op_new_session, 0),
	{ .name = "id-process", .target = "<=stock",
	  .setup = setup_process_ring, .op = op_id_process, .flags = BENCH_POPULATED },
	{ .name = "setresuid+id-user", .target = "<=stock",
	  .setup = setup_other_user, .arg = 1, .op = op_other_user, .flags = BENCH_POPULATED },
	{ .name = "setresuid+id-user:first", .target = "<=stock",
	  .setup = setup_other_user, .arg = 0, .op = op_other_user },

	RING(1),
	RING(16),
	RING(256),
	RING(10000),
	RING(100000),
	TREE("deep-5", setup_deep, 5),
	TREE("wide-500", setup_wide, 500),

	{ .name = "clear-per-dying-key", .target = "<=stock", .measure = measure_ring_end },

	{ .name = "wakeup", .target = "-", .measure = measure_wakeup },
	{ .name = "death", .target = "<15000", .measure = measure_death,
	  .flags = BENCH_POPULATED },
	{ .name = "invalidation", .target = "<15000", .measure = measure_invalidation,
	  .flags = BENCH_POPULATED },
	{ .name = "proc-keys-per-key", .target = "<=stock", .measure = measure_proc_keys,
	  .arg = 1000, .flags = BENCH_POPULATED },
	MEMORY("key:50000", setup_many_keys, 50000),
	MEMORY("key:100000", setup_many_keys, 100000),
	MEMORY("link:50000", setup_many_links, 50000),
	MEMORY("link:100000", setup_many_links, 100000),
	{ }
};
