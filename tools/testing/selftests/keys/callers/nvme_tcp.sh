#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# NVMe over TCP, both ends here: in-band authentication, both ways; and TLS keys
# (PSK), which the host looks up by name in the keyring .nvme.
# packages: keyutils nvme-cli
# seconds: 150
# shellcheck disable=SC1091 # lib.sh is beside this file
. "$(dirname "$0")/lib.sh"

config=/sys/kernel/config/nvmet
mount -t configfs none /sys/kernel/config 2>/dev/null
host=nqn.2014-08.org.nvmexpress:uuid:11111111-2222-3333-4444-555555555555
subsystem=nqn.2020-01.example:disk
secret=$(nvme gen-dhchap-key -n $host)
control=$(nvme gen-dhchap-key -n $subsystem)
wrong=$(nvme gen-dhchap-key -n $host)

truncate -s 8M /tmp/disk
printf 'data of the disk' | dd of=/tmp/disk conv=notrunc status=none
mkdir $config/subsystems/$subsystem $config/hosts/$host $config/ports/1
cd $config/subsystems/$subsystem || exit 1
mkdir namespaces/1
echo -n "$(losetup -f --show /tmp/disk)" >namespaces/1/device_path
echo 1 >namespaces/1/enable
echo 0 >attr_allow_any_host
ln -s $config/hosts/$host allowed_hosts/
echo -n "$secret" >$config/hosts/$host/dhchap_key
echo -n "$control" >$config/hosts/$host/dhchap_ctrl_key
cd $config/ports/1 || exit 1
echo tcp >addr_trtype
echo ipv4 >addr_adrfam
echo 127.0.0.1 >addr_traddr
echo 4420 >addr_trsvcid
ln -s $config/subsystems/$subsystem subsystems/
cd /

# disk ARGUMENT...: connects, prints the beginning of the disk, disconnects
disk() {
	timeout 120 nvme connect -t tcp -a 127.0.0.1 -s 4420 -n $subsystem -q $host \
		-I 11111111-2222-3333-4444-555555555555 --ctrl-loss-tmo=0 --nr-io-queues=1 --keep-alive-tmo=120 "$@" >/dev/null || return
	wait_for 20 bash -c 'ls /dev/nvme*n1'
	head -c 16 /dev/nvme*n1
	nvme disconnect -n $subsystem >/dev/null
}
same "with both secrets the disk is read" "data of the disk" disk -S "$secret" -C "$control"
same "with the host's secret alone it is read" "data of the disk" disk -S "$secret"
refuse "with a wrong secret the target refuses" . disk -S "$wrong"
refuse "with no secret the target refuses" . disk
refuse "the host refuses a target that has another secret" . disk -S "$secret" -C "$wrong"

# --- TLS
ring=%:.nvme
psk="NVMe0R01 $host $subsystem"
same "the kernel's keyring for TLS is root's" "keyring;0;0;1f1f0000;.nvme" keyctl rdescribe $ring
# tls OPTION: the host connects with TLS, as "nvme connect" of later versions does
tls() {
	printf %s "transport=tcp,traddr=127.0.0.1,trsvcid=4420,nqn=$subsystem,hostnqn=$host,hostid=11111111-2222-3333-4444-555555555555,tls$1" \
		>/dev/nvme-fabrics
}
refuse "TLS without a key: the host finds none" "Required key not available" tls ""
head -c 32 /dev/urandom >/tmp/psk
key=$(keyctl padd psk "$psk" $ring </tmp/psk)
same "root puts a key there by its name" "psk;0;0;3b010000;$psk" keyctl rdescribe "$key"
refuse "even root does not read the key back" "Permission denied" keyctl pipe "$key"
refuse "TLS with the key: the host finds it, but nobody shakes hands" "No such process" tls ""
keyctl newring mine @s >/dev/null
keyctl padd psk "$psk" %:mine </tmp/psk >/dev/null
refuse "TLS with a keyring of one's own" "No such process" tls ",keyring=$(keyctl id %:mine)"
refuse "TLS with an empty keyring of one's own" "Required key not available" \
	tls ",keyring=$(keyctl newring empty @s)"
ring=$(keyctl id $ring)
refuse "a user adds none" "Permission denied" \
	as nobody keyctl add psk "$psk" x "$ring"
skip "a connection with TLS" "Debian bookworm has no tlshd for the handshake"
finish
