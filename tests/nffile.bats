#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-3-Clause
# nfcapd files by way of a real nfdump: what an exporter sent, nfcapd collected, against the truth.

load lib.bash

# The captures, made once: in order, late by up to 120 s, shuffled.  A fifth of the records are noise; all
# enter by interface 7 (noise by 9) and leave by 8.
setup_file() {
    command -v nfcapd >/dev/null || skip "nfcapd is not installed"
    export EXPORTER=$BUILD/tests/exporter CAPTURES=$BATS_FILE_TMPDIR
    for kind in "ordered" "late --delay 120" "shuffled --shuffle"; do
        # shellcheck disable=SC2086 # a name and options
        set -- $kind
        mkdir "$CAPTURES/$1"
        "$BATS_TEST_DIRNAME/collect.sh" "$CAPTURES/$1" --sessions 2000 --ifindex 7 --other-share 20 --seed 5 \
            --truth "$CAPTURES/$1.truth" --flows "$CAPTURES/$1.flows" ${2+"${@:2}"} >"$CAPTURES/$1.sent" || return 1
    done
}

setup() {
    scratch
    w=$BUILD/ftprofiler
    demo=$TESTS/../demo/nfcapd.demo
    ordered=$CAPTURES/ordered
}

# number KEY OPTION...: a number of ftp-read's summary.
number() {
    local key=$1
    shift
    "$BUILD/ftp-read" nffile -R "$ordered" -vv "$@" 2>&1 >/dev/null | sed -n "s/.*\"$key\":\(-\{0,1\}[0-9]*\).*/\1/p"
}

flows() { number flows "$@"; }

# as_text OPTION...: the flow records as sorted text.
as_text() {
    "$BUILD/ftp-read" nffile "$@" | "$BUILD/ftp-write" -t flows | sort
}

@test "every biflow of the truth is found, with no noise in it: in order, late, shuffled" {
    for kind in ordered late shuffled; do
        try sh "$w" -o p nffile -R "$CAPTURES/$kind" -i 7
        works
        try "$TESTS/compare-truth" p "$CAPTURES/$kind.truth" 100
        [ "$status" -eq 0 ] || { echo "$kind"; cat out; return 1; }
        grep -q '^extra *0$' out
    done
}

@test "the profile is the same in every run, with -g, through a pipeline typed by hand, and from text" {
    sh "$w" -o p nffile -R "$CAPTURES/shuffled" -i 7
    sh "$w" -g -o q nffile -R "$CAPTURES/shuffled" -i 7
    gunzip <q.gz | cmp - p
    "$BUILD/ftp-read" nffile -R "$CAPTURES/shuffled" -i 7 | "$BUILD/ftp-merge" | "$BUILD/ftp-write" | cmp - p
    sh "$w" -o q csvfile -f "$CAPTURES/shuffled.flows"
    sort q | cmp - <(sort p)
}

@test "with the wrong timeouts the truth is not found" {
    sh "$w" -a 30 -i 1 -o p nffile -R "$ordered" -i 7
    try "$TESTS/compare-truth" p "$CAPTURES/ordered.truth" 100
    [ "$status" -eq 1 ]
}

@test "exporter, interface, side" {
    sent=$(cat "$CAPTURES/ordered.sent")
    in7=$(($(wc -l <"$CAPTURES/ordered.flows") - 1))
    [ "$in7" -gt 1000 ]
    [ "$sent" -gt "$in7" ]
    [ "$(flows -i 7)" -eq "$in7" ]
    [ "$(flows -i 7 -r 127.0.0.1 -s in)" -eq "$in7" ]
    [ "$(flows -i 9)" -eq $((sent - in7)) ]
    [ "$(flows -i 8 -s in)" -eq 0 ]
    [ "$(flows -i 8)" -eq "$sent" ]
    # Id 0 means unknown: what leaves by it would be all that only came in.
    [ "$(flows -i 0)" -eq "$(flows -i 0 -s in)" ]
    [ "$(flows -i 8 -s out)" -eq "$sent" ]
    [ "$(flows -i 7 -s out)" -eq 0 ]
    [ "$(flows -i 7 -s any)" -eq "$in7" ]
    [ "$(flows -i 8 -s any)" -eq "$sent" ]
    [ "$(flows -i any)" -eq "$sent" ]
    [ "$(flows --ifcid=any --router=any --side=out)" -eq "$sent" ]
    [ "$(flows)" -eq 0 ]
    [ "$(flows -i 7 -r any)" -eq "$in7" ]
    [ "$(flows -i 7 -r 127.0.0.2)" -eq 0 ]
    [ "$(flows -i 7 -r ::1)" -eq 0 ]
    [ "$(flows -i 4294967295)" -eq 0 ]
}

