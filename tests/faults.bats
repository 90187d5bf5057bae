#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-3-Clause
# Whatever fails: an exit status, a message, FILE as it was before, and nothing left beside it.

load lib.bash

setup() {
    scratch
    mkdir d fake captures
    w=$BUILD/ftprofiler
    mkstream=$BUILD/tests/mkstream
    export FAKE_DIR=$T/fake FAKE_ROWS=$T/rows FAKE_PLAN='rows 1 20000'
    cp "$TESTS/../demo/nfcapd.demo" captures/nfcapd.1
    fake="nffile -n $TESTS/fake-nfdump -R captures"
}

teardown() {
    if [ -n "${O:-}" ]; then chmod -R u+rwX "$O" && rm -rf "$O"; fi
}

# 20000 rows of nfdump -o pipe, each a biflow of its own.
pipe_rows() {
    awk 'BEGIN { for (i = 1; i <= 20000; i++)
        printf "2|%d|%d|17|0|0|0|%d|%d|0|0|0|167772162|53|0|0|0|0|0|0|1|100\n", 1700000000000 + i, 1700000000000 + i,
            167772161 + i, 1024 + i }' >rows
}

# Has the FILE that a run is to leave alone: absent, or with old content.
file_absent() { rm -f d/p; }
file_old() { echo old >d/p; }
absent() { holds d; }
old() { holds d p && [ "$(cat d/p)" = old ]; }

# not_written: the last try failed with 1 and a message, and d/p (which is old) is untouched.
not_written() {
    fails 1 "$1" && old && holds tmp
}

