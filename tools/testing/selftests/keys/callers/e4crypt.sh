#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# e4crypt(8) of e2fsprogs: policies of version 1, whose keys are logon keys
# "ext4:DESCRIPTOR" in the session keyring or where the user wants.
# packages: e2fsprogs
# seconds: 60
. "$(dirname "$0")/lib.sh"

mnt=/tmp/e4
mount_encryptable $mnt
mkdir $mnt/box

# add PASSPHRASE [OPTION...] [DIRECTORY]
add() {
	local passphrase=$1
	shift
	printf '%s\n' "$passphrase" | e4crypt add_key -S s:salt "$@"
}

descriptor() {
	e4crypt get_policy $mnt/box | sed 's/.*: *//'
}

key() {
	keyctl search "$1" logon "ext4:$(descriptor)"
}

# lock: no key in the keyring, and nothing that the kernel remembers
lock() {
	keyctl unlink "$(key "$1")" "$1" && umount $mnt && mount "$(losetup -f --show /tmp/disk)" $mnt
}

check "a directory gets a policy and the key" add hunter2 $mnt/box
check "the key is in the session keyring" key @s
echo secret >$mnt/box/letter
same "the file is written and read" secret cat $mnt/box/letter
check "the key is taken away and the filesystem mounted again" lock @s
refuse "the file is not there" "No such file" cat $mnt/box/letter
refuse "no file is made" "Required key not available" touch $mnt/box/new
add wrong >/dev/null
refuse "nor with the key of another passphrase" "No such file" cat $mnt/box/letter
check "the key is added to the user keyring" add hunter2 -k @u
refuse "it is not found there while the session has no link" "No such file" \
	cat $mnt/box/letter
keyctl link @u @s
same "linked, it opens the file" secret cat $mnt/box/letter
umount $mnt
finish
