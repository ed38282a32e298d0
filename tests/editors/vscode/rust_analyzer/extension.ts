// The real rust-analyzer in VS Code, with the one command of its extension that matters here.

import * as vscode from 'vscode';
import { LanguageClient } from 'vscode-languageclient/node';

let client: LanguageClient | undefined;

export async function activate(context: vscode.ExtensionContext): Promise<void> {
  // By its full path: VS Code takes PATH from a login shell, where rustup's may come first.
  const command = process.env['CHECK_RUST_ANALYZER'] ?? 'rust-analyzer';
  client = new LanguageClient('rust-analyzer', 'rust-analyzer', { command, args: [] }, {
    documentSelector: [{ scheme: 'file', language: 'rust' }],
  });
  const own = client;
  context.subscriptions.push(
    vscode.commands.registerCommand('rust-analyzer.rebuildProcMacros', () => own.sendRequest('rust-analyzer/rebuildProcMacros')),
  );
  await client.start();
}

export async function deactivate(): Promise<void> {
  await client?.stop();
}