# The matrix: who dies, where, of what.
# one_death WHO POINT SIGNAL BEFORE
one_death() {
    local victim
    case $2 in
    first) FAKE_PLAN='stall; rows 1 20000' ;;
    middle) FAKE_PLAN='rows 1 10000; stall; rows 10001 20000' ;;
    last) FAKE_PLAN='rows 1 20000; stall' ;;
    esac
    rm -rf fake/*
    mkfifo fake/gate
    "file_$4"
    # shellcheck disable=SC2086 # words
    start sh "$w" -o d/p $fake
    until_true test -e fake/stalled || return 1
    if [ "$1" = nfdump ]; then
        victim=$(cat fake/pid)
    else
        victim=$(child_named "$pid" "$1") || return 1
    fi
    if [ "$3" = STOP ]; then
        kill -s STOP "$victim" && kill -s KILL "$victim"
    else
        kill -s "$3" "$victim"
    fi || return 1
    until_true gone "$victim" || return 1
    # Lets nfdump go on, if it is still there; a fifo that is open both ways never blocks.
    exec 8<>fake/gate
    echo >&8
    finish || return 1
    exec 8>&-
    [ "$status" -eq 1 ] && [ "$signal" -eq 0 ] && [ -s err ] && "$4" && holds tmp
}

gone() {
    [ ! -e "/proc/$1" ] || grep -q '^State:.Z' "/proc/$1/status"
}

deaths_of() {
    local point sig before
    pipe_rows
    for point in first middle last; do
        before=absent
        for sig in KILL TERM SEGV STOP; do
            one_death "$1" $point $sig $before || {
                echo "$1 killed by $sig, at the point '$point', FILE $before: status ${status-}, signal ${signal-}"
                cat err
                ls -A d
                return 1
            }
            [ $before = absent ] && before=old || before=absent
        done
    done
}

@test "nfdump is killed" { deaths_of nfdump; }
@test "ftp-read is killed" { deaths_of ftp-read; }
@test "ftp-merge is killed" { deaths_of ftp-merge; }
@test "ftp-write is killed" { deaths_of ftp-write; }

@test "the fake nfdump is taken for one" {
    pipe_rows
    # shellcheck disable=SC2086 # words
    try sh "$w" -o d/p $fake
    works
    [ "$(wc -l <d/p)" -eq 20001 ]
    head -n 2 d/p | cmp - <(printf '%s\n' "$HEADER" 0,0,4,17,1025,53,1,100,0,0)
}

@test "killed between the last record and the trailer, stage by stage" {
    pipe_rows
    # shellcheck disable=SC2086 # words
    "$BUILD/ftp-read" $fake >flows
    "$BUILD/ftp-merge" <flows >biflows
    for sig in KILL TERM SEGV; do
        for p in ftp-merge ftp-write; do
            file_old
            if [ $p = ftp-merge ]; then in=flows; else in=biflows; fi
            mkfifo feed
            exec 9<>feed
            # shellcheck disable=SC2016 # the inner shell's
            start bash -c 'if [ $1 = ftp-merge ]; then "$2/ftp-merge" | "$2/ftp-write" -o d/p
                else "$2/ftp-write" -o d/p; fi <feed; exit "$?"' bash $p "$BUILD"
            head -c -16 $in >&9
            victim=$(pgrep -g "$pid" -x $p || sleep 0.1; pgrep -g "$pid" -x $p)
            kill -s $sig ${victim%% *}
            exec 9>&-
            finish
            [ "$status" -ne 0 ]
            old
            rm feed
        done
    done
}

# plan PATTERN PLAN: with such an nfdump, the run fails with this message.
plan() {
    file_old
    FAKE_PLAN=$2
    # shellcheck disable=SC2086 # words
    try timeout 20 sh "$w" -o d/p $fake
    not_written "$1" || { echo "with the plan: $2"; return 1; }
    [ "$(grep -c '^ftp-read: ' err)" -ge 1 ]
}

@test "nfdump fails after all rows, or dies of a signal" {
    pipe_rows
    plan 'status 250' 'rows 1 20000; exit 250'
    plan 'status 1$' 'rows 1 20000; exit 1'
    plan 'status 7' 'exit 7'
    plan 'signal 11' 'rows 1 20000; die SEGV'
    plan 'signal 2' 'rows 1 100; printf "2|17000"; die INT'
    [ "$(grep -c 'row is cut off' err)" -eq 0 ]
    plan 'signal 9' 'rows 1 100; die KILL'
    plan 'signal 15' 'die TERM'
    plan 'signal 13' 'rows 1 20000; die PIPE'
    plan 'signal 6' 'rows 1 20000; die ABRT'
}

@test "nfdump prints what are no rows" {
    pipe_rows
    plan 'nfdump: garbage' 'rows 1 100; echo garbage; rows 101 20000'
    plan 'line 1\b' 'echo; rows 1 20000'
    plan 'line 20001' 'rows 1 20000; printf "2|17000000000"'
    plan 'line 20000' 'rows 1 19999; rows 20000 20000 | tr -d "\n"'
    plan 'line 2\b.*too long' 'rows 1 1; head -c 3000000 /dev/zero | tr "\0" 1; echo'
    plan 'line 2\b' 'rows 1 1; printf "2|1\00017\n"; rows 2 3'
    plan 'line 1\b' 'printf "\000\000\n"'
    plan 'line 1\b' 'head -c 5000 /dev/zero'
    plan 'line 2\b' 'rows 1 1; head -c 5000 "$0"'
    plan 'line 1\b' 'rows 1 1 | sed "s/$/|9/"'
    plan 'line 1\b' 'rows 1 1 | sed "s/|53|/|65536|/"'
    plan 'line 1\b' 'rows 1 1 | sed "s/|17|/|256|/"'
    plan 'line 1\b' 'rows 1 1 | sed "s/|100$/|18446744073709551616/"'
    plan 'line 1\b' 'rows 1 1 | sed "s/|100$/|-1/"'
    plan 'line 1\b' 'rows 1 1 | sed "s/|100$/|1e3/"'
    plan 'line 1\b' 'rows 1 1 | sed "s/^2|/3|/"'
    plan 'line 1\b' 'rows 1 1 | sed "s/|0|0|0|/|0|7|0|/"'
    plan 'nfdump: Error: all is lost' 'echo "Error: all is lost"'
}

@test "messages of nfdump end the run, known harmless ones do not" {
    pipe_rows
    plan 'all is lost' 'rows 1 20000; echo "all is lost" >&2'
    plan 'early' 'echo "early" >&2; rows 1 20000'
    plan 'no newline' 'rows 1 20000; printf "no newline" >&2'
    plan 'Unexpected end of file list' 'rows 1 20000; echo "Unexpected end of file list" >&2'
    plan 'bytes ?\[31m?' 'rows 1 2; printf "bytes \033[31m\001\n" >&2'
    for line in 'Skip unknown record type 9' \
        'Number of workers should not be greater than number of cores online. 4 is > 2' \
        'Using 1 worker threads (cores=2, requested=1, confMax=0)' \
        'Record: 12 Time error - last < first'; do
        FAKE_PLAN="echo '$line' >&2; rows 1 20000"
        # shellcheck disable=SC2086 # words
        try sh "$w" -o d/p $fake
        works
        [ "$(wc -l <d/p)" -eq 20001 ]
    done
}

# nfdump 1.7.4 says it of a period that none of the files is of; without one it is a loss.
@test "that nfdump needs no file is harmless with a period, and only then" {
    pipe_rows
    plan 'Empty file list' 'echo "Empty file list. No files to process" >&2; echo "No matching flows"'
    # shellcheck disable=SC2086 # words
    try sh "$w" -q -o d/p $fake -t 2020/01/01
    works
    [ "$(wc -l <d/p)" -eq 1 ]
}

@test "nfdump floods stderr: no deadlock, and a summary of it" {
    pipe_rows
    plan '99990 more' 'rows 1 20000; yes "it is bad" | head -n 100000 >&2'
    [ "$(wc -l <err)" -lt 30 ]
    plan '99990 more' 'yes "it is bad" | head -n 100000 >&2; rows 1 20000'
    plan 'xxx' 'head -c 3000000 /dev/zero | tr "\0" x >&2; rows 1 20000'
    [ "$(wc -c <err)" -lt 10000 ]
}

@test "nfdump stalls: a signal ends everything" {
    pipe_rows
    file_old
    mkfifo fake/gate
    for sig in TERM INT; do
        FAKE_PLAN='rows 1 5000; stall'
        # shellcheck disable=SC2086 # words
        start sh "$w" -o d/p $fake
        until_true test -e fake/stalled
        kill -s $sig "$pid"
        finish
        [ "$signal" -eq "$(kill -l $sig)" ]
        until_true gone "$(cat fake/pid)"
        old
        holds tmp
        rm fake/stalled
    done
}

# A child that outlives nfdump and keeps its stderr open must not keep us.
@test "a grandchild that keeps stderr of nfdump open does not stall us" {
    pipe_rows
    FAKE_PLAN='rows 1 20000; sleep 20 >/dev/null & echo $! >$FAKE_DIR/sleeper'
    # shellcheck disable=SC2086 # words
    try timeout 10 sh "$w" -o d/p $fake
    kill "$(cat fake/sleeper)"
    works
}

@test "nfdump is missing, not executable, a directory, no nfdump, unknown" {
    file_old
    for program in "$T/none" none-such-program; do
        try sh "$w" -o d/p nffile -n "$program" -R captures
        not_written "$program.*No such file"
    done
    try sh "$w" -o d/p nffile -n "$T/captures" -R captures
    not_written "captures.*denied"
    cp "$TESTS/fake-nfdump" plain
    chmod -x plain
    try sh "$w" -o d/p nffile -n ./plain -R captures
    not_written "plain.*denied"
    printf '\177ELF' >broken
    chmod +x broken
    try sh "$w" -o d/p nffile -n ./broken -R captures
    not_written "broken"
    try sh "$w" -o d/p nffile -n true -R captures
    not_written "true.*version"
    try sh "$w" -o d/p nffile -n false -R captures
    not_written "false"
    try sh "$w" -o d/p nffile -n '' -R captures
    fails 2 "-n"
    PATH=$T/none try "$BUILD/ftp-read" nffile -R captures
    fails 1 "nfdump.*No such file"
    for answer in 'echo nfdump' 'echo "Version: x.y.z"' : 'head -c 100000 /dev/zero' 'echo "Version: 1.7"' 'die SEGV'; do
        # shellcheck disable=SC2086 # words
        FAKE_VERSION=$answer try sh "$w" -o d/p $fake
        not_written "fake-nfdump"
    done
}

@test "nfdump cannot say what is in a file" {
    pipe_rows
    file_old
    for answer in 'exit 250' 'die SEGV' : 'echo Flows: x' 'echo "Flows: 20000"; echo "trouble" >&2'; do
        # shellcheck disable=SC2086 # words
        FAKE_INFO=$answer try sh "$w" -o d/p $fake
        not_written "nfcapd.1"
    done
}

@test "a parent that ignores SIGCHLD" {
    pipe_rows
    # shellcheck disable=SC2086 # words
    try env --ignore-signal=CHLD "$BUILD/ftp-read" $fake
    works
    try env --ignore-signal=CHLD "$BUILD/ftp-read" nffile -R captures -l
    works
    # shellcheck disable=SC2086 # words
    try env --ignore-signal=CHLD sh "$w" -o d/p $fake
    works
    [ "$(wc -l <d/p)" -eq 20001 ]
}

# damaged PATTERN: the capture among the good ones is told, and nothing is written.
damaged() {
    file_old
    try sh "$w" -o d/p nffile -R captures
    not_written "$1"
}

@test "capture files that are not whole, alone or among good ones" {
    good=captures/nfcapd.1
    size=$(stat -c %s $good)
    try sh "$w" -o d/p nffile -R captures
    works
    bad=captures/nfcapd.2
    for others in "" with; do
        [ -z "$others" ] && mv $good keep || { cp keep $good; cp keep captures/nfcapd.3; }
        : >$bad
        damaged "nfcapd.2.*empty"
        cp "$TESTS/lib.bash" $bad
        damaged "nfcapd.2"
        head -c 100000 /dev/zero >$bad
        damaged "nfcapd.2"
        for bytes in 1 16 100 $((size / 2)) $((size - 20)) $((size - 1)); do
            head -c "$bytes" keep >$bad
            damaged "nfcapd.2" || { echo "cut to $bytes bytes"; return 1; }
        done
        # nfdump passes over a link to nothing, and so do we.
        ln -sf none $bad
        if [ -n "$others" ]; then
            try sh "$w" -o d/p nffile -R captures
            works
        else
            damaged '^ftp-read: -R: captures: no capture file in it$'
        fi
        rm $bad
        [ -n "$others" ] || cp keep captures/nfcapd.2
    done
}

# What a collector leaves that is killed: nfdump finds no records in it, and nothing wrong.
@test "a capture that its collector did not close, alone or among good ones" {
    mkdir killed
    nfcapd -p $((32000 + $$ % 900)) -w killed -b 127.0.0.1 -t 300 >nfcapd.log 2>&1 3>&- &
    until_true sh -c 'ls killed/nfcapd.current.*'
    kill -9 $!
    set -- killed/nfcapd.current.* # newer ones have two
    mv "$1" captures/nfcapd.2
    [ "$(stat -c %s captures/nfcapd.2)" -gt 0 ]
    damaged "nfcapd.2: its collector did not close it"
    mv captures/nfcapd.1 captures/nfcapd.3
    damaged "nfcapd.2: its collector did not close it"
    rm captures/nfcapd.3
    damaged "nfcapd.2: its collector did not close it"
}

@test "nfdump is asked once about many good files, and about each when one is bad" {
    # shellcheck disable=SC2016 # for that shell
    printf '#!/bin/sh\necho "$1" >>asked\nexec nfdump "$@"\n' >counting
    chmod +x counting
    for i in 2 3 4 5 6 7 8; do cp captures/nfcapd.1 captures/nfcapd.$i; done
    "$BUILD/ftp-read" nffile -n ./counting -R captures -q >flows
    [ "$(tr '\n' ' ' <asked)" = "-V -I -q " ]
    head -c 1000 captures/nfcapd.1 >captures/nfcapd.7
    try "$BUILD/ftp-read" nffile -n ./counting -R captures -q
    fails 1 'captures/nfcapd.7: nfdump: '
}

@test "a damaged block in a capture" {
    ! is_nfdump_since 1 8 0 || skip "nfdump 1.8 says nothing of such a record"
    file_old
    # What nfdump sees: a record that does not fit its block.
    perl -0777 -pe 'substr($_, length() / 2, 16) = "\xff" x 16' captures/nfcapd.1 >x
    mv x captures/nfcapd.1
    try sh "$w" -o d/p nffile -R captures
    not_written ftp-read
}

@test "captures that are not there" {
    file_old
    try sh "$w" -o d/p nffile -R none
    not_written "none.*No such file"
    try sh "$w" -o d/p nffile -R captures/none
    not_written "captures/none.*No such file"
    try sh "$w" -o d/p nffile -R captures/nfcapd.1:none
    not_written "none.*No such file"
    try sh "$w" -o d/p nffile -M "$T/none" -R .
    not_written "none.*No such file"
    try sh "$w" -o d/p nffile -M "$T/captures:none:d" -R nfcapd.1
    not_written "none.*No such file"
    try sh "$w" -o d/p nffile -M "$T/captures" -R none
    not_written "none.*No such file"
    try sh "$w" -o d/p nffile -M "$T/captures:$T/d" -R nfcapd.1
    not_written "$T/d.*No such file"
    [ "$(id -u)" -ne 0 ] || return 0
    chmod 0 captures/nfcapd.1
    try sh "$w" -o d/p nffile -R captures
    not_written "nfcapd.1.*denied"
}

@test "a capture of a version that nfdump cannot read" {
    old_nfdump=$(find "$TESTS"/../build/nfdump/1.6*/nfdump 2>/dev/null | head -n 1)
    [ -x "$old_nfdump" ] || skip "no nfdump 1.6 here: run make nfdumps first"
    file_old
    try sh "$w" -o d/p nffile -n "$old_nfdump" -R captures
    not_written "nfcapd.1.*version"
}

