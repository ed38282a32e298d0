#!/bin/bash
# usage: check.sh TOOLS OUT WORK     by run.sh
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
tools=$1 out=$2 work=$3 extension=$(cd "$here/../../../editors/vscode" && pwd)
# shellcheck source=tests/editors/screen.sh
. "$here/../screen.sh"

# The extension as a person gets it, with the server in it.
(cd "$extension" && npm ci --silent --no-audit --no-fund && npm run --silent lint && npm run --silent package:with-server -- "$(readlink -f "$out/path/sidecargo")") > "$out/package.txt" 2>&1 ||
  { tail -30 "$out/package.txt"; echo "  FAIL  the extension is linted, checked and packaged"; exit 1; }
ok "the extension is linted, checked and packaged with the server"

# rust-analyzer's own extension comes only from galleries; this one runs the same server and has its command.
stand_in=$out/rust_analyzer
mkdir -p "$stand_in/dist"
cp "$here/rust_analyzer/package.json" "$stand_in/"
(cd "$extension" && NODE_PATH=$extension/node_modules node_modules/.bin/esbuild "$here/rust_analyzer/extension.ts" --bundle --external:vscode --platform=node \
  --format=cjs --log-level=error --outfile="$stand_in/dist/extension.js")
(cd "$stand_in" && "$extension/node_modules/.bin/vsce" package --no-dependencies --allow-missing-repository --skip-license --out rust-analyzer.vsix) > "$out/stand-in.txt" 2>&1 ||
  { cat "$out/stand-in.txt"; exit 1; }

project=$work/sidecargo-demo
broken_project "$project"
mkdir "$work/no-rust"
echo '# Notes' > "$work/no-rust/notes.md"
# Nothing of the server's is on PATH: the one that came along is what runs.
mv "$out/path/sidecargo" "$out/sidecargo"
CHECK_SIDECARGO=$out/sidecargo CHECK_RUST_ANALYZER=$tools/bin/rust-analyzer FONTCONFIG_FILE=$tools/root/fonts.conf "$tools/bin/node" "$here/check.mjs" "$tools" "$out" "$work" "$extension/sidecargo-linux-x64.vsix" "$stand_in/rust-analyzer.vsix"
mv "$out/sidecargo" "$out/path/sidecargo"
