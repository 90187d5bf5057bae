#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
#
# Measures the programs against nfdump itself, in one run and interleaved, and prints tables of medians; a
# ratio is the median of those of the rounds.
#
#   BENCH_RECORDS=4000000   records of the largest capture
#   BENCH_ROUNDS=5          rounds, of which the median is taken
#   BENCH_LIVE=20000000     biflows of the largest cache
#
# Needs 3 GB of disk below TMPDIR, in proportion to BENCH_LIVE.  Never fails because a machine is slow or
# noisy, only if a program fails.
set -eu
: "${BUILD:=$PWD/build}" "${BENCH_RECORDS:=4000000}" "${BENCH_ROUNDS:=5}"
: "${BENCH_LIVE:=$((BENCH_RECORDS * 5))}"
export PATH="$BUILD:$PATH"
tools=$BUILD/tests
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d "${TMPDIR:-/tmp}/bench.XXXXXX")
trap 'rm -rf "$work"' EXIT
filter='(ipv4 or ipv6) and router ip 127.0.0.1 and in if 0'

nfdump_version=$(nfdump -V | sed 's/.*Version: //')
case $nfdump_version in
*1.[67].[0-4]*) format=pipe ;;
*) format=csv-fast ;;
esac

# Seconds of CPU of nfdump, told apart from those of ftp-read that waits for it.
cat >"$work/nfdump" <<SH
#!/bin/sh
case "\$1" in
-q) exec "$tools/measure" "\$NFDUMP_LOG" "\$NFDUMP_LABEL" nfdump "\$@" ;;
*) exec nfdump "\$@" ;;
esac
SH
chmod +x "$work/nfdump"

measure() { "$tools/measure" "$log" "$@"; }

capture() { # RECORDS
    local dir=$work/capture.$1
    [ -d "$dir" ] || {
        mkdir "$dir"
        EXPORTER=$tools/exporter "$here/collect.sh" "$dir" --records "$1" --seed 1 >/dev/null
    }
    echo "$dir"
}

pipeline() { # LABEL DIR FORMAT [write options]
    local label=$1 dir=$2 format=$3
    shift 3
    measure "$label" ftprofiler -q -o "$work/profile" "$@" nffile -f "$format" -R "$dir"
}

stages() { # LABEL DIR FORMAT: the pipeline by hand, each stage measured
    NFDUMP_LOG=$log NFDUMP_LABEL=nfdump-$1 \
        measure "read-$1" ftp-read nffile -n "$work/nfdump" -f "$3" -R "$2" |
        measure "merge-$1" ftp-merge -q | measure "write-$1" ftp-write -o "$work/profile"
}

# The median of a column (2 wall, 3 CPU, 4 KiB, 5 CPU of the kernel) of a label.
median() { # LABEL COLUMN
    awk -v l="$1" -v c="$2" '$1 == l { print $c }' "$log" | sort -n |
        awk '{ v[NR] = $1 } END { if (NR) print v[int((NR + 1) / 2)]; else print 0 }'
}

# The median of the rounds of how much longer a label took than another one in the same round: a machine
# whose speed drifts shows in the times, but hardly here.
ratio() { # LABEL BASE
    awk -v l="$1" -v b="$2" '$1 == l { x[++n] = $2 } $1 == b { y[++m] = $2 }
        END { for (i = 1; i <= n; i++) print x[i] / y[i] }' "$log" | sort -n |
        awk '{ v[NR] = $1 } END { printf "%.2f", v[int((NR + 1) / 2)] }'
}

calc() { awk "BEGIN { printf \"%.${2:-2}f\", $1 }"; }

nfdump_alone() { # DIR
    measure nfdump nfdump -q -o $format -R "$1" "$filter" >/dev/null
}

# The least that a pipeline after nfdump can do.
nfdump_cat() { # DIR
    # shellcheck disable=SC2016 # sh expands it
    measure cat sh -c 'nfdump -q -o "$1" -R "$2" "$3" | cat >/dev/null' sh $format "$1" "$filter"
}

# The same of its own records.
nfdump_records_cat() { # DIR
    # shellcheck disable=SC2016 # sh expands it
    measure records-cat sh -c \
        'nfdump -q -w /dev/fd/3 -R "$1" "$2" 3>&1 >/dev/null 2>&1 | cat >/dev/null' sh "$1" "$filter"
}

round() { # DIR
    nfdump_alone "$1"
    nfdump_cat "$1"
    nfdump_records_cat "$1"
    pipeline plain "$1" auto
    pipeline gzip "$1" auto -g
    pipeline text "$1" $format
    pipeline text-gzip "$1" $format -g
    measure nfdump-b nfdump -b -q -o csv -R "$1" >/dev/null
    stages auto "$1" auto
    stages text "$1" $format
}

