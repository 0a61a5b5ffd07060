// What is asked of the tables, and what a row becomes.
import type Database from 'libsql';
import type { Attachment } from '../../../src-shared/attachment.ts';
import { chatParameters } from '../../../src-shared/chat.ts';
import {
  conversationKept,
  storedAnswer as answerSchema,
  type ConversationKept,
  type ConversationSummary,
  type Message,
  type StoredAnswer,
} from '../../../src-shared/conversation.ts';
import { attachmentsOf } from './attachments.ts';
import type { CarriedConversation } from './own-format.ts';
import type { TreePlace } from './tree.ts';

/** Characters of the last message, or of a draft, that a list shows. */
const previewLength = 160;

export type SummaryRow = Omit<ConversationSummary, 'pinned' | 'draft'> & {
  pinned: number;
  /** null: nothing is told of it */
  draft: string | null;
};
export type ConversationRow = Omit<ConversationSummary, 'pinned'> & {
  pinned: number;
  draft: string;
  model: string | null;
  parameters: string;
  system: string;
  leaf: string | null;
  /** JSON */
  more: string;
};
export type MessageRow = Omit<TreePlace, 'role'> & {
  n: number;
  role: Message['role'];
  content: string;
  createdAt: number;
  answer: string | null;
};
/** A message to be kept; its order is that of the calls. */
type NewMessage = {
  id: string;
  conversation: string;
  parent: string | null;
  role: Message['role'];
  content: string;
  now: number;
  /** JSON */
  answer: string | null;
};

/** Facts that are damaged, or that a newer Axon wrote and this one does not understand, cost an answer its facts and never its text. */
export function toMessage(
  { n: _, answer, ...row }: MessageRow,
  siblings: string[] | undefined,
  attachments: Attachment[] | undefined,
): Message {
  return {
    ...row,
    ...(attachments === undefined ? {} : { attachments }),
    ...(answer === null ? {} : { answer: toAnswer(answer) }),
    ...(siblings === undefined ? {} : { siblings }),
  };
}

/** A copy of an answer: nobody writes at it, and it does not go on by itself. */
export function settled({ wish: _, ...answer }: StoredAnswer): StoredAnswer {
  return answer.state === 'streaming' ? { ...answer, state: 'interrupted' } : answer;
}

export function toAnswer(json: string): StoredAnswer {
  const known = answerSchema.safeParse(parsed(json));
  return known.success ? known.data : { state: 'interrupted', placement: null, model: null, figures: null, failure: null };
}

function parsed(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return null;
  }
}

export function toSummary({ draft, ...row }: SummaryRow): ConversationSummary {
  return { ...row, pinned: row.pinned === 1, ...(draft === null ? {} : { draft }) };
}

/** The sampling of a conversation; what an older or newer Axon wrote and this one does not understand is left out. */
export function toParameters(json: string): ReturnType<typeof chatParameters.parse> {
  const known = chatParameters.safeParse(parsed(json));
  return known.success ? known.data : {};
}

/** Likewise what it knows of itself besides. */
export function toMore(json: string): ConversationKept {
  const known = conversationKept.safeParse(parsed(json));
  return known.success ? known.data : {};
}

const summaryColumns = 'id, title, created_at AS createdAt, updated_at AS updatedAt, pinned, folder';
const preview = `coalesce((SELECT substr(content, 1, ${previewLength}) FROM messages WHERE messages.id = leaf), '') AS preview`;
// Looked at for few: almost every conversation has a name from its first question on.
const blankDraft = `CASE WHEN title = '' AND NOT EXISTS (SELECT 1 FROM messages WHERE conversation = conversations.id)
  THEN substr(draft, 1, ${previewLength}) END AS draft`;
const messageColumns = 'n, id, parent, role, content, created_at AS createdAt, answer';
const live = 'deleted_at IS NULL';

