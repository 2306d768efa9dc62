#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# AppArmor has no rules about keys: a confined service uses its own freely. What
# root may do with the keys of others needs a capability, and that the profile
# can deny. Then the call fails as it does for one who has not the capability,
# and audit names the profile and the capability.
# packages: apparmor
# append: lsm=apparmor apparmor=1
# build: keyshell
# seconds: 60
# shellcheck source=tools/testing/selftests/keys/callers/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=tools/testing/selftests/keys/callers/keyshell.lib
. "$(dirname "$0")/keyshell.lib"

# Both profiles allow all files. Only one allows all capabilities.
load_profiles() {
	cat >/tmp/profiles <<-'END'
		profile with_caps flags=(attach_disconnected) {
			/** mrwlkix,
			capability,
			signal,
			change_profile,
		}
		profile without_caps flags=(attach_disconnected) {
			/** mrwlkix,
			signal,
			change_profile,
		}
	END
	apparmor_parser --skip-cache --replace /tmp/profiles
}

# new_key NAME: sets key, of user 4711. Others have Setattr, and are asked for a
# capability where that is not enough. Only who possesses a new key may set its
# mask, so the key is in the owner's session.
new_key() {
	key=$(ask owner add user "$1" hidden @s)
	tell owner setperm "$key" 0x3f3f0020
}

# denials: the capabilities that audit names for the profile
# shellcheck disable=SC2317 # called by same
denials() {
	sleep 0.5
	dmesg | grep -o 'apparmor="DENIED".*operation="capable".*capname="[a-z_]*"' |
		grep -F "profile=\"$1\"" | grep -o 'capname="[a-z_]*"' | sort -u
}

own_keys() {
	local who=$1
	says "$who: it is confined" "$who (enforce)" "$who" attr current
	told "$who: a new session" "$who" join
	key=$(ask "$who" add user secret hidden @s)
	says "$who: a key is read" hidden "$who" read "$key"
	says "$who: updated" 0 "$who" update "$key" other
	says "$who: found" "$key" "$who" request user secret 0
	says "$who: watched" 0 "$who" watch "$key"
	says "$who: AppArmor gives keys no label" 1 "$who" security "$key"
	says "$who: given to another group of root's" 0 "$who" chown "$key" -1 0
	told "$who: the persistent keyring" "$who" persistent -1 @s
	says "$who: revoked" 0 "$who" revoke "$key"
}

# others_keys WHO ADMIN SETUID: the answers where CAP_SYS_ADMIN is needed, and
# where CAP_SETUID is
others_keys() {
	local who=$1 admin=$2 setuid=$3
	new_key "of-$who"
	says "$who: set a time limit of another's key: 0" 0 "$who" timeout "$key" 1000
	says "$who: set its mask: $admin" "$admin" "$who" setperm "$key" 0x3f3f0020
	says "$who: change its owner: $admin" "$admin" "$who" chown "$key" 4712 -1
	own=$(ask "$who" add user mine x @s)
	says "$who: give its own key away: $admin" "$admin" "$who" chown "$own" 4712 -1
	says "$who: clear the resolver's keyring: $admin" "$admin" "$who" clear "$resolver"
	tell "$who" persistent 4713 @s
	[[ $answer == E* ]] || answer=0
	same "$who: the persistent keyring of another: $setuid" "$setuid" echo "$answer"
}

load_profiles
echo 0 >/proc/sys/kernel/printk_ratelimit
resolver=$((16#$(awk '$9 ~ /^.dns_resolver/ { print $1 }' /proc/keys | head -n 1)))
start owner setpriv --reuid=4711 --regid=4711 --clear-groups
tell owner join
start with_caps aa-exec -p with_caps --
start without_caps aa-exec -p without_caps --
own_keys with_caps
own_keys without_caps
others_keys with_caps 0 0
others_keys without_caps EACCES EPERM
same "audit says no denial for the first" "" denials with_caps
same "and which capabilities were denied to the other" $'capname="setuid"\ncapname="sys_admin"' \
	denials without_caps

told "a child of another profile gives its session to the parent" \
	without_caps child attr current changeprofile with_caps ";" to-parent
says "the parent keeps its profile" "without_caps (enforce)" without_caps attr current
new_key later
says "and may do no more than before" EACCES without_caps chown "$key" 4712 -1
finish
