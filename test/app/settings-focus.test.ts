// The settings by keyboard: the focus stays in them whatever goes away under it, and Esc is heard. The node is played.
import type { Page } from 'playwright';
import { expect, test } from 'vitest';
import type { DoctorCheck } from '../../src-shared/doctor.ts';
import { picture } from './browser.ts';
import { laptopView } from './played-household.ts';
import { focused, playedWindows } from './played-window.ts';

const open = playedWindows();

/** Whether the focus is in the settings and not merely on the page. */
const within = (page: Page): Promise<boolean> =>
  page.evaluate(() => document.activeElement !== null && document.activeElement.closest('[data-testid=settings] [role=dialog]') !== null);

async function openSettings(...given: Parameters<typeof open>): ReturnType<typeof open> {
  const opened = await open(...given);
  await opened.page.getByTestId('settings-open').focus();
  await opened.page.keyboard.press('Enter');
  await opened.page.getByTestId('settings-models').waitFor();
  await expect.poll(() => within(opened.page)).toBe(true);
  return opened;
}

async function escapes(page: Page): Promise<void> {
  await page.keyboard.press('Escape');
  await page.getByTestId('settings').locator('[role=dialog]').waitFor({ state: 'detached' });
  await expect.poll(() => focused(page)).toBe('settings-open');
}

test('the button that checks this computer cannot be pressed twice, and has the focus again when it can', async () => {
  const { page, node } = await openSettings();
  const button = page.getByTestId('check-computer');
  const { promise, resolve } = Promise.withResolvers<DoctorCheck[]>();
  node.doctor(promise);
  await button.focus();
  await page.keyboard.press('Enter');
  await expect.poll(() => button.isDisabled()).toBe(true);
  // a browser takes the focus from what is switched off with its next picture
  await page.evaluate(() => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve))));
  expect(await within(page)).toBe(true);
  // no ring around a whole section, which cannot be pressed
  expect(
    await page.evaluate(() => [document.activeElement?.tagName, getComputedStyle(document.activeElement as Element).outlineStyle]),
  ).toEqual(['SECTION', 'none']);
  await picture(page, 'settings-checking');
  resolve([{ name: 'key', outcome: 'ok', code: 'key-there', found: 'It is there.' }]);
  await page.getByTestId('check-row').first().waitFor();
  await expect.poll(() => focused(page)).toBe('check-computer');
  expect(await button.evaluate((element) => getComputedStyle(element).outlineStyle)).toBe('solid');
  await escapes(page);
});

test('Esc is heard while the computer is being checked', async () => {
  const { page, node } = await openSettings();
  node.doctor(new Promise<never>(() => undefined));
  await page.getByTestId('check-computer').focus();
  await page.keyboard.press('Enter');
  await expect.poll(() => page.getByTestId('check-computer').isDisabled()).toBe(true);
  await page.evaluate(() => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve))));
  await escapes(page);
});

test('what is taken off a list leaves the focus beside it; a name that was added leaves it in its box', async () => {
  const view = laptopView();
  const downloads = [{ name: 'llama3.2:3b' }, { name: 'qwen3:4b' }];
  const { page, node } = await openSettings({ ...view, settings: { ...view.settings, downloads } });
  const models = page.getByTestId('on-request-model');
  await models.first().getByTestId('on-request-remove').focus();
  await page.keyboard.press('Enter');
  await expect.poll(() => models.count()).toBe(1);
  await expect.poll(() => focused(page)).toBe('on-request-remove');
  await page.keyboard.press('Enter');
  await expect.poll(() => models.count()).toBe(0);
  await expect.poll(() => within(page)).toBe(true);
  await page.getByTestId('on-request-name').fill('gemma3:1b');
  await page.getByTestId('on-request-add').focus();
  await page.keyboard.press('Enter');
  await expect.poll(() => node.view().settings.downloads?.map(({ name }) => name)).toEqual(['gemma3:1b']);
  await expect.poll(() => focused(page)).toBe('on-request-name');
  await page.keyboard.type('phi4');
  expect(await page.getByTestId('on-request-name').inputValue()).toBe('phi4');
  await escapes(page);
});

test('Esc closes the settings while nothing has the focus, but not under a dialog', async () => {
  const { page } = await openSettings();
  const nothing = (): Promise<void> => page.evaluate(() => (document.activeElement as HTMLElement).blur());
  await page.getByTestId('settings-reset').click();
  await page.getByTestId('settings-reset-yes').waitFor();
  await expect.poll(() => within(page)).toBe(false);
  await nothing();
  await page.keyboard.press('Escape');
  await page.getByTestId('settings-reset-yes').waitFor({ state: 'detached' });
  expect(await page.getByTestId('settings-search').isVisible()).toBe(true);
  await expect.poll(() => focused(page)).toBe('settings-reset');
  await nothing();
  await escapes(page);
});
