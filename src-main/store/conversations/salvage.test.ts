import Database from 'libsql';
import { randomUUID } from 'node:crypto';
import { copyFileSync, cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { redPng } from '../../../test/fakes/pictures.ts';
import { backUp } from './backup.ts';
import { openConversations } from './conversations.ts';
import { rowsInPages } from './pages.ts';

let folder: string;
let path: string;
let now = 5000;
const open = () => openConversations(path, () => (now += 1));

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'axon-salvage-'));
  path = join(folder, 'conversations.db');
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

const conversations = 8;
const turns = 12;
/** Questions and answers, some as short as a word and some over several pages. */
function filled(): { ids: string[]; texts: string[] } {
  const store = open();
  const ids: string[] = [];
  const texts: string[] = [];
  for (let c = 0; c < conversations; c += 1) {
    const id = randomUUID();
    ids.push(id);
    store.create(id, `talk ${c}`);
    for (let t = 0; t < turns; t += 1) {
      const text = `answer ${c} ${t} ${'long enough '.repeat(t % 5 === 0 ? 900 : t)}`;
      const { writer } = store.begin(id, { questionId: randomUUID(), answerId: randomUUID(), content: `question ${c} ${t}` });
      writer.text(text);
      writer.end('done', { model: 'tiny' });
      texts.push(`question ${c} ${t}`, text);
    }
  }
  store.close();
  return { ids, texts };
}
const foundConversation = (id: string): boolean => {
  const store = open();
  const there = store.list().some((one) => one.id === id);
  store.close();
  return there;
};
const said = (store: ReturnType<typeof open>) => store.list().flatMap(({ id }) => store.get(id).messages.map(({ content }) => content));

const pageSize = 4096;
function damage(n: number, fill: Buffer = Buffer.alloc(pageSize, 0xa5)): void {
  const file = readFileSync(path);
  fill.copy(file, (n - 1) * pageSize);
  writeFileSync(path, file);
}

