// usage: node check.mjs TOOLS OUT WORK VSIX...     by check.sh
// The extension in VS Code, with the mouse and the keyboard, beside the real rust-analyzer.

import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import { Editor, pause, press } from './window.mjs';

const [tools, out, work, ...extensions] = process.argv.slice(2);
const ok = (what) => console.log(`  ok    ${what}`);
const picture = (window, name) => window.picture(path.join(out, `${name}.png`));
let window;

async function shown(locator) {
  await locator.first().waitFor();
  return locator.first();
}

async function expectNoComplaints(when) {
  const said = await window.complaints();
  if (said.length > 0) { throw new Error(`${when}: ${said.join(' | ')}`); }
  ok(`${when}: no complaint`);
}

async function brokenProject(editor) {
  window = await editor.open(path.join(work, 'sidecargo-demo'), 'src/main.rs');
  const { page } = window;
  await window.showProblems();
  await window.hasProblem('Cannot create expander');
  ok("rust-analyzer's own error shows in the Rust file");
  await window.hasProblem('`#[async_trait]` will not expand');
  ok("the finding is marked at the macro's use");
  await window.hasProblem('Cargo takes it for fresh');
  ok('and is among the problems, with no manifest open');
  await expectNoComplaints('at the start');

  await window.openFile('Cargo.toml');
  await page.locator('.squiggly-error').first().waitFor({ state: 'attached' });
  ok('it is marked at the dependency in Cargo.toml');
  await press(page, page.locator('.pane-header', { hasText: /proc macros/i }));
  await window.macro('async-trait').waitFor();
  for (const [name, status] of [['async-trait', 'corrupt'], ['serde_derive', 'corrupt'], ['indoc', 'fresh']]) {
    const text = await window.macro(name).innerText();
    if (!text.includes(status)) { throw new Error(`the view says "${text}"`); }
  }
  ok('the view "Proc macros" shows each with its state');
  await page.mouse.move(900, 470); // away from the view's hover
  await pause(500);
  await picture(window, '1-findings');

  await press(page, page.locator('#status\\.languageStatus'));
  await page.locator('.hover-language-status', { hasText: 'Sidecargo' }).first().waitFor();
  const status = (await page.locator('.hover-language-status', { hasText: 'Sidecargo' }).first().innerText()).replace(/\s+/g, ' ');
  if (!/\d of 5 not fresh/.test(status)) { throw new Error(`the status says "${status}"`); }
  ok(`the status: ${status.slice(0, 60)}…`);
  await pause(500); // it fades in
  await picture(window, '2-status');
  await page.keyboard.press('Escape');

  await window.macro('serde_derive').hover();
  await press(page, window.macro('serde_derive').locator('.action-label.codicon-question'));
  await page.locator('.tab.active', { hasText: 'dylib-corrupt' }).waitFor();
  ok('its explanation opens by a click in the view');
  await window.command('Sidecargo: Show report');
  await page.locator('.tab.active', { hasText: 'Proc macros' }).waitFor();
  await page.locator('.view-line', { hasText: 'All 5' }).first().waitFor();
  ok('the report is a page to read');
  await picture(window, '3-report');

  await window.command('Sidecargo: Restart server');
  await page.locator('.monaco-list-row', { hasText: 'async-trait' }).first().waitFor({ state: 'visible' });
  await window.hasProblem('Git LFS pointer');
  await expectNoComplaints('after a restart of the server');
}

async function mend() {
  const { page } = window;
  await window.openFile('Cargo.toml');
  await window.goTo(11, 3);
  // Looked for before the click: the run may be over within a second.
  const progress = page.locator('.statusbar-item', { hasText: 'Rebuild async-trait' }).first().waitFor();
  await window.codeAction('Rebuild async-trait', () => picture(window, '4-actions'));
  ok('the code action is listed and clicked');
  await progress;
  ok('its progress shows');
  await picture(window, '5-progress');
  await window.hasNoProblem('Git LFS pointer');
  ok('the finding goes when it is mended');
  await page.locator('.pane-header', { hasText: /proc macros/i }).hover();
  await press(page, page.locator('.pane-header .action-label.codicon-wrench'));
  await window.hasNoProblem('cut short');
  ok('the other one goes by a click on "Mend all proc macros" in the view');
  await window.hasNoProblem('Cannot create expander');
  await window.hasNoProblem('will not expand');
  ok("rust-analyzer's errors go too, and the marks at the uses");
  for (const name of ['async-trait', 'serde_derive']) { await window.macro(name).filter({ hasText: 'fresh' }).waitFor(); }
  ok('the view follows');
  await picture(window, '6-mended');
  await expectNoComplaints('after mending');
  // While the editor is open: its end stops whatever rust-analyzer builds by then.
  const { status, stdout } = spawnSync(process.env.CHECK_SIDECARGO, ['check', '--wait', path.join(work, 'sidecargo-demo')], { encoding: 'utf8' });
  if (status !== 0) { throw new Error(`the disk is not whole: ${stdout}`); }
  ok('and the disk is whole');
}

