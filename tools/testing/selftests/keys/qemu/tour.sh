#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# usage: tour.sh
# In a guest, as root: a walk through the keyrings, for people to read. Each
# command is shown with what it printed and with what was expected of it; the
# exit status is 0 only if everything was as expected.
#
# It adds a user and may edit /etc/pam.d: the guest's root is a throwaway.
# shellcheck disable=SC2016,SC2317 # checks are handed over as text
set -uo pipefail

here=$(dirname "$(realpath "$0")")
traveller=traveller
output=$(mktemp)
steps=0
wrong=()
text="" status=0

# --- telling and checking

chapter() {
	printf '\n=== %s\n' "$*"
}

tell() {
	printf '    %s\n' "$@"
}

# confirm CLAIM COMMAND...: the claim holds if the command says so
confirm() {
	local claim=$1
	shift
	steps=$((steps + 1))
	if "$@"; then
		echo "   ok: $claim"
	else
		echo "   NOT OK: $claim"
		wrong+=("$claim (after: $last)")
	fi
}

# try COMMAND: run it in this very shell, as if typed; it must succeed
try() {
	run "$1"
	[ "$status" = 0 ] || confirm "it succeeds, but ended with $status" false
	steps=$((steps + 1))
}

# refuse MESSAGE COMMAND: it must fail, and say why
refuse() {
	run "$2"
	confirm "refused: $1" refused "$1"
}

# refuse_soon MESSAGE COMMAND: the same within seconds, where a grace period
# may pass between the end of the last user and that of the key
refuse_soon() {
	local tries
	for ((tries = 0; tries < 50; tries++)); do
		run "$2" >/dev/null
		refused "$1" && break
		sleep 0.1
	done
	refuse "$1" "$2"
}

refused() {
	[ "$status" != 0 ] && has "$1"
}

run() {
	last=$1
	echo "\$ $1"
	eval "$1" >"$output" 2>&1 </dev/null
	status=$?
	text=$(<"$output")
	[ -z "$text" ] || printf '%s\n' "$text"
}

has() {
	grep -qE -- "$1" <<<"$text"
}

hasnt() {
	! has "$1"
}

is() {
	[ "$1" = "$2" ]
}

isnt() {
	[ "$1" != "$2" ]
}

is_number() {
	[[ $1 =~ ^[0-9]+$ ]]
}

finish() {
	chapter "The end"
	if [ ${#wrong[@]} = 0 ] && [ $steps -gt 0 ]; then
		echo "tour: $steps steps, each gave what it should"
		exit 0
	fi
	echo "tour: ${#wrong[@]} of $steps steps did not give what they should:"
	printf '  %s\n' "${wrong[@]}"
	exit 1
}

# --- logging in

# Debian has pam_keyinit in both files; where an administrator took it out,
# the tour puts it back.
enable_keyinit() {
	local file=/etc/pam.d/$1
	[ -e "$file" ] || [ ! -e /etc/pam.d/su ] ||
		printf '%s\n' 'auth include su' 'account include su' \
			'password include su' 'session include su' >"$file"
	grep -qE '^[^#]*pam_keyinit' "$file" 2>/dev/null && return
	tell "(pam_keyinit is not in $file: put there)"
	echo 'session optional pam_keyinit.so force revoke' >>"$file"
}

prepare_traveller() {
	if ! id $traveller >/dev/null 2>&1; then
		try "useradd --create-home --shell /bin/bash $traveller"
	fi
	home=$(getent passwd $traveller | cut -d: -f6)
	uid=$(id -u $traveller)
	confirm "there is an ordinary user to log in as" is_number "$uid"
	# What is "typed" after the login stands in a file.
	mkdir -p "$home"
	cat >"$home/.bash_profile" <<-'END'
		while read -r line; do
			[ -n "$line" ] || continue
			echo "traveller\$ $line"
			eval "$line"
		done <~/typed 2>&1
		exit 0
	END
	touch "$home/.hushlogin" "$home/typed"
	chown -R $traveller: "$home"
	touch /run/utmp /var/log/wtmp /var/log/lastlog
	enable_keyinit login
	enable_keyinit su-l
}

# visit HOW: log in as the traveller and do there what standard input says
visit() {
	last="$1 as $traveller"
	cat >"$home/typed"
	case $1 in
	login)
		echo "# login -f $traveller"
		timeout -k 5 120 script -qec "login -f $traveller" /dev/null \
			</dev/null >"$output" 2>&1
		;;
	su)
		echo "# su -l $traveller"
		timeout -k 5 120 su -l $traveller </dev/null >"$output" 2>&1
		;;
	esac
	status=$?
	text=$(tr -d '\r' <"$output")
	printf '%s\n' "$text"
	echo "# (logged out)"
	confirm "the visit by $1 went well to its end" eval '[ "$status" = 0 ] && has "^bye$"'
}

