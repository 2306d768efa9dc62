#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Ceph, with a monitor, an OSD and an MDS here. The kernel's client takes a secret
# from a key of type "ceph": mount.ceph(8) and rbd(8) add one for the moment, or
# the mount names one that is there.
# packages: ceph-common ceph-mds ceph-mon ceph-osd keyutils python3-rados
# seconds: 240
# guest: MEM=3G
# shellcheck disable=SC1091,SC2016 # lib.sh is beside this file; a shell inside
# expands what is in single quotes
. "$(dirname "$0")/lib.sh"

dir=/srv/ceph
cluster=11111111-2222-3333-4444-555555555555
disk=11111111-2222-3333-4444-666666666666
ip link set lo up
mkdir -p $dir/mon $dir/osd $dir/mds /etc/ceph /mnt/c
# Nothing is to be written to the directory itself.
mount -t tmpfs -o ro none /mnt/c
cat >/etc/ceph/ceph.conf <<END
[global]
fsid = $cluster
mon host = 127.0.0.1
public addr = 127.0.0.1
auth cluster required = cephx
auth service required = cephx
auth client required = cephx
keyring = $dir/keyring
mon data = $dir/mon
osd data = $dir/osd
mds data = $dir/mds
run dir = $dir
log file =
debug none = 0
mon allow pool size one = true
osd objectstore = memstore
memstore device bytes = 268435456
osd crush chooseleaf type = 0
osd pool default size = 1
osd pool default min size = 1
END

# --- the cluster: its users and their secrets, each in a file of its own, too
for user in daemons known alice reader; do
	ceph-authtool --gen-print-key >/tmp/$user.secret
	base64 -d /tmp/$user.secret >/tmp/$user
done
# entity NAME USER MON OSD MDS: what the cluster knows of it; the last are its rights
entity() {
	printf '[%s]\nkey = %s\ncaps mon = "allow %s"\ncaps osd = "allow %s"\ncaps mds = "allow %s"\n' \
		"$1" "$(cat "/tmp/$2.secret")" "${@:3}"
}
for name in mon. osd.0 mds.a client.admin; do
	entity $name daemons '*' '*' '*'
done >$dir/keyring
entity client.known known r rw rw >>$dir/keyring
# The other two are in no file that mount.ceph reads.
{
	cat $dir/keyring
	entity client.alice alice r rwx rw
	entity client.reader reader r r r
} >/tmp/keyring
monmaptool --create --fsid $cluster --addv a '[v2:127.0.0.1:3300,v1:127.0.0.1:6789]' /tmp/monmap >/dev/null
ceph-mon --mkfs -i a --monmap /tmp/monmap --keyring /tmp/keyring
ceph-mon -f -i a >/tmp/mon.log 2>&1 &
cat >/tmp/setup.py <<END
import json, rados
cluster = rados.Rados(conffile="/etc/ceph/ceph.conf")
cluster.connect(timeout=100)
def command(prefix, **words):
    code, _, why = cluster.mon_command(json.dumps(dict(words, prefix=prefix)), b"")
    if code:
        print("#", prefix, code, why)
command("osd new", uuid="$disk")
command("osd crush add", id=0, weight=1.0, args=["root=default", "host=here"])
for pool in "meta", "data", "disks":
    command("osd pool create", pool=pool, pg_num=1)
command("fs new", fs_name="fs", metadata="meta", data="data")
END
python3 /tmp/setup.py
ceph-osd --mkfs -i 0 --osd-uuid $disk >/tmp/osd.log 2>&1
ceph-osd -f -i 0 >>/tmp/osd.log 2>&1 &
ceph-mds -f -i a >/tmp/mds.log 2>&1 &

# mounts COMMAND...: and what the kernel tells of it
mounts() {
	local status
	dmesg -C
	timeout 60 "$@"
	status=$?
	dmesg | sed -n 's/.*libceph: //p'
	return $status
}
# helper OPTIONS: mount.ceph mounts
helper() {
	mounts mount.ceph 127.0.0.1:/ /mnt/c -o "$1"
}
# by_key OPTIONS [MONITOR]: the kernel itself mounts, and looks for the key
by_key() {
	mounts mount -i -t ceph "${2:-127.0.0.1}:/" /mnt/c -o "$1"
}
# then_unmount COMMAND...
then_unmount() {
	local status
	"$@"
	status=$?
	umount /mnt/c || status=1
	return $status
}
# add NAME USER [KEYRING]: adds the secret of the user by that name, prints its id
add() {
	keyctl padd ceph "client.$1" "${3:-@s}" <"/tmp/$2"
}
# ceph_keys: those that who calls this may see
ceph_keys() {
	sed -n 's/^0*\([0-9a-f]*\) .* ceph *$/0x\1/p' /proc/keys
}
no_ceph_key() {
	[ -z "$(ceph_keys)" ]
}
a_ceph_key() {
	[ -n "$(ceph_keys)" ]
}
active() {
	ceph mds stat | grep -q up:active
}
check "the cluster is up" wait_for 100 active

