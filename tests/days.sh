#!/bin/bash
# usage: tests/days.sh [latency|moves|limits|idle|endings|beside|repairs|cycles|builds|soak]...
#
# Tries the server through whole days, in full, with the program as it is released, and prints what it cost. All of them take an hour
# and more on two processors; `cargo test --test days` runs a slice of each.
#
#   latency   deletion and repair, 100 times each, with the debounce and without
#   moves     cleaned, renamed away and back, moved by configuration
#   limits    too few watches, watchers, events
#   idle      60 s of rest, alone and beside busy directories
#   endings   the client goes during a rebuild, in every way
#   beside    a real rust-analyzer, a fresh clone, 20 saves, one that does not compile
#   repairs   the same beside it: every way a dylib breaks, mended by our action at rust-analyzer's own error
#   cycles    1,000 rebuilds in one session
#   builds    50 builds of some 350 packages, half of them killed
#   soak      an hour of one user (tests/soak.sh for another time)
#
# SIDECARGO_DAYS_ROUNDS=N makes N rounds instead; SIDECARGO_DAYS_SEED=N chooses other builds; SIDECARGO_TEST_PROGRAM names another program
# than the one built here.
set -euo pipefail
cd "$(dirname "$0")/.."
case ${1:-} in -h | --help) sed -n '2,21s/^# \{0,1\}//p' "$0"; exit 0 ;; esac
tools=${SIDECARGO_TEST_TOOLS:-target/tools}
if [ $# -eq 0 ] || [[ " $* " =~ " "(beside|repairs)" " ]]; then
  tests/tools/rust-analyzer.sh "$tools"
  tests/tools/toolchains.sh "$tools" 1.96
fi
export SIDECARGO_TEST_TOOLS=$tools SIDECARGO_DAYS=full
cargo test --release --test days -- "$@"
