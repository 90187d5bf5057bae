#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-3-Clause
# The wrapper, in the shells that /bin/sh may be.

load lib.bash

setup() {
    scratch
    mkdir d
    flows=$TESTS/data/vectors/odd.flows.csv
    golden=$TESTS/data/vectors/odd.profile.csv
    w=$BUILD/ftprofiler
}

teardown() {
    if [ -n "${OPEN:-}" ]; then cd / && rm -rf "$OPEN"; fi
}

# busybox as a shell, in one word.
busybox_shell() {
    printf '#!/bin/bash\nexec busybox sh "$@"\n' >"$T/busybox"
    chmod +x "$T/busybox"
    echo "$T/busybox"
}

# The shells that /bin/sh may be, as far as they are installed.
shells() {
    local shell
    for shell in dash bash busybox mksh yash ksh; do
        command -v $shell >/dev/null && echo $shell
    done
}

# in_shells FUNCTION: calls it with $sh as each shell; a failure names the shell.
in_shells() {
    for sh in sh bash; do
        rm -rf d tmp && mkdir d tmp
        "$@" || { echo "in $sh"; return 1; }
        holds tmp || { echo "temporary files are left, in $sh"; return 1; }
    done
}

good() { # ARGUMENT... : works, and d/p is the profile
    try "$sh" "$w" "$@" csvfile -f "$flows"
    works && cmp d/p "$golden" && [ ! -s out ] && holds d p && rm d/p
}

bad() { # PATTERN ARGUMENT...: a wrong command line, and nothing happened
    local pattern=$1
    shift
    try "$sh" "$w" "$@"
    fails 2 "$pattern" && [ ! -s out ] && holds d
}

forms() {
    good -o d/p && good -od/p && good --output d/p && good --output=d/p && good -qo d/p &&
        good -qod/p && good -qq -o d/p && good -o d/x -o d/p && good --quiet -o d/p -- &&
        good -a 300 -i 30 -m 2048 -d initiator -z earliest -o d/p &&
        good -a300 -i30 -m2048 -dinitiator -zearliest -od/p &&
        good --active 300 --inactive 30 --memory 2048 --direction initiator --zero earliest --output d/p &&
        good --active=300 --inactive=30 --memory=2048 --direction=initiator --zero=earliest --output=d/p
}

@test "options come short, long, bundled, attached" {
    in_shells forms
}

bad_values() {
    local o
    for o in "-a 3x" "-a -1" "-a 0" "-a 99999999999999999999" "-i 1.5" "-i -1" "-m 0" "-m 2048X" \
        "-m 99999999999999999999" "-d up" "-z late" "-z 1.5" "-z 99999999999999999999"; do
        # shellcheck disable=SC2086 # an option and its value
        bad "${o%% *}.*'${o#* }'" $o -o d/p csvfile -f "$flows" || return 1
    done
    bad "-a.*''" -a '' -o d/p csvfile -f "$flows" && bad "-a.*''" --active= -o d/p csvfile -f "$flows" &&
        bad "-o" -o '' csvfile -f "$flows" && bad "-a.*'5;id'" '-a5;id' -o d/p csvfile -f "$flows" &&
        bad '\$(touch d/oops)' -a '$(touch d/oops)' -o d/p csvfile -f "$flows"
}

@test "a wrong value is told with its option, status 2, and nothing is written" {
    in_shells bad_values
}

wrong_lines() {
    bad "no reader" && bad "no reader" -o d/p && bad "no reader" -o d/p -- && bad "-x" -x csvfile &&
        bad "--wrong" --wrong csvfile && bad "--wrong" --wrong=3 csvfile && bad "-x" -gx -o d/p csvfile &&
        bad "nosuch" -o d/p nosuch && bad "-R" -o d/p nffile && bad "-f" -o d/p csvfile &&
        bad "-o" -o && bad "--active" --active && bad "-a" -ga && bad "-i.*'4294967296'" -o d/p nffile -R x -i 4294967296 &&
        bad "-r.*'1.1.1.1 or any'" -o d/p nffile -R x -r '1.1.1.1 or any' &&
        bad "stray" -o d/p csvfile -f "$flows" stray && bad "''" -o d/p ''
}

@test "no reader, unknown readers and options, missing values: status 2" {
    in_shells wrong_lines
}

help() {
    try "$sh" "$w" -h
    works && grep -q '^usage: ftprofiler' out && try "$sh" "$w" --help && works && grep -q -- '--output' out &&
        try "$sh" "$w" -V && works && grep -Eqx 'ftprofiler [0-9.]+' out && try "$sh" "$w" --version && works &&
        try "$sh" "$w" -gh && works && grep -q '^usage: ftprofiler' out &&
        try "$sh" "$w" nffile -h && works && grep -q '^usage: ftp-read nffile' out &&
        try "$sh" "$w" -o d/p csvfile --help && works && grep -q '^usage: ftp-read csvfile' out && holds d
}

# What a usage text says of the default of an option: between its name and the next one.
default_of() { # --OPTION FILE
    awk -v option="$1" '/^ +-/ { inside = $2 == option } inside' "$2" | grep -o '(default: [^)]*)' || true
}

