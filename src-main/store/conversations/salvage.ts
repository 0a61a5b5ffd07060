// Makes a whole database of a damaged one: row by row from its pages, and what is missing then from the last backup.
import Database from 'libsql';
import { closeSync, existsSync, fsyncSync, openSync, renameSync, rmSync } from 'node:fs';
import { backupsOf } from './backup.ts';
import { isDamage } from './damage.ts';
import { rowsInPages, type FoundRow, type Value } from './pages.ts';
import { migrated } from './schema.ts';

/** setAside: where the damaged file is now. */
export type Repaired = { setAside: string; conversations: number; messages: number };

const tails = ['', '-wal', '-shm'];
const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const roles: ReadonlySet<Value | undefined> = new Set(['user', 'assistant', 'system']);

type Conversation = {
  id: string;
  title: string;
  created: number;
  updated: number;
  draft: string;
  model: string | null;
  parameters: string;
  pinned: number;
  folder: string | null;
  system: string;
  leaf: string | null;
  deleted: number | null;
  more: string;
};
type Message = {
  n: number | null;
  id: string;
  conversation: string;
  parent: string | null;
  role: string;
  content: string;
  created: number;
  answer: string | null;
  changed: number;
  cut: boolean;
};
type Attached = {
  n: number | null;
  id: string;
  conversation: string;
  message: string | null;
  kind: string;
  facts: string;
  data: Uint8Array;
  cut: boolean;
};
type Found = { conversations: Map<string, Conversation>; messages: Map<string, Message>; attachments: Map<string, Attached> };

/**
 * Opens the database; of a damaged one a new one is made, and it lies beside that under another name. The new one is whole before the names
 * change, so a crash at any moment leaves one or the other.
 */
export function openOrRepair(path: string, date: () => number): { db: Database.Database; repaired: Repaired | null } {
  const fresh = `${path}.repair`;
  if (!existsSync(path) && existsSync(fresh)) renameSync(fresh, path);
  try {
    return { db: whole(path), repaired: null };
  } catch (error) {
    if (!isDamage(error)) throw error;
  }
  const found = writeRepaired(path, fresh);
  const setAside = `${path}.damaged-${date()}`;
  for (const tail of tails) if (existsSync(path + tail)) renameSync(path + tail, setAside + tail);
  renameSync(fresh, path);
  return { db: migrated(path), repaired: { setAside, conversations: found.conversations.size, messages: found.messages.size } };
}

/** @throws what SQLite calls damage, also where only a closer look finds it */
function whole(path: string): Database.Database {
  if (existsSync(path)) {
    const db = new Database(path);
    try {
      const [verdict] = db.prepare('PRAGMA quick_check(1)').all() as { quick_check: string }[];
      if (verdict?.quick_check !== 'ok') throw Object.assign(new Error(`damaged: ${verdict?.quick_check}`), { code: 'SQLITE_CORRUPT' });
    } finally {
      db.close();
    }
  }
  return migrated(path);
}

/** Writes what can be read of the damaged file, and of its backup, into a file of its own. */
function writeRepaired(path: string, fresh: string): Found {
  const found = foundIn(path);
  for (const backup of backupsOf(path)) if (fillFrom(backup, found)) break;
  for (const tail of tails) rmSync(fresh + tail, { force: true });
  const db = migrated(fresh);
  store(db, found);
  db.exec('PRAGMA wal_checkpoint(TRUNCATE)');
  db.close();
  const file = openSync(fresh, 'r+');
  fsyncSync(file);
  closeSync(file);
  return found;
}

function foundIn(path: string): Found {
  const found: Found = { conversations: new Map(), messages: new Map(), attachments: new Map() };
  const linear: Message[] = [];
  for (const row of rowsInPages(path)) {
    const message = messageIn(row);
    const old = message === undefined ? oldMessageIn(row) : undefined;
    const conversation = message === undefined && old === undefined ? conversationIn(row) : undefined;
    const attached = message === undefined ? attachedIn(row) : undefined;
    if (attached !== undefined && found.attachments.get(attached.id)?.cut !== false) found.attachments.set(attached.id, attached);
    // where the list of free pages is lost, older versions turn up too
    if (message !== undefined && (found.messages.get(message.id)?.changed ?? -1) < message.changed) found.messages.set(message.id, message);
    if (old !== undefined) linear.push(old);
    if (conversation !== undefined && (found.conversations.get(conversation.id)?.updated ?? -1) <= conversation.updated) {
      found.conversations.set(conversation.id, conversation);
    }
  }
  let before: Message | undefined;
  for (const message of linear.toSorted((a, b) => a.conversation.localeCompare(b.conversation) || a.changed - b.changed)) {
    const parent = before?.conversation === message.conversation ? before.id : null;
    found.messages.set(message.id, { ...message, parent });
    before = message;
  }
  return found;
}

