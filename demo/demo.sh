#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
#
# Runs the main job on the capture in this directory: demo.sh BUILDDIR
set -eu
build=${1:?usage: demo.sh BUILDDIR}
demo=$(dirname "$0")
out=$(mktemp -d "${TMPDIR:-/tmp}/demo.XXXXXX")
trap 'rm -rf "$out"' EXIT

show() {
    printf '\n$ %s\n' "$*"
    "$@"
}

echo "A capture of real traffic: web, DNS, ping, shells, IPv4 and IPv6 (demo/README.md)"
show "$build/ftp-read" nffile -R "$demo/nfcapd.demo:nfcapd.demo" -l
show "$build/ftprofiler" -v -a 10 -i 5 -o "$out/profile.csv" nffile -R "$demo/nfcapd.demo:nfcapd.demo"
printf '\n$ head profile.csv\n'
head "$out/profile.csv"
