// Ctrl+K: the field that finds conversations finds the few commands of the window too. The node is played.
import type { Page } from 'playwright';
import { describe, expect, test } from 'vitest';
import { emptyConversation } from '../../src-shared/conversation.ts';
import { amiss, expectAccessible, picture, stands } from './browser.ts';
import { laptopView, placed } from './played-household.ts';
import type { FakeNode } from './played-stage.ts';
import { answer, ask, focused, playedWindows } from './played-window.ts';

const open = playedWindows();

/** Two conversations whose titles have that word. */
const titled =
  (word: string) =>
  ({ conversations }: FakeNode): void => {
    for (const at of [1, 2]) {
      const id = `6f1f4f0a-7a44-4d5e-9f6a-3f1c36a9d00${at}`;
      conversations.set(id, { ...emptyConversation(id, `${word} of my radio ${at}`, Date.now() - at), draft: 'x' });
    }
  };
const commands = (page: Page): Promise<(string | null)[]> =>
  page.getByTestId('command').evaluateAll((list) => list.map((one) => one.getAttribute('data-command')));
/** What a screen reader is told that the box points to: a command, or the title of a conversation. */
const active = (page: Page): Promise<string | null> =>
  page.getByTestId('search').evaluate((box) => {
    const row = document.getElementById(box.getAttribute('aria-activedescendant') ?? '');
    if (row?.getAttribute('aria-selected') !== 'true' || document.querySelectorAll('[aria-selected=true]').length !== 1) return null;
    return row.dataset['command'] ?? row.title;
  });
const seek = async (page: Page): Promise<void> => {
  await page.keyboard.press('ControlOrMeta+k');
  await expect.poll(() => focused(page)).toBe('search');
};
const composerHasIt = (page: Page): Promise<void> => expect.poll(() => focused(page)).toBe('composer');
const opened = (page: Page): Promise<string[]> => page.locator('[aria-current=page]').allTextContents();

test('an empty field offers what can be done now, by arrows, Home and End; Esc gives the focus back and stops no answer', async () => {
  const { page, node, faults } = await open();
  await composerHasIt(page);
  await seek(page);
  const all = ['new', 'model', 'machines', 'add', 'leader', 'dark', 'auto', 'settings', 'keys'];
  expect(await commands(page)).toEqual(all);
  const walk = async (key: string, to: string): Promise<void> => {
    await page.keyboard.press(key);
    await expect.poll(() => active(page), { message: key }).toBe(to);
  };
  await expect.poll(() => active(page)).toBe('new');
  await walk('ArrowDown', 'model');
  await walk('End', 'keys');
  await walk('ArrowDown', 'new');
  await walk('ArrowUp', 'keys');
  await walk('Home', 'new');
  await walk('PageDown', 'keys');
  expect(await focused(page)).toBe('search');
  await expectAccessible(page, 'commands');
  await page.keyboard.press('Escape');
  await page.getByTestId('command').first().waitFor({ state: 'detached' });
  expect(await page.getByTestId('search').getAttribute('aria-expanded')).toBe('false');
  expect(await focused(page)).toBe('composer');

  node.script(() => [placed(), { kind: 'text', text: 'half of it' }, { hold: true }]);
  await ask(page, 'hello');
  await answer(page, 'streaming').getByText('half of it').waitFor();
  await seek(page);
  await page.keyboard.type('wombat');
  await page.getByText('Nothing found.').waitFor();
  await page.keyboard.press('Escape');
  await composerHasIt(page);
  expect(await page.getByTestId('search').inputValue()).toBe('');
  expect(node.aborted()).toBe(0);
  // where one is already, none leads; what there is now can be saved
  await page.getByTestId('machines-open').click();
  await page.getByTestId('machine-table').waitFor();
  await seek(page);
  expect(await commands(page)).toEqual(all.filter((id) => id !== 'machines'));
  expect(faults).toEqual([]);
});

