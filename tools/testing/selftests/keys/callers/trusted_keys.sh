#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Trusted keys, sealed by a TPM of version 2 (swtpm), as masters of encrypted
# keys and as keys of dm-crypt.
# packages: dmsetup swtpm tpm2-tools
# seconds: 120
# host: swtpm-host
# guest: QEMU_ARGS=-chardev socket,id=tpm,path=$SCENE_DIR/tpm.sock -tpmdev emulator,id=tpm0,chardev=tpm -device tpm-tis,tpmdev=tpm0
. "$(dirname "$0")/lib.sh"

truncate -s 8M /tmp/disk
loop=$(losetup -f --show /tmp/disk)
parent="keyhandle=0x81000001"
export TPM2TOOLS_TCTI=device:/dev/tpmrm0

make_parent() {
	tpm2_createprimary -Q -C o -G ecc -c /tmp/primary &&
		tpm2_evictcontrol -Q -C o -c /tmp/primary 0x81000001
}

blob_of() {
	keyctl pipe "$(keyctl search @s "$1" "$2")"
}

drop() {
	keyctl unlink "$(keyctl search @s "$1" "$2")" @s
}

sector() {
	dmsetup create crypt --table "0 8192 crypt aes-xts-plain64 $1 0 $loop 0" || return
	dmsetup mknodes
	head -c 512 /dev/mapper/crypt | sha256sum
	dmsetup remove crypt
}

check "the TPM has a parent key" make_parent
refuse "no trusted key without a parent" "Invalid argument" keyctl add trusted kmk "new 32" @s
check "a trusted key is made" keyctl add trusted kmk "new 32 $parent" @s
blob=$(blob_of trusted kmk)
first=$(sector :32:trusted:kmk)
check "an encrypted key is made under it" keyctl add encrypted disk "new trusted:kmk 32" @s
inner=$(blob_of encrypted disk)
second=$(sector :32:encrypted:disk)

drop trusted kmk
drop encrypted disk
refuse "no encrypted key is loaded without the trusted one" "Required key not available" \
	keyctl add encrypted disk "load $inner" @s
refuse "a changed blob is refused" "Operation not permitted|Invalid argument|Bad message" \
	keyctl add trusted kmk "load ${blob%????}0000 $parent" @s
check "the TPM opens the blob of the trusted key" \
	keyctl add trusted kmk "load $blob $parent" @s
same "the blob is as before" "$blob" blob_of trusted kmk
same "the key is as before" "$first" sector :32:trusted:kmk
check "now the encrypted key is loaded" keyctl add encrypted disk "load $inner" @s
same "and is as before" "$second" sector :32:encrypted:disk

# The hash of PCR 16, which is for tests, is a condition of the next key.
seal_by_pcr() {
	local pcr=/tmp/pcr
	tpm2_pcrread -Q -o $pcr sha256:16 && tpm2_startauthsession -Q -S /tmp/session &&
		tpm2_policypcr -Q -S /tmp/session -l sha256:16 -L /tmp/policy &&
		tpm2_flushcontext /tmp/session &&
		keyctl add trusted pcr "new 32 $parent hash=sha256 policydigest=$(
			xxd -p -c 64 /tmp/policy)" @s
}

check "a key is sealed with a policy" seal_by_pcr
sealed=$(blob_of trusted pcr)
drop trusted pcr
refuse "the policy is not met" "Operation not permitted" \
	keyctl add trusted pcr "load $sealed $parent" @s

reseal() {
	keyctl update "$(keyctl search @s trusted kmk)" "update $parent blobauth=other"
}

check "the trusted key is sealed anew" reseal
again=$(blob_of trusted kmk)
drop trusted kmk
check "the new blob opens with the new password" \
	keyctl add trusted kmk "load $again $parent blobauth=other" @s
same "and is the same key" "$first" sector :32:trusted:kmk
useradd ann
refuse "another user does not find the trusted key" "Required key not available" \
	as ann keyctl add encrypted mine "load $inner" @s
finish
