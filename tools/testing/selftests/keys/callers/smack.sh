#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Smack gives a key the label of the process that made it, and lets a process
# of another label use the key only as far as a rule says (Read for View, Read
# and Search; Write for Write, Link and Setattr), whoever owns the key.
# append: lsm=smack
# build: keyshell
# seconds: 30
# shellcheck source=tools/testing/selftests/keys/callers/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=tools/testing/selftests/keys/callers/keyshell.lib
. "$(dirname "$0")/keyshell.lib"

fs=/sys/fs/smackfs

# labelled LABEL COMMAND...: as user smith, whom CAP_MAC_OVERRIDE does not help.
# Smith may take the label Carol later, once, in a process of the label Alice.
# shellcheck disable=SC2016,SC2317 # for the inner shell; called by start
labelled() {
	bash -c 'printf %s "$0" >/proc/self/attr/current || exit
		[ "$0" != Alice ] || echo Carol >/sys/fs/smackfs/relabel-self
		exec setpriv --reuid=smith --regid=smith --clear-groups "$@"' "$@"
}

# rule SUBJECT OBJECT RIGHTS
rule() {
	printf '%s %s %s' "$1" "$2" "$3" >$fs/load2
}

# What Alice keeps: KEY in RING in her session, with all rights for smith,
# so that Smack alone can refuse.
prepare() {
	useradd -m smith
	uid=$(id -u smith)
	mountpoint -q $fs || mount -t smackfs smackfs $fs
	start alice labelled Alice
	start bob labelled Bob
	ask alice join >/dev/null
	ask bob join >/dev/null
	ring=$(ask alice newring ring @s)
	key=$(ask alice add user secret hidden "$ring")
	own=$(ask bob add user own mine @s)
	ask alice setperm "$ring" 0x3f3f0000 >/dev/null
	ask alice setperm "$key" 0x3f3f003f >/dev/null
}

labels() {
	says "a new key has the label of its maker" Alice alice security "$key"
	says "and of another maker" Bob bob security "$own"
	says "so has a session keyring" Alice alice security @s
	ask alice id @t >/dev/null
	says "a thread keyring" Alice alice security @t
	ask alice id @p >/dev/null
	says "a process keyring" Alice alice security @p
	ask alice id @u >/dev/null
	says "a user keyring" Alice alice security @u
	says "a user-session keyring" Alice alice security @us
	says "a persistent keyring" Alice alice security \
		"$(ask alice persistent "$uid" @s)"
	says "the user keyring is not for the user's process of another label" \
		EACCES bob add user gift x @u
}

# denied TEXT COMMAND...
denied() {
	local text=$1
	shift
	says "$text: denied" EACCES bob "$@"
}

no_rule() {
	denied "no rule: describe" describe "$key"
	says "no rule: see the label: no such key" ENOKEY bob security "$key"
	denied "no rule: read" read "$key"
	denied "no rule: update" update "$key" other
	denied "no rule: search" search "$ring" user secret
	denied "no rule: link the key" link "$key" @s
	denied "no rule: link into the keyring" link "$own" "$ring"
	denied "no rule: move into the keyring" move "$own" @s "$ring"
	denied "no rule: unlink from the keyring" unlink "$key" "$ring"
	denied "no rule: add to the keyring" add user gift x "$ring"
	denied "no rule: request into the keyring" request user own "$ring"
	denied "no rule: clear the keyring" clear "$ring"
	denied "no rule: restrict the keyring" restrict "$ring"
	denied "no rule: set the mask" setperm "$key" 0x3f3f003f
	denied "no rule: set a time limit" timeout "$key" 100
	denied "no rule: set the group" chown "$key" -1 "$uid"
	denied "no rule: revoke" revoke "$key"
	denied "no rule: invalidate" invalidate "$key"
	denied "no rule: watch" watch "$key"
	says "no rule: not seen in /proc/keys" 0 bob seen secret
	says "Alice sees it there" 1 alice seen secret
	says "and Alice can still do all: read" hidden alice read "$key"
}

reading() {
	rule Bob Alice r
	told "r: describe" bob describe "$key"
	says "r: see the label" Alice bob security "$key"
	says "r: read" hidden bob read "$key"
	says "r: search" "$key" bob search "$ring" user secret
	says "r: watch" 0 bob watch "$key"
	says "r: seen in /proc/keys" 1 bob seen secret
	denied "r: update" update "$key" other
	denied "r: link" link "$key" @s
	denied "r: set the mask" setperm "$key" 0x3f3f003f
	denied "r: revoke" revoke "$key"
	denied "r: add to the keyring" add user gift x "$ring"
}

writing() {
	rule Bob Alice w
	says "w: update" 0 bob update "$key" changed
	says "w: link" 0 bob link "$key" @s
	says "w: unlink" 0 bob unlink "$key" @s
	told "w: add to the keyring" bob add user gift x "$ring"
	says "w: set the mask" 0 bob setperm "$key" 0x3f3f003f
	says "w: set a time limit" 0 bob timeout "$key" 100
	denied "w: describe" describe "$key"
	denied "w: read" read "$key"
	denied "w: search" search "$ring" user secret
	denied "w: watch" watch "$key"
	rule Bob Alice -
	denied "the rule is gone: update" update "$key" again
	rule Bob Alice rw
	says "rw: read what was written" changed bob read "$key"
	rule Bob Alice -
}

# A child gives its parent the session, and nothing of its label. Smack lets the
# parent forget that it might become Carol, so that comes first.
session_to_parent() {
	told "a child of another label gives its session to the parent" \
		alice child attr current Carol ";" to-parent
	says "the parent keeps its label" Alice alice attr current
	says "that session is not for the parent to see" ENOKEY alice security @s
	says "nor to fill" EACCES alice add user late x @s
	rule Alice Carol r
	says "it has the child's label" Carol alice security @s
	told "a child of the same label gives its session" alice child to-parent
	says "the parent keeps its label again" Alice alice attr current
	says "that session is as one of its own" Alice alice security @s
}

prepare
labels
no_rule
reading
writing
same "CAP_MAC_OVERRIDE frees from all that" Alice keyctl security "$key"
session_to_parent
finish
