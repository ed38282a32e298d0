#!/bin/bash
# usage: tests/fit.sh [PART...]
#
# Whether the project is fit to publish. Without a PART all of them; `quick` is those that CI runs.
#
#   dependencies   licences, sources, wildcards and duplicates (deny.toml); none that nothing uses             quick
#   advisories     known holes and yanked versions; needs the database, which is cloned from its forge
#   features       every set of features, linted with all targets: features only add                           quick
#   oldest         the declared `rust-version`: what the dependencies declare, and the oldest compiler here that it allows
#   minimal        the oldest versions that Cargo.toml allows resolve and build (by a nightly compiler)
#   portability    compiles and is linted for Windows and macOS, their standard libraries built from the compiler's own source; reads the
#                  proc macros that those make
#   workflows      .github/workflows, by actionlint                                                            quick
#   package        what `cargo package` packs, and how much                                                    quick
#   install        the package builds and installs into an empty directory, and mends a real project
#
# What a machine lacks is named as "skipped: …" and is no failure.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
case ${1:-} in -h | --help) sed -n '2,18s/^# \{0,1\}//p' "$0"; exit 0 ;; esac
tools=${SIDECARGO_TEST_TOOLS:-target/tools}
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
part() { printf '\n-- %s\n' "$*"; }
skip() { echo "skipped: $*"; }
fail() { echo "tests/fit.sh: $*" >&2; exit 1; }
has() {
  [ ! -x "$tools/fit/bin/$1" ] || return 0
  # Where everything is said to be there, nothing is left out in silence.
  [ "${SIDECARGO_TEST_SKIP_NOTHING:-}" != 1 ] || fail "no $1: it could not be installed"
  skip "no $1 (tests/tools/fit.sh says why)"
  return 1
}
# A copy of what is tracked and not deleted, without the tests' own workspaces: some of them need nothing of what they depend on.
copy_sources() { # DIR
  mkdir -p "$1"
  git ls-files -z -- ':!tests/conformance/made' ':!tests/days/large' |
    while IFS= read -r -d '' file; do [ ! -e "$file" ] || printf '%s\0' "$file"; done | tar --null -T - -cf - | tar -xf - -C "$1"
}

dependencies() {
  part "dependencies: licences, sources, wildcards, duplicates"
  ! has cargo-deny || cargo deny --all-features --log-level warn check --hide-inclusion-graph bans licenses sources
  part "dependencies: none that nothing uses"
  has cargo-machete || return 0
  copy_sources "$scratch/used"
  (cd "$scratch/used" && cargo machete)
}

advisories() {
  part "advisories"
  has cargo-deny || return 0
  local log=$scratch/advisories.log
  if cargo deny check advisories > "$log" 2>&1; then
    tail -n 1 "$log"
  elif grep -q 'failed to fetch advisory database' "$log"; then
    skip "advisories: the database cannot be cloned from here"
  else
    cat "$log"
    return 1
  fi
}

features() {
  part "features"
  has cargo-hack || return 0
  # `default` only names others.
  cargo hack clippy --quiet --feature-powerset --exclude-features default --all-targets -- -D warnings
}

