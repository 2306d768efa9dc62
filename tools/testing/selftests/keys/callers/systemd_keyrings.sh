#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# systemd gives services a session keyring (KeyringMode=), with the number of
# the invocation in it; passwords that were asked for are kept in @u.
# packages: dbus dbus-user-session libpam-modules libpam-systemd login systemd systemd-sysv xxd
# guest: SYSTEMD=1
# append: systemd.show_status=0 systemd.unit=keysguest.service systemd.mask=systemd-tmpfiles-setup.service systemd.mask=systemd-tmpfiles-setup-dev.service systemd.mask=systemd-modules-load.service systemd.mask=systemd-journal-flush.service systemd.mask=apparmor.service
# seconds: 120
# shellcheck disable=SC1091,SC2016 # lib.sh is beside this file; a shell of the
# user expands what is in single quotes
. "$(dirname "$0")/lib.sh"

# Only this scene was to be started, and no servers: logins need these two.
systemctl start systemd-user-sessions systemd-logind
useradd -m -s /bin/bash clerk
useradd -m -s /bin/bash guest
uid=$(id -u clerk)
cd /tmp || exit 1

# service MODE USER COMMAND: a short-lived service; what it prints
service() {
	systemd-run --quiet --pipe --wait -p KeyringMode="$1" -p User="$2" bash -c "$3" </dev/null
}
# background MODE USER UNIT COMMAND: a service that stays
background() {
	systemd-run --quiet --unit "$3" -p KeyringMode="$1" -p User="$2" bash -c "$4"
}
session='keyctl rdescribe @s | cut -d";" -f1,2,5'
linked='keyctl rlist @s | xargs -n1 keyctl rdescribe | cut -d";" -f5 | sort | paste -sd" "'

same "inherit: the service has the session keyring of a process that has none" \
	"keyring;$uid;_uid_ses.$uid" service inherit clerk "$session"
same "private: a session keyring of its own" "keyring;$uid;_ses" service private clerk "$session"
same "private: the user's keyring is not linked" invocation_id service private clerk "$linked"
same "shared: a session keyring of its own" "keyring;$uid;_ses" service shared clerk "$session"
same "shared: the user's keyring is linked" "_uid.$uid invocation_id" service shared clerk "$linked"
same "two private services have two session keyrings" 2 bash -c "
	for i in 1 2; do
		systemd-run --quiet --pipe --wait -p KeyringMode=private -p User=clerk keyctl id @s </dev/null
	done | sort -u | wc -l"

# --- the number of the invocation
same "the service reads its invocation's number" same service private clerk '
	[ "$(keyctl pipe $(keyctl request user invocation_id) | xxd -p)" = "$INVOCATION_ID" ] && echo same'
refuse "the service can't forge the number" "Permission denied" service private clerk \
	'keyctl update $(keyctl request user invocation_id) forged'
refuse "nor give itself the right to" "Permission denied" service private clerk \
	'keyctl setperm $(keyctl request user invocation_id) 0x3f3f0000'
refuse "nor revoke the key" "Permission denied" service private clerk \
	'keyctl revoke $(keyctl request user invocation_id)'

# --- two services of one user
background shared clerk first 'keyctl add user common secret @u; exec sleep 1000'
background private clerk alone 'exec sleep 1000'
wait_for 20 grep -q ' common: 6' /proc/keys
same "shared: another service of the user finds the key in @u" secret service shared clerk \
	'keyctl pipe $(keyctl request user common)'
refuse "private: a service does not find the key" "Required key not available" service private clerk \
	'keyctl pipe $(keyctl request user common)'
refuse "a service of another user does not find the key" "Required key not available" service shared guest \
	'keyctl pipe $(keyctl request user common)'
systemctl stop first alone
same "a service of a dynamic user keeps a secret" mine systemd-run --quiet --pipe --wait \
	-p KeyringMode=shared -p DynamicUser=yes bash -c \
	'keyctl pipe $(keyctl add user dynamic mine @u)'

# --- asked once
# answer: what an administrator types, once; counts how often he was asked
cat >answer <<'END'
while sleep 0.3; do
	for ask in /run/systemd/ask-password/ask.*; do
		[ -e "$ask" ] || continue
		echo asked >>/tmp/asked
		printf %s "$(cat /tmp/password)" | /lib/systemd/systemd-reply-password 1 "$(sed -n 's/^Socket=//p' "$ask")"
		sleep 1
	done
done
END
echo first-password >/tmp/password
: >/tmp/asked
bash answer &
agent=$!
# password ARGUMENT...: a service of root's asks for it
password() {
	systemd-run --quiet --pipe --wait -p KeyringMode=shared systemd-ask-password --no-tty --timeout=30 \
		--keyname=disk "$@" "Password:" </dev/null
}
same "a password is asked for" first-password password --accept-cached
echo second-password >/tmp/password
same "and not again, when the cache will do" first-password password --accept-cached
same "it was asked for once" 1 grep -c . /tmp/asked
same "the cache is a key that lasts two and a half minutes" 2m bash -c \
	"grep ' disk: ' /proc/keys | tr -s ' ' | cut -d' ' -f4"
same "one that must be fresh is asked for" second-password password
same "and is in the cache beside the first" "first-password
second-password" bash -c "$(declare -f password); password --accept-cached --multiple"
keyctl link @u @s
keyctl unlink "$(keyctl search @u user disk)" @u
same "when the key has gone it is asked for" second-password password --accept-cached
kill $agent

# --- logins
home=/tmp/clerk.login
# in_login COMMANDS: at a new login of the clerk's
in_login() {
	su -l clerk -c "$1" </dev/null
}
same "a login has a session with the user's keyring" "keyring;$uid;_ses _uid.$uid" in_login \
	"printf '%s ' \"\$($session)\"; keyctl rlist @s | xargs -n1 keyctl rdescribe | cut -d';' -f5"
same "the login's service manager runs" running-or-degraded in_login \
	'systemctl --user is-system-running --wait | sed -E "s/^(running|degraded)$/running-or-degraded/"'
(su -l clerk -c "keyctl add user login secret @u; echo \$\$ >$home; exec sleep 1000" </dev/null >/dev/null 2>&1) &
wait_for 30 test -s $home
same "two logins share the user's keyring" secret in_login 'keyctl pipe %user:login'
same "so does a unit of the user's, run by the service manager" secret in_login '
	systemd-run --user --quiet --pipe --wait keyctl pipe %user:login </dev/null'
script -qec "login -f clerk" /dev/null >/dev/null <<<'exec keyctl pipe %user:login >/tmp/clerk.secret'
same "login(1) gives the same" secret cat /tmp/clerk.secret
kill "$(cat $home)"
# has_no_keys UIDS: neither does a key belong to such a user, nor is it charged.
# (Root may not view the keys of others, but the counts.)
has_no_keys() {
	! grep -E "^ *($1): +[0-9]+ [1-9]" /proc/key-users
}

# The service manager of the user ends ten seconds after the last login.
check "after the last logout the user has no keys" wait_for 40 has_no_keys "$uid"
check "after his last service a user has no keys" wait_for 10 has_no_keys "$(id -u guest)"
check "after the service the dynamic user has no keys" wait_for 10 has_no_keys '6[1-5][0-9]{3}'
finish
