// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tests of where a requested key is linked and what it costs: the explicit
 * destination, the default of KEYCTL_SET_REQKEY_KEYRING, the keyring that the
 * helper passes, and errors of each of them.
 */

#define REPEATS 8

/* ---- verbs of the helper -------------------------------------------- */

/* Instantiates with a keyring of the requester, and returns its id. */
static void do_link_to(void)
{
	kc_assume_authority(up->key);
	up->r[1] = kc_get_keyring_id(up->arg[0], 0);
	up->r[0] = kc_instantiate(up->key, "x", 1, up->arg[0]);
	if (up->r[0])
		up->r[2] = kc_instantiate(up->key, "x", 1, 0);
}

/* Reduces root's quota, so that one of the links cannot be made. */
static void do_squeeze(void)
{
	long had = sysctl_get("root_maxbytes");
	struct key_user u;

	kc_assume_authority(up->key);
	/*
	 * Unreferenced keys must be freed before, or they make room for the
	 * link.
	 */
	sleep_ms(300);
	proc_user(0, &u);
	sysctl_set("root_maxbytes", u.qnbytes + up->arg[1]);
	up->r[0] = kc_reject(up->key, 60, EKEYREJECTED, up->arg[0]);
	sysctl_set("root_maxbytes", had);
}

/* The helper is root, and sets the quota of the requester to leave @room. */
static bool helper_leaves_room(int room)
{
	struct key_user u;

	proc_user(up->of_uid, &u);
	return sysctl_set("maxbytes", u.qnbytes + room) == 0;
}

static void do_instantiate_without_room(void)
{
	up->auth = kc_assume_authority(helper_key);
	helper_leaves_room(7 + up->arg[1]);
	up->r[0] = kc_instantiate(helper_key, "payload", 7, up->arg[0]);
}

static void do_negate_without_room(void)
{
	up->auth = kc_assume_authority(helper_key);
	helper_leaves_room(up->arg[1]);
	up->r[0] = kc_negate(helper_key, 60, up->arg[0]);
}

/*
 * The keyring is not the requester's destination and has no quota for a link.
 */
static void do_reject_into_full(void)
{
	up->auth = kc_assume_authority(helper_key);
	helper_leaves_room(up->arg[1]);
	up->r[0] = kc_reject(helper_key, 60, EKEYREJECTED, up->arg[0]);
	up->r[1] = kc_reject(helper_key, 60, EKEYEXPIRED, 0);
}

static const struct verb link_verbs[] = {
	{ "link to", do_link_to },
	{ "squeeze", do_squeeze },
	{ "instantiate without room", do_instantiate_without_room },
	{ "negate without room", do_negate_without_room },
	{ "reject into full", do_reject_into_full },
	{ }
};

/* ---- the destination -------------------------------------------------- */

TEST(explicit_destination)
{
	static const long dests[] = { RING_T, RING_P, RING_S, RING_U, RING_US };

	REQUIRE_UPCALL();
	for (unsigned int i = 0; i < ARRAY_SIZE(dests); i++) {
		CHILD_AS(fresh_uid()) {
			long key;

			verb("instantiate");
			key = request("k", dests[i]);
			EXPECT_LT(0, key);
			EXPECT_TRUE(ring_has(dests[i], key)) {
				TH_LOG("destination %ld", dests[i]);
			}
		}
	}
}

TEST(explicit_destination_by_number)
{
	REQUIRE_UPCALL();
	CHILD_AS(fresh_uid()) {
		long ring = add_ring("ring", RING_S), key;

		verb("instantiate");
		key = request("k", ring);
		EXPECT_LT(0, key);
		EXPECT_TRUE(ring_has(ring, key));
		EXPECT_FALSE(ring_has(RING_S, key));
	}
}

/* Which keyrings exist, and which one is the default destination then. */
struct choice {
	int setting;
	bool thread, process, session;
	long leads_to;
};

