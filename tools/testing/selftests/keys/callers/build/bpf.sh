#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# usage: bpf.sh DIRECTORY
# DIRECTORY/bpf.o: the BPF program of the scene bpf; DIRECTORY/bpf_user loads it.
set -euo pipefail

here=$(dirname "$(realpath "$0")")
# shellcheck source=tools/testing/selftests/keys/callers/build/source.bash
. "$here/source.bash"
need clang gcc libbpf-dev
mkdir -p "$1"
clang -O2 -g -Wall -target bpf -I"/usr/include/$(gcc -print-multiarch)" \
	-c "$here/../bpf.c" -o "$1/bpf.o"
gcc -O2 -Wall -Wextra -o "$1/bpf_user" "$here/../bpf_user.c" -lbpf
