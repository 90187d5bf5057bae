# SPDX-License-Identifier: BSD-3-Clause
# What ftp-merge promises about memory and time, measured from outside; and attacks on it, which must neither crash
# it nor slow it down, and after which no time in the profile may tell the date.

bats_require_minimum_version 1.5.0

setup() {
    cd "$BATS_TEST_DIRNAME" || return
    : "${BUILD:=$BATS_TEST_DIRNAME/../build}"
    PATH=$BUILD:$BUILD/tests:$PATH
    tmp=$BATS_TEST_TMPDIR
}

# Whether the programs have sanitizers, which need memory and time of their own.
is_sanitized() { grep -qa __asan_init "$BUILD/ftp-merge"; }

# Most resident memory (KiB) of ftp-merge with these options on stdin; its summary goes to $tmp/json.
peak() {
    python3 -c '
import resource, subprocess, sys
status = subprocess.call(sys.argv[1:], stdout=subprocess.DEVNULL)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
sys.exit(status)' ftp-merge -q -vv "$@" 2>"$tmp/json"
}

field() { sed "s/.*\"$1\":\([0-9]*\).*/\1/" "$tmp/json"; }

@test "-m N is kept: resident memory stays below N + 16 MiB, from 1 on" {
    ! is_sanitized || skip "sanitizers need memory of their own"
    for plan in "400000 0" "400000 0 ipv6=100" "400000 1000 lasting=20000" "200000 0 keys=one"; do
        # shellcheck disable=SC2086
        genstream $plan ipv6=15 >"$tmp/stream"
        for options in "1 earliest" "3 first" "20 earliest"; do
            # shellcheck disable=SC2086
            set -- $options
            kib=$(peak -m "$1" -z "$2" <"$tmp/stream")
            echo "$plan: -m $1 -z $2 took $kib KiB"
            [ "$kib" -lt $((($1 + 16) * 1024)) ]
        done
    done
}

@test "a million live biflows take at most 128 bytes each, fewer for IPv4 alone" {
    ! is_sanitized || skip "sanitizers need memory of their own"
    mixed=$(genstream 1000000 0 ipv6=15 | peak)
    [ "$(field biflows)" = 1000000 ]
    ipv4=$(genstream 1000000 0 | peak)
    ipv6=$(genstream 1000000 0 ipv6=100 | peak)
    echo "mixed $mixed KiB, IPv4 $ipv4 KiB, IPv6 $ipv6 KiB"
    [ $((ipv6 * 1024 / 1000000)) -le 128 ]
    [ "$mixed" -lt "$ipv6" ]
    [ "$ipv4" -lt "$mixed" ]
}

@test "a day of steady traffic needs the memory of what is alive, and nothing leaves early" {
    ! is_sanitized || skip "takes too long"
    # 10 conversations a second: 4,510 can still change at any time, 864,000 come in a day.
    for zero in earliest first; do
        kib=$(genstream 864000 100000 ipv6=15 | peak -m 1 -z $zero)
        [ "$kib" -lt $((17 * 1024)) ]
        [ "$(field biflows)" = 864000 ]
        [ "$(field early)" = 0 ]
    done
}

@test "under pressure no packet is lost, and the user is told" {
    genstream 100000 0 ipv6=15 >"$tmp/stream"
    sums() { ftp-write | awk -F, 'NR > 1 { p += $7 + $9; b += $8 + $10 } END { print p, b }'; }
    free=$(ftp-merge <"$tmp/stream" | sums)
    pressed=$(ftp-merge -m 1 <"$tmp/stream" 2>"$tmp/err" | sums)
    [ "$free" = "$pressed" ]
    grep -q 'biflows were written early because memory was full' "$tmp/err"
    [ "$free" = "600000 430000000" ]
}

@test "the output is the same on every run, whatever the seed of the hash" {
    genstream 50000 0 ipv6=15 >"$tmp/stream"
    ftp-merge -m 2 -q <"$tmp/stream" >"$tmp/a"
    ftp-merge -m 2 -q <"$tmp/stream" | cmp - "$tmp/a"
}

