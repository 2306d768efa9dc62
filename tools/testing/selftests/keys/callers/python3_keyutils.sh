#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Python's module keyutils: the example of its README, and each of its calls.
# Debian's source package of the module has no tests of its own.
# packages: python3-keyutils python3
# seconds: 40
# short
# shellcheck disable=SC1091,SC2016 # lib.sh is beside this file; a shell of the
# user expands what is in single quotes
. "$(dirname "$0")/lib.sh"

useradd -m snake
cat >/tmp/snake.py <<'END'
import keyutils, os, time

S, P = keyutils.KEY_SPEC_SESSION_KEYRING, keyutils.KEY_SPEC_PROCESS_KEYRING
cases = {}

def case(function):
    cases[function.__name__] = function
    return function

def error(call, *arguments):
    try:
        return call(*arguments)
    except keyutils.Error as failure:
        return os.strerror(failure.args[0])

@case
def readme(key):
    key = keyutils.add_key(b"foo", b"bar", P)
    assert keyutils.request_key(b"foo", P) == key
    assert keyutils.read_key(key) == b"bar"
    keyutils.set_timeout(key, 1)
    time.sleep(2.5)
    assert keyutils.request_key(b"foo", P) is None
    return "as the README says"

@case
def zero_bytes(key):
    return keyutils.read_key(keyutils.add_key(b"zeros", bytes([0, 255, 0]), S)).hex()

@case
def add_again(key):
    return keyutils.add_key(b"add_again", b"two", S) == key, keyutils.read_key(key)

@case
def update(key):
    keyutils.update_key(key, b"three")
    return keyutils.read_key(key)

@case
def describe(key):
    return keyutils.describe_key(key).rstrip(b"\0").split(b";", 3)[3]

@case
def search(key):
    ring = keyutils.add_key(b"ring", None, S, b"keyring")
    inner = keyutils.add_key(b"inner", b"x", ring)
    return keyutils.search(S, b"inner") == inner, keyutils.search(S, b"other")

@case
def unlink(key):
    keyutils.unlink(key, S)
    # No such key, or not his: that depends on whether the key has ended yet.
    ended = "Required key not available", "Permission denied"
    return error(keyutils.read_key, key) in ended

@case
def link(key):
    keyutils.link(key, P)
    keyutils.unlink(key, S)
    return keyutils.read_key(key)

@case
def revoke(key):
    keyutils.revoke(key)
    return error(keyutils.read_key, key)

@case
def set_perm(key):
    keyutils.set_perm(key, 0x35010000)
    return error(keyutils.read_key, key)

@case
def clear(key):
    keyutils.clear(S)
    return keyutils.search(S, b"clear")

@case
def join_session(key):
    keyutils.join_session_keyring()
    return keyutils.request_key(b"join_session", 0)

@case
def session_to_parent(key):
    keyutils.session_to_parent()
    return "its parent is a shell"

for name, function in cases.items():
    answer = error(function, keyutils.add_key(name.encode(), b"one", S))
    if isinstance(answer, tuple):
        answer = " ".join(map(str, answer))
    print(name, answer.decode() if isinstance(answer, bytes) else answer, flush=True)
END

# The session that the program hands to its parent has the last of its keys.
as snake bash -c 'python3 /tmp/snake.py; echo parent $(keyctl pipe %user:session_to_parent)' \
	>/tmp/answers 2>&1
sed 's/^/# /' /tmp/answers
answer() {
	sed -n "s/^$1 //p" /tmp/answers
}

same "README: a key is found, read, and gone after its timeout" "as the README says" answer readme
same "payloads may have zero bytes" 00ff00 answer zero_bytes
same "a key that is added again is updated in place" "True b'two'" answer add_again
same "update_key" three answer update
same "describe_key" "3f010000;describe" answer describe
same "search finds a key in a linked keyring, and no other" "True None" answer search
same "unlink takes away the right to read" True answer unlink
same "link keeps the key in a second keyring" one answer link
same "revoke" "Key has been revoked" answer revoke
same "set_perm takes away Read and Search" "Permission denied" answer set_perm
same "clear" None answer clear
same "a new session has none of the old one's keys" None answer join_session
same "session_to_parent gives the parent the key" one answer parent
finish
