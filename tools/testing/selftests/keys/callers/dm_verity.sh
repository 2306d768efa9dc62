#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# dm-verity: the root hash of a volume comes with a signature in a user key that
# the table names; a key of .builtin_trusted_keys must have made it.
# packages: cryptsetup-bin dmsetup
# seconds: 90
# append: dm_verity.require_signatures=1
. "$(dirname "$0")/lib.sh"

dir=/tmp/verity
mkdir -p $dir/mnt
cd $dir || exit

make_volume() {
	truncate -s 4M data hash &&
		mkfs.ext4 -q -b 4096 -d "$1" data &&
		veritysetup format --salt=- --root-hash-file=root data hash
}

# sign OUT KEY CERTIFICATE
sign() {
	openssl smime -sign -nocerts -noattr -binary -in root -inkey "$2" -signer "$3" \
		-outform der -out "$1"
}

open() {
	veritysetup open "$@" data verity hash "$(cat root)"
}

mounted() {
	mount -o ro /dev/mapper/verity mnt && cat mnt/letter && umount mnt
}

signature_keys() {
	grep -c 'cryptsetup:\|user *veritysetup' /proc/keys
}

# by_key DESCRIPTION: as a program does that has no libcryptsetup
by_key() {
	dmsetup create verity --readonly --table "0 8192 verity 1 $loop_data $loop_hash \
		4096 4096 1024 1 sha256 $(cat root) - 2 root_hash_sig_key_desc $1" &&
		dmsetup mknodes
}

mkdir -p files
echo secret >files/letter
check "a volume with a tree of hashes is made" make_volume files
builtin=$KERNEL_BUILD/certs/signing_key
sign good $builtin.pem $builtin.pem
openssl req -x509 -newkey rsa:2048 -nodes -keyout other.pem -out other.crt -subj /CN=other \
	-days 30 2>/dev/null
sign bad other.pem other.crt

refuse "no volume without a signature" "Required key|reload ioctl|table" open
refuse "none with a signature of an unknown key" "Required key|[Ss]ignature|reload" \
	open --root-hash-signature=bad
check "the signature of the builtin key opens the volume" open --root-hash-signature=good
same "its file is there" secret mounted
same "no key of the signature is left over" 0 signature_keys
veritysetup close verity

loop_data=$(losetup -r -f --show data)
loop_hash=$(losetup -r -f --show hash)
refuse "the table names a key that isn't there" "ioctl.*failed" by_key scene:root
keyctl padd user scene:root @s <bad >/dev/null
refuse "the key has a wrong signature" "ioctl.*failed" by_key scene:root
keyctl padd user scene:root @s <good >/dev/null
check "the key has the right signature" by_key scene:root
same "the file is there by that, too" secret mounted
dmsetup remove verity

keyctl setperm "$(keyctl search @s user scene:root)" 0x37000000
refuse "a key without Search is not found" "ioctl.*failed" by_key scene:root

# The key that is trusted signs another root: not that of this volume.
cp root root.right
tr 0123456789abcdef 123456789abcdef0 <root.right >root
sign else $builtin.pem $builtin.pem
mv root.right root
refuse "a signature of another root is refused" "ioctl|[Ss]ignature|reload" \
	open --root-hash-signature=else
finish
