// Everything by keyboard, and the eye can follow it: what has the focus is marked at each stop, and Esc gives it back to what was pressed.
import type { Page } from 'playwright';
import { beforeEach, expect, test } from 'vitest';
import { answer, firstRun, focused, playedWindows } from './played-window.ts';
import { done, laptopView, placed } from './played-household.ts';

const open = playedWindows();
/** Stops of the focus that nothing on screen marks. */
const unseen = new Set<string>();
beforeEach(() => unseen.clear());

/** What has the focus: its test id, or its name. null: nothing that a person can see the focus of. */
async function stop(page: Page): Promise<string> {
  const { name, marked } = await page.evaluate(async () => {
    // what the eye sees is the next picture
    for (let frame = 0; frame < 2; frame++) await new Promise((resolve) => requestAnimationFrame(resolve));
    const element = document.activeElement;
    if (element === null || element === document.body) return { name: 'the page', marked: true };
    // a switch is drawn beside its box, the composer and a field with an icon around theirs
    const beside = [...(element.parentElement?.children ?? [])].filter((other) => other.previousElementSibling === element);
    const drawn = [element, ...beside, element.parentElement, element.parentElement?.parentElement];
    const marked = drawn.some((one) => {
      if (one == null) return false;
      const { outlineStyle, outlineWidth, boxShadow } = getComputedStyle(one);
      return (outlineStyle !== 'none' && Number.parseFloat(outlineWidth) >= 2) || /0px 0px 0px ([2-9]|\d\d)/.test(boxShadow);
    });
    const label = element.getAttribute('aria-label') ?? element.textContent ?? '';
    return { name: element.getAttribute('data-testid') ?? `${element.tagName.toLowerCase()} ${label.slice(0, 40)}`, marked };
  });
  if (!marked) unseen.add(name);
  return name;
}

/** Tab until that has the focus. */
async function tabTo(page: Page, wanted: string, key: 'Tab' | 'Shift+Tab' = 'Tab'): Promise<void> {
  const passed: string[] = [];
  while (passed.length < 150) {
    await page.keyboard.press(key);
    const name = await stop(page);
    if (name.includes(wanted)) return;
    passed.push(name);
  }
  throw new Error(`${key} never comes to ${wanted}, but to ${[...new Set(passed)].join(', ')}`);
}

/** Opens with Enter what has the focus; Esc closes it and gives the focus back. */
async function thereAndBack(page: Page, opened: string): Promise<void> {
  const opener = await stop(page);
  await page.keyboard.press('Enter');
  await page.getByTestId(opened).waitFor();
  // the focus goes there a moment after it is to be seen
  await expect.poll(() => stop(page), { message: `in ${opened}` }).not.toBe(opener);
  await page.keyboard.press('Escape');
  await page.getByTestId(opened).waitFor({ state: 'detached' });
  await expect.poll(() => stop(page), { message: `after ${opened}` }).toBe(opener);
}

