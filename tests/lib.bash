# SPDX-License-Identifier: BSD-3-Clause
#
# What the program tests share.  A test works in a directory of its own, T, and runs programs with `try`,
# which keeps what they say: $status, and the files out and err.

# shellcheck shell=bash
TESTS=$BATS_TEST_DIRNAME
# shellcheck disable=SC2034 # for the tests
HEADER=START_TIME,END_TIME,L3_PROTO,L4_PROTO,SRC_PORT,DST_PORT,PACKETS,BYTES,PACKETS_REV,BYTES_REV
: "${BUILD:=$TESTS/../build}"

# Call it first in setup().  Everything temporary goes below T, so what is left behind can be seen.
scratch() {
    T=$BATS_TEST_TMPDIR
    export TMPDIR=$T/tmp BUILD TESTS
    mkdir "$TMPDIR"
    cd "$T" || exit 1
}

# try COMMAND...: runs it to its end.  Never fails itself.
try() {
    status=0
    "$@" >out 2>err 3>&- || status=$?
}

# fails N PATTERN, works: the outcome of the last try.  On a mismatch they show it.
fails() {
    if [ "$status" -ne "$1" ] || ! grep -q -e "$2" err; then
        echo "status $status instead of $1, or no '$2' on stderr:"
        head -c 2000 err
        return 1
    fi
}

works() {
    if [ "$status" -ne 0 ] || [ -s err ]; then
        echo "status $status instead of 0, or something on stderr:"
        head -c 2000 err
        return 1
    fi
}

# holds DIR NAME...: the directory has these entries, in the order of ls, and no other.
holds() {
    local dir=$1
    shift
    [ "$(ls -A "$dir")" = "$(printf '%s\n' "$@")" ] || { ls -lA "$dir"; return 1; }
}

# until_true COMMAND...: waits for it, ten seconds at most.
until_true() {
    local i
    for ((i = 0; i < 500; i++)); do
        if "$@" >/dev/null 2>&1; then
            return 0
        fi
        sleep 0.02
    done
    echo "still not true: $*"
    return 1
}

# What a test needs; where it is not there the test is skipped, and says which it was.
need_early_nfdump() {
    nfdump -V | grep -q '1\.7\.[0-4]$' || skip "for nfdump 1.7.0 to 1.7.4, and here is $(nfdump -V | sed 's/.*Version: *//')"
}
need_failcall() { # CALL ERROR
    local status=0
    failcall "$1" "$2" true 2>/dev/null || status=$?
    [ $status -ne 77 ] || skip "no filters for system calls here (seccomp)"
    [ $status -eq 0 ]
}
need_mounts() {
    unshare -rm sh -c 'mount -t tmpfs none "$1"' sh "$T" 2>/dev/null || skip "may not mount, not even in namespaces"
}

# start COMMAND...: runs it in the background, in a process group of its own and with the signals as a
# terminal leaves them (a shell has its background jobs ignore SIGINT).  Its id is in $pid.  Descriptor 9,
# by which a test may hold a fifo open, it does not get.
start() {
    rm -f pid ended
    perl -MPOSIX -e '
        my $pid = fork;
        if ($pid == 0) {
            setsid;
            $SIG{$_} = "DEFAULT" for qw(INT QUIT HUP TERM PIPE);
            exec @ARGV or exit 127;
        }
        open my $f, ">", "pid.new"; print $f $pid; close $f; rename "pid.new", "pid";
        waitpid $pid, 0;
        open $f, ">", "ended.new"; print $f $?; close $f; rename "ended.new", "ended";
    ' -- "$@" >out 2>err 3>&- 9>&- </dev/null &
    until_true test -s pid
    pid=$(cat pid)
}

# finish: waits for what was started.  Afterwards $status is what a shell would see, and $signal the signal
# that ended it, 0 for none: a program that exits with 143 did not die of SIGTERM.
finish() {
    local raw
    if ! until_true test -s ended; then
        kill -KILL -- "-$pid"
        return 1
    fi
    raw=$(cat ended)
    signal=$((raw & 127))
    status=$((signal ? 128 + signal : raw >> 8))
}

# child_named PID NAME: the id of the child of a process that runs this program.
child_named() {
    local child
    # shellcheck disable=SC2013 # numbers
    for child in $(cat "/proc/$1/task/$1/children"); do
        if [ "$(cat "/proc/$child/comm")" = "$2" ]; then
            echo "$child"
            return 0
        fi
    done
    return 1
}

# flow_text N: N flows of one packet for csvfile, each of them a biflow of its own.
flow_text() {
    awk -v n="$1" 'BEGIN {
        print "START_TIME,DURATION,PROTO,SRC_IP,DST_IP,SRC_PORT,DST_PORT,PACKETS,BYTES"
        for (i = 0; i < n; i++)
            printf "%d.%03d,0.000,17,192.0.2.%d,198.51.100.7,%d,53,1,100\n", 1700000000 + i / 1000,
                i % 1000, i / 60000 % 250, 1024 + i % 60000
    }'
}

# Whether the programs have sanitizers, which need memory and time of their own.
is_sanitized() { grep -qa __asan_init "$BUILD/ftp-merge"; }

# is_nfdump_since MAJOR MINOR PATCH [NFDUMP]: whether the installed nfdump, or another one, is this version or a
# later one.
is_nfdump_since() {
    local version
    version=$("${4:-nfdump}" -V | sed -n 's/^[^0-9]*Version: [^0-9]*\([0-9]*\)\.\([0-9]*\)\.\([0-9]*\).*/\1 \2 \3/p')
    # shellcheck disable=SC2086 # three numbers
    set -- "$1" "$2" "$3" $version
    [ $(($4 * 10000 + $5 * 100 + $6)) -ge $(($1 * 10000 + $2 * 100 + $3)) ]
}
