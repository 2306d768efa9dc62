#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# usage: manual_examples.sh DIRECTORY
# Take the example programs out of the manual pages add_key(2), request_key(2)
# and keyctl(2), and compile them as they stand. The page
# asymmetric-key(7) wants a certificate.
set -euo pipefail

mkdir -p "$1"
cd "$1"
[ ! -e complete ] || exit 0
[ -e /usr/include/keyutils.h ] || apt-get -qq install -y libkeyutils-dev

apt-get -qq download manpages-dev
rm -rf pages
dpkg-deb -x manpages-dev_*.deb pages

# program PAGE NAME: the source between its two marks, without troff's marks
program() {
	zcat "pages/usr/share/man/man2/$1.2.gz" |
		sed -n "/SRC BEGIN ($2.c)/,/SRC END/p" | sed -n '/^\.EX/,/^\.EE/p' |
		sed -e '/^\.E[XE]/d' -e 's/\\e/\\/g' -e 's/\\-/-/g' -e "s/\\\\\[aq\]/'/g" >"$2.c"
	[ -s "$2.c" ]
	gcc -Wall -Werror -o "$2" "$2.c" -lkeyutils
}

program add_key add_key
program request_key t_request_key
program keyctl key_instantiate
openssl req -new -x509 -nodes -newkey rsa:2048 -subj /CN=reader -days 3650 \
	-keyout key.pem -out key.x509
rm -rf pages manpages-dev_*.deb
: >complete
