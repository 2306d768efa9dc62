#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# fscrypt's own tests of its command line: policies of both versions, login and
# other protectors, users with and without rights, on ext4.
# packages: expect libpam-modules
# build: fscrypt
# seconds: 600
# guest: MEM=3G
. "$(dirname "$0")/lib.sh"

# The tests write beside themselves, and change root's home not at all.
cp -r "$BUILD/fscrypt/fscrypt" /tmp/fscrypt
mkdir -p /run/user
cd /tmp/fscrypt/cli-tests || exit

for test in t_*.sh; do
	check "fscrypt's ${test%.sh}" ./run.sh "$test"
done
finish
