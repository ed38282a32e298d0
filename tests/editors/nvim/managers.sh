# The README's blocks for plugin managers, as a person pastes them. To be sourced by check.sh.

# The repository with the plugin in its subfolder, at the address that the blocks have.
serve_repository() {
  local origin=$out/origin
  mkdir -p "$origin/editors"
  cp -R "$plugin" "$origin/editors/nvim"
  git -C "$origin" init --quiet
  git -C "$origin" add .
  git -C "$origin" -c user.name=check -c user.email=check@localhost commit --quiet -m 'The plugin'
  ln -s origin "$origin.git" # as lazy.nvim asks for it
  export GIT_CONFIG_COUNT=1 GIT_CONFIG_KEY_0="url.file://$origin.insteadOf" GIT_CONFIG_VALUE_0=https://github.com/sidecargo/sidecargo
}

person() { # NAME: a person with a configuration of their own
  export XDG_CONFIG_HOME=$out/$1/config XDG_DATA_HOME=$out/$1/data XDG_STATE_HOME=$out/$1/state XDG_CACHE_HOME=$out/$1/cache
  mkdir -p "$XDG_CONFIG_HOME/nvim"
}

starts_in_manifest() { # WHAT
  write ':lua =#vim.lsp.get_clients({ name = "sidecargo", bufnr = 0 })'; keys Enter
  local end=$((SECONDS + 30))
  until shows '^1'; do
    [ $SECONDS -lt $end ] || fail "$1: the server does not start"
    keys C-l
    write ':lua =#vim.lsp.get_clients({ name = "sidecargo", bufnr = 0 })'; keys Enter
    sleep 0.3
  done
  ok "$1: the server starts"
  keys C-l
  write ':Sidecargo re'; keys Tab
  see 'refresh' "$1: :Sidecargo is there"
  keys C-c
  # The page itself needs a parser that not every way of installing Neovim lets a manager find.
  write ":echo getcompletion(':Sidecargo', 'help')"; keys Enter
  see "\[':Sidecargo'\]" "$1: its help is found"
}

check_managers() {
  serve_repository
  person vim-pack
  block 2 lua "$plugin/README.md" > "$XDG_CONFIG_HOME/nvim/init.lua"
  open_screen "$nvim Cargo.toml"
  see 'will be installed|Proceed|\(Y\)es' "vim.pack: it asks whether to install"
  keys y
  see 'sidecargo-demo' "vim.pack: it is installed"
  starts_in_manifest vim.pack
  close_screen

  person clone
  block 3 lua "$plugin/README.md" | sed "s|/path/to/sidecargo|$out/origin|" > "$XDG_CONFIG_HOME/nvim/init.lua"
  open_screen "$nvim Cargo.toml"
  see 'sidecargo-demo' "a clone: the manifest is open"
  starts_in_manifest "a clone"
  close_screen

  # lazy.nvim comes from nowhere but its repository, so it is tried where somebody has a clone of it.
  if [ -n "${LAZY_NVIM:-}" ]; then
    person lazy
    { echo 'vim.opt.runtimepath:prepend(vim.env.LAZY_NVIM)'; echo 'require("lazy").setup({'; block 1 lua "$plugin/README.md"; echo '})'; } > "$XDG_CONFIG_HOME/nvim/init.lua"
    open_screen "$nvim Cargo.toml"
    see 'sidecargo-demo|Install' "lazy.nvim: it is installed"
    sleep 5; keep lazy-install
    write ':q'; keys Enter
    starts_in_manifest lazy.nvim
    close_screen
  fi
}
