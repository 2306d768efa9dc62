#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# A program encrypts by AF_ALG with a key that it names by its serial number
# (ALG_SET_KEY_BY_KEY_SERIAL): the kernel wants Search of the caller, not Read.
# packages: python3 xxd
# seconds: 20
# short
. "$(dirname "$0")/lib.sh"

# encrypt SERIAL: 16 zero bytes by AES-CBC, as hexadecimal digits
encrypt() {
	python3 - "$1" <<-'END'
		import socket, struct, sys
		ALG_SET_KEY_BY_KEY_SERIAL = 7
		alg = socket.socket(socket.AF_ALG, socket.SOCK_SEQPACKET, 0)
		alg.bind(("skcipher", "cbc(aes)"))
		alg.setsockopt(socket.SOL_ALG, ALG_SET_KEY_BY_KEY_SERIAL,
		               struct.pack("i", int(sys.argv[1])))
		op, _ = alg.accept()
		op.sendmsg_afalg([bytes(16)], op=socket.ALG_OP_ENCRYPT, iv=bytes(16))
		print(op.recv(16).hex())
	END
}

payload=0123456789abcdef
expected=$(head -c 16 /dev/zero |
	openssl enc -aes-128-cbc -nopad -K "$(printf %s $payload | xxd -p)" \
		-iv 00000000000000000000000000000000 | xxd -p)
user=$(keyctl add user alg $payload @s)
logon=$(keyctl add logon alg:key $payload @s)

# Kernels before 6.2 have no such option.
if encrypt "$user" 2>&1 | grep -q 'Protocol not available'; then
	skip "AF_ALG with keys by their serial numbers" "this kernel has no such option"
	finish
fi

same "a user key encrypts as openssl does" "$expected" encrypt "$user"
same "a logon key encrypts as openssl does" "$expected" encrypt "$logon"
keyctl setperm "$user" 0x08000000
same "Search is enough" "$expected" encrypt "$user"
keyctl setperm "$logon" 0x37000000
refuse "no key without Search" "Permission denied" encrypt "$logon"
gone=$(keyctl add user gone $payload @s)
keyctl revoke "$gone"
refuse "no revoked key" "Key has been revoked" encrypt "$gone"
short=$(keyctl add user short abc @s)
refuse "no key of the wrong length" "Invalid argument" encrypt "$short"
ring=$(keyctl newring ring @s)
refuse "no keyring" "Protocol not available" encrypt "$ring"
finish
