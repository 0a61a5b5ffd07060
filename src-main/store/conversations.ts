// Conversations on disk. An answer is stored as it grows, so that a crash loses at most half a second of it.
import Database from 'libsql';
import { chmodSync, existsSync, renameSync } from 'node:fs';
import type { ChatMessage } from '../../src-shared/chat.ts';
import {
  conversation as conversationSchema,
  message as messageSchema,
  type AnswerState,
  type Conversation,
  type ConversationSummary,
  type Message,
  type RouteStep,
} from '../../src-shared/conversation.ts';
import { Failure } from '../../src-shared/failure.ts';

/** Version n is reached from n-1 by running entry n-1; never edit one that was released. */
const migrations: readonly string[] = [
  `CREATE TABLE conversations (
     id TEXT PRIMARY KEY, title TEXT NOT NULL, created_at INTEGER NOT NULL, updated_at INTEGER NOT NULL,
     draft TEXT NOT NULL DEFAULT '', model TEXT, parameters TEXT NOT NULL DEFAULT '{}') STRICT;
   CREATE TABLE messages (
     id TEXT PRIMARY KEY, conversation TEXT NOT NULL REFERENCES conversations(id) ON DELETE CASCADE, place INTEGER NOT NULL,
     role TEXT NOT NULL, content TEXT NOT NULL, created_at INTEGER NOT NULL, answer TEXT, UNIQUE (conversation, place)) STRICT;`,
];

/** Text is written when it is this old, ms (reliability note, fault 17). */
const flushMs = 500;

type Answer = NonNullable<Message['answer']>;

/** One growing answer. */
export type AnswerWriter = {
  /** What was written before it was opened (UTF-16 units), and by whom. */
  readonly before: { length: number; route: readonly RouteStep[] };
  text(piece: string): void;
  note(facts: Partial<Omit<Answer, 'state'>>): void;
  /** Writes the rest and how it ended. */
  end(state: Exclude<AnswerState, 'streaming'>, facts?: Partial<Omit<Answer, 'state'>>): void;
};

export type Conversations = {
  list(): ConversationSummary[];
  get(id: string): Conversation;
  create(id: string, title: string): void;
  update(id: string, patch: { title?: string | undefined; draft?: string | undefined; model?: string | null | undefined }): void;
  remove(id: string): void;
  /** Stores the question (or, without content, drops the last answer), opens the answer, and returns what the model is to see. */
  begin(
    id: string,
    ask: { questionId: string; answerId: string; content: string | undefined },
  ): { messages: ChatMessage[]; writer: AnswerWriter };
  /**
   * Opens the last answer again, to be continued after its first `shown` characters (left out: after all of them).
   * Fails with bad-request when it is another one, complete, or still being written.
   */
  resume(
    id: string,
    answerId: string,
    shown: number | undefined,
  ): { messages: ChatMessage[]; text: string; answer: Answer; writer: AnswerWriter };
  close(): void;
};

/**
 * Opens or makes the database. A file that is none is set aside under another name, never deleted; `setAside` says which.
 * @param troubled hears why a growing answer could not be written
 */
