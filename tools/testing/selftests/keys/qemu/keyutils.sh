#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# usage: keyutils.sh SOURCE
# In a guest: run the scripts of the keyutils package's test suite that
# /mnt/share/queue names and nobody has claimed yet. Each leaves a directory
# in /mnt/share/results: its logs, and `verdict` (PASS, FAIL, SKIP or TIMEOUT,
# seconds, reason), which is written last.
#
# The tests stay as they are; what they expect of a machine is made here, on
# the throwaway overlay.
set -uo pipefail

source=$1
share=/mnt/share
limit=${SCRIPT_TIMEOUT:-600}
tests=/tmp/keyutils/tests
tools=/tmp/keyutils/bin

# A program that the suite calls for little, that a small machine may lack and
# that is slow to start here.
substitute() {
	cat >"$tools/$1"
	chmod 755 "$tools/$1"
}

prepare() {
	mkdir -p $tools $share/claimed $share/results
	cp -r "$source/tests" /tmp/keyutils/
	export PATH=$tools:$PATH
	# its answer decides only whether RHEL's exceptions hold
	substitute lsb_release <<<$'#!/bin/sh\necho Debian'
	# asked for the byte order of a running bash
	local order=LSB
	[ "$(printf '\1\0' | od -An -td2 | tr -d ' ')" = 1 ] || order=MSB
	substitute file <<<$'#!/bin/sh\n'"echo 'ELF 64-bit $order pie executable'"
	# the requesting scripts need the package's own rules
	cp "$source/request-key.conf" /etc/request-key.conf
	rm -f /etc/request-key.d/*
	mkdir -p /usr/share/keyutils
	cp "$source/request-key-debug.sh" /usr/share/keyutils/
	chmod 755 /usr/share/keyutils/request-key-debug.sh
}

# The step that a script was at when it first failed: what it calls the step,
# the command, and what that printed.
first_failure() {
	awk '
		/^\+\+\+ /		{ step = substr($0, 5); next }
		/^=== FAILED ===/	{ exit }
		/^keyctl |\| keyctl /	{ command = $0; output = ""; next }
		{ output = output (output == "" ? "" : " / ") $0 }
		END {
			if (length(command) > 160)
				command = substr(command, 1, 160) "..."
			if (length(output) > 240)
				output = substr(output, 1, 240) "..."
			print "[" step "] " command " => " output
		}' test.out
}

# judge STATUS SECONDS: verdict and reason of the script that ended so
judge() {
	if [ "$1" = 124 ] || { [ "$1" = 137 ] && [ "$2" -ge "$limit" ]; }; then
		verdict=TIMEOUT reason="longer than $limit s at [$(grep -a '^+++ ' test.out | tail -n 1)]"
	elif grep -qa '^=== FAILED ===' test.out; then
		verdict=FAIL reason=$(first_failure)
	elif [ "$1" != 0 ]; then
		verdict=FAIL reason="exit status $1: $(grep -a . stdout | tail -n 1)"
	elif grep -qa '^++++ SKIPPING TEST' test.out; then
		verdict=SKIP reason=$(grep -a '^+++ ' test.out | tail -n 1 | cut -c5-)
	elif grep -qa '^++++ FINISHED TEST: PASS' test.out; then
		verdict=PASS reason=
	else
		verdict=FAIL reason="ended before it was finished: $(grep -a . stdout | tail -n 1)"
	fi
}

run_script() {
	local name=$1 start=$SECONDS verdict reason result=$share/results/${1//\//.}
	mkdir -p "$result"
	cd "$tests/$name" || return 1
	: >test.out
	TEST=$name setsid --wait timeout -k 5 "$limit" bash ./runtest.sh </dev/null >stdout 2>&1
	judge $? $((SECONDS - start))
	cp -- *.out stdout "$result/"
	echo "$verdict $((SECONDS - start)) $reason" >"$result/verdict.new"
	mv "$result/verdict.new" "$result/verdict"
	echo "$verdict $name $((SECONDS - start)) s"
}

prepare
while read -r name; do
	mkdir "$share/claimed/${name//\//.}" 2>/dev/null || continue
	run_script "$name" || exit 1
done <$share/queue