echo "machine: $(nproc) cores, $(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -n 1)"
echo "nfdump $nfdump_version (-o $format), $(ftp-merge -V), $(uname -sr), TZ=UTC"
export TZ=UTC
log=$work/log
: >"$log"
dir=$(capture "$BENCH_RECORDS")
for _ in $(seq "$BENCH_ROUNDS"); do round "$dir"; done
ftp-read nffile -R "$dir" >"$work/flows"
ftp-merge -q <"$work/flows" >"$work/biflows"
n=$(ftp-merge -q -vv <"$work/flows" 2>&1 >/dev/null | sed 's/.*"records":\([0-9]*\).*/\1/')
b=$(ftp-merge -q -vv <"$work/flows" 2>&1 >/dev/null | sed 's/.*"biflows":\([0-9]*\).*/\1/')

printf '\nPipeline, %s records -> %s biflows, median of %s\n' "$n" "$b" "$BENCH_ROUNDS"
printf '%-34s %9s %12s %12s %14s %14s %10s\n' '' 'wall s' '/ nfdump' '/ cat' '/ nfdump -b' 'CPU us/record' \
    'peak MiB'
for row in "nfdump:nfdump alone, -o $format" "cat:nfdump | cat" "plain:ftprofiler" "gzip:ftprofiler -g" \
    "text:ftprofiler, -f $format" "text-gzip:ftprofiler -g, -f $format" \
    "records-cat:nfdump | cat, its own records" "nfdump-b:nfdump -b -o csv"; do
    label=${row%%:*}
    printf '%-34s %9.2f %12s %12s %14s %14s %10.0f\n' "${row#*:}" "$(median "$label" 2)" \
        "$(ratio "$label" nfdump)" "$(ratio "$label" cat)" "$(ratio "$label" nfdump-b)" \
        "$(calc "$(median "$label" 3)*1e6/$n" 3)" "$(calc "$(median "$label" 4)/1024")"
done

stage() { # NAME CPU BYTES KIB
    printf '%-34s %14.3f %14s %10.1f\n' "$1" "$(calc "$2*1e6/$n" 3)" "$3" "$(calc "$4/1024" 1)"
}
text_bytes=$(nfdump -q -o $format -R "$dir" "$filter" | wc -c)
records_bytes=$(nfdump -q -w /dev/fd/3 -R "$dir" "$filter" 3>&1 >/dev/null 2>&1 | wc -c)
printf '\nStages of the pipeline\n%-34s %14s %14s %10s\n' '' 'CPU us/record' 'bytes/record' 'peak MiB'
for path in "auto:$records_bytes:" "text:$text_bytes:, -f $format"; do
    IFS=: read -r label bytes what <<<"$path"
    in_pipe=$(median "nfdump-$label" 3)
    stage "nfdump, into a pipe$what" "$in_pipe" "$(calc "$bytes/$n" 1)" "$(median "nfdump-$label" 4)"
    stage "ftp-read$what" "$(calc "$(median "read-$label" 3)-$in_pipe" 4)" \
        "$(calc "$(stat -c %s "$work/flows")/$n" 1)" "$(median "read-$label" 4)"
done
stage ftp-merge "$(median merge-auto 3)" "$(calc "$(stat -c %s "$work/biflows")/$b" 1)" \
    "$(median merge-auto 4)"
stage ftp-write "$(median write-auto 3)" "$(calc "$(stat -c %s "$work/profile")/$b" 1)" \
    "$(median write-auto 4)"
echo "(bytes on the pipe after each; after ftp-merge and ftp-write a record is a biflow)"

printf '\nGrowth\n%-34s %14s %14s\n' records 'wall us/record' '/ nfdump'
for part in 8 4 2 1; do
    records=$((BENCH_RECORDS / part))
    dir=$(capture "$records")
    log=$work/log.$part
    for _ in $(seq "$BENCH_ROUNDS"); do
        nfdump_alone "$dir"
        pipeline plain "$dir" auto
    done
    printf '%-34s %14.3f %14s\n' "$records" "$(calc "$(median plain 2)*1e6/$records" 3)" \
        "$(ratio plain nfdump)"
    [ "$part" = 1 ] || rm -rf "$dir"
done

log=$work/log.alone
for _ in $(seq "$BENCH_ROUNDS"); do
    measure merge ftp-merge -q <"$work/flows" >/dev/null
    measure write ftp-write <"$work/biflows" >/dev/null
done
printf '\nAlone, from a stored stream\n'
printf '%-34s %9.2f million records/s\n' ftp-merge "$(calc "$n/$(median merge 2)/1e6")"
printf '%-34s %9.2f million biflows/s\n' ftp-write "$(calc "$b/$(median write 2)/1e6")"