@test "help and version" {
    in_shells help
    try sh "$w" -h
    "$BUILD/ftp-merge" -h >merge
    # --hold is for parts that are merged apart.
    for o in $(grep -o -- '--[a-z]*' merge | grep -vx -e --check -e --hold); do
        grep -q -e "$o" out || { echo "$o is not in the help"; return 1; }
    done
    # The defaults are those of ftp-merge.
    for o in $(grep -o -- '--[a-z]*' merge); do
        [ "$(default_of "$o" out)" = "$(default_of "$o" merge)" ]
    done
    [ "$(default_of --active out)" = '(default: 300)' ]
    try sh -c "'$w' -h >/dev/full"
    [ "$status" -ne 0 ]
}

# Whether the ftp-read of a wrapper has opened the file feed: not one that only checks its command line.
has_feed() {
    local reader
    reader=$(child_named "$1" ftp-read) && ls -l "/proc/$reader/fd" | grep -q /feed
}

# The options of a reader, each with yes when it takes a value: -x and --xyz.
options_of() {
    "$BUILD/ftp-read" "$1" -h | sed -nE 's/^ +(-([[:alnum:]]), )?(--[a-z-]+)( [A-Z]| [a-z]+\|)?.*/\2 \3 \4/p' |
        awk '{ takes = NF > 1 && $NF !~ /^--/ ? "yes" : "no"; for (i = 1; i <= NF; i++)
            if ($i ~ /^--/) print $i, takes; else if (i == 1) print "-" $i, takes }'
}

@test "the wrapper knows which options of a reader take a value" {
    for reader in nffile csvfile fdsfile; do
        options_of $reader >options
        [ "$(wc -l <options)" -ge 11 ]
        while read -r option takes; do
            try sh "$w" -o d/p $reader "$option" -h
            case $takes$option in
            yes*) [ ! -s out ] && [ "$status" -ne 0 ] && holds d ;;
            no-V | no--version) works && grep -qx 'ftp-read [0-9.]*' out ;;
            no*) works && grep -q "^usage: ftp-read $reader" out ;;
            esac || { echo "$reader $option: $takes"; cat out err; return 1; }
        done <options
    done
}

# taken FILE: the profile of flow text with a name that looks like an option.
taken() {
    try "$sh" "$w" -o p "$@"
    works && cmp p "$golden" && [ ! -s out ] && rm p
}

values() {
    local name
    cd d || return 1
    for name in --hosts.csv -h -l -V --log.csv --help --version --list --files -o; do
        cp "$flows" "./$name"
        taken csvfile -f "$name" && taken csvfile -kf "$name" && taken csvfile "-f$name" &&
            taken csvfile --file "$name" && taken csvfile --file="$name" && taken csvfile --fi "$name" &&
            taken csvfile -q -f "$name" -- && rm -- "./$name" out err || { echo "name: $name"; return 1; }
    done
    mkdir ./--hourly
    cp "$TESTS/../demo/nfcapd.demo" ./--hourly/nfcapd.1
    try "$sh" "$w" -o p nffile -R --hourly
    works && [ "$(wc -l <p)" -gt 100 ] && [ ! -s out ] && rm p || return 1
    try "$sh" "$w" -o p nffile -F 'any' -R --hourly -n --verify
    fails 1 'cannot run --verify' && [ ! -e p ] || return 1
    # An argument that separates the programs elsewhere.
    for name in '|' '||' '| |' ''; do
        try "$sh" "$w" -o p nffile -R --hourly -F "$name"
        [ "$status" -ne 0 ] && [ ! -e p ] && grep -q '^ftp-read: ' err || return 1
    done
    cp "$flows" '|'
    taken csvfile -f '|' && rm -r '|' ./--hourly && cd ..
}

@test "values that look like options of the reader are values" {
    for sh in $(shells); do
        [ "$sh" != busybox ] || sh=$(busybox_shell)
        values || { echo "in $sh"; return 1; }
    done
}

@test "an option on the wrong side of the name of the reader: the message says so" {
    for wrong in '-o d/p' -od/p --output=d/p '--output d/p' -g -d '-kg' '--active=300' '-m 5' --mem=5; do
        # shellcheck disable=SC2086 # words
        try sh "$w" nffile -R "$TESTS/../demo" $wrong
        option=${wrong%% *} option=${option%%=*}
        case $option in -od/p) option=-o ;; -kg) option=-g ;; esac
        fails 2 "^ftprofiler: $option stands before nffile$"
        [ "$(wc -l <err)" -eq 1 ]
    done
    try sh "$w" csvfile -f "$flows" -i 5
    fails 2 '^ftprofiler: -i stands before csvfile$'
    for wrong in '-R x' --read=x '--router any' -r -f '-qk' --list --files -M; do
        # shellcheck disable=SC2086 # words
        try sh "$w" $wrong -o d/p nffile
        option=${wrong%% *} option=${option%%=*}
        [ "$option" != -qk ] || option=-k
        fails 2 "^ftprofiler: $option stands after the name of the reader$"
        [ "$(wc -l <err)" -eq 1 ]
    done
    holds d
}

