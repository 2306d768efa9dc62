/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The grammar of the programs: which words an argument can be. A word of a
 * program's text stands for a value or for an address, which words_init() fills
 * in where it is known at run time only.
 */
#ifndef FUZZ_GRAMMAR_H
#define FUZZ_GRAMMAR_H

#define MAX_CALLS	24
#define MAX_ARGS	6
#define MAX_THREADS	3
#define GLOBALS		8

enum kind {
	K_NONE, K_KEY, K_TYPE, K_DESC, K_CALLOUT, K_IN, K_OUT, K_SIZE, K_PERM, K_ID,
	K_TIME, K_ERROR, K_FLAG, K_DEFAULT, K_RESTRICTION, K_INFO, K_IOV, K_KDF,
	K_PIPE, K_NOTE, K_OPTION, K_NTH, KINDS
};

enum source { VALUE, TEXT, RESULT, GLOBAL };

struct word {
	const char *name;
	long value;
	enum source source;
	const char *text;
};

/* An address of the kernel's, on a machine with 64 bits. */
#define KERNEL_ADDRESS	(~0L ^ 0x7effffffL)

#define W_VALUE(n, v)	{ .name = n, .value = v }
#define W_TEXT(t)	{ .name = t, .source = TEXT, .text = t }
#define W_NAMED(n, t)	{ .name = n, .source = TEXT, .text = t }
#define W_LATER(n)	{ .name = n, .source = TEXT }
#define W_RESULT(i)	{ .name = "r" #i, .value = i, .source = RESULT }
#define W_GLOBAL(i)	{ .name = "g" #i, .value = i, .source = GLOBAL }

/* What the calls of this program have returned, the keys that are always there. */
static struct word key_words[] = {
	W_RESULT(0), W_RESULT(1), W_RESULT(2), W_RESULT(3), W_RESULT(4), W_RESULT(5),
	W_RESULT(6), W_RESULT(7), W_RESULT(8), W_RESULT(9), W_RESULT(10), W_RESULT(11),
	W_RESULT(12), W_RESULT(13), W_RESULT(14), W_RESULT(15), W_RESULT(16),
	W_RESULT(17), W_RESULT(18), W_RESULT(19), W_RESULT(20), W_RESULT(21),
	W_RESULT(22), W_RESULT(23),
	W_GLOBAL(0), W_GLOBAL(1), W_GLOBAL(2), W_GLOBAL(3), W_GLOBAL(4), W_GLOBAL(5),
	W_GLOBAL(6), W_GLOBAL(7),
	W_VALUE("@t", RING_T), W_VALUE("@p", RING_P), W_VALUE("@s", RING_S),
	W_VALUE("@u", RING_U), W_VALUE("@us", RING_US),
	W_VALUE("@g", KEY_SPEC_GROUP_KEYRING), W_VALUE("@a", KEY_SPEC_REQKEY_AUTH_KEY),
	W_VALUE("@r", KEY_SPEC_REQUESTOR_KEYRING), W_VALUE("-9", -9), W_VALUE("0", 0),
	W_VALUE("1", 1), W_VALUE("max", INT_MAX), W_VALUE("min", INT_MIN),
};

static struct word type_words[] = {
	W_TEXT("user"), W_TEXT("keyring"), W_TEXT("logon"), W_TEXT("big_key"),
	W_TEXT("asymmetric"), W_TEXT("encrypted"), W_TEXT("trusted"),
	W_TEXT("dns_resolver"), W_TEXT("pkcs7_test"), W_TEXT(".request_key_auth"),
	W_TEXT(".user"), W_NAMED("empty", ""), W_TEXT("none_such"),
	W_TEXT("a_type_whose_name_has_31_letter"), W_TEXT("a_type_whose_name_has_32_letters"),
	W_VALUE("null", 0), W_VALUE("bad", 16), W_LATER("edge"), W_LATER("no_end"),
};

static struct word desc_words[] = {
	W_TEXT("a"), W_TEXT("b"), W_TEXT("c"), W_TEXT("d:e"), W_TEXT(":f"), W_TEXT("g:"),
	W_TEXT(".dot"), W_NAMED("empty", ""), W_TEXT("_uid.0"), W_TEXT("_ses"),
	W_TEXT("id:00"), W_TEXT("user:h"), W_NAMED("semicolon", "i;j"),
	W_NAMED("newline", "k\nl"), W_LATER("long"), W_LATER("too_long"),
	W_VALUE("null", 0), W_VALUE("bad", 16), W_LATER("edge"), W_LATER("no_end"),
};

