#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-3-Clause
#
# ftp-stat: every metric against its formula, what it reads and refuses, and its three reports.

load lib.bash

setup() {
    scratch
    PATH=$BUILD:$BUILD/tests:$PATH
}

# profile ROW...: a profile as CSV.
profile() { printf '%s\n' "$HEADER" "$@"; }

# The same rows as a biflow stream.
stream() { tail -n +2 | tr , ' ' | sed 's/^/B /' | mkstream -k biflow; }

# number KEY JSON: the value of an expression over the object.
number() { python3 -c 'import json, sys; j = json.load(open(sys.argv[2])); print(eval("j" + sys.argv[1]))' "$@"; }

# metrics_of OPTIONS PROFILE [REFERENCE]: -f json, held against the formulas.
checked() {
    ftp-stat -u -f json "$@" >json
    "$TESTS/check-stat" -u json "$@"
}

# A profile of many rows in order, COUNT of them; START is the first time.
many_rows() { # COUNT START
    awk -v n="$1" -v start="$2" -v header="$HEADER" 'BEGIN {
        print header
        for (i = 0; i < n; i++) {
            packets = 1 + i * 7 % 50
            printf "%d,%d,%d,%d,%d,%d,%d,%d,%d,%d\n", start + i * 3, start + i * 3 + (packets > 1 ? i % 5000 : 0),
                i % 5 ? 4 : 6, i % 3 ? 6 : 17, 1024 + i % 60000, i % 4 ? 443 : 53, packets, packets * (40 + i % 1400),
                i % 2 ? packets : 0, i % 2 ? packets * 99 : 0
        }
    }'
}

# ---- the metrics ----

@test "every metric is what its formula says, of random profiles" {
    for seed in $(seq 1 40); do
        "$TESTS/random-profile" "$seed" >p.csv
        checked -w $((seed % 4 * 3 + 1)) -i $((seed % 3 * 20)) p.csv
    done
}

@test "every difference is what its formula says, of random profiles" {
    for seed in $(seq 1 40); do
        "$TESTS/random-profile" "$seed" >p.csv
        "$TESTS/random-profile" $((seed + 1000)) >r.csv
        checked -w $((seed % 4 * 3 + 1)) p.csv r.csv
    done
}

@test "a profile of minutes, with its Hurst parameter" {
    many_rows 100000 -77777 >p.csv
    checked p.csv
    [ "$(number '["hurst"] > 0' json)" = True ]
    many_rows 80000 0 >short.csv # 245 s
    ftp-stat -f json short.csv >json
    [ "$(number '.get("hurst")' json)" = None ]
}

@test "the demo" {
    ftprofiler -a 10 -i 5 -o p.csv nffile -R "$TESTS/../demo/nfcapd.demo:nfcapd.demo"
    checked -i 5 p.csv
    ftprofiler -a 60 -i 30 -o r.csv nffile -R "$TESTS/../demo/nfcapd.demo:nfcapd.demo"
    checked p.csv r.csv
}

@test "no row, one row, one packet before zero" {
    profile >p.csv
    checked p.csv
    [ "$(cat json)" = '{"program":"ftp-stat","biflows":0,"two_sided":0,"packets":0,"bytes":0,"packets_forward":0,"bytes_forward":0,"sampler":{"protocols":{},"ports":{},"windows":[]},"distributions":{},"uniqueness":{"protocol_ports_counters":{"unique":0},"protocol_counters":{"unique":0}}}' ]
    profile 0,1200,4,6,40000,443,12,3456,10,99999 >p.csv
    checked p.csv
    profile -5,-5,6,17,53,53,1,84,0,0 >p.csv
    checked p.csv
    # One that lasts for 213 days, and nothing else.
    profile 0,18403200000,4,6,1,2,1000,99999,10,4 >p.csv
    ftp-stat -q -w 3600 -f json p.csv >json
    [ "$(number '["sampler"]["windows"].__len__()' json)" = 5112 ]
    [ "$(number '["resolution_s"]' json)" = 32 ]
}