export function openConversations(
  path: string,
  date: () => number,
  troubled: (error: unknown) => void = () => {},
): Conversations & { setAside: string | null } {
  const { db, setAside } = openDatabase(path, date);
  const rows = statements(db);
  interrupt(db);
  const open: Writing['open'] = new Set();

  const exists = (id: string): void => {
    if (rows.one.get(id) === undefined) throw new Failure('not-found', 'This conversation is not there any more.');
  };
  const messagesOf = (id: string): Message[] => (rows.messages.all(id) as MessageRow[]).map(toMessage);

  return {
    setAside,
    list: () => rows.list.all() as ConversationSummary[],
    get(id) {
      exists(id);
      const row = rows.one.get(id) as ConversationRow;
      return conversationSchema.parse({ ...row, parameters: JSON.parse(row.parameters), messages: messagesOf(id) });
    },
    create: (id, title) => void rows.insert.run({ id, title, now: date() }),
    update(id, patch) {
      exists(id);
      if (patch.title !== undefined) rows.title.run(patch.title, date(), id);
      if (patch.draft !== undefined) rows.draft.run(patch.draft, id);
      if (patch.model !== undefined) rows.model.run(patch.model, id);
    },
    remove: (id) => void rows.remove.run(id),
    begin(id, { questionId, answerId, content }) {
      exists(id);
      const answer: Answer = { state: 'streaming', placement: null, model: null, figures: null, failure: null };
      const messages = db.transaction(() => {
        const before = messagesOf(id);
        const last = before.at(-1);
        if (content === undefined) {
          if (last?.role === 'assistant') rows.dropMessage.run(last.id);
        } else {
          rows.addMessage.run({ id: questionId, conversation: id, role: 'user', content, now: date(), answer: null });
          const title = (rows.one.get(id) as ConversationRow).title;
          if (title === '') rows.title.run(titleFrom(content), date(), id);
          rows.draft.run('', id);
        }
        const shown = messagesOf(id);
        if (shown.at(-1)?.role !== 'user') throw new Failure('bad-request', 'There is no question to answer.');
        rows.addMessage.run({
          id: answerId,
          conversation: id,
          role: 'assistant',
          content: '',
          now: date(),
          answer: JSON.stringify(answer),
        });
        rows.touch.run(date(), id);
        return shown;
      })();
      return { messages: spoken(messages), writer: writerFor({ rows, open, troubled }, answerId, { answer, text: '' }) };
    },
    resume(id, answerId, shown) {
      exists(id);
      const messages = messagesOf(id);
      const last = messages.at(-1);
      const known = last?.answer;
      if (last === undefined || known === undefined || last.id !== answerId || known.state === 'done' || known.state === 'streaming') {
        throw new Failure('bad-request', 'Only the last answer of a conversation can be continued, and only when it is not complete.');
      }
      if (shown !== undefined && shown > last.content.length) {
        throw new Failure('bad-request', 'More of this answer is shown than was stored.');
      }
      const text = last.content.slice(0, shown);
      const answer: Answer = { ...known, state: 'streaming', failure: null };
      const writer = writerFor({ rows, open, troubled }, answerId, { answer, text });
      writer.flush();
      rows.touch.run(date(), id);
      return { messages: spoken(messages.slice(0, -1)), text, answer, writer };
    },
    close() {
      // what was written so far is kept; the next open calls it interrupted
      for (const writer of open) writer.flush();
      open.clear();
      db.close();
    },
  };
}

type Writing = { rows: Statements; open: Set<AnswerWriter & { flush(): void }>; troubled: (error: unknown) => void };

/** What a model is to see of a conversation. */
function spoken(messages: readonly Message[]): ChatMessage[] {
  return messages.filter(({ content }) => content !== '').map(({ role, content }) => ({ role, content }));
}

/** Never throws: an answer goes on though the disk is full, and each flush writes the whole text anew. */
function writerFor(
  { rows, open, troubled }: Writing,
  id: string,
  start: { answer: Answer; text: string },
): AnswerWriter & { flush(): void } {
  let { answer, text } = start;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const later = (): void => {
    if (open.has(writer)) timer ??= setTimeout(writer.flush, flushMs);
  };
  const writer = {
    before: { length: text.length, route: answer.route ?? [] },
    flush: (): void => {
      clearTimeout(timer);
      timer = undefined;
      try {
        rows.setAnswer.run(text, JSON.stringify(answer), id);
      } catch (error) {
        troubled(error);
      }
    },
    text(piece: string): void {
      text += piece;
      later();
    },
    note(facts: Parameters<AnswerWriter['note']>[0]): void {
      answer = { ...answer, ...facts };
      later();
    },
    end(...[state, facts = {}]: Parameters<AnswerWriter['end']>): void {
      if (!open.has(writer)) return;
      answer = { ...answer, ...facts, state };
      writer.flush();
      open.delete(writer);
    },
  };
  open.add(writer);
  return writer;
}

