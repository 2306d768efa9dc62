// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tests of keys that belong to a network namespace: only tasks in the namespace
 * find them, and all keyrings lose them when the namespace ends. All other keys
 * stay linked.
 */

#define HOSTS 20

#ifndef CLONE_NEWNET
#define CLONE_NEWNET 0x40000000
#endif

static long add_host(const char *name, const char *address, long ring)
{
	return sys_add_key("dns_resolver", name, address, strlen(address) + 1, ring);
}

/* Results of a child in its own network namespace, for the parent to check. */
struct visit {
	long key[HOSTS], own;
	int done, go;
};

FIXTURE(domain) {
	struct visit *v;
	uid_t uid;
	long ring, other;
};

FIXTURE_SETUP(domain)
{
	long id;

	REQUIRE_ROOT();
	SETUP_AS(true);
	id = add_host("probe", "127.0.0.1", RING_S);
	if (id == -ENODEV)
		SKIP(return, "no dns_resolver keys in this kernel");
	ASSERT_LT(0, id);
	if (access("/proc/self/ns/net", F_OK))
		SKIP(return, "no network namespaces");
	self->ring = add_ring("ring", RING_S);
	self->other = add_ring("other", RING_S);
	ASSERT_LT(0, self->other);
	self->v = shared_alloc(sizeof(*self->v));
	ASSERT_NE(NULL, self->v);
	self->uid = fresh_uid();
}

FIXTURE_TEARDOWN(domain)
{
}

/*
 * In a child: enters a new network namespace and becomes @uid, which is charged
 * for the keys. The child keeps the keyrings it inherited.
 */
static void move_out(struct __test_metadata *_metadata, uid_t uid)
{
	ASSERT_EQ(0, unshare(CLONE_NEWNET));
	ASSERT_EQ(0, drop_to(uid, uid));
}

/*
 * Keys of two namespaces with the same description do not displace each other.
 */
TEST_F(domain, one_description_in_two_namespaces)
{
	long here = add_host("host", "127.0.0.1", self->ring);
	char text[32] = "";

	ASSERT_LT(0, here);
	CHILD() {
		move_out(_metadata, self->uid);
		self->v->own = add_host("host", "127.0.0.2", self->ring);
		EXPECT_LT(0, self->v->own);
		EXPECT_EQ(2, ring_count(self->ring));
		/*
		 * The type cannot update: a new key displaces the namespace's
		 * own key.
		 */
		self->v->own = add_host("host", "127.0.0.3", self->ring);
		EXPECT_LT(0, self->v->own);
		EXPECT_EQ(2, ring_count(self->ring));
		EXPECT_TRUE(ring_has(self->ring, here));
		EXPECT_TRUE(ring_has(self->ring, self->v->own));
	}
	EXPECT_TRUE(wait_until(ring_count(self->ring) == 1, LATER_MS));
	EXPECT_EQ(here, kc_search(self->ring, "dns_resolver", "host", 0));
	EXPECT_LT(0, kc_read(here, text, sizeof(text)));
	EXPECT_STREQ("127.0.0.1", text);
}

/* As the child in a new namespace: adds keys and links them to two keyrings. */
static void fill(struct __test_metadata *_metadata, FIXTURE_DATA(domain) *self)
{
	struct key_user u;
	char name[16];

	move_out(_metadata, self->uid);
	for (int i = 0; i < HOSTS; i++) {
		snprintf(name, sizeof(name), "host %d", i);
		self->v->key[i] = add_host(name, "127.0.0.2", self->ring);
		ASSERT_LT(0, self->v->key[i]);
		ASSERT_EQ(0, kc_link(self->v->key[i], self->other));
	}
	/* A "user" key does not belong to the namespace where it is made. */
	self->v->own = add_user("made there", "x", self->ring);
	EXPECT_LT(0, self->v->own);
	EXPECT_EQ(HOSTS, ring_count(self->other));
	EXPECT_TRUE(proc_user(self->uid, &u));
	EXPECT_EQ(HOSTS + 1, u.qnkeys);
}

/* When only the namespace ends, exactly its keys are unlinked. */
TEST_F(domain, ends)
{
	long here[HOSTS], user = add_user("k", "x", self->ring);
	char name[16];

	for (int i = 0; i < HOSTS; i++) {
		snprintf(name, sizeof(name), "host %d", i);
		here[i] = add_host(name, "127.0.0.1", self->ring);
		ASSERT_LT(0, here[i]);
	}
	CHILD()
		fill(_metadata, self);
	EXPECT_TRUE(wait_until(ring_count(self->other) == 0, LATER_MS));
	EXPECT_TRUE(wait_until(ring_count(self->ring) == HOSTS + 2, LATER_MS));
	for (int i = 0; i < HOSTS; i++) {
		EXPECT_TRUE(wait_until(kc_read(self->v->key[i], NULL, 0) == -ENOKEY, LATER_MS));
		EXPECT_TRUE(ring_has(self->ring, here[i]));
	}
	EXPECT_EQ(here[0], kc_search(self->ring, "dns_resolver", "host 0", 0));
	EXPECT_EQ(1, kc_read(user, NULL, 0));
	EXPECT_EQ(1, kc_read(self->v->own, NULL, 0));
	EXPECT_TRUE(wait_until(charged(self->uid, 1, DESC_COST("made there") + 1), LATER_MS));
}

/* Another process in the namespace keeps the namespace and its keys. */
TEST_F(domain, lasts_as_long_as_somebody_is_in_it)
{
	pid_t pid = START_CHILD();

	if (pid == 0) {
		fill(_metadata, self);
		CHILD() {
			EXPECT_EQ(self->v->key[0],
				  kc_search(self->ring, "dns_resolver", "host 0", 0));
		}
		__atomic_store_n(&self->v->done, 1, __ATOMIC_RELEASE);
		EXPECT_TRUE(wait_until(__atomic_load_n(&self->v->go, __ATOMIC_ACQUIRE),
				       LATER_MS));
		END_CHILD();
	}
	EXPECT_TRUE(wait_until(__atomic_load_n(&self->v->done, __ATOMIC_ACQUIRE), LATER_MS));
	sleep_ms(300);
	EXPECT_EQ(HOSTS, ring_count(self->other));
	__atomic_store_n(&self->v->go, 1, __ATOMIC_RELEASE);
	JOIN_CHILD(pid);
	EXPECT_TRUE(wait_until(ring_count(self->other) == 0, LATER_MS));
}

static void add_ten(struct __test_metadata *_metadata, long ring)
{
	char name[16];

	for (int i = 0; i < 10; i++) {
		snprintf(name, sizeof(name), "host %d", i);
		EXPECT_LT(0, add_host(name, "127.0.0.3", ring));
	}
}

/* Namespaces begin and end while others add keys to the same keyring. */
TEST_F_TIMEOUT(domain, many_come_and_go, 120)
{
	pid_t pids[4];

	for (int i = 0; i < 4; i++) {
		pids[i] = START_CHILD();
		if (pids[i] == 0) {
			for (int j = 0; j < 10; j++) {
				CHILD() {
					move_out(_metadata, fresh_uid());
					add_ten(_metadata, self->ring);
				}
			}
			END_CHILD();
		}
	}
	for (int i = 0; i < 4; i++)
		JOIN_CHILD(pids[i]);
	EXPECT_TRUE(wait_until(ring_count(self->ring) == 0, LATER_MS));
}