oldest() {
  part "the declared rust-version"
  command -v jq > /dev/null || { skip "no jq on this machine"; return 0; }
  local declared asked
  declared=$(cargo metadata --no-deps --format-version 1 | jq -r '.packages[0].rust_version')
  asked=$(cargo metadata --locked --format-version 1 --filter-platform "$(host)" |
    jq -r '.packages[] | select(.rust_version) | "\(.rust_version) \(.name)"' | grep -v ' sidecargo$' | sort -V | tail -n 1)
  echo "declared: $declared; the most that a dependency asks for: $asked"
  newest "$declared" "${asked%% *}" | grep -qxF "$declared" || fail "${asked#* } needs Rust ${asked%% *}"
  # What newer standard libraries brought is clippy's to find (`incompatible_msrv`, in every lint run).
  local compiler version best='' best_version=''
  for compiler in $(compilers); do
    version=$("$compiler" --version | sed -E 's/^rustc ([0-9.]+)(-[a-z]+)? .*/\1\2/')
    case $version in *-*) continue ;; esac
    [ "$(newest "$version" "$declared")" = "$version" ] || continue
    if [ -z "$best" ] || [ "$(newest "$version" "$best_version")" = "$best_version" ]; then best=$compiler best_version=$version; fi
  done
  [ -n "$best" ] || { skip "no compiler here that is at least $declared"; return 0; }
  echo "the oldest compiler here that it allows: $best_version"
  PATH=$(dirname "$best"):$PATH RUSTUP_TOOLCHAIN='' CARGO_TARGET_DIR=target/oldest RUSTC=$best "$(dirname "$best")/cargo" check --quiet --locked
  echo "builds with $best_version"
}
host() { rustc -vV | sed -n 's/^host: //p'; }
newest() { printf '%s\n%s\n' "$1" "$2" | sort -V | tail -n 1; }
compilers() {
  ls -d "$tools"/rustc-*/bin/rustc 2> /dev/null || true
  for sysroot in "$(rustc --print sysroot)/.."/*/; do [ ! -x "$sysroot/bin/cargo" ] || (cd "$sysroot/bin" && echo "$PWD/rustc"); done
}

minimal() {
  part "minimal versions"
  copy_sources "$scratch/minimal"
  # Of what Cargo.toml names, the oldest that it allows; of what those need in turn, the newest.
  (cd "$scratch/minimal" && rm Cargo.lock && RUSTC_BOOTSTRAP=1 cargo update --quiet -Zdirect-minimal-versions)
  RUSTC_BOOTSTRAP=1 CARGO_TARGET_DIR=$PWD/target/minimal cargo check --quiet --locked --all-targets -Zdirect-minimal-versions \
    --manifest-path "$scratch/minimal/Cargo.toml"
  echo "the oldest versions that Cargo.toml allows resolve and build"
}

portability() {
  part "portability"
  local sources target features
  sources=$(rustc --print sysroot)/lib/rustlib/src/rust/library
  [ -d "$sources" ] || { skip "the standard library's source is not there (rustup component add rust-src)"; return 0; }
  for target in x86_64-pc-windows-msvc aarch64-apple-darwin x86_64-apple-darwin; do
    for features in --all-features --no-default-features; do
      RUSTC_BOOTSTRAP=1 CARGO_TARGET_DIR=target/portability cargo clippy --quiet --locked --lib --bins "$features" \
        -Zbuild-std=std,panic_abort,panic_unwind --target "$target" -- -D warnings
      echo "$target $features: compiles, no warnings"
    done
  done
  foreign_dylibs
}

# A proc macro for each of the systems, by the standard libraries from above, and our reading of it.
foreign_dylibs() {
  bash tests/tools/zig.sh "$tools" > /dev/null
  local zig=$PWD/$tools/zig/bin/zig lld made=$scratch/foreign
  lld=$(rustc --print sysroot)/lib/rustlib/$(host)/bin/rust-lld
  [ -x "$zig" ] && [ -x "$lld" ] || { skip "dylibs for other systems: no zig or no rust-lld"; return 0; }
  mkdir -p "$made/libraries"
  printf 'extern crate proc_macro;\n#[proc_macro] pub fn m(input: proc_macro::TokenStream) -> proc_macro::TokenStream { input }\n' > "$made/lib.rs"

  # zig brings what macOS offers to link with, but not every option of Apple's linker.
  cat > "$made/macos-linker" <<LINKER
#!/bin/bash
arguments=()
for argument; do
  case \$argument in -Wl,-exported_symbols_list | -Wl,*/list | -Wl,-dead_strip) ;; *) arguments+=("\$argument") ;; esac