static const struct choice choices[] = {
	{ KEY_REQKEY_DEFL_DEFAULT, true, true, true, RING_T },
	{ KEY_REQKEY_DEFL_DEFAULT, false, true, true, RING_P },
	{ KEY_REQKEY_DEFL_DEFAULT, false, false, true, RING_S },
	{ KEY_REQKEY_DEFL_DEFAULT, false, false, false, RING_US },
	{ KEY_REQKEY_DEFL_THREAD_KEYRING, true, true, true, RING_T },
	{ KEY_REQKEY_DEFL_PROCESS_KEYRING, true, true, true, RING_P },
	{ KEY_REQKEY_DEFL_SESSION_KEYRING, true, true, true, RING_S },
	{ KEY_REQKEY_DEFL_SESSION_KEYRING, true, true, false, RING_US },
	{ KEY_REQKEY_DEFL_USER_KEYRING, true, true, true, RING_U },
	{ KEY_REQKEY_DEFL_USER_SESSION_KEYRING, true, true, true, RING_US },
	{ KEY_REQKEY_DEFL_REQUESTOR_KEYRING, true, true, true, RING_T },
	{ KEY_REQKEY_DEFL_REQUESTOR_KEYRING, false, false, true, RING_S },
};

static void expect_choice(struct __test_metadata *_metadata, const struct choice *c)
{
	long key;

	if (c->thread)
		EXPECT_LT(0, kc_get_keyring_id(RING_T, 1));
	if (c->process)
		EXPECT_LT(0, kc_get_keyring_id(RING_P, 1));
	if (c->session)
		EXPECT_LT(0, kc_join(NULL));
	EXPECT_LE(0, kc_set_reqkey_keyring(c->setting));
	verb("instantiate");
	key = request("k", 0);
	EXPECT_LT(0, key);
	EXPECT_TRUE(ring_has(c->leads_to, key));
}

static void expect_choices(struct __test_metadata *_metadata, bool session)
{
	for (unsigned int i = 0; i < ARRAY_SIZE(choices); i++) {
		if (choices[i].session != session)
			continue;
		CHILD_BARE(fresh_uid()) {
			expect_choice(_metadata, &choices[i]);
			if (_metadata->exit_code)
				TH_LOG("choice %u", i);
		}
	}
}

TEST(default_destination)
{
	REQUIRE_UPCALL();
	expect_choices(_metadata, true);
}

TEST(default_destination_without_a_session)
{
	REQUIRE_UPCALL();
	if (has_session(_metadata))
		SKIP(return, "run with a session keyring");
	expect_choices(_metadata, false);
}

/* A default without write permission is refused before a helper is called. */
static void default_without_write(struct __test_metadata *_metadata, const char *how, uid_t uid)
{
	CHILD_AS(uid) {
		EXPECT_EQ(0, kc_setperm(RING_S, KEY_POS(KEY_SEARCH | KEY_READ | KEY_VIEW)));
		EXPECT_EQ(0, kc_set_reqkey_keyring(KEY_REQKEY_DEFL_SESSION_KEYRING));
		verb(how);
		EXPECT_EQ(-EACCES, request("k", 0));
		EXPECT_EQ(0, up->calls);
		EXPECT_EQ(0, ring_count(RING_S));
	}
}

TEST(cve_2017_17807_default_destination_needs_write)
{
	REQUIRE_UPCALL();
	default_without_write(_metadata, "instantiate", fresh_uid());
	default_without_write(_metadata, "exit", fresh_uid());
	default_without_write(_metadata, "instantiate", 0);
}

TEST(explicit_destination_needs_write)
{
	REQUIRE_UPCALL();
	CHILD_AS(fresh_uid()) {
		long ring = add_ring("ring", RING_S);

		EXPECT_EQ(0, kc_setperm(ring, KEY_POS_ALL & ~KEY_POS_WRITE));
		verb("instantiate");
		EXPECT_EQ(-EACCES, request("k", ring));
		EXPECT_EQ(0, up->calls);
		EXPECT_EQ(0, ring_count(ring));
	}
}

TEST(revoked_default_destination)
{
	REQUIRE_UPCALL();
	CHILD_AS(fresh_uid()) {
		EXPECT_LT(0, kc_get_keyring_id(RING_P, 1));
		EXPECT_EQ(0, kc_revoke(RING_S));
		EXPECT_EQ(0, kc_set_reqkey_keyring(KEY_REQKEY_DEFL_SESSION_KEYRING));
		verb("instantiate");
		EXPECT_EQ(-EKEYREVOKED, request("k", 0));
		EXPECT_EQ(0, up->calls);
	}
}

