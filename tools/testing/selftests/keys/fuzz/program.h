/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Programs: sequences of calls. How they are drawn, changed, written as text and
 * read again. A program is "program WHO" and a line for each call: the number
 * of the thread that makes the call, its name, and a word for each argument.
 */
#ifndef FUZZ_PROGRAM_H
#define FUZZ_PROGRAM_H

struct call {
	unsigned char op, thread, arg[MAX_ARGS];
};

/* Who executes a program. */
enum who { ROOT, USER, NAMESPACE, WHOS };

static const char *const who_names[] = { "root", "user", "namespace" };

struct program {
	int count;
	enum who who;
	struct call call[MAX_CALLS];
};

/* ---- random numbers: xorshift64* ------------------------------------------ */

static uint64_t random_state = 1;

static unsigned int draw(unsigned int below)
{
	random_state ^= random_state >> 12;
	random_state ^= random_state << 25;
	random_state ^= random_state >> 27;
	return (random_state * 2685821657736338717ULL >> 33) % below;
}

static bool one_in(unsigned int n)
{
	return draw(n) == 0;
}

/* ---- drawing --------------------------------------------------------------- */

/* Most keys are results of the program, global keys and common keyrings. */
static int draw_key(int calls_before)
{
	switch (draw(10)) {
	case 0 ... 4:
		if (calls_before)
			return draw(calls_before);
		return word_find(K_KEY, "@s");
	case 5 ... 6:
		return word_find(K_KEY, "@s");
	case 7:
		return MAX_CALLS + draw(GLOBALS);
	default:
		return MAX_CALLS + draw(words[K_KEY].count - MAX_CALLS);
	}
}

/* The first words of these tables are the ones with which calls succeed. */
static int draw_word(enum kind kind, int calls_before)
{
	int few[KINDS] = { [K_TYPE] = 2, [K_DESC] = 3, [K_IN] = 2, [K_OUT] = 1, [K_SIZE] = 6,
			   [K_PIPE] = 2, [K_IOV] = 2, [K_INFO] = 2, [K_TIME] = 3,
			   [K_CALLOUT] = 1 };

	if (kind == K_NONE)
		return 0;
	if (kind == K_KEY)
		return draw_key(calls_before);
	/* A helper takes long, too. */
	if (few[kind] && !one_in(kind == K_CALLOUT ? 6 : 3))
		return draw(few[kind]);
	return draw(words[kind].count);
}

static int draw_op(void)
{
	static int all;
	int at;

	if (!all)
		for (unsigned int i = 0; i < ARRAY_SIZE(ops); i++)
			all += ops[i].weight;
	at = draw(all);
	for (unsigned int i = 0; i < ARRAY_SIZE(ops); i++) {
		at -= ops[i].weight;
		if (at < 0)
			return i;
	}
	return 0;
}

/* Keyrings have no payload, and that of an asymmetric key is not any bytes. */
static void fit_payload(struct call *c)
{
	const char *type = words[K_TYPE].word[c->arg[0]].name;
	const char *data = NULL, *size = NULL;

	if (!strcmp(type, "keyring"))
		data = "null", size = "0";
	else if (!strcmp(type, "asymmetric"))
		data = "rsa", size = "rsa";
	if (!data || one_in(4))
		return;
	c->arg[2] = word_find(K_IN, data);
	c->arg[3] = word_find(K_SIZE, size);
}

static void draw_call(struct call *c, int calls_before, int threads)
{
	c->op = draw_op();
	c->thread = draw(threads);
	for (int i = 0; i < MAX_ARGS; i++)
		c->arg[i] = draw_word(ops[c->op].kinds[i], calls_before);
	if (ops[c->op].make == make_add_key)
		fit_payload(c);
}

static int draw_threads(void)
{
	return one_in(4) ? 2 + draw(MAX_THREADS - 1) : 1;
}

static void draw_program(struct program *p, enum who who)
{
	int threads = draw_threads();

	p->who = who;
	p->count = 1 + draw(MAX_CALLS);
	for (int i = 0; i < p->count; i++)
		draw_call(&p->call[i], i, threads);
}

/* ---- changing -------------------------------------------------------------- */

/* The words for the results of the calls from @from on move by @by. */
static void move_results(struct program *p, int from, int by)
{
	for (int i = 0; i < p->count; i++)
		for (int j = 0; j < MAX_ARGS; j++) {
			unsigned char *arg = &p->call[i].arg[j];

			if (ops[p->call[i].op].kinds[j] == K_KEY && *arg >= from &&
			    *arg < MAX_CALLS && *arg + by >= 0 && *arg + by < MAX_CALLS)
				*arg += by;
		}
}

