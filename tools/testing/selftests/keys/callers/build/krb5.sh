#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# usage: krb5.sh DIRECTORY
# Build what the tests of credential caches in Debian's source package krb5
# need, once: DIRECTORY/source is the package, DIRECTORY/build its libraries,
# KDC, kadmin, clients and test programs.
set -euo pipefail

. "$(dirname "$(realpath "$0")")/source.bash"
mkdir -p "$1"
cd "$1"
[ ! -e complete ] || exit 0

# Without what the tests do not use; only the directories that they need.
build() (
	rm -rf source build
	dpkg-source --no-check -x "$(printf '%s\n' krb5_*.dsc | sort -V | tail -n 1)" source
	mkdir build
	cd build
	../source/src/configure --without-system-verto --disable-pkinit \
		--disable-aesni --without-libedit --disable-nls --without-ldap \
		--with-crypto-impl=builtin CFLAGS="-O1 -w"
	for part in util include lib plugins/kdb/db2 kdc kadmin/cli \
		kadmin/dbutil kadmin/ktutil clients; do
		make -j"$(nproc)" -C "$part"
	done
	make -C lib/krb5/ccache t_cc t_cccol t_cccursor
	make -C tests conccache
	make runenv.py
	grep -q 'define HAVE_PERSISTENT_KEYRING 1' include/autoconf.h ||
		{ echo "krb5 was built without keyrings"; return 1; }
)

need bison dpkg-dev gcc libkeyutils-dev make pkg-config python3
fetch_source krb5
build
touch complete
