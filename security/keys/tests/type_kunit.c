// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tests of key types: keys stay, with the type removed, when their type is
 * unregistered.
 */
#include <linux/completion.h>
#include <linux/debug_locks.h>
#include <linux/kthread.h>
#include <linux/poison.h>

#include "../core/key.h"
#include "../syscall/handlers.h"
#include "keys_kunit.h"

static unsigned int type_test_destroyed;

static void type_test_destroy(struct key *key)
{
	type_test_destroyed++;
}

static struct key_type type_test_type = {
	.name		= "type_test_type",
	.instantiate	= keys_kunit_instantiate,
	.destroy	= type_test_destroy,
};

static struct key_type type_test_namesake = {
	.name		= "type_test_type",
	.instantiate	= keys_kunit_instantiate,
};

static struct key_type *type_test_find(const char *name)
{
	guard(key_types)();
	return key_type_find(name);
}

static void type_test_register_once(struct kunit *test)
{
	struct key_type *type = &type_test_type;

	KUNIT_EXPECT_NULL(test, type_test_find(type->name));
	KUNIT_EXPECT_EQ(test, register_key_type(type), 0);
	KUNIT_EXPECT_EQ(test, register_key_type(type), -EEXIST);
	KUNIT_EXPECT_EQ(test, register_key_type(&type_test_namesake), -EEXIST);
	KUNIT_EXPECT_PTR_EQ(test, type_test_find(type->name), type);
	/* Unregistering a type with the same name must not remove this one */
	unregister_key_type(&type_test_namesake);
	KUNIT_EXPECT_PTR_EQ(test, type_test_find(type->name), type);
	unregister_key_type(type);
	KUNIT_EXPECT_NULL(test, type_test_find(type->name));
	KUNIT_EXPECT_EQ(test, register_key_type(&type_test_namesake), 0);
	KUNIT_EXPECT_PTR_EQ(test, type_test_find(type->name),
			    &type_test_namesake);
	unregister_key_type(&type_test_namesake);
}

static void type_test_expect_removed(struct kunit *test, struct key *key)
{
	KUNIT_EXPECT_PTR_EQ(test, key->type, &key_type_removed);
	KUNIT_EXPECT_EQ(test, key_validate(key), -EKEYREVOKED);
	KUNIT_EXPECT_TRUE(test, hlist_empty(&key->parents));
	KUNIT_EXPECT_NE(test, (long)key->payload.data[0], 0xda7a);
}

static void type_test_unregister_with_live_keys(struct kunit *test)
{
	struct key_type *type = &type_test_type;
	struct key *ring, *linked, *loose, *uninstantiated, *negative;

	type_test_destroyed = 0;
	KUNIT_ASSERT_EQ(test, register_key_type(type), 0);
	ring = keys_kunit_ring(test, "type_ring");
	linked = keys_kunit_key(test, type, "linked");
	loose = keys_kunit_key(test, type, "loose");
	uninstantiated = keys_kunit_key_of(test, type, "uninstantiated",
					   GLOBAL_ROOT_UID);
	negative = keys_kunit_key_of(test, type, "negative", GLOBAL_ROOT_UID);
	linked->payload.data[0] = (void *)0xda7a;
	loose->payload.data[0] = (void *)0xda7a;
	KUNIT_EXPECT_EQ(test, key_link(ring, linked), 0);
	KUNIT_EXPECT_EQ(test, 0,
			key_negate_and_link(negative, 60, ring, NULL));
	KUNIT_EXPECT_EQ(test, ring->keys.nr_leaves_on_tree, 2);

	unregister_key_type(type);
	/* Only positive keys are destroyed */
	KUNIT_EXPECT_EQ(test, type_test_destroyed, 2);
	KUNIT_EXPECT_EQ(test, ring->keys.nr_leaves_on_tree, 0);
	type_test_expect_removed(test, linked);
	type_test_expect_removed(test, loose);
	type_test_expect_removed(test, uninstantiated);
	type_test_expect_removed(test, negative);
	KUNIT_EXPECT_EQ(test, key_link(ring, loose), 0);
	KUNIT_EXPECT_EQ(test, ring->keys.nr_leaves_on_tree, 0);
	/* A helper may still try to construct the key */
	KUNIT_EXPECT_EQ(test, -EKEYREVOKED,
			key_instantiate_and_link(uninstantiated, "x", 1, NULL,
						 NULL));
	KUNIT_EXPECT_EQ(test, key_read_state(uninstantiated),
			KEY_IS_UNINSTANTIATED);

	key_put(linked);
	key_put(loose);
	key_put(uninstantiated);
	key_put(negative);
	key_put(ring);
}

