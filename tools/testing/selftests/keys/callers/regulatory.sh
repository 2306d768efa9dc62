#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# cfg80211 trusts rules of countries that a key of .builtin_regdb_keys has
# signed. The kernel brings these keys; root sees them and can add none.
# packages: iw keyutils openssl wireless-regdb
# build: manual_examples
# seconds: 40
# shellcheck disable=SC1091 # lib.sh is beside this file
. "$(dirname "$0")/lib.sh"

ring=%:.builtin_regdb_keys
# members: the names of its keys
members() {
	local key
	for key in $(keyctl rlist $ring); do
		keyctl rdescribe "$key" ' ' | cut -d' ' -f1,5 | tr -d :
	done | sort
}

# rules FILE: the kernel is to take its rules from this signed file
firmware=/lib/firmware
rules() {
	cp "$1" $firmware/regulatory.db
	cp "$1.p7s" $firmware/regulatory.db.p7s
	iw reg reload
}

same "the kernel has two keys of Debian and two of maintainers" \
	"asymmetric benh@debian.org
asymmetric romain.perier@gmail.com
asymmetric sforshee
asymmetric wens" members
# What Debian installs are links into its list of alternatives.
mkdir /tmp/rules
cp $firmware/regulatory.db-* $firmware/regulatory.db.p7s-* /tmp/rules
for by in debian upstream; do
	mv "/tmp/rules/regulatory.db-$by" "/tmp/rules/$by"
	mv "/tmp/rules/regulatory.db.p7s-$by" "/tmp/rules/$by.p7s"
done
rm -f $firmware/regulatory.db $firmware/regulatory.db.p7s
check "rules that Debian has signed are taken" rules /tmp/rules/debian
check "rules that a maintainer has signed are taken" rules /tmp/rules/upstream
cp /tmp/rules/upstream.p7s /tmp/rules/changed.p7s
sed 's/DE/ED/' /tmp/rules/upstream >/tmp/rules/changed
refuse "rules that were changed are not taken" "No data" rules /tmp/rules/changed
cp /tmp/rules/upstream /tmp/rules/unsigned
openssl smime -sign -binary -noattr -in /tmp/rules/unsigned -outform DER \
	-signer "$BUILD/manual_examples/key.x509" -inkey "$BUILD/manual_examples/key.pem" \
	-out /tmp/rules/unsigned.p7s
refuse "rules that a stranger has signed are not taken" "No data" rules /tmp/rules/unsigned
before=$(members)
openssl x509 -in "$BUILD/manual_examples/key.x509" -outform DER >/tmp/key.der
refuse "root adds no certificate" "Permission denied" \
	bash -c "keyctl padd asymmetric mine $ring </tmp/key.der"
key=$(keyctl padd asymmetric mine @s </tmp/key.der)
refuse "root links no key" "Permission denied" keyctl link "$key" $ring
refuse "root links no keyring" "Permission denied" keyctl link "$(keyctl newring more @s)" $ring
first=$(keyctl rlist $ring | cut -d' ' -f1)
refuse "root unlinks no key" "Permission denied" keyctl unlink "$first" $ring
refuse "root moves no key away" "Permission denied" keyctl move "$first" $ring @s
refuse "root does not clear the keyring" "Permission denied" keyctl clear $ring
refuse "root revokes no key of the keyring" "Permission denied" keyctl revoke "$first"
refuse "root does not change who may add" "Permission denied" keyctl setperm $ring 0x3f3f3f3f
same "all is as it was" "$before" members
finish
