#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-3-Clause
#
# The manual pages against the programs: the same options, the statuses, and examples that run as printed.
# And the completion of the shell, which knows the options too.

load lib.bash

MAN=$BATS_TEST_DIRNAME/../man
TOP=$BATS_TEST_DIRNAME/..
# Program, reader, and page.
COMMANDS='ftprofiler: ftprofiler-parallel: ftp-merge: ftp-write: ftp-stat: ftp-split: ftp-chain: ftp-read: ftp-read:nffile ftp-read:csvfile ftp-read:fdsfile'

setup() {
    scratch
}

# help_of PROGRAM READER
help_of() {
    # shellcheck disable=SC2086 # no reader is no argument
    "$BUILD/$1" $2 -h
}

# Text in, its options out: -x and --xyz, and each letter of -xyz.
options_in() {
    grep -oE '(^|[^[:alnum:]-])--?[[:alnum:]][[:alnum:]-]*' | sed -E 's/^[^-]*//' |
        awk '/^--/ { print; next } { for (i = 2; i <= length($0); i++) print "-" substr($0, i, 1) }' |
        sort -u
}

# The options of the usage line of PROGRAM READER, and of the table below it.
usage_line() {
    help_of "$1" "$2" | awk 'NR > 1 && /^$/ { exit } { print }'
}
usage_table() {
    help_of "$1" "$2" | sed -nE 's/^ +(-[[:alnum:]], )?(--[a-z-]+).*/\1\2/p'
}

# The usage of PROGRAM READER in the SYNOPSIS, as text.
synopsis() {
    awk -v reader="$2" '
        /^\.Sh / { inside = $2 == "SYNOPSIS"; next }
        inside && /^\.Nm/ { block = ""; named = ""; next }
        inside && /^\.Cm (nffile|csvfile|fdsfile)$/ { named = $2; next }
        inside && named == reader {
            # Fl hqVv and Fl -verify, with or without Op before
            line = $0
            while (match(line, /Fl [^ ]+/)) {
                print "-" substr(line, RSTART + 3, RLENGTH - 3)
                line = substr(line, RSTART + RLENGTH)
            }
        }
    ' "$MAN/$1.1"
}

# What the page describes below DESCRIPTION, for a reader or (none) outside of the sections of readers.
described() {
    awk -v reader="$2" '
        /^\.Sh / { inside = $2 == "DESCRIPTION"; section = ""; next }
        /^\.Ss / { section = $2 ~ /^(nffile|csvfile|fdsfile)$/ ? $2 : ""; next }
        inside && (section == reader || section == "") && /^\.It Fl / {
            print "-" $3, $4 == "," ? "-" $5 : ""
        }
    ' "$MAN/$1.1" | tr -d ,
}

