#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
#
# usage: sudo demo/make-capture.sh [FILE]
#
# Makes the demo's capture anew: FILE, or nfcapd.demo beside this script. Only for that; to run the
# demo or the tests, the capture in the repository is enough. It takes about a minute.
#
# Three network namespaces, client - router - server, carry traffic between real programs. On the
# router softflowd meters the interface towards the client and sends IPFIX to nfcapd on the router's
# loopback. Nothing leaves the namespaces: they have no way out, and all addresses are those kept
# for documentation (RFC 5737, 3849, 7042). The timeouts are short so that a minute shows what an
# hour shows elsewhere: sessions cut at the active timeout, and keys that come again after the
# inactive one.
#
# Needs root (for ip netns) and these Debian packages:
#   bind9-dnsutils busybox curl dnsmasq-base iperf3 iproute2 iputils-ping netcat-openbsd nfdump softflowd

set -eu
PATH=$PATH:/usr/sbin:/sbin

active=10               # s, the exporter's timeouts, as for ftprofiler -a and -i
inactive=5
collector=127.0.0.1     # also the exporter's address in the capture
port=9995

server4=198.51.100.10
server6=2001:db8:2::10
client4=192.0.2.10
client6=2001:db8:1::10
nobody4=198.51.100.99   # no host has this address

client=ftpdemo-$$-client
router=ftpdemo-$$-router
server=ftpdemo-$$-server
dir=

die() {
    echo "make-capture: $*" >&2
    exit 1
}

# Every program of the run lives in one of the namespaces, so they say whom to end. Then wait for
# what feeds those programs.
cleanup() {
    trap - EXIT
    trap '' HUP INT TERM
    for ns in "$client" "$server" "$router"; do
        [ -e "/run/netns/$ns" ] || continue
        for signal in TERM KILL; do
            ip netns pids "$ns" | xargs -r kill -$signal 2>/dev/null || true
            sleep 0.3
        done
        ip netns delete "$ns" || true
    done
    wait
    [ -z "$dir" ] || rm -rf "$dir"
}

check_tools() {
    [ "$(id -u)" -eq 0 ] || die "root: needed for network namespaces: run it with sudo"
    for tool in busybox curl dig dnsmasq ip iperf3 nc nfcapd nfdump ping softflowctl softflowd; do
        command -v "$tool" >/dev/null ||
            die "$tool: not found: the packages needed are listed at the top of $0"
    done
}

# link NAMESPACE INTERFACE MAC NAMESPACE INTERFACE MAC
# Without segmentation offload, or the meter counts packets no wire would carry.
link() {
    ip link add name "$2" netns "$1" address "$3" gso_max_segs 1 \
        type veth peer name "$5" netns "$4" address "$6" gso_max_segs 1
}

# up NAMESPACE INTERFACE ADDRESS...
up() {
    ns=$1 interface=$2
    shift 2
    ip -n "$ns" link set lo up
    ip -n "$ns" link set "$interface" up
    for address; do
        case $address in
        *:*) ip -n "$ns" address add "$address" dev "$interface" nodad ;;
        *) ip -n "$ns" address add "$address" dev "$interface" ;;
        esac
    done
}

make_network() {
    for ns in "$client" "$router" "$server"; do
        ip netns add "$ns"
    done
    link "$client" lan 00:00:5e:00:53:01 "$router" lan 00:00:5e:00:53:02
    link "$server" wan 00:00:5e:00:53:03 "$router" wan 00:00:5e:00:53:04
    up "$client" lan "$client4/24" 192.0.2.11/24 "$client6/64"
    up "$server" wan "$server4/24" "$server6/64"
    up "$router" lan 192.0.2.1/24 2001:db8:1::1/64
    up "$router" wan 198.51.100.1/24 2001:db8:2::1/64
    # No default route anywhere: a look-up of a real name must fail, not show in the capture.
    ip -n "$client" route add 198.51.100.0/24 via 192.0.2.1
    ip -n "$client" route add 2001:db8:2::/64 via 2001:db8:1::1
    ip -n "$server" route add 192.0.2.0/24 via 198.51.100.1
    ip -n "$server" route add 2001:db8:1::/64 via 2001:db8:2::1
    ip netns exec "$router" sh -c 'echo 1 >/proc/sys/net/ipv4/ip_forward
        echo 1 >/proc/sys/net/ipv6/conf/all/forwarding'
}

