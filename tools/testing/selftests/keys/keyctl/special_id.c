// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tests every kind of id in every call that takes one: the special ids -1 to
 * -8, ids next to them, and ids that no key has. Each cell of the table is a
 * process with its own uid. Its word is the result of the call and, after a
 * slash, which of the thread, process and session keyring the call made.
 *
 * "keyctl_test --print" prints special_id_table.h for the running kernel.
 */

#define NIDS 13
/* The first ids name keyrings that may be made; the others change nothing. */
#define NKEYRINGS 5
#define WORD 32
#define UID_BASE 0x40000000U

static const long ids[NIDS] = {
	KEY_SPEC_THREAD_KEYRING, KEY_SPEC_PROCESS_KEYRING, KEY_SPEC_SESSION_KEYRING,
	KEY_SPEC_USER_KEYRING, KEY_SPEC_USER_SESSION_KEYRING, KEY_SPEC_GROUP_KEYRING,
	KEY_SPEC_REQKEY_AUTH_KEY, KEY_SPEC_REQUESTOR_KEYRING,
	-9, INT_MIN, 0, NO_SUCH_KEY, INT_MAX
};

/* A keyring and its key, which the process possesses in every state. */
static long aux_ring, aux_key;

static long dh_id(long prime, long base, long private)
{
	struct keyctl_dh_params params = { { private }, prime, base };

	return kc_dh_compute(&params, NULL, 0, NULL);
}

static long pkey_id(int op, long id)
{
	struct keyctl_pkey_params params = { .key_id = id, .in_len = 1, .out_len = 1 };
	char in[1] = "x", out[1];

	return sys_keyctl(op, &params, "", in, out);
}

static long query_of(long id)
{
	struct keyctl_pkey_query query;

	return sys_keyctl(KEYCTL_PKEY_QUERY, id, 0, "", &query);
}

static long iov_of(long id, long ring)
{
	struct iovec iov = { "x", 1 };

	return kc_instantiate_iov(id, &iov, 1, ring);
}

/* All calls: a name for the test, and the call with @id as the key. */
#define CALLS(X)							\
	X(get_id, kc_get_keyring_id(id, 0))				\
	X(make_id, kc_get_keyring_id(id, 1))				\
	X(update, kc_update(id, "x", 1))				\
	X(revoke_id, kc_revoke(id))					\
	X(chown_to_self, kc_chown(id, syscall(__NR_geteuid), -1))	\
	X(setperm, kc_setperm(id, KEY_POS_ALL | KEY_USR_ALL))		\
	X(describe_id, kc_describe(id, NULL, 0))			\
	X(clear, kc_clear(id))						\
	X(link_id, kc_link(id, aux_ring))				\
	X(link_to, kc_link(aux_key, id))				\
	X(unlink_id, kc_unlink(id, aux_ring))				\
	X(unlink_from, kc_unlink(aux_key, id))				\
	X(search_in, kc_search(id, "user", "aux", 0))			\
	X(search_to, kc_search(aux_ring, "user", "aux", id))		\
	X(read_id, kc_read(id, NULL, 0))				\
	X(instantiate, kc_instantiate(id, "x", 1, 0))			\
	X(instantiate_to, kc_instantiate(aux_key, "x", 1, id))		\
	X(instantiate_iov, iov_of(id, 0))				\
	X(instantiate_iov_to, iov_of(aux_key, id))			\
	X(negate, kc_negate(id, 1, 0))					\
	X(negate_to, kc_negate(aux_key, 1, id))				\
	X(reject, kc_reject(id, 1, EKEYREJECTED, 0))			\
	X(reject_to, kc_reject(aux_key, 1, EKEYREJECTED, id))		\
	X(set_timeout, kc_set_timeout(id, 100))				\
	X(assume_authority, kc_assume_authority(id))			\
	X(get_security, kc_get_security(id, NULL, 0))			\
	X(invalidate, kc_invalidate(id))				\
	X(persistent_to, kc_get_persistent(-1, id))			\
	X(dh_prime, dh_id(id, aux_key, aux_key))			\
	X(dh_base, dh_id(aux_key, id, aux_key))				\
	X(dh_private, dh_id(aux_key, aux_key, id))			\
	X(pkey_query_id, query_of(id))					\
	X(pkey_encrypt, pkey_id(KEYCTL_PKEY_ENCRYPT, id))		\
	X(pkey_decrypt, pkey_id(KEYCTL_PKEY_DECRYPT, id))		\
	X(pkey_sign, pkey_id(KEYCTL_PKEY_SIGN, id))			\
	X(pkey_verify, pkey_id(KEYCTL_PKEY_VERIFY, id))			\
	X(restrict_id, kc_restrict(id, NULL, NULL))			\
	X(move_id, kc_move(id, aux_ring, RING_U, 0))			\
	X(move_from, kc_move(aux_key, id, aux_ring, 0))			\
	X(move_to, kc_move(aux_key, aux_ring, id, 0))			\
	X(watch, kc_watch(id, -1, 1))					\
	X(add_to, add_user("new", "x", id))				\
	X(request_to, sys_request_key("user", "aux", NULL, id))

