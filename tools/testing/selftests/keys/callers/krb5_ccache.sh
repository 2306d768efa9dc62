#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Kerberos keeps each credential cache in a keyring, and each ticket in a key
# (big_key if it can): which sessions, users, processes and threads see it.
# packages: krb5-kdc krb5-admin-server krb5-user keyutils python3-gssapi
# seconds: 150
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/kdc.bash"

nothing='not found|[Nn]o credentials'

# owner: whose the tickets of the cache in use are
owner() {
	klist | sed -n 's/^Default principal: \(.*\)@EXAMPLE.TEST/\1/p'
}

# tickets PATTERN: how many of the cache in use have such a name
tickets() {
	klist | grep -c -- "$1"
}

# owners: of all caches of the collection
owners() {
	klist -l | sed -n 's/^\(.*\)@EXAMPLE.TEST .*/\1/p' | sort | xargs
}


# A cache that each program of the session finds
used_in_one_session() {
	local cache=$1
	get
	same "$cache: klist shows whose the tickets are" "alice" owner
	kvno -q "host/$host" && kvno -q "host/$host"
	same "$cache: kvno adds a service's ticket, once" "1" tickets "host/$host"
	get -r 1d
	same "$cache: kinit replaces the cache" "alice" owners
	same "$cache: with its tickets" "0" tickets "host/$host"
	kinit -R
	same "$cache: a renewed ticket replaces the old one" "1" tickets krbtgt
	kdestroy
	refuse "$cache: no tickets are left after kdestroy" "$nothing" kvno "host/$host"
}

# A collection of caches, for two principals
switched() {
	local cache=$1
	get
	principal=alice/admin get
	same "$cache: each principal has a cache" "alice alice/admin" owners
	same "$cache: the last one is in use" "alice/admin" owner
	kswitch -p alice
	same "$cache: kswitch selects the other one" "alice" owner
	kdestroy >/dev/null 2>&1
	same "$cache: kdestroy leaves the other one alone" "alice/admin" owners
	kdestroy -A
	same "$cache: kdestroy -A leaves none" "" owners
}

seen_by_others() {
	local cache
	for cache in KEYRING:user:x KEYRING:persistent:2001; do
		login alice "$cache" get
		same "$cache: a second session of the user has it" "alice" login alice "$cache" owner
		refuse "$cache: another user has not" "$nothing|Invalid UID" login bob "$cache" klist
	done
	refuse "KEYRING:user:x: another user cannot list its keyring" "denied" \
		login bob "" keyctl list "$(login alice "" keyctl search @u keyring _krb_x)"
	refuse "KEYRING:persistent:2001: another user cannot link its keyring" "not permitted" \
		login bob "" keyctl get_persistent @s 2001
	same "KEYRING:persistent: is that of one's own UID" "alice" \
		login alice KEYRING:persistent: owner
	refuse "KEYRING:persistent: of root is another" "$nothing" klist -c KEYRING:persistent:
	same "root has a user's persistent cache by its UID" "alice" \
		eval 'KRB5CCNAME=KEYRING:persistent:2001 owner'
}

of_one_session() {
	refuse "a wrong password gives no cache" "$nothing" eval 'echo wrong | kinit; klist'
	echo alice-password | kinit >/dev/null
	same "KEYRING:session:x: a password gives a cache" "alice" owner
	refuse "KEYRING:session:x: a second session of the user has it not" "$nothing" \
		keyctl session - klist
	same "KEYRING:session:x: the first session has it still" "alice" owner
}

of_one_process() {
	local cache=$1
	get
	refuse "$cache: it ends with the program" "$nothing" klist
}

# in_threads KIND WHEN: the first thread gets tickets with the keytab. Another
# one, that starts before or after that, wants to use them.
in_threads() {
	python3 - "$1" "$2" "$host" <<-'END'
		import sys, threading, gssapi
		kind, when, host = sys.argv[1:]
		store = {"ccache": f"KEYRING:{kind}:x"}
		name = gssapi.Name(f"host@{host}", gssapi.NameType.hostbased_service)
		ready = threading.Event()

		def context(where):
		    creds = gssapi.Credentials(usage="initiate", store=where)
		    return gssapi.SecurityContext(name=name, creds=creds).step()

		def other():
		    ready.wait(60)
		    try:
		        print("has them" if context(store) else "empty")
		    except gssapi.exceptions.GSSError as error:
		        print("has them not")

		thread = threading.Thread(target=other)
		if when == "before":
		    thread.start()
		context(dict(store, client_keytab="FILE:/home/alice/keytab"))
		context(store)
		ready.set()
		if when == "after":
		    thread.start()
		thread.join()
	END
}