@test "a profile worked out by hand" {
    # Two windows of 5 s: the first row is in the first, 3 of 4 parts of the second row are in the second.
    profile 1000,1000,4,17,1000,53,1,100,0,0 5000,9000,6,6,2000,443,6,1500,2,500 >p.csv
    checked p.csv
    expect() { [ "$(number "$1" json)" = "$2" ] || { echo "$1: $(number "$1" json)"; return 1; }; }
    expect '["sampler"]["windows"]' '[0.3333333333333333, 0.6666666666666666]'
    expect '["mean"]' "{'packets_per_s': 1.125, 'bits_per_s': 2100, 'biflows_per_s': 0.25}"
    # 8 packets in the seconds 5 to 9.
    expect '["peak"]' "{'packets_per_s': 1.6, 'bits_per_s': 3200, 'biflows_per_s': 1}"
    expect '["sampler"]["ports"]' "{'53': 0.25, '443': 0.25, '1000': 0.25, '2000': 0.25}"
    expect '["sampler"]["packet_size"]' "{'small': 0.5, 'medium': 0.5, 'large': 0, 'huge': 0}"
    expect '["distributions"]["asymmetry"]["min"]' 0.75
    expect '["distributions"]["interarrival_ms"]["p50"]' 4000
    expect '["tail"]["top_1_percent"]' 0.9523809523809523
    expect '["peak_active"]' 2
    ftp-stat -i 3 -f json p.csv >json
    expect '["peak_active"]' 1
}

@test "counters and times of 64 bits are exact" {
    profile -9223372036854775808,-9223372036854775808,4,6,1,2,9223372036854775809,18446744073709551610,0,0 \
        9223372036854775807,9223372036854775807,4,6,1,2,1,1,0,0 >p.csv
    try ftp-stat -q -f json p.csv
    works
    grep -F '"packets":9223372036854775810,"bytes":18446744073709551611,"packets_forward":9223372036854775810' out
    grep -F '"first_ms":-9223372036854775808,"last_ms":9223372036854775807' out
    grep -F '"interarrival_ms":{"min":18446744073709551615,' out
    grep -F '"bytes":{"min":1,' out
    grep -F '"max":18446744073709551610,' out
}

@test "sums that do not fit 64 bits are an error, with the row" {
    profile 0,0,4,6,1,2,1,18446744073709551615,0,0 0,0,4,6,1,2,1,1,0,0 >p.csv
    try ftp-stat p.csv
    fails 1 '^ftp-stat: p.csv: line 3: the bytes of the profile do not fit 64 bits$'
    profile 0,0,4,6,1,2,18446744073709551615,1,1,0 | stream >p
    try ftp-stat p
    fails 1 '^ftp-stat: p: record 1: the packets of the profile do not fit 64 bits$'
}

# A profile in three ways, and back to one.
@test "stream or CSV, plain or gzipped, file or pipe: the same report" {
    many_rows 2000 0 >p.csv
    stream <p.csv >p.stream
    ftp-stat -f json p.csv >expected
    gzip -k p.csv p.stream
    for file in p.csv.gz p.stream p.stream.gz; do
        ftp-stat -f json "$file" | cmp - expected
        # shellcheck disable=SC2002 # a pipe
        cat "$file" | ftp-stat -f json | cmp - expected
        ftp-stat -f json - <"$file" | cmp - expected
    done
    # Columns in another order, remarks, CRLF; two gzip members; two streams.
    awk -F, -v OFS=, '{ print $2, $1, $3, $4, $5, $6, $8, $7, $10, $9 }' p.csv | sed 's/$/\r/; 5i# a remark' |
        ftp-stat -f json | cmp - expected
    { head -n 100 p.csv | gzip; tail -n +101 p.csv | gzip; } | ftp-stat -f json | cmp - expected
    { head -n 100 p.csv | stream; tail -n +100 p.csv | stream; } | ftp-stat -f json | cmp - expected
}

