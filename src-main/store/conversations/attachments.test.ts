import Database from 'libsql';
import { randomUUID } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { jpegOf, redPng } from '../../../test/fakes/pictures.ts';
import type { CarriedAttachment } from '../../../src-shared/attachment.ts';
import { toFailure } from '../../../src-shared/failure.ts';
import { imageLimits } from '../../../src-shared/image.ts';
import { openConversations, type Conversations } from './conversations.ts';

let folder: string;
let store: Conversations;
let now = 100;
const open = (name = 'conversations.db'): Conversations => openConversations(join(folder, name), () => (now += 1));

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'axon-attachments-'));
  store = open();
});
afterEach(() => {
  store.close();
  rmSync(folder, { recursive: true, force: true });
});

const notes = (data = 'the cellar key hangs behind the clock'): CarriedAttachment => ({
  ...{ kind: 'text', id: randomUUID(), name: 'notes.txt', bytes: data.length },
  data,
});
const photo = (data = redPng): CarriedAttachment => ({ kind: 'image', id: randomUUID(), name: 'photo.png', bytes: 99, data });
const paper = (): CarriedAttachment => ({
  kind: 'pdf',
  id: randomUUID(),
  name: 'paper.pdf',
  bytes: 2000,
  pages: 2,
  data: 'page one\n\npage two',
});

function begun(): string {
  const id = randomUUID();
  store.create(id, 'talk');
  return id;
}
/** Asks, and has it answered. */
function asked(id: string, content: string, more: { attachments?: string[]; after?: string | null } = {}) {
  const [questionId, answerId] = [randomUUID(), randomUUID()];
  const { writer, messages } = store.begin(id, { questionId, answerId, content, ...more });
  writer.text('because');
  writer.end('done');
  return { questionId, answerId, messages };
}
const failureOf = (run: () => unknown): string => {
  try {
    run();
  } catch (error) {
    return toFailure(error).code;
  }
  return 'none';
};
const namesOf = (id: string): (string[] | undefined)[] =>
  store.get(id).messages.map(({ attachments }) => attachments?.map(({ name }) => name));

test('what is put to a draft is there after a restart, until it is taken off', () => {
  const id = begun();
  const [one, two] = [notes(), photo()];
  store.attach(id, one);
  store.attach(id, two);
  store.attach(id, two);
  store.close();
  store = open();
  expect(store.get(id).attachments).toEqual([
    { kind: 'text', id: one.id, name: 'notes.txt', bytes: one.bytes, characters: one.data.length },
    { kind: 'image', id: two.id, name: 'photo.png', bytes: 99, width: 1, height: 1 },
  ]);
  expect(store.attached(id, one.id)).toBe(one.data);
  expect(store.attached(id, two.id)).toBe(redPng);
  store.detach(id, one.id);
  expect(store.get(id).attachments.map((attached) => attached.id)).toEqual([two.id]);
  expect(failureOf(() => store.attached(id, one.id))).toBe('not-found');
});

test('a sent question has them, the model sees their text before it and the pictures with it, and the draft has none', () => {
  const id = begun();
  const files = [notes(), photo(), paper()];
  for (const file of files) store.attach(id, file);
  const { messages } = asked(id, 'where is the key?', { attachments: files.map((file) => file.id) });
  expect(messages).toEqual([
    {
      role: 'user',
      content:
        '<document name="notes.txt">\nthe cellar key hangs behind the clock\n</document>\n\n' +
        '<document name="paper.pdf">\npage one\n\npage two\n</document>\n\nwhere is the key?',
      images: [redPng],
    },
  ]);
  expect(store.get(id).attachments).toEqual([]);
  expect(namesOf(id)).toEqual([['notes.txt', 'photo.png', 'paper.pdf'], undefined]);
  // they go with the next question of the conversation too
  expect(asked(id, 'sure?').messages[0]).toEqual(messages[0]);
  expect(asked(id, 'really?').messages.map(({ images }) => images?.length)).toEqual([1, undefined, undefined, undefined, undefined]);
});

