#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# AFS: rxrpc keys hold the tokens of users, one key for each cell; a socket of
# AF_RXRPC takes them by name; the dynamic root asks the resolver for cells.
# packages: kafs-client keyutils python3 xxd
# kernel: extra
# seconds: 90
# shellcheck disable=SC1091,SC2016 # lib.sh is beside this file; a shell of the
# user expands what is in single quotes
. "$(dirname "$0")/lib.sh"

useradd -m walker
useradd -m other

# token EXPIRY: an rxkad token of 24 bytes of ticket, as klog(1) adds it (v1)
token() {
	python3 -c '
import struct, sys
session, ticket = bytes(range(8)), b"a ticket of twenty-four!"
sys.stdout.buffer.write(struct.pack("=IHHII8s", 1, 2, len(ticket), int(sys.argv[1]), 3, session) + ticket)
' "$1"
}
later=$(($(date +%s) + 86400))
token $later >/tmp/token

same "a token is shown as one of rxkad" "afs@example.org: ka" as walker bash -c '
	key=$(keyctl padd rxrpc afs@example.org @s </tmp/token)
	grep "^$(printf %08x $key)" /proc/keys | sed "s/.* afs/afs/"'
same "it expires with the ticket" 23h as walker bash -c '
	key=$(keyctl padd rxrpc afs@example.org @s </tmp/token)
	grep "^$(printf %08x $key)" /proc/keys | tr -s " " | cut -d" " -f4'
same "the ticket and the session key can be read back" "0001020304050607 a ticket of twenty-four!" \
	as walker bash -c '
	keyctl pipe $(keyctl padd rxrpc afs@example.org @s </tmp/token) >/tmp/walker.token
	xxd -p -c0 /tmp/walker.token | grep -o 0001020304050607 | tr "\n" " "
	grep -ao "a ticket of twenty-four!" /tmp/walker.token'
same "what was read can be added again" same as walker bash -c '
	keyctl pipe $(keyctl padd rxrpc afs@example.org @s </tmp/token) >/tmp/walker.xdr
	ring=$(keyctl newring second @s)
	keyctl pipe $(keyctl padd rxrpc afs@example.org $ring </tmp/walker.xdr) |
		cmp - /tmp/walker.xdr && echo same'
token $(($(date +%s) - 1)) >/tmp/token.old
refuse "no token that has expired" "Key has expired" as walker bash -c '
	keyctl pipe $(keyctl padd rxrpc afs@example.org @s </tmp/token.old)'
refuse "no token of another shape" "Invalid argument|Key was rejected" as walker bash -c '
	keyctl add rxrpc afs@example.org "not a token" @s'

# rxrpc.py NAME OPTION: a socket of AF_RXRPC takes the key of this name
cat >/tmp/rxrpc.py <<'END'
import os, socket, sys
AF_RXRPC, SOL_RXRPC = 33, 272
s = socket.socket(AF_RXRPC, socket.SOCK_DGRAM, socket.AF_INET)
try:
    s.setsockopt(SOL_RXRPC, int(sys.argv[2]), sys.argv[1].encode())
    print("taken")
except OSError as failure:
    print(failure.strerror)
END
same "a socket takes the caller's token by its name" taken as walker bash -c '
	keyctl padd rxrpc afs@example.org @s </tmp/token >/dev/null
	python3 /tmp/rxrpc.py afs@example.org 1'
same "not by the name of another cell" "Required key not available" as walker bash -c '
	keyctl padd rxrpc afs@example.org @s </tmp/token >/dev/null
	python3 /tmp/rxrpc.py afs@other.org 1'
same "not in another network namespace" "Required key not available" as root bash -c '
	keyctl padd rxrpc afs@example.org @s </tmp/token >/dev/null
	unshare -n python3 /tmp/rxrpc.py afs@example.org 1'
same "a server takes its keyring by name" taken as walker bash -c '
	keyctl newring server @s >/dev/null
	python3 /tmp/rxrpc.py server 2'
same "a server has a key of its service, 52 is VL" "52:2" as walker bash -c '
	keyctl add rxrpc_s 52:2 12345678 @s >/dev/null && keyctl search @s rxrpc_s 52:2 |
		xargs keyctl rdescribe | cut -d";" -f5'
refuse "a server's key can't be read" "Operation not supported" as walker bash -c '
	keyctl pipe $(keyctl add rxrpc_s 52:2 12345678 @s)'

# --- the dynamic root asks for the cells that users name
cat >/etc/kafs/client.d/known.conf <<'END'
[cells]
	known.example = {
		description = "a cell that is known"
		use_dns = no
		servers = {
			vl.known.example = {
				address = 127.0.0.1
			}
		}
	}
END
echo "hosts: files" >/etc/nsswitch.conf
echo nameserver 127.0.0.1 >/etc/resolv.conf
mkdir -p /afs
check "the dynamic root is mounted" mount -t afs none /afs -o dyn
check "a cell that kafs-dns knows is a directory" timeout 50 setpriv --reuid=walker --clear-groups test -d /afs/known.example
check "one that it does not know is none" timeout 50 setpriv --reuid=walker --clear-groups test ! -e /afs/unknown.example
umount /afs
finish
