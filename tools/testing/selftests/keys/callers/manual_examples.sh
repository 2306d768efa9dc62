#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# The examples of add_key(2), request_key(2), keyctl(2), request-key.conf(5) and
# asymmetric-key(7) do what the pages say, for a user who is not root.
# packages: keyutils openssl
# build: manual_examples
# seconds: 60
# short
# shellcheck disable=SC1091,SC2016 # lib.sh is beside this file; a shell of the
# user expands what is in single quotes
. "$(dirname "$0")/lib.sh"

programs=$BUILD/manual_examples
log=/tmp/key_instantiate.log
useradd -m reader

# in_session COMMANDS: of the reader, in one session
in_session() {
	as reader bash -c "$1"
}

# shown DESCRIPTION: the line that /proc/keys has for the key, as the pages
# print lines, with the numbers of the reader as UID and GID
# shellcheck disable=SC2016 # in_session expands it
shown='shown() {
	grep -E " user +$1: " /proc/keys |
		sed -E "s/^([0-9a-f]{8}) ([^ ]+) +[0-9]+ perm ([0-9a-f]+) +$UID +$UID user +/\2 \3 UID GID user /"
}
number() {
	printf "%08x" 0x$(sed -n "s/^Key ID is //p" <<<"$1")
}
'

# --- add_key(2)
same "add_key(2): /proc/keys has the key as the page shows it" \
	"I--Q--- 3f010000 UID GID user mykey: 12" in_session "$shown
		said=\$($programs/add_key user mykey 'Some payload')
		shown mykey"
same "add_key(2): the printed number is that of the key" "Some payload" in_session "$shown
	said=\$($programs/add_key user mykey 'Some payload')
	keyctl pipe 0x\$(number \"\$said\")"
refuse "add_key(2): a type that does not exist" "add_key: No such device" in_session \
	"$programs/add_key nosuchtype mykey x"

# --- request_key(2)
cp /etc/request-key.conf /tmp/request-key.conf.kept
echo 'create user mtk:* *   /bin/keyctl instantiate %k %c %S' >/etc/request-key.conf
same "request_key(2): keyctl(1) instantiates the key with the callout data" \
	"I--Q--- 3f010000 UID GID user mtk:key1: 12
Payload data" in_session "$shown
		said=\$($programs/t_request_key user mtk:key1 'Payload data')
		shown mtk:key1
		keyctl pipe 0x\$(number \"\$said\")"
refuse "request_key(2): a prefix that the file does not name" \
	"request_key: Required key not available" in_session \
	"$programs/t_request_key user other:key1 'Payload data'"

# --- keyctl(2): its program takes the place of request-key(8)
mv /sbin/request-key /sbin/request-key.backup
cp "$programs/key_instantiate" /sbin/request-key
same "keyctl(2): the program instantiates the key with the callout data" \
	"I--Q--- 3f010000 UID GID user mykey: 16
somepayloaddata" in_session "$shown
		said=\$($programs/t_request_key user mykey somepayloaddata)
		shown mykey
		keyctl pipe 0x\$(number \"\$said\") | tr -d '\\0'"
# The session's number, and what the log should say, are printed by the session.
read -r key session < <(in_session "
	$programs/t_request_key user mykey2 otherpayload | sed 's/Key ID is //'
	keyctl id @s" | paste -sd' ')
session=$(printf %x "$session")
uid=$(id -u reader)
log_of_page="Command line arguments:
  argv[0]:            /sbin/request-key
  operation:          create
  key_to_instantiate: $key
  UID:                $uid
  GID:                $uid
  thread_keyring:     0
  process_keyring:    0
  session_keyring:    $session

Key description:      user;$uid;$uid;3f010000;mykey2
Auth key payload:     otherpayload
Destination keyring:  $session
Auth key description: .request_key_auth;$uid;$uid;1b010000;$key"
same "keyctl(2): the program's log is as the page shows it" "$log_of_page" \
	sed -e '/^Time:/,/^$/d' -e '/^Auth key ID:/d' $log
refuse "keyctl(2): the right to instantiate ends with the construction" \
	"Operation not permitted" keyctl instantiate "0x$key" again @s
mv /sbin/request-key.backup /sbin/request-key
cp /tmp/request-key.conf.kept /etc/request-key.conf

# --- request-key.conf(5)
refuse "request-key.conf(5): debug:xxxx is made negative" "Required key not available" \
	in_session "keyctl request2 user debug:xxxx negate @s"
same "request-key.conf(5): debug:yyyy has the payload 'Debug spoon'" "Debug spoon" \
	in_session 'keyctl pipe $(keyctl request2 user debug:yyyy spoon @s)'
same "request-key.conf(5): debug:loop:zzzz has the callout data" "abcdefghijkl" \
	in_session 'keyctl pipe $(keyctl request2 user debug:loop:zzzz abcdefghijkl @s)'

# --- asymmetric-key(7)
same "asymmetric-key(7): a certificate in DER becomes a key" "asymmetric foo" in_session \
	"openssl x509 -in $programs/key.x509 -outform DER |
		keyctl padd asymmetric foo @s | xargs -I{} keyctl rdescribe {} ' ' | cut -d' ' -f1,5"
refuse "asymmetric-key(7): no certificate in PEM" "Bad message|Invalid argument" in_session \
	"keyctl padd asymmetric foo @s <$programs/key.x509"
finish