of_threads() {
	same "KEYRING:process:x: a thread has the tickets that another one got" "has them" \
		in_threads process after
	same "KEYRING:process:x: even if it was there before" "has them" in_threads process before
	same "KEYRING:thread:x: a thread does not have those of another one" "has them not" \
		in_threads thread after
}

after_su() {
	export KRB5CCNAME=KEYRING:session:root
	kinit -k "host/$host"
	same "su without pam_keyinit: root's session cache is used" "host/$host" \
		su alice -c "$(declare -f owner); owner"
	sed -i '1i session optional pam_keyinit.so force revoke' /etc/pam.d/su
	refuse "su with pam_keyinit: root's session cache is out of reach" "$nothing" \
		su alice -c klist
	same "after su: root's session cache is there" "host/$host" owner
	export KRB5CCNAME=KEYRING:persistent:
	same "su: the user's persistent cache is used" "alice" \
		su alice -c "$(declare -f owner); owner"
	unset KRB5CCNAME
}

expires() {
	local cache=$1
	kdestroy -A 2>/dev/null
	get -l 3s
	sleep 4
	refuse "$cache: an expired ticket is of no use" "$nothing|expired" kvno "host/$host"
	get
	same "$cache: a new ticket follows an expired one" "1" tickets krbtgt
}

# A ticket is as big as the list of addresses in it.
big_tickets() {
	{
		# the one that the KDC sees
		echo "extra_addresses = 127.0.0.1"
		seq 0 1999 | awk '{ print "extra_addresses = 10." int($1 / 250) "." $1 % 250 ".1" }'
	} >/tmp/addresses
	sed -e '/libdefaults/a noaddresses = false' -e '/libdefaults/r /tmp/addresses' \
		/etc/krb5.conf >/tmp/big.conf
	chmod 644 /tmp/big.conf
	login alice KEYRING:persistent: with_big_tickets
}

with_big_tickets() {
	export KRB5_CONFIG=/tmp/big.conf
	get
	kvno -q "host/$host"
	same "a ticket larger than the user's quota is used" "1" tickets "host/$host"
	same "and is read as it was stored" "2" eval "klist -a -n | grep -c '10\.7\.249\.1'"
}

# Either session adds what the other one has not added yet.
filled_by_two() {
	login alice KEYRING:persistent: kvno -q "$@" &
	login alice KEYRING:persistent: kvno -q "$@"
	wait $!
	login alice KEYRING:persistent: klist | grep -o 'many/s[0-9]*' | sort -u | wc -l
}

many_tickets() {
	login alice KEYRING:persistent: get
	same "two sessions put fifty tickets into one cache" "50" filled_by_two many/s{1..50}
}

after_logout() {
	login alice KEYRING:user:y get
	pkill -U alice
	wait_for 5 nobody_is_alice
	# The kernel frees the last process some time after its end.
	sleep 2
	refuse "KEYRING:user:y: it is gone after the last logout" "$nothing" \
		login alice KEYRING:user:y klist
	same "KEYRING:persistent:: it is there after the last logout" "alice" \
		login alice KEYRING:persistent: owner
	sysctl -q -w kernel.keys.uid_keyring_linger=-1 2>/dev/null
	login alice KEYRING:user:y get
	wait_for 5 nobody_is_alice
	same "KEYRING:user:y: it lasts where uid_keyring_linger says so" "alice" \
		login alice KEYRING:user:y owner
}

nobody_is_alice() {
	! pgrep -U alice
}

start_kdc "addprinc -randkey "many/s{1..50}
# As long as alice has a process, she has a user keyring.
as alice sleep 1000 &

for kind in session:x user:x persistent:; do
	login alice "KEYRING:$kind" used_in_one_session "KEYRING:$kind"
	login alice "KEYRING:$kind" switched "KEYRING:$kind"
done
login alice KEYRING:session:x expires KEYRING:session:x
seen_by_others
login alice KEYRING:session:x of_one_session
login alice KEYRING:process:x of_one_process KEYRING:process:x
login alice KEYRING:thread:x of_one_process KEYRING:thread:x
login alice "" of_threads
after_su
big_tickets
many_tickets
after_logout
finish
