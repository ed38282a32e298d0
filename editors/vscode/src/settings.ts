// The settings that the server is given: Sidecargo's own, and rust-analyzer's where Sidecargo's are not set.

import { homedir } from 'node:os';
import * as vscode from 'vscode';

// The server complains of names that it does not know, so that only these are sent.
const SHARED_WITH_RUST_ANALYZER = [
  'cargo.allTargets',
  'cargo.buildScripts.enable',
  'cargo.buildScripts.overrideCommand',
  'cargo.extraArgs',
  'cargo.extraEnv',
  'cargo.features',
  'cargo.noDefaultFeatures',
  'cargo.profile',
  'cargo.target',
  'cargo.targetDir',
  'linkedProjects',
  'procMacro.enable',
  'procMacro.ignored',
  'procMacro.server',
];
const OWN = [
  'catalogue.files',
  'diagnostics.grace',
  'diagnostics.severity',
  'diagnostics.uses',
  'logLevel',
  'noExec',
  'rebuild.automatic',
  'watch.backend',
  'watch.pollInterval',
];

/** The values for one folder by their dotted names; what is not set is left out. */
export function serverSettings(scope: vscode.Uri | undefined): Record<string, unknown> {
  const own = vscode.workspace.getConfiguration('sidecargo', scope);
  const rustAnalyzer = vscode.workspace.getConfiguration('rust-analyzer', scope);
  const settings: Record<string, unknown> = {};
  for (const name of OWN) {
    put(settings, name, own.get(name), scope);
  }
  for (const name of SHARED_WITH_RUST_ANALYZER) {
    put(settings, name, own.get(name) ?? rustAnalyzer.get(name), scope);
  }
  return settings;
}

/** Whether a change of settings concerns what the server is given. */
export function concernsServer(change: vscode.ConfigurationChangeEvent): boolean {
  return (
    change.affectsConfiguration('sidecargo') ||
    SHARED_WITH_RUST_ANALYZER.some((name) => change.affectsConfiguration(`rust-analyzer.${name}`))
  );
}

/** The setting `sidecargo.server.path`, with its variables replaced. */
export function serverPath(): string {
  const set = vscode.workspace.getConfiguration('sidecargo').get<unknown>('server.path');
  return typeof set === 'string' ? replaceVariables(set.trim(), undefined) : '';
}

function put(settings: Record<string, unknown>, name: string, value: unknown, scope: vscode.Uri | undefined): void {
  if (value !== undefined && value !== null) {
    settings[name] = replaceEverywhere(value, scope);
  }
}

function replaceEverywhere(value: unknown, scope: vscode.Uri | undefined): unknown {
  if (typeof value === 'string') {
    return replaceVariables(value, scope);
  }
  if (Array.isArray(value)) {
    return value.map((entry: unknown) => replaceEverywhere(entry, scope));
  }
  if (typeof value === 'object' && value !== null) {
    return Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, replaceEverywhere(entry, scope)]));
  }
  return value;
}

// VS Code leaves variables in settings to extensions; rust-analyzer's replaces these too.
function replaceVariables(text: string, scope: vscode.Uri | undefined): string {
  return text.replace(/\$\{(workspaceFolder|userHome|env:([^}]+))\}/g, (whole: string, name: string, variable?: string) => {
    if (variable !== undefined) {
      return process.env[variable] ?? '';
    }
    if (name === 'userHome') {
      return homedir();
    }
    const folder = scope && vscode.workspace.getWorkspaceFolder(scope);
    return (folder ?? vscode.workspace.workspaceFolders?.[0])?.uri.fsPath ?? whole;
  });
}
