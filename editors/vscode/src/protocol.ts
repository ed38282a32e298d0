// What the server and this extension say to each other beyond the Language Server Protocol.

import type { ClientCapabilities, FeatureState, StaticFeature } from 'vscode-languageclient/node';

/** rust-analyzer's notification of a server's state, in the same shape. */
export const SERVER_STATUS = 'experimental/serverStatus';

export interface ServerStatus {
  health: 'ok' | 'warning' | 'error';
  quiescent: boolean;
  message?: string | null;
}

/** The server has mended something that rust-analyzer still has the old state of. */
export const RELOAD_PROC_MACROS = 'sidecargo/reloadProcMacros';

/** The commands that a hover of the server's may link to. */
export const LINKED_COMMANDS = [
  'sidecargo.rebuild',
  'sidecargo.clean',
  'sidecargo.cleanAndRebuild',
  'sidecargo.cleanAll',
  'sidecargo.fixAll',
  'sidecargo.reloadRustAnalyzer',
];

/** Tells the server what this extension can do. */
export class Announcement implements StaticFeature {
  fillClientCapabilities(capabilities: ClientCapabilities): void {
    capabilities.experimental = {
      ...(capabilities.experimental as object | undefined),
      serverStatusNotification: true,
      sidecargo: { reloadProcMacros: true, commandLinks: true },
    };
  }

  initialize(): void {}

  getState(): FeatureState {
    return { kind: 'static' };
  }

  clear(): void {}
}