@test "an exporter of another address, beside the first, in interface 2^32 - 3" {
    mkdir two
    cp "$demo" two/nfcapd.1
    "$TESTS/collect.sh" two --sessions 50 --source 127.0.0.9 --ifindex 4294967293 --truth truth >sent
    try sh "$w" -o p nffile -R two -r 127.0.0.9 -i 4294967293
    works
    "$TESTS/compare-truth" p truth 100
    try sh "$w" -o q nffile -R two
    works
    sh "$w" -o r nffile -R "$demo"
    cmp q r
    try "$BUILD/ftp-read" nffile -R two -l
    works
    grep -Eq "^127\.0\.0\.9 +4294967293 +$(cat sent) +0 " out
    grep -Eq "^127\.0\.0\.9 +4294967294 +0 +$(cat sent) " out
    grep -Eq "^127\.0\.0\.1 +0 +347 " out
}

@test "-l: exporters and interfaces, with flows and times" {
    try "$BUILD/ftp-read" nffile -R "$ordered" -l
    works
    sent=$(cat "$CAPTURES/ordered.sent")
    [ "$(wc -l <out)" -eq 4 ]
    head -n 1 out | grep -q '^EXPORTER *INTERFACE *FLOWS_IN *FLOWS_OUT'
    grep -Eq "^127\.0\.0\.1 +7 +$(flows -i 7) +0 .*2023-11-14 22:13:2" out
    grep -Eq "^127\.0\.0\.1 +8 +0 +$sent " out
    grep -Eq "^127\.0\.0\.1 +9 +$(flows -i 9) +0 " out
    try "$BUILD/ftp-read" nffile -R "$ordered" --list -F 'proto tcp'
    works
    [ "$(awk '$2 == 7 { print $3 }' out)" -eq "$(flows -i 7 -F 'proto tcp')" ]
}

@test "-c: so many records and no more" {
    for n in 1 2 7 1000; do
        [ "$(flows -i 7 -c $n)" -eq $n ]
    done
    all=$(flows -i 7)
    [ "$(flows -i 7 -c 0)" -eq "$all" ]
    [ "$(flows -i 7 -c "$all")" -eq "$all" ]
    [ "$(flows -i 7 -c 18446744073709551615)" -eq "$all" ]
    try "$BUILD/ftp-read" nffile -R "$ordered" -i 7 -c 3
    works
    for n in -1 x 1.5 '' 18446744073709551616; do
        try "$BUILD/ftp-read" nffile -R "$ordered" -c "$n"
        fails 2 "-c.*'$n'"
        [ ! -s out ]
    done
}