# Small streams of both kinds.
small_streams() {
    "$mkstream" >flows <<'END'
F 1700000000000 1700000000100 4 6 192.0.2.1 198.51.100.2 40000 443 10 1000 0 0
F 1700000000010 1700000000090 4 6 198.51.100.2 192.0.2.1 443 40000 9 900 0 0
F 1700000001000 1700000001000 6 17 2001:db8::1 2001:db8::2 5000 53 1 80 2 90
END
    "$mkstream" >biflows <<'END'
B 0 100 4 6 40000 443 10 1000 9 900
B 1000 1000 6 17 5000 53 1 80 0 0
END
}

refused() { # PROGRAM FILE
    try "$BUILD/$1" <"$2"
    fails 1 "^$1: standard input: " || { echo "$1 < $2"; return 1; }
}

@test "streams cut at every byte are refused" {
    small_streams
    for pair in ftp-merge:flows ftp-write:biflows; do
        p=${pair%:*} f=${pair#*:}
        try "$BUILD/$p" <"$f"
        works
        for ((n = 0; n < $(stat -c %s "$f"); n++)); do
            head -c $n "$f" >cut
            refused "$p" cut || { echo "cut to $n bytes"; return 1; }
        done
    done
    head -c 40 biflows >cut
    file_old
    try "$BUILD/ftp-write" -o d/p <cut
    not_written "standard input"
}

# In Perl, since each of two thousand runs would be ten processes of a shell.
@test "streams with any one bit flipped are refused" {
    small_streams
    for pair in ftp-merge:flows ftp-write:biflows; do
        perl -e '
            my ($program, $file) = @ARGV;
            open my $f, "<:raw", $file or die; local $/; my $good = <$f>;
            for my $bit (0 .. 8 * length($good) - 1) {
                my $bad = $good;
                vec($bad, $bit, 1) ^= 1;
                open my $o, ">:raw", "flipped"; print $o $bad; close $o;
                my $pid = fork;
                if (!$pid) {
                    open STDIN, "<", "flipped"; open STDOUT, ">", "/dev/null"; open STDERR, ">", "said";
                    exec $program or exit 99;
                }
                waitpid $pid, 0;
                open my $said, "<", "said"; my $text = <$said> // "";
                if ($? != 256 || $text !~ /: standard input: /) {
                    print "$program: bit $bit flipped: wait status $?: $text\n";
                    exit 1;
                }
            }' "$BUILD/${pair%:*}" "${pair#*:}"
    done
}

@test "what are no streams, or the wrong ones, are refused" {
    small_streams
    for p in ftp-merge ftp-write; do
        refused $p /dev/null
        head -c 16 flows >header
        [ $p = ftp-merge ] || head -c 16 biflows >header
        refused $p header
        refused $p "$TESTS/lib.bash"
        head -c 70000 /dev/zero >zeros
        refused $p zeros
        refused $p "$BUILD/ftp-read"
    done
    try "$BUILD/ftp-merge" <biflows
    fails 1 "ftp-merge: standard input: .*biflow"
    try "$BUILD/ftp-write" <flows
    fails 1 "ftp-write: standard input: .*ftp-merge"
    try "$BUILD/ftp-write" -t flows <biflows
    fails 1 "ftp-write: standard input: "
    cat biflows flows >both
    refused ftp-write both
    (cat biflows; echo) >trailing
    refused ftp-write trailing
    "$mkstream" -k flow </dev/null >empty
    try sh -c '"$BUILD/ftp-merge" <empty | "$BUILD/ftp-write"'
    works
    [ "$(cat out)" = "$HEADER" ]
}

@test "a stream of a future version says so" {
    small_streams
    # The version is the byte behind the magic; ftp-stream(5).
    for ((at = 0; at < 16; at++)); do
        perl -0777 -pe "substr(\$_, $at, 1) = chr(ord(substr(\$_, $at, 1)) + 1)" flows >x
        try "$BUILD/ftp-merge" <x
        fails 1 "standard input"
        cat err >>all
    done
    grep -q "version" all
}

@test "/dev/full, or a closed descriptor, is a failure of every program" {
    small_streams
    flow_text 3 >text
    try sh -c '"$BUILD/ftp-read" csvfile -f text >/dev/full'
    fails 1 "No space left"
    try sh -c '"$BUILD/ftp-merge" <flows >/dev/full'
    fails 1 "No space left"
    try sh -c '"$BUILD/ftp-write" <biflows >/dev/full'
    fails 1 "No space left"
    try sh -c '"$BUILD/ftp-write" -g <biflows >/dev/full'
    fails 1 "No space left"
    try "$BUILD/ftp-write" -o /dev/full <biflows
    fails 1 "No space left"
    try sh -c '"$BUILD/ftp-read" nffile -R captures -l >/dev/full'
    fails 1 "standard output"
    try sh -c '"$BUILD/ftp-read" csvfile -f text >&-'
    fails 1 "standard output"
    try sh -c '"$BUILD/ftp-merge" <flows >&-'
    fails 1 "standard output"
    try sh -c '"$BUILD/ftp-write" <biflows >&-'
    fails 1 "standard output"
    try sh -c '"$BUILD/ftp-read" nffile -R captures -l >&-'
    fails 1 "standard output"
    try sh -c '"$BUILD/ftp-merge" <&-'
    fails 1 "standard input"
    try sh -c '"$BUILD/ftp-write" <&-'
    fails 1 "standard input"
    try sh -c '"$BUILD/ftp-read" csvfile -f - <&-'
    fails 1 "standard input"
    # What needs no standard input or stderr works without.
    try sh -c '"$BUILD/ftp-read" nffile -R captures <&- 2>&- >flows2'
    [ "$status" -eq 0 ]
    try sh -c '"$BUILD/ftp-write" -t flows <flows2'
    works
    [ "$(wc -l <out)" -eq 349 ]
    # No file that is opened while stderr is closed gets the messages.
    file_old
    try sh -c '"$BUILD/ftp-write" -o d/p <flows 2>&-'
    [ "$status" -eq 1 ]
    old
}

# with_stderr WHAT COMMAND...: tries it with a standard error that is closed, full, or read by nobody.
with_stderr() {
    local what=$1
    shift
    case $what in
    closed) try "$@" 2>&- ;;
    full) status=0 && "$@" >out 2>/dev/full || status=$? ;;
    abandoned)
        rm -f messages
        mkfifo messages
        exec 7<>messages 8>messages 7>&-
        status=0
        "$@" >out 2>&8 8>&- || status=$?
        exec 8>&-
        ;;
    esac
}

