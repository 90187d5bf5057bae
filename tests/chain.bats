#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-3-Clause
# ftp-chain by itself: what its commands see of each other, and how it ends.

load lib.bash

setup() {
    scratch
    PATH=$BUILD:$BUILD/tests:$PATH
    mkdir d
    echo old >d/p
    printf 'B 0 5 4 6 50000 443 3 400 2 300\nB 7 7 6 58 0 0 1 64 0 0\n' | mkstream >biflows
    ftp-write <biflows >profile
}

@test "commands are connected, from standard input to standard output" {
    echo abc | ftp-chain '|' tr a x '|' tr b y '|' tr c z >out
    [ "$(cat out)" = xyz ]
    echo abc | ftp-chain '|' cat >out
    [ "$(cat out)" = abc ]
    # Any word separates, and has no meaning to a shell.
    echo 'a|b' | ftp-chain BAR tr '|' x BAR tr a '|' >out
    [ "$(cat out)" = '|xb' ]
    ftp-chain : echo 'a  b' '$HOME' '*' '' : cat >out
    [ "$(cat out)" = 'a  b $HOME * ' ]
    long='| cat'
    for ((i = 0; i < 200; i++)); do set -- "$@" '|' cat; done
    [ "$(echo x | ftp-chain "$@")" = x ]
}

@test "wrong command lines" {
    for words in '' '|' '| cat |' '| cat | | cat' '| |'; do
        # shellcheck disable=SC2086 # words
        try ftp-chain $words
        fails 2 '^ftp-chain: no command '
    done
    try ftp-chain -x '|' true
    fails 2 '^ftp-chain: '
    try ftp-chain -n me '|'
    fails 2 '^me: no command after'
    try ftp-chain -V
    works
    grep -qx 'ftp-chain [0-9.]*' out
}

@test "a command sees the end of its input after the one before has succeeded, and only then" {
    # shellcheck disable=SC2016 # for the inner shells
    try ftp-chain '|' sh -c 'echo text; exec >&-; sleep 0.3; echo first >&2' '|' sh -c 'cat; echo second >&2'
    [ "$status" -eq 0 ]
    [ "$(cat err)" = $'first\nsecond' ]
    [ "$(cat out)" = text ]
    # A filter that knows of no trailer does not take a part for the whole.
    try ftp-chain '|' sh -c 'echo text; exec >&-; sleep 0.1; exit 3' '|' sh -c 'cat >d/part; cat d/part >d/p'
    [ "$status" -eq 1 ]
    [ "$(cat d/p)" = old ]
    try ftp-chain '|' sh -c 'echo text; kill -9 $$' '|' sh -c 'cat >d/part; cat d/part >d/p'
    fails 1 '^ftp-chain: sh was killed by signal 9 (Killed)$'
    [ "$(cat d/p)" = old ]
}

@test "the exit status, and what is said" {
    said() { # STATUS MESSAGE COMMAND...
        local code=$1 message=$2
        shift 2
        try timeout 20 ftp-chain "$@"
        [ "$status" -eq "$code" ] && [ "$(cat err)" = "$message" ] || { echo "$*: $status"; cat err; return 1; }
    }
    said 0 '' '|' true '|' true
    said 1 '' '|' false '|' cat
    said 1 '' '|' sleep 20 '|' false
    said 1 '' '|' sh -c 'exit 3' '|' cat
    said 2 '' '|' sh -c 'exit 2' '|' cat
    said 2 '' '|' sleep 20 '|' sh -c 'exit 2'
    said 1 'ftp-chain: cannot run ./none: No such file or directory' '|' sleep 20 '|' ./none
    said 1 'ftp-chain: cannot run ./d: Permission denied' '|' ./d
    said 1 'ftp-chain: sh was killed by signal 15 (Terminated)' '|' sleep 20 '|' sh -c 'kill $$'
    said 1 'ftp-chain: sh was killed by signal 11 (Segmentation fault)' '|' cat /dev/null '|' sh -c 'kill -SEGV $$'
    said 1 'me: sh was killed by signal 9 (Killed)' -n me '|' sh -c 'kill -9 $$'
    said 1 'ftp-chain: a command ended before it had read all of its input' '|' yes '|' true
    # The reader of standard output leaves: as quiet as any program.
    try bash -c 'set -o pipefail; ftp-chain "|" yes "|" cat | head -n 1'
    [ "$(cat out)" = y ]
    [ "$status" -eq 141 ]
    [ ! -s err ]
}

