// The list of conversations: searched, pinned, in folders, deleted and back, saved as a file; and long lists and long chats.
import { readFile } from 'node:fs/promises';
import { randomUUID } from 'node:crypto';
import type { Page } from 'playwright';
import { afterAll, expect, test } from 'vitest';
import { emptyConversation } from '../../src-shared/conversation.ts';
import type { Conversation, Message } from '../../src-shared/conversation.ts';
import { report } from '../report.ts';
import { expectAccessible, picture } from './browser.ts';
import { answer, ask, playedWindows } from './played-window.ts';
import { laptopView } from './played-household.ts';
import type { FakeNode } from './played-stage.ts';

const open = playedWindows();
const figures = report('window');
afterAll(() => void figures.write());

/** A conversation of so many messages, question and answer in turn. */
function keep(node: FakeNode, title: string, texts: readonly string[], updatedAt = Date.now()): Conversation {
  const kept = { ...emptyConversation(randomUUID(), title, updatedAt) };
  let parent: string | null = null;
  kept.messages = texts.map((content, at): Message => {
    const message: Message = { id: randomUUID(), parent, role: at % 2 === 0 ? 'user' : 'assistant', content, createdAt: at };
    if (at % 2 === 1) message.answer = { state: 'done', placement: null, model: 'm', figures: null, failure: null };
    parent = message.id;
    return message;
  });
  node.conversations.set(kept.id, kept);
  return kept;
}

const more = async (page: Page, title: string, item: string): Promise<void> => {
  await page.getByTestId('conversation-item').filter({ hasText: title }).hover();
  await page.getByRole('button', { name: `More about ${title}` }).click();
  await page.getByRole('menuitem', { name: item }).click();
};
const listed = (page: Page): Promise<string[]> => page.locator('[data-testid=conversation-list] li').allTextContents();

test('conversations that were repaired: the banner says where the damaged file is', async () => {
  const hint = '/home/anna/.local/share/axon/conversations.db.damaged-1763760000000';
  const { page, faults } = await open(laptopView({ troubles: [{ code: 'conversations-damaged', message: 'played', hint }] }));
  const banner = page.getByTestId('banner');
  await banner.getByText(hint).waitFor();
  expect(await banner.textContent()).toContain('Some conversations were repaired');
  await expectAccessible(page, 'repaired');
  expect(faults).toEqual([]);
});

test('pinned ones first, folders that close, names that change', async () => {
  const { page, node, faults } = await open(laptopView(), {
    before: (node) => ['Alpha', 'Beta', 'Gamma'].forEach((title, at) => keep(node, title, ['q', 'a'], 1000 - at)),
  });
  await expect.poll(() => listed(page)).toEqual(['Alpha', 'Beta', 'Gamma']);
  await more(page, 'Gamma', 'Pin');
  await expect.poll(() => listed(page)).toEqual(['Pinned', 'Gamma', 'Others', 'Alpha', 'Beta']);
  await more(page, 'Beta', 'New folder…');
  await page.getByRole('textbox', { name: 'Folder' }).fill('Work');
  await page.keyboard.press('Enter');
  await expect.poll(() => listed(page)).toEqual(['Pinned', 'Gamma', 'Work1', 'Beta', 'Others', 'Alpha']);
  await page.getByTestId('folder').click();
  await expect.poll(() => listed(page)).toEqual(['Pinned', 'Gamma', 'Work1', 'Others', 'Alpha']);
  await more(page, 'Alpha', 'Move to “Work”');
  await expect.poll(() => listed(page)).toEqual(['Pinned', 'Gamma', 'Work2']);
  expect([...node.conversations.values()].map(({ pinned, folder }) => [pinned, folder])).toEqual([
    [false, 'Work'],
    [false, 'Work'],
    [true, null],
  ]);
  await expectAccessible(page, 'list');
  for (const scheme of ['light', 'dark'] as const) {
    node.change((view) => ({ ...view, settings: { ...view.settings, colorScheme: scheme } }));
    await expect.poll(() => page.locator('html').getAttribute('data-mantine-color-scheme')).toBe(scheme);
    await page.getByTestId('conversation-item').first().hover();
    await page.getByRole('button', { name: 'More about' }).first().click();
    await page.getByTestId('conversation-remove').waitFor();
    await expectAccessible(page, `menu of a conversation, ${scheme}`);
    await picture(page, `conversation-menu-${scheme}`);
    await page.keyboard.press('Escape');
    await page.getByTestId('conversation-remove').waitFor({ state: 'hidden' });
  }
  expect(faults).toEqual([]);
});