test('from the first run to a question, Stop, another model, the reasons, and the words changed', async () => {
  const { page, node, faults } = await open(firstRun());
  await tabTo(page, 'machine-name');
  await page.keyboard.press('ControlOrMeta+a');
  await page.keyboard.type('library');
  await tabTo(page, 'first-run-create');
  await page.keyboard.press('Enter');
  await expect.poll(() => focused(page)).toBe('composer');
  node.change((view) => ({ ...laptopView(), settings: view.settings }));
  // before the window heard of somebody who answers, Enter keeps the words
  await page.getByTestId('chat-empty').getByText('GPU-DESKTOP answers').waitFor();
  node.script(() => [placed(), { kind: 'text', text: 'half of it' }, { hold: true }]);
  await page.keyboard.type('hello');
  await page.keyboard.press('Enter');
  await answer(page, 'streaming').getByText('half of it').waitFor();
  await page.keyboard.press('Escape');
  await answer(page, 'stopped').waitFor();
  expect(node.view().settings.name).toBe('library');

  node.script(() => [placed(), { kind: 'text', text: 'all of it' }, done()]);
  await tabTo(page, 'model-picker');
  await page.keyboard.press('Enter');
  // the focus goes to the search a moment after the list is to be seen
  await expect.poll(() => focused(page)).toBe('model-search');
  await stop(page);
  await page.keyboard.press('Escape');
  await expect.poll(() => focused(page)).toBe('model-picker');
  await page.keyboard.press('Enter');
  await expect.poll(() => focused(page)).toBe('model-search');
  await page.keyboard.type('llama3.3');
  await expect.poll(() => page.getByRole('option').allTextContents()).toHaveLength(1);
  await page.keyboard.press('Enter');
  await expect.poll(() => page.getByTestId('model-picker').textContent()).toContain('llama3.3');
  // who has chosen goes on writing
  await expect.poll(() => stop(page)).toBe('composer');
  await page.keyboard.type('once more');
  await page.keyboard.press('Enter');
  await answer(page, 'done').waitFor();
  expect(node.calls.findLast(({ name }) => name === 'conversations.send')?.input).toMatchObject({ content: 'once more' });

  await tabTo(page, 'answer-line', 'Shift+Tab');
  await thereAndBack(page, 'answer-why');
  await tabTo(page, 'edit-question', 'Shift+Tab');
  await thereAndBack(page, 'edit-box');
  await page.keyboard.press('Enter');
  await expect.poll(() => focused(page)).toBe('edit-box');
  await page.keyboard.type(', please');
  await page.keyboard.press('Enter');
  await page.getByTestId('question').getByText('once more, please').waitFor();
  await expect.poll(() => focused(page)).toBe('composer');
  expect({ unseen: [...unseen], faults }).toEqual({ unseen: [], faults: [] });
});

test('a conversation is renamed, and asked what else can be done with it', async () => {
  const { page, node, faults } = await open();
  await page.getByTestId('composer').waitFor();
  await page.keyboard.type('hello');
  await page.keyboard.press('Enter');
  await answer(page, 'done').waitFor();
  const menu = 'More about hello';
  const choose = async (item: string): Promise<void> => {
    await page.keyboard.press('Enter');
    await page.getByRole('menuitem', { name: item }).waitFor();
    for (let presses = 0; presses < 20; presses++) {
      await page.keyboard.press('ArrowDown');
      if ((await stop(page)).includes(item)) return await page.keyboard.press('Enter');
    }
    throw new Error(`arrows never come to ${item}`);
  };
  await tabTo(page, menu, 'Shift+Tab');
  await page.keyboard.press('Enter');
  // the focus goes to its first item, a moment after the menu is to be seen
  await expect.poll(() => stop(page)).toContain('Pin');
  await page.keyboard.press('Escape');
  await expect.poll(() => stop(page)).toContain(menu);
  for (const item of ['Rename', 'New folder']) {
    await choose(item);
    await page.getByRole('dialog').getByRole('textbox').waitFor();
    await expect.poll(() => stop(page)).toContain('input');
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    await expect.poll(() => stop(page), { message: `after ${item}` }).toContain(menu);
  }
  await choose('Rename');
  await expect.poll(() => stop(page)).toContain('input');
  // the old name is selected
  await page.keyboard.type('Greetings');
  await page.keyboard.press('Enter');
  await expect.poll(() => [...node.conversations.values()].map(({ title }) => title)).toEqual(['Greetings']);
  expect({ unseen: [...unseen], faults }).toEqual({ unseen: [], faults: [] });
});

test('a command: found, run, and back to where one was', async () => {
  const { page, node, faults } = await open();
  await expect.poll(() => stop(page)).toBe('composer');
  await page.keyboard.press('ControlOrMeta+k');
  await expect.poll(() => stop(page)).toBe('search');
  await page.keyboard.type('theme dark');
  await page.getByTestId('command').waitFor();
  await page.keyboard.press('Enter');
  await expect.poll(() => node.view().settings.colorScheme).toBe('dark');
  await expect.poll(() => stop(page)).toBe('composer');
  await page.keyboard.press('ControlOrMeta+k');
  await expect.poll(() => stop(page)).toBe('search');
  // Tab leaves it, and the commands with it
  await page.keyboard.press('Tab');
  expect(await stop(page)).toBe('files');
  await page.getByTestId('command').first().waitFor({ state: 'detached' });
  await tabTo(page, 'composer');
  await page.keyboard.press('ControlOrMeta+k');
  await expect.poll(() => stop(page)).toBe('search');
  await page.keyboard.type('machines');
  await page.getByTestId('command').filter({ hasText: 'Machines' }).waitFor();
  await page.keyboard.press('Enter');
  await expect.poll(() => stop(page)).toBe('back');
  await page.keyboard.press('Enter');
  await expect.poll(() => stop(page)).toBe('composer');
  expect({ unseen: [...unseen], faults }).toEqual({ unseen: [], faults: [] });
});

