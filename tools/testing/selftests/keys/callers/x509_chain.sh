#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Certificates: what a keyring takes that is restricted to keys of the system,
# of another keyring, or to chains within itself; and what has been blacklisted.
# packages: openssl
# seconds: 90
. "$(dirname "$0")/lib.sh"

mkdir -p /tmp/certs
cd /tmp/certs || exit
built=$KERNEL_BUILD/certs/signing_key.pem

# certify NAME [ISSUER]: a key and a certificate, of itself without an issuer
certify() {
	local signer=(-signkey "$1.pem") extensions
	extensions="basicConstraints=critical,CA:TRUE
keyUsage=digitalSignature,keyCertSign
subjectKeyIdentifier=hash
authorityKeyIdentifier=keyid"
	[ $# = 1 ] || signer=(-CA "$2" -CAkey "$2" -CAcreateserial -CAserial serial)
	openssl ecparam -name prime256v1 -genkey -noout -out "$1.pem" &&
		openssl req -new -key "$1.pem" -subj "/CN=$1" -out "$1.csr" &&
		openssl x509 -req -in "$1.csr" -days 30 "${signer[@]}" -out "$1.crt" \
			-extfile <(echo "$extensions") &&
		openssl x509 -in "$1.crt" -outform der -out "$1.der" &&
		cat "$1.crt" >>"$1.pem"
}

# restricted NAME RESTRICTION: a new keyring's serial number
restricted() {
	local ring
	ring=$(keyctl newring "$1" @s)
	keyctl restrict_keyring "$ring" asymmetric "$2" && echo "$ring"
}

add() {
	keyctl padd asymmetric '' "$1" <"$2.der"
}

{
	certify root
	certify middle root.pem
	certify leaf middle.pem
	certify system "$built"
	certify below system.pem
	certify stranger
} >certify.log 2>&1
denied="Required key not available"

ring=$(restricted builtin builtin_trusted)
check "builtin_trusted: a certificate of the builtin key" add "$ring" system
refuse "builtin_trusted: not one below that" "$denied" add "$ring" below
refuse "builtin_trusted: not one of itself" "$denied" add "$ring" root

secondary=$(awk '/ \.secondary_trusted_keys/ { print "0x" $1 }' /proc/keys)
check "the secondary keyring takes what the builtin key signed" add "$secondary" system

roots=$(keyctl newring roots @s)
key=$(add "$roots" root)
ring=$(restricted keyring "key_or_keyring:$roots")
check "key_or_keyring: what a key of the other keyring signed" add "$ring" middle
refuse "key_or_keyring: not what a key of its own signed" "$denied" add "$ring" leaf
ring=$(restricted chain "key_or_keyring:$roots:chain")
refuse "chain: not a leaf before its issuer" "$denied" add "$ring" leaf
check "chain: the issuer" add "$ring" middle
check "chain: then the leaf" add "$ring" leaf
refuse "chain: no stranger" "$denied" add "$ring" stranger
ring=$(restricted one "key_or_keyring:$key")
check "key_or_keyring: what the one key signed" add "$ring" middle
refuse "a keyring is restricted once" "Device or resource busy|File exists" \
	keyctl restrict_keyring "$ring" asymmetric builtin_trusted
open=$(keyctl newring open @s)
stray=$(add "$open" stranger)
refuse "a link is as restricted as a new key" "$denied" keyctl link "$stray" "$ring"
refuse "a key of another type is refused" "Operation not permitted|Operation not supported" \
	keyctl add user x y "$ring"

# The key of the leaf, by its certificate in the kernel, verifies a signature.
verify() {
	printf %s "$1" >data
	openssl dgst -sha256 -binary data >digest
	keyctl pkey_verify "$(keyctl list "$2" | sed -n 's/^ *\([0-9]*\):.*leaf.*/\1/p')" 0 \
		digest signature enc=x962 hash=sha256
}

ring=$(keyctl newring leaves @s)
add "$ring" leaf >/dev/null
printf %s "a text" >data
openssl dgst -sha256 -sign leaf.pem -out signature data
check "a signature of the leaf's key is right" verify "a text" "$ring"
refuse "that of another text is wrong" "Key was rejected" verify "another text" "$ring"

# blacklist KIND HASH: with the signature that the kernel wants
blacklist() {
	printf '%s:%s' "$1" "$2" >entry
	openssl smime -sign -nocerts -noattr -binary -in entry -inkey "$3" -signer "$3" \
		-outform der -out entry.p7s
	keyctl padd blacklist "$(cat entry)" "$black" <entry.p7s
}

tbs_of() {
	openssl asn1parse -inform der -in "$1.der" -strparse 4 -noout -out tbs &&
		sha256sum <tbs | cut -d' ' -f1
}

black=$(awk '/ \.blacklist/ { print "0x" $1 }' /proc/keys)
refuse "nobody blacklists without the system's signature" "$denied|Key was rejected" \
	blacklist tbs "$(tbs_of stranger)" stranger.pem
check "a certificate that nobody blacklists is taken" add "$open" stranger
check "the builtin key blacklists a certificate" blacklist tbs "$(tbs_of stranger)" "$built"
refuse "it is taken no more" "Key was rejected" add "$open" stranger
check "others are" add "$open" leaf
refuse "what is blacklisted can't be taken off the list" \
	"Permission denied|Operation not permitted" \
	keyctl unlink "%blacklist:tbs:$(tbs_of stranger)" "$black"

keyring_there() {
	grep -q "keyring *\.$1" /proc/keys
}

for name in builtin_trusted_keys secondary_trusted_keys blacklist platform machine; do
	check "the keyring .$name is there" keyring_there $name
done
finish
