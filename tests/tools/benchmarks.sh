#!/bin/bash
# usage: benchmarks.sh DIR     e.g. benchmarks.sh target/tools
#
# Installs what `cargo bench --bench whole_process` compares with: ruff from PyPI into DIR/ruff and cargo-sweep from crates.io into
# DIR/cargo-sweep. Nothing else changes. What is there already is kept; that one cannot be had is said in one line and is no failure
# (its lines are left out of the tables).
set -euo pipefail
[ $# -eq 1 ] || { sed -n '2,6s/^# \{0,1\}//p' "$0" >&2; exit 2; }
sweep_version=0.8.0
ruff_version=0.17.6
mkdir -p "$1"
home=$(cd "$1" && pwd)
sweep=$home/cargo-sweep ruff=$home/ruff

has_sweep() { "$sweep/bin/cargo-sweep" sweep --version > /dev/null 2>&1; }
has_ruff() { [ "$("$ruff/bin/ruff" --version 2> /dev/null)" = "ruff $ruff_version" ]; }

has_sweep || nice cargo install --quiet --locked --root "$sweep" --target-dir "$sweep/target" "cargo-sweep@$sweep_version" || true
rm -rf "$sweep/target"
has_ruff || python3 -m pip install --quiet --no-deps --target "$ruff" "ruff==$ruff_version" || true
if has_sweep; then echo "$sweep: cargo-sweep"; else echo "skipped: cargo-sweep $sweep_version: cargo cannot install it"; fi
if has_ruff; then echo "$ruff: ruff $ruff_version"; else echo "skipped: ruff $ruff_version: pip cannot install it"; fi
