# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# Sourced by scripts that build programs' own tests from Debian's sources.

# private_sources DIRECTORY: every configured source, asked for source packages
# instead of binaries. What the machine is configured to use is only read.
private_sources() {
	local dir=$1 file
	mkdir -p "$dir/sources.d" "$dir/lists/partial" "$dir/cache/archives/partial"
	: >"$dir/sources.list"
	for file in /etc/apt/sources.list /etc/apt/sources.list.d/*.list; do
		[ -f "$file" ] || continue
		sed -nE 's/^deb(-src)?[[:space:]]/deb-src /p' "$file" >>"$dir/sources.list"
	done
	sort -u -o "$dir/sources.list" "$dir/sources.list"
	for file in /etc/apt/sources.list.d/*.sources; do
		[ -f "$file" ] || continue
		sed -E 's/^Types:.*/Types: deb-src/' "$file" >"$dir/sources.d/${file##*/}"
	done
}

# fetch_source PACKAGE [VERSION]: its source package, in this directory, unless it
# is here. Of that version, if it is still to be had.
fetch_source() {
	local package=$1 version=${2:-} dir=$PWD/apt
	! compgen -G "${package}_*.dsc" >/dev/null || return 0
	rm -rf "$dir"
	private_sources "$dir"
	local apt=(apt-get -qq -o APT::Sandbox::User="$(id -un)"
		-o Dir::Etc::sourcelist="$dir/sources.list" -o Dir::Etc::sourceparts="$dir/sources.d"
		-o Dir::State::lists="$dir/lists" -o Dir::Cache="$dir/cache")
	# A third party's archive without sources is no reason to stop.
	"${apt[@]}" update || true
	{ [ -n "$version" ] && "${apt[@]}" source --download-only "$package=$version"; } ||
		"${apt[@]}" source --download-only "$package"
	rm -rf "$dir"
}

# need PACKAGE...: are installed here
need() {
	local name missing=()
	for name; do
		dpkg-query -W -f '${db:Status-Status}\n' "$name" 2>/dev/null |
			grep -qx installed || missing+=("$name")
	done
	[ ${#missing[@]} = 0 ] || DEBIAN_FRONTEND=noninteractive apt-get -qq -o Dpkg::Use-Pty=0 \
		install -y --no-install-recommends "${missing[@]}"
}