@test "an option is passed on only when it is given, and as it is" {
    lonely
    for p in ftp-read ftp-merge ftp-write; do
        # In one piece, since the others write there as well.
        printf '#!/bin/sh\nwords=$(printf "<%%s>" "${0##*/}" "$@"); echo "$words" >>said\n' >lonely/$p
        chmod +x lonely/$p
    done
    cp "$BUILD/ftp-chain" lonely/
    try env active=1 direction=up inactive=2 memory=3 output=d/x zero=4 flags=-v gzip=yes sh lonely/ftprofiler csvfile -f x
    [ "$(sed 's/<--check>//' said | sort -u | tr '\n' ' ')" = '<ftp-merge> <ftp-read><csvfile><-f><x> <ftp-write> ' ]
    [ "$(grep -c '<--check>' said)" -eq 3 ]
    rm said
    try sh lonely/ftprofiler -a 5m -m2G -z 1700000000000,1700000000000 -qv -i 1h csvfile -f '' -- -o
    sed 's/<--check>//' said | sort -u >got
    diff got - <<'END'
<ftp-merge><-q><-v><--active=5m><--inactive=1h><--memory=2G><--zero=1700000000000,1700000000000>
<ftp-read><csvfile><-q><-v><-f><><--><-o>
<ftp-write><-q><-v>
END
}

to_stdout() {
    for o in "" "-o -" "-o-" "--output=-"; do
        # shellcheck disable=SC2086 # words
        try "$sh" "$w" $o csvfile -f "$flows"
        works && cmp out "$golden" && [ ! -e - ] || return 1
    done
    try "$sh" "$w" -g csvfile -f "$flows"
    works && gunzip <out | cmp - "$golden"
}

@test "standard output is the default and -" {
    in_shells to_stdout
    try sh -c "sh '$w' csvfile -f '$flows' >/dev/full"
    fails 1 "No space left"
    try sh -c "sh '$w' csvfile -f '$flows' >&-"
    fails 1 "ftp-write"
    holds tmp
}