@test "the same records in any order give the same file, also when most of them wait on the disk" {
    genstream 120000 100000 ipv6=15 lasting=50 | ftp-write -t flows | grep '^[0-9]' >"$tmp/rows"
    header=START_TIME,DURATION,PROTO,SRC_IP,DST_IP,SRC_PORT,DST_PORT,PACKETS,BYTES,PACKETS_REV,BYTES_REV
    profile() { # MIB
        { echo $header; cat; } | ftp-read csvfile -q -f - | ftp-merge -q -vv -m "$1" 2>"$tmp/json"
    }
    profile 64 <"$tmp/rows" >"$tmp/all"
    profile 1 <"$tmp/rows" >"$tmp/spooled"
    [ "$(field early)" = 0 ]
    cmp "$tmp/all" "$tmp/spooled"
    for seed in 1 2 3; do
        shuf --random-source=<(yes $seed) "$tmp/rows" | profile 64 | cmp - "$tmp/all"
    done
    tac "$tmp/rows" | profile 64 | cmp - "$tmp/all"
    ftp-write <"$tmp/all" | sed 1d | cut -d, -f1,2 >"$tmp/times"
    sort -t, -n -k1,1 -k2,2 -c "$tmp/times"
    [ "$(head -n 1 "$tmp/times" | cut -d, -f1)" = 0 ]
}

# Seconds of CPU of a run, the best of three.
cpu() {
    python3 -c '
import resource, subprocess, sys
best = None
for _ in range(3):
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    with open(sys.argv[1]) as stream:
        subprocess.check_call(["ftp-merge", "-q"] + sys.argv[2:], stdin=stream, stdout=subprocess.DEVNULL)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    took = after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime
    best = took if best is None else min(best, took)
print(int(best * 1000) + 1)' "$@"
}

@test "chosen keys, one key, and a full cache cost no more than a few times the usual" {
    genstream 200000 0 >"$tmp/usual"
    genstream 200000 0 keys=colliding >"$tmp/colliding"
    genstream 200000 0 keys=one >"$tmp/one"
    usual=$(cpu "$tmp/usual")
    for plan in "colliding" "one" "usual -m 1"; do
        # shellcheck disable=SC2086
        set -- $plan
        took=$(cpu "$tmp/$1" "${@:2}")
        echo "$plan: $took ms, usual $usual ms"
        # Without a seed or a search tree these would be hundreds of times.
        [ "$took" -lt $((10 * usual + 50)) ]
    done
}

@test "whichever request for memory fails, the run ends with status 1 and a message" {
    ! is_sanitized || skip "the sanitizer has an allocator of its own"
    genstream 20000 0 ipv6=15 >"$tmp/flows"
    ftp-merge -m 1 -q <"$tmp/flows" >"$tmp/biflows"
    echo 'START_TIME,DURATION,PROTO,SRC_IP,DST_IP,SRC_PORT,DST_PORT,PACKETS,BYTES' >"$tmp/text"
    sweep() { # INPUT PROGRAM ARGUMENTS...
        input=$1
        shift
        for n in $(seq 1 60); do
            status=0
            FAIL_AT=$n LD_PRELOAD=$BUILD/tests/failalloc.so "$@" <"$input" >"$tmp/out" 2>"$tmp/err" ||
                status=$?
            echo "$*: request $n: status $status: $(cat "$tmp/err")"
            [ $status -ne 0 ] || return 0
            [ $status -eq 1 ]
            [ -s "$tmp/err" ]
        done
        false
    }
    sweep "$tmp/flows" ftp-merge -q -m 1
    sweep "$tmp/flows" ftp-merge -q -m 1 -z first
    sweep "$tmp/biflows" ftp-write
    sweep "$tmp/biflows" ftp-write -g
    sweep "$tmp/text" ftp-read csvfile -q -f -
}

@test "attack: pieces of one key in any order cost at most three times those in random order, on a small stack" {
    hostile order random 65536 >"$tmp/random"
    ftp-merge -q <"$tmp/random" >"$tmp/wanted"
    usual=$(cpu "$tmp/random")
    for order in ascending descending zigzag outwards reversed; do
        hostile order $order 65536 >"$tmp/stream"
        took=$(cpu "$tmp/stream")
        echo "$order: $took ms, random $usual ms"
        is_sanitized || [ "$took" -lt $((3 * usual + 100)) ]
        for kib in 8192 512; do
            ! is_sanitized || [ $kib -gt 512 ] || continue
            (ulimit -s $kib; ftp-merge -q <"$tmp/stream" | cmp - "$tmp/wanted")
            # Groups of them leave one by one.
            (ulimit -s $kib; ftp-merge -q -m 1 <"$tmp/stream" >"$tmp/out")
        done
    done
}

