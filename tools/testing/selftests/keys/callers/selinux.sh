#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# An SELinux policy gives new keys the type of their maker, or the one that the
# maker wrote to attr/keycreate, and each use of a key asks for a permission of
# class key. Audit tells which were refused, and here which were granted, too.
# packages: secilc selinux-utils policycoreutils
# build: keyshell
# append: lsm=selinux selinux=1 enforcing=0
# seconds: 120
# shellcheck source=tools/testing/selftests/keys/callers/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=tools/testing/selftests/keys/callers/keyshell.lib
. "$(dirname "$0")/keyshell.lib"

# What a use of a key may ask for. Type no_view_t has all but View for app_t.
permissions=(view read write search link setattr)

# The policy knows the classes key and process; all else is allowed.
# shellcheck disable=SC2317 # called by load
policy() {
	local permission
	cat <<-'END'
		(handleunknown allow) (mls false)
		(class key (view read write search link setattr create))
		(class process (transition dyntransition))
		(classorder (key process))
		(sid kernel) (sid security) (sid unlabeled)
		(sidorder (kernel security unlabeled))
		(sensitivity s0) (sensitivityorder (s0)) (sensitivitycategory s0 (c0))
		(category c0) (categoryorder (c0))
		(user u) (role r) (role object_r) (userrole u r) (userrole u object_r)
		(userlevel u (s0)) (userrange u ((s0) (s0)))
		(sidcontext kernel (u r base_t ((s0) (s0))))
		(sidcontext security (u r base_t ((s0) (s0))))
		(sidcontext unlabeled (u r base_t ((s0) (s0))))
		(type base_t) (type app_t) (type peer_t) (type full_t)
		(type marker_t) (type no_create_t)
		(typeattribute every) (typeattribute usable)
		(typeattributeset every (base_t app_t peer_t full_t marker_t no_create_t))
		(roletype r every) (roletype object_r every)
		(allow every every (process (all)))
		(allow base_t every (key (all)))
		(allow peer_t peer_t (key (all)))
		(allow app_t app_t (key (all)))
		(allow app_t full_t (key (all)))
		(allow app_t base_t (key (search)))
		(allow app_t no_create_t (key (not (create))))
		(auditallow app_t full_t (key (all)))
		(auditallow app_t usable (key (all)))
		(auditallow base_t marker_t (key (view)))
	END
	for permission in "${permissions[@]}"; do
		echo "(type no_${permission}_t)"
		echo "(typeattributeset every (no_${permission}_t))"
		echo "(typeattributeset usable (no_${permission}_t))"
		echo "(allow app_t no_${permission}_t (key (not ($permission))))"
	done
}

# shellcheck disable=SC2317 # called by check
load() {
	policy >/tmp/policy.cil
	secilc -c 33 -o /tmp/policy -f /dev/null /tmp/policy.cil || return
	mountpoint -q /sys/fs/selinux || mount -t selinuxfs selinuxfs /sys/fs/selinux
	cat /tmp/policy >/sys/fs/selinux/load
}

# Audit's lines come by the kernel's log, without a limit.
listen() {
	echo 0 >/proc/sys/kernel/printk_ratelimit
	mkfifo /tmp/log
	cat /dev/kmsg >/tmp/log &
	exec {log}</tmp/log
}

