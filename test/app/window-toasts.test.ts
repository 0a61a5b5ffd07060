// What is said in passing lies on nothing that can be pressed: at the app's own size and at the smallest.
import type { Page } from 'playwright';
import { describe, expect, test } from 'vitest';
import { expectAccessible, openColumn, picture, withoutTime } from './browser.ts';
import { done, laptopView, placed } from './played-household.ts';
import { answer, ask, firstRun, playedWindows } from './played-window.ts';

const open = playedWindows();
const sizes = [
  { width: 1100, height: 760 },
  { width: 360, height: 560 },
];
const narrow = ({ width }: { width: number }): boolean => width < 760;

/** Of these, who do not lie on top at their own middle; what is out of sight is scrolled to first, as a person would. */
async function covered(page: Page, selectors: readonly string[]): Promise<string[]> {
  return await page.evaluate(
    (list) =>
      list.filter((selector) => {
        const found = [...document.querySelectorAll(selector)].at(-1);
        if (found === undefined) return true;
        found.scrollIntoView({ block: 'nearest' });
        const { x, y, width, height } = found.getBoundingClientRect();
        const top = document.elementFromPoint(x + width / 2, y + height / 2);
        return top === null || !(found.contains(top) || top.contains(found));
      }),
    selectors,
  );
}
const id = (name: string): string => `[data-testid=${name}]`;
/** What is seen of the switch; its field is not. */
const roleSwitch = '.mantine-Switch-track';

/** Says something in passing, and returns once it is there and the page has made room. */
async function sayInPassing(page: Page, size: { width: number }): Promise<void> {
  await withoutTime(page);
  if (narrow(size)) await openColumn(page);
  await page.getByRole('button', { name: 'More about To go' }).press('Enter');
  await page.getByTestId('conversation-remove').press('Enter');
  await page.getByTestId('conversation-undo').waitFor();
  if (narrow(size)) {
    await page.keyboard.press('Escape');
    await page.getByTestId('new-chat').waitFor({ state: 'hidden' });
  }
}

describe.each(sizes)('$width x $height', (size) => {
  test('in a chat', async () => {
    const { page, node, faults } = await open(laptopView(), size);
    node.script(() => [placed(), { kind: 'text', text: 'One line.\n\n'.repeat(30) }, done()]);
    await ask(page, 'To go');
    await answer(page, 'done').waitFor();
    if (narrow(size)) await openColumn(page);
    await page.getByTestId('new-chat').click();
    await ask(page, 'To stay');
    await answer(page, 'done').getByTestId('answer-line').waitFor();
    const before = await page.getByTestId('send').boundingBox();
    await sayInPassing(page, size);
    await page.getByTestId('composer').fill('the next one');
    await picture(page, `toast-chat-${size.width}`);
    const header = [roleSwitch, id('role-menu'), ...(narrow(size) ? [id('column-open')] : [id('settings-open')])];
    const dock = ['send', 'tune', 'attach', 'model-picker', 'composer'].map(id);
    // the end of the answer is in sight still, with what can be done with it
    const log = page.getByTestId('log');
    expect(await log.evaluate((box) => box.scrollHeight - box.scrollTop - box.clientHeight)).toBeLessThan(2);
    const ofAnswer = [id('answer-line'), '[data-role=assistant] button'];
    await expect.poll(() => covered(page, [...header, ...dock, ...ofAnswer, id('conversation-undo')])).toEqual([]);
    // and nothing that is about to be pressed moved
    expect(await page.getByTestId('send').boundingBox()).toEqual(before);
    await expectAccessible(page, 'toast');
    await page.locator('.mantine-Notification-closeButton').click();
    await page.getByTestId('conversation-undo').waitFor({ state: 'hidden' });
    await expect.poll(() => log.evaluate((box) => getComputedStyle(box.parentElement ?? box).marginBlockEnd)).toBe('0px');
    expect(faults).toEqual([]);
  });

  test('at the machines, and before there is a key', async () => {
    const { page, node, faults } = await open(laptopView(), size);
    await ask(page, 'To go');
    await answer(page, 'done').waitFor();
    if (narrow(size)) await openColumn(page);
    await page.getByTestId('machines-open').click();
    await sayInPassing(page, size);
    await page.getByTestId('address-input').fill('192.168.1.20');
    // the page ends above it, so that whatever is scrolled to is seen whole
    const between = (): Promise<number> =>
      page.evaluate(() => {
        const end = document.querySelector('main')?.firstElementChild?.getBoundingClientRect().bottom ?? Number.NaN;
        return Math.round((document.querySelector('.mantine-Notification-root')?.getBoundingClientRect().top ?? Number.NaN) - end);
      });
    await expect.poll(between).toBeGreaterThanOrEqual(0);
    await picture(page, `toast-machines-${size.width}`);
    expect(await covered(page, [roleSwitch, ...['add-device-open', 'address-input', 'address-add'].map(id)])).toEqual([]);
    node.change((view) => ({ ...firstRun(), settings: view.settings }));
    await page.getByTestId('first-run-create').waitFor();
    await page.getByTestId('conversation-undo').waitFor();
    expect(await covered(page, ['first-run-create', 'code-address', 'first-run-join'].map(id))).toEqual([]);
    expect(faults).toEqual([]);
  });
});