test('conversations and commands are one list; what is chosen runs, and the focus goes back to where it was', async () => {
  const { page, node, faults } = await open(laptopView(), { before: titled('Settings') });
  await composerHasIt(page);
  await seek(page);
  await page.keyboard.type('settings');
  await expect.poll(() => page.getByTestId('search-hit').count()).toBe(2);
  expect(await commands(page)).toEqual(['settings']);
  await expect.poll(() => active(page)).toBe('Settings of my radio 1');
  await expectAccessible(page, 'a command below chats');
  await picture(page, 'commands-found');
  await page.keyboard.press('ArrowDown');
  await expect.poll(() => active(page)).toBe('Settings of my radio 2');
  await page.keyboard.press('ArrowDown');
  await expect.poll(() => active(page)).toBe('settings');
  await page.keyboard.press('Enter');
  await page.getByTestId('settings-models').waitFor();
  await page.keyboard.press('Escape');
  await page.getByTestId('settings').locator('[role=dialog]').waitFor({ state: 'detached' });
  await composerHasIt(page);

  await seek(page);
  await page.keyboard.type('stop answering');
  await page.getByText('Nothing found.').waitFor();
  await page.keyboard.press('Escape');
  await seek(page);
  await page.keyboard.type('answer for');
  await expect.poll(() => active(page)).toBe('leader');
  await page.keyboard.press('Enter');
  await expect.poll(() => node.view().self.role.wanted).toBe('leader');
  await composerHasIt(page);
  await seek(page);
  await page.keyboard.type('stop answering');
  await expect.poll(() => active(page)).toBe('subordinate');
  await page.keyboard.press('Enter');
  await expect.poll(() => node.view().self.role.wanted).toBe('subordinate');

  // what was found stays for the next look; Ctrl+K writes over it, and other keys are nobody's who works in a list
  await seek(page);
  await page.keyboard.type('radio');
  await expect.poll(() => active(page)).toBe('Settings of my radio 1');
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Enter');
  await composerHasIt(page);
  await expect.poll(() => page.getByTestId('composer').inputValue()).toBe('x');
  await expect.poll(() => page.getByTestId('search-hit').count()).toBe(2);
  await page.getByTestId('composer').blur();
  await page.keyboard.press('?');
  await page.getByTestId('shortcut-sheet').waitFor();
  await page.keyboard.press('Escape');
  await page.getByTestId('shortcut-sheet').waitFor({ state: 'detached' });
  await seek(page);
  await page.keyboard.type('shortc');
  expect(await page.getByTestId('search').inputValue()).toBe('shortc');
  await expect.poll(() => active(page)).toBe('keys');
  await page.keyboard.press('Enter');
  await page.getByTestId('shortcut-sheet').waitFor();
  expect(faults).toEqual([]);
});

describe('an Enter that comes before the search has answered', () => {
  /** A window with the focus in the box, whose searches answer once that is called. */
  const held = async (): Promise<{ page: Page; node: FakeNode; release: () => void }> => {
    const { promise, resolve } = Promise.withResolvers<void>();
    const { page, node } = await open(laptopView(), { before: titled('Settings') });
    node.searches(promise);
    await composerHasIt(page);
    await seek(page);
    return { page, node, release: resolve };
  };
  /** The search has answered, and whatever would come of it has come. */
  const settled = async (page: Page): Promise<void> => {
    await page.getByTestId('search-hit').or(page.getByText('Nothing found.')).first().waitFor();
    await stands(page);
  };

  test('opens the first conversation, not a command that stood there sooner', async () => {
    const { page, release } = await held();
    await page.keyboard.type('settings');
    await page.keyboard.press('Enter');
    // commands are there without the search
    await expect.poll(() => commands(page)).toEqual(['settings']);
    expect(await opened(page)).toEqual([]);
    release();
    await composerHasIt(page);
    await expect.poll(() => page.getByTestId('composer').inputValue()).toBe('x');
    expect(await page.getByRole('dialog').count()).toBe(0);
  });

  test('runs the first command where there is no conversation', async () => {
    const { page, node, release } = await held();
    await page.keyboard.type('dark');
    await page.keyboard.press('Enter');
    await expect.poll(() => commands(page)).toEqual(['dark']);
    expect(node.view().settings.colorScheme).toBe('light');
    release();
    await expect.poll(() => node.view().settings.colorScheme).toBe('dark');
    await composerHasIt(page);
  });

  test.each(['another letter', 'Esc', 'another place', 'an arrow'])('is forgotten after %s', async (what) => {
    const { page, release } = await held();
    await page.keyboard.type('setting');
    await page.keyboard.press('Enter');
    await expect.poll(() => commands(page)).toEqual(['settings']);
    if (what === 'another letter') await page.keyboard.type('s');
    else if (what === 'Esc') await page.keyboard.press('Escape');
    else if (what === 'an arrow') await page.keyboard.press('ArrowDown');
    else await page.getByTestId('composer').focus();
    if (what === 'Esc') {
      await composerHasIt(page);
      await seek(page);
      await page.keyboard.type('settings');
    }
    release();
    await settled(page);
    expect(await page.getByTestId('search-hit').count()).toBe(2);
    expect(await page.getByTestId('composer').inputValue()).toBe('');
    expect(await page.getByRole('dialog').count()).toBe(0);
  });

  test('does nothing where nothing is found', async () => {
    const { page, release } = await held();
    await page.keyboard.type('wombat');
    await page.keyboard.press('Enter');
    release();
    await settled(page);
    expect(await focused(page)).toBe('search');
    expect(await page.getByTestId('search').inputValue()).toBe('wombat');
  });
});

