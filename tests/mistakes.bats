#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-3-Clause
#
# The likeliest mistakes: each message names the thing that is wrong, and says what to do.

load lib.bash

setup() {
    scratch
    PATH=$BUILD:$PATH
    demo=$TESTS/../demo/nfcapd.demo
    mkdir capture
    cp "$demo" capture/nfcapd.1
    ftprofiler -q -o profile.csv nffile -R capture
    ftp-read nffile -q -R capture >stream
    ftp-write -t flows <stream >flows.txt
}

# says STATUS MESSAGE COMMAND...: ends so, with this message alone.
says() {
    try "${@:3}"
    [ "$status" -eq "$1" ] && echo "$2" | diff - err
}

@test "files that are not given with -R" {
    says 2 "ftp-read: -R: nothing to read: give a file, a directory or a range" ftp-read nffile
    says 2 "ftp-read: unexpected argument 'capture': files are given with -R" ftp-read nffile capture
    says 2 "ftp-read: unexpected argument 'capture': files are given with -R" ftprofiler nffile capture
    says 2 "ftp-read: -r: 'capture/nfcapd.1' is neither an IP address nor any: files are given with -R" \
        ftprofiler nffile -r capture/nfcapd.1
    says 2 "ftp-read: -r: 'localhost' is neither an IP address nor any" ftprofiler nffile -r localhost
    says 2 "ftp-read: unexpected argument 'flows.txt': the file is given with -f" ftp-read csvfile flows.txt
    says 2 "ftp-read: -f: no file given (- is standard input)" ftp-read csvfile
    says 2 "ftp-read: unexpected argument 'x.fds': files are given with -R" ftp-read fdsfile x.fds
}

@test "options on the wrong side of the reader, and readers that are none" {
    says 2 "ftprofiler: -o stands before nffile" ftprofiler nffile -o p -R capture
    says 2 "ftprofiler: -R stands after the name of the reader" ftprofiler -R capture nffile
    says 2 "ftprofiler: no reader given: nffile, csvfile or fdsfile (try 'ftprofiler -h')" ftprofiler
    says 2 "ftp-read: unknown reader 'capture': it is not one of nffile, csvfile, fdsfile" ftprofiler capture
    says 2 "ftprofiler: unknown option '-x' (try 'ftprofiler -h')" ftprofiler -x nffile
    says 2 "ftp-read: unknown option '--intrface' (try 'ftp-read nffile -h')" ftprofiler nffile --intrface 3 -R capture
}

@test "no nfdump, and one that is not nfdump" {
    says 1 "ftp-read: cannot run none: No such file or directory (Debian has it in the package nfdump; -n names another)" \
        ftprofiler nffile -n none -R capture
    says 1 "ftp-read: true -V tells no version: is it nfdump?" ftprofiler nffile -n true -R capture
    says 1 "ftp-read: cannot run fdsdump: No such file or directory" ftp-read fdsfile -R profile.csv
}

@test "what is not a capture file" {
    says 1 "ftp-read: -R: none: No such file or directory" ftprofiler nffile -R none
    mkdir empty
    says 1 "ftp-read: -R: empty: no capture file in it" ftprofiler nffile -R empty
    cp "$TESTS/../README.md" capture/README.md
    says 1 "ftp-read: capture/README.md: not a file of nfcapd: leave it out with a range of files (-R FIRST:LAST)" \
        ftprofiler nffile -R capture
    rm capture/README.md
    gzip -c "$demo" >capture/nfcapd.2.gz
    says 1 "ftp-read: capture/nfcapd.2.gz: compressed with gzip, which nfdump does not read: decompress it first" \
        ftprofiler nffile -R capture
    rm capture/nfcapd.2.gz
    zstd -q -c "$demo" >capture/nfcapd.2
    says 1 "ftp-read: capture/nfcapd.2: compressed with zstd, which nfdump does not read: decompress it first" \
        ftprofiler nffile -R capture
    cp "$demo" capture/nfcapd.2
    says 1 "ftp-read: -R: '$T/capture/nfcapd.2': the last file of a range is named as seen from the directory that holds both" \
        ftprofiler nffile -R "$T/capture/nfcapd.1:$T/capture/nfcapd.2"
    says 1 "ftp-read: -R: capture/nfcapd.3: No such file or directory" ftprofiler nffile -R capture/nfcapd.1:nfcapd.3
    says 1 "ftp-read: capture/nfcapd.1: selected twice" ftprofiler nffile -R capture -R capture/nfcapd.1:nfcapd.1
}

