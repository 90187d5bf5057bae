#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-3-Clause
# nffile -f binary: nfdump's own records, from real nfdumps against their text, and from a stand-in, damaged.

load lib.bash

# The captures, made once.  "ordered" is the one of nffile.bats; "dual" has records with addresses of both
# families, "ways" has each of its flows metered on ingress and on egress.
setup_file() {
    command -v nfcapd >/dev/null || skip "nfcapd is not installed"
    export CAPTURES=$BATS_FILE_TMPDIR
    mkdir "$CAPTURES/ordered" "$CAPTURES/dual" "$CAPTURES/ways"
    EXPORTER=$BUILD/tests/exporter "$BATS_TEST_DIRNAME/collect.sh" "$CAPTURES/ordered" --sessions 2000 --ifindex 7 \
        --other-share 20 --seed 5 >"$CAPTURES/ordered.sent"
    dual_exporter >"$CAPTURES/dual-exporter"
    ways_exporter >"$CAPTURES/ways-exporter"
    chmod +x "$CAPTURES"/*-exporter
    for kind in dual ways; do
        EXPORTER=$CAPTURES/$kind-exporter "$BATS_TEST_DIRNAME/collect.sh" "$CAPTURES/$kind" >/dev/null
    done
}

setup() {
    ! is_nfdump_since 1 8 0 || skip "nfdump 1.8 does not write its records into a pipe"
    scratch
    read=$BUILD/ftp-read
    demo=$TESTS/../demo/nfcapd.demo
    ordered=$CAPTURES/ordered
    dual=$CAPTURES/dual
    mkdir fake one
    cp "$demo" one/nfcapd.1
    export FAKE_DIR=$T/fake FAKE_RECORDS=$T/records
}

# An exporter for collect.sh, which sends IPFIX (RFC 7011): the body is Perl that calls export() with the
# fields of a template, [element, length] each, and rows of what follows the fields of @common in hexadecimal.
# Every row has a time and a source port of its own.
perl_exporter() { # BODY
    cat <<'PERL'
#!/usr/bin/perl
use strict; use warnings; use Socket;
my ($port) = "@ARGV" =~ /--port (\d+)/;
my ($time, $rows, $id) = (1700000000000, 0, 256);
my @common = ([152, 8], [153, 8], [2, 8], [1, 8], [10, 4], [14, 4], [7, 2], [11, 2], [4, 1]);
my ($src, $dst, $src6, $dst6) = ("c0000201", "c6336401", "20010db8" . "0" x 23 . "1", "20010db8" . "0" x 23 . "2");
my ($no, $no6) = ("0" x 8, "0" x 32);
socket(my $socket, PF_INET, SOCK_DGRAM, getprotobyname("udp") || 17) or die;
sub set { my ($type, $data) = @_; pack("n n", $type, 4 + length $data) . $data }
# An element of more than 15 bits is one of the enterprise 29305, the reverse direction (RFC 5103).
sub field { my ($f) = @_; $f->[0] < 0x8000 ? pack("n n", @$f) : pack("n n N", @$f, 29305) }
sub export {
    my ($fields, @rows_of_it) = @_;
    my @all = (@common, @$fields);
    my $sets = set(2, pack("n n", $id, scalar @all) . join "", map { field $_ } @all);
    $sets .= set($id++, join "", map {
        my $row = ++$rows;
        my $start = $time + 10 * $row;
        pack("Q> Q> Q> Q> N N n n C", $start, $start + 5, 3, 300, 7, 8, 1000 + $row, 53, 17) . pack "H*", $_
    } @rows_of_it);
    send($socket, pack("n n N N N", 10, 16 + length $sets, $time / 1000, $rows, 1) . $sets, 0,
        pack_sockaddr_in($port, inet_aton("127.0.0.1"))) or die;
    select undef, undef, undef, 0.02;
}
PERL
    cat
    cat <<'PERL'
sleep 1; # until nfcapd has read it
print "$rows\n";
PERL
}

# Templates for both families (elements 8, 12, 27, 28), of which a record sets one pair, both, or a half; some
# with the IP version (60), some with counters of the other direction.
dual_exporter() {
    perl_exporter <<'PERL'
my @pairs = ([8, 4], [12, 4], [27, 16], [28, 16]);
export(\@pairs, "$src$dst$no6$no6", "$no$no$src6$dst6", "$src$dst$src6$dst6", "$src$no$no6$no6", "$no$no$no6$dst6");
export([@pairs[2, 3, 0, 1]], "$no6$no6$src$dst", "$src6$dst6$no$no");
export([[60, 1], @pairs], "04$src$dst$no6$no6", "06$no$no$src6$dst6");
export([@pairs[0, 1], [0x8002, 8], [0x8001, 8]], "$src$dst" . "0" x 15 . "7" . "0" x 13 . "2bc",
    "$src$dst" . "0" x 32);
PERL
}

# What the dual exporter sent, as ftp-write -t flows has it.
dual_flows() {
    local n=0 pair
    for pair in 192.0.2.1,198.51.100.1 2001:db8::1,2001:db8::2 192.0.2.1,198.51.100.1 192.0.2.1,0.0.0.0 \
        ::,2001:db8::2 192.0.2.1,198.51.100.1 2001:db8::1,2001:db8::2 192.0.2.1,198.51.100.1 \
        2001:db8::1,2001:db8::2 192.0.2.1,198.51.100.1 192.0.2.1,198.51.100.1; do
        n=$((n + 1))
        printf '%d.%03d,0.005,17,%s,%d,53,3,300,%s\n' 1700000000 $((10 * n)) "$pair" $((1000 + n)) \
            "$([ $n = 10 ] && echo 7,700 || echo 0,0)"
    done
}

# flowDirection (61): 0 is ingress, 1 is egress.
ways_exporter() {
    perl_exporter <<'PERL'
export([[8, 4], [12, 4], [61, 1]], map { ("$src$dst" . "00", "$src$dst" . "01") } 1 .. 3);
PERL
}

# each_nfdump COMMAND...: runs it with every nfdump 1.7 that is there as its last argument.
each_nfdump() {
    local nfdump
    for nfdump in "$(command -v nfdump)" "$TESTS"/../build/nfdump/1.7*/nfdump; do
        "$nfdump" -V 2>/dev/null | grep -q '1\.7\.' || continue
        "$@" "$nfdump" || { echo "with $nfdump"; return 1; }
    done
}

