// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tests of the keyrings in credentials: what the threads of a process share,
 * and what a task can reach while its credentials are overridden.
 */
#include <linux/keyctl.h>

#include "keys_kunit.h"

/*
 * Returns the process keyring of @cred, without a reference. The test must keep
 * the keyring alive.
 */
static struct key *cred_rings_test_process_ring(const struct cred *cred)
{
	guard(rcu)();
	return process_keyring(cred);
}

/* Makes credentials that do not belong to the task and have no keyrings. */
static struct cred *cred_rings_test_others_cred(struct kunit *test)
{
	struct cred *cred = prepare_kernel_cred(&init_task);

	KUNIT_ASSERT_NOT_NULL(test, cred);
	KUNIT_ASSERT_NULL(test, cred->process_keys);
	return cred;
}

/* Gives @cred a process keyring. Returns the keyring with a reference. */
static struct key *cred_rings_test_give_process_ring(struct kunit *test,
						     struct cred *cred)
{
	struct key *ring = keys_kunit_ring(test, "theirs");

	KUNIT_ASSERT_EQ(test, key_share_process_keys(cred), 0);
	KUNIT_ASSERT_NOT_NULL(test, cred->process_keys);
	KUNIT_ASSERT_NULL(test, process_keyring_offer(cred, key_get(ring)));
	return ring;
}

static struct key *cred_rings_test_lookup(unsigned long flags)
{
	key_ref_t ref = lookup_user_key(KEY_SPEC_PROCESS_KEYRING, flags,
					KEY_NEED_VIEW);

	return IS_ERR(ref) ? ERR_CAST(ref) : key_ref_to_ptr(ref);
}

/* A task must not install keyrings in credentials that override its own. */
static void cred_rings_test_none_made_for_others(struct kunit *test)
{
	struct cred *cred = cred_rings_test_others_cred(test);
	const struct cred *own = override_creds(cred);

	KUNIT_EXPECT_EQ(test, install_thread_keyring(), -EPERM);
	KUNIT_EXPECT_EQ(test, install_process_keyring(), -EPERM);
	KUNIT_EXPECT_EQ(test, install_session_keyring(NULL), -EPERM);
	KUNIT_EXPECT_EQ(test, join_session_keyring(NULL), -EPERM);
	KUNIT_EXPECT_EQ(test, join_session_keyring("keys_kunit"), -EPERM);
	KUNIT_EXPECT_EQ(test, key_share_process_keys(cred), 0);
	KUNIT_EXPECT_PTR_EQ(test, cred_rings_test_lookup(0), ERR_PTR(-ENOKEY));
	KUNIT_EXPECT_PTR_EQ(test, cred_rings_test_lookup(KEY_LOOKUP_CREATE),
			    ERR_PTR(-EPERM));
	revert_creds(own);
	KUNIT_EXPECT_NULL(test, cred->process_keys);
	KUNIT_EXPECT_NULL(test, cred->thread_keyring);
	KUNIT_EXPECT_NULL(test, cred->session_keyring);
	put_cred(cred);
}

/*
 * A task with overridden credentials must not install a process keyring in a
 * record that other threads may share.
 */
static void cred_rings_test_none_made_in_a_shared_record(struct kunit *test)
{
	struct cred *cred = cred_rings_test_others_cred(test);
	const struct cred *own;

	KUNIT_ASSERT_EQ(test, key_share_process_keys(cred), 0);
	KUNIT_ASSERT_NOT_NULL(test, cred->process_keys);
	own = override_creds(cred);
	KUNIT_EXPECT_EQ(test, install_process_keyring(), -EPERM);
	revert_creds(own);
	KUNIT_EXPECT_NULL(test, cred_rings_test_process_ring(cred));
	put_cred(cred);
}

/*
 * A task with overridden credentials reaches the process keyring of these
 * credentials, and no longer reaches it after revert_creds().
 */