describe('a damaged database', () => {
  test('whichever page it is, nearly everything is there, the rest of the file stays, and it works on', () => {
    const { texts } = filled();
    const whole = readFileSync(path);
    const pages = whole.length / pageSize;
    for (let page = 1; page <= pages; page += 9) {
      for (const file of readdirSync(folder)) rmSync(join(folder, file));
      writeFileSync(path, whole);
      damage(page);
      const store = open();
      const left = new Set(said(store));
      const lost = texts.filter((text) => !left.has(text));
      // a page holds a handful of short messages, and a text that goes over several pages is cut at the damaged one
      expect([page, lost.length <= 30]).toEqual([page, true]);
      if (store.repaired !== null) expect(statSync(store.repaired.setAside).size).toBe(whole.length);
      const id = randomUUID();
      store.create(id, 'goes on');
      expect(store.get(id).title).toBe('goes on');
      store.close();
    }
  });

  test('what is left out and what a conversation goes on from are saved with it, from its pages and from a backup', async () => {
    filled();
    const store = open();
    const [first, second] = store.list();
    if (first === undefined || second === undefined) throw new Error('there are several');
    const leftOut = { before: store.get(first.id).messages[4]?.id ?? null, at: 7 };
    store.update(first.id, { leftOut, continues: second.id });
    store.close();
    const whole = readFileSync(path);
    damage(1);
    const saved = open();
    expect(saved.repaired).not.toBeNull();
    expect(saved.get(first.id)).toMatchObject({ leftOut, continues: second.id });
    saved.close();
    for (const file of readdirSync(folder)) rmSync(join(folder, file));
    writeFileSync(path, whole);
    const db = new Database(path);
    await backUp(db, path);
    db.close();
    writeFileSync(path, Buffer.alloc(whole.length, 0xa5));
    const backed = open();
    expect(backed.get(first.id)).toMatchObject({ leftOut, continues: second.id });
    backed.close();
  });

  test('with its first page gone, nothing is lost', () => {
    const { ids, texts } = filled();
    damage(1);
    const store = open();
    expect(store.repaired).toMatchObject({ conversations, messages: texts.length });
    expect(store.list().map(({ id }) => id)).toEqual(ids.toReversed());
    expect(said(store).toSorted()).toEqual(texts.toSorted());
    expect(store.get(ids[0] ?? '').messages.map(({ parent }) => parent === null)).toEqual([
      true,
      ...Array.from({ length: turns * 2 - 1 }, () => false),
    ]);
    store.close();
    const again = open();
    expect(again.repaired).toBeNull();
    again.close();
  });

  test('what the pages lack comes from the backup', async () => {
    const { texts } = filled();
    const db = new Database(path);
    await backUp(db, path);
    db.close();
    const store = open();
    const id = randomUUID();
    store.create(id, 'since');
    store.begin(id, { questionId: randomUUID(), answerId: randomUUID(), content: 'asked since the backup' }).writer.end('done');
    store.close();
    const pages = statSync(path).size / pageSize;
    for (let page = 3; page <= pages - 3; page += 5) damage(page);
    const saved = open();
    const left = new Set(said(saved));
    expect(texts.filter((text) => !left.has(text))).toEqual([]);
    expect(left.has('asked since the backup')).toBe(true);
    saved.close();
  });

  test('attachments come back whole or not at all: from the pages, and from the backup where those are cut', async () => {
    const id = randomUUID();
    const text = 'the cellar key hangs behind the clock. '.repeat(2000);
    const picture = Buffer.concat([Buffer.from(redPng, 'base64'), Buffer.alloc(40_000, 7)]).toString('base64');
    const [words, image, drafted] = [randomUUID(), randomUUID(), randomUUID()];
    const store = open();
    store.create(id, 'talk');
    store.attach(id, { kind: 'text', id: words, name: 'a.txt', bytes: text.length, data: text });
    store.attach(id, { kind: 'image', id: image, name: 'a.png', bytes: 9, data: picture });
    const asked = { questionId: randomUUID(), answerId: randomUUID(), content: 'where?', attachments: [words, image] };
    store.begin(id, asked).writer.end('done');
    store.attach(id, { kind: 'text', id: drafted, name: 'b.txt', bytes: 1, data: 'b' });
    store.close();
    const whole = readFileSync(path);
    const pages = whole.length / pageSize;
    let came = 0;
    const check = (complete: boolean): void => {
      const saved = open();
      for (const attached of saved.get(id).messages[0]?.attachments ?? []) {
        expect(saved.attached(id, attached.id)).toBe(attached.kind === 'image' ? picture : text);
        came += 1;
      }
      if (complete) expect(saved.get(id).messages[0]?.attachments).toHaveLength(2);
      saved.close();
    };
    damage(1);
    check(true);
    for (let page = 5; page <= pages; page += 4) {
      for (const file of readdirSync(folder)) rmSync(join(folder, file));
      writeFileSync(path, whole);
      damage(page);
      if (foundConversation(id)) check(false);
    }
    expect(came).toBeGreaterThan(2);
    for (const file of readdirSync(folder)) rmSync(join(folder, file));
    writeFileSync(path, whole);
    const db = new Database(path);
    await backUp(db, path);
    db.close();
    for (let page = 3; page <= pages - 3; page += 5) damage(page);
    check(true);
  });

  test('garbage with a backup beside it becomes the backup', async () => {
    const { texts } = filled();
    const db = new Database(path);
    await backUp(db, path);
    db.close();
    writeFileSync(path, Buffer.alloc(50_000, 'garbage '));
    const store = open();
    expect(said(store)).toHaveLength(texts.length);
    store.close();
  });

  test('a crash between the two names leaves the repaired one', () => {
    const { texts } = filled();
    damage(1);
    open().close();
    cpSync(path, `${path}.repair`);
    rmSync(path);
    const store = open();
    expect(said(store)).toHaveLength(texts.length);
    store.close();
  });
});

