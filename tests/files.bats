#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-3-Clause
#
# Which capture files are selected, whether they are all that nfdump reads, and what is said of those that
# cannot be read.

load lib.bash

# Directories of captures, each a part of the demo's with a number of records that no other has.
setup_file() {
    export TREE=$BATS_FILE_TMPDIR/tree
    local demo=$BATS_TEST_DIRNAME/../demo/nfcapd.demo day n=0 name
    for day in 13 14 15; do
        mkdir -p "$TREE/2023/11/$day"
        for name in nfcapd.0000 nfcapd.0600 nfcapd.1200; do
            n=$((n + 1))
            nfdump -q -r "$demo" -c "$n" -w "$TREE/2023/11/$day/$name" any 2>"$BATS_FILE_TMPDIR/log" || return 1
        done
    done
    mkdir "$BATS_FILE_TMPDIR/other"
    cp -r "$TREE/2023" "$BATS_FILE_TMPDIR/other/2023"
}

setup() {
    scratch
    PATH=$BUILD:$PATH
    demo=$TESTS/../demo/nfcapd.demo
}

# records FILE...: how many are in all of them.
records() {
    local file sum=0
    for file; do
        sum=$((sum + $(nfdump -I -r "$file" | sed -n 's/^Flows: //p')))
    done
    echo "$sum"
}

# inside DIR COMMAND...: try, in a directory.
inside() { (cd "$1" && "${@:2}"); }

# selects DIR OPTIONS FILE...: there --files prints these, and their records are what is read.
selects() {
    local dir=$1 options=$2
    shift 2
    # shellcheck disable=SC2086 # words
    try inside "$dir" ftp-read nffile --files $options
    works
    printf '%s\n' "$@" | diff - out
    # shellcheck disable=SC2086
    try inside "$dir" ftp-read nffile -q -r any -i any -vv $options
    cd "$dir" && sum=$(records "$@") && cd "$T"
    grep -q "\"rows\":$sum," err || { cat err; return 1; }
}

@test "--files: a directory, a file and all later ones, a range, one file" {
    d=$TREE/2023/11
    selects "$d" '-R 14' 14/nfcapd.0000 14/nfcapd.0600 14/nfcapd.1200
    selects "$d" '-R 14/' 14/nfcapd.0000 14/nfcapd.0600 14/nfcapd.1200
    selects "$d" '-R 14/nfcapd.0600' 14/nfcapd.0600 14/nfcapd.1200
    selects "$d" '-R 14/nfcapd.0000:nfcapd.0600' 14/nfcapd.0000 14/nfcapd.0600
    selects "$d" '-R 14/nfcapd.0600:nfcapd.0600' 14/nfcapd.0600
    selects "$d" "-R $d/15/nfcapd.0600:nfcapd.0600" "$d/15/nfcapd.0600"
    selects "$d/14" '-R nfcapd.0600' nfcapd.0600 nfcapd.1200
    selects "$d/14" '-R .' nfcapd.0000 nfcapd.0600 nfcapd.1200
}

@test "--files: a tree, and a range over its directories" {
    # shellcheck disable=SC2046 # names without blanks
    selects "$TREE" '-R 2023' $(cd "$TREE" && find 2023 -type f | sort)
    selects "$TREE" '-R 2023/11/13/nfcapd.0600:15/nfcapd.1200' \
        2023/11/13/nfcapd.0600 2023/11/13/nfcapd.1200 2023/11/14/nfcapd.0600 2023/11/14/nfcapd.1200 \
        2023/11/15/nfcapd.0600 2023/11/15/nfcapd.1200
    selects "$TREE" '-R 2023/11/13/nfcapd.0000:11/14/nfcapd.0600' \
        2023/11/13/nfcapd.0000 2023/11/13/nfcapd.0600 2023/11/14/nfcapd.0000 2023/11/14/nfcapd.0600
    selects / "-R $TREE/2023/11/14/nfcapd.0600:11/14/nfcapd.0600" "$TREE/2023/11/14/nfcapd.0600"
}

@test "--files: several directories" {
    d=$TREE/2023/11
    selects "$d" '-M 13:15 -R .' 13/nfcapd.0000 13/nfcapd.0600 13/nfcapd.1200 15/nfcapd.0000 15/nfcapd.0600 15/nfcapd.1200
    selects / "-M $d/13:15 -R nfcapd.0600" "$d"/1{3,5}/nfcapd.{0600,1200}
    selects / "-M $d/13:15 -R nfcapd.0000:nfcapd.0000" "$d"/1{3,5}/nfcapd.0000
    selects / "-M $BATS_FILE_TMPDIR/tree:other -R 2023/11/14/nfcapd.0600:2023/11/15/nfcapd.0600" \
        "$BATS_FILE_TMPDIR"/tree/2023/11/1{4,5}/nfcapd.0600 "$BATS_FILE_TMPDIR"/other/2023/11/1{4,5}/nfcapd.0600
    try inside "$d" ftp-read nffile --files -M 13:none -R .
    fails 1 '^ftp-read: -M: none: No such file or directory (only the first of -M is a path, the others are names beside it)$'
}