describe.each(['light', 'dark'] as const)('what failed, %s', (scheme) => {
  const toasts = '.mantine-Notification-root';
  const broken = { name: 'chats.json', mimeType: 'application/json', buffer: Buffer.from('{"conversations":') };

  test('can be read to its end, is there once, and is closed by its button', async () => {
    const { page, faults } = await open(laptopView(), { scheme, width: 1100, height: 760 });
    await page.clock.install();
    const fails = async (): Promise<void> => page.getByTestId('import-input').setInputFiles(broken);
    const toast = page.locator(toasts);
    await fails();
    await toast.getByText('Nothing was imported').waitFor();
    // what it takes to look is no time of the page's
    await page.clock.pauseAt((await page.evaluate(() => Date.now())) + 3000);
    await page.clock.runFor(7000);
    expect(await toast.count()).toBe(1);
    const first = await toast.elementHandle();
    await fails();
    await expect.poll(() => toast.count()).toBe(2);
    await page.clock.runFor(1000);
    await expect.poll(() => toast.count()).toBe(1);
    expect(await first?.isVisible()).toBe(false);
    await page.clock.runFor(9000);
    expect(await toast.count()).toBe(1);
    await toast.getByRole('button', { name: 'Close' }).click();
    await page.clock.runFor(1000);
    await expect.poll(() => toast.count()).toBe(0);
    await fails();
    await expect.poll(() => toast.count()).toBe(1);
    await page.mouse.move(0, 0);
    await page.clock.runFor(30_000);
    await expect.poll(() => toast.count()).toBe(0);
    expect(faults).toEqual([]);
  });

  test('is as accessible as the page', async () => {
    const { page } = await open(laptopView(), { scheme, width: 1100, height: 760 });
    await page.getByTestId('import-input').setInputFiles(broken);
    await page.locator(toasts).getByText('Nothing was imported').waitFor();
    await expectAccessible(page, `a failure, ${scheme}`);
    await picture(page, `toast-failure-${scheme}`);
  });

  test('and its way out has a name in the language of the window', async () => {
    const { page, node } = await open(laptopView(), { scheme, width: 360, height: 560 });
    node.change((view) => ({ ...view, settings: { ...view.settings, language: 'de' } }));
    await page.locator('html[lang=de]').waitFor({ state: 'attached' });
    await openColumn(page);
    await page.getByTestId('import-input').setInputFiles(broken);
    await page.locator(toasts).getByRole('button', { name: 'Schließen' }).waitFor();
    await expectAccessible(page, `a failure in German, ${scheme}`);
    await picture(page, `toast-failure-de-${scheme}`);
  });
});

/** The settings, a drawer, stand over the page; what is said meanwhile. */
async function failsOverSettings(size: { width: number; height: number }) {
  const { page, node, faults } = await open(laptopView(), size);
  await page.getByTestId('settings-open').click();
  await page.getByTestId('settings-search').waitFor();
  await page.getByTestId('import-input').setInputFiles({ name: 'chats.json', mimeType: 'application/json', buffer: Buffer.from('{"a":') });
  const toast = page.locator('.mantine-Notification-root');
  await toast.getByText('Nothing was imported').waitFor();
  return { page, node, faults, toast };
}

test('what is said while a drawer is open lies above it, and is closed there without closing the drawer', async () => {
  const { page, toast, faults } = await failsOverSettings({ width: 1100, height: 760 });
  await picture(page, 'toast-over-drawer');
  expect(await covered(page, ['.mantine-Notification-closeButton'])).toEqual([]);
  await expectAccessible(page, 'a toast over a drawer');
  await toast.getByRole('button', { name: 'Close' }).click();
  await toast.waitFor({ state: 'detached' });
  expect(await page.getByTestId('settings-search').isVisible()).toBe(true);
  expect(faults).toEqual([]);
});
