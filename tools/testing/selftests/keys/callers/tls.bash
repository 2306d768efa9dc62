# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# Sourced by the scenes whose kernel has TLS connections: tlshd(8), which shakes
# hands for the kernel, at both ends.

# start_tlshd: with /tmp/tlshd.conf, in a session of its own, as a service is
start_tlshd() {
	touch /tmp/tlshd.conf
	chmod 600 /tmp/tlshd.conf
	keyctl session - "$BUILD/tlshd/tlshd" --stderr --config /tmp/tlshd.conf \
		>>/tmp/tlshd.log 2>&1 &
	tlshd=$!
	# A socket of generic netlink that has joined a group
	wait_for 30 grep -Eq '^[^ ]+ +16 +[0-9]+ +[0-9a-f]*[1-9a-f]' /proc/net/netlink
}

stop_tlshd() {
	kill "$tlshd"
	wait "$tlshd"
}
