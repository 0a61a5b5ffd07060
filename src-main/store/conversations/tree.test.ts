import Database from 'libsql';
import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openConversations, type Conversations } from './conversations.ts';
import { latestBelow, pathTo, siblingsOf, type TreePlace } from './tree.ts';
import { cutRoute } from './writer.ts';

let folder: string;
let store: Conversations;
let id: string;
let now = 1000;
const open = () => openConversations(join(folder, 'conversations.db'), () => (now += 1));

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'axon-tree-'));
  store = open();
  id = randomUUID();
  store.create(id, '');
});
afterEach(() => {
  store.close();
  rmSync(folder, { recursive: true, force: true });
});

/** Asks and lets it be answered; returns the ids of both. */
function ask(content: string | undefined, how: { questionId?: string; after?: string | null; answer?: string } = {}) {
  const { questionId = randomUUID(), answer = `to ${content ?? 'that again'}`, after } = how;
  const answerId = randomUUID();
  const { messages, writer } = store.begin(id, { questionId, answerId, content, after });
  writer.text(answer);
  writer.end('done');
  return { questionId, answerId, seen: messages.map((message) => message.content) };
}
const shown = (of = id) => store.get(of).messages.map(({ content }) => content);

describe('branches', () => {
  test('a question that is edited begins a new branch, and the old one is kept over a restart', () => {
    const first = ask('one');
    const second = ask('two');
    const edited = ask('TWO', { after: first.answerId });
    expect(edited.seen).toEqual(['one', 'to one', 'TWO']);
    expect(shown()).toEqual(['one', 'to one', 'TWO', 'to TWO']);
    expect(store.get(id).messages.map(({ siblings }) => siblings)).toEqual([
      undefined,
      undefined,
      [second.questionId, edited.questionId],
      undefined,
    ]);
    store.choose(id, second.questionId);
    store.close();
    store = open();
    expect(shown()).toEqual(['one', 'to one', 'two', 'to two']);
    expect(store.get(id).messages.map(({ parent }) => parent)).toEqual([null, first.questionId, first.answerId, second.questionId]);
    expect(ask('three').seen).toEqual(['one', 'to one', 'two', 'to two', 'three']);
  });

  test('the first question can be edited too', () => {
    const first = ask('one');
    const again = ask('ONE', { after: null });
    expect(shown()).toEqual(['ONE', 'to ONE']);
    expect(store.get(id).messages[0]?.siblings).toEqual([first.questionId, again.questionId]);
  });

  test('an old question is answered once more, in the place where it stands', () => {
    const first = ask('one');
    ask('two');
    const again = ask(undefined, { questionId: first.questionId, answer: 'better' });
    expect(again.seen).toEqual(['one']);
    expect(shown()).toEqual(['one', 'better']);
    store.choose(id, first.answerId);
    expect(shown()).toEqual(['one', 'to one', 'two', 'to two']);
  });

  test('an answer in the words of the person stands beside the old one, is marked, and goes on from just that text', () => {
    const first = ask('one');
    ask('two');
    const newId = randomUUID();
    const words = 'To be exact: \n';
    store.revise(id, { messageId: first.answerId, newId, content: words });
    expect(shown()).toEqual(['one', words]);
    const revised = store.get(id).messages.at(-1);
    expect(revised).toMatchObject({ siblings: [first.answerId, newId], answer: { state: 'stopped', edited: words.length, figures: null } });
    const { text, messages, writer } = store.resume(id, newId, words.length);
    expect([text, messages.map(({ content }) => content)]).toEqual([words, ['one']]);
    writer.text('one it is.');
    writer.end('done');
    store.close();
    store = open();
    expect(store.get(id).messages.at(-1)).toMatchObject({ content: `${words}one it is.`, answer: { state: 'done', edited: words.length } });
    // and what follows sees it
    expect(ask('three').seen).toEqual(['one', `${words}one it is.`, 'three']);
    store.choose(id, first.answerId);
    expect(shown()).toEqual(['one', 'to one', 'two', 'to two']);
  });

  test('what the person wrote travels with a copy and a file, and a text cut inside of it is no longer than it is', () => {
    const first = ask('one');
    const newId = randomUUID();
    store.revise(id, { messageId: first.answerId, newId, content: 'mine' });
    const copy = randomUUID();
    store.fork(id, newId, copy);
    expect(store.get(copy).messages.at(-1)).toMatchObject({ content: 'mine', answer: { state: 'stopped', edited: 4 } });
    expect([...store.export(id, 'markdown')].join('')).toContain('Assistant · edited');
    const file = [...store.export(id, 'json')].join('');
    const other = openConversations(join(folder, 'other.db'), () => (now += 1));
    other.import(file);
    expect(other.get(id).messages.at(-1)).toMatchObject({ content: 'mine', answer: { edited: 4 } });
    expect(other.resume(id, newId, 2)).toMatchObject({ text: 'mi', answer: { edited: 2 } });
    other.close();
  });

  test('neither a question, nor what is still being written, nor what is not there can be written in other words', () => {
    const first = ask('one');
    const answerId = randomUUID();
    store.begin(id, { questionId: randomUUID(), answerId, content: 'two' });
    const content = 'mine';
    for (const messageId of [first.questionId, answerId])
      expect(() => store.revise(id, { messageId, newId: randomUUID(), content }), messageId).toThrow(/has ended/);
    expect(() => store.revise(id, { messageId: randomUUID(), newId: randomUUID(), content })).toThrow(/not there/);
    expect(shown()).toEqual(['one', 'to one', 'two', '']);
  });

  test('choosing goes down to what was written last below', () => {
    const first = ask('one');
    const two = ask('two');
    ask('two b', { after: first.answerId });
    ask(undefined, { questionId: two.questionId, answer: 'second try' });
    ask('after the second try');
    store.choose(id, first.questionId);
    expect(shown()).toEqual(['one', 'to one', 'two', 'second try', 'after the second try', 'to after the second try']);
  });

  test('an answer without a word makes room; one with words or a question below does not', () => {
    const { questionId, answerId } = ask('one', { answer: '' });
    const kept = ask(undefined, { questionId });
    expect(store.get(id).messages[1]).toMatchObject({ id: kept.answerId });
    expect(store.get(id).messages[1]?.siblings).toBeUndefined();
    expect(() => store.choose(id, answerId)).toThrow(expect.objectContaining({ code: 'not-found' }));
    const third = ask(undefined, { questionId, answer: '' });
    ask('below nothing');
    ask(undefined, { questionId });
    expect(store.get(id).messages[1]?.siblings).toHaveLength(3);
    expect(store.get(id).messages[1]?.siblings).toContain(third.answerId);
  });

  test('nothing hangs under a message of another conversation, and no question of another one is answered', () => {
    const { questionId, answerId } = ask('one');
    const before = id;
    id = randomUUID();
    store.create(id, '');
    expect(() => ask('x', { after: answerId })).toThrow(expect.objectContaining({ code: 'bad-request' }));
    expect(() => ask(undefined, { questionId })).toThrow(expect.objectContaining({ code: 'bad-request' }));
    expect(() => ask(undefined, { questionId: answerId })).toThrow(expect.objectContaining({ code: 'bad-request' }));
    expect(() => store.choose(id, answerId)).toThrow(expect.objectContaining({ code: 'not-found' }));
    expect(store.get(id).messages).toEqual([]);
    expect(shown(before)).toEqual(['one', 'to one']);
  });
});

