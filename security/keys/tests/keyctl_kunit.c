// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tests of keyctl(2) with keys that user space cannot make: keys that must be
 * kept, and keys whose payload has another length each time it is read.
 */
#include "keys_kunit.h"

/* An address that is not in user space, so that nothing is copied there */
#define KEYCTL_TEST_NOWHERE	((unsigned long)-PAGE_SIZE)

/*
 * What the type answers to each read, the buffer sizes that it was asked for,
 * and the number of reads
 */
static struct {
	long		answer[4];
	size_t		asked[4];
	unsigned int	reads;
} keyctl_test_seen;

static long keyctl_test_read(const struct key *key, char *buffer,
			     size_t buflen)
{
	unsigned int nr = keyctl_test_seen.reads++;

	if (nr >= ARRAY_SIZE(keyctl_test_seen.asked))
		return -EIO;
	keyctl_test_seen.asked[nr] = buflen;
	return keyctl_test_seen.answer[nr];
}

static struct key_type keyctl_test_type = {
	.name		= "keyctl_test_type",
	.instantiate	= keys_kunit_instantiate,
	.read		= keyctl_test_read,
};

KEYS_KUNIT_REGISTER(keyctl_test_type)

static long keyctl_test_call(long (*call)(const struct keyctl_args *args),
			     const struct key *key, unsigned long arg3)
{
	return call(&(struct keyctl_args) {
		.arg2 = key_serial(key),
		.arg3 = arg3,
	});
}

static long keyctl_test_move(const struct key *key, const struct key *from,
			     const struct key *to)
{
	return keyctl_move(&(struct keyctl_args) {
		.arg2 = key_serial(key),
		.arg3 = key_serial(from),
		.arg4 = key_serial(to),
	});
}

static void keyctl_test_kept_key_stays_usable(struct kunit *test)
{
	struct key *key = keys_kunit_key(test, &keyctl_test_type, "key");

	set_bit(KEY_FLAG_KEEP, &key->flags);
	KUNIT_EXPECT_EQ(test, keyctl_test_call(keyctl_revoke, key, 0), -EPERM);
	KUNIT_EXPECT_EQ(test, -EPERM,
			keyctl_test_call(keyctl_invalidate, key, 0));
	KUNIT_EXPECT_EQ(test, -EPERM,
			keyctl_test_call(keyctl_set_timeout, key, 1000));
	KUNIT_EXPECT_EQ(test, key_validate(key), 0);
	KUNIT_EXPECT_EQ(test, key->expiry, TIME64_MAX);
	/* It is the flag that forbids this */
	clear_bit(KEY_FLAG_KEEP, &key->flags);
	KUNIT_EXPECT_EQ(test, 0,
			keyctl_test_call(keyctl_set_timeout, key, 1000));
	KUNIT_EXPECT_NE(test, key->expiry, TIME64_MAX);
	KUNIT_EXPECT_EQ(test, keyctl_test_call(keyctl_revoke, key, 0), 0);
	KUNIT_EXPECT_EQ(test, key_validate(key), -EKEYREVOKED);
	key_put(key);
}

static void keyctl_test_kept_ring_is_not_cleared(struct kunit *test)
{
	struct key *ring = keys_kunit_ring(test, "ring");
	struct key *key = keys_kunit_key(test, &keyctl_test_type, "key");

	KUNIT_ASSERT_EQ(test, key_link(ring, key), 0);
	set_bit(KEY_FLAG_KEEP, &ring->flags);
	KUNIT_EXPECT_EQ(test, keyctl_test_call(keyctl_clear, ring, 0), -EPERM);
	KUNIT_EXPECT_EQ(test, ring->keys.nr_leaves_on_tree, 1);
	clear_bit(KEY_FLAG_KEEP, &ring->flags);
	KUNIT_EXPECT_EQ(test, keyctl_test_call(keyctl_clear, ring, 0), 0);
	KUNIT_EXPECT_EQ(test, ring->keys.nr_leaves_on_tree, 0);
	key_put(key);
	key_put(ring);
}

/* A key is kept in a keyring only if both have the flag. */
static void keyctl_test_kept_link(struct kunit *test)
{
	struct key *ring, *other, *key;
	int i, error;

	for (i = 0; i < 4; i++) {
		error = i == 3 ? -EPERM : 0;
		ring = keys_kunit_ring(test, "ring");
		other = keys_kunit_ring(test, "other");
		key = keys_kunit_key(test, &keyctl_test_type, "key");
		KUNIT_ASSERT_EQ(test, key_link(ring, key), 0);
		if (i & 1)
			set_bit(KEY_FLAG_KEEP, &ring->flags);
		if (i & 2)
			set_bit(KEY_FLAG_KEEP, &key->flags);
		KUNIT_EXPECT_EQ_MSG(test, keyctl_test_move(key, ring, other),
				    error, "%d", i);
		KUNIT_EXPECT_EQ(test, other->keys.nr_leaves_on_tree, !error);
		KUNIT_ASSERT_EQ(test, key_link(ring, key), 0);
		KUNIT_EXPECT_EQ_MSG(test, error,
				    keyctl_test_call(keyctl_unlink, key,
						     key_serial(ring)),
				    "%d", i);
		KUNIT_EXPECT_EQ(test, ring->keys.nr_leaves_on_tree, !!error);
		key_put(key);
		key_put(other);
		key_put(ring);
	}
}

