#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# "keyctl watch" and "keyctl watch_session" tell what happens to keys: one line
# for each change, in order, only to those who may view the key.
# packages: keyutils
# seconds: 50
# shellcheck disable=SC1091 # lib.sh is beside this file
. "$(dirname "$0")/lib.sh"

useradd -m owner
useradd -m friend
cd /tmp || exit 1
names=/tmp/names

# In the watched session: each key is named in a file, to be found in the log.
cat >changes <<'END'
call() {
	printf '%s %s\n' "$2" "$1" >>/tmp/names
}
call session "$(keyctl id @s)"
a=$(keyctl add user a one @s) && call a "$a"
keyctl watch_add 3 "$a"
keyctl update "$a" two
keyctl setperm "$a" 0x3f3f0000
keyctl timeout "$a" 1000
keyctl chgrp "$a" 1
ring=$(keyctl newring ring @s) && call ring "$ring"
keyctl watch_add 3 "$ring"
keyctl link "$a" "$ring"
keyctl unlink "$a" "$ring"
keyctl move "$a" @s "$ring"
keyctl clear "$ring"
b=$(keyctl add user b one @s) && call b "$b"
keyctl watch_add 3 "$b"
keyctl add user b two @s >/dev/null
keyctl revoke "$b"
c=$(keyctl add user c one @s) && call c "$c"
keyctl watch_add 3 "$c"
keyctl watch_rm 3 "$c"
keyctl update "$c" unseen
d=$(keyctl add user d one @s) && call d "$d"
keyctl watch_add 3 "$d"
keyctl invalidate "$d"
keyctl watch_sync 3
for ((i = 0; i < 100; i++)); do
	grep -q "^$d gc" /tmp/gone && break
	sleep 0.1
done
END

# named FILE: the log, with names in the place of numbers
named() {
	local script='' number name
	while read -r number name; do
		script+="s/\b$number\b/$name/g;"
	done <$names
	sed "$script" "$1"
}

# lines PATTERN: of the log
lines() {
	named log | grep -E "$1"
}

: >$names
keyctl watch_session -n watched log gone 3 bash changes >/dev/null 2>&1
named log | sed 's/^/# /'
same "a key: updated, and three times another attribute" "a upd
a attr
a attr
a attr" lines '^a '
same "a keyring: linked, unlinked, moved into it, cleared" "ring link a
ring unlk a
ring link a
ring clr" lines '^ring '
same "the session keyring: what was linked, and what was moved away" "session link a
session link ring
session unlk a
session link b
session link c
session link d" lines '^session '
same "a key: updated by add_key, revoked" "b upd
b rev" lines '^b '
same "no word of a key that is not watched any more" "" lines '^c '
same "a key: invalidated" "d inv" lines '^d '
same "all in the order in which it was done" "session link a
a upd
session link ring
ring clr
b rev
d inv" lines '^(session link (a|ring)|a upd|ring clr|b rev|d inv)$'
same "a watch ends with the key" "d gc" grep -x 'd gc' <(named gone)

# --- filters
cat >filtered <<'END'
key=$(keyctl add user f one @s)
echo "$key f" >/tmp/names
keyctl watch_add 3 "$key"
keyctl update "$key" two
keyctl revoke "$key"
keyctl watch_sync 3
sleep 0.5
END
rm -f log gone
keyctl watch_session -f r log gone 3 bash filtered >/dev/null 2>&1
same "a filter lets only its events through" "f rev" lines "^[0-9]+ |^f "

# --- others' keys: one may watch what one may view
# seen_by USER PERMISSIONS: what "keyctl watch" tells him about a key of the owner
cat >owned <<'END'
key=$(keyctl add user g one @s)
keyctl setperm "$key" "$1"
echo "$key g" >/tmp/names
chmod 666 /tmp/names
for ((i = 0; i < 150; i++)); do
	grep -qs started /tmp/watching && break
	sleep 0.1
done
sleep 1
keyctl update "$key" two
sleep 1
END
seen_by() {
	rm -f watching owned.log $names
	as owner bash owned "$2" &
	local owner=$!
	wait_for 20 test -s $names
	local key
	key=$(cut -d' ' -f1 $names)
	(sleep 0.5; echo started >/tmp/watching) &
	timeout 5 setpriv --reuid="$1" --clear-groups keyctl watch "$key" >owned.log 2>&1
	kill $owner 2>/dev/null
	wait $owner 2>/dev/null
	named owned.log | grep -v ' gc$'
}
same "a friend who may view the key sees its changes" "g upd" seen_by friend 0x3f010001
same "a friend who may not sees nothing" "keyctl_watch_key: Permission denied" \
	seen_by friend 0x3f010000
finish
