#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# A policy of IMA has keys measured that come to keyrings of certain names:
# who attests the machine finds each certificate there in the log, with its
# digest, those of the boot included, and finds no others.
# packages: xxd
# seconds: 60
# shellcheck source=tools/testing/selftests/keys/callers/lib.sh
. "$(dirname "$0")/lib.sh"

ima=/sys/kernel/security/ima

# certificate NAME: a new one in /tmp/NAME.x509
certificate() {
	openssl req -new -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes \
		-keyout "/tmp/$1.pem" -subj "/CN=$1" -outform DER -out "/tmp/$1.x509" 2>/dev/null
}

# measured RING FILE: how often the log has that content, under its digest
# shellcheck disable=SC2317 # called by same
measured() {
	grep -c " ima-buf sha256:$(sha256sum <"$2" | cut -d' ' -f1) $1 $(xxd -p -c 100000 "$2")\$" \
		"$ima/ascii_runtime_measurements"
}

# add NAME RING: the certificate of that name, as a key
add() {
	keyctl padd asymmetric "$1" "$2" <"/tmp/$1.x509"
}

# add_as USER NAME RING: in a keyring of the user's own, RING
# shellcheck disable=SC2016 # for the inner shell
add_as() {
	as "$1" sh -c 'keyctl padd asymmetric "$0" "$(keyctl newring "$1" @s)" <"/tmp/$0.x509"' \
		"$2" "$3"
}

for name in first second third fourth fifth; do
	certificate $name
done
chmod 644 /tmp/*.x509
useradd -m ida
watched=$(keyctl newring watched @s)
other=$(keyctl newring other @s)

add first "$watched" >/dev/null
same "nothing is measured without a rule" 0 measured watched /tmp/first.x509
check "rules are loaded" tee $ima/policy <<-END
	measure func=KEY_CHECK keyrings=watched|.builtin_trusted_keys
	measure func=KEY_CHECK keyrings=hers uid=$(id -u ida)
END
same "the key of the boot, that came before the rules, is in the log" 1 \
	measured .builtin_trusted_keys "$KERNEL_BUILD/certs/signing_key.x509"

add second "$watched" >/dev/null
same "a certificate for the keyring is in the log" 1 measured watched /tmp/second.x509
add second "$watched" >/dev/null
same "and once only, when it is added again" 1 measured watched /tmp/second.x509
cp /tmp/fourth.x509 /tmp/second.x509
add second "$watched" >/dev/null
same "another one of the same name is there, too" 1 measured watched /tmp/fourth.x509

unwanted=$(add third "$other")
same "one for another keyring is not" 0 measured other /tmp/third.x509
keyctl link "$unwanted" "$watched"
same "nor when it is linked to the keyring" 0 measured watched /tmp/third.x509
keyctl padd user secret "$watched" </tmp/fifth.x509 >/dev/null
same "nor is what is no asymmetric key" 0 measured watched /tmp/fifth.x509
echo "no certificate" >/tmp/bad.x509
refuse "what is no certificate is refused" "Bad message" add bad "$watched"
same "and not measured" 0 measured watched /tmp/bad.x509

add_as ida third watched >/dev/null
same "the keyring may be any user's" 1 measured watched /tmp/third.x509
add_as root third hers >/dev/null
same "a rule with a user is not for others" 0 measured hers /tmp/third.x509
add_as ida third hers >/dev/null
same "and is for that user" 1 measured hers /tmp/third.x509
finish
