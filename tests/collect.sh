#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
#
# usage: collect.sh DIR EXPORTER-ARGUMENT...
#
# Has a real nfcapd collect what the exporter of these tests sends, into DIR, and prints the number of
# records. Fails when one is missing: the exporter watches the receive queue, and what nfcapd stored is
# counted afterwards. DIR may hold earlier captures; the new one is added.
#
# Many of these may run at once. A port is ours when nfcapd has it: ports are tried until the socket
# that is bound to one belongs to our nfcapd, so two runs never share a collector.
#
# EXPORTER names the exporter to run (default: build/tests/exporter), NFCAPD the collector.

set -u

die() {
    printf 'collect.sh: %s\n' "$*" >&2
    exit 1
}

if [ $# -lt 1 ]; then
    echo 'usage: collect.sh DIR EXPORTER-ARGUMENT...' >&2
    exit 2
fi
dir=$1
shift
here=$(dirname -- "$0")
exporter=${EXPORTER:-$here/../build/tests/exporter}
nfcapd=${NFCAPD:-nfcapd}

collector=
sender=
scratch=$(mktemp -d) || die 'cannot make a temporary directory'

# Ends what still runs and waits for it. A signal ends the script here too: dash would go on.
clean_up() {
    for child in $sender $collector; do
        kill "$child" 2>/dev/null
        wait "$child" 2>/dev/null
    done
    rm -rf -- "$scratch"
}
trap clean_up EXIT
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 143' TERM

# flows_stored: prints how many records the finished files in DIR hold.
flows_stored() {
    sum=0
    for file in "$dir"/nfcapd.[0-9]*; do
        [ -e "$file" ] || continue
        info=$(nfdump -I -r "$file") || die "nfdump -I: cannot read $file"
        flows=$(printf '%s\n' "$info" | awk '/^Flows:/ { print $2 }')
        sum=$((sum + flows))
    done
    echo "$sum"
}

# owns_port PID PORT: whether the UDP socket bound to 127.0.0.1:PORT is one of the process's own.
owns_port() {
    inode=$(awk -v port="$(printf '0100007F:%04X' "$2")" '$2 == port { print $10 }' /proc/net/udp)
    [ -n "$inode" ] || return 1
    for fd in /proc/"$1"/fd/*; do
        if [ "$(readlink "$fd")" = "socket:[$inode]" ]; then
            return 0
        fi
    done
    return 1
}

# collector_start PORT: starts nfcapd. Fails if it does not get the port.
collector_start() {
    # 1.6 takes the directory as -l, and has to be told to store exporters and interfaces.
    case $("$nfcapd" -V 2>/dev/null) in
    *1.6.*) set -- "$1" -T all -l "$dir" ;;
    *) set -- "$1" -w "$dir" ;;
    esac
    number=$1
    shift
    "$nfcapd" "$@" -p "$number" -b 127.0.0.1 -t 3600 -B 4000000 \
        </dev/null >"$scratch/nfcapd.log" 2>&1 &
    collector=$!
    while kill -0 "$collector" 2>/dev/null; do
        if owns_port "$collector" "$number"; then
            return 0
        fi
        sleep 0.05
    done
    wait "$collector"
    collector=
    return 1
}

# Ports below the ephemeral range, so that no client socket sits on one.
command -v "$nfcapd" >/dev/null || die "$nfcapd is not installed"
[ -d "$dir" ] || die "not a directory: $dir"
before=$(flows_stored) || exit 1
tries=0
port=
while [ "$tries" -lt 50 ]; do
    candidate=$((10000 + ($$ * 53 + tries * 397) % 20000))
    if collector_start "$candidate"; then
        port=$candidate
        break
    fi
    grep -q 'Address already in use' "$scratch/nfcapd.log" || break
    tries=$((tries + 1))
done
if [ -z "$port" ]; then
    cat "$scratch/nfcapd.log" >&2
    die 'nfcapd does not start'
fi

# In the background, since a shell runs its traps only when it waits.
"$exporter" --port "$port" "$@" >"$scratch/sent" &
sender=$!
wait "$sender"
status=$?
sender=
[ "$status" -eq 0 ] || die "the exporter failed with status $status"

# nfcapd writes and renames its file before it ends.
kill -TERM "$collector"
wait "$collector"
status=$?
collector=
if [ "$status" -ne 0 ]; then
    cat "$scratch/nfcapd.log" >&2
    die "nfcapd failed with status $status"
fi

after=$(flows_stored) || exit 1
stored=$((after - before))
sent=$(cat "$scratch/sent")
if [ "$stored" -ne "$sent" ]; then
    cat "$scratch/nfcapd.log" >&2
    die "sent $sent records, but nfcapd stored $stored"
fi
echo "$sent"
