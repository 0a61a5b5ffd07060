// The app as it starts at login, hidden; and the size that it shows everything at, over two starts. In a real Electron.
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { axon, launchApp, newHome, removeHome, type App } from './electron.ts';

/** For what comes by itself, on a slow machine. */
const soon = { timeout: 30_000 };
let app: App;
const home = newHome();
beforeAll(async () => {
  app = await launchApp({ home, args: ['--hidden'] });
});
afterAll(async () => {
  await app.quit();
  removeHome(home);
});

const visible = (): Promise<number> =>
  app.electron.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows().filter((window) => window.isVisible()).length);
const factor = (): Promise<number | undefined> =>
  app.electron.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.webContents.getZoomFactor());
/** By the system's own way of keys: those that Playwright sends to the page pass before-input-event by. */
const press = (keyCode: string): Promise<void> =>
  app.electron.evaluate(({ BrowserWindow }, key) => {
    const contents = BrowserWindow.getAllWindows()[0]?.webContents;
    contents?.sendInputEvent({ type: 'keyDown', keyCode: key, modifiers: ['control'] });
    contents?.sendInputEvent({ type: 'keyUp', keyCode: key, modifiers: ['control'] });
  }, keyCode);

test('--hidden: the node is up, the page is there, no window is to be seen until somebody asks for it', async () => {
  await expect.poll(async () => (await app.view()).self.version, { timeout: 30_000 }).toBe('0.1.0');
  await app.page.getByTestId('first-run-create').waitFor({ state: 'attached' });
  expect(await visible()).toBe(0);
  expect(await axon(home, 'toggle')).toMatchObject({ code: 0 });
  await expect.poll(visible, soon).toBe(1);
});

test('Ctrl with +, - and 0 changes the size of everything, the settings show it and set it, and the next start has it', async () => {
  expect(await factor()).toBe(1);
  await press('=');
  await expect.poll(factor, soon).toBeCloseTo(1.1);
  await press('-');
  await press('-');
  await expect.poll(factor, soon).toBeCloseTo(0.9);
  await press('0');
  await expect.poll(factor, soon).toBe(1);
  await app.page.getByTestId('first-run-create').click();
  await app.page.getByTestId('composer').waitFor();
  await app.page.getByTestId('settings-open').click();
  const field = app.page.getByTestId('settings-zoom');
  await expect.poll(() => field.inputValue(), soon).toMatch(/^100\s?%$/);
  await press('=');
  await expect.poll(() => field.inputValue(), soon).toMatch(/^110\s?%$/);
  await field.click();
  await app.page.getByRole('option', { name: '175' }).click();
  await expect.poll(factor, soon).toBeCloseTo(1.75);
  await expect.poll(() => app.page.evaluate(() => window.devicePixelRatio), soon).toBeCloseTo(1.75);
  await app.quit();
  app = await launchApp({ home });
  await app.page.getByTestId('composer').waitFor();
  await expect.poll(factor, soon).toBeCloseTo(1.75);
  await app.quit();
  // by hand, and wrong
  writeFileSync(path.join(home, 'desktop', 'desktop.json'), JSON.stringify({ zoom: 50 }));
  app = await launchApp({ home });
  await app.page.getByTestId('composer').waitFor();
  await expect.poll(factor, soon).toBe(1);
});