static void cred_rings_test_reached_while_overridden(struct kunit *test)
{
	struct cred *cred = cred_rings_test_others_cred(test);
	struct key *ring = cred_rings_test_give_process_ring(test, cred), *seen;
	const struct cred *own = override_creds(cred);

	seen = cred_rings_test_lookup(0);
	KUNIT_EXPECT_PTR_EQ(test, seen, ring);
	if (!IS_ERR(seen))
		key_put(seen);
	seen = cred_rings_test_lookup(KEY_LOOKUP_CREATE);
	KUNIT_EXPECT_PTR_EQ(test, seen, ring);
	if (!IS_ERR(seen))
		key_put(seen);
	KUNIT_EXPECT_EQ(test, install_process_keyring(), 0);
	revert_creds(own);

	KUNIT_EXPECT_PTR_EQ(test, cred_rings_test_lookup(0), ERR_PTR(-ENOKEY));
	KUNIT_EXPECT_NULL(test, cred_rings_test_process_ring(current_cred()));
	put_cred(cred);
	KUNIT_EXPECT_PTR_EQ(test, cred_rings_test_lookup(0), ERR_PTR(-ENOKEY));
	key_put(ring);
}

/*
 * A new process keyring appears in older credentials too. Threads of a process
 * have separate credentials, which must share the keyring.
 */
static void cred_rings_test_older_creds_share(struct kunit *test)
{
	struct cred *older, *younger;

	KUNIT_ASSERT_EQ(test, key_share_process_keys(current_cred()), 0);
	older = prepare_creds();
	KUNIT_ASSERT_NOT_NULL(test, older);
	KUNIT_EXPECT_NULL(test, cred_rings_test_process_ring(older));
	KUNIT_EXPECT_EQ(test, install_process_keyring(), 0);
	KUNIT_ASSERT_NOT_NULL(test,
			      cred_rings_test_process_ring(current_cred()));
	KUNIT_EXPECT_PTR_EQ(test, cred_rings_test_process_ring(older),
			    cred_rings_test_process_ring(current_cred()));
	/* A second call makes no second keyring */
	KUNIT_EXPECT_EQ(test, install_process_keyring(), 0);
	KUNIT_EXPECT_EQ(test, key_share_process_keys(current_cred()), 0);
	KUNIT_EXPECT_PTR_EQ(test, cred_rings_test_process_ring(older),
			    cred_rings_test_process_ring(current_cred()));
	younger = prepare_creds();
	KUNIT_ASSERT_NOT_NULL(test, younger);
	KUNIT_EXPECT_PTR_EQ(test, younger->process_keys, older->process_keys);
	abort_creds(younger);
	abort_creds(older);
}

/*
 * The process keyring is put when the last credentials that share it are freed.
 * A missing reference would put the keyring too early.
 */
static void cred_rings_test_put_with_the_last_creds(struct kunit *test)
{
	struct cred *first = cred_rings_test_others_cred(test), *second;
	struct key *ring = cred_rings_test_give_process_ring(test, first);
	const struct cred *own = override_creds(first);
	unsigned int refs = keys_kunit_refs(ring);

	second = prepare_creds();
	revert_creds(own);
	KUNIT_ASSERT_NOT_NULL(test, second);
	put_cred(first);
	rcu_barrier();
	KUNIT_EXPECT_PTR_EQ(test, cred_rings_test_process_ring(second), ring);
	KUNIT_EXPECT_EQ(test, keys_kunit_refs(ring), refs);
	put_cred(second);
	rcu_barrier();
	KUNIT_EXPECT_EQ(test, keys_kunit_refs(ring), refs - 1);
	key_put(ring);
}

/*
 * Credentials reach the shared process keyring only if their real UID is the
 * one that the keyring was made for.
 */
static void cred_rings_test_of_one_real_uid(struct kunit *test)
{
	struct cred *cred, *other;
	const struct cred *own;
	struct key *ring;

	keys_kunit_need_multiuser(test);
	cred = cred_rings_test_others_cred(test);
	ring = cred_rings_test_give_process_ring(test, cred);
	own = override_creds(cred);
	other = prepare_creds();
	revert_creds(own);
	KUNIT_ASSERT_NOT_NULL(test, other);
	KUNIT_EXPECT_PTR_EQ(test, other->process_keys, cred->process_keys);
	KUNIT_EXPECT_PTR_EQ(test, cred_rings_test_process_ring(other), ring);
	other->euid = KUIDT_INIT(4711);
	other->fsuid = KUIDT_INIT(4711);
	KUNIT_EXPECT_PTR_EQ(test, cred_rings_test_process_ring(other), ring);
	other->uid = KUIDT_INIT(4711);
	KUNIT_EXPECT_NULL(test, cred_rings_test_process_ring(other));
	abort_creds(other);
	put_cred(cred);
	key_put(ring);
}

