#!/bin/bash
# usage: tests/conformance.sh [quick|full|real|all] [PART-OF-BASE::FAULT...]
#
# Tries Sidecargo's verdicts against cargo and the proc-macro server.
#   quick  stable v1 and nightly v2, a slice of the faults: for CI, some minutes
#   full   every toolchain that can be had, both layouts, every fault, cold and warm, `fix` after each
#   real   real workspaces of the registry, some faults on each of their macros
#   all    full and real (the default)
# More settings: cargo test --test conformance -- --help
set -euo pipefail
cd "$(dirname "$0")/.."
what=${1:-all}
[ $# -eq 0 ] || shift
tools=${SIDECARGO_TEST_TOOLS:-target/tools}

run() { cargo test --test conformance -- "$@"; }

case $what in
  quick) SIDECARGO_CONFORMANCE=quick run "$@" ;;
  full | real | all)
    tests/tools/toolchains.sh "$tools"
    export SIDECARGO_TEST_TOOLS=$tools SIDECARGO_CONFORMANCE=full
    failed=0
    [ "$what" = real ] || run "$@" || failed=1
    [ "$what" = full ] || SIDECARGO_CONFORMANCE_WORKSPACES=real run "$@" || failed=1
    exit $failed
    ;;
  *) sed -n '2,10s/^# \{0,1\}//p' "$0" >&2; exit 2 ;;
esac
