#!/bin/bash
# usage: cargo-fuzz.sh DIR
#
# Installs cargo-fuzz into DIR/cargo-fuzz. What is there already is kept.
set -euo pipefail
[ $# -eq 1 ] || { sed -n '2,4s/^# \{0,1\}//p' "$0" >&2; exit 2; }
mkdir -p "$1"
dir=$(cd "$1" && pwd)
version=0.13.2
if [ ! -x "$dir/cargo-fuzz/bin/cargo-fuzz" ]; then
  cargo install --quiet --locked --version "$version" --root "$dir/cargo-fuzz" cargo-fuzz
fi
echo "$dir/cargo-fuzz: $("$dir/cargo-fuzz/bin/cargo-fuzz" --version)"
