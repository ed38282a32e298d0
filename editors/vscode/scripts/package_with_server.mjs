// usage: npm run package:with-server -- PROGRAM [TARGET]     a VSIX with the server in it, for this platform or VS Code's TARGET of it

import { spawnSync } from 'node:child_process';
import { chmodSync, copyFileSync, mkdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';

const [program, chosen] = process.argv.slice(2);
if (program === undefined) {
  console.error('usage: npm run package:with-server -- PROGRAM [TARGET]');
  process.exit(2);
}
const home = path.dirname(import.meta.dirname);
const bundled = path.join(home, 'bundled');
// Alpine's differ from Linux's by the C library alone, which Node does not tell.
const target = chosen ?? `${process.platform}-${process.arch}`;
mkdirSync(bundled, { recursive: true });
try {
  const copy = path.join(bundled, process.platform === 'win32' ? 'sidecargo.exe' : 'sidecargo');
  copyFileSync(program, copy);
  chmodSync(copy, 0o755);
  const vsce = path.join(home, 'node_modules', '@vscode', 'vsce', 'vsce');
  const parameters = ['package', '--no-dependencies', '--target', target, '--out', `sidecargo-${target}.vsix`];
  const { status } = spawnSync(process.execPath, [vsce, ...parameters], { cwd: home, stdio: 'inherit' });
  process.exitCode = status ?? 1;
} finally {
  // A later package without the server must not have it.
  rmSync(bundled, { recursive: true });
}