# on NAMESPACE PROGRAM [ARGUMENT...]: no traffic program may outlive the run, and some are meant to
# fail (closed port, nobody there), so the status says nothing.
on() {
    ns=$1
    shift
    ip netns exec "$ns" timeout 60 "$@" >/dev/null 2>&1 || true
}

# talk COUNT SECONDS BYTES: a line now and then, as somebody typing or a log being followed.
talk() {
    i=0
    while [ "$i" -lt "$1" ]; do
        printf "%$3s\n" "$i"
        sleep "$2"
        i=$((i + 1))
    done
}

start_servers() {
    mkdir "$dir/www"
    head -c 700 /dev/zero >"$dir/www/index.html"
    head -c 9000 /dev/zero >"$dir/www/page"
    head -c 70000 /dev/zero >"$dir/www/image"
    ip netns exec "$server" busybox httpd -f -p '[::]:80' -h "$dir/www" &
    ip netns exec "$server" dnsmasq --keep-in-foreground --conf-file=/dev/null --pid-file \
        --user=root --no-resolv --no-hosts --log-facility=- --bind-interfaces --interface=wan \
        --host-record=www.example.net,$server4,$server6 --txt-record=example.net,demo \
        2>"$dir/dnsmasq.log" &
    for n in 5201 5202; do
        ip netns exec "$server" iperf3 --server --forceflush --port "$n" >"$dir/iperf3.$n" 2>&1 &
    done
    ip netns exec "$server" nc -u -l -k 514 >/dev/null &
    for try in 1 2 3 4 5 6 7 8 9 10; do
        sleep 0.5
        if ip netns exec "$client" curl -sf -o /dev/null "http://[$server6]/" &&
            ip netns exec "$client" dig +short +tries=1 +time=1 @$server4 www.example.net |
            grep -q . && grep -q listening "$dir/iperf3.5201" "$dir/iperf3.5202"; then
            return
        fi
    done
    cat "$dir"/dnsmasq.log "$dir"/iperf3.* >&2
    die "servers: no answer after $try tries: see above"
}

start_meter() {
    mkdir "$dir/flows"
    # -t: a day, for one file only.
    ip netns exec "$router" nfcapd -b $collector -p $port -w "$dir/flows" -t 86400 -I demo \
        >"$dir/nfcapd.log" 2>&1 &
    nfcapd=$!
    sleep 1
    # -C: whole packets. softflowd 1.1.0 gives libpcap no timeout, so packets reach it only when a
    # buffer block of 256 KiB is full; with the download in start_long_sessions that is every second.
    ip netns exec "$router" softflowd -d -6 -p none -c "$dir/control" -i lan -C 2000 \
        -n $collector:$port -v 10 -A milli -t expint=1 -t maxlife=$active \
        -t tcp=$inactive -t tcp.rst=$inactive -t tcp.fin=$inactive \
        -t udp=$inactive -t icmp=$inactive -t general=$inactive \
        </dev/null >"$dir/softflowd.log" 2>&1 &
    softflowd=$!
    sleep 1
    if ! kill -0 "$nfcapd" || ! kill -0 "$softflowd"; then
        cat "$dir/nfcapd.log" "$dir/softflowd.log" >&2
        die "meter: did not start: see above"
    fi
}