test('a folder stays shut over a search and a new start, gets another name, and is taken away without its chats; by keyboard', async () => {
  const { page, node, faults } = await open(laptopView(), {
    before: (node) =>
      ['Alpha', 'Beta', 'Gamma'].forEach((title, at) => (keep(node, title, ['q', 'a'], 1000 - at).folder = at < 2 ? 'Work' : null)),
  });
  const shut = ['Work2', 'Others', 'Gamma'];
  await page.getByTestId('folder').press('Enter');
  await expect.poll(() => listed(page)).toEqual(shut);
  await page.getByTestId('search').fill('alp');
  await page.getByTestId('search-hit').waitFor();
  await page.getByTestId('search').fill('');
  await expect.poll(() => listed(page)).toEqual(shut);
  await page.reload();
  await expect.poll(() => listed(page)).toEqual(shut);

  const folderMenu = async (folder: string, item: string): Promise<void> => {
    await page.getByRole('button', { name: `More about ${folder}` }).press('Enter');
    const chosen = page.getByRole('menuitem', { name: item });
    await chosen.waitFor();
    await chosen.press('Enter');
  };
  const onFolder = (): Promise<string | null> => page.evaluate(() => document.activeElement?.getAttribute('data-folder') ?? null);
  await folderMenu('Work', 'Rename the folder');
  const field = page.getByRole('textbox', { name: 'Name' });
  await expect.poll(() => field.evaluate((box: HTMLInputElement) => [box === document.activeElement, box.value])).toEqual([true, 'Work']);
  await page.keyboard.type('Office');
  await page.keyboard.press('Enter');
  await expect.poll(() => listed(page)).toEqual(['Office2', 'Others', 'Gamma']);
  await expect.poll(onFolder).toBe('Office');
  const places = (): unknown[] => [...node.conversations.values()].map(({ folder }) => folder);
  await expect.poll(places).toEqual(['Office', 'Office', null]);
  await page.reload();
  await expect.poll(() => listed(page)).toEqual(['Office2', 'Others', 'Gamma']);

  // what a finger needs (WCAG 2.2, 2.5.8)
  for (const target of [page.getByTestId('folder'), page.getByRole('button', { name: 'More about Office' })]) {
    const box = await target.boundingBox();
    expect(Math.min(box?.width ?? 0, box?.height ?? 0)).toBeGreaterThanOrEqual(24);
  }
  for (const scheme of ['light', 'dark'] as const) {
    node.change((view) => ({ ...view, settings: { ...view.settings, colorScheme: scheme } }));
    await expect.poll(() => page.locator('html').getAttribute('data-mantine-color-scheme')).toBe(scheme);
    await page.getByRole('button', { name: 'More about Office' }).press('Enter');
    await page.getByTestId('folder-dissolve').waitFor();
    await expectAccessible(page, `menu of a folder, ${scheme}`);
    await picture(page, `folder-menu-${scheme}`);
    await page.keyboard.press('Escape');
    await page.getByTestId('folder-dissolve').waitFor({ state: 'hidden' });
    // a menu gives the focus back a moment later, and would take it from the next one
    await expect.poll(() => page.evaluate(() => document.activeElement?.getAttribute('aria-label'))).toBe('More about Office');
  }
  await folderMenu('Office', 'Take the folder away, keep its chats');
  await expect.poll(() => listed(page)).toEqual(['Alpha', 'Beta', 'Gamma']);
  await expect.poll(() => page.evaluate(() => document.activeElement?.getAttribute('title'))).toBe('Alpha');
  await expect.poll(places).toEqual([null, null, null]);
  await page.keyboard.press('ControlOrMeta+z');
  await expect.poll(() => listed(page)).toEqual(['Office2', 'Others', 'Gamma']);
  await expect.poll(onFolder).toBe('Office');
  await expect.poll(places).toEqual(['Office', 'Office', null]);
  expect(faults).toEqual([]);
});