test('by mouse: the colours, the machines, a device, a new chat, a file; the list beneath stays where it is', async () => {
  const { page, node, faults } = await open(laptopView(), { before: titled('Radio') });
  const top = (): Promise<number | undefined> =>
    page
      .getByTestId('conversation-item')
      .first()
      .boundingBox()
      .then((box) => box?.y);
  const before = await top();
  const take = async (words: string, command: string): Promise<void> => {
    await page.getByTestId('search').fill(words);
    await page.locator(`[data-command=${command}]`).click();
  };
  await page.getByTestId('search').click();
  await page.getByTestId('command').first().waitFor();
  expect(await top()).toBe(before);
  await picture(page, 'commands-light');
  await page.locator('[data-command=dark]').click();
  await expect.poll(() => node.view().settings.colorScheme).toBe('dark');
  await page.getByTestId('command').first().waitFor({ state: 'detached' });
  await page.getByTestId('search').fill('theme');
  await expect.poll(() => commands(page)).toEqual(['light', 'auto']);
  await page.getByTestId('search').fill('');
  await expectAccessible(page, 'commands in the dark');
  await picture(page, 'commands-dark');
  await take('mach', 'machines');
  await page.getByTestId('machine-table').waitFor();
  await expect.poll(() => focused(page)).toBe('back');
  await take('new', 'new');
  await page.getByTestId('chat-empty').waitFor();
  await composerHasIt(page);
  await ask(page, 'hello');
  await answer(page, 'done').waitFor();
  const saved = page.waitForEvent('download');
  await take('export', 'export');
  expect((await saved).suggestedFilename()).toBe('hello.md');
  await take('switch', 'model');
  await expect.poll(() => focused(page)).toBe('model-search');
  await page.keyboard.press('Escape');
  await page.getByTestId('search').fill('radio');
  await page.getByTestId('search-hit').first().waitFor();
  await page.getByRole('button', { name: 'Clear the search' }).click();
  await expect.poll(top).toBe(before);
  await take('invite', 'add');
  await page.getByRole('dialog', { name: 'Add a device' }).waitFor();
  expect(faults).toEqual([]);
});

test('in a narrow window the column comes for it and goes with what was chosen', async () => {
  const { page, node, faults } = await open(laptopView(), { width: 360, height: 560 });
  const columns = page.locator('[role=dialog]:visible');
  await composerHasIt(page);
  await seek(page);
  await page.getByTestId('command').first().waitFor();
  await stands(page);
  expect(await amiss(page)).toEqual([]);
  await expectAccessible(page, 'commands, narrow');
  await picture(page, 'commands-narrow');
  await page.keyboard.press('End');
  await expect.poll(() => active(page)).toBe('keys');
  await stands(page);
  await expect
    .poll(() =>
      page.locator('[data-command=keys]').evaluate((row) => {
        const { left, top, bottom } = row.getBoundingClientRect();
        return [top + 2, bottom - 2].every((y) => row.contains(document.elementFromPoint(left + 20, y)));
      }),
    )
    .toBe(true);
  await page.keyboard.press('Escape');
  await expect.poll(() => columns.count()).toBe(0);
  await composerHasIt(page);
  const type = async (words: string, command: string): Promise<void> => {
    await seek(page);
    await page.keyboard.type(words);
    await expect.poll(() => active(page)).toBe(command);
    await page.keyboard.press('Enter');
  };
  await type('dark', 'dark');
  await expect.poll(() => node.view().settings.colorScheme).toBe('dark');
  await expect.poll(() => columns.count()).toBe(0);
  await composerHasIt(page);
  await type('switch', 'model');
  await expect.poll(() => focused(page)).toBe('model-search');
  await stands(page);
  expect(await focused(page)).toBe('model-search');
  await page.keyboard.press('Escape');
  await page.getByTestId('model-search').waitFor({ state: 'detached' });
  await expect.poll(() => columns.count()).toBe(0);
  await type('pref', 'settings');
  await page.getByTestId('settings-name').waitFor();
  expect(faults).toEqual([]);
});