# as_text OPTION...: the flow records as sorted text.
as_text() {
    "$read" nffile -q "$@" >flows && "$BUILD/ftp-write" -t flows <flows | sed '/^#/d; /^START_TIME/d' | sort
}

# The records that a real nfdump hands over, for the stand-in.
take_records() { # DIRECTORY
    nfdump -q -w /dev/fd/3 -R "$1" any 3>&1 >/dev/null 2>&1 | cat >records
}

same_as_text() { # OPTION... NFDUMP
    local nfdump=${!#}
    set -- -n "$nfdump" "${@:1:$#-1}"
    as_text -f binary "$@" >binary
    as_text -f csv -b "$@" >text
    [ -s binary ] && cmp binary text
}

@test "the same flows as from text, of every nfdump, with every option" {
    each_nfdump same_as_text -R "$ordered" -i 7
    each_nfdump same_as_text -R "$ordered" -i any -r any
    each_nfdump same_as_text -R "$ordered" -i 8 -s out
    each_nfdump same_as_text -R "$ordered" -i 8 -s any
    each_nfdump same_as_text -R "$ordered" -i 9 -s in -F 'proto tcp or src port 53'
    each_nfdump same_as_text -R "$ordered" -i 7 -t 2023/11/14.22:20:00-2023/11/14.22:40:00
    each_nfdump same_as_text -R one
    mkdir -p m/a m/b
    cp "$demo" m/a/nfcapd.1
    cp "$demo" m/b/nfcapd.1
    cp "$demo" m/b/nfcapd.2
    each_nfdump same_as_text -M "$T/m/a:b" -R .
    each_nfdump same_as_text -M "$T/m/a:b" -R nfcapd.1:nfcapd.1
}

# The order of the records is that of the files, with one thread.
@test "up to nfdump 1.7.4 the stream is the same, byte for byte; the profile is with every version" {
    need_early_nfdump
    "$read" nffile -R "$ordered" -i 7 -f pipe >text
    "$read" nffile -R "$ordered" -i 7 -f binary | cmp - text
    "$read" nffile -R "$ordered" -i 7 | cmp - text
    same_profile() {
        sh "$BUILD/ftprofiler" nffile -n "$1" -R "$ordered" -i 7 | cmp - profile
    }
    sh "$BUILD/ftprofiler" nffile -f pipe -R "$ordered" -i 7 >profile
    each_nfdump same_profile
}

@test "records with addresses of both families have the ones that are set; counters of both directions" {
    dual_flows | sort >wanted
    right() {
        as_text -n "$1" -f "$2" -R "$dual" -i 7 | cmp - wanted
    }
    for format in auto binary; do
        each_nfdump eval 'right "$nfdump"' $format "#"
    done
}

@test "-l: the same list as from text" {
    same_list() {
        "$read" nffile -n "$1" -f binary -R "$ordered" -l | cmp - list
    }
    nfdump -q -r "$ordered"/nfcapd.* -o fmt:%in,%out | awk -F, '{ i[$1 + 0]++; o[$2 + 0]++ } END {
        for (k in i) ids[k]; for (k in o) ids[k]; for (k in ids) printf "127.0.0.1 %d %d %d 0\n", k, i[k], o[k] }' |
        sort >wanted
    "$read" nffile -R "$ordered" -l >list
    awk 'NR > 1 { print $1, $2, $3, $4, $5 }' list | sort | cmp - wanted
    "$read" nffile -R "$ordered" -l -f csv | cmp - list
    each_nfdump same_list
    try "$read" nffile -R "$dual" -l
    works
    [ "$(awk '$2 == 7 { print $3, $5 }' out)" = "11 1" ]
}