# said WORD: what the visitor said after this word
said() {
	sed -n "s/^$1 //p" <<<"$text"
}

# --- the chapters

visit_kernel() {
	chapter "The kernel"
	try "uname -rv"
	try "keyctl supports"
	confirm "it is a kernel that answers what it can do" has '^have_capabilities=1$'
}

visit_root_at_boot() {
	chapter "root, before anybody has logged in"
	tell "A process without a session keyring uses its user's default one."
	try "keyctl show @s"
	confirm "@s is root's user-session keyring" has '^ *[0-9]+ .* keyring: _uid_ses\.0$'
	confirm "which links root's user keyring" has ' \\_ keyring: _uid\.0$'
	try "keyctl id @u"
	local user=$text
	try "keyctl id @us"
	local session=$text
	confirm "@u and @us are two keyrings" isnt "$user" "$session"
	try "keyctl id @us"
	confirm "@us is the same one when asked again" is "$text" "$session"
	try "keyctl describe @u"
	confirm "@u is called _uid.0 and belongs to root" has 'keyring: _uid\.0$'
	try "keyctl describe @us"
	confirm "@us is called _uid_ses.0" has 'keyring: _uid_ses\.0$'
}

# A program that looks at the keyrings of its own thread and process, which
# no keyctl command sees: they go with the exec that starts it.
write_own_rings() {
	cat >/usr/local/bin/own-rings <<-'END'
		#!/usr/bin/perl
		use strict;
		my ($add_key, $request_key, $keyctl, $describe) = (248, 249, 250, 6);
		$| = 1;
		sub name {
			my $buffer = "\0" x 256;
			my $length = syscall($keyctl, $describe, $_[0], $buffer, 256);
			return $length < 0 ? $! : (split /;/, substr($buffer, 0, $length - 1))[-1];
		}
		for (["\@t", -1], ["\@p", -2]) {
			my ($ring, $id) = @$_;
			my ($type, $description, $payload) = ("user", "in $ring", "air");
			print "$ring at first: ", name($id), "\n";
			my $key = syscall($add_key, $type, $description, $payload, 3, $id);
			print "$ring with a key in it: ", name($id), "\n";
			my $found = syscall($request_key, $type, $description, 0, 0);
			print "$ring is searched: ", $found == $key && $key > 0 ? "yes" : "no: $!", "\n";
		}
		if (fork == 0) {
			print "after fork: \@t ", name(-1), ", \@p ", name(-2), "\n";
			exit;
		}
		wait;
		exec "sh", "-c", "echo after exec: \@p \$(keyctl show \@p 2>&1)";
	END
	chmod 755 /usr/local/bin/own-rings
}

# check_own_rings: what own-rings must have said
check_own_rings() {
	local none="Required key not available"
	confirm "a thread's and a process's keyring are not there before they are needed" eval \
		"has '^@t at first: $none' && has '^@p at first: $none'"
	confirm "adding a key makes them: _tid and _pid" eval \
		"has '^@t with a key in it: _tid$' && has '^@p with a key in it: _pid$'"
	confirm "request_key looks into both" eval \
		"has '^@t is searched: yes$' && has '^@p is searched: yes$'"
	confirm "a child has neither" has "^after fork: @t $none, @p $none$"
	confirm "a new program has neither" has "^after exec: @p .*$none"
}