# heard: sets said to what audit said since the last time, each thing once:
# "granted view full_t" or "denied view no_view_t permissive=1". The marker's
# own line is the end of that.
heard() {
	local line
	said=()
	tell base describe "$marker"
	while read -t 20 -r line <&"$log"; do
		[[ $line =~ avc:\ +(granted|denied)\ +\{\ ([a-z ]+)\ \}.*scontext=u:r:([a-z_]+)\ tcontext=u:r:([a-z_]+)\ tclass=key(.*) ]] || continue
		[ "${BASH_REMATCH[3]} ${BASH_REMATCH[4]}" != "base_t marker_t" ] || break
		said+=("${BASH_REMATCH[1]} ${BASH_REMATCH[2]} ${BASH_REMATCH[4]}${BASH_REMATCH[5]}")
	done
	[ ${#said[@]} -lt 2 ] || mapfile -t said < <(printf '%s\n' "${said[@]}" | sort -u)
}

# Domain base makes what domain app uses: both root's, so that only SELinux can
# refuse.
prepare() {
	start base env
	start app env
	start user setpriv --reuid=4711 --regid=4711 --clear-groups
	tell base join
	tell app join
	tell base id @p
	tell base attr keycreate u:r:marker_t
	marker=$(ask base add user marker x @p)
	tell base attr keycreate u:r:base_t
	listen
	tell app attr current u:r:app_t
	tell app join
	tell app setperm @s 0x3f3f0000
	app_session=$(ask app id @s)
	own=$(ask app add user own x @s)
}

# make TYPE COMMAND: RING with KEY in it, of that type, in the session of base
# and not possessed by app; and RING2 with KEY2, which the session of app links
# if the command names them: all that app asks for is searched for there, too
make() {
	tell base clear @s
	tell app clear @s
	tell app add user own x @s
	own=$answer
	tell base attr keycreate "u:r:$1"
	tell base newring ring @s
	ring=$answer
	tell base add user inner x "$ring"
	key=$answer
	tell base newring ring2 @s
	ring2=$answer
	tell base add user inner2 x "$ring2"
	key2=$answer
	tell base attr keycreate u:r:base_t
	for answer in "$ring" "$key" "$ring2" "$key2"; do
		tell base setperm "$answer" 0x3f3f0000
	done
	[[ $2 != *2* ]] || tell base link "$ring2" "$app_session"
}

# use COMMAND: by app, with the names of keys put in; sets answer, said
use() {
	local command=$1
	heard
	command=${command//KEY2/$key2}
	command=${command//RING2/$ring2}
	command=${command//KEY/$key}
	command=${command//RING/$ring}
	command=${command//OWN/$own}
	tell app "$command"
	local result=$answer
	heard
	answer=$result
	[[ $answer =~ ^E[A-Z]+$ ]] || answer=allowed
}

# words WORD TYPE: which permissions audit granted or denied on that type
words() {
	local line list=()
	for line in "${said[@]}"; do
		[[ $line == "$1 "*" $2"* ]] || continue
		line=${line#* }
		list+=("${line%% *}")
	done
	echo "${list[*]}"
}

# one_use NAME COMMAND ASKED REFUSALS: what it asks for when all is allowed, and
# each permission without which it ends otherwise, as PERMISSION:ANSWER
one_use() {
	local name=$1 command=$2 needs=$3 refusals=$4 permission found=()
	make full_t "$command"
	use "$command"
	same "$name asks { $needs }" "allowed: $needs" echo "$answer: $(words granted full_t)"
	for permission in "${permissions[@]}"; do
		make "no_${permission}_t" "$command"
		use "$command"
		[ -z "$(words denied "no_${permission}_t")" ] || found+=("$permission:$answer")
		[ "$answer" = allowed ] || [ -n "$(words denied "no_${permission}_t")" ] ||
			found+=("$permission:$answer, unsaid")
	done
	same "$name: what is refused, and said to be denied: ${refusals:-nothing}" \
		"$refusals" echo "${found[*]}"
}

uses() {
	local name command needs refusals
	while IFS='|' read -r name command needs refusals; do
		one_use "$name" "$command" "$needs" "$refusals"
	done <<-'END'
		describe|describe KEY|view|view:EACCES
		security|security KEY|view|view:ENOKEY
		read|read KEY|read|read:EACCES
		read what is possessed|read KEY2|read search|read:allowed search:allowed
		update|update KEY y|write|write:EACCES
		search|search RING user inner|search|search:EACCES
		link a key|link KEY @s|link|link:EACCES
		link into a keyring|link OWN RING|write|write:EACCES
		move out of a keyring|move KEY RING @s|link write|write:EACCES link:EACCES
		unlink|unlink KEY RING|write|write:EACCES
		add to a keyring|add user new x RING|write|write:EACCES
		add what is there|add user inner y RING|write|write:EACCES
		clear|clear RING|write|write:EACCES
		restrict|restrict RING|setattr|setattr:EACCES
		set the mask|setperm KEY 0x3f3f0000|setattr|setattr:EACCES
		set a time limit|timeout KEY 100|setattr|setattr:EACCES
		chown|chown KEY -1 1|setattr|setattr:EACCES
		revoke|revoke KEY|write|write:allowed
		invalidate|invalidate KEY|search|search:EACCES
		watch|watch KEY|view|view:EACCES
		request what is possessed|request user inner2 0|search|search:ENOKEY
		request into a keyring|request user own RING|write|write:EACCES
		persistent into a keyring|persistent -1 RING|write|write:EACCES
		read /proc/keys|seen inner|view|view:allowed
	END
}

# label TEXT TYPE ACTOR COMMAND...
label() {
	local text=$1 type=$2
	shift 2
	says "$text has type $type" "u:r:$type" "$@"
}

labels() {
	label "a new key" app_t app security "$own"
	label "the session keyring" app_t app security @s
	label "a thread keyring" app_t app child id @t ";" security @t
	label "a process keyring" app_t app child id @p ";" security @p
	tell user attr current u:r:app_t
	tell user id @u
	label "a user keyring" app_t user security @u
	label "a user-session keyring" app_t user security @us
	label "a persistent keyring" app_t user security "$(ask user persistent -1 @us)"
	tell app attr keycreate u:r:full_t
	label "with keycreate, a new key" full_t app security "$(ask app add user k x @s)"
	label "with keycreate, a keyring" full_t app security "$(ask app newring r @s)"
	label "with keycreate, a session keyring" full_t app child join ";" security @s
	label "with keycreate, a thread keyring" full_t app child id @t ";" security @t
	label "with keycreate, a process keyring" full_t app child id @p ";" security @p
	tell app attr keycreate u:r:app_t
	label "a key that is updated by another domain" app_t app security \
		"$(ask base update "$own" y >/dev/null && echo "$own")"
}

# The helper program runs in the kernel's domain, but the key is the caller's.
upcall() {
	local made
	echo 'create user app:* * /bin/keyctl instantiate %k made %S' >/etc/request-key.conf
	made=$(ask app upcall user app:key @s)
	says "a helper program instantiates a key" made app read "$made"
	label "a key of a helper program" app_t app security "$made"
}

# refused_create: the right to give a key that type
refused_create() {
	heard
	says "keycreate without create: EACCES" EACCES app attr keycreate u:r:no_create_t
	heard
	same "and said to be denied" "denied create no_create_t permissive=0" echo "${said[*]}"
}

# permissive PERMISSION COMMAND: works, and audit tells
permissive() {
	make "no_$1_t" "$2"
	use "$2"
	same "permissive, without $1: allowed, and said to be denied" \
		"allowed denied $1 no_$1_t permissive=1" \
		echo "$answer $(printf '%s\n' "${said[@]}" | grep "^denied $1 ")"
}

session_to_parent() {
	setenforce 1
	told "a child in another domain gives its session to the parent" \
		app child attr current u:r:peer_t ";" attr keycreate u:r:peer_t ";" to-parent
	says "the parent stays in its domain" u:r:app_t app attr current
	heard
	says "the parent may not look at that session: EACCES" EACCES app security @s
	heard
	same "and said to be denied" \
		"denied search peer_t permissive=0 denied view peer_t permissive=0" \
		echo "${said[*]}"
	setenforce 0
	label "that session" peer_t app security @s
}

check "the policy is loaded" load
[ $scene_failed = 0 ] || finish
prepare
setenforce 1
same "the policy is enforced" 1 cat /sys/fs/selinux/enforce
labels
upcall
refused_create
uses
setenforce 0
permissive view "describe KEY"
permissive read "read KEY"
permissive write "update KEY y"
permissive search "search RING user inner"
permissive link "link KEY @s"
permissive setattr "setperm KEY 0x3f3f0000"
session_to_parent
finish
