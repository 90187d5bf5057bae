#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-3-Clause
#
# ftp-write and a system that refuses: calls that fail (failcall makes them), permissions of other users, names
# at their limits, several writers of one FILE.

load lib

setup() {
    scratch
    PATH=$BUILD:$BUILD/tests:$PATH
    printf 'B 0 5 4 6 50000 443 3 400 2 300\nB 7 7 6 58 0 0 1 64 0 0\n' | mkstream >small.ftp
    ftp-write <small.ftp >small.csv
    mkdir d
    echo old >d/p
}

teardown() {
    if [ -n "${OPEN:-}" ]; then rm -rf "$OPEN"; fi
}

kept() {
    [ "$(cat d/p)" = old ]
    holds d p
}

# failing CALL ERROR COMMAND...: tries the command on a small stream while such calls fail.
failing() {
    need_failcall "$1" "$2"
    try failcall "$@" <small.ftp
}

@test "ftp-write: fsync, rename, linkat or fchmod fails" {
    for error in EIO EDQUOT; do
        failing fsync $error ftp-write -o d/p
        fails 1 '^ftp-write: d/p: '
        kept
    done
    failing rename EACCES ftp-write -o d/p
    fails 1 '^ftp-write: d/p: Permission denied$'
    kept
    failing linkat EIO ftp-write -g -o d/p
    fails 1 '^ftp-write: d/p: Input/output error$'
    kept
    failing fchmod EIO ftp-write -o d/p
    fails 1 '^ftp-write: d/p: cannot set its permissions: Input/output error$'
    kept
}

@test "ftp-write: no threads to be had" {
    # The leak checker wants a thread of its own.
    export ASAN_OPTIONS=${ASAN_OPTIONS:+$ASAN_OPTIONS:}detect_leaks=0
    failing clone EAGAIN ftp-write -g -o d/p
    fails 1 '^ftp-write: d/p: cannot start the compression: Resource temporarily unavailable$'
    kept
    failing clone EAGAIN ftp-write -g
    fails 1 '^ftp-write: standard output: cannot start the compression: '
    [ ! -s out ]
    failing clone EAGAIN ftp-write
    works
}

@test "ftp-write: a file system without nameless files" {
    failing tmpfile EOPNOTSUPP ftp-write -o d/p
    works
    cmp d/p small.csv
    holds d p
    echo old >d/p
    for call in 'fsync EIO' 'rename EACCES' 'fchmod EIO'; do
        # shellcheck disable=SC2086 # two words
        failing tmpfile EOPNOTSUPP failcall $call ftp-write -g -o d/p
        fails 1 '^ftp-write: d/p: '
        kept
    done
    failing tmpfile EOPNOTSUPP failcall create EACCES ftp-write -o d/p
    fails 1 '^ftp-write: d/p: cannot make a file in its directory: Permission denied$'
    kept
}

@test "ftp-write: signals, on a file system without nameless files" {
    failing tmpfile EOPNOTSUPP true
    head -c 100 small.ftp >half
    for name in TERM INT HUP QUIT XCPU USR2 ALRM; do
        rm -f in
        mkfifo in
        start sh -c 'exec failcall tmpfile EOPNOTSUPP ftp-write -g -o d/p <in'
        exec 8>in
        cat half >&8
        # The temporary file can be seen, and has the permissions of the other.
        until_true test -e "d/.p.$pid"
        until_true sh -c '[ "$(stat -c %a d/.p.*)" = "$(stat -c %a d/p)" ]'
        kill "-$name" "$pid"
        finish
        exec 8>&-
        [ "$signal" -eq "$(kill -l "$name")" ]
        [ ! -s err ]
        kept
    done
}

# as_nobody COMMAND...: tries it without the rights of root.
as_nobody() {
    if [ "$(id -u)" -ne 0 ]; then
        try "$@" <small.ftp
    else
        try setpriv --reuid 65534 --regid 65534 --clear-groups "$@" <small.ftp
    fi
}

