#!/usr/bin/env bash
# Unpacks Debian's zsh, for the test of the completions.
# usage: bash tests/tools/zsh.sh DIR     into DIR/zsh; nothing is installed

set -euo pipefail

dir=$(mkdir -p "$1" && cd "$1" && pwd)
[ ! -x "$dir/zsh/bin/zsh" ] || exit 0
command -v zsh > /dev/null && exit 0
# shellcheck source=tests/tools/debian.sh
. "$(dirname "${BASH_SOURCE[0]}")/debian.sh"

prepare_apt zsh bookworm
packages=$(mktemp -d -p "$dir")
trap 'rm -rf "$packages"' EXIT
(cd "$packages" && apt-get download -qq zsh zsh-common)
for package in "$packages"/*.deb; do
  dpkg -x "$package" "$dir/zsh"
done
