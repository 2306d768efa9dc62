#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# eCryptfs finds the key of a mount, by its signature, in the keyrings of the
# process that mounts: a user key of ecryptfs-utils, or an encrypted key.
# packages: ecryptfs-utils
# seconds: 80
. "$(dirname "$0")/lib.sh"

lower=/tmp/lower
upper=/tmp/upper
mkdir -p $lower $upper

# add PASSPHRASE: prints the signature
add() {
	printf %s "$1" | ecryptfs-add-passphrase - | sed -n 's/.*sig \[\([0-9a-f]*\)\].*/\1/p'
}

mount_by() {
	mount -i -t ecryptfs $lower $upper \
		-o "ecryptfs_sig=$1,ecryptfs_cipher=aes,ecryptfs_key_bytes=16"
}

letter() {
	cat $upper/letter
}

lower_has_secret() {
	grep -q "a secret text" $lower/letter
}

signature=$(add hunter2)
check "the passphrase is a key in @u, named by its signature" \
	keyctl search @u user "$signature"
refuse "it is not found while @u is not linked to the session" \
	"Required key not available|No such file" mount_by "$signature"
keyctl link @u @s
check "linked, it mounts the directory" mount_by "$signature"
echo "a secret text" >$upper/letter
same "a file is written and read" "a secret text" letter
umount $upper
refuse "below, it is encrypted" "^$" lower_has_secret
check "the directory is mounted again" mount_by "$signature"
same "and the file is read" "a secret text" letter
umount $upper

drop() {
	keyctl unlink "$(keyctl search @u user "$1")" @u
}

check "the key is unlinked" drop "$signature"
refuse "nothing is mounted without it" "Required key not available|No such file" \
	mount_by "$signature"
other=$(add wrong)
mount_by "$other"
refuse "another passphrase does not read the file" "Invalid|Required key|Input/output|No such" \
	letter
umount $upper
same "the right one has the same signature again" "$signature" add hunter2
check "it mounts the directory" mount_by "$signature"
same "and reads the file" "a secret text" letter
umount $upper

keyctl add user kmk 'a secret of some length' @s >/dev/null
keyctl add encrypted 0123456789abcdef "new ecryptfs user:kmk 64" @s >/dev/null
check "an encrypted key mounts the directory" mount_by 0123456789abcdef
echo "another secret" >$upper/second
same "a file is written and read with it" "another secret" cat $upper/second
umount $upper
finish