gz() {
    for o in "-g -o d/p" "-go d/p" "-go d/p.gz" "--gzip --output=d/p" "-gqod/p"; do
        # shellcheck disable=SC2086 # words
        try "$sh" "$w" $o csvfile -f "$flows"
        works && holds d p.gz && gunzip <d/p.gz | cmp - "$golden" && rm d/p.gz || return 1
    done
    try "$sh" "$w" -o d/p.gz csvfile -f "$flows"
    works && cmp d/p.gz "$golden" || return 1 # a name alone gzips nothing
    echo old >d/p
    try "$sh" "$w" -g -o d/p csvfile -f "$flows"
    works && holds d p p.gz && [ "$(cat d/p)" = old ] || return 1
    rm d/*
    mkfifo d/f
    timeout 20 cat d/f >got 3>&- &
    try "$sh" "$w" -g -o d/f csvfile -f "$flows"
    wait $!
    works && holds d f && gunzip <got | cmp - "$golden" || return 1
    try "$sh" "$w" -g -o d csvfile -f "$flows" # would be a file beside the directory, if .gz were added
    fails 1 "directory" && [ ! -e d.gz ]
}

@test "-g adds .gz, but not to what has it, a fifo, a directory" {
    in_shells gz
}

@test "-g adds nothing to the names of standard output" {
    for name in /dev/stdout /dev/fd/1 /proc/self/fd/1; do
        try sh "$w" -g -o $name csvfile -f "$flows"
        [ ! -e $name.gz ] || { rm $name.gz; return 1; }
        works
        gunzip <out | cmp - "$golden"
        sh "$w" -g -o $name csvfile -f "$flows" | gunzip | cmp - "$golden"
    done
}

names() {
    local name
    for name in "a b" "a'b\"c" '$HOME*?' $'two\nlines' $'end\n' '\n%s' 'ü' ' '; do
        try "$sh" "$w" -o "d/$name" csvfile -f "$flows"
        works && cmp -- "d/$name" "$golden" && [ "$(ls -A d | wc -l)" -ge 1 ] && rm -- "d/$name" && holds d || return 1
        cp "$flows" "d/$name"
        try "$sh" "$w" -o "p" csvfile -f "d/$name"
        works && cmp p "$golden" && rm -- "d/$name" p || return 1
    done
    cd d || return 1
    for name in -dash -- -g --help '-n x'; do
        try "$sh" "$w" -o "$name" csvfile -f "$flows"
        works && cmp -- "./$name" "$golden" && rm -- "./$name" err out && holds . || return 1
        try "$sh" "$w" "--output=$name" csvfile -f "$flows"
        works && cmp -- "./$name" "$golden" && rm -- "./$name" err out && holds . || return 1
    done
    cd ..
}

@test "names with blanks, quotes, newlines, a leading dash" {
    in_shells names
}

@test "a temporary directory with a blank, quotes and a leading dash in its name" {
    mkdir "a 'b" ./-t
    for dir in "$PWD/a 'b" "$PWD/-t" -t; do
        for sh in sh bash; do
            TMPDIR=$dir try "$sh" "$w" -o d/p csvfile -f "$flows"
            works
            cmp d/p "$golden"
            holds "$dir"/ || holds "./$dir"
        done
    done
}

stdin() {
    try "$sh" "$w" csvfile -f - <"$flows"
    works && cmp out "$golden" || return 1
    try sh -c "cat '$flows' | $sh '$w' csvfile -f -"
    works && cmp out "$golden" || return 1
    gzip <"$flows" >z
    try "$sh" "$w" csvfile -f - <z
    works && cmp out "$golden" || return 1
    try "$sh" "$w" csvfile -f "$flows" <&-
    works && cmp out "$golden" || return 1
    try "$sh" "$w" -o d/p csvfile -f - <&-
    fails 1 "standard input" && holds d
}

@test "csvfile reads the standard input of the wrapper; a closed one is a failure only if wanted" {
    in_shells stdin
}

@test "nothing matches: a profile of one line, status 0, a warning that helps" {
    for sh in sh bash; do
        try "$sh" "$w" -o d/p nffile -R "$TESTS/../demo/nfcapd.demo" -r 192.0.2.99 -i 77
        [ "$status" -eq 0 ]
        [ "$(cat d/p)" = "$HEADER" ]
        grep -q '192\.0\.2\.99.*77.* -l' err
        [ "$(wc -l <err)" -eq 1 ]
        try "$sh" "$w" -q -o d/p nffile -R "$TESTS/../demo/nfcapd.demo" -r 192.0.2.99 -i 77
        works
        try "$sh" "$w" -g -o d/p nffile -R "$TESTS/../demo/nfcapd.demo" -i 4294967295
        grep -q '127\.0\.0\.1.*4294967295' err
        [ "$(gunzip <d/p.gz)" = "$HEADER" ]
        rm d/*
    done
    holds tmp
}

@test "the command that the warning names lists exporters and interfaces" {
    try sh "$w" nffile -R "$TESTS/../demo/nfcapd.demo" -r 192.0.2.99
    command=$(grep -o "'[^']* -l'" err | tr -d "'")
    # shellcheck disable=SC2086 # a command line
    PATH=$BUILD:$PATH try $command
    works
    grep -Eq '^127\.0\.0\.1 +0 +347 ' out
    try sh "$w" -o d/p nffile -R "$TESTS/../demo/nfcapd.demo" -l
    works
    grep -Eq '^127\.0\.0\.1 +0 +347 ' out
    holds d
}

@test "a summary with -v, JSON with -vv" {
    for sh in sh bash; do
        try "$sh" "$w" -v -o d/p csvfile -f "$flows"
        [ "$status" -eq 0 ]
        for p in ftp-read ftp-merge ftp-write; do grep -q "^$p: " err; done
        try "$sh" "$w" -vv -o d/p csvfile -f "$flows"
        [ "$status" -eq 0 ]
        [ "$(wc -l <err)" -eq 3 ]
        perl -ne '/^\{"program":"ftp-(read|merge|write)"(,"\w+":("\w+"|-?\d+))+\}$/ or exit 1' err
    done
}

@test "summaries come in the order of the programs, however slow one is" {
    lonely
    cp "$BUILD"/ftp-* lonely/
    for slow in ftp-read ftp-merge; do
        mv lonely/$slow lonely/real-$slow
        # shellcheck disable=SC2016 # for that script
        printf '#!/bin/sh\n"$0-" "$@" 2>"$0.err" || exit\nexec >&-\nsleep 0.1\ncat "$0.err" >&2\n' >lonely/$slow
        mv lonely/real-$slow lonely/$slow-
        chmod +x lonely/$slow
    done
    for v in -v -vv; do
        try sh lonely/ftprofiler $v -o d/p csvfile -f "$flows"
        [ "$status" -eq 0 ]
        cmp d/p "$golden"
        [ "$(grep -o 'ftp-[a-z]*' err | uniq | tr '\n' ' ')" = 'ftp-read ftp-merge ftp-write ' ]
    done
}

@test "one mistake, one message" {
    flow_text 30000 >flows
    { cat flows; echo bad; } >wrong
    once() { # STATUS PATTERN ARGUMENT...
        local code=$1 pattern=$2
        shift 2
        for ((i = 0; i < 5; i++)); do
            try sh "$w" "$@"
            fails "$code" "$pattern" && [ "$(wc -l <err)" -eq 1 ] || { cat err; return 1; }
        done
    }
    once 1 '^ftp-read: wrong: line 30002: ' -o d/p csvfile -f wrong
    once 1 '^ftp-read: none: No such file' -o d/p csvfile -f none
    once 1 '^ftp-write: d: .*directory' -o d csvfile -f flows
    once 1 '^ftp-write: none/p: .*No such file' -o none/p csvfile -f flows
    once 2 "^ftp-merge: -a: '3x'" -a 3x -o d/p csvfile -f flows
    # A wrong command line is found before anything else that is wrong.
    once 2 "^ftp-merge: -a: '3x'" -a 3x -o none/p csvfile -f none
    holds d
}

@test "SIGUSR1 has all programs print their progress" {
    mkfifo feed
    for sh in sh bash; do
        exec 9<>feed
        flow_text 50 >&9
        start $sh "$w" -q -o d/p csvfile -f feed
        # Also before the programs have a handler for it; not while the shell starts.
        until_true grep -qx ftprofiler "/proc/$pid/comm"
        for ((i = 0; i < 200; i++)); do kill -s USR1 "$pid"; done
        until_true has_feed "$pid"
        sleep 0.1
        : >err
        kill -s USR1 "$pid"
        flow_text 5 | tail -n +2 >&9
        until_true grep -q '^ftp-read: .* rows' err
        until_true grep -q '^ftp-merge: .* records' err
        until_true grep -q '^ftp-write: .* rows' err
        exec 9>&-
        finish
        [ "$status" -eq 0 ]
        [ "$(wc -l <d/p)" -ge 51 ]
    done
}

@test "a standard error that is closed, full, or read by nobody does not fail a run" {
    { flow_text 3000; echo bad; } >flows
    mkfifo messages
    for sh in sh bash; do
        exec 7<>messages 8>messages 7>&-
        for stderr in '2>&-' '2>/dev/full' '2>&8'; do
            for v in -q -v -vv; do
                rm -f d/p
                try eval "\"\$sh\" \"\$w\" $v -o d/p csvfile -k -f flows $stderr"
                [ "$status" -eq 0 ]
                [ "$(wc -l <d/p)" -eq 3001 ]
            done
            try eval "\"\$sh\" \"\$w\" -o d/q csvfile -f flows $stderr"
            [ "$status" -eq 1 ]
            [ ! -e d/q ]
        done
        exec 8>&-
    done
}

# ---- --report ----

reported() { # ARGUMENT...: works, d/p is the profile, and d/r.html the report of it
    try "$sh" "$w" "$@" csvfile -f "$flows"
    works && cmp d/p "$golden" && [ ! -s out ] && holds d p r.html && cmp d/r.html expected && rm d/p d/r.html
}

report_forms() {
    reported --report d/r.html -o d/p && reported --report=d/r.html -o d/p && reported --rep d/r.html -od/p &&
        reported -q --output d/p --report d/x --report d/r.html --
}

@test "--report: profile and report in one run" {
    "$BUILD/ftp-read" csvfile -f "$flows" | "$BUILD/ftp-merge" >biflows
    "$BUILD/ftp-stat" -f html <biflows >expected
    in_shells report_forms
    rm -rf d/*
    # Standard output, and gzip.
    for o in '' '-o -'; do
        # shellcheck disable=SC2086 # an option and its value
        try sh "$w" --report d/r.html $o csvfile -f "$flows"
        works
        cmp out "$golden"
        cmp d/r.html expected
    done
    rm d/r.html
    try sh "$w" -g --report d/r.html -o d/p csvfile -f "$flows"
    works
    holds d p.gz r.html
    gzip -dc d/p.gz | cmp - "$golden"
    cmp d/r.html expected
    # -i is for both.
    "$BUILD/ftp-read" csvfile -f "$flows" | "$BUILD/ftp-merge" -i 7 | "$BUILD/ftp-stat" -i 7 -f html >expected
    try sh "$w" -i 7 --report d/r.html csvfile -f "$flows"
    works
    cmp d/r.html expected
    # A summary of each program, in their order.
    try sh "$w" -vv --report d/r.html -o d/p csvfile -f "$flows"
    [ "$(sed 's/{"program":"\([a-z-]*\)".*/\1/' err | tr '\n' ' ')" = 'ftp-read ftp-merge ftp-stat ftp-write ' ]
}