# --- mount.ceph
check "mount.ceph mounts with a secret" helper "name=alice,secret=$(cat /tmp/alice.secret)"
check "a file is written" then_unmount bash -c 'echo words of alice >/mnt/c/file'
check "it mounts with a secret in a file" helper name=alice,secretfile=/tmp/alice.secret
same "what was written is read" "words of alice" cat /mnt/c/file
same "the list of mounts hides the secret" "secret=<hidden>" grep -o 'secret=[^, ]*' /proc/mounts
check "no key is left of it" then_unmount wait_for 20 no_ceph_key
mount.ceph 127.0.0.1:9:/ /mnt/c -o name=alice,secretfile=/tmp/alice.secret,mount_timeout=20 2>/dev/null &
helper=$!
check "while it waits for a monitor there is a key of the secret" wait_for 30 a_ceph_key
same "that has the user's name" "ceph;0;0;39010000;client.alice" keyctl rdescribe "$(ceph_keys)"
refuse "the key is not in the session" "Required key not available" \
	keyctl search @s ceph client.alice
refuse "nor in root's user keyring" "Required key not available" keyctl search @u ceph client.alice
wait $helper
check "it goes with the process" wait_for 20 no_ceph_key
check "mount.ceph takes a secret of the keyring that ceph.conf names" helper name=known
same "that user reads, too" "words of alice" then_unmount cat /mnt/c/file
refuse "a wrong secret is refused" "authentication failed: -13" \
	helper "name=alice,secret=$(cat /tmp/reader.secret)"
refuse "without any it is refused" "no secret set" helper name=alice
limit=$(cat /proc/sys/kernel/keys/root_maxkeys)
echo 1 >/proc/sys/kernel/keys/root_maxkeys
refuse "root that may have no more keys can't mount" "secret key to kernel failed: Disk quota exceeded" \
	\
	helper name=alice,secretfile=/tmp/alice.secret
echo "$limit" >/proc/sys/kernel/keys/root_maxkeys

# --- a key of the session
key=$(add alice alice)
same "root adds a secret as a key" "ceph;0;0;39010000;client.alice" keyctl rdescribe "$key"
refuse "even root does not read it back" "Operation not supported" keyctl pipe "$key"
refuse "nobody may update it" "Permission denied" keyctl pupdate "$key" </tmp/alice
keyctl setperm "$key" 0x3f010000
refuse "nor can anybody who may" "Operation not supported" keyctl pupdate "$key" </tmp/alice
check "mount.ceph without a secret finds the key" helper name=alice
same "that user reads and writes" "words of alice" \
	then_unmount bash -c 'cat /mnt/c/file && echo again >/mnt/c/again'
same "it has left the key in root's user keyring" "$key" keyctl search @u ceph client.alice
keyctl unlink "$key" @u
check "the kernel finds the key by its name" by_key name=alice,key=client.alice
keyctl revoke "$key"
same "the mount needs the key no more" "again" \
	then_unmount bash -c 'echo more >/mnt/c/more && cat /mnt/c/again'
refuse "a revoked key is refused" "revoked key: client.alice" by_key name=alice,key=client.alice
key=$(add alice alice)
check "a new key of the name takes its place" then_unmount by_key name=alice,key=client.alice
keyctl timeout "$key" 1
sleep 2
refuse "an expired key is none" "key not found: client.alice" by_key name=alice,key=client.alice
keyctl unlink "$key" @s
refuse "without a key of the name it is refused" "key not found: client.alice" \
	by_key name=alice,key=client.alice
add of-mine alice >/dev/null
check "a key may have any name" then_unmount by_key name=alice,key=client.of-mine
check "it may be used for the encrypted protocol" \
	then_unmount by_key name=alice,key=client.of-mine,ms_mode=secure 127.0.0.1:3300
echo 127.0.0.1 monitor.example >>/etc/hosts
check "the kernel has the monitor's name resolved" \
	then_unmount by_key name=alice,key=client.of-mine monitor.example
add reader reader >/dev/null
refuse "a key with another's secret is refused" "authentication failed: -13" \
	by_key name=alice,key=client.reader
check "the other mounts with it" by_key name=reader,key=client.reader
same "he reads" "words of alice" cat /mnt/c/file
refuse "but he may not write" "Permission denied" then_unmount bash -c 'echo x >/mnt/c/other'

# --- where the key is looked for
key=$(add alice alice @u)
refuse "the user keyring is not searched if the session has no link to it" "key not found: client.alice" \
	\
	by_key name=alice,key=client.alice