visit_thread_and_process() {
	chapter "Keyrings of a thread and of a process"
	refuse "Required key not available" "keyctl show @p"
	tell "Each keyctl is a process of its own; what it makes there goes with it:"
	try "keyctl add user breath air @p"
	local breath=$text
	confirm "add says which key it made" is_number "$breath"
	refuse_soon "Required key not available" "keyctl print $breath"
	try "keyctl add user breath air @t"
	refuse_soon "Required key not available" "keyctl print $text"
	tell "A program that looks at its own, while they last:"
	write_own_rings
	try "own-rings"
	check_own_rings
}

visit_session() {
	chapter "A session keyring for this shell"
	local before
	before=$(keyctl id @s)
	try "keyctl new_session tour"
	try "keyctl show @s"
	confirm "@s is a keyring called tour" has 'keyring: tour$'
	confirm "it is another one than before" isnt "$(keyctl id @s)" "$before"
	confirm "it is empty" is "$(keyctl rlist @s)" ""
	tour=$(keyctl id @s)
}

visit_key() {
	chapter "A key: added, read, updated"
	try "keyctl newring basket @s"
	basket=$text
	try "keyctl add user milk full $basket"
	milk=$text
	confirm "add says which key it made" is_number "$milk"
	try "keyctl print $milk"
	confirm "reading gives what was put in" is "$text" full
	try "keyctl read $milk"
	confirm "in hexadecimal too" has '^66756c6c *$'
	try "keyctl describe $milk"
	confirm "it is root's, with the usual permissions" has \
		'^ *[0-9]+: alswrv-----v------------ +0 +0 user: milk$'
	try "keyctl update $milk half"
	try "keyctl print $milk"
	confirm "it reads as updated" is "$text" half
	try "keyctl add user milk empty $basket"
	confirm "adding it again updates the same key" is "$text" "$milk"
	try "keyctl print $milk"
	confirm "with the new content" is "$text" empty
	try "grep -E ' (milk|basket|tour)[: ]' /proc/keys"
	confirm "/proc/keys shows the key" has \
		"^$(printf %08x "$milk") I--Q--- .* user +milk: 5$"
	confirm "and the keyring with one key" has 'keyring +basket: 1$'
	try "cat /proc/key-users"
	confirm "/proc/key-users accounts for root" has '^ *0: +[0-9]+ [0-9]+/[0-9]+ [0-9]+/[0-9]+ [0-9]+/[0-9]+$'
}

visit_links() {
	chapter "Searched, linked, moved"
	try "keyctl search @s user milk"
	confirm "search from @s finds it in the basket" is "$text" "$milk"
	try "keyctl request user milk"
	confirm "so does request_key" is "$text" "$milk"
	refuse "Required key not available" "keyctl search @s user honey"
	refuse "Required key not available" "keyctl search @u user milk"
	try "keyctl link $milk @u"
	try "keyctl search @u user milk"
	confirm "now the user keyring has it too" is "$text" "$milk"
	refuse "Resource deadlock avoided" "keyctl link $basket $basket"
	try "keyctl newring cellar @s"
	local cellar=$text
	try "keyctl move $milk $basket $cellar"
	try "keyctl show @s"
	confirm "the milk is in the cellar, the basket is empty" is \
		"$(keyctl rlist "$cellar" | tr -d ' ')/$(keyctl rlist "$basket")" "$milk/"
	try "keyctl unlink $milk $cellar"
	refuse "Required key not available" "keyctl search @s user milk"
	refuse "Permission denied" "keyctl print $milk"
	tell "Its owner may see it; to read it he must possess it. So far @u only has it:"
	try "keyctl link @u @s"
	try "keyctl print $milk"
	confirm "through the session keyring it reads" is "$text" empty
	try "keyctl unlink $milk @u"
	refuse_soon "Required key not available" "keyctl describe $milk"
	tell "With its last link the key went."
}