export type Rows = ReturnType<typeof rowsOf>;
/** The statements of an open database. */
export function rowsOf(db: Database.Database) {
  const addMessage = db.prepare(
    `INSERT INTO messages (id, conversation, parent, role, content, created_at, answer, changed)
     VALUES (@id, @conversation, @parent, @role, @content, @now, @answer, (SELECT coalesce(max(changed), 0) + 1 FROM messages))`,
  );
  const insertCarried = db.prepare(
    `INSERT INTO conversations (id, title, created_at, updated_at, pinned, folder, model, system, parameters)
     VALUES (@id, @title, @createdAt, @updatedAt, @pinned, @folder, @model, @system, @parameters) ON CONFLICT DO NOTHING`,
  );
  const one = db.prepare(
    `SELECT ${summaryColumns}, ${preview}, draft, model, parameters, system, leaf, more FROM conversations WHERE id = ? AND ${live}`,
  );
  return {
    attachments: attachmentsOf(db),
    insertCarried: ({
      messages: _,
      leaf: _leaf,
      leftOut: _mark,
      continues: _from,
      pinned,
      parameters,
      ...conversation
    }: CarriedConversation) => insertCarried.run({ ...conversation, pinned: pinned ? 1 : 0, parameters: JSON.stringify(parameters) }),
    dropTrashed: db.prepare('DELETE FROM conversations WHERE id = ? AND deleted_at IS NOT NULL'),
    hasMessage: db.prepare('SELECT 1 FROM messages WHERE id = ?'),
    list: db.prepare(`SELECT ${summaryColumns}, ${preview}, ${blankDraft} FROM conversations WHERE ${live} ORDER BY updated_at DESC, id`),
    one(id: string): ConversationRow | undefined {
      const row = one.get(id) as (ConversationRow & { _metadata?: unknown }) | undefined;
      // what libsql says of its own speed
      delete row?._metadata;
      return row;
    },
    insert: db.prepare(
      'INSERT INTO conversations (id, title, created_at, updated_at) VALUES (@id, @title, @now, @now) ON CONFLICT DO NOTHING',
    ),
    title: db.prepare('UPDATE conversations SET title = ?, updated_at = ? WHERE id = ?'),
    draft: db.prepare('UPDATE conversations SET draft = ? WHERE id = ?'),
    model: db.prepare('UPDATE conversations SET model = ? WHERE id = ?'),
    pinned: db.prepare('UPDATE conversations SET pinned = ? WHERE id = ?'),
    folder: db.prepare('UPDATE conversations SET folder = ? WHERE id = ?'),
    system: db.prepare('UPDATE conversations SET system = ? WHERE id = ?'),
    parameters: db.prepare('UPDATE conversations SET parameters = ? WHERE id = ?'),
    more: db.prepare('UPDATE conversations SET more = ? WHERE id = ?'),
    leaf: db.prepare('UPDATE conversations SET leaf = ? WHERE id = ?'),
    touch: db.prepare('UPDATE conversations SET updated_at = ? WHERE id = ?'),
    trash: db.prepare(`UPDATE conversations SET deleted_at = ? WHERE id = ? AND ${live}`),
    restore: db.prepare('UPDATE conversations SET deleted_at = NULL WHERE id = ? AND deleted_at IS NOT NULL'),
    purge: db.prepare('DELETE FROM conversations WHERE deleted_at <= ?'),
    messages: db.prepare(`SELECT ${messageColumns} FROM messages WHERE conversation = ? ORDER BY n`),
    places: db.prepare('SELECT id, parent, role FROM messages WHERE conversation = ? ORDER BY n'),
    addMessage: (message: NewMessage) => void addMessage.run(message),
    /** Answers to that question without a word and without a question below. */
    dropEmpty: db.prepare(
      `DELETE FROM messages WHERE parent = @question AND conversation = @conversation AND role = 'assistant' AND content = ''
         AND json_extract(answer, '$.state') <> 'streaming' AND NOT EXISTS (SELECT 1 FROM messages AS below WHERE below.parent = messages.id)`,
    ),
    setAnswer: db.prepare('UPDATE messages SET content = ?, answer = ?, changed = (SELECT max(changed) + 1 FROM messages) WHERE id = ?'),
    waiting: db.prepare(
      `SELECT messages.id AS answerId, conversation AS id, answer FROM messages JOIN conversations ON conversations.id = conversation
       WHERE leaf = messages.id AND ${live} AND json_extract(answer, '$.state') = 'interrupted' AND json_extract(answer, '$.wish') IS NOT NULL`,
    ),
    interrupt: db.prepare(
      `UPDATE messages SET answer = json_set(answer, '$.state', 'interrupted') WHERE json_extract(answer, '$.state') = 'streaming'`,
    ),
  };
}
