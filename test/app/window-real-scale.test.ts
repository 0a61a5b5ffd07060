// A large store behind the window: a real node, its database and its search, from the click or the key to what is drawn.
import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import path from 'node:path';
import type { Browser } from 'playwright';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { newSwarmKey, swarmKeyText } from '../../src-main/network/swarm-key.ts';
import { openConversations } from '../../src-main/store/conversations/conversations.ts';
import { ownText, type CarriedConversation } from '../../src-main/store/conversations/own-format.ts';
import { createHome, homePaths } from '../../src-main/store/home.ts';
import { judged, percentile, report } from '../report.ts';
import { launchChromium } from './browser.ts';
import { startLaptop, type Laptop } from './real-laptop.ts';

const figures = report('window');
const folder = mkdtempSync(path.join(tmpdir(), 'axon-scale-'));
const runs = 5;
const letters = 'abcdefghij';
let browser: Browser;
let laptop: Laptop;

/** Questions and answers in turn, one after the other. */
function conversation(title: string, updatedAt: number, count: number, say: (at: number) => string): CarriedConversation {
  const messages: CarriedConversation['messages'] = [];
  for (let at = 0; at < count; at++) {
    const placed = { id: randomUUID(), parent: messages.at(-1)?.id ?? null, content: say(at), createdAt: at };
    const answer = { state: 'done' as const, placement: null, model: 'm', figures: null, failure: null };
    messages.push(at % 2 === 0 ? { ...placed, role: 'user' } : { ...placed, role: 'assistant', answer });
  }
  const base = {
    id: randomUUID(),
    title,
    createdAt: 0,
    updatedAt,
    pinned: false,
    folder: null,
    model: null,
    system: '',
    parameters: {},
  };
  return { ...base, leaf: null, messages };
}

/** 10,000 messages in 500 conversations, with a word in each fiftieth that stands nowhere else; and one of 5,000. */
function* many(): Generator<CarriedConversation> {
  const filler = 'the machines take turns, and whoever is free writes the next part of the long answer; '.repeat(4);
  for (let at = 0; at < 500; at++) {
    yield conversation(`Talk ${at}`, at, 20, (line) =>
      at % 50 === 0 && line === 7 ? `here lives wombat${letters[at / 50]} alone` : `${line}: ${filler}`,
    );
  }
  for (let at = 0; at < runs; at++) {
    const say = (line: number): string =>
      line % 2 === 0 ? `question ${line}` : `**answer** ${line}\n\n- one\n- two\n\n${'word '.repeat(line % 60)}`;
    yield conversation(`Huge ${at}`, 1000 + at, 5000, say);
  }
}

beforeAll(async () => {
  const home = homePaths(folder);
  createHome(home);
  const store = openConversations(home.database, () => Date.now());
  store.import([...ownText(many())].join(''));
  store.close();
  browser = await launchChromium();
  laptop = await startLaptop(browser, { folder, key: swarmKeyText(newSwarmKey()), name: 'laptop' });
});
afterAll(async () => {
  figures.write();
  await laptop.stop();
  await browser.close();
  rmSync(folder, { recursive: true, force: true });
});

const note = (): string => `load ${loadavg()[0]?.toFixed(1)}`;

test('a chat of 5,000 messages: from the click to its last message on screen', async () => {
  const { page, client } = laptop;
  const times: number[] = [];
  for (let run = 0; run < runs; run++) {
    const item = page.getByTestId('conversation-item').getByRole('button', { name: `Huge ${run}`, exact: true });
    await page.getByTestId('conversation-list').evaluate((list) => list.scrollTo(0, 0));
    await item.scrollIntoViewIfNeeded();
    times.push(
      await item.evaluate(async (button) => {
        const from = performance.now();
        (button as HTMLElement).click();
        for (;;) {
          await new Promise(requestAnimationFrame);
          const last = [...document.querySelectorAll('[data-message]')].find((row) => row.textContent?.includes('answer 4999'));
          if (last?.checkVisibility({ visibilityProperty: true }) === true && last.getBoundingClientRect().top < innerHeight) break;
        }
        return performance.now() - from;
      }),
    );
    expect(await page.locator('[data-message]').count()).toBeLessThanOrEqual(300);
    await page.getByTestId('new-chat').click();
    await page.locator('[data-message]').first().waitFor({ state: 'detached' });
  }
  const before = performance.now();
  await client.conversations.get({ id: (await client.conversations.list())[0]?.id ?? '' });
  const got = `of it ${Math.round(performance.now() - before)} ms in the node, once; ${note()}`;
  const name = 'a real chat of 5,000 messages: click to its last message drawn, median of 5';
  figures.row({ name, value: percentile(times, 0.5), unit: 'ms', limit: 500, note: got });
});

test('10,000 messages over 500 conversations: from the last key to the hits on screen', async () => {
  const { page, client } = laptop;
  // the index follows the conversations in its own time
  await expect.poll(async () => (await client.conversations.search({ text: 'wombatj', limit: 5 })).length, { timeout: 60_000 }).toBe(1);
  const times: number[] = [];
  for (let run = 0; run < runs; run++) {
    const word = `wombat${letters[run]}`;
    await page.getByTestId('search').fill(word.slice(0, -1));
    await expect.poll(() => page.getByTestId('search-hit').count()).toBe(letters.length);
    const shown = page.evaluate(
      (wanted) =>
        new Promise<number>((resolve) => {
          addEventListener(
            'keydown',
            () => {
              const from = performance.now();
              const look = (): void => {
                const hits = [...document.querySelectorAll('[data-testid=search-hit]')];
                if (hits.length === 1 && hits[0]?.textContent?.includes(wanted) === true) resolve(performance.now() - from);
                else requestAnimationFrame(look);
              };
              look();
            },
            { capture: true, once: true },
          );
        }),
      word,
    );
    await page.getByTestId('search').press(word.slice(-1));
    times.push(await shown);
    await page.getByTestId('search').press('Escape');
  }
  judged(figures, {
    name: 'search in 15,000 real messages: last key to the hits drawn',
    values: times,
    unit: 'ms',
    goal: 200,
    note: note(),
  });
  expect(laptop.faults).toEqual([]);
});
