#!/bin/bash
# usage: toolchains.sh DIR [VERSION...]     e.g. toolchains.sh target/tools 1.96 1.98
#
# Unpacks Debian's rustc and cargo into DIR/rustc-VERSION, so that DIR/rustc-VERSION/bin/{cargo,rustc} just run. Nothing of the
# system changes: apt gets a state of its own below DIR, and the packages are only unpacked. What is there already is kept; what
# cannot be had is said in one line and is no failure (the suites skip it).
#
#   1.63  bookworm             cargo 1.65: no --compile-time-deps, no Dirty lines, dep-info v0
#   1.85  bookworm             the last before --compile-time-deps (1.89)
#   1.96  bookworm-security    the first with .cargo-build-lock
#   1.97  forky
#   1.98  sid + experimental
set -euo pipefail
[ $# -ge 1 ] || { sed -n '2,13s/^# \{0,1\}//p' "$0" >&2; exit 2; }
mkdir -p "$1"
dir=$(cd "$1" && pwd); shift
wanted=("$@"); [ ${#wanted[@]} -gt 0 ] || wanted=(1.63 1.85 1.96 1.97 1.98)

skip() { echo "skipped: rustc $1: $2"; }

# What a version is made of: suites; apt's target release; packages with a version prefix where the suites hold several.
recipe() {
  case $1 in
    1.63) suites="bookworm" release=bookworm packages="rustc cargo" ;;
    1.85) suites="bookworm" release=bookworm packages="rustc-web cargo-web" ;;
    1.96) suites="bookworm bookworm-security" release=bookworm-security packages="rustc-web cargo-web" ;;
    1.97) suites="forky" release=forky packages="rustc cargo" ;;
    1.98) suites="sid experimental" release=experimental packages="rustc cargo" ;;
    *) return 1 ;;
  esac
}

# shellcheck source=tests/tools/debian.sh
. "$(dirname "${BASH_SOURCE[0]}")/debian.sh"

# Of the closure, what rustc and cargo load. The linker, the C compiler and their headers are the system's.
loaded_at_run_time() {
  grep -E '^(rustc|cargo|lib)' | grep -vE \
    '^lib(binutils|gprofng|ctf|sframe|jansson|asan|lsan|tsan|ubsan|hwasan|quadmath|atomic|itm|gomp|cc1|isl|mpfr|mpc[0-9]|gmp|c6?-dev|gcc-[0-9]+-dev|c-gconv|c-dev|crypt-dev|nsl-dev|tirpc-dev)'
}

newer() { [ "$1" != "$2" ] && [ "$(printf '%s\n%s\n' "$1" "$2" | sort -V | tail -n 1)" = "$1" ]; }

# Libraries are found by an old-style RPATH, which children do not inherit as they would LD_LIBRARY_PATH; and where the C library is
# newer than the system's, the programs are started by their own loader. Not so for an older one: dylibs that the system's linker
# made must load.
make_runnable() { # ROOT
  local root=$1 libraries loader program
  libraries=$(dirname "$(find "$root/usr/lib" -name 'librustc_driver-*.so' | head -n 1)")
  loader=
  if newer "$(cat "$root/libc/version")" "$(ldd --version | sed -n '1s/.* //p')"; then
    loader=$(find "$root/libc" -name 'ld-linux-*.so.*' | head -n 1)
    libraries=$libraries:$(dirname "$(find "$root/libc" -name 'libc.so.6' | head -n 1)")
  fi
  unify_rpaths "$root/usr/lib" "$libraries"
  find "$root/usr" -type f -perm -u+x \( -path '*/bin/*' -o -path '*/libexec/*' \) | while read -r program; do
    [ "$(head -c 4 "$program" | tail -c 3)" = ELF ] || continue
    "$patchelf" --force-rpath --set-rpath "$libraries" ${loader:+--set-interpreter "$loader"} "$program"
  done
}

install() { # VERSION
  local version=$1 home=$dir/rustc-$1 suites release packages downloads list
  [ -e "$home/complete" ] && return 0
  recipe "$version" || { skip "$version" "no recipe"; return 0; }
  # shellcheck disable=SC2086 # several words each
  prepare_apt "$version" $suites || { skip "$version" "no package lists of $suites"; return 0; }
  # shellcheck disable=SC2086
  list=$(apt-get -s -t "$release" install $packages 2>/dev/null | awk '$1 == "Inst" {gsub(/[(]/, "", $3); print $2 "=" $3}')
  case $(grep -E '^rustc(-web)?=' <<< "$list") in
    *="$version".*) ;;
    *) skip "$version" "the archive's is now $(grep -E '^rustc' <<< "$list" | tr '\n' ' ')"; return 0 ;;
  esac
  rm -rf "$home"; mkdir -p "$home/packages" "$home/root/libc" "$home/bin"
  # shellcheck disable=SC2046 # one word per package
  (cd "$home/packages" && apt-get download -qq $(loaded_at_run_time <<< "$list")) || { skip "$version" "download failed"; return 0; }
  for downloads in "$home"/packages/*.deb; do
    case $(basename "$downloads") in
      libc6_*) dpkg -x "$downloads" "$home/root/libc"
               sed -n 's/^libc6=\([0-9.]*\).*/\1/p' <<< "$list" > "$home/root/libc/version" ;;
      *) dpkg -x "$downloads" "$home/root" ;;
    esac
  done
  rm -rf "$home/packages"
  # Before the merged /usr some libraries lie in /lib: one directory then serves all.
  if [ -d "$home/root/lib" ] && [ ! -L "$home/root/lib" ]; then cp -a "$home/root/lib/." "$home/root/usr/lib/"; rm -rf "$home/root/lib"; fi
  make_runnable "$home/root"
  local tool
  for tool in cargo rustc rustdoc; do ln -s "../root/usr/bin/$tool" "$home/bin/$tool"; done
  "$home/bin/rustc" -vV > "$home/rustc.txt" && "$home/bin/cargo" -V > "$home/cargo.txt" || { skip "$version" "does not run here"; return 0; }
  : > "$home/complete"
}

all_there=true
for version in "${wanted[@]}"; do [ -e "$dir/rustc-$version/complete" ] || all_there=false; done
if ! $all_there; then
  for tool in apt-get dpkg ldd; do
    command -v "$tool" > /dev/null || { skip "${wanted[*]}" "no $tool on this machine"; exit 0; }
  done
  [ -e "$keyring" ] || { skip "${wanted[*]}" "no $keyring (package debian-archive-keyring)"; exit 0; }
  find_patchelf
  for version in "${wanted[@]}"; do install "$version"; done
fi
for version in "${wanted[@]}"; do
  [ ! -e "$dir/rustc-$version/complete" ] || echo "$dir/rustc-$version: $(head -n 1 "$dir/rustc-$version/rustc.txt"), $(cat "$dir/rustc-$version/cargo.txt")"
done
