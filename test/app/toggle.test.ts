// Showing and hiding the window from outside, and the one question about starting at login, in a real Electron.
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { axon, electronProgram, launchApp, newHome, removeHome, root, type App } from './electron.ts';

let app: App;
const home = newHome();
const config = mkdtempSync(path.join(tmpdir(), 'axon-config-'));

beforeAll(async () => {
  app = await launchApp({ home, env: { XDG_CONFIG_HOME: config, XDG_SESSION_TYPE: 'x11', WAYLAND_DISPLAY: '' } });
  await app.page.getByTestId('first-run-create').waitFor();
});
afterAll(async () => {
  await app.quit();
  removeHome(home);
  rmSync(config, { recursive: true, force: true });
});

const visible = (): Promise<boolean> =>
  app.electron.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.isVisible() === true);
const inFront = (): Promise<boolean> =>
  app.electron.evaluate(({ BrowserWindow }) => {
    const [window] = BrowserWindow.getAllWindows();
    window?.focus();
    return window?.isFocused() === true;
  });

/** By the keyboard: the switch's own picture lies over its input. */
async function flip(): Promise<void> {
  await app.page.getByTestId('role-toggle').focus();
  await app.page.keyboard.press('Space');
}

test('`axon toggle` brings a hidden window, and takes away one that has the keyboard', async () => {
  await app.electron.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.close());
  await expect.poll(visible).toBe(false);
  expect(await axon(home, 'toggle')).toMatchObject({ code: 0 });
  await expect.poll(visible).toBe(true);
  await expect.poll(inFront).toBe(true);
  expect(await axon(home, 'toggle')).toMatchObject({ code: 0 });
  await expect.poll(visible).toBe(false);
});

test('a second start with --toggle does the same by the app itself', async () => {
  const flags = process.getuid?.() === 0 ? ['--no-sandbox'] : [];
  const second = spawn(electronProgram(), [...flags, root, '--home', home, '--no-mdns', '--toggle'], {
    stdio: 'ignore',
    env: { ...process.env, ELECTRON_RUN_AS_NODE: '' },
  });
  expect(await new Promise((resolve) => second.once('exit', resolve))).toBe(0);
  await expect.poll(visible).toBe(true);
});

test('keys are taken only when they are set, and given back', async () => {
  const registered = (keys: string): Promise<boolean> =>
    app.electron.evaluate(({ globalShortcut }, wanted) => globalShortcut.isRegistered(wanted), keys);
  await app.page.getByTestId('first-run-create').click();
  await app.page.getByTestId('composer').waitFor();
  await app.page.getByTestId('settings-open').click();
  const field = app.page.getByTestId('settings-hotkey');
  await field.getByText('Off').waitFor();
  expect(await registered('Control+Alt+F9')).toBe(false);
  await field.getByTestId('hotkey-choose').click();
  await app.page.keyboard.press('F9');
  await field.getByText('Hold Ctrl, Alt').waitFor();
  await app.page.keyboard.press('Control+Alt+F9');
  await field.getByText('Works in every program').waitFor();
  expect(await registered('Control+Alt+F9')).toBe(true);
  // what had the focus went away each time, and the button took it
  const focused = (): Promise<string | null> => app.page.evaluate(() => document.activeElement?.getAttribute('data-testid') ?? null);
  await expect.poll(focused).toBe('hotkey-choose');
  await app.page.keyboard.press('Enter');
  await expect.poll(focused).toBe('hotkey-listening');
  await app.page.keyboard.press('Escape');
  await expect.poll(focused).toBe('hotkey-choose');
  await field.getByTestId('hotkey-off').focus();
  await app.page.keyboard.press('Enter');
  await field.getByText('Off').waitFor();
  expect(await registered('Control+Alt+F9')).toBe(false);
  await expect.poll(focused).toBe('hotkey-choose');
  await app.page.keyboard.press('Escape');
  await field.waitFor({ state: 'detached' });
});

test('who makes this computer a leader is asked once about starting it at login; it starts hidden then', async () => {
  const card = app.page.getByTestId('at-login-card');
  expect(await card.count()).toBe(0);
  await flip();
  await card.waitFor();
  await app.picture('at-login-card');
  await app.page.getByTestId('at-login-yes').click();
  await card.waitFor({ state: 'detached' });
  const entry = path.join(config, 'autostart', 'axon.desktop');
  expect(existsSync(entry)).toBe(true);
  expect(readFileSync(entry, 'utf8')).toContain('--hidden');
  // a subordinate, and a leader again: it is not asked a second time; the node knows of it a moment before the switch shows it
  for (const wanted of ['subordinate', 'leader']) {
    await flip();
    await expect.poll(async () => (await app.view()).self.role.wanted).toBe(wanted);
    await expect.poll(() => app.page.getByTestId('role-toggle').isChecked()).toBe(wanted === 'leader');
  }
  expect(await card.count()).toBe(0);
  // and it is switched off where settings are
  await app.page.getByTestId('settings-open').click();
  const atLogin = app.page.getByTestId('settings-at-login');
  await expect.poll(() => atLogin.isChecked(), { timeout: 30_000 }).toBe(true);
  await atLogin.focus();
  await app.page.keyboard.press('Space');
  await expect.poll(() => existsSync(entry), { timeout: 30_000 }).toBe(false);
  await expect.poll(() => atLogin.isChecked(), { timeout: 30_000 }).toBe(false);
  await app.page.getByTestId('settings').getByRole('button', { name: 'Close' }).click();
  await atLogin.waitFor({ state: 'detached' });
});

test('Ctrl+N is a new chat, and no second window', async () => {
  // nobody else is there to answer
  await expect.poll(async () => (await app.view()).self.role.actual.kind, { timeout: 60_000 }).toBe('leader');
  await app.page.getByTestId('composer').fill('What is a swarm?');
  await app.page.getByTestId('composer').press('Enter');
  await app.page.getByTestId('question').waitFor();
  await app.page.keyboard.press('Control+n');
  await app.page.getByTestId('question').waitFor({ state: 'detached' });
  expect(await app.page.getByTestId('conversation-item').count()).toBe(1);
  expect(await app.electron.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows().length)).toBe(1);
});

test('without the app there is no window, and it says so', async () => {
  const { code, err } = await axon(path.join(config, 'nobody'), 'toggle');
  expect(code).toBe(3);
  expect(err).toContain('No node runs');
});
