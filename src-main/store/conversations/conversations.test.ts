import Database from 'libsql';
import { randomUUID } from 'node:crypto';
import { chmodSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { openConversations, titleFrom } from './conversations.ts';

let folder: string;
let path: string;
let now: number;
const date = (): number => (now += 1);
const opened: { close(): void }[] = [];
const open = (troubled?: (error: unknown) => void) => {
  const store = openConversations(path, date, troubled);
  opened.push(store);
  return store;
};

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'axon-conversations-'));
  path = join(folder, 'conversations.db');
  now = 1000;
});
afterEach(() => {
  vi.useRealTimers();
  for (const store of opened.splice(0)) store.close();
  rmSync(folder, { recursive: true, force: true });
});

function started(store = open()) {
  const [id, questionId, answerId] = [randomUUID(), randomUUID(), randomUUID()];
  store.create(id, '');
  return { store, id, questionId, answerId, ...store.begin(id, { questionId, answerId, content: 'why is the sky blue?' }) };
}

describe('an answer that is to go on by itself', () => {
  const [id, questionId, answerId] = [randomUUID(), randomUUID(), randomUUID()];
  const wish = { peer: 'desk', model: 'tiny' };
  const waiting = () => {
    const store = open();
    store.create(id, '');
    const { writer } = store.begin(id, { questionId, answerId, content: 'why?', wish });
    writer.text('Ray');
    return { store, writer };
  };

  test('is known as one after its process was killed, and after an orderly end', () => {
    const { store } = waiting();
    expect(store.waiting()).toEqual([]);
    // a killed process closes nothing
    const second = open();
    expect(second.waiting()).toEqual([{ id, answerId }]);
    expect(second.get(id).messages[1]?.answer).toMatchObject({ state: 'interrupted', wish });
    const { writer, answer } = second.resume(id, answerId, undefined, { model: 'large' });
    expect(answer.wish).toEqual({ peer: 'desk', model: 'large' });
    expect(second.waiting()).toEqual([]);
    writer.end('interrupted');
    expect(second.waiting()).toEqual([{ id, answerId }]);
    second.close();
    expect(open().waiting()).toEqual([{ id, answerId }]);
  });

  test.each(['done', 'stopped', 'failed'] as const)('is none any more once it is %s', (state) => {
    const { store, writer } = waiting();
    writer.end(state);
    expect(store.get(id).messages[1]?.answer).not.toHaveProperty('wish');
    expect(store.waiting()).toEqual([]);
  });

  test('is none any more once it is gone on with otherwise, left for another branch, or removed', () => {
    const { store, writer } = waiting();
    writer.end('interrupted');
    store.remove(id);
    expect(store.waiting()).toEqual([]);
    store.restore(id);
    expect(store.waiting()).toHaveLength(1);
    store.begin(id, { questionId: randomUUID(), answerId: randomUUID(), content: 'how?', after: null }).writer.end('done');
    expect(store.waiting()).toEqual([]);
    store.choose(id, answerId);
    expect(store.waiting()).toHaveLength(1);
    store.resume(id, answerId, undefined).writer.end('interrupted');
    expect(store.waiting()).toEqual([]);
  });

  test('has no copy that goes on too: neither a fork nor an import', () => {
    const { store, writer } = waiting();
    writer.end('interrupted');
    store.fork(id, answerId, randomUUID());
    expect(store.waiting()).toEqual([{ id, answerId }]);
    const text = [...store.export(null, 'json')].join('');
    path = join(folder, 'other.db');
    const other = open();
    other.import(text);
    expect(other.list()).toHaveLength(2);
    expect(other.waiting()).toEqual([]);
  });
});

