#!/bin/bash
# usage: check.sh TOOLS OUT WORK     by run.sh
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
tools=$1 out=$2 work=$3 readme=$(cd "$here/../../../editors/helix" && pwd)/README.md
# shellcheck source=tests/editors/screen.sh
. "$here/../screen.sh"

export XDG_CONFIG_HOME=$out/config XDG_CACHE_HOME=$out/cache
mkdir -p "$XDG_CONFIG_HOME/helix"
# As pasted from the README.
block 1 toml "$readme" > "$XDG_CONFIG_HOME/helix/languages.toml"
block 2 toml "$readme" > "$XDG_CONFIG_HOME/helix/config.toml"
hx=$tools/bin/hx

for language in rust toml; do
  "$hx" --health $language > "$out/health-$language.txt" 2>&1
  grep -q "sidecargo.*$out/path/sidecargo" "$out/health-$language.txt" || { cat "$out/health-$language.txt"; fail "hx --health $language"; }
done
grep -q 'rust-analyzer' "$out/health-rust.txt" && grep -q 'taplo' "$out/health-toml.txt" || fail "Helix's own servers are kept"
ok "hx --health names it beside Helix's own servers"

logs_after() { # LINE PATTERN WHAT [SECONDS]
  local end=$((SECONDS + ${4:-120}))
  until tail -n "+$1" "$out/helix.log" | grep -qE -- "$2"; do [ $SECONDS -lt $end ] || fail "$3 (never logged: $2)"; sleep 0.2; done
  ok "$3"
}

# The list is of what is known when it opens, so it is opened until it has what is looked for.
see_listed() { # PATTERN WHAT [SECONDS]
  local end=$((SECONDS + ${3:-120})) tries
  while true; do
    keys Space d
    for ((tries = 0; tries < 10; tries++)); do
      if shows "$1"; then keep 0-list; leave_list > /dev/null; ok "$2"; return; fi
      sleep 0.1
    done
    [ $SECONDS -lt $end ] || fail "$2 (never saw: $1)"
    leave_list > /dev/null
  done
}

# What follows an Escape at once is taken for a key with Alt.
leave_list() { keys Escape; see_no_more 'severity' "the list closes"; }

project=$work/sidecargo-demo
broken_project "$project"
cd "$project"
open_screen "$hx -v --log $out/helix.log src/main.rs"
see_listed 'rust-analyzer.*macro-error' "rust-analyzer's own error is in the Rust file's list (space d)"
see '`#\[async_trait\]` will not expand: .*Git LFS pointer' "the finding shows at the macro's use, with its reason"
keep 1-rust
keys Space D
see 'dylib-corrupt' "the workspace's list (space D) has the findings, though no manifest is open"
keep 2-list
leave_list
write ':open Cargo.toml'; keys Enter
see 'async-trait = .*Git LFS pointer' "the finding shows at the dependency in Cargo.toml"
see 'serde = .*cut short' "and at the other one's"
write '/async-trait'; keys Enter
keep 3-manifest
keys Space a
see 'Mend all proc macros' "the code actions are offered (space a)"
keep 4-actions
# The menu opens with its first entry chosen.
choose 'Mend all proc macros'
see 'Mend proc macros|sidecargo' "its progress shows"
keep 5-progress
see_no_more 'Git LFS pointer|cut short' "the findings go when they are mended"
see ':lsp-restart rust-analyzer' "it says how rust-analyzer is made to reload"
keep 6-mended
# What the message and the README say. Helix keeps the errors of the server that it restarted until the file is closed.
write ':open src/main.rs'; keys Enter
see 'async_trait::async_trait' "back in the Rust file"
said=$(wc -l < "$out/helix.log")
write ':lsp-restart rust-analyzer'; keys Enter
write ':buffer-close'; keys Enter
see 'async-trait = "0.1"' "the Rust file is closed"
write ':open src/main.rs'; keys Enter
see 'fn main' "and opened again"
# A screen without errors means something only when rust-analyzer has looked.
logs_after "$said" 'rust-analyzer <- .*"kind":"full".*"items":\[\]' "rust-analyzer has looked again"
see_no_more 'proc macro server error|Cannot create expander|will not expand' "both servers' errors are gone there"
keep 7-rust
mended_project "$project"
write ':quit!'; keys Enter
see 'ended with 0' "it ends in order"
close_screen

mkdir "$work/no-rust"
cd "$work/no-rust"
echo '# Notes' > notes.md; echo 'a = 1' > notes.toml
open_screen "$hx -v --log $out/no-rust.log notes.md"
see 'Notes' "a folder without Rust opens"
write ':open notes.toml'; keys Enter
see 'a = 1' "and a TOML file there"
# The server is asked something and answers, so that what it would say at its start is said.
keys Space d
see 'severity' "its list of findings is there"
shows 'sidecargo|rror' && fail "nothing is said in a folder without Rust"
ok "nothing is said there"
keep 8-no-rust
leave_list
write ':quit!'; keys Enter
see 'ended with 0' "it ends in order"
close_screen

# What the server says on stderr, and what Helix says of it. -32800 is the answer to a request that Helix took back; that a server's
# output ends after its exit, Helix calls an error of every server.
for log in helix no-rust; do
  grep -E '\[(ERROR|WARN)\] sidecargo' "$out/$log.log" | grep -vE -- '-32800|StreamClosed' > "$out/log.txt" && { cat "$out/log.txt"; fail "nothing of Sidecargo in Helix's log"; }
done
ok "nothing of Sidecargo in Helix's log"