@test "the order of the rows does not matter, in a file and in a pipe" {
    many_rows 100000 0 >p.csv
    ftp-stat -u -f json p.csv >expected
    { head -n 1 p.csv; tail -n +2 p.csv | sort -R --random-source=p.csv; } >any.csv
    # In order for longer than memory holds, then not at all.
    { head -n 1 p.csv; tail -n +30001 p.csv; sed -n '2,30000p' p.csv; } >late.csv
    for file in any.csv late.csv; do
        try ftp-stat -u -f json $file
        works
        cmp out expected
        stream <$file | ftp-stat -u -f json | cmp - expected
        gzip -c $file | ftp-stat -u -f json - | cmp - expected
    done
    holds tmp
    # Two profiles in order, one after the other.
    { cat p.csv; tail -n +2 p.csv; } >two.csv
    ftp-stat -f json two.csv >expected
    { stream <p.csv; stream <p.csv; } | ftp-stat -f json | cmp - expected
}

@test "rows in order need no temporary file, rows out of order do" {
    many_rows 50000 0 >p.csv
    { cat p.csv; sed -n 2p p.csv; } >late.csv
    export TMPDIR=$T/none
    try ftp-stat -f json p.csv
    works
    cp out expected
    # shellcheck disable=SC2002
    cat p.csv | ftp-stat -f json | cmp - expected
    try ftp-stat late.csv
    fails 1 '^ftp-stat: late.csv: its rows have to be sorted: temporary file: No such file or directory$'
    try bash -c 'cat late.csv | ftp-stat'
    fails 1 '^ftp-stat: standard input: its rows have to be sorted: temporary file: No such file or directory$'
    [ "$(wc -l <err)" -eq 1 ]
}

@test "uniqueness" {
    profile 0,0,4,6,1,2,1,100,0,0 0,0,6,6,1,2,1,100,0,0 5,9,4,6,1,3,7,700,0,0 6,6,4,17,9,9,7,700,0,0 \
        7,7,4,6,4,4,7,700,0,0 >p.csv
    checked p.csv
    # Of five rows, the first two are equal; the third and the fifth but for their ports.
    [ "$(number '["uniqueness"]' json)" = "{'protocol_ports_counters': {'unique': 3, 'k': 1}, 'protocol_counters': {'unique': 1, 'k': 1}}" ]
    ftp-stat -f json p.csv >json
    [ "$(number '.get("uniqueness")' json)" = None ]
    try ftp-stat -u p.csv
    works
    grep -x 'unique *3 rows (60.0 %) by protocol, ports and counters; k = 1' out
    ftp-stat -u -f html p.csv | grep -F '3 rows, k = 1'
    # Half of it twice: no row is alone.
    { cat p.csv; tail -n +2 p.csv; } | ftp-stat -u -f json >json
    [ "$(number '["uniqueness"]["protocol_ports_counters"]' json)" = "{'unique': 0, 'k': 2}" ]
}

@test "what the README says of the demo's uniqueness" {
    ftprofiler -a 10 -i 5 -o p.csv nffile -R "$TESTS/../demo/nfcapd.demo:nfcapd.demo"
    ftp-stat -u -f json p.csv >json
    said=$(number '["uniqueness"]["protocol_ports_counters"]["unique"]' json)
    other=$(number '["uniqueness"]["protocol_counters"]["unique"]' json)
    tr '\n' ' ' <"$TESTS/../README.md" | tr -s ' ' | grep -F "$said of its $(number '["biflows"]' json) rows" | grep -F "$other"
}

# ---- a distorted profile is found by its metric ----

# changed AWK: the difference that a change of the rows makes; in json.
changed() {
    awk -F, -v OFS=, "NR > 1 { $1 } { print }" p.csv >changed.csv
    ftp-stat -f json changed.csv p.csv >json
}

# Which metrics differ by more than half a percent, or their distance or divergence is above 0.005.
found() {
    python3 - <<'PY'
import json
d = json.load(open("json"))["difference"]
s = d["sampler"]
found = {k for k, v in s.items() if not isinstance(v, (dict, list)) and v > 0.5}
found |= {k for k in ("protocols", "ports", "packet_size") if any(v > 0.5 for v in s[k].values())}
found |= {k for k, v in d["ks"].items() if v > 0.005} | {"jsd " + k for k, v in d["jsd"].items() if v > 0.005}
found |= {"windows"} if d["windows_largest_percent"] > 0.5 else set()
print(", ".join(sorted(found)))
PY
}

