#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# NVMe over TCP, both ends here: in-band authentication, both ways; and TLS keys
# (PSK), which both look up by name in the keyring .nvme; tlshd(8) shakes hands.
# packages: keyutils libglib2.0-0 libgnutls30 libnl-genl-3-200 nvme-cli
# build: tlshd
# seconds: 200
# shellcheck disable=SC1091 # lib.sh is beside this file
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/tls.bash"

config=/sys/kernel/config/nvmet
mount -t configfs none /sys/kernel/config 2>/dev/null
id=11111111-2222-3333-4444-555555555555
host=nqn.2020-01.example:host
subsystem=nqn.2020-01.example:disk
secret=$(nvme gen-dhchap-key -n $host)
control=$(nvme gen-dhchap-key -n $subsystem)
wrong=$(nvme gen-dhchap-key -n $host)

truncate -s 8M /tmp/disk
printf 'data of the disk' | dd of=/tmp/disk conv=notrunc status=none
mkdir $config/subsystems/$subsystem $config/hosts/$host
cd $config/subsystems/$subsystem || exit 1
mkdir namespaces/1
echo -n "$(losetup -f --show /tmp/disk)" >namespaces/1/device_path
echo 1 >namespaces/1/enable
echo 0 >attr_allow_any_host
ln -s $config/hosts/$host allowed_hosts/
echo -n "$secret" >$config/hosts/$host/dhchap_key
echo -n "$control" >$config/hosts/$host/dhchap_ctrl_key
cd /

# new_port SERVICE TSAS: the target listens there; with or without TLS
new_port() {
	local port=$config/ports/$1
	mkdir "$port"
	echo tcp >"$port/addr_trtype"
	echo ipv4 >"$port/addr_adrfam"
	echo 127.0.0.1 >"$port/addr_traddr"
	echo "$1" >"$port/addr_trsvcid"
	echo "$2" >"$port/addr_tsas"
	ln -s "$config/subsystems/$subsystem" "$port/subsystems/"
}
new_port 4420 none
new_port 4421 tls1.3

# read_disk: prints the beginning of the disk that has just been connected
read_disk() {
	wait_for 20 bash -c 'ls /dev/nvme*n1'
	head -c 16 /dev/nvme*n1
}

disconnect() {
	nvme disconnect -n $subsystem >/dev/null
}

# disk ARGUMENT...: connects, prints the beginning of the disk, disconnects
disk() {
	timeout 120 nvme connect -t tcp -a 127.0.0.1 -s 4420 -n $subsystem -q $host \
		-I $id --ctrl-loss-tmo=0 --nr-io-queues=1 --keep-alive-tmo=120 "$@" >/dev/null || return
	read_disk
	disconnect
}
same "with both secrets the disk is read" "data of the disk" disk -S "$secret" -C "$control"
same "with the host's secret alone it is read" "data of the disk" disk -S "$secret"
refuse "with a wrong secret the target refuses" . disk -S "$wrong"
refuse "with no secret the target refuses" . disk
refuse "the host refuses a target that has another secret" . disk -S "$secret" -C "$wrong"

# --- TLS
psk="NVMe0R01 $host $subsystem"
for name in psk other; do
	head -c 32 /dev/urandom >/tmp/$name
done
same "the kernel's keyring for TLS is root's" "keyring;0;0;1f1f0000;.nvme" keyctl rdescribe %:.nvme
ring=$(keyctl id %:.nvme)

# tls OPTION: the host connects with TLS, as "nvme connect" of later versions does
tls() {
	printf %s "transport=tcp,traddr=127.0.0.1,trsvcid=4421,nqn=$subsystem,hostnqn=$host,hostid=$id,dhchap_secret=$secret,ctrl_loss_tmo=0,nr_io_queues=1,keep_alive_tmo=120,tls$1" \
		>/dev/nvme-fabrics
}

# key_of_connection: the number of the key that the connected host has
key_of_connection() {
	printf '%d\n' "0x$(cat /sys/class/nvme/nvme*/tls_key)"
}

# tls_do OPTION COMMAND...: a command, while the host is connected
tls_do() {
	local status
	tls "$1" || return
	shift
	"$@"
	status=$?
	disconnect
	return $status
}

# new_ring NAME FILE: a keyring of one's own with a key of the same name
new_ring() {
	keyctl newring "$1" @s >/dev/null
	keyctl padd psk "$psk" "%:$1" <"/tmp/$2" >/dev/null
	keyctl id "%:$1"
}

