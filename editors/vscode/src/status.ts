// Shows the server's state among the language status of Rust files and manifests.

import * as vscode from 'vscode';
import type { ServerStatus } from './protocol';

const SHOW_LOG: vscode.Command = { command: 'sidecargo.showLog', title: 'Show log' };
const SHOW_REPORT: vscode.Command = { command: 'sidecargo.showReport', title: 'Show report' };
const SHOW_PROBLEMS: vscode.Command = { command: 'workbench.actions.view.problems', title: 'Show problems' };
const RESTART: vscode.Command = { command: 'sidecargo.restartServer', title: 'Start' };

export class StatusItem implements vscode.Disposable {
  private readonly item: vscode.LanguageStatusItem;

  constructor(selector: vscode.DocumentSelector) {
    this.item = vscode.languages.createLanguageStatusItem('sidecargo.status', selector);
    this.item.name = 'Sidecargo';
  }

  starting(): void {
    this.show('Starting', vscode.LanguageStatusSeverity.Information, SHOW_LOG);
    this.item.busy = true;
  }

  stopped(why: string): void {
    this.show(why, vscode.LanguageStatusSeverity.Error, RESTART);
  }

  /** `tally` is empty where all is well. */
  told(status: ServerStatus, tally: string): void {
    const sound = status.health === 'ok';
    const severity = {
      ok: vscode.LanguageStatusSeverity.Information,
      warning: vscode.LanguageStatusSeverity.Warning,
      error: vscode.LanguageStatusSeverity.Error,
    }[status.health];
    const otherwise = status.quiescent ? 'Proc macros will expand' : 'Looking at proc macros';
    this.show(status.message ?? otherwise, severity, sound ? SHOW_REPORT : SHOW_PROBLEMS);
    this.item.text = tally === '' ? 'Sidecargo' : `Sidecargo: ${tally}`;
    this.item.busy = !status.quiescent;
  }

  dispose(): void {
    this.item.dispose();
  }

  private show(detail: string, severity: vscode.LanguageStatusSeverity, command: vscode.Command): void {
    this.item.text = 'Sidecargo';
    this.item.detail = detail;
    this.item.severity = severity;
    this.item.command = command;
    this.item.busy = false;
  }
}