test('deleted at once, and back with Undo', async () => {
  const { page, node } = await open(laptopView(), { before: (node) => void keep(node, 'Precious', ['q', 'a']) });
  await more(page, 'Precious', 'Delete');
  await expect.poll(() => node.conversations.size).toBe(0);
  await expect.poll(() => listed(page)).toEqual([]);
  await expectAccessible(page, 'undo');
  await page.getByTestId('conversation-undo').click();
  await expect.poll(() => listed(page)).toEqual(['Precious']);
  expect(node.conversations.size).toBe(1);
});

test('by keyboard: a deletion leaves the focus beside it, and Ctrl+Z takes it back, newest first', async () => {
  const { page, node, faults } = await open(laptopView(), {
    before: (node) => ['Alpha', 'Beta', 'Gamma'].forEach((title, at) => keep(node, title, ['q', 'a'], 1000 - at)),
  });
  const remove = async (title: string): Promise<void> => {
    await page.getByRole('button', { name: `More about ${title}` }).press('Enter');
    await page.getByTestId('conversation-remove').press('Enter');
  };
  const focused = (): Promise<string | null> =>
    page.evaluate(() => document.activeElement?.getAttribute('title') ?? document.activeElement?.getAttribute('data-testid') ?? null);
  const current = (): Promise<string[]> => page.locator('[data-testid=conversation-item] [aria-current=page]').allTextContents();
  await page.getByRole('button', { name: 'Beta', exact: true }).press('Enter');
  await expect.poll(current).toEqual(['Beta']);
  await remove('Beta');
  await expect.poll(focused).toBe('Gamma');
  expect(await current()).toEqual([]);
  await picture(page, 'chat-undo');
  await remove('Gamma');
  await expect.poll(focused).toBe('Alpha');
  await remove('Alpha');
  await expect.poll(focused).toBe('new-chat');
  await expect.poll(() => listed(page)).toEqual([]);
  // in a text the keys are the text's
  await page.getByTestId('composer').press('ControlOrMeta+z');
  await page.getByTestId('new-chat').focus();
  await page.keyboard.press('ControlOrMeta+z');
  await expect.poll(() => listed(page)).toEqual(['Alpha']);
  await expect.poll(focused).toBe('Alpha');
  await page.keyboard.press('ControlOrMeta+z');
  await expect.poll(() => listed(page)).toEqual(['Alpha', 'Gamma']);
  expect(await current()).toEqual([]);
  // this one was open
  await page.keyboard.press('ControlOrMeta+z');
  await expect.poll(() => listed(page)).toEqual(['Alpha', 'Beta', 'Gamma']);
  await expect.poll(current).toEqual(['Beta']);
  await expect.poll(focused).toBe('Beta');
  await expect.poll(() => page.getByTestId('conversation-undo').count()).toBe(0);
  await page.keyboard.press('ControlOrMeta+z');
  expect(node.calls.filter(({ name }) => name === 'conversations.restore')).toHaveLength(3);
  expect(faults).toEqual([]);
});

test('deleted by mouse, the open chat leaves the focus where one types; another one leaves it in the list', async () => {
  const { page } = await open(laptopView(), {
    before: (node) => ['Alpha', 'Beta', 'Gamma'].forEach((title, at) => keep(node, title, ['q', 'a'], 1000 - at)),
  });
  const focused = (): Promise<string | null> =>
    page.evaluate(() => document.activeElement?.getAttribute('data-testid') ?? document.activeElement?.getAttribute('title') ?? null);
  await page.getByRole('button', { name: 'Beta', exact: true }).click();
  await expect.poll(focused).toBe('composer');
  await more(page, 'Beta', 'Delete');
  await expect.poll(() => listed(page)).toEqual(['Alpha', 'Gamma']);
  // the menu gives it to its own button when it goes
  await page.getByTestId('conversation-remove').waitFor({ state: 'detached' });
  await expect.poll(focused).toBe('composer');
  await more(page, 'Gamma', 'Delete');
  await expect.poll(() => listed(page)).toEqual(['Alpha']);
  await expect.poll(focused).toBe('Alpha');
});