@test "attack: a clock that jumps ahead and back costs no more than one that stands still" {
    for plan in "1 150000" "16 300000" "64 800000"; do
        # shellcheck disable=SC2086
        set -- $plan
        ! is_sanitized || [ "$1" -lt 64 ] || continue
        hostile turns 64 0 "$2" >"$tmp/still"
        hostile turns 64 86400 "$2" >"$tmp/jumping"
        usual=$(cpu "$tmp/still" -m "$1")
        took=$(cpu "$tmp/jumping" -m "$1")
        echo "-m $1: $took ms, without jumps $usual ms"
        is_sanitized || [ "$took" -lt $((3 * usual + 100)) ]
    done
}

@test "attack: of two exporters a day apart no pair is cut, but that a warning says so" {
    for length in 1 63 64 128 1000; do
        for away in 86400 -86400; do
            for mib in 1 16; do
                hostile turns $length $away 150000 | ftp-merge -vv -m $mib 2>"$tmp/err" >"$tmp/out"
                tail -n 1 "$tmp/err" >"$tmp/json"
                # Answers without a question are those of the first 64 conversations, twice each.
                extra=$(($(field biflows) - 150128))
                echo "$length, $away, -m $mib: $extra too many, $(field early) early, $(field clock_jumps) jumps"
                [ "$extra" -ge 0 ] && [ "$extra" -le "$(field early)" ]
                [ "$(field early)" = 0 ] || grep -q 'were written early because memory was full' "$tmp/err"
                [ $mib = 1 ] || [ "$(field early)" = 0 ]
            done
        done
    done
}

@test "attack: some hundred records a day ahead do not cut those that are open, when rows leave as they come" {
    ! is_sanitized || skip "takes too long"
    hostile bursts 1300000 >"$tmp/stream"
    rows() { ftp-merge -q "$@" <"$tmp/stream" | ftp-write | sed 1d; }
    rows -z earliest | sort >"$tmp/earliest"
    # The first record is the earliest one.
    rows -z first | sort | cmp - "$tmp/earliest"
    [ "$(wc -l <"$tmp/earliest")" = 1300320 ]
}

@test "attack: records of 100,000 different days do not hide on which one the traffic is" {
    hostile days 100000 >"$tmp/stream"
    ftp-merge -q <"$tmp/stream" | ftp-write | sed 1d | cut -d, -f1 >"$tmp/starts"
    # A start every seven days, for a year before and after those of today.
    [ "$(wc -l <"$tmp/starts")" = 115 ]
    [ "$(sort -n "$tmp/starts" | tail -n 1)" -lt $((733 * 86400000)) ]
}

# The smallest start and the largest end in days, rounded away from 0, of the biflow stream on stdin.
span_in_days() {
    ftp-write | awk -F, 'NR > 1 { if ($1 < a) a = $1; if ($2 > b) b = $2 }
                         END { print int(a / 86400000 - 0.99999), int(b / 86400000 + 0.99999) }'
}

# inside FROM TO: whether that is not before FROM and not after TO.
inside() {
    read -r from to
    echo "$from to $to days, allowed $1 to $2"
    [ "$from" -ge "$1" ] && [ "$to" -le "$2" ]
}

@test "attack: no clock makes a time leave that tells the date, with any time zero" {
    local day=86400000 t=1700000000000
    for seed in 1 2 3 4 5 6 7 8; do
        hostile clocks $seed 20000 >"$tmp/stream"
        merge() { ftp-merge -q "$@" <"$tmp/stream"; }
        # 366 days to either side of the bulk, and 213 to the end of the last one.
        merge -z earliest | span_in_days | inside 0 $((733 + 213))
        merge -m 1 -z earliest | span_in_days | inside 0 $((733 + 213))
        merge -z first | span_in_days | inside -366 $((366 + 213))
        merge -z $t | span_in_days | inside -366 $((366 + 213))
        merge -z 0 | span_in_days | inside -366 $((366 + 213))
        merge -z $t,$((t - 367 * day)) | span_in_days | inside -733 $((366 + 213))
        merge -z $t,$((t + 367 * day)) | span_in_days | inside -366 $((733 + 213))
    done
    for apart in $((368 * day)) $((-368 * day)) $t -9223372036854775808; do
        run -2 ftp-merge -z $t,$((t + apart)) <"$tmp/stream"
    done
    run -2 ftp-merge -z 9223372036854775807,-9223372036854775808 <"$tmp/stream"
}

