#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-3-Clause
#
# ftp-split: shards merged apart are the profile, and all of them are there or none is, whatever happens.

load lib.bash

setup() {
    scratch
    mkdir d
    PATH=$BUILD:$BUILD/tests:$PATH
}

# traffic N: flow text, N conversations and their answers among few hosts, so that keys come again; IPv4
# and IPv6, with and without ports, odd records, and some of another century.
traffic() {
    awk -v n="$1" 'BEGIN {
        srand(1)
        print "START_TIME,DURATION,PROTO,SRC_IP,DST_IP,SRC_PORT,DST_PORT,PACKETS,BYTES,PACKETS_REV,BYTES_REV"
        split("6 17 1 47 58", protos, " ")
        for (i = 0; i < n; i++) {
            proto = protos[1 + int(rand() * 5)]
            net = rand() < 0.3 ? "2001:db8::" : "192.0.2."
            a = net int(1 + rand() * 20); b = net int(1 + rand() * 20)
            p = 1024 + int(rand() * 50); q = rand() < 0.5 ? 443 : 53
            start = rand() < 0.01 ? 10 : 1700000000 + int(rand() * 2000)
            odd = rand()
            packets = odd < 0.05 ? 0 : odd < 0.4 ? 1 : 7
            reverse = odd > 0.95 ? 3 : 0
            bytes = odd < 0.1 && odd > 0.05 ? 0 : 40 * packets
            long = odd > 0.05 && odd < 0.07 ? 20000000 : odd < 0.5 ? 0 : int(rand() * 300)
            printf "%d.%03d,%d.000,%d,%s,%s,%d,%d,%d,%d,%d,%d\n", start, rand() * 1000, long, proto, a, b, p, q,
                packets, bytes, reverse, 40 * reverse
            if (rand() < 0.7)
                printf "%d.%03d,%d.500,%d,%s,%s,%d,%d,%d,%d,0,0\n", start, 999, long, proto, b, a, q, p, 5, 500
        }
    }'
}

stream() { ftp-read csvfile -q -f "$1"; }
rows() { ftp-write -t flows <"$1" | grep -v '^#\|START_TIME'; }
records() { rows "$1" | sort; }
shards() { seq -f "$1%.0f" 0 $(($2 - 1)); }

# zero FILE: ZERO,BULK of what ftp-split -d wrote: the earliest start that is not more than 366 days from the
# day with the most records, and a time of that day.
zero() {
    awk '$2 > most || $2 == most && $1 > bulk { most = $2; bulk = $1 }
        { day[NR] = $1; first[NR] = $3 }
        END {
            for (i = 1; i <= NR; i++)
                if (day[i] >= bulk - 366 && day[i] <= bulk + 366 && (zero == "" || first[i] < zero))
                    zero = first[i]
            printf "%.0f,%.0f\n", zero, bulk * 86400000 + 43200000
        }' "$1"
}

# merged_apart PREFIX N ZERO [OPTION...]: the rows that the shards give, sorted as text.
merged_apart() {
    local prefix=$1 n=$2 zero=$3 shard
    shift 3
    for shard in $(shards "$prefix" "$n"); do
        ftp-merge -q -z "$zero" "$@" <"$shard" || return
    done | ftp-write | sort
}

