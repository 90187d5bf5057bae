#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
#
# make-rpm.sh VERSION DIR - makes the RPM packages of this tree, source and binary, and leaves them in DIR.
#
# On Debian rpmbuild knows of no package that is installed, so what the spec requires is not asked for there.
set -eu
version=$1
dir=$2
cd "$(dirname "$0")/.."
mkdir -p "$dir"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM

tree=$work/ftprofiler-$version
mkdir "$tree" "$work/SOURCES"
tar -cf - --exclude=./build --exclude=./.git . | tar -xf - -C "$tree"
tar -czf "$tree.tar.gz" -C "$work" "${tree##*/}"
mv "$tree.tar.gz" "$work/SOURCES"
sed "s/@VERSION@/$version/" packaging/ftprofiler.spec >"$work/ftprofiler.spec"

nodeps=
! [ -e /etc/debian_version ] || nodeps=--nodeps
if ! rpmbuild -ba $nodeps --define "_topdir $work" "$work/ftprofiler.spec" >"$work/log" 2>&1; then
    cat "$work/log" >&2
    exit 1
fi
cp "$work"/SRPMS/*.rpm "$work"/RPMS/*/ftprofiler-"$version"*.rpm "$dir"
ls "$dir"/ftprofiler-"$version"*.rpm
