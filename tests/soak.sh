#!/bin/bash
# usage: tests/soak.sh SECONDS
#
# A scripted user (types, saves, builds, breaks, repairs) against a live server for so long, with the program as it is released. Prints each
# minute what the server has: memory, threads, descriptors, watches, children. Fails where that grows, or a verdict is not as it must be.
#
# SIDECARGO_TEST_PROGRAM names another program than the one built here.
set -euo pipefail
cd "$(dirname "$0")/.."
[ $# -eq 1 ] && [[ $1 =~ ^[0-9]+$ ]] || { sed -n '2,7s/^# \{0,1\}//p' "$0" >&2; exit 2; }
SIDECARGO_DAYS_SECONDS=$1 exec cargo test --release --test days -- soak