static void insert_call(struct program *p, int at)
{
	if (p->count == MAX_CALLS)
		return;
	move_results(p, at, 1);
	memmove(&p->call[at + 1], &p->call[at], (p->count - at) * sizeof(p->call[0]));
	p->count++;
	draw_call(&p->call[at], at, 1 + draw(MAX_THREADS));
}

static void delete_call(struct program *p, int at)
{
	if (p->count == 1)
		return;
	p->count--;
	memmove(&p->call[at], &p->call[at + 1], (p->count - at) * sizeof(p->call[0]));
	move_results(p, at + 1, -1);
}

/* The end of @other follows a beginning of @p. */
static void splice_programs(struct program *p, const struct program *other)
{
	int keep = 1 + draw(p->count), from = draw(other->count);

	p->count = keep;
	while (p->count < MAX_CALLS && from < other->count)
		p->call[p->count++] = other->call[from++];
}

static void change_call(struct program *p, int at)
{
	struct call *c = &p->call[at];
	int arg = draw(MAX_ARGS);

	if (one_in(8))
		c->thread = draw(MAX_THREADS);
	else if (one_in(8))
		draw_call(c, at, 1 + c->thread);
	else
		c->arg[arg] = draw_word(ops[c->op].kinds[arg], at);
}

static void one_thread(struct program *p)
{
	for (int i = 0; i < p->count; i++)
		p->call[i].thread = 0;
}

static void mutate(struct program *p, const struct program *other)
{
	for (int n = 1 + draw(4); n > 0; n--) {
		int at = draw(p->count);

		switch (draw(8)) {
		case 0 ... 1:
			insert_call(p, at);
			break;
		case 2:
			delete_call(p, at);
			break;
		case 3:
			splice_programs(p, other);
			break;
		default:
			change_call(p, at);
		}
	}
	if (one_in(4))
		one_thread(p);
}

/* ---- text ------------------------------------------------------------------ */

static void print_program(FILE *f, const struct program *p)
{
	fprintf(f, "program %s\n", who_names[p->who]);
	for (int i = 0; i < p->count; i++) {
		const struct call *c = &p->call[i];
		const struct op *op = &ops[c->op];

		fprintf(f, "%d %s", c->thread, op->name);
		for (int j = 0; j < MAX_ARGS && op->kinds[j]; j++)
			fprintf(f, " %s", words[op->kinds[j]].word[c->arg[j]].name);
		fputc('\n', f);
	}
}

static bool read_call(struct call *c, char *line)
{
	char *word = strtok(line, "\n ");
	int op, found;

	memset(c, 0, sizeof(*c));
	if (!word || *word < '0' || *word >= '0' + MAX_THREADS)
		return false;
	c->thread = *word - '0';
	word = strtok(NULL, "\n ");
	op = word ? op_find(word) : -1;
	if (op < 0)
		return false;
	c->op = op;
	for (int i = 0; i < MAX_ARGS && ops[op].kinds[i]; i++) {
		word = strtok(NULL, "\n ");
		found = word ? word_find(ops[op].kinds[i], word) : -1;
		if (found < 0)
			return false;
		c->arg[i] = found;
	}
	return true;
}

static bool read_who(struct program *p, const char *name)
{
	memset(p, 0, sizeof(*p));
	for (int i = 0; i < WHOS; i++)
		if (!strncmp(name, who_names[i], strlen(who_names[i]))) {
			p->who = i;
			return true;
		}
	return false;
}

/*
 * Reads the programs of @path into @list; returns how many, or -1. Lines that
 * begin with # are comments.
 */
static int read_programs(const char *path, struct program *list, int max)
{
	FILE *f = fopen(path, "re");
	int count = 0, number = 0;
	struct program *p = NULL;
	char line[1024];

	if (!f)
		return -1;
	while (fgets(line, sizeof(line), f)) {
		bool ok = true;

		number++;
		if (*line == '#' || *line == '\n')
			continue;
		if (!strncmp(line, "program ", 8)) {
			if (count == max)
				break;
			p = &list[count++];
			ok = read_who(p, line + 8);
		} else {
			ok = p && p->count < MAX_CALLS && read_call(&p->call[p->count++], line);
		}
		if (!ok) {
			printf("fuzz: %s:%d: no call of a program\n", path, number);
			count = -1;
			break;
		}
	}
	fclose(f);
	return count;
}

#endif /* FUZZ_PROGRAM_H */
