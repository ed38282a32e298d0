// VS Code in a browser window: code-server with a profile of its own, and what a person does and sees in it.

import { createRequire } from 'node:module';
import { spawn, spawnSync } from 'node:child_process';
import { mkdirSync, openSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import process from 'node:process';

// Nothing that puts a prompt or a welcome page in the way, or asks anybody outside.
const SETTINGS = {
  'workbench.startupEditor': 'none', 'workbench.tips.enabled': false, 'telemetry.telemetryLevel': 'off', 'update.mode': 'none',
  'extensions.autoUpdate': false, 'extensions.autoCheckUpdates': false, 'extensions.ignoreRecommendations': true,
  'git.enabled': false, 'editor.minimap.enabled': false, 'workbench.enableExperiments': false, 'chat.disableAIFeatures': true,
  'chat.commandCenter.enabled': false, 'workbench.secondarySideBar.defaultVisibility': 'hidden', 'files.autoSave': 'off',
  'editor.accessibilitySupport': 'off', 'workbench.colorTheme': 'Default Dark Modern', 'security.workspace.trust.startupPrompt': 'never',
  'security.workspace.trust.banner': 'always', 'outline.collapseItems': 'alwaysCollapse',
};

export const pause = (milliseconds) => new Promise((resolve) => { setTimeout(resolve, milliseconds); });

/** A profile with extensions in it, served until `end`. */
export class Editor {
  static async start(tools, home, settings, extensions) {
    const editor = new Editor();
    editor.home = home;
    editor.said = [];
    for (const folder of ['user/User', 'user/Machine', 'extensions', 'xdg']) {
      mkdirSync(path.join(home, folder), { recursive: true });
    }
    writeFileSync(path.join(home, 'config.yaml'), 'auth: none\n');
    writeFileSync(path.join(home, 'user/User/settings.json'), JSON.stringify({ ...SETTINGS, ...settings }));
    const modules = path.join(tools, 'vscode/node_modules');
    const xdg = path.join(home, 'xdg');
    const environment = { ...process.env, XDG_CONFIG_HOME: xdg, XDG_DATA_HOME: xdg, XDG_CACHE_HOME: xdg, EXTENSIONS_GALLERY: '{"serviceUrl":""}' };
    for (const name of ['VSCODE_IPC_HOOK_CLI', 'CODE_SERVER_SESSION_SOCKET', 'PORT', 'PASSWORD']) {
      delete environment[name];
    }
    const common = [path.join(modules, 'code-server/out/node/entry.js'), '--user-data-dir', path.join(home, 'user'),
      '--extensions-dir', path.join(home, 'extensions'), '--config', path.join(home, 'config.yaml')];
    for (const extension of extensions) {
      const { status, stdout, stderr } = spawnSync(process.execPath, [...common, '--install-extension', extension], { env: environment, encoding: 'utf8' });
      if (status !== 0) {
        throw new Error(`${extension} is not installed: ${stdout}${stderr}`);
      }
    }
    editor.port = await freePort();
    const log = openSync(path.join(home, 'code-server.log'), 'w');
    // A process group of its own: what it starts ends with it.
    editor.server = spawn(process.execPath, [...common, '--bind-addr', `127.0.0.1:${editor.port}`, '--auth', 'none', '--disable-telemetry',
      '--disable-update-check', '--disable-getting-started-override'], { env: environment, stdio: ['ignore', log, log], detached: true });
    for (let tries = 0; !(await answers(editor.port)); tries += 1) {
      if (tries > 600 || editor.server.exitCode !== null) {
        throw new Error(`code-server did not start: ${readFileSync(path.join(home, 'code-server.log'), 'utf8')}`);
      }
      await pause(50);
    }
    const { chromium } = createRequire(path.join(modules, 'x.js'))('playwright-core');
    editor.browser = await chromium.launch({ executablePath: path.join(tools, 'bin/chromium'), headless: true,
      args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'] });
    return editor;
  }

  /** A window on a folder, with a file of it open where one is named. */
  async open(folder, file) {
    const context = await this.browser.newContext({ viewport: { width: 1360, height: 820 } });
    // Whoever asks for another host is refused, at once.
    await context.route((url) => url.hostname !== '127.0.0.1', (route) => route.abort());
    const page = await context.newPage();
    page.on('console', (message) => { if (message.type() === 'error') { this.said.push(message.text()); } });
    page.on('pageerror', (error) => { this.said.push(String(error)); });
    page.setDefaultTimeout(180_000); // a machine under load; nothing waits so long when all is well
    const origin = `127.0.0.1:${this.port}`;
    const payload = file === undefined ? '' : `&payload=${encodeURIComponent(JSON.stringify([['openFile', `vscode-remote://${origin}${folder}/${file}`]]))}`;
    await page.goto(`http://${origin}/?folder=${encodeURIComponent(folder)}${payload}`);
    await page.waitForSelector('.monaco-workbench .explorer-folders-view .monaco-list-row');
    return new Window(page, context);
  }

  set(settings) {
    // A setting of scope machine is read there alone, where the server is remote.
    writeFileSync(path.join(this.home, 'user/Machine/settings.json'), JSON.stringify(settings));
  }

  /** The ids of the programs of this name that this editor has started. */
  processes(name) {
    const all = readdirSync('/proc').filter((id) => /^\d+$/.test(id)).flatMap((id) => {
      try {
        const [, program, parent] = /^\d+ \((.*)\) \S (\d+)/s.exec(readFileSync(`/proc/${id}/stat`, 'utf8'));
        return [{ id: Number(id), program, parent: Number(parent) }];
      } catch { return []; } // it has ended
    });
    const below = (parent) => all.filter((process) => process.parent === parent).flatMap((process) => [process, ...below(process.id)]);
    return below(this.server.pid).filter((process) => process.program === name).map((process) => process.id);
  }

  /** What the extension's host and the windows said of errors that speak of Sidecargo. Log files there are none: their writer is a native
   * part that the package does not bring built. */
  errors() {
    const host = readFileSync(path.join(this.home, 'code-server.log'), 'utf8').split('\n');
    const bad = host.filter((line) => /error|uncaught|unhandled/i.test(line) || /Extension Host Process exited with code: [^0]/.test(line));
    return [...bad.filter((line) => /sidecargo|exited with code/i.test(line)), ...this.said.filter((line) => /sidecargo/i.test(line))];
  }

  async end() {
    await this.browser?.close();
    const gone = new Promise((resolve) => { this.server.once('exit', resolve); });
    for (const signal of ['SIGTERM', 'SIGKILL']) {
      try { process.kill(-this.server.pid, signal); } catch { /* it is gone */ }
      await Promise.race([gone, pause(1500)]);
    }
  }
}

export class Window {
  constructor(page, context) {
    this.page = page;
    this.context = context;
  }

  picture(file) { return this.page.screenshot({ path: file }); }
  close() { return this.context.close(); }

  /** By the palette, as a person does: who pressed too early presses again. */
  async command(title) {
    const entry = this.page.locator('.quick-input-list .monaco-list-row', { hasText: title }).first();
    for (let tries = 1; ; tries += 1) {
      await this.page.keyboard.press('F1');
      try {
        await this.page.waitForSelector('.quick-input-widget input', { timeout: 5000 });
        await this.page.keyboard.type(title);
        await entry.waitFor({ timeout: 8000 });
        await this.page.keyboard.press('Enter');
        return;
      } catch (error) {
        if (tries === 8) { throw error; }
        await this.page.keyboard.press('Escape');
      }
    }
  }

  /** By the explorer, as a person does. */
  async openFile(name) {
    await this.page.locator('.explorer-folders-view .monaco-list-row', { hasText: name }).first().dblclick();
    await this.page.locator('.tab.active', { hasText: name }).waitFor();
  }

  async showProblems() {
    await this.page.keyboard.press('Control+Shift+m');
    await this.page.waitForSelector('.markers-panel');
  }

  problem(text) { return this.page.locator('.markers-panel .monaco-list-row', { hasText: text }).first(); }

  // Only the rows in sight are there at all, so the list is narrowed to what is looked for.
  async narrowProblems(text) { await this.page.locator('input[placeholder^="Filter (e.g."]').fill(text); }
  /** The list does not always narrow anew when a finding comes after the words, so they are typed as often as it takes. */
  async hasProblem(text) {
    for (let tries = 1; ; tries += 1) {
      await this.narrowProblems(text);
      try {
        await this.problem(text).waitFor({ timeout: 15000 });
        break;
      } catch (error) {
        if (tries === 12) { throw error; }
        await this.narrowProblems('');
      }
    }
    await this.narrowProblems('');
  }

  async hasNoProblem(text) {
    await this.narrowProblems(text);
    await pause(1000); // until the list is narrowed, the row may just be out of sight
    await this.problem(text).waitFor({ state: 'detached' });
    await this.narrowProblems('');
  }

  macro(text) { return this.page.locator('.pane', { has: this.page.locator('.pane-header', { hasText: /proc macros/i }) }).locator('.monaco-list-row', { hasText: text }).first(); }
  toast(text) { return this.page.locator('.notification-toast', text === undefined ? {} : { hasText: text }); }

  /** Toasts that say that something is wrong. */
  async complaints() {
    const bad = this.page.locator('.notification-toast', { has: this.page.locator('.codicon-error, .codicon-warning') });
    return bad.allInnerTexts();
  }

  async goTo(line, column) {
    await this.page.locator('.editor-instance .view-lines').first().click({ position: { x: 300, y: 300 } });
    await this.page.keyboard.press('Control+g');
    await this.page.waitForSelector('.quick-input-widget input');
    await this.page.keyboard.type(`${line}:${column}`);
    await this.page.keyboard.press('Enter');
    await this.page.locator('.statusbar-item', { hasText: `Ln ${line}, Col ${column}` }).first().waitFor();
  }

  /** The menu of code actions closes when any server's findings change under it, so it is opened as often as it takes. */
  async codeAction(title, listed) {
    const entry = this.page.locator('.action-widget .monaco-list-row.action', { hasText: title }).first();
    for (let tries = 1; ; tries += 1) {
      await this.page.keyboard.press('Control+.');
      try {
        await entry.waitFor({ timeout: 4000 });
        await listed();
        await press(this.page, entry);
        await entry.waitFor({ state: 'detached', timeout: 4000 });
        return;
      } catch (error) {
        if (tries === 10) { throw error; }
        await this.page.keyboard.press('Escape');
      }
    }
  }
}

/** Real pointer events: menus lie under a shield that only a moving pointer takes away. */
export async function press(page, locator) {
  const box = await locator.boundingBox({ timeout: 5000 });
  const x = box.x + box.width / 2;
  const y = box.y + box.height / 2;
  await page.mouse.move(x - 3, y);
  await page.mouse.move(x, y);
  await page.mouse.down();
  await page.mouse.up();
}

function freePort() {
  return new Promise((resolve) => {
    const server = net.createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}

async function answers(port) {
  try {
    return (await fetch(`http://127.0.0.1:${port}/healthz`)).ok;
  } catch {
    return false;
  }
}
