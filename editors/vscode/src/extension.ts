// Starts the server, hands it settings, and shows what it says. What macros are and what is wrong with them, only the server knows.

import * as vscode from 'vscode';
import {
  DidChangeConfigurationNotification,
  LanguageClient,
  type LanguageClientOptions,
  RevealOutputChannelOn,
  State,
} from 'vscode-languageclient/node';
import { findServer } from './find_server';
import { Announcement, LINKED_COMMANDS, RELOAD_PROC_MACROS, SERVER_STATUS, type ServerStatus } from './protocol';
import { reloadProcMacros } from './rust_analyzer';
import { concernsServer, serverPath, serverSettings } from './settings';
import { StatusItem } from './status';

const INSTALL = 'https://github.com/sidecargo/sidecargo#try-it';

// Manifests by name: without an extension for TOML they are plain text to VS Code.
const DOCUMENTS = [
  { scheme: 'file', language: 'rust' },
  { scheme: 'file', pattern: '**/Cargo.toml' },
  { scheme: 'file', pattern: '**/rust-toolchain{,.toml}' },
];

let extension: Extension | undefined;

export async function activate(context: vscode.ExtensionContext): Promise<void> {
  const log = vscode.window.createOutputChannel('Sidecargo', { log: true });
  const status = new StatusItem(DOCUMENTS);
  const own = new Extension(log, status);
  extension = own;
  context.subscriptions.push(
    log,
    status,
    vscode.commands.registerCommand('sidecargo.restartServer', () => own.restart()),
    vscode.commands.registerCommand('sidecargo.showLog', () => log.show()),
    vscode.workspace.onDidChangeConfiguration((change) => own.settingsChanged(change)),
  );
  await own.restart();
}

export async function deactivate(): Promise<void> {
  await extension?.stop();
  extension = undefined;
}

class Extension {
  private client: LanguageClient | undefined;
  // One start or stop after the other: a restart during a start must not leave two servers.
  private turn: Promise<void> = Promise.resolve();

  constructor(
    private readonly log: vscode.LogOutputChannel,
    private readonly status: StatusItem,
  ) {}

  restart(): Promise<void> {
    return this.inTurn(async () => {
      await this.end();
      await this.begin();
    });
  }

  stop(): Promise<void> {
    return this.inTurn(() => this.end());
  }

  async settingsChanged(change: vscode.ConfigurationChangeEvent): Promise<void> {
    if (change.affectsConfiguration('sidecargo.server.path')) {
      await this.restart();
    } else if (concernsServer(change) && this.client?.state === State.Running) {
      // Empty: the server asks for the settings of each folder.
      await this.client.sendNotification(DidChangeConfigurationNotification.type, { settings: null });
    }
  }

  private inTurn(task: () => Promise<void>): Promise<void> {
    this.turn = this.turn.then(task).catch((error: unknown) => this.log.error(String(error)));
    return this.turn;
  }

  private async begin(): Promise<void> {
    this.status.starting();
    const place = await findServer(serverPath(), process.env);
    if ('missing' in place) {
      this.log.error(place.missing);
      this.status.stopped('The server was not found');
      // Not awaited: a message may stay unanswered for ever.
      void this.tellMissing(place.missing);
      return;
    }
    this.log.info(`starting ${place.found}`);
    const client = new LanguageClient('sidecargo', 'Sidecargo', { command: place.found, args: [] }, this.options());
    client.registerFeature(new Announcement());
    client.onNotification(SERVER_STATUS, (status: ServerStatus) => this.status.told(status));
    client.onNotification(RELOAD_PROC_MACROS, () => reloadProcMacros(this.log));
    client.onDidChangeState(({ newState }) => {
      void vscode.commands.executeCommand('setContext', 'sidecargo.running', newState === State.Running);
      if (newState === State.Stopped) {
        this.status.stopped('The server is not running');
      }
    });
    this.client = client;
    try {
      await client.start();
    } catch (error) {
      this.log.error(`${place.found} did not start: ${String(error)}`);
      this.status.stopped('The server did not start');
    }
  }

  private async end(): Promise<void> {
    const client = this.client;
    this.client = undefined;
    try {
      await client?.dispose();
    } catch (error) {
      // A server that never ran cannot be stopped.
      this.log.info(`the server had not stopped in order: ${String(error)}`);
    }
  }

  private options(): LanguageClientOptions {
    return {
      documentSelector: DOCUMENTS,
      outputChannel: this.log,
      revealOutputChannelOn: RevealOutputChannelOn.Never,
      markdown: { isTrusted: { enabledCommands: LINKED_COMMANDS } },
      middleware: {
        workspace: {
          configuration: (params) =>
            params.items.map(({ scopeUri }) => serverSettings(scopeUri === undefined ? undefined : vscode.Uri.parse(scopeUri))),
        },
      },
    };
  }

  private async tellMissing(message: string): Promise<void> {
    const install = 'How to install';
    const settings = 'Open setting';
    const choice = await vscode.window.showErrorMessage(`Sidecargo cannot start. ${message}`, install, settings);
    if (choice === install) {
      await vscode.env.openExternal(vscode.Uri.parse(INSTALL));
    } else if (choice === settings) {
      await vscode.commands.executeCommand('workbench.action.openSettings', 'sidecargo.server.path');
    }
  }
}
