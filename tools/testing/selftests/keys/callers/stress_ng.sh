#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# stress-ng's own test of keys, which checks each answer (--verify), as root and
# as a user. When the program has ended, its keys are charged to nobody.
# packages: stress-ng
# seconds: 120
# shellcheck disable=SC1091 # lib.sh is beside this file
. "$(dirname "$0")/lib.sh"

useradd -m tester

# charged UID: keys and bytes that /proc/key-users charges; nothing for none
charged() {
	sed -nE "s,^ *$1: +[0-9]+ [0-9]+/[0-9]+ ([0-9]+)/[0-9]+ ([0-9]+)/.*,\1 \2,p" /proc/key-users
}

# is_charged UID CHARGE
is_charged() {
	[ "$(charged "$1")" = "$2" ]
}

# stressed COMMAND...: stress-ng found no fault and did all that was asked for,
# as its last line and its table say
stressed() {
	local said status
	said=$("$@" stress-ng --key 2 --key-ops 40 --verify --metrics --timeout 100 \
		--temp-path /tmp 2>&1)
	status=$?
	echo "$said"
	[ $status = 0 ] && grep -q '\] successful run completed' <<<"$said" &&
		grep -Eq '\] key +[4-9][0-9] ' <<<"$said" && ! grep -q ' fail: ' <<<"$said"
}

before=$(charged 0)
check "as root, every answer is right" stressed env
check "root is charged as before" wait_for 20 is_charged 0 "$before"
uid=$(id -u tester)
check "as a user, every answer is right" stressed as tester
check "nothing is charged to the user" wait_for 20 is_charged "$uid" ""
finish
