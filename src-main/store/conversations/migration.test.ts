import Database from 'libsql';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openConversations } from './conversations.ts';

const uuid = (n: number) => `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`;

/** As the first Axon made it. */
function oldHome(path: string): void {
  const db = new Database(path);
  db.exec(`PRAGMA journal_mode = WAL;
    CREATE TABLE conversations (
     id TEXT PRIMARY KEY, title TEXT NOT NULL, created_at INTEGER NOT NULL, updated_at INTEGER NOT NULL,
     draft TEXT NOT NULL DEFAULT '', model TEXT, parameters TEXT NOT NULL DEFAULT '{}') STRICT;
   CREATE TABLE messages (
     id TEXT PRIMARY KEY, conversation TEXT NOT NULL REFERENCES conversations(id) ON DELETE CASCADE, place INTEGER NOT NULL,
     role TEXT NOT NULL, content TEXT NOT NULL, created_at INTEGER NOT NULL, answer TEXT, UNIQUE (conversation, place)) STRICT;
   PRAGMA user_version = 1;`);
  const say = db.prepare('INSERT INTO messages VALUES (?, ?, ?, ?, ?, ?, ?)');
  const answer = (state: string) => JSON.stringify({ state, placement: null, model: 'tiny', figures: null, failure: null });
  db.prepare('INSERT INTO conversations VALUES (?, ?, ?, ?, ?, ?, ?)').run(uuid(1), 'first', 10, 20, 'unsent', 'tiny', '{}');
  db.prepare('INSERT INTO conversations VALUES (?, ?, ?, ?, ?, ?, ?)').run(uuid(2), 'empty', 11, 21, '', null, '{"temperature":0.5}');
  // stored in another order than they stand in
  say.run(uuid(13), uuid(1), 3, 'user', 'three', 13, null);
  say.run(uuid(11), uuid(1), 1, 'user', 'one', 11, null);
  say.run(uuid(12), uuid(1), 2, 'assistant', 'two', 12, answer('done'));
  say.run(uuid(14), uuid(1), 4, 'assistant', 'fo', 14, answer('streaming'));
  db.close();
}

test('a home from before there were attachments keeps everything, and takes one', () => {
  const folder = mkdtempSync(join(tmpdir(), 'axon-migration-'));
  const path = join(folder, 'conversations.db');
  const before = openConversations(path, () => 100);
  before.create(uuid(1), 'first');
  before.begin(uuid(1), { questionId: uuid(2), answerId: uuid(3), content: 'one' }).writer.end('done');
  before.update(uuid(1), { leftOut: { before: uuid(2), at: 100 } });
  before.close();
  // as the version before left it
  const db = new Database(path);
  db.exec('DROP TABLE attachments; PRAGMA user_version = 3;');
  db.close();
  const store = openConversations(path, () => 200);
  expect(store.repaired).toBeNull();
  expect(store.get(uuid(1))).toMatchObject({
    ...{ title: 'first', attachments: [], messages: [{ content: 'one' }, { content: '' }] },
    leftOut: { before: uuid(2), at: 100 },
  });
  store.attach(uuid(1), { kind: 'text', id: uuid(4), name: 'a.txt', bytes: 1, data: 'a' });
  store.begin(uuid(1), { questionId: uuid(5), answerId: uuid(6), content: 'two', attachments: [uuid(4)] }).writer.end('done');
  expect(store.get(uuid(1)).messages.at(-2)?.attachments).toMatchObject([{ name: 'a.txt', characters: 1 }]);
  store.close();
  rmSync(folder, { recursive: true, force: true });
});

test('a home of the first Axon keeps everything, in order, and goes on', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'axon-migration-'));
  const path = join(folder, 'conversations.db');
  oldHome(path);
  const store = openConversations(path, () => 100);
  expect(store.list().map(({ title }) => title)).toEqual(['empty', 'first']);
  const first = store.get(uuid(1));
  expect(first).toMatchObject({ draft: 'unsent', model: 'tiny', pinned: false, folder: null, system: '', createdAt: 10, updatedAt: 20 });
  expect(first.messages.map(({ id, parent, content }) => [id, parent, content])).toEqual([
    [uuid(11), null, 'one'],
    [uuid(12), uuid(11), 'two'],
    [uuid(13), uuid(12), 'three'],
    [uuid(14), uuid(13), 'fo'],
  ]);
  expect(first.messages.map(({ answer }) => answer?.state)).toEqual([undefined, 'done', undefined, 'interrupted']);
  expect(store.get(uuid(2))).toMatchObject({ messages: [], parameters: { temperature: 0.5 } });
  const { writer } = store.begin(uuid(1), { questionId: uuid(15), answerId: uuid(16), content: 'five' });
  writer.end('done');
  expect(store.get(uuid(1)).messages.at(-1)?.parent).toBe(uuid(15));
  expect((await store.search('thr', 5)).map(({ messageId }) => messageId)).toEqual([uuid(13)]);
  store.close();
  rmSync(folder, { recursive: true, force: true });
});