#define CALL_FUNCTION(name, call)					\
static long call_##name(long id)					\
{									\
	return call;							\
}

CALLS(CALL_FUNCTION)

enum state { BARE, FULL, FULL_ROOT, STATES };

static const char *const state_names[STATES] = { "bare", "full", "full_root" };

struct row {
	const char *name;
	long (*call)(long id);
	/* For each state the words of the stock kernel. */
	const char *words[STATES];
};

#include "special_id_table.h"

#define ROW(name, call) { #name, call_##name, { SPECIAL_ID_##name } },
static const struct row rows[] = { CALLS(ROW) };

/* ---- one cell ------------------------------------------------------------ */

static void enter_state(enum state state, uid_t uid)
{
	drop_to(0, uid);
	set_uids(uid, state == FULL_ROOT ? 0 : uid, state == FULL_ROOT ? 0 : uid);
	if (state != BARE) {
		kc_get_keyring_id(RING_T, 1);
		kc_get_keyring_id(RING_P, 1);
		kc_join(NULL);
		kc_link(RING_U, RING_S);
	}
	aux_ring = add_ring("aux ring", RING_U);
	aux_key = add_user("aux", "x", aux_ring);
}

static const char *answer_word(long answer)
{
	if (answer > 0)
		return "id";
	return answer ? strerrorname_np(-answer) : "ok";
}

/* Writes which keyrings exist that did not exist in the state. */
static void made_word(enum state state, char *word)
{
	char made[4] = "", *p = made;

	if (state != BARE)
		return;
	if (kc_get_keyring_id(RING_T, 0) != -ENOKEY)
		*p++ = 't';
	if (kc_get_keyring_id(RING_P, 0) != -ENOKEY)
		*p++ = 'p';
	if (ring_is(RING_S, "_ses"))
		*p++ = 's';
	if (*made) {
		strcat(word, "/");
		strcat(word, made);
	}
}

/* The work of one process of the table: the ids from @first up to @end. */
struct cells {
	const struct row *row;
	enum state state;
	int first, end;
	uid_t uid;
	char (*words)[WORD];
};

static int cells_process(void *arg)
{
	const struct cells *c = arg;

	enter_state(c->state, c->uid + c->state * NIDS + c->first);
	for (int i = c->first; i < c->end; i++) {
		snprintf(c->words[i], WORD, "%s", answer_word(c->row->call(ids[i])));
		made_word(c->state, c->words[i]);
	}
	_exit(0);
}

/* The processes share memory, so that hundreds of them are fast. */
static void cells_run(struct cells c)
{
	static char stack[65536] KEYS_STACK_ALIGN;

	exit_code(clone(cells_process, stack + sizeof(stack),
			CLONE_VM | CLONE_VFORK | SIGCHLD, &c));
}