wrong_reports() {
    bad "^ftprofiler: --report: needs a value" --report &&
        bad "^ftprofiler: --report: the name of the file is empty$" --report= csvfile -f "$flows" &&
        bad "^ftprofiler: --report: '-': a report needs a file of its own$" --report - csvfile -f "$flows" &&
        bad "^ftprofiler: --report: 'd/p' is the file of the profile already$" --report d/p -o d/p csvfile -f "$flows" &&
        bad "^ftprofiler: --report: 'd/p.gz' is the file" --report d/p.gz -g -o d/p csvfile -f "$flows" &&
        bad "^ftprofiler: --report stands before csvfile$" csvfile -f "$flows" --report d/r &&
        bad "^ftprofiler: -r stands after the name of the reader$" -r d/r csvfile -f "$flows" &&
        bad "^ftp-merge: -i: '3x'" --report d/r -i 3x csvfile -f "$flows" && [ "$(wc -l <err)" -eq 1 ]
}

@test "--report: wrong command lines" {
    in_shells wrong_reports
}

@test "--report: what fails leaves the profile as it was, and says so when the report is new" {
    flow_text 30000 >flows
    { cat flows; echo bad; } >wrong
    # failed STATUS PATTERN OPTIONS...: one message, and neither file is replaced.
    failed() {
        local code=$1 pattern=$2
        shift 2
        echo old >d/p
        echo old >d/r
        try sh "$w" -o d/p --report d/r "$@"
        fails "$code" "$pattern" && [ "$(wc -l <err)" -eq 1 ] && [ "$(cat d/p d/r)" = $'old\nold' ] && holds d p r
    }
    failed 1 '^ftp-read: wrong: line 30002: ' csvfile -f wrong
    failed 1 '^ftp-read: none: No such file' csvfile -f none
    failed 1 '^ftp-stat: none/r: .*No such file' --report none/r csvfile -f flows
    failed 1 '^ftp-stat: d: Is a directory' --report d csvfile -f flows
    failed 1 '^ftp-write: none/p: .*No such file' -o none/p csvfile -f flows
    failed 1 '^ftp-stat: /dev/full: No space left on device' --report /dev/full csvfile -f flows
    failed 1 '^ftp-write: /dev/full: No space left on device' -o /dev/full csvfile -f flows
    failed 2 "^ftp-stat: -o: '/dev/stdout' is standard output" --report /dev/stdout csvfile -f flows
    # What is written last does not fit, so the report is there already; with an old one, and without.
    flow_text 3 >few
    for i in 1 2; do
        try sh "$w" -o /dev/full --report d/r csvfile -f few
        [ "$status" -eq 1 ]
        [ "$(cat err)" = $'ftp-write: /dev/full: No space left on device\nftprofiler: d/r: the report is new, but the run failed after that' ]
        grep -q '^<!DOCTYPE html>' d/r
        holds d p r
        rm d/r
    done
    # Whoever does not read all of the profile gets no message.
    # shellcheck disable=SC2016 # for the inner shell
    try bash -c '"$1" --report d/r csvfile -f flows | head -n 1; exit ${PIPESTATUS[0]}' - "$w"
    [ "$status" -eq 141 ]
    [ ! -s err ]
}

