// Pages that are only to be read: the report, and what a code means.

import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import * as vscode from 'vscode';

const SCHEME = 'sidecargo';

export class Pages implements vscode.TextDocumentContentProvider, vscode.Disposable {
  private readonly changed = new vscode.EventEmitter<vscode.Uri>();
  readonly onDidChange = this.changed.event;
  private readonly texts = new Map<string, string>();
  private readonly registration = vscode.workspace.registerTextDocumentContentProvider(SCHEME, this);

  provideTextDocumentContent(uri: vscode.Uri): string {
    return this.texts.get(uri.path) ?? '';
  }

  async show(name: string, text: string): Promise<void> {
    const uri = vscode.Uri.from({ scheme: SCHEME, path: `/${name}.md` });
    this.texts.set(uri.path, text);
    this.changed.fire(uri);
    const document = await vscode.workspace.openTextDocument(uri);
    await vscode.languages.setTextDocumentLanguage(document, 'markdown');
    await vscode.window.showTextDocument(document, { preview: true });
  }

  dispose(): void {
    this.registration.dispose();
    this.changed.dispose();
  }
}

/** What the program says that a code, or an error message, means; or that it does not know the message. */
export async function explanation(program: string, text: string): Promise<string> {
  try {
    // A message may begin with a dash.
    const { stdout } = await promisify(execFile)(program, ['explain', '--', text], { timeout: 10_000 });
    return stdout;
  } catch (error) {
    const { stderr } = error as { stderr?: string };
    if (stderr === undefined || stderr === '') {
      throw error;
    }
    return stderr;
  }
}