done
exec "$zig" cc -target aarch64-macos "\${arguments[@]}"
LINKER
  chmod +x "$made/macos-linker"
  compile_macro aarch64-apple-darwin "$made/libtiny_macros.dylib" -C linker="$made/macos-linker"

  # What Windows and its C library offer is known by what the linker misses.
  local library windows=(-C linker="$lld" -C linker-flavor=lld-link -L native="$made/libraries" -C link-arg=/NODEFAULTLIB -C link-arg=/NOENTRY)
  for library in kernel32 ntdll userenv ws2_32 dbghelp; do printf '!<arch>\n' > "$made/libraries/$library.lib"; done
  compile_macro x86_64-pc-windows-msvc "$made/tiny_macros.dll" "${windows[@]}" -C link-arg=/ERRORLIMIT:0 2> /dev/null > "$made/missed" || true
  {
    printf 'LIBRARY windows.dll\nEXPORTS\n'
    sed -n 's/.*undefined symbol: //p' "$made/missed" |
      sed -e 's/__declspec(dllimport) //' -e 's/^const type_info::.*/??_7type_info@@6B@/' | sort -u
  } > "$made/windows.def"
  "$zig" dlltool -m i386:x86-64 -D windows.dll -d "$made/windows.def" -l "$made/libraries/kernel32.lib"
  compile_macro x86_64-pc-windows-msvc "$made/tiny_macros.dll" "${windows[@]}"
  SIDECARGO_TEST_FOREIGN_DYLIBS=$made cargo test --quiet --lib dylib::tests::foreign -- --ignored
}
compile_macro() { # TARGET OUTPUT OPTION...
  local target=$1 output=$2 libraries=target/portability/$1/debug/deps; shift 2
  local standard macros
  standard=$(ls -t "$libraries"/libstd-*.rlib | head -n 1) macros=$(ls -t "$libraries"/libproc_macro-*.rlib | head -n 1)
  RUSTC_BOOTSTRAP=1 rustc --crate-type proc-macro --crate-name tiny_macros --edition 2021 --target "$target" -Zunstable-options \
    -L "$libraries" --extern "noprelude:std=$standard" --extern "noprelude:proc_macro=$macros" -o "$output" "$@" "$scratch/foreign/lib.rs" \
    > "$output.log" 2>&1 || { cat "$output.log"; return 1; }
}

workflows() {
  part "workflows"
  has actionlint || return 0
  mkdir -p "$scratch/workflows/.github/workflows"
  # Runners that are newer than the linter, by others of the same system.
  local file
  for file in .github/workflows/*.yml; do
    sed -e 's/\bmacos-15-intel\b/macos-13/' -e 's/\bwindows-11-arm\b/windows-2025/' "$file" > "$scratch/workflows/$file"
  done
  (home=$PWD && cd "$scratch/workflows" && "$(cd "$home" && cd "$tools/fit/bin" && pwd)/actionlint" '.github/workflows/*.yml')
}

package() {
  part "package"
  local list size foreign
  list=$(cargo package --list --allow-dirty)
  foreign=$(grep -vE '^(src|benches)/|^(README|CHANGELOG)\.md$|^LICENSE-(MIT|APACHE)$|^Cargo\.(toml|toml\.orig|lock)$|^\.cargo_vcs_info\.json$' <<< "$list" || true)
  [ -z "$foreign" ] || fail "packed, but does not belong there: $foreign"
  cargo package --quiet --no-verify --allow-dirty
  size=$(stat -c %s target/package/sidecargo-*.crate | sort -n | tail -n 1)
  echo "$(wc -l <<< "$list") files, $((size / 1024)) KiB packed"
  [ "$size" -lt $((1024 * 1024)) ] || fail "the package has more than 1 MiB"
}

install() {
  part "install"
  cargo package --quiet --no-verify --allow-dirty
  local packed
  packed=$(ls -t target/package/sidecargo-*.crate | head -n 1)
  tar -xf "$packed" -C "$scratch"
  CARGO_TARGET_DIR=$PWD/target/install cargo install --quiet --locked --debug --path "$scratch/$(basename "$packed" .crate)" --root "$scratch/root"
  "$scratch/root/bin/sidecargo" demo "$scratch/demo"
  ! "$scratch/root/bin/sidecargo" check "$scratch/demo" || fail "the demonstration's fault was not seen"
  "$scratch/root/bin/sidecargo" fix "$scratch/demo"
  "$scratch/root/bin/sidecargo" check "$scratch/demo"
}

quick=(dependencies features workflows package)
all=(dependencies advisories features oldest minimal portability workflows package install)
case "$*" in
  '') wanted=("${all[@]}") ;;
  quick) wanted=("${quick[@]}") ;;
  *) wanted=("$@") ;;
esac
for name in "${wanted[@]}"; do
  [[ " ${all[*]} " == *" $name "* ]] || fail "no part is named \`$name\`; see --help"
done
bash tests/tools/fit.sh "$tools"
PATH=$(cd "$tools/fit/bin" && pwd):$PATH
for name in "${wanted[@]}"; do "$name"; done
printf '\nfit\n'