const isText = (value: Value | undefined): value is string => typeof value === 'string';
const isId = (value: Value | undefined): value is string => isText(value) && uuid.test(value);
const textOrNull = (value: Value | undefined): string | null => (isText(value) ? value : null);
const numberOr = (value: Value | undefined, other: number): number => (typeof value === 'number' ? value : other);

/** The columns of `messages`; a row that is cut has its text as far as it goes. */
function messageIn({ rowid, values, cut }: FoundRow): Message | undefined {
  const [none, id, conversation, parent, role, content, created, answer, changed] = values;
  if (none !== null || !isId(id) || !isId(conversation) || !roles.has(role) || !isText(role) || !isText(content)) return undefined;
  if (!(parent === null || isId(parent)) || (!cut && values.length !== 9)) return undefined;
  return {
    ...{ n: rowid, id, conversation, parent, role, content, cut },
    created: numberOr(created, 0),
    answer: facts(role, answer),
    changed: numberOr(changed, 0),
  };
}

/** The same in homes of the first Axon, where messages stood in a row; `changed` holds the place. */
function oldMessageIn({ values, cut }: FoundRow): Message | undefined {
  const [id, conversation, place, role, content, created, answer] = values;
  if (!isId(id) || !isId(conversation) || typeof place !== 'number' || !roles.has(role) || !isText(role) || !isText(content))
    return undefined;
  return {
    ...{ n: null, id, conversation, parent: null, role, content, cut },
    created: numberOr(created, 0),
    answer: facts(role, answer),
    changed: place,
  };
}

/** The columns of `attachments`; half a picture is none, and half a text is not what was attached, so what is cut is for the backup to fill. */
function attachedIn({ rowid, values, cut }: FoundRow): Attached | undefined {
  const [none, id, conversation, message, kind, facts, data] = values;
  if (none !== null || !isId(id) || !isId(conversation) || !(message === null || isId(message)) || !isText(kind)) return undefined;
  if (!isText(facts) || !isJson(facts) || !(data === undefined || data instanceof Uint8Array)) return undefined;
  return { n: rowid, id, conversation, message, kind, facts, data: data ?? new Uint8Array(), cut };
}

/** A row that was there before a column was added lacks it. */
function conversationIn({ values }: FoundRow): Conversation | undefined {
  const [id, title, created, updated, draft, model, parameters, pinned, folder, system, leaf, deleted, more] = values;
  if (!isId(id) || !isText(title) || typeof created !== 'number' || typeof updated !== 'number' || values.length < 5) return undefined;
  return {
    ...{ id, title, created, updated },
    draft: textOrNull(draft) ?? '',
    model: textOrNull(model),
    parameters: isText(parameters) && isJson(parameters) ? parameters : '{}',
    pinned: pinned === 1 ? 1 : 0,
    folder: textOrNull(folder),
    system: textOrNull(system) ?? '',
    leaf: textOrNull(leaf),
    deleted: typeof deleted === 'number' ? deleted : null,
    more: isText(more) && isJson(more) ? more : '{}',
  };
}