@test "a distorted profile is found by its metric, and by no unrelated one" {
    many_rows 60000 0 >p.csv
    changed ''
    [ "$(found)" = '' ]
    # Ports shifted.
    changed 'if ($6 == 443) $6 = 444'
    [ "$(found)" = 'jsd ports, ports' ]
    # 5 % of the bytes moved, from one direction to the other: only there it shows.
    changed 'moved = int($10 / 20); $10 -= moved; $8 += moved'
    [ "$(found)" = 'asymmetry' ]
    # 5 % more bytes.
    changed '$8 = int($8 * 1.05)'
    [[ "$(found)" == *'packets_per_byte'* ]]
    [[ "$(found)" != *ports* && "$(found)" != *windows* && "$(found)" != *ms* && "$(found)" != *protocols* ]]
    # Time stretched by a twentieth; a longer profile has other windows.
    changed 'd = $2 - $1; $1 = int($1 * 1.05); $2 = $1 + d'
    [ "$(found)" = 'interarrival_ms, windows' ]
    # Durations twice as long.
    changed '$2 = $1 + 2 * ($2 - $1)'
    [[ "$(found)" == 'duration_ms'* && "$(found)" != *ports* && "$(found)" != *byte* ]]
    # IPv6 becomes IPv4 in every tenth row.
    changed 'if (NR % 10 == 2) $3 = 4'
    [ "$(found)" = 'ipv4, ipv6' ]
}

@test "-d: status 3 when a metric differs by more, and the report is there" {
    profile 0,0,4,6,1,443,1,100,0,0 0,0,4,6,1,443,1,100,0,0 0,0,4,6,1,443,1,100,0,0 >r.csv
    profile 0,0,4,6,1,443,1,100,0,0 0,0,4,6,1,443,1,100,0,0 0,0,4,6,1,444,1,100,0,0 >p.csv
    # 1/3 of 443 is missing, and all of nothing else: 33.3 %.
    for percent in 33.4 50 100 1000000; do
        try ftp-stat -d $percent -o report p.csv r.csv
        works
    done
    for percent in 0 0.5 33 33.333; do
        rm -f report
        try ftp-stat -d $percent -o report p.csv r.csv
        fails 3 "^ftp-stat: p.csv: ports 443 differs by 33.3 %, which is more than $percent %\$"
        test -s report
        try ftp-stat -q -d $percent -f html p.csv r.csv
        [ "$status" -eq 3 ] && [ ! -s err ]
    done
    try ftp-stat -d 0 p.csv p.csv
    works
    # Nothing is like something else only if both are nothing.
    profile >none.csv
    try ftp-stat -d 0 none.csv none.csv
    works
    try ftp-stat -d 99 none.csv p.csv
    fails 3 differs
    try ftp-stat -d 99 p.csv none.csv
    fails 3 'biflows differs by 100 %'
}

# ---- what is refused ----

@test "damaged, cut off, or not a profile: status 1, and one message" {
    many_rows 3000 0 >p.csv
    stream <p.csv >p.stream
    gzip -k p.csv
    refuses() { # MESSAGE COMMAND...
        local message=$1
        shift
        try "$@"
        fails 1 "^ftp-stat: $message\$" && [ ! -s out ] && [ "$(wc -l <err)" -eq 1 ]
    }
    refuses 'none: No such file or directory' ftp-stat none
    refuses '.: Is a directory' ftp-stat .
    refuses 'standard input: no input: not even a header line, so the program before this one failed' ftp-stat - </dev/null
    # A stream cut anywhere.
    size=$(stat -c %s p.stream)
    for n in 1 7 8 15 16 17 100 65000 $((size - 1)); do
        head -c "$n" p.stream >cut
        refuses 'cut: the stream ends after [0-9]* records without a trailer: .*' ftp-stat cut
    done
    { head -c 1000 p.stream; printf X; tail -c +1002 p.stream; } >damaged
    refuses 'damaged: the stream is damaged after record 0: wrong checksum' ftp-stat damaged
    { cat p.stream; echo; } >more
    refuses 'more: the stream is damaged after record 3000: something else follows the trailer' ftp-stat more
    echo 'B 5 4 4 6 1 2 1 1 0 0' | mkstream >bad
    refuses 'bad: record 1 is not a row of a profile: it ends before it starts' ftp-stat bad
    # CSV with a bad row; all kinds of them are in the unit tests.
    sed '7s/,/;/' p.csv >bad
    refuses 'bad: line 7: column 1 (START_TIME): .* is not a time of 64 bits' ftp-stat bad
    head -c 2000 p.csv >cut
    refuses 'cut: line [0-9]*: the row is cut off, the last one too has to end with a newline' ftp-stat cut
    # gzip.
    head -c 1000 p.csv.gz >cut
    refuses 'cut: the gzip data is cut off' ftp-stat cut
    { cat p.csv.gz; printf x; } >more
    refuses 'more: what follows the gzip data is not gzip data' ftp-stat more
    { head -c -8 p.csv.gz; printf 12345678; } >sum
    refuses 'sum: the gzip data is damaged: incorrect data check' ftp-stat sum
    gzip -c p.stream | head -c 2000 >cut
    refuses 'cut: the gzip data is cut off' ftp-stat cut
    # Of the reference too.
    refuses 'cut: the gzip data is cut off' ftp-stat p.csv cut
}