describe('the rows of a file', () => {
  test('are found in the log too, and not those of a transaction that was not finished', () => {
    const db = new Database(path);
    db.exec('PRAGMA journal_mode = WAL; PRAGMA wal_autocheckpoint = 0; CREATE TABLE t (a TEXT, b INTEGER, c REAL, d BLOB) STRICT');
    const add = db.prepare('INSERT INTO t VALUES (?, ?, ?, ?)');
    for (const b of [0, 1, -1, 127, -128, 40_000, -40_000, 2 ** 31, 2 ** 40, -(2 ** 45)])
      add.run('ä'.repeat(3), b, 0.5, Buffer.from([1, 2]));
    add.run('x'.repeat(20_000), 7, -2.25, null);
    const copy = join(folder, 'copy.db');
    copyFileSync(path, copy);
    copyFileSync(`${path}-wal`, `${copy}-wal`);
    // a torn last write
    const log = readFileSync(`${copy}-wal`);
    writeFileSync(`${copy}-wal`, Buffer.concat([log, log.subarray(32, 32 + 24 + pageSize)]));
    const rows = [...rowsInPages(copy)].filter(({ values }) => values.length === 4);
    expect(rows.map(({ values }) => values[1])).toEqual([0, 1, -1, 127, -128, 40_000, -40_000, 2 ** 31, 2 ** 40, -(2 ** 45), 7]);
    expect(rows[0]).toEqual({ rowid: 1, values: ['äää', 0, 0.5, Buffer.from([1, 2])], cut: false });
    expect(rows.at(-1)?.values).toEqual(['x'.repeat(20_000), 7, -2.25, null]);
    db.close();
  });

  test('what was deleted is not found', () => {
    const db = new Database(path);
    db.exec('CREATE TABLE t (a TEXT) STRICT');
    const add = db.prepare('INSERT INTO t VALUES (?)');
    db.transaction(() => {
      for (let n = 0; n < 400; n += 1) add.run(`row ${n} ${'x'.repeat(100)}`);
    })();
    db.exec('DELETE FROM t WHERE rowid > 3');
    db.close();
    expect([...rowsInPages(path)].filter(({ values }) => String(values[0]).startsWith('row'))).toHaveLength(3);
  });

  test('in a file of noise are few or none, and never an error', () => {
    const noise = Buffer.alloc(40 * pageSize);
    for (let at = 0; at < noise.length; at += 1) noise[at] = at % pageSize === 0 ? 13 : (at * 2654435761) >>> 24;
    writeFileSync(path, noise);
    for (const { values } of rowsInPages(path)) expect(Array.isArray(values)).toBe(true);
  });
});

describe('backups', () => {
  test('two are kept, readable by their owner only, and a damaged database does not replace them', async () => {
    const { texts } = filled();
    const store = open();
    const db = new Database(path);
    await backUp(db, path);
    db.exec("UPDATE conversations SET title = 'changed'");
    await backUp(db, path);
    for (const name of ['backup-1', 'backup-2']) {
      if (process.platform !== 'win32') expect(statSync(`${path}.${name}`).mode & 0o777).toBe(0o600);
    }
    const titles = (file: string) => {
      const backup = new Database(file, { readonly: true });
      const rows = backup.prepare('SELECT DISTINCT title FROM conversations').all();
      backup.close();
      return rows.length;
    };
    expect([titles(`${path}.backup-1`), titles(`${path}.backup-2`)]).toEqual([1, conversations]);
    db.close();
    store.close();
    for (let page = 3; page < statSync(path).size / pageSize; page += 2) damage(page);
    const broken = new Database(path);
    await expect(backUp(broken, path)).rejects.toThrow();
    broken.close();
    expect(existsSync(`${path}.backup-new`)).toBe(false);
    expect(titles(`${path}.backup-2`)).toBe(conversations);
    expect(texts.length).toBe(conversations * turns * 2);
  });
});