@test "-F narrows, and cannot widen" {
    all=$(flows -i 7)
    tcp=$(flows -i 7 -F 'proto tcp')
    udp=$(flows -i 7 -F 'proto udp')
    rest=$(flows -i 7 -F 'not proto tcp and not proto udp')
    [ "$tcp" -gt 0 ]
    [ "$udp" -gt 0 ]
    [ $((tcp + udp + rest)) -eq "$all" ]
    [ "$(flows -i 7 -F 'any')" -eq "$all" ]
    [ "$(flows -i 7 -F 'any or any')" -eq "$all" ]
    [ "$(flows -i 7 -F '(proto tcp) or (proto udp)')" -eq $((tcp + udp)) ]
    [ "$(flows -i 7 -F 'proto tcp # or any')" -eq "$tcp" ]
    [ "$(flows -i 7 -F $'proto tcp # )\n')" -eq "$tcp" ]
    [ "$(flows -i 7 -F $'proto tcp # (\nor proto udp')" -eq $((tcp + udp)) ]
    for expr in 'any) or (any' 'any)' '(any' 'any) # (' "any) or (any # ')" '"' "'any"; do
        try "$BUILD/ftp-read" nffile -R "$ordered" -i 7 -F "$expr"
        fails 2 "-F" || { echo "$expr"; return 1; }
        [ ! -s out ]
    done
    for expr in 'no such thing' 'proto' 'proto tcp; any' '$(touch oops)' 'in if 4294967296' '-w oops'; do
        try "$BUILD/ftp-read" nffile -R "$ordered" -i 7 -F "$expr"
        [ "$status" -eq 1 ] || [ "$(flows -i 7 -F "$expr")" -le "$all" ] || return 1
        [ ! -e oops ]
    done
    try "$BUILD/ftp-read" nffile -R "$ordered" -i 7 -F 'no such thing'
    fails 1 'nfdump'
    mv out stream
    try "$BUILD/ftp-merge" <stream
    fails 1 'trailer'
}

@test "options that are no filter do not become one" {
    for r in '1.1.1.1 or any' '1.1.1.1)' '1.1.1' '127.0.0.1/8' '' 'ANY' '::g' '1.1.1.256'; do
        try "$BUILD/ftp-read" nffile -R "$ordered" -r "$r"
        fails 2 "-r.*'$r'"
        [ ! -s out ]
    done
    for i in '0 or any' 4294967296 -1 '' 0x7 7.0; do
        try "$BUILD/ftp-read" nffile -R "$ordered" -i "$i"
        fails 2 "-i.*'$i'"
    done
    for s in both '' IN; do
        try "$BUILD/ftp-read" nffile -R "$ordered" -s "$s"
        fails 2 "-s.*'$s'"
    done
    # Names that look like options of nfdump are names.
    try "$BUILD/ftp-read" nffile -R -w
    fails 1 "-w"
    [ ! -e oops ]
}

@test "-t takes a period, both ends of it, in UTC" {
    all=$(flows -i 7)
    [ "$(flows -i 7 -t 2023/11/14.22:13:20-2023/11/14.23:30:00)" -eq "$all" ]
    part=$(flows -i 7 -t 2023/11/14.22:20:00-2023/11/14.22:40:00)
    expected=$(awk -F, 'NR > 1 { s = sprintf("%.0f", $1 * 1000) + 0; e = s + sprintf("%.0f", $2 * 1000)
        if (s >= 1700000400000 && e <= 1700001600000) n++ } END { print n }' "$CAPTURES/ordered.flows")
    [ "$expected" -gt 100 ]
    [ "$part" -ge $((expected - 2)) ]
    [ "$part" -le $((expected + 20)) ]
    [ "$(TZ=America/New_York flows -i 7 -t 2023/11/14.22:20:00-2023/11/14.22:40:00)" -eq "$part" ]
    [ "$(number first_ms -i 7 -t 2023/11/14.22:20:00-2023/11/14.22:40:00)" -ge 1700000400000 ]
    [ "$(flows -i 7 -t 2024/01/01.00:00:00-2024/01/02.00:00:00)" -eq 0 ]
    try "$BUILD/ftp-read" nffile -R "$ordered" -i 7 -t nonsense
    [ "$status" -ne 0 ]
    [ -s err ]
}