@test "a standard error that is closed, full, or read by nobody changes nothing" {
    flow_text 30 >text
    { cat text; for i in 1 2 3 4 5; do echo "bad $i"; done; } >more
    "$BUILD/ftp-read" csvfile -f text >flows
    "$BUILD/ftp-merge" <flows >biflows
    "$BUILD/ftp-write" <biflows >profile
    for what in closed full abandoned; do
        with_stderr $what "$BUILD/ftp-read" csvfile -v -k -f more
        [ "$status" -eq 0 ]
        "$BUILD/ftp-merge" -q <out >biflows2
        "$BUILD/ftp-write" <biflows2 | cmp - profile
        with_stderr $what "$BUILD/ftp-merge" -v <flows
        [ "$status" -eq 0 ]
        cmp out biflows
        with_stderr $what "$BUILD/ftp-write" -v <biflows
        [ "$status" -eq 0 ]
        cmp out profile
        # What fails still fails, with its own status.
        with_stderr $what "$BUILD/ftp-read" csvfile -v -f more
        [ "$status" -eq 1 ]
        with_stderr $what "$BUILD/ftp-read" csvfile
        [ "$status" -eq 2 ]
    done
}

@test "no descriptors, no memory: status 1 and a message" {
    ! is_sanitized || skip "sanitizers reserve terabytes"
    small_streams
    file_old
    for n in 5 6 7 8; do
        try sh -c "ulimit -n $n; \"\$BUILD/ftp-read\" nffile -R captures"
        [ "$status" -eq 0 ] || fails 1 "ftp-read: "
        try sh -c "ulimit -n $n; exec \"\$BUILD/ftp-write\" -o d/p2" <biflows
        [ "$status" -eq 0 ] || fails 1 "ftp-write: "
    done
    rm -f d/p2
    try sh -c 'ulimit -n 4; "$BUILD/ftp-read" nffile -R captures'
    fails 1 "Too many open files"
    try sh -c 'ulimit -v 100000; "$BUILD/ftp-merge" -m 99999 <flows'
    fails 1 "memory"
    [ ! -s out ]
    for p in "ftp-read csvfile -f d/p" "ftp-merge -m 1" "ftp-write -o d/p"; do
        for kb in 3500 4000 5000 6000; do
            try sh -c "ulimit -v $kb; exec \"\$BUILD\"/$p" <biflows
            # Below some limit the loader fails, with 127.
            [ "$status" -eq 0 ] || [ "$status" -eq 1 ] || [ "$status" -eq 127 ]
            [ "$status" -eq 0 ] || [ -s err ]
            [ "$status" -eq 0 ] || old
            file_old
        done
    done
}