test('an edited question has copies, another answer the same, and a fork keeps them when the original goes', () => {
  const id = begun();
  const file = notes();
  store.attach(id, file);
  const first = asked(id, 'where?', { attachments: [file.id] });
  const second = asked(id, 'where exactly?', { attachments: [file.id], after: null });
  expect(second.messages).toHaveLength(1);
  expect(second.messages[0]?.content).toContain(file.data);
  const copy = store.get(id).messages[0]?.attachments?.[0];
  expect(copy).toMatchObject({ name: 'notes.txt', characters: file.data.length });
  expect(copy?.id).not.toBe(file.id);
  const again = store.begin(id, { questionId: first.questionId, answerId: randomUUID() });
  again.writer.end('done');
  expect(again.messages[0]?.content).toContain(file.data);
  const fork = randomUUID();
  store.fork(id, second.answerId, fork);
  store.remove(id);
  now += 2 * 24 * 60 * 60 * 1000;
  store.remove(randomUUID());
  const kept = store.get(fork).messages[0]?.attachments?.[0];
  expect(store.attached(fork, kept?.id ?? '')).toBe(file.data);
  // and nothing is left behind of what is gone for good
  store.close();
  const db = new Database(join(folder, 'conversations.db'));
  expect(db.prepare('SELECT count(*) AS count FROM attachments').get()).toMatchObject({ count: 1 });
  db.close();
  store = open();
});

test('what is removed comes back with its files within a day; after it, or taken off a draft, nothing of them is on the disk', () => {
  const id = begun();
  // large enough to lie on pages of its own, and small enough to lie beside others
  const files = [notes('cellar key '.repeat(5000)), notes('hidden behind the clock'), photo()];
  for (const file of files) store.attach(id, file);
  asked(id, 'where?', { attachments: files.map((file) => file.id) });
  const dropped = notes('taken off again');
  store.attach(id, dropped);
  store.remove(id);
  expect(failureOf(() => store.attached(id, files[0]?.id ?? ''))).toBe('not-found');
  store.restore(id);
  expect(namesOf(id)).toEqual([['notes.txt', 'notes.txt', 'photo.png'], undefined]);
  for (const file of files) expect(store.attached(id, file.id)).toBe(file.data);
  expect(store.get(id).attachments.map((file) => file.id)).toEqual([dropped.id]);

  const onDisk = (): string[] => {
    store.close();
    const held = readdirSync(folder).map((name) => readFileSync(join(folder, name)));
    store = open();
    const sought = ['cellar key', 'hidden behind the clock', Buffer.from(redPng, 'base64'), 'taken off again'];
    return sought.filter((one) => held.some((bytes) => bytes.includes(one))).map((one) => one.toString('latin1').slice(0, 15));
  };
  expect(onDisk()).toHaveLength(4);
  store.detach(id, dropped.id);
  expect(onDisk()).toHaveLength(3);
  store.remove(id);
  now += 25 * 60 * 60 * 1000;
  store.remove(randomUUID());
  expect(onDisk()).toEqual([]);
});

test('a resumed answer is asked for with what was attached', () => {
  const id = begun();
  const file = photo();
  store.attach(id, file);
  const answerId = randomUUID();
  const { writer } = store.begin(id, { questionId: randomUUID(), answerId, content: 'what is it?', attachments: [file.id] });
  writer.text('a');
  writer.end('stopped');
  const resumed = store.resume(id, answerId, undefined);
  resumed.writer.end('done');
  expect(resumed.messages[0]?.images).toEqual([redPng]);
});

test('a question whose files cannot be read is not asked, and leaves no answer that seems to be written', () => {
  const id = begun();
  const file = photo();
  store.attach(id, file);
  const answerId = randomUUID();
  store.begin(id, { questionId: randomUUID(), answerId, content: 'what is it?', attachments: [file.id] }).writer.end('stopped');
  const db = new Database(join(folder, 'conversations.db'));
  db.prepare("UPDATE attachments SET facts = json_set(facts, '$.id', ?)").run(randomUUID());
  db.close();
  expect(failureOf(() => store.resume(id, answerId, undefined))).toBe('not-found');
  const more = { questionId: randomUUID(), answerId: randomUUID(), content: 'and now?' };
  expect(failureOf(() => store.begin(id, more))).toBe('not-found');
  expect(store.get(id).messages.map(({ content, answer }) => [content, answer?.state])).toEqual([
    ['what is it?', undefined],
    ['', 'stopped'],
  ]);
});

test('pictures are counted over the whole conversation, and one too many is refused before it is stored', () => {
  const id = begun();
  const files = Array.from({ length: imageLimits.count }, () => photo());
  for (const file of files) store.attach(id, file);
  asked(id, 'what are these?', { attachments: files.map((file) => file.id) });
  expect(failureOf(() => store.attach(id, photo()))).toBe('too-many-images');
  expect(store.get(id).attachments).toEqual([]);
  store.attach(id, notes());
  // on another branch there is room, and not after these
  const other = asked(id, 'something else', { after: null });
  const one = photo();
  store.attach(id, one);
  store.choose(id, other.answerId);
  const full = store.get(id).messages[0]?.siblings?.[0] ?? '';
  const attempt = () =>
    store.begin(id, { questionId: randomUUID(), answerId: randomUUID(), content: 'x', after: full, attachments: [one.id] });
  expect(failureOf(attempt)).toBe('too-many-images');
  // nothing of the refused question stays
  expect(store.get(id).attachments.map(({ name }) => name)).toEqual(['notes.txt', 'photo.png']);
});