@test "-M, and ranges of -R" {
    mkdir -p m/a m/b
    cp "$demo" m/a/nfcapd.1
    cp "$demo" m/a/nfcapd.2
    cp "$demo" m/b/nfcapd.2
    cp "$demo" m/b/nfcapd.3
    records() {
        "$BUILD/ftp-read" nffile "$@" -vv 2>&1 >/dev/null | sed -n 's/.*"flows":\([0-9]*\).*/\1/p'
    }
    [ "$(records -R "$demo")" -eq 347 ]
    [ "$(records -R m/a)" -eq 694 ]
    [ "$(records -R m)" -eq 1388 ]
    [ "$(records -R m/a/nfcapd.1)" -eq 694 ] # and all later ones
    [ "$(records -R m/a/nfcapd.2)" -eq 347 ]
    [ "$(records -R m/a/nfcapd.1:nfcapd.1)" -eq 347 ]
    [ "$(records -R m/a/nfcapd.1:nfcapd.2)" -eq 694 ]
    [ "$(records -M "$T/m/a:b" -R .)" -eq 1388 ]
    [ "$(records -M "$T/m/a:b" -R nfcapd.2:nfcapd.2)" -eq 694 ]
    cd m/a
    [ "$(records -R .)" -eq 694 ]
    [ "$(records -R nfcapd.2)" -eq 347 ]
    cd ..
    [ "$(records -M a:b -R .)" -eq 1388 ]
    mkdir "with blank"
    cp "$demo" "with blank/nfcapd.1"
    [ "$(records -R "with blank")" -eq 347 ]
}

@test "-f: csv and pipe give the same flows; what this nfdump has not is told" {
    need_early_nfdump
    as_text -R "$ordered" -i 7 >auto
    as_text -R "$ordered" -i 7 -f pipe | cmp - auto
    # Whole seconds of the start are all that csv has.
    "$BUILD/ftp-read" nffile -R "$ordered" -i 7 -f csv -v 2>err | "$BUILD/ftp-write" -t flows | sort >csv
    grep -q 'whole seconds' err
    awk -F, -v OFS=, '{ sub(/\..*/, "", $1); print }' auto | sort | cut -d, -f1,3- >auto.seconds
    awk -F, -v OFS=, '{ sub(/\..*/, "", $1); print }' csv | sort | cut -d, -f1,3- >csv.seconds
    sort auto.seconds | cmp - <(sort csv.seconds)
    try sh "$w" -o p nffile -R "$ordered" -i 7 -f csv-fast
    fails 1 "no such output"
    [ ! -e p ]
    for f in json CSV ''; do
        try "$BUILD/ftp-read" nffile -R "$ordered" -f "$f"
        fails 2 "-f.*'$f'"
    done
}

@test "every nfdump that is there gives the same flows, from the same file" {
    ! is_nfdump_since 1 8 0 || skip "older nfdumps do not read what 1.8 writes"
    as_text -R "$ordered" -i 7 >expected
    tried=0
    for program in "$TESTS"/../build/nfdump/1.7*/nfdump; do
        [ -x "$program" ] || continue
        as_text -n "$program" -R "$ordered" -i 7 | cmp - expected
        as_text -n "$program" -R "$ordered" -i 7 -f csv -b | cmp - expected
        as_text -n "$program" -R "$ordered" -i 7 -b | cut -d, -f1-9 | cmp - <(cut -d, -f1-9 expected)
        as_text -n "$program" -R "$demo" | cmp - <(as_text -R "$demo")
        tried=$((tried + 1))
    done
    [ $tried -gt 0 ] || skip "no other nfdump here: run make nfdumps first"
}

@test "an nfdump by name or path; the locale and time zone do not matter" {
    as_text -R "$demo" >expected
    as_text -n "$(command -v nfdump)" -R "$demo" | cmp - expected
    mkdir bin
    ln -s "$(command -v nfdump)" bin/my-nfdump
    PATH=$T/bin:$PATH as_text -n my-nfdump -R "$demo" | cmp - expected
    TZ=Asia/Kathmandu LC_ALL=de_DE.UTF-8 as_text -R "$demo" | cmp - expected
    [ "$(wc -l <expected)" -eq 349 ]
}

@test "for text, nfdump is given a large buffer where stdbuf is installed, and is as good without" {
    text="-f csv -b"
    # shellcheck disable=SC2086 # words
    as_text $text -i 7 -R "$ordered" >wanted
    mkdir only
    ln -s "$(command -v nfdump)" only/nfdump
    # shellcheck disable=SC2086 # words
    PATH=$T/only "$BUILD/ftp-read" nffile $text -i 7 -R "$ordered" >stream
    "$BUILD/ftp-write" -t flows <stream | sort | cmp - wanted
    mv only/nfdump only/-nfdump
    # shellcheck disable=SC2086 # words
    PATH=$T/only:$PATH as_text $text -i 7 -n -nfdump -R "$ordered" | cmp - wanted
    cat >buffered <<'SH'
#!/bin/sh
case $1 in -q)
    echo "$_STDBUF_O" >buffer
    echo "ERROR: ld.so: object '/usr/lib/libstdbuf.so' from LD_PRELOAD cannot be preloaded (wrong ELF class): ignored." >&2
    ;;
