#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-3-Clause
#
# The corpora of the fuzzing targets, and what the fuzzers once found, go through the targets without a fuzzer.

replay()
{
    local found=("$BATS_TEST_DIRNAME"/fuzz/found/"$1"/*)

    [ -e "${found[0]}" ] || found=()
    run "$BUILD/tests/replay_fuzz_$1" "$BATS_TEST_DIRNAME"/fuzz/corpus/"$1"/* "${found[@]}"
    [ "$status" -eq 0 ] || {
        echo "status $status; the last file and what is wrong with it:"
        tail -n 5 <<<"$output"
        return 1
    }
}

setup() { : "${BUILD:=$BATS_TEST_DIRNAME/../build}"; }

@test "fuzz: streams" { replay stream; }
@test "fuzz: the flow cache" { replay merge; }
@test "fuzz: rows out" { replay write; }
@test "fuzz: rows in" { replay rows; }
@test "fuzz: rows of profiles, and reports of them" { replay profile; }
@test "fuzz: nfdump's own records" { replay records; }
@test "fuzz: values of options, fields and filters" { replay options; }

@test "fuzz: every target is replayed" {
    for target in "$BATS_TEST_DIRNAME"/fuzz/fuzz_*.c; do
        name=${target##*/fuzz_}
        grep -q "replay ${name%.c};" "$BATS_TEST_FILENAME"
    done
}
