#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
#
# Runs the unit tests and the program tests, all of which speak TAP, and counts.  With arguments, runs only
# these (.bats files, or names of unit tests).  BUILD is where the programs and unit tests are.
set -u
cd "$(dirname "$0")/.." || exit 1
: "${BUILD:=$PWD/build}"
export BUILD
# Tests are told what a build can not do.
out=$(mktemp) || exit 1
trap 'rm -f "$out"' EXIT

if [ $# -eq 0 ]; then
    for unit in tests/unit/test_*.c; do
        name=${unit#tests/unit/}
        set -- "$@" "${name%.c}"
    done
    set -- "$@" tests/*.bats
fi

crashed=0
for test in "$@"; do
    echo "# $test"
    case $test in
    *.bats) bats --tap --jobs 2 --no-parallelize-across-files "$test" ;;
    *) CMOCKA_MESSAGE_OUTPUT=tap "$BUILD/tests/$test" ;;
    esac >"$out" 2>&1
    status=$?
    grep -vE '^(ok|1\.\.)' "$out"
    grep -E '^(ok|not ok)' "$out" >>"$out.all"
    # A runner that died, or ran nothing, is a failure of its own.
    if ! grep -qE '^(ok|not ok)' "$out" || { [ $status -ne 0 ] && ! grep -q '^not ok' "$out"; }; then
        echo "not ok - $test ended with status $status" | tee -a "$out.all"
        crashed=1
    fi
done
passed=$(grep -cE '^ok' "$out.all")
skipped=$(grep -cE '^ok.*# skip' "$out.all")
failed=$(grep -c '^not ok' "$out.all")
grep -E '^not ok|# skip' "$out.all"
rm -f "$out.all"
echo "$((passed - skipped)) passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ] && [ $crashed -eq 0 ]
