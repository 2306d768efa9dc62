#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# usage: fscrypt.sh DIRECTORY
# DIRECTORY/fscrypt/cli-tests: fscrypt's own tests, with the fscrypt of the same
# version in DIRECTORY/fscrypt/bin. Both are Debian's of a later release: the
# sources of this release's package have left the archive.
set -euo pipefail

. "$(dirname "$(realpath "$0")")/later.bash"
mkdir -p "$1"
dir=$(realpath "$1")
[ ! -e "$dir/complete" ] || exit 0

cd "$dir"
rm -rf apt source fscrypt ./*.deb ./*.dsc ./*.tar.*
mkdir -p fscrypt/bin
later_apt "$dir/apt"
"${apt[@]}" download fscrypt
"${apt[@]}" source --download-only fscrypt
dpkg-source --no-check -x fscrypt_*.dsc source
cp -r source/cli-tests fscrypt/
dpkg-deb --fsys-tarfile fscrypt_*.deb | tar -xO ./usr/bin/fscrypt >fscrypt/bin/fscrypt
chmod 755 fscrypt/bin/fscrypt
rm -rf apt source
touch complete