esac
exec nfdump "$@"
SH
    chmod +x buffered
    # shellcheck disable=SC2086 # words
    try "$BUILD/ftp-read" nffile $text -i 7 -n ./buffered -R "$ordered"
    works
    "$BUILD/ftp-write" -t flows <out | sort | cmp - wanted
    ! command -v stdbuf >/dev/null || [ "$(cat buffer)" = 262144 ]
}

@test "the demo capture: IPv4 and IPv6, nothing lost" {
    try sh "$w" -a 10 -i 5 -o p nffile -R "$demo" -r 127.0.0.1 -i 0
    works
    nfdump -I -r "$demo" | awk '$1 == "Packets:" { p = $2 } $1 == "Bytes:" { b = $2 } END { print p, b }' >sums
    awk -F, 'NR > 1 { p += $7 + $9; b += $8 + $10 } END { print p, b }' p | cmp - sums
    [ "$(cut -d, -f3 p | sort -u | tr '\n' ' ')" = "4 6 L3_PROTO " ]
    # The two loose ends of port 5201/5202 and the download are one biflow each, both ways.
    awk -F, '$4 == 6 && $6 == 5202 && $7 > 0 && $9 > 0 { n++ } END { exit n < 1 }' p
}

@test "an exporter of IPv6" {
    port=$((31000 + $$ % 900))
    mkdir six
    # The exporter of these tests speaks IPv4 only: nfreplay sends the demo again.
    command -v nfreplay >/dev/null || skip "nfreplay is not installed"
    nfcapd -6 -b ::1 -p $port -w six -t 3600 >log 2>&1 3>&- &
    collector=$!
    until_true grep -qi "$(printf ':%04X ' $port)" /proc/net/udp6 || { kill $collector; skip "nfcapd does not listen on ::1"; }
    nfreplay -6 -H ::1 -p $port -v 9 -r "$demo" >log2 2>&1 || { kill $collector; skip "nfreplay does not send to ::1"; }
    sleep 0.5
    kill $collector
    wait $collector || true
    try "$BUILD/ftp-read" nffile -R six -l
    works
    stored=$(awk '$1 == "::1" { n += $3 } END { print n + 0 }' out)
    [ "$stored" -gt 0 ]
    "$BUILD/ftp-read" nffile -R six -r ::1 -i any -vv 2>err >stream
    grep -q "\"flows\":$stored," err
    "$BUILD/ftp-read" nffile -R six -r 0:0:0:0:0:0:0:1 -i any >stream2
    cmp stream stream2
    try "$BUILD/ftp-read" nffile -R six -i any
    grep -q 'no record of exporter 127\.0\.0\.1' err
}

@test "--verify: nothing to say about good captures; a damaged bz2 block is found" {
    nfdump -r "$ordered"/nfcapd.* -w plain 2>log
    try "$BUILD/ftp-read" nffile -R plain -i 7 --verify
    works
    nfdump -j -r "$ordered"/nfcapd.* -w packed 2>log
    try "$BUILD/ftp-read" nffile -R packed -i 7 --verify
    works
    perl -0777 -pe 'substr($_, length() / 2, 16) ^= "\x55" x 16' packed >damaged
    # nfdump alone does not notice.
    mkdir all
    cp damaged all/nfcapd.2
    cp plain all/nfcapd.1
    try "$BUILD/ftp-read" nffile -R all -i 7 --verify
    fails 1 "nfcapd.2"
    mv out stream
    try "$BUILD/ftp-merge" <stream
    fails 1 trailer
    try sh "$w" -o p nffile -R damaged:damaged -i 7 --verify
    fails 1 damaged
    [ ! -e p ]
}

