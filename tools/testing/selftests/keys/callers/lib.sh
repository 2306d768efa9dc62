# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# Sourced by each scene: how a scene says what it saw.
#
# A scene prints one line for each thing that a caller relies on. The text is
# the same whatever happens and names no number that differs between two runs,
# since integration/scripts/callers compares the lines of two kernels.
#
#   ok - TEXT            it was so
#   not ok - TEXT        it was not; lines with "# " before tell more
#   skip - TEXT: REASON  it can't run here
set -u

export LC_ALL=C.UTF-8
scene_failed=0

ok() {
	echo "ok - $*"
}

not_ok() {
	echo "not ok - $*"
	scene_failed=1
}

skip() {
	echo "skip - $1: $2"
}

# check TEXT COMMAND...: the command succeeds. What it printed is shown if not.
check() {
	local text=$1 said
	shift
	if said=$("$@" 2>&1); then
		ok "$text"
	else
		sed 's/^/# /' <<<"$said"
		not_ok "$text"
	fi
}

# refuse TEXT PATTERN COMMAND...: the command fails and says PATTERN.
refuse() {
	local text=$1 pattern=$2 said
	shift 2
	if said=$("$@" 2>&1); then
		echo "# it succeeded: $said"
		not_ok "$text"
	elif ! grep -qE -- "$pattern" <<<"$said"; then
		sed 's/^/# /' <<<"$said"
		not_ok "$text"
	else
		ok "$text"
	fi
}

# same TEXT EXPECTED COMMAND...: the command prints EXPECTED
same() {
	local text=$1 expected=$2 said
	shift 2
	said=$("$@" 2>&1)
	if [ "$said" = "$expected" ]; then
		ok "$text"
	else
		echo "# $said"
		not_ok "$text"
	fi
}

# wait_for SECONDS COMMAND...: until the command succeeds
wait_for() {
	local end=$((SECONDS + $1))
	shift
	until "$@" >/dev/null 2>&1; do
		[ $SECONDS -lt $end ] || return 1
		sleep 0.2
	done
}

# as USER COMMAND...: a session of its own, as at a login
as() {
	local user=$1
	shift
	setpriv --reuid="$user" --regid="$(id -g "$user")" --init-groups --reset-env \
		keyctl session - "$@" 2> >(grep -v '^Joined session keyring' >&2)
}

# mount_encryptable DIRECTORY: an ext4 that can encrypt, on a disk of its own
mount_encryptable() {
	mkdir -p "$1"
	truncate -s 64M /tmp/disk
	mkfs.ext4 -q -O encrypt /tmp/disk
	mount "$(losetup -f --show /tmp/disk)" "$1"
}

finish() {
	exit $scene_failed
}