/* The keys are unreferenced, but the reaper has not freed them yet. */
static void type_test_unregister_with_unreferenced_keys(struct kunit *test)
{
	char desc[16];
	int i;

	type_test_destroyed = 0;
	KUNIT_ASSERT_EQ(test, register_key_type(&type_test_type), 0);
	for (i = 0; i < 100; i++) {
		snprintf(desc, sizeof(desc), "key:%d", i);
		key_put(keys_kunit_key(test, &type_test_type, desc));
	}
	unregister_key_type(&type_test_type);
	KUNIT_EXPECT_EQ(test, type_test_destroyed, 100);
}

/**
 * struct type_test_use - a call into a type, which goes on while a task removes
 * the type
 * @entered: the call has reached the type
 * @leave: the call may return
 * @removed: unregister_key_type() has returned
 * @done: the call has returned, and @ret is set
 * @id: key that is read
 * @ret: result of the read
 */
struct type_test_use {
	struct completion	entered;
	struct completion	leave;
	struct completion	removed;
	struct completion	done;
	key_serial_t		id;
	long			ret;
};

static struct type_test_use *type_test_use;

static long type_test_read(const struct key *key, char *buffer, size_t buflen)
{
	complete(&type_test_use->entered);
	wait_for_completion(&type_test_use->leave);
	return 7;
}

static struct key_type type_test_readable = {
	.name		= "type_test_readable",
	.instantiate	= keys_kunit_instantiate,
	.read		= type_test_read,
};

static int type_test_reader(void *arg)
{
	struct type_test_use *use = arg;

	use->ret = keyctl_read(&(struct keyctl_args) { .arg2 = use->id });
	/* A read that fails early must not leave the test waiting */
	complete_all(&use->entered);
	complete_all(&use->done);
	return 0;
}

static int type_test_holder(void *arg)
{
	struct type_test_use *use = arg;

	scoped_guard(key_types) {
		complete(&use->entered);
		wait_for_completion(&use->leave);
	}
	complete_all(&use->done);
	return 0;
}

static int type_test_remover(void *arg)
{
	struct type_test_use *use = arg;

	unregister_key_type(&type_test_readable);
	complete_all(&use->removed);
	return 0;
}

/*
 * The type must not be removed before @user, which uses the type, has left. Nor
 * must the type of any key change before that: unregister_key_type() waits for
 * guard(key_types)() before it looks at the keys. If @user had no guard, but
 * held the ->sem of its key, then only this key would keep its type. The other
 * key here is newer, so it would be the first to lose its type.
 */
static void type_test_remove_during(struct kunit *test,
				    int (*user)(void *use),
				    struct type_test_use *use)
{
	struct key *other = keys_kunit_key(test, &type_test_readable, "other");
	struct task_struct *task;

	init_completion(&use->entered);
	init_completion(&use->leave);
	init_completion(&use->removed);
	init_completion(&use->done);
	type_test_use = use;
	task = kthread_run(user, use, "keys_kunit_user");
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, task);
	wait_for_completion(&use->entered);
	task = kthread_run(type_test_remover, use, "keys_kunit_remove");
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, task);
	KUNIT_EXPECT_EQ(test, 0,
			wait_for_completion_timeout(&use->removed, HZ / 5));
	KUNIT_EXPECT_PTR_EQ(test, READ_ONCE(other->type),
			    &type_test_readable);
	complete(&use->leave);
	wait_for_completion(&use->removed);
	wait_for_completion(&use->done);
	type_test_expect_removed(test, other);
	key_put(other);
}

