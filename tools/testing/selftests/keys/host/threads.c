// SPDX-License-Identifier: GPL-2.0-only
/*
 * usage: threads [-s SEED] [-n STEPS]
 *
 * Several threads link, move, displace, update and end keys of the same
 * keyrings, while others look for keys that are there all the time. For TSan.
 */
#include <host/mm.h>
#include <host/rcu.h>
#include <host/task.h>
#include <host/work.h>
#include <keys/user-type.h>
#include <unistd.h>

#include "expiry.h"
#include "key.h"
#include "link.h"
#include "model.h"
#include "quota.h"
#include "search.h"

#define RINGS	4
#define WRITERS	2

/* No other key has this name: a search could find that key instead of @moved */
#define MOVED_NAME	3

/* top links ring[0] and ring[1], which link moved one after the other */
static struct key *top, *ring[RINGS], *moved, *constant;
/* For each thread that writes, a keyring that no other thread changes */
static struct key *own[WRITERS];
static unsigned long steps = 2000;
static bool stop;

/**
 * struct actor - a thread
 * @thread: the thread
 * @fn: what it does again and again
 * @state: of its random numbers
 * @done: number of steps
 * @writer: number of the thread among those that write
 */
struct actor {
	pthread_t		thread;
	void (*fn)(struct actor *actor);
	u64			state;
	unsigned long		done;
	unsigned int		writer;
};

static unsigned int draw(struct actor *actor, unsigned int below)
{
	u64 x = actor->state += 0x9e3779b97f4a7c15ULL;

	x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9ULL;
	return (x >> 33) % below;
}

static void expect(bool holds, const char *what)
{
	if (!holds)
		host_bug(__FILE__, __LINE__, what);
}

static struct key *new_key(unsigned int type, unsigned int name)
{
	struct key *key;
	int ret;

	key = key_alloc(op_type(type), m_names[name], KUIDT_INIT(m_uids[1]),
			GLOBAL_ROOT_GID, current_cred(), m_perms[0], 0, NULL);
	expect(!IS_ERR(key), "key_alloc() succeeds");
	ret = key_instantiate_and_link(key, "1111", type == M_USER ? 4 : 0,
				       NULL, NULL);
	expect(!ret, "key_instantiate_and_link() succeeds");
	return key;
}

static void move_around(struct actor *actor)
{
	unsigned int from = actor->done % 2;

	expect(!key_move(moved, ring[from], ring[!from], 0),
	       "key_move() succeeds");
}

/* The key "a" of ring[2] is another one each time */
static void displace(struct actor *actor)
{
	struct key *key = new_key(M_PLAIN, 0);

	expect(!key_link(ring[2], key), "key_link() succeeds");
	key_put(key);
}

static void churn(struct actor *actor)
{
	struct key *r = ring[3];
	key_ref_t ref;
	char data[64];

	memset(data, 'a' + draw(actor, 26), sizeof(data));
	ref = key_create_or_update(make_key_ref(r, true), "user",
				   m_names[draw(actor, 3)], data,
				   1 + draw(actor, sizeof(data)),
				   KEY_PERM_UNDEF, 0);
	if (IS_ERR(ref))
		return;
	switch (draw(actor, 8)) {
	case 0:
		key_unlink(r, key_ref_to_ptr(ref));
		break;
	case 1:
		key_revoke(key_ref_to_ptr(ref));
		break;
	case 2:
		key_invalidate(key_ref_to_ptr(ref));
		break;
	case 3:
		key_set_timeout(key_ref_to_ptr(ref), 1 + draw(actor, 3));
		break;
	case 4:
		keyring_clear(r);
		break;
	}
	key_ref_put(ref);
}

