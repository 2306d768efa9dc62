#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# dm-crypt takes the key of a volume from a key of the caller, by its type and
# name; cryptsetup(8) finds passphrases and hands volume keys over that way.
# packages: cryptsetup-bin dmsetup xxd
# seconds: 90
. "$(dirname "$0")/lib.sh"

disk=/tmp/disk
name=crypt

truncate -s 32M $disk
loop=$(losetup -f --show $disk)

# create KEY [FIRST]: a plain volume
create() {
	dmsetup create $name --table "0 8192 crypt aes-xts-plain64 $1 0 $loop 0"
	dmsetup mknodes
}

first_of() {
	head -c 16 "$1"
}

put() {
	printf %-512s "$1" | dd of=/dev/mapper/$name conv=fsync status=none
}

got() {
	dmsetup create again --table "0 8192 crypt aes-xts-plain64 $1 0 $loop 0" || return
	dmsetup mknodes
	first_of /dev/mapper/again
	dmsetup remove again
}

hex=$(printf %s 0123456789abcdef0123456789abcdef | xxd -p -c 64)
keyctl add user disk:u 0123456789abcdef0123456789abcdef @s >/dev/null
logon=$(keyctl add logon disk:l 0123456789abcdef0123456789abcdef @s)

check "a volume has a logon key by name" create ":32:logon:disk:l"
put "0123456789 data"
same "what it writes is as with the same key in the table" "0123456789 data " got "$hex"
same "and as with a user key" "0123456789 data " got ":32:user:disk:u"
keyctl unlink "$logon" @s
same "the volume needs the key no more" "0123456789 data " first_of /dev/mapper/$name
refuse "but no other volume finds the key" "Required key not available|ioctl.*failed" \
	got ":32:logon:disk:l"
refuse "a key of another length is refused" "Invalid argument|ioctl.*failed" \
	got ":64:user:disk:u"
refuse "a key without a colon is no logon key" "ioctl.*failed" got ":32:logon:disk"
keyctl add logon disk:l fedcba9876543210fedcba9876543210 @s >/dev/null

rekey() {
	dmsetup suspend $name && dmsetup message $name 0 key wipe &&
		dmsetup message $name 0 key set ":32:$1" && dmsetup resume $name
}

reread() {
	blockdev --flushbufs /dev/mapper/$name
	first_of /dev/mapper/$name | base64
}

check "a message changes the key to another one by name" rekey logon:disk:l
if [ "$(reread)" = "$(printf '0123456789 data ' | base64)" ]; then
	not_ok "the other key decrypts to something else"
else
	ok "the other key decrypts to something else"
fi
check "and back" rekey user:disk:u
same "the data is there" "$(printf '0123456789 data ' | base64)" reread
revoked=$(keyctl add user disk:r 0123456789abcdef0123456789abcdef @s)
keyctl revoke "$revoked"
refuse "a revoked key is refused" "ioctl.*failed" got ":32:user:disk:r"
dmsetup remove $name
finish
