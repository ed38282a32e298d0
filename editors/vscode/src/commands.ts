// What a person can ask for beyond the server's own commands, which the client registers under their names.

import * as vscode from 'vscode';
import { explanation, type Pages } from './pages';
import { findingOf, page, type Macro, type Report } from './report';
import type { Entry } from './tree';

/** What these commands need of the extension. */
export interface Host {
  restart(): Promise<void>;
  reports(): Promise<Report[]>;
  /** The program that is running; undefined where none is. */
  program(): string | undefined;
}

export function registerCommands(host: Host, pages: Pages, log: vscode.LogOutputChannel): vscode.Disposable[] {
  const register = (name: string, run: (entry?: Entry) => Promise<void> | void) =>
    vscode.commands.registerCommand(name, run);
  return [
    register('sidecargo.restartServer', () => host.restart()),
    register('sidecargo.showLog', () => {
      log.show();
    }),
    register('sidecargo.showReport', async () => {
      const reports = await host.reports();
      if (reports.length > 0) {
        await pages.show('Proc macros', page(reports));
      } else {
        void vscode.window.showInformationMessage('Sidecargo has not looked yet, or there is no cargo workspace here.');
      }
    }),
    register('sidecargo.cleanPackage', async () => {
      const chosen = await chooseMacro(await host.reports());
      if (chosen !== undefined) {
        await onMacro('sidecargo.clean', chosen.macro, chosen.report);
      }
    }),
    register('sidecargo.explain', async (entry) => {
      const program = host.program();
      const code = entry === undefined ? await chooseCode(await host.reports()) : codeOf(entry);
      if (program !== undefined && code !== undefined) {
        await pages.show(code, await explanation(program, code));
      }
    }),
    register('sidecargo.macro.rebuild', (entry) => onEntry('sidecargo.rebuild', entry)),
    register('sidecargo.macro.cleanAndRebuild', (entry) => onEntry('sidecargo.cleanAndRebuild', entry)),
  ];
}

async function onEntry(command: string, entry: Entry | undefined): Promise<void> {
  if (entry?.kind === 'macro') {
    await onMacro(command, entry.macro, entry.report);
  }
}

async function onMacro(command: string, macro: Macro, report: Report): Promise<void> {
  const workspace = vscode.Uri.file(report.workspace_root).toString();
  await vscode.commands.executeCommand(command, { workspace, package_ids: [macro.package_id] });
}

async function chooseMacro(reports: Report[]): Promise<{ macro: Macro; report: Report } | undefined> {
  const choices = reports.flatMap((report) =>
    report.proc_macros.map((macro) => ({ label: macro.name, description: `${macro.version} · ${macro.status}`, macro, report })),
  );
  return vscode.window.showQuickPick(choices, { title: 'Remove what is built of a package (cargo clean -p)' });
}

async function chooseCode(reports: Report[]): Promise<string | undefined> {
  const codes = [...new Set(reports.flatMap((report) => report.findings.map(({ code }) => code)))];
  return codes.length > 0
    ? vscode.window.showQuickPick(codes, { title: 'What does it mean?' })
    : vscode.window.showInputBox({ title: 'What does it mean?', placeHolder: 'A code such as dylib-corrupt, or an error message' });
}

function codeOf(entry: Entry): string | undefined {
  return entry.kind === 'macro' ? findingOf(entry.macro, entry.report)?.code : undefined;
}