@test "the usage line, the table below it and the SYNOPSIS have the same options" {
    for command in $COMMANDS; do
        program=${command%%:*} reader=${command#*:}
        usage_line "$program" "$reader" | sed 's/^.*usage: [a-z-]*//' | options_in >line
        synopsis "$program" "$reader" | options_in >page
        usage_table "$program" "$reader" >table
        # Every option of the table, by its short name if it has one.
        sed 's/,.*//' table | options_in >short
        test -s line
        diff line page
        diff line short
    done
}

@test "every option of -h is described, short and long, and no other" {
    for command in $COMMANDS; do
        program=${command%%:*} reader=${command#*:}
        usage_table "$program" "$reader" | options_in >help
        described "$program" "$reader" | options_in >page
        test -s help
        if [ "$program" = ftp-read ]; then
            # Options of all readers are described once, but not each has all of them.
            run comm -23 help page
            [ -z "$output" ]
        else
            diff help page
        fi
    done
}

@test "ftp-read(1) describes no option that no reader has" {
    for reader in '' nffile csvfile fdsfile; do
        usage_table ftp-read "$reader"
    done | options_in >help
    for reader in '' nffile csvfile fdsfile; do
        described ftp-read "$reader"
    done | options_in >page
    diff help page
}

# The options of PROGRAM READER with a default in -h, and the default.
defaults() {
    help_of "$1" "$2" | awk '
        match($0, /^ +-[[:alnum:]],/) { option = substr($0, RLENGTH - 1, 1) }
        match($0, /\(default: [^,) ]+/) { print option, substr($0, RSTART + 10, RLENGTH - 10) }
    '
}

# What the page says of option LETTER of PROGRAM READER, as one line without macros.
description() {
    awk -v reader="$2" -v option="$3" '
        /^\.Ss / { section = $2 ~ /^(nffile|csvfile|fdsfile)$/ ? $2 : "" }
        /^\.S[hs] |^\.It Fl / { inside = 0 }
        /^\.It Fl / && $3 == option && (section == reader || section == "") { inside = 1; next }
        inside { sub(/^\.[A-Z][a-z] ?/, ""); sub(/ ,/, ","); printf "%s ", $0 }
    ' "$MAN/$1.1"
}

@test "defaults in -h are those of the pages" {
    n=0
    for command in $COMMANDS; do
        program=${command%%:*} reader=${command#*:}
        defaults "$program" "$reader" >values
        while read -r option value; do
            description "$program" "$reader" "$option" >said
            grep -qE "default( is|,) ${value//./\\.}([^0-9a-z]|$)|(^|[^0-9a-z])$value, the default" said ||
                { echo "$program $reader -$option: $value"; cat said; return 1; }
            n=$((n + 1))
        done <values
    done
    [ "$n" -ge 15 ]
}

@test "every page has its sections, and the statuses 0, 1 and 2, and 3 where there is one" {
    for page in ftprofiler ftp-read ftp-merge ftp-write ftp-stat ftp-split ftp-chain; do
        for section in NAME SYNOPSIS DESCRIPTION 'EXIT STATUS' EXAMPLES DIAGNOSTICS 'SEE ALSO' \
            'SECURITY CONSIDERATIONS'; do
            grep -qx "\.Sh $section" "$MAN/$page.1" || { echo "$page: $section"; return 1; }
        done
        sed -n '/^\.Sh EXIT/,/^\.El/s/^\.It //p' "$MAN/$page.1" | xargs >statuses
        case $page in
        ftp-stat) [ "$(cat statuses)" = '0 1 2 3' ] ;;
        *) [ "$(cat statuses)" = '0 1 2' ] ;;
        esac
    done
    grep -qx '\.Sh MERGE RULES' "$MAN/ftp-merge.1"
}

# Writes the examples of a page: N.command, and N.expected where the page shows what it prints.
extract_examples() {
    awk -v dir="$2" '
        function done_with() { if (out) close(out); out = "" }
        /^\.Sh / { inside = $2 == "EXAMPLES"; next }
        !inside { next }
        /^\.Bd -literal/ { literal = 1; n++; next }
        /^\.Ed/ { literal = 0; done_with(); next }
        !literal { next }
        { gsub(/\\e/, "\\") }
        /^\$ / || more || /^    / {
            sub(/^\$ /, "")
            more = /[|\\]$/
            print > (dir "/" n ".command")
            next
        }
        { print > (dir "/" n ".expected") }
    ' "$1"
}

@test "the examples of the pages run as they are printed" {
    ran=0
    for page in "$MAN"/*.[15]; do
        mkdir -p example && extract_examples "$page" example
        for command in example/*.command; do
            rm -rf work && mkdir work
            for day in captures monday tuesday; do
                mkdir "work/$day"
                cp "$TOP/demo/nfcapd.demo" "work/$day/nfcapd.202611230900"
            done
            echo 'START_TIME,DURATION,PROTO,SRC_IP,DST_IP,SRC_PORT,DST_PORT,PACKETS,BYTES' >work/flows.csv
            echo "# ${page##*/}: $(cat "$command")"
            (cd work && PATH=$BUILD:$PATH bash -e -o pipefail "$T/$command" >"$T/out" 2>"$T/err")
            # An example shows a thing, and not that there is nothing.
            [ -s out ] || find work -newer "$command" -type f -size +100c | grep -q .
            grep 'no record of\|usage' err && return 1
            if [ -e "${command%.command}.expected" ]; then
                diff "${command%.command}.expected" out
            fi
            ran=$((ran + 1))
        done
        rm -rf example
    done
    [ "$ran" -ge 14 ]
}

@test "the tutorial, ftprofiler(7), can be followed from its beginning to its end" {
    mkdir example work work/captures
    cp "$TOP/demo/nfcapd.demo" work/captures/nfcapd.202611230935
    sed 's/^\.Sh DESCRIPTION/.Sh EXAMPLES/' "$MAN/ftprofiler.7" >page
    extract_examples page example
    ran=0
    for command in $(cd example && ls | sort -n); do
        (cd work && PATH=$BUILD:$PATH bash -e -o pipefail "$T/example/$command" >"$T/out" 2>"$T/err")
        [ -s out ] || [ -n "$(find work -newer page -type f)" ]
        ran=$((ran + 1))
    done
    [ "$ran" -ge 7 ]
    cmp <(zcat work/published.csv.gz) work/published.csv
    grep -q '</html>' work/report.html
}