/* CVE-2026-99222: KEYCTL_READ called a type that was being removed. */
static void type_test_unregister_during_read(struct kunit *test)
{
	struct type_test_use *use = keys_kunit_zalloc(test, sizeof(*use));
	struct key *key;

	KUNIT_ASSERT_EQ(test, register_key_type(&type_test_readable), 0);
	key = keys_kunit_key(test, &type_test_readable, "read slowly");
	use->id = key_serial(key);
	type_test_remove_during(test, type_test_reader, use);
	KUNIT_EXPECT_EQ(test, use->ret, 7);
	type_test_expect_removed(test, key);
	type_test_reader(use);
	KUNIT_EXPECT_EQ(test, use->ret, -EKEYREVOKED);
	key_put(key);
}

/*
 * CVE-2026-99224: KEYCTL_DESCRIBE used the name of a type that was removed. No
 * operation of the type is called, so the guard that protects the name is
 * tested by itself. The next test shows that KEYCTL_DESCRIBE has the guard.
 */
static void type_test_unregister_during_use(struct kunit *test)
{
	struct type_test_use *use = keys_kunit_zalloc(test, sizeof(*use));

	KUNIT_ASSERT_EQ(test, register_key_type(&type_test_readable), 0);
	type_test_remove_during(test, type_test_holder, use);
}

static long type_test_read_at_once(const struct key *key, char *buffer,
				   size_t buflen)
{
	return 7;
}

static struct key_type type_test_used = {
	.name		= "type_test_used",
	.instantiate	= keys_kunit_instantiate,
	.update		= keys_kunit_instantiate,
	.read		= type_test_read_at_once,
	.destroy	= type_test_destroy,
};

/* Makes calls that use the type of @key, which is uninstantiated. */
static void type_test_use_all(struct kunit *test, struct key *ring,
			      struct key *key)
{
	const char *expected = "type_test_used;0;0;3f3f0000;used";
	struct keyctl_args args = { .arg2 = key_serial(key) };
	key_ref_t ring_ref = make_key_ref(ring, true);
	key_ref_t ref = make_key_ref(key, true), made;

	KUNIT_EXPECT_EQ(test, 0,
			key_instantiate_and_link(key, "x", 1, ring, NULL));
	KUNIT_EXPECT_EQ(test, keyctl_describe(&args), strlen(expected) + 1);
	KUNIT_EXPECT_EQ(test, keyctl_read(&args), 7);
	KUNIT_EXPECT_EQ(test, key_update(ref, "x", 1), 0);
	/* Finds the type by its name, and updates the key */
	made = key_create_or_update(ring_ref, "type_test_used", "used", "x", 1,
				    KEYS_KUNIT_PERM, 0);
	KUNIT_ASSERT_PTR_EQ(test, made, ref);
	key_ref_put(made);
	/* Even this restriction, which allows no link, is told the type */
	KUNIT_EXPECT_EQ(test, keyring_restrict(ring_ref, NULL, NULL), 0);
	KUNIT_EXPECT_EQ(test, key_link(ring, key), -EPERM);
	key_revoke(key);
}

/*
 * CVE-2026-99224, too. Here key_type_of() finds out whether KEYCTL_DESCRIBE is
 * within guard(key_types)(), and so are the other calls that use the type of a
 * key. If not, "suspicious RCU usage" is on the console, once for each source
 * file: that is how this test fails. The system call tests run on such a
 * kernel, too, and make the calls that need /proc/keys or a string or buffer in
 * user space: KEYCTL_PKEY_QUERY and its like, KEYCTL_SEARCH and request_key(2).
 */
