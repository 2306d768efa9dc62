// SPDX-License-Identifier: GPL-2.0-only
/*
 * A BPF program at the LSM's hook bprm_check_security: when the user whom
 * "task" names runs a program, it looks a key up as that user, and has a
 * signature of data checked with the key.
 */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

#include "bpf.h"

/* libbpf wants a definition that is as that of the kernel. */
struct bpf_key {
	struct key *key;
	__u8 has_ref;
};

struct bpf_key *bpf_lookup_user_key(__u32 serial, __u64 flags) __ksym;
struct bpf_key *bpf_lookup_system_key(__u64 id) __ksym;
void bpf_key_put(struct bpf_key *key) __ksym;
int bpf_verify_pkcs7_signature(struct bpf_dynptr *data, struct bpf_dynptr *signature,
			       struct bpf_key *key) __ksym;

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct task);
} tasks SEC(".maps");

static int verify(struct task *task, struct bpf_key *key)
{
	struct bpf_dynptr data, signature;
	__u32 size = task->signature_size;

	if (!size || size > SIGNATURE_SIZE)
		return 0;
	bpf_dynptr_from_mem(task->data, DATA_SIZE, 0, &data);
	bpf_dynptr_from_mem(task->signature, size, 0, &signature);
	return bpf_verify_pkcs7_signature(&data, &signature, key);
}

SEC("lsm.s/bprm_check_security")
int BPF_PROG(use_key, void *bprm)
{
	__u32 zero = 0;
	struct task *task = bpf_map_lookup_elem(&tasks, &zero);
	struct bpf_key *key;

	if (!task || (__u32)bpf_get_current_uid_gid() != task->uid || task->result != NOT_RUN)
		return 0;
	if (task->system != NO_SYSTEM_KEY)
		key = bpf_lookup_system_key(task->system);
	else
		key = bpf_lookup_user_key(task->serial, task->flags);
	if (!key) {
		task->result = NOT_FOUND;
		return 0;
	}
	task->result = verify(task, key);
	bpf_key_put(key);
	return 0;
}

char _license[] SEC("license") = "GPL";
