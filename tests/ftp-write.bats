#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-3-Clause
#
# ftp-write: the text, the gzip, FILE whole or not at all, and every way to fail.

load lib

FLOWS_HEADER=#START_TIME,DURATION,PROTO,SRC_IP,DST_IP,SRC_PORT,DST_PORT,PACKETS,BYTES,PACKETS_REV,BYTES_REV

setup() {
    scratch
    W=$BUILD/ftp-write
    printf 'B 0 5 4 6 50000 443 3 400 2 300\nB 7 7 6 58 0 0 1 64 0 0\n' | mkstream >small.ftp
    printf '%s\n0,5,4,6,50000,443,3,400,2,300\n7,7,6,58,0,0,1,64,0,0\n' "$HEADER" >small.csv
    mkdir d
    echo old >d/p
}

mkstream() {
    "$BUILD/tests/mkstream" "$@"
}

# write INPUT ARG...: runs ftp-write on a file.
write() {
    local input=$1
    shift
    try "$W" "$@" <"$input"
}

# The file that was there is as it was, and nothing is beside it.
kept() {
    [ "$(cat d/p)" = old ]
    holds d p
}

# no_gzip FILE: no gzip reader takes it for whole.
no_gzip() {
    if gzip -t <"$1" 2>/dev/null; then
        echo "$1 is whole"
        return 1
    fi
}

# rows N: a stream of that many biflows, which differ.
rows() {
    awk -v n="$1" 'BEGIN { for (i = 0; i < n; i++)
        print "B", i, i + i % 7919, 4, 6, 1024 + i % 60000, 443, 2 + i % 31, 100 + i * 17 % 99991, 1 + i % 13, i % 4001 }' |
        mkstream -k biflow
}

# without_proc COMMAND...: runs it where /proc is empty, so that FILE has its temporary name all the time.
without_proc() {
    unshare -rm sh -c 'mount -t tmpfs none /proc && exec "$@"' sh "$@"
}

need_without_proc() {
    need_mounts
    without_proc "$W" -V >/dev/null 2>&1 || skip "the address sanitizer needs /proc"
}

# ---- text

@test "ftp-write: a profile, whole" {
    write small.ftp
    works
    cmp out small.csv
    write small.ftp -o d/p
    works
    cmp d/p small.csv
    holds d p
    [ ! -s out ]
}

@test "ftp-write: a profile with the extremes of every column" {
    u=18446744073709551615
    {
        echo "B -9223372036854775808 -9223372036854775808 4 255 0 0 $u $u $u $u"
        echo "B 9223372036854775807 9223372036854775807 6 17 65535 65535 $u 0 0 $u"
        echo "B -1 18403199999 4 6 0 1 0 1 2 0"
        echo "B 10 10 6 0 0 0 0 0 1 99"
        echo "B 9 100 4 132 0 0 10 101 12345 1234567"
    } | mkstream >s
    cat >want <<EOF
$HEADER
-9223372036854775808,-9223372036854775808,4,255,0,0,$u,$u,$u,$u
9223372036854775807,9223372036854775807,6,17,65535,65535,$u,0,0,$u
-1,18403199999,4,6,0,1,0,1,2,0
10,10,6,0,0,0,0,0,1,99
9,100,4,132,0,0,10,101,12345,1234567
EOF
    write s
    works
    diff want out
}

@test "ftp-write: flows with the extremes of every column, and back through csvfile" {
    u=18446744073709551615
    {
        echo "F -9223372036854775808 9223372036854775807 4 6 0.0.0.0 255.255.255.255 0 65535 $u $u 0 0"
        echo "F 9223372036854775807 -9223372036854775808 6 17 :: ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff 65535 0 0 0 $u $u"
        echo "F 1700000000123 1700000000023 6 58 ::ffff:192.0.2.1 2001:db8::1 0 0 1 64 0 0"
        echo "F -1 0 4 255 192.0.2.1 192.0.2.2 1 2 3 4 0 5"
        echo "F 1700000000001 1700000060002 4 17 198.51.100.1 203.0.113.9 53 5353 7 800 6 0"
    } | mkstream >s
    cat >want <<EOF
$FLOWS_HEADER
-9223372036854775.808,18446744073709551.615,6,0.0.0.0,255.255.255.255,0,65535,$u,$u,0,0
9223372036854775.807,-18446744073709551.615,17,::,ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff,65535,0,0,0,$u,$u
1700000000.123,-0.100,58,::ffff:192.0.2.1,2001:db8::1,0,0,1,64,0,0
-0.001,0.001,255,192.0.2.1,192.0.2.2,1,2,3,4,0,5
1700000000.001,60.001,17,198.51.100.1,203.0.113.9,53,5353,7,800,6,0
# end 5
EOF
    write s -t flows
    works
    diff want out
    "$BUILD/ftp-read" csvfile -f - <out >again
    cmp s again
}

