// SPDX-License-Identifier: GPL-2.0-only
/*
 * libFuzzer chooses the operations: each byte is one decision. It prefers
 * sequences that reach new code.
 */
#include <host/work.h>

#include "model.h"

/**
 * struct input - the bytes that are not used yet
 * @at: the next one
 * @left: how many
 */
struct input {
	const u8	*at;
	size_t		left;
};

static unsigned int draw(void *from, unsigned int below)
{
	struct input *input = from;
	unsigned int value = 0, range = 1;

	while (range < below && input->left) {
		value = value << 8 | *input->at++;
		input->left--;
		range <<= 8;
	}
	return value % below;
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size);

/**
 * LLVMFuzzerTestOneInput - run the operations of one input
 * @data: the input
 * @size: its length
 *
 * Return: 0.
 */
int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	struct input input = { .at = data, .left = size };
	struct run run = {
		.draw = draw, .from = &input, .fault_every = 8,
	};

	host_random_seed(1);
	run_begin(&run);
	while (input.left)
		run_step(&run);
	run_end(&run);
	return 0;
}
