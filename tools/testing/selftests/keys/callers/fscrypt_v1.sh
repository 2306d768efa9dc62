#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# fscrypt(1) with policies of version 1: the key of a directory is a logon key
# "ext4:DESCRIPTOR" in the user keyring, or one of the filesystem's own.
# packages: fscrypt libpam-fscrypt
# seconds: 120
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/fscrypt.bash"

mnt=/tmp/mnt

# login USER COMMAND...: a session as pam_keyinit makes it
login() {
	local user=$1
	shift
	# shellcheck disable=SC2016 # for that shell
	as "$user" sh -c 'keyctl link @u @s && exec "$@"' sh "$@"
}

# stay USER: the user is logged in from now on
stay() {
	login "$1" sleep 1000 &
	wait_for 10 pgrep -u "$1" sleep
}

# Other users may enter what is encrypted here: fscrypt would keep them out.
encrypt() {
	printf 'hunter2\n' | login "$1" fscrypt encrypt --quiet \
		--source=custom_passphrase --name="$1$2" "$mnt/$1$2" && chmod 755 "$mnt/$1$2"
}

unlock() {
	printf '%s\n' "$2" | login "$1" fscrypt unlock --quiet "$3"
}

# drop: the kernel forgets the names that it has decrypted
drop() {
	sync
	echo 2 >/proc/sys/vm/drop_caches
}

# root_locks USER DIRECTORY: only root can, since it must drop the caches
root_locks() {
	fscrypt lock --quiet --user="$1" "$2"
}

logon_keys() {
	grep -c 'logon *ext4:' /proc/keys
}

keys_of() {
	login "$1" keyctl show @u | grep -c 'logon: ext4:'
}

configure 1 false
useradd -m ann
useradd -m bob
mount_encryptable $mnt
echo y | fscrypt setup --quiet --all-users $mnt
install -d -o ann -g ann $mnt/ann1 $mnt/ann2
stay ann
stay bob

refuse "no directory is encrypted for a session without @u" "keyring" \
	sh -c "echo hunter2 | setpriv --reuid=ann --regid=ann --init-groups \
	keyctl session - fscrypt encrypt --quiet --source=custom_passphrase --name=x $mnt/ann1"
check "a directory is encrypted" encrypt ann 1
same "its key is in ann's user keyring" 1 keys_of ann
same "it isn't in bob's" 0 keys_of bob
login ann sh -c "echo secret >$mnt/ann1/letter"
drop
same "ann reads the file" secret login ann cat $mnt/ann1/letter
check "root locks it for ann" root_locks ann $mnt/ann1
same "there is no key any more" 0 keys_of ann
refuse "nobody reads the file after that" "No such file" login ann cat $mnt/ann1/letter
refuse "nor makes one" "Required key not available" login ann touch $mnt/ann1/new
refuse "a wrong passphrase unlocks nothing" "incorrect" unlock ann wrong $mnt/ann1
refuse "a user without the key can't read" "No such file" login bob cat $mnt/ann1/letter
check "the passphrase unlocks the directory" unlock ann hunter2 $mnt/ann1
same "ann reads the file again" secret login ann cat $mnt/ann1/letter
check "root locks it again" root_locks ann $mnt/ann1

root_unlocks() {
	printf 'hunter2\n' | fscrypt unlock --quiet --user=ann $mnt/ann1
}

remount() {
	umount $mnt && mount "$(losetup -f --show /tmp/disk)" $mnt
}

check "root unlocks for ann" root_unlocks
same "so ann reads the file" secret login ann cat $mnt/ann1/letter
check "the filesystem is unmounted and mounted" remount
same "ann's key is still there and opens the file" secret login ann cat $mnt/ann1/letter
check "root locks it for the last time" root_locks ann $mnt/ann1
refuse "now the file is closed" "No such file" login ann cat $mnt/ann1/letter

configure 1 true
root_encrypts() {
	printf 'hunter2\n' | fscrypt encrypt --quiet --source=custom_passphrase \
		--name=root $mnt/ann2 && chmod 755 $mnt/ann2
}

fs_unlock() {
	printf 'hunter2\n' | fscrypt unlock --quiet $mnt/ann2
}

refuse "a user may not add a key of version 1 to a filesystem" "root" encrypt ann 2
check "root encrypts a directory with a key of the filesystem" root_encrypts
same "no keyring has a key then" 0 logon_keys
echo kept >$mnt/ann2/letter
same "every user reads the file" kept login bob cat $mnt/ann2/letter
check "root locks the directory" fscrypt lock --quiet $mnt/ann2
refuse "no user reads the file" "No such file" login bob cat $mnt/ann2/letter
check "root unlocks the directory" fs_unlock
same "every user reads the file again" kept login bob cat $mnt/ann2/letter
kill "$(pgrep -u ann sleep)" "$(pgrep -u bob sleep)"
umount $mnt
finish
