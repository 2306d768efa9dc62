#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# The NFS client asks for the UID of each owner that the server names by a key
# of type id_resolver. The kernel calls request-key(8), and that nfsidmap(8).
# packages: nfs-common nfs-kernel-server keyutils
# seconds: 60
# append: nfs.nfs4_disable_idmapping=0 nfsd.nfs4_disable_idmapping=0
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/nfs.bash"

# resolved DESCRIPTION: whether the client has a key for that
resolved() {
	nfsidmap -l 2>/dev/null | grep -qF -- "$1"
}

# no_key DESCRIPTION: or whether it has none
no_key() {
	! resolved "$1"
}

add_owners() {
	useradd -M -u 2001 alice
	useradd -M -u 2002 bob
	useradd -M -u 2003 carol
	touch "$exported"/{alice,bob,carol}
	chown alice:bob "$exported/alice"
	chown bob:alice "$exported/bob"
	chown carol:carol "$exported/carol"
}

owners() {
	stat -c '%u:%g' "$mounted/$1"
}

names() {
	# shellcheck disable=SC2012 # what ls shows is meant
	ls -l "$mounted/$1" | awk '{ print $3, $4 }'
}

# The server still says carol, since its own cache remembers her.
one_is_deleted() {
	userdel carol
	same "as long as the key is there, a deleted user is known" "2003:2003" owners carol
	nfsidmap -c
	same "then an owner without an account is nobody" "65534:65534" owners carol
	useradd -M -u 2004 carol
	same "and remains so while there is a negative key" "65534:65534" owners carol
	nfsidmap -c
	same "a new account of the name gets its own UID" "2004:2004" owners carol
}

start_nfs_server no_root_squash,sec=sys
add_owners
check "the export is mounted" mount_nfs sec=sys,noac

same "ls shows the names of the owner and the group" "alice bob" names alice
check "/proc/keys shows the keyring .id_resolver" grep -q 'keyring *\.id_resolver:' /proc/keys
check "nfsidmap -l shows a key of the user" resolved uid:alice@example.test
check "nfsidmap -l shows a key of the group" resolved gid:bob@example.test
check "nfsidmap -l shows no key that was not asked for" no_key uid:bob@example.test
chown bob "$mounted/alice"
same "chown sends the name that belongs to the UID" "bob" stat -c %U "$exported/alice"
refuse "chown to a UID without a name is refused" "Invalid argument" chown 3333 "$mounted/alice"
check "nfsidmap -r revokes the keys of one name" nfsidmap -r bob@example.test
same "ls asks again for revoked keys" "bob bob" names alice
nfsidmap -c
check "nfsidmap -c clears the keyring" no_key @example.test
owners carol >/dev/null
one_is_deleted
refuse "a user cannot clear the keyring" "denied|not permitted|failed" \
	as bob keyctl clear "0x$(awk '/ \.id_resolver:/ { print $1 }' /proc/keys)"
umount "$mounted"
stop_nfs_server
finish