@test "--report: a disk that is full" {
    mkdir disk
    mount -t tmpfs -o size=16k none disk 2>/dev/null || skip "no file system can be mounted"
    flow_text 30000 >flows
    for file in disk/p d/p disk/r d/r; do echo old >$file; done
    try sh "$w" -o disk/p --report d/r csvfile -f flows
    mv err err-profile
    try sh "$w" -o d/p --report disk/r csvfile -f flows
    cat disk/* >seen
    ls -A disk >left
    umount disk
    [ "$(cat err-profile)" = 'ftp-write: disk/p: No space left on device' ]
    fails 1 '^ftp-stat: disk/r: No space left on device$'
    [ "$(wc -l <err)" -eq 1 ]
    [ "$(cat left seen d/p d/r)" = $'p\nr\nold\nold\nold\nold' ]
}

# attacked WAY: some dozens of attacks of a kind, in all shells; see tests/attack.
attacked() {
    local shell list=()
    for shell in $(shells); do
        [ $shell != busybox ] || shell='busybox sh'
        list+=("$shell")
    done
    try "$TESTS/attack" "$1" 24 "${list[@]}"
    [ "$status" -eq 0 ] || { cat out err; return 1; }
}

@test "attack: signals at any moment" { attacked signal; }
@test "attack: signals when FILE is put in place" { attacked last; }
@test "attack: signals to all processes" { attacked group; }
@test "attack: the wrapper is killed outright" { attacked outright; }
@test "attack: a program is killed at its start" { attacked child; }
@test "attack: a program is killed at any moment" { attacked stage; }

@test "attack, with a report: signals at any moment" { REPORT=yes attacked signal; }
@test "attack, with a report: signals when the files are put in place" { REPORT=yes attacked last; }
@test "attack, with a report: a program is killed at any moment" { REPORT=yes attacked stage; }

@test "attack: too few processes" {
    ! grep -qa __asan_init "$BUILD/ftp-merge" || skip "sanitizers start processes of their own"
    OPEN=$(TMPDIR='' mktemp -d)
    chmod 755 "$OPEN"
    cd "$OPEN"
    try attacked fork
    cat out
    [ "$status" -eq 0 ]
}

@test "options go to the programs that they are for" {
    try sh "$w" -q -a 1 -i 1 csvfile -f "$TESTS/data/vectors/active.flows.csv"
    works
    if cmp -s out "$TESTS/data/vectors/active.profile.csv"; then false; fi
    for v in tie reverse-first; do
        try sh "$w" -d arrival -z first csvfile -f "$TESTS/data/vectors/$v.flows.csv"
        works
        cmp out "$TESTS/data/vectors/$v.arrival-first.csv"
        if cmp -s out "$TESTS/data/vectors/$v.profile.csv"; then false; fi
    done
    try sh "$w" -z 1699999999000 csvfile -f "$TESTS/data/vectors/tie.flows.csv"
    works
    [ "$(sed -n 2p out | cut -d, -f1)" = 1000 ]
    cp "$flows" bad.csv
    echo junk >>bad.csv
    try sh "$w" -o d/p csvfile -f bad.csv
    fails 1 "line"
    holds d
    try sh "$w" -o d/p csvfile -f bad.csv -k
    [ "$status" -eq 0 ]
    grep -q skipped err
    cmp d/p "$golden"
}

@test "the wrapper needs no place for temporary files" {
    for sh in sh bash; do
        for dir in "$T/none" "$T/d"; do
            TMPDIR=$dir try "$sh" "$w" csvfile -f "$flows"
            works
            cmp out "$golden"
            holds d
        done
    done
}

# A place for the wrapper, with the tools it needs but not the programs.
lonely() {
    rm -rf lonely
    mkdir -p lonely/bin
    cp "$w" lonely/
    for tool in sh bash; do
        ln -s "$(command -v "$tool")" lonely/bin/
    done
}

@test "programs that are missing or cannot be run: status 1, a message, FILE is as it was" {
    echo old >d/p
    for sh in sh bash; do
        lonely
        for missing in ftp-read ftp-merge ftp-write ftp-chain; do
            for p in ftp-read ftp-merge ftp-write ftp-chain; do cp "$BUILD/$p" lonely/; done
            rm "lonely/$missing"
            PATH=$T/lonely/bin try "$sh" lonely/ftprofiler -o d/p csvfile -f "$flows"
            fails 1 "$missing"
            [ "$(cat d/p)" = old ]
            holds d p
            holds tmp
            [ $missing != ftp-chain ] || continue # a shell takes it for a script
            echo 'not a program' >"lonely/$missing"
            chmod +x "lonely/$missing"
            PATH=$T/lonely/bin try "$sh" lonely/ftprofiler -o d/p csvfile -f "$flows"
            fails 1 "$missing"
            [ "$(cat d/p)" = old ]
            holds tmp
        done
        for p in ftp-read ftp-merge ftp-write ftp-chain; do cp "$BUILD/$p" lonely/; done
        PATH=$T/lonely/bin try "$sh" lonely/ftprofiler --report d/r -o d/p csvfile -f "$flows"
        fails 1 '^ftprofiler: ftp-stat: not found, '
        rm lonely/ftp-*
        PATH=$T/lonely/bin try "$sh" lonely/ftprofiler -o d/p csvfile -f "$flows"
        fails 1 "ftp-"
        [ "$(cat d/p)" = old ]
    done
}

@test "programs are those beside the wrapper, else those in PATH" {
    lonely
    PATH=$T/lonely/bin:$BUILD try sh lonely/ftprofiler csvfile -f "$flows"
    works
    cmp out "$golden"
    printf '#!/bin/sh\necho other >&2; exit 1\n' >lonely/bin/ftp-merge
    chmod +x lonely/bin/ftp-merge
    PATH=$T/lonely/bin:$BUILD try sh "$w" csvfile -f "$flows"
    works
    (cd lonely/bin && PATH=$T/lonely/bin:$BUILD sh "$w" csvfile -f "$flows") | cmp - "$golden"
}

@test "programs are those beside the file that a link leads to" {
    mkdir here far
    printf '#!/bin/sh\necho other >&2; exit 1\n' >here/ftp-merge
    chmod +x here/ftp-merge
    ln -s "$w" far/one
    ln -s ../far/one here/two
    for sh in sh bash; do
        PATH=$T/here:/usr/bin:/bin try "$sh" here/two csvfile -f "$flows"
        works
        cmp out "$golden"
    done
    (cd here && PATH=/usr/bin:/bin sh two csvfile -f "$flows") | cmp - "$golden"
}

@test "the source of the wrapper says that it has to be made first" {
    for option in -V -h csvfile; do
        try sh "$TESTS/../ftprofiler" $option
        [ "$status" -eq 1 ]
        [ ! -s out ]
        echo 'ftprofiler: this is its source: run make first, then build/ftprofiler' | diff - err
    done
}

# nobody_in GROUP: no process is at work in it.  Not all dead ones are ours to wait for: the leak checker of
# the sanitizers works in a child process, which goes to init if the stage is killed meanwhile.
nobody_in() {
    [ -z "$(pgrep -g "$1" -r D,R,S,T)" ]
}

# signalled TARGET SIGNAL: the wrapper, amid its work, gets a signal (its group, if TARGET is -), and dies of it.
signalled() {
    rm -f feed
    mkfifo feed
    exec 9<>feed
    flow_text 50 >&9
    start "$sh" "$w" -o d/p csvfile -f feed
    until_true has_feed "$pid" || return 1
    kill -s "$2" -- "$1$pid"
    finish && exec 9>&- && holds tmp && holds d p && [ "$(cat d/p)" = old ] &&
        [ "$signal" -eq "$(kill -l "$2")" ] && until_true nobody_in "$pid" ||
        { echo "signal $2 to $1: status ${status-}, signal ${signal-}"; cat err; return 1; }
}

all_signals() {
    echo old >d/p
    for sig in TERM INT HUP; do
        signalled "" "$sig" && signalled - "$sig" || return 1
    done
}

@test "TERM, INT, HUP to the wrapper or to its process group: it dies of it, all is as before, nobody stays" {
    in_shells all_signals
}

# The terminal goes away with the program that emulates it: script(1) here, an ssh session elsewhere.
terminal_closed() {
    echo old >d/p
    rm -f feed
    mkfifo feed
    exec 9<>feed
    flow_text 50 >&9
    start script -qc "exec $sh '$w' -o d/p csvfile -f feed" /dev/null
    local terminal=$pid wrapper
    until_true pgrep -P "$terminal" || return 1
    wrapper=$(pgrep -P "$terminal")
    until_true has_feed "$wrapper" || return 1
    kill -KILL "$terminal"
    finish && exec 9>&- && until_true nobody_in "$wrapper" && holds tmp && holds d p &&
        [ "$(cat d/p)" = old ] && [ "$signal" -eq 9 ]
}

@test "the terminal is closed: nobody stays, and all is as before" {
    command -v script >/dev/null || skip "script(1) is not installed"
    in_shells terminal_closed
}

@test "a signal at any moment leaves nothing behind" {
    echo old >d/p
    flow_text 20 >flows
    for sh in sh bash; do
        for ((i = 0; i < 25; i++)); do
            start "$sh" "$w" -o d/p csvfile -f flows
            sleep "0.0$((i / 10))$((i % 10))"
            kill -s TERM "$pid" 2>/dev/null || true
            finish
            [ "$status" -eq 0 ] || [ "$signal" -eq 15 ]
            [ "$status" -eq 0 ] || [ "$(cat d/p)" = old ] || [ "$(wc -l <d/p)" -eq 21 ]
            holds tmp
            holds d p
        done
    done
}

@test "a signal that the parent ignores stays ignored" {
    mkfifo feed
    exec 9<>feed
    start env --ignore-signal=HUP sh "$w" -o d/p csvfile -f feed 9>&-
    until_true has_feed "$pid"
    kill -s HUP -- "-$pid"
    flow_text 5 >feed
    exec 9>&-
    finish
    [ "$status" -eq 0 ]
    [ "$(wc -l <d/p)" -eq 6 ]
}

@test "the reader of standard output leaves: quiet, and no temporary files" {
    flow_text 100000 >flows
    for sh in sh bash; do
        try bash -c 'set -o pipefail; "$@" | head -n 1' bash "$sh" "$w" csvfile -f flows
        [ "$(cat out)" = "$HEADER" ]
        [ ! -s err ]
        [ "$status" -eq 141 ]
        holds tmp
        try bash -c 'trap "" PIPE; set -o pipefail; "$@" | head -n 1' bash "$sh" "$w" csvfile -f flows
        [ "$(cat out)" = "$HEADER" ]
        [ "$status" -ne 0 ]
        holds tmp
    done
}

@test "a fifo whose reader leaves: not a success" {
    flow_text 100000 >flows
    mkfifo d/f
    timeout 20 head -n 1 d/f >got 3>&- &
    try sh "$w" -o d/f csvfile -f flows
    wait $!
    [ "$status" -ne 0 ]
    holds d f
    holds tmp
}

# both PROFILE REPORT: what the two files hold is this.
both() { [ "$(cat d/p)" = "$1" ] && [ "$(cat d/r)" = "$2" ]; }

reported() {
    try "$sh" "$w" -o d/p --report d/r csvfile -f "$flows"
    works && [ ! -s out ] && cmp d/p "$golden" && holds d p r || return 1
    "$BUILD/ftp-stat" -f html "$golden" | sed "s,$golden,standard input,g" | cmp - d/r
    try "$sh" "$w" --report=d/r -go d/p csvfile -f "$flows"
    works && gunzip <d/p.gz | cmp - "$golden" && rm d/p.gz
    try "$sh" "$w" --report d/r csvfile -f "$flows"
    works && cmp out "$golden"
}

@test "--report: the report that ftp-stat would make of the profile, in the same run" {
    in_shells reported
}

@test "--report: what fails leaves both files as they were; after the report the profile may still fail" {
    echo old >d/p
    echo old >d/r
    try sh "$w" -o d/p --report d/none/r csvfile -f "$flows"
    fails 1 '^ftp-stat: d/none/r: cannot make a file in its directory: No such file or directory$'
    [ "$(wc -l <err)" -eq 1 ]
    both old old
    sed 's/,6,/,six,/' "$flows" >bad
    try sh "$w" -o d/p --report d/r csvfile -f bad
    fails 1 '^ftp-read: bad: line'
    [ "$(wc -l <err)" -eq 1 ]
    both old old
    try sh "$w" -m 0 -o d/p --report d/r csvfile -f "$flows"
    fails 2 '^ftp-merge: -m: '
    both old old
    try sh "$w" -o /dev/full --report d/r csvfile -f "$flows"
    [ "$status" -eq 1 ]
    diff err - <<'END'
ftp-write: /dev/full: No space left on device
ftprofiler: d/r: the report is new, but the run failed after that
END
    grep -q '</html>' d/r
    holds d p r
    try sh "$w" --report '' csvfile -f "$flows"
    fails 2 '^ftprofiler: --report: the name of the file is empty$'
    try sh "$w" -o d/p --report d/p csvfile -f "$flows"
    fails 2 "^ftprofiler: --report: 'd/p' is the file of the profile already$"
    [ "$(cat d/p)" = old ]
}

@test "--report: a program that is killed leaves both files as they were, and nothing beside them" {
    for program in ftp-read ftp-merge ftp-stat ftp-write; do
        for signal in KILL TERM SEGV; do
            echo old >d/p
            echo old >d/r
            mkfifo gate
            sh "$w" -o d/p --report d/r csvfile -f - <gate >out 2>err 3>&- &
            wrapper=$!
            exec 9>gate
            # An ftp-stat is not there before all command lines have been checked.
            until_true pgrep -P $wrapper -x ftp-stat
            until_true pgrep -P $wrapper -x $program
            # It has to have become the program.
            until_true sh -c "ls -l /proc/$(pgrep -P $wrapper -x $program)/exe | grep -q $program"
            kill -s $signal "$(pgrep -P $wrapper -x $program)"
            status=0
            wait $wrapper || status=$?
            exec 9>&-
            rm gate
            [ $status -eq 1 ] || { echo "$program, $signal: status $status"; return 1; }
            both old old
            holds d p r
        done
    done
}
