#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# fscrypt(1) with policies of version 2, on ext4 and f2fs: the filesystem keeps
# the key of a directory, and charges it to each user by a key of that user's.
# packages: f2fs-tools fscrypt libpam-fscrypt
# seconds: 120
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/fscrypt.bash"

mkdir -p /tmp/fs
disk=/tmp/fs/disk
mnt=/tmp/fs/mnt

# new_disk TYPE OPTION...: an empty filesystem at $mnt, ready for fscrypt
new_disk() {
	local type=$1
	shift
	truncate -s 64M $disk.$type
	"mkfs.$type" -q "$@" $disk.$type >/dev/null && mkdir -p $mnt &&
		mount "$(losetup -f --show "$disk.$type")" $mnt &&
		echo y | fscrypt setup --quiet --all-users $mnt
}

# unlock USER PASSPHRASE DIRECTORY
unlock() {
	printf '%s\n' "$2" | as "$1" fscrypt unlock --quiet "$3"
}

# Who has a key of a directory? Only the user sees the key of type .fscrypt.
key_users() {
	local user
	for user in ann bob; do
		as $user grep -q '\.fscrypt *[0-9a-f]*\.uid\.' /proc/keys && echo $user
	done
}

quiet_cat() {
	as "$1" cat "$2" 2>&1
}

configure 2 false
useradd -m ann
useradd -m bob
new_disk ext4 -O encrypt
install -d -o ann -g ann -m 755 $mnt/ann
install -d -o bob -g bob -m 755 $mnt/bob
head -c 32 /dev/urandom >/tmp/fs/raw
chown bob /tmp/fs/raw

encrypt_ann() {
	printf 'hunter2\n' | as ann fscrypt encrypt --quiet --source=custom_passphrase \
		--name=ann $mnt/ann
}

encrypt_bob() {
	as bob fscrypt encrypt --quiet --source=raw_key --key=/tmp/fs/raw --name=bob $mnt/bob
}

check "a passphrase encrypts a directory" encrypt_ann
check "a raw key encrypts another one" encrypt_bob
same "both users are charged for their keys" $'ann\nbob' key_users
as ann sh -c "echo secret >$mnt/ann/letter"
as bob sh -c "echo other >$mnt/bob/letter"
same "ann reads the file" secret quiet_cat ann $mnt/ann/letter

check "ann locks the directory" as ann fscrypt lock --quiet $mnt/ann
same "the key of the directory is gone" bob key_users
refuse "nobody reads the file after that" "No such file" cat $mnt/ann/letter
refuse "and nobody makes one" "Required key not available" as ann touch $mnt/ann/new
same "bob's directory is as before" other quiet_cat bob $mnt/bob/letter

refuse "a wrong passphrase unlocks nothing" "incorrect" unlock ann wrong $mnt/ann
check "the passphrase unlocks the directory" unlock ann hunter2 $mnt/ann
same "ann reads the file again" secret quiet_cat ann $mnt/ann/letter
same "root does, too" secret cat $mnt/ann/letter

root_unlocks() {
	printf 'hunter2\n' | fscrypt unlock --quiet --user=ann $mnt/ann
}

root_locks() {
	fscrypt lock --quiet --all-users $mnt/ann
}

remount() {
	umount $mnt && mount "$(losetup -f --show "$disk.ext4")" $mnt
}

check "root locks for all users" root_locks
refuse "so nobody reads the file" "No such file" cat $mnt/ann/letter
check "root unlocks as ann" root_unlocks
same "so ann reads the file" secret quiet_cat ann $mnt/ann/letter
check "the filesystem is unmounted and mounted" remount
same "no key is left" "" key_users
refuse "nor data" "No such file" cat $mnt/ann/letter
check "the passphrase is still right" unlock ann hunter2 $mnt/ann
same "and the data is there" secret quiet_cat ann $mnt/ann/letter
umount $mnt

f2fs() {
	new_disk f2fs -O encrypt
	install -d -o ann -g ann $mnt/ann
	encrypt_ann && as ann sh -c "echo flash >$mnt/ann/letter" &&
		as ann fscrypt lock --quiet $mnt/ann && ! cat $mnt/ann/letter &&
		unlock ann hunter2 $mnt/ann
}

check "f2fs: encrypt, lock, unlock" f2fs
same "f2fs: the data is there" flash quiet_cat ann $mnt/ann/letter
umount $mnt
finish