@test "flows instead of biflows: the message says what is missing" {
    flow_text 3 | ftp-read csvfile -f - >flows
    try ftp-stat flows
    fails 1 '^ftp-stat: flows: a flow stream, but a biflow stream is needed: ftp-merge is missing in between$'
    ftp-write -t flows <flows >flows.csv
    try ftp-stat flows.csv
    fails 1 '^ftp-stat: flows.csv: flow text, but a profile is needed: ftp-read csvfile and ftp-merge are missing in between$'
    try ftp-stat "$TESTS/../demo/nfcapd.demo"
    fails 1 "nfcapd.demo: line 1: '.*' is neither the header of a profile"
}

@test "wrong command lines: status 2" {
    profile >p.csv
    refuses() { # MESSAGE OPTIONS...
        local message=$1
        shift
        try ftp-stat "$@"
        fails 2 "^ftp-stat: $message\$"
    }
    refuses "'-': standard input can be PROFILE or REFERENCE, but not both" - -
    refuses "unexpected argument 'p.csv': one profile is described, or compared with one reference" p.csv p.csv p.csv
    refuses '-d: there is no REFERENCE to differ from' -d 1 p.csv
    for percent in x '' -1 1.2.3 1e3 . nan 0x1 +1 '1 '; do
        refuses "-d: '$percent' is not a number of percent, as 0.5 or 10" -d "$percent" p.csv p.csv
    done
    refuses "-w: '0' is not a time from 1 to 1000000000 seconds, as 90, 90s, 5m or 1h" -w 0 p.csv
    refuses "-i: '-1' is not a time from 0 to 1000000000 seconds, as 90, 90s, 5m or 1h" -i -1 p.csv
    refuses "-f: 'xml' is not one of text, json, html" -f xml p.csv
    refuses '-c: standard output takes the stream, so -o has to name a file for the report' -c p.csv
    refuses "-o: '' is not the name of a file" -o '' p.csv
    # A pipe as standard output is no file for a report.
    try bash -c 'ftp-stat -c -o /dev/stdout p.csv | cat; exit ${PIPESTATUS[0]}'
    fails 2 "^ftp-stat: -o: '/dev/stdout' is standard output, which takes the stream with -c\$"
    holds . err out p.csv tmp
}

@test "no profile is read from a terminal" {
    try script -qec 'ftp-stat' /dev/null </dev/null
    [ "$status" -eq 2 ]
    grep 'standard input is a terminal: name a profile, or pipe the output of ftp-merge into this program' out
}

# ---- output ----

@test "the report is put in place whole or not at all" {
    profile 0,0,4,6,1,443,1,100,0,0 >p.csv
    mkdir d
    echo old >d/report
    try ftp-stat -o d/report p.csv
    works
    grep -q 'biflows' d/report
    echo old >d/report
    { cat p.csv; echo x; } >bad.csv
    try ftp-stat -o d/report bad.csv
    fails 1 'bad.csv: line 3'
    [ "$(cat d/report)" = old ]
    holds d report
    try bash -c 'ftp-stat p.csv >/dev/full'
    fails 1 '^ftp-stat: standard output: No space left on device$'
    try bash -c 'ulimit -f 1; ftp-stat -o d/report p.csv'
    fails 1 'd/report: File too large'
    [ "$(cat d/report)" = old ]
    holds d report
}

