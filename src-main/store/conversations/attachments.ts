// Files that belong to a message, or to the draft of a conversation.
import { randomUUID } from 'node:crypto';
import type Database from 'libsql';
import { attachmentLimits } from '../../../src-shared/attachment-limits.ts';
import {
  attachment as attachmentSchema,
  carriedWith,
  factsOf,
  type Attachment,
  type CarriedAttachment,
} from '../../../src-shared/attachment.ts';
import { Failure } from '../../../src-shared/failure.ts';

/** `message` null: the draft; `facts`: JSON of what is known of it */
type AttachmentRow = { id: string; message: string | null; facts: string };
type DataRow = { kind: string; data: Buffer };

/** Attachments of one conversation, those of the draft under null. */
type ByMessage = Map<string | null, Attachment[]>;

/** What is kept in the table of attachments of an open database. */
// oxlint-disable-next-line typescript/explicit-function-return-type -- told by what it returns
export function attachmentsOf(db: Database.Database) {
  const known = db.prepare('SELECT id, message, facts FROM attachments WHERE conversation = ? ORDER BY n');
  const one = db.prepare('SELECT kind, data FROM attachments WHERE conversation = ? AND id = ?');
  const exists = db.prepare('SELECT 1 FROM attachments WHERE id = ?');
  const insert = db.prepare(
    'INSERT INTO attachments (id, conversation, message, kind, facts, data) VALUES (@id, @conversation, @message, @kind, @facts, @data)',
  );
  const copy = db.prepare(
    `INSERT INTO attachments (id, conversation, message, kind, facts, data)
     SELECT @newId, @to, @message, kind, json_set(facts, '$.id', @newId), data FROM attachments WHERE id = @id AND conversation = @conversation`,
  );
  const move = db.prepare('UPDATE attachments SET message = @message WHERE id = @id AND conversation = @conversation AND message IS NULL');
  const drop = db.prepare('DELETE FROM attachments WHERE id = ? AND conversation = ? AND message IS NULL');

  const byMessage = (conversation: string): ByMessage => {
    const found: ByMessage = new Map();
    for (const { message, facts } of known.all(conversation) as AttachmentRow[]) {
      const attachment = factsIn(facts);
      if (attachment !== undefined) found.set(message, [...(found.get(message) ?? []), attachment]);
    }
    return found;
  };

  const data = (conversation: string, id: string): string => {
    const row = one.get(conversation, id) as DataRow | undefined;
    if (row === undefined) throw new Failure('not-found', 'This attachment is not there any more.');
    return Buffer.from(row.data).toString(row.kind === 'image' ? 'base64' : 'utf8');
  };

  return {
    byMessage,
    data,
    /** @param message null: the draft. @returns false when there is one with its id. @throws Failure bad-request when it is not what it says */
    add(conversation: string, message: string | null, carried: CarriedAttachment): boolean {
      const facts = factsOf(carried);
      if (facts === null) throw new Failure('bad-request', 'An attachment is not what it says it is.');
      const { id, kind } = carried;
      if (exists.get(id) !== undefined) return false;
      const content = Buffer.from(carried.data, kind === 'image' ? 'base64' : 'utf8');
      insert.run({ id, conversation, message, kind, facts: JSON.stringify(facts), data: content });
      return true;
    },
    /** Takes one off the draft. */
    drop: (conversation: string, id: string): void => void drop.run(id, conversation),
    /** To a question: what is the draft's goes there, what belongs to other messages is copied. */
    give(conversation: string, message: string, ids: readonly string[]): void {
      for (const id of ids) {
        if (move.run({ id, conversation, message }).changes > 0) continue;
        const copied = copy.run({ id, conversation, to: conversation, message, newId: randomUUID() });
        if (copied.changes === 0) throw new Failure('bad-request', 'There is no attachment of that id in this conversation.');
      }
    },
    /** Copies of one message's to a message of another conversation. */
    copyTo(from: { conversation: string; attachments: readonly Attachment[] }, conversation: string, message: string): void {
      for (const { id } of from.attachments)
        copy.run({ id, conversation: from.conversation, to: conversation, message, newId: randomUUID() });
    },
    /** With its content, as it travels to another Axon. */
    carried: (conversation: string, attachment: Attachment): CarriedAttachment =>
      carriedWith(attachment, data(conversation, attachment.id)),
  };
}

/** What is damaged, or was written by a newer Axon and is not understood by this one, is not shown and hides nothing else. */
function factsIn(json: string): Attachment | undefined {
  try {
    return attachmentSchema.safeParse(JSON.parse(json)).data;
  } catch {
    return undefined;
  }
}

/** @throws Failure bad-request when the draft has no room for one more */
export function refuseOver(draft: readonly Attachment[]): void {
  if (draft.length < attachmentLimits.count) return;
  throw new Failure('bad-request', `A question takes ${attachmentLimits.count} attachments.`);
}
