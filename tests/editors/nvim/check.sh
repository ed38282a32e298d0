#!/bin/bash
# usage: check.sh TOOLS OUT WORK     by run.sh
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
tools=$1 out=$2 work=$3 plugin=$(cd "$here/../../../editors/nvim" && pwd)
# shellcheck source=tests/editors/screen.sh
. "$here/../screen.sh"
# shellcheck source=tests/editors/nvim/health.sh
. "$here/health.sh"
# shellcheck source=tests/editors/nvim/managers.sh
. "$here/managers.sh"

export SIDECARGO_PLUGIN=$plugin
export XDG_CONFIG_HOME=$out/config XDG_DATA_HOME=$out/data XDG_STATE_HOME=$out/state XDG_CACHE_HOME=$out/cache
mkdir -p "$out/config/nvim"
cp "$here/init.lua" "$out/config/nvim/init.lua"
nvim=$tools/bin/nvim
project=$work/sidecargo-demo
broken_project "$project"
cd "$project"

open_screen "$nvim src/main.rs"
# A float is of what is known when it opens, so it is opened until it has what is looked for.
see_in_float() { # LINE PATTERN WHAT [SECONDS]
  local end=$((SECONDS + ${4:-120})) tries
  while true; do
    write ":$1"; keys Enter; keys C-w d
    for ((tries = 0; tries < 10; tries++)); do
      if shows "$2"; then ok "$3"; return; fi
      sleep 0.1
    done
    [ $SECONDS -lt $end ] || fail "$3 (never saw: $2)"
    write ':silent! fclose'; keys Enter
  done
}

see 'async_trait::async_trait' "the Rust file is open"
see_in_float 20 'async_trait: proc macro server error' "rust-analyzer's own error shows at the macro's use (<C-W>d)"
write ':silent! fclose'; keys Enter
see_in_float 20 '`#\[async_trait\]` will not expand: .*Git LFS pointer' "and there the finding, with its reason"
keep 1-rust
write ':silent! fclose'; keys Enter
write ':edit Cargo.toml'; keys Enter
see 'async-trait = .*Git LFS pointer' "the finding shows at the dependency in Cargo.toml"
see 'serde = .*cut short' "and at the other one's"
write ':/^async-trait'; keys Enter
see_in_float 11 'remove it and rebuild' "its whole reason is readable there" 20
keep 2-manifest
write ':fclose'; keys Enter
write 'gra'
see 'Mend all proc macros' "the code actions are offered"
keep 3-actions
choice=$(screen | sed -n 's/^\([0-9]\): Mend all proc macros.*/\1/p')
write "$choice"; keys Enter
see 'sidecargo: ' "its progress shows"
keep 4-progress
see_no_more 'Git LFS pointer|cut short' "the findings go when they are mended"
keep 5-mended
write ':edit src/main.rs'; keys Enter
see 'fn main' "back in the Rust file"
see_no_more 'Cannot create expander|proc macro server error|will not expand' "both servers' errors go there too"
keep 6-rust
mended_project "$project"
write ':messages'; keys Enter
keep 7-messages
shows '^(E[0-9]+:|Error|W[0-9]+:)' && fail "no error message"
ok "no error message"
keys Enter; write ':qa'; keys Enter
see 'ended with 0' "it ends in order"
close_screen

headless() { "$nvim" --headless "$@" 2> "$out/headless.txt" || { tail -n 20 "$out/headless.txt"; exit 1; }; }
headless -c "luafile $here/session.lua" Cargo.toml

mkdir "$work/no-rust"
cd "$work/no-rust"
echo '# Notes' > notes.md; echo 'a = 1' > notes.toml
headless -c "luafile $here/quiet.lua" notes.md notes.toml

# What the server says on stderr lands there, and so do the client's complaints about it.
grep -E 'sidecargo' "$out/state/nvim/lsp.log" | grep -v '"rpc"[[:space:]]*"rust-analyzer"' > "$out/log.txt" && { cat "$out/log.txt"; fail "nothing of Sidecargo in Neovim's log"; }
ok "nothing of Sidecargo in Neovim's log"

cp -R "$plugin/doc" "$out/doc"; "$nvim" --headless -u NONE +"helptags $out/doc" +q
cmp -s "$out/doc/tags" "$plugin/doc/tags" || fail "the help's tags are those of its text (:helptags editors/nvim/doc)"
ok "the help's tags are those of its text"

cd "$project"
check_health
check_managers