test('the map, and a machine on it', async () => {
  const { page, faults } = await open();
  await tabTo(page, 'machines-open');
  await page.keyboard.press('Enter');
  await page.getByTestId('machines-as').waitFor();
  await tabTo(page, 'input');
  const shape = (): Promise<string> => page.evaluate(() => (document.activeElement as HTMLInputElement).value);
  for (let presses = 0; presses < 3 && (await shape()) !== 'map'; presses++) await page.keyboard.press('ArrowLeft');
  expect(await shape()).toBe('map');
  await stop(page);
  await page.locator('[data-machine]').first().waitFor();
  while ((await page.evaluate(() => document.activeElement?.getAttribute('data-machine') ?? null)) === null) await tabTo(page, '');
  await page.keyboard.press('ArrowRight');
  await stop(page);
  const machine = await page.evaluate(() => document.activeElement?.getAttribute('data-machine'));
  await page.keyboard.press('Enter');
  await page.getByTestId('machine-details').waitFor();
  await page.keyboard.press('Escape');
  await page.getByTestId('machine-details').waitFor({ state: 'detached' });
  await expect.poll(() => page.evaluate(() => document.activeElement?.getAttribute('data-machine'))).toBe(machine);
  await tabTo(page, 'back', 'Shift+Tab');
  await page.keyboard.press('Enter');
  await page.getByTestId('composer').waitFor();
  expect({ unseen: [...unseen], faults }).toEqual({ unseen: [], faults: [] });
});

test('the settings: a switch, a choice, a model deleted only after a yes', async () => {
  const view = laptopView();
  const models = [{ name: 'smollm2-135m-instruct', loaded: false }];
  const { page, node, faults } = await open({ ...view, self: { ...view.self, models } });
  await tabTo(page, 'settings-open');
  await thereAndBack(page, 'settings-search');
  await page.keyboard.press('Enter');
  await tabTo(page, 'settings-language');
  await page.keyboard.press('Enter');
  await page.getByRole('option', { name: 'Deutsch' }).waitFor();
  await page.keyboard.press('Escape');
  await page.getByRole('option', { name: 'Deutsch' }).waitFor({ state: 'detached' });
  await expect.poll(() => focused(page)).toBe('settings-language');
  await page.keyboard.press('Enter');
  await page.getByRole('option', { name: 'Deutsch' }).waitFor();
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Enter');
  await expect.poll(() => node.view().settings.language).not.toBe(undefined);
  await tabTo(page, 'settings-titles');
  const titles = node.view().settings.titles;
  await page.keyboard.press('Space');
  await expect.poll(() => node.view().settings.titles).toBe(!titles);
  await tabTo(page, 'model-delete');
  await thereAndBack(page, 'model-delete-yes');
  await page.keyboard.press('Enter');
  await page.getByTestId('model-delete-yes').waitFor();
  await tabTo(page, 'model-delete-yes');
  await page.keyboard.press('Enter');
  await expect.poll(() => node.view().self.models.length).toBe(0);
  await page.getByTestId('model-delete-yes').waitFor({ state: 'detached' });
  // its button went with it
  await expect.poll(() => focused(page)).toBe('settings-models');
  await page.keyboard.press('Escape');
  await page.getByTestId('settings-search').waitFor({ state: 'detached' });
  await expect.poll(() => focused(page)).toBe('settings-open');
  expect({ unseen: [...unseen], faults }).toEqual({ unseen: [], faults: [] });
});