/* @uid and the following uids are unused, one for each cell of a row. */
static void fill_words(const struct row *row, enum state state, uid_t uid,
		       char (*words)[WORD])
{
	memset(words, 0, NIDS * WORD);
	for (int i = 0; i < NKEYRINGS; i++)
		cells_run((struct cells){ row, state, i, i + 1, uid, words });
	cells_run((struct cells){ row, state, NKEYRINGS, NIDS, uid, words });
}

/* ---- the table ----------------------------------------------------------- */

/*
 * Sets a short expiry instead of three days, so that the keyrings expire soon.
 */
static long shorten_persistent(void)
{
	long had = sysctl_get("persistent_keyring_expiry");

	sysctl_set("persistent_keyring_expiry", 1);
	return had;
}

/* Without its option a call returns EOPNOTSUPP for any id. */
static bool configured(const struct row *row)
{
	return row->call(NO_SUCH_KEY) != -EOPNOTSUPP;
}

static void check_row(struct __test_metadata *_metadata, const struct row *row)
{
	char (*words)[WORD] = malloc(NIDS * WORD), expected[WORD];
	long had = shorten_persistent();
	uid_t uid = fresh_uid();

	for (int state = 0; state < STATES; state++) {
		const char *table = row->words[state];

		fill_words(row, state, uid, words);
		for (int i = 0; i < NIDS; i++) {
			int used = 0;

			ASSERT_EQ(1, sscanf(table, "%31s%n", expected, &used));
			table += used;
			EXPECT_STREQ(expected, words[i]) {
				TH_LOG("%s, %s, id %ld", row->name, state_names[state], ids[i]);
			}
		}
	}
	sysctl_set("persistent_keyring_expiry", had);
}

#define REQUIRE_BARE() do {						\
	REQUIRE_ROOT();							\
	if (has_session(_metadata))					\
		SKIP(return, "run with a session keyring");		\
} while (0)

#define ROW_NUMBER(name, call) ROW_##name,
enum row_number { CALLS(ROW_NUMBER) };

#define ROW_TEST(name, call)						\
TEST(special_id_##name)							\
{									\
	REQUIRE_BARE();							\
	if (!configured(&rows[ROW_##name]))				\
		SKIP(return, "not configured");				\
	check_row(_metadata, &rows[ROW_##name]);			\
}

CALLS(ROW_TEST)

/* ---- printing the table --------------------------------------------- */

static void print_words(const struct row *row, enum state state, uid_t uid, bool last)
{
	char (*words)[WORD] = malloc(NIDS * WORD);
	int column = 0;

	fill_words(row, state, uid, words);
	printf("\t\"");
	for (int i = 0; i < NIDS; i++) {
		if (column + strlen(words[i]) > 60) {
			printf("\"\t\\\n\t\"");
			column = 0;
		}
		column += printf("%s%s", words[i], i < NIDS - 1 ? " " : "");
	}
	printf("\"%s\n", last ? "" : ",\t\\");
}

static int print_table(void)
{
	long had = shorten_persistent();

	printf("/* SPDX-License-Identifier: GPL-2.0-only */\n"
	       "/*\n"
	       " * Results of the stock kernel, printed by \"keyctl_test --print\". Each call\n"
	       " * has three rows: for a process without keyrings, for one with keyrings, and\n"
	       " * for one with keyrings that is root. A row has a word for each id of ids[].\n"
	       " */\n");
	for (unsigned int i = 0; i < ARRAY_SIZE(rows); i++) {
		uid_t uid = UID_BASE + i * 64;

		printf("\n#define SPECIAL_ID_%s\t\\\n", rows[i].name);
		for (int state = 0; state < STATES; state++)
			print_words(&rows[i], state, uid, state == STATES - 1);
	}
	sysctl_set("persistent_keyring_expiry", had);
	return 0;
}