test('a fork is a conversation of its own with what came before', () => {
  const first = ask('one');
  ask('two');
  store.update(id, { system: 'Be brief.', folder: 'Work', model: 'tiny', parameters: { temperature: 0 } });
  const newId = randomUUID();
  store.fork(id, first.answerId, newId);
  expect(store.get(newId)).toMatchObject({
    title: 'one',
    system: 'Be brief.',
    folder: 'Work',
    model: 'tiny',
    parameters: { temperature: 0 },
  });
  expect(shown(newId)).toEqual(['one', 'to one']);
  store.remove(id);
  expect(shown(newId)).toEqual(['one', 'to one']);
  expect(() => store.fork(newId, first.answerId, randomUUID())).toThrow(expect.objectContaining({ code: 'not-found' }));
});

test('what is left out is not sent, over a restart and in a fork, until it is taken back', () => {
  const [, second] = [ask('one'), ask('two')];
  store.update(id, { leftOut: { before: second.questionId, at: 7 } });
  expect(ask('three').seen).toEqual(['two', 'to two', 'three']);
  store.close();
  store = open();
  expect(store.get(id).leftOut).toEqual({ before: second.questionId, at: 7 });
  expect(shown()).toHaveLength(6);
  const forked = randomUUID();
  store.fork(id, store.get(id).messages.at(-1)?.id ?? '', forked);
  expect(store.begin(forked, { questionId: randomUUID(), answerId: randomUUID(), content: 'four' }).messages).toHaveLength(5);
  // on another branch everything is sent
  expect(ask('ONE', { after: null }).seen).toEqual(['ONE']);
  store.choose(id, second.questionId);
  store.update(id, { continues: forked, leftOut: { before: null, at: 9 } });
  expect(ask('five').seen).toHaveLength(7);
  expect(store.get(id)).toMatchObject({ continues: forked, leftOut: { before: null, at: 9 } });
});