/** The first words of the first question, on one line. */
export function titleFrom(content: string): string {
  const line = content.trim().replaceAll(/\s+/g, ' ');
  if (line.length <= 60) return line;
  const cut = line.slice(0, 60);
  return `${cut.slice(0, cut.lastIndexOf(' ') > 30 ? cut.lastIndexOf(' ') : 60)}…`;
}

type ConversationRow = ConversationSummary & { draft: string; model: string | null; parameters: string };
type MessageRow = { id: string; role: string; content: string; createdAt: number; answer: string | null };

function toMessage({ answer, ...row }: MessageRow): Message {
  return messageSchema.parse(answer === null ? row : { ...row, answer: JSON.parse(answer) });
}

type Statements = ReturnType<typeof statements>;
function statements(db: Database.Database) {
  const columns = 'id, title, created_at AS createdAt, updated_at AS updatedAt';
  return {
    list: db.prepare(`SELECT ${columns} FROM conversations ORDER BY updated_at DESC, id`),
    one: db.prepare(`SELECT ${columns}, draft, model, parameters FROM conversations WHERE id = ?`),
    insert: db.prepare(
      'INSERT INTO conversations (id, title, created_at, updated_at) VALUES (@id, @title, @now, @now) ON CONFLICT DO NOTHING',
    ),
    title: db.prepare('UPDATE conversations SET title = ?, updated_at = ? WHERE id = ?'),
    draft: db.prepare('UPDATE conversations SET draft = ? WHERE id = ?'),
    model: db.prepare('UPDATE conversations SET model = ? WHERE id = ?'),
    touch: db.prepare('UPDATE conversations SET updated_at = ? WHERE id = ?'),
    remove: db.prepare('DELETE FROM conversations WHERE id = ?'),
    messages: db.prepare('SELECT id, role, content, created_at AS createdAt, answer FROM messages WHERE conversation = ? ORDER BY place'),
    addMessage: db.prepare(
      `INSERT INTO messages (id, conversation, place, role, content, created_at, answer)
       SELECT @id, @conversation, coalesce(max(place), 0) + 1, @role, @content, @now, @answer FROM messages WHERE conversation = @conversation`,
    ),
    dropMessage: db.prepare('DELETE FROM messages WHERE id = ?'),
    setAnswer: db.prepare('UPDATE messages SET content = ?, answer = ? WHERE id = ?'),
  };
}

/** An answer that was streaming when the last process ended keeps its text and says so. */
function interrupt(db: Database.Database): void {
  db.exec(`UPDATE messages SET answer = json_set(answer, '$.state', 'interrupted') WHERE json_extract(answer, '$.state') = 'streaming'`);
}

function openDatabase(path: string, date: () => number): { db: Database.Database; setAside: string | null } {
  try {
    return { db: migrated(path), setAside: null };
  } catch (error) {
    if (!isDamage(error)) throw error;
    const setAside = `${path}.damaged-${date()}`;
    for (const tail of ['', '-wal', '-shm']) if (existsSync(path + tail)) renameSync(path + tail, setAside + tail);
    return { db: migrated(path), setAside };
  }
}

/** A full disk, a lock or a missing right say nothing about the file: only what SQLite calls damaged is set aside. */
function isDamage(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  return code === 'SQLITE_NOTADB' || code.startsWith('SQLITE_CORRUPT');
}

function migrated(path: string): Database.Database {
  const db = new Database(path);
  try {
    chmodSync(path, 0o600);
    db.exec('PRAGMA journal_mode = WAL');
    db.exec('PRAGMA foreign_keys = ON');
    const { user_version: version } = db.prepare('PRAGMA user_version').get() as { user_version: number };
    if (version > migrations.length) {
      throw new Failure('too-old', 'The conversations of this home were written by a newer Axon.', {
        hint: 'Install the newer version again.',
      });
    }
    for (const [n, sql] of migrations.entries()) {
      if (n < version) continue;
      db.transaction(() => {
        db.exec(sql);
        db.exec(`PRAGMA user_version = ${n + 1}`);
      })();
    }
    return db;
  } catch (error) {
    db.close();
    throw error;
  }
}
