// Full text over titles and messages. The index is a file of its own beside the conversations: it can be made again from them, so nothing
// that happens to it harms them, and it follows them by the number that grows with every write.
import Database from 'libsql';
import { chmodSync, rmSync } from 'node:fs';
import { setImmediate } from 'node:timers/promises';
import type { SearchHit } from '../../../src-shared/conversation.ts';
import { isDamage } from './damage.ts';
import { snippetOf } from './snippet.ts';
import { findTerm, termsOf, textWords } from './words.ts';

/** Grows when words are told apart in another way: an index of another version is made anew. */
const version = 1;
/** Messages that are read into the index before anything else may run. */
const batch = 100;
/** Of a longer message the beginning is found, characters. */
const indexedLength = 500_000;
/** Quiet time before the index catches up by itself, ms. */
const quietMs = 3_000;
/** The best so many messages are looked at, and of one conversation so many are shown. */
const looked = 500;
const perConversation = 5;

export type Search = {
  /** Titles first, then messages, the best ones first. */
  find(text: string, limit: number): Promise<SearchHit[]>;
  /** Something was written: the index catches up when it is quiet. */
  later(): void;
  close(): void;
};

type Index = ReturnType<typeof indexAt>;

/** @param db the conversations @param path of the index, which is opened when it is needed @param troubled hears why it could not be kept */
export function openSearch(db: Database.Database, path: string, troubled: (error: unknown) => void): Search {
  const rows = statements(db);
  let index: Index | undefined;
  let syncing: Promise<void> | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let closed = false;

  const catchUp = async (): Promise<void> => {
    index ??= indexAt(path, (rows.store.get() as { id: string }).id);
    for (let more = true; more && !closed; await setImmediate()) {
      const changed = rows.changed.all(index.upto(), batch) as Changed[];
      index.add(changed);
      more = changed.length === batch;
    }
  };
  const sync = (): Promise<void> => (syncing ??= catchUp().finally(() => (syncing = undefined)));
  /** A damaged index is thrown away and made anew, once. */
  const whole = async <T>(use: () => Promise<T>): Promise<T> => {
    try {
      return await use();
    } catch (error) {
      if (!isDamage(error)) throw error;
      index?.close();
      index = undefined;
      discard(path);
      return use();
    }
  };

  return {
    find(text, limit) {
      const terms = termsOf(text);
      if (terms.length === 0) return Promise.resolve([]);
      return whole(async () => {
        await sync();
        const found = index?.find(terms) ?? [];
        const titles = titleHits(rows.titles.all() as Titled[], terms);
        return [...titles, ...messageHits(rows, found, terms, Math.max(0, limit - titles.length))].slice(0, limit);
      });
    },
    later() {
      clearTimeout(timer);
      if (closed) return;
      timer = setTimeout(() => void whole(sync).catch(troubled), quietMs);
      timer.unref();
    },
    close() {
      closed = true;
      clearTimeout(timer);
      index?.close();
    },
  };
}

type Titled = { id: string; title: string; updatedAt: number };
type Changed = { n: number; content: string; changed: number };
type Found = { n: number; conversation: string };

function statements(db: Database.Database) {
  return {
    store: db.prepare('SELECT id FROM store'),
    changed: db.prepare(
      `SELECT n, substr(content, 1, ${indexedLength}) AS content, changed FROM messages WHERE changed > ? ORDER BY changed LIMIT ?`,
    ),
    titles: db.prepare('SELECT id, title, updated_at AS updatedAt FROM conversations WHERE deleted_at IS NULL ORDER BY updated_at DESC'),
    found: db.prepare(
      `SELECT n, conversation FROM json_each(?) AS wanted JOIN messages ON n = wanted.value JOIN conversations ON conversations.id = conversation
       WHERE deleted_at IS NULL ORDER BY wanted.key`,
    ),
    shown: db.prepare(
      `SELECT messages.id, conversation, title, content, messages.created_at AS createdAt FROM messages
       JOIN conversations ON conversations.id = conversation WHERE n = ?`,
    ),
  };
}

function titleHits(titles: readonly Titled[], terms: readonly string[][]): SearchHit[] {
  return titles
    .filter(({ title }) => {
      const words = [...textWords(title)];
      return terms.every((term) => findTerm(words, term) !== undefined);
    })
    .map(({ id, title, updatedAt }) => ({ id, title, messageId: null, snippet: snippetOf(title, terms), at: updatedAt }));
}

function messageHits(
  rows: ReturnType<typeof statements>,
  found: readonly number[],
  terms: readonly string[][],
  limit: number,
): SearchHit[] {
  const counts = new Map<string, number>();
  const chosen: number[] = [];
  for (const { n, conversation } of rows.found.all(JSON.stringify(found)) as Found[]) {
    const count = (counts.get(conversation) ?? 0) + 1;
    counts.set(conversation, count);
    if (count <= perConversation && chosen.length < limit) chosen.push(n);
  }
  return chosen.map((n) => {
    const row = rows.shown.get(n) as { id: string; conversation: string; title: string; content: string; createdAt: number };
    return { id: row.conversation, title: row.title, messageId: row.id, snippet: snippetOf(row.content, terms), at: row.createdAt };
  });
}

/** @param store which conversations it is an index of: one of others is made anew */
function indexAt(path: string, store: string) {
  const db = opened(path, store);
  const put = db.prepare('INSERT OR REPLACE INTO words (rowid, text) VALUES (?, ?)');
  const setUpto = db.prepare('UPDATE follows SET upto = ?');
  const upto = db.prepare('SELECT upto FROM follows');
  const match = db.prepare(`SELECT rowid AS n FROM words WHERE words MATCH ? ORDER BY rowid DESC LIMIT ${looked}`);
  return {
    upto: () => (upto.get() as { upto: number }).upto,
    add: db.transaction((changed: readonly Changed[]) => {
      for (const { n, content } of changed) put.run(n, [...textWords(content)].map(({ folded }) => folded).join(' '));
      const last = changed.at(-1);
      if (last !== undefined) setUpto.run(last.changed);
    }),
    // words hold letters and digits only, so nothing that a person types is an operator here
    find: (terms: readonly string[][]) =>
      (match.all(terms.map((term) => `"${term.join(' ')}"*`).join(' AND ')) as { n: number }[]).map(({ n }) => n),
    close: () => void db.close(),
  };
}

function opened(path: string, store: string): Database.Database {
  const db = new Database(path);
  try {
    chmodSync(path, 0o600);
    // it can be made again: a power cut may cost it, but never the conversations
    db.exec('PRAGMA synchronous = OFF; PRAGMA journal_mode = WAL');
    const { user_version: known } = db.prepare('PRAGMA user_version').get() as { user_version: number };
    if (known === version && db.prepare('SELECT 1 FROM follows WHERE store = ?').get(store) !== undefined) return db;
    db.transaction(() => {
      db.exec(`DROP TABLE IF EXISTS words; DROP TABLE IF EXISTS follows;
        CREATE VIRTUAL TABLE words USING fts5 (text, content = '', contentless_delete = 1,
          prefix = '1 2 3', tokenize = "unicode61 remove_diacritics 0 categories 'L* N* M* Co'");
        CREATE TABLE follows (store TEXT NOT NULL, upto INTEGER NOT NULL) STRICT;
        PRAGMA user_version = ${version};`);
      db.prepare('INSERT INTO follows VALUES (?, 0)').run(store);
    })();
    return db;
  } catch (error) {
    db.close();
    throw error;
  }
}

function discard(path: string): void {
  for (const tail of ['', '-wal', '-shm']) rmSync(path + tail, { force: true });
}
