#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-3-Clause
#
# ftprofiler-parallel against ftprofiler: the same rows for any number of shards, jobs and hosts (a real sshd on
# loopback addresses), also when jobs are killed and the run is resumed.

load lib.bash

# A capture of some files, made of the demo's and of one that a collector made; and an sshd with a key of its own.
setup_file() {
    parallel --version 2>/dev/null | grep -q '^GNU' || skip "GNU parallel is not installed (run make deps-test first)"
    export CAPTURES="$BATS_FILE_TMPDIR/cap tures" SSHD=$BATS_FILE_TMPDIR/sshd
    local demo=$BATS_TEST_DIRNAME/../demo/nfcapd.demo i
    mkdir "$CAPTURES" "$SSHD"
    EXPORTER=$BUILD/tests/exporter "$BATS_TEST_DIRNAME/collect.sh" "$CAPTURES" --sessions 1500 --other-share 20 >/dev/null
    for i in 1 2 3 4 5; do
        nfdump -q -r "$demo" -w "$CAPTURES/part's $i" "src port > $((i * 9000)) or src port < $((i * 2000))" 2>"$SSHD/log"
    done
    # A clock that began in January 1970: its day, 2, is a small number and a small text.
    mkdir "$SSHD/old"
    EXPORTER=$BUILD/tests/exporter "$BATS_TEST_DIRNAME/collect.sh" "$SSHD/old" --records 20 --start 172800000 >/dev/null
    mv "$SSHD"/old/nfcapd.[0-9]* "$CAPTURES/clock"
    "$BUILD/ftprofiler" -q nffile -R "$CAPTURES" -r any -i any | sort >"$BATS_FILE_TMPDIR/expected"
    if [ -x /usr/sbin/sshd ] && command -v ssh-keygen ssh >/dev/null; then
        start_sshd
    fi
}

teardown_file() {
    [ ! -s "$SSHD/pid" ] || kill "$(cat "$SSHD/pid")"
}

start_sshd() {
    local port=$((31000 + $$ % 900))
    ssh-keygen -q -t ed25519 -N '' -f "$SSHD/host"
    ssh-keygen -q -t ed25519 -N '' -f "$SSHD/user"
    cp "$SSHD/user.pub" "$SSHD/authorized"
    [ "$(id -u)" -ne 0 ] || mkdir -p /run/sshd
    cat >"$SSHD/config" <<END
Port $port
ListenAddress 127.0.0.2
ListenAddress 127.0.0.3
ListenAddress 127.0.0.4
HostKey $SSHD/host
AuthorizedKeysFile $SSHD/authorized
PidFile $SSHD/pid
StrictModes no
UsePAM no
MaxStartups 100
PermitRootLogin yes
END
    /usr/sbin/sshd -f "$SSHD/config" -E "$SSHD/log"
    export SSH_COMMAND="ssh -p $port -i $SSHD/user -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null -o LogLevel=ERROR"
}

setup() {
    scratch
    PATH=$BUILD:$PATH
    cd "$T"
    expected=$BATS_FILE_TMPDIR/expected
    [ "$(wc -l <"$expected")" -gt 1500 ]
}

# parallel_run OPTION...: over the captures, into p.
parallel_run() { try ftprofiler-parallel -q -o p "$@" nffile -R "$CAPTURES" -r any -i any; }

same() { sort p | cmp - "$expected"; }

@test "the rows are those of ftprofiler, for any number of shards and jobs" {
    for options in '' '-N 1' '-N 3 -j 2' '-N 16' '--shards=100 --jobs 4' '-j1 -N2'; do
        # shellcheck disable=SC2086 # words
        parallel_run $options
        works
        same
        [ -z "$(ls "$TMPDIR")" ]
    done
    parallel_run -g --report r.html -N 3
    works
    gunzip <p.gz | sort | cmp - "$expected"
    grep -q '</html>' r.html
    try ftprofiler-parallel -q -N 2 nffile -R "$CAPTURES" -r any -i any
    works
    sort out | cmp - "$expected"
}