/* What the helper of request_key(2) does: one verb a letter, see helper.h. */
static struct word callout_words[] = {
	W_VALUE("null", 0),
	W_TEXT("i"), W_TEXT("n"), W_TEXT("r"), W_TEXT("x"), W_TEXT("ai"), W_TEXT("aI"),
	W_TEXT("aRn"), W_TEXT("aqi"), W_TEXT("aki"), W_TEXT("avn"), W_TEXT("atj"),
	W_TEXT("aliu"), W_TEXT("aSr"), W_TEXT("aAi"), W_TEXT("asic"),
	W_NAMED("empty", ""), W_LATER("long"), W_LATER("too_long"),
	W_VALUE("bad", 16), W_LATER("no_end"),
};

static struct word in_words[] = {
	W_LATER("text"), W_LATER("bytes"), W_LATER("rsa"), W_LATER("edge"),
	W_LATER("near_edge"), W_VALUE("null", 0), W_VALUE("bad", 16),
	W_VALUE("kernel", KERNEL_ADDRESS),
};

static struct word out_words[] = {
	W_LATER("buffer"), W_LATER("edge"), W_LATER("near_edge"), W_LATER("read_only"),
	W_VALUE("null", 0), W_VALUE("bad", 16), W_VALUE("kernel", KERNEL_ADDRESS),
};

static struct word size_words[] = {
	W_VALUE("0", 0), W_VALUE("1", 1), W_VALUE("2", 2), W_VALUE("4", 4), W_VALUE("8", 8),
	W_VALUE("24", 24), W_VALUE("128", 128), W_VALUE("255", 255), W_VALUE("rsa", 0),
	W_VALUE("4095", 4095), W_VALUE("4096", 4096), W_VALUE("9000", 9000),
	W_VALUE("32767", 32767), W_VALUE("32768", 32768), W_VALUE("65535", 65535),
	W_VALUE("1M-1", 1048575), W_VALUE("1M", 1048576), W_VALUE("2G", 0x80000000L),
	W_VALUE("-1", -1),
};

static struct word perm_words[] = {
	W_VALUE("0", 0), W_VALUE("all", KEY_EVERYONE), W_VALUE("pos", KEY_POS_ALL),
	W_VALUE("usr", KEY_USR_ALL), W_VALUE("grp", KEY_GRP_ALL), W_VALUE("oth", KEY_OTH_ALL),
	W_VALUE("view", 0x01010101), W_VALUE("-view", 0x3e3e3e3e),
	W_VALUE("read", 0x02020202), W_VALUE("-read", 0x3d3d3d3d),
	W_VALUE("write", 0x04040404), W_VALUE("-write", 0x3b3b3b3b),
	W_VALUE("search", 0x08080808), W_VALUE("-search", 0x37373737),
	W_VALUE("link", 0x10101010), W_VALUE("-link", 0x2f2f2f2f),
	W_VALUE("setattr", 0x20202020), W_VALUE("-setattr", 0x1f1f1f1f),
	W_VALUE("pos-search", KEY_POS(KEY_ALL & ~KEY_SEARCH) | KEY_USR_ALL),
	W_VALUE("usr-search", KEY_POS_ALL | KEY_USR(KEY_ALL & ~KEY_SEARCH)),
	W_VALUE("too_much", 0x7fffffff), W_VALUE("-1", -1),
};

static struct word id_words[] = {
	W_VALUE("-1", -1), W_VALUE("0", 0), W_VALUE("own", 0), W_VALUE("1", 1),
	W_VALUE("nobody", 65534), W_VALUE("max", INT_MAX), W_VALUE("-2", -2),
};

static struct word time_words[] = {
	W_VALUE("0", 0), W_VALUE("1", 1), W_VALUE("2", 2), W_VALUE("60", 60),
	W_VALUE("max", INT_MAX), W_VALUE("-1", -1),
};

static struct word error_words[] = {
	W_VALUE("ENOKEY", ENOKEY), W_VALUE("EKEYREJECTED", EKEYREJECTED), W_VALUE("EPERM", EPERM),
	W_VALUE("EKEYEXPIRED", EKEYEXPIRED), W_VALUE("0", 0), W_VALUE("512", 512),
	W_VALUE("516", 516), W_VALUE("4095", 4095), W_VALUE("4096", 4096), W_VALUE("-1", -1),
};