@test "-c WORD: command lines are checked before anything runs" {
    program() { # of a script that notes its words, and exits with 2 when one of them is wrong
        printf '#!/bin/sh\necho "${0##*/} $*" >>said\nfor word; do [ "$word" != wrong ] || exit 2; done\ncat\n' >"$1"
        chmod +x "$1"
    }
    program one
    program two
    echo text | ftp-chain -c --check '|' ./one --check a --check '|' ./two b --check '|' cat >out
    [ "$(cat out)" = text ]
    [ "$(sort said | tr '\n' ,)" = 'one --check a --check,one a --check,two b,two b --check,' ]
    rm said
    try ftp-chain -c --check '|' ./one a --check '|' sh -c 'echo ran >&2' '|' ./two --check wrong </dev/null
    [ "$status" -eq 2 ]
    [ ! -s err ]
    if grep -v -- --check said; then false; fi
}

@test "a signal ends all commands, with what they have started" {
    for name in HUP INT QUIT TERM USR2 ALRM XCPU PIPE VTALRM PROF RTMIN; do
        # shellcheck disable=SC2016 # for the inner shell
        start ftp-chain '|' sh -c 'sleep 60 & echo $! >sleeper; trap "kill $!; exit 1" TERM; wait' '|' cat '|' cat
        until_true test -s sleeper
        until_true sh -c "[ \$(pgrep -c -P $pid) -eq 3 ]"
        kill -s $name "$pid"
        finish
        [ "$signal" -eq "$(kill -l $name)" ]
        [ ! -s err ]
        if kill -0 "$(cat sleeper)" 2>/dev/null; then false; fi
        rm sleeper
    done
}

@test "what ignores SIGTERM, or is stopped, is killed" {
    # shellcheck disable=SC2016 # for the inner shell
    start ftp-chain '|' sh -c 'trap "" TERM; : >ready; while :; do sleep 0.1; done' '|' sh -c ': >too; kill -STOP $$'
    until_true test -e ready -a -e too
    kill "$pid"
    finish
    [ "$signal" -eq 15 ]
}

@test "signals that are ignored stay ignored, with and without the group" {
    start env --ignore-signal=HUP --ignore-signal=INT ftp-chain '|' sh -c ': >ready; sleep 0.5; echo done' '|' cat
    until_true test -e ready
    kill -HUP "$pid"
    kill -INT -- "-$pid"
    finish
    [ "$status" -eq 0 ]
    [ "$(cat out)" = 'done' ]
}

@test "SIGUSR1 reaches all commands, and kills none" {
    # shellcheck disable=SC2016 # for the inner shell
    start ftp-chain '|' perl -e '$SIG{USR1} = sub { $n = 1 }; open F, ">ready"; select undef, undef, undef, 10 while !$n; print "one\n"' '|' cat
    until_true test -e ready
    until_true sh -c "[ \$(pgrep -c -P $pid) -eq 2 ]"
    kill -USR1 "$pid"
    finish
    [ "$status" -eq 0 ]
    [ "$(cat out)" = one ]
}

# killed_outright COMMAND...: as one of these an ftp-chain runs, and is killed amid its work.
killed_outright() {
    rm -f one two
    # shellcheck disable=SC2016 # for the inner shells
    start "$@" ftp-chain '|' sh -c 'echo $$ >one; sleep 60' '|' sh -c 'echo $$ >two; cat; echo new >d/p' '|' ftp-write -o d/p
    until_true test -s one -a -s two
    kill -KILL "$pid"
    finish
    for name in one two; do
        until_true sh -c "! kill -0 $(cat $name)"
    done
    [ "$(cat d/p)" = old ]
    holds d p
}

@test "when it is killed outright, its commands go, also where SIGTERM is ignored" {
    killed_outright env
    killed_outright env --ignore-signal=TERM
}