/* The new key displaces a key that the search did not find. */
TEST(new_key_displaces_its_like)
{
	REQUIRE_UPCALL();
	CHILD_AS(fresh_uid()) {
		long old = add_user("k", "old", RING_U), key;

		verb("instantiate");
		key = request("k", RING_U);
		EXPECT_LT(0, key);
		EXPECT_NE(old, key);
		EXPECT_EQ(1, ring_count(RING_U));
		EXPECT_TRUE(ring_has(RING_U, key));
	}
}

/* ---- the helper's choice ----------------------------------------------- */

/* Any special id means the destination of the requester. */
TEST(helper_names_a_special_keyring)
{
	REQUIRE_UPCALL();
	for (long id = RING_T; id >= KEY_SPEC_REQUESTOR_KEYRING; id--) {
		if (id == KEY_SPEC_REQKEY_AUTH_KEY)
			continue;
		CHILD_AS(fresh_uid()) {
			long key;

			EXPECT_LT(0, kc_get_keyring_id(RING_T, 1));
			EXPECT_LT(0, kc_get_keyring_id(RING_P, 1));
			verb("link to");
			up->arg[0] = id;
			key = request("k", RING_U);
			EXPECT_LT(0, key);
			EXPECT_EQ(0, up->r[0]) {
				TH_LOG("keyring %ld", id);
			}
			EXPECT_TRUE(ring_has(RING_U, key));
			EXPECT_EQ(0, ring_count(RING_T));
			EXPECT_EQ(0, ring_count(RING_P));
			EXPECT_EQ(0, ring_count(RING_S));
			EXPECT_EQ(1, ring_count(RING_US));
		}
	}
}

TEST(helper_names_a_number)
{
	REQUIRE_UPCALL();
	CHILD_AS(fresh_uid()) {
		long ring = add_ring("ring", RING_S), key;

		verb("link to");
		up->arg[0] = ring;
		key = request("k", RING_U);
		EXPECT_EQ(0, up->r[0]);
		EXPECT_TRUE(ring_has(ring, key));
		EXPECT_TRUE(ring_has(RING_U, key));
	}
}

static void names_nothing(struct __test_metadata *_metadata, long id, long error)
{
	CHILD_AS(fresh_uid()) {
		verb("link to");
		up->arg[0] = id;
		EXPECT_LT(0, request("k", RING_S));
		EXPECT_EQ(error, up->r[0]) {
			TH_LOG("keyring %ld", id);
		}
		/* The key can still be instantiated without a keyring. */
		EXPECT_EQ(0, up->r[2]);
	}
}

TEST(helper_names_what_is_no_keyring)
{
	REQUIRE_UPCALL();
	names_nothing(_metadata, NO_SUCH_KEY, -ENOKEY);
	names_nothing(_metadata, -9, -ENOKEY);
	names_nothing(_metadata, INT_MIN, -ENOKEY);
	names_nothing(_metadata, KEY_SPEC_REQKEY_AUTH_KEY, -EINVAL);
}

/* The requester needs write permission, whatever the helper may do. */
TEST(helper_names_a_keyring_without_write)
{
	REQUIRE_UPCALL();
	CHILD_AS(fresh_uid()) {
		long ring = add_ring("ring", RING_S), key;

		EXPECT_EQ(0, kc_setperm(ring, KEY_POS_ALL & ~KEY_POS_WRITE));
		verb("link to");
		up->arg[0] = ring;
		key = request("k", RING_S);
		EXPECT_LT(0, key);
		EXPECT_EQ(-EACCES, up->r[0]);
		EXPECT_EQ(0, up->r[2]);
		EXPECT_EQ(0, ring_count(ring));
	}
}

TEST(negative_key_is_linked_there_too)
{
	REQUIRE_UPCALL();
	CHILD_AS(fresh_uid()) {
		long ring = add_ring("ring", RING_S);

		verb("negate");
		up->arg[0] = ring;
		up->arg[1] = 60;
		EXPECT_EQ(-ENOKEY, request("k", RING_U));
		EXPECT_EQ(0, up->r[0]);
		EXPECT_EQ(1, ring_count(ring));
		EXPECT_EQ(1, ring_count(RING_U));
	}
}

/* ---- references and charges -------------------------------------------- */