@test "a file size limit" {
    flow_text 20000 >text
    file_old
    try sh -c 'ulimit -f 8; sh "$BUILD/ftprofiler" -o d/p csvfile -f text'
    not_written "File too large"
}

@test "FILE cannot be written: a directory, a directory that is not there, one that vanishes" {
    small_streams
    try sh -c '"$BUILD/ftp-write" -o d <biflows'
    fails 1 "d: .*directory"
    try sh -c '"$BUILD/ftp-write" -o none/p <biflows'
    fails 1 "none/p: .*No such file"
    try sh -c '"$BUILD/ftp-write" -o "$BUILD/ftp-write/p" <biflows'
    fails 1 "Not a directory"
    mkfifo feed
    mkdir gone
    exec 9<>feed
    start sh -c 'exec "$BUILD/ftp-write" -o gone/p <feed'
    head -c 40 biflows >&9
    until_true sh -c "ls -l /proc/$pid/fd | grep -q gone"
    rm -r gone
    tail -c +41 biflows >&9
    exec 9>&-
    finish
    [ "$status" -eq 1 ]
    grep -q "gone/p" err
    [ "$(id -u)" -ne 0 ] || return 0
    chmod -w d
    try "$BUILD/ftp-write" -o d/p <biflows
    fails 1 "denied"
}