holds_a_key() {
	[ -n "$(keyctl rlist "$ring")" ]
}

holds_no_key() {
	! holds_a_key
}

without_tlshd() {
	refuse "TLS without a key: the host finds none" "Required key not available" tls ""
	key=$(keyctl padd psk "$psk" "$ring" </tmp/psk)
	same "root puts a key there by its name" "psk;0;0;3b010000;$psk" keyctl rdescribe "$key"
	refuse "even root does not read the key back" "Permission denied" keyctl pipe "$key"
	refuse "TLS with the key: the host finds it, but nobody shakes hands" "No such process" tls ""
	mine=$(new_ring mine psk)
	refuse "TLS with a keyring of one's own" "No such process" tls ",keyring=$mine"
	empty=$(keyctl newring empty @s)
	refuse "TLS with an empty keyring of one's own" "Required key not available" \
		tls ",keyring=$empty"
	refuse "a user adds none" "Permission denied" \
		as nobody keyctl add psk "$psk" x "$ring"
}

# The target looks for the key by the name that the host sends, in .nvme. tlshd has
# a session of its own; the kernel links the keyring for it.
with_tlshd() {
	local text="data of the disk"
	printf '[debug]\nloglevel=1\n' >/tmp/tlshd.conf
	start_tlshd
	check "tlshd finds the keyring by its name" \
		wait_for 20 grep -q "Keyring '.nvme' linked" /tmp/tlshd.log
	same "with the key at both ends the disk is read" "$text" tls_do "" read_disk
	same "the host says which key the connection has" "$key" tls_do "" key_of_connection
	same "the key may be named by its number" "$text" tls_do ",tls_key=$key" read_disk
	refuse "without TLS this port refuses" . disk -S "$secret" -s 4421
}

with_keyrings_of_ones_own() {
	local theirs
	theirs=$(new_ring theirs other)
	refuse "tlshd does not get at a keyring that it may not link" . tls ",keyring=$mine"
	keyctl setperm "$mine" 0x3f110000
	keyctl setperm "$theirs" 0x3f110000
	same "it gets at one that it may link" "data of the disk" tls_do ",keyring=$mine" read_disk
	refuse "with another key of that name the target refuses" . tls ",keyring=$theirs"
}

# A name of this form ends with a digest of the key, which the host does not know.
with_a_digest() {
	local digest digested
	digest=$(openssl sha256 -binary /tmp/other | base64)
	digested=$(keyctl padd psk "NVMe1R01 ${psk#* } $digest" "$ring" </tmp/other)
	same "the host finds a key by the beginning of its name, and prefers it" "$digested" \
		tls_do "" key_of_connection
	keyctl unlink "$digested" "$ring"
	same "without it the host takes the other one" "$key" tls_do "" key_of_connection
}

revoke_and_read() {
	keyctl revoke "$key"
	read_disk
}

keys_that_end() {
	local text="data of the disk"
	keyctl link "$ring" @s
	check "root reads the key when its session has the keyring" \
		cmp /tmp/psk <(keyctl pipe "$key")
	same "a connection outlives the revocation of its key" "$text" tls_do "" revoke_and_read
	refuse "there is none with a revoked key" "Required key not available" tls ""
	refuse "nor if its number is given" "Key has been revoked" tls ",tls_key=$key"
	key=$(keyctl padd psk "$psk" "$ring" </tmp/psk)
	same "a new key takes its place" "$text" tls_do "" read_disk
	keyctl timeout "$key" 1
	sleep 2
	refuse "there is no connection with an expired key" "Required key not available" tls ""
	keyctl clear "$ring"
}

# A key of the type belongs to the network namespace of who added it. The host
# compares the beginnings of names alone.
of_another_namespace() {
	PSK=$psk RING=$ring unshare -n sh -c \
		"keyctl padd psk \"\$PSK\" \$RING </tmp/psk >/dev/null; exec sleep 1000" &
	wait_for 30 holds_a_key
	same "the host finds a key of whatever network namespace" "$(keyctl rlist "$ring")" \
		tls_do "" key_of_connection
	kill $!
	check "such a key ends with its namespace" wait_for 30 holds_no_key
	refuse "and is not found any more" "Required key not available" tls ""
}

without_tlshd
with_tlshd
with_keyrings_of_ones_own
with_a_digest
keys_that_end
of_another_namespace
stop_tlshd
[ $scene_failed = 0 ] || tail -n 40 /tmp/tlshd.log | sed 's/^/# /'
finish