static struct word flag_words[] = {
	W_VALUE("0", 0), W_VALUE("1", 1), W_VALUE("2", 2), W_VALUE("3", 3), W_VALUE("-1", -1),
};

static struct word default_words[] = {
	W_VALUE("-2", -2), W_VALUE("-1", -1), W_VALUE("0", 0), W_VALUE("1", 1), W_VALUE("2", 2),
	W_VALUE("3", 3), W_VALUE("4", 4), W_VALUE("5", 5), W_VALUE("6", 6), W_VALUE("7", 7),
	W_VALUE("8", 8),
};

static struct word restriction_words[] = {
	W_VALUE("null", 0), W_TEXT("builtin_trusted"), W_TEXT("builtin_and_secondary_trusted"),
	W_LATER("key_or_keyring"),
	W_TEXT("key_or_keyring:"), W_TEXT("key_or_keyring:0"), W_TEXT("key_or_keyring:0:chain"),
	W_TEXT("key_or_keyring:1"), W_TEXT("key_or_keyring:x"), W_TEXT("none_such"),
	W_NAMED("empty", ""), W_LATER("too_long"), W_VALUE("bad", 16), W_LATER("no_end"),
};

static struct word info_words[] = {
	W_TEXT("enc=pkcs1"), W_TEXT("enc=raw"), W_NAMED("both", "enc=pkcs1 hash=sha256"),
	W_TEXT("hash=sha1"), W_NAMED("twice", "enc=raw enc=raw"), W_TEXT("enc="),
	W_TEXT("none=such"), W_TEXT("enc"), W_NAMED("empty", ""), W_NAMED("blanks", "  "),
	W_LATER("too_long"), W_VALUE("null", 0), W_VALUE("bad", 16), W_LATER("no_end"),
};

static struct word iov_words[] = {
	W_LATER("one"), W_LATER("three"), W_LATER("holes"), W_LATER("huge"),
	W_VALUE("null", 0), W_VALUE("bad", 16), W_LATER("edge"),
};

static struct word kdf_words[] = {
	W_VALUE("null", 0), W_VALUE("null2", 0), W_LATER("sha256"), W_LATER("no_info"),
	W_LATER("none_such"), W_LATER("long_info"), W_LATER("reserved"), W_VALUE("bad", 16),
};

static struct word pipe_words[] = {
	W_VALUE("pipe", 0), W_VALUE("pipe2", 0), W_VALUE("file", 0), W_VALUE("-1", -1),
};

static struct word note_words[] = {
	W_VALUE("1", 1), W_VALUE("2", 2), W_VALUE("255", 255), W_VALUE("256", 256),
	W_VALUE("-1", -1), W_VALUE("-2", -2),
};

static struct word option_words[] = {
	W_VALUE("33", 33), W_VALUE("255", 255), W_VALUE("-1", -1), W_VALUE("min", INT_MIN),
};

static struct word nth_words[] = {
	W_VALUE("1", 1), W_VALUE("2", 2), W_VALUE("3", 3), W_VALUE("4", 4), W_VALUE("5", 5),
	W_VALUE("6", 6), W_VALUE("7", 7), W_VALUE("8", 8), W_VALUE("9", 9), W_VALUE("10", 10),
	W_VALUE("12", 12), W_VALUE("15", 15), W_VALUE("20", 20),
};

#define TABLE(words)	{ words, ARRAY_SIZE(words) }

static const struct {
	struct word *word;
	int count;
} words[KINDS] = {
	[K_KEY] = TABLE(key_words),
	[K_TYPE] = TABLE(type_words),
	[K_DESC] = TABLE(desc_words),
	[K_CALLOUT] = TABLE(callout_words),
	[K_IN] = TABLE(in_words),
	[K_OUT] = TABLE(out_words),
	[K_SIZE] = TABLE(size_words),
	[K_PERM] = TABLE(perm_words),
	[K_ID] = TABLE(id_words),
	[K_TIME] = TABLE(time_words),
	[K_ERROR] = TABLE(error_words),
	[K_FLAG] = TABLE(flag_words),
	[K_DEFAULT] = TABLE(default_words),
	[K_RESTRICTION] = TABLE(restriction_words),
	[K_INFO] = TABLE(info_words),
	[K_IOV] = TABLE(iov_words),
	[K_KDF] = TABLE(kdf_words),
	[K_PIPE] = TABLE(pipe_words),
	[K_NOTE] = TABLE(note_words),
	[K_OPTION] = TABLE(option_words),
	[K_NTH] = TABLE(nth_words),
};

