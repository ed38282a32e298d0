// The view "Proc macros": each workspace's macros, those that need something first.

import * as path from 'node:path';
import * as vscode from 'vscode';
import { findingOf, type Finding, type Macro, type Report } from './report';

/** What a command on an entry of the view is about. */
export type Entry = { kind: 'workspace'; report: Report } | { kind: 'macro'; macro: Macro; report: Report };

const BROKEN = new vscode.ThemeIcon('error', new vscode.ThemeColor('problemsErrorIcon.foreground'));
const OLD = new vscode.ThemeIcon('warning', new vscode.ThemeColor('problemsWarningIcon.foreground'));
const ICONS: Record<Macro['status'], vscode.ThemeIcon> = {
  fresh: new vscode.ThemeIcon('pass', new vscode.ThemeColor('testing.iconPassed')),
  missing: OLD,
  stale: OLD,
  corrupt: BROKEN,
  'wrong-rustc': BROKEN,
  'wrong-platform': BROKEN,
  building: new vscode.ThemeIcon('sync'),
  unknown: new vscode.ThemeIcon('question'),
};

export class MacroTree implements vscode.TreeDataProvider<Entry> {
  private readonly changed = new vscode.EventEmitter<void>();
  readonly onDidChangeTreeData = this.changed.event;
  private reports: Report[] = [];

  show(reports: Report[]): void {
    this.reports = reports;
    this.changed.fire();
  }

  getChildren(entry?: Entry): Entry[] {
    if (entry === undefined) {
      const [only, ...others] = this.reports;
      if (only === undefined || others.length > 0) {
        return this.reports.map((report) => ({ kind: 'workspace', report }));
      }
      return macros(only);
    }
    return entry.kind === 'workspace' ? macros(entry.report) : [];
  }

  getTreeItem(entry: Entry): vscode.TreeItem {
    return entry.kind === 'workspace' ? workspaceItem(entry.report) : macroItem(entry.macro, entry.report);
  }
}

function macros(report: Report): Entry[] {
  const sorted = [...report.proc_macros].sort(
    (one, other) => Number(one.status === 'fresh') - Number(other.status === 'fresh') || one.name.localeCompare(other.name),
  );
  return sorted.map((macro) => ({ kind: 'macro', macro, report }));
}

function workspaceItem(report: Report): vscode.TreeItem {
  const item = new vscode.TreeItem(path.basename(report.workspace_root), vscode.TreeItemCollapsibleState.Expanded);
  item.description = `${report.summary.fresh} of ${report.summary.total} fresh`;
  item.tooltip = report.workspace_root;
  item.contextValue = 'workspace';
  return item;
}

function macroItem(macro: Macro, report: Report): vscode.TreeItem {
  const finding = findingOf(macro, report);
  const item = new vscode.TreeItem(macro.name);
  item.description = `${macro.version} · ${macro.status}`;
  item.iconPath = ICONS[macro.status];
  item.tooltip = finding?.message ?? [macro.status, macro.built_by, macro.dylib].filter((part) => part !== null).join('\n');
  item.contextValue = macro.status === 'fresh' ? 'fresh' : finding === undefined ? 'unsettled' : 'found';
  const command = reveal(finding);
  if (command !== undefined) {
    item.command = command;
  }
  return item;
}

function reveal(finding: Finding | undefined): vscode.Command | undefined {
  if (finding === undefined || finding.location === null) {
    return undefined;
  }
  const { path: file, line, column } = finding.location;
  const at = new vscode.Position(line - 1, column - 1);
  return {
    command: 'vscode.open',
    title: 'Show where it is needed',
    arguments: [vscode.Uri.file(file), { selection: new vscode.Range(at, at) }],
  };
}
