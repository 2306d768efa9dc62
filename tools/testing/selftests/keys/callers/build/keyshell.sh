#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# usage: keyshell.sh DIRECTORY
# Build keyshell, which makes key calls for the scenes of security modules.
set -euo pipefail

source=$(dirname "$(realpath "$0")")/../keyshell.c
mkdir -p "$1"
[ "$1/keyshell" -nt "$source" ] || gcc -O2 -Wall -Wextra -static -o "$1/keyshell" "$source"