@test "a full filesystem: FILE, and the spool of ftp-merge" {
    unshare -m true 2>/dev/null || skip "needs root, who may mount a small filesystem"
    flow_text 120000 >text
    "$BUILD/ftp-read" csvfile -f text >flows
    "$BUILD/ftp-merge" <flows >biflows
    # shellcheck disable=SC2016 # the inner shell's
    try unshare -m sh -c 'mount -t tmpfs -o size=256k none d && echo old >d/p || exit 99
        "$BUILD/ftp-write" -o d/p <biflows; s=$?
        [ "$(ls -A d)" = p ] && [ "$(cat d/p)" = old ] || exit 98
        exit $s'
    fails 1 "No space left"
    try unshare -m sh -c 'mount -t tmpfs -o size=64k none d || exit 99
        TMPDIR=$PWD/d "$BUILD/ftp-merge" -m 1 <flows; s=$?
        [ -z "$(ls -A d)" ] || exit 98
        exit $s'
    fails 1 "temporary file: No space left"
    # The same through the wrapper, gzipped or not.
    for g in '' -g; do
        # shellcheck disable=SC2016 # the inner shell's
        try unshare -m sh -c 'mount -t tmpfs -o size=256k none d && echo old >d/p || exit 99
            [ -z "$2" ] || mv d/p d/p.gz
            sh "$1" $2 -o d/p csvfile -f - <text; s=$?
            [ "$(cat d/p*)" = old ] || exit 98
            exit $s' sh "$w" "$g" # $2 is a word or nothing
        fails 1 "No space left"
        holds tmp
    done
    # The wrapper itself needs no place.
    # shellcheck disable=SC2016
    try unshare -m sh -c 'mount -t tmpfs -o nr_inodes=2 none tmp && : >tmp/last || exit 99
        sh "$1" -q -o p csvfile -f text' sh "$w"
    works
    [ "$(wc -l <p)" -eq 120001 ]
}

# as_nobody COMMAND...: try, as a user who may not do everything, if this one may.  The programs and the
# place to work have to be open to that user: `open_place` makes one.
as_nobody() {
    if [ "$(id -u)" -eq 0 ]; then
        try setpriv --reuid=65534 --regid=65534 --clear-groups --inh-caps=-all "$@"
    else
        try "$@"
    fi
}

open_place() {
    O=$(mktemp -d /tmp/ftp-test.XXXXXX)
    mkdir "$O/d" "$O/tmp"
    cp "$BUILD"/ftp-read "$BUILD"/ftp-merge "$BUILD"/ftp-write "$BUILD"/ftp-chain "$BUILD"/ftprofiler "$O/"
    flow_text 100 >"$O/text"
    echo old >"$O/d/p"
    chmod -R a+rX "$O"
    chmod 1777 "$O/tmp" "$O/d"
}

@test "what may not be read or written: status 1, a message that names it, FILE is as it was" {
    open_place
    export TMPDIR=$O/tmp
    cp captures/nfcapd.1 "$O/capture" && cp "$O/text" "$O/secret"
    chmod 600 "$O/capture" "$O/secret" "$O/d/p"
    [ "$(id -u)" -eq 0 ] || chmod 0 "$O/capture" "$O/secret" "$O/d/p"
    as_nobody sh "$O/ftprofiler" -o "$O/d/new" nffile -R "$O/capture"
    fails 1 "$O/capture: Permission denied"
    as_nobody sh "$O/ftprofiler" -o "$O/d/new" csvfile -f "$O/secret"
    fails 1 "$O/secret: Permission denied"
    mkdir "$O/more" && cp captures/nfcapd.1 "$O/more/nfcapd.1" && cp captures/nfcapd.1 "$O/more/nfcapd.2"
    chmod 0 "$O/more/nfcapd.2"
    as_nobody sh "$O/ftprofiler" -o "$O/d/new" nffile -R "$O/more"
    fails 1 "$O/more/nfcapd.2: Permission denied"
    chmod 0 "$O/more"
    as_nobody sh "$O/ftprofiler" -o "$O/d/new" nffile -R "$O/more"
    fails 1 "$O/more"
    holds "$O/d" p
    # A file of somebody else in a sticky directory cannot be replaced; nor anything in a directory that is
    # not ours.
    as_nobody sh "$O/ftprofiler" -o "$O/d/p" csvfile -f "$O/text"
    fails 1 "$O/d/p: .*\(denied\|permitted\)"
    chmod 755 "$O/d"
    [ "$(id -u)" -eq 0 ] || chmod 555 "$O/d"
    as_nobody sh "$O/ftprofiler" -g -o "$O/d/new" csvfile -f "$O/text"
    fails 1 "$O/d/new.gz: .*Permission denied"
    chmod 755 "$O/tmp"
    [ "$(id -u)" -eq 0 ] || chmod 555 "$O/tmp"
    as_nobody sh "$O/ftprofiler" csvfile -f "$O/text"
    works
    holds "$O/tmp"
    chmod -R u+rwX "$O"
    holds "$O/d" p
    [ "$(cat "$O/d/p")" = old ]
}

@test "ftp-merge has no place for its spool" {
    flow_text 120000 | "$BUILD/ftp-read" csvfile -f - >flows
    TMPDIR=$T/none try "$BUILD/ftp-merge" -m 1 <flows
    fails 1 "temporary file"
    TMPDIR=$T/flows try "$BUILD/ftp-merge" -m 1 <flows
    fails 1 "temporary file"
    # It needs none when the time zero is known.
    TMPDIR=$T/none try "$BUILD/ftp-merge" -q -m 1 -z first <flows
    works
    # And leaves none behind.
    try "$BUILD/ftp-merge" -q -m 1 <flows
    works
    holds tmp
}

