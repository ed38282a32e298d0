#!/bin/bash
# usage: check.sh TOOLS OUT     by run.sh
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
tools=$1 out=$2 plugin=$(cd "$here/../../../editors/nvim" && pwd)
# shellcheck source=tests/editors/screen.sh
. "$here/../screen.sh"

export SIDECARGO_PLUGIN=$plugin
export XDG_CONFIG_HOME=$out/config XDG_DATA_HOME=$out/data XDG_STATE_HOME=$out/state XDG_CACHE_HOME=$out/cache
mkdir -p "$out/config/nvim"
cp "$here/init.lua" "$out/config/nvim/init.lua"
nvim=$tools/bin/nvim
project=$out/project
broken_project "$project"
cd "$project"

open_screen "$nvim src/main.rs"
see 'Cannot create expander|proc macro server error' "rust-analyzer's own error shows in the Rust file" 120
keep 1-rust
write ':edit Cargo.toml'; keys Enter
see 'async-trait = .*Git LFS pointer' "the finding shows at the dependency in Cargo.toml"
see 'serde = .*cut short' "and at the other one's"
write ':/^async-trait'; keys Enter
keys C-w d
see 'remove it and rebuild' "its whole reason is readable there"
keep 2-manifest
write ':fclose'; keys Enter
write 'gra'
see 'Mend all proc macros' "the code actions are offered"
keep 3-actions
choice=$(screen | sed -n 's/^\([0-9]\): Mend all proc macros.*/\1/p')
write "$choice"; keys Enter
see 'sidecargo: ' "its progress shows"
keep 4-progress
see_no_more 'Git LFS pointer|cut short' "the findings go when they are mended" 120
keep 5-mended
write ':edit src/main.rs'; keys Enter
see 'fn main' "back in the Rust file"
see_no_more 'Cannot create expander|proc macro server error' "rust-analyzer's errors go too" 120
keep 6-rust
mended_project "$project"
write ':messages'; keys Enter
keep 7-messages