/**
 * struct keyctl_test_case - a KEYCTL_READ, during which the payload changes
 * @buflen: length of the user's buffer
 * @answer: lengths that the reads return, 0 after the last one
 * @asked: lengths of the buffer that the type is expected to be asked for
 * @ret: expected result
 */
struct keyctl_test_case {
	size_t	buflen;
	long	answer[4];
	size_t	asked[4];
	long	ret;
};

static const struct keyctl_test_case keyctl_test_reads[] = {
	/* It fits, but is then not copied, as the buffer is at a bad address */
	{ 1000, { 100 }, { READ_STACK_SIZE }, -EFAULT },
	{ 1000, { 200, 200 }, { READ_STACK_SIZE, 200 }, -EFAULT },
	/* It grows, once and twice */
	{ 1000, { 200, 300, 300 }, { READ_STACK_SIZE, 200, 300 }, -EFAULT },
	{ 1000, { 200, 300, 400, 400 }, { READ_STACK_SIZE, 200, 300, 400 },
	  -EFAULT },
	/* It grows beyond the user's buffer, which is filled to the end */
	{ 250, { 200, 300, 900 }, { READ_STACK_SIZE, 200, 250 }, -EFAULT },
	{ 100, { 200 }, { 100 }, -EFAULT },
	/* It shrinks, or is gone */
	{ 1000, { 200, 50 }, { READ_STACK_SIZE, 200 }, -EFAULT },
	{ 1000, { 200, -ENODATA }, { READ_STACK_SIZE, 200 }, -ENODATA },
	{ 1000, { 200, 300, -ENODATA }, { READ_STACK_SIZE, 200, 300 },
	  -ENODATA },
};

static void keyctl_test_payload_changes(struct kunit *test)
{
	struct key *key = keys_kunit_key(test, &keyctl_test_type, "key");
	const struct keyctl_test_case *c = keyctl_test_reads;
	int i;

	for (; c < keyctl_test_reads + ARRAY_SIZE(keyctl_test_reads); c++) {
		memset(&keyctl_test_seen, 0, sizeof(keyctl_test_seen));
		memcpy(keyctl_test_seen.answer, c->answer, sizeof(c->answer));
		KUNIT_EXPECT_EQ(test, c->ret,
				keyctl_read(&(struct keyctl_args) {
					.arg2 = key_serial(key),
					.arg3 = KEYCTL_TEST_NOWHERE,
					.arg4 = c->buflen,
				}));
		for (i = 0; i < ARRAY_SIZE(c->asked); i++)
			KUNIT_EXPECT_EQ_MSG(test, keyctl_test_seen.asked[i],
					    c->asked[i], "case %d, read %d",
					    (int)(c - keyctl_test_reads), i);
	}
	key_put(key);
}

/* Nobody constructs the key: the call must not wait. */
static void keyctl_test_read_without_a_payload(struct kunit *test)
{
	struct key *key = keys_kunit_key_of(test, &keyctl_test_type, "key",
					    GLOBAL_ROOT_UID);

	keyctl_test_seen.reads = 0;
	KUNIT_EXPECT_EQ(test, keyctl_test_call(keyctl_read, key, 0), -ENOKEY);
	KUNIT_ASSERT_EQ(test, 0, key_reject_and_link(key, 60, EKEYREJECTED,
						     NULL, NULL));
	KUNIT_EXPECT_EQ(test, -EKEYREJECTED,
			keyctl_test_call(keyctl_read, key, 0));
	KUNIT_EXPECT_EQ(test, keyctl_test_seen.reads, 0);
	key_put(key);
}

static struct kunit_case keyctl_test_cases[] = {
	KUNIT_CASE(keyctl_test_kept_key_stays_usable),
	KUNIT_CASE(keyctl_test_kept_ring_is_not_cleared),
	KUNIT_CASE(keyctl_test_kept_link),
	KUNIT_CASE(keyctl_test_payload_changes),
	KUNIT_CASE(keyctl_test_read_without_a_payload),
	{}
};

static struct kunit_suite keyctl_test_suite = {
	.name		= "keys_keyctl",
	.suite_init	= keyctl_test_type_register,
	.suite_exit	= keyctl_test_type_unregister,
	.test_cases	= keyctl_test_cases,
};

kunit_test_suite(keyctl_test_suite);
