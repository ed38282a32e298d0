// usage: npm run package:with-server -- PROGRAM     a VSIX for this platform with the server in it

import { spawnSync } from 'node:child_process';
import { chmodSync, copyFileSync, mkdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';

const [program] = process.argv.slice(2);
if (program === undefined) {
  console.error('usage: npm run package:with-server -- PROGRAM');
  process.exit(2);
}
const home = path.dirname(import.meta.dirname);
const bundled = path.join(home, 'bundled');
const target = `${process.platform}-${process.arch}`;
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
