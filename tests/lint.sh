#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
#
# Checks what a compiler does not: manual pages, shell scripts, formatting, common mistakes.
set -u
cd "$(dirname "$0")/.." || exit 1
status=0

check() { # WHAT COMMAND...
    what=$1
    shift
    if "$@"; then
        echo "ok - $what"
    else
        echo "not ok - $what"
        status=1
    fi
}

# Words that have to be read twice, where a common one will do, and ends of comments alone on a line.
# shellcheck disable=SC2317 # check calls it
plain_english() {
    ! git grep -nwE 'behind|for want of|is no (number|time|port|address|file|record|row)' -- common 'ftp-*' man ftprofiler \
        ftprofiler-parallel '*.md' completion packaging
}
# shellcheck disable=SC2317 # check calls it
ends_of_comments() {
    awk 'FNR == 1 { open = 0 }
        /^[ \t]*\/\* [^*]/ && !/\*\// { open = 1 }
        /^[ \t]*\*\/$/ && open { print FILENAME ":" FNR ": the end of the comment is alone on its line"; bad = 1 }
        /\*\// { open = 0 }
        END { exit bad }' "$@"
}

sources=$(git ls-files '*.c' '*.h')
scripts="ftprofiler ftprofiler-parallel .ci/run $(git ls-files 'demo/*.sh' 'tests/*.sh' 'tests/fuzz/*.sh' 'packaging/*.sh') tests/compare-truth"
c_files=$(git ls-files 'common/*.c' 'ftp-*/*.c')

# shellcheck disable=SC2086 # lists of names without blanks
{
    check 'manual pages' mandoc -Tlint -Wwarning man/*.[157]
    check 'shell scripts' shellcheck $scripts
    check 'completion' shellcheck -s bash completion/ftprofiler
    check 'formatting' clang-format --dry-run -Werror $sources
    check 'plain English' plain_english
    check 'ends of comments' ends_of_comments $sources
    check 'common mistakes' clang-tidy --quiet --warnings-as-errors='*' \
        --checks='-*,clang-analyzer-*,bugprone-*,-bugprone-easily-swappable-parameters,-bugprone-narrowing-conversions,-bugprone-implicit-widening-of-multiplication-result,-bugprone-assignment-in-if-condition,-bugprone-reserved-identifier,-bugprone-branch-clone,-bugprone-not-null-terminated-result,-clang-analyzer-security.insecureAPI.DeprecatedOrUnsafeBufferHandling,-clang-analyzer-security.insecureAPI.strcpy,-bugprone-signal-handler,-clang-analyzer-valist.Uninitialized' \
        $c_files -- -std=c11 -D_GNU_SOURCE -DVERSION='""' -Icommon
}
exit $status