@test "-c: so many records and no more, and no nfdump is left" {
    mkdir many
    for i in 1 2 3 4 5 6 7 8 9; do cp "$ordered"/nfcapd.* "many/nfcapd.$i"; done
    for n in 1 7 1000; do
        start "$read" nffile -f binary -R many -i 7 -c $n -vv
        finish
        [ "$status" -eq 0 ]
        grep -q "\"flows\":$n," err
        [ -z "$(pgrep -g "$pid")" ]
    done
}

# Nobody reads what ftp-read writes, so nfdump fills its pipe, of which it has a reading end itself.
@test "no nfdump is left when ftp-read dies" {
    mkdir many
    for i in 1 2 3 4 5 6 7 8 9; do cp "$ordered"/nfcapd.* "many/nfcapd.$i"; done
    mkfifo feed
    one_death() { # SIGNAL NFDUMP
        exec 9<>feed
        # shellcheck disable=SC2016 # the inner shell's
        start sh -c 'exec "$1" nffile -n "$2" -f binary -R many -i 7 >feed' sh "$read" "$2"
        until_true grep -q '^State:.S' "/proc/$pid/status"
        until_true child_named "$pid" nfdump
        child=$(child_named "$pid" nfdump)
        sleep 0.2
        kill -s "$1" "$pid"
        finish
        exec 9>&-
        until_true eval "! kill -0 $child"
    }
    for sig in KILL TERM; do
        each_nfdump one_death $sig
    done
}

@test "a damaged file among many fails the run" {
    mkdir many
    cp "$ordered"/nfcapd.* many/nfcapd.1
    # The size of a record in the middle becomes 0.
    perl -0777 -pe '$p = 52; $p += unpack "v", substr $_, $p + 2, 2 for 1 .. 2000; substr($_, $p + 2, 2) = "\0\0"' \
        many/nfcapd.1 >many/nfcapd.2
    cp "$ordered"/nfcapd.* many/nfcapd.3
    fails_with() {
        try "$read" nffile -n "$1" -f binary -R many -i 7
        fails 1 'nfdump'
        mv out stream
        try "$BUILD/ftp-merge" <stream
        fails 1 'trailer'
    }
    each_nfdump fails_with
}

