// Simple things first in the settings: what is shown at which level, that the choice is kept, and that a search looks everywhere. The node is played.
import type { Page } from 'playwright';
import { expect, test } from 'vitest';
import { amiss, expectAccessible, openColumn, picture } from './browser.ts';
import { laptopView } from './played-household.ts';
import { playedWindows } from './played-window.ts';

const open = playedWindows();

async function openSettings(page: Page): Promise<void> {
  await openColumn(page);
  await page.getByTestId('settings-open').click();
  await page.getByTestId('settings-name').waitFor();
}
const titles = (page: Page): Promise<string[]> => page.getByTestId('settings').getByRole('heading', { level: 3 }).allTextContents();

test('simple at first; one switch shows the rest, and stays as it was chosen', async () => {
  const { page } = await open(laptopView(), { level: 'simple' });
  await openSettings(page);
  const simple = await titles(page);
  expect(simple).toEqual(expect.arrayContaining(['This computer', 'Models on this computer', 'Reset app data']));
  for (const title of ['Network', 'When others may use this computer', 'About']) expect(simple).not.toContain(title);
  await expectAccessible(page, 'simple settings');
  await picture(page, 'settings-simple');
  await page.getByTestId('settings-level').getByText('Advanced').click();
  const advanced = await titles(page);
  expect(advanced).toEqual(expect.arrayContaining([...simple, 'Network']));
  expect(advanced.length).toBeGreaterThan(simple.length);
  await page.reload();
  await openSettings(page);
  expect(await titles(page)).toEqual(advanced);
});

test('a search finds what is advanced also where simple things are shown', async () => {
  const { page } = await open(laptopView(), { level: 'simple' });
  await openSettings(page);
  await page.getByTestId('settings-search').fill('port');
  expect(await titles(page)).toContain('Network');
  await page.getByTestId('settings-search').fill('');
  expect(await titles(page)).not.toContain('Network');
});

test.each([
  ['qps-Ploc', 1280],
  ['qps-Ploc', 1100],
  ['qps-plocm', 360],
] as const)('nothing is cut off in %s at %i', async (language, width) => {
  const view = laptopView();
  const { page } = await open({ ...view, settings: { ...view.settings, language } }, { width, level: 'simple' });
  await openSettings(page);
  expect(await amiss(page)).toEqual([]);
});
