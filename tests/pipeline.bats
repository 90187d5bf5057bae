# SPDX-License-Identifier: BSD-3-Clause
# The main job: conformance vectors, simulated traffic with known truth through a real nfcapd, the demo
# capture, and text in between.

bats_require_minimum_version 1.5.0

setup() {
    cd "$BATS_TEST_DIRNAME" || return
    : "${BUILD:=$BATS_TEST_DIRNAME/../build}"
    PATH=$BUILD:$BUILD/tests:$PATH
    tmp=$BATS_TEST_TMPDIR
}

# A profile with its rows sorted as text.
sorted() { head -n 1 "$1" && tail -n +2 "$1" | LC_ALL=C sort; }

same() { # EXPECTED GOT
    diff <(sorted "$1") <(sorted "$2")
}

# Whether a vector gave just the warnings that it should.
warned() { # NAME
    case $1 in
    */clock) grep -q 'their clock was not set' "$tmp/err" ;;
    */wrapped) grep -q '1 record lasts longer than twice the active timeout' "$tmp/err" ;;
    *) [ ! -s "$tmp/err" ] ;;
    esac
}

@test "every vector gives exactly its profile" {
    for vector in data/vectors/*.flows.csv; do
        name=${vector%.flows.csv}
        ftprofiler -o "$tmp/out.csv" csvfile -f "$vector" 2>"$tmp/err"
        same "$name.profile.csv" "$tmp/out.csv"
        warned "$name"
    done
}

@test "every vector gives the same file when its records come the other way round" {
    for vector in data/vectors/*.flows.csv; do
        grep START_TIME "$vector" >"$tmp/turned"
        grep -E '^[0-9]' "$vector" | tac >>"$tmp/turned"
        ftprofiler -q csvfile -f "$vector" >"$tmp/out.csv"
        ftprofiler -q csvfile -f "$tmp/turned" | cmp - "$tmp/out.csv"
    done
}

@test "every vector gives exactly its profile under -d arrival -z first" {
    for vector in data/vectors/*.flows.csv; do
        name=${vector%.flows.csv}
        ftprofiler -d arrival -z first -o "$tmp/out.csv" csvfile -f "$vector" 2>"$tmp/err"
        same "$name.arrival-first.csv" "$tmp/out.csv"
        warned "$name"
    done
}

@test "-z EPOCH_MS counts from there, for several profiles with one zero" {
    ftprofiler -z 1699999999000 csvfile -f data/vectors/reverse.flows.csv >"$tmp/out.csv"
    [ "$(tail -n 1 "$tmp/out.csv")" = 1005,1905,4,6,40000,443,10,1000,8,9000 ]
}

@test "a time zero that would tell the date is refused" {
    run -1 ftprofiler -z 0 -o "$tmp/out.csv" csvfile -f data/vectors/reverse.flows.csv
    [[ $output == *"-z: no record starts within 366 days of the given time"* ]]
    [ ! -e "$tmp/out.csv" ]
}

@test "of a record with a wrong clock and the others those far from the given time zero are left out" {
    {
        echo START_TIME,DURATION,PROTO,SRC_IP,DST_IP,SRC_PORT,DST_PORT,PACKETS,BYTES
        echo 10.000,1.000,17,10.0.0.1,10.0.0.2,1000,53,2,100
        echo 1700000001.000,1.000,17,10.0.0.1,10.0.0.2,1001,53,2,100
        echo 1700000002.000,1.000,17,10.0.0.1,10.0.0.2,1002,53,2,100
    } >"$tmp/in.csv"
    ftprofiler -z 1700000000000 -o "$tmp/out.csv" csvfile -f "$tmp/in.csv"
    printf '%s\n' '1000,2000,4,17,1001,53,2,100,0,0' '2000,3000,4,17,1002,53,2,100,0,0' >"$tmp/wanted"
    sed 1d "$tmp/out.csv" | sort | cmp - "$tmp/wanted"
    ftprofiler -z 0 -o "$tmp/out.csv" csvfile -f "$tmp/in.csv" 2>"$tmp/err"
    [ "$(sed 1d "$tmp/out.csv")" = '10000,11000,4,17,1000,53,2,100,0,0' ]
    grep -q '2 biflows were left out because their clock was not set' "$tmp/err"
}

# The directory of the capture may hold nothing else, so truth and profile live elsewhere.
simulate_apart() {
    mkdir "$tmp/capture"
    EXPORTER=$BUILD/tests/exporter ./collect.sh "$tmp/capture" --seed 12 --truth "$tmp/truth" "$@" >/dev/null
}

@test "100,000 simulated sessions through nfcapd: all biflows right, in order" {
    simulate_apart --sessions 100000 --ifindex 7 --other-share 10
    ftprofiler -o "$tmp/profile" nffile -R "$tmp/capture" -i 7
    ./compare-truth "$tmp/profile" "$tmp/truth" 100
}

@test "the same with export delays up to 120 s" {
    simulate_apart --sessions 20000 --delay 120
    ftprofiler -o "$tmp/profile" nffile -R "$tmp/capture"
    ./compare-truth "$tmp/profile" "$tmp/truth" 100
}

@test "the same shuffled, and with 1 MiB of memory still all packets and bytes" {
    simulate_apart --sessions 20000 --shuffle
    ftprofiler -o "$tmp/profile" nffile -R "$tmp/capture"
    ./compare-truth "$tmp/profile" "$tmp/truth" 100
    ftprofiler -m 1 -q -o "$tmp/small" nffile -R "$tmp/capture"
    ./compare-truth "$tmp/small" "$tmp/truth" 0
    [ "$(wc -l <"$tmp/small")" -gt "$(wc -l <"$tmp/profile")" ]
}

@test "all outputs of nfdump that carry ms give the same stream; -f csv the same packets and bytes" {
    simulate_apart --sessions 3000
    ftp-read nffile -R "$tmp/capture" >"$tmp/auto"
    ftp-read nffile -R "$tmp/capture" -b >"$tmp/biflow"
    cmp "$tmp/auto" "$tmp/biflow"
    case $(nfdump -V) in
    *1.[67].[0-4]* | *1.6.*) other=pipe ;;
    *) other=csv-fast ;;
    esac
    ftp-read nffile -R "$tmp/capture" --verify -f $other >"$tmp/other"
    cmp "$tmp/auto" "$tmp/other"
    ftp-read nffile -R "$tmp/capture" -f csv >"$tmp/csv"
    totals() { ftp-write -t flows | awk -F, '!/^#/ { p += $8; b += $9 } END { print NR, p, b }'; }
    [ "$(totals <"$tmp/auto")" = "$(totals <"$tmp/csv")" ]
}

@test "nfdump 1.6, 1.7.5 and the installed one read the same" {
    nfdumps=$(dirname "$BUILD")/build/nfdump
    [ -d "$nfdumps" ] || nfdumps=$BATS_TEST_DIRNAME/../build/nfdump
    ls "$nfdumps"/*/nfdump >/dev/null 2>&1 || skip "no other nfdump here: run make nfdumps first"
    case $(nfdump -V) in *1.8.*) skip "older nfdumps do not read what 1.8 writes" ;; esac
    mkdir "$tmp/capture"
    EXPORTER=$BUILD/tests/exporter ./collect.sh "$tmp/capture" --sessions 3000 --ifindex 3 --other-share 20 >/dev/null
    flows() { ftp-read nffile -n "$1" -R "$2" -i 3 -q | ftp-write -t flows | LC_ALL=C sort; }
    flows nfdump "$tmp/capture" >"$tmp/installed"
    [ "$(wc -l <"$tmp/installed")" -gt 3000 ]
    for nfdump in "$nfdumps"/1.7*/nfdump; do
        flows "$nfdump" "$tmp/capture" >"$tmp/other"
        cmp "$tmp/installed" "$tmp/other"
    done
    for old in "$nfdumps"/1.6*; do
        # 1.6 reads only what 1.6 wrote.
        run -1 ftp-read nffile -n "$old/nfdump" -R "$tmp/capture" -i 3
        mkdir "$tmp/capture16"
        NFCAPD="$old/nfcapd" EXPORTER=$BUILD/tests/exporter ./collect.sh "$tmp/capture16" --sessions 3000 \
            --ifindex 3 --other-share 20 >/dev/null 2>"$tmp/why" || skip "$old: $(tail -n 1 "$tmp/why")"
        flows "$old/nfdump" "$tmp/capture16" >"$tmp/old"
        cmp "$tmp/installed" "$tmp/old"
    done
}