# Short sessions, one after the other, for 25 seconds.
surf() {
    round=0
    while [ "$round" -lt 24 ]; do
        on "$client" dig +tries=1 +time=1 @$server4 www.example.net A www.example.net AAAA
        on "$client" curl -s "http://$server4/page" "http://$server4/image"
        on "$client" curl -s "http://[$server6]/"
        case $((round % 4)) in
        0) on "$client" curl -s --interface 192.0.2.11 "http://$server4/missing" ;;
        1) on "$client" dig +tries=1 +time=1 @$server6 "host$round.example.net" ;;
        2) on "$client" curl -s "http://[$server6]/image" ;;
        3) on "$client" dig +tries=1 +time=1 +tcp @$server4 example.net TXT ;;
        esac
        sleep 0.9
        round=$((round + 1))
    done
}

# Sessions longer than the active timeout, in both IP versions.
start_long_sessions() {
    on "$client" iperf3 -c $server4 -p 5201 -t 60 -b 3M -l 1400 -R &  # until the meter has ended
    on "$client" iperf3 -c $server6 -p 5202 -t 24 -b 24k -l 500 -u -R &
    on "$client" ping -c 34 $server4 &
    on "$client" ping -c 13 $server6 &
    talk 45 0.7 40 | on "$server" nc -l -N $server6 22 &
    sleep 0.2
    talk 27 1.1 8 | on "$client" nc -N $server6 22 &
}

# Speak, keep silent for longer than the inactive timeout, speak again: one connection, two biflows.
start_pause() {
    on "$server" nc -l $server4 23 &
    sleep 0.2
    { talk 5 0.5 20; sleep $((inactive + 4)); talk 5 0.5 20; } |
        on "$client" nc -N $server4 23 &
}

# What is not answered, or not as hoped, and what the other side begins.
start_odds() {
    talk 15 2 80 | on "$client" nc -u -q 1 $server4 514 &   # one way, for longer than the timeout
    talk 3 1 80 | on "$client" nc -u -q 1 $server6 5140 &   # ICMPv6 port unreachable
    talk 4 1 60 | on "$client" nc -u -q 1 $nobody4 514 &    # ICMP host unreachable, much later
    on "$client" nc -z -w 5 $nobody4 443 &
    on "$client" nc -z $server4 443 &                       # TCP reset
    on "$server" ping -c 5 -i 0.3 192.0.2.11 &
    on "$client" ping -c 2 -t 1 198.51.100.98 &             # ICMP time exceeded
    on "$client" nc -l $client6 25 &
    sleep 0.2
    talk 6 0.4 300 | on "$server" nc -N $client6 25 &
}

# The last flows expire by themselves, but for the download, which goes on. The control socket,
# since a softflowd in the foreground does not export what it has left on a signal; its exit status
# is 1 then.
stop_meter() {
    sleep $((inactive + 2))
    timeout 10 softflowctl -c "$dir/control" shutdown >>"$dir/softflowd.log" ||
        die "softflowd: did not shut down: $(cat "$dir/softflowd.log")"
    wait "$softflowd" || true
    sleep 1
    kill "$nfcapd"
    wait "$nfcapd" || die "nfcapd: failed: $(cat "$dir/nfcapd.log")"
}

case $#${1-} in
0 | 1[!-]*) ;;
*)
    echo "usage: $0 [FILE]" >&2
    exit 2
    ;;
esac
out=${1:-$(dirname "$0")/nfcapd.demo}
check_tools
trap cleanup EXIT
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 143' TERM
dir=$(mktemp -d)

make_network
start_servers
start_meter
echo "make-capture: about 50 seconds of traffic" >&2
start_long_sessions
start_pause
start_odds
surf
sleep 10    # the last of the long sessions
stop_meter

set -- "$dir"/flows/nfcapd.2*
[ $# -eq 1 ] || die "nfcapd: $# files instead of one: it ran across midnight, run it again"
cp "$1" "$out"
nfdump -I -r "$out" | grep -E '^(Ident|Flows):'
