#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# cryptsetup's own tests that concern keys: dm-crypt's keys by name, and the
# library with tokens and passphrases in keyrings, suspended and refreshed.
# packages: cryptsetup-bin dmsetup xxd xz-utils
# build: cryptsetup
# seconds: 600
# guest: MEM=3G
. "$(dirname "$0")/lib.sh"

# What the tests would load is built in.
mkdir -p /tmp/bin
printf '#!/bin/sh\nexit 0\n' >/tmp/bin/modprobe
cp /tmp/bin/modprobe /tmp/bin/rmmod
chmod 755 /tmp/bin/*
# No udev makes the nodes of /dev/mapper.
export DM_DISABLE_UDEV=1
export PATH=/tmp/bin:$PATH CRYPTSETUP_PATH=/sbin
cp -r "$BUILD/cryptsetup/tests" /tmp/tests
cd /tmp/tests || exit

# api test by test: each begins with a line that names the test
api() {
	./api-test-2 >/tmp/api.log 2>&1
	echo "status $?" >>/tmp/api.log
	tail -n 20 /tmp/api.log
	grep -qx 'status 0' /tmp/api.log
}

check "keyring-test" ./keyring-test
check "keyring-compat-test" ./keyring-compat-test
check "api-test-2" api
same "it found the keys of the kernel" 0 grep -c 'skipped' /tmp/api.log
finish
