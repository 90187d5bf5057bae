#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
#
# Runs the main job on the capture in this directory, and leaves the profile and its report in BUILDDIR/demo:
# demo.sh BUILDDIR
set -eu
build=${1:?usage: demo.sh BUILDDIR}
demo=$(dirname "$0")
out=$build/demo
mkdir -p "$out"

show() {
    printf '\n$ %s\n' "$*"
    "$@"
}

printf '\nA capture of 40 s of traffic: web, DNS, ping, shells, IPv4 and IPv6 (demo/README.md).  Who exported it:\n'
show "$build/ftp-read" nffile -R "$demo/nfcapd.demo:nfcapd.demo" -l

printf '\nIts profile and a report of it, with the timeouts of that exporter, 10 s active and 5 s inactive:\n'
show "$build/ftprofiler" -a 10 -i 5 -o "$out/profile.csv" --report "$out/report.html" nffile -R "$demo/nfcapd.demo:nfcapd.demo"
show head -n 8 "$out/profile.csv"

# The download over TCP, and log messages over UDP.
{ grep '4,6,[0-9]*,5201,[0-9]\{5\}' "$out/profile.csv" && grep '4,17,[0-9]*,514,' "$out/profile.csv"; } | awk -F, '
    function seconds(ms) { return sprintf("%.3f s", ms / 1000) }
    NR == 1 {
        print "\nTwo of its rows:\n\n    " $0
        print "A download over IPv4 (4) and TCP (6) from port " $6 ".  It began " $1 " ms after the first packet of the"
        print "capture and took " seconds($2 - $1) ": " $7 " packets (" $8 " bytes) went to the server, and " \
            $9 " (" $10 " bytes) came back."
        print "The exporter had cut it into 8 flow records; here they are one again, without the addresses."
    }
    NR == 2 {
        print "\n    " $0
        print "Log messages over UDP (17) to port " $6 ": " $7 " packets in " seconds($2 - $1) ", and nothing came back."
    }'

printf '\nWhat is in it:\n'
show "$build/ftp-stat" "$out/profile.csv"
printf '\nThe profile: %s\nIts report:  %s (for a browser)\n' "$out/profile.csv" "$out/report.html"