# What the stand-in does, and what comes of it.  11 records are in the file, and -I says so.
plan() { # PLAN OPTION...
    FAKE_PLAN=$1
    export FAKE_PLAN
    shift
    try "$read" nffile -n "$TESTS/fake-nfdump" -R one -r any -i any "$@"
}

@test "the stand-in: all records, in one piece or several, and then the last lines" {
    take_records "$dual"
    export FAKE_INFO='echo "Flows: 11"'
    plan 'records 1 9999; last_lines'
    works
    mv out wanted
    plan 'for i in $(seq 1 99 9999); do records $i $((i + 98)); done >>x; last_lines' -f binary
    works
    cmp out wanted
    plan 'echo "Using 2 worker threads" >&2; records 1 9999; last_lines; echo "No matching flows"'
    works
    plan 'records 1 9999'
    fails 1 'nfdump did not get to the end of its output'
    plan 'records 1 9999; last_lines; last_lines'
    fails 1 'nfdump: lseek() error'
    plan 'records 1 9999; last_lines; echo "Using 2 worker threads" >&2'
    fails 1 'nfdump: Using 2 worker threads'
    plan 'records 1 9999; last_lines 2>&1 | sed 2d >&2'
    fails 1 'nfdump: lseek() error'
    plan 'records 1 9999; last_lines 2>&1 | sed "s/Illegal seek/No space left on device/" >&2'
    fails 1 'nfdump: lseek() error'
    plan 'records 1 9999; last_lines; echo "2|1|2|17|" '
    fails 1 'nfdump: 2|1|2|17|'
    plan 'records 1 9999; last_lines; exit 3'
    fails 1 'nfdump exited with status 3'
    plan 'records 1 9999; last_lines; die SEGV'
    fails 1 'nfdump was killed by signal 11'
    plan 'records 1 700; die KILL'
    fails 1 'nfdump was killed by signal 9'
    [ "$(wc -l <err)" -eq 1 ]
    plan ':' -f binary
    fails 1 "nfdump's records: there are none"
    plan 'sleep 10 >/dev/null & echo $! >fake/sleeper; records 1 9999; last_lines'
    kill "$(cat fake/sleeper)"
    works
    cmp out wanted
}

@test "fewer flows than the files promise are an error, where all were asked for" {
    take_records "$dual"
    export FAKE_INFO='echo "Flows: 12"'
    plan 'records 1 9999; last_lines'
    fails 1 'nfdump handed over 11 of the 12 flows'
    for options in '-c 0 -F any' '-i 7' '-r 127.0.0.1' '-t 2023'; do
        # shellcheck disable=SC2086 # words
        plan 'records 1 9999; last_lines' $options
        works
    done
}

@test "records of another format: auto reads text instead and says so under -v, binary fails" {
    take_records "$dual"
    cp records good
    export FAKE_INFO='echo "Flows: 1"' FAKE_ROWS=$T/rows
    echo '2|1700000000001|1700000000002|17|0|0|0|167772161|1024|0|0|0|167772162|53|0|0|7|8|0|0|1|100' >rows
    while read -r at byte why; do
        perl -0777 -pe "substr(\$_, $at, 1) = chr $byte" good >records
        plan 'if [ -n "$records_to" ]; then records 1 9999; last_lines; else rows 1 1; fi'
        works
        "$BUILD/ftp-write" -t flows <out | grep -q '^1700000000.001,0.001,17,10.0.0.1,10.0.0.2,1024,53,1,100'
        plan 'if [ -n "$records_to" ]; then records 1 9999; last_lines; else rows 1 1; fi' -v
        grep -q "$why" err
        plan 'records 1 9999; last_lines' -f binary
        fails 1 "$why"
    done <<'CHANGES'
2 3 of another layout than 2
16 1 are compressed
17 1 are compressed
0 13 not nfdump's records
CHANGES
}