@test "ftp-write: a stream without records is a header, and of flows an end" {
    mkstream -k biflow </dev/null >s
    write s
    works
    [ "$(cat out)" = "$HEADER" ]
    mkstream -k flow </dev/null >s
    write s --type=flows
    works
    printf '%s\n# end 0\n' "$FLOWS_HEADER" | cmp - out
}

@test "ftp-write: flow text has its end only when all went well" {
    for i in 1 2 3; do echo "F 1700000000001 1700000000002 4 17 198.51.100.1 203.0.113.9 53 $i 7 800 6 0"; done |
        mkstream >s
    head -c -1 s >cut
    for g in '' -g; do
        # shellcheck disable=SC2086
        write s -t flows $g
        works
        [ -z "$g" ] || { gunzip <out >text && mv text out; }
        [ "$(tail -n 1 out)" = '# end 3' ]
        # shellcheck disable=SC2086
        write cut -t flows $g
        fails 1 'without a trailer'
        if { gunzip <out 2>/dev/null || cat out; } | grep -q end; then false; fi
    done
    status=0
    "$W" -t flows <s >/dev/full 2>err || status=$?
    fails 1 'No space left'
}

@test "ftp-write: streams one behind the other are one" {
    cat small.ftp small.ftp >s
    write s
    works
    { cat small.csv; tail -n 2 small.csv; } | cmp - out
}

@test "ftp-write: a row that breaks a promise of a profile is refused, by number" {
    while IFS='|' read -r row why; do
        printf '%s\n' 'B 1 1 4 6 1 2 1 1 0 0' "$row" | mkstream >s
        write s -o d/p
        [ "$status" -eq 1 ]
        echo "ftp-write: standard input: record 2 is not a row of a profile: $why" | diff - err
        kept
    done <<EOF
B 1234567 1234566 4 6 1 2 3 4 5 6|it ends before it starts
B 0 18403200001 4 6 1 2 3 4 5 6|it lasts longer than 213 days
B -9223372036854775808 9223372036854775807 4 6 1 2 3 4 5 6|it lasts longer than 213 days
B 5 5 4 6 1 2 0 4 0 6|it has no packets
B 1 2 4 6 1 2 1 4 0 6|it has one packet and a duration
B 1 2 4 6 1 2 0 4 1 6|it has one packet and a duration
B 1 2 4 1 8 0 3 4 5 6|it has ports, but is neither TCP nor UDP
B 1 2 4 1 0 8 3 4 5 6|it has ports, but is neither TCP nor UDP
B 1 2 6 1 0 0 3 4 5 6|it is ICMP over IPv6
B 1 2 4 58 0 0 3 4 5 6|it is ICMPv6 over IPv4
B 1 2 4 6 1 2 3 0 5 0|it has packets but no bytes
B 1 1 4 6 1 2 0 0 1 0|it has packets but no bytes
EOF
}

# ---- input

@test "ftp-write: no stream, half a header, something else, the wrong kind, a future version" {
    write /dev/null -o d/p
    fails 1 '^ftp-write: standard input: no input: '
    kept
    head -c 9 small.ftp >s
    write s -o d/p
    fails 1 'ends after 0 records without a trailer'
    kept
    write small.csv -o d/p
    fails 1 'not a record stream of ftp-read or ftp-merge'
    kept
    mkstream -k flow </dev/null >s
    write s -o d/p
    fails 1 'a flow stream, but a biflow stream is needed: ftp-merge is missing in between'
    kept
    write small.ftp -t flows -o d/p
    fails 1 'a biflow stream, but a flow stream is needed: it has been through ftp-merge already'
    kept
    { head -c 8 small.ftp; printf '\002'; tail -c +10 small.ftp; } >s
    write s -o d/p
    fails 1 'stream version 2, but this program reads version 1'
    kept
}

@test "ftp-write: a stream cut at every byte is refused" {
    size=$(stat -c %s small.ftp)
    for ((n = 0; n < size; n++)); do
        head -c "$n" small.ftp >s
        write s -o d/p
        fails 1 '^ftp-write: standard input: '
        kept
    done
}