# text ROW...: flow text of these rows.
text() {
    printf '%s\n' START_TIME,DURATION,PROTO,SRC_IP,DST_IP,SRC_PORT,DST_PORT,PACKETS,BYTES,PACKETS_REV,BYTES_REV "$@" >text
}

@test "counters up to 2^64 - 1; a sum beyond is an error, never a wrapped number" {
    max=18446744073709551615
    text "1,1,6,192.0.2.1,192.0.2.2,1000,80,$max,$max,0,0"
    try sh "$w" csvfile -f text
    works
    [ "$(sed -n 2p out)" = "0,1000,4,6,1000,80,$max,$max,0,0" ]
    # Continuations of one flow, past its active timeout.
    text "1,300,6,192.0.2.1,192.0.2.2,1000,80,$max,5,0,0" "301,1,6,192.0.2.1,192.0.2.2,1000,80,1,5,0,0"
    file_old
    try sh "$w" -o d/p csvfile -f text
    not_written "do not fit 64 bits"
    text "1,300,6,192.0.2.1,192.0.2.2,1000,80,5,$max,0,0" "301,1,6,192.0.2.1,192.0.2.2,1000,80,5,1,0,0"
    try sh "$w" -o d/p csvfile -f text
    not_written "do not fit 64 bits"
    text "1,1,6,192.0.2.1,192.0.2.2,1000,80,5,5,1,$max" "1,1,6,192.0.2.2,192.0.2.1,80,1000,1,40,0,0"
    try sh "$w" -o d/p csvfile -f text
    [ "$status" -eq 0 ] || not_written "do not fit 64 bits"
    [ "$status" -ne 0 ] || [ "$(awk -F, 'NR > 1' d/p | grep -c "$max")" -eq 1 ]
}

@test "rows out of range are told with line and reason" {
    file_old
    for row in "1,1,256,192.0.2.1,192.0.2.2,1,2,1,1,0,0" "1,1,-1,192.0.2.1,192.0.2.2,1,2,1,1,0,0" \
        "1,1,6,192.0.2.1,192.0.2.2,65536,2,1,1,0,0" "1,1,6,192.0.2.1,192.0.2.2,1,-2,1,1,0,0" \
        "1,1,6,192.0.2.1,192.0.2.2,1,2,18446744073709551616,1,0,0" "1,1,6,192.0.2.1,192.0.2.2,1,2,1,0x10,0,0" \
        "1,1,6,192.0.2.1,192.0.2.256,1,2,1,1,0,0" "1,1,6,192.0.2.1,2001:db8::1,1,2,1,1,0,0" \
        "9223372036854776,1,6,192.0.2.1,192.0.2.2,1,2,1,1,0,0" "x,1,6,192.0.2.1,192.0.2.2,1,2,1,1,0,0" \
        "9223372036854775,1,6,192.0.2.1,192.0.2.2,1,2,1,1,0,0" "1,1,6,192.0.2.1,192.0.2.2,1,2,1" ",,,,,,,,,," \
        "1,nan,6,192.0.2.1,192.0.2.2,1,2,1,1,0,0" "1,1,6,192.0.2.1,192.0.2.2,1,2,1,1,0,0,0"; do
        text "1,1,6,192.0.2.1,192.0.2.2,1000,80,1,5,0,0" "$row"
        try sh "$w" -o d/p csvfile -f text
        not_written "text: line 3" || { echo "row: $row"; return 1; }
        try sh "$w" csvfile -f text -k
        [ "$status" -eq 0 ]
        [ "$(wc -l <out)" -eq 2 ]
        grep -q "line 3" err
        grep -q "1 row " err
    done
}

@test "absurd clocks: left out and told; the others near or far are kept and counted" {
    text "1,0,6,192.0.2.1,192.0.2.2,1000,80,1,5,0,0" "4294967295,0,6,192.0.2.1,192.0.2.3,1000,80,1,5,0,0" \
        "1700000000,0,6,192.0.2.1,192.0.2.4,1000,80,1,5,0,0" "1700000001,0,6,192.0.2.1,192.0.2.4,1001,80,1,5,0,0" \
        "1703000000,0,6,192.0.2.1,192.0.2.5,1000,80,1,5,0,0"
    try sh "$w" -v csvfile -f text
    [ "$status" -eq 0 ]
    grep -q ' 1  more than a day' err
    grep -q '0 records and 2 biflows were left out because their clock was not set' err
    [ "$(sed 1d out | cut -d, -f1 | tr '\n' ' ')" = "0 1000 3000000000 " ]
    # The two ends of time: the later one is the bulk.
    text "-9223372036854775,0,6,192.0.2.1,192.0.2.2,1000,80,1,5,0,0" "9223372036854775,0,6,192.0.2.1,192.0.2.3,1000,80,1,5,0,0"
    try sh "$w" csvfile -f text
    [ "$status" -eq 0 ]
    [ "$(sed 1d out)" = 0,0,4,6,1000,80,1,5,0,0 ]
    grep -q '1 biflows were left out because their clock was not set' err
    file_old
    for z in 9223372036854775807 -9223372036854775808 0 4102444800000; do
        text "1700000000,0,6,192.0.2.1,192.0.2.2,1000,80,1,5,0,0"
        try sh "$w" -z $z -o d/p csvfile -f text
        not_written "-z"
    done
}

