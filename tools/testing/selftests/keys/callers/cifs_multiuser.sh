#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# A multiuser mount of CIFS: each user's password is a logon key that cifscreds(1)
# puts into his session keyring, and the server sees each user as himself.
# packages: cifs-utils keyutils samba smbclient
# seconds: 120
# shellcheck disable=SC1091,SC2016 # lib.sh is beside this file; a shell of the
# user expands what is in single quotes
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/samba.bash"

share=/srv/share
mkdir -p $share /mnt/s
chmod 1777 $share
configure_samba <<END
[share]
path = $share
read only = no
create mask = 0600
END
start_samba share mounter alice bob

options=multiuser,sec=ntlmssp,username=mounter,password=mounter-secret
mounted() {
	mount -t cifs //$server/share /mnt/s -o $options
}

# with PASSWORD USER COMMANDS: in one session, in which cifscreds got the password
with() {
	as "$2" bash -c 'echo "$1" | cifscreds add -u "$2" '$server' >/dev/null 2>&1 || echo "# no cifscreds"
		eval "$3"' - "$1" "$2" "$3"
}

check "root mounts the share" mounted
refuse "a user without credentials is refused" "Permission denied|Required key" as alice ls /mnt/s
# For a second, the client gives a user the same error again.
sleep 2
same "a user with his password writes and reads" "words of alice" with alice-secret alice \
	'echo words of alice >/mnt/s/alice.txt && cat /mnt/s/alice.txt'
same "the server has the file as his" "alice 600" stat -c "%U %a" $share/alice.txt
same "another user at the same time is another to the server" bob with bob-secret bob \
	"echo words of bob >/mnt/s/bob.txt; stat -c %U $share/bob.txt"
refuse "and can't read the first one's file" "Permission denied" with bob-secret bob 'cat /mnt/s/alice.txt'
same "root is still the one who mounted" mounter bash -c "echo x >/mnt/s/root.txt; stat -c %U $share/root.txt"
same "the password is a logon key of the session" "logon;cifs:a:$server" with alice-secret alice \
	"keyctl rlist @s | xargs keyctl rdescribe | cut -d';' -f1,5"
refuse "it can't be read" "Operation not supported" with alice-secret alice \
	"keyctl pipe %logon:cifs:a:$server"
same "cifscreds clearall takes it away" 0 with alice-secret alice \
	'cifscreds clearall >/dev/null 2>&1; keyctl rlist @s | wc -w'

umount /mnt/s
check "root mounts the share again" mounted
refuse "a password that was taken away does not work any more" "Permission denied|Required key" \
	with alice-secret alice 'cifscreds clear -u alice '$server' >/dev/null; cat /mnt/s/alice.txt'
sleep 2
refuse "nor does a wrong one" "Permission denied|Key was rejected|Required key" with wrong-secret alice 'cat /mnt/s/alice.txt'
sleep 2
same "the right one after cifscreds update does" "words of alice" with wrong-secret alice "
	echo alice-secret | cifscreds update -u alice $server >/dev/null 2>&1
	cat /mnt/s/alice.txt"
umount /mnt/s
finish
