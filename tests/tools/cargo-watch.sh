#!/bin/bash
# usage: cargo-watch.sh DIR     e.g. cargo-watch.sh target/tools
#
# Installs cargo-watch from crates.io into DIR/cargo-watch, so that DIR/cargo-watch/bin/cargo-watch runs. Nothing else changes. What is
# there already is kept; that it cannot be had is said in one line and is no failure (the test that needs it skips itself).
set -euo pipefail
[ $# -eq 1 ] || { sed -n '2,5s/^# \{0,1\}//p' "$0" >&2; exit 2; }
version=8.5.3
mkdir -p "$1"
home=$(cd "$1" && pwd)/cargo-watch

has_it() { [ "$("$home/bin/cargo-watch" --version 2> /dev/null)" = "cargo-watch $version" ]; }

# Its own target directory: the calling project's would be rebuilt by its flags. Unoptimised: it only waits.
has_it || cargo install --quiet --locked --debug --root "$home" --target-dir "$home/target" "cargo-watch@$version" || true
rm -rf "$home/target"
if has_it; then echo "$home: cargo-watch $version"; else echo "skipped: cargo-watch $version: cargo cannot install it"; fi
