#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
#
# get-nfdumps.sh DIR - fetch the nfdumps of the neighbouring Debian releases, to test with.
#
# Puts nfdump and nfcapd of each release into DIR/VERSION, where VERSION is nfdump's own (1.7.5).
# They are wrappers that exec the unpacked program with the loader and libraries of its release,
# so signals and exit status are the program's, and nothing depends on the libraries of this system.
# apt fetches and verifies (debian-archive-keyring), but with a status, lists and cache of its own
# below DIR: nothing is installed, and nothing outside DIR changes. No root needed.
# DIR/.RELEASE is a link to the finished DIR/VERSION; while it stands there is nothing to do.
#
# Exit status: 0 all there; 1 failed, e.g. a bad signature; 2 usage;
#              3 cannot be had here: no apt, or the archive cannot be reached.

set -eu
umask 022

mirrors='http://deb.debian.org/debian http://archive.debian.org/debian'
keyring=/usr/share/keyrings/debian-archive-keyring.gpg

say() {
    echo "get-nfdumps: $*" >&2
}

fail() {
    say "$@"
    exit 1
}

# apt's settings, on top of the system's (which may name a proxy): every path below $work, none of
# the system's hooks and pins, no drop to a user who may not be able to enter $work.
write_apt_conf() {
    mkdir -p "$work/lists/partial" "$work/archives/partial"
    : > "$work/status"
    cat > "$work/apt.conf" << EOF_CONF
#clear APT::Update;
#clear APT::Default-Release;
APT::Get::AllowUnauthenticated "false";
APT::Sandbox::User "root";
Acquire::AllowInsecureRepositories "false";
Acquire::Retries "1";
Acquire::http::Timeout "5";
Dir::State "$work";
Dir::State::lists "$work/lists";
Dir::State::status "$work/status";
Dir::Cache "$work";
Dir::Cache::archives "$work/archives";
Dir::Etc::sourcelist "$work/sources.list";
Dir::Etc::sourceparts "-";
Dir::Etc::preferences "-";
Dir::Etc::preferencesparts "-";
EOF_CONF
}

# apt SUBCOMMAND...: apt-get with the settings above; what it says is added to $work/log.
apt() {
    LC_ALL=C apt-get -q -c "$work/apt.conf" "$@" >> "$work/log" 2>&1 < /dev/null
}

# download RELEASE PACKAGE...: the packages into $work/debs, from the first mirror that has them.
# A release that is no longer supported moves to the second mirror, and its index may have expired.
# Returns 1, with a message, if none of the mirrors can be reached.
download() {
    release=$1
    shift
    mkdir -p "$work/debs"
    : > "$work/log"
    for mirror in $mirrors; do
        options="arch=$(dpkg --print-architecture) target=Packages lang=none"
        options="$options signed-by=$keyring check-valid-until=no"
        echo "deb [$options] $mirror $release main" > "$work/sources.list"
        if apt update --error-on=any && (cd "$work/debs" && apt download "$@"); then
            return 0
        fi
    done
    grep '^[EW]:' "$work/log" | sort -u >&2
    if grep -qE 'GPG error|Hash Sum mismatch' "$work/log"; then
        fail "$release: the archive does not verify"
    fi
    say "$release: the Debian archive cannot be reached"
    return 1
}

# write_wrapper VERSION-DIR PROGRAM: the wrapper, tried out. The loader would take a library that
# is missing below root from this system; that it found them all there is checked.
write_wrapper() {
    loader=$(cd "$1" && find root -path '*-linux-gnu*/ld-linux*.so.*')
    [ -n "$loader" ] || fail "$1: no loader in libc6"
    cat > "$1/$2" << EOF_WRAPPER
#!/bin/sh
here=\${0%/*}
exec "\$here/$loader" --library-path "\$here/${loader%/*}" "\$here/root/usr/bin/$2" "\$@"
EOF_WRAPPER
    chmod +x "$1/$2"
    "$1/$2" -V > "$work/log" 2>&1 || fail "$2: does not run: $(cat "$work/log")"
    "$1/$loader" --library-path "$1/${loader%/*}" --list "$1/root/usr/bin/$2" > "$work/log"
    if grep '=>' "$work/log" | grep -vF "=> $1/root/" >&2; then
        fail "$2: needs a library that was not fetched with it"
    fi
}

# have RELEASE: whether its nfdump is there.
have() {
    [ -x "$dir/.$1/nfdump" ]
}

# get RELEASE LIBRARY-PACKAGE...: nfdump of that release into $dir, by way of $work.
# Sets $status to 3 if it cannot be had, so that the other release is still tried.
get() {
    if have "$1"; then
        return
    fi
    release=$1
    shift
    rm -rf "${work:?}"/*
    write_apt_conf
    if ! download "$release" nfdump "$@"; then
        status=3
        return
    fi
    version=$(dpkg-deb -f "$work/debs"/nfdump_*.deb Version | sed 's/^[0-9]*://; s/-[^-]*$//')
    new=$work/$version
    mkdir "$new"
    for deb in "$work/debs"/*.deb; do
        dpkg-deb -x "$deb" "$new/root"
    done
    for program in nfdump nfcapd; do
        write_wrapper "$new" "$program"
    done
    rm -rf "${dir:?}/$version"
    mv "$new" "$dir/$version"
    ln -sfn "$version" "$dir/.$release"
}

if [ $# -ne 1 ]; then
    echo "usage: get-nfdumps.sh DIR" >&2
    exit 2
fi
mkdir -p "$1"
dir=$(cd "$1" && pwd)
if have trixie && have bullseye; then
    exit 0
fi
for tool in apt-get dpkg dpkg-deb flock; do
    if ! command -v "$tool" > /dev/null; then
        say "$tool: not found; the packages can be had on Debian only"
        exit 3
    fi
done
[ -r "$keyring" ] || fail "$keyring: not found; install debian-archive-keyring"

exec 9> "$dir/.lock"
flock 9
work=$(mktemp -d "$dir/.work.XXXXXX")
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM
status=0
get trixie libc6 libbz2-1.0 liblz4-1 libxxhash0 libzstd1
get bullseye libc6 libbz2-1.0
exit "$status"