@test "-c: the stream is passed on, and ends when the report is in its place" {
    many_rows 5000 0 >p.csv
    stream <p.csv >p
    ftp-stat p.csv >expected
    try bash -c 'ftp-stat -c -o report <p >copy'
    works
    cmp copy p
    tail -n +2 report | cmp - <(tail -n +2 expected)
    # Also of several streams, which become one, with what ftp-read was told to leave out.
    { head -n 2500 p.csv | stream; tail -n +2500 p.csv | stream; } | ftp-stat -c -o report | cmp - p
    echo 'B 0 0 4 6 1 2 1 1 0 0' | mkstream -s 7 >skipped
    ftp-stat -c -vv -o report <skipped 2>err | cmp - skipped
    grep -F '"rows":1,"skipped":7,' err
    # With ftp-write behind it.
    ftp-stat -c -f html -o report <p | ftp-write -o copy.csv
    cmp copy.csv p.csv
}

@test "-c: a report that fails leaves the profile as it was" {
    many_rows 5000 0 >p.csv
    stream <p.csv >p
    echo old >profile
    # Before the first row, at the last one, and when the report is to be put in place.
    try bash -o pipefail -c 'ftp-stat -c -o none/report <p | ftp-write -o profile'
    fails 1 'ftp-stat: none/report: cannot make a file in its directory: No such file or directory'
    head -c -1 p >cut
    try bash -o pipefail -c 'ftp-stat -c -o report <cut | ftp-write -o profile'
    fails 1 'ftp-stat: standard input: the stream ends after'
    mkdir d
    mkfifo gate
    start bash -o pipefail -c 'ftp-stat -c -o d/report <gate | ftp-write -o profile'
    exec 9>gate
    cat p >&9
    rm -rf d
    exec 9>&-
    finish
    [ "$status" -eq 1 ]
    grep 'ftp-stat: d/report: No such file or directory' err
    # And text is not a stream.
    try bash -c 'ftp-stat -c -o report p.csv | cat; exit ${PIPESTATUS[0]}'
    fails 1 '^ftp-stat: p.csv: CSV, but -c passes on a biflow stream$'
    [ "$(cat profile)" = old ]
    [ ! -e report ]
    try bash -c 'ftp-stat -c -o report <p >/dev/full'
    fails 1 '^ftp-stat: standard output: No space left on device$'
}

@test "the text: known answers, at most 80 columns, ASCII where the locale is not UTF-8" {
    cp "$TESTS"/data/stat/*.csv .
    LC_ALL=C ftp-stat -u three.csv | diff "$TESTS/data/stat/three.ascii" -
    LC_ALL=C.UTF-8 ftp-stat three.csv | diff "$TESTS/data/stat/three.utf8" -
    LC_ALL=C ftp-stat -u two.csv three.csv | diff "$TESTS/data/stat/two.ascii" -
    profile >none.csv
    [ "$(ftp-stat none.csv)" = $'none.csv\n0 biflows' ]
    # A long name, and one that is not fit for a terminal.
    name=$(printf 'n%.0s' $(seq 200))
    cp three.csv "$name"
    cp three.csv $'\e[31m\xff.csv'
    for file in "$name" $'\e[31m\xff.csv'; do
        ftp-stat "$file" >out
        ftp-stat "$file" two.csv >>out
        [ "$(LC_ALL=C.UTF-8 wc -L <out)" -le 80 ]
        ! LC_ALL=C grep -P '[^\n -~\x80-\xbf\xe2]' out
    done
}

@test "long and hostile profiles: memory, time and the size of reports are bounded" {
    # Times in all of 64 bits, every port, durations of up to 213 days.
    awk -v header="$HEADER" 'BEGIN {
        srand(1)
        print header
        for (i = 0; i < 70000; i++) {
            start = sprintf("%d%09d%09d", i % 2 ? 9 : -9, rand() * 223372036, rand() * 1e9)
            packets = 2 + int(rand() * 1e6)
            printf "%s,%s,4,6,%d,%d,%d,%d,0,0\n", start, start, i % 65536, rand() * 65536, packets, packets * 1e3
        }
        for (i = 0; i < 20000; i++)
            printf "%d,%.0f,4,6,1,2,2,2,0,0\n", i, i + 18403200000
    }' >p.csv
    for format in text json html; do
        try measure log $format ftp-stat -q -u -w 1 -f $format -o report.$format p.csv
        works
    done
    # Less than 10 s of CPU, also on a slow machine, and 300 MiB; sanitizers need memory of their own.
    awk '$3 > 10 { print; bad = 1 } END { exit bad }' log
    is_sanitized || awk '$4 > 300 * 1024 { print; bad = 1 } END { exit bad }' log
    [ "$(stat -c %s report.json)" -lt 16000000 ]
    [ "$(stat -c %s report.html)" -lt 300000 ]
    [ "$(wc -L <report.text)" -le 80 ]
    try ftp-stat -w 1 -f json p.csv
    grep -x 'ftp-stat: p.csv: too long for windows of 1 s, they are [0-9]* s long (-w takes more)' err
    mv out json
    [ "$(number '["sampler"]["windows"].__len__() <= 604800' json)" = True ]
    [ "$(number '["sampler"]["window_s"]' json)" = "$(sed 's/.*they are \([0-9]*\) s.*/\1/' err)" ]
}