/* A keyring that a request used has no additional reference afterwards. */
TEST(cve_2009_3624_destination_is_not_pinned)
{
	static const long ids[] = { 0, RING_S, KEY_SPEC_REQUESTOR_KEYRING };

	REQUIRE_UPCALL();
	CHILD_AS(0) {
		long s = kc_get_keyring_id(RING_S, 0);
		struct key_line k;
		int before;
		char name[16];

		ASSERT_TRUE(proc_key(s, &k));
		before = k.usage;
		for (int i = 0; i < REPEATS; i++) {
			snprintf(name, sizeof(name), "k%d", i);
			verb("link to");
			up->arg[0] = ids[i % 3];
			EXPECT_LT(0, request(name, i % 2 ? RING_S : 0));
		}
		EXPECT_TRUE(wait_until(proc_key(s, &k) && k.usage <= before, LATER_MS));
		ASSERT_LT(0, kc_join(NULL));
		EXPECT_TRUE(wait_until(kc_describe(s, NULL, 0) == -ENOKEY, LATER_MS));
	}
}

/* The requester is charged for the key, and for nothing else afterwards. */
TEST(cve_2005_3119_charges_are_refunded)
{
	static const char *const how[] = { "instantiate", "exit", "negate" };
	uid_t uid = fresh_uid();
	struct key_user u;

	REQUIRE_UPCALL();
	CHILD_AS(uid) {
		int keys, bytes;
		char name[16];

		/* Make the pair now, so that no upcall makes it. */
		EXPECT_LT(0, kc_get_keyring_id(RING_U, 0));
		proc_user(uid, &u);
		keys = u.qnkeys;
		bytes = u.qnbytes;
		for (int i = 0; i < REPEATS; i++) {
			snprintf(name, sizeof(name), "k%d", i);
			verb(how[i % 3]);
			up->arg[1] = 60;
			request(name, RING_S);
			keys++;
			bytes += DESC_COST("k0") + LINK_COST + (i % 3 ? 0 : 7);
		}
		EXPECT_TRUE(wait_until(charged(uid, keys, bytes), LATER_MS)) {
			proc_user(uid, &u);
			TH_LOG("%d/%d, not %d/%d", u.qnkeys, u.qnbytes, keys, bytes);
		}
	}
	/* Only the pair may be left, as it stays on the stock kernel. */
	EXPECT_TRUE(wait_until((proc_user(uid, &u), u.nkeys <= 2), LATER_MS));
}

TEST(quota_refuses_a_key)
{
	uid_t uid = fresh_uid();
	long had = sysctl_get("maxkeys");
	struct key_user u;

	REQUIRE_UPCALL();
	ASSERT_EQ(0, sysctl_set("maxkeys", 1));
	CHILD_AS(uid) {
		verb("instantiate");
		EXPECT_EQ(-EDQUOT, request("k", RING_S));
		EXPECT_EQ(0, up->calls);
		EXPECT_EQ(0, ring_count(RING_S));
	}
	ASSERT_EQ(0, sysctl_set("maxkeys", had));
	EXPECT_TRUE(wait_until((proc_user(uid, &u), u.nkeys <= 2), LATER_MS));
}

/* The quota is enough for key and link, but not for the payload. */
TEST(quota_refuses_the_payload)
{
	uid_t uid = fresh_uid();
	long had = sysctl_get("maxbytes");
	int *left = shared_alloc(sizeof(*left));
	struct gate g;
	struct key_user u;
	pid_t pid;

	REQUIRE_UPCALL();
	ASSERT_TRUE(gate_make(&g));
	verb("instantiate");
	pid = START_CHILD_AS(uid);
	if (pid == 0) {
		EXPECT_LT(0, kc_get_keyring_id(RING_U, 0));
		shared_set(left, 1);
		gate_wait(&g);
		EXPECT_EQ(-ENOKEY, request("k", RING_S));
		EXPECT_EQ(1, up->calls);
		EXPECT_EQ(-EDQUOT, up->r[0]);
		END_CHILD();
	}
	EXPECT_TRUE(wait_until(shared_get(left), LATER_MS));
	EXPECT_TRUE(proc_user(uid, &u));
	/* The helper's session keyring is charged to the requester, too. */
	EXPECT_EQ(0, sysctl_set("maxbytes", u.qnbytes + DESC_COST("k") + LINK_COST +
				DESC_COST("_req.1234567890") + LINK_COST + 2));
	gate_open(&g);
	JOIN_CHILD(pid);
	EXPECT_EQ(0, sysctl_set("maxbytes", had));
}