@test "several -R are one capture, in their order; -M is for each, -c over all" {
    d=$TREE/2023/11
    selects "$d" '-R 15 -R 13/nfcapd.0600:nfcapd.0600' 15/nfcapd.0000 15/nfcapd.0600 15/nfcapd.1200 13/nfcapd.0600
    selects "$d" '-M 13:15 -R nfcapd.0600:nfcapd.0600 -R nfcapd.0000:nfcapd.0000' \
        13/nfcapd.0600 15/nfcapd.0600 13/nfcapd.0000 15/nfcapd.0000
    try ftp-read nffile -vv -q -r any -i any -R "$d/15" -R "$d/13" -c 26
    grep -q '"flows":26,' err
    # Without a trailer in the middle, and in the order given.
    ftp-read nffile -r any -i any -R "$d"/15/nfcapd.0000:nfcapd.0000 >a
    ftp-read nffile -r any -i any -R "$d"/13/nfcapd.0000:nfcapd.0000 >b
    ftp-read nffile -r any -i any -R "$d"/15/nfcapd.0000:nfcapd.0000 -R "$d"/13/nfcapd.0000:nfcapd.0000 >both
    cat a b | ftp-write -t flows >rows
    ftp-write -t flows <both | cmp - <(grep -v '^#' rows | sed '1i #START_TIME,DURATION,PROTO,SRC_IP,DST_IP,SRC_PORT,DST_PORT,PACKETS,BYTES,PACKETS_REV,BYTES_REV' | sed '$a # end 8')
}

@test "a file that is selected twice is an error, under any name" {
    mkdir x
    cp -r "$TREE/2023/11/13" x/d
    try ftp-read nffile -R x/d -R x/d/nfcapd.0600:nfcapd.0600
    fails 1 '^ftp-read: x/d/nfcapd.0600: selected twice$'
    ln -s nfcapd.0600 x/d/nfcapd.latest
    try ftp-read nffile -R x/d
    fails 1 '^ftp-read: x/d/nfcapd.*: selected twice, also as x/d/nfcapd'
    rm x/d/nfcapd.latest
    # A link to nothing, and one into a circle, are passed over, as nfdump does.
    ln -s .. x/d/up
    ln -s none x/d/nfcapd.9999
    try ftp-read nffile --files -R x/d
    works
    [ "$(wc -l <out)" -eq 3 ]
}

@test "what is not there has a name" {
    mkdir empty
    try ftp-read nffile -R empty
    fails 1 '^ftp-read: -R: empty: no capture file in it$'
    try ftp-read nffile -R none
    fails 1 '^ftp-read: -R: none: No such file or directory$'
    try ftp-read nffile -R "$demo:none"
    fails 1 '^ftp-read: -R: .*/none: No such file or directory$'
    try ftp-read nffile -R "$TREE/2023/11/13/nfcapd.0600:$TREE/2023/11/14/nfcapd.0600"
    fails 1 "^ftp-read: -R: '$TREE/2023/11/14/nfcapd.0600': the last file of a range is named as seen from the directory that holds both\$"
    try ftp-read nffile -R "$TREE/2023/11/13/nfcapd.0600:2023/11/16/nfcapd.0600"
    fails 1 "^ftp-read: -R: $TREE/2023/11/16/nfcapd.0600: No such file or directory\$"
    try ftp-read nffile -R ''
    fails 2 "^ftp-read: -R: '' is not the name of a file\$"
}

# header LAYOUT FLAGS: the beginning of a file of nfdump 1.7 or 1.8, whose end is marked as written.
header() {
    printf "\\014\\245\\00$1\\000\\000\\000\\010\\321\\000\\000\\000\\000\\000\\000\\000\\000\\004\\000\\001\\000"
    printf "\\00$2\\000\\000\\000\\001\\000\\100\\000\\110\\000\\000\\000\\240\\277\\010\\000\\000\\000\\000\\000"
    head -c 200 /dev/zero
}

@test "a file of nfdump 1.8: needs it, and is not read when it is encrypted" {
    header 3 0 >nfcapd.1
    header 3 1 >nfcapd.2
    export FAKE_DIR=$T FAKE_PLAN=:
    try ftp-read nffile -n "$TESTS/fake-nfdump" -R nfcapd.1:nfcapd.1
    fails 1 '^ftp-read: nfcapd.1: written by nfdump 1.8, which is needed to read it (this is 1.7.1)$'
    export FAKE_VERSION='echo "nfdump: Version: 1.8.0-5fa33369 options: LZ4 ZSTD BZIP2 CRYPTO PCRE2 date: x"'
    try ftp-read nffile -n "$TESTS/fake-nfdump" -R nfcapd.2:nfcapd.2
    fails 1 '^ftp-read: nfcapd.2: encrypted, which is not supported$'
    [ "$(wc -l <err)" -eq 1 ]
}