/** The way in which every window ends: extensions are told to stop, and the server with them. */
async function stopped(editor) {
  const program = path.join(out, 'logged-server');
  const log = path.join(out, 'server.log');
  writeFileSync(program, `#!/bin/sh\nSIDECARGO_LOG=info exec '${process.env.CHECK_SIDECARGO}' --log-file '${log}' "$@"\n`, { mode: 0o755 });
  editor.set({ 'sidecargo.server.path': program });
  const logged = () => (existsSync(log) ? readFileSync(log, 'utf8').split('\n').filter((line) => line !== '') : []);
  await until('the server is not started anew', () => logged().length > 0);
  const [before, another] = editor.processes('sidecargo');
  if (before === undefined || another !== undefined) { throw new Error('not one server runs, but none or two'); }
  const lines = logged().length;
  await window.command('Developer: Reload Window');
  await until('the server outlives its stop', () => !editor.processes('sidecargo').includes(before));
  await until('no server comes back', () => logged().length > lines);
  await window.macro('async-trait').filter({ hasText: 'fresh' }).waitFor();
  ok('at a stop the server goes, and comes back with the next start');
  await expectNoComplaints('after a stop');
  const errors = [...logged().filter((line) => /ERROR|panicked/.test(line)), ...editor.errors()];
  if (errors.length > 0) { throw new Error(`logged: ${errors.join(' | ')}`); }
  ok("no error of ours in the server's log, the editor's or the window's");
}

async function until(otherwise, holds) {
  for (let tries = 1; !holds(); tries += 1) {
    if (tries > 600) { throw new Error(otherwise); }
    await pause(100);
  }
}

async function missingServer(editor) {
  editor.set({ 'sidecargo.server.path': '/nowhere/sidecargo' });
  await window.toast('/nowhere/sidecargo').waitFor();
  await window.toast('How to install').waitFor();
  ok('a server that is not there is told, with how to install it');
  await picture(window, '7-missing');
  editor.set({});
  await window.macro('async-trait').waitFor();
  ok('and it starts when the setting is mended');
  await window.close();
}

async function noRust(editor) {
  window = await editor.open(path.join(work, 'no-rust'), 'notes.md');
  await window.page.locator('.tab.active', { hasText: 'notes.md' }).waitFor();
  // Whatever would start is started by then.
  await pause(3000);
  if (await window.page.locator('.pane-header', { hasText: /proc macros/i }).count() > 0) { throw new Error('the view shows where there is no Rust'); }
  if (await window.toast().count() > 0) { throw new Error(`said: ${(await window.toast().allInnerTexts()).join(' | ')}`); }
  ok('a folder without Rust: nothing starts, nothing is said');
  await window.close();
}

async function untrusted(editor) {
  window = await editor.open(path.join(work, 'sidecargo-demo'), 'src/main.rs');
  await window.page.locator('.statusbar-item', { hasText: 'Restricted Mode' }).waitFor();
  // Whatever would start is started by then.
  await pause(3000);
  if (await window.page.locator('.pane-header', { hasText: /proc macros/i }).count() > 0) { throw new Error('it runs in a folder that is not trusted'); }
  ok('a folder that is not trusted: it is off');
  await window.page.keyboard.press('Control+Shift+x');
  await window.page.locator('.extensions-viewlet .monaco-editor').first().waitFor();
  await window.page.keyboard.type('@workspaceUnsupported sidecargo');
  await press(window.page, await shown(window.page.locator('.extensions-list .monaco-list-row', { hasText: 'Sidecargo' })));
  await window.page.locator('.extension-editor', { hasText: 'Sidecargo runs cargo and rustc' }).waitFor();
  ok('and the reason is told');
  await picture(window, '8-untrusted');
  await window.close();
}

async function inEditor(name, settings, steps) {
  const editor = await Editor.start(tools, path.join(out, name), settings, extensions);
  try {
    for (const step of steps) { await step(editor); }
  } catch (error) {
    console.log(`  FAIL  ${error.message}`);
    await window?.picture(path.join(out, 'failed.png')).catch(() => {});
    process.exitCode = 1;
  } finally {
    await editor.end();
  }
}

await inEditor('trusting', { 'security.workspace.trust.enabled': false }, [brokenProject, mend, stopped, missingServer, noRust]);
if (process.exitCode !== 1) { await inEditor('trusting-nobody', {}, [untrusted]); }
