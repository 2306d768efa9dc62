# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2154
# Sourced by scenes that mount from a Samba on loopback.

server=127.0.0.1

# configure_samba: options of the server and the shares, from standard input
configure_samba() {
	mkdir -p /run/samba
	cat >/etc/samba/smb.conf <<-END
		[global]
		server role = standalone server
		disable netbios = yes
		smb ports = 445
		interfaces = lo
		bind interfaces only = yes
		load printers = no
		map to guest = never
		log level = 0
		$(cat)
	END
}

# start_samba SHARE USER...: the password of each user is USER-secret
start_samba() {
	local share=$1 user
	shift
	for user; do
		useradd -m "$user"
		printf '%s-secret\n%s-secret\n' "$user" "$user" | smbpasswd -s -a "$user" >/dev/null
	done
	smbd -D
	wait_for 90 smbclient -U "$1%$1-secret" "//$server/$share" -c ls
}