@test "no profile stops its consumer: what odd records become" {
    text "100,-50,6,192.0.2.1,192.0.2.2,1,80,3,300,0,0" "100,5,6,192.0.2.1,192.0.2.2,2,80,0,0,0,0" \
        "100,5,6,192.0.2.1,192.0.2.2,3,80,1,40,0,0" "100,0,0,192.0.2.1,192.0.2.2,4,80,2,40,0,0" \
        "100,0,255,192.0.2.1,192.0.2.2,5,80,2,40,0,0" "100,0,17,192.0.2.1,192.0.2.1,53,53,2,40,0,0" \
        "100,20000000,17,192.0.2.1,192.0.2.1,54,54,2,40,0,0" "100,0,17,192.0.2.1,192.0.2.1,55,55,0,0,2,40" \
        "100,0,58,192.0.2.1,192.0.2.1,0,0,2,40,0,0" "100,0,1,2001:db8::1,2001:db8::2,0,0,2,40,0,0" \
        "100,0,6,::ffff:192.0.2.1,::ffff:192.0.2.2,1,80,2,40,0,0" "100,1,6,192.0.2.1,192.0.2.2,7,80,3,0,0,0"
    try sh "$w" -v csvfile -f text
    [ "$status" -eq 0 ]
    for counted in 'no packets' 'end before start' 'one packet with a duration' 'longer than 213 days'; do
        grep -q " 1  .*$counted" err || { echo "not counted: $counted"; cat err; return 1; }
    done
    awk -F, 'NR == 1 { next }
        NF != 10 || /[^-0-9,]/ || $2 < $1 || $7 + $9 < 1 || ($7 + $9 == 1 && $1 != $2) || $5 > 65535 || $6 > 65535 ||
        $4 > 255 || ($3 != 4 && $3 != 6) || $2 - $1 > 213 * 86400000 { print "line " NR ": " $0; bad = 1 }
        END { exit bad }' out
    [ "$(wc -l <out)" -ge 8 ]
    [ "$(tail -c 1 out | od -An -c | tr -d ' ')" = '\n' ]
}

# What may not be found behind ftp-merge: addresses and clocks of the capture.
@test "behind ftp-merge there is no address and no absolute time, whatever the options" {
    # 203.0.113.77 and its like, 1712345678.9 and its like: nothing that is there by chance.
    awk 'BEGIN {
        print "START_TIME,DURATION,PROTO,SRC_IP,DST_IP,SRC_PORT,DST_PORT,PACKETS,BYTES"
        for (i = 0; i < 300; i++) {
            printf "%.3f,%.3f,6,203.0.113.77,198.51.100.99,%d,443,10,1000\n", 1712345678 + i * 1.7, i % 9, 40000 + i
            printf "%.3f,%.3f,6,198.51.100.99,203.0.113.77,443,%d,10,1000\n", 1712345678 + i * 1.7, i % 9, 40000 + i
            printf "%.3f,0.5,17,2001:db8:dead:beef:cafe:f00d:1234:5678,2001:db8:fade::9abc,%d,53,2,99\n", 1712345678 + i * 1.7, 50000 + i
        } }' >text
    "$BUILD/ftp-read" csvfile -f text >flows
    cat >find.pl <<'END'
        local $/;
        my $data = <STDIN>;
        my @lost;
        push @lost, "address $_->[0]" for grep { index($data, $_->[1]) >= 0 } map {
            my $a = pack "C4", split /\./; ([$_, $a], [$_, scalar reverse $a], [$_, $_]) } "203.0.113.77", "198.51.100.99";
        push @lost, "address 2001:db8" if $data =~ /\x20\x01\x0d\xb8|2001:db8|dead:beef|\xfa\xde\x00\x00/;
        # The times of the capture lie within ten minutes: eight bytes of ms or of microseconds, in either order.
        for my $i (0 .. length($data) - 8) {
            my $s = substr $data, $i, 8;
            for ($s, scalar reverse $s) {
                my $t = unpack "Q<", $_;
                push @lost, "time at $i" if abs($t - 1712345978000) < 400000 || abs($t / 1000 - 1712345978000) < 400000;
            }
        }
        push @lost, "time $1" if $data =~ /(17123\d{5})/;
        print "$_\n" for @lost;
        exit(@lost > 0);
END
    # The search finds what there is to be found.
    if perl find.pl <text >found; then false; fi
    for lost in 203 2001 time; do grep -q $lost found; done
    if perl find.pl <flows >found; then false; fi
    for lost in 203 2001; do grep -q $lost found; done
    for z in earliest first 1712345678123; do
        for d in initiator arrival; do
            for m in 2048 1; do
                try "$BUILD/ftp-merge" -q -m $m -z $z -d $d <flows
                works
                mv out biflows
                "$BUILD/ftp-write" <biflows >profile
                for f in biflows profile; do
                    perl find.pl <$f || { echo "in the $f of -m $m -z $z -d $d"; return 1; }
                done
            done
        done
    done
    # Neither do messages tell, nor summaries.
    for cut in 20 500 5000 "$(($(stat -c %s flows) - 1))"; do
        head -c "$cut" flows >damaged
        try "$BUILD/ftp-merge" -v <damaged
        [ "$status" -eq 1 ]
        perl find.pl <err
        perl -0777 -pe "substr(\$_, $cut / 2, 1) ^= 'A'" flows >damaged
        try "$BUILD/ftp-merge" -v <damaged
        [ "$status" -eq 1 ]
        perl find.pl <err
        try "$BUILD/ftp-write" -v <flows
        [ "$status" -eq 1 ]
        perl find.pl <err
    done
    for v in -v -vv; do
        try "$BUILD/ftp-merge" $v -z first <flows
        [ "$status" -eq 0 ]
        perl find.pl <err
        try "$BUILD/ftp-write" $v -o profile <biflows
        perl find.pl <err
    done
}