@test "the messages explained in DIAGNOSTICS exist in the sources" {
    cat "$TOP"/common/*.c "$TOP"/ftp-*/*.c "$TOP"/ftprofiler >sources
    # Strings of C that go on in the next line are one.
    perl -0pi -e 's/"\s*\n\s*"//g; s/" PRI[ud]64 "/N/g; s/%[0-9.]*(?:ll|l|z)?[a-z]/\@/g' sources
    while read -r words; do
        grep -qF -- "$words" sources || { echo "not in the sources: $words"; return 1; }
    done <<'MESSAGES'
lists those that the capture has
so records may be missing
that their header promises
cannot verify: nfdump does not tell
its collector did not close it
-b reads them all
were written early because memory was full
were left out because their clock was not set
no record starts within 366 days of the given time
the two times are more than 367 days apart
do not fit 64 bits
(-m takes less)
it has one packet and a duration
-l needs -g
the program that wrote it failed or was stopped
so the program before this one failed
but the trailer counts
it has been through ftp-merge already
ftp-merge is missing in between
but this program reads version
not a record stream of ftp-read or ftp-merge
no reader given
is not a row of a profile
the row is cut off, the last one too has to end with a newline
flow text, but a profile is needed: ftp-read csvfile and ftp-merge are missing in between
not even a header line, so the program before this one failed
the bytes of the profile do not fit 64 bits
its rows have to be sorted: temporary file
changed while it was read
they are @ s long (-w takes more)
standard output takes the stream, so -o has to name a file for the report
CSV, but -c passes on a biflow stream
and would be taken for one of
it exists, and is not a regular file
cannot make a file in its directory
files cannot be open at a time: the hard limit of this process is
was killed by signal
ended before it had read all of its input
stands after the name of the reader
MESSAGES
}

# The keys in the section Summary of a page, and those of an object of JSON.
described_keys() {
    sed -n '/^\.Ss Summary/,/^\.S[hs] [^S]/p' "$MAN/$1.1" | sed -nE 's/^\.(It|Cm) //p' | tr -s ' ,' '\n' | grep -x '[a-z_]*' | sort
}
printed_keys() {
    grep -oE '"[a-z_]+":' "$1" | tr -d '":' | sort
}

@test "the keys of -vv are those of the pages" {
    PATH=$BUILD:$PATH
    ftp-read csvfile -f "$TESTS/data/vectors/odd.flows.csv" -vv 2>ftp-read.json >flows
    ftp-merge -vv <flows 2>ftp-merge.json >biflows
    ftp-write -vv <biflows 2>ftp-write.json >profile
    ftp-split -n 2 -vv <flows 2>ftp-split.json
    ftp-stat -vv profile 2>ftp-stat.json >report
    for program in ftp-read ftp-merge ftp-write ftp-split ftp-stat; do
        described_keys $program >page
        printed_keys $program.json >printed
        test -s printed
        diff page printed
    done
}

@test "the version of the programs is the first one in CHANGELOG.md" {
    version=$(sed -n 's/^## \([0-9.]*\) (20[0-9-]*)$/\1/p' "$TOP/CHANGELOG.md" | head -n 1)
    for program in ftprofiler ftp-read ftp-merge ftp-write ftp-stat ftp-split ftp-chain; do
        [ "$("$BUILD/$program" -V)" = "$program $version" ]
    done
}

# completes WORD... : what is offered for the last word, one a line.
completes() {
    PATH=$BUILD:$PATH bash -c '
        . "$1"
        shift
        COMP_WORDS=("$@")
        COMP_CWORD=$(($# - 1))
        _ftprofiler
        printf "%s\n" "${COMPREPLY[@]}"
    ' bash "$TOP/completion/ftprofiler" "$@"
}

@test "completion offers all long options of every program and reader" {
    for command in $COMMANDS; do
        program=${command%%:*} reader=${command#*:}
        usage_table "$program" "$reader" | grep -oE -- '--[a-z-]+' | sort >help
        # shellcheck disable=SC2086
        completes "$program" $reader --  | sort >offered
        diff help offered
    done
    completes ftprofiler -a 10 nffile -- | grep -x -- --router
}

@test "completion offers readers and values, and nothing where they would be wrong" {
    [ "$(completes ftprofiler '' | xargs)" = 'nffile csvfile fdsfile' ]
    [ "$(completes ftp-read c)" = csvfile ]
    [ "$(completes ftp-merge -d a)" = arrival ]
    [ "$(completes ftprofiler -z '' | xargs)" = 'first earliest' ]
    [ "$(completes ftp-write -t '' | xargs)" = 'profile flows' ]
    [ "$(completes ftp-read nffile -s o)" = out ]
    [ "$(completes ftp-read nffile -f csv | xargs)" = 'csv csv-fast' ]
    [ "$(completes ftp-stat -f '' | xargs)" = 'text json html' ]
    [ -z "$(completes ftp-stat -i '')" ]
    completes ftp-stat -c -- | grep -x -- --window
    # The time window of nffile and the file of csvfile are no such words.
    [ -z "$(completes ftp-read nffile -t '')" ]
    [ -z "$(completes ftp-read csvfile -f '')" ]
    # The interface of a reader can be any; the timeout before it can not.
    [ "$(completes ftprofiler nffile -i '')" = any ]
    [ -z "$(completes ftprofiler -i "")" ]
}