@test "ftp-write: without its trailer a stream is refused, though all its records are there" {
    echo 'B 0 5 4 6 50000 443 3 400 2 300' | mkstream -T >s
    write s -o d/p
    fails 1 'ends after 1 records without a trailer: the program that wrote it failed'
    kept
    write s -g
    fails 1 'without a trailer'
    no_gzip out
}

@test "ftp-write: a stream with any one bit flipped is refused" {
    perl -e '
        open my $f, "<", "small.ftp" or die; binmode $f; local $/; my $s = <$f>; my $bad = 0;
        for my $bit (0 .. 8 * length($s) - 1) {
            my $t = $s; vec($t, $bit, 1) ^= 1;
            open my $g, ">", "s" or die; binmode $g; print $g $t; close $g;
            my $status = system("$ARGV[0] -o d/p <s 2>err");
            if ($status != 256 || -z "err") { print "bit $bit: status $status\n"; $bad++ }
        }
        exit($bad ? 1 : 0);' "$W"
    kept
}

@test "ftp-write: bytes behind the trailer are refused" {
    for tail in 'x' 'more than the header of another stream would take' "$(printf '\211FTP')"; do
        { cat small.ftp; printf %s "$tail"; } >s
        write s -o d/p
        fails 1 '^ftp-write: standard input: the stream '
        kept
    done
}

@test "ftp-write: standard input closed, a directory, a terminal" {
    try "$W" -o d/p <&-
    fails 1 '^ftp-write: standard input: Bad file descriptor$'
    kept
    try "$W" -o d/p <d
    fails 1 '^ftp-write: standard input: Is a directory$'
    kept
    status=0
    script -qec "'$W' 2>err" /dev/null </dev/null >out || status=$?
    fails 2 '^ftp-write: standard input is a terminal: pipe the output of ftp-merge into this program$'
}

# ---- output

@test "ftp-write: standard output full or closed" {
    for g in '' -g; do
        status=0
        # shellcheck disable=SC2086
        "$W" $g <small.ftp >/dev/full 2>err || status=$?
        fails 1 '^ftp-write: standard output: No space left on device$'
        status=0
        # shellcheck disable=SC2086
        "$W" $g <small.ftp >&- 2>err || status=$?
        fails 1 '^ftp-write: standard output: Bad file descriptor$'
    done
    for option in -h -V; do
        status=0
        "$W" $option >/dev/full 2>err || status=$?
        fails 1 '^ftp-write: standard output: No space left on device$'
        status=0
        "$W" $option >&- 2>err || status=$?
        fails 1 '^ftp-write: standard output: '
    done
    # A file is never opened as standard output.
    status=0
    "$W" -o d/p <small.ftp >&- 2>err || status=$?
    works
    cmp d/p small.csv
}

@test "ftp-write: gzip is not written to a terminal, text is" {
    status=0
    script -qec "'$W' -g <small.ftp 2>err" /dev/null </dev/null >out || status=$?
    fails 2 '^ftp-write: standard output is a terminal, and gzip is not for reading: '
    status=0
    script -qec "'$W' -g -o /dev/tty <small.ftp 2>err" /dev/null </dev/null >out || status=$?
    fails 2 '^ftp-write: /dev/tty is a terminal, '
    status=0
    script -qec "'$W' <small.ftp 2>err" /dev/null </dev/null >out || status=$?
    works
    tr -d '\r' <out | cmp - small.csv
}

@test "ftp-write: a reader that leaves ends it quietly, also when SIGPIPE was ignored" {
    rows 100000 >s
    (trap '' PIPE; "$W" <s 2>err || echo $? >status) | head -n 1 >/dev/null
    [ "$(cat status)" -eq 141 ]
    [ ! -s err ]
}

@test "ftp-write: names for standard output" {
    for name in - /dev/stdout /dev/fd/1 /proc/self/fd/1; do
        write small.ftp -o "$name"
        works
        cmp out small.csv
        "$W" -o "$name" <small.ftp | cmp - small.csv
    done
    # What is before the text in the file stays there.
    status=0
    { echo before; "$W" -o /dev/stdout <small.ftp; } >out 2>err || status=$?
    works
    { echo before; cat small.csv; } | cmp - out
    [ ! -e ./- ]
}

@test "ftp-write: a fifo is written directly" {
    mkfifo d/fifo
    timeout 20 cat d/fifo >got &
    write small.ftp -o d/fifo
    works
    wait $!
    cmp got small.csv
    [ -p d/fifo ]
    holds d fifo p
}