test('search finds titles and texts, marks the words, and jumps to the message', async () => {
  const texts = Array.from({ length: 400 }, (_, at) => `message number ${at}`);
  texts[77] = 'the wombat lives here';
  const { page } = await open(laptopView(), {
    before: (node) => {
      keep(node, 'Long one', texts, 2000);
      keep(node, 'Wombats in general', ['q', 'a'], 1000);
    },
  });
  await page.getByTestId('search').fill('wom');
  const hits = page.getByTestId('search-hit');
  await expect.poll(() => hits.count()).toBe(2);
  expect(await hits.locator('mark').allTextContents()).toContain('wombat');
  await expectAccessible(page, 'search');
  await hits.filter({ hasText: 'Long one' }).click();
  const found = page.locator('[data-message]').filter({ hasText: 'the wombat lives here' });
  await expect.poll(() => found.isVisible()).toBe(true);
  await expect
    .poll(() => found.evaluate((row) => row.getBoundingClientRect().top > 0 && row.getBoundingClientRect().bottom < innerHeight))
    .toBe(true);
  await page.getByTestId('search').press('Escape');
  await expect.poll(() => listed(page)).toEqual(['Long one', 'Wombats in general']);
});

test('saved as Markdown and as JSON', async () => {
  const { page } = await open(laptopView(), { before: (node) => void keep(node, 'Trip', ['Where to?', 'To **Rome**.']) });
  const download = page.waitForEvent('download');
  await more(page, 'Trip', 'Save as Markdown…');
  const file = await download;
  expect(file.suggestedFilename()).toBe('Trip.md');
  expect(await readFile(await file.path(), 'utf8')).toContain('To **Rome**.');
  const second = page.waitForEvent('download');
  await more(page, 'Trip', 'Save as JSON…');
  expect((await second).suggestedFilename()).toBe('Trip.json');
});

test('a file of conversations is taken in, and one that is none is said to be none', async () => {
  const { page, node } = await open(laptopView(), { before: (one) => void keep(one, 'Trip', ['Where to?', 'To **Rome**.']) });
  const saved = page.waitForEvent('download');
  await page.getByTestId('files').click();
  await page.getByRole('menuitem', { name: 'Save all as JSON…' }).click();
  const file = await readFile(await (await saved).path());
  await page.getByTestId('import-input').setInputFiles({ name: 'x.json', mimeType: 'application/json', buffer: Buffer.from('{"no": 1}') });
  await page.getByText('Not a file of conversations').waitFor();
  expect(node.conversations.size).toBe(1);
  await page.getByTestId('import-input').setInputFiles({ name: 'axon.json', mimeType: 'application/json', buffer: chatGpt });
  await expect.poll(() => listed(page)).toContain('From elsewhere');
  expect(file.length).toBeGreaterThan(10);
});

/** As ChatGPT exports: a map of messages with their parents. */
const chatGpt = Buffer.from(
  JSON.stringify([
    {
      title: 'From elsewhere',
      create_time: 1_700_000_000,
      update_time: 1_700_000_100,
      current_node: 'b',
      conversation_id: randomUUID(),
      mapping: {
        root: { id: 'root', message: null, parent: null, children: ['a'] },
        a: {
          id: 'a',
          parent: 'root',
          children: ['b'],
          message: { id: 'a', author: { role: 'user' }, create_time: 1_700_000_000, content: { content_type: 'text', parts: ['Hi'] } },
        },
        b: {
          id: 'b',
          parent: 'a',
          children: [],
          message: {
            id: 'b',
            author: { role: 'assistant' },
            create_time: 1_700_000_001,
            content: { content_type: 'text', parts: ['Hello'] },
          },
        },
      },
    },
  ]),
);