visit_ends() {
	chapter "Expired, revoked, invalidated"
	try "keyctl add user bread fresh @s"
	local bread=$text
	try "keyctl timeout $bread 4"
	try "keyctl print $bread"
	confirm "before the time is up it reads" is "$text" fresh
	try "sleep 5"
	refuse "Key has expired" "keyctl print $bread"
	refuse "Key has expired" "keyctl search @s user bread"
	try "keyctl add user secret whisper @s"
	local secret=$text
	try "keyctl revoke $secret"
	refuse "Key has been revoked" "keyctl print $secret"
	try "keyctl add user rumour loud @s"
	local rumour=$text
	try "keyctl invalidate $rumour"
	refuse "Required key not available" "keyctl print $rumour"
	try "keyctl clear @s"
	confirm "a cleared keyring is empty" is "$(keyctl rlist @s)" ""
}

visit_restricted() {
	chapter "Not everybody's"
	try "keyctl add user letter private @s"
	letter=$text
	try "keyctl setperm $letter 0x3f010000"
	try "keyctl add logon service:door pin @s"
	refuse "Operation not supported" "keyctl print $text"
	try "keyctl newring closed @s"
	local closed=$text
	try "keyctl restrict_keyring $closed"
	refuse "Operation not permitted" "keyctl add user late x $closed"
}

# check_session: what every login must have given the traveller
check_session() {
	confirm "@s is a fresh session keyring: _ses" has "^ *[0-9]+ .* $uid +$gid +keyring: _ses\$"
	confirm "it links the user's own keyring _uid.$uid" has " \\\\_ keyring: _uid\\.$uid\$"
	confirm "which is the very one that @u is" has "^ *$(said user) .* \\\\_ keyring: _uid\\.$uid\$"
	confirm "it is not the user-session keyring" isnt "$(said session)" "$(said user-session)"
	confirm "it is not root's" isnt "$(said session)" "$tour"
	confirm "@us is _uid_ses.$uid" has "keyring: _uid_ses\\.$uid\$"
}

visit_login() {
	chapter "An ordinary user logs in: login -f"
	prepare_traveller
	gid=$(id -g $traveller)
	visit login <<-END
		id -u
		keyctl show @s
		echo session \$(keyctl id @s)
		echo user \$(keyctl id @u)
		echo user-session \$(keyctl id @us)
		keyctl describe @us
		own-rings
		keyctl add user map "to the sea" @u
		echo found \$(keyctl search @s user map)
		keyctl print %user:map
		bash -c 'echo child \$(keyctl id @s)'
		keyctl session - sh -c 'echo subsession \$(keyctl id @s)' 2>/dev/null
		keyctl print $letter
		keyctl show $tour
		cat /proc/key-users
		echo bye
	END
	check_session
	check_own_rings
	confirm "a key in @u is found from @s, and reads" eval 'is_number "$(said found)" && has "^to the sea$"'
	confirm "a child inherits the session keyring" is "$(said child)" "$(said session)"
	confirm "a new session is another one" isnt "$(said subsession)" "$(said session)"
	confirm "root's letter is not for the traveller" has 'keyctl_read_alloc: Permission denied'
	confirm "the user has an account of its own" has "^ *$uid: "
	first_session=$(said session)
	first_user=$(said user)
}

# ends_with_user: does this kernel promise that a user's keyrings go with the user?
ends_with_user() {
	[ "$(cat /proc/sys/kernel/keys/uid_keyring_linger 2>/dev/null)" = 0 ]
}

# has_account: is anything charged to the traveller still?
has_account() {
	grep -q "^ *$uid:" /proc/key-users
}

# check_nothing_left USER-KEYRING: after the traveller's last process
check_nothing_left() {
	local tries
	tell "user-keyring(7): with the user's last process the user's keyrings go."
	refuse_soon "Required key not available" "keyctl describe $1"
	for ((tries = 0; tries < 50; tries++)); do
		has_account || break
		sleep 0.1
	done
	confirm "nothing of user $uid is left: no key, no charge, no account" eval '! has_account'
}