@test "ftp-write: a device is written directly" {
    # Not those in /dev: a program that is wrong, run by root, would replace them.
    mknod -m 666 d/null c 1 3 2>/dev/null && mknod -m 666 d/full c 1 7 || skip "may not make devices"
    sh -c ': >d/null' 2>/dev/null || skip "may not make devices"
    write small.ftp -o d/null
    works
    write small.ftp -o d/full
    fails 1 '^ftp-write: d/full: No space left on device$'
    [ -c d/null ]
    [ -c d/full ]
    holds d full null p
}

@test "ftp-write: FILE that cannot be" {
    write small.ftp -o d
    fails 1 '^ftp-write: d: Is a directory$'
    kept
    write small.ftp -o d/none/p
    fails 1 '^ftp-write: d/none/p: .*No such file or directory$'
    write small.ftp -o d/p/q
    fails 1 '^ftp-write: d/p/q: Not a directory$'
    write small.ftp -o d/new/
    fails 1 '^ftp-write: d/new/: .*No such file or directory$'
    ln -s loop loop
    write small.ftp -o loop
    fails 1 '^ftp-write: loop: Too many levels of symbolic links$'
    write small.ftp -o "d/$(printf '%0300d' 0)"
    fails 1 'File name too long$'
    kept
}

@test "ftp-write: a directory and a file that are read-only" {
    if [ "$(id -u)" -eq 0 ]; then
        skip "root may write everywhere"
    fi
    chmod 444 d/p
    write small.ftp -o d/p
    fails 1 '^ftp-write: d/p: Permission denied$'
    chmod 644 d/p
    chmod 555 d
    write small.ftp -o d/p
    fails 1 '^ftp-write: d/p: cannot make a file in its directory: Permission denied$'
    chmod 755 d
    kept
}

@test "ftp-write: a directory that vanishes" {
    mkdir gone
    mkfifo in
    start sh -c 'exec "$0" -o gone/p <in' "$W"
    exec 4>in
    cat small.ftp >&4
    until_true sh -c "ls -l /proc/$pid/fd | grep -q gone"
    rm -rf gone
    exec 4>&-
    finish
    [ "$signal" -eq 0 ]
    fails 1 '^ftp-write: gone/p: No such file or directory$'
}

@test "ftp-write: a file size limit" {
    rows 20000 >s
    for g in '' -g; do
        status=0
        # shellcheck disable=SC2086
        (ulimit -f 16; exec "$W" $g -o d/p <s 2>err) || status=$?
        fails 1 '^ftp-write: d/p: File too large$'
        kept
    done
}

@test "ftp-write: a file system that is full" {
    need_mounts
    rows 20000 >s
    for g in '' -g; do
        status=0
        # shellcheck disable=SC2016
        unshare -rm sh -c 'mount -t tmpfs -o size=64k none d && echo old >d/p
            "$0" $1 -o d/p <s 2>err; status=$?
            [ "$(cat d/p)" = old ] && [ "$(ls -A d)" = p ] || exit 99
            exit $status' "$W" $g || status=$?
        fails 1 '^ftp-write: d/p: No space left on device$'
    done
}

@test "ftp-write: one file descriptor beside the standard ones is enough" {
    for g in '' -g; do
        # shellcheck disable=SC2086
        try prlimit --nofile=4 "$W" $g -o d/p <small.ftp
        works
    done
    gzip -dc <d/p | cmp - small.csv
}

@test "ftp-write: permissions by umask, or of the file that was there" {
    for mask in 000 022 077; do
        rm -f new
        (umask $mask; exec "$W" -o new <small.ftp)
        [ "$(stat -c %a new)" = "$(printf %o $((0666 & ~0$mask)))" ]
    done
    chmod 640 d/p
    (umask 000; exec "$W" -o d/p <small.ftp)
    [ "$(stat -c %a d/p)" = 640 ]
    cmp d/p small.csv
}

@test "ftp-write: behind a symbolic link the file is replaced, not the link" {
    mkdir e
    ln -s ../d/p e/link
    ln -s link e/again
    write small.ftp -o e/again
    works
    cmp d/p small.csv
    [ "$(readlink e/link) $(readlink e/again)" = "../d/p link" ]
    holds d p
    holds e again link
    ln -s ../d/new e/dangling
    write small.ftp -o e/dangling
    works
    [ "$(readlink e/dangling)" = ../d/new ]
    cmp d/new small.csv
    # On failure all is as it was.
    head -c 40 small.ftp >s
    write s -o e/link
    fails 1 'without a trailer'
    cmp d/p small.csv
    holds d new p
}

