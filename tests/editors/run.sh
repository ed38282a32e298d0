#!/bin/bash
# usage: run.sh [nvim|helix|vscode]...     all three where none is named
#
# Tries Sidecargo in the real editors that install.sh has brought, beside the real rust-analyzer, on a workspace that `sidecargo demo`
# breaks. Each check prints a line; screens and pictures lie in target/editors/NAME. Ends with 0 when all is well.
#   TOOLS      what install.sh was given (target/tools)
#   SIDECARGO  the program to try (built here where it is not set)
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../.." && pwd)
editors=("$@"); [ ${#editors[@]} -gt 0 ] || editors=(nvim helix vscode)
for editor in "${editors[@]}"; do
  [ -d "$here/$editor" ] || { sed -n '2,7s/^# \{0,1\}//p' "$0" >&2; exit 2; }
done

tools=$(cd "${TOOLS:-$root/target/tools}/editors" && pwd)
if [ -z "${SIDECARGO:-}" ]; then
  (cd "$root" && cargo build --quiet)
  SIDECARGO=$root/target/debug/sidecargo
fi
SIDECARGO=$(readlink -f "$SIDECARGO")

# The editors find what a person's would: programs on PATH. A toolchain chosen by whoever calls is not the project's.
unset RUSTUP_TOOLCHAIN CARGO_TARGET_DIR CARGO_BUILD_TARGET_DIR RUSTFLAGS NVIM VIMRUNTIME TMUX
failed=()
# Outside this repository, whose own workspace would be found above it.
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
try() {
  out=$root/target/editors/$1
  rm -rf "$out" "${work:?}/$1"; mkdir -p "$out/path" "$work/$1"
  ln -s "$SIDECARGO" "$out/path/sidecargo"
  ln -s "$tools/bin/rust-analyzer" "$out/path/rust-analyzer"
  env PATH="$out/path:$PATH" "$here/$1/check.sh" "$tools" "$out" "$work/$1"
}
# An editor is a race of four programs that nobody here steers: what fails twice fails.
tried() { try "$1" || { printf '%s: once more\n' "$1"; try "$1"; }; }
for editor in "${editors[@]}"; do
  begin=$SECONDS
  printf '\n%s\n' "$editor"
  if tried "$editor"; then
    printf '%s: all well, %s s\n' "$editor" $((SECONDS - begin))
  else
    printf '%s: FAILED, %s s; what was seen lies in %s\n' "$editor" $((SECONDS - begin)) "$out"
    failed+=("$editor")
  fi
done
[ ${#failed[@]} -eq 0 ]