@test "attack: a clock of 1970 among the others, wherever it is, is left out with a warning" {
    local vector=data/vectors/clock file
    grep START_TIME $vector.flows.csv >"$tmp/header"
    grep '^1700' $vector.flows.csv >"$tmp/set"
    grep -E '^(0|4325)' $vector.flows.csv >"$tmp/unset"
    sed 1d $vector.profile.csv >"$tmp/wanted"
    for file in "$tmp/set $tmp/unset" "$tmp/unset $tmp/set"; do
        # shellcheck disable=SC2086
        cat "$tmp/header" $file | ftp-read csvfile -q -f - >"$tmp/stream"
        for zero in earliest first 1700000000000 1700000000000,1700000000000; do
            ftp-merge -z $zero <"$tmp/stream" 2>"$tmp/err" | ftp-write | sed 1d | sort >"$tmp/out"
            cmp "$tmp/out" "$tmp/wanted"
            grep -q '0 records and 2 biflows were left out because their clock was not set' "$tmp/err"
        done
        # 1970 is where that time zero is, so the others are left out.
        ftp-merge -q -z 0 <"$tmp/stream" | ftp-write | sed 1d | cut -d, -f1,2 >"$tmp/out"
        [ "$(cat "$tmp/out")" = 0,1000 ]
    done
    cat "$tmp/header" "$tmp/set" | ftp-read csvfile -q -f - >"$tmp/stream"
    run -1 --separate-stderr ftp-merge -z 0 <"$tmp/stream"
    # shellcheck disable=SC2154 # bats sets it
    [[ $stderr == *"-z: no record starts within 366 days of the given time"* ]]
}

@test "-z first: the first record within 366 days of most of the first 256" {
    # Records of some days; the port says which.
    rows() {
        echo START_TIME,DURATION,PROTO,SRC_IP,DST_IP,SRC_PORT,DST_PORT,PACKETS,BYTES
        for day in "$@"; do
            echo $((1500000000 + day * 86400)),0,17,192.0.2.1,192.0.2.2,$((1000 + day)),53,2,100
        done
    }
    merged() { ftp-read csvfile -q -f - | ftp-merge -q -z first | ftp-write | sed 1d; }
    zero() { rows "$@" | merged | grep ^0, | cut -d, -f5; }
    # The first of these four is near half of them.
    [ "$(zero 0 300 600 650)" = 1300 ]
    [ "$(zero 0 366 366)" = 1000 ]
    [ "$(zero 0 367 368)" = 1367 ]
    # shellcheck disable=SC2046
    [ "$(zero $(yes 0 | head -n 129) $(yes 1000 | head -n 500))" = 1000 ]
    # shellcheck disable=SC2046
    [ "$(zero $(yes 0 | head -n 127) $(yes 1000 | head -n 500))" = 2000 ]
    # What is left out for other reasons does not count.
    {
        rows 700 700 | sed 's/,2,100$/,0,0/'
        rows 700 700 | sed '1d; s/,2,100$/,2,0/'
        rows 0 10 | sed 1d
    } | merged | cut -d, -f1 | sort -n >"$tmp/starts"
    [ "$(cat "$tmp/starts")" = $'0\n864000000' ]
}

@test "where all clocks are of 1970, that is the time of the traffic" {
    genstream 1000 1000 | ftp-write -t flows | sed 's/^17000/00000/' >"$tmp/1970"
    genstream 1000 1000 | ftp-merge -q >"$tmp/wanted"
    for zero in earliest first 0; do
        ftp-read csvfile -q -f "$tmp/1970" | ftp-merge -z $zero | cmp - "$tmp/wanted"
    done
}

@test "--hold: what is old stays, so that what comes again late is still joined" {
    ! is_sanitized || skip "takes too long"
    genstream 1200000 5000 >"$tmp/stream"
    cat "$tmp/stream" "$tmp/stream" | ftp-merge -q -vv -z first 2>"$tmp/json" >/dev/null
    [ "$(field biflows)" -gt 1200000 ]
    cat "$tmp/stream" "$tmp/stream" | ftp-merge -q -vv -z first --hold 2>"$tmp/json" >/dev/null
    [ "$(field biflows)" = 1200000 ]
    [ "$(field early)" = 0 ]
}