@test "ftp-write: FILE keeps its old content until the stream has ended" {
    mkfifo in
    start sh -c 'exec "$0" -o d/p <in' "$W"
    exec 4>in
    rows 50000 >s
    head -c -10 s >&4
    kept
    tail -c 10 s >&4
    kept
    exec 4>&-
    finish
    works
    [ "$(wc -l <d/p)" -eq 50001 ]
    holds d p
}

@test "ftp-write: a name as long as names may be" {
    name=$(printf '%0255d' 0)
    write small.ftp -o "d/$name"
    works
    cmp "d/$name" small.csv
    rm "d/$name"
    kept
}

# dies_of SIGNAL COMMAND...: the command, in the middle of a stream, dies of the signal and leaves nothing.
dies_of() {
    local name=$1
    shift
    rm -f in
    mkfifo in
    start sh -c 'exec "$@" <in' sh "$@"
    exec 4>in
    rows 50000 >s
    head -c 2000000 s >&4
    until_true sh -c "ls -l /proc/$pid/fd | grep -q '/d/'"
    kill "-$name" "$pid"
    finish
    exec 4>&-
    [ "$signal" -eq "$(kill -l "$name")" ]
    [ ! -s err ]
    kept
}

@test "ftp-write: dies of a signal and leaves what was there" {
    for name in TERM INT HUP QUIT XCPU KILL; do
        dies_of $name "$W" -o d/p
        dies_of $name "$W" -g -o d/p
    done
}

@test "ftp-write: also where the file has a name from the beginning" {
    need_without_proc
    for name in TERM INT HUP QUIT XCPU; do
        dies_of $name unshare -rm sh -c 'mount -t tmpfs none /proc && exec "$@"' sh "$W" -g -o d/p
    done
    try without_proc "$W" -o d/p <small.ftp
    works
    cmp d/p small.csv
    holds d p
    echo old >d/p
    head -c 40 small.ftp >s
    try without_proc "$W" -o d/p <s
    fails 1 'without a trailer'
    kept
    rows 20000 >s
    try without_proc sh -c 'ulimit -f 16; exec "$0" -o d/p' "$W" <s
    fails 1 'File too large'
    kept
    rm d/p
    (umask 027; without_proc "$W" -o d/p <small.ftp)
    [ "$(stat -c %a d/p)" = 640 ]
}

# Here the summary has to wait, since nobody reads it, when FILE is in place.
@test "ftp-write: a signal that comes when FILE is in place changes nothing" {
    mkfifo messages
    for name in TERM INT HUP QUIT XCPU USR2 ALRM PIPE; do
        echo old >d/p
        exec 8<>messages
        # Fills the pipe.
        dd if=/dev/zero of=messages bs=4096 oflag=nonblock 2>/dev/null || true
        start sh -c 'exec "$0" -v -o d/p <small.ftp 2>messages 8>&-' "$W"
        until_true cmp d/p small.csv
        kill "-$name" "$pid"
        timeout 1 cat <&8 >got || true
        finish
        exec 8>&-
        [ "$signal" -eq 0 ]
        [ "$status" -eq 0 ]
        grep -qa 'ftp-write: 2 rows' got
        holds d p
    done
}

@test "ftp-write: a signal that its parent ignores is ignored" {
    mkfifo in
    start sh -c 'trap "" HUP INT; exec "$0" -o d/p <in' "$W"
    exec 4>in
    until_true sh -c "ls -l /proc/$pid/fd | grep -q '/d/'"
    kill -HUP "$pid"
    kill -INT "$pid"
    cat small.ftp >&4
    exec 4>&-
    finish
    works
    cmp d/p small.csv
}

# ---- gzip

@test "ftp-write: gzip at every level and size gives the text back" {
    for n in 0 1 6000 60000; do
        rows $n >s
        "$W" <s >want
        for level in 1 2 3 4 5 6 7 8 9; do
            write s -g -l $level
            works
            gzip -t <out
            gzip -dc <out | cmp - want
        done
        write s --gzip --output=d/p
        works
        gzip -dc <d/p | cmp - want
    done
}