static int word_find(enum kind kind, const char *name)
{
	for (int i = 0; i < words[kind].count; i++)
		if (!strcmp(words[kind].word[i].name, name))
			return i;
	return -1;
}

static void word_text(enum kind kind, const char *name, const void *text)
{
	words[kind].word[word_find(kind, name)].text = text;
}

static void word_value(enum kind kind, const char *name, long value)
{
	words[kind].word[word_find(kind, name)].value = value;
}

static char *long_text(size_t letters)
{
	char *text = malloc(letters + 1);

	memset(text, 'x', letters);
	text[letters] = 0;
	return text;
}

/* Vectors of KEYCTL_INSTANTIATE_IOV, which takes three parts. */
static void words_init_iov(char *border)
{
	static char part[3][8] = { "first", "second", "third" };
	static struct iovec one[3], three[3], holes[3], huge[3];

	for (int i = 0; i < 3; i++) {
		three[i] = (struct iovec){ part[i], 5 };
		holes[i] = (struct iovec){ i == 1 ? NULL : part[i], i == 1 ? 0 : 5 };
		huge[i] = (struct iovec){ part[i], SIZE_MAX };
	}
	one[0] = three[0];
	word_text(K_IOV, "one", one);
	word_text(K_IOV, "three", three);
	word_text(K_IOV, "holes", holes);
	word_text(K_IOV, "huge", huge);
	word_text(K_IOV, "edge", border - 8);
}

static void words_init_kdf(void)
{
	static struct keyctl_kdf_params kdf = {
		.hashname = (char *)"sha256", .otherinfo = (char *)"info", .otherinfolen = 4,
	}, no_info = { .hashname = (char *)"sha1" }, none_such = { .hashname = (char *)"none" },
	long_info = { .hashname = (char *)"sha256", .otherinfo = (char *)"", .otherinfolen = 65 },
	reserved = { .hashname = (char *)"sha256", .__spare = { 1 } };

	word_text(K_KDF, "sha256", &kdf);
	word_text(K_KDF, "no_info", &no_info);
	word_text(K_KDF, "none_such", &none_such);
	word_text(K_KDF, "long_info", &long_info);
	word_text(K_KDF, "reserved", &reserved);
}

/* More than the longest payload. */
#define OUT_SIZE	(2 * 1024 * 1024)

static void words_init(void)
{
	char *border = page_border(), *out = malloc(OUT_SIZE), *bytes = malloc(OUT_SIZE);
	/* The first page is all letters: it ends with an unmapped page. */
	char *no_end = page_border();

	memset(no_end - 4096, 'y', 4096);
	strcpy(border - 5, "edge");
	for (int i = 0; i < OUT_SIZE; i++)
		bytes[i] = i * 7;
	for (int kind = K_TYPE; kind < KINDS; kind++) {
		if (word_find(kind, "edge") >= 0)
			word_text(kind, "edge", border - 5);
		if (word_find(kind, "near_edge") >= 0)
			word_text(kind, "near_edge", border - 24);
		if (word_find(kind, "no_end") >= 0)
			word_text(kind, "no_end", no_end - 8);
		if (word_find(kind, "too_long") >= 0)
			word_text(kind, "too_long", long_text(5000));
		if (word_find(kind, "long") >= 0)
			word_text(kind, "long", long_text(4000));
	}
	word_text(K_IN, "text", strcpy(malloc(OUT_SIZE), "text of a payload"));
	word_text(K_IN, "bytes", bytes);
	word_text(K_IN, "rsa", memcpy(malloc(OUT_SIZE), rsa_pkcs8, sizeof(rsa_pkcs8)));
	word_value(K_SIZE, "rsa", sizeof(rsa_pkcs8));
	word_text(K_OUT, "buffer", out);
	word_text(K_OUT, "read_only", "read only");
	word_text(K_RESTRICTION, "key_or_keyring", "key_or_keyring");
	words_init_iov(border);
	words_init_kdf();
}

#endif /* FUZZ_GRAMMAR_H */
