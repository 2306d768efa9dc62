#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# runc, crun and podman give each container a session keyring of its own, charged
# to the user that the container's root is outside; and nothing stays of it.
# packages: catatonit crun jq podman runc uidmap
# seconds: 180
# shellcheck disable=SC1091,SC2016 # lib.sh is beside this file; a shell of the
# user expands what is in single quotes
. "$(dirname "$0")/lib.sh"

count=20
uid=20000
useradd -m builder
mountpoint -q /sys/fs/cgroup || mount -t cgroup2 none /sys/fs/cgroup
mkdir -p /tmp/c/rootfs
mount --bind --make-private / /tmp/c/rootfs
cd /tmp/c || exit 1

# bundle FILTER: its process is a shell that reads commands from /tmp/c/script
bundle() {
	rm -f config.json
	runc spec
	jq "$1"' | .process.terminal = false | .process.args = ["/bin/sh", "/tmp/c/script"]
		| .root.readonly = false' config.json >new && mv new config.json
}
mapped=".linux.namespaces += [{\"type\": \"user\"}]
	| .linux.uidMappings = [{\"containerID\": 0, \"hostID\": $uid, \"size\": 1000}]
	| .linux.gidMappings = .linux.uidMappings"

# has_no_keys UID: neither does a key belong to the user, nor is it charged
has_no_keys() {
	! grep -E "^ *$1: +[0-9]+ [1-9]" /proc/key-users
}
# in_keys PATTERN: how many lines of /proc/keys has it, for the user himself
in_keys() {
	setpriv --reuid=$uid --regid=$uid --clear-groups grep -cE "$1" /proc/keys
}
secrets() {
	[ "$(in_keys " $uid +$uid user +secret:")" = $count ]
}

# start_all: twenty containers, detached; says how many could not be started
start_all() {
	local i failed=0
	for ((i = 1; i <= count; i++)); do
		runc run -d "c$i" </dev/null >"out.$i" 2>&1 || failed=$((failed + 1))
	done
	grep -h "quota\|key" out.* | sort -u
	echo "$failed failed"
}
end_all() {
	local i
	for ((i = 1; i <= count; i++)); do
		runc delete -f "c$i" >/dev/null 2>&1
	done
}

bundle "$mapped"
echo 'keyctl add user secret of-this-container @s >/dev/null; exec sleep 1000' >script
same "twenty containers of one user start" "0 failed" start_all
same "each has a session keyring with its name" $count in_keys " $uid +$uid keyring +_ses\.c[0-9]+:"
check "each has put a key of its own there" wait_for 20 secrets
end_all
check "when they have ended nothing is charged to the user" wait_for 10 has_no_keys $uid
same "and no key is left" 0 in_keys " $uid +$uid "

echo 'keyctl rdescribe @s; keyctl add user secret x @s >/dev/null; keyctl pipe %user:secret' >script
same "a container sees its session keyring and reads its keys" \
	"keyring;0;0;3f130008;_ses.one
x" runc run one
outer=$(keyctl add user outer secret-of-root @s)
echo "keyctl search @s user outer; keyctl pipe $outer" >script
refuse "it does not see the keys of who started it" "Permission denied|Required key not available" \
	runc run two

bundle .
echo "keyctl pipe $outer" >script
refuse "nor does one without a user namespace" "Permission denied" runc run three
same "with --no-new-keyring it has the session of who started it" secret-of-root \
	runc run --no-new-keyring four

# --- without root
mkdir -p /tmp/r && cd /tmp/r && chown builder /tmp/r
echo 'keyctl add user secret mine @s >/dev/null; keyctl pipe %user:secret; keyctl rdescribe @s | cut -d";" -f1,5' \
	>/tmp/c/script
as builder bash -c 'cd /tmp/r && runc spec --rootless && jq ".process.terminal = false
	| .process.args = [\"/bin/sh\", \"/tmp/c/script\"] | .root.path = \"/tmp/c/rootfs\"" \
	config.json >new && mv new config.json'
same "a user's own container, without root" "minekeyring;_ses.own" as builder \
	bash -c 'cd /tmp/r && runc --root /tmp/r/state run own </dev/null'
check "nothing is charged to the user any more" wait_for 10 has_no_keys "$(id -u builder)"

# --- crun, podman
cd /tmp/c || exit 1
bundle "$mapped"
# crun gives its standard input to the container's root: let that be no /dev/null.
five() {
	: | crun run five
}
same "crun gives a session keyring, too" "minekeyring;five" five
check "and leaves nothing" wait_for 10 has_no_keys $uid
# six OPTION...: prints what the container says, without the keyring's name
six() {
	: | podman --storage-driver vfs run --rm -i --network none --cgroups disabled --log-driver none \
		"$@" --rootfs /tmp/c/rootfs /bin/sh /tmp/c/script 2>/tmp/podman.errors | sed 's/;.*//'
}
same "podman gives a session keyring, and its filter of calls refuses add_key()" keyring six
same "without that filter the container has a key there" minekeyring \
	six --security-opt seccomp=unconfined
sed 's/^/# /' /tmp/podman.errors
finish
