#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# usage: fscrypt.sh DIRECTORY
# DIRECTORY/fscrypt/cli-tests: fscrypt's own tests, with the fscrypt of the same
# version in DIRECTORY/fscrypt/bin. Both are Debian's of a later release: the
# sources of this release's package have left the archive. What the machine is
# configured to use is only read.
set -euo pipefail

mkdir -p "$1"
dir=$(realpath "$1")
[ ! -e "$dir/complete" ] || exit 0

cd "$dir"
rm -rf apt source fscrypt ./*.deb ./*.dsc ./*.tar.*
mkdir -p apt/sources.d apt/lists/partial apt/cache/archives/partial fscrypt/bin
touch apt/status apt/sources.list
cat >apt/sources.d/later.sources <<-END
	Types: deb deb-src
	URIs: http://deb.debian.org/debian
	Suites: trixie
	Components: main
	Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg
END
apt=(apt-get -qq -o APT::Sandbox::User="$(id -un)"
	-o Dir::Etc::sourcelist="$dir/apt/sources.list"
	-o Dir::Etc::sourceparts="$dir/apt/sources.d" -o Dir::State::status="$dir/apt/status"
	-o Dir::State::lists="$dir/apt/lists" -o Dir::Cache="$dir/apt/cache")
"${apt[@]}" update
"${apt[@]}" download fscrypt
"${apt[@]}" source --download-only fscrypt
dpkg-source --no-check -x fscrypt_*.dsc source
cp -r source/cli-tests fscrypt/
dpkg-deb --fsys-tarfile fscrypt_*.deb | tar -xO ./usr/bin/fscrypt >fscrypt/bin/fscrypt
chmod 755 fscrypt/bin/fscrypt
rm -rf apt source
touch complete
