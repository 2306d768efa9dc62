#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Modules load only with the signature of a key in .builtin_trusted_keys or
# .secondary_trusted_keys; root adds keys to the second, signed by the first.
# packages: kmod openssl
# seconds: 60
# append: module.sig_enforce=1
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/certificate.bash"

mkdir -p /tmp/modules
cd /tmp/modules || exit
built=$KERNEL_BUILD/certs/signing_key.pem
sign=$KERNEL_BUILD/scripts/sign-file
cp "$KERNEL_BUILD/drivers/net/dummy.ko" bare.ko

sign_module() {
	"$sign" sha256 "$1.pem" "$1.pem" bare.ko "$1.ko"
}

trust() {
	keyctl padd asymmetric '' "$secondary" <"$1.der"
}

loads() {
	insmod "$1.ko" && rmmod dummy
}

{
	certify next "$built"
	certify stranger
	"$sign" sha256 "$built" "$built" bare.ko good.ko
	sign_module next
	sign_module stranger
	sed 's/dummy/yummy/' good.ko >changed.ko
} >certify.log 2>&1
secondary=$(awk '/ \.secondary_trusted_keys/ { print "0x" $1 }' /proc/keys)

refuse "a module without a signature is refused" "Key was rejected by service" loads bare
check "the kernel's own signature is accepted" loads good
refuse "a changed module is refused" "Key was rejected|Bad message" loads changed
refuse "a signature of an unknown key is refused" "Required key not available|rejected" \
	loads stranger
refuse "so is that of a key which is not yet trusted" "Required key not available|rejected" \
	loads next
refuse "a certificate of its own is not trusted" "Required key not available" trust stranger
refuse "so its module is refused still" "Required key not available|rejected" loads stranger
check "a certificate that the builtin key signed is trusted" trust next
check "the module with the signature of its key loads" loads next
useradd ann
refuse "a user may not add to the trusted keys" "Permission denied" \
	as ann keyctl padd asymmetric '' "$secondary" <next.der
finish