printf '\nCompression of this profile\n%-34s %9s %9s %9s\n' level 'wall s' MiB ratio
plain=$(ftp-write <"$work/biflows" | wc -c)
for level in 1 2 3 4 5 6 7 8 9; do
    measure "level$level" ftp-write -g -l $level -o "$work/profile.gz" <"$work/biflows"
    size=$(stat -c %s "$work/profile.gz")
    printf '%-34s %9.2f %9.1f %9.2f\n' $level "$(median level$level 2)" "$(calc "$size/1048576" 1)" \
        "$(calc "$plain/$size")"
done

# ftprofiler-parallel against ftprofiler, on ten files of an hour each.  What more cores would take is computed from
# the CPU time of the steps, all but writing divided by the cores.
if command -v parallel >/dev/null; then
    many=$work/many
    mkdir "$many" "$work/shards"
    for hour in 0 1 2 3 4 5 6 7 8 9; do
        mkdir "$many/$hour"
        EXPORTER=$tools/exporter "$here/collect.sh" "$many/$hour" --records $((BENCH_RECORDS / 10)) --seed $((hour + 1)) \
            --start $((1700000000000 + hour * 3600000)) >/dev/null
    done
    log=$work/log.many
    for _ in $(seq "$BENCH_ROUNDS"); do
        measure one ftprofiler -q -o "$work/profile" nffile -R "$many"
        measure many ftprofiler-parallel -q -o "$work/profile.any" nffile -R "$many"
        measure many4 ftprofiler-parallel -q -N $((4 * $(nproc))) -o "$work/profile.any" nffile -R "$many"
        # shellcheck disable=SC2016 # sh expands it
        measure step-read sh -c 'ftp-read nffile -q -R "$1" | ftp-split -q -n 4 -o "$2/s."' sh "$many" "$work/shards"
        # shellcheck disable=SC2016
        measure step-merge sh -c 'cat "$1"/s.* | ftp-merge -q >"$1/biflows"' sh "$work/shards"
        # shellcheck disable=SC2016
        measure step-write sh -c 'cat "$1/biflows" | ftp-write -q >/dev/null' sh "$work/shards"
        measure small-one ftprofiler -q -o "$work/profile.small" nffile -R "$here/../demo/nfcapd.demo"
        measure small-many ftprofiler-parallel -q -o "$work/profile.small" nffile -R "$here/../demo/nfcapd.demo"
    done
    printf '\nftprofiler-parallel, 10 files of %s records, %s jobs\n%-42s %9s %9s\n' $((BENCH_RECORDS / 10)) "$(nproc)" '' \
        'wall s' 'CPU s'
    for row in "one:ftprofiler" "many:ftprofiler-parallel" \
        "many4:ftprofiler-parallel, -N $((4 * $(nproc)))" "step-read:step 2, read and split" "step-merge:step 3, merge" \
        "step-write:step 4, write" "small-one:ftprofiler, one small file" "small-many:ftprofiler-parallel, one small file"; do
        printf '%-42s %9.2f %9.2f\n' "${row#*:}" "$(median "${row%%:*}" 2)" "$(median "${row%%:*}" 3)"
    done
    for row in "many:the two, ratio" "many4:with -N $((4 * $(nproc))), ratio"; do
        printf '%-42s %9.2f %9.2f\n' "${row#*:}" "$(ratio "${row%%:*}" one)" \
            "$(calc "$(median "${row%%:*}" 3)/$(median one 3)")"
    done
    printf '%-42s %9.1f\n' 'shards, MB' "$(calc "$(cat "$work"/shards/s.* | wc -c)/1e6" 1)"
    for cores in 8 16 64; do
        printf '%-42s %9.2f\n' "$cores cores, computed" \
            "$(calc "($(median step-read 3)+$(median step-merge 3))/$cores+$(median step-write 3)")"
    done
    rm -rf "$many" "$work/shards"
fi

# ftp-stat, of CPU time: a stream, what else it reads, and what costs more.  The Python visualizer of FlowTest is
# compared where BENCH_VISUALIZER names it (and BENCH_PYTHON a Python that has pandas and matplotlib).
ftp-write -o "$work/profile.csv" <"$work/biflows"
gzip -kf "$work/profile.csv"
{ head -n 1 "$work/profile.csv"; tail -n +2 "$work/profile.csv" | sort -t, -k5,6; } >"$work/profile.any"
stat_report() { measure "$1" ftp-stat -q "${@:2}" >/dev/null; }
for _ in $(seq "$BENCH_ROUNDS"); do
    stat_report stat-stream "$work/biflows"
    # shellcheck disable=SC2002 # a pipe
    cat "$work/biflows" | stat_report stat-pipe
    stat_report stat-copy -c -o "$work/report" "$work/biflows"
    stat_report stat-unique -u "$work/biflows"
    stat_report stat-csv "$work/profile.csv"
    stat_report stat-html -f html "$work/profile.csv"
    stat_report stat-gzip "$work/profile.csv.gz"
    stat_report stat-any "$work/profile.any"
    stat_report stat-two "$work/profile.csv" "$work/profile.any"