@test "the demo capture has 167 biflows, 25802 packets, 18842990 bytes" {
    ftprofiler -a 10 -i 5 nffile -R ../demo/nfcapd.demo:nfcapd.demo >"$tmp/profile"
    [ "$(awk -F, 'NR > 1 { p += $7 + $9; b += $8 + $10 } END { print NR - 1, p, b }' "$tmp/profile")" = \
        "167 25802 18842990" ]
}

@test "flows to text and back is the same stream, byte for byte" {
    simulate_apart --sessions 2000
    ftp-read nffile -R "$tmp/capture" >"$tmp/a"
    ftp-write -t flows <"$tmp/a" | ftp-read csvfile -f - >"$tmp/b"
    cmp "$tmp/a" "$tmp/b"
    ftp-write -t flows -g -o "$tmp/c.gz" <"$tmp/a"
    ftp-read csvfile -f "$tmp/c.gz" | cmp - "$tmp/a"
}

@test "streams concatenate, and tee and zstd fit in between" {
    simulate_apart --sessions 500
    ftp-read nffile -R "$tmp/capture" | tee "$tmp/raw" | ftp-merge >"$tmp/once"
    cat "$tmp/raw" "$tmp/raw" | ftp-merge -vv 2>"$tmp/err" >/dev/null
    grep -q "\"records\":$((2 * $(ftp-write -t flows <"$tmp/raw" | grep -vc '^#')))," "$tmp/err"
    zstd -q -c "$tmp/raw" | zstd -q -dc | ftp-merge | cmp - "$tmp/once"
    cat "$tmp/once" "$tmp/once" | ftp-write >"$tmp/twice.csv"
    ftp-write <"$tmp/once" >"$tmp/once.csv"
    cmp "$tmp/twice.csv" <(cat "$tmp/once.csv" && tail -n +2 "$tmp/once.csv")
}

