#!/bin/bash
# usage: tests/chaos.sh STEPS [SEED]
#
# Lets a live server through STEPS random faults, builds, kills, edits and switches. After each quiet moment what it says must be what a
# fresh look says, and what cargo and the proc-macro server say. The seed is printed; with it the same steps come again.
#
# More settings: cargo test --test chaos -- --help
set -euo pipefail
cd "$(dirname "$0")/.."
case ${1:-} in '' | -h | --help) sed -n '2,7s/^# \{0,1\}//p' "$0"; exit 0 ;; esac
cargo test --test chaos -- "$@"