@test "ftp-write: a protected directory, a protected FILE" {
    OPEN=$(TMPDIR='' mktemp -d)
    mkdir "$OPEN/closed" "$OPEN/mine"
    # BUILD may be out of the reach of others.
    cp "$BUILD/ftp-write" "$OPEN"
    echo old | tee "$OPEN/closed/p" >"$OPEN/mine/p"
    chmod 666 "$OPEN/closed/p"
    chmod 444 "$OPEN/mine/p"
    [ "$(id -u)" -ne 0 ] || chown -R 65534 "$OPEN/mine"
    chmod 755 "$OPEN"
    chmod 555 "$OPEN/closed"
    for file in p new; do
        as_nobody "$OPEN/ftp-write" -o "$OPEN/closed/$file"
        fails 1 "/closed/$file: cannot make a file in its directory: Permission denied\$"
    done
    as_nobody "$OPEN/ftp-write" -o "$OPEN/mine/p"
    fails 1 '/mine/p: Permission denied$'
    as_nobody "$OPEN/ftp-write" -o "$OPEN/mine/new"
    works
    chmod 755 "$OPEN/closed"
    holds "$OPEN/closed" p
    holds "$OPEN/mine" new p
    [ "$(cat "$OPEN/closed/p" "$OPEN/mine/p")" = $'old\nold' ]
}

@test "ftp-write: FILE keeps its group, or loses the permissions of the group" {
    [ "$(id -u)" -eq 0 ] || skip "needs root, to give files away"
    chown :12345 d/p
    chmod 664 d/p
    try ftp-write -o d/p <small.ftp
    works
    [ "$(stat -c '%g %a' d/p)" = '12345 664' ]
    OPEN=$(TMPDIR='' mktemp -d)
    cp "$BUILD/ftp-write" "$OPEN"
    chmod 755 "$OPEN"
    mkdir "$OPEN/mine"
    # A group of the user is kept, that of others is not.
    for group in 65534 100 12345; do
        echo old >"$OPEN/mine/$group"
        chown "65534:$group" "$OPEN/mine" "$OPEN/mine/$group"
        chmod 664 "$OPEN/mine/$group"
    done
    chown :65534 "$OPEN/mine"
    for group in 65534 100 12345; do
        try setpriv --reuid 65534 --regid 65534 --groups 100 "$OPEN/ftp-write" -o "$OPEN/mine/$group" <small.ftp
        works
    done
    [ "$(stat -c '%g %a' "$OPEN/mine/65534")" = '65534 664' ]
    [ "$(stat -c '%g %a' "$OPEN/mine/100")" = '100 664' ]
    [ "$(stat -c '%g %a' "$OPEN/mine/12345")" = '65534 604' ]
    holds "$OPEN/mine" 100 12345 65534
}

@test "ftp-write: temporary names that others have are left alone" {
    # shellcheck disable=SC2016 # the inner shell's
    try sh -c 'echo taken >d/.p.$$; echo taken >d/.p.$$.1; exec ftp-write -o d/p' <small.ftp
    works
    cmp d/p small.csv
    [ "$(cat d/.p.*)" = $'taken\ntaken' ]
    rm d/.p.*
    holds d p
    failing tmpfile EOPNOTSUPP sh -c 'echo taken >d/.p.$$; exec ftp-write -o d/p'
    works
    [ "$(cat d/.p.*)" = taken ]
}

@test "ftp-write: a name as long as names can be, and odd names" {
    long=$(printf '%0255d' 7)
    for name in "$long" 'a b' $'new\nline' -x %s .hidden; do
        try ftp-write --output="d/$name" <small.ftp
        works
        cmp "d/$name" small.csv
        rm "d/$name"
        failing tmpfile EOPNOTSUPP ftp-write --output="d/$name"
        works
        cmp "d/$name" small.csv
        rm "d/$name"
    done
    kept
}

@test "ftp-write: several writers and a reader of one FILE" {
    exec 7<d/p
    for _ in 1 2 3 4 5 6 7 8; do
        ftp-write -o d/p <small.ftp 3>&- &
        ftp-write -o d/p <small.ftp
        wait $!
        cmp d/p small.csv
    done
    holds d p
    [ "$(cat <&7)" = old ]
}

@test "ftp-write: FILE is where the input comes from" {
    cp small.ftp d/p
    # shellcheck disable=SC2094 # that is the test
    try ftp-write -o d/p <d/p
    works
    cmp d/p small.csv
    holds d p
}
