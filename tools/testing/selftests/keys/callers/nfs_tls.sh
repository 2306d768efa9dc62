#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# NFS over TLS, both ends here. The kernel asks tlshd(8) to shake hands for it:
# the server shows a certificate, with xprtsec=mtls the client as well. tlshd makes
# a key of the certificate that it was shown; by its number the server's kernel
# knows that the client has one.
# packages: keyutils libglib2.0-0 libgnutls30 libnl-genl-3-200 nfs-common nfs-kernel-server
# build: tlshd
# seconds: 120
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/certificate.bash"
. "$(dirname "$0")/nfs.bash"
. "$(dirname "$0")/tls.bash"

host=server.example.test
certificates=/tmp/certificates

# trust WHO CA: the client or the server believes what that CA has signed
trust() {
	cp "$certificates/$2.crt" "$certificates/trusted-by-$1.crt"
}

# show WHO CERTIFICATE: the client or the server shows that one
show() {
	cp "$certificates/$2.crt" "$certificates/of-$1.crt"
	cp "$certificates/$2.key" "$certificates/of-$1.key"
}

configure_tlshd() {
	local who
	for who in client server; do
		cat <<-END
			[authenticate.$who]
			x509.truststore = $certificates/trusted-by-$who.crt
			x509.certificate = $certificates/of-$who.crt
			x509.private_key = $certificates/of-$who.key
		END
	done >/tmp/tlshd.conf
}

# sign NAME CA HOST: a certificate for that host
sign() {
	certify "$1" "$2.pem" "subjectAltName=DNS:$3" keyUsage=digitalSignature
}

make_certificates() (
	mkdir -p "$certificates"
	cd "$certificates" || exit
	for name in ca stranger; do
		certify "$name" "" basicConstraints=critical,CA:TRUE keyUsage=keyCertSign
	done
	sign server ca "$host"
	sign renamed ca other.example.test
	sign client ca client.example.test
	sign impostor stranger client.example.test
)

# read_file OPTIONS: from a mount of its own
read_file() {
	mount_nfs "retry=0,$1" || return
	cat "$mounted/file"
	umount "$mounted"
}

# tls_ends: how many ends of connections the kernel encrypts now
tls_ends() {
	awk '$1 == "TlsCurrTxSw" { print $2 }' /proc/net/tls_stat
}

# listen: what the loopback interface carries is in /tmp/wire
listen() {
	python3 - >/tmp/wire 2>&1 <<-END &
		import socket, sys
		wire = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3))
		wire.bind(("lo", 0))
		sys.stdout.buffer.write(b"listening ")
		while True:
		    sys.stdout.buffer.flush()
		    sys.stdout.buffer.write(wire.recv(70000))
	END
	listener=$!
	wait_for 30 grep -aq listening /tmp/wire
}

# overheard OPTIONS TEXT: writes the text; does it go over the wire as it is?
overheard() {
	mount_nfs "retry=0,$1" || return
	listen
	echo "$2" >"$mounted/written"
	umount "$mounted"
	kill "$listener"
	if grep -aq "$2" /tmp/wire; then echo yes; else echo no; fi
}

# demand MODE: what the export demands of connections, 2 is TLS, 4 a certificate.
# This exportfs(8) can't say that yet, so it goes to the kernel directly.
demand() {
	local flags=$((0x2420)) # fsid, no_subtree_check, wdelay
	echo "* $exported $(($(date +%s) + 3600)) $flags 65534 65534 0" \
		"secinfo 1 1 $flags xprtsec 1 $1" >/proc/net/rpc/nfsd.export/channel
}

# key_of_the_peer: tlshd puts it in root's user keyring, in place of the last one
key_of_the_peer() {
	keyctl rdescribe "$(keyctl search @u asymmetric "TLS x509 $host")"
}

# alone: of all handshakes there is one key, and no process keyring
alone() {
	[ "$(grep -c "TLS x509" /proc/keys)" = 1 ] && ! grep -q ' _pid: ' /proc/keys
}

without_certificate_of_the_client() {
	local text="data of the server"
	refuse "the mount fails if nobody shakes hands" "No such process" mount_nfs xprtsec=tls,retry=0
	configure_tlshd
	start_tlshd
	check "root mounts over TLS" mount_nfs xprtsec=tls,retry=0
	check "the mount says so" grep -q "$mounted nfs4 .*xprtsec=tls" /proc/mounts
	same "both ends of the connection are the kernel's TLS" 2 tls_ends
	same "a file of the server is read" "$text" cat "$mounted/file"
	umount "$mounted"
	same "what a client writes is overheard without TLS" yes overheard xprtsec=none plain-secret
	same "and is not with TLS" no overheard xprtsec=tls other-secret
	same "though the server has it" other-secret cat "$exported/written"
	trust client stranger
	refuse "the client refuses a certificate of a CA that it does not trust" "denied" \
		mount_nfs xprtsec=tls,retry=0
	trust client ca
	show server renamed
	refuse "the client refuses a certificate of another host" "denied" \
		mount_nfs xprtsec=tls,retry=0
	show server server
	same "it takes the right one again" "$text" read_file xprtsec=tls
}

with_certificate_of_the_client() {
	local text="data of the server"
	refuse "xprtsec=mtls fails without a certificate of the client" "denied" \
		mount_nfs xprtsec=mtls,retry=0
	show client client
	same "xprtsec=mtls works with one" "$text" read_file xprtsec=mtls
	demand 2
	same "an export that demands TLS is mounted with TLS" "$text" read_file xprtsec=tls
	refuse "it is not without" "not permitted|denied" mount_nfs retry=0
	demand 4
	same "an export that demands a certificate is mounted with one" "$text" read_file xprtsec=mtls
	refuse "it is not with TLS alone" "not permitted|denied" mount_nfs xprtsec=tls,retry=0
	show client impostor
	refuse "it is not with a certificate of a CA that the server does not trust" . \
		mount_nfs xprtsec=mtls,retry=0
	show client client
	sysctl -q kernel.keys.root_maxkeys=1
	refuse "it is not if root's quota has no room for the certificate's key" "not permitted|denied" \
		mount_nfs xprtsec=mtls,retry=0
	sysctl -q kernel.keys.root_maxkeys=1000000
	same "with room it is" "$text" read_file xprtsec=mtls
}

# A new server has no connections: both ends shake hands again.
of_a_new_server() {
	check "with a certificate the client mounts" mount_nfs xprtsec=mtls,retry=0
	rpc.nfsd 0
	rpc.nfsd --no-nfs-version 3 2
	echo Y >/proc/fs/nfsd/v4_end_grace
	demand 4
	same "after the server restarts, the client has a new connection" \
		"data of the server" timeout 100 cat "$mounted/file"
	umount "$mounted"
}

make_certificates >/tmp/certificates.log 2>&1
trust client ca
trust server ca
show server server
echo "127.0.0.1 $host localhost" >/etc/hosts
start_nfs_server sec=sys,no_root_squash
echo "data of the server" >"$exported/file"
without_certificate_of_the_client
with_certificate_of_the_client
of_a_new_server
same "tlshd keeps the certificate that it was shown as a key of root's" \
	"asymmetric;0;0;39010000;TLS x509 $host" key_of_the_peer
check "no other key is left of all the handshakes" wait_for 30 alone
stop_tlshd
stop_nfs_server
[ $scene_failed = 0 ] || tail -n 40 /tmp/tlshd.log | sed 's/^/# /'
finish
