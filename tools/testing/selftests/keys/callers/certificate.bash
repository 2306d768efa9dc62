# SPDX-License-Identifier: GPL-2.0-only
# Certificates for scenes: sourced by them.
# shellcheck shell=bash

# certify NAME [ISSUER [EXTENSION...]]: a key and a certificate, in NAME.key,
# NAME.crt, NAME.der and, both, in NAME.pem. ISSUER is a file with both; if it is
# "", the certificate is of NAME itself.
certify() {
	local name=$1 issuer=${2:-} signer=(-signkey "$1.key")
	shift
	[ $# = 0 ] || shift
	[ -z "$issuer" ] || signer=(-CA "$issuer" -CAkey "$issuer" -CAcreateserial -CAserial serial)
	openssl req -new -newkey rsa:2048 -nodes -keyout "$name.key" -subj "/CN=$name" \
		-out "$name.csr" &&
		openssl x509 -req -in "$name.csr" -days 30 "${signer[@]}" -out "$name.crt" \
			-extfile <(printf '%s\n' subjectKeyIdentifier=hash authorityKeyIdentifier=keyid "$@") &&
		openssl x509 -in "$name.crt" -outform der -out "$name.der" &&
		cat "$name.key" "$name.crt" >"$name.pem"
}
