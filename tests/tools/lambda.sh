#!/bin/bash
# usage: lambda.sh DIR     e.g. lambda.sh target/tools
#
# Puts cargo-lambda in two versions from PyPI into DIR/lambda, and a Rust that builds for aarch64: Debian's rustc of
# DIR/rustc-1.96 (tests/tools/toolchains.sh) with Debian's standard library for that target beside its own. Nothing of the system
# changes. What is there already is kept; what cannot be had is said in one line and is no failure (the tests skip it).
#
# cargo-lambda adds a target to rustup's toolchain without being asked, so DIR/lambda/bin has a rustup that refuses that and has
# nothing else; whoever runs cargo-lambda puts that directory first on PATH, with no other rustup behind it.
set -euo pipefail
[ $# -eq 1 ] || { sed -n '2,10s/^# \{0,1\}//p' "$0" >&2; exit 2; }
mkdir -p "$1/lambda/bin"
tools=$(cd "$1" && pwd)
dir=$tools/lambda
# shellcheck source=tests/tools/debian.sh
. "$(dirname "${BASH_SOURCE[0]}")/debian.sh"

cat > "$dir/bin/rustup" <<'RUSTUP'
#!/bin/sh
# Remembers what was asked, and gives nothing: tests must not change the toolchains of the machine.
echo "$*" >> "${RUSTUP_ASKED:-/dev/null}"
echo "refused: rustup $*" >&2
exit 1
RUSTUP
chmod +x "$dir/bin/rustup"

for wanted in cargo-lambda==1.9.1 cargo-lambda==1.9.2; do
  place=$dir/${wanted/==/-}
  [ -e "$place/done" ] && continue
  if python3 -m pip install --quiet --no-deps --disable-pip-version-check --root-user-action=ignore --target "$place" "$wanted"; then
    touch "$place/done"
  else
    rm -rf "$place"
    echo "skipped: $wanted: it could not be installed from PyPI"
  fi
done

standard_library() {
  local rustc=$tools/rustc-1.96/bin/rustc own
  [ -e "$dir/done" ] && return 0
  [ -x "$rustc" ] || { echo "skipped: no rustc-1.96 in $tools (tests/tools/toolchains.sh)"; return 0; }
  prepare_apt arm64 bookworm-security
  grep -q '^APT::Architectures' "$APT_CONFIG" || echo 'APT::Architectures { "amd64"; "arm64"; };' >> "$APT_CONFIG"
  apt-get update -qq
  rm -rf "$dir/packages" "$dir/arm64" "$dir/sysroot"; mkdir -p "$dir/packages"
  (cd "$dir/packages" && apt-get download -qq libstd-rust-web-dev:arm64) || { echo "skipped: no standard library for aarch64"; return 0; }
  dpkg -x "$dir"/packages/*.deb "$dir/arm64" && rm -r "$dir/packages"
  own=$("$rustc" --print sysroot)
  mkdir -p "$dir/sysroot/lib/rustlib"
  ln -s "$own/bin" "$dir/sysroot/bin"
  find "$own/lib" -mindepth 1 -maxdepth 1 ! -name rustlib -exec ln -s -t "$dir/sysroot/lib" {} +
  find "$own/lib/rustlib" "$dir/arm64/usr/lib/rustlib" -mindepth 1 -maxdepth 1 -exec ln -s -t "$dir/sysroot/lib/rustlib" {} +
  printf '#!/bin/sh\nexec "%s" --sysroot "%s" "$@"\n' "$rustc" "$dir/sysroot" > "$dir/bin/rustc"
  printf '#!/bin/sh\nexec "%s" "$@"\n' "$tools/rustc-1.96/bin/cargo" > "$dir/bin/cargo"
  chmod +x "$dir/bin/rustc" "$dir/bin/cargo"
  # The archive may have a newer rustc by now than the one that was unpacked.
  if echo 'pub fn one() -> u32 { 1 }' | "$dir/bin/rustc" --target aarch64-unknown-linux-gnu --crate-type lib -o "$dir/fits.rlib" - 2> /dev/null; then
    touch "$dir/done"
  else
    echo "skipped: the standard library for aarch64 is not of the rustc in $tools/rustc-1.96"
  fi
}
if [ "$(uname -m)" = x86_64 ]; then standard_library; fi