test('5,000 messages open soon, with few of them in the page; the end is in sight, and the beginning when one scrolls there', async () => {
  const texts = Array.from({ length: 5000 }, (_, at) =>
    at % 2 === 0 ? `question ${at}` : `**answer** ${at}\n\n- one\n- two\n\n${'word '.repeat(at % 60)}`,
  );
  const { page } = await open(laptopView(), {
    before: (node) => {
      keep(node, 'Huge', texts);
      keep(node, 'Small', ['q', 'a']);
    },
  });
  await page.getByTestId('conversation-item').first().waitFor();
  const ms = await page.evaluate(async () => {
    const item = [...document.querySelectorAll('[data-testid=conversation-item] button')].find((one) => one.textContent === 'Huge');
    const from = performance.now();
    (item as HTMLElement).click();
    for (;;) {
      await new Promise(requestAnimationFrame);
      const last = [...document.querySelectorAll('[data-message]')].find((row) => row.textContent?.includes('answer 4999'));
      if (last?.checkVisibility({ visibilityProperty: true }) === true && last.getBoundingClientRect().top < innerHeight) break;
    }
    return performance.now() - from;
  });
  const drawn = (): Promise<number> => page.locator('[data-message]').count();
  figures.row({ name: 'a chat of 5,000 messages: click to the last message drawn', value: ms, unit: 'ms', limit: 500 });
  figures.row({ name: 'a chat of 5,000 messages: messages in the page', value: await drawn(), unit: 'messages', limit: 300 });
  expect(await drawn()).toBeLessThanOrEqual(300);
  await page.getByTestId('log').evaluate((log) => {
    log.scrollTop = 0;
  });
  await expect.poll(() => page.getByText('question 0', { exact: true }).isVisible()).toBe(true);
  expect(await drawn()).toBeLessThanOrEqual(300);
});

test('who had scrolled up finds the place again after a look at the machines; a new answer is gone to', async () => {
  const { page, faults } = await open(laptopView(), {
    before: (node) =>
      keep(
        node,
        'Long',
        Array.from({ length: 40 }, (_, at) => `${'word '.repeat(60)}${at}`),
      ),
  });
  await page.getByTestId('conversation-item').first().click();
  const log = page.getByTestId('log');
  const top = (): Promise<number> => log.evaluate((box) => box.scrollTop);
  await expect.poll(top).toBeGreaterThan(1000);
  await log.evaluate((box) => (box.scrollTop = 300));
  const away = async (): Promise<void> => {
    await page.getByTestId('machines-open').click();
    await log.waitFor({ state: 'detached' });
    await page.getByTestId('conversation-item').first().click();
    await log.waitFor();
  };
  await away();
  await expect.poll(top).toBe(300);
  await ask(page, 'And now?');
  await answer(page, 'done').last().waitFor();
  await expect.poll(top).toBeGreaterThan(1000);
  await away();
  await expect.poll(top).toBeGreaterThan(1000);
  expect(faults).toEqual([]);
});

test('1,000 conversations scroll without a long task', async () => {
  const { page } = await open(laptopView(), {
    before: (node) => {
      for (let at = 0; at < 1000; at++) keep(node, `Conversation ${at}`, ['q', 'a'], 1_000_000 - at);
    },
  });
  await page.getByText('Conversation 0', { exact: true }).waitFor();
  const longest = await page.evaluate(async () => {
    const list = document.querySelector('[data-testid=conversation-list]');
    if (list === null) throw new Error('there is no list');
    let longest = 0;
    new PerformanceObserver((entries) => {
      for (const { duration } of entries.getEntries()) longest = Math.max(longest, duration);
    }).observe({ entryTypes: ['longtask'] });
    while (list.scrollTop + list.clientHeight < list.scrollHeight - 1) {
      list.scrollTop += 400;
      await new Promise(requestAnimationFrame);
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
    return longest;
  });
  await expect.poll(() => page.getByText('Conversation 999', { exact: true }).isVisible()).toBe(true);
  figures.row({ name: '1,000 conversations: longest task while scrolling', value: longest, unit: 'ms', limit: 100 });
  expect(await page.getByTestId('conversation-item').count()).toBeLessThan(100);
});