@test "so they are with options of ftp-read and ftp-merge, and several -R" {
    one=$CAPTURES/part\'s\ 1 two=$CAPTURES/part\'s\ 2
    set -- nffile -R "$one:${one##*/}" -R "$two:${two##*/}" -F 'proto tcp and (port 80 or port 443)' -iany --router=any -bk
    ftprofiler -q -a 5m -i 10 -d arrival "$@" | sort >wanted
    [ "$(wc -l <wanted)" -gt 10 ]
    try ftprofiler-parallel -o p -N 3 -a 5m -i 10 -d arrival "$@"
    works
    sort p | cmp - wanted
    ftprofiler -q -z 1795426600000 "$@" | sort >wanted
    try ftprofiler-parallel -o p -N 3 -z 1795426600000 "$@"
    works
    sort p | cmp - wanted
    # Also when it takes a while to find that out, after all shards were merged.
    mkdir slow
    ln -s "$BUILD"/ftp* slow
    printf '#!/bin/sh\nsleep 0.5\nexec /usr/bin/awk "$@"\n' >slow/awk
    chmod +x slow/awk
    try slow/ftprofiler-parallel -o p -N 3 -z 5 "$@"
    fails 1 '^ftprofiler-parallel: -z: no record starts within 366 days of the given time'
    sort p | cmp - wanted
}

@test "nothing that matches: a header alone, and the warning once" {
    try ftprofiler-parallel -o p -N 3 nffile -R "$CAPTURES" -i 77
    [ "$status" -eq 0 ]
    echo "$HEADER" | cmp - p
    [ "$(wc -l <err)" -eq 1 ]
    grep -q '^ftp-read: no record of exporter 127.0.0.1 and interface 77: ' err
}

@test "a warning that several jobs give is shown once" {
    # The demo is three years younger than what the exporter sent.
    try ftprofiler-parallel -o p -N 3 nffile -R "$CAPTURES" -r any -i any
    [ "$status" -eq 0 ]
    [ "$(wc -l <err)" -eq 1 ]
    grep -q '^ftp-merge: 0 records and [0-9]* biflows were left out because their clock was not set: .* (one job; 2 more said something like that)$' err
    same
}

@test "-v sums up" {
    parallel_run -v -N 3
    [ "$status" -eq 0 ]
    records=$(ftp-read nffile -vv -R "$CAPTURES" -r any -i any 2>&1 >/dev/null | sed 's/.*"flows":\([0-9]*\).*/\1/')
    rows=$(($(wc -l <p) - 1))
    grep -qx "ftprofiler-parallel: 7 files, $records flow records, 3 shards, $rows biflows, [0-9]* of them two-sided, 0 early" err
    parallel_run -vv -N 3
    grep -q "^{\"program\":\"ftprofiler-parallel\",\"files\":7,\"flows\":$records,\"skipped\":0,\"shards\":3,\"biflows\":$rows," err
    parallel_run -q -N 3
    works
}

# fake_merge N COMMAND: bin/ftprofiler-parallel has a ftp-merge that runs the command first, in the directory of shards,
# when it is run for the N-th time.  The file count tells how often it was.
fake_merge() {
    mkdir -p bin
    ln -sf "$BUILD"/ftp* bin
    rm -f bin/ftp-merge count
    cat >bin/ftp-merge <<END
#!/bin/sh
case \$* in *--check) exec "$BUILD/ftp-merge" "\$@" ;; esac
echo >>"$T/count"
[ "\$(wc -l <"$T/count")" -ne $1 ] || { $2; }
exec "$BUILD/ftp-merge" "\$@"
END
    chmod +x bin/ftp-merge
}

# nothing_waits: the program that waits for shards is gone.
nothing_waits() { ! pgrep -f "$T/.*/[f]eed.sh" >/dev/null; }

# dies SIGNAL: process pid does, by the signal that it is sent, and the old profile stays.
dies() {
    kill -s "$1" "$pid"
    status=0
    wait "$pid" || status=$?
    [ $status -eq $((128 + $(kill -l "$1"))) ] || { echo "$1: $status"; cat err; return 1; }
    [ "$(cat p)" = old ]
}

@test "what is old is held as long as ftprofiler holds it" {
    fake_merge 1 "echo \"\$*\" >'$T/arguments'"
    try bin/ftprofiler-parallel -q -o p -N 1 nffile -R "$CAPTURES" -r any -i any
    works
    grep -q -e ' --hold' arguments
    fake_merge 1 "echo \"\$*\" >'$T/arguments'"
    try bin/ftprofiler-parallel -q -o p -N 1 -z 1795426600000 nffile -R "$CAPTURES" -r any -i any
    works
    [ -z "$(grep -e ' --hold' arguments)" ]
}

@test "without -w a shard is removed once it was merged" {
    fake_merge 2 "find . -name 'shard.*' >'$T/seen'"
    try bin/ftprofiler-parallel -q -o p -j 1 -N 2 nffile -R "$CAPTURES" -r any -i any
    works
    same
    # The second job sees those of seven files, and none of the first.
    [ "$(grep -c 'shard\.0$' seen)" -eq 0 ]
    [ "$(grep -c 'shard\.1$' seen)" -eq 7 ]
}

