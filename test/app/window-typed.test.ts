// What is typed into a field that is saved when it is left: kept too when the field goes away without its losing the focus. In these windows,
// which have no motion, what Esc closes is gone at once.
import type { Page } from 'playwright';
import { expect, test } from 'vitest';
import { dropFiles, inDialog, openMachineCards } from './browser.ts';
import { laptopView, miniId } from './played-household.ts';
import { fakeKey } from './played-secrets.ts';
import { called, firstRun, focused, playedWindows } from './played-window.ts';
import type { FakeNode } from './played-stage.ts';

const open = playedWindows();

/** Types over what stands there, and stays in the field. */
async function typeOver(page: Page, testId: string, text: string): Promise<void> {
  await page.getByTestId(testId).fill(text);
  await expect.poll(() => focused(page)).toBe(testId);
}

const closeSettings = async (page: Page): Promise<void> => {
  await page.keyboard.press('Escape');
  await page.getByTestId('settings-search').waitFor({ state: 'detached' });
};

test('the name of the machine, when a key file is dropped beside it: it is saved before the key is given, so that it knocks by it', async () => {
  const { page, node, faults } = await open(firstRun());
  await typeOver(page, 'machine-name', 'LAPTOP-A');
  await dropFiles(page, [{ name: 'swarm.key', text: fakeKey }]);
  await page.getByTestId('waiting').waitFor();
  expect(await page.getByTestId('waiting').textContent()).toContain('LAPTOP-A');
  const order = node.calls.map(({ name }) => name).filter((name) => name === 'settings.update' || name === 'key.import');
  expect(order).toEqual(['settings.update', 'key.import']);
  expect(faults).toEqual([]);
});

test('the name of the machine, with Enter; an empty one is none', async () => {
  const { page, node } = await open(firstRun());
  await typeOver(page, 'machine-name', '  ');
  await page.keyboard.press('Enter');
  await expect.poll(() => page.getByTestId('machine-name').inputValue()).toBe('thinkpad');
  await typeOver(page, 'machine-name', 'attic');
  await page.keyboard.press('Enter');
  await expect.poll(() => node.view().settings.name).toBe('attic');
  expect(called(node, 'settings.update')).toEqual([{ name: 'attic' }]);
});

type Field = { name: string; type: (page: Page) => Promise<void>; kept: (node: FakeNode) => unknown; value: unknown };

const fields: Field[] = [
  {
    name: 'a text',
    type: (page) => typeOver(page, 'settings-name', 'attic'),
    kept: (node) => node.view().settings.name,
    value: 'attic',
  },
  {
    name: 'a number',
    type: (page) => typeOver(page, 'limit-tokensPerDay', '50000'),
    kept: (node) => node.view().settings.limits.tokensPerDay,
    value: 50_000,
  },
  {
    name: 'a time',
    async type(page) {
      await page.getByTestId('pause-hours-add').click();
      await page.getByLabel('From', { exact: true }).fill('07:15');
    },
    kept: (node) => node.view().settings.yielding.hours.map(({ from }) => from),
    value: [7 * 60 + 15],
  },
];

test.each(fields)('in the settings, closed by Esc: $name', async ({ type, kept, value }) => {
  const { page, node, faults } = await open();
  await page.getByTestId('settings-open').click();
  await inDialog(page);
  await type(page);
  await closeSettings(page);
  await expect.poll(() => kept(node)).toEqual(value);
  expect(faults).toEqual([]);
});

test('in the settings, when the page goes away', async () => {
  const { page, node } = await open();
  await page.getByTestId('settings-open').click();
  await inDialog(page);
  await typeOver(page, 'settings-name', 'attic');
  await page.reload();
  await expect.poll(() => node.view().settings.name).toBe('attic');
});

test('what cannot be taken is not, and nothing is written where nothing was typed', async () => {
  const { page, node } = await open();
  await page.getByTestId('settings-open').click();
  await inDialog(page);
  await typeOver(page, 'limit-tokensPerDay', 'some');
  await page.getByText('A whole number, or nothing.').waitFor();
  await closeSettings(page);
  await page.getByTestId('settings-open').click();
  await inDialog(page);
  await expect.poll(() => page.getByTestId('limit-tokensPerDay').inputValue()).toBe('');
  await page.getByTestId('settings-name').focus();
  await closeSettings(page);
  expect(called(node, 'settings.update')).toEqual([]);
});

test('what one member may use, closed by Esc', async () => {
  const { page, node, faults } = await open(laptopView());
  await openMachineCards(page);
  await page.getByRole('button', { name: 'Details of mac-mini' }).click();
  await inDialog(page);
  await typeOver(page, 'member-bound', '800');
  await page.keyboard.press('Escape');
  await page.getByTestId('member-bound').waitFor({ state: 'detached' });
  await expect.poll(() => node.view().settings.memberTokensPerDay).toEqual({ [miniId]: 800 });
  expect(faults).toEqual([]);
});

test('where an answer ends: a word that is not confirmed, closed by Esc', async () => {
  const { page, faults } = await open();
  await page.getByTestId('tune').click();
  await inDialog(page);
  const words = (): Promise<string[]> => page.locator('.mantine-TagsInput-pill').allTextContents();
  await typeOver(page, 'tune-stop', 'END');
  await page.keyboard.press('Enter');
  await expect.poll(words).toEqual(['END']);
  await typeOver(page, 'tune-stop', 'OVER');
  await page.keyboard.press('Escape');
  await page.getByTestId('tune-fields').waitFor({ state: 'detached' });
  await page.getByTestId('tune').click();
  await expect.poll(words).toEqual(['END', 'OVER']);
  expect(faults).toEqual([]);
});