/* Leaves 0 to 8 bytes, which are too few or enough for the link. */
TEST(cve_2016_4470_reject_with_a_failing_link)
{
	REQUIRE_UPCALL();
	CHILD_AS(0) {
		long ring = add_ring("ring", RING_S);
		char name[16];

		for (int i = 0; i <= 8; i += 2) {
			snprintf(name, sizeof(name), "k%d", i);
			verb("squeeze");
			up->arg[0] = ring;
			up->arg[1] = i;
			/* The requester gets the helper's error in any case. */
			EXPECT_EQ(-EKEYREJECTED, request(name, RING_S));
			EXPECT_EQ(i < LINK_COST ? -EDQUOT : 0, up->r[0]) {
				TH_LOG("%d bytes left", i);
			}
		}
	}
}

/*
 * The keyring that the helper names is the destination, which links the key
 * already: the answer needs no quota for another link.
 */
static void construct_without_room(struct __test_metadata *_metadata, const char *how,
				   long want, int room)
{
	EXPECT_EQ(0, sysctl_set("maxbytes", 20000));
	CHILD_AS(fresh_uid()) {
		long ring = add_ring("r", RING_S);
		long ret;

		ASSERT_EQ(0, kc_setperm(ring, KEY_POS_ALL | KEY_USR_ALL | KEY_OTH_ALL));
		verb(how);
		up->arg[0] = ring;
		up->arg[1] = room;
		ret = sys_request_key("user", "wanted", "callout", ring);
		EXPECT_EQ(want, ret < 0 ? ret : 0);
		EXPECT_EQ(1, up->calls);
		EXPECT_EQ(0, up->r[0]) {
			TH_LOG("with %d bytes left", room);
		}
		EXPECT_EQ(1, ring_count(ring));
	}
	EXPECT_EQ(0, sysctl_set("maxbytes", 20000));
}

TEST(instantiate_without_room)
{
	REQUIRE_UPCALL();
	for (int room = 0; room < LINK_COST; room++)
		construct_without_room(_metadata, "instantiate without room", 0, room);
}

TEST(negate_without_room)
{
	REQUIRE_UPCALL();
	for (int room = 0; room < LINK_COST; room++)
		construct_without_room(_metadata, "negate without room", -ENOKEY, room);
}

TEST(reject_into_a_full_keyring)
{
	REQUIRE_UPCALL();
	EXPECT_EQ(0, sysctl_set("maxbytes", 20000));
	CHILD_AS(fresh_uid()) {
		long ring = add_ring("r", RING_S), full = add_ring("full", RING_S);

		ASSERT_EQ(0, kc_setperm(full, KEY_POS_ALL | KEY_USR_ALL | KEY_OTH_ALL));
		verb("reject into full");
		up->arg[0] = full;
		up->arg[1] = 3;
		EXPECT_EQ(-EKEYREJECTED, sys_request_key("user", "wanted", "callout", ring));
		EXPECT_EQ(-EDQUOT, up->r[0]);
		EXPECT_EQ(-EBUSY, up->r[1]);
		EXPECT_EQ(0, ring_count(full));
	}
	EXPECT_EQ(0, sysctl_set("maxbytes", 20000));
}

/* A requested keyring, never constructed, was freed as if it was. */
TEST(cve_2015_7872_keyrings_are_not_requested)
{
	REQUIRE_UPCALL();
	CHILD_AS(0) {
		long key = add_user("a", "x", RING_S);

		verb("exit");
		EXPECT_EQ(-EPERM, sys_request_key("keyring", "foo", "bar", RING_T));
		EXPECT_EQ(0, kc_unlink(key, RING_S));
		EXPECT_EQ(-EPERM, sys_request_key("keyring", "foo", "bar", RING_T));
		EXPECT_EQ(0, up->calls);
		EXPECT_EQ(0, ring_count(RING_T));
		EXPECT_TRUE(wait_until(kc_describe(key, NULL, 0) == -ENOKEY, LATER_MS));
		EXPECT_EQ(-ENOKEY, kc_search(RING_S, "keyring", "foo", 0));
	}
}