describe('conversations', () => {
  test('a question and its answer, read back as they were', () => {
    const { store, id, questionId, answerId, messages, writer } = started();
    expect(messages).toEqual([{ role: 'user', content: 'why is the sky blue?' }]);
    writer.text('Ray');
    writer.text('leigh');
    writer.end('done', { model: 'tiny', figures: { tokens: 2, tokensPerSecond: 1, timeToFirstTokenMs: 3 } });
    const kept = store.get(id);
    expect(kept).toMatchObject({ title: 'why is the sky blue?', draft: '', model: null, parameters: {} });
    expect(kept.messages.map((message) => [message.id, message.role, message.content])).toEqual([
      [questionId, 'user', 'why is the sky blue?'],
      [answerId, 'assistant', 'Rayleigh'],
    ]);
    expect(kept.messages[1]?.answer).toMatchObject({ state: 'done', model: 'tiny', failure: null });
    expect('answer' in (kept.messages[0] ?? {})).toBe(false);
  });

  test('the list tells how the draft of one begins that has neither a name nor a message, and of no other', () => {
    const { store, id: asked } = started();
    const [begun, named] = [randomUUID(), randomUUID()];
    store.create(begun, '');
    store.create(named, 'Named');
    for (const id of [asked, begun, named]) store.update(id, { draft: `half a thought ${'x'.repeat(1000)}` });
    store.update(asked, { title: '' });
    const drafts = new Map(store.list().map(({ id, draft }) => [id, draft]));
    expect([drafts.get(asked), drafts.get(named)]).toEqual([undefined, undefined]);
    expect(drafts.get(begun)).toMatch(/^half a thought x+$/);
    expect(drafts.get(begun)?.length).toBeLessThan(1000);
    expect(store.get(begun).draft).toMatch(/x{1000}$/);
  });

  test('a begun edit and the machine that was picked are kept over a restart; only the machine goes into a fork, and neither into a file', () => {
    const { store, id, questionId, answerId, writer } = started();
    writer.end('done');
    const machine = { peerId: `12D3KooW${'a'.repeat(44)}`, name: 'DESK' };
    const leftOut = { before: questionId, at: 7 };
    store.update(id, { leftOut });
    store.update(id, { machine });
    store.update(id, { edits: { [questionId]: 'and why blue?' } });
    store.close();
    const again = open();
    expect(again.get(id)).toMatchObject({ leftOut, machine, edits: { [questionId]: 'and why blue?' } });
    const [fork, text] = [randomUUID(), [...again.export(id, 'json')].join('')];
    again.fork(id, answerId, fork);
    expect(again.get(fork)).toMatchObject({ machine });
    expect(again.get(fork).edits).toBeUndefined();
    expect(text).toContain('why is the sky blue?');
    expect([text.includes('and why blue?'), text.includes(machine.peerId)]).toEqual([false, false]);
    again.update(id, { machine: null, edits: { [answerId]: 'in other words' } });
    expect(again.get(id)).toMatchObject({ leftOut, machine: null, edits: { [questionId]: 'and why blue?', [answerId]: 'in other words' } });
    again.update(id, { edits: { [questionId]: null } });
    expect(again.get(id).edits).toEqual({ [answerId]: 'in other words' });
  });

  test('an answer that broke off goes on from exactly what was shown', () => {
    const { store, id, answerId, writer } = started();
    const leader = { peerId: `12D3KooW${'a'.repeat(44)}`, name: 'DESK' };
    writer.note({ model: 'tiny', route: [{ leader, model: 'tiny', from: 0, lost: 'leader-lost' }] });
    writer.text('half of it, and a word that nobody saw');
    writer.end('failed', { failure: { code: 'leader-lost', message: 'gone' } });
    const again = store.resume(id, answerId, 10);
    expect(again).toMatchObject({ messages: [{ role: 'user' }], text: 'half of it', answer: { model: 'tiny', failure: null } });
    expect(again.messages).toHaveLength(1);
    expect(again.writer.before).toMatchObject({ length: 10, route: [{ leader, from: 0 }] });
    expect(store.get(id).messages[1]).toMatchObject({ content: 'half of it', answer: { state: 'streaming', failure: null } });
    expect(again.answer.route).toEqual([{ leader, model: 'tiny', from: 0, lost: null }]);
    again.writer.text(', and the rest');
    again.writer.end('done');
    expect(store.get(id).messages[1]).toMatchObject({ content: 'half of it, and the rest', answer: { state: 'done', model: 'tiny' } });
    expect(store.get(id).messages[1]?.answer?.route).toHaveLength(1);
  });

  test('only the last answer goes on, when it is not complete, and not from more than there is', () => {
    const { store, id, questionId, answerId, writer } = started();
    const refused = (answer: string, shown?: number) =>
      expect(() => store.resume(id, answer, shown)).toThrow(expect.objectContaining({ code: 'bad-request' }));
    writer.text('so far');
    refused(answerId); // it is still written
    writer.end('stopped');
    refused(questionId);
    refused(answerId, 7);
    expect(store.resume(id, answerId, undefined).text).toBe('so far');
    expect(store.get(id).messages[1]?.answer?.state).toBe('streaming');
    const [next, answer] = [randomUUID(), randomUUID()];
    store.begin(id, { questionId: next, answerId: answer, content: 'and then?' }).writer.end('done');
    refused(answerId);
    refused(answer);
  });

  test('survive a restart, and a process that died in the middle of an answer', () => {
    vi.useFakeTimers();
    const { id, writer } = started();
    writer.text('half of ');
    vi.advanceTimersByTime(500);
    writer.text('it, lost');
    // no close(): as after kill -9
    const answer = open().get(id).messages[1];
    expect([answer?.content, answer?.answer?.state]).toEqual(['half of ', 'interrupted']);
  });

  test('text is written at most each half second', () => {
    vi.useFakeTimers();
    const { store, id, writer } = started();
    for (let at = 0; at < 499; at += 1) {
      writer.text('x');
      vi.advanceTimersByTime(1);
    }
    expect(store.get(id).messages[1]?.content).toBe('');
    vi.advanceTimersByTime(1);
    expect(store.get(id).messages[1]?.content).toHaveLength(499);
  });

  test('closing keeps what was written so far, and a writer that goes on does no harm', () => {
    vi.useFakeTimers();
    const { store, id, writer } = started();
    writer.text('so far');
    store.close();
    writer.text(' and more');
    writer.end('stopped');
    vi.advanceTimersByTime(2000);
    const answer = open().get(id).messages[1];
    expect([answer?.content, answer?.answer?.state]).toEqual(['so far', 'interrupted']);
  });

  test('an answer goes on though it cannot be stored, and is whole when it can be again', () => {
    vi.useFakeTimers();
    const troubles: unknown[] = [];
    const { store, id, writer } = started(open((error) => troubles.push(error)));
    const other = new Database(path);
    other.exec("CREATE TRIGGER full BEFORE UPDATE ON messages BEGIN SELECT raise(ABORT, 'disk full'); END");
    writer.text('one ');
    vi.advanceTimersByTime(500);
    expect(troubles).toHaveLength(1);
    other.exec('DROP TRIGGER full');
    other.close();
    writer.text('two');
    writer.end('done');
    expect(store.get(id).messages[1]).toMatchObject({ content: 'one two', answer: { state: 'done' } });
  });

  test('asking again keeps the old answer beside the new one, and the model does not see it', () => {
    const { store, id, questionId, answerId, writer } = started();
    writer.text('bad');
    writer.end('failed', { failure: { code: 'leader-lost', message: 'gone' } });
    const again = randomUUID();
    const second = store.begin(id, { questionId, answerId: again, content: undefined });
    expect(second.messages).toEqual([{ role: 'user', content: 'why is the sky blue?' }]);
    second.writer.text('good');
    second.writer.end('done');
    expect(store.get(id).messages.map(({ content }) => content)).toEqual(['why is the sky blue?', 'good']);
    expect(store.get(id).messages[1]?.siblings).toEqual([answerId, again]);
  });

  test('there must be a question to answer, and a failed begin changes nothing', () => {
    const store = open();
    const id = randomUUID();
    store.create(id, 'empty');
    expect(() => store.begin(id, { questionId: randomUUID(), answerId: randomUUID(), content: undefined })).toThrow(
      expect.objectContaining({ code: 'bad-request' }),
    );
    expect(store.get(id).messages).toEqual([]);
    expect(() => store.get(randomUUID())).toThrow(expect.objectContaining({ code: 'not-found' }));
    expect(() => store.update(randomUUID(), { draft: 'x' })).toThrow(expect.objectContaining({ code: 'not-found' }));
  });

  test('drafts, titles and models are kept; the newest conversation is first; removing takes the messages along', () => {
    const { store, id } = started();
    const other = randomUUID();
    store.create(other, 'named');
    store.update(other, { draft: 'unsent', model: 'tiny' });
    expect(store.list().map(({ title }) => title)).toEqual(['named', 'why is the sky blue?']);
    expect(store.get(other)).toMatchObject({ draft: 'unsent', model: 'tiny' });
    store.update(other, { title: 'renamed', model: null });
    store.begin(other, { questionId: randomUUID(), answerId: randomUUID(), content: 'a question' });
    expect(store.get(other)).toMatchObject({ title: 'renamed', draft: '', model: null });
    store.remove(id);
    expect(store.list().map(({ title }) => title)).toEqual(['renamed']);
  });

  test.skipIf(process.platform === 'win32')('the file and its tails are 0600', () => {
    started();
    for (const name of readdirSync(folder)) expect([name, statSync(join(folder, name)).mode & 0o777]).toEqual([name, 0o600]);
  });
});

