# `:checkhealth sidecargo` in five situations, each a PATH that lacks something. To be sourced by check.sh.

health() { # NAME NVIM PROGRAM...
  local name=$1 program=$2 path=$out/health/$1; shift 2
  mkdir -p "$path"
  local each
  for each; do ln -s "$(command -v "$each")" "$path/$each"; done
  env PATH="$path" "$program" --headless -u NONE --cmd "set runtimepath^=$plugin" --cmd 'filetype on' -c 'silent! lua vim.lsp.enable("sidecargo")' \
    -c 'checkhealth sidecargo' -c "write! $out/health-$name.txt" -c 'qall!' > "$out/health-$name.log" 2>&1 || true
}
says() { # NAME WHAT ERRORS-AND-WARNINGS PATTERN
  local file=$out/health-$1.txt
  [ "$(grep -cE 'ERROR|WARNING' "$file")" = "$3" ] && grep -qE -- "$4" "$file" && { ok ":checkhealth with $2"; return; }
  cat "$file" "$out/health-$1.log"
  echo "  FAIL  :checkhealth with $2: not $3 complaints with: $4"
  exit 1
}

check_health() {
  health all-well "$nvim" sidecargo rust-analyzer cargo
  says all-well "all well" 0 'OK The server is sidecargo 0'
  health no-server "$nvim" rust-analyzer cargo
  says no-server "no server" 1 'ERROR The server does not run: sidecargo is not there'
  health no-rust-analyzer "$nvim" sidecargo cargo
  says no-rust-analyzer "no rust-analyzer" 1 'WARNING rust-analyzer does not run'
  health no-cargo "$nvim" sidecargo rust-analyzer
  says no-cargo "no cargo" 1 'ERROR cargo does not run'
  health old-neovim "$tools/bin/nvim-old" sidecargo rust-analyzer cargo
  says old-neovim "an old Neovim ($("$tools/bin/nvim-old" --version | head -n 1))" 1 'ERROR This Neovim is too old'
}
