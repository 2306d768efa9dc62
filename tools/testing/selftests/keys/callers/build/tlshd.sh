#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# usage: tlshd.sh DIRECTORY
# DIRECTORY/tlshd is Debian's of a later release, since this one has none. It
# needs no library that is newer than this release's.
set -euo pipefail

. "$(dirname "$(realpath "$0")")/later.bash"
mkdir -p "$1"
cd "$1"
[ ! -e complete ] || exit 0

rm -rf apt ./*.deb
later_apt "$PWD/apt"
"${apt[@]}" download ktls-utils
dpkg-deb --fsys-tarfile ktls-utils_*.deb | tar -xO ./usr/sbin/tlshd >tlshd
chmod 755 tlshd
rm -rf apt
touch complete