function facts(role: string, answer: Value | undefined): string | null {
  if (role !== 'assistant') return null;
  if (isText(answer) && isJson(answer)) return answer;
  return JSON.stringify({ state: 'interrupted', placement: null, model: null, figures: null, failure: null });
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/** A backup of an older Axon has no such column. */
function moreIn(db: Database.Database): (id: string) => string {
  const there = db.prepare(`SELECT 1 FROM pragma_table_info('conversations') WHERE name = 'more'`).get() !== undefined;
  if (!there) return () => '{}';
  const more = db.prepare('SELECT more FROM conversations WHERE id = ?');
  return (id) => (more.get(id) as { more: string } | undefined)?.more ?? '{}';
}

/** Adds what the backup has and the pages lack. Messages without a word were replaced since. @returns false when it cannot be read */
function fillFrom(backup: string, { conversations, messages, attachments }: Found): boolean {
  if (!existsSync(backup)) return false;
  try {
    const db = new Database(backup, { readonly: true });
    try {
      const kept = db
        .prepare(
          'SELECT id, title, created_at AS created, updated_at AS updated, draft, model, parameters, pinned, folder, system, leaf, deleted_at AS deleted FROM conversations',
        )
        .all() as Omit<Conversation, 'more'>[];
      const moreOf = moreIn(db);
      const said = db
        .prepare('SELECT n, id, conversation, parent, role, content, created_at AS created, answer, changed FROM messages')
        .all() as Omit<Message, 'cut'>[];
      for (const conversation of kept)
        if (!conversations.has(conversation.id)) conversations.set(conversation.id, { ...conversation, more: moreOf(conversation.id) });
      for (const message of said) {
        const known = messages.get(message.id);
        if (known === undefined ? message.content !== '' : known.cut) messages.set(message.id, { ...message, cut: false });
      }
      for (const attached of attachedInBackup(db)) {
        // what was taken off a draft since stays off
        const known = attachments.get(attached.id);
        if (known === undefined ? attached.message !== null : known.cut) attachments.set(attached.id, { ...attached, cut: false });
      }
    } finally {
      db.close();
    }
    return true;
  } catch {
    return false;
  }
}

/** A backup of an older Axon has none. */
function attachedInBackup(db: Database.Database): Omit<Attached, 'cut'>[] {
  const table = db.prepare("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'attachments'").get();
  if (table === undefined) return [];
  return db.prepare('SELECT n, id, conversation, message, kind, facts, data FROM attachments').all() as Omit<Attached, 'cut'>[];
}

function store(db: Database.Database, { conversations, messages, attachments }: Found): void {
  const addConversation = db.prepare(
    'INSERT INTO conversations VALUES (@id, @title, @created, @updated, @draft, @model, @parameters, @pinned, @folder, @system, @leaf, @deleted, @more)',
  );
  const addMessage = db.prepare(
    'INSERT INTO messages VALUES (@n, @id, @conversation, @parent, @role, @content, @created, @answer, @changed)',
  );
  const ordered = [...messages.values()].toSorted((a, b) => (a.n ?? Infinity) - (b.n ?? Infinity) || a.changed - b.changed);
  for (const message of ordered) {
    const { conversation: id, content: title, created } = message;
    if (conversations.has(id)) continue;
    conversations.set(id, {
      ...{ id, title: title.slice(0, 60), created, updated: created, draft: '', model: null, parameters: '{}' },
      ...{ pinned: 0, folder: null, system: '', leaf: null, deleted: null, more: '{}' },
    });
  }
  const places = new Set<number>();
  db.transaction(() => {
    for (const conversation of conversations.values()) addConversation.run(conversation);
    for (const { cut: _, n, ...message } of ordered) {
      const free = n !== null && !places.has(n);
      if (free) places.add(n);
      addMessage.run({ ...message, n: free ? n : null });
    }
    storeAttachments(db, { conversations, messages, attachments });
    // what hung under a message that is lost hangs under the one before it
    db.exec(`UPDATE messages SET parent = (SELECT above.id FROM messages AS above WHERE above.conversation = messages.conversation
        AND above.n < messages.n ORDER BY above.n DESC LIMIT 1)
      WHERE parent IS NOT NULL AND parent NOT IN (SELECT id FROM messages);
      UPDATE messages SET changed = n;`);
  })();
}

/** Those that are whole, of messages and conversations that are there. */
function storeAttachments(db: Database.Database, { conversations, messages, attachments }: Found): void {
  const add = db.prepare('INSERT INTO attachments VALUES (NULL, @id, @conversation, @message, @kind, @facts, @data)');
  for (const { cut, n: _, ...attached } of [...attachments.values()].toSorted((a, b) => (a.n ?? Infinity) - (b.n ?? Infinity))) {
    const { conversation, message } = attached;
    if (cut || !conversations.has(conversation) || (message !== null && !messages.has(message))) continue;
    add.run({ ...attached, data: Buffer.from(attached.data) });
  }
}
