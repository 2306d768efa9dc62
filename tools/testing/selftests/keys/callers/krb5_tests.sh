#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# The tests of credential caches that MIT's Kerberos has itself, with every
# kind of KEYRING: cache: t_cc, t_cccol.py and t_ccache.py.
# packages: keyutils python3
# build: krb5
# seconds: 240
. "$(dirname "$0")/lib.sh"

# The tests write beside the programs, and these are on the host.
make_writable() {
	mkdir -p /tmp/krb5
	mount -t tmpfs tmpfs /tmp/krb5
	mkdir /tmp/krb5/{upper,work}
	mount -t overlay -o "lowerdir=$BUILD/krb5,upperdir=/tmp/krb5/upper,workdir=/tmp/krb5/work" \
		overlay "$BUILD/krb5"
}

# python_test DIRECTORY NAME PATTERN: it succeeds, and says that it came so far
python_test() {
	local text="$2 passes with KEYRING: caches"
	cd "$BUILD/krb5/build/$1" || return
	if PYTHONPATH=$BUILD/krb5/source/src/util:$BUILD/krb5/build \
		python3 "$BUILD/krb5/source/src/$1/$2" -v >/tmp/said 2>&1 &&
		grep -q -- "$3" /tmp/said && ! grep -qi "skipping" /tmp/said; then
		ok "$text"
	else
		tail -n 30 /tmp/said | sed 's/^/# /'
		not_ok "$text"
	fi
}

# t_cc leaves out what the library was built without.
all_of_t_cc() {
	local said
	cd "$BUILD/krb5/build/lib/krb5/ccache" || return
	said=$(LD_LIBRARY_PATH=$BUILD/krb5/build/lib \
		KRB5_CONFIG=$BUILD/krb5/source/src/config-files/krb5.conf ./t_cc 2>&1)
	local status=$?
	echo "$said"
	[ "$status" = 0 ] && grep -q "KEYRING:process:" <<<"$said" &&
		! grep -q "Skipping KEYRING" <<<"$said"
}

make_writable
hostname server.example.test
echo "127.0.0.1 server.example.test localhost" >/etc/hosts
check "t_cc passes with KEYRING:process:" all_of_t_cc
python_test lib/krb5/ccache t_cccol.py "KEYRING cursor"
python_test tests t_ccache.py "legacy keyring cache linkage"
finish
