// The settings in the built window: found by a word, what is stored, the report that is read before it is saved; the node is played.
import type { Page } from 'playwright';
import { expect, test, describe } from 'vitest';
import { expectAccessible, openColumn, picture, type WatchedOptions } from './browser.ts';
import { laptopView } from './played-household.ts';
import { playedWindows } from './played-window.ts';

const open = playedWindows();

async function openSettings(options: WatchedOptions = {}): Promise<Page> {
  const { page } = await open(laptopView(), options);
  await openColumn(page);
  await page.getByTestId('settings-open').click();
  await page.getByTestId('settings-storage').waitFor();
  return page;
}

test('a word finds its section, and a word that is nothing says so', async () => {
  const page = await openSettings();
  const headings = () => page.getByTestId('settings').getByRole('heading', { level: 3 }).allTextContents();
  expect((await headings()).length).toBeGreaterThan(7);
  await page.getByTestId('settings-search').fill('PORT swarm');
  expect(await headings()).toEqual(['Network']);
  await page.getByTestId('settings-search').fill('xyzzy');
  await page.getByText('No setting is called that.').waitFor();
});

test('what is stored and which models are here; a browser shows the folder’s name instead of opening it, and has no start at login', async () => {
  const page = await openSettings();
  expect(await page.getByTestId('settings-storage').textContent()).toContain('Models, without the one that comes with Axon');
  expect(await page.getByTestId('settings-storage').textContent()).toMatch(/Conversations1.2\sMB.*98\sMB.*48\skB/);
  expect(await page.getByTestId('settings-models').textContent()).toMatch(/smollm2.*98\sMB/);
  await page.getByTestId('settings-folder').click();
  await page.getByText('/home/ada/.local/share/axon').waitFor();
  expect(await page.getByTestId('settings-at-login').count()).toBe(0);
});

test('the report is read first, and saved as it was read', async () => {
  const page = await openSettings();
  await page.getByTestId('report-open').click();
  await page.getByTestId('report-file').first().waitFor();
  await page.getByTestId('report-file').nth(1).click();
  await page.getByText('the node is up').waitFor();
  const download = page.waitForEvent('download');
  await page.getByTestId('report-save').click();
  const saved = await download;
  expect(saved.suggestedFilename()).toBe('axon-report.zip');
  const chunks: Buffer[] = [];
  for await (const chunk of await saved.createReadStream()) chunks.push(chunk as Buffer);
  const bytes = Buffer.concat(chunks);
  expect(bytes.subarray(0, 4).toString('latin1')).toBe('PK\u0003\u0004');
  expect(bytes.includes('the node is up\n')).toBe(true);
});

describe.each(['light', 'dark'] as const)('axe and pictures, %s', (scheme) => {
  test.each([
    ['wide', { width: 1280, height: 800 }],
    ['small', { width: 360, height: 560 }],
  ])('%s', async (name, size) => {
    const page = await openSettings({ ...size, scheme });
    await expectAccessible(page, `settings ${name} ${scheme}`);
    await picture(page, `settings-${name}-${scheme}`);
    await page.getByTestId('settings-storage').scrollIntoViewIfNeeded();
    await picture(page, `settings-storage-${name}-${scheme}`);
    await page.getByTestId('report-open').click();
    await page.getByTestId('report-file').first().waitFor();
    await page.getByTestId('report-file').first().click();
    await expectAccessible(page, `report ${name} ${scheme}`);
    await picture(page, `settings-report-${name}-${scheme}`);
  });
});