# Started by way of sudo, or on another machine, nfdump has no pipe of its own.  It opens a file to write to by
# its name and truncates it: that must never be one that it reads.
@test "an nfdump that cannot write its records: auto reads text, binary says why, and no capture is harmed" {
    cat >closes-pipe <<'SH'
#!/usr/bin/perl
use POSIX;
POSIX::close($_) for 3 .. 255;
exec "nfdump", @ARGV;
SH
    chmod +x closes-pipe
    "$read" nffile -R one >wanted
    try "$read" nffile -n ./closes-pipe -R one
    # Some builds of nfdump crash then, which is a failure like any other.
    if grep -q '^ftp-read: ./closes-pipe was killed by signal 11' err; then
        cmp one/nfcapd.1 "$demo"
        return
    fi
    works
    cmp out wanted
    try "$read" nffile -n ./closes-pipe -R one -v
    grep -q 'text was read' err
    try "$read" nffile -n ./closes-pipe -R one -f binary
    fails 1 'nfdump: .*/dev/fd/'
    cmp one/nfcapd.1 "$demo"
    try "$read" nffile -n ./closes-pipe -R one -F 'no such filter'
    fails 1 'nfdump'
    [ "$(grep -c 'syntax error' err)" -le 1 ]
}

@test "-f binary is for nfdump 1.7" {
    for version in 1.6.25 1.8.0-5fa33369; do
        export FAKE_VERSION="echo 'nfdump: Version: $version'"
        plan 'rows 1 0' -f binary
        fails 1 'has no such output'
    done
}

@test "records cut anywhere: no success" {
    take_records "$dual"
    size=$(stat -c %s records)
    export FAKE_INFO='echo "Flows: 11"'
    for ((n = 0; n < size; n += 1 + n / 100)); do
        plan "records 1 $n; last_lines"
        fails 1 'nfdump' || { echo "cut after $n bytes"; return 1; }
    done
}

@test "a flipped bit anywhere: no crash, and no success with fewer records" {
    take_records "$dual"
    cp records good
    size=$(stat -c %s records)
    export FAKE_INFO='echo "Flows: 11"'
    for ((n = 0; n < size; n += 3)); do
        perl -0777 -pe "substr(\$_, $n, 1) ^= chr(1 << $((n / 3 % 8)))" good >records
        plan 'records 1 9999; last_lines' -f binary -q -vv
        [ "$status" -eq 1 ] || { [ "$status" -eq 0 ] && grep -q '"rows":11,' err; } ||
            { echo "bit $((n / 3 % 8)) of byte $n: status $status"; cat err; return 1; }
    done
}

@test "records of two exporters, and of both metering directions, are warned of" {
    try "$read" nffile -R "$CAPTURES/ways" -i 7
    [ "$status" -eq 0 ]
    grep -q 'metered on ingress and on egress' err
    [ "$(wc -l <err)" -eq 1 ]
    try "$read" nffile -q -R "$CAPTURES/ways" -i 7
    works
    try "$read" nffile -R "$CAPTURES/ways" -i 7 -F 'flowdir egress'
    works
    # softflowd tells the two sides of a conversation apart by it.
    try "$read" nffile -R one
    works
    mkdir two
    cp "$ordered"/nfcapd.* two/nfcapd.1
    EXPORTER=$BUILD/tests/exporter "$TESTS/collect.sh" two --sessions 5 --ifindex 7 --source 127.0.0.9 >/dev/null
    try "$read" nffile -R two -i 7 -r any
    [ "$status" -eq 0 ]
    grep -q 'more than one exporter (127\.0\.0\.[19], 127\.0\.0\.[19])' err
    for r in 127.0.0.1 127.0.0.9; do
        try "$read" nffile -R two -i 7 -r $r
        works
    done
}
