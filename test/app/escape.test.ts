// Esc ends one thing at a time: what is on top of the chat, and only then the answer. Without motion what it closes is gone at once, so the
// key would go on to the answer; these windows have none.
import type { Locator, Page } from 'playwright';
import { expect, test } from 'vitest';
import { placed } from './played-household.ts';
import { answer, ask, playedWindows } from './played-window.ts';

const open = playedWindows();

type Overlay = { name: string; open: (page: Page) => Promise<void>; shown: (page: Page) => Locator };

const rowMenu = async (page: Page): Promise<void> => {
  await page.getByTestId('conversation-item').first().hover();
  await page.getByRole('button', { name: 'More about A long one' }).click();
};
/** In a text it is a question mark. */
const keySheet = async (page: Page): Promise<void> => {
  await page.evaluate(() => {
    if (document.activeElement instanceof HTMLElement) document.activeElement.blur();
  });
  await page.keyboard.press('?');
};
const menu = (page: Page): Locator => page.getByRole('menu');
const overlays: Overlay[] = [
  { name: 'the settings', open: (page) => page.getByTestId('settings-open').click(), shown: (page) => page.getByTestId('settings-search') },
  { name: 'Tune', open: (page) => page.getByTestId('tune').click(), shown: (page) => page.getByTestId('tune-fields') },
  { name: 'Add a device', open: (page) => page.getByTestId('machine-add').click(), shown: (page) => page.getByTestId('code') },
  { name: 'the menu of the role', open: (page) => page.getByTestId('role-menu').click(), shown: menu },
  { name: 'the menu of a conversation', open: rowMenu, shown: menu },
  {
    name: 'a new name',
    async open(page) {
      await rowMenu(page);
      await page.getByRole('menuitem', { name: 'Rename' }).click();
    },
    shown: (page) => page.getByRole('dialog'),
  },
  { name: 'the keys', open: keySheet, shown: (page) => page.getByTestId('shortcut-sheet') },
  { name: 'the models', open: (page) => page.getByTestId('model-picker').click(), shown: (page) => page.getByTestId('model-search') },
];

test('what is on top is closed, and the answer goes on; the next one ends it', async () => {
  const { page, node, faults } = await open();
  node.script(() => [placed(), { kind: 'text', text: 'half of it' }, { hold: true }]);
  await ask(page, 'A long one');
  await answer(page, 'streaming').getByText('half of it').waitFor();
  for (const overlay of overlays) {
    await overlay.open(page);
    await overlay.shown(page).waitFor();
    // the focus goes there a moment after it is to be seen
    const inside = (): Promise<boolean> =>
      page.evaluate(
        () =>
          document.activeElement?.closest(
            '[role=dialog],[role=menu],[role=listbox],.mantine-Popover-dropdown,.mantine-Combobox-dropdown',
          ) != null,
      );
    await expect.poll(inside, { message: overlay.name }).toBe(true);
    await page.keyboard.press('Escape');
    await overlay.shown(page).waitFor({ state: 'hidden' });
    expect([overlay.name, node.aborted()]).toEqual([overlay.name, 0]);
  }
  expect(await answer(page, 'streaming').count()).toBe(1);
  await page.getByTestId('composer').focus();
  await page.keyboard.press('Escape');
  await answer(page, 'stopped').waitFor();
  await expect.poll(() => node.aborted()).toBe(1);
  expect(faults).toEqual([]);
});
