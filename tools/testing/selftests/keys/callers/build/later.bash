# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# Sourced by scripts that take programs from a later release of Debian. What the
# machine is configured to use is only read.

# later_apt DIRECTORY: sets apt, the command for that release; it keeps its files
# in the directory.
later_apt() {
	local dir=$1
	mkdir -p "$dir/sources.d" "$dir/lists/partial" "$dir/cache/archives/partial"
	touch "$dir/status" "$dir/sources.list"
	cat >"$dir/sources.d/later.sources" <<-END
		Types: deb deb-src
		URIs: http://deb.debian.org/debian
		Suites: trixie
		Components: main
		Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg
	END
	apt=(apt-get -qq -o APT::Sandbox::User="$(id -un)"
		-o Dir::Etc::sourcelist="$dir/sources.list"
		-o Dir::Etc::sourceparts="$dir/sources.d" -o Dir::State::status="$dir/status"
		-o Dir::State::lists="$dir/lists" -o Dir::Cache="$dir/cache")
	"${apt[@]}" update
}