static void type_test_uses_are_guarded(struct kunit *test)
{
	struct key *ring, *key;

	if (!IS_ENABLED(CONFIG_PROVE_RCU))
		kunit_skip(test, "PROVE_RCU is off: no guard is checked");
	if (!debug_locks)
		kunit_skip(test, "lockdep is off, since it has reported something");
	type_test_destroyed = 0;
	KUNIT_ASSERT_EQ(test, register_key_type(&type_test_used), 0);
	ring = keys_kunit_ring(test, "type_ring");
	key = keys_kunit_key_of(test, &type_test_used, "used", GLOBAL_ROOT_UID);
	type_test_use_all(test, ring, key);
	key_put(key);
	key_put(ring);
	/* The reaper uses the type, too */
	keys_kunit_reap();
	KUNIT_EXPECT_EQ(test, type_test_destroyed, 1);
	unregister_key_type(&type_test_used);
}

static void type_test_alloc_during_removal(struct kunit *test)
{
	struct key *key;

	KUNIT_ASSERT_EQ(test, register_key_type(&type_test_type), 0);
	KUNIT_EXPECT_EQ(test, key_type_begin_removal(&type_test_type), 0);
	KUNIT_EXPECT_EQ(test, key_type_begin_removal(&type_test_type), -ENOENT);
	key = key_alloc(&type_test_type, "late", GLOBAL_ROOT_UID,
			GLOBAL_ROOT_GID, current_cred(), 0, 0, NULL);
	KUNIT_EXPECT_PTR_EQ(test, key, ERR_PTR(-ENODEV));
	KUNIT_EXPECT_FALSE(test, key_type_has_keys(&type_test_type));
}

/**
 * struct type_test_domain - keys of two types in one domain
 * @tag: the domain
 * @type: the types, never registered
 * @key: the keys, alternating between the types
 */
struct type_test_domain {
	struct key_tag	tag;
	struct key_type	type[2];
	struct key	*key[20];
};

static struct type_test_domain *type_test_domain(struct kunit *test)
{
	struct type_test_domain *d = keys_kunit_zalloc(test, sizeof(*d));
	int i;

	refcount_set(&d->tag.usage, 1);
	for (i = 0; i < 2; i++) {
		d->type[i].flags = KEY_TYPE_NET_DOMAIN;
		spin_lock_init(&d->type[i].keys_lock);
	}
	for (i = 0; i < ARRAY_SIZE(d->key); i++) {
		d->key[i] = keys_kunit_fake(test, NULL);
		d->key[i]->type = &d->type[i % 2];
		d->key[i]->domain_tag = &d->tag;
	}
	return d;
}

static void type_test_domain_fill(struct kunit *test,
				  struct type_test_domain *d)
{
	int i;

	for (i = 0; i < ARRAY_SIZE(d->key); i++)
		KUNIT_ASSERT_EQ(test, key_type_add_key(d->key[i]), 0);
}

static void type_test_domain_empty(struct type_test_domain *d)
{
	int i;

	for (i = 0; i < ARRAY_SIZE(d->key); i++)
		key_type_remove_key(d->key[i]);
}

static void type_test_add_key_within_a_domain(struct kunit *test)
{
	struct type_test_domain *d = type_test_domain(test);

	type_test_domain_fill(test, d);
	KUNIT_EXPECT_TRUE(test, key_type_has_keys(&d->type[0]));
	KUNIT_EXPECT_TRUE(test, key_type_has_keys(&d->type[1]));
	KUNIT_EXPECT_TRUE(test, hlist_empty(&d->type[0].keys));
	type_test_domain_empty(d);
	/* A second call must do nothing */
	type_test_domain_empty(d);
	KUNIT_EXPECT_FALSE(test, key_type_has_keys(&d->type[0]));
	KUNIT_EXPECT_TRUE(test, hlist_empty(&d->tag.classes));
	KUNIT_EXPECT_TRUE(test, hlist_empty(&d->type[1].classes));
}