@test "a shard that cannot be merged: its number, the old profile, and -w goes on" {
    for options in '' '-w work'; do
        # The rows of the first shards are with ftp-write by then.
        fake_merge 4 "sleep 1; echo 'no luck' >&2; exit 1"
        echo old >p
        # shellcheck disable=SC2086 # words
        try bin/ftprofiler-parallel -q -o p -j 1 -N 5 $options nffile -R "$CAPTURES" -r any -i any
        fails 1 '^ftprofiler-parallel: shard 3: could not be merged$'
        [ "$(cat err)" = "$(printf 'no luck\nftprofiler-parallel: shard 3: could not be merged')" ]
        [ "$(cat p)" = old ]
        [ -z "$(ls "$TMPDIR")" ]
        until_true nothing_waits
    done
    try bin/ftprofiler-parallel -q -o p -j 1 -N 5 -w work nffile -R "$CAPTURES" -r any -i any
    works
    same
}

@test "a signal while shards are merged: the old profile stays, no process and no directory is left" {
    for signal in TERM HUP; do
        fake_merge 2 "echo \$\$ >'$T/caught'; exec sleep 30"
        rm -f caught
        echo old >p
        bin/ftprofiler-parallel -q -o p -j 1 -N 3 nffile -R "$CAPTURES" -r any -i any >out 2>err 3>&- &
        pid=$!
        until_true test -s caught
        dies $signal
        [ -z "$(ls "$TMPDIR")" ]
        [ ! -s err ]
        until_true sh -c "! kill -0 $(cat caught)"
        until_true nothing_waits
    done
}

@test "killed outright while shards are merged: what would write the profile ends" {
    fake_merge 2 "echo \$\$ >'$T/caught'; exec sleep 30"
    echo old >p
    bin/ftprofiler-parallel -q -o p -j 1 -N 3 nffile -R "$CAPTURES" -r any -i any >out 2>err 3>&- &
    pid=$!
    until_true test -s caught
    dies KILL
    until_true nothing_waits
    # The job that was left fails, and so GNU parallel ends.
    kill "$(cat caught)"
    [ "$(cat p)" = old ]
}

# refused PATTERN ARGUMENT...: a wrong command line, with one message.
refused() {
    try ftprofiler-parallel "${@:2}"
    fails 2 "$1"
    [ "$(wc -l <err)" -eq 1 ]
    [ ! -s out ]
    [ -z "$(ls "$TMPDIR")" ]
}

@test "wrong command lines" {
    refused '^ftprofiler-parallel: no reader given: nffile'
    refused "^ftprofiler-parallel: 'csvfile': nffile is the only reader whose input can be read in parts$" csvfile -f x
    refused "^ftprofiler-parallel: unknown option '-x'" -x nffile
    refused '^ftprofiler-parallel: -o: needs a value' -o
    refused '^ftprofiler-parallel: -c makes no sense in parallel$' nffile -R x -c 5
    refused "^ftprofiler-parallel: -l makes no sense in parallel: 'ftp-read nffile -l' is one program$" nffile -R x -l
    refused '^ftprofiler-parallel: -z first makes no sense in parallel$' -z first nffile -R x
    refused "^ftprofiler-parallel: -N: '0' is not a number from 1 to 1024$" -N 0 nffile -R x
    refused "^ftprofiler-parallel: -N: '1025' is not a number from 1 to 1024$" -N 1025 nffile -R x
    refused "^ftprofiler-parallel: -j: 'x' is not a number from 1 to 99999$" -j x nffile -R x
    refused "^ftprofiler-parallel: -m: '3' MiB are less than 1 for each of 4 jobs$" -j 4 -m 3 nffile -R x
    refused "^ftprofiler-parallel: unknown option '--rea' of nffile (names of options are written in full here)$" nffile --rea x
    refused '^ftp-merge: -a: ' -a 3x nffile -R x
    refused '^ftp-read: -i: ' nffile -R x -i x
    refused '^ftp-read: -R: nothing to read' nffile
    try ftprofiler-parallel nffile -R none
    fails 1 '^ftp-read: -R: none: No such file or directory$'
    [ "$(wc -l <err)" -eq 1 ]
}

