# SPDX-License-Identifier: GPL-2.0-only
# The settings of fscrypt(1), for its scenes: sourced by them.
# shellcheck shell=bash

# configure VERSION BOOL: the version of new policies; and does the filesystem
# keep the keys of policies of version 1?
configure() {
	cat >/etc/fscrypt.conf <<-END
		{
			"source": "custom_passphrase",
			"hash_costs": { "time": "1", "memory": "8", "parallelism": "1" },
			"options": {
				"padding": "32", "contents": "AES_256_XTS",
				"filenames": "AES_256_CTS", "policy_version": "$1"
			},
			"use_fs_keyring_for_v1_policies": $2,
			"allow_cross_user_metadata": false
		}
	END
}
