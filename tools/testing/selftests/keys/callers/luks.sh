#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# cryptsetup(8), LUKS2: a token names the key that is the passphrase, and the
# kernel gets the volume key from a logon key in cryptsetup's thread keyring.
# packages: cryptsetup-bin dmsetup
# seconds: 90
# short
. "$(dirname "$0")/lib.sh"

disk=/tmp/disk
name=luks
map=/dev/mapper/$name
mkdir -p /tmp/mnt

format() {
	truncate -s 32M $disk
	printf hunter2 | cryptsetup luksFormat --batch-mode --type luks2 --key-file - \
		--pbkdf pbkdf2 --pbkdf-force-iterations 1000 $disk &&
		cryptsetup token add --key-description scene:pass $disk
}

by_token() {
	cryptsetup open --token-only $disk $name && return
	local status=$?
	echo "status $status"
	return $status
}

by_passphrase() {
	printf %s "$1" | cryptsetup open --key-file - $disk $name
}

use() {
	mkfs.ext4 -q $map && mount $map /tmp/mnt && echo secret >/tmp/mnt/letter &&
		umount /tmp/mnt
}

letter() {
	mount -o ro $map /tmp/mnt && cat /tmp/mnt/letter && umount /tmp/mnt
}

no_volume_key() {
	! grep 'logon *cryptsetup:' /proc/keys
}

key_of_volume() {
	dmsetup table --showkeys $name | grep -o ':64:logon:cryptsetup:[-0-9a-f]*-d0'
}

check "a LUKS2 volume with a token is made" format
refuse "no key, no volume" "status [12]" by_token
keyctl add user scene:pass wrong @s >/dev/null
refuse "a key with a wrong passphrase opens nothing" "status [12]" by_token
keyctl add user scene:pass hunter2 @s >/dev/null
check "the key in the session keyring opens the volume" by_token
same "the volume's own key came as a logon key" \
	":64:logon:cryptsetup:$(cryptsetup luksUUID $disk)-d0" key_of_volume
check "the volume has a filesystem and a file" use
check "the volume is closed" cryptsetup close $name
check "its key is gone by that" wait_for 10 no_volume_key

keyctl unlink "$(keyctl search @s user scene:pass)" @s
keyctl add user scene:pass hunter2 @u >/dev/null
refuse "a user keyring that isn't linked to the session is not searched" "status [12]" by_token
keyctl link @u @s
check "linked, its key opens the volume" by_token
same "the file is there" secret letter
check "the volume is closed again" cryptsetup close $name

no_search() {
	keyctl setperm "$(keyctl search @u user scene:pass)" 0x37000000
}

check "the key loses Search" no_search
refuse "a key without Search opens nothing" "status [12]" by_token
refuse "a wrong passphrase opens nothing" "No key available" by_passphrase wrong
check "the passphrase does" by_passphrase hunter2

suspended() {
	dmsetup info -c --noheadings -o suspended $name
}

resume() {
	printf %s "$1" | cryptsetup luksResume --key-file - $name
}

check "the volume is suspended" cryptsetup luksSuspend $name
same "it is so, and its key is wiped" Suspended suspended
refuse "a wrong passphrase resumes nothing" "No key available" resume wrong
check "the passphrase does" resume hunter2
same "the file is still there" secret letter

resume_by_token() {
	keyctl add user scene:pass hunter2 @s
	cryptsetup luksSuspend $name && cryptsetup luksResume --token-only $name </dev/null
}

check "the key resumes it, too" resume_by_token
same "with the same file" secret letter
check "the volume is closed for the last time" cryptsetup close $name
check "no key of the volume is left over" wait_for 10 no_volume_key
finish
