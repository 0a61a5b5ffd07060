// The app deletes its data on demand, asks before, keeps what is not ticked, and comes back as on the first day. In a real Electron.
import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { afterAll, expect, test } from 'vitest';
import type { Settings } from '../../src-shared/settings.ts';
import { homePaths } from '../../src-main/store/home.ts';
import { amiss, expectAccessible } from './browser.ts';
import { explainFailures, launchApp, newHome, processesUnder, removeHome, stillRunning, type App } from './electron.ts';

const home = newHome();
let app: App | undefined;
explainFailures(() => [app]);
afterAll(async () => {
  await app?.quit();
  removeHome(home);
});

async function conversations(of: App): Promise<string[]> {
  const link = await of.control();
  try {
    return (await link.client.conversations.list()).map(({ title }) => title);
  } finally {
    link.close();
  }
}

/** Opens the dialog. */
async function ask({ page }: App): Promise<void> {
  await page.getByTestId('settings-open').click();
  await page.getByTestId('reset-data').click();
  await page.getByTestId('reset-data-yes').waitFor();
}

/** Changes what is seen while the dialog stays open. */
async function shows(of: App, patch: Pick<Settings, 'colorScheme'> & { language: string }): Promise<void> {
  const link = await of.control();
  await link.client.settings.update(patch);
  link.close();
  const { language, colorScheme } = patch;
  await of.page
    .locator(`html[lang=${language}][data-mantine-color-scheme=${colorScheme}][dir=${language === 'qps-plocm' ? 'rtl' : 'ltr'}]`)
    .waitFor({ state: 'attached' });
  await of.page.getByTestId('reset-data-yes').waitFor();
}

test('the dialog that asks is for everybody: in both schemes, where words are longer, from right to left, and in the smallest window', async () => {
  const first = await launchApp({ home });
  app = first;
  await first.page.getByTestId('first-run-create').click();
  await first.page.getByTestId('composer').waitFor();
  const resize = async (width: number, height: number): Promise<void> => {
    await first.electron.evaluate(({ BrowserWindow }, size) => BrowserWindow.getAllWindows()[0]?.setContentSize(size.width, size.height), {
      width,
      height,
    });
    await expect.poll(() => first.page.evaluate(() => [window.innerWidth, window.innerHeight])).toEqual([width, height]);
  };
  await ask(first);
  const wrong: Record<string, string[]> = {};
  for (const [name, width, height] of [
    ['small', 360, 560],
    ['wide', 1100, 800],
  ] as const) {
    await resize(width, height);
    for (const language of ['en', 'de', 'es', 'fr', 'qps-Ploc', 'qps-plocm']) {
      await shows(first, { language, colorScheme: 'light' });
      const found = await amiss(first.page);
      if (found.length > 0) wrong[`${language} ${name}`] = found;
      await first.picture(`reset-data-${language}-${name}`);
    }
    for (const colorScheme of ['light', 'dark'] as const) {
      await shows(first, { language: 'en', colorScheme });
      await first.picture(`reset-data-${colorScheme}-${name}`);
      await expectAccessible(first.page, `reset data ${colorScheme} ${name}`);
    }
  }
  expect(wrong).toEqual({});
  expect(first.faults).toEqual([]);
  await first.quit();
});

test('key, members and settings go, conversations stay, and the app is started anew', async () => {
  const first = await launchApp({ home });
  app = first;
  await first.page.getByTestId('composer').waitFor();
  const link = await first.control();
  await link.client.conversations.create({ id: randomUUID(), title: 'What stays' });
  await link.client.settings.update({ name: 'before' });
  link.close();
  // a program that this test has not started would be nobody's
  await first.electron.evaluate(({ app: electron }) => {
    electron.relaunch = () => undefined;
  });
  await first.page.getByTestId('settings-open').click();
  await first.page.getByTestId('settings-search').fill('app data');
  await first.page.getByTestId('reset-data').click();
  await first.page.getByText('the swarm key and this device’s identity').waitFor();
  await first.page.keyboard.press('Escape');
  await first.page.getByTestId('reset-data-yes').waitFor({ state: 'detached' });
  const paths = homePaths(home);
  expect(existsSync(paths.swarmKey)).toBe(true);
  await first.page.getByTestId('reset-data').click();
  const processes = processesUnder(first.process);
  const gone = new Promise<void>((resolve) => first.process.once('exit', () => resolve()));
  await first.page.getByTestId('reset-data-yes').click();
  await gone;
  await expect.poll(() => stillRunning(processes), { timeout: 20_000 }).toEqual([]);
  expect([paths.swarmKey, paths.roster, paths.identity, paths.settings, paths.logs].filter((path) => existsSync(path))).toEqual([]);
  const next = await launchApp({ home });
  app = next;
  await next.page.getByTestId('first-run-create').waitFor();
  // the door for the command line opens a little later than the window
  await expect.poll(() => existsSync(paths.entry), { timeout: 20_000 }).toBe(true);
  expect(await conversations(next)).toEqual(['What stays']);
  expect((await next.view()).settings.name).not.toBe('before');
});
