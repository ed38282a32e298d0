#!/bin/bash
# usage: rust-analyzer.sh DIR
#
# Unpacks Debian's rust-analyzer into DIR/rust-analyzer, so that DIR/rust-analyzer/bin/rust-analyzer just runs. Nothing of the system
# changes: apt gets a state of its own below DIR, and the packages are only unpacked. What is there already is kept; where it cannot be
# had, that is said in one line and is no failure (the tests that need it skip).
set -euo pipefail
[ $# -eq 1 ] || { sed -n '2,6s/^# \{0,1\}//p' "$0" >&2; exit 2; }
mkdir -p "$1"
dir=$(cd "$1" && pwd)
home=$dir/rust-analyzer
suite=forky
# shellcheck source=tests/tools/debian.sh
. "$(dirname "${BASH_SOURCE[0]}")/debian.sh"

skip() { echo "skipped: rust-analyzer: $1"; exit 0; }
done_already() { [ -x "$home/bin/rust-analyzer" ] && "$home/bin/rust-analyzer" --version; }
done_already && exit 0

for tool in apt-get dpkg; do command -v "$tool" > /dev/null || skip "no $tool on this machine"; done
[ -e "$keyring" ] || skip "no $keyring (package debian-archive-keyring)"
find_patchelf || skip "no patchelf"
prepare_apt rust-analyzer "$suite" || skip "no package lists of $suite"
base=$dir/apt/rust-analyzer
mkdir -p "$home/root"
# An empty status file: apt names the whole closure, the C library included, and only downloads it.
apt-get install -y -qq --download-only rust-analyzer > "$base/log" 2>&1 || skip "apt cannot download it: $(tail -n 1 "$base/log")"
for package in "$base"/cache/archives/*.deb; do dpkg -x "$package" "$home/root"; done
rm -rf "$base/cache/archives"/*.deb
# Before the merged /usr some libraries lie in /lib: one directory then serves all.
if [ -d "$home/root/lib" ] && [ ! -L "$home/root/lib" ]; then cp -a "$home/root/lib/." "$home/root/usr/lib/"; rm -rf "$home/root/lib"; fi

# Its own loader and libraries, written into the program: what it starts keeps the system's.
libraries=$(dirname "$(find "$home/root/usr/lib" -name 'libc.so.6' | head -n 1)")
loader=$(find "$home/root/usr/lib" "$home/root/usr/lib64" -name 'ld-linux*.so.*' 2>/dev/null | head -n 1)
"$patchelf" --set-interpreter "$loader" --force-rpath --set-rpath "$libraries" "$home/root/usr/bin/rust-analyzer"
unify_rpaths "$home/root/usr/lib" "$libraries"
mkdir -p "$home/bin"
ln -sfn ../root/usr/bin/rust-analyzer "$home/bin/rust-analyzer"
done_already || skip "it does not run here"