describe('a database that does not open', () => {
  test('garbage is set aside, not deleted', () => {
    writeFileSync(path, 'this is no database, though it is long enough to be looked at'.repeat(40));
    const store = open();
    expect(readFileSync(store.repaired?.setAside ?? '', 'utf8')).toContain('no database');
    store.create(randomUUID(), 'works');
    expect(store.list()).toHaveLength(1);
  });

  test('one from a newer Axon stays where it is', () => {
    open().close();
    opened.splice(0);
    const db = new Database(path);
    db.pragma('user_version = 99');
    db.close();
    expect(() => openConversations(path, date)).toThrow(expect.objectContaining({ code: 'too-old' }));
    expect(readdirSync(folder)).toContain('conversations.db');
  });

  test('another trouble than damage sets nothing aside', () => {
    open().close();
    opened.splice(0);
    rmSync(path);
    // a folder in its place: it cannot be opened, and nothing is wrong with the file
    const blocked = join(folder, 'blocked');
    writeFileSync(blocked, '');
    path = join(blocked, 'conversations.db');
    expect(() => openConversations(path, date)).toThrow();
    expect(existsSync(blocked)).toBe(true);
    chmodSync(blocked, 0o600);
    expect(readdirSync(folder).filter((name) => name.includes('damaged'))).toEqual([]);
  });
});

test.each([
  ['short', 'short'],
  ['  two\n lines ', 'two lines'],
  ['word '.repeat(30), `${'word '.repeat(11)}word…`],
  ['x'.repeat(80), `${'x'.repeat(60)}…`],
])('title of %j', (content, title) => {
  expect(titleFrom(content)).toBe(title);
});
