// SPDX-License-Identifier: GPL-2.0-only
/*
 * Random delays in the code of the key service, for tests. A race needs another
 * processor to act between two instructions, which are nanoseconds apart: a task
 * that is delayed there for microseconds makes the race likely.
 *
 * A kprobe is placed at each call, at each instruction with a bus lock, and at
 * some of the others. The instructions are found by the decoder that kprobes use.
 * All random numbers follow from the boot argument keys_delay.seed=, so a seed
 * repeats where the delays are and how they are distributed. Without a seed, or
 * with the seed 0, nothing is delayed.
 */

#define pr_fmt(fmt) "keys_delay: " fmt

#include <linux/delay.h>
#include <linux/init.h>
#include <linux/kallsyms.h>
#include <linux/kprobes.h>
#include <linux/moduleparam.h>
#include <linux/percpu.h>
#include <linux/prandom.h>
#include <linux/slab.h>
#include <asm/insn.h>
#include <asm/text-patching.h>
#include "keys_delay.h"

#define OPCODE_XCHG_BYTE	0x86
#define OPCODE_XCHG		0x87
#define OPCODE_GROUP5		0xff
#define GROUP5_CALL		2
#define PREFIX_LOCK		0xf0
#define MOD_REGISTER		3

static u64 seed;
module_param(seed, ullong, 0444);
MODULE_PARM_DESC(seed, "of all random numbers; 0 delays nothing");

static unsigned int max_us = 100;
module_param(max_us, uint, 0644);
MODULE_PARM_DESC(max_us, "longest delay in microseconds");

static unsigned int one_in = 32;
module_param(one_in, uint, 0644);
MODULE_PARM_DESC(one_in, "how many passes of an instruction have one delay; 0 stops all");

static unsigned int others = 8;
module_param(others, uint, 0444);
MODULE_PARM_DESC(others, "how many of the other instructions have one that delays; 0 for none");

/* Interrupts may nest in an optimised probe: then two numbers may be the same. */
static DEFINE_PER_CPU(struct rnd_state, delay_random);

/*
 * The addresses of all instructions that are to delay. They are noted before the
 * first kprobe is placed, since a kprobe changes what the decoder sees.
 */
struct sites {
	unsigned long *address;
	unsigned int count;
	struct rnd_state random;
};

static int __kprobes delay_here(struct kprobe *site, struct pt_regs *regs)
{
	struct rnd_state *random = this_cpu_ptr(&delay_random);
	unsigned int odds = READ_ONCE(one_in), longest = READ_ONCE(max_us);

	if (odds && longest && prandom_u32_state(random) % odds == 0)
		udelay(prandom_u32_state(random) % longest + 1);
	return 0;
}

static bool is_call(const struct insn *insn)
{
	u8 opcode = insn->opcode.bytes[0];

	return opcode == CALL_INSN_OPCODE ||
	       (opcode == OPCODE_GROUP5 && X86_MODRM_REG(insn->modrm.value) == GROUP5_CALL);
}

/* An exchange with memory locks the bus without a prefix. */
static bool locks_bus(struct insn *insn)
{
	u8 opcode = insn->opcode.bytes[0];
	insn_byte_t prefix;
	int i;

	for_each_insn_prefix(insn, i, prefix) {
		if (prefix == PREFIX_LOCK)
			return true;
	}
	return (opcode == OPCODE_XCHG || opcode == OPCODE_XCHG_BYTE) &&
	       X86_MODRM_MOD(insn->modrm.value) != MOD_REGISTER;
}

static bool is_chosen(struct insn *insn, struct rnd_state *random)
{
	if (insn->opcode.bytes[0] == INT3_INSN_OPCODE)
		return false;
	if (is_call(insn) || locks_bus(insn))
		return true;
	return others && prandom_u32_state(random) % others == 0;
}

/* Note the address of each instruction of a function that is chosen. */
static void choose_in_function(struct sites *sites, unsigned long address,
			       unsigned long end)
{
	struct insn insn;

	while (address < end && !insn_decode_kernel(&insn, (void *)address)) {
		if (is_chosen(&insn, &sites->random))
			sites->address[sites->count++] = address;
		address += insn.length;
	}
}

static void choose_sites(struct sites *sites, unsigned long address, unsigned long end)
{
	unsigned long size, offset;

	while (address < end && kallsyms_lookup_size_offset(address, &size, &offset)) {
		unsigned long next = min(address - offset + size, end);

		choose_in_function(sites, address, next);
		address = next;
	}
}

/* The kprobe stays until the machine ends. */
static bool place(unsigned long address)
{
	struct kprobe *site = kzalloc(sizeof(*site), GFP_KERNEL);

	if (!site)
		return false;
	site->addr = (kprobe_opcode_t *)address;
	site->pre_handler = delay_here;
	if (register_kprobe(site) == 0)
		return true;
	kfree(site);
	return false;
}

static int __init keys_delay_init(void)
{
	const unsigned long begin = (unsigned long)keys_delay_begin;
	const unsigned long end = (unsigned long)keys_delay_end;
	struct sites sites = {};
	unsigned int placed = 0;
	int cpu;

	if (!seed)
		return 0;
	/* The linker should have kept the order of the Makefile */
	if (WARN_ON(begin >= end))
		return -EINVAL;
	sites.address = kvmalloc_array(end - begin, sizeof(*sites.address), GFP_KERNEL);
	if (!sites.address)
		return -ENOMEM;
	for_each_possible_cpu(cpu)
		prandom_seed_state(per_cpu_ptr(&delay_random, cpu), seed + cpu + 1);
	prandom_seed_state(&sites.random, seed);
	choose_sites(&sites, begin, end);
	for (unsigned int i = 0; i < sites.count; i++)
		placed += place(sites.address[i]);
	kvfree(sites.address);
	pr_info("seed %llu: %u of %u instructions delay\n", seed, placed, sites.count);
	return 0;
}
late_initcall(keys_delay_init);

/**
 * keys_delay_begin - mark the begin of the code of the key service
 *
 * Only the address of this function is used.
 */
void keys_delay_begin(void)
{
}
