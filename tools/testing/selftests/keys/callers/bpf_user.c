// SPDX-License-Identifier: GPL-2.0-only
/*
 * usage: bpf_user load OBJECT		load the program and attach it for good
 *	  bpf_user task UID SERIAL FLAGS SYSTEM DATA SIGNATURE-FILE
 *	  bpf_user result		what the program says to the last task
 */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bpf.h"

#define MAP	"/sys/fs/bpf/tasks"
#define LINK	"/sys/fs/bpf/use_key"

static int fail(const char *what)
{
	perror(what);
	return 1;
}

static int load(const char *path)
{
	struct bpf_object *object = bpf_object__open_file(path, NULL);
	struct bpf_program *program;
	struct bpf_link *link;

	if (!object || bpf_object__load(object))
		return fail("load");
	program = bpf_object__find_program_by_name(object, "use_key");
	link = program ? bpf_program__attach(program) : NULL;
	if (!link || bpf_link__pin(link, LINK))
		return fail("attach");
	if (bpf_map__pin(bpf_object__find_map_by_name(object, "tasks"), MAP))
		return fail("pin");
	return 0;
}

static int set_task(char **words)
{
	struct task task = { .result = NOT_RUN };
	FILE *f = fopen(words[5], "r");
	__u32 zero = 0;

	if (!f)
		return fail(words[5]);
	task.signature_size = fread(task.signature, 1, SIGNATURE_SIZE, f);
	fclose(f);
	task.uid = strtol(words[0], NULL, 10);
	task.serial = strtol(words[1], NULL, 10);
	task.flags = strtol(words[2], NULL, 10);
	task.system = strtol(words[3], NULL, 10);
	memcpy(task.data, words[4], strnlen(words[4], DATA_SIZE));
	if (bpf_map_update_elem(bpf_obj_get(MAP), &zero, &task, BPF_ANY))
		return fail("task");
	return 0;
}

static int show_result(void)
{
	struct task task;
	__u32 zero = 0;

	if (bpf_map_lookup_elem(bpf_obj_get(MAP), &zero, &task))
		return fail("result");
	if (task.result == 0)
		puts("verified");
	else if (task.result == NOT_RUN)
		puts("the program did not run");
	else if (task.result == NOT_FOUND)
		puts("no such key");
	else
		printf("%d\n", task.result);
	return 0;
}

int main(int argc, char **argv)
{
	if (argc == 3 && !strcmp(argv[1], "load"))
		return load(argv[2]);
	if (argc == 8 && !strcmp(argv[1], "task"))
		return set_task(argv + 2);
	if (argc == 2 && !strcmp(argv[1], "result"))
		return show_result();
	return 2;
}