@test "periods" {
    form="is not a period as YYYY/MM/DD.hh:mm:ss-YYYY/MM/DD.hh:mm:ss (times may be cut short)"
    says 2 "ftp-read: -t: '2023-11-14' $form" ftprofiler nffile -R capture -t 2023-11-14
    says 2 "ftp-read: -t: '2023/11/14 10:00' $form" ftprofiler nffile -R capture -t '2023/11/14 10:00'
    says 2 "ftp-read: -t: '' $form" ftprofiler nffile -R capture -t ''
    says 2 "ftp-read: -t: '2023/13/14': the month is 13, and not one of 1 to 12" ftprofiler nffile -R capture -t 2023/13/14
    says 2 "ftp-read: -t: '2023/02/30': the month has no day 30" ftprofiler nffile -R capture -t 2023/02/30
    says 2 "ftp-read: -t: '1969/12/31': the year is 1969, and not one of 1970 to 2037" ftprofiler nffile -R capture -t 1969/12/31
    says 2 "ftp-read: -t: '2023/11/14.24': the hour is 24, and not one of 0 to 23" ftprofiler nffile -R capture -t 2023/11/14.24
    says 2 "ftp-read: -t: '2023/11/15-2023/11/14' ends before it begins" ftprofiler nffile -R capture -t 2023/11/15-2023/11/14
}

@test "filters" {
    try ftprofiler nffile -R capture -F 'porto tcp'
    fails 1 '^ftp-read: -F: nfdump: Line 1: syntax error at '
    says 2 "ftp-read: -F: 'proto tcp)' has a parenthesis without its partner" ftprofiler nffile -R capture -F 'proto tcp)'
}

@test "nothing that matches, and why" {
    list="'ftp-read nffile -R capture -l' lists those that the capture has"
    says 0 "ftp-read: no record of exporter 192.0.2.1 and interface 0: $list" ftprofiler -o p nffile -R capture -r 192.0.2.1
    says 0 "ftp-read: no record of exporter 127.0.0.1 and interface 7: $list" ftprofiler -o p nffile -R capture -i 7
    says 0 "ftp-read: no record of exporter any and interface any inside the period of -t: $list" \
        ftprofiler -o p nffile -R capture -r any -i any -t 2001-2002
    says 0 "ftp-read: no record of exporter any and interface any that matches -F: $list" \
        ftprofiler -o p nffile -R capture -r any -i any -F 'src port 1 and dst port 2'
    echo "$HEADER" | cmp - p
}

@test "what is given to csvfile, and is not flow records" {
    says 1 "ftp-read: profile.csv: line 1: a profile, which has no addresses: csvfile reads flow records" \
        ftprofiler csvfile -f profile.csv
    zstd -q flows.txt
    says 1 "ftp-read: flows.txt.zst: line 1: compressed with zstd: zstd -dc FILE | ftp-read csvfile -f -" \
        ftprofiler csvfile -f flows.txt.zst
    says 1 "ftp-read: stream: line 1: a record stream: ftp-merge reads that" ftprofiler csvfile -f stream
    says 1 "ftp-read: capture/nfcapd.1: line 1: a file of nfcapd: ftp-read nffile -R reads that" \
        ftprofiler csvfile -f capture/nfcapd.1
    says 1 "ftp-read: none: No such file or directory" ftprofiler csvfile -f none
    printf '\357\273\277' | cat - flows.txt >marked.txt
    try ftprofiler -o p csvfile -f marked.txt
    works
    cmp p profile.csv
}

@test "streams of the wrong kind" {
    says 1 "ftp-merge: standard input: not a record stream of ftp-read or ftp-merge" ftp-merge <profile.csv
    ftp-merge -q <stream >biflows
    try ftp-merge <biflows
    fails 1 'it has been through ftp-merge already'
    try ftp-write <stream
    fails 1 'ftp-merge is missing in between'
    try ftp-stat <stream
    fails 1 'missing in between'
}

@test "sizes and times with units, and timeouts that are swapped" {
    try ftprofiler -o p -m 2G -a 5m -i 30s nffile -R capture
    works
    says 2 "ftp-merge: -m: '2T' is not a size from 1 to 17592186044415 MiB, as 512, 512M or 2G" ftprofiler -m 2T nffile -R capture
    says 2 "ftp-merge: -a: '5 m' is not a time from 1 to 1000000000 seconds, as 90, 90s, 5m or 1h" \
        ftprofiler -a '5 m' nffile -R capture
    says 0 "ftp-merge: -i 300 is larger than -a 30: are the timeouts swapped?" ftprofiler -o p -a 30 -i 300 nffile -R capture
}
