#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Encrypted keys under a master key of type user: kept outside the kernel as
# blobs, loaded again, used by dm-crypt. And trusted keys on a machine that has
# no TPM.
# packages: dmsetup xxd
# seconds: 60
# short
. "$(dirname "$0")/lib.sh"

truncate -s 8M /tmp/disk
loop=$(losetup -f --show /tmp/disk)

blob_of() {
	keyctl pipe "$(keyctl search @s encrypted "$1")"
}

load() {
	keyctl unlink "$(keyctl search @s encrypted "$1")" @s
	keyctl add encrypted "$1" "load $2" @s
}

# sector KEY: what the first sector looks like with that key of dm-crypt's table
sector() {
	dmsetup create crypt --table "0 8192 crypt aes-xts-plain64 $1 0 $loop 0" || return
	dmsetup mknodes
	head -c 512 /dev/mapper/crypt | sha256sum
	dmsetup remove crypt
}

keyctl add user master 'a secret of some length' @s >/dev/null
keyctl add user other 'another secret of some length' @s >/dev/null

keyctl add encrypted orphan "new user:nobody 32" @s >/dev/null
refuse "nobody reads the blob of a key without its master" "Required key not available" \
	blob_of orphan
check "a new key is made" keyctl add encrypted disk "new user:master 32" @s
blob=$(blob_of disk)
first=$(sector :32:encrypted:disk)
check "the blob is loaded" load disk "$blob"
same "and reads as before" "$blob" blob_of disk
same "and opens the same volume" "$first" sector :32:encrypted:disk

refuse "a changed blob is refused" "Invalid argument" \
	keyctl add encrypted changed "load ${blob%????}0000" @s
refuse "the blob of another master is refused" "Invalid argument" \
	keyctl add encrypted changed "load ${blob/master/other}" @s

change_master() {
	keyctl update "$(keyctl search @s encrypted disk)" "update user:other"
}

check "the master is changed" change_master
new=$(blob_of disk)
keyctl unlink "$(keyctl search @s user master)" @s
check "the new blob loads without the old master" load disk "$new"
same "it is the same key still" "$first" sector :32:encrypted:disk
refuse "the old blob does not" "Required key not available" \
	keyctl add encrypted disk.old "load $blob" @s
keyctl add user master 'a secret of some length' @s >/dev/null

hex=$(printf %s 0123456789abcdef0123456789abcdef | xxd -p -c 64)
check "a key is made of data that the user knows" \
	keyctl add encrypted known "new default user:master 32 $hex" @s
same "it is those data" "$(sector "$hex")" sector :32:encrypted:known
check "a key of format enc32 is made" keyctl add encrypted enc32 "new enc32 user:master 32" @s
refuse "of no other size" "Invalid argument" \
	keyctl add encrypted enc64 "new enc32 user:master 64" @s
check "a key of format ecryptfs is made" \
	keyctl add encrypted 0123456789abcdef "new ecryptfs user:master 64" @s
check "its blob is loaded" load 0123456789abcdef "$(blob_of 0123456789abcdef)"
refuse "not under a name that is no signature" "Invalid argument" \
	keyctl add encrypted ecryptfs "new ecryptfs user:master 64" @s

useradd ann
refuse "another user does not find the master" "Required key not available" \
	as ann keyctl add encrypted mine "load $new" @s
refuse "a user who may not read the blob does not see it" "Permission denied" \
	as ann keyctl pipe "$(keyctl search @s encrypted disk)"
refuse "no trusted key without a TPM" "No such device" keyctl add trusted kmk "new 32" @s
keyctl add encrypted under "new trusted:kmk 32" @s >/dev/null
refuse "nor is an encrypted key of use under one" "Required key not available|No such device" \
	blob_of under
finish