static void type_test_tag_next_key_walks_all(struct kunit *test)
{
	struct type_test_domain *d = type_test_domain(test);
	unsigned int refs = keys_kunit_refs(d->key[0]);
	struct key *key = NULL;
	int seen = 0, i;

	type_test_domain_fill(test, d);
	/* An unreferenced key is skipped */
	refcount_set(&d->key[5]->usage, 0);
	key_tag_begin_removal(&d->tag);
	while ((key = key_tag_next_key(&d->tag, key)))
		seen++;
	KUNIT_EXPECT_EQ(test, seen, ARRAY_SIZE(d->key) - 1);
	for (i = 0; i < ARRAY_SIZE(d->key); i++)
		KUNIT_EXPECT_EQ(test, keys_kunit_refs(d->key[i]),
				i == 5 ? 0 : refs + 1);
	type_test_domain_empty(d);
}

static void type_test_tag_removal_shuts_the_domain(struct kunit *test)
{
	struct type_test_domain *d = type_test_domain(test);

	key_tag_begin_removal(&d->tag);
	KUNIT_EXPECT_EQ(test, key_type_add_key(d->key[0]), -ENODEV);
	KUNIT_EXPECT_TRUE(test, hlist_empty(&d->tag.classes));
}

static void type_test_type_removal_shuts_the_type(struct kunit *test)
{
	struct type_test_domain *d = type_test_domain(test);

	d->type[0].removing = true;
	KUNIT_EXPECT_EQ(test, key_type_add_key(d->key[0]), -ENODEV);
	KUNIT_EXPECT_TRUE(test, hlist_empty(&d->tag.classes));
	KUNIT_EXPECT_EQ(test, key_type_add_key(d->key[1]), 0);
	key_type_remove_key(d->key[1]);
}

static struct key_type type_test_local[2] = {
	{
		.name		= "type_test_local_0",
		.flags		= KEY_TYPE_NET_DOMAIN,
		.instantiate	= keys_kunit_instantiate,
		.destroy	= type_test_destroy,
	}, {
		.name		= "type_test_local_1",
		.flags		= KEY_TYPE_NET_DOMAIN,
		.instantiate	= keys_kunit_instantiate,
		.destroy	= type_test_destroy,
	},
};

/* Returns a domain with a reference for the caller. key_put_tag() frees it. */
static struct key_tag *type_test_tag(struct kunit *test)
{
	struct key_tag *tag = kzalloc(sizeof(*tag), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, tag);
	refcount_set(&tag->usage, 1);
	return tag;
}

/* Registers a type that has domains, and makes a key of it in a domain. */
static struct key *type_test_local_key(struct kunit *test, struct key_tag *tag,
				       struct key_type *type)
{
	struct key *key;

	KUNIT_ASSERT_EQ(test, register_key_type(type), 0);
	key = key_make(&(struct key_spec) {
		.type	= type,
		.tag	= tag,
		.desc	= "local",
		.uid	= GLOBAL_ROOT_UID,
		.gid	= GLOBAL_ROOT_GID,
		.cred	= current_cred(),
		.perm	= KEYS_KUNIT_PERM,
	});
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, key);
	KUNIT_ASSERT_EQ(test, 0,
			key_instantiate_and_link(key, NULL, 0, NULL, NULL));
	return key;
}

static void type_test_unregister_with_keys_in_domains(struct kunit *test)
{
	struct key_type *type = &type_test_local[0];
	struct key_tag *tag[2];
	struct key *key[2], *other;

	tag[0] = type_test_tag(test);
	tag[1] = type_test_tag(test);
	type_test_destroyed = 0;
	key[0] = type_test_local_key(test, tag[0], type);
	other = type_test_local_key(test, tag[0], &type_test_local[1]);
	key[1] = key_make(&(struct key_spec) {
		.type = type, .tag = tag[1], .desc = "uninstantiated",
		.uid = GLOBAL_ROOT_UID, .cred = current_cred(),
	});
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, key[1]);
	unregister_key_type(type);
	KUNIT_EXPECT_EQ(test, type_test_destroyed, 1);
	KUNIT_EXPECT_FALSE(test, key_type_has_keys(type));
	type_test_expect_removed(test, key[0]);
	type_test_expect_removed(test, key[1]);
	KUNIT_EXPECT_TRUE(test, hlist_empty(&tag[1]->classes));
	/* The key of the other type stays in the domain */
	KUNIT_EXPECT_PTR_EQ(test, other->type, &type_test_local[1]);
	KUNIT_EXPECT_EQ(test, key_validate(other), 0);
	KUNIT_EXPECT_FALSE(test, hlist_empty(&tag[0]->classes));
	key_put(other);
	unregister_key_type(&type_test_local[1]);
	KUNIT_EXPECT_EQ(test, type_test_destroyed, 2);
	KUNIT_EXPECT_TRUE(test, hlist_empty(&tag[0]->classes));
	keys_kunit_put_all(key, ARRAY_SIZE(key));
	key_put_tag(tag[0]);
	key_put_tag(tag[1]);
}

