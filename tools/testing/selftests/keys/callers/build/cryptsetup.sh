#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# usage: cryptsetup.sh DIRECTORY
# DIRECTORY/tests: the tests of Debian's source package cryptsetup that concern
# keys, as their Makefile.localtest builds them for an installed cryptsetup.
set -euo pipefail

. "$(dirname "$(realpath "$0")")/source.bash"
mkdir -p "$1"
cd "$1"
[ ! -e complete ] || exit 0

need dpkg-dev gcc libcryptsetup-dev libdevmapper-dev make xz-utils
fetch_source cryptsetup
rm -rf source tests
dpkg-source --no-check -x cryptsetup_*.dsc source
# The other tests of api-test-2 use no keyring, and take half an hour in a guest.
keep='AddDeviceLuks2|ResizeDeviceLuks2|UseLuks2Device|SuspendDevice|UseTempVolumes|Tokens'
keep+='|TokenActivationByKeyring|Luks2KeyslotAdd|Luks2ActivateByKeyring|Luks2Refresh|VolumeKeyGet'
sed -i -E "/^\tRUN_\(($keep),/! { /^\tRUN_\(/d }" source/tests/api-test-2.c
make -C source/tests -f Makefile.localtest api-test-2
mkdir tests
for name in api-test-2 keyring-test keyring-compat-test compatimage2.img.xz blkid-luks2-pv.img.xz \
	luks2_header_requirements.tar.xz conversion_imgs.tar.xz; do
	cp "source/tests/$name" tests
done

# A loop device is as good as one of scsi_debug, which is no part of the kernel.
# shellcheck disable=SC2016 # for the test, not for now
sed -i '/^add_device() {/,/^}/c\
add_device() {\
	truncate -s "${DEVSIZEMB}M" /tmp/device\
	DEV=$(losetup -f --show /tmp/device)\
}' tests/keyring-compat-test
grep -q losetup tests/keyring-compat-test
rm -rf source
touch complete
