#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
#
# Installs the Debian packages that building and testing need and that are missing; says nothing and does
# nothing when all are there.
set -eu
packages="gcc clang make libc6-dev zlib1g-dev libcsv-dev libcmocka-dev nfdump mandoc bats shellcheck
    clang-format clang-tidy libclang-rt-14-dev softflowd procps parallel zstd python3 perl util-linux
    chromium"

missing=
for package in $packages; do
    dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q ' installed$' ||
        missing="$missing $package"
done
[ -n "$missing" ] || exit 0
if ! command -v apt-get >/dev/null; then
    echo "deps: these Debian packages are missing, and there is no apt-get:$missing" >&2
    exit 1
fi
sudo=
[ "$(id -u)" -eq 0 ] || sudo=sudo
echo "deps: installing$missing"
$sudo apt-get update -qq
# shellcheck disable=SC2086 # lists of words
$sudo env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing >/dev/null
