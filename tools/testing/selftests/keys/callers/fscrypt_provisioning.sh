#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# A key of type fscrypt-provisioning holds a filesystem's key while the
# filesystem is not mounted: FS_IOC_ADD_ENCRYPTION_KEY takes it by its serial.
# packages: e2fsprogs python3
# seconds: 300
. "$(dirname "$0")/lib.sh"

mnt=/tmp/prov
mount_encryptable $mnt
mkdir $mnt/box
useradd ann

# add SERIAL: prints the identifier that the filesystem gives to the key
cat >/tmp/add <<-'END'
	import fcntl, os, struct, sys
	ADD_KEY, BY_IDENTIFIER = 0xC0506617, 2
	arg = bytearray(struct.pack("II32sIi32x", BY_IDENTIFIER, 0, b"", 0, int(sys.argv[2])))
	fcntl.ioctl(os.open(sys.argv[1], os.O_RDONLY), ADD_KEY, arg)
	print(arg[8:24].hex())
END

# policy IDENTIFIER: the directory's, of version 2, XTS and CTS
cat >/tmp/policy <<-'END'
	import fcntl, os, struct, sys
	SET_POLICY = 0x800C6613
	fcntl.ioctl(os.open(sys.argv[1], os.O_RDONLY), SET_POLICY,
	            struct.pack("BBBBB3x16s", 2, 1, 4, 0, 0, bytes.fromhex(sys.argv[2])))
END

# provision FILE: a key of its bytes, behind the number of identifiers' kind
provision() {
	{ printf '\2\0\0\0\0\0\0\0'; cat "$1"; } |
		keyctl padd fscrypt-provisioning disk @s
}

add() {
	python3 /tmp/add $mnt "$1"
}

add_by_ann() {
	as ann python3 /tmp/add $mnt "$1"
}

remount() {
	umount $mnt && mount "$(losetup -f --show /tmp/disk)" $mnt
}

head -c 64 /dev/urandom >/tmp/raw
head -c 64 /dev/urandom >/tmp/other
key=$(provision /tmp/raw)
check "the filesystem takes the key" add "$key"
identifier=$(add "$key")
check "a directory has a policy of that key" python3 /tmp/policy $mnt/box "$identifier"
echo secret >$mnt/box/letter
check "the filesystem is unmounted and mounted" remount
refuse "the file is not there" "No such file" cat $mnt/box/letter
same "the filesystem takes the same key" "$identifier" add "$key"
same "the file is read" secret cat $mnt/box/letter
refuse "nobody reads the key" "Operation not supported" keyctl pipe "$key"
check "the filesystem is unmounted and mounted again" remount
refuse "a user without that key can't add it" "PermissionError|not available" add_by_ann "$key"
keyctl setperm "$key" 0x37000000
refuse "nor can its owner without Search" "PermissionError" add "$key"
keyctl unlink "$key" @s
key=$(keyctl add user disk 0123456789012345678901234567890123456789 @s)
refuse "a key of another type is no key of a filesystem" "Key was rejected|Required key" add "$key"
refuse "so the file is not there" "No such file" cat $mnt/box/letter
key=$(provision /tmp/other)
add "$key" >/dev/null
refuse "nor with another key" "No such file" cat $mnt/box/letter
umount $mnt
finish
