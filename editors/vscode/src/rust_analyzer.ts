// Makes rust-analyzer read its proc macros anew, where it is there.

import * as vscode from 'vscode';

const REBUILD_PROC_MACROS = 'rust-analyzer.rebuildProcMacros';

/** Does nothing where rust-analyzer is not running: it will read the new state when it starts. */
export async function reloadProcMacros(log: vscode.LogOutputChannel): Promise<void> {
  const commands = await vscode.commands.getCommands(true);
  if (!commands.includes(REBUILD_PROC_MACROS)) {
    log.info('rust-analyzer is not running in this window; there is nothing to reload');
    return;
  }
  try {
    await vscode.commands.executeCommand(REBUILD_PROC_MACROS);
    log.info('rust-analyzer was asked to rebuild its proc macros');
  } catch (error) {
    log.warn(`rust-analyzer did not rebuild its proc macros: ${String(error)}`);
  }
}