/* A domain and a type are removed at the same time. */
static void type_test_tag_next_key_begins_again(struct kunit *test)
{
	struct key_tag *tag = type_test_tag(test);
	struct key *key[2], *first, *second;
	int i;

	for (i = 0; i < 2; i++)
		key[i] = type_test_local_key(test, tag, &type_test_local[i]);
	key_tag_begin_removal(tag);
	first = key_tag_next_key(tag, NULL);
	KUNIT_ASSERT_PTR_EQ(test, first, key[first == key[1]]);
	unregister_key_type(first->type);
	type_test_expect_removed(test, first);
	second = key_tag_next_key(tag, first);
	KUNIT_ASSERT_PTR_EQ(test, second, key[first == key[0]]);
	KUNIT_EXPECT_NULL(test, key_tag_next_key(tag, second));
	unregister_key_type(second->type);
	/* Neither the type nor the domain has a key any more */
	KUNIT_EXPECT_NULL(test, key_tag_next_key(tag, second));
	KUNIT_EXPECT_NULL(test, key_tag_next_key(tag, NULL));
	key_put(first);
	key_put(second);
	keys_kunit_put_all(key, ARRAY_SIZE(key));
	key_put_tag(tag);
}

static void type_test_tag_index_id_is_unique(struct kunit *test)
{
	struct key_tag a = { }, b = { };
	u32 last = atomic_read(&next_domain_id);
	u32 id = key_tag_index_id(&a);

	/*
	 * The next number, and not one that tells the address. Other tasks may
	 * have taken numbers meanwhile.
	 */
	KUNIT_EXPECT_GT(test, id, last);
	KUNIT_EXPECT_LE(test, id, (u32)atomic_read(&next_domain_id));
	KUNIT_EXPECT_EQ(test, key_tag_index_id(&a), id);
	KUNIT_EXPECT_GT(test, key_tag_index_id(&b), id);
	KUNIT_EXPECT_LE(test, key_tag_index_id(&b),
			(u32)atomic_read(&next_domain_id));
	KUNIT_EXPECT_EQ(test, key_tag_index_id(NULL), 0);
}

static struct kunit_case type_test_cases[] = {
	KUNIT_CASE(type_test_register_once),
	KUNIT_CASE(type_test_unregister_with_live_keys),
	KUNIT_CASE(type_test_unregister_with_unreferenced_keys),
	KUNIT_CASE(type_test_unregister_during_read),
	KUNIT_CASE(type_test_unregister_during_use),
	KUNIT_CASE(type_test_uses_are_guarded),
	KUNIT_CASE(type_test_alloc_during_removal),
	KUNIT_CASE(type_test_add_key_within_a_domain),
	KUNIT_CASE(type_test_tag_next_key_walks_all),
	KUNIT_CASE(type_test_tag_removal_shuts_the_domain),
	KUNIT_CASE(type_test_type_removal_shuts_the_type),
	KUNIT_CASE(type_test_unregister_with_keys_in_domains),
	KUNIT_CASE(type_test_tag_next_key_begins_again),
	KUNIT_CASE(type_test_tag_index_id_is_unique),
	{}
};

static struct kunit_suite type_test_suite = {
	.name		= "keys_type",
	.test_cases	= type_test_cases,
};

kunit_test_suite(type_test_suite);
