# SPDX-License-Identifier: BSD-3-Clause
# What ftp-merge promises about memory and time, measured from outside.

bats_require_minimum_version 1.5.0

setup() {
    cd "$BATS_TEST_DIRNAME" || return
    : "${BUILD:=$BATS_TEST_DIRNAME/../build}"
    PATH=$BUILD:$BUILD/tests:$PATH
    tmp=$BATS_TEST_TMPDIR
}

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
        for mib in 1 3 20; do
            kib=$(peak -m $mib <"$tmp/stream")
            echo "$plan: -m $mib took $kib KiB"
            [ "$kib" -lt $(((mib + 16) * 1024)) ]
        done
    done
}

@test "a million live biflows take at most 128 bytes each, fewer for IPv4 alone" {
    ! is_sanitized || skip "sanitizers need memory of their own"
    mixed=$(genstream 1000000 0 ipv6=15 | peak)
    [ "$(field biflows)" = 1000000 ]
    ipv4=$(genstream 1000000 0 | peak)
    echo "mixed $mixed KiB, IPv4 $ipv4 KiB"
    [ $((mixed * 1024 / 1000000)) -le 128 ]
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
    grep -q 'biflows were written early for want of memory' "$tmp/err"
    [ "$free" = "600000 430000000" ]
}

@test "the output is the same on every run, whatever the seed of the hash" {
    genstream 50000 0 ipv6=15 >"$tmp/stream"
    ftp-merge -m 2 -q <"$tmp/stream" >"$tmp/a"
    ftp-merge -m 2 -q <"$tmp/stream" | cmp - "$tmp/a"
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
