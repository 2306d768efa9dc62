#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# A process that Landlock forbids to write files keeps its keyrings and uses
# keys as before, and no way of getting a session keyring frees it: its parent's
# sandbox once got lost by KEYCTL_SESSION_TO_PARENT (CVE-2024-42318).
# append: lsm=landlock
# build: keyshell
# seconds: 20
# short
# shellcheck source=tools/testing/selftests/keys/callers/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=tools/testing/selftests/keys/callers/keyshell.lib
. "$(dirname "$0")/keyshell.lib"

start boxed env
start free env

session=$(ask boxed join)
key=$(ask boxed add user secret hidden @s)
thread=$(ask boxed id @t)
says "a file can be made before" 0 boxed create /tmp/before
says "the process shuts itself in a sandbox" 0 boxed sandbox
says "no file can be made after" EACCES boxed create /tmp/after

says "the session keyring is the same" "$session" boxed id @s
says "so is the thread keyring" "$thread" boxed id @t
says "an old key is read" hidden boxed read "$key"
says "and found by a request" "$key" boxed request user secret 0
told "a key is added" boxed add user new x @s
told "a keyring is made" boxed newring ring @t
says "a key is watched" 0 boxed watch "$key"
told "the user keyring is there" boxed read-ring @u
says "a child has the same session" "$session" boxed child id @s
says "a child is shut in, too" EACCES boxed child create /tmp/child

# The helper program is a child of the kernel, outside of the sandbox.
echo 'create user boxed:* * /bin/sh /tmp/helper %k %d %S' >/etc/request-key.conf
cat >/tmp/helper <<-'END'
	echo "$2" >/tmp/helped && keyctl instantiate "$1" made "$3"
END
made=$(ask boxed upcall user boxed:key @s)
says "a request calls the helper program" made boxed read "$made"
same "which is not shut in" boxed:key cat /tmp/helped

told "a child gives its session to the parent" boxed child to-parent
same "the parent has that one now" other \
	echo "$([ "$(ask boxed id @s)" = "$session" ] && echo the same || echo other)"
says "the parent is still shut in" EACCES boxed create /tmp/given
says "a new session does not free" EACCES boxed child join ";" create /tmp/joined
told "a child in a sandbox gives its session to a free parent" \
	free child sandbox ";" to-parent
says "the free parent is still free" 0 free create /tmp/free
finish