@test "split: shards merged apart are the rows of one ftp-merge, for any number of them" {
    traffic 20000 >text
    stream text >flows
    ftp-merge -q <flows | ftp-write | sort >expected
    [ "$(wc -l <expected)" -gt 5000 ]
    for n in 1 3 16 100; do
        ftp-split -n $n -o d/s. -d days <flows
        merged_apart d/s. $n "$(zero days)" | cmp - expected
        rm d/*
    done
    # With other options of ftp-merge as well.
    ftp-merge -q -a 60 -i 10 -d arrival -z 1700000000000 <flows | ftp-write | sort >expected
    ftp-split -n 7 -o d/s. <flows
    merged_apart d/s. 7 1700000000000 -a 60 -i 10 -d arrival | cmp - expected
}

@test "split: so do those of the conformance vectors" {
    for vector in "$TESTS"/data/vectors/*.flows.csv; do
        stream "$vector" >flows
        ftp-merge -q <flows | ftp-write | sort >expected
        for n in 1 3 16 100; do
            ftp-split -n $n -d days <flows
            merged_apart shard. $n "$(zero days)" | diff - expected || { echo "$vector, $n shards"; return 1; }
            rm shard.*
        done
    done
}

@test "split: no record is lost, changed or doubled, and those of a shard keep their order" {
    traffic 3000 >text
    stream text >flows
    ftp-split -n 16 <flows
    # shellcheck disable=SC2046 # names without blanks
    cat $(shards shard. 16) >all
    records all | cmp - <(records flows)
    # Filtered out of the input, the records of a shard are the shard.
    for shard in $(shards shard. 16); do
        rows "$shard" >rows
        rows flows | grep -xFf rows | awk 'NR == FNR { left[$0]++; next } left[$0]-- > 0' rows - |
            cmp - rows
    done
}

@test "split: a record has its shard, whatever the run, the order and the direction" {
    traffic 500 >text
    stream text >flows
    ftp-split -n 9 -o one. <flows
    ftp-split -n 9 -o two. <flows
    { head -n 1 text; tail -n +2 text | sort -R; } >shuffled
    stream shuffled | ftp-split -n 9 -o three.
    awk -F, -v OFS=, 'NR > 1 { t = $4; $4 = $5; $5 = t; t = $6; $6 = $7; $7 = t } { print }' text >turned
    stream turned | ftp-split -n 9 -o four.
    for i in 0 1 2 3 4 5 6 7 8; do
        cmp one.$i two.$i
        records one.$i | cmp - <(records three.$i)
        records four.$i | awk -F, -v OFS=, '{ t = $4; $4 = $5; $5 = t; t = $6; $6 = $7; $7 = t; print }' | sort |
            cmp - <(records one.$i)
    done
}

@test "split: the shard of a key is the one that the page says, on every machine" {
    # Of SipHash by another implementation: see test_shard.
    {
        echo 'F 0 0 4 6 192.0.2.10 198.51.100.20 40011 80 1 1 0 0'
        echo 'F 1 1 4 6 198.51.100.20 192.0.2.10 80 40011 1 1 0 0'
        echo 'F 2 2 6 58 2001:db8::1 fe80::2 0 34560 1 1 0 0'
        echo 'F 3 3 4 1 192.0.2.1 192.0.2.2 0 2048 1 1 0 0'
    } | mkstream | ftp-split -n 100
    [ "$(records shard.65 | wc -l)" -eq 2 ]
    [ "$(records shard.19 | wc -l)" -eq 1 ]
    [ "$(records shard.74 | wc -l)" -eq 1 ]
}

@test "split: the stream: empty, several, rows skipped; cut off, damaged, of another kind" {
    mkstream -k flow </dev/null >empty
    echo 'F 5 6 4 6 192.0.2.1 192.0.2.2 1 2 3 4 0 0' | mkstream -s 3 >one
    cat one empty one >three
    try ftp-split -n 2 -d days -vv <empty
    [ "$status" -eq 0 ]
    [ ! -s days ]
    for shard in shard.0 shard.1; do cmp $shard empty; done
    ftp-split -n 4 <three
    # The trailers promise together what those of the input do.
    for shard in $(shards shard. 4); do ftp-merge -vv -q <$shard 2>&1 >biflows | grep -o '"skipped":[0-9]*'; done |
        awk -F: '{ n += $2 } END { exit n != 6 }'
    rm shard.*
    : >nothing
    ftp-merge -q <one >biflows
    head -c 70 one >cut
    echo START_TIME >text
    { head -c 40 one; printf x; tail -c +42 one; } >damaged
    { cat one; echo; } >trailing
    while IFS='|' read -r input message; do
        echo old >shard.1
        try ftp-split -n 2 -d days <"$input"
        fails 1 "^ftp-split: standard input: $message"
        [ "$(cat shard.1)" = old ]
        [ "$(wc -l <err)" -eq 1 ]
        [ ! -e shard.0 ]
    done <<'INPUTS'
nothing|no input
cut|the stream ends after .* without a trailer
damaged|the stream is damaged
trailing|the stream is damaged after record 1
biflows|a biflow stream, but a flow stream is needed: it has been through ftp-merge already
text|not a record stream
INPUTS
    # Cut anywhere.
    for ((n = 0; n < $(stat -c %s one); n++)); do
        head -c "$n" one >cut
        try ftp-split -n 2 -o d/s <cut
        fails 1 '^ftp-split: standard input: '
        holds d
    done
}

@test "split: wrong options" {
    while IFS='|' read -r arguments message; do
        # shellcheck disable=SC2086 # words
        try ftp-split $arguments </dev/null
        fails 2 "^ftp-split: $message"
        [ "$(wc -l <err)" -eq 1 ]
    done <<'MISTAKES'
|-n: no number of shards given
-n 0|-n: '0' is not a number from 1 to 1024$
-n 1025|-n: '1025' is not a number from 1 to 1024$
-n 3x|-n: '3x' is not a number
-n -1|-n: '-1' is not a number
-n 99999999999999999999|-n: '99999999999999999999' is not a number
-n 2 --output=|-o: '' is not the name of a prefix$
-n 2 file|unexpected argument 'file': input is read from standard input$
MISTAKES
    [ -z "$(ls shard.* 2>/dev/null)" ]
    command -v script >/dev/null || skip "script(1) is not installed"
    status=0
    script -qec 'ftp-split -n 2 2>err' /dev/null </dev/null >out || status=$?
    fails 2 '^ftp-split: standard input is a terminal: pipe the output of ftp-read into this program$'
}

@test "split: names that are hard to write, and places where no file can be" {
    echo 'F 5 6 4 6 192.0.2.1 192.0.2.2 1 2 3 4 0 0' | mkstream >one
    for prefix in -p ' ' '%s%n' '*' "$(printf 'a\nb')" "$(printf '\033[2J')" $'\xff' ./ d/ "$T/d/x"; do
        ftp-split -n 2 -o "$prefix" <one
        [ -s "${prefix/#-/./-}0" ]
        [ -s "${prefix/#-/./-}1" ]
        rm -- "${prefix/#-/./-}0" "${prefix/#-/./-}1"
    done
    try ftp-split -n 2 -o none/s <one
    fails 1 '^ftp-split: none/s0: cannot make a file in its directory: No such file or directory$'
    try ftp-split -n 2 -o one/s <one
    fails 1 '^ftp-split: one/s0: Not a directory$'
    try ftp-split -n 2 -o "$(printf '\033[2J')/s" <one
    fails 1 '^ftp-split: ?\[2J/s0: '
    try ftp-split -n 2 -o "d/$(printf %0256d 0)" <one
    fails 1 'File name too long$'
    mkdir d/s1
    try ftp-split -n 2 -o d/s <one
    fails 1 '^ftp-split: d/s1: it exists, and is not a regular file$'
    holds d s1
    rmdir d/s1
    mkfifo d/s1
    try ftp-split -n 2 -o d/s <one
    fails 1 '^ftp-split: d/s1: it exists, and is not a regular file$'
    rm d/s1
    try ftp-split -n 2 -o d/s -d d <one
    fails 1 '^ftp-split: d: it exists, and is not a regular file$'
    try ftp-split -n 2 -o d/s -d d/s1 <one
    fails 1 '^ftp-split: d/s1: File exists$'
    holds d
}

@test "split: shards are replaced; one of a run with more shards is not passed over" {
    echo 'F 5 6 4 6 192.0.2.1 192.0.2.2 1 2 3 4 0 0' | mkstream >one
    umask 027
    ftp-split -n 3 -o d/s <one
    [ "$(stat -c %a d/s0)" = 640 ]
    records d/s0 >before
    echo old | tee d/s0 d/s1 >d/s2
    ftp-split -n 3 -o d/s <one
    records d/s0 | cmp - before
    try ftp-split -n 2 -o d/s <one
    fails 1 '^ftp-split: d/s2: it exists, and would be taken for one of 2 shards: remove it'
    holds d s0 s1 s2
    mv d/s2 d/s1023
    try ftp-split -n 2 -o d/s <one
    fails 1 '^ftp-split: d/s1023: it exists'
    mv d/s1023 d/s1024
    ftp-split -n 2 -o d/s <one
}

@test "split: more shards than files may be open" {
    echo 'F 5 6 4 6 192.0.2.1 192.0.2.2 1 2 3 4 0 0' | mkstream >one
    try sh -c 'ulimit -Sn 64; ftp-split -n 1024 -o d/s <one'
    works
    [ "$(find d -type f | wc -l)" -eq 1024 ]
    rm d/*
    try sh -c 'ulimit -n 64; ftp-split -n 1024 -o d/s <one'
    fails 1 '^ftp-split: 1025 files cannot be open at a time: the hard limit of this process is 64 (ulimit -Hn)$'
    holds d
}

@test "split: a full disk, and a limit of file sizes" {
    traffic 20000 >text
    stream text >flows
    echo old >d/s0
    try sh -c 'ulimit -f 16; exec ftp-split -n 3 -o d/s <flows'
    fails 1 '^ftp-split: d/s[0-2]: File too large$'
    holds d s0
    need_mounts
    for n in 1 3 100; do
        try unshare -rm sh -c 'mount -t tmpfs -o size=512k none d && echo old >d/s0 || exit 99
            ftp-split -n '"$n"' -o d/s -d d/days <flows; status=$?
            ls -A d; cat d/s0; exit $status'
        fails 1 '^ftp-split: d/.*: No space left on device$'
        [ "$(cat out)" = "$(printf 's0\nold')" ]
    done
}

# Two ways to make the files: without a name where the system can, and else with a temporary one.
named() {
    need_failcall tmpfile EOPNOTSUPP
    failcall tmpfile EOPNOTSUPP "$@"
}

@test "split: calls that fail" {
    echo 'F 5 6 4 6 192.0.2.1 192.0.2.2 1 2 3 4 0 0' | mkstream >one
    need_failcall fsync EIO
    for how in '' 'failcall tmpfile EOPNOTSUPP'; do
        echo old >d/s0
        # shellcheck disable=SC2086 # words
        try $how failcall fsync EIO ftp-split -n 3 -o d/s <one
        fails 1 '^ftp-split: d/s0: Input/output error$'
        holds d s0
        [ "$(cat d/s0)" = old ]
    done
    try failcall fsync EIO ftp-split --no-sync -n 3 -o d/s <one
    [ "$status" -eq 0 ]
    holds d s0 s1 s2
    rm d/s?
    # When the files cannot get their names, the old ones are gone already.
    try failcall linkat EIO ftp-split -n 3 -o d/s <one
    fails 1 '^ftp-split: d/s2: Input/output error$'
    holds d
    try named failcall rename EIO ftp-split -n 3 -o d/s <one
    fails 1 '^ftp-split: d/s2: Input/output error$'
    holds d
    try named failcall fchmod EACCES ftp-split -n 3 -o d/s <one
    fails 1 '^ftp-split: d/s0: cannot make a file in its directory: Permission denied$'
    holds d
    head -c 100 one >cut
    try named ftp-split -n 3 -o d/s <cut
    fails 1 '^ftp-split: standard input: the stream ends'
    holds d
    try named ftp-split -n 3 -o d/s -d d/days <one
    works
    holds d days s0 s1 s2
    [ "$(stat -c %a d/days d/s0 | sort -u)" = "$(stat -c %a one)" ]
    try named ftp-split -n 3 -o d/s -d d/s1 <one
    fails 1 '^ftp-split: d/s1: File exists$'
    holds d days
}

@test "split: whichever request for memory fails, no shard is there" {
    [[ $BUILD != *sanitized* ]] || skip "the sanitizer has an allocator of its own"
    echo 'F 5 6 4 6 192.0.2.1 192.0.2.2 1 2 3 4 0 0' | mkstream >one
    for ((n = 1; n < 100; n++)); do
        try env FAIL_AT="$n" LD_PRELOAD="$BUILD/tests/failalloc.so" ftp-split -n 3 -o d/s -d d/days -v <one
        [ "$status" -ne 0 ] || break
        fails 1 '^ftp-split: .*Cannot allocate memory$'
        holds d
    done
    [ "$n" -gt 10 ]
    # The summary does without.
    holds d days s0 s1 s2
    grep -q 'records in the largest shard' err
}

@test "split: a signal leaves what was there, and no temporary file" {
    traffic 20000 >text
    stream text >flows
    head -c 500000 flows >half
    need_failcall tmpfile EOPNOTSUPP
    echo old >d/s0
    for name in TERM INT HUP QUIT KILL; do
        for how in '' 'failcall tmpfile EOPNOTSUPP'; do
            [ "$name$how" != "KILLfailcall tmpfile EOPNOTSUPP" ] || continue
            rm -f in
            mkfifo in
            start sh -c "exec $how ftp-split -n 5 -o d/s -d d/days <in"
            exec 9>in
            cat half >&9
            until_true sh -c "ls -l /proc/$pid/fd | grep -c '/d/' | grep -x 6"
            kill "-$name" "$pid"
            finish
            exec 9>&-
            [ "$signal" -eq "$(kill -l "$name")" ]
            [ ! -s err ]
            holds d s0
            [ "$(cat d/s0)" = old ]
        done
    done
}

@test "split: killed at any name that it gives or takes: what is there is whole, the first comes last, old and new do not meet" {
    echo 'F 5 6 4 6 192.0.2.1 192.0.2.2 1 2 3 4 0 0' | mkstream >one
    echo 'F 5 6 4 6 192.0.2.1 192.0.2.2 1 2 3 5 0 0' | mkstream >two
    export ASAN_OPTIONS=verify_asan_link_order=0
    for how in '' 'failcall tmpfile EOPNOTSUPP'; do
        ! [ "$how" ] || need_failcall tmpfile EOPNOTSUPP
        ftp-split -n 5 -o old. <one
        ftp-split -n 5 -o new. <two
        seen=
        for ((at = 1; at <= 11; at++)); do
            rm -rf d
            mkdir d
            for i in 0 1 2 3 4; do cp old.$i d/$i; done
            # shellcheck disable=SC2086 # words
            try env DIE_AT=$at LD_PRELOAD="$BUILD/tests/dieat.so" $how ftp-split -n 5 -o d/ <two
            [ "$status" -eq $((at <= 10 ? 137 : 0)) ]
            # The old ones go from the first to the last, the new ones come from the last to the first.
            here=$(ls d)
            for i in $here; do cmp d/$i "$([ $at -le 5 ] && echo old || echo new).$i"; done
            seen="$seen${here//$'\n'/},"
        done
        [ "$seen" = 01234,1234,234,34,4,,4,34,234,1234,01234, ] || { echo "$seen"; return 1; }
    done
}

@test "split: a summary with -v, JSON with -vv, and the days" {
    {
        echo 'F 1700000000123 1700000000456 4 6 192.0.2.10 198.51.100.20 40011 80 1 1 0 0'
        echo 'F 1700000000023 1700000000456 4 6 198.51.100.20 192.0.2.10 80 40011 1 1 0 0'
        echo 'F 1700086400000 1700086400000 6 58 2001:db8::1 fe80::2 0 34560 1 1 0 0'
        # Left out by ftp-merge, so not on any day: no packets, no bytes, the wrong family, too long.
        echo 'F 1 1 4 17 192.0.2.1 192.0.2.2 1 2048 0 0 0 0'
        echo 'F 1 1 4 17 192.0.2.1 192.0.2.2 1 2048 1 0 0 0'
        echo 'F 1 1 4 58 192.0.2.1 192.0.2.2 0 2048 1 1 0 0'
        echo 'F 1 18403200002 4 17 192.0.2.1 192.0.2.2 1 2048 2 1 0 0'
        # And these are not, in the end: 213 days, one packet, an end before the start.
        echo 'F 1 18403200001 4 17 192.0.2.1 192.0.2.2 1 2048 2 1 0 0'
        echo 'F -1 18403200001 4 17 192.0.2.1 192.0.2.2 1 2048 1 1 0 0'
        echo 'F -9223372036854775808 -9223372036854775808 4 17 192.0.2.1 192.0.2.2 1 2048 2 1 0 0'
        echo 'F 9223372036854775807 -9223372036854775808 4 17 192.0.2.1 192.0.2.2 1 2048 2 1 0 0'
    } >rows
    mkstream -s 2 <rows >flows
    try ftp-split -n 2 -v -d days <flows
    [ "$status" -eq 0 ]
    [ ! -s out ]
    diff - err <<'SUMMARY'
ftp-split:                   11  records in
ftp-split:                    2  rows skipped by ftp-read
ftp-split:                    4  of them such that ftp-merge leaves them out
ftp-split:                    2  records in the smallest shard
ftp-split:                    9  records in the largest shard
SUMMARY
    sort -n days | diff - <(
        echo '-106751991168 1 -9223372036854775808'
        echo '-1 1 -1'
        echo '0 1 1'
        echo '19675 2 1700000000023'
        echo '19676 1 1700086400000'
        echo '106751991167 1 9223372036854775807'
    )
    try ftp-split -n 2 -q -vv <flows
    [ "$(sed 's/"shards":.*/"shards":/' err)" = '{"program":"ftp-split","records":11,"skipped":2,"left_out":4,"smallest":2,"largest":9,"shards":' ]
    grep -qE '"shards":\[(2,9|9,2)\]}$' err
    try ftp-split -n 2 <flows
    works
}

@test "split: any number of days is counted, as far as a clock can show them" {
    # 4200 days before 1900, for 4096 of which there is room; and one of today, with the most records.
    awk 'BEGIN {
        for (i = 0; i < 4200; i++)
            printf "F %.0f %.0f 4 17 192.0.2.1 192.0.2.2 1 53 1 100 0 0\n", -9e12 - i * 86400000, -9e12 - i * 86400000
        for (i = 0; i < 5; i++)
            print "F 1700000000000 1700000000000 4 17 192.0.2.1 192.0.2.2 1 53 1 100 0 0"
    }' | mkstream >flows
    ftp-split -n 2 -d days <flows
    [ "$(wc -l <days)" -eq 4098 ]
    grep -qx '19675 5 1700000000000' days
    [ "$(tail -n 1 days)" = 'other 104' ]
}

@test "split: SIGUSR1 asks how far it is" {
    traffic 2000 >text
    stream text >flows
    head -c 50000 flows >half
    mkfifo in
    start sh -c 'exec ftp-split -n 2 <in'
    exec 9>in
    cat half >&9
    # From when it would not die of it.
    until_true grep -q '^SigCgt:.*[2367abef]..$' "/proc/$pid/status"
    until_true sh -c "kill -USR1 $pid; sleep 0.05; grep -qE '^ftp-split: [0-9.k]+ records ' err"
    tail -c +50001 flows >&9
    exec 9>&-
    finish
    [ "$status" -eq 0 ]
    [ -s shard.1 ]
}
