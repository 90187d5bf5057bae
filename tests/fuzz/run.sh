#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
#
# Builds fuzzing targets with clang and runs each for some seconds, FUZZ_JOBS (2) at a time:
#
#     run.sh SECONDS TARGET...        run.sh 60 fuzz_rows
#
# What they find goes to build/fuzz: corpus-NAME has new inputs, crash-NAME-* those that fail, NAME.log the
# output.  Exit status 1 when one fails.  For long runs, FUZZ_FLAGS=-fno-sanitize-coverage=trace-cmp makes
# fuzz_merge several times as fast, most of whose work is comparing.
set -eu
if [ $# -lt 2 ]; then
    echo "usage: run.sh SECONDS TARGET..." >&2
    exit 2
fi
cd "$(dirname "$0")/../.."
seconds=$1
shift
out=build/fuzz
clang=${FUZZ_CC:-clang}
mkdir -p "$out"

# The parts of the programs, all but main.c, and what unit tests share.
sources=
for source in common/*.c ftp-read/*.c ftp-merge/*.c ftp-write/*.c ftp-stat/*.c tests/unit/model.c tests/unit/rows.c \
    tests/unit/sets.c; do
    case $source in
    */main.c) ;;
    *) sources="$sources $source" ;;
    esac
done
flags="-std=c11 -D_GNU_SOURCE -O1 -g -fno-omit-frame-pointer -fno-sanitize-recover=all
    -Icommon -Iftp-read -Iftp-merge -Iftp-write -Iftp-stat -Itests/unit"
for target in "$@"; do
    # shellcheck disable=SC2086 # lists of words
    "$clang" $flags -DVERSION='"fuzzed"' ${FUZZ_FLAGS:-} -fsanitize=fuzzer,address,undefined -o "$out/$target" \
        "tests/fuzz/$target.c" $sources -lcsv -lz -lpthread -lm
done

run_target()
{
    name=${1#fuzz_}
    dirs=$out/corpus-$name
    mkdir -p "$dirs"
    for dir in tests/fuzz/corpus/"$name" tests/fuzz/found/"$name"; do
        [ ! -d "$dir" ] || dirs="$dirs $dir"
    done
    # shellcheck disable=SC2086 # directories without blanks
    if "$out/$1" -max_total_time="$seconds" -max_len="${FUZZ_MAX_LEN:-1024}" -timeout=20 -print_final_stats=1 \
        -artifact_prefix="$out/crash-$name-" $dirs >"$out/$name.log" 2>&1; then
        echo "$1: $(sed -n 's/^stat::number_of_executed_units: *//p' "$out/$name.log") executions," \
            "$(grep -o 'cov: [0-9]*' "$out/$name.log" | tail -n 1)"
    else
        echo "$1: failed, see $out/$name.log and $out/crash-$name-*" >&2
        grep -E '^(==|SUMMARY|tests/|common/|ftp-)|does not hold|runtime error' "$out/$name.log" >&2 || :
        : >"$out/failed"
    fi
}

# Large blocks that are freed are not kept for long: the targets free many.
export ASAN_OPTIONS="quarantine_size_mb=8:${ASAN_OPTIONS:-}"
rm -f "$out/failed"
running=0
for target in "$@"; do
    run_target "$target" &
    running=$((running + 1))
    if [ $running -ge "${FUZZ_JOBS:-2}" ]; then
        wait
        running=0
    fi
done
wait
[ ! -e "$out/failed" ]