visit_after_logout() {
	chapter "After the logout"
	tell "pam_keyinit revokes the session keyring; the last process takes it along."
	refuse_soon "Required key not available" "keyctl describe $first_session"
	if ends_with_user; then
		check_nothing_left "$first_user"
		return
	fi
	tell "What is still there of user $uid (this kernel keeps the user's keyrings):"
	run "setpriv --reuid=$uid --regid=$gid --clear-groups awk '\$5 == $uid' /proc/keys"
	run "grep '^ *$uid:' /proc/key-users"
}

visit_su() {
	chapter "The same user once more: su -l"
	visit su <<-END
		keyctl show @s
		echo session \$(keyctl id @s)
		echo user \$(keyctl id @u)
		echo user-session \$(keyctl id @us)
		keyctl describe @us
		keyctl add user shell pink @s
		echo found \$(keyctl search @s user shell)
		keyctl print %user:shell
		echo bye
	END
	check_session
	confirm "the session keyring is another one than the first login's" isnt \
		"$(said session)" "$first_session"
	confirm "a key in @s is found and reads" eval 'is_number "$(said found)" && has "^pink$"'
	if [ "$(said user)" = "$first_user" ]; then
		tell "(the user keyring is the one of the first login: it was kept)"
	else
		tell "(the user keyring is a new one: the first went with the logout)"
	fi
	local su_session su_user
	su_session=$(said session) su_user=$(said user)
	refuse_soon "Required key not available" "keyctl describe $su_session"
	ends_with_user && check_nothing_left "$su_user"
	visit su <<-END
		keyctl show @s
		echo session \$(keyctl id @s)
		echo user \$(keyctl id @u)
		echo user-session \$(keyctl id @us)
		keyctl describe @us
		keyctl search @s user shell
		keyctl search @u user map
		echo bye
	END
	check_session
	confirm "what the last session had, the next has not" has 'keyctl_search: Required key not available'
	confirm "its session keyring is a third one" isnt "$(said session)" "$su_session"
	ends_with_user || return 0
	confirm "nor is there what the first login left in @u" is \
		"$(grep -c 'keyctl_search: Required key not available' <<<"$text")" 2
	check_nothing_left "$(said user)"
}

visit_both_at_once() {
	chapter "The same user twice at a time"
	tell "Another session of the traveller, in the background:"
	cat >"$home/typed" <<-END
		keyctl add user drum loud @u
		echo user \$(keyctl id @u) >~/drum
		echo session \$(keyctl id @s) >>~/drum
		mv ~/drum ~/drum.there
		for i in {1..600}; do [ -e ~/enough ] && break; sleep 0.1; done
	END
	rm -f "$home/drum.there" "$home/enough"
	su -l $traveller </dev/null >/dev/null 2>&1 &
	for _ in {1..300}; do
		[ -e "$home/drum.there" ] && break
		sleep 0.1
	done
	cat "$home/drum.there"
	visit su <<-END
		echo user \$(keyctl id @u)
		echo session \$(keyctl id @s)
		keyctl print %user:drum
		echo bye
	END
	confirm "both have the same user keyring" is "$(said user)" \
		"$(sed -n 's/^user //p' "$home/drum.there")"
	confirm "what one put there the other reads" has '^loud$'
	confirm "each has a session keyring of its own" isnt "$(said session)" \
		"$(sed -n 's/^session //p' "$home/drum.there")"
	touch "$home/enough"
	wait
}

visit_root_still() {
	chapter "root, still in its session"
	try "keyctl show @s"
	confirm "nothing the traveller did changed it" eval \
		'has "keyring: tour$" && has "user: letter$" && hasnt "map|shell|drum| $uid "'
}

[ "$(id -u)" = 0 ] || {
	echo "tour: to be run as root in a guest, see $here/run" >&2
	exit 2
}
grep -q keysguest. /proc/cmdline || {
	echo "tour: only in a guest (it adds a user and edits /etc/pam.d)" >&2
	exit 2
}
visit_kernel
visit_root_at_boot
visit_thread_and_process
visit_session
visit_key
visit_links
visit_ends
visit_restricted
visit_login
visit_after_logout
visit_su
visit_both_at_once
visit_root_still
finish