@test "filters in awk and Python between the programs" {
    simulate_apart --sessions 500
    ftp-read nffile -R "$tmp/capture" | ftp-write -t flows >"$tmp/all.csv"
    awk -F, '/^#/ || $3 == 17' "$tmp/all.csv" | ftp-read csvfile -f - | ftp-merge | ftp-write >"$tmp/udp.csv"
    python3 -c '
import csv, sys
out = csv.writer(sys.stdout, lineterminator="\n")
out.writerows(row for row in csv.reader(sys.stdin) if row[0][0] == "#" or row[2] == "17")' <"$tmp/all.csv" |
        ftp-read csvfile -f - | ftp-merge | ftp-write | cmp - "$tmp/udp.csv"
    # By the names of the columns, which takes a header without #, and promises no end.
    sed '1s/^#//' "$tmp/all.csv" | python3 -c '
import csv, sys
rows = csv.DictReader(sys.stdin)
out = csv.DictWriter(sys.stdout, rows.fieldnames, lineterminator="\n")
out.writeheader()
out.writerows(row for row in rows if row["PROTO"] == "17")' |
        ftp-read csvfile -f - | ftp-merge | ftp-write | cmp - "$tmp/udp.csv"
    [ "$(cut -d, -f4 "$tmp/udp.csv" | tail -n +2 | sort -u)" = 17 ]
}

@test "after ftp-merge there is no address and no absolute time" {
    simulate_apart --sessions 2000
    ftp-read nffile -R "$tmp/capture" >"$tmp/flows"
    for zero in earliest first 1699999999000; do
        for direction in initiator arrival; do
            ftp-merge -z $zero -d $direction <"$tmp/flows" >"$tmp/biflows"
            ftp-write <"$tmp/biflows" >"$tmp/profile"
            run ! grep -qE '1700[0-9]{9}|[0-9]+\.[0-9]+\.[0-9]+|::' "$tmp/profile"
            python3 - "$tmp/flows" "$tmp/biflows" <<'PY'
import struct, sys
flows, biflows = (open(name, "rb").read() for name in sys.argv[1:])
absolute = {struct.pack("<Q", 1700000000000 + ms)[2:] for ms in range(0, 3600000, 1000)}
assert any(piece in flows for piece in absolute)
assert not any(piece in biflows for piece in absolute)
PY
        done
    done
}

@test "the progress line fits the terminal, however narrow" {
    genstream 200000 0 >"$tmp/in"
    for columns in 200 80 60 50 30; do
        ./on-terminal $columns "$tmp/in" "$BUILD/ftp-merge" -z first >"$tmp/drawn"
        awk -F'\t' -v c=$columns '$1 - 1 + length($2) >= c { exit 1 }' "$tmp/drawn"
        part='cache [0-9.]+[kM]? \([0-9]+%\), [0-9.]+[kM]? out'
        case $columns in
        200) grep -qE "^45.\| $part, [0-9.]+[kM]? records [0-9.]+[kM]?/s$" "$tmp/drawn" ;;
        80) grep -qE "^45.\| $part$" "$tmp/drawn" ;;
        30) [ ! -s "$tmp/drawn" ] ;;
        esac
    done
    genstream 50000 0 | ftp-write -t flows >"$tmp/in"
    for columns in 200 80 30; do
        ./on-terminal $columns "$tmp/in" "$BUILD/ftp-read" csvfile -f - >"$tmp/drawn"
        grep -qE '^1.2023-11-14 22:' "$tmp/drawn"
        awk -F'\t' -v c=$columns '$1 - 1 + length($2) >= c { exit 1 }' "$tmp/drawn"
    done
}

@test "SIGUSR1 prints how far each program is, and nothing else changes" {
    mkfifo "$tmp/feed"
    for plan in "ftp-merge:flows" "ftp-write:biflows" "ftp-read csvfile -f -:text"; do
        case ${plan#*:} in
        flows) genstream 1000 0 ;;
        biflows) genstream 1000 0 | ftp-merge ;;
        text) genstream 1000 0 | ftp-write -t flows ;;
        esac >"$tmp/in"
        # shellcheck disable=SC2086
        ${plan%:*} <"$tmp/in" >"$tmp/wanted"
        # shellcheck disable=SC2086
        ${plan%:*} <"$tmp/feed" >"$tmp/out" 2>"$tmp/err" 3>&- &
        {
            head -c 20000 "$tmp/in"
            sleep 0.3
            kill -USR1 $!
            sleep 0.3
            tail -c +20001 "$tmp/in"
        } >"$tmp/feed"
        wait $!
        grep -qE "^${plan%% *}.*: .*(rows|records)" "$tmp/err" || grep -qE '(rows|records)' "$tmp/err"
        cmp "$tmp/out" "$tmp/wanted"
    done
}