/* Keyrings that link each other; never in a cycle */
static void nest(struct actor *actor)
{
	struct key *a = ring[draw(actor, RINGS)], *b = ring[draw(actor, RINGS)];
	int ret;

	if (draw(actor, 2)) {
		ret = key_link(a, b);
		expect(!ret || ret == -EDEADLK, "key_link() of keyrings");
	} else {
		ret = key_unlink(a, b);
		expect(!ret || ret == -ENOENT, "key_unlink() of keyrings");
	}
}

static void change_owner(struct actor *actor)
{
	struct key_user *user;

	user = key_user_get(KUIDT_INIT(m_uids[1 + draw(actor, 2)]));
	scoped_guard(rwsem_write, &ring[3]->sem)
		expect(!key_chown(ring[3], user, INVALID_GID),
		       "key_chown() succeeds");
	key_user_put(user);
	if (!draw(actor, 8))
		host_clock_advance(1);
}

/* All writers link and unlink the same key at once */
static void share(struct actor *actor)
{
	struct key *r = own[actor->writer];
	int i;

	for (i = 0; i < 16; i++) {
		expect(!key_link(r, constant), "key_link() succeeds");
		expect(!key_unlink(r, constant), "key_unlink() succeeds");
	}
}

static void write_keys(struct actor *actor)
{
	share(actor);
	switch (draw(actor, 6)) {
	case 0:
		nest(actor);
		break;
	case 1:
		change_owner(actor);
		break;
	default:
		churn(actor);
	}
}

static bool finds(struct key *root, struct key_type *type, const char *name,
		  struct key *want)
{
	key_ref_t ref = keyring_search(make_key_ref(root, true), type, name,
				       true);
	bool right;

	if (IS_ERR(ref))
		return false;
	right = !want || key_ref_to_ptr(ref) == want;
	key_ref_put(ref);
	return right;
}

static bool possesses(struct key *key)
{
	struct keyring_moves moves = { };
	struct key_roots roots = { .ring = { top }, .nr = 1 };
	bool found;

	do {
		keyring_moves_begin(&moves);
		scoped_guard(rcu)
			found = key_reached_rcu(key, &roots, current_cred());
	} while (!found && keyring_moves_retry(&moves));
	return found;
}

/*
 * A search is made again KEYRING_MOVES_TRIES times at most, so a thread that
 * moves the key all the time can hide the key from a slow search. From many
 * searches in a row, that does not happen.
 */
static bool finds_moved(void)
{
	int i;

	for (i = 0; i < 100; i++)
		if (finds(top, &key_type_user, m_names[MOVED_NAME], moved))
			return true;
	return false;
}

static bool possesses_moved(void)
{
	int i;

	for (i = 0; i < 100; i++)
		if (possesses(moved))
			return true;
	return false;
}

/* A payload is replaced, never changed: all its bytes are equal */
static void read_payload(struct actor *actor)
{
	key_ref_t ref = keyring_search(make_key_ref(ring[3], true),
				       &key_type_user,
				       m_names[draw(actor, 3)], false);
	const struct user_key_payload *payload;
	int i;

	if (IS_ERR(ref))
		return;
	scoped_guard(rcu) {
		payload = user_key_payload_rcu(key_ref_to_ptr(ref));
		for (i = 1; payload && i < payload->datalen; i++)
			expect(payload->data[i] == payload->data[0],
			       "a payload is of one piece");
	}
	key_ref_put(ref);
}

static void read_keys(struct actor *actor)
{
	struct key *key;

	expect(finds(top, &key_type_user, "bb", constant),
	       "the key that is always there is found");
	expect(finds_moved(),
	       "the key that is moved is found");
	expect(finds(ring[2], op_type(M_PLAIN), "a", NULL),
	       "a key that is displaced, or the new one, is found");
	expect(possesses_moved(), "the key that is moved is possessed");
	expect(possesses(constant), "the key that is there is possessed");
	key = key_lookup(moved->serial);
	expect(key == moved, "the key is found by its number");
	key_put(key);
	read_payload(actor);
}