@test "three hosts, by ssh, one of them this one; and one that is not there" {
    [ -n "${SSH_COMMAND:-}" ] || skip "sshd is not installed (run make deps-test first)"
    # What the shells of the hosts may say is not ours.
    export PARALLEL_SSH=$SSH_COMMAND
    parallel_run -N 3 -j 2 -S 127.0.0.2,127.0.0.3,127.0.0.4
    [ "$status" -eq 0 ]
    same
    grep -q 'Accepted publickey.* 127.0.0' "$SSHD/log"
    parallel_run -N 3 -S 127.0.0.2,:
    [ "$status" -eq 0 ]
    same
    echo old >p
    parallel_run -N 3 -S 127.0.0.9 -w work
    fails 1 '^ftprofiler-parallel: .*: could not be read$'
    grep -q '^ssh: connect to host 127.0.0.9' err
    [ "$(cat p)" = old ]
    parallel_run -N 3 -S 127.0.0.3 -w work
    [ "$status" -eq 0 ]
    same
}

# nfdump that is killed, or waits, at one of the files.
slow_nfdump() {
    cat >slow <<SH
#!/bin/sh
case "\$1 \$*" in
-V* | -I* | -Z* | *-o\ null*) ;;
*"part's 3"*) [ ! -e trap ] || { rm trap; echo \$\$ >"$T/caught"; $1; } ;;
esac
exec nfdump "\$@"
SH
    chmod +x slow
    touch trap
}

@test "a job that is killed fails the run with its file's name; -w goes on where it was" {
    slow_nfdump 'kill -KILL $$'
    echo old >p
    try ftprofiler-parallel -o p -N 3 -w work nffile -R "$CAPTURES" -r any -i any -n "$T/slow"
    fails 1 "^ftprofiler-parallel: $CAPTURES/part's 3: could not be read$"
    grep -q 'was killed by signal 9' err
    [ "$(cat p)" = old ]
    try ftprofiler-parallel -q -o p -N 3 -w work nffile -R "$CAPTURES" -r any -i any -n "$T/slow"
    works
    same
    # What was done is not done again.
    find work/read -name days -printf '%T@ %p\n' | sort >before
    try ftprofiler-parallel -q -o p -N 3 -w work nffile -R "$CAPTURES" -r any -i any -n "$T/slow"
    works
    same
    find work/read -name days -printf '%T@ %p\n' | sort | cmp - before
}

@test "other options or files than before are refused with -w" {
    parallel_run -N 3 -w work
    works
    # The number of jobs does not matter to the result, nor how the memory is written.
    parallel_run -N 3 -j 1 -m 2G -w work
    works
    same
    parallel_run -N 4 -w work
    fails 2 '^ftprofiler-parallel: -w: work was begun with other options or other files: '
    parallel_run -N 3 -a 60 -w work
    fails 2 'begun with other options'
    try ftprofiler-parallel -o p -N 3 -w work nffile -R "$CAPTURES" -r any -i any -F any
    fails 2 'begun with other options'
    parallel_run -N 3 -w work
    works
    cp -r "$CAPTURES" other
    try ftprofiler-parallel -q -o p -N 3 -w work2 nffile -R other -r any -i any
    works
    cp "$TESTS/../demo/nfcapd.demo" "other/part's 3"
    try ftprofiler-parallel -o p -N 3 -w work2 nffile -R other -r any -i any
    fails 2 "^ftprofiler-parallel: -w: other/part's 3 has changed since it was read: take another directory$"
}

@test "signals: the old profile stays, no process and no directory is left" {
    for signal in INT TERM HUP; do
        slow_nfdump 'exec sleep 30'
        rm -f caught
        echo old >p
        # A shell ignores SIGINT in what it starts in the background.
        perl -e '$SIG{INT} = "DEFAULT"; exec @ARGV' ftprofiler-parallel -o p -N 3 nffile -R "$CAPTURES" -r any -i any -n "$T/slow" \
            >out 2>err 3>&- &
        pid=$!
        until_true test -s caught
        dies $signal
        [ -z "$(ls "$TMPDIR")" ] || { ls -R "$TMPDIR"; return 1; }
        until_true sh -c "! kill -0 $(cat caught)"
    done
}

@test "a full disk, and a profile that cannot be written" {
    echo old >p
    try ftprofiler-parallel -q -o /dev/full -N 3 nffile -R "$CAPTURES" -r any -i any
    fails 1 '^ftp-write: /dev/full: No space left on device$'
    [ "$(wc -l <err)" -eq 1 ]
    # Shards of the second file do not fit.
    (
        ulimit -f 20
        trap '' XFSZ
        parallel_run -N 1
        fails 1 '^ftprofiler-parallel: .* could not be read$'
        grep -q '^ftp-split: ' err
    )
    [ "$(cat p)" = old ]
    [ -z "$(ls "$TMPDIR")" ]
}
