#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# A BPF program of the LSM looks keys up on behalf of the user who runs a program
# (bpf_lookup_user_key), and has signatures checked with them
# (bpf_verify_pkcs7_signature), which pins the key meanwhile.
# packages: keyutils libbpf1 openssl
# kernel: extra
# build: bpf
# seconds: 90
# append: lsm=bpf
# shellcheck disable=SC2016 # walker's shell expands what is in single quotes
# shellcheck source=tools/testing/selftests/keys/callers/lib.sh
. "$(dirname "$0")/lib.sh"

useradd -m walker
mount -t bpf bpf /sys/fs/bpf

certificate() {
	openssl req -x509 -newkey rsa:2048 -nodes -keyout "$1.pem" -out "$1.crt" -subj "/CN=$1" \
		-days 30 2>/dev/null
	openssl x509 -in "$1.crt" -outform der -out "$1.der"
}

cd /tmp || exit
certificate signer
certificate other
printf 'data of 16 bytes' >data
openssl smime -sign -nocerts -noattr -binary -in data -inkey signer.pem -signer signer.crt \
	-outform der -out signature
chmod 644 ./*.der

# ask SERIAL [FLAGS [SYSTEM [DATA]]]: what the program says when walker runs true(1)
ask() {
	"$BUILD/bpf/bpf_user" task "$(id -u walker)" "$1" "${2:-0}" "${3:--1}" \
		"${4:-data of 16 bytes}" signature
	run_true
	"$BUILD/bpf/bpf_user" result
}

# Walker runs it in the session whose keyring walker's shell has.
run_true() {
	echo true >&"${shell[1]}"
	read -r <&"${shell[0]}"
}

# walker COMMAND...: prints what walker's shell prints, a line
walker() {
	echo "$*" >&"${shell[1]}"
	read -r said <&"${shell[0]}"
	echo "$said"
}

check "the program is loaded" "$BUILD/bpf/bpf_user" load "$BUILD/bpf/bpf.o"

coproc shell { as walker bash -c 'while read -r line; do
	if [ "$line" = true ]; then /bin/true; echo; else echo $(eval "$line" 2>&1 | tail -n 1); fi
	done'; }
ring=$(walker keyctl newring trusted @s)
empty=$(walker keyctl newring empty @s)
walker "keyctl padd asymmetric '' $ring </tmp/signer.der" >/dev/null
walker "keyctl padd asymmetric '' $empty </tmp/other.der" >/dev/null
hidden=$(keyctl newring hidden @s)
keyctl padd asymmetric '' "$hidden" <signer.der >/dev/null

same "a keyring of the user verifies what its certificate signed" verified ask "$ring"
same "not other data" -129 ask "$ring" 0 -1 "other data, 16 b"
same "not with a keyring that has another certificate" -126 ask "$empty"
same "a serial that is no key's" "no such key" ask 2147483646
same "0 is no key" "no such key" ask 0
same "walker's session keyring leads to the certificate" verified ask -3
same "walker's user keyring does not" -126 ask -4
walker "keyctl link $ring @u" >/dev/null
same "unless it links the keyring" verified ask -4
same "no process keyring without the flag that creates it" "no such key" ask -2
same "a process keyring with the flag" -126 ask -2 1
same "flags that do not exist" "no such key" ask "$ring" 128
same "the kernel's own keyring has no such certificate" -126 ask 0 0 0
same "no system keyring of that number" "no such key" ask 0 0 77
# The program belongs to root: nothing asks whether walker may search the keyring.
same "a keyring of root by its number" verified ask "$hidden"
walker "keyctl revoke $ring" >/dev/null
same "a keyring that is revoked" -128 ask "$ring"
ring=$(walker keyctl newring short @s)
walker "keyctl padd asymmetric '' $ring </tmp/signer.der; keyctl timeout $ring 1; sleep 1.5" >/dev/null
same "a keyring that has expired" -127 ask "$ring"
before=$(grep -c . /proc/keys)
for _ in 1 2 3; do
	ask "$empty" >/dev/null
done
same "no key is left over" "$before" grep -c . /proc/keys
finish