/* What workqueues and RCU do in the kernel */
static void serve(struct actor *actor)
{
	bool busy = host_work_run();

	if (!host_rcu_run() && !busy)
		host_wait_tick();
}

static void *act(void *arg)
{
	struct actor *actor = arg;

	op_caller(1, 0);
	while (actor->fn == serve ?
	       !__atomic_load_n(&stop, __ATOMIC_ACQUIRE) :
	       actor->done < steps) {
		actor->fn(actor);
		actor->done++;
	}
	host_thread_exit();
	return NULL;
}

static struct key *new_ring(const char *name, struct key *dest)
{
	struct key *key = keyring_alloc(name, KUIDT_INIT(m_uids[1]),
					GLOBAL_ROOT_GID, current_cred(),
					m_perms[0], 0, NULL, dest);

	expect(!IS_ERR(key), "keyring_alloc() succeeds");
	return key;
}

static void make_world(void)
{
	const char *const name[RINGS] = { "r0", "r1", "r2", "r3" };
	unsigned int i;

	op_init();
	op_caller(1, 0);
	host_threaded = true;
	key_quota_maxkeys = 100000;
	key_quota_maxbytes = 100000000;
	key_gc_delay = 1;
	top = new_ring("top", NULL);
	for (i = 0; i < RINGS; i++)
		ring[i] = new_ring(name[i], i < 2 ? top : NULL);
	for (i = 0; i < WRITERS; i++)
		own[i] = new_ring("own", NULL);
	moved = new_key(M_USER, MOVED_NAME);
	constant = new_key(M_USER, 1);
	expect(!key_link(ring[0], moved) && !key_link(top, constant),
	       "key_link() succeeds");
	displace(NULL);
}

static void end_world(void)
{
	struct key_user *user;
	unsigned int i;

	expect(refcount_read(&constant->usage) == 2 &&
	       constant->parents.first && !constant->parents.first->next,
	       "only one keyring links the key");
	for (i = 0; i < WRITERS; i++)
		key_put(own[i]);
	for (i = 0; i < RINGS; i++)
		key_put(ring[i]);
	key_put(top);
	key_put(moved);
	key_put(constant);
	host_clock_advance(10);
	while (host_work_run() || host_rcu_run())
		;
	for (i = 0; i < M_UIDS; i++) {
		user = key_user_find(KUIDT_INIT(m_uids[i]));
		expect(!user, "the accounts are gone");
	}
	expect(!host_cache_find("key")->nr, "no key is left");
	expect(!host_cache_find("keyring")->nr, "no keyring is left");
	expect(!host_cache_find("key_link")->nr, "no link is left");
}

int main(int argc, char **argv)
{
	struct actor actors[] = {
		{ .fn = serve }, { .fn = move_around }, { .fn = displace },
		{ .fn = write_keys }, { .fn = write_keys, .writer = 1 },
		{ .fn = read_keys }, { .fn = read_keys },
	};
	u64 seed = 1;
	unsigned int i;
	int opt;

	while ((opt = getopt(argc, argv, "s:n:")) != -1) {
		if (opt == 's')
			seed = strtoull(optarg, NULL, 0);
		else if (opt == 'n')
			steps = strtoul(optarg, NULL, 0);
		else
			return 2;
	}
	host_random_seed(seed);
	make_world();
	for (i = 0; i < ARRAY_SIZE(actors); i++) {
		actors[i].state = seed * 1000 + i;
		pthread_create(&actors[i].thread, NULL, act, &actors[i]);
	}
	for (i = 1; i < ARRAY_SIZE(actors); i++)
		pthread_join(actors[i].thread, NULL);
	__atomic_store_n(&stop, true, __ATOMIC_RELEASE);
	pthread_join(actors[0].thread, NULL);
	end_world();
	printf("%lu steps of each of %zu threads\n", steps,
	       ARRAY_SIZE(actors) - 1);
	return 0;
}
