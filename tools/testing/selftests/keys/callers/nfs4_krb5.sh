#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Two users at once on an NFSv4 mount with Kerberos: a thread of rpc.gssd(8)
# becomes the user, by setresuid() in that thread alone, and must find that
# user's tickets and nobody else's, in KEYRING: caches and in files.
# packages: krb5-kdc krb5-admin-server krb5-user keyutils nfs-common nfs-kernel-server
# seconds: 180
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/kdc.bash"
. "$(dirname "$0")/nfs.bash"

# use_caches NAME: krb5.conf says that the users' caches are these
use_caches() {
	sed -i -e '/default_ccache_name/d' \
		-e "/libdefaults/a default_ccache_name = $1" /etc/krb5.conf
}

# logged_in COMMAND...: on behalf of alice, without KRB5CCNAME; or of USER
logged_in() {
	as "$1" env LC_ALL=C.UTF-8 bash -c "$(declare -f); \"\$@\"" bash "${@:2}"
}

# write_and_read FILE SECONDS: so long; the user's name, at least once. Where two
# users ask for contexts at the same time, the kernel refuses one of them now and
# then, and remembers that for five seconds; who tries again gets one.
write_and_read() {
	local i=0 end
	wait_for 30 touch "$1" || return
	end=$((SECONDS + $2))
	while [ "$i" = 0 ] || [ "$SECONDS" -lt "$end" ]; do
		i=$((i + 1))
		echo "$USER $i" >"$1" || return
		[ "$(cat "$1")" = "$USER $i" ] || return
		sleep 0.2
	done
}

# A new mount has no contexts: rpc.gssd makes those of both users at once.
both_at_once() {
	local status=0
	umount "$mounted"
	mount_nfs sec=krb5 || return
	rm -f "$exported"/{alice,bob}/loop
	logged_in alice write_and_read "$mounted/alice/loop" 3 &
	logged_in bob write_and_read "$mounted/bob/loop" 3 || status=1
	wait $! || status=1
	[ "$status" = 0 ] && [ "$(stat -c %U "$exported"/{alice,bob}/loop | xargs)" = "alice bob" ]
}

export_directories() {
	install -d -o alice -m 700 "$exported/alice"
	install -d -o bob -m 700 "$exported/bob"
}

# with_caches NAME
with_caches() {
	local caches=$1
	use_caches "$caches"
	check "$caches: root mounts with the machine's key" mount_nfs sec=krb5
	logged_in alice get
	check "$caches: a user with a ticket writes a file" \
		logged_in alice write_and_read "$mounted/alice/file" 0
	same "$caches: the file is the user's on the server" "alice" stat -c %U "$exported/alice/file"
	# The client returns ESTALE for the root of a mount that it cannot look at.
	refuse "$caches: a user without a ticket is refused" "denied|expired|Stale" \
		logged_in bob ls "$mounted"
	logged_in bob get
	# The kernel remembers for five seconds that there was no ticket.
	check "$caches: and is not with a ticket" wait_for 30 logged_in bob ls "$mounted"
	refuse "$caches: a user does not get at another user's files" "denied" \
		logged_in bob cat "$mounted/alice/file"
	check "$caches: both users write and read at once" both_at_once
	check "$caches: and again, with new contexts" both_at_once
	logged_in alice kdestroy
	umount "$mounted"
	mount_nfs sec=krb5
	refuse "$caches: no new context after kdestroy" "denied|expired" \
		logged_in alice cat "$mounted/alice/file"
	check "$caches: kdestroy of one user leaves the other one alone" \
		logged_in bob write_and_read "$mounted/bob/file" 0
	logged_in bob kdestroy
	umount "$mounted"
}

of_a_session() {
	use_caches KEYRING:session:nfs
	mount_nfs sec=krb5
	refuse "KEYRING:session:nfs: rpc.gssd is not in the user's session" "denied|expired" \
		logged_in alice eval "get; cat $mounted/alice/file"
	umount "$mounted"
}

start_kdc "addprinc -randkey nfs/$host" "ktadd -norandkey nfs/$host"
# Each user has a process all the time, and so a user keyring.
as alice sleep 1000 &
as bob sleep 1000 &
start_nfs_server sec=krb5:krb5i:krb5p
export_directories
rpc.svcgssd -f -v >/tmp/svcgssd.log 2>&1 &
rpc.gssd -f -v -p /run/rpc_pipefs >/tmp/gssd.log 2>&1 &
for caches in 'KEYRING:persistent:%{uid}' KEYRING:user:nfs 'FILE:/tmp/krb5cc_%{uid}'; do
	with_caches "$caches"
done
of_a_session
stop_nfs_server
[ $scene_failed = 0 ] || tail -n 40 /tmp/gssd.log /tmp/svcgssd.log | sed 's/^/# /'
finish
