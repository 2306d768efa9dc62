#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# NFS, CIFS and AFS have names of hosts and cells resolved by request-key(8) and
# key.dns_resolver(8). Here a DNS server answers them, and counts the questions.
# packages: keyutils python3
# seconds: 90
# shellcheck disable=SC1091,SC2016 # lib.sh is beside this file; a shell of the
# user expands what is in single quotes
. "$(dirname "$0")/lib.sh"

asked=/tmp/dns.asked
python3 - >$asked 2>/tmp/dns.errors <<'END' &
import ipaddress, socket, struct

def name(text):
    return b"".join(bytes([len(w)]) + w.encode() for w in text.split(".")) + b"\0"

A, AAAA, SRV, AFSDB = 1, 28, 33, 18
four = lambda text: ipaddress.ip_address(text).packed
records = {
    ("one.example", A): [four("192.0.2.10")],
    ("two.example", A): [four("192.0.2.11"), four("192.0.2.12")],
    ("six.example", AAAA): [four("2001:db8::6")],
    ("_afs3-vlserver._udp.srv.example", SRV): [struct.pack(">HHH", 1, 2, 7003) + name("vl.example")],
    ("old.example", AFSDB): [struct.pack(">H", 1) + name("db.example")],
    ("vl.example", A): [four("192.0.2.20")],
    ("db.example", A): [four("192.0.2.21")],
}
names = {name for name, kind in records}
kinds = {A: "A", AAAA: "AAAA", SRV: "SRV", AFSDB: "AFSDB"}
server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
server.bind(("127.0.0.1", 53))
while True:
    query, client = server.recvfrom(512)
    words, at = [], 12
    while query[at]:
        words.append(query[at + 1:at + 1 + query[at]].decode())
        at += 1 + query[at]
    kind, = struct.unpack(">H", query[at + 1:at + 3])
    asked = ".".join(words).lower()
    print(kinds.get(kind, kind), asked, flush=True)
    found = records.get((asked, kind), [])
    code = 0 if asked in names else 3
    reply = query[:2] + struct.pack(">HHHHH", 0x8580 | code, 1, len(found), 0, 0) + query[12:at + 5]
    for data in found:
        reply += b"\xc0\x0c" + struct.pack(">HHIH", kind, 1, 5400, len(data)) + data
    server.sendto(reply, client)
END
rm -f /etc/request-key.d/kafs_dns.conf
echo default_ttl=600 >/etc/keyutils/key.dns_resolver.conf
echo nameserver 127.0.0.1 >/etc/resolv.conf
echo "hosts: files dns" >/etc/nsswitch.conf
useradd -m surfer
sleep 1

# resolve DESCRIPTION OPTIONS: the payload, as the user gets it
resolve() {
	as surfer bash -c 'set -o pipefail
		keyctl pipe "$(keyctl request2 dns_resolver "$@" @s)" | tr -d "\0"' - "$@"
}

same "the address of a host" 192.0.2.10 resolve one.example ipv4
same "without options, the first address of version 4" 192.0.2.10 resolve one.example ""
same "all addresses of a host, in any order" "192.0.2.11
192.0.2.12" bash -c "sort <(tr , '\n' <<<'$(resolve two.example "list ipv4")')"
same "an address of version 6" 2001:db8::6 resolve six.example ipv6
same "a cell by its SRV record: address and port" 192.0.2.20+7003 resolve afsdb:srv.example ipv4
same "a cell by its AFSDB record: address" 192.0.2.21 resolve afsdb:old.example ipv4
refuse "a host without addresses of version 6" "request_key:" \
	resolve one.example ipv6
refuse "a name that the server does not know" "request_key:" resolve none.example ipv4

# questions NAME: how often the server was asked for this name
questions() {
	grep -c " $1\$" $asked
}

# One session asks again: the key answers, and not the server.
: >$asked
same "the same session asks the server once" "192.0.2.20+7003
192.0.2.20+7003" as surfer bash -c '
	keyctl request2 dns_resolver afsdb:srv.example ipv4 @s >/dev/null
	for i in 1 2; do echo "$(keyctl pipe %dns_resolver:afsdb:srv.example | tr -d "\0")"; done
	keyctl request2 dns_resolver afsdb:srv.example ipv4 @s >/dev/null'
same "it was one question" 1 questions _afs3-vlserver._udp.srv.example
same "the key lives as long as the record" "1h" as surfer bash -c '
	key=$(keyctl request2 dns_resolver afsdb:srv.example ipv4 @s)
	grep "^$(printf %08x $key)" /proc/keys | tr -s " " | cut -d" " -f4'
: >$asked
same "a failure is remembered, too" "failed
failed" as surfer bash -c '
	for i in 1 2; do
		keyctl request2 dns_resolver none.example ipv4 @s 2>/dev/null || echo failed
	done'
same "the server was asked for the failure once" 1 questions none.example
same "another session asks for itself" 2 bash -c "
	: >$asked
	keyctl session - keyctl request2 dns_resolver afsdb:old.example ipv4 @s >/dev/null 2>&1
	keyctl session - keyctl request2 dns_resolver afsdb:old.example ipv4 @s >/dev/null 2>&1
	grep -c 'AFSDB old.example' $asked"
kill %1
ring=0x$(grep 'keyring \+\.dns_resolver' /proc/keys | cut -d' ' -f1)
refuse "a user can't give the kernel an address of his own" "Permission denied" \
	as surfer keyctl add dns_resolver one.example 192.0.2.66 "$ring"
finish
