#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# A link of a DFS tree names another server: the kernel asks for its address by
# request-key(8) and key.dns_resolver(8), and mounts what is behind the link.
# packages: cifs-utils keyutils samba smbclient
# seconds: 120
# shellcheck disable=SC1091 # lib.sh is beside this file
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/samba.bash"

mkdir -p /srv/share /srv/dfs /mnt/d
echo words behind the link >/srv/share/words
chmod 644 /srv/share/words
configure_samba <<END
host msdfs = yes
[share]
path = /srv/share
[dfs]
path = /srv/dfs
msdfs root = yes
END
echo "$server localhost tree.example files.example" >/etc/hosts
echo "hosts: files" >/etc/nsswitch.conf
mkdir -p /etc/keyutils
echo default_ttl=600 >/etc/keyutils/key.dns_resolver.conf
ln -s 'msdfs:files.example\share' /srv/dfs/link
ln -s 'msdfs:unknown.example\share' /srv/dfs/lost
start_samba share alice

check "root mounts a tree of DFS" mount -t cifs //tree.example/dfs /mnt/d \
	-o sec=ntlmssp,username=alice,password=alice-secret
same "a link leads to a server that the resolver knows" "words behind the link" cat /mnt/d/link/words
same "the answer of the resolver is a key" 1 grep -c "dns_resol files.example" /proc/keys
refuse "a link to a server that it does not know leads nowhere" . cat /mnt/d/lost/words
finish
