#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
#
# deps.sh GROUP... - installs what is missing, on Debian and Ubuntu.  The groups: build (to build and run the
# programs), test (tests, checks, benchmarks, fuzzing), deb and rpm (to make packages).
#
# Looks for the things themselves and not for their packages, so an nfdump of one's own is good enough.  Says
# nothing and does nothing when all is there.  Otherwise it needs root, or sudo; without, it prints the command.
# A service that comes along, like the collector of nfdump, is neither started nor enabled.
#
# Exit status: 0 all is there that this release has, 1 something is missing, 2 usage.

set -u

say() { printf 'deps: %s\n' "$*" >&2; }

# The packages of a group, each with what it is needed for: a command, a header, a module of Perl, or the
# libraries of clang's sanitizers.
packages_of() { # GROUP
    case $1 in
    build) echo 'gcc=cc make=make libc6-dev=stdio.h zlib1g-dev=zlib.h libcsv-dev=csv.h nfdump=nfdump' ;;
    test) echo 'git=git clang=clang libclang-rt-dev=runtime clang-format=clang-format clang-tidy=clang-tidy
        shellcheck=shellcheck mandoc=mandoc libcmocka-dev=cmocka.h bats=bats parallel=parallel procps=pgrep
        python3=python3 perl=Compress::Zlib zstd=zstd util-linux=unshare bsdutils=script chromium=chromium
        openssh-server=/usr/sbin/sshd openssh-client=ssh' ;;
    deb) echo 'build-essential=g++ debhelper=dh dpkg-dev=dpkg-buildpackage lintian=lintian' ;;
    rpm) echo 'rpm=rpmbuild' ;;
    *) return 1 ;;
    esac
}

is_there() { # THING
    case $1 in
    *.h) printf '#if !__has_include(<%s>)\n#error\n#endif\n' "$1" | cc -E - >/dev/null 2>&1 ;;
    *::*) perl "-M$1" -e 1 2>/dev/null ;;
    runtime) [ -e "$(clang -print-libgcc-file-name -rtlib=compiler-rt 2>/dev/null)" ] ;;
    *) command -v "$1" >/dev/null ;;
    esac
}

# Prints the packages whose things are missing.
missing_of() { # GROUP...
    for group in "$@"; do
        for need in $(packages_of "$group"); do
            is_there "${need#*=}" || printf '%s ' "${need%%=*}"
        done
    done
}

# Prints the packages by the names that they have in this release: the one of clang's libraries has the version of
# clang in it.
named() { # PACKAGE...
    for package in "$@"; do
        if [ "$package" = libclang-rt-dev ]; then
            version=$(clang -dumpversion 2>/dev/null ||
                LC_ALL=C apt-cache depends clang 2>/dev/null | sed -n 's/.*Depends: clang-//p')
            package=libclang-rt-${version%%.*}-dev
        fi
        printf '%s ' "$package"
    done
}

# Prints those that this release has: Ubuntu has no package of chromium, and the tests that want it are skipped.
known() { # PACKAGE...
    for package in "$@"; do
        if apt-cache show "$package" >/dev/null 2>&1; then
            printf '%s ' "$package"
        else
            say "$package: this release does not have it"
        fi
    done
}

apt() { DEBIAN_FRONTEND=noninteractive LC_ALL=C apt-get -qq -o DPkg::Lock::Timeout=600 "$@" >"$log" 2>&1; }

# apt waits for the lock on packages, but not for that on their lists.
update() {
    tries=0
    while ! apt update && grep -q 'Could not get lock' "$log" && [ $tries -lt 300 ]; do
        [ $tries -gt 0 ] || say 'another apt is at work, waiting for it'
        tries=$((tries + 1))
        sleep 2
    done
}

# What is started when the system is: units of systemd, and scripts of init.
enabled() {
    find /etc/systemd/system /etc/rc2.d \( -path '*.wants/*' -o -name 'S*' \) 2>/dev/null | sort
}

disable() { # LINK...
    for link in "$@"; do
        case $link in
        */rc2.d/*) update-rc.d "${link##*/S??}" disable ;;
        *) systemctl disable "${link##*/}" || rm -f "$link" ;;
        esac
    done >/dev/null 2>&1
    return 0
}

# As root: installs, and leaves the services as they were.
install() { # PACKAGE...
    log=$(mktemp) || return 1
    policy=/usr/sbin/policy-rc.d
    made=
    trap 'rm -f "$log" "$log.before" $made' EXIT
    trap 'exit 1' HUP INT TERM
    update
    # shellcheck disable=SC2046 # lists of words
    set -- $(known $(named "$@"))
    enabled >"$log.before"
    if [ ! -e $policy ]; then
        made=$policy
        printf '#!/bin/sh\nexit 101\n' >$policy && chmod 755 $policy || return 1
    fi
    if ! apt install -y --no-install-recommends "$@"; then
        cat "$log" >&2
        return 1
    fi
    # shellcheck disable=SC2046
    disable $(enabled | comm -13 "$log.before" -)
}

if [ "${1-}" = --install ]; then
    shift
    install "$@"
    exit
fi
for group in "$@"; do
    packages_of "$group" >/dev/null || set --
done
if [ $# -eq 0 ]; then
    echo 'usage: deps.sh build|test|deb|rpm...' >&2
    exit 2
fi
missing=$(missing_of "$@")
[ -n "$missing" ] || exit 0
if ! command -v apt-get >/dev/null; then
    say "missing, by the names of Debian's packages: $missing"
    exit 1
fi
if [ "$(id -u)" -eq 0 ]; then
    sudo=
elif command -v sudo >/dev/null && { sudo -n true 2>/dev/null || sudo -v; }; then
    sudo=sudo
else
    # shellcheck disable=SC2086
    say "packages are missing. As root: apt-get install --no-install-recommends $(named $missing | sed "s/ $//")"
    exit 1
fi
say "installing $missing(this may take minutes)"
# shellcheck disable=SC2086
$sudo sh "$0" --install $missing || exit 1
missing=$(missing_of "$@")
[ -z "$missing" ] || say "still missing, and what needs it will fail or be skipped: $missing"