@test "a capture without a record is no failure: of a quiet hour, or what a filter left of one" {
    mkdir quiet filtered
    port=$((30100 + $$ % 800))
    nfcapd -w quiet -p $port -b 127.0.0.1 -t 3600 >log 2>&1 3>&- &
    collector=$!
    until_true grep -qi "$(printf ':%04X ' $port)" /proc/net/udp
    kill $collector
    wait $collector || true
    nfdump -r "$demo" -w filtered/nfcapd.1 'src port 1 and dst port 2' >log 2>&1
    [ -n "$(ls quiet filtered/nfcapd.1)" ]
    for dir in quiet filtered; do
        for verify in "" --verify; do
            # shellcheck disable=SC2086 # an option or none
            try "$BUILD/ftp-read" nffile -q -R $dir $verify
            works
        done
    done
}

# An exporter for collect.sh: of five records that enter by interface 7, three are of layer 2, without an IP
# address, as switches send them of ARP.
layer2_exporter() {
    cat <<'SH'
#!/usr/bin/perl
use strict; use warnings; use Socket;
my ($port) = "@ARGV" =~ /--port (\d+)/;
my $t = 1700000000000;
# RFC 7012: times, counters, interfaces; addresses, ports and protocol, or MAC addresses and Ethernet type
my @times = ([152, 8], [153, 8], [2, 8], [1, 8], [10, 4], [14, 4]);
my @ip = (@times, [8, 4], [12, 4], [7, 2], [11, 2], [4, 1]);
my @mac = (@times, [56, 6], [80, 6], [256, 2]);
sub set { my ($id, $data) = @_; pack("n n", $id, 4 + length $data) . $data }
sub template { my ($id, @f) = @_; pack("n n", $id, scalar @f) . join "", map { pack "n n", @$_ } @f }
sub common { my ($n) = @_; pack "Q> Q> Q> Q> N N", $t + $n, $t + $n + 5, 1, 60, 7, 8 }
sub ip { my ($n) = @_; common($n) . pack "N N n n C", 0xc0000201, 0xc6336401, 1000 + $n, 53, 17 }
sub mac { my ($n) = @_; common($n) . pack "H12 H12 n", "02aabbccddee", "ffffffffffff", 0x0806 }
my $sets = set(2, template(256, @ip) . template(300, @mac)) . set(300, mac(0)) . set(256, ip(1)) .
    set(300, mac(2) . mac(3)) . set(256, ip(4));
my $message = pack("n n N N N", 10, 16 + length $sets, $t / 1000, 0, 1) . $sets;
socket(my $s, PF_INET, SOCK_DGRAM, getprotobyname("udp") || 17) or die;
send($s, $message, 0, pack_sockaddr_in($port, inet_aton("127.0.0.1"))) or die;
sleep 1; # until nfcapd has read it
print "5\n";
SH
}

@test "records that are not IP are left out, whichever nfdump prints them" {
    layer2_exporter >layer2
    chmod +x layer2
    mkdir captures
    EXPORTER=$T/layer2 "$TESTS/collect.sh" captures
    printf '%s\n' "$HEADER" 0,0,4,17,1001,53,1,60,0,0 3,3,4,17,1004,53,1,60,0,0 >wanted
    for nfdump in nfdump "$TESTS"/../build/nfdump/1.7*/nfdump; do
        [ -x "$(command -v "$nfdump")" ] || continue
        # Older ones do not read what 1.8 writes.
        [ $nfdump = nfdump ] || ! is_nfdump_since 1 8 0 || continue
        for b in '' -b; do
            # shellcheck disable=SC2086 # a word or nothing
            try sh "$w" -q nffile -n "$nfdump" -R captures -i 7 $b
            works
            sort -n out | diff - <(sort -n wanted)
        done
    done
    nfdump -V | grep -q '1\.7\.[0-4]$' || return 0
    [ "$("$BUILD/ftp-read" nffile -R captures -i 7 -vv 2>&1 >/dev/null | grep -o '"not_ip":[0-9]*')" = '"not_ip":3' ]
}