test('what is left out stays so when the first question that is sent is asked otherwise, also in a fork', () => {
  const [first, second] = [ask('one'), ask('two')];
  store.update(id, { leftOut: { before: second.questionId, at: 7 } });
  const other = ask('TWO', { after: first.answerId });
  expect(other.seen).toEqual(['TWO']);
  const copy = randomUUID();
  store.fork(id, other.answerId, copy);
  expect(store.get(copy).leftOut?.before).toBe(store.get(copy).messages[2]?.id);
  expect(ask('three').seen).toEqual(['TWO', 'to TWO', 'three']);
});

test('an answer that goes on is not sent what is left out either', () => {
  ask('one');
  const questionId = randomUUID();
  const answerId = randomUUID();
  store.update(id, { leftOut: { before: questionId, at: 7 } });
  const { messages, writer } = store.begin(id, { questionId, answerId, content: 'two' });
  writer.text('half');
  writer.end('stopped');
  expect(messages).toEqual([{ role: 'user', content: 'two' }]);
  expect(store.resume(id, answerId, undefined).messages).toEqual(messages);
});

test('the system prompt comes first and the sampling along', () => {
  store.update(id, { system: 'Speak like a pirate.', parameters: { temperature: 0, seed: 3 } });
  const { messages, parameters } = store.begin(id, { questionId: randomUUID(), answerId: randomUUID(), content: 'hi' });
  expect(messages).toEqual([
    { role: 'system', content: 'Speak like a pirate.' },
    { role: 'user', content: 'hi' },
  ]);
  expect(parameters).toEqual({ temperature: 0, seed: 3 });
});

test('pins, folders and previews are in the list', () => {
  ask('one');
  store.update(id, { pinned: true, folder: 'Work' });
  expect(store.list()).toMatchObject([{ id, pinned: true, folder: 'Work', preview: 'to one' }]);
  store.update(id, { pinned: false, folder: null });
  expect(store.list()).toMatchObject([{ pinned: false, folder: null }]);
});

test('what was removed comes back within a day, and not later', () => {
  ask('one');
  store.remove(id);
  expect(store.list()).toEqual([]);
  expect(() => store.get(id)).toThrow(expect.objectContaining({ code: 'not-found' }));
  store.restore(id);
  expect(shown()).toEqual(['one', 'to one']);
  expect(() => store.restore(id)).toThrow(expect.objectContaining({ code: 'not-found' }));
  store.remove(id);
  now += 24 * 60 * 60 * 1000;
  store.close();
  store = open();
  expect(() => store.restore(id)).toThrow(expect.objectContaining({ code: 'not-found' }));
});

describe('places', () => {
  const place = (at: string, parent: string | null, role = 'user'): TreePlace => ({ id: at, parent, role });
  test('a circle or a lost parent ends a path', () => {
    const circle = new Map([place('a', 'b'), place('b', 'a'), place('c', 'gone')].map((one) => [one.id, one]));
    expect(pathTo(circle, 'a')).toEqual(['b', 'a']);
    expect(pathTo(circle, 'c')).toEqual(['c']);
    expect(pathTo(circle, 'x')).toEqual([]);
  });
  test('an answer and a question under the same message are no versions of each other', () => {
    const places = [place('a', null), place('b', 'a', 'assistant'), place('c', 'a'), place('d', 'a', 'assistant')];
    expect([...siblingsOf(places)]).toEqual([
      ['b', ['b', 'd']],
      ['d', ['b', 'd']],
    ]);
    expect(latestBelow(places, 'a')).toBe('d');
    expect(latestBelow(places, 'c')).toBe('c');
  });
});

describe('the route of an answer that is cut', () => {
  const step = (name: string, from: number, lost: 'leader-lost' | null = 'leader-lost') => ({
    leader: { peerId: name, name },
    model: 'm',
    from,
    lost,
  });
  test.each([
    [25, ['A leader-lost', 'B leader-lost', 'C null']],
    [20, ['A leader-lost', 'B leader-lost']],
    [15, ['A leader-lost', 'B null']],
    [10, ['A leader-lost']],
    [4, ['A null']],
    [0, []],
  ])('at %i', (length, left) => {
    const route = [step('A', 0), step('B', 10), step('C', 20, null)];
    expect(cutRoute(route, length).map(({ leader, lost }) => `${leader.name} ${lost}`)).toEqual(left);
  });
});

test('facts of an answer that nobody understands do not cost its text', () => {
  ask('one');
  store.close();
  const db = new Database(join(folder, 'conversations.db'));
  db.exec(`UPDATE messages SET answer = '{"state":"done","placement":{"of":"a newer Axon"}}' WHERE role = 'assistant'`);
  db.close();
  store = open();
  expect(store.get(id).messages[1]).toMatchObject({ content: 'to one', answer: { placement: null } });
});