static void cred_rings_test_one_thread_ring(struct kunit *test)
{
	struct cred *cred = cred_rings_test_others_cred(test);
	struct key *ring;

	KUNIT_EXPECT_EQ(test, install_thread_keyring_to_cred(cred), 0);
	ring = cred->thread_keyring;
	KUNIT_ASSERT_NOT_NULL(test, ring);
	KUNIT_EXPECT_EQ(test, install_thread_keyring_to_cred(cred), 0);
	KUNIT_EXPECT_PTR_EQ(test, cred->thread_keyring, ring);
	put_cred(cred);
}

/* All kernel threads would get the keyring of the kernel's own credentials. */
static void cred_rings_test_none_made_for_the_kernel(struct kunit *test)
{
	struct cred *own = prepare_creds();

	KUNIT_ASSERT_NOT_NULL(test, own);
	KUNIT_ASSERT_NULL(test, init_cred.process_keys);
	commit_creds((struct cred *)get_cred(&init_cred));
	KUNIT_EXPECT_EQ(test, install_process_keyring(), -EPERM);
	KUNIT_EXPECT_NULL(test, init_cred.process_keys);
	commit_creds(own);
	KUNIT_EXPECT_EQ(test, install_process_keyring(), 0);
}

/* The name is reserved, and is refused to callers in the kernel, too. */
static void cred_rings_test_joins_no_hidden_name(struct kunit *test)
{
	struct key *session = current_cred()->session_keyring;

	KUNIT_EXPECT_EQ(test, join_session_keyring(".keys_kunit"), -EPERM);
	KUNIT_EXPECT_PTR_EQ(test, current_cred()->session_keyring, session);
}

/* The thread of the test is a child of kthreadd. */
static void cred_rings_test_gives_none_to_a_kernel_thread(struct kunit *test)
{
	struct key *ring = keys_kunit_ring(test, "given");
	unsigned int refs = keys_kunit_refs(ring);

	scoped_guard(rcu)
		KUNIT_EXPECT_TRUE(test, PF_KTHREAD &
				  rcu_dereference(current->real_parent)->flags);
	KUNIT_EXPECT_EQ(test, session_to_parent(ring), -EPERM);
	rcu_barrier();
	KUNIT_EXPECT_EQ(test, keys_kunit_refs(ring), refs);
	key_put(ring);
}

/*
 * Threads that are not counted, such as the workers of io_uring, can have
 * another real UID than all threads that are counted. They cannot make a
 * process keyring, since nobody would put it.
 */
static void cred_rings_test_none_for_a_worker(struct kunit *test)
{
	struct cred *other;
	struct key *ring;

	keys_kunit_need_multiuser(test);
	ring = keys_kunit_ring(test, "offered");
	KUNIT_EXPECT_EQ(test, install_process_keyring(), 0);
	other = prepare_creds();
	KUNIT_ASSERT_NOT_NULL(test, other);
	other->uid = KEYS_KUNIT_UID(435);
	commit_creds(other);
	KUNIT_EXPECT_PTR_EQ(test, process_keyring_offer(other, ring), ring);
	KUNIT_EXPECT_EQ(test, install_process_keyring(), 0);
	KUNIT_EXPECT_PTR_EQ(test, cred_rings_test_lookup(KEY_LOOKUP_CREATE),
			    ERR_PTR(-ENOKEY));
	KUNIT_EXPECT_NULL(test, cred_rings_test_process_ring(other));
	key_put(ring);
}

static struct kunit_case cred_rings_test_cases[] = {
	KUNIT_CASE(cred_rings_test_none_made_for_others),
	KUNIT_CASE(cred_rings_test_none_made_in_a_shared_record),
	KUNIT_CASE(cred_rings_test_reached_while_overridden),
	KUNIT_CASE(cred_rings_test_older_creds_share),
	KUNIT_CASE(cred_rings_test_put_with_the_last_creds),
	KUNIT_CASE(cred_rings_test_of_one_real_uid),
	KUNIT_CASE(cred_rings_test_one_thread_ring),
	KUNIT_CASE(cred_rings_test_none_made_for_the_kernel),
	KUNIT_CASE(cred_rings_test_joins_no_hidden_name),
	KUNIT_CASE(cred_rings_test_gives_none_to_a_kernel_thread),
	KUNIT_CASE(cred_rings_test_none_for_a_worker),
	{}
};

static struct kunit_suite cred_rings_test_suite = {
	.name		= "keys_cred_rings",
	.test_cases	= cred_rings_test_cases,
};

kunit_test_suite(cred_rings_test_suite);
