import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { handClock, type HandClock } from '../../test/fakes/hand-clock.ts';
import { openConversations, type Conversations } from '../store/conversations/conversations.ts';
import { conversationNews } from './conversation-news.ts';

let folder: string;
let kept: Conversations;
let store: Conversations;
let clock: HandClock;
let news: ReturnType<typeof conversationNews>;
const id = randomUUID();
const stop = new AbortController();

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'axon-news-'));
  clock = handClock();
  kept = openConversations(path.join(folder, 'conversations.db'), () => clock.date());
  news = conversationNews(kept, clock);
  store = news.by(undefined);
  store.create(id, 'One');
});
afterEach(() => {
  kept.close();
  rmSync(folder, { recursive: true });
});

/** Everything that one face is told, as it comes. */
function listener(signal = stop.signal, face?: object): { told: string[][]; ended: Promise<void> } {
  const told: string[][] = [];
  const listen = async (): Promise<void> => {
    for await (const ids of news.watch(face, signal)) told.push(ids);
  };
  return { told, ended: listen() };
}

/** What is told of that, after the first item. */
async function toldOf(change: () => void): Promise<string[][]> {
  const { told } = listener();
  await clock.run(1000);
  expect(told.splice(0)).toEqual([[]]);
  change();
  await clock.run(1000);
  return told;
}

test('whatever a list or an open conversation shows is told', async () => {
  const copy = randomUUID();
  const [questionId, answerId, newId] = [randomUUID(), randomUUID(), randomUUID()];
  const begin = () => store.begin(id, { questionId, answerId, content: 'Why?' }).writer;
  const steps: [string, () => void, string][] = [
    ['created', () => store.create(copy, ''), copy],
    ['named', () => store.update(id, { title: 'Two' }), id],
    ['pinned', () => store.update(id, { pinned: true, draft: 'x' }), id],
    ['out of its folder', () => store.update(id, { folder: null }), id],
    ['asked', () => begin().end('done'), id],
    ['revised', () => store.revise(id, { messageId: answerId, newId, content: 'mine' }), id],
    ['gone on with', () => void store.resume(id, newId, undefined), id],
    ['another version', () => store.choose(id, answerId), id],
    ['removed', () => store.remove(copy), copy],
    ['brought back', () => store.restore(copy), copy],
  ];
  for (const [what, change, of] of steps) expect(await toldOf(change), what).toEqual([[of]]);
  const fork = randomUUID();
  expect(await toldOf(() => store.fork(id, questionId, fork))).toEqual([[fork]]);
  const file = [...store.export(id, 'json')].join('');
  // of an import one looks at all
  expect(await toldOf(() => void store.import(file))).toEqual([[]]);
});

test('a draft is not, nor an answer while it grows; its end is', async () => {
  expect(await toldOf(() => store.update(id, { draft: 'only mine' }))).toEqual([]);
  expect(await toldOf(() => store.update(id, { edits: {} }))).toEqual([]);
  const { writer } = store.begin(id, { questionId: randomUUID(), answerId: randomUUID(), content: 'Why?' });
  expect(await toldOf(() => writer.text('word '))).toEqual([]);
  expect(await toldOf(() => writer.end('stopped'))).toEqual([[id]]);
  expect(kept.get(id).messages.at(-1)).toMatchObject({ content: 'word ', answer: { state: 'stopped' } });
});

test('what fails tells nothing', async () => {
  expect(await toldOf(() => expect(() => store.choose(id, randomUUID())).toThrow(/not there/))).toEqual([]);
});

test('each listener is told all of it, in few pieces; of very many only that there are; one that left is forgotten', async () => {
  const leaving = new AbortController();
  const [stays, leaves] = [listener(), listener(leaving.signal)];
  await clock.run(1000);
  for (let at = 0; at < 5; at++) store.update(id, { title: `${at}` });
  store.update(id, { pinned: true });
  await clock.run(1000);
  expect(stays.told).toEqual([[], [id]]);
  expect(leaves.told).toEqual(stays.told);
  leaving.abort();
  await leaves.ended;
  for (let at = 0; at < 150; at++) store.create(randomUUID(), 'many');
  await clock.run(1000);
  expect(stays.told).toEqual([[], [id], []]);
  expect(leaves.told).toEqual([[], [id]]);
});

test('whoever did it is not told of it, and of what others do, it is', async () => {
  const [mine, theirs] = [{}, {}];
  const [me, they, whoever] = [listener(stop.signal, mine), listener(stop.signal, theirs), listener()];
  await clock.run(1000);
  news.by(mine).update(id, { title: 'mine' });
  const { writer } = news.by(mine).begin(id, { questionId: randomUUID(), answerId: randomUUID(), content: 'Why?' });
  await clock.run(1000);
  writer.end('done');
  await clock.run(1000);
  expect([me.told, they.told, whoever.told]).toEqual([[[]], [[], [id], [id]], [[], [id], [id]]]);
  news.by(theirs).remove(id);
  await clock.run(1000);
  expect(me.told).toEqual([[], [id]]);
  // what the node does by itself is news to all
  news.by(undefined).restore(id);
  await clock.run(1000);
  expect([me.told.length, they.told.length]).toEqual([3, 4]);
});