@test "ftp-write: gzip holds no name and no time, and is one member" {
    rows 60000 >s
    write s -g
    works
    [ "$(head -c 10 out | od -An -tx1)" = ' 1f 8b 08 00 00 00 00 00 00 03' ]
    perl -MCompress::Zlib -e '
        local $/; binmode STDIN; my $s = <STDIN>; substr($s, 0, 10) = "";
        my ($i) = inflateInit(-WindowBits => -15);
        my ($text, $status) = $i->inflate($s);
        exit(!($status == Z_STREAM_END && length($s) == 8));' <out
}

@test "ftp-write: the same gzip on one processor and on all" {
    rows 60000 >s
    for level in 1 4 9; do
        "$W" -g -l $level <s >all
        taskset -c "$(taskset -cp $$ | sed 's/.*: //; s/[-,].*//')" "$W" -g -l $level <s >one
        cmp one all
    done
}

@test "ftp-write: gzip of a run that fails has no end" {
    rows 60000 >s
    size=$(stat -c %s s)
    for n in 16 $((size / 3)) $((size - 28)) $((size - 1)); do
        head -c "$n" s >part
        write part -g
        fails 1 'without a trailer'
        no_gzip out
        write part -g -o d/p
        fails 1 'without a trailer'
        kept
    done
}

# ---- options and messages

@test "ftp-write: -h and -V" {
    for option in -h --help --hel '-g -h' '-h operand'; do
        # shellcheck disable=SC2086
        try "$W" $option
        works
        [ "$(head -n 1 out)" = 'usage: ftp-write [-ghqVv] [-l LEVEL] [-o FILE] [-t profile|flows] [--check]' ]
    done
    for option in -V --version; do
        try "$W" $option
        works
        grep -qx 'ftp-write [0-9]*\.[0-9]*\.[0-9]*' out
    done
}

# refused MESSAGE ARG...: a usage error with this message alone.
refused() {
    local message=$1
    shift
    write small.ftp "$@"
    [ "$status" -eq 2 ]
    [ ! -s out ]
    echo "ftp-write: $message" | diff - err
}

@test "ftp-write: wrong options" {
    for level in 0 10 -1 3x ' 3' +3 '' 99999999999999999999 1.5; do
        refused "-l: '$level' is not a number from 1 to 9" -g -l "$level"
    done
    refused "-l: '99' is not a number from 1 to 9" -h -l 99
    refused "-l needs -g" -l 5
    refused "-l needs -g" -l 5 -o d/p
    for type in profiles '' Flows; do
        refused "-t: '$type' is neither profile nor flows" --type="$type"
    done
    refused "-o: '' is not the name of a file" -o ''
    refused "unexpected argument 'file': input is read from standard input" file
    refused "unexpected argument '-g': input is read from standard input" -- -g
    refused "unknown option '-x' (try 'ftp-write -h')" -x
    refused "unknown option '--gzipp' (try 'ftp-write -h')" --gzipp
    refused "-o: needs a value (try 'ftp-write -h')" -o
    refused "--gzip=9: takes no value (try 'ftp-write -h')" --gzip=9
    kept
}

@test "ftp-write: -v sums up, -q takes it back" {
    echo 'B 0 5 4 6 50000 443 3 400 2 300' | mkstream -s 3 >s
    write s -v
    [ "$status" -eq 0 ]
    text=$(stat -c %s out)
    echo "ftp-write: 1 row, $text bytes of text; 3 rows had been skipped by ftp-read" | diff - err
    write s -v -g
    [ "$status" -eq 0 ]
    echo "ftp-write: 1 row, $text bytes of text, $(stat -c %s out) gzipped; 3 rows had been skipped by ftp-read" | diff - err
    write s -vv -g -l 9
    [ "$status" -eq 0 ]
    echo "{\"program\":\"ftp-write\",\"type\":\"profile\",\"level\":9,\"rows\":1,\"skipped\":3,\"text_bytes\":$text,\"bytes\":$(stat -c %s out)}" | diff - err
    write s -vq
    works
}

@test "ftp-write: no address and no time in a message" {
    echo 'F 1700000000123 1700000000456 4 6 192.0.2.77 198.51.100.88 1025 443 3 4 0 0' | mkstream >f
    size=$(stat -c %s f)
    for ((n = 0; n < size; n++)); do
        head -c "$n" f >s
        write s -t flows
        fails 1 '^ftp-write: standard input: '
        cat err >>all
    done
    write f
    cat err >>all
    write f -t flows -vv -o d/p
    cat err >>all
    write f -t flows -v -o d/p
    cat err >>all
    if grep -E '192|198\.51|1700000000|\.77|\.88' all; then
        return 1
    fi
}