# The summary of -v has to wait, since nobody reads it, when FILE is in place.
@test "-o FILE: a writer that is killed after it has replaced FILE is a success" {
    mkfifo messages
    exec 8<>messages
    dd if=/dev/zero of=messages bs=4096 oflag=nonblock 2>/dev/null || true
    start ftp-chain -o d/p '|' cat biflows '|' sh -c 'echo $$ >writer; exec ftp-write -v -o d/p 2>messages'
    until_true cmp d/p profile
    kill -KILL "$(cat writer)"
    finish
    [ "$status" -eq 0 ]
    [ ! -s err ]
    cmp d/p profile
    # Also when that was we, who are asked to end.
    echo old >d/p
    start ftp-chain -o d/p '|' cat biflows '|' sh -c 'exec ftp-write -v -o d/p 2>messages'
    until_true cmp d/p profile
    kill -TERM "$pid"
    finish
    [ "$status" -eq 0 ]
    holds d p
}

@test "-o FILE: what a writer leaves that is killed before is removed" {
    need_failcall tmpfile EOPNOTSUPP
    mkfifo feed
    for file in p new; do
        exec 8<>feed
        start ftp-chain -o d/$file '|' cat feed '|' failcall tmpfile EOPNOTSUPP ftp-write -o d/$file
        head -c 60 biflows >&8
        until_true sh -c "ls d/.$file.*"
        writer=$(ls -A d | sed -n "s/^\.$file\.//p")
        kill -KILL "$writer"
        finish
        exec 8>&-
        fails 1 '^ftp-chain: failcall was killed by signal 9'
        holds d p
        [ "$(cat d/p)" = old ]
    done
}

@test "-r FILE: it is told when the run fails although this file is new" {
    echo old >d/r
    # Before it is: the last command ends by itself.
    try ftp-chain -o d/p -r d/r '|' sh -c 'head -c 60 biflows; exec sleep 60' '|' ftp-stat -c -o d/r '|' false
    [ "$status" -eq 1 ]
    [ ! -s err ]
    [ "$(cat d/r)" = old ]
    # shellcheck disable=SC2016 # for the inner shell
    try ftp-chain -o d/p -r d/r '|' cat biflows '|' ftp-stat -c -o d/r '|' sh -c 'cat >/dev/null; kill -9 $$'
    [ "$status" -eq 1 ]
    [ "$(cat err)" = $'ftp-chain: sh was killed by signal 9 (Killed)\nftp-chain: d/r: the report is new, but the run failed after that' ]
    grep -q biflows d/r
    # A signal after it, and the same where there was none.
    rm d/r
    start ftp-chain -o d/p -r d/r '|' cat biflows '|' ftp-stat -c -o d/r '|' sh -c 'cat >/dev/null; exec sleep 60'
    until_true test -e d/r
    until_true sh -c "[ \$(pgrep -c -P $pid) -eq 1 ]"
    kill -TERM "$pid"
    finish
    [ "$signal" -eq 15 ]
    [ "$(cat err)" = 'ftp-chain: d/r: the report is new, but the run failed after that' ]
    [ "$(cat d/p)" = old ]
}

@test "-r FILE: what its writer leaves that is killed before is removed" {
    failcall tmpfile EOPNOTSUPP true 2>/dev/null || skip "no seccomp"
    mkfifo feed
    echo old >d/r
    for file in r new; do
        exec 8<>feed
        start ftp-chain -o d/p -r d/$file '|' cat feed '|' failcall tmpfile EOPNOTSUPP ftp-stat -c -o d/$file '|' ftp-write -o d/p
        head -c 60 biflows >&8
        until_true sh -c "ls d/.$file.*"
        writer=$(ls -A d | sed -n "s/^\.$file\.//p")
        kill -KILL "$writer"
        finish
        exec 8>&-
        fails 1 '^ftp-chain: failcall was killed by signal 9'
        holds d p r
        [ "$(cat d/p d/r)" = $'old\nold' ]
    done
}

@test "no descriptors, no processes" {
    for n in 4 5 6; do
        try prlimit --nofile=$n ftp-chain '|' cat '|' cat '|' cat </dev/null
        [ "$status" -eq 0 ] || fails 1 '^ftp-chain: cannot make a pipe: Too many open files'
    done
    export ASAN_OPTIONS=detect_leaks=0
    need_failcall clone EAGAIN
    try failcall clone EAGAIN ftp-chain '|' cat '|' sort
    fails 1 '^ftp-chain: cannot start cat: Resource temporarily unavailable$'
    [ "$(wc -l <err)" -eq 1 ]
}
