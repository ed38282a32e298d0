#!/bin/bash
# usage: tests/fuzz.sh SECONDS [TARGET...]
#
# Feeds every parser with bytes that nobody wrote, SECONDS in all, divided among the targets (all of tests/fuzz by default).
# Needs a nightly rustc by rustup; begins with the kept corpus and with files that the compilers at hand write.
# Fails at the first crash, at an input that takes longer than 10 s, or at memory over 256 MiB.
set -euo pipefail
cd "$(dirname "$0")/.."
[ $# -ge 1 ] || { sed -n '2,6s/^# \{0,1\}//p' "$0" >&2; exit 2; }
seconds=$1; shift
tools=${SIDECARGO_TEST_TOOLS:-target/tools}
if ! rustup run nightly rustc --version >/dev/null 2>&1; then
  echo "skipped: fuzzing needs a nightly rustc"
  exit 0
fi
tests/tools/cargo-fuzz.sh "$tools" >/dev/null
PATH=$(cd "$tools/cargo-fuzz/bin" && pwd):$PATH
export CARGO_TARGET_DIR=${SIDECARGO_FUZZ_TARGET:-$PWD/target/fuzz}
# Freed memory that the sanitizer holds back is not the parser's.
export ASAN_OPTIONS=quarantine_size_mb=8
fuzz() { rustup run nightly cargo-fuzz fuzz "$@"; }

targets=("$@")
[ ${#targets[@]} -gt 0 ] || mapfile -t targets < <(fuzz list --fuzz-dir tests/fuzz)
each=$(( seconds / ${#targets[@]} ))
[ "$each" -gt 0 ] || each=1

# Dylibs are too large to keep: each compiler here writes some.
seeds=$CARGO_TARGET_DIR/seeds
mkdir -p "$seeds/dylib"
source=$seeds/mac.rs
printf 'extern crate proc_macro;\n#[proc_macro]\npub fn m(i: proc_macro::TokenStream) -> proc_macro::TokenStream { i }\n' >"$source"
for rustc in rustc "$tools"/rustc-*/bin/rustc; do
  command -v "$rustc" >/dev/null || continue
  name=$("$rustc" --version | tr -c 'a-z0-9.\n' -)
  [ -f "$seeds/dylib/$name" ] || "$rustc" --crate-type proc-macro -C strip=debuginfo -C opt-level=s "$source" -o "$seeds/dylib/$name" 2>/dev/null || true
done
export SIDECARGO_FUZZ_DYLIB=$seeds/dylib/$(rustc --version | tr -c 'a-z0-9.\n' -)

fuzz build --fuzz-dir tests/fuzz "${targets[@]:0:1}" >/dev/null 2>&1 || fuzz build --fuzz-dir tests/fuzz
for target in "${targets[@]}"; do
  grown=$CARGO_TARGET_DIR/corpus/$target
  mkdir -p "$grown" "tests/fuzz/corpus/$target" "$seeds/$target"
  log=$CARGO_TARGET_DIR/$target.log
  if ! fuzz run --fuzz-dir tests/fuzz "$target" "$grown" "tests/fuzz/corpus/$target" "$seeds/$target" -- \
      -max_total_time="$each" -timeout=10 -rss_limit_mb=256 -malloc_limit_mb=256 -len_control=20 -print_final_stats=1 >"$log" 2>&1; then
    tail -40 "$log"
    echo "tests/fuzz.sh: $target failed; its input is named above" >&2
    exit 1
  fi
  executions=$(sed -n 's/^stat::number_of_executed_units: *//p' "$log" | tail -1)
  memory=$(sed -n 's/^stat::peak_rss_mb: *//p' "$log" | tail -1)
  covered=$(grep -o 'cov: [0-9]*' "$log" | tail -1)
  printf '%-20s %9s executions in %4s s, %s edges, %s MiB\n' "$target" "$executions" "$each" "${covered#cov: }" "$memory"
done
