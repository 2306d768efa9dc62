// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tests with injected faults: each allocation and each copy of each call fails
 * once. The call must then return an error and change nothing, or do all that
 * it does without a fault. See fault/sweep.h.
 *
 * This file includes the parts of the program, because the harness lists the
 * tests of one translation unit.
 */
#include "keys_cred.h"
#include "keys_watch.h"
#include "keys_upcall.h"

#include "fault/sweep.h"

FIXTURE(fault) {
	int unused;
};

FIXTURE_VARIANT(fault) {
	struct sweep_op op;
};

FIXTURE_SETUP(fault)
{
	if (nth_missing)
		SKIP(return, "%s", nth_missing);
}

FIXTURE_TEARDOWN(fault)
{
}

FIXTURE(fault_exec) {
	int unused;
};

FIXTURE_SETUP(fault_exec)
{
	if (nth_missing)
		SKIP(return, "%s", nth_missing);
}

FIXTURE_TEARDOWN(fault_exec)
{
}

/* Defines the sweep of one operation: the fields of a struct sweep_op follow. */
#define TEST_OP(name, ...) \
	FIXTURE_VARIANT_ADD(fault, name) { .op = { __VA_ARGS__ } }

TEST_F_TIMEOUT(fault, sweep, 400)
{
	const struct sweep_op *op = &variant->op;

	if ((op->flags & SWEEP_BARE) && has_session(_metadata))
		SKIP(return, "this program was started with a session keyring");
	if (op->flags & (SWEEP_HELPER | SWEEP_NO_HELPER))
		REQUIRE_UPCALL();
	if (op->flags & SWEEP_NO_HELPER)
		ASSERT_TRUE(upcall_hide());
	sweep_run(_metadata, op);
	if (op->flags & SWEEP_NO_HELPER)
		EXPECT_TRUE(upcall_unhide());
}

#include "fault/scene.c"
#include "fault/add.c"
#include "fault/key.c"
#include "fault/ring.c"
#include "fault/crypto.c"
#include "fault/process.c"
#include "fault/request.c"
#include "fault/helper.c"
#include "fault/leaks.c"

int main(int argc, char **argv, char **envp)
{
	static const struct verb *const tables[] = { common_verbs, fault_verbs, NULL };
	int ret;

	if (argc > 1 && !strcmp(argv[1], "create"))
		return helper_main(tables, argc, argv, envp);
	if (argc > 1 && !strcmp(argv[1], "--image"))
		return exec_image_main();
	nth_without_rseq(argv);
	nth_setup();
	if (!nth_missing)
		upcall_install();
	ret = test_harness_run(argc, argv);
	nth_restore();
	return ret;
}
