#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
#
# make-deb.sh VERSION DIR - makes the Debian package of this tree, and leaves it in DIR.
#
# Debian's tools want their files in debian/ and leave others all around, and not all of them bear a blank in the
# name of a directory.  So they work in a copy.
set -eu
version=$1
dir=$2
cd "$(dirname "$0")/.."
mkdir -p "$dir"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM

tree=$work/ftprofiler-$version
mkdir "$tree"
tar -cf - --exclude=./build --exclude=./.git . | tar -xf - -C "$tree"
cp -R packaging/debian "$tree/debian"
day=$(sed -n "s/^## $version (\(.*\))$/\1/p" CHANGELOG.md)
sed -n 's/^Maintainer: / -- /p' packaging/debian/control >"$work/by"
printf 'ftprofiler (%s) unstable; urgency=medium\n\n  * See CHANGELOG.md.\n\n%s  %s\n' "$version" "$(cat "$work/by")" \
    "$(LC_ALL=C date -u -R -d "$day")" >"$tree/debian/changelog"

if ! (cd "$tree" && dpkg-buildpackage -b -us -uc) >"$work/log" 2>&1; then
    cat "$work/log" >&2
    exit 1
fi
lintian --allow-root --fail-on error,warning "$work"/ftprofiler_*.changes
cp "$work"/ftprofiler_*.deb "$dir"
ls "$dir"/ftprofiler_*.deb