@test "memory does not depend on the number of rows" {
    ! is_sanitized || skip "sanitizers need memory of their own"
    many_rows 20000 0 >few.csv
    many_rows 400000 0 >many.csv
    measure log few ftp-stat -o report few.csv
    measure log many ftp-stat -o report many.csv
    awk '{ kib[$1] = $4 } END { exit !(kib["many"] < kib["few"] + 2048 && kib["many"] < 16 * 1024) }' log
}

@test "-v: what was read" {
    many_rows 5 0 >p.csv
    { head -n 1 p.csv; tail -n +2 p.csv | tac; } >back.csv
    try ftp-stat -vv -o report back.csv p.csv
    [ "$status" -eq 0 ]
    grep -E '^\{"program":"ftp-stat","rows":5,"skipped":0,"sorted":5,"reference_rows":5,"reference_sorted":0,"bytes":[0-9]+,"memory_peak":[0-9]+\}$' err
    try ftp-stat -v -o report p.csv
    grep -E '^ftp-stat: +5  rows$' err
    ! grep -E 'sorted|reference' err
}

# ---- HTML ----

# Pages of all kinds: of the demo, busy, without rows, with one, with a reference, and hostile.
pages() {
    ftprofiler -a 10 -i 5 -o demo.csv nffile -R "$TESTS/../demo/nfcapd.demo:nfcapd.demo"
    many_rows 50000 0 >busy.csv
    profile >empty.csv
    profile 0,1200,4,6,40000,443,12,3456,10,99999 >one.csv
    profile -9223372036854775808,-9223372036854775808,4,6,1,2,9223372036854775809,18446744073709551610,0,0 \
        9223372036854775807,9223372036854775807,6,17,65535,65534,1,1,0,0 >'<b>"&x.csv'
    for name in demo busy empty one '<b>"&x'; do
        ftp-stat -q -u -f html -o "$name.html" "$name.csv"
    done
    ftp-stat -q -u -f html -o two.html busy.csv demo.csv
    ftp-stat -q -f html -o far.html '<b>"&x.csv' busy.csv
    ftp-stat -q -f html -o none.html empty.csv one.csv
}

@test "HTML: well-formed, without a reference to anything, at most 300 KB" {
    pages
    ftp-stat -f html -o named.html <one.csv
    "$TESTS/check-html" ./*.html
    grep -F '<title>Traffic profile</title>' named.html
    grep -F '<h1>Traffic profile</h1>' named.html
    grep -F '<h1>&lt;b&gt;&quot;&amp;x.csv</h1>' '<b>"&x.csv' ./*.html
    # Light and dark follow the reader, and paper is light.
    grep -F '@media(prefers-color-scheme:dark)' busy.html
    grep -F '@media print' busy.html
}

@test "HTML: in Chromium every label is inside its picture and meets no other, 400 and 1600 pixels wide" {
    command -v chromium >/dev/null || skip 'chromium is not installed'
    pages
    "$TESTS/check-labels" ./*.html
}
