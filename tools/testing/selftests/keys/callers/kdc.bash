# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# Sourced by the scenes that use Kerberos: a KDC of MIT's for the realm
# EXAMPLE.TEST, on the loopback interface, and the users alice and bob.

# Any name would do, but Kerberos wants a host name with a dot.
host=server.example.test

configure_kerberos() {
	hostname "$host"
	echo "127.0.0.1 $host localhost" >/etc/hosts
	cat >/etc/krb5.conf <<-END
		[libdefaults]
			default_realm = EXAMPLE.TEST
			dns_lookup_kdc = false
			dns_lookup_realm = false
			dns_canonicalize_hostname = false
			rdns = false
		[realms]
			EXAMPLE.TEST = {
				kdc = 127.0.0.1
			}
		[domain_realm]
			.example.test = EXAMPLE.TEST
			localhost = EXAMPLE.TEST
	END
	mkdir -p /etc/krb5kdc /var/lib/krb5kdc
	cat >/etc/krb5kdc/kdc.conf <<-END
		[realms]
			EXAMPLE.TEST = {
				database_name = /var/lib/krb5kdc/principal
				max_renewable_life = 7d
				supported_enctypes = aes256-cts-hmac-sha1-96:normal
			}
	END
}

add_users() {
	useradd -m -u 2001 alice
	useradd -m -u 2002 bob
	mv /tmp/alice.keytab ~alice/keytab
	mv /tmp/bob.keytab ~bob/keytab
	chown alice ~alice/keytab
	chown bob ~bob/keytab
}

kdc_answers() {
	kinit -k -c FILE:/tmp/probe "host/$host"
}

# start_kdc COMMAND...: with the principals alice, alice/admin, bob and
# host/NAME, and what these commands of kadmin's make. The keys are in keytabs,
# since to derive a key from a password takes long.
start_kdc() {
	configure_kerberos
	kdb5_util create -s -r EXAMPLE.TEST -P masterkey >/tmp/kdb5_util.log 2>&1
	kadmin.local >/tmp/kadmin.log 2>&1 <<-END
		addprinc -pw alice-password alice
		addprinc -randkey alice/admin
		addprinc -randkey bob
		addprinc -randkey host/$host
		$(printf '%s\n' "$@")
		ktadd -k /tmp/alice.keytab -norandkey alice alice/admin
		ktadd -k /tmp/bob.keytab -norandkey bob
		ktadd -norandkey host/$host
	END
	krb5kdc -n >/tmp/krb5kdc.log 2>&1 &
	add_users
	check "the KDC gives tickets" wait_for 20 kdc_answers
}

# login USER CCNAME COMMAND...: in a login session with this credential cache,
# in which all functions of the scene can be used
login() {
	local user=$1 cache=$2
	shift 2
	as "$user" env LC_ALL=C.UTF-8 KRB5CCNAME="$cache" bash -c "$(declare -f)
		scene_failed=0 host=$host
		\"\$@\" && [ \$scene_failed = 0 ]" bash "$@"
}

# get [ARGUMENT...]: a ticket-granting ticket for the user, or for PRINCIPAL
get() {
	kinit -k -t ~/keytab "$@" "${principal:-$USER}"
}
