// Finds the server's program. Knows nothing of the editor: what is set and the environment come from outside.

import { constants } from 'node:fs';
import { access, stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import * as path from 'node:path';

export type ServerPlace = { found: string } | { missing: string };

/** The program that is set, or else the one on PATH, the one that `cargo install` has laid down, or the one that came along. */
export async function findServer(set: string, environment: NodeJS.ProcessEnv, bundled: string): Promise<ServerPlace> {
  if (set !== '') {
    // A bare name is looked for on PATH, as in a shell.
    const candidates = path.basename(set) === set ? onPath(set, environment) : [set];
    const found = await firstProgram(candidates);
    return found === undefined
      ? { missing: `The setting sidecargo.server.path says ${set}, and there is no program there.` }
      : { found };
  }
  const candidates = [...onPath('sidecargo', environment), ...inCargoHome('sidecargo', environment), path.join(bundled, withSuffix('sidecargo'))];
  const found = await firstProgram(candidates);
  return found === undefined
    ? { missing: 'The program sidecargo is not on PATH, nor where cargo installs programs, and this extension was packaged without it. Install it, or name it in the setting sidecargo.server.path.' }
    : { found };
}

function onPath(name: string, environment: NodeJS.ProcessEnv): string[] {
  // Relative entries of PATH would run what lies in the workspace.
  const directories = (environment['PATH'] ?? '').split(path.delimiter).filter((entry) => path.isAbsolute(entry));
  return directories.map((directory) => path.join(directory, withSuffix(name)));
}

// An editor that was started from a desktop often does not have the PATH of the person's shell.
function inCargoHome(name: string, environment: NodeJS.ProcessEnv): string[] {
  const cargoHome = environment['CARGO_HOME'] || path.join(homedir(), '.cargo');
  return path.isAbsolute(cargoHome) ? [path.join(cargoHome, 'bin', withSuffix(name))] : [];
}

function withSuffix(name: string): string {
  return process.platform === 'win32' && path.extname(name) === '' ? `${name}.exe` : name;
}

async function firstProgram(candidates: string[]): Promise<string | undefined> {
  for (const candidate of candidates) {
    try {
      await access(candidate, constants.X_OK);
      if ((await stat(candidate)).isFile()) {
        return candidate;
      }
    } catch {
      // Not there, or not to be run: the next one.
    }
  }
  return undefined;
}
