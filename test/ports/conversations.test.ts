// Figures of the conversations on disk at the size that people reach in years: opening, searching, and a damaged page.
import { randomUUID } from 'node:crypto';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openConversations, type Conversations } from '../../src-main/store/conversations/conversations.ts';
import type { CarriedConversation } from '../../src-main/store/conversations/own-format.ts';
import { ownText } from '../../src-main/store/conversations/own-format.ts';
import { p90, report } from '../report.ts';

const pageSize = 4096;
const damages = process.env['AXON_LONG'] === undefined ? 6 : 100;
const folder = mkdtempSync(path.join(tmpdir(), 'axon-years-'));
const database = path.join(folder, 'conversations.db');
const figures = report('window');
const long = randomUUID();

/** One of 5,000 words, begun with any letter or digit. */
const word = (n: number): string => (Math.imul(n + 1, 0x9e37_79b1) >>> 0).toString(36);

/** Messages of a few hundred characters; each word is found in some of them. */
function talk(id: string, messages: number, seed: number): CarriedConversation {
  const ids = Array.from({ length: messages }, () => randomUUID());
  const answer = {
    state: 'done' as const,
    placement: null,
    model: 'tiny',
    figures: { tokens: 90, tokensPerSecond: 40, timeToFirstTokenMs: 120 },
    failure: null,
  };
  return {
    ...{
      id,
      title: `talk ${seed}`,
      createdAt: seed,
      updatedAt: seed,
      pinned: false,
      folder: null,
      model: null,
      system: '',
      parameters: {},
      leaf: null,
    },
    messages: ids.map((own, n) => ({
      ...{ id: own, parent: ids[n - 1] ?? null, createdAt: n },
      ...(n % 2 === 0 ? { role: 'user' as const } : { role: 'assistant' as const, answer }),
      content: Array.from({ length: 60 }, (_, at) => word((seed * 7919 + n * 104_729 + at * 1299) % 5000)).join(' '),
    })),
  };
}
const open = (): Conversations => openConversations(database, () => 1000);
async function took<T>(work: () => T | Promise<T>): Promise<{ ms: number; value: T }> {
  const started = performance.now();
  const value = await work();
  return { ms: performance.now() - started, value };
}

beforeAll(() => {
  const store = open();
  const all = [talk(long, 5000, 1), ...Array.from({ length: 50 }, (_, n) => talk(randomUUID(), 100, n + 2))];
  store.import([...ownText(all)].join(''));
  store.close();
});
afterAll(() => {
  figures.write();
  rmSync(folder, { recursive: true, force: true });
});

test('a chat of 5,000 messages is read, and 10,000 messages are searched', async () => {
  const started = await took(open);
  const store = started.value;
  const note = '10,000 messages in 51 conversations';
  figures.row({ name: 'conversations: open the database, look for damage included', value: started.ms, unit: 'ms', limit: 5000, note });
  const reads: number[] = [];
  for (let n = 0; n < 5; n += 1) {
    const { ms, value } = await took(() => store.get(long));
    expect(value.messages).toHaveLength(5000);
    reads.push(ms);
  }
  figures.row({ name: 'conversations: read a chat of 5,000 messages, p90', value: p90(reads), unit: 'ms', limit: 500, note });
  const built = await took(() => store.search(word(17), 30));
  figures.row({ name: 'conversations: first search ever, index made', value: built.ms, unit: 'ms', note });
  const searches: number[] = [];
  for (const text of [
    word(4999),
    word(1).slice(0, 4),
    '1',
    'a',
    `${word(12)} ${word(1311).slice(0, 2)}`,
    word(7).toUpperCase(),
    'nowhere',
    'talk 1',
  ]) {
    const { ms, value } = await took(() => store.search(text, 30));
    expect(value.length > 0).toBe(text !== 'nowhere');
    searches.push(ms);
  }
  figures.row({ name: 'conversations: search 10,000 messages, worst of 8', value: Math.max(...searches), unit: 'ms', limit: 200, note });
  store.close();
});

test('one damaged page costs at most one row in a hundred, and no long start', { timeout: 600_000 }, async () => {
  const whole = readFileSync(database);
  const pages = whole.length / pageSize;
  const store = open();
  const said = new Map(store.list().map(({ id }) => [id, store.get(id).messages.map(({ content }) => content)]));
  const messages = [...said.values()].flat().length;
  store.close();
  const saved: number[] = [];
  const starts: number[] = [];
  let repaired = 0;
  for (let n = 0; n < damages; n += 1) {
    // the first page, the second one, and others all over the file
    const page = n < 2 ? n : Math.trunc((n * pages) / damages);
    const damagedFile = Buffer.from(whole);
    damagedFile.fill(n % 2 === 0 ? 0 : 0xa5, page * pageSize, (page + 1) * pageSize);
    for (const file of readdirSync(folder)) rmSync(path.join(folder, file));
    writeFileSync(database, damagedFile);
    const { ms, value: after } = await took(open);
    starts.push(ms);
    const kept = after.list().reduce((sum, { id }) => {
      const left = new Set(after.get(id).messages.map(({ content }) => content));
      return sum + (said.get(id) ?? []).filter((content) => left.has(content)).length;
    }, 0);
    saved.push((100 * kept) / messages);
    if (after.repaired !== null) {
      repaired += 1;
      expect(existsSync(after.repaired.setAside)).toBe(true);
    }
    after.close();
  }
  expect(repaired).toBeGreaterThan(0);
  const note = `${damages} times one page of ${pages}, without a backup`;
  figures.row({
    name: 'conversations: messages saved after one damaged page, worst',
    value: Math.min(...saved),
    unit: '%',
    limit: 99,
    direction: 'min',
    note,
  });
  figures.row({ name: 'conversations: start with a damaged page, worst', value: Math.max(...starts), unit: 'ms', limit: 5000, note });
  expect(Math.min(...saved)).toBeGreaterThanOrEqual(99);
});
