// Starts the server, hands it settings, and shows what it says. What macros are and what is wrong with them, only the server knows.

import * as vscode from 'vscode';
import {
  DidChangeConfigurationNotification,
  ExecuteCommandRequest,
  LanguageClient,
  type LanguageClientOptions,
  RevealOutputChannelOn,
  State,
} from 'vscode-languageclient/node';
import { registerCommands, type Host } from './commands';
import { findServer } from './find_server';
import { Pages } from './pages';
import { Announcement, LINKED_COMMANDS, RELOAD_PROC_MACROS, SERVER_STATUS, type ServerStatus } from './protocol';
import { tally, type Report } from './report';
import { reloadProcMacros } from './rust_analyzer';
import { concernsServer, serverPath, serverSettings } from './settings';
import { StatusItem } from './status';
import { MacroTree } from './tree';

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
  const tree = new MacroTree();
  const pages = new Pages();
  const own = new Extension(log, status, tree, context.asAbsolutePath('bundled'));
  extension = own;
  context.subscriptions.push(
    log,
    status,
    pages,
    vscode.window.registerTreeDataProvider('sidecargo.macros', tree),
    ...registerCommands(own, pages, log),
    vscode.workspace.onDidChangeConfiguration((change) => own.settingsChanged(change)),
  );
  await vscode.commands.executeCommand('setContext', 'sidecargo.active', true);
  await own.restart();
}

export async function deactivate(): Promise<void> {
  await extension?.stop();
  extension = undefined;
}

class Extension implements Host {
  private client: LanguageClient | undefined;
  private running: string | undefined;
  // One start or stop after the other: a restart during a start must not leave two servers.
  private turn: Promise<void> = Promise.resolve();

  constructor(
    private readonly log: vscode.LogOutputChannel,
    private readonly status: StatusItem,
    private readonly tree: MacroTree,
    private readonly bundled: string,
  ) {}

  program(): string | undefined {
    return this.running;
  }

  /** What the server knows of each workspace; nothing of those that it has not looked at yet. */
  async reports(): Promise<Report[]> {
    const client = this.client;
    if (client?.state !== State.Running) {
      return [];
    }
    const folders = vscode.workspace.workspaceFolders ?? [];
    const asked = folders.map(async ({ uri }) => {
      try {
        const parameters = { command: 'sidecargo.report', arguments: [{ workspace: client.code2ProtocolConverter.asUri(uri) }] };
        return (await client.sendRequest(ExecuteCommandRequest.type, parameters)) as Report | null;
      } catch {
        // No cargo workspace begins in this folder.
        return null;
      }
    });
    const answers = await Promise.all(asked);
    const byRoot = new Map(answers.filter((report) => report !== null).map((report) => [report.workspace_root, report]));
    return [...byRoot.values()];
  }

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
    this.turn = this.turn.then(task).catch((error: unknown) => { this.log.error(String(error)); });
    return this.turn;
  }

  private async begin(): Promise<void> {
    this.status.starting();
    const place = await findServer(serverPath(), process.env, this.bundled);
    if ('missing' in place) {
      this.log.error(place.missing);
      this.status.stopped('The server was not found');
      // Not awaited: a message may stay unanswered for ever.
      void this.tellMissing(place.missing);
      return;
    }
    this.log.info(`starting ${place.found}`);
    this.running = place.found;
    const client = new LanguageClient('sidecargo', 'Sidecargo', { command: place.found, args: [] }, this.options());
    client.registerFeature(new Announcement());
    client.onNotification(SERVER_STATUS, (status: ServerStatus) => this.told(status));
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
    this.running = undefined;
    this.tree.show([]);
    try {
      await client?.dispose();
    } catch (error) {
      // A server that never ran cannot be stopped.
      this.log.info(`the server had not stopped in order: ${String(error)}`);
    }
  }

  private async told(status: ServerStatus): Promise<void> {
    const reports = await this.reports();
    this.tree.show(reports);
    this.status.told(status, tally(reports));
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
