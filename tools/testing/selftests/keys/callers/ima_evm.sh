#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# IMA and EVM: files are read only with a signature of a key in .ima, which takes
# certificates that the builtin key signed; the HMAC of EVM has an encrypted key.
# packages: attr ima-evm-utils openssl
# seconds: 90
# append: ima_appraise=enforce evm=fix
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/certificate.bash"

mkdir -p /tmp/ima/mnt
cd /tmp/ima || exit
built=$KERNEL_BUILD/certs/signing_key.pem
security=/sys/kernel/security

serial_of() {
	awk -v name=" $1:" 'index($0, name) { print "0x" $1 }' /proc/keys
}

# write NAME: a file of the user whose files are appraised
write() {
	echo "$1's text" >"mnt/$1" && chown 1234 "mnt/$1"
}

sign() {
	evmctl ima_sign -a sha256 --key "$2.key" "mnt/$1"
}

for name in signer late; do
	certify $name "$built" basicConstraints=critical,CA:FALSE keyUsage=digitalSignature
done >certify.log 2>&1
certify stranger "" basicConstraints=critical,CA:FALSE keyUsage=digitalSignature >>certify.log 2>&1
# ext4 of this kernel has no attributes security.*, tmpfs has.
check "a filesystem is mounted" mount -t tmpfs tmpfs mnt
for name in signed unsigned strange late changed; do
	write $name
done
{
	sign signed signer
	sign changed signer
	sign strange stranger
	sign late late
} >sign.log 2>&1
echo more >>mnt/changed

ima=$(serial_of .ima)
check "a certificate that the builtin key signed goes to .ima" evmctl import signer.der "$ima"
refuse "one of itself does not" "Required key not available" evmctl import stranger.der "$ima"
echo 'appraise func=FILE_CHECK fowner=1234 appraise_type=imasig' >$security/ima/policy

same "a signed file is read" "signed's text" cat mnt/signed
refuse "a file without a signature is not" "Permission denied" cat mnt/unsigned
refuse "nor one that was changed" "Permission denied" cat mnt/changed
refuse "nor one with a signature of a key outside" "Permission denied" cat mnt/strange
refuse "nor one with a key that has not come yet" "Permission denied" cat mnt/late
evmctl import late.der "$ima" >/dev/null
same "until that key is in .ima" "late's text" cat mnt/late
useradd ann
refuse "a user may not add to .ima" "Permission denied" \
	as ann keyctl padd asymmetric '' "$ima" <late.der

refuse "EVM has no HMAC without its key" "No such file" \
	bash -c "echo 1 >$security/evm"
keyctl add user kmk-user 'a secret of some length' @s >/dev/null
keyctl add encrypted evm-key "new user:kmk-user 32" @s >/dev/null
start_evm() {
	echo 1 >$security/evm && grep -qx '[13579]' $security/evm
}

hmac() {
	getfattr --absolute-names -e hex -n security.evm "mnt/$1" |
		grep -q 'security.evm=0x02[0-9a-f]\{40\}$'
}

check "EVM takes the encrypted key evm-key" start_evm
echo labelled >mnt/labelled
setfattr -n security.ima -v 0x0404 mnt/labelled
check "files get an HMAC by that key" hmac labelled
check "the keyring .evm is there" test -n "$(serial_of .evm)"
umount mnt
finish