test('what is left out goes without its files and leaves room for other pictures, in a fork and from our own file too', () => {
  const id = begun();
  const files = [notes(), ...Array.from({ length: imageLimits.count - 1 }, () => photo())];
  for (const file of files) store.attach(id, file);
  asked(id, 'what are these?', { attachments: files.map((file) => file.id) });
  const drafted = [photo(), photo()];
  for (const file of drafted.slice(0, 1)) store.attach(id, file);
  const { questionId } = asked(id, 'and this one?', { attachments: drafted.slice(0, 1).map((file) => file.id) });
  store.update(id, { leftOut: { before: questionId, at: (now += 1) } });
  store.attach(id, drafted[1] as CarriedAttachment);
  const seen = (at: Conversations, conversation: string) =>
    at
      .begin(conversation, { questionId: randomUUID(), answerId: randomUUID(), content: 'sure?' })
      .messages.map(({ content, images = [] }) => [content, images.length]);
  const sent = [
    ['and this one?', 1],
    ['because', 0],
    ['sure?', 0],
  ];
  const fork = randomUUID();
  store.fork(id, store.get(id).messages.at(-1)?.id ?? '', fork);
  expect(seen(store, fork)).toEqual(sent);
  const copy = open('other.db');
  copy.import([...store.export(id, 'json')].join(''));
  expect(copy.attached(id, files[0]?.id ?? '')).toBe(files[0]?.data);
  expect(seen(copy, id)).toEqual(sent);
  copy.close();
  const { messages } = asked(id, 'sure?', { attachments: [drafted[1]?.id ?? ''] });
  expect(messages.map(({ images = [] }) => images.length)).toEqual([1, 0, 1]);
  // taken back, they are too many again
  store.update(id, { leftOut: { before: null, at: (now += 1) } });
  expect(failureOf(() => asked(id, 'all of them?'))).toBe('too-many-images');
});

test('what is not what it says, unknown, of another conversation or beyond the number of a question is refused', () => {
  const id = begun();
  const other = begun();
  const foreign = notes();
  store.attach(other, foreign);
  expect(failureOf(() => store.attach(id, photo(Buffer.from('GIF89a').toString('base64'))))).toBe('bad-request');
  expect(failureOf(() => store.attach(id, photo(jpegOf(4000, 4000))))).toBe('bad-request');
  expect(failureOf(() => asked(id, 'x', { attachments: [randomUUID()] }))).toBe('bad-request');
  expect(failureOf(() => asked(id, 'x', { attachments: [foreign.id] }))).toBe('bad-request');
  expect(failureOf(() => store.attached(id, foreign.id))).toBe('not-found');
  for (let n = 0; n < 10; n += 1) store.attach(id, notes(`n${n}`));
  expect(failureOf(() => store.attach(id, notes()))).toBe('bad-request');
  expect(store.get(id).messages).toEqual([]);
});

test('export and import carry them, and what was put into the file by hand is looked at', () => {
  const id = begun();
  const files = [notes(), photo(), paper()];
  for (const file of files) store.attach(id, file);
  asked(id, 'where is the key?', { attachments: files.map((file) => file.id) });
  store.attach(id, notes('only drafted'));
  const text = [...store.export(id, 'json')].join('');
  expect([...store.export(id, 'markdown')].join('')).toContain('where is the key?\n\n- notes.txt\n- photo.png\n- paper.pdf\n');
  const copy = open('other.db');
  expect(copy.import(text)).toMatchObject({ conversations: 1, messages: 2, known: 0 });
  const taken = copy.get(id);
  expect(taken.attachments).toEqual([]);
  expect(taken.messages[0]?.attachments).toEqual(store.get(id).messages[0]?.attachments);
  for (const file of files) expect(copy.attached(id, file.id)).toBe(file.data);
  // the same file once more beside it, as another conversation
  const twin = randomUUID();
  copy.import(text.replaceAll(id, twin));
  const [first] = copy.get(twin).messages[0]?.attachments ?? [];
  expect(first?.id).not.toBe(files[0]?.id);
  expect(copy.attached(twin, first?.id ?? '')).toBe(files[0]?.data);
  copy.remove(id);
  expect(failureOf(() => copy.import(text.replace(redPng, 'R0lGODlhAQABAAAAACw=')))).toBe('import-damaged');
  copy.close();
});