keyctl link @u @s
check "with a link it is" then_unmount by_key name=alice,key=client.alice
keyctl unlink @u @s
keyctl unlink "$key" @u
key=$(keyctl newring deep "$(keyctl newring ring @s)")
add alice alice "$key" >/dev/null
check "a keyring in a keyring of the session is searched" \
	then_unmount by_key name=alice,key=client.alice
keyctl clear "$key"
key=$(add alice alice)
export -f by_key mounts
refuse "in another session the key is not found" "key not found: client.alice" \
	keyctl session - bash -c 'by_key name=alice,key=client.alice'
keyctl chown "$key" "$(id -u nobody)"
check "a key in the session may be another user's" then_unmount by_key name=alice,key=client.alice
keyctl chown "$key" 0
keyctl setperm "$key" 0x31010000
refuse "one that is not to be searched is refused" "key error -13: client.alice" \
	by_key name=alice,key=client.alice
keyctl unlink "$key" @s
echo 'create ceph client.* * |/usr/bin/tee /tmp/asked' >/etc/request-key.d/ceph.conf
refuse "the kernel asks no program for the key" "key not found: client.alice" \
	by_key name=alice,key=client.alice
check "nothing was asked" test ! -e /tmp/asked
rm /etc/request-key.d/ceph.conf
keyctl request2 ceph client.alice x @s >/dev/null 2>&1
refuse "a key that request-key(8) could not make is none" "key not found: client.alice" \
	by_key name=alice,key=client.alice
add alice alice >/dev/null
check "one that is added later takes its place" then_unmount by_key name=alice,key=client.alice
echo 'create ceph client.made * |/usr/bin/cat /tmp/alice' >/etc/request-key.d/ceph.conf
keyctl request2 ceph client.made x @s >/dev/null
check "a key that request-key(8) made is found" then_unmount by_key name=alice,key=client.made

# --- other users
key=$(keyctl search @s ceph client.alice)
refuse "another user does not see the key" "Permission denied" as nobody keyctl rdescribe "$key"
refuse "nor does he use it" "Permission denied" as nobody keyctl link "$key" @s
same "the list of keys does not show it to him" 0 as nobody grep -c ' ceph *$' /proc/keys
# 28 bytes of payload, 13 of the name, 4 of the link
same "he has his own, is charged for it, and sees it in the list" "ceph;65534;65534;39010000;client.alice 45 1" as nobody bash -c '
	charged() {
		grep "^ *65534:" /proc/key-users | sed "s,.* \([0-9]*\)/[0-9]*$,\1,"
	}
	before=$(charged)
	key=$(keyctl padd ceph client.alice @s </tmp/alice)
	echo "$(keyctl rdescribe $key) $(($(charged) - before)) $(grep -c " ceph *$" /proc/keys)"'

# --- disks of RBD
# map NAME: the kernel maps the image with the key of that name
map() {
	echo "127.0.0.1:6789 name=alice,key=client.$1 disks disk -" >/sys/bus/rbd/add_single_major
}
# disk: its first bytes. Ends the mapping.
disk() {
	head -c 16 /dev/rbd0
	rbd unmap -o noudev /dev/rbd0
}
rbd create --size 8M --image-feature layering disks/disk
check "rbd maps an image with a secret in a file" \
	rbd map -o noudev --id alice --keyfile /tmp/alice.secret disks/disk
printf 'data of the disk' | dd of=/dev/rbd0 conv=fsync status=none
same "the image is read" "data of the disk" disk
check "the kernel maps it with a key of the session" map alice
same "what was written is read from the OSD" "data of the disk" disk
refuse "without a key it does not" "Operation not permitted" map nobody
keyctl clear @s
check "when the session is cleared no key is left" wait_for 20 no_ceph_key

# --- payloads: type, seconds, nanoseconds, length; then the secret itself
# payload WORDS: adds a key of that payload
payload() {
	printf %b "$1" | keyctl padd ceph client.odd @s
}
when='\0\0\0\0\0\0\0\0'
good="\1\0$when\020\0sixteen-letters."
refuse "no payload at all" "Invalid argument" payload ''
refuse "one that ends within the time" "Invalid argument" payload '\1\0\0\0\0'
refuse "one that ends within the secret" "Invalid argument" payload "\1\0$when\020\0tooshort"
refuse "a secret that is too long" "Invalid argument" payload "\1\0$when\021\0seventeen-letters"
refuse "one that AES does not take" "Invalid argument" payload "\1\0$when\03\0abc"
refuse "one of a cipher that nobody knows" "Unknown error 524" \
	payload "\7\0$when\020\0sixteen-letters."
check "one without a cipher is taken" payload "\0\0$when\0\0"
check "so is one with more behind it, up to 32767 bytes" payload "$good$(printf %032739d 0)"
refuse "no payload of 32768 bytes" "Invalid argument" payload "$good$(printf %032740d 0)"
finish