done
[ -z "${BENCH_VISUALIZER:-}" ] || MPLBACKEND=Agg measure visualizer "${BENCH_PYTHON:-python3}" \
    "$BENCH_VISUALIZER" -p "$work/profile.csv" -o "$work/profile.png"
printf '\nftp-stat, %s biflows\n%-42s %12s %12s %10s\n' "$b" '' 'CPU s' 'M biflows/s' 'peak MiB'
for row in "stat-stream:a stream" "stat-pipe:a stream from a pipe" "stat-copy:a stream, passed on (-c)" \
    "stat-unique:a stream, with uniqueness (-u)" "stat-csv:CSV" "stat-html:CSV, report in HTML" \
    "stat-gzip:CSV, gzipped" "stat-any:CSV, in another order" "stat-two:CSV, with a reference" \
    "visualizer:CSV, the Python visualizer"; do
    cpu=$(median "${row%%:*}" 3)
    [ "$cpu" != 0 ] || continue
    printf '%-42s %12.2f %12.2f %10.1f\n' "${row#*:}" "$cpu" "$(calc "$b/$cpu/1e6")" \
        "$(calc "$(median "${row%%:*}" 4)/1024" 1)"
done
rm -rf "$work"/capture.* "$work/flows" "$work/biflows" "$work"/profile*

# ftp-merge alone: size of the cache, and what leaves it.  The kernel's part, reading and above all clearing
# memory, depends on the machine, and much so in a virtual one: its host takes back memory that was not in
# use for some seconds, and gives it again page by page.  So each is run twice: at once, and once more with
# the memory at hand.
log=$work/log.merge
live=$((BENCH_LIVE / 20))
plans="
$live live biflows, budget not reached|16384|$live 0
$((2 * live)) live biflows|16384|$((2 * live)) 0
$BENCH_LIVE live biflows|16384|$BENCH_LIVE 0
full cache (-m 32), all old|32|$((2 * live)) 3000
full cache (-m 32), all young|32|$((2 * live)) 0
full cache (-m 32), old and lasting mixed|32|$((2 * live)) 3000 lasting=$((live / 20))
keys that collide without a seed|16384|$live 0 keys=colliding
100,000 biflows of one key|16384|100000 0 keys=one
"

# The stream of a plan, made once.
stream() { # GENSTREAM-ARGUMENTS
    local file=$work/stream.${*// /_}
    # shellcheck disable=SC2086 # a list of words
    [ -e "$file" ] || "$tools/genstream" $1 ipv6=15 >"$file"
    echo "$file"
}

each_plan() { # COMMAND: called with number, text, MiB and genstream arguments of each
    local number=0 text mib arguments
    while IFS='|' read -r text mib arguments; do
        [ -n "$text" ] || continue
        number=$((number + 1))
        "$1" $number "$text" "$mib" "$arguments"
    done <<<"$plans"
}

run_plan() {
    local label
    for label in "first$1" "plan$1"; do
        measure "$label" ftp-merge -q -vv -m "$3" <"$(stream "$4")" 2>"$work/json.$1" >/dev/null
    done
}

total() { # KEY NUMBER
    sed 's/.*"'"$1"'":\([0-9]*\).*/\1/' "$work/json.$2"
}

print_plan() {
    local cpu kernel peak first
    cpu=$(median "plan$1" 3) kernel=$(median "plan$1" 5) peak=$(median "plan$1" 4)
    first=$(median "first$1" 3)
    printf '%-42s %12.2f %13.2f %13.2f %9.1f %9.0f %8s\n' "$2" "$(calc "$(total records "$1")/$cpu/1e6")" \
        "$(calc "$(total records "$1")/($cpu-$kernel)/1e6")" \
        "$(calc "$(total records "$1")/$first/1e6")" "$(calc "$peak/1024" 1)" \
        "$(calc "$peak*1024/$(total biflows "$1")" 1)" "$(total early "$1")"
}

for _ in $(seq "$BENCH_ROUNDS"); do each_plan run_plan; done
printf '\nftp-merge alone, made streams, two records a biflow, 15 %% IPv6\n'
printf '%-42s %12s %13s %13s %9s %9s %8s\n' '' 'M records/s' 'no kernel' 'new memory' 'peak MiB' 'bytes/bf' early
each_plan print_plan
