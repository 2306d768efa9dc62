# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# Sourced by the scenes that use NFS: a server of NFSv4 and its client, both on
# this machine.

# What the server exports, and where the client mounts it
exported=/srv/nfs
mounted=/mnt/nfs

# start_nfs_server OPTIONS: /srv/nfs, a file system in memory, is exported so.
start_nfs_server() {
	[ -s /etc/hosts ] || echo "127.0.0.1 localhost" >/etc/hosts
	mkdir -p "$exported" "$mounted" /run/rpc_pipefs /var/lib/nfs/nfsdcld
	mount -t tmpfs -o mode=755 tmpfs "$exported"
	mount -t rpc_pipefs rpc_pipefs /run/rpc_pipefs
	mount -t nfsd nfsd /proc/fs/nfsd
	cat >/etc/idmapd.conf <<-END
		[General]
		Domain = example.test
		[Mapping]
		Nobody-User = nobody
		Nobody-Group = nogroup
	END
	echo "$exported *(fsid=0,rw,no_subtree_check,$1)" >/etc/exports
	nfsdcld -p /run/rpc_pipefs
	rpc.idmapd -p /run/rpc_pipefs
	exportfs -r
	rpc.mountd --foreground --no-nfs-version 3 --debug all >/tmp/mountd.log 2>&1 &
	rpc.nfsd --no-nfs-version 3 2
	echo Y >/proc/fs/nfsd/v4_end_grace 2>/dev/null
}

# mount_nfs OPTIONS: mount what the server exports
mount_nfs() {
	timeout 100 mount -t nfs4 -o "vers=4.1,$1" "${host:-127.0.0.1}:/" "$mounted"
}

stop_nfs_server() {
	rpc.nfsd 0
	exportfs -ua
}