@test "nfdump has no terminal that it could ask for a passphrase" {
    cp "$demo" nfcapd.1
    export FAKE_DIR=$T FAKE_INFO='echo "Flows: 0"'
    export FAKE_PLAN='(: </dev/tty) 2>/dev/null && echo asked >&2'
    try script -qec "ftp-read nffile -q -n '$TESTS/fake-nfdump' -R nfcapd.1:nfcapd.1 -f pipe 2>err | ftp-write -t flows" /dev/null
    [ ! -s err ] || ! grep asked err
}

# damage FILE: flips bits in the middle of the records of an uncompressed file.
damage() {
    perl -0777 -pi -e 'substr($_, int(length() / 2), 400) ^= "\xff" x 400' "$1"
}

@test "a damaged file among many is named, also when nfdump notices it only while reading" {
    mkdir many
    for i in 1 2 3 4 5; do
        nfdump -q -r "$demo" -w many/nfcapd.$i any 2>log
    done
    damage many/nfcapd.3
    for format in auto pipe csv; do
        try ftp-read nffile -R many -r any -i any -f $format
        [ "$status" -eq 1 ] || grep -q 'has no such output' err
        grep -q 'has no such output' err || tail -n 1 err | grep -q '^ftp-read: many/nfcapd.3: ' || { echo "$format"; cat err; return 1; }
    done
}

@test "-F: what nfdump does not take is said to be that, before anything is read" {
    try ftp-read nffile -R "$demo" -F 'porto tcp'
    fails 1 "^ftp-read: -F: nfdump: Line 1: syntax error"
    [ "$(wc -l <err)" -eq 1 ]
    # A file could have a parenthesis that ends ours.
    echo 'any) or (any' >filter
    try ftp-read nffile -R "$demo" -F '@include filter'
    fails 2 "^ftp-read: -F: '@include filter': @include is not supported: give the filter itself\$"
    try ftp-read nffile -R "$demo" -F 'proto tcp)'
    fails 2 "^ftp-read: -F: 'proto tcp)' has a parenthesis without its partner\$"
    try ftp-read nffile -R "$demo" -F 'ident "x'
    fails 2 "has a quotation mark without its partner\$"
    try ftp-read nffile -R "$demo" -F 'proto tcp # ( "'
    works
}

@test "text that lacks records: fewer rows than promised, or nothing at all" {
    cp "$demo" nfcapd.1
    export FAKE_DIR=$T FAKE_INFO='echo "Flows: 3"' FAKE_ROWS=$T/rows
    for n in 1 2; do
        echo '2|1700000000123|1700000001456|6|0|0|0|167772161|40000|0|0|0|167772162|443|0|0|0|0|27|0|10|1234'
    done >rows
    fake() { try ftp-read nffile -n "$TESTS/fake-nfdump" -R nfcapd.1:nfcapd.1 -f pipe "$@"; }
    export FAKE_PLAN='rows 1 2'
    fake -r any -i any
    [ "$status" -eq 0 ]
    echo 'ftp-read: nfdump printed 2 records of the 3 flows that the files promise: a file may be damaged (--verify tells), or its records count several flows' | diff - err
    fake -r any -i any -q
    works
    fake -r 127.0.0.1 -i any
    works
    export FAKE_PLAN=:
    fake
    fails 1 '^ftp-read: nfdump printed nothing at all, although the files promise 3 flows$'
    export FAKE_PLAN='echo "No matching flows"'
    fake
    fails 0 'no record of exporter 127.0.0.1 and interface 0'
    export FAKE_VERSION='echo "nfdump: Version: 1.7.5"' FAKE_PLAN=:
    try ftp-read nffile -n "$TESTS/fake-nfdump" -R nfcapd.1:nfcapd.1 -f csv-fast
    fails 1 '^ftp-read: nfdump printed nothing at all, although the files promise 3 flows$'
}

@test "-t: records that lie wholly inside, both ends included to the millisecond" {
    ftp-read nffile -R "$demo" -r any -i any | ftp-write -t flows | grep -v '^#' >all
    # START and END in ms of each record; some window in the middle of the capture.
    awk -F, '{ split($1, s, "."); split($2, d, "."); start = s[1] * 1000 + s[2]; printf "%.0f %.0f\n", start, start + d[1] * 1000 + d[2] }' all >times
    first=$(sort -n times | head -n 1 | cut -d' ' -f1)
    from=$((first / 1000 + 2)) to=$((first / 1000 + 7))
    window=$(date -u -d @$from +%Y/%m/%d.%H:%M:%S)-$(date -u -d @$to +%Y/%m/%d.%H:%M:%S)
    wanted=$(awk -v from=$from -v to=$to '$1 >= from * 1000 && $2 <= to * 1000' times | wc -l)
    [ "$wanted" -gt 10 ]
    [ "$wanted" -lt "$(wc -l <times)" ]
    [ "$(ftp-read nffile -R "$demo" -r any -i any -t "$window" | ftp-write -t flows | grep -vc '^#')" -eq "$wanted" ]
}
